//! Means, shares, counts and totals of one group or two: exact sums and their quotients.

use super::sum::{Sum, float};
use super::{Estimator, Finding, Person, Refusal};
use crate::contract::Estimand;
use crate::evidence::interval::{Proportion, Sample, Spread};
use crate::expr::exact::FaultAt;
use crate::expr::{Exact, Fault, NodeId};
use crate::problem::Problem;

/// One group: its exact sum, and its values for the spread.
#[derive(Debug, Default)]
pub(super) struct Arm {
    values: Vec<f64>,
    sum: Sum,
}

impl Arm {
    pub(super) fn add(&mut self, value: Exact) -> Result<(), Fault> {
        self.sum.add(value)?;
        self.values.push(float(value));
        Ok(())
    }

    pub(super) fn n(&self) -> u64 {
        self.values.len() as u64
    }

    pub(super) fn total(&self) -> Result<Exact, Fault> {
        self.sum.total()
    }

    fn mean(&self) -> Result<Option<Exact>, Fault> {
        if self.n() == 0 {
            return Ok(None);
        }
        self.total()?.divide(Exact::from(self.n() as i64)).map(Some)
    }

    /// Mean and standard deviation (n − 1), about the mean and not by sums of squares.
    pub(super) fn sample(&self) -> Sample {
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

/// What a person contributes.
#[derive(Debug, Clone, Copy)]
enum Part {
    /// One for everyone selected.
    One,
    /// A value or a condition.
    Of(NodeId),
    /// `sign × (last − first)`
    Change { first: NodeId, last: NodeId, sign: i8 },
}

/// What is made of the groups.
#[derive(Debug, Clone, Copy)]
enum Made {
    Mean,
    Share,
    Total,
    Difference { of_shares: bool },
    Ratio { of_shares: bool, index: bool },
}

/// Means, shares, counts and totals.
pub(super) struct Arms {
    part: Part,
    treated_by: Option<NodeId>,
    made: Made,
    treated: Arm,
    comparison: Arm,
}

impl Arms {
    /// `None` for what is estimated otherwise.
    pub(super) fn of(estimand: &Estimand) -> Option<Arms> {
        let change = |first: &Option<NodeId>, last: &Option<NodeId>, sign: i8| match (first, last) {
            (Some(first), Some(last)) => Part::Change { first: *first, last: *last, sign },
            _ => Part::One,
        };
        let of = |of: &Option<NodeId>| of.map_or(Part::One, Part::Of);
        let (part, treated_by, made) = match estimand {
            Estimand::MeanChange { first, last, sign } => {
                (change(first, last, *sign), None, Made::Mean)
            }
            Estimand::Mean { of: value } => (of(value), None, Made::Mean),
            Estimand::Share { of: value } => (of(value), None, Made::Share),
            Estimand::Count { of: value } | Estimand::Total { of: value } => {
                (of(value), None, Made::Total)
            }
            Estimand::Difference { of: value, treated, of_shares } => {
                (of(value), *treated, Made::Difference { of_shares: *of_shares })
            }
            Estimand::Ratio { of: value, treated, of_shares, index } => {
                (of(value), *treated, Made::Ratio { of_shares: *of_shares, index: *index })
            }
            Estimand::DifferenceInDifferences { first, last, treated, sign } => {
                (change(first, last, *sign), *treated, Made::Difference { of_shares: false })
            }
            _ => return None,
        };
        let (treated, comparison) = (Arm::default(), Arm::default());
        Some(Arms { part, treated_by, made, treated, comparison })
    }

    fn arm(&mut self, person: &Person<'_>) -> Result<&mut Arm, FaultAt> {
        let treated = match self.treated_by {
            Some(treated) => person.holds(treated)?,
            None => true,
        };
        Ok(if treated { &mut self.treated } else { &mut self.comparison })
    }
}

impl Estimator for Arms {
    fn add(&mut self, person: &Person<'_>) -> Result<(), Refusal> {
        let value = match self.part {
            Part::One => Exact::ONE,
            Part::Of(of) => person.value(of)?,
            Part::Change { first, last, sign } => {
                let at = |fault| FaultAt { fault, node: last };
                let change = person.value(last)?.minus(person.value(first)?).map_err(at)?;
                if sign < 0 { change.negated() } else { change }
            }
        };
        self.arm(person)?.add(value).map_err(Refusal::Sum)
    }

    fn add_no(&mut self, person: &Person<'_>) -> Result<(), Refusal> {
        self.arm(person)?.add(Exact::ZERO).map_err(Refusal::Sum)
    }

    fn n(&self) -> u64 {
        self.treated.n() + self.comparison.n()
    }

    fn result(&self) -> Result<Finding, Problem> {
        self.made().map_err(crate::script::fault_problem)
    }
}

impl Arms {
    fn made(&self) -> Result<Finding, Fault> {
        let (treated, comparison) = (&self.treated, &self.comparison);
        let found = |value, spread| Finding { value, spread, ..Finding::default() };
        Ok(match self.made {
            Made::Mean => found(treated.mean()?, Some(Spread::Mean(treated.sample()))),
            Made::Share => found(treated.mean()?, Some(Spread::Share(treated.proportion()))),
            // Nobody selected is a count of 0 all the same; `at_least` judges whether it counts.
            Made::Total => found(Some(treated.total()?), None),
            Made::Difference { of_shares } => {
                let value = match (treated.mean()?, comparison.mean()?) {
                    (Some(a), Some(b)) => Some(a.minus(b)?),
                    _ => None,
                };
                let spread = if of_shares {
                    Spread::DifferenceOfShares(treated.proportion(), comparison.proportion())
                } else {
                    Spread::DifferenceOfMeans(treated.sample(), comparison.sample())
                };
                found(value, Some(spread))
            }
            Made::Ratio { of_shares, index } => {
                let times = Exact::from(if index { 100 } else { 1 });
                let value = match (treated.mean()?, comparison.mean()?) {
                    (Some(a), Some(b)) if !b.is_zero() => Some(times.times(a.divide(b)?)?),
                    _ => None,
                };
                let spread = if of_shares {
                    Spread::RatioOfShares(treated.proportion(), comparison.proportion())
                } else {
                    Spread::RatioOfMeans(treated.sample(), comparison.sample())
                };
                found(value, Some(spread.moved(0.0, float(times))))
            }
        })
    }
}
