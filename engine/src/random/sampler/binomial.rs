//! Binomial draws: inversion where few successes (or few failures) are expected, transformed
//! rejection elsewhere.

use super::super::stream::Stream;
use super::binomial_few::{Few, Table};
use super::binomial_many::Many;
use super::{Block, CHUNK, Law, Parameter, first_failing, quantile};

/// Binomial(n, p).
///
/// Where `p` is above 1/2, the failures are drawn: in both ways of drawing `p` is at most 1/2.
pub(super) struct Binomial;

/// Whole numbers up to this one are exact as floating-point numbers.
const LARGEST: f64 = 9_007_199_254_740_992.0;
/// The expected number from which on draws are made by rejection.
const FEW: f64 = 30.0;
pub(super) const COUNT: &str = "a whole number from 0 to 2^53";
/// The number of draws from which on it pays to tabulate the probabilities.
pub(super) const TABLE_PAYS: usize = 64;

impl Law<2> for Binomial {
    const NAME: &'static str = "binomial";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter { name: "n", requirement: COUNT },
        Parameter { name: "p", requirement: "between 0 and 1" },
    ];

    #[inline(always)]
    fn impossible([n, p]: [f64; 2]) -> Option<usize> {
        first_failing([n, p], [is_count(n), (0.0..=1.0).contains(&p)])
    }

    fn mean([n, p]: [f64; 2]) -> f64 {
        n * p
    }

    fn fill(stream: &Stream, first_path: u64, block: &Block<'_, 2>, out: &mut [f64]) {
        let [counts, chances] = block.columns;
        if block.constant && out.len() >= TABLE_PAYS && is_few(counts[0], chances[0]) {
            stream.fill_uniform(first_path, out);
            Table::new(counts[0], rarer(chances[0])).fill(is_reversed(chances[0]), out);
        } else {
            let mut ways = Ways::default();
            let mut start = 0;
            for chunk in out.chunks_mut(CHUNK) {
                let path = first_path.wrapping_add(start as u64);
                if start == 0 || !block.constant {
                    ways.deal(block.part(start, chunk.len()));
                }
                ways.draw(stream, path, chunk);
                start += chunk.len();
            }
        }
        reverse([counts, chances], out);
    }

    fn at(z: f64, [n, p]: [f64; 2]) -> f64 {
        quantile::binomial(n, p, z)
    }
}

/// Whether `n` is what [`COUNT`] says.
#[inline(always)]
pub(super) fn is_count(n: f64) -> bool {
    (0.0..=LARGEST).contains(&n) && n as i64 as f64 == n
}

/// The probability of a success or of a failure, whichever is rarer: 1 - p is exact for p > 1/2.
#[inline(always)]
fn rarer(p: f64) -> f64 {
    if is_reversed(p) { 1.0 - p } else { p }
}

#[inline(always)]
fn is_reversed(p: f64) -> bool {
    p > 0.5
}

#[inline(always)]
pub(super) fn is_few(n: f64, p: f64) -> bool {
    n * rarer(p) < FEW
}

/// Turns failures into successes where failures were drawn.
pub(super) fn reverse([counts, chances]: [&[f64]; 2], out: &mut [f64]) {
    for ((slot, n), p) in out.iter_mut().zip(counts).zip(chances) {
        *slot = if is_reversed(*p) { n - *slot } else { *slot };
    }
}

/// The two ways of drawing, with the paths of a chunk that each of them draws.
#[derive(Default)]
pub(super) struct Ways {
    few: Few,
    many: Many,
}

impl Ways {
    /// Deals the paths of a chunk out to the two ways.
    pub(super) fn deal(&mut self, [counts, chances]: [&[f64]; 2]) {
        let Self { few, many } = self;
        few.paths.length = 0;
        many.paths.length = 0;
        for (index, (n, p)) in counts.iter().zip(chances).enumerate() {
            if is_few(*n, *p) {
                few.is_reversed[few.paths.length] = is_reversed(*p);
                few.paths.push(index, *n, rarer(*p));
            } else {
                many.paths.push(index, *n, rarer(*p));
            }
        }
        few.prepare();
        many.prepare();
    }

