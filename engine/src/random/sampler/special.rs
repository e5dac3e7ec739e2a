//! The incomplete gamma and beta functions and what they are made of, written so that huge and
//! tiny parameters lose no digits.
//!
//! The probabilities of the gamma, beta and binomial families all come from two functions
//! (Loader 2000, "Fast and accurate computation of binomial probabilities"): the error of
//! Stirling's formula and the deviance. Neither subtracts large numbers from each other.

use std::f64::consts::TAU;

/// The error of Stirling's formula: `ln Gamma(x + 1) - ((x + 1/2) ln x - x + ln(2 pi) / 2)` for
/// `x > 0`.
pub(super) fn stirling_error(x: f64) -> f64 {
    /// From here on seven terms of the series reach the last digit.
    const LARGE: f64 = 10.0;
    /// Coefficients of `x^-1`, `x^-3`, ... (Abramowitz and Stegun 1964, 6.1.41).
    const SERIES: [f64; 7] = [
        1.0 / 12.0,
        -1.0 / 360.0,
        1.0 / 1260.0,
        -1.0 / 1680.0,
        1.0 / 1188.0,
        -691.0 / 360_360.0,
        1.0 / 156.0,
    ];
    let mut base = x;
    let mut error = 0.0;
    while base < LARGE {
        // error(x) - error(x + 1), from Gamma(x + 1) = x Gamma(x); 1 / x could overflow.
        let logarithm = if base < 1.0 { base.ln_1p() - base.ln() } else { base.recip().ln_1p() };
        error += (base + 0.5) * logarithm - 1.0;
        base += 1.0;
    }
    let square = base.recip() * base.recip();
    let series = SERIES.iter().rev().fold(0.0, |sum, coefficient| sum * square + coefficient);
    error + series / base
}

/// The deviance `x ln(x / expected) - difference`, where `difference` is `x - expected` and
/// `logarithm` computes `ln(x / expected)`. It is 0 where both are equal and positive elsewhere.
pub(super) fn deviance(
    x: f64,
    expected: f64,
    difference: f64,
    logarithm: impl FnOnce() -> f64,
) -> f64 {
    let sum = x + expected;
    if difference.abs() >= 0.1 * sum {
        return if x > 0.0 { x * logarithm() - difference } else { expected };
    }
    // With v = difference / sum, ln(x / expected) = 2 (v + v^3/3 + v^5/5 + ...).
    let v = difference / sum;
    let square = v * v;
    let mut total = difference * v;
    let mut term = 2.0 * x * v;
    let mut divisor = 1.0;
    loop {
        term *= square;
        divisor += 2.0;
        let next = total + term / divisor;
        if next == total {
            return total;
        }
        total = next;
    }
}

/// A number between 0 and 1 with all that is needed to lose no digits near 0 and near 1.
#[derive(Clone, Copy)]
pub(super) struct Share {
    /// The number itself.
    pub(super) x: f64,
    /// 1 minus the number.
    pub(super) rest: f64,
    /// Logarithm of the number.
    pub(super) ln_x: f64,
    /// Logarithm of 1 minus the number.
    pub(super) ln_rest: f64,
}

impl Share {
    /// The number `x` itself, for `x` above 0 and below 1.
    pub(super) fn new(x: f64) -> Self {
        Self { x, rest: 1.0 - x, ln_x: x.ln(), ln_rest: (-x).ln_1p() }
    }

    /// The number `1 / (1 + exp(-logit))`.
    pub(super) fn from_logit(logit: f64) -> Self {
        if logit > 0.0 {
            return Self::from_logit(-logit).flipped();
        }
        let odds = logit.exp();
        let ln_rest = -odds.ln_1p();
        let rest = 1.0 / (1.0 + odds);
        Self { x: odds * rest, rest, ln_x: logit + ln_rest, ln_rest }
    }

    /// 1 minus the number.
    pub(super) fn flipped(self) -> Self {
        Self { x: self.rest, rest: self.x, ln_x: self.ln_rest, ln_rest: self.ln_x }
    }
}

/// Logarithms of the two tails of a distribution at a value, and of the density there.
#[derive(Clone, Copy)]
pub(super) struct Tails {
    /// Logarithm of the probability of a value at most this one.
    pub(super) lower: f64,
    /// Logarithm of the probability of a larger value.
    pub(super) upper: f64,
    /// Logarithm of the density with respect to `ln x` (gamma) or the logit of `x` (beta).
    pub(super) density: f64,
}

