//! Compound growth as an exact factor.

use rust_decimal::Decimal;
use rust_decimal::prelude::{FromPrimitive, ToPrimitive};

/// Decimals of a factor. A balance of 10¹⁵ times it still fits into 28 digits.
const DECIMALS: u32 = 12;

/// What 1 grows to at a yearly rate, compounded.
///
/// `(1 + rate)^(days ÷ 365)`, rounded to 12 decimals
///
/// The factor is a decimal, and the same one for exact and for floating arithmetic, so that both
/// compound a balance alike. Whole years are multiplied out; only what is left of a year is a root.
///
/// ```
/// use engine::finance::growth;
/// // 1.05 × 1.05 = 1.1025.
/// assert_eq!(growth("0.05".parse().unwrap(), 730), "1.1025".parse().unwrap());
/// ```
#[must_use]
pub fn growth(rate: Decimal, days: i64) -> Decimal {
    let base = Decimal::ONE + rate;
    let mut factor = Decimal::ONE;
    for _ in 0..days / 365 {
        let next = factor.checked_mul(base).map(|next| next.round_dp(DECIMALS + 6));
        factor = next.unwrap_or(Decimal::MAX);
    }
    let rest = days % 365;
    if rest != 0 {
        let root = libm::pow(base.to_f64().unwrap_or(f64::NAN), rest as f64 / 365.0);
        let root = Decimal::from_f64(root).unwrap_or(Decimal::ONE);
        factor = factor.checked_mul(root).unwrap_or(Decimal::MAX);
    }
    factor.round_dp(DECIMALS).normalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(rate: &str, days: i64) -> String {
        growth(rate.parse().unwrap(), days).to_string()
    }

    #[test]
    fn whole_years_are_powers_and_parts_of_a_year_are_roots() {
        assert_eq!(at("0.05", 0), "1");
        assert_eq!(at("0.05", 365), "1.05");
        // 1.05³ = 1.157625.
        assert_eq!(at("0.05", 3 * 365), "1.157625");
        assert_eq!(at("0", 400), "1");
        // By fifty decimal digits: 1.05^(61/365) and 1.05^(1 + 61/365).
        assert_eq!(at("0.05", 61), "1.008187306817");
        assert_eq!(at("0.05", 426), "1.058596672158");
    }

    #[test]
    fn growing_twice_is_growing_for_the_sum() {
        let [a, b] = [100, 265].map(|days| growth("0.05".parse().unwrap(), days));
        assert!((a * b - "1.05".parse::<Decimal>().unwrap()).abs() < Decimal::new(3, 12));
    }
}
