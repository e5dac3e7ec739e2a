//! Strata: who belongs to which, and direct standardisation.

use super::arms::Arm;
use super::sum::{Sum, float, weighted};
use super::{Estimator, Finding, Person, Refusal};
use crate::contract::{Estimand, Strata};
use crate::evidence::interval::{Method, Spread, Weighted};
use crate::expr::{Exact, Fault, NodeId};
use crate::problem::{Problem, Text, say};

/// Which stratum a person belongs to.
pub(super) struct Division {
    strata: Strata,
    /// The stratum of each combination of choices, the last key running fastest.
    cells: Vec<Option<usize>>,
}

impl Division {
    pub(super) fn new(strata: &Strata) -> Division {
        let size = strata.keys.iter().map(|key| key.choices.len()).product();
        let mut cells = vec![None; size];
        for (position, cell) in strata.cells.iter().enumerate() {
            let at = strata
                .keys
                .iter()
                .zip(&cell.choices)
                .fold(0, |at, (key, choice)| at * key.choices.len() + choice);
            cells[at] = Some(position);
        }
        Division { strata: strata.clone(), cells }
    }

    /// The stratum of a person.
    pub(super) fn of(&self, person: &Person<'_>) -> Result<usize, Refusal> {
        let mut at = 0;
        for key in &self.strata.keys {
            let mut found = None;
            for (position, (_, condition)) in key.choices.iter().enumerate() {
                if person.holds(*condition)? {
                    found = Some(position);
                    break;
                }
            }
            let Some(choice) = found else { return Err(Refusal::NoStratum(key.node)) };
            at = at * key.choices.len() + choice;
        }
        let node = self.strata.keys.last().map(|key| key.node);
        match (self.cells[at], node) {
            (Some(cell), _) => Ok(cell),
            (None, Some(node)) => Err(Refusal::NoStratum(node)),
            (None, None) => Err(Refusal::Sum(Fault::Unavailable)),
        }
    }

    /// The number of a stratum: of the standard population, or its reference rate.
    pub(super) fn number(&self, cell: usize) -> Exact {
        Exact::from(self.strata.cells[cell].number)
    }
}

/// One stratum of the people measured.
#[derive(Debug, Default)]
struct Cell {
    arm: Arm,
    time: Sum,
}

/// A directly standardised mean, share or rate.
pub(super) struct Standardised {
    of: NodeId,
    time: Option<NodeId>,
    division: Division,
    per: Exact,
    cells: Vec<Cell>,
}

impl Standardised {
    /// `None` for what is estimated otherwise.
    pub(super) fn of(estimand: &Estimand) -> Option<Standardised> {
        let Estimand::Standardised { of, time, strata, per, .. } = estimand else { return None };
        let strata = strata.as_ref()?;
        Some(Standardised {
            of: (*of)?,
            time: *time,
            division: Division::new(strata),
            per: Exact::from(*per),
            cells: strata.cells.iter().map(|_| Cell::default()).collect(),
        })
    }

    fn take(&mut self, person: &Person<'_>, value: Exact) -> Result<(), Refusal> {
        let cell = self.division.of(person)?;
        if let Some(time) = self.time {
            let time = person.not_negative(time)?;
            self.cells[cell].time.add(time).map_err(Refusal::Sum)?;
        }
        self.cells[cell].arm.add(value).map_err(Refusal::Sum)
    }

    /// What a stratum's sum is divided by: its people, or their time.
    fn over(&self, cell: &Cell) -> Result<Exact, Fault> {
        match self.time {
            Some(_) => cell.time.total(),
            None => Ok(Exact::from(cell.arm.n() as i64)),
        }
    }

    fn made(&self) -> Result<Finding, Fault> {
        let mut standard = Sum::default();
        for cell in 0..self.cells.len() {
            standard.add(self.division.number(cell))?;
        }
        let standard = standard.total()?;
        let mut parts = Vec::new();
        let mut poisson = Vec::new();
        let mut variance = 0.0;
        for (position, cell) in self.cells.iter().enumerate() {
            let number = self.division.number(position);
            if number.is_zero() {
                continue;
            }
            let over = self.over(cell)?;
            parts.push((number, cell.arm.total()?, over));
            let weight = float(number) / float(standard);
            let events = float(cell.arm.total()?);
            poisson.push(Weighted { weight: weight / float(over), events });
            let sample = cell.arm.sample();
            variance += weight * weight * sample.sd * sample.sd / sample.n as f64;
        }
        let value = weighted(&parts)?.divide(standard)?;
        let spread = match self.time {
            Some(_) => Spread::StandardisedRate(poisson),
            None => Spread::Around {
                value: float(value),
                standard_error: variance.sqrt(),
                degrees: None,
                method: Method::Stratified,
            },
        };
        // One person says nothing of a stratum's variance.
        let spread = (self.time.is_some() || variance.is_finite()).then_some(spread);
        let spread = spread.map(|spread| spread.moved(0.0, float(self.per)));
        Ok(Finding { value: Some(value.times(self.per)?), spread, ..Finding::default() })
    }

    /// A stratum of the standard population with nobody, or no time, to stand for it.
    fn empty(&self) -> Result<Option<Problem>, Fault> {
        for (position, cell) in self.cells.iter().enumerate() {
            if self.over(cell)?.is_zero() && !self.division.number(position).is_zero() {
                let name = self.division.strata.name(position);
                return Ok(Some(
                    Problem::error(
                        "empty-stratum",
                        say!(
                            "nobody measured stands for the stratum ({name}) of the standard population",
                            "標準人口の層（{name}）に測定された人がいません"
                        ),
                    )
                    .found(Text::from("0"))
                    .help(say!(
                        "join it to a neighbouring stratum in `standard`, or standardise to the strata that are measured",
                        "`standard` で隣の層とまとめるか、測定できる層だけで標準化してください"
                    )),
                ));
            }
        }
        Ok(None)
    }
}

impl Estimator for Standardised {
    fn add(&mut self, person: &Person<'_>) -> Result<(), Refusal> {
        let value = if self.time.is_some() {
            person.not_negative(self.of)?
        } else {
            person.value(self.of)?
        };
        self.take(person, value)
    }

    fn add_no(&mut self, person: &Person<'_>) -> Result<(), Refusal> {
        self.take(person, Exact::ZERO)
    }

    fn n(&self) -> u64 {
        self.cells.iter().map(|cell| cell.arm.n()).sum()
    }

    fn result(&self) -> Result<Finding, Problem> {
        if self.n() == 0 {
            return Ok(Finding::default());
        }
        let fault = crate::script::fault_problem;
        match self.empty().map_err(fault)? {
            Some(problem) => Err(problem),
            None => self.made().map_err(fault),
        }
    }
}
