//! How an amount is spread, beside what would be paid without effect, and how often it is exceeded.

use super::{Axis, Cell, Chart, Kind, Mark, Native, Paint, Reading, Series, Table};
use crate::problem::{Text, say};
use crate::simulate::{Distribution, PortfolioProjection, Projection, Spread};

/// Bars of a distribution.
pub(super) const BARS: usize = 48;

/// A value in the middle of its kind: what is expected, its standard error, and from where to where
/// nine tenths of the paths lie.
pub(super) fn expected(axis: &Axis, found: &Distribution) -> Text {
    let [mean, error, low, high] =
        [found.mean, found.se, found.p05, found.p95].map(|value| axis.told(value));
    say!(
        "Expected {} (standard error {}); nine in ten futures between {} and {}.",
        "期待値 {}（標準誤差 {}）。将来の10通りのうち9通りは {} から {} の間。",
        mean,
        error,
        low,
        high
    )
}

/// The ends of an axis that shows all of these spreads.
pub(super) fn ends<'a>(spreads: impl Iterator<Item = &'a Spread>) -> (f64, f64) {
    let cells = spreads.flat_map(|spread| &spread.cells);
    cells.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), cell| {
        (low.min(cell.low), high.max(cell.high))
    })
}

/// The distribution of what is paid in all, with the total cap, and where it is stated what would
/// be paid without effect.
#[must_use]
pub fn payment_distribution(projection: &Projection, cap: Option<f64>) -> Chart {
    let Projection { currency, spreads, payment, paths, .. } = projection;
    let without =
        projection.no_effect_stated.then_some((&projection.no_effect, &spreads.no_effect));
    of_payment((currency, *paths), (payment, &spreads.payment), without, cap)
}

/// The distribution of what the contracts of a portfolio pay together.
#[must_use]
pub fn portfolio_distribution(found: &PortfolioProjection) -> Chart {
    let without = found.no_effect.as_ref().map(|without| (without, &found.no_effect_spread));
    let payment = (&found.payment, &found.payment_spread);
    of_payment((&found.currency, found.paths), payment, without, None)
}

