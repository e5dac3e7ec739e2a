//! A scenario: what it assumes, what its contract pays when terms or assumptions are moved, and the
//! runs it can be asked for.

use askama::Template;
use axum::extract::{Form, Path, Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use engine::contract::Parameter;
use engine::problem::{Language, Problem};
use engine::report::{chart, figures::Currency, figures::percent};
use engine::scenario::{Editable, Scenario};
use engine::simulate::{Distribution, Projection, Settings, Unwatched, Watch, simulate};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::edit::{conflict, fingerprint};
use super::home::readable_scenarios;
use super::{Frame, Shown, aside, aside_while_asked, encoded, shown};
use crate::app::App;
use crate::changes::Changes;
use crate::failure::Failure;
use crate::roles::Act;
use crate::runs::{losers, stress_title, stresses};
use crate::unsaved;
use crate::visitor::{Known, Visitor};
use crate::words::{pick, text};
use crate::workspace::Kind;

/// Futures behind the chart that follows what is moved.
const PATHS: u64 = 100_000;
/// The fewest steps of a slider.
const STEPS_LEAST: u32 = 50;

#[derive(Template)]
#[template(path = "scenario.html")]
struct ScenarioPage {
    frame: Frame,
    path: String,
    /// The file as it was when the page was made.
    before: String,
    contract_path: String,
    contract_title: String,
    may_edit: bool,
    may_run: bool,
    paths: u64,
    parameters: Vec<Slider>,
    chart: String,
    cells: Vec<Cell>,
    stresses: Vec<Choice>,
    others: Vec<Choice>,
    losers: Vec<Choice>,
    saved: String,
    problems: Vec<Shown>,
}

struct Choice {
    value: String,
    title: String,
}

struct Slider {
    name: String,
    title: String,
    /// What stands behind the number.
    unit: String,
    /// What the value is multiplied by to be told.
    factor: f64,
    low: Decimal,
    high: Decimal,
    step: Decimal,
    stated: Decimal,
    value: String,
    shown: String,
}

struct Cell {
    name: String,
    called: String,
    /// Whether the file states it, so that the page can change it.
    editable: bool,
    is: Field,
    no_effect: Field,
    source: Field,
    assumed: bool,
}

/// An entry of a cell: as the file states it, and as it is shown.
struct Field {
    stated: String,
    value: String,
}

impl Field {
    fn new(name: &str, stated: &str, changes: Option<&Changes>) -> Field {
        let value = changes.and_then(|changes| changes.get(name)).unwrap_or(stated);
        Field { stated: stated.to_owned(), value: value.to_owned() }
    }

    /// Rows of the box it is written in.
    fn rows(&self) -> usize {
        const ACROSS: usize = 26;
        let rows = |line: &str| line.chars().count().div_ceil(ACROSS).max(1);
        self.value.lines().map(rows).sum::<usize>().clamp(1, 8)
    }
}

/// A scenario of the folder.
pub(crate) fn read(app: &App, visitor: &Visitor, path: &str) -> Result<Scenario, Failure> {
    let is_there = app.workspace.place(path).is_ok_and(|place| place.is_file());
    if Kind::of(path) != Some(Kind::Scenario) || !is_there {
        return Err(Failure::not_found());
    }
    match app.scenario(path).as_ref() {
        Ok(scenario) => Ok(scenario.clone()),
        Err(problems) => Err(visitor.unread(problems.clone())),
    }
}

#[derive(Debug, Default, serde::Deserialize)]
pub(crate) struct Done {
    #[serde(default)]
    saved: Option<String>,
}

pub(crate) async fn scenario(
    State(app): State<App>,
    Known(visitor): Known,
    Path(path): Path<String>,
    Query(done): Query<Done>,
) -> Result<Html<String>, Failure> {
    aside(move || {
        let scenario = read(&app, &visitor, &path)?;
        visitor.require(Act::Read, &scenario.contract.id)?;
        let saved = match done.saved {
            Some(_) => pick!(visitor.language, "Saved", "保存しました"),
            None => String::new(),
        };
        page(&app, &visitor, path, &scenario, Written { saved, ..Written::default() })
    })
    .await
}

/// What a page shows beside the file: what was written into it, and what became of that.
#[derive(Default)]
struct Written {
    changes: Option<Changes>,
    before: Option<String>,
    saved: String,
    problems: Vec<Problem>,
}

fn page(
    app: &App,
    visitor: &Visitor,
    path: String,
    scenario: &Scenario,
    written: Written,
) -> Result<Html<String>, Failure> {
    let language = visitor.language;
    let contract = &scenario.contract;
    let may_run = visitor.may(Act::Simulate, &contract.id);
    let text = app.workspace.text(&path).map_err(|_| Failure::not_found())?;
    let what = format!("scenario chart {language:?} {path}");
    let chart = app.known.get(&app.workspace, &what, |files| {
        let scenario = Scenario::read(files, &path)?;
        // What is kept for others is computed to its end.
        // What is kept for others is computed to its end.
        followed(&scenario, language, &Unwatched).map_err(|failure| failure.problems)
    });
    let chart = match chart.as_ref() {
        _ if !may_run => String::new(),
        Ok(chart) => chart.clone(),
        // A scenario may read well, and still draw what cannot be.
        Err(problems) => wrong(problems, language)?,
    };
    let others = readable_scenarios(app, visitor).into_iter().filter(|(other, _)| *other != path);
    let problems = written.problems.iter().map(|problem| Shown::of(problem, language));
    shown(&ScenarioPage {
        frame: Frame::new(
            visitor,
            scenario.title.within(language),
            format!("/scenarios/{}", encoded(&path)),
        ),
        contract_path: contract_path(scenario),
        contract_title: contract.title.within(language).to_owned(),
        may_edit: visitor.may(Act::Edit, &contract.id),
        may_run,
        paths: scenario.paths,
        parameters: sliders(scenario, language, written.changes.as_ref()),
        chart,
        cells: cells(scenario, &text, language, written.changes.as_ref()),
        stresses: stresses(&app.workspace, &path)
            .into_iter()
            .map(|value| Choice { title: stress_title(&app.workspace, &value, language), value })
            .collect(),
        others: others.map(|(value, title)| Choice { value, title }).collect(),
        losers: losers(scenario, language)
            .into_iter()
            .map(|(value, title)| Choice { value, title })
            .collect(),
        before: written.before.unwrap_or_else(|| state(app, &path)),
        saved: written.saved,
        problems: problems.collect(),
        path,
    })
}

/// By which is known what a page states: the scenario's file, and its contract, whose parameters the
/// page shows too.
fn state(app: &App, path: &str) -> String {
    let named = app.named(path);
    let scripts = named.iter().filter(|named| Kind::of(named) == Some(Kind::Contract));
    let texts = std::iter::once(path).chain(scripts.map(String::as_str));
    let texts: Vec<String> =
        texts.map(|path| app.workspace.text(path).unwrap_or_default()).collect();
    fingerprint(&texts.join("\n"))
}

fn sliders(scenario: &Scenario, language: Language, changes: Option<&Changes>) -> Vec<Slider> {
    let contract = &scenario.contract;
    let currency = Currency::new(&contract.currency, language);
    let slider = |parameter: &Parameter| {
        let (low, high) = parameter.range?;
        let name = format!("param.{}", parameter.name);
        let stated = parameter.value.normalize();
        let value = changes.and_then(|changes| changes.get(&name)).map(str::to_owned);
        let value = value.unwrap_or_else(|| stated.to_string());
        let money = parameter.unit.is_money();
        let notation = parameter.unit.notation();
        let sign = notation.sign(language);
        let digits = value.parse().map_or_else(
            |_| value.clone(),
            |value: Decimal| match notation.scaled(value) {
                Some(scaled) if !money => scaled.normalize().to_string(),
                _ => currency.digits(value),
            },
        );
        Some(Slider {
            shown: format!("{digits}{sign}"),
            factor: notation.factor(),
            unit: sign,
            title: parameter.title.within(language).to_owned(),
            low: low.normalize(),
            high: high.normalize(),
            step: step(low, high, parameter.value),
            name,
            stated,
            value,
        })
    };
    contract.parameters.iter().filter_map(slider).collect()
}

/// The step of a slider: the largest 1, 2 or 5 times a power of ten with which there are enough steps
/// and both the stated value and the ends are met. Browsers move a value between two steps to
/// the nearer, which would change what the file states.
fn step(low: Decimal, high: Decimal, stated: Decimal) -> Decimal {
    let span = high - low;
    if span <= Decimal::ZERO {
        return Decimal::ONE;
    }
    let coarsest = span / Decimal::from(STEPS_LEAST);
    let mut power = Decimal::ONE;
    while power < coarsest {
        power *= Decimal::TEN;
    }
    for _ in 0..28 {
        for factor in [5, 2, 1] {
            let step = power * Decimal::from(factor);
            let meets = |value: Decimal| ((value - low) % step).is_zero();
            if step <= coarsest && meets(stated) && meets(high) {
                return step.normalize();
            }
        }
        power /= Decimal::TEN;
        if power.is_zero() {
            break;
        }
    }
    coarsest.normalize()
}

fn cells(
    scenario: &Scenario,
    text: &str,
    language: Language,
    changes: Option<&Changes>,
) -> Vec<Cell> {
    let source = engine::problem::Source::new(scenario.file.as_str(), text);
    let file = Editable::parse(&source).ok();
    let cell = |cell: &engine::scenario::Assumption| {
        let name = cell.name.as_str();
        let source = cell.source.as_ref().map(|source| source.within(language));
        let field =
            |kind: &str, stated: &str| Field::new(&format!("{kind}.{name}"), stated, changes);
        Cell {
            called: cell.called(language),
            editable: file.as_ref().is_some_and(|file| file.has_cell(name)),
            is: field("is", &cell.is),
            no_effect: field("no_effect", cell.no_effect.as_deref().unwrap_or_default()),
            source: field("source", source.unwrap_or_default()),
            assumed: cell.assumed,
            name: name.to_owned(),
        }
    };
    scenario.assumptions.iter().map(cell).collect()
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

/// Puts what was changed on the page into the file.
pub(crate) async fn save(
    State(app): State<App>,
    Known(visitor): Known,
    Path(path): Path<String>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, Failure> {
    aside(move || {
        let scenario = read(&app, &visitor, &path)?;
        visitor.require(Act::Edit, &scenario.contract.id)?;
        let language = visitor.language;
        let fields = fields.iter().map(|(name, value)| (&**name, &**value));
        let before = fields.clone().find(|(name, _)| *name == "before");
        let before = before.map(|(_, value)| value.to_owned()).unwrap_or_default();
        let changes = Changes::of(fields, language)?;
        let known = app.workspace.text(&path).map_err(|_| Failure::not_found())?;
        let refused = |status: StatusCode, problems: Vec<Problem>, before: String| {
            let changes = Some(changes.clone());
            let written = Written { changes, before: Some(before), problems, ..Written::default() };
            Ok((status, page(&app, &visitor, path.clone(), &scenario, written)?).into_response())
        };
        if state(&app, &path) != before {
            let problem = Problem::error("changed-meanwhile", conflict());
            return refused(StatusCode::CONFLICT, vec![problem], before);
        }
        let text = match changes.within(&scenario, &known) {
            Ok(text) => text,
            Err(problems) => return refused(StatusCode::UNPROCESSABLE_ENTITY, problems, before),
        };
        if let Err(problems) = unsaved::scenario(&app, &visitor, &path, &text) {
            return refused(StatusCode::UNPROCESSABLE_ENTITY, problems, before);
        }
        if text != known {
            app.note(visitor.name(), visitor.from, "edit", &path)?;
            let is_same = || state(&app, &path) == before;
            let saved =
                app.workspace.replace(&path, text.as_bytes(), is_same).map_err(|error| {
                    let said = error.to_string();
                    Failure::bad(text!("not saved: {said}", "保存できません: {said}"))
                })?;
            if !saved {
                let problem = Problem::error("changed-meanwhile", conflict());
                return refused(StatusCode::CONFLICT, vec![problem], before);
            }
        }
        Ok(Redirect::to(&format!("/scenarios/{}?saved=yes", encoded(&path))).into_response())
    })
    .await
}

/// The chart with what is moved; or what is wrong with it.
pub(crate) async fn chart(
    State(app): State<App>,
    Known(visitor): Known,
    Path(path): Path<String>,
    Query(fields): Query<Vec<(String, String)>>,
) -> Result<Response, Failure> {
    aside_while_asked(move |progress| {
        let stated = read(&app, &visitor, &path)?;
        visitor.require(Act::Simulate, &stated.contract.id)?;
        let language = visitor.language;
        let fields = fields.iter().map(|(name, value)| (&**name, &**value));
        let changes = Changes::of(fields, language)?;
        let scenario = match changes.text(&app, &stated, &path) {
            Ok(None) => Ok(stated),
            Ok(Some(text)) => unsaved::scenario(&app, &visitor, &path, &text),
            Err(failure) if !failure.problems.is_empty() => Err(failure.problems),
            Err(failure) => return Err(failure),
        };
        match scenario {
            Ok(scenario) => Ok(Html(followed(&scenario, language, progress)?).into_response()),
            Err(problems) => {
                let page = Html(wrong(&problems, language)?);
                Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
            }
        }
    })
    .await
}

#[derive(Template)]
#[template(path = "wrong.html")]
struct Wrong {
    problems: Vec<Shown>,
}

/// What is wrong, to be put into a page.
fn wrong(problems: &[Problem], language: Language) -> Result<String, Failure> {
    let problems = problems.iter().map(|problem| Shown::of(problem, language));
    Wrong { problems: problems.collect() }.render().map_err(Failure::internal)
}

#[derive(Template)]
#[template(path = "followed.html")]
struct Followed {
    facts: Vec<String>,
    chart: String,
}

/// What moves with the terms: the three facts, and how the payment is spread.
fn followed(scenario: &Scenario, language: Language, watch: &dyn Watch) -> Result<String, Failure> {
    let settings = Settings { paths: Some(PATHS), ..Settings::default() };
    let found = simulate(scenario, &settings, watch)?;
    let cap = scenario.contract.cap.and_then(|cap| cap.to_f64());
    let chart = chart::payment_distribution(&found, cap).svg(language);
    Followed { facts: facts(&found, language), chart }.render().map_err(Failure::internal)
}

fn facts(found: &Projection, language: Language) -> Vec<String> {
    let currency = Currency::new(&found.currency, language);
    let with_error = |amount: &Distribution| {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn a_slider_meets_its_ends_and_what_is_stated() {
        for (low, high, stated, expected) in [
            ("0", "4000000", "3000000", "50000"),
            ("0.5", "1.2", "1", "0.01"),
            ("0.08", "0.20", "0.10", "0.002"),
            ("0", "12", "0", "0.2"),
            ("0", "1", "0.333", "0.001"),
            ("0", "1000000", "123456", "2"),
        ] {
            let (low, high, stated) = (decimal(low), decimal(high), decimal(stated));
            let step = step(low, high, stated);
            assert_eq!(step, decimal(expected), "{low} to {high}");
            assert!(((stated - low) % step).is_zero() && ((high - low) % step).is_zero());
            assert!((high - low) / step >= Decimal::from(STEPS_LEAST));
        }
    }
}
