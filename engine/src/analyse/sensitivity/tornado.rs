//! What the figure is where one thing is held low, and where it is held high.

use rust_decimal::Decimal;

use super::Figure;
use super::cells::{DrawnCell, UncertainCell};
use super::estimate::{difference_of, mean_of};
use super::hold::{Held, Holding};
use super::stages::Stages;
use crate::problem::Problem;
use crate::simulate::{Mean, Settings};

/// The percentiles at which cells are held.
pub const HELD_AT: [f64; 2] = [0.10, 0.90];

/// How often paths are drawn for the bars of cells: for the slope at each end, and for the ends.
pub(super) const RUNS: u64 = HELD_AT.len() as u64 + 1;

/// The figure at both ends of a bar. Everything else is as drawn, on the same random numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ends {
    /// The figure's mean with the lower value, then with the higher.
    pub means: [Mean; 2],
    /// By how much each differs from the figure as drawn, path by path.
    pub changes: [Mean; 2],
    /// The mean with the higher value less that with the lower, path by path.
    ///
    /// The standard errors, here as above, have in them that the points at which a cell is held are
    /// estimated from the same paths.
    pub difference: Mean,
    /// Paths left out, because the figure is not there on all three.
    pub missing: u64,
}

impl Ends {
    /// At ends that are known exactly.
    pub(super) fn of(drawn: &[f64], ends: [Vec<f64>; 2]) -> Ends {
        let nothing = || vec![0.0; drawn.len()];
        Ends::of_estimated(drawn, ends, [nothing(), nothing()])
    }

    /// At ends that are estimated: `moved` says for each end and path by how much the path moves the
    /// figure's mean there by moving the end, times the number of paths; it sums to about 0.
    fn of_estimated(
        drawn: &[f64],
        [mut low, mut high]: [Vec<f64>; 2],
        moved: [Vec<f64>; 2],
    ) -> Ends {
        let mut missing = 0;
        for ((drawn, low), high) in drawn.iter().zip(&mut low).zip(&mut high) {
            if drawn.is_nan() || low.is_nan() || high.is_nan() {
                (*low, *high) = (f64::NAN, f64::NAN);
                missing += 1;
            }
        }
        let felt = |values: &[f64], moved: &[f64]| -> Vec<f64> {
            values.iter().zip(moved).map(|(value, moved)| value + moved).collect()
        };
        let (felt_low, felt_high) = (felt(&low, &moved[0]), felt(&high, &moved[1]));
        // What moves the ends is in the errors alone.
        let with = |told: Mean, felt: Mean| Mean { se: felt.se, ..told };
        let mean = |told: &[f64], felt: &[f64]| {
            with(mean_of(told.iter().copied()), mean_of(felt.iter().copied()))
        };
        let change = |a: &[f64], b: &[f64], felt_a: &[f64], felt_b: &[f64]| {
            with(difference_of(a, b), difference_of(felt_a, felt_b))
        };
        Ends {
            means: [mean(&low, &felt_low), mean(&high, &felt_high)],
            changes: [
                change(&low, drawn, &felt_low, drawn),
                change(&high, drawn, &felt_high, drawn),
            ],
            difference: change(&high, &low, &felt_high, &felt_low),
            missing,
        }
    }

    /// How wide the bar is.
    #[must_use]
    pub fn width(&self) -> f64 {
        self.difference.mean.abs()
    }
}

/// A cell, held at its 10th and at its 90th percentile.
#[derive(Debug, Clone)]
pub struct CellBar {
    /// The cell.
    pub cell: UncertainCell,
    /// The lower and the higher value: at each evaluation, for a cell that is drawn at each.
    pub values: Vec<(Option<usize>, [f64; 2])>,
    /// The figure there, or why the cell cannot be held.
    pub ends: Result<Ends, Problem>,
}

/// A parameter of the contract, at both ends of its range.
#[derive(Debug, Clone)]
pub struct ParameterBar {
    /// Its name.
    pub name: String,
    /// Whether it is an amount of money.
    pub money: bool,
    /// Its value in the scenario.
    pub value: Decimal,
    /// Its range.
    pub range: (Decimal, Decimal),
    /// The figure there, or why the contract cannot have such a value.
    pub ends: Result<Ends, Problem>,
}

/// The widest first; what cannot be held last.
pub(super) fn sort<B>(bars: &mut [B], ends: impl Fn(&B) -> &Result<Ends, Problem>) {
    let width = |bar: &B| ends(bar).as_ref().map_or(f64::NEG_INFINITY, Ends::width);
    bars.sort_by(|a, b| width(b).total_cmp(&width(a)));
}

