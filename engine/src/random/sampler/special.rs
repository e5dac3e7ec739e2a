//! The incomplete gamma and beta functions and what they are made of, written so that huge and
//! tiny parameters lose no digits.
//!
//! The probabilities of the gamma, beta and binomial families all come from two functions
//! (Loader 2000, "Fast and accurate computation of binomial probabilities"): the error of
//! Stirling's formula and the deviance. Neither subtracts large numbers from each other.

use crate::numeric::elementary::{exp, ln_1p, ln_of_any};
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
        let logarithm =
            if base < 1.0 { ln_1p(base) - ln_of_any(base) } else { ln_1p(base.recip()) };
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
        Self { x, rest: 1.0 - x, ln_x: ln_of_any(x), ln_rest: ln_1p(-x) }
    }

    /// The number `1 / (1 + exp(-logit))`.
    pub(super) fn from_logit(logit: f64) -> Self {
        if logit > 0.0 {
            return Self::from_logit(-logit).flipped();
        }
        let odds = exp(logit);
        let ln_rest = -ln_1p(odds);
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
    let x = exp(ln_x);
    let deviance = deviance(shape, x, shape - x, || ln_of_any(shape) - ln_x);
    let density = ln_of_any(shape / TAU) / 2.0 - deviance - stirling_error(shape);
    if x < shape + 1.0 {
        let (mut sum, mut term, mut divisor) = (1.0, 1.0, shape);
        while term > sum * f64::EPSILON / 4.0 {
            divisor += 1.0;
            term *= x / divisor;
            sum += term;
        }
        let lower = (density + ln_of_any(sum) - ln_of_any(shape)).min(0.0);
        Tails { lower, upper: ln_complement(lower), density }
    } else {
        let fraction = continued_fraction(x + 1.0 - shape, |step| {
            (-step * (step - shape), x + 2.0 * step + 1.0 - shape)
        });
        let upper = (density - ln_of_any(fraction)).min(0.0);
        Tails { lower: ln_complement(upper), upper, density }
    }
}

/// The tails of Beta(alpha, beta) at `share`, by the continued fraction of the incomplete beta
/// function (Didonato and Morris 1992, equation 9), on the side on which it converges fast.
pub(super) fn beta_tails(alpha: f64, beta: f64, share: Share) -> Tails {
    beta_tails_with(alpha, beta, beta_error(alpha, beta), share)
}

/// What the errors of Stirling's formula leave of the beta function.
pub(super) fn beta_error(alpha: f64, beta: f64) -> f64 {
    stirling_error(alpha) + stirling_error(beta) - stirling_error(alpha + beta)
}

