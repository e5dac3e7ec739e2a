//! Running a scenario in blocks on all threads.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use super::Projection;
use super::fault::{Fault, explain};
use super::results::Results;
use super::summary::{Scale, Summary, VALUES_KEPT_MAX};
use crate::expr::block::{Inputs, Program, Workspace, every_within};
use crate::expr::{DrawId, NodeId, SymbolId};
use crate::problem::{Problem, say};
use crate::random::Stream;
use crate::scenario::{Draw, Scenario};

/// Paths computed together; small enough for the columns to stay in the processor's cache.
const BLOCK: usize = 512;

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
pub(super) struct Wanted {
    pub(super) node: NodeId,
    pub(super) where_available: Option<NodeId>,
}

/// A scenario made ready to run.
pub(super) struct Run<'s> {
    scenario: &'s Scenario,
    program: Program,
    draws: Draws<'s>,
    pub(super) wanted: Vec<Wanted>,
    /// The roots of the program: the wanted nodes, the required ones, then the availabilities.
    roots: Vec<NodeId>,
    scales: Vec<Scale>,
    pub(super) paths: u64,
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
        run.block(0, &mut workspace).map_err(|fault| explain(scenario, &fault))?;
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
            return Err(explain(self.scenario, &fault));
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
            if every_within(column, required.range.low, required.range.high) {
                continue;
            }
            for (offset, value) in column.iter().enumerate() {
                if !required.range.holds(*value) {
                    let path = first + offset as u64;
                    return Err(Fault::OutOfRange { required: at, path, value: *value });
                }
            }
        }
        for (at, wanted) in self.wanted.iter().enumerate() {
            let column = &self.program.root(at, workspace)[..count];
            if every_within(column, f64::MIN, f64::MAX) {
                continue;
            }
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
            let column = &self.program.root(at, workspace)[..count];
            match self.available(wanted, workspace) {
                None => summary.add(column),
                Some(available) => summary.add_where(column, &available[..count]),
            }
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
