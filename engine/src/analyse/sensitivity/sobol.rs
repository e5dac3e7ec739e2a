//! Sobol' indices from values of a figure that were computed by pick and freeze.

use super::interval::Estimated;

/// First and total index of one factor, each a part of the figure's variance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Indices {
    /// The part that would be gone, on average, if the factor alone were known:
    /// `Var(E[Y | Xᵢ]) / Var(Y)`.
    pub first: Estimated,
    /// The part that would be left, on average, if everything but the factor were known:
    /// `E[Var(Y | X without Xᵢ)] / Var(Y)`.
    pub total: Estimated,
}

/// The values of a figure on two independent samples of all factors, A and B.
///
/// With `Y_A`, `Y_B` the values on these, and `Y_ABᵢ` those on A with the factor's columns from B:
///
/// ```text
/// V  = Σ ((Y_A − m)² + (Y_B − m)²) / 2n,   m the mean of both
/// Sᵢ = Σ (Y_B − m) (Y_ABᵢ − Y_A) / n V     Saltelli and others 2010, table 2 (b)
/// Tᵢ = Σ (Y_A − Y_ABᵢ)² / 2n V             Jansen 1999; the same, table 2 (f)
/// ```
///
/// Both are ratios of means over paths, so their standard errors follow from the delta method:
/// `se(S) = s(g − S v) / (√n V)` with `g` and `v` what a path adds to numerator and denominator
/// (Janon and others 2014 derive the same for their estimators); the interval is normal. A factor
/// that moves nothing has `Y_ABᵢ = Y_A`, and both indices are exactly 0. An estimate of the first
/// index may fall below 0 by chance: it is told as it is.
///
/// Sources: Saltelli, Annoni, Azzini, Campolongo, Ratto and Tarantola 2010, "Variance based
/// sensitivity analysis of model output", Comput Phys Commun 181:259; Jansen 1999, "Analysis of
/// variance designs for model output", Comput Phys Commun 117:35; Janon, Klein, Lagnoux, Nodet and
/// Prieur 2014, "Asymptotic normality and efficiency of two Sobol index estimators", ESAIM
/// Probability and Statistics 18:342.
///
/// ```
/// use engine::analyse::sensitivity::PickFreeze;
/// // Y = X₁ on A and B; the factor X₁ takes B's values, another factor none.
/// let (a, b) = ([1.0, 4.0, 2.0, 3.0], [2.0, 1.0, 4.0, 3.0]);
/// let samples = PickFreeze::new(&a, &b).unwrap();
/// let other = samples.indices(&a);
/// assert_eq!((other.first.value, other.total.value), (0.0, 0.0));
/// // Σ (Y_A − Y_B)² = 1 + 9 + 4 + 0, V = 1.25.
/// assert_eq!(samples.indices(&b).total.value, 14.0 / 8.0 / 1.25);
/// ```
#[derive(Debug, Clone, Copy)]
pub struct PickFreeze<'c> {
    a: &'c [f64],
    b: &'c [f64],
    mean: f64,
    variance: f64,
}

