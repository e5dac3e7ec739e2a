//! From the base to all stresses together: a table with bars of characters, and a chart.

use super::{Layout, Unit};
use crate::analyse::stress::Step;
use crate::analyse::{Counted, Measure as Measured};
use crate::contract::wording::phrase;
use crate::problem::{Text, say};
use crate::report::chart::{self, Axis, BridgeStep, Chart, Measure};
use crate::report::document::{Figure, Side, Table};
use crate::simulate::Mean;

/// How wide the bars are, in characters.
const WIDTH: usize = 32;

/// One stress after another, down to all of them.
pub(super) fn table(layout: &Layout<'_>, steps: &[Step], base: Mean, unit: Unit<'_>) -> Table {
    let language = layout.language;
    let mut table = Table::new([
        (phrase!(language, "In this order", "順に加算"), Side::Left),
        (phrase!(language, "Adds", "増減"), Side::Right),
        (phrase!(language, "Reaches", "到達"), Side::Right),
        (String::new(), Side::Bar),
    ]);
    let reached = |level: Mean| Figure::estimated(level.mean, level.se, unit.amount(level.mean));
    let mut bars = bars(base.mean, steps).into_iter();
    let mut bar = || Figure::from(bars.next().unwrap_or_default());
    let name = phrase!(language, "(base)", "（基本）");
    table.row([name.into(), Figure::from(""), reached(base), bar()]);
    let mut before = base;
    for (at, step) in steps.iter().enumerate() {
        table.row([
            layout.numbered(at).into(),
            unit.added((before.mean, step.reaches.mean), step.adds),
            reached(step.reaches),
            bar(),
        ]);
        before = step.reaches;
    }
    let name = phrase!(language, "in all", "合計");
    table.row([name.into(), unit.difference(base.mean, before.mean), reached(before), bar()]);
    table
}

/// A bar for the base, for each step and for all together: `|` at the ends, `+` and `-` along each
/// step from where the one before it ended.
fn bars(base: f64, steps: &[Step]) -> Vec<String> {
    let levels: Vec<f64> =
        std::iter::once(base).chain(steps.iter().map(|step| step.reaches.mean)).collect();
    let low = levels.iter().copied().fold(f64::INFINITY, f64::min);
    let high = levels.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let column = |level: f64| -> usize {
        let part = if high > low { (level - low) / (high - low) } else { 0.5 };
        (part * (WIDTH - 1) as f64).round() as usize
    };
    let mark = |level: f64| " ".repeat(column(level)) + "|";
    let mut bars = vec![mark(base)];
    for pair in levels.windows(2) {
        let (from, to) = (column(pair[0]), column(pair[1]));
        let (start, end) = (from.min(to), from.max(to));
        let sign = match pair[1].total_cmp(&pair[0]) {
            std::cmp::Ordering::Greater => "+",
            std::cmp::Ordering::Less => "-",
            std::cmp::Ordering::Equal => ".",
        };
        bars.push(" ".repeat(start) + sign.repeat((end - start).max(1)).as_str());
    }
    bars.push(mark(levels.last().copied().unwrap_or(base)));
    bars
}

/// The same, drawn.
pub(super) fn chart(layout: &Layout<'_>, of: &Measured, steps: &[Step], base: f64) -> Chart {
    let currency = &layout.suite.base.contract.currency;
    let measure = match of.counted {
        Counted::Money => Measure::Money(currency.clone()),
        Counted::Rate => Measure::Part,
        Counted::Number => Measure::Number(Text::default()),
    };
    let own = layout.suite.stresses.iter().zip(steps);
    let drawn: Vec<BridgeStep> = own
        .map(|(stress, step)| BridgeStep {
            name: stress.title.clone(),
            adds: step.adds.mean,
            se: step.adds.se,
        })
        .collect();
    let mut chart = chart::bridge(
        &of.title,
        Axis::new(of.title.clone(), measure),
        (say!("base", "基本"), base),
        &drawn,
        say!("all together", "すべて同時"),
    );
    // A document has one for each figure.
    chart.name = format!("bridge-{}", of.name);
    chart
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_go_from_the_base_to_all_together() {
        let exactly = |mean: f64| Mean { mean, se: 0.0 };
        let step =
            |adds: f64, reaches: f64| Step { adds: exactly(adds), reaches: exactly(reaches) };
        let bars = bars(10.0, &[step(-10.0, 0.0), step(5.0, 5.0), step(0.0, 5.0)]);
        // 31 columns from 0 to 10; half of that is 15.5, column 16.
        assert_eq!(bars[0], " ".repeat(31) + "|");
        assert_eq!(bars[1], "-".repeat(31));
        assert_eq!(bars[2], "+".repeat(16));
        assert_eq!(bars[3], " ".repeat(16) + ".");
        assert_eq!(bars[4], " ".repeat(16) + "|");
    }
}
