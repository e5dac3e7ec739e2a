//! A contract: whether it passes its check, what it pays for what, its terms.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Html;
use engine::contract::{Contract, Overrides};
use engine::report::chart;
use engine::report::figures::Currency;
use pulldown_cmark::{Event, Options, Parser, html};

use super::home::{ledgers, readable_contracts, readable_scenarios};
use super::{Frame, Shown, aside, encoded, shown};
use crate::app::App;
use crate::failure::Failure;
use crate::roles::Act;
use crate::visitor::{Known, Visitor};
use crate::words::pick;

#[derive(Template)]
#[template(path = "contract.html")]
struct ContractPage {
    frame: Frame,
    path: String,
    may_edit: bool,
    may_settle: bool,
    ok: bool,
    verdict: String,
    examples: Vec<Example>,
    findings: Vec<Shown>,
    findings_open: bool,
    charts: Vec<String>,
    sheet: String,
    /// What it can be compared with, priced under and settled on.
    others: Vec<(String, String)>,
    scenarios: Vec<(String, String)>,
    ledgers: Vec<String>,
}

struct Example {
    name: String,
    stated: String,
    computed: String,
    ok: bool,
}

pub(crate) async fn contract(
    State(app): State<App>,
    Known(visitor): Known,
    Path(path): Path<String>,
) -> Result<Html<String>, Failure> {
    aside(move || {
        let contract = read(&app, &visitor, &path)?;
        visitor.require(Act::Read, &contract.id)?;
        let language = visitor.language;
        let check = contract.check();
        let currency = Currency::new(&contract.currency, language);
        let examples = check.examples.iter().map(|example| Example {
            name: example.name.within(language).to_owned(),
            stated: currency.digits(example.expected),
            computed: example
                .actual
                .as_ref()
                .map_or_else(|_| "-".to_owned(), |amount| currency.digits(*amount)),
            ok: example.is_ok(),
        });
        let findings = check.findings.iter().map(|finding| {
            let accepted = finding.accepted.as_ref();
            let accepted = accepted.map(|accepted| accepted.reason.within(language).to_owned());
            Shown { accepted: accepted.unwrap_or_default(), ..Shown::of(finding, language) }
        });
        let verdict = match check.is_ok() {
            true => pick!(language, "The contract passes its check", "点検に合格しました"),
            false => {
                pick!(language, "The contract does not pass its check", "点検に合格していません")
            }
        };
        let charts = chart::payment_rules(&contract, None);
        let others = readable_contracts(&app, &visitor);
        let others: Vec<_> = others.into_iter().filter(|(other, _)| *other != path).collect();
        let title = contract.title.within(language).to_owned();
        shown(&ContractPage {
            frame: Frame::new(&visitor, title, format!("/contracts/{}", encoded(&path))),
            may_edit: visitor.may(Act::Edit, &contract.id),
            may_settle: visitor.may(Act::Settle, &contract.id),
            ok: check.is_ok(),
            verdict,
            examples: examples.collect(),
            findings: findings.collect(),
            findings_open: !check.is_ok(),
            charts: charts.iter().map(|chart| chart.svg(language)).collect(),
            sheet: page_of(&contract.term_sheet(language)),
            scenarios: match others.is_empty() {
                true => Vec::new(),
                false => readable_scenarios(&app, &visitor),
            },
            ledgers: if others.is_empty() { Vec::new() } else { ledgers(&app, &visitor) },
            others,
            path,
        })
    })
    .await
}

/// A contract of the folder.
pub(crate) fn read(app: &App, visitor: &Visitor, path: &str) -> Result<Contract, Failure> {
    match crate::workspace::Kind::of(path) {
        Some(crate::workspace::Kind::Contract)
            if app.workspace.place(path).is_ok_and(|at| at.is_file()) => {}
        _ => return Err(Failure::not_found()),
    }
    Contract::read(&app.workspace, path, &Overrides::new())
        .map_err(|problems| visitor.unread(problems))
}

/// Markdown as HTML. What is HTML in it already is shown as text, so that no script of a contract
/// becomes one of the page. Its headings are one level lower, below the page's own.
fn page_of(markdown: &str) -> String {
    let events = Parser::new_ext(markdown, Options::ENABLE_TABLES).map(|event| match event {
        Event::Html(html) | Event::InlineHtml(html) => Event::Text(html),
        event => event,
    });
    let mut page = String::new();
    html::push_html(&mut page, events);
    for level in [5, 4, 3, 2, 1] {
        let lower = level + 1;
        page = page.replace(&format!("<h{level}>"), &format!("<h{lower}>"));
        page = page.replace(&format!("</h{level}>"), &format!("</h{lower}>"));
    }
    // Styles stand in the style sheet alone, and a table that is too wide scrolls by itself.
    page.replace(" style=\"text-align: right\"", " class=\"number\"")
        .replace("<table>", "<div class=\"scrolls\" tabindex=\"0\" role=\"group\"><table>")
        .replace("</table>", "</table></div>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_term_sheet_becomes_a_page_and_html_in_it_stays_text() {
        let page = page_of(
            "# 契約\n\n| a | b |\n| --- | ---: |\n| 1 | 2 |\n\n<script>x</script> <b>y</b>\n",
        );
        assert!(page.contains("<h2>契約</h2>") && page.contains("<td>1</td>"), "{page}");
        assert!(page.contains("<td class=\"number\">2</td>") && !page.contains("style"), "{page}");
        assert!(!page.contains("<script>") && !page.contains("<b>"), "{page}");
    }
}
