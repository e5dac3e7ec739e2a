//! Investors: rates of return, multiples and losses.

use crate::contract::wording::phrase;
use crate::simulate::Distribution;

use super::{Layout, figures};
use crate::report::chart;
use crate::report::document::{Document, Figure, Side, Table};

/// What every investor's money earns.
pub(super) fn investors(layout: &Layout<'_>, document: &mut Document) {
    let language = layout.language;
    let mut table = Table::new([
        (phrase!(language, "Investor", "資金提供者"), Side::Left),
        (phrase!(language, "Mean", "平均"), Side::Right),
        (phrase!(language, "Std. deviation", "標準偏差"), Side::Right),
        ("5%".to_owned(), Side::Right),
        (phrase!(language, "Median", "中央値"), Side::Right),
        ("95%".to_owned(), Side::Right),
    ]);
    let row = |name: String, unit: &str, factor: f64, of: &Distribution| {
        let error = format!("{unit} ± ");
        let figures = figures(of, factor);
        let percent = factor / if unit.is_empty() { 1.0 } else { 100.0 };
        let figures = figures.map(|figure| Figure {
            text: format!("{}{unit}", figure.text.replace(" ± ", &error)),
            number: figure.number.map(|number| number / factor * percent),
            error: figure.error.map(|error| error / factor * percent),
            interval: None,
        });
        std::iter::once(name.into()).chain(figures).collect::<Vec<Figure>>()
    };
    let mut notes = Vec::new();
    for investor in &layout.projection.investors {
        let title = investor.title.within(language);
        let name =
            phrase!(language, "{title}: rate of return per year", "{title}：内部収益率（年）");
        match &investor.rate {
            Some(rate) => table.row(row(name, "%", 100.0, rate)),
            None => table.row([name]),
        }
        let name =
            phrase!(language, "{title}: received per amount invested", "{title}：受取額 ÷ 投資額");
        table.row(row(name, "", 1.0, &investor.multiple));
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
