//! A ledger: settlements and where they stand; approving, refusing, paying; and verifying it.

use askama::Template;
use axum::extract::{Form, Path, Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use engine::ledger::{
    Ledger, Receipt, RecordChanges, Restatement, Settlement, State as Standing, Status, Verified,
};
use engine::problem::{Language, Problem};
use engine::report::figures::Currency;
use engine::report::{HideUnder, Report, restated as restated_from};
use jiff::civil::Date;
use serde::Deserialize;

use super::run::{XLSX, file};
use super::settle::{by, open};
use super::{Frame, Shown, aside, encoded, moment, shown};
use crate::app::App;
use crate::failure::Failure;
use crate::roles::Act;
use crate::visitor::{Known, Visitor};
use crate::words::{pick, text};

#[derive(Template)]
#[template(path = "ledger.html")]
struct LedgerPage {
    frame: Frame,
    path: String,
    settlements: Vec<Row>,
    /// The one that is looked at.
    one: Option<One>,
    problems: Vec<Shown>,
    verified: String,
}

struct Row {
    entry: u64,
    contract: String,
    at: String,
    payable: String,
    paid: String,
    status: String,
    by: String,
    chosen: bool,
}

struct One {
    entry: u64,
    statement: String,
    history: Vec<String>,
    /// How it differs from the one it takes the place of; empty where it takes none's.
    restated: String,
    may_approve: bool,
    may_pay: bool,
    may_withdraw: bool,
    may_have_receipt: bool,
}

#[derive(Debug, Default, Deserialize)]
pub(crate) struct Asked {
    entry: Option<u64>,
    #[serde(default)]
    verify: Option<String>,
}

pub(crate) async fn ledger(
    State(app): State<App>,
    Known(visitor): Known,
    Path(path): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Html<String>, Failure> {
    aside(move || page(&app, &visitor, path, &asked, Vec::new())).await
}

/// A ledger and its state, unless nothing in it is the visitor's: then it is not there.
pub(crate) fn seen(
    app: &App,
    visitor: &Visitor,
    path: &str,
) -> Result<(Ledger, Standing), Failure> {
    let ledger = open(app, path)?;
    // Whose a ledger is that cannot be read is not known.
    let state = ledger.state().map_err(|problems| visitor.unread(app.workspace.told(problems)))?;
    let mut contracts = state.settlements.values().map(|of| &of.submit.record.contract);
    if state.settlements.is_empty() || contracts.any(|id| visitor.may(Act::Read, id)) {
        return Ok((ledger, state));
    }
    Err(Failure::not_found())
}

/// Computes a whole ledger again. What is wrong with it is told to those who may read every contract
/// in it, as it may be in what is somebody else's; others get to know that something is.
pub(crate) fn verified(
    app: &App,
    visitor: &Visitor,
    (ledger, state): (&Ledger, &Standing),
    holds: Option<&str>,
) -> Result<Verified, Failure> {
    ledger.verify(holds).map_err(|problems| {
        let mut contracts = state.settlements.values().map(|of| &of.submit.record.contract);
        let told = contracts.all(|contract| visitor.may(Act::Read, contract));
        let problems = if told { app.workspace.told(problems) } else { Vec::new() };
        let words = text!("the ledger does not verify", "台帳に問題があります");
        Failure { problems, ..Failure::new(StatusCode::UNPROCESSABLE_ENTITY, words) }
    })
}

fn page(
    app: &App,
    visitor: &Visitor,
    path: String,
    asked: &Asked,
    mut problems: Vec<Shown>,
) -> Result<Html<String>, Failure> {
    let (ledger, state) = seen(app, visitor, &path)?;
    let language = visitor.language;
    let own = |settlement: &&Settlement| visitor.may(Act::Read, &settlement.submit.record.contract);
    let rows: Vec<Row> = state
        .settlements
        .values()
        .filter(own)
        .map(|settlement| row(settlement, asked.entry, language))
        .collect();
    let verified = match asked.verify {
        None => String::new(),
        Some(_) => match verified(app, visitor, (&ledger, &state), None) {
            Ok(found) => {
                let (entries, settlements, head) = (found.entries, found.settlements, found.head);
                pick!(
                    language,
                    "All {entries} entries, {settlements} of them settlements, were computed again and agree. Last hash: {head}",
                    "記帳 {entries} 件（うち精算 {settlements} 件）をすべて計算し直し、一致しました。最後のハッシュ: {head}"
                )
            }
            Err(failure) => {
                let said = Problem::error("ledger", failure.words);
                let found = std::iter::once(&said).chain(&failure.problems);
                problems.extend(found.map(|problem| Shown::of(problem, language)));
                String::new()
            }
        },
    };
    let one = asked.entry.map(|entry| one(visitor, &state.settlements, entry)).transpose()?;
    let title = pick!(language, "Ledger {path}", "台帳 {path}");
    let entry = asked.entry.map(|entry| format!("?entry={entry}")).unwrap_or_default();
    shown(&LedgerPage {
        frame: Frame::new(visitor, title, format!("/ledger/{}{entry}", encoded(&path))),
        path,
        settlements: rows,
        one,
        problems,
        verified,
    })
}

fn row(settlement: &Settlement, chosen: Option<u64>, language: Language) -> Row {
    let record = &settlement.submit.record;
    let currency = record.statement["en"]["currency"].as_str().unwrap_or("JPY");
    let amount = |amount| Currency::new(currency, language).amount(amount);
    let mut status = status_name(settlement.status, language);
    if let Some((_, how)) = &settlement.submit.restatement {
        let of = how.of;
        status += &pick!(language, ", restates {of}", "、{of} 番を訂正");
    }
    if let Some(by) = settlement.superseded_by {
        status += &pick!(language, ", replaced by {by}", "、{by} 番に差替え");
    }
    if settlement.stale_since.is_some() {
        status += &pick!(language, ", to be restated", "、要訂正");
    }
    Row {
        entry: settlement.entry,
        contract: record.contract.clone(),
        at: record.at.to_string(),
        payable: amount(record.payable()),
        paid: settlement
            .payment
            .as_ref()
            .map_or_else(|| "-".to_owned(), |paid| amount(paid.amount)),
        status,
        by: settlement.submit.act.by.clone(),
        chosen: chosen == Some(settlement.entry),
    }
}

fn status_name(status: Status, language: Language) -> String {
    match status {
        Status::Submitted => pick!(language, "submitted", "提出済み（承認待ち）"),
        Status::Approved => pick!(language, "approved", "承認済み"),
        Status::Paid => pick!(language, "paid", "支払済み"),
        Status::Rejected => pick!(language, "refused", "差戻し"),
        Status::Withdrawn => pick!(language, "withdrawn", "取下げ"),
    }
}

/// A settlement the visitor may read.
pub(crate) fn settlement<'s>(
    visitor: &Visitor,
    settlements: &'s std::collections::BTreeMap<u64, Settlement>,
    entry: u64,
) -> Result<&'s Settlement, Failure> {
    let found = settlements.get(&entry).ok_or_else(Failure::not_found)?;
    visitor.require(Act::Read, &found.submit.record.contract)?;
    Ok(found)
}

