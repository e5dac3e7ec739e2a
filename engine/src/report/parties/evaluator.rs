//! The evaluator's report.

use rust_decimal::Decimal;

use super::Layout;
use crate::analyse::parties::{EvaluatorReport, IndicatorReport, Precision};
use crate::contract::Better;
use crate::contract::wording::phrase;
use crate::finance::Estimated;
use crate::report::document::{Document, Figure, Side, Table};
use crate::report::figures::{decimals_for, exact_percent, figure};

/// Adds the report of the evaluator.
pub(super) fn add(layout: &Layout<'_>, report: &EvaluatorReport, document: &mut Document) {
    let language = layout.language;
    let what = phrase!(language, "Evaluator", "評価者");
    document.caption(match report.party {
        Some(party) => layout.party(party, &what),
        None => phrase!(
            language,
            "Evaluator: the contract names none",
            "評価者：契約に記載がありません"
        ),
    });
    document.gap();
    precision(layout, report, document);
    document.gap();
    unknown(layout, report, document);
    document.gap();
    thresholds(layout, report, document);
}

/// A value in an indicator's unit, with `before` before it.
fn value(of: &IndicatorReport, before: &str, shown: Estimated) -> Figure {
    let factor = of.notation.factor();
    let sign = of.notation.short_sign();
    // A workbook shows a share in percent itself; points are numbers of their own.
    let kept = if sign.is_empty() { factor } else { 1.0 };
    let scale = if shown.se > 0.0 { shown.se * factor } else { shown.value.abs() * factor / 100.0 };
    let decimals = decimals_for(scale, 1).min(4);
    let value = format!("{before}{}{sign}", figure(shown.value * factor, decimals));
    match shown.se > 0.0 {
        true => {
            let error = figure(shown.se * factor, decimals);
            Figure::estimated(
                shown.value * kept,
                shown.se * kept,
                format!("{value} ± {error}{sign}"),
            )
        }
        false => Figure::number(shown.value * kept, value),
    }
}

fn name(layout: &Layout<'_>, of: &IndicatorReport) -> String {
    of.notation.titled(of.title.within(layout.language), layout.language)
}

fn precision(layout: &Layout<'_>, report: &EvaluatorReport, document: &mut Document) {
    let language = layout.language;
    let level = Decimal::try_from(report.asked.power).unwrap_or_default();
    let level = exact_percent(level);
    let new = || {
        Table::new([
            (phrase!(language, "At", "評価日"), Side::Left),
            (phrase!(language, "People", "人数"), Side::Right),
            (phrase!(language, "Effect", "効果"), Side::Right),
            (phrase!(language, "Std. error", "標準誤差"), Side::Right),
            (phrase!(language, "Power", "検出力"), Side::Right),
            (phrase!(language, "Assurance", "保証確率"), Side::Right),
            (phrase!(language, "Detectable", "検出可能"), Side::Right),
            (phrase!(language, "People for {level}", "{level} に要る人数"), Side::Right),
        ])
    };
    let row = |table: &mut Table, of: &IndicatorReport| {
        let Some(known) = &of.precision else { return };
        let Precision { effect, error, power, assurance, detectable, .. } = *known;
        let factor = if known.of_logarithm { "×" } else { "" };
        let people = |of: Estimated| {
            let (count, error) = (of.value.ceil(), of.se.ceil());
            let text = figure(count, 0);
            match error > 0.0 {
                true => Figure::estimated(count, error, format!("{text} ± {}", figure(error, 0))),
                false => Figure::number(count, text),
            }
        };
        let nobody = || Figure::from("-");
        table.row([
            of.at.clone().into(),
            of.people.map_or_else(nobody, people),
            value(of, factor, effect),
            value(of, "", error),
            layout.percent(power),
            layout.percent(assurance),
            value(of, factor, detectable),
            known.people_needed.map_or_else(nobody, people),
        ]);
    };
    if !by_indicator(layout, report, (new, row), document) {
        return;
    }
    let alpha = Decimal::try_from(report.asked.alpha).unwrap_or_default();
    let alpha = exact_percent(alpha);
    document.paragraph(phrase!(
        language,
        "Two-sided tests at {alpha}, normal approximation. Effect: what is expected of the measurement with\n\
         the programme, against without. Power: how often the test finds that effect; assurance: how often\n\
         when the effect is as uncertain as the scenario says. Detectable: the smallest effect found with\n\
         a power of {level}. A ratio is told as a factor (×).\n",
        "有意水準 {alpha} の両側検定（正規近似）。効果は、事業がある場合とない場合の測定値の差です。検出力は、その効果を\n\
         検定が見つける確率、保証確率は、効果の大きさがシナリオのとおり不確かなときに見つける確率です。\n\
         検出可能は、検出力 {level} で見つけられる最小の効果です。比は倍率（×）で示します。\n"
    ));
}

