//! Binomial counts by inversion where the variance is not small: an expansion gives the place of
//! the count to a known accuracy, which nearly always leaves one whole number.
//!
//! The sum of a binomial variable and a uniform one between -1/2 and 1/2 is continuous, and its
//! cumulative probability at `k + 1/2` is that of the binomial variable at `k`. Its value at a
//! normal deviate has the expansion of Cornish and Fisher 1938 in the reciprocal of the standard
//! deviation. Giles 2016, "Approximation of the inverse Poisson cumulative distribution function"
//! (ACM Transactions on Mathematical Software 42), inverts in the same way.

use super::binomial::{is_reversed, rarer};
use super::quantile::LARGE;
use crate::numeric::elementary::floor;
use std::ops::Range;

/// The variance from which on the expansion is used.
pub(super) const LEAST_VARIANCE: f64 = 8.0;
/// The deviates for which the bound of the error holds.
const USUAL: Range<f64> = -5.0..5.0;

/// Where the count of Binomial(n, p) at a normal deviate is: the count of successes or, where these
/// are rarer, of failures.
#[derive(Clone, Copy)]
pub(super) struct Place {
    /// The least whole number from here on is the count.
    place: f64,
    /// How far from here the truth can be.
    room: f64,
}

impl Place {
    /// The place at the standard normal deviate `w`, for a variance of at least
    /// [`LEAST_VARIANCE`] and a `p` of at most 1/2.
    ///
    /// With the deviation `d` and `s = 1 - 2p` the value is `np + d w` and
    ///
    /// ```text
    /// s (w² - 1) / 6
    /// + w (s² (w² - 7) - 3 w² + 3) / (144 d)
    /// + s (9 - s²) (3 w⁴ + 7 w² - 16) / (6480 d²)
    /// + w (s⁴ (9 w⁴ + 256 w² - 433) - s² (486 w⁴ + 2124 w² - 6282) - 351 w⁴ - 324 w² + 4887)
    ///   / (622080 d³)
    /// ```
    ///
    /// The terms were derived from the cumulants of the sum up to the sixth. For `s = 1` the first
    /// three are those of Giles for the Poisson distribution. The error is in proportion to `d⁻⁴`;
    /// its bound was found by comparison with the cumulative probability, see the test below: at
    /// 610,000 places of 6,000 distributions by scipy 1.17 it was at most 0.76 of the bound. From a
    /// variance of [`LARGE`] on it is below 1e-7 of a count, which is also the probability that it
    /// moves a draw to a neighbour, and is not looked at.
    #[inline(always)]
    fn new(n: f64, p: f64, z: f64) -> Self {
        let q = 1.0 - p;
        let mean = n * p;
        let variance = mean * q;
        let deviation = variance.sqrt();
        let reciprocal = 1.0 / deviation;
        let skew = q - p;
        let skew2 = skew * skew;
        let w = z * z;
        let first = skew * ((w - 1.0) * (1.0 / 6.0));
        let second = z * (skew2 * (w - 7.0) - (3.0 * w - 3.0)) * (1.0 / 144.0);
        let third = skew * (9.0 - skew2) * (((3.0 * w + 7.0) * w - 16.0) * (1.0 / 6480.0));
        let fourth = skew2 * ((9.0 * w + 256.0) * w - 433.0) - ((486.0 * w + 2124.0) * w - 6282.0);
        let fourth = z * (skew2 * fourth - ((351.0 * w + 324.0) * w - 4887.0)) * (1.0 / 622_080.0);
        let rest = first + reciprocal * (second + reciprocal * (third + reciprocal * fourth));
        let square = reciprocal * reciprocal;
        let room = (0.05 + 0.0022 * (w * w * w)) * (square * square);
        Self {
            place: mean + (deviation * z + (rest - 0.5)),
            room: if variance < LARGE { room } else { 0.0 },
        }
    }
}

