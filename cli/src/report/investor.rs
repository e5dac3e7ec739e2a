//! The investor's report.

use engine::analyse::parties::{Bar, InvestorReport, UnderScenario};
use engine::simulate::Distribution;

use super::Layout;
use crate::money::{decimals_beside, decimals_for, exact_percent, figure};
use crate::table::{Side, Table};

pub(super) fn text(layout: &Layout<'_>, report: &InvestorReport) -> String {
    let language = layout.language;
    let (title, name) = (report.title.within(language), &report.name);
    let heading = match &report.tranche_of {
        Some(investor) => pick!(
            language,
            "Tranche: {title} ({name}), put up by {investor}\n",
            "トランシェ：{title}（{name}）、提供者 {investor}\n"
        ),
        None => pick!(language, "Investor: {title} ({name})\n", "資金提供者：{title}（{name}）\n"),
    };
    let mut parts = vec![heading];
    if let Some(base) = report.scenarios.first() {
        parts.extend([
            moved(layout, base),
            limits(layout, report),
            figures(layout, base),
            losses(layout, base),
        ]);
        parts.push(bars(
            layout,
            pick!(language, "Rate of return per year", "内部収益率（年）"),
            &base.irr_bars,
            (100.0, "%"),
        ));
        parts.push(bars(
            layout,
            pick!(language, "Multiple", "回収倍率"),
            &base.multiple_bars,
            (1.0, ""),
        ));
    }
    if report.scenarios.len() > 1 {
        parts.push(scenarios(layout, &report.scenarios));
    }
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")
}

/// What is put up, and what is received day by day.
fn moved(layout: &Layout<'_>, of: &UnderScenario) -> String {
    let language = layout.language;
    let mut table = layout.amounts(pick!(language, "Put up and received", "拠出と受取"), None);
    table.row(layout.amount_row(pick!(language, "Put up", "拠出"), &of.invested));
    for receipt in &of.receipts {
        let on = receipt.on;
        table.row(
            layout.amount_row(pick!(language, "Received on {on}", "受取 {on}"), &receipt.amount),
        );
    }
    table.text()
}

/// What limits the return, as the contract states it.
fn limits(layout: &Layout<'_>, report: &InvestorReport) -> String {
    let language = layout.language;
    let contract = layout.contract;
    let own = contract.finance.tranches.iter().filter(|tranche| match report.tranche_of {
        Some(_) => tranche.id == report.name,
        None => contract.parties[tranche.investor].id == report.name,
    });
    own.map(|tranche| {
        let title = tranche.title.within(language);
        let cap = tranche.cap.map(|most| {
            let most = layout.currency.amount(most);
            pick!(
                language,
                "at most {most} beyond what is put up",
                "拠出額を超える受取は {most}まで"
            )
        });
        let rate = tranche.cap_irr.map(|most| {
            let most = exact_percent(most);
            pick!(
                language,
                "a rate of return of at most {most} a year",
                "内部収益率は年 {most}まで"
            )
        });
        let stated: Vec<String> = cap.into_iter().chain(rate).collect();
        let stated = match stated.is_empty() {
            true => pick!(language, "no limit on the return", "収益の上限なし"),
            false => stated.join(&pick!(language, ", ", "、")),
        };
        pick!(language, "{title}: {stated}\n", "{title}：{stated}\n")
    })
    .collect()
}

