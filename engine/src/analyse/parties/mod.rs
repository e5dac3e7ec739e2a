//! What each party needs to know before it signs.
//!
//! In: a scenario, whose view is taken, and other scenarios to be set beside it. Out: a report for
//! the payer, the provider, the investor or the evaluator: figures over many possible futures, each
//! with its error.
//!
//! Never here: layout for people; what a contract pays or what money earns, which `scenario` and
//! `finance` compute.

mod asked;
mod evaluator;
mod investor;
mod payer;
mod power;
mod price;
mod provider;
mod thresholds;
mod working_capital;

pub use asked::{PartyReport, party_report};
pub use evaluator::{EvaluatorReport, IndicatorReport, Precision};
pub use investor::{Bar, InvestorReport, RateCounts, Receipt, UnderScenario};
pub use payer::{OwnCosts, PayerReport, Saving, YearPayment};
pub use power::{Power, Test};
pub use price::{BreakEven, Curve, PricePoint};
pub use provider::{LineReport, ProviderReport, ReceiptKind};
pub use thresholds::{Misread, Threshold};
pub use working_capital::deepest_shortfall;

use serde_json::{Value, json};

use crate::contract::{Contract, Role};
use crate::finance::Estimated;
use crate::problem::{Language, Problem, Source, Text, did_you_mean, say};
use crate::scenario::Scenario;
use crate::simulate::{Distribution, Settings, Wanted, Watch, columns};

/// The level of a two-sided test and the power that is wanted of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Asked {
    /// How often a test may find an effect where there is none.
    pub alpha: f64,
    /// How often it is to find one that is there.
    pub power: f64,
}

impl Default for Asked {
    fn default() -> Self {
        Asked { alpha: 0.05, power: 0.8 }
    }
}

/// Chosen results of a scenario on every path.
struct Drawn {
    wanted: Vec<Wanted>,
    columns: Vec<Vec<f64>>,
    paths: usize,
}

impl Drawn {
    fn of(
        scenario: &Scenario,
        wanted: Vec<Wanted>,
        settings: &Settings,
        watch: &dyn Watch,
    ) -> Result<Drawn, Vec<Problem>> {
        let paths = settings.paths.unwrap_or(scenario.paths) as usize;
        let mut seen = rustc_hash::FxHashSet::default();
        let mut wanted = wanted;
        wanted.retain(|one| seen.insert(*one));
        let columns = columns(scenario, settings, watch, &wanted, None)?;
        Ok(Drawn { wanted, columns, paths })
    }

    /// A result that was asked for.
    fn column(&self, wanted: Wanted) -> &[f64] {
        let place = self.wanted.iter().position(|known| *known == wanted);
        place.map_or(&[], |place| &self.columns[place])
    }

    fn everywhere(&self, node: crate::expr::NodeId) -> &[f64] {
        self.column(Wanted::everywhere(node))
    }

    /// The sum of results, path by path.
    fn sum(&self, nodes: impl IntoIterator<Item = crate::expr::NodeId>) -> Vec<f64> {
        let mut sum = vec![0.0; self.paths];
        for node in nodes {
            add(&mut sum, self.everywhere(node), 1.0);
        }
        sum
    }
}

/// Adds `factor` times a column.
fn add(sum: &mut [f64], column: &[f64], factor: f64) {
    for (sum, value) in sum.iter_mut().zip(column) {
        *sum += factor * value;
    }
}

/// A distribution of values there are.
fn told(values: &[f64]) -> Distribution {
    Distribution::of(values).unwrap_or_else(|| unreachable!("a run has paths"))
}

/// The parties of a role, or the one that is named.
///
/// # Errors
/// A name that no party of the role has; no party of the role at all.
fn parties(contract: &Contract, role: Role, id: Option<&str>) -> Result<Vec<usize>, Problem> {
    let all = || contract.parties.iter().enumerate().filter(|(_, party)| party.role == role);
    let name = role_name(role);
    let place = || Source::new(contract.file.as_str(), "").whole();
    if all().next().is_none() {
        let word = role_word(role);
        return Err(Problem::error(
            "no-such-role",
            say!("the contract has no {}", "契約に{}がいません", name),
        )
        .help(say!(
            "declare one: party(\"id\", #{{ role: \"{word}\" }})",
            "宣言してください: party(\"id\", #{{ role: \"{word}\" }})"
        ))
        .at(place()));
    }
    let Some(id) = id else { return Ok(all().map(|(at, _)| at).collect()) };
    if let Some((at, _)) = all().find(|(_, party)| party.id == id) {
        return Ok(vec![at]);
    }
    let ids: Vec<&str> = all().map(|(_, party)| party.id.as_str()).collect();
    let problem = Problem::error(
        "unknown-party",
        say!("`{id}` is no {} of the contract", "`{id}` は契約の{}ではありません", name),
    )
    .expected(Text::from(ids.join(", ")))
    .at(place());
    Err(match did_you_mean(id, ids) {
        Some(near) => problem.help(near),
        None => problem,
    })
}

fn role_word(role: Role) -> &'static str {
    match role {
        Role::Payer => "payer",
        Role::Provider => "provider",
        Role::Evaluator => "evaluator",
        Role::Investor => "investor",
        Role::Intermediary => "intermediary",
        Role::Guarantor => "guarantor",
    }
}

fn role_name(role: Role) -> Text {
    match role {
        Role::Payer => say!("payer", "支払者"),
        Role::Provider => say!("provider", "受託者"),
        Role::Evaluator => say!("evaluator", "評価者"),
        Role::Investor => say!("investor", "資金提供者"),
        Role::Intermediary => say!("intermediary", "中間支援組織"),
        Role::Guarantor => say!("guarantor", "保証人"),
    }
}

fn estimated(of: Estimated) -> Value {
    json!({ "value": of.value, "se": of.se })
}

/// A party as JSON names it.
fn party_json(contract: &Contract, party: usize, language: Language) -> Value {
    let party = &contract.parties[party];
    json!({ "id": party.id, "name": party.name.within(language) })
}
