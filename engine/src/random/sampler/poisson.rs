//! Poisson draws, as the limit of binomial ones, and those of the negative binomial law, which are
//! Poisson draws with gamma distributed means.

use super::super::stream::Stream;
use super::binomial::{self, TABLE_PAYS, is_few};
use super::binomial_few::Table;
use super::gamma::Gamma;
use super::{Block, CHUNK, Law, Parameter, first_failing, quantile};

/// The number of trials whose successes are Poisson distributed, each with the probability
/// `mean / TRIALS`: 2^200.
///
/// The distance of a binomial distribution from Poisson's is at most the probability of a success
/// (Barbour and Hall 1984), here below 2^-88. In floating-point numbers nothing at all is left of
/// the difference: `TRIALS - count` is `TRIALS`, and as that is a power of two, its product with
/// the probability is the mean to the last bit.
const TRIALS: f64 = f64::from_bits((1023 + 200) << 52);
static TRIALS_EACH: [f64; CHUNK] = [TRIALS; CHUNK];
/// From this mean on (2^112) eight standard deviations are less than half the distance between
/// neighbouring floating-point numbers, and every count is the mean.
const CERTAIN: f64 = f64::from_bits((1023 + 112) << 52);

/// Poisson(mean).
pub(super) struct Poisson;

impl Law<1> for Poisson {
    const NAME: &'static str = "poisson";
    const PARAMETERS: &'static [Parameter] =
        &[Parameter { name: "mean", requirement: "at least 0" }];

    #[inline(always)]
    fn impossible([mean]: [f64; 1]) -> Option<usize> {
        first_failing([mean], [mean >= 0.0])
    }

    fn mean([mean]: [f64; 1]) -> f64 {
        mean
    }

    #[inline(always)]
    fn fill(stream: &Stream, first_path: u64, block: &Block<'_, 1>, out: &mut [f64]) {
        let [means] = block.columns;
        if block.constant && out.len() >= TABLE_PAYS && is_few(TRIALS, chance(means[0])) {
            stream.fill_uniform(first_path, out);
            let chance = chance(means[0]);
            return Table::new(TRIALS, chance).fill(TRIALS, chance, out);
        }
        let mut start = 0;
        for chunk in out.chunks_mut(CHUNK) {
            let path = first_path.wrapping_add(start as u64);
            let [means] = block.part(start, chunk.len());
            draw(stream, path, means, chunk);
            start += chunk.len();
        }
    }

    fn at(z: f64, [mean]: [f64; 1]) -> f64 {
        if mean < CERTAIN { quantile::binomial(TRIALS, chance(mean), z) } else { mean }
    }
}

/// The probability of a success in each of the trials.
#[inline(always)]
fn chance(mean: f64) -> f64 {
    mean.min(CERTAIN) / TRIALS
}

/// Writes draws for the paths from `first_path` on, at most [`CHUNK`] of them.
#[inline(always)]
fn draw(stream: &Stream, first_path: u64, means: &[f64], out: &mut [f64]) {
    let mut chances = [0.0; CHUNK];
    for (chance, mean) in chances.iter_mut().zip(means) {
        *chance = self::chance(*mean);
    }
    let trials = [&TRIALS_EACH[..means.len()], &chances[..means.len()]];
    binomial::draw(stream, first_path, trials, out);
    for (slot, mean) in out.iter_mut().zip(means) {
        *slot = if *mean < CERTAIN { *slot } else { *mean };
    }
}

/// NegativeBinomial(r, p): the number of failures before success number `r`, each trial a success
/// with probability `p`. This is a Poisson variable whose mean is drawn from
/// Gamma(r, (1 - p) / p), which has a meaning for every positive `r`. Results too large for a
/// floating-point number are infinite.
pub(super) struct NegativeBinomial;

