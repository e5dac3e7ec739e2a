//! Summaries of results that can be added to in any order and merged in any grouping, to the same
//! bytes.
//!
//! Sums are integers: a value is taken as a whole number of steps from a shift, both fixed by the
//! first block of the run. Quantiles come from the values themselves while they fit in memory, and
//! from counts in bins beyond.

use serde::{Deserialize, Serialize};

use super::pairs::Pairs;
use super::{Distribution, PercentileErrors};
use crate::numeric::{Loops, widest};

/// Values kept for exact quantiles, over all results of a run.
pub(super) const VALUES_KEPT_MAX: u64 = 16_000_000;

/// The percentiles that are reported.
const PERCENTILES: [f64; 7] = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99];

/// Steps to the spread of the first block: sums are exact to one part in 2³⁴ of the spread.
const STEPS: f64 = (1_u64 << 34) as f64;

/// Bins per doubling of the distance from the shift: a value in a bin with others is known to one
/// part in 256 of that distance, but no finer than to the narrowest bin.
const BIN_BITS: u32 = 8;

/// What a percentile read from bins may be off by, as a part of its distance from the mean of the
/// first block.
pub(super) const BIN_WIDTH: f64 = 1.0 / (1 << BIN_BITS) as f64;
/// Steps of the narrowest bins: one part in 2¹⁴ of the spread, where it is finer than that of the
/// distance from the shift.
const NARROWEST: u32 = 20;

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
        // Far beyond any spread the first block has shown, values saturate: 2⁶² steps are 2²⁸
        // spreads, where neither the mean nor the deviation means anything any more.
        const MOST: f64 = (1_u64 << 62) as f64;
        let steps = (value - self.shift) * self.per_step;
        if steps.abs() < 1e15 { rounded(steps) as i64 } else { steps.clamp(-MOST, MOST) as i64 }
    }

    fn value(self, steps: f64) -> f64 {
        self.shift + steps * self.step
    }
}

/// The nearest whole number, for numbers below 2⁵¹.
#[inline(always)]
fn rounded(x: f64) -> f64 {
    // Adding 1.5 × 2⁵² and taking it away rounds without a call.
    const ROUNDING: f64 = 6_755_399_441_055_744.0;
    (x + ROUNDING) - ROUNDING
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
    counts: Vec<u64>,
    /// The value of each bin, NaN once there are several, and [`NO_VALUE`] while there is none.
    values: Vec<f64>,
    /// For each bin, the values not yet counted in it, and [`MIXED`] once its values differ. Most
    /// values are counted here alone, so that what a block touches stays in the processor's cache.
    recent: Vec<u16>,
    /// How many values are not yet counted in the bins.
    waiting: usize,
}

/// The value of an empty bin.
const NO_VALUE: f64 = f64::INFINITY;
/// The bit of a recent count that says that the values of its bin differ.
const MIXED: u16 = 1 << 15;
/// The most values that wait to be counted in the bins: their number stays below [`MIXED`].
const WAITING_MAX: usize = MIXED as usize - 1;

impl Bins {
    /// Adds a value as often as `count` says.
    fn add(&mut self, key: i32, count: u64, value: f64) {
        self.make_room(key, key);
        let at = (key - self.first) as usize;
        note(value, &mut self.values[at], &mut self.recent[at]);
        self.counts[at] += count;
    }

    /// Adds values with their keys, of which `low` and `high` are the least and the greatest.
    fn add_all(&mut self, keys: &[i32], values: &[f64], low: i32, high: i32) {
        self.make_room(low, high);
        if self.waiting + keys.len() > WAITING_MAX {
            self.count_waiting();
        }
        self.waiting += keys.len();
        let length = self.recent.len();
        let (first, recent, known) = (self.first, &mut self.recent, &mut self.values[..length]);
        for (key, value) in keys.iter().zip(values) {
            let at = (key - first) as usize;
            let recent = &mut recent[at];
            *recent += 1;
            if *recent < MIXED {
                note(*value, &mut known[at], recent);
            }
        }
    }

    /// Counts in the bins what waits.
    fn count_waiting(&mut self) {
        for (count, recent) in self.counts.iter_mut().zip(&mut self.recent) {
            *count += u64::from(*recent & !MIXED);
            *recent &= MIXED;
        }
        self.waiting = 0;
    }

    fn merge(&mut self, other: Bins) {
        for (key, bin) in other.held() {
            self.add(key, bin.count, bin.value);
        }
    }

