//! From a cohort as it is stated to nodes of the scenario's graph.

use std::sync::Arc;

use jiff::civil::Date;
use rhai::Dynamic;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::convention::{Convention, Counted};
use super::handle::{CohortHandle, Inside, Snapshot};
use super::model::{CheckedRow, CohortArm, CohortModel, Counts};
use super::movement::{Key, Leaving};
use super::read::{Cohort, changes, check_start, rounded};
use super::states::{ByState, Entry};
use super::transitions::{Base, Row, To, is_one};
use super::value::{Arithmetic, ONE, Value, ZERO};
use crate::contract::Contract;
use crate::expr::{Interval, NodeId, Unit};
use crate::problem::{Place, Problem, Text, say};
use crate::random::Family;
use crate::scenario::cells::{Cells, Effect, Parsed, Values};
use crate::scenario::model::{Draw, Required};
use crate::script::{Quantity, unit_words};

/// How far below 0, or from a sum of 1, a drawn probability may be by rounding.
const ROUNDING: f64 = 1e-9;

/// A cohort in both arms.
pub(in crate::scenario) struct Lowered {
    pub(in crate::scenario) model: CohortModel,
    effect: Arm,
    no_effect: Arm,
    cycle_years: f64,
}

/// The people of an arm and what they cost, cycle by cycle from 0.
struct Arm {
    people: Vec<Vec<Value>>,
    population: Value,
    cost: Amounts,
    utility: Amounts,
}

/// Amounts by cycle, and their discounted total.
struct Amounts {
    cycles: Vec<Value>,
    total: Value,
}

/// Builds the nodes of a cohort in both arms; what is wrong is reported.
pub(in crate::scenario) fn lower(
    cohort: &Cohort,
    cells: &Cells<'_>,
    contract: &Contract,
    (effect, no_effect): (&Values, &Values),
    required: &mut Vec<Required>,
) -> Option<Lowered> {
    let mut rows = Vec::new();
    let mut arm = |values| {
        let mut lowering = Lowering {
            cohort,
            cells,
            values,
            money: Unit::money(&contract.currency),
            arithmetic: Arithmetic { bench: cells.sandbox.bench() },
            timeless: cohort.states.iter().map(|_| None).collect(),
            dirichlet: cohort.states.iter().map(|_| None).collect(),
            rows: &mut rows,
            required,
        };
        lowering.arm()
    };
    let (effect, no_effect) = (arm(effect)?, arm(no_effect)?);
    let nodes = Nodes {
        arithmetic: Arithmetic { bench: cells.sandbox.bench() },
        money: Unit::money(&contract.currency),
    };
    let difference = |a: &Amounts, b: &Amounts| nodes.arithmetic.subtract(a.total, b.total);
    let model = CohortModel {
        name: cohort.name.clone(),
        title: cohort.title.clone(),
        states: cohort.states.clone(),
        cycles: cohort.cycles,
        cycle_years: cohort.cycle_years.to_f64().unwrap_or(f64::NAN),
        counts: cohort.counts,
        cost: cohort.cost_convention,
        utility: cohort.utility_convention,
        cost_difference: nodes.money(difference(&effect.cost, &no_effect.cost)),
        utility_difference: nodes.plain(difference(&effect.utility, &no_effect.utility)),
        effect: nodes.arm(&effect),
        no_effect: nodes.arm(&no_effect),
        renormalised: cohort.renormalised.clone(),
        rows,
    };
    let cycle_years = model.cycle_years;
    Some(Lowered { model, effect, no_effect, cycle_years })
}

/// Values as nodes, money as money.
struct Nodes<'b> {
    arithmetic: Arithmetic<'b>,
    money: Unit,
}

impl Nodes<'_> {
    fn plain(&self, value: Value) -> NodeId {
        self.arithmetic.node(value)
    }

    fn money(&self, value: Value) -> NodeId {
        let node = self.arithmetic.node(value);
        let money = self.arithmetic.bench.graph(|graph| graph.relabel(node, &self.money));
        money.unwrap_or_else(|clash| unreachable!("amounts are plain: {clash:?}"))
    }

    fn arm(&self, arm: &Arm) -> CohortArm {
        let people = arm.people.iter();
        CohortArm {
            population: self.plain(arm.population),
            people: people
                .map(|now| now.iter().map(|state| self.plain(*state)).collect())
                .collect(),
            cost: self.money(arm.cost.total),
            utility: self.plain(arm.utility.total),
        }
    }
}

