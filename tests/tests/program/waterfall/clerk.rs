//! A clerk who works a waterfall out with whole yen and a pencil. Shares no code with the engine.

use super::structure::{Amounts, Structure, Who};

/// Days from 1 April 2024, that day being 1, of [`PAID`](super::structure::PAID),
/// [`DRAWN`](super::structure::DRAWN) and [`SPENT`](super::structure::SPENT). No 29 February lies
/// between.
pub(crate) const PAID_DAY: [i64; 3] = [426, 791, 913];
pub(crate) const DRAWN_DAY: [i64; 5] = [1, 426, 549, 791, 836];
const SPENT_DAY: [i64; 5] = [91, 426, 610, 853, 1005];

/// The account at a payment, in the order of the engine's.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Account {
    pub(crate) received: i64,
    pub(crate) brought_forward: i64,
    pub(crate) reserve_before: i64,
    pub(crate) unspent: i64,
    pub(crate) paid_back: i64,
    pub(crate) made_up: i64,
    pub(crate) recycled: i64,
    pub(crate) distributed: i64,
    pub(crate) reserve: i64,
    pub(crate) carried: i64,
    pub(crate) kept: i64,
    pub(crate) unspent_left: i64,
}

/// A tranche at a payment, in the order of the engine's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Line {
    pub(crate) outstanding_before: i64,
    pub(crate) return_due: i64,
    pub(crate) principal_due: i64,
    pub(crate) return_paid: i64,
    pub(crate) principal_paid: i64,
    pub(crate) surplus: i64,
    pub(crate) guaranteed: i64,
    pub(crate) paid_back: i64,
    pub(crate) outstanding: i64,
    pub(crate) owed: i64,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Day {
    pub(crate) account: Account,
    pub(crate) lines: Vec<Line>,
    pub(crate) deferred: Vec<i64>,
    pub(crate) recourse: Vec<i64>,
}

#[derive(Debug, Clone, Copy, Default)]
struct State {
    outstanding: i64,
    owed: i64,
    earned: i64,
    repaid: i64,
    balance: i64,
    principal_paid: i64,
    return_guaranteed: i64,
    principal_guaranteed: i64,
}

/// A part of a rank, and what it asks for.
enum Claim {
    Tranche(usize),
    Fee(usize),
    Recourse(usize),
    Reserve,
}

pub(crate) struct Clerk<'s> {
    of: &'s Structure,
    states: Vec<State>,
    fees: Vec<i64>,
    called: Vec<i64>,
    recourse: Vec<i64>,
    unspent: i64,
    reserve: i64,
    carried: i64,
    recycled: i64,
    /// Whether floating arithmetic may take a balance for the next yen.
    pub(crate) near: bool,
}

impl<'s> Clerk<'s> {
    pub(crate) fn new(of: &'s Structure) -> Self {
        Clerk {
            of,
            states: vec![State::default(); of.tranches.len()],
            fees: vec![0; of.fees.len()],
            called: vec![0; of.guarantees.len()],
            recourse: vec![0; of.guarantees.len()],
            unspent: 0,
            reserve: 0,
            carried: 0,
            recycled: 0,
            near: false,
        }
    }

    pub(crate) fn work(&mut self) -> Vec<Option<Day>> {
        (0..3).map(|now| self.day(now)).collect()
    }

    fn holder(&self) -> Who {
        if self.of.company_holds { Who::Company } else { Who::Vendor }
    }

    fn runs(&self, window: usize) -> bool {
        self.of.ended.is_none_or(|ended| window <= ended)
    }

    fn linked(&self, per: i64, now: usize) -> i64 {
        let amount = self.of.outcomes[now] * per / self.of.step * self.of.step;
        if self.runs(now) { amount.max(0) } else { 0 }
    }

    fn window(day: i64) -> usize {
        PAID_DAY.iter().filter(|paid| **paid < day).count()
    }

