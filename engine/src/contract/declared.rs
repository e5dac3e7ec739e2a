//! The declarations of a contract, one type each.

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::Serialize;

use crate::expr::{Interval, NodeId, Rounding, SymbolId, Unit};
use crate::problem::{Place, Text, say};

/// What a party does in the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Pays for outcomes: a municipality.
    Payer,
    /// Delivers the programme and is paid.
    Provider,
    /// Measures the outcomes.
    Evaluator,
    /// Finances the provider.
    Investor,
    /// Arranges the contract.
    Intermediary,
}

/// Someone who takes part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Party {
    /// Its identifier, used in results.
    pub id: String,
    /// Its name.
    pub name: Text,
    /// What it does.
    pub role: Role,
}

/// A date at which outcomes are measured, and the date they are paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Evaluation {
    /// When outcomes are measured.
    pub at: Date,
    /// When they are paid.
    pub paid: Date,
}

impl Evaluation {
    /// The Japanese fiscal year (April to March) in which it is paid.
    #[must_use]
    pub fn fiscal_year(&self) -> i16 {
        if self.paid.month() >= 4 { self.paid.year() } else { self.paid.year() - 1 }
    }
}

/// Money put up before outcomes are paid. Whoever invests receives every payment made from that day
/// on; what is owed, and by whom, does not depend on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Investment {
    /// Who invests: a position in the contract's parties.
    pub investor: usize,
    /// How much, in the contract's currency; above 0.
    pub amount: Decimal,
    /// When.
    pub at: Date,
}

/// How consumption tax stands to the amounts a contract names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Tax {
    /// Amounts contain tax at this rate.
    Included(Decimal),
    /// Tax at this rate is added to the sum of each evaluation.
    Added(Decimal),
    /// The sources do not say.
    Unstated,
}

/// In which direction an indicator improves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Better {
    /// Higher values are better.
    Higher,
    /// Lower values are better.
    Lower,
}

/// What happens to a person selected by `who` whose value is blank.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Missing {
    /// Left out of the estimate, and counted.
    Exclude,
    /// Counted as not achieved; for shares and counts.
    AsNo,
    /// Refused: the data must be complete.
    Refuse,
}

/// What an indicator estimates. Closures are absent when only an evaluator's figure is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Estimand {
    /// `sign × mean(last − first)`
    MeanChange {
        /// The value at first.
        first: Option<NodeId>,
        /// The value at last.
        last: Option<NodeId>,
        /// 1, or −1 where a fall counts as positive.
        sign: i8,
    },
    /// `mean(of)`
    Mean {
        /// The value.
        of: Option<NodeId>,
    },
    /// Part of the selected people for whom `of` holds.
    Share {
        /// The condition.
        of: Option<NodeId>,
    },
    /// Number of the selected people for whom `of` holds.
    Count {
        /// The condition.
        of: Option<NodeId>,
    },
    /// `sum(of)`
    Total {
        /// The value.
        of: Option<NodeId>,
    },
    /// `mean(of | treated) − mean(of | not treated)`
    Difference {
        /// The value, or a condition for a difference of shares.
        of: Option<NodeId>,
        /// Who is in the programme's own group.
        treated: Option<NodeId>,
        /// Whether `of` is a condition.
        of_shares: bool,
    },
    /// `mean(of | treated) ÷ mean(of | not treated)`
    Ratio {
        /// The value, or a condition for a ratio of shares.
        of: Option<NodeId>,
        /// Who is in the programme's own group.
        treated: Option<NodeId>,
        /// Whether `of` is a condition.
        of_shares: bool,
    },
}

impl Estimand {
    /// The word that declares it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Estimand::MeanChange { .. } => "mean_change",
            Estimand::Mean { .. } => "mean",
            Estimand::Share { .. } => "share",
            Estimand::Count { .. } => "count",
            Estimand::Total { .. } => "total",
            Estimand::Difference { .. } => "difference",
            Estimand::Ratio { .. } => "ratio",
        }
    }

    /// Whether values are fractions from 0 to 1.
    #[must_use]
    pub fn is_share(&self) -> bool {
        matches!(self, Estimand::Share { .. })
    }

    /// The closures, with their role, that are declared.
    #[must_use]
    pub fn closures(&self) -> Vec<NodeId> {
        let all = match self {
            Estimand::MeanChange { first, last, .. } => [*first, *last],
            Estimand::Mean { of }
            | Estimand::Share { of }
            | Estimand::Count { of }
            | Estimand::Total { of } => [*of, None],
            Estimand::Difference { of, treated, .. } | Estimand::Ratio { of, treated, .. } => {
                [*of, *treated]
            }
        };
        all.into_iter().flatten().collect()
    }
}

