//! A price as a function of one outcome: where its course changes, and what it pays between.
//!
//! In: a node of a contract's graph. Out: the outcome's thresholds, and the price as [`Piece`]s,
//! each a straight line. The linter tries prices around the thresholds; the term sheet prints the
//! pieces as tables.
//!
//! Never here: words.

use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive;
use rustc_hash::FxHashMap;

use super::Contract;
use crate::expr::exact::Evaluator;
use crate::expr::{Exact, Function, Graph, Interval, Node, NodeId, SymbolId};

/// More thresholds than this are no table that anybody could read.
const THRESHOLDS_MAX: usize = 200;

/// The values of an outcome at which an expression may change its course.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Thresholds {
    /// The values, rising.
    pub(super) values: Vec<Decimal>,
    /// Whether these are all, and the expression is a straight line between any two of them.
    pub(super) complete: bool,
}

/// One end of a [`Piece`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Edge {
    /// The outcome's value.
    pub(super) at: Decimal,
    /// Whether the piece holds for that value itself.
    pub(super) included: bool,
}

/// A straight part of a price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Piece {
    /// Where it begins; `None` where nothing lower can be measured.
    pub(super) low: Option<Edge>,
    /// Where it ends; `None` where nothing higher can be measured.
    pub(super) high: Option<Edge>,
    line: Line,
}

/// `value + slope × (x − anchor)`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Line {
    anchor: Exact,
    value: Exact,
    slope: Exact,
}

impl Line {
    fn at(self, x: Decimal) -> Option<Exact> {
        let run = Exact::from(x).minus(self.anchor).ok()?;
        self.value.plus(self.slope.times(run).ok()?).ok()
    }
}

impl Piece {
    /// Whether the piece pays the same everywhere.
    pub(super) fn is_flat(&self) -> bool {
        self.line.slope.is_zero()
    }

    /// What the piece's line pays at `x`.
    pub(super) fn pays(&self, x: Decimal) -> Option<Exact> {
        self.line.at(x)
    }

    /// What a flat piece pays.
    pub(super) fn amount(&self) -> Exact {
        self.line.value
    }
}

/// The nodes that `roots` compute with, without what stands behind a named step: that is told, not
/// computed, when a date is looked at by itself.
pub(super) fn cone(graph: &Graph, roots: &[NodeId]) -> Vec<NodeId> {
    let mut seen = vec![false; graph.len()];
    let mut open = roots.to_vec();
    let mut cone = Vec::new();
    while let Some(id) = open.pop() {
        if std::mem::replace(&mut seen[id.index()], true) {
            continue;
        }
        cone.push(id);
        if !matches!(graph.node(id), Node::Mark(..)) {
            graph.node(id).operands(|operand| open.push(operand));
        }
    }
    cone.sort_unstable();
    cone
}

/// The symbols that `roots` compute with, as [`cone`] bounds it.
pub(super) fn symbols(graph: &Graph, roots: &[NodeId]) -> Vec<SymbolId> {
    let mut symbols: Vec<SymbolId> = cone(graph, roots)
        .into_iter()
        .filter_map(|id| match graph.node(id) {
            Node::Symbol(symbol) => Some(*symbol),
            _ => None,
        })
        .collect();
    symbols.sort_unstable();
    symbols.dedup();
    symbols
}

/// Whether each node of the cone depends on `symbol`.
pub(super) fn dependents(
    graph: &Graph,
    cone: &[NodeId],
    symbol: SymbolId,
) -> FxHashMap<NodeId, bool> {
    let mut depends: FxHashMap<NodeId, bool> = FxHashMap::default();
    for &id in cone {
        let mut own = *graph.node(id) == Node::Symbol(symbol);
        if !matches!(graph.node(id), Node::Mark(..)) {
            graph.node(id).operands(|operand| own |= depends.get(&operand) == Some(&true));
        }
        depends.insert(id, own);
    }
    depends
}

/// The thresholds of `symbol` in everything that `roots` compute with.
pub(super) fn thresholds(graph: &Graph, roots: &[NodeId], symbol: SymbolId) -> Thresholds {
    let cone = cone(graph, roots);
    let mut search = Search {
        graph,
        depends: dependents(graph, &cone, symbol),
        values: Vec::new(),
        complete: true,
    };
    for &id in &cone {
        search.look_at(id);
    }
    let Search { mut values, mut complete, .. } = search;
    values.sort_unstable();
    values.dedup();
    if values.len() > THRESHOLDS_MAX {
        values.truncate(THRESHOLDS_MAX);
        complete = false;
    }
    Thresholds { values, complete }
}

struct Search<'g> {
    graph: &'g Graph,
    depends: FxHashMap<NodeId, bool>,
    values: Vec<Decimal>,
    complete: bool,
}

