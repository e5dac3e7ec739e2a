//! Rows of transitions, as the scenario states them.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::read::Reader;
use super::sheet::Sheet;
use super::states::{ByState, Entry, Rests, duplicate};
use crate::problem::{Place, Problem, Text, say};
use crate::scenario::assumption::Sourced;
use crate::scenario::cells::Parsed;
use crate::scenario::document::Section;

/// How far a row may be from summing to 1.
const SUM_TOLERANCE: f64 = 1e-9;

/// The most that `renormalise` may be: beyond rounding, a row is wrong.
const RENORMALISE_MAX: Decimal = Decimal::from_parts(1, 0, 0, false, 2);

/// Where the people of one state go in a cycle.
pub(super) struct Row {
    pub(super) place: Place,
    /// What the expressions start from.
    pub(super) base: Base,
    /// What is stated for each state they may go to.
    pub(super) entries: Vec<Option<To>>,
}

impl Row {
    /// Whether nothing is left of the file's row.
    fn replaces(&self, read: &Read) -> bool {
        let all = read.numbers.iter().zip(&self.entries).all(|(number, stated)| {
            stated.is_some() || number.is_none_or(|number| number.is_zero())
        });
        let based = |to: &To| matches!(to, To::Expression(parsed) if parsed.uses_any(&["base"]));
        matches!(self.base, Base::Dirichlet(_)) || all && !self.entries.iter().flatten().any(based)
    }

    /// How many states can be reached.
    pub(super) fn reach(&self) -> usize {
        let reached = |at: &usize| {
            self.entries[*at].is_some()
                || match &self.base {
                    Base::None => false,
                    Base::Known(known) => known[*at] != 0.0,
                    Base::Dirichlet(parameters) => parameters[*at].is_some(),
                }
        };
        (0..self.entries.len()).filter(reached).count()
    }

    /// Whether it plainly keeps everyone in the state `own`.
    fn stays(&self, own: usize) -> bool {
        let stated = |to: &To| match to {
            To::Rest => true,
            To::Expression(parsed) => parsed.is_written("1"),
        };
        let alone = self.entries.iter().enumerate().all(|(at, to)| (at == own) || to.is_none());
        match (&self.base, &self.entries[own]) {
            (Base::None, Some(to)) => alone && stated(to),
            (Base::Known(known), None) => alone && known[own] == 1.0,
            _ => false,
        }
    }
}

/// The row that expressions call `base`.
pub(super) enum Base {
    /// Nothing is stated but the expressions.
    None,
    /// Probabilities from a file.
    Known(Vec<f64>),
    /// Drawn once per path from a Dirichlet distribution with these parameters.
    Dirichlet(Vec<Option<Entry>>),
}

/// The probability of going to a state.
pub(super) enum To {
    Expression(Box<Parsed>),
    /// What the others leave.
    Rest,
}

/// Who dies (or leaves for good) before anything else happens.
pub(super) struct Deaths {
    pub(super) to: usize,
    pub(super) by_state: ByState,
}

/// Whether a sum of probabilities is 1.
pub(super) fn is_one(sum: f64) -> bool {
    (sum - 1.0).abs() <= SUM_TOLERANCE
}

