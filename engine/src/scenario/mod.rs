//! A scenario: the assumptions under which a contract is simulated.
//!
//! In: a TOML file of cells, outcome models and benefits. Out: a [`Scenario`]: its contract and one
//! graph that computes, for every path, outcomes, payments and benefits, with and without effect.
//!
//! Never here: drawing random numbers, settling.

mod assumption;
mod benefits;
mod cash;
mod cells;
pub mod cohort;
mod correlation;
pub(crate) mod document;
mod early_end;
mod earnings;
mod edited;
mod frozen;
mod model;
mod outcomes;
mod patch;
mod pricing;
mod read;
mod restated;
mod vocabulary;

pub use assumption::Assumption;
pub(crate) use assumption::called;
pub(crate) use document::{Document, Section, exact};
pub(crate) use earnings::{earnings, plain};
pub use edited::{Editable, Entry};
pub use frozen::Frozen;
pub use model::{
    Arm, ArmEvaluation, Beneficiary, BenefitModel, CashFlow, CellColumn, DayTime, Draw,
    InvestorModel, LineName, LinePays, Luck, Model, OutcomeMeasured, PaidFlow, PaidPart,
    PartyModel, Remeasured, Required, Sample, SavingModel, StandardError, TrancheModel,
};
pub(crate) use patch::words;
pub use patch::{Overwritten, Patch, overwritten};
pub(crate) use pricing::money;
pub(crate) use restated::{Restated, restated};
pub use vocabulary::WORDS;
pub(crate) use vocabulary::requirement;

use crate::contract::Contract;
use crate::problem::{Language, Place, Text};

/// A scenario that was read, with its contract.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// The file it was read from.
    pub file: String,
    /// Its title.
    pub title: Text,
    /// Its contract.
    pub contract: Contract,
    /// Number of paths.
    pub paths: u64,
    /// Where that is stated, or would be.
    pub paths_place: Place,
    /// Seed of the random numbers.
    pub seed: u64,
    /// Discount rate per year.
    pub discount_rate: f64,
    /// The first year whose amounts are discounted.
    pub discount_from_year: u64,
    /// What it rests on: cells in the order of the file, outcome models, benefits, cohorts.
    pub assumptions: Vec<Assumption>,
    /// What every path computes.
    pub model: Model,
}

impl Scenario {
    /// What people call a cell: its title with the name behind it. An entry of a list, `q[1]`, and a
    /// cell at one evaluation, `active@2025-03-31`, go by the title of the cell.
    #[must_use]
    pub fn cell_title(&self, name: &str, language: Language) -> String {
        let cell = name.split(['[', '@']).next().unwrap_or(name);
        let known = self.assumptions.iter().find(|known| known.name == cell);
        called(known.and_then(|known| known.title.as_ref()), name, language)
    }

    /// The identifier of the party or the tranche that goes by this identifier, or by this name in
    /// either language; what was written where there is none, or more than one.
    #[must_use]
    pub fn party_called<'a>(&'a self, written: &'a str) -> &'a str {
        let parties = self.contract.parties.iter().map(|party| (&party.id, &party.name));
        let investors = self.model.investors.iter().map(|of| (&of.name, &of.title));
        let known: Vec<(&String, &Text)> = parties.chain(investors).collect();
        if known.iter().any(|(id, _)| *id == written) {
            return written;
        }
        let called = |(_, name): &&(&String, &Text)| name.en == written || name.ja == written;
        let mut ids: Vec<&str> = known.iter().filter(called).map(|(id, _)| id.as_str()).collect();
        ids.dedup();
        match ids[..] {
            [id] => id,
            _ => written,
        }
    }
}

/// A path beside another file.
pub(crate) fn beside(file: &str, path: &str) -> String {
    if path.starts_with('/') {
        return path.to_owned();
    }
    let mut parts: Vec<&str> = match file.rsplit_once('/') {
        Some((folder, _)) => folder.split('/').collect(),
        None => Vec::new(),
    };
    for part in path.split('/') {
        match part {
            "." => {}
            ".." if parts.last().is_some_and(|last| *last != ".." && !last.is_empty()) => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_taken_from_the_scenario_s_own_folder() {
        assert_eq!(beside("scenarios/a.toml", "../scripts/b.rhai"), "scripts/b.rhai");
        assert_eq!(beside("a.toml", "b.rhai"), "b.rhai");
        assert_eq!(beside("../x/a.toml", "../../b.rhai"), "../../b.rhai");
        assert_eq!(beside("/x/a.toml", "/y/b.rhai"), "/y/b.rhai");
        assert_eq!(beside("/x/a.toml", "../b.rhai"), "/b.rhai");
    }
}
