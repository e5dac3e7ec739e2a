//! The uncertain cells of a scenario as standard normal deviates that can be shifted.

use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive;
use rustc_hash::FxHashMap;

use crate::analyse::deviates::linear;
use crate::expr::{DrawId, Graph, Interval, Node, NodeId, SymbolId, Unit};
use crate::random::Family;
use crate::scenario::{Draw, Required, Scenario};

/// The key of a draw's random numbers.
type Key = (String, u32, u32);

fn key_of(draw: &Draw) -> Key {
    (draw.cell.clone(), draw.index, draw.evaluation)
}

/// One draw of a cell that a figure depends on.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Input {
    pub(super) cell: String,
    /// Which draw of the cell it is, from 0.
    pub(super) draw: u32,
    /// The position of the evaluation; `None` for a draw per path.
    pub(super) evaluation: Option<usize>,
    /// How the independent deviates move when this one moves by 1 and those that are correlated
    /// with it move as they are expected to then: of length 1.
    pub(super) direction: Vec<f64>,
}

/// A column of a cell: its name, the position of its evaluation, its node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) cell: String,
    pub(super) evaluation: Option<usize>,
    node: NodeId,
}

/// A figure of a scenario, every draw of a cell being the value at a standard normal deviate that is
/// shifted.
///
/// A draw `x = F⁻¹(Φ(Z))` becomes `F⁻¹(Φ(Z + z))`: the same law at z = 0, and at any other z the law
/// moved along its own quantiles. Draws that are correlated are made from independent deviates
/// already, and those are shifted.
pub(super) struct Space {
    /// Its graph has a symbol for each shift.
    shifting: Graph,
    figure: NodeId,
    required: Vec<Required>,
    columns: Vec<Column>,
    deviates: Vec<NodeId>,
    pub(super) inputs: Vec<Input>,
    /// The scenario that is simulated, whose graph is replaced.
    scenario: Scenario,
}

impl Space {
    pub(super) fn of(scenario: &Scenario, figure: NodeId) -> Space {
        let model = &scenario.model;
        let cells: Vec<&str> = model.cells.iter().map(|cell| plain(&cell.name)).collect();
        let is_cell = |draw: &Draw| cells.contains(&draw.cell.as_str());
        let needed = model.graph.needed(&[figure]);
        let used: Vec<(usize, NodeId)> = needed
            .iter()
            .filter_map(|id| match model.graph.node(*id) {
                Node::Draw(draw, _) => Some((draw.index(), *id)),
                _ => None,
            })
            .filter(|(draw, _)| is_cell(&model.draws[*draw]))
            .collect();
        // In the order in which cells draw.
        let mut used = used;
        used.sort_by_key(|(draw, id)| (*draw, *id));
        let correlated: Vec<Key> =
            model.draws.iter().filter(|draw| draw.inverse).map(key_of).collect();
        let mut keys: Vec<Key> = Vec::new();
        for (draw, _) in &used {
            let draw = &model.draws[*draw];
            let key = key_of(draw);
            if !draw.inverse && !keys.contains(&key) {
                keys.push(key);
            }
        }
        let mut inputs: Vec<Input> = Vec::new();
        for (position, id) in &used {
            let draw = &model.draws[*position];
            let mut direction = vec![0.0; keys.len()];
            match (draw.inverse, model.graph.node(*id)) {
                (true, Node::Draw(_, parameters)) => {
                    let deviate = parameters.last().copied().into_iter();
                    for (of, weight) in deviate.flat_map(|of| linear(&model.graph, of)) {
                        let key = key_of(&model.draws[of.index()]);
                        if let Some(at) = keys.iter().position(|known| *known == key) {
                            direction[at] += weight;
                        }
                    }
                }
                // What a correlated draw is made from is no input of its own.
                _ if correlated.contains(&key_of(draw)) => continue,
                _ => {
                    if let Some(at) = keys.iter().position(|known| *known == key_of(draw)) {
                        direction[at] = 1.0;
                    }
                }
            }
            let evaluation = (draw.evaluation > 0).then(|| draw.evaluation as usize - 1);
            let known = inputs.iter().any(|input| {
                (&input.cell, input.draw, input.evaluation) == (&draw.cell, draw.index, evaluation)
            });
            if !known {
                let (cell, draw) = (draw.cell.clone(), draw.index);
                inputs.push(Input { cell, draw, evaluation, direction });
            }
        }
        let mut draws = model.draws.clone();
        let mut shifting = Graph::default();
        let (zero, one) =
            (shifting.number(Decimal::ZERO, Unit::Bare), shifting.number(Decimal::ONE, Unit::Bare));
        let mut shifted = Vec::new();
        let mut deviates = Vec::new();
        for (at, (cell, index, evaluation)) in keys.iter().enumerate() {
            let law = Family::Normal.into();
            let (cell, index, evaluation) = (cell.clone(), *index, *evaluation);
            let id = id_of(&mut draws, Draw { law, cell, index, evaluation, inverse: false });
            let z = shifting.draw(id, vec![zero, one], Unit::Bare);
            let shift = shifting.symbol(&format!("shift {at}"), Unit::Bare, Interval::ALL);
            deviates.push(z);
            shifted.push(shifting.add(z, shift).unwrap_or(z));
        }
        let places: FxHashMap<&Key, usize> = keys.iter().zip(0..).collect();
        let required: Vec<&Required> = (model.required.iter())
            .filter(|required| needed.binary_search(&required.node).is_ok())
            .collect();
        let mut roots = vec![figure];
        roots.extend(required.iter().map(|required| required.node));
        roots.extend(model.cells.iter().map(|cell| cell.node));
        let nodes = shifting.graft_drawing(
            &model.graph,
            &roots,
            |graph, symbol| {
                let symbol = model.graph.symbol_of(symbol).clone();
                graph.symbol(&symbol.name, symbol.unit, symbol.support)
            },
            |graph, id, mut parameters, unit| {
                let draw = &model.draws[id.index()];
                match places.get(&key_of(draw)) {
                    Some(at) if !draw.inverse && correlated.contains(&key_of(draw)) => shifted[*at],
                    Some(at) if !draw.inverse => {
                        let made = id_of(&mut draws, Draw { inverse: true, ..draw.clone() });
                        parameters.push(shifted[*at]);
                        graph.draw(made, parameters, unit)
                    }
                    _ => graph.draw(id, parameters, unit),
                }
            },
        );
        let (first, rest) = nodes.split_at(1);
        let (needs, columns) = rest.split_at(required.len());
        let required = required.into_iter().zip(needs);
        let required = required.map(|(of, node)| Required { node: *node, ..of.clone() }).collect();
        let columns = model.cells.iter().zip(columns).map(|(cell, node)| Column {
            cell: cell.name.clone(),
            evaluation: cell.evaluation,
            node: *node,
        });
        let columns = columns.collect();
        let mut scenario = scenario.clone();
        scenario.model.draws = draws;
        Space { shifting, figure: first[0], required, columns, deviates, inputs, scenario }
    }