/// How a settlement differs from the one it takes the place of, as the visitor may see it, and
/// whether that is the whole of it: outcomes and records tell of people, and are for those who may
/// settle; amounts are for all.
pub(crate) fn restatement(visitor: &Visitor, found: &Settlement) -> Option<(Restatement, bool)> {
    let (_, how) = found.submit.restatement.as_ref()?;
    if visitor.may(Act::Settle, &found.submit.record.contract) {
        return Some((how.clone(), true));
    }
    let (outcomes, records) = (Vec::new(), RecordChanges::default());
    Some((Restatement { outcomes, records, ..how.clone() }, false))
}

fn one(
    visitor: &Visitor,
    settlements: &std::collections::BTreeMap<u64, Settlement>,
    entry: u64,
) -> Result<One, Failure> {
    let found = settlement(visitor, settlements, entry)?;
    let language = visitor.language;
    let record = &found.submit.record;
    let (contract, mut statement) = record.recompute()?;
    statement.notes = record.notes();
    let report = Report {
        contract: &contract,
        statement: &statement,
        language,
        evidence: &[],
        hide_under: HideUnder::USUAL,
    };
    let may = |act| visitor.may(act, &record.contract);
    let open = found.superseded_by.is_none();
    let restated = restatement(visitor, found);
    let restated = restated.map(|(how, _)| restated_from(&how, &contract, language).fragment());
    Ok(One {
        entry,
        statement: report.fragment(),
        history: history(found, language),
        restated: restated.unwrap_or_default(),
        may_approve: found.status == Status::Submitted && open && may(Act::Approve),
        may_pay: found.status == Status::Approved && open && may(Act::Pay),
        may_withdraw: found.status == Status::Submitted
            && may(Act::Submit)
            && (visitor.alone || engine::ledger::same_person(&found.submit.act.by, visitor.name())),
        may_have_receipt: may(Act::Settle),
    })
}

