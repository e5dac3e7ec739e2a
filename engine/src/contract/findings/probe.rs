//! Trying prices out: what each line pays on a grid of outcomes, exactly.

use std::cell::RefCell;
use std::collections::BTreeMap;

use rust_decimal::Decimal;
use rustc_hash::FxHashMap;

use super::counterexample::{Counterexample, Outcomes};
use crate::contract::pieces::{self, end};
use crate::contract::{Better, Contract, Line, LineKind, Price};
use crate::expr::exact::Evaluator;
use crate::expr::{Exact, MarkId, Mode, Node, NodeId, Rounding};

/// Where the outcomes that are not varied are held: their worst, their best and between.
const PROFILES: [u8; 5] = [0, 25, 50, 75, 100];
/// How many even steps a bounded outcome is tried at, besides its thresholds.
const EVEN_STEPS: u8 = 20;
/// Rules of more nodes than this are tried with fewer settings of the other outcomes.
const NODES_MANY: usize = 2_000;
/// How far beside a threshold a jump is looked for, in parts of a reading step.
const BESIDE: i64 = 1_000;
/// Digits in which two amounts are told apart: quotients are rounded to 28.
const AMOUNT_DIGITS: u32 = 6;

/// A line or offset at one evaluation.
#[derive(Debug, Clone, Copy)]
pub(super) struct Item<'c> {
    /// The declaration.
    pub(super) line: &'c Line,
    /// Its price here.
    pub(super) price: &'c Price,
    /// Whether it is taken off.
    pub(super) offset: bool,
}

/// What every item pays at one set of outcomes; `None` where it cannot be computed.
#[derive(Debug, Clone)]
pub(super) struct Sample {
    /// The value of the outcome that is varied.
    pub(super) at: Decimal,
    /// What each item of the evaluation pays, or takes off.
    pub(super) pays: Vec<Option<Decimal>>,
    /// What all of them pay together, cut to the limit per evaluation.
    pub(super) sum: Option<Decimal>,
}

/// The values one outcome is tried at, and those at which payments may jump.
#[derive(Debug, Clone, Default)]
struct Grid {
    /// From the worst to the best.
    values: Vec<Decimal>,
    thresholds: Vec<Decimal>,
    step: Decimal,
}

/// Outcomes varied one at a time.
#[derive(Debug)]
pub(super) struct Scan {
    /// The evaluation.
    pub(super) evaluation: usize,
    /// The outcome that is varied, a position in the contract's outcomes.
    pub(super) outcome: usize,
    /// Where the others are held.
    held: FxHashMap<usize, Decimal>,
    /// From its worst to its best value.
    pub(super) samples: Vec<Sample>,
    /// Around each threshold: just below, on it, just above, as far as they can be measured.
    pub(super) around: Vec<(Decimal, Vec<Sample>)>,
}

/// Every line of a contract, tried out.
pub(super) struct Probe<'c> {
    /// The items of each evaluation.
    pub(super) items: Vec<Vec<Item<'c>>>,
    /// Each outcome of each evaluation varied, with the others at several settings.
    pub(super) scans: Vec<Scan>,
    grids: Vec<Grid>,
}

impl<'c> Probe<'c> {
    pub(super) fn new(contract: &'c Contract) -> Self {
        let items: Vec<Vec<Item<'c>>> = (0..contract.evaluations.len())
            .map(|evaluation| {
                let lines = contract.lines.iter().map(|line| (line, false));
                let offsets = contract.offsets.iter().map(|line| (line, true));
                lines
                    .chain(offsets)
                    .filter_map(|(line, offset)| {
                        let mut prices = line.prices.iter();
                        let price = prices.find(|price| price.evaluation == evaluation)?;
                        Some(Item { line, price, offset })
                    })
                    .collect()
            })
            .collect();
        let roots: Vec<NodeId> = items.iter().flatten().flat_map(roots).collect();
        let grids: Vec<Grid> =
            (0..contract.terms.outcomes.len()).map(|at| grid(contract, at, &roots)).collect();
        let mut scans = Vec::new();
        for (evaluation, items) in items.iter().enumerate() {
            let desk = Desk::new(contract, items, &grids);
            // Only outcomes of the evaluation itself: an earlier one may have been paid for then,
            // so that paying less for it now is no fall.
            for outcome in desk.read_here(evaluation) {
                for profile in desk.profiles(outcome) {
                    scans.push(desk.scan(evaluation, outcome, *profile));
                }
            }
        }
        Self { items, scans, grids }
    }

