//! The statement as an Excel workbook: what is owed, the outcomes, how it was computed and, where
//! the contract is financed, what is paid out of it.
//!
//! Every amount is a formula over the outcomes' cells, so that a reader can follow it and try other
//! outcomes; beside each formula stands the engine's exact value, which is what is owed. The same
//! statement gives the same bytes.

mod document;
mod finance;
mod formula;
mod outcomes;
mod sheet;
mod statement;
mod workings;

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook, XlsxError};

use super::Report;
use super::shown::Shown;
use super::words::Words;
use crate::contract::wording::phrase;
use crate::problem::{Problem, say};
use outcomes::Outcomes;
use workings::Workings;

impl Report<'_> {
    /// The statement as a workbook in the format of Excel.
    ///
    /// # Errors
    /// A statement too large for a sheet.
    pub fn xlsx(&self) -> Result<Vec<u8>, Problem> {
        let shown = Shown::of(self.contract, self.statement, self.hide_under);
        let words = Words::of(*self, &shown);
        written(&words).map_err(|error| {
            let error = error.to_string();
            Problem::error(
                "no-workbook",
                say!("the workbook cannot be made: {error}", "Excel ブックを作れません: {error}"),
            )
        })
    }
}

/// The names of the sheets.
struct Names {
    statement: String,
    outcomes: String,
    workings: String,
}

fn written(words: &Words<'_>) -> Result<Vec<u8>, XlsxError> {
    let language = words.language;
    let names = Names {
        statement: phrase!(language, "Statement", "支払計算書"),
        outcomes: phrase!(language, "Outcomes", "成果"),
        workings: phrase!(language, "Workings", "計算過程"),
    };
    let outcomes = Outcomes::of(words, &names.outcomes);
    let workings = Workings::of(words, &outcomes, &names.workings);
    let mut book = Workbook::new();
    book.set_properties(&properties(words)?);
    book.push_worksheet(statement::sheet(words, &names.statement, &workings)?);
    book.push_worksheet(outcomes.sheet(words)?);
    book.push_worksheet(workings.sheet(words)?);
    if let Some(sheet) = finance::sheet(words)? {
        book.push_worksheet(sheet);
    }
    book.save_to_buffer()
}

/// What the file says of itself; its day is the payment's, as the engine knows no other.
fn properties(words: &Words<'_>) -> Result<DocProperties, XlsxError> {
    let paid = words.report.statement.paid;
    let (year, month, day) =
        (paid.year().unsigned_abs(), paid.month().unsigned_abs(), paid.day().unsigned_abs());
    let title = phrase!(words.language, "Statement of payment", "支払計算書");
    let version = crate::VERSION;
    Ok(DocProperties::new()
        .set_title(format!("{title}: {}", sheet::plain(words.contract_title())))
        .set_author(format!("Seika {version}"))
        .set_creation_datetime(&ExcelDateTime::from_ymd(year.max(1900), month, day)?))
}
