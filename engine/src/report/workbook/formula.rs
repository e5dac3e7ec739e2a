//! From the contract's graph to formulas of a spreadsheet.
//!
//! A spreadsheet computes in binary floating point, where `3,000,000 × (0.41 − 0.3) ÷ 0.2` is a hair
//! off 1,650,000. So every rounding and every comparison of a computed value first rounds to the
//! digits that such arithmetic still has. Each formula is computed here in the same way; one that
//! would not give the exact amount is not written, and the amount stands in its place.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::expr::{
    Exact, Function, Graph, MarkId, Mode, Node, NodeId, Relation, Rounding, SymbolId,
};

/// Characters after which a formula gets a cell of its own.
const LENGTH_MAX: usize = 110;

/// Decimals kept before a rounding or a comparison, for values below ten.
const DIGITS_KEPT: i32 = 10;

/// What a cell of the workings holds.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Content {
    /// A formula, without `=`.
    Formula(String),
    /// The exact value, as the formula would read an outcome that is not shown.
    Hidden,
    /// The exact value, as a spreadsheet has no such function or computes it inexactly.
    Inexact,
}

/// A cell of the workings.
#[derive(Debug, Clone)]
pub(super) struct Step {
    /// What it computes.
    pub(super) node: NodeId,
    /// What it holds.
    pub(super) content: Content,
    /// The exact value; absent where something it needs was not measured.
    pub(super) exact: Option<Decimal>,
    /// What a spreadsheet makes of it.
    pub(super) computed: f64,
}

/// A value given from outside.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Given {
    /// It stands in a cell; a blank one counts as nothing.
    Cell {
        /// The address.
        at: String,
        /// What the cell holds.
        value: f64,
    },
    /// It is not shown.
    Hidden,
}

/// Where the values given from outside stand, by symbol and mark.
#[derive(Debug, Default)]
pub(super) struct Inputs {
    pub(super) symbols: FxHashMap<SymbolId, Given>,
    pub(super) marks: FxHashMap<MarkId, String>,
}

/// How tightly a formula holds together, from the loosest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Binding {
    Sum,
    Product,
    Atom,
}

/// A formula on its way.
#[derive(Debug, Clone)]
struct Part {
    text: String,
    binding: Binding,
}

impl Part {
    fn atom(text: String) -> Part {
        Part { text, binding: Binding::Atom }
    }

    fn within(&self, binding: Binding) -> String {
        if self.binding < binding { format!("({})", self.text) } else { self.text.clone() }
    }
}

/// Writes the workings of some roots.
pub(super) struct Writer<'a> {
    pub(super) graph: &'a Graph,
    pub(super) inputs: &'a Inputs,
    /// The exact value of a node, where it has one.
    pub(super) exact: &'a dyn Fn(NodeId) -> Option<Exact>,
    /// The address of the cell of the step at this position.
    pub(super) address: &'a dyn Fn(usize) -> String,
}

