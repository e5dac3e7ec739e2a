//! Values at a standard normal deviate for the families whose cumulative probability has no
//! closed inverse.

use super::binomial_many::{self, LEAST_VARIANCE};
use super::normal;
use super::special::{
    Share, Tails, beta_error, beta_tails, beta_tails_with, gamma_tails, stirling_error,
};
use crate::numeric::elementary::{exp, ln_of_any};
use std::f64::consts::TAU;

/// From this size of the smaller shape or of the variance on, the Cornish-Fisher expansion is more
/// accurate than 1e-7 standard deviations even eight of them away from the mean.
pub(super) const LARGE: f64 = 1e4;

/// The value of Gamma(shape, 1) at the standard normal deviate `z`.
pub(super) fn gamma(shape: f64, z: f64) -> f64 {
    if shape >= LARGE {
        return cornish_fisher(z, shape, shape, [2.0, 6.0, 24.0]);
    }
    // Gamma(shape) in terms of Stirling's formula: ln Gamma(shape + 1) = ln_factorial.
    let ln_factorial =
        (shape + 0.5) * ln_of_any(shape) - shape + ln_of_any(TAU) / 2.0 + stirling_error(shape);
    let cube_root = 1.0 - 1.0 / (9.0 * shape) + z / (3.0 * shape.sqrt());
    // Wilson and Hilferty 1931, only a point to start from.
    let near = ln_of_any(shape) + 3.0 * ln_of_any(cube_root.max(1e-3));
    let upper = normal::cumulative(-z);
    let ln_x = if z <= 0.0 || shape < 1.0 && upper > exp(gamma_tails(shape, 0.0).upper) {
        let target = ln_of_any(normal::cumulative(z));
        // Far out the lower tail is proportional to x^shape, and it is never larger than that.
        let far = (target + ln_factorial) / shape;
        let start = if shape < 1.0 { far.min(0.0) } else { far.max(near) };
        solve(start, target, |ln_x| {
            let Tails { lower, density, .. } = gamma_tails(shape, ln_x);
            (lower, density)
        })
    } else {
        let target = ln_of_any(upper);
        // No more than exp(target) lies above this value (Boucheron, Lugosi and Massart 2013,
        // section 2.4).
        let above = ln_of_any(shape + (-2.0 * shape * target).sqrt() - target);
        let start = if shape < 1.0 { above } else { above.min(near) };
        -solve(-start, target, |negative| {
            let Tails { upper, density, .. } = gamma_tails(shape, -negative);
            (upper, density)
        })
    };
    exp(ln_x)
}

/// The value of Beta(alpha, beta) at the standard normal deviate `z`.
pub(super) fn beta(alpha: f64, beta: f64, z: f64) -> f64 {
    if alpha.min(beta) >= LARGE {
        return Share::from_logit(large_beta_logit(alpha, beta, z)).x;
    }
    if z <= 0.0 {
        Share::from_logit(lower_beta_logit(alpha, beta, z)).x
    } else {
        Share::from_logit(lower_beta_logit(beta, alpha, -z)).rest
    }
}

/// The logit of the value of Beta(alpha, beta) at a `z` of at most 0.
fn lower_beta_logit(alpha: f64, beta: f64, z: f64) -> f64 {
    let near = if alpha.min(beta) < 1.0 {
        f64::NEG_INFINITY
    } else {
        ln_of_any(alpha / beta) + z * (alpha.recip() + beta.recip()).sqrt()
    };
    beta_logit(alpha, beta, ln_of_any(normal::cumulative(z)), near)
}

/// The logit of the value of Beta(alpha, beta) whose cumulative probability has the logarithm
/// `target`, and of which `near` is an estimate.
fn beta_logit(alpha: f64, beta: f64, target: f64, near: f64) -> f64 {
    // ln B(alpha, beta), from the density at the mean, where nothing is lost to rounding.
    let total = alpha + beta;
    let mean =
        if alpha < beta { Share::new(alpha / total) } else { Share::new(beta / total).flipped() };
    let product = alpha.min(beta) * (alpha.max(beta) / total);
    let error = beta_error(alpha, beta);
    let ln_beta_function =
        alpha * mean.ln_x + beta * mean.ln_rest + error - ln_of_any(product / TAU) / 2.0;
    // Far out the lower tail is proportional to x^alpha, and it is never larger than that.
    let far = (target + ln_of_any(alpha) + ln_beta_function) / alpha;
    solve(far.max(near), target, |logit| {
        let share = Share::from_logit(logit);
        let Tails { lower, density, .. } = beta_tails_with(alpha, beta, error, share);
        (lower, density)
    })
}

