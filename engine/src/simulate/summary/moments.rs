//! Exact sums of whole numbers of steps, and of their squares, whatever their size.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::scale::rounded;

/// Numbers of steps below 2⁴⁸ are summed as they are, larger ones in units of 2¹², 2²⁴ and so on,
/// each to 2⁻³⁶ of itself: an event so rare that the first block has not seen it counts in full.
const NEAR_BITS: i32 = 48;
/// How much larger the unit of each level is.
const LEVEL_BITS: i32 = 12;

/// Sums that can be added to and merged in any order.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(in crate::simulate) struct Moments {
    near: Level,
    far: BTreeMap<u16, Level>,
}

/// The sums of the numbers of one size.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
struct Level {
    sum: i128,
    squares: u128,
}

impl Level {
    fn add(&mut self, sum: i128, squares: u128) {
        self.sum = self.sum.saturating_add(sum);
        self.squares = self.squares.saturating_add(squares);
    }
}

/// A power of two that a floating-point number holds.
fn power_of_two(exponent: i32) -> f64 {
    f64::from_bits(((1023 + exponent) as u64) << 52)
}

fn unit(level: u16) -> f64 {
    power_of_two(LEVEL_BITS * i32::from(level))
}

impl Moments {
    /// Adds sums of whole numbers below 2⁴⁸ and of their squares.
    pub(super) fn add_near(&mut self, sum: i128, squares: u128) {
        self.near.add(sum, squares);
    }

    /// Adds a whole number as often as `count` says, at most 2³² times in all.
    pub(in crate::simulate) fn add(&mut self, steps: f64, count: u64) {
        let exponent = ((steps.to_bits() >> 52) & 0x7FF) as i32 - 1023;
        let level = (exponent - NEAR_BITS + LEVEL_BITS).max(0) / LEVEL_BITS;
        let whole = rounded(steps / power_of_two(LEVEL_BITS * level)) as i128;
        let square = whole.unsigned_abs().pow(2);
        let (sum, squares) = (whole * i128::from(count), square.saturating_mul(count.into()));
        match level {
            0 => self.near.add(sum, squares),
            level => self.far.entry(level as u16).or_default().add(sum, squares),
        }
    }

    pub(in crate::simulate) fn merge(&mut self, other: &Moments) {
        self.near.add(other.near.sum, other.near.squares);
        for (level, sums) in &other.far {
            self.far.entry(*level).or_default().add(sums.sum, sums.squares);
        }
    }

    /// The sum, in steps.
    pub(in crate::simulate) fn sum(&self) -> f64 {
        let far = self.far.iter().map(|(level, sums)| sums.sum as f64 * unit(*level));
        self.near.sum as f64 + far.sum::<f64>()
    }

    /// The sum of the squares.
    pub(in crate::simulate) fn squares(&self) -> f64 {
        let square =
            |(level, sums): (&u16, &Level)| sums.squares as f64 * unit(*level) * unit(*level);
        self.near.squares as f64 + self.far.iter().map(square).sum::<f64>()
    }

    /// Whether `count` numbers can have these sums.
    pub(super) fn can_be_of(&self, count: u64) -> bool {
        let most = u128::from(count) << NEAR_BITS;
        let levels = std::iter::once(&self.near).chain(self.far.values());
        let mut levels = levels.map(|sums| sums.sum.unsigned_abs() <= most);
        levels.all(|fits| fits) && self.far.keys().all(|level| *level < 82)
    }
}
