//! Binomial draws by transformed rejection (Hörmann 1993, "The generation of binomial random
//! variates", algorithm BTRS, for at least 10 expected successes).
//!
//! A uniform number is carried over by a function close to the inverse of the cumulative
//! probability, and the result is accepted with the probability that makes up for the difference.
//! Attempt number `i` of the stream gives the two numbers of proposal number `i`. The paths whose
//! proposals were rejected go on to the next attempt together.

use super::super::stream::{Stream, open_unit};
use super::CHUNK;
use super::binomial::Paths;
use crate::numeric::elementary::{floor, ln, ln_1p};
use super::special::{deviance, stirling_error};
use std::f64::consts::TAU;

/// The paths of a chunk that are drawn by rejection.
pub(super) struct Many {
    pub(super) paths: Paths,
    constants: Constants,
    /// The paths that go on, and their constants.
    rest: Paths,
    rest_constants: Constants,
    proposals: Proposals,
}

impl Default for Many {
    fn default() -> Self {
        let zeros = [0.0; CHUNK];
        Self {
            paths: Paths::default(),
            constants: Constants::default(),
            rest: Paths::default(),
            rest_constants: Constants::default(),
            proposals: Proposals {
                listed: [0; CHUNK],
                first: [0; CHUNK],
                second: [0; CHUNK],
                counts: zeros,
                heights: zeros,
                safety: zeros,
                doubtful: [0; CHUNK],
                n: zeros,
                p: zeros,
            },
        }
    }
}

impl Many {
    /// Computes what the draws need from the parameters of the paths.
    pub(super) fn prepare(&mut self) {
        self.constants.set(&self.paths);
    }

    /// Writes the draws of the paths of the chunk `out` that begins with `first_path`.
    pub(super) fn draw(&mut self, stream: &Stream, first_path: u64, out: &mut [f64]) {
        self.paths.length = self.paths.below(out.len());
        self.rest.length = 0;
        let Self { paths, constants, rest, rest_constants, proposals } = self;
        proposals.make(stream, first_path, 0, paths, constants);
        proposals.accept(paths, out);
        proposals.test(paths, |place| {
            rest.push(usize::from(paths.indices[place]), paths.n[place], paths.p[place]);
        });
        let mut attempt = 1;
        while rest.length > 0 {
            rest_constants.set(rest);
            proposals.make(stream, first_path, attempt, rest, rest_constants);
            proposals.accept(rest, out);
            let mut rejected = [0; CHUNK];
            let mut length = 0;
            proposals.test(rest, |place| {
                rejected[length] = place;
                length += 1;
            });
            // The places increase, so nothing is overwritten before it is moved.
            rest.length = 0;
            for place in &rejected[..length] {
                rest.push(usize::from(rest.indices[*place]), rest.n[*place], rest.p[*place]);
            }
            attempt = attempt.wrapping_add(1);
        }
    }
}

/// Constants of the method, named as in the article where it names them.
struct Constants {
    a: [f64; CHUNK],
    b: [f64; CHUNK],
    centre: [f64; CHUNK],
    alpha: [f64; CHUNK],
    /// Up to this value of the second number, proposals that are not far out are accepted.
    safe: [f64; CHUNK],
}

impl Default for Constants {
    fn default() -> Self {
        let zeros = [0.0; CHUNK];
        Self { a: zeros, b: zeros, centre: zeros, alpha: zeros, safe: zeros }
    }
}

impl Constants {
    fn set(&mut self, paths: &Paths) {
        for place in 0..paths.length.min(CHUNK) {
            let (n, p) = (paths.n[place], paths.p[place]);
            let deviation = (n * p * (1.0 - p)).sqrt();
            let b = 1.15 + 2.53 * deviation;
            let reciprocal = 1.0 / b;
            self.a[place] = -0.0873 + 0.0248 * b + 0.01 * p;
            self.b[place] = b;
            self.centre[place] = n * p + 0.5;
            self.alpha[place] = (2.83 + 5.1 * reciprocal) * deviation;
            self.safe[place] = 0.92 - 4.2 * reciprocal;
        }
    }
}

/// Proposals for several paths side by side.
struct Proposals {
    listed: [u64; CHUNK],
    first: [u64; CHUNK],
    second: [u64; CHUNK],
    /// The proposed counts.
    counts: [f64; CHUNK],
    /// What must be at most the probability of the count divided by that of the mode.
    heights: [f64; CHUNK],
    /// Not negative where every proposal is accepted.
    safety: [f64; CHUNK],
    /// The places of the others.
    doubtful: [u8; CHUNK],
    n: [f64; CHUNK],
    p: [f64; CHUNK],
}

