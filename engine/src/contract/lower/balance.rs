//! What comes behind the limits: offsets, the minimum, tax.

use rust_decimal::Decimal;

use super::{Lowering, Running};
use crate::contract::{FlowTerms, Line, LineTerms, Outcome, Price, Reason, Tax, ToDate};
use crate::expr::{Function, NodeId};

impl Lowering<'_> {
    pub(super) fn offset(
        &mut self,
        running: &mut Running,
        position: usize,
        offset: &Line,
        price: &Price,
        outcomes: &[Outcome],
    ) {
        let amount = self.at_early_end(offset, price, price.amount);
        let amount = self.gated(price, outcomes, amount);
        let mut amount = self.graph.round(amount, self.rules.rounding);
        let zero = self.money(Decimal::ZERO);
        let mut to_date = None;
        if offset.carry {
            // What was to be netted so far, less what was.
            let earlier: Vec<&LineTerms> = self
                .done
                .iter()
                .flat_map(|terms| &terms.lines)
                .filter(|line| line.reason == Reason::Offset(position))
                .collect();
            let owed = earlier.last().and_then(|line| line.to_date).map(|last| last.owed);
            let netted: Vec<NodeId> = earlier.iter().map(|line| line.amount).collect();
            let netted = self.sum(&netted);
            let (before, mark) = self.marked(owed.unwrap_or(zero));
            running.before.push(mark);
            let (netted, mark) = self.marked(netted);
            running.before.push(mark);
            let owed = self.plus(before, amount);
            to_date = Some(ToDate { owed, paid: netted });
            amount = self.plus(owed, netted);
        }
        for (share, part) in offset.shares.iter().zip(self.split(amount, &offset.shares)) {
            // Netting stops at nothing: an offset never makes the provider pay.
            let own = self.sum_of(running, |line| line.payer == share.payer);
            let own = self.larger(own, zero);
            let netted = self.smaller(part, own);
            // Nor does a negative one add to a payment that the limits have already cut.
            let netted = self.larger(netted, zero);
            let negative = self.graph.apply(Function::Negate, netted);
            running.lines.push(LineTerms {
                reason: Reason::Offset(position),
                payer: share.payer,
                to: share.to,
                amount: negative,
                price: price.amount,
                share: Some(*share).filter(|_| offset.shares.len() > 1),
                to_date,
            });
            running.sum = self.minus(running.sum, netted);
        }
    }

    /// Tops the payment up to the minimum, per evaluation and, at the last one, in all; never above
    /// the total cap.
    pub(super) fn minimum(&mut self, running: &mut Running, counted_before: NodeId, now: usize) {
        let last = now + 1 == self.rules.fiscal_years.len();
        let ending = self.rules.ending.clone();
        // Where the minimum outlives an early end, any evaluation may be the last.
        let may_close = last || ending.as_ref().is_some_and(|ending| ending.minimum);
        let in_all = self.rules.minimum.filter(|_| may_close);
        let limits = [(self.rules.minimum_each, false), (in_all, true)];
        for (minimum, whole) in limits {
            let Some(minimum) = minimum else { continue };
            let zero = self.money(Decimal::ZERO);
            let mut wanted = self.money(minimum);
            if whole {
                wanted = self.minus(wanted, counted_before);
            }
            let short = self.minus(wanted, running.sum);
            let mut top_up = self.larger(short, zero);
            if let Some(cap) = self.rules.cap {
                let cap = self.money(cap);
                let left = self.minus(cap, counted_before);
                let left = self.minus(left, running.sum);
                let left = self.larger(left, zero);
                top_up = self.smaller(top_up, left);
            }
            if let Some(ending) = &ending {
                let ended = self.symbol(self.rules.endings[now].ended);
                if !ending.minimum {
                    top_up = self.select(ended, zero, top_up);
                } else if whole && !last {
                    top_up = self.select(ended, top_up, zero);
                }
                top_up = self.while_it_runs(top_up);
            }
            // Owed by whoever pays the evaluation's first line, to whom it is paid.
            let first = running.lines.first().map(|line| (line.payer, line.to));
            let flow = first.unwrap_or((self.rules.payers[0], self.rules.provider));
            self.push(running, Reason::Minimum(minimum), flow, top_up);
            running.sum = self.plus(running.sum, top_up);
        }
    }

    pub(super) fn tax(&mut self, subtotal: NodeId) -> (Option<NodeId>, NodeId) {
        match self.rules.tax {
            Tax::Unstated => (None, subtotal),
            Tax::Included(rate) => {
                let inside = self.scaled(subtotal, rate, Decimal::ONE + rate);
                (Some(self.graph.round(inside, self.rules.truncation())), subtotal)
            }
            Tax::Added(rate) => {
                let tax = self.added_tax(subtotal, rate);
                (Some(tax), self.plus(subtotal, tax))
            }
        }
    }

    fn added_tax(&mut self, amount: NodeId, rate: Decimal) -> NodeId {
        let added = self.scaled(amount, rate, Decimal::ONE);
        self.graph.round(added, self.rules.truncation())
    }

    /// Who pays whom, with added tax as [`FlowTerms`] divides it.
    pub(super) fn flows(
        &mut self,
        running: &Running,
        tax: Option<NodeId>,
        payable: NodeId,
    ) -> Vec<FlowTerms> {
        let mut pairs: Vec<(usize, usize)> = Vec::new();
        for line in &running.lines {
            if !pairs.contains(&(line.payer, line.to)) {
                pairs.push((line.payer, line.to));
            }
        }
        let added = match self.rules.tax {
            Tax::Added(rate) => tax.map(|tax| (rate, tax)),
            Tax::Included(_) | Tax::Unstated => None,
        };
        if let [(payer, to)] = pairs[..] {
            let tax = added.map(|(_, tax)| tax);
            return vec![FlowTerms { payer, to, tax, amount: payable }];
        }
        let zero = self.money(Decimal::ZERO);
        let (mut so_far, mut taxed) = (zero, zero);
        let mut flows = Vec::new();
        for (at, (payer, to)) in pairs.iter().copied().enumerate() {
            let own = self.sum_of(running, |line| (line.payer, line.to) == (payer, to));
            so_far = self.plus(so_far, own);
            let tax = added.map(|(rate, whole)| {
                // All of them together bear the tax itself.
                let last = at + 1 == pairs.len();
                let upto = if last { whole } else { self.added_tax(so_far, rate) };
                let before = std::mem::replace(&mut taxed, upto);
                self.minus(upto, before)
            });
            let amount = tax.map_or(own, |tax| self.plus(own, tax));
            flows.push(FlowTerms { payer, to, tax, amount });
        }
        flows
    }
}
