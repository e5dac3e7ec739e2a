//! Expressions of a cohort, traced for a cycle.

use rhai::Dynamic;
use rust_decimal::Decimal;

use super::arm::Lowering;
use super::states::Entry;
use super::tables::Now;
use super::value::{Value, ZERO};
use crate::expr::{NodeId, Unit};
use crate::problem::{Place, Problem, Text, say};
use crate::scenario::cells::Parsed;
use crate::script::{Quantity, unit_words};

/// Numbers above this are none that an amount or a probability can be.
const LARGEST: f64 = 1e28;

/// What an expression gives.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Gives {
    /// A number without a unit.
    Plain,
    /// A count of people, in any unit but money.
    People,
    /// Money of the contract.
    Money,
}

impl Lowering<'_, '_> {
    pub(super) fn place(&self, entry: &Entry) -> Place {
        match entry {
            Entry::Known { place, .. } => place.clone(),
            Entry::Expression(parsed) => self.cells.place(parsed),
        }
    }

    /// The value of an entry in a cycle, 0 of none.
    pub(super) fn entry(
        &mut self,
        entry: Option<&Entry>,
        key: &str,
        cycle: usize,
        gives: Gives,
    ) -> Option<Value> {
        match entry {
            None => Some(ZERO),
            Some(Entry::Known { value, .. }) => Some(Value::Known(*value)),
            Some(Entry::Expression(parsed)) => self.trace(parsed, key, cycle, None, gives),
        }
    }

    /// The value of an expression in a cycle.
    pub(super) fn trace(
        &self,
        parsed: &Parsed,
        key: &str,
        cycle: usize,
        base: Option<Value>,
        gives: Gives,
    ) -> Option<Value> {
        let needs = |name: &str| parsed.uses_any(&[name]);
        let problem = if needs("base") && base.is_none() {
            let help = say!(
                "`base` is the probability that the file or the Dirichlet row states, in a row of transitions",
                "`base` は推移の行の中で、ファイルやディリクレの行が定める確率を指します"
            );
            Some(("base", help))
        } else if needs("age") && self.cohort.age.is_none() {
            Some((
                "age",
                say!(
                    "state the age at the start: age = 75",
                    "開始時の年齢を書いてください: age = 75"
                ),
            ))
        } else {
            None
        };
        if let Some((name, help)) = problem {
            let message = say!("there is no `{name}` here", "ここに `{name}` はありません");
            let problem = Problem::error("no-such-part", message).help(help);
            self.cells.document.report(problem.at(self.cells.place(parsed)));
            return None;
        }
        let years = self.cohort.cycle_years;
        let since = years.saturating_mul(Decimal::from(cycle as u64 - 1));
        let age = self.cohort.age.unwrap_or_default().saturating_add(since);
        let base = self.arithmetic.node(base.unwrap_or(ZERO));
        let words = [
            ("cycle", Dynamic::from(cycle as i64)),
            ("age", Dynamic::from_decimal(age)),
            ("cycle_years", Dynamic::from_decimal(years)),
            ("base", Dynamic::from(Quantity::from(base))),
        ];
        let drawn = self.cells.begin_cohort();
        self.cells.tables.look_up_for(Some(Now { cycle, years }));
        let node = self.cells.trace_with(parsed, key, (self.values, &words), cycle - 1, None);
        self.cells.tables.look_up_for(None);
        let node = node?;
        if self.cells.begin_cohort() > drawn {
            self.cells.document.report(
                Problem::error(
                    "cohort-draw",
                    say!("a cohort may not draw here", "コホートの式の中では乱数を引けません"),
                )
                .help(say!(
                    "make it a cell of [assume], and use the cell",
                    "[assume] のセルにして、そのセルを使ってください"
                ))
                .at(self.cells.place(parsed)),
            );
            return None;
        }
        let plain = self.without_unit(node, parsed, gives)?;
        let value = self.arithmetic.known(plain);
        if matches!(value, Value::Known(known) if known.is_nan() || known.abs() > LARGEST) {
            self.cells.document.report(
                Problem::error(
                    "not-a-number",
                    say!("this is not a number{}", "数になりません{}", in_cycle(Some(cycle))),
                )
                .help(say!(
                    "look for a division by zero, the logarithm of a negative number or a number too large",
                    "0 での割り算、負の数の対数、大きすぎる数がないか確かめてください"
                ))
                .at(self.cells.place(parsed)),
            );
            return None;
        }
        Some(value)
    }

    /// The number of a node in its unit, which must be what the expression gives.
    fn without_unit(&self, node: NodeId, parsed: &Parsed, gives: Gives) -> Option<NodeId> {
        let bench = self.arithmetic.bench;
        let unit = bench.graph(|graph| graph.unit(node).clone());
        let fits = match &unit {
            Unit::Bare | Unit::Open | Unit::Number | Unit::Share | Unit::Points => {
                return Some(node);
            }
            Unit::Money(_) => gives == Gives::Money && unit == self.money,
            Unit::Label(_) => gives == Gives::People,
            Unit::Truth | Unit::Text | Unit::Date => false,
        };
        if !fits {
            let expected = match gives {
                Gives::Plain => say!("a number without a unit", "単位のない数"),
                Gives::People => say!("a number of people", "人数"),
                Gives::Money => unit_words(&self.money),
            };
            self.cells.document.report(
                Problem::error("mixed-units", say!("this has the wrong unit", "単位が合いません"))
                    .found(unit_words(&unit))
                    .expected(expected)
                    .at(self.cells.place(parsed)),
            );
            return None;
        }
        let number = bench.graph(|graph| {
            let one = graph.number(Decimal::ONE, unit);
            graph.divide(node, one)
        });
        number.ok()
    }
}

pub(super) fn in_cycle(cycle: Option<usize>) -> Text {
    match cycle {
        Some(cycle) => say!(" in cycle {cycle}", "（サイクル {cycle}）"),
        None => Text::default(),
    }
}
