//! A portfolio: its contracts, and a run of all of them together.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Html;
use engine::portfolio_folder;
use engine::simulate::Portfolio;

use super::{Frame, aside, encoded, shown};
use crate::app::App;
use crate::failure::Failure;
use crate::roles::Act;
use crate::visitor::{Known, Visitor};
use crate::workspace::Kind;

#[derive(Template)]
#[template(path = "portfolio.html")]
struct PortfolioPage {
    frame: Frame,
    path: String,
    paths: u64,
    contracts: usize,
    kinds: Vec<Alike>,
    shared: Vec<String>,
    may_run: bool,
}

/// Contracts under one scenario.
struct Alike {
    count: usize,
    title: String,
    path: String,
}

pub(crate) async fn portfolio(
    State(app): State<App>,
    Known(visitor): Known,
    Path(path): Path<String>,
) -> Result<Html<String>, Failure> {
    aside(move || {
        let (portfolio, contracts) = read(&app, &visitor, &path, Act::Read)?;
        let may_run = contracts.iter().all(|id| visitor.may(Act::Simulate, id));
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for member in &portfolio.members {
            *counts.entry(portfolio.scenario_of(member)).or_default() += 1;
        }
        let kinds = counts.into_iter().map(|(path, count)| {
            let scenario = app.scenario(path);
            let title = scenario
                .as_ref()
                .as_ref()
                .map_or(path, |scenario| scenario.title.within(visitor.language));
            Alike { count, title: title.to_owned(), path: path.to_owned() }
        });
        shown(&PortfolioPage {
            frame: Frame::new(
                &visitor,
                portfolio.title.within(visitor.language),
                format!("/portfolios/{}", encoded(&path)),
            ),
            path: path.clone(),
            paths: portfolio.paths,
            contracts: portfolio.members.len(),
            kinds: kinds.collect(),
            shared: portfolio.shared.clone(),
            may_run,
        })
    })
    .await
}

/// The portfolio that a file of the folder states, and the identifiers of its contracts, if the
/// visitor may do that with each of them.
pub(crate) fn read(
    app: &App,
    visitor: &Visitor,
    path: &str,
    act: Act,
) -> Result<(Portfolio, Vec<String>), Failure> {
    let is_there = app.workspace.place(path).is_ok_and(|place| place.is_file());
    let Some(folder) = portfolio_folder(path).filter(|_| is_there) else {
        return Err(Failure::not_found());
    };
    let portfolio = app.portfolio(folder);
    let portfolio = match portfolio.as_ref() {
        Ok(portfolio) => portfolio.clone(),
        Err(problems) => return Err(visitor.unread(problems.clone())),
    };
    let mut contracts = Vec::new();
    for scenario in portfolio.scenarios() {
        match app.scenario(scenario).as_ref() {
            Ok(scenario) => contracts.push(scenario.contract.id.clone()),
            Err(problems) => return Err(visitor.unread(problems.clone())),
        }
    }
    contracts.sort_unstable();
    contracts.dedup();
    for contract in &contracts {
        visitor.require(act, contract)?;
    }
    Ok((portfolio, contracts))
}

/// The portfolios of the folder, by path, with their titles; `None` where one cannot be read by
/// somebody who may change it.
pub(super) fn portfolios(app: &App, visitor: &Visitor) -> Vec<(String, Option<String>)> {
    let files = app.workspace.list(Kind::Scenario).into_iter();
    let found =
        files.filter(|path| portfolio_folder(path).is_some()).filter_map(|path| {
            match read(app, visitor, &path, Act::Read) {
                Ok((portfolio, _)) => {
                    Some((path, Some(portfolio.title.within(visitor.language).to_owned())))
                }
                Err(_) => visitor.may(Act::Edit, "").then_some((path, None)),
            }
        });
    found.collect()
}
