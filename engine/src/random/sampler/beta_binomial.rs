//! Beta-binomial draws: binomial ones, each with a probability of its own.

use super::super::stream::Stream;
use super::beta::Beta;
use super::binomial;
use super::quantile::{self, LARGE, beta_logit_cumulants, cornish_fisher, large_beta_logit, least};
use super::special::{Share, beta_tails, deviance, stirling_error};
use super::{Block, CHUNK, Law, Parameter, first_failing, normal};
use crate::numeric::elementary::{exp, ln_1p, ln_of_any};
use std::f64::consts::TAU;

/// BetaBinomial(n, alpha, beta): the number of successes in `n` trials with a common probability
/// that is drawn from Beta(alpha, beta).
pub(super) struct BetaBinomial;

impl Law<3> for BetaBinomial {
    const NAME: &'static str = "beta_binomial";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter { name: "n", requirement: binomial::COUNT },
        Parameter { name: "alpha", requirement: "above 0" },
        Parameter { name: "beta", requirement: "above 0" },
    ];

    #[inline(always)]
    fn impossible([n, alpha, beta]: [f64; 3]) -> Option<usize> {
        first_failing([n, alpha, beta], [binomial::is_count(n), alpha > 0.0, beta > 0.0])
    }

    fn mean([n, alpha, beta]: [f64; 3]) -> f64 {
        n * Beta::mean([alpha, beta])
    }

    #[inline(always)]
    fn fill(stream: &Stream, first_path: u64, block: &Block<'_, 3>, out: &mut [f64]) {
        let [_, alphas, betas] = block.columns;
        let shares = Block { columns: [alphas, betas], constant: block.constant };
        Beta::fill(stream, first_path, &shares, out);
        let mut chances = [0.0; CHUNK];
        let mut start = 0;
        for chunk in out.chunks_mut(CHUNK) {
            let path = first_path.wrapping_add(start as u64);
            let [counts, ..] = block.part(start, chunk.len());
            let chances = &mut chances[..chunk.len()];
            chances.copy_from_slice(chunk);
            binomial::draw(&stream.second_half(), path, [counts, chances], chunk);
            start += chunk.len();
        }
    }

    fn at(z: f64, [n, alpha, beta]: [f64; 3]) -> f64 {
        value(n, alpha, beta, z)
    }
}

/// The value at the standard normal deviate `z`: the least count whose cumulative probability is
/// at least that of `z`.
fn value(n: f64, alpha: f64, beta: f64, z: f64) -> f64 {
    /// From this sum of the shapes on, the probability varies too little to be noticed.
    const STEADY: f64 = 1e30;
    if alpha + beta >= STEADY {
        return quantile::binomial(n, Beta::mean([alpha, beta]), z);
    }
    if z <= 0.0 {
        Lower { n, alpha, beta }.least(z, |excess| excess >= 0.0)
    } else {
        // The failures, for which the upper tail is the lower one.
        n - Lower { n, alpha: beta, beta: alpha }.least(-z, |excess| excess > 0.0)
    }
}

/// The lower tail of a beta-binomial distribution.
///
/// The count is at most `k` if and only if the `k + 1`th smallest of `n` uniform numbers, which is
/// a Beta(k + 1, n - k) variable, is above the probability, a Beta(alpha, beta) variable.
struct Lower {
    n: f64,
    alpha: f64,
    beta: f64,
}

impl Lower {
    /// The least count at which the logarithm of the cumulative probability exceeds that of `z` by
    /// as much as `reached` asks for.
    fn least(&self, z: f64, reached: impl Fn(f64) -> bool) -> f64 {
        let Self { n, alpha, beta } = *self;
        let target = ln_of_any(normal::cumulative(z));
        // The beta variable, moved and stretched to the mean and variance of the count.
        let share = Beta::mean([alpha, beta]);
        let stretch = (n * (n + alpha + beta)).sqrt();
        let middle = n * share + (quantile::beta(alpha, beta, z) - share) * stretch;
        let guess = (middle - 0.5).ceil().max(0.0).min(n);
        least(n, guess, |k| reached(self.excess(k, z, target)))
    }

    /// How far the cumulative probability of `k` is above that of `z`, whose logarithm is
    /// `target`: the difference of logarithms or of normal deviates.
    fn excess(&self, k: f64, z: f64, target: f64) -> f64 {
        let Self { n, alpha, beta } = *self;
        if k < 2.0 * LARGE {
            return self.summed(k, 0.0) - target;
        }
        if n - k < LARGE {
            let upper = exp(Self { n, alpha: beta, beta: alpha }.summed(n - k - 1.0, 0.0));
            let lower = if upper < 0.5 {
                ln_1p(-upper)
            } else if alpha.min(beta) >= LARGE {
                // The terms fall off soon.
                self.summed(k, 0.0)
            } else {
                let rest = n - LARGE;
                ln_of_any(exp(self.summed(k, rest + 1.0)) + self.averaged(rest))
            };
            return lower - target;
        }
        if alpha.min(beta) >= LARGE {
            // The difference of the logits has cumulants that add up.
            let (mean, cumulants) = beta_logit_cumulants(k + 1.0, n - k);
            let (other_mean, other_cumulants) = beta_logit_cumulants(alpha, beta);
            let [variance, third, fourth, fifth] = std::array::from_fn(|order| {
                let sign = if order % 2 == 0 { 1.0 } else { -1.0 };
                cumulants[order] + sign * other_cumulants[order]
            });
            let ratios = [third, fourth, fifth].map(|cumulant| cumulant / variance);
            return cornish_fisher(-z, mean - other_mean, variance, ratios);
        }
        ln_of_any(self.averaged(k)) - target
    }

