//! What is left once all that was put up is repaid.

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::{MoveReason, Now, Waterfall};
use crate::contract::finance::Sharer;
use crate::expr::{NodeId, Relation};

impl Waterfall<'_, '_, '_> {
    /// Those who share the surplus at a payment date: investors only once they put money up.
    pub(super) fn active_sharers(&self, paid: Date) -> Vec<(Sharer, Decimal)> {
        let finance = self.around.finance;
        let mut sharers = finance.sharers();
        sharers.retain(|(sharer, _)| match sharer {
            Sharer::Tranche(of) => finance.tranches[*of].from().is_some_and(|from| from <= paid),
            Sharer::Party(_) => true,
        });
        sharers
    }

    /// What the weights are parts of: 1 where parts are stated, else their sum.
    pub(super) fn whole_of(&self, sharers: &[(Sharer, Decimal)]) -> Decimal {
        if self.around.finance.profit.is_empty() {
            sharers.iter().map(|(_, weight)| *weight).sum::<Decimal>().max(Decimal::ONE)
        } else {
            Decimal::ONE
        }
    }

    /// Shares what is left where nothing that was put up is left to repay. A part that a cap
    /// refuses goes to the others in order; what all refuse, and what nobody has a part in, becomes
    /// the holder's.
    pub(super) fn share_surplus(&mut self, now: &mut Now, holder: usize) {
        let surplus = self.above_all_principal(now);
        now.pot = self.minus(now.pot, surplus);
        let sharers = self.active_sharers(now.paid);
        let whole = self.whole_of(&sharers);
        let mut parts = self.parts(surplus, &sharers, whole);
        let rooms: Vec<Option<NodeId>> = sharers
            .iter()
            .map(|(sharer, _)| match sharer {
                Sharer::Tranche(of) => {
                    let room = self.room(*of)?;
                    Some(self.not_negative(room))
                }
                Sharer::Party(_) => None,
            })
            .collect();
        let mut given = self.zero;
        let mut refused = self.zero;
        for (part, room) in parts.iter_mut().zip(&rooms) {
            if let Some(room) = room {
                let taken = self.smaller(*part, *room);
                let over = self.minus(*part, taken);
                refused = self.plus(refused, over);
                *part = taken;
            }
        }
        if sharers.len() > 1 && rooms.iter().any(Option::is_some) {
            for (part, room) in parts.iter_mut().zip(&rooms) {
                let more = match room {
                    Some(room) => {
                        let left = self.minus(*room, *part);
                        self.smaller(refused, left)
                    }
                    None => refused,
                };
                *part = self.plus(*part, more);
                refused = self.minus(refused, more);
            }
        }
        for ((sharer, _), part) in sharers.into_iter().zip(parts) {
            given = self.plus(given, part);
            match sharer {
                Sharer::Tranche(of) => {
                    now.tranches[of].surplus = part;
                    self.tranches[of].pay_return(self.lowering, part);
                    let investor = self.around.finance.tranches[of].investor;
                    self.distribute(now, (holder, investor), part, MoveReason::Surplus(of));
                }
                Sharer::Party(party) if party == holder => now.kept = self.plus(now.kept, part),
                Sharer::Party(party) => {
                    self.distribute(now, (holder, party), part, MoveReason::Share);
                }
            }
        }
        let rest = self.minus(surplus, given);
        now.kept = self.plus(now.kept, rest);
    }

    /// The parts of an amount, each rounded down to a whole step. Where the weights are all of it,
    /// the steps that are left go one by one in order; otherwise they are the holder's.
    fn parts(
        &mut self,
        surplus: NodeId,
        sharers: &[(Sharer, Decimal)],
        whole: Decimal,
    ) -> Vec<NodeId> {
        let of: Decimal = sharers.iter().map(|(_, weight)| *weight).sum();
        if let ([_], true) = (sharers, of == whole) {
            return vec![surplus];
        }
        let ideal: Vec<NodeId> = sharers
            .iter()
            .map(|(_, weight)| self.lowering.scaled(surplus, *weight, whole))
            .collect();
        if of == whole {
            return self.lowering.split_into(surplus, &ideal, &vec![None; sharers.len()]);
        }
        let step = self.lowering.rules.rounding.step;
        let down = crate::expr::Rounding { mode: crate::expr::Mode::Down, step };
        ideal.into_iter().map(|part| self.lowering.graph.round(part, down)).collect()
    }

    /// The pot, where no principal is outstanding. As long as a tranche may wait for its schedule,
    /// what is left waits with it.
    fn above_all_principal(&mut self, now: &Now) -> NodeId {
        let finance = self.around.finance;
        let waits =
            |of: &usize| !finance.tranches[*of].repay.is_empty() && !finance.tranches[*of].early;
        // Any other tranche is repaid before anything is left.
        let waiting: Vec<NodeId> = (0..finance.tranches.len())
            .filter(waits)
            .map(|of| self.tranches[of].outstanding)
            .collect();
        if waiting.is_empty() {
            return now.pot;
        }
        let outstanding = self.lowering.sum(&waiting);
        match self.lowering.graph.compare(Relation::AtMost, outstanding, self.zero) {
            Ok(even) => self.select(even, now.pot, self.zero),
            Err(_) => now.pot,
        }
    }
}
