//! Why an event may not come next.

use rust_decimal::Decimal;

use super::Status;
use crate::contract::explain::amount_text;
use crate::problem::{Problem, Source, Text, say};

/// Why an event may not come next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// No such settlement; the known ones.
    Unknown {
        /// What was asked for.
        of: u64,
        /// The settlements there are.
        known: Vec<u64>,
    },
    /// It stands where the event does not apply.
    WrongStatus {
        /// The settlement.
        of: u64,
        /// Where it stands.
        status: Status,
    },
    /// A later settlement took its place.
    Superseded {
        /// The settlement.
        of: u64,
        /// The later one.
        by: u64,
    },
    /// An earlier evaluation it rests on was restated.
    Stale {
        /// The settlement.
        of: u64,
        /// The restatement.
        since: u64,
    },
    /// Nobody approves what they submitted.
    OwnWork {
        /// The settlement.
        of: u64,
        /// Who submitted it.
        by: String,
    },
    /// Only its submitter takes a settlement back.
    NotOwn {
        /// The settlement.
        of: u64,
        /// Who submitted it.
        by: String,
    },
    /// Its submitter takes a settlement back rather than rejecting it.
    OwnRefusal {
        /// The settlement.
        of: u64,
        /// Who submitted it.
        by: String,
    },
    /// A payment of another amount, or between others, than what is owed.
    WrongPayment {
        /// The settlement.
        of: u64,
        /// What is owed.
        owed: Decimal,
    },
    /// A settlement that does not name the one it takes the place of.
    WrongPredecessor,
    /// A settlement on another sum paid before than the ledger's.
    WrongPaidBefore,
    /// The first entry begins the ledger, and no other does.
    Misplaced,
}

impl Refusal {
    /// The refusal for the person who must act.
    pub(super) fn problem(&self, path: &str) -> Problem {
        let problem = match self {
            Refusal::Unknown { of, known } => {
                let known: Vec<String> = known.iter().map(u64::to_string).collect();
                let problem = Problem::error(
                    "unknown-entry",
                    say!("entry {of} is no settlement", "{of} 番は精算の記帳ではありません"),
                );
                match known.is_empty() {
                    true => problem.help(say!(
                        "submit one first: seika ledger submit",
                        "先に提出してください: seika ledger submit"
                    )),
                    false => problem.expected(Text::from(known.join(", "))),
                }
            }
            Refusal::WrongStatus { of, status } => wrong_status(*of, *status),
            Refusal::Superseded { of, by } => Problem::error(
                "superseded",
                say!(
                    "entry {by} has taken the place of entry {of}",
                    "{of} 番は {by} 番に差し替えられています"
                ),
            )
            .help(say!("go on with entry {by}", "{by} 番で進めてください")),
            Refusal::Stale { of, since } => Problem::error(
                "needs-restatement",
                say!(
                    "entry {of} rests on an earlier evaluation that entry {since} restates",
                    "{of} 番の前提である以前の評価が、{since} 番で訂正されています"
                ),
            )
            .help(say!(
                "settle entry {since} first, then submit this evaluation again with --reason",
                "先に {since} 番を処理し、この評価を --reason を付けて提出し直してください"
            )),
            Refusal::OwnWork { of, by } => Problem::error(
                "own-work",
                say!(
                    "entry {of} was submitted by {by}, who cannot approve it",
                    "{of} 番は {by} の提出です。提出者本人は承認できません"
                ),
            )
            .help(say!("let another person approve it", "別の人が承認してください")),
            Refusal::NotOwn { of, by } => Problem::error(
                "not-own-work",
                say!(
                    "entry {of} was submitted by {by}, who alone can withdraw it",
                    "{of} 番は {by} の提出です。取り下げは提出者だけができます"
                ),
            )
            .help(say!("reject it: seika ledger reject", "差し戻すには: seika ledger reject")),
            Refusal::OwnRefusal { of, by } => Problem::error(
                "own-work",
                say!(
                    "entry {of} was submitted by {by}, who withdraws it rather than rejecting it",
                    "{of} 番は {by} の提出です。本人は差戻しではなく取下げをします"
                ),
            )
            .help(say!(
                "withdraw it: seika ledger withdraw",
                "取り下げるには: seika ledger withdraw"
            )),
            Refusal::WrongPayment { of, owed } => {
                let owed = amount_text(*owed);
                Problem::error(
                    "wrong-payment",
                    say!(
                        "the payment is not what is owed on entry {of}",
                        "支払が {of} 番の支払額と違います"
                    ),
                )
                .expected(Text::from(owed))
            }
            Refusal::WrongPredecessor => Problem::error(
                "wrong-predecessor",
                say!(
                    "a settlement does not name the one whose place it takes",
                    "差し替える精算の番号が正しくありません"
                ),
            ),
            Refusal::WrongPaidBefore => Problem::error(
                "wrong-paid-before",
                say!(
                    "a settlement rests on another sum paid before than the ledger's",
                    "既払額が台帳の支払と一致しません"
                ),
            ),
            Refusal::Misplaced => Problem::error(
                "misplaced-entry",
                say!("an entry stands where it cannot", "あるはずのない記帳があります"),
            ),
        };
        problem.at(Source::new(path, "").whole())
    }
}

fn wrong_status(of: u64, status: Status) -> Problem {
    let (said, help) = match status {
        Status::Submitted => (
            say!("is not approved yet", "はまだ承認されていません"),
            say!("let another person approve it first", "先に別の人が承認してください"),
        ),
        Status::Approved => (
            say!("is approved already", "は既に承認されています"),
            say!("record its payment: seika ledger pay", "支払を記帳するには: seika ledger pay"),
        ),
        Status::Paid => (
            say!("is paid already", "は既に支払済みです"),
            say!(
                "correct it by submitting the corrected evidence with --reason",
                "訂正するには、正しい証拠を --reason を付けて提出してください"
            ),
        ),
        Status::Rejected => (
            say!("was rejected", "は差し戻されています"),
            say!("submit the evaluation again", "評価を提出し直してください"),
        ),
        Status::Withdrawn => (
            say!("was withdrawn", "は取り下げられています"),
            say!("submit the evaluation again", "評価を提出し直してください"),
        ),
    };
    Problem::error("wrong-status", say!("entry {of} {}", "{of} 番{}", said)).help(help)
}
