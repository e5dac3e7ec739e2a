//! What a provider needs: what it keeps, what it must have until it is paid, how it may lose.

use jiff::civil::Date;
use serde::Serialize;
use serde_json::{Value, json};

use super::price::ratio;
use super::{Drawn, add, deepest_shortfall, estimated, party_json, told};
use crate::contract::{Contract, LineKind};
use crate::finance::{Estimated, Loss};
use crate::problem::{Language, Text};
use crate::scenario::{CashFlow, Scenario};
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
    /// What it receives less what it spends, before finance; `None` without costs.
    pub margin: Option<Distribution>,
    /// The mean margin over the mean receipts.
    pub margin_part: Option<Estimated>,
    /// How likely a loss is, and how large; `None` without costs.
    pub loss: Option<Loss>,
    /// The deepest by which costs so far exceed receipts so far: what it must have until it is
    /// paid. `None` without costs.
    pub working_capital: Option<Distribution>,
    /// What is left of receipts and costs when everything that finance moves is counted too: what
    /// investors put up and get back, what is passed on to another holder of the account, what the
    /// holder pays for costs. `None` without finance. Without costs of the provider's own it is what it
    /// receives in the end.
    pub after_finance: Option<Distribution>,
    /// The deepest shortfall with what investors put up and get back; `None` without finance or
    /// without costs.
    pub working_capital_financed: Option<Distribution>,
    /// `E[receipts] ÷ E[costs]`: what a unit of money spent brings back on the mean.
    pub paid_per_cost: Option<Estimated>,
    /// `E[max(costs − receipts, 0)]`: what is lost on the mean, gains not counted against it.
    pub expected_downside: Option<Estimated>,
    /// Everything that makes up the receipts, line by line: payments, what takes from them and what
    /// tops them up. Their amounts sum to the receipts in every future.
    pub lines: Vec<LineReport>,
    /// The tax that is added to the receipts, which the provider passes on; `None` where none is.
    pub added_tax: Option<Distribution>,
}

/// What a part of a provider's receipts is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ReceiptKind {
    /// A payment line.
    Payment,
    /// A line that is taken off what is paid (malus).
    Deduction,
    /// A line by which the provider pays back.
    Return,
    /// What is netted.
    Offset,
    /// What limits cut.
    Limit,
    /// What tops payments up to a minimum.
    Minimum,
}

/// A part of what a provider is paid.
#[derive(Debug, Clone)]
pub struct LineReport {
    /// Its identifier; cuts by limits are together `cap`, top-ups `minimum`.
    pub name: String,
    /// Its title.
    pub title: Text,
    /// What it is.
    pub kind: ReceiptKind,
    /// What it brings this provider in all; below 0 for what takes from its receipts.
    pub amount: Distribution,
    /// How often it comes to nothing at all; for a payment also how often to less.
    pub pays_nothing: Estimated,
    /// How often a payment is less than half of the most it ever is; `None` for other parts.
    pub pays_less_than_half: Option<Estimated>,
    /// How often the provider loses money in all, before finance, in the futures in which a payment
    /// line pays nothing; `None` for other parts, without costs or where it always pays.
    pub loss_without: Option<Estimated>,
}

/// What must be drawn.
pub(super) fn wanted(scenario: &Scenario) -> Vec<Wanted> {
    let model = &scenario.model;
    let arms = [&model.effect, &model.no_effect];
    let parts = arms.iter().flat_map(|arm| &arm.evaluations).flat_map(|at| &at.parts);
    let flows = model.parties.iter().flat_map(|party| party.flows.iter().chain(&party.costs));
    let taxes = model.effect.evaluations.iter().flat_map(|at| &at.flows);
    let taxes = taxes.filter_map(|flow| flow.tax);
    let amounts = parts.map(|part| part.amount).chain(flows.map(|flow| flow.amount)).chain(taxes);
    amounts.map(Wanted::everywhere).collect()
}

pub(super) fn report(scenario: &Scenario, drawn: &Drawn, party: usize) -> ProviderReport {
    let model = &scenario.model;
    let received = |arm: &crate::scenario::Arm| -> Vec<f64> {
        let parts = arm.evaluations.iter().flat_map(|at| &at.parts);
        drawn.sum(parts.filter(|part| part.to == party).map(|part| part.amount))
    };
    let receipts = received(&model.effect);
    let spending = spent(scenario, drawn, party);
    let margin = (!spending.is_empty()).then(|| {
        let mut margin = receipts.clone();
        spending.iter().for_each(|(_, amount)| add(&mut margin, amount, -1.0));
        margin
    });
    let stated = scenario.assumptions.iter().any(|cell| cell.no_effect.is_some());
    let lines = model.lines.iter().enumerate().filter_map(|(line, name)| {
        let kind = kind_of(&scenario.contract, &name.name);
        let pays = kind == ReceiptKind::Payment;
        let parts = model.effect.evaluations.iter().flat_map(|at| &at.parts);
        let own: Vec<_> = parts.filter(|part| part.to == party && part.line == line).collect();
        if own.is_empty() {
            return None;
        }
        let amount = drawn.sum(own.iter().map(|part| part.amount));
        let distribution = told(&amount);
        let nothing = amount.iter().filter(|of| **of == 0.0 || (pays && **of < 0.0)).count();
        let half = amount.iter().filter(|of| **of < distribution.max / 2.0).count();
        Some(LineReport {
            name: name.name.clone(),
            title: name.title.clone(),
            kind,
            pays_nothing: Estimated::part(nothing, amount.len()),
            pays_less_than_half: pays.then(|| Estimated::part(half, amount.len())),
            loss_without: (margin.as_ref().filter(|_| pays))
                .and_then(|margin| lost_without(&amount, margin)),
            amount: distribution,
        })
    });
    let mut report = ProviderReport {
        party,
        receipts: told(&receipts),
        receipts_without_effect: stated.then(|| told(&received(&model.no_effect))),
        costs: None,
        margin: None,
        margin_part: None,
        loss: None,
        working_capital: None,
        after_finance: None,
        working_capital_financed: None,
        paid_per_cost: None,
        expected_downside: None,
        lines: lines.collect(),
        added_tax: added_tax(scenario, drawn, party),
    };
    if let Some(margin) = &margin {
        report.with_costs(scenario, drawn, &receipts, (&spending, margin));
    }
    report.with_finance(scenario, drawn);
    report
}

