//! The pages.

mod contract;
mod edit;
pub(crate) mod home;
pub(crate) mod ledger;
mod log;
mod people;
pub(crate) mod portfolio;
pub(crate) mod run;
pub(crate) mod scenario;
pub(crate) mod settle;
mod sign_in;

pub(crate) use contract::read as read_contract;
pub(crate) use edit::problems;
pub(crate) use home::read_ahead;

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::response::Html;
use axum::routing::{get, post};
use engine::problem::{Language, Problem, Severity, Text};

use crate::app::App;
use crate::failure::Failure;
use crate::jobs::Progress;
use crate::visitor::Visitor;

/// Every page.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/", get(home::home))
        .route("/contracts/{*path}", get(contract::contract))
        .route("/edit/{*path}", get(edit::edit).post(edit::save))
        .route("/scenarios/{*path}", get(scenario::scenario).post(scenario::save))
        .route("/scenario-chart/{*path}", get(scenario::chart))
        .route("/portfolios/{*path}", get(portfolio::portfolio))
        .route("/runs", post(run::begin))
        .route("/runs/{id}", get(run::run))
        .route("/runs/{id}/stage", get(run::stage))
        .route("/runs/{id}/stop", post(run::stop))
        .route("/runs/{id}/{file}", get(run::report))
        .route("/runs/{id}/charts/{file}", get(run::chart))
        .route(
            "/settle/{*path}",
            get(settle::ask).post(settle::bring).layer(DefaultBodyLimit::max(settle::EVIDENCE_MAX)),
        )
        .route("/drafts/{id}", get(settle::draft))
        .route("/drafts/{id}/submit", post(settle::submit))
        .route("/drafts/{id}/{file}", get(settle::download))
        .route("/ledgers", post(ledger::begin))
        .route("/ledger/{*path}", get(ledger::ledger).post(ledger::act))
        .route("/kept/{file}", get(ledger::download))
        .route("/log", get(log::log))
        .route("/people", get(people::people).post(people::change))
        .route("/password", get(people::own).post(people::set_own))
        .route("/sign-in", get(sign_in::ask).post(sign_in::sign_in))
        .route("/sign-out", post(sign_in::sign_out))
        .route("/language", post(sign_in::language))
}

/// What every page shows about itself and its visitor.
pub(crate) struct Frame {
    pub(crate) title: String,
    pub(crate) name: String,
    pub(crate) alone: bool,
    pub(crate) administers: bool,
    pub(crate) path: String,
    pub(crate) language: Language,
}

impl Frame {
    pub(crate) fn new(
        visitor: &Visitor,
        title: impl Into<String>,
        path: impl Into<String>,
    ) -> Frame {
        Frame {
            title: title.into(),
            name: visitor.name().to_owned(),
            alone: visitor.alone,
            administers: visitor.administers(),
            path: path.into(),
            language: visitor.language,
        }
    }

    /// The words of the page's language.
    pub(crate) fn say<'w>(&self, en: &'w str, ja: &'w str) -> &'w str {
        match self.language {
            Language::En => en,
            Language::Ja => ja,
        }
    }

    pub(crate) fn code(&self) -> &'static str {
        self.say("en", "ja")
    }

    pub(crate) fn other_code(&self) -> &'static str {
        self.say("ja", "en")
    }

    pub(crate) fn other_name(&self) -> &'static str {
        self.say("日本語", "English")
    }

    /// By which a new program's files are asked for anew.
    pub(crate) fn mark(&self) -> &'static str {
        crate::assets::mark()
    }

    pub(crate) fn version(&self) -> &'static str {
        engine::VERSION
    }
}

/// A problem as pages show it.
pub(crate) struct Shown {
    pub(crate) severity: &'static str,
    pub(crate) severity_words: String,
    pub(crate) message: String,
    pub(crate) file: String,
    pub(crate) line: usize,
    pub(crate) column: usize,
    pub(crate) excerpt: String,
    pub(crate) help: String,
    pub(crate) accepted: String,
}

