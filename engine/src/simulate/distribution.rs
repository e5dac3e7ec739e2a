//! Distributions and probabilities, by parts and by counts.

use super::Distribution;
use super::projection::Probability;

impl Distribution {
    /// The distribution of every value times `factor`, which is not negative.
    #[must_use]
    pub fn scaled(&self, factor: f64) -> Distribution {
        Distribution {
            mean: self.mean * factor,
            sd: self.sd * factor,
            se: self.se * factor,
            min: self.min * factor,
            p01: self.p01 * factor,
            p05: self.p05 * factor,
            p25: self.p25 * factor,
            p50: self.p50 * factor,
            p75: self.p75 * factor,
            p95: self.p95 * factor,
            p99: self.p99 * factor,
            max: self.max * factor,
        }
    }
}

impl Probability {
    /// The part of `paths` on which something holds, with its binomial standard error.
    #[must_use]
    pub fn of(value: f64, paths: u64) -> Probability {
        Probability { value, se: (value * (1.0 - value) / paths as f64).sqrt() }
    }
}
