//! Why a line pays what it pays: the conditions that held and the sum that was done.

use rust_decimal::Decimal;

use crate::contract::explain::amount_text;
use crate::contract::{AtEarlyEnd, Contract, CutBy, LineKind, LineTerms, Price, Reason};
use crate::expr::exact::Evaluator;
use crate::expr::{Exact, Function, Node, NodeId, Relation, SymbolId, Unit};
use crate::problem::{Language, Text, say};

use super::Measured;

/// Explains one line of an evaluation that was run.
pub(super) struct Because<'a> {
    pub(super) contract: &'a Contract,
    pub(super) evaluator: &'a Evaluator<'a>,
    pub(super) measured: &'a [(usize, Measured)],
    pub(super) evaluation: usize,
    /// The values the evaluator was run on.
    pub(super) symbols: &'a dyn Fn(SymbolId) -> Option<Exact>,
}

impl Because<'_> {
    /// Why the line has its amount.
    pub(super) fn line(&self, line: &LineTerms) -> Text {
        match line.reason {
            Reason::Payment(position) => {
                let declared = &self.contract.lines[position];
                let price = declared.prices.iter().find(|p| p.evaluation == self.evaluation);
                let why = price.map(|price| self.price(price, line)).unwrap_or_default();
                match declared.kind {
                    LineKind::Payment => why,
                    LineKind::Malus => say!("deducted: {}", "減額: {}", why),
                    LineKind::Return => say!("paid back: {}", "返還: {}", why),
                }
            }
            Reason::Offset(position) => {
                let declared = &self.contract.offsets[position];
                let price = declared.prices.iter().find(|p| p.evaluation == self.evaluation);
                let why = price.map(|price| self.unsettled(price)).unwrap_or_default();
                match line.to_date.map(|to_date| (self.told(to_date.owed), to_date.paid)) {
                    Some((owed, paid)) => {
                        let paid = self.value(paid).map(Exact::negated);
                        let paid = paid.map(|paid| self.shown(paid, true)).unwrap_or_default();
                        say!(
                            "netted: {}; {owed} to date, of which {paid} was netted before",
                            "差引: {}。累計 {owed}、うち差引済 {paid}",
                            why
                        )
                    }
                    None => say!("netted: {}", "差引: {}", why),
                }
            }
            Reason::Cap { by, limit, line } => self.cut(by, &amount_text(limit), line),
            Reason::Minimum(minimum) => {
                let minimum = amount_text(minimum);
                say!(
                    "topped up to the minimum payment of {minimum}",
                    "最低支払額 {minimum} まで補う"
                )
            }
        }
    }

    fn cut(&self, by: CutBy, limit: &str, line: Option<usize>) -> Text {
        let line = line.map(|line| self.contract.lines[line].title.clone()).unwrap_or_default();
        match by {
            CutBy::LineEach => {
                say!(
                    "{} pays at most {limit} per evaluation",
                    "{} の評価ごとの上限は {limit}",
                    line
                )
            }
            CutBy::Line => {
                say!("{} pays at most {limit} in all", "{} の総額の上限は {limit}", line)
            }
            CutBy::Evaluation => {
                say!("at most {limit} is paid per evaluation", "評価ごとの支払上限は {limit}")
            }
            CutBy::Year => {
                say!("at most {limit} is paid per fiscal year", "会計年度ごとの支払上限は {limit}")
            }
            CutBy::Payer => {
                say!("this payer pays at most {limit} in all", "この支払者の支払上限は {limit}")
            }
            CutBy::Payment => {
                say!("no more can be deducted than is paid", "減額は支払う額を限度とする")
            }
            CutBy::Total => {
                say!("at most {limit} is paid under the contract", "契約全体の支払上限は {limit}")
            }
        }
    }

    /// What an offset comes to, before it meets what it is netted from.
    fn unsettled(&self, price: &Price) -> Text {
        self.why(price, Some(price.amount))
    }

    fn price(&self, price: &Price, line: &LineTerms) -> Text {
        let mut parts = vec![self.why(price, self.plain(line).then_some(line.amount))];
        if let Some(to_date) = line.to_date {
            let (owed, paid) = (self.told(to_date.owed), self.told(to_date.paid));
            parts.push(say!(
                "{owed} owed to date, of which {paid} was paid before",
                "累計 {owed}、うち既払額 {paid}"
            ));
        }
        if let Some(ended) = self.early_end(line) {
            parts.push(ended);
        }
        if let Some(share) = line.share {
            let part = share.words();
            parts.push(say!("of this, {part}", "このうち {part}"));
        }
        Text::join(&parts, &say!("; ", "。"))
    }

    /// Whether nothing stands between a line's price and its amount but rounding.
    fn plain(&self, line: &LineTerms) -> bool {
        let Reason::Payment(position) = line.reason else { return false };
        let paid = self.contract.lines[position].kind == LineKind::Payment;
        let changed = line.share.is_some() || line.to_date.is_some();
        paid && !changed && self.early_end(line).is_none()
    }

    /// What an early end makes of a line, where it changes it.
    fn early_end(&self, line: &LineTerms) -> Option<Text> {
        let Reason::Payment(position) = line.reason else { return None };
        let symbols = self.contract.terms.endings.get(self.evaluation)?;
        let declared = &self.contract.lines[position];
        let price = declared.prices.iter().find(|price| price.evaluation == self.evaluation)?;
        let ending = self.contract.early_end.as_ref()?;
        let stated = if price.linked { ending.linked } else { ending.fixed };
        let ended = !(self.symbols)(symbols.ended).is_none_or(Exact::is_zero);
        match (declared.at_early_end.unwrap_or(stated), ended) {
            (AtEarlyEnd::ProRata, true) => {
                let served = (self.symbols)(symbols.served)?;
                let served = self.shown(served, false);
                Some(say!(
                    "the contract ended early: {served} of the period was served",
                    "途中終了のため、期間のうち {served} を日割り"
                ))
            }
            (AtEarlyEnd::Nothing, true) => {
                Some(say!("the contract ended early, so nothing is paid", "途中終了のため支払なし"))
            }
            (AtEarlyEnd::Only, false) => {
                Some(say!("paid only if the contract ends early", "途中終了のときだけ支払う"))
            }
            _ => None,
        }
    }

    /// Why a price is what it is; with the amount it was rounded to.
    fn why(&self, price: &Price, amount: Option<NodeId>) -> Text {
        for need in &price.needs {
            let outcome = &self.contract.terms.outcomes[*need];
            let measured = self.measured.iter().find(|(position, _)| position == need);
            let title = self.contract.indicators[outcome.indicator].title.clone();
            match measured {
                Some((_, measured)) if measured.is_available() => {}
                Some((_, measured)) if measured.n >= measured.at_least => {
                    return say!(
                        "{} has no value: a group is empty, or what it is compared with is 0; nothing is paid",
                        "{} は値がありません（群が空か、比較対象が 0）。支払なし",
                        title
                    );
                }
                Some((_, measured)) => {
                    let (n, at_least) = (measured.n, measured.at_least);
                    return say!(
                        "{}: {n} measured, at least {at_least} needed, so nothing is paid",
                        "{}: 測定 {n} 人、必要 {at_least} 人以上のため支払なし",
                        title
                    );
                }
                None => {
                    return say!(
                        "{} was not measured, so nothing is paid",
                        "{} は未測定のため支払なし",
                        title
                    );
                }
            }
        }
        let mut parts = Vec::new();
        if let Some(gate) = price.gate {
            let open = self.holds(gate);
            let mut conditions = Conditions::default();
            self.condition(gate, open, &mut conditions);
            let conditions = Text::join(&conditions.sentences(), &say!(", ", "、"));
            if !open {
                return say!(
                    "{}: the condition does not hold, so nothing is paid",
                    "{}: 条件を満たさないため支払なし",
                    conditions
                );
            }
            parts.push(conditions);
        }
        let mut conditions = Conditions::default();
        let formula = self.formula(price.stated, &mut conditions, Binding::Loose);
        parts.extend(conditions.sentences());
        let value = self.value(price.stated);
        let rounded = amount.and_then(|amount| self.value(amount));
        let exact = value.map(|value| self.shown(value, true)).unwrap_or_default();
        let rounding = match (value, rounded) {
            (Some(value), Some(rounded)) if value != rounded => {
                let rounded = self.shown(rounded, true);
                say!(", rounded to {rounded}", "、端数処理して {rounded}")
            }
            _ => Text::default(),
        };
        if formula == exact {
            if parts.is_empty() {
                parts.push(if price.linked {
                    say!("pays {formula}{}", "{formula}{} を支払う", rounding)
                } else {
                    say!("fixed{}", "固定額{}", rounding)
                });
            } else {
                parts.push(say!("pays {formula}{}", "{formula} を支払う{}", rounding));
            }
        } else {
            parts.push(say!("{formula} = {exact}{}", "{formula} = {exact}{}", rounding));
        }
        Text::join(&parts, &say!("; ", "。"))
    }

    /// The outcome that a node is, or is between two ends.
    fn outcome_in(&self, node: NodeId) -> Option<NodeId> {
        match self.contract.graph.node(node) {
            Node::Symbol(_) => Some(node),
            Node::Smaller(a, b) | Node::Larger(a, b) => {
                self.outcome_in(*a).or_else(|| self.outcome_in(*b))
            }
            _ => None,
        }
    }

    fn value(&self, node: NodeId) -> Option<Exact> {
        self.evaluator.value(node).ok()
    }

    fn holds(&self, node: NodeId) -> bool {
        self.value(node).is_some_and(|value| !value.is_zero())
    }

    /// The sum that was done, with the chosen branches only; what decided goes to `conditions`.
    fn formula(&self, node: NodeId, conditions: &mut Conditions, binding: Binding) -> String {
        // A sum of thousands of terms is told by its value.
        if conditions.depth >= DEPTH_MAX {
            return self.told(node);
        }
        conditions.depth += 1;
        let text = self.formula_within(node, conditions, binding);
        conditions.depth -= 1;
        text
    }

    fn told(&self, node: NodeId) -> String {
        let money = self.contract.graph.unit(node).is_money();
        self.value(node).map(|value| self.shown(value, money)).unwrap_or_default()
    }

    fn formula_within(
        &self,
        node: NodeId,
        conditions: &mut Conditions,
        binding: Binding,
    ) -> String {
        let graph = &self.contract.graph;
        let infix =
            |operator: &str, a: NodeId, b: NodeId, own: Binding, conditions: &mut Conditions| {
                let left = self.formula(a, conditions, own);
                let right = bracketed(self.formula(b, conditions, own.tighter()));
                let text = format!("{left} {operator} {right}");
                if own < binding { format!("({text})") } else { text }
            };
        match graph.node(node) {
            Node::Add(a, b) => infix("+", *a, *b, Binding::Sum, conditions),
            Node::Subtract(a, b) => infix("−", *a, *b, Binding::Sum, conditions),
            Node::Multiply(a, b) if self.is_label(*b) => self.formula(*a, conditions, binding),
            Node::Multiply(a, b) => infix("×", *a, *b, Binding::Product, conditions),
            Node::Divide(a, b) => infix("÷", *a, *b, Binding::Product, conditions),
            Node::Apply(Function::Negate, a) => {
                format!("−{}", bracketed(self.formula(*a, conditions, Binding::Tight)))
            }
            Node::Smaller(a, b) | Node::Larger(a, b) => {
                // The one that was taken; an outcome that was held at an end is told as measured.
                let first = self.value(*a) == self.value(node);
                let (taken, left) = if first { (*a, *b) } else { (*b, *a) };
                if let (Some(limit), Some(outcome)) = (self.value(taken), self.outcome_in(left))
                    && graph.literal(taken).is_some()
                {
                    let above = matches!(graph.node(node), Node::Smaller(..));
                    let unit = graph.unit(outcome);
                    let value = self.value(outcome);
                    conditions.add(Condition {
                        name: self.name(outcome),
                        value: value.map(|value| self.compared(value, unit)).unwrap_or_default(),
                        relation: if above { Sign::AtLeast } else { Sign::AtMost },
                        limit: Some(limit),
                        limit_text: self.compared(limit, unit),
                    });
                }
                self.formula(taken, conditions, binding)
            }
            Node::Select { when, then, otherwise } => {
                let holds = self.holds(*when);
                self.condition(*when, holds, conditions);
                self.formula(if holds { *then } else { *otherwise }, conditions, binding)
            }
            Node::Number(..)
            | Node::Symbol(_)
            | Node::Apply(..)
            | Node::Compare(..)
            | Node::Round(..)
            | Node::Draw(..)
            | Node::RateOfReturn { .. }
            | Node::Mark(..) => self.told(node),
        }
    }

    /// Whether a node only gives its factor a unit.
    fn is_label(&self, node: NodeId) -> bool {
        let graph = &self.contract.graph;
        graph.literal(node) == Some(rust_decimal::Decimal::ONE) && graph.unit(node).is_money()
    }

    /// What held, or did not, as a sentence about the outcome.
    fn condition(&self, node: NodeId, holds: bool, conditions: &mut Conditions) {
        let graph = &self.contract.graph;
        match graph.node(node) {
            Node::Compare(relation, a, b) => {
                let (subject, other, relation) = match graph.literal(*a) {
                    Some(_) => (*b, *a, Sign::mirrored(*relation, holds)),
                    None => (*a, *b, Sign::plain(*relation, holds)),
                };
                let unit = graph.unit(subject);
                let shown = |node: NodeId| {
                    self.value(node).map(|value| self.compared(value, unit)).unwrap_or_default()
                };
                conditions.add(Condition {
                    name: self.name(subject),
                    value: shown(subject),
                    relation,
                    limit: self.value(other),
                    limit_text: shown(other),
                });
            }
            Node::Select { when, then, otherwise } => {
                let first = self.holds(*when);
                self.condition(*when, first, conditions);
                let rest = if first { *then } else { *otherwise };
                if graph.literal(rest).is_none() {
                    self.condition(rest, holds, conditions);
                }
            }
            _ => {}
        }
    }

    /// The title of the outcome a node is.
    fn name(&self, node: NodeId) -> Option<Text> {
        // A bound is read by rounding it.
        let node = match self.contract.graph.node(node) {
            Node::Round(inner, _) => *inner,
            _ => node,
        };
        let Node::Symbol(symbol) = self.contract.graph.node(node) else { return None };
        if let Some(name) = self.bound_name(*symbol) {
            return Some(name);
        }
        let outcome = self
            .contract
            .terms
            .outcomes
            .iter()
            .find(|outcome| outcome.value == *symbol || outcome.available == *symbol)?;
        let title = self.contract.indicators[outcome.indicator].title.clone();
        Some(if outcome.available == *symbol {
            say!("{} measured:", "{} の測定:", title)
        } else {
            title
        })
    }

    /// What a confidence bound is called.
    fn bound_name(&self, symbol: SymbolId) -> Option<Text> {
        let (indicator, bound) = self.contract.bound_of(symbol)?;
        let title = self.contract.indicators[indicator].title.clone();
        let level = (bound.level * Decimal::ONE_HUNDRED).normalize();
        Some(if bound.upper {
            say!("upper {level}% bound of {}", "{}の{level}%信頼上限", title)
        } else {
            say!("lower {level}% bound of {}", "{}の{level}%信頼下限", title)
        })
    }

    /// A value or a limit as the outcome that is compared is told; digits behind the sixth decimal,
    /// which only a bound has, are left out with the sign that says so.
    fn compared(&self, value: Exact, unit: &Unit) -> Text {
        let notation = unit.notation();
        let scaled = match notation.hundredfold {
            true => value.times(Exact::from(100)),
            false => Ok(value),
        };
        let Ok(scaled) = scaled else { return Text::from(self.shown(value, false)) };
        let cut = scaled.decimal().map(|whole| (whole, whole.trunc_with_scale(COMPARED_DIGITS)));
        let text = match cut {
            Some((whole, cut)) if cut != whole && !cut.is_zero() => {
                format!("{}…", cut.normalize())
            }
            _ => self.shown(scaled, unit.is_money()),
        };
        match notation.hundredfold {
            true => Text {
                en: notation.beside(&text, Language::En),
                ja: notation.beside(&text, Language::Ja),
            },
            false => Text::from(text),
        }
    }

    fn shown(&self, value: Exact, money: bool) -> String {
        let decimal = value.approximate();
        if value.decimal().is_none() {
            // An endless quotient is shown to eight decimals, with the sign that says so.
            return format!("{}…", amount_text(decimal.trunc_with_scale(8)));
        }
        if money { amount_text(decimal) } else { decimal.normalize().to_string() }
    }
}