impl Writer<'_> {
    /// The steps that compute `amounts` and `prices`, each after those it uses; each of these has
    /// a step of its own.
    ///
    /// Of what depends on an outcome that is not shown, only `amounts` have a step, with their value.
    pub(super) fn steps(&self, amounts: &[NodeId], prices: &[NodeId]) -> Vec<Step> {
        let roots = &[amounts, prices].concat();
        let needed = self.needed(roots);
        let own = self.shared(&needed, roots);
        let mut run =
            Run { writer: self, parts: FxHashMap::default(), computed: FxHashMap::default() };
        let mut steps = Vec::new();
        let mut hidden = FxHashSet::default();
        for node in needed {
            let computed = run.compute(node);
            run.computed.insert(node, computed);
            let exact = (self.exact)(node).map(Exact::approximate);
            if self.hides(node, &hidden) {
                hidden.insert(node);
                // Only an amount that is shown anyway stands for what it was computed from.
                if amounts.contains(&node) {
                    let step = Step { node, content: Content::Hidden, exact, computed };
                    run.parts.insert(node, Part::atom((self.address)(steps.len())));
                    hidden.remove(&node);
                    run.settle(node, exact);
                    steps.push(step);
                }
                continue;
            }
            let part = run.part(node);
            let leaf = matches!(self.graph.node(node), Node::Number(..) | Node::Symbol(_))
                || self.is_told(node);
            let is_root = roots.contains(&node);
            let long = part.as_ref().is_none_or(|part| part.text.len() > LENGTH_MAX);
            if !is_root && (leaf || !(long || own.contains(&node))) {
                run.parts.extend(part.map(|part| (node, part)));
                continue;
            }
            let content = match part {
                Some(part) if agrees(computed, exact) => Content::Formula(part.text),
                _ => {
                    run.settle(node, exact);
                    Content::Inexact
                }
            };
            run.parts.insert(node, Part::atom((self.address)(steps.len())));
            let computed = run.computed[&node];
            steps.push(Step { node, content, exact, computed });
        }
        steps
    }

    /// What `roots` need; what earlier evaluations paid is taken as it is told.
    fn needed(&self, roots: &[NodeId]) -> Vec<NodeId> {
        let mut needed = FxHashSet::default();
        let mut open = roots.to_vec();
        while let Some(node) = open.pop() {
            if needed.insert(node) && !self.is_told(node) {
                self.graph.node(node).operands(|operand| open.push(operand));
            }
        }
        let mut needed: Vec<NodeId> = needed.into_iter().collect();
        needed.sort_unstable();
        needed
    }

    /// Nodes used more than once, and those whose formula would be repeated.
    fn shared(&self, needed: &[NodeId], roots: &[NodeId]) -> FxHashSet<NodeId> {
        let mut uses: FxHashMap<NodeId, usize> = FxHashMap::default();
        let mut repeated = FxHashSet::default();
        for node in needed.iter().filter(|node| !self.is_told(**node)) {
            self.graph.node(*node).operands(|operand| *uses.entry(operand).or_default() += 1);
            if let Node::Round(a, Rounding { mode: Mode::HalfEven, .. }) = self.graph.node(*node) {
                repeated.insert(*a);
            }
        }
        repeated.extend(uses.into_iter().filter(|(_, uses)| *uses > 1).map(|(node, _)| node));
        repeated.extend(roots);
        repeated
    }

    fn is_told(&self, node: NodeId) -> bool {
        matches!(self.graph.node(node), Node::Mark(mark, _) if self.inputs.marks.contains_key(mark))
    }

    fn hides(&self, node: NodeId, hidden: &FxHashSet<NodeId>) -> bool {
        if let Node::Symbol(symbol) = self.graph.node(node) {
            return self.inputs.symbols.get(symbol) == Some(&Given::Hidden);
        }
        let mut hides = false;
        if !self.is_told(node) {
            self.graph.node(node).operands(|operand| hides |= hidden.contains(&operand));
        }
        hides
    }
}

/// Whether a spreadsheet comes to the exact value, to the precision amounts are compared in.
fn agrees(computed: f64, exact: Option<Decimal>) -> bool {
    let Some(exact) = exact.and_then(|exact| exact.to_f64()) else { return true };
    (computed - exact).abs() <= 1e-9 * exact.abs().max(1.0)
}

/// Formulas and values as they are made, operands first.
struct Run<'w, 'a> {
    writer: &'w Writer<'a>,
    parts: FxHashMap<NodeId, Part>,
    computed: FxHashMap<NodeId, f64>,
}

impl Run<'_, '_> {
    /// The cell holds the exact value itself.
    fn settle(&mut self, node: NodeId, exact: Option<Decimal>) {
        let value = exact.and_then(|exact| exact.to_f64()).unwrap_or(f64::NAN);
        self.computed.insert(node, value);
    }

