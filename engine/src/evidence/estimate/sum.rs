//! Exact sums of many values, and their floating-point images.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use crate::expr::{Exact, Fault};

/// An exact sum; the order of what is added does not matter, to the last digit.
#[derive(Debug, Default, Clone)]
pub(super) struct Sum {
    mantissa: i128,
    scale: u32,
    /// What did not fit: fractions, and sums beyond 38 digits.
    rest: Option<Exact>,
}

impl Sum {
    /// Adds a value.
    ///
    /// # Errors
    /// [`Fault::LosesDigits`] when the sum does not fit.
    pub(super) fn add(&mut self, value: Exact) -> Result<(), Fault> {
        if value.decimal().and_then(|decimal| self.add_decimal(decimal)).is_some() {
            return Ok(());
        }
        self.rest = Some(self.rest.unwrap_or(Exact::ZERO).plus(value)?);
        Ok(())
    }

    fn add_decimal(&mut self, value: Decimal) -> Option<()> {
        let (mut mantissa, scale) = (value.mantissa(), value.scale());
        if scale > self.scale {
            self.mantissa = self.mantissa.checked_mul(10_i128.pow(scale - self.scale))?;
            self.scale = scale;
        } else if scale < self.scale {
            mantissa = mantissa.checked_mul(10_i128.pow(self.scale - scale))?;
        }
        self.mantissa = self.mantissa.checked_add(mantissa)?;
        Some(())
    }

    /// The sum.
    ///
    /// # Errors
    /// [`Fault::LosesDigits`] when it needs more than 28 digits.
    pub(super) fn total(&self) -> Result<Exact, Fault> {
        let (mut mantissa, mut scale) = (self.mantissa, self.scale);
        while scale > 0 && mantissa % 10 == 0 {
            mantissa /= 10;
            scale -= 1;
        }
        let whole = Decimal::try_from_i128_with_scale(mantissa, scale)
            .map_err(|_| Fault::LosesDigits)
            .map(Exact::from)?;
        match self.rest {
            Some(rest) => whole.plus(rest),
            None => Ok(whole),
        }
    }
}

/// The nearest floating-point number.
pub(super) fn float(value: Exact) -> f64 {
    // Both sides are exact here, so that one division rounds correctly.
    const EXACT: i128 = 1 << 53;
    if let Some(decimal) = value.decimal() {
        let (mantissa, scale) = (decimal.mantissa(), decimal.scale());
        if let Some(power) = POWERS.get(scale as usize)
            && mantissa.abs() < EXACT
        {
            return mantissa as f64 / power;
        }
    }
    value.approximate().to_f64().unwrap_or(f64::NAN)
}

/// Powers of ten that are exact in floating point.
const POWERS: [f64; 16] =
    [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

/// Significant digits to which a value computed in floating point is kept.
const DIGITS: usize = 12;

/// A computed number as the contract reads it: its 12 significant digits, rounded half to even from
/// the exact binary value. Two machines that compute the same bits read the same decimal.
pub(super) fn exact(value: f64) -> Option<Exact> {
    let text = format!("{value:.*e}", DIGITS - 1);
    value.is_finite().then(|| Decimal::from_scientific(&text).ok()).flatten().map(Exact::from)
}

/// `Σ weight × numerator ÷ denominator`, exactly where that fits in 28 digits, else to 20 decimals.
///
/// The denominators of many strata have a product of more than 28 digits. Each quotient is then
/// taken to 28 digits, and the sum rounded to 20 decimals, half to even, so that a sum with few
/// digits of its own comes out as what it is.
///
/// # Errors
/// A division by zero; a product that does not fit.
pub(super) fn weighted(parts: &[(Exact, Exact, Exact)]) -> Result<Exact, Fault> {
    let exactly = parts.iter().try_fold(Exact::ZERO, |sum, (weight, top, bottom)| {
        sum.plus(weight.times(top.divide(*bottom)?)?)
    });
    if !matches!(exactly, Err(Fault::LosesDigits)) {
        return exactly;
    }
    let mut sum = Decimal::ZERO;
    for (weight, top, bottom) in parts {
        let (top, bottom) = (top.approximate(), bottom.approximate());
        let quotient = top.checked_div(bottom).ok_or(Fault::DivisionByZero)?;
        let part = weight.approximate().checked_mul(quotient).ok_or(Fault::LosesDigits)?;
        sum = sum.checked_add(part).ok_or(Fault::LosesDigits)?;
    }
    Ok(Exact::from(sum.round_dp(20)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_sum_does_not_depend_on_the_order(
            mut values in prop::collection::vec((-1_000_000_i64..1_000_000, 0_u32..6), 1..40),
        ) {
            let total = |values: &[(i64, u32)]| {
                let mut sum = Sum::default();
                for (value, scale) in values {
                    sum.add(Exact::from(Decimal::new(*value, *scale))).unwrap();
                }
                sum.total().unwrap()
            };
            let first = total(&values);
            values.reverse();
            prop_assert_eq!(first, total(&values));
            let plain: Decimal = values.iter().map(|(value, scale)| Decimal::new(*value, *scale)).sum();
            prop_assert_eq!(first, Exact::from(plain));
        }

        #[test]
        fn the_floating_image_is_the_one_of_the_text(value in -99_999_999_i64..99_999_999, scale in 0_u32..12) {
            let decimal = Decimal::new(value, scale);
            prop_assert_eq!(float(Exact::from(decimal)), decimal.to_string().parse::<f64>().unwrap());
        }
    }

    #[test]
    fn many_strata_come_out_to_twenty_decimals() {
        // 1/p over the first 24 primes above 1,000 needs a denominator of 72 digits.
        let primes = [
            1009, 1013, 1019, 1021, 1031, 1033, 1039, 1049, 1051, 1061, 1063, 1069, 1087, 1091,
            1093, 1097, 1103, 1109, 1117, 1123, 1129, 1151, 1153, 1163,
        ];
        let parts: Vec<_> =
            primes.iter().map(|prime| (Exact::ONE, Exact::ONE, Exact::from(*prime))).collect();
        let sum = float(weighted(&parts).unwrap());
        let plain: f64 = primes.iter().map(|prime| 1.0 / *prime as f64).sum();
        assert!((sum - plain).abs() < 1e-15, "{sum} {plain}");
    }

    #[test]
    fn a_computed_number_keeps_twelve_digits() {
        assert_eq!(exact(1.0 / 3.0).unwrap().to_string(), "0.333333333333");
        assert_eq!(exact(-2.5).unwrap().to_string(), "-2.5");
        assert_eq!(exact(f64::NAN), None);
    }
}
