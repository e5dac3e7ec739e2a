//! The cells of a scenario that differ from path to path.

use rustc_hash::FxHashSet;

use super::hold::Held;
use crate::expr::{Node, NodeId};
use crate::scenario::{CellColumn, Model};

/// A cell that differs from path to path; an entry of a list is a cell of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UncertainCell {
    /// Its name.
    pub name: String,
    /// Whether something is drawn for it; it follows from other cells otherwise.
    pub draws: bool,
    /// The cells it is correlated with.
    pub partners: Vec<String>,
    /// Where it has its values: once, or at each evaluation.
    pub(super) instances: Vec<Instance>,
}

/// A cell at an evaluation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Instance {
    /// The position of the evaluation; `None` for a cell that is drawn once.
    pub(super) evaluation: Option<usize>,
    /// Its value with the programme's effect.
    pub(super) node: NodeId,
    /// Its value without, where it is another and uncertain too.
    pub(super) no_effect: Option<NodeId>,
}

impl UncertainCell {
    /// Every uncertain cell, in the order of the file.
    pub(super) fn all(model: &Model) -> Vec<UncertainCell> {
        let groups = Groups::of(model);
        let mut all: Vec<UncertainCell> = Vec::new();
        for cell in &model.cells {
            let drawn = drawn_for(model, cell.node);
            if drawn.is_empty() {
                continue;
            }
            let without = model.no_effect_cells.iter().find(|other| same(other, cell));
            let no_effect = without
                .map(|other| other.node)
                .filter(|node| *node != cell.node && !drawn_for(model, *node).is_empty());
            let base = base_of(&cell.name);
            let instance = Instance { evaluation: cell.evaluation, node: cell.node, no_effect };
            let draws = drawn.contains(base);
            match all.iter_mut().find(|known| known.name == cell.name) {
                Some(known) => {
                    known.draws |= draws;
                    known.instances.push(instance);
                }
                None => all.push(UncertainCell {
                    name: cell.name.clone(),
                    draws,
                    partners: groups.partners(base),
                    instances: vec![instance],
                }),
            }
        }
        all
    }
}

/// A cell and its values on every path, NaN where it is no number.
pub(super) struct DrawnCell {
    pub(super) cell: UncertainCell,
    /// Instance by instance.
    pub(super) columns: Vec<Vec<f64>>,
    /// Those without effect, of the instances that differ there.
    pub(super) no_effect: Vec<Vec<f64>>,
}

