//! Measured data: read, checked, and estimated into outcomes.
//!
//! In: files of rows (one per participant and evaluation) or of an evaluator's figures. Out: one
//! [`Estimate`] per indicator and evaluation: its exact value, how many it rests on, who was
//! excluded and why, and its 95% interval.
//!
//! Never here: payment rules, random numbers.

mod archive;
mod column;
mod delimited;
mod encoding;
mod era;
mod estimate;
mod field;
mod figures;
pub mod interval;
pub mod keys;
mod links;
mod packed;
mod part;
mod privacy;
mod quality;
mod record;
mod rows;
mod several;
pub(crate) mod shared;
mod table;
mod text;
mod workbook;

pub(crate) use column::numbers_in;
pub use estimate::{Balance, CovariateBalance, Estimate, Exclusion, StatedBound};
pub(crate) use figures::{NO_VALUE, written_bounds, written_reasons};
pub use quality::Check;
pub(crate) use record::records;
pub(crate) use text::{Kind, days_of, expect_kind, read_bytes, read_text};

use std::sync::{Arc, Mutex, PoisonError};

use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::Files;
use crate::contract::{Contract, DataKind, Estimand, Indicator};
use crate::problem::{Problem, Severity, say};
use figures::Figure;
use links::Library;
use part::{Dictionary, Part};
use rows::Rows;
pub(crate) use table::{Record, Table};

/// The evidence of a contract, read from any number of files.
#[derive(Debug)]
pub struct Evidence {
    library: Library,
    figures: Vec<Figure>,
    /// Figures that speak where no file does.
    known: Vec<Figure>,
    notes: Vec<Problem>,
    while_linking: Mutex<Vec<Problem>>,
    checks: Vec<Check>,
}

