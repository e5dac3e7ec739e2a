//! What each party needs to know before it signs, as it reads it.

mod evaluator;
mod investor;
mod key_facts;
mod payer;
mod provider;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::document::{Document, Figure, Side, Table};
use super::estimate;
use super::figures::{Currency, decimals_for, figure};
use crate::analyse::parties::PartyReport;
use crate::contract::Contract;
use crate::contract::wording::phrase;
use crate::finance::{Estimated, Loss};
use crate::problem::Language;
use crate::scenario::Scenario;
use crate::simulate::{Distribution, Probability, Settings};

/// A report to the parties of a role. `settings` are those it was computed with.
#[must_use]
pub fn to_parties(
    scenario: &Scenario,
    settings: &Settings,
    report: &PartyReport,
    language: Language,
) -> Document {
    let layout = Layout::new(scenario, settings, language);
    let mut document = layout.heading();
    match report {
        PartyReport::Payer(all) => {
            for of in all {
                document.gap();
                payer::add(&layout, of, &mut document);
            }
            payer::together(&layout, all, &mut document);
        }
        PartyReport::Provider(all) => {
            for of in all {
                document.gap();
                provider::add(&layout, of, &mut document);
            }
        }
        PartyReport::Investor(all) => {
            for of in all {
                document.gap();
                investor::add(&layout, of, &mut document);
            }
        }
        PartyReport::Evaluator(one) => {
            document.gap();
            evaluator::add(&layout, one, &mut document);
        }
    }
    document
}

/// How a report is laid out for people.
struct Layout<'a> {
    scenario: &'a Scenario,
    contract: &'a Contract,
    language: Language,
    currency: Currency<'a>,
    paths: u64,
    seed: u64,
}

impl<'a> Layout<'a> {
    fn new(scenario: &'a Scenario, settings: &Settings, language: Language) -> Self {
        let contract = &scenario.contract;
        Layout {
            scenario,
            contract,
            language,
            currency: Currency::new(&contract.currency, language),
            paths: settings.paths.unwrap_or(scenario.paths),
            seed: settings.seed.unwrap_or(scenario.seed),
        }
    }

    fn heading(&self) -> Document {
        let scenario = self.scenario.title.within(self.language);
        let title = self.contract.title.within(self.language);
        let id = &self.contract.id;
        let (paths, seed) = (figure(self.paths as f64, 0), self.seed);
        let subtitle = phrase!(
            self.language,
            "{title} ({id}), {paths} possible futures, seed {seed}",
            "{title}（{id}）、想定する将来 {paths} 通り、乱数の種 {seed}"
        );
        let mut document = Document::new(self.language, scenario, subtitle);
        document.paragraph(phrase!(
            self.language,
            "Every figure is simulated; ± is its standard error. About 90 of 100 futures lie between\n\
             the columns 5% and 95%. \"Never\" and \"always\" are said of the futures that were drawn.\n",
            "数値はすべて試算で、± は標準誤差です。100 回のうち約 90 回は 5% と 95% の列の間に収まります。\n\
             「なし」「すべて」は、試算した将来の中でのことです。\n"
        ));
        document
    }

    /// Whose report it is.
    fn party(&self, party: usize, what: &str) -> String {
        let party = &self.contract.parties[party];
        let (name, id) = (party.name.within(self.language), &party.id);
        phrase!(self.language, "{what}: {name} ({id})", "{what}：{name}（{id}）")
    }

    /// A table of amounts with `first` as the heading of the names.
    fn amounts(&self, first: String, more: Option<String>) -> Table {
        let unit = self.currency.name();
        let headings = [
            (first, Side::Left),
            (phrase!(self.language, "Mean ({unit})", "平均（{unit}）"), Side::Right),
            ("5%".to_owned(), Side::Right),
            (phrase!(self.language, "Median", "中央値"), Side::Right),
            ("95%".to_owned(), Side::Right),
        ];
        Table::new(headings.into_iter().chain(more.map(|more| (more, Side::Right))))
    }

