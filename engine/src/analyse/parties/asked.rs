//! The report of one role.

use serde_json::{Value, json};

use super::{
    Asked, Drawn, EvaluatorReport, InvestorReport, PayerReport, ProviderReport, evaluator,
    investor, parties, payer, provider,
};
use crate::contract::{Contract, Role};
use crate::problem::{Language, Problem, Text, say};
use crate::scenario::Scenario;
use crate::simulate::{Settings, Watch};

/// What the parties of one role need to know, each its own.
#[derive(Debug, Clone)]
pub enum PartyReport {
    /// Who pays.
    Payer(Vec<PayerReport>),
    /// Who is paid.
    Provider(Vec<ProviderReport>),
    /// Who finances.
    Investor(Vec<InvestorReport>),
    /// Who measures.
    Evaluator(EvaluatorReport),
}

/// Reports to the parties of a role, or to the one that is named. `scenarios` are the one that is
/// reported on and, for investors, those set beside it, on the same random numbers.
///
/// # Errors
/// A role no party has, a name no party of the role has; a scenario that cannot be simulated; a
/// level or a power that is none.
pub fn party_report(
    scenarios: &[&Scenario],
    (role, party): (Role, Option<&str>),
    asked: Asked,
    settings: &Settings,
    watch: &dyn Watch,
) -> Result<PartyReport, Vec<Problem>> {
    let Some(scenario) = scenarios.first() else { return Err(Vec::new()) };
    let contract = &scenario.contract;
    let one = |problem| vec![problem];
    let chosen = match (role, party) {
        // Measuring can be looked at before anyone is chosen to do it.
        (Role::Evaluator, None) => parties(contract, role, None).unwrap_or_default(),
        _ => parties(contract, role, party).map_err(one)?,
    };
    let drawn = |wanted| Drawn::of(scenario, wanted, settings, watch);
    Ok(match role {
        Role::Provider => {
            let drawn = drawn(provider::wanted(scenario))?;
            let of = |party| provider::report(scenario, &drawn, party);
            PartyReport::Provider(chosen.into_iter().map(of).collect())
        }
        Role::Investor => {
            let ids: Vec<&str> =
                chosen.iter().map(|party| contract.parties[*party].id.as_str()).collect();
            let chosen = |name: &str| ids.contains(&name);
            let reports = investor::reports(scenarios, &chosen, settings, watch)?;
            if reports.is_empty() {
                return Err(vec![nothing_invested(contract)]);
            }
            PartyReport::Investor(reports)
        }
        Role::Evaluator => {
            let drawn = drawn(evaluator::wanted(scenario))?;
            let party = chosen.first().copied();
            PartyReport::Evaluator(evaluator::report(scenario, &drawn, party, asked))
        }
        Role::Payer | Role::Intermediary | Role::Guarantor => {
            let drawn = drawn(payer::wanted(scenario))?;
            let of = |party| payer::report(scenario, &drawn, party);
            PartyReport::Payer(chosen.into_iter().map(of).collect())
        }
    })
}

fn nothing_invested(contract: &Contract) -> Problem {
    Problem::error(
        "nothing-invested",
        say!("nobody invests in this contract", "この契約には出資がありません"),
    )
    .expected(Text::from("invest(fund, #{ amount: yen(10_000_000) })"))
    .at(crate::problem::Source::new(contract.file.as_str(), "").whole())
}

impl PartyReport {
    /// The report as `report --json` prints it.
    #[must_use]
    pub fn to_json(&self, scenario: &Scenario, settings: &Settings, language: Language) -> Value {
        let contract = &scenario.contract;
        let (role, reports) = match self {
            PartyReport::Payer(all) => {
                ("payer", all.iter().map(|of| of.to_json(contract, language)).collect())
            }
            PartyReport::Provider(all) => {
                ("provider", all.iter().map(|of| of.to_json(contract, language)).collect())
            }
            PartyReport::Investor(all) => {
                ("investor", all.iter().map(|of| of.to_json(language)).collect())
            }
            PartyReport::Evaluator(one) => ("evaluator", vec![one.to_json(contract, language)]),
        };
        let reports: Vec<Value> = reports;
        json!({
            "contract": contract.id,
            "scenario": scenario.title.within(language),
            "currency": contract.currency,
            "engine": crate::VERSION,
            "paths": settings.paths.unwrap_or(scenario.paths),
            "seed": settings.seed.unwrap_or(scenario.seed),
            "for": role,
            "reports": reports,
        })
    }
}
