//! Tables for people, aligned by display width; words are broken where the page would be too narrow,
//! numbers never.

use comfy_table::{Cell, CellAlignment, ContentArrangement};
use engine::report::document::{Row, Side, Table};
use unicode_width::UnicodeWidthStr;

use crate::render::broken;

/// The widest a table gets, in columns of the terminal.
const WIDTH: u16 = 108;

/// A rule of hyphens under the heading and nothing else. Box-drawing characters are two columns
/// wide on some Japanese terminals, which would break the alignment.
const RULES: &str = "     --            ";

/// What a column takes beside its contents: a space on either side, and one between columns.
const PADDING: usize = 3;

/// The narrowest a column of words gets, for the sake of another one.
const NARROWEST: usize = 12;

/// A table as text, each line ended.
pub(crate) fn text(table: &Table) -> String {
    let sides: Vec<Side> = table.heads.iter().map(|(_, side)| *side).collect();
    let widths = widths(table);
    let mut written = comfy_table::Table::new();
    written.load_preset(RULES);
    written.set_content_arrangement(ContentArrangement::Disabled);
    let heads = table.heads.iter().map(|(head, _)| head.as_str());
    written.set_header(aligned(&sides, &widths, heads));
    for row in &table.rows {
        match row {
            Row::Cells(cells) => {
                let cells = cells.iter().map(|cell| cell.text.as_str());
                written.add_row(aligned(&sides, &widths, cells));
            }
            Row::SumLine(column) => {
                let cells = table.rows.iter().filter_map(|row| match row {
                    Row::Cells(cells) => cells.get(*column),
                    Row::SumLine(_) => None,
                });
                let longest = cells.map(|cell| cell.text.chars().count()).max().unwrap_or(0);
                let line = "-".repeat(longest);
                let before = std::iter::repeat_n("", *column);
                written.add_row(aligned(&sides, &widths, before.chain([line.as_str()])));
            }
        }
    }
    written.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

/// How wide each column gets: as its longest line, but words are broken where the page would be too
/// narrow, the widest column first. Numbers and bars are never broken.
fn widths(table: &Table) -> Vec<usize> {
    let natural = |text: &str| text.lines().map(UnicodeWidthStr::width).max().unwrap_or(0);
    let mut widths: Vec<usize> = table.heads.iter().map(|(head, _)| natural(head)).collect();
    let mut least = vec![0; widths.len()];
    for (at, (head, side)) in table.heads.iter().enumerate() {
        let cells = table.rows.iter().filter_map(|row| match row {
            Row::Cells(cells) => cells.get(at),
            Row::SumLine(_) => None,
        });
        let longest = cells.map(|cell| natural(&cell.text)).max().unwrap_or(0);
        widths[at] = widths[at].max(longest);
        least[at] = match side {
            Side::Left => NARROWEST.min(widths[at]),
            // A heading may be broken above numbers that are not.
            Side::Right | Side::Bar => longest.max(NARROWEST.min(natural(head))),
        };
    }
    let room = usize::from(WIDTH).saturating_sub(PADDING * widths.len());
    while widths.iter().sum::<usize>() > room {
        let may_shrink = (0..widths.len()).filter(|at| widths[*at] > least[*at]);
        let Some(widest) = may_shrink.max_by_key(|at| (widths[*at], std::cmp::Reverse(*at))) else {
            break;
        };
        widths[widest] -= 1;
    }
    widths
}

fn aligned<'t>(
    sides: &[Side],
    widths: &[usize],
    cells: impl IntoIterator<Item = &'t str>,
) -> Vec<Cell> {
    let place = |(cell, (side, width)): (&str, (&Side, &usize))| {
        let lines = match side {
            Side::Bar => cell.to_owned(),
            Side::Left | Side::Right => broken(cell, *width).join("\n"),
        };
        Cell::new(lines).set_alignment(match side {
            Side::Left | Side::Bar => CellAlignment::Left,
            Side::Right => CellAlignment::Right,
        })
    };
    cells.into_iter().zip(sides.iter().zip(widths)).map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn japanese_is_broken_where_it_may_be() {
        let mut table = Table::new([("指標", Side::Left), ("額", Side::Right)]);
        let name = "測定された低リスク層の利用者数（第5条第2項）、".repeat(4);
        table.row([name.as_str(), "1,000 ± 20"]);
        let text = text(&table);
        let starts = text.lines().filter_map(|line| line.trim_start().chars().next());
        assert!(starts.clone().count() > 3, "{text}");
        assert!(starts.into_iter().all(|first| !"）、。」".contains(first)), "{text}");
        assert!(text.contains("1,000 ± 20"), "{text}");
    }
}
