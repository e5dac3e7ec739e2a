//! Values of a cohort: known when the scenario is read, or a node.

use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive;

use crate::expr::block::{Inputs, Program};
use crate::expr::{DrawId, Function, Graph, Node, NodeId, Relation, SymbolId, Unit, UnitClash};
use crate::script::Workbench;

/// A plain number: known, or computed on every path.
///
/// What is known is computed once, when the scenario is read, and becomes one literal of the graph.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Value {
    Known(f64),
    Node(NodeId),
}

pub(super) const ZERO: Value = Value::Known(0.0);
pub(super) const ONE: Value = Value::Known(1.0);

/// Arithmetic on values without units.
pub(super) struct Arithmetic<'b> {
    pub(super) bench: &'b Workbench,
}

impl Arithmetic<'_> {
    /// The value as a node.
    pub(super) fn node(&self, value: Value) -> NodeId {
        match value {
            Value::Node(node) => node,
            Value::Known(number) => {
                let exact = Decimal::from_f64_retain(number).or(Decimal::from_f64(number));
                self.bench.graph(|graph| match exact {
                    Some(exact) => graph.number(exact, Unit::Bare),
                    // Too large for a literal: no number on any path, which the run reports.
                    None => {
                        let zero = graph.number(Decimal::ZERO, Unit::Bare);
                        graph.apply(Function::Logarithm, zero)
                    }
                })
            }
        }
    }

    /// The value of a node that depends on nothing random; `None` where it is drawn.
    pub(super) fn known(&self, node: NodeId) -> Value {
        let known = self.bench.graph(|graph| constant(graph, node));
        known.map_or(Value::Node(node), Value::Known)
    }

    pub(super) fn add(&self, a: Value, b: Value) -> Value {
        match (a, b) {
            (Value::Known(a), Value::Known(b)) => Value::Known(a + b),
            (ZERO, other) | (other, ZERO) => other,
            _ => self.joined(a, b, Graph::add),
        }
    }

    pub(super) fn subtract(&self, a: Value, b: Value) -> Value {
        match (a, b) {
            (Value::Known(a), Value::Known(b)) => Value::Known(a - b),
            (other, ZERO) => other,
            _ => self.joined(a, b, Graph::subtract),
        }
    }

    pub(super) fn multiply(&self, a: Value, b: Value) -> Value {
        match (a, b) {
            (Value::Known(a), Value::Known(b)) => Value::Known(a * b),
            (ZERO, _) | (_, ZERO) => ZERO,
            (ONE, other) | (other, ONE) => other,
            _ => self.joined(a, b, Graph::multiply),
        }
    }

    pub(super) fn smaller(&self, a: Value, b: Value) -> Value {
        match (a, b) {
            (Value::Known(a), Value::Known(b)) => Value::Known(a.min(b)),
            _ => self.joined(a, b, Graph::smaller),
        }
    }

    pub(super) fn sum(&self, values: impl IntoIterator<Item = Value>) -> Value {
        values.into_iter().fold(ZERO, |sum, value| self.add(sum, value))
    }

    /// The part `a` has of what is left `b`, from 0 to 1; nothing where nothing is left. Rounding
    /// can take either a little below 0 or above the other.
    pub(super) fn part(&self, a: Value, b: Value) -> Value {
        if let (Value::Known(a), Value::Known(b)) = (a, b) {
            return Value::Known(if b > 0.0 { (a / b).clamp(0.0, 1.0) } else { 0.0 });
        }
        let quotient = self.joined(a, b, |graph, a, b| {
            let (zero, one) =
                (graph.number(Decimal::ZERO, Unit::Bare), graph.number(Decimal::ONE, Unit::Bare));
            let nothing = graph.compare(Relation::AtMost, b, zero)?;
            let quotient = graph.divide(a, b)?;
            let quotient = graph.smaller(quotient, one)?;
            let quotient = graph.larger(quotient, zero)?;
            graph.select(nothing, zero, quotient)
        });
        match a {
            ZERO => ZERO,
            _ => quotient,
        }
    }

    fn joined(
        &self,
        a: Value,
        b: Value,
        operation: impl FnOnce(&mut Graph, NodeId, NodeId) -> Result<NodeId, UnitClash>,
    ) -> Value {
        let (a, b) = (self.node(a), self.node(b));
        let made = self.bench.graph(|graph| operation(graph, a, b));
        Value::Node(made.unwrap_or_else(|clash| unreachable!("cohorts are plain: {clash:?}")))
    }
}