    /// A scan's outcomes with the varied one at a value, priced as they would be settled.
    pub(super) fn show(
        &self,
        contract: &Contract,
        scan: &Scan,
        at: Decimal,
    ) -> Option<Counterexample> {
        let mut outcomes: Outcomes = scan.held.iter().map(|(of, held)| (*of, *held)).collect();
        outcomes.insert(scan.outcome, at);
        let now = scan.evaluation;
        let early = |of: &usize| contract.terms.outcomes[*of].evaluation < now;
        let first = if outcomes.keys().any(early) { 0 } else { now };
        for read in contract.terms_read(first..=now) {
            if let Some(worst) = self.grids[read].values.first() {
                outcomes.entry(read).or_insert(*worst);
            }
        }
        contract.priced((first, now), &outcomes)
    }

    /// The two values of a scan next to a threshold, on the grid of readings, between which most
    /// changes.
    pub(super) fn beside(
        &self,
        scan: &Scan,
        threshold: Decimal,
        pays: impl Fn(&Sample) -> Option<Decimal>,
    ) -> Option<[Decimal; 2]> {
        let step = self.grids[scan.outcome].step;
        let near: Vec<&Sample> =
            scan.samples.iter().filter(|sample| (sample.at - threshold).abs() <= step).collect();
        let pairs = near.windows(2).filter_map(|pair| {
            let change = (pays(pair[1])? - pays(pair[0])?).abs();
            Some((change, [pair[0].at, pair[1].at]))
        });
        pairs.max_by(|a, b| a.0.cmp(&b.0)).map(|(_, pair)| pair)
    }

    /// Where a scan holds an outcome; at other dates the worst that was tried.
    pub(super) fn held(&self, scan: &Scan, outcome: usize) -> Option<Decimal> {
        let worst = || self.grids[outcome].values.first().copied();
        scan.held.get(&outcome).copied().or_else(worst)
    }

    /// How far apart two readings of an outcome are.
    pub(super) fn step(&self, outcome: usize) -> Decimal {
        self.grids[outcome].step
    }

    /// The worst value an outcome was tried at, where it is the worst that can be measured.
    pub(super) fn worst(&self, contract: &Contract, outcome: usize) -> Option<Decimal> {
        let indicator = &contract.indicators[contract.terms.outcomes[outcome].indicator];
        end(match indicator.better {
            Better::Higher => indicator.support.low,
            Better::Lower => indicator.support.high,
        })
    }

    /// The outcomes for which an item was seen to pay least.
    pub(super) fn least_of(
        &self,
        contract: &Contract,
        evaluation: usize,
        item: usize,
    ) -> Option<Counterexample> {
        let scans = self.scans.iter().filter(|scan| scan.evaluation == evaluation);
        let seen = scans.flat_map(|scan| {
            let paid = |sample: &Sample| Some((sample.pays[item]?, sample.at));
            scan.samples.iter().filter_map(paid).map(move |(pays, at)| (pays, scan, at))
        });
        let (_, scan, at) = seen.min_by(|a, b| a.0.cmp(&b.0))?;
        self.show(contract, scan, at)
    }

    /// The best outcomes that were tried at each evaluation, all dates together.
    pub(super) fn best(&self, contract: &Contract) -> Option<Counterexample> {
        let mut outcomes = Outcomes::new();
        let mut best: BTreeMap<usize, (Decimal, &Scan, Decimal)> = BTreeMap::new();
        for scan in &self.scans {
            for sample in &scan.samples {
                let Some(sum) = sample.sum else { continue };
                let known = best.get(&scan.evaluation);
                if known.is_none_or(|(most, _, _)| *most < sum) {
                    best.insert(scan.evaluation, (sum, scan, sample.at));
                }
            }
        }
        for (evaluation, (_, scan, at)) in best {
            let own = |of: &usize| contract.terms.outcomes[*of].evaluation == evaluation;
            let held = scan.held.iter().filter(|(of, _)| own(of)).map(|(of, held)| (*of, *held));
            outcomes.extend(held);
            outcomes.insert(scan.outcome, at);
        }
        let last = contract.evaluations.len().checked_sub(1)?;
        contract.priced((0, last), &outcomes)
    }