    fn spent(&self, amounts: &Amounts, now: usize) -> i64 {
        match amounts {
            Amounts::Dated(dated) => {
                let own = dated.iter().filter(|(on, _)| Self::window(SPENT_DAY[*on]) == now);
                let own: i64 = own.map(|(_, amount)| amount * 100).sum();
                if self.runs(now) { own } else { 0 }
            }
            Amounts::Linked(per) => self.linked(*per, now),
        }
    }

    fn day(&mut self, now: usize) -> Option<Day> {
        let of = self.of;
        // Money put up, a part of it for the reserve, then costs.
        for tranche in &of.tranches {
            let drawn = tranche.drawn.iter().filter(|(on, _)| Self::window(DRAWN_DAY[*on]) == now);
            let drawn: i64 = drawn.map(|(_, amount)| amount * 100).sum();
            self.unspent += if self.runs(now) { drawn } else { 0 };
        }
        let all = of.tranches.iter().flat_map(|tranche| &tranche.drawn);
        let first = all.map(|(on, _)| DRAWN_DAY[*on]).min().unwrap();
        if let Some(reserve) = of.reserve.as_ref().filter(|_| Self::window(first) == now) {
            let initial = (reserve.initial * 100).min(self.unspent);
            self.reserve += initial;
            self.unspent -= initial;
        }
        // Costs of one day after another; no more can be spent than there is.
        let own: i64 = of
            .costs
            .iter()
            .filter(|cost| cost.by == self.holder())
            .map(|cost| self.spent(&cost.amount, now))
            .sum();
        self.unspent = (self.unspent - own).max(0);
        for (at, fee) in of.fees.iter().enumerate() {
            self.fees[at] += self.spent(&fee.amount, now);
        }
        let lines: Vec<Line> = (0..of.tranches.len()).map(|at| self.owes(at, now)).collect();
        (first <= PAID_DAY[now]).then(|| self.distribute(now, lines))
    }

    /// Lets a tranche earn, and says what it is owed.
    fn owes(&mut self, at: usize, now: usize) -> Line {
        let (of, step) = (&self.of.tranches[at], self.of.step);
        let paid = PAID_DAY[now];
        let since = if now == 0 { 0 } else { PAID_DAY[now - 1] };
        let from = DRAWN_DAY[of.drawn[0].0];
        let old_days = if now > 0 && from <= since { paid - since } else { 0 };
        let factor = |days: i64, rate: i64| -> i128 {
            ((1.0 + rate as f64 / 100.0).powf(days as f64 / 365.0) * 1e12).round() as i128
        };
        let cap_irr = of.cap_irr.unwrap_or(0);
        let mut state = self.states[at];
        let mut interest = state.outstanding * of.rate * old_days;
        let mut balance = i128::from(state.balance) * factor(old_days, cap_irr);
        for (on, amount) in &of.drawn {
            if Self::window(DRAWN_DAY[*on]) == now && self.runs(now) {
                let days = paid - DRAWN_DAY[*on] + 1;
                interest += amount * 100 * of.rate * days;
                balance += i128::from(amount * 100) * factor(days, cap_irr);
                state.outstanding += amount * 100;
            }
        }
        let outstanding_before = state.outstanding;
        let begun = from <= paid;
        state.owed += interest / (36_500 * step) * step;
        state.owed += if begun { self.linked(of.linked, now) } else { 0 };
        let least = of.least.iter().find(|(on, _)| *on == now).map_or(0, |(_, least)| least * 100);
        if self.runs(now) && begun {
            state.owed = state.owed.max(least);
        }
        let whole = i128::from(step) * 1_000_000_000_000;
        if of.cap_irr.is_some() {
            let rest = balance % whole;
            self.near |= rest != 0 && (whole - rest) as f64 / (whole as f64) < 3e-5;
        }
        state.balance = (balance / whole * i128::from(step)) as i64;
        self.states[at] = state;
        let return_due = self.room(at).map_or(state.owed, |room| state.owed.min(room).max(0));
        let by_now = of.repay.iter().filter(|(on, _)| *on <= now).map(|(_, amount)| amount * 100);
        let scheduled = (by_now.sum::<i64>() - state.repaid).max(0).min(state.outstanding);
        let closing = now == 2 || self.of.ended == Some(now);
        let principal_due =
            if of.repay.is_empty() || closing { state.outstanding } else { scheduled };
        Line { outstanding_before, return_due, principal_due, ..Line::default() }
    }

