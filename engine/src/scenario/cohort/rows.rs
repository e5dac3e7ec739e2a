//! Rows of transitions as values: what is stated, deaths, and what must hold of them.

use super::arm::Lowering;
use super::model::{CheckedRow, Holds};
use super::read::{changes, rounded};
use super::states::Entry;
use super::trace::{Gives, in_cycle};
use super::transitions::{Base, Row, To, is_one};
use super::value::{ONE, Value, ZERO, all_known};
use crate::expr::{Interval, Unit};
use crate::problem::{Place, Problem, Text, say};
use crate::random::Family;
use crate::scenario::model::{Draw, Required};
use crate::scenario::vocabulary::several;

/// How far below 0, or from a sum of 1, a drawn probability may be by rounding.
const ROUNDING: f64 = 1e-9;

impl Lowering<'_, '_> {
    /// The probabilities of leaving a state in a cycle.
    pub(super) fn row(&mut self, from: usize, cycle: usize) -> Option<Vec<Value>> {
        if let Some(known) = &self.timeless[from] {
            return Some(known.clone());
        }
        let cohort = self.cohort;
        let name = format!("{}.transitions.{}", self.name(), cohort.states[from]);
        let (mut row, place, mut changing) = match &cohort.rows[from] {
            Some(stated) => {
                let changing = stated.entries.iter().flatten().any(To::changes);
                let when = changing.then_some(cycle);
                (self.stated_row(stated, from, &name, when, cycle)?, &stated.place, changing)
            }
            // Where deaths lead to, nobody leaves.
            None => {
                let mut row = vec![ZERO; cohort.states.len()];
                row[from] = ONE;
                (row, &cohort.place, false)
            }
        };
        if let Some(deaths) = &cohort.deaths
            && deaths.to != from
        {
            let entry = deaths.by_state.entries[from].as_ref();
            changing |= entry.is_some_and(changes);
            let key = format!("{}.deaths.{}", self.name(), cohort.states[from]);
            let dies = self.entry(entry, &key, cycle, Gives::Plain)?;
            if let Some(entry) = entry {
                let when = changes(entry).then_some(cycle);
                self.check_dies((&key, entry), when, (from, dies))?;
            }
            if row[deaths.to] != ZERO && dies != ZERO {
                let (from, to) = (&cohort.states[from], &cohort.states[deaths.to]);
                self.cells.document.report(
                    Problem::error(
                        "deaths-twice",
                        say!(
                            "`{from}` leads to `{to}` by its transitions and by deaths",
                            "`{from}` から `{to}` への推移が、推移と死亡の両方にあります"
                        ),
                    )
                    .help(say!(
                        "where there are deaths, transitions are those of the people who live on",
                        "死亡を別に書くとき、推移は生存者だけのものにしてください"
                    ))
                    .at(place.clone()),
                );
                return None;
            }
            let stays = self.arithmetic.subtract(ONE, dies);
            for probability in &mut row {
                *probability = self.arithmetic.multiply(stays, *probability);
            }
            row[deaths.to] = self.arithmetic.add(row[deaths.to], dies);
        }
        let when = changing.then_some(cycle);
        self.check(&name, when, &row, place)?;
        if !changing {
            self.timeless[from] = Some(row.clone());
        }
        Some(row)
    }

