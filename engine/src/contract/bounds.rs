//! The least and the most a contract can pay.

use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive;

use super::{Basis, Contract, Line, LineKind, Price};
use crate::expr::{Interval, NodeId, bounds};

/// The least and the most that can be paid in all; `None` where there is no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PaymentBounds {
    /// The least.
    pub min: Option<Decimal>,
    /// The most.
    pub max: Option<Decimal>,
}

impl Contract {
    /// Bounds on the sum of all payables, tax included.
    ///
    /// From interval arithmetic over the payment rules and from the contract's cap; outcomes are
    /// taken as independent of each other, so the true range may be narrower.
    #[must_use]
    pub fn payment_bounds(&self) -> PaymentBounds {
        let payables: Vec<NodeId> =
            self.terms.evaluations.iter().map(|evaluation| evaluation.payable).collect();
        let intervals = self.intervals(&payables);
        let sum = payables.iter().fold(Interval::point(0.0), |sum, payable| {
            let interval = intervals[payable.index()];
            Interval { low: sum.low + interval.low, high: sum.high + interval.high }
        });
        let amount = |value: f64| {
            let step = self.rounding.digits();
            value
                .is_finite()
                .then(|| Decimal::from_f64(value))
                .flatten()
                .map(|value| value.round_dp(step).normalize())
        };
        let capped = |max: Option<Decimal>| match (max, self.cap_with_tax()) {
            (Some(max), Some(cap)) => Some(max.min(cap)),
            (max, cap) => max.or(cap),
        };
        let high = amount(sum.high);
        // Lines that pay what is owed to date never pay more than that, however often they do; the
        // sum over dates does not see it.
        let to_date = self.lines.iter().any(|line| line.basis != Basis::Each);
        let topped = self.minimum.is_some() || self.minimum_each.is_some();
        let lines = || self.lines.iter().map(|line| self.line_most(line)).sum::<Option<Decimal>>();
        let most = (to_date && !topped).then(lines).flatten().map(|most| self.with_tax(most));
        let max = match (high, most) {
            (Some(high), Some(most)) => Some(high.min(most)),
            (high, most) => high.or(most),
        };
        let least = self.least().map(|least| self.with_tax(least));
        let min = match (amount(sum.low), least) {
            (Some(low), Some(least)) => Some(low.max(least)),
            (low, least) => low.or(least),
        };
        PaymentBounds { min, max: capped(max) }
    }

    /// The least the lines can come to where intervals cannot see it: what is deducted never goes
    /// below nothing, and what is owed to date is paid back to nothing at most. `None` where
    /// neither is in the contract, or a payment may itself be negative.
    fn least(&self) -> Option<Decimal> {
        let looks_back = |line: &Line| line.basis != Basis::Each || line.kind == LineKind::Malus;
        self.lines.iter().any(looks_back).then_some(())?;
        let mut least = Decimal::ZERO;
        for line in &self.lines {
            let low = |price: &Price| {
                let low = self.intervals(&[price.amount])[price.amount.index()].low;
                Decimal::from_f64(low).filter(|_| low.is_finite())
            };
            match line.kind {
                LineKind::Payment => {
                    let negative = |price| low(price).is_none_or(|low| low < Decimal::ZERO);
                    if line.prices.iter().any(negative) {
                        return None;
                    }
                }
                LineKind::Malus => {}
                LineKind::Return => {
                    for price in &line.prices {
                        let each = line.cap_each.map(|cap| -cap);
                        least += match (low(price), each) {
                            (Some(low), Some(each)) => low.max(each),
                            (low, each) => low.or(each)?,
                        };
                    }
                }
            }
        }
        Some(least)
    }

    /// The intervals of nodes over every possible outcome.
    pub(crate) fn intervals(&self, roots: &[NodeId]) -> Vec<Interval> {
        bounds::bounds(&self.graph, roots, |symbol| self.graph.symbol_of(symbol).support)
    }
}