impl Reader<'_, '_> {
    /// Reads `transitions` and `deaths`; every state needs a row but the one that deaths lead to.
    pub(super) fn rows(
        &mut self,
        section: &Section<'_>,
        deaths: Option<&Deaths>,
    ) -> Option<Vec<Option<Row>>> {
        if !section.has("transitions") {
            section.missing(
                "transitions",
                say!(
                    "a file with the columns from, to, probability, or a table of rows",
                    "列 from・to・probability を持つファイル、または行の表"
                ),
            );
            return None;
        }
        let mut rows: Vec<Option<Row>> = self.states.iter().map(|_| None).collect();
        let mut read: Vec<Option<Read>> = self.states.iter().map(|_| None).collect();
        let name = format!("{}.transitions", section.name);
        let (mut tolerance, rests) = (0.0, self.rests.len());
        if section.is_section("transitions") {
            let table = section.section("transitions")?;
            if table.has("file") {
                tolerance = self.renormalise(&table)?;
                let file = table.text("file")?;
                read = self.matrix(&file, &table.place("file"))?;
            }
            let known = ["file", "renormalise", "source", "note"];
            for key in table.keys().into_iter().filter(|key| !known.contains(key)) {
                match self.state_named(key, table.key_place(key)) {
                    Some(from) => {
                        if let Some(row) = table.section(key) {
                            rows[from] = self.row(&row);
                        }
                    }
                    None => self.broken = true,
                }
            }
        } else {
            let file = section.text("transitions")?;
            read = self.matrix(&file, &section.place("transitions"))?;
        }
        // The file's rows are listed before the expressions on them; those not used are not.
        let stated = self.rests.split_off(rests);
        for (start, row) in read.into_iter().enumerate() {
            let Some(row) = row else { continue };
            if rows[start].as_ref().is_some_and(|stated| stated.replaces(&row)) {
                continue;
            }
            let base = Base::Known(self.checked(start, &name, &row, tolerance)?);
            match &mut rows[start] {
                Some(stated) => stated.base = base,
                none => {
                    let entries = self.states.iter().map(|_| None).collect();
                    *none = Some(Row { place: row.place, base, entries });
                }
            }
        }
        self.rests.extend(stated);
        for (state, row) in self.states.iter().zip(&rows) {
            let leaves = deaths.is_none_or(|deaths| self.states[deaths.to] != *state);
            if row.is_none() && leaves && !self.broken {
                self.report(
                    Problem::error(
                        "missing-row",
                        say!("no transitions from `{state}`", "`{state}` からの推移がありません"),
                    )
                    .help(say!(
                        "for a state that nobody leaves: {state} = {{ {state} = 1 }}",
                        "誰も離れない状態なら: {state} = {{ {state} = 1 }}"
                    ))
                    .at(section.place("transitions")),
                );
            }
        }
        if let Some(deaths) = deaths
            && let Some(row) = rows[deaths.to].as_ref().filter(|row| !row.stays(deaths.to))
        {
            let (state, place) = (self.states[deaths.to].clone(), row.place.clone());
            self.report(
                Problem::error(
                    "leaves-death",
                    say!(
                        "`{state}` is where deaths lead, and nobody leaves it",
                        "`{state}` は deaths の行き先なので、そこから離れることはできません"
                    ),
                )
                .help(say!("leave out its transitions", "この状態からの推移を除いてください"))
                .at(place),
            );
        }
        Some(rows)
    }

    /// How far the rows of a file may be from summing to 1.
    fn renormalise(&self, table: &Section<'_>) -> Option<f64> {
        if !table.has("renormalise") {
            return Some(0.0);
        }
        let number = table.number("renormalise")?;
        if number <= Decimal::ZERO || number > RENORMALISE_MAX {
            table.wrong(
                "renormalise",
                say!(
                    "above 0, at most {RENORMALISE_MAX}",
                    "0 より大きく {RENORMALISE_MAX} 以下の数"
                ),
            );
            return None;
        }
        number.to_f64()
    }

    /// A row of expressions.
    fn row(&mut self, row: &Section<'_>) -> Option<Row> {
        let mut entries: Vec<Option<To>> = self.states.iter().map(|_| None).collect();
        let source = self.sourced(row);
        let base = if row.has("dirichlet") { self.dirichlet(row)? } else { Base::None };
        let stated =
            self.state_entries(row, &["dirichlet", "source", "note"], |reader, to, key| {
                let expression = row.expression(key)?;
                entries[to] = Some(if expression.text.trim() == "rest" {
                    To::Rest
                } else {
                    To::Expression(Box::new(reader.parse(expression)?))
                });
                Some(())
            });
        self.rests_on(row, stated, source);
        let rests = entries.iter().filter(|to| matches!(to, Some(To::Rest))).count();
        if rests > 1 {
            self.report(
                Problem::error(
                    "two-rests",
                    say!("two states take the rest", "`rest` が二つあります"),
                )
                .expected(say!("one at most", "一つまで"))
                .at(row.here()),
            );
            return None;
        }
        Some(Row { place: row.here(), base, entries })
    }

    /// `dirichlet = { A = 1251, B = 350 }`: the parameters, such as counts that were observed.
    fn dirichlet(&mut self, row: &Section<'_>) -> Option<Base> {
        let table = row.section("dirichlet")?;
        let mut entries: Vec<Option<Entry>> = self.states.iter().map(|_| None).collect();
        let source = self.sourced(&table);
        let stated = self.state_entries(&table, &["source", "note"], |reader, to, key| {
            let parsed = reader.parse(table.expression(key)?)?;
            entries[to] = Some(Entry::Expression(Box::new(parsed)));
            Some(())
        });
        self.rests_on(&table, stated, source);
        Some(Base::Dirichlet(entries))
    }

