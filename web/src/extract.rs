//! What a request brings, read, or refused in the visitor's words.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Multipart, Request};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::app::App;
use crate::failure::Failure;
use crate::visitor::{Known, Visitor};
use crate::words::text;

/// A body of JSON: an object.
#[derive(Debug)]
pub(crate) struct Json<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Json<T>, Failure> {
        const KIND: &str = "application/json";
        require_kind(&request, KIND)?;
        let body = Bytes::from_request(request, state).await;
        let body = body.map_err(|refused| unreadable(refused.status(), &refused.body_text()))?;
        // Fields are read by name: a list of their values is no object.
        if body.trim_ascii_start().starts_with(b"[") {
            let words = text!("the JSON is no object", "JSON がオブジェクトではありません");
            return Err(Failure::new(StatusCode::UNPROCESSABLE_ENTITY, words));
        }
        match axum::Json::from_bytes(&body) {
            Ok(axum::Json(value)) => Ok(Json(value)),
            Err(refused) => Err(unreadable(refused.status(), &refused.body_text())),
        }
    }
}

/// An upload: fields and files.
pub(crate) struct Upload(pub(crate) Multipart);

impl<S: Send + Sync> FromRequest<S> for Upload {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Upload, Failure> {
        const KIND: &str = "multipart/form-data";
        require_kind(&request, KIND)?;
        let form = Multipart::from_request(request, state).await;
        form.map(Upload).map_err(|refused| unreadable(refused.status(), &refused.body_text()))
    }
}

/// Refuses a body that is of another kind than is expected, or does not say of which.
fn require_kind(request: &Request, expected: &str) -> Result<(), Failure> {
    let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = kind.and_then(|kind| kind.split(';').next()).unwrap_or_default();
    if kind.trim().eq_ignore_ascii_case(expected) {
        return Ok(());
    }
    Err(Failure::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        text!(
            "send it as {expected}, and say so in Content-Type",
            "{expected} で送り、Content-Type にそう書いてください"
        ),
    ))
}

/// What was sent cannot be read. That is never the server's fault: a visitor who stops in the
/// middle is one too.
pub(crate) fn unreadable(status: StatusCode, said: &str) -> Failure {
    if status == StatusCode::PAYLOAD_TOO_LARGE {
        return Failure::new(
            status,
            text!("what was sent is too large", "送られたデータが大きすぎます"),
        );
    }
    let status = if status.is_client_error() { status } else { StatusCode::BAD_REQUEST };
    Failure::new(
        status,
        text!("what was sent cannot be read: {said}", "送られたデータを読めません: {said}"),
    )
}

/// What stands in the address.
#[derive(Debug)]
pub(crate) struct Path<T>(pub(crate) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Path<T>, Failure> {
        match axum::extract::Path::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(value)) => Ok(Path(value)),
            Err(refused) => Err(wrong_address(&refused.body_text())),
        }
    }
}

/// What stands in the address after `?`.
#[derive(Debug)]
pub(crate) struct Query<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Query<T>, Failure> {
        match axum::extract::Query::from_request_parts(parts, state).await {
            Ok(axum::extract::Query(value)) => Ok(Query(value)),
            Err(refused) => Err(wrong_address(&refused.body_text())),
        }
    }
}

fn wrong_address(said: &str) -> Failure {
    Failure::bad(text!("the address cannot be read: {said}", "アドレスを読めません: {said}"))
}

/// A language that is asked for; which one, [`language_of`](crate::visitor::language_of) says.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LanguageAsked {
    Ja,
    En,
}

/// What may be asked of every address.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Nothing {
    #[serde(rename = "lang")]
    _language: Option<LanguageAsked>,
}

/// A visitor who is known and asks for nothing but a language after `?`.
#[derive(Debug)]
pub(crate) struct Caller(pub(crate) Visitor);

impl FromRequestParts<App> for Caller {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Caller, Failure> {
        let Known(visitor) = Known::from_request_parts(parts, app).await?;
        Query::<Nothing>::from_request_parts(parts, app).await?;
        Ok(Caller(visitor))
    }
}
