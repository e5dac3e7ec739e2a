//! The time between two days.

use jiff::ToSpan;
use jiff::civil::Date;

/// Days that make a year where a time is no whole number of years.
const DAYS: u32 = 365;

/// A length of time: whole calendar years, and the days beyond them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Years {
    /// Whole calendar years.
    pub whole: u32,
    /// Days beyond them, at most 364.
    pub days: u32,
}

impl Years {
    /// From the beginning of one day to the end of another; `None` when that lies before.
    ///
    /// A year that begins on 1 April ends with 31 March, so that what is paid on 31 March is paid
    /// exactly one year after 1 April of the year before.
    ///
    /// ```
    /// use engine::finance::Years;
    /// let from = "2024-04-01".parse().unwrap();
    /// let until = |day: &str| Years::between(from, day.parse().unwrap()).unwrap();
    /// assert_eq!(until("2025-03-31"), Years { whole: 1, days: 0 });
    /// // April has 30 days and May 31.
    /// assert_eq!(until("2025-05-31"), Years { whole: 1, days: 61 });
    /// assert_eq!(Years::between(from, "2024-03-31".parse().unwrap()), None);
    /// ```
    #[must_use]
    pub fn between(from: Date, until: Date) -> Option<Years> {
        if until < from {
            return None;
        }
        let end = until.tomorrow().ok()?;
        // 29 February has its anniversary on 28 February.
        let anniversary = |years: i16| from.checked_add(years.years()).ok();
        let mut whole = end.year() - from.year();
        if anniversary(whole)? > end {
            whole -= 1;
        }
        let days = anniversary(whole)?.until(end).ok()?.get_days();
        let (whole, days) = (u32::try_from(whole).ok()?, u32::try_from(days).ok()?);
        // The 365th of the 366 days of a leap year completes the year like the last.
        Some(if days < DAYS { Years { whole, days } } else { Years { whole: whole + 1, days: 0 } })
    }

    /// The time as a number of years: whole years and days ÷ 365.
    #[must_use]
    pub fn value(self) -> f64 {
        f64::from(self.whole) + self.fraction()
    }

    /// The days beyond whole years as a part of a year.
    #[must_use]
    pub fn fraction(self) -> f64 {
        f64::from(self.days) / f64::from(DAYS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn between(from: &str, until: &str) -> Option<Years> {
        Years::between(from.parse().unwrap(), until.parse().unwrap())
    }

    #[test]
    fn the_day_of_the_investment_itself_counts_as_one_day() {
        assert_eq!(between("2024-04-01", "2024-04-01"), Some(Years { whole: 0, days: 1 }));
    }

    #[test]
    fn leap_days_do_not_make_a_year_longer() {
        // 2024-02-29 lies between: 366 days, yet one year.
        assert_eq!(between("2023-04-01", "2024-03-31"), Some(Years { whole: 1, days: 0 }));
        assert_eq!(between("2023-04-01", "2024-03-30"), Some(Years { whole: 1, days: 0 }));
        assert_eq!(between("2023-04-01", "2024-03-29"), Some(Years { whole: 0, days: 364 }));
        assert_eq!(between("2024-02-29", "2025-02-27"), Some(Years { whole: 1, days: 0 }));
        assert_eq!(between("2024-02-29", "2028-02-28"), Some(Years { whole: 4, days: 0 }));
    }

    #[test]
    fn a_later_day_is_never_a_shorter_time() {
        let from: Date = "2023-04-01".parse().unwrap();
        let (mut day, mut last) = (from, 0.0);
        for _ in 0..3_000 {
            let now = Years::between(from, day).unwrap().value();
            assert!(now >= last, "{day}: {now} after {last}");
            (day, last) = (day.tomorrow().unwrap(), now);
        }
        assert_eq!(last, 8.0 + 78.0 / 365.0);
    }
}
