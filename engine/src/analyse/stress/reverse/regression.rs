//! How a figure moves with the deviates it depends on: by least squares.

/// The normal equations of a regression on the same columns for many figures.
///
/// By Stein's identity the derivative of `E g(Z + z)` by `z` is `E g(Z + z) Z`, whether `g` is
/// smooth or has steps. The slopes of least squares estimate it without the error that a linear part
/// of `g` would have: their error comes from what is not linear alone.
pub(super) struct Regression {
    columns: Vec<Vec<f64>>,
    means: Vec<f64>,
    /// Lower Cholesky factor of the columns' covariances.
    factor: Vec<Vec<f64>>,
}

/// Slopes and their standard errors.
#[derive(Debug, Clone)]
pub(super) struct Slopes {
    pub(super) slopes: Vec<f64>,
    pub(super) errors: Vec<f64>,
}

impl Regression {
    /// Of these columns; `None` where one of them depends on the others.
    pub(super) fn on(columns: Vec<Vec<f64>>) -> Option<Regression> {
        let means: Vec<f64> = columns.iter().map(|column| mean(column)).collect();
        let size = columns.len();
        let mut factor = vec![vec![0.0; size]; size];
        for row in 0..size {
            for column in 0..=row {
                let both =
                    covariance((&columns[row], means[row]), (&columns[column], means[column]));
                let known: f64 =
                    factor[row].iter().zip(&factor[column]).take(column).map(|(a, b)| a * b).sum();
                let rest = both - known;
                factor[row][column] = if row == column {
                    if rest <= 1e-9 {
                        return None;
                    }
                    rest.sqrt()
                } else {
                    rest / factor[column][column]
                };
            }
        }
        Some(Regression { columns, means, factor })
    }

    /// The slopes of a figure.
    pub(super) fn slopes(&self, figure: &[f64]) -> Slopes {
        let middle = mean(figure);
        let with: Vec<f64> = (self.columns.iter().zip(&self.means))
            .map(|(column, mean)| covariance((column, *mean), (figure, middle)))
            .collect();
        let slopes = self.solved(&with);
        let explained: f64 = slopes.iter().zip(&with).map(|(slope, with)| slope * with).sum();
        let spread = covariance((figure, middle), (figure, middle));
        let left = (spread - explained).max(0.0) / figure.len() as f64;
        let size = self.columns.len();
        let errors = (0..size).map(|at| {
            let unit: Vec<f64> = (0..size).map(|other| f64::from(u8::from(other == at))).collect();
            (left * self.solved(&unit)[at]).max(0.0).sqrt()
        });
        Slopes { errors: errors.collect(), slopes }
    }

    /// Solves `L Lᵀ x = b`.
    fn solved(&self, b: &[f64]) -> Vec<f64> {
        let size = b.len();
        let mut x = b.to_vec();
        for row in 0..size {
            let known: f64 = (0..row).map(|at| self.factor[row][at] * x[at]).sum();
            x[row] = (x[row] - known) / self.factor[row][row];
        }
        for row in (0..size).rev() {
            let known: f64 = (row + 1..size).map(|at| self.factor[at][row] * x[at]).sum();
            x[row] = (x[row] - known) / self.factor[row][row];
        }
        x
    }
}

pub(super) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn covariance((a, a_mean): (&[f64], f64), (b, b_mean): (&[f64], f64)) -> f64 {
    let products = a.iter().zip(b).map(|(a, b)| (a - a_mean) * (b - b_mean));
    products.sum::<f64>() / a.len() as f64
}

/// The standard error of a mean.
pub(super) fn error_of(values: &[f64], mean: f64) -> f64 {
    let n = values.len() as f64;
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    (squares / (n - 1.0) / n).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slopes_of_a_plane_are_its_own_without_error() {
        // Two columns that are not independent on these paths: the plane 3 + 2a − 5b all the same.
        let a = vec![1.0, 2.0, -1.0, 0.5, -2.5];
        let b = vec![0.5, 1.0, -1.5, 2.0, -1.0];
        let plane: Vec<f64> = a.iter().zip(&b).map(|(a, b)| 3.0 + 2.0 * a - 5.0 * b).collect();
        let found = Regression::on(vec![a, b]).unwrap().slopes(&plane);
        assert!((found.slopes[0] - 2.0).abs() < 1e-12 && (found.slopes[1] + 5.0).abs() < 1e-12);
        assert!(found.errors.iter().all(|error| *error < 1e-6));
    }

    #[test]
    fn a_column_that_is_another_has_no_slope() {
        let a = vec![1.0, 2.0, -1.0];
        assert!(Regression::on(vec![a.clone(), a]).is_none());
    }
}