    /// The formula of a node, when a spreadsheet has one.
    fn part(&self, node: NodeId) -> Option<Part> {
        let part = |id: &NodeId| self.parts.get(id);
        let infix = |a: &NodeId, sign: &str, b: &NodeId, own: Binding, right: Binding| {
            let (a, b) = (part(a)?.within(own), part(b)?.within(right));
            Some(Part { text: format!("{a}{sign}{b}"), binding: own })
        };
        let function = |name: &str, of: &[&NodeId]| {
            let of: Option<Vec<&str>> = of.iter().map(|id| Some(part(id)?.text.as_str())).collect();
            Some(Part::atom(format!("{name}({})", of?.join(","))))
        };
        match self.writer.graph.node(node) {
            Node::Number(value, _) => Some(number(*value)),
            Node::Symbol(symbol) => match self.writer.inputs.symbols.get(symbol)? {
                Given::Cell { at, .. } => Some(Part::atom(at.clone())),
                Given::Hidden => None,
            },
            Node::Mark(mark, a) => match self.writer.inputs.marks.get(mark) {
                Some(cell) => Some(Part::atom(cell.clone())),
                None => part(a).cloned(),
            },
            Node::Apply(Function::Negate, a) => {
                let text = format!("-{}", part(a)?.within(Binding::Atom));
                Some(Part { text, binding: Binding::Sum })
            }
            Node::Apply(Function::Magnitude, a) => function("ABS", &[a]),
            Node::Add(a, b) => infix(a, "+", b, Binding::Sum, Binding::Sum),
            Node::Subtract(a, b) => infix(a, "-", b, Binding::Sum, Binding::Product),
            // A factor of one only gives a unit.
            Node::Multiply(a, b) if self.is_one(*b) => part(a).cloned(),
            Node::Multiply(a, b) => infix(a, "*", b, Binding::Product, Binding::Product),
            Node::Divide(a, b) => infix(a, "/", b, Binding::Product, Binding::Atom),
            Node::Smaller(a, b) => function("MIN", &[a, b]),
            Node::Larger(a, b) => function("MAX", &[a, b]),
            Node::Compare(..) => Some(Part::atom(format!("IF({},1,0)", self.condition(node)?))),
            Node::Select { when, then, otherwise } => {
                let (then, otherwise) = (&part(then)?.text, &part(otherwise)?.text);
                let when = self.condition(*when)?;
                Some(Part::atom(format!("IF({when},{then},{otherwise})")))
            }
            Node::Round(a, rounding) => self.rounded(*a, *rounding),
            Node::Apply(_, _) | Node::Draw(..) | Node::RateOfReturn { .. } => None,
        }
    }

    /// A node that is true or false, as a condition.
    fn condition(&self, node: NodeId) -> Option<String> {
        // What has a cell of its own holds 1 or 0.
        let has_cell = self.parts.get(&node).is_some_and(|part| is_address(&part.text));
        match self.writer.graph.node(node) {
            Node::Compare(relation, a, b) if !has_cell => {
                let sign = match relation {
                    Relation::Less => "<",
                    Relation::AtMost => "<=",
                    Relation::Equal => "=",
                };
                Some(format!("{}{sign}{}", self.snapped_text(*a)?, self.snapped_text(*b)?))
            }
            _ => Some(format!("{}<>0", self.parts.get(&node)?.within(Binding::Atom))),
        }
    }

    fn rounded(&self, a: NodeId, rounding: Rounding) -> Option<Part> {
        let Rounding { mode, step } = rounding;
        let a = self.parts.get(&a)?;
        let decimal_step = step.normalize().mantissa() == 1;
        let digits = step.normalize().scale();
        let whole_power =
            step.to_i64().filter(|step| step.to_string().trim_end_matches('0') == "1");
        let places = match (decimal_step, whole_power) {
            (true, _) if step <= Decimal::ONE => Some(i64::from(digits)),
            (_, Some(step)) => Some(-(step.to_string().len() as i64 - 1)),
            _ => None,
        };
        let kept = kept(step);
        if let (Some(places), Some(name)) = (places, excel_name(mode)) {
            let text = &a.text;
            return Some(Part::atom(format!("{name}(ROUND({text},{kept}),{places})")));
        }
        let step = number(step).text;
        let steps = format!("{}/{step}", a.within(Binding::Product));
        let text = match excel_name(mode) {
            Some(name) => format!("{name}(ROUND({steps},6),0)*{step}"),
            // Half to even: twice the rounded half of a value that ends in a half.
            None => format!(
                "IF(ROUND(ABS({steps}-TRUNC({steps})),6)=0.5,2*ROUND({steps}/2,0),ROUND({steps},0))*{step}"
            ),
        };
        Some(Part { text, binding: Binding::Product })
    }

    /// A side of a comparison: as it stands, or rounded when it was computed.
    fn snapped_text(&self, node: NodeId) -> Option<String> {
        let part = self.parts.get(&node)?;
        Some(match self.digits_kept(node) {
            None => part.within(Binding::Sum),
            Some(digits) => format!("ROUND({},{digits})", part.text),
        })
    }

    /// To how many digits a computed value is compared; `None` for values as given.
    fn digits_kept(&self, node: NodeId) -> Option<i32> {
        match self.writer.graph.node(node) {
            Node::Number(..) | Node::Symbol(_) => None,
            _ => {
                let value = self.computed.get(&node).copied().unwrap_or(0.0).abs();
                let whole = if value >= 1.0 { format!("{value:.0}").len() as i32 } else { 1 };
                Some((DIGITS_KEPT + 1 - whole).clamp(2, DIGITS_KEPT))
            }
        }
    }

