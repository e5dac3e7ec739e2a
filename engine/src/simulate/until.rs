//! Running until a figure is precise enough.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::Serialize;

use super::chunk::{self, Chunk, Part, refusals};
use super::pass::Totals;
use super::projection::PERCENTILE_NAMES;
use super::results::Results;
use super::run::{Run, on_threads};
use super::{Projection, Reading, Settings, Watch};
use crate::FilesRead;
use crate::problem::{Problem, Source, Text, did_you_mean, say};
use crate::scenario::Scenario;

/// Paths at most when the command does not say how many.
const PATHS_MOST: u64 = 100_000_000;

/// Paths from which on a figure that was the same on all of them counts as known.
const PATHS_SURE: u64 = 1_000_000;

/// Blocks of the first round; each further round adds a quarter of what is done.
const FIRST_ROUND: u64 = 32;

/// A figure whose error can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Figure {
    Payment,
    PaymentDiscounted,
    Benefit,
    Net,
    NoEffect,
    CapReached,
    NoOutcomePayment,
    NetPositive,
}

impl Figure {
    fn is_probability(self) -> bool {
        matches!(self, Figure::CapReached | Figure::NoOutcomePayment | Figure::NetPositive)
    }

    const NAMES: [(&'static str, Figure); 8] = [
        ("payment", Figure::Payment),
        ("payment_discounted", Figure::PaymentDiscounted),
        ("benefit", Figure::Benefit),
        ("net", Figure::Net),
        ("no_effect", Figure::NoEffect),
        ("cap_reached", Figure::CapReached),
        ("no_outcome_payment", Figure::NoOutcomePayment),
        ("net_positive", Figure::NetPositive),
    ];
}

/// What of its distribution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    Mean,
    /// A percentile, by its place among those reported.
    Percentile(usize),
}

/// How precise.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Precision {
    /// A standard error of at most this part of the figure.
    Relative(f64),
    /// A standard error of at most this, in the figure's own unit.
    Absolute(f64),
}

/// A figure and the standard error it must come down to.
///
/// ```
/// use engine::simulate::Target;
/// assert!(Target::parse("0.1%").is_ok());
/// assert!(Target::parse("payment.p95 = 0.5%").is_ok());
/// assert!(Target::parse("net=100_000").is_ok());
/// assert!(Target::parse("profit=1%").is_err());
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    written: String,
    figure: Figure,
    told: Told,
    precision: Precision,
}

impl Target {
    /// Reads `0.1%` (of the mean payment), `net=1%`, `payment.p95=0.5%` or `net=100_000`.
    ///
    /// # Errors
    /// What was expected instead.
    pub fn parse(written: &str) -> Result<Target, Text> {
        let (name, precision) = match written.split_once('=') {
            Some((name, precision)) => (name.trim(), precision.trim()),
            None => ("payment", written.trim()),
        };
        let (name, told) = match name.split_once('.') {
            Some((name, told)) => (name, Some(told)),
            None => (name, None),
        };
        let known = Figure::NAMES.map(|(name, _)| name);
        let Some((_, figure)) = Figure::NAMES.iter().find(|(known, _)| *known == name) else {
            let names = known.join(", ");
            let near = did_you_mean(name, known).unwrap_or_default();
            return Err(say!("one of {names}. {}", "次のいずれか: {names}。{}", near));
        };
        let told = match told {
            None => Told::Mean,
            Some("mean") => Told::Mean,
            Some(told) => {
                let place = PERCENTILE_NAMES.iter().position(|known| *known == told);
                Told::Percentile(place.ok_or_else(|| {
                    let names = PERCENTILE_NAMES.join(", ");
                    say!("mean, or one of {names}", "mean か {names} のいずれか")
                })?)
            }
        };
        let plain = precision.replace(['_', ','], "");
        let (number, percent) = match plain.strip_suffix('%') {
            Some(number) => (number, true),
            None => (plain.as_str(), false),
        };
        let number: Option<f64> = number.trim().parse().ok();
        let Some(number) = number.filter(|number| *number > 0.0 && number.is_finite()) else {
            return Err(say!(
                "a standard error: 0.1% of the figure, or an amount such as 100_000",
                "標準誤差。0.1%（その値に対する割合）または 100_000 のような金額"
            ));
        };
        let precision =
            if percent { Precision::Relative(number / 100.0) } else { Precision::Absolute(number) };
        let wrong = match precision {
            Precision::Relative(part) => part > 1.0,
            // Less than one yen, or more than any probability: the sign of percent was forgotten.
            Precision::Absolute(most) => figure.is_probability() != (most < 1.0),
        };
        if wrong {
            return Err(say!(
                "a standard error: 0.1% of the figure; of money an amount such as 100_000, of a probability a part such as 0.005",
                "標準誤差。その値に対する割合（0.1% など）、金額なら 100_000 など、確率なら 0.005 など"
            ));
        }
        Ok(Target { written: written.trim().to_owned(), figure: *figure, told, precision })
    }

