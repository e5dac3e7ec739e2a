//! Binomial draws by inversion: the probabilities of 0, 1, 2, ... are added up until their sum
//! reaches number 0 of the path.
//!
//! A table holds the same sums, bit by bit, so it makes no difference which of the two is used.

use super::super::stream::{Stream, open_unit};
use super::CHUNK;
use super::binomial::Paths;
use crate::numeric::elementary::{exp, ln_1p};

/// Probabilities below this one are not added: the uniform numbers end long before them, but those
/// of 0, 1, ... can be as small as 1e-19.
const NEGLIGIBLE: f64 = 1e-24;
/// With fewer than 30 expected, the probability of this many is below [`NEGLIGIBLE`].
const MOST: usize = 128;
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

/// The paths of a chunk that are drawn by adding up.
pub(super) struct Few {
    pub(super) paths: Paths,
    /// Whether failures are drawn, for each path.
    pub(super) is_reversed: [bool; CHUNK],
    odds: [f64; CHUNK],
    none: [f64; CHUNK],
    numbers: [u64; CHUNK],
}

impl Default for Few {
    fn default() -> Self {
        Self {
            paths: Paths::default(),
            is_reversed: [false; CHUNK],
            odds: [0.0; CHUNK],
            none: [0.0; CHUNK],
            numbers: [0; CHUNK],
        }
    }
}

impl Few {
    /// Computes what the draws need from the parameters of the paths.
    pub(super) fn prepare(&mut self) {
        for place in 0..self.paths.length.min(CHUNK) {
            (self.odds[place], self.none[place]) =
                odds_and_none(self.paths.n[place], self.paths.p[place]);
        }
    }

    /// Writes the draws of the paths of the chunk `out` that begins with `first_path`.
    pub(super) fn draw(&mut self, stream: &Stream, first_path: u64, out: &mut [f64]) {
        let length = self.paths.below(out.len());
        if length == 0 {
            return;
        }
        stream.fill_first(first_path, &mut self.numbers[..out.len()]);
        for start in (0..length).step_by(LANES) {
            let lanes = LANES.min(length - start);
            let mut group = Group::default();
            for lane in 0..lanes {
                let place = start + lane;
                let u = open_unit(self.numbers[usize::from(self.paths.indices[place])]);
                group.targets[lane] = target(u, self.is_reversed[place]);
                group.n[lane] = self.paths.n[place];
                group.odds[lane] = self.odds[place];
                group.terms[lane] = self.none[place];
            }
            let counts = group.counts();
            for (index, count) in self.paths.indices[start..start + lanes].iter().zip(counts) {
                out[usize::from(*index)] = count;
            }
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

    /// Replaces uniform numbers by draws.
    pub(super) fn fill(&self, is_reversed: bool, out: &mut [f64]) {
        for slot in out {
            let target = target(*slot, is_reversed);
            let mut count = usize::from(self.starts[(target * PARTS as f64) as usize]);
            while target > self.sums[count] {
                count += 1;
            }
            *slot = count as f64;
        }
    }
}
