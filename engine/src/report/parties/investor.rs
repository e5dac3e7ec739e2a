//! The investor's report.

use super::Layout;
use crate::analyse::parties::{Bar, InvestorReport, UnderScenario};
use crate::contract::wording::phrase;
use crate::problem::{Text, say};
use crate::report::chart::{self, Axis, Measure};
use crate::report::document::{Document, Figure, Side, Table};
use crate::report::figures::{decimals_beside, decimals_for, exact_percent, figure};
use crate::simulate::Distribution;

/// Adds the report on what an investor puts up, or on one tranche of it.
pub(super) fn add(layout: &Layout<'_>, report: &InvestorReport, document: &mut Document) {
    let language = layout.language;
    let (title, name) = (report.title.within(language), &report.name);
    document.caption(match &report.tranche_of {
        Some(investor) => phrase!(
            language,
            "Tranche: {title} ({name}), put up by {investor}",
            "トランシェ：{title}（{name}）、提供者 {investor}"
        ),
        None => phrase!(language, "Investor: {title} ({name})", "資金提供者：{title}（{name}）"),
    });
    if let Some(base) = report.scenarios.first() {
        document.gap();
        moved(layout, base, document);
        document.gap();
        limits(layout, report, document);
        document.gap();
        figures(layout, base, document);
        document.gap();
        layout.loss(&base.loss, document);
        let rates = Histogram {
            what: say!("Rate of return per year", "内部収益率（年）"),
            name: "rate",
            bars: &base.irr_bars,
            measure: Measure::Part,
        };
        let multiples = Histogram {
            what: say!("Multiple", "回収倍率"),
            name: "multiple",
            bars: &base.multiple_bars,
            measure: Measure::Number(Text::default()),
        };
        for histogram in [rates, multiples] {
            document.gap();
            histogram.add(layout, report, document);
        }
    }
    if report.scenarios.len() > 1 {
        document.gap();
        document.table(scenarios(layout, &report.scenarios));
    }
}

/// What is put up, and what is received day by day.
fn moved(layout: &Layout<'_>, of: &UnderScenario, document: &mut Document) {
    let language = layout.language;
    let mut table = layout.amounts(phrase!(language, "Put up and received", "拠出と受取"), None);
    table.row(layout.amount_row(phrase!(language, "Put up", "拠出"), &of.invested));
    for receipt in &of.receipts {
        let on = receipt.on;
        table.row(
            layout.amount_row(phrase!(language, "Received on {on}", "受取 {on}"), &receipt.amount),
        );
    }
    document.table(table);
}

/// What limits the return, as the contract states it.
fn limits(layout: &Layout<'_>, report: &InvestorReport, document: &mut Document) {
    let language = layout.language;
    let contract = layout.contract;
    let own = contract.finance.tranches.iter().filter(|tranche| match report.tranche_of {
        Some(_) => tranche.id == report.name,
        None => contract.parties[tranche.investor].id == report.name,
    });
    for tranche in own {
        let title = tranche.title.within(language);
        let cap = tranche.cap.map(|most| {
            let most = layout.currency.amount(most);
            phrase!(
                language,
                "at most {most} beyond what is put up",
                "拠出額を超える受取は {most}まで"
            )
        });
        let rate = tranche.cap_irr.map(|most| {
            let most = exact_percent(most);
            phrase!(
                language,
                "a rate of return of at most {most} a year",
                "内部収益率は年 {most}まで"
            )
        });
        let stated: Vec<String> = cap.into_iter().chain(rate).collect();
        let stated = match stated.is_empty() {
            true => phrase!(language, "no limit on the return", "収益の上限なし"),
            false => stated.join(language.comma()),
        };
        document.paragraph(phrase!(language, "{title}: {stated}", "{title}：{stated}"));
    }
}

