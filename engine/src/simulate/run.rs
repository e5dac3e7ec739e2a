//! Running a scenario in blocks on all threads.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use super::columns::Fresh;
use super::fault::{Fault, explain};
use super::pass::{BLOCK, Pass, Shape, Totals, Wanted, paths_of};
use super::results::Results;
use super::{Projection, Reading, Settings, Watch, luck};
use crate::expr::block::{Inputs, Program, Workspace};
use crate::expr::{DrawId, NodeId, SymbolId};
use crate::problem::{Problem, say};
use crate::random::Stream;
use crate::scenario::cohort::CohortModel;
use crate::scenario::{Draw, Model, Required, Scenario};

/// The most paths of a run: sums stay exact up to here.
const PATHS_MOST: u64 = 1_000_000_000_000;

/// The most threads that are made for a run.
const THREADS_MOST: usize = 256;

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
    on_threads(settings.threads, || match &settings.until {
        Some(target) => super::until::simulate(scenario, settings, target, watch),
        None => {
            let run = Run::new(scenario, settings)?;
            let (totals, convergence) = run.in_rounds(watch)?;
            let projection = Results::new(&run, totals, run.paths).projection(&run);
            Ok(Projection { convergence, ..projection })
        }
    })
    .map_err(|problem| vec![problem])
}

/// Does work with its own threads.
pub(crate) fn on_threads<T: Send>(
    threads: Option<usize>,
    work: impl FnOnce() -> Result<T, Problem> + Send,
) -> Result<T, Problem> {
    on_threads_all(threads, || work().map_err(|problem| vec![problem]))
        .map_err(|mut problems| problems.remove(0))
}

/// Refuses a number of paths that cannot be run.
pub(super) fn countable(paths: u64) -> Result<(), Problem> {
    if paths == 0 {
        return Err(Problem::error(
            "no-paths",
            say!("there is nothing to simulate with 0 paths", "パス数 0 では試算できません"),
        ));
    }
    if paths > PATHS_MOST {
        return Err(Problem::error(
            "too-many-paths",
            say!("{paths} paths are too many", "パス数 {paths} は多すぎます"),
        )
        .expected(say!("at most {PATHS_MOST}", "{PATHS_MOST} 以下")));
    }
    Ok(())
}

/// Does work that may have several problems with its own threads.
pub(super) fn on_threads_all<T: Send>(
    threads: Option<usize>,
    work: impl FnOnce() -> Result<T, Vec<Problem>> + Send,
) -> Result<T, Vec<Problem>> {
    let threads = threads.unwrap_or(0).min(THREADS_MOST);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    match pool {
        Ok(pool) => pool.install(work),
        Err(error) => {
            let said = error.to_string();
            Err(vec![Problem::error(
                "threads",
                say!("no threads: {said}", "スレッドを作れません: {said}"),
            )])
        }
    }
}

/// The first part of a run that is looked at is one in 2 to this power.
const ROUNDS: u32 = 6;

/// The random quantities of a scenario, each with its stream.
pub(super) struct Draws<'s> {
    draws: &'s [Draw],
    streams: Vec<Stream>,
    antithetic: bool,
}

