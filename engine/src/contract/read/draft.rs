//! What the words of a script have declared, before anything is traced.

use std::collections::{BTreeMap, HashMap};

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::finance_draft::FinanceDraft;
use crate::contract::Outcome;
use crate::contract::grounds::Grounds;
use crate::contract::provisions::{Acceptance, Provision};
use crate::contract::{
    AtEarlyEnd, Baseline, Basis, Better, Column, EarlyEnd, EarlyEndTerms, EffectOn, Evaluation,
    ExampleAt, LineKind, Missing, Parameter, Party, PaymentDue, RowKeys, Tax,
};
use crate::expr::{NodeId, Rounding, Unit};
use crate::problem::{Place, Text};
use crate::script::Closure;

/// Values that replace those of `param` words, by name.
pub type Overrides = BTreeMap<String, Decimal>;

/// A party, as scripts hold it.
#[derive(Debug, Clone, Copy)]
pub(in crate::contract) struct PartyHandle(pub(in crate::contract) usize);

/// An indicator, as scripts hold it.
#[derive(Debug, Clone, Copy)]
pub(in crate::contract) struct IndicatorHandle(pub(in crate::contract) usize);

/// What a closure over rows gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::contract) enum ClosureKind {
    Number,
    Condition,
    Either,
    /// A text, a number or yes and no, by which people are divided.
    Key,
}

/// `contract(…)`.
#[derive(Debug)]
pub(in crate::contract) struct Header {
    pub(in crate::contract) id: String,
    pub(in crate::contract) title: Text,
    pub(in crate::contract) currency: String,
    pub(in crate::contract) from: Option<Date>,
    pub(in crate::contract) to: Option<Date>,
    pub(in crate::contract) cap: Option<Decimal>,
    pub(in crate::contract) tax: Tax,
    pub(in crate::contract) rounding: Option<Rounding>,
    pub(in crate::contract) place: Option<Place>,
}

/// An indicator whose closures are not traced yet.
#[derive(Debug)]
pub(in crate::contract) struct IndicatorDraft {
    pub(in crate::contract) id: String,
    pub(in crate::contract) title: Text,
    pub(in crate::contract) word: &'static str,
    pub(in crate::contract) closures: Vec<(&'static str, ClosureKind, Option<Closure>)>,
    pub(in crate::contract) negative: bool,
    pub(in crate::contract) unit: Option<Unit>,
    pub(in crate::contract) better: Better,
    pub(in crate::contract) read: Option<Rounding>,
    pub(in crate::contract) who: Option<Closure>,
    pub(in crate::contract) missing: Missing,
    pub(in crate::contract) missing_stated: bool,
    pub(in crate::contract) at_least: u64,
    pub(in crate::contract) at_least_stated: bool,
    pub(in crate::contract) source: Option<Text>,
    pub(in crate::contract) clause: Option<String>,
    pub(in crate::contract) at: Option<Vec<Date>>,
    pub(in crate::contract) at_place: Option<Place>,
    pub(in crate::contract) place: Option<Place>,
    pub(in crate::contract) design: DesignDraft,
    pub(in crate::contract) grounds: Grounds,
}

/// What only some indicators declare: what they are compared with, and adjusted for.
#[derive(Debug)]
pub(in crate::contract) struct DesignDraft {
    pub(in crate::contract) baseline: Option<Baseline>,
    pub(in crate::contract) per: Decimal,
    pub(in crate::contract) adjust: Vec<Closure>,
    pub(in crate::contract) strata: Vec<Closure>,
    pub(in crate::contract) table: Vec<(Vec<StrataValue>, Decimal)>,
    pub(in crate::contract) table_source: Option<Text>,
    pub(in crate::contract) table_place: Option<Place>,
    pub(in crate::contract) effect: EffectOn,
    pub(in crate::contract) parts: Vec<(usize, Decimal)>,
}

/// A value that divides people into strata.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::contract) enum StrataValue {
    Text(String),
    Number(Decimal),
    Truth(bool),
}

