//! Ledgers over HTTP: settlements, where they stand, and what is done to them.

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Json, Response};
use engine::ledger::Submission;
use engine::report::{HideUnder, Shown};
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::schema;
use crate::app::App;
use crate::extract::{self, Caller, LanguageAsked, Path, Query, Upload};
use crate::failure::Failure;
use crate::pages::{aside, encoded_whole, home, ledger, read_contract, settle};
use crate::roles::Act;
use crate::visitor::{Known, Visitor};

/// The ledgers that hold something of the visitor's, or nothing yet.
#[utoipa::path(
    get, path = "/ledgers", tag = "ledgers",
    responses((status = 200, body = schema::Ledgers, description = "the ledgers")),
)]
pub(super) async fn ledgers(
    State(app): State<App>,
    Caller(visitor): Caller,
) -> Result<Json<Value>, Failure> {
    aside(move || {
        let ledgers = home::ledgers(&app, &visitor);
        let ledgers = ledgers.into_iter().map(|path| json!({ "path": path }));
        Ok(Json(json!({ "ledgers": ledgers.collect::<Vec<_>>() })))
    })
    .await
}

/// A ledger that is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct LedgerName {
    /// At most 60 letters, digits, `-` and `_`; the file is this and `.ledger`.
    #[schema(min_length = 1)]
    name: String,
}

/// Begins a ledger in the folder.
#[utoipa::path(
    post, path = "/ledgers", tag = "ledgers", request_body = LedgerName,
    responses((
        status = 201, body = schema::LedgerBegun, description = "what `ledger init --json` prints",
        headers(("Location" = String, description = "the ledger")),
    )),
)]
pub(super) async fn begin_ledger(
    State(app): State<App>,
    Caller(visitor): Caller,
    extract::Json(begun): extract::Json<LedgerName>,
) -> Result<Response, Failure> {
    let path = aside(move || ledger::made(&app, &visitor, &begun.name)).await?;
    let location = format!("/api/v1/ledgers/{}", encoded_whole(&path));
    let body = json!({ "ledger": path, "entry": 1 });
    Ok((StatusCode::CREATED, [(LOCATION, location)], Json(body)).into_response())
}

/// The settlements of a ledger, of the contracts the visitor may read.
#[utoipa::path(
    get, path = "/ledgers/{ledger}", tag = "ledgers",
    params(("ledger" = String, Path, description = "the ledger, by its path in the folder")),
    responses((status = 200, body = schema::Ledger, description = "what `ledger list --json` prints")),
)]
pub(super) async fn settlements(
    State(app): State<App>,
    Caller(visitor): Caller,
    Path(path): Path<String>,
) -> Result<Json<Value>, Failure> {
    aside(move || {
        let (ledger, state) = ledger::seen(&app, &visitor, &path)?;
        let entries = ledger.entries().map_err(|problems| app.workspace.told(problems))?;
        let own = state
            .settlements
            .values()
            .filter(|settlement| visitor.may(Act::Read, &settlement.submit.record.contract));
        Ok(Json(json!({
            "entries": entries.len(),
            "head": entries.last().map(|entry| entry.hash.as_str()),
            "settlements": own.map(|settlement| settlement.to_json()).collect::<Vec<_>>(),
        })))
    })
    .await
}

/// A settlement with its statement. Whoever may settle gets what it rests on too; for others,
/// small counts and what they follow from are null, as in [`Shown`].
#[utoipa::path(
    get, path = "/ledgers/{ledger}/settlements/{entry}", tag = "ledgers",
    params(
        ("ledger" = String, Path, description = "the ledger, by its path in the folder"),
        ("entry" = u64, Path, description = "the number of the settlement's entry"),
    ),
    responses((
        status = 200, body = schema::Settlement,
        description = "what `ledger show --json` prints, and the statement in one language",
    )),
)]
pub(super) async fn settlement(
    State(app): State<App>,
    Caller(visitor): Caller,
    Path((path, entry)): Path<(String, u64)>,
) -> Result<Json<Value>, Failure> {
    aside(move || {
        let (_, state) = ledger::seen(&app, &visitor, &path)?;
        let found = ledger::settlement(&visitor, &state.settlements, entry)?;
        let record = &found.submit.record;
        let restatement = ledger::restatement(&visitor, found).map(|(how, whole)| {
            let mut value = how.to_json();
            if !whole {
                value["outcomes"] = Value::Null;
                value["records"] = Value::Null;
            }
            value
        });
        let (contract, mut statement) = record.recompute()?;
        statement.notes = record.notes();
        let mut value = found.to_json();
        value["restatement"] = restatement.unwrap_or_default();
        if visitor.may(Act::Settle, &record.contract) {
            value["statement"] = statement.to_json(visitor.language);
            value["record"] = record.to_json();
            return Ok(Json(value));
        }
        let shown = Shown::of(&contract, &statement, HideUnder::USUAL);
        value["statement"] = shown.to_json(visitor.language);
        value["record"] = Value::Null;
        Ok(Json(value))
    })
    .await
}

