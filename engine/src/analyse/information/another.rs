//! Another contract of the same kind: what is not known is the same, chance is drawn anew.

use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive;
use rustc_hash::FxHashMap;

use super::cells::{ANOTHER, is_chance};
use crate::analyse::deviates::linear;
use crate::expr::{DrawId, Graph, Node, NodeId, Unit};
use crate::scenario::{Draw, Scenario};
use crate::simulate::Wanted;

/// What is left of a row, given those before it, that still counts.
const INDEPENDENT: f64 = 1e-9;

/// The scenario of another contract, with some results as they are there.
///
/// A correlated draw is made from the weighted sum `y = Σ w z` of independent normal deviates, and the
/// same `z` are in the sums of the cells that it is correlated with. Let A be the weights of those that
/// are not known but not chance (they are the same for both contracts), and Q an orthonormal basis of
/// its rows. Then `z' = QᵀQ z + (1 − QᵀQ) f`, with fresh `f`, are independent standard normal deviates
/// again, `A z' = A z`, and what chance makes of them is drawn from its law given what is not
/// known.
pub(super) fn another(scenario: &Scenario, wanted: &mut [Wanted]) -> Scenario {
    let mut scenario = scenario.clone();
    let model = &mut scenario.model;
    let mut roots: Vec<NodeId> = wanted.iter().map(|wanted| wanted.node).collect();
    roots.extend(wanted.iter().filter_map(|wanted| wanted.where_available));
    roots.extend(model.required.iter().map(|required| required.node));
    let cells = model.cells.iter().map(|cell| cell.node);
    let needed = model.graph.needed(&roots.iter().copied().chain(cells).collect::<Vec<_>>());
    let correlated = Correlated::of(&model.graph, &model.draws, &needed);
    if correlated.chance.is_empty() {
        return scenario;
    }
    let mut others: FxHashMap<NodeId, NodeId> =
        correlated.unknown.iter().map(|(node, _)| (*node, *node)).collect();
    let basis = correlated.basis();
    let fresh: Vec<NodeId> = (correlated.deviates.iter())
        .map(|(draw, node)| {
            let own = model.draws[draw.index()].clone();
            model.draws.push(Draw { cell: format!("{}{ANOTHER}", own.cell), ..own });
            let id = DrawId(model.draws.len() as u32 - 1);
            let Node::Draw(_, parameters) = model.graph.node(*node).clone() else { return *node };
            model.graph.draw(id, parameters, Unit::Bare)
        })
        .collect();
    for (at, (_, node)) in correlated.deviates.iter().enumerate() {
        let mut sum = None;
        for (of, (_, kept)) in correlated.deviates.iter().enumerate() {
            let stays: f64 = basis.iter().map(|row| row[at] * row[of]).sum();
            let anew = f64::from(u8::from(at == of)) - stays;
            for (weight, of) in [(stays, *kept), (anew, fresh[of])] {
                sum = weighted(&mut model.graph, sum, weight, of);
            }
        }
        others.insert(*node, sum.unwrap_or(*node));
    }
    let mut moved = model.graph.replaced(&roots, &others).into_iter();
    for wanted in wanted.iter_mut() {
        wanted.node = moved.next().unwrap_or(wanted.node);
    }
    for available in wanted.iter_mut().filter_map(|wanted| wanted.where_available.as_mut()) {
        *available = moved.next().unwrap_or(*available);
    }
    for (required, node) in model.required.iter_mut().zip(moved) {
        required.node = node;
    }
    scenario
}

/// The correlated draws of a scenario that are made once.
#[derive(Default)]
struct Correlated {
    /// The deviates they are made from, each with its node.
    deviates: Vec<(DrawId, NodeId)>,
    /// Those that are not known, but the same for another contract, with their weights.
    unknown: Vec<(NodeId, Vec<(DrawId, f64)>)>,
    /// Those that are chance.
    chance: Vec<NodeId>,
}

impl Correlated {
    /// Of some nodes, in their order.
    fn of(graph: &Graph, draws: &[Draw], nodes: &[NodeId]) -> Correlated {
        let mut found = Correlated::default();
        let mut plain: FxHashMap<DrawId, NodeId> = FxHashMap::default();
        for id in nodes.iter().copied() {
            let Node::Draw(draw, parameters) = graph.node(id) else { continue };
            let own = &draws[draw.index()];
            match (own.inverse && own.evaluation == 0, parameters.last()) {
                (true, Some(deviate)) => {
                    let weights = linear(graph, *deviate);
                    for (of, _) in &weights {
                        let known = found.deviates.iter().any(|(known, _)| known == of);
                        if let (false, Some(node)) = (known, plain.get(of)) {
                            found.deviates.push((*of, *node));
                        }
                    }
                    match is_chance(own) {
                        true => found.chance.push(id),
                        false => found.unknown.push((id, weights)),
                    }
                }
                _ => {
                    plain.insert(*draw, id);
                }
            }
        }
        found
    }

    /// An orthonormal basis of the weights of what is not known (Gram and Schmidt).
    fn basis(&self) -> Vec<Vec<f64>> {
        let mut basis: Vec<Vec<f64>> = Vec::new();
        for (_, weights) in &self.unknown {
            let weight = |of: &DrawId| -> f64 {
                weights.iter().filter(|(draw, _)| draw == of).map(|(_, weight)| weight).sum()
            };
            let mut row: Vec<f64> = self.deviates.iter().map(|(of, _)| weight(of)).collect();
            // Twice, so that rounding leaves nothing of the others.
            for other in basis.iter().chain(&basis) {
                let along: f64 = row.iter().zip(other).map(|(a, b)| a * b).sum();
                row.iter_mut().zip(other).for_each(|(a, b)| *a -= along * b);
            }
            let length = row.iter().map(|part| part * part).sum::<f64>().sqrt();
            if length > INDEPENDENT {
                row.iter_mut().for_each(|part| *part /= length);
                basis.push(row);
            }
        }
        basis
    }
}

/// `sum + weight × of`, but for a weight that is rounding alone.
fn weighted(graph: &mut Graph, sum: Option<NodeId>, weight: f64, of: NodeId) -> Option<NodeId> {
    if weight.abs() < INDEPENDENT {
        return sum;
    }
    let weight = graph.number(Decimal::from_f64(weight).unwrap_or_default(), Unit::Bare);
    let part = graph.multiply(weight, of).unwrap_or(of);
    Some(sum.map_or(part, |sum| graph.add(sum, part).unwrap_or(part)))
}
