//! What people do with a ledger: submit, approve, refuse, pay.

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::chain::Entry;
use super::event::{Act, Submit};
use super::fingerprint;
use super::state::{Settlement, State, Status};
use super::store::{Ledger, Read, add, database, read};
use super::{Difference, Event, Record, Restatement};
use crate::contract::Contract;
use crate::contract::explain::amount_text;
use crate::evidence::read_bytes;
use crate::problem::{Language, Problem, Source, Text, say};
use crate::settle::{Request, Statement, evaluation_of};
use crate::{Files, FilesRead};

/// Who acts, when, and whether for good.
#[derive(Debug, Clone)]
pub struct By {
    /// The name they declare; nobody checks that it is theirs.
    pub name: String,
    /// When it is recorded.
    pub recorded: Timestamp,
    /// Whether everything is computed and checked, and nothing written.
    pub dry_run: bool,
}

/// A settlement to be submitted.
#[derive(Debug, Clone, Copy)]
pub struct Submission<'a> {
    /// The contract.
    pub contract: &'a Contract,
    /// What is settled; a sum paid before that is told here stands over the ledger's.
    pub request: &'a Request,
    /// Why an earlier settlement of the evaluation is restated.
    pub reason: Option<&'a str>,
    /// Whether the evidence itself is kept.
    pub inside: bool,
}

/// What became of a submission.
#[derive(Debug, Clone)]
pub struct Submitted {
    /// The number of its entry; in a dry run, the one it would have had.
    pub entry: u64,
    /// Whether the same settlement was there already, so that nothing was added.
    pub already: bool,
    /// The statement.
    pub statement: Statement,
    /// How it differs from the settlement whose place it takes.
    pub restatement: Option<Restatement>,
}

impl Submitted {
    /// What `ledger submit --json` prints of a submission by somebody.
    #[must_use]
    pub fn to_json(&self, by: &By, language: Language) -> Value {
        json!({
            "entry": self.entry,
            "already": self.already,
            "dry_run": by.dry_run,
            "restatement": self.restatement.as_ref().map(Restatement::to_json),
            "statement": self.statement.to_json(language),
        })
    }
}

/// What a settlement takes from the ledger.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Basis {
    /// What was paid before.
    paid_before: Option<Decimal>,
    /// Whether the submitter told it.
    told: bool,
    /// Figures of earlier evaluations, as a CSV file; `None` where there are none.
    known: Option<String>,
}

impl Basis {
    /// What the ledger knows of the evaluations before the one that is settled.
    fn of(
        state: &State,
        contract: &Contract,
        request: &Request,
        path: &str,
    ) -> Result<Basis, Vec<Problem>> {
        let at = evaluation_of(contract, request)?;
        let earlier = state.standing_before(&contract.id, at);
        if let Some(closing) = earlier.iter().find(|known| known.submit.record.ended.is_some()) {
            return Err(vec![ended_before(closing, at, path)]);
        }
        let own: String =
            earlier.iter().map(|settlement| settlement.submit.record.own_figures()).collect();
        let headings = crate::settle::FIGURES_HEADINGS.join(",");
        let known = (!own.is_empty()).then(|| format!("{headings}\n{own}"));
        if request.paid_before.is_some() {
            return Ok(Basis { paid_before: request.paid_before, told: true, known });
        }
        let unpaid: Vec<Problem> = earlier
            .iter()
            .filter(|settlement| settlement.status != Status::Paid)
            .map(|settlement| unpaid(settlement, path))
            .collect();
        if !unpaid.is_empty() {
            return Err(unpaid);
        }
        let first = contract.evaluations.iter().all(|evaluation| evaluation.at >= at);
        let paid_before = match first {
            true => None,
            false => Some(state.paid_before(&contract.id, at).unwrap_or_default()),
        };
        Ok(Basis { paid_before, told: false, known })
    }
}

/// The contract is another than an earlier evaluation was settled under.
fn script_changed(last: &Settlement) -> Problem {
    let (entry, at) = (last.entry, last.submit.record.at);
    Problem::warning(
        "script-changed",
        say!(
            "the contract's script is not the one that {at} was settled under (entry {entry})",
            "契約のスクリプトが、{at} の精算（{entry} 番）に使われたものと異なります"
        ),
    )
    .help(say!(
        "approve only if the parties agreed on the change; seika ledger show {entry} --json has the earlier script",
        "当事者が合意した変更であるときだけ承認してください。以前のスクリプトは seika ledger show {entry} --json にあります"
    ))
}