impl Proposals {
    fn make(
        &mut self,
        stream: &Stream,
        first_path: u64,
        attempt: u32,
        paths: &Paths,
        constants: &Constants,
    ) {
        let length = paths.length.min(CHUNK);
        for (path, index) in self.listed.iter_mut().zip(&paths.indices[..length]) {
            *path = first_path.wrapping_add(u64::from(*index));
        }
        stream.fill_listed(&self.listed[..length], attempt, &mut self.first, &mut self.second);
        for place in 0..length {
            let (a, b) = (constants.a[place], constants.b[place]);
            let offset = open_unit(self.first[place]) - 0.5;
            let height = open_unit(self.second[place]);
            let margin = 0.5 - offset.abs();
            let square = margin * margin;
            self.counts[place] = floor((2.0 * a / margin + b) * offset + constants.centre[place]);
            self.heights[place] = height * constants.alpha[place] * square / (a + b * square);
            let safety = constants.safe[place] - height;
            self.safety[place] = if margin >= 0.07 { safety } else { -1.0 };
        }
    }

    /// Writes all counts. Those that the test rejects are overwritten later.
    fn accept(&self, paths: &Paths, out: &mut [f64]) {
        for (index, count) in paths.indices[..paths.length].iter().zip(&self.counts) {
            out[usize::from(*index)] = *count;
        }
    }

    /// Tests the proposals that are not safe and gives the places of the rejected ones.
    fn test(&mut self, paths: &Paths, mut reject: impl FnMut(usize)) {
        let mut length = 0;
        for (place, safety) in self.safety[..paths.length].iter().enumerate() {
            self.doubtful[length] = place as u8;
            length += usize::from(*safety < 0.0);
        }
        let length = length.min(CHUNK);
        for (index, place) in self.doubtful[..length].iter().enumerate() {
            let place = usize::from(*place);
            self.n[index] = paths.n[place];
            self.p[index] = paths.p[place];
            self.counts[index] = self.counts[place];
            self.heights[index] = self.heights[place];
        }
        for index in 0..length {
            let [n, p, count] = [self.n[index], self.p[index], self.counts[index]];
            let (quotient, width) = ln_quotient_bounds(n, p, count);
            let excess = quotient - ln(self.heights[index]);
            // 1 accepts, -1 rejects, and 0 stands for a doubt.
            let verdict = if excess > width { 1.0 } else { 0.0 };
            let verdict = if excess < -width { -1.0 } else { verdict };
            self.safety[index] = if count >= 0.0 && count <= n { verdict } else { -1.0 };
        }
        for (index, place) in self.doubtful[..length].iter().enumerate() {
            let is_rejected = if self.safety[index] == 0.0 {
                let [n, p, count] = [self.n[index], self.p[index], self.counts[index]];
                ln(self.heights[index]) > ln_quotient(n, p, count)
            } else {
                self.safety[index] < 0.0
            };
            if is_rejected {
                reject(usize::from(*place));
            }
        }
    }
}

/// The logarithm of the probability of `count` divided by that of the mode, and how far from it
/// the truth can be.
///
/// Stirling's formula at `mode + 1` and at `count + 1 = (mode + 1) (1 + x)` gives
/// `(1 + x) ln(1 + x)` and `ln(1 + x) / 2`, of which the series begin here, and the same for the
/// failures. The width is the sum of bounds for what is left out of each series and of the error
/// of the formula, valid for `x` between -1/2 and 1/2.
#[inline(always)]
fn ln_quotient_bounds(n: f64, p: f64, count: f64) -> (f64, f64) {
    let middle = (n + 1.0) * p;
    let mode = floor(middle);
    let distance = count - mode;
    let success = StirlingQuotient::new(mode + 1.0, distance);
    let failure = StirlingQuotient::new(n - mode + 1.0, -distance);
    // p / (1 - p) * (n - mode + 1) / (mode + 1) = 1 + skew
    let skew = (middle - mode + p - 1.0) / ((1.0 - p) * (mode + 1.0));
    let slope = skew * (1.0 - skew * (0.5 - skew / 3.0));
    let rest = distance.abs() * (skew * skew) * (skew * skew);
    let quotient = distance * slope - success.value - failure.value;
    (quotient, success.width + failure.width + rest + 1e-9)
}

/// `ln Gamma(start + distance) - ln Gamma(start) - distance ln(start)` for large numbers.
struct StirlingQuotient {
    value: f64,
    width: f64,
}

