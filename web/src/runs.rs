//! Long runs: what is asked for, and the work that answers it.

use engine::analyse::Measure;
use engine::analyse::compare::Versions;
use engine::analyse::sensitivity::{Figure, Question, sensitivity};
use engine::analyse::stress::{Limit, Suite, folder_of, reverse, stress};
use engine::contract::Contract;
use engine::problem::{Language, Problem, Text};
use engine::report::document::{Block, Document};
use engine::report::{self, Under, compared, portfolio_shown, projected, reversed, stressed};
use engine::scenario::{Patch, Scenario};
use engine::simulate::{Settings, simulate, simulate_portfolio};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::app::{App, Ran};
use crate::changes::Changes;
use crate::failure::Failure;
use crate::jobs::{Full, Progress};
use crate::pages::scenario::read;
use crate::pages::{ledger, portfolio, read_contract};
use crate::roles::Act;
use crate::unsaved;
use crate::visitor::Visitor;
use crate::words::text;
use crate::workspace::{Brought, Kind, Workspace};

/// The most paths of a run on the server.
const PATHS_MOST: u64 = 100_000_000;

/// What a run finds out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Asked {
    /// What the contract pays.
    #[default]
    Simulate,
    /// What if one thing goes wrong, what if all do.
    Stress,
    /// How far things must go wrong for a party to lose.
    Reverse,
    /// What a figure depends on.
    Sensitivity,
    /// How two contracts, or two scenarios, differ.
    Compare,
    /// What the contracts of a portfolio pay together.
    Portfolio,
}

impl Asked {
    /// By the name it has in forms.
    pub(crate) fn named(name: &str) -> Option<Asked> {
        Some(match name {
            "simulate" => Asked::Simulate,
            "stress" => Asked::Stress,
            "reverse" => Asked::Reverse,
            "sensitivity" => Asked::Sensitivity,
            "compare" => Asked::Compare,
            "portfolio" => Asked::Portfolio,
            _ => return None,
        })
    }
}

/// A run that is asked for.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub(crate) asked: Asked,
    /// The scenario; of a comparison of contracts, the first contract; of a portfolio, its file.
    pub(crate) path: String,
    /// How many possible futures; the scenario's own number unless stated.
    pub(crate) paths: Option<u64>,
    /// What is stated otherwise than in the scenario's file.
    pub(crate) changes: Changes,
    /// The stresses; all that lie beside the scenario unless any is named.
    pub(crate) stresses: Vec<String>,
    /// Whose loss is looked for.
    pub(crate) party: String,
    /// What it is compared with; empty: with the file as it stands.
    pub(crate) with: String,
    /// The scenario under which two contracts are priced; empty for none.
    pub(crate) under: String,
    /// The ledger whose settlements two contracts are settled on again; empty for none.
    pub(crate) ledger: String,
}

impl Wanted {
    /// What is found out, of what.
    fn title(&self) -> Text {
        let path = &self.path;
        match self.asked {
            Asked::Simulate => text!("Simulation: {path}", "試算: {path}"),
            Asked::Stress => text!("Stress test: {path}", "ストレステスト: {path}"),
            Asked::Reverse => text!("How far until a loss: {path}", "損失までの幅: {path}"),
            Asked::Sensitivity => text!("Sensitivity: {path}", "感度: {path}"),
            Asked::Compare => text!("Comparison: {path}", "比較: {path}"),
            Asked::Portfolio => text!("Portfolio: {path}", "ポートフォリオ: {path}"),
        }
    }
}

/// What is computed.
type Work = Box<dyn FnOnce(&Progress) -> Result<Ran, Vec<Problem>> + Send>;