impl DrawnCell {
    /// The nodes whose values are needed: its instances, then those that differ without effect.
    pub(super) fn nodes(cell: &UncertainCell) -> impl Iterator<Item = NodeId> + '_ {
        let instances = cell.instances.iter();
        instances.map(|of| of.node).chain(cell.instances.iter().filter_map(|of| of.no_effect))
    }

    /// The cell with the columns of its [`nodes`](Self::nodes), the next ones of `columns`.
    pub(super) fn of(cell: UncertainCell, columns: &mut impl Iterator<Item = Vec<f64>>) -> Self {
        let without = cell.instances.iter().filter(|of| of.no_effect.is_some()).count();
        DrawnCell {
            columns: columns.by_ref().take(cell.instances.len()).collect(),
            no_effect: columns.by_ref().take(without).collect(),
            cell,
        }
    }

    /// Its values at a percentile, each instance at its own.
    pub(super) fn values_at(&self, part: f64) -> Vec<f64> {
        self.columns.iter().map(|column| percentile(column, part)).collect()
    }

    /// The columns of its [`nodes`](Self::nodes).
    fn all_columns(&self) -> impl Iterator<Item = &Vec<f64>> {
        self.columns.iter().chain(&self.no_effect)
    }

    /// What each path moves by being one of those that its percentiles are found from; `slopes` are by
    /// the percentile of each of its [`nodes`](Self::nodes). That of a column is found from the paths
    /// where it has a value: `slope × (p − 1)` where that is no more than the percentile, `slope × p`
    /// where it is more, times all paths for each of them.
    pub(super) fn moves(&self, part: f64, slopes: &[f64]) -> Vec<f64> {
        let mut moved = vec![0.0; self.columns.first().map_or(0, Vec::len)];
        for (column, slope) in self.all_columns().zip(slopes) {
            let held = percentile(column, part);
            let weight = slope * column.len() as f64 / known(column).max(1) as f64;
            for (moved, value) in moved.iter_mut().zip(column).filter(|(_, value)| !value.is_nan())
            {
                let below = f64::from(u8::from(*value <= held));
                *moved += weight * (part - below);
            }
        }
        moved
    }

    /// What holding it means where one of its [`nodes`](Self::nodes) alone is held elsewhere: node by
    /// node, at the percentile a standard error, `√(p(1 − p) / n)`, below and above. Each with that
    /// percentile.
    pub(super) fn around(&self, part: f64) -> Vec<[(f64, Held); 2]> {
        let held = self.held_at(part);
        let around = |(at, column): (usize, &Vec<f64>)| {
            let reach = error_of(part, known(column));
            [part - reach, part + reach].map(|beside| {
                let (beside, mut held) = (beside.clamp(0.0, 1.0), held.clone());
                held[at].1 = percentile(column, beside);
                (beside, held)
            })
        };
        self.all_columns().enumerate().map(around).collect()
    }

    /// Whether at a percentile more paths have the very same value than the percentile's standard
    /// error is of them: the value does not spread around the true one as a continuous cell's does.
    /// Without effect the value may be the same everywhere, such as 0, and is not looked at.
    pub(super) fn in_steps_at(&self, part: f64) -> bool {
        self.columns.iter().any(|column| {
            let (held, paths) = (percentile(column, part), known(column));
            let same = column.iter().filter(|value| **value == held).count();
            same as f64 > error_of(part, paths) * paths as f64
        })
    }

    /// What holding it at a percentile means: each instance at its own; without effect, at that of
    /// what it is there.
    pub(super) fn held_at(&self, part: f64) -> Held {
        let nodes = DrawnCell::nodes(&self.cell);
        nodes.zip(self.all_columns().map(|column| percentile(column, part))).collect()
    }
}

/// On how many paths there is a value.
fn known(column: &[f64]) -> usize {
    column.iter().filter(|value| !value.is_nan()).count()
}

/// The standard error of what part of so many paths lies below a percentile's true value.
fn error_of(part: f64, paths: usize) -> f64 {
    (part * (1.0 - part) / paths.max(1) as f64).sqrt()
}

/// A percentile of values, as one of them (type 1: the inverse of the empirical distribution), so
/// that a count stays a count. NaN when there are none.
fn percentile(values: &[f64], part: f64) -> f64 {
    let mut known: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
    let Some(last) = known.len().checked_sub(1) else { return f64::NAN };
    let place = ((part * known.len() as f64).ceil() as usize).saturating_sub(1).min(last);
    *known.select_nth_unstable_by(place, f64::total_cmp).1
}

/// The cell an entry of a list belongs to.
pub(super) fn base_of(name: &str) -> &str {
    name.split('[').next().unwrap_or(name)
}

fn same(a: &CellColumn, b: &CellColumn) -> bool {
    a.name == b.name && a.evaluation == b.evaluation
}

/// What draws the numbers a node is made from.
fn drawn_for(model: &Model, node: NodeId) -> FxHashSet<&str> {
    draws_in(model, &[node]).map(|draw| model.draws[draw].cell.as_str()).collect()
}

/// The draws that nodes are made from, as positions in the model's.
pub(super) fn draws_in<'m>(model: &'m Model, nodes: &[NodeId]) -> impl Iterator<Item = usize> + 'm {
    let needed = model.graph.needed(nodes).into_iter();
    needed.filter_map(|id| match model.graph.node(id) {
        Node::Draw(draw, _) => Some(draw.index()),
        _ => None,
    })
}

/// Which cells are correlated, directly or through others.
pub(super) struct Groups(Vec<Vec<String>>);

