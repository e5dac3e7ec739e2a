//! Running a scenario in blocks on all threads.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use super::projection::Probability;
use super::summary::{Scale, Summary, VALUES_KEPT_MAX};
use super::{
    AssumptionReport, BenefitProjection, Distribution, EvaluationProjection, Named,
    OutcomeProjection, Projection,
};
use crate::expr::block::{Inputs, Program, Workspace};
use crate::expr::{DrawId, NodeId, SymbolId};
use crate::problem::{Problem, Source, Text, say};
use crate::random::Stream;
use crate::scenario::{BenefitModel, Draw, Scenario};

/// Paths computed together; small enough for the columns to stay in the processor's cache.
const BLOCK: usize = 1024;

/// What a run may change of its scenario.
#[derive(Debug, Clone, Copy, Default)]
pub struct Settings {
    /// Number of paths, instead of the scenario's.
    pub paths: Option<u64>,
    /// Seed, instead of the scenario's.
    pub seed: Option<u64>,
    /// Threads; all cores when absent.
    pub threads: Option<usize>,
}

/// Who looks on while a run goes on; called from several threads.
pub trait Watch: Sync {
    /// `done` of `all` paths are finished.
    fn progress(&self, done: u64, all: u64);
    /// Whether to stop.
    fn should_stop(&self) -> bool;
}

/// Simulates a scenario.
///
/// # Errors
/// An impossible parameter on some path, with its cell and values; a figure that is not a number;
/// a run that was stopped.
pub fn simulate(
    scenario: &Scenario,
    settings: &Settings,
    watch: &dyn Watch,
) -> Result<Projection, Vec<Problem>> {
    let one = |problem: Problem| vec![problem];
    let paths = settings.paths.unwrap_or(scenario.paths);
    let seed = settings.seed.unwrap_or(scenario.seed);
    if paths == 0 {
        return Err(one(Problem::error(
            "no-paths",
            say!("there is nothing to simulate with 0 paths", "パス数 0 では試算できません"),
        )));
    }
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(settings.threads.unwrap_or(0))
        .build()
        .map_err(|error| {
        let said = error.to_string();
        one(Problem::error("threads", say!("no threads: {said}", "スレッドを作れません: {said}")))
    })?;
    pool.install(|| {
        let run = Run::new(scenario, seed, paths).map_err(one)?;
        let summaries = run.summaries(watch).map_err(one)?;
        Ok(Results::new(&run, summaries).projection(scenario, seed))
    })
}

/// The random quantities of a scenario, each with its stream.
struct Draws<'s> {
    draws: &'s [Draw],
    streams: Vec<Stream>,
}

/// Why a block could not be computed.
enum Fault {
    /// A parameter outside its range.
    Impossible { draw: DrawId, path: u64, parameter: usize, values: Vec<f64> },
    /// A result that is no number.
    NotANumber { node: NodeId, path: u64 },
    /// A part of an outcome model outside the range it must keep to.
    OutOfRange { required: usize, path: u64, value: f64 },
    /// Someone asked to stop.
    Stopped,
}

impl Inputs for Draws<'_> {
    type Error = Fault;

    fn symbol(&self, _: SymbolId, _: u64, out: &mut [f64]) -> Result<(), Fault> {
        // Every symbol of the contract was replaced by a scenario's node; what is left is never
        // read into a result, and would show if it were.
        out.fill(f64::NAN);
        Ok(())
    }

    fn draw(
        &self,
        draw: DrawId,
        first_path: u64,
        parameters: &[&[f64]],
        out: &mut [f64],
    ) -> Result<(), Fault> {
        let drawn = &self.draws[draw.index()];
        let filled = match (drawn.inverse, parameters.split_last()) {
            (true, Some((deviate, parameters))) => {
                drawn.family.fill_from_normal(deviate, parameters, out)
            }
            _ => drawn.family.fill(&self.streams[draw.index()], first_path, parameters, out),
        };
        filled.map_err(|impossible| Fault::Impossible {
            draw,
            path: first_path + impossible.offset as u64,
            parameter: impossible.parameter,
            values: impossible.values,
        })
    }
}

