//! Families with a closed inverse of the cumulative probability, drawn by inversion from one
//! number of the stream for each path.

use super::super::stream::Stream;
use super::{Block, Law, Parameter, first_failing, normal};

const FINITE: &str = "a finite number";

/// Uniform(low, high): `low + (high - low) u`.
pub(super) struct Uniform;

impl Law<2> for Uniform {
    const NAME: &'static str = "uniform";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter { name: "low", requirement: FINITE },
        Parameter { name: "high", requirement: "at least low" },
    ];

    #[inline(always)]
    fn impossible([low, high]: [f64; 2]) -> Option<usize> {
        first_failing([low, high], [true, is_range(low, high)])
    }

    fn mean([low, high]: [f64; 2]) -> f64 {
        low + (high - low) / 2.0
    }

    #[inline(always)]
    fn fill(stream: &Stream, first_path: u64, block: &Block<'_, 2>, out: &mut [f64]) {
        stream.fill_uniform(first_path, out);
        let [lows, highs] = block.columns;
        for ((slot, low), high) in out.iter_mut().zip(lows).zip(highs) {
            *slot = between(*slot, *low, *high);
        }
    }

    fn at(z: f64, [low, high]: [f64; 2]) -> f64 {
        // The nearer end is the start, so that the tails of z stay apart from it.
        if z <= 0.0 {
            between(normal::cumulative(z), low, high)
        } else {
            -between(normal::cumulative(-z), -high, -low)
        }
    }
}

#[inline(always)]
pub(super) fn between(u: f64, low: f64, high: f64) -> f64 {
    // Rounding could lead beyond the end by one unit of the last place.
    (low + (high - low) * u).min(high)
}

/// The width must be finite too, or the values between could not be computed.
#[inline(always)]
fn is_range(low: f64, high: f64) -> bool {
    low <= high && (high - low).is_finite()
}

/// Triangular(low, mode, high): the density rises from `low` to `mode` and falls to `high`, both
/// linearly.
pub(super) struct Triangular;

impl Law<3> for Triangular {
    const NAME: &'static str = "triangular";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter { name: "low", requirement: FINITE },
        Parameter { name: "mode", requirement: "at least low" },
        Parameter { name: "high", requirement: "at least mode" },
    ];

    #[inline(always)]
    fn impossible([low, mode, high]: [f64; 3]) -> Option<usize> {
        let tests = [true, low <= mode, mode <= high && is_range(low, high)];
        first_failing([low, mode, high], tests)
    }

    fn mean([low, mode, high]: [f64; 3]) -> f64 {
        low + ((mode - low) + (high - low)) / 3.0
    }

    #[inline(always)]
    fn fill(stream: &Stream, first_path: u64, block: &Block<'_, 3>, out: &mut [f64]) {
        stream.fill_uniform(first_path, out);
        let [lows, modes, highs] = block.columns;
        for (((slot, low), mode), high) in out.iter_mut().zip(lows).zip(modes).zip(highs) {
            *slot = triangle(*slot, 1.0 - *slot, [*low, *mode, *high]);
        }
    }

    fn at(z: f64, values: [f64; 3]) -> f64 {
        triangle(normal::cumulative(z), normal::cumulative(-z), values)
    }
}

/// The value with the probability `lower` below it and `upper` above it.
///
/// The probability below a value left of the mode is `(value - low)^2 / (width (mode - low))`,
/// that above a value right of it `(high - value)^2 / (width (high - mode))`.
#[inline(always)]
fn triangle(lower: f64, upper: f64, [low, mode, high]: [f64; 3]) -> f64 {
    let width = high - low;
    // Shares of the width, so that no product of two widths can overflow.
    let divisor = if width > 0.0 { width } else { 1.0 };
    let (left, right) = ((mode - low) / divisor, (high - mode) / divisor);
    let rising = (low + width * (lower * left).sqrt()).min(mode);
    let falling = (high - width * (upper * right).sqrt()).max(mode);
    if lower < left { rising } else { falling }
}

/// Bernoulli(p): 1 if `u > 1 - p`, otherwise 0.
pub(super) struct Bernoulli;

impl Law<1> for Bernoulli {
    const NAME: &'static str = "bernoulli";
    const PARAMETERS: &'static [Parameter] =
        &[Parameter { name: "p", requirement: "between 0 and 1" }];

