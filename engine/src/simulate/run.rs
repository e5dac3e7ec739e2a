//! Running a scenario in blocks on all threads.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use super::projection::Probability;
use super::{
    AssumptionReport, BenefitProjection, Distribution, EvaluationProjection, Named,
    OutcomeProjection, Projection,
};
use crate::expr::block::{Inputs, Program};
use crate::expr::{DrawId, NodeId, SymbolId};
use crate::problem::{Problem, Source, Text, say};
use crate::random::Stream;
use crate::scenario::{Arm, Draw, Scenario};

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
        let columns = Columns::run(scenario, seed, paths, watch).map_err(one)?;
        Ok(columns.projection(scenario, seed))
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
    NotANumber { root: usize, path: u64 },
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

/// Every result of every path: block by block, and in a block result by result.
struct Columns {
    values: Vec<f64>,
    roots: Vec<NodeId>,
    paths: usize,
}

impl Columns {
    fn run(
        scenario: &Scenario,
        seed: u64,
        paths: u64,
        watch: &dyn Watch,
    ) -> Result<Columns, Problem> {
        let roots = roots(scenario);
        let program = Program::compile(&scenario.model.graph, &roots);
        let draws = Draws {
            draws: &scenario.model.draws,
            streams: scenario
                .model
                .draws
                .iter()
                .map(|draw| Stream::new(seed, &draw.cell, draw.index, draw.evaluation))
                .collect(),
        };
        let outcomes = outcome_roots(scenario, &roots);
        let all = paths as usize;
        let mut values = vec![0.0; all.div_ceil(BLOCK) * BLOCK * roots.len()];
        let (done, failed, first) =
            (AtomicU64::new(0), AtomicBool::new(false), AtomicUsize::new(usize::MAX));
        let fault: Mutex<Option<(usize, Fault)>> = Mutex::new(None);
        values.par_chunks_mut(BLOCK * roots.len()).enumerate().for_each_init(
            || program.workspace(BLOCK),
            |workspace, (block, out)| {
                // After a fault only earlier blocks matter: the first faulty one is reported.
                if failed.load(Ordering::Relaxed) && block > first.load(Ordering::Relaxed) {
                    return;
                }
                let start = block * BLOCK;
                let count = BLOCK.min(all - start);
                let result = if watch.should_stop() {
                    Err(Fault::Stopped)
                } else {
                    program.run(&draws, start as u64, count, workspace).and_then(|()| {
                        for (root, column) in out.chunks_exact_mut(BLOCK).enumerate() {
                            column[..count]
                                .copy_from_slice(&program.root(root, workspace)[..count]);
                        }
                        check(out, &outcomes, start as u64, count)
                    })
                };
                match result {
                    Ok(()) => {
                        let before = done.fetch_add(count as u64, Ordering::Relaxed);
                        watch.progress(before + count as u64, paths);
                    }
                    Err(found) => {
                        failed.store(true, Ordering::Relaxed);
                        first.fetch_min(block, Ordering::Relaxed);
                        let mut fault = fault.lock().unwrap_or_else(PoisonError::into_inner);
                        if fault.as_ref().is_none_or(|(known, _)| block < *known) {
                            *fault = Some((block, found));
                        }
                    }
                }
            },
        );
        match fault.into_inner().unwrap_or_else(PoisonError::into_inner) {
            Some((_, fault)) => Err(explain(scenario, &roots, &fault)),
            None => Ok(Columns { values, roots, paths: all }),
        }
    }

    /// The column of a result, in path order.
    fn column(&self, node: NodeId) -> Vec<f64> {
        let root = self.roots.iter().position(|root| *root == node).unwrap_or_default();
        let width = self.roots.len() * BLOCK;
        let mut column = Vec::with_capacity(self.paths);
        for block in self.values.chunks_exact(width) {
            let count = BLOCK.min(self.paths - column.len());
            column.extend_from_slice(&block[root * BLOCK..root * BLOCK + count]);
        }
        column
    }

    fn distribution(&self, node: NodeId) -> Distribution {
        Distribution::of(&mut self.column(node)).unwrap_or_else(|| unreachable!("no paths"))
    }

    fn named(&self, scenario: &Scenario, nodes: &[NodeId]) -> Vec<Named> {
        let amounts: Vec<Distribution> =
            nodes.par_iter().map(|node| self.distribution(*node)).collect();
        let names = scenario.model.lines.iter();
        names
            .zip(amounts)
            .map(|(line, amount)| Named {
                name: line.name.clone(),
                title: line.title.clone(),
                amount,
            })
            .collect()
    }

