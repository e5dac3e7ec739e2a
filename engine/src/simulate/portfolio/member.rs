//! A contract of a portfolio: read, and run with random numbers of its own but for what it shares.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::civil::Date;
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::super::fault::{Fault, explain};
use super::super::pass::Pass;
use super::super::run::{Draws, traced};
use super::read::Portfolio;
use super::tally::Tally;
use crate::contract::fiscal_year_of;
use crate::expr::block::{Program, Workspace};
use crate::expr::{Node, NodeId};
use crate::problem::{Language, Place, Problem, Source, Text, say};
use crate::scenario::{DayTime, Scenario, words};
use crate::{Files, Recorded};

/// An amount that is summed over the contracts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(super) enum Amount {
    /// What is paid in all.
    Payment,
    /// What is paid in a fiscal year.
    Year(i16),
    /// What would be paid in all if the programmes did nothing.
    NoEffect,
    /// What is paid in all, discounted to this day.
    Discounted(Date),
    /// What is saved in all, discounted to this day.
    Benefit(Date),
    /// What is saved of one kind, discounted to this day: by whether it is said to be cashable.
    BenefitKind(Option<bool>, Date),
    /// Savings less payments, discounted to this day.
    Net(Date),
    /// What an investor receives at a time, below 0 where it pays.
    Flow { investor: String, on: Date, time: DayTime },
    /// How many contracts bring an investor a loss, each by itself.
    Losses(String),
}

/// A scenario that was read, and what it was read from.
#[derive(Debug)]
pub(super) struct Loaded {
    pub(super) scenario: Scenario,
    pub(super) digest: [u8; 32],
}

/// Scenarios kept for when they are needed again; others are read again.
const KEPT_MOST: usize = 64;

/// The scenarios of a portfolio, read when they are needed.
pub(super) struct Shelf<'p> {
    portfolio: &'p Portfolio,
    files: &'p (dyn Files + Sync),
    kept: Mutex<FxHashMap<usize, Arc<Loaded>>>,
}

impl<'p> Shelf<'p> {
    pub(super) fn new(portfolio: &'p Portfolio, files: &'p (dyn Files + Sync)) -> Shelf<'p> {
        Shelf { portfolio, files, kept: Mutex::default() }
    }

    /// The scenarios of some members, by entry; each is read once.
    pub(super) fn of(
        &self,
        members: impl Iterator<Item = usize>,
    ) -> Result<FxHashMap<usize, Arc<Loaded>>, Vec<Problem>> {
        let mut wanted: Vec<usize> = members.map(|at| self.portfolio.members[at].entry).collect();
        wanted.dedup();
        let read: Vec<_> = wanted.par_iter().map(|entry| self.entry(*entry)).collect();
        let (mut found, mut problems) = (FxHashMap::default(), Vec::new());
        for (entry, read) in wanted.into_iter().zip(read) {
            match read {
                Ok(loaded) => drop(found.insert(entry, loaded)),
                Err(more) => problems.extend(more),
            }
        }
        if problems.is_empty() { Ok(found) } else { Err(problems) }
    }

    fn entry(&self, entry: usize) -> Result<Arc<Loaded>, Vec<Problem>> {
        let kept = || self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = kept().get(&entry) {
            return Ok(known.clone());
        }
        let of = &self.portfolio.entries[entry];
        let recorded = Recorded::new(self.files);
        let scenario = of.read(&recorded)?;
        let read = recorded.read_so_far();
        let mut hash = Sha256::new();
        let patches = of.patches.iter().map(|patch| patch.text().as_bytes());
        for text in read.iter().map(|(_, bytes)| &bytes[..]).chain(patches) {
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text);
        }
        let loaded = Arc::new(Loaded { scenario, digest: hash.finalize().into() });
        let mut kept = kept();
        if kept.len() < KEPT_MOST {
            kept.insert(entry, loaded.clone());
        }
        Ok(loaded)
    }
}

/// The amounts of a scenario, each with the nodes that sum to it.
pub(super) fn amounts(scenario: &Scenario) -> BTreeMap<Amount, Vec<NodeId>> {
    let (model, contract) = (&scenario.model, &scenario.contract);
    let mut amounts: BTreeMap<Amount, Vec<NodeId>> = BTreeMap::new();
    let mut add = |amount: Amount, node: NodeId| amounts.entry(amount).or_default().push(node);
    add(Amount::Payment, model.effect.payment);
    add(Amount::NoEffect, model.no_effect.payment);
    add(Amount::Discounted(contract.from), model.effect.payment_discounted);
    add(Amount::Benefit(contract.from), model.benefit);
    for benefit in &model.benefits {
        add(Amount::BenefitKind(benefit.cashable, contract.from), benefit.amount);
    }
    add(Amount::Net(contract.from), model.net);
    for (year, node) in &model.effect.years {
        add(Amount::Year(*year), *node);
    }
    for tranche in &model.tranches {
        for flow in &tranche.flows {
            let investor = tranche.investor.clone();
            add(Amount::Flow { investor, on: flow.on, time: flow.time }, flow.amount);
        }
    }
    for investor in &model.investors {
        add(Amount::Losses(investor.name.clone()), investor.loss);
    }
    amounts
}

