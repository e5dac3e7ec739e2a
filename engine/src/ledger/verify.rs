//! Computing a whole ledger again.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::acts::not_computed;
use super::positions::balances;
use super::restatement::Restatement;
use super::state::{Settlement, State};
use super::store::{Ledger, Read, altered};
use super::{Event, fingerprint};
use crate::VERSION;
use crate::problem::{Problem, say};

/// A ledger that was computed again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// How many entries it has.
    pub entries: u64,
    /// How many of them are settlements.
    pub settlements: u64,
    /// The hash of the last entry: whoever keeps it can tell later whether entries were taken from
    /// the end, or all of them written anew.
    pub head: String,
    /// Other versions of the engine that wrote settlements.
    pub versions: Vec<String>,
}

impl Verified {
    /// What `ledger verify --json` prints of a ledger that is sound.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({
            "ok": true,
            "entries": self.entries,
            "settlements": self.settlements,
            "head": self.head,
            "versions": self.versions,
        })
    }
}

impl Ledger {
    /// Reads the whole file, follows the chain, computes every statement again from its script and
    /// figures, every restatement from the two it compares, and every payment from what was owed.
    /// `holds` is the hash of an entry, noted elsewhere, that must be in the chain.
    ///
    /// # Errors
    /// Everything that is not as it was written.
    pub fn verify(&self, holds: Option<&str>) -> Result<Verified, Vec<Problem>> {
        self.integrity()?;
        let Read { entries, state } = self.read()?;
        let path = self.path.as_str();
        let mut problems = Vec::new();
        if let Some(hash) = holds.filter(|hash| entries.iter().all(|entry| entry.hash != *hash)) {
            problems.push(altered(
                path,
                &say!("no entry has the hash {hash}", "{hash} というハッシュの記帳がありません"),
            ));
        }
        let mut versions: Vec<String> = Vec::new();
        // The state as it was when each entry was added.
        let mut then = State::default();
        for entry in &entries {
            let Some(event) = entry.event() else { continue };
            if let Event::Submit(submit) = &event {
                let version = &submit.record.engine;
                if version != VERSION && !versions.contains(version) {
                    versions.push(version.clone());
                }
                match submit.record.differences() {
                    Ok(differences) => problems.extend(
                        differences.iter().map(|found| not_computed(entry.number, found, path)),
                    ),
                    Err(found) => problems.extend(found),
                }
                if !restatement_holds(&then, submit) {
                    let number = entry.number;
                    problems.push(altered(
                        path,
                        &say!(
                            "entry {number} tells another difference than the two settlements have",
                            "{number} 番の訂正内容が、二つの精算の差と一致しません"
                        ),
                    ));
                }
            }
            let _ = then.apply(entry.number, &event);
        }
        problems.extend(state.settlements.values().filter_map(|known| unbalanced(known, path)));
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(Verified {
            entries: entries.len() as u64,
            settlements: state.settlements.len() as u64,
            head: entries.last().map(|entry| entry.hash.clone()).unwrap_or_default(),
            versions,
        })
    }
}

/// Whether a restatement is the difference between the two settlements.
fn restatement_holds(then: &State, submit: &super::Submit) -> bool {
    let Some((_, stated)) = &submit.restatement else { return true };
    let record = &submit.record;
    let Some(old) = then.settlements.get(&stated.of) else { return false };
    let Ok((contract, _)) = record.recompute() else { return false };
    let computed = Restatement::between(
        &contract,
        (old.entry, &old.submit.record),
        record,
        fingerprint::changes(&old.submit.fingerprints, &submit.fingerprints),
        then.standing_after(&record.contract, record.at),
    );
    computed == *stated
}

/// A settlement whose flows do not sum to zero over all parties, or not to what is payable.
fn unbalanced(settlement: &Settlement, path: &str) -> Option<Problem> {
    let record = &settlement.submit.record;
    let flows = record.flows();
    let all: Decimal = balances(&flows).values().sum();
    // Money that flows from a line's payer to whom it pays counts; what flows back counts less.
    let lines = record.statement["en"]["lines"].as_array()?;
    let with =
        |from: &str, to: &str| lines.iter().any(|line| line["payer"] == from && line["to"] == to);
    let sum: Decimal = flows
        .iter()
        .map(|flow| if with(&flow.from, &flow.to) { flow.amount } else { -flow.amount })
        .sum();
    if all.is_zero() && sum == record.payable() {
        return None;
    }
    let entry = settlement.entry;
    Some(altered(
        path,
        &say!(
            "the flows of entry {entry} come to {sum}, not to what is payable",
            "{entry} 番の資金の流れの合計 {sum} が支払額と一致しません"
        ),
    ))
}
