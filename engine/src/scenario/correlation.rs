//! Correlated cells: a Gaussian copula by Cholesky factors.

use std::f64::consts::PI;

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

/// A stated pair.
struct Pair<'d> {
    /// The numbers of the two cells.
    cells: [usize; 2],
    names: [String; 2],
    /// The correlation of the normal deviates.
    rho: f64,
    measure: Measure,
    section: Section<'d>,
}

/// What a pair is stated by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Measure {
    /// The correlation of the normal deviates behind the cells.
    Rho,
    /// Spearman's rank correlation of the cells.
    Rank,
}

impl Measure {
    const ALL: [Measure; 2] = [Measure::Rho, Measure::Rank];

    fn key(self) -> &'static str {
        match self {
            Self::Rho => "rho",
            Self::Rank => "rank",
        }
    }

    /// The correlation of the deviates: for continuous cells with a Gaussian copula
    /// `ρ = 2 sin(π r ÷ 6)` (Pearson 1907; Kruskal 1958, "Ordinal measures of association").
    fn rho(self, stated: f64) -> f64 {
        match self {
            Self::Rho => stated,
            Self::Rank => 2.0 * libm::sin(PI * stated / 6.0),
        }
    }

    fn stated(self, rho: f64) -> f64 {
        match self {
            Self::Rho => rho,
            Self::Rank => 6.0 / PI * libm::asin(rho / 2.0),
        }
    }
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
        let mut pairs: Vec<Pair<'_>> = Vec::new();
        for entry in root.sections("correlate") {
            if let Some(pair) = read_pair(document, entry, &pairs, &find, names) {
                pairs.push(pair);
            }
        }
        // A correlation of 0 says nothing: cells that have no other draw as they do by themselves.
        let mut cells: Vec<usize> = Vec::new();
        for cell in pairs.iter().filter(|pair| pair.rho != 0.0).flat_map(|pair| pair.cells) {
            if !cells.contains(&cell) {
                cells.push(cell);
            }
        }
        let mut matrix = vec![vec![0.0; cells.len()]; cells.len()];
        for (row, values) in matrix.iter_mut().enumerate() {
            values[row] = 1.0;
        }
        for pair in &pairs {
            if let [Some(a), Some(b)] = pair.cells.map(|cell| row_of(&cells, cell)) {
                (matrix[a][b], matrix[b][a]) = (pair.rho, pair.rho);
            }
        }
        match cholesky(&matrix) {
            Ok(factor) => Correlation { cells, factor },
            Err(row) => {
                document.report(contradiction((&matrix, &cells), &pairs, row));
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
        let row = row_of(&self.cells, cell)?;
        let weights = self.cells.iter().zip(&self.factor[row]).take(row + 1);
        weights
            .filter(|(_, weight)| **weight != 0.0)
            .fold(None, |sum, (other, weight)| Some(add(*other, *weight, sum)))
    }
}

/// The row of a cell.
fn row_of(cells: &[usize], cell: usize) -> Option<usize> {
    cells.iter().position(|known| *known == cell)
}

