//! Events per person-time, their ratio, and events observed over events expected.

use super::strata::Division;
use super::sum::{Sum, float};
use super::{Estimator, Finding, Person, Refusal};
use crate::contract::Estimand;
use crate::evidence::interval::{Counts, Spread};
use crate::expr::{Exact, Fault, NodeId};
use crate::problem::{Problem, say};

/// Events and what they are divided by, of one group.
#[derive(Debug, Default)]
struct Group {
    events: Sum,
    over: Sum,
    n: u64,
}

impl Group {
    fn add(&mut self, events: Exact, over: Exact) -> Result<(), Fault> {
        self.events.add(events)?;
        self.over.add(over)?;
        self.n += 1;
        Ok(())
    }

    fn counts(&self) -> Result<Counts, Fault> {
        Ok(Counts { events: float(self.events.total()?), over: float(self.over.total()?) })
    }

    fn rate(&self) -> Result<Exact, Fault> {
        self.events.total()?.divide(self.over.total()?)
    }
}

/// What events are divided by.
enum Over {
    /// A person's time or expected number.
    Node(NodeId),
    /// The reference rate of a person's stratum, times the time watched.
    Reference(Division, Option<NodeId>),
}

/// Rates and observed over expected.
pub(super) struct Rates {
    events: NodeId,
    over: Over,
    treated_by: Option<NodeId>,
    per: Exact,
    expected: bool,
    treated: Group,
    comparison: Group,
}

impl Rates {
    /// `None` for what is estimated otherwise.
    pub(super) fn of(estimand: &Estimand) -> Option<Rates> {
        let (events, over, treated_by, per, expected) = match estimand {
            Estimand::Rate { events, time, per } => {
                ((*events)?, Over::Node((*time)?), None, Exact::from(*per), false)
            }
            Estimand::RateRatio { events, time, treated } => {
                ((*events)?, Over::Node((*time)?), *treated, Exact::ONE, false)
            }
            Estimand::ObservedOverExpected { observed, expected, strata, time, per } => {
                let over = match (expected, strata) {
                    (Some(expected), _) => Over::Node(*expected),
                    (None, Some(strata)) => Over::Reference(Division::new(strata), *time),
                    (None, None) => return None,
                };
                ((*observed)?, over, None, Exact::from(*per), true)
            }
            _ => return None,
        };
        let (treated, comparison) = (Group::default(), Group::default());
        Some(Rates { events, over, treated_by, per, expected, treated, comparison })
    }

    fn take(&mut self, person: &Person<'_>, events: Exact) -> Result<(), Refusal> {
        let over = match &self.over {
            Over::Node(node) => person.not_negative(*node)?,
            Over::Reference(division, time) => {
                let rate = division.number(division.of(person)?);
                match time {
                    Some(time) => rate.times(person.not_negative(*time)?).map_err(Refusal::Sum)?,
                    None => rate,
                }
            }
        };
        let treated = match self.treated_by {
            Some(treated) => person.holds(treated)?,
            None => true,
        };
        let group = if treated { &mut self.treated } else { &mut self.comparison };
        group.add(events, over).map_err(Refusal::Sum)
    }

    fn made(&self) -> Result<Finding, Fault> {
        let found = |value, spread| Finding { value, spread, ..Finding::default() };
        if self.treated_by.is_none() {
            let value = self.per.times(self.treated.rate()?)?;
            let spread = Spread::Rate(self.treated.counts()?).moved(0.0, float(self.per));
            return Ok(found(Some(value), Some(spread)));
        }
        let (a, b) = (self.treated.rate()?, self.comparison.rate()?);
        // A ratio to nothing is no value.
        let value = if b.is_zero() { None } else { Some(a.divide(b)?) };
        let spread = Spread::RatioOfRates(self.treated.counts()?, self.comparison.counts()?);
        Ok(found(value, Some(spread)))
    }
}

impl Estimator for Rates {
    fn add(&mut self, person: &Person<'_>) -> Result<(), Refusal> {
        let events = person.not_negative(self.events)?;
        self.take(person, events)
    }

    fn add_no(&mut self, person: &Person<'_>) -> Result<(), Refusal> {
        self.take(person, Exact::ZERO)
    }

    fn n(&self) -> u64 {
        self.treated.n + self.comparison.n
    }

    fn result(&self) -> Result<Finding, Problem> {
        let fault = crate::script::fault_problem;
        let groups = [Some(&self.treated), self.treated_by.map(|_| &self.comparison)];
        for group in groups.into_iter().flatten() {
            if group.n == 0 {
                return Ok(Finding::default());
            }
            if group.over.total().map_err(fault)?.is_zero() {
                return Err(self.nothing(group.n));
            }
        }
        self.made().map_err(fault)
    }
}

impl Rates {
    fn nothing(&self, n: u64) -> Problem {
        if self.expected {
            return Problem::error(
                "nothing-expected",
                say!(
                    "no event is expected of these {n} people, so there is nothing to divide by",
                    "この {n} 人の期待数の合計が 0 のため、割ることができません"
                ),
            )
            .help(say!(
                "check the expected numbers or the reference rates",
                "期待数または基準率を確かめてください"
            ));
        }
        Problem::error(
            "no-time",
            say!(
                "these {n} people were watched for no time at all",
                "この {n} 人の観察期間の合計が 0 です"
            ),
        )
        .help(say!("check the column of the time watched", "観察期間の列を確かめてください"))
    }
}