    /// The logarithm of the sum of the probabilities of `k`, `k - 1`, ..., `first`.
    fn summed(&self, k: f64, first: f64) -> f64 {
        let Self { n, alpha, beta } = *self;
        let (mut sum, mut term, mut count) = (1.0, 1.0, k);
        while count > first {
            let others = n - count;
            let ratio = count * (others + beta) / ((others + 1.0) * (count - 1.0 + alpha));
            term *= ratio;
            sum += term;
            count -= 1.0;
            if ratio < 1.0 && term < sum * 1e-18 {
                break;
            }
        }
        // An infinite sum has begun far above nearly all of the distribution.
        if sum < f64::MAX { (self.ln_probability(k) + ln_of_any(sum)).min(0.0) } else { 0.0 }
    }

    /// The logarithm of the probability of `k`: that of a negative binomial variable to be `k` and
    /// of another one to be `n - k`, given that their sum is `n`.
    fn ln_probability(&self, k: f64) -> f64 {
        let Self { n, alpha, beta } = *self;
        let total = alpha + beta;
        let size = total + n;
        let (success, failure) = (total / size, n / size);
        let ln_part = |shape: f64, count: f64| {
            if count == 0.0 {
                return shape * ln_of_any(success);
            }
            let trials = shape + count;
            let difference = shape * failure - count * success;
            let shapes = deviance(shape, trials * success, difference, || {
                ln_of_any(shape / (trials * success))
            });
            let counts = deviance(count, trials * failure, -difference, || {
                ln_of_any(count / (trials * failure))
            });
            let errors = stirling_error(trials) - stirling_error(shape) - stirling_error(count);
            errors - shapes - counts + ln_of_any(shape / trials) / 2.0
                - ln_of_any(TAU * count) / 2.0
        };
        ln_part(alpha, k) + ln_part(beta, n - k) - ln_part(total, n)
    }

    /// The cumulative probability of `k` as the average of that of the beta variable at the
    /// order statistic, which is close to normal and varies at most half as much again.
    ///
    /// The trapezoidal rule converges exponentially in the reciprocal of its step.
    fn averaged(&self, k: f64) -> f64 {
        let Self { n, alpha, beta } = *self;
        let variance = |first: f64, second: f64| first.recip() + second.recip();
        let quotient = variance(k + 1.0, n - k) / variance(alpha, beta);
        let narrow = (1.0 + quotient).sqrt();
        let step = 0.9 / narrow;
        let half = ((7.0 + 8.0 * quotient.sqrt() / narrow) / step).ceil() as i32;
        let (mut sum, mut weights) = (0.0, 0.0);
        for index in -half..=half {
            let deviate = f64::from(index) * step;
            let weight = exp(-deviate * deviate / 2.0);
            let share = Share::from_logit(large_beta_logit(k + 1.0, n - k, deviate));
            sum += weight * exp(beta_tails(alpha, beta, share).lower);
            weights += weight;
        }
        sum / weights
    }
}

#[cfg(test)]
mod tests {
    use super::super::Family;
    use super::super::check::{assert_counts_follow, assert_counts_invert, assert_follows, draws};
    use super::*;
    use statrs::distribution::{Binomial, DiscreteCDF};
    use statrs::function::gamma::ln_gamma;

    /// The cumulative probabilities of all counts, from the formula, and of their complements.
    fn cumulative(n: f64, alpha: f64, beta: f64) -> (Vec<f64>, Vec<f64>) {
        let ln_beta = |a: f64, b: f64| ln_gamma(a) + ln_gamma(b) - ln_gamma(a + b);
        let probabilities: Vec<f64> = (0..=n as u64)
            .map(|count| {
                let k = count as f64;
                let ways = -(n + 1.0).ln() - ln_beta(n - k + 1.0, k + 1.0);
                (ways + ln_beta(k + alpha, n - k + beta) - ln_beta(alpha, beta)).exp()
            })
            .collect();
        let sums = |terms: &mut dyn Iterator<Item = &f64>| -> Vec<f64> {
            let add = |sum: &mut f64, term: &f64| {
                *sum += term;
                Some(*sum)
            };
            terms.scan(0.0, add).collect()
        };
        let lower = sums(&mut probabilities.iter());
        let mut upper = sums(&mut probabilities.iter().rev());
        upper.reverse();
        upper.remove(0);
        upper.push(0.0);
        (lower, upper)
    }

