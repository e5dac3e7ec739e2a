//! The declarations of a contract, one type each.

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::Serialize;

use super::grounds::Grounds;
use crate::expr::{Interval, NodeId, Rounding, SymbolId, Unit};
use crate::problem::{Language, Place, Text, say};

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
    /// Makes good what investors do not get back.
    Guarantor,
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
        fiscal_year_of(self.paid)
    }
}

/// The Japanese fiscal year (April to March) in which a day lies.
pub(crate) fn fiscal_year_of(day: Date) -> i16 {
    if day.month() >= 4 { day.year() } else { day.year() - 1 }
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
    /// `mean(of | treated) ÷ mean(of | not treated)`, times 100 as an index.
    Ratio {
        /// The value, or a condition for a ratio of shares.
        of: Option<NodeId>,
        /// Who is in the programme's own group.
        treated: Option<NodeId>,
        /// Whether `of` is a condition.
        of_shares: bool,
        /// Whether the comparison group counts as 100.
        index: bool,
    },
    /// `sign × (mean(last − first | treated) − mean(last − first | not treated))`
    DifferenceInDifferences {
        /// The value at first.
        first: Option<NodeId>,
        /// The value at last.
        last: Option<NodeId>,
        /// Who is in the programme's own group.
        treated: Option<NodeId>,
        /// 1, or −1 where a fall counts as positive.
        sign: i8,
    },
    /// `per × sum(events) ÷ sum(time)`
    Rate {
        /// How many events a person had, or whether there was one.
        events: Option<NodeId>,
        /// How long the person was watched.
        time: Option<NodeId>,
        /// How much time the rate is stated for.
        per: Decimal,
    },
    /// `(sum(events) ÷ sum(time) | treated) ÷ (the same | not treated)`
    RateRatio {
        /// How many events a person had, or whether there was one.
        events: Option<NodeId>,
        /// How long the person was watched.
        time: Option<NodeId>,
        /// Who is in the programme's own group.
        treated: Option<NodeId>,
    },
    /// `per × sum(observed) ÷ sum(expected)`
    ObservedOverExpected {
        /// How many events a person had, or whether there was one.
        observed: Option<NodeId>,
        /// How many were to be expected: a closure, or the reference rate of the person's stratum.
        expected: Option<NodeId>,
        /// The reference rates, where they are stated by stratum.
        strata: Option<Strata>,
        /// How long the person was watched, by which a reference rate is multiplied.
        time: Option<NodeId>,
        /// What an observed number equal to the expected one counts as: 1, or 100.
        per: Decimal,
    },
    /// `Σ standard × mean(of | stratum) ÷ Σ standard`; with `time`, of rates per person-time.
    Standardised {
        /// The value, or a condition for a share.
        of: Option<NodeId>,
        /// The time watched, for a standardised rate.
        time: Option<NodeId>,
        /// The standard population.
        strata: Option<Strata>,
        /// How much time (or how many people) the value is stated for.
        per: Decimal,
        /// Whether `of` is a condition.
        of_shares: bool,
    },
    /// `mean(of | treated) − weighted mean(of | not treated)`, weights from a logistic regression of
    /// the group on background factors.
    PropensityWeighted {
        /// The value, or a condition for a difference of shares.
        of: Option<NodeId>,
        /// Who is in the programme's own group.
        treated: Option<NodeId>,
        /// The background factors.
        adjust: Vec<NodeId>,
        /// Whose effect is estimated.
        effect: EffectOn,
    },
    /// The coefficient of the group in a linear regression of `of` on the group and background
    /// factors.
    Ancova {
        /// The value, or a condition.
        of: Option<NodeId>,
        /// Who is in the programme's own group.
        treated: Option<NodeId>,
        /// The background factors, the value at first among them.
        adjust: Vec<NodeId>,
    },
    /// `Σ weight × estimate`
    Blend {
        /// The indicators, positions in the contract's, and their weights.
        parts: Vec<(usize, Decimal)>,
        /// The value that means no effect, when every part has one.
        no_effect: Option<Decimal>,
    },
}