/// The tails of Gamma(shape, 1) at `exp(ln_x)`.
///
/// Below the mean this is the power series, above it the continued fraction of the incomplete
/// gamma function (Abramowitz and Stegun 1964, 6.5.29 and 6.5.31).
pub(super) fn gamma_tails(shape: f64, ln_x: f64) -> Tails {
    let x = ln_x.exp();
    let deviance = deviance(shape, x, shape - x, || shape.ln() - ln_x);
    let density = (shape / TAU).ln() / 2.0 - deviance - stirling_error(shape);
    if x < shape + 1.0 {
        let (mut sum, mut term, mut divisor) = (1.0, 1.0, shape);
        while term > sum * f64::EPSILON / 4.0 {
            divisor += 1.0;
            term *= x / divisor;
            sum += term;
        }
        let lower = (density + sum.ln() - shape.ln()).min(0.0);
        Tails { lower, upper: ln_complement(lower), density }
    } else {
        let fraction = continued_fraction(x + 1.0 - shape, |step| {
            (-step * (step - shape), x + 2.0 * step + 1.0 - shape)
        });
        let upper = (density - fraction.ln()).min(0.0);
        Tails { lower: ln_complement(upper), upper, density }
    }
}

/// The tails of Beta(alpha, beta) at `share`, by the continued fraction of the incomplete beta
/// function (Didonato and Morris 1992, equation 9), on the side on which it converges fast.
pub(super) fn beta_tails(alpha: f64, beta: f64, share: Share) -> Tails {
    let total = alpha + beta;
    // alpha - total * x and its negative, beta - total * (1 - x).
    let difference = alpha * share.rest - beta * share.x;
    if difference < 0.0 {
        let Tails { lower, upper, density } = beta_tails(beta, alpha, share.flipped());
        return Tails { lower: upper, upper: lower, density };
    }
    let Share { x, rest, ln_x, ln_rest } = share;
    let left = deviance(alpha, total * x, difference, || (alpha / total).ln() - ln_x);
    let right = deviance(beta, total * rest, -difference, || (beta / total).ln() - ln_rest);
    let shapes = stirling_error(alpha) + stirling_error(beta) - stirling_error(total);
    // The smaller shape times the larger one's share of the total cannot overflow.
    let product = alpha.min(beta) * (alpha.max(beta) / total);
    let density = (product / TAU).ln() / 2.0 - left - right - shapes;
    let fraction = continued_fraction(alpha / (alpha + 1.0) * (difference + 1.0), |step| {
        let (even, odd) = (alpha + 2.0 * step, alpha + 2.0 * step - 1.0);
        let numerator = (alpha + step - 1.0) / odd
            * ((total + step - 1.0) / odd)
            * (step * (beta - step))
            * (x * x);
        let denominator = step
            + step * (beta - step) * x / odd
            + (alpha + step) / (even + 1.0) * (difference + 1.0 + step * (1.0 + rest));
        (numerator, denominator)
    });
    let lower = (density - fraction.ln()).min(0.0);
    Tails { lower, upper: ln_complement(lower), density }
}

/// The continued fraction `start + a(1) / (b(1) + a(2) / (b(2) + ...))`, where `part(n)` is
/// (a(n), b(n)), by the method of Lentz as modified by Thompson and Barnett 1986.
fn continued_fraction(start: f64, mut part: impl FnMut(f64) -> (f64, f64)) -> f64 {
    const TINY: f64 = 1e-300;
    let not_zero = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut result = not_zero(start);
    let (mut forward, mut backward) = (result, 0.0);
    let mut step = 0.0;
    // The parameters that callers pass need a few hundred steps. The bound stops rounding from
    // keeping the loop alive.
    while step < 1e5 {
        step += 1.0;
        let (numerator, denominator) = part(step);
        backward = not_zero(denominator + numerator * backward).recip();
        forward = not_zero(denominator + numerator / forward);
        let change = forward * backward;
        result *= change;
        if (change - 1.0).abs() <= 2.0 * f64::EPSILON {
            break;
        }
    }
    result
}

/// `ln(1 - exp(logarithm))` for a logarithm of at most 0.
pub(super) fn ln_complement(logarithm: f64) -> f64 {
    if logarithm > -0.5 { (-logarithm.exp_m1()).ln() } else { (-logarithm.exp()).ln_1p() }
}
