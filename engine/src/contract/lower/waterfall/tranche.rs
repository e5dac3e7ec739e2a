//! One tranche between payment dates: principal, return, and what caps leave.

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::{Paid, Waterfall};
use crate::contract::finance::Tranche;
use crate::contract::lower::Lowering;
use crate::expr::{Mode, NodeId, Rounding};
use crate::finance::{Years, growth};

/// The balances of a tranche.
#[derive(Debug, Clone, Copy)]
pub(super) struct TrancheState {
    /// Principal not repaid.
    pub(super) outstanding: NodeId,
    /// Return owed and not paid.
    pub(super) owed: NodeId,
    /// Return paid, parts of the surplus included, less what was returned.
    pub(super) earned: NodeId,
    /// Principal repaid.
    pub(super) repaid: NodeId,
    /// What was put up less what was paid, each compounded at the highest rate it may earn: the
    /// most that may still be paid.
    pub(super) balance: NodeId,
    /// Simple interest that drawdowns since the payment before have earned by the next.
    accrued: NodeId,
    /// The same for the balance: drawdowns with what they grow to by the next payment.
    grown: NodeId,
}

impl TrancheState {
    pub(super) fn new(zero: NodeId) -> Self {
        let [outstanding, owed, earned, repaid] = [zero; 4];
        Self { outstanding, owed, earned, repaid, balance: zero, accrued: zero, grown: zero }
    }

    /// What the investor has received, principal and return.
    pub(super) fn received(&self, lowering: &mut Lowering<'_>) -> NodeId {
        lowering.plus(self.earned, self.repaid)
    }

    pub(super) fn pay_back(&mut self, lowering: &mut Lowering<'_>, amount: NodeId) {
        self.earned = lowering.minus(self.earned, amount);
        self.balance = lowering.plus(self.balance, amount);
    }

    pub(super) fn pay_return(&mut self, lowering: &mut Lowering<'_>, amount: NodeId) {
        self.earned = lowering.plus(self.earned, amount);
        self.balance = lowering.minus(self.balance, amount);
    }

    pub(super) fn pay_principal(&mut self, lowering: &mut Lowering<'_>, amount: NodeId) {
        self.repaid = lowering.plus(self.repaid, amount);
        self.outstanding = lowering.minus(self.outstanding, amount);
        self.balance = lowering.minus(self.balance, amount);
    }
}

