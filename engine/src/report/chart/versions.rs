//! What two versions of a contract pay in all, one over the other.

use super::spread::{BARS, bars, ends, expected, outline};
use super::{Axis, Chart, Kind, Mark, Native, Paint, Reading, Table};
use crate::problem::{Text, say};
use crate::simulate::{Distribution, Spread};

/// The distributions of what `A` and `B` pay in all: how each is spread, and told in figures.
#[must_use]
pub fn versions_distribution(
    currency: &str,
    [a, b]: [&Spread; 2],
    told: [&Distribution; 2],
) -> Chart {
    let across = Axis::money(say!("Payment in all", "支払額の合計"), currency);
    let (low, high) = ends([a, b].into_iter());
    let low = if low.is_finite() { low.min(0.0) } else { 0.0 };
    let high = if high > low { high } else { low + 1.0 };
    let part = |version: &str| say!("part in {version}", "{version} の割合");
    let mut chart = Chart::new(
        "payment-distributions",
        say!("What both pay in all", "両者の支払額の合計の分布"),
        across.reaching(low),
        Axis::part(say!("Part of the futures", "試算した将来のうちの割合")),
        Table::new(vec![
            say!("from", "以上"),
            say!("to (the last with its end)", "未満（最後の行は以下）"),
            part("A"),
            part("B"),
        ]),
    );
    let width = (high - low) / BARS as f64;
    let parts = [a, b].map(|spread| spread.parts((low, high), BARS));
    chart.marks = vec![
        Mark::Boxes {
            name: Text::from("A"),
            paint: Paint::Pale,
            boxes: bars(&parts[0], low, width),
        },
        Mark::Line {
            name: Text::from("B"),
            paint: Paint::Fifth,
            points: outline(&parts[1], low, width),
        },
    ];
    for (version, of, paint) in [("A", told[0], Paint::First), ("B", told[1], Paint::Fifth)] {
        let name = say!("{version}: expected", "{version} の期待値");
        chart.marks.push(Mark::Upright { at: of.mean, name, paint });
    }
    for (at, (a, b)) in parts[0].iter().copied().zip(parts[1].iter().copied()).enumerate() {
        let (from, to) = (low + at as f64 * width, low + (at + 1) as f64 * width);
        chart.table.rows.push([from, to, a, b].map(Into::into).to_vec());
        let [from_told, to_told] = [from, to].map(|value| chart.across.told(value));
        let [a, b] = [a, b].map(|part| chart.up.told(part));
        let text = say!("{} to {}: A {}, B {}", "{}〜{}: A {}、B {}", from_told, to_told, a, b);
        chart.readings.push(Reading { from, to, text });
    }
    let columns = vec![(Text::from("A"), 2, Paint::Pale), (Text::from("B"), 3, Paint::Fifth)];
    chart.native = Some(Native::of_columns(Kind::Columns, BARS, 0, columns));
    let [a, b] = told.map(|of| expected(&chart.across, of));
    chart.note = say!("A: {} B: {}", "A: {}B: {}", a, b);
    chart
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Language;
    use crate::report::chart::Cell;

    #[test]
    fn each_version_keeps_its_own_distribution() {
        let values = [[1e6, 1e6, 2e6, 2e6], [0.0, 4e6, 4e6, 4e6]];
        let [a, b] = values.map(|values| Spread::of_values(&values));
        let [told_a, told_b] = values.map(|values| Distribution::of(&values).unwrap());
        let chart = versions_distribution("JPY", [&a, &b], [&told_a, &told_b]);
        let whole = |column: usize| -> f64 {
            let cells = chart.table.rows.iter().map(|row| &row[column]);
            cells.map(|cell| if let Cell::Number(part) = cell { *part } else { 0.0 }).sum()
        };
        assert_eq!((whole(2), whole(3)), (1.0, 1.0));
        assert_eq!(chart.table.rows[0][2..], [0.0, 0.25].map(Cell::Number));
        assert_eq!(chart.table.rows[BARS - 1][2..], [0.0, 0.75].map(Cell::Number));
        assert!(chart.svg(Language::En).contains("B: expected"));
    }
}
