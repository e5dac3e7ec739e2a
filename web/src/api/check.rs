//! What is wrong with a text that is being written.

use axum::extract::State;
use axum::response::Json;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::schema;
use crate::app::App;
use crate::extract::{self, Caller};
use crate::failure::Failure;
use crate::pages;
use crate::roles::Act;
use crate::visitor::Visitor;
use crate::words::text;
use crate::workspace::Kind;

/// A text that is not saved.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    /// Under which name: relative to the folder, ending in `.rhai` or `.toml`.
    path: String,
    /// The text.
    text: String,
}

/// What is wrong with a contract's script that is not saved.
#[utoipa::path(
    post, path = "/check-contract", tag = "contracts", request_body = Written,
    responses((status = 200, body = schema::Found, description = "what is wrong with it")),
)]
pub(super) async fn check_contract(
    State(app): State<App>,
    Caller(visitor): Caller,
    extract::Json(written): extract::Json<Written>,
) -> Result<Json<Value>, Failure> {
    checked(app, visitor, written, Kind::Contract).await
}

/// What is wrong with a scenario that is not saved.
#[utoipa::path(
    post, path = "/check-scenario", tag = "contracts", request_body = Written,
    responses((status = 200, body = schema::Found, description = "what is wrong with it")),
)]
pub(super) async fn check_scenario(
    State(app): State<App>,
    Caller(visitor): Caller,
    extract::Json(written): extract::Json<Written>,
) -> Result<Json<Value>, Failure> {
    checked(app, visitor, written, Kind::Scenario).await
}

async fn checked(
    app: App,
    visitor: Visitor,
    written: Written,
    kind: Kind,
) -> Result<Json<Value>, Failure> {
    if !visitor.may_somewhere(Act::Edit) {
        return Err(Failure::forbidden());
    }
    if Kind::of(&written.path) != Some(kind) {
        return Err(Failure::bad(text!(
            "the name of a contract ends in .rhai, that of a scenario in .toml",
            "契約のファイル名は .rhai、シナリオのファイル名は .toml で終わります"
        )));
    }
    pages::aside(move || {
        let (contract, problems) = pages::problems(&app, &visitor, &written.path, &written.text);
        if let Some(contract) = &contract {
            visitor.require(Act::Read, contract)?;
        }
        let problems = problems.iter().map(|problem| problem.to_json(visitor.language));
        Ok(Json(json!({ "contract": contract, "problems": problems.collect::<Vec<_>>() })))
    })
    .await
}
