//! Expressions, values and dates in words, Japanese or English.
//!
//! In: a node of a contract's graph. Out: a phrase without a final period, with the titles of
//! indicators for their ids. The term sheet and statements print it.
//!
//! Never here: what a phrase is for, Markdown.

use std::cell::Cell;

use jiff::ToSpan;
use jiff::civil::Date;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::Contract;
use super::explain::amount_text;
use crate::expr::{Function, Graph, Mode, Node, NodeId, Relation, Rounding, SymbolId, Unit};
use crate::problem::Language;

/// A phrase from an English and a Japanese format string over the same variables.
macro_rules! phrase {
    ($language:expr, $en:literal, $ja:literal $(,)?) => {
        match $language {
            $crate::problem::Language::En => format!($en),
            $crate::problem::Language::Ja => format!($ja),
        }
    };
}
pub(crate) use phrase;

/// Nodes after which an expression is too long to be read; shared parts are printed each time.
const NODES_MAX: usize = 200;

/// What a node computes, in words. Outcomes carry the date of their evaluation where the contract
/// has several.
pub(crate) fn expression(contract: &Contract, node: NodeId, language: Language) -> String {
    Wording::new(contract, language, None).expression(node)
}

/// What a node computes, as read at an evaluation: only outcomes of other evaluations carry their
/// date.
pub(crate) fn expression_at(
    contract: &Contract,
    node: NodeId,
    evaluation: usize,
    language: Language,
) -> String {
    Wording::new(contract, language, Some(evaluation)).expression(node)
}

/// What a node computes of a row, in English, with the headings of columns.
pub(crate) fn by_heading(contract: &Contract, node: NodeId) -> String {
    let wording = Wording::new(contract, Language::En, None);
    Wording { by_heading: true, ..wording }.expression(node)
}

/// A value in words where it stands for what is yes or no, too: a column by its title.
pub(crate) fn named(contract: &Contract, node: NodeId, language: Language) -> String {
    let wording = Wording::new(contract, language, None);
    match contract.graph.node(node) {
        Node::Symbol(symbol) => wording.symbol(*symbol),
        _ => wording.expression(node),
    }
}

/// An amount with its currency: `1,000 yen`, `1,000円`, `USD 12.5`.
pub(crate) fn amount(value: Decimal, currency: &str, language: Language) -> String {
    let text = amount_text(value);
    match (currency, language) {
        ("JPY", Language::En) => format!("{text} yen"),
        ("JPY", Language::Ja) => format!("{text}円"),
        _ => format!("{currency} {text}"),
    }
}

/// A value with its unit; shares as percentages.
pub(crate) fn quantity(value: Decimal, unit: &Unit, language: Language) -> String {
    let text = amount_text(value);
    match unit {
        Unit::Money(currency) => amount(value, currency, language),
        Unit::Label(name) if value == Decimal::ONE && name.words().within(language) == "people" => {
            "1 person".to_owned()
        }
        Unit::Share | Unit::Points | Unit::Label(_) => {
            let notation = unit.notation();
            match notation.scaled(value) {
                Some(scaled) => notation.beside(&amount_text(scaled), language),
                None => text,
            }
        }
        Unit::Bare | Unit::Open | Unit::Number | Unit::Truth | Unit::Text | Unit::Date => text,
    }
}

/// `0.329` as `32.9%`.
pub(crate) fn percent(value: Decimal) -> String {
    match value.checked_mul(Decimal::ONE_HUNDRED) {
        Some(hundredfold) => format!("{}%", amount_text(hundredfold)),
        None => amount_text(value),
    }
}

/// A day: `2024-03-31`, `2024年3月31日`.
pub(crate) fn day(date: Date, language: Language) -> String {
    match language {
        Language::En => date.to_string(),
        Language::Ja => format!("{}年{}月{}日", date.year(), date.month(), date.day()),
    }
}

/// A fiscal year: `FY2024`, `令和6年度（2024年度）`.
#[must_use]
pub fn fiscal_year(year: i16, language: Language) -> String {
    if language == Language::En {
        return format!("FY{year}");
    }
    let numbered = |era: &str, first: i16| match year - first + 1 {
        1 => format!("{era}元年度（{year}年度）"),
        number => format!("{era}{number}年度（{year}年度）"),
    };
    match year {
        2019.. => numbered("令和", 2019),
        1989..=2018 => numbered("平成", 1989),
        _ => format!("{year}年度"),
    }
}

