//! Gaps and overlaps: ranges of an outcome that together should be one table.

use super::falls::Fall;
use super::probe::{Probe, Sample, Scan};
use super::{Finding, value};
use crate::contract::{Contract, LineKind};
use crate::problem::{Problem, Text, say};

/// Which of two items pay at a value of an outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Paying {
    Neither,
    First,
    Second,
    Both,
}

/// A stretch of values at which the same items pay.
#[derive(Debug, Clone, Copy)]
struct Stretch<'s> {
    paying: Paying,
    first: &'s Sample,
    last: &'s Sample,
}

/// A gap or an overlap between two items of an evaluation; of one item, a gap in it.
struct Fault {
    is_gap: bool,
    evaluation: usize,
    scan: usize,
    indicator: usize,
    items: [usize; 2],
    /// Before, within and behind it, from worse to better.
    at: [rust_decimal::Decimal; 3],
}

/// Gaps and overlaps; falls that are no more than one of them are taken out of `falls`.
pub(super) fn findings(
    contract: &Contract,
    probe: &Probe<'_>,
    falls: &mut Vec<Fall>,
) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for fault in faults(contract, probe) {
        let items = &probe.items[fault.evaluation];
        let lines = fault.items.map(|item| items[item].line);
        falls.retain(|fall| {
            fall.indicator != fault.indicator || lines.iter().all(|line| line.id != fall.line)
        });
        let problem = told(contract, &fault, lines.map(|line| line.title.clone()));
        let problem = problem.maybe_at(lines[1].place.clone());
        // The same table at another evaluation is the same mistake.
        if findings.iter().any(|known| known.message == problem.message) {
            continue;
        }
        let scan = &probe.scans[fault.scan];
        let shown = fault.at.into_iter().filter_map(|at| probe.show(contract, scan, at));
        let indicator = contract.indicators[fault.indicator].id.clone();
        let finding = Finding::from(problem).of(lines[0].id.clone()).of(lines[1].id.clone());
        findings.push(finding.of(indicator).shown(shown));
    }
    findings
}

fn faults(contract: &Contract, probe: &Probe<'_>) -> Vec<Fault> {
    let mut faults: Vec<Fault> = Vec::new();
    for (number, scan) in probe.scans.iter().enumerate() {
        let items = &probe.items[scan.evaluation];
        let paid = |item: &usize| {
            !items[*item].offset
                && items[*item].line.kind == LineKind::Payment
                && changes(scan, *item)
        };
        let candidates: Vec<usize> = (0..items.len()).filter(paid).collect();
        for (position, first) in candidates.iter().enumerate() {
            for second in &candidates[position..] {
                let pair = [*first, *second];
                let Some((is_gap, at)) = fault_of(scan, pair) else { continue };
                let indicator = contract.terms.outcomes[scan.outcome].indicator;
                let known = |fault: &Fault| {
                    fault.evaluation == scan.evaluation
                        && fault.indicator == indicator
                        && fault.items == pair
                };
                if !faults.iter().any(known) {
                    let evaluation = scan.evaluation;
                    faults.push(Fault {
                        is_gap,
                        evaluation,
                        scan: number,
                        indicator,
                        items: pair,
                        at,
                    });
                }
            }
        }
    }
    faults
}

/// Whether what an item pays changes in a scan.
fn changes(scan: &Scan, item: usize) -> bool {
    let mut pays = scan.samples.iter().filter_map(|sample| sample.pays[item]);
    let first = pays.next();
    pays.any(|pays| Some(pays) != first)
}

/// The first gap or overlap between two items in which the whole evaluation pays less for a better
/// outcome.
fn fault_of(scan: &Scan, [a, b]: [usize; 2]) -> Option<(bool, [rust_decimal::Decimal; 3])> {
    let stretches = stretches(scan, [a, b])?;
    stretches.windows(3).find_map(|three| {
        let [before, within, behind] = three else { return None };
        let ends = (before.paying, behind.paying);
        let one_each =
            matches!(ends, (Paying::First, Paying::Second) | (Paying::Second, Paying::First));
        // One item that pays on both sides is a table with a hole in it.
        let same = a == b && ends == (Paying::Both, Paying::Both);
        let (before, behind) = (before.last, behind.first);
        match within.paying {
            Paying::Neither if one_each || same => {
                let within = within.first;
                (within.sum? < before.sum?).then_some((true, [before.at, within.at, behind.at]))
            }
            Paying::Both if one_each => {
                let within = within.last;
                (behind.sum? < within.sum?).then_some((false, [before.at, within.at, behind.at]))
            }
            _ => None,
        }
    })
}

fn stretches(scan: &Scan, [a, b]: [usize; 2]) -> Option<Vec<Stretch<'_>>> {
    let mut stretches: Vec<Stretch<'_>> = Vec::new();
    for sample in &scan.samples {
        let (first, second) = (!sample.pays[a]?.is_zero(), !sample.pays[b]?.is_zero());
        let paying = match (first, second) {
            (false, false) => Paying::Neither,
            (true, false) => Paying::First,
            (false, true) => Paying::Second,
            (true, true) => Paying::Both,
        };
        match stretches.last_mut() {
            Some(last) if last.paying == paying => last.last = sample,
            _ => stretches.push(Stretch { paying, first: sample, last: sample }),
        }
    }
    Some(stretches)
}

fn told(contract: &Contract, fault: &Fault, titles: [Text; 2]) -> Problem {
    let indicator = &contract.indicators[fault.indicator];
    let [before, within, behind] = fault.at.map(|at| value(indicator, at));
    let (outcome, [first, second]) = (indicator.title.clone(), titles);
    let (lines, leave) = if first == second {
        (say!("\"{}\"", "「{}」", first), "leaves")
    } else {
        (say!("\"{}\" and \"{}\"", "「{}」と「{}」", first, second), "leave")
    };
    if fault.is_gap {
        return Problem::error(
            "gap",
            say!(
                "{} {leave} a gap: {} of \"{}\" pays nothing, though {} and {} do pay",
                "{}の間に隙間があります：「{2}」が{1}のときは支払がなく、{3}と{4}では支払があります",
                lines,
                within,
                outcome,
                before,
                behind
            ),
        );
    }
    Problem::error(
        "overlap",
        say!(
            "{} overlap: both pay at {} of \"{}\", only one at {} and at {}",
            "{}が重なっています：「{2}」が{1}のときは両方を支払い、{3}と{4}では一方だけです",
            lines,
            within,
            outcome,
            before,
            behind
        ),
    )
}
