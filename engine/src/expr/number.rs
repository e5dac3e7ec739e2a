//! Exact numbers: decimals, and fractions of decimals where a division does not end.

use std::cmp::Ordering;
use std::fmt;

use rust_decimal::Decimal;

/// Why an exact operation has no exact result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Divided by zero.
    DivisionByZero,
    /// The result needs more than 28 significant digits.
    LosesDigits,
    /// The function has no exact value; it exists for scenarios only.
    NotExact,
    /// A value that was not measured was read.
    Unavailable,
}

/// An exact number: `numerator / denominator`.
///
/// Most values are plain decimals (denominator 1). A division that does not end within 28 digits is
/// kept as a fraction, so `1 / 3 * 3` is 1 and no yen is lost to a `0.9999…`. An operation whose
/// result would not fit is a [`Fault`], never a silently rounded number.
///
/// ```
/// use engine::expr::Exact;
/// let third = Exact::from(1).divide(Exact::from(3))?;
/// assert_eq!(third.times(Exact::from(3))?, Exact::from(1));
/// # Ok::<(), engine::expr::Fault>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Exact {
    numerator: Decimal,
    /// A whole number of at least 1, with no factor in common with 10 or the numerator's digits.
    denominator: Decimal,
}

impl Exact {
    /// Zero.
    pub const ZERO: Exact = Exact { numerator: Decimal::ZERO, denominator: Decimal::ONE };
    /// One.
    pub const ONE: Exact = Exact { numerator: Decimal::ONE, denominator: Decimal::ONE };

    /// The value as a decimal, when it is one.
    #[must_use]
    pub fn decimal(self) -> Option<Decimal> {
        (self.denominator == Decimal::ONE).then_some(self.numerator)
    }

    /// `mantissa` ÷ 10^`scale`, with at most 28 decimals.
    #[must_use]
    pub(crate) fn from_parts(mut mantissa: i64, mut scale: u32) -> Exact {
        while scale > 0 && mantissa % 10 == 0 {
            mantissa /= 10;
            scale -= 1;
        }
        Exact { numerator: Decimal::new(mantissa, scale), denominator: Decimal::ONE }
    }

    /// The value to 28 significant digits, for display.
    #[must_use]
    pub fn approximate(self) -> Decimal {
        if self.denominator == Decimal::ONE {
            return self.numerator.normalize();
        }
        self.numerator.checked_div(self.denominator).unwrap_or(self.numerator).normalize()
    }

