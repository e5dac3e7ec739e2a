//! Numbers by state: from a file, from expressions, or both.

use super::read::Reader;
use super::sheet::Sheet;
use crate::problem::{Place, Problem, Text, did_you_mean, say};
use crate::scenario::assumption::Sourced;
use crate::scenario::cells::Parsed;
use crate::scenario::document::Section;
use rust_decimal::prelude::ToPrimitive;

/// Entries of a section that are no states.
const ENTRIES: [&str; 8] =
    ["file", "renormalise", "dirichlet", "to", "rest", "start", "source", "note"];

/// What a cohort has beside its states.
pub(super) const PARTS: [&str; 6] =
    ["population", "cost", "utility", "cost_total", "utility_total", "no_effect"];

/// Whether a name cannot be that of a state.
pub(super) fn is_reserved(name: &str) -> bool {
    ENTRIES.contains(&name) || PARTS.contains(&name)
}

/// The names that are no states.
pub(super) fn reserved() -> String {
    ENTRIES.iter().chain(&PARTS).copied().collect::<Vec<_>>().join(", ")
}

/// What stands for a state.
pub(super) enum Entry {
    Known { value: f64, place: Place },
    Expression(Box<Parsed>),
}

/// Something stated for each state; a state may have nothing.
pub(super) struct ByState {
    pub(super) entries: Vec<Option<Entry>>,
    pub(super) place: Place,
}

/// One line of what a result rests on.
pub(super) struct Rests {
    pub(super) name: String,
    pub(super) is: String,
    pub(super) sourced: Sourced,
    pub(super) place: Place,
}

impl Reader<'_, '_> {
    /// Reads entry `key`: the path of a file with the columns `state`, `value` and `source`, or a
    /// table of expressions, of which `file` may be one.
    pub(super) fn by_state(&mut self, section: &Section<'_>, key: &str) -> Option<ByState> {
        if !section.has(key) {
            return None;
        }
        let place = section.place(key);
        let mut entries: Vec<Option<Entry>> = self.states.iter().map(|_| None).collect();
        if !section.is_section(key) {
            let file = section.text(key)?;
            self.state_file(&file, &format!("{}.{key}", section.name), &place, &mut entries)?;
            return Some(ByState { entries, place });
        }
        let table = section.section(key)?;
        if table.has("file") {
            let file = table.text("file")?;
            self.state_file(&file, &table.name, &table.place("file"), &mut entries)?;
        }
        let source = self.sourced(&table);
        let stated =
            self.state_entries(&table, &["file", "to", "source", "note"], |reader, at, key| {
                let parsed = reader.parse(table.expression(key)?)?;
                entries[at] = Some(Entry::Expression(Box::new(parsed)));
                Some(())
            });
        self.rests_on(&table, stated, source);
        Some(ByState { entries, place })
    }

    /// Calls `read` for every entry of a table that is a state; returns what they say.
    pub(super) fn state_entries(
        &mut self,
        table: &Section<'_>,
        known: &[&str],
        mut read: impl FnMut(&mut Self, usize, &str) -> Option<()>,
    ) -> Vec<String> {
        let mut stated = Vec::new();
        for key in table.keys().into_iter().filter(|key| !known.contains(key)) {
            match self.state_named(key, table.key_place(key)) {
                Some(at) => {
                    read(self, at, key);
                    if let Some(expression) = table.expression(key) {
                        stated.push(format!("{key}: {}", expression.shown()));
                    }
                }
                None => self.broken = true,
            }
        }
        stated
    }

    /// The `source` of what a table states itself.
    pub(super) fn sourced(&self, table: &Section<'_>) -> Sourced {
        Sourced::of(table.source())
    }

    /// Notes a line of what the result rests on.
    pub(super) fn rests_on(&mut self, table: &Section<'_>, stated: Vec<String>, sourced: Sourced) {
        if !stated.is_empty() {
            let (name, place) = (table.name.clone(), table.here());
            self.rests.push(Rests { name, is: stated.join(", "), sourced, place });
        }
    }

    /// The number of a state; one that is not there is reported.
    pub(super) fn state_named(&self, name: &str, place: Place) -> Option<usize> {
        let found = self.states.iter().position(|state| state == name);
        if found.is_none() {
            self.report(unknown_state(name, &self.states).at(place));
        }
        found
    }

    fn state_file(
        &mut self,
        file: &str,
        name: &str,
        place: &Place,
        entries: &mut [Option<Entry>],
    ) -> Option<()> {
        let sheet = self.sheet(file, place)?;
        let (state, value) = (self.column(&sheet, "state")?, self.column(&sheet, "value")?);
        let mut read: Vec<(usize, String)> = Vec::new();
        for record in sheet.records() {
            let at = sheet.place(record, state);
            let Some(position) = self.state_named(&record.fields[state], at.clone()) else {
                continue;
            };
            if entries[position].is_some() {
                self.report(duplicate(&record.fields[state], at));
                continue;
            }
            match sheet.number(record, value) {
                Ok(number) => {
                    let place = sheet.place(record, value);
                    let is = number.normalize().to_string();
                    let entry = Entry::Known { value: number.to_f64().unwrap_or(f64::NAN), place };
                    entries[position] = Some(entry);
                    read.push((record.number, is.clone()));
                    self.rests.push(Rests {
                        name: format!("{name}.{}", self.states[position]),
                        is,
                        sourced: sheet.source(record),
                        place: at,
                    });
                }
                Err(problem) => self.report(problem),
            }
        }
        (read.len() == sheet.records().len()).then_some(())
    }

    /// A file beside the scenario.
    pub(super) fn sheet(&self, file: &str, place: &Place) -> Option<Sheet> {
        match self.cells.tables.sheet(file) {
            Ok(sheet) => Some(sheet),
            Err(problems) => {
                for problem in problems {
                    let outside = problem.place.as_ref().is_none_or(|place| place.line == 0);
                    let problem = if outside { problem.at(place.clone()) } else { problem };
                    self.report(problem);
                }
                None
            }
        }
    }

    /// A column that must be there.
    pub(super) fn column(&self, sheet: &Sheet, heading: &str) -> Option<usize> {
        sheet.column(heading).map_err(|problem| self.report(problem)).ok()
    }
}

/// There is no such state.
pub(super) fn unknown_state(name: &str, states: &[String]) -> Problem {
    let problem = Problem::error(
        "unknown-state",
        say!("there is no state `{name}`", "`{name}` という状態はありません"),
    )
    .expected(Text::from(states.join(", ")));
    match did_you_mean(name, states.iter().map(String::as_str)) {
        Some(near) => problem.help(near),
        None => problem,
    }
}

/// A row that is there already.
pub(super) fn duplicate(what: &str, place: Place) -> Problem {
    Problem::error(
        "duplicate-row",
        say!("there is already a row for `{what}`", "`{what}` の行がすでにあります"),
    )
    .help(say!("remove one of them", "一方を取り除いてください"))
    .at(place)
}
