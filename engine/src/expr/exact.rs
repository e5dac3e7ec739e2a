//! Exact evaluation, for settlement, worked examples and statements.

use rustc_hash::FxHashMap;

use super::{Exact, Fault, Function, Graph, MarkId, Node, NodeId, Relation, SymbolId};

/// A fault and the node it arose at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FaultAt {
    /// What went wrong.
    pub fault: Fault,
    /// The node that could not be computed.
    pub node: NodeId,
}

/// The nodes some roots need, ready to be evaluated any number of times.
#[derive(Debug, Clone)]
pub struct Evaluator<'g> {
    graph: &'g Graph,
    order: Vec<NodeId>,
    values: Vec<Result<Exact, FaultAt>>,
}

impl<'g> Evaluator<'g> {
    /// Prepares the evaluation of `roots`.
    #[must_use]
    pub fn new(graph: &'g Graph, roots: &[NodeId]) -> Self {
        let unread = FaultAt { fault: Fault::Unavailable, node: *roots.first().unwrap_or(&FIRST) };
        let mut values = vec![Err(unread); graph.len()];
        let mut order = graph.needed(roots);
        // Numbers are the same in every run.
        order.retain(|id| match graph.node(*id) {
            Node::Number(value, _) => {
                values[id.index()] = Ok(Exact::from(*value));
                false
            }
            _ => true,
        });
        Self { graph, order, values }
    }

    /// Evaluates with these values for symbols, and for marks that are told rather than computed.
    ///
    /// A symbol without a value is a fault only where it is read: a choice reads one side.
    pub fn run(
        &mut self,
        symbols: impl Fn(SymbolId) -> Option<Exact>,
        marks: &FxHashMap<MarkId, Exact>,
    ) {
        for &id in &self.order {
            let told = match self.graph.node(id) {
                Node::Mark(mark, _) => marks.get(mark).copied(),
                _ => None,
            };
            let value = match told {
                Some(told) => Ok(told),
                None => self.value_of(id, &symbols),
            };
            self.values[id.index()] = value;
        }
    }

    /// The value of a node after [`run`](Self::run).
    ///
    /// # Errors
    /// What went wrong, and at which node.
    pub fn value(&self, id: NodeId) -> Result<Exact, FaultAt> {
        self.values[id.index()]
    }

    fn value_of(
        &self,
        id: NodeId,
        symbols: &impl Fn(SymbolId) -> Option<Exact>,
    ) -> Result<Exact, FaultAt> {
        let here = |fault| FaultAt { fault, node: id };
        let of = |id: &NodeId| self.values[id.index()];
        let both = |operation: fn(Exact, Exact) -> Result<Exact, Fault>, a: &NodeId, b: &NodeId| {
            operation(of(a)?, of(b)?).map_err(here)
        };
        match self.graph.node(id) {
            Node::Number(value, _) => Ok(Exact::from(*value)),
            Node::Symbol(symbol) => symbols(*symbol).ok_or(here(Fault::Unavailable)),
            Node::Apply(Function::Negate, a) => Ok(of(a)?.negated()),
            Node::Apply(Function::Magnitude, a) => Ok(of(a)?.magnitude()),
            Node::Apply(_, _) | Node::Draw(..) | Node::RateOfReturn { .. } => {
                Err(here(Fault::NotExact))
            }
            Node::Add(a, b) => both(Exact::plus, a, b),
            Node::Subtract(a, b) => both(Exact::minus, a, b),
            Node::Multiply(a, b) => both(Exact::times, a, b),
            Node::Divide(a, b) => both(Exact::divide, a, b),
            Node::Smaller(a, b) => both(|x, y| Ok(if x.compare(y)?.is_le() { x } else { y }), a, b),
            Node::Larger(a, b) => both(|x, y| Ok(if x.compare(y)?.is_ge() { x } else { y }), a, b),
            Node::Compare(relation, a, b) => {
                let order = of(a)?.compare(of(b)?).map_err(here)?;
                let holds = match relation {
                    Relation::Less => order.is_lt(),
                    Relation::AtMost => order.is_le(),
                    Relation::Equal => order.is_eq(),
                };
                Ok(if holds { Exact::ONE } else { Exact::ZERO })
            }
            Node::Select { when, then, otherwise } => {
                of(if of(when)?.is_zero() { otherwise } else { then })
            }
            Node::Round(a, rounding) => rounding.exact(of(a)?).map(Exact::from).map_err(here),
            Node::Mark(_, a) => of(a),
        }
    }
}

const FIRST: NodeId = NodeId::FIRST;
