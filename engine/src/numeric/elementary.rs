//! Exponential and logarithm from additions, multiplications and one division.
//!
//! Unlike those of the standard library they give the same bits on every machine, and a loop over
//! them runs on several numbers side by side. Their error is below one unit of the last place.

/// `ln 2` in two parts: the first has so few digits that its product with an exponent is exact.
const LN_2: [f64; 2] = [f64::from_bits(0x3FE6_2E42_FEE0_0000), 1.908_214_929_270_587_7e-10];
/// Adding this number rounds a small one to a whole number, found in the lowest bits of the sum.
const ROUNDING: f64 = 6_755_399_441_055_744.0;

/// The exponential of `x`: infinite above 709.78 and 0 below -745.1.
///
/// `x = k ln 2 + r` with a whole number `k` and `|r| < 0.35`, and the series of `exp(r)`.
#[inline(always)]
pub(crate) fn exp(x: f64) -> f64 {
    const INVERSE_FACTORIALS: [f64; 12] = [
        1.0 / 2.0,
        1.0 / 6.0,
        1.0 / 24.0,
        1.0 / 120.0,
        1.0 / 720.0,
        1.0 / 5_040.0,
        1.0 / 40_320.0,
        1.0 / 362_880.0,
        1.0 / 3_628_800.0,
        1.0 / 39_916_800.0,
        1.0 / 479_001_600.0,
        1.0 / 6_227_020_800.0,
    ];
    // The comparisons are written so that NaN stays what it is.
    let x = if x > 800.0 { 800.0 } else { x };
    let x = if x < -800.0 { -800.0 } else { x };
    let power = (x * std::f64::consts::LOG2_E + ROUNDING) - ROUNDING;
    let rest = (x - power * LN_2[0]) - power * LN_2[1];
    let result = 1.0 + (rest + rest * rest * polynomial(rest, &INVERSE_FACTORIALS));
    // Two factors, because 2^k itself can be too large or too small.
    let half = (power * 0.5 + ROUNDING) - ROUNDING;
    result * power_of_two(half) * power_of_two(power - half)
}

/// 2 to the power of a whole number from -1022 to 1023.
#[inline(always)]
fn power_of_two(power: f64) -> f64 {
    f64::from_bits((power + (ROUNDING + 1023.0)).to_bits() << 52)
}

/// The logarithm of a finite `x` of at least 2^-1022.
///
/// `x = 2^k m` with `m` between the roots of 1/2 and of 2, and the series of `ln m` in
/// `(m - 1) / (m + 1)`, put together as in the library fdlibm (Sun Microsystems 1993).
#[inline(always)]
pub(crate) fn ln(x: f64) -> f64 {
    const ROOT_OF_HALF: u64 = 0x3FE6_A09E_667F_3BCD;
    const FRACTION: u64 = (1 << 52) - 1;
    const TWO_TO_52: f64 = 4_503_599_627_370_496.0;
    const SERIES: [f64; 12] = [
        2.0 / 3.0,
        2.0 / 5.0,
        2.0 / 7.0,
        2.0 / 9.0,
        2.0 / 11.0,
        2.0 / 13.0,
        2.0 / 15.0,
        2.0 / 17.0,
        2.0 / 19.0,
        2.0 / 21.0,
        2.0 / 23.0,
        2.0 / 25.0,
    ];
    let offset = x.to_bits().wrapping_sub(ROOT_OF_HALF).wrapping_add(1024 << 52);
    let power = f64::from_bits(offset >> 52 | TWO_TO_52.to_bits()) - (TWO_TO_52 + 1024.0);
    let excess = f64::from_bits((offset & FRACTION) + ROOT_OF_HALF) - 1.0;
    let s = excess / (2.0 + excess);
    let square = s * s;
    let series = polynomial(square, &SERIES);
    let half = 0.5 * excess * excess;
    let small = s * (half + series * square) + power * LN_2[1];
    power * LN_2[0] - ((half - small) - excess)
}

/// The logarithm of any number: negative infinity of 0, NaN of what is below.
#[inline(always)]
pub(crate) fn ln_of_any(x: f64) -> f64 {
    const TWO_TO_54: f64 = 18_014_398_509_481_984.0;
    let is_tiny = x < f64::MIN_POSITIVE;
    let scaled = if is_tiny { x * TWO_TO_54 } else { x };
    let is_regular = (scaled > 0.0) & (scaled < f64::INFINITY);
    let logarithm = ln(if is_regular { scaled } else { 1.0 });
    let logarithm = if is_tiny { logarithm - 54.0 * std::f64::consts::LN_2 } else { logarithm };
    let end = if scaled == 0.0 { f64::NEG_INFINITY } else { f64::NAN };
    let end = if scaled == f64::INFINITY { f64::INFINITY } else { end };
    if is_regular { logarithm } else { end }
}

