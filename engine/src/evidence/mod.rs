//! Measured data: read, checked, and estimated into outcomes.
//!
//! In: files of rows (one per participant and evaluation) or of an evaluator's figures. Out: one
//! [`Estimate`] per indicator and evaluation: its exact value, how many it rests on, who was
//! excluded and why, and its 95% interval.
//!
//! Never here: payment rules, random numbers.

mod column;
mod estimate;
mod figures;
pub mod interval;
mod record;
mod rows;
mod table;
mod text;

pub(crate) use column::numbers_in;
pub use estimate::{Estimate, Exclusion};
pub(crate) use figures::{NO_VALUE, written_reasons};
pub(crate) use record::records;
pub(crate) use text::{Kind, days_of, expect_kind, read_bytes, read_text};

use jiff::civil::Date;

use crate::Files;
use crate::contract::Contract;
use crate::problem::{Problem, Severity, say};
use figures::Figure;
use rows::Rows;
pub(crate) use table::{Record, Table};

/// The evidence of a contract, read from any number of files.
#[derive(Debug)]
pub struct Evidence {
    rows: Vec<Rows>,
    figures: Vec<Figure>,
    /// What the reader of a statement should know.
    pub notes: Vec<Problem>,
    /// Figures that speak where no file does.
    known: Vec<Figure>,
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
        let mut evidence = Evidence {
            rows: Vec::new(),
            figures: Vec::new(),
            notes: Vec::new(),
            known: Vec::new(),
        };
        let mut problems = Vec::new();
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
            let table = match Table::read(files, path) {
                Ok(table) => table,
                Err(found) => {
                    problems.extend(found);
                    continue;
                }
            };
            let mut found = if figures::is_figures(&table) {
                figures::read(contract, &table, &mut evidence.figures)
            } else {
                match Rows::read(contract, table, at) {
                    Ok(rows) => {
                        evidence.rows.push(rows);
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
        problems.extend(rows::duplicates(&evidence.rows));
        evidence.notes.extend(evidence.rows.iter().filter_map(Rows::unchecked_duplicates));
        evidence.notes.extend(evidence.rows.iter().filter_map(Rows::identical_rows));
        evidence.notes.extend(evidence.rows.iter().filter_map(|rows| rows.undated_note(contract)));
        problems.sort_by_key(|problem| std::cmp::Reverse(problem.severity));
        if problems.iter().any(|problem| problem.severity == Severity::Error) {
            return Err(problems);
        }
        Ok(evidence)
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
        let countable = declared.who.is_some() || !declared.estimand.closures().is_empty();
        let speaking: Vec<&Rows> =
            self.rows.iter().filter(|rows| rows.speaks_of(evaluation)).collect();
        let complete: Vec<&Rows> = speaking
            .iter()
            .copied()
            .filter(|rows| countable && rows.has_columns_of(contract, indicator))
            .collect();
        if !complete.is_empty() {
            // A file that has some of the columns, or one with nearly the name, was meant to count.
            let partly: Vec<Problem> = speaking
                .iter()
                .filter(|rows| countable && rows.was_meant(contract, indicator))
                .flat_map(|rows| rows.missing_columns(contract, indicator))
                .collect();
            if !partly.is_empty() {
                return Err(partly);
            }
        }
        match (figure, complete.as_slice()) {
            (Some(figure), []) => Ok(Some(figure.estimate.clone())),
            (Some(figure), [rows, ..]) => {
                let (id, file) = (&declared.id, rows.file());
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
            (None, []) => match speaking.first() {
                Some(rows) if countable => Err(rows.missing_columns(contract, indicator)),
                _ => {
                    let of = |figure: &&Figure| {
                        figure.indicator == indicator && figure.evaluation == evaluation
                    };
                    Ok(self.known.iter().find(of).map(|figure| figure.estimate.clone()))
                }
            },
            (None, complete) => {
                estimate::estimate(contract, indicator, evaluation, complete).map(Some)
            }
        }
    }
}