/// Whose effect a weighted comparison estimates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum EffectOn {
    /// The programme's own people (ATT): others are weighted by `e ÷ (1 − e)`.
    Treated,
    /// Everyone in the data (ATE): weights `1 ÷ e` and `1 ÷ (1 − e)`.
    Everyone,
}

/// Groups of people by background factors, each with a number: a standard population or a
/// reference rate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Strata {
    /// The factors.
    pub keys: Vec<StrataKey>,
    /// The strata, in the order of the script.
    pub cells: Vec<Stratum>,
    /// Where the numbers come from.
    pub source: Option<Text>,
}

/// A factor that people are divided by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StrataKey {
    /// Its closure's value.
    pub node: NodeId,
    /// Its values as the script writes them, each with the condition that a person has it.
    pub choices: Vec<(String, NodeId)>,
}

/// A stratum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stratum {
    /// Its value of each key, a position in [`StrataKey::choices`].
    pub choices: Vec<usize>,
    /// Its number.
    pub number: Decimal,
}

impl Strata {
    /// A stratum in words: `F, 65-74`.
    #[must_use]
    pub fn name(&self, cell: usize) -> String {
        let choices = self.keys.iter().zip(&self.cells[cell].choices);
        choices.map(|(key, choice)| key.choices[*choice].0.as_str()).collect::<Vec<_>>().join(", ")
    }

    fn closures(&self) -> impl Iterator<Item = NodeId> {
        self.keys.iter().flat_map(|key| key.choices.iter().map(|(_, node)| *node))
    }
}

/// A value stated in the script at signing, with which the estimate is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Baseline {
    /// The value.
    pub value: Decimal,
    /// Whether the estimate is divided by it rather than lessened.
    pub ratio: bool,
    /// Where it comes from.
    pub source: Option<Text>,
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
            Estimand::Ratio { index: false, .. } => "ratio",
            Estimand::Ratio { index: true, .. } => "index",
            Estimand::DifferenceInDifferences { .. } => "difference_in_differences",
            Estimand::Rate { .. } => "rate",
            Estimand::RateRatio { .. } => "rate_ratio",
            Estimand::ObservedOverExpected { .. } => "observed_over_expected",
            Estimand::Standardised { .. } => "standardised",
            Estimand::PropensityWeighted { .. } => "propensity_weighted",
            Estimand::Ancova { .. } => "ancova",
            Estimand::Blend { .. } => "blend",
        }
    }

    /// Whether values are fractions from 0 to 1.
    #[must_use]
    pub fn is_share(&self) -> bool {
        matches!(self, Estimand::Share { .. })
    }

    /// Whether values compare two groups: 0 (a difference) or 1 or 100 (a ratio) is no effect.
    #[must_use]
    pub fn no_effect(&self) -> Option<Decimal> {
        match self {
            Estimand::MeanChange { .. }
            | Estimand::Difference { .. }
            | Estimand::DifferenceInDifferences { .. }
            | Estimand::PropensityWeighted { .. }
            | Estimand::Ancova { .. } => Some(Decimal::ZERO),
            Estimand::Ratio { index: true, .. } => Some(Decimal::ONE_HUNDRED),
            Estimand::Ratio { .. } | Estimand::RateRatio { .. } => Some(Decimal::ONE),
            Estimand::ObservedOverExpected { per, .. } => Some(*per),
            Estimand::Mean { .. }
            | Estimand::Share { .. }
            | Estimand::Count { .. }
            | Estimand::Total { .. }
            | Estimand::Rate { .. }
            | Estimand::Standardised { .. } => None,
            Estimand::Blend { no_effect, .. } => *no_effect,
        }
    }

    /// The nodes over rows that it computes with.
    #[must_use]
    pub fn closures(&self) -> Vec<NodeId> {
        let nodes = |all: &[Option<NodeId>]| all.iter().flatten().copied().collect::<Vec<_>>();
        match self {
            Estimand::MeanChange { first, last, .. } => nodes(&[*first, *last]),
            Estimand::Mean { of }
            | Estimand::Share { of }
            | Estimand::Count { of }
            | Estimand::Total { of } => nodes(&[*of]),
            Estimand::Difference { of, treated, .. } | Estimand::Ratio { of, treated, .. } => {
                nodes(&[*of, *treated])
            }
            Estimand::DifferenceInDifferences { first, last, treated, .. } => {
                nodes(&[*first, *last, *treated])
            }
            Estimand::Rate { events, time, .. } => nodes(&[*events, *time]),
            Estimand::RateRatio { events, time, treated } => nodes(&[*events, *time, *treated]),
            Estimand::ObservedOverExpected { observed, expected, strata, time, .. } => {
                let mut all = nodes(&[*observed, *expected, *time]);
                all.extend(strata.iter().flat_map(Strata::closures));
                all
            }
            Estimand::Standardised { of, time, strata, .. } => {
                let mut all = nodes(&[*of, *time]);
                all.extend(strata.iter().flat_map(Strata::closures));
                all
            }
            Estimand::PropensityWeighted { of, treated, adjust, .. }
            | Estimand::Ancova { of, treated, adjust } => {
                let mut all = nodes(&[*of, *treated]);
                all.extend(adjust);
                all
            }
            Estimand::Blend { .. } => Vec::new(),
        }
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
    pub source: Option<Text>,
    /// The clause of the contract it comes from.
    pub clause: Option<String>,
    /// The evaluations at which it is measured, in order.
    pub measured: Vec<usize>,
    /// Where its values can lie.
    pub support: Interval,
    /// Where it is declared.
    pub place: Option<Place>,
    /// The fixed value it is compared with.
    pub baseline: Option<Baseline>,
    /// What it rests on.
    pub grounds: Grounds,
}

