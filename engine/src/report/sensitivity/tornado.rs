//! What moves a figure: cells that are held, parameters that are chosen.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::Layout;
use crate::analyse::Counted;
use crate::analyse::sensitivity::{CellBar, Ends, HELD_AT};
use crate::contract::explain::amount_text;
use crate::contract::wording::phrase;
use crate::problem::{Language, Text, say};
use crate::report::chart::{self, Axis, Chart, Measure, Swing};
use crate::report::document::{Document, Figure, Side, Table};
use crate::report::figures::{decimals_for, figure};

/// Columns of the terminal that bars are drawn in.
const BAR: usize = 40;

impl Layout<'_> {
    /// The ends of every bar, the figure as drawn among them.
    fn span(&self) -> (f64, f64) {
        let cells = self.answer.cells.iter().map(|bar| &bar.ends);
        let all = cells.chain(self.answer.parameters.iter().map(|bar| &bar.ends)).flatten();
        all.flat_map(|ends| ends.changes)
            .map(|change| change.mean)
            .filter(|change| change.is_finite())
            .fold((0.0, 0.0), |(low, high), change| (change.min(low), change.max(high)))
    }

    /// A bar: `-` towards the figure with the lower value, `+` towards that with the higher, `|`
    /// where the figure is as drawn.
    fn bar(&self, ends: &Ends) -> String {
        let (low, high) = self.span();
        let scale = (BAR - 1) as f64 / (high - low).max(f64::MIN_POSITIVE);
        let place = |change: f64| (((change - low) * scale).round() as usize).min(BAR - 1);
        let zero = place(0.0);
        let mut bar = vec![' '; BAR];
        let mut sides = [('-', place(ends.changes[0].mean)), ('+', place(ends.changes[1].mean))];
        // The shorter is drawn over the longer where both go the same way.
        sides.sort_by_key(|(_, end)| std::cmp::Reverse(end.abs_diff(zero)));
        for (mark, end) in sides {
            bar[zero.min(end)..=zero.max(end)].fill(mark);
        }
        bar[zero] = '|';
        bar.into_iter().collect::<String>().trim_end().to_owned()
    }

    pub(super) fn cells(&self, document: &mut Document) {
        let told: Vec<(&CellBar, &Ends)> = self
            .answer
            .cells
            .iter()
            .filter_map(|bar| Some((bar, bar.ends.as_ref().ok()?)))
            .collect();
        document.heading(phrase!(
            self.language,
            "What the parties cannot know",
            "当事者には分からないこと"
        ));
        if told.is_empty() {
            document.paragraph(phrase!(
                self.language,
                "Nothing in [assume] is drawn: no cell can be held elsewhere.",
                "[assume] に乱数を使うセルがないため、固定して比べられるものはありません。"
            ));
            self.without_bar(document);
            return;
        }
        let [low, high] = HELD_AT.map(|part| format!("{:.0}%", part * 100.0));
        document.paragraph(phrase!(
            self.language,
            "What the parties cannot know. Each cell is held at its {low} point (-), then at its {high} point (+);\n\
             all others stay as drawn:",
            "当事者には分からないこと。セルを一つずつ {low} 点（-）と {high} 点（+）に固定し、ほかは通常どおり抽出します。"
        ));
        document.gap();
        let moving = |ends: &Ends| ends.width() > 0.0 || ends.changes[0].mean != 0.0;
        let mut bars = Table::new([
            (phrase!(self.language, "Cell", "セル"), Side::Left),
            (phrase!(self.language, "Difference", "差"), Side::Right),
            (phrase!(self.language, "- low, + high", "- 低い値、+ 高い値"), Side::Bar),
        ]);
        let mut table = Table::new([
            (phrase!(self.language, "Cell", "セル"), Side::Left),
            (low.clone(), Side::Right),
            (high.clone(), Side::Right),
            (phrase!(self.language, "Mean at {low}", "{low} での平均"), Side::Right),
            (phrase!(self.language, "Mean at {high}", "{high} での平均"), Side::Right),
        ]);
        let mut swings = Vec::new();
        for (bar, ends) in told.iter().filter(|(_, ends)| moving(ends)) {
            let name = self.cell(&bar.cell.name);
            let difference = self.signed(&ends.difference);
            bars.row([name.clone().into(), difference, self.bar(ends).into()]);
            let ([low, high], [at_low, at_high]) = (held(bar), ends.means.map(|of| self.mean(&of)));
            table.row([name.into(), low, high, at_low, at_high]);
            swings.push(self.swing(self.called(&bar.cell.name), ends));
        }
        document.table(bars);
        if !swings.is_empty() {
            document.chart(self.chart("tornado-cells", &swings));
        }
        document.gap();
        document.table(table);
        let idle: Vec<String> = told
            .iter()
            .filter(|(_, ends)| !moving(ends))
            .map(|(bar, _)| self.cell(&bar.cell.name))
            .collect();
        if !idle.is_empty() {
            let names = idle.join(self.language.comma());
            document.gap();
            document.paragraph(phrase!(
                self.language,
                "Without any effect on this figure: {names}\n",
                "この数値に影響しないセル: {names}\n"
            ));
        }
        self.notes(&told, document);
    }

    /// What has no bar, and why.
    fn without_bar(&self, document: &mut Document) {
        let separator = phrase!(self.language, ", ", "、");
        let following = self.answer.following.iter().map(|name| self.cell(name));
        let following = following.collect::<Vec<_>>().join(&separator);
        if !following.is_empty() {
            document.paragraph(phrase!(
                self.language,
                "Cells that follow from others and have no bar of their own: {following}\n",
                "ほかのセルから決まるため、単独では示さないセル: {following}\n"
            ));
        }
        let others = self.answer.beside_cells.iter();
        let others = others.map(|of| of.title(self.scenario).within(self.language).to_owned());
        let others = others.collect::<Vec<_>>().join(&separator);
        if !others.is_empty() {
            document.paragraph(phrase!(
                self.language,
                "Drawn too, but no cells that could be held: {others} (`--sobol` tells their part)\n",
                "乱数を使うが、セルではなく固定できないもの: {others}（割合は `--sobol` で分かります）\n"
            ));
        }
    }

    /// What the bars do not say by themselves.
    fn notes(&self, told: &[(&CellBar, &Ends)], document: &mut Document) {
        self.without_bar(document);
        if told.iter().any(|(bar, _)| bar.values.len() > 1) {
            document.paragraph(phrase!(
                self.language,
                "A cell that is drawn at each evaluation is held at each at that evaluation's own point\n\
                 (first → last).\n",
                "評価ごとに引くセルは、それぞれの評価の点に固定しています（最初 → 最後）。\n"
            ));
        }
        let mut pairs: Vec<String> = Vec::new();
        for (bar, _) in told {
            for partner in &bar.cell.partners {
                let mut pair = [bar.cell.name.as_str(), partner.as_str()];
                pair.sort_unstable();
                let pair = pair.map(|name| self.cell(name)).join("–");
                if !pairs.contains(&pair) {
                    pairs.push(pair);
                }
            }
        }
        if !pairs.is_empty() {
            let pairs = pairs.join(self.language.comma());
            document.paragraph(phrase!(
                self.language,
                "Correlated cells ({pairs}): one is held, the other stays as drawn.\n",
                "相関のあるセル（{pairs}）: 一方を固定しても、他方は通常どおり抽出します。\n"
            ));
        }
        let in_steps = told.iter().filter(|(bar, _)| bar.in_steps);
        let in_steps: Vec<String> = in_steps.map(|(bar, _)| self.cell(&bar.cell.name)).collect();
        if !in_steps.is_empty() {
            let names = in_steps.join(self.language.comma());
            document.paragraph(phrase!(
                self.language,
                "Cells that come in steps, as counts do, so that their ± is only near: {names}",
                "値が飛び飛びで（人数など）± が目安にとどまるセル: {names}"
            ));
        }
        let missing = told.iter().map(|(_, ends)| ends.missing).max().unwrap_or_default();
        if missing > 0 {
            let missing = figure(missing as f64, 0);
            document.paragraph(phrase!(
                self.language,
                "Futures in which the figure is not there at one of the ends are left out, up to {missing} of them.\n",
                "どちらかの端で数値がない将来は除いています（最大 {missing} 通り）。\n"
            ));
        }
    }

    pub(super) fn parameters(&self, document: &mut Document) {
        let bars = &self.answer.parameters;
        if !bars.is_empty() {
            document.heading(phrase!(
                self.language,
                "What the parties can choose",
                "当事者が選べること"
            ));
            document.paragraph(phrase!(
                self.language,
                "What the parties can choose. Each parameter of the contract at the low (-) and the high (+) end of\n\
                 its range, on the same futures:",
                "当事者が選べること。契約のパラメータを範囲の下限（-）と上限（+）にした場合です。将来は同じものを使います。"
            ));
            document.gap();
            let mut drawn = Table::new([
                (phrase!(self.language, "Parameter", "パラメータ"), Side::Left),
                (phrase!(self.language, "Difference", "差"), Side::Right),
                (phrase!(self.language, "- low, + high", "- 下限、+ 上限"), Side::Bar),
            ]);
            let mut table = Table::new([
                (phrase!(self.language, "Parameter", "パラメータ"), Side::Left),
                (phrase!(self.language, "Today", "現在の値"), Side::Right),
                (phrase!(self.language, "Low", "下限"), Side::Right),
                (phrase!(self.language, "High", "上限"), Side::Right),
                (phrase!(self.language, "Mean at low", "下限での平均"), Side::Right),
                (phrase!(self.language, "Mean at high", "上限での平均"), Side::Right),
            ]);
            let mut swings = Vec::new();
            for bar in bars {
                let Ok(ends) = &bar.ends else { continue };
                let title = |language| bar.title.beside_name(&bar.name, language);
                let name = title(self.language);
                let difference = self.signed(&ends.difference);
                drawn.row([name.clone().into(), difference, self.bar(ends).into()]);
                let exact = |value: Decimal| {
                    let text = if bar.money {
                        self.currency.digits(value)
                    } else {
                        amount_text(value.normalize())
                    };
                    match value.to_f64() {
                        Some(number) => Figure::number(number, text),
                        None => Figure::from(text),
                    }
                };
                let [low, high] = ends.means.map(|of| self.mean(&of));
                let both = Text { en: title(Language::En), ja: title(Language::Ja) };
                swings.push(self.swing(both, ends));
                table.row([
                    name.into(),
                    exact(bar.value),
                    exact(bar.range.0),
                    exact(bar.range.1),
                    low,
                    high,
                ]);
            }
            document.table(drawn);
            if !swings.is_empty() {
                let mut chart = self.chart("tornado-parameters", &swings);
                chart.table.columns[1] = say!("low end of the range", "下限");
                chart.table.columns[2] = say!("high end of the range", "上限");
                document.chart(chart);
            }
            document.gap();
            document.table(table);
        }
        if !self.answer.without_range.is_empty() {
            let names = self.answer.without_range.join(self.language.comma());
            document.paragraph(phrase!(
                self.language,
                "Parameters without a range, so left out: {names}\n",
                "範囲がないため省いたパラメータ: {names}\n"
            ));
        }
    }

    /// What could not be held, and why.
    pub(super) fn impossible(&self, document: &mut Document) {
        let cells = self.answer.cells.iter().map(|bar| (self.cell(&bar.cell.name), &bar.ends));
        let parameters = self.answer.parameters.iter().map(|bar| (bar.name.clone(), &bar.ends));
        let faults = cells.chain(parameters).filter_map(|(name, ends)| {
            let why = self.why(ends.as_ref().err()?);
            Some(format!("{name}: {why}"))
        });
        let faults: Vec<String> = faults.collect();
        if faults.is_empty() {
            return;
        }
        document.paragraph(phrase!(
            self.language,
            "Not told, because a future becomes impossible there:",
            "ありえない将来が生じるため、示せないもの:"
        ));
        document.list(faults);
    }

    /// What a cell is called, in both languages.
    fn called(&self, name: &str) -> Text {
        let title = |language| self.scenario.cell_title(name, language);
        Text { en: title(Language::En), ja: title(Language::Ja) }
    }

    /// A bar of the chart: what the figure is at both ends, as far as each changes it from what was
    /// drawn.
    fn swing(&self, name: Text, ends: &Ends) -> Swing {
        let drawn = self.answer.mean.mean;
        let ends_at = ends.changes.map(|change| drawn + change.mean);
        Swing { name, ends: ends_at, se: ends.difference.se }
    }

    fn chart(&self, name: &str, swings: &[Swing]) -> Chart {
        let title = self.answer.figure.title();
        let measure = match self.answer.figure.counted() {
            Counted::Money => Measure::Money(self.scenario.contract.currency.clone()),
            Counted::Rate => Measure::Part,
            Counted::Number => Measure::Number(Text::default()),
        };
        let axis = Axis::new(title.clone(), measure);
        let mut chart = chart::tornado(&title, axis, self.answer.mean.mean, swings);
        chart.name = name.to_owned();
        chart
    }
}

/// The lower and the higher value of a cell, first and last where it has one at each evaluation.
fn held(bar: &CellBar) -> [Figure; 2] {
    let spread = bar.values.iter().map(|(_, [low, high])| high - low).fold(0.0, f64::max);
    let decimals = decimals_for(spread, 3);
    [0, 1].map(|end| {
        let value = |values: &(Option<usize>, [f64; 2])| figure(values.1[end], decimals);
        match &bar.values[..] {
            [] => Figure::from(""),
            [once] => Figure::number(once.1[end], value(once)),
            [first, .., last] => Figure::from(format!("{} → {}", value(first), value(last))),
        }
    })
}