/// How fast the mean of a figure moves with the percentile at which each cell is held, near one: the
/// difference between holding it a standard error of a percentile, `√(p(1 − p) / n)`, above and below,
/// divided by the distance. 0 where a cell cannot be held there.
fn slopes(
    holding: &Holding,
    figure: &Figure,
    (cells, part): (&[&DrawnCell], f64),
    told: (&Settings, &Stages<'_>),
) -> Result<Vec<f64>, Problem> {
    let reach = |cell: &DrawnCell| (part * (1.0 - part) / cell.paths().max(1) as f64).sqrt();
    let around = |cell: &&DrawnCell| {
        [-1.0, 1.0].map(|side| cell.held_at((part + side * reach(cell)).clamp(0.0, 1.0)))
    };
    let sets: Vec<Held> = cells.iter().flat_map(around).collect();
    let found = holding.each(&[figure.measure.wanted], &sets, told)?;
    let mut means = found.into_iter().map(|columns| {
        let columns = columns.ok()?;
        Some(mean_of(figure.of(columns.into_iter().next()?).into_iter()).mean)
    });
    let slope = |cell: &&DrawnCell| {
        let (below, above) = (means.next().flatten(), means.next().flatten());
        let rise = above.zip(below).map(|(above, below)| above - below);
        rise.filter(|rise| rise.is_finite()).map_or(0.0, |rise| rise / (2.0 * reach(cell)))
    };
    Ok(cells.iter().map(slope).collect())
}

/// The bars of cells that something is drawn for.
///
/// The points at which a cell is held are estimated from the paths. The error of the percentile `q`
/// of p is the mean over paths of `(p − 1{x ≤ q}) / f(q)`, with f the density (Bahadur 1966, "A note on
/// quantiles in large samples", Ann Math Stat 37:577), and moves the figure's mean by its slope: what a
/// path adds to the error is `(p − 1{x ≤ q})` times the [slope](slopes) by p. So the standard errors know how the
/// errors of both ends and of the figure as drawn go together.
pub(super) fn cells(
    holding: &Holding,
    figure: &Figure,
    drawn: &[f64],
    cells: &[DrawnCell],
    told: (&Settings, &Stages<'_>),
) -> Result<Vec<CellBar>, Problem> {
    let cells: Vec<&DrawnCell> = cells.iter().filter(|cell| cell.cell.draws).collect();
    // One end after the other, so that no more columns are held at once than for the bars.
    let mut steepness = [Vec::new(), Vec::new()];
    for (slot, part) in steepness.iter_mut().zip(HELD_AT) {
        *slot = slopes(holding, figure, (&cells, part), told)?;
    }
    let sets: Vec<Held> =
        cells.iter().flat_map(|cell| HELD_AT.map(|part| cell.held_at(part))).collect();
    let columns = holding.each(&[figure.measure.wanted], &sets, told)?.into_iter();
    let mut columns = columns.map(|columns| {
        columns.map(|columns| figure.of(columns.into_iter().next().unwrap_or_default()))
    });
    let mut bars: Vec<CellBar> = Vec::new();
    for (at, cell) in cells.iter().enumerate() {
        let (Some(low), Some(high)) = (columns.next(), columns.next()) else { break };
        let moved = || [0, 1].map(|end| cell.moves(HELD_AT[end], steepness[end][at]));
        let ends = low.and_then(|low| Ok(Ends::of_estimated(drawn, [low, high?], moved())));
        let values = HELD_AT.map(|part| cell.values_at(part));
        let evaluations = cell.cell.instances.iter().map(|instance| instance.evaluation);
        let values = evaluations.zip(values[0].iter().zip(&values[1]));
        bars.push(CellBar {
            cell: cell.cell.clone(),
            values: values.map(|(at, (low, high))| (at, [*low, *high])).collect(),
            ends,
        });
    }
    sort(&mut bars, |bar| &bar.ends);
    Ok(bars)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_compared_on_the_paths_where_all_are_there() {
        let drawn = [1.0, 2.0, f64::NAN, 4.0];
        let (low, high) = (vec![0.0, 1.0, 9.0, f64::NAN], vec![2.0, 5.0, 9.0, 1.0]);
        let ends = Ends::of(&drawn, [low, high]);
        assert_eq!(ends.missing, 2);
        assert_eq!([ends.means[0].mean, ends.means[1].mean], [0.5, 3.5]);
        assert_eq!([ends.changes[0].mean, ends.changes[1].mean], [-1.0, 2.0]);
        assert_eq!((ends.difference.mean, ends.difference.se), (3.0, 1.0));
    }
}
