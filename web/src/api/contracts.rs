//! Contracts over HTTP.

use axum::extract::{Path, State};
use axum::response::Json;
use engine::contract::{Contract, Overrides};
use serde_json::{Value, json};

use crate::app::App;
use crate::failure::Failure;
use crate::pages::{aside, read_contract};
use crate::roles::Act;
use crate::visitor::Known;
use crate::workspace::Kind;

/// The contracts the visitor may read.
pub(crate) async fn list(
    State(app): State<App>,
    Known(visitor): Known,
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

/// What `check --json` prints of a contract.
pub(crate) async fn check(
    State(app): State<App>,
    Known(visitor): Known,
    Path(path): Path<String>,
) -> Result<Json<Value>, Failure> {
    aside(move || {
        let contract = read_contract(&app, &visitor, &path)?;
        visitor.require(Act::Read, &contract.id)?;
        Ok(Json(contract.check().to_json(&contract, visitor.language)))
    })
    .await
}

/// What `explain --json` prints of a contract.
pub(crate) async fn explain(
    State(app): State<App>,
    Known(visitor): Known,
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