impl Search<'_> {
    fn on_it(&self, id: NodeId) -> bool {
        self.depends.get(&id).copied().unwrap_or(false)
    }

    fn look_at(&mut self, id: NodeId) {
        match *self.graph.node(id) {
            Node::Compare(_, a, b) | Node::Smaller(a, b) | Node::Larger(a, b) => {
                match (self.on_it(a), self.on_it(b)) {
                    (true, false) => self.meeting(a, b),
                    (false, true) => self.meeting(b, a),
                    (true, true) => self.complete = false,
                    (false, false) => {}
                }
            }
            Node::Multiply(a, b) if self.on_it(a) && self.on_it(b) => self.complete = false,
            Node::Divide(_, b) if self.on_it(b) => self.complete = false,
            Node::Apply(Function::Magnitude, a) if self.on_it(a) => {
                self.preimage(a, Decimal::ZERO);
            }
            Node::Apply(function, a) if self.on_it(a) && function != Function::Negate => {
                self.complete = false;
            }
            Node::Round(a, _) if self.on_it(a) => self.complete = false,
            _ => {}
        }
    }

    /// Where `moving`, which depends on the outcome, meets `fixed`, which does not.
    fn meeting(&mut self, moving: NodeId, fixed: NodeId) {
        match constant(self.graph, fixed) {
            Some(target) => self.preimage(moving, target),
            None => self.complete = false,
        }
    }

    /// The outcomes at which `id` is `target`, walking back through steps that can be undone.
    fn preimage(&mut self, id: NodeId, target: Decimal) {
        let known = |id: &NodeId| constant(self.graph, *id);
        let undone = match self.graph.node(id) {
            Node::Symbol(_) => {
                self.values.push(target.normalize());
                return;
            }
            Node::Apply(Function::Negate, a) => Some((*a, Some(-target))),
            Node::Apply(Function::Magnitude, a) => {
                self.preimage(*a, -target);
                Some((*a, Some(target)))
            }
            // What a limit or a rounding cuts off meets the target nowhere else.
            Node::Round(a, _) => Some((*a, Some(target))),
            Node::Smaller(a, b) | Node::Larger(a, b) => match (self.on_it(*a), self.on_it(*b)) {
                (true, false) => Some((*a, Some(target))),
                (false, true) => Some((*b, Some(target))),
                _ => None,
            },
            Node::Select { then, otherwise, .. } => {
                // Where it chooses is found at its condition; here only what it chooses counts.
                for branch in [*then, *otherwise] {
                    if self.on_it(branch) {
                        self.preimage(branch, target);
                    }
                }
                return;
            }
            Node::Add(a, b) => match (known(a), known(b)) {
                (None, Some(fixed)) => Some((*a, target.checked_sub(fixed))),
                (Some(fixed), None) => Some((*b, target.checked_sub(fixed))),
                _ => None,
            },
            Node::Subtract(a, b) => match (known(a), known(b)) {
                (None, Some(fixed)) => Some((*a, target.checked_add(fixed))),
                (Some(fixed), None) => Some((*b, fixed.checked_sub(target))),
                _ => None,
            },
            Node::Multiply(a, b) => match (known(a), known(b)) {
                (None, Some(fixed)) => Some((*a, target.checked_div(fixed))),
                (Some(fixed), None) => Some((*b, target.checked_div(fixed))),
                _ => None,
            },
            Node::Divide(a, b) => match (known(a), known(b)) {
                (None, Some(fixed)) => Some((*a, target.checked_mul(fixed))),
                _ => None,
            },
            _ => None,
        };
        match undone {
            Some((inner, Some(target))) => self.preimage(inner, target),
            // A constant factor of zero never meets anything; anything else is out of reach.
            _ => self.complete = false,
        }
    }
}

/// The value of a node that is a number, or a quotient of numbers.
fn constant(graph: &Graph, id: NodeId) -> Option<Decimal> {
    match graph.node(id) {
        Node::Number(value, _) => Some(*value),
        Node::Divide(a, b) => constant(graph, *a)?.checked_div(constant(graph, *b)?),
        _ => None,
    }
}

/// A limit of a support as a decimal, when it is finite.
pub(super) fn end(value: f64) -> Option<Decimal> {
    value.is_finite().then(|| Decimal::from_f64(value)).flatten()
}

impl Contract {
    /// The values of an outcome at which any price may change its course, rising, and whether these
    /// are all there are.
    pub(crate) fn thresholds_of(&self, outcome: usize) -> (Vec<Decimal>, bool) {
        let lines = self.lines.iter().chain(&self.offsets);
        let prices = lines.flat_map(|line| &line.prices);
        let roots: Vec<NodeId> =
            prices.flat_map(|price| std::iter::once(price.amount).chain(price.gate)).collect();
        let found = thresholds(&self.graph, &roots, self.terms.outcomes[outcome].value);
        (found.values, found.complete)
    }