/// The value of Student's t with `df` degrees of freedom at the standard normal deviate `z`.
///
/// Its square over `df` is the odds of a Beta(1/2, df/2) variable.
pub(super) fn student_t(df: f64, z: f64) -> f64 {
    let square = z * z;
    if df >= LARGE {
        // The expansion of Fisher and Cornish 1960 (Abramowitz and Stegun 1964, 26.7.5).
        let first = (square + 1.0) / 4.0;
        let second = ((5.0 * square + 16.0) * square + 3.0) / 96.0;
        let third = (((3.0 * square + 19.0) * square + 17.0) * square - 15.0) / 384.0;
        return z * (1.0 + (first + (second + third / df) / df) / df);
    }
    let far = normal::cumulative(-z.abs());
    let logit = if far < 0.25 {
        -beta_logit(df / 2.0, 0.5, ln_of_any(2.0 * far), f64::NEG_INFINITY)
    } else {
        beta_logit(0.5, df / 2.0, ln_of_any(1.0 - 2.0 * far), f64::NEG_INFINITY)
    };
    // One factor, because the root of a tiny number of degrees times a huge one is neither.
    exp((logit + ln_of_any(df)) / 2.0).copysign(z)
}

/// The logit of the value of Beta(alpha, beta) at `z`, for large `alpha` and `beta`.
pub(super) fn large_beta_logit(alpha: f64, beta: f64, z: f64) -> f64 {
    let (mean, [variance, third, fourth, fifth]) = beta_logit_cumulants(alpha, beta);
    let ratios = [third, fourth, fifth].map(|cumulant| cumulant / variance);
    cornish_fisher(z, mean, variance, ratios)
}

/// The mean and the second to fifth cumulants of the logit of Beta(alpha, beta), for large `alpha`
/// and `beta`.
///
/// The logit is the difference of the logarithms of two gamma variables, so its cumulants are
/// polygamma functions (their asymptotic series: Abramowitz and Stegun 1964, 6.3.18 and 6.4.11).
pub(super) fn beta_logit_cumulants(alpha: f64, beta: f64) -> (f64, [f64; 4]) {
    let (a, b) = (alpha.recip(), beta.recip());
    let mean = ln_of_any(alpha / beta) - (a - b) / 2.0 - (a * a - b * b) / 12.0;
    let second = |r: f64| r + r * r / 2.0 + r * r * r / 6.0;
    let third = |r: f64| -r * r * (1.0 + r + r * r / 2.0);
    let fourth = |r: f64| r * r * r * (2.0 + 3.0 * r);
    let fifth = |r: f64| -r * r * r * r * (6.0 + 12.0 * r);
    let variance = second(a) + second(b);
    (mean, [variance, third(a) - third(b), fourth(a) + fourth(b), fifth(a) - fifth(b)])
}

/// The value of Binomial(n, p) at the standard normal deviate `z`: the least `k` whose cumulative
/// probability is at least that of `z`.
pub(super) fn binomial(n: f64, p: f64, z: f64) -> f64 {
    if n == 0.0 || p == 0.0 {
        return 0.0;
    }
    if p == 1.0 {
        return n;
    }
    let variance = n * p * (1.0 - p);
    let guess = if variance < LEAST_VARIANCE {
        let near = (n * p + z * variance.sqrt()).round();
        if near > 0.0 { near.min(n) } else { 0.0 }
    } else {
        let (count, is_clear) = binomial_many::count(n, p, z);
        if is_clear {
            return count;
        }
        count.clamp(0.0, n)
    };
    if variance >= LARGE {
        return guess;
    }
    let share = Share::new(p);
    let target = ln_of_any(normal::cumulative(-z.abs()));
    least(n, guess, |k| {
        // At most k successes: a Beta(k + 1, n - k) variable is larger than p.
        let Tails { lower, upper, .. } = beta_tails(k + 1.0, n - k, share);
        if z <= 0.0 { upper >= target } else { lower <= target }
    })
}

/// The value of NegativeBinomial(r, p) at the standard normal deviate `z`: the least `k` whose
/// cumulative probability is at least that of `z`. `odds` are `(1 - p) / p`.
pub(super) fn negative_binomial(r: f64, p: f64, odds: f64, z: f64) -> f64 {
    /// From here on the mean of the Poisson variable says enough of the variable itself.
    const HUGE: f64 = (1_u64 << 50) as f64;
    /// And below this `p` in any case, if the mean is large.
    const RARE: f64 = 1e-20;
    let q = 1.0 - p;
    if q == 0.0 {
        return 0.0;
    }
    // Beyond these deviates the floating-point numbers of probabilities end.
    let z = z.clamp(-37.0, 37.0);
    let size = r * q;
    let rate = gamma(r, z) * odds;
    if if size >= LARGE { p < RARE } else { rate >= HUGE } {
        return rate.floor();
    }
    if size >= LARGE {
        let variance = size / p / p;
        let smooth = variance + 1.0 / 12.0;
        let cumulants = [
            variance * (1.0 + q) / p,
            variance * (1.0 + q * (4.0 + q)) / p / p - 1.0 / 120.0,
            variance * (1.0 + q * (11.0 + q * (11.0 + q))) / p / p / p,
        ];
        let middle = cornish_fisher(z, size / p, smooth, cumulants.map(|value| value / smooth));
        return (middle - 0.5).ceil().max(0.0);
    }
    let share = Share::new(p);
    let target = ln_of_any(normal::cumulative(-z.abs()));
    // A gamma variable with the same mean and variance, to begin from.
    let guess = (gamma(size, z) / p - 0.5).ceil().max(0.0);
    least(f64::MAX, guess, |k| {
        // At most k failures: a Beta(r, k + 1) variable is at most p.
        let Tails { lower, upper, .. } = beta_tails(r, k + 1.0, share);
        if z <= 0.0 { lower >= target } else { upper <= target }
    })
}