/// Takes a run, and gives its number. Its result is for those who may simulate every contract it
/// tells of.
pub(crate) fn begun(app: &App, visitor: &Visitor, wanted: &Wanted) -> Result<u64, Failure> {
    if wanted.paths.is_some_and(|paths| !(1..=PATHS_MOST).contains(&paths)) {
        return Err(Failure::bad(text!(
            "between 1 and {PATHS_MOST} futures are drawn",
            "想定する将来の数は 1〜{PATHS_MOST} です"
        )));
    }
    let settings = Settings { paths: wanted.paths, threads: threads(), ..Settings::default() };
    let title = wanted.title();
    let (told, work) = match (wanted.asked, Kind::of(&wanted.path)) {
        (Asked::Portfolio, _) => of_portfolio(app, visitor, &wanted.path, settings)?,
        (Asked::Compare, Some(Kind::Contract)) => contracts(app, visitor, wanted, settings)?,
        _ => of_scenario(app, visitor, wanted, settings)?,
    };
    app.jobs.add(visitor.name(), title, told, work).map_err(|full| {
        let words = match full {
            Full::All(waiting) => text!(
                "{waiting} runs wait already: try again when some are done",
                "{waiting} 件が順番を待っています。しばらくしてからやり直してください"
            ),
            Full::Own(own) => text!(
                "{own} of your runs wait or are computed already: wait until one is done, or stop one",
                "あなたの試算が {own} 件、順番待ちか計算中です。終わるのを待つか、どれかを中止してください"
            ),
        };
        Failure::new(axum::http::StatusCode::TOO_MANY_REQUESTS, words)
    })
}

/// Threads of a run: one processor is left to those who look at pages meanwhile.
fn threads() -> Option<usize> {
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    Some(processors.saturating_sub(1).max(1))
}

/// In both languages, with their JSON.
fn ran(
    document: impl Fn(Language) -> Document,
    json: impl Fn(Language) -> Value,
    changed: &[Text; 2],
) -> Ran {
    let with_changes = |language| {
        let mut document = document(language);
        let words = changed.iter().map(|words| words.within(language));
        let words: Vec<&str> = words.filter(|words| !words.is_empty()).collect();
        if !words.is_empty() {
            document.blocks.insert(0, Block::Paragraph(words.join("\n")));
        }
        document
    };
    Ran {
        documents: [Language::Ja, Language::En].map(with_changes),
        json: [Language::Ja, Language::En].map(json),
    }
}

/// A scenario with what is stated otherwise, and the file that says so.
struct Changed {
    scenario: Scenario,
    files: Vec<(String, Vec<u8>)>,
    /// What is stated otherwise, in words: of parameters, and of cells.
    words: [Text; 2],
}

fn changed(
    app: &App,
    visitor: &Visitor,
    path: &str,
    changes: &Changes,
) -> Result<(Scenario, Changed), Failure> {
    let stated = read(app, visitor, path)?;
    visitor.require(Act::Simulate, &stated.contract.id)?;
    let (scenario, files) = match changes.text(app, &stated, path)? {
        None => (stated.clone(), Vec::new()),
        Some(text) => {
            let scenario = unsaved::scenario(app, visitor, path, &text)?;
            (scenario, vec![(path.to_owned(), text.into_bytes())])
        }
    };
    let words = changes.words(&stated);
    Ok((stated, Changed { scenario, files, words }))
}

