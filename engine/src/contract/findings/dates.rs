//! Several dates: is each judged by itself, and is that said?

use rust_decimal::Decimal;

use super::Finding;
use super::counterexample::{Counterexample, Outcomes};
use super::probe::{Probe, Scan};
use crate::contract::{Basis, Better, Contract, Line, LineKind};
use crate::problem::{Problem, say};

/// Lines that judge each date by itself without saying so, where the same average over the dates
/// pays differently.
pub(super) fn findings(contract: &Contract, probe: &Probe<'_>) -> Vec<Finding> {
    let told = |line: &Line| {
        let open =
            line.kind == LineKind::Payment && line.basis == Basis::Each && !line.basis_stated;
        if !open {
            return None;
        }
        let (uneven, even) = difference(contract, probe, line)?;
        let less = contract.amount_words(even.payable - uneven.payable);
        let problem = Problem::note(
            "carry-over-unstated",
            say!(
                "\"{}\" judges each date by itself: the same average pays {} less when one date misses by a hair; whether that is meant is not stated",
                "「{}」は評価日ごとに判定します：平均が同じでも、一度わずかに届かないだけで{}少なくなります。単年度判定か通算かが書かれていません",
                line.title.clone(),
                less
            ),
        );
        let finding = Finding::from(problem.maybe_at(line.place.clone())).of(line.id.clone());
        Some(finding.shown([uneven, even]))
    };
    contract.lines.iter().filter_map(told).collect()
}

/// Outcomes around a threshold, and the same average on it at every date, where the former pay
/// less.
fn difference(
    contract: &Contract,
    probe: &Probe<'_>,
    line: &Line,
) -> Option<(Counterexample, Counterexample)> {
    let own = |scan: &&Scan| {
        probe.items[scan.evaluation].iter().any(|item| std::ptr::eq(item.line, line))
    };
    for scan in probe.scans.iter().filter(own) {
        let indicator = contract.terms.outcomes[scan.outcome].indicator;
        let at: Vec<usize> = (0..contract.terms.outcomes.len())
            .filter(|other| contract.terms.outcomes[*other].indicator == indicator)
            .filter(|other| line.prices.iter().any(|price| price.needs.contains(other)))
            .collect();
        let [first, second, ..] = at[..] else { continue };
        if first != scan.outcome {
            continue;
        }
        for (threshold, _) in &scan.around {
            let step = probe.step(scan.outcome);
            let worse = match contract.indicators[indicator].better {
                Better::Higher => -step,
                Better::Lower => step,
            };
            let on = |change: Decimal| -> Option<Counterexample> {
                let mut outcomes = others(contract, probe, scan);
                for of in &at {
                    outcomes.insert(*of, *threshold);
                }
                outcomes.insert(first, *threshold + change);
                outcomes.insert(second, *threshold - change);
                contract.priced((0, contract.evaluations.len() - 1), &outcomes)
            };
            let readable = (*threshold % step).is_zero();
            if !readable {
                continue;
            }
            let measurable = |value: Decimal| {
                let support = contract.indicators[indicator].support;
                use rust_decimal::prelude::ToPrimitive;
                value.to_f64().is_some_and(|value| support.holds(value))
            };
            if !measurable(*threshold + worse) || !measurable(*threshold - worse) {
                continue;
            }
            if let (Some(uneven), Some(even)) = (on(worse), on(Decimal::ZERO))
                && uneven.payable < even.payable
            {
                return Some((uneven, even));
            }
        }
    }
    None
}

/// Everything else that is read, at the setting of the scan or, at other dates, at its worst.
fn others(contract: &Contract, probe: &Probe<'_>, scan: &Scan) -> Outcomes {
    let last = contract.evaluations.len() - 1;
    let read = contract.terms_read(0..=last).into_iter();
    read.filter_map(|of| Some((of, probe.held(scan, of)?))).collect()
}
