//! What a payer needs: how much in which year, at most and probably; what it gets for it.

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::price::Curve;
use super::provider::spent;
use super::{Drawn, add, estimated, party_json, told};
use crate::contract::{Ceiling, Contract, Party, Role, fiscal_year_of};
use crate::expr::NodeId;
use crate::finance::Estimated;
use crate::problem::{Language, Text};
use crate::scenario::{Arm, ArmEvaluation, Scenario};
use crate::simulate::{Distribution, Wanted};

/// What a payer, such as a municipality, needs before it signs.
#[derive(Debug, Clone)]
pub struct PayerReport {
    /// Who: a position in the contract's parties.
    pub party: usize,
    /// What it pays by fiscal year, tax included, undiscounted.
    pub years: Vec<YearPayment>,
    /// What it pays for outcomes in all, undiscounted: the years together.
    pub payment: Distribution,
    /// The most it may have to pay in all: what to appropriate, not what is expected.
    pub ceiling: Option<Decimal>,
    /// What it pays for outcomes in all, discounted.
    pub payment_discounted: Distribution,
    /// What it spends itself by `cost(…)`, undiscounted; `None` where that is nothing.
    pub costs: Option<OwnCosts>,
    /// Payment and costs together, undiscounted.
    pub total: Distribution,
    /// The same, discounted: what its savings are set against.
    pub total_discounted: Distribution,
    /// What it pays for outcomes in all when the programme does nothing, on the same random numbers;
    /// `None` where no cell says what it is without effect.
    pub no_effect: Option<Distribution>,
    /// How much of the mean payment that is.
    pub no_effect_part: Option<Estimated>,
    /// Whose saving how much is, discounted; first those the scenario names, then what nobody is
    /// named for. Together they are the benefit.
    pub savings: Vec<Saving>,
    /// All savings of everyone, discounted.
    pub benefit: Distribution,
    /// `P(own saving > price)`: of this payer's savings and what it pays and spends.
    pub own: Curve,
    /// The same, of its cashable savings alone.
    pub own_cashable: Curve,
    /// `P(all savings > price)`: of everyone's savings and everyone's payments, with what payers
    /// spend.
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
    /// What is paid when the programme does nothing; `None` where no cell says what it is then.
    pub no_effect: Option<Distribution>,
    /// The most that may have to be paid.
    pub ceiling: Option<Decimal>,
    /// What the payer spends itself; `None` where that is nothing.
    pub costs: Option<OwnCosts>,
}

/// What a payer spends itself, such as the cost of the evaluation, beside what it owes for outcomes.
#[derive(Debug, Clone, Copy)]
pub struct OwnCosts {
    /// How much.
    pub amount: Distribution,
    /// The most there can be; `None` where nothing limits it.
    pub most: Option<Decimal>,
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
            nodes.extend(evaluation.flows.iter().map(|flow| flow.amount));
        }
    }
    nodes.extend(model.parties.iter().flat_map(|party| &party.costs).map(|cost| cost.amount));
    nodes.extend(model.benefits.iter().map(|benefit| benefit.amount));
    nodes.into_iter().map(Wanted::everywhere).collect()
}

/// What a party pays at each evaluation of an arm, added tax included.
fn paid(arm: &Arm, drawn: &Drawn, party: usize) -> Vec<Vec<f64>> {
    let own = |at: &ArmEvaluation| {
        let flows = at.flows.iter().filter(|flow| flow.payer == party);
        drawn.sum(flows.map(|flow| flow.amount))
    };
    arm.evaluations.iter().map(own).collect()
}

/// What a party spends of its own on the days that are chosen; `None` where that is nothing.
fn own_costs(
    contract: &Contract,
    (party, paths): (usize, usize),
    spent: &[(Date, Vec<f64>)],
    chosen: impl Fn(Date) -> bool,
) -> Option<OwnCosts> {
    let mut sum = vec![0.0; paths];
    let own: Vec<_> = spent.iter().filter(|(day, _)| chosen(*day)).collect();
    own.iter().for_each(|(_, amount)| add(&mut sum, amount, 1.0));
    let most = contract.costs_most(party, chosen);
    (!own.is_empty()).then(|| OwnCosts { amount: told(&sum), most })
}

