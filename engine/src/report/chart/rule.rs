//! What a line pays as its outcome changes, with where the outcome is expected behind it.

use rust_decimal::prelude::ToPrimitive;

use super::{Axis, Chart, Kind, Mark, Measure, Native, Paint, Reading, Table};
use crate::contract::{Basis, Contract, Line, Price};
use crate::problem::say;
use crate::simulate::{Projection, Spread};

/// Into how many stretches the outcome is divided behind the price, and to be told.
const STRETCHES: usize = 40;

/// A chart of every line whose price follows from one outcome alone, at the first evaluation where
/// it is paid. With a projection, where the outcome lies there is drawn behind the price.
#[must_use]
pub fn payment_rules(contract: &Contract, projection: Option<&Projection>) -> Vec<Chart> {
    let charts = contract.lines.iter().filter_map(|line| {
        let price = line.prices.iter().find(|price| contract.outcome_of(price).is_some())?;
        rule(contract, line, price, projection)
    });
    charts.collect()
}

fn rule(
    contract: &Contract,
    line: &Line,
    price: &Price,
    projection: Option<&Projection>,
) -> Option<Chart> {
    let outcome = contract.outcome_of(price)?;
    let indicator = &contract.indicators[contract.terms.outcomes[outcome].indicator];
    let found = projection.and_then(|projection| {
        let evaluation = projection.evaluations.get(price.evaluation)?;
        evaluation.outcomes.iter().find(|found| found.name == indicator.id)
    });
    let spread = found.map(|found| &found.spread).filter(|spread| !spread.cells.is_empty());
    let (low, high) = stretch(contract, outcome, spread)?;
    let measure = Measure::of(&indicator.unit);
    let at = contract.evaluations[price.evaluation].at.to_string();
    let amount = match line.basis {
        Basis::Each => say!("Payment at the evaluation of {at}", "{at} の評価での支払額"),
        Basis::Cumulative | Basis::TrueUp => {
            say!("Owed to date at the evaluation of {at}", "{at} の評価までの累計の支払額")
        }
    };
    let (title, name) = (&line.title, &line.id);
    let mut chart = Chart::new(
        &format!("rule-{name}"),
        say!("How much is paid: {}", "支払の仕組み: {}", title),
        Axis::new(indicator.title.clone(), measure).reaching(low).reaching(high),
        Axis::money(amount, &contract.currency),
        Table::new(vec![
            indicator.title.clone(),
            say!("payment", "支払額"),
            say!("part of the futures near it", "その付近にある将来の割合"),
        ]),
    );
    let parts = contract.price_parts(price, (low, high))?;
    // What is deducted or paid back is drawn below nothing.
    let most = parts
        .iter()
        .flatten()
        .map(|(_, paid)| *paid)
        .fold(0.0, |most: f64, paid| if paid.abs() > most.abs() { paid } else { most });
    let width = (high - low) / STRETCHES as f64;
    let behind = spread.map(|spread| spread.parts((low, high), STRETCHES));
    if let Some(behind) = &behind {
        // Its own height says nothing; how it lies beside the price does.
        let tallest = behind.iter().copied().fold(0.0, f64::max);
        let scale = if tallest > 0.0 { 0.9 * most / tallest } else { 0.0 };
        let boxes = behind.iter().enumerate().filter(|(_, part)| **part > 0.0);
        let boxes = boxes.map(|(at, part)| {
            let left = low + at as f64 * width;
            [left, 0.0, left + 0.94 * width, part * scale]
        });
        chart.marks.push(Mark::Boxes {
            name: say!("where the outcome is expected (of no scale)", "成果の見込み（高さは相対）"),
            paint: Paint::Pale,
            boxes: boxes.collect(),
        });
    }
    let mut points: Vec<(f64, f64)> = Vec::new();
    for [from, to] in &parts {
        // What jumps is drawn as a jump; a point that stands alone is no part of the course.
        if from.0 < to.0 {
            points.push(*from);
            points.push(*to);
        }
    }
    chart
        .marks
        .push(Mark::Line { name: say!("payment", "支払額"), paint: Paint::First, points });
    for at in 0..STRETCHES {
        let (from, to) = (low + at as f64 * width, low + (at + 1) as f64 * width);
        let middle = from / 2.0 + to / 2.0;
        let holds = parts.iter().find(|[from, to]| from.0 <= middle && middle <= to.0);
        let Some([start, end]) = holds else { continue };
        let run = (end.0 - start.0).max(f64::MIN_POSITIVE);
        let paid = start.1 + (end.1 - start.1) * (middle - start.0) / run;
        let near = behind.as_ref().map_or(f64::NAN, |behind| behind[at]);
        chart.table.rows.push(vec![middle.into(), paid.into(), near.into()]);
        let [told, paid] = [chart.across.told(middle), chart.up.told(paid)];
        let text = say!("{}: {}", "{}: {}", told, paid);
        chart.readings.push(Reading { from, to, text });
    }
    let column = (say!("payment", "支払額"), 1, Paint::First);
    chart.native = Some(Native::of_columns(Kind::Curve, chart.table.rows.len(), 0, vec![column]));
    let mean = found.and_then(|found| found.value).map(|value| chart.across.told(value.mean));
    chart.note = match mean {
        Some(mean) => say!(
            "Before limits and deductions. The outcome is expected to be {}.",
            "上限・減額の前の額。成果の期待値は {}。",
            mean
        ),
        None => say!("Before limits and deductions.", "上限・減額の前の額。"),
    };
    Some(chart)
}

/// Which values of an outcome are drawn: those where the price changes its course, those expected,
/// and some about them; all of them where they are parts.
fn stretch(contract: &Contract, outcome: usize, spread: Option<&Spread>) -> Option<(f64, f64)> {
    let indicator = &contract.indicators[contract.terms.outcomes[outcome].indicator];
    let (thresholds, _) = contract.thresholds_of(outcome);
    let known = thresholds.iter().filter_map(ToPrimitive::to_f64);
    let expected = spread.into_iter().flat_map(|spread| {
        let first = spread.cells.first().map(|cell| cell.low);
        let last = spread.cells.last().map(|cell| cell.high);
        first.into_iter().chain(last)
    });
    let no_effect = indicator.no_effect().and_then(|value| value.to_f64());
    let (low, high) = known
        .chain(expected)
        .chain(no_effect)
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
            (low.min(value), high.max(value))
        });
    if !(low.is_finite() && high.is_finite()) {
        return None;
    }
    let about = if low < high { (high - low) * 0.12 } else { 1.0 };
    Some(((low - about).max(indicator.support.low), (high + about).min(indicator.support.high)))
}
