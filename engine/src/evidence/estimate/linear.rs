//! The little linear algebra that regressions need.
//!
//! Plain loops in a fixed order: libraries choose fused multiplications at run time by the
//! processor, and would give other last bits on another machine. Matrices are symmetric and small
//! (one row per background factor), and their columns were centred and scaled before.

/// A symmetric positive definite matrix, as its lower triangular root: `A = L Lᵀ`.
#[derive(Debug, Clone)]
pub(super) struct Root {
    rows: Vec<Vec<f64>>,
}

/// The least part of a column's own size that may be left beside the columns before it: below
/// that it is taken as a combination of them.
const DEPENDENT: f64 = 1e-10;

impl Root {
    /// Takes the root of `matrix`, of which only the lower triangle is read (Cholesky).
    ///
    /// # Errors
    /// The first column that is a combination of those before it.
    pub(super) fn of(matrix: &[Vec<f64>]) -> Result<Root, usize> {
        let size = matrix.len();
        let mut rows = vec![vec![0.0; size]; size];
        for column in 0..size {
            let own = matrix[column][column];
            let taken: f64 = rows[column][..column].iter().map(|part| part * part).sum();
            let left = own - taken;
            if left.is_nan() || left <= DEPENDENT * own {
                return Err(column);
            }
            let pivot = left.sqrt();
            rows[column][column] = pivot;
            for row in column + 1..size {
                let shared: f64 =
                    (0..column).map(|before| rows[row][before] * rows[column][before]).sum();
                rows[row][column] = (matrix[row][column] - shared) / pivot;
            }
        }
        Ok(Root { rows })
    }

    /// Solves `A x = b`.
    pub(super) fn solve(&self, b: &[f64]) -> Vec<f64> {
        let mut x = self.half(b);
        for row in (0..x.len()).rev() {
            let known: f64 = (row + 1..x.len()).map(|below| self.rows[below][row] * x[below]).sum();
            x[row] = (x[row] - known) / self.rows[row][row];
        }
        x
    }

    /// Solves `L y = b`; `|y|²` is `bᵀ A⁻¹ b`.
    pub(super) fn half(&self, b: &[f64]) -> Vec<f64> {
        let mut y = b.to_vec();
        for row in 0..y.len() {
            let known: f64 = (0..row).map(|before| self.rows[row][before] * y[before]).sum();
            y[row] = (y[row] - known) / self.rows[row][row];
        }
        y
    }
}

/// `Σ weight × x xᵀ` over rows `x`: its lower triangle, which is all that [`Root::of`] reads.
pub(super) fn products(rows: &[Vec<f64>], weight: impl Fn(usize) -> f64) -> Vec<Vec<f64>> {
    let size = rows.first().map_or(0, Vec::len);
    let mut sum = vec![vec![0.0; size]; size];
    for (position, row) in rows.iter().enumerate() {
        let weight = weight(position);
        for (at, of) in row.iter().enumerate() {
            let scaled = weight * of;
            for (other, value) in row[..=at].iter().enumerate() {
                sum[at][other] += scaled * value;
            }
        }
    }
    sum
}

/// `Σ weight × x` over rows `x`.
pub(super) fn combination(rows: &[Vec<f64>], weight: impl Fn(usize) -> f64) -> Vec<f64> {
    let mut sum = vec![0.0; rows.first().map_or(0, Vec::len)];
    for (position, row) in rows.iter().enumerate() {
        let weight = weight(position);
        for (sum, value) in sum.iter_mut().zip(row) {
            *sum += weight * value;
        }
    }
    sum
}

pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_is_solved() {
        // 4x + 2y = 10, 2x + 3y = 9: x = 1.5, y = 2.
        let root = Root::of(&[vec![4.0, 2.0], vec![2.0, 3.0]]).unwrap();
        let x = root.solve(&[10.0, 9.0]);
        assert!((x[0] - 1.5).abs() < 1e-15 && (x[1] - 2.0).abs() < 1e-15, "{x:?}");
        let half = root.half(&[10.0, 9.0]);
        assert!((dot(&half, &half) - (15.0 + 18.0)).abs() < 1e-13);
    }

    #[test]
    fn a_repeated_column_is_found() {
        let rows = vec![vec![1.0, 2.0, 3.0], vec![1.0, -1.0, 0.0], vec![1.0, 5.0, 6.0]];
        assert_eq!(Root::of(&products(&rows, |_| 1.0)).unwrap_err(), 2);
    }
}