/// How money is rounded: `to whole yen, rounded toward zero`, `1円未満を切り捨て`.
pub(crate) fn money_rounding(rounding: Rounding, currency: &str, language: Language) -> String {
    let step = amount(rounding.step, currency, language);
    let how = mode(rounding.mode, language);
    match language {
        Language::En if currency == "JPY" && rounding.step == Decimal::ONE => {
            format!("to whole yen, {how}")
        }
        Language::En => format!("to multiples of {step}, {how}"),
        Language::Ja => format!("{step}未満を{how}"),
    }
}

/// The precision in which a value is read: `to 1 decimal, half up`, `小数第2位を四捨五入`.
pub(crate) fn reading(rounding: Rounding, unit: &Unit, language: Language) -> String {
    let how = mode(rounding.mode, language);
    if unit.notation().hundredfold {
        let step = quantity(rounding.step, unit, language);
        return match (language, rounding.mode) {
            (Language::En, _) => format!("to steps of {step}, {how}"),
            (Language::Ja, Mode::HalfEven) => format!("{step}単位に{how}"),
            (Language::Ja, _) => format!("{step}未満を{how}"),
        };
    }
    match (rounding.digits(), language) {
        (0, Language::En) => format!("to whole numbers, {how}"),
        (1, Language::En) => format!("to 1 decimal, {how}"),
        (digits, Language::En) => format!("to {digits} decimals, {how}"),
        (0, Language::Ja) => format!("小数点以下を{how}"),
        (digits, Language::Ja) if rounding.mode == Mode::HalfEven => {
            format!("小数第{digits}位まで{how}")
        }
        (digits, Language::Ja) => {
            let next = digits + 1;
            let below = if rounding.mode == Mode::HalfUp { "" } else { "以下" };
            format!("小数第{next}位{below}を{how}")
        }
    }
}

fn mode(mode: Mode, language: Language) -> &'static str {
    match (mode, language) {
        (Mode::Down, Language::En) => "rounded toward zero",
        (Mode::Up, Language::En) => "rounded away from zero",
        (Mode::HalfUp, Language::En) => "rounded to the nearer, half away from zero",
        (Mode::HalfEven, Language::En) => "rounded to the nearer, half to even",
        (Mode::Down, Language::Ja) => "切り捨て",
        (Mode::Up, Language::Ja) => "切り上げ",
        (Mode::HalfUp, Language::Ja) => "四捨五入",
        (Mode::HalfEven, Language::Ja) => "偶数丸め",
    }
}

/// A condition as it was written: traced `&&` and `||` put together again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum When {
    /// This node holds.
    Holds(NodeId),
    /// Both hold.
    Both(Box<When>, NodeId),
    /// One of them holds.
    Either(Box<When>, NodeId),
}

/// A choice between two values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Choice {
    /// The condition.
    pub(super) when: When,
    /// The value where it holds.
    pub(super) then: NodeId,
    /// The value elsewhere.
    pub(super) otherwise: NodeId,
}

impl Choice {
    /// The choice a node is, when it is one.
    pub(super) fn of(graph: &Graph, node: NodeId) -> Option<Choice> {
        let parts = |node: NodeId| match graph.node(node) {
            Node::Select { when, then, otherwise } => Some((*when, *then, *otherwise)),
            _ => None,
        };
        let (when, mut then, mut otherwise) = parts(node)?;
        let mut when = When::Holds(when);
        loop {
            // `if a && b { t } else { o }` is traced as: if a, (if b, t, else o), else o.
            if let Some((inner, value, other)) = parts(then)
                && other == otherwise
            {
                (when, then) = (When::Both(Box::new(when), inner), value);
            } else if let Some((inner, value, other)) = parts(otherwise)
                && value == then
            {
                (when, otherwise) = (When::Either(Box::new(when), inner), other);
            } else {
                return Some(Choice { when, then, otherwise });
            }
        }
    }
}

/// A condition in words, as read at an evaluation.
pub(super) fn condition_at(
    contract: &Contract,
    when: &When,
    evaluation: usize,
    language: Language,
) -> String {
    Wording::new(contract, language, Some(evaluation)).when(when, true).text
}

