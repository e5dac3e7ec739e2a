//! What flows of money earn on every path.

use jiff::ToSpan;
use jiff::civil::Date;
use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive;

use super::model::{CashFlow, DayTime, InvestorModel};
use super::pricing::money;
use crate::expr::{Function, Graph, NodeId, Relation, Unit};
use crate::finance::Years;
use crate::problem::Text;

/// What an investor, or a tranche, has of its flows, in order of time; those below 0 are paid by
/// it. What they are worth is at a yearly rate.
pub(crate) fn earnings(
    (name, title): (String, Text),
    flows: &[CashFlow],
    rate: f64,
    (graph, currency): (&mut Graph, &str),
) -> InvestorModel {
    let flows = timed(flows, graph);
    let unit = Unit::money(currency);
    let zero = graph.number(Decimal::ZERO, unit.clone());
    let parts = flows.iter().map(|(_, amount)| {
        let out = graph.apply(Function::Negate, *amount);
        (money(graph.larger(zero, *amount)), money(graph.larger(zero, out)))
    });
    let (received, paid): (Vec<NodeId>, Vec<NodeId>) = parts.collect();
    let (mut worths, mut received_worths, mut weighted) = (Vec::new(), Vec::new(), Vec::new());
    for ((time, amount), received) in flows.iter().zip(&received) {
        let factor = plain(graph, libm::pow(1.0 + rate, -time.value()));
        worths.push(money(graph.multiply(*amount, factor)));
        let worth = money(graph.multiply(*received, factor));
        received_worths.push(worth);
        let after = plain(graph, time.value());
        weighted.push(money(graph.multiply(worth, after)));
    }
    let mut sum =
        |amounts: &[NodeId]| amounts.iter().fold(zero, |sum, of| money(graph.add(sum, *of)));
    let amounts: Vec<NodeId> = flows.iter().map(|(_, amount)| *amount).collect();
    let (result, received_in_all, paid_in_all) = (sum(&amounts), sum(&received), sum(&paid));
    let (present_value, worth, weighted) = (sum(&worths), sum(&received_worths), sum(&weighted));
    let rate = money(graph.rate_of_return(flows.clone()));
    // Nothing is divided by nothing: where it would be, the quotient is not looked at.
    let something = graph.number(Decimal::ONE, unit);
    let mut divided = |of: NodeId, by: NodeId| {
        let there = money(graph.compare(Relation::Less, zero, by));
        let divisor = money(graph.select(there, by, something));
        (money(graph.divide(of, divisor)), there)
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
        loss: money(graph.compare(Relation::Less, result, zero)),
        shortfall: graph.apply(Function::Negate, result),
        result,
        present_value,
        duration,
        duration_available,
        flows,
    }
}

/// The flows by their time from the first; those of one time are one.
fn timed(flows: &[CashFlow], graph: &mut Graph) -> Vec<(Years, NodeId)> {
    let Some(first) = flows.first() else { return Vec::new() };
    let start = opening_after(first);
    let mut timed: Vec<(Years, NodeId)> = Vec::with_capacity(flows.len());
    for flow in flows {
        let until = opening_after(flow).yesterday().ok();
        let time = until.and_then(|until| Years::between(start, until));
        let time = time.unwrap_or(Years { whole: 0, days: 0 });
        match timed.last_mut() {
            Some((last, sum)) if *last == time => *sum = money(graph.add(*sum, flow.amount)),
            _ => timed.push((time, flow.amount)),
        }
    }
    timed
}

/// The day at whose opening the flow has just been: its own, or the next after a closing.
fn opening_after(flow: &CashFlow) -> Date {
    match flow.time {
        DayTime::Opening => flow.on,
        DayTime::Closing => flow.on.saturating_add(1.day()),
    }
}

/// A number without a unit.
pub(crate) fn plain(graph: &mut Graph, value: f64) -> NodeId {
    let exact = Decimal::from_f64_retain(value).or(Decimal::from_f64(value));
    graph.number(exact.unwrap_or_default(), Unit::Number)
}