impl Evidence {
    /// Reads `paths`, each recognised as rows or figures by its header.
    ///
    /// Rows of a file without a date column belong to `at`, or to the only evaluation.
    ///
    /// # Errors
    /// Every problem of every file: unreadable, empty, unknown or missing columns, values of the
    /// wrong type or outside their range, duplicates, dates that are no evaluation.
    pub fn read(
        contract: &Contract,
        files: &dyn Files,
        paths: &[String],
        at: Option<Date>,
    ) -> Result<Evidence, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut tables = Vec::new();
        for (position, path) in paths.iter().enumerate() {
            if paths[..position].contains(path) {
                problems.push(
                    Problem::error(
                        "file-twice",
                        say!("`{path}` is given twice", "`{path}` が二度指定されています"),
                    )
                    .help(say!("give each file once", "各ファイルは一度だけ指定してください")),
                );
                continue;
            }
            match Table::read(files, path) {
                Ok(table) => tables.push(table),
                Err(found) => problems.extend(found),
            }
        }
        let is_dated = |table: &Table| {
            !figures::is_figures(table) && table.column(&contract.rows.at).is_some()
        };
        let any_dated = tables.iter().any(is_dated);
        for table in tables.iter().filter(|table| !figures::is_figures(table)) {
            problems.extend(privacy::undeclared(table, &contract.rows.personal));
            problems.extend(no_statistics(contract, table));
        }
        let dictionary = Dictionary::new(contract);
        let (mut figures, mut parts) = (Vec::new(), Vec::new());
        for table in tables {
            let mut found = if figures::is_figures(&table) {
                figures::read(contract, &table, &mut figures)
            } else {
                let part = Part::read(contract, table, at, any_dated, &dictionary);
                let gathered = part.and_then(|mut part| {
                    several::gather(contract, &mut part)?;
                    Ok(part)
                });
                match gathered {
                    Ok(part) => {
                        parts.push(part);
                        Vec::new()
                    }
                    Err(found) => found,
                }
            };
            found.sort_by_key(|problem| {
                problem.place.as_ref().map_or((0, 0), |place| (place.line, place.column))
            });
            problems.extend(found);
        }
        let (library, found) = Library::new(contract, parts);
        problems.extend(found);
        if problems.is_empty() {
            problems.extend(quality::unknown_columns(contract, &library.parts));
        }
        let (mut notes, mut checks) = (Vec::new(), Vec::new());
        notes.extend(library.parts.iter().filter_map(|part| part.unchecked_duplicates()));
        for part in &library.parts {
            let identical = part.identical_rows();
            notes.extend(part.identical_note(identical));
            notes.extend(part.unread_note());
            checks.extend(quality::reading_checks(contract, part, identical));
            notes.extend(quality::look_at_last_digits(contract, part, &mut checks));
        }
        if !any_dated {
            notes.extend(library.parts.iter().filter_map(|part| part.undated_note(contract)));
        }
        problems.sort_by_key(|problem| std::cmp::Reverse(problem.severity));
        if problems.iter().any(|problem| problem.severity == Severity::Error) {
            return Err(problems);
        }
        Ok(Evidence {
            library,
            figures,
            known: Vec::new(),
            notes,
            while_linking: Mutex::default(),
            checks,
        })
    }

    /// Adds the figures of a file in memory, to be used where the other files are silent.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn add_known(
        &mut self,
        contract: &Contract,
        files: &dyn Files,
        path: &str,
    ) -> Result<(), Vec<Problem>> {
        let table = Table::read(files, path)?;
        let problems = figures::read(contract, &table, &mut self.known);
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }

    /// The outcome of an indicator at an evaluation; `None` when no file speaks of it.
    ///
    /// # Errors
    /// Rows that lack a column it needs, or hold a value that its missing-data rule refuses; rows
    /// and figures that both speak of it.
    pub fn estimate(
        &self,
        contract: &Contract,
        indicator: usize,
        evaluation: usize,
    ) -> Result<Option<Estimate>, Vec<Problem>> {
        let figure = self
            .figures
            .iter()
            .find(|figure| figure.indicator == indicator && figure.evaluation == evaluation);
        let declared = &contract.indicators[indicator];
        if let (Estimand::Blend { parts, .. }, None) = (&declared.estimand, figure) {
            return self.blend(contract, declared, parts, evaluation);
        }
        let id = &declared.id;
        let rows = self.rows(contract, indicator, evaluation)?;
        match (figure, rows) {
            (Some(figure), Found::Complete(rows)) => {
                let file = rows[0].file();
                Err(vec![
                    Problem::error(
                        "two-sources",
                        say!(
                            "`{id}` is both a figure and estimated from the rows of `{file}`",
                            "`{id}` は数値でも `{file}` の行でも与えられています"
                        ),
                    )
                    .at(figure.place.clone())
                    .help(say!("give one of the two", "どちらか一方にしてください")),
                ])
            }
            (Some(figure), _) => Ok(Some(figure.estimate.clone())),
            (None, Found::Complete(rows)) => {
                let rows: Vec<&Rows> = rows.iter().collect();
                estimate::estimate(contract, indicator, evaluation, &rows).map(Some)
            }
            (None, Found::Incomplete(problems)) => Err(problems),
            (None, Found::Nothing) => {
                let of = |figure: &&Figure| {
                    figure.indicator == indicator && figure.evaluation == evaluation
                };
                Ok(self.known.iter().find(of).map(|figure| figure.estimate.clone()))
            }
        }
    }

    /// A blend of indicators that are estimated themselves; `None` when one of them is not.
    fn blend(
        &self,
        contract: &Contract,
        declared: &Indicator,
        parts: &[(usize, Decimal)],
        evaluation: usize,
    ) -> Result<Option<Estimate>, Vec<Problem>> {
        let mut estimates = Vec::new();
        for (part, weight) in parts {
            let Some(estimate) = self.estimate(contract, *part, evaluation)? else {
                return Ok(None);
            };
            let enough = estimate.n >= contract.indicators[*part].at_least;
            estimates.push((estimate, *weight, enough));
        }
        estimate::blend(declared, &estimates).map(Some)
    }

    /// The rows that an indicator is estimated from at an evaluation.
    fn rows(
        &self,
        contract: &Contract,
        indicator: usize,
        evaluation: usize,
    ) -> Result<Found, Vec<Problem>> {
        let declared = &contract.indicators[indicator];
        if declared.who.is_none() && declared.estimand.closures().is_empty() {
            return Ok(Found::Nothing);
        }
        let parts = &self.library.parts;
        let speaking: Vec<usize> =
            (0..parts.len()).filter(|part| parts[*part].speaks_of(evaluation)).collect();
        let complete: Vec<usize> = speaking
            .iter()
            .copied()
            .filter(|part| parts[*part].has_columns_of(contract, indicator))
            .collect();
        if !complete.is_empty() {
            // A file that has some of the columns, or one with nearly the name, was meant to count;
            // unless it is about the same people.
            let partly: Vec<Problem> = speaking
                .iter()
                .filter(|part| parts[**part].was_meant(contract, indicator))
                .filter(|part| self.library.has_others(**part, &complete))
                .flat_map(|part| parts[*part].missing_columns(contract, indicator))
                .collect();
            if !partly.is_empty() {
                return Err(partly);
            }
            let rows = complete.iter().map(|part| Rows::of_file(Arc::clone(&parts[*part])));
            return Ok(Found::Complete(rows.collect()));
        }
        let mut notes = Vec::new();
        let linked = self.library.link(contract, indicator, evaluation, &mut notes);
        self.while_linking.lock().unwrap_or_else(PoisonError::into_inner).extend(notes);
        Ok(match (linked, speaking.first()) {
            (Some(linked), _) => Found::Complete(vec![linked?]),
            (None, Some(first)) => {
                Found::Incomplete(parts[*first].missing_columns(contract, indicator))
            }
            (None, None) => Found::Nothing,
        })
    }

    /// The kind of data it is: as declared for rows, statistics for figures alone.
    #[must_use]
    pub fn kind(&self, contract: &Contract) -> Option<DataKind> {
        if self.library.parts.is_empty() { Some(DataKind::Statistics) } else { contract.rows.kind }
    }

    /// What was looked for while the files were read.
    #[must_use]
    pub fn checks(&self) -> &[Check] {
        &self.checks
    }

    /// Compares the evidence with earlier extracts of it.
    ///
    /// # Errors
    /// A file that cannot be read, or that has nothing in common with the evidence.
    pub fn compare(
        &self,
        contract: &Contract,
        files: &dyn Files,
        earlier: &[String],
    ) -> Result<(Vec<Problem>, Vec<Check>), Vec<Problem>> {
        let (mut notes, mut checks, mut problems) = (Vec::new(), Vec::new(), Vec::new());
        for path in earlier {
            let compared = Table::read(files, path).and_then(|table| {
                quality::compare(contract, &self.library.parts, &table, &mut checks)
                    .map_err(|problem| vec![problem])
            });
            match compared {
                Ok(found) => notes.extend(found),
                Err(found) => problems.extend(found),
            }
        }
        if problems.is_empty() { Ok((notes, checks)) } else { Err(problems) }
    }

    /// Compares how many selected people of each group lack the values of an indicator.
    #[must_use]
    pub fn missing_by_group(
        &self,
        contract: &Contract,
        indicator: usize,
        evaluation: usize,
    ) -> (Vec<Problem>, Vec<Check>) {
        let mut checks = Vec::new();
        let notes = match self.rows(contract, indicator, evaluation) {
            Ok(Found::Complete(rows)) => {
                quality::look_at_missing(contract, (indicator, evaluation), &rows, &mut checks)
            }
            _ => Vec::new(),
        };
        (notes, checks)
    }

    /// What the reader of a statement should know, outcomes having been estimated.
    #[must_use]
    pub fn notes(&self) -> Vec<Problem> {
        let mut notes = self.notes.clone();
        for note in self.while_linking.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            if !notes.contains(note) {
                notes.push(note.clone());
            }
        }
        notes
    }
}

