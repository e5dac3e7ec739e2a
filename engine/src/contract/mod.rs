//! What a contract is: who pays whom for which outcomes, when, and by which rule.
//!
//! In: a script. Out: a [`Contract`] whose payment rules are lowered, from gates to tax, into one
//! expression graph ([`Terms`]); the linter's [`Finding`](check::Check)s; the worked examples' results;
//! the term sheet.
//!
//! Never here: evidence, random numbers, settlement of a real date.

pub mod bounds;
mod ceiling;
pub mod check;
mod declared;
mod ending;
mod example;
pub mod explain;
pub mod finance;
mod finance_terms;
mod findings;
mod floor;
mod grounds;
mod lower;
mod pieces;
mod price_curve;
mod provisions;
mod read;
mod terms;
mod vocabulary;
pub(crate) mod wording;

pub use ceiling::Ceiling;
pub(crate) use declared::fiscal_year_of;
pub use declared::{
    AtEarlyEnd, Baseline, Basis, Better, Column, ColumnKind, DataKind, DueAfter, EarlyEnd,
    EffectOn, Estimand, Evaluation, Indicator, Line, LineKind, LineShare, Missing, Parameter,
    Party, PaymentDue, Price, Role, RowKeys, Several, Strata, StrataKey, Stratum, Tax,
};
pub use example::{Example, ExampleAt};
pub use finance::{
    Amounts, Cost, CostKind, DeferredFee, Finance, Form, Guarantee, Recycle, Reserve, Sharer,
    Tranche,
};
pub use finance_terms::{
    AccountTerms, Actor, DistributionTerms, FinanceTerms, Move, MoveReason, TrancheTerms,
};
pub use findings::{Counterexample, Finding, NoEffect, Paid, rules};
pub use grounds::{Grounds, Method, Obtained};
pub use price_curve::PricePart;
pub use provisions::{Acceptance, CapBasis, Provision, Topic};
pub use read::Overrides;
pub use terms::{
    Bound, CutBy, EarlyEndTerms, EvaluationTerms, FlowTerms, LineTerms, Outcome, Reason, Terms,
    ToDate,
};
pub use vocabulary::WORDS;

use std::collections::HashMap;

use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::expr::{Graph, NodeId, Rounding};
use crate::problem::{Place, Problem, Text, say};

/// A contract as agreed, with its payment rules ready to be evaluated.
#[derive(Debug, Clone)]
pub struct Contract {
    /// The file it was read from, as the user named it.
    pub file: String,
    /// The script itself.
    pub script: String,
    /// Its identifier.
    pub id: String,
    /// Its title.
    pub title: Text,
    /// ISO 4217 code of the currency of every payment.
    pub currency: String,
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
    /// The most that is paid in all, before any tax that is added.
    pub cap: Option<Decimal>,
    /// The most that is paid per evaluation.
    pub cap_each: Option<Decimal>,
    /// The most that is paid per fiscal year (April to March, by payment date).
    pub cap_year: Option<Decimal>,
    /// The most that each party pays in all.
    pub cap_payers: Vec<(usize, Decimal)>,
    /// The least that is paid in all; topped up at the last evaluation.
    pub minimum: Option<Decimal>,
    /// The least that is paid per evaluation.
    pub minimum_each: Option<Decimal>,
    /// What happens when it ends before its last evaluation, where that is stated.
    pub early_end: Option<EarlyEnd>,
    /// When payments are due, where that is stated.
    pub payment_due: Option<PaymentDue>,
    /// What it provides for beside its payment rules, a topic each.
    pub provisions: Vec<Provision>,
    /// The findings that its parties accept.
    pub acceptances: Vec<Acceptance>,
    /// How consumption tax stands to the amounts.
    pub tax: Tax,
    /// How each line's amount is rounded.
    pub rounding: Rounding,
    /// Who takes part.
    pub parties: Vec<Party>,
    /// When outcomes are measured and paid, in order of date.
    pub evaluations: Vec<Evaluation>,
    /// What is measured.
    pub indicators: Vec<Indicator>,
    /// What is paid.
    pub lines: Vec<Line>,
    /// What is netted from payments.
    pub offsets: Vec<Line>,
    /// How the programme is financed, and what it costs.
    pub finance: Finance,
    /// Worked examples (計算例).
    pub examples: Vec<Example>,
    /// Which columns identify a row of evidence.
    pub rows: RowKeys,
    /// The columns of the evidence that indicators read.
    pub columns: Vec<Column>,
    /// Values that a scenario may override.
    pub parameters: Vec<Parameter>,
    /// The graph of everything the contract computes.
    pub graph: Graph,
    /// The payment rules, lowered into the graph.
    pub terms: Terms,
    /// Warnings and notes found while reading.
    pub warnings: Vec<Problem>,
    /// Where nodes of the graph were written.
    pub(crate) places: HashMap<NodeId, Place>,
    /// Where `contract`, `evaluations` and each limit stand, by word.
    pub(crate) declared_at: HashMap<&'static str, Place>,
}

impl Contract {
    /// The position of the evaluation dated `at`.
    #[must_use]
    pub fn evaluation_at(&self, at: Date) -> Option<usize> {
        self.evaluations.iter().position(|evaluation| evaluation.at == at)
    }

    /// The position of the indicator called `id`.
    #[must_use]
    pub fn indicator_named(&self, id: &str) -> Option<usize> {
        self.indicators.iter().position(|indicator| indicator.id == id)
    }

    /// The name of a party, or of everyone [outside](Actor::OUTSIDE), by its identifier.
    #[must_use]
    pub fn name_of(&self, id: &str) -> Text {
        match self.parties.iter().find(|party| party.id == id) {
            Some(party) => party.name.clone(),
            None if id == Actor::OUTSIDE => say!("outside the contract", "契約の外部"),
            None => Text::from(id),
        }
    }

    /// Where a node of the graph was written in the script.
    #[must_use]
    pub fn place_of(&self, node: NodeId) -> Option<&Place> {
        self.places.get(&node)
    }

    /// The most that can be paid in all, tax included, when the contract states a cap.
    #[must_use]
    pub fn cap_with_tax(&self) -> Option<Decimal> {
        self.cap.map(|cap| self.with_tax(cap))
    }

    /// Whether an evaluation may come to less than nothing because the parties agreed that money is
    /// paid back.
    #[must_use]
    pub fn pays_back(&self) -> bool {
        let back = |line: &Line| line.kind == LineKind::Return || line.basis == Basis::TrueUp;
        self.lines.iter().any(back)
    }

    /// An amount with the tax that is added to it, if any.
    pub(crate) fn with_tax(&self, amount: Decimal) -> Decimal {
        match self.tax {
            Tax::Added(rate) => {
                let unit = self.minor_unit();
                amount + (amount * rate / unit).trunc() * unit
            }
            Tax::Included(_) | Tax::Unstated => amount,
        }
    }

    /// The step of tax: the currency's smallest unit, or the rounding's where that is finer.
    pub(crate) fn minor_unit(&self) -> Decimal {
        minor_unit(&self.currency, self.rounding)
    }
}

/// See [`Contract::minor_unit`].
fn minor_unit(currency: &str, rounding: Rounding) -> Decimal {
    crate::expr::Unit::smallest_of(currency).min(rounding.step)
}
