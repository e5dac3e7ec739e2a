//! PERT draws: a beta variable stretched over a range.

use super::super::stream::Stream;
use super::beta::Beta;
use super::{Block, CHUNK, Law, Parameter, quantile, simple};

/// Pert(low, mode, high): `low + (high - low) B`, where `B` is a beta variable with the shapes
/// `1 + 4 (mode - low) / (high - low)` and `1 + 4 (high - mode) / (high - low)`. The mean is
/// `(low + 4 mode + high) / 6` (Malcolm, Roseboom, Clark and Fazar 1959).
pub(super) struct Pert;

impl Law<3> for Pert {
    const NAME: &'static str = "pert";
    const PARAMETERS: &'static [Parameter] = simple::Triangular::PARAMETERS;

    #[inline(always)]
    fn impossible(values: [f64; 3]) -> Option<usize> {
        simple::Triangular::impossible(values)
    }

    fn mean([low, mode, high]: [f64; 3]) -> f64 {
        low + (4.0 * (mode - low) + (high - low)) / 6.0
    }

    #[inline(always)]
    fn fill(stream: &Stream, first_path: u64, block: &Block<'_, 3>, out: &mut [f64]) {
        let mut columns = [[0.0; CHUNK]; 2];
        let mut start = 0;
        for chunk in out.chunks_mut(CHUNK) {
            let path = first_path.wrapping_add(start as u64);
            let [alphas, betas] = columns.each_mut().map(|column| &mut column[..chunk.len()]);
            for (index, (alpha, beta)) in alphas.iter_mut().zip(betas.iter_mut()).enumerate() {
                (*alpha, *beta) = shapes(block.at(start + index));
            }
            let shapes = Block { columns: [&*alphas, &*betas], constant: block.constant };
            Beta::fill(stream, path, &shapes, chunk);
            for (index, slot) in chunk.iter_mut().enumerate() {
                let [low, _, high] = block.at(start + index);
                *slot = simple::between(*slot, low, high);
            }
            start += chunk.len();
        }
    }

    fn at(z: f64, values: [f64; 3]) -> f64 {
        let ((alpha, beta), [low, _, high]) = (shapes(values), values);
        // From the nearer end, so that the tails of z stay apart from it.
        if z <= 0.0 {
            simple::between(quantile::beta(alpha, beta, z), low, high)
        } else {
            -simple::between(quantile::beta(beta, alpha, -z), -high, -low)
        }
    }
}

/// The shapes of the beta variable. A range without width may have any.
#[inline(always)]
fn shapes([low, mode, high]: [f64; 3]) -> (f64, f64) {
    let width = if high > low { high - low } else { 1.0 };
    (1.0 + 4.0 * ((mode - low) / width), 1.0 + 4.0 * ((high - mode) / width))
}

#[cfg(test)]
mod tests {
    use super::super::Family;
    use super::super::check::{assert_follows, assert_inverts, draws, edges};
    use super::*;
    use statrs::function::beta::beta_reg;

    const RANGES: [[f64; 3]; 5] = [
        [1.0, 2.0, 4.0],
        [0.0, 0.0, 1.0],
        [-5.0, 3.0, 3.0],
        [-1e6, 1e-3, 1e6],
        [1e9, 1e9 + 1e-2, 1e9 + 1.0],
    ];

    #[test]
    fn pert_draws_follow_their_distribution() {
        for values in RANGES {
            let ((alpha, beta), [low, _, high]) = (shapes(values), values);
            let edges = edges(Family::Pert, &values);
            let cumulative = |x: f64| beta_reg(alpha, beta, (x - low) / (high - low));
            assert_follows(Family::Pert, &values, &edges, cumulative);
        }
    }

    #[test]
    fn values_at_normal_deviates_invert_the_cumulative_probability() {
        for values in [[1.0, 2.0, 4.0], [0.0, 0.0, 1.0], [-5.0, 0.0, 0.0]] {
            let ((alpha, beta), [low, _, high]) = (shapes(values), values);
            let width = high - low;
            assert_inverts(Family::Pert, &values, 0.0, |x| {
                let (below, above) = ((x - low) / width, (high - x) / width);
                (beta_reg(alpha, beta, below), beta_reg(beta, alpha, above))
            });
        }
    }

    #[test]
    fn a_range_without_width_gives_a_constant_and_a_huge_one_stays_inside() {
        assert!(draws(Family::Pert, &[2.5, 2.5, 2.5], 0, 300).iter().all(|draw| *draw == 2.5));
        assert_eq!(Pert::at(1.3, [2.5, 2.5, 2.5]), 2.5);
        let huge = draws(Family::Pert, &[0.0, 1e308, 1.5e308], 0, 300);
        assert!(huge.iter().all(|draw| (0.0..=1.5e308).contains(draw)));
    }
}
