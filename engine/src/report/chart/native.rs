//! A chart as a spreadsheet draws it, from the columns of the table behind it.

use super::Paint;
use crate::problem::Text;

/// Which of a spreadsheet's charts comes nearest.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// Columns side by side.
    Columns,
    /// Bars from a value to the left and to the right.
    Bars {
        /// Where they begin.
        from: f64,
    },
    /// Lines between categories.
    Lines,
    /// A curve through pairs of numbers.
    Curve,
}

/// One series: some rows of two columns of the table.
#[derive(Debug, Clone)]
pub struct Series {
    /// What the legend calls it.
    pub name: Text,
    /// Its first and its last row.
    pub rows: (usize, usize),
    /// The column of the categories, or of what runs across.
    pub across: usize,
    /// The column of the values.
    pub value: usize,
    /// Its colour.
    pub paint: Paint,
}

/// What a spreadsheet draws.
#[derive(Debug, Clone)]
pub struct Native {
    /// How.
    pub kind: Kind,
    /// What.
    pub series: Vec<Series>,
}

impl Native {
    /// Some columns of the whole table over its column `across`.
    #[must_use]
    pub fn of_columns(
        kind: Kind,
        rows: usize,
        across: usize,
        columns: Vec<(Text, usize, Paint)>,
    ) -> Native {
        let rows = (0, rows.saturating_sub(1));
        let series = columns.into_iter().map(|(name, value, paint)| Series {
            name,
            rows,
            across,
            value,
            paint,
        });
        Native { kind, series: series.collect() }
    }
}