/// `ln(1 + x)` for `x` above -1 by at least 2^-53.
#[inline(always)]
pub(crate) fn ln_1p(x: f64) -> f64 {
    let sum = 1.0 + x;
    // What the sum lost to rounding counts in proportion to it.
    ln(sum) + (x - (sum - 1.0)) / sum
}

/// The largest whole number that is at most `x`, for `x` of at least 0.
#[inline(always)]
pub(crate) fn floor(x: f64) -> f64 {
    const TWO_TO_52: f64 = 4_503_599_627_370_496.0;
    let nearest = (x + TWO_TO_52) - TWO_TO_52;
    let below = if nearest > x { nearest - 1.0 } else { nearest };
    // From 2^52 on every floating-point number is whole.
    if x < TWO_TO_52 { below } else { x }
}

/// The polynomial with these coefficients, the constant first, in the order of Estrin: many of the
/// operations do not wait for each other.
#[inline(always)]
fn polynomial(x: f64, c: &[f64; 12]) -> f64 {
    let square = x * x;
    let fourth = square * square;
    let low = (c[0] + c[1] * x) + (c[2] + c[3] * x) * square;
    let middle = (c[4] + c[5] * x) + (c[6] + c[7] * x) * square;
    let high = (c[8] + c[9] * x) + (c[10] + c[11] * x) * square;
    low + (middle + high * fourth) * fourth
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Distance in units of the last place of `expected`.
    fn error(value: f64, expected: f64) -> f64 {
        (value - expected).abs() / (expected.abs() * f64::EPSILON).max(f64::MIN_POSITIVE)
    }

    #[test]
    fn the_exponential_agrees_with_the_standard_library_to_the_last_place() {
        for step in -70_000..=70_000 {
            let x = f64::from(step) * 0.01 + f64::from(step % 977) * 1e-5;
            assert!(error(exp(x), x.exp()) <= 1.0, "{x} {} {}", exp(x), x.exp());
        }
    }

    #[test]
    fn the_exponential_ends_in_infinity_and_in_zero() {
        assert_eq!(exp(0.0), 1.0);
        assert_eq!(exp(710.0), f64::INFINITY);
        assert_eq!(exp(f64::INFINITY), f64::INFINITY);
        assert_eq!(exp(-746.0), 0.0);
        assert_eq!(exp(f64::NEG_INFINITY), 0.0);
        assert!(exp(f64::NAN).is_nan());
        assert!((exp(-740.0) / (-740.0_f64).exp() - 1.0).abs() < 1e-2);
        assert!(error(exp(709.7), 709.7_f64.exp()) <= 1.0);
    }

    #[test]
    fn the_logarithms_agree_with_the_standard_library_to_the_last_place() {
        let mut x = f64::MIN_POSITIVE;
        while x < 1e308 {
            assert!(error(ln(x), x.ln()) <= 1.0, "{x} {} {}", ln(x), x.ln());
            x *= 1.013;
        }
        for step in -9_999..=30_000 {
            let x = f64::from(step) * 1e-4;
            assert!(error(ln(1.0 + x), (1.0 + x).ln()) <= 1.0, "{x}");
            assert!(error(ln_1p(x), x.ln_1p()) <= 2.0, "{x}");
            let x = x * 1e-9;
            assert!(error(ln_1p(x), x.ln_1p()) <= 2.0, "{x}");
        }
        assert_eq!(ln(1.0), 0.0);
        for x in [1e-310, f64::MIN_POSITIVE, 0.3, 7.0, f64::MAX] {
            assert!(error(ln_of_any(x), x.ln()) <= 1.0, "{x}");
        }
        assert_eq!(ln_of_any(f64::INFINITY), f64::INFINITY);
        assert_eq!([ln_of_any(0.0), ln_of_any(-0.0)], [f64::NEG_INFINITY; 2]);
        assert!(ln_of_any(-1e-310).is_nan() && ln_of_any(-2.0).is_nan());
        assert!(ln_of_any(f64::NAN).is_nan());
        assert_eq!(ln_1p(0.0), 0.0);
    }
}
