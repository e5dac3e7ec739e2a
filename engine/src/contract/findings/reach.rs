//! Rules that are never met, and those that are always met.

use rust_decimal::Decimal;

use super::probe::{Item, Probe, roots};
use super::{Finding, both};
use crate::contract::pieces::{self, end};
use crate::contract::{Contract, wording};
use crate::expr::{Interval, Node, NodeId, Unit};
use crate::problem::{Problem, Text, say};

pub(super) fn findings(contract: &Contract, probe: &Probe<'_>) -> Vec<Finding> {
    let mut findings = never_reached(contract, probe);
    findings.extend(always_paid(contract, probe));
    findings
}

/// Conditions that no outcome can meet, and upper ends that none can reach.
fn never_reached(contract: &Contract, probe: &Probe<'_>) -> Vec<Finding> {
    let graph = &contract.graph;
    let mut findings: Vec<Finding> = Vec::new();
    for (evaluation, items) in probe.items.iter().enumerate() {
        for item in items {
            let roots = roots(item);
            let intervals = contract.intervals(&roots);
            let cone = pieces::cone(graph, &roots);
            for id in &cone {
                let Some(message) = unreachable(contract, item, evaluation, *id, &cone, &intervals)
                else {
                    continue;
                };
                let place = contract.place_of(*id).or(item.line.place.as_ref()).cloned();
                let problem = Problem::warning("never-reached", message).maybe_at(place);
                // The same rule at another evaluation is the same mistake.
                if !findings.iter().any(|known| known.message == problem.message) {
                    findings.push(Finding::from(problem).of(item.line.id.clone()));
                }
            }
        }
    }
    findings
}

fn unreachable(
    contract: &Contract,
    item: &Item<'_>,
    evaluation: usize,
    id: NodeId,
    cone: &[NodeId],
    intervals: &[Interval],
) -> Option<Text> {
    let graph = &contract.graph;
    let of = |id: NodeId| intervals[id.index()];
    let line = item.line.title.clone();
    let words = |node: NodeId| {
        both(|language| wording::expression_at(contract, node, evaluation, language))
    };
    match graph.node(id) {
        Node::Compare(..) if of(id).high <= 0.0 => {
            // Guarding against what cannot happen by paying nothing is harmless.
            let guard = cone.iter().any(|user| match graph.node(*user) {
                Node::Select { when, then, .. } if *when == id => {
                    graph.literal(*then).is_some_and(|pays| pays.is_zero())
                        && graph.unit(*then).is_money()
                }
                _ => false,
            });
            (!guard).then(|| {
                say!(
                    "in \"{}\", the condition that {} can never hold",
                    "「{}」の条件「{}」は成り立つことがありません",
                    line,
                    words(id)
                )
            })
        }
        Node::Smaller(a, b) => {
            let (value, limit) = match (graph.literal(*a), graph.literal(*b)) {
                (Some(limit), None) => (*b, limit),
                (None, Some(limit)) => (*a, limit),
                _ => return None,
            };
            let most = end(of(value).high).filter(|_| !graph.unit(value).is_money())?;
            (most < limit).then(|| {
                let told = |number: Decimal| {
                    let unit = match graph.unit(value) {
                        Unit::Bare => &Unit::Number,
                        unit => unit,
                    };
                    both(|language| wording::quantity(number, unit, language))
                };
                say!(
                    "in \"{}\", {} never reaches the upper end {}; the most it can be is {}",
                    "「{}」では、{}が上端の{}に届くことがありません（最大で{}）",
                    line,
                    words(value),
                    told(limit),
                    told(most)
                )
            })
        }
        _ => None,
    }
}

/// What a line that looks at outcomes pays whatever they are, and gates that are always open.
fn always_paid(contract: &Contract, probe: &Probe<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for (evaluation, items) in probe.items.iter().enumerate() {
        for (position, item) in items.iter().enumerate() {
            let gate = item.price.gate;
            let open = gate.is_some_and(|gate| contract.intervals(&[gate])[gate.index()].low > 0.0);
            let line = item.line.title.clone();
            let problem = if open {
                Problem::warning(
                    "gate-always-open",
                    say!(
                        "the gate of \"{}\" is open whatever the outcomes",
                        "「{}」の支払条件は成果にかかわらず常に満たされます",
                        line
                    ),
                )
            } else {
                let Some(least) = always(contract, probe, evaluation, position, item) else {
                    continue;
                };
                Problem::note(
                    "always-paid",
                    say!(
                        "\"{}\" looks at outcomes but pays at least {} whatever they are",
                        "「{}」は成果を見ますが、成果にかかわらず少なくとも{}を支払います",
                        line,
                        contract.amount_words(least)
                    ),
                )
            };
            let problem = problem.maybe_at(item.line.place.clone());
            if findings.iter().all(|known| known.problem != Finding::from(problem.clone()).problem)
            {
                let shown = probe.least_of(contract, evaluation, position);
                findings.push(Finding::from(problem).of(item.line.id.clone()).shown(shown));
            }
        }
    }
    findings
}

/// The least an outcome-linked price pays, when that is above nothing for certain.
fn always(
    contract: &Contract,
    probe: &Probe<'_>,
    evaluation: usize,
    position: usize,
    item: &Item<'_>,
) -> Option<Decimal> {
    if item.offset || !item.price.linked || item.price.gate.is_some() {
        return None;
    }
    let amount = item.price.amount;
    let low = contract.intervals(&[amount])[amount.index()].low;
    let low = contract.amount_of(contract.rounding.grid().round(low));
    let low = low.filter(|low| *low > Decimal::ZERO);
    // A price of straight pieces in one outcome has its least at one of the values tried.
    let tried = || {
        contract.pieces(amount)?;
        probe.least_seen(evaluation, position).filter(|least| *least > Decimal::ZERO)
    };
    tried().or(low)
}
