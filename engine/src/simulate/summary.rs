//! Summaries of results that can be added to in any order and merged in any grouping, to the same
//! bytes.
//!
//! Sums are integers: a value is taken as a whole number of steps from a shift, both fixed by the
//! first block of the run. Quantiles come from the values themselves while they fit in memory, and
//! from counts in bins beyond.

use serde::{Deserialize, Serialize};

use super::pairs::Pairs;
use super::{Distribution, PercentileErrors};

/// Values kept for exact quantiles, over all results of a run.
pub(super) const VALUES_KEPT_MAX: u64 = 16_000_000;

/// The percentiles that are reported.
const PERCENTILES: [f64; 7] = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99];

/// Steps to the spread of the first block: sums are exact to one part in 2³⁴ of the spread.
const STEPS: f64 = (1_u64 << 34) as f64;

/// Bins per doubling of the distance from the shift: a value in a bin with others is known to one
/// part in 256 of that distance.
const BIN_BITS: u32 = 8;

/// What a percentile read from bins may be off by, as a part of its distance from the mean of the
/// first block.
pub(super) const BIN_WIDTH: f64 = 1.0 / (1 << BIN_BITS) as f64;

/// How the values of one result become whole numbers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Scale {
    shift: f64,
    step: f64,
    /// One over `step`, exact as both are powers of two.
    per_step: f64,
}

impl Scale {
    /// The scale that fits the values of the first block; values that are not numbers are passed
    /// over.
    pub(super) fn of(pilot: &[f64]) -> Scale {
        let known = || pilot.iter().copied().filter(|value| value.is_finite());
        let count = known().count().max(1) as f64;
        let mean = known().sum::<f64>() / count;
        let spread = known().map(|value| (value - mean).abs()).fold(0.0, f64::max);
        let spread = if spread > 0.0 { spread } else { mean.abs().max(1.0) };
        // A power of two, so that whole yen are whole numbers of steps.
        let step = spread.log2().ceil().exp2() / STEPS;
        Scale { shift: (mean / step).round() * step, step, per_step: 1.0 / step }
    }

    pub(super) fn steps(self, value: f64) -> i64 {
        // Adding 1.5 × 2⁵² and taking it away rounds to a whole number without a call.
        const ROUNDING: f64 = 6_755_399_441_055_744.0;
        let steps = (value - self.shift) * self.per_step;
        if steps.abs() < 1e15 {
            ((steps + ROUNDING) - ROUNDING) as i64
        } else {
            // Far beyond any spread the first block has shown, values saturate: 2⁶² steps are 2²⁸
            // spreads, where neither the mean nor the deviation means anything any more.
            const MOST: f64 = (1_u64 << 62) as f64;
            steps.clamp(-MOST, MOST) as i64
        }
    }

    fn value(self, steps: f64) -> f64 {
        self.shift + steps * self.step
    }
}

/// Values near each other: how many, and which one, while they are all the same; else NaN.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Bin {
    count: u64,
    value: f64,
}

/// Bins side by side, from the least to the greatest key seen.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(into = "Vec<(i32, Bin)>", from = "Vec<(i32, Bin)>")]
struct Bins {
    first: i32,
    bins: Vec<Bin>,
}

impl Bins {
    fn add(&mut self, key: i32, count: u64, value: f64) {
        let at = i64::from(key) - i64::from(self.first);
        let at = match usize::try_from(at) {
            Ok(at) if at < self.bins.len() => at,
            _ => self.grow(key),
        };
        let bin = &mut self.bins[at];
        if bin.count == 0 {
            *bin = Bin { count, value };
        } else {
            bin.count += count;
            if bin.value != value {
                bin.value = f64::NAN;
            }
        }
    }

    /// Makes room for a key, with some to spare on its side; returns its place.
    fn grow(&mut self, key: i32) -> usize {
        const SPARE: i32 = 1 << BIN_BITS;
        const EMPTY: Bin = Bin { count: 0, value: 0.0 };
        if self.bins.is_empty() {
            self.first = key - SPARE;
        }
        let last = self.first + self.bins.len() as i32;
        let (low, high) = (self.first.min(key - SPARE), last.max(key + SPARE));
        let mut bins = vec![EMPTY; (high - low) as usize];
        let from = (self.first - low) as usize;
        bins[from..from + self.bins.len()].copy_from_slice(&self.bins);
        (self.first, self.bins) = (low, bins);
        (key - low) as usize
    }

    fn merge(&mut self, other: Bins) {
        for (key, bin) in other.held() {
            self.add(key, bin.count, bin.value);
        }
    }

