//! How a settlement on corrected evidence differs from the one it takes the place of.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::Record;
use super::event::{flows_json, flows_of};
use super::fingerprint::RecordChanges;
use super::positions::Positions;
use crate::contract::Contract;
use crate::settle::Flow;

/// A line that pays something else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineChange {
    /// The line.
    pub name: String,
    /// Its clause, when stated.
    pub clause: Option<String>,
    /// What it paid.
    pub before: Decimal,
    /// What it pays.
    pub after: Decimal,
    /// The changed outcomes that it reads, by indicator.
    pub outcomes: Vec<String>,
}

/// An outcome that is something else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutcomeChange {
    /// The indicator.
    pub indicator: String,
    /// The evaluation.
    pub at: String,
    /// Its value before it was read, and how many it rested on; blank where it was not measured.
    pub before: (String, String),
    /// The same now.
    pub after: (String, String),
}

/// How a settlement differs from the one it takes the place of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restatement {
    /// The entry it takes the place of.
    pub of: u64,
    /// What was payable.
    pub before: Decimal,
    /// What is payable.
    pub after: Decimal,
    /// Who pays more, or back, against what was stated before.
    pub flows: Vec<Flow>,
    /// The lines that pay something else.
    pub lines: Vec<LineChange>,
    /// The outcomes that are something else.
    pub outcomes: Vec<OutcomeChange>,
    /// Whether the script is another one.
    pub script_changed: bool,
    /// The records that changed.
    pub records: RecordChanges,
    /// Standing settlements of later evaluations, which rest on this one: they are to be restated.
    pub later: Vec<u64>,
}

impl Restatement {
    /// Compares two settlements of one evaluation.
    pub(super) fn between(
        contract: &Contract,
        (of, old): (u64, &Record),
        new: &Record,
        records: RecordChanges,
        later: Vec<u64>,
    ) -> Restatement {
        let outcomes = outcomes(old, new);
        Restatement {
            of,
            before: old.payable(),
            after: new.payable(),
            flows: Positions::of(&old.flows()).flows_to(&Positions::of(&new.flows())),
            lines: lines(contract, old, new, &outcomes),
            outcomes,
            script_changed: old.script != new.script,
            records,
            later,
        }
    }

    /// What is owed more; negative when it is less.
    #[must_use]
    pub fn difference(&self) -> Decimal {
        self.after - self.before
    }

    /// The restatement as JSON.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let text = |amount: Decimal| amount.normalize().to_string();
        json!({
            "of": self.of,
            "payable": {
                "before": text(self.before),
                "after": text(self.after),
                "difference": text(self.difference()),
            },
            "flows": flows_json(&self.flows),
            "lines": self.lines.iter().map(|line| json!({
                "name": line.name,
                "clause": line.clause,
                "before": text(line.before),
                "after": text(line.after),
                "outcomes": line.outcomes,
            })).collect::<Vec<_>>(),
            "outcomes": self.outcomes.iter().map(|outcome| json!({
                "indicator": outcome.indicator,
                "at": outcome.at,
                "before": { "value": outcome.before.0, "n": outcome.before.1 },
                "after": { "value": outcome.after.0, "n": outcome.after.1 },
            })).collect::<Vec<_>>(),
            "script_changed": self.script_changed,
            "records": {
                "changed": self.records.changed,
                "added": self.records.added,
                "gone": self.records.gone,
                "now": self.records.now,
                "before": self.records.before,
            },
            "later": self.later,
        })
    }

    pub(super) fn from_json(value: &Value) -> Option<Restatement> {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let decimal = |value: &Value| value.as_str()?.parse::<Decimal>().ok();
        let texts =
            |value: &Value| value.as_array()?.iter().map(text).collect::<Option<Vec<String>>>();
        let line = |line: &Value| {
            Some(LineChange {
                name: text(&line["name"])?,
                clause: text(&line["clause"]),
                before: decimal(&line["before"])?,
                after: decimal(&line["after"])?,
                outcomes: texts(&line["outcomes"])?,
            })
        };
        let figure = |figure: &Value| Some((text(&figure["value"])?, text(&figure["n"])?));
        let outcome = |outcome: &Value| {
            Some(OutcomeChange {
                indicator: text(&outcome["indicator"])?,
                at: text(&outcome["at"])?,
                before: figure(&outcome["before"])?,
                after: figure(&outcome["after"])?,
            })
        };
        let records = &value["records"];
        Some(Restatement {
            of: value["of"].as_u64()?,
            before: decimal(&value["payable"]["before"])?,
            after: decimal(&value["payable"]["after"])?,
            flows: flows_of(&value["flows"])?,
            lines: value["lines"].as_array()?.iter().map(line).collect::<Option<_>>()?,
            outcomes: value["outcomes"].as_array()?.iter().map(outcome).collect::<Option<_>>()?,
            script_changed: value["script_changed"].as_bool()?,
            records: RecordChanges {
                changed: records["changed"].as_u64()?,
                added: records["added"].as_u64()?,
                gone: records["gone"].as_u64()?,
                now: texts(&records["now"])?,
                before: texts(&records["before"])?,
            },
            later: value["later"].as_array()?.iter().map(Value::as_u64).collect::<Option<_>>()?,
        })
    }
}