impl Indicator {
    /// Whether values are fractions from 0 to 1.
    #[must_use]
    pub fn is_share(&self) -> bool {
        self.baseline.is_none() && self.estimand.is_share()
    }

    /// The unit of the fixed value that the estimate is compared with, as far as it is known.
    #[must_use]
    pub(crate) fn baseline_unit(&self) -> Unit {
        match &self.baseline {
            _ if self.estimand.is_share() => Unit::Share,
            Some(baseline) if baseline.ratio => Unit::Number,
            _ => self.unit.clone(),
        }
    }

    /// The value that means no effect: 0 for differences, 1 or 100 for ratios, none otherwise.
    #[must_use]
    pub fn no_effect(&self) -> Option<Decimal> {
        match &self.baseline {
            Some(baseline) => Some(if baseline.ratio { Decimal::ONE } else { Decimal::ZERO }),
            None => self.estimand.no_effect(),
        }
    }
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
    /// Whether `basis` was stated.
    pub basis_stated: bool,
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
    /// Every kind.
    pub const ALL: [DataKind; 3] = [DataKind::Personal, DataKind::Anonymised, DataKind::Statistics];

    /// What it is called.
    #[must_use]
    pub fn words(self) -> Text {
        match self {
            DataKind::Personal => say!("personal", "個人データ"),
            DataKind::Anonymised => say!("anonymised", "匿名化データ"),
            DataKind::Statistics => say!("statistics", "集計値"),
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
        unit: Option<Unit>,
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
    /// What people call it; its heading where the script gives no title.
    pub title: Text,
    /// What it holds.
    pub kind: ColumnKind,
    /// What people call those of its texts that the script gives a title.
    pub values: Vec<(String, Text)>,
    /// Its symbol in the contract's graph, when an indicator reads it.
    pub symbol: Option<SymbolId>,
}

/// A value of the script that a scenario may override.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// What people call it; its name where the script gives no title.
    pub title: Text,
    /// Its value in this reading.
    pub value: Decimal,
    /// What it is counted in.
    pub unit: Unit,
    /// The range a design search may try.
    pub range: Option<(Decimal, Decimal)>,
}

impl Parameter {
    /// Its title with the name behind it; the name where it has no title.
    #[must_use]
    pub fn called(&self, language: Language) -> String {
        self.title.beside_name(&self.name, language)
    }
}
