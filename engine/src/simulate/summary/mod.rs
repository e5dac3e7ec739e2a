//! Summaries of results that can be added to in any order and merged in any grouping, to the same
//! bytes.
//!
//! Sums are integers: a value is taken as a whole number of steps from a shift, both fixed by the
//! first block of the run. Quantiles come from the values themselves while they fit in memory, and
//! from counts in bins beyond.

use serde::{Deserialize, Serialize};

mod bins;
mod pieces;
mod scale;

use bins::{Bins, edges, key_of};
use pieces::{Extremes, FewValues, PIECE, STEPS_NEAR, Sums};

use super::pairs::Pairs;
use super::{Distribution, PercentileErrors};
use crate::numeric::widest;

pub(super) use bins::BIN_WIDTH;
pub(super) use scale::Scale;

/// Values kept for exact quantiles, over all results of a run.
pub(super) const VALUES_KEPT_MAX: u64 = 16_000_000;

/// The percentiles that are reported.
const PERCENTILES: [f64; 7] = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99];

/// What quantiles are made from.
#[derive(Debug, Clone, Serialize, Deserialize)]
enum Quantiles {
    Values(Vec<f64>),
    Bins(Bins),
    /// None are wanted: percentiles are no numbers.
    Unwanted,
}

impl Quantiles {
    /// The same values in bins: which ones depends on the values alone.
    fn into_bins(self, scale: Scale) -> Bins {
        match self {
            Quantiles::Bins(bins) => bins,
            Quantiles::Values(values) => {
                let mut bins = Bins::default();
                for value in values {
                    bins.add(key_of(scale.steps(value)), 1, value);
                }
                bins
            }
            Quantiles::Unwanted => Bins::default(),
        }
    }
}

/// The summary of one result.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Summary {
    scale: Scale,
    count: u64,
    sum: i128,
    squares: u128,
    min: f64,
    max: f64,
    quantiles: Quantiles,
    pairs: Option<Pairs>,
}

impl Summary {
    /// An empty summary; `exact` keeps the values for exact percentiles.
    pub(super) fn new(scale: Scale, exact: bool) -> Summary {
        let quantiles =
            if exact { Quantiles::Values(Vec::new()) } else { Quantiles::Bins(Bins::default()) };
        Self::with(scale, quantiles)
    }

    /// An empty summary for mean and standard deviation alone.
    pub(super) fn of_mean(scale: Scale) -> Summary {
        Self::with(scale, Quantiles::Unwanted)
    }

    fn with(scale: Scale, quantiles: Quantiles) -> Summary {
        Summary {
            scale,
            count: 0,
            sum: 0,
            squares: 0,
            min: f64::INFINITY,
            max: f64::NEG_INFINITY,
            quantiles,
            pairs: None,
        }
    }

    /// The same, for paths that come in antithetic pairs.
    pub(super) fn paired(mut self) -> Summary {
        self.pairs = Some(Pairs::default());
        self
    }

    /// Notes the pairs of values that were added; without `available` all are there.
    pub(super) fn add_pairs(&mut self, values: &[f64], available: Option<&[f64]>) {
        if let Some(pairs) = &mut self.pairs {
            pairs.add(self.scale, values, available);
        }
    }

    /// Adds values, which must be finite.
    pub(super) fn add(&mut self, values: &[f64]) {
        for piece in values.chunks(PIECE) {
            self.add_piece(piece);
        }
    }

    /// Adds the values, which must be finite, at the places where `there` is not 0.
    pub(super) fn add_where(&mut self, values: &[f64], there: &[f64]) {
        for (values, there) in values.chunks(PIECE).zip(there.chunks(PIECE)) {
            let mut chosen = [0.0; PIECE];
            let mut count = 0;
            for (value, there) in values.iter().zip(there) {
                chosen[count] = *value;
                count += usize::from(*there != 0.0);
            }
            self.add_piece(&chosen[..count]);
        }
    }

    /// Adds at most [`PIECE`] values.
    fn add_piece(&mut self, values: &[f64]) {
        let (min, max) = widest(Extremes(values));
        self.min = self.min.min(min);
        self.max = self.max.max(max);
        let scale = self.scale;
        let near = [min, max].map(|end| ((end - scale.shift) * scale.per_step).abs() < STEPS_NEAR);
        if let Quantiles::Values(kept) = &mut self.quantiles {
            kept.extend_from_slice(values);
        }
        if let Some(few) = FewValues::of(values) {
            few.counted().for_each(|(value, count)| self.add_repeated(value, count));
        } else if near == [true; 2] {
            let mut keys = [0; PIECE];
            let keys = &mut keys[..values.len()];
            let (sum, squares) = widest(Sums { scale, values, keys });
            self.count += values.len() as u64;
            self.sum += sum;
            self.squares = self.squares.saturating_add(squares);
            if let Quantiles::Bins(bins) = &mut self.quantiles {
                let [low, high] = [min, max].map(|end| key_of(scale.steps(end)));
                bins.add_all(keys, values, low, high);
            }
        } else {
            values.iter().for_each(|value| self.add_repeated(*value, 1));
        }
    }