    fn is_one(&self, node: NodeId) -> bool {
        self.writer.graph.literal(node) == Some(Decimal::ONE)
    }

    /// What a spreadsheet computes, in the order of the formula. A blank cell counts as nothing.
    fn compute(&self, node: NodeId) -> f64 {
        let of = |id: &NodeId| self.computed.get(id).copied().unwrap_or(0.0);
        let given = || {
            let exact = (self.writer.exact)(node).map(Exact::approximate);
            exact.and_then(|exact| exact.to_f64()).unwrap_or(0.0)
        };
        match self.writer.graph.node(node) {
            Node::Number(value, _) => value.to_f64().unwrap_or(f64::NAN),
            Node::Symbol(symbol) => match self.writer.inputs.symbols.get(symbol) {
                Some(Given::Cell { value, .. }) => *value,
                Some(Given::Hidden) | None => given(),
            },
            Node::Mark(..) if self.writer.is_told(node) => given(),
            Node::Mark(_, a) => of(a),
            Node::Apply(Function::Negate, a) => -of(a),
            Node::Apply(Function::Magnitude, a) => of(a).abs(),
            Node::Apply(_, _) | Node::Draw(..) | Node::RateOfReturn { .. } => given(),
            Node::Add(a, b) => of(a) + of(b),
            Node::Subtract(a, b) => of(a) - of(b),
            Node::Multiply(a, b) => of(a) * of(b),
            Node::Divide(a, b) => of(a) / of(b),
            Node::Smaller(a, b) => of(a).min(of(b)),
            Node::Larger(a, b) => of(a).max(of(b)),
            Node::Compare(relation, a, b) => {
                let [a, b] = [a, b].map(|id| match self.digits_kept(*id) {
                    Some(digits) => rounded_to(of(id), digits),
                    None => of(id),
                });
                let holds = match relation {
                    Relation::Less => a < b,
                    Relation::AtMost => a <= b,
                    Relation::Equal => a == b,
                };
                f64::from(u8::from(holds))
            }
            Node::Select { when, then, otherwise } => {
                if of(when) == 0.0 {
                    of(otherwise)
                } else {
                    of(then)
                }
            }
            Node::Round(a, rounding) => round(of(a), *rounding),
        }
    }
}

/// The spreadsheet's function for a rounding, when it has one.
fn excel_name(mode: Mode) -> Option<&'static str> {
    match mode {
        Mode::Down => Some("ROUNDDOWN"),
        Mode::Up => Some("ROUNDUP"),
        Mode::HalfUp => Some("ROUND"),
        Mode::HalfEven => None,
    }
}

/// Decimals that are kept before rounding to a step.
fn kept(step: Decimal) -> u32 {
    step.normalize().scale() + 5
}

fn number(value: Decimal) -> Part {
    let text = value.normalize().to_string();
    let binding = if value.is_sign_negative() { Binding::Sum } else { Binding::Atom };
    Part { text, binding }
}

fn is_address(text: &str) -> bool {
    text.contains('$') && !text.contains(['(', '+', '*', '/', '<', '=', ','])
}

/// As the formula for this rounding computes it.
fn round(value: f64, Rounding { mode, step }: Rounding) -> f64 {
    let step = step.to_f64().unwrap_or(f64::NAN);
    let steps = if step < 1.0 { value * (1.0 / step).round() } else { value / step };
    let steps = rounded_to(steps, 5);
    let whole = steps.trunc();
    let rest = (steps - whole).abs();
    let away = match mode {
        Mode::Down => false,
        Mode::Up => rest > 0.0,
        Mode::HalfUp => rest >= 0.5,
        Mode::HalfEven => rest > 0.5 || (rest == 0.5 && whole % 2.0 != 0.0),
    };
    let whole = if away { whole + 1.0_f64.copysign(steps) } else { whole };
    if step < 1.0 { whole / (1.0 / step).round() } else { whole * step }
}

/// The spreadsheet's ROUND.
fn rounded_to(value: f64, digits: i32) -> f64 {
    let per_one = (0..digits).fold(1.0, |power, _| power * 10.0);
    (value * per_one).round() / per_one
}