/// What the files say of an indicator at an evaluation.
enum Found {
    /// Rows with all its columns.
    Complete(Vec<Rows>),
    /// Rows that lack some.
    Incomplete(Vec<Problem>),
    /// Nothing.
    Nothing,
}

/// Rows of people are no statistics.
fn no_statistics(contract: &Contract, table: &Table) -> Option<Problem> {
    let file = table.file();
    (contract.rows.kind == Some(DataKind::Statistics)).then(|| {
        Problem::error(
            "rows-not-statistics",
            say!(
                "`{file}` has rows of people, but the contract declares statistics",
                "`{file}` は個人ごとの行ですが、契約は集計値（statistics）と定めています"
            ),
        )
        .expected(say!(
            "an evaluator's figures: indicator,at,value,n",
            "評価者の集計値の表: indicator,at,value,n"
        ))
        .help(say!(
            "give figures, or declare the rows: rows(#{{ kind: \"anonymised\" }})",
            "集計値の表を与えるか、行の種類を定めてください: rows(#{{ kind: \"anonymised\" }})"
        ))
        .at(table.heading_place())
    })
}

/// A date as offices write it: 2024-03-31, 2024/3/31, 20240331, 令和6年3月31日, R6.3.31.
///
/// ```
/// use engine::evidence::date_of;
/// assert_eq!(date_of("令和6年3月31日"), date_of("2024-03-31"));
/// assert_eq!(date_of("3/31/2024"), None);
/// ```
#[must_use]
pub fn date_of(written: &str) -> Option<Date> {
    field::date(written)
}
