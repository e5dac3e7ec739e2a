//! Runs over HTTP: begun, followed, stopped, read.

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Json, Response};
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;
use utoipa::ToSchema;

use super::schema;
use crate::app::App;
use crate::changes::Changes;
use crate::extract::{self, Caller, Path};
use crate::failure::Failure;
use crate::jobs::Stage;
use crate::pages::{aside, run as runs};
use crate::runs::{Asked, Wanted, begun};
use crate::words::text;

/// A run that is asked for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RunWanted {
    #[serde(default)]
    #[schema(inline)]
    kind: Asked,
    /// The scenario, by its path in the folder; of a comparison of contracts, the first contract;
    /// of a portfolio, its `portfolio.toml`.
    path: String,
    /// How many possible futures; the scenario's own number unless stated.
    #[schema(minimum = 1, maximum = 100_000_000)]
    paths: Option<u64>,
    /// What is stated otherwise than in the scenario's file, such as `param.base`, `is.uptake`.
    #[serde(default)]
    changes: BTreeMap<String, String>,
    /// The stresses, by path; all that lie beside the scenario unless any is named. Unknown ones are
    /// refused.
    #[serde(default)]
    stresses: Vec<String>,
    /// Whose loss is looked for, by name.
    #[serde(default)]
    party: String,
    /// What it is compared with, by path; empty: with the file as it stands.
    #[serde(default)]
    with: String,
    /// The scenario under which two contracts are priced, by path.
    #[serde(default)]
    under: String,
    /// The ledger whose settlements two contracts are settled on again, by path.
    #[serde(default)]
    ledger: String,
}

/// Takes a run, to be computed when its turn comes.
#[utoipa::path(
    post, path = "/runs", tag = "runs", request_body = RunWanted,
    responses((
        status = 202, body = schema::RunBegun, description = "the run was taken",
        headers(("Location" = String, description = "the run")),
    )),
)]
pub(super) async fn begin_run(
    State(app): State<App>,
    Caller(visitor): Caller,
    extract::Json(wanted): extract::Json<RunWanted>,
) -> Result<Response, Failure> {
    let fields = wanted.changes.iter().map(|(name, value)| (&**name, &**value));
    let changes = Changes::of(fields, visitor.language)?;
    if let Some(name) = wanted.changes.keys().find(|name| changes.get(name).is_none()) {
        return Err(Failure::bad(text!(
            "there is no entry `{name}`; they are called param.NAME, is.CELL, no_effect.CELL, source.CELL",
            "「{name}」という項目はありません。param.名前・is.セル・no_effect.セル・source.セル と書きます"
        )));
    }
    let wanted = Wanted {
        changes,
        asked: wanted.kind,
        path: wanted.path,
        paths: wanted.paths,
        stresses: wanted.stresses,
        party: wanted.party,
        with: wanted.with,
        under: wanted.under,
        ledger: wanted.ledger,
    };
    let id = aside(move || begun(&app, &visitor, &wanted)).await?;
    let location = [(LOCATION, format!("/api/v1/runs/{id}"))];
    Ok((StatusCode::ACCEPTED, location, Json(json!({ "run": id }))).into_response())
}

/// How far a run is, or what it gave.
#[utoipa::path(
    get, path = "/runs/{run}", tag = "runs",
    params(("run" = u64, Path, description = "the number of one's run")),
    responses(
        (status = 200, body = schema::RunFinished, description = "it is done"),
        (status = 202, body = schema::RunUnfinished, description = "it waits or is computed"),
    ),
)]
pub(super) async fn run(
    State(app): State<App>,
    Caller(visitor): Caller,
    Path(id): Path<u64>,
) -> Result<Response, Failure> {
    let stage = runs::stage_of(&app, &visitor, id)?;
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
#[utoipa::path(
    delete, path = "/runs/{run}", tag = "runs",
    params(("run" = u64, Path, description = "the number of one's run")),
    responses((status = 204, description = "it stops, or was over already")),
)]
pub(super) async fn stop_run(
    State(app): State<App>,
    Caller(visitor): Caller,
    Path(id): Path<u64>,
) -> Result<StatusCode, Failure> {
    match app.jobs.stop(id, visitor.name()) {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(Failure::not_found()),
    }
}