/// A result that is summarised: a node, and for an outcome the node that says where it is
/// available.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Wanted {
    node: NodeId,
    where_available: Option<NodeId>,
}

/// A scenario made ready to run.
struct Run<'s> {
    scenario: &'s Scenario,
    program: Program,
    draws: Draws<'s>,
    wanted: Vec<Wanted>,
    /// The roots of the program: the wanted nodes, the required ones, then the availabilities.
    roots: Vec<NodeId>,
    scales: Vec<Scale>,
    paths: u64,
    exact: bool,
}

impl<'s> Run<'s> {
    fn new(scenario: &'s Scenario, seed: u64, paths: u64) -> Result<Run<'s>, Problem> {
        let wanted = wanted(scenario);
        let mut roots: Vec<NodeId> = wanted.iter().map(|wanted| wanted.node).collect();
        roots.extend(scenario.model.required.iter().map(|required| required.node));
        roots.extend(wanted.iter().filter_map(|wanted| wanted.where_available));
        let draws = &scenario.model.draws;
        let streams = draws
            .iter()
            .map(|draw| Stream::new(seed, &draw.cell, draw.index, draw.evaluation))
            .collect();
        let mut run = Run {
            scenario,
            program: Program::compile(&scenario.model.graph, &roots),
            draws: Draws { draws, streams },
            exact: paths.saturating_mul(wanted.len() as u64) <= VALUES_KEPT_MAX,
            wanted,
            roots,
            scales: Vec::new(),
            paths,
        };
        // The first block fixes the scales, whichever blocks this run is to compute.
        let mut workspace = run.program.workspace(BLOCK);
        run.block(0, &mut workspace).map_err(|fault| run.explain(&fault))?;
        let count = run.count(0);
        run.scales = (0..run.wanted.len())
            .map(|at| Scale::of(&run.program.root(at, &workspace)[..count]))
            .collect();
        Ok(run)
    }

    fn blocks(&self) -> u64 {
        self.paths.div_ceil(BLOCK as u64)
    }

    /// How many paths a block has.
    fn count(&self, block: u64) -> usize {
        (self.paths - block * BLOCK as u64).min(BLOCK as u64) as usize
    }

    /// The summaries of all blocks, made on every thread of the pool.
    fn summaries(&self, watch: &dyn Watch) -> Result<Vec<Summary>, Problem> {
        let (next, done, first) = (AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(u64::MAX));
        let fault: Mutex<Option<(u64, Fault)>> = Mutex::new(None);
        let parts = rayon::broadcast(|_| {
            let mut workspace = self.program.workspace(BLOCK);
            let mut summaries: Vec<Summary> =
                self.scales.iter().map(|scale| Summary::new(*scale, self.exact)).collect();
            loop {
                let block = next.fetch_add(1, Ordering::Relaxed);
                // After a fault only earlier blocks matter: the first faulty one is reported.
                if block >= self.blocks() || block > first.load(Ordering::Relaxed) {
                    return summaries;
                }
                let result = if watch.should_stop() {
                    Err(Fault::Stopped)
                } else {
                    self.block(block, &mut workspace)
                };
                match result {
                    Ok(()) => {
                        self.add(block, &workspace, &mut summaries);
                        let count = self.count(block) as u64;
                        watch
                            .progress(done.fetch_add(count, Ordering::Relaxed) + count, self.paths);
                    }
                    Err(found) => {
                        first.fetch_min(block, Ordering::Relaxed);
                        let mut fault = fault.lock().unwrap_or_else(PoisonError::into_inner);
                        if fault.as_ref().is_none_or(|(known, _)| block < *known) {
                            *fault = Some((block, found));
                        }
                    }
                }
            }
        });
        if let Some((_, fault)) = fault.into_inner().unwrap_or_else(PoisonError::into_inner) {
            return Err(self.explain(&fault));
        }
        let merged = parts.into_iter().reduce(|mut all, part| {
            for (summary, part) in all.iter_mut().zip(part) {
                summary.merge(part);
            }
            all
        });
        Ok(merged.unwrap_or_default())
    }

    /// Computes a block and checks that its results are numbers.
    fn block(&self, block: u64, workspace: &mut Workspace) -> Result<(), Fault> {
        let (first, count) = (block * BLOCK as u64, self.count(block));
        self.program.run(&self.draws, first, count, workspace)?;
        for (at, required) in self.scenario.model.required.iter().enumerate() {
            let column = &self.program.root(self.wanted.len() + at, workspace)[..count];
            for (offset, value) in column.iter().enumerate() {
                if !required.range.holds(*value) {
                    let path = first + offset as u64;
                    return Err(Fault::OutOfRange { required: at, path, value: *value });
                }
            }
        }
        for (at, wanted) in self.wanted.iter().enumerate() {
            let column = &self.program.root(at, workspace)[..count];
            let available = self.available(wanted, workspace);
            for (offset, value) in column.iter().enumerate() {
                let matters = available.is_none_or(|available| available[offset] != 0.0);
                if matters && !value.is_finite() {
                    return Err(Fault::NotANumber {
                        node: wanted.node,
                        path: first + offset as u64,
                    });
                }
            }
        }
        Ok(())
    }

    fn available<'w>(&self, wanted: &Wanted, workspace: &'w Workspace) -> Option<&'w [f64]> {
        let node = wanted.where_available?;
        let root = self.roots.iter().rposition(|root| *root == node)?;
        Some(self.program.root(root, workspace))
    }

    fn add(&self, block: u64, workspace: &Workspace, summaries: &mut [Summary]) {
        let count = self.count(block);
        for ((at, wanted), summary) in self.wanted.iter().enumerate().zip(summaries) {
            let column = self.program.root(at, workspace)[..count].iter().copied();
            match self.available(wanted, workspace) {
                None => summary.add(column),
                Some(available) => summary.add(
                    column
                        .zip(available)
                        .filter(|(_, there)| **there != 0.0)
                        .map(|(value, _)| value),
                ),
            }
        }
    }

    fn explain(&self, fault: &Fault) -> Problem {
        let scenario = self.scenario;
        let place = Source::new(scenario.file.as_str(), "").whole();
        match fault {
            Fault::Stopped => {
                Problem::error("stopped", say!("the run was stopped", "試算を中止しました"))
            }
            Fault::Impossible { draw, path, parameter, values } => {
                let draw = &scenario.model.draws[draw.index()];
                let cell = scenario.assumptions.iter().find(|known| known.name == draw.cell);
                let place = cell.map_or(place, |cell| cell.place.clone());
                let (cell, family) = (&draw.cell, draw.family.name());
                let parameter = &draw.family.parameters()[*parameter];
                let (name, requirement) = (parameter.name, parameter.requirement);
                let at = match draw.evaluation {
                    0 => Text::default(),
                    number => {
                        let date = scenario.contract.evaluations[number as usize - 1].at;
                        say!(" at {date}", "（{date}）")
                    }
                };
                let parameters = draw.family.parameters().iter().zip(values);
                let found: Vec<String> = parameters
                    .map(|(parameter, value)| format!("{} = {value}", parameter.name))
                    .collect();
                Problem::error(
                "impossible-parameter",
                say!(
                    "`{cell}` draws from an impossible {family} on path {path}{}",
                    "`{cell}` のパス {path} で {family} の引数がありえない値になりました{}",
                    at
                ),
            )
            .found(Text::from(found.join(", ")))
            .expected(Text::from(format!("{name}: {requirement}")))
            .help(say!(
                "keep it in range with `max` and `min`, or choose a distribution that stays there",
                "`max` と `min` で範囲に収めるか、範囲を出ない分布を選んでください"
            ))
            .at(place)
            }
            Fault::OutOfRange { required, path, value } => {
                let required = &scenario.model.required[*required];
                let (name, low, high) = (&required.name, required.range.low, required.range.high);
                let expected = if high.is_finite() {
                    say!("a value from {low} to {high}", "{low} から {high} までの値")
                } else {
                    say!("at least {low}", "{low} 以上")
                };
                Problem::error(
                    "impossible-outcome",
                    say!(
                        "`{name}` is out of range on path {path}",
                        "`{name}` がパス {path} で範囲を外れました"
                    ),
                )
                .found(Text::from(value.to_string()))
                .expected(expected)
                .help(say!(
                    "keep it in range with `max` and `min`; a share is a fraction from 0 to 1",
                    "`max` と `min` で範囲に収めてください。割合は 0 から 1 の小数です"
                ))
                .at(place)
            }
            Fault::NotANumber { node, path } => {
                let what = name_of(scenario, *node);
                Problem::error(
                "not-a-number",
                say!("{} is not a number on path {path}", "{} がパス {path} で数になりません", what),
            )
            .help(say!(
                "look for a division by zero, the logarithm of a negative number, or an overflow in the cells it uses",
                "使っているセルに、0 での割り算、負の数の対数、桁あふれがないか確かめてください"
            ))
            .at(place)
            }
        }
    }
}