    /// Draws successes or failures for the paths from `first_path` on, see [`reverse`].
    pub(super) fn draw(&mut self, stream: &Stream, first_path: u64, out: &mut [f64]) {
        self.few.draw(stream, first_path, out);
        self.many.draw(stream, first_path, out);
    }
}

/// The paths of a chunk that are drawn in the same way.
pub(super) struct Paths {
    /// How many there are.
    pub(super) length: usize,
    /// Their indices in the chunk, in increasing order.
    pub(super) indices: [u8; CHUNK],
    /// Their numbers of trials.
    pub(super) n: [f64; CHUNK],
    /// Their probabilities, at most 1/2.
    pub(super) p: [f64; CHUNK],
}

impl Default for Paths {
    fn default() -> Self {
        Self { length: 0, indices: [0; CHUNK], n: [0.0; CHUNK], p: [0.0; CHUNK] }
    }
}

impl Paths {
    /// Adds a path at the end.
    #[inline(always)]
    pub(super) fn push(&mut self, index: usize, n: f64, p: f64) {
        self.indices[self.length] = index as u8;
        self.n[self.length] = n;
        self.p[self.length] = p;
        self.length += 1;
    }

    /// The number of paths with an index below `limit`: the last chunk of a block can be shorter
    /// than the one for which the paths were sorted.
    pub(super) fn below(&self, limit: usize) -> usize {
        self.indices[..self.length].partition_point(|index| usize::from(*index) < limit)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Family;
    use super::super::check::{assert_counts_follow, assert_follows, draws};
    use super::super::normal;
    use statrs::distribution::{Binomial, DiscreteCDF};

    #[test]
    fn binomial_draws_follow_their_distribution() {
        for (n, p) in [
            (1, 0.3),
            (2, 0.5),
            (20, 0.1),
            (50, 0.5),
            (59, 0.5),
            (61, 0.5),
            (61, 0.499),
            (100, 0.31),
            (100, 0.72),
            (1000, 0.03),
            (1000, 0.031),
            (1000, 0.999),
            (5000, 0.01),
            (5000, 0.4),
            (1_000_000, 1e-6),
            (1_000_000, 4e-5),
        ] {
            let law = Binomial::new(p, n).expect("possible");
            assert_counts_follow(Family::Binomial, &[n as f64, p], |x| law.cdf(x as u64));
        }
    }

    #[test]
    fn every_count_of_a_small_binomial_has_its_probability() {
        // np just above the limit, where the method is the least accurate, and both halves.
        for (n, p) in [(62, 0.5), (75, 0.41), (75, 0.59)] {
            let law = Binomial::new(p, n).expect("possible");
            let edges: Vec<f64> = (0..=n).map(|count| count as f64).collect();
            assert_follows(Family::Binomial, &[n as f64, p], &edges, |x| law.cdf(x as u64));
        }
    }

    #[test]
    fn huge_binomials_are_practically_normal() {
        for (n, p) in [(1e9, 0.3), (1e15, 0.8), (9_007_199_254_740_992.0, 0.5), (1e15, 1e-9)] {
            let deviation = f64::sqrt(n * p * (1.0 - p));
            let skewness = (1.0 - 2.0 * p) / deviation;
            assert_counts_follow(Family::Binomial, &[n, p], |x| {
                let z = (x - n * p + 0.5) / deviation;
                // The first correction of Edgeworth.
                let density = (-z * z / 2.0).exp() / std::f64::consts::TAU.sqrt();
                normal::cumulative(z) - skewness / 6.0 * (z * z - 1.0) * density
            });
        }
    }

    #[test]
    fn certain_results_are_exact() {
        for (values, count) in [
            ([0.0, 0.3], 0.0),
            ([0.0, 1.0], 0.0),
            ([12.0, 0.0], 0.0),
            ([12.0, 1.0], 12.0),
            ([9_007_199_254_740_992.0, 0.0], 0.0),
            ([9_007_199_254_740_992.0, 1.0], 9_007_199_254_740_992.0),
        ] {
            assert!(draws(Family::Binomial, &values, 0, 300).iter().all(|draw| *draw == count));
            assert_eq!(draws(Family::Binomial, &values, 0, 1), [count]);
        }
    }
}
