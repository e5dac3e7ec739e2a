//! What a patch changes of what a scenario states.

use serde::Serialize;

use crate::scenario::{Assumption, Scenario};

/// Something that two scenarios state differently.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Changed {
    /// Its name: a cell, `outcomes.…`, `benefits.…`, `params.…`.
    pub name: String,
    /// How the first states it; nothing where it does not.
    pub before: Option<String>,
    /// How the second states it; nothing where it does not.
    pub after: Option<String>,
}

/// What the second scenario states otherwise than the first, in the order of the first.
pub(super) fn changes(first: &Scenario, second: &Scenario) -> Vec<Changed> {
    let (before, after) = (stated(first), stated(second));
    let of = |all: &[(String, String)], name: &str| {
        all.iter().find(|(known, _)| known == name).map(|(_, text)| text.clone())
    };
    let new = after.iter().filter(|(name, _)| of(&before, name).is_none());
    let names = before.iter().chain(new).map(|(name, _)| name);
    let both = names.map(|name| Changed {
        name: name.clone(),
        before: of(&before, name),
        after: of(&after, name),
    });
    both.filter(|changed| changed.before != changed.after).collect()
}

/// Everything a result rests on, by name.
fn stated(scenario: &Scenario) -> Vec<(String, String)> {
    let parameters = scenario.contract.parameters.iter();
    let mut all: Vec<(String, String)> = parameters
        .map(|of| (format!("params.{}", of.name), of.value.normalize().to_string()))
        .collect();
    all.push(("discount_rate".into(), scenario.discount_rate.to_string()));
    all.push(("discount_from_year".into(), scenario.discount_from_year.to_string()));
    for Assumption { name, is, no_effect, .. } in &scenario.assumptions {
        all.push((name.clone(), is.clone()));
        if let Some(no_effect) = no_effect {
            all.push((format!("{name}.no_effect"), no_effect.clone()));
        }
    }
    all
}
