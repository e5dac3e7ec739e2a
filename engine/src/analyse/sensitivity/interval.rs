//! Estimates with their 95% intervals.

use serde::Serialize;

/// The two-sided 95% point of the normal distribution.
pub(super) const NORMAL_95: f64 = 1.959_963_984_540_054;

/// An estimate, its standard error and the interval that holds the truth in 95 of 100 runs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Estimated {
    /// The estimate.
    pub value: f64,
    /// Its standard error.
    pub se: f64,
    /// The lower end of the interval.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl Estimated {
    /// The normal interval: 1.96 standard errors to both sides.
    pub(super) fn normal(value: f64, se: f64) -> Estimated {
        Estimated { value, se, low: value - NORMAL_95 * se, high: value + NORMAL_95 * se }
    }

    /// What is known without drawing.
    pub(super) const fn exactly(value: f64) -> Estimated {
        Estimated { value, se: 0.0, low: value, high: value }
    }
}