    /// Whether the value is zero.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self.numerator.is_zero()
    }

    /// `self + other`.
    ///
    /// # Errors
    /// [`Fault::LosesDigits`] when the sum does not fit.
    pub fn plus(self, other: Exact) -> Result<Exact, Fault> {
        if self.denominator == other.denominator {
            return Exact::fraction(sum(self.numerator, other.numerator)?, self.denominator);
        }
        let left = product(self.numerator, other.denominator)?;
        let right = product(other.numerator, self.denominator)?;
        Exact::fraction(sum(left, right)?, product(self.denominator, other.denominator)?)
    }

    /// `self − other`.
    ///
    /// # Errors
    /// [`Fault::LosesDigits`] when the difference does not fit.
    pub fn minus(self, other: Exact) -> Result<Exact, Fault> {
        self.plus(other.negated())
    }

    /// `self × other`.
    ///
    /// # Errors
    /// [`Fault::LosesDigits`] when the product does not fit.
    pub fn times(self, other: Exact) -> Result<Exact, Fault> {
        if let (Some(a), Some(b)) = (self.decimal(), other.decimal()) {
            return product(a, b).map(Exact::from);
        }
        // Crossing out first keeps 1/3 × 3 and its kin small.
        let left = Exact::fraction(self.numerator, other.denominator)?;
        let right = Exact::fraction(other.numerator, self.denominator)?;
        Exact::fraction(
            product(left.numerator, right.numerator)?,
            product(left.denominator, right.denominator)?,
        )
    }

    /// `self ÷ other`.
    ///
    /// # Errors
    /// [`Fault::DivisionByZero`]; [`Fault::LosesDigits`] when the quotient does not fit.
    pub fn divide(self, other: Exact) -> Result<Exact, Fault> {
        if other.is_zero() {
            return Err(Fault::DivisionByZero);
        }
        Exact::fraction(
            product(self.numerator, other.denominator)?,
            product(self.denominator, other.numerator)?,
        )
    }

    /// `−self`.
    #[must_use]
    pub fn negated(self) -> Exact {
        Exact { numerator: -self.numerator, ..self }
    }

    /// The distance from zero.
    #[must_use]
    pub fn magnitude(self) -> Exact {
        Exact { numerator: self.numerator.abs(), ..self }
    }

    /// How `self` stands to `other`.
    ///
    /// # Errors
    /// [`Fault::LosesDigits`] when the two cannot be brought to one denominator.
    pub fn compare(self, other: Exact) -> Result<Ordering, Fault> {
        if self.denominator == other.denominator {
            return Ok(self.numerator.cmp(&other.numerator));
        }
        let left = product(self.numerator, other.denominator)?;
        Ok(left.cmp(&product(other.numerator, self.denominator)?))
    }

    /// The quotient and remainder of the division by `step`: `self = whole × step + rest`, `rest`
    /// having the sign of `self`. The rest is given over the returned unit, so that
    /// `rest / unit` is the fraction of a step left over.
    pub(super) fn steps(self, step: Decimal) -> Result<(Decimal, Decimal, Decimal), Fault> {
        let unit = product(self.denominator, step)?;
        let rest = self.numerator.checked_rem(unit).ok_or(Fault::LosesDigits)?;
        let whole = quotient(sum(self.numerator, -rest)?, unit).ok_or(Fault::LosesDigits)?;
        Ok((whole, rest, unit))
    }

    fn fraction(numerator: Decimal, denominator: Decimal) -> Result<Exact, Fault> {
        if denominator.is_zero() {
            return Err(Fault::DivisionByZero);
        }
        if denominator == Decimal::ONE {
            return Ok(Exact::from(numerator));
        }
        if let Some(exact) = quotient(numerator, denominator) {
            return Ok(Exact::from(exact));
        }
        let (numerator, denominator) = (numerator.normalize(), denominator.normalize());
        let common = greatest_common_divisor(numerator.mantissa(), denominator.mantissa());
        let sign = denominator.mantissa().signum();
        let top = sign * numerator.mantissa() / common;
        let mut bottom = sign * denominator.mantissa() / common;
        // Twos and fives go into the decimal numerator, so that each value has one form.
        let mut decimal_part = 1;
        for prime in [2, 5] {
            while bottom % prime == 0 {
                bottom /= prime;
                decimal_part *= prime;
            }
        }
        let top = Decimal::try_from_i128_with_scale(top, numerator.scale())
            .map_err(|_| Fault::LosesDigits)?;
        let shift = Decimal::try_from_i128_with_scale(10_i128.pow(denominator.scale()), 0)
            .map_err(|_| Fault::LosesDigits)?;
        let decimal_part =
            Decimal::try_from_i128_with_scale(decimal_part, 0).map_err(|_| Fault::LosesDigits)?;
        Ok(Exact {
            numerator: quotient(product(top, shift)?, decimal_part).ok_or(Fault::LosesDigits)?,
            denominator: Decimal::try_from_i128_with_scale(bottom, 0)
                .map_err(|_| Fault::LosesDigits)?,
        })
    }
}

impl From<Decimal> for Exact {
    fn from(value: Decimal) -> Self {
        Exact { numerator: value.normalize(), denominator: Decimal::ONE }
    }
}

impl From<i64> for Exact {
    fn from(value: i64) -> Self {
        Exact::from(Decimal::from(value))
    }
}

impl fmt::Display for Exact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.decimal() {
            Some(decimal) => write!(f, "{decimal}"),
            None => write!(f, "{}/{}", self.numerator, self.denominator),
        }
    }
}

/// Below this every mantissa fits, so that nothing can be cut.
const QUICK: u128 = 1 << 95;