impl Law<2> for NegativeBinomial {
    const NAME: &'static str = "negative_binomial";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter { name: "r", requirement: "above 0" },
        Parameter { name: "p", requirement: "above 0 and at most 1" },
    ];

    #[inline(always)]
    fn impossible([r, p]: [f64; 2]) -> Option<usize> {
        first_failing([r, p], [r > 0.0, p > 0.0 && p <= 1.0])
    }

    fn mean([r, p]: [f64; 2]) -> f64 {
        r * odds_against(p)
    }

    #[inline(always)]
    fn fill(stream: &Stream, first_path: u64, block: &Block<'_, 2>, out: &mut [f64]) {
        let mut means = [0.0; CHUNK];
        let mut scales = [0.0; CHUNK];
        let mut start = 0;
        for chunk in out.chunks_mut(CHUNK) {
            let path = first_path.wrapping_add(start as u64);
            let [sizes, chances] = block.part(start, chunk.len());
            let (means, scales) = (&mut means[..chunk.len()], &mut scales[..chunk.len()]);
            for (scale, p) in scales.iter_mut().zip(chances) {
                *scale = odds_against(*p);
            }
            let gammas = Block { columns: [sizes, scales], constant: block.constant };
            Gamma::fill(stream, path, &gammas, means);
            draw(&stream.second_half(), path, means, chunk);
            start += chunk.len();
        }
    }

    fn at(z: f64, [r, p]: [f64; 2]) -> f64 {
        quantile::negative_binomial(r, p, odds_against(p), z)
    }
}