/// A line whose closures are not traced yet.
#[derive(Debug)]
pub(in crate::contract) struct LineDraft {
    pub(in crate::contract) id: String,
    pub(in crate::contract) title: Text,
    pub(in crate::contract) price: Closure,
    pub(in crate::contract) gate: Option<Closure>,
    /// Who pays, with their parts; empty when not stated.
    pub(in crate::contract) by: Vec<(usize, Decimal)>,
    /// Who is paid, with their parts; empty when not stated.
    pub(in crate::contract) to: Vec<(usize, Decimal)>,
    pub(in crate::contract) kind: LineKind,
    pub(in crate::contract) basis: Basis,
    pub(in crate::contract) basis_stated: bool,
    pub(in crate::contract) at_early_end: Option<AtEarlyEnd>,
    pub(in crate::contract) carry: bool,
    pub(in crate::contract) at: Option<Vec<Date>>,
    pub(in crate::contract) at_place: Option<Place>,
    pub(in crate::contract) cap: Option<Decimal>,
    pub(in crate::contract) cap_each: Option<Decimal>,
    pub(in crate::contract) clause: Option<String>,
    pub(in crate::contract) place: Option<Place>,
}

/// A worked example as declared.
#[derive(Debug)]
pub(in crate::contract) struct ExampleDraft {
    pub(in crate::contract) name: Text,
    pub(in crate::contract) dates: Vec<ExampleAt>,
    pub(in crate::contract) paid_before: Decimal,
    pub(in crate::contract) expected: Decimal,
    pub(in crate::contract) place: Option<Place>,
}

/// What the words of a script have declared so far.
#[derive(Debug, Default)]
pub(in crate::contract) struct Draft {
    pub(in crate::contract) header: Option<Header>,
    pub(in crate::contract) parties: Vec<Party>,
    pub(in crate::contract) evaluations: Vec<Evaluation>,
    pub(in crate::contract) indicators: Vec<IndicatorDraft>,
    pub(in crate::contract) lines: Vec<LineDraft>,
    pub(in crate::contract) offsets: Vec<LineDraft>,
    pub(in crate::contract) finance: FinanceDraft,
    pub(in crate::contract) examples: Vec<ExampleDraft>,
    pub(in crate::contract) rows: RowKeys,
    pub(in crate::contract) columns: Vec<Column>,
    /// The units by their names, as they were first given.
    pub(in crate::contract) units: Vec<Text>,
    pub(in crate::contract) cap_each: Option<Decimal>,
    pub(in crate::contract) cap_year: Option<Decimal>,
    pub(in crate::contract) cap_payers: Vec<(usize, Decimal)>,
    pub(in crate::contract) minimum: Option<Decimal>,
    pub(in crate::contract) minimum_each: Option<Decimal>,
    pub(in crate::contract) early_end: Option<EarlyEnd>,
    pub(in crate::contract) payment_due: Option<PaymentDue>,
    pub(in crate::contract) provisions: Vec<Provision>,
    pub(in crate::contract) acceptances: Vec<Acceptance>,
    pub(in crate::contract) parameters: Vec<Parameter>,
    pub(in crate::contract) overrides: Overrides,
    /// Where `contract`, `evaluations` and each limit stand, by word.
    pub(in crate::contract) declared_at: HashMap<&'static str, Place>,
    /// Known once indicators and evaluations are.
    pub(in crate::contract) outcomes: Vec<Outcome>,
    /// Known once evaluations are, where the contract says what happens at an early end.
    pub(in crate::contract) endings: Vec<EarlyEndTerms>,
    /// The value of each indicator that means no effect, known with `outcomes`.
    pub(in crate::contract) no_effects: Vec<Option<Decimal>>,
    /// What was owed before the evaluation that is being traced.
    pub(in crate::contract) paid_before: Option<NodeId>,
}
