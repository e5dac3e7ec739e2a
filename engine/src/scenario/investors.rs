//! What every path brings an investor.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::model::InvestorModel;
use crate::contract::{Contract, Investment};
use crate::expr::{Graph, NodeId, Relation, Unit, UnitClash};
use crate::finance::Years;

/// The investors of a contract, given what each evaluation pays to providers, without added tax; and
/// whether that is `all` it pays.
pub(super) fn models(
    contract: &Contract,
    graph: &mut Graph,
    payments: &[NodeId],
    all: bool,
) -> Vec<InvestorModel> {
    let investments = contract.investments.iter();
    investments
        .map(|investment| {
            let party = &contract.parties[investment.investor];
            let receipts = receipts(contract, investment, graph, payments);
            let amounts: Vec<NodeId> = receipts.values().copied().collect();
            let unit = Unit::money(&contract.currency);
            let zero = graph.number(Decimal::ZERO, unit.clone());
            let invested = graph.number(investment.amount, unit);
            let received = amounts.iter().fold(zero, |sum, amount| one(graph.add(sum, *amount)));
            InvestorModel {
                name: party.id.clone(),
                title: party.name.clone(),
                rate: one(graph.rate_of_return(invested, receipts.into_iter().collect())),
                rate_available: if all && pays_only(contract) {
                    graph.truth(true)
                } else {
                    pays_first(graph, zero, &amounts)
                },
                multiple: one(graph.divide(received, invested)),
                loss: one(graph.compare(Relation::Less, received, invested)),
            }
        })
        .collect()
}

/// What is paid from the day of the investment on, by time; payments of one day are one receipt.
fn receipts(
    contract: &Contract,
    investment: &Investment,
    graph: &mut Graph,
    payments: &[NodeId],
) -> BTreeMap<Years, NodeId> {
    let mut receipts = BTreeMap::new();
    for (evaluation, payment) in contract.evaluations.iter().zip(payments) {
        let Some(time) = Years::between(investment.at, evaluation.paid) else { continue };
        let amount = match receipts.get(&time) {
            Some(known) => one(graph.add(*known, *payment)),
            None => *payment,
        };
        receipts.insert(time, amount);
    }
    receipts
}

/// Whether no evaluation can have the provider pay.
fn pays_only(contract: &Contract) -> bool {
    let payable: Vec<NodeId> =
        contract.terms.evaluations.iter().map(|terms| terms.payable).collect();
    let bounds = contract.intervals(&payable);
    payable.iter().all(|node| bounds[node.index()].low >= 0.0)
}

/// Whether nothing is paid back after something was received, so that there is one rate of return:
/// the condition of [`rate_of_return`](crate::finance::rate_of_return).
fn pays_first(graph: &mut Graph, zero: NodeId, amounts: &[NodeId]) -> NodeId {
    let (yes, no) = (graph.truth(true), graph.truth(false));
    let (mut received, mut holds) = (no, yes);
    for amount in amounts {
        let paid = one(graph.compare(Relation::Less, *amount, zero));
        let paid_back = graph.both(received, paid);
        holds = one(graph.select(paid_back, no, holds));
        let receipt = one(graph.compare(Relation::Less, zero, *amount));
        received = one(graph.select(receipt, yes, received));
    }
    holds
}

/// Money of one currency cannot clash.
fn one(node: Result<NodeId, UnitClash>) -> NodeId {
    node.unwrap_or_else(|clash| unreachable!("{clash:?}"))
}
