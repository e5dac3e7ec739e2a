//! A document on a terminal, and in files beside it.

use engine::contract::Contract;
use engine::report::document::{Block, Document};
use serde_json::Value;

use crate::output::Output;
use crate::report_files::{self, ReportFile};
use crate::{Context, Exit, Failure};

/// Writes a result to the files that are asked for, and prints it: nothing is printed of a result
/// that cannot be written. Points to the warnings of `warned`.
pub(crate) fn tell(
    (warned, files): (Option<&Contract>, &[ReportFile]),
    document: impl Fn() -> Document,
    json: impl FnOnce() -> Value,
    context: &Context,
    output: &mut Output<'_>,
) -> Result<Exit, Failure> {
    if context.json {
        if !files.is_empty() {
            report_files::write(files, &document(), context.language)?;
        }
        output.json(&json())?;
        return Ok(Exit::Done);
    }
    let document = document();
    let written = report_files::write(files, &document, context.language)?;
    if let Some(contract) = warned {
        crate::mention_warnings(contract, context, output);
    }
    output.data(&text(&document))?;
    output.talk(&written);
    Ok(Exit::Done)
}

/// The document as text: its sentences as they are broken, its tables aligned. Charts have no
/// place in a terminal.
pub(crate) fn text(document: &Document) -> String {
    format!("{}\n{}\n{}", document.title, document.subtitle, body(document))
}

/// What the document says, without its title, as text.
pub(crate) fn body(document: &Document) -> String {
    let mut text = String::new();
    let mut apart = false;
    for block in &document.blocks {
        let written = match block {
            Block::Gap => {
                apart = true;
                continue;
            }
            Block::Heading(_) | Block::Chart(_) => continue,
            Block::Caption(words) | Block::Paragraph(words) => format!("{words}\n"),
            Block::List(items) => items.iter().map(|item| format!("  {item}\n")).collect(),
            Block::Points(points) => {
                points.iter().map(|point| format!("- {}\n", point.replace('\n', "\n  "))).collect()
            }
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
        document.gap();
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
    #[test]
    fn names_and_points_are_printed_too() {
        let mut document = Document::new(Language::En, "Base case", "Trial");
        document.caption("Payer: City");
        document.points(vec!["Expected payment: 1;\n0 to 2".to_owned(), "Saving: none".to_owned()]);
        assert_eq!(
            text(&document),
            "Base case\nTrial\nPayer: City\n- Expected payment: 1;\n  0 to 2\n- Saving: none\n"
        );
    }
}
