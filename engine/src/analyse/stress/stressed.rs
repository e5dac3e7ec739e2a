//! What stresses change.

use serde_json::{Value, json};

use super::Suite;
use crate::analyse::Measure;
use crate::problem::Language;
use crate::simulate::{Distribution, Mean};

/// A figure of one variant, beside the base.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// Its distribution; `None` where no path has it.
    pub value: Option<Distribution>,
    /// The part of the paths that have it.
    pub available: f64,
    /// Its difference from the base, path by path, on the paths where both have it; `None` where
    /// there are none.
    pub change: Option<Mean>,
    /// Of what a party is left with: how often that is less than nothing.
    pub loss: Option<Mean>,
    /// Of that probability: its difference from the base.
    pub loss_change: Option<Mean>,
}

/// A stress that is added to those before it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// What it adds to the mean, given those before it.
    pub adds: Mean,
    /// The mean with it and those before it.
    pub reaches: Mean,
}

/// What stresses do to one figure.
#[derive(Debug, Clone)]
pub struct StressedFigure {
    /// The figure.
    pub measure: Measure,
    /// As the scenario has it.
    pub base: Told,
    /// With each stress by itself.
    pub alone: Vec<Told>,
    /// With all of them.
    pub together: Told,
    /// The difference of all together less the differences of each by itself; `None` for a figure
    /// that not every path has.
    pub interaction: Option<Mean>,
    /// From the base to all together, one stress after another in the order of the suite; `None` for
    /// a figure that not every path has.
    pub bridge: Option<Vec<Step>>,
}

/// What a suite of stresses changes.
#[derive(Debug, Clone)]
pub struct Stressed {
    /// The seed of the random numbers, which all variants share.
    pub seed: u64,
    /// How many paths were drawn.
    pub paths: u64,
    /// Figure by figure.
    pub figures: Vec<StressedFigure>,
}

impl Told {
    fn to_json(&self) -> Value {
        json!({
            "value": self.value,
            "available": self.available,
            "change": self.change,
            "loss": self.loss,
            "loss_change": self.loss_change,
        })
    }
}

impl Stressed {
    /// The result as `stress --json` prints it. Simulated figures are JSON numbers.
    #[must_use]
    pub fn to_json(&self, suite: &Suite, language: Language) -> Value {
        let named = |name: &str, mut value: Value| {
            value["name"] = json!(name);
            value
        };
        let figure = |of: &StressedFigure| {
            let names = || suite.stresses.iter().map(|stress| stress.name.as_str());
            let bridge = of.bridge.as_ref().map(|steps| {
                let step = |(name, step): (&str, &Step)| {
                    json!({ "name": name, "adds": step.adds, "reaches": step.reaches })
                };
                names().zip(steps).map(step).collect::<Vec<_>>()
            });
            json!({
                "name": of.measure.name,
                "title": of.measure.title.within(language),
                "base": of.base.to_json(),
                "alone": names().zip(&of.alone)
                    .map(|(name, told)| named(name, told.to_json())).collect::<Vec<_>>(),
                "together": of.together.to_json(),
                "interaction": of.interaction,
                "bridge": bridge,
            })
        };
        json!({
            "contract": suite.base.contract.id,
            "scenario": suite.base.title.within(language),
            "currency": suite.base.contract.currency,
            "engine": crate::VERSION,
            "paths": self.paths,
            "seed": self.seed,
            "stresses": suite.stresses.iter().map(|stress| json!({
                "name": stress.name,
                "file": stress.file,
                "title": stress.title.within(language),
                "why": stress.why.as_ref().map(|why| why.within(language)),
                "changed": stress.changed,
            })).collect::<Vec<_>>(),
            "overwritten": suite.overwritten.iter().map(|of| json!({
                "earlier": suite.stresses[of.earlier].name,
                "later": suite.stresses[of.later].name,
                "entry": of.entry,
            })).collect::<Vec<_>>(),
            "warnings": suite.warnings.iter()
                .map(|problem| problem.to_json(language)).collect::<Vec<_>>(),
            "figures": self.figures.iter().map(figure).collect::<Vec<_>>(),
        })
    }
}