    #[inline(always)]
    fn impossible([p]: [f64; 1]) -> Option<usize> {
        first_failing([p], [(0.0..=1.0).contains(&p)])
    }

    fn mean([p]: [f64; 1]) -> f64 {
        p
    }

    #[inline(always)]
    fn fill(stream: &Stream, first_path: u64, block: &Block<'_, 1>, out: &mut [f64]) {
        stream.fill_uniform(first_path, out);
        let [chances] = block.columns;
        for (slot, p) in out.iter_mut().zip(chances) {
            // 1 - u is exact and lies strictly between 0 and 1, so p = 0 and p = 1 are exact too.
            *slot = if 1.0 - *slot < *p { 1.0 } else { 0.0 };
        }
    }

    fn at(z: f64, [p]: [f64; 1]) -> f64 {
        // Each side is compared in the tail in which the probability is small and so precise.
        let success = if p <= 0.5 {
            normal::cumulative(-z) < p
        } else {
            normal::cumulative(z) > 1.0 - p || p == 1.0
        };
        if success { 1.0 } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Family;
    use super::super::check::{assert_follows, draws, edges};
    use super::*;
    use statrs::distribution::{self, ContinuousCDF};

    #[test]
    fn uniform_draws_follow_their_distribution() {
        for values in [[0.0, 1.0], [-3.0, 1e9]] {
            let law = distribution::Uniform::new(values[0], values[1]).expect("possible");
            let edges = edges(Family::Uniform, &values);
            assert_follows(Family::Uniform, &values, &edges, |x| law.cdf(x));
        }
        assert!(draws(Family::Uniform, &[2.5, 2.5], 0, 100).iter().all(|draw| *draw == 2.5));
    }

    #[test]
    fn triangular_draws_follow_their_distribution() {
        for values in [[1.0, 2.0, 4.0], [0.0, 0.0, 1.0], [-5.0, 3.0, 3.0], [0.0, 1e-9, 1.0]] {
            let [low, mode, high] = values;
            let law = distribution::Triangular::new(low, high, mode).expect("possible");
            let edges = edges(Family::Triangular, &values);
            assert_follows(Family::Triangular, &values, &edges, |x| law.cdf(x));
        }
        let constant = draws(Family::Triangular, &[2.5, 2.5, 2.5], 0, 100);
        assert!(constant.iter().all(|draw| *draw == 2.5));
        let huge = draws(Family::Triangular, &[0.0, 1e308, 1.5e308], 0, 100);
        assert!(huge.iter().all(|draw| (0.0..=1.5e308).contains(draw)));
    }

    #[test]
    fn bernoulli_draws_are_1_with_their_probability() {
        for p in [0.3, 0.999, 2e-4] {
            let cumulative = |x: f64| if x < 1.0 { 1.0 - p } else { 1.0 };
            assert_follows(Family::Bernoulli, &[p], &[0.0, 1.0], cumulative);
        }
        assert!(draws(Family::Bernoulli, &[0.0], 0, 9999).iter().all(|draw| *draw == 0.0));
        assert!(draws(Family::Bernoulli, &[1.0], 0, 9999).iter().all(|draw| *draw == 1.0));
    }

    #[test]
    fn values_at_normal_deviates_invert_the_cumulative_probability() {
        for z in [-9.0, -3.0, -0.7, 0.0, 0.2, 1.5, 6.0, 40.0] {
            let (lower, upper) = (normal::cumulative(z), normal::cumulative(-z));
            let uniform = Uniform::at(z, [2.0, 6.0]);
            assert!((uniform - (2.0 + 4.0 * lower)).abs() < 1e-14);
            let triangular = Triangular::at(z, [0.0, 0.0, 1.0]);
            assert!((triangular - (1.0 - upper.sqrt())).abs() < 1e-14);
            for p in [0.0, 1e-12, 0.4, 0.6, 1.0 - 1e-12, 1.0] {
                let expected = if upper < p && p <= 0.5 || lower > 1.0 - p { 1.0 } else { 0.0 };
                assert_eq!(Bernoulli::at(z, [p]), expected, "{z} {p}");
            }
        }
        assert_eq!(Bernoulli::at(-40.0, [1.0]), 1.0);
        assert_eq!(Bernoulli::at(40.0, [0.0]), 0.0);
    }
}