    /// The figure as these totals have it, and its standard error.
    fn seen(&self, run: &Run<'_>, totals: &Totals) -> (f64, f64) {
        let (model, wanted) = (&run.scenario.model, &run.passes[0].wanted);
        let node = match self.figure {
            Figure::Payment => model.effect.payment,
            Figure::PaymentDiscounted => model.effect.payment_discounted,
            Figure::Benefit => model.benefit,
            Figure::Net => model.net,
            Figure::NoEffect => model.no_effect.payment,
            Figure::CapReached => model.effect.cap_reached,
            Figure::NoOutcomePayment => model.effect.no_outcome_payment,
            Figure::NetPositive => model.net_positive,
        };
        let wanted = wanted.iter().zip(&totals.0[0]);
        let found = wanted
            .filter(|(wanted, _)| wanted.node == node && wanted.where_available.is_none())
            .find_map(|(_, summary)| summary.clone().distribution());
        let Some(found) = found else { return (f64::NAN, f64::INFINITY) };
        // The same on every path so far: unless it cannot be otherwise, an error of 0 says little.
        let few = run.scenario.model.graph.literal(node).is_none() && totals.paths() < PATHS_SURE;
        if found.min == found.max && few {
            return (found.mean, f64::INFINITY);
        }
        match self.told {
            Told::Mean => (found.mean, found.se),
            Told::Percentile(place) => (found.percentiles()[place], found.errors.0[place]),
        }
    }

    fn is_met(&self, value: f64, se: f64) -> bool {
        // What has happened on no path so far, or on all, has an error that is not known yet.
        if self.figure.is_probability() && (value <= 0.0 || value >= 1.0) {
            return false;
        }
        match self.precision {
            Precision::Relative(part) => se <= part * value.abs(),
            Precision::Absolute(most) => se <= most,
        }
    }
}

/// How a run that was to stop at a precision ended.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reached {
    /// What was asked for, as it was written.
    pub wanted: String,
    /// The figure.
    pub value: f64,
    /// Its standard error.
    pub se: f64,
    /// Whether it is as precise as was asked.
    pub reached: bool,
}

/// Runs a scenario until the target is met.
///
/// The figure is looked at only after whole rounds, each of blocks that follow the last: which
/// paths are in the result depends on no thread. Looking often makes the error of the result a
/// little larger than it says; the rounds grow so that it is looked at seldom.
pub(super) fn simulate(
    scenario: &Scenario,
    settings: &Settings,
    target: &Target,
    watch: &dyn Watch,
) -> Result<Projection, Problem> {
    let settings = at_most(settings);
    let run = Run::new(scenario, &settings)?;
    let mut sum = Sum::of(&run);
    loop {
        let end = round_after(sum.done).min(run.blocks());
        let (before, paths) = (run.paths_of(&(0..sum.done)), run.paths_of(&(0..end)));
        let totals = run.summarised(sum.done..end, paths, (before, run.paths), watch)?;
        if let Some(reached) = sum.add(totals, end, (&run, target)) {
            return Ok(sum.projection(&run, reached));
        }
    }
}

/// The settings with a number of paths that is the most there may be.
fn at_most(settings: &Settings) -> Settings {
    Settings { paths: Some(settings.paths.unwrap_or(PATHS_MOST)), ..settings.clone() }
}

/// Where the round ends that begins with block number `done`.
fn round_after(done: u64) -> u64 {
    done + FIRST_ROUND.max(done / 4)
}

/// The ends of the rounds of so many blocks.
fn rounds(blocks: u64) -> impl Iterator<Item = Range<u64>> {
    std::iter::successors(Some(0..round_after(0).min(blocks)), move |round| {
        (round.end < blocks).then(|| round.end..round_after(round.end).min(blocks))
    })
}

/// How many paths there are at the end of the round that a block belongs to.
pub(super) fn paths_after(run: &Run<'_>, block: u64) -> u64 {
    let round = rounds(run.blocks()).find(|round| block < round.end);
    run.paths_of(&(0..round.map_or(run.blocks(), |round| round.end)))
}

