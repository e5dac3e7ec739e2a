//! A settlement: evidence is brought, the draft is read, and submitted to a ledger.

use std::collections::BTreeMap;
use std::time::Duration;

use askama::Template;
use axum::extract::{Form, Multipart, Path, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use engine::contract::Contract;
use engine::ledger::{By, Ledger, Receipt, Submission, Submitted};
use engine::problem::Problem;
use engine::report::figures::Currency;
use engine::report::{Hashed, HideUnder, Report};
use engine::settle::{Request, Statement, settle};
use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::Deserialize;

use super::contract::read;
use super::home::ledgers;
use super::ledger::seen;
use super::run::{XLSX, file};
use super::{Frame, Shown, aside, encoded, shown};
use crate::app::App;
use crate::drafts::Draft;
use crate::extract::unreadable;
use crate::failure::Failure;
use crate::roles::Act;
use crate::visitor::{Known, Visitor};
use crate::words::{pick, text};
use crate::workspace::{Brought, Kind};

/// The most evidence that is brought at once, in bytes.
pub(crate) const EVIDENCE_MAX: usize = 128 * 1024 * 1024;
/// Files that are brought at once.
const FILES_MAX: usize = 32;
/// How long to wait for others who write to a ledger.
pub(crate) const WAIT: Duration = Duration::from_secs(10);

#[derive(Template)]
#[template(path = "settle.html")]
struct SettlePage {
    frame: Frame,
    path: String,
    evaluations: Vec<String>,
    problems: Vec<Shown>,
}

#[derive(Template)]
#[template(path = "draft.html")]
struct DraftPage {
    frame: Frame,
    id: u64,
    path: String,
    payable: String,
    at: String,
    notes: Vec<Shown>,
    statement: String,
    may_submit: bool,
    ledgers: Vec<String>,
    problems: Vec<Shown>,
    name: String,
    reason: String,
}

pub(crate) async fn ask(
    State(app): State<App>,
    Known(visitor): Known,
    Path(path): Path<String>,
) -> Result<Html<String>, Failure> {
    aside(move || {
        let contract = read(&app, &visitor, &path)?;
        visitor.require(Act::Settle, &contract.id)?;
        asked(&visitor, &contract, path, Vec::new())
    })
    .await
}

fn asked(
    visitor: &Visitor,
    contract: &Contract,
    path: String,
    problems: Vec<Shown>,
) -> Result<Html<String>, Failure> {
    let name = contract.title.within(visitor.language);
    let title = pick!(visitor.language, "Settle: {name}", "精算: {name}");
    shown(&SettlePage {
        frame: Frame::new(visitor, title, format!("/settle/{}", encoded(&path))),
        evaluations: contract.evaluations.iter().map(|known| known.at.to_string()).collect(),
        path,
        problems,
    })
}

/// What a settlement asks beside its evidence.
pub(crate) const FIELDS: [&str; 4] = ["at", "ended", "invoiced", "paid_before"];

/// What a visitor sent: files, and fields by name.
#[derive(Default)]
pub(crate) struct Sent {
    pub(crate) files: Vec<(String, Vec<u8>)>,
    fields: BTreeMap<String, String>,
}

impl Sent {
    /// What a field says; empty where it was not sent.
    pub(crate) fn field(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }
}

/// Reads an upload of evidence and of the fields that are known.
pub(crate) async fn received(mut form: Multipart, known: &[&str]) -> Result<Sent, Failure> {
    let unreadable = |error: axum::extract::multipart::MultipartError| {
        unreadable(error.status(), &error.body_text())
    };
    let mut sent = Sent::default();
    while let Some(field) = form.next_field().await.map_err(unreadable)? {
        let name = field.name().unwrap_or_default().to_owned();
        let file_name = field.file_name().map(plain_name);
        let bytes = field.bytes().await.map_err(unreadable)?;
        match (name.as_str(), file_name) {
            // Browsers send a file without a name and a byte where none was chosen.
            ("evidence", _) if bytes.is_empty() => {}
            ("evidence", Some(file)) => {
                if sent.files.len() >= FILES_MAX {
                    return Err(Failure::bad(text!(
                        "at most {FILES_MAX} files are brought at once",
                        "一度に送れるファイルは {FILES_MAX} 個までです"
                    )));
                }
                if sent.files.iter().any(|(known, _)| *known == file) {
                    return Err(Failure::bad(text!(
                        "two files are named {file}",
                        "{file} という名前のファイルが二つあります"
                    )));
                }
                sent.files.push((file, bytes.to_vec()));
            }
            ("evidence", None) => {
                return Err(Failure::bad(text!(
                    "evidence is sent as a file, with its name",
                    "証拠データは、名前のあるファイルとして送ってください"
                )));
            }
            (name, _) if known.contains(&name) => {
                let words = std::str::from_utf8(&bytes).map_err(|_| {
                    Failure::bad(text!("`{name}` is no text", "「{name}」が文字列ではありません"))
                })?;
                sent.fields.insert(name.to_owned(), words.trim().to_owned());
            }
            (name, _) => {
                let known = known.join(", ");
                return Err(Failure::bad(text!(
                    "there is no field `{name}`; there are evidence, {known}",
                    "「{name}」という欄はありません。使えるのは evidence, {known} です"
                )));
            }
        }
    }
    if sent.files.is_empty() {
        return Err(Failure::bad(text!("no file was sent", "ファイルが送られていません")));
    }
    Ok(sent)
}

/// The last step of a file's name, as a name: what would lead elsewhere leads nowhere.
fn plain_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let plain: String =
        last.chars().filter(|c| !c.is_control() && !matches!(c, ':' | '#')).take(120).collect();
    match plain.trim_matches(['.', ' ']) {
        "" => "evidence".to_owned(),
        plain => plain.to_owned(),
    }
}

