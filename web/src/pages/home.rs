//! What the folder holds.

use askama::Template;
use axum::extract::State;
use axum::response::Html;
use engine::problem::Language;

use super::run::{stage_of, told};
use super::{Frame, aside, shown};
use crate::app::App;
use crate::failure::Failure;
use crate::jobs::Stage;
use crate::roles::Act;
use crate::visitor::{Known, Visitor};
use crate::words::pick;
use crate::workspace::Kind;

#[derive(Template)]
#[template(path = "home.html")]
struct Home {
    frame: Frame,
    contracts: Vec<Card>,
    scenarios: Vec<Card>,
    portfolios: Vec<Card>,
    ledgers: Vec<String>,
    may_begin: bool,
    drafts: Vec<Begun>,
    runs: Vec<Begun>,
}

/// Something of the visitor's that is kept in memory.
struct Begun {
    id: u64,
    title: String,
    /// How far it is, in words.
    stage: String,
}

struct Card {
    path: String,
    title: String,
    broken: bool,
}

pub(crate) async fn home(
    State(app): State<App>,
    Known(visitor): Known,
) -> Result<Html<String>, Failure> {
    aside(move || {
        let (contracts, scenarios) = (contracts(&app, &visitor), scenarios(&app, &visitor));
        let portfolios = portfolios(&app, &visitor);
        let title = match visitor.language {
            Language::En => "Contracts and scenarios",
            Language::Ja => "契約とシナリオ",
        };
        let frame = Frame::new(&visitor, title, "/");
        let may_begin = visitor.may_somewhere(Act::Approve);
        let ledgers = ledgers(&app, &visitor);
        let (drafts, runs) = (drafts(&app, &visitor), runs(&app, &visitor));
        shown(&Home { frame, contracts, scenarios, portfolios, ledgers, may_begin, drafts, runs })
    })
    .await
}

/// The visitor's settlements that were not submitted, of contracts they may settle.
fn drafts(app: &App, visitor: &Visitor) -> Vec<Begun> {
    let drafts = app.drafts.all_of(visitor.name()).into_iter().filter_map(|draft| {
        let contract = app.contract(&draft.contract);
        let contract = contract.as_ref().as_ref().ok()?;
        let title = contract.title.within(visitor.language).to_owned();
        let stage = draft.request.at.map(|at| at.to_string()).unwrap_or_default();
        visitor.may(Act::Settle, &contract.id).then(|| Begun { id: draft.id, title, stage })
    });
    drafts.collect()
}

/// The visitor's runs that are kept, of contracts they may still simulate.
fn runs(app: &App, visitor: &Visitor) -> Vec<Begun> {
    let runs = app.jobs.of(visitor.name()).into_iter().filter_map(|(id, title)| {
        let stage = stage_of(app, visitor, id).ok()?;
        let stage = match (told(&stage, visitor.language), stage) {
            (Some((words, _)), _) => words,
            (None, Stage::Failed(_)) => pick!(visitor.language, "no result", "結果なし"),
            (None, _) => pick!(visitor.language, "done", "完了"),
        };
        Some(Begun { id, title: title.within(visitor.language).to_owned(), stage })
    });
    runs.collect()
}

fn contracts(app: &App, visitor: &Visitor) -> Vec<Card> {
    let cards = app.workspace.list(Kind::Contract).into_iter().filter_map(|path| {
        match app.contract(&path).as_ref() {
            Ok(contract) => visitor.may(Act::Read, &contract.id).then(|| Card {
                title: contract.title.within(visitor.language).to_owned(),
                path,
                broken: false,
            }),
            // What cannot be read is nobody's contract yet: those who may edit everything see it.
            Err(_) => {
                visitor.may(Act::Edit, "").then(|| Card { title: path.clone(), path, broken: true })
            }
        }
    });
    cards.collect()
}

/// The ledgers that hold something of the visitor's, or nothing yet.
pub(crate) fn ledgers(app: &App, visitor: &Visitor) -> Vec<String> {
    let own = |path: &String| super::ledger::seen(app, visitor, path).is_ok();
    app.workspace.list(Kind::Ledger).into_iter().filter(own).collect()
}

/// The scenarios of the folder: a scenario names its contract and no base; patches, designs and
/// settings are TOML too.
fn scenarios(app: &App, visitor: &Visitor) -> Vec<Card> {
    let cards = app.workspace.list(Kind::Scenario).into_iter().filter_map(|path| {
        if !is_scenario(app, &path) {
            return None;
        }
        match app.scenario(&path).as_ref() {
            Ok(scenario) => visitor.may(Act::Read, &scenario.contract.id).then(|| Card {
                title: scenario.title.within(visitor.language).to_owned(),
                path,
                broken: false,
            }),
            Err(_) => {
                visitor.may(Act::Edit, "").then(|| Card { title: path.clone(), path, broken: true })
            }
        }
    });
    cards.collect()
}

fn portfolios(app: &App, visitor: &Visitor) -> Vec<Card> {
    let found = super::portfolio::portfolios(app, visitor).into_iter();
    let card = |(path, title): (String, Option<String>)| {
        let broken = title.is_none();
        Card { title: title.unwrap_or_else(|| path.clone()), path, broken }
    };
    found.map(card).collect()
}

/// Whether a file is a scenario of its own.
fn is_scenario(app: &App, path: &str) -> bool {
    *app.known.get(&app.workspace, &format!("is scenario {path}"), |files| {
        let text = files.read(path).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let names = |key: &str| {
            text.lines().any(|line| {
                let rest = line.trim_start().strip_prefix(key).map(str::trim_start);
                rest.is_some_and(|rest| rest.starts_with('='))
            })
        };
        names("contract") && !names("base")
    })
}

/// Reads what the first page lists, so that the first visitor does not wait for it.
pub(crate) fn read_ahead(app: &App) {
    for path in app.workspace.list(Kind::Contract) {
        app.contract(&path);
    }
    for path in app.workspace.list(Kind::Scenario) {
        if is_scenario(app, &path) {
            app.scenario(&path);
        }
    }
}

/// The contracts the visitor may read, by path and title.
pub(super) fn readable_contracts(app: &App, visitor: &Visitor) -> Vec<(String, String)> {
    whole(contracts(app, visitor))
}

/// The scenarios the visitor may read, by path and title.
pub(super) fn readable_scenarios(app: &App, visitor: &Visitor) -> Vec<(String, String)> {
    whole(scenarios(app, visitor))
}

fn whole(cards: Vec<Card>) -> Vec<(String, String)> {
    let whole = cards.into_iter().filter(|card| !card.broken);
    whole.map(|card| (card.path, card.title)).collect()
}