/// What may be asked of a ledger that is verified.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Verifying {
    #[serde(rename = "lang")]
    _language: Option<LanguageAsked>,
    holds: Option<String>,
}

/// Computes a whole ledger again.
#[utoipa::path(
    get, path = "/ledgers/{ledger}/verify", tag = "ledgers",
    params(
        ("ledger" = String, Path, description = "the ledger, by its path in the folder"),
        ("holds" = Option<String>, Query, description = "the hash of an entry, noted elsewhere, that must be in it"),
    ),
    responses((status = 200, body = schema::Verified, description = "what `ledger verify --json` prints")),
)]
pub(super) async fn verify(
    State(app): State<App>,
    Known(visitor): Known,
    Path(path): Path<String>,
    Query(asked): Query<Verifying>,
) -> Result<Json<Value>, Failure> {
    aside(move || {
        let (ledger, state) = ledger::seen(&app, &visitor, &path)?;
        let verified = ledger::verified(&app, &visitor, (&ledger, &state), asked.holds.as_deref())?;
        Ok(Json(verified.to_json()))
    })
    .await
}

/// What may be asked of a submission.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Submitting {
    #[serde(rename = "lang")]
    _language: Option<LanguageAsked>,
    contract: String,
}

/// Settles on evidence and submits that, to be approved by another person.
#[utoipa::path(
    post, path = "/ledgers/{ledger}/settlements", tag = "ledgers",
    params(
        ("ledger" = String, Path, description = "the ledger, by its path in the folder"),
        ("contract" = String, Query, description = "the contract, by its path in the folder"),
    ),
    request_body(content = schema::Submission, content_type = "multipart/form-data"),
    responses(
        (
            status = 201, body = schema::Submitted,
            description = "what `ledger submit --json` prints",
            headers(("Location" = String, description = "the settlement")),
        ),
        (
            status = 200, body = schema::Submitted, description = "the same was there already",
            headers(("Location" = String, description = "the settlement")),
        ),
    ),
)]
pub(super) async fn submit(
    State(app): State<App>,
    Known(visitor): Known,
    Path(path): Path<String>,
    Query(asked): Query<Submitting>,
    Upload(form): Upload,
) -> Result<Response, Failure> {
    settle::may(&app, &visitor, Act::Submit, &asked.contract).await?;
    let known: Vec<&str> = settle::FIELDS.into_iter().chain(["name", "reason"]).collect();
    let sent = settle::received(form, &known).await?;
    aside(move || {
        let contract = read_contract(&app, &visitor, &asked.contract)?;
        let request = settle::request(&sent)?;
        let reason = Some(sent.field("reason")).filter(|reason| !reason.is_empty());
        let submission =
            Submission { contract: &contract, request: &request, reason, inside: false };
        let by = settle::by(&visitor, sent.field("name"));
        let done = settle::submitted(&app, &visitor, &path, submission, &sent.files, &by)??;
        let status = if done.already { StatusCode::OK } else { StatusCode::CREATED };
        let ledger = encoded_whole(&path);
        let location = format!("/api/v1/ledgers/{ledger}/settlements/{}", done.entry);
        let body = Json(done.to_json(&by, visitor.language));
        Ok((status, [(LOCATION, location)], body).into_response())
    })
    .await
}

/// Who approves.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Approving {
    /// Who acts, where the server has no accounts.
    name: Option<String>,
}

/// Who closes a settlement, and why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Closing {
    /// Why.
    reason: String,
    /// Who acts, where the server has no accounts.
    name: Option<String>,
}

/// A payment that was made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Paying {
    /// The day, as 2025-05-31.
    #[schema(value_type = String, format = Date)]
    on: Date,
    /// What identifies it: a number of a voucher or a transfer.
    reference: Option<String>,
    /// Who acts, where the server has no accounts.
    name: Option<String>,
}

