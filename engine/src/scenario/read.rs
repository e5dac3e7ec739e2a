//! From a TOML file to a [`Scenario`].

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use rustc_hash::FxHashMap;

use super::assumption::of_table;
use super::benefits::{self, Benefit};
use super::cells::{Cells, Effect, Values};
use super::cohort::{self, Cohort, Lowered, Tables};
use super::document::{Document, Section};
use super::early_end::{self, EarlyEndModel, Ending};
use super::model::{BenefitModel, Model, Remeasured, Required};
use super::outcomes::{self, OutcomeModel};
use super::pricing::{Measured, Pricing, money};
use super::vocabulary::{self, Ledger, WORDS};
use super::{Assumption, Patch, Scenario, beside, patch};
use crate::Files;
use crate::contract::Contract;
use crate::contract::explain::amount_text;
use crate::evidence;
use crate::expr::{Graph, NodeId};
use crate::problem::{Place, Problem, Source, Text, say};
use crate::script::{Limits, Sandbox};

/// What a scenario may state.
pub(super) const ENTRIES: [&str; 14] = [
    "title",
    "contract",
    "paths",
    "seed",
    "discount_rate",
    "discount_from_year",
    "beneficiaries",
    "params",
    "assume",
    "correlate",
    "cohort",
    "outcomes",
    "benefits",
    "early_end",
];

/// Paths when neither the scenario nor the command says how many.
const PATHS_DEFAULT: u64 = 100_000;

impl Scenario {
    /// Reads a scenario and the contract it names; of a [`Patch`] the scenario that it patches.
    ///
    /// # Errors
    /// Every problem of the file, or of the contract.
    pub fn read(files: &dyn Files, path: &str) -> Result<Scenario, Vec<Problem>> {
        Scenario::read_with(files, path, &[])
    }

    /// Reads a scenario with patches over it, the last one on top.
    ///
    /// # Errors
    /// As [`read`](Self::read), and every problem of the patches.
    pub fn read_with(
        files: &dyn Files,
        path: &str,
        patches: &[Patch],
    ) -> Result<Scenario, Vec<Problem>> {
        evidence::expect_kind(path, evidence::Kind::Scenario).map_err(|problem| vec![problem])?;
        let (source, own) = patch::base_of(files, path)?;
        let all: Vec<&Patch> = own.iter().rev().chain(patches).collect();
        Scenario::parse_with(files, &source, &all)
    }

    /// Reads the scenario at `path` for another contract than it names: the same cells, with the
    /// same random numbers, measured as that contract reads them.
    ///
    /// # Errors
    /// As [`read`](Self::read); a contract that measures what the scenario does not draw.
    pub(crate) fn read_for(
        files: &dyn Files,
        path: &str,
        contract: &Contract,
    ) -> Result<Scenario, Vec<Problem>> {
        let (source, own) = patch::base_of(files, path)?;
        let all: Vec<&Patch> = own.iter().rev().collect();
        Scenario::of(files, &source, &all, Some(contract))
    }