fn of_payment(
    (currency, paths): (&str, u64),
    (payment, spread): (&Distribution, &Spread),
    without: Option<(&Distribution, &Spread)>,
    cap: Option<f64>,
) -> Chart {
    let across = Axis::money(say!("Payment in all", "支払額の合計"), currency);
    let (low, high) = ends(std::iter::once(spread).chain(without.map(|(_, spread)| spread)));
    let high = cap.map_or(high, |cap| high.max(cap));
    let mut chart = Chart::new(
        "payment-distribution",
        say!("What is paid in all", "支払額の合計の分布"),
        across.reaching(low.min(0.0)),
        Axis::part(say!("Part of the futures", "試算した将来のうちの割合")),
        Table::new(vec![
            say!("from", "以上"),
            say!("to (the last with its end)", "未満（最後の行は以下）"),
            say!("part of the futures", "試算した将来のうちの割合"),
            say!("part without effect", "効果がない場合の割合"),
        ]),
    );
    let low = if low.is_finite() { low.min(0.0) } else { 0.0 };
    let high = if high > low { high } else { low + 1.0 };
    let width = (high - low) / BARS as f64;
    let parts = spread.parts((low, high), BARS);
    let parts_without = without.map(|(_, spread)| spread.parts((low, high), BARS));
    chart.marks.push(Mark::Boxes {
        name: say!("with the programme", "事業を行う場合"),
        paint: Paint::Pale,
        boxes: bars(&parts, low, width),
    });
    if let Some(parts) = &parts_without {
        chart.marks.push(Mark::Line {
            name: say!("if the programme does nothing", "事業に効果がない場合"),
            paint: Paint::Fifth,
            points: outline(parts, low, width),
        });
    }
    chart.marks.push(Mark::Upright {
        at: payment.mean,
        name: say!("expected", "期待値"),
        paint: Paint::First,
    });
    if let Some(cap) = cap {
        chart.marks.push(Mark::Upright {
            at: cap,
            name: say!("cap", "上限額"),
            paint: Paint::Quiet,
        });
    }
    for (at, part) in parts.iter().enumerate() {
        let (from, to) = (low + at as f64 * width, low + (at + 1) as f64 * width);
        let without = parts_without.as_ref().map_or(f64::NAN, |parts| parts[at]);
        chart.table.rows.push(vec![from.into(), to.into(), (*part).into(), without.into()]);
        let (told, of) = (chart.up.told(*part), [from, to].map(|value| chart.across.told(value)));
        let [from_told, to_told] = of;
        let mut text = say!("{} to {}: {}", "{}〜{}: {}", from_told, to_told, told);
        if without.is_finite() {
            text = say!(
                "{}; without effect {}",
                "{}、効果がない場合 {}",
                text,
                chart.up.told(without)
            );
        }
        chart.readings.push(Reading { from, to, text });
    }
    let with = (say!("with the programme", "事業を行う場合"), 2, Paint::First);
    let without_column = without
        .map(|_| (say!("if the programme does nothing", "事業に効果がない場合"), 3, Paint::Fifth));
    chart.native = Some(Native::of_columns(
        Kind::Columns,
        BARS,
        0,
        std::iter::once(with).chain(without_column).collect(),
    ));
    let paths = Text::from(crate::contract::explain::amount_text(paths.into()));
    chart.note = expected(&chart.across, payment);
    chart.note = say!("{} {} futures drawn.", "{}試算したパスは {}。", chart.note, paths);
    if let Some(without) = without.map(|(distribution, _)| distribution) {
        let without = chart.across.told(without.mean);
        chart.note = say!(
            "{} If the programme does nothing, {} is expected.",
            "{}事業に効果がない場合の期待値は {}。",
            chart.note,
            without
        );
    }
    chart
}

pub(super) fn bars(parts: &[f64], low: f64, width: f64) -> Vec<[f64; 4]> {
    let boxes = parts.iter().enumerate().filter(|(_, part)| **part > 0.0);
    boxes
        .map(|(at, part)| [low + at as f64 * width, 0.0, low + (at as f64 + 0.94) * width, *part])
        .collect()
}

pub(super) fn outline(parts: &[f64], low: f64, width: f64) -> Vec<(f64, f64)> {
    let mut points = vec![(low, 0.0)];
    for (at, part) in parts.iter().enumerate() {
        points.push((low + at as f64 * width, *part));
        points.push((low + (at + 1) as f64 * width, *part));
    }
    points.push((low + parts.len() as f64 * width, 0.0));
    points
}

/// How often what is paid in all, and what is saved, is at least so much.
#[must_use]
pub fn exceedance(projection: &Projection) -> Chart {
    let mut chart = Chart::new(
        "exceedance",
        say!("How often at least so much", "その額以上になる確率（超過確率）"),
        Axis::money(say!("Amount", "金額"), &projection.currency),
        Axis::part(say!("Probability of at least so much", "その額以上になる確率")).reaching(1.0),
        Table::new(vec![
            say!("amount of", "項目"),
            say!("amount", "金額"),
            say!("probability of at least so much", "その額以上になる確率"),
        ]),
    );
    let without = projection.no_effect_stated.then_some((
        say!("payment without effect", "効果がない場合の支払額"),
        Paint::Fifth,
        &projection.spreads.no_effect,
    ));
    let saved = (!projection.benefits.is_empty()).then_some((
        say!("saving (discounted)", "節約（割引後）"),
        Paint::Third,
        &projection.spreads.benefit,
    ));
    let paid = (say!("payment", "支払額"), Paint::First, &projection.spreads.payment);
    let mut series = Vec::new();
    for (name, paint, spread) in std::iter::once(paid).chain(without).chain(saved) {
        let found = spread.exceedance();
        let Some((least, _)) = found.first() else { continue };
        // The curve falls where values lie, at the place of each to what lies above it.
        let mut points = vec![(least.min(0.0), 1.0)];
        for (at, (value, part)) in found.iter().enumerate() {
            points.push((*value, *part));
            points.push((*value, found.get(at + 1).map_or(0.0, |(_, above)| *above)));
        }
        let first = chart.table.rows.len();
        for (at, part) in &found {
            chart.table.rows.push(vec![Cell::Text(name.clone()), (*at).into(), (*part).into()]);
        }
        let rows = (first, chart.table.rows.len() - 1);
        series.push(Series { name: name.clone(), rows, across: 1, value: 2, paint });
        chart.marks.push(Mark::Line { name, paint, points });
    }
    chart.native = Some(Native { kind: Kind::Curve, series });
    chart.note = error_of_a_part(projection);
    chart
}