    /// The most an item was seen to pay.
    pub(super) fn most_seen(&self, evaluation: usize, item: usize) -> Option<Decimal> {
        self.seen(evaluation, item).max()
    }

    /// The least an item was seen to pay.
    pub(super) fn least_seen(&self, evaluation: usize, item: usize) -> Option<Decimal> {
        self.seen(evaluation, item).min()
    }

    fn seen(&self, evaluation: usize, item: usize) -> impl Iterator<Item = Decimal> {
        self.scans
            .iter()
            .filter(move |scan| scan.evaluation == evaluation)
            .flat_map(|scan| &scan.samples)
            .filter_map(move |sample| sample.pays[item])
    }

    /// The most an evaluation was seen to pay.
    pub(super) fn most_of(&self, evaluation: usize) -> Option<Decimal> {
        let scans = self.scans.iter().filter(|scan| scan.evaluation == evaluation);
        scans.flat_map(|scan| &scan.samples).filter_map(|sample| sample.sum).max()
    }
}

/// An amount within a line's own limits.
pub(super) fn limited(line: &Line, amount: Decimal) -> Decimal {
    let limits = [line.cap_each, line.cap].into_iter().flatten();
    limits.fold(amount, |amount, limit| match line.kind {
        LineKind::Payment => amount.min(limit),
        LineKind::Malus | LineKind::Return => amount.max(-limit),
    })
}

/// The nodes an item computes.
pub(super) fn roots(item: &Item<'_>) -> Vec<NodeId> {
    std::iter::once(item.price.amount).chain(item.price.gate).collect()
}

/// The values to try one outcome at.
fn grid(contract: &Contract, outcome: usize, roots: &[NodeId]) -> Grid {
    let outcome = &contract.terms.outcomes[outcome];
    let indicator = &contract.indicators[outcome.indicator];
    let mut found = pieces::thresholds(&contract.graph, roots, outcome.value).values;
    for bound in &outcome.bounds {
        found.extend(pieces::thresholds(&contract.graph, roots, bound.value).values);
    }
    found.sort_unstable();
    found.dedup();
    let step = indicator.read.map_or(Decimal::ONE, |read| read.step);
    let (least, most) = (end(indicator.support.low), end(indicator.support.high));
    let measurable = |value: &Decimal| {
        least.is_none_or(|least| least <= *value) && most.is_none_or(|most| *value <= most)
    };
    let mut values: Vec<Decimal> = Vec::new();
    for pair in found.windows(2) {
        values.push((pair[0] + pair[1]) / Decimal::TWO);
    }
    for at in &found {
        values.extend([*at - step, *at, *at + step]);
    }
    let (first, last) = (
        found.first().copied().unwrap_or(Decimal::ZERO),
        found.last().copied().unwrap_or(Decimal::TEN),
    );
    // Well beyond the thresholds, on either side.
    let beyond = (last - first).max(last.abs()).max(step * Decimal::TEN);
    values.extend([first - beyond, last + beyond]);
    values.extend([least, most].into_iter().flatten());
    if let (Some(least), Some(most)) = (least, most) {
        let even =
            |part: u8| least + (most - least) * Decimal::from(part) / Decimal::from(EVEN_STEPS);
        values.extend((1..EVEN_STEPS).map(even));
    }
    let rounding = Rounding { mode: Mode::HalfUp, step };
    let mut values: Vec<Decimal> = values
        .into_iter()
        .filter_map(|value| rounding.exact(value.into()).ok())
        .filter(measurable)
        .collect();
    values.sort_unstable();
    values.dedup();
    if indicator.better == Better::Lower {
        values.reverse();
    }
    Grid { values, thresholds: found.into_iter().filter(measurable).collect(), step }
}

/// The items of one evaluation, ready to be computed.
struct Desk<'a, 'c> {
    contract: &'c Contract,
    items: &'a [Item<'c>],
    grids: &'a [Grid],
    evaluator: RefCell<Evaluator<'c>>,
    nodes: usize,
    marks: FxHashMap<MarkId, Exact>,
    read: Vec<usize>,
}