    /// A row before deaths, which sums to 1.
    fn stated_row(
        &mut self,
        stated: &Row,
        from: usize,
        name: &str,
        when: Option<usize>,
        cycle: usize,
    ) -> Option<Vec<Value>> {
        let base = match &stated.base {
            Base::None => vec![ZERO; self.cohort.states.len()],
            Base::Known(known) => known.iter().copied().map(Value::Known).collect(),
            Base::Dirichlet(parameters) => self.dirichlet(from, parameters)?,
        };
        let mut row = base.clone();
        let mut rest = None;
        for (to, entry) in stated.entries.iter().enumerate() {
            match entry {
                None => {}
                Some(To::Rest) => {
                    rest = Some(to);
                    row[to] = ZERO;
                }
                Some(To::Expression(parsed)) => {
                    let key = format!("{name}.{}", self.cohort.states[to]);
                    row[to] = self.trace(parsed, &key, cycle, Some(base[to]), Gives::Plain)?;
                }
            }
        }
        let sum = self.arithmetic.sum(row.iter().copied());
        match (rest, sum) {
            (Some(rest), _) => row[rest] = self.arithmetic.subtract(ONE, sum),
            (None, Value::Known(sum)) if !is_one(sum) => {
                let state = &self.cohort.states[from];
                self.cells.document.report(
                    Problem::error(
                        "row-does-not-sum",
                        say!(
                            "the probabilities of leaving `{state}` do not sum to 1{}",
                            "`{state}` からの推移確率の合計が 1 になりません{}",
                            in_cycle(when)
                        ),
                    )
                    .found(Text::from(rounded(sum)))
                    .expected(Text::from("1"))
                    .help(say!(
                        "let one of them take the rest: {state} = \"rest\"",
                        "一つに残りを取らせてください: {state} = \"rest\""
                    ))
                    .at(stated.place.clone()),
                );
                return None;
            }
            // A Dirichlet row sums to 1 by itself.
            (None, Value::Node(_)) if stated.entries.iter().all(Option::is_none) => {}
            (None, Value::Node(_)) => {
                self.check_node(name, when, &row, Holds::SumOfOne, &stated.place);
            }
            (None, Value::Known(_)) => {}
        }
        Some(row)
    }

    /// A Dirichlet row, drawn once per path and the same in both arms.
    fn dirichlet(&mut self, from: usize, parameters: &[Option<Entry>]) -> Option<Vec<Value>> {
        if let Some(known) = &self.dirichlet[from] {
            return Some(known.clone());
        }
        let cohort = self.cohort;
        let name = format!("{}.{}", self.name(), cohort.states[from]);
        let key = |to: usize| format!("{name}.{}", cohort.states[to]);
        let (mut reached, mut shapes) = (Vec::new(), Vec::new());
        for (to, entry) in parameters.iter().enumerate() {
            let shape = self.entry(entry.as_ref(), &key(to), 1, Gives::Plain)?;
            if shape == ZERO {
                continue;
            }
            if let (Value::Known(value), Some(entry)) = (shape, entry)
                && Family::Gamma.impossible(&[value, 1.0]).is_some()
            {
                self.cells.document.report(
                    Problem::error(
                        "impossible-parameter",
                        say!(
                            "a Dirichlet distribution cannot have this parameter",
                            "ディリクレ分布の引数に使えません"
                        ),
                    )
                    .found(Text::from(rounded(value)))
                    .expected(say!("at least 0", "0 以上"))
                    .at(self.place(entry)),
                );
                return None;
            }
            reached.push(to);
            shapes.push(self.arithmetic.node(shape));
        }
        if reached.is_empty() {
            let row = cohort.rows[from].as_ref();
            let place = row.map_or(&cohort.place, |row| &row.place).clone();
            self.cells.document.report(
                Problem::error(
                    "impossible-parameter",
                    say!("all parameters of this row are 0", "この行の引数がすべて 0 です"),
                )
                .at(place),
            );
            return None;
        }
        let (bench, ledger) = (self.arithmetic.bench, self.cells.ledger);
        let shares = several::shares(bench, &shapes, |at, parameters| {
            let draw = Draw {
                law: Family::Beta.into(),
                cell: key(reached[at]),
                index: 0,
                evaluation: 0,
                inverse: false,
            };
            Ok(bench.graph(|graph| ledger.draw(graph, draw, parameters.to_vec(), Unit::Bare)))
        });
        let shares = shares.unwrap_or_else(|problem| unreachable!("shapes are plain: {problem}"));
        let mut row = vec![ZERO; cohort.states.len()];
        for (to, share) in reached.into_iter().zip(shares) {
            row[to] = self.arithmetic.known(share);
        }
        self.dirichlet[from] = Some(row.clone());
        Some(row)
    }

