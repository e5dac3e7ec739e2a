//! Means over paths, with their standard errors.

use crate::simulate::Mean;

/// The mean of the values that are there, and its standard error.
///
/// `se = s / √n`, with `s` the standard deviation with n − 1. Values that are NaN (not available)
/// are left out; of fewer than two values no error is known.
pub(super) fn mean_of(values: impl Iterator<Item = f64> + Clone) -> Mean {
    let known = values.filter(|value| !value.is_nan());
    // Sums of paths in their order: the same on any number of threads.
    let (sum, count) =
        known.clone().fold((0.0, 0_u64), |(sum, count), value| (sum + value, count + 1));
    let (n, mean) = (count as f64, sum / count as f64);
    let squares: f64 = known.map(|value| (value - mean) * (value - mean)).sum();
    let se = if count < 2 { f64::NAN } else { (squares / (n - 1.0) / n).sqrt() };
    Mean { mean, se }
}

/// The mean of `a − b` path by path, and its standard error: what both have in common cancels.
pub(super) fn difference_of(a: &[f64], b: &[f64]) -> Mean {
    mean_of(a.iter().zip(b).map(|(a, b)| a - b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_and_errors_that_can_be_worked_out_by_hand() {
        // Mean 3, variance 10/4, error √(2.5 / 5).
        let Mean { mean, se } = mean_of([1.0, 2.0, f64::NAN, 3.0, 4.0, 5.0].into_iter());
        assert_eq!((mean, se), (3.0, 0.5_f64.sqrt()));
        let Mean { mean, se } = difference_of(&[11.0, 12.0, 13.0], &[1.0, 2.0, 3.0]);
        assert_eq!((mean, se), (10.0, 0.0));
        assert!(mean_of([1.0].into_iter()).se.is_nan());
        assert!(mean_of([].into_iter()).mean.is_nan());
    }
}