    /// The outcome whose value a price reads, when it reads exactly one and nothing else.
    pub(super) fn sole_outcome(&self, price: NodeId) -> Option<usize> {
        let cone = cone(&self.graph, &[price]);
        if cone.iter().any(|id| matches!(self.graph.node(*id), Node::Mark(..))) {
            return None;
        }
        match symbols(&self.graph, &[price])[..] {
            [symbol] => self.terms.outcomes.iter().position(|outcome| outcome.value == symbol),
            _ => None,
        }
    }

    /// The price as straight pieces over the values of the one outcome it reads, rising; `None`
    /// when it reads several outcomes or is not made of straight pieces.
    pub(super) fn pieces(&self, price: NodeId) -> Option<Vec<Piece>> {
        let outcome = &self.terms.outcomes[self.sole_outcome(price)?];
        let found = thresholds(&self.graph, &[price], outcome.value);
        if !found.complete {
            return None;
        }
        let support = self.indicators[outcome.indicator].support;
        let mut curve = Curve::new(&self.graph, price, outcome.value);
        curve.pieces(&found.values, support)
    }
}

/// A price that can be asked what it pays at a value of its outcome.
pub(super) struct Curve<'g> {
    evaluator: Evaluator<'g>,
    price: NodeId,
    symbol: SymbolId,
}

