//! Bars from left to right: what moves a figure most, and what stresses do to it.

use super::{Axis, Cell, Chart, Kind, Mark, Measure, Native, Paint, Reading, Table};
use crate::problem::{Text, say};

/// What a figure is with one thing held low and held high.
#[derive(Debug, Clone)]
pub struct Swing {
    /// What is held.
    pub name: Text,
    /// The figure where it is held low, and where it is held high.
    pub ends: [f64; 2],
    /// The standard error of their difference.
    pub se: f64,
}

/// A tornado: the widest bar on top.
#[must_use]
pub fn tornado(figure: &Text, axis: Axis, drawn: f64, swings: &[Swing]) -> Chart {
    let mut swings: Vec<&Swing> = swings.iter().collect();
    let width = |swing: &Swing| (swing.ends[1] - swing.ends[0]).abs();
    swings.sort_by(|a, b| width(b).total_cmp(&width(a)));
    let names = swings.iter().map(|swing| swing.name.clone()).collect();
    let mut chart = Chart::new(
        "tornado",
        say!("What moves most: {}", "最も影響する要因: {}", figure),
        axis,
        Axis::new(Text::default(), Measure::Categories(names)),
        Table::new(vec![
            say!("held", "固定したもの"),
            say!("low (10%)", "低い側（10%点）"),
            say!("high (90%)", "高い側（90%点）"),
            say!("standard error of the difference", "差の標準誤差"),
        ]),
    );
    let boxes = |end: usize| -> Vec<[f64; 4]> {
        let swings = swings.iter().enumerate();
        swings
            .map(|(at, swing)| [drawn, at as f64 - 0.3, swing.ends[end], at as f64 + 0.3])
            .collect()
    };
    chart.marks = vec![
        Mark::Boxes { name: say!("held low", "低い側"), paint: Paint::Second, boxes: boxes(0) },
        Mark::Boxes { name: say!("held high", "高い側"), paint: Paint::First, boxes: boxes(1) },
        Mark::Upright { at: drawn, name: say!("as drawn", "試算どおり"), paint: Paint::Quiet },
    ];
    chart.native = Some(Native::of_columns(
        Kind::Bars { from: drawn },
        swings.len(),
        0,
        vec![
            (say!("held low", "低い側"), 1, Paint::Second),
            (say!("held high", "高い側"), 2, Paint::First),
        ],
    ));
    for (at, swing) in swings.iter().enumerate() {
        let [low, high] = swing.ends;
        chart.table.rows.push(vec![
            Cell::Text(swing.name.clone()),
            low.into(),
            high.into(),
            swing.se.into(),
        ]);
        let [low, high, se] = [low, high, swing.se].map(|value| chart.across.told(value));
        let text = say!(
            "{}: {} held low, {} held high (standard error {})",
            "{}: 低い側 {}、高い側 {}（標準誤差 {}）",
            swing.name,
            low,
            high,
            se
        );
        chart.readings.push(Reading { from: at as f64 - 0.5, to: at as f64 + 0.5, text });
    }
    chart
}

/// A step from one amount to the next.
#[derive(Debug, Clone)]
pub struct BridgeStep {
    /// What is added.
    pub name: Text,
    /// What it adds.
    pub adds: f64,
    /// Its standard error.
    pub se: f64,
}

