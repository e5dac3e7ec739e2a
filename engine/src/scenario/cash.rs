//! Who pays whom on which day of a path: payments for outcomes and everything of finance, and what
//! that brings each tranche, each party and each investor.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::earnings::earnings;
use super::model::{CashFlow, DayTime, InvestorModel, PartyModel, SavingModel, TrancheModel};
use super::pricing::{Measured, Pricing, money};
use crate::contract::{Actor, Contract, EvaluationTerms, Move, MoveReason};
use crate::expr::{Function, Graph, NodeId, Unit};

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
        let invested = |of: &Moved, party: usize| {
            let tranche = of.reason.and_then(MoveReason::tranche);
            tranche.is_some_and(|at| contract.finance.tranches[at].investor == party)
        };
        let investors = contract.finance.investors().into_iter().map(|party| {
            let own = moved.iter().filter(|of| invested(of, party));
            let flows = flows(contract, graph, own, Actor::Party(party));
            let party = &contract.parties[party];
            let named = (party.id.clone(), party.name.clone());
            earnings(named, &flows, pricing.rate, (&mut *graph, &contract.currency))
        });
        let investors: Vec<InvestorModel> = investors.collect();
        let parties = contract.parties.iter().enumerate().map(|(at, party)| {
            let is_cost = |of: &&Moved| {
                of.from == Actor::Party(at) && matches!(of.reason, Some(MoveReason::Cost(_)))
            };
            let costs = flows(contract, graph, moved.iter().filter(is_cost), Actor::Party(at));
            let own = savings.iter().filter(|saving| saving.name == party.id);
            let mut left: Vec<NodeId> = own.map(|saving| saving.amount).collect();
            // What is invested has one present value wherever it is told: the investor's.
            let investor = investors.iter().find(|investor| investor.name == party.id);
            left.extend(investor.map(|investor| investor.present_value));
            let others = moved.iter().filter(|of| !invested(of, at));
            let others = self::flows(contract, graph, others, Actor::Party(at));
            left.extend(others.iter().map(|flow| pricing.discounted(graph, flow.amount, flow.on)));
            let result = pricing.sum(graph, &left);
            let flows = flows(contract, graph, moved.iter(), Actor::Party(at));
            PartyModel {
                name: party.id.clone(),
                title: party.name.clone(),
                role: party.role,
                flows,
                costs,
                balance: investor.map_or(result, |investor| investor.result),
                result,
            }
        });
        let parties: Vec<PartyModel> = parties.collect();
        let outside = flows(contract, graph, moved.iter(), Actor::Outside);
        Cash { investors, tranches, parties, outside }
    }
}

/// What payers pay at an evaluation. Whoever is paid a tax that is added passes it on: costs are
/// stated without it.
fn paid(
    contract: &Contract,
    graph: &mut Graph,
    measured: &Measured,
    terms: &EvaluationTerms,
    on: Date,
) -> Vec<Moved> {
    let flows = &terms.flows;
    let taxes: Vec<(usize, NodeId)> =
        flows.iter().filter_map(|flow| Some((flow.to, flow.tax?))).collect();
    let amounts = flows.iter().map(|flow| flow.amount);
    let roots: Vec<NodeId> = amounts.chain(taxes.iter().map(|(_, tax)| *tax)).collect();
    let nodes = graph.graft(&contract.graph, &roots, |symbol| measured.symbols[&symbol]);
    let moved = |from: Actor, to: Actor, amount: NodeId| Moved {
        on,
        time: DayTime::Closing,
        from,
        to,
        amount,
        reason: None,
    };
    let (amounts, passed_on) = nodes.split_at(flows.len());
    let paid = flows
        .iter()
        .zip(amounts)
        .map(|(flow, amount)| moved(Actor::Party(flow.payer), Actor::Party(flow.to), *amount));
    // Whoever is paid tax owes it to the state.
    let passed_on = taxes
        .iter()
        .zip(passed_on)
        .map(|((party, _), tax)| moved(Actor::Party(*party), Actor::Outside, *tax));
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
