//! A statement of what is owed.

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{FinanceStatement, Reading};
use crate::contract::DataKind;
use crate::evidence::interval::Interval;
use crate::evidence::{Balance, Check, Exclusion};
use crate::expr::Exact;
use crate::problem::{Language, Problem, Text};

use super::Workings;

/// An outcome as measured, or as an evaluator reports it.
#[derive(Debug, Clone)]
pub struct Measured {
    /// The indicator's identifier.
    pub indicator: String,
    /// Its title.
    pub title: Text,
    /// What it is counted in.
    pub unit: Text,
    /// The value as the contract reads it; `None` when nobody was measured.
    pub value: Option<Decimal>,
    /// The value before it was read to its precision.
    pub unrounded: Option<Decimal>,
    /// How many people it rests on, both arms of a comparison together.
    pub n: u64,
    /// The fewest that make it count.
    pub at_least: u64,
    /// How many were selected but not used.
    pub excluded: u64,
    /// Why, by reason.
    pub exclusions: Vec<Exclusion>,
    /// Whose blank was counted as "no", by reason.
    pub counted_as_no: Vec<Exclusion>,
    /// Its 95% interval, when one is defined.
    pub interval: Option<Interval>,
    /// Where it comes from: a file of rows or of figures.
    pub source: String,
    /// The value before it was read, with a division that does not end kept as a fraction.
    pub exact: Option<Exact>,
    /// The one-sided bounds that payments ask for.
    pub bounds: Vec<MeasuredBound>,
    /// How the interval was computed.
    pub method: Option<Text>,
    /// How alike the groups of a weighted comparison are.
    pub balance: Option<Balance>,
    /// What the reader should know of it.
    pub notes: Vec<Problem>,
}

/// A one-sided confidence bound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeasuredBound {
    /// Whether it is the upper bound rather than the lower.
    pub upper: bool,
    /// Its one-sided level.
    pub level: Decimal,
    /// Its value to 12 significant digits.
    pub value: Decimal,
}

impl Measured {
    /// Whether enough people were measured for the outcome to count.
    #[must_use]
    pub fn is_available(&self) -> bool {
        self.value.is_some() && self.n >= self.at_least
    }
}

/// A line of a statement; the lines sum to the subtotal.
#[derive(Debug, Clone)]
pub struct StatementLine {
    /// The identifier: of the declared line, or `cap`, `offset`'s own, `minimum`.
    pub name: String,
    /// Its title.
    pub title: Text,
    /// Who pays.
    pub payer: String,
    /// Who is paid.
    pub to: String,
    /// The amount, negative for a cut.
    pub amount: Decimal,
    /// Why it is this amount.
    pub because: Text,
    /// The clause of the contract, when stated.
    pub clause: Option<String>,
    /// A declared line's amount before it was rounded; `None` for the line of a limit.
    pub unrounded: Option<Exact>,
}

/// Money from one party to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flow {
    /// Who pays.
    pub from: String,
    /// Who is paid.
    pub to: String,
    /// How much.
    pub amount: Decimal,
}

