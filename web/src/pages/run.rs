//! A run: begun, followed, stopped, read and taken home.

use askama::Template;
use axum::extract::{Form, Path, State};
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{Html, IntoResponse, Json, Redirect, Response};
use engine::problem::Language;
use serde_json::{Value, json};

use super::{Frame, aside, shown};
use crate::app::{App, Ran};
use crate::changes::Changes;
use crate::failure::Failure;
use crate::jobs::{PANICKED, Stage};
use crate::picture::png;
use crate::roles::Act;
use crate::runs::{Asked, Wanted, begun};
use crate::visitor::{Known, Visitor};
use crate::words::{pick, text};

#[derive(Template)]
#[template(path = "run.html")]
struct RunPage {
    frame: Frame,
    id: u64,
    /// How far it is; empty where it is done.
    running: String,
    part: f64,
    subtitle: String,
    charts: Vec<ChartFile>,
    document: String,
}

struct ChartFile {
    name: String,
    title: String,
}

pub(crate) async fn begin(
    State(app): State<App>,
    Known(visitor): Known,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Redirect, Failure> {
    let id = aside(move || begun(&app, &visitor, &wanted(&fields, visitor.language)?)).await?;
    Ok(Redirect::to(&format!("/runs/{id}")))
}

/// What a form asks for.
fn wanted(fields: &[(String, String)], language: Language) -> Result<Wanted, Failure> {
    let field = |name: &str| {
        let known = fields.iter().find(|(known, _)| known == name);
        known.map(|(_, value)| value.trim()).unwrap_or_default()
    };
    let asked = Asked::named(field("kind")).ok_or_else(|| {
        let words = text!("choose what to find out", "何を調べるか選んでください");
        Failure::bad(words)
    })?;
    let paths = match field("paths") {
        "" => None,
        paths => Some(paths.parse().map_err(|_| {
            Failure::bad(text!(
                "`{paths}` is no number of futures",
                "「{paths}」は将来の数ではありません"
            ))
        })?),
    };
    let stresses = fields.iter().filter(|(name, _)| name == "stress");
    let stresses: Vec<String> = stresses.map(|(_, value)| value.clone()).collect();
    // A form that lets one choose says so: a browser sends nothing of what is not ticked.
    if asked == Asked::Stress && field("stresses") == "chosen" && stresses.is_empty() {
        return Err(Failure::bad(text!(
            "choose at least one stress",
            "ストレスを一つ以上選んでください"
        )));
    }
    Ok(Wanted {
        asked,
        path: field("path").to_owned(),
        paths,
        changes: Changes::of(fields.iter().map(|(name, value)| (&**name, &**value)), language)?,
        stresses,
        party: field("party").to_owned(),
        with: field("with").to_owned(),
        under: field("under").to_owned(),
        ledger: field("ledger").to_owned(),
    })
}

/// How far a visitor's run is, as long as they may simulate every contract it tells of.
pub(crate) fn stage_of(app: &App, visitor: &Visitor, id: u64) -> Result<Stage<Ran>, Failure> {
    let contracts = app.jobs.contracts(id, visitor.name()).ok_or_else(Failure::not_found)?;
    for contract in &contracts {
        visitor.require(Act::Simulate, contract)?;
    }
    app.jobs.stage(id, visitor.name()).ok_or_else(Failure::not_found)
}

/// How far a run is, in words and as a part; `None` once it is over.
pub(crate) fn told(stage: &Stage<Ran>, language: Language) -> Option<(String, f64)> {
    match stage {
        Stage::Waiting(1) => {
            Some((pick!(language, "1 run is before it", "順番待ち（前に 1 件）"), 0.0))
        }
        Stage::Waiting(before) => Some((
            pick!(language, "{before} runs are before it", "順番待ち（前に {before} 件）"),
            0.0,
        )),
        Stage::Running(done, all) => {
            let part = if *all == 0 { 0.0 } else { *done as f64 / *all as f64 };
            let percent = (part * 100.0) as u32;
            Some((pick!(language, "{percent}% is done", "{percent}% 完了"), part))
        }
        Stage::Done(_) | Stage::Failed(_) => None,
    }
}

pub(crate) async fn stage(
    State(app): State<App>,
    Known(visitor): Known,
    Path(id): Path<u64>,
) -> Result<Json<Value>, Failure> {
    let stage = stage_of(&app, &visitor, id)?;
    Ok(Json(match told(&stage, visitor.language) {
        Some((words, part)) => json!({ "finished": false, "words": words, "part": part }),
        None => json!({ "finished": true }),
    }))
}

pub(crate) async fn stop(
    State(app): State<App>,
    Known(visitor): Known,
    Path(id): Path<u64>,
) -> Result<Redirect, Failure> {
    if !app.jobs.stop(id, visitor.name()) {
        return Err(Failure::not_found());
    }
    Ok(Redirect::to(&format!("/runs/{id}")))
}

pub(crate) async fn run(
    State(app): State<App>,
    Known(visitor): Known,
    Path(id): Path<u64>,
) -> Result<Html<String>, Failure> {
    let language = visitor.language;
    let stage = stage_of(&app, &visitor, id)?;
    let frame = |title: String| Frame::new(&visitor, title, format!("/runs/{id}"));
    if let Some((running, part)) = told(&stage, language) {
        return shown(&RunPage {
            frame: frame(pick!(language, "Run {id}", "試算 {id}")),
            id,
            running,
            part,
            subtitle: String::new(),
            charts: Vec::new(),
            document: String::new(),
        });
    }
    let ran = finished(stage)?;
    let document = ran.document(language);
    let charts = document.charts().map(|chart| ChartFile {
        name: chart.name.clone(),
        title: chart.title.within(language).to_owned(),
    });
    shown(&RunPage {
        frame: frame(document.title.clone()),
        id,
        running: String::new(),
        part: 1.0,
        subtitle: document.subtitle.clone(),
        charts: charts.collect(),
        document: document.fragment(),
    })
}

/// What a run gave.
pub(crate) fn finished(stage: Stage<Ran>) -> Result<std::sync::Arc<Ran>, Failure> {
    match stage {
        Stage::Done(ran) => Ok(ran),
        Stage::Failed(problems) if problems.iter().all(|problem| problem.id == "stopped") => {
            Err(Failure::bad(text!("the run was stopped", "試算は中止されました")))
        }
        Stage::Failed(problems) if problems.iter().any(|problem| problem.id == PANICKED) => {
            let words = text!(
                "the run ended by a fault of the program",
                "プログラムの不具合により試算が中断しました"
            );
            Err(Failure::new(axum::http::StatusCode::INTERNAL_SERVER_ERROR, words))
        }
        Stage::Failed(problems) => Err(Failure::problems(problems.to_vec())),
        Stage::Waiting(_) | Stage::Running(..) => {
            let words = text!("the run is not done yet", "試算はまだ終わっていません");
            Err(Failure::new(axum::http::StatusCode::CONFLICT, words))
        }
    }
}

/// A file to be kept.
pub(super) fn file(bytes: impl IntoResponse, kind: &'static str, name: &str) -> Response {
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    // Names are made of letters that need no quoting.
    let name: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_') { c } else { '_' })
        .collect();
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        headers.insert(CONTENT_DISPOSITION, value);
    }
    response
}