/// What a line of a statement is to whoever is paid.
fn kind_of(contract: &Contract, id: &str) -> ReceiptKind {
    if let Some(line) = contract.lines.iter().find(|line| line.id == id) {
        return match line.kind {
            LineKind::Payment => ReceiptKind::Payment,
            LineKind::Malus => ReceiptKind::Deduction,
            LineKind::Return => ReceiptKind::Return,
        };
    }
    match id {
        _ if contract.offsets.iter().any(|offset| offset.id == id) => ReceiptKind::Offset,
        "minimum" => ReceiptKind::Minimum,
        _ => ReceiptKind::Limit,
    }
}

fn added_tax(scenario: &Scenario, drawn: &Drawn, party: usize) -> Option<Distribution> {
    let flows = scenario.model.effect.evaluations.iter().flat_map(|at| &at.flows);
    let own: Vec<_> = flows.filter(|flow| flow.to == party).filter_map(|flow| flow.tax).collect();
    (!own.is_empty()).then(|| told(&drawn.sum(own)))
}

/// How often the margin is below 0 in the futures in which a line pays nothing.
fn lost_without(amount: &[f64], margin: &[f64]) -> Option<Estimated> {
    let unpaid = || amount.iter().zip(margin).filter(|(amount, _)| **amount <= 0.0);
    let count = unpaid().count();
    let lost = unpaid().filter(|(_, margin)| **margin < 0.0).count();
    (count > 0).then(|| Estimated::part(lost, count))
}

/// What a party spends itself by `cost(…)`, by day, as amounts above 0.
pub(super) fn spent(scenario: &Scenario, drawn: &Drawn, party: usize) -> Vec<(Date, Vec<f64>)> {
    let costs = scenario.model.parties.get(party).map_or(&[][..], |party| &party.costs);
    let amount = |of: &CashFlow| drawn.everywhere(of.amount).iter().map(|cost| -cost).collect();
    costs.iter().map(|of| (of.on, amount(of))).collect()
}

impl ProviderReport {
    fn with_costs(
        &mut self,
        scenario: &Scenario,
        drawn: &Drawn,
        receipts: &[f64],
        (spent, margin): (&[(Date, Vec<f64>)], &[f64]),
    ) {
        let mut costs = vec![0.0; drawn.paths];
        spent.iter().for_each(|(_, amount)| add(&mut costs, amount, 1.0));
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
        self.margin = Some(told(margin));
        self.margin_part = ratio(margin, receipts);
        self.loss = Loss::of(margin);
        self.working_capital = Some(told(&deepest));
        self.paid_per_cost = ratio(receipts, &costs);
        self.expected_downside = Some(Estimated::mean(&downside));
    }

    /// With everything that moves to and from the provider, where there are investors.
    fn with_finance(&mut self, scenario: &Scenario, drawn: &Drawn) {
        let Some(party) = scenario.model.parties.get(self.party) else { return };
        if scenario.contract.finance.tranches.is_empty() {
            return;
        }
        // Of what moves at one time, costs come first.
        let cost = |flow: &CashFlow| {
            party.costs.iter().find(|cost| (cost.on, cost.time) == (flow.on, flow.time))
        };
        let flows: Vec<(&[f64], Option<&[f64]>)> = (party.flows.iter())
            .map(|flow| {
                let cost = cost(flow).map(|cost| drawn.everywhere(cost.amount));
                (drawn.everywhere(flow.amount), cost)
            })
            .collect();
        let left = drawn.sum(party.flows.iter().map(|flow| flow.amount));
        let deepest: Vec<f64> = (0..drawn.paths)
            .map(|path| {
                let steps = flows.iter().flat_map(|(amounts, costs)| {
                    let cost = costs.map_or(0.0, |costs| costs[path]);
                    [cost, amounts[path] - cost]
                });
                deepest_shortfall(steps)
            })
            .collect();
        self.after_finance = Some(told(&left));
        self.working_capital_financed = self.costs.is_some().then(|| told(&deepest));
    }

    pub(super) fn to_json(&self, contract: &Contract, language: Language) -> Value {
        let lines = self.lines.iter().map(|line| {
            json!({
                "name": line.name,
                "title": line.title.within(language),
                "kind": line.kind,
                "amount": line.amount,
                "pays_nothing": estimated(line.pays_nothing),
                "pays_less_than_half": line.pays_less_than_half.map(estimated),
                "loss_where_it_pays_nothing": line.loss_without.map(estimated),
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
            "after_finance": self.after_finance,
            "working_capital_financed": self.working_capital_financed,
            "paid_per_cost": self.paid_per_cost.map(estimated),
            "expected_downside": self.expected_downside.map(estimated),
            "lines": lines.collect::<Vec<_>>(),
            "added_tax": self.added_tax,
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
