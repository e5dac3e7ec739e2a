//! Truncated normal draws, by inversion: one number of the stream for each path.
//!
//! The cumulative probability is inverted in the tail that is smaller. Where the range is too
//! narrow or too far out for that, what is inverted is the distance from the end that is nearer to
//! the mean.

use super::super::stream::Stream;
use super::{Block, CHUNK, Law, Parameter, first_failing, normal};
use crate::numeric::elementary::{exp, ln, ln_1p};

const FINITE: &str = "a finite number";

/// TruncatedNormal(mean, sd, low, high): Normal(mean, sd), given that it lies between `low` and
/// `high`. `mean` and `sd` are those before the truncation.
pub(super) struct TruncatedNormal;

impl Law<4> for TruncatedNormal {
    const NAME: &'static str = "truncated_normal";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter { name: "mean", requirement: FINITE },
        Parameter { name: "sd", requirement: "above 0" },
        Parameter { name: "low", requirement: FINITE },
        Parameter { name: "high", requirement: "at least low" },
    ];

    #[inline(always)]
    fn impossible([mean, sd, low, high]: [f64; 4]) -> Option<usize> {
        let is_range = low <= high && (high - low).is_finite();
        first_failing([mean, sd, low, high], [true, sd > 0.0, true, is_range])
    }

    fn mean(values: [f64; 4]) -> f64 {
        let [mean, sd, low, high] = values;
        let cut = Cut::new(values);
        let expected = if cut.is_wide {
            let [a, b] = [(low - mean) / sd, (high - mean) / sd];
            let [below, above] = [cut.below[1] - cut.below[0], cut.above[0] - cut.above[1]];
            mean + sd * ((density(a) - density(b)) / if a > 0.0 { above } else { below })
        } else {
            cut.end.mean(values)
        };
        expected.clamp(low, high)
    }

    #[inline(always)]
    fn fill(stream: &Stream, first_path: u64, block: &Block<'_, 4>, out: &mut [f64]) {
        let mut cuts = [Cut::default(); CHUNK];
        let mut numbers = [0.0; CHUNK];
        let mut start = 0;
        for chunk in out.chunks_mut(CHUNK) {
            let path = first_path.wrapping_add(start as u64);
            if !block.constant {
                for (index, cut) in cuts[..chunk.len()].iter_mut().enumerate() {
                    *cut = Cut::new(block.at(start + index));
                }
            } else if start == 0 {
                cuts = [Cut::new(block.at(0)); CHUNK];
            }
            let numbers = &mut numbers[..chunk.len()];
            stream.fill_uniform(path, numbers);
            let mut is_any_wide = false;
            for ((slot, number), cut) in chunk.iter_mut().zip(numbers.iter()).zip(&cuts) {
                *slot = cut.tail(*number, 1.0 - *number);
                is_any_wide |= cut.is_wide;
            }
            if is_any_wide {
                normal::invert(chunk);
            }
            for (index, (slot, number)) in chunk.iter_mut().zip(numbers.iter()).enumerate() {
                let values = block.at(start + index);
                *slot = cuts[index].value(*slot, *number, 1.0 - *number, values);
            }
            start += chunk.len();
        }
    }

    fn at(z: f64, values: [f64; 4]) -> f64 {
        let (lower, upper) = (normal::cumulative(z), normal::cumulative(-z));
        let cut = Cut::new(values);
        cut.value(normal::inverse(cut.tail(lower, upper)), lower, upper, values)
    }
}

/// What the range cuts out of the standard normal distribution.
#[derive(Clone, Copy, Default)]
struct Cut {
    /// The probabilities below `low` and below `high`.
    below: [f64; 2],
    /// The probabilities above `low` and above `high`.
    above: [f64; 2],
    /// These probabilities tell the values in the range well apart.
    is_wide: bool,
    end: End,
}

impl Cut {
    fn new([mean, sd, low, high]: [f64; 4]) -> Self {
        /// The least part of the smaller tail that the range may be.
        const NARROW: f64 = 1e-3;
        /// The least that the smaller tail may be.
        const FAR: f64 = 1e-290;
        let ends = [(low - mean) / sd, (high - mean) / sd];
        let tails = ends.map(|end| tail(end.abs()));
        let [below, above] =
            [-1.0, 1.0].map(|sign| {
                std::array::from_fn(|end| {
                    if ends[end] * sign >= 0.0 { tails[end] } else { 1.0 - tails[end] }
                })
            });
        let inside = if ends[0] > 0.0 { above[0] - above[1] } else { below[1] - below[0] };
        let smaller = f64::min(below[1], above[0]);
        let is_wide = inside >= NARROW * smaller && smaller >= FAR;
        let is_low = -ends[1] < ends[0];
        let distance = if is_low { ends[0] } else { -ends[1] };
        let end =
            if is_wide { End::default() } else { End::new(distance, (high - low) / sd, is_low) };
        Self { below, above, is_wide, end }
    }

