//! A document on a terminal.

use engine::report::document::{Block, Document};

/// The document as text: its sentences as they are broken, its tables aligned. Charts have no
/// place in a terminal.
pub(crate) fn text(document: &Document) -> String {
    let mut text = format!("{}\n{}\n", document.title, document.subtitle);
    let mut apart = true;
    for block in &document.blocks {
        let written = match block {
            Block::Gap => {
                apart = true;
                continue;
            }
            Block::Heading(_) | Block::Chart(_) => continue,
            Block::Paragraph(words) => format!("{words}\n"),
            Block::List(items) => items.iter().map(|item| format!("  {item}\n")).collect(),
            Block::Table(table) => crate::table::text(table),
        };
        if std::mem::take(&mut apart) {
            text.push('\n');
        }
        text += &written;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::problem::Language;
    use engine::report::document::{Side, Table};

    #[test]
    fn parts_stand_apart_by_one_empty_line() {
        let mut document = Document::new(Language::En, "Base case", "Trial");
        document.paragraph("Every figure\nis simulated.\n");
        document.gap();
        document.heading("left out");
        document.gap();
        let mut table = Table::new([("item", Side::Left), ("yen", Side::Right)]);
        table.row(["fee", "1,000"]);
        document.table(table);
        document.list(vec!["assumed".to_owned()]);
        assert_eq!(
            text(&document),
            "Base case\nTrial\n\nEvery figure\nis simulated.\n\n item     yen\n--------------\n fee    1,000\n  assumed\n"
        );
    }
}
