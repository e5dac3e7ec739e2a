//! The holder's account: what comes in, what costs take, what is kept for later.

use rust_decimal::Decimal;

use super::{Actor, Amounts, MoveReason, Now, Waterfall};
use crate::contract::finance::Sharer;
use crate::expr::NodeId;
use crate::expr::bounds::bounds;

impl Waterfall<'_, '_, '_> {
    /// Drawdowns and costs since the payment before, up to this one.
    pub(super) fn before_the_payment(&mut self, evaluation: usize) {
        for of in 0..self.tranches.len() {
            self.draw_down(of, evaluation);
        }
        self.fill_initial_reserve(evaluation);
        self.pay_costs(evaluation);
    }

    /// Costs that fall after the last payment.
    pub(super) fn after_the_last(&mut self) {
        self.pay_costs(self.around.evaluations.len());
    }

    fn draw_down(&mut self, of: usize, window: usize) {
        let tranche = &self.around.finance.tranches[of];
        for (on, amount) in &tranche.drawdowns {
            if self.window(*on) != window {
                continue;
            }
            let amount = self.money(*amount);
            let amount = self.while_it_runs(amount, window);
            let holder = self.around.finance.holder.unwrap_or_default();
            let flow = (Actor::Party(tranche.investor), Actor::Party(holder));
            self.move_money((*on, window), flow, amount, MoveReason::Drawdown(of));
            self.unspent = self.plus(self.unspent, amount);
            self.drawn(of, *on, amount, window);
        }
    }

    /// What of the first drawdown goes into the reserve.
    fn fill_initial_reserve(&mut self, window: usize) {
        let finance = self.around.finance;
        let first = finance.tranches.iter().filter_map(|tranche| tranche.from()).min();
        let Some(reserve) = finance.reserve.filter(|of| !of.initial.is_zero()) else { return };
        if first.map(|first| self.window(first)) == Some(window) {
            let initial = self.money(reserve.initial);
            let initial = self.smaller(initial, self.unspent);
            self.reserve = self.plus(self.reserve, initial);
            self.unspent = self.minus(self.unspent, initial);
        }
    }

    fn pay_costs(&mut self, window: usize) {
        let finance = self.around.finance;
        for (position, cost) in finance.costs.iter().enumerate() {
            let mut due: Vec<_> = self
                .stated(&cost.amount, window)
                .into_iter()
                .map(|(on, amount)| (on, self.money(amount)))
                .collect();
            for (_, amount) in &mut due {
                *amount = self.while_it_runs(*amount, window);
            }
            if let Amounts::Linked(prices) = &cost.amount
                && let Some(amount) = self.linked(prices, window)
            {
                due.push((self.around.evaluations[window].paid, amount));
            }
            for (on, amount) in due {
                let to = cost.to.map_or(Actor::Outside, Actor::Party);
                let flow = (Actor::Party(cost.by), to);
                self.move_money((on, window), flow, amount, MoveReason::Cost(position));
                if finance.holder == Some(cost.by) {
                    // What the account lacks the holder pays of its own.
                    let left = self.minus(self.unspent, amount);
                    self.unspent = self.not_negative(left);
                }
            }
        }
    }

    /// What providers and the holder are paid at an evaluation; providers who are not the holder pass
    /// it on.
    pub(super) fn receive(&mut self, evaluation: usize, holder: usize) -> NodeId {
        let lines = self.lowering.done[evaluation].lines.clone();
        let mut received = self.zero;
        for line in &lines {
            if line.to == holder || self.is_provider(line.to) {
                received = self.plus(received, line.amount);
            }
        }
        let providers = (0..self.around.parties.len()).filter(|party| self.is_provider(*party));
        for provider in providers.collect::<Vec<_>>() {
            let own: Vec<NodeId> =
                lines.iter().filter(|line| line.to == provider).map(|line| line.amount).collect();
            if provider != holder && !own.is_empty() {
                let amount = self.lowering.sum(&own);
                let paid = self.around.evaluations[evaluation].paid;
                let flow = (Actor::Party(provider), Actor::Party(holder));
                self.move_money((paid, evaluation), flow, amount, MoveReason::PassedOn);
            }
        }
        received
    }

    /// What costs have left over, where it joins the last distribution.
    pub(super) fn join_unspent(&mut self, closing: NodeId) -> NodeId {
        if !self.around.finance.unspent_distributed {
            return self.zero;
        }
        let unspent = self.select(closing, self.unspent, self.zero);
        self.unspent = self.minus(self.unspent, unspent);
        unspent
    }

    /// Where a payment was so negative that the account does not hold it, those who share the
    /// surplus return their part of it, at most what they received; the holder makes up the rest.
    pub(super) fn call_back(
        &mut self,
        now: &mut Now,
        pot: NodeId,
        holder: usize,
    ) -> (NodeId, NodeId) {
        if !self.may_be_negative(pot) {
            return (self.zero, self.zero);
        }
        let short = self.minus(now.pot, pot);
        let sharers = self.active_sharers(now.paid);
        let whole: Decimal = self.whole_of(&sharers);
        let ideal: Vec<NodeId> =
            sharers.iter().map(|(_, weight)| self.lowering.scaled(short, *weight, whole)).collect();
        let parts = self.lowering.split_into(short, &ideal, &vec![None; ideal.len()]);
        let mut returned = self.zero;
        for ((sharer, _), part) in sharers.into_iter().zip(parts) {
            let Sharer::Tranche(of) = sharer else { continue };
            let investor = self.around.finance.tranches[of].investor;
            let received = self.tranches[of].received(self.lowering);
            let part = self.smaller(part, received);
            let part = self.not_negative(part);
            now.tranches[of].paid_back = part;
            self.tranches[of].pay_back(self.lowering, part);
            returned = self.plus(returned, part);
            let flow = (Actor::Party(investor), Actor::Party(holder));
            let on = (now.paid, now.evaluation);
            self.move_money(on, flow, part, MoveReason::PaidBack(of));
        }
        let made_up = self.minus(short, returned);
        (returned, made_up)
    }

    fn may_be_negative(&self, node: NodeId) -> bool {
        let graph = &*self.lowering.graph;
        let known = bounds(graph, &[node], |symbol| graph.symbol_of(symbol).support);
        known[node.index()].low < 0.0
    }

    /// Keeps what costs of the holder will need before the next payment.
    pub(super) fn recycle(&mut self, now: &mut Now) -> NodeId {
        let Some(rule) = self.around.finance.recycle else { return self.zero };
        let finance = self.around.finance;
        let next = now.evaluation + 1;
        let own = finance.costs.iter().filter(|cost| Some(cost.by) == finance.holder);
        let due: Decimal =
            own.flat_map(|cost| self.stated(&cost.amount, next)).map(|(_, amount)| amount).sum();
        let coming = finance.tranches.iter().flat_map(|tranche| &tranche.drawdowns);
        let coming = coming.filter(|(on, _)| self.window(*on) == next);
        let coming: Decimal = coming.map(|(_, amount)| *amount).sum();
        let due = self.money((due - coming).max(Decimal::ZERO));
        // After an early end nothing more is delivered.
        let due = self.while_it_runs(due, next);
        let need = self.minus(due, self.unspent);
        let mut kept = self.smaller(now.pot, need);
        if let Some(most) = rule.most {
            let most = self.money(most);
            let left = self.minus(most, self.recycled);
            kept = self.smaller(kept, left);
        }
        let kept = self.not_negative(kept);
        self.recycled = self.plus(self.recycled, kept);
        self.unspent = self.plus(self.unspent, kept);
        now.pot = self.minus(now.pot, kept);
        kept
    }
}