    fn room(&self, at: usize) -> Option<i64> {
        let (of, state) = (&self.of.tranches[at], self.states[at]);
        let in_all = of.cap.map(|cap| cap * 100 - state.earned);
        let by_rate = of.cap_irr.map(|_| state.balance - state.outstanding);
        in_all.into_iter().chain(by_rate).min()
    }

    fn pay(&mut self, at: usize, returned: i64, principal: i64) {
        let state = &mut self.states[at];
        state.earned += returned;
        state.repaid += principal;
        state.outstanding -= principal;
        state.balance -= returned + principal;
    }

    fn distribute(&mut self, now: usize, mut lines: Vec<Line>) -> Day {
        let of = self.of;
        let closing = now == 2 || of.ended == Some(now);
        let mut account = Account::default();
        for state in &mut self.states {
            (state.principal_paid, state.return_guaranteed, state.principal_guaranteed) = (0, 0, 0);
        }
        for per in of.pays {
            let paid = of.outcomes[now] * per / of.step * of.step;
            account.received += if self.runs(now) { paid } else { 0 };
        }
        account.brought_forward = self.carried;
        account.reserve_before = self.reserve;
        if of.unspent && closing {
            account.unspent = self.unspent;
            self.unspent = 0;
        }
        let mut pot =
            account.received + account.brought_forward + account.reserve_before + account.unspent;
        let sharers = self.sharers(now);
        if pot < 0 {
            let short = -pot;
            for ((at, _), part) in sharers.iter().zip(self.divide(short, &sharers, true)) {
                let Some(at) = at else { continue };
                let state = self.states[*at];
                let part = part.min(state.earned + state.repaid).max(0);
                self.states[*at].earned -= part;
                self.states[*at].balance += part;
                lines[*at].paid_back = part;
                account.paid_back += part;
            }
            account.made_up = short - account.paid_back;
            pot = 0;
        }
        if let Some(most) = of.recycle {
            let own = of.costs.iter().filter(|cost| cost.by == self.holder());
            let mut due: i64 = own
                .map(|cost| match &cost.amount {
                    Amounts::Dated(dated) => dated
                        .iter()
                        .filter(|(on, _)| Self::window(SPENT_DAY[*on]) == now + 1)
                        .map(|(_, amount)| amount * 100)
                        .sum::<i64>(),
                    Amounts::Linked(_) => 0,
                })
                .sum();
            let coming = of.tranches.iter().flat_map(|tranche| &tranche.drawn);
            let coming = coming.filter(|(on, _)| Self::window(DRAWN_DAY[*on]) == now + 1);
            due -= coming.map(|(_, amount)| amount * 100).sum::<i64>();
            if !self.runs(now + 1) {
                due = 0;
            }
            let mut kept = pot.min(due.max(0) - self.unspent);
            if most > 0 {
                kept = kept.min(most * 100 - self.recycled);
            }
            account.recycled = kept.max(0);
            self.recycled += account.recycled;
            self.unspent += account.recycled;
            pot -= account.recycled;
        }
        self.reserve = 0;
        for rank in 1..=4 {
            pot = self.pay_rank(rank, now, pot, &mut lines, &mut account);
        }
        let mut early: Vec<usize> = (0..lines.len()).filter(|at| of.tranches[*at].early).collect();
        early.sort_by_key(|at| of.tranches[*at].rank);
        for at in early {
            let paid = pot.min(self.states[at].outstanding);
            self.pay(at, 0, paid);
            self.states[at].principal_paid += paid;
            lines[at].principal_paid += paid;
            account.distributed += paid;
            pot -= paid;
        }
        if self.states.iter().all(|state| state.outstanding == 0) {
            self.share(now, pot, &mut lines, &mut account);
            pot = 0;
        }
        for at in 0..of.guarantees.len() {
            self.guarantee(at, now, &mut lines);
        }
        if closing {
            account.kept += pot;
            pot = 0;
        }
        self.carried = pot;
        account.carried = pot;
        account.reserve = self.reserve;
        account.unspent_left = self.unspent;
        for (line, state) in lines.iter_mut().zip(&self.states) {
            line.outstanding = state.outstanding;
            line.owed = state.owed;
        }
        Day { account, lines, deferred: self.fees.clone(), recourse: self.recourse.clone() }
    }

