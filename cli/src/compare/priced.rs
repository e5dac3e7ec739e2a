//! What two versions pay on the same futures, and where they differ.

use engine::analyse::Counted;
use engine::analyse::compare::{Compared, OutcomeRegions, Priced, Region};
use engine::simulate::Distribution;

use super::changes::Layout;
use crate::money::{decimals_for, figure, percent};
use crate::table::{Side, Table};

/// The most outcomes whose regions are listed for people; JSON has them all.
const OUTCOMES_MOST: usize = 3;

impl Layout<'_> {
    fn headings(&self, first: String) -> Table {
        let unit = self.currency.name();
        Table::new([
            (first, Side::Left),
            (pick!(self.language, "A ({unit})", "A（{unit}）"), Side::Right),
            (pick!(self.language, "B ({unit})", "B（{unit}）"), Side::Right),
            ("B - A".to_owned(), Side::Right),
            (pick!(self.language, "B more", "B が多い"), Side::Right),
            (pick!(self.language, "same", "同じ"), Side::Right),
            (pick!(self.language, "B less", "B が少ない"), Side::Right),
        ])
    }

    /// The figures that differ; those that are the same on every path are named below, but for the
    /// first, which is told whatever it is.
    fn table(&self, heading: String, all: &[Compared]) -> String {
        let mut table = self.headings(heading);
        let same = |of: &Compared| of.difference.is_some_and(|of| of.same.value == 1.0);
        let mut others = Vec::new();
        for (position, of) in all.iter().enumerate() {
            match position > 0 && same(of) {
                true => others.push(of.title.within(self.language)),
                false => self.row(&mut table, of),
            }
        }
        let mut text = table.text();
        if !others.is_empty() {
            let list = others.join(&pick!(self.language, ", ", "、"));
            text += &pick!(
                self.language,
                "The same on every path: {list}\n",
                "どの将来でも同じもの: {list}\n"
            );
        }
        text
    }

    fn row(&self, table: &mut Table, of: &Compared) {
        let money = of.counted == Counted::Money;
        let number = |value: f64, scale: f64| match money {
            true => self.currency.simulated_digits(value),
            false => figure(value, decimals_for(scale, 2).max(2)),
        };
        let mean = |of: &Option<Distribution>| {
            of.map_or_else(|| "-".to_owned(), |of| number(of.mean, of.se))
        };
        let mut row = vec![of.title.within(self.language).to_owned(), mean(&of.a), mean(&of.b)];
        match &of.difference {
            Some(of) => {
                let (mean, se) = (number(of.of.mean, of.of.se), number(of.of.se, of.of.se));
                let mean = if of.of.mean > 0.0 { format!("+{mean}") } else { mean };
                row.push(format!("{mean} ± {se}"));
                row.extend([of.more.value, of.same.value, of.less.value].map(percent));
            }
            None => row.push("-".to_owned()),
        }
        table.row(row);
    }

    pub(super) fn figures(&self, priced: &Priced) -> String {
        let (paths, seed) = (figure(priced.paths as f64, 0), priced.seed);
        let titles: Vec<&str> =
            priced.scenarios.iter().map(|title| title.within(self.language)).collect();
        let titles = titles.join(" / ");
        let mut text = pick!(
            self.language,
            "Mean over the same {paths} possible futures, seed {seed}: {titles}\n",
            "同じ将来 {paths} 通りの平均（乱数の種 {seed}）: {titles}\n"
        );
        text += &self.table(pick!(self.language, "Figure", "指標値"), &priced.figures);
        let lines = pick!(self.language, "Payment, by line", "支払項目ごと");
        text += &format!("\n{}", self.table(lines, &priced.lines));
        text += &pick!(
            self.language,
            "± is the standard error of the difference on the same futures.\n",
            "± は、同じ将来での差の標準誤差です。\n"
        );
        text
    }

    pub(super) fn by_date(&self, priced: &Priced) -> String {
        let dates = pick!(self.language, "Payment, by evaluation", "評価日ごと");
        let years = pick!(self.language, "Payment, by fiscal year", "会計年度ごと");
        let (dates, years) =
            (self.table(dates, &priced.evaluations), self.table(years, &priced.years));
        format!("{dates}\n{years}")
    }

    /// Whether an indicator is a share, to be told in percent.
    fn is_share(&self, indicator: &str) -> bool {
        [&self.versions.a, &self.versions.b].into_iter().any(|contract| {
            let position = contract.indicator_named(indicator);
            position.is_some_and(|position| contract.indicators[position].is_share())
        })
    }

    /// The value of an outcome with the digits it has.
    fn value(&self, indicator: &str, value: f64) -> String {
        let share = self.is_share(indicator);
        let text = figure(if share { value * 100.0 } else { value }, 4);
        let text = text.trim_end_matches('0').trim_end_matches('.');
        format!("{text}{}", if share { "%" } else { "" })
    }

    fn range(&self, indicator: &str, region: &Region) -> String {
        if region.too_few {
            return pick!(self.language, "too few measured", "測定人数の不足");
        }
        let number = |value: f64| self.value(indicator, value);
        match (region.from.map(number), region.below.map(number)) {
            (Some(from), Some(below)) => {
                pick!(self.language, "{from} or more, below {below}", "{from} 以上 {below} 未満")
            }
            (Some(from), None) => pick!(self.language, "{from} or more", "{from} 以上"),
            (None, Some(below)) => pick!(self.language, "below {below}", "{below} 未満"),
            (None, None) => pick!(self.language, "any value", "すべて"),
        }
    }

    pub(super) fn regions(&self, priced: &Priced) -> String {
        let mut text = String::new();
        for of in priced.regions.iter().take(OUTCOMES_MOST) {
            if !text.is_empty() {
                text.push('\n');
            }
            text += &self.region_table(of);
        }
        text
    }

    fn region_table(&self, of: &OutcomeRegions) -> String {
        let (title, at, told) = (of.title.within(self.language), of.at, percent(of.told));
        let mut text = pick!(
            self.language,
            "Where they differ, by \"{title}\" of {at} (tells {told} of the spread of the difference)\n",
            "「{title}」（{at}）の値による差（差のばらつきの {told} を説明）\n"
        );
        let mut table = Table::new([
            (pick!(self.language, "Value", "値"), Side::Left),
            (pick!(self.language, "How often", "割合"), Side::Right),
            (pick!(self.language, "B - A, mean", "B - A 平均"), Side::Right),
            (pick!(self.language, "least", "最小"), Side::Right),
            (pick!(self.language, "most", "最大"), Side::Right),
        ]);
        for region in &of.regions {
            let digits = |value| self.currency.simulated_digits(value);
            let difference = &region.difference;
            table.row([
                self.range(&of.indicator, region),
                percent(region.share.value),
                format!("{} ± {}", digits(difference.mean), digits(difference.se)),
                digits(difference.min),
                digits(difference.max),
            ]);
        }
        text += &table.text();
        text
    }

    pub(super) fn furthest(&self, priced: &Priced) -> String {
        let mut text = String::new();
        for of in &priced.furthest {
            let outcomes: Vec<String> = of
                .outcomes
                .iter()
                .map(|(id, at, value)| {
                    let value = value.map_or_else(|| "-".to_owned(), |value| self.value(id, value));
                    match self.versions.name_in_b(id) {
                        Some(other) => format!("{id} / {other} {value} ({at})"),
                        None => format!("{id} {value} ({at})"),
                    }
                })
                .collect();
            let outcomes = outcomes.join(", ");
            let digits = |value| self.currency.simulated_digits(value);
            let (a, b) = (digits(of.a), digits(of.b));
            text += &match of.b < of.a {
                true => pick!(
                    self.language,
                    "Most less: A pays {a}, B pays {b} on {outcomes}\n",
                    "B が最も少なくなる例: A {a}、B {b}（{outcomes}）\n"
                ),
                false => pick!(
                    self.language,
                    "Most more: A pays {a}, B pays {b} on {outcomes}\n",
                    "B が最も多くなる例: A {a}、B {b}（{outcomes}）\n"
                ),
            };
        }
        text
    }
}
