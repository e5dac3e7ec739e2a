//! A figure by the values of two cells or parameters, as people read it.

use super::Layout;
use crate::analyse::sensitivity::{Axis, AxisKind, Grid};
use crate::contract::wording::phrase;
use crate::report::document::{Document, Figure, Side, Table};
use crate::report::figures::{decimals_for, figure, percent};

impl Layout<'_> {
    pub(super) fn grid(&self, grid: &Grid, document: &mut Document) {
        let [down, across] = &grid.axes;
        let (rows, columns) = (&down.name, &across.name);
        let title = self.answer.figure.title();
        let title = title.within(self.language);
        let largest = grid.means.iter().flatten().flatten().map(|mean| mean.se).fold(0.0, f64::max);
        let largest = self.digits(largest);
        document.heading(phrase!(
            self.language,
            "{title} by {rows} and {columns}",
            "{title}: {rows} と {columns} の組ごと"
        ));
        document.paragraph(phrase!(
            self.language,
            "{title}: mean by {rows} (down) and {columns} (across); standard errors up to {largest}:",
            "{title}の平均: {rows}（縦）と {columns}（横）の組ごと。標準誤差は最大 {largest} です。"
        ));
        document.gap();
        let mut headings = vec![(format!("{rows} \\ {columns}"), Side::Right)];
        let across = (0..across.points.len()).map(|at| (self.label(across, at), Side::Right));
        headings.extend(across);
        let mut table = Table::new(headings);
        for (at, means) in grid.means.iter().enumerate() {
            let mut row: Vec<Figure> = vec![self.label(down, at).into()];
            row.extend(means.iter().map(|mean| match mean {
                Ok(mean) => Figure::number(mean.mean, self.digits(mean.mean)),
                Err(_) => Figure::from("-"),
            }));
            table.row(row);
        }
        document.table(table);
        if let Some(problem) = grid.means.iter().flatten().find_map(|mean| mean.as_ref().err()) {
            let why = self.why(problem);
            document.paragraph(phrase!(
                self.language,
                "- : impossible together, the first because: {why}\n",
                "- : ありえない組。最初の理由: {why}\n"
            ));
        }
    }

    fn label(&self, axis: &Axis, at: usize) -> String {
        let scale = axis
            .points
            .windows(2)
            .map(|pair| (pair[1].values[0] - pair[0].values[0]).abs())
            .filter(|step| *step > 0.0)
            .fold(f64::INFINITY, f64::min);
        let point = &axis.points[at];
        let shown = |value: f64| match axis.kind {
            AxisKind::Parameter if axis.money => self.currency.simulated_digits(value),
            _ => figure(value, decimals_for(scale, 2)),
        };
        let (first, last) = (point.values.first(), point.values.last());
        let value = match (first, last) {
            (Some(first), Some(last)) if first != last => {
                format!("{} → {}", shown(*first), shown(*last))
            }
            (Some(first), _) => shown(*first),
            _ => String::new(),
        };
        match point.percentile {
            Some(part) => format!("{}: {value}", percent(part).replace(".0%", "%")),
            None => value,
        }
    }
}