    /// Reads a scenario from its text; the contract is read through `files`, relative to the
    /// scenario's own path.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn parse(files: &dyn Files, source: &Source) -> Result<Scenario, Vec<Problem>> {
        Scenario::parse_with(files, source, &[])
    }

    /// Reads a scenario from its text with patches over it, the last one on top.
    ///
    /// # Errors
    /// As [`read_with`](Self::read_with).
    pub fn parse_with(
        files: &dyn Files,
        source: &Source,
        patches: &[&Patch],
    ) -> Result<Scenario, Vec<Problem>> {
        Scenario::of(files, source, patches, None)
    }

    /// A scenario of the contract it names, or of a given one.
    fn of(
        files: &dyn Files,
        source: &Source,
        patches: &[&Patch],
        given: Option<&Contract>,
    ) -> Result<Scenario, Vec<Problem>> {
        let over: Vec<&Source> = patches.iter().map(|patch| &patch.source).collect();
        let document = Document::layered(source, &over).map_err(|problem| vec![problem])?;
        let root = document.root();
        let known: Vec<&str> = if patches.is_empty() {
            ENTRIES.to_vec()
        } else {
            ENTRIES.into_iter().chain(patch::ENTRIES).collect()
        };
        root.known(&known);
        patch::check(&document);
        // What is misspelt in a patch leads to errors that are none.
        let problems = document.problems();
        if !problems.is_empty() && !patches.is_empty() {
            return Err(problems);
        }
        problems.into_iter().for_each(|problem| document.report(problem));
        let overrides = parameters(&root);
        if !root.has("contract") {
            root.missing(
                "contract",
                say!("the path of the contract's script", "契約スクリプトのパス"),
            );
            return Err(document.problems());
        }
        let Some(contract) = root.text("contract") else { return Err(document.problems()) };
        let contract = match Contract::read(files, &beside(source.file(), &contract), &overrides) {
            Ok(contract) => contract,
            Err(mut problems) => {
                for problem in &mut problems {
                    match problem.id {
                        "unreadable-file" => problem.place = Some(root.place("contract")),
                        "unknown-parameter" => problem.place = Some(root.place("params")),
                        _ => {}
                    }
                }
                let mut all = document.problems();
                all.extend(problems);
                return Err(all);
            }
        };
        out_of_range(&document, &contract, &overrides, &root);
        // Worked examples state what the contract's own values pay, not a scenario's.
        let stated = if overrides.is_empty() {
            contract.examples_hold()
        } else {
            let own = beside(source.file(), &root.text("contract").unwrap_or_default());
            Contract::read(files, &own, &BTreeMap::new()).and_then(|own| own.examples_hold())
        };
        stated?;
        let contract = given.cloned().unwrap_or(contract);
        let rate = root.number("discount_rate").unwrap_or_default();
        if rate <= -Decimal::ONE || rate > Decimal::ONE {
            root.wrong(
                "discount_rate",
                say!("a share per year such as 0.02", "年率の割合。例 0.02"),
            );
        }
        let from_year = root.count("discount_from_year", 1).unwrap_or(1);
        let mut sandbox = Sandbox::new(source.clone(), WORDS, Limits::default());
        let ledger = Ledger::default();
        let bench = sandbox.bench().clone();
        let tables = Tables::new(files, source.file());
        vocabulary::register(sandbox.engine(), &bench, &ledger);
        cohort::register(sandbox.engine(), &bench, &tables);
        let mut cells = Cells::read(files, &document, &sandbox, &ledger, &tables, &root);
        let cohorts = cohort::read(&document, &cells, &root);
        cells.cohorts = cohort::names(&root);
        let outcomes = outcomes::read(&document, &contract, &cells, &root);
        let benefits = benefits::read(&document, &contract, &cells, &root);
        let early_end = early_end::read(&document, &contract, &cells, &root);
        let paths = root.count("paths", 1).unwrap_or(PATHS_DEFAULT);
        let seed = root.count("seed", 0).unwrap_or_default();
        let title = patch::title(&document, source, patches);
        let problems = document.problems();
        if !problems.is_empty() {
            return Err(problems);
        }
        let rate = rate.to_f64().unwrap_or_default();
        let builder = Builder {
            contract: &contract,
            cells: &cells,
            cohorts: &cohorts,
            outcomes: &outcomes,
            early_end: early_end.as_ref(),
            pricing: Pricing { contract: &contract, rate, from_year },
        };
        for benefit in benefits.iter().filter(|benefit| benefit.in_all) {
            for cohort in &cohorts {
                let same = cohort.cost_convention.rate == rate
                    && (rate == 0.0 || cohort.cost_convention.from_year == from_year as f64);
                if !same && benefit.names(&cohort.name) {
                    document.report(mixed_discounting(benefit, cohort, &cells, (rate, from_year)));
                }
            }
        }
        let model = builder.model(&benefits, &ledger);
        let problems = document.problems();
        match model {
            Some(model) if problems.is_empty() => Ok(Scenario {
                file: source.file().to_owned(),
                title,
                assumptions: assumptions(&contract, &cells, cohorts, &tables, &root),
                paths,
                paths_place: root.place("paths"),
                seed,
                discount_rate: rate,
                discount_from_year: from_year,
                model,
                contract,
            }),
            _ => Err(problems),
        }
    }
}

/// What the result rests on: cells, outcome models, benefits, numbers of cohorts, and rows of tables
/// without a source.
fn assumptions(
    contract: &Contract,
    cells: &Cells<'_>,
    cohorts: Vec<Cohort>,
    tables: &Tables<'_>,
    root: &Section<'_>,
) -> Vec<Assumption> {
    let mut assumptions = cells.assumptions();
    for name in ["outcomes", "benefits", "early_end"].into_iter().filter(|name| root.has(name)) {
        assumptions.extend(root.section(name).iter().flat_map(|table| of_table(table, None)));
    }
    for assumption in &mut assumptions {
        let indicator = assumption.name.strip_prefix("outcomes.");
        let indicator = indicator.and_then(|name| contract.indicator_named(name));
        if let Some(position) = indicator {
            assumption.title = Some(contract.indicators[position].title.clone());
        }
    }
    assumptions.extend(cohorts.into_iter().flat_map(|cohort| cohort.assumptions));
    assumptions.extend(tables.assumptions(&cells.document.source.whole()));
    assumptions
}

fn parameters(root: &Section<'_>) -> BTreeMap<String, Decimal> {
    let Some(section) = root.section("params") else { return BTreeMap::new() };
    let values = section.keys().into_iter();
    values.filter_map(|key| Some((key.to_owned(), section.number(key)?))).collect()
}

