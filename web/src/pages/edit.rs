//! The text of a contract or a scenario, changed in the browser.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use engine::contract::{Contract, Overrides};
use engine::problem::{Problem, Text};
use engine::scenario::Scenario;
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

/// Which contract a file is, or is about, and what is wrong with it; no contract where it cannot be
/// read.
type Checked = (Option<String>, Vec<Problem>);

/// What is wrong with a file, where its text is this.
pub(crate) fn problems(app: &App, visitor: &Visitor, path: &str, text: &str) -> Checked {
    match Kind::of(path) {
        Some(Kind::Contract) => of_contract(unsaved::contract(path, text)),
        _ => of_scenario(unsaved::scenario(app, visitor, path, text)),
    }
}

/// What is wrong with a file of the folder, as it is saved.
fn saved_problems(app: &App, path: &str) -> Arc<Checked> {
    app.known.get(&app.workspace, &format!("problems {path}"), |files| match Kind::of(path) {
        Some(Kind::Contract) => of_contract(Contract::read(files, path, &Overrides::new())),
        _ => of_scenario(Scenario::read(files, path)),
    })
}

fn of_contract(read: Result<Contract, Vec<Problem>>) -> Checked {
    match read {
        Ok(contract) => {
            let findings = contract.check().findings;
            let open = findings.into_iter().filter(|finding| finding.accepted.is_none());
            (Some(contract.id.clone()), open.map(|finding| finding.problem).collect())
        }
        Err(problems) => (None, problems),
    }
}

fn of_scenario(read: Result<Scenario, Vec<Problem>>) -> Checked {
    match read {
        Ok(scenario) => (Some(scenario.contract.id), Vec::new()),
        Err(problems) => (None, problems),
    }
}

/// Refuses whoever may not change a file: by the contract it is, or is about; what cannot be read
/// is changed by those who may change everything.
fn require(visitor: &Visitor, (contract, _): &Checked) -> Result<(), Failure> {
    visitor.require(Act::Edit, contract.as_deref().unwrap_or_default())
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
        let found = saved_problems(&app, &path);
        require(&visitor, &found)?;
        page(&visitor, path, text, &found.1, None, String::new())
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
        opened(&app, &path)?;
        require(&visitor, &saved_problems(&app, &path))?;
        // Browsers send lines as a network does.
        let text = edited.text.replace("\r\n", "\n");
        // A file does not become one of a contract that is not the visitor's.
        let (contract, found) = problems(&app, &visitor, &path, &text);
        match &contract {
            Some(contract) => visitor.require(Act::Edit, contract)?,
            // What cannot be read is nobody's, and whoever saved it could not open it again.
            None if !visitor.may(Act::Edit, "") => {
                let words = pick!(
                    visitor.language,
                    "Not saved: correct the errors below first",
                    "保存していません。先に下のエラーを直してください"
                );
                let page = page(&visitor, path, text, &found, Some(edited.before), words)?;
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
            let page = page(&visitor, path, text, &found, Some(edited.before), words)?;
            return Ok((StatusCode::CONFLICT, page).into_response());
        }
        let words = match contract {
            None => pick!(
                visitor.language,
                "Saved, but it cannot be read as it stands: see below",
                "保存しましたが、このままでは読めません。下のエラーを直してください"
            ),
            Some(_) => pick!(visitor.language, "Saved", "保存しました"),
        };
        Ok(page(&visitor, path, text, &found, None, words)?.into_response())
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
    visitor: &Visitor,
    path: String,
    text: String,
    problems: &[Problem],
    before: Option<String>,
    saved: String,
) -> Result<Html<String>, Failure> {
    let language = visitor.language;
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