/// A measured outcome: an estimand, whose people, and how its value is read.
#[derive(Debug, Clone)]
pub struct Indicator {
    /// Its identifier, used in evidence, scenarios and results.
    pub id: String,
    /// Its title.
    pub title: Text,
    /// What is estimated.
    pub estimand: Estimand,
    /// What its values are counted in.
    pub unit: Unit,
    /// In which direction it improves.
    pub better: Better,
    /// To which precision its value is read before any payment looks at it.
    pub read: Option<Rounding>,
    /// Who is selected; everyone when absent.
    pub who: Option<NodeId>,
    /// What a blank value of a selected person means.
    pub missing: Missing,
    /// Whether the missing-data rule was stated rather than assumed.
    pub missing_stated: bool,
    /// The fewest people measured for the outcome to count; at least 1.
    pub at_least: u64,
    /// Whether `at_least` was stated.
    pub at_least_stated: bool,
    /// Where its data come from.
    pub source: Option<String>,
    /// The clause of the contract it comes from.
    pub clause: Option<String>,
    /// The evaluations at which it is measured, in order.
    pub measured: Vec<usize>,
    /// Where its values can lie.
    pub support: Interval,
    /// Where it is declared.
    pub place: Option<Place>,
}

/// What a line does to the payment of an evaluation. The price of a malus and of a return is
/// negative, whatever their closure gives as the amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LineKind {
    /// It is paid.
    Payment,
    /// It is taken off what the same payer pays the same party, down to nothing.
    Malus,
    /// It is paid back, so that the evaluation may come to less than nothing.
    Return,
}

/// What a line's price is compared with what the line has paid before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// Nothing: each evaluation is judged by itself, and nothing carries over.
    Each,
    /// The price is what is owed to date; the line pays what is not paid yet, at least nothing.
    Cumulative,
    /// As cumulative, and what was paid too much before is paid back.
    TrueUp,
}

/// What a line pays at the evaluation that closes a contract ended early.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AtEarlyEnd {
    /// What its rule gives on the outcomes measured.
    AsMeasured,
    /// That, times the part of the evaluation's period that was served.
    ProRata,
    /// Nothing.
    Nothing,
    /// What its rule gives; without an early end the line pays nothing.
    Only,
}

/// What happens when the contract ends before its last evaluation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlyEnd {
    /// For lines that read no outcome and do not say themselves.
    pub fixed: AtEarlyEnd,
    /// For lines that read outcomes and do not say themselves.
    pub linked: AtEarlyEnd,
    /// Whether the minimum payments are still owed in full.
    pub minimum: bool,
    /// Who may end it and with which notice, in the contract's words.
    pub notice: Option<Text>,
    /// The clause of the contract it comes from.
    pub clause: Option<String>,
}

/// From which day the days until a payment is due are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DueAfter {
    /// The day on which a valid invoice is received.
    Invoice,
    /// The day of the evaluation.
    Evaluation,
}

/// When a payment is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentDue {
    /// How many days after.
    pub days: u32,
    /// After what.
    pub after: DueAfter,
    /// The clause, or the law, it comes from.
    pub clause: Option<String>,
}

/// Who bears or receives which part of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineShare {
    /// Who pays: a position in the contract's parties.
    pub payer: usize,
    /// Who is paid.
    pub to: usize,
    /// Its weight, above 0: its part is `weight ÷ of`.
    pub weight: Decimal,
    /// The sum of the line's weights.
    pub of: Decimal,
}

impl LineShare {
    /// The part in words: 25%, or 1/3 where the weights are whole numbers.
    #[must_use]
    pub fn words(&self) -> String {
        if self.of == Decimal::ONE {
            return format!("{}%", (self.weight * Decimal::ONE_HUNDRED).normalize());
        }
        format!("{}/{}", self.weight.normalize(), self.of.normalize())
    }
}

/// One evaluation's price of a line, before gates, caps and rounding.
#[derive(Debug, Clone)]
pub struct Price {
    /// The evaluation.
    pub evaluation: usize,
    /// The amount, money; negative for a malus and a return.
    pub amount: NodeId,
    /// The amount as the closure gives it.
    pub stated: NodeId,
    /// The condition under which anything is paid.
    pub gate: Option<NodeId>,
    /// The outcomes it reads, positions in [`Terms::outcomes`](super::Terms::outcomes), without
    /// those it asks `available` of.
    pub needs: Vec<usize>,
    /// Whether any outcome is read at all.
    pub linked: bool,
}