/// How tightly a phrase holds together; a looser one is put in brackets inside a tighter one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Hold {
    Choice,
    Or,
    And,
    Relation,
    Sum,
    Product,
    Word,
}

/// A phrase and how tightly it holds together.
struct Phrase {
    text: String,
    hold: Hold,
}

struct Wording<'c> {
    contract: &'c Contract,
    language: Language,
    now: Option<usize>,
    /// Whether columns go by their headings rather than their titles.
    by_heading: bool,
    left: Cell<usize>,
}

impl<'c> Wording<'c> {
    fn new(contract: &'c Contract, language: Language, now: Option<usize>) -> Self {
        Self { contract, language, now, by_heading: false, left: Cell::new(NODES_MAX) }
    }

    fn expression(&self, node: NodeId) -> String {
        self.phrase(node, None).text
    }

    /// The words of this language.
    fn say<'t>(&self, en: &'t str, ja: &'t str) -> &'t str {
        match self.language {
            Language::En => en,
            Language::Ja => ja,
        }
    }

    fn is_english(&self) -> bool {
        self.language == Language::En
    }

    fn unit(&self, node: NodeId) -> &'c Unit {
        self.contract.graph.unit(node)
    }

    fn word(text: impl Into<String>) -> Phrase {
        Phrase { text: text.into(), hold: Hold::Word }
    }

    fn within(&self, phrase: Phrase, least: Hold) -> String {
        match phrase.hold >= least {
            true => phrase.text,
            false if self.is_english() => format!("({})", phrase.text),
            false => format!("（{}）", phrase.text),
        }
    }

    /// An operand, in brackets where it holds together less than `least`; a bare number takes the
    /// unit of what it stands beside.
    fn operand(&self, node: NodeId, beside: NodeId, least: Hold) -> String {
        self.within(self.phrase(node, Some(self.unit(beside))), least)
    }

    fn phrase(&self, node: NodeId, beside: Option<&Unit>) -> Phrase {
        if self.left.get() == 0 {
            return Self::word("…");
        }
        self.left.set(self.left.get() - 1);
        if *self.unit(node) == Unit::Truth {
            return self.condition(node, true);
        }
        match self.contract.graph.node(node) {
            Node::Number(value, unit) => Self::word(self.number(*value, unit, beside)),
            Node::Symbol(symbol) => Self::word(self.symbol(*symbol)),
            Node::Apply(function, a) => self.function(*function, *a),
            Node::Add(a, b) => self.sum(*a, "+", *b, Hold::Sum),
            Node::Subtract(a, b) => self.sum(*a, "−", *b, Hold::Product),
            Node::Multiply(a, b) => self.product(*a, *b, self.unit(node)),
            Node::Divide(a, b) => {
                let (a, b) = (self.factor(*a, Hold::Product), self.factor(*b, Hold::Word));
                Phrase { text: format!("{a} ÷ {b}"), hold: Hold::Product }
            }
            Node::Smaller(a, b) => self.extreme(*a, *b, true),
            Node::Larger(a, b) => self.extreme(*a, *b, false),
            Node::Compare(..) => self.condition(node, true),
            Node::Select { .. } => {
                let Some(Choice { when, then, otherwise }) = Choice::of(&self.contract.graph, node)
                else {
                    return Self::word("…");
                };
                let when = self.when(&when, true).text;
                let chosen = self.operand(then, otherwise, Hold::Or);
                let other = self.operand(otherwise, then, Hold::Choice);
                let text = match self.language {
                    Language::En => format!("{chosen} if {when}, otherwise {other}"),
                    Language::Ja => format!("{when}なら{chosen}、それ以外は{other}"),
                };
                Phrase { text, hold: Hold::Choice }
            }
            Node::Round(a, rounding) => {
                let inner = self.within(self.phrase(*a, beside), Hold::Word);
                let how = reading(*rounding, self.unit(node), self.language);
                Self::word(match self.language {
                    Language::En => format!("{inner} ({how})"),
                    Language::Ja => format!("{inner}（{how}）"),
                })
            }
            Node::Draw(..) => Self::word(self.say("a random quantity", "乱数")),
            Node::RateOfReturn { .. } => Self::word(self.say("the rate of return", "内部収益率")),
            // The only named step a payment can read.
            Node::Mark(..) => Self::word(self.say("the amount paid before", "それまでの支払額")),
        }
    }

    fn number(&self, value: Decimal, unit: &Unit, beside: Option<&Unit>) -> String {
        match unit {
            Unit::Bare | Unit::Open | Unit::Number => {
                quantity(value, beside.unwrap_or(unit), self.language)
            }
            Unit::Text => {
                let known = value.to_usize().and_then(|code| self.contract.graph.texts().get(code));
                let text = known.map_or("?", String::as_str);
                self.quoted(text)
            }
            Unit::Date => {
                let date = value
                    .to_i64()
                    .and_then(|days| jiff::civil::date(1970, 1, 1).checked_add(days.days()).ok());
                date.map_or_else(|| amount_text(value), |date| day(date, self.language))
            }
            Unit::Truth => (if value.is_zero() {
                self.say("never", "常に偽")
            } else {
                self.say("always", "常に真")
            })
            .to_owned(),
            unit => quantity(value, unit, self.language),
        }
    }

    fn quoted(&self, text: &str) -> String {
        match self.language {
            Language::En => format!("\"{text}\""),
            Language::Ja => format!("「{text}」"),
        }
    }

    /// The indicator and evaluation whose value or presence a symbol is.
    fn outcome(&self, symbol: SymbolId) -> Option<(String, bool)> {
        let mut outcomes = self.contract.terms.outcomes.iter();
        let outcome = outcomes.find(|o| o.value_in(&[symbol]) || o.available == symbol)?;
        let title = &self.contract.indicators[outcome.indicator].title;
        let mut text = self.quoted(title.within(self.language));
        let several = self.contract.evaluations.len() > 1;
        if self.now.map_or(several, |now| now != outcome.evaluation) {
            let at = day(self.contract.evaluations[outcome.evaluation].at, self.language);
            text = match self.language {
                Language::En => format!("{text} ({at})"),
                Language::Ja => format!("{text}（{at}）"),
            };
        }
        if let Some((_, bound)) = self.contract.bound_of(symbol) {
            let level = (bound.level * Decimal::ONE_HUNDRED).normalize();
            text = match (self.language, bound.upper) {
                (Language::En, false) => format!("the lower {level}% bound of {text}"),
                (Language::En, true) => format!("the upper {level}% bound of {text}"),
                (Language::Ja, false) => format!("{text}の{level}%信頼下限"),
                (Language::Ja, true) => format!("{text}の{level}%信頼上限"),
            };
        }
        Some((text, outcome.available == symbol))
    }

    fn symbol(&self, symbol: SymbolId) -> String {
        if let Some((text, _)) = self.outcome(symbol) {
            return text;
        }
        let name = &self.contract.graph.symbol_of(symbol).name;
        let Some(name) = name.strip_prefix("column:") else { return name.clone() };
        if self.by_heading {
            return name.to_owned();
        }
        let mut columns = self.contract.columns.iter();
        let column = columns.find(|column| column.name == name);
        column.map_or(name, |column| column.title.within(self.language)).to_owned()
    }

    fn function(&self, function: Function, a: NodeId) -> Phrase {
        let inner = self.phrase(a, None);
        let (en, ja) = match function {
            Function::Negate => {
                let inner = self.within(inner, Hold::Product);
                return Phrase { text: format!("−{inner}"), hold: Hold::Product };
            }
            Function::Magnitude => ("the distance from zero of", "の絶対値"),
            Function::Exponential => ("e to the power of", "の指数関数"),
            Function::Logarithm => ("the logarithm of", "の対数"),
            Function::SquareRoot => ("the square root of", "の平方根"),
            Function::IsNumber => ("whether there is a number for", "が数であるか"),
        };
        let inner = self.within(inner, Hold::Word);
        match self.language {
            Language::En => Phrase { text: format!("{en} {inner}"), hold: Hold::Product },
            Language::Ja => Self::word(format!("{inner}{ja}")),
        }
    }

    fn sum(&self, a: NodeId, sign: &str, b: NodeId, right: Hold) -> Phrase {
        let (left, right) = (self.operand(a, b, Hold::Sum), self.operand(b, a, right));
        Phrase { text: format!("{left} {sign} {right}"), hold: Hold::Sum }
    }

    /// A factor: a bare number stays bare, a share of something reads as a percentage.
    fn factor(&self, node: NodeId, least: Hold) -> String {
        self.within(self.phrase(node, None), least)
    }

    fn product(&self, a: NodeId, b: NodeId, unit: &Unit) -> Phrase {
        // "one yen times x" is how a plain number becomes an amount.
        let one = |id: NodeId| self.contract.graph.literal(id) == Some(Decimal::ONE);
        for (inner, label) in [(a, b), (b, a)] {
            if let (true, Unit::Money(currency), false) =
                (one(label), self.unit(label), unit.is_money() && self.unit(inner).is_money())
            {
                let inner = self.within(self.phrase(inner, None), Hold::Word);
                return Self::word(match (&**currency, self.language) {
                    ("JPY", Language::En) => format!("{inner} yen"),
                    ("JPY", Language::Ja) => format!("{inner}円"),
                    (currency, _) => format!("{currency} {inner}"),
                });
            }
        }
        let (a, b) = (self.multiplied(a), self.multiplied(b));
        Phrase { text: format!("{a} × {b}"), hold: Hold::Product }
    }

    /// A factor of a product: a difference of shares, which is told in points, counts as a fraction.
    fn multiplied(&self, node: NodeId) -> String {
        let text = self.factor(node, Hold::Product);
        match (self.unit(node), self.language) {
            (Unit::Points, Language::En) => format!("{text} (a point counts 0.01)"),
            (Unit::Points, Language::Ja) => format!("{text}（1ポイントを0.01とする）"),
            _ => text,
        }
    }

    fn extreme(&self, a: NodeId, b: NodeId, smaller: bool) -> Phrase {
        let graph = &self.contract.graph;
        let (value, limit) = match (graph.literal(a), graph.literal(b)) {
            (Some(_), None) => (b, a),
            (None, Some(_)) => (a, b),
            _ => {
                let (a, b) = (self.operand(a, b, Hold::Sum), self.operand(b, a, Hold::Sum));
                return Self::word(match (self.language, smaller) {
                    (Language::En, true) => format!("the smaller of ({a}) and ({b})"),
                    (Language::En, false) => format!("the larger of ({a}) and ({b})"),
                    (Language::Ja, true) => format!("（{a}と{b}の小さい方）"),
                    (Language::Ja, false) => format!("（{a}と{b}の大きい方）"),
                });
            }
        };
        let limit = self.operand(limit, value, Hold::Word);
        let value = self.within(self.phrase(value, None), Hold::Sum);
        Self::word(match (self.language, smaller) {
            (Language::En, true) => format!("({value}, at most {limit})"),
            (Language::En, false) => format!("({value}, at least {limit})"),
            (Language::Ja, true) => format!("（{value}、ただし{limit}を上限）"),
            (Language::Ja, false) => format!("（{value}、ただし{limit}を下限）"),
        })
    }

    /// A condition, or its opposite.
    fn condition(&self, node: NodeId, holds: bool) -> Phrase {
        let graph = &self.contract.graph;
        match graph.node(node) {
            Node::Number(value, _) if value.is_zero() == holds => {
                Self::word(self.say("never", "常に偽"))
            }
            Node::Number(..) => Self::word(self.say("always", "常に真")),
            Node::Symbol(symbol) => self.yes_or_no(*symbol, holds),
            Node::Compare(relation, a, b) => self.comparison(*relation, *a, *b, holds),
            Node::Select { .. } => match Choice::of(graph, node) {
                Some(choice) => self.chosen_truth(&choice, holds),
                None => Self::word("…"),
            },
            _ => Self::word("…"),
        }
    }

    fn chosen_truth(&self, choice: &Choice, holds: bool) -> Phrase {
        let Choice { when, then, otherwise } = choice;
        let known = |id: &NodeId| self.contract.graph.literal(*id).map(|value| !value.is_zero());
        let joined = |first: bool, second: NodeId, and: bool| {
            let first = self.when(when, first == holds);
            self.joined(first, self.condition(second, holds), and == holds)
        };
        match (known(then), known(otherwise)) {
            (Some(true), Some(false)) => self.when(when, holds),
            (Some(false), Some(true)) => self.when(when, !holds),
            (None, Some(false)) => joined(true, *then, true),
            (None, Some(true)) => joined(false, *then, false),
            (Some(true), None) => joined(true, *otherwise, false),
            (Some(false), None) => joined(false, *otherwise, true),
            _ => {
                let when = self.within(self.when(when, true), Hold::Or);
                let then = self.within(self.condition(*then, holds), Hold::Or);
                let other = self.within(self.condition(*otherwise, holds), Hold::Or);
                let text = match self.language {
                    Language::En => format!("if {when} then {then}, otherwise {other}"),
                    Language::Ja => format!("{when}なら{then}、それ以外は{other}"),
                };
                Phrase { text, hold: Hold::Choice }
            }
        }
    }

    /// A condition put together again, or its opposite.
    fn when(&self, when: &When, holds: bool) -> Phrase {
        // Not (a and b) is (not a) or (not b).
        match when {
            When::Holds(node) => self.condition(*node, holds),
            When::Both(a, b) => self.joined(self.when(a, holds), self.condition(*b, holds), holds),
            When::Either(a, b) => {
                self.joined(self.when(a, holds), self.condition(*b, holds), !holds)
            }
        }
    }

    /// "a and b" or "a or b".
    fn joined(&self, a: Phrase, b: Phrase, and: bool) -> Phrase {
        let hold = if and { Hold::And } else { Hold::Or };
        // "a and b or c" would leave open which belong together.
        let own = |phrase: Phrase| match phrase.hold {
            Hold::And if !and => self.within(phrase, Hold::Relation),
            _ => self.within(phrase, hold),
        };
        let (a, b) = (own(a), own(b));
        let text = match (self.language, and) {
            (Language::En, true) => format!("{a} and {b}"),
            (Language::En, false) => format!("{a} or {b}"),
            (Language::Ja, true) => match a.strip_suffix("である") {
                Some(a) => format!("{a}であり、かつ{b}"),
                None => format!("{a}かつ{b}"),
            },
            (Language::Ja, false) => format!("{a}または{b}"),
        };
        Phrase { text, hold }
    }

    fn yes_or_no(&self, symbol: SymbolId, holds: bool) -> Phrase {
        let name = self.symbol(symbol);
        let text = match (self.outcome(symbol), self.language, holds) {
            (Some(_), Language::En, true) => format!("enough people were measured for {name}"),
            (Some(_), Language::En, false) => format!("too few people were measured for {name}"),
            (Some(_), Language::Ja, true) => format!("{name}の測定人数が足りる"),
            (Some(_), Language::Ja, false) => format!("{name}の測定人数が足りない"),
            (None, Language::En, true) => format!("{name} is yes"),
            (None, Language::En, false) => format!("{name} is no"),
            (None, Language::Ja, true) => format!("{name}が「はい」"),
            (None, Language::Ja, false) => format!("{name}が「いいえ」"),
        };
        Phrase { text, hold: Hold::Relation }
    }

    /// What people call a text that a column is compared with, where the script gives it a title.
    fn called(&self, column: NodeId, text: NodeId) -> Option<String> {
        let graph = &self.contract.graph;
        let (Node::Symbol(symbol), Unit::Text) = (graph.node(column), self.unit(text)) else {
            return None;
        };
        let code = graph.literal(text)?.to_usize()?;
        let value = graph.texts().get(code)?;
        let name = graph.symbol_of(*symbol).name.strip_prefix("column:")?;
        let column = self.contract.columns.iter().find(|column| column.name == name)?;
        let (_, title) = column.values.iter().find(|(known, _)| known == value)?;
        Some(title.within(self.language).to_owned())
    }

    fn comparison(&self, relation: Relation, a: NodeId, b: NodeId, holds: bool) -> Phrase {
        let graph = &self.contract.graph;
        for (value, other) in [(a, b), (b, a)] {
            let Some(stated) = graph.literal(other) else { continue };
            let truths = *self.unit(other) == Unit::Truth && relation == Relation::Equal;
            match graph.node(value) {
                Node::Symbol(symbol) if truths => {
                    return self.yes_or_no(*symbol, holds != stated.is_zero());
                }
                _ if truths => return self.condition(value, holds != stated.is_zero()),
                _ => {}
            }
        }
        // The value is named first, what it is compared with second.
        let swapped = graph.literal(a).is_some() && graph.literal(b).is_none();
        let (first, second) = if swapped { (b, a) } else { (a, b) };
        let (en, ja) = match (relation, swapped, holds) {
            (Relation::Equal, _, true) => ("is", "である"),
            (Relation::Equal, _, false) => ("is not", "ではない"),
            (relation, swapped, holds) if *self.unit(second) == Unit::Date => {
                // Days are before and after, not below and above.
                match (relation == Relation::Less, swapped, holds) {
                    (true, false, true) | (false, true, false) => ("is before", "より前"),
                    (false, false, true) | (true, true, false) => ("is on or before", "以前"),
                    (true, true, true) | (false, false, false) => ("is after", "より後"),
                    (false, true, true) | (true, false, false) => ("is on or after", "以降"),
                }
            }
            (Relation::Less, false, true) | (Relation::AtMost, true, false) => ("is below", "未満"),
            (Relation::AtMost, false, true) | (Relation::Less, true, false) => {
                ("is at most", "以下")
            }
            (Relation::Less, true, true) | (Relation::AtMost, false, false) => {
                ("is above", "を超える")
            }
            (Relation::AtMost, true, true) | (Relation::Less, false, false) => {
                ("is at least", "以上")
            }
        };
        let least = if self.is_english() { Hold::Sum } else { Hold::Product };
        let called = self.called(first, second);
        let (first, second) =
            (self.operand(first, second, least), self.operand(second, first, least));
        let second = called.map_or(second, |title| self.quoted(&title));
        let text = match self.language {
            Language::En => format!("{first} {en} {second}"),
            Language::Ja => format!("{first}が{second}{ja}"),
        };
        Phrase { text, hold: Hold::Relation }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Source;

    const BASE: &str = r#"contract("words", #{
    from: "2024-04-01", to: "2026-03-31", tax: unstated(), rounding: down(1),
});
party("city", #{ role: "payer" });
party("vendor", #{ role: "provider" });
evaluations([#{ at: "2025-01-31", paid: "2025-03-31" }, #{ at: "2026-01-31", paid: "2026-03-31" }]);
let fall = mean_change("fall", #{ title: #{ ja: "低下", en: "Fall" }, unit: "mmHg", digits: 1 });
let part = share("part", #{ title: #{ ja: "参加率", en: "Participation" }, digits: 3 });
let heads = count("heads", #{ title: #{ ja: "人数", en: "Users" } });
"#;

    fn parse(more: &str) -> Contract {
        Contract::parse(Source::new("test.rhai", format!("{BASE}{more}\n")), &Default::default())
            .unwrap_or_else(|problems| panic!("{problems:#?}"))
    }

    /// The price of a line at the last evaluation, in both languages.
    fn price(price: &str) -> [String; 2] {
        let contract = parse(&format!("pay(\"x\", |e| {price}, #{{ at: [\"2026-01-31\"] }});"));
        let node = contract.lines[0].prices[0].amount;
        [Language::En, Language::Ja].map(|language| expression_at(&contract, node, 1, language))
    }

    /// Whom an indicator selects, in both languages.
    fn who(who: &str) -> [String; 2] {
        let contract =
            parse(&format!("count(\"some\", #{{ who: |p| {who} }}); pay(\"x\", |e| yen(1));"));
        let node = contract.indicators[3].who.unwrap();
        [Language::En, Language::Ja].map(|language| expression(&contract, node, language))
    }

    fn same(said: [String; 2], en: &str, ja: &str) {
        assert_eq!(said, [en.to_owned(), ja.to_owned()]);
    }

    #[test]
    fn conditions_take_the_unit_of_what_they_compare() {
        same(who("p.sbp >= 140"), "sbp is at least 140", "sbpが140以上");
        same(
            who("p.sex == \"F\" && p.age < 75"),
            "sex is \"F\" and age is below 75",
            "sexが「F」であり、かつageが75未満",
        );
        same(
            who("p.seen >= date(\"2024-04-01\")"),
            "seen is on or after 2024-04-01",
            "seenが2024年4月1日以降",
        );
        same(who("p.enrolled"), "enrolled is yes", "enrolledが「はい」");
        same(who("p.enrolled != true"), "enrolled is no", "enrolledが「いいえ」");
    }

    #[test]
    fn and_within_or_is_in_brackets() {
        same(
            who("p.a > 1 && p.b > 2 || p.c <= 3"),
            "(a is above 1 and b is above 2) or c is at most 3",
            "（aが1を超えるかつbが2を超える）またはcが3以下",
        );
        same(
            who("!(p.a > 1 && p.b == 2)"),
            "a is at most 1 or b is not 2",
            "aが1以下またはbが2ではない",
        );
    }

    #[test]
    fn operators_keep_their_order() {
        same(
            price("per_head(e[heads] - 10, yen(500)) + per_head(e[heads], yen(20)) / 4"),
            "500 yen × (\"Users\" − 10 people) + 20 yen × \"Users\" ÷ 4",
            "500円 × （「人数」 − 10人） + 20円 × 「人数」 ÷ 4",
        );
        same(
            price("yen(1000) - (per_head(e[heads], yen(1)) - yen(20))"),
            "1,000 yen − (\"Users\" yen − 20 yen)",
            "1,000円 − （「人数」円 − 20円）",
        );
    }

    #[test]
    fn choices_limits_and_roundings_are_told() {
        same(
            price(
                "if e[part] >= 0.5 { yen(100) } else { per_head(round_down(e[fall] / 3, 2), yen(7)) }",
            ),
            "100 yen if \"Participation\" is at least 50%, otherwise 7 yen × (\"Fall\" ÷ 3) (to 2 decimals, rounded toward zero)",
            "「参加率」が50%以上なら100円、それ以外は7円 × （「低下」 ÷ 3）（小数第3位以下を切り捨て）",
        );
        same(
            price("max(per_head(e[heads], yen(500)) - e.paid_before, yen(0))"),
            "(500 yen × \"Users\" − the amount paid before, at least 0 yen)",
            "（500円 × 「人数」 − それまでの支払額、ただし0円を下限）",
        );
        same(
            price("if available(e[fall]) == true { yen(1) } else { yen(2) }"),
            "1 yen if enough people were measured for \"Fall\", otherwise 2 yen",
            "「低下」の測定人数が足りるなら1円、それ以外は2円",
        );
    }

    #[test]
    fn outcomes_of_other_dates_carry_theirs() {
        same(
            price("per_head(e[heads] - e.at(\"2025-01-31\")[heads], yen(5))"),
            "5 yen × (\"Users\" − \"Users\" (2025-01-31))",
            "5円 × （「人数」 − 「人数」（2025年1月31日））",
        );
        let contract = parse("pay(\"x\", |e| per_head(e[heads], yen(5)));");
        let node = contract.lines[0].prices[0].amount;
        let said = expression(&contract, node, Language::En);
        assert_eq!(said, "5 yen × \"Users\" (2025-01-31)");
    }

    #[test]
    fn a_rule_too_long_to_read_ends_in_dots() {
        let contract = parse(
            "pay(\"x\", |e| { let total = yen(0); for i in 0..8 { if e[heads] > i { total += per_head(e[part] * i, yen(3)); } } total });",
        );
        let node = contract.lines[0].prices[0].amount;
        assert!(expression(&contract, node, Language::En).len() < 20_000);
    }

    #[test]
    fn fiscal_years_carry_their_era() {
        assert_eq!(fiscal_year(2024, Language::Ja), "令和6年度（2024年度）");
        assert_eq!(fiscal_year(2019, Language::Ja), "令和元年度（2019年度）");
        assert_eq!(fiscal_year(2018, Language::Ja), "平成30年度（2018年度）");
        assert_eq!(fiscal_year(2024, Language::En), "FY2024");
    }

    #[test]
    fn values_carry_their_unit() {
        let said = |value: &str, unit: Unit, language| {
            quantity(Decimal::from_str_exact(value).unwrap(), &unit, language)
        };
        assert_eq!(said("0.329", Unit::Share, Language::Ja), "32.9%");
        assert_eq!(said("1234.5", Unit::label("mmHg"), Language::En), "1,234.5 mmHg");
        assert_eq!(said("20", Unit::label("people"), Language::Ja), "20人");
        assert_eq!(said("1", Unit::label("people"), Language::En), "1 person");
        assert_eq!(said("12.5", Unit::money("USD"), Language::Ja), "USD 12.5");
    }
}
