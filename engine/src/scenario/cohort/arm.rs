//! One arm of a cohort: its people from cycle to cycle, and what they cost.

use rust_decimal::prelude::ToPrimitive;

use super::convention::{Convention, Counted};
use super::model::{CheckedRow, Counts, Holds};
use super::movement::{Key, Leaving};
use super::read::{Cohort, changes, check_start, rounded};
use super::states::ByState;
use super::trace::Gives;
use super::value::{Arithmetic, ONE, Value, ZERO, all_known};
use crate::expr::{Interval, Unit};
use crate::problem::{Problem, Text, say};
use crate::scenario::cells::{Cells, Values};
use crate::scenario::model::Required;

/// The people of an arm and what they cost, cycle by cycle from 0.
pub(super) struct Arm {
    pub(super) people: Vec<Vec<Value>>,
    pub(super) population: Value,
    pub(super) cost: Amounts,
    pub(super) utility: Amounts,
}

/// Amounts by cycle, and their discounted total.
pub(super) struct Amounts {
    pub(super) cycles: Vec<Value>,
    pub(super) total: Value,
}

/// One arm under construction.
pub(super) struct Lowering<'a, 'd> {
    pub(super) cohort: &'a Cohort,
    pub(super) cells: &'a Cells<'d>,
    pub(super) values: &'a Values,
    pub(super) money: Unit,
    pub(super) arithmetic: Arithmetic<'a>,
    /// Rows that are the same in every cycle.
    pub(super) timeless: Vec<Option<Vec<Value>>>,
    /// Rows drawn once per path.
    pub(super) dirichlet: Vec<Option<Vec<Value>>>,
    pub(super) rows: &'a mut Vec<CheckedRow>,
    pub(super) required: &'a mut Vec<Required>,
}

impl Lowering<'_, '_> {
    pub(super) fn arm(&mut self) -> Option<Arm> {
        let population = self.population()?;
        let mut people = vec![self.start(population)?];
        for cycle in 1..=self.cohort.cycles {
            let mut next = vec![ZERO; self.cohort.states.len()];
            for (from, now) in people[cycle - 1].iter().enumerate() {
                let row = self.row(from, cycle)?;
                let leaving = Leaving { people: *now, row: &row, remainder: from };
                let prefix = format!("{}.{}", self.name(), self.cohort.states[from]);
                self.go(&leaving, prefix, cycle as u32, &mut next);
            }
            people.push(next);
        }
        // Expected shares become people at the end, so that arms of equal shares share nodes.
        if self.cohort.counts == Counts::Expected {
            for state in people.iter_mut().flatten() {
                *state = self.arithmetic.multiply(population, *state);
            }
        }
        let cost = self.amounts(
            &people,
            self.cohort.cost.as_ref(),
            ("cost", Gives::Money),
            self.cohort.cost_convention,
        )?;
        let utility = self.amounts(
            &people,
            self.cohort.utility.as_ref(),
            ("utility", Gives::Plain),
            self.cohort.utility_convention,
        )?;
        Some(Arm { people, population, cost, utility })
    }

    pub(super) fn name(&self) -> String {
        format!("cohort.{}", self.cohort.name)
    }

    fn go(&self, leaving: &Leaving<'_>, prefix: String, cycle: u32, into: &mut [Value]) {
        match self.cohort.counts {
            Counts::Expected => self.arithmetic.expected(leaving, into),
            Counts::Multinomial => {
                let key = Key { prefix, states: &self.cohort.states, cycle };
                self.arithmetic.multinomial(self.cells.ledger, leaving, &key, into);
            }
        }
    }

