//! How much of what is paid is luck of measurement.

use rustc_hash::FxHashSet;
use serde_json::{Value, json};

use super::pass::Wanted;
use super::{Distribution, Probability};
use crate::expr::NodeId;
use crate::problem::{Language, Text};
use crate::scenario::Model;

/// The paths whose truth is measured a second time: the first ones of the run. Twice the paths
/// would make the share of luck known by another third of its error, at twice the cost.
pub(super) const PATHS: u64 = 16_384;

/// What the second measurement says about the payments.
#[derive(Debug, Clone)]
pub struct Measurement {
    /// How many paths were measured twice.
    pub paths: u64,
    /// The part of the payment's variance that is luck of measurement; `None` for a payment that is
    /// always the same.
    pub payment: Option<Probability>,
    /// The lines that depend on outcomes.
    pub lines: Vec<LineMeasurement>,
}

/// What measuring means for one line.
#[derive(Debug, Clone)]
pub struct LineMeasurement {
    /// The line.
    pub name: String,
    /// Its title.
    pub title: Text,
    /// How often it pays when the programme does nothing; `None` if no cell says what that is.
    pub paid_without_effect: Option<Probability>,
    /// How often it pays nothing although the programme works.
    pub unpaid_with_effect: Probability,
    /// The part of its variance that is luck of measurement, as for the payment.
    pub luck: Option<Probability>,
}

/// The results of the second measurement: half the squared differences, and what they are a part of.
/// Empty where nothing is measured with error.
pub(super) fn wanted(model: &Model) -> Vec<Wanted> {
    let luck = std::iter::once(model.luck.payment).chain(model.luck.lines.iter().copied());
    let paid = std::iter::once(model.effect.payment).chain(model.effect.lines.iter().copied());
    let mut seen = FxHashSet::default();
    let pairs = luck.zip(paid).filter(|(luck, _)| model.graph.literal(*luck).is_none());
    pairs
        .flat_map(|(luck, paid)| [luck, paid])
        .filter(|node| seen.insert(*node))
        .map(|node| Wanted { node, where_available: None })
        .collect()
}

/// The part of the variance of a payment that is luck: the mean of `½ (pay − pay')²` over it, and
/// its standard error. The variance of so many values is known to about √(2/n) of itself.
pub(super) fn share(
    model: &Model,
    luck: NodeId,
    paid: NodeId,
    whole: &Distribution,
    find: impl Fn(NodeId) -> (Distribution, u64),
) -> Option<Probability> {
    if whole.sd == 0.0 {
        return None;
    }
    if model.graph.literal(luck).is_some() {
        return Some(Probability { value: 0.0, se: 0.0 });
    }
    let ((luck, count), (paid, _)) = (find(luck), find(paid));
    let variance = paid.sd * paid.sd;
    if variance == 0.0 {
        return None;
    }
    let value = luck.mean / variance;
    let se = libm::hypot(luck.se / variance, value * (2.0 / count as f64).sqrt());
    Some(Probability { value, se })
}

impl Measurement {
    pub(super) fn to_json(&self, language: Language) -> Value {
        let likely =
            |probability: &Probability| json!({ "value": probability.value, "se": probability.se });
        let maybe = |probability: &Option<Probability>| probability.as_ref().map(likely);
        json!({
            "paths": self.paths,
            "payment": { "luck": maybe(&self.payment) },
            "lines": self.lines.iter().map(|line| json!({
                "name": line.name,
                "title": line.title.within(language),
                "paid_without_effect": maybe(&line.paid_without_effect),
                "unpaid_with_effect": likely(&line.unpaid_with_effect),
                "luck": maybe(&line.luck),
            })).collect::<Vec<_>>(),
        })
    }
}