/// Approves a settlement that another person submitted.
#[utoipa::path(
    post, path = "/ledgers/{ledger}/settlements/{entry}/approve", tag = "ledgers",
    params(
        ("ledger" = String, Path, description = "the ledger, by its path in the folder"),
        ("entry" = u64, Path, description = "the number of the settlement's entry"),
    ),
    request_body = Approving,
    responses((status = 200, body = schema::Acted, description = "what `ledger approve --json` prints")),
)]
pub(super) async fn approve(
    State(app): State<App>,
    Caller(visitor): Caller,
    Path(which): Path<(String, u64)>,
    extract::Json(body): extract::Json<Approving>,
) -> Result<Json<Value>, Failure> {
    let acting = ledger::Acting { name: body.name.unwrap_or_default(), ..acting("approve") };
    acted(app, visitor, which, acting, "approved").await
}

/// Refuses a settlement that another person submitted.
#[utoipa::path(
    post, path = "/ledgers/{ledger}/settlements/{entry}/reject", tag = "ledgers",
    params(
        ("ledger" = String, Path, description = "the ledger, by its path in the folder"),
        ("entry" = u64, Path, description = "the number of the settlement's entry"),
    ),
    request_body = Closing,
    responses((status = 200, body = schema::Acted, description = "what `ledger reject --json` prints")),
)]
pub(super) async fn reject(
    State(app): State<App>,
    Caller(visitor): Caller,
    Path(which): Path<(String, u64)>,
    extract::Json(body): extract::Json<Closing>,
) -> Result<Json<Value>, Failure> {
    let name = body.name.unwrap_or_default();
    let acting = ledger::Acting { name, reason: body.reason, ..acting("reject") };
    acted(app, visitor, which, acting, "rejected").await
}

/// Takes back a settlement that one submitted oneself.
#[utoipa::path(
    post, path = "/ledgers/{ledger}/settlements/{entry}/withdraw", tag = "ledgers",
    params(
        ("ledger" = String, Path, description = "the ledger, by its path in the folder"),
        ("entry" = u64, Path, description = "the number of the settlement's entry"),
    ),
    request_body = Closing,
    responses((status = 200, body = schema::Acted, description = "what `ledger withdraw --json` prints")),
)]
pub(super) async fn withdraw(
    State(app): State<App>,
    Caller(visitor): Caller,
    Path(which): Path<(String, u64)>,
    extract::Json(body): extract::Json<Closing>,
) -> Result<Json<Value>, Failure> {
    let name = body.name.unwrap_or_default();
    let acting = ledger::Acting { name, reason: body.reason, ..acting("withdraw") };
    acted(app, visitor, which, acting, "withdrawn").await
}

/// Records that an approved settlement was paid.
#[utoipa::path(
    post, path = "/ledgers/{ledger}/settlements/{entry}/pay", tag = "ledgers",
    params(
        ("ledger" = String, Path, description = "the ledger, by its path in the folder"),
        ("entry" = u64, Path, description = "the number of the settlement's entry"),
    ),
    request_body = Paying,
    responses((status = 200, body = schema::Acted, description = "what `ledger pay --json` prints")),
)]
pub(super) async fn pay(
    State(app): State<App>,
    Caller(visitor): Caller,
    Path(which): Path<(String, u64)>,
    extract::Json(body): extract::Json<Paying>,
) -> Result<Json<Value>, Failure> {
    let (name, reference) = (body.name.unwrap_or_default(), body.reference.unwrap_or_default());
    let acting = ledger::Acting { name, reference, on: body.on.to_string(), ..acting("pay") };
    acted(app, visitor, which, acting, "paid").await
}

fn acting(act: &str) -> ledger::Acting {
    ledger::Acting { act: act.to_owned(), ..ledger::Acting::default() }
}

async fn acted(
    app: App,
    visitor: Visitor,
    (path, of): (String, u64),
    acting: ledger::Acting,
    status: &'static str,
) -> Result<Json<Value>, Failure> {
    aside(move || {
        let acting = ledger::Acting { entry: of, ..acting };
        let entry = ledger::acted(&app, &visitor, &path, &acting)??;
        Ok(Json(json!({ "entry": entry, "of": of, "status": status, "dry_run": false })))
    })
    .await
}
