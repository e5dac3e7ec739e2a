//! What stresses change, as people read it.

mod bridge;
mod reversed;
mod unit;

pub use reversed::reversed;

use super::document::{Document, Figure, Side, Table};
use super::figures::{Currency, figure, percent};
use crate::analyse::Counted;
use crate::analyse::stress::{Changed, Stressed, StressedFigure, Suite, Told};
use crate::contract::wording::phrase;
use crate::problem::Language;
use crate::simulate::{Distribution, Mean};
use unit::Unit;

/// What each stress changes by itself, and what all change together, with a bridge for each figure
/// that every path has.
#[must_use]
pub fn stressed(suite: &Suite, found: &Stressed, language: Language) -> Document {
    let currency = Currency::new(&suite.base.contract.currency, language);
    let layout = Layout { suite, language, currency };
    let mut document = layout.heading(found);
    document.gap();
    layout.stresses(&mut document);
    for figure in &found.figures {
        document.gap();
        layout.figure(figure, &mut document);
    }
    document.gap();
    layout.footing(&mut document);
    document
}

struct Layout<'a> {
    suite: &'a Suite,
    language: Language,
    currency: Currency<'a>,
}

impl Layout<'_> {
    fn heading(&self, found: &Stressed) -> Document {
        let title = self.suite.base.title.within(self.language);
        let (count, seed) = (self.suite.stresses.len(), found.seed);
        let paths = figure(found.paths as f64, 0);
        let files = self.files();
        let stresses = if count == 1 { "stress" } else { "stresses" };
        let subtitle = phrase!(
            self.language,
            "{count} {stresses} on the same {paths} possible futures, seed {seed}",
            "ストレス {count} 件を、同じ将来 {paths} 通りの上で試しました（乱数の種 {seed}）"
        );
        let mut document = Document::new(self.language, title, subtitle);
        let used = phrase!(self.language, "{stresses}: {files}", "使ったストレス: {files}");
        document.paragraph(folded(&used));
        document
    }

    /// The files of the stresses: their names, where they share a folder.
    fn files(&self) -> String {
        let parts = self
            .suite
            .stresses
            .iter()
            .map(|stress| stress.file.rsplit_once('/').unwrap_or(("", stress.file.as_str())));
        let (folders, names): (Vec<&str>, Vec<&str>) = parts.unzip();
        let first = folders.first().copied().unwrap_or_default();
        if first.is_empty() || folders.iter().any(|folder| *folder != first) {
            let files = self.suite.stresses.iter().map(|stress| stress.file.as_str());
            return files.collect::<Vec<_>>().join(", ");
        }
        format!("{first}/: {}", names.join(", "))
    }

    fn stresses(&self, document: &mut Document) {
        let mut table = Table::new([
            ("#".to_owned(), Side::Right),
            (phrase!(self.language, "Stress", "ストレス"), Side::Left),
            (
                phrase!(self.language, "What it changes, and why", "変える前提と、その理由"),
                Side::Left,
            ),
        ]);
        for (number, stress) in self.suite.stresses.iter().enumerate() {
            let mut lines: Vec<String> =
                stress.changed.iter().map(|changed| self.changed(changed)).collect();
            if lines.is_empty() {
                lines.push(phrase!(self.language, "nothing", "なし"));
            }
            if let Some(why) = &stress.why {
                let why = why.within(self.language);
                lines.push(phrase!(self.language, "({why})", "（{why}）"));
            }
            table.row([
                (number + 1).to_string(),
                stress.title.within(self.language).to_owned(),
                lines.join("\n"),
            ]);
        }
        document.heading(phrase!(self.language, "Stresses", "ストレス"));
        document.table(table);
    }

    fn changed(&self, changed: &Changed) -> String {
        let none = phrase!(self.language, "nothing", "なし");
        let before = changed.before.as_ref().unwrap_or(&none);
        let after = changed.after.as_ref().unwrap_or(&none);
        format!("{}: {before} → {after}", changed.name)
    }

    /// What a stress is called in the rows of a figure.
    fn numbered(&self, at: usize) -> String {
        format!("{} {}", at + 1, self.suite.stresses[at].title.within(self.language))
    }

    fn figure(&self, of: &StressedFigure, document: &mut Document) {
        let scale = of.base.value.map_or(0.0, |value| value.sd.max(value.mean.abs() / 100.0));
        let unit = Unit::of(of.measure.counted, self.currency, scale);
        let title = of.measure.title.within(self.language);
        let counted = match of.measure.counted {
            Counted::Money => self.currency.name().to_owned(),
            Counted::Rate => phrase!(self.language, "changes in points", "差はポイント"),
            Counted::Number => String::new(),
        };
        document.caption(match (counted.is_empty(), self.language) {
            (true, _) => format!("{title} [{}]", of.measure.name),
            (_, Language::En) => format!("{title} ({counted}) [{}]", of.measure.name),
            (_, Language::Ja) => format!("{title}（{counted}）[{}]", of.measure.name),
        });
        self.alone(of, unit, document);
        let base = of.base.value.map(|value| Mean { mean: value.mean, se: value.se });
        if let (Some(steps), Some(base)) = (&of.bridge, base)
            && self.suite.stresses.len() > 1
        {
            document.gap();
            document.table(bridge::table(self, steps, base, unit));
            document.chart(bridge::chart(self, &of.measure, steps, base.mean));
        }
    }

    /// Each stress by itself, and all together.
    fn alone(&self, of: &StressedFigure, unit: Unit<'_>, document: &mut Document) {
        let last = match of.base.loss {
            Some(_) => phrase!(self.language, "Loses", "損失の確率"),
            None => "95%".to_owned(),
        };
        let mut table = Table::new([
            (phrase!(self.language, "Stress", "ストレス"), Side::Left),
            (phrase!(self.language, "Alone", "単独"), Side::Right),
            ("5%".to_owned(), Side::Right),
            (last, Side::Right),
        ]);
        let mut row = |name: String, told: &Told, first: Figure| {
            let at = |of: fn(&Distribution) -> [f64; 2]| match told.value.as_ref().map(of) {
                Some([value, error]) => Figure::estimated(value, error, unit.amount(value)),
                None => Figure::from("-"),
            };
            let last = match told.loss {
                Some(loss) => Figure::estimated(loss.mean, loss.se, percent(loss.mean)),
                None => at(|value| [value.p95, value.errors.0[5]]),
            };
            table.row([name.into(), first, at(|value| [value.p05, value.errors.0[1]]), last]);
        };
        let none = || Figure::from("-");
        let changed = |told: &Told| told.change.map_or_else(none, |change| unit.changed(change));
        let base = of.base.value.map(|value| Mean { mean: value.mean, se: value.se });
        let base = base.map_or_else(none, |mean| unit.mean(mean));
        row(phrase!(self.language, "(base)", "（基本）"), &of.base, base);
        for (at, told) in of.alone.iter().enumerate() {
            row(self.numbered(at), told, changed(told));
        }
        if self.suite.stresses.len() > 1 {
            let name = phrase!(self.language, "all together", "すべて同時");
            row(name, &of.together, changed(&of.together));
            if let Some(interaction) = of.interaction {
                let name = phrase!(self.language, "of it interaction", "うち相互作用");
                table.row([name.into(), unit.changed(interaction)]);
            }
        }
        document.table(table);
    }

    fn footing(&self, document: &mut Document) {
        document.paragraph(phrase!(
            self.language,
            "± is the standard error; that of a change is of the difference path by path, so it is smaller than\n\
             that of the means. 5% and 95% are percentiles of the figure under the stress.\n",
            "± は標準誤差です。変化の標準誤差はパスごとの差から求めるため、平均の標準誤差より小さくなります。\n\
             5% と 95% は、そのストレスの下での値のパーセンタイルです。\n"
        ));
        if self.suite.stresses.len() > 1 {
            document.paragraph(phrase!(
                self.language,
                "\"Alone\" is one stress by itself. \"In this order\" is what each adds to those above it, down to all\n\
                 together: another order adds otherwise. What all together change beyond the sum of each alone is\n\
                 their interaction.\n",
                "「単独」は一件だけを適用した変化、「順に加算」は上から順に加えたときの増減で、合計は「すべて同時」に\n\
                 一致します。順序を変えると内訳は変わります。単独の変化の合計を超える分が相互作用です。\n"
            ));
        }
        for of in &self.suite.overwritten {
            let [earlier, later] = [of.earlier, of.later]
                .map(|at| self.suite.stresses[at].title.within(self.language));
            let entry = &of.entry;
            document.paragraph(phrase!(
                self.language,
                "Note: \"{later}\" states {entry} anew, so nothing is left of what \"{earlier}\" does to it when both are\n\
                 applied. Write the expression with `base` to let both count.\n",
                "注意: 「{later}」は {entry} を書き換えるため、同時に適用すると「{earlier}」によるその変化は残りません。\n\
                 両方を効かせるには、式に `base` を使ってください。\n"
            ));
        }
    }
}

/// A line broken between words where it is longer than a page.
fn folded(line: &str) -> String {
    let (mut text, mut width) = (String::new(), 0);
    for word in line.split_inclusive(' ') {
        if width + word.trim_end().len() > 100 && width > 0 {
            text = text.trim_end().to_owned() + "\n  ";
            width = 2;
        }
        text += word;
        width += word.len();
    }
    text
}

#[cfg(test)]
mod tests;
