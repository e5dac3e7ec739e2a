//! The terms of a contract as a page: the term sheet, with a picture of what is paid for what.

use pulldown_cmark::{Event, Options, Parser, html};

use super::chart;
use super::html::page::{page, safe};
use crate::contract::Contract;
use crate::contract::wording::phrase;
use crate::problem::Language;

/// The term sheet of a contract as a page of HTML that needs nothing else, with a diagram of each
/// payment rule; it prints to A4, as an annex of the contract.
///
/// ```
/// use engine::contract::{Contract, Overrides};
/// use engine::problem::{Language, Source};
/// use engine::report::terms_page;
/// # let script = r#"contract("c", #{ from: "2024-04-01", to: "2025-03-31", cap: yen(10), tax: unstated(), rounding: down(1) });
/// # let city = party("city", #{ role: "payer" });
/// # let vendor = party("vendor", #{ role: "provider" });
/// # evaluations([#{ at: "2025-03-31", paid: "2025-05-31" }]);
/// # let x = share("x", #{ of: |p| p.x, digits: 3, at_least: 1, missing: "refuse" });
/// # pay("a", |e| pro_rata(e[x], percent(70), yen(10)), #{ by: city, to: vendor });"#;
/// let contract = Contract::parse(Source::new("c.rhai", script), &Overrides::new()).unwrap();
/// let page = terms_page(&contract, Language::Ja);
/// assert!(page.starts_with("<!DOCTYPE html>") && page.contains("<svg"));
/// ```
#[must_use]
pub fn terms_page(contract: &Contract, language: Language) -> String {
    let sheet = of_markdown(&contract.term_sheet(language));
    let title = phrase!(language, "What is paid for what", "成果と支払の関係");
    let charts = chart::payment_rules(contract, None);
    let charts: String =
        charts.iter().map(|chart| format!("<figure>{}</figure>\n", chart.svg(language))).collect();
    let pictures = match charts.is_empty() {
        true => String::new(),
        false => format!("<h2>{}</h2>\n{charts}", safe(&title)),
    };
    page(language, contract.title.within(language), &format!("{sheet}{pictures}"))
}

/// The term sheet of a contract, to be put into a page below a heading of its own.
#[must_use]
pub fn terms_fragment(contract: &Contract, language: Language) -> String {
    lowered(of_markdown(&contract.term_sheet(language)))
}

/// Markdown as HTML. What is HTML in it already is shown as text, so that no script of a contract
/// becomes one of the page.
fn of_markdown(markdown: &str) -> String {
    let events = Parser::new_ext(markdown, Options::ENABLE_TABLES).map(|event| match event {
        Event::Html(html) | Event::InlineHtml(html) => Event::Text(html),
        event => event,
    });
    let mut page = String::new();
    html::push_html(&mut page, events);
    // Styles stand in the style sheet alone, and a table that is too wide scrolls by itself.
    page.replace(" style=\"text-align: right\"", " class=\"number\"")
        .replace("<table>", "<div class=\"scrolls\" tabindex=\"0\" role=\"group\"><table>")
        .replace("</table>", "</table></div>")
}

/// With each heading one level lower.
fn lowered(mut page: String) -> String {
    for level in [5, 4, 3, 2, 1] {
        let lower = level + 1;
        page = page.replace(&format!("<h{level}>"), &format!("<h{lower}>"));
        page = page.replace(&format!("</h{level}>"), &format!("</h{lower}>"));
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_term_sheet_becomes_a_page_and_html_in_it_stays_text() {
        let page = of_markdown(
            "# 契約\n\n| a | b |\n| --- | ---: |\n| 1 | 2 |\n\n<script>x</script> <b>y</b>\n",
        );
        assert!(page.contains("<h1>契約</h1>") && page.contains("<td>1</td>"), "{page}");
        assert!(page.contains("<td class=\"number\">2</td>") && !page.contains("style"), "{page}");
        assert!(!page.contains("<script>") && !page.contains("<b>"), "{page}");
        assert!(lowered(page).contains("<h2>契約</h2>"));
    }
}