/// An amount as people write it: `,`, its full width or `_` may stand between groups of three digits
/// and nowhere else, so that a comma that was meant as a point is not read as another amount.
fn amount(written: &str) -> Option<Decimal> {
    let written = written.replace(['，', '_'], ",");
    let unsigned = written.strip_prefix('-').unwrap_or(&written);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let mut groups = whole.split(',');
    let first = groups.next().unwrap_or_default().len();
    let mut rest = groups.peekable();
    let grouped = rest.peek().is_none() || (1..=3).contains(&first);
    if !grouped || !rest.all(|group| group.len() == 3) || fraction.contains(',') {
        return None;
    }
    written.replace(',', "").parse().ok()
}

/// What is settled, as it was sent.
pub(crate) fn request(sent: &Sent) -> Result<Request, Failure> {
    let date = |text: &str| -> Result<Option<Date>, Failure> {
        match text {
            "" => Ok(None),
            text => text.parse().map(Some).map_err(|_| {
                Failure::bad(text!("`{text}` is no date", "「{text}」は日付ではありません"))
            }),
        }
    };
    let paid_before = match sent.field("paid_before") {
        "" => None,
        written => Some(amount(written).ok_or_else(|| {
            Failure::bad(text!("`{written}` is no amount", "「{written}」は金額ではありません"))
        })?),
    };
    Ok(Request {
        evidence: sent.files.iter().map(|(name, _)| name.clone()).collect(),
        at: date(sent.field("at"))?,
        paid_before,
        ended: date(sent.field("ended"))?,
        invoiced: date(sent.field("invoiced"))?,
        earlier: Vec::new(),
    })
}

/// A contract, what is asked of it, and what it owes or why it cannot be settled.
pub(crate) type SettledOn = (Contract, Request, Result<Statement, Vec<Problem>>);

/// Settles on what was sent, for whoever may.
pub(crate) fn settled_on(
    app: &App,
    visitor: &Visitor,
    path: &str,
    sent: &Sent,
) -> Result<SettledOn, Failure> {
    let contract = read(app, visitor, path)?;
    visitor.require(Act::Settle, &contract.id)?;
    let request = request(sent)?;
    let brought = Brought { files: &sent.files, workspace: &app.workspace };
    let settled = settle(&contract, &brought, &request);
    if settled.is_ok() {
        app.note(visitor.name(), visitor.from, "settle", path)?;
    }
    Ok((contract, request, settled))
}

/// Refuses an upload before it is received, where the visitor may not do that with a contract.
pub(crate) async fn may(app: &App, visitor: &Visitor, act: Act, path: &str) -> Result<(), Failure> {
    let (app, visitor, path) = (app.clone(), visitor.clone(), path.to_owned());
    aside(move || visitor.require(act, &read(&app, &visitor, &path)?.id)).await
}

