//! Investors: rates of return, multiples and losses.

use crate::contract::wording::phrase;

use super::Layout;
use crate::report::chart;
use crate::report::document::Document;
use crate::report::estimate::{self, Written};

/// What every investor's money earns.
pub(super) fn investors(layout: &Layout<'_>, document: &mut Document) {
    let language = layout.language;
    let first = phrase!(language, "Investor", "資金提供者");
    let mut table = estimate::distributions(first, None, language);
    let mut notes = Vec::new();
    for investor in &layout.projection.investors {
        let title = investor.title.within(language);
        let name =
            phrase!(language, "{title}: rate of return per year", "{title}：内部収益率（年）");
        match &investor.rate {
            Some(rate) => table.row(estimate::numbers(name, rate, Written::Percent)),
            None => table.row([name]),
        }
        let name =
            phrase!(language, "{title}: received per amount invested", "{title}：受取額 ÷ 投資額");
        table.row(estimate::numbers(name, &investor.multiple, Written::Times(1.0)));
        let loss = layout.likelihood(investor.loss).text;
        notes.push(phrase!(
            language,
            "{title} gets back less than it invested with a probability of {loss}\n",
            "{title}の受取額が投資額を下回る確率は {loss} です\n"
        ));
        if investor.rate_available.value < 1.0 {
            let part = layout.likelihood(investor.rate_available).text;
            notes.push(phrase!(
                language,
                "There is one rate of return on {part} of the paths; on the others the investor\n\
                 pays back after it received, and several rates or none would fit, or the rate\n\
                 is too large for a number\n",
                "内部収益率が一つに定まるのは {part} のパスです。ほかのパスでは受け取った後に\n\
                 返還があって定まらないか、大きすぎて数になりません\n"
            ));
        }
    }
    if table.is_empty() {
        return;
    }
    document.heading(phrase!(language, "Investors", "資金提供者"));
    document.table(table);
    for note in notes {
        document.paragraph(note);
    }
    for chart in layout.projection.investors.iter().filter_map(chart::rates) {
        document.chart(chart);
    }
}