/// Reports values of parameters outside the range that the contract declares.
fn out_of_range(
    document: &Document<'_>,
    contract: &Contract,
    overrides: &BTreeMap<String, Decimal>,
    root: &Section<'_>,
) {
    let Some(section) = root.section("params") else { return };
    for parameter in &contract.parameters {
        let name = &parameter.name;
        let (Some(value), Some((low, high))) = (overrides.get(name), parameter.range) else {
            continue;
        };
        if (low..=high).contains(value) {
            continue;
        }
        let [value, low, high] = [*value, low, high].map(amount_text);
        document.report(
            Problem::error(
                "parameter-out-of-range",
                say!(
                    "`{name}` is outside the range that the contract declares",
                    "`{name}` が契約の定める範囲の外にあります"
                ),
            )
            .found(Text::from(value))
            .expected(say!("{low} to {high}", "{low} から {high} まで"))
            .help(say!(
                "keep to the range, or widen it where the contract says param(\"{name}\", …, [low, high])",
                "範囲の中の値にするか、契約の param(\"{name}\", …, [下限, 上限]) を広げてください"
            ))
            .at(section.place(name)),
        );
    }
}

struct Builder<'a> {
    contract: &'a Contract,
    cells: &'a Cells<'a>,
    cohorts: &'a [Cohort],
    outcomes: &'a [OutcomeModel],
    early_end: Option<&'a EarlyEndModel>,
    pricing: Pricing<'a>,
}

