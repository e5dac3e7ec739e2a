//! In which outcomes two contracts pay differently.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rust_decimal::prelude::ToPrimitive;
use serde::Serialize;

use super::Versions;
use super::figures::differences;
use super::priced::Outcomes;
use super::versions::either;
use crate::contract::Contract;
use crate::problem::Text;
use crate::simulate::{Distribution, Probability};

/// More thresholds than this are no list that anybody reads; tenths of the values are told instead.
const THRESHOLDS_MOST: usize = 24;

/// A range of an outcome's values and what the contracts pay there.
#[derive(Debug, Clone, PartialEq)]
pub struct Region {
    /// Its least value; none where it is not bounded below.
    pub from: Option<f64>,
    /// The value it stays below; none where it is not bounded above.
    pub below: Option<f64>,
    /// Whether it holds the paths on which too few were measured, rather than a range.
    pub too_few: bool,
    /// How often the outcome lies in it.
    pub share: Probability,
    /// By how much `B` pays more there: negative where it pays less.
    pub difference: Distribution,
}

/// The variance of the regions' means, as a part of the whole: 1 where they tell all of it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Told {
    /// The part.
    pub value: f64,
    /// Its standard error.
    pub se: f64,
}

/// Where the payments differ, by the values of one outcome.
#[derive(Debug, Clone, PartialEq)]
pub struct OutcomeRegions {
    /// The indicator.
    pub indicator: String,
    /// Its title.
    pub title: Text,
    /// The evaluation at which it is measured.
    pub at: Date,
    /// Whether the payments are those of that evaluation, or else of the whole contract.
    pub of_evaluation: bool,
    /// How much of the spread of the difference its regions tell.
    pub told: Told,
    /// The regions, from the least values up; thresholds of both contracts divide them.
    pub regions: Vec<Region>,
}

