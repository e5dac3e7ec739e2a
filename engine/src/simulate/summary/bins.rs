//! Counts of values in bins, which can be added to and merged in any order.

use serde::{Deserialize, Serialize};

/// Bins per doubling of the distance from the shift: a value in a bin with others is known to one
/// part in 256 of that distance, but no finer than to the narrowest bin.
const BIN_BITS: u32 = 8;

/// What a percentile read from bins may be off by, as a part of its distance from the mean of the
/// first block.
pub(in crate::simulate) const BIN_WIDTH: f64 = 1.0 / (1 << BIN_BITS) as f64;
/// Steps of the narrowest bins: one part in 2¹⁴ of the spread, where it is finer than that of the
/// distance from the shift.
pub(super) const NARROWEST: u32 = 20;

/// Values near each other: how many, and which one, while they are all the same; else NaN.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Bin {
    pub(super) count: u64,
    pub(super) value: f64,
}

/// Bins side by side, from the least to the greatest key seen.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(into = "Vec<(i32, Bin)>", try_from = "Vec<(i32, Bin)>")]
pub(super) struct Bins {
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
    pub(super) fn add(&mut self, key: i32, count: u64, value: f64) {
        self.make_room(key, key);
        let at = (key - self.first) as usize;
        note(value, &mut self.values[at], &mut self.recent[at]);
        self.counts[at] += count;
    }

    /// Adds values with their keys, of which `low` and `high` are the least and the greatest.
    pub(super) fn add_all(&mut self, keys: &[i32], values: &[f64], low: i32, high: i32) {
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
    pub(super) fn count_waiting(&mut self) {
        for (count, recent) in self.counts.iter_mut().zip(&mut self.recent) {
            *count += u64::from(*recent & !MIXED);
            *recent &= MIXED;
        }
        self.waiting = 0;
    }

    /// How many values there are. Nothing must wait.
    pub(super) fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    pub(super) fn merge(&mut self, other: Bins) {
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
    pub(super) fn held(&self) -> impl Iterator<Item = (i32, Bin)> {
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

impl TryFrom<Vec<(i32, Bin)>> for Bins {
    type Error = &'static str;

    /// Refuses what no values can have given: it would take more room than there is.
    fn try_from(held: Vec<(i32, Bin)>) -> Result<Self, Self::Error> {
        let ascending = held.windows(2).all(|pair| pair[0].0 < pair[1].0);
        let most = key_of(f64::MAX);
        let possible = held.iter().all(|(key, _)| (!most..=most).contains(key));
        let counted = held.iter().try_fold(0_u64, |sum, (_, bin)| sum.checked_add(bin.count));
        if !ascending || !possible || counted.is_none() {
            return Err("bins that no values can have given");
        }
        let mut bins = Bins::default();
        for (key, bin) in held {
            bins.add(key, bin.count, bin.value);
        }
        Ok(bins)
    }
}

/// The bin of a whole number of steps: bins double in width with the distance from 0.
#[inline(always)]
pub(super) fn key_of(steps: f64) -> i32 {
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
pub(super) fn edges(key: i32) -> (f64, f64) {
    let (negative, key) = if key < 0 { (true, -key - 1) } else { (false, key) };
    // From two times 2^BIN_BITS on, `within` runs from 2^BIN_BITS to twice that in every bin size.
    let extra = ((key >> BIN_BITS) - 1).max(0);
    let within = key - (extra << BIN_BITS);
    let width = f64::from_bits(((1023 + extra + NARROWEST as i32) as u64) << 52);
    let (low, high) = (f64::from(within) * width, (f64::from(within) + 1.0) * width);
    if negative { (-high, -low) } else { (low, high) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_that_no_values_can_have_given_are_refused() {
        let bin = |count| Bin { count, value: f64::NAN };
        let read = |held: Vec<(i32, Bin)>| Bins::try_from(held).map(|bins| bins.count());
        assert_eq!(read(vec![(-3, bin(2)), (0, bin(1)), (900, bin(4))]), Ok(7));
        let most = key_of(f64::MAX);
        assert_eq!(read(vec![(!most, bin(1)), (most, bin(1))]), Ok(2));
        // Out of order, twice, beyond every number, more than can be counted.
        for wrong in [
            vec![(5, bin(1)), (4, bin(1))],
            vec![(5, bin(1)), (5, bin(1))],
            vec![(most + 1, bin(1))],
            vec![(i32::MIN, bin(1)), (i32::MAX, bin(1))],
            vec![(1, bin(u64::MAX)), (2, bin(1))],
        ] {
            assert!(read(wrong.clone()).is_err(), "{wrong:?}");
        }
    }
}
