//! Claims paid rank by rank.

use super::{Amounts, MoveReason, Now, Waterfall};
use crate::expr::NodeId;

/// Who has a claim.
#[derive(Debug, Clone, Copy)]
enum Claim {
    Tranche(usize),
    Deferred(usize),
    Recourse(usize),
    Reserve,
}

impl Waterfall<'_, '_, '_> {
    /// Deferred fees that are earned up to an evaluation's payment.
    pub(super) fn earn_deferred(&mut self, evaluation: usize) {
        let finance = self.around.finance;
        for (position, fee) in finance.deferred.iter().enumerate() {
            for (_, amount) in self.stated(&fee.amount, evaluation) {
                let amount = self.money(amount);
                let amount = self.while_it_runs(amount, evaluation);
                self.deferred[position] = self.plus(self.deferred[position], amount);
            }
            if let Amounts::Linked(prices) = &fee.amount
                && let Some(amount) = self.linked(prices, evaluation)
            {
                self.deferred[position] = self.plus(self.deferred[position], amount);
            }
        }
    }

    pub(super) fn pay_claims(&mut self, now: &mut Now, holder: usize) {
        // What the reserve held is in the pot; it is filled again at its rank.
        self.reserve = self.zero;
        for (_, claims) in self.by_rank() {
            let due: Vec<NodeId> = claims.iter().map(|claim| self.claimed(now, *claim)).collect();
            let paid = self.within(now, &due);
            for (claim, paid) in claims.into_iter().zip(paid) {
                self.pay_claim(now, holder, claim, paid);
            }
        }
    }

    /// The claims of each rank, ranks rising; within a rank in the order in which steps that cannot
    /// be divided are given out.
    fn by_rank(&self) -> std::collections::BTreeMap<u32, Vec<Claim>> {
        let finance = self.around.finance;
        let tranches = finance.tranches.iter().enumerate();
        let deferred = finance.deferred.iter().enumerate();
        let guarantees = finance.guarantees.iter().enumerate();
        let mut ranks = std::collections::BTreeMap::<u32, Vec<Claim>>::new();
        let all = tranches
            .map(|(at, tranche)| (tranche.rank, Claim::Tranche(at)))
            .chain(deferred.map(|(at, fee)| (fee.rank, Claim::Deferred(at))))
            .chain(guarantees.filter_map(|(at, of)| Some((of.rank?, Claim::Recourse(at)))))
            .chain(finance.reserve.map(|reserve| (reserve.rank, Claim::Reserve)));
        for (rank, claim) in all {
            ranks.entry(rank).or_default().push(claim);
        }
        ranks
    }

    fn claimed(&mut self, now: &Now, claim: Claim) -> NodeId {
        match claim {
            Claim::Tranche(of) => {
                let Now { tranches, .. } = now;
                self.plus(tranches[of].return_due, tranches[of].principal_due)
            }
            Claim::Deferred(of) => self.deferred[of],
            Claim::Recourse(of) => self.recourse[of],
            Claim::Reserve => {
                let reserve = self.around.finance.reserve;
                let kept = reserve.filter(|of| of.until.is_none_or(|until| now.paid < until));
                match kept {
                    Some(reserve) => {
                        let target = self.money(reserve.target);
                        self.select(now.closing, self.zero, target)
                    }
                    None => self.zero,
                }
            }
        }
    }

    /// What the pot pays of claims of one rank: all of them, or each in proportion, rounded down to
    /// a whole step; the steps that are left go one by one in order.
    fn within(&mut self, now: &Now, due: &[NodeId]) -> Vec<NodeId> {
        if let [only] = due {
            return vec![self.smaller(now.pot, *only)];
        }
        let all = self.lowering.sum(due);
        let paid = self.smaller(now.pot, all);
        let ideal: Vec<NodeId> =
            due.iter().map(|due| self.lowering.part(paid, *due, all)).collect();
        let may_have: Vec<Option<NodeId>> = due.iter().map(|due| self.is_some(*due)).collect();
        self.lowering.split_into(paid, &ideal, &may_have)
    }

    fn pay_claim(&mut self, now: &mut Now, holder: usize, claim: Claim, paid: NodeId) {
        now.pot = self.minus(now.pot, paid);
        let finance = self.around.finance;
        match claim {
            Claim::Tranche(of) => {
                let investor = finance.tranches[of].investor;
                let returned = self.smaller(paid, now.tranches[of].return_due);
                let principal = self.minus(paid, returned);
                now.tranches[of].return_paid = returned;
                now.tranches[of].principal_paid = principal;
                let state = &mut self.tranches[of];
                state.owed = self.lowering.minus(state.owed, returned);
                state.pay_return(self.lowering, returned);
                state.pay_principal(self.lowering, principal);
                self.distribute(now, (holder, investor), returned, MoveReason::Return(of));
                self.distribute(now, (holder, investor), principal, MoveReason::Principal(of));
            }
            Claim::Deferred(of) => {
                self.deferred[of] = self.minus(self.deferred[of], paid);
                let to = finance.deferred[of].to;
                self.distribute(now, (holder, to), paid, MoveReason::Deferred(of));
            }
            Claim::Recourse(of) => {
                self.recourse[of] = self.minus(self.recourse[of], paid);
                let by = finance.guarantees[of].by;
                self.distribute(now, (holder, by), paid, MoveReason::Recourse(of));
            }
            Claim::Reserve => self.reserve = paid,
        }
    }

    /// Principal ahead of its schedule, by rank, of the tranches that may be redeemed early.
    pub(super) fn redeem_early(&mut self, now: &mut Now, holder: usize) {
        let finance = self.around.finance;
        let mut early: Vec<usize> = (0..finance.tranches.len())
            .filter(|of| finance.tranches[*of].early && !finance.tranches[*of].repay.is_empty())
            .collect();
        early.sort_by_key(|of| finance.tranches[*of].rank);
        for of in early {
            let paid = self.smaller(now.pot, self.tranches[of].outstanding);
            now.pot = self.minus(now.pot, paid);
            now.tranches[of].principal_paid = self.plus(now.tranches[of].principal_paid, paid);
            self.tranches[of].pay_principal(self.lowering, paid);
            let investor = finance.tranches[of].investor;
            self.distribute(now, (holder, investor), paid, MoveReason::Early(of));
        }
    }
}