    /// Adds a value as often as `count` says, to everything but the values kept and the extremes.
    fn add_repeated(&mut self, value: f64, count: u64) {
        if count == 0 {
            return;
        }
        let steps = self.scale.steps(value);
        self.count += count;
        self.sum += i128::from(steps) * i128::from(count);
        let square = u128::from(steps.unsigned_abs()).pow(2);
        self.squares = self.squares.saturating_add(square.saturating_mul(count.into()));
        if let Quantiles::Bins(bins) = &mut self.quantiles {
            bins.add(key_of(steps), count, value);
        }
    }

    /// Adds another summary of the same result.
    pub(super) fn merge(&mut self, mut other: Summary) {
        self.count_waiting();
        other.count_waiting();
        debug_assert_eq!(self.scale, other.scale, "summaries of one run share the first block");
        self.count += other.count;
        self.sum += other.sum;
        self.squares = self.squares.saturating_add(other.squares);
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
        if let (Some(pairs), Some(more)) = (&mut self.pairs, &other.pairs) {
            pairs.merge(more);
        }
        match (&mut self.quantiles, other.quantiles) {
            (Quantiles::Values(values), Quantiles::Values(more)) => values.extend(more),
            (Quantiles::Bins(bins), more) => bins.merge(more.into_bins(self.scale)),
            (Quantiles::Values(_), more @ Quantiles::Bins(_)) => {
                let values = std::mem::replace(&mut self.quantiles, more);
                if let Quantiles::Bins(bins) = &mut self.quantiles {
                    bins.merge(values.into_bins(self.scale));
                }
            }
            (Quantiles::Unwanted, Quantiles::Unwanted) => {}
            (Quantiles::Values(_) | Quantiles::Unwanted, _) => {
                unreachable!("percentiles of a result are wanted or not")
            }
        }
    }

    /// Whether another could be a summary of the same result.
    pub(super) fn alike(&self, other: &Summary) -> bool {
        self.scale == other.scale && self.pairs.is_some() == other.pairs.is_some()
    }

    fn count_waiting(&mut self) {
        if let Quantiles::Bins(bins) = &mut self.quantiles {
            bins.count_waiting();
        }
    }

    /// How many values were added.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// The mean; 0 of no values.
    pub(super) fn mean(&self) -> f64 {
        if self.count == 0 { 0.0 } else { self.scale.value(self.sum as f64 / self.count as f64) }
    }

    /// The distribution; `None` of no values.
    pub(super) fn distribution(mut self) -> Option<Distribution> {
        if self.count == 0 {
            return None;
        }
        self.count_waiting();
        let n = self.count as f64;
        let mean = self.mean();
        let about_shift = self.sum as f64 / n;
        let spread = (self.squares as f64 / n - about_shift * about_shift).max(0.0);
        let sd =
            if self.count > 1 { (spread * n / (n - 1.0)).sqrt() * self.scale.step } else { 0.0 };
        // A constant has no spread, whatever its rounding to steps says.
        let sd = if self.min == self.max { 0.0 } else { sd };
        let mean = if self.min == self.max { self.min } else { mean };
        let se = match &self.pairs {
            _ if sd == 0.0 => 0.0,
            None => sd / n.sqrt(),
            Some(pairs) => pairs.error(about_shift, self.count) * self.scale.step,
        };
        if let Quantiles::Values(values) = &mut self.quantiles {
            values.sort_unstable_by(f64::total_cmp);
        }
        let at = |p: f64| {
            let position = (n - 1.0) * p;
            let low = position.floor();
            let below = self.order_statistic(low as u64);
            let above = self.order_statistic((low as u64 + 1).min(self.count - 1));
            below + (position - low) * (above - below)
        };
        let [p01, p05, p25, p50, p75, p95, p99] = PERCENTILES.map(at);
        let error = |p: f64| {
            let (below, above) = self.ranks_around(p);
            (self.order_statistic(above) - self.order_statistic(below)) / 2.0
        };
        Some(Distribution {
            mean,
            sd,
            se,
            errors: PercentileErrors(PERCENTILES.map(error)),
            min: self.min,
            p01,
            p05,
            p25,
            p50,
            p75,
            p95,
            p99,
            max: self.max,
        })
    }