    /// The tail of the standard normal distribution at the value with the probability `lower`
    /// below it and `upper` above it: the lower one or the upper one, whichever is smaller.
    #[inline(always)]
    fn tail(&self, lower: f64, upper: f64) -> f64 {
        let [below, above] = self.tails(lower, upper);
        // The smallest number of which the inverse may be asked.
        if below < above { below } else { above }.max(f64::MIN_POSITIVE)
    }

    #[inline(always)]
    fn tails(&self, lower: f64, upper: f64) -> [f64; 2] {
        [self.below, self.above].map(|tails| tails[0] * upper + tails[1] * lower)
    }

    /// The value, where `deviate` is the inverse of its [`Cut::tail`].
    #[inline(always)]
    fn value(&self, deviate: f64, lower: f64, upper: f64, [mean, sd, low, high]: [f64; 4]) -> f64 {
        if !self.is_wide {
            return self.end.value(lower, upper, [sd, low, high]);
        }
        let [below, above] = self.tails(lower, upper);
        let deviate = if below < above { deviate } else { -deviate };
        (mean + sd * deviate).max(low).min(high)
    }
}

/// The range, seen from its end that is nearer to the mean, in standard deviations.
///
/// The probability to be farther than `e` from this end is, without the other end, `exp` of minus
/// [`depth`] of `e`.
#[derive(Clone, Copy, Default)]
struct End {
    /// The distance of this end from the mean; negative if the mean lies in the range.
    distance: f64,
    width: f64,
    /// Whether this end is `low`.
    is_low: bool,
    /// The probability beyond the other end, and that before it.
    beyond: f64,
    inside: f64,
}

impl End {
    fn new(distance: f64, width: f64, is_low: bool) -> Self {
        let depth = depth(distance, width);
        let inside = -depth.min(1e3);
        // The exponential series, where 1 - exp would lose all digits.
        let inside = if inside > -1e-2 {
            -inside
                * (1.0
                    + inside / 2.0
                        * (1.0
                            + inside / 3.0
                                * (1.0
                                    + inside / 4.0 * (1.0 + inside / 5.0 * (1.0 + inside / 6.0)))))
        } else {
            1.0 - exp(inside)
        };
        Self { distance, width, is_low, beyond: exp(-depth), inside }
    }

    fn value(&self, lower: f64, upper: f64, [sd, low, high]: [f64; 3]) -> f64 {
        let [nearer, farther] = if self.is_low { [lower, upper] } else { [upper, lower] };
        let part = nearer * self.inside;
        let logarithm =
            if part < 0.5 { ln_1p(-part) } else { ln(farther * self.inside + self.beyond) };
        let inwards = sd * inverse_depth(self.distance, -logarithm).min(self.width);
        if self.is_low { (low + inwards).min(high) } else { (high - inwards).max(low) }
    }

    fn mean(&self, [_, sd, low, high]: [f64; 4]) -> f64 {
        let Self { distance, width, is_low, inside, .. } = *self;
        let pressure = width * hazard(distance);
        if pressure.is_nan() || pressure < 1e-4 {
            // The density is nearly the same everywhere, or the range has no width.
            return low + (high - low) / 2.0;
        }
        let inwards = if distance > 1e4 {
            // An exponential variable, cut off by the other end.
            let fall = distance * width;
            (1.0 - if fall < 700.0 { fall / libm::expm1(fall) } else { 0.0 }) / distance
        } else {
            let fall = -libm::expm1(-width * (width / 2.0 + distance));
            hazard(distance) * fall / inside - distance
        };
        if is_low { low + sd * inwards } else { high - sd * inwards }
    }
}

/// The distance from which on the [`hazard`] is the distance itself, to the last digit.
const REMOTE: f64 = 1e8;

/// Minus the logarithm of the probability that a normal variable which is above `distance` is above
/// it by at least `e`.
fn depth(distance: f64, e: f64) -> f64 {
    /// Nodes and weights of Gauss and Legendre, from 0 to 1.
    const NODES: [[f64; 2]; 3] = [
        [0.112_701_665_379_258_31, 5.0 / 18.0],
        [0.5, 8.0 / 18.0],
        [0.887_298_334_620_741_7, 5.0 / 18.0],
    ];
    if e == 0.0 {
        0.0
    } else if distance >= REMOTE {
        e * (e / 2.0 + distance)
    } else if e > 0.1 {
        e * (e / 2.0 + distance) + ln(hazard(distance + e).min(f64::MAX) / hazard(distance))
    } else {
        // The integral of the hazard.
        e * NODES.iter().map(|[node, weight]| weight * hazard(distance + e * node)).sum::<f64>()
    }
}

