//! What every path brings an investor.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::model::InvestorModel;
use crate::contract::{Contract, Investment};
use crate::expr::{Function, Graph, NodeId, Relation, Unit, UnitClash};
use crate::finance::Years;

/// The investors of a contract, given what each evaluation pays to providers, without added tax.
pub(super) fn models(
    contract: &Contract,
    graph: &mut Graph,
    payments: &[NodeId],
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
            let rate = one(graph.rate_of_return(invested, receipts.into_iter().collect()));
            InvestorModel {
                name: party.id.clone(),
                title: party.name.clone(),
                rate,
                // Payments that are no numbers are told of themselves; a rate that is none is not
                // there: see `rate_of_return`.
                rate_available: graph.apply(Function::IsNumber, rate),
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

/// Money of one currency cannot clash.
fn one(node: Result<NodeId, UnitClash>) -> NodeId {
    node.unwrap_or_else(|clash| unreachable!("{clash:?}"))
}