/// `rust_decimal` cuts a sum that needs more than 28 digits without a word; its scale tells.
fn sum(a: Decimal, b: Decimal) -> Result<Decimal, Fault> {
    if a.scale() == b.scale()
        && let Some(sum) = a.mantissa().checked_add(b.mantissa())
        && sum.unsigned_abs() < QUICK
    {
        return Ok(Decimal::from_i128_with_scale(sum, a.scale()).normalize());
    }
    let (a, b) = (a.normalize(), b.normalize());
    let sum = a.checked_add(b).ok_or(Fault::LosesDigits)?;
    let exact =
        sum.is_zero() || sum.scale() == a.scale().max(b.scale()) || a.is_zero() || b.is_zero();
    if exact { Ok(sum.normalize()) } else { Err(Fault::LosesDigits) }
}

/// As [`sum`]: a product that was cut has a smaller scale than its factors together.
fn product(a: Decimal, b: Decimal) -> Result<Decimal, Fault> {
    if a.scale() + b.scale() <= Decimal::MAX_SCALE
        && let Some(product) = a.mantissa().checked_mul(b.mantissa())
        && product.unsigned_abs() < QUICK
    {
        return Ok(Decimal::from_i128_with_scale(product, a.scale() + b.scale()).normalize());
    }
    let (a, b) = (a.normalize(), b.normalize());
    let product = a.checked_mul(b).ok_or(Fault::LosesDigits)?;
    let exact = a.is_zero() || b.is_zero() || product.scale() == a.scale() + b.scale();
    if exact { Ok(product.normalize()) } else { Err(Fault::LosesDigits) }
}

/// The quotient, when it is a decimal of at most 28 digits.
fn quotient(a: Decimal, b: Decimal) -> Option<Decimal> {
    let quotient = a.checked_div(b)?.normalize();
    (product(quotient, b).ok()? == a).then_some(quotient)
}

fn greatest_common_divisor(a: i128, b: i128) -> i128 {
    let (mut a, mut b) = (a.abs(), b.abs());
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn exact(text: &str) -> Exact {
        Exact::from(Decimal::from_str_exact(text).unwrap())
    }

    #[test]
    fn a_third_of_nine_million_times_three_is_nine_million() {
        // Through 28 digits this would be 8,999,999.999… and round down to 8,999,999.
        let third = Exact::from(1).divide(Exact::from(3)).unwrap();
        assert_eq!(third.times(exact("9000000")).unwrap(), exact("3000000"));
    }

    #[test]
    fn a_product_that_needs_thirty_six_digits_is_refused() {
        let long = exact("1.234567890123456789");
        assert_eq!(long.times(long), Err(Fault::LosesDigits));
    }

    #[test]
    fn a_sum_that_needs_thirty_digits_is_refused() {
        let large = exact("10000000000000000000000000");
        assert_eq!(large.plus(exact("0.00001")), Err(Fault::LosesDigits));
    }

    #[test]
    fn division_by_zero_is_a_fault() {
        assert_eq!(Exact::ONE.divide(Exact::ZERO), Err(Fault::DivisionByZero));
    }

    #[test]
    fn fractions_with_decimal_denominators_are_reduced() {
        // 0.5 ÷ 0.7 = 5/7, and −1 ÷ −3 = 1/3.
        assert_eq!(exact("0.5").divide(exact("0.7")).unwrap().to_string(), "5/7");
        let third = exact("-1").divide(exact("-3")).unwrap();
        assert_eq!(third.to_string(), "1/3");
    }

    proptest! {
        #[test]
        fn dividing_and_multiplying_back_changes_nothing(
            a in -1_000_000_i64..1_000_000, scale in 0_u32..4, b in 1_i64..10_000,
        ) {
            let a = Exact::from(Decimal::new(a, scale));
            let b = Exact::from(b);
            prop_assert_eq!(a.divide(b).unwrap().times(b).unwrap(), a);
        }

        #[test]
        fn sums_of_fractions_agree_with_whole_number_arithmetic(
            a in -999_i64..999, b in 1_i64..999, c in -999_i64..999, d in 1_i64..999,
        ) {
            let left = Exact::from(a).divide(Exact::from(b)).unwrap();
            let right = Exact::from(c).divide(Exact::from(d)).unwrap();
            let together = Exact::from(a * d + c * b).divide(Exact::from(b * d)).unwrap();
            prop_assert_eq!(left.plus(right).unwrap(), together);
            prop_assert_eq!(
                left.compare(right).unwrap(),
                (a * d).cmp(&(c * b)),
            );
        }
    }
}
