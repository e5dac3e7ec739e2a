//! Amounts and figures as people read them.

use crate::contract::explain::with_decimals;
use crate::problem::Language;
use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive;

/// A currency, and how its amounts are written in a language.
#[derive(Debug, Clone, Copy)]
pub struct Currency<'a> {
    code: &'a str,
    language: Language,
}

impl<'a> Currency<'a> {
    /// The currency with this ISO 4217 code.
    pub fn new(code: &'a str, language: Language) -> Self {
        Self { code, language }
    }

    /// Its name, for the heading of a column of amounts.
    pub fn name(self) -> &'a str {
        match (self.code, self.language) {
            ("JPY", Language::Ja) => "円",
            (code, _) => code,
        }
    }

    fn decimals(self) -> u32 {
        if self.code == "JPY" { 0 } else { 2 }
    }

    /// How many of the smallest amounts that are shown make a unit: 1 yen, 100 cents.
    pub fn per_shown(self) -> f64 {
        (0..self.decimals()).fold(1.0, |power, _| power * 10.0)
    }

    /// An exact amount without its currency: `12,345,678`, `1,234.50`. No digit is cut.
    pub fn digits(self, amount: Decimal) -> String {
        with_decimals(amount, self.decimals())
    }

    /// An exact amount: `JPY 12,345,678`, `12,345,678円`.
    pub fn amount(self, amount: Decimal) -> String {
        self.with_name(&self.digits(amount))
    }

    /// A simulated amount without its currency, to the unit that is paid.
    pub fn simulated_digits(self, amount: f64) -> String {
        match Decimal::from_f64(amount) {
            Some(amount) => self.digits(rounded(amount, self.decimals())),
            None => unknown(amount),
        }
    }

    /// A simulated amount.
    pub fn simulated(self, amount: f64) -> String {
        self.with_name(&self.simulated_digits(amount))
    }

    /// Digits with the currency's name before or after them.
    pub fn with_name(self, digits: &str) -> String {
        match (self.code, self.language) {
            ("JPY", Language::Ja) => format!("{digits}円"),
            (code, _) => format!("{code} {digits}"),
        }
    }
}

/// What stands for a figure that is not known.
fn unknown(value: f64) -> String {
    if value.is_nan() { "-".to_owned() } else { value.to_string() }
}

/// A fraction in percent, to one decimal: `41.2%`.
pub fn percent(part: f64) -> String {
    format!("{:.1}%", part * 100.0)
}

/// An exact fraction in percent, with the digits it has: 0.41 is `41%`.
pub fn exact_percent(part: Decimal) -> String {
    format!("{}%", (part * Decimal::ONE_HUNDRED).normalize())
}

/// How many decimals show `digits` significant digits of `scale`, at most 6.
#[expect(clippy::disallowed_methods, reason = "only how many digits are shown")]
pub fn decimals_for(scale: f64, digits: i32) -> u32 {
    if !(scale.is_finite() && scale > 0.0) {
        return 0;
    }
    let decimals = digits - 1 - scale.log10().floor() as i32;
    decimals.clamp(0, 6).unsigned_abs()
}

/// How many decimals show `digits` significant digits of the spread `scale` of `value`; without any
/// spread two, where the value is not whole.
pub fn decimals_beside(value: f64, scale: f64, digits: i32) -> u32 {
    // Rounding leaves a little spread in sums of the same numbers.
    let none = scale.abs() <= 1e-12 * value.abs();
    match none {
        true if (value - value.round()).abs() <= 1e-9 * value.abs().max(1.0) => 0,
        true => 2,
        false => decimals_for(scale, digits),
    }
}

/// A simulated figure to `decimals` decimals, with thousands separators.
pub fn figure(value: f64, decimals: u32) -> String {
    match Decimal::from_f64(value) {
        Some(exact) => with_decimals(rounded(exact, decimals), decimals),
        None => unknown(value),
    }
}

fn rounded(value: Decimal, decimals: u32) -> Decimal {
    let nearest = rust_decimal::RoundingStrategy::MidpointAwayFromZero;
    value.round_dp_with_strategy(decimals, nearest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yen_are_whole_and_other_currencies_have_two_decimals() {
        let yen = Decimal::from(12_345_678);
        assert_eq!(Currency::new("JPY", Language::En).amount(yen), "JPY 12,345,678");
        assert_eq!(Currency::new("JPY", Language::Ja).amount(yen), "12,345,678円");
        let dollars = Decimal::new(-123_450, 2);
        assert_eq!(Currency::new("USD", Language::En).amount(dollars), "USD -1,234.50");
        assert_eq!(Currency::new("USD", Language::Ja).amount(yen), "USD 12,345,678.00");
    }

    #[test]
    fn no_digit_of_an_exact_amount_is_cut() {
        let fraction = Decimal::new(12_345, 1);
        assert_eq!(Currency::new("JPY", Language::En).digits(fraction), "1,234.5");
        assert_eq!(
            Currency::new("EUR", Language::En).digits(Decimal::new(1_234_567, 3)),
            "1,234.567"
        );
    }

    #[test]
    fn simulated_amounts_are_rounded_to_what_is_paid() {
        assert_eq!(Currency::new("JPY", Language::Ja).simulated(1_234.5), "1,235円");
        assert_eq!(Currency::new("USD", Language::En).simulated(0.0), "USD 0.00");
    }

    #[test]
    fn figures_show_the_digits_that_matter() {
        assert_eq!(decimals_for(0.0123, 2), 3);
        assert_eq!(figure(5.1234, 3), "5.123");
        assert_eq!(figure(5.0, 2), "5.00");
        assert_eq!(figure(1_234.5, 1), "1,234.5");
        assert_eq!(decimals_for(0.0, 2), 0);
        assert_eq!(decimals_beside(2_700.0, 0.0, 2), 0);
        assert_eq!(decimals_beside(2_700.23, 0.0, 2), 2);
        assert_eq!(decimals_beside(2_700.23, 0.4, 2), decimals_for(0.4, 2));
        assert_eq!(percent(0.4123), "41.2%");
        assert_eq!(exact_percent(Decimal::new(4_10, 3)), "41%");
    }
}