/// The `e` with this depth.
fn inverse_depth(distance: f64, depth_: f64) -> f64 {
    let far = 2.0 * depth_ / (libm::hypot(distance, (2.0 * depth_).sqrt()) + distance);
    if distance >= REMOTE {
        return far;
    }
    // Both are bounds, and as the depth is convex Newton's method comes down from them.
    let mut e = (depth_ / hazard(distance)).min(far);
    for _ in 0..50 {
        let step = (depth(distance, e) - depth_) / hazard(distance + e);
        e -= step;
        if step.is_nan() || step.abs() <= 1e-9 * e {
            break;
        }
    }
    e.max(0.0)
}

/// The density of the standard normal distribution.
fn density(x: f64) -> f64 {
    /// 1 / sqrt(2 pi)
    const FACTOR: f64 = 0.398_942_280_401_432_7;
    exp(-0.5 * x * x) * FACTOR
}

/// The density divided by the probability above `x`: the reciprocal of Mills' ratio.
fn hazard(x: f64) -> f64 {
    if x < SERIES { density(x) / tail(x) } else { fraction(x) }
}

/// The probability above `x`. Like [`hazard`] it is made of arithmetic only, so that draws are the
/// same on every machine.
fn tail(x: f64) -> f64 {
    if x.abs() < SERIES {
        // x + x^3/3 + x^5/(3 5) + ...
        let square = x * x;
        let (mut sum, mut term, mut divisor) = (x, x, 1.0);
        while term.abs() > 1e-17 * sum.abs() {
            divisor += 2.0;
            term *= square / divisor;
            sum += term;
        }
        0.5 - density(x) * sum
    } else if x > 0.0 {
        density(x) / fraction(x)
    } else {
        1.0 - density(x) / fraction(-x)
    }
}

/// Up to here the series is used, from here on the continued fraction.
const SERIES: f64 = 2.5;

/// The hazard by the continued fraction of Laplace (Abramowitz and Stegun 1964, 26.2.14).
fn fraction(x: f64) -> f64 {
    // Enough for the last digit.
    let terms = (10.0 + 400.0 / (x * x)) as i32;
    let mut result = x;
    for index in (1..=terms).rev() {
        result = x + f64::from(index) / result;
    }
    result
}

#[cfg(test)]
mod tests {
    use super::super::Family;
    use super::super::check::{assert_follows, assert_inverts, draws, edges};
    use super::*;

    /// The probabilities below and above `x`, as differences of tails or by Simpson's rule.
    fn tails_of([mean, sd, low, high]: [f64; 4], x: f64) -> (f64, f64) {
        let [a, b, x] = [low, high, x].map(|value| (value - mean) / sd);
        let between = |from: f64, to: f64| {
            if to - from < 0.1 / (1.0 + from.abs()) {
                let step = (to - from) / 16.0;
                let sum: f64 = (0..=16)
                    .map(|index| {
                        let weight = [2.0, 4.0][index % 2] - f64::from(u8::from(index % 16 == 0));
                        weight * density(from + index as f64 * step)
                    })
                    .sum();
                sum * step / 3.0
            } else if from > 0.0 {
                normal::cumulative(-from) - normal::cumulative(-to)
            } else {
                normal::cumulative(to) - normal::cumulative(from)
            }
        };
        (between(a, x) / between(a, b), between(x, b) / between(a, b))
    }

    const RANGES: [[f64; 4]; 9] = [
        [0.0, 1.0, -1.0, 2.0],
        [5.0, 2.0, 1.0, 1e300],
        [5.0, 2.0, -1e300, 4.0],
        [-1e6, 1e-3, -1e6, -1e6 + 3e-3],
        [0.0, 1.0, 3.0, 3.5],
        [0.0, 1.0, -30.0, -8.0],
        [0.0, 1.0, 20.0, 40.0],
        [0.0, 1.0, 35.0, 35.5],
        [0.0, 1.0, -9.0, 9.0],
    ];

    #[test]
    fn truncated_normal_draws_follow_their_distribution() {
        for values in RANGES {
            let edges = edges(Family::TruncatedNormal, &values);
            let cumulative = |x: f64| tails_of(values, x).0;
            assert_follows(Family::TruncatedNormal, &values, &edges, cumulative);
        }
    }

    #[test]
    fn values_at_normal_deviates_invert_the_cumulative_probability() {
        for values in RANGES {
            if values[0] >= 0.0 {
                assert_inverts(Family::TruncatedNormal, &values, 1e-14, |x| tails_of(values, x));
            }
        }
    }