/// The distributions of a finished run.
struct Results {
    wanted: Vec<Wanted>,
    means: Vec<(f64, u64)>,
    distributions: Vec<Option<Distribution>>,
    paths: u64,
}

impl Results {
    fn new(run: &Run<'_>, summaries: Vec<Summary>) -> Results {
        let means = summaries.iter().map(|summary| (summary.mean(), summary.count())).collect();
        Results {
            wanted: run.wanted.clone(),
            means,
            distributions: summaries.into_par_iter().map(Summary::distribution).collect(),
            paths: run.paths,
        }
    }

    fn position(&self, node: NodeId, where_available: Option<NodeId>) -> usize {
        let wanted = Wanted { node, where_available };
        self.wanted
            .iter()
            .position(|known| *known == wanted)
            .unwrap_or_else(|| unreachable!("every reported result is wanted"))
    }

    fn distribution(&self, node: NodeId) -> Distribution {
        self.distributions[self.position(node, None)]
            .unwrap_or_else(|| unreachable!("a run has paths"))
    }

    /// How often a condition holds.
    fn probability(&self, node: NodeId) -> Probability {
        Probability::of(self.means[self.position(node, None)].0, self.paths)
    }

    fn named(&self, scenario: &Scenario, nodes: &[NodeId]) -> Vec<Named> {
        let lines = scenario.model.lines.iter().zip(nodes);
        lines
            .map(|(line, node)| Named {
                name: line.name.clone(),
                title: line.title.clone(),
                amount: self.distribution(*node),
            })
            .collect()
    }