/// The least whole number from 0 to `n` for which `reached` holds, given that it holds from there
/// on and for `n`, searched outwards from `guess`.
pub(super) fn least(n: f64, guess: f64, reached: impl Fn(f64) -> bool) -> f64 {
    let holds = |k: f64| k >= n || reached(k);
    let mut step = 1.0;
    // `reached` holds at `high` and not at `low`.
    let (mut low, mut high);
    if holds(guess) {
        (low, high) = (guess - 1.0, guess);
        while low >= 0.0 && holds(low) {
            high = low;
            step *= 2.0;
            low = (low - step).max(-1.0);
        }
    } else {
        (low, high) = (guess, (guess + 1.0).min(n));
        while !holds(high) {
            low = high;
            step *= 2.0;
            high = (high + step).min(n);
        }
    }
    while high - low > 1.0 {
        let middle = ((low + high) / 2.0).floor();
        if holds(middle) { high = middle } else { low = middle }
    }
    high
}

/// The place where the logarithm of a lower tail is `target`, by Newton's method from `start`.
///
/// `tail` gives the logarithms of the lower tail and of the density. The densities here are
/// log-concave, so the logarithm of the tail is concave and increasing: after the first step the
/// method approaches the solution from below and cannot overshoot.
fn solve(start: f64, target: f64, tail: impl Fn(f64) -> (f64, f64)) -> f64 {
    let mut place = start;
    for _ in 0..200 {
        let (logarithm, density) = tail(place);
        let step = (target - logarithm) * exp(logarithm - density);
        // Convergence is quadratic: what is left after so small a step is below rounding.
        if !step.is_finite() {
            break;
        }
        place += step;
        if step.abs() <= 1e-9 * place.abs().clamp(1e-3, 1.0) {
            break;
        }
    }
    place
}

