//! A column of data to draw from.

use super::super::normal;
use super::super::stream::Stream;

/// The values of a column, in ascending order.
#[derive(Debug, Clone, PartialEq)]
pub struct Data {
    sorted: Vec<f64>,
}

impl Data {
    /// Data of at least one finite value; `None` when there is none, or one is not finite.
    #[must_use]
    pub fn new(mut values: Vec<f64>) -> Option<Data> {
        values.sort_by(f64::total_cmp);
        let possible = !values.is_empty() && values.iter().all(|value| value.is_finite());
        possible.then_some(Data { sorted: values })
    }

    /// Draws a row for each path: with n rows the value of rank ⌊u n⌋, from 0.
    pub(super) fn fill(&self, stream: &Stream, first_path: u64, out: &mut [f64]) {
        stream.fill_uniform(first_path, out);
        let count = self.sorted.len() as f64;
        for slot in out {
            *slot = self.at_rank(*slot * count);
        }
    }

    /// The least value that reaches the cumulative probability of the deviate, from the tail in
    /// which it lies.
    pub(super) fn fill_from_normal(&self, z: &[f64], out: &mut [f64]) {
        let count = self.sorted.len() as f64;
        for (slot, z) in out.iter_mut().zip(z) {
            let rank = if *z <= 0.0 {
                (normal::cumulative(*z) * count).ceil() - 1.0
            } else {
                count - 1.0 - (normal::cumulative(-*z) * count).floor()
            };
            *slot = self.at_rank(rank);
        }
    }

    fn at_rank(&self, rank: f64) -> f64 {
        self.sorted[(rank.max(0.0) as usize).min(self.sorted.len() - 1)]
    }
}
