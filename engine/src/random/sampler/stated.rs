//! Parameters of families that are stated by what is known of the distribution, where they have no
//! formula: solved by halving an interval, once for each statement.

use super::special::{Share, beta_tails, stirling_error};
use super::{normal, quantile};
use crate::numeric::elementary::{exp, ln_1p, ln_of_any};
use std::f64::consts::TAU;

/// Two cumulative probabilities and their values: `[p1, x1, p2, x2]` with `p1 < p2`, `x1 < x2`.
type Quantiles = [f64; 4];

/// Shapes beyond these are no distribution that anyone states.
const SHAPES: [f64; 2] = [1e-6, 1e9];

/// The shapes of the beta distribution with two quantiles, `None` if none is found.
///
/// For each `alpha` one `beta` gives the first quantile; the larger both are, the closer to it
/// the second.
#[must_use]
pub fn beta_with_quantiles([p1, x1, p2, x2]: Quantiles) -> Option<[f64; 2]> {
    let below = |alpha: f64, beta: f64, x: f64| beta_tails(alpha, beta, Share::new(x)).lower;
    let beta_for = |alpha: f64| root(SHAPES, |beta| below(alpha, beta, x1) - ln_of_any(p1));
    let alpha = root(SHAPES, |alpha| match beta_for(alpha) {
        Some(beta) => below(alpha, beta, x2) - ln_of_any(p2),
        // No beta is large enough for this alpha, or small enough.
        None if below(alpha, SHAPES[1], x1) < ln_of_any(p1) => f64::INFINITY,
        None => f64::NEG_INFINITY,
    })?;
    let beta = beta_for(alpha)?;
    let holds = |x: f64, p: f64| (below(alpha, beta, x) - ln_of_any(p)).abs() < 1e-8;
    (holds(x1, p1) && holds(x2, p2)).then_some([alpha, beta])
}

/// The shape and scale of the gamma distribution with two positive quantiles, `None` if none is
/// found. The ratio of the quantiles falls as the shape grows.
#[must_use]
pub fn gamma_with_quantiles([p1, x1, p2, x2]: Quantiles) -> Option<[f64; 2]> {
    let [z1, z2] = [p1, p2].map(normal::inverse);
    let target = ln_of_any(x2 / x1);
    let shape = root([1e-3, SHAPES[1]], |shape| {
        let [low, high] = [z1, z2].map(|z| ln_of_any(quantile::gamma(shape, z)));
        target - (high - low)
    })?;
    let scale = x2 / quantile::gamma(shape, z2);
    let found = scale * quantile::gamma(shape, z1);
    ((found / x1 - 1.0).abs() < 1e-6).then_some([shape, scale])
}

/// The shape and scale of the Weibull distribution with two positive quantiles:
/// `ln x = ln scale + ln(−ln(1 − p)) ÷ shape`.
#[must_use]
pub fn weibull_with_quantiles([p1, x1, p2, x2]: Quantiles) -> Option<[f64; 2]> {
    let [w1, w2] = [p1, p2].map(|p| ln_of_any(-ln_1p(-p)));
    let shape = (w2 - w1) / ln_of_any(x2 / x1);
    let scale = x1 * exp(-w1 / shape);
    (shape.is_finite() && scale.is_finite() && scale > 0.0).then_some([shape, scale])
}

/// The shape and scale of the Weibull distribution with this mean and standard deviation, both
/// positive; `None` beyond shapes of 0.05 and 10,000.
///
/// `1 + (sd ÷ mean)² = Γ(1 + 2 ÷ shape) ÷ Γ(1 + 1 ÷ shape)²`
#[must_use]
pub fn weibull_with_moments(mean: f64, sd: f64) -> Option<[f64; 2]> {
    let target = libm::log1p((sd / mean) * (sd / mean));
    let ln_factorial =
        |x: f64| (x + 0.5) * ln_of_any(x) - x + ln_of_any(TAU) / 2.0 + stirling_error(x);
    let shape = root([0.05, 1e4], |shape| {
        target - (ln_factorial(2.0 / shape) - 2.0 * ln_factorial(1.0 / shape))
    })?;
    Some([shape, mean / exp(ln_factorial(1.0 / shape))])
}