impl Shown {
    pub(crate) fn of(problem: &Problem, language: Language) -> Shown {
        let (severity, words) = match problem.severity {
            Severity::Error => ("error", Text { en: "error".into(), ja: "エラー".into() }),
            Severity::Warning => ("warning", Text { en: "warning".into(), ja: "警告".into() }),
            Severity::Note => ("note", Text { en: "note".into(), ja: "参考".into() }),
        };
        let said = |text: &Option<Text>| text.as_ref().map(|text| text.within(language).to_owned());
        let expected = said(&problem.expected).map(|expected| match language {
            Language::En => format!("expected: {expected}"),
            Language::Ja => format!("期待: {expected}"),
        });
        let help: Vec<String> = expected.into_iter().chain(said(&problem.help)).collect();
        let place = problem.place.as_ref();
        Shown {
            severity,
            severity_words: words.within(language).to_owned(),
            message: problem.message.within(language).to_owned(),
            file: place.map(|place| place.file.clone()).unwrap_or_default(),
            line: place.map_or(0, |place| place.line),
            column: place.map_or(0, |place| place.column),
            excerpt: place.map(|place| place.excerpt.trim_end().to_owned()).unwrap_or_default(),
            help: help.join(" / "),
            accepted: String::new(),
        }
    }
}

/// A page as it is sent.
pub(crate) fn shown(template: &impl Template) -> Result<Html<String>, Failure> {
    template.render().map(Html).map_err(Failure::internal)
}

/// Work of the engine, beside the threads that answer requests.
pub(crate) async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work).await.map_err(Failure::internal)?
}

/// Text as one step of an address.
pub(crate) fn encoded_whole(text: &str) -> String {
    encoded(text).replace('/', "%2F")
}

/// Work of the engine that stops when nobody waits for it any longer: the visitor has left, or the
/// request took too long.
pub(crate) async fn aside_while_asked<T: Send + 'static>(
    work: impl FnOnce(&Progress) -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    struct Asked(Arc<Progress>);
    impl Drop for Asked {
        fn drop(&mut self) {
            self.0.stop();
        }
    }
    let asked = Asked(Arc::default());
    let progress = Arc::clone(&asked.0);
    aside(move || work(&progress)).await
}

/// When something was done, to the minute: in Japanese by Japan's clocks, else in the time zone in
/// which it is recorded.
pub(crate) fn moment(at: jiff::Timestamp, language: Language) -> String {
    match language {
        Language::En => at.strftime("%Y-%m-%d %H:%M UTC").to_string(),
        Language::Ja => {
            let japan = jiff::tz::TimeZone::fixed(jiff::tz::offset(9));
            at.to_zoned(japan).strftime("%Y-%m-%d %H:%M（日本時間）").to_string()
        }
    }
}

/// Text as a part of an address.
pub(crate) fn encoded(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'/' => {
                out.push(char::from(byte));
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[derive(Template)]
#[template(path = "failure.html")]
struct FailurePage {
    frame: Frame,
    problems: Vec<Shown>,
    /// Where the file is mended; empty where there is none.
    edit: String,
}

/// The page that tells a failure.
///
/// Of a contract or a scenario that cannot be read, whose problems are told to those alone who may
/// change it, it leads to the editor.
pub(crate) fn failure_page(
    failure: &Failure,
    language: Language,
    alone: bool,
    path: &str,
) -> String {
    let title = failure.words.within(language).to_owned();
    let frame = Frame {
        title,
        name: String::new(),
        alone,
        administers: false,
        path: "/".to_owned(),
        language,
    };
    let problems = failure.told().iter().map(|problem| Shown::of(problem, language)).collect();
    let file = path.strip_prefix("/contracts/").or_else(|| path.strip_prefix("/scenarios/"));
    let is_unread = failure.status == axum::http::StatusCode::UNPROCESSABLE_ENTITY;
    let file = file.and_then(|file| file.split('?').next()).filter(|_| is_unread);
    let edit = file.map(|file| format!("/edit/{file}")).unwrap_or_default();
    let page = FailurePage { frame, problems, edit };
    page.render().unwrap_or_else(|_| failure.words.within(language).to_owned())
}