fn history(found: &Settlement, language: Language) -> Vec<String> {
    let act = |act: &engine::ledger::Act| (act.by.clone(), moment(act.recorded, language));
    let (by, at) = act(&found.submit.act);
    let mut lines = vec![pick!(language, "Submitted by {by}, {at}", "提出: {by}（{at}）")];
    if let Some((_, approved)) = &found.approved {
        let (by, at) = act(approved);
        lines.push(pick!(language, "Approved by {by}, {at}", "承認: {by}（{at}）"));
    }
    if let Some(paid) = &found.payment {
        let (by, at) = act(&paid.act);
        let on = paid.on;
        lines.push(pick!(
            language,
            "Paid on {on}, recorded by {by}, {at}",
            "支払: {on}（記帳 {by}、{at}）"
        ));
    }
    if let Some((_, closed, reason)) = &found.closed {
        let (by, at) = act(closed);
        let what = status_name(found.status, language);
        lines.push(format!("{what}: {by} ({at}): {reason}"));
    }
    lines
}

#[derive(Debug, Default, Deserialize)]
pub(crate) struct Acting {
    pub(crate) act: String,
    pub(crate) entry: u64,
    #[serde(default)]
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) reason: String,
    #[serde(default)]
    pub(crate) on: String,
    #[serde(default)]
    pub(crate) reference: String,
}

/// Does something to a settlement, for whoever may: the number of the entry that says so.
pub(crate) fn acted(
    app: &App,
    visitor: &Visitor,
    path: &str,
    acting: &Acting,
) -> Result<Result<u64, Vec<Problem>>, Failure> {
    let (mut ledger, state) = seen(app, visitor, path)?;
    let entry = acting.entry;
    let contract = &settlement(visitor, &state.settlements, entry)?.submit.record.contract;
    let needed = match acting.act.as_str() {
        "approve" | "reject" => Act::Approve,
        "withdraw" => Act::Submit,
        "pay" => Act::Pay,
        _ => return Err(Failure::not_found()),
    };
    visitor.require(needed, contract)?;
    app.note(visitor.name(), visitor.from, &acting.act, &format!("{path} {entry}"))?;
    let by = by(visitor, &acting.name);
    let done = match acting.act.as_str() {
        "approve" => ledger.approve(entry, &by),
        "reject" => ledger.reject(entry, acting.reason.trim(), &by),
        "withdraw" => ledger.withdraw(entry, acting.reason.trim(), &by),
        _ => {
            let on: Date = acting.on.trim().parse().map_err(|_| {
                let on = acting.on.as_str();
                Failure::bad(text!("`{on}` is no date", "「{on}」は日付ではありません"))
            })?;
            let reference = Some(acting.reference.trim()).filter(|of| !of.is_empty());
            ledger.pay(entry, on, reference, &by)
        }
    };
    if done.is_err() {
        let refused = format!("{}-refused", acting.act);
        app.note(visitor.name(), visitor.from, &refused, &format!("{path} {entry}"))?;
    }
    Ok(done.map_err(|problems| app.workspace.told(problems)))
}