/// Reads one `[[correlate]]`.
fn read_pair<'d>(
    document: &Document<'_>,
    entry: Section<'d>,
    known: &[Pair<'_>],
    find: &impl Fn(&str) -> Option<(usize, bool)>,
    names: &[String],
) -> Option<Pair<'d>> {
    entry.known(&["cells", "rho", "rank"]);
    let form = || {
        say!(
            "cells = [\"a\", \"b\"] and rho = 0.3, or rank = 0.3 (Spearman)",
            "cells = [\"a\", \"b\"] と rho = 0.3、または rank = 0.3（順位相関）"
        )
    };
    let stated: Vec<Measure> =
        Measure::ALL.into_iter().filter(|measure| entry.has(measure.key())).collect();
    if !entry.has("cells") {
        entry.missing("cells", form());
        return None;
    }
    let measure = match stated[..] {
        [measure] => measure,
        [] => {
            entry.missing("rho", form());
            return None;
        }
        _ => {
            entry.wrong("rank", say!("either `rho` or `rank`", "`rho` か `rank` のどちらか一方"));
            return None;
        }
    };
    let (pair, value) = (entry.texts("cells")?, entry.number(measure.key())?);
    let [first, second] = pair.as_slice() else {
        entry.wrong("cells", say!("two cells", "セル二つ"));
        return None;
    };
    let value = value.to_f64().unwrap_or(f64::NAN);
    if !(-1.0..=1.0).contains(&value) {
        let expected = say!("a correlation from -1 to 1", "-1 から 1 までの相関係数");
        entry.wrong(measure.key(), expected);
        return None;
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
    let [(a, a_each), (b, b_each)] = found[..] else { return None };
    if a == b || a_each != b_each {
        entry.wrong(
            "cells",
            say!(
                "two different cells, both per path or both per evaluation",
                "異なる二つのセル（どちらもパスごと、またはどちらも評価ごと）"
            ),
        );
        return None;
    }
    if known.iter().any(|pair| pair.cells == [a, b] || pair.cells == [b, a]) {
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
        return None;
    }
    let names = [first.clone(), second.clone()];
    Some(Pair { cells: [a, b], names, rho: measure.rho(value), measure, section: entry })
}