    /// The bins that hold anything, in order.
    fn held(&self) -> impl Iterator<Item = (i32, Bin)> {
        let keys = (0..).map(|at| self.first + at);
        keys.zip(self.bins.iter().copied()).filter(|(_, bin)| bin.count > 0)
    }
}

impl From<Bins> for Vec<(i32, Bin)> {
    fn from(bins: Bins) -> Self {
        bins.held().collect()
    }
}

impl From<Vec<(i32, Bin)>> for Bins {
    fn from(held: Vec<(i32, Bin)>) -> Self {
        let mut bins = Bins::default();
        for (key, bin) in held {
            bins.add(key, bin.count, bin.value);
        }
        bins
    }
}

/// What quantiles are made from.
#[derive(Debug, Clone, Serialize, Deserialize)]
enum Quantiles {
    Values(Vec<f64>),
    Bins(Bins),
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
    pub(super) fn add(&mut self, values: impl Iterator<Item = f64>) {
        let scale = self.scale;
        for value in values {
            let steps = scale.steps(value);
            self.count += 1;
            self.sum += i128::from(steps);
            let square = u128::from(steps.unsigned_abs()).pow(2);
            self.squares = self.squares.saturating_add(square);
            self.min = self.min.min(value);
            self.max = self.max.max(value);
            match &mut self.quantiles {
                Quantiles::Values(values) => values.push(value),
                Quantiles::Bins(bins) => bins.add(key_of(steps), 1, value),
            }
        }
    }

    /// Adds another summary of the same result.
    pub(super) fn merge(&mut self, other: Summary) {
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
        }
    }

    /// Whether another could be a summary of the same result.
    pub(super) fn alike(&self, other: &Summary) -> bool {
        self.scale == other.scale && self.pairs.is_some() == other.pairs.is_some()
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

/// The bin of a number of steps: bins double in width with the distance from 0.
fn key_of(steps: i64) -> i32 {
    let magnitude = steps.unsigned_abs();
    let extra = (64 - magnitude.leading_zeros()).saturating_sub(BIN_BITS + 1);
    let within = (magnitude >> extra) as i32;
    let key = ((extra as i32) << BIN_BITS) + within;
    if steps < 0 { -key - 1 } else { key }
}

/// The least and the greatest number of steps of a bin.
fn edges(key: i32) -> (f64, f64) {
    let (negative, key) = if key < 0 { (true, -key - 1) } else { (false, key) };
    // From two times 2^BIN_BITS on, `within` runs from 2^BIN_BITS to twice that in every bin size.
    let extra = ((key >> BIN_BITS) - 1).max(0);
    let within = key - (extra << BIN_BITS);
    let width = f64::from(extra).exp2();
    let (low, high) = (f64::from(within) * width, (f64::from(within) + 1.0) * width);
    if negative { (-high, -low) } else { (low, high) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(values: &[f64], exact: bool) -> Distribution {
        let mut summary = Summary::new(Scale::of(values), exact);
        summary.add(values.iter().copied());
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
    fn sums_of_whole_yen_are_exact() {
        // A hundred thousand payments of 1 to 100,000 yen: the mean is 50,000.5 to the last bit.
        let values: Vec<f64> = (1..=100_000).map(f64::from).collect();
        let mut summary = Summary::new(Scale::of(&values[..1024]), false);
        summary.add(values.iter().copied());
        assert_eq!(summary.mean(), 50_000.5);
    }

    #[test]
    fn a_value_lies_within_the_edges_of_its_bin() {
        for steps in
            [0_i64, 1, 255, 256, 257, 511, 512, 513, 1023, 1024, 99_999, 1 << 40, i64::MAX >> 1]
        {
            for steps in [steps, -steps] {
                let (low, high) = edges(key_of(steps));
                let at = steps as f64;
                assert!(low <= at && at <= high, "{steps}: {low} to {high}");
                assert!(high - low <= (at.abs() / 256.0).max(1.0), "{steps}: {low} to {high}");
            }
        }
        let keys: Vec<i32> = (-3000..3000).map(key_of).collect();
        assert!(keys.windows(2).all(|pair| pair[0] <= pair[1]));
    }

    proptest! {
        #[test]
        fn any_grouping_and_order_gives_the_same_summary(
            values in proptest::collection::vec(-1e9_f64..1e9, 3..200), cut in 1_usize..3,
        ) {
            let scale = Scale::of(&values[..2]);
            let whole = {
                let mut summary = Summary::new(scale, false);
                summary.add(values.iter().copied());
                summary
            };
            let mut parts: Vec<Summary> = values
                .chunks(cut)
                .map(|part| {
                    let mut summary = Summary::new(scale, false);
                    summary.add(part.iter().copied());
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
