//! Who makes a request, and in which language they read.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::header::{ACCEPT_LANGUAGE, COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use engine::problem::{Language, Problem};
use serde::{Deserialize, Serialize};
use tower_sessions::{Expiry, Session};

use crate::accounts::Account;
use crate::app::App;
use crate::failure::Failure;
use crate::roles::Act;
use crate::server::IDLE;
use crate::words::text;

/// Under which name a session keeps who signed in.
pub(crate) const SIGNED_IN: &str = "account";

/// What a session keeps of who signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SignedIn {
    name: String,
    /// By which the password is known: a session ends when it is changed.
    mark: String,
}

impl SignedIn {
    pub(crate) fn of(account: &Account) -> SignedIn {
        SignedIn { name: account.name.clone(), mark: account.mark() }
    }
}

/// Who makes a request.
#[derive(Debug, Clone)]
pub(crate) struct Visitor {
    /// Who signed in; `None` where nobody has, or where one person works alone.
    account: Option<Account>,
    /// Whether the server has no accounts: whoever reaches it may do everything.
    pub(crate) alone: bool,
    pub(crate) language: Language,
    /// From where.
    pub(crate) from: Option<IpAddr>,
}

impl Visitor {
    /// How the visitor is called; empty where that is not known.
    pub(crate) fn name(&self) -> &str {
        self.account.as_ref().map_or("", |account| &account.name)
    }

    /// Whether the visitor may do that with a contract.
    pub(crate) fn may(&self, act: Act, contract: &str) -> bool {
        self.alone || self.account.as_ref().is_some_and(|account| account.may(act, contract))
    }

    /// Whether the visitor may do that with any contract.
    pub(crate) fn may_somewhere(&self, act: Act) -> bool {
        self.alone || self.account.as_ref().is_some_and(|account| account.may_somewhere(act))
    }

    /// Whether the visitor keeps the accounts and reads the log: both are about every contract.
    pub(crate) fn administers(&self) -> bool {
        !self.alone && self.may(Act::Administer, "")
    }

    /// Refuses what the visitor may not do. A contract that may not even be read is as if it were
    /// not there.
    pub(crate) fn require(&self, act: Act, contract: &str) -> Result<(), Failure> {
        match (self.may(act, contract), self.may(Act::Read, contract)) {
            (true, _) => Ok(()),
            (false, true) => Err(Failure::forbidden()),
            (false, false) => Err(Failure::not_found()),
        }
    }

    /// What is told of a file that cannot be read, and so is nobody's contract: its problems, with
    /// their lines, to those who may change every contract; to others it is not there.
    pub(crate) fn unread(&self, problems: Vec<Problem>) -> Failure {
        match self.may(Act::Edit, "") {
            true => Failure::problems(problems),
            false => Failure::not_found(),
        }
    }

    /// Whether anybody is known to be there.
    pub(crate) fn is_known(&self) -> bool {
        self.alone || self.account.is_some()
    }
}

/// The language a request asks for: by its address, its cookie, or its browser.
pub(crate) fn language_of(query: Option<&str>, headers: &HeaderMap, usual: Language) -> Language {
    let named = |name: &str| match name {
        "ja" => Some(Language::Ja),
        "en" => Some(Language::En),
        _ => None,
    };
    let asked =
        query.unwrap_or_default().split('&').find_map(|pair| named(pair.strip_prefix("lang=")?));
    let cookies = headers.get_all(COOKIE).iter().filter_map(|cookie| cookie.to_str().ok());
    let kept = cookies
        .flat_map(|cookie| cookie.split(';'))
        .find_map(|pair| named(pair.trim().strip_prefix("seika_language=")?));
    let browser = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let browser = browser.and_then(|value| {
        let mut tags =
            value.split(',').map(|tag| tag.split([';', '-']).next().unwrap_or("").trim());
        tags.find_map(named)
    });
    asked.or(kept).or(browser).unwrap_or(usual)
}

impl FromRequestParts<App> for Visitor {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Visitor, Failure> {
        let language = language_of(parts.uri.query(), &parts.headers, app.language);
        let from = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|from| from.0.ip());
        let Some(accounts) = &app.accounts else {
            return Ok(Visitor { account: None, alone: true, language, from });
        };
        let session = Session::from_request_parts(parts, app)
            .await
            .map_err(|(_, words)| Failure::internal(words))?;
        let known: Option<SignedIn> = session.get(SIGNED_IN).await.map_err(Failure::internal)?;
        // An account that was taken away, or whose roles were changed, has no more than it has now.
        let account = known.and_then(|known| {
            let account = accounts.named(&known.name)?;
            (SignedIn::of(&account) == known).then_some(account)
        });
        if account.is_some() {
            // The time without a request begins anew. Only sessions of somebody are kept so: any
            // cookie that is made up would be, if the layer always saved.
            session.set_expiry(Some(Expiry::OnInactivity(IDLE)));
        }
        Ok(Visitor { account, alone: false, language, from })
    }
}

/// A visitor who is known; others are asked to sign in.
#[derive(Debug, Clone)]
pub(crate) struct Known(pub(crate) Visitor);

impl FromRequestParts<App> for Known {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Known, Failure> {
        let visitor = Visitor::from_request_parts(parts, app).await?;
        if visitor.is_known() {
            return Ok(Known(visitor));
        }
        let words = text!("sign in first", "先にログインしてください");
        Err(Failure::new(StatusCode::UNAUTHORIZED, words))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_comes_before_the_cookie_and_the_cookie_before_the_browser() {
        let mut headers = HeaderMap::new();
        assert_eq!(language_of(None, &headers, Language::Ja), Language::Ja);
        headers.insert(ACCEPT_LANGUAGE, "fr-FR, en-GB;q=0.8, ja;q=0.5".parse().unwrap());
        assert_eq!(language_of(None, &headers, Language::Ja), Language::En);
        headers.insert(COOKIE, "a=b; seika_language=ja".parse().unwrap());
        assert_eq!(language_of(None, &headers, Language::En), Language::Ja);
        assert_eq!(language_of(Some("x=1&lang=en"), &headers, Language::Ja), Language::En);
        assert_eq!(language_of(Some("lang=de"), &headers, Language::En), Language::Ja);
    }
}