/// What a pass computes: results with their distributions and others with their means alone, what
/// must hold, and on how many paths.
type Asked<'a, 's> = ((Vec<Wanted>, &'a [NodeId]), &'s [Required], u64);

impl<'s> Draws<'s> {
    pub(super) fn new(draws: &'s [Draw], seed: u64, antithetic: bool) -> Draws<'s> {
        let mut new = Draws::keyed(draws, |draw| (seed, draw.evaluation));
        new.antithetic = antithetic;
        if antithetic {
            new.streams.iter_mut().for_each(|stream| *stream = stream.antithetic());
        }
        new
    }

    /// The draws, each with the seed and the number of the evaluation that `key` gives it.
    pub(super) fn keyed(draws: &'s [Draw], key: impl Fn(&Draw) -> (u64, u32)) -> Draws<'s> {
        let stream = |draw: &Draw| {
            let (seed, evaluation) = key(draw);
            Stream::new(seed, &draw.cell, draw.index, evaluation)
        };
        Draws { draws, streams: draws.iter().map(stream).collect(), antithetic: false }
    }

    /// The same with some draws from another seed; every second path mirrors the one before as it
    /// did.
    pub(super) fn with(mut self, fresh: Option<&Fresh>) -> Self {
        for position in fresh.iter().flat_map(|fresh| &fresh.draws) {
            let draw = &self.draws[*position];
            let seed = fresh.map_or(0, |fresh| fresh.seed);
            let stream = Stream::new(seed, &draw.cell, draw.index, draw.evaluation);
            self.streams[*position] = if self.antithetic { stream.antithetic() } else { stream };
        }
        self
    }
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
                drawn.law.fill_from_normal(deviate, parameters, out)
            }
            _ => drawn.law.fill(&self.streams[draw.index()], first_path, parameters, out),
        };
        filled.map_err(|impossible| Fault::Impossible {
            draw,
            path: first_path + impossible.offset as u64,
            parameter: impossible.parameter,
            values: impossible.values,
        })
    }
}

/// A scenario made ready to run.
pub(super) struct Run<'s> {
    pub(super) scenario: &'s Scenario,
    pub(super) draws: Draws<'s>,
    /// First the one that every result is made from, then that of the second measurement, if there
    /// is any.
    pub(super) passes: Vec<Pass<'s>>,
    pub(super) paths: u64,
    pub(super) seed: u64,
    pub(super) antithetic: bool,
}

impl<'s> Run<'s> {
    pub(super) fn new(scenario: &'s Scenario, settings: &Settings) -> Result<Run<'s>, Problem> {
        let model = &scenario.model;
        let people = people(model);
        let paths = settings.paths.unwrap_or(scenario.paths);
        let all = ((wanted(scenario), &people[..]), &model.required[..], paths);
        let measured_twice = ((luck::wanted(model), &[][..]), &[][..], paths.min(luck::PATHS));
        Run::of(scenario, settings, vec![all, measured_twice])
    }

    /// A run of chosen results, and of others of which only the mean and its error are told.
    pub(super) fn of_chosen(
        scenario: &'s Scenario,
        settings: &Settings,
        wanted: Vec<Wanted>,
        means: &[NodeId],
    ) -> Result<Run<'s>, Problem> {
        let paths = settings.paths.unwrap_or(scenario.paths);
        Run::of(scenario, settings, vec![((wanted, means), &scenario.model.required[..], paths)])
    }

