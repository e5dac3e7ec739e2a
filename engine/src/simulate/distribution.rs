//! From a column of paths to its distribution.

use super::Distribution;
use super::projection::Probability;

impl Distribution {
    /// The distribution of `values`, which are reordered.
    ///
    /// Mean and standard deviation are summed in path order in two passes; percentiles are of
    /// type 7: linear between the order statistics around `(n − 1) p`.
    ///
    /// Returns `None` for no values.
    #[must_use]
    pub fn of(values: &mut [f64]) -> Option<Distribution> {
        let n = values.len() as f64;
        let (first, rest) = values.split_first()?;
        // About the first value, so that a constant column has no spread at all.
        let shift = *first;
        let mean = shift + rest.iter().map(|value| value - shift).sum::<f64>() / n;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        let sd = if values.len() > 1 { (squares / (n - 1.0)).sqrt() } else { 0.0 };
        values.sort_unstable_by(f64::total_cmp);
        let at = |p: f64| {
            let position = (n - 1.0) * p;
            let (low, part) = (position.floor(), position.fract());
            let below = values[low as usize];
            let above = values[(low as usize + 1).min(values.len() - 1)];
            below + part * (above - below)
        };
        Some(Distribution {
            mean,
            sd,
            se: sd / n.sqrt(),
            min: at(0.0),
            p01: at(0.01),
            p05: at(0.05),
            p25: at(0.25),
            p50: at(0.5),
            p75: at(0.75),
            p95: at(0.95),
            p99: at(0.99),
            max: at(1.0),
        })
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
        }
    }
}

impl Probability {
    /// The part of paths on which a column holds, with its binomial standard error.
    #[must_use]
    pub fn of(column: &[f64]) -> Probability {
        let n = column.len() as f64;
        let value = column.iter().filter(|holds| **holds != 0.0).count() as f64 / n;
        Probability { value, se: (value * (1.0 - value) / n).sqrt() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_of_one_to_five_are_those_of_type_seven() {
        // R: quantile(1:5, c(.05, .25, .5), type = 7) is 1.2, 2, 3.
        let found = Distribution::of(&mut [5.0, 1.0, 4.0, 2.0, 3.0]).unwrap();
        assert!((found.p05 - 1.2).abs() < 1e-12);
        assert_eq!((found.p25, found.p50, found.max), (2.0, 3.0, 5.0));
        assert!((found.sd - 2.5_f64.sqrt()).abs() < 1e-12);
        assert!((found.se - 0.5_f64.sqrt()).abs() < 1e-12);
    }

    #[test]
    fn a_constant_has_no_spread() {
        let found = Distribution::of(&mut [0.1; 1000]).unwrap();
        assert_eq!((found.mean, found.sd, found.p99), (0.1, 0.0, 0.1));
    }
}