fn of_scenario(
    app: &App,
    visitor: &Visitor,
    wanted: &Wanted,
    settings: Settings,
) -> Result<(Vec<String>, Work), Failure> {
    let (stated, changed) = changed(app, visitor, &wanted.path, &wanted.changes)?;
    let Changed { scenario, files, words } = changed;
    let workspace = app.workspace.clone();
    // A changed scenario is still of the contract the visitor was asked about.
    let mut told = vec![stated.contract.id.clone()];
    let work: Work = match wanted.asked {
        Asked::Simulate => Box::new(move |progress| {
            let found = simulate(&scenario, &settings, progress)?;
            let document = |language| projected(&scenario.contract, &found, language);
            Ok(ran(document, |language| found.to_json(language), &words))
        }),
        Asked::Sensitivity => {
            let measure = Measure::named(&scenario, Figure::default_name(&scenario));
            let measure = measure.map_err(|problem| vec![problem])?;
            let figure = Figure { measure, limit: None };
            Box::new(move |progress| {
                let question = Question { figure, sobol: false, grids: Vec::new() };
                let found = sensitivity(&scenario, &question, &settings, progress)?;
                let document = |language| report::sensitivity(&scenario, &found, language);
                Ok(ran(document, |language| found.to_json(&scenario, language), &words))
            })
        }
        Asked::Stress => {
            let beside = stresses(&workspace, &wanted.path);
            if let Some(unknown) = wanted.stresses.iter().find(|file| !beside.contains(*file)) {
                return Err(Failure::bad(text!(
                    "there is no stress `{unknown}` beside the scenario",
                    "「{unknown}」というストレスはこのシナリオにありません"
                )));
            }
            let chosen =
                |file: &String| wanted.stresses.is_empty() || wanted.stresses.contains(file);
            let patches: Vec<String> = beside.into_iter().filter(chosen).collect();
            if patches.is_empty() {
                let folder = folder_of(&wanted.path);
                return Err(Failure::bad(text!(
                    "there are no stresses: put patches of this scenario into {folder}/",
                    "ストレスがありません。このシナリオのパッチを {folder}/ に置いてください"
                )));
            }
            let brought = Brought { files: &files, workspace: &workspace };
            let suite = Suite::read(&brought, &wanted.path, &patches)?;
            Box::new(move |progress| {
                let found = stress(&suite, &[], &settings, progress)?;
                let document = |language| stressed(&suite, &found, language);
                Ok(ran(document, |language| found.to_json(&suite, language), &words))
            })
        }
        Asked::Reverse => {
            let party = scenario.party_called(wanted.party.trim()).to_owned();
            let limit = Limit::loss_of(&scenario, &party).map_err(|problem| vec![problem])?;
            Box::new(move |progress| {
                let found = reverse(&scenario, &limit, &settings, progress)?;
                let document = |language| reversed(&scenario, &[], &found, language);
                Ok(ran(document, |language| found.to_json(&scenario, &[], language), &words))
            })
        }
        // A portfolio is no scenario: it is read elsewhere.
        Asked::Portfolio => return Err(Failure::not_found()),
        Asked::Compare => {
            let (path, other) = (wanted.path.clone(), wanted.with.clone());
            let with_itself = other.is_empty() || other == path;
            if with_itself && files.is_empty() {
                return Err(Failure::bad(text!(
                    "nothing is stated otherwise than in the file: change something first, or choose another scenario to compare with",
                    "ファイルと違う条件がありません。先に条件を変えるか、比較する別のシナリオを選んでください"
                )));
            }
            // What stands is on the left, what is stated otherwise on the right.
            let (a, b, other) = if with_itself {
                (stated, scenario, path.clone())
            } else {
                let known = read(app, visitor, &other)?;
                visitor.require(Act::Simulate, &known.contract.id)?;
                told.push(known.contract.id.clone());
                (scenario, known, other)
            };
            let versions = Versions::of(a.contract.clone(), b.contract.clone());
            let versions = versions.map_err(|problem| vec![problem])?;
            Box::new(move |progress| {
                let priced = versions.priced_each([&a, &b], &settings, progress)?;
                let under =
                    [Under { path: &path, scenario: &a }, Under { path: &other, scenario: &b }];
                let found = (Some(&priced), None);
                let document = |language| compared(&versions, Some(under), found, language);
                let json = |language| versions.to_json(Some(&priced), None, language);
                Ok(ran(document, json, &words))
            })
        }
    };
    Ok((told, work))
}