/// Why a settlement is refused or taken back, said.
fn said(reason: &str, path: &str) -> Result<String, Vec<Problem>> {
    let reason = reason.trim();
    if !reason.is_empty() {
        return Ok(reason.to_owned());
    }
    Err(vec![
        Problem::error("no-reason", say!("no reason is given", "理由がありません"))
            .help(say!("say why: --reason TEXT", "理由を指定してください: --reason 文字列"))
            .at(Source::new(path, "").whole()),
    ])
}

/// A contract that ended is not evaluated any more.
fn ended_before(closing: &Settlement, at: Date, path: &str) -> Problem {
    let (entry, record) = (closing.entry, &closing.submit.record);
    let ended = record.ended.map(|day| day.to_string()).unwrap_or_default();
    Problem::error(
        "after-early-end",
        say!(
            "by entry {entry} the contract ended on {ended}, so nothing is evaluated on {at}",
            "{entry} 番により契約は {ended} に終了したため、{at} の評価はありません"
        ),
    )
    .help(say!(
        "if it did not end, restate entry {entry} without --ended",
        "終了していないなら、{entry} 番を --ended なしで訂正してください"
    ))
    .at(Source::new(path, "").whole())
}

impl Ledger {
    /// Settles as [`submit`](Self::submit) would, without a word to the ledger: what it paid is
    /// what was paid before, and its figures speak of earlier evaluations of which no file speaks.
    ///
    /// # Errors
    /// As [`Record::make`]; an earlier evaluation that is not paid yet.
    pub fn settle(
        &self,
        contract: &Contract,
        files: &dyn Files,
        request: &Request,
        inside: bool,
    ) -> Result<(Record, Statement), Vec<Problem>> {
        let state = self.read()?.state;
        let basis = Basis::of(&state, contract, request, &self.path)?;
        let request = Request { paid_before: basis.paid_before, ..request.clone() };
        Record::make(contract, files, &request, basis.known.as_deref(), inside)
    }

    /// Adds a settlement, to be approved by another person.
    ///
    /// The same settlement is there once, however often it is submitted. One that differs from the
    /// standing settlement of its evaluation takes its place, and needs a reason.
    ///
    /// # Errors
    /// A contract with errors; every problem of settling; a difference from what was paid; a
    /// restatement without a reason. Nothing is written then.
    pub fn submit(
        &mut self,
        submission: Submission<'_>,
        files: &dyn Files,
        by: &By,
    ) -> Result<Submitted, Vec<Problem>> {
        let path = self.path.clone();
        let Submission { contract, request, reason, inside } = submission;
        let act = act(by, &path)?;
        sound(contract)?;
        // Read once: the figures and the fingerprints are of the same bytes.
        let mut held = FilesRead::new();
        for file in &request.evidence {
            held.push((file.clone(), read_bytes(files, file).map_err(|problem| vec![problem])?));
        }
        loop {
            let before = self.read()?;
            let basis = Basis::of(&before.state, contract, request, &path)?;
            let settled = Request { paid_before: basis.paid_before, ..request.clone() };
            let (mut record, mut statement) =
                Record::make(contract, &held, &settled, basis.known.as_deref(), inside)?;
            let earlier = before.state.standing_before(&contract.id, record.at);
            if let Some(last) =
                earlier.last().filter(|last| last.submit.record.script != record.script)
            {
                let note = script_changed(last);
                record.tell(&note);
                statement.notes.push(note);
            }
            agrees_with_payments(&statement, basis.told, &path)?;
            let mut prints = Vec::new();
            for file in &request.evidence {
                let key = &before.state.fingerprint_key;
                prints.push((file.clone(), fingerprint::fingerprints(contract, &held, file, key)?));
            }
            let transaction = self.begin()?;
            let Read { entries, mut state } = read(&transaction, &path)?;
            // Others may have written since; what the settlement rests on must still hold.
            if Basis::of(&state, contract, request, &path)? != basis {
                drop(transaction);
                continue;
            }
            let at = record.at;
            let standing = state.standing(&contract.id, at);
            if let Some(known) = standing.filter(|known| is_same(known, &record)) {
                let restatement = known.submit.restatement.as_ref().map(|(_, how)| how.clone());
                let entry = known.entry;
                return Ok(Submitted { entry, already: true, statement, restatement });
            }
            let restatement = match standing {
                None => None,
                Some(old) => {
                    let how = Restatement::between(
                        contract,
                        (old.entry, &old.submit.record),
                        &record,
                        fingerprint::changes(&old.submit.fingerprints, &prints),
                        state.standing_after(&contract.id, at),
                    );
                    match reason.map(str::trim).filter(|reason| !reason.is_empty()) {
                        Some(reason) => Some((reason.to_owned(), how)),
                        None if by.dry_run => Some((String::new(), how)),
                        None => return Err(vec![settled_otherwise(old, &how, &path)]),
                    }
                }
            };
            let event = Event::Submit(Box::new(Submit {
                act: act.clone(),
                record,
                paid: statement.paid,
                told: basis.told,
                fingerprints: prints,
                restatement: restatement.clone(),
            }));
            let entry = Entry::behind(entries.last(), &event);
            let number = entry.number;
            let restatement = restatement.map(|(_, how)| how);
            state.apply(number, &event).map_err(|refusal| vec![refusal.problem(&path)])?;
            if !by.dry_run {
                let failed = |error: rusqlite::Error| vec![database(&path, &error)];
                add(&transaction, &entry).map_err(failed)?;
                transaction.commit().map_err(failed)?;
            }
            return Ok(Submitted { entry: number, already: false, statement, restatement });
        }
    }