    fn amount_row(&self, name: impl Into<String>, of: &Distribution) -> Vec<Figure> {
        let [low, median, high] = [of.p05, of.p50, of.p95].map(|value| self.amount(value));
        vec![name.into().into(), self.mean(of), low, median, high]
    }

    /// A simulated amount, without the currency.
    fn amount(&self, value: f64) -> Figure {
        Figure::number(value, self.currency.simulated_digits(value))
    }

    /// An exact amount, without the currency.
    fn exact(&self, amount: Decimal) -> Figure {
        let text = self.currency.digits(amount);
        match amount.to_f64() {
            Some(number) => Figure::number(number, text),
            None => Figure::from(text),
        }
    }

    /// A mean and its standard error, without the currency.
    fn mean(&self, of: &Distribution) -> Figure {
        self.money(Estimated { value: of.mean, se: of.se })
    }

    fn money(&self, of: Estimated) -> Figure {
        estimate::amount(of.value, of.se, self.currency)
    }

    fn money_with_unit(&self, of: Estimated) -> String {
        self.currency.with_name(&self.money(of).text)
    }

    /// A probability in percent, as fine as its error allows; what happened never or always is
    /// said with the number of futures.
    fn likelihood(&self, of: Estimated) -> String {
        let of = Probability { value: of.value, se: of.se };
        estimate::likelihood(of, self.paths, self.language).text
    }

    /// The same in a table, where what happened never or always is said in a word: its estimated
    /// error is 0, and would say too much.
    fn percent(&self, of: Estimated) -> Figure {
        if !of.value.is_finite() {
            return Figure::from("-");
        }
        match of.value {
            0.0 => return phrase!(self.language, "never", "なし").into(),
            1.0 => return phrase!(self.language, "always", "すべて").into(),
            _ => {}
        }
        let decimals = decimals_for(of.se * 100.0, 1).clamp(1, 3);
        let shown = |value: f64| figure(value * 100.0, decimals);
        if of.se > 0.0 {
            let text = format!("{}% ± {}%", shown(of.value), shown(of.se));
            Figure::estimated(of.value, of.se, text)
        } else {
            Figure::number(of.value, format!("{}%", shown(of.value)))
        }
    }

    /// How often something happens in `futures` of the futures, which may be few: what happened in
    /// none of them or in all is counted.
    fn part_of(&self, of: Estimated, futures: usize) -> Figure {
        let times = match of.value {
            0.0 => 0,
            1.0 => futures,
            _ => return self.percent(of),
        };
        let [times, futures] = [times, futures].map(|count| figure(count as f64, 0));
        phrase!(self.language, "{times} of {futures}", "{futures} 回中 {times} 回").into()
    }

    /// How many futures a part of all of them is.
    fn futures(&self, part: Estimated, all: usize) -> usize {
        (part.value * all as f64).round() as usize
    }

    /// A plain number and its error.
    fn number(&self, of: Estimated) -> String {
        let decimals = decimals_for(of.se, 1).clamp(2, 6);
        format!("{} ± {}", figure(of.value, decimals), figure(of.se, decimals))
    }

    /// How likely a loss is, and how large.
    fn loss(&self, loss: &Loss, document: &mut Document) {
        let probability = self.likelihood(loss.probability);
        document.paragraph(phrase!(
            self.language,
            "Probability of a loss: {probability}\n",
            "損失となる確率: {probability}\n"
        ));
        if let Some(given) = loss.mean_given_loss {
            let given = self.money_with_unit(given);
            document.paragraph(phrase!(
                self.language,
                "Mean loss where there is one: {given}\n",
                "損失となる場合の平均の損失額: {given}\n"
            ));
        }
        let shortfall = self.money_with_unit(loss.expected_shortfall);
        document.paragraph(phrase!(
            self.language,
            "Mean loss of the worst 5% of futures (expected shortfall): {shortfall}\n",
            "最悪の 5% の将来での平均の損失額（期待ショートフォール）: {shortfall}\n"
        ));
        if loss.expected_shortfall.value < 0.0 {
            document.paragraph(estimate::gains_at_worst(self.language));
        }
    }
}

#[cfg(test)]
mod tests;
