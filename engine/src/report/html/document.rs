//! A document as HTML.

use super::page::{page, safe};
use crate::report::document::{Block, Document, Row, Side, Table};

impl Document {
    /// The document as a page of HTML that needs nothing else, in UTF-8; it prints to A4.
    #[must_use]
    pub fn html(&self) -> String {
        let body = format!(
            "<h1>{}</h1>\n<p class=\"contract\">{}</p>\n{}",
            safe(&self.title),
            safe(&self.subtitle),
            self.fragment()
        );
        page(self.language, &format!("{}: {}", self.title, self.subtitle), &body)
    }

    /// What the document says, without its title, to be put into a page.
    #[must_use]
    pub fn fragment(&self) -> String {
        let mut text = String::new();
        for block in &self.blocks {
            text += &match block {
                Block::Gap => String::new(),
                Block::Heading(words) | Block::Caption(words) => {
                    format!("<h2>{}</h2>\n", safe(words))
                }
                Block::Paragraph(words) => {
                    format!("<p>{}</p>\n", safe(&self.unbroken(words)))
                }
                Block::List(items) | Block::Points(items) => {
                    let items = items
                        .iter()
                        .map(|item| format!("<li>{}</li>\n", safe(&self.unbroken(item))));
                    format!("<ul>\n{}</ul>\n", items.collect::<String>())
                }
                Block::Table(table) => written(&table.without_bars()),
                Block::Chart(chart) => {
                    format!("<figure>{}</figure>\n", chart.svg(self.language))
                }
            };
        }
        text
    }
}

fn written(table: &Table) -> String {
    let class = |side: Side| if side == Side::Right { " class=\"number\"" } else { "" };
    let mut text =
        "<div class=\"scrolls\" tabindex=\"0\"><table class=\"figures\">\n<thead><tr>".to_owned();
    for (head, side) in &table.heads {
        text += &format!("<th scope=\"col\"{}>{}</th>", class(*side), safe(head));
    }
    text += "</tr></thead>\n<tbody>\n";
    let mut sum = false;
    for row in &table.rows {
        let cells = match row {
            Row::SumLine(_) => {
                sum = true;
                continue;
            }
            Row::Cells(cells) => cells,
        };
        text += if std::mem::take(&mut sum) { "<tr class=\"sum\">" } else { "<tr>" };
        for (at, (_, side)) in table.heads.iter().enumerate() {
            let words = cells.get(at).map(|cell| safe(&cell.text)).unwrap_or_default();
            let words = words.replace('\n', "<br>");
            text += &match at {
                0 => format!("<th scope=\"row\"{}>{words}</th>", class(*side)),
                _ => format!("<td{}>{words}</td>", class(*side)),
            };
        }
        text += "</tr>\n";
    }
    text += "</tbody>\n</table></div>\n";
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Language;

    #[test]
    fn a_document_is_a_page_with_its_tables() {
        let mut document = Document::new(Language::Ja, "試算 <1>", "契約");
        document.heading("全体");
        document.paragraph("数値は\n試算です。");
        let mut table = Table::new([("項目", Side::Left), ("円", Side::Right)]);
        table.row(["支払", "1,000"]);
        table.sum_line(1);
        table.row(["合計", "1,000"]);
        document.table(table);
        let html = document.html();
        assert!(
            html.contains("<h1>試算 &lt;1&gt;</h1>") && html.contains("<p>数値は試算です。</p>")
        );
        assert!(html.contains(
            "<tr class=\"sum\"><th scope=\"row\">合計</th><td class=\"number\">1,000</td>"
        ));
        document.table(Table::new([("空", Side::Left)]));
        assert_eq!(document.blocks.len(), 3, "a table without rows is left out");
    }
}