/// Correlations that no variables can have, with those that contradict each other and what would
/// fit.
fn contradiction(
    (matrix, cells): (&[Vec<f64>], &[usize]),
    pairs: &[Pair<'_>],
    row: usize,
) -> Problem {
    let rows = contradicting(matrix, row);
    let of = |a: usize, b: usize| {
        let both = [cells[a], cells[b]];
        pairs.iter().rfind(|pair| pair.cells == both || pair.cells == [both[1], both[0]])
    };
    let name = |row: usize| {
        let with = pairs.iter().find_map(|pair| {
            let at = pair.cells.iter().position(|known| *known == cells[row])?;
            Some(pair.names[at].as_str())
        });
        with.unwrap_or_default()
    };
    let (mut values, mut last) = (Vec::new(), None);
    for (position, a) in rows.iter().enumerate() {
        for b in &rows[position + 1..] {
            let (first, second) = (name(*a), name(*b));
            values.push(match of(*a, *b) {
                Some(Pair { measure, rho, .. }) => {
                    let (key, value) = (measure.key(), digits(measure.stated(*rho)));
                    say!("{first}–{second}: {key} = {value}", "{first}–{second}: {key} = {value}")
                }
                None => say!("{first}–{second}: 0, not stated", "{first}–{second}: 指定なし（0）"),
            });
        }
    }
    // The pair that was stated last is the one to give way.
    for pair in pairs {
        if let [Some(a), Some(b)] = pair.cells.map(|cell| row_of(cells, cell))
            && rows.contains(&a)
            && rows.contains(&b)
        {
            last = Some((pair, [a, b]));
        }
    }
    let problem = Problem::error(
        "impossible-correlation",
        say!("these correlations contradict each other", "これらの相関は互いに矛盾しています"),
    )
    .found(Text::join(&values, &say!(", ", "、")));
    let factor = largest(0.0, 1.0, |factor| {
        // What is multiplied is what was stated.
        let scaled = |row: usize, column: usize| match of(row, column) {
            _ if row == column => 1.0,
            Some(Pair { measure, rho, .. }) => measure.rho(factor * measure.stated(*rho)),
            None => 0.0,
        };
        is_definite(matrix.len(), scaled)
    });
    let all = format!("{:.2}", (factor * 100.0).floor() / 100.0);
    let Some((last, last_rows)) = last else { return problem };
    let ([a, b], key) = (&last.names, last.measure.key());
    let fitting = range(matrix, last_rows).map(|range| {
        let [low, high] = range.map(|rho| last.measure.stated(rho) * 100.0);
        // Inwards but for rounding, and without a negative zero.
        [(low - 1e-6).ceil() / 100.0 + 0.0, (high + 1e-6).floor() / 100.0 + 0.0]
    });
    let help = match fitting.filter(|[low, high]| low <= high) {
        Some([low, high]) => say!(
            "given the others, `{key}` of {a}–{b} fits from {low:.2} to {high:.2}; or multiply every correlation by {all} or less",
            "他の相関のもとで {a}–{b} の `{key}` に使えるのは {low:.2} から {high:.2} までです。または、すべての相関に {all} 以下を掛けてください"
        ),
        None => say!(
            "multiply every correlation by {all} or less",
            "すべての相関に {all} 以下を掛けてください"
        ),
    };
    problem.help(help).at(last.section.here())
}

/// A small set of rows that contradict each other: three of them, or all up to the one at which
/// the factor fails.
fn contradicting(matrix: &[Vec<f64>], row: usize) -> Vec<usize> {
    let size = matrix.len();
    for a in 0..size {
        for b in a + 1..size {
            for c in b + 1..size {
                let rows = [a, b, c];
                if !is_definite(3, |row, column| matrix[rows[row]][rows[column]]) {
                    return rows.to_vec();
                }
            }
        }
    }
    // What the last row does not need for the contradiction is left out.
    let mut rows: Vec<usize> = (0..=row).collect();
    for other in 0..row {
        let fewer: Vec<usize> = rows.iter().copied().filter(|row| *row != other).collect();
        if !is_definite(fewer.len(), |row, column| matrix[fewer[row]][fewer[column]]) {
            rows = fewer;
        }
    }
    rows
}

/// The correlations that one pair may have given the others, `None` if there are none.
///
/// The possible ones are an interval: the determinant is quadratic in them. With the pair last,
/// the two rows' factors over the other rows give its middle and its half width.
fn range(matrix: &[Vec<f64>], [a, b]: [usize; 2]) -> Option<[f64; 2]> {
    let mut order: Vec<usize> = (0..matrix.len()).filter(|row| *row != a && *row != b).collect();
    order.extend([a, b]);
    let last = order.len() - 1;
    let ordered: Vec<Vec<f64>> = order
        .iter()
        .map(|row| order.iter().map(|column| matrix[*row][*column]).collect())
        .collect();
    // Each of the two cells together with the others must be possible.
    let without = |left_out: usize| -> Option<Vec<f64>> {
        let rows: Vec<usize> = (0..=last).filter(|row| *row != left_out).collect();
        let part: Vec<Vec<f64>> = rows
            .iter()
            .map(|row| rows.iter().map(|column| ordered[*row][*column]).collect())
            .collect();
        cholesky(&part).ok()?.pop()
    };
    let (first, second) = (without(last)?, without(last - 1)?);
    let middle: f64 = first[..last - 1].iter().zip(&second[..last - 1]).map(|(x, y)| x * y).sum();
    let half = first[last - 1] * second[last - 1];
    Some([middle - half, middle + half])
}

/// The largest number for which `possible` holds, from `low`, where it does, to `high`.
fn largest(mut low: f64, mut high: f64, possible: impl Fn(f64) -> bool) -> f64 {
    if possible(high) {
        return high;
    }
    for _ in 0..50 {
        let middle = (low + high) / 2.0;
        if possible(middle) { low = middle } else { high = middle }
    }
    low
}

fn is_definite(size: usize, value: impl Fn(usize, usize) -> f64) -> bool {
    let matrix: Vec<Vec<f64>> =
        (0..size).map(|row| (0..size).map(|column| value(row, column)).collect()).collect();
    cholesky(&matrix).is_ok()
}

/// A number as it was stated, without the rounding of the way there and back.
fn digits(value: f64) -> String {
    let rounded = (value * 1e9).round() / 1e9;
    rounded.to_string()
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

    /// a≈b and b≈c, yet a≈−c.
    fn contradicting_three() -> Vec<Vec<f64>> {
        vec![vec![1.0, 0.9, -0.9], vec![0.9, 1.0, 0.9], vec![-0.9, 0.9, 1.0]]
    }

    #[test]
    fn contradicting_correlations_have_no_factor() {
        assert_eq!(cholesky(&contradicting_three()), Err(2));
    }

    #[test]
    fn a_pair_may_have_what_the_others_leave() {
        // With 0.9 and 0.9: 0.81 ± (1 − 0.81) = 0.62 to 1.
        let [low, high] = range(&contradicting_three(), [0, 2]).unwrap();
        assert!((low - 0.62).abs() < 1e-12 && (high - 1.0).abs() < 1e-12, "{low} {high}");
        for (rho, possible) in [(low - 1e-6, false), (low + 1e-6, true), (high, true)] {
            let mut matrix = contradicting_three();
            (matrix[0][2], matrix[2][0]) = (rho, rho);
            assert_eq!(cholesky(&matrix).is_ok(), possible, "{rho}");
        }
        // Another pair contradicts already.
        let mut four = vec![vec![0.0; 4]; 4];
        for (row, values) in contradicting_three().iter().enumerate() {
            four[row][..3].copy_from_slice(values);
        }
        (four[3][3], four[0][3], four[3][0]) = (1.0, 0.1, 0.1);
        assert_eq!(range(&four, [0, 3]), None);
    }

    #[test]
    fn the_factor_that_fits_is_where_the_matrix_turns_singular() {
        // Eigenvalues of the signed triangle times f: 1 − 2 · 0.9 f, so f = 1 / 1.8.
        let matrix = contradicting_three();
        let factor = largest(0.0, 1.0, |factor| {
            is_definite(3, |a, b| if a == b { 1.0 } else { factor * matrix[a][b] })
        });
        assert!((factor - 1.0 / 1.8).abs() < 1e-9, "{factor}");
    }

    #[test]
    fn the_smallest_contradiction_is_found() {
        // Rows 1, 3 and 4 contradict; rows 0 and 2 have nothing to do with it.
        let mut matrix = vec![vec![0.0; 5]; 5];
        for (row, values) in matrix.iter_mut().enumerate() {
            values[row] = 1.0;
        }
        let mut set = |a: usize, b: usize, rho: f64| {
            matrix[a][b] = rho;
            matrix[b][a] = rho;
        };
        set(1, 3, 0.9);
        set(3, 4, 0.9);
        set(1, 4, -0.9);
        set(0, 2, 0.5);
        assert_eq!(contradicting(&matrix, 4), [1, 3, 4]);
        // Four that contradict, of which any three do not: all correlations −0.4 (least
        // eigenvalue 1 − 3 · 0.4 < 0, of three 1 − 2 · 0.4 > 0), and one beside them.
        let value = |a: usize, b: usize| match (a, b) {
            _ if a == b => 1.0,
            (1, _) | (_, 1) => 0.0,
            _ => -0.4,
        };
        let matrix: Vec<Vec<f64>> = (0..5).map(|a| (0..5).map(|b| value(a, b)).collect()).collect();
        assert_eq!(cholesky(&matrix), Err(4));
        assert_eq!(contradicting(&matrix, 4), [0, 2, 3, 4]);
    }

    #[test]
    fn a_rank_correlation_is_stated_and_found_again() {
        // 2 sin(π/12) = 0.517638 for rank 0.5.
        assert!((Measure::Rank.rho(0.5) - 0.517_638_090_2).abs() < 1e-9);
        assert_eq!(Measure::Rank.rho(0.0), 0.0);
        assert!((Measure::Rank.rho(-1.0) + 1.0).abs() < 1e-12);
        assert_eq!(digits(Measure::Rank.stated(Measure::Rank.rho(0.3))), "0.3");
    }
}
