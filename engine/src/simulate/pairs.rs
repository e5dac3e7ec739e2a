//! The error of a mean over antithetic pairs.
//!
//! Path 2k + 1 takes every uniform number u of path 2k as 1 − u (Hammersley and Morton 1956). The two
//! are dependent, pairs are not: the error of a mean comes from the sums of pairs.

use serde::{Deserialize, Serialize};

use super::summary::{Moments, Scale};

/// Exact sums over pairs. A pair's sum `s` counts the steps of those of its values that are there,
/// `c` of them.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Pairs {
    /// Σ s²
    sums: Moments,
    /// Σ s c
    products: Moments,
    /// Σ c²
    counts: u64,
    /// How many pairs have a value.
    pairs: u64,
}

impl Pairs {
    /// Adds the values of paths that start with the first of a pair.
    pub(super) fn add(&mut self, scale: Scale, values: &[f64], available: Option<&[f64]>) {
        for (at, pair) in values.chunks(2).enumerate() {
            let (mut sum, mut count) = (0.0, 0_u64);
            for (within, value) in pair.iter().enumerate() {
                if available.is_none_or(|available| available[2 * at + within] != 0.0) {
                    sum += scale.steps(*value);
                    count += 1;
                }
            }
            self.sums.add(sum, 1);
            self.products.add(sum * count as f64, 1);
            self.counts += count * count;
            self.pairs += u64::from(count > 0);
        }
    }

    /// Whether this many paths can have given these sums.
    pub(super) fn can_be_of(&self, paths: u64) -> bool {
        self.pairs <= paths && self.counts <= paths.saturating_mul(2)
    }

    /// Adds others.
    pub(super) fn merge(&mut self, other: &Pairs) {
        self.sums.merge(&other.sums);
        self.products.merge(&other.products);
        self.counts += other.counts;
        self.pairs += other.pairs;
    }

    /// The standard error, in steps, of the mean of `count` values, itself in steps: the root of
    /// Σ (s − c mean)² ÷ count² × m ÷ (m − 1), with m pairs; NaN of fewer than two. For a result that is not always there this is the error of a ratio
    /// (Cochran 1977, Sampling Techniques, section 6.3).
    pub(super) fn error(&self, mean: f64, count: u64) -> f64 {
        if self.pairs < 2 {
            return f64::NAN;
        }
        let pairs = self.pairs as f64;
        let sum = self.sums.squares() - 2.0 * mean * self.products.sum()
            + mean * mean * self.counts as f64;
        (sum.max(0.0) * pairs / (pairs - 1.0)).sqrt() / count as f64
    }
}
