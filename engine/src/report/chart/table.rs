//! The figures behind a chart.

use csv::WriterBuilder;

use crate::problem::{Language, Text};

/// Rows of figures under titles.
#[derive(Debug, Clone, Default)]
pub struct Table {
    /// The titles of the columns.
    pub columns: Vec<Text>,
    /// The rows, each with a cell per column.
    pub rows: Vec<Vec<Cell>>,
}

/// A cell of a [`Table`].
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// A number, in the plain unit of its column; one that is not known is left empty.
    Number(f64),
    /// Words.
    Text(Text),
}

impl From<f64> for Cell {
    fn from(number: f64) -> Cell {
        Cell::Number(number)
    }
}

impl From<Text> for Cell {
    fn from(text: Text) -> Cell {
        Cell::Text(text)
    }
}

impl Table {
    /// A table without rows.
    #[must_use]
    pub fn new(columns: Vec<Text>) -> Table {
        Table { columns, rows: Vec::new() }
    }

    /// The table as CSV with a byte-order mark. Words that a spreadsheet would compute as a formula
    /// are made text by an apostrophe before them.
    #[must_use]
    pub fn csv(&self, language: Language) -> String {
        let mut writer = WriterBuilder::new().flexible(true).from_writer(Vec::new());
        let words = |text: &Text| harmless(text.within(language));
        let titles = self.columns.iter().map(words);
        let rows = self.rows.iter().map(|row| {
            let cells = row.iter().map(|cell| match cell {
                Cell::Number(number) if number.is_finite() => number.to_string(),
                Cell::Number(_) => String::new(),
                Cell::Text(text) => words(text),
            });
            cells.collect::<Vec<_>>()
        });
        for row in std::iter::once(titles.collect::<Vec<_>>()).chain(rows) {
            // Writing to memory does not fail.
            let _ = writer.write_record(&row);
        }
        let bytes = writer.into_inner().unwrap_or_default();
        format!("\u{feff}{}", String::from_utf8_lossy(&bytes))
    }
}

fn harmless(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if formula { format!("'{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_look_like_formulas_stay_words() {
        let mut table = Table::new(vec![Text::from("name"), Text::from("yen")]);
        table.rows.push(vec![Text::from("=1+1").into(), 3.5.into()]);
        table.rows.push(vec![Text::from("a,b").into(), f64::NAN.into()]);
        assert_eq!(table.csv(Language::En), "\u{feff}name,yen\n'=1+1,3.5\n\"a,b\",\n");
    }
}