impl StirlingQuotient {
    #[inline(always)]
    fn new(start: f64, distance: f64) -> Self {
        let reciprocal = 1.0 / start;
        let x = distance * reciprocal;
        let square = x * x;
        let product = square * (0.5 - x * (1.0 / 6.0 - x * (1.0 / 12.0 - x * (1.0 / 20.0))));
        let half = x * (0.5 - x * (0.25 - x * (1.0 / 6.0 - x * 0.125)));
        let rest = square * square * (square * start / 15.0 + x.abs() / 5.0);
        let width = rest + x.abs() * reciprocal / 6.0;
        let width = if square <= 0.25 { width } else { f64::INFINITY };
        Self { value: start * product - half, width }
    }
}

/// The logarithm of the probability of `count` divided by that of the mode.
#[cold]
fn ln_quotient(n: f64, p: f64, count: f64) -> f64 {
    ln_probability(n, p, count) - ln_probability(n, p, floor((n + 1.0) * p))
}

/// The logarithm of the probability of `count` successes in `n` trials, for `0 < p < 1`
/// (Loader 2000, "Fast and accurate computation of binomial probabilities").
fn ln_probability(n: f64, p: f64, count: f64) -> f64 {
    let others = n - count;
    if count == 0.0 {
        return n * ln_1p(-p);
    }
    if others == 0.0 {
        return n * ln(p);
    }
    let [expected, others_expected] = [n * p, n * (1.0 - p)];
    let difference = count - expected;
    let deviances = deviance(count, expected, difference, || ln(count / expected))
        + deviance(others, others_expected, -difference, || ln(others / others_expected));
    let errors = stirling_error(n) - stirling_error(count) - stirling_error(others);
    errors - deviances - ln(TAU * count * (others / n)) / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_probabilities_of_all_counts_add_up_to_1() {
        for (n, p) in [(20.0, 0.5), (200.0, 0.07), (4000.0, 0.2)] {
            let mut sum = 0.0;
            let mut count = 0.0;
            while count <= n {
                sum += ln_probability(n, p, count).exp();
                count += 1.0;
            }
            assert!((sum - 1.0).abs() < 1e-12, "{n} {p}: {sum}");
        }
    }

    #[test]
    fn the_bounds_enclose_the_logarithm_of_the_quotient() {
        for (n, p) in [
            (60.0, 0.5),
            (70.0, 0.45),
            (1000.0, 0.03),
            (1000.0, 0.3),
            (1e6, 3e-5),
            (1e9, 0.2),
            (1e15, 0.4),
        ] {
            let middle = floor((n + 1.0) * p);
            let deviation: f64 = n * p * (1.0 - p);
            let mut doubts = 0.0;
            for step in -400..=400 {
                let count = middle + (f64::from(step) / 50.0 * deviation.sqrt()).round();
                if !(0.0..=n).contains(&count) {
                    continue;
                }
                let exact = ln_quotient(n, p, count);
                let (quotient, width) = ln_quotient_bounds(n, p, count);
                let error = (quotient - exact).abs();
                // For the largest n rounding limits both.
                assert!(error <= width + n * 1e-22, "{n} {p} {count}: {quotient} {exact} {width}");
                let z = f64::from(step) / 50.0;
                doubts += width.min(1.0) * (-z * z / 2.0).exp() / 125.0;
            }
            assert!(doubts < 0.01, "{n} {p}: {doubts}");
        }
    }

    #[test]
    fn the_method_dominates_the_probabilities_everywhere() {
        // Hörmann shows this for at least 10 expected successes: a proposal is never accepted with
        // a probability above 1, and always where the quick test accepts.
        for (n, p) in [(60.0, 0.5), (100.0, 0.31), (3000.0, 0.0101), (1e4, 0.5), (1e6, 0.01)] {
            let mut paths = Paths::default();
            paths.push(0, n, p);
            let mut constants = Constants::default();
            constants.set(&paths);
            let [a, b] = [constants.a[0], constants.b[0]];
            for step in 1..10_000 {
                let offset = f64::from(step) / 10_000.0 - 0.5;
                let margin = 0.5 - offset.abs();
                let count = floor((2.0 * a / margin + b) * offset + constants.centre[0]);
                if !(0.0..=n).contains(&count) {
                    assert!(margin < 0.07);
                    continue;
                }
                let steepness = a / (margin * margin) + b;
                let chance = ln_quotient(n, p, count).exp() * steepness / constants.alpha[0];
                assert!(chance <= 1.0 + 1e-9, "{n} {p} {count}: {chance}");
                assert!(margin < 0.07 || chance >= constants.safe[0], "{n} {p} {count}: {chance}");
            }
        }
    }
}
