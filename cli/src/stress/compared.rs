//! What stresses change, as people read it.

use engine::analyse::Counted;
use engine::analyse::stress::{Changed, Stressed, StressedFigure, Suite, Told};
use engine::problem::Language;
use engine::simulate::Mean;

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
        let files: Vec<&str> =
            self.suite.stresses.iter().map(|stress| stress.file.as_str()).collect();
        let files = files.join(", ");
        let used = pick!(self.language, "stresses: {files}\n", "使ったストレス: {files}\n");
        pick!(
            self.language,
            "{title}\n{count} stresses on the same {paths} possible futures, seed {seed}\n",
            "{title}\nストレス {count} 件を、同じ将来 {paths} 通りの上で試しました（乱数の種 {seed}）\n"
        ) + &folded(&used)
    }

    fn stresses(&self) -> String {
        let mut table = Table::new([
            ("#".to_owned(), Side::Right),
            (pick!(self.language, "Stress", "ストレス"), Side::Left),
            (pick!(self.language, "What it changes, and why", "変える前提と、その理由"), Side::Left),
        ]);
        for (number, stress) in self.suite.stresses.iter().enumerate() {
            let mut lines: Vec<String> =
                stress.changed.iter().map(|changed| self.changed(changed)).collect();
            let why = stress.why.within(self.language);
            if lines.is_empty() {
                lines.push(pick!(self.language, "nothing", "なし"));
            }
            if !why.is_empty() {
                lines.push(format!("({why})"));
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
        let lossy = of.base.loss.is_some();
        let last = if lossy {
            pick!(self.language, "Loses", "損失の確率")
        } else {
            pick!(self.language, "95%", "95%")
        };
        let several = self.suite.stresses.len() > 1;
        let mut headings = vec![
            (pick!(self.language, "Stress", "ストレス"), Side::Left),
            (pick!(self.language, "Alone", "単独"), Side::Right),
            ("5%".to_owned(), Side::Right),
            (last, Side::Right),
        ];
        let bridge = of.bridge.as_ref().filter(|_| several);
        if bridge.is_some() {
            headings.push((pick!(self.language, "In this order", "順に加算"), Side::Right));
            headings.push((String::new(), Side::Left));
        }
        let mut table = Table::new(headings);
        let cells = |told: &Told, first: String| -> Vec<String> {
            let at = |of: fn(&engine::simulate::Distribution) -> f64| {
                told.value.as_ref().map_or_else(|| "-".to_owned(), |value| unit.amount(of(value)))
            };
            let last = match told.loss {
                Some(loss) => percent(loss.mean),
                None => at(|value| value.p95),
            };
            vec![first, at(|value| value.p05), last]
        };
        let base = of.base.value.map(|value| Mean { mean: value.mean, se: value.se });
        let base_mean = base.map_or_else(|| "-".to_owned(), |mean| unit.mean(mean));
        let bars = bridge.zip(base).map(|(steps, base)| bridge::bars(base.mean, steps));
        let bar = |at: usize| bars.as_ref().map(|bars| bars[at].clone());
        let mut row = |name: String, cells: Vec<String>, adds: String, bar: Option<String>| {
            let mut all = vec![name];
            all.extend(cells);
            all.extend(bar.map(|bar| [adds, bar]).into_iter().flatten());
            table.row(all);
        };
        let name = pick!(self.language, "(base)", "（基本）");
        row(name, cells(&of.base, base_mean), String::new(), bar(0));
        let changed = |told: &Told| {
            told.change.map_or_else(|| "-".to_owned(), |change| unit.changed(change))
        };
        let mut before = base.map_or(0.0, |base| base.mean);
        for (at, (stress, told)) in self.suite.stresses.iter().zip(&of.alone).enumerate() {
            let name = format!("{} {}", at + 1, stress.title.within(self.language));
            let adds = bridge.map_or_else(String::new, |steps| {
                let step = steps[at];
                let adds = bridge::added(unit, (before, step.reaches), step.adds);
                before = step.reaches;
                adds
            });
            row(name, cells(told, changed(told)), adds, bar(at + 1));
        }
        if several {
            let name = pick!(self.language, "all together", "すべて同時");
            let reached = match (base, bridge.and_then(|steps| steps.last())) {
                (Some(base), Some(last)) => unit.difference(base.mean, last.reaches),
                _ => String::new(),
            };
            let end = bar(self.suite.stresses.len() + 1);
            row(name, cells(&of.together, changed(&of.together)), reached, end);
            if let Some(interaction) = of.interaction {
                let name = pick!(self.language, "of it interaction", "うち相互作用");
                let blank = bars.as_ref().map(|_| String::new());
                row(
                    name,
                    vec![unit.changed(interaction), String::new(), String::new()],
                    String::new(),
                    blank,
                );
            }
        }
        heading + &table.text()
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
                 together: another order adds otherwise, only the sum is the same. What all together change\n\
                 beyond the sum of each alone is their interaction.\n",
                "「単独」は一件だけを適用した変化、「順に加算」は上から順に加えたときの増減で、合計は「すべて同時」に\n\
                 一致します。順序を変えると内訳は変わり、合計だけが変わりません。単独の変化の合計を超える分が相互作用です。\n"
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