    /// Makes room for keys, with some to spare on their sides.
    fn make_room(&mut self, low: i32, high: i32) {
        const SPARE: i32 = 1 << BIN_BITS;
        if self.counts.is_empty() {
            self.first = low;
        }
        let last = self.first + self.counts.len() as i32;
        if self.first <= low && high < last {
            return;
        }
        let first = if low < self.first { low - SPARE } else { self.first };
        let last = if high < last { last } else { high + SPARE };
        let length = (last - first) as usize;
        let from = (self.first - first) as usize;
        let to = from + self.counts.len();
        let mut wider = Bins {
            first,
            counts: vec![0; length],
            values: vec![NO_VALUE; length],
            recent: vec![0; length],
            waiting: self.waiting,
        };
        wider.counts[from..to].copy_from_slice(&self.counts);
        wider.values[from..to].copy_from_slice(&self.values);
        wider.recent[from..to].copy_from_slice(&self.recent);
        *self = wider;
    }

    /// The bins that hold anything, in order. Nothing must wait.
    fn held(&self) -> impl Iterator<Item = (i32, Bin)> {
        let bins = self.counts.iter().zip(&self.values);
        let bins = bins.map(|(count, value)| Bin { count: *count, value: *value });
        (self.first..).zip(bins).filter(|(_, bin)| bin.count > 0)
    }
}

/// Notes in a bin that it holds a value.
#[inline(always)]
fn note(value: f64, known: &mut f64, recent: &mut u16) {
    if *known == NO_VALUE {
        // Adding 0 makes a negative zero positive: which of the two came first must not show.
        *known = value + 0.0;
    } else if *known != value {
        *known = f64::NAN;
        *recent |= MIXED;
    }
}

impl From<Bins> for Vec<(i32, Bin)> {
    fn from(mut bins: Bins) -> Self {
        bins.count_waiting();
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

/// The bin of a number of steps: bins double in width with the distance from 0.
fn key_of(steps: i64) -> i32 {
    let magnitude = steps.unsigned_abs() >> NARROWEST;
    let extra = (64 - magnitude.leading_zeros()).saturating_sub(BIN_BITS + 1);
    let within = (magnitude >> extra) as i32;
    let key = ((extra as i32) << BIN_BITS) + within;
    if steps < 0 { -key - 1 } else { key }
}

/// [`key_of`] for a whole number of steps below [`STEPS_NEAR`].
#[inline(always)]
fn near_key(steps: f64) -> i32 {
    const TWO_TO_52: f64 = 4_503_599_627_370_496.0;
    const WHOLE: u64 = (1 << 52) - 1;
    const BIAS: u64 = (1023 + NARROWEST as u64 + BIN_BITS as u64 - 1) << BIN_BITS;
    const NARROW: f64 = (1_u64 << (NARROWEST + BIN_BITS)) as f64;
    let magnitude = steps.abs();
    // A floating-point number is its exponent beside its first bits, as a key is.
    let large = (magnitude.to_bits() >> (52 - BIN_BITS)).wrapping_sub(BIAS) as i32;
    let small = (((magnitude + TWO_TO_52).to_bits() & WHOLE) >> NARROWEST) as i32;
    let key = if magnitude < NARROW { small } else { large };
    if steps < 0.0 { !key } else { key }
}

/// The least and the greatest number of steps of a bin.
fn edges(key: i32) -> (f64, f64) {
    let (negative, key) = if key < 0 { (true, -key - 1) } else { (false, key) };
    // From two times 2^BIN_BITS on, `within` runs from 2^BIN_BITS to twice that in every bin size.
    let extra = ((key >> BIN_BITS) - 1).max(0);
    let within = key - (extra << BIN_BITS);
    let width = f64::from(extra + NARROWEST as i32).exp2();
    let (low, high) = (f64::from(within) * width, (f64::from(within) + 1.0) * width);
    if negative { (-high, -low) } else { (low, high) }
}

/// Values that are added together.
const PIECE: usize = 512;
/// Sums that do not wait for each other.
const LANES: usize = 16;
/// Up to this number of steps, the sums of a piece are exact in floating-point numbers.
const STEPS_NEAR: f64 = (1_u64 << 39) as f64;

/// The least and the greatest value.
struct Extremes<'a>(&'a [f64]);

impl Loops for Extremes<'_> {
    type Output = (f64, f64);

