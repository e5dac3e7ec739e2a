//! Who may sign in: accounts and roles, changed by an administrator; and one's own password.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use engine::problem::{Language, Text};
use serde::Deserialize;
use tower_sessions::Session;

use super::sign_in::turn;
use super::{Frame, aside, shown};
use crate::accounts::{Accounts, EVERY_CONTRACT, PASSWORD_LEAST, Refused};
use crate::app::App;
use crate::failure::Failure;
use crate::roles::{Act, Role};
use crate::visitor::{Known, SIGNED_IN, SignedIn, Visitor};
use crate::words::{pick, text};
use crate::workspace::Kind;

#[derive(Template)]
#[template(path = "people.html")]
struct PeoplePage {
    frame: Frame,
    people: Vec<Person>,
    contracts: Vec<(String, String)>,
    roles: Vec<(&'static str, String)>,
    least: usize,
    least_words: String,
    done: String,
    refused: String,
}

struct Person {
    name: String,
    roles: Vec<Held>,
    /// Whether it is the visitor's own account, which they cannot lock themselves out of.
    own: bool,
}

/// A role somebody holds.
struct Held {
    contract: String,
    contract_words: String,
    role_words: String,
}

/// What a role is called.
pub(super) fn role_words(role: Role, language: Language) -> String {
    match role {
        Role::Payer => pick!(language, "payer", "支払者（自治体）"),
        Role::Provider => pick!(language, "provider", "受託者"),
        Role::Evaluator => pick!(language, "evaluator", "評価者"),
        Role::Investor => pick!(language, "investor", "出資者"),
        Role::Administrator => pick!(language, "administrator", "管理者"),
    }
}

/// The accounts, for who keeps them: an administrator of every contract.
fn kept<'a>(app: &'a App, visitor: &Visitor) -> Result<&'a Accounts, Failure> {
    let accounts = app.accounts.as_ref().ok_or_else(Failure::not_found)?;
    match visitor.administers() {
        true => Ok(accounts),
        false => Err(Failure::forbidden()),
    }
}

pub(crate) async fn people(
    State(app): State<App>,
    Known(visitor): Known,
) -> Result<Html<String>, Failure> {
    aside(move || page(&app, &visitor, String::new(), String::new())).await
}

fn page(
    app: &App,
    visitor: &Visitor,
    done: String,
    refused: String,
) -> Result<Html<String>, Failure> {
    let accounts = kept(app, visitor)?;
    let language = visitor.language;
    let contracts: BTreeMap<String, String> = app
        .workspace
        .list(Kind::Contract)
        .into_iter()
        .filter_map(|path| {
            let contract = app.contract(&path);
            let contract = contract.as_ref().as_ref().ok()?;
            Some((contract.id.clone(), contract.title.within(language).to_owned()))
        })
        .collect();
    let every = pick!(language, "every contract", "すべての契約");
    let people = accounts.list().into_iter().map(|account| Person {
        own: account.name == visitor.name(),
        roles: account
            .roles
            .iter()
            .map(|(contract, role)| Held {
                contract: contract.clone(),
                contract_words: match contract.as_str() {
                    EVERY_CONTRACT => every.clone(),
                    id => contracts.get(id).cloned().unwrap_or_else(|| id.to_owned()),
                },
                role_words: role_words(*role, language),
            })
            .collect(),
        name: account.name,
    });
    shown(&PeoplePage {
        frame: Frame::new(visitor, pick!(language, "Accounts", "利用者"), "/people"),
        people: people.collect(),
        contracts: std::iter::once((EVERY_CONTRACT.to_owned(), every.clone()))
            .chain(contracts.clone())
            .collect(),
        roles: Role::ALL.map(|role| (role.name(), role_words(role, language))).to_vec(),
        least: PASSWORD_LEAST,
        least_words: pick!(
            language,
            "At least {PASSWORD_LEAST} characters. The person can change it after signing in.",
            "{PASSWORD_LEAST} 文字以上。本人はログイン後に変更できます。"
        ),
        done,
        refused,
    })
}

#[derive(Debug, Deserialize)]
pub(crate) struct Changing {
    act: String,
    name: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    contract: String,
    #[serde(default)]
    role: String,
}

pub(crate) async fn change(
    State(app): State<App>,
    Known(visitor): Known,
    Form(changing): Form<Changing>,
) -> Result<Response, Failure> {
    aside(move || {
        let accounts = kept(&app, &visitor)?;
        let language = visitor.language;
        let name = changing.name.trim();
        let which = match changing.act.as_str() {
            "add" | "give" => format!("{name} {}={}", changing.contract, changing.role),
            "take" => format!("{name} {}", changing.contract),
            "password" | "remove" => name.to_owned(),
            _ => return Err(Failure::not_found()),
        };
        let what = format!("account-{}", changing.act);
        app.note(visitor.name(), visitor.from, &what, &which)?;
        match changed(accounts, &visitor, name, &changing) {
            Ok(()) => {
                let done = match changing.act.as_str() {
                    "add" => pick!(
                        language,
                        "{name} may sign in now",
                        "{name} がログインできるようになりました"
                    ),
                    "remove" => pick!(
                        language,
                        "{name} may no longer sign in",
                        "{name} はログインできなくなりました"
                    ),
                    _ => pick!(language, "{name} is changed", "{name} を変更しました"),
                };
                Ok(page(&app, &visitor, done, String::new())?.into_response())
            }
            Err(Refused::Words(words)) => {
                app.note(visitor.name(), visitor.from, &format!("{what}-refused"), &which)?;
                let refused = words.within(language).to_owned();
                let page = page(&app, &visitor, String::new(), refused)?;
                Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
            }
            Err(Refused::File(error)) => Err(Failure::internal(error)),
        }
    })
    .await
}

