//! Tables of a cohort: files whose rows name their source.

use rust_decimal::Decimal;

use crate::Files;
use crate::evidence::{Record, Table};
use crate::problem::{Place, Problem, Text, say};
use crate::scenario::assumption::{Sourced, worded};

/// A table that was read.
#[derive(Debug)]
pub(super) struct Sheet {
    table: Table,
    records: Vec<Record>,
    source: Option<usize>,
}

impl Sheet {
    /// Reads the table at `path`.
    ///
    /// # Errors
    /// As evidence: unreadable, empty, ragged, repeated columns.
    pub(super) fn read(files: &dyn Files, path: &str) -> Result<Sheet, Vec<Problem>> {
        let table = Table::read(files, path).map_err(|problems| {
            let rows = |problem: Problem| match problem.id {
                "empty-file" => problem
                    .expected(say!("a heading row and rows below it", "見出し行とその下の行")),
                _ => problem,
            };
            problems.into_iter().map(rows).collect::<Vec<_>>()
        })?;
        let source = table.column("source");
        Ok(Sheet { records: table.records(), table, source })
    }

    /// The rows.
    pub(super) fn records(&self) -> &[Record] {
        &self.records
    }

    /// The file.
    pub(super) fn file(&self) -> &str {
        self.table.file()
    }

    /// The position of a column that must be there.
    ///
    /// # Errors
    /// It is not.
    pub(super) fn column(&self, heading: &str) -> Result<usize, Problem> {
        let file = self.table.file();
        self.table.column(heading).ok_or_else(|| {
            Problem::error(
                "missing-column",
                say!(
                    "`{file}` has no column `{heading}`",
                    "`{file}` に列 `{heading}` がありません"
                ),
            )
            .found(Text::from(self.table.headings.join(", ")))
            .at(self.table.heading_place())
        })
    }

    /// The number in a field: 0.676, 67.6%.
    ///
    /// # Errors
    /// What stands there is no number.
    pub(super) fn number(&self, record: &Record, column: usize) -> Result<Decimal, Problem> {
        let text = record.fields[column].trim();
        let plain = text.strip_suffix('%').unwrap_or(text).trim();
        let number = Decimal::from_str_exact(plain).or_else(|_| Decimal::from_scientific(plain));
        match number {
            Ok(number) if plain.len() < text.len() => Ok(number / Decimal::ONE_HUNDRED),
            Ok(number) => Ok(number),
            Err(_) => Err(Problem::error(
                "not-a-number",
                say!("this needs a number", "ここには数が必要です"),
            )
            .found(Text::from(format!("\"{text}\"")))
            .expected(say!("a number such as 0.676 or 67.6%", "0.676 や 67.6% のような数"))
            .at(self.place(record, column))),
        }
    }

    /// Where a field stands.
    pub(super) fn place(&self, record: &Record, column: usize) -> Place {
        self.table.place(record.number, column)
    }

    /// What the row says of its source.
    pub(super) fn source(&self, record: &Record) -> Sourced {
        Sourced::of(self.source.map(|column| worded(&record.fields[column])))
    }
}
