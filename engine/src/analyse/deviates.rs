//! What correlated draws are made from: independent normal deviates.

use rust_decimal::prelude::ToPrimitive;

use crate::expr::{DrawId, Graph, Node, NodeId};

/// A weighted sum of draws, as its weights: the deviate of a correlated draw.
pub(super) fn linear(graph: &Graph, node: NodeId) -> Vec<(DrawId, f64)> {
    match graph.node(node) {
        Node::Draw(draw, _) => vec![(*draw, 1.0)],
        Node::Add(a, b) => {
            let mut all = linear(graph, *a);
            all.extend(linear(graph, *b));
            all
        }
        Node::Multiply(a, b) => {
            let weight = |of: NodeId| graph.literal(of).and_then(|weight| weight.to_f64());
            let (weight, of) = match (weight(*a), weight(*b)) {
                (Some(weight), _) => (weight, *b),
                (_, Some(weight)) => (weight, *a),
                _ => return Vec::new(),
            };
            linear(graph, of).into_iter().map(|(draw, part)| (draw, weight * part)).collect()
        }
        _ => Vec::new(),
    }
}