    /// Approves a settlement; by the four-eyes principle, not by who submitted it.
    ///
    /// # Errors
    /// Why it cannot be approved; a statement that its figures do not come to.
    pub fn approve(&mut self, of: u64, by: &By) -> Result<u64, Vec<Problem>> {
        let act = act(by, &self.path)?;
        self.append(by, |_| Event::Approve { act, of }, Some(of))
    }

    /// Refuses a settlement of somebody else.
    ///
    /// # Errors
    /// Why it cannot be refused.
    pub fn reject(&mut self, of: u64, reason: &str, by: &By) -> Result<u64, Vec<Problem>> {
        let (act, reason) = (act(by, &self.path)?, said(reason, &self.path)?);
        self.append(by, |_| Event::Close { act, of, withdrawn: false, reason }, None)
    }

    /// Takes back one's own settlement.
    ///
    /// # Errors
    /// Why it cannot be taken back.
    pub fn withdraw(&mut self, of: u64, reason: &str, by: &By) -> Result<u64, Vec<Problem>> {
        let (act, reason) = (act(by, &self.path)?, said(reason, &self.path)?);
        self.append(by, |_| Event::Close { act, of, withdrawn: true, reason }, None)
    }

    /// Records that an approved settlement was paid: what it states less what was paid for its
    /// evaluation before.
    ///
    /// # Errors
    /// Why it cannot be paid; a statement that its figures do not come to.
    pub fn pay(
        &mut self,
        of: u64,
        on: Date,
        reference: Option<&str>,
        by: &By,
    ) -> Result<u64, Vec<Problem>> {
        let (act, reference) = (act(by, &self.path)?, reference.map(str::to_owned));
        let event = |state: &State| {
            let (amount, flows) = state.still_owed(of);
            Event::Pay { act, of, on, reference, amount, flows }
        };
        self.append(by, event, Some(of))
    }

    /// Where every settlement stands.
    ///
    /// # Errors
    /// A ledger that was altered.
    pub fn state(&self) -> Result<State, Vec<Problem>> {
        Ok(self.read()?.state)
    }

    /// Every entry, in order.
    ///
    /// # Errors
    /// A ledger that was altered.
    pub fn entries(&self) -> Result<Vec<Entry>, Vec<Problem>> {
        Ok(self.read()?.entries)
    }

    /// Adds an event that the state allows; `computed` is a settlement to be computed again first.
    fn append(
        &mut self,
        by: &By,
        event: impl FnOnce(&State) -> Event,
        computed: Option<u64>,
    ) -> Result<u64, Vec<Problem>> {
        let path = self.path.clone();
        let transaction = self.begin()?;
        let Read { entries, mut state } = read(&transaction, &path)?;
        let event = event(&state);
        let entry = Entry::behind(entries.last(), &event);
        state.apply(entry.number, &event).map_err(|refusal| vec![refusal.problem(&path)])?;
        if let Some(settlement) = computed.and_then(|of| state.settlements.get(&of)) {
            let differences = settlement.submit.record.differences()?;
            if let Some(difference) = differences.first() {
                return Err(vec![not_computed(settlement.entry, difference, &path)]);
            }
        }
        if !by.dry_run {
            let failed = |error: rusqlite::Error| vec![database(&path, &error)];
            add(&transaction, &entry).map_err(failed)?;
            transaction.commit().map_err(failed)?;
        }
        Ok(entry.number)
    }
}

