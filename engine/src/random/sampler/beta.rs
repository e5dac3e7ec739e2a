//! Beta draws: `X / (X + Y)` for two gamma draws `X` and `Y`.

use super::super::stream::{Stream, open_unit};
use super::gamma::{Methods, draw, is_any_below_1, lift_exponents};
use super::{Block, CHUNK, Law, Parameter, first_failing, quantile};
use crate::numeric::elementary::{exp, ln};

const POSITIVE: &str = "above 0";
/// Where the attempts of the two gamma draws begin, see [`draw`]. Attempt 0 gives the first
/// proposals of both.
const ATTEMPTS: [u32; 2] = [1 << 30, 2 << 30];
/// The attempt whose numbers lift the gamma draws of shapes below 1.
const LIFT: u32 = 3 << 30;

/// Beta(alpha, beta). Results closer to 0 or 1 than floating-point numbers can be are 0 or 1,
/// which happens often for parameters near 0.
pub(super) struct Beta;

impl Law<2> for Beta {
    const NAME: &'static str = "beta";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter { name: "alpha", requirement: POSITIVE },
        Parameter { name: "beta", requirement: POSITIVE },
    ];

    #[inline(always)]
    fn impossible([alpha, beta]: [f64; 2]) -> Option<usize> {
        first_failing([alpha, beta], [alpha > 0.0, beta > 0.0])
    }

    fn mean([alpha, beta]: [f64; 2]) -> f64 {
        1.0 / (1.0 + beta / alpha)
    }

    #[inline(always)]
    fn fill(stream: &Stream, first_path: u64, block: &Block<'_, 2>, out: &mut [f64]) {
        let mut methods = [Methods::default(), Methods::default()];
        let mut numbers = [[0; CHUNK]; 2];
        let mut others = [0.0; CHUNK];
        let mut start = 0;
        for chunk in out.chunks_mut(CHUNK) {
            let path = first_path.wrapping_add(start as u64);
            let shapes = block.part(start, chunk.len());
            if start == 0 || !block.constant {
                methods[0].set(shapes[0]);
                methods[1].set(shapes[1]);
            }
            let others = &mut others[..chunk.len()];
            let [first, second] = numbers.each_mut().map(|numbers| &mut numbers[..chunk.len()]);
            stream.fill_pair(path, 0, first, second);
            draw(stream, path, ATTEMPTS[0], first, &methods[0], chunk);
            draw(stream, path, ATTEMPTS[1], second, &methods[1], others);
            if is_any_below_1(shapes[0]) || is_any_below_1(shapes[1]) {
                stream.fill_pair(path, LIFT, first, second);
                lifted_shares(chunk, others, shapes, [first, second]);
            } else {
                for (slot, other) in chunk.iter_mut().zip(others) {
                    *slot = share(*slot, *other);
                }
            }
            start += chunk.len();
        }
    }

    fn at(z: f64, [alpha, beta]: [f64; 2]) -> f64 {
        quantile::beta(alpha, beta, z)
    }
}

/// `x / (x + y)`.
#[inline(always)]
fn share(x: f64, y: f64) -> f64 {
    // A quarter of each, so that the sum cannot overflow.
    0.25 * x / (0.25 * x + 0.25 * y)
}

/// Replaces each `x` by `x / (x + y)`, after multiplying `x` and `y` by `U^(1 / shape)` where their
/// shape is below 1.
fn lifted_shares(xs: &mut [f64], ys: &[f64], shapes: [&[f64]; 2], numbers: [&[u64]; 2]) {
    let exponents = [0, 1].map(|side| lift_exponents(numbers[side], shapes[side]));
    let mut differences = [0.0; CHUNK];
    for (difference, (first, second)) in
        differences.iter_mut().zip(exponents[0].iter().zip(&exponents[1]))
    {
        *difference = second - first;
    }
    let factors = differences.map(exp);
    for (index, (x, y)) in xs.iter_mut().zip(ys).enumerate() {
        let difference = differences[index];
        *x = if difference.abs() < 600.0 {
            share(*x, *y * factors[index])
        } else if difference.is_nan() {
            // Both factors vanish. Which one is larger decides between 0 and 1.
            let [first, second] = numbers.map(|numbers| ln(open_unit(numbers[index])));
            f64::from(u8::from(first * shapes[1][index] > second * shapes[0][index]))
        } else {
            1.0 / (1.0 + exp(difference + (ln(*y) - ln(*x))))
        };
    }
}

#[cfg(test)]
mod tests {
    use super::super::Family;
    use super::super::check::{assert_follows, draws, edges};
    use super::super::special::{Share, beta_tails};
    use statrs::function::beta::beta_reg;

    #[test]
    fn beta_draws_follow_their_distribution() {
        for values in [
            [2.0, 38.0],
            [1.0, 1.0],
            [0.5, 0.5],
            [0.3, 4.0],
            [5.0, 0.9],
            [1e-2, 1e-2],
            [1e-2, 30.0],
            [50.0, 70.0],
            [800.0, 1.0],
        ] {
            let mut edges = edges(Family::Beta, &values);
            // Nearer to 0 and to 1 the floating-point numbers end.
            edges.retain(|edge| *edge > 1e-290 && *edge < 1.0 - 1e-9);
            let [alpha, beta] = values;
            assert_follows(Family::Beta, &values, &edges, |x| beta_reg(alpha, beta, x));
        }
    }

    #[test]
    fn beta_draws_with_huge_parameters_follow_their_distribution() {
        for values in [[1e6, 2e6], [1e15, 1e15], [0.4, 1e9], [1e12, 3.0]] {
            let mut edges = edges(Family::Beta, &values);
            edges.retain(|edge| *edge < 1.0);
            let cumulative = |x: f64| beta_tails(values[0], values[1], Share::new(x)).lower.exp();
            if values[1] != 1e15 {
                assert_follows(Family::Beta, &values, &edges, cumulative);
            } else {
                // Practically normal, with a standard deviation of sqrt(1/8) * 1e-7.5.
                let z = |x: f64| (x - 0.5) * (8.0_f64 * 1e15).sqrt();
                assert_follows(Family::Beta, &values, &edges, |x| {
                    super::super::normal::cumulative(z(x))
                });
            }
        }
    }

    #[test]
    fn vanishing_parameters_leave_0_and_1_with_the_right_probabilities() {
        for values in [[1e-5, 3e-5], [1e-306, 3e-306], [1e-310, 3e-310]] {
            let drawn = draws(Family::Beta, &values, 0, 40_000);
            let ones = drawn.iter().filter(|draw| **draw > 0.5).count() as f64;
            assert!((ones - 10_000.0).abs() < 400.0, "{values:?}: {ones}");
        }
    }

    #[test]
    fn parameters_that_floating_point_numbers_can_hardly_hold_give_the_mean() {
        for (values, mean) in
            [([1.7e308, 1.7e308], 0.5), ([1e308, 1e-3], 1.0), ([1e-3, 1e308], 0.0)]
        {
            assert!(draws(Family::Beta, &values, 0, 300).iter().all(|draw| *draw == mean));
        }
    }
}