/// From an amount to another, step by step.
#[must_use]
pub fn bridge(
    figure: &Text,
    axis: Axis,
    (from, from_value): (Text, f64),
    steps: &[BridgeStep],
    to: Text,
) -> Chart {
    let mut names = vec![from];
    names.extend(steps.iter().map(|step| step.name.clone()));
    names.push(to);
    let axis = axis.reaching(from_value);
    let mut chart = Chart::new(
        "bridge",
        say!("What the stresses change: {}", "ストレスによる変化: {}", figure),
        axis,
        Axis::new(Text::default(), Measure::Categories(names.clone())),
        Table::new(vec![
            say!("step", "段階"),
            say!("adds", "増減"),
            say!("standard error", "標準誤差"),
            say!("reaches", "結果"),
        ]),
    );
    let (mut rises, mut falls) = (Vec::new(), Vec::new());
    let mut reached = from_value;
    let mut most = from_value.abs();
    for step in steps {
        reached += step.adds;
        most = most.max(reached.abs());
    }
    let mut reached = from_value;
    let row = |name: &Text, adds: f64, se: f64, reached: f64| {
        vec![Cell::Text(name.clone()), adds.into(), se.into(), reached.into()]
    };
    chart.table.rows.push(row(&names[0], f64::NAN, f64::NAN, from_value));
    for (at, step) in steps.iter().enumerate() {
        let place = (at + 1) as f64;
        let next = reached + step.adds;
        let to = if step.adds >= 0.0 { &mut rises } else { &mut falls };
        to.push([reached, place - 0.3, next, place + 0.3]);
        let sign = if step.adds > 0.0 { "+" } else { "" };
        let [adds, error] = [step.adds, step.se].map(|value| chart.across.brief(value, most));
        chart.marks.push(Mark::Words {
            at: (reached.max(next), place),
            // An error below the last digit is told in the table.
            text: match error.en.trim_matches(['0', '.', '%']) {
                "" => say!("{sign}{}", "{sign}{}", adds),
                _ => say!("{sign}{} ± {}", "{sign}{} ± {}", adds, error),
            },
        });
        let [told, error] = [step.adds, step.se].map(|value| chart.across.told(value));
        let text = say!(
            "{}: {sign}{} (standard error {})",
            "{}: {sign}{}（標準誤差 {}）",
            step.name,
            told,
            error
        );
        chart.readings.push(Reading { from: place - 0.5, to: place + 0.5, text });
        reached = next;
        chart.table.rows.push(row(&step.name, step.adds, step.se, reached));
    }
    let last = names.len() as f64 - 1.0;
    chart.table.rows.push(row(&names[names.len() - 1], f64::NAN, f64::NAN, reached));
    let column = (chart.table.columns[3].clone(), 3, Paint::First);
    chart.native = Some(Native::of_columns(Kind::Bars { from: 0.0 }, names.len(), 0, vec![column]));
    let ends = vec![[0.0, -0.3, from_value, 0.3], [0.0, last - 0.3, reached, last + 0.3]];
    let boxes = [
        (Text::default(), Paint::Pale, ends),
        (say!("rises", "増加"), Paint::First, rises),
        (say!("falls", "減少"), Paint::Second, falls),
    ];
    let mut marks: Vec<Mark> = boxes
        .into_iter()
        .filter(|(_, _, boxes)| !boxes.is_empty())
        .map(|(name, paint, boxes)| Mark::Boxes { name, paint, boxes })
        .collect();
    for (place, value) in [(0.0, from_value), (last, reached)] {
        let text = chart.across.brief(value, most);
        marks.push(Mark::Words { at: (value.max(0.0), place), text });
    }
    marks.append(&mut chart.marks);
    chart.marks = marks;
    chart.across = chart.across.reaching(0.0);
    chart.note = say!(
        "Beside each bar: what it adds, with its standard error, in the unit of the axis.",
        "棒の右は増減と標準誤差（軸の単位）。"
    );
    chart
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axis() -> Axis {
        Axis::money(Text::from("x"), "JPY")
    }

    #[test]
    fn the_widest_bar_of_a_tornado_is_on_top() {
        let swing = |name: &str, ends| Swing { name: Text::from(name), ends, se: 1.0 };
        let swings = [swing("small", [9.0, 11.0]), swing("large", [20.0, 4.0])];
        let chart = tornado(&Text::from("payment"), axis(), 10.0, &swings);
        assert_eq!(chart.table.rows[0][0], Cell::Text(Text::from("large")));
        let Mark::Boxes { boxes, .. } = &chart.marks[0] else { panic!("{:?}", chart.marks) };
        assert_eq!(boxes[0], [10.0, -0.3, 20.0, 0.3]);
    }

    #[test]
    fn a_bridge_reaches_what_its_steps_add_up_to() {
        let step = |adds| BridgeStep { name: Text::from("s"), adds, se: 2.0 };
        let from = (Text::from("base"), 100.0);
        let steps = [step(-30.0), step(5.0)];
        let chart = bridge(&Text::from("result"), axis(), from, &steps, Text::from("together"));
        let reached: Vec<&Cell> = chart.table.rows.iter().map(|row| &row[3]).collect();
        let expected = [100.0, 70.0, 75.0, 75.0].map(Cell::Number);
        assert_eq!(reached, expected.iter().collect::<Vec<_>>());
        assert!(chart.svg(crate::problem::Language::En).contains("+5 ± 2"));
    }
}
