//! The evaluator's report.

use engine::analyse::parties::{EvaluatorReport, IndicatorReport, Precision};
use engine::finance::Estimated;
use engine::problem::Language;

use super::Layout;
use crate::money::{decimals_for, exact_percent, figure};
use crate::table::{Side, Table};

pub(super) fn text(layout: &Layout<'_>, report: &EvaluatorReport) -> String {
    let language = layout.language;
    let what = pick!(language, "Evaluator", "評価者");
    let heading = match report.party {
        Some(party) => layout.party(party, &what),
        None => pick!(
            language,
            "Evaluator: the contract names none\n",
            "評価者：契約に記載がありません\n"
        ),
    };
    let parts =
        [heading, precision(layout, report), unknown(layout, report), thresholds(layout, report)];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")
}

/// A value in an indicator's unit.
fn value(of: &IndicatorReport, shown: Estimated) -> String {
    let (factor, sign) = if of.is_share { (100.0, "%") } else { (1.0, "") };
    let scale = if shown.se > 0.0 { shown.se * factor } else { shown.value.abs() * factor / 100.0 };
    let decimals = decimals_for(scale, 1).min(4);
    let value = figure(shown.value * factor, decimals) + sign;
    match shown.se > 0.0 {
        true => format!("{value} ± {}{sign}", figure(shown.se * factor, decimals)),
        false => value,
    }
}

fn name(layout: &Layout<'_>, of: &IndicatorReport) -> String {
    let (title, unit) = (of.title.within(layout.language), of.unit.within(layout.language));
    match (unit, layout.language) {
        ("", _) => title.to_owned(),
        (unit, Language::En) => format!("{title} ({unit})"),
        (unit, Language::Ja) => format!("{title}（{unit}）"),
    }
}

fn precision(layout: &Layout<'_>, report: &EvaluatorReport) -> String {
    let language = layout.language;
    let level = rust_decimal::Decimal::try_from(report.asked.power).unwrap_or_default();
    let level = exact_percent(level);
    let new = || {
        Table::new([
            (pick!(language, "At", "評価日"), Side::Left),
            (pick!(language, "People", "人数"), Side::Right),
            (pick!(language, "Effect", "効果"), Side::Right),
            (pick!(language, "Std. error", "標準誤差"), Side::Right),
            (pick!(language, "Power", "検出力"), Side::Right),
            (pick!(language, "Assurance", "保証確率"), Side::Right),
            (pick!(language, "Detectable", "検出可能"), Side::Right),
            (pick!(language, "People for {level}", "{level} に要る人数"), Side::Right),
        ])
    };
    let row = |table: &mut Table, of: &IndicatorReport| {
        let Some(known) = &of.precision else { return };
        let Precision { effect, error, power, assurance, detectable, .. } = *known;
        let factor = if known.of_logarithm { "×" } else { "" };
        let with_error = |shown: String, error: f64| match error > 0.0 {
            true => format!("{shown} ± {}", figure(error, 0)),
            false => shown,
        };
        let people = |of: Estimated| with_error(figure(of.value.ceil(), 0), of.se.ceil());
        table.row([
            of.at.clone(),
            of.people.map_or("-".to_owned(), people),
            format!("{factor}{}", value(of, effect)),
            value(of, error),
            layout.percent(power),
            layout.percent(assurance),
            format!("{factor}{}", value(of, detectable)),
            known.people_needed.map_or("-".to_owned(), people),
        ]);
    };
    let text = by_indicator(layout, report, new, row);
    if text.is_empty() {
        return text;
    }
    let alpha = rust_decimal::Decimal::try_from(report.asked.alpha).unwrap_or_default();
    let alpha = exact_percent(alpha);
    let note = pick!(
        language,
        "Two-sided tests at {alpha}, normal approximation. Effect: what is expected of the measurement with\n\
         the programme, against without. Power: how often the test finds that effect; assurance: how often\n\
         when the effect is as uncertain as the scenario says. Detectable: the smallest effect found with\n\
         a power of {level}. A ratio is told as a factor (×).\n",
        "有意水準 {alpha} の両側検定（正規近似）。効果は、事業がある場合とない場合の測定値の差です。検出力は、その効果を\n\
         検定が見つける確率、保証確率は、効果の大きさがシナリオのとおり不確かなときに見つける確率です。\n\
         検出可能は、検出力 {level} で見つけられる最小の効果です。比は倍率（×）で示します。\n"
    );
    text + note.as_str()
}