fn figures(layout: &Layout<'_>, of: &UnderScenario) -> String {
    let language = layout.language;
    let unit = layout.currency.name();
    let mut table = Table::new([
        (pick!(language, "What the money brings", "資金がもたらすもの"), Side::Left),
        (pick!(language, "Mean", "平均"), Side::Right),
        ("1%".to_owned(), Side::Right),
        ("5%".to_owned(), Side::Right),
        (pick!(language, "Median", "中央値"), Side::Right),
        ("95%".to_owned(), Side::Right),
    ]);
    let mut row = |name: String, of: &Distribution, (factor, sign): (f64, &str)| {
        let fine = decimals_beside(of.mean * factor, of.se * factor, 1).min(3);
        let coarse = decimals_beside(of.mean * factor, of.sd * factor, 3).min(3);
        let shown = |value: f64| format!("{}{sign}", figure(value * factor, coarse));
        let mean = figure(of.mean * factor, fine);
        let error = figure(of.se * factor, fine);
        let percentiles = [of.p01, of.p05, of.p50, of.p95].map(shown);
        let row = [name, format!("{mean}{sign} ± {error}{sign}")].into_iter().chain(percentiles);
        table.row(row);
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
        row(pick!(language, "Rate of return per year", "内部収益率（年）"), irr, (100.0, "%"));
    }
    row(pick!(language, "Multiple", "回収倍率"), &of.multiple, (1.0, ""));
    row(
        pick!(language, "Net present value ({unit})", "正味現在価値（{unit}）"),
        &of.present_value,
        (1.0, ""),
    );
    row(
        pick!(language, "Received less paid ({unit})", "受取 − 拠出（{unit}）"),
        &of.result,
        (1.0, ""),
    );
    if let Some(duration) = &of.duration {
        row(pick!(language, "Duration (years)", "デュレーション（年）"), duration, (1.0, ""));
    }
    let mut text = table.text();
    text += &pick!(
        language,
        "± under a percentile is its standard error (half the distance between the order statistics\n\
         that enclose it as often as a mean lies within its own).\n",
        "パーセント点の下の ± はその標準誤差です（順序統計量による区間の半幅）。\n"
    );
    let rate = figure(layout.scenario.discount_rate * 100.0, 2);
    text += &pick!(
        language,
        "Present value and duration at {rate}% a year, the scenario's discount rate.\n",
        "現在価値とデュレーションの割引率は年 {rate}%（シナリオの値）です。\n"
    );
    let (one, none, several) = (of.rates.one, of.rates.none, of.rates.several);
    if one.value < 1.0 {
        let [one, none, several] = [one, none, several].map(|of| layout.percent(of));
        let most = of.rates.most;
        text += &pick!(
            language,
            "Exactly one rate of return: {one} of the futures, which are those told above; none: {none};\n\
             several (at most {most}): {several}. Where there are several none of them is the return, and\n\
             none is told.\n",
            "内部収益率が一つに定まる将来: {one}（上の表はこの場合）。解がない: {none}。\n\
             複数ある（最大 {most} 個）: {several}。複数あるときはどれも収益率とはいえないため、示しません。\n"
        );
    }
    text
}

fn losses(layout: &Layout<'_>, of: &UnderScenario) -> String {
    layout.loss(&of.loss)
}

/// The longest bar, in characters.
const LONGEST: f64 = 40.0;

fn bars(layout: &Layout<'_>, name: String, bars: &[Bar], (factor, sign): (f64, &str)) -> String {
    if bars.len() < 2 {
        return String::new();
    }
    let mut table = Table::new([
        (name, Side::Right),
        (pick!(layout.language, "Part of futures", "将来の割合"), Side::Right),
        (String::new(), Side::Left),
    ]);
    let greatest = bars.iter().map(|bar| bar.part.value).fold(0.0, f64::max);
    let width = (bars[1].to - bars[1].from).abs() * factor;
    let decimals = decimals_for(width, 2).min(3);
    for bar in bars {
        let [from, to] = [bar.from, bar.to].map(|of| figure(of * factor, decimals));
        let length = (bar.part.value / greatest * LONGEST).round() as usize;
        let part = if bar.part.value > 0.0 { layout.percent(bar.part) } else { String::new() };
        table.row([format!("{from}{sign} – {to}{sign}"), part, "#".repeat(length)]);
    }
    table.text()
}

/// Scenario by scenario.
fn scenarios(layout: &Layout<'_>, all: &[UnderScenario]) -> String {
    let language = layout.language;
    let unit = layout.currency.name();
    let mut table = Table::new([
        (pick!(language, "Scenario", "シナリオ"), Side::Left),
        (pick!(language, "Median rate", "収益率の中央値"), Side::Right),
        (pick!(language, "P(loss)", "損失の確率"), Side::Right),
        (pick!(language, "Mean loss if any ({unit})", "損失時の平均損失（{unit}）"), Side::Right),
        (pick!(language, "Worst 5% ({unit})", "最悪 5% の損失（{unit}）"), Side::Right),
    ]);
    for of in all {
        let rate = of.irr.map_or("-".to_owned(), |irr| {
            let [value, error] = [irr.p50, irr.errors.0[3]].map(|of| of * 100.0);
            let decimals = decimals_for(error, 1).clamp(2, 4);
            format!("{}% ± {}%", figure(value, decimals), figure(error, decimals))
        });
        let given = of.loss.mean_given_loss.map_or("-".to_owned(), |of| layout.money(of));
        table.row([
            of.scenario.within(language).to_owned(),
            rate,
            layout.percent(of.loss.probability),
            given,
            layout.money(of.loss.expected_shortfall),
        ]);
    }
    table.text()
}
