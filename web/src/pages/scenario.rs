//! A scenario: what it assumes, and what its contract pays when its terms are moved.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Html;
use engine::report::{chart, figures::Currency, figures::percent};
use engine::scenario::{Patch, Scenario};
use engine::simulate::{Projection, Settings, Watch, simulate};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::{Frame, aside, encoded, shown};
use crate::app::App;
use crate::failure::Failure;
use crate::roles::Act;
use crate::visitor::{Known, Visitor};
use crate::words::{pick, text};
use crate::workspace::{Brought, Kind};

/// Futures behind the chart that follows the sliders.
const PATHS: u64 = 100_000;
/// Steps of a slider.
const STEPS: i64 = 100;
/// The name under which the sliders' values are read as a patch.
const SLIDERS: &str = "sliders.toml";

#[derive(Template)]
#[template(path = "scenario.html")]
struct ScenarioPage {
    frame: Frame,
    path: String,
    contract_path: String,
    contract_title: String,
    may_edit: bool,
    may_run: bool,
    paths: u64,
    parameters: Vec<Slider>,
    chart: String,
    cells: Vec<Cell>,
}

struct Slider {
    name: String,
    low: Decimal,
    high: Decimal,
    step: Decimal,
    value: Decimal,
}

struct Cell {
    name: String,
    is: String,
    no_effect: String,
    source: String,
    assumed: bool,
}

struct Unwatched;

impl Watch for Unwatched {
    fn progress(&self, _: u64, _: u64) {}

    fn should_stop(&self) -> bool {
        false
    }
}

/// A scenario of the folder, with other values of its contract's parameters.
pub(crate) fn read(
    app: &App,
    visitor: &Visitor,
    path: &str,
    parameters: &BTreeMap<String, Decimal>,
) -> Result<Scenario, Failure> {
    let is_there = app.workspace.place(path).is_ok_and(|place| place.is_file());
    if Kind::of(path) != Some(Kind::Scenario) || !is_there {
        return Err(Failure::not_found());
    }
    if parameters.is_empty() {
        return Scenario::read(&app.workspace, path).map_err(|problems| visitor.unread(problems));
    }
    // Only who may read the scenario as it stands is told what is wrong with other values.
    let stated = read(app, visitor, path, &BTreeMap::new())?;
    visitor.require(Act::Read, &stated.contract.id)?;
    let mut patch = String::from("[params]\n");
    for (name, value) in parameters {
        // A quoted key holds any name but one with a quote or a backslash.
        if name.contains(['"', '\\']) || name.chars().any(char::is_control) {
            return Err(Failure::not_found());
        }
        patch += &format!("\"{name}\" = \"{value}\"\n");
    }
    let files = [(SLIDERS.to_owned(), patch.into_bytes())];
    let brought = Brought { files: &files, workspace: &app.workspace };
    let patch = Patch::read(&brought, SLIDERS)?;
    Ok(Scenario::read_with(&brought, path, &[patch])?)
}

pub(crate) async fn scenario(
    State(app): State<App>,
    Known(visitor): Known,
    Path(path): Path<String>,
) -> Result<Html<String>, Failure> {
    aside(move || {
        let scenario = read(&app, &visitor, &path, &BTreeMap::new())?;
        let contract = &scenario.contract;
        visitor.require(Act::Read, &contract.id)?;
        let language = visitor.language;
        let parameters = contract.parameters.iter().filter_map(|parameter| {
            let (low, high) = parameter.range?;
            let step = ((high - low) / Decimal::from(STEPS)).normalize();
            let (name, value) = (parameter.name.clone(), parameter.value.normalize());
            Some(Slider { name, low: low.normalize(), high: high.normalize(), step, value })
        });
        let parameters: Vec<Slider> = parameters.collect();
        let may_run = visitor.may(Act::Simulate, &contract.id);
        let cells = scenario.assumptions.iter().map(|cell| Cell {
            name: cell.called(language),
            is: cell.is.clone(),
            no_effect: cell.no_effect.clone().unwrap_or_default(),
            source: cell
                .source
                .as_ref()
                .map(|source| source.within(language).to_owned())
                .unwrap_or_default(),
            assumed: cell.assumed,
        });
        let chart = if may_run { followed(&scenario, language)? } else { String::new() };
        shown(&ScenarioPage {
            frame: Frame::new(
                &visitor,
                scenario.title.within(language),
                format!("/scenarios/{}", encoded(&path)),
            ),
            contract_path: contract_path(&scenario),
            contract_title: contract.title.within(language).to_owned(),
            may_edit: visitor.may(Act::Edit, &contract.id),
            may_run,
            paths: scenario.paths,
            parameters,
            chart,
            cells: cells.collect(),
            path,
        })
    })
    .await
}