impl Builder<'_> {
    fn model(&self, benefits: &[Benefit], ledger: &Ledger) -> Option<Model> {
        let mut required = Vec::new();
        let cohorts = self.cohorts(&mut required)?;
        let (effect, values) = self.measured(Effect::With, &cohorts, &mut required)?;
        let (no_effect, values_without) =
            self.measured(Effect::Without, &cohorts, &mut required)?;
        ledger.now().again = true;
        // What is measured again keeps to the ranges of the first measurement's law.
        let (again, _) = self.measured(Effect::With, &cohorts, &mut Vec::new())?;
        ledger.now().again = false;
        // The arms share what no effect changes.
        let mut known: Vec<Required> = Vec::new();
        for one in required {
            if !known.contains(&one) {
                known.push(one);
            }
        }
        let endings = self.endings(&values, &mut Vec::new())?;
        let mut models = Vec::new();
        for benefit in benefits {
            let mut amounts = Vec::new();
            // What is stated in all is discounted already, and counts once.
            let from = if benefit.in_all { values.len().saturating_sub(1) } else { 0 };
            for (evaluation, values) in values.iter().enumerate().skip(from) {
                let amount = benefit.amount(self.contract, self.cells, values, evaluation)?;
                amounts.push(if benefit.in_all {
                    amount
                } else {
                    let amount = self.while_it_runs(amount, endings[evaluation]);
                    let at = self.contract.evaluations[evaluation].at;
                    self.graph(|graph| self.pricing.discounted(graph, amount, at))
                });
            }
            models.push(BenefitModel {
                name: benefit.name.clone(),
                title: benefit.title.clone(),
                amount: self.graph(|graph| self.pricing.sum(graph, &amounts)),
                shares: benefit.shares.clone(),
                cashable: benefit.cashable,
            });
        }
        let pricing = self.pricing;
        let (priced, again, luck) = self.graph(|graph| {
            let priced = pricing.priced(graph, &effect, &no_effect, &models);
            let again = pricing.arm(graph, &priced.lines, &again);
            let luck = pricing.luck(graph, &priced.effect, &again);
            (priced, again, luck)
        });
        Some(Model {
            graph: self.graph(|graph| graph.clone()),
            draws: ledger.now().draws.clone(),
            cells: self.cells.columns(&values),
            no_effect_cells: self.cells.columns(&values_without),
            lines: priced.lines,
            effect: priced.effect,
            no_effect: priced.no_effect,
            remeasured: Remeasured { payment: again.payment, lines: again.lines },
            luck,
            line_pays: priced.line_pays,
            measured: effect.details,
            measured_without: no_effect.details,
            places: self.places(benefits),
            required: known,
            samples: effect.samples,
            cohorts: cohorts.into_iter().map(|cohort| cohort.model).collect(),
            benefits: models,
            payers: priced.payers,
            savings: priced.savings,
            parties: priced.parties,
            investors: priced.investors,
            tranches: priced.tranches,
            outside: priced.outside,
            benefit: priced.benefit,
            net: priced.net,
            net_positive: priced.net_positive,
        })
    }

    /// The cohorts in both arms.
    fn cohorts(&self, required: &mut Vec<Required>) -> Option<Vec<Lowered>> {
        let (with, without) = (self.cells.once(Effect::With), self.cells.once(Effect::Without));
        let lower =
            |cohort| cohort::lower(cohort, self.cells, self.contract, (&with, &without), required);
        self.cohorts.iter().map(lower).collect()
    }

    fn graph<T>(&self, work: impl FnOnce(&mut Graph) -> T) -> T {
        self.cells.sandbox.bench().graph(work)
    }

    /// The outcomes with or without effect, and the cells at each evaluation.
    fn measured(
        &self,
        effect: Effect,
        cohorts: &[Lowered],
        required: &mut Vec<Required>,
    ) -> Option<(Measured, Vec<Values>)> {
        let contract = self.contract;
        let once = self.cells.once(effect);
        let mut values: Vec<Values> = Vec::new();
        for evaluation in 0..contract.evaluations.len() {
            let now = self.cells.at(effect, evaluation, &once, values.last());
            values.push(now);
        }
        for (evaluation, values) in values.iter_mut().enumerate() {
            let handle = |cohort: &Lowered| cohort.handle(self.cells, contract, effect, evaluation);
            values.cohorts = cohorts.iter().map(handle).collect();
        }
        let mut measured = Measured::default();
        let mut earlier = FxHashMap::default();
        for (position, outcome) in contract.terms.outcomes.iter().enumerate() {
            let model =
                self.outcomes.iter().find(|model| model.indicator() == outcome.indicator)?;
            let at = outcome.evaluation;
            let nodes =
                model.measure(contract, self.cells, &values[at], outcome, &earlier, required)?;
            measured.symbols.insert(outcome.value, nodes.value);
            measured.symbols.insert(outcome.available, nodes.available);
            measured.symbols.extend(nodes.bounds.iter().copied());
            measured.outcomes.push((position, nodes.value, nodes.available));
            let details = self.graph(|graph| nodes.measured(graph, position));
            measured.details.extend(details.ok());
            measured.samples.extend(model.sample(contract, position, &nodes));
            earlier.insert((outcome.indicator, at), nodes);
        }
        let endings = self.endings(&values, required)?;
        for (ending, terms) in endings.iter().zip(&contract.terms.endings) {
            measured.symbols.insert(terms.ended, ending.ended);
            measured.symbols.insert(terms.served, ending.served);
        }
        Some((measured, values))
    }

    /// How the contract may end early on each path.
    fn endings(&self, values: &[Values], required: &mut Vec<Required>) -> Option<Vec<Ending>> {
        match self.early_end {
            Some(model) => model.endings(self.cells, values, required),
            None => Some(early_end::none(self.cells, values.len())),
        }
    }

    /// What is saved at an evaluation: nothing once the contract has ended early, and the part of
    /// the period that was served where it ends.
    fn while_it_runs(&self, amount: NodeId, ending: Ending) -> NodeId {
        if self.early_end.is_none() {
            return amount;
        }
        self.graph(|graph| {
            let zero = graph.number(Decimal::ZERO, graph.unit(amount).clone());
            let served = money(graph.multiply(amount, ending.served));
            money(graph.select(ending.over, zero, served))
        })
    }

    /// Where outcome models and benefits are declared.
    fn places(&self, benefits: &[Benefit]) -> Vec<(String, Place)> {
        let outcomes = self.outcomes.iter().map(|model| {
            let id = &self.contract.indicators[model.indicator()].id;
            (format!("outcomes.{id}"), model.place().clone())
        });
        let benefits = benefits.iter().map(|benefit| (benefit.key(), benefit.place(self.cells)));
        let early_end = self.early_end.map(|model| ("early_end".to_owned(), model.place().clone()));
        outcomes.chain(benefits).chain(early_end).collect()
    }
}

/// A total of a cohort that is discounted otherwise than payments are.
fn mixed_discounting(
    benefit: &Benefit,
    cohort: &Cohort,
    cells: &Cells<'_>,
    (rate, from_year): (f64, u64),
) -> Problem {
    let (key, name, cost) = (benefit.key(), &cohort.name, cohort.cost_convention);
    Problem::error(
        "mixed-discounting",
        say!(
            "`{key}` takes the cost of `{name}`, which is discounted otherwise than payments are",
            "`{key}` が使う `{name}` の費用は、支払とは異なる方法で割り引かれています"
        ),
    )
    .found(Text::from(format!("cost = {}, from_year = {}", cost.rate, cost.from_year)))
    .expected(Text::from(format!("cost = {rate}, from_year = {from_year}")))
    .help(say!(
        "payments and savings are netted: state `discount_rate` and `discount_from_year` of the scenario as the `discount` of the cohort",
        "支払と節約は差し引きされます。シナリオの `discount_rate` と `discount_from_year` をコホートの `discount` と同じにしてください"
    ))
    .at(benefit.place(cells))
}
