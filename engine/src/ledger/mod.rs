//! What was settled, kept so that anyone can compute it again.
//!
//! In: a contract, its evidence and who acts. Out: a [`Receipt`], one file from which the other
//! party recomputes a statement; a [`Ledger`], the append-only record of what was submitted,
//! approved, paid and corrected, each entry chained to the one before by its hash.
//!
//! Both hold a [`Record`]: the script's text and the figures, from which the statement follows.
//!
//! Never here: clocks (times are given), payment rules, people's rows unless asked for.

mod acts;
mod chain;
mod event;
mod export;
mod fingerprint;
mod positions;
mod receipt;
mod record;
mod refusal;
mod restatement;
mod state;
mod store;
mod verify;

pub use acts::{By, Submission, Submitted};
pub use chain::Entry;
pub use event::{Act, Event, Submit};
pub use fingerprint::RecordChanges;
pub use receipt::Receipt;
pub use record::{Difference, EvidenceFile, Record};
pub use refusal::Refusal;
pub use restatement::{LineChange, OutcomeChange, Restatement};
pub use state::{Payment, Settlement, State, Status, plain_name, same_person};
pub use store::Ledger;
pub use verify::Verified;
