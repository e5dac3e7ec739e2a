//! Rounding by a stated rule, to a stated step.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::Serialize;

use super::{Exact, Fault};

/// Which neighbour a value between two steps goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Toward zero (切り捨て).
    Down,
    /// Away from zero (切り上げ).
    Up,
    /// To the nearer step, half away from zero (四捨五入).
    HalfUp,
    /// To the nearer step, half to the even one (銀行型丸め).
    HalfEven,
}

/// A rounding rule: a [`Mode`] and the step results are a multiple of.
///
/// ```
/// use engine::expr::{Exact, Mode, Rounding};
/// let whole_yen = Rounding { mode: Mode::Down, step: 1.into() };
/// let half = Exact::from(5).divide(Exact::from(2))?;
/// assert_eq!(whole_yen.exact(half)?, 2.into());
/// # Ok::<(), engine::expr::Fault>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub struct Rounding {
    /// Which neighbour is taken.
    pub mode: Mode,
    /// The step, above zero: 1 for whole yen, 0.1 for one decimal.
    pub step: Decimal,
}

impl Rounding {
    /// To `digits` decimals.
    #[must_use]
    pub fn to_digits(mode: Mode, digits: u32) -> Self {
        Self { mode, step: Decimal::new(1, digits) }
    }

    /// How many decimals a rounded value has at most.
    #[must_use]
    pub fn digits(self) -> u32 {
        self.step.normalize().scale()
    }

    /// Rounds exactly.
    ///
    /// # Errors
    /// [`Fault::LosesDigits`] when the value has too many digits to be divided into steps.
    pub fn exact(self, value: Exact) -> Result<Decimal, Fault> {
        let (whole, rest, unit) = value.steps(self.step)?;
        let away = match self.mode {
            Mode::Down => false,
            Mode::Up => !rest.is_zero(),
            Mode::HalfUp => half(rest, unit)?.is_ge(),
            Mode::HalfEven => match half(rest, unit)? {
                std::cmp::Ordering::Less => false,
                std::cmp::Ordering::Greater => true,
                std::cmp::Ordering::Equal => !(whole % Decimal::TWO).is_zero(),
            },
        };
        let towards = if rest.is_sign_negative() { -Decimal::ONE } else { Decimal::ONE };
        let steps = if away { whole + towards } else { whole };
        steps.checked_mul(self.step).map(|rounded| rounded.normalize()).ok_or(Fault::LosesDigits)
    }

    /// The same rule for floating values.
    #[must_use]
    pub fn grid(self) -> Grid {
        let per_one = Decimal::ONE.checked_div(self.step).and_then(|steps| steps.to_f64());
        Grid {
            mode: self.mode,
            step: self.step.to_f64().unwrap_or(f64::NAN),
            per_one: per_one.unwrap_or(f64::NAN),
        }
    }
}

/// A [`Rounding`] of floating values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Grid {
    pub(super) mode: Mode,
    pub(super) step: f64,
    /// Steps to one.
    pub(super) per_one: f64,
}

impl Grid {
    /// Rounds a floating value, first snapping it to a step it misses by less than one part in
    /// 10⁹, and never by more than a ten-thousandth of a step: a value that is exactly on the grid
    /// in decimals is a hair off it in binary.
    #[must_use]
    #[inline(always)]
    pub fn round(self, value: f64) -> f64 {
        let Grid { mode, step, per_one } = self;
        // Tenths are no binary numbers but ten is: 106 ÷ 10 is the number written 10.6, and
        // 106 × 0.1 is not.
        let of = |whole: f64| if step < 1.0 { whole / per_one } else { whole * step };
        let steps = if step < 1.0 { value * per_one } else { value / step };
        let nearest = steps.round();
        let distance = (steps - nearest).abs();
        let hair = (SNAP * nearest.abs().max(1.0)).min(1e-4);
        if distance <= hair {
            return of(nearest);
        }
        let magnitude = steps.abs();
        let whole = magnitude.floor();
        let half = magnitude - whole - 0.5;
        let snapped_half = half.abs() <= hair;
        let away = match mode {
            Mode::Down => false,
            Mode::Up => true,
            Mode::HalfUp => half > 0.0 || snapped_half,
            Mode::HalfEven if snapped_half => whole % 2.0 != 0.0,
            Mode::HalfEven => half > 0.0,
        };
        let rounded = if away { whole + 1.0 } else { whole };
        of(rounded.copysign(steps))
    }
}

/// The part of a value within which block arithmetic takes two numbers as equal.
pub(super) const SNAP: f64 = 1e-9;

fn half(rest: Decimal, unit: Decimal) -> Result<std::cmp::Ordering, Fault> {
    let twice = rest.abs().checked_mul(Decimal::TWO).ok_or(Fault::LosesDigits)?;
    Ok(twice.cmp(&unit))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rounded(mode: Mode, step: &str, value: &str) -> String {
        let rounding = Rounding { mode, step: step.parse().unwrap() };
        let value: Decimal = value.parse().unwrap();
        rounding.exact(Exact::from(value)).unwrap().to_string()
    }

    #[test]
    fn half_up_goes_away_from_zero_and_never_to_even() {
        // `Decimal::round_dp` would give 2.34 for the first.
        assert_eq!(rounded(Mode::HalfUp, "0.01", "2.345"), "2.35");
        assert_eq!(rounded(Mode::HalfUp, "0.01", "-2.345"), "-2.35");
        assert_eq!(rounded(Mode::HalfEven, "0.01", "2.345"), "2.34");
        assert_eq!(rounded(Mode::Down, "1", "-1.9"), "-1");
        assert_eq!(rounded(Mode::Up, "1", "1.0001"), "2");
        assert_eq!(rounded(Mode::Down, "1000", "3232425"), "3232000");
    }

    #[test]
    fn a_fraction_is_rounded_as_it_is_and_not_as_its_28_digits() {
        // 2/3 of 3,000,000 is 2,000,000 exactly.
        let value = Exact::from(2).divide(3.into()).unwrap().times(3_000_000.into()).unwrap();
        let whole_yen = Rounding { mode: Mode::Down, step: Decimal::ONE };
        assert_eq!(whole_yen.exact(value).unwrap(), Decimal::from(2_000_000));
    }

    proptest! {
        #[test]
        fn blocks_round_as_decimals_do(value in -10_000_000_i64..10_000_000, mode in 0..4) {
            let mode = [Mode::Down, Mode::Up, Mode::HalfUp, Mode::HalfEven][mode as usize];
            let rounding = Rounding::to_digits(mode, 1);
            let value = Decimal::new(value, 3);
            let exact = rounding.exact(Exact::from(value)).unwrap();
            let float: f64 = value.to_string().parse().unwrap();
            let block = rounding.grid().round(float);
            let exact: f64 = exact.to_string().parse().unwrap();
            prop_assert_eq!(block, exact);
        }
    }
}
