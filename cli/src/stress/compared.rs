//! What stresses change, as people read it.

use engine::analyse::Counted;
use engine::analyse::stress::{Changed, Step, Stressed, StressedFigure, Suite, Told};
use engine::problem::Language;
use engine::simulate::{Distribution, Mean};

use super::bridge;
use crate::money::{Currency, decimals_for, figure, percent};
use crate::table::{Side, Table};

pub(super) fn report(suite: &Suite, found: &Stressed, language: Language) -> String {
    let currency = Currency::new(&suite.base.contract.currency, language);
    let layout = Layout { suite, language, currency };
    let mut parts = vec![layout.heading(found), layout.stresses()];
    parts.extend(found.figures.iter().map(|figure| layout.figure(figure)));
    parts.push(layout.footing());
    parts.join("\n")
}

/// How the amounts of a figure are written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Unit<'a> {
    pub(super) counted: Counted,
    pub(super) currency: Currency<'a>,
    pub(super) decimals: u32,
}

impl<'a> Unit<'a> {
    /// For numbers that spread as far as `scale`.
    pub(super) fn of(counted: Counted, currency: Currency<'a>, scale: f64) -> Self {
        let decimals = match counted {
            Counted::Money => 0,
            Counted::Rate => decimals_for(100.0 * scale, 3).min(3),
            Counted::Number => decimals_for(scale, 3),
        };
        Self { counted, currency, decimals }
    }

    pub(super) fn amount(self, value: f64) -> String {
        match self.counted {
            Counted::Money => self.currency.simulated_digits(value),
            Counted::Rate => format!("{}%", figure(100.0 * value, self.decimals)),
            Counted::Number => figure(value, self.decimals),
        }
    }

    pub(super) fn change(self, value: f64) -> String {
        let written = match self.counted {
            Counted::Money => self.currency.simulated_digits(value),
            Counted::Rate => figure(100.0 * value, self.decimals),
            Counted::Number => figure(value, self.decimals),
        };
        signed(written)
    }

    pub(super) fn error(self, se: f64) -> String {
        match self.counted {
            Counted::Money => self.currency.simulated_digits(se),
            Counted::Rate => figure(100.0 * se, self.decimals),
            Counted::Number => figure(se, self.decimals),
        }
    }

    pub(super) fn mean(self, of: Mean) -> String {
        format!("{} ± {}", self.amount(of.mean), self.error(of.se))
    }

    pub(super) fn changed(self, of: Mean) -> String {
        // What changes on no path is no estimate.
        if of.mean == 0.0 && of.se == 0.0 {
            return "0".to_owned();
        }
        format!("{} ± {}", self.change(of.mean), self.error(of.se))
    }
}

/// With its sign, but for what is written as nothing.
fn signed(written: String) -> String {
    let nothing = written.chars().all(|c| !('1'..='9').contains(&c));
    match written.strip_prefix('-') {
        Some(rest) if nothing => rest.to_owned(),
        None if !nothing => format!("+{written}"),
        _ => written,
    }
}

struct Layout<'a> {
    suite: &'a Suite,
    language: Language,
    currency: Currency<'a>,
}