    fn outcome(
        &self,
        scenario: &Scenario,
        (outcome, value, available): (usize, NodeId, NodeId),
    ) -> OutcomeProjection {
        let contract = &scenario.contract;
        let indicator = &contract.indicators[contract.terms.outcomes[outcome].indicator];
        let at = self.position(value, Some(available));
        OutcomeProjection {
            name: indicator.id.clone(),
            title: indicator.title.clone(),
            unit: crate::settle::unit_text(&indicator.unit),
            available: self.means[at].1 as f64 / self.paths as f64,
            value: self.distributions[at],
        }
    }

    fn benefit(&self, benefit: &BenefitModel) -> BenefitProjection {
        let amount = self.distribution(benefit.amount);
        BenefitProjection {
            name: benefit.name.clone(),
            title: benefit.title.clone(),
            amount,
            shares: benefit
                .shares
                .iter()
                .map(|part| Named {
                    name: part.id.clone(),
                    title: part.name.clone(),
                    amount: amount.scaled(part.share),
                })
                .collect(),
        }
    }

    fn projection(&self, scenario: &Scenario, seed: u64) -> Projection {
        let (model, contract) = (&scenario.model, &scenario.contract);
        let effect = &model.effect;
        let evaluations = effect.evaluations.iter().zip(&contract.evaluations);
        Projection {
            contract: contract.id.clone(),
            contract_title: contract.title.clone(),
            currency: contract.currency.clone(),
            scenario: scenario.title.clone(),
            paths: self.paths,
            seed,
            payment: self.distribution(effect.payment),
            payment_discounted: self.distribution(effect.payment_discounted),
            benefit: self.distribution(model.benefit),
            net: self.distribution(model.net),
            no_effect: self.distribution(model.no_effect.payment),
            no_effect_stated: scenario.assumptions.iter().any(|cell| cell.no_effect.is_some()),
            lines: self.named(scenario, &effect.lines),
            no_effect_lines: self.named(scenario, &model.no_effect.lines),
            evaluations: evaluations
                .map(|(evaluation, declared)| EvaluationProjection {
                    at: declared.at.to_string(),
                    payment: self.distribution(evaluation.payment),
                    lines: self.named(scenario, &evaluation.lines),
                    outcomes: evaluation
                        .outcomes
                        .iter()
                        .map(|outcome| self.outcome(scenario, *outcome))
                        .collect(),
                })
                .collect(),
            cap_reached: self.probability(effect.cap_reached),
            no_outcome_payment: self.probability(effect.no_outcome_payment),
            net_positive: self.probability(model.net_positive),
            benefits: model.benefits.iter().map(|benefit| self.benefit(benefit)).collect(),
            assumptions: scenario
                .assumptions
                .iter()
                .map(|assumption| AssumptionReport {
                    name: assumption.name.clone(),
                    is: assumption.is.clone(),
                    no_effect: assumption.no_effect.clone(),
                    source: assumption.source.clone(),
                })
                .collect(),
        }
    }
}

