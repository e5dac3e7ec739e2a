//! What one more person is worth next to a threshold, and what one more digit is.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::probe::{Item, Probe, Scan};
use super::{Finding, value};
use crate::contract::{Better, Contract, Estimand, Indicator, pieces};
use crate::expr::Exact;
use crate::problem::{Problem, say};

/// One person is told of where worth more than this many even parts of a line's most.
const EVEN_PARTS: Decimal = Decimal::TEN;

pub(super) fn findings(contract: &Contract, probe: &Probe<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for scan in &probe.scans {
        for (position, item) in probe.items[scan.evaluation].iter().enumerate() {
            if item.offset {
                continue;
            }
            for finding in [
                person(contract, probe, scan, position, item),
                digit(contract, probe, scan, position, item),
            ]
            .into_iter()
            .flatten()
            {
                // The largest of each line in each indicator is told once.
                let same = |known: &Finding| known.id == finding.id && known.of == finding.of;
                if !findings.iter().any(same) {
                    findings.push(finding);
                }
            }
        }
    }
    findings
}

/// Two neighbouring numbers of people between which a payment jumps.
struct Step {
    /// How many people are measured, and how many of them succeed before and behind the step.
    people: Option<(u64, [u64; 2])>,
    /// The outcomes.
    at: [Decimal; 2],
    stake: Decimal,
}

fn person(
    contract: &Contract,
    probe: &Probe<'_>,
    scan: &Scan,
    position: usize,
    item: &Item<'_>,
) -> Option<Finding> {
    let indicator = &contract.indicators[contract.terms.outcomes[scan.outcome].indicator];
    let most = contract.line_most(item.line).and(probe.most_seen(scan.evaluation, position))?;
    let counted = matches!(indicator.estimand, Estimand::Share { .. } | Estimand::Count { .. });
    if !counted || indicator.baseline.is_some() {
        return None;
    }
    let stated = indicator.at_least_stated.then_some(indicator.at_least).filter(|least| *least > 1);
    let people = indicator.grounds.population.or(stated);
    let share = matches!(indicator.estimand, Estimand::Share { .. });
    // Of an unknown number of people, what decides half of the line is told.
    let unknown = most / (EVEN_PARTS + EVEN_PARTS);
    let mut best: Option<Step> = None;
    for (threshold, around) in &scan.around {
        let even = match (share, people) {
            (true, Some(people)) => most.checked_div(Decimal::from(people))?,
            (true, None) => unknown,
            (false, _) => most.checked_div(threshold.max(&Decimal::ONE).to_owned())?,
        };
        // Where few people are measured, one is worth a large part in any case: half is told.
        let limit = even.checked_mul(EVEN_PARTS)?.min(most / Decimal::TWO);
        let jumps = around
            .windows(2)
            .filter_map(|pair| Some((pair[1].pays[position]? - pair[0].pays[position]?).abs()));
        let jump = jumps.max().unwrap_or_default();
        if jump <= limit || best.as_ref().is_some_and(|b| jump <= b.stake) {
            continue;
        }
        let at = match (share, people) {
            (true, Some(people)) => next_person(contract, scan, *threshold, people),
            _ => {
                probe.beside(scan, *threshold, |sample| sample.pays[position]).map(|at| (None, at))
            }
        };
        if let Some((people, at)) = at {
            best = Some(Step { people, at, stake: jump });
        }
    }
    let step = best?;
    let shown: Vec<_> =
        step.at.into_iter().filter_map(|at| probe.show(contract, scan, at)).collect();
    let problem = one_person(contract, indicator, item, &step).maybe_at(item.line.place.clone());
    Some(Finding::from(problem).of(item.line.id.clone()).of(indicator.id.clone()).shown(shown))
}