/// A contract ready to run.
pub(super) struct Running<'s> {
    scenario: &'s Scenario,
    pass: Pass<'s>,
    draws: Draws<'s>,
    /// Which columns of the pass are which amounts, as positions.
    amounts: Vec<usize>,
}

impl<'s> Running<'s> {
    /// Member number `at` of a portfolio; `position` says where an amount is among those that are
    /// summed.
    pub(super) fn new(
        (portfolio, seed, paths): (&Portfolio, u64, u64),
        at: usize,
        scenario: &'s Scenario,
        position: impl Fn(&Amount) -> usize,
    ) -> Result<Running<'s>, Problem> {
        let model = &scenario.model;
        let draws = draws(portfolio, seed, at, scenario);
        let (mut nodes, mut positions) = (Vec::new(), Vec::new());
        for (amount, parts) in amounts(scenario) {
            positions.extend(parts.iter().map(|_| position(&amount)));
            nodes.extend(parts);
        }
        // What is told of the contract by itself.
        nodes.extend([model.effect.payment, model.no_effect.payment, model.net]);
        nodes.extend(model.investors.iter().flat_map(|investor| [investor.result, investor.loss]));
        let pass =
            Pass::new(&model.graph, (Vec::new(), &nodes), &model.required, (paths, false), &draws);
        let pass = pass.map_err(|fault| explain(scenario, &traced(scenario, &draws, fault)))?;
        Ok(Running { scenario, pass, draws, amounts: positions })
    }

    pub(super) fn workspace(&self) -> Workspace {
        self.pass.workspace()
    }

    /// Runs a block and adds its amounts to the `sums`, column by column.
    pub(super) fn run(
        &self,
        block: u64,
        workspace: &mut Workspace,
        sums: &mut [Vec<f64>],
    ) -> Result<(), Fault> {
        self.pass.run(block, &self.draws, workspace)?;
        let count = self.pass.count(block);
        for (at, position) in self.amounts.iter().enumerate() {
            let (column, _) = self.pass.column(at, workspace);
            for (sum, value) in sums[*position].iter_mut().zip(&column[..count]) {
                *sum += value;
            }
        }
        Ok(())
    }

    /// What is told of the contract by itself, in the block that was run last: payment, payment
    /// without effect, savings less payments; of each investor what it is left with and whether
    /// that is a loss.
    pub(super) fn own<'w>(
        &self,
        block: u64,
        workspace: &'w Workspace,
    ) -> impl Iterator<Item = &'w [f64]> {
        let count = self.pass.count(block);
        let all = self.pass.wanted.len();
        (self.amounts.len()..all).map(move |at| &self.pass.column(at, workspace).0[..count])
    }

    /// Tallies of nothing yet, scaled by the first block.
    pub(super) fn tallies(&self, workspace: &Workspace) -> Vec<Tally> {
        self.own(0, workspace).map(Tally::new).collect()
    }

    /// A fault as the person who made the scenario must hear it.
    pub(super) fn problem(&self, fault: Fault) -> Problem {
        explain(self.scenario, &traced(self.scenario, &self.draws, fault))
    }
}

/// The random quantities of a member: shared cells have the portfolio's seed, and at evaluations the
/// fiscal year in place of the number of the evaluation, which is another in each contract.
fn draws<'s>(portfolio: &Portfolio, seed: u64, at: usize, scenario: &'s Scenario) -> Draws<'s> {
    let own = portfolio.members[at].seed(seed);
    let evaluations = &scenario.contract.evaluations;
    Draws::keyed(&scenario.model.draws, |draw| {
        if !portfolio.shared.contains(&draw.cell) {
            return (own, draw.evaluation);
        }
        let evaluation = (draw.evaluation as usize).checked_sub(1);
        let year = evaluation.map_or(0, |at| fiscal_year_of(evaluations[at].at).unsigned_abs());
        (seed, year.into())
    })
}

/// A shared cell as a contract has it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct SharedCell {
    pub(super) name: String,
    /// What people call it.
    pub(super) title: Text,
    pub(super) is: (String, Option<String>),
    /// Its values on the first paths: of each of its entries, with the effect and without, and by
    /// fiscal year where it is drawn at evaluations.
    pub(super) values: BTreeMap<(String, bool, Option<i16>), Vec<f64>>,
    /// Where it is stated.
    pub(super) place: Place,
}

impl SharedCell {
    /// Whether another contract has the same cell, as far as the two have years in common.
    pub(super) fn is_that_of(&self, other: &SharedCell) -> bool {
        let mut common =
            self.values.iter().filter_map(|(key, values)| Some((values, other.values.get(key)?)));
        self.is == other.is && common.all(|(a, b)| a == b)
    }
}

