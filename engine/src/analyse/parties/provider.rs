//! What a provider needs: what it keeps, what it must have until it is paid, how it may lose.

use jiff::civil::Date;
use serde_json::{Value, json};

use super::price::ratio;
use super::{Drawn, add, deepest_shortfall, estimated, party_json, told};
use crate::contract::Contract;
use crate::finance::{Estimated, Loss};
use crate::problem::{Language, Text};
use crate::scenario::Scenario;
use crate::simulate::{Distribution, Wanted};

/// What a provider, such as a vendor, needs before it signs.
#[derive(Debug, Clone)]
pub struct ProviderReport {
    /// Who: a position in the contract's parties.
    pub party: usize,
    /// What it is paid in all, undiscounted, without tax that is added.
    pub receipts: Distribution,
    /// The same when the programme does nothing; `None` where no cell says what it is then.
    pub receipts_without_effect: Option<Distribution>,
    /// What it spends in all; `None` where the contract states no cost of it.
    pub costs: Option<Distribution>,
    /// What it receives less what it spends, its finance included; `None` without costs.
    pub margin: Option<Distribution>,
    /// The mean margin over the mean receipts.
    pub margin_part: Option<Estimated>,
    /// How likely a loss is, and how large; `None` without costs.
    pub loss: Option<Loss>,
    /// The deepest shortfall of what was received so far: what it must have of its own.
    pub working_capital: Option<Distribution>,
    /// `E[receipts] ÷ E[costs]`: what a unit of money spent brings back on the mean.
    pub paid_per_cost: Option<Estimated>,
    /// `E[max(costs − receipts, 0)]`: what is lost on the mean, gains not counted against it.
    pub expected_downside: Option<Estimated>,
    /// Line by line.
    pub lines: Vec<LineReport>,
}

/// A line of what a provider is paid.
#[derive(Debug, Clone)]
pub struct LineReport {
    /// Its identifier.
    pub name: String,
    /// Its title.
    pub title: Text,
    /// What it pays this provider in all.
    pub amount: Distribution,
    /// How often it pays nothing at all.
    pub pays_nothing: Estimated,
    /// How often it pays less than half of the most it ever pays.
    pub pays_less_than_half: Estimated,
}

/// What must be drawn.
pub(super) fn wanted(scenario: &Scenario) -> Vec<Wanted> {
    let model = &scenario.model;
    let arms = [&model.effect, &model.no_effect];
    let parts = arms.iter().flat_map(|arm| &arm.evaluations).flat_map(|at| &at.parts);
    let amounts = parts.map(|part| part.amount);
    amounts.map(Wanted::everywhere).collect()
}

pub(super) fn report(scenario: &Scenario, drawn: &Drawn, party: usize) -> ProviderReport {
    let model = &scenario.model;
    let received = |arm: &crate::scenario::Arm| -> Vec<f64> {
        let parts = arm.evaluations.iter().flat_map(|at| &at.parts);
        drawn.sum(parts.filter(|part| part.to == party).map(|part| part.amount))
    };
    let receipts = received(&model.effect);
    let stated = scenario.assumptions.iter().any(|cell| cell.no_effect.is_some());
    let lines = model.lines.iter().enumerate().filter_map(|(line, name)| {
        let parts = model.effect.evaluations.iter().flat_map(|at| &at.parts);
        let own: Vec<_> = parts.filter(|part| part.to == party && part.line == line).collect();
        if own.is_empty() {
            return None;
        }
        let amount = drawn.sum(own.iter().map(|part| part.amount));
        let distribution = told(&amount);
        let times = |under: f64| amount.iter().filter(|of| **of <= under).count();
        let half = amount.iter().filter(|of| **of < distribution.max / 2.0).count();
        Some(LineReport {
            name: name.name.clone(),
            title: name.title.clone(),
            pays_nothing: Estimated::part(times(0.0), amount.len()),
            pays_less_than_half: Estimated::part(half, amount.len()),
            amount: distribution,
        })
    });
    let flows = spent(scenario, drawn, party);
    let mut report = ProviderReport {
        party,
        receipts: told(&receipts),
        receipts_without_effect: stated.then(|| told(&received(&model.no_effect))),
        costs: None,
        margin: None,
        margin_part: None,
        loss: None,
        working_capital: None,
        paid_per_cost: None,
        expected_downside: None,
        lines: lines.collect(),
    };
    if !flows.is_empty() {
        report.with_costs(scenario, drawn, &receipts, &flows);
    }
    report
}

/// What the provider spends, by day, as amounts above 0.
fn spent(_: &Scenario, _: &Drawn, _: usize) -> Vec<(Date, Vec<f64>)> {
    Vec::new()
}

impl ProviderReport {
    fn with_costs(
        &mut self,
        scenario: &Scenario,
        drawn: &Drawn,
        receipts: &[f64],
        spent: &[(Date, Vec<f64>)],
    ) {
        let mut costs = vec![0.0; drawn.paths];
        spent.iter().for_each(|(_, amount)| add(&mut costs, amount, 1.0));
        let margin: Vec<f64> = receipts.iter().zip(&costs).map(|(got, out)| got - out).collect();
        // Of one day what is spent comes first.
        let mut flows: Vec<(Date, f64, Vec<f64>)> =
            spent.iter().map(|(day, amount)| (*day, -1.0, amount.clone())).collect();
        let evaluations = scenario.contract.evaluations.iter();
        for (evaluation, at) in evaluations.zip(&scenario.model.effect.evaluations) {
            let own = at.parts.iter().filter(|part| part.to == self.party);
            flows.push((evaluation.paid, 1.0, drawn.sum(own.map(|part| part.amount))));
        }
        flows.sort_by_key(|(day, sign, _)| (*day, *sign > 0.0));
        let deepest: Vec<f64> = (0..drawn.paths)
            .map(|path| deepest_shortfall(flows.iter().map(|(_, sign, of)| sign * of[path])))
            .collect();
        let downside: Vec<f64> = margin.iter().map(|margin| (-margin).max(0.0)).collect();
        self.costs = Some(told(&costs));
        self.margin = Some(told(&margin));
        self.margin_part = ratio(&margin, receipts);
        self.loss = Loss::of(&margin);
        self.working_capital = Some(told(&deepest));
        self.paid_per_cost = ratio(receipts, &costs);
        self.expected_downside = Some(Estimated::mean(&downside));
    }

    pub(super) fn to_json(&self, contract: &Contract, language: Language) -> Value {
        let lines = self.lines.iter().map(|line| {
            json!({
                "name": line.name,
                "title": line.title.within(language),
                "amount": line.amount,
                "pays_nothing": estimated(line.pays_nothing),
                "pays_less_than_half": estimated(line.pays_less_than_half),
            })
        });
        json!({
            "party": party_json(contract, self.party, language),
            "receipts": self.receipts,
            "receipts_without_effect": self.receipts_without_effect,
            "costs_stated": self.costs.is_some(),
            "costs": self.costs,
            "margin": self.margin,
            "margin_part_of_receipts": self.margin_part.map(estimated),
            "loss": self.loss.map(loss_json),
            "working_capital": self.working_capital,
            "paid_per_cost": self.paid_per_cost.map(estimated),
            "expected_downside": self.expected_downside.map(estimated),
            "lines": lines.collect::<Vec<_>>(),
        })
    }
}

/// A loss, as every report tells it.
pub(super) fn loss_json(loss: Loss) -> Value {
    json!({
        "probability": estimated(loss.probability),
        "mean_given_loss": loss.mean_given_loss.map(estimated),
        "expected_shortfall": estimated(loss.expected_shortfall),
    })
}
