//! The ledger in the formats of others: a CSV file of all entries, and a journal of hledger.

use std::collections::BTreeMap;
use std::fmt::Write;

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::Event;
use super::positions::Positions;
use super::state::{State, Status};
use super::store::{Ledger, Read};
use crate::problem::Problem;
use crate::settle::{Flow, quoted};

const HEADINGS: &str = "entry,kind,of,recorded,by,effective,contract,at,payable,difference,amount,\
                        reference,reason,hash";

impl Ledger {
    /// Every entry as a line of CSV.
    ///
    /// # Errors
    /// A ledger that was altered.
    pub fn csv(&self) -> Result<String, Vec<Problem>> {
        let Read { entries, state } = self.read()?;
        let mut text = HEADINGS.to_owned() + "\n";
        for entry in &entries {
            let Some(event) = entry.event() else { continue };
            let value = event.to_json(entry.number);
            let field = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
            let of = value["of"].as_u64();
            let settlement = state.settlements.get(&of.unwrap_or(entry.number));
            let record = settlement.map(|settlement| &settlement.submit.record);
            let decimal = |amount: Decimal| amount.normalize().to_string();
            let own = match &event {
                Event::Submit(submit) => Some(submit),
                Event::Open { .. }
                | Event::Approve { .. }
                | Event::Close { .. }
                | Event::Pay { .. } => None,
            };
            let restatement = own.and_then(|submit| submit.restatement.as_ref());
            let fields = [
                entry.number.to_string(),
                field("kind"),
                of.map(|of| of.to_string()).unwrap_or_default(),
                field("recorded"),
                field("by"),
                field("effective"),
                record.map(|record| record.contract.clone()).unwrap_or_default(),
                record.map(|record| record.at.to_string()).unwrap_or_default(),
                own.map(|submit| decimal(submit.record.payable())).unwrap_or_default(),
                restatement.map(|(_, how)| decimal(how.difference())).unwrap_or_default(),
                field("amount"),
                field("reference"),
                field("reason"),
                entry.hash.clone(),
            ];
            let fields: Vec<String> = fields.iter().map(|field| quoted(field)).collect();
            let _ = writeln!(text, "{}", fields.join(","));
        }
        Ok(text)
    }

    /// A journal of hledger: what is owed when a settlement is approved, and what was paid.
    ///
    /// Every transaction sums to zero. Approval books a payer's payable against its expense and a
    /// payee's receivable against its income; payment clears both through the parties' cash. A
    /// restatement books the difference alone, and an approved settlement that is closed is booked
    /// back.
    ///
    /// Source: the journal format of the hledger manual, version 1.x.
    ///
    /// # Errors
    /// A ledger that was altered.
    pub fn hledger(&self) -> Result<String, Vec<Problem>> {
        let Read { entries, .. } = self.read()?;
        let mut state = State::default();
        let mut text = "; Seika\ndecimal-mark .\n".to_owned();
        // Of each evaluation, what was booked as owed so far.
        let mut booked: BTreeMap<(String, Date), Positions> = BTreeMap::new();
        for entry in &entries {
            let Some(event) = entry.event() else { continue };
            let _ = state.apply(entry.number, &event);
            match &event {
                Event::Approve { act, of } | Event::Close { act, of, .. } => {
                    let Some(settlement) = state.settlements.get(of) else { continue };
                    let record = &settlement.submit.record;
                    let known = booked.entry((record.contract.clone(), record.at)).or_default();
                    let now = owed(&state, &record.contract, record.at);
                    let flows = known.flows_to(&now);
                    *known = now;
                    if flows.is_empty() {
                        continue;
                    }
                    let (date, at) = (date(act.recorded), record.at);
                    let _ = write!(
                        text,
                        "\n{date} ({}) {} {at}  ; seika-entry: {of}\n",
                        entry.number,
                        plain(&record.contract),
                    );
                    let currency = currency(record);
                    for flow in &flows {
                        let (from, to, amount) = directed(record, flow);
                        let less = -amount;
                        let _ = write!(
                            text,
                            "    {from}:expenses:outcomes  {amount} {currency}\n    {from}:liabilities:{to}  {less} {currency}\n    {to}:assets:receivable:{from}  {amount} {currency}\n    {to}:income:outcomes  {less} {currency}\n",
                        );
                    }
                }
                Event::Pay { of, on, reference, flows, .. } => {
                    let Some(settlement) = state.settlements.get(of) else { continue };
                    let record = &settlement.submit.record;
                    let reference = plain(reference.as_deref().unwrap_or_default());
                    let _ = write!(
                        text,
                        "\n{on} * ({}) {} {} {reference}  ; seika-entry: {of}\n",
                        entry.number,
                        plain(&record.contract),
                        record.at,
                    );
                    let currency = currency(record);
                    for flow in flows {
                        let (from, to, amount) = directed(record, flow);
                        let less = -amount;
                        let _ = write!(
                            text,
                            "    {from}:liabilities:{to}  {amount} {currency}\n    {from}:assets:cash  {less} {currency}\n    {to}:assets:cash  {amount} {currency}\n    {to}:assets:receivable:{from}  {less} {currency}\n",
                        );
                    }
                }
                Event::Open { .. } | Event::Submit(_) => {}
            }
        }
        Ok(text)
    }
}

/// What is owed for an evaluation by the last settlement that was approved and not closed.
fn owed(state: &State, contract: &str, at: Date) -> Positions {
    let of = state.settlements.values().rev().find(|known| {
        let record = &known.submit.record;
        let closed = matches!(known.status, Status::Rejected | Status::Withdrawn);
        record.contract == contract && record.at == at && known.approved.is_some() && !closed
    });
    of.map(|known| Positions::of(&known.submit.record.flows())).unwrap_or_default()
}

/// A flow in the direction in which the contract pays: what flows back is negative there.
fn directed(record: &super::Record, flow: &Flow) -> (String, String, Decimal) {
    let lines = record.statement["en"]["lines"].as_array();
    let pays = |from: &str, to: &str| {
        lines
            .is_some_and(|lines| lines.iter().any(|line| line["payer"] == from && line["to"] == to))
    };
    let (from, to, amount) = if !pays(&flow.from, &flow.to) && pays(&flow.to, &flow.from) {
        (&flow.to, &flow.from, -flow.amount)
    } else {
        (&flow.from, &flow.to, flow.amount)
    };
    (plain(from), plain(to), amount)
}

fn currency(record: &super::Record) -> String {
    plain(record.statement["en"]["currency"].as_str().unwrap_or("JPY"))
}

fn date(recorded: jiff::Timestamp) -> String {
    recorded.to_string().chars().take(10).collect()
}

/// A name without what would end it in a journal.
fn plain(name: &str) -> String {
    let kept = |c: char| {
        if matches!(c, ';' | '|' | ':' | '(' | ')' | '\n' | '\r' | '\t') { ' ' } else { c }
    };
    let name: String = name.chars().map(kept).collect();
    name.split_whitespace().collect::<Vec<_>>().join(" ")
}