impl Groups {
    /// A correlated cell is made from normal deviates, its own and those of cells it is correlated
    /// with: who shares deviates is one group.
    pub(super) fn of(model: &Model) -> Groups {
        let mut groups: Vec<Vec<String>> = Vec::new();
        let cells = model.cells.iter().chain(&model.no_effect_cells).map(|cell| cell.node);
        for id in model.graph.needed(&cells.collect::<Vec<_>>()) {
            let Node::Draw(draw, parameters) = model.graph.node(id) else { continue };
            let draw = &model.draws[draw.index()];
            let (true, Some(deviate)) = (draw.inverse, parameters.last()) else { continue };
            let mut group: Vec<String> =
                drawn_for(model, *deviate).into_iter().map(str::to_owned).collect();
            group.push(draw.cell.clone());
            let (joined, apart): (Vec<_>, Vec<_>) =
                groups.into_iter().partition(|known| known.iter().any(|name| group.contains(name)));
            group.extend(joined.into_iter().flatten());
            groups = apart;
            groups.push(group);
        }
        for group in &mut groups {
            group.sort_unstable();
            group.dedup();
        }
        Groups(groups)
    }

    /// The cells that are drawn together with this one, itself among them.
    pub(super) fn with(&self, cell: &str) -> Vec<String> {
        let group = self.0.iter().find(|group| group.iter().any(|name| name == cell));
        group.cloned().unwrap_or_else(|| vec![cell.to_owned()])
    }

    fn partners(&self, cell: &str) -> Vec<String> {
        self.with(cell).into_iter().filter(|name| name != cell).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_one_of_the_values() {
        let values = [5.0, f64::NAN, 1.0, 4.0, 2.0, 3.0];
        // ⌈0.10 × 5⌉ = 1st, ⌈0.5 × 5⌉ = 3rd, ⌈0.90 × 5⌉ = 5th.
        assert_eq!([0.10, 0.5, 0.90].map(|part| percentile(&values, part)), [1.0, 3.0, 5.0]);
        assert!(percentile(&[f64::NAN], 0.5).is_nan());
        // 10 values: the 1st and the 9th.
        let ten: Vec<f64> = (1..=10).map(f64::from).collect();
        assert_eq!([0.10, 0.90].map(|part| percentile(&ten, part)), [1.0, 9.0]);
    }

    fn drawn(columns: Vec<Vec<f64>>) -> DrawnCell {
        let (name, partners, instances) = (String::new(), Vec::new(), Vec::new());
        let cell = UncertainCell { name, draws: true, partners, instances };
        DrawnCell { cell, columns, no_effect: Vec::new() }
    }

    #[test]
    fn each_instance_moves_by_a_slope_of_its_own() {
        let none = f64::NAN;
        let cell = drawn(vec![vec![1.0, 2.0, 3.0, 4.0], vec![none, 5.0, 6.0, none]]);
        // At the median, 2: ∓0.5 × 2. Of the second, 5, on two of four paths: ∓0.5 × 10 × 2.
        assert_eq!(cell.moves(0.5, &[2.0, 10.0]), [-1.0, -11.0, 11.0, 1.0]);
        assert_eq!(cell.moves(0.5, &[2.0, 0.0]), [-1.0, -1.0, 1.0, 1.0]);
    }

    #[test]
    fn a_cell_is_in_steps_where_the_values_of_many_paths_are_the_same() {
        // Of 100 paths the error of a tenth is √(0.1 × 0.9 × 100) = 3 paths.
        let of = |value: fn(usize) -> usize| -> Vec<f64> {
            (0..100).map(|at| value(at) as f64).collect()
        };
        assert!(!drawn(vec![of(|at| at)]).in_steps_at(0.1));
        assert!(!drawn(vec![of(|at| at / 2)]).in_steps_at(0.1));
        assert!(drawn(vec![of(|at| at / 5)]).in_steps_at(0.1));
        assert!(drawn(vec![of(|at| at), of(|at| at % 2)]).in_steps_at(0.9));
        let none_without_effect =
            DrawnCell { no_effect: vec![of(|_| 0)], ..drawn(vec![of(|at| at)]) };
        assert!(!none_without_effect.in_steps_at(0.1));
    }
}