impl<'c> PickFreeze<'c> {
    /// The two samples; `None` if the figure is the same on every path, or is not there on some.
    #[must_use]
    pub fn new(a: &'c [f64], b: &'c [f64]) -> Option<PickFreeze<'c>> {
        let n = a.len().min(b.len());
        let all = || a[..n].iter().chain(&b[..n]).copied();
        let mean = all().sum::<f64>() / (2 * n) as f64;
        let variance =
            all().map(|value| (value - mean) * (value - mean)).sum::<f64>() / (2 * n) as f64;
        // What rounding leaves of equal values is no variance.
        let some = variance.is_finite() && variance > (1e-13 * mean) * (1e-13 * mean);
        some.then_some(PickFreeze { a, b, mean, variance })
    }

    /// The variance of the figure.
    #[must_use]
    pub fn variance(&self) -> f64 {
        self.variance
    }

    /// The indices of a factor, from the values on A with the factor's columns from B.
    #[must_use]
    pub fn indices(&self, mixed: &[f64]) -> Indices {
        let total = |a: f64, _: f64, mixed: f64| 0.5 * (a - mixed) * (a - mixed);
        Indices {
            first: self.ratio(|path, a, b| (b - self.mean) * (mixed[path] - a)),
            total: self.ratio(|path, a, b| total(a, b, mixed[path])),
        }
    }

    /// The sum of the first indices of several factors, which is 1 where nothing works together.
    #[must_use]
    pub fn sum_of_first(&self, mixed: &[Vec<f64>]) -> Estimated {
        self.ratio(|path, a, b| {
            mixed.iter().map(|mixed| (b - self.mean) * (mixed[path] - a)).sum::<f64>()
        })
    }

    /// The mean over all paths of `part` in the place of the variance, as a part of it.
    fn ratio(&self, part: impl Fn(usize, f64, f64) -> f64) -> Estimated {
        let n = self.a.len().min(self.b.len());
        let paths = || (0..n).map(|path| (path, self.a[path], self.b[path]));
        let value =
            paths().map(|(path, a, b)| part(path, a, b)).sum::<f64>() / (n as f64 * self.variance);
        let squares = paths().map(|(path, a, b)| {
            let (a_off, b_off) = (a - self.mean, b - self.mean);
            let share = 0.5 * (a_off * a_off + b_off * b_off);
            let beside = part(path, a, b) - value * share;
            beside * beside
        });
        let spread = (squares.sum::<f64>() / (n as f64 - 1.0)).sqrt();
        Estimated::normal(value, spread / ((n as f64).sqrt() * self.variance))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Stream;
    use std::f64::consts::PI;

    /// Uniform numbers of three factors on −π to π, from a seed.
    fn sample(seed: u64, paths: usize) -> Vec<Vec<f64>> {
        let column = |factor: u32| {
            let mut column = vec![0.0; paths];
            Stream::new(seed, "x", factor, 0).fill_uniform(0, &mut column);
            column.iter().map(|u| PI * (2.0 * u - 1.0)).collect()
        };
        (0..3).map(column).collect()
    }

    fn ishigami(x: &[&Vec<f64>; 3]) -> Vec<f64> {
        let at = |path: usize| x.map(|column| column[path]);
        let value =
            |[x, y, z]: [f64; 3]| x.sin() + 7.0 * y.sin() * y.sin() + 0.1 * z * z * z * z * x.sin();
        (0..x[0].len()).map(|path| value(at(path))).collect()
    }

    /// The indices of the three factors of the Ishigami function and the sum of the first ones.
    fn estimated(seed: u64, paths: usize) -> (Vec<Indices>, Estimated) {
        let (a, b) = (sample(seed, paths), sample(seed + 1, paths));
        let (of_a, of_b) = (ishigami(&[&a[0], &a[1], &a[2]]), ishigami(&[&b[0], &b[1], &b[2]]));
        let mixed: Vec<Vec<f64>> = (0..3)
            .map(|factor| {
                let from = |at: usize| if at == factor { &b[at] } else { &a[at] };
                ishigami(&[from(0), from(1), from(2)])
            })
            .collect();
        let samples = PickFreeze::new(&of_a, &of_b).unwrap();
        let indices = mixed.iter().map(|mixed| samples.indices(mixed)).collect();
        (indices, samples.sum_of_first(&mixed))
    }

    /// With `V = a²/8 + bπ⁴/5 + b²π⁸/18 + 1/2`, `V₁ = (1 + bπ⁴/5)²/2`, `V₂ = a²/8` and
    /// `V₁₃ = 8b²π⁸/225` (Ishigami and Homma 1990; Saltelli and others 2000), a = 7, b = 0.1.
    const EXACT: [(f64, f64); 3] =
        [(0.313_905, 0.557_589), (0.442_411, 0.442_411), (0.0, 0.243_684)];

    #[test]
    fn the_indices_of_the_ishigami_function_are_within_a_hundredth() {
        let (indices, sum) = estimated(1, 1 << 18);
        for (found, exact) in indices.iter().zip(EXACT) {
            for (found, exact) in [(found.first, exact.0), (found.total, exact.1)] {
                assert!((found.value - exact).abs() < 0.01, "{found:?} for {exact}");
                assert!((found.value - exact).abs() < 4.0 * found.se, "{found:?} for {exact}");
                assert!(found.se < 0.004, "{found:?}");
            }
        }
        // V₁₃ is what first indices do not tell.
        assert!((sum.value - (1.0 - EXACT[2].1)).abs() < 4.0 * sum.se, "{sum:?}");
    }

    #[test]
    fn intervals_hold_the_truth_as_often_as_they_say() {
        let runs = 200;
        let mut held = [[0; 2]; 3];
        for run in 0..runs {
            let (indices, _) = estimated(1_000 + 2 * run, 2_000);
            for ((found, exact), held) in indices.iter().zip(EXACT).zip(&mut held) {
                let within = |of: Estimated, exact: f64| (of.low..=of.high).contains(&exact);
                held[0] += u64::from(within(found.first, exact.0));
                held[1] += u64::from(within(found.total, exact.1));
            }
        }
        // 95% of 200 is 190; four standard errors of a count are 4 √(200 · 0.95 · 0.05) = 12.3.
        for held in held.iter().flatten() {
            assert!((178..=200).contains(held), "{held} of {runs}");
        }
    }

    #[test]
    fn a_factor_that_moves_nothing_has_indices_of_exactly_nothing() {
        let a: Vec<f64> = (0..100).map(|path| f64::from(path * 37 % 101)).collect();
        let b: Vec<f64> = (0..100).map(|path| f64::from(path * 53 % 101)).collect();
        let samples = PickFreeze::new(&a, &b).unwrap();
        let none = Indices { first: Estimated::exactly(0.0), total: Estimated::exactly(0.0) };
        assert_eq!(samples.indices(&a), none);
        assert!(PickFreeze::new(&[5.1; 100], &[5.1; 100]).is_none());
        assert!(PickFreeze::new(&[f64::NAN, 1.0], &[2.0, 3.0]).is_none());
    }
}
