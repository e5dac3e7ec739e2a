//! Tables for people, aligned by display width and never wider than a page.

use comfy_table::{Cell, CellAlignment, ContentArrangement};
use engine::report::document::{Row, Side, Table};

/// The widest a table gets, in columns of the terminal.
const WIDTH: u16 = 108;

/// A rule of hyphens under the heading and nothing else. Box-drawing characters are two columns
/// wide on some Japanese terminals, which would break the alignment.
const RULES: &str = "     --            ";

/// A table as text, each line ended.
pub(crate) fn text(table: &Table) -> String {
    let sides: Vec<Side> = table.heads.iter().map(|(_, side)| *side).collect();
    let mut written = comfy_table::Table::new();
    written.load_preset(RULES);
    written.set_content_arrangement(ContentArrangement::Dynamic).set_width(WIDTH);
    written.set_header(aligned(&sides, table.heads.iter().map(|(head, _)| head.clone())));
    let mut widths = vec![0; sides.len()];
    for row in &table.rows {
        match row {
            Row::Cells(cells) => {
                for (width, cell) in widths.iter_mut().zip(cells) {
                    *width = cell.text.chars().count().max(*width);
                }
                written.add_row(aligned(&sides, cells.iter().map(|cell| cell.text.clone())));
            }
            Row::SumLine(column) => {
                let line = "-".repeat(widths[*column]);
                let before = std::iter::repeat_n(String::new(), *column);
                written.add_row(aligned(&sides, before.chain([line])));
            }
        }
    }
    written.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

fn aligned(sides: &[Side], cells: impl IntoIterator<Item = String>) -> Vec<Cell> {
    let place = |(cell, side): (String, &Side)| {
        Cell::new(cell).set_alignment(match side {
            Side::Left | Side::Bar => CellAlignment::Left,
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
        let text = text(&table);
        let widths: Vec<_> = text.lines().skip(2).map(UnicodeWidthStr::width).collect();
        assert_eq!(widths, [widths[0]; 4], "{text}");
    }

    #[test]
    fn a_long_reason_is_wrapped_within_the_page() {
        let mut table = Table::new([("a", Side::Left), ("b", Side::Left)]);
        table.row(["x".to_owned(), "理由".repeat(100)]);
        assert!(text(&table).lines().all(|line| line.width() <= usize::from(WIDTH)));
    }
}
