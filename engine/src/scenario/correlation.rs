//! Correlated cells: a Gaussian copula by Cholesky factors.

use rust_decimal::prelude::ToPrimitive;

use super::document::{Document, Section};
use crate::expr::NodeId;
use crate::problem::{Problem, Text, did_you_mean, say};

/// The Cholesky factor of the correlation of the cells that have any.
#[derive(Debug, Default)]
pub(super) struct Correlation {
    /// Cell numbers, in the order of the rows.
    cells: Vec<usize>,
    factor: Vec<Vec<f64>>,
}

impl Correlation {
    /// Reads every `[[correlate]]`; `find` gives a cell's number and whether it is drawn at every
    /// evaluation.
    pub(super) fn read(
        document: &Document<'_>,
        root: &Section<'_>,
        find: impl Fn(&str) -> Option<(usize, bool)>,
        names: &[String],
    ) -> Correlation {
        let mut cells: Vec<usize> = Vec::new();
        let mut pairs: Vec<(usize, usize, f64)> = Vec::new();
        let mut last = None;
        for entry in root.sections("correlate") {
            entry.known(&["cells", "rho"]);
            if !entry.has("cells") || !entry.has("rho") {
                entry.missing(
                    if entry.has("cells") { "rho" } else { "cells" },
                    say!(
                        "cells = [\"a\", \"b\"] and rho = 0.3",
                        "cells = [\"a\", \"b\"] と rho = 0.3"
                    ),
                );
                continue;
            }
            let (Some(pair), Some(rho)) = (entry.texts("cells"), entry.number("rho")) else {
                continue;
            };
            let [first, second] = pair.as_slice() else {
                entry.wrong("cells", say!("two cells", "セル二つ"));
                continue;
            };
            let rho = rho.to_f64().unwrap_or(f64::NAN);
            if !(-1.0..=1.0).contains(&rho) {
                entry.wrong("rho", say!("a correlation from -1 to 1", "-1 から 1 までの相関係数"));
                continue;
            }
            let mut found = Vec::new();
            for name in [first, second] {
                match find(name) {
                    Some(cell) => found.push(cell),
                    None => {
                        let problem = Problem::error(
                            "unknown-cell",
                            say!("there is no cell `{name}`", "`{name}` というセルはありません"),
                        )
                        .expected(Text::from(names.join(", ")))
                        .at(entry.place("cells"));
                        let near = did_you_mean(name, names.iter().map(String::as_str));
                        document.report(match near {
                            Some(near) => problem.help(near),
                            None => problem,
                        });
                    }
                }
            }
            let [(a, a_each), (b, b_each)] = found[..] else { continue };
            if a == b || a_each != b_each {
                entry.wrong(
                    "cells",
                    say!(
                        "two different cells, both per path or both per evaluation",
                        "異なる二つのセル（どちらもパスごと、またはどちらも評価ごと）"
                    ),
                );
                continue;
            }
            for cell in [a, b] {
                if !cells.contains(&cell) {
                    cells.push(cell);
                }
            }
            let row = |cell: usize| cells.iter().position(|known| *known == cell).unwrap_or(0);
            let (a, b) = (row(a), row(b));
            if pairs.iter().any(|(c, d, _)| (*c, *d) == (a, b) || (*d, *c) == (a, b)) {
                document.report(
                    Problem::error(
                        "correlated-twice",
                        say!(
                            "`{first}` and `{second}` are correlated twice",
                            "`{first}` と `{second}` の相関が二度指定されています"
                        ),
                    )
                    .help(say!("keep one of the two", "どちらか一方にしてください"))
                    .at(entry.place("cells")),
                );
                continue;
            }
            pairs.push((a, b, rho));
            last = Some(entry);
        }
        let mut matrix = vec![vec![0.0; cells.len()]; cells.len()];
        for (row, values) in matrix.iter_mut().enumerate() {
            values[row] = 1.0;
        }
        for (a, b, rho) in pairs {
            matrix[a][b] = rho;
            matrix[b][a] = rho;
        }
        match cholesky(&matrix) {
            Ok(factor) => Correlation { cells, factor },
            Err(row) => {
                let cell = names.get(cells[row]).cloned().unwrap_or_default();
                let others: Vec<&str> = cells[..row]
                    .iter()
                    .zip(&matrix[row])
                    .filter(|(_, rho)| **rho != 0.0)
                    .filter_map(|(other, _)| names.get(*other).map(String::as_str))
                    .collect();
                let others = others.join(", ");
                if let Some(entry) = last {
                    document.report(
                        Problem::error(
                            "impossible-correlation",
                            say!(
                                "the correlations of `{cell}` with {others} contradict the others",
                                "`{cell}` と {others} の相関が他の相関と矛盾しています"
                            ),
                        )
                        .help(say!(
                            "bring some of them closer to 0",
                            "いくつかを 0 に近づけてください"
                        ))
                        .at(entry.here()),
                    );
                }
                Correlation::default()
            }
        }
    }

    /// The correlated deviate of a cell: `add(other, weight, sum)` adds one term of its row.
    pub(super) fn deviate(
        &self,
        cell: usize,
        add: impl Fn(usize, f64, Option<NodeId>) -> NodeId,
    ) -> Option<NodeId> {
        let row = self.cells.iter().position(|known| *known == cell)?;
        let weights = self.cells.iter().zip(&self.factor[row]).take(row + 1);
        weights
            .filter(|(_, weight)| **weight != 0.0)
            .fold(None, |sum, (other, weight)| Some(add(*other, *weight, sum)))
    }
}

/// The lower factor of a symmetric matrix, or the first row that makes it not positive definite.
/// A perfect correlation (a zero pivot that nothing depends on) is allowed.
fn cholesky(matrix: &[Vec<f64>]) -> Result<Vec<Vec<f64>>, usize> {
    let size = matrix.len();
    let mut factor = vec![vec![0.0; size]; size];
    for row in 0..size {
        for column in 0..=row {
            let known: f64 = (0..column).map(|at| factor[row][at] * factor[column][at]).sum();
            let rest: f64 = matrix[row][column] - known;
            factor[row][column] = if row == column {
                if rest < -1e-12 {
                    return Err(row);
                }
                rest.max(0.0).sqrt()
            } else if factor[column][column] > 0.0 {
                rest / factor[column][column]
            } else if rest.abs() > 1e-12 {
                return Err(row);
            } else {
                0.0
            };
        }
    }
    Ok(factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_factor_of_a_pair_is_its_correlation_and_the_rest() {
        let factor = cholesky(&[vec![1.0, 0.3], vec![0.3, 1.0]]).unwrap();
        assert!((factor[1][0] - 0.3).abs() < 1e-15);
        assert!((factor[1][1] - 0.91_f64.sqrt()).abs() < 1e-15);
    }

    #[test]
    fn contradicting_correlations_have_no_factor() {
        // a≈b and b≈c, yet a≈−c.
        let matrix = [vec![1.0, 0.9, -0.9], vec![0.9, 1.0, 0.9], vec![-0.9, 0.9, 1.0]];
        assert_eq!(cholesky(&matrix), Err(2));
    }
}
