//! Tables of a cohort: CSV files whose rows name their source.

use rust_decimal::Decimal;

use crate::Files;
use crate::evidence::{Record, Table};
use crate::problem::{Place, Problem, Text, say};

/// A table that was read.
#[derive(Debug)]
pub(super) struct Sheet {
    table: Table,
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
        Ok(Sheet { table, source })
    }

    /// The rows.
    pub(super) fn records(&self) -> &[Record] {
        &self.table.records
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
        self.table.place(record.line, column)
    }

    /// What the row says of its source.
    pub(super) fn source(&self, record: &Record) -> Sourced {
        Sourced::of(self.source.map(|column| record.fields[column].as_str()))
    }
}

/// Where a number comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::scenario) enum Sourced {
    /// From here.
    From(String),
    /// It is assumed, for this reason if any is given.
    Assumed(String),
}

impl Sourced {
    /// Nothing, or a text that begins with "assumed" or 仮定, is no source.
    pub(in crate::scenario) fn of(text: Option<&str>) -> Sourced {
        let text = text.unwrap_or_default().trim();
        let assumed = text.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("assumed"));
        if text.is_empty() || assumed || text.starts_with("仮定") {
            Sourced::Assumed(text.to_owned())
        } else {
            Sourced::From(text.to_owned())
        }
    }

    /// The source of numbers that stand together: assumed if any of them is.
    pub(super) fn and(self, other: Sourced) -> Sourced {
        match (self, other) {
            (assumed @ Sourced::Assumed(_), _) | (_, assumed @ Sourced::Assumed(_)) => assumed,
            (Sourced::From(a), Sourced::From(b)) if a == b => Sourced::From(a),
            (Sourced::From(a), Sourced::From(b)) if a.contains(&b) => Sourced::From(a),
            (Sourced::From(a), Sourced::From(b)) => Sourced::From(format!("{a}; {b}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_called_assumed_or_nothing_is_no_source() {
        for text in
            [None, Some(""), Some(" "), Some("assumed"), Some("Assumed: as C2"), Some("仮定")]
        {
            assert!(matches!(Sourced::of(text), Sourced::Assumed(_)), "{text:?}");
        }
        assert_eq!(Sourced::of(Some("MHLW")), Sourced::From("MHLW".into()));
    }

    #[test]
    fn numbers_that_stand_together_are_assumed_if_one_is() {
        let of = |text| Sourced::of(Some(text));
        assert_eq!(of("a").and(of("assumed")), Sourced::Assumed("assumed".into()));
        assert_eq!(of("a").and(of("b")).and(of("a")), Sourced::From("a; b".into()));
    }
}
