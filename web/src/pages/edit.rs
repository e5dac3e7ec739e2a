//! The text of a contract or a scenario, changed in the browser.

use askama::Template;
use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use engine::problem::{Problem, Text};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::{Frame, Shown, aside, encoded, shown};
use crate::app::App;
use crate::failure::Failure;
use crate::roles::Act;
use crate::unsaved;
use crate::visitor::{Known, Visitor};
use crate::words::{pick, text};
use crate::workspace::Kind;

#[derive(Template)]
#[template(path = "edit.html")]
struct EditPage {
    frame: Frame,
    kind: &'static str,
    path: String,
    label: String,
    text: String,
    before: String,
    saved: String,
    problems: Vec<Shown>,
}

#[derive(Deserialize)]
pub(crate) struct Edited {
    text: String,
    /// What the file was when it was opened: nobody overwrites what another saved meanwhile.
    before: String,
}

/// A contract and its problems, where the text of a file is this.
pub(crate) fn problems(
    app: &App,
    visitor: &Visitor,
    path: &str,
    text: &str,
) -> (Option<String>, Vec<Problem>) {
    match Kind::of(path) {
        Some(Kind::Contract) => match unsaved::contract(path, text) {
            Ok(contract) => {
                let findings = contract.check().findings;
                let open = findings.into_iter().filter(|finding| finding.accepted.is_none());
                (Some(contract.id.clone()), open.map(|finding| finding.problem).collect())
            }
            Err(problems) => (None, problems),
        },
        _ => match unsaved::scenario(app, visitor, path, text) {
            Ok(scenario) => (Some(scenario.contract.id.clone()), Vec::new()),
            Err(problems) => (None, problems),
        },
    }
}

/// Whether the visitor may change a file: by the contract it is, or is about; what cannot be read
/// is changed by those who may change everything.
fn require(app: &App, visitor: &Visitor, path: &str, text: &str) -> Result<(), Failure> {
    let (contract, _) = problems(app, visitor, path, text);
    visitor.require(Act::Edit, &contract.unwrap_or_default())
}

fn opened(app: &App, path: &str) -> Result<String, Failure> {
    match Kind::of(path) {
        Some(Kind::Contract | Kind::Scenario) => {}
        _ => return Err(Failure::not_found()),
    }
    app.workspace.text(path).map_err(|_| Failure::not_found())
}

pub(crate) async fn edit(
    State(app): State<App>,
    Known(visitor): Known,
    Path(path): Path<String>,
) -> Result<Html<String>, Failure> {
    aside(move || {
        let text = opened(&app, &path)?;
        require(&app, &visitor, &path, &text)?;
        page(&app, &visitor, path, text, None, String::new())
    })
    .await
}

pub(crate) async fn save(
    State(app): State<App>,
    Known(visitor): Known,
    Path(path): Path<String>,
    Form(edited): Form<Edited>,
) -> Result<Response, Failure> {
    aside(move || {
        let known = opened(&app, &path)?;
        require(&app, &visitor, &path, &known)?;
        // Browsers send lines as a network does.
        let text = edited.text.replace("\r\n", "\n");
        // A file does not become one of a contract that is not the visitor's.
        let (contract, _) = problems(&app, &visitor, &path, &text);
        match contract {
            Some(contract) => visitor.require(Act::Edit, &contract)?,
            // What cannot be read is nobody's, and whoever saved it could not open it again.
            None if !visitor.may(Act::Edit, "") => {
                let words = pick!(
                    visitor.language,
                    "Not saved: correct the errors below first",
                    "保存していません。先に下のエラーを直してください"
                );
                let page = page(&app, &visitor, path, text, Some(edited.before), words)?;
                return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
            }
            None => {}
        }
        app.note(visitor.name(), visitor.from, "edit", &path)?;
        let is_same = || opened(&app, &path).is_ok_and(|now| fingerprint(&now) == edited.before);
        let saved = app.workspace.replace(&path, text.as_bytes(), is_same).map_err(|error| {
            let said = error.to_string();
            Failure::bad(text!("not saved: {said}", "保存できません: {said}"))
        })?;
        if !saved {
            let words = conflict().within(visitor.language).to_owned();
            let page = page(&app, &visitor, path, text, Some(edited.before), words)?;
            return Ok((StatusCode::CONFLICT, page).into_response());
        }
        let unread = problems(&app, &visitor, &path, &text).0.is_none();
        let words = match unread {
            true => pick!(
                visitor.language,
                "Saved, but it cannot be read as it stands: see below",
                "保存しましたが、このままでは読めません。下のエラーを直してください"
            ),
            false => pick!(visitor.language, "Saved", "保存しました"),
        };
        Ok(page(&app, &visitor, path, text, None, words)?.into_response())
    })
    .await
}

/// What is told to whoever would overwrite what another saved.
pub(super) fn conflict() -> Text {
    text!(
        "Not saved: somebody else saved this file meanwhile. Copy your text, open the file again and put your changes into it",
        "保存していません。この間に別の人がこのファイルを保存しました。入力した内容を控え、開き直してから変更してください"
    )
}

/// By which a file is known again.
pub(super) fn fingerprint(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn page(
    app: &App,
    visitor: &Visitor,
    path: String,
    text: String,
    before: Option<String>,
    saved: String,
) -> Result<Html<String>, Failure> {
    let language = visitor.language;
    let (_, problems) = problems(app, visitor, &path, &text);
    let contract = Kind::of(&path) == Some(Kind::Contract);
    let label = match contract {
        true => pick!(language, "Script", "契約スクリプト"),
        false => pick!(language, "Scenario", "シナリオ"),
    };
    let title = pick!(language, "Edit {path}", "{path} を編集");
    shown(&EditPage {
        frame: Frame::new(visitor, title, format!("/edit/{}", encoded(&path))),
        kind: if contract { "contract" } else { "scenario" },
        label,
        before: before.unwrap_or_else(|| fingerprint(&text)),
        saved,
        problems: problems.iter().map(|problem| Shown::of(problem, language)).collect(),
        text,
        path,
    })
}
