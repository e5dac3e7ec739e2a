//! Loops over a piece of a column that is added to a summary at once.

use super::bins::key_of;
use super::scale::{Scale, rounded};
use crate::numeric::{Loops, widest};

/// Values that are added together.
pub(super) const PIECE: usize = 512;
/// Sums that do not wait for each other.
const LANES: usize = 16;
/// Up to this number of steps, the sums of a piece are exact in floating-point numbers.
pub(super) const STEPS_NEAR: f64 = (1_u64 << 39) as f64;

/// The least and the greatest value.
pub(super) struct Extremes<'a>(pub(super) &'a [f64]);

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
pub(super) struct FewValues {
    values: [f64; FEW],
    counts: [u64; FEW],
    different: usize,
}

/// How many values are few.
const FEW: usize = 5;

impl FewValues {
    /// The values and how often each of them occurs; `None` if they are not few.
    pub(super) fn of(values: &[f64]) -> Option<FewValues> {
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

    pub(super) fn counted(&self) -> impl Iterator<Item = (f64, u64)> {
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
pub(super) struct Sums<'a> {
    pub(super) scale: Scale,
    pub(super) values: &'a [f64],
    pub(super) keys: &'a mut [i32],
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
            *key = key_of(steps);
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
