//! Thresholds of a contract, and how often chance puts an outcome on their wrong side.

use rust_decimal::prelude::ToPrimitive;
use serde_json::{Value, json};

use super::{Drawn, estimated};
use crate::contract::{Better, Contract};
use crate::expr::{Node, NodeId, Relation};
use crate::finance::Estimated;

/// A value of an outcome at which the payment jumps.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Threshold {
    /// Where it lies, in the indicator's unit.
    pub value: f64,
    /// Whether the value itself reaches it.
    pub inclusive: bool,
    /// Whether higher values reach it, or lower ones.
    pub better: Better,
}

impl Threshold {
    /// Whether a value reaches it.
    #[must_use]
    pub fn reached(&self, value: f64) -> bool {
        let beyond = match self.better {
            Better::Higher => value > self.value,
            Better::Lower => value < self.value,
        };
        beyond || self.inclusive && value == self.value
    }

    /// The thresholds with which the payments of an evaluation compare an outcome, rising.
    pub(super) fn all(contract: &Contract, outcome: usize) -> Vec<Threshold> {
        let outcome = &contract.terms.outcomes[outcome];
        let better = contract.indicators[outcome.indicator].better;
        let graph = &contract.graph;
        let lines = contract.lines.iter().chain(&contract.offsets);
        let prices = lines.flat_map(|line| &line.prices);
        let roots: Vec<NodeId> = prices
            .filter(|price| price.evaluation == outcome.evaluation)
            .flat_map(|price| std::iter::once(price.amount).chain(price.gate))
            .collect();
        let is_value = |node: NodeId| *graph.node(node) == Node::Symbol(outcome.value);
        let number = |node: NodeId| graph.literal(node).and_then(|number| number.to_f64());
        let compared = graph.needed(&roots).into_iter().filter_map(|node| {
            let Node::Compare(relation, a, b) = graph.node(node) else { return None };
            // Which side is which, and whether the relation holds at the threshold itself.
            let at_equal = *relation == Relation::AtMost;
            let (value, holds_above) = match (is_value(*a), is_value(*b)) {
                (true, _) => (number(*b)?, false),
                (_, true) => (number(*a)?, true),
                _ => return None,
            };
            if *relation == Relation::Equal {
                return None;
            }
            // Where the relation holds on the worse side, what reaches is its opposite.
            let holds_on_better = holds_above == (better == Better::Higher);
            Some(Threshold { value, inclusive: at_equal == holds_on_better, better })
        });
        let mut found: Vec<Threshold> = Vec::new();
        for threshold in compared {
            if !found.contains(&threshold) {
                found.push(threshold);
            }
        }
        found.sort_by(|a, b| a.value.total_cmp(&b.value).then(a.inclusive.cmp(&b.inclusive)));
        found
    }
}

/// How often what is measured lies on the other side of a threshold than what is true.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Misread {
    /// The threshold.
    pub threshold: Threshold,
    /// How many futures these are parts of: those in which enough are measured.
    pub futures: usize,
    /// How often what is true, and was caused by the programme, reaches it.
    pub truly_reached: Estimated,
    /// How often what is measured reaches it.
    pub measured_reached: Estimated,
    /// Of the futures in which the truth reaches it, the part in which the measurement does not:
    /// earned and not paid. `None` where the truth never reaches it.
    pub missed: Option<Estimated>,
    /// Of the futures in which the truth does not reach it, the part in which the measurement does:
    /// paid and not earned. `None` where the truth always reaches it.
    pub undeserved: Option<Estimated>,
}

impl Misread {
    /// Over values as they are read and truths, path by path; NaN where too few are measured.
    pub(super) fn of(threshold: Threshold, measured: &[f64], truth: &[f64]) -> Option<Misread> {
        let (mut both, mut only_truth, mut only_measured, mut neither) = (0, 0, 0, 0);
        for (measured, truth) in measured.iter().zip(truth).filter(|(of, _)| !of.is_nan()) {
            let count = match (threshold.reached(*truth), threshold.reached(*measured)) {
                (true, true) => &mut both,
                (true, false) => &mut only_truth,
                (false, true) => &mut only_measured,
                (false, false) => &mut neither,
            };
            *count += 1;
        }
        let all = both + only_truth + only_measured + neither;
        let part = |times: usize, of: usize| (of > 0).then(|| Estimated::part(times, of));
        Some(Misread {
            threshold,
            futures: all,
            truly_reached: part(both + only_truth, all)?,
            measured_reached: part(both + only_measured, all)?,
            missed: part(only_truth, both + only_truth),
            undeserved: part(only_measured, only_measured + neither),
        })
    }

    pub(super) fn to_json(self) -> Value {
        json!({
            "value": self.threshold.value,
            "inclusive": self.threshold.inclusive,
            "futures": self.futures,
            "truly_reached": estimated(self.truly_reached),
            "measured_reached": estimated(self.measured_reached),
            "missed": self.missed.map(estimated),
            "undeserved": self.undeserved.map(estimated),
        })
    }
}

/// Columns of an outcome: as it is read, and true.
pub(super) fn misreads(
    contract: &Contract,
    drawn: &Drawn,
    outcome: usize,
    (read, truth): (crate::simulate::Wanted, crate::simulate::Wanted),
) -> Vec<Misread> {
    let (read, truth) = (drawn.column(read), drawn.column(truth));
    let thresholds = Threshold::all(contract, outcome).into_iter();
    thresholds.filter_map(|threshold| Misread::of(threshold, read, truth)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sides_that_can_be_counted() {
        let threshold = Threshold { value: 3.0, inclusive: true, better: Better::Higher };
        // True and measured; true and missed; not true and measured; neither; not measured.
        let truth = [4.0, 3.0, 2.0, 1.0, 5.0];
        let measured = [3.0, 2.9, 3.5, 0.0, f64::NAN];
        let found = Misread::of(threshold, &measured, &truth).unwrap();
        assert_eq!((found.truly_reached.value, found.measured_reached.value), (0.5, 0.5));
        assert_eq!(found.missed.unwrap().value, 0.5);
        assert_eq!(found.undeserved.unwrap().value, 0.5);
        let lower = Threshold { value: 3.0, inclusive: false, better: Better::Lower };
        assert!(lower.reached(2.9) && !lower.reached(3.0));
        assert!(Misread::of(threshold, &[f64::NAN], &[1.0]).is_none());
    }
}
