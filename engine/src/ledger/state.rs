//! Where every settlement stands, from the events in order.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use unicode_normalization::UnicodeNormalization;

use super::event::{Act, Submit};
use super::positions::Positions;
use super::{Event, Refusal};
use crate::settle::Flow;

/// Where a settlement stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It waits for another person's approval.
    Submitted,
    /// It may be paid.
    Approved,
    /// It was paid.
    Paid,
    /// It was refused.
    Rejected,
    /// Whoever submitted it took it back.
    Withdrawn,
}

impl Status {
    /// Its name in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Status::Submitted => "submitted",
            Status::Approved => "approved",
            Status::Paid => "paid",
            Status::Rejected => "rejected",
            Status::Withdrawn => "withdrawn",
        }
    }
}

/// A payment as it was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// Its entry.
    pub entry: u64,
    /// By whom it was recorded, and when.
    pub act: Act,
    /// The day.
    pub on: Date,
    /// What identifies it.
    pub reference: Option<String>,
    /// How much, beyond what was paid for the evaluation before.
    pub amount: Decimal,
    /// Who paid whom.
    pub flows: Vec<Flow>,
}

/// A settlement and what became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Settlement {
    /// The number of its entry.
    pub entry: u64,
    /// What was submitted.
    pub submit: Submit,
    /// Where it stands.
    pub status: Status,
    /// Who approved it, with the number of that entry.
    pub approved: Option<(u64, Act)>,
    /// Its payment.
    pub payment: Option<Payment>,
    /// Who refused it or took it back, and why.
    pub closed: Option<(u64, Act, String)>,
    /// A later settlement of the same evaluation that takes its place, unless that is closed.
    pub superseded_by: Option<u64>,
    /// A later restatement of an earlier evaluation, on which this one rests.
    pub stale_since: Option<u64>,
}

impl Settlement {
    fn evaluation(&self) -> (String, Date) {
        (self.submit.record.contract.clone(), self.submit.record.at)
    }

    fn is_closed(&self) -> bool {
        matches!(self.status, Status::Rejected | Status::Withdrawn)
    }

    /// The settlement and where it stands, as `ledger list --json` prints it.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let Submit { act, record, paid, restatement, .. } = &self.submit;
        let text = |amount: Decimal| amount.normalize().to_string();
        json!({
            "entry": self.entry,
            "contract": record.contract,
            "at": record.at.to_string(),
            "to_be_paid": paid.to_string(),
            "payable": text(record.payable()),
            "status": self.status.name(),
            "by": act.by,
            "recorded": act.recorded.to_string(),
            "approved_by": self.approved.as_ref().map(|(_, act)| act.by.as_str()),
            "paid": self.payment.as_ref().map(|payment| json!({
                "entry": payment.entry,
                "on": payment.on.to_string(),
                "reference": payment.reference,
                "amount": text(payment.amount),
            })),
            "closed": self.closed.as_ref().map(|(entry, act, reason)| json!({
                "entry": entry, "by": act.by, "reason": reason,
            })),
            "restates": restatement.as_ref().map(|(_, how)| how.of),
            "replaced_by": self.superseded_by,
            "to_be_restated_since": self.stale_since,
        })
    }
}

/// Where every settlement stands.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct State {
    /// Every settlement, by the number of its entry.
    pub settlements: BTreeMap<u64, Settlement>,
    /// The key of the fingerprints of records.
    pub(super) fingerprint_key: String,
}

