//! What every path brings an investor.

use jiff::civil::Date;
use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive;

use super::model::InvestorModel;
use crate::contract::Contract;
use crate::expr::{Function, Graph, NodeId, Relation, Unit, UnitClash};
use crate::finance::Years;
use crate::problem::Text;

/// The investors of a contract, given what each evaluation pays to providers, without added tax;
/// their flows are worth something at a yearly rate.
pub(super) fn models(
    contract: &Contract,
    graph: &mut Graph,
    payments: &[NodeId],
    rate: f64,
) -> Vec<InvestorModel> {
    let unit = Unit::money(&contract.currency);
    let investments = contract.investments.iter();
    investments
        .map(|investment| {
            let party = &contract.parties[investment.investor];
            let invested = graph.number(-investment.amount, unit.clone());
            let received = contract.evaluations.iter().zip(payments);
            let received = received
                .map(|(evaluation, payment)| (evaluation.paid, *payment))
                .filter(|(paid, _)| *paid >= investment.at);
            let mut flows = vec![(investment.at, invested)];
            flows.extend(received);
            flows[1..].sort_by_key(|(day, _)| *day);
            model((party.id.clone(), party.name.clone()), flows, rate, graph)
        })
        .collect()
}

/// What an investor has of flows, which are in order of their days and not none; those below 0 are
/// paid by it.
fn model(
    (name, title): (String, Text),
    flows: Vec<(Date, NodeId)>,
    rate: f64,
    graph: &mut Graph,
) -> InvestorModel {
    let timed = timed(&flows, graph);
    let unit = graph.unit(timed[0].1).clone();
    let zero = graph.number(Decimal::ZERO, unit.clone());
    let parts = timed.iter().map(|(_, amount)| {
        let out = one(graph.subtract(zero, *amount));
        (one(graph.larger(zero, *amount)), one(graph.larger(zero, out)))
    });
    let (received, paid): (Vec<NodeId>, Vec<NodeId>) = parts.collect();
    let (mut worths, mut received_worths, mut weighted) = (Vec::new(), Vec::new(), Vec::new());
    for ((time, amount), received) in timed.iter().zip(&received) {
        let factor = plain(graph, libm::pow(1.0 + rate, -time.value()));
        worths.push(one(graph.multiply(*amount, factor)));
        let worth = one(graph.multiply(*received, factor));
        received_worths.push(worth);
        let after = plain(graph, time.value());
        weighted.push(one(graph.multiply(worth, after)));
    }
    let mut sum =
        |amounts: &[NodeId]| amounts.iter().fold(zero, |sum, of| one(graph.add(sum, *of)));
    let amounts: Vec<NodeId> = timed.iter().map(|(_, amount)| *amount).collect();
    let (result, received_in_all, paid_in_all) = (sum(&amounts), sum(&received), sum(&paid));
    let (present_value, worth, weighted) = (sum(&worths), sum(&received_worths), sum(&weighted));
    let rate = one(graph.rate_of_return(timed));
    // Nothing is divided by nothing: where it would be, the quotient is not looked at.
    let something = graph.number(Decimal::ONE, unit);
    let mut divided = |of: NodeId, by: NodeId| {
        let there = one(graph.compare(Relation::Less, zero, by));
        let divisor = one(graph.select(there, by, something));
        (one(graph.divide(of, divisor)), there)
    };
    let (multiple, _) = divided(received_in_all, paid_in_all);
    let (duration, duration_available) = divided(weighted, worth);
    InvestorModel {
        name,
        title,
        // Payments that are no numbers are told of themselves; a rate that is none is not there:
        // see `rates_of_return`.
        rate_available: graph.apply(Function::IsNumber, rate),
        rate,
        multiple,
        loss: one(graph.compare(Relation::Less, result, zero)),
        shortfall: one(graph.subtract(zero, result)),
        result,
        present_value,
        duration,
        duration_available,
        flows,
    }
}

/// The flows by their time from the first; those of one day are one, but for the first, which lies
/// at the beginning of its day.
fn timed(flows: &[(Date, NodeId)], graph: &mut Graph) -> Vec<(Years, NodeId)> {
    let times = Years::of_flows(flows.iter().map(|(day, _)| *day));
    let mut timed: Vec<(Years, NodeId)> = Vec::with_capacity(flows.len());
    for (time, (_, amount)) in times.into_iter().zip(flows) {
        match timed.last_mut() {
            Some((last, sum)) if *last == time => *sum = one(graph.add(*sum, *amount)),
            _ => timed.push((time, *amount)),
        }
    }
    timed
}

fn plain(graph: &mut Graph, value: f64) -> NodeId {
    let exact = Decimal::from_f64_retain(value).or(Decimal::from_f64(value));
    graph.number(exact.unwrap_or_default(), Unit::Number)
}

/// Money of one currency cannot clash.
fn one(node: Result<NodeId, UnitClash>) -> NodeId {
    node.unwrap_or_else(|clash| unreachable!("{clash:?}"))
}
