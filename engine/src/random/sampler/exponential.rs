//! Exponential and Weibull draws, by inversion: one number of the stream for each path.

use super::super::stream::Stream;
use super::{Block, CHUNK, Law, Parameter, first_failing, normal};
use crate::numeric::elementary::{exp, ln, ln_1p, ln_of_any};

const POSITIVE: &str = "above 0";

/// Exponential(mean).
pub(super) struct Exponential;

impl Law<1> for Exponential {
    const NAME: &'static str = "exponential";
    const PARAMETERS: &'static [Parameter] = &[Parameter { name: "mean", requirement: POSITIVE }];

    #[inline(always)]
    fn impossible([mean]: [f64; 1]) -> Option<usize> {
        first_failing([mean], [mean > 0.0])
    }

    fn mean([mean]: [f64; 1]) -> f64 {
        mean
    }

    #[inline(always)]
    fn fill(stream: &Stream, first_path: u64, block: &Block<'_, 1>, out: &mut [f64]) {
        stream.fill_uniform(first_path, out);
        let [means] = block.columns;
        for (slot, mean) in out.iter_mut().zip(means) {
            // 1 - u is exact.
            *slot = -ln(1.0 - *slot) * mean;
        }
    }

    fn at(z: f64, [mean]: [f64; 1]) -> f64 {
        standard(z) * mean
    }
}

/// Weibull(shape, scale): `scale` times an exponential variable with mean 1 to the power
/// `1 / shape`. Results too large for a floating-point number are infinite, and those too small
/// are 0, which happens often for shapes near 0.
pub(super) struct Weibull;

impl Law<2> for Weibull {
    const NAME: &'static str = "weibull";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter { name: "shape", requirement: POSITIVE },
        Parameter { name: "scale", requirement: POSITIVE },
    ];

    #[inline(always)]
    fn impossible([shape, scale]: [f64; 2]) -> Option<usize> {
        first_failing([shape, scale], [shape > 0.0, scale > 0.0])
    }

    fn mean([shape, scale]: [f64; 2]) -> f64 {
        scale * libm::tgamma(1.0 + shape.recip())
    }

    #[inline(always)]
    fn fill(stream: &Stream, first_path: u64, block: &Block<'_, 2>, out: &mut [f64]) {
        stream.fill_uniform(first_path, out);
        let mut start = 0;
        for chunk in out.chunks_mut(CHUNK) {
            let [shapes, scales] = block.part(start, chunk.len());
            let mut farthest = 0.0;
            for (slot, shape) in chunk.iter_mut().zip(shapes) {
                *slot = ln(-ln(1.0 - *slot)) / shape;
            }
            for exponent in chunk.iter() {
                farthest = if exponent.abs() > farthest { exponent.abs() } else { farthest };
            }
            if farthest < FAR {
                for (slot, scale) in chunk.iter_mut().zip(scales) {
                    *slot = scale * exp(*slot);
                }
            } else {
                for (slot, scale) in chunk.iter_mut().zip(scales) {
                    *slot = scaled_exp(*slot, *scale);
                }
            }
            start += chunk.len();
        }
    }

    fn at(z: f64, [shape, scale]: [f64; 2]) -> f64 {
        scaled_exp(ln_of_any(standard(z)) / shape, scale)
    }
}

/// The exponential variable with mean 1 at the standard normal deviate `z`.
fn standard(z: f64) -> f64 {
    // Logarithms of the tail that is small, and so precise.
    if z > 0.0 { -ln_of_any(normal::cumulative(-z)) } else { -ln_1p(-normal::cumulative(z)) }
}

/// From this exponent on, the product of a tiny and a huge factor is formed in logarithms.
const FAR: f64 = 600.0;

/// `scale * exp(exponent)`.
fn scaled_exp(exponent: f64, scale: f64) -> f64 {
    if exponent.abs() < FAR { scale * exp(exponent) } else { exp(exponent + ln_of_any(scale)) }
}

#[cfg(test)]
mod tests {
    use super::super::Family;
    use super::super::check::{assert_follows, assert_inverts, draws, edges};
    use super::*;
    use statrs::distribution::{self, ContinuousCDF};

    #[test]
    fn exponential_draws_follow_their_distribution() {
        for mean in [1.0, 1e-3, 1e6, 1e300] {
            let edges = edges(Family::Exponential, &[mean]);
            let law = distribution::Exp::new(1.0).expect("possible");
            assert_follows(Family::Exponential, &[mean], &edges, |x| law.cdf(x / mean));
        }
    }

    #[test]
    fn weibull_draws_follow_their_distribution() {
        for [shape, scale] in [[1.0, 2.0], [0.3, 1e-3], [0.05, 1e6], [1.7, 5.0], [40.0, 1e6]] {
            let edges = edges(Family::Weibull, &[shape, scale]);
            let law = distribution::Weibull::new(shape, scale).expect("possible");
            assert_follows(Family::Weibull, &[shape, scale], &edges, |x| law.cdf(x));
        }
    }

    #[test]
    fn weibull_with_shape_1_is_exponential() {
        let drawn = |family, values: &[f64]| draws(family, values, 0, 4000);
        // Different cells, so the draws differ; their means and squares do not.
        let (first, second) =
            (drawn(Family::Exponential, &[3.0]), drawn(Family::Weibull, &[1.0, 3.0]));
        for moment in [1, 2] {
            let mean = |draws: &[f64]| draws.iter().map(|x| x.powi(moment)).sum::<f64>() / 4000.0;
            assert!((mean(&first) / mean(&second) - 1.0).abs() < 0.2);
        }
        let quotient = Exponential::at(0.7, [3.0]) / Weibull::at(0.7, [1.0, 3.0]);
        assert!((quotient - 1.0).abs() < 1e-15);
    }

    #[test]
    fn values_at_normal_deviates_invert_the_cumulative_probability() {
        for [shape, scale] in [[1.0, 1.0], [0.2, 7.0], [9.0, 1e5]] {
            assert_inverts(Family::Weibull, &[shape, scale], 0.0, |x| {
                let hazard = (x / scale).powf(shape);
                (-(-hazard).exp_m1(), (-hazard).exp())
            });
        }
        assert_inverts(Family::Exponential, &[1e-3], 0.0, |x| {
            (-(-1e3 * x).exp_m1(), (-1e3 * x).exp())
        });
    }

    #[test]
    fn extreme_shapes_and_scales_give_neither_nan_nor_needless_infinities() {
        for shape in [1e-310, 1e-3, 1e308] {
            for scale in [1e-310, 1e-300, 1e300] {
                for z in [-40.0, -9.0, 0.1, 8.0, 40.0] {
                    assert!(Weibull::at(z, [shape, scale]) >= 0.0, "{shape} {scale} {z}");
                }
                let drawn = draws(Family::Weibull, &[shape, scale], 0, 500);
                assert!(drawn.iter().all(|draw| *draw >= 0.0));
            }
        }
        // E^200 is below 1e-308 for 1 draw in 35, but times 1e300 it is not too small.
        assert!(draws(Family::Weibull, &[5e-3, 1e300], 0, 500).iter().all(|draw| *draw > 0.0));
    }
}
