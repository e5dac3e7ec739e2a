//! What a simulation found of a cohort.

use serde::Serialize;
use serde_json::{Value, json};

use super::Distribution;
use super::results::Results;
use crate::problem::{Language, Text};
use crate::scenario::cohort::{CohortArm, CohortModel, Convention, Counts};

/// A mean over all paths.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Mean {
    /// The mean.
    pub mean: f64,
    /// Its standard error.
    pub se: f64,
}

/// A cohort in one arm.
#[derive(Debug, Clone)]
pub struct CohortArmProjection {
    /// How many people there are.
    pub population: Distribution,
    /// Cost of all cycles, discounted.
    pub cost: Distribution,
    /// Utility of all cycles, discounted.
    pub utility: Distribution,
    /// People by cycle (0 is the start) and state.
    pub people: Vec<Vec<Mean>>,
}

/// A cohort with the programme's effect and without.
#[derive(Debug, Clone)]
pub struct CohortProjection {
    /// The identifier.
    pub name: String,
    /// The title.
    pub title: Text,
    /// The states.
    pub states: Vec<String>,
    /// Number of cycles.
    pub cycles: usize,
    /// Years of a cycle.
    pub cycle_years: f64,
    /// How people move.
    pub counts: Counts,
    /// When costs are counted and how they are discounted.
    pub cost_convention: Convention,
    /// When utility is counted and how it is discounted.
    pub utility_convention: Convention,
    /// Rows of a file that were divided by their sum: the state and the sum.
    pub renormalised: Vec<(String, f64)>,
    /// With the programme's effect.
    pub effect: CohortArmProjection,
    /// Without, on the same random numbers.
    pub no_effect: CohortArmProjection,
    /// Cost with effect less cost without, path by path.
    pub cost_difference: Distribution,
    /// Utility with effect less utility without, path by path.
    pub utility_difference: Distribution,
}

impl CohortProjection {
    pub(super) fn of(results: &Results, model: &CohortModel) -> CohortProjection {
        let arm = |arm: &CohortArm| CohortArmProjection {
            population: results.distribution(arm.population),
            cost: results.distribution(arm.cost),
            utility: results.distribution(arm.utility),
            people: arm
                .people
                .iter()
                .map(|states| {
                    let means = states.iter().map(|node| {
                        let Distribution { mean, se, .. } = results.distribution(*node);
                        Mean { mean, se }
                    });
                    means.collect()
                })
                .collect(),
        };
        CohortProjection {
            name: model.name.clone(),
            title: model.title.clone(),
            states: model.states.clone(),
            cycles: model.cycles,
            cycle_years: model.cycle_years,
            counts: model.counts,
            cost_convention: model.cost,
            utility_convention: model.utility,
            renormalised: model.renormalised.clone(),
            effect: arm(&model.effect),
            no_effect: arm(&model.no_effect),
            cost_difference: results.distribution(model.cost_difference),
            utility_difference: results.distribution(model.utility_difference),
        }
    }

    /// The cohort as `simulate --json` prints it.
    pub(super) fn to_json(&self, language: Language) -> Value {
        let convention = |of: &Convention| {
            json!({
                "counted": of.counted.name(),
                "discount_rate": of.rate,
                "from_year": of.from_year,
            })
        };
        let people = |arm: &CohortArmProjection| -> Vec<Value> {
            let cycles = arm.people.iter().enumerate();
            cycles
                .map(|(cycle, means)| {
                    let states = self.states.iter().cloned().zip(means.iter().map(|of| json!(of)));
                    let states: serde_json::Map<String, Value> = states.collect();
                    json!({ "cycle": cycle, "states": states })
                })
                .collect()
        };
        let arm = |arm: &CohortArmProjection| {
            json!({
                "population": arm.population,
                "cost": arm.cost,
                "utility": arm.utility,
                "people": people(arm),
            })
        };
        json!({
            "name": self.name,
            "title": self.title.within(language),
            "states": self.states,
            "population": self.effect.population,
            "cycles": self.cycles,
            "cycle_years": self.cycle_years,
            "counts": match self.counts {
                Counts::Multinomial => "multinomial",
                Counts::Expected => "expected",
            },
            "convention": {
                "cost": convention(&self.cost_convention),
                "utility": convention(&self.utility_convention),
            },
            "renormalised": self.renormalised.iter()
                .map(|(state, sum)| json!({ "state": state, "sum": sum }))
                .collect::<Vec<_>>(),
            "effect": arm(&self.effect),
            "no_effect": arm(&self.no_effect),
            "difference": { "cost": self.cost_difference, "utility": self.utility_difference },
        })
    }
}
