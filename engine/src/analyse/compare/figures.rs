//! A figure of both contracts, and by how much it differs path by path.

use crate::analyse::Counted;
use crate::problem::Text;
use crate::simulate::{Distribution, Probability};

/// Two values closer than this part of the larger are the same: blocks round discounted sums in
/// their last digits.
const SAME: f64 = 1e-9;

/// How `B` differs from `A` on the same paths: `B − A`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Difference {
    /// The differences; the standard error of their mean is that of pairs.
    pub of: Distribution,
    /// How often `B` is more.
    pub more: Probability,
    /// How often both are the same.
    pub same: Probability,
    /// How often `B` is less.
    pub less: Probability,
    /// On how many paths both have the figure.
    pub paths: u64,
}

/// A figure of both contracts.
#[derive(Debug, Clone, PartialEq)]
pub struct Compared {
    /// Its name.
    pub name: String,
    /// Its title.
    pub title: Text,
    /// What it is counted in.
    pub counted: Counted,
    /// In `A`; `None` where it has no such figure.
    pub a: Option<Distribution>,
    /// In `B`.
    pub b: Option<Distribution>,
    /// The difference; `None` where only one has the figure.
    pub difference: Option<Difference>,
}

impl Compared {
    /// A figure from its values path by path.
    pub(super) fn of(
        (name, title, counted): (String, Text, Counted),
        a: Option<&[f64]>,
        b: Option<&[f64]>,
    ) -> Compared {
        let difference = a.zip(b).and_then(|(a, b)| Difference::between(a, b));
        let of = |values: Option<&[f64]>| values.and_then(Distribution::of);
        Compared { name, title, counted, a: of(a), b: of(b), difference }
    }
}

/// `B − A` on every path; exactly 0 where they are the same.
pub(super) fn differences(a: &[f64], b: &[f64]) -> Vec<f64> {
    let one = |(a, b): (&f64, &f64)| {
        let difference = b - a;
        if difference.abs() <= SAME * a.abs().max(b.abs()) { 0.0 } else { difference }
    };
    a.iter().zip(b).map(one).collect()
}

impl Difference {
    fn between(a: &[f64], b: &[f64]) -> Option<Difference> {
        let all = differences(a, b);
        let paths = all.iter().filter(|value| !value.is_nan()).count();
        let part = |holds: &dyn Fn(f64) -> bool| {
            let count = all.iter().filter(|value| holds(**value)).count();
            let (n, value) = (paths as f64, count as f64 / paths as f64);
            Probability { value, se: (value * (1.0 - value) / n).sqrt() }
        };
        Some(Difference {
            of: Distribution::of(&all)?,
            more: part(&|value| value > 0.0),
            same: part(&|value| value == 0.0),
            less: part(&|value| value < 0.0),
            paths: paths as u64,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_of_pairs_not_of_columns() {
        // 5 more on every path: the columns spread, their difference does not.
        let a = [1.0, 100.0, 7.0];
        let b = [6.0, 105.0, 12.0];
        let found = Difference::between(&a, &b).unwrap();
        assert_eq!((found.of.mean, found.of.se, found.of.sd), (5.0, 0.0, 0.0));
        assert_eq!((found.more.value, found.same.value, found.less.value), (1.0, 0.0, 0.0));
        // A rate that is not there on one path counts on neither side.
        let found = Difference::between(&[0.1, f64::NAN, 0.2], &[0.1, 0.3, 0.1]).unwrap();
        assert_eq!(found.paths, 2);
        assert_eq!((found.same.value, found.less.value), (0.5, 0.5));
        assert!(Difference::between(&[f64::NAN], &[1.0]).is_none());
    }

    #[test]
    fn the_last_digit_of_a_discounted_sum_is_no_difference() {
        assert_eq!(differences(&[1e7], &[1e7 + 1e-4]), [0.0]);
        assert_eq!(differences(&[1e7], &[1e7 + 1.0]), [1.0]);
    }
}