    fn of(
        scenario: &'s Scenario,
        settings: &Settings,
        asked: Vec<Asked<'_, 's>>,
    ) -> Result<Run<'s>, Problem> {
        let seed = settings.seed.unwrap_or(scenario.seed);
        let paths = settings.paths.unwrap_or(scenario.paths);
        countable(paths)?;
        let antithetic = settings.antithetic;
        let draws = Draws::new(&scenario.model.draws, seed, antithetic);
        let mut passes = Vec::new();
        for (wanted, required, paths) in asked {
            if !wanted.0.is_empty() {
                let graph = &scenario.model.graph;
                let pass = Pass::new(graph, wanted, required, (paths, antithetic), &draws);
                passes.push(
                    pass.map_err(|fault| explain(scenario, &traced(scenario, &draws, fault)))?,
                );
            }
        }
        Ok(Run { scenario, draws, passes, paths, seed, antithetic })
    }

    /// How many blocks there are.
    pub(super) fn blocks(&self) -> u64 {
        self.paths.div_ceil(BLOCK)
    }

    /// How many paths these blocks hold.
    pub(super) fn paths_of(&self, blocks: &Range<u64>) -> u64 {
        paths_of(self.paths, blocks)
    }

    /// What the totals of its parts must look like.
    pub(super) fn shape(&self) -> Shape {
        self.shape_of(self.paths)
    }

    /// What the totals of its parts must look like while there are so many paths.
    pub(super) fn shape_of(&self, paths: u64) -> Shape {
        Shape::of(&self.passes, self.nothing(paths))
    }

    /// Summaries of nothing yet, which `keep` the values of each pass or not.
    pub(super) fn nothing(&self, paths: u64) -> Totals {
        let summaries = |pass: &Pass<'_>| pass.summaries(pass.keeps(paths.min(pass.paths)));
        Totals(self.passes.iter().map(summaries).collect())
    }

    /// The summaries of the whole run, and the mean payment as it was after 1/64, 1/32, … of the
    /// paths.
    fn in_rounds(&self, watch: &dyn Watch) -> Result<(Totals, Vec<Reading>), Problem> {
        let (mut totals, mut readings) = (self.nothing(self.paths), Vec::new());
        let mut done = 0;
        for halvings in (0..=ROUNDS).rev() {
            let end = self.blocks().div_ceil(1 << halvings);
            if end == done {
                continue;
            }
            let before = self.paths_of(&(0..done));
            totals.merge(self.summarised(done..end, self.paths, (before, self.paths), watch)?);
            done = end;
            readings.extend(self.reading(&totals));
        }
        Ok((totals, readings))
    }

    /// The mean payment of some totals.
    pub(super) fn reading(&self, totals: &Totals) -> Option<Reading> {
        let payment = Wanted::everywhere(self.scenario.model.effect.payment);
        let at = self.passes[0].wanted.iter().position(|wanted| *wanted == payment)?;
        let summary = &totals.0[0][at];
        let (mean, se) = summary.mean_and_error();
        Some(Reading { paths: summary.count(), mean, se })
    }

    /// The summaries of some blocks of the whole run, made on every thread of the pool.
    pub(super) fn totals(&self, blocks: Range<u64>, watch: &dyn Watch) -> Result<Totals, Problem> {
        self.summarised(blocks, self.paths, (0, self.paths), watch)
    }

    /// The summaries of some blocks of a run that has `paths` paths so far, of which `done` are
    /// known to whoever looks on, of `all`.
    pub(super) fn summarised(
        &self,
        blocks: Range<u64>,
        paths: u64,
        (done, all): (u64, u64),
        watch: &dyn Watch,
    ) -> Result<Totals, Problem> {
        let (next, first) = (AtomicU64::new(blocks.start), AtomicU64::new(u64::MAX));
        let done = AtomicU64::new(done);
        let fault: Mutex<Option<(u64, Fault)>> = Mutex::new(None);
        let parts = rayon::broadcast(|_| {
            let mut workspaces: Vec<Workspace> = self.passes.iter().map(Pass::workspace).collect();
            let mut totals = self.nothing(paths);
            loop {
                let block = next.fetch_add(1, Ordering::Relaxed);
                // After a fault only earlier blocks matter: the first faulty one is reported.
                if block >= blocks.end || block > first.load(Ordering::Relaxed) {
                    return totals;
                }
                let result = if watch.should_stop() {
                    Err(Fault::Stopped)
                } else {
                    self.block(block, &mut workspaces, &mut totals)
                };
                match result {
                    Ok(()) => {
                        let count = self.paths_of(&(block..block + 1));
                        watch.progress(done.fetch_add(count, Ordering::Relaxed) + count, all);
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
            return Err(explain(self.scenario, &traced(self.scenario, &self.draws, fault)));
        }
        let merged = parts.into_iter().reduce(|mut all, part| {
            all.merge(part);
            all
        });
        Ok(merged.unwrap_or_else(|| self.nothing(paths)))
    }

    /// Computes and summarises a block in every pass that looks at it.
    fn block(
        &self,
        block: u64,
        workspaces: &mut [Workspace],
        totals: &mut Totals,
    ) -> Result<(), Fault> {
        let parts = self.passes.iter().zip(workspaces).zip(&mut totals.0);
        for ((pass, workspace), summaries) in parts.filter(|((pass, _), _)| pass.count(block) > 0) {
            pass.run(block, &self.draws, workspace)?;
            pass.add(block, workspace, summaries);
        }
        Ok(())
    }
}

/// A fault with what it comes from: of a result that is no number, the first cell it uses that is
/// none on that path; of a row of a cohort's transitions, its probabilities there.
pub(super) fn traced(scenario: &Scenario, draws: &Draws<'_>, fault: Fault) -> Fault {
    let model = &scenario.model;
    let values = |nodes: &[NodeId], path: u64| -> Vec<f64> {
        let program = Program::compile(&model.graph, nodes);
        let mut workspace = program.workspace(1);
        match program.run(draws, path, 1, &mut workspace) {
            Ok(()) => (0..nodes.len()).map(|at| program.root(at, &workspace)[0]).collect(),
            Err(_) => Vec::new(),
        }
    };
    match fault {
        Fault::NotANumber { node, path, .. } => {
            let needed = model.graph.needed(&[node]);
            let nodes: Vec<NodeId> = model.cells.iter().map(|cell| cell.node).collect();
            let mut values = values(&nodes, path).into_iter().enumerate();
            let cell = values.find(|(at, value)| {
                !value.is_finite() && needed.binary_search(&nodes[*at]).is_ok()
            });
            Fault::NotANumber { node, path, cell: cell.map(|(at, _)| at) }
        }
        Fault::OutOfRange { required, path, value, .. } => {
            let of = &model.required[required];
            let row = model.cohorts.iter().find_map(|cohort| cohort.row(of));
            let parts = row.iter().flat_map(|row| row.parts.iter().map(|(_, node)| *node));
            let row = values(&parts.collect::<Vec<_>>(), path);
            Fault::OutOfRange { required, path, value, row }
        }
        fault @ (Fault::Impossible { .. } | Fault::Stopped) => fault,
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
    wanted.extend(model.investors.iter().flat_map(|of| {
        let partly = |node, there| Wanted { node, where_available: Some(there) };
        [
            partly(of.rate, of.rate_available),
            partly(of.duration, of.duration_available),
            partly(of.shortfall, of.loss),
        ]
    }));
    let mut nodes: Vec<NodeId> = model.benefits.iter().map(|benefit| benefit.amount).collect();
    nodes.extend(model.line_pays.iter().flat_map(|line| [line.effect, line.no_effect]));
    nodes.extend(
        model
            .investors
            .iter()
            .flat_map(|of| [of.multiple, of.loss, of.rate_available, of.result, of.present_value]),
    );
    for evaluation in &model.effect.evaluations {
        nodes.extend(&evaluation.lines);
        nodes.push(evaluation.payment);
        nodes.extend(evaluation.outcomes.iter().map(|(_, _, available)| *available));
    }
    nodes.extend(model.effect.years.iter().map(|(_, payment)| *payment));
    nodes.extend(model.payers.iter().map(|payer| payer.paid));
    nodes.extend(model.savings.iter().map(|saving| saving.amount));
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
    nodes.extend(model.cohorts.iter().flat_map(CohortModel::totals));
    wanted.extend(nodes.into_iter().map(|node| Wanted { node, where_available: None }));
    let mut seen = rustc_hash::FxHashSet::default();
    wanted.retain(|one| seen.insert(*one));
    wanted
}

/// The people of every cohort, by cycle and state, each once.
fn people(model: &Model) -> Vec<NodeId> {
    let mut people: Vec<NodeId> = model.cohorts.iter().flat_map(CohortModel::people).collect();
    people.sort_unstable();
    people.dedup();
    people
}