    fn pay_rank(
        &mut self,
        rank: u32,
        now: usize,
        pot: i64,
        lines: &mut [Line],
        account: &mut Account,
    ) -> i64 {
        let of = self.of;
        let closing = now == 2 || of.ended == Some(now);
        let mut claims: Vec<(Claim, i64)> = Vec::new();
        for (at, _) in of.tranches.iter().enumerate().filter(|(_, of)| of.rank == rank) {
            claims.push((Claim::Tranche(at), lines[at].return_due + lines[at].principal_due));
        }
        for (at, _) in of.fees.iter().enumerate().filter(|(_, of)| of.rank == rank) {
            claims.push((Claim::Fee(at), self.fees[at]));
        }
        for (at, _) in of.guarantees.iter().enumerate().filter(|(_, of)| of.rank == Some(rank)) {
            claims.push((Claim::Recourse(at), self.recourse[at]));
        }
        if let Some(reserve) = of.reserve.as_ref().filter(|of| of.rank == rank) {
            let over = closing || reserve.until.is_some_and(|until| until <= now);
            claims.push((Claim::Reserve, if over { 0 } else { reserve.target * 100 }));
        }
        let all: i64 = claims.iter().map(|(_, due)| *due).sum();
        let paid = pot.min(all);
        if all == 0 {
            return pot;
        }
        let step = of.step;
        let mut parts: Vec<i64> =
            claims.iter().map(|(_, due)| paid * due / all / step * step).collect();
        let mut rest = paid - parts.iter().sum::<i64>();
        for (part, (_, due)) in parts.iter_mut().zip(&claims) {
            let more = if *due > 0 { rest.min(step) } else { 0 };
            *part += more;
            rest -= more;
        }
        for ((claim, _), part) in claims.into_iter().zip(parts) {
            match claim {
                Claim::Tranche(at) => {
                    let returned = part.min(lines[at].return_due);
                    lines[at].return_paid = returned;
                    lines[at].principal_paid = part - returned;
                    self.states[at].owed -= returned;
                    self.states[at].principal_paid = part - returned;
                    self.pay(at, returned, part - returned);
                    account.distributed += part;
                }
                Claim::Fee(at) => {
                    self.fees[at] -= part;
                    account.distributed += part;
                }
                Claim::Recourse(at) => {
                    self.recourse[at] -= part;
                    account.distributed += part;
                }
                Claim::Reserve => self.reserve = part,
            }
        }
        pot - paid
    }

    /// Who shares what is left, a tranche or another party, by weight.
    fn sharers(&self, now: usize) -> Vec<(Option<usize>, i64)> {
        let of = self.of;
        let begun = |at: usize| DRAWN_DAY[of.tranches[at].drawn[0].0] <= PAID_DAY[now];
        let Some(parts) = of.stated_profit() else {
            let shares =
                (0..of.tranches.len()).filter(|at| of.tranches[*at].form >= 2 && begun(*at));
            let weight = |at: usize| of.tranches[at].drawn.iter().map(|(_, amount)| *amount).sum();
            return shares.map(|at| (Some(at), weight(at))).collect();
        };
        let all = parts
            .into_iter()
            .enumerate()
            .map(|(at, part)| ((at < of.tranches.len()).then_some(at), part));
        all.filter(|(at, part)| *part > 0 && at.is_none_or(begun)).collect()
    }

