//! Values of the command line, and why one cannot be read.

use std::fmt;

use engine::evidence::date_of;
use engine::problem::Text;
use engine::report::HideUnder;
use engine::simulate::{Part, Target};
use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;

/// Why a value cannot be read, in both languages.
#[derive(Debug, Clone)]
pub(crate) struct Expected(pub(crate) Text);

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}", self.0.en)
    }
}

impl std::error::Error for Expected {}

pub(super) fn plain(written: &str) -> String {
    written.replace(['_', ','], "")
}

pub(super) fn count(written: &str) -> Result<u64, Expected> {
    let expected = || {
        Expected(text!(
            "a whole number such as 100000 or 100_000",
            "100000 や 100_000 のような 0 以上の整数"
        ))
    };
    plain(written).parse().map_err(|_| expected())
}

pub(super) fn at_least_one(written: &str) -> Result<u64, Expected> {
    match count(written)? {
        0 => Err(Expected(text!("at least 1", "1 以上の整数"))),
        count => Ok(count),
    }
}

pub(super) fn threads(written: &str) -> Result<usize, Expected> {
    usize::try_from(at_least_one(written)?)
        .map_err(|_| Expected(text!("fewer threads", "より小さい整数")))
}

pub(super) fn target(written: &str) -> Result<Target, Expected> {
    Target::parse(written).map_err(Expected)
}

pub(super) fn part(written: &str) -> Result<Part, Expected> {
    match written.parse() {
        Ok(part @ Part::Numbered { .. }) => Ok(part),
        _ => Err(Expected(text!("a part of the run such as 2/7", "2/7 のような、全体の何番目か"))),
    }
}

pub(super) fn date(written: &str) -> Result<Date, Expected> {
    date_of(written).ok_or_else(|| {
        Expected(text!("a date such as 2026-03-31", "2026-03-31 や 令和8年3月31日 のような日付"))
    })
}

pub(super) fn time(written: &str) -> Result<Timestamp, Expected> {
    written.parse().map_err(|_| {
        Expected(text!("a time such as 2026-04-01T09:00:00Z", "2026-04-01T09:00:00Z のような時刻"))
    })
}

pub(super) fn amount(written: &str) -> Result<Decimal, Expected> {
    money(&plain(written)).filter(|amount| !amount.is_sign_negative()).ok_or_else(|| {
        Expected(text!(
            "an amount of at least 0 such as 7_150_000",
            "7_150_000 のような 0 以上の金額"
        ))
    })
}

/// An amount, also in 万円 or 億円.
pub(crate) fn money(written: &str) -> Option<Decimal> {
    let bare = written.trim().trim_end_matches('円').trim_end();
    let units = [("万", 10_000), ("億", 100_000_000)];
    let unit = units.iter().find_map(|(word, unit)| Some((bare.strip_suffix(word)?, *unit)));
    let (number, unit) = unit.unwrap_or((bare, 1));
    number.trim().parse::<Decimal>().ok()?.checked_mul(Decimal::from(unit))
}

pub(super) fn hide_under(written: &str) -> Result<HideUnder, Expected> {
    HideUnder::new(count(written)?).ok_or_else(|| {
        Expected(text!(
            "0, which hides nothing, or at least 3: a hidden count under 2 can only be 1",
            "0（隠さない）または 3 以上の整数。2 以下では隠した人数が 1 と分かります"
        ))
    })
}

pub(super) fn name(written: &str) -> Result<String, Expected> {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-';
    // A leading hyphen would read as an option in the next command.
    if written.is_empty() || written.starts_with('-') || !written.chars().all(fits) {
        return Err(Expected(text!(
            "letters a-z, digits and `-`, such as kobe-kidney",
            "kobe-kidney のような英字・数字・`-`"
        )));
    }
    Ok(written.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_may_be_grouped() {
        assert_eq!(count("100_000").ok(), Some(100_000));
        assert_eq!(amount("7,150,000").ok(), Some(Decimal::from(7_150_000)));
        assert_eq!(amount("1,200万円").ok(), Some(Decimal::from(12_000_000)));
        assert_eq!(amount("1.5億").ok(), Some(Decimal::from(150_000_000)));
        assert!(amount("万円").is_err() && amount("12千円").is_err());
        assert_eq!(date("R8.3.31").ok(), date("2026-03-31").ok());
        assert!(date("soon").is_err());
        assert!(count("1e5").is_err() && at_least_one("0").is_err() && amount("-1").is_err());
    }

    #[test]
    fn a_name_cannot_leave_its_folder() {
        assert!(name("kobe-2026").is_ok());
        for wrong in ["", "-x", "../x", "a/b", "a b", "a.rhai"] {
            assert!(name(wrong).is_err(), "{wrong}");
        }
    }
}