/// Regions of every outcome on which the payments differ, the one that tells most first.
pub(super) fn of(
    versions: &Versions,
    outcomes: &[Outcomes<'_>; 2],
    dates: &BTreeMap<Date, [Vec<f64>; 2]>,
    total: [&[f64]; 2],
) -> Vec<OutcomeRegions> {
    let total = differences(total[0], total[1]);
    let mut all: Vec<OutcomeRegions> = Vec::new();
    for ((id, at), values) in outcomes.iter().flatten() {
        if all.iter().any(|known| (&known.indicator, &known.at) == (id, at)) {
            continue;
        }
        let own = dates.get(at).map(|[a, b]| differences(a, b));
        let own = own.filter(|own| own.iter().any(|difference| *difference != 0.0));
        let of_evaluation = own.is_some();
        let apart = own.unwrap_or_else(|| total.clone());
        if apart.iter().all(|difference| *difference == 0.0) {
            continue;
        }
        let edges = edges(versions, id, *at, values);
        let within = within(values, &apart, &edges);
        let mut titles = [&versions.a, &versions.renamed]
            .into_iter()
            .filter_map(|contract| Some(&contract.indicators[contract.indicator_named(id)?].title));
        let title = titles.next().map(|first| either(first, titles.next().unwrap_or(first)));
        all.push(OutcomeRegions {
            indicator: id.clone(),
            title: title.unwrap_or_else(|| Text::from(id.clone())),
            at: *at,
            of_evaluation,
            told: told(&within),
            regions: regions(&within, &edges),
        });
    }
    all.sort_by(|a, b| b.told.value.total_cmp(&a.told.value));
    all
}

/// Where the course of either contract's payments may change, or tenths of the values.
fn edges(versions: &Versions, id: &str, at: Date, values: &[f64]) -> Vec<f64> {
    let thresholds = |contract: &Contract| {
        let indicator = contract.indicator_named(id)?;
        let outcome = contract.terms.outcome(indicator, contract.evaluation_at(at)?)?;
        let (found, complete) = contract.thresholds_of(outcome);
        complete.then(|| found.iter().filter_map(ToPrimitive::to_f64).collect::<Vec<f64>>())
    };
    let both = [&versions.a, &versions.renamed].map(thresholds);
    let mut edges: Vec<f64> = both.iter().flatten().flatten().copied().collect();
    edges.sort_by(f64::total_cmp);
    edges.dedup();
    // A ramp has two ends and much between them.
    let complete = !edges.is_empty() && edges.len() <= THRESHOLDS_MOST;
    if complete {
        return edges;
    }
    let mut known: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
    known.sort_by(f64::total_cmp);
    let mut edges: Vec<f64> =
        (1..10).filter_map(|tenth| known.get(known.len() * tenth / 10).copied()).collect();
    edges.dedup();
    edges
}

/// The differences in each region, from the least values up; last those of paths on which too few were
/// measured.
fn within(values: &[f64], apart: &[f64], edges: &[f64]) -> Vec<Vec<f64>> {
    let mut within: Vec<Vec<f64>> = vec![Vec::new(); edges.len() + 2];
    for (value, difference) in values.iter().zip(apart) {
        let region = match value.is_nan() {
            true => edges.len() + 1,
            // An outcome on a threshold lies above it: read to its digits, it is that number.
            false => edges.partition_point(|edge| *edge <= *value + 1e-9 * edge.abs()),
        };
        within[region].push(*difference);
    }
    within
}

fn regions(within: &[Vec<f64>], edges: &[f64]) -> Vec<Region> {
    let paths = within.iter().map(Vec::len).sum::<usize>() as f64;
    let region = |(at, differences): (usize, &Vec<f64>)| {
        let difference = Distribution::of(differences)?;
        let value = differences.len() as f64 / paths;
        Some(Region {
            from: at.checked_sub(1).and_then(|below| edges.get(below).copied()),
            below: edges.get(at).copied(),
            too_few: at == edges.len() + 1,
            share: Probability { value, se: (value * (1.0 - value) / paths).sqrt() },
            difference,
        })
    };
    let mut regions: Vec<Region> = within.iter().enumerate().filter_map(region).collect();
    for region in regions.iter_mut().filter(|region| region.too_few) {
        (region.from, region.below) = (None, None);
    }
    regions
}

/// `1 − W/V`: with w the square of a path's distance from the mean of its region, v from that of all,
/// and W and V their means. Its standard error is that of the mean of `(w − (W/V) v) / V` (delta method),
/// which is 0 on average.
fn told(within: &[Vec<f64>]) -> Told {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let of_all = mean(&within.concat());
    let mut squares: Vec<(f64, f64)> = Vec::new();
    for region in within {
        let own = mean(region);
        let square = |value: f64, from: f64| (value - from) * (value - from);
        squares.extend(region.iter().map(|value| (square(*value, own), square(*value, of_all))));
    }
    let paths = squares.len() as f64;
    let inside = squares.iter().map(|(inside, _)| inside).sum::<f64>() / paths;
    let whole = squares.iter().map(|(_, whole)| whole).sum::<f64>() / paths;
    if whole <= 0.0 {
        return Told { value: 1.0, se: 0.0 };
    }
    let left = inside / whole;
    let part = |(inside, of_all): &(f64, f64)| (inside - left * of_all) / whole;
    let spread: f64 = squares.iter().map(|of| part(of) * part(of)).sum();
    Told { value: (1.0 - left).max(0.0), se: spread.sqrt() / paths }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outcome_on_a_threshold_lies_above_it() {
        let values = [4.9, 5.0, 5.4, 5.5, f64::NAN];
        let apart = [0.0, -15.0, -15.0, 0.0, 0.0];
        let edges = [5.0, 5.5];
        let within = within(&values, &apart, &edges);
        let found = regions(&within, &edges);
        let ranges: Vec<_> =
            found.iter().map(|region| (region.from, region.below, region.too_few)).collect();
        let five = (Some(5.0), Some(5.5), false);
        assert_eq!(
            ranges,
            [(None, Some(5.0), false), five, (Some(5.5), None, false), (None, None, true)]
        );
        assert_eq!(found[1].share.value, 0.4);
        assert_eq!(found[1].difference.mean, -15.0);
        assert_eq!(told(&within), Told { value: 1.0, se: 0.0 });
    }

    #[test]
    fn what_regions_tell_has_an_error() {
        // Means 1 and 5, of all 3: squares within 1, of all 9, 1, 1, 9; left 1/5. Each path's part in it
        // is (1 − 9/5) / 5 = −0.16 or (1 − 1/5) / 5 = 0.16, so that the error is 0.16 / √4.
        let found = told(&[vec![0.0, 2.0], vec![4.0, 6.0], Vec::new()]);
        assert!((found.value - 0.8).abs() < 1e-12 && (found.se - 0.08).abs() < 1e-12, "{found:?}");
        assert_eq!(told(&[vec![2.0; 3]]), Told { value: 1.0, se: 0.0 });
    }
}