/// Where the scenario's contract lies in the folder.
fn contract_path(scenario: &Scenario) -> String {
    let mut steps: Vec<&str> = Vec::new();
    for step in scenario.contract.file.split('/') {
        match step {
            "." | "" => {}
            ".." => {
                steps.pop();
            }
            step => steps.push(step),
        }
    }
    encoded(&steps.join("/"))
}

pub(crate) async fn chart(
    State(app): State<App>,
    Known(visitor): Known,
    Path(path): Path<String>,
    Query(asked): Query<BTreeMap<String, String>>,
) -> Result<Html<String>, Failure> {
    aside(move || {
        let mut parameters = BTreeMap::new();
        for (name, value) in asked.into_iter().filter(|(name, _)| name != "lang") {
            let number = value.parse().map_err(|_| {
                Failure::bad(text!("`{value}` is no number", "「{value}」は数値ではありません"))
            })?;
            parameters.insert(name, number);
        }
        let scenario = read(&app, &visitor, &path, &parameters)?;
        visitor.require(Act::Simulate, &scenario.contract.id)?;
        followed(&scenario, visitor.language).map(Html)
    })
    .await
}

/// What the sliders move: the three facts, and how the payment is spread.
fn followed(scenario: &Scenario, language: engine::problem::Language) -> Result<String, Failure> {
    let settings = Settings { paths: Some(PATHS), ..Settings::default() };
    let found = simulate(scenario, &settings, &Unwatched)?;
    let facts = facts(&found, language);
    let list: String = facts
        .iter()
        .map(|fact| {
            format!(
                "<li>{}</li>",
                askama::filters::escape(fact, askama::filters::Html)
                    .map(|safe| safe.to_string())
                    .unwrap_or_default()
            )
        })
        .collect();
    let cap = scenario.contract.cap.and_then(|cap| cap.to_f64());
    let chart = chart::payment_distribution(&found, cap).svg(language);
    Ok(format!("<ul class=\"facts\">{list}</ul><figure>{chart}</figure>"))
}

fn facts(found: &Projection, language: engine::problem::Language) -> Vec<String> {
    let currency = Currency::new(&found.currency, language);
    let with_error = |amount: &engine::simulate::Distribution| {
        let [mean, error] = [amount.mean, amount.se].map(|value| currency.simulated_digits(value));
        currency.with_name(&format!("{mean} ± {error}"))
    };
    let paid = with_error(&found.payment);
    let mut facts = vec![pick!(language, "Expected payment: {paid}", "支払の期待値: {paid}")];
    if found.no_effect_stated {
        let without = with_error(&found.no_effect);
        facts.push(pick!(
            language,
            "If the programme does nothing it still pays {without}",
            "事業に効果がなくても支払う額: {without}"
        ));
    }
    if !found.benefits.is_empty() {
        let (part, error) = (percent(found.net_positive.value), percent(found.net_positive.se));
        facts.push(pick!(
            language,
            "Benefits exceed payments in {part} ± {error} of the futures",
            "便益が支払を上回る割合: {part} ± {error}"
        ));
    }
    facts
}