impl<'a, 'c> Desk<'a, 'c> {
    fn new(contract: &'c Contract, items: &'a [Item<'c>], grids: &'a [Grid]) -> Self {
        let roots: Vec<NodeId> = items.iter().flat_map(roots).collect();
        let cone = pieces::cone(&contract.graph, &roots);
        // Each date by itself: nothing was paid before.
        let marks = cone.iter().filter_map(|id| match contract.graph.node(*id) {
            Node::Mark(mark, _) => Some((*mark, Exact::ZERO)),
            _ => None,
        });
        let marks = marks.collect();
        let symbols = pieces::symbols(&contract.graph, &roots);
        let read = (0..contract.terms.outcomes.len())
            .filter(|at| contract.terms.outcomes[*at].value_in(&symbols))
            .collect();
        let evaluator = RefCell::new(Evaluator::new(&contract.graph, &roots));
        Self { contract, items, grids, evaluator, nodes: cone.len(), marks, read }
    }

    fn read_here(&self, evaluation: usize) -> Vec<usize> {
        let here = |at: &usize| self.contract.terms.outcomes[*at].evaluation == evaluation;
        self.read.iter().copied().filter(here).collect()
    }

    fn profiles(&self, outcome: usize) -> &'static [u8] {
        let alone = self.read.iter().all(|read| *read == outcome);
        match (alone, self.nodes > NODES_MANY) {
            (true, _) => &PROFILES[..1],
            (false, true) => &PROFILES[3..],
            (false, false) => &PROFILES,
        }
    }

    fn scan(&self, evaluation: usize, outcome: usize, profile: u8) -> Scan {
        let grid = &self.grids[outcome];
        let held: FxHashMap<usize, Decimal> = self
            .read
            .iter()
            .filter_map(|other| {
                let values = &self.grids[*other].values;
                let last = values.len().checked_sub(1)?;
                Some((*other, values[last * usize::from(profile) / 100]))
            })
            .collect();
        let samples = grid.values.iter().map(|value| self.sample(outcome, *value, &held)).collect();
        let beside = grid.step / Decimal::from(BESIDE);
        let support =
            self.contract.indicators[self.contract.terms.outcomes[outcome].indicator].support;
        let measurable = |value: &Decimal| {
            end(support.low).is_none_or(|least| least <= *value)
                && end(support.high).is_none_or(|most| *value <= most)
        };
        let around = grid.thresholds.iter().map(|threshold| {
            let near = [*threshold - beside, *threshold, *threshold + beside];
            let samples = near.iter().filter(|value| measurable(value));
            (*threshold, samples.map(|value| self.sample(outcome, *value, &held)).collect())
        });
        let around = around.collect();
        Scan { evaluation, outcome, held, samples, around }
    }

    fn sample(&self, varied: usize, at: Decimal, held: &FxHashMap<usize, Decimal>) -> Sample {
        let mut symbols = FxHashMap::default();
        for (position, outcome) in self.contract.terms.outcomes.iter().enumerate() {
            let value = if position == varied { Some(at) } else { held.get(&position).copied() };
            if let Some(value) = value {
                symbols.insert(outcome.value, Exact::from(value));
                // As if the outcome were known for certain.
                let bounds = outcome.bounds.iter().map(|bound| (bound.value, Exact::from(value)));
                symbols.extend(bounds);
            }
            symbols.insert(outcome.available, Exact::ONE);
        }
        symbols.extend(self.contract.terms.ending(None));
        let mut evaluator = self.evaluator.borrow_mut();
        evaluator.run(|symbol| symbols.get(&symbol).copied(), &self.marks);
        let value = |node: NodeId| evaluator.value(node).ok();
        let pays: Vec<Option<Decimal>> = self
            .items
            .iter()
            .map(|item| {
                let open = item.price.gate.map_or(Some(Exact::ONE), value)?;
                if open.is_zero() {
                    return Some(Decimal::ZERO);
                }
                let amount = value(item.price.amount)?.approximate().round_dp(AMOUNT_DIGITS);
                Some(limited(item.line, amount))
            })
            .collect();
        let sum = pays.iter().zip(self.items).try_fold(Decimal::ZERO, |sum, (pays, item)| {
            let pays = (*pays)?;
            if item.offset { sum.checked_sub(pays) } else { sum.checked_add(pays) }
        });
        let sum = sum.map(|sum| self.contract.cap_each.map_or(sum, |cap| sum.min(cap)));
        Sample { at, pays, sum }
    }
}
