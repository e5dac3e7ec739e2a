//! The error of a mean over antithetic pairs.
//!
//! Path 2k + 1 takes every uniform number u of path 2k as 1 − u (Hammersley and Morton 1956). The two
//! are dependent, pairs are not: the error of a mean comes from the sums of pairs.

use serde::{Deserialize, Serialize};

use super::summary::Scale;

/// Exact sums over pairs. A pair's sum `s` counts the steps of those of its values that are there,
/// `c` of them.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Pairs {
    /// Σ s²
    squares: u128,
    /// Σ s c
    products: i128,
    /// Σ c²
    counts: u64,
}

impl Pairs {
    /// Adds the values of paths that start with the first of a pair.
    pub(super) fn add(&mut self, scale: Scale, values: &[f64], available: Option<&[f64]>) {
        for (at, pair) in values.chunks(2).enumerate() {
            let (mut sum, mut count) = (0_i128, 0_u64);
            for (within, value) in pair.iter().enumerate() {
                if available.is_none_or(|available| available[2 * at + within] != 0.0) {
                    sum += i128::from(scale.steps(*value));
                    count += 1;
                }
            }
            self.squares = self.squares.saturating_add(sum.unsigned_abs().saturating_pow(2));
            self.products = self.products.saturating_add(sum * i128::from(count));
            self.counts += count * count;
        }
    }

    /// Adds others.
    pub(super) fn merge(&mut self, other: &Pairs) {
        self.squares = self.squares.saturating_add(other.squares);
        self.products = self.products.saturating_add(other.products);
        self.counts += other.counts;
    }

    /// The standard error, in steps, of the mean of `count` values, itself in steps: the root of
    /// Σ (s − c mean)² ÷ count². For a result that is not always there this is the error of a ratio
    /// (Cochran 1977, Sampling Techniques, section 6.3).
    pub(super) fn error(&self, mean: f64, count: u64) -> f64 {
        let sum = self.squares as f64 - 2.0 * mean * self.products as f64
            + mean * mean * self.counts as f64;
        sum.max(0.0).sqrt() / count as f64
    }
}
