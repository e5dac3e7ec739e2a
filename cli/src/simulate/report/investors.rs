//! Investors: rates of return, multiples and losses.

use engine::simulate::Distribution;

use super::{Layout, Scale};
use crate::table::{Side, Table};

/// What every investor's money earns.
pub(super) fn investors(layout: &Layout<'_>) -> String {
    let language = layout.language;
    let mut table = Table::new([
        (pick!(language, "Investor", "資金提供者"), Side::Left),
        (pick!(language, "Mean", "平均"), Side::Right),
        (pick!(language, "Std. deviation", "標準偏差"), Side::Right),
        ("5%".to_owned(), Side::Right),
        (pick!(language, "Median", "中央値"), Side::Right),
        ("95%".to_owned(), Side::Right),
    ]);
    let row = |name: String, unit: &str, scale: &Scale<'_>, of: &Distribution| {
        let error = format!("{unit} ± ");
        let figures = scale.figures(of);
        let figures = figures.map(|figure| format!("{}{unit}", figure.replace(" ± ", &error)));
        std::iter::once(name).chain(figures).collect::<Vec<_>>()
    };
    let mut notes = String::new();
    for investor in &layout.projection.investors {
        let title = investor.title.within(language);
        let name = pick!(language, "{title}: rate of return per year", "{title}：内部収益率（年）");
        match &investor.rate {
            Some(rate) => table.row(row(name, "%", &Scale { factor: 100.0, unit: "%" }, rate)),
            None => table.row([name]),
        }
        let name =
            pick!(language, "{title}: received per amount invested", "{title}：受取額 ÷ 投資額");
        table.row(row(name, "", &Scale { factor: 1.0, unit: "" }, &investor.multiple));
        let loss = layout.likelihood(investor.loss);
        notes += &pick!(
            language,
            "{title} gets back less than it invested with a probability of {loss}\n",
            "{title}の受取額が投資額を下回る確率は {loss} です\n"
        );
        if investor.rate_available.value < 1.0 {
            let part = layout.likelihood(investor.rate_available);
            notes += &pick!(
                language,
                "There is one rate of return on {part} of the paths; on the others the investor\n\
                 pays back after it received, and several rates or none would fit, or the rate\n\
                 is too large for a number\n",
                "内部収益率が一つに定まるのは {part} のパスです。ほかのパスでは受け取った後に\n\
                 返還があって定まらないか、大きすぎて数になりません\n"
            );
        }
    }
    if table.is_empty() { String::new() } else { format!("{}{notes}", table.text()) }
}
