//! Draws of Student's t: a normal deviate over the root of a gamma variable.

use super::super::stream::{Stream, open_unit};
use super::gamma::{Methods, draw, is_any_below_1, lift_exponents};
use super::{Block, CHUNK, Law, Parameter, first_failing, normal, quantile};
use crate::numeric::elementary::exp;

/// Where the attempts of the gamma draw begin, see [`draw`]. The first number of attempt 0 gives
/// the normal deviate and the second one the first proposal for the gamma draw.
const ATTEMPTS: u32 = 1 << 30;
/// The attempt whose first number lifts the gamma draw of a shape below 1.
const LIFT: u32 = 3 << 30;

/// StudentT(df), with mean 0 and scale 1. The degrees of freedom need not be whole. Results too
/// large for a floating-point number are infinite, which happens often for degrees near 0.
pub(super) struct StudentT;

impl Law<1> for StudentT {
    const NAME: &'static str = "student_t";
    const PARAMETERS: &'static [Parameter] = &[Parameter { name: "df", requirement: "above 0" }];

    #[inline(always)]
    fn impossible([df]: [f64; 1]) -> Option<usize> {
        first_failing([df], [df > 0.0])
    }

    fn mean([df]: [f64; 1]) -> f64 {
        if df > 1.0 { 0.0 } else { f64::NAN }
    }

    #[inline(always)]
    fn fill(stream: &Stream, first_path: u64, block: &Block<'_, 1>, out: &mut [f64]) {
        let mut methods = Methods::default();
        let mut numbers = [[0; CHUNK]; 2];
        let mut gammas = [0.0; CHUNK];
        let mut shapes = [0.0; CHUNK];
        let mut start = 0;
        for chunk in out.chunks_mut(CHUNK) {
            let path = first_path.wrapping_add(start as u64);
            let [degrees] = block.part(start, chunk.len());
            let shapes = &mut shapes[..chunk.len()];
            if start == 0 || !block.constant {
                for (shape, df) in shapes.iter_mut().zip(degrees) {
                    *shape = df * 0.5;
                }
                methods.set(shapes);
            }
            let gammas = &mut gammas[..chunk.len()];
            let [first, second] = numbers.each_mut().map(|numbers| &mut numbers[..chunk.len()]);
            stream.fill_pair(path, 0, first, second);
            for (slot, number) in chunk.iter_mut().zip(first.iter()) {
                *slot = open_unit(*number);
            }
            normal::invert(chunk);
            draw(stream, path, ATTEMPTS, second, &methods, gammas);
            for ((slot, gamma), shape) in chunk.iter_mut().zip(gammas.iter()).zip(shapes.iter()) {
                *slot *= (shape / gamma).sqrt();
            }
            if is_any_below_1(shapes) {
                stream.fill_pair(path, LIFT, first, second);
                for (slot, exponent) in chunk.iter_mut().zip(lift_exponents(first, shapes)) {
                    *slot *= exp(exponent * -0.5);
                }
            }
            start += chunk.len();
        }
    }

    fn at(z: f64, [df]: [f64; 1]) -> f64 {
        quantile::student_t(df, z)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Family;
    use super::super::check::{assert_follows, assert_inverts, draws, edges};
    use super::super::special::{Share, Tails, beta_tails};
    use super::*;
    use statrs::distribution::{ContinuousCDF, StudentsT};
    use std::f64::consts::PI;

    #[test]
    fn student_draws_follow_their_distribution() {
        for df in [1.0, 2.0, 0.3, 1.5, 5.0, 29.0, 1e3] {
            let law = StudentsT::new(0.0, 1.0, df).expect("possible");
            assert_follows(Family::StudentT, &[df], &edges(Family::StudentT, &[df]), |x| {
                law.cdf(x)
            });
        }
    }

    #[test]
    fn student_draws_with_extreme_degrees_follow_their_distribution() {
        for df in [0.02, 1e5] {
            let edges = edges(Family::StudentT, &[df]);
            assert_follows(Family::StudentT, &[df], &edges, |x| tails(df, x).0);
        }
        for df in [1e9, 1e300] {
            let edges = edges(Family::StudentT, &[df]);
            assert_follows(Family::StudentT, &[df], &edges, normal::cumulative);
        }
    }

    /// The probabilities below and above `x`.
    fn tails(df: f64, x: f64) -> (f64, f64) {
        let logit = 2.0 * x.abs().ln() - df.ln();
        let Tails { upper, .. } = beta_tails(0.5, df / 2.0, Share::from_logit(logit));
        let far = upper.exp() / 2.0;
        if x < 0.0 { (far, 1.0 - far) } else { (1.0 - far, far) }
    }

    #[test]
    fn values_at_normal_deviates_invert_the_cumulative_probability() {
        for df in [0.1, 0.7, 1.0, 2.0, 3.3, 30.0, 700.0, 9999.0, 10_001.0, 1e6] {
            assert_inverts(Family::StudentT, &[df], 0.0, |x| tails(df, x));
        }
        for z in [-6.0, -2.0, -0.6, -1e-3, 0.0, 1e-9, 0.4, 0.7, 3.0, 7.0] {
            // Closed forms: of Cauchy, and for two degrees of freedom.
            let half = 0.5 - normal::cumulative(-f64::abs(z));
            let lower = normal::cumulative(-f64::abs(z));
            let cauchy = if lower < 0.1 { 1.0 / (PI * lower).tan() } else { (PI * half).tan() };
            let two = 2.0 * half * (2.0 / (4.0 * lower * (1.0 - lower))).sqrt();
            for (df, expected) in [(1.0, cauchy), (2.0, two)] {
                let found = StudentT::at(z, [df]);
                let error = (found - expected.copysign(z)).abs();
                assert!(error <= 1e-10 * expected + 1e-12, "{df} {z}: {found} {expected}");
            }
        }
    }

    #[test]
    fn the_expansion_for_many_degrees_takes_over_without_a_step() {
        for z in [-8.0, -3.0, -0.5, 0.0, 1.0, 2.5, 6.0, 8.2] {
            let (below, above) = (StudentT::at(z, [1e4 - 1e-8]), StudentT::at(z, [1e4]));
            assert!((below - above).abs() < 1e-9, "{z}: {below} {above}");
        }
    }

    #[test]
    fn degrees_near_0_give_neither_nan_nor_needless_infinities() {
        // The gamma draw is below 1e-308 for 1 draw in 35, but its root is not too small.
        let drawn = draws(Family::StudentT, &[0.01], 0, 20_000);
        let large = |limit: f64| drawn.iter().filter(|draw| draw.abs() > limit).count() as f64;
        // P(|T| > t) is proportional to t^-df.
        assert!((large(1e300) / large(1e150) - 10_f64.powf(-1.5)).abs() < 0.02);
        for df in [1e-300, 1e-310] {
            assert!(draws(Family::StudentT, &[df], 0, 300).iter().all(|draw| !draw.is_nan()));
            assert!(!StudentT::at(0.3, [df]).is_nan() && !StudentT::at(-3.0, [df]).is_nan());
        }
    }
}