impl Waterfall<'_, '_, '_> {
    /// Money put up on a day, which earns from that day on.
    pub(super) fn drawn(&mut self, of: usize, on: Date, amount: NodeId, window: usize) {
        let tranche = &self.around.finance.tranches[of];
        let paid = self.around.evaluations[window].paid;
        let days = from_first(tranche, paid, Day::Whole) - from_first(tranche, on, Day::Before);
        let interest = self.simple(amount, tranche.rate, days);
        let state = self.tranches[of];
        let outstanding = self.plus(state.outstanding, amount);
        let accrued = self.plus(state.accrued, interest);
        let grown = match tranche.cap_irr {
            Some(rate) => {
                let grown = self.compounded(amount, rate, days);
                self.plus(state.grown, grown)
            }
            None => state.grown,
        };
        self.tranches[of] = TrancheState { outstanding, accrued, grown, ..state };
    }

    /// What is owed at a payment date: return, fixed and outcome-linked, within the caps; and
    /// principal by the schedule, all of it where there is none and at the last date.
    pub(super) fn due(&mut self, of: usize, evaluation: usize, closing: NodeId) -> Paid {
        let tranche = &self.around.finance.tranches[of];
        let outstanding_before = self.tranches[of].outstanding;
        self.accrue(of, evaluation);
        let mut return_due = self.tranches[of].owed;
        if let Some(room) = self.room(of) {
            return_due = self.smaller(return_due, room);
            return_due = self.not_negative(return_due);
        }
        let state = self.tranches[of];
        let principal_due = if tranche.repay.is_empty() {
            state.outstanding
        } else {
            let paid = self.around.evaluations[evaluation].paid;
            let by_now = tranche.repay.iter().filter(|(on, _)| *on <= paid);
            let by_now: Decimal = by_now.map(|(_, amount)| *amount).sum();
            let scheduled = self.money(by_now);
            let open = self.minus(scheduled, state.repaid);
            let open = self.not_negative(open);
            let open = self.smaller(open, state.outstanding);
            self.select(closing, state.outstanding, open)
        };
        let zero = self.zero;
        Paid {
            outstanding_before,
            return_due,
            principal_due,
            return_paid: zero,
            principal_paid: zero,
            surplus: zero,
            return_guaranteed: zero,
            principal_guaranteed: zero,
            paid_back: zero,
        }
    }

    /// Lets a tranche earn what it earns since the payment before.
    fn accrue(&mut self, of: usize, evaluation: usize) {
        let tranche = &self.around.finance.tranches[of];
        let paid = self.around.evaluations[evaluation].paid;
        let before = evaluation.checked_sub(1).map(|at| self.around.evaluations[at].paid);
        let days = match before.filter(|before| tranche.from().is_some_and(|from| from <= *before))
        {
            Some(before) => {
                from_first(tranche, paid, Day::Whole) - from_first(tranche, before, Day::Whole)
            }
            None => 0,
        };
        let state = self.tranches[of];
        // Interest on drawdowns of this period is in `accrued`; the rest was there before.
        let new = self.drawn_within(of, evaluation);
        let old = self.minus(state.outstanding, new);
        let interest = self.simple(old, tranche.rate, days);
        let interest = self.plus(interest, state.accrued);
        let interest = self.lowering.graph.round(interest, self.lowering.rules.rounding);
        let mut owed = self.plus(state.owed, interest);
        // Nothing is owed to who has put nothing up yet.
        let begun = tranche.from().is_some_and(|from| from <= paid);
        if let Some(linked) = self.linked(&tranche.linked, evaluation).filter(|_| begun) {
            owed = self.plus(owed, linked);
        }
        // Of two payments on one day the second answers for the day.
        let last_of_day =
            self.around.evaluations.get(evaluation + 1).is_none_or(|next| next.paid != paid);
        let least = tranche.least.iter().find(|(on, _)| *on == paid && last_of_day && begun);
        if let Some((_, least)) = least {
            let least = self.money(*least);
            let least = self.while_it_runs(least, evaluation);
            owed = self.lowering.larger(owed, least);
        }
        let mut balance = state.balance;
        if let Some(rate) = tranche.cap_irr {
            balance = self.compounded(balance, rate, days);
            balance = self.plus(balance, state.grown);
            // Rounded down, so that the rate is never exceeded.
            let step = self.lowering.rules.rounding.step;
            balance = self.lowering.graph.round(balance, Rounding { mode: Mode::Down, step });
        }
        let (accrued, grown) = (self.zero, self.zero);
        self.tranches[of] = TrancheState { owed, balance, accrued, grown, ..state };
    }

    /// What was drawn down since the payment before.
    fn drawn_within(&mut self, of: usize, evaluation: usize) -> NodeId {
        let tranche = &self.around.finance.tranches[of];
        let here = tranche.drawdowns.iter().filter(|(on, _)| self.window(*on) == evaluation);
        let amount: Decimal = here.map(|(_, amount)| *amount).sum();
        let amount = self.money(amount);
        self.while_it_runs(amount, evaluation)
    }

    /// What caps leave of the return; `None` where there is no cap.
    pub(super) fn room(&mut self, of: usize) -> Option<NodeId> {
        let tranche = &self.around.finance.tranches[of];
        let state = self.tranches[of];
        let in_all = tranche.cap.map(|cap| {
            let cap = self.money(cap);
            self.minus(cap, state.earned)
        });
        let by_rate = tranche.cap_irr.map(|_| self.minus(state.balance, state.outstanding));
        match (in_all, by_rate) {
            (Some(a), Some(b)) => Some(self.smaller(a, b)),
            (a, b) => a.or(b),
        }
    }

    /// `amount × rate × days ÷ 365`, not rounded.
    fn simple(&mut self, amount: NodeId, rate: Decimal, days: i64) -> NodeId {
        if rate.is_zero() || days == 0 {
            return self.zero;
        }
        self.lowering.scaled(amount, rate * Decimal::from(days), Decimal::from(365))
    }

    /// `amount × (1 + rate)^(days ÷ 365)`.
    fn compounded(&mut self, amount: NodeId, rate: Decimal, days: i64) -> NodeId {
        self.lowering.scaled(amount, growth(rate, days), Decimal::ONE)
    }
}

/// Which end of a day a time lies at.
#[derive(Clone, Copy)]
enum Day {
    Before,
    Whole,
}

/// Days of years of 365 days from the first drawdown's morning to a day's morning or evening.
fn from_first(tranche: &Tranche, on: Date, day: Day) -> i64 {
    let Some(from) = tranche.from() else { return 0 };
    let until = match day {
        Day::Whole => Some(on),
        Day::Before => on.yesterday().ok(),
    };
    let years = until.and_then(|until| Years::between(from, until));
    years.map_or(0, |years| i64::from(years.whole) * 365 + i64::from(years.days))
}
