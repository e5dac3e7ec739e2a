//! Who pays whom on which day of a path: payments for outcomes and everything of finance, and what
//! that brings each tranche, each party and each investor.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::earnings::earnings;
use super::model::{CashFlow, DayTime, InvestorModel, PartyModel, SavingModel, TrancheModel};
use super::pricing::{Measured, Pricing, money};
use crate::contract::{Actor, Contract, EvaluationTerms, Move, MoveReason, Tax};
use crate::expr::{Function, Graph, Mode, NodeId, Rounding, Unit};

/// What a contract moves on each path.
pub(super) struct Cash {
    pub(super) tranches: Vec<TrancheModel>,
    pub(super) parties: Vec<PartyModel>,
    pub(super) outside: Vec<CashFlow>,
    pub(super) investors: Vec<InvestorModel>,
}

/// An amount that moves from one to another on a day.
struct Moved {
    on: Date,
    time: DayTime,
    from: Actor,
    to: Actor,
    amount: NodeId,
    reason: Option<MoveReason>,
}

impl Cash {
    /// Everything that moves, given the outcomes of one arm.
    pub(super) fn of(
        pricing: &Pricing<'_>,
        graph: &mut Graph,
        measured: &Measured,
        savings: &[SavingModel],
    ) -> Cash {
        let contract = pricing.contract;
        let mut moved = Vec::new();
        for (evaluation, terms) in contract.evaluations.iter().zip(&contract.terms.evaluations) {
            moved.extend(paid(contract, graph, measured, terms, evaluation.paid));
        }
        moved.extend(financed(contract, graph, measured));
        let tranches = contract.finance.tranches.iter().enumerate().map(|(at, tranche)| {
            let own = |of: &&Moved| of.reason.and_then(MoveReason::tranche) == Some(at);
            let investor = &contract.parties[tranche.investor];
            let whose = Actor::Party(tranche.investor);
            let flows = flows(contract, graph, moved.iter().filter(own), whose);
            let named = (tranche.id.clone(), tranche.title.clone());
            TrancheModel {
                earned: earnings(named, &flows, pricing.rate, (&mut *graph, &contract.currency)),
                name: tranche.id.clone(),
                title: tranche.title.clone(),
                investor: investor.id.clone(),
                investor_title: investor.name.clone(),
                form: tranche.form,
                commitment: tranche.commitment,
                flows,
            }
        });
        let tranches: Vec<TrancheModel> = tranches.collect();
        let parties = contract.parties.iter().enumerate().map(|(at, party)| {
            let is_cost = |of: &&Moved| {
                of.from == Actor::Party(at) && matches!(of.reason, Some(MoveReason::Cost(_)))
            };
            let costs = flows(contract, graph, moved.iter().filter(is_cost), Actor::Party(at));
            let flows = flows(contract, graph, moved.iter(), Actor::Party(at));
            let own = savings.iter().filter(|saving| saving.name == party.id);
            let mut left: Vec<NodeId> = own.map(|saving| saving.amount).collect();
            left.extend(flows.iter().map(|flow| pricing.discounted(graph, flow.amount, flow.on)));
            PartyModel {
                name: party.id.clone(),
                title: party.name.clone(),
                role: party.role,
                flows,
                costs,
                result: pricing.sum(graph, &left),
            }
        });
        let parties: Vec<PartyModel> = parties.collect();
        let outside = flows(contract, graph, moved.iter(), Actor::Outside);
        let investors = contract.finance.investors().into_iter();
        let investors = investors.map(|party| {
            let own = moved.iter().filter(|of| {
                let tranche = of.reason.and_then(MoveReason::tranche);
                tranche.is_some_and(|at| contract.finance.tranches[at].investor == party)
            });
            let flows = flows(contract, graph, own, Actor::Party(party));
            let party = &contract.parties[party];
            let named = (party.id.clone(), party.name.clone());
            earnings(named, &flows, pricing.rate, (&mut *graph, &contract.currency))
        });
        Cash { investors: investors.collect(), tranches, parties, outside }
    }
}