/// What is summed up of a run until a target: its blocks from the first on.
#[derive(Debug)]
struct Sum {
    done: u64,
    totals: Totals,
    readings: Vec<Reading>,
}

impl Sum {
    fn of(run: &Run<'_>) -> Sum {
        Sum { done: 0, totals: run.nothing(1), readings: Vec::new() }
    }

    /// Adds the blocks that follow, up to `end`, and at the end of a round looks at the figure. The
    /// run is over where it is met, or where no blocks are left.
    fn add(
        &mut self,
        totals: Totals,
        end: u64,
        (run, target): (&Run<'_>, &Target),
    ) -> Option<Reached> {
        self.totals.merge(totals);
        self.done = end;
        if rounds(run.blocks()).all(|round| round.end != end) {
            return None;
        }
        self.readings.extend(run.reading(&self.totals));
        let (value, se) = target.seen(run, &self.totals);
        let reached = target.is_met(value, se);
        let se = if se.is_finite() { se } else { f64::NAN };
        let wanted = target.written.clone();
        (reached || end == run.blocks()).then_some(Reached { wanted, value, se, reached })
    }

    fn projection(self, run: &Run<'_>, reached: Reached) -> Projection {
        let paths = run.paths_of(&(0..self.done));
        let mut projection = Results::new(run, self.totals, paths).projection(run);
        projection.convergence = self.readings;
        projection.until = Some(reached);
        projection
    }
}

/// A run until a target that is put together from chunks, in whatever order they arrive: the same
/// as in one process, to the last digit.
///
/// Only the paths from the first on without a gap are looked at, round by round, as one process
/// does. Chunks beyond the end of the run are passed over.
#[derive(Debug)]
pub struct Gathered {
    scenario: Scenario,
    files: FilesRead,
    settings: Settings,
    target: Target,
    blocks: u64,
    sum: Sum,
    /// The first chunk: the others are of the same run.
    first: Option<(String, Chunk)>,
    /// Chunks that wait for those before them, by their first block.
    waiting: BTreeMap<u64, (String, Chunk)>,
    reached: Option<Reached>,
}

impl Gathered {
    /// Nothing yet of a run of a scenario, which was read from `files`, until `target`;
    /// `settings.paths` are the most there may be.
    ///
    /// # Errors
    /// As [`simulate`](super::simulate()).
    pub fn new(
        scenario: Scenario,
        files: FilesRead,
        settings: &Settings,
        target: Target,
    ) -> Result<Gathered, Vec<Problem>> {
        let settings = at_most(settings);
        let (blocks, sum) = on_threads(Some(1), || {
            let run = Run::new(&scenario, &settings)?;
            Ok((run.blocks(), Sum::of(&run)))
        })
        .map_err(|problem| vec![problem])?;
        let (first, waiting, reached) = (None, BTreeMap::new(), None);
        Ok(Gathered { scenario, files, settings, target, blocks, sum, first, waiting, reached })
    }

    /// The parts of the run, in order, each round in at most `pieces` of at least 32 blocks.
    pub fn parts(&self, pieces: u64) -> impl Iterator<Item = Part> + use<> {
        rounds(self.blocks).flat_map(move |round| {
            let blocks = round.end - round.start;
            let pieces = (blocks / FIRST_ROUND).clamp(1, pieces.max(1));
            (1..=pieces).map(move |number| {
                let piece = Part::Numbered { number, of: pieces }.blocks(blocks);
                Part::Blocks { start: round.start + piece.start, end: round.start + piece.end }
            })
        })
    }

    /// How many paths are summed up, and the most there may be.
    #[must_use]
    pub fn progress(&self) -> (u64, u64) {
        let most = self.settings.paths.unwrap_or(PATHS_MOST);
        (super::pass::paths_of(most, &(0..self.sum.done)), most)
    }

