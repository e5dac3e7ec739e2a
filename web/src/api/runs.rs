//! Runs over HTTP: begun, followed, stopped, read.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Json, Response};
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;

use crate::app::App;
use crate::changes::Changes;
use crate::failure::Failure;
use crate::jobs::Stage;
use crate::pages::{aside, run as runs};
use crate::runs::{Asked, Wanted, begun};
use crate::visitor::Known;

/// A run that is asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RunAsked {
    #[serde(default)]
    kind: Asked,
    /// The scenario; of a comparison of contracts, the first contract.
    path: String,
    /// How many possible futures; the scenario's own number unless stated.
    paths: Option<u64>,
    /// What is stated otherwise than in the scenario's file, such as `param.base`, `is.uptake`.
    #[serde(default)]
    changes: BTreeMap<String, String>,
    /// The stresses; all that lie beside the scenario unless any is named.
    #[serde(default)]
    stresses: Vec<String>,
    /// Whose loss is looked for.
    #[serde(default)]
    party: String,
    /// What it is compared with; empty: with the file as it stands.
    #[serde(default)]
    with: String,
    /// The scenario under which two contracts are priced.
    #[serde(default)]
    under: String,
    /// The ledger whose settlements two contracts are settled on again.
    #[serde(default)]
    ledger: String,
}

/// Takes a run: its number.
pub(crate) async fn begin(
    State(app): State<App>,
    Known(visitor): Known,
    Json(asked): Json<RunAsked>,
) -> Result<Response, Failure> {
    let fields = asked.changes.iter().map(|(name, value)| (&**name, &**value));
    let wanted = Wanted {
        changes: Changes::of(fields, visitor.language)?,
        asked: asked.kind,
        path: asked.path,
        paths: asked.paths,
        stresses: asked.stresses,
        party: asked.party,
        with: asked.with,
        under: asked.under,
        ledger: asked.ledger,
    };
    let id = aside(move || begun(&app, &visitor, &wanted)).await?;
    Ok((StatusCode::ACCEPTED, Json(json!({ "run": id }))).into_response())
}

/// How far a run is, or what it gave: what `simulate --json` prints.
pub(crate) async fn run(
    State(app): State<App>,
    Known(visitor): Known,
    Path(id): Path<u64>,
) -> Result<Response, Failure> {
    let stage = app.jobs.stage(id, visitor.name()).ok_or_else(Failure::not_found)?;
    let told = runs::told(&stage, visitor.language);
    if let (Stage::Waiting(_) | Stage::Running(..), Some((words, part))) = (&stage, told) {
        let body = json!({ "run": id, "finished": false, "words": words, "part": part });
        return Ok((StatusCode::ACCEPTED, Json(body)).into_response());
    }
    let ran = runs::finished(stage)?;
    let result = ran.json(visitor.language);
    Ok(Json(json!({ "run": id, "finished": true, "result": result })).into_response())
}

/// Stops a run.
pub(crate) async fn stop(
    State(app): State<App>,
    Known(visitor): Known,
    Path(id): Path<u64>,
) -> Result<StatusCode, Failure> {
    match app.jobs.stop(id, visitor.name()) {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(Failure::not_found()),
    }
}
