//! A contract: whether it passes its check, what it pays for what, its terms.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Html;
use engine::contract::{Contract, Overrides};
use engine::problem::Language;
use engine::report::chart;
use engine::report::figures::Currency;
use engine::report::terms_fragment;

use super::home::{ledgers, readable_contracts, readable_scenarios};
use super::{Frame, Shown, aside, encoded, shown};
use crate::app::App;
use crate::failure::Failure;
use crate::roles::Act;
use crate::visitor::{Known, Visitor};
use crate::words::pick;

#[derive(Template)]
#[template(path = "contract.html")]
struct ContractPage {
    frame: Frame,
    path: String,
    may_edit: bool,
    may_settle: bool,
    checked: Arc<Checked>,
    /// What it can be compared with, priced under and settled on.
    others: Vec<(String, String)>,
    scenarios: Vec<(String, String)>,
    ledgers: Vec<String>,
}

/// What a page says of a contract, whoever reads it.
struct Checked {
    ok: bool,
    verdict: String,
    examples: Vec<Example>,
    findings: Vec<Shown>,
    charts: Vec<String>,
    sheet: String,
}

struct Example {
    name: String,
    stated: String,
    computed: String,
    ok: bool,
}

pub(crate) async fn contract(
    State(app): State<App>,
    Known(visitor): Known,
    Path(path): Path<String>,
) -> Result<Html<String>, Failure> {
    aside(move || {
        let contract = read(&app, &visitor, &path)?;
        visitor.require(Act::Read, &contract.id)?;
        let language = visitor.language;
        let what = format!("contract page {language:?} {path}");
        let checked = app.known.get(&app.workspace, &what, |files| {
            let contract = Contract::read(files, &path, &Overrides::new()).ok()?;
            Some(Arc::new(Checked::of(&contract, language)))
        });
        let checked = checked.as_ref().clone().ok_or_else(Failure::not_found)?;
        let others = readable_contracts(&app, &visitor);
        let others: Vec<_> = others.into_iter().filter(|(other, _)| *other != path).collect();
        let title = contract.title.within(language).to_owned();
        shown(&ContractPage {
            frame: Frame::new(&visitor, title, format!("/contracts/{}", encoded(&path))),
            may_edit: visitor.may(Act::Edit, &contract.id),
            may_settle: visitor.may(Act::Settle, &contract.id),
            checked,
            scenarios: match others.is_empty() {
                true => Vec::new(),
                false => readable_scenarios(&app, &visitor),
            },
            ledgers: if others.is_empty() { Vec::new() } else { ledgers(&app, &visitor) },
            others,
            path,
        })
    })
    .await
}

impl Checked {
    fn of(contract: &Contract, language: Language) -> Checked {
        let check = contract.check();
        let currency = Currency::new(&contract.currency, language);
        let examples = check.examples.iter().map(|example| Example {
            name: example.name.within(language).to_owned(),
            stated: currency.digits(example.expected),
            computed: example
                .actual
                .as_ref()
                .map_or_else(|_| "-".to_owned(), |amount| currency.digits(*amount)),
            ok: example.is_ok(),
        });
        let findings = check.findings.iter().map(|finding| {
            let accepted = finding.accepted.as_ref();
            let accepted = accepted.map(|accepted| accepted.reason.within(language).to_owned());
            Shown { accepted: accepted.unwrap_or_default(), ..Shown::of(finding, language) }
        });
        let verdict = match check.is_ok() {
            true => pick!(language, "The contract passes its check", "検査に合格しました"),
            false => {
                pick!(language, "The contract does not pass its check", "検査に合格していません")
            }
        };
        let charts = chart::payment_rules(contract, None);
        Checked {
            ok: check.is_ok(),
            verdict,
            examples: examples.collect(),
            findings: findings.collect(),
            charts: charts.iter().map(|chart| chart.svg(language)).collect(),
            sheet: terms_fragment(contract, language),
        }
    }
}

/// A contract of the folder.
pub(crate) fn read(app: &App, visitor: &Visitor, path: &str) -> Result<Contract, Failure> {
    match crate::workspace::Kind::of(path) {
        Some(crate::workspace::Kind::Contract)
            if app.workspace.place(path).is_ok_and(|at| at.is_file()) => {}
        _ => return Err(Failure::not_found()),
    }
    match app.contract(path).as_ref() {
        Ok(contract) => Ok(contract.clone()),
        Err(problems) => Err(visitor.unread(problems.clone())),
    }
}
