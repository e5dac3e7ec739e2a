//! Money of one currency in the graph.

use rust_decimal::Decimal;

use super::{Lowering, Running};
use crate::contract::{LineTerms, Reason};
use crate::expr::{MarkId, NodeId, SymbolId, Unit};

impl Lowering<'_> {
    pub(super) fn symbol(&mut self, symbol: SymbolId) -> NodeId {
        let symbol = self.graph.symbol_of(symbol).clone();
        self.graph.symbol(&symbol.name, symbol.unit, symbol.support)
    }

    pub(super) fn scaled(&mut self, amount: NodeId, by: Decimal, over: Decimal) -> NodeId {
        let (by, over) =
            (self.graph.number(by, Unit::Number), self.graph.number(over, Unit::Number));
        let product = self.graph.multiply(amount, by).unwrap_or(amount);
        self.graph.divide(product, over).unwrap_or(amount)
    }

    pub(super) fn push(
        &mut self,
        running: &mut Running,
        reason: Reason,
        (payer, to): (usize, usize),
        amount: NodeId,
    ) {
        running.lines.push(LineTerms {
            reason,
            payer,
            to,
            amount,
            price: amount,
            share: None,
            to_date: None,
        });
    }

    pub(super) fn remaining(
        &mut self,
        limit: Decimal,
        earlier: &[NodeId],
        running: &mut Running,
    ) -> NodeId {
        let sum = self.sum(earlier);
        let (sum, mark) = self.marked(sum);
        running.before.push(mark);
        let limit = self.money(limit);
        self.minus(limit, sum)
    }

    pub(super) fn marked(&mut self, node: NodeId) -> (NodeId, MarkId) {
        let mark = MarkId(self.marks);
        self.marks += 1;
        (self.graph.mark(mark, node), mark)
    }

    pub(super) fn sum_of(
        &mut self,
        running: &Running,
        which: impl Fn(&LineTerms) -> bool,
    ) -> NodeId {
        let amounts: Vec<NodeId> =
            running.lines.iter().filter(|line| which(line)).map(|line| line.amount).collect();
        self.sum(&amounts)
    }

    pub(super) fn sum(&mut self, amounts: &[NodeId]) -> NodeId {
        let zero = self.money(Decimal::ZERO);
        amounts.iter().fold(zero, |sum, amount| self.plus(sum, *amount))
    }

    pub(super) fn money(&mut self, amount: Decimal) -> NodeId {
        let unit = Unit::money(&self.rules.currency);
        self.graph.number(amount, unit)
    }

    // Everything below is money of one currency, checked when the lines were traced; a clash would
    // be our own mistake.

    pub(super) fn plus(&mut self, a: NodeId, b: NodeId) -> NodeId {
        self.graph.add(a, b).unwrap_or_else(|clash| unreachable!("{clash:?}"))
    }

    pub(super) fn minus(&mut self, a: NodeId, b: NodeId) -> NodeId {
        self.graph.subtract(a, b).unwrap_or_else(|clash| unreachable!("{clash:?}"))
    }

    pub(super) fn smaller(&mut self, a: NodeId, b: NodeId) -> NodeId {
        self.graph.smaller(a, b).unwrap_or_else(|clash| unreachable!("{clash:?}"))
    }

    pub(super) fn larger(&mut self, a: NodeId, b: NodeId) -> NodeId {
        self.graph.larger(a, b).unwrap_or_else(|clash| unreachable!("{clash:?}"))
    }

    pub(super) fn select(&mut self, when: NodeId, then: NodeId, otherwise: NodeId) -> NodeId {
        self.graph.select(when, then, otherwise).unwrap_or_else(|clash| unreachable!("{clash:?}"))
    }
}