    /// No probability of a row is negative: said now where it is known, on its path where not.
    pub(super) fn check(
        &mut self,
        name: &str,
        when: Option<usize>,
        row: &[Value],
        place: &Place,
    ) -> Option<()> {
        let negative = |value: &&Value| matches!(value, Value::Known(known) if *known < -ROUNDING);
        if row.iter().any(|value| negative(&value)) {
            let listed = self.cohort.states.iter().zip(row).filter(|(_, value)| negative(value));
            let found = listed.map(|(state, value)| match value {
                Value::Known(known) => format!("{state} = {}", rounded(*known)),
                Value::Node(_) => state.clone(),
            });
            let found = found.collect::<Vec<_>>().join(", ");
            self.cells.document.report(
                Problem::error(
                    "negative-probability",
                    say!(
                        "`{name}` has a negative probability{}",
                        "`{name}` に負の確率があります{}",
                        in_cycle(when)
                    ),
                )
                .found(Text::from(found))
                .expected(say!("at least 0", "0 以上"))
                .at(place.clone()),
            );
            return None;
        }
        if all_known(row).is_none() {
            self.check_node(name, when, row, Holds::NotNegative, place);
        }
        Some(())
    }

    /// The probability of dying lies between 0 and 1: said now where it is known, on its path where
    /// not.
    fn check_dies(
        &mut self,
        (name, entry): (&str, &Entry),
        when: Option<usize>,
        (state, dies): (usize, Value),
    ) -> Option<()> {
        let place = self.place(entry);
        let known = match dies {
            Value::Known(known) => known,
            Value::Node(_) => {
                let mut row = vec![ZERO; self.cohort.states.len()];
                row[state] = dies;
                self.check_node(name, when, &row, Holds::Probability, &place);
                return Some(());
            }
        };
        let possible = (-ROUNDING..=1.0 + ROUNDING).contains(&known);
        if !possible {
            self.cells.document.report(
                Problem::error(
                    "impossible-probability",
                    say!(
                        "`{name}` is no probability{}",
                        "`{name}` が確率になりません{}",
                        in_cycle(when)
                    ),
                )
                .found(Text::from(rounded(known)))
                .expected(say!("from 0 to 1", "0 から 1 まで"))
                .at(place),
            );
        }
        possible.then_some(())
    }

    /// What must hold of random probabilities must hold on every path.
    pub(super) fn check_node(
        &mut self,
        name: &str,
        when: Option<usize>,
        row: &[Value],
        holds: Holds,
        place: &Place,
    ) {
        let random = row.iter().copied().filter(|value| matches!(value, Value::Node(_)));
        let check = match holds {
            Holds::SumOfOne => self.arithmetic.sum(row.iter().copied()),
            Holds::NotNegative | Holds::Probability => {
                random.reduce(|least, value| self.arithmetic.smaller(least, value)).unwrap_or(ZERO)
            }
        };
        let (low, high) = match holds {
            Holds::NotNegative => (0.0, f64::INFINITY),
            Holds::SumOfOne => (1.0, 1.0),
            Holds::Probability => (0.0, 1.0),
        };
        let range = Interval { low: low - ROUNDING, high: high + ROUNDING };
        let node = self.arithmetic.node(check);
        if self.rows.iter().any(|known| known.check == node && known.holds == holds) {
            return;
        }
        let parts = self.cohort.states.iter().zip(row).filter(|(_, value)| **value != ZERO);
        let parts = parts.map(|(state, value)| (state.clone(), self.arithmetic.node(*value)));
        self.rows.push(CheckedRow {
            check: node,
            holds,
            name: name.to_owned(),
            cycle: when,
            parts: parts.collect(),
            place: place.clone(),
        });
        self.required.push(Required { node, range, name: name.to_owned() });
    }
}

impl To {
    fn changes(&self) -> bool {
        match self {
            To::Expression(parsed) => parsed.uses_any(&["cycle", "age", "t"]),
            To::Rest => false,
        }
    }
}