    /// How many independent deviates there are.
    pub(super) fn size(&self) -> usize {
        self.deviates.len()
    }

    /// The scenario whose graph computes the figure at each of these shifts, and where.
    pub(super) fn at(&mut self, shifts: &[Vec<f64>]) -> (&Scenario, Vec<NodeId>) {
        let figure = self.figure;
        let (graph, required, nodes) = self.shifted(shifts, |_| vec![figure]);
        self.scenario.model.graph = graph;
        self.scenario.model.required = required;
        (&self.scenario, nodes)
    }

    /// The same of the columns of cells.
    pub(super) fn columns_at(&mut self, shifts: &[Vec<f64>]) -> (&Scenario, Vec<NodeId>) {
        let all = |space: &Space| space.columns.iter().map(|column| column.node).collect();
        let (graph, _, nodes) = self.shifted(shifts, all);
        self.scenario.model.graph = graph;
        self.scenario.model.required = Vec::new();
        (&self.scenario, nodes)
    }

    /// The cells whose columns [`columns_at`](Self::columns_at) gives.
    pub(super) fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The independent deviates, before they are shifted.
    pub(super) fn deviates(&mut self) -> (&Scenario, Vec<NodeId>) {
        let deviates = |space: &Space| space.deviates.clone();
        let (graph, _, nodes) = self.shifted(&[vec![0.0; self.size()]], deviates);
        self.scenario.model.graph = graph;
        self.scenario.model.required = Vec::new();
        (&self.scenario, nodes)
    }

    fn shifted(
        &self,
        shifts: &[Vec<f64>],
        wanted: impl Fn(&Space) -> Vec<NodeId>,
    ) -> (Graph, Vec<Required>, Vec<NodeId>) {
        let wanted = wanted(self);
        let mut roots = wanted.clone();
        roots.extend(self.required.iter().map(|required| required.node));
        let (mut graph, mut required, mut nodes) = (Graph::default(), Vec::new(), Vec::new());
        for shift in shifts {
            let number = |graph: &mut Graph, symbol: SymbolId| {
                let symbol = self.shifting.symbol_of(symbol);
                let at = symbol.name.strip_prefix("shift ").and_then(|at| at.parse().ok());
                match at.and_then(|at: usize| shift.get(at)) {
                    Some(by) => {
                        let by = Decimal::from_f64(*by).unwrap_or_default();
                        graph.number(by, Unit::Bare)
                    }
                    None => graph.symbol(&symbol.name, symbol.unit.clone(), symbol.support),
                }
            };
            let same = |graph: &mut Graph, id, parameters, unit| graph.draw(id, parameters, unit);
            let here = graph.graft_drawing(&self.shifting, &roots, number, same);
            nodes.extend(&here[..wanted.len()]);
            let these = self.required.iter().zip(&here[wanted.len()..]);
            required.extend(these.map(|(of, node)| Required { node: *node, ..of.clone() }));
        }
        (graph, required, nodes)
    }
}

/// The name of a cell without the number of its entry.
fn plain(name: &str) -> &str {
    name.split_once('[').map_or(name, |(cell, _)| cell)
}

fn id_of(draws: &mut Vec<Draw>, draw: Draw) -> DrawId {
    let known = draws.iter().position(|known| *known == draw);
    let position = known.unwrap_or_else(|| {
        draws.push(draw);
        draws.len() - 1
    });
    DrawId(position as u32)
}
