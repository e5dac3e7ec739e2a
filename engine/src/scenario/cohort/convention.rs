//! When people are counted in a cycle, and how what is counted is discounted.

/// Who is counted for a cycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// The people at its end.
    End,
    /// The people at its start.
    Start,
    /// The people at its end, and once more those at the very start, as cycle 0.
    Both,
    /// The mean of its start and its end (half-cycle correction).
    HalfCycle,
}

impl Counted {
    /// The names in a scenario.
    pub(super) const NAMES: [(&'static str, Counted); 4] = [
        ("end", Counted::End),
        ("start", Counted::Start),
        ("both", Counted::Both),
        ("half_cycle", Counted::HalfCycle),
    ];

    /// Its name in a scenario.
    #[must_use]
    pub fn name(self) -> &'static str {
        let known = Self::NAMES.iter().find(|(_, counted)| *counted == self);
        known.map_or("", |(name, _)| name)
    }
}

/// What is counted, and when: cost or utility.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Convention {
    /// Who is counted.
    pub counted: Counted,
    /// Discount rate per year.
    pub rate: f64,
    /// The first year whose amounts are discounted, by one year.
    pub from_year: f64,
}

impl Convention {
    /// What an amount of the cycle that ends `years` after the start is multiplied by.
    ///
    /// `(1 + rate)^−max(0, years − (from_year − 1))`: with `from_year` 1 the first year is
    /// discounted by one year, with 2 by none and the second by one.
    #[must_use]
    pub fn factor(&self, years: f64) -> f64 {
        let discounted = (years - (self.from_year - 1.0)).max(0.0);
        libm::pow(1.0 + self.rate, -discounted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn discounting_begins_in_the_stated_year() {
        let convention = |from_year| Convention { counted: Counted::End, rate: 0.02, from_year };
        let (first, second) = (convention(1.0), convention(2.0));
        assert_eq!((first.factor(0.0), second.factor(0.0)), (1.0, 1.0));
        assert!((first.factor(1.0) - 1.0 / 1.02).abs() < 1e-15);
        assert_eq!(second.factor(1.0), 1.0);
        assert!((second.factor(3.0) - 1.0 / 1.0404).abs() < 1e-15);
    }
}