    #[inline(always)]
    fn call(self) -> (f64, f64) {
        let (mut least, mut greatest) = ([f64::INFINITY; LANES], [f64::NEG_INFINITY; LANES]);
        let (groups, rest) = self.0.as_chunks::<LANES>();
        for group in groups {
            for lane in 0..LANES {
                least[lane] = smaller(least[lane], group[lane]);
                greatest[lane] = larger(greatest[lane], group[lane]);
            }
        }
        for (lane, value) in rest.iter().enumerate() {
            least[lane] = smaller(least[lane], *value);
            greatest[lane] = larger(greatest[lane], *value);
        }
        let least = least.into_iter().fold(f64::INFINITY, smaller) + 0.0;
        (least, greatest.into_iter().fold(f64::NEG_INFINITY, larger) + 0.0)
    }
}

#[inline(always)]
fn smaller(x: f64, y: f64) -> f64 {
    if y < x { y } else { x }
}

#[inline(always)]
fn larger(x: f64, y: f64) -> f64 {
    if y > x { y } else { x }
}

/// The different values of a piece that has few of them, as constants, tiers and events have.
struct FewValues {
    values: [f64; FEW],
    counts: [u64; FEW],
    different: usize,
}

/// How many values are few.
const FEW: usize = 5;

impl FewValues {
    /// The values and how often each of them occurs; `None` if they are not few.
    fn of(values: &[f64]) -> Option<FewValues> {
        let mut few = FewValues { values: [0.0; FEW], counts: [0; FEW], different: 0 };
        // A value that is none of the first few shows in their counts.
        for value in values.iter().take(4 * FEW) {
            if !few.values[..few.different].contains(value) {
                if few.different == FEW {
                    return None;
                }
                few.values[few.different] = *value;
                few.different += 1;
            }
        }
        let mut left = values.len() as u64;
        for (value, count) in few.values.iter().zip(&mut few.counts).take(few.different) {
            *count = widest(Occurrences { value: *value, values });
            left -= *count;
        }
        (left == 0).then_some(few)
    }

    fn counted(&self) -> impl Iterator<Item = (f64, u64)> {
        self.values.into_iter().zip(self.counts).take(self.different)
    }
}

/// How often a value occurs.
struct Occurrences<'a> {
    value: f64,
    values: &'a [f64],
}

impl Loops for Occurrences<'_> {
    type Output = u64;

    #[inline(always)]
    fn call(self) -> u64 {
        self.values.iter().map(|value| u64::from(*value == self.value)).sum()
    }
}

/// Writes the keys of values whose steps are below [`STEPS_NEAR`], and adds up their steps and the
/// squares of these.
struct Sums<'a> {
    scale: Scale,
    values: &'a [f64],
    keys: &'a mut [i32],
}

impl Loops for Sums<'_> {
    type Output = (i128, u128);

    /// A number of steps is `2¹⁸ high + low`, with `high` up to 2²¹ and `low` up to 2¹⁷, so the
    /// sums of the products of these over a piece are whole numbers below 2⁵³: floating-point
    /// numbers hold them exactly, in whatever order they are added.
    #[inline(always)]
    fn call(self) -> (i128, u128) {
        const PART: f64 = (1 << 18) as f64;
        let Sums { scale, values, keys } = self;
        let mut sums = [[0.0; LANES]; 4];
        let mut add = |lane: usize, value: f64, key: &mut i32| {
            let steps = rounded((value - scale.shift) * scale.per_step);
            let high = rounded(steps * (1.0 / PART));
            let low = steps - high * PART;
            sums[0][lane] += steps;
            sums[1][lane] += high * high;
            sums[2][lane] += high * low;
            sums[3][lane] += low * low;
            *key = near_key(steps);
        };
        let (groups, rest) = values.as_chunks::<LANES>();
        let (key_groups, key_rest) = keys.as_chunks_mut::<LANES>();
        for (group, keys) in groups.iter().zip(key_groups) {
            for lane in 0..LANES {
                add(lane, group[lane], &mut keys[lane]);
            }
        }
        for (lane, (value, key)) in rest.iter().zip(key_rest).enumerate() {
            add(lane, *value, key);
        }
        let [sum, high, cross, low] = sums.map(|lanes| lanes.iter().sum::<f64>() as i128);
        (sum, ((high << 36) + (cross << 19) + low).unsigned_abs())
    }
}

#[cfg(test)]
mod tests {
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