    /// The ranks between which the true percentile lies as often as a mean lies within its
    /// standard error: how many values fall below it is binomial (David and Nagaraja 2003, Order
    /// Statistics, section 7.1).
    fn ranks_around(&self, p: f64) -> (u64, u64) {
        let n = self.count as f64;
        // How the two of a pair lie about a percentile is not known; at worst they lie alike, and
        // there are half as many.
        let alike = if self.pairs.is_some() { 2.0 } else { 1.0 };
        let (middle, spread) = (n * p, (alike * n * p * (1.0 - p)).sqrt());
        let rank = |value: f64| (value.max(0.0) as u64).min(self.count - 1);
        (rank((middle - spread).floor()), rank((middle + spread).ceil()))
    }

    /// The value of a rank, from 0: itself, or by its place among those of its bin.
    fn order_statistic(&self, rank: u64) -> f64 {
        match &self.quantiles {
            Quantiles::Values(values) => values[rank as usize],
            Quantiles::Unwanted => f64::NAN,
            Quantiles::Bins(bins) => {
                let mut before = 0;
                for (key, bin) in bins.held() {
                    if rank < before + bin.count {
                        if !bin.value.is_nan() {
                            return bin.value;
                        }
                        let (low, high) = edges(key);
                        let part = ((rank - before) as f64 + 0.5) / bin.count as f64;
                        let steps = low + part * (high - low);
                        return self.scale.value(steps).clamp(self.min, self.max);
                    }
                    before += bin.count;
                }
                self.max
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::bins::{NARROWEST, near_key};
    use super::*;
    use proptest::prelude::*;

    fn of(values: &[f64], exact: bool) -> Distribution {
        let mut summary = Summary::new(Scale::of(values), exact);
        summary.add(values);
        summary.distribution().unwrap()
    }

    #[test]
    fn percentiles_of_one_to_five_are_those_of_type_seven() {
        // R: quantile(1:5, c(.05, .25, .5), type = 7) is 1.2, 2, 3.
        for exact in [true, false] {
            let found = of(&[5.0, 1.0, 4.0, 2.0, 3.0], exact);
            assert!((found.p05 - 1.2).abs() < 1e-12, "{found:?}");
            assert_eq!((found.p25, found.p50, found.max), (2.0, 3.0, 5.0));
            assert_eq!(found.mean, 3.0);
            assert!((found.sd - 2.5_f64.sqrt()).abs() < 1e-9);
        }
    }

    #[test]
    fn a_constant_has_no_spread() {
        let found = of(&[0.1; 1000], true);
        assert_eq!((found.mean, found.sd, found.p99), (0.1, 0.0, 0.1));
    }

    #[test]
    fn a_summary_of_the_mean_has_the_same_mean_and_spread() {
        let values: Vec<f64> = (1..=1_000).map(|x| f64::from(x * x)).collect();
        let mut summary = Summary::of_mean(Scale::of(&values));
        summary.add(&values);
        let (found, whole) = (summary.distribution().unwrap(), of(&values, true));
        assert_eq!((found.mean, found.sd, found.se), (whole.mean, whole.sd, whole.se));
        assert!(found.p50.is_nan());
    }

    #[test]
    fn sums_of_whole_yen_are_exact() {
        // A hundred thousand payments of 1 to 100,000 yen: the mean is 50,000.5 to the last bit.
        let values: Vec<f64> = (1..=100_000).map(f64::from).collect();
        let mut summary = Summary::new(Scale::of(&values[..1024]), false);
        summary.add(&values);
        assert_eq!(summary.mean(), 50_000.5);
    }

    #[test]
    fn a_value_lies_within_the_edges_of_its_bin() {
        for steps in
            [0_i64, 1, 255, 256, 257, 511, 512, 513, 1023, 1024, 99_999, 1 << 40, i64::MAX >> 1]
        {
            let steps = [steps, steps << 15, (steps << 20) - 1, steps << 20];
            for steps in steps.into_iter().flat_map(|steps| [steps, -steps]) {
                let (low, high) = edges(key_of(steps));
                let at = steps as f64;
                assert!(low <= at && at <= high, "{steps}: {low} to {high}");
                let narrowest = f64::from(1 << NARROWEST);
                assert!(
                    high - low <= (at.abs() / 256.0).max(narrowest),
                    "{steps}: {low} to {high}"
                );
                if at.abs() < STEPS_NEAR {
                    assert_eq!(near_key(at), key_of(steps), "{steps}");
                }
            }
        }
        let keys: Vec<i32> = (-3000..3000).map(|step| key_of(step << 18)).collect();
        assert!(keys.windows(2).all(|pair| pair[0] <= pair[1]));
    }

    /// The sums by another way: one value at a time, in whole numbers.
    #[test]
    fn a_piece_adds_up_to_the_sums_of_its_values() {
        let few = [7.0, -0.0, 2.5e6, 0.0, 7.0, -3.0];
        let many: Vec<f64> = (0..3000).map(|i| f64::from(i * i % 7919) * 0.37 - 900.0).collect();
        let far: Vec<f64> = many.iter().map(|value| value * value).collect();
        let repeated: Vec<f64> = (0..2000).map(|i| few[i * i % 6]).collect();
        for values in [&many, &far, &repeated] {
            let scale = Scale::of(&many[..100]);
            let mut summary = Summary::new(scale, false);
            summary.add(values);
            let steps: Vec<i128> =
                values.iter().map(|value| i128::from(scale.steps(*value))).collect();
            assert_eq!(summary.sum, steps.iter().sum::<i128>());
            assert_eq!(summary.squares, steps.iter().map(|s| (s * s) as u128).sum::<u128>());
            assert_eq!(summary.count, values.len() as u64);
            summary.count_waiting();
            let Quantiles::Bins(bins) = &summary.quantiles else { panic!("bins were asked for") };
            let mut counts = std::collections::BTreeMap::<i32, Vec<f64>>::new();
            for value in values {
                counts.entry(key_of(scale.steps(*value))).or_default().push(*value);
            }
            let found: Vec<(i32, u64, Option<f64>)> = bins
                .held()
                .map(|(key, bin)| (key, bin.count, Some(bin.value).filter(|v| !v.is_nan())))
                .collect();
            let expected: Vec<(i32, u64, Option<f64>)> = counts
                .into_iter()
                .map(|(key, held)| {
                    let same = held.iter().all(|value| *value == held[0]);
                    (key, held.len() as u64, same.then_some(held[0]))
                })
                .collect();
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn more_values_than_can_wait_are_all_counted() {
        let values: Vec<f64> = (0..100_000).map(|i| f64::from(i % 50)).collect();
        let summary = {
            let mut summary = Summary::new(Scale::of(&values[..1000]), false);
            summary.add(&values);
            summary
        };
        let found = summary.distribution().unwrap();
        assert_eq!((found.min, found.p25, found.p50, found.max), (0.0, 12.0, 24.5, 49.0));
    }

    #[test]
    fn values_that_are_not_there_are_not_added() {
        let values: Vec<f64> = (0..2000).map(f64::from).collect();
        let there: Vec<f64> = (0..2000).map(|i| f64::from(i % 3)).collect();
        let scale = Scale::of(&values);
        let (mut chosen, mut expected) = (Summary::new(scale, false), Summary::new(scale, false));
        chosen.add_where(&values, &there);
        let kept = values.iter().zip(&there).filter(|(_, there)| **there != 0.0);
        expected.add(&kept.map(|(value, _)| *value).collect::<Vec<_>>());
        assert_eq!(chosen.count(), 1333);
        assert_eq!(chosen.distribution(), expected.distribution());
    }

    #[test]
    fn a_summary_is_the_same_with_every_set_of_instructions() {
        let values: Vec<f64> = (0..3000).map(|i| f64::from(i * i % 7919).sqrt() - 40.0).collect();
        let results = crate::numeric::with_every_set(|| of(&values, false));
        assert!(results.windows(2).all(|pair| pair[0] == pair[1]));
    }

    proptest! {
        #[test]
        fn any_grouping_and_order_gives_the_same_summary(
            values in proptest::collection::vec(-1e9_f64..1e9, 3..200), cut in 1_usize..3,
        ) {
            let scale = Scale::of(&values[..2]);
            let whole = {
                let mut summary = Summary::new(scale, false);
                summary.add(&values);
                summary
            };
            let mut parts: Vec<Summary> = values
                .chunks(cut)
                .map(|part| {
                    let mut summary = Summary::new(scale, false);
                    summary.add(part);
                    summary
                })
                .collect();
            let mut merged = parts.pop().unwrap();
            while let Some(part) = parts.pop() {
                merged.merge(part);
            }
            prop_assert_eq!(merged.distribution(), whole.distribution());
        }

        #[test]
        fn binned_percentiles_are_near_the_exact_ones(
            values in proptest::collection::vec(-1e6_f64..1e6, 50..400),
        ) {
            let (exact, binned) = (of(&values, true), of(&values, false));
            // One part in 256 of the distance from the shift, and neighbours' distance at most.
            for (a, b) in [(exact.p05, binned.p05), (exact.p50, binned.p50), (exact.p99, binned.p99)] {
                prop_assert!((a - b).abs() <= 2.0 * 2e6 / 256.0, "{a} {b}");
            }
        }
    }
}