/// Adds a table of each indicator under its name, with the rows of its evaluations; whether there
/// was any.
fn by_indicator(
    layout: &Layout<'_>,
    report: &EvaluatorReport,
    (new, row): (impl Fn() -> Table, impl Fn(&mut Table, &IndicatorReport)),
    document: &mut Document,
) -> bool {
    let mut names: Vec<&str> = Vec::new();
    for of in &report.indicators {
        if !names.contains(&of.name.as_str()) {
            names.push(&of.name);
        }
    }
    let mut any = false;
    for known in names {
        let own = || report.indicators.iter().filter(|of| of.name == known);
        let mut table = new();
        own().for_each(|of| row(&mut table, of));
        if let Some(first) = own().next().filter(|_| !table.is_empty()) {
            document.caption(name(layout, first));
            document.table(table);
            document.gap();
            any = true;
        }
    }
    any
}

fn unknown(layout: &Layout<'_>, report: &EvaluatorReport, document: &mut Document) {
    for of in &report.indicators {
        if let Some(why) = &of.unknown {
            let (name, at, why) = (name(layout, of), &of.at, why.within(layout.language));
            document.paragraph(phrase!(
                layout.language,
                "{name}, {at}: no power is told: {why}\n",
                "{name}、{at}: 検出力は示せません（{why}）\n"
            ));
        }
    }
}

fn thresholds(layout: &Layout<'_>, report: &EvaluatorReport, document: &mut Document) {
    let language = layout.language;
    let new = || {
        Table::new([
            (phrase!(language, "Threshold", "しきい値"), Side::Left),
            (phrase!(language, "At", "評価日"), Side::Left),
            (phrase!(language, "Truly reached", "実態が到達"), Side::Right),
            (phrase!(language, "Measured so", "測定が到達"), Side::Right),
            (phrase!(language, "Earned, missed", "到達したが測れず"), Side::Right),
            (phrase!(language, "Measured, not earned", "未到達だが測定は到達"), Side::Right),
        ])
    };
    let row = |table: &mut Table, of: &IndicatorReport| {
        for misread in &of.thresholds {
            let threshold = misread.threshold;
            let sign = match (threshold.better, threshold.inclusive) {
                (Better::Higher, true) => ">=",
                (Better::Higher, false) => ">",
                (Better::Lower, true) => "<=",
                (Better::Lower, false) => "<",
            };
            let at = value(of, "", Estimated { value: threshold.value, se: 0.0 }).text;
            let reached = layout.futures(misread.truly_reached, misread.futures);
            let part = |of: Option<Estimated>, futures: usize| {
                of.map_or_else(|| Figure::from("-"), |of| layout.part_of(of, futures))
            };
            table.row([
                format!("{sign} {at}").into(),
                of.at.clone().into(),
                layout.percent(misread.truly_reached),
                layout.percent(misread.measured_reached),
                part(misread.missed, reached),
                part(misread.undeserved, misread.futures - reached),
            ]);
        }
    };
    if !by_indicator(layout, report, (new, row), document) {
        return;
    }
    document.paragraph(phrase!(
        language,
        "\"Earned, missed\": of the futures in which what the programme truly caused reaches the threshold,\n\
         how many are measured below it. \"Measured, not earned\": of the others, how many are measured\n\
         above it, by chance or by drift that nobody caused.\n",
        "「到達したが測れず」は、事業が実際にもたらした効果がしきい値に達した将来のうち、測定が届かない割合です。\n\
         「未到達だが測定は到達」は、達していない将来のうち、偶然や事業によらない変化で測定が達する割合です。\n"
    ));
}
