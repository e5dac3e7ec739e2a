//! Copies of results in which other nodes stand in the place of some.

use rustc_hash::FxHashMap;

use super::{Graph, Node, NodeId};

impl Node {
    /// The same operation on other operands.
    pub(super) fn with_operands(&self, at: impl Fn(NodeId) -> NodeId) -> Node {
        match self {
            Node::Number(value, unit) => Node::Number(*value, unit.clone()),
            Node::Symbol(symbol) => Node::Symbol(*symbol),
            Node::Apply(function, a) => Node::Apply(*function, at(*a)),
            Node::Add(a, b) => Node::Add(at(*a), at(*b)),
            Node::Subtract(a, b) => Node::Subtract(at(*a), at(*b)),
            Node::Multiply(a, b) => Node::Multiply(at(*a), at(*b)),
            Node::Divide(a, b) => Node::Divide(at(*a), at(*b)),
            Node::Smaller(a, b) => Node::Smaller(at(*a), at(*b)),
            Node::Larger(a, b) => Node::Larger(at(*a), at(*b)),
            Node::Compare(relation, a, b) => Node::Compare(*relation, at(*a), at(*b)),
            Node::Select { when, then, otherwise } => {
                Node::Select { when: at(*when), then: at(*then), otherwise: at(*otherwise) }
            }
            Node::Round(a, rounding) => Node::Round(at(*a), *rounding),
            Node::Draw(draw, parameters) => {
                Node::Draw(*draw, parameters.iter().map(|id| at(*id)).collect())
            }
            Node::Mark(mark, a) => Node::Mark(*mark, at(*a)),
            Node::RateOfReturn { flows } => Node::RateOfReturn {
                flows: flows.iter().map(|(time, amount)| (*time, at(*amount))).collect(),
            },
        }
    }
}

impl Graph {
    /// The roots as they are where other nodes stand in the place of some. A root that needs none
    /// of those is itself.
    pub fn replaced(
        &mut self,
        roots: &[NodeId],
        others: &FxHashMap<NodeId, NodeId>,
    ) -> Vec<NodeId> {
        let mut here: FxHashMap<NodeId, NodeId> = others.clone();
        for id in self.needed(roots) {
            if here.contains_key(&id) {
                continue;
            }
            let at = |id: NodeId| here.get(&id).copied().unwrap_or(id);
            let mut moved = false;
            self.node(id).operands(|operand| moved |= at(operand) != operand);
            if moved {
                let copy = self.node(id).with_operands(at);
                let unit = self.unit(id).clone();
                let copy = self.intern(copy, unit);
                here.insert(id, copy);
            }
        }
        roots.iter().map(|root| here.get(root).copied().unwrap_or(*root)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expr::block::{Inputs, Program};
    use crate::expr::{DrawId, Interval, SymbolId, Unit};

    struct Two;

    impl Inputs for Two {
        type Error = ();

        fn symbol(&self, symbol: SymbolId, _: u64, out: &mut [f64]) -> Result<(), ()> {
            out.fill(2.0 + symbol.index() as f64);
            Ok(())
        }

        fn draw(&self, _: DrawId, _: u64, _: &[&[f64]], _: &mut [f64]) -> Result<(), ()> {
            Err(())
        }
    }

    #[test]
    fn what_needs_the_node_is_copied_and_nothing_else() {
        let mut graph = Graph::default();
        let [a, b] = ["a", "b"].map(|name| graph.symbol(name, Unit::Number, Interval::ALL));
        let product = graph.multiply(a, b).unwrap();
        let sum = graph.add(product, b).unwrap();
        let doubled = graph.add(b, b).unwrap();
        let ten = graph.number(10.into(), Unit::Number);
        let others = [(a, ten)].into_iter().collect();
        let replaced = graph.replaced(&[sum, doubled, a], &others);
        assert_eq!(replaced[1..], [doubled, ten]);
        // a = 2, b = 3: a b + b = 9, and 10 × 3 + 3 = 33 in its place.
        let program = Program::compile(&graph, &[sum, replaced[0]]);
        let mut workspace = program.workspace(1);
        program.run(&Two, 0, 1, &mut workspace).unwrap();
        assert_eq!([0, 1].map(|at| program.root(at, &workspace)[0]), [9.0, 33.0]);
        // Once more, and it is the same node.
        assert_eq!(graph.replaced(&[sum], &others)[0], replaced[0]);
    }
}
