//! Amounts over time, and how a figure came about.

use super::{Axis, Cell, Chart, Kind, Mark, Measure, Native, Paint, Reading, Table};
use crate::contract::wording::fiscal_year;
use crate::problem::{Language, Text, say};
use crate::simulate::{Distribution, Projection, Reading as Drawn, YearProjection};

/// The percentiles of an amount side by side: what is paid at each evaluation, or in each year.
///
/// Bands reach from the 5th to the 95th percentile and from the 25th to the 75th, with the median
/// and the mean.
#[must_use]
pub fn fan(
    name: &str,
    title: Text,
    amount: Text,
    currency: &str,
    steps: &[(Text, Distribution)],
) -> Chart {
    let names: Vec<Text> = steps.iter().map(|(name, _)| name.clone()).collect();
    let mut chart = Chart::new(
        name,
        title,
        Axis::new(Text::default(), Measure::Categories(names)),
        Axis::money(amount, currency),
        Table::new(vec![
            say!("when", "時点"),
            say!("mean", "平均"),
            say!("standard error", "標準誤差"),
            say!("5%", "5%点"),
            say!("25%", "25%点"),
            say!("median", "中央値"),
            say!("75%", "75%点"),
            say!("95%", "95%点"),
        ]),
    );
    let wide = |half: f64, ends: fn(&Distribution) -> (f64, f64)| -> Vec<[f64; 4]> {
        let steps = steps.iter().enumerate();
        steps
            .map(|(at, (_, found))| {
                let (low, high) = ends(found);
                [at as f64 - half, low, at as f64 + half, high]
            })
            .collect()
    };
    chart.marks = vec![
        Mark::Boxes {
            name: say!("5% to 95%", "5%〜95%"),
            paint: Paint::Pale,
            boxes: wide(0.3, |found| (found.p05, found.p95)),
        },
        Mark::Boxes {
            name: say!("25% to 75%", "25%〜75%"),
            paint: Paint::First,
            boxes: wide(0.18, |found| (found.p25, found.p75)),
        },
        Mark::Points {
            name: say!("mean", "平均"),
            paint: Paint::Second,
            points: steps
                .iter()
                .enumerate()
                .map(|(at, (_, found))| (at as f64, f64::NAN, found.mean, f64::NAN))
                .collect(),
        },
    ];
    for (at, (name, found)) in steps.iter().enumerate() {
        let figures = [found.mean, found.se, found.p05, found.p25, found.p50, found.p75, found.p95];
        let mut row = vec![Cell::Text(name.clone())];
        row.extend(figures.map(Cell::Number));
        chart.table.rows.push(row);
        let [mean, low, high] =
            [found.mean, found.p05, found.p95].map(|value| chart.up.told(value));
        let text = say!("{}: mean {}, {} to {}", "{}: 平均 {}、{}〜{}", name, mean, low, high);
        chart.readings.push(Reading { from: at as f64 - 0.5, to: at as f64 + 0.5, text });
    }
    let column = |at: usize, paint| (chart.table.columns[at].clone(), at, paint);
    chart.native = Some(Native::of_columns(
        Kind::Lines,
        steps.len(),
        0,
        vec![
            column(7, Paint::Pale),
            column(6, Paint::Third),
            column(1, Paint::First),
            column(4, Paint::Third),
            column(3, Paint::Pale),
        ],
    ));
    chart.note = say!(
        "The light bar holds nine in ten futures, the dark one half of them.",
        "薄い帯に将来の10通りのうち9通り、濃い帯に半数が入る。"
    );
    chart
}

/// What is paid at each evaluation.
#[must_use]
pub fn payment_by_evaluation(projection: &Projection) -> Chart {
    let steps: Vec<(Text, Distribution)> = projection
        .evaluations
        .iter()
        .map(|evaluation| (Text::from(evaluation.at.clone()), evaluation.payment))
        .collect();
    fan(
        "payment-by-evaluation",
        say!("What is paid at each evaluation", "評価時点ごとの支払額"),
        say!("Payment", "支払額"),
        &projection.currency,
        &steps,
    )
}

/// What is paid in each fiscal year (April to March), by day of payment.
#[must_use]
pub fn payment_by_year(currency: &str, years: &[YearProjection]) -> Chart {
    let name = |year: i16| Text {
        en: fiscal_year(year, Language::En),
        ja: fiscal_year(year, Language::Ja),
    };
    let steps: Vec<(Text, Distribution)> =
        years.iter().map(|of| (name(of.year), of.payment)).collect();
    fan(
        "payment-by-year",
        say!("What is paid in each fiscal year", "年度別の支払額"),
        say!("Payment", "支払額"),
        currency,
        &steps,
    )
}

/// How the mean payment settled as paths were drawn.
#[must_use]
pub fn convergence(projection: &Projection) -> Option<Chart> {
    let readings: Vec<&Drawn> =
        projection.convergence.iter().filter(|reading| reading.se.is_finite()).collect();
    if readings.len() < 2 {
        return None;
    }
    let names = readings
        .iter()
        .map(|reading| Text::from(crate::contract::explain::amount_text(reading.paths.into())));
    let mut chart = Chart::new(
        "convergence",
        say!("How the mean payment settled", "平均支払額の収束"),
        Axis::new(say!("Paths drawn", "試算したパス数"), Measure::Categories(names.collect())),
        Axis::new(say!("Mean payment", "平均支払額"), Measure::Money(projection.currency.clone())),
        Table::new(vec![
            say!("paths", "パス数"),
            say!("mean", "平均"),
            say!("standard error", "標準誤差"),
        ]),
    );
    let of = |reading: &Drawn| {
        let half = 1.96 * reading.se;
        (reading.mean - half, reading.mean, reading.mean + half)
    };
    let points = readings.iter().enumerate().map(|(at, reading)| {
        let (low, mean, high) = of(reading);
        (at as f64, low, mean, high)
    });
    chart.marks = vec![
        Mark::Level {
            at: projection.payment.mean,
            name: say!("the result", "結果"),
            paint: Paint::Quiet,
        },
        Mark::Points {
            name: say!("mean with its 95% interval", "平均と95%区間"),
            paint: Paint::First,
            points: points.collect(),
        },
    ];
    for (at, reading) in readings.iter().enumerate() {
        chart.table.rows.push(vec![
            (reading.paths as f64).into(),
            reading.mean.into(),
            reading.se.into(),
        ]);
        let (low, mean, high) = of(reading);
        let [low, mean, high] = [low, mean, high].map(|value| chart.up.told(value));
        let text = say!("{} ({} to {})", "{}（{}〜{}）", mean, low, high);
        chart.readings.push(Reading { from: at as f64 - 0.5, to: at as f64 + 0.5, text });
    }
    let column = (chart.table.columns[1].clone(), 1, Paint::First);
    chart.native = Some(Native::of_columns(Kind::Lines, readings.len(), 0, vec![column]));
    chart.note = say!(
        "Where the last intervals are narrow beside the differences that matter, enough was drawn.",
        "最後の区間が、判断に関わる差に比べて十分に狭ければ、パス数は足りている。"
    );
    Some(chart)
}
