//! Binomial draws by inversion: the probabilities of 0, 1, 2, ... are added up until their sum
//! reaches number 0 of the path.
//!
//! A table holds the same sums, bit by bit, so it makes no difference which of the two is used.

use super::binomial::{is_reversed, rarer};
use crate::numeric::elementary::{exp, ln_1p};

/// Probabilities below this one are not added: the uniform numbers end long before them, but those
/// of 0, 1, ... can be as small as 1e-10.
const NEGLIGIBLE: f64 = 1e-24;
/// With a variance below 8 and so less than 16 expected, the probability of this many is below [`NEGLIGIBLE`].
const MOST: usize = 80;
/// The reciprocals of 1, 2, ...: multiplying by them is faster than dividing.
const RECIPROCALS: [f64; MOST] = {
    let mut values = [0.0; MOST];
    let mut index = 0;
    while index < MOST {
        values[index] = 1.0 / (index as f64 + 1.0);
        index += 1;
    }
    values
};

/// The probability of `count + 1`, given that of `count`, or 0 if it is negligible.
#[inline(always)]
fn next_term(term: f64, n: f64, odds: f64, count: usize) -> f64 {
    let next = term * ((n - count as f64) * odds * RECIPROCALS[count]);
    if next < NEGLIGIBLE { 0.0 } else { next }
}

/// `p / (1 - p)` and the probability of 0, `(1 - p)^n`.
#[inline(always)]
fn odds_and_none(n: f64, p: f64) -> (f64, f64) {
    (p / (1.0 - p), exp(n * ln_1p(-p)))
}

/// The number to invert at. Where failures are drawn the order is reversed, because few of them
/// stand for many successes.
#[inline(always)]
fn target(u: f64, is_reversed: bool) -> f64 {
    if is_reversed { 1.0 - u } else { u }
}

/// Writes the counts of the paths with these indices in the chunk, given their uniform numbers.
#[inline(always)]
pub(super) fn fill_listed(
    indices: &[u8],
    [counts, chances]: [&[f64]; 2],
    numbers: &[f64],
    out: &mut [f64],
) {
    for indices in indices.chunks(LANES) {
        let mut group = Group::default();
        for (lane, index) in indices.iter().enumerate() {
            let index = usize::from(*index);
            group.targets[lane] = target(numbers[index], is_reversed(chances[index]));
            group.n[lane] = counts[index];
            group.odds[lane] = rarer(chances[index]);
        }
        for lane in 0..LANES {
            (group.odds[lane], group.terms[lane]) = odds_and_none(group.n[lane], group.odds[lane]);
        }
        for (index, count) in indices.iter().zip(group.counts()) {
            let index = usize::from(*index);
            let n = counts[index];
            out[index] = if is_reversed(chances[index]) { n - count } else { count };
        }
    }
}

/// Paths whose probabilities are added up in step: no branch depends on a single one.
const LANES: usize = 8;

#[derive(Default)]
struct Group {
    targets: [f64; LANES],
    n: [f64; LANES],
    odds: [f64; LANES],
    terms: [f64; LANES],
}

impl Group {
    #[inline(always)]
    fn counts(self) -> [f64; LANES] {
        let Self { targets, n, odds, mut terms } = self;
        let mut sums = terms;
        let mut counts = [0.0; LANES];
        for start in (0..MOST).step_by(STRIDE) {
            let mut moved = [0.0; LANES];
            for count in start..start + STRIDE {
                for lane in 0..LANES {
                    terms[lane] = next_term(terms[lane], n[lane], odds[lane], count);
                    let is_beyond = targets[lane] > sums[lane] && terms[lane] > 0.0;
                    moved[lane] = if is_beyond { 1.0 } else { 0.0 };
                    counts[lane] += moved[lane];
                    sums[lane] += terms[lane];
                }
            }
            if moved.iter().fold(0.0, |sum, lane| sum + lane) == 0.0 {
                break;
            }
        }
        counts
    }
}

/// Steps between two questions whether all paths are done.
const STRIDE: usize = 4;

/// Equal parts of the uniform numbers for which the table knows where to begin.
const PARTS: usize = 128;

/// The sums for one pair of parameters, and for each part of the uniform numbers the count at its
/// lower end (Chen and Asau 1974).
pub(super) struct Table {
    sums: [f64; MOST],
    starts: [u8; PARTS],
}

impl Table {
    pub(super) fn new(n: f64, p: f64) -> Self {
        // The last sum is infinite: what is above all others stays at the last count.
        let mut sums = [f64::INFINITY; MOST];
        let (odds, none) = odds_and_none(n, p);
        let (mut term, mut sum) = (none, none);
        for (count, slot) in sums.iter_mut().enumerate() {
            term = next_term(term, n, odds, count);
            if term == 0.0 {
                break;
            }
            *slot = sum;
            sum += term;
        }
        let mut starts = [0; PARTS];
        let mut count = 0;
        for (part, start) in starts.iter_mut().enumerate() {
            while part as f64 / PARTS as f64 > sums[count] {
                count += 1;
            }
            *start = count as u8;
        }
        Self { sums, starts }
    }

    /// Replaces uniform numbers by counts of Binomial(n, p).
    pub(super) fn fill(&self, n: f64, p: f64, out: &mut [f64]) {
        for slot in out {
            let target = target(*slot, is_reversed(p));
            let mut count = usize::from(self.starts[(target * PARTS as f64) as usize]);
            while target > self.sums[count] {
                count += 1;
            }
            let count = count as f64;
            *slot = if is_reversed(p) { n - count } else { count };
        }
    }
}
