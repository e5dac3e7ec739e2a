//! The API: the command line's JSON over HTTP.

mod check;
mod contracts;
mod runs;

use axum::Router;
use axum::routing::{get, post};

use crate::app::App;

/// Every route under `/api/v1`.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/contracts", get(contracts::list))
        .route("/check/{*path}", get(contracts::check))
        .route("/explain/{*path}", get(contracts::explain))
        .route("/check-contract", post(check::check))
        .route("/check-scenario", post(check::check))
        .route("/runs", post(runs::begin))
        .route("/runs/{id}", get(runs::run).delete(runs::stop))
}