/// What payers pay at an evaluation. Tax that is added goes with each flow, the last bears what
/// truncation leaves, and whoever is paid it passes it on: costs are stated without it.
fn paid(
    contract: &Contract,
    graph: &mut Graph,
    measured: &Measured,
    terms: &EvaluationTerms,
    on: Date,
) -> Vec<Moved> {
    let roots: Vec<NodeId> = terms.lines.iter().map(|line| line.amount).chain(terms.tax).collect();
    let nodes = graph.graft(&contract.graph, &roots, |symbol| measured.symbols[&symbol]);
    let mut flows: Vec<((usize, usize), NodeId)> = Vec::new();
    for (line, amount) in terms.lines.iter().zip(&nodes) {
        let between = (line.payer, line.to);
        match flows.iter_mut().find(|(known, _)| *known == between) {
            Some((_, sum)) => *sum = money(graph.add(*sum, *amount)),
            None => flows.push((between, *amount)),
        }
    }
    let mut passed_on: Vec<(usize, NodeId)> = Vec::new();
    if let (Tax::Added(rate), Some(tax)) = (contract.tax, nodes.get(terms.lines.len())) {
        let step = Unit::smallest_of(&contract.currency).min(contract.rounding.step);
        let down = Rounding { mode: Mode::Down, step };
        let rate = graph.number(rate, Unit::Number);
        let mut rest = *tax;
        let last = flows.len().saturating_sub(1);
        for (position, ((_, to), amount)) in flows.iter_mut().enumerate() {
            let own = if position == last {
                rest
            } else {
                let own = money(graph.multiply(*amount, rate));
                graph.round(own, down)
            };
            *amount = money(graph.add(*amount, own));
            rest = money(graph.subtract(rest, own));
            passed_on.push((*to, own));
        }
    }
    let moved = |from: Actor, to: Actor, amount: NodeId| Moved {
        on,
        time: DayTime::Closing,
        from,
        to,
        amount,
        reason: None,
    };
    let paid = flows
        .into_iter()
        .map(|((payer, to), amount)| moved(Actor::Party(payer), Actor::Party(to), amount));
    // Whoever is paid tax owes it to the state.
    let passed_on =
        passed_on.into_iter().map(|(party, tax)| moved(Actor::Party(party), Actor::Outside, tax));
    paid.chain(passed_on).collect()
}

/// What finance moves.
fn financed(contract: &Contract, graph: &mut Graph, measured: &Measured) -> Vec<Moved> {
    let moves = &contract.terms.finance.moves;
    let roots: Vec<NodeId> = moves.iter().map(|of| of.amount).collect();
    let nodes = graph.graft(&contract.graph, &roots, |symbol| measured.symbols[&symbol]);
    let moved = moves.iter().zip(nodes).map(|(of, amount)| {
        let Move { on, from, to, reason, .. } = *of;
        let time = match reason {
            MoveReason::Drawdown(_) => DayTime::Opening,
            _ => DayTime::Closing,
        };
        Moved { on, time, from, to, amount, reason: Some(reason) }
    });
    moved.collect()
}

/// What someone receives, less what it pays, day by day.
fn flows<'m>(
    contract: &Contract,
    graph: &mut Graph,
    moved: impl Iterator<Item = &'m Moved>,
    whose: Actor,
) -> Vec<CashFlow> {
    let zero = graph.number(Decimal::ZERO, Unit::money(&contract.currency));
    let mut days: BTreeMap<(Date, DayTime), NodeId> = BTreeMap::new();
    for of in moved.filter(|of| of.from != of.to && (of.from == whose || of.to == whose)) {
        let known = days.entry((of.on, of.time)).or_insert(zero);
        *known = if of.to == whose {
            money(graph.add(*known, of.amount))
        } else if *known == zero {
            graph.apply(Function::Negate, of.amount)
        } else {
            money(graph.subtract(*known, of.amount))
        };
    }
    let days = days.into_iter();
    days.map(|((on, time), amount)| CashFlow { on, time, amount }).collect()
}