    fn population(&mut self) -> Option<Value> {
        let parsed = &self.cohort.population;
        let key = format!("{}.population", self.name());
        let population = self.trace(parsed, &key, 1, None, Gives::People)?;
        let whole = self.cohort.counts == Counts::Multinomial;
        match population {
            Value::Known(number) => {
                let possible = number >= 0.0 && (!whole || number.fract() == 0.0);
                if !possible {
                    let expected = if whole {
                        say!("a whole number of at least 0", "0 以上の整数")
                    } else {
                        say!("at least 0", "0 以上")
                    };
                    self.cells.document.report(
                        Problem::error(
                            "impossible-population",
                            say!("this is no number of people", "人数として使えません"),
                        )
                        .found(Text::from(rounded(number)))
                        .expected(expected)
                        .at(self.cells.place(parsed)),
                    );
                    return None;
                }
            }
            Value::Node(node) => {
                self.required.push(Required { node, range: Interval::NOT_NEGATIVE, name: key });
            }
        }
        Some(population)
    }

    /// The people of every state at the start, or their shares.
    fn start(&mut self, population: Value) -> Option<Vec<Value>> {
        let cohort = self.cohort;
        let key = format!("{}.start", self.name());
        let mut shares = Vec::with_capacity(cohort.states.len());
        for entry in &cohort.start.entries {
            shares.push(self.entry(entry.as_ref(), &key, 1, Gives::Plain)?);
        }
        if let Some(known) = all_known(&shares) {
            if let Some(problem) = check_start(cohort, &known) {
                self.cells.document.report(problem);
                return None;
            }
        } else {
            self.check(&key, None, &shares, &cohort.start.place)?;
            self.check_node(&key, None, &shares, Holds::SumOfOne, &cohort.start.place);
        }
        let mut people = vec![ZERO; cohort.states.len()];
        let last = (0..shares.len()).rev().find(|at| shares[*at] != ZERO).unwrap_or_default();
        let whole = match cohort.counts {
            Counts::Multinomial => population,
            Counts::Expected => ONE,
        };
        let leaving = Leaving { people: whole, row: &shares, remainder: last };
        self.go(&leaving, key, 0, &mut people);
        Some(people)
    }

    /// Amounts of every cycle: people counted × value of their state × years of a cycle.
    fn amounts(
        &mut self,
        people: &[Vec<Value>],
        stated: Option<&ByState>,
        (what, gives): (&str, Gives),
        convention: Convention,
    ) -> Option<Amounts> {
        let Some(stated) = stated else {
            return Some(Amounts { cycles: vec![ZERO; people.len()], total: ZERO });
        };
        let years = self.cohort.cycle_years.to_f64().unwrap_or(f64::NAN);
        let mut values: Vec<Option<Value>> = vec![None; stated.entries.len()];
        let mut cycles = Vec::with_capacity(people.len());
        let mut total = ZERO;
        for cycle in 0..people.len() {
            let mut amount = ZERO;
            for (state, entry) in stated.entries.iter().enumerate() {
                let Some(entry) = entry else { continue };
                let value = match values[state] {
                    Some(known) if !changes(entry) => known,
                    _ => {
                        let key = format!("{}.{what}.{}", self.name(), self.cohort.states[state]);
                        self.entry(Some(entry), &key, cycle.max(1), gives)?
                    }
                };
                values[state] = Some(value);
                let Some(counted) = self.counted(people, convention.counted, cycle, state) else {
                    continue;
                };
                let each = self.arithmetic.multiply(counted, value);
                amount = self.arithmetic.add(amount, each);
            }
            let amount = self.arithmetic.multiply(Value::Known(years), amount);
            let factor = Value::Known(convention.factor(cycle as f64 * years));
            let discounted = self.arithmetic.multiply(factor, amount);
            total = self.arithmetic.add(total, discounted);
            cycles.push(amount);
        }
        Some(Amounts { cycles, total })
    }

    /// How many people are counted in a state for a cycle; cycle 0 is the very start.
    fn counted(
        &self,
        people: &[Vec<Value>],
        counted: Counted,
        cycle: usize,
        state: usize,
    ) -> Option<Value> {
        let end = people[cycle][state];
        let Some(before) = cycle.checked_sub(1) else {
            return (counted == Counted::Both).then_some(end);
        };
        let start = people[before][state];
        Some(match counted {
            Counted::End | Counted::Both => end,
            Counted::Start => start,
            Counted::HalfCycle => {
                let sum = self.arithmetic.add(start, end);
                self.arithmetic.multiply(Value::Known(0.5), sum)
            }
        })
    }
}
