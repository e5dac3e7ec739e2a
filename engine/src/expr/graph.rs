//! The graph itself: nodes made one at a time, each at most once.

use rust_decimal::Decimal;
use rustc_hash::FxHashMap;

use super::{Exact, Interval, Rounding, Unit};
use crate::finance::Years;

/// A node of a [`Graph`]. Operands always have smaller ids than the node that uses them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(u32);

/// A symbol of a [`Graph`]: a value given from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SymbolId(u32);

/// A random quantity; what it is drawn from is known to whoever numbered it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DrawId(pub u32);

/// A named step whose value an evaluation may be told instead of computing it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MarkId(pub u32);

macro_rules! index {
    ($name:ident) => {
        impl $name {
            /// Position in the graph, from 0.
            #[must_use]
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}
index!(NodeId);

impl NodeId {
    pub(super) const FIRST: NodeId = NodeId(0);
}

index!(SymbolId);
index!(DrawId);
index!(MarkId);

/// How two values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Relation {
    /// `a < b`
    Less,
    /// `a ≤ b`
    AtMost,
    /// `a = b`
    Equal,
}

/// A function of one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Function {
    /// −x
    Negate,
    /// |x|
    Magnitude,
    /// eˣ; scenarios only.
    Exponential,
    /// ln x; scenarios only.
    Logarithm,
    /// √x; scenarios only.
    SquareRoot,
    /// 1 where x is a number, 0 where it is none; scenarios only.
    IsNumber,
}

/// What a node computes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the operands are what the variant's sentence says")]
pub enum Node {
    /// A number, with its unit.
    Number(Decimal, Unit),
    /// A value given from outside.
    Symbol(SymbolId),
    /// A function of one value.
    Apply(Function, NodeId),
    /// The sum.
    Add(NodeId, NodeId),
    /// The difference.
    Subtract(NodeId, NodeId),
    /// The product.
    Multiply(NodeId, NodeId),
    /// The quotient.
    Divide(NodeId, NodeId),
    /// The smaller.
    Smaller(NodeId, NodeId),
    /// The larger.
    Larger(NodeId, NodeId),
    /// 1 when the relation holds, else 0.
    Compare(Relation, NodeId, NodeId),
    /// `then` where `when` is not 0, else `otherwise`; only the chosen one matters.
    Select { when: NodeId, then: NodeId, otherwise: NodeId },
    /// The value, rounded.
    Round(NodeId, Rounding),
    /// A random quantity with these parameters.
    Draw(DrawId, Vec<NodeId>),
    /// The value, under a name by which it can be replaced.
    Mark(MarkId, NodeId),
    /// The yearly rate of return of flows, each with its time from the first; scenarios only.
    RateOfReturn { flows: Vec<(Years, NodeId)> },
}

impl Node {
    /// Calls `visit` with every operand.
    pub fn operands(&self, mut visit: impl FnMut(NodeId)) {
        match self {
            Node::Number(..) | Node::Symbol(_) => {}
            Node::Apply(_, a) | Node::Round(a, _) | Node::Mark(_, a) => visit(*a),
            Node::Add(a, b)
            | Node::Subtract(a, b)
            | Node::Multiply(a, b)
            | Node::Divide(a, b)
            | Node::Smaller(a, b)
            | Node::Larger(a, b)
            | Node::Compare(_, a, b) => {
                visit(*a);
                visit(*b);
            }
            Node::Select { when, then, otherwise } => {
                visit(*when);
                visit(*then);
                visit(*otherwise);
            }
            Node::Draw(_, parameters) => parameters.iter().copied().for_each(visit),
            Node::RateOfReturn { flows } => flows.iter().for_each(|(_, amount)| visit(*amount)),
        }
    }
}

/// A value given from outside: an outcome, a column of the evidence.
#[derive(Debug, Clone, PartialEq)]
pub struct Symbol {
    /// Its name, unique in the graph.
    pub name: String,
    /// What it is counted in.
    pub unit: Unit,
    /// Where its values can lie.
    pub support: Interval,
}

/// Two units that do not go together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitClash {
    /// The operation, as it is written.
    pub operation: &'static str,
    /// Unit of the left operand.
    pub left: Unit,
    /// Unit of the right operand.
    pub right: Unit,
}

