//! What an entry says happened.

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{Record, Restatement};
use crate::settle::Flow;

/// Who did it, by the name they declared, and when it was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// The declared name.
    pub by: String,
    /// When, to the second, in UTC.
    pub recorded: Timestamp,
}

/// What an entry says happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The ledger was begun.
    Open {
        /// When.
        recorded: Timestamp,
        /// The version of the engine.
        engine: String,
        /// The key of the fingerprints of records, 64 hexadecimal digits.
        key: String,
    },
    /// A settlement was submitted.
    Submit(Box<Submit>),
    /// A settlement was approved.
    Approve {
        /// By whom.
        act: Act,
        /// The settlement's entry.
        of: u64,
    },
    /// A settlement was refused, or taken back by whoever submitted it.
    Close {
        /// By whom.
        act: Act,
        /// The settlement's entry.
        of: u64,
        /// Whether its submitter took it back.
        withdrawn: bool,
        /// Why.
        reason: String,
    },
    /// A settlement was paid.
    Pay {
        /// By whom it was recorded.
        act: Act,
        /// The settlement's entry.
        of: u64,
        /// The day of the payment.
        on: Date,
        /// What identifies the payment: a number of a voucher or a transfer.
        reference: Option<String>,
        /// What is owed beyond what was paid for the evaluation before; negative when it is paid
        /// back.
        amount: Decimal,
        /// Who pays whom.
        flows: Vec<Flow>,
    },
}

/// A settlement as it was submitted.
#[derive(Debug, Clone, PartialEq)]
pub struct Submit {
    /// By whom.
    pub act: Act,
    /// The settlement.
    pub record: Record,
    /// The day it is to be paid, by the contract.
    pub paid: Date,
    /// Whether what was paid before was told by the submitter rather than by the ledger.
    pub told: bool,
    /// The fingerprints of the records of evidence, a text per file.
    pub fingerprints: Vec<(String, String)>,
    /// Why an earlier settlement of the evaluation is restated, and how it differs.
    pub restatement: Option<(String, Restatement)>,
}

impl Event {
    /// The event as the body of entry `number`.
    pub(super) fn to_json(&self, number: u64) -> Value {
        let (mut value, act) = match self {
            Event::Open { recorded, engine, key } => {
                return json!({
                    "number": number, "kind": "open", "format": 1, "recorded": recorded.to_string(),
                    "engine": engine, "fingerprint_key": key,
                });
            }
            Event::Submit(submit) => (
                json!({
                    "kind": "submit",
                    "effective": submit.record.at.to_string(),
                    "to_be_paid": submit.paid.to_string(),
                    "paid_before_told": submit.told,
                    "key": submit.record.key(),
                    "record": submit.record.to_json(),
                    "fingerprints": submit.fingerprints.iter().map(|(name, rows)| json!({
                        "name": name, "records": rows,
                    })).collect::<Vec<_>>(),
                    "reason": submit.restatement.as_ref().map(|(reason, _)| reason),
                    "restatement": submit.restatement.as_ref().map(|(_, how)| how.to_json()),
                }),
                &submit.act,
            ),
            Event::Approve { act, of } => (json!({ "kind": "approve", "of": of }), act),
            Event::Close { act, of, withdrawn, reason } => {
                let kind = if *withdrawn { "withdraw" } else { "reject" };
                (json!({ "kind": kind, "of": of, "reason": reason }), act)
            }
            Event::Pay { act, of, on, reference, amount, flows } => (
                json!({
                    "kind": "pay", "of": of, "effective": on.to_string(), "reference": reference,
                    "amount": amount.normalize().to_string(), "flows": flows_json(flows),
                }),
                act,
            ),
        };
        value["number"] = number.into();
        value["by"] = act.by.as_str().into();
        value["recorded"] = act.recorded.to_string().into();
        value
    }

    /// Reads what [`to_json`](Self::to_json) wrote; `None` where something is missing or of
    /// another kind. What is left over is found by writing it again.
    pub(super) fn from_json(value: &Value) -> Option<Event> {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let recorded: Timestamp = value["recorded"].as_str()?.parse().ok()?;
        let kind = value["kind"].as_str()?;
        if kind == "open" {
            let key = text(&value["fingerprint_key"])?;
            return Some(Event::Open { recorded, engine: text(&value["engine"])?, key });
        }
        let act = Act { by: text(&value["by"])?, recorded };
        let of = value["of"].as_u64();
        Some(match kind {
            "submit" => {
                let restatement = match (&value["reason"], &value["restatement"]) {
                    (Value::Null, Value::Null) => None,
                    (reason, how) => Some((text(reason)?, Restatement::from_json(how)?)),
                };
                let file = |file: &Value| Some((text(&file["name"])?, text(&file["records"])?));
                Event::Submit(Box::new(Submit {
                    act,
                    record: Record::from_json(&value["record"])?,
                    paid: value["to_be_paid"].as_str()?.parse().ok()?,
                    told: value["paid_before_told"].as_bool()?,
                    fingerprints: value["fingerprints"]
                        .as_array()?
                        .iter()
                        .map(file)
                        .collect::<Option<_>>()?,
                    restatement,
                }))
            }
            "approve" => Event::Approve { act, of: of? },
            "reject" | "withdraw" => Event::Close {
                act,
                of: of?,
                withdrawn: kind == "withdraw",
                reason: text(&value["reason"])?,
            },
            "pay" => Event::Pay {
                act,
                of: of?,
                on: value["effective"].as_str()?.parse().ok()?,
                reference: text(&value["reference"]),
                amount: value["amount"].as_str()?.parse().ok()?,
                flows: flows_of(&value["flows"])?,
            },
            _ => return None,
        })
    }
}

pub(super) fn flows_json(flows: &[Flow]) -> Value {
    let flow = |flow: &Flow| {
        json!({
            "from": flow.from, "to": flow.to, "amount": flow.amount.normalize().to_string(),
        })
    };
    flows.iter().map(flow).collect()
}

pub(super) fn flows_of(value: &Value) -> Option<Vec<Flow>> {
    let flow = |flow: &Value| {
        Some(Flow {
            from: flow["from"].as_str()?.to_owned(),
            to: flow["to"].as_str()?.to_owned(),
            amount: flow["amount"].as_str()?.parse().ok()?,
        })
    };
    value.as_array()?.iter().map(flow).collect()
}
