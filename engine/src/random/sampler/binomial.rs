//! Binomial draws, by inversion: the least count whose cumulative probability reaches number 0 of
//! the path.
//!
//! Where the variance is small the probabilities are added up. Elsewhere an expansion gives the
//! count, and where it leaves a doubt between two, the cumulative probability decides.

use super::super::stream::Stream;
use super::binomial_few::{self, Table};
use super::binomial_many::{self, LEAST_VARIANCE};
use super::{Block, CHUNK, Law, Parameter, first_failing, normal, quantile};
use crate::numeric::elementary::floor;

/// Binomial(n, p).
pub(super) struct Binomial;

/// Whole numbers up to this one are exact as floating-point numbers.
const LARGEST: f64 = 9_007_199_254_740_992.0;
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

    #[inline(always)]
    fn fill(stream: &Stream, first_path: u64, block: &Block<'_, 2>, out: &mut [f64]) {
        let [counts, chances] = block.columns;
        if block.constant && out.len() >= TABLE_PAYS && is_few(counts[0], chances[0]) {
            stream.fill_uniform(first_path, out);
            Table::new(counts[0], rarer(chances[0])).fill(counts[0], chances[0], out);
            return;
        }
        let mut start = 0;
        for chunk in out.chunks_mut(CHUNK) {
            let path = first_path.wrapping_add(start as u64);
            draw(stream, path, block.part(start, chunk.len()), chunk);
            start += chunk.len();
        }
    }

    fn at(z: f64, [n, p]: [f64; 2]) -> f64 {
        quantile::binomial(n, p, z)
    }
}

/// Whether `n` is what [`COUNT`] says.
#[inline(always)]
pub(super) fn is_count(n: f64) -> bool {
    (0.0..=LARGEST).contains(&n) & (floor(n) == n)
}

/// The probability of a success or of a failure, whichever is rarer: 1 - p is exact for p > 1/2.
#[inline(always)]
pub(super) fn rarer(p: f64) -> f64 {
    if is_reversed(p) { 1.0 - p } else { p }
}

/// Whether failures are counted rather than successes, because they are rarer.
#[inline(always)]
pub(super) fn is_reversed(p: f64) -> bool {
    p > 0.5
}

/// Whether the probabilities are added up.
#[inline(always)]
pub(super) fn is_few(n: f64, p: f64) -> bool {
    n * p * (1.0 - p) < LEAST_VARIANCE
}

/// Writes draws for the paths from `first_path` on, at most [`CHUNK`] of them.
#[inline(always)]
pub(super) fn draw(
    stream: &Stream,
    first_path: u64,
    [counts, chances]: [&[f64]; 2],
    out: &mut [f64],
) {
    let length = out.len().min(CHUNK);
    let (counts, chances) = (&counts[..length], &chances[..length]);
    let mut numbers = [0.0; CHUNK];
    let mut deviates = [0.0; CHUNK];
    let (numbers, deviates) = (&mut numbers[..length], &mut deviates[..length]);
    stream.fill_uniform(first_path, numbers);
    let mut undecided = [true; CHUNK];
    let undecided = &mut undecided[..length];
    let mut is_any_undecided = true;
    if !counts.iter().zip(chances).fold(true, |all, (n, p)| all & is_few(*n, *p)) {
        deviates.copy_from_slice(numbers);
        normal::invert(deviates);
        is_any_undecided = false;
        for index in 0..length {
            let (n, p, z) = (counts[index], chances[index], deviates[index]);
            let (count, is_clear) = binomial_many::count(n, p, z);
            out[index] = count;
            undecided[index] = !is_clear | is_few(n, p);
            is_any_undecided |= undecided[index];
        }
    }
    if is_any_undecided {
        let mut few = [0; CHUNK];
        let mut length = 0;
        for (index, is_undecided) in undecided.iter().enumerate() {
            if *is_undecided {
                let (n, p) = (counts[index], chances[index]);
                if is_few(n, p) {
                    few[length] = index as u8;
                    length += 1;
                } else {
                    out[index] = quantile::binomial(n, p, deviates[index]);
                }
            }
        }
        binomial_few::fill_listed(&few[..length], [counts, chances], numbers, out);
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
