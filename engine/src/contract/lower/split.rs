//! Amounts divided among parties: shares of a line, parts of a cut.

use rust_decimal::Decimal;

use super::{Lowering, Running};
use crate::contract::{LineShare, LineTerms, Reason};
use crate::expr::{Mode, NodeId, Relation, Rounding};

impl Lowering<'_> {
    /// The parts of an amount: each share rounded down to a whole step, then the steps that are
    /// left one by one in the order of the shares.
    pub(super) fn split(&mut self, amount: NodeId, shares: &[LineShare]) -> Vec<NodeId> {
        if shares.len() < 2 {
            return vec![amount];
        }
        let ideal: Vec<NodeId> =
            shares.iter().map(|share| self.scaled(amount, share.weight, share.of)).collect();
        self.split_into(amount, &ideal, &vec![None; shares.len()])
    }

    /// As [`split`](Self::split), for parts that are computed; a part whose condition does not hold
    /// has none of what is left.
    pub(super) fn split_into(
        &mut self,
        amount: NodeId,
        ideal: &[NodeId],
        may_have: &[Option<NodeId>],
    ) -> Vec<NodeId> {
        let zero = self.money(Decimal::ZERO);
        let step = self.rules.rounding.step;
        let (up, down) = (self.money(step), self.money(-step));
        let rule = Rounding { mode: Mode::Down, step };
        let whole: Vec<NodeId> = ideal.iter().map(|part| self.graph.round(*part, rule)).collect();
        let given = self.sum(&whole);
        let mut rest = self.minus(amount, given);
        let mut parts = Vec::new();
        for (part, may_have) in whole.into_iter().zip(may_have) {
            // One step of what is left, whichever its sign.
            let unit = self.smaller(rest, up);
            let mut unit = self.larger(unit, down);
            if let Some(may_have) = may_have {
                unit = self.select(*may_have, unit, zero);
            }
            rest = self.minus(rest, unit);
            parts.push(self.plus(part, unit));
        }
        parts
    }

    /// Cuts the lines that `which` picks, `whole` together, to `left`; returns what remains of
    /// them. Where several payers or recipients are concerned, each bears the cut in proportion to
    /// what it would pay or have, split as every amount is; whoever has nothing bears nothing.
    pub(super) fn cut_all(
        &mut self,
        running: &mut Running,
        which: impl Fn(&LineTerms) -> bool,
        (whole, left): (NodeId, NodeId),
        reason: Reason,
    ) -> NodeId {
        let zero = self.money(Decimal::ZERO);
        let left = self.larger(left, zero);
        let capped = self.smaller(whole, left);
        let cut = self.minus(capped, whole);
        let mut flows: Vec<(usize, usize)> = Vec::new();
        for line in running.lines.iter().filter(|line| which(line)) {
            if !flows.contains(&(line.payer, line.to)) {
                flows.push((line.payer, line.to));
            }
        }
        if let [only] = flows[..] {
            self.push(running, reason, only, cut);
            return capped;
        }
        let own: Vec<NodeId> = flows
            .iter()
            .map(|flow| {
                let sum =
                    self.sum_of(running, |line| which(line) && (line.payer, line.to) == *flow);
                self.larger(sum, zero)
            })
            .collect();
        let all = self.sum(&own);
        let ideal: Vec<NodeId> = own.iter().map(|own| self.part(cut, *own, all)).collect();
        let bears: Vec<Option<NodeId>> =
            own.iter().map(|own| self.graph.compare(Relation::Less, zero, *own).ok()).collect();
        for (flow, part) in flows.into_iter().zip(self.split_into(cut, &ideal, &bears)) {
            self.push(running, reason, flow, part);
        }
        capped
    }

    /// `cut × part ÷ whole`; nothing where the whole is nothing.
    pub(super) fn part(&mut self, cut: NodeId, part: NodeId, whole: NodeId) -> NodeId {
        let zero = self.money(Decimal::ZERO);
        let fraction = self.graph.divide(part, whole).unwrap_or(zero);
        let share = self.graph.multiply(cut, fraction).unwrap_or(zero);
        match self.graph.compare(Relation::Equal, whole, zero) {
            Ok(nothing) => self.select(nothing, zero, share),
            Err(_) => zero,
        }
    }
}