/// `(1 - p) / p`, of which 0 and infinity would be no scales.
#[inline(always)]
fn odds_against(p: f64) -> f64 {
    ((1.0 - p) / p).min(f64::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::Family;
    use super::super::check::{assert_counts_follow, assert_counts_invert, assert_follows, draws};
    use super::super::normal;
    use super::super::special::{Share, Tails, beta_tails, gamma_tails};
    use super::*;
    use statrs::distribution::{self, DiscreteCDF};
    use statrs::function::beta::beta_reg;
    use std::f64::consts::TAU;

    #[test]
    fn poisson_draws_follow_their_distribution() {
        for mean in [1e-3, 0.1, 1.0, 9.5, 29.999, 30.0, 31.7, 100.0, 2500.0, 1e6] {
            let law = distribution::Poisson::new(mean).expect("possible");
            assert_counts_follow(Family::Poisson, &[mean], |x| law.cdf(x as u64));
        }
    }

    #[test]
    fn every_count_of_a_small_poisson_variable_has_its_probability() {
        for mean in [4.0, 29.0, 30.0, 36.4] {
            let law = distribution::Poisson::new(mean).expect("possible");
            let edges: Vec<f64> = (0..90).map(f64::from).collect();
            assert_follows(Family::Poisson, &[mean], &edges, |x| law.cdf(x as u64));
        }
    }

    /// The cumulative probability of a practically normal count, with the first correction of
    /// Edgeworth.
    fn practically_normal(x: f64, mean: f64, variance: f64, skewness: f64) -> f64 {
        let z = (x - mean + 0.5) / variance.sqrt();
        let density = (-z * z / 2.0).exp() / TAU.sqrt();
        normal::cumulative(z) - skewness / 6.0 * (z * z - 1.0) * density
    }

    #[test]
    fn huge_poisson_variables_are_practically_normal() {
        for mean in [1e9, 1e15, 1e24] {
            let cumulative = |x: f64| practically_normal(x, mean, mean, 1.0 / mean.sqrt());
            assert_counts_follow(Family::Poisson, &[mean], cumulative);
        }
    }

    #[test]
    fn vanishing_and_unbounded_means_give_the_mean() {
        for mean in [0.0, 1e-300, 1e-310] {
            assert!(draws(Family::Poisson, &[mean], 0, 300).iter().all(|draw| *draw == 0.0));
            assert_eq!(Poisson::at(3.0, [mean]), 0.0);
        }
        for mean in [1e34, 1e300, f64::MAX] {
            assert!(draws(Family::Poisson, &[mean], 0, 300).iter().all(|draw| *draw == mean));
            assert_eq!(Poisson::at(3.0, [mean]), mean);
        }
        let near = draws(Family::Poisson, &[CERTAIN / 3.0], 0, 300);
        assert!(near.iter().all(|draw| (draw / CERTAIN * 3.0 - 1.0).abs() < 1e-15));
    }

    #[test]
    fn negative_binomial_draws_follow_their_distribution() {
        for (r, p) in [
            (1.0, 0.3),
            (1.0, 1.0 - 1e-3),
            (0.4, 0.05),
            (3.5, 0.5),
            (60.0, 0.9),
            (2.5, 1e-3),
            (0.02, 1e-6),
            (1e6, 1.0 - 1e-6),
            (1e4, 0.2),
        ] {
            let cumulative = |x: f64| beta_tails(r, x + 1.0, Share::new(p)).lower.exp();
            assert_counts_follow(Family::NegativeBinomial, &[r, p], cumulative);
            if r < 100.0 {
                let cumulative = |x: f64| beta_reg(r, x + 1.0, p);
                assert_counts_follow(Family::NegativeBinomial, &[r, p], cumulative);
            }
        }
        // Practically normal.
        let (r, p) = (1e12, 0.25);
        let (mean, variance) = (r * 0.75 / p, r * 0.75 / p / p);
        assert_counts_follow(Family::NegativeBinomial, &[r, p], |x| {
            practically_normal(x, mean, variance, 1.75 / (r * 0.75).sqrt())
        });
    }

    #[test]
    fn extreme_negative_binomial_parameters_give_neither_nan_nor_an_endless_search() {
        for r in [1e-310, 1e-3, 1.0, 1e300] {
            for p in [1e-310, 1e-300, 1e-16, 0.5, 1.0 - 1e-16, 1.0] {
                let drawn = draws(Family::NegativeBinomial, &[r, p], 0, 200);
                assert!(drawn.iter().all(|draw| *draw >= 0.0), "{r} {p}");
                assert!(p < 1.0 || drawn.iter().all(|draw| *draw == 0.0));
                for z in [-40.0, -8.0, 0.0, 3.0, 40.0] {
                    assert!(NegativeBinomial::at(z, [r, p]) >= 0.0, "{r} {p} {z}");
                }
            }
        }
    }

    #[test]
    fn values_at_normal_deviates_are_the_least_that_reach_the_cumulative_probability() {
        for mean in [1e-3, 0.7, 12.0, 300.0, 9999.0] {
            assert_counts_invert(Family::Poisson, &[mean], |k| {
                let Tails { lower, upper, .. } = gamma_tails(k + 1.0, f64::ln(mean));
                (upper.exp(), lower.exp())
            });
        }
        for (r, p) in [(1.0, 0.3), (0.1, 1e-3), (20.0, 0.6), (1e6, 1.0 - 1e-5), (400.0, 1e-4)] {
            assert_counts_invert(Family::NegativeBinomial, &[r, p], |k| {
                let Tails { lower, upper, .. } = beta_tails(r, k + 1.0, Share::new(p));
                (lower.exp(), upper.exp())
            });
        }
    }

    #[test]
    fn the_expansion_of_a_large_negative_binomial_takes_over_without_a_step() {
        for p in [0.9, 0.3, 1e-3] {
            let r = quantile::LARGE / (1.0 - p);
            for z in [-7.0, -2.0, -0.4, 0.0, 1.0, 3.0, 6.5] {
                let [below, above] = [1.0 - 1e-12, 1.0 + 1e-12]
                    .map(|factor| NegativeBinomial::at(z, [r * factor, p]));
                let deviation = (r * (1.0 - p)).sqrt() / p;
                assert!(
                    (below - above).abs() <= 1.0 + 1e-6 * deviation,
                    "{p} {z}: {below} {above}"
                );
            }
        }
    }
}
