//! Estimators: from rows to an exact value with its interval.

use std::collections::BTreeMap;

use rust_decimal::prelude::ToPrimitive;
use serde::Serialize;

use super::interval::{self, Interval, Proportion, Sample};
use super::rows::{Rows, column_name};
use crate::contract::{Contract, Estimand, Indicator, Missing};
use crate::expr::exact::{Evaluator, FaultAt};
use crate::expr::{Exact, Fault, Node, NodeId};
use crate::problem::Problem;

/// People selected by an indicator but not used by its estimate, by reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Exclusion {
    /// Why: `missing:<column>`, or `reported` for an evaluator's own count.
    pub reason: String,
    /// How many.
    pub count: u64,
}

/// The estimate of one indicator at one evaluation.
#[derive(Debug, Clone)]
pub struct Estimate {
    /// The exact value, before it is read to its precision; `None` when nobody was measured.
    pub value: Option<Exact>,
    /// How many people it rests on, both arms together.
    pub n: u64,
    /// Who was selected but not used.
    pub exclusions: Vec<Exclusion>,
    /// Whose blank was counted as "no", as the missing-data rule says.
    pub counted_as_no: Vec<Exclusion>,
    /// Its 95% interval, when one is defined.
    pub interval: Option<Interval>,
    /// The file it comes from.
    pub source: String,
}

/// One arm: its exact sum, and its values for the spread.
#[derive(Debug, Default)]
struct Arm {
    values: Vec<f64>,
    sum: Option<Exact>,
}

impl Arm {
    fn add(&mut self, value: Exact) -> Result<(), Fault> {
        self.sum = Some(self.sum.unwrap_or(Exact::ZERO).plus(value)?);
        self.values.push(value.approximate().to_f64().unwrap_or(f64::NAN));
        Ok(())
    }

    fn n(&self) -> u64 {
        self.values.len() as u64
    }

    fn total(&self) -> Exact {
        self.sum.unwrap_or(Exact::ZERO)
    }

    fn mean(&self) -> Option<Result<Exact, Fault>> {
        (self.n() > 0).then(|| self.total().divide(Exact::from(self.n() as i64)))
    }

    /// Mean and standard deviation (n − 1), about the mean and not by sums of squares.
    fn sample(&self) -> Sample {
        let n = self.values.len() as f64;
        let mean = self.values.iter().sum::<f64>() / n;
        let squares: f64 = self.values.iter().map(|value| (value - mean) * (value - mean)).sum();
        Sample { n: self.n(), mean, sd: (squares / (n - 1.0)).sqrt() }
    }

    fn proportion(&self) -> Proportion {
        Proportion {
            successes: self.values.iter().filter(|value| **value != 0.0).count() as u64,
            n: self.n(),
        }
    }
}