pub(super) const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

pub(crate) async fn report(
    State(app): State<App>,
    Known(visitor): Known,
    Path((id, name)): Path<(u64, String)>,
) -> Result<Response, Failure> {
    let ran = finished(stage_of(&app, &visitor, id)?)?;
    aside(move || {
        let document = ran.document(visitor.language);
        match name.as_str() {
            "report.html" => Ok(file(document.html(), "text/html; charset=utf-8", "seika.html")),
            "report.xlsx" => {
                let bytes = document.xlsx().map_err(|problem| vec![problem])?;
                Ok(file(bytes, XLSX, "seika.xlsx"))
            }
            _ => Err(Failure::not_found()),
        }
    })
    .await
}

pub(crate) async fn chart(
    State(app): State<App>,
    Known(visitor): Known,
    Path((id, name)): Path<(u64, String)>,
) -> Result<Response, Failure> {
    let ran = finished(stage_of(&app, &visitor, id)?)?;
    aside(move || {
        let language = visitor.language;
        let (chart, kind) = name.rsplit_once('.').ok_or_else(Failure::not_found)?;
        let found = ran.document(language).charts().find(|known| known.name == chart);
        let found = found.ok_or_else(Failure::not_found)?;
        match kind {
            "svg" => Ok(file(found.svg_file(language), "image/svg+xml", &name)),
            "csv" => Ok(file(found.csv(language), "text/csv; charset=utf-8", &name)),
            "png" => Ok(file(png(&found.svg(language))?, "image/png", &name)),
            _ => Err(Failure::not_found()),
        }
    })
    .await
}