    fn projection(&self, scenario: &Scenario, seed: u64) -> Projection {
        let (model, contract) = (&scenario.model, &scenario.contract);
        let effect = &model.effect;
        let totals: Vec<Distribution> = [
            effect.payment,
            effect.payment_discounted,
            model.benefit,
            model.net,
            model.no_effect.payment,
        ]
        .par_iter()
        .map(|node| self.distribution(*node))
        .collect();
        Projection {
            contract: contract.id.clone(),
            contract_title: contract.title.clone(),
            currency: contract.currency.clone(),
            scenario: scenario.title.clone(),
            paths: self.paths as u64,
            seed,
            payment: totals[0],
            payment_discounted: totals[1],
            benefit: totals[2],
            net: totals[3],
            no_effect: totals[4],
            lines: self.named(scenario, &effect.lines),
            no_effect_lines: self.named(scenario, &model.no_effect.lines),
            evaluations: self.evaluations(scenario),
            cap_reached: Probability::of(&self.column(effect.cap_reached)),
            no_outcome_payment: Probability::of(&self.column(effect.no_outcome_payment)),
            net_positive: Probability::of(&self.column(model.net_positive)),
            benefits: model
                .benefits
                .iter()
                .map(|benefit| {
                    let amount = self.distribution(benefit.amount);
                    let shares = benefit.shares.iter();
                    BenefitProjection {
                        name: benefit.name.clone(),
                        title: benefit.title.clone(),
                        amount,
                        shares: shares
                            .map(|part| Named {
                                name: part.id.clone(),
                                title: part.name.clone(),
                                amount: amount.scaled(part.share),
                            })
                            .collect(),
                    }
                })
                .collect(),
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

    fn evaluations(&self, scenario: &Scenario) -> Vec<EvaluationProjection> {
        let contract = &scenario.contract;
        let evaluations = scenario.model.effect.evaluations.iter().enumerate();
        evaluations
            .map(|(position, evaluation)| EvaluationProjection {
                at: contract.evaluations[position].at.to_string(),
                payment: self.distribution(evaluation.payment),
                lines: self.named(scenario, &evaluation.lines),
                outcomes: evaluation
                    .outcomes
                    .par_iter()
                    .map(|(outcome, value, available)| {
                        let indicator =
                            &contract.indicators[contract.terms.outcomes[*outcome].indicator];
                        let measured = self.column(*available);
                        let mut values: Vec<f64> = self
                            .column(*value)
                            .into_iter()
                            .zip(&measured)
                            .filter(|(_, available)| **available != 0.0)
                            .map(|(value, _)| value)
                            .collect();
                        OutcomeProjection {
                            name: indicator.id.clone(),
                            title: indicator.title.clone(),
                            unit: crate::settle::unit_text(&indicator.unit),
                            available: values.len() as f64 / measured.len() as f64,
                            value: Distribution::of(&mut values),
                        }
                    })
                    .collect(),
            })
            .collect()
    }
}

/// Every result that a projection reports, each once.
fn roots(scenario: &Scenario) -> Vec<NodeId> {
    let model = &scenario.model;
    let mut roots = vec![
        model.effect.payment,
        model.effect.payment_discounted,
        model.benefit,
        model.net,
        model.net_positive,
        model.no_effect.payment,
        model.effect.cap_reached,
        model.effect.no_outcome_payment,
    ];
    roots.extend(&model.effect.lines);
    roots.extend(&model.no_effect.lines);
    roots.extend(model.benefits.iter().map(|benefit| benefit.amount));
    for evaluation in &model.effect.evaluations {
        roots.push(evaluation.payment);
        roots.extend(&evaluation.lines);
        for (_, value, available) in &evaluation.outcomes {
            roots.extend([*value, *available]);
        }
    }
    roots.sort_unstable();
    roots.dedup();
    roots
}

/// Where the outcomes' values and availabilities are among the roots.
fn outcome_roots(scenario: &Scenario, roots: &[NodeId]) -> Vec<(usize, usize)> {
    let Arm { evaluations, .. } = &scenario.model.effect;
    let at = |node: &NodeId| roots.iter().position(|root| root == node).unwrap_or_default();
    let outcomes = evaluations.iter().flat_map(|evaluation| &evaluation.outcomes);
    outcomes.map(|(_, value, available)| (at(value), at(available))).collect()
}

/// Every result must be a number; an outcome only where it is available.
fn check(
    out: &[f64],
    outcomes: &[(usize, usize)],
    first_path: u64,
    count: usize,
) -> Result<(), Fault> {
    for (root, column) in out.chunks_exact(BLOCK).enumerate() {
        let available = outcomes
            .iter()
            .find(|(value, _)| *value == root)
            .map(|(_, available)| &out[available * BLOCK..][..BLOCK]);
        for (offset, value) in column[..count].iter().enumerate() {
            let matters = available.is_none_or(|available| available[offset] != 0.0);
            if matters && !value.is_finite() {
                return Err(Fault::NotANumber { root, path: first_path + offset as u64 });
            }
        }
    }
    Ok(())
}

fn explain(scenario: &Scenario, roots: &[NodeId], fault: &Fault) -> Problem {
    let place = Source::new(scenario.file.as_str(), "").whole();
    match fault {
        Fault::Stopped => {
            Problem::error("stopped", say!("the run was stopped", "試算を中止しました"))
        }
        Fault::Impossible { draw, path, parameter, values } => {
            let draw = &scenario.model.draws[draw.index()];
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
        Fault::NotANumber { root, path } => {
            let what = name_of(scenario, roots[*root]);
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