/// Estimates an indicator from the rows of an evaluation.
///
/// # Errors
/// A blank value that the missing-data rule refuses; a fault of the exact arithmetic, at the place
/// of the script it arose at.
pub(super) fn estimate(
    contract: &Contract,
    indicator: usize,
    evaluation: usize,
    files: &[&Rows],
) -> Result<Estimate, Vec<Problem>> {
    let declared = &contract.indicators[indicator];
    let mut people = People::new(contract, declared);
    let mut problems = Vec::new();
    for rows in files {
        for record in rows.of(evaluation) {
            if let Err(problem) = people.add(rows, record) {
                problems.push(problem);
            }
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let (value, interval) = people.result().map_err(|fault| {
        vec![crate::script::fault_problem(fault).maybe_at(declared.place.clone())]
    })?;
    let listed = |reasons: &BTreeMap<String, u64>| -> Vec<Exclusion> {
        let reasons = reasons.iter();
        reasons.map(|(reason, count)| Exclusion { reason: reason.clone(), count: *count }).collect()
    };
    Ok(Estimate {
        value,
        n: people.treated.n() + people.comparison.n(),
        exclusions: listed(&people.excluded),
        counted_as_no: listed(&people.counted_as_no),
        interval,
        source: files.iter().map(|rows| rows.file()).collect::<Vec<_>>().join(", "),
    })
}

struct People<'c> {
    contract: &'c Contract,
    indicator: &'c Indicator,
    evaluator: Evaluator<'c>,
    treated: Arm,
    comparison: Arm,
    excluded: BTreeMap<String, u64>,
    counted_as_no: BTreeMap<String, u64>,
}

impl<'c> People<'c> {
    fn new(contract: &'c Contract, indicator: &'c Indicator) -> Self {
        let roots: Vec<NodeId> =
            indicator.estimand.closures().into_iter().chain(indicator.who).collect();
        Self {
            contract,
            indicator,
            evaluator: Evaluator::new(&contract.graph, &roots),
            treated: Arm::default(),
            comparison: Arm::default(),
            excluded: BTreeMap::new(),
            counted_as_no: BTreeMap::new(),
        }
    }

    fn add(&mut self, rows: &Rows, record: usize) -> Result<(), Problem> {
        let no_marks = rustc_hash::FxHashMap::default();
        self.evaluator.run(|symbol| rows.value(symbol, record), &no_marks);
        if let Some(who) = self.indicator.who {
            match self.evaluator.value(who) {
                Ok(selected) if selected.is_zero() => return Ok(()),
                Ok(_) => {}
                Err(fault) => return self.exclude(fault),
            }
        }
        match self.contribution() {
            Ok((value, treated)) => {
                let arm = if treated { &mut self.treated } else { &mut self.comparison };
                arm.add(value).map_err(|fault| {
                    crate::script::fault_problem(fault).maybe_at(self.indicator.place.clone())
                })
            }
            Err(fault) if fault.fault != Fault::Unavailable => Err(self.contract.fault(&fault)),
            Err(fault) => match self.indicator.missing {
                Missing::Exclude => self.exclude(fault),
                Missing::Refuse => {
                    Err(rows.refused(record, self.column(&fault), &self.indicator.id))
                }
                Missing::AsNo => self.count_as_no(fault),
            },
        }
    }

    /// A blank `of` counts as "no"; a blank group has no arm to count it in.
    fn count_as_no(&mut self, fault: FaultAt) -> Result<(), Problem> {
        let treated = match &self.indicator.estimand {
            Estimand::Difference { treated: Some(treated), .. }
            | Estimand::Ratio { treated: Some(treated), .. } => {
                match self.evaluator.value(*treated) {
                    Ok(treated) => !treated.is_zero(),
                    Err(_) => return self.exclude(fault),
                }
            }
            _ => true,
        };
        let reason = format!("missing:{}", self.column(&fault));
        *self.counted_as_no.entry(reason).or_default() += 1;
        let arm = if treated { &mut self.treated } else { &mut self.comparison };
        arm.add(Exact::ZERO).map_err(crate::script::fault_problem)
    }

    /// What a selected person contributes, and to which arm.
    fn contribution(&self) -> Result<(Exact, bool), FaultAt> {
        let value = |node: &NodeId| self.evaluator.value(*node);
        match &self.indicator.estimand {
            Estimand::MeanChange { first: Some(first), last: Some(last), sign } => {
                let at = |fault| FaultAt { fault, node: *last };
                let change = value(last)?.minus(value(first)?).map_err(at)?;
                Ok((if *sign < 0 { change.negated() } else { change }, true))
            }
            Estimand::Mean { of: Some(of) }
            | Estimand::Share { of: Some(of) }
            | Estimand::Count { of: Some(of) }
            | Estimand::Total { of: Some(of) } => Ok((value(of)?, true)),
            Estimand::Difference { of: Some(of), treated: Some(treated), .. }
            | Estimand::Ratio { of: Some(of), treated: Some(treated), .. } => {
                Ok((value(of)?, !value(treated)?.is_zero()))
            }
            // A count of everyone selected.
            _ => Ok((Exact::ONE, true)),
        }
    }

    fn exclude(&mut self, fault: FaultAt) -> Result<(), Problem> {
        if fault.fault != Fault::Unavailable {
            return Err(self.contract.fault(&fault));
        }
        let reason = format!("missing:{}", self.column(&fault));
        *self.excluded.entry(reason).or_default() += 1;
        Ok(())
    }

    fn column(&self, fault: &FaultAt) -> &'c str {
        match self.contract.graph.node(fault.node) {
            Node::Symbol(symbol) => column_name(self.contract, *symbol),
            _ => "",
        }
    }

    fn result(&self) -> Result<(Option<Exact>, Option<Interval>), Fault> {
        let (treated, comparison) = (&self.treated, &self.comparison);
        let mean = |arm: &Arm| arm.mean().transpose();
        Ok(match &self.indicator.estimand {
            Estimand::MeanChange { .. } | Estimand::Mean { .. } => {
                (mean(treated)?, interval::mean(treated.sample()))
            }
            Estimand::Share { .. } => (mean(treated)?, interval::share(treated.proportion())),
            // Nobody selected is a count of 0 all the same; `at_least` judges whether it counts.
            Estimand::Count { .. } | Estimand::Total { .. } => (Some(treated.total()), None),
            Estimand::Difference { of_shares, .. } => {
                let value = match (mean(treated)?, mean(comparison)?) {
                    (Some(a), Some(b)) => Some(a.minus(b)?),
                    _ => None,
                };
                let interval = if *of_shares {
                    interval::difference_of_shares(treated.proportion(), comparison.proportion())
                } else {
                    interval::difference_of_means(treated.sample(), comparison.sample())
                };
                (value, interval)
            }
            Estimand::Ratio { of_shares, .. } => {
                let value = match (mean(treated)?, mean(comparison)?) {
                    (Some(a), Some(b)) if !b.is_zero() => Some(a.divide(b)?),
                    _ => None,
                };
                let interval = if *of_shares {
                    interval::ratio_of_shares(treated.proportion(), comparison.proportion())
                } else {
                    interval::ratio_of_means(treated.sample(), comparison.sample())
                };
                (value, interval)
            }
        })
    }
}