/// The shared cells of a member.
///
/// # Errors
/// One that depends on cells of the contract's own, random or not: it would be another in each. One
/// that is drawn at two evaluations of a fiscal year: they would be one draw.
pub(super) fn shared_cells(
    (portfolio, seed, paths): (&Portfolio, u64, usize),
    at: usize,
    scenario: &Scenario,
) -> Result<Vec<SharedCell>, Problem> {
    let model = &scenario.model;
    let shared: FxHashSet<&str> = portfolio.shared.iter().map(String::as_str).collect();
    let cell_of = |name: &str| name.split('[').next().unwrap_or_default().to_owned();
    let is_cell = |word: &str| model.cells.iter().any(|cell| cell_of(&cell.name) == word);
    let mut found: Vec<SharedCell> = Vec::new();
    for (effect, cells) in [(true, &model.cells), (false, &model.no_effect_cells)] {
        for cell in cells.iter().filter(|cell| shared.contains(&*cell_of(&cell.name))) {
            let name = cell_of(&cell.name);
            for id in model.graph.needed(&[cell.node]) {
                if let Node::Draw(draw, _) = model.graph.node(id)
                    && let other = &model.draws[draw.index()].cell
                    && !shared.contains(other.as_str())
                {
                    return Err(not_alone(scenario, &name, other));
                }
            }
            let program = Program::compile(&model.graph, &[cell.node]);
            let mut workspace = program.workspace(paths);
            let draws = draws(portfolio, seed, at, scenario);
            let run = program.run(&draws, 0, paths, &mut workspace);
            run.map_err(|fault| explain(scenario, &traced(scenario, &draws, fault)))?;
            let values = program.root(0, &workspace)[..paths].to_vec();
            let evaluations = &scenario.contract.evaluations;
            let year = cell.evaluation.map(|at| fiscal_year_of(evaluations[at].at));
            let entry = (cell.name.clone(), effect, year);
            match found.iter_mut().find(|known| known.name == name) {
                Some(known) => {
                    if known.values.insert(entry, values).is_some() {
                        return Err(twice_a_year(scenario, &name, year));
                    }
                }
                None => {
                    let stated = scenario.assumptions.iter().find(|known| known.name == name);
                    let is = stated.map_or_else(Default::default, |known| {
                        (known.is.clone(), known.no_effect.clone())
                    });
                    for text in [Some(&is.0), is.1.as_ref()].into_iter().flatten() {
                        let own = |word: &&str| is_cell(word) && !shared.contains(*word);
                        if let Some(other) = words(text).find(own) {
                            return Err(not_alone(scenario, &name, other));
                        }
                    }
                    let title = |language| scenario.cell_title(&name, language);
                    let title = Text { en: title(Language::En), ja: title(Language::Ja) };
                    let place = place_of(scenario, &name);
                    let values = BTreeMap::from([(entry, values)]);
                    found.push(SharedCell { name, title, is, values, place });
                }
            }
        }
    }
    Ok(found)
}

/// Where a cell is stated.
fn place_of(scenario: &Scenario, cell: &str) -> Place {
    let known = scenario.assumptions.iter().find(|known| known.name == cell);
    known.map_or_else(|| Source::new(&*scenario.file, "").whole(), |known| known.place.clone())
}

/// A shared cell that is drawn at two evaluations of a fiscal year.
fn twice_a_year(scenario: &Scenario, name: &str, year: Option<i16>) -> Problem {
    let place = place_of(scenario, name);
    let (name, year) = (name.to_owned(), year.unwrap_or_default());
    Problem::error(
        "shared-twice-a-year",
        say!(
            "`{name}` is shared by fiscal year, but is drawn at two evaluations of fiscal year {year}",
            "`{name}` は年度ごとに共有されますが、{year} 年度の二つの評価で引かれています"
        ),
    )
    .help(say!(
        "state it once for all evaluations, under [assume], or do not share it",
        "[assume] に移して全評価で一つの値にするか、共有をやめてください"
    ))
    .at(place)
}

/// A shared cell that has luck of the contract's own.
fn not_alone(scenario: &Scenario, name: &str, other: &str) -> Problem {
    let place = place_of(scenario, name);
    let (name, other) = (name.to_owned(), other.to_owned());
    Problem::error(
        "shared-depends",
        say!(
            "`{name}` is shared, but depends on `{other}`, which is the contract's own",
            "`{name}` は共有のセルですが、契約ごとのセル `{other}` に依存しています"
        ),
    )
    .help(say!(
        "share `{other}` too, or let `{name}` use shared cells only; of cells that are correlated the shared ones come first",
        "`{other}` も共有にするか、`{name}` が共有のセルだけを使うようにしてください。相関を持つセルでは共有のものを先に書きます"
    ))
    .at(place)
}
