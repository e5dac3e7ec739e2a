//! What is wrong with a text that is being written.

use axum::extract::State;
use axum::response::Json;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::app::App;
use crate::failure::{Failure, problem_json};
use crate::pages;
use crate::roles::Act;
use crate::visitor::Known;

#[derive(Debug, Deserialize)]
pub(crate) struct Written {
    /// Under which name: relative to the folder.
    path: String,
    /// The text.
    text: String,
}

pub(crate) async fn check(
    State(app): State<App>,
    Known(visitor): Known,
    Json(written): Json<Written>,
) -> Result<Json<Value>, Failure> {
    if !visitor.may_somewhere(Act::Edit) {
        return Err(Failure::forbidden());
    }
    pages::aside(move || {
        let (contract, mut problems) = pages::problems(&app, &written.path, &written.text);
        match &contract {
            Some(contract) => visitor.require(Act::Read, contract)?,
            // What a text names may be somebody else's: of other files nothing is told.
            None if !visitor.may(Act::Edit, "") => problems.retain(|problem| {
                problem.place.as_ref().is_some_and(|place| place.file == written.path)
            }),
            None => {}
        }
        let problems = problems.iter().map(|problem| problem_json(problem, visitor.language));
        Ok(Json(json!({ "contract": contract, "problems": problems.collect::<Vec<_>>() })))
    })
    .await
}
