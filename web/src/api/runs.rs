//! Runs over HTTP: begun, followed, stopped, read.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Json, Response};
use serde_json::json;

use crate::app::App;
use crate::failure::Failure;
use crate::jobs::Stage;
use crate::pages::{aside, run as runs};
use crate::visitor::Known;

/// Takes a simulation to be run: its number.
pub(crate) async fn begin(
    State(app): State<App>,
    Known(visitor): Known,
    Json(wanted): Json<runs::Wanted>,
) -> Result<Response, Failure> {
    let id = aside(move || runs::begun(&app, &visitor, &wanted)).await?;
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
