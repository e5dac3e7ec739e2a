//! The cells of a scenario as quantities that could be known, and what they are made of.

use rustc_hash::FxHashMap;

use super::Quantity;
use crate::expr::{Node, NodeId};
use crate::random::{Family, Law};
use crate::scenario::{Draw, Model, Scenario};

/// What the keys of all draws of measuring begin with.
const MEASUREMENT: &str = "outcomes.";
/// What the keys of draws that only another contract makes end with.
pub(super) const ANOTHER: &str = "\u{0}another";

/// The cells of a scenario, each with a node per column.
pub(super) struct Cells {
    cells: Vec<(String, Vec<NodeId>)>,
}

impl Cells {
    /// The cells in the order of the file; one that is drawn at every evaluation, or that is a list,
    /// has several columns.
    pub(super) fn of(scenario: &Scenario) -> Cells {
        let mut cells: Vec<(String, Vec<NodeId>)> = Vec::new();
        for column in &scenario.model.cells {
            let name = column.name.split('[').next().unwrap_or_default();
            match cells.iter_mut().find(|(known, _)| known == name) {
                Some((_, nodes)) => nodes.push(column.node),
                None => cells.push((name.to_owned(), vec![column.node])),
            }
        }
        Cells { cells }
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.cells.iter().map(|(name, _)| name.as_str())
    }

    pub(super) fn nodes(&self) -> impl Iterator<Item = NodeId> {
        self.cells.iter().flat_map(|(_, nodes)| nodes.iter().copied())
    }

    /// The cells with their values.
    pub(super) fn quantities(self, scenario: &Scenario, values: Vec<Vec<f64>>) -> Vec<Quantity> {
        let draws = Draws::of(&scenario.model);
        let mut values = values.into_iter();
        let cells = self.cells.into_iter();
        cells
            .map(|(name, nodes)| Quantity {
                name,
                columns: values.by_ref().take(nodes.len()).collect(),
                made_of: Some(draws.under(&scenario.model, &nodes, |_| true)),
            })
            .collect()
    }
}

/// Each uncertain cell alone.
pub(super) fn each_alone(quantities: &[Quantity]) -> Vec<Vec<usize>> {
    let uncertain = (0..quantities.len()).filter(|at| quantities[*at].is_uncertain());
    uncertain.map(|at| vec![at]).collect()
}

/// The draws of a scenario, numbered so that other versions of it can be compared with it.
pub(super) struct Draws<'m>(FxHashMap<(&'m str, u32, u32), u32>);

impl<'m> Draws<'m> {
    pub(super) fn of(model: &'m Model) -> Draws<'m> {
        let number = |(number, draw): (u32, &'m Draw)| (key(draw), number);
        Draws((0..).zip(&model.draws).map(number).collect())
    }

    /// The draws that nodes of this scenario, or of another version of it, are made of, but for those
    /// that do not count. A draw that this scenario does not have counts as all of them.
    pub(super) fn under(
        &self,
        model: &Model,
        nodes: &[NodeId],
        counts: impl Fn(&Draw) -> bool,
    ) -> Vec<u32> {
        let mut draws = Vec::new();
        for node in model.graph.needed(nodes) {
            let Node::Draw(draw, _) = model.graph.node(node) else { continue };
            let draw = &model.draws[draw.index()];
            if counts(draw) {
                match self.0.get(&key(draw)) {
                    Some(number) => draws.push(*number),
                    None => draws.extend(self.0.values().copied()),
                }
            }
        }
        draws.sort_unstable();
        draws.dedup();
        draws
    }
}

fn key(draw: &Draw) -> (&str, u32, u32) {
    (&draw.cell, draw.index, draw.evaluation)
}

/// Whether a draw is chance of one contract, which another one draws anew: errors of measurement,
/// what is drawn at every evaluation, and counts of people; of a correlated count see
/// [`another`](super::another::another). What else is drawn once is what is not
/// known, the same for both.
pub(super) fn is_chance(draw: &Draw) -> bool {
    let counts = match &draw.law {
        Law::Family(family) => matches!(
            family,
            Family::Binomial | Family::Poisson | Family::NegativeBinomial | Family::BetaBinomial
        ),
        Law::Multinomial => true,
        Law::Choice | Law::Dirichlet | Law::Data(_) => false,
    };
    let again = draw.cell.ends_with(ANOTHER);
    counts || again || draw.evaluation > 0 || draw.cell.starts_with(MEASUREMENT)
}