/// A comparison that came out: `name value relation limit`.
#[derive(Debug, Clone, PartialEq)]
struct Condition {
    name: Option<Text>,
    value: Text,
    relation: Sign,
    limit: Option<Exact>,
    limit_text: Text,
}

/// What decided, with no more than the nearest limit on each side of a value.
#[derive(Debug, Default)]
struct Conditions {
    found: Vec<Condition>,
    /// How deep in the formula it was found.
    depth: usize,
}

/// The decimals of what is compared that are shown.
const COMPARED_DIGITS: u32 = 6;

/// How deep a formula is written out.
const DEPTH_MAX: usize = 24;

impl Conditions {
    fn add(&mut self, found: Condition) {
        let side = found.relation.side();
        let same = self.found.iter_mut().find(|known| {
            known.name == found.name && known.value == found.value && known.relation.side() == side
        });
        let Some(known) = same.filter(|_| side != Side::Equal) else {
            if !self.found.contains(&found) {
                self.found.push(found);
            }
            return;
        };
        let order = match (known.limit, found.limit) {
            (Some(known), Some(found)) => found.compare(known).ok(),
            _ => None,
        };
        let nearer = match side {
            Side::Above => order.is_some_and(std::cmp::Ordering::is_gt),
            Side::Below => order.is_some_and(std::cmp::Ordering::is_lt),
            Side::Equal => false,
        };
        if nearer {
            *known = found;
        }
    }

