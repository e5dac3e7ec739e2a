//! Means and spreads of a column, exact in any order, in groups that tell how certain a spread is.

use serde::{Deserialize, Serialize};

use super::super::Mean;
use super::super::pass::BLOCK;
use super::super::summary::{Moments, Scale};
use crate::finance::Estimated;

/// Paths are counted to this many groups in turn: what a spread is in each tells its error.
const GROUPS: usize = 20;

/// Count, sum and squares of a column, group by group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Tally {
    scale: Scale,
    groups: Vec<(u64, Moments)>,
}

impl Tally {
    /// Of nothing yet; the first block fixes how values become whole numbers.
    pub(super) fn new(first: &[f64]) -> Tally {
        Tally::scaled(Scale::of(first))
    }

    pub(super) fn scaled(scale: Scale) -> Tally {
        Tally { scale, groups: vec![(0, Moments::default()); GROUPS] }
    }

    pub(super) fn scale(&self) -> Scale {
        self.scale
    }

    /// Adds the values of a block.
    pub(super) fn add(&mut self, block: u64, values: &[f64]) {
        let mut group = (block * BLOCK % GROUPS as u64) as usize;
        for value in values {
            let (count, moments) = &mut self.groups[group];
            *count += 1;
            moments.add(self.scale.steps(*value), 1);
            group = if group + 1 == GROUPS { 0 } else { group + 1 };
        }
    }

    /// Adds the tally of other blocks.
    pub(super) fn merge(&mut self, other: &Tally) {
        for ((count, moments), (more, others)) in self.groups.iter_mut().zip(&other.groups) {
            *count += more;
            moments.merge(others);
        }
    }

    /// Whether it could be that of so many values, added to one of this scale.
    pub(super) fn could_be(&self, scale: Scale, count: u64) -> bool {
        let counted: u64 = self.groups.iter().map(|(count, _)| count).sum();
        self.scale == scale && self.groups.len() == GROUPS && counted == count
    }

    fn all(&self) -> (u64, Moments) {
        let mut all = (0, Moments::default());
        for (count, moments) in &self.groups {
            all.0 += count;
            all.1.merge(moments);
        }
        all
    }

    /// The mean and its standard error.
    pub(super) fn mean(&self) -> Mean {
        let (count, moments) = self.all();
        let n = count as f64;
        let mean = self.scale.value(moments.sum() / n);
        Mean { mean, se: self.spread(&(count, moments)) / n.sqrt() }
    }

    /// The standard deviation.
    pub(super) fn sd(&self) -> f64 {
        self.spread(&self.all())
    }

    /// The standard deviation in each group that has any values.
    pub(super) fn sds(&self) -> Vec<f64> {
        self.groups.iter().map(|group| self.spread(group)).collect()
    }

    fn spread(&self, (count, moments): &(u64, Moments)) -> f64 {
        let n = *count as f64;
        let mean = moments.sum() / n;
        let variance = (moments.squares() / n - mean * mean).max(0.0) * n / (n - 1.0);
        if *count > 1 { variance.sqrt() * self.scale.size() } else { f64::NAN }
    }
}

/// A figure of the whole with its standard error, from the same figure in each group: their spread
/// divided by the root of their number.
pub(super) fn sectioned(whole: f64, groups: impl Iterator<Item = f64>) -> Estimated {
    let known: Vec<f64> = groups.filter(|value| value.is_finite()).collect();
    Estimated { value: whole, se: Estimated::mean(&known).se }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tally_is_the_same_in_any_order_and_knows_mean_and_spread() {
        let values = |block: u64| -> Vec<f64> {
            (0..512).map(|at| f64::from((at * 37 + block as i32 * 11) % 101)).collect()
        };
        let mut whole = Tally::new(&values(0));
        let mut parts = [Tally::scaled(whole.scale()), Tally::scaled(whole.scale())];
        for block in 0..50 {
            whole.add(block, &values(block));
            parts[(block % 3 == 0) as usize].add(block, &values(block));
        }
        let [mut a, b] = parts;
        a.merge(&b);
        assert_eq!(a, whole);
        let all: Vec<f64> = (0..50).flat_map(values).collect();
        let n = all.len() as f64;
        let mean = all.iter().sum::<f64>() / n;
        let squares = all.iter().map(|value| (value - mean).powi(2)).sum::<f64>();
        let sd = (squares / (n - 1.0)).sqrt();
        assert!((whole.mean().mean - mean).abs() < 1e-9 && (whole.sd() - sd).abs() < 1e-9);
        assert!((whole.mean().se - sd / n.sqrt()).abs() < 1e-9);
        assert!(whole.could_be(whole.scale(), 50 * 512) && !whole.could_be(whole.scale(), 1));
    }

    #[test]
    fn the_error_of_a_spread_is_about_what_theory_says() {
        // Of normal values the standard error of sd is sd ÷ √(2 n).
        let mut stream = crate::random::Stream::new(3, "sd", 0, 0).path(0);
        let mut draw = || crate::random::normal::inverse(stream.next_open());
        let blocks: Vec<Vec<f64>> = (0..400).map(|_| (0..512).map(|_| draw()).collect()).collect();
        let mut tally = Tally::new(&blocks[0]);
        blocks.iter().zip(0..).for_each(|(values, block)| tally.add(block, values));
        let found = sectioned(tally.sd(), tally.sds().into_iter());
        let expected = 1.0 / (2.0 * 400.0 * 512.0_f64).sqrt();
        assert!((found.value - 1.0).abs() < 4.0 * expected, "{found:?}");
        assert!((0.6..1.6).contains(&(found.se / expected)), "{found:?} {expected}");
        // Of few paths, too, and where the last block has a few only.
        for paths in [514, 1_030, 2_000] {
            let mut tally = Tally::new(&blocks[0]);
            for (block, values) in blocks.iter().take(paths / 512 + 1).enumerate() {
                let count = (paths - block * 512).min(512);
                tally.add(block as u64, &values[..count]);
            }
            let found = sectioned(tally.sd(), tally.sds().into_iter());
            let expected = 1.0 / (2.0 * paths as f64).sqrt();
            assert!((0.5..1.8).contains(&(found.se / expected)), "{paths}: {found:?} {expected}");
        }
    }
}
