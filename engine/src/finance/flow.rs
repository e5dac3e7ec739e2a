//! An amount and when it is paid.

use jiff::civil::Date;

use super::Years;

/// An amount that an investor receives; a negative one is paid by it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Flow {
    /// The amount, in one currency for all flows of a list.
    pub amount: f64,
    /// When, in years from the first flow; at least 0.
    pub after: f64,
}

impl Years {
    /// The times of flows on these days, which rise: the first lies at the beginning of its day,
    /// every later one at the end of its day.
    ///
    /// ```
    /// use engine::finance::Years;
    /// let days = ["2024-04-01", "2025-03-31", "2025-05-31"].map(|day| day.parse().unwrap());
    /// let times = Years::of_flows(days);
    /// // What is paid on 31 March is paid exactly one year after 1 April.
    /// assert_eq!(times[1], Years { whole: 1, days: 0 });
    /// assert_eq!(times[2], Years { whole: 1, days: 61 });
    /// ```
    #[must_use]
    pub fn of_flows(days: impl IntoIterator<Item = Date>) -> Vec<Years> {
        let mut days = days.into_iter();
        let Some(first) = days.next() else { return Vec::new() };
        let start = Years { whole: 0, days: 0 };
        let later = days.map(|day| Years::between(first, day).unwrap_or(start));
        std::iter::once(start).chain(later).collect()
    }
}
