//! What one number says of a figure over all paths.

/// A statistic of a figure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Statistic {
    /// The mean.
    Mean,
    /// The standard deviation, with n − 1.
    Sd,
    /// A percentile by linear interpolation (type 7), as a part: 0.5 is the median.
    Percentile(f64),
}

impl Statistic {
    /// The statistic of these values; those that are NaN (not available) are left out. NaN when
    /// none is left.
    #[must_use]
    pub fn of(self, values: &[f64]) -> f64 {
        let known = || values.iter().copied().filter(|value| !value.is_nan());
        let count = known().count() as f64;
        // Sums of paths in their order: the same on any number of threads.
        let mean = known().sum::<f64>() / count;
        match self {
            Statistic::Mean => mean,
            Statistic::Sd => {
                let squares = known().map(|value| (value - mean) * (value - mean));
                (squares.sum::<f64>() / (count - 1.0)).sqrt()
            }
            Statistic::Percentile(part) => {
                let mut values: Vec<f64> = known().collect();
                if values.is_empty() {
                    return f64::NAN;
                }
                let place = part * (values.len() - 1) as f64;
                let below = place.floor() as usize;
                let (_, low, above) = values.select_nth_unstable_by(below, f64::total_cmp);
                let (low, rest) = (*low, place - place.floor());
                let next = above.iter().copied().min_by(f64::total_cmp).unwrap_or(low);
                low + rest * (next - low)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statistics_that_can_be_worked_out_by_hand() {
        let values = [4.0, 1.0, f64::NAN, 3.0, 2.0, 5.0];
        assert_eq!(Statistic::Mean.of(&values), 3.0);
        assert_eq!(Statistic::Sd.of(&values), 2.5_f64.sqrt());
        assert_eq!(Statistic::Percentile(0.5).of(&values), 3.0);
        // Type 7: 1 + 0.95 × 4 = 4.8.
        assert!((Statistic::Percentile(0.95).of(&values) - 4.8).abs() < 1e-15);
        assert_eq!(Statistic::Percentile(1.0).of(&values), 5.0);
        assert!(Statistic::Mean.of(&[f64::NAN]).is_nan());
        assert!(Statistic::Percentile(0.5).of(&[]).is_nan());
    }
}
