//! Binomial counts by inversion where the variance is not small: an expansion gives the place of
//! the count to a known accuracy, which nearly always leaves one whole number.
//!
//! The sum of a binomial variable and a uniform one between -1/2 and 1/2 is continuous, and its
//! cumulative probability at `k + 1/2` is that of the binomial variable at `k`. Its value at a
//! normal deviate has the expansion of Cornish and Fisher 1938 in the reciprocal of the standard
//! deviation. Giles 2016, "Approximation of the inverse Poisson cumulative distribution function"
//! (ACM Transactions on Mathematical Software 42), inverts in the same way.

use crate::numeric::elementary::floor;
use std::ops::Range;

/// The variance from which on the expansion is used.
pub(super) const LEAST_VARIANCE: f64 = 8.0;
/// The variance from which on an error of the expansion is below 1e-7 of a count and never looked
/// at: the probability of a draw that is off by one.
const LARGE_VARIANCE: f64 = 1e4;
/// The deviates for which the bound of the error holds.
const USUAL: Range<f64> = -6.0..6.0;

/// Where the count of Binomial(n, p) at a normal deviate is.
#[derive(Clone, Copy)]
pub(super) struct Place {
    /// The least whole number from here on is the count.
    pub(super) place: f64,
    /// How far from here the truth can be.
    room: f64,
}

impl Place {
    /// The place at the standard normal deviate `z`, for a variance of at least
    /// [`LEAST_VARIANCE`].
    ///
    /// With the deviation `d`, the skew `s = 1 - 2p` and `w = z`, the value is `np + d w` and
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
    /// its bound was found by comparison with the cumulative probability, see the test below.
    #[inline(always)]
    pub(super) fn new(n: f64, p: f64, z: f64) -> Self {
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
        let room = (0.05 + 0.0015 * (w * w * w)) * (square * square);
        Self {
            place: mean + (deviation * z + (rest - 0.5)),
            room: if variance < LARGE_VARIANCE { room } else { 0.0 },
        }
    }

    /// The count, and whether it is beyond doubt.
    #[inline(always)]
    pub(super) fn count(self, n: f64, z: f64) -> (f64, bool) {
        let Self { place, room } = self;
        let below = floor(if place > 0.0 { place } else { 0.0 });
        let part = place - below;
        let count = if part > 0.0 { below + 1.0 } else { below };
        let is_clear = (part >= room) & (part <= 1.0 - room);
        (count, is_clear & (place >= 0.0) & (count <= n) & USUAL.contains(&z))
    }
}
