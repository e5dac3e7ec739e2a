//! Summaries of results that can be added to in any order and merged in any grouping, to the same
//! bytes.
//!
//! Sums are integers: a value is taken as a whole number of steps from a shift, both fixed by the
//! first block of the run. Quantiles come from the values themselves while they fit in memory, and
//! from counts in bins beyond.

use serde::{Deserialize, Serialize};

mod bins;
mod moments;
mod pieces;
mod scale;

use bins::{Bins, edges, key_of};
use pieces::{Extremes, FewValues, PIECE, STEPS_NEAR, Sums};

use super::pairs::Pairs;
use super::spread::{Cell, Spread};
use super::{Distribution, PercentileErrors};
use crate::finance::{Estimated, expected_shortfall};
use crate::numeric::widest;

pub(super) use bins::BIN_WIDTH;
pub(super) use moments::Moments;
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
    moments: Moments,
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
            moments: Moments::default(),
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
            self.moments.add_near(sum, squares);
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
        self.moments.add(steps, count);
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
        self.moments.merge(&other.moments);
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

    /// Whether this could be the summary of the result of an empty one, over so many paths, on all
    /// of which the result is there unless `partly`.
    pub(super) fn could_be(&self, empty: &Summary, paths: u64, partly: bool) -> bool {
        let quantiles = match (&self.quantiles, &empty.quantiles) {
            (Quantiles::Values(values), Quantiles::Values(_)) => {
                values.len() as u64 == self.count && values.iter().all(|value| value.is_finite())
            }
            (Quantiles::Bins(bins), Quantiles::Bins(_)) => bins.count() == self.count,
            (Quantiles::Unwanted, Quantiles::Unwanted) => true,
            _ => false,
        };
        let pairs = match (&self.pairs, &empty.pairs) {
            (Some(pairs), Some(_)) => pairs.can_be_of(paths),
            (None, None) => true,
            _ => false,
        };
        let counted = if partly { self.count <= paths } else { self.count == paths };
        let ends = self.min.is_finite() && self.max.is_finite() && self.min <= self.max;
        self.scale == empty.scale
            && quantiles
            && pairs
            && counted
            && (self.count == 0 || ends)
            && self.moments.can_be_of(self.count)
    }

    /// Puts the values it keeps in order, so that equal summaries have equal bytes.
    pub(super) fn in_order(&mut self) {
        self.count_waiting();
        if let Quantiles::Values(values) = &mut self.quantiles {
            values.sort_unstable_by(f64::total_cmp);
        }
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
        let steps = self.moments.sum() / self.count as f64;
        if self.count == 0 { 0.0 } else { self.scale.value(steps) }
    }

    /// The mean of the worst twentieth, as a loss: see
    /// [`expected_shortfall`](crate::finance::expected_shortfall). `None` of no values.
    pub(super) fn expected_shortfall(mut self) -> Option<Estimated> {
        self.count_waiting();
        // How the two of a pair lie in the tail is not known; at worst they lie alike.
        let alike = if self.pairs.is_some() { 2.0_f64 } else { 1.0 }.sqrt();
        let found = match &mut self.quantiles {
            Quantiles::Values(values) => {
                values.sort_unstable_by(f64::total_cmp);
                expected_shortfall(values.iter().map(|value| (*value, 1)), self.count)
            }
            Quantiles::Bins(bins) => {
                let held = bins.held().map(|(key, bin)| {
                    if !bin.value.is_nan() {
                        return (bin.value, bin.count);
                    }
                    let (low, high) = edges(key);
                    let [low, high] = [low, high].map(|steps| self.scale.value(steps));
                    (low.max(self.min) / 2.0 + high.min(self.max) / 2.0, bin.count)
                });
                expected_shortfall(held, self.count)
            }
            Quantiles::Unwanted => None,
        };
        found.map(|found| Estimated { se: found.se * alike, ..found })
    }

    /// The mean and its standard error.
    pub(super) fn mean_and_error(&self) -> (f64, f64) {
        let (mean, _, se) = self.centre();
        (mean, se)
    }

    /// The mean, the standard deviation and the standard error of the mean.
    fn centre(&self) -> (f64, f64, f64) {
        let n = self.count as f64;
        let about_shift = self.moments.sum() / n;
        let spread = (self.moments.squares() / n - about_shift * about_shift).max(0.0);
        let sd = (spread * n / (n - 1.0)).sqrt() * self.scale.step;
        // A constant has no spread, whatever its rounding to steps says; of one value nothing is
        // known of the spread.
        let constant = self.min == self.max && self.count > 1;
        let sd = if constant { 0.0 } else { sd };
        let sd = if self.count > 1 { sd } else { f64::NAN };
        let mean = if self.min == self.max { self.min } else { self.mean() };
        let se = match &self.pairs {
            _ if constant => 0.0,
            None => sd / n.sqrt(),
            Some(pairs) => pairs.error(about_shift, self.count) * self.scale.step,
        };
        (mean, sd, se)
    }

    /// How the values are spread.
    pub(super) fn spread(&mut self) -> Spread {
        self.count_waiting();
        match &self.quantiles {
            Quantiles::Values(values) => Spread::of_values(values),
            Quantiles::Unwanted => Spread::default(),
            Quantiles::Bins(bins) => {
                let cells = bins.held().map(|(key, bin)| {
                    if !bin.value.is_nan() {
                        return Cell { low: bin.value, high: bin.value, count: bin.count };
                    }
                    let (low, high) = edges(key);
                    let [low, high] = [low, high].map(|steps| self.scale.value(steps));
                    Cell { low: low.max(self.min), high: high.min(self.max), count: bin.count }
                });
                Spread::of(cells.collect())
            }
        }
    }

    /// The distribution; `None` of no values.
    pub(super) fn distribution(mut self) -> Option<Distribution> {
        if self.count == 0 {
            return None;
        }
        self.count_waiting();
        let n = self.count as f64;
        let (mean, sd, se) = self.centre();
        if let Quantiles::Values(values) = &mut self.quantiles {
            values.sort_unstable_by(f64::total_cmp);
        }
        let at = |p: f64| {
            let position = (n - 1.0) * p;
            let low = position.floor();
            let below = self.order_statistic(low as u64).value;
            let above = self.order_statistic((low as u64 + 1).min(self.count - 1)).value;
            below + (position - low) * (above - below)
        };
        let [p01, p05, p25, p50, p75, p95, p99] = PERCENTILES.map(at);
        let error = |p: f64| {
            let (below, above) = self.ranks_around(p);
            let (low, high) = (self.order_statistic(below).low, self.order_statistic(above).high);
            if self.count > 1 { (high - low) / 2.0 } else { f64::NAN }
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
    fn order_statistic(&self, rank: u64) -> Ranked {
        match &self.quantiles {
            Quantiles::Values(values) => Ranked::known(values[rank as usize]),
            Quantiles::Unwanted => Ranked::known(f64::NAN),
            Quantiles::Bins(bins) => {
                let mut before = 0;
                for (key, bin) in bins.held() {
                    if rank < before + bin.count {
                        if !bin.value.is_nan() {
                            return Ranked::known(bin.value);
                        }
                        let (low, high) = edges(key);
                        let [low, high] = [low, high].map(|steps| self.scale.value(steps));
                        let (low, high) = (low.max(self.min), high.min(self.max));
                        let part = ((rank - before) as f64 + 0.5) / bin.count as f64;
                        return Ranked { value: low + part * (high - low), low, high };
                    }
                    before += bin.count;
                }
                Ranked::known(self.max)
            }
        }
    }
}

/// The value of a rank, and where it may lie.
#[derive(Debug, Clone, Copy)]
struct Ranked {
    value: f64,
    low: f64,
    high: f64,
}

impl Ranked {
    fn known(value: f64) -> Ranked {
        Ranked { value, low: value, high: value }
    }
}

#[cfg(test)]
mod tests {
    use super::bins::NARROWEST;
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
            [0.0, 1.0, 255.0, 256.0, 511.0, 513.0, 1023.0, 99_999.0, 1e12, 1e18, 1e30, 1e290]
        {
            let narrow = (1_u64 << 20) as f64;
            let steps: [f64; 4] =
                [steps, steps * 32_768.0, (steps * narrow - 1.0).max(0.0), steps * narrow];
            for steps in steps.into_iter().flat_map(|steps| [steps, -steps]) {
                let (low, high) = edges(key_of(steps));
                let at = steps;
                assert!(low <= at && at <= high, "{steps}: {low} to {high}");
                let narrowest = f64::from(1 << NARROWEST);
                assert!(
                    high - low <= (at.abs() / 256.0).max(narrowest),
                    "{steps}: {low} to {high}"
                );
            }
        }
        let keys: Vec<i32> =
            (-3000..3000).map(|step| key_of(f64::from(step) * 262_144.0)).collect();
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
            let steps: Vec<i128> = values.iter().map(|value| scale.steps(*value) as i128).collect();
            let squares: u128 = steps.iter().map(|s| (s * s) as u128).sum();
            assert_eq!(summary.moments.sum(), steps.iter().sum::<i128>() as f64);
            assert!((summary.moments.squares() / squares as f64 - 1.0).abs() < 1e-15);
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

    /// What the first block has not seen counts in full, by plain sums of the values.
    #[test]
    fn rare_values_far_beyond_the_first_block_count_in_full() {
        for (pilot, rare) in [(0.0, 5e9), (0.0, 4e12), (1e3, 3e12), (0.0, 1e30), (1e-3, 7e15)] {
            for exact in [true, false] {
                let scale = Scale::of(&[pilot; 512]);
                let mut values = vec![pilot; 100_000];
                values.iter_mut().step_by(2_000).for_each(|value| *value = rare);
                let parts = values.chunks(700).map(|part| {
                    let mut summary = Summary::new(scale, exact).paired();
                    summary.add(part);
                    summary.add_pairs(part, None);
                    summary
                });
                let merged = parts.reduce(|mut all, part| {
                    all.merge(part);
                    all
                });
                let found = merged.unwrap().distribution().unwrap();
                let mean = pilot + (rare - pilot) * 50.0 / 1e5;
                let sd = (rare - pilot) * (0.0005_f64 * 0.9995 * 1e5 / 99_999.0).sqrt();
                assert!((found.mean / mean - 1.0).abs() < 1e-9, "{rare}: {found:?}");
                assert!((found.sd / sd - 1.0).abs() < 1e-9, "{rare}: {found:?}");
                // One rare value at most in a pair: its error is nearly that of single paths.
                assert!((found.se / (sd / 1e5_f64.sqrt()) - 1.0).abs() < 1e-3, "{rare}: {found:?}");
                assert_eq!((found.max, found.p99), (rare, pilot));
            }
        }
    }

    #[test]
    fn of_one_value_no_spread_is_known() {
        let found = of(&[7.0], true);
        assert_eq!((found.mean, found.p50), (7.0, 7.0));
        assert!(found.sd.is_nan() && found.se.is_nan() && found.errors.0[3].is_nan());
    }

    #[test]
    fn percentiles_of_skewed_values_in_bins_lie_within_their_errors() {
        // Quantiles of a lognormal distribution, sigma 4, as a plain grid of them.
        let values: Vec<f64> = (1..200_000)
            .map(|i| {
                let z = crate::random::normal::inverse(f64::from(i) / 200_000.0);
                (4.0 * z).exp()
            })
            .collect();
        let (exact, binned) = (of(&values, true), of(&values, false));
        for place in 0..7 {
            let gap = (exact.percentiles()[place] - binned.percentiles()[place]).abs();
            assert!(gap <= 2.0 * binned.errors.0[place], "{place}: {gap} {binned:?}");
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
