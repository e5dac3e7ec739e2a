//! Payments that fall while their outcome improves.

use rust_decimal::Decimal;

use super::probe::{Item, Probe, Sample, roots};
use super::{Finding, value};
use crate::contract::{Better, Contract, pieces};
use crate::expr::{Node, NodeId};
use crate::problem::{Place, Problem, Text, say};

/// A payment that falls while its outcome improves.
pub(super) struct Fall {
    pub(super) line: String,
    pub(super) indicator: usize,
    scan: usize,
    from: (Decimal, Decimal),
    to: (Decimal, Decimal),
    offset: bool,
    certain: bool,
    title: Text,
    place: Option<Place>,
}

impl Fall {
    fn depth(&self) -> Decimal {
        (self.from.1 - self.to.1).abs()
    }
}

/// The falls of a contract, the deepest of each line in each indicator.
pub(super) fn falls(contract: &Contract, probe: &Probe<'_>) -> Vec<Fall> {
    let mut falls: Vec<Fall> = Vec::new();
    for (number, scan) in probe.scans.iter().enumerate() {
        let outcome = &contract.terms.outcomes[scan.outcome];
        for (position, item) in probe.items[scan.evaluation].iter().enumerate() {
            let Some((from, to)) = fall_of(scan.samples.as_slice(), position, item.offset) else {
                continue;
            };
            let fall = Fall {
                line: item.line.id.clone(),
                indicator: outcome.indicator,
                scan: number,
                from,
                to,
                offset: item.offset,
                certain: !is_weighed(contract, item, scan.outcome),
                title: item.line.title.clone(),
                place: item.line.place.clone(),
            };
            // The deepest fall of each line in each indicator is told.
            match falls.iter_mut().find(|known| {
                known.line == fall.line
                    && known.indicator == fall.indicator
                    && known.offset == fall.offset
            }) {
                Some(known) if known.depth() < fall.depth() => *known = fall,
                Some(_) => {}
                None => falls.push(fall),
            }
        }
    }
    falls
}

/// Each fall as a finding, with the two outcomes that show it.
pub(super) fn findings(contract: &Contract, probe: &Probe<'_>, falls: &[Fall]) -> Vec<Finding> {
    let told = falls.iter().map(|fall| {
        let scan = &probe.scans[fall.scan];
        let shown = [fall.from.0, fall.to.0].into_iter();
        let shown = shown.filter_map(|at| probe.show(contract, scan, at));
        let finding = Finding::from(fall_problem(contract, fall)).of(fall.line.clone());
        finding.of(contract.indicators[fall.indicator].id.clone()).shown(shown)
    });
    told.collect()
}

/// A value of an outcome and what is paid there.
type Point = (Decimal, Decimal);

/// The deepest fall of one item from a worse to a better outcome, where the whole evaluation falls
/// with it; for an offset, the steepest rise. A line may pay less while another pays more for the
/// same people: two lines that are a table together.
fn fall_of(samples: &[Sample], item: usize, offset: bool) -> Option<(Point, Point)> {
    let worth = |pays: Decimal| if offset { -pays } else { pays };
    let mut best: Option<(Decimal, Decimal, Decimal)> = None;
    let mut deepest: Option<(Point, Point)> = None;
    for sample in samples {
        let (Some(pays), Some(sum)) = (sample.pays[item], sample.sum) else { continue };
        if let Some((at, before, sum_before)) = best
            && worth(pays) < worth(before)
            && sum < sum_before
        {
            let depth = (before - pays).abs();
            if deepest.is_none_or(|(from, to)| (from.1 - to.1).abs() < depth) {
                deepest = Some(((at, before), (sample.at, pays)));
            }
        }
        if best.is_none_or(|(_, before, _)| worth(pays) >= worth(before)) {
            best = Some((sample.at, pays, sum));
        }
    }
    deepest
}

/// Whether a rule weighs the outcome against another one, as a programme against its comparison
/// group: then the payment may be meant to fall with it.
fn is_weighed(contract: &Contract, item: &Item<'_>, outcome: usize) -> bool {
    let graph = &contract.graph;
    let cone = pieces::cone(graph, &roots(item));
    let varied = contract.terms.outcomes[outcome].value;
    let own = pieces::dependents(graph, &cone, varied);
    let others: Vec<_> = contract
        .terms
        .outcomes
        .iter()
        .filter(|other| other.value != varied)
        .map(|other| pieces::dependents(graph, &cone, other.value))
        .collect();
    let on_it = |id: NodeId| own.get(&id) == Some(&true);
    let on_another = |id: NodeId| others.iter().any(|other| other.get(&id) == Some(&true));
    cone.iter().any(|id| match graph.node(*id) {
        Node::Add(a, b)
        | Node::Subtract(a, b)
        | Node::Divide(a, b)
        | Node::Compare(_, a, b)
        | Node::Smaller(a, b)
        | Node::Larger(a, b) => {
            let crossed = (on_it(*a) && on_another(*b)) || (on_it(*b) && on_another(*a));
            crossed && !graph.unit(*a).is_money()
        }
        _ => false,
    })
}

fn fall_problem(contract: &Contract, fall: &Fall) -> Problem {
    let indicator = &contract.indicators[fall.indicator];
    let paid = |(at, amount): Point| {
        let (at, amount) = (value(indicator, at), contract.amount_words(amount));
        Text { en: format!("{} at {}", amount.en, at.en), ja: format!("{}で{}", at.ja, amount.ja) }
    };
    let (from, to) = (paid(fall.from), paid(fall.to));
    let (line, outcome) = (fall.title.clone(), indicator.title.clone());
    let message = if fall.offset {
        say!(
            "\"{}\" takes off more when \"{}\" improves: {}, but {}",
            "「{}」は「{}」が改善すると減額が増えます：{}、{}",
            line,
            outcome,
            from,
            to
        )
    } else {
        say!(
            "\"{}\" pays less when \"{}\" improves: {}, but {}",
            "「{}」は「{}」が改善すると支払が減ります：{}、{}",
            line,
            outcome,
            from,
            to
        )
    };
    let problem = match fall.certain {
        true => Problem::error("payment-falls", message),
        false => Problem::warning("payment-falls", message),
    };
    let (id, lower) = (&indicator.id, indicator.better == Better::Lower);
    let (declared, other) = if lower { ("lower", "higher") } else { ("higher", "lower") };
    problem
        .help(say!(
            "correct the amounts; or, if {other} values of `{id}` are better, declare `better: \"{other}\"` (now \"{declared}\")",
            "金額を直してください。`{id}` の望ましい方向が逆なら `better: \"{other}\"` と宣言してください（今は \"{declared}\"）"
        ))
        .maybe_at(fall.place.clone())
}
