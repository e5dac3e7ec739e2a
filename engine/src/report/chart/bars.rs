//! How often values lie where.

use super::{Axis, Chart, Kind, Mark, Native, Paint, Reading, Table};
use crate::finance::Estimated;
use crate::problem::{Text, say};

/// Bars side by side: from where to where each reaches, and what part of the futures lies there.
#[must_use]
pub fn histogram(name: &str, title: Text, across: Axis, bars: &[([f64; 2], Estimated)]) -> Chart {
    let mut chart = Chart::new(
        name,
        title,
        across,
        Axis::part(say!("Part of the futures", "将来の割合")),
        Table::new(vec![
            say!("from", "以上"),
            say!("to", "未満"),
            say!("part of the futures", "将来の割合"),
            say!("standard error", "標準誤差"),
        ]),
    );
    let some = bars.iter().filter(|(_, part)| part.value > 0.0);
    chart.marks.push(Mark::Boxes {
        name: Text::default(),
        paint: Paint::First,
        boxes: some
            .map(|([from, to], part)| [*from, 0.0, from + 0.94 * (to - from), part.value])
            .collect(),
    });
    for ([from, to], part) in bars {
        let row = [*from, *to, part.value, part.se];
        chart.table.rows.push(row.map(Into::into).to_vec());
        let [from_told, to_told] = [from, to].map(|value| chart.across.told(*value));
        let [part, error] = [part.value, part.se].map(|value| chart.up.told(value));
        let text = say!(
            "{} to {}: {} (standard error {})",
            "{}〜{}: {}（標準誤差 {}）",
            from_told,
            to_told,
            part,
            error
        );
        chart.readings.push(Reading { from: *from, to: *to, text });
    }
    let column = (chart.title.clone(), 2, Paint::First);
    chart.native = Some(Native::of_columns(Kind::Columns, bars.len(), 0, vec![column]));
    let most = bars.iter().map(|(_, part)| part.se).fold(0.0, f64::max);
    let most = chart.up.told(most);
    chart.note = say!(
        "The standard error of each part is at most {}.",
        "各割合の標準誤差は {} 以下。",
        most
    );
    chart
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Language;
    use crate::report::chart::{Cell, Measure};

    #[test]
    fn bars_stand_where_their_values_lie() {
        let part = |value| Estimated { value, se: 0.01 };
        let bars =
            [([-0.02, 0.0], part(0.25)), ([0.0, 0.02], part(0.0)), ([0.02, 0.04], part(0.75))];
        let axis = Axis::new(say!("Yearly return", "年率"), Measure::Part);
        let chart = histogram("rate-fund", say!("Return", "収益率"), axis, &bars);
        let Mark::Boxes { boxes, .. } = &chart.marks[0] else { panic!("no bars") };
        assert_eq!(boxes.len(), 2, "nothing is drawn where no value lies");
        assert!((boxes[1][0], boxes[1][3]) == (0.02, 0.75), "{boxes:?}");
        assert_eq!(chart.table.rows[1], [0.0, 0.02, 0.0, 0.01].map(Cell::Number));
        assert_eq!(chart.readings[0].text.en, "-2% to 0%: 25% (standard error 1%)");
        assert!(chart.svg(Language::Ja).contains("各割合の標準誤差は 1% 以下"));
    }
}
