//! Settling over HTTP.

use axum::extract::State;
use axum::response::Json;
use serde_json::Value;

use super::schema;
use crate::app::App;
use crate::extract::{Caller, Path, Upload};
use crate::failure::Failure;
use crate::pages::{aside, settle};
use crate::roles::Act;

/// What is owed on evidence. Nothing is kept.
#[utoipa::path(
    post, path = "/settle/{*path}", tag = "settlement",
    params(("path" = String, Path, description = "the contract, by its path in the folder")),
    request_body(content = schema::Evidence, content_type = "multipart/form-data"),
    responses((status = 200, body = schema::Statement, description = "what `settle --json` prints")),
)]
pub(super) async fn settle(
    State(app): State<App>,
    Caller(visitor): Caller,
    Path(path): Path<String>,
    Upload(form): Upload,
) -> Result<Json<Value>, Failure> {
    settle::may(&app, &visitor, Act::Settle, &path).await?;
    let sent = settle::received(form, &settle::FIELDS).await?;
    aside(move || {
        let (_, _, settled) = settle::settled_on(&app, &visitor, &path, &sent)?;
        Ok(Json(settled?.to_json(visitor.language)))
    })
    .await
}