/// How far a probability that was counted in so many paths may be off: most for one of a half.
fn error_of_a_part(projection: &Projection) -> Text {
    // How the two of a mirrored pair lie is not known; at worst they lie alike.
    let alike = if projection.antithetic { 2.0_f64.sqrt() } else { 1.0 };
    let most = alike * 0.5 / (projection.paths as f64).sqrt();
    let percent = crate::report::figures::figure((most * 1e4).ceil() / 1e2, 2);
    say!(
        "The standard error of each probability is at most {percent} percentage points.",
        "各確率の標準誤差は {percent} ポイント以下。"
    )
}

/// The spread of the yearly return of an investor's money.
#[must_use]
pub fn rates(investor: &crate::simulate::InvestorProjection) -> Option<Chart> {
    let found = investor.rate?;
    let title = &investor.title;
    let mut chart = Chart::new(
        &format!("rate-{}", investor.name),
        say!("Yearly return (IRR): {}", "内部収益率（年率）: {}", title),
        Axis::new(say!("Yearly return", "年率"), super::Measure::Part),
        Axis::part(say!("Part of the futures", "試算した将来のうちの割合")),
        Table::new(vec![
            say!("from", "以上"),
            say!("to (the last with its end)", "未満（最後の行は以下）"),
            say!("part of the futures", "試算した将来のうちの割合"),
        ]),
    );
    let (low, high) = ends(std::iter::once(&investor.rate_spread));
    let (low, high) = if low < high { (low, high) } else { (low - 0.005, high + 0.005) };
    let width = (high - low) / BARS as f64;
    let parts = investor.rate_spread.parts((low, high), BARS);
    chart.marks.push(Mark::Boxes {
        name: Text::default(),
        paint: Paint::Pale,
        boxes: bars(&parts, low, width),
    });
    let median = say!("median", "中央値");
    chart.marks.push(Mark::Upright { at: found.p50, name: median, paint: Paint::First });
    if low < 0.0 {
        let zero = say!("money back", "元本回収");
        chart.marks.push(Mark::Upright { at: 0.0, name: zero, paint: Paint::Quiet });
    }
    for (at, part) in parts.iter().enumerate() {
        let (from, to) = (low + at as f64 * width, low + (at + 1) as f64 * width);
        chart.table.rows.push(vec![from.into(), to.into(), (*part).into()]);
        let [from_told, to_told] = [from, to].map(|value| chart.across.told(value));
        let text = say!("{} to {}: {}", "{}〜{}: {}", from_told, to_told, chart.up.told(*part));
        chart.readings.push(Reading { from, to, text });
    }
    let column = (chart.title.clone(), 2, Paint::First);
    chart.native = Some(Native::of_columns(Kind::Columns, BARS, 0, vec![column]));
    let loss = chart.up.told(investor.loss.value);
    let error = chart.up.told(investor.loss.se);
    chart.note = say!(
        "{} Less comes back than was paid in {} of the futures (standard error {}).",
        "{}支払った額を下回る割合は {}（標準誤差 {}）。",
        expected(&chart.across, &found),
        loss,
        error
    );
    Some(chart)
}