fn changed(
    accounts: &Accounts,
    visitor: &Visitor,
    name: &str,
    changing: &Changing,
) -> Result<(), Refused> {
    let role = || {
        Role::named(&changing.role)
            .ok_or_else(|| Refused::Words(text!("choose a role", "役割を選んでください")))
    };
    let own = || engine::ledger::same_person(name, visitor.name());
    match changing.act.as_str() {
        "add" => {
            let roles = BTreeMap::from([(changing.contract.clone(), role()?)]);
            accounts.add(name, &changing.password, roles)
        }
        "password" => accounts.set_password(name, &changing.password),
        "give" => {
            let role = role()?;
            accounts.change_roles(name, |roles| {
                roles.insert(changing.contract.clone(), role);
                keeps_administrator(own(), roles)
            })
        }
        "take" => accounts.change_roles(name, |roles| {
            roles.remove(&changing.contract);
            keeps_administrator(own(), roles)
        }),
        _ if own() => Err(Refused::Words(locked_out())),
        _ => accounts.remove(name),
    }
}

/// Nobody locks themselves out: then nobody might be left to let them in again.
fn keeps_administrator(own: bool, roles: &BTreeMap<String, Role>) -> Result<(), Refused> {
    let administers = roles.get(EVERY_CONTRACT).is_some_and(|role| role.may(Act::Administer));
    if own && !administers { Err(Refused::Words(locked_out())) } else { Ok(()) }
}

fn locked_out() -> Text {
    text!(
        "your own account stays an administrator: ask another administrator to change it",
        "自分の管理者権限は外せません。ほかの管理者に依頼してください"
    )
}

#[derive(Template)]
#[template(path = "password.html")]
struct PasswordPage {
    frame: Frame,
    least: usize,
    least_words: String,
    refused: String,
}

fn own_page(visitor: &Visitor, refused: String) -> Result<Html<String>, Failure> {
    let title = pick!(visitor.language, "Your password", "パスワードの変更");
    let frame = Frame::new(visitor, title, "/password");
    let least_words = pick!(
        visitor.language,
        "At least {PASSWORD_LEAST} characters.",
        "{PASSWORD_LEAST} 文字以上。"
    );
    shown(&PasswordPage { frame, least: PASSWORD_LEAST, least_words, refused })
}

pub(crate) async fn own(
    State(app): State<App>,
    Known(visitor): Known,
) -> Result<Html<String>, Failure> {
    if app.accounts.is_none() {
        return Err(Failure::not_found());
    }
    own_page(&visitor, String::new())
}

#[derive(Debug, Deserialize)]
pub(crate) struct NewPassword {
    now: String,
    new: String,
    again: String,
}

pub(crate) async fn set_own(
    State(app): State<App>,
    Known(visitor): Known,
    session: Session,
    Form(given): Form<NewPassword>,
) -> Result<Response, Failure> {
    let language = visitor.language;
    if app.accounts.is_none() {
        return Err(Failure::not_found());
    }
    let refused = |status: StatusCode, words: &Text| -> Result<Response, Failure> {
        let page = own_page(&visitor, words.within(language).to_owned())?;
        Ok((status, page).into_response())
    };
    if given.new != given.again {
        let words = text!("the two are not the same", "二回の入力が一致しません");
        return refused(StatusCode::UNPROCESSABLE_ENTITY, &words);
    }
    // Whoever finds an open page does not guess on without end.
    let turn = match turn(&app, visitor.name(), visitor.from).await? {
        Ok(turn) => turn,
        Err(words) => return refused(StatusCode::TOO_MANY_REQUESTS, &words),
    };
    let (shared, name) = (app.clone(), visitor.name().to_owned());
    let asker = visitor.clone();
    let set = aside(move || {
        let _turn = turn;
        let accounts = shared.accounts.as_ref().ok_or_else(Failure::not_found)?;
        if accounts.sign_in(&name, &given.now).is_none() {
            shared.note(&name, asker.from, "password-refused", &name)?;
            return Ok(Err(text!(
                "the present password is another one",
                "現在のパスワードが違います"
            )));
        }
        shared.attempts.succeeded(&name, shared.counted_from(asker.from));
        shared.note(&name, asker.from, "password", &name)?;
        match accounts.set_password(&name, &given.new) {
            Ok(()) => Ok(Ok(accounts.named(&name))),
            Err(Refused::Words(words)) => Ok(Err(words)),
            Err(Refused::File(error)) => Err(Failure::internal(error)),
        }
    })
    .await?;
    match set {
        Ok(account) => {
            // Other sessions of the account end with the old password; this one goes on.
            session.cycle_id().await.map_err(Failure::internal)?;
            if let Some(account) = account {
                session
                    .insert(SIGNED_IN, SignedIn::of(&account))
                    .await
                    .map_err(Failure::internal)?;
            }
            Ok(Redirect::to("/").into_response())
        }
        Err(words) => refused(StatusCode::UNPROCESSABLE_ENTITY, &words),
    }
}
