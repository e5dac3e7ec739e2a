//! How the amounts of a figure are written.

use crate::analyse::Counted;
use crate::report::document::Figure;
use crate::report::figures::{Currency, decimals_for, figure};
use crate::simulate::Mean;

/// How the amounts of a figure are written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Unit<'a> {
    counted: Counted,
    currency: Currency<'a>,
    decimals: u32,
}

impl<'a> Unit<'a> {
    /// For numbers that spread as far as `scale`.
    pub(super) fn of(counted: Counted, currency: Currency<'a>, scale: f64) -> Self {
        let decimals = match counted {
            Counted::Money => 0,
            Counted::Rate => decimals_for(100.0 * scale, 3).min(3),
            Counted::Number => decimals_for(scale, 3),
        };
        Self { counted, currency, decimals }
    }

    /// A value, a rate in percent.
    pub(super) fn amount(self, value: f64) -> String {
        match self.counted {
            Counted::Rate => format!("{}%", self.plain(value)),
            Counted::Money | Counted::Number => self.plain(value),
        }
    }

    /// A value without a sign of percent: that of a rate is in points.
    fn plain(self, value: f64) -> String {
        match self.counted {
            Counted::Money => self.currency.simulated_digits(value),
            Counted::Rate => figure(100.0 * value, self.decimals),
            Counted::Number => figure(value, self.decimals),
        }
    }

    /// What a value, or a change in points, is as a number of its own.
    fn points(self, value: f64) -> f64 {
        if self.counted == Counted::Rate { 100.0 * value } else { value }
    }

    pub(super) fn mean(self, of: Mean) -> Figure {
        let text = format!("{} ± {}", self.amount(of.mean), self.plain(of.se));
        Figure::estimated(of.mean, of.se, text)
    }

    /// A change and its error; in points, of a rate.
    pub(super) fn changed(self, of: Mean) -> Figure {
        // What changes on no path is no estimate.
        if of.mean == 0.0 && of.se == 0.0 {
            return Figure::number(0.0, "0");
        }
        let text = format!("{} ± {}", signed(self.plain(of.mean)), self.plain(of.se));
        Figure::estimated(self.points(of.mean), self.points(of.se), text)
    }

    /// What a step from one level to the next adds, with its error.
    pub(super) fn added(self, (from, to): (f64, f64), adds: Mean) -> Figure {
        if adds.mean == 0.0 && adds.se == 0.0 {
            return Figure::number(0.0, "0");
        }
        let text = format!("{} ± {}", self.difference(from, to).text, self.plain(adds.se));
        Figure::estimated(self.points(adds.mean), self.points(adds.se), text)
    }

    /// The difference of two means as they are written, so that what is shown adds up.
    pub(super) fn difference(self, from: f64, to: f64) -> Figure {
        let power = (0..self.decimals).fold(1.0, |power, _| power * 10.0);
        let power = match self.counted {
            Counted::Rate => 100.0 * power,
            Counted::Number => power,
            Counted::Money => self.currency.per_shown(),
        };
        let whole = |value: f64| (value * power).round();
        let text = signed(self.plain((whole(to) - whole(from)) / power));
        Figure::number(self.points(to - from), text)
    }
}

/// With its sign, but for what is written as nothing.
fn signed(written: String) -> String {
    let nothing = written.chars().all(|c| !('1'..='9').contains(&c));
    match written.strip_prefix('-') {
        Some(rest) if nothing => rest.to_owned(),
        None if !nothing => format!("+{written}"),
        _ => written,
    }
}