/// Every result that a projection reports, each once.
fn wanted(scenario: &Scenario) -> Vec<Wanted> {
    let model = &scenario.model;
    // Outcomes and benefits first: what is no number in them is no number in every total.
    let outcomes = model.effect.evaluations.iter().flat_map(|evaluation| &evaluation.outcomes);
    let mut wanted: Vec<Wanted> = outcomes
        .map(|(_, value, available)| Wanted { node: *value, where_available: Some(*available) })
        .collect();
    let mut nodes: Vec<NodeId> = model.benefits.iter().map(|benefit| benefit.amount).collect();
    for evaluation in &model.effect.evaluations {
        nodes.extend(&evaluation.lines);
        nodes.push(evaluation.payment);
        nodes.extend(evaluation.outcomes.iter().map(|(_, _, available)| *available));
    }
    nodes.extend(&model.effect.lines);
    nodes.extend(&model.no_effect.lines);
    nodes.extend([
        model.effect.payment,
        model.effect.payment_discounted,
        model.benefit,
        model.net,
        model.net_positive,
        model.no_effect.payment,
        model.effect.cap_reached,
        model.effect.no_outcome_payment,
    ]);
    wanted.extend(nodes.into_iter().map(|node| Wanted { node, where_available: None }));
    let mut seen: Vec<Wanted> = Vec::with_capacity(wanted.len());
    for one in wanted {
        if !seen.contains(&one) {
            seen.push(one);
        }
    }
    seen
}

/// What a result is called.
fn name_of(scenario: &Scenario, node: NodeId) -> Text {
    let (model, contract) = (&scenario.model, &scenario.contract);
    for (position, evaluation) in model.effect.evaluations.iter().enumerate() {
        let at = contract.evaluations[position].at;
        for (outcome, value, _) in &evaluation.outcomes {
            if *value == node {
                let id = &contract.indicators[contract.terms.outcomes[*outcome].indicator].id;
                return say!("`outcomes.{id}` at {at}", "{at} の `outcomes.{id}`");
            }
        }
        for (line, amount) in model.lines.iter().zip(&evaluation.lines) {
            if *amount == node {
                let id = &line.name;
                return say!("the payment `{id}` at {at}", "{at} の支払 `{id}`");
            }
        }
    }
    match model.benefits.iter().find(|benefit| benefit.amount == node) {
        Some(benefit) => {
            let name = &benefit.name;
            say!("`benefits.{name}`", "`benefits.{name}`")
        }
        None => say!("a total", "合計"),
    }
}
