//! What a figure depends on, as people read it.

mod grid;
mod parts;
mod tornado;

use super::document::{Document, Figure};
use super::figures::{Currency, decimals_for, figure};
use crate::analyse::Counted;
use crate::analyse::sensitivity::Sensitivity;
use crate::contract::wording::phrase;
use crate::problem::{Language, Problem};
use crate::scenario::Scenario;
use crate::simulate::Mean;

/// What a figure depends on: what nobody can know and what can be chosen, with a tornado of each,
/// rank correlations and, where they were asked for, Sobol' indices and grids.
#[must_use]
pub fn sensitivity(scenario: &Scenario, answer: &Sensitivity, language: Language) -> Document {
    let currency = Currency::new(&scenario.contract.currency, language);
    let layout = Layout { scenario, answer, language, currency };
    let mut document = layout.heading();
    document.gap();
    layout.cells(&mut document);
    document.gap();
    layout.parameters(&mut document);
    document.gap();
    layout.impossible(&mut document);
    document.gap();
    layout.ranks(&mut document);
    if let Some(sobol) = &answer.sobol {
        document.gap();
        layout.sobol(sobol, &mut document);
    }
    for grid in &answer.grids {
        document.gap();
        layout.grid(grid, &mut document);
    }
    document
}

struct Layout<'a> {
    scenario: &'a Scenario,
    answer: &'a Sensitivity,
    language: Language,
    currency: Currency<'a>,
}

impl Layout<'_> {
    fn heading(&self) -> Document {
        let Sensitivity { paths, seed, missing, mean, sd, .. } = self.answer;
        let scenario = self.scenario.title.within(self.language);
        let title = self.answer.figure.title();
        let title = title.within(self.language);
        let paths = figure(*paths as f64, 0);
        let (mean, sd) = (self.mean(mean).text, self.digits(*sd));
        let unit = self.unit();
        let subtitle = phrase!(
            self.language,
            "What it depends on: {title}{unit}",
            "何に左右されるか: {title}{unit}"
        );
        let mut document = Document::new(self.language, scenario, subtitle);
        document.paragraph(phrase!(
            self.language,
            "mean {mean}, standard deviation {sd}; {paths} possible futures, seed {seed}",
            "平均 {mean}、標準偏差 {sd}。想定する将来 {paths} 通り、乱数の種 {seed}"
        ));
        if *missing > 0 {
            let missing = figure(*missing as f64, 0);
            document.paragraph(phrase!(
                self.language,
                "In {missing} futures there is no such figure; means are over the others.\n",
                "{missing} 通りの将来ではこの数値がありません。平均は残りの将来のものです。\n"
            ));
        }
        if self.answer.sd <= 1e-12 * self.answer.mean.mean.abs() {
            document.paragraph(phrase!(
                self.language,
                "It is the same in every future: there is nothing to divide.\n",
                "どの将来でも同じ値なので、分けるべきばらつきはありません。\n"
            ));
        }
        document.paragraph(phrase!(
            self.language,
            "± is the standard error. The same random numbers are used throughout.\n",
            "± は標準誤差です。どの計算にも同じ乱数を使います。\n"
        ));
        document
    }

    /// What a cell is called.
    fn cell(&self, name: &str) -> String {
        self.scenario.cell_title(name, self.language)
    }

    /// The unit of the figure, behind its title.
    fn unit(&self) -> String {
        match self.answer.figure.counted() {
            Counted::Money => {
                let name = self.currency.name();
                phrase!(self.language, " ({name})", "（{name}）")
            }
            Counted::Rate | Counted::Number => String::new(),
        }
    }

    /// A value of the figure.
    fn digits(&self, value: f64) -> String {
        match self.answer.figure.counted() {
            Counted::Money => self.currency.simulated_digits(value),
            Counted::Rate if value.is_nan() => "-".to_owned(),
            Counted::Rate => {
                let decimals = decimals_for(100.0 * self.answer.mean.se, 1).max(1);
                format!("{}%", figure(100.0 * value, decimals))
            }
            Counted::Number => figure(value, decimals_for(self.answer.mean.se, 1).max(2)),
        }
    }

    fn mean(&self, of: &Mean) -> Figure {
        let text = format!("{} ± {}", self.digits(of.mean), self.digits(of.se));
        Figure::estimated(of.mean, of.se, text)
    }

    fn signed(&self, of: &Mean) -> Figure {
        let sign = if of.mean > 0.0 { "+" } else { "" };
        let mean = self.mean(of);
        Figure { text: format!("{sign}{}", mean.text), ..mean }
    }

    fn why(&self, problem: &Problem) -> String {
        let message = problem.message.within(self.language);
        match &problem.found {
            Some(found) => format!("{message}: {}", found.within(self.language)),
            None => message.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests;