    /// One sentence per value: `5 ≤ 5.2 < 6.5` where it lies between two limits.
    fn sentences(&self) -> Vec<Text> {
        let mut sentences = Vec::new();
        let mut told = vec![false; self.found.len()];
        for (position, condition) in self.found.iter().enumerate() {
            if told[position] {
                continue;
            }
            let partner = self.found.iter().enumerate().skip(position + 1).find(|(other, next)| {
                !told[*other]
                    && next.name == condition.name
                    && next.value == condition.value
                    && next.relation.side() != Side::Equal
                    && condition.relation.side() != Side::Equal
                    && next.relation.side() != condition.relation.side()
            });
            let value = &condition.value;
            let told_text = match partner {
                Some((other, next)) => {
                    told[other] = true;
                    let above = condition.relation.side() == Side::Above;
                    let (low, high) = if above { (condition, next) } else { (next, condition) };
                    let (low_sign, high_sign) =
                        (low.relation.turned().symbol(), high.relation.symbol());
                    say!(
                        "{} {low_sign} {} {high_sign} {}",
                        "{} {low_sign} {} {high_sign} {}",
                        low.limit_text,
                        value,
                        high.limit_text
                    )
                }
                None => {
                    let sign = condition.relation.symbol();
                    say!("{} {sign} {}", "{} {sign} {}", value, condition.limit_text)
                }
            };
            sentences.push(match &condition.name {
                Some(name) => say!("{} {}", "{} {}", name, told_text),
                None => told_text,
            });
        }
        sentences
    }
}