    #[test]
    fn beta_binomial_draws_follow_their_distribution() {
        for values in [
            [1.0, 2.0, 3.0],
            [20.0, 1.0, 1.0],
            [100.0, 0.5, 0.5],
            [109.0, 16.0, 4.0],
            [1000.0, 0.05, 2.0],
            [1000.0, 5.0, 0.01],
            [5000.0, 300.0, 200.0],
            [20_000.0, 2.0, 38.0],
        ] {
            let (lower, _) = cumulative(values[0], values[1], values[2]);
            assert_counts_follow(Family::BetaBinomial, &values, |x| lower[x as usize]);
        }
        let (lower, _) = cumulative(40.0, 1.5, 2.5);
        let edges: Vec<f64> = (0..=40).map(f64::from).collect();
        let cumulative = |x: f64| lower[x as usize];
        assert_follows(Family::BetaBinomial, &[40.0, 1.5, 2.5], &edges, cumulative);
    }

    #[test]
    fn huge_shapes_leave_a_binomial_and_huge_numbers_a_beta_distribution() {
        let law = Binomial::new(0.25, 3000).expect("possible");
        for scale in [1e12, 1e307] {
            let values = [3000.0, scale, 3.0 * scale];
            assert_counts_follow(Family::BetaBinomial, &values, |x| law.cdf(x as u64));
        }
        let n = 9_007_199_254_740_992.0;
        assert_counts_follow(Family::BetaBinomial, &[n, 2.0, 5.0], |x| {
            beta_tails(2.0, 5.0, Share::new((x + 1.0) / n)).lower.exp()
        });
    }

    #[test]
    fn certain_results_are_exact() {
        assert!(draws(Family::BetaBinomial, &[0.0, 2.0, 3.0], 0, 300).iter().all(|x| *x == 0.0));
        assert_eq!(BetaBinomial::at(1.0, [0.0, 2.0, 3.0]), 0.0);
        assert_eq!(BetaBinomial::at(-1.0, [0.0, 2.0, 3.0]), 0.0);
        let one_side = draws(Family::BetaBinomial, &[12.0, 1e-310, 3e-310], 0, 20_000);
        assert!(one_side.iter().all(|x| *x == 0.0 || *x == 12.0));
        let all = one_side.iter().filter(|x| **x > 0.0).count() as f64;
        assert!((all - 5000.0).abs() < 300.0, "{all}");
    }

    #[test]
    fn values_at_normal_deviates_are_the_least_that_reach_the_cumulative_probability() {
        for values in [
            [1.0, 2.0, 3.0],
            [10.0, 1.0, 1.0],
            [109.0, 16.0, 4.0],
            [500.0, 0.5, 0.02],
            [1000.0, 1e4, 2e4],
            [1000.0, 1e-3, 1e3],
        ] {
            let (lower, upper) = cumulative(values[0], values[1], values[2]);
            assert_counts_invert(Family::BetaBinomial, &values, |k| {
                (lower[k as usize], upper[k as usize])
            });
        }
    }

    #[test]
    fn all_ways_to_the_cumulative_probability_agree() {
        for (n, k, alpha, beta) in [
            (50_000.0, 20_000.0, 2.0, 3.0),
            (50_000.0, 30_000.0, 0.1, 0.2),
            (50_000.0, 12_000.0, 900.0, 2000.0),
            (30_000.0, 15_200.0, 9000.0, 9500.0),
            (40_000.0, 28_000.0, 20.0, 1.5),
            (60_000.0, 20_100.0, 9999.0, 20_000.0),
        ] {
            let (lower, _) = cumulative(n, alpha, beta);
            let exact = lower[k as usize].ln();
            let tail = Lower { n, alpha, beta };
            let rest = k - 4000.0;
            let split = (tail.summed(k, rest + 1.0).exp() + tail.averaged(rest)).ln();
            for found in [split, tail.summed(k, 0.0), tail.averaged(k).ln()] {
                assert!(
                    (found - exact).abs() < 1e-9 * exact.min(-1.0).abs(),
                    "{n} {k}: {found} {exact}"
                );
            }
        }
        for z in [-7.0, -2.0, -0.3, 0.0, 1.0, 5.0] {
            let values = [40_000.0, LARGE, 2.0 * LARGE];
            let below = BetaBinomial::at(z, [values[0], LARGE * (1.0 - 1e-12), values[2]]);
            assert!((BetaBinomial::at(z, values) - below).abs() <= 1.0, "{z}");
        }
    }

    #[test]
    fn extreme_parameters_give_neither_nan_nor_an_endless_search() {
        for n in [3.0, 1e5, 9_007_199_254_740_992.0] {
            for alpha in [1e-310, 0.01, 7.0, 1e9, 1e308] {
                for beta in [1e-310, 2.0, 1e6] {
                    for z in [-40.0, -6.0, 0.3, 8.0] {
                        let found = BetaBinomial::at(z, [n, alpha, beta]);
                        assert!((0.0..=n).contains(&found), "{n} {alpha} {beta} {z}: {found}");
                    }
                }
            }
        }
    }
}
