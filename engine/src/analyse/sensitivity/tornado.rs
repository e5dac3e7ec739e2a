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

/// The figure at both ends of a bar. Everything else is as drawn, on the same random numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ends {
    /// The figure's mean with the lower value, then with the higher.
    pub means: [Mean; 2],
    /// By how much each differs from the figure as drawn, path by path.
    pub changes: [Mean; 2],
    /// The mean with the higher value less that with the lower, path by path.
    pub difference: Mean,
    /// Paths left out, because the figure is not there on all three.
    pub missing: u64,
}

impl Ends {
    pub(super) fn of(drawn: &[f64], [mut low, mut high]: [Vec<f64>; 2]) -> Ends {
        let mut missing = 0;
        for ((drawn, low), high) in drawn.iter().zip(&mut low).zip(&mut high) {
            if drawn.is_nan() || low.is_nan() || high.is_nan() {
                (*low, *high) = (f64::NAN, f64::NAN);
                missing += 1;
            }
        }
        Ends {
            means: [mean_of(low.iter().copied()), mean_of(high.iter().copied())],
            changes: [difference_of(&low, drawn), difference_of(&high, drawn)],
            difference: difference_of(&high, &low),
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

/// The bars of cells that something is drawn for.
pub(super) fn cells(
    holding: &Holding,
    figure: &Figure,
    drawn: &[f64],
    cells: &[DrawnCell],
    told: (&Settings, &Stages<'_>),
) -> Result<Vec<CellBar>, Problem> {
    let cells = || cells.iter().filter(|cell| cell.cell.draws);
    let sets: Vec<Held> = cells().flat_map(|cell| HELD_AT.map(|part| cell.held_at(part))).collect();
    let columns = holding.each(&[figure.measure.wanted], &sets, told)?.into_iter();
    let mut columns = columns.map(|columns| {
        columns.map(|columns| figure.of(columns.into_iter().next().unwrap_or_default()))
    });
    let mut bars: Vec<CellBar> = Vec::new();
    for cell in cells() {
        let (Some(low), Some(high)) = (columns.next(), columns.next()) else { break };
        let ends = low.and_then(|low| Ok(Ends::of(drawn, [low, high?])));
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