impl Layout<'_> {
    fn heading(&self, found: &Stressed) -> String {
        let title = self.suite.base.title.within(self.language);
        let (count, seed) = (self.suite.stresses.len(), found.seed);
        let paths = figure(found.paths as f64, 0);
        let files = self.files();
        let stresses = if count == 1 { "stress" } else { "stresses" };
        let used = pick!(self.language, "{stresses}: {files}\n", "使ったストレス: {files}\n");
        let text = pick!(
            self.language,
            "{title}\n{count} {stresses} on the same {paths} possible futures, seed {seed}\n",
            "{title}\nストレス {count} 件を、同じ将来 {paths} 通りの上で試しました（乱数の種 {seed}）\n"
        );
        text + folded(&used).as_str()
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

    fn stresses(&self) -> String {
        let mut table = Table::new([
            ("#".to_owned(), Side::Right),
            (pick!(self.language, "Stress", "ストレス"), Side::Left),
            (
                pick!(self.language, "What it changes, and why", "変える前提と、その理由"),
                Side::Left,
            ),
        ]);
        for (number, stress) in self.suite.stresses.iter().enumerate() {
            let mut lines: Vec<String> =
                stress.changed.iter().map(|changed| self.changed(changed)).collect();
            if lines.is_empty() {
                lines.push(pick!(self.language, "nothing", "なし"));
            }
            if let Some(why) = &stress.why {
                let why = why.within(self.language);
                lines.push(pick!(self.language, "({why})", "（{why}）"));
            }
            table.row([
                (number + 1).to_string(),
                stress.title.within(self.language).to_owned(),
                lines.join("\n"),
            ]);
        }
        table.text()
    }

    fn changed(&self, changed: &Changed) -> String {
        let none = pick!(self.language, "nothing", "なし");
        let before = changed.before.as_ref().unwrap_or(&none);
        let after = changed.after.as_ref().unwrap_or(&none);
        format!("{}: {before} → {after}", changed.name)
    }

    fn figure(&self, of: &StressedFigure) -> String {
        let scale = of.base.value.map_or(0.0, |value| value.sd.max(value.mean.abs() / 100.0));
        let unit = Unit::of(of.measure.counted, self.currency, scale);
        let title = of.measure.title.within(self.language);
        let counted = match of.measure.counted {
            Counted::Money => self.currency.name().to_owned(),
            Counted::Rate => pick!(self.language, "changes in points", "差はポイント"),
            Counted::Number => String::new(),
        };
        let heading = match (counted.is_empty(), self.language) {
            (true, _) => format!("{title} [{}]\n", of.measure.name),
            (_, Language::En) => format!("{title} ({counted}) [{}]\n", of.measure.name),
            (_, Language::Ja) => format!("{title}（{counted}）[{}]\n", of.measure.name),
        };
        let mut text = heading + self.alone(of, unit).as_str();
        let base = of.base.value.map(|value| value.mean);
        if let (Some(steps), Some(base)) = (&of.bridge, base)
            && self.suite.stresses.len() > 1
        {
            text += "\n";
            text += &self.bridge(steps, base, unit);
        }
        text
    }

    /// Each stress by itself, and all together.
    fn alone(&self, of: &StressedFigure, unit: Unit<'_>) -> String {
        let last = match of.base.loss {
            Some(_) => pick!(self.language, "Loses", "損失の確率"),
            None => "95%".to_owned(),
        };
        let mut table = Table::new([
            (pick!(self.language, "Stress", "ストレス"), Side::Left),
            (pick!(self.language, "Alone", "単独"), Side::Right),
            ("5%".to_owned(), Side::Right),
            (last, Side::Right),
        ]);
        let mut row = |name: String, told: &Told, first: String| {
            let at = |of: fn(&Distribution) -> f64| {
                told.value.as_ref().map_or_else(|| "-".to_owned(), |value| unit.amount(of(value)))
            };
            let last = match told.loss {
                Some(loss) => percent(loss.mean),
                None => at(|value| value.p95),
            };
            table.row([name, first, at(|value| value.p05), last]);
        };
        let changed =
            |told: &Told| told.change.map_or_else(|| "-".to_owned(), |change| unit.changed(change));
        let base = of.base.value.map(|value| Mean { mean: value.mean, se: value.se });
        let base = base.map_or_else(|| "-".to_owned(), |mean| unit.mean(mean));
        row(pick!(self.language, "(base)", "（基本）"), &of.base, base);
        for (at, (stress, told)) in self.suite.stresses.iter().zip(&of.alone).enumerate() {
            let name = format!("{} {}", at + 1, stress.title.within(self.language));
            row(name, told, changed(told));
        }
        if self.suite.stresses.len() > 1 {
            let name = pick!(self.language, "all together", "すべて同時");
            row(name, &of.together, changed(&of.together));
            if let Some(interaction) = of.interaction {
                let name = pick!(self.language, "of it interaction", "うち相互作用");
                table.row([name, unit.changed(interaction)]);
            }
        }
        table.text()
    }

    /// One stress after another, down to all of them.
    fn bridge(&self, steps: &[Step], base: f64, unit: Unit<'_>) -> String {
        let mut table = Table::new([
            (pick!(self.language, "In this order", "順に加算"), Side::Left),
            (pick!(self.language, "Adds", "増減"), Side::Right),
            (pick!(self.language, "Reaches", "到達"), Side::Right),
            (String::new(), Side::Left),
        ]);
        let bars = bridge::bars(base, steps);
        let name = pick!(self.language, "(base)", "（基本）");
        table.row([name, String::new(), unit.amount(base), bars[0].clone()]);
        let mut before = base;
        for (at, (stress, step)) in self.suite.stresses.iter().zip(steps).enumerate() {
            table.row([
                format!("{} {}", at + 1, stress.title.within(self.language)),
                bridge::added(unit, (before, step.reaches), step.adds),
                unit.amount(step.reaches),
                bars[at + 1].clone(),
            ]);
            before = step.reaches;
        }
        let name = pick!(self.language, "in all", "合計");
        let bar = bars.last().cloned().unwrap_or_default();
        table.row([name, unit.difference(base, before), unit.amount(before), bar]);
        table.text()
    }

    fn footing(&self) -> String {
        let mut text = pick!(
            self.language,
            "± is the standard error; that of a change is of the difference path by path, so it is smaller than\n\
             that of the means. 5% and 95% are percentiles of the figure under the stress.\n",
            "± は標準誤差です。変化の標準誤差はパスごとの差から求めるため、平均の標準誤差より小さくなります。\n\
             5% と 95% は、そのストレスの下での値のパーセンタイルです。\n"
        );
        if self.suite.stresses.len() > 1 {
            text += &pick!(
                self.language,
                "\"Alone\" is one stress by itself. \"In this order\" is what each adds to those above it, down to all\n\
                 together: another order adds otherwise. What all together change beyond the sum of each alone is\n\
                 their interaction.\n",
                "「単独」は一件だけを適用した変化、「順に加算」は上から順に加えたときの増減で、合計は「すべて同時」に\n\
                 一致します。順序を変えると内訳は変わります。単独の変化の合計を超える分が相互作用です。\n"
            );
        }
        for of in &self.suite.overwritten {
            let [earlier, later] = [of.earlier, of.later]
                .map(|at| self.suite.stresses[at].title.within(self.language));
            let entry = &of.entry;
            text += &pick!(
                self.language,
                "Note: \"{later}\" states {entry} anew, so nothing is left of what \"{earlier}\" does to it when both are\n\
                 applied. Write the expression with `base` to let both count.\n",
                "注意: 「{later}」は {entry} を書き換えるため、同時に適用すると「{earlier}」によるその変化は残りません。\n\
                 両方を効かせるには、式に `base` を使ってください。\n"
            );
        }
        text
    }
}

impl Unit<'_> {
    /// The difference of two means as they are written, so that what is shown adds up.
    pub(super) fn difference(self, from: f64, to: f64) -> String {
        let power = (0..self.decimals).fold(1.0, |power, _| power * 10.0);
        let power = match self.counted {
            Counted::Rate => 100.0 * power,
            Counted::Number => power,
            Counted::Money => self.currency.per_shown(),
        };
        let whole = |value: f64| (value * power).round();
        self.change((whole(to) - whole(from)) / power)
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
