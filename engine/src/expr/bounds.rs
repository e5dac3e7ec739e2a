//! Interval evaluation, for the linter: what is the least and the most a value can be?

use rust_decimal::prelude::ToPrimitive;

use super::{Function, Graph, Node, NodeId, Relation, SymbolId, rate};
use crate::numeric::elementary::{exp, ln_of_any};

/// All values from `low` to `high`, both included; either may be infinite.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// The least value.
    pub low: f64,
    /// The greatest value.
    pub high: f64,
}

impl Interval {
    /// Every number.
    pub const ALL: Interval = Interval { low: f64::NEG_INFINITY, high: f64::INFINITY };
    /// Zero and above.
    pub const NOT_NEGATIVE: Interval = Interval { low: 0.0, high: f64::INFINITY };
    /// From 0 to 1.
    pub const SHARE: Interval = Interval { low: 0.0, high: 1.0 };

    /// Just `value`.
    #[must_use]
    pub fn point(value: f64) -> Interval {
        Interval { low: value, high: value }
    }

    /// The least interval that holds both.
    #[must_use]
    pub fn hull(self, other: Interval) -> Interval {
        Interval { low: self.low.min(other.low), high: self.high.max(other.high) }
    }

    /// Whether `value` lies inside.
    #[must_use]
    pub fn holds(self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }

    fn corners(self, other: Interval, operation: fn(f64, f64) -> f64) -> Interval {
        let corners = [
            operation(self.low, other.low),
            operation(self.low, other.high),
            operation(self.high, other.low),
            operation(self.high, other.high),
        ];
        let low = corners.into_iter().fold(f64::INFINITY, f64::min);
        let high = corners.into_iter().fold(f64::NEG_INFINITY, f64::max);
        Interval { low, high }
    }

    fn mapped(self, function: impl Fn(f64) -> f64) -> Interval {
        Interval { low: function(self.low), high: function(self.high) }
    }
}

/// The interval of every node that `roots` need, by node index; nodes not needed hold
/// [`Interval::ALL`].
///
/// Operands are taken as independent, so an interval may be wider than the values reached, never
/// narrower.
#[must_use]
pub fn bounds(
    graph: &Graph,
    roots: &[NodeId],
    symbols: impl Fn(SymbolId) -> Interval,
) -> Vec<Interval> {
    let mut values = vec![Interval::ALL; graph.len()];
    for id in graph.needed(roots) {
        values[id.index()] = interval_of(graph, id, &values, &symbols);
    }
    values
}

fn interval_of(
    graph: &Graph,
    id: NodeId,
    values: &[Interval],
    symbols: &impl Fn(SymbolId) -> Interval,
) -> Interval {
    let of = |id: &NodeId| values[id.index()];
    match graph.node(id) {
        Node::Number(value, _) => Interval::point(value.to_f64().unwrap_or(f64::NAN)),
        Node::Symbol(symbol) => symbols(*symbol),
        Node::Apply(function, a) => apply(*function, of(a)),
        Node::Add(a, b) => Interval { low: of(a).low + of(b).low, high: of(a).high + of(b).high },
        Node::Subtract(a, b) => {
            Interval { low: of(a).low - of(b).high, high: of(a).high - of(b).low }
        }
        Node::Multiply(a, b) => of(a).corners(of(b), product),
        Node::Divide(_, b) if of(b).holds(0.0) => Interval::ALL,
        Node::Divide(a, b) => of(a).corners(of(b), |x, y| if x == 0.0 { 0.0 } else { x / y }),
        Node::Smaller(a, b) => {
            Interval { low: of(a).low.min(of(b).low), high: of(a).high.min(of(b).high) }
        }
        Node::Larger(a, b) => {
            Interval { low: of(a).low.max(of(b).low), high: of(a).high.max(of(b).high) }
        }
        Node::Compare(relation, a, b) => compare(*relation, of(a), of(b)),
        Node::Select { when, then, otherwise } => match of(when) {
            Interval { low, .. } if low > 0.0 => of(then),
            Interval { high, .. } if high <= 0.0 => of(otherwise),
            _ => of(then).hull(of(otherwise)),
        },
        Node::Round(a, rounding) => {
            let grid = rounding.grid();
            of(a).mapped(|x| if x.is_finite() { grid.round(x) } else { x })
        }
        Node::Draw(..) => Interval::ALL,
        Node::Mark(_, a) => of(a),
        Node::RateOfReturn { flows } => rate::bounds(flows, of),
    }
}

/// Nothing times anything is nothing, even where the interval is unbounded.
fn product(x: f64, y: f64) -> f64 {
    if x == 0.0 || y == 0.0 { 0.0 } else { x * y }
}

fn apply(function: Function, a: Interval) -> Interval {
    match function {
        Function::Negate => Interval { low: -a.high, high: -a.low },
        Function::Magnitude if a.holds(0.0) => {
            Interval { low: 0.0, high: a.low.abs().max(a.high.abs()) }
        }
        Function::Magnitude => {
            let (x, y) = (a.low.abs(), a.high.abs());
            Interval { low: x.min(y), high: x.max(y) }
        }
        Function::Exponential => a.mapped(exp),
        Function::Logarithm => a.mapped(|x| ln_of_any(x.max(0.0))),
        Function::SquareRoot => a.mapped(|x| x.max(0.0).sqrt()),
        Function::IsNumber => Interval { low: 0.0, high: 1.0 },
    }
}

fn compare(relation: Relation, a: Interval, b: Interval) -> Interval {
    let (always, never) = match relation {
        Relation::Less => (a.high < b.low, a.low >= b.high),
        Relation::AtMost => (a.high <= b.low, a.low > b.high),
        Relation::Equal => (a == b && a.low == a.high, a.high < b.low || a.low > b.high),
    };
    match (always, never) {
        (true, _) => Interval::point(1.0),
        (_, true) => Interval::point(0.0),
        _ => Interval::SHARE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expr::Unit;

    #[test]
    fn a_tier_that_cannot_be_reached_is_seen() {
        let mut graph = Graph::default();
        let share = graph.symbol("share", Unit::Share, Interval::SHARE);
        let limit = graph.number("1.2".parse().unwrap(), Unit::Bare);
        let (high, low) = (graph.number(5.into(), Unit::Bare), graph.number(2.into(), Unit::Bare));
        let reached = graph.compare(Relation::AtMost, limit, share).unwrap();
        let pay = graph.select(reached, high, low).unwrap();
        let bounds = bounds(&graph, &[pay], |_| Interval::SHARE);
        assert_eq!(bounds[pay.index()], Interval::point(2.0));
    }
}