/// A hash-consed graph of expressions: the same operation on the same operands is one node.
///
/// ```
/// use engine::expr::{Graph, Interval, Unit};
/// let mut graph = Graph::default();
/// let fall = graph.symbol("fall", Unit::label("mmHg"), Interval::ALL);
/// let two = graph.number(2.into(), Unit::Bare);
/// let once = graph.add(fall, two)?;
/// assert_eq!(graph.add(fall, two)?, once);
/// let yen = graph.number(3.into(), Unit::money("JPY"));
/// assert!(graph.add(fall, yen).is_err());
/// # Ok::<(), engine::expr::UnitClash>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Graph {
    nodes: Vec<Node>,
    units: Vec<Unit>,
    known: FxHashMap<Node, NodeId>,
    symbols: Vec<Symbol>,
    symbol_names: FxHashMap<String, SymbolId>,
    texts: Vec<String>,
}

impl Graph {
    /// The operation a node stands for.
    #[must_use]
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.index()]
    }

    /// The unit of a node's value.
    #[must_use]
    pub fn unit(&self, id: NodeId) -> &Unit {
        &self.units[id.index()]
    }

    /// How many nodes there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there is no node yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// A symbol's declaration.
    #[must_use]
    pub fn symbol_of(&self, id: SymbolId) -> &Symbol {
        &self.symbols[id.index()]
    }

    /// The symbols, in the order they were declared.
    #[must_use]
    pub fn symbols(&self) -> &[Symbol] {
        &self.symbols
    }

    /// The id of the symbol called `name`.
    #[must_use]
    pub fn symbol_named(&self, name: &str) -> Option<SymbolId> {
        self.symbol_names.get(name).copied()
    }

    /// The number a node is, when it is one.
    #[must_use]
    pub fn literal(&self, id: NodeId) -> Option<Decimal> {
        match self.node(id) {
            Node::Number(value, _) => Some(*value),
            _ => None,
        }
    }

    /// The nodes that `roots` depend on, roots included, operands before users.
    #[must_use]
    pub fn needed(&self, roots: &[NodeId]) -> Vec<NodeId> {
        let mut needed = vec![false; self.nodes.len()];
        let mut open: Vec<NodeId> = roots.to_vec();
        while let Some(id) = open.pop() {
            if !std::mem::replace(&mut needed[id.index()], true) {
                self.node(id).operands(|operand| open.push(operand));
            }
        }
        (0..).zip(&needed).filter(|(_, needed)| **needed).map(|(id, _)| NodeId(id)).collect()
    }

    /// The symbols that `roots` depend on, in order.
    #[must_use]
    pub fn symbols_in(&self, roots: &[NodeId]) -> Vec<SymbolId> {
        let mut symbols: Vec<SymbolId> = self
            .needed(roots)
            .into_iter()
            .filter_map(|id| match self.node(id) {
                Node::Symbol(symbol) => Some(*symbol),
                _ => None,
            })
            .collect();
        symbols.sort_unstable();
        symbols.dedup();
        symbols
    }

    /// A number.
    pub fn number(&mut self, value: Decimal, unit: Unit) -> NodeId {
        self.intern(Node::Number(value.normalize(), unit.clone()), unit)
    }

    /// True or false.
    pub fn truth(&mut self, value: bool) -> NodeId {
        self.number(Decimal::from(u8::from(value)), Unit::Truth)
    }

    /// A text literal, as its code in the graph's dictionary.
    pub fn text(&mut self, text: &str) -> NodeId {
        let code = self.texts.iter().position(|known| known == text).unwrap_or_else(|| {
            self.texts.push(text.to_owned());
            self.texts.len() - 1
        });
        self.number(Decimal::from(code), Unit::Text)
    }

    /// The texts the graph knows; a text's code is its position.
    #[must_use]
    pub fn texts(&self) -> &[String] {
        &self.texts
    }

    /// A value given from outside. Asking again for the same name gives the same node.
    pub fn symbol(&mut self, name: &str, unit: Unit, support: Interval) -> NodeId {
        let id = self.symbol_names.get(name).copied().unwrap_or_else(|| {
            let id = SymbolId(self.symbols.len() as u32);
            self.symbols.push(Symbol { name: name.to_owned(), unit: unit.clone(), support });
            self.symbol_names.insert(name.to_owned(), id);
            id
        });
        let unit = self.symbol_of(id).unit.clone();
        self.intern(Node::Symbol(id), unit)
    }

    /// Narrows what a symbol may be.
    pub(crate) fn narrow(&mut self, id: SymbolId, support: Interval) {
        self.symbols[id.index()].support = support;
    }

    /// Gives a symbol another name; one that another symbol has is left alone.
    pub(crate) fn rename_symbol(&mut self, id: SymbolId, name: String) {
        if self.symbol_names.contains_key(&name) {
            return;
        }
        let old = std::mem::replace(&mut self.symbols[id.index()].name, name.clone());
        self.symbol_names.remove(&old);
        self.symbol_names.insert(name, id);
    }

    /// A function of one value.
    pub fn apply(&mut self, function: Function, a: NodeId) -> NodeId {
        let exact = self.literal(a).and_then(|value| match function {
            Function::Negate => Some(-value),
            Function::Magnitude => Some(value.abs()),
            Function::IsNumber => Some(Decimal::ONE),
            Function::Exponential | Function::Logarithm | Function::SquareRoot => None,
        });
        let unit = match (function, self.unit(a)) {
            (Function::Negate, Unit::Share) => Unit::Number,
            (Function::Exponential | Function::Logarithm, _) => Unit::Number,
            (Function::IsNumber, _) => Unit::Truth,
            (_, unit) => unit.clone(),
        };
        match exact {
            Some(value) => self.number(value, unit),
            None => self.intern(Node::Apply(function, a), unit),
        }
    }

    /// `a + b`
    ///
    /// # Errors
    /// [`UnitClash`] when the units differ.
    pub fn add(&mut self, a: NodeId, b: NodeId) -> Result<NodeId, UnitClash> {
        let unit = match self.joined("+", a, b)? {
            Unit::Share => Unit::Number,
            unit => unit,
        };
        if self.is_zero(a) && *self.unit(b) == unit {
            return Ok(b);
        }
        if self.is_zero(b) && *self.unit(a) == unit {
            return Ok(a);
        }
        Ok(self.binary(Node::Add(a, b), unit, Exact::plus))
    }

    /// `a − b`
    ///
    /// # Errors
    /// [`UnitClash`] when the units differ.
    pub fn subtract(&mut self, a: NodeId, b: NodeId) -> Result<NodeId, UnitClash> {
        let unit = match self.joined("-", a, b)? {
            Unit::Share => Unit::Number,
            unit => unit,
        };
        if self.is_zero(b) && *self.unit(a) == unit {
            return Ok(a);
        }
        Ok(self.binary(Node::Subtract(a, b), unit, Exact::minus))
    }

    /// `a × b`
    ///
    /// # Errors
    /// [`UnitClash`] when both are money, or either is text, a date or a truth.
    pub fn multiply(&mut self, a: NodeId, b: NodeId) -> Result<NodeId, UnitClash> {
        let unit = self.unit(a).multiplied(self.unit(b)).ok_or_else(|| self.clash("*", a, b))?;
        if self.literal(a) == Some(Decimal::ONE) && *self.unit(b) == unit {
            return Ok(b);
        }
        if self.literal(b) == Some(Decimal::ONE) && *self.unit(a) == unit {
            return Ok(a);
        }
        Ok(self.binary(Node::Multiply(a, b), unit, Exact::times))
    }

    /// `a ÷ b`
    ///
    /// # Errors
    /// [`UnitClash`] when either is text, a date or a truth, or a number is divided by money.
    pub fn divide(&mut self, a: NodeId, b: NodeId) -> Result<NodeId, UnitClash> {
        let unit = self.unit(a).divided(self.unit(b)).ok_or_else(|| self.clash("/", a, b))?;
        if self.literal(b) == Some(Decimal::ONE) && *self.unit(a) == unit {
            return Ok(a);
        }
        Ok(self.binary(Node::Divide(a, b), unit, Exact::divide))
    }

    /// The smaller of the two.
    ///
    /// # Errors
    /// [`UnitClash`] when the units differ.
    pub fn smaller(&mut self, a: NodeId, b: NodeId) -> Result<NodeId, UnitClash> {
        let unit = self.joined("min", a, b)?;
        if a == b {
            return Ok(a);
        }
        Ok(self.binary(Node::Smaller(a, b), unit, |x, y| {
            Ok(if x.compare(y)?.is_le() { x } else { y })
        }))
    }

    /// The larger of the two.
    ///
    /// # Errors
    /// [`UnitClash`] when the units differ.
    pub fn larger(&mut self, a: NodeId, b: NodeId) -> Result<NodeId, UnitClash> {
        let unit = self.joined("max", a, b)?;
        if a == b {
            return Ok(a);
        }
        Ok(self
            .binary(Node::Larger(a, b), unit, |x, y| Ok(if x.compare(y)?.is_ge() { x } else { y })))
    }

    /// 1 when the relation holds, else 0.
    ///
    /// # Errors
    /// [`UnitClash`] when the units differ.
    pub fn compare(
        &mut self,
        relation: Relation,
        a: NodeId,
        b: NodeId,
    ) -> Result<NodeId, UnitClash> {
        let written = match relation {
            Relation::Less => "<",
            Relation::AtMost => "<=",
            Relation::Equal => "==",
        };
        let (a, b) = (self.as_truth(a, b), self.as_truth(b, a));
        self.joined(written, a, b)?;
        if let (Some(x), Some(y)) = (self.literal(a), self.literal(b)) {
            let holds = match relation {
                Relation::Less => x < y,
                Relation::AtMost => x <= y,
                Relation::Equal => x == y,
            };
            return Ok(self.truth(holds));
        }
        if a == b {
            return Ok(self.truth(relation != Relation::Less));
        }
        Ok(self.intern(Node::Compare(relation, a, b), Unit::Truth))
    }

    /// `then` where `when` holds, else `otherwise`.
    ///
    /// # Errors
    /// [`UnitClash`] when the units of the two values differ.
    pub fn select(
        &mut self,
        when: NodeId,
        then: NodeId,
        otherwise: NodeId,
    ) -> Result<NodeId, UnitClash> {
        let unit = self.joined("if", then, otherwise)?;
        let chosen = match self.literal(when) {
            Some(known) if known.is_zero() => Some(otherwise),
            Some(_) => Some(then),
            None if then == otherwise => Some(then),
            None => None,
        };
        if let Some(chosen) = chosen {
            return Ok(chosen);
        }
        // "1 if c else 0" is c itself.
        let truth = unit == Unit::Truth
            && self.literal(then) == Some(Decimal::ONE)
            && self.literal(otherwise) == Some(Decimal::ZERO);
        if truth {
            return Ok(when);
        }
        Ok(self.intern(Node::Select { when, then, otherwise }, unit))
    }

    /// Both hold.
    pub fn both(&mut self, a: NodeId, b: NodeId) -> NodeId {
        let no = self.truth(false);
        self.select(a, b, no).unwrap_or(no)
    }

    /// The value, rounded.
    pub fn round(&mut self, a: NodeId, rounding: Rounding) -> NodeId {
        let unit = self.unit(a).clone();
        if let Some(value) = self.literal(a)
            && let Ok(rounded) = rounding.exact(Exact::from(value))
        {
            return self.number(rounded, unit);
        }
        self.intern(Node::Round(a, rounding), unit)
    }

    /// A random quantity.
    pub fn draw(&mut self, draw: DrawId, parameters: Vec<NodeId>, unit: Unit) -> NodeId {
        self.intern(Node::Draw(draw, parameters), unit)
    }

    /// The yearly internal rate of return of what is received (above 0) and paid (below), in order
    /// of time from the first: see [`rates_of_return`](crate::finance::rates_of_return). It is no
    /// number where there is not exactly one.
    ///
    /// # Errors
    /// [`UnitClash`] when the amounts differ in unit.
    pub fn rate_of_return(&mut self, flows: Vec<(Years, NodeId)>) -> Result<NodeId, UnitClash> {
        for pair in flows.windows(2) {
            self.joined("rate of return", pair[0].1, pair[1].1)?;
        }
        Ok(self.intern(Node::RateOfReturn { flows }, Unit::Number))
    }

    /// The value under a name by which an evaluation may replace it.
    pub fn mark(&mut self, mark: MarkId, a: NodeId) -> NodeId {
        let unit = self.unit(a).clone();
        self.intern(Node::Mark(mark, a), unit)
    }

    /// The value in another unit; the caller answers for the meaning.
    ///
    /// # Errors
    /// [`UnitClash`] when the value already has a different unit.
    pub fn relabel(&mut self, a: NodeId, unit: &Unit) -> Result<NodeId, UnitClash> {
        let plain = matches!(
            self.unit(a),
            Unit::Bare | Unit::Open | Unit::Number | Unit::Share | Unit::Points
        );
        if self.unit(a) == unit {
            return Ok(a);
        }
        if !plain {
            return Err(UnitClash {
                operation: "unit",
                left: self.unit(a).clone(),
                right: unit.clone(),
            });
        }
        if let Some(value) = self.literal(a) {
            return Ok(self.number(value, unit.clone()));
        }
        let one = self.number(Decimal::ONE, unit.clone());
        Ok(self.intern(Node::Multiply(a, one), unit.clone()))
    }

    /// Copies what `roots` of `other` need into this graph, each symbol of `other` becoming the
    /// node that `replace` gives. Returns the roots here.
    pub fn graft(
        &mut self,
        other: &Graph,
        roots: &[NodeId],
        mut replace: impl FnMut(SymbolId) -> NodeId,
    ) -> Vec<NodeId> {
        self.graft_drawing(
            other,
            roots,
            |_, symbol| replace(symbol),
            |graph, draw, parameters, unit| graph.draw(draw, parameters, unit),
        )
    }

    /// As [`graft`](Self::graft), where each draw of `other`, given its parameters here and its
    /// unit, becomes the node that `draw` makes.
    pub fn graft_drawing(
        &mut self,
        other: &Graph,
        roots: &[NodeId],
        mut replace: impl FnMut(&mut Graph, SymbolId) -> NodeId,
        mut draw: impl FnMut(&mut Graph, DrawId, Vec<NodeId>, Unit) -> NodeId,
    ) -> Vec<NodeId> {
        let mut here: FxHashMap<NodeId, NodeId> = FxHashMap::default();
        for id in other.needed(roots) {
            let node = match other.node(id) {
                Node::Symbol(symbol) => replace(self, *symbol),
                Node::Draw(of, parameters) => {
                    let parameters = parameters.iter().map(|id| here[id]).collect();
                    draw(self, *of, parameters, other.unit(id).clone())
                }
                // Nothing is replaced in a grafted copy.
                Node::Mark(_, a) => here[a],
                node => {
                    let copy = node.with_operands(|id| here[&id]);
                    self.intern(copy, other.unit(id).clone())
                }
            };
            here.insert(id, node);
        }
        roots.iter().map(|root| here[root]).collect()
    }

    /// A bare 1 or 0 beside a yes-or-no value is yes or no: `p.enrolled == 1`.
    fn as_truth(&mut self, id: NodeId, beside: NodeId) -> NodeId {
        if *self.unit(beside) != Unit::Truth || *self.unit(id) != Unit::Bare {
            return id;
        }
        match self.literal(id) {
            Some(value) if value.is_zero() || value == Decimal::ONE => {
                self.number(value, Unit::Truth)
            }
            _ => id,
        }
    }

    fn is_zero(&self, id: NodeId) -> bool {
        self.literal(id).is_some_and(|value| value.is_zero())
    }

    fn joined(&self, operation: &'static str, a: NodeId, b: NodeId) -> Result<Unit, UnitClash> {
        let unit = self.unit(a).joined(self.unit(b));
        unit.ok_or_else(|| self.clash(operation, a, b))
    }

    fn clash(&self, operation: &'static str, a: NodeId, b: NodeId) -> UnitClash {
        UnitClash { operation, left: self.unit(a).clone(), right: self.unit(b).clone() }
    }

    /// Two literals whose result is a decimal become that literal.
    fn binary(
        &mut self,
        node: Node,
        unit: Unit,
        exact: impl Fn(Exact, Exact) -> Result<Exact, super::Fault>,
    ) -> NodeId {
        let mut literals = Vec::with_capacity(2);
        node.operands(|id| literals.push(self.literal(id)));
        if let [Some(a), Some(b)] = literals[..]
            && let Ok(value) = exact(a.into(), b.into())
            && let Some(value) = value.decimal()
        {
            return self.number(value, unit);
        }
        self.intern(node, unit)
    }

    pub(super) fn intern(&mut self, node: Node, unit: Unit) -> NodeId {
        if let Some(known) = self.known.get(&node) {
            return *known;
        }
        let id = NodeId(self.nodes.len() as u32);
        self.nodes.push(node.clone());
        self.units.push(unit);
        self.known.insert(node, id);
        id
    }
}
