//! The mildest changes with which a party loses, as people read them.

use super::Unit;
use crate::analyse::Counted;
use crate::analyse::stress::{CellMoved, Joint, Moved, Reversed};
use crate::contract::wording::phrase;
use crate::problem::{Language, Text};
use crate::report::document::{Document, Figure, Side, Table};
use crate::report::figures::{Currency, decimals_for, figure, percent};
use crate::scenario::Scenario;
use crate::simulate::Mean;

/// The mildest changes with which a figure falls to a limit: of each cell by itself, and of all
/// together. `stresses` are the titles of those that were put on first.
#[must_use]
pub fn reversed(
    scenario: &Scenario,
    stresses: &[Text],
    found: &Reversed,
    language: Language,
) -> Document {
    let currency = Currency::new(&scenario.contract.currency, language);
    let layout = Layout { scenario, stresses, found, language, currency };
    let mut document = layout.heading();
    document.gap();
    layout.cells(&mut document);
    document.gap();
    layout.joint(&mut document);
    document.gap();
    layout.footing(&mut document);
    document
}

struct Layout<'a> {
    scenario: &'a Scenario,
    stresses: &'a [Text],
    found: &'a Reversed,
    language: Language,
    currency: Currency<'a>,
}

impl Layout<'_> {
    fn amount(&self, value: f64) -> String {
        match self.found.limit.measure.counted {
            Counted::Money => self.currency.simulated(value),
            counted => Unit::of(counted, self.currency, value.abs()).amount(value),
        }
    }

    fn heading(&self) -> Document {
        let found = self.found;
        let title = self.scenario.title.within(self.language);
        let measure = found.limit.measure.title.within(self.language);
        let name = &found.limit.measure.name;
        let (paths, seed) = (figure(found.paths as f64, 0), found.seed);
        let (mean, below) = (self.amount(found.mean.mean), self.amount(found.limit.below));
        let unit = |scale| Unit::of(found.limit.measure.counted, self.currency, scale);
        let se = unit(found.mean.se).amount(found.mean.se);
        let subtitle = phrase!(
            self.language,
            "{measure} [{name}]: mean {mean} ± {se}; how little it takes to reach {below}",
            "{measure} [{name}]: 平均 {mean} ± {se}。{below} になる最も軽い変化を探しました"
        );
        let mut document = Document::new(self.language, title, subtitle);
        document.paragraph(phrase!(
            self.language,
            "{paths} possible futures, seed {seed}",
            "将来 {paths} 通り（乱数の種 {seed}）"
        ));
        if !self.stresses.is_empty() {
            let separator = phrase!(self.language, ", ", "、");
            let titles: Vec<&str> =
                self.stresses.iter().map(|title| title.within(self.language)).collect();
            let titles = titles.join(&separator);
            document.paragraph(phrase!(
                self.language,
                "with: {titles}",
                "適用済みのストレス: {titles}"
            ));
        }
        if found.already {
            document.paragraph(phrase!(
                self.language,
                "It is below the limit already. What follows is how little it takes to bring it up to the limit.\n",
                "すでに限度を下回っています。以下は、限度まで上げるのに必要な最も軽い変化です。\n"
            ));
        }
        document
    }

    fn cell(&self, name: &str) -> String {
        self.scenario.cell_title(name, self.language)
    }

    /// The date of an evaluation in brackets, and which draw it is where a cell has several.
    fn named(&self, cell: &str, evaluation: Option<&str>, draw: Option<u32>) -> String {
        let mut name = self.cell(cell);
        if let Some(draw) = draw {
            let number = draw + 1;
            name += &phrase!(self.language, " (draw {number})", "（{number} 番目の乱数）");
        }
        if let Some(at) = evaluation {
            name = format!("{name} {at}");
        }
        name
    }

    fn z(z: f64, se: Option<f64>) -> Figure {
        let shown = figure(z, 2);
        match se {
            Some(se) => {
                let error = figure(se, decimals_for(se, 1).clamp(2, 4));
                Figure::estimated(z, se, format!("{shown} ± {error}"))
            }
            None => Figure::number(z, shown),
        }
    }

    fn moved(&self, of: &CellMoved) -> String {
        let spread = (of.after.mean - of.before.mean).abs().max(of.before.se);
        let decimals = decimals_for(spread, 2);
        let one = |mean: Mean| figure(mean.mean, decimals);
        format!("{} → {}", one(of.before), one(of.after))
    }

    fn cells(&self, document: &mut Document) {
        let heading = phrase!(self.language, "One cell by itself", "一つのセルだけを動かす場合");
        let mut table = Table::new([
            (heading.clone(), Side::Left),
            (phrase!(self.language, "Standard deviations", "標準偏差いくつ分"), Side::Right),
            (phrase!(self.language, "Mean of the cell", "セルの平均"), Side::Left),
        ]);
        let mut none = Vec::new();
        for cell in &self.found.cells {
            let Some(shift) = &cell.shift else {
                none.push(self.cell(&cell.cell));
                continue;
            };
            let signed = match &shift.shifts[..] {
                [one] => one.z,
                _ => shift.length,
            };
            let own = shift.moved.iter().filter(|of| is_of(&of.cell, &cell.cell));
            let means: Vec<String> = own.map(|of| self.moved_at(of)).collect();
            table.row([
                self.cell(&cell.cell).into(),
                Self::z(signed, shift.se),
                means.join("\n").into(),
            ]);
        }
        document.heading(heading);
        document.table(table);
        if !none.is_empty() {
            let (cells, farthest) = (none.join(self.language.comma()), self.found.farthest);
            document.paragraph(phrase!(
                self.language,
                "No shift within {farthest} standard deviations does, of: {cells}\n",
                "標準偏差 {farthest} 個分まで動かしても限度に届かないセル: {cells}\n"
            ));
        }
    }

    fn moved_at(&self, of: &CellMoved) -> String {
        match &of.evaluation {
            Some(at) => format!("{at}: {}", self.moved(of)),
            None => self.moved(of),
        }
    }

    fn joint(&self, document: &mut Document) {
        document.heading(phrase!(
            self.language,
            "All cells together",
            "すべてのセルを同時に動かす場合"
        ));
        let Some(joint) = &self.found.joint else {
            let farthest = self.found.farthest;
            document.paragraph(phrase!(
                self.language,
                "Neither does any shift of all cells together that was found, within {farthest} standard deviations.\n",
                "すべてのセルを同時に動かしても、標準偏差 {farthest} 個分までの範囲で届く変化は見つかりませんでした。\n"
            ));
            return;
        };
        let length = Self::z(joint.length, joint.se).text;
        document.paragraph(phrase!(
            self.language,
            "All cells together: {length} standard deviations, the mildest that was found\n",
            "すべてのセルを同時に動かす場合: 標準偏差 {length} 個分（見つかった中で最も軽い変化）\n"
        ));
        let mut table = Table::new([
            (phrase!(self.language, "Cell", "セル"), Side::Left),
            (phrase!(self.language, "Shift", "動かす幅"), Side::Right),
            (phrase!(self.language, "Median moves to", "中央値の移る先"), Side::Right),
            (phrase!(self.language, "Mean of the cell", "セルの平均"), Side::Left),
        ]);
        let mut shifts: Vec<&Moved> = joint.shifts.iter().collect();
        shifts.sort_by(|a, b| b.z.abs().total_cmp(&a.z.abs()));
        let (mut small, mut seen) = (0, Vec::new());
        for of in shifts {
            if of.z.abs() < 0.005 {
                small += 1;
                continue;
            }
            let several = joint.shifts.iter().any(|other| other.cell == of.cell && other.draw > 0);
            let name = self.named(&of.cell, of.evaluation.as_deref(), several.then_some(of.draw));
            let key = (of.cell.as_str(), of.evaluation.as_deref());
            // A cell's mean is told once, by whichever of its draws moves most.
            let told = if seen.contains(&key) { String::new() } else { self.means(joint, of) };
            seen.push(key);
            table.row([
                name.into(),
                Self::z(of.z, of.se),
                self.percentile(of.percentile).into(),
                told.into(),
            ]);
        }
        document.table(table);
        if small > 0 {
            let draws = if small == 1 { "draw moves" } else { "draws move" };
            document.paragraph(phrase!(
                self.language,
                "{small} more {draws} by less than 0.005 standard deviations.\n",
                "ほかの {small} 個の乱数の動きは標準偏差 0.005 個分未満です。\n"
            ));
        }
    }

    fn means(&self, joint: &Joint, of: &Moved) -> String {
        let own = joint
            .moved
            .iter()
            .filter(|moved| is_of(&moved.cell, &of.cell) && moved.evaluation == of.evaluation);
        own.map(|moved| self.moved(moved)).collect::<Vec<_>>().join("\n")
    }

    fn percentile(&self, part: f64) -> String {
        let percent = percent(part);
        phrase!(self.language, "{percent} of today", "現在の {percent} 点")
    }

    fn footing(&self, document: &mut Document) {
        document.paragraph(phrase!(
            self.language,
            "A shift by z standard deviations moves every value of a cell along its own distribution: its median\n\
             to what only the part Φ(z) lies below today. ± is the standard error. docs/stress.md says how.\n",
            "標準偏差 z 個分の移動とは、セルの値を自身の分布に沿って動かすことです。中央値は、現在その下に\n\
             Φ(z) の割合しかない値に移ります。± は標準誤差です。計算の方法は docs/stress.md にあります。\n"
        ));
        if let Some(problem) = &self.found.impossible {
            let why = problem.message.within(self.language);
            document.paragraph(phrase!(
                self.language,
                "Some shifts make the scenario impossible and were left out, the first because: {why}\n",
                "シナリオが成り立たなくなる移動は除きました。最初の理由: {why}\n"
            ));
        }
    }
}

/// Whether a column is of a cell, or of an entry of its list.
fn is_of(column: &str, cell: &str) -> bool {
    column.strip_prefix(cell).is_some_and(|rest| rest.is_empty() || rest.starts_with('['))
}