/// The numbers of a row that is known as a whole.
pub(super) fn all_known(row: &[Value]) -> Option<Vec<f64>> {
    let known = row.iter().map(|value| match value {
        Value::Known(known) => Some(*known),
        Value::Node(_) => None,
    });
    known.collect()
}

/// Nothing is given from outside or drawn.
struct Nothing;

impl Inputs for Nothing {
    type Error = ();

    fn symbol(&self, _: SymbolId, _: u64, _: &mut [f64]) -> Result<(), ()> {
        Err(())
    }

    fn draw(&self, _: DrawId, _: u64, _: &[&[f64]], _: &mut [f64]) -> Result<(), ()> {
        Err(())
    }
}

/// The value of a node, as a block of paths would compute it, when it needs no draw.
fn constant(graph: &Graph, node: NodeId) -> Option<f64> {
    let random = |id: &NodeId| matches!(graph.node(*id), Node::Draw(..) | Node::Symbol(_));
    if graph.needed(&[node]).iter().any(random) {
        return None;
    }
    let program = Program::compile(graph, &[node]);
    let mut workspace = program.workspace(1);
    program.run(&Nothing, 0, 1, &mut workspace).ok()?;
    Some(program.root(0, &workspace)[0])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Source;
    use crate::script::{Limits, Sandbox};

    /// Works with a graph that has one draw.
    fn with_draw(test: impl FnOnce(&Arithmetic<'_>, NodeId)) {
        let sandbox = Sandbox::new(Source::new("", ""), &[], Limits::default());
        let arithmetic = Arithmetic { bench: sandbox.bench() };
        let drawn = sandbox.bench().graph(|graph| graph.draw(DrawId(0), Vec::new(), Unit::Bare));
        test(&arithmetic, drawn);
    }

    #[test]
    fn what_needs_no_draw_is_computed_when_the_scenario_is_read() {
        with_draw(|arithmetic, drawn| {
            // 1 ÷ 3 is no decimal, so the graph leaves it a quotient.
            let third = arithmetic.bench.graph(|graph| {
                let [one, three] = [1, 3].map(|n| graph.number(Decimal::from(n), Unit::Bare));
                graph.divide(one, three)
            });
            assert_eq!(arithmetic.known(third.unwrap()), Value::Known(1.0 / 3.0));
            assert_eq!(arithmetic.known(drawn), Value::Node(drawn));
        });
    }

    #[test]
    fn a_number_too_large_for_a_literal_is_none() {
        with_draw(|arithmetic, _| {
            let node = arithmetic.node(Value::Known(1e30));
            let Value::Known(number) = arithmetic.known(node) else { panic!("drawn") };
            assert!(!number.is_finite());
        });
    }

    #[test]
    fn nothing_and_all_of_it_need_no_node() {
        with_draw(|arithmetic, drawn| {
            let drawn = Value::Node(drawn);
            assert_eq!(arithmetic.add(ZERO, drawn), drawn);
            assert_eq!(arithmetic.subtract(drawn, ZERO), drawn);
            assert_eq!(arithmetic.multiply(drawn, ZERO), ZERO);
            assert_eq!(arithmetic.multiply(ONE, drawn), drawn);
        });
    }

    #[test]
    fn a_part_of_what_is_left_is_a_probability() {
        with_draw(|arithmetic, _| {
            let part = |a, b| arithmetic.part(Value::Known(a), Value::Known(b));
            assert_eq!(part(0.3, 0.6), Value::Known(0.5));
            // By rounding more than is left, or where nothing is left.
            assert_eq!(part(0.3, 0.3 - f64::EPSILON), Value::Known(1.0));
            assert_eq!(part(0.0, 0.0), Value::Known(0.0));
            assert_eq!(part(-1e-17, 0.5), Value::Known(0.0));
        });
    }
}