fn figures(layout: &Layout<'_>, of: &UnderScenario, document: &mut Document) {
    let language = layout.language;
    let unit = layout.currency.name();
    let mut table = Table::new([
        (phrase!(language, "What the money brings", "資金がもたらすもの"), Side::Left),
        (phrase!(language, "Mean", "平均"), Side::Right),
        ("1%".to_owned(), Side::Right),
        ("5%".to_owned(), Side::Right),
        (phrase!(language, "Median", "中央値"), Side::Right),
        ("95%".to_owned(), Side::Right),
    ]);
    let mut row = |name: String, of: &Distribution, (factor, sign): (f64, &str)| {
        let fine = decimals_beside(of.mean * factor, of.se * factor, 1).min(3);
        let coarse = decimals_beside(of.mean * factor, of.sd * factor, 3).min(3);
        let shown =
            |value: f64| Figure::number(value, format!("{}{sign}", figure(value * factor, coarse)));
        let mean = figure(of.mean * factor, fine);
        let error = figure(of.se * factor, fine);
        let mean = Figure::estimated(of.mean, of.se, format!("{mean}{sign} ± {error}{sign}"));
        let percentiles = [of.p01, of.p05, of.p50, of.p95].map(shown);
        table.row([Figure::from(name), mean].into_iter().chain(percentiles));
        let [first, fifth, _, median, _, last, _] = of.errors.0;
        let apart = [first, fifth, median, last].map(|error| {
            // Sums of the same numbers differ in their last digits.
            let error = if error <= 1e-9 * of.sd { 0.0 } else { error };
            let decimals = decimals_for(error * factor, 1).min(4);
            format!("± {}{sign}", figure(error * factor, decimals))
        });
        table.row([String::new(), String::new()].into_iter().chain(apart));
    };
    if let Some(irr) = &of.irr {
        row(phrase!(language, "Rate of return per year", "内部収益率（年）"), irr, (100.0, "%"));
    }
    row(phrase!(language, "Multiple", "回収倍率"), &of.multiple, (1.0, ""));
    row(
        phrase!(language, "Net present value ({unit})", "正味現在価値（{unit}）"),
        &of.present_value,
        (1.0, ""),
    );
    row(
        phrase!(language, "Received less paid ({unit})", "受取 − 拠出（{unit}）"),
        &of.result,
        (1.0, ""),
    );
    if let Some(duration) = &of.duration {
        row(phrase!(language, "Duration (years)", "デュレーション（年）"), duration, (1.0, ""));
    }
    document.table(table);
    document.paragraph(phrase!(
        language,
        "± under a percentile is its standard error (half the distance between the order statistics\n\
         that enclose it as often as a mean lies within its own).\n",
        "パーセンタイルの下の ± はその標準誤差です（順序統計量による区間の半幅）。\n"
    ));
    let rate = figure(layout.scenario.discount_rate * 100.0, 2);
    document.paragraph(phrase!(
        language,
        "Present value and duration at {rate}% a year, the scenario's discount rate.\n",
        "現在価値とデュレーションの割引率は年 {rate}%（シナリオの値）です。\n"
    ));
    let (one, none, several) = (of.rates.one, of.rates.none, of.rates.several);
    if one.value < 1.0 {
        let [one, none, several] = [one, none, several].map(|of| layout.percent(of).text);
        let most = of.rates.most;
        document.paragraph(phrase!(
            language,
            "Exactly one rate of return: {one} of the futures, which are those told above; none: {none};\n\
             several (at most {most}): {several}. Where there are several none of them is the return, and\n\
             none is told.\n",
            "内部収益率が一つに定まる将来: {one}（上の表はこの場合）。解がない: {none}。\n\
             複数ある（最大 {most} 個）: {several}。複数あるときはどれも収益率とはいえないため、示しません。\n"
        ));
    }
}

/// The longest bar, in characters.
const LONGEST: f64 = 40.0;

/// How a figure spreads.
struct Histogram<'a> {
    what: Text,
    /// In the name of its chart.
    name: &'static str,
    bars: &'a [Bar],
    measure: Measure,
}

impl Histogram<'_> {
    /// Adds the bars, unless all futures are alike.
    fn add(self, layout: &Layout<'_>, report: &InvestorReport, document: &mut Document) {
        if self.bars.len() < 2 {
            return;
        }
        let (factor, sign) = match self.measure {
            Measure::Part => (100.0, "%"),
            _ => (1.0, ""),
        };
        let mut table = Table::new([
            (self.what.within(layout.language).to_owned(), Side::Right),
            (phrase!(layout.language, "Part of futures", "将来の割合"), Side::Right),
            (String::new(), Side::Bar),
        ]);
        let greatest = self.bars.iter().map(|bar| bar.part.value).fold(0.0, f64::max);
        let width = (self.bars[1].to - self.bars[1].from).abs() * factor;
        let decimals = decimals_for(width, 2).min(3);
        for bar in self.bars {
            let [from, to] = [bar.from, bar.to].map(|of| figure(of * factor, decimals));
            let length = (bar.part.value / greatest * LONGEST).round() as usize;
            let some = bar.part.value > 0.0;
            let part = if some { layout.percent(bar.part) } else { Figure::from("") };
            let range = format!("{from}{sign} – {to}{sign}");
            table.row([range.into(), part, "#".repeat(length).into()]);
        }
        document.table(table);
        let name = format!("{}-{}", self.name, report.name);
        let title = say!("{}: {}", "{}: {}", self.what, report.title);
        let bars: Vec<_> = self.bars.iter().map(|bar| ([bar.from, bar.to], bar.part)).collect();
        document.chart(chart::histogram(&name, title, Axis::new(self.what, self.measure), &bars));
    }
}

/// Scenario by scenario.
fn scenarios(layout: &Layout<'_>, all: &[UnderScenario]) -> Table {
    let language = layout.language;
    let unit = layout.currency.name();
    let mut table = Table::new([
        (phrase!(language, "Scenario", "シナリオ"), Side::Left),
        (phrase!(language, "Median rate", "収益率の中央値"), Side::Right),
        (phrase!(language, "P(loss)", "損失の確率"), Side::Right),
        (phrase!(language, "Mean loss if any ({unit})", "損失時の平均損失（{unit}）"), Side::Right),
        (phrase!(language, "Worst 5% ({unit})", "最悪 5% の損失（{unit}）"), Side::Right),
    ]);
    for of in all {
        let unknown = || Figure::from("-");
        let rate = of.irr.map_or_else(unknown, |irr| {
            let [value, error] = [irr.p50, irr.errors.0[3]].map(|of| of * 100.0);
            let decimals = decimals_for(error, 1).clamp(2, 4);
            let text = format!("{}% ± {}%", figure(value, decimals), figure(error, decimals));
            Figure::estimated(irr.p50, irr.errors.0[3], text)
        });
        table.row([
            of.scenario.within(language).into(),
            rate,
            layout.percent(of.loss.probability),
            of.loss.mean_given_loss.map_or_else(unknown, |of| layout.money(of)),
            layout.money(of.loss.expected_shortfall),
        ]);
    }
    table
}
