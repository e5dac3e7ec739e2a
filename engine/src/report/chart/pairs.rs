//! Two amounts side by side: what each pays and saves, what two versions of a contract pay.

use super::{Axis, Cell, Chart, Kind, Mark, Measure, Native, Paint, Reading, Table};
use crate::problem::{Text, say};
use crate::simulate::Distribution;

/// Two amounts of one thing.
#[derive(Debug, Clone)]
pub struct Pair {
    /// Of what.
    pub name: Text,
    /// The first and the second; `None` of what there is not.
    pub of: [Option<Distribution>; 2],
}

/// Saving against payment, side by side for each payer.
#[must_use]
pub fn savings(currency: &str, parties: &[Pair]) -> Chart {
    pairs(
        ("savings", say!("Who pays, and who saves", "誰が支払い、誰が節減するか")),
        Axis::money(say!("Mean, discounted", "平均（割引後）"), currency),
        [say!("pays", "支払額"), say!("saves", "節約")],
        parties,
    )
}

/// What two versions of a contract pay at each evaluation, or in each year.
#[must_use]
pub fn versions_over_time(name: &str, title: Text, currency: &str, steps: &[Pair]) -> Chart {
    let axis = Axis::money(say!("Mean payment", "平均支払額"), currency);
    pairs((name, title), axis, [Text::from("A"), Text::from("B")], steps)
}

/// Columns of means, two and two, each with a line from the 5th to the 95th percentile. Both stand in
/// one row of the table, so that a spreadsheet draws them over one name.
fn pairs((name, title): (&str, Text), up: Axis, series: [Text; 2], pairs: &[Pair]) -> Chart {
    let pairs: Vec<&Pair> =
        pairs.iter().filter(|pair| pair.of.iter().any(Option::is_some)).collect();
    let names = pairs.iter().map(|pair| pair.name.clone()).collect();
    let across = Axis::new(Text::default(), Measure::Categories(names));
    let columns = |of: &Text| {
        [
            say!("{}: mean", "{}: 平均", of),
            say!("{}: standard error", "{}: 標準誤差", of),
            say!("{}: 5%", "{}: 5%点", of),
            say!("{}: 95%", "{}: 95%点", of),
        ]
    };
    let heads = std::iter::once(say!("of", "対象")).chain(series.iter().flat_map(columns));
    let mut chart = Chart::new(name, title, across, up, Table::new(heads.collect()));
    for pair in &pairs {
        let figures = |of: &Option<Distribution>| {
            of.map_or([f64::NAN; 4], |of| [of.mean, of.se, of.p05, of.p95]).map(Cell::Number)
        };
        let row = std::iter::once(Cell::Text(pair.name.clone()));
        chart.table.rows.push(row.chain(pair.of.iter().flat_map(figures)).collect());
    }
    let places = [(Paint::Second, -0.36, -0.02), (Paint::First, 0.02, 0.36)];
    let mut columns = Vec::new();
    for (which, (name, (paint, left, right))) in series.into_iter().zip(places).enumerate() {
        let found = pairs.iter().enumerate();
        let found: Vec<(f64, &Text, Distribution)> =
            found.filter_map(|(at, pair)| Some((at as f64, &pair.name, pair.of[which]?))).collect();
        let boxes = found.iter().map(|(at, _, of)| [at + left, 0.0, at + right, of.mean]).collect();
        chart.marks.push(Mark::Boxes { name: name.clone(), paint, boxes });
        let middle = (left + right) / 2.0;
        let points =
            found.iter().map(|(at, _, of)| (at + middle, of.p05, of.mean, of.p95)).collect();
        chart.marks.push(Mark::Points { name: Text::default(), paint: Paint::Quiet, points });
        for (at, of_what, of) in &found {
            let [mean, low, high] = [of.mean, of.p05, of.p95].map(|value| chart.up.told(value));
            let text = say!(
                "{}, {}: {} ({} to {})",
                "{}、{}: {}（{}〜{}）",
                of_what,
                name,
                mean,
                low,
                high
            );
            let (from, to) = if which == 0 { (at - 0.5, *at) } else { (*at, at + 0.5) };
            chart.readings.push(Reading { from, to, text });
        }
        columns.push((name, 1 + 4 * which, paint));
    }
    chart.native = Some(Native::of_columns(Kind::Columns, pairs.len(), 0, columns));
    chart.note = say!(
        "Bars are means; the lines reach from the 5th to the 95th percentile of the futures.",
        "棒は平均、縦線は将来の5%点から95%点まで。"
    );
    chart
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Language;

    #[test]
    fn what_nobody_pays_or_saves_is_left_out() {
        let found = Distribution::of(&[1.0, 2.0, 3.0]).unwrap();
        let of = |paid, saved| Pair { name: Text::from("city"), of: [paid, saved] };
        let chart = savings("JPY", &[of(Some(found), None), of(None, Some(found)), of(None, None)]);
        assert_eq!(chart.table.rows.len(), 2);
        // One saves what the other does not: a spreadsheet must not draw both over one name.
        let means = |column: usize| chart.table.rows.iter().map(move |row| row[column].clone());
        assert_eq!(means(1).next(), Some(Cell::Number(2.0)));
        assert!(matches!(means(5).next(), Some(Cell::Number(none)) if none.is_nan()));
        assert_eq!(means(5).nth(1), Some(Cell::Number(2.0)));
        let native = chart.native.as_ref().unwrap();
        assert!(native.series.iter().all(|series| series.rows == (0, 1) && series.across == 0));
        assert!(savings("JPY", &[]).svg(Language::Ja).contains("</svg>"));
    }

    #[test]
    fn two_versions_stand_side_by_side_at_every_evaluation() {
        let [a, b] = [2e6, 3e6].map(|mean| Distribution::of(&[mean, mean]).unwrap());
        let step = |name: &str| Pair { name: Text::from(name), of: [Some(a), Some(b)] };
        let steps = [step("2027-02-28"), step("2028-02-29")];
        let chart = versions_over_time("by-date", Text::from("t"), "JPY", &steps);
        let means: Vec<[&Cell; 2]> =
            chart.table.rows.iter().map(|row| [&row[1], &row[5]]).collect();
        let [a, b] = [2e6, 3e6].map(Cell::Number);
        assert_eq!(means, [[&a, &b]; 2]);
        let Mark::Boxes { boxes, .. } = &chart.marks[2] else { panic!("{:?}", chart.marks) };
        let expected = [1.02, 0.0, 1.36, 3e6];
        assert!(boxes[1].iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-9), "{:?}", boxes[1]);
    }
}