impl Lowered {
    /// The cohort in the hands of an expression of this arm and evaluation.
    pub(in crate::scenario) fn handle(
        &self,
        cells: &Cells<'_>,
        contract: &Contract,
        effect: Effect,
        evaluation: usize,
    ) -> CohortHandle {
        let no_effect = self.inside(cells, contract, (&self.no_effect, None), evaluation);
        match effect {
            Effect::Without => no_effect,
            Effect::With => {
                self.inside(cells, contract, (&self.effect, Some(no_effect)), evaluation)
            }
        }
    }

    fn inside(
        &self,
        cells: &Cells<'_>,
        contract: &Contract,
        (arm, no_effect): (&Arm, Option<CohortHandle>),
        evaluation: usize,
    ) -> CohortHandle {
        let nodes = Nodes {
            arithmetic: Arithmetic { bench: cells.sandbox.bench() },
            money: Unit::money(&contract.currency),
        };
        let at = self.cycles_of(contract, evaluation).map(|(after, cycle)| {
            let since = |amounts: &Amounts| {
                nodes.arithmetic.sum(amounts.cycles[after..=cycle].iter().copied())
            };
            Snapshot {
                people: arm.people[cycle].iter().map(|state| nodes.plain(*state)).collect(),
                cost: nodes.money(since(&arm.cost)),
                utility: nodes.plain(since(&arm.utility)),
            }
        });
        CohortHandle(Arc::new(Inside {
            states: self.model.states.clone(),
            population: nodes.plain(arm.population),
            at,
            cost_total: nodes.money(arm.cost.total),
            utility_total: nodes.plain(arm.utility.total),
            no_effect,
        }))
    }

    /// The first cycle since the evaluation before and the cycle that ends at this one; the first
    /// evaluation also has what is counted at the very start.
    fn cycles_of(&self, contract: &Contract, evaluation: usize) -> Result<(usize, usize), Problem> {
        let cycle = self.cycle_at(contract, evaluation)?;
        let after = match evaluation.checked_sub(1) {
            Some(before) => self.cycle_at(contract, before)? + 1,
            None => 0,
        };
        Ok((after.min(cycle + 1), cycle))
    }

    /// The cycle that ends nearest to an evaluation.
    fn cycle_at(&self, contract: &Contract, evaluation: usize) -> Result<usize, Problem> {
        let at = contract.evaluations[evaluation].at;
        let years = years_between(contract.from, at);
        let cycle = (years / self.cycle_years).round().max(0.0);
        let (name, cycles, length) = (&self.model.name, self.model.cycles, self.cycle_years);
        if (years - cycle * length).abs() > 0.5 {
            let years = rounded((years * 10.0).round() / 10.0);
            return Err(Problem::error(
                "between-cycles",
                say!(
                    "the evaluation of {at} lies between two cycles of `{name}`",
                    "{at} の評価は `{name}` のサイクルの途中にあたります"
                ),
            )
            .found(say!("{years} years after the start of the contract", "契約開始から {years} 年"))
            .expected(say!(
                "about a whole number of cycles of {length} years",
                "{length} 年のサイクルのほぼ整数倍"
            )));
        }
        if cycle > cycles as f64 {
            return Err(Problem::error(
                "beyond-cycles",
                say!(
                    "`{name}` ends before the evaluation of {at}",
                    "`{name}` は {at} の評価より前に終わります"
                ),
            )
            .found(say!("cycle {cycle}", "サイクル {cycle}"))
            .expected(say!("cycle {cycles} at most", "サイクル {cycles} まで"))
            .help(say!("raise `cycles`", "`cycles` を増やしてください")));
        }
        Ok(cycle as usize)
    }
}

fn years_between(from: Date, at: Date) -> f64 {
    let days = from.until(at).map(|span| span.get_days()).unwrap_or_default();
    f64::from(days) / 365.25
}

/// One arm under construction.
struct Lowering<'a, 'd> {
    cohort: &'a Cohort,
    cells: &'a Cells<'d>,
    values: &'a Values,
    money: Unit,
    arithmetic: Arithmetic<'a>,
    /// Rows that are the same in every cycle.
    timeless: Vec<Option<Vec<Value>>>,
    /// Rows drawn once per path.
    dirichlet: Vec<Option<Vec<Value>>>,
    rows: &'a mut Vec<CheckedRow>,
    required: &'a mut Vec<Required>,
}

