//! Running until a figure is precise enough.

use serde::Serialize;

use super::pass::Totals;
use super::projection::PERCENTILE_NAMES;
use super::results::Results;
use super::run::Run;
use super::{Projection, Settings, Watch};
use crate::problem::{Problem, Text, did_you_mean, say};
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
enum Part {
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
    part: Part,
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
        let (name, part) = match name.split_once('.') {
            Some((name, part)) => (name, Some(part)),
            None => (name, None),
        };
        let known = Figure::NAMES.map(|(name, _)| name);
        let Some((_, figure)) = Figure::NAMES.iter().find(|(known, _)| *known == name) else {
            let names = known.join(", ");
            let near = did_you_mean(name, known).unwrap_or_default();
            return Err(say!("one of {names}. {}", "次のいずれか: {names}。{}", near));
        };
        let part = match part {
            None => Part::Mean,
            Some("mean") => Part::Mean,
            Some(part) => {
                let place = PERCENTILE_NAMES.iter().position(|known| *known == part);
                Part::Percentile(place.ok_or_else(|| {
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
        Ok(Target { written: written.trim().to_owned(), figure: *figure, part, precision })
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
        match self.part {
            Part::Mean => (found.mean, found.se),
            Part::Percentile(place) => (found.percentiles()[place], found.errors.0[place]),
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
    let most = settings.paths.unwrap_or(PATHS_MOST);
    let run = Run::new(scenario, &Settings { paths: Some(most), ..settings.clone() })?;
    let (mut done, mut totals, mut readings) = (0, run.nothing(1), Vec::new());
    loop {
        let end = (done + FIRST_ROUND.max(done / 4)).min(run.blocks());
        let (before, paths) = (run.paths_of(&(0..done)), run.paths_of(&(0..end)));
        totals.merge(run.summarised(done..end, paths, (before, most), watch)?);
        done = end;
        readings.extend(run.reading(&totals));
        let (value, se) = target.seen(&run, &totals);
        let reached = target.is_met(value, se);
        if reached || done == run.blocks() {
            let mut projection = Results::new(&run, totals, paths).projection(&run);
            let wanted = target.written.clone();
            let se = if se.is_finite() { se } else { f64::NAN };
            projection.convergence = readings;
            projection.until = Some(Reached { wanted, value, se, reached });
            return Ok(projection);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_names_a_figure_a_part_and_a_precision() {
        let target = Target::parse("payment.p95=0.5%").unwrap();
        assert_eq!((target.figure, target.part), (Figure::Payment, Part::Percentile(5)));
        assert!(target.is_met(1000.0, 5.0) && !target.is_met(1000.0, 5.1));
        let target = Target::parse("net = 100_000").unwrap();
        assert_eq!((target.figure, target.part), (Figure::Net, Part::Mean));
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
