//! The records of a file as text, to tell which of them changed.

use super::figures::is_figures;
use super::table::Table;
use crate::Files;
use crate::contract::Contract;
use crate::problem::Problem;

/// A record of evidence: where it stands, whose it is, and what the contract reads of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RecordText {
    /// The line it starts on.
    pub(crate) line: usize,
    /// Who or what it is about: the participant and the date, or the indicator and the date;
    /// `None` where rows do not say whose they are.
    pub(crate) subject: Option<String>,
    /// The fields that the contract reads, each behind the name of its column.
    pub(crate) fields: String,
}

/// The records of the file at `path`.
///
/// # Errors
/// A file that cannot be read as a table.
pub(crate) fn records(
    contract: &Contract,
    files: &dyn Files,
    path: &str,
) -> Result<Vec<RecordText>, Vec<Problem>> {
    let table = Table::read(files, path)?;
    let (subject, at) = match is_figures(&table) {
        true => ("indicator", "at"),
        false => (contract.rows.participant.as_str(), contract.rows.at.as_str()),
    };
    let (subject, at) = (table.column(subject), table.column(at));
    let mut read: Vec<usize> = contract
        .columns
        .iter()
        .filter(|column| column.symbol.is_some())
        .filter_map(|column| table.column(&column.name))
        .chain(at)
        .collect();
    if is_figures(&table) {
        read = (0..table.headings.len()).collect();
    }
    read.sort_by_key(|position| &table.headings[*position]);
    read.dedup();
    // A separator that no field of text holds.
    let behind =
        |position: usize, field: &str| format!("{}\u{1f}{field}", table.headings[position]);
    let of = |record: &super::Record| {
        let field = |position: usize| record.fields[position].as_str();
        let fields: Vec<String> =
            read.iter().map(|position| behind(*position, field(*position))).collect();
        let at = at.map(field).unwrap_or_default();
        RecordText {
            line: record.line,
            subject: subject.map(|subject| format!("{}\u{1f}{at}", field(subject))),
            fields: fields.join("\u{1e}"),
        }
    };
    Ok(table.records.iter().map(of).collect())
}