/// A table of each indicator under its name, with the rows of its evaluations.
fn by_indicator(
    layout: &Layout<'_>,
    report: &EvaluatorReport,
    new: impl Fn() -> Table,
    row: impl Fn(&mut Table, &IndicatorReport),
) -> String {
    let mut names: Vec<&str> = Vec::new();
    for of in &report.indicators {
        if !names.contains(&of.name.as_str()) {
            names.push(&of.name);
        }
    }
    let mut text = String::new();
    for known in names {
        let own = || report.indicators.iter().filter(|of| of.name == known);
        let mut table = new();
        own().for_each(|of| row(&mut table, of));
        if let Some(first) = own().next().filter(|_| !table.is_empty()) {
            text += &format!("{}\n{}\n", name(layout, first), table.text());
        }
    }
    text
}

fn unknown(layout: &Layout<'_>, report: &EvaluatorReport) -> String {
    let mut text = String::new();
    for of in &report.indicators {
        if let Some(why) = &of.unknown {
            let (name, at, why) = (name(layout, of), &of.at, why.within(layout.language));
            text += &pick!(
                layout.language,
                "{name}, {at}: no power is told: {why}\n",
                "{name}、{at}: 検出力は示せません（{why}）\n"
            );
        }
    }
    text
}

fn thresholds(layout: &Layout<'_>, report: &EvaluatorReport) -> String {
    let language = layout.language;
    let new = || {
        Table::new([
            (pick!(language, "Threshold", "しきい値"), Side::Left),
            (pick!(language, "At", "評価日"), Side::Left),
            (pick!(language, "Truly reached", "実態が到達"), Side::Right),
            (pick!(language, "Measured so", "測定が到達"), Side::Right),
            (pick!(language, "Earned, missed", "到達したが測れず"), Side::Right),
            (pick!(language, "Measured, not earned", "未到達だが測定は到達"), Side::Right),
        ])
    };
    let row = |table: &mut Table, of: &IndicatorReport| {
        for misread in &of.thresholds {
            let threshold = misread.threshold;
            let sign = match (threshold.better, threshold.inclusive) {
                (engine::contract::Better::Higher, true) => ">=",
                (engine::contract::Better::Higher, false) => ">",
                (engine::contract::Better::Lower, true) => "<=",
                (engine::contract::Better::Lower, false) => "<",
            };
            let at = value(of, Estimated { value: threshold.value, se: 0.0 });
            let reached = layout.futures(misread.truly_reached, misread.futures);
            let part = |of: Option<Estimated>, futures: usize| {
                of.map_or("-".to_owned(), |of| layout.part_of(of, futures))
            };
            table.row([
                format!("{sign} {at}"),
                of.at.clone(),
                layout.percent(misread.truly_reached),
                layout.percent(misread.measured_reached),
                part(misread.missed, reached),
                part(misread.undeserved, misread.futures - reached),
            ]);
        }
    };
    let text = by_indicator(layout, report, new, row);
    if text.is_empty() {
        return text;
    }
    let note = pick!(
        language,
        "\"Earned, missed\": of the futures in which what the programme truly caused reaches the threshold,\n\
         how many are measured below it. \"Measured, not earned\": of the others, how many are measured\n\
         above it, by chance or by drift that nobody caused.\n",
        "「到達したが測れず」は、事業が実際にもたらした効果がしきい値に達した将来のうち、測定が届かない割合です。\n\
         「未到達だが測定は到達」は、達していない将来のうち、偶然や事業によらない変化で測定が達する割合です。\n"
    );
    text + note.as_str()
}