impl State {
    /// Whether an event may come next; adds it as entry `number`.
    ///
    /// # Errors
    /// Why it may not.
    pub(super) fn apply(&mut self, number: u64, event: &Event) -> Result<(), Refusal> {
        match event {
            Event::Open { key, .. } if number == 1 => self.fingerprint_key.clone_from(key),
            Event::Open { .. } => return Err(Refusal::Misplaced),
            _ if number == 1 => return Err(Refusal::Misplaced),
            Event::Submit(submit) => self.submit(number, submit)?,
            Event::Approve { act, of } => {
                let settlement = self.waiting(*of, Status::Submitted)?;
                if same_person(&act.by, &settlement.submit.act.by) {
                    let by = settlement.submit.act.by.clone();
                    return Err(Refusal::OwnWork { of: *of, by });
                }
                settlement.status = Status::Approved;
                settlement.approved = Some((number, act.clone()));
            }
            Event::Close { act, of, withdrawn, reason } => {
                let settlement = self.open(*of)?;
                let own = same_person(&act.by, &settlement.submit.act.by);
                let by = settlement.submit.act.by.clone();
                match (withdrawn, own) {
                    (true, false) => return Err(Refusal::NotOwn { of: *of, by }),
                    (false, true) => return Err(Refusal::OwnRefusal { of: *of, by }),
                    (true, true) => settlement.status = Status::Withdrawn,
                    (false, false) => settlement.status = Status::Rejected,
                }
                settlement.closed = Some((number, act.clone(), reason.clone()));
                self.derive();
            }
            Event::Pay { act, of, on, reference, amount, flows } => {
                self.waiting(*of, Status::Approved)?;
                let (owed, between) = self.still_owed(*of);
                if (owed, &between) != (*amount, flows) {
                    return Err(Refusal::WrongPayment { of: *of, owed });
                }
                if let Some(settlement) = self.settlements.get_mut(of) {
                    settlement.status = Status::Paid;
                    settlement.payment = Some(Payment {
                        entry: number,
                        act: act.clone(),
                        on: *on,
                        reference: reference.clone(),
                        amount: *amount,
                        flows: flows.clone(),
                    });
                }
            }
        }
        Ok(())
    }

    fn submit(&mut self, number: u64, submit: &Submit) -> Result<(), Refusal> {
        let record = &submit.record;
        let standing = self.standing(&record.contract, record.at).map(|known| known.entry);
        let restated = submit.restatement.as_ref().map(|(_, how)| how.of);
        if standing != restated {
            return Err(Refusal::WrongPredecessor);
        }
        let paid = self.paid_before(&record.contract, record.at);
        let agrees = match record.paid_before {
            Some(stated) => stated == paid.unwrap_or_default(),
            None => paid.is_none(),
        };
        if !submit.told && !agrees {
            return Err(Refusal::WrongPaidBefore);
        }
        let settlement = Settlement {
            entry: number,
            submit: submit.clone(),
            status: Status::Submitted,
            approved: None,
            payment: None,
            closed: None,
            superseded_by: None,
            stale_since: None,
        };
        self.settlements.insert(number, settlement);
        self.take_place(number);
        Ok(())
    }

    /// The settlement that holds for an evaluation: the last that was not refused or taken back.
    #[must_use]
    pub fn standing(&self, contract: &str, at: Date) -> Option<&Settlement> {
        let mut of = self.of(contract).rev();
        of.find(|known| known.submit.record.at == at && !known.is_closed())
    }

    /// The settlements of a contract.
    fn of(&self, contract: &str) -> impl DoubleEndedIterator<Item = &Settlement> {
        self.settlements.values().filter(move |known| known.submit.record.contract == contract)
    }

    /// The standing settlements of evaluations after a date.
    pub(super) fn standing_after(&self, contract: &str, at: Date) -> Vec<u64> {
        let of = self.of(contract).filter(|known| known.submit.record.at > at);
        of.filter(|known| !known.is_closed() && known.superseded_by.is_none())
            .map(|known| known.entry)
            .collect()
    }

    /// The standing settlements of evaluations before a date.
    pub(super) fn standing_before(&self, contract: &str, at: Date) -> Vec<&Settlement> {
        let of = self.of(contract).filter(|known| known.submit.record.at < at);
        of.filter(|known| !known.is_closed() && known.superseded_by.is_none()).collect()
    }

    /// What was paid for the evaluations before a date; `None` where the contract has no earlier
    /// one in the ledger.
    #[must_use]
    pub fn paid_before(&self, contract: &str, at: Date) -> Option<Decimal> {
        let earlier = self.of(contract).filter(|known| known.submit.record.at < at);
        let mut sum = None;
        for settlement in earlier {
            let paid = settlement.payment.as_ref().map_or(Decimal::ZERO, |paid| paid.amount);
            *sum.get_or_insert(Decimal::ZERO) += paid;
        }
        sum
    }