type Values = BTreeMap<(String, String), (String, String)>;

/// The outcomes whose value or number of people is another.
fn outcomes(old: &Record, new: &Record) -> Vec<OutcomeChange> {
    let (old, new) = (old.values(), new.values());
    let keys: Vec<_> = old.keys().chain(new.keys().filter(|key| !old.contains_key(*key))).collect();
    let change = |key: &&(String, String)| {
        let of = |values: &Values| values.get(*key).cloned().unwrap_or_default();
        let (before, after) = (of(&old), of(&new));
        let (indicator, at) = (*key).clone();
        (before != after).then_some(OutcomeChange { indicator, at, before, after })
    };
    keys.iter().filter_map(change).collect()
}

/// The lines whose amount is another, and the changed outcomes that each reads.
fn lines(
    contract: &Contract,
    old: &Record,
    new: &Record,
    outcomes: &[OutcomeChange],
) -> Vec<LineChange> {
    // A payer may have several lines of one name; they are taken together.
    let sums = |record: &Record| {
        let mut sums: BTreeMap<String, (Option<String>, Decimal)> = BTreeMap::new();
        for line in record.statement["en"]["lines"].as_array().into_iter().flatten() {
            let name = line["name"].as_str().unwrap_or_default().to_owned();
            let clause = line["clause"].as_str().map(str::to_owned);
            let amount = line["amount"].as_str().and_then(|amount| amount.parse().ok());
            let sum = sums.entry(name).or_insert((clause, Decimal::ZERO));
            sum.1 += amount.unwrap_or(Decimal::ZERO);
        }
        sums
    };
    let (old, new) = (sums(old), sums(new));
    let names: Vec<&String> =
        old.keys().chain(new.keys().filter(|name| !old.contains_key(*name))).collect();
    let change = |name: &&String| {
        let amount = |sums: &BTreeMap<String, (Option<String>, Decimal)>| {
            sums.get(*name).map_or(Decimal::ZERO, |(_, amount)| *amount)
        };
        let (before, after) = (amount(&old), amount(&new));
        let clause = old.get(*name).or(new.get(*name)).and_then(|(clause, _)| clause.clone());
        (before != after).then(|| LineChange {
            name: (*name).clone(),
            clause,
            before,
            after,
            outcomes: read_by(contract, name, outcomes),
        })
    };
    names.iter().filter_map(change).collect()
}

/// The changed outcomes that a declared line reads; all of them for a limit, which rests on every
/// line.
fn read_by(contract: &Contract, name: &str, outcomes: &[OutcomeChange]) -> Vec<String> {
    let mut declared = contract.lines.iter().chain(&contract.offsets);
    let line = declared.find(|line| line.id == name);
    let reads = |outcome: &&OutcomeChange| {
        line.is_none_or(|line| {
            let needs = line.prices.iter().flat_map(|price| &price.needs);
            needs.into_iter().any(|need| {
                let indicator = contract.terms.outcomes[*need].indicator;
                contract.indicators[indicator].id == outcome.indicator
            })
        })
    };
    let mut names: Vec<String> =
        outcomes.iter().filter(reads).map(|outcome| outcome.indicator.clone()).collect();
    names.dedup();
    names
}
