//! Several scenarios in one graph, which draw what they have in common once.

use crate::expr::{DrawId, NodeId};
use crate::scenario::{Draw, Model, Scenario};
use crate::simulate::Wanted;

/// A scenario with the results of others beside its own: draws with the same key are the same
/// numbers, and what is computed alike from them is one node, so that two results can be compared
/// path by path and cost little more than one.
#[derive(Debug, Clone)]
pub struct Stack {
    scenario: Scenario,
}

impl Stack {
    /// Begins with a scenario, whose nodes keep their ids.
    #[must_use]
    pub fn of(scenario: &Scenario) -> Stack {
        Stack { scenario: scenario.clone() }
    }

    /// The model, to which further nodes may be added.
    pub fn model(&mut self) -> &mut Model {
        &mut self.scenario.model
    }

    /// Puts results of another scenario beside, with what must hold of it on every path. Returns
    /// them as they are here.
    pub fn add(&mut self, other: &Scenario, wanted: &[Wanted]) -> Vec<Wanted> {
        let theirs = &other.model;
        let mut roots: Vec<NodeId> = wanted.iter().map(|wanted| wanted.node).collect();
        let required = roots.len();
        roots.extend(theirs.required.iter().map(|required| required.node));
        let partly = roots.len();
        roots.extend(wanted.iter().filter_map(|wanted| wanted.where_available));
        let Model { graph, draws, required: all, .. } = &mut self.scenario.model;
        let ids: Vec<DrawId> = theirs.draws.iter().map(|draw| id_of(draws, draw)).collect();
        let nodes = graph.graft_drawing(
            &theirs.graph,
            &roots,
            |graph, symbol| {
                let symbol = theirs.graph.symbol_of(symbol).clone();
                graph.symbol(&symbol.name, symbol.unit, symbol.support)
            },
            |graph, draw, parameters, unit| graph.draw(ids[draw.index()], parameters, unit),
        );
        for (required, node) in theirs.required.iter().zip(&nodes[required..]) {
            let mut here = required.clone();
            here.node = *node;
            if !all.contains(&here) {
                all.push(here);
            }
        }
        let mut available = nodes[partly..].iter();
        let here = wanted.iter().zip(&nodes).map(|(wanted, node)| Wanted {
            node: *node,
            where_available: wanted.where_available.and_then(|_| available.next().copied()),
        });
        here.collect()
    }

    /// The scenario that computes all of them.
    #[must_use]
    pub fn scenario(&self) -> &Scenario {
        &self.scenario
    }
}

/// The number of a draw, which has one of its own where no equal one is known.
fn id_of(draws: &mut Vec<Draw>, draw: &Draw) -> DrawId {
    let known = draws.iter().position(|known| known == draw);
    let position = known.unwrap_or_else(|| {
        draws.push(draw.clone());
        draws.len() - 1
    });
    DrawId(position as u32)
}