    /// Adds a chunk, and says whether the run is over. One that was there already counts once.
    ///
    /// # Errors
    /// A chunk of another run or build, or one that overlaps others; nothing is added then.
    pub fn add(&mut self, name: &str, chunk: Chunk) -> Result<bool, Vec<Problem>> {
        let one = |problem| vec![problem];
        if let Some((first, known)) = &self.first {
            chunk.is_of_the_run_of(name, first, known).map_err(one)?;
        } else {
            chunk.is_of(name, &self.files, &self.settings, self.scenario.seed).map_err(one)?;
            self.first = Some((name.to_owned(), chunk.without_totals()));
        }
        let blocks = chunk.blocks();
        let rounds_within = rounds(self.blocks)
            .filter(|round| blocks.start < round.end && round.start < blocks.end);
        if rounds_within.count() > 1 {
            return Err(vec![refusals::misfit(name, chunk.part())]);
        }
        if self.reached.is_some() || blocks.end <= self.sum.done {
            return Ok(self.reached.is_some());
        }
        if let Some((known, other)) = self.waiting.get(&blocks.start)
            && other.blocks() == blocks
        {
            return match other.is_the_same_as(&chunk) {
                true => Ok(false),
                false => Err(vec![refusals::contradicting(name, known, chunk.part())]),
            };
        }
        let before = self.waiting.range(..blocks.end).next_back();
        if blocks.start < self.sum.done
            || before.is_some_and(|(_, (_, other))| blocks.start < other.blocks().end)
        {
            return Err(vec![refusals::misfit(name, chunk.part())]);
        }
        let Gathered { scenario, settings, .. } = self;
        on_threads(Some(1), || {
            let run = Run::new(scenario, settings)?;
            let so_far = paths_after(&run, blocks.start);
            chunk::fits(name, &chunk, &run.shape_of(so_far), &blocks)
                .map_err(|mut problems| problems.remove(0))
        })
        .map_err(one)?;
        self.waiting.insert(blocks.start, (name.to_owned(), chunk));
        self.look()
    }

    /// Sums up what follows without a gap.
    fn look(&mut self) -> Result<bool, Vec<Problem>> {
        let Gathered { scenario, settings, target, sum, waiting, reached, .. } = self;
        on_threads(Some(1), || {
            let run = Run::new(scenario, settings)?;
            while let Some((_, chunk)) = waiting.remove(&sum.done) {
                let end = chunk.blocks().end;
                *reached = sum.add(chunk.into_totals(), end, (&run, target));
                if reached.is_some() {
                    waiting.clear();
                    return Ok(true);
                }
            }
            Ok(false)
        })
        .map_err(|problem| vec![problem])
    }

    /// The projection of the run that is over, and its scenario.
    ///
    /// # Errors
    /// A run that is not: the target is not met on the paths there are without a gap.
    pub fn finish(self) -> Result<(Scenario, Projection), Vec<Problem>> {
        let Gathered { scenario, settings, sum, reached, .. } = self;
        let Some(reached) = reached else {
            let (from, target) = (sum.done, self.target.written);
            return Err(vec![
                Problem::error(
                    "missing-chunk",
                    say!(
                        "the run goes on: {target} is not met yet",
                        "目標 {target} にまだ達していません"
                    ),
                )
                .expected(say!("the blocks from {from} on", "ブロック {from} 以降"))
                .at(Source::new(scenario.file.as_str(), "").whole()),
            ]);
        };
        let projection = on_threads(None, || {
            let run = Run::new(&scenario, &settings)?;
            Ok(sum.projection(&run, reached))
        });
        let projection = projection.map_err(|problem| vec![problem])?;
        Ok((scenario, projection))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_names_a_figure_a_part_and_a_precision() {
        let target = Target::parse("payment.p95=0.5%").unwrap();
        assert_eq!((target.figure, target.told), (Figure::Payment, Told::Percentile(5)));
        assert!(target.is_met(1000.0, 5.0) && !target.is_met(1000.0, 5.1));
        let target = Target::parse("net = 100_000").unwrap();
        assert_eq!((target.figure, target.told), (Figure::Net, Told::Mean));
        assert!(target.is_met(-3.0, 100_000.0) && !target.is_met(1e12, 100_001.0));
        // An event that was not seen yet may still happen.
        let target = Target::parse("cap_reached = 1%").unwrap();
        assert!(target.is_met(0.5, 0.005) && !target.is_met(0.0, 0.0) && !target.is_met(1.0, 0.0));
    }

    #[test]
    fn what_is_no_target_says_what_would_be() {
        let wrong = ["", "0", "-1%", "x", "nett=1%", "payment.p90=1%", "payment=", "inf%"];
        for wrong in wrong.into_iter().chain(["0.1", "200%", "cap_reached=100"]) {
            assert!(Target::parse(wrong).is_err(), "{wrong}");
        }
        let said = Target::parse("nett=1%").unwrap_err();
        assert!(said.en.contains("net"), "{said:?}");
    }
}