    /// What was paid for an evaluation.
    #[must_use]
    pub fn paid_for(&self, contract: &str, at: Date) -> Decimal {
        let of = self.of(contract).filter(|known| known.submit.record.at == at);
        of.filter_map(|known| known.payment.as_ref()).map(|payment| payment.amount).sum()
    }

    /// What is still owed on a settlement, and who pays whom: what it states less what was paid
    /// for its evaluation.
    #[must_use]
    pub fn still_owed(&self, entry: u64) -> (Decimal, Vec<Flow>) {
        let Some(settlement) = self.settlements.get(&entry) else {
            return (Decimal::ZERO, Vec::new());
        };
        let record = &settlement.submit.record;
        let mut paid = Positions::default();
        let of = self.of(&record.contract).filter(|known| known.submit.record.at == record.at);
        for payment in of.filter_map(|known| known.payment.as_ref()) {
            paid.add(&payment.flows);
        }
        let owed = record.payable() - self.paid_for(&record.contract, record.at);
        (owed.normalize(), paid.flows_to(&Positions::of(&record.flows())))
    }

    /// A settlement that is neither closed nor paid nor superseded.
    fn open(&mut self, of: u64) -> Result<&mut Settlement, Refusal> {
        let known = self.settlements.keys().copied().collect();
        let settlement = self.settlements.get_mut(&of).ok_or(Refusal::Unknown { of, known })?;
        if let Some(by) = settlement.superseded_by {
            return Err(Refusal::Superseded { of, by });
        }
        match settlement.status {
            Status::Submitted | Status::Approved => Ok(settlement),
            status => Err(Refusal::WrongStatus { of, status }),
        }
    }

    /// A settlement that waits for the next step.
    fn waiting(&mut self, of: u64, wanted: Status) -> Result<&mut Settlement, Refusal> {
        let settlement = self.open(of)?;
        if settlement.status != wanted {
            return Err(Refusal::WrongStatus { of, status: settlement.status });
        }
        if let Some(since) = settlement.stale_since {
            return Err(Refusal::Stale { of, since });
        }
        Ok(settlement)
    }

    /// What a new settlement means for those before it.
    fn take_place(&mut self, new: u64) {
        let Some(settlement) = self.settlements.get(&new) else { return };
        let (contract, at) = settlement.evaluation();
        let restates = settlement.submit.restatement.is_some();
        for known in self.settlements.values_mut().filter(|known| known.entry < new) {
            let record = &known.submit.record;
            if record.contract == contract && record.at == at {
                known.superseded_by = Some(new);
            }
            if restates && record.contract == contract && record.at > at {
                known.stale_since = Some(new);
            }
        }
    }

    /// Which settlements are superseded and stale once one of them was closed.
    fn derive(&mut self) {
        for settlement in self.settlements.values_mut() {
            (settlement.superseded_by, settlement.stale_since) = (None, None);
        }
        let open = self.settlements.values().filter(|known| !known.is_closed());
        for entry in open.map(|known| known.entry).collect::<Vec<_>>() {
            self.take_place(entry);
        }
    }
}

/// Whether two declared names are the same person's: letters that only look different (full and
/// half width), capitals and spaces, also their absence, do not make another.
#[must_use]
pub fn same_person(a: &str, b: &str) -> bool {
    plain_name(a) == plain_name(b)
}

/// What is alike in all names of one person, as [`same_person`] compares them: to find by, not to
/// show.
///
/// ```
/// assert_eq!(engine::ledger::plain_name(" ＳＡＴＯ　hanako"), "satohanako");
/// ```
#[must_use]
pub fn plain_name(name: &str) -> String {
    let name: String = name.nfkc().flat_map(char::to_lowercase).collect();
    name.split_whitespace().collect::<String>().nfkc().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_only_look_different_are_one_person() {
        assert!(same_person("Sato  Hanako", " ＳＡＴＯ　hanako"));
        assert!(same_person("佐藤 花子", "佐藤花子"));
        assert!(same_person("ｻﾄｳ ﾊﾅｺ", "サトウ　ハナコ"));
        assert!(same_person("佐藤", "佐藤 "));
        assert!(!same_person("佐藤", "加藤"));
    }
}