pub(crate) async fn bring(
    State(app): State<App>,
    Known(visitor): Known,
    Path(path): Path<String>,
    form: Multipart,
) -> Result<Response, Failure> {
    may(&app, &visitor, Act::Settle, &path).await?;
    let sent = received(form, &FIELDS).await?;
    aside(move || {
        let (contract, request, settled) = settled_on(&app, &visitor, &path, &sent)?;
        match settled {
            Ok(_) => {
                let id = app.drafts.keep(visitor.name(), path, request, sent.files);
                Ok(Redirect::to(&format!("/drafts/{id}")).into_response())
            }
            Err(problems) => {
                let problems =
                    problems.iter().map(|problem| Shown::of(problem, visitor.language)).collect();
                let page = asked(&visitor, &contract, path, problems)?;
                Ok((axum::http::StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
            }
        }
    })
    .await
}

/// A draft with its contract, settled anew.
fn settled(
    app: &App,
    visitor: &Visitor,
    id: u64,
) -> Result<(std::sync::Arc<Draft>, Contract, Statement, Vec<engine::report::EvidenceFile>), Failure>
{
    let draft = app.drafts.of(id, visitor.name()).ok_or_else(Failure::not_found)?;
    let contract = read(app, visitor, &draft.contract)?;
    visitor.require(Act::Settle, &contract.id)?;
    let brought = Brought { files: &draft.files, workspace: &app.workspace };
    let hashed = Hashed::new(&brought);
    let statement = settle(&contract, &hashed, &draft.request)?;
    let evidence = hashed.files();
    Ok((draft, contract, statement, evidence))
}

pub(crate) async fn draft(
    State(app): State<App>,
    Known(visitor): Known,
    Path(id): Path<u64>,
) -> Result<Html<String>, Failure> {
    aside(move || drafted(&app, &visitor, id, Vec::new(), String::new(), String::new())).await
}

fn drafted(
    app: &App,
    visitor: &Visitor,
    id: u64,
    problems: Vec<Shown>,
    name: String,
    reason: String,
) -> Result<Html<String>, Failure> {
    let (draft, contract, statement, evidence) = settled(app, visitor, id)?;
    let language = visitor.language;
    let report = Report {
        contract: &contract,
        statement: &statement,
        language,
        evidence: &evidence,
        hide_under: HideUnder::USUAL,
    };
    let currency = Currency::new(&statement.currency, language);
    let title = contract.title.within(language);
    let title = pick!(language, "Draft: {title}", "精算案: {title}");
    shown(&DraftPage {
        frame: Frame::new(visitor, title, format!("/drafts/{id}")),
        id,
        path: draft.contract.clone(),
        payable: currency.amount(statement.payable),
        at: statement.at.to_string(),
        notes: statement.notes.iter().map(|note| Shown::of(note, language)).collect(),
        statement: report.fragment(),
        may_submit: visitor.may(Act::Submit, &contract.id),
        ledgers: ledgers(app, visitor),
        problems,
        name,
        reason,
    })
}

#[derive(Debug, Deserialize)]
pub(crate) struct Submitting {
    ledger: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    reason: String,
}

/// Submits a settlement to a ledger, for whoever may.
pub(crate) fn submitted(
    app: &App,
    visitor: &Visitor,
    ledger: &str,
    submission: Submission<'_>,
    files: &[(String, Vec<u8>)],
    by: &By,
) -> Result<Result<Submitted, Vec<Problem>>, Failure> {
    let contract = &submission.contract.id;
    visitor.require(Act::Submit, contract)?;
    let (mut open, _) = seen(app, visitor, ledger)?;
    let brought = Brought { files, workspace: &app.workspace };
    app.note(visitor.name(), visitor.from, "submit", &format!("{ledger} {contract}"))?;
    let done = open.submit(submission, &brought, by);
    Ok(done.map_err(|problems| app.workspace.told(problems)))
}

/// Under which name a visitor acts: the account's; where there are none, the one that is written.
pub(crate) fn by(visitor: &Visitor, written: &str) -> By {
    let name = if visitor.alone { written.trim() } else { visitor.name() };
    By { name: name.to_owned(), recorded: Timestamp::now(), dry_run: false }
}

pub(crate) async fn submit(
    State(app): State<App>,
    Known(visitor): Known,
    Path(id): Path<u64>,
    Form(form): Form<Submitting>,
) -> Result<Response, Failure> {
    aside(move || {
        let (draft, contract, ..) = settled(&app, &visitor, id)?;
        let reason = Some(form.reason.trim()).filter(|reason| !reason.is_empty());
        let submission =
            Submission { contract: &contract, request: &draft.request, reason, inside: false };
        let by = by(&visitor, &form.name);
        match submitted(&app, &visitor, &form.ledger, submission, &draft.files, &by)? {
            Ok(done) => {
                let to = format!("/ledger/{}?entry={}", encoded(&form.ledger), done.entry);
                Ok(Redirect::to(&to).into_response())
            }
            Err(problems) => {
                let problems =
                    problems.iter().map(|problem| Shown::of(problem, visitor.language)).collect();
                let page = drafted(&app, &visitor, id, problems, form.name, form.reason)?;
                Ok((axum::http::StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
            }
        }
    })
    .await
}

/// A ledger of the folder.
pub(crate) fn open(app: &App, path: &str) -> Result<Ledger, Failure> {
    if Kind::of(path) != Some(Kind::Ledger) {
        return Err(Failure::not_found());
    }
    let place = app.workspace.place(path).map_err(|_| Failure::not_found())?;
    if !place.is_file() {
        return Err(Failure::not_found());
    }
    let opened = Ledger::open(&place.to_string_lossy(), WAIT);
    Ok(opened.map_err(|problems| app.workspace.told(problems))?)
}

pub(crate) async fn download(
    State(app): State<App>,
    Known(visitor): Known,
    Path((id, name)): Path<(u64, String)>,
) -> Result<Response, Failure> {
    aside(move || {
        let (draft, contract, statement, evidence) = settled(&app, &visitor, id)?;
        let report = Report {
            contract: &contract,
            statement: &statement,
            language: visitor.language,
            evidence: &evidence,
            hide_under: HideUnder::USUAL,
        };
        let at = statement.at;
        match name.as_str() {
            "statement.html" => {
                Ok(file(report.html(), "text/html; charset=utf-8", &format!("statement-{at}.html")))
            }
            "statement.xlsx" => {
                let bytes = report.xlsx().map_err(|problem| vec![problem])?;
                Ok(file(bytes, XLSX, &format!("statement-{at}.xlsx")))
            }
            "receipt.json" => {
                app.note(visitor.name(), visitor.from, "receipt", &draft.contract)?;
                let brought = Brought { files: &draft.files, workspace: &app.workspace };
                let (record, _) =
                    engine::ledger::Record::make(&contract, &brought, &draft.request, None, false)?;
                let text = Receipt::of(record).text();
                Ok(file(text, "application/json", &format!("receipt-{at}.json")))
            }
            _ => Err(Failure::not_found()),
        }
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_file_leads_nowhere() {
        for (sent, kept) in [
            ("rows.csv", "rows.csv"),
            ("../../etc/passwd", "passwd"),
            ("C:\\data\\rows.xlsx", "rows.xlsx"),
            ("..", "evidence"),
            ("", "evidence"),
            ("a\0b#c.csv", "abc.csv"),
        ] {
            assert_eq!(plain_name(sent), kept, "{sent:?}");
        }
    }

    #[test]
    fn what_is_no_date_and_no_amount_is_told() {
        let sent = |at: &str, paid: &str| {
            let fields = [("at", at), ("paid_before", paid)];
            let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
            Sent { fields: fields.into(), ..Sent::default() }
        };
        let read = request(&sent("2025-03-31", "1,200_000")).unwrap();
        assert_eq!(read.paid_before, Some(1_200_000.into()));
        assert!(request(&sent("31/3/2025", "")).is_err() && request(&sent("", "x")).is_err());
    }

    #[test]
    fn commas_stand_between_groups_of_three_digits_alone() {
        for (written, read) in [
            ("1234.50", Some("1234.50")),
            ("1,234.50", Some("1234.50")),
            ("12，345，678", Some("12345678")),
            ("-1,000", Some("-1000")),
            ("1234567", Some("1234567")),
            ("1234,50", None),
            ("1234,500", None),
            ("1,23", None),
            ("1，23", None),
            (",500", None),
            ("1,,234", None),
            ("1.234,500", None),
            ("1,234,", None),
        ] {
            assert_eq!(
                amount(written),
                read.map(|read| read.parse::<Decimal>().unwrap()),
                "{written}"
            );
        }
    }
}