/// The last number of successes on the worse side of a threshold and the first one that meets it,
/// of so many people, with the shares as they are read.
#[expect(clippy::type_complexity, reason = "two numbers of people and two shares")]
fn next_person(
    contract: &Contract,
    scan: &Scan,
    threshold: Decimal,
    people: u64,
) -> Option<(Option<(u64, [u64; 2])>, [Decimal; 2])> {
    let indicator = &contract.indicators[contract.terms.outcomes[scan.outcome].indicator];
    let all = Decimal::from(people);
    let near = threshold.checked_mul(all)?.floor().to_u64()?;
    let read = |successes: u64| -> Option<Decimal> {
        let share = Exact::from(Decimal::from(successes)).divide(Exact::from(all)).ok()?;
        indicator.read?.exact(share).ok()
    };
    let (from, to) = (near.saturating_sub(2), (near + 2).min(people.saturating_sub(1)));
    let crossing = (from..=to).find_map(|successes| {
        let at = [read(successes)?, read(successes + 1)?];
        let crosses = match indicator.better {
            Better::Higher => at[0] < threshold && threshold <= at[1],
            Better::Lower => at[0] <= threshold && threshold < at[1],
        };
        crosses.then_some(([successes, successes + 1], at))
    });
    let (successes, at) = crossing?;
    let turned = |[a, b]: [Decimal; 2]| [b, a];
    Some(match indicator.better {
        Better::Higher => (Some((people, successes)), at),
        Better::Lower => (Some((people, [successes[1], successes[0]])), turned(at)),
    })
}

fn one_person(contract: &Contract, indicator: &Indicator, item: &Item<'_>, step: &Step) -> Problem {
    let (line, outcome) = (item.line.title.clone(), indicator.title.clone());
    let stake = contract.amount_words(step.stake);
    let [before, behind] = step.at.map(|at| value(indicator, at));
    let message = match (step.people, indicator.better) {
        (Some((people, [from, to])), Better::Higher) => say!(
            "in \"{}\", one person more is worth {}: with {from} of {people} \"{}\" is {}, with {to} it is {}",
            "「{}」では、あと一人の達成で{}が決まります：{people}人中{from}人なら「{}」は{}、{to}人なら{}です",
            line,
            stake,
            outcome,
            before,
            behind
        ),
        (Some((people, [from, to])), Better::Lower) => say!(
            "in \"{}\", one person fewer is worth {}: with {from} of {people} \"{}\" is {}, with {to} it is {}",
            "「{}」では、該当者が一人減るだけで{}が決まります：{people}人中{from}人なら「{}」は{}、{to}人なら{}です",
            line,
            stake,
            outcome,
            before,
            behind
        ),
        (None, _) => say!(
            "in \"{}\", one person can be worth {}, where \"{}\" goes from {} to {}",
            "「{}」では、一人の違いで{}が決まることがあります（「{}」が{}から{}になるとき）",
            line,
            stake,
            outcome,
            before,
            behind
        ),
    };
    Problem::note("one-person-decides", message)
}

/// A slope on which the last digit that is read moves more than a twentieth of the most.
fn digit(
    contract: &Contract,
    probe: &Probe<'_>,
    scan: &Scan,
    position: usize,
    item: &Item<'_>,
) -> Option<Finding> {
    let outcome = &contract.terms.outcomes[scan.outcome];
    let indicator = &contract.indicators[outcome.indicator];
    if matches!(indicator.estimand, Estimand::Count { .. }) {
        return None;
    }
    let most = contract.line_most(item.line).and(probe.most_seen(scan.evaluation, position))?;
    if contract.sole_outcome(item.price.amount) != Some(scan.outcome) {
        return None;
    }
    let step = probe.step(scan.outcome);
    let pieces = contract.pieces(item.price.amount)?;
    let slopes = pieces.iter().filter(|piece: &&pieces::Piece| !piece.is_flat());
    let steepest = slopes.filter_map(|piece| {
        let from = piece.low.or(piece.high)?.at;
        let [from, to] = match piece.low {
            Some(_) => [from, from + step],
            None => [from - step, from],
        };
        // A piece shorter than a step is a jump for whoever reads by it.
        if piece.high.is_some_and(|high| to > high.at) {
            return None;
        }
        let moved = piece.pays(to)?.minus(piece.pays(from)?).ok()?.approximate().abs();
        Some((moved, [from, to]))
    });
    let (moved, at) = steepest.max_by(|a, b| a.0.cmp(&b.0))?;
    if moved.checked_mul(Decimal::from(20))? <= most {
        return None;
    }
    let (read, moved) = (value(indicator, step), contract.amount_words(moved.round_dp(2)));
    let problem = Problem::note(
        "reading-coarse",
        say!(
            "\"{}\" is read in steps of {}; each moves \"{}\" by {}",
            "「{}」は{}刻みで読み、一刻みで「{}」が{}動きます",
            indicator.title.clone(),
            read,
            item.line.title.clone(),
            moved
        ),
    );
    let shown = at.into_iter().filter_map(|at| probe.show(contract, scan, at));
    let finding = Finding::from(problem.maybe_at(indicator.place.clone()));
    Some(finding.of(item.line.id.clone()).of(indicator.id.clone()).shown(shown))
}
