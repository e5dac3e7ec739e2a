//! Guarantors, who make good what is due and was not paid.

use rust_decimal::Decimal;

use super::{Actor, MoveReason, Now, Waterfall};
use crate::contract::finance::Guarantee;
use crate::expr::NodeId;

impl Waterfall<'_, '_, '_> {
    pub(super) fn call_guarantees(&mut self, now: &mut Now) {
        let finance = self.around.finance;
        for (position, guarantee) in finance.guarantees.iter().enumerate() {
            if let Some(most) = self.most_now(now, guarantee) {
                self.call(now, position, guarantee, most);
            }
        }
    }

    /// The most a guarantee pays at a payment date, if it is called at it. Two payments of one day
    /// are one call, at the second.
    fn most_now(&self, now: &Now, guarantee: &Guarantee) -> Option<Decimal> {
        let next = self.around.evaluations.get(now.evaluation + 1);
        if next.is_some_and(|next| next.paid == now.paid) {
            return None;
        }
        guarantee.schedule.iter().find(|(on, _)| *on == now.paid).map(|(_, most)| *most)
    }

    fn call(&mut self, now: &mut Now, position: usize, guarantee: &Guarantee, most: Decimal) {
        let mut left = self.money(most);
        if let Some(in_all) = guarantee.most {
            let in_all = self.money(in_all);
            let open = self.minus(in_all, self.called[position]);
            left = self.smaller(left, open);
        }
        let mut beyond = self.money(guarantee.beyond);
        for of in &guarantee.of {
            let (unpaid_return, unpaid) = self.unpaid(now, *of, guarantee.covers_return);
            // The investors bear the first part themselves, over all the tranches together.
            let own = self.smaller(unpaid, beyond);
            beyond = self.minus(beyond, own);
            let covered = self.minus(unpaid, own);
            let paid = self.smaller(covered, left);
            let paid = self.not_negative(paid);
            left = self.minus(left, paid);
            // Return first, as everywhere.
            let returned = self.smaller(paid, unpaid_return);
            let principal = self.minus(paid, returned);
            let state = &mut self.tranches[*of];
            state.owed = self.lowering.minus(state.owed, returned);
            state.pay_return(self.lowering, returned);
            state.pay_principal(self.lowering, principal);
            let known = now.tranches[*of];
            now.tranches[*of].return_guaranteed = self.plus(known.return_guaranteed, returned);
            now.tranches[*of].principal_guaranteed =
                self.plus(known.principal_guaranteed, principal);
            self.called[position] = self.plus(self.called[position], paid);
            if guarantee.rank.is_some() {
                self.recourse[position] = self.plus(self.recourse[position], paid);
            }
            let investor = self.around.finance.tranches[*of].investor;
            let flow = (Actor::Party(guarantee.by), Actor::Party(investor));
            let on = (now.paid, now.evaluation);
            self.move_money(on, flow, paid, MoveReason::Guaranteed(position, *of));
        }
    }

    /// Return that is due and unpaid, where it is covered, and all that is.
    fn unpaid(&mut self, now: &Now, of: usize, covers_return: bool) -> (NodeId, NodeId) {
        let known = now.tranches[of];
        // Principal may be paid ahead of its schedule; an earlier guarantee may have paid a part.
        let paid = self.plus(known.principal_paid, known.principal_guaranteed);
        let principal = self.minus(known.principal_due, paid);
        let principal = self.not_negative(principal);
        if !covers_return {
            return (self.zero, principal);
        }
        let paid = self.plus(known.return_paid, known.return_guaranteed);
        let returned = self.minus(known.return_due, paid);
        let all = self.plus(principal, returned);
        (returned, all)
    }
}