/// On which side of a limit a value lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Below,
    Above,
    Equal,
}

/// How tightly an operator holds its operands together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Binding {
    Loose,
    Sum,
    Product,
    Tight,
}

impl Binding {
    fn tighter(self) -> Binding {
        match self {
            Binding::Loose => Binding::Sum,
            Binding::Sum => Binding::Product,
            Binding::Product | Binding::Tight => Binding::Tight,
        }
    }
}

/// A comparison as it came out, with the outcome on the left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    Less,
    AtMost,
    Greater,
    AtLeast,
    Equal,
    Different,
}

impl Sign {
    fn plain(relation: Relation, holds: bool) -> Sign {
        match (relation, holds) {
            (Relation::Less, true) => Sign::Less,
            (Relation::Less, false) => Sign::AtLeast,
            (Relation::AtMost, true) => Sign::AtMost,
            (Relation::AtMost, false) => Sign::Greater,
            (Relation::Equal, true) => Sign::Equal,
            (Relation::Equal, false) => Sign::Different,
        }
    }

    fn mirrored(relation: Relation, holds: bool) -> Sign {
        Sign::plain(relation, holds).turned()
    }

    fn side(self) -> Side {
        match self {
            Sign::Less | Sign::AtMost => Side::Below,
            Sign::Greater | Sign::AtLeast => Side::Above,
            Sign::Equal | Sign::Different => Side::Equal,
        }
    }

    /// The same relation read from right to left.
    fn turned(self) -> Sign {
        match self {
            Sign::Less => Sign::Greater,
            Sign::AtMost => Sign::AtLeast,
            Sign::Greater => Sign::Less,
            Sign::AtLeast => Sign::AtMost,
            same @ (Sign::Equal | Sign::Different) => same,
        }
    }

    fn symbol(self) -> &'static str {
        match self {
            Sign::Less => "<",
            Sign::AtMost => "≤",
            Sign::Greater => ">",
            Sign::AtLeast => "≥",
            Sign::Equal => "=",
            Sign::Different => "≠",
        }
    }
}

/// An operand behind a sign: a number below nothing stands in brackets.
fn bracketed(operand: String) -> String {
    if operand.starts_with(['-', '−']) { format!("({operand})") } else { operand }
}
