//! Signing in and out, and choosing a language.

use std::net::IpAddr;

use askama::Template;
use axum::extract::{Form, Query, State};
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Redirect, Response};
use engine::problem::Text;
use serde::Deserialize;
use tokio::sync::OwnedSemaphorePermit;
use tower_sessions::Session;

use super::{Frame, aside, encoded, shown};
use crate::app::App;
use crate::failure::Failure;
use crate::visitor::{SIGNED_IN, SignedIn, Visitor};
use crate::words::{pick, text};

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    frame: Frame,
    to: String,
    name: String,
    wrong: String,
}

#[derive(Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    to: String,
}

#[derive(Deserialize)]
pub(crate) struct Given {
    name: String,
    password: String,
    #[serde(default)]
    to: String,
}

/// An address of this server to go to: nobody is led elsewhere.
fn inside(to: &str) -> &str {
    let own = to.starts_with('/') && !to.starts_with("//") && !to.starts_with("/\\");
    if own && !to.chars().any(char::is_control) { to } else { "/" }
}

fn page(visitor: &Visitor, to: &str, name: &str, wrong: String) -> Result<Html<String>, Failure> {
    let title = pick!(visitor.language, "Sign in", "ログイン");
    shown(&SignInPage {
        frame: Frame::new(visitor, title, format!("/sign-in?to={}", encoded(inside(to)))),
        to: inside(to).to_owned(),
        name: name.to_owned(),
        wrong,
    })
}

pub(crate) async fn ask(visitor: Visitor, Query(asked): Query<Asked>) -> Result<Response, Failure> {
    if visitor.is_known() {
        return Ok(Redirect::to(inside(&asked.to)).into_response());
    }
    Ok(page(&visitor, &asked.to, "", String::new())?.into_response())
}

/// A turn to check the password of a name, and the attempt counted as failed for now; or, in words,
/// how long to wait after too many.
///
/// # Errors
/// Too many people want a turn; then no attempt is counted.
pub(super) async fn turn(
    app: &App,
    name: &str,
    from: Option<IpAddr>,
) -> Result<Result<OwnedSemaphorePermit, Text>, Failure> {
    let from = app.counted_from(from);
    if let Err(wait) = app.attempts.begin(name, from) {
        let seconds = wait.as_secs() + 1;
        return Ok(Err(text!(
            "Too many attempts: wait {seconds} seconds",
            "試行が多すぎます。{seconds} 秒待ってください"
        )));
    }
    let turn = app.attempts.turn().await;
    if turn.is_err() {
        app.attempts.not_made(name, from);
    }
    turn.map(Ok)
}

pub(crate) async fn sign_in(
    State(app): State<App>,
    visitor: Visitor,
    session: Session,
    Form(given): Form<Given>,
) -> Result<Response, Failure> {
    let language = visitor.language;
    if app.accounts.is_none() {
        return Err(Failure::not_found());
    }
    let turn = match turn(&app, &given.name, visitor.from).await? {
        Ok(turn) => turn,
        Err(words) => {
            let words = words.within(language).to_owned();
            let page = page(&visitor, &given.to, &given.name, words)?;
            return Ok((StatusCode::TOO_MANY_REQUESTS, page).into_response());
        }
    };
    let (shared, from) = (app.clone(), visitor.from);
    let (name, password) = (given.name.clone(), given.password);
    let account = aside(move || {
        // Held until the password is checked, also when nobody waits for it any longer.
        let _turn = turn;
        let Some(accounts) = &shared.accounts else { return Ok(None) };
        let account = accounts.sign_in(&name, &password);
        if account.is_some() {
            shared.attempts.succeeded(&name, shared.counted_from(from));
        }
        let what = if account.is_some() { "sign-in" } else { "sign-in-refused" };
        shared.note(&name, from, what, "")?;
        Ok(account)
    })
    .await?;
    let Some(account) = account else {
        let words = pick!(
            language,
            "Name and password do not belong together",
            "名前とパスワードの組み合わせが違います"
        );
        let page = page(&visitor, &given.to, &given.name, words)?;
        return Ok((StatusCode::FORBIDDEN, page).into_response());
    };
    // A session that somebody else prepared is not the one that is signed in.
    session.cycle_id().await.map_err(Failure::internal)?;
    session.insert(SIGNED_IN, SignedIn::of(&account)).await.map_err(Failure::internal)?;
    Ok(Redirect::to(inside(&given.to)).into_response())
}

pub(crate) async fn sign_out(session: Session) -> Result<Redirect, Failure> {
    session.flush().await.map_err(Failure::internal)?;
    Ok(Redirect::to("/"))
}

#[derive(Deserialize)]
pub(crate) struct Chosen {
    language: String,
    #[serde(default)]
    to: String,
}

pub(crate) async fn language(Form(chosen): Form<Chosen>) -> Response {
    let mut response = Redirect::to(inside(&chosen.to)).into_response();
    if matches!(chosen.language.as_str(), "ja" | "en") {
        let language = chosen.language;
        let cookie =
            format!("seika_language={language}; Path=/; Max-Age=31536000; SameSite=Lax; HttpOnly");
        if let Ok(cookie) = HeaderValue::from_str(&cookie) {
            response.headers_mut().append(SET_COOKIE, cookie);
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_led_to_another_server() {
        assert_eq!(inside("/contracts/a.rhai?x=1"), "/contracts/a.rhai?x=1");
        for to in ["//evil.example", "/\\evil.example", "https://evil.example", "", "/a\r\nb"] {
            assert_eq!(inside(to), "/", "{to:?}");
        }
    }
}
