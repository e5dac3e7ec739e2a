//! Tables for people, aligned by display width and never wider than a page.

use comfy_table::{Cell, CellAlignment, ContentArrangement};
use engine::report::document;

/// The widest a table gets, in columns of the terminal.
const WIDTH: u16 = 108;

/// A rule of hyphens under the heading and nothing else. Box-drawing characters are two columns
/// wide on some Japanese terminals, which would break the alignment.
const RULES: &str = "     --            ";

/// On which side a column lines up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// Words.
    Left,
    /// Amounts and counts.
    Right,
}

/// A table under construction.
pub(crate) struct Table {
    sides: Vec<Side>,
    widths: Vec<usize>,
    table: comfy_table::Table,
}

impl Table {
    /// A table with these headings.
    pub(crate) fn new<S: Into<String>>(headings: impl IntoIterator<Item = (S, Side)>) -> Self {
        let mut table = comfy_table::Table::new();
        table.load_preset(RULES);
        table.set_content_arrangement(ContentArrangement::Dynamic).set_width(WIDTH);
        let (headings, sides): (Vec<String>, Vec<Side>) =
            headings.into_iter().map(|(heading, side)| (heading.into(), side)).unzip();
        let widths = vec![0; sides.len()];
        let cells = aligned(&sides, headings);
        table.set_header(cells);
        Self { sides, widths, table }
    }

    /// Adds a row; missing cells are empty.
    pub(crate) fn row<S: Into<String>>(&mut self, cells: impl IntoIterator<Item = S>) {
        let cells: Vec<String> = cells.into_iter().map(Into::into).collect();
        for (width, cell) in self.widths.iter_mut().zip(&cells) {
            *width = cell.chars().count().max(*width);
        }
        self.table.add_row(aligned(&self.sides, cells));
    }

    /// Draws a line in one column, as above a sum.
    pub(crate) fn sum_line(&mut self, column: usize) {
        let line = "-".repeat(self.widths[column]);
        let cells = (0..=column).map(|at| if at == column { line.clone() } else { String::new() });
        self.table.add_row(aligned(&self.sides, cells.collect()));
    }

    /// Whether it has no rows.
    pub(crate) fn is_empty(&self) -> bool {
        self.table.is_empty()
    }

    /// The table as text, each line ended.
    pub(crate) fn text(&self) -> String {
        self.table.lines().map(|line| format!("{}\n", line.trim_end())).collect()
    }
}

/// A table of a document as text, each line ended.
pub(crate) fn text(table: &document::Table) -> String {
    let side = |side: document::Side| match side {
        document::Side::Left => Side::Left,
        document::Side::Right => Side::Right,
    };
    let heads = table.heads.iter().map(|(head, at)| (head.as_str(), side(*at)));
    let mut written = Table::new(heads);
    for row in &table.rows {
        match row {
            document::Row::Cells(cells) => written.row(cells.iter().map(|cell| cell.text.as_str())),
            document::Row::SumLine(column) => written.sum_line(*column),
        }
    }
    written.text()
}

fn aligned(sides: &[Side], cells: Vec<String>) -> Vec<Cell> {
    let place = |(cell, side): (String, &Side)| {
        Cell::new(cell).set_alignment(match side {
            Side::Left => CellAlignment::Left,
            Side::Right => CellAlignment::Right,
        })
    };
    cells.into_iter().zip(sides).map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use unicode_width::UnicodeWidthStr;

    #[test]
    fn amounts_line_up_beside_japanese_names() {
        let mut table = Table::new([("支払項目", Side::Left), ("円", Side::Right)]);
        table.row(["基本委託料", "3,000,000"]);
        table.row(["cap", "-500"]);
        table.sum_line(1);
        table.row(["合計", "2,999,500"]);
        let text = table.text();
        let widths: Vec<_> = text.lines().skip(2).map(UnicodeWidthStr::width).collect();
        assert_eq!(widths, [widths[0]; 4], "{text}");
    }

    #[test]
    fn a_long_reason_is_wrapped_within_the_page() {
        let mut table = Table::new([("a", Side::Left), ("b", Side::Left)]);
        table.row(["x".to_owned(), "理由".repeat(100)]);
        assert!(table.text().lines().all(|line| line.width() <= usize::from(WIDTH)));
    }
}
