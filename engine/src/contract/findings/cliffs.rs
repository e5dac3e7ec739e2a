//! Cliffs: a small part of an outcome that decides much of a payment.

use rust_decimal::Decimal;

use super::probe::{Item, Probe};
use super::{Finding, both, value};
use crate::contract::{Contract, wording};
use crate::problem::{Place, Problem, Text, say};

/// A jump of a payment at one value of one outcome.
#[derive(Debug, Clone)]
struct Cliff {
    line: String,
    /// The item and the scan that showed it.
    position: usize,
    scan: usize,
    indicator: usize,
    at: Decimal,
    stake: Decimal,
    most: Decimal,
    title: Text,
    place: Option<Place>,
}

pub(super) fn findings(contract: &Contract, probe: &Probe<'_>) -> Vec<Finding> {
    let mut own: Vec<Cliff> = Vec::new();
    let mut whole: Vec<Cliff> = Vec::new();
    for (number, scan) in probe.scans.iter().enumerate() {
        let indicator = contract.terms.outcomes[scan.outcome].indicator;
        let items = &probe.items[scan.evaluation];
        for (at, around) in &scan.around {
            for pair in around.windows(2) {
                let mut largest: Option<Cliff> = None;
                for (position, item) in items.iter().enumerate().filter(|(_, item)| !item.offset) {
                    let Some(stake) = step(pair[0].pays[position], pair[1].pays[position]) else {
                        continue;
                    };
                    let cliff = |most: Decimal| Cliff {
                        line: item.line.id.clone(),
                        position,
                        scan: number,
                        indicator,
                        at: *at,
                        stake,
                        most,
                        title: item.line.title.clone(),
                        place: item.line.place.clone(),
                    };
                    // Without a most, no part of it can be told.
                    let most = bounded(contract, item)
                        .then(|| probe.most_seen(scan.evaluation, position))
                        .flatten();
                    if let Some(most) = most.filter(|most| stake > half(*most)) {
                        keep(&mut own, cliff(most));
                    }
                    if largest.as_ref().is_none_or(|known| known.stake < stake) {
                        largest = contract.cap.map(cliff);
                    }
                }
                if let (Some(cliff), Some(stake)) = (largest, step(pair[0].sum, pair[1].sum))
                    && stake > half(cliff.most)
                {
                    keep(&mut whole, Cliff { stake, ..cliff });
                }
            }
        }
    }
    // What is told of the whole contract need not be told of its line.
    own.retain(|cliff| {
        !whole.iter().any(|whole| whole.indicator == cliff.indicator && whole.at == cliff.at)
    });
    let indicator = |cliff: &Cliff| contract.indicators[cliff.indicator].id.clone();
    let mut findings: Vec<Finding> = Vec::new();
    for cliff in &whole {
        let scan = &probe.scans[cliff.scan];
        let sides = probe.beside(scan, cliff.at, |sample| sample.sum);
        let shown = sides.into_iter().flatten().filter_map(|at| probe.show(contract, scan, at));
        let finding = Finding::from(large(contract, cliff)).of(cliff.line.clone());
        findings.push(finding.of(indicator(cliff)).shown(shown));
    }
    while let Some(first) = own.first().cloned() {
        let (same, rest): (Vec<Cliff>, _) =
            own.into_iter().partition(|cliff| cliff.line == first.line);
        own = rest;
        let mut finding = Finding::from(small(contract, &first, &same)).of(first.line.clone());
        for cliff in &same {
            let scan = &probe.scans[cliff.scan];
            let sides = probe.beside(scan, cliff.at, |sample| sample.pays[cliff.position]);
            let shown = sides.into_iter().flatten();
            let shown = shown.filter_map(|at| probe.show(contract, scan, at));
            finding = finding.of(indicator(cliff)).shown(shown);
        }
        findings.push(finding);
    }
    findings
}

/// How far two amounts are apart, when they are.
fn step(a: Option<Decimal>, b: Option<Decimal>) -> Option<Decimal> {
    let step = (b? - a?).abs();
    (!step.is_zero()).then_some(step)
}

fn half(amount: Decimal) -> Decimal {
    amount / Decimal::TWO
}

fn bounded(contract: &Contract, item: &Item<'_>) -> bool {
    contract.line_most(item.line).is_some()
}

/// Keeps the larger of two cliffs of a line at the same threshold.
fn keep(cliffs: &mut Vec<Cliff>, cliff: Cliff) {
    let same = |known: &&mut Cliff| {
        known.line == cliff.line && known.indicator == cliff.indicator && known.at == cliff.at
    };
    match cliffs.iter_mut().find(same) {
        Some(known) if known.stake < cliff.stake => *known = cliff,
        Some(_) => {}
        None => cliffs.push(cliff),
    }
}

/// The threshold with its outcome: `80% of "participation"`.
fn threshold(contract: &Contract, cliff: &Cliff) -> Text {
    let indicator = &contract.indicators[cliff.indicator];
    let (at, outcome) = (value(indicator, cliff.at), &indicator.title);
    Text {
        en: format!("{} of \"{}\"", at.en, outcome.en),
        ja: format!("「{}」の{}", outcome.ja, at.ja),
    }
}

/// The part of the most that is at stake.
fn part(cliff: &Cliff) -> Text {
    let part = cliff.stake.checked_div(cliff.most).unwrap_or(Decimal::ONE).round_dp(2);
    both(|_| wording::percent(part))
}

fn large(contract: &Contract, cliff: &Cliff) -> Problem {
    let (at, part) = (threshold(contract, cliff), part(cliff));
    let (stake, cap) = (contract.amount_words(cliff.stake), contract.amount_words(cliff.most));
    let message = Text {
        en: format!("{} alone decides {}, {} of the cap, {}", at.en, stake.en, part.en, cap.en),
        ja: format!(
            "{}というしきい値一つで{}が決まります。支払上限額{}の{}です",
            at.ja, stake.ja, cap.ja, part.ja
        ),
    };
    Problem::warning("large-cliff", message).maybe_at(cliff.place.clone())
}

fn small(contract: &Contract, first: &Cliff, cliffs: &[Cliff]) -> Problem {
    let told: Vec<Text> = cliffs
        .iter()
        .map(|cliff| {
            let (at, part) = (threshold(contract, cliff), part(cliff));
            let stake = contract.amount_words(cliff.stake);
            Text {
                en: format!("by {} ({}) at {}", stake.en, part.en, at.en),
                ja: format!("{}で{}（{}）", at.ja, stake.ja, part.ja),
            }
        })
        .collect();
    let told = Text::join(&told, &say!(", ", "、"));
    Problem::note(
        "cliff",
        say!(
            "\"{}\" jumps by more than half of its most: {}",
            "「{}」は最大額の半分を超えて一度に変わります：{}",
            first.title,
            told
        ),
    )
    .maybe_at(first.place.clone())
}