/// What is owed at one evaluation.
#[derive(Debug, Clone)]
pub struct Statement {
    /// The contract's identifier.
    pub contract: String,
    /// Its title.
    pub title: Text,
    /// The currency of every amount.
    pub currency: String,
    /// The evaluation.
    pub at: Date,
    /// When it is paid.
    pub paid: Date,
    /// The outcomes that were measured at it.
    pub outcomes: Vec<Measured>,
    /// The lines.
    pub lines: Vec<StatementLine>,
    /// Their sum.
    pub subtotal: Decimal,
    /// The tax inside or added; `None` when the contract does not state it.
    pub tax: Option<Decimal>,
    /// What is owed.
    pub payable: Decimal,
    /// What was owed at earlier evaluations.
    pub paid_before: Decimal,
    /// What the contract's cap leaves after this payment, before any tax that is added; `None`
    /// without a cap.
    pub cap_left: Option<Decimal>,
    /// Who pays whom.
    pub flows: Vec<Flow>,
    /// What the reader should know: duplicates not checked, outcomes not available.
    pub notes: Vec<Problem>,
    /// The day on which the contract ended early, where this evaluation closes it.
    pub ended: Option<Date>,
    /// The day by which the payment is due, where the contract's rule gives one.
    pub due: Option<Date>,
    /// The contract's rule for it.
    pub due_rule: Option<Text>,
    /// How the amounts came about; not in the JSON.
    pub workings: Workings,
    /// Every outcome that it rests on and its date, those of earlier evaluations included.
    pub rests_on: Vec<(Date, Measured)>,
    /// The kind of data the evidence is, when declared; statistics for figures alone.
    pub data_kind: Option<DataKind>,
    /// What each outcome with missing values would be, and pay, under the other reading.
    pub readings: Vec<Reading>,
    /// What was looked for in the evidence.
    pub checks: Vec<Check>,
    /// What investors and others are paid out of it; `None` where the contract has no finance, or
    /// where what was paid before is only known in all.
    pub finance: Option<FinanceStatement>,
}

impl Statement {
    /// The statement as `settle --json` prints it: money as text, counts as numbers.
    #[must_use]
    pub fn to_json(&self, language: Language) -> Value {
        let money = |amount: Decimal| amount.normalize().to_string();
        let mut json = json!({
            "contract": self.contract,
            "title": self.title.within(language),
            "currency": self.currency,
            "at": self.at.to_string(),
            "paid": self.paid.to_string(),
            "outcomes": self.outcomes.iter().map(|outcome| json!({
                "indicator": outcome.indicator,
                "title": outcome.title.within(language),
                "unit": outcome.unit.within(language),
                "value": outcome.value.map(money),
                "unrounded": outcome.unrounded.map(money),
                "n": outcome.n,
                "available": outcome.is_available(),
                "excluded": outcome.excluded,
                "exclusions": outcome.exclusions,
                "counted_as_no": outcome.counted_as_no,
                "low": outcome.interval.map(|interval| interval.low),
                "high": outcome.interval.map(|interval| interval.high),
                "source": outcome.source,
                "method": outcome.method.as_ref().map(|method| method.within(language)),
                "bounds": outcome.bounds.iter().map(|bound| json!({
                    "side": if bound.upper { "upper" } else { "lower" },
                    "level": money(bound.level),
                    "value": money(bound.value),
                })).collect::<Vec<_>>(),
                "balance": outcome.balance,
            })).collect::<Vec<_>>(),
            "lines": self.lines.iter().map(|line| json!({
                "name": line.name,
                "title": line.title.within(language),
                "payer": line.payer,
                "to": line.to,
                "amount": money(line.amount),
                "because": line.because.within(language),
                "clause": line.clause,
            })).collect::<Vec<_>>(),
            "subtotal": money(self.subtotal),
            "tax": self.tax.map(money),
            "payable": money(self.payable),
            "paid_before": money(self.paid_before),
            "cap_left": self.cap_left.map(money),
            "flows": self.flows.iter().map(|flow| json!({
                "from": flow.from, "to": flow.to, "amount": money(flow.amount),
            })).collect::<Vec<_>>(),
            "ended": self.ended.map(|day| day.to_string()),
            "due": self.due.map(|day| day.to_string()),
            "due_rule": self.due_rule.as_ref().map(|rule| rule.within(language)),
            "notes": self.notes.iter().map(|note| note.to_json(language)).collect::<Vec<_>>(),
            "data_kind": self.data_kind,
            "readings": self.readings.iter().map(Reading::to_json).collect::<Vec<_>>(),
            "checks": self.checks.iter().map(|check| json!({
                "check": check.name,
                "file": check.file,
                "column": check.column,
                "examined": check.examined,
                "found": check.found,
            })).collect::<Vec<_>>(),
        });
        if let (Some(finance), Some(json)) = (&self.finance, json.as_object_mut()) {
            json.insert("finance".to_owned(), finance.to_json(language));
        }
        json
    }
}
