//! Contracts over HTTP.

use axum::extract::State;
use axum::response::Json;
use engine::contract::{Contract, Overrides};
use serde_json::{Value, json};

use super::schema;
use crate::app::App;
use crate::extract::{Caller, Path};
use crate::failure::Failure;
use crate::pages::{aside, read_contract};
use crate::roles::Act;
use crate::workspace::Kind;

/// The contracts the visitor may read.
#[utoipa::path(
    get, path = "/contracts", tag = "contracts",
    responses((status = 200, body = schema::Contracts, description = "the contracts")),
)]
pub(super) async fn contracts(
    State(app): State<App>,
    Caller(visitor): Caller,
) -> Result<Json<Value>, Failure> {
    aside(move || {
        let contracts = app.workspace.list(Kind::Contract).into_iter().filter_map(|path| {
            let contract = Contract::read(&app.workspace, &path, &Overrides::new()).ok()?;
            visitor.may(Act::Read, &contract.id).then(|| {
                let title = contract.title.within(visitor.language);
                json!({ "path": path, "contract": contract.id, "title": title })
            })
        });
        Ok(Json(json!({ "contracts": contracts.collect::<Vec<_>>() })))
    })
    .await
}

/// Whether a contract passes its check: its worked examples, what it can pay, findings.
#[utoipa::path(
    get, path = "/check/{*path}", tag = "contracts",
    params(("path" = String, Path, description = "the contract, by its path in the folder")),
    responses((status = 200, body = schema::Check, description = "what `check --json` prints")),
)]
pub(super) async fn check(
    State(app): State<App>,
    Caller(visitor): Caller,
    Path(path): Path<String>,
) -> Result<Json<Value>, Failure> {
    aside(move || {
        let contract = read_contract(&app, &visitor, &path)?;
        visitor.require(Act::Read, &contract.id)?;
        Ok(Json(contract.check().to_json(&contract, visitor.language)))
    })
    .await
}

/// A contract's terms in plain words.
#[utoipa::path(
    get, path = "/explain/{*path}", tag = "contracts",
    params(("path" = String, Path, description = "the contract, by its path in the folder")),
    responses(
        (status = 200, body = schema::Explained, description = "what `explain --json` prints"),
    ),
)]
pub(super) async fn explain(
    State(app): State<App>,
    Caller(visitor): Caller,
    Path(path): Path<String>,
) -> Result<Json<Value>, Failure> {
    aside(move || {
        let contract = read_contract(&app, &visitor, &path)?;
        visitor.require(Act::Read, &contract.id)?;
        let language = visitor.language;
        Ok(Json(json!({
            "contract": contract.id,
            "title": contract.title.within(language),
            "term_sheet": contract.term_sheet(language),
        })))
    })
    .await
}