    #[test]
    fn far_out_the_distance_from_the_end_is_exponential() {
        for far in [1e3, 1e6, 1e12, 1e150] {
            for sign in [-1.0, 1.0] {
                // In units in which the distance has mean 1.
                let width = 3.0;
                let at = |e: f64| (1.0 - f64::exp(-e)) / (1.0 - f64::exp(-width));
                let values = if sign > 0.0 {
                    [-far * far, far, 0.0, width]
                } else {
                    [far * far, far, -width, 0.0]
                };
                let edges = edges(Family::TruncatedNormal, &values);
                assert_follows(Family::TruncatedNormal, &values, &edges, |x| {
                    if sign > 0.0 { at(x) } else { 1.0 - at(-x) }
                });
            }
        }
    }

    #[test]
    fn a_narrow_range_is_practically_uniform() {
        for width in [1e-4, 1e-9, 1e-200] {
            for low in [0.0, -width / 2.0] {
                let values = [0.0, 1.0, low, low + width];
                let edges = edges(Family::TruncatedNormal, &values);
                let cumulative = |x: f64| (x - low) / width;
                assert_follows(Family::TruncatedNormal, &values, &edges, cumulative);
            }
        }
        assert!(
            draws(Family::TruncatedNormal, &[0.0, 1.0, 2.0, 2.0], 0, 9).iter().all(|x| *x == 2.0)
        );
    }

    #[test]
    fn both_ways_to_a_value_agree() {
        for [low, high] in [[3.0, 4.0], [9.0, 12.0], [30.0, 36.0], [1.0, 1.01], [0.0, 5.0]] {
            let cut = Cut::new([0.0, 1.0, low, high]);
            assert!(cut.is_wide);
            let end = End::new(low, high - low, true);
            for lower in [1e-12, 1e-3, 0.2, 0.5, 0.9, 1.0 - 1e-9] {
                let upper = 1.0 - lower;
                let deviate = normal::inverse(cut.tail(lower, upper));
                let wide = cut.value(deviate, lower, upper, [0.0, 1.0, low, high]);
                let near = end.value(lower, upper, [1.0, low, high]);
                assert!((wide - near).abs() < 1e-12 * high, "{low} {lower}: {wide} {near}");
            }
        }
    }

    #[test]
    fn the_tail_and_the_hazard_have_the_known_values() {
        for step in -300..2_950 {
            let x = f64::from(step) / 80.0;
            let expected = normal::cumulative(-x);
            assert!((tail(x) / expected - 1.0).abs() < 1e-12, "{x}: {} {expected}", tail(x));
        }
        // From arbitrary-precision arithmetic.
        for (x, expected) in [
            (0.0, 0.797_884_560_802_865_4),
            (2.0, 2.373_215_532_822_844_5),
            (10.0, 10.098_093_233_962_51),
        ] {
            assert!((hazard(x) / expected - 1.0_f64).abs() < 1e-13, "{x}: {}", hazard(x));
        }
    }

    #[test]
    fn the_mean_is_that_of_the_draws_in_every_range() {
        for values in [
            [0.0, 1.0, -1.0, 2.0],
            [0.0, 1.0, -1000.0, 40.0],
            [0.0, 1.0, 3.0, 3.000_1],
            [0.0, 1.0, 3.0, 3.01],
            [0.0, 1.0, 50.0, 60.0],
            [0.0, 1.0, -3e4, -2e4],
            [0.0, 1.0, -2e4 - 1e-5, -2e4],
            [-1e300, 1.0, 2.0, 3.0],
        ] {
            let drawn = draws(Family::TruncatedNormal, &values, 0, 40_000);
            let mean = drawn.iter().sum::<f64>() / 4e4;
            let square = drawn.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 4e4;
            let distance = (mean - Family::TruncatedNormal.mean(&values)).abs();
            assert!(distance <= 4.0 * square.sqrt() / 200.0 + 1e-15 * mean.abs(), "{values:?}");
        }
    }

    #[test]
    fn extreme_parameters_stay_in_the_range() {
        for mean in [-1e308, -1.0, 0.0, 1e9, 1e308] {
            for sd in [1e-310, 1e-9, 1.0, 1e308] {
                for [low, high] in [[-1e307, 1e307], [-1.0, -1e-300], [0.5, 0.5], [3.0, 1e307]] {
                    let values = [mean, sd, low, high];
                    let mut drawn = draws(Family::TruncatedNormal, &values, 0, 60);
                    drawn.extend([-40.0, 1e-9, 40.0].map(|z| TruncatedNormal::at(z, values)));
                    drawn.push(Family::TruncatedNormal.mean(&values));
                    assert!(drawn.iter().all(|x| (low..=high).contains(x)), "{values:?} {drawn:?}");
                }
            }
        }
    }
}
