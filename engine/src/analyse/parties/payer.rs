//! What a payer needs: how much in which year, at most and probably; what it gets for it.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde_json::{Value, json};

use super::price::Curve;
use super::{Drawn, add, estimated, party_json, told};
use crate::contract::{Ceiling, Contract, Tax};
use crate::expr::{NodeId, Unit};
use crate::finance::Estimated;
use crate::problem::{Language, Text};
use crate::scenario::{Arm, Scenario};
use crate::simulate::{Distribution, Wanted};

/// What a payer, such as a municipality, needs before it signs.
#[derive(Debug, Clone)]
pub struct PayerReport {
    /// Who: a position in the contract's parties.
    pub party: usize,
    /// What it pays by fiscal year, tax included, undiscounted.
    pub years: Vec<YearPayment>,
    /// What it pays in all, undiscounted: the years together.
    pub payment: Distribution,
    /// The most it may have to pay in all: what to appropriate, not what is expected.
    pub ceiling: Option<Decimal>,
    /// What it pays in all, discounted.
    pub payment_discounted: Distribution,
    /// What it pays in all when the programme does nothing, on the same random numbers; `None`
    /// where no cell says what it is without effect.
    pub no_effect: Option<Distribution>,
    /// How much of the mean payment that is.
    pub no_effect_part: Option<Estimated>,
    /// Whose saving how much is, discounted; first those the scenario names, then what nobody is
    /// named for. Together they are the benefit.
    pub savings: Vec<Saving>,
    /// All savings of everyone, discounted.
    pub benefit: Distribution,
    /// `P(own saving > price)`: of this payer's savings alone.
    pub own: Curve,
    /// The same, of its cashable savings alone.
    pub own_cashable: Curve,
    /// `P(all savings > price)`: of everyone's savings and everyone's payments.
    pub everyone: Curve,
    /// The same, of cashable savings alone.
    pub everyone_cashable: Curve,
}

/// A payment of one fiscal year (April to March, by date of payment).
#[derive(Debug, Clone)]
pub struct YearPayment {
    /// The year in which it begins.
    pub year: i16,
    /// What is paid.
    pub payment: Distribution,
    /// The most that may have to be paid.
    pub ceiling: Option<Decimal>,
}

/// The savings of one beneficiary, discounted.
#[derive(Debug, Clone)]
pub struct Saving {
    /// Its identifier; `None` for what no one is named for.
    pub id: Option<String>,
    /// Its name.
    pub name: Text,
    /// Savings that free money.
    pub cashable: Option<Distribution>,
    /// Values that free none.
    pub not_cashable: Option<Distribution>,
    /// Savings of which the scenario does not say.
    pub unstated: Option<Distribution>,
    /// All of them.
    pub total: Distribution,
}

/// What must be drawn.
pub(super) fn wanted(scenario: &Scenario) -> Vec<Wanted> {
    let model = &scenario.model;
    let mut nodes: Vec<NodeId> = vec![model.effect.payment_discounted, model.benefit];
    for arm in [&model.effect, &model.no_effect] {
        for evaluation in &arm.evaluations {
            nodes.push(evaluation.payment);
            nodes.extend(evaluation.parts.iter().map(|part| part.amount));
        }
    }
    nodes.extend(model.benefits.iter().map(|benefit| benefit.amount));
    nodes.into_iter().map(Wanted::everywhere).collect()
}

/// What a party pays at each evaluation of an arm, added tax included. The last payer of an
/// evaluation pays what the others leave of it, so that together they pay it to the yen.
pub(super) fn paid(contract: &Contract, arm: &Arm, drawn: &Drawn, party: usize) -> Vec<Vec<f64>> {
    let added = matches!(contract.tax, Tax::Added(_));
    let step = Unit::smallest_of(&contract.currency).to_f64().unwrap_or(1.0);
    let at = |evaluation: &crate::scenario::ArmEvaluation| {
        let of = |payer: usize| {
            let own = evaluation.parts.iter().filter(|part| part.payer == payer);
            drawn.sum(own.map(|part| part.amount))
        };
        let whole = drawn.everywhere(evaluation.payment);
        let mut payers: Vec<usize> = evaluation.parts.iter().map(|part| part.payer).collect();
        payers.sort_unstable();
        payers.dedup();
        let with_tax = |payer: usize| -> Vec<f64> {
            let before = drawn.sum(evaluation.parts.iter().map(|part| part.amount));
            let pairs = of(payer).into_iter().zip(before).zip(whole);
            let tax = |((own, before), whole): ((f64, f64), &f64)| match before {
                0.0 => own,
                before => own + ((whole - before) * own / before / step).round() * step,
            };
            if added { pairs.map(tax).collect() } else { of(payer) }
        };
        if !payers.contains(&party) {
            return vec![0.0; drawn.paths];
        }
        if payers.last() != Some(&party) {
            return with_tax(party);
        }
        let mut rest = whole.to_vec();
        for other in payers.into_iter().filter(|payer| *payer != party) {
            add(&mut rest, &with_tax(other), -1.0);
        }
        rest
    };
    arm.evaluations.iter().map(at).collect()
}