/// Whether a settlement that stands is the one that is submitted. The key holds what was told of
/// the sum paid before; the ledger's own may have moved since only with what it rests on.
fn is_same(known: &Settlement, record: &Record) -> bool {
    known.submit.record.key() == record.key() && known.stale_since.is_none()
}

/// The act of somebody who says who they are.
fn act(by: &By, path: &str) -> Result<Act, Vec<Problem>> {
    let name = by.name.trim();
    if name.is_empty() {
        return Err(vec![
            Problem::error("nobody", say!("nobody is named", "氏名がありません"))
                .help(say!("say who acts: --by NAME", "誰が行うかを指定してください: --by 氏名"))
                .at(Source::new(path, "").whole()),
        ]);
    }
    let recorded = Timestamp::from_second(by.recorded.as_second()).unwrap_or(by.recorded);
    Ok(Act { by: name.to_owned(), recorded })
}

/// Refuses a contract that `check` would not pass.
fn sound(contract: &Contract) -> Result<(), Vec<Problem>> {
    let check = contract.check();
    if check.is_ok() {
        return Ok(());
    }
    Err(check.errors().map(|found| found.problem.clone()).collect())
}

/// Refuses a statement whose earlier evaluations come to something else than what was paid, unless
/// its submitter told what was paid.
fn agrees_with_payments(statement: &Statement, told: bool, path: &str) -> Result<(), Vec<Problem>> {
    const IDS: [&str; 2] = ["paid-before-differs", "earlier-lines-unknown"];
    let found = statement.notes.iter().filter(|note| !told && IDS.contains(&note.id));
    let refused: Vec<Problem> = found
        .map(|note| {
            Problem::error(note.id, note.message.clone())
                .help(say!(
                    "submit and pay the earlier evaluations in this ledger, restate them, or tell what was paid: --paid-before AMOUNT",
                    "以前の評価をこの台帳で提出・支払するか訂正してください。既払額を --paid-before 金額 で指定することもできます"
                ))
                .at(Source::new(path, "").whole())
        })
        .collect();
    if refused.is_empty() { Ok(()) } else { Err(refused) }
}

fn unpaid(settlement: &Settlement, path: &str) -> Problem {
    let (entry, at) = (settlement.entry, settlement.submit.record.at);
    Problem::error(
        "earlier-unpaid",
        say!(
            "the evaluation of {at} (entry {entry}) is not paid yet",
            "{at} の評価（{entry} 番）がまだ支払われていません"
        ),
    )
    .help(say!(
        "record its payment first, or tell what was paid: --paid-before AMOUNT",
        "先に支払を記帳するか、既払額を --paid-before 金額 で指定してください"
    ))
    .at(Source::new(path, "").whole())
}

fn settled_otherwise(old: &Settlement, how: &Restatement, path: &str) -> Problem {
    let (entry, at) = (old.entry, old.submit.record.at);
    let (before, after) = (amount_text(how.before), amount_text(how.after));
    Problem::error(
        "settled-otherwise",
        say!(
            "entry {entry} settles {at} otherwise",
            "{at} は {entry} 番で別の内容により精算されています"
        ),
    )
    .found(say!("{after} payable", "支払額 {after}"))
    .expected(say!("{before} payable", "支払額 {before}"))
    .help(say!(
        "if it is to be restated, say why: --reason TEXT; see the difference first with --dry-run",
        "訂正する場合は理由を付けてください: --reason 理由。差異は --dry-run で確認できます"
    ))
    .at(Source::new(path, "").whole())
}

pub(super) fn not_computed(entry: u64, difference: &Difference, path: &str) -> Problem {
    let Difference { at, stated, computed } = difference;
    Problem::error(
        "not-computed",
        say!(
            "entry {entry} states what its script and figures do not come to: `{at}`",
            "{entry} 番の内容は、その契約と集計値から計算した結果と違います: `{at}`"
        ),
    )
    .found(Text::from(stated.clone()))
    .expected(Text::from(computed.clone()))
    .at(Source::new(path, "").whole())
}
