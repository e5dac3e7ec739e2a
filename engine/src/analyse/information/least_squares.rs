//! Least squares from sums of products.
//!
//! Plain loops in a fixed order, as in `evidence/estimate/linear.rs`: libraries choose fused
//! multiplications by the processor, and would give other last bits on another machine. A column
//! that is a combination of those before it is left out here instead of being refused: which
//! columns a basis needs depends on the paths that were drawn.

/// The part of a column's own size that must be left beside the columns before it.
const DEPENDENT: f64 = 1e-9;

/// `Σ x xᵀ` over rows `x`: the lower triangle, row by row.
#[derive(Debug, Clone)]
pub(super) struct Products {
    size: usize,
    sums: Vec<f64>,
}

impl Products {
    pub(super) fn new(size: usize) -> Products {
        Products { size, sums: vec![0.0; size * (size + 1) / 2] }
    }

    fn at(&self, row: usize, column: usize) -> f64 {
        let (low, high) = if row < column { (row, column) } else { (column, row) };
        self.sums[high * (high + 1) / 2 + low]
    }

    /// Adds a row, of which only the entries `filled` are not 0, in ascending order.
    pub(super) fn add(&mut self, row: &[f64], filled: &[usize]) {
        for (count, at) in filled.iter().enumerate() {
            let start = at * (at + 1) / 2;
            let sums = &mut self.sums[start..=start + at];
            let value = row[*at];
            for other in &filled[..=count] {
                sums[*other] += value * row[*other];
            }
        }
    }

    /// The sums of these and of others.
    pub(super) fn plus(mut self, other: &Products) -> Products {
        self.sums.iter_mut().zip(&other.sums).for_each(|(sum, other)| *sum += other);
        self
    }

    /// What is left of these without others that they contain.
    pub(super) fn without(&self, part: &Products) -> Products {
        let sums = self.sums.iter().zip(&part.sums).map(|(sum, part)| sum - part).collect();
        Products { size: self.size, sums }
    }

    /// The mean of a column; column 0 is 1 in every row.
    pub(super) fn mean(&self, column: usize) -> f64 {
        self.at(column, 0) / self.at(0, 0)
    }

    /// The coefficients of `columns` that come nearest to each of the columns `of`; 0 for a column
    /// that is a combination of those before it.
    pub(super) fn solve(&self, columns: &[usize], of: std::ops::Range<usize>) -> Vec<Vec<f64>> {
        let size = columns.len();
        // The root L of the matrix, row by row (Cholesky); the rows of what is left out stay empty.
        let mut root = vec![vec![0.0; size]; size];
        let mut kept = vec![false; size];
        for row in 0..size {
            let mut own = vec![0.0; row + 1];
            for column in 0..row {
                if kept[column] {
                    let shared = dot(&own[..column], &root[column][..column]);
                    let left = self.at(columns[row], columns[column]) - shared;
                    own[column] = left / root[column][column];
                }
            }
            let size_of = self.at(columns[row], columns[row]);
            let left = size_of - dot(&own[..row], &own[..row]);
            kept[row] = left > DEPENDENT * size_of;
            if kept[row] {
                own[row] = left.sqrt();
                root[row][..=row].copy_from_slice(&own);
            }
        }
        let solved = of.map(|of| {
            let mut x: Vec<f64> = columns.iter().map(|column| self.at(*column, of)).collect();
            for row in 0..size {
                x[row] = match kept[row] {
                    true => (x[row] - dot(&root[row][..row], &x[..row])) / root[row][row],
                    false => 0.0,
                };
            }
            for row in (0..size).rev().filter(|row| kept[*row]) {
                let below: f64 = (row + 1..size).map(|below| root[below][row] * x[below]).sum();
                x[row] = (x[row] - below) / root[row][row];
            }
            x
        });
        solved.collect()
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn products(rows: &[[f64; 4]]) -> Products {
        let mut products = Products::new(4);
        for row in rows {
            let filled: Vec<usize> = (0..4).filter(|at| row[*at] != 0.0).collect();
            products.add(row, &filled);
        }
        products
    }

    #[test]
    fn a_line_through_three_points() {
        // Columns 1, x, 2x and y = 1, 2, 4 at x = 0, 1, 2: slope 1.5, intercept 7/3 − 1.5 = 5/6.
        let all = products(&[[1.0, 0.0, 0.0, 1.0], [1.0, 1.0, 2.0, 2.0], [1.0, 2.0, 4.0, 4.0]]);
        let found = all.solve(&[0, 1], 3..4).remove(0);
        assert!((found[0] - 5.0 / 6.0).abs() < 1e-14 && (found[1] - 1.5).abs() < 1e-14);
        // The third column says nothing that the second has not said.
        let same = all.solve(&[0, 1, 2], 3..4).remove(0);
        assert_eq!(same, [found[0], found[1], 0.0]);
        assert!((all.mean(3) - 7.0 / 3.0).abs() < 1e-15);
    }

    #[test]
    fn a_part_is_taken_out_again() {
        let rows = [[1.0, 2.0, 0.0, 5.0], [1.0, -1.0, 3.0, 1.0], [1.0, 0.5, 1.0, 2.0]];
        let (whole, part) = (products(&rows), products(&rows[..1]));
        assert_eq!(whole.without(&part).sums, products(&rows[1..]).sums);
        assert_eq!(part.clone().plus(&products(&rows[1..])).sums, whole.sums);
    }
}