pub(super) fn report(scenario: &Scenario, drawn: &Drawn, party: usize) -> PayerReport {
    let (model, contract) = (&scenario.model, &scenario.contract);
    let ceiling: Ceiling = contract.ceiling(party);
    let payments = paid(contract, &model.effect, drawn, party);
    let mut years = Vec::new();
    for (year, most) in &ceiling.years {
        let mut sum = vec![0.0; drawn.paths];
        for (evaluation, payment) in contract.evaluations.iter().zip(&payments) {
            if evaluation.fiscal_year() == *year {
                add(&mut sum, payment, 1.0);
            }
        }
        years.push(YearPayment { year: *year, payment: told(&sum), ceiling: *most });
    }
    let total = |payments: &[Vec<f64>]| {
        let mut sum = vec![0.0; drawn.paths];
        payments.iter().for_each(|payment| add(&mut sum, payment, 1.0));
        sum
    };
    let (payment, mut discounted) = (total(&payments), vec![0.0; drawn.paths]);
    for (evaluation, payment) in contract.evaluations.iter().zip(&payments) {
        add(&mut discounted, payment, scenario.discount_factor(evaluation.paid));
    }
    let stated = scenario.assumptions.iter().any(|cell| cell.no_effect.is_some());
    let idle = stated.then(|| total(&paid(contract, &model.no_effect, drawn, party)));
    let own = saved(scenario, drawn, |id| id == Some(contract.parties[party].id.as_str()));
    let everyone = saved(scenario, drawn, |_| true);
    let all_paid = drawn.everywhere(model.effect.payment_discounted);
    PayerReport {
        party,
        years,
        ceiling: ceiling.total,
        no_effect_part: idle.as_ref().and_then(|idle| super::price::ratio(idle, &payment)),
        no_effect: idle.as_deref().map(told),
        payment: told(&payment),
        savings: savings(scenario, drawn),
        benefit: told(drawn.everywhere(model.benefit)),
        own: Curve::of(&own.total, &discounted),
        own_cashable: Curve::of(&own.cashable, &discounted),
        everyone: Curve::of(&everyone.total, all_paid),
        everyone_cashable: Curve::of(&everyone.cashable, all_paid),
        payment_discounted: told(&discounted),
    }
}

/// Savings path by path, by kind.
struct Saved {
    cashable: Vec<f64>,
    not_cashable: Vec<f64>,
    unstated: Vec<f64>,
    total: Vec<f64>,
    /// Of which kinds there are any.
    kinds: [bool; 3],
}

/// The savings of those chosen by their identifier; `None` is who no share names.
fn saved(scenario: &Scenario, drawn: &Drawn, chosen: impl Fn(Option<&str>) -> bool) -> Saved {
    let nothing = || vec![0.0; drawn.paths];
    let mut saved = Saved {
        cashable: nothing(),
        not_cashable: nothing(),
        unstated: nothing(),
        total: nothing(),
        kinds: [false; 3],
    };
    for benefit in &scenario.model.benefits {
        let shares = benefit.shares.iter().filter(|part| chosen(Some(&part.id)));
        let mut share: f64 = shares.map(|part| part.share).sum();
        if benefit.shares.is_empty() && chosen(None) {
            share = 1.0;
        }
        if share == 0.0 {
            continue;
        }
        let (kind, sum) = match benefit.cashable {
            Some(true) => (0, &mut saved.cashable),
            Some(false) => (1, &mut saved.not_cashable),
            None => (2, &mut saved.unstated),
        };
        saved.kinds[kind] = true;
        let amount = drawn.everywhere(benefit.amount);
        add(sum, amount, share);
        add(&mut saved.total, amount, share);
    }
    saved
}

fn savings(scenario: &Scenario, drawn: &Drawn) -> Vec<Saving> {
    let mut known: Vec<(Option<String>, Text)> = Vec::new();
    for benefit in &scenario.model.benefits {
        for part in &benefit.shares {
            let entry = (Some(part.id.clone()), part.name.clone());
            if !known.contains(&entry) {
                known.push(entry);
            }
        }
    }
    if scenario.model.benefits.iter().any(|benefit| benefit.shares.is_empty()) {
        known.push((None, crate::problem::say!("no one is named", "帰属先の記載なし")));
    }
    let saving = |(id, name): (Option<String>, Text)| {
        let own = saved(scenario, drawn, |of| of == id.as_deref());
        let kind = |at: usize, of: &[f64]| own.kinds[at].then(|| told(of));
        Saving {
            cashable: kind(0, &own.cashable),
            not_cashable: kind(1, &own.not_cashable),
            unstated: kind(2, &own.unstated),
            total: told(&own.total),
            id,
            name,
        }
    };
    known.into_iter().map(saving).collect()
}

impl PayerReport {
    pub(super) fn to_json(&self, contract: &Contract, language: Language) -> Value {
        let exact = |of: Option<Decimal>| of.map(|amount| amount.normalize().to_string());
        let years = self.years.iter().map(
            |of| json!({ "year": of.year, "payment": of.payment, "ceiling": exact(of.ceiling) }),
        );
        let savings = self.savings.iter().map(|of| {
            json!({
                "beneficiary": of.id,
                "name": of.name.within(language),
                "cashable": of.cashable,
                "not_cashable": of.not_cashable,
                "unstated": of.unstated,
                "total": of.total,
            })
        });
        json!({
            "party": party_json(contract, self.party, language),
            "years": years.collect::<Vec<_>>(),
            "payment": self.payment,
            "ceiling": exact(self.ceiling),
            "payment_discounted": self.payment_discounted,
            "no_effect": {
                "payment": self.no_effect,
                "part_of_payment": self.no_effect_part.map(estimated),
            },
            "savings": savings.collect::<Vec<_>>(),
            "benefit": self.benefit,
            "saving_exceeds_payment": {
                "own": self.own.to_json(),
                "own_cashable": self.own_cashable.to_json(),
                "everyone": self.everyone.to_json(),
                "everyone_cashable": self.everyone_cashable.to_json(),
            },
        })
    }
}
