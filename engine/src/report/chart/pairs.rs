//! Two amounts side by side: what each pays and saves, what two versions of a contract pay.

use super::{Axis, Cell, Chart, Kind, Mark, Measure, Native, Paint, Reading, Series, Table};
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
        [say!("pays", "支払額"), say!("saves", "節減額")],
        parties,
    )
}

/// What two versions of a contract pay at each evaluation, or in each year.
#[must_use]
pub fn versions_over_time(name: &str, title: Text, currency: &str, steps: &[Pair]) -> Chart {
    let axis = Axis::money(say!("Mean payment", "平均支払額"), currency);
    pairs((name, title), axis, [Text::from("A"), Text::from("B")], steps)
}

/// Columns of means, two and two, each with a line from the 5th to the 95th percentile.
fn pairs((name, title): (&str, Text), up: Axis, series: [Text; 2], pairs: &[Pair]) -> Chart {
    let names = pairs.iter().map(|pair| pair.name.clone()).collect();
    let mut chart = Chart::new(
        name,
        title,
        Axis::new(Text::default(), Measure::Categories(names)),
        up,
        Table::new(vec![
            say!("of", "対象"),
            say!("what", "項目"),
            say!("mean", "平均"),
            say!("standard error", "標準誤差"),
            say!("5%", "5%点"),
            say!("95%", "95%点"),
        ]),
    );
    let places = [(Paint::Second, -0.36, -0.02), (Paint::First, 0.02, 0.36)];
    let mut native = Vec::new();
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
        let first = chart.table.rows.len();
        let rows = (first, (first + found.len()).saturating_sub(1));
        if !found.is_empty() {
            native.push(Series { name: name.clone(), rows, across: 0, value: 2, paint });
        }
        for (at, of_what, of) in &found {
            chart.table.rows.push(vec![
                Cell::Text((*of_what).clone()),
                Cell::Text(name.clone()),
                of.mean.into(),
                of.se.into(),
                of.p05.into(),
                of.p95.into(),
            ]);
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
    }
    chart.native = Some(Native { kind: Kind::Columns, series: native });
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
        assert!(savings("JPY", &[]).svg(Language::Ja).contains("</svg>"));
    }

    #[test]
    fn two_versions_stand_side_by_side_at_every_evaluation() {
        let [a, b] = [2e6, 3e6].map(|mean| Distribution::of(&[mean, mean]).unwrap());
        let step = |name: &str| Pair { name: Text::from(name), of: [Some(a), Some(b)] };
        let steps = [step("2027-02-28"), step("2028-02-29")];
        let chart = versions_over_time("by-date", Text::from("t"), "JPY", &steps);
        let means: Vec<&Cell> = chart.table.rows.iter().map(|row| &row[2]).collect();
        assert_eq!(means, [2e6, 2e6, 3e6, 3e6].map(Cell::Number).iter().collect::<Vec<_>>());
        let Mark::Boxes { boxes, .. } = &chart.marks[2] else { panic!("{:?}", chart.marks) };
        let expected = [1.02, 0.0, 1.36, 3e6];
        assert!(boxes[1].iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-9), "{:?}", boxes[1]);
    }
}