    /// An amount divided by weights; where they are parts of a whole, a part may be left.
    fn divide(&self, amount: i64, sharers: &[(Option<usize>, i64)], to_the_last: bool) -> Vec<i64> {
        let step = self.of.step;
        let of: i64 = sharers.iter().map(|(_, weight)| *weight).sum();
        let whole = if self.of.stated_profit().is_some() { 100 } else { of.max(1) };
        let mut parts: Vec<i64> =
            sharers.iter().map(|(_, weight)| amount * weight / whole / step * step).collect();
        if of == whole || to_the_last {
            let mut rest = amount - parts.iter().sum::<i64>();
            for part in &mut parts {
                let more = rest.min(step);
                *part += more;
                rest -= more;
            }
        }
        parts
    }

    fn share(&mut self, now: usize, pot: i64, lines: &mut [Line], account: &mut Account) {
        let sharers = self.sharers(now);
        let mut parts = self.divide(pot, &sharers, false);
        let rooms: Vec<Option<i64>> = sharers
            .iter()
            .map(|(at, _)| at.and_then(|at| self.room(at)).map(|room| room.max(0)))
            .collect();
        let mut refused = 0;
        for (part, room) in parts.iter_mut().zip(&rooms) {
            let taken = room.map_or(*part, |room| room.min(*part));
            refused += *part - taken;
            *part = taken;
        }
        for (part, room) in parts.iter_mut().zip(&rooms) {
            let more = room.map_or(refused, |room| refused.min(room - *part));
            *part += more;
            refused -= more;
        }
        let mut given = 0;
        let holder_is_vendor = self.holder() == Who::Vendor;
        let stated = self.of.stated_profit().unwrap_or_default();
        let tranches = self.of.tranches.len();
        // Parties follow the tranches: the vendor first, if it has a part.
        let vendor_first = stated.get(tranches).is_some_and(|part| *part > 0);
        let mut parties = 0;
        for ((at, _), part) in sharers.iter().zip(parts) {
            match at {
                Some(at) => {
                    lines[*at].surplus = part;
                    self.pay(*at, part, 0);
                    account.distributed += part;
                }
                None => {
                    let is_vendor = vendor_first && parties == 0;
                    parties += 1;
                    if is_vendor && holder_is_vendor {
                        account.kept += part;
                    } else {
                        account.distributed += part;
                    }
                }
            }
            given += part;
        }
        account.kept += pot - given;
    }

    fn guarantee(&mut self, at: usize, now: usize, lines: &mut [Line]) {
        let of = &self.of.guarantees[at];
        let Some((_, most)) = of.schedule.iter().find(|(on, _)| *on == now) else { return };
        let mut left = most * 100;
        if let Some(most) = of.most {
            left = left.min(most * 100 - self.called[at]);
        }
        let mut beyond = of.beyond * 100;
        for (tranche, line) in lines.iter_mut().enumerate().skip(of.from) {
            let state = self.states[tranche];
            let principal =
                (line.principal_due - state.principal_paid - state.principal_guaranteed).max(0);
            let returned = if of.covers_return {
                line.return_due - line.return_paid - state.return_guaranteed
            } else {
                0
            };
            let unpaid = principal + returned;
            let own = unpaid.min(beyond);
            beyond -= own;
            let paid = (unpaid - own).min(left).max(0);
            left -= paid;
            let first = paid.min(returned);
            self.states[tranche].owed -= first;
            self.pay(tranche, first, paid - first);
            self.states[tranche].return_guaranteed += first;
            self.states[tranche].principal_guaranteed += paid - first;
            line.guaranteed += paid;
            self.called[at] += paid;
            if of.rank.is_some() {
                self.recourse[at] += paid;
            }
        }
    }
}
