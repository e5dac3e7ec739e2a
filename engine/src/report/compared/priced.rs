//! What two versions pay on the same futures, and where they differ.

use super::Layout;
use crate::analyse::Counted;
use crate::analyse::compare::{Compared, OutcomeRegions, Priced, Region};
use crate::contract::wording::phrase;
use crate::expr::{Notation, Unit};
use crate::problem::{Text, say};
use crate::report::chart::{self, Chart, Pair};
use crate::report::document::{Document, Figure, Side, Table};
use crate::report::estimate;
use crate::report::figures::{decimals_for, figure, percent};
use crate::simulate::{Distribution, Probability};

/// The most outcomes whose regions are listed for people; JSON has them all.
const OUTCOMES_MOST: usize = 3;

impl Layout<'_> {
    fn headings(&self, first: String) -> Table {
        let unit = self.currency.name();
        Table::new([
            (first, Side::Left),
            (phrase!(self.language, "A ({unit})", "A（{unit}）"), Side::Right),
            (phrase!(self.language, "B ({unit})", "B（{unit}）"), Side::Right),
            ("B - A".to_owned(), Side::Right),
            (phrase!(self.language, "B more", "B が多い"), Side::Right),
            (phrase!(self.language, "same", "同じ"), Side::Right),
            (phrase!(self.language, "B less", "B が少ない"), Side::Right),
        ])
    }

    /// The figures that differ; those that are the same on every path are named below, but for the
    /// first, which is told whatever it is.
    fn table(&self, heading: String, all: &[Compared], document: &mut Document) {
        let mut table = self.headings(heading);
        let same = |of: &Compared| of.difference.is_some_and(|of| of.same.value == 1.0);
        let mut others = Vec::new();
        for (position, of) in all.iter().enumerate() {
            match position > 0 && same(of) {
                true => others.push(of.title.within(self.language)),
                false => self.row(&mut table, of),
            }
        }
        document.table(table);
        if !others.is_empty() {
            let list = others.join(self.language.comma());
            document.paragraph(phrase!(
                self.language,
                "The same on every path: {list}",
                "どの将来でも同じもの: {list}"
            ));
        }
    }

    fn row(&self, table: &mut Table, of: &Compared) {
        let money = of.counted == Counted::Money;
        let number = |value: f64, scale: f64| match money {
            true => self.currency.simulated_digits(value),
            false => figure(value, decimals_for(scale, 2).max(2)),
        };
        let mean = |of: &Option<Distribution>| match of {
            // In print the error is told of the difference alone.
            Some(of) => Figure::estimated(of.mean, of.se, number(of.mean, of.se)),
            None => Figure::from("-"),
        };
        let often = |of: Probability| Figure::estimated(of.value, of.se, percent(of.value));
        let mut row = vec![of.title.within(self.language).into(), mean(&of.a), mean(&of.b)];
        match &of.difference {
            Some(difference) => {
                let of = &difference.of;
                let (mean, se) = (number(of.mean, of.se), number(of.se, of.se));
                let sign = if of.mean > 0.0 { "+" } else { "" };
                row.push(Figure::estimated(of.mean, of.se, format!("{sign}{mean} ± {se}")));
                row.extend([difference.more, difference.same, difference.less].map(often));
            }
            None => row.push(Figure::from("-")),
        }
        table.row(row);
    }

    pub(super) fn figures(&self, priced: &Priced, document: &mut Document) {
        let (paths, seed) = (figure(priced.paths as f64, 0), priced.seed);
        let titles: Vec<&str> =
            priced.scenarios.iter().map(|title| title.within(self.language)).collect();
        let titles = titles.join(" / ");
        document.heading(phrase!(self.language, "What they pay", "支払額などの差"));
        document.paragraph(phrase!(
            self.language,
            "Mean over the same {paths} possible futures, seed {seed}: {titles}",
            "同じ将来 {paths} 通りの平均（乱数の種 {seed}）: {titles}"
        ));
        self.table(phrase!(self.language, "Figure", "指標値"), &priced.figures, document);
        document.gap();
        let lines = phrase!(self.language, "Payment, by line", "支払項目ごと");
        self.table(lines, &priced.lines, document);
        document.paragraph(phrase!(
            self.language,
            "± is the standard error of the difference on the same futures.",
            "± は、同じ将来での差の標準誤差です。"
        ));
        // The payment is told first.
        if let Some(Compared { a: Some(a), b: Some(b), .. }) = priced.figures.first() {
            let [of_a, of_b] = &priced.payments;
            let currency = &self.versions.a.currency;
            document.chart(chart::versions_distribution(currency, [of_a, of_b], [a, b]));
        }
    }

    pub(super) fn by_date(&self, priced: &Priced, document: &mut Document) {
        let dates = phrase!(self.language, "Payment, by evaluation", "評価日ごと");
        self.table(dates, &priced.evaluations, document);
        if priced.evaluations.len() > 1 {
            let title = say!("What both pay at each evaluation", "評価日ごとの両者の支払額");
            document.chart(self.over_time("payments-by-evaluation", title, &priced.evaluations));
        }
        document.gap();
        let years = phrase!(self.language, "Payment, by fiscal year", "会計年度ごと");
        self.table(years, &priced.years, document);
        // With an evaluation in each it would be the same chart once more.
        if priced.years.len() > 1 && priced.years.len() != priced.evaluations.len() {
            let title = say!("What both pay in each fiscal year", "会計年度ごとの両者の支払額");
            document.chart(self.over_time("payments-by-year", title, &priced.years));
        }
    }

    fn over_time(&self, name: &str, title: Text, steps: &[Compared]) -> Chart {
        let pair = |of: &Compared| Pair { name: of.title.clone(), of: [of.a, of.b] };
        let steps: Vec<Pair> = steps.iter().map(pair).collect();
        chart::versions_over_time(name, title, &self.versions.a.currency, &steps)
    }

    /// How the values of an indicator are shown.
    fn notation(&self, indicator: &str) -> Notation {
        let known = [&self.versions.a, &self.versions.b].into_iter().find_map(|contract| {
            let position = contract.indicator_named(indicator)?;
            Some(contract.indicators[position].unit.notation())
        });
        known.unwrap_or_else(|| Unit::Number.notation())
    }

    /// The value of an outcome with the digits it has.
    fn value(&self, indicator: &str, value: f64) -> String {
        let notation = self.notation(indicator);
        let text = figure(value * notation.factor(), 4);
        let text = text.trim_end_matches('0').trim_end_matches('.');
        if notation.hundredfold { notation.beside(text, self.language) } else { text.to_owned() }
    }

    fn range(&self, indicator: &str, region: &Region) -> String {
        if region.too_few {
            return phrase!(self.language, "too few measured", "測定人数の不足");
        }
        let number = |value: f64| self.value(indicator, value);
        match (region.from.map(number), region.below.map(number)) {
            (Some(from), Some(below)) => {
                phrase!(self.language, "{from} or more, below {below}", "{from} 以上 {below} 未満")
            }
            (Some(from), None) => phrase!(self.language, "{from} or more", "{from} 以上"),
            (None, Some(below)) => phrase!(self.language, "below {below}", "{below} 未満"),
            (None, None) => phrase!(self.language, "any value", "すべて"),
        }
    }

    pub(super) fn regions(&self, priced: &Priced, document: &mut Document) {
        for of in priced.regions.iter().take(OUTCOMES_MOST) {
            document.gap();
            self.region_table(of, document);
        }
    }

    fn region_table(&self, of: &OutcomeRegions, document: &mut Document) {
        let (title, at, told) =
            (of.title.within(self.language), of.at, estimate::part(of.told.value, of.told.se));
        document.caption(phrase!(
            self.language,
            "Where they differ, by \"{title}\" of {at} (tells {told} of the spread of the difference)",
            "「{title}」（{at}）の値による差（差のばらつきの {told} を説明）"
        ));
        let mut table = Table::new([
            (phrase!(self.language, "Value", "値"), Side::Left),
            (phrase!(self.language, "How often", "割合"), Side::Right),
            (phrase!(self.language, "B - A, mean", "B - A 平均"), Side::Right),
            (phrase!(self.language, "least", "最小"), Side::Right),
            (phrase!(self.language, "most", "最大"), Side::Right),
        ]);
        let digits = |value| self.currency.simulated_digits(value);
        let amount = |value| Figure::number(value, digits(value));
        for region in &of.regions {
            let Probability { value, se } = region.share;
            let of_region = &region.difference;
            let mean = format!("{} ± {}", digits(of_region.mean), digits(of_region.se));
            table.row([
                self.range(&of.indicator, region).into(),
                Figure::estimated(value, se, percent(value)),
                Figure::estimated(of_region.mean, of_region.se, mean),
                amount(of_region.min),
                amount(of_region.max),
            ]);
        }
        document.table(table);
    }

    pub(super) fn furthest(&self, priced: &Priced, document: &mut Document) {
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
            let outcomes = outcomes.join(self.language.comma());
            let digits = |value| self.currency.simulated_digits(value);
            let (a, b) = (digits(of.a), digits(of.b));
            document.paragraph(match of.b < of.a {
                true => phrase!(
                    self.language,
                    "Most less: A pays {a}, B pays {b} on {outcomes}\n",
                    "B が最も少なくなる例: A {a}、B {b}（{outcomes}）\n"
                ),
                false => phrase!(
                    self.language,
                    "Most more: A pays {a}, B pays {b} on {outcomes}\n",
                    "B が最も多くなる例: A {a}、B {b}（{outcomes}）\n"
                ),
            });
        }
    }
}