pub(super) fn report(scenario: &Scenario, drawn: &Drawn, party: usize) -> PayerReport {
    let (model, contract) = (&scenario.model, &scenario.contract);
    let ceiling: Ceiling = contract.ceiling(party);
    let payments = paid(&model.effect, drawn, party);
    let spent_of_own = spent(scenario, drawn, party);
    let costs = |chosen: &dyn Fn(Date) -> bool| {
        own_costs(contract, (party, drawn.paths), &spent_of_own, chosen)
    };
    let mut all: Vec<i16> = ceiling.years.iter().map(|(year, _)| *year).collect();
    all.extend(spent_of_own.iter().map(|(day, _)| fiscal_year_of(*day)));
    all.sort_unstable();
    all.dedup();
    let stated = scenario.assumptions.iter().any(|cell| cell.no_effect.is_some());
    let idle_payments = stated.then(|| paid(&model.no_effect, drawn, party));
    let in_year = |payments: &[Vec<f64>], year: i16| {
        let mut sum = vec![0.0; drawn.paths];
        for (evaluation, payment) in contract.evaluations.iter().zip(payments) {
            if evaluation.fiscal_year() == year {
                add(&mut sum, payment, 1.0);
            }
        }
        told(&sum)
    };
    let years = all.into_iter().map(|year| {
        let most = ceiling.years.iter().find(|(known, _)| *known == year);
        YearPayment {
            year,
            payment: in_year(&payments, year),
            no_effect: idle_payments.as_deref().map(|payments| in_year(payments, year)),
            // Of a year in which nothing is to be paid.
            ceiling: most.map_or(Some(Decimal::ZERO), |(_, most)| *most),
            costs: costs(&|day| fiscal_year_of(day) == year),
        }
    });
    let years = years.collect();
    let total = |payments: &[Vec<f64>]| {
        let mut sum = vec![0.0; drawn.paths];
        payments.iter().for_each(|payment| add(&mut sum, payment, 1.0));
        sum
    };
    let (payment, mut discounted) = (total(&payments), vec![0.0; drawn.paths]);
    for (evaluation, payment) in contract.evaluations.iter().zip(&payments) {
        add(&mut discounted, payment, scenario.discount_factor(evaluation.paid));
    }
    let add_costs = |sum: &mut [f64], payer: usize, discount: bool| {
        for (day, amount) in spent(scenario, drawn, payer) {
            add(sum, &amount, if discount { scenario.discount_factor(day) } else { 1.0 });
        }
    };
    let (mut whole, mut whole_discounted) = (payment.clone(), discounted.clone());
    add_costs(&mut whole, party, false);
    add_costs(&mut whole_discounted, party, true);
    let idle = idle_payments.as_deref().map(total);
    let own = saved(scenario, drawn, |id| id == Some(contract.parties[party].id.as_str()));
    let everyone = saved(scenario, drawn, |_| true);
    let mut all_paid = drawn.everywhere(model.effect.payment_discounted).to_vec();
    for (payer, _) in payers(contract) {
        add_costs(&mut all_paid, payer, true);
    }
    PayerReport {
        party,
        years,
        ceiling: ceiling.total,
        no_effect_part: idle.as_ref().and_then(|idle| super::price::ratio(idle, &payment)),
        no_effect: idle.as_deref().map(told),
        payment: told(&payment),
        costs: costs(&|_| true),
        total: told(&whole),
        total_discounted: told(&whole_discounted),
        savings: savings(scenario, drawn),
        benefit: told(drawn.everywhere(model.benefit)),
        own: Curve::of(&own.total, &whole_discounted),
        own_cashable: Curve::of(&own.cashable, &whole_discounted),
        everyone: Curve::of(&everyone.total, &all_paid),
        everyone_cashable: Curve::of(&everyone.cashable, &all_paid),
        payment_discounted: told(&discounted),
    }
}

fn payers(contract: &Contract) -> impl Iterator<Item = (usize, &Party)> {
    contract.parties.iter().enumerate().filter(|(_, party)| party.role == Role::Payer)
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
        let costs = |of: Option<OwnCosts>| {
            of.map(|of| json!({ "amount": of.amount, "ceiling": exact(of.most) }))
        };
        let years = self.years.iter().map(|of| {
            json!({
                "year": of.year,
                "payment": of.payment,
                "no_effect": of.no_effect,
                "ceiling": exact(of.ceiling),
                "costs": costs(of.costs),
            })
        });
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
            "costs": costs(self.costs),
            "total": self.total,
            "total_discounted": self.total_discounted,
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