/// What an expression gives.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Gives {
    /// A number without a unit.
    Plain,
    /// A count of people, in any unit but money.
    People,
    /// Money of the contract.
    Money,
}

impl Lowering<'_, '_> {
    fn arm(&mut self) -> Option<Arm> {
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

    fn name(&self) -> String {
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
            self.check_node(&key, None, &shares, true, &cohort.start.place);
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

    /// The probabilities of leaving a state in a cycle.
    fn row(&mut self, from: usize, cycle: usize) -> Option<Vec<Value>> {
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
            (None, Value::Node(_)) => self.check_node(name, when, &row, true, &stated.place),
            (None, Value::Known(_)) => {}
        }
        Some(row)
    }

    /// Gamma draws divided by their sum, once per path and the same in both arms.
    fn dirichlet(&mut self, from: usize, parameters: &[Option<Entry>]) -> Option<Vec<Value>> {
        if let Some(known) = &self.dirichlet[from] {
            return Some(known.clone());
        }
        let cohort = self.cohort;
        let mut draws = Vec::with_capacity(parameters.len());
        for (to, entry) in parameters.iter().enumerate() {
            let key = format!("{}.{}.{}", self.name(), cohort.states[from], cohort.states[to]);
            let shape = self.entry(entry.as_ref(), &key, 1, Gives::Plain)?;
            if shape == ZERO {
                draws.push(ZERO);
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
            let parameters = vec![self.arithmetic.node(shape), self.arithmetic.node(ONE)];
            let draw = Draw {
                law: Family::Gamma.into(),
                cell: key,
                index: 0,
                evaluation: 0,
                inverse: false,
            };
            let bench = self.arithmetic.bench;
            let ledger = self.cells.ledger;
            let node = bench.graph(|graph| ledger.draw(graph, draw, parameters, Unit::Bare));
            draws.push(Value::Node(node));
        }
        let sum = self.arithmetic.sum(draws.iter().copied());
        if sum == ZERO {
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
        let row: Vec<Value> = draws.into_iter().map(|draw| self.divided(draw, sum)).collect();
        self.dirichlet[from] = Some(row.clone());
        Some(row)
    }

    fn divided(&self, draw: Value, sum: Value) -> Value {
        match draw {
            ZERO => ZERO,
            _ if draw == sum => ONE,
            _ => self.arithmetic.divide(draw, sum),
        }
    }

    /// No probability of a row is negative: said now where it is known, on its path where not.
    fn check(
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
            self.check_node(name, when, row, false, place);
        }
        Some(())
    }

    /// A random row must hold on every path: its least probability is not negative, or its sum is 1.
    fn check_node(
        &mut self,
        name: &str,
        when: Option<usize>,
        row: &[Value],
        sums: bool,
        place: &Place,
    ) {
        let (check, range) = if sums {
            let sum = self.arithmetic.sum(row.iter().copied());
            (sum, Interval { low: 1.0 - ROUNDING, high: 1.0 + ROUNDING })
        } else {
            let random = row.iter().copied().filter(|value| matches!(value, Value::Node(_)));
            let least = random.reduce(|least, value| self.arithmetic.smaller(least, value));
            (least.unwrap_or(ZERO), Interval { low: -ROUNDING, high: f64::INFINITY })
        };
        let node = self.arithmetic.node(check);
        if self.rows.iter().any(|known| known.check == node) {
            return;
        }
        let parts = self.cohort.states.iter().zip(row).filter(|(_, value)| **value != ZERO);
        let parts = parts.map(|(state, value)| (state.clone(), self.arithmetic.node(*value)));
        self.rows.push(CheckedRow {
            check: node,
            name: name.to_owned(),
            cycle: when,
            parts: parts.collect(),
            place: place.clone(),
        });
        self.required.push(Required { node, range, name: name.to_owned() });
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

    fn place(&self, entry: &Entry) -> Place {
        match entry {
            Entry::Known { place, .. } => place.clone(),
            Entry::Expression(parsed) => self.cells.place(parsed),
        }
    }

    /// The value of an entry in a cycle, 0 of none.
    fn entry(
        &mut self,
        entry: Option<&Entry>,
        key: &str,
        cycle: usize,
        gives: Gives,
    ) -> Option<Value> {
        match entry {
            None => Some(ZERO),
            Some(Entry::Known { value, .. }) => Some(Value::Known(*value)),
            Some(Entry::Expression(parsed)) => self.trace(parsed, key, cycle, None, gives),
        }
    }

    /// The value of an expression in a cycle.
    fn trace(
        &self,
        parsed: &Parsed,
        key: &str,
        cycle: usize,
        base: Option<Value>,
        gives: Gives,
    ) -> Option<Value> {
        let needs = |name: &str| parsed.uses_any(&[name]);
        let problem = if needs("base") && base.is_none() {
            let help = say!(
                "`base` is the probability that the file or the Dirichlet row states, in a row of transitions",
                "`base` は推移の行の中で、ファイルやディリクレの行が定める確率を指します"
            );
            Some(("base", help))
        } else if needs("age") && self.cohort.age.is_none() {
            Some((
                "age",
                say!(
                    "state the age at the start: age = 75",
                    "開始時の年齢を書いてください: age = 75"
                ),
            ))
        } else {
            None
        };
        if let Some((name, help)) = problem {
            let message = say!("there is no `{name}` here", "ここに `{name}` はありません");
            let problem = Problem::error("no-such-part", message).help(help);
            self.cells.document.report(problem.at(self.cells.place(parsed)));
            return None;
        }
        let years = self.cohort.cycle_years;
        let age = self.cohort.age.unwrap_or_default() + years * Decimal::from(cycle as u64 - 1);
        let base = self.arithmetic.node(base.unwrap_or(ZERO));
        let words = [
            ("cycle", Dynamic::from(cycle as i64)),
            ("age", Dynamic::from_decimal(age)),
            ("cycle_years", Dynamic::from_decimal(years)),
            ("base", Dynamic::from(Quantity::from(base))),
        ];
        let drawn = self.cells.begin_cohort();
        self.cells.tables.look_up_for(Some(cycle));
        let node = self.cells.trace_with(parsed, key, (self.values, &words), cycle - 1, None);
        self.cells.tables.look_up_for(None);
        let node = node?;
        if self.cells.begin_cohort() > drawn {
            self.cells.document.report(
                Problem::error(
                    "cohort-draw",
                    say!("a cohort may not draw here", "コホートの式の中では乱数を引けません"),
                )
                .help(say!(
                    "make it a cell of [assume], and use the cell",
                    "[assume] のセルにして、そのセルを使ってください"
                ))
                .at(self.cells.place(parsed)),
            );
            return None;
        }
        let plain = self.without_unit(node, parsed, gives)?;
        let value = self.arithmetic.known(plain);
        if matches!(value, Value::Known(known) if !known.is_finite()) {
            self.cells.document.report(
                Problem::error(
                    "not-a-number",
                    say!("this is not a number{}", "数になりません{}", in_cycle(Some(cycle))),
                )
                .help(say!(
                    "look for a division by zero or the logarithm of a negative number",
                    "0 での割り算や負の数の対数がないか確かめてください"
                ))
                .at(self.cells.place(parsed)),
            );
            return None;
        }
        Some(value)
    }

    /// The number of a node in its unit, which must be what the expression gives.
    fn without_unit(&self, node: NodeId, parsed: &Parsed, gives: Gives) -> Option<NodeId> {
        let bench = self.arithmetic.bench;
        let unit = bench.graph(|graph| graph.unit(node).clone());
        let fits = match &unit {
            Unit::Bare | Unit::Open | Unit::Number | Unit::Share => return Some(node),
            Unit::Money(_) => gives == Gives::Money && unit == self.money,
            Unit::Label(_) => gives == Gives::People,
            Unit::Truth | Unit::Text | Unit::Date => false,
        };
        if !fits {
            let expected = match gives {
                Gives::Plain => say!("a number without a unit", "単位のない数"),
                Gives::People => say!("a number of people", "人数"),
                Gives::Money => unit_words(&self.money),
            };
            self.cells.document.report(
                Problem::error("mixed-units", say!("this has the wrong unit", "単位が合いません"))
                    .found(unit_words(&unit))
                    .expected(expected)
                    .at(self.cells.place(parsed)),
            );
            return None;
        }
        let number = bench.graph(|graph| {
            let one = graph.number(Decimal::ONE, unit);
            graph.divide(node, one)
        });
        number.ok()
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

fn all_known(row: &[Value]) -> Option<Vec<f64>> {
    let known = row.iter().map(|value| match value {
        Value::Known(known) => Some(*known),
        Value::Node(_) => None,
    });
    known.collect()
}

fn in_cycle(cycle: Option<usize>) -> Text {
    match cycle {
        Some(cycle) => say!(" in cycle {cycle}", "（サイクル {cycle}）"),
        None => Text::default(),
    }
}