/// The count of Binomial(n, p) at the standard normal deviate `z`, for a variance of at least
/// [`LEAST_VARIANCE`], and whether it is beyond doubt.
#[inline(always)]
pub(super) fn count(n: f64, p: f64, z: f64) -> (f64, bool) {
    let z = if is_reversed(p) { -z } else { z };
    let Place { place, room } = Place::new(n, rarer(p), z);
    let below = floor(if place > 0.0 { place } else { 0.0 });
    let part = place - below;
    let count = if part > 0.0 { below + 1.0 } else { below };
    let is_clear = (part >= room) & (part <= 1.0 - room);
    let is_clear = is_clear & (place >= 0.0) & (count <= n) & USUAL.contains(&z);
    (if is_reversed(p) { n - count } else { count }, is_clear)
}

#[cfg(test)]
mod tests {
    use super::super::normal;
    use super::super::special::{Share, beta_tails};
    use super::*;

    /// The normal deviate of the cumulative probability of `k`.
    fn deviate(n: f64, p: f64, k: f64) -> f64 {
        // At most k successes: a Beta(k + 1, n - k) variable is larger than p.
        let tails = beta_tails(k + 1.0, n - k, Share::new(p));
        if tails.upper < tails.lower {
            normal::inverse(tails.upper.exp())
        } else {
            -normal::inverse(tails.lower.exp())
        }
    }

    #[test]
    fn the_error_of_the_expansion_stays_within_its_bound() {
        for variance in [8.0_f64, 8.7, 10.0, 13.0, 20.0, 37.0, 80.0, 250.0, 1e3, 9e3] {
            for p in [1e-12, 1e-6, 1e-3, 0.01, 0.04, 0.1, 0.15, 0.21, 0.3, 0.38, 0.45, 0.499, 0.5] {
                let n = (variance / (p * (1.0 - p))).ceil();
                let (mean, deviation) = (n * p, (n * p * (1.0 - p)).sqrt());
                let step = (deviation / 12.0).ceil();
                let mut k = (mean - 6.5 * deviation).max(0.0).ceil();
                let mut compared = 0;
                while k < n && k < mean + 7.5 * deviation {
                    let z = deviate(n, p, k);
                    if USUAL.contains(&z) {
                        let Place { place, room } = Place::new(n, p, z);
                        // The value is k + 1/2 here, and the place is 1/2 below it.
                        let error = (place - k).abs();
                        assert!(error < 0.9 * room, "{n} {p} {k} at {z}: {place}, {room}");
                        compared += 1;
                    }
                    k += step;
                }
                assert!(compared >= 20, "{n} {p}: {compared}");
            }
        }
    }

    #[test]
    fn large_variances_need_no_bound() {
        // 1e-7 of a count, and what rounding the mean and the tails costs.
        for (n, p) in [(41_000.0, 0.5), (2e5, 0.06), (1e12, 1.1e-8), (1e9, 0.3)] {
            let (mean, deviation): (f64, f64) = (n * p, f64::sqrt(n * p * (1.0 - p)));
            for step in -45..=45 {
                let k = (mean + f64::from(step) / 10.0 * deviation).floor();
                let Place { place, room } = Place::new(n, p, deviate(n, p, k));
                assert_eq!(room, 0.0);
                let allowed = 1e-7 + 1e-12 * deviation + 1e-15 * mean;
                assert!((place - k).abs() < allowed, "{n} {p} {k}: {place}");
            }
        }
    }

    #[test]
    fn doubts_are_rare_and_only_between_neighbours() {
        for (n, p) in [(36.0, 0.5), (8e6, 1e-6), (1000.0, 0.99), (480.0, 0.05), (1000.0, 0.6)] {
            let (mut doubts, mut before) = (0, 0.0);
            for step in 1..20_000 {
                let z = normal::inverse(f64::from(step) / 20_000.0);
                let (count, is_clear) = count(n, p, z);
                doubts += u32::from(!is_clear);
                if is_clear {
                    assert!(count >= before, "{n} {p} {z}");
                    before = count;
                }
            }
            assert!(doubts < 100, "{n} {p}: {doubts}");
        }
    }
}
