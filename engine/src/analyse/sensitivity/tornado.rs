//! What the figure is where one thing is held low, and where it is held high.

use rust_decimal::Decimal;

use super::Figure;
use super::cells::{DrawnCell, UncertainCell};
use super::estimate::{difference_of, mean_of};
use super::hold::{Held, Holding};
use super::stages::Stages;
use crate::problem::{Problem, Text};
use crate::simulate::{Mean, Settings};

/// The percentiles at which cells are held.
pub const HELD_AT: [f64; 2] = [0.10, 0.90];

/// How often paths are drawn for the bars of cells: for each end.
pub(super) const RUNS: u64 = HELD_AT.len() as u64;

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
    /// Whether many paths have the very value it is held at, as those of a count: the standard errors
    /// are those of a cell without steps, and only near.
    pub in_steps: bool,
    /// The figure there, or why the cell cannot be held.
    pub ends: Result<Ends, Problem>,
}

/// A parameter of the contract, at both ends of its range.
#[derive(Debug, Clone)]
pub struct ParameterBar {
    /// Its name.
    pub name: String,
    /// What people call it.
    pub title: Text,
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

/// A cell held at a percentile.
struct End {
    /// The figure there.
    figure: Result<Vec<f64>, Problem>,
    /// How fast its mean moves with the percentile of each of the cell's nodes.
    slopes: Vec<f64>,
}

/// Cells held at a percentile, one by one.
fn held(
    holding: &Holding,
    figure: &Figure,
    (cells, part): (&[&DrawnCell], f64),
    told: (&Settings, &Stages<'_>),
) -> Result<Vec<End>, Problem> {
    let (mut sets, mut beside): (Vec<Held>, Vec<Vec<[f64; 2]>>) = (Vec::new(), Vec::new());
    for cell in cells {
        sets.push(cell.held_at(part));
        let mut parts = Vec::new();
        for [(low, below), (high, above)] in cell.around(part) {
            parts.push([low, high]);
            sets.extend([below, above]);
        }
        beside.push(parts);
    }
    let found = holding.each(&[figure.measure.wanted], &sets, told)?;
    let mut found = found.into_iter().map(|columns| {
        columns.map(|columns| figure.of(columns.into_iter().next().unwrap_or_default()))
    });
    let mean = |values: &Result<Vec<f64>, Problem>| {
        let mean = mean_of(values.as_ref().ok()?.iter().copied()).mean;
        mean.is_finite().then_some(mean)
    };
    let mut ends = Vec::new();
    for parts in beside {
        let Some(figure) = found.next() else { break };
        let here = mean(&figure);
        let mut next = || mean(&found.next()?);
        let around = |[low, high]: [f64; 2]| [(low, next()), (part, here), (high, next())];
        let slopes = parts.into_iter().map(around).map(slope).collect();
        ends.push(End { figure, slopes });
    }
    Ok(ends)
}

/// The rise from the first of some points to the last, by the distance; 0 where fewer than two have a
/// value.
fn slope(points: [(f64, Option<f64>); 3]) -> f64 {
    let mut known = points.into_iter().filter_map(|(at, value)| Some((at, value?)));
    let (Some((from, first)), Some((to, last))) = (known.next(), known.next_back()) else {
        return 0.0;
    };
    if to > from { (last - first) / (to - from) } else { 0.0 }
}

/// The bars of cells that something is drawn for.
///
/// The points at which a cell is held are estimated from the paths. The error of the percentile `q`
/// of p is the mean over paths of `(p − 1{x ≤ q}) / f(q)`, with f the density (Bahadur 1966, "A note on
/// quantiles in large samples", Ann Math Stat 37:577), and moves the figure's mean by its slope: what a
/// path adds to the error is `(p − 1{x ≤ q})` times the [slope] by p. So the standard errors know how the
/// errors of both ends and of the figure as drawn go together; and those of several instances, each of
/// which has a slope of its own: whether they are independent or one follows another is in the paths.
pub(super) fn cells(
    holding: &Holding,
    figure: &Figure,
    drawn: &[f64],
    cells: &[DrawnCell],
    told: (&Settings, &Stages<'_>),
) -> Result<Vec<CellBar>, Problem> {
    let cells: Vec<&DrawnCell> = cells.iter().filter(|cell| cell.cell.draws).collect();
    // One end after the other, so that fewer columns are there at once.
    let lows = held(holding, figure, (&cells, HELD_AT[0]), told)?;
    let highs = held(holding, figure, (&cells, HELD_AT[1]), told)?;
    let mut bars: Vec<CellBar> = Vec::new();
    for ((cell, low), high) in cells.iter().zip(lows).zip(highs) {
        let moved = [cell.moves(HELD_AT[0], &low.slopes), cell.moves(HELD_AT[1], &high.slopes)];
        let both = low.figure.and_then(|low| Ok([low, high.figure?]));
        let values = HELD_AT.map(|part| cell.values_at(part));
        let evaluations = cell.cell.instances.iter().map(|instance| instance.evaluation);
        let values = evaluations.zip(values[0].iter().zip(&values[1]));
        bars.push(CellBar {
            cell: cell.cell.clone(),
            values: values.map(|(at, (low, high))| (at, [*low, *high])).collect(),
            in_steps: HELD_AT.iter().any(|part| cell.in_steps_at(*part)),
            ends: both.map(|both| Ends::of_estimated(drawn, both, moved)),
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

    #[test]
    fn a_slope_is_found_from_the_points_that_are_possible() {
        let points = |low, here, high| [(0.1, low), (0.125, here), (0.225, high)];
        let near = |found: f64, exact: f64| assert!((found - exact).abs() < 1e-9, "{found}");
        near(slope(points(Some(1.0), Some(9.0), Some(2.0))), 8.0);
        near(slope(points(None, Some(1.0), Some(2.0))), 10.0);
        near(slope(points(Some(1.0), Some(2.0), None)), 40.0);
        assert_eq!(slope(points(None, Some(1.0), None)), 0.0);
        // A percentile that cannot be lower than 0 or higher than 1.
        assert_eq!(slope([(0.0, Some(1.0)), (0.0, Some(1.0)), (0.0, None)]), 0.0);
    }
}