/// A payment line.
#[derive(Debug, Clone)]
pub struct Line {
    /// Its identifier.
    pub id: String,
    /// Its title.
    pub title: Text,
    /// Who pays, the first of several: a position in the contract's parties.
    pub payer: usize,
    /// Who is paid, the first of several.
    pub to: usize,
    /// Everyone who pays or is paid, with their parts, in the order in which the remainder of a
    /// split goes to them.
    pub shares: Vec<LineShare>,
    /// What it does to the payment.
    pub kind: LineKind,
    /// What its price is compared with.
    pub basis: Basis,
    /// What it pays at an early end, where the contract says what happens then.
    pub at_early_end: Option<AtEarlyEnd>,
    /// For an offset: whether what could not be netted is netted later.
    pub carry: bool,
    /// Its price at each evaluation where it is paid.
    pub prices: Vec<Price>,
    /// The most it pays over the contract.
    pub cap: Option<Decimal>,
    /// The most it pays per evaluation.
    pub cap_each: Option<Decimal>,
    /// The clause of the contract it comes from.
    pub clause: Option<String>,
    /// Where it is declared.
    pub place: Option<Place>,
}

impl Line {
    /// Whether its price depends on any outcome.
    #[must_use]
    pub fn is_linked(&self) -> bool {
        self.prices.iter().any(|price| price.linked)
    }
}

/// What kind of data the evidence is, as the parties declare it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DataKind {
    /// Rows about people who can be told apart by name, address or number.
    Personal,
    /// Rows about people whose keys and other columns say nothing of who they are.
    Anonymised,
    /// Figures about groups of people.
    Statistics,
}

impl DataKind {
    /// What it is called.
    #[must_use]
    pub fn words(self) -> Text {
        match self {
            DataKind::Personal => say!("personal", "個人データ"),
            DataKind::Anonymised => say!("anonymised", "匿名化データ"),
            DataKind::Statistics => say!("statistics", "統計値"),
        }
    }
}

/// How several rows of one key become one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Several {
    /// The sum of the values; 0 for a person of another file without any row.
    Sum,
    /// How many values there are; 0 for a person of another file without any row.
    Count,
    /// The last value in the order of the rows.
    Last,
}

/// What the rows of the evidence are: the columns that say whose row it is and when it was measured,
/// and what is declared about all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowKeys {
    /// Column of the participant.
    pub participant: String,
    /// Column of the evaluation date.
    pub at: String,
    /// Whether the script names the participant's column, so that it must be there.
    pub participant_named: bool,
    /// Whether the script names the date's column, so that it must be there.
    pub at_named: bool,
    /// Fields that mean a value is missing; a blank always does.
    pub missing: Vec<String>,
    /// Columns that may hold names, addresses or numbers of people.
    pub personal: Vec<String>,
    /// What kind of data the rows are, when declared.
    pub kind: Option<DataKind>,
    /// Whether people of a later file who are not in the first one are left out, not refused.
    pub orphans_left_out: bool,
    /// Columns of which one person may have several rows, and what becomes of them.
    pub several: Vec<(String, Several)>,
    /// Columns whose last digits are looked at.
    pub last_digits: Vec<String>,
    /// Columns by whose values the part of missing values is compared.
    pub groups: Vec<String>,
    /// Date columns whose dates must lie between two days, both included.
    pub windows: Vec<(String, Date, Date)>,
}

impl Default for RowKeys {
    fn default() -> Self {
        Self {
            participant: "participant".into(),
            at: "at".into(),
            participant_named: false,
            at_named: false,
            missing: Vec::new(),
            personal: Vec::new(),
            kind: None,
            orphans_left_out: false,
            several: Vec::new(),
            last_digits: Vec::new(),
            groups: Vec::new(),
            windows: Vec::new(),
        }
    }
}

/// What a column of the evidence holds.
#[derive(Debug, Clone, PartialEq)]
pub enum ColumnKind {
    /// A number, in a unit, within a range.
    Number {
        /// The unit, when declared.
        unit: Option<String>,
        /// The least value.
        low: Option<Decimal>,
        /// The greatest value.
        high: Option<Decimal>,
    },
    /// Yes or no: 1/0, true/false, yes/no, はい/いいえ.
    YesNo,
    /// Text, one of these when any are given.
    Text(Vec<String>),
    /// A date.
    Date,
}

/// A column of the evidence.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Its heading.
    pub name: String,
    /// What it holds.
    pub kind: ColumnKind,
    /// Its symbol in the contract's graph, when an indicator reads it.
    pub symbol: Option<SymbolId>,
}

/// A value of the script that a scenario may override.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Its value in this reading.
    pub value: Decimal,
    /// Whether it is an amount of money.
    pub money: bool,
    /// The range a design search may try.
    pub range: Option<(Decimal, Decimal)>,
}