/// Where a rising function of a positive number is 0, by halving the interval of its logarithm.
fn root(range: [f64; 2], rising: impl Fn(f64) -> f64) -> Option<f64> {
    if !(rising(range[0]) <= 0.0 && rising(range[1]) >= 0.0) {
        return None;
    }
    let [mut low, mut high] = range.map(ln_of_any);
    for _ in 0..80 {
        let middle = (low + high) / 2.0;
        if middle <= low || middle >= high {
            break;
        }
        if rising(exp(middle)) <= 0.0 { low = middle } else { high = middle }
    }
    Some(exp((low + high) / 2.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use statrs::function::beta::beta_reg;
    use statrs::function::gamma::{gamma, gamma_lr};

    #[test]
    fn beta_distributions_have_the_quantiles_they_were_stated_by() {
        for stated in [
            [0.05, 0.1, 0.95, 0.4],
            [0.025, 0.75, 0.975, 0.95],
            [0.4, 0.01, 0.6, 0.99],
            [0.01, 1e-9, 0.99, 0.2],
            [0.5, 0.001, 0.999, 0.01],
        ] {
            let [alpha, beta] = beta_with_quantiles(stated).expect("there is one");
            let [p1, x1, p2, x2] = stated;
            for (p, x) in [(p1, x1), (p2, x2)] {
                let found = beta_reg(alpha, beta, x);
                assert!((found - p).abs() < 1e-8, "{stated:?}: {alpha} {beta}: {found} for {p}");
            }
        }
        // Nearly normal: its 90% point lies 1.2815516 standard deviations above a half.
        let [alpha, beta] = beta_with_quantiles([0.5, 0.5, 0.9, 0.500_5]).expect("there is one");
        let sd = 0.5 / (alpha + beta + 1.0).sqrt();
        assert!((alpha / beta - 1.0).abs() < 1e-6 && (1.281_551_6 * sd / 5e-4 - 1.0).abs() < 1e-5);
    }

    #[test]
    fn known_parameters_are_found_again() {
        // scipy.stats.beta(2, 8).ppf([0.05, 0.9]) and gamma(2.5, scale=3).ppf([0.1, 0.8]).
        let [alpha, beta] = beta_with_quantiles([0.05, 0.041_023_17, 0.9, 0.368_362_36]).unwrap();
        assert!((alpha - 2.0).abs() < 1e-4 && (beta - 8.0).abs() < 1e-3, "{alpha} {beta}");
        let [shape, scale] = gamma_with_quantiles([0.1, 2.415_461_98, 0.8, 10.933_914_19]).unwrap();
        assert!((shape - 2.5).abs() < 1e-4 && (scale - 3.0).abs() < 1e-3, "{shape} {scale}");
    }

    #[test]
    fn gamma_distributions_have_the_quantiles_they_were_stated_by() {
        for stated in [[0.05, 10.0, 0.95, 20.0], [0.5, 1e-3, 0.9, 50.0], [0.1, 99.0, 0.9, 101.0]] {
            let [shape, scale] = gamma_with_quantiles(stated).expect("there is one");
            let [p1, x1, p2, x2] = stated;
            for (p, x) in [(p1, x1), (p2, x2)] {
                let found = gamma_lr(shape, x / scale);
                assert!((found - p).abs() < 1e-7, "{stated:?}: {shape} {scale}: {found} for {p}");
            }
        }
        assert_eq!(gamma_with_quantiles([0.5, 1e-300, 0.9, 1e300]), None);
    }

    #[test]
    fn weibull_distributions_have_what_they_were_stated_by() {
        for [p1, x1, p2, x2] in [[0.05, 10.0, 0.95, 20.0], [0.5, 1e-3, 0.9, 50.0]] {
            let [shape, scale] = weibull_with_quantiles([p1, x1, p2, x2]).unwrap();
            for (p, x) in [(p1, x1), (p2, x2)] {
                let found: f64 = 1.0 - (-(x / scale).powf(shape)).exp();
                assert!((found - p).abs() < 1e-12, "{found} for {p}");
            }
        }
        for (mean, sd) in [(10.0, 3.0), (1.0, 1.0), (2.0, 9.0), (5.0, 0.01)] {
            let [shape, scale] = weibull_with_moments(mean, sd).unwrap();
            let first = scale * gamma(1.0 + 1.0 / shape);
            let second = scale * scale * gamma(1.0 + 2.0 / shape);
            assert!((first / mean - 1.0).abs() < 1e-9, "{shape} {scale}: {first}");
            let found = (second - first * first).sqrt();
            assert!((found / sd - 1.0).abs() < 1e-6, "{shape} {scale}: {found} for {sd}");
        }
        // An exponential distribution is the one of shape 1.
        assert!((weibull_with_moments(4.0, 4.0).unwrap()[0] - 1.0).abs() < 1e-9);
        assert_eq!(weibull_with_moments(1.0, 1e30), None);
    }
}