/// The same tails with the [error](beta_error) of the shapes, which whoever looks at many values of
/// one distribution works out once.
pub(super) fn beta_tails_with(alpha: f64, beta: f64, error: f64, share: Share) -> Tails {
    let total = alpha + beta;
    // alpha - total * x and its negative, beta - total * (1 - x).
    let difference = alpha * share.rest - beta * share.x;
    if difference < 0.0 {
        let flipped = beta_tails_with(beta, alpha, error, share.flipped());
        let Tails { lower, upper, density } = flipped;
        return Tails { lower: upper, upper: lower, density };
    }
    let Share { x, rest, ln_x, ln_rest } = share;
    let left = deviance(alpha, total * x, difference, || ln_of_any(alpha / total) - ln_x);
    let right = deviance(beta, total * rest, -difference, || ln_of_any(beta / total) - ln_rest);
    // The smaller shape times the larger one's share of the total cannot overflow.
    let product = alpha.min(beta) * (alpha.max(beta) / total);
    let density = ln_of_any(product / TAU) / 2.0 - left - right - error;
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
    let lower = (density - ln_of_any(fraction)).min(0.0);
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
    if logarithm > -0.5 { ln_of_any(-libm::expm1(logarithm)) } else { ln_1p(-exp(logarithm)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use statrs::function::gamma::ln_gamma;

    #[test]
    fn the_error_of_stirlings_formula_makes_up_for_the_formula() {
        for x in [1e-8, 0.1, 1.0, 2.5, 9.99, 10.0, 123.0, 1e5] {
            let formula = (x + 0.5) * f64::ln(x) - x + TAU.ln() / 2.0;
            let expected = ln_gamma(x + 1.0);
            let found = formula + stirling_error(x);
            assert!((found - expected).abs() < 1e-14 * expected.abs().max(5.0), "{x}: {found}");
        }
        assert!(stirling_error(1e-310).is_finite());
        assert_eq!(stirling_error(1e300), 1.0 / 12.0 / 1e300);
    }

    #[test]
    fn both_forms_of_the_deviance_agree() {
        for x in [1e-3, 1.0, 50.0, 1e12] {
            for factor in [0.7, 0.8, 0.83, 0.95, 0.999_999, 1.0, 1.02, 1.2, 1.3, 4.0] {
                let expected = x * factor;
                let found = deviance(x, expected, x - expected, || (x / expected).ln());
                let direct = x * (x / expected).ln() - (x - expected);
                assert!((found - direct).abs() <= 1e-14 * x, "{x} {factor}");
                assert!(found >= 0.0);
            }
        }
    }

    /// Shape, x and the logarithms of both tails, from arbitrary-precision arithmetic.
    const GAMMA: [[f64; 4]; 9] = [
        [0.01, 1e-200, -4.599_479_878_042_022, -0.010_107_979_216_872_28],
        [0.5, 0.02, -1.841_878_176_587_603_6, -0.172_592_342_121_649_98],
        [1e-5, 3.0, -1.304_862_940_419_307e-7, -15.851_997_707_441_093],
        [3.0, 20.0, -4.555_150_543_058_879e-7, -14.601_837_298_482_247],
        [3.0, 0.001, -22.515_775_287_423_423, -1.665_417_166_666_488_3e-10],
        [9000.0, 9300.0, -0.000_870_511_669_503_365_2, -7.04686461758809],
        [9000.0, 8600.0, -11.567_136_899_323_355, -9.472_362_942_517_891e-6],
        [1e6, 1003000.0, -0.001_362_668_657_580_906_4, -6.598_991_510_666_551_5],
        [1e6, 996000.0, -10.381_293_760_125_345, -3.100_759_894_171_025e-5],
    ];

    /// Alpha, beta, x and the logarithms of both tails, from arbitrary-precision arithmetic.
    const BETA: [[f64; 5]; 12] = [
        [0.01, 0.02, 1e-150, -3.859_020_804_200_963, -0.021_314_181_228_129_808],
        [0.5, 0.5, 0.25, -1.098_612_288_668_109_8, -0.405_465_108_108_164_4],
        [2.0, 38.0, 0.2, -0.001_787_747_187_479_353_8, -6.327_692_746_680_509],
        [2.0, 38.0, 0.001, -7.232_147_718_356_601, -0.000_723_227_932_477_377_3],
        [0.3, 1e4, 1e-3, -2.830_793_811_698_282_3e-6, -12.774_954_802_204_828],
        [0.3, 1e4, 1e-9, -3.345_715_637_510_885, -0.035_870_720_926_303_64],
        [1e-4, 5.0, 0.5, -1.085_717_545_728_722_6e-6, -13.733_269_999_945_657],
        [8000.0, 9000.0, 0.45, -17.154_334_916_853_69, -3.5478643994174e-08],
        [1e6, 2e6, 0.3345, -9.167_819_520_251_081e-6, -11.599_815_667_928_405],
        [1e6, 2e6, 0.333, -2.204_344_306_917_438_4, -0.116_896_623_092_336_6],
        [1e9, 3.0, 1.0 - 1e-8, -5.889_126_226_193_569, -0.002_773_237_335_616_380_6],
        [40.0, 1e12, 6e-11, -0.002_551_444_468_714_624, -5.972_371_072_859_129],
    ];

    fn assert_tails(tails: Tails, [lower, upper]: [f64; 2]) {
        for (found, expected) in [(tails.lower, lower), (tails.upper, upper)] {
            // The relative error of the probability and, near 1, that of its complement.
            let error = ((found - expected) / expected.min(-1.0)).abs();
            let relative = (found / expected - 1.0).abs();
            assert!(error < 1e-10 && relative < 1e-7, "{found} {expected}");
        }
    }

    #[test]
    fn the_tails_of_gamma_distributions_have_the_known_values() {
        for [shape, x, lower, upper] in GAMMA {
            assert_tails(gamma_tails(shape, x.ln()), [lower, upper]);
        }
    }

    #[test]
    fn the_tails_of_beta_distributions_have_the_known_values() {
        for [alpha, beta, x, lower, upper] in BETA {
            assert_tails(beta_tails(alpha, beta, Share::new(x)), [lower, upper]);
            let swapped = beta_tails(beta, alpha, Share::new(x).flipped());
            assert_tails(swapped, [upper, lower]);
        }
    }
}
