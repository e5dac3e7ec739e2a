//! What one set of values gives, on outcomes that are known.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::{Aim, Design, Want};
use crate::analyse::Measure;
use crate::analyse::known::Known;
use crate::contract::{Contract, Overrides};
use crate::expr::block::{Inputs, Program};
use crate::expr::{DrawId, NodeId, SymbolId};
use crate::problem::{Problem, Source};
use crate::scenario::Frozen;
use crate::simulate::Wanted;

/// Into how many parts the paths are divided to estimate standard errors.
pub(super) const BATCHES: usize = 20;

/// A number and the standard error of its estimate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The number.
    pub value: f64,
    /// Its standard error: that of the mean of 20 equal parts of the paths.
    pub se: f64,
}

/// What a want comes to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Held {
    /// The value.
    pub value: f64,
    /// Its limit.
    pub limit: f64,
    /// By how much the limit is kept; below 0 it is not.
    pub margin: Estimate,
}

impl Held {
    /// Whether the limit is kept.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.margin.value >= 0.0
    }
}

/// One set of values and what it gives.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// The values, in the order of the design's parameters.
    pub values: Vec<Decimal>,
    /// What each want comes to.
    pub wants: Vec<Held>,
    /// What each aim comes to.
    pub aims: Vec<Estimate>,
}

impl Candidate {
    /// Whether every want is met.
    #[must_use]
    pub fn is_answer(&self) -> bool {
        self.wants.iter().all(Held::holds)
    }

    /// By how much limits are missed, each as a part of its size.
    #[must_use]
    pub fn missed(&self) -> f64 {
        let part = |held: &Held| {
            let size = held.limit.abs().max(held.value.abs()).max(f64::MIN_POSITIVE);
            (-held.margin.value / size).max(0.0)
        };
        // What cannot be told is missed most of all.
        let missed: f64 = self.wants.iter().map(part).sum();
        if missed.is_nan() { f64::INFINITY } else { missed }
    }
}

/// Prices sets of values of a design.
pub(super) struct Pricer<'d> {
    design: &'d Design,
    frozen: &'d Frozen<'d>,
    program: Program,
}

/// The statistics of one candidate, as symbols of the design's goals.
struct Told<'t>(&'t [f64]);

impl Inputs for Told<'_> {
    type Error = std::convert::Infallible;

    fn symbol(&self, symbol: SymbolId, _: u64, out: &mut [f64]) -> Result<(), Self::Error> {
        out.fill(self.0[symbol.index()]);
        Ok(())
    }

    fn draw(&self, _: DrawId, _: u64, _: &[&[f64]], out: &mut [f64]) -> Result<(), Self::Error> {
        out.fill(f64::NAN);
        Ok(())
    }
}

impl<'d> Pricer<'d> {
    pub(super) fn new(design: &'d Design, frozen: &'d Frozen<'d>) -> Self {
        let wants = design.wants.iter().flat_map(|want| [want.value_node, want.limit_node]);
        let roots: Vec<NodeId> = wants.chain(design.aims.iter().map(|aim| aim.node)).collect();
        Pricer { design, frozen, program: Program::compile(&design.goals.graph, &roots) }
    }

    /// What these values give.
    ///
    /// # Errors
    /// Values with which the script is no contract, or one that measures something else.
    pub(super) fn price(&self, values: &[Decimal], known: &Known) -> Result<Candidate, Problem> {
        let base = &self.design.scenario.contract;
        let mut overrides: BTreeMap<String, Decimal> = self.design.values();
        for (varied, value) in self.design.varied.iter().zip(values) {
            overrides.insert(varied.name.clone(), *value);
        }
        let source = Source::new(base.file.as_str(), base.script.as_str());
        let overrides: Overrides = overrides;
        let contract = Contract::parse(source, &overrides).map_err(first)?;
        let cap = contract.cap.and_then(|cap| cap.to_f64()).unwrap_or(f64::NAN);
        let scenario = self.frozen.with(contract)?;
        let columns = self.statistics_of(&scenario, known);
        let all = self.numbers(&columns, 0..known.paths, cap);
        let size = known.paths / BATCHES;
        let batches: Vec<Vec<f64>> = (0..BATCHES)
            .map(|batch| self.numbers(&columns, batch * size..(batch + 1) * size, cap))
            .collect();
        let error = |number: &dyn Fn(&[f64]) -> f64| {
            let parts: Vec<f64> = batches.iter().map(|numbers| number(numbers)).collect();
            super::Statistic::Sd.of(&parts) / (BATCHES as f64).sqrt()
        };
        let wants = self.design.wants.iter().enumerate();
        let aims = self.design.aims.iter().enumerate();
        let after = 2 * self.design.wants.len();
        Ok(Candidate {
            values: values.to_vec(),
            wants: wants
                .map(|(at, Want { at_most, .. })| {
                    let margin = |numbers: &[f64]| {
                        let (value, limit) = (numbers[2 * at], numbers[2 * at + 1]);
                        if *at_most { limit - value } else { value - limit }
                    };
                    Held {
                        value: all[2 * at],
                        limit: all[2 * at + 1],
                        margin: Estimate { value: margin(&all), se: error(&margin) },
                    }
                })
                .collect(),
            aims: aims
                .map(|(at, Aim { .. })| {
                    let number = |numbers: &[f64]| numbers[after + at];
                    Estimate { value: number(&all), se: error(&number) }
                })
                .collect(),
        })
    }

    /// The columns that statistics are taken of.
    fn statistics_of(&self, scenario: &crate::scenario::Scenario, known: &Known) -> Vec<Vec<f64>> {
        let goals = &self.design.goals;
        let measures = Measure::all(scenario);
        let mut graph = scenario.model.graph.clone();
        let roots: Vec<NodeId> = goals.taken.iter().map(|taken| taken.of).collect();
        let roots = graph.graft(&goals.graph, &roots, |symbol| {
            let name = &goals.graph.symbol_of(symbol).name;
            let measure = measures.iter().find(|measure| measure.name == *name);
            measure.map_or_else(
                || unreachable!("figures are those of the scenario"),
                |measure| measure.wanted.node,
            )
        });
        let wanted: Vec<Wanted> = roots.into_iter().map(Wanted::everywhere).collect();
        known.values(&graph, &wanted)
    }

    /// Wants' values and limits, then aims, on some of the paths.
    fn numbers(&self, columns: &[Vec<f64>], paths: std::ops::Range<usize>, cap: f64) -> Vec<f64> {
        let goals = &self.design.goals;
        let mut told = vec![f64::NAN; goals.graph.symbols().len()];
        for (taken, column) in goals.taken.iter().zip(columns) {
            if let Some(symbol) = goals.symbol(taken.symbol) {
                told[symbol] = taken.statistic.of(&column[paths.clone()]);
            }
        }
        if let Some(symbol) = goals.cap.and_then(|cap| goals.symbol(cap)) {
            told[symbol] = cap;
        }
        let mut workspace = self.program.workspace(1);
        let Ok(()) = self.program.run(&Told(&told), 0, 1, &mut workspace);
        let count = 2 * self.design.wants.len() + self.design.aims.len();
        (0..count).map(|at| self.program.root(at, &workspace)[0]).collect()
    }
}

/// The first of several problems.
fn first(problems: Vec<Problem>) -> Problem {
    let mut errors = problems.into_iter();
    errors.next().unwrap_or_else(|| unreachable!("a refusal names its cause"))
}