    /// The rows of a file with the columns `from`, `to` and `probability`.
    fn matrix(&mut self, file: &str, place: &Place) -> Option<Vec<Option<Read>>> {
        let sheet = self.sheet(file, place)?;
        let (from, to, probability) = (
            self.column(&sheet, "from"),
            self.column(&sheet, "to"),
            self.column(&sheet, "probability"),
        );
        let (from, to, probability) = (from?, to?, probability?);
        let mut read: Vec<Option<Read>> = self.states.iter().map(|_| None).collect();
        let mut complete = true;
        for record in sheet.records() {
            let (start, end) = (
                self.state_named(&record.fields[from], sheet.place(record, from)),
                self.state_named(&record.fields[to], sheet.place(record, to)),
            );
            let number = sheet.number(record, probability).map_err(|problem| self.report(problem));
            let (Some(start), Some(end), Ok(number)) = (start, end, number) else {
                complete = false;
                continue;
            };
            if number.is_sign_negative() && !number.is_zero() || number > Decimal::ONE {
                let at = sheet.place(record, probability);
                self.report(impossible(number, at));
                complete = false;
                continue;
            }
            let row = read[start].get_or_insert_with(|| Read {
                place: sheet.place(record, from),
                numbers: vec![None; self.states.len()],
                sourced: sheet.source(record),
            });
            if row.numbers[end].replace(number).is_some() {
                let (from, to) = (&self.states[start], &self.states[end]);
                self.report(duplicate(
                    &format!("{from} → {to}"),
                    sheet.place(record, from_column(&sheet)),
                ));
                complete = false;
            }
            row.sourced = row.sourced.clone().and(sheet.source(record));
        }
        complete.then_some(read)
    }

    /// A row of a file that sums to 1, or near enough to be divided by its sum where that is asked.
    fn checked(
        &mut self,
        start: usize,
        name: &str,
        row: &Read,
        tolerance: f64,
    ) -> Option<Vec<f64>> {
        let sum: Decimal = row.numbers.iter().flatten().sum();
        let total = sum.to_f64().unwrap_or(f64::NAN);
        let state = self.states[start].clone();
        if !is_one(total) && (total - 1.0).abs() > tolerance {
            let found = sum.normalize();
            let need = (total - 1.0).abs();
            let problem = Problem::error(
                "row-does-not-sum",
                say!(
                    "the probabilities of leaving `{state}` do not sum to 1",
                    "`{state}` からの推移確率の合計が 1 になりません"
                ),
            )
            .found(Text::from(found.to_string()))
            .expected(Text::from("1"))
            .at(row.place.clone());
            self.report(if need <= 0.01 {
                say_renormalise(problem)
            } else {
                problem.help(say!(
                    "correct the file; the row of a state that nobody leaves is 1 for itself",
                    "ファイルを修正してください。誰も離れない状態の行は、自分自身への 1 だけです"
                ))
            });
            return None;
        }
        let numbers = row.numbers.iter();
        let listed = self.states.iter().zip(numbers.clone());
        let listed = listed.filter_map(|(state, number)| {
            let number = number.filter(|number| !number.is_zero())?;
            Some(format!("{state} {}", number.normalize()))
        });
        let mut is = listed.collect::<Vec<_>>().join(", ");
        if !is_one(total) {
            self.renormalised.push((state.clone(), total));
            is += &format!(" (÷ {})", sum.normalize());
        }
        self.rests.push(Rests {
            name: format!("{name}.{state}"),
            is,
            sourced: row.sourced.clone(),
            place: row.place.clone(),
        });
        let known = |number: &Option<Decimal>| {
            let number = number.and_then(|number| number.to_f64()).unwrap_or_default();
            if is_one(total) { number } else { number / total }
        };
        Some(numbers.map(known).collect())
    }
}

/// A row as a file has it.
struct Read {
    place: Place,
    numbers: Vec<Option<Decimal>>,
    sourced: Sourced,
}

fn from_column(sheet: &Sheet) -> usize {
    sheet.column("from").unwrap_or_default()
}

fn say_renormalise(problem: Problem) -> Problem {
    problem.help(say!(
        "correct it; if it is only rounded, `renormalise = 0.002` beside `file` divides rows that are off by at most that by their sum",
        "修正してください。丸めによる差だけなら、`file` と並べて `renormalise = 0.002` と書くと、差がその範囲の行を合計で割ります"
    ))
}

fn impossible(number: Decimal, place: Place) -> Problem {
    Problem::error(
        "impossible-probability",
        say!("this is no probability", "これは確率ではありません"),
    )
    .found(Text::from(number.normalize().to_string()))
    .expected(say!("from 0 to 1", "0 から 1 まで"))
    .at(place)
}