/// The expansion of Cornish and Fisher 1938 of the value at the standard normal deviate `z`, up to
/// the terms of the fifth cumulant. `ratios` are the third to fifth cumulants divided by the
/// variance.
pub(super) fn cornish_fisher(z: f64, mean: f64, variance: f64, ratios: [f64; 3]) -> f64 {
    let sd = variance.sqrt();
    let [third, fourth, fifth] = [ratios[0] / sd, ratios[1] / variance, ratios[2] / variance / sd];
    let square = z * z;
    let first = third * (square - 1.0) / 6.0;
    let second = z * (fourth * (square - 3.0) / 24.0 - third * third * (2.0 * square - 5.0) / 36.0);
    let last = fifth * ((square - 6.0) * square + 3.0) / 120.0
        - third * fourth * ((square - 5.0) * square + 2.0) / 24.0
        + third * third * third * ((12.0 * square - 53.0) * square + 17.0) / 324.0;
    mean + sd * (z + first + second + last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use statrs::distribution::{Binomial, Discrete};

    const DEVIATES: [f64; 13] =
        [-8.2, -6.0, -3.5, -2.0, -1.1, -0.3, 0.0, 0.4, 1.3, 2.5, 4.0, 6.5, 8.2];

    /// Asserts that the smaller tail is that of `z`.
    fn assert_tail(tails: Tails, z: f64, context: &str) {
        let found = if z <= 0.0 { tails.lower } else { tails.upper };
        let expected = normal::cumulative(-z.abs()).ln();
        assert!((found - expected).abs() < 1e-9, "{context} at {z}: {found} {expected}");
    }

    #[test]
    fn gamma_values_have_the_cumulative_probability_of_their_normal_deviate() {
        for shape in [0.05, 0.4, 1.0, 2.7, 60.0, 3000.0, 9999.0] {
            for z in DEVIATES {
                let value = gamma(shape, z);
                assert!(value.is_finite() && value >= 0.0);
                if value > 1e-300 {
                    assert_tail(gamma_tails(shape, value.ln()), z, &format!("gamma {shape}"));
                }
            }
        }
    }

    #[test]
    fn beta_values_have_the_cumulative_probability_of_their_normal_deviate() {
        for (alpha, beta_) in [
            (1.0, 1.0),
            (0.5, 0.5),
            (0.05, 3.0),
            (2.0, 38.0),
            (300.0, 200.0),
            (9000.0, 9500.0),
            (0.4, 1e9),
            (7.0, 1e15),
            (1e6, 0.2),
        ] {
            for z in DEVIATES {
                let value = beta(alpha, beta_, z);
                assert!((0.0..=1.0).contains(&value), "{alpha} {beta_} {z}");
                // Nearer to 1 the value itself is too coarse to tell.
                if value > 1e-300 && value < 1.0 - 1e-5 {
                    let tails = beta_tails(alpha, beta_, Share::new(value));
                    assert_tail(tails, z, &format!("beta {alpha} {beta_}"));
                }
            }
        }
    }

    #[test]
    fn values_rise_with_the_normal_deviate_and_extremes_end_in_the_support() {
        for (alpha, beta_) in [(1e-3, 1e-3), (1e-310, 2e-310), (1e-8, 5.0), (2.0, 1e300)] {
            let values: Vec<f64> =
                (-60..60).map(|step| beta(alpha, beta_, f64::from(step) / 10.0)).collect();
            assert!(values.is_sorted(), "{alpha} {beta_}: {values:?}");
            assert!(values.iter().all(|value| (0.0..=1.0).contains(value)));
        }
        for shape in [1e-310, 1e-6, 0.02, 1.0, 1e300] {
            let values: Vec<f64> =
                (-60..60).map(|step| gamma(shape, f64::from(step) / 10.0)).collect();
            assert!(values.is_sorted(), "{shape}: {values:?}");
            assert!(values.iter().all(|value| *value >= 0.0 && value.is_finite()));
        }
    }

    #[test]
    fn the_expansion_takes_over_without_a_step() {
        for z in DEVIATES {
            let deviation = LARGE.sqrt();
            let (below, above) = (gamma(LARGE - 1e-9, z), gamma(LARGE, z));
            assert!((below - above).abs() < 2e-7 * deviation, "gamma {z}: {below} {above}");
            for other in [LARGE, 30.0 * LARGE] {
                let (below, above) = (beta(LARGE - 1e-9, other, z), beta(LARGE, other, z));
                let mean = LARGE / (LARGE + other);
                let deviation = (mean * (1.0 - mean) / (LARGE + other)).sqrt();
                assert!((below - above).abs() < 2e-7 * deviation, "beta {z}: {below} {above}");
            }
        }
    }

    #[test]
    fn binomial_values_are_the_least_that_reach_the_cumulative_probability() {
        for (n, p) in [(1, 0.3), (10, 0.5), (40, 0.02), (300, 0.9), (5000, 0.3), (1000, 1e-9)] {
            let law = Binomial::new(p, n).expect("possible");
            let masses: Vec<f64> = (0..=n).map(|count| law.pmf(count)).collect();
            for step in -120..=120 {
                let z = f64::from(step) / 20.0 + 0.001;
                let k = binomial(n as f64, p, z) as usize;
                // Sums from the nearer end, with room for the rounding of the sums.
                let (lower, upper) = (normal::cumulative(z), normal::cumulative(-z));
                let (at, before) = if z <= 0.0 {
                    let sum = |end: usize| masses[..end].iter().sum::<f64>();
                    (sum(k + 1) >= lower * (1.0 - 1e-9), sum(k) < lower * (1.0 + 1e-9))
                } else {
                    let sum = |start: usize| masses[start..].iter().rev().sum::<f64>();
                    (sum(k + 1) <= upper * (1.0 + 1e-9), sum(k) > upper * (1.0 - 1e-9))
                };
                assert!(at && (before || k == 0), "{n} {p} {z}: {k}");
            }
        }
    }

    #[test]
    fn the_expansion_of_a_large_binomial_agrees_with_its_cumulative_probability() {
        for (n, p) in [(41_000.0, 0.5), (2e5, 0.06), (1e12, 1.1e-8)] {
            for z in DEVIATES {
                let k = binomial(n, p, z);
                let tail = |k: f64| {
                    let Tails { lower, upper, .. } = beta_tails(k + 1.0, n - k, Share::new(p));
                    if z <= 0.0 { upper } else { lower }
                };
                // Off by one only where the cumulative probability is hit almost exactly.
                let target = normal::cumulative(-z.abs()).ln();
                let (least, most) = (tail(k).min(tail(k - 1.0)), tail(k).max(tail(k - 1.0)));
                let room = 1e-4 * (most - least);
                assert!(least - room <= target && target <= most + room, "{n} {p} {z}: {k}");
            }
        }
    }
}