/// The contracts of a portfolio together.
fn of_portfolio(
    app: &App,
    visitor: &Visitor,
    path: &str,
    settings: Settings,
) -> Result<(Vec<String>, Work), Failure> {
    let (portfolio, told) = portfolio::read(app, visitor, path, Act::Simulate)?;
    let (workspace, asked) = (app.workspace.clone(), told.clone());
    let work: Work = Box::new(move |progress| {
        let found = simulate_portfolio(&portfolio, &workspace, &settings, progress)?;
        // The scenarios are read when their turn comes: only what the visitor was asked about is told.
        if let Some(other) = found.contracts.iter().find(|of| !asked.contains(&of.contract)) {
            let name = other.name.clone();
            return Err(vec![Problem::error(
                "file-changed",
                text!(
                    "the scenario of `{name}` names another contract since the run was asked for: run it again",
                    "試算を申し込んだ後に `{name}` のシナリオの契約が変わりました。もう一度実行してください"
                ),
            )]);
        }
        let document = |language| portfolio_shown(&found, language);
        Ok(ran(document, |language| found.to_json(language), &[Text::from(""), Text::from("")]))
    });
    Ok((told, work))
}

/// Two contracts, what they say differently, what each pays under a scenario and on a ledger.
fn contracts(
    app: &App,
    visitor: &Visitor,
    wanted: &Wanted,
    settings: Settings,
) -> Result<(Vec<String>, Work), Failure> {
    let contract = |path: &str| -> Result<Contract, Failure> {
        let contract = read_contract(app, visitor, path)?;
        visitor.require(Act::Simulate, &contract.id)?;
        Ok(contract)
    };
    let (a, b) = (contract(&wanted.path)?, contract(&wanted.with)?);
    let mut told = vec![a.id.clone(), b.id.clone()];
    if !wanted.under.is_empty() {
        let scenario = read(app, visitor, &wanted.under)?;
        visitor.require(Act::Simulate, &scenario.contract.id)?;
        told.push(scenario.contract.id.clone());
    }
    let versions = Versions::of(a, b).map_err(|problem| vec![problem])?;
    let settled = match wanted.ledger.as_str() {
        "" => None,
        path => {
            let (_, mut state) = ledger::seen(app, visitor, path)?;
            // What the ledger holds of others is not told, not even that it is there.
            state.settlements.retain(|_, one| visitor.may(Act::Read, &one.submit.record.contract));
            Some(versions.on_ledger(&state)?)
        }
    };
    let (workspace, under) = (app.workspace.clone(), wanted.under.clone());
    let work: Work = Box::new(move |progress| {
        let priced = match under.as_str() {
            "" => None,
            path => Some(versions.priced_under((&workspace, path), &settings, progress)?),
        };
        let found = (priced.as_ref(), settled.as_ref());
        let document = |language| compared(&versions, None, found, language);
        let json = |language| versions.to_json(found.0, found.1, language);
        Ok(ran(document, json, &[Text::from(""), Text::from("")]))
    });
    Ok((told, work))
}

/// The stresses beside a scenario, in the order of their names.
pub(crate) fn stresses(workspace: &Workspace, scenario: &str) -> Vec<String> {
    let folder = format!("{}/", folder_of(scenario));
    let beside = |path: &String| path.strip_prefix(&folder).is_some_and(|name| !name.contains('/'));
    workspace.list(Kind::Scenario).into_iter().filter(beside).collect()
}

/// What a stress is called; its file where it cannot be read.
pub(crate) fn stress_title(workspace: &Workspace, path: &str, language: Language) -> String {
    match Patch::read(workspace, path) {
        Ok(patch) => patch.title.within(language).to_owned(),
        Err(_) => path.to_owned(),
    }
}

/// Who may lose: the parties and tranches of which a run tells a result.
pub(crate) fn losers(scenario: &Scenario, language: Language) -> Vec<(String, String)> {
    let parties = scenario.contract.parties.iter().map(|party| (&party.id, &party.name));
    let investors = scenario.model.investors.iter().map(|of| (&of.name, &of.title));
    let mut losers: Vec<(String, String)> = Vec::new();
    for (id, name) in parties.chain(investors) {
        if Limit::loss_of(scenario, id).is_ok() && losers.iter().all(|(known, _)| known != id) {
            losers.push((id.clone(), name.within(language).to_owned()));
        }
    }
    losers
}
