//! Distributions, by parts.

use super::pass::BLOCK;
use super::summary::{Scale, Summary};
use super::{Distribution, PercentileErrors};

impl Distribution {
    /// The distribution of a column of values, path by path; those that are NaN (not available) are
    /// left out. `None` when none is left.
    #[must_use]
    pub fn of(values: &[f64]) -> Option<Distribution> {
        let known: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
        let first = &known[..known.len().min(BLOCK as usize)];
        let mut summary = Summary::new(Scale::of(first), true);
        summary.add(&known);
        summary.distribution()
    }

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
            errors: PercentileErrors(self.errors.0.map(|error| error * factor)),
        }
    }

    /// The percentiles, from the 1st to the 99th, as their errors are listed.
    #[must_use]
    pub fn percentiles(&self) -> [f64; 7] {
        [self.p01, self.p05, self.p25, self.p50, self.p75, self.p95, self.p99]
    }
}