impl<'g> Curve<'g> {
    pub(super) fn new(graph: &'g Graph, price: NodeId, symbol: SymbolId) -> Curve<'g> {
        Curve { evaluator: Evaluator::new(graph, &[price]), price, symbol }
    }

    /// What the price pays at a value; `None` where it has none.
    pub(super) fn at(&mut self, x: Exact) -> Option<Exact> {
        let symbol = self.symbol;
        self.evaluator.run(|asked| (asked == symbol).then_some(x), &FxHashMap::default());
        self.evaluator.value(self.price).ok()
    }

    /// The line between two values, from two points inside.
    fn between(&mut self, low: Option<Decimal>, high: Option<Decimal>) -> Option<Line> {
        let (three, two) = (Exact::from(3), Exact::from(2));
        let (low, high) = match (low, high) {
            (Some(low), Some(high)) => (low, high),
            (Some(low), None) => (low, low.checked_add(Decimal::from(3))?),
            (None, Some(high)) => (high.checked_sub(Decimal::from(3))?, high),
            (None, None) => (Decimal::ZERO, Decimal::from(3)),
        };
        let third = Exact::from(high).minus(low.into()).ok()?.divide(three).ok()?;
        let first = Exact::from(low).plus(third).ok()?;
        let second = Exact::from(low).plus(third.times(two).ok()?).ok()?;
        let (value, next) = (self.at(first)?, self.at(second)?);
        let slope = next.minus(value).ok()?.divide(third).ok()?;
        Some(Line { anchor: first, value, slope })
    }

    fn pieces(&mut self, thresholds: &[Decimal], support: Interval) -> Option<Vec<Piece>> {
        let (least, most) = (end(support.low), end(support.high));
        let inside = |value: &Decimal| {
            least.is_none_or(|least| least <= *value) && most.is_none_or(|most| *value <= most)
        };
        let cuts: Vec<Decimal> = thresholds.iter().copied().filter(inside).collect();
        let mut pieces: Vec<Piece> = Vec::new();
        let mut from = least;
        for cut in cuts.iter().copied().map(Some).chain([None]) {
            let to = cut.or(most);
            if from != to || from.is_none() {
                let line = self.between(from, to)?;
                extend(&mut pieces, line, from.filter(|from| cuts.contains(from)), cut);
            }
            if let Some(cut) = cut {
                let value = self.at(cut.into())?;
                let point = Line { anchor: cut.into(), value, slope: Exact::ZERO };
                let edge = Some(Edge { at: cut, included: true });
                match pieces.last_mut() {
                    Some(last) if last.line.at(cut) == Some(value) => last.high = edge,
                    _ => pieces.push(Piece { low: edge, high: edge, line: point }),
                }
            }
            from = to;
        }
        for piece in &mut pieces {
            piece.low = piece.low.filter(|edge| Some(edge.at) != least);
            piece.high = piece.high.filter(|edge| Some(edge.at) != most);
        }
        Some(pieces)
    }
}

/// Adds the open stretch from `from` to `to`: as more of the last piece where both lie on one line.
fn extend(pieces: &mut Vec<Piece>, line: Line, from: Option<Decimal>, to: Option<Decimal>) {
    let high = to.map(|at| Edge { at, included: false });
    if let (Some(from), Some(last)) = (from, pieces.last_mut()) {
        let is_point = last.low == last.high;
        let meets = line.at(from) == last.line.at(from);
        let held = last.high.is_some_and(|edge| edge.included);
        if held && meets && (is_point || last.line.slope == line.slope) {
            last.high = high;
            last.line = line;
            return;
        }
        let low = Some(Edge { at: from, included: !held });
        pieces.push(Piece { low, high, line });
        return;
    }
    let low = from.map(|at| Edge { at, included: false });
    pieces.push(Piece { low, high, line });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Source;

    const BASE: &str = r#"contract("pieces", #{
    from: "2024-04-01", to: "2025-03-31", tax: unstated(), rounding: down(1),
});
party("city", #{ role: "payer" });
party("vendor", #{ role: "provider" });
evaluations([#{ at: "2025-01-31", paid: "2025-03-31" }]);
let fall = mean_change("fall", #{ unit: "mmHg", digits: 1 });
let part = share("part", #{ digits: 3 });
"#;

    fn contract(price: &str) -> Contract {
        let script = format!("{BASE}pay(\"x\", |e| {price});\n");
        Contract::parse(Source::new("test.rhai", script), &Default::default())
            .unwrap_or_else(|problems| panic!("{problems:#?}"))
    }

    /// Each piece as its ends, `[` for an end that belongs to it, and what it pays there.
    fn pieces(price: &str) -> Option<Vec<String>> {
        let contract = contract(price);
        let pieces = contract.pieces(contract.lines[0].prices[0].amount)?;
        let told = pieces.iter().map(|piece| {
            let low = piece.low.map_or("..".to_owned(), |edge| {
                format!("{}{}", if edge.included { "[" } else { "(" }, edge.at)
            });
            let high = piece.high.map_or("..".to_owned(), |edge| {
                format!("{}{}", edge.at, if edge.included { "]" } else { ")" })
            });
            let pays = |edge: Option<Edge>| {
                let at = edge.map_or(Decimal::ZERO, |edge| edge.at);
                piece.pays(at).unwrap().to_string()
            };
            match piece.is_flat() {
                true => format!("{low} {high}: {}", piece.amount()),
                false => format!("{low} {high}: {} to {}", pays(piece.low), pays(piece.high)),
            }
        });
        Some(told.collect())
    }

    fn are(price: &str, expected: &[&str]) {
        assert_eq!(pieces(price).unwrap(), expected);
    }

    #[test]
    fn steps_keep_their_inclusivity() {
        are(
            "tiers(e[fall], [[3, yen(10)], [5, yen(20)]])",
            &[".. 3): 0", "[3 5): 10", "[5 ..: 20"],
        );
        are("tiers(e[fall], [[3, yen(10)]], #{ boundary: \"above\" })", &[".. 3]: 0", "(3 ..: 10"]);
        are("if e[fall] == 3 { yen(10) } else { yen(0) }", &[".. 3): 0", "[3 3]: 10", "(3 ..: 0"]);
    }

    #[test]
    fn lines_meet_their_flat_ends() {
        are(
            "linear(e[part], [0.3, yen(0)], [0.5, yen(30)])",
            &[".. 0.3]: 0", "(0.3 0.5]: 0 to 30", "(0.5 ..: 30"],
        );
        are(
            "linear(e[part], [0.3, yen(0)], [0.5, yen(30)], #{ jump: yen(10) })",
            &[".. 0.3): 0", "[0.3 0.5]: 10 to 30", "(0.5 ..: 30"],
        );
        are("pro_rata(e[part], 0.8, yen(40))", &[".. 0.8]: 0 to 40", "(0.8 ..: 40"]);
    }

    #[test]
    fn thresholds_are_found_behind_scaling() {
        are(
            "if e[part] * 100 - 20 >= 30 { yen(1) } else { yen(0) }",
            &[".. 0.5): 0", "[0.5 ..: 1"],
        );
        are("min(per_head(e[fall], yen(10)), yen(50))", &[".. 5]: 0 to 50", "(5 ..: 50"]);
    }

    #[test]
    fn thresholds_that_cannot_be_measured_are_left_out() {
        are("tiers(e[part], [[0, yen(5)], [0.5, yen(10)]])", &[".. 0.5): 5", "[0.5 ..: 10"]);
    }

    #[test]
    fn curves_and_several_outcomes_are_no_pieces() {
        assert_eq!(pieces("per_head(e[fall] * e[fall], yen(1))"), None);
        assert_eq!(
            pieces("min(pro_rata(e[fall], 5, yen(3)) + per_head(e[fall], yen(1)), yen(4))"),
            None
        );
        assert_eq!(pieces("per_head(e[fall] * e[part], yen(1))"), None);
        assert_eq!(pieces("per_head(round_down(e[fall], 0), yen(2))"), None);
    }
}