pub(crate) async fn act(
    State(app): State<App>,
    Known(visitor): Known,
    Path(path): Path<String>,
    Form(acting): Form<Acting>,
) -> Result<Response, Failure> {
    aside(move || {
        let entry = acting.entry;
        match acted(&app, &visitor, &path, &acting)? {
            Ok(_) => {
                let to = format!("/ledger/{}?entry={entry}", encoded(&path));
                Ok(Redirect::to(&to).into_response())
            }
            Err(problems) => {
                let problems =
                    problems.iter().map(|problem| Shown::of(problem, visitor.language)).collect();
                let asked = Asked { entry: Some(entry), verify: None };
                let page = page(&app, &visitor, path, &asked, problems)?;
                Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
            }
        }
    })
    .await
}

#[derive(Debug, Deserialize)]
pub(crate) struct Kept {
    ledger: String,
    entry: u64,
}

pub(crate) async fn download(
    State(app): State<App>,
    Known(visitor): Known,
    Path(name): Path<String>,
    Query(kept): Query<Kept>,
) -> Result<Response, Failure> {
    aside(move || {
        let (_, state) = seen(&app, &visitor, &kept.ledger)?;
        let found = settlement(&visitor, &state.settlements, kept.entry)?;
        let record = &found.submit.record;
        let entry = kept.entry;
        if name == "receipt.json" {
            // A receipt lets others compute again: it holds what the evidence says.
            visitor.require(Act::Settle, &record.contract)?;
            let which = format!("{} {entry}", kept.ledger);
            app.note(visitor.name(), visitor.from, "receipt", &which)?;
            let text = Receipt::of(record.clone()).text();
            return Ok(file(text, "application/json", &format!("receipt-{entry}.json")));
        }
        let (contract, mut statement) = record.recompute()?;
        statement.notes = record.notes();
        let report = Report {
            contract: &contract,
            statement: &statement,
            language: visitor.language,
            evidence: &[],
            hide_under: HideUnder::USUAL,
        };
        match name.as_str() {
            "statement.html" => Ok(file(
                report.html(),
                "text/html; charset=utf-8",
                &format!("statement-{entry}.html"),
            )),
            "statement.xlsx" => {
                let bytes = report.xlsx().map_err(|problem| vec![problem])?;
                Ok(file(bytes, XLSX, &format!("statement-{entry}.xlsx")))
            }
            _ => Err(Failure::not_found()),
        }
    })
    .await
}

#[derive(Debug, Deserialize)]
pub(crate) struct Begun {
    name: String,
}

/// Begins a ledger in the folder.
pub(crate) async fn begin(
    State(app): State<App>,
    Known(visitor): Known,
    Form(begun): Form<Begun>,
) -> Result<Redirect, Failure> {
    aside(move || {
        let path = made(&app, &visitor, &begun.name)?;
        Ok(Redirect::to(&format!("/ledger/{}", encoded(&path))))
    })
    .await
}

/// Makes a ledger in the folder, for whoever may: its path.
pub(crate) fn made(app: &App, visitor: &Visitor, name: &str) -> Result<String, Failure> {
    if !visitor.may_somewhere(Act::Approve) {
        return Err(Failure::forbidden());
    }
    let name = name.trim();
    let fits = !name.is_empty()
        && name.chars().count() <= 60
        && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'));
    if !fits {
        return Err(Failure::bad(text!(
            "a ledger's name is made of letters, digits, - and _",
            "台帳の名前は文字・数字・-・_ で付けてください"
        )));
    }
    let path = format!("{name}.ledger");
    let place = app.workspace.place(&path).map_err(|_| Failure::not_found())?;
    app.note(visitor.name(), visitor.from, "begin-ledger", &path)?;
    let created = Ledger::create(&place.to_string_lossy(), jiff::Timestamp::now());
    created.map_err(|problems| app.workspace.told(problems))?;
    Ok(path)
}
