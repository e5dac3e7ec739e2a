//! A projection as people read it.

mod cohorts;
mod investors;
mod measurement;

use rust_decimal::prelude::ToPrimitive;

use super::chart::{self, Pair};
use super::document::{Document, Figure, Side, Table};
use super::estimate::{self, Written};
use super::figures::{Currency, percent};
use crate::contract::Contract;
use crate::contract::wording::phrase;
use crate::expr::{Notation, Unit};
use crate::problem::Language;
use crate::simulate::{Distribution, Named, PartyProjection, Probability, Projection, Reached};

/// What a simulation found, with its charts, as it is read.
#[must_use]
pub fn projected(contract: &Contract, projection: &Projection, language: Language) -> Document {
    let currency = Currency::new(&projection.currency, language);
    let layout = Layout { contract, projection, language, currency };
    let mut document = layout.heading();
    document.gap();
    layout.totals(&mut document);
    document.gap();
    layout.rules(&mut document);
    document.gap();
    layout.lines(&mut document);
    document.gap();
    layout.evaluations(&mut document);
    document.gap();
    layout.no_effect(&mut document);
    document.gap();
    measurement::measurement(&layout, &mut document);
    document.gap();
    layout.probabilities(&mut document);
    document.gap();
    layout.benefits(&mut document);
    document.gap();
    investors::investors(&layout, &mut document);
    document.gap();
    layout.outcomes(&mut document);
    document.gap();
    cohorts::cohorts(&layout, &mut document);
    document.gap();
    layout.convergence(&mut document);
    document.gap();
    layout.unsourced(&mut document);
    document
}

struct Layout<'a> {
    contract: &'a Contract,
    projection: &'a Projection,
    language: Language,
    currency: Currency<'a>,
}

impl Layout<'_> {
    fn heading(&self) -> Document {
        let Projection { contract, seed, .. } = self.projection;
        let scenario = self.projection.scenario.within(self.language);
        let title = self.projection.contract_title.within(self.language);
        let paths = crate::contract::explain::amount_text(self.projection.paths.into());
        let subtitle = phrase!(
            self.language,
            "{title} ({contract}), {paths} possible futures, seed {seed}",
            "{title}（{contract}）、想定する将来 {paths} 通り、乱数の種 {seed}"
        );
        let mut document = Document::new(self.language, scenario, subtitle);
        document.gap();
        document.paragraph(phrase!(
            self.language,
            "Every figure is simulated. A mean is given with ± its standard error; the other columns\n\
             say how far single futures spread: about 90 of 100 lie between the columns 5% and 95%.\n",
            "数値はすべて試算です。平均には ± で標準誤差を添えます。ほかの列は個々の将来の\n\
             ばらつきを示し、100 回のうち約 90 回は 5% と 95% の列の間に収まります。\n",
        ));
        self.precision(&mut document);
        document
    }

    /// What the standard error means in money, and whether a precision asked for was reached.
    fn precision(&self, document: &mut Document) {
        let payment = &self.projection.payment;
        if payment.se > 0.0 {
            let margin = self.currency.simulated(1.96 * payment.se);
            document.paragraph(phrase!(
                self.language,
                "The mean payment is known to within {margin} (95% confidence); four times as many futures\n\
                 would halve that.\n",
                "支払の平均の誤差は {margin}以内です（信頼度 95%）。将来の数を 4 倍にすると、この幅は半分になります。\n"
            ));
        }
        let width = self.projection.percentile_width;
        if width > 0.0 {
            document.paragraph(estimate::classes(width, self.language));
        }
        if let Some(Reached { wanted, reached, .. }) = &self.projection.until {
            document.paragraph(if *reached {
                phrase!(
                    self.language,
                    "Drawn until the standard error was as small as asked ({wanted}).\n",
                    "標準誤差が指定（{wanted}）に達するまで試算しました。\n"
                )
            } else {
                phrase!(
                    self.language,
                    "The standard error did not come down to {wanted}: draw more futures with `--paths`.\n",
                    "標準誤差は {wanted} に達しませんでした。`--paths` を増やしてください。\n"
                )
            });
        }
    }

    /// A table of amounts with `first` as the heading of the names.
    fn amounts(&self, first: String) -> Table {
        estimate::distributions(first, Some(self.currency.name()), self.language)
    }

    fn amount_row(&self, name: impl Into<String>, amount: &Distribution) -> [Figure; 6] {
        estimate::amounts(name, amount, self.currency)
    }

    /// A mean and its standard error, without the currency.
    fn mean(&self, amount: &Distribution) -> Figure {
        estimate::amount(amount.mean, amount.se, self.currency)
    }

    fn totals(&self, document: &mut Document) {
        let mut table = self.amounts(phrase!(self.language, "In all", "全体"));
        let totals = [
            (phrase!(self.language, "Payment", "支払"), &self.projection.payment),
            (
                phrase!(self.language, "Payment, discounted", "支払（割引後）"),
                &self.projection.payment_discounted,
            ),
            (
                phrase!(self.language, "Benefit, discounted", "便益（割引後）"),
                &self.projection.benefit,
            ),
            (phrase!(self.language, "Benefit less payment", "便益 − 支払"), &self.projection.net),
        ];
        let shown = if self.projection.benefits.is_empty() { 2 } else { totals.len() };
        for (name, amount) in totals.into_iter().take(shown) {
            table.row(self.amount_row(name, amount));
        }
        document.heading(phrase!(self.language, "In all", "全体"));
        document.table(table);
        // Payments are shown with the tax that is added to them.
        let cap = self.contract.cap_with_tax().and_then(|cap| cap.to_f64());
        document.chart(chart::payment_distribution(self.projection, cap));
        document.chart(chart::exceedance(self.projection));
    }

    /// What each line pays as its outcome changes, with where the outcome lies behind it.
    fn rules(&self, document: &mut Document) {
        let charts = chart::payment_rules(self.contract, Some(self.projection));
        if !charts.is_empty() {
            document.heading(phrase!(
                self.language,
                "How much is paid for what",
                "成果と支払の関係"
            ));
        }
        for chart in charts {
            document.chart(chart);
        }
    }

    fn convergence(&self, document: &mut Document) {
        if let Some(chart) = chart::convergence(self.projection) {
            document.heading(phrase!(self.language, "How precise the figures are", "試算の精度"));
            document.chart(chart);
        }
    }

    fn lines(&self, document: &mut Document) {
        let mut table = self.amounts(phrase!(self.language, "Payment by line", "支払項目"));
        for line in self.projection.lines.iter().filter(|line| self.ever(&line.name)) {
            table.row(self.amount_row(line.title.within(self.language), &line.amount));
        }
        document.heading(phrase!(self.language, "Payment by line", "支払項目"));
        document.table(table);
    }

    /// Whether a line says anything: a limit that never cut is left out.
    fn ever(&self, name: &str) -> bool {
        let Projection { lines, no_effect_lines, .. } = self.projection;
        let own = lines.iter().chain(no_effect_lines).filter(|line| line.name == name);
        let declared = self.contract.lines.iter().any(|line| line.id == name);
        let mut amounts = own.map(|line| line.amount);
        declared || amounts.any(|amount| amount.min != 0.0 || amount.max != 0.0)
    }

    fn evaluations(&self, document: &mut Document) {
        let mut table = self.amounts(phrase!(self.language, "Payment by evaluation", "評価日"));
        for evaluation in &self.projection.evaluations {
            table.row(self.amount_row(evaluation.at.as_str(), &evaluation.payment));
        }
        // With one evaluation it would repeat the total.
        if self.projection.evaluations.len() > 1 {
            document.heading(phrase!(self.language, "Payment by evaluation", "評価日ごとの支払"));
            document.table(table);
            document.chart(chart::payment_by_evaluation(self.projection));
        }
        if self.projection.years.len() > 1 {
            document
                .chart(chart::payment_by_year(&self.projection.currency, &self.projection.years));
        }
    }

    fn no_effect(&self, document: &mut Document) {
        document.heading(phrase!(
            self.language,
            "If the programme does nothing",
            "事業に効果がない場合"
        ));
        if !self.projection.no_effect_stated {
            document.paragraph(phrase!(
                self.language,
                "No cell states `no_effect`, so what the contract would pay if the programme did\n\
                 nothing is not known: add no_effect = \"0\" to the cells that are its effect\n",
                "どのセルにも `no_effect` がないため、事業に効果がない場合の支払は分かりません。\n\
                 事業の効果を表すセルに no_effect = \"0\" を加えてください\n"
            ));
            return;
        }
        let (without, with) = (&self.projection.no_effect, &self.projection.payment);
        let mean = self.currency.with_name(&self.mean(without).text);
        let high = self.currency.simulated(without.p95);
        let mut text = phrase!(
            self.language,
            "If the programme did nothing, it would still pay {mean} on average",
            "事業に効果がなくても、平均で {mean}を支払います"
        );
        if with.mean > 0.0 {
            let part = percent(without.mean / with.mean);
            text += &phrase!(
                self.language,
                "\n(about {part} of what it pays with its effect)",
                "\n（効果がある場合の約 {part}）"
            );
        }
        text += &phrase!(
            self.language,
            ", and at most {high} in 95 of 100 cases\n",
            "。100 回のうち 95 回は {high}以下です\n"
        );
        document.paragraph(text);
        document.gap();
        self.no_effect_lines(document);
    }

    fn no_effect_lines(&self, document: &mut Document) {
        let unit = self.currency.name();
        let mut table = Table::new([
            (phrase!(self.language, "Payment by line", "支払項目"), Side::Left),
            (phrase!(self.language, "With effect ({unit})", "効果あり（{unit}）"), Side::Right),
            (phrase!(self.language, "Without effect ({unit})", "効果なし（{unit}）"), Side::Right),
        ]);
        let known = |name: &str| -> Option<&Named> {
            self.projection.lines.iter().find(|line| line.name == name)
        };
        for line in self.projection.no_effect_lines.iter().filter(|line| self.ever(&line.name)) {
            let with = known(&line.name).map_or(Figure::from(""), |line| self.mean(&line.amount));
            let title = line.title.within(self.language).to_owned();
            table.row([title.into(), with, self.mean(&line.amount)]);
        }
        document.table(table);
    }

    fn probabilities(&self, document: &mut Document) {
        let mut table = Table::new([
            (phrase!(self.language, "How likely is it that", "起こりやすさ"), Side::Left),
            (phrase!(self.language, "Probability", "確率"), Side::Right),
        ]);
        let likely = [
            (
                phrase!(self.language, "the total cap is reached", "契約全体の支払上限額に達する"),
                self.projection.cap_reached,
            ),
            (
                phrase!(self.language, "no outcome payment is made", "成果連動の支払が一切ない"),
                self.projection.no_outcome_payment,
            ),
            (
                phrase!(self.language, "benefits exceed payments", "便益が支払を上回る"),
                self.projection.net_positive,
            ),
        ];
        let shown = if self.projection.benefits.is_empty() { 2 } else { likely.len() };
        for (name, probability) in likely.into_iter().take(shown) {
            table.row([name.into(), self.likelihood(probability)]);
        }
        document.heading(phrase!(self.language, "How likely it is", "起こりやすさ"));
        document.table(table);
    }

    fn benefits(&self, document: &mut Document) {
        let mut table =
            self.amounts(phrase!(self.language, "Benefit, discounted", "便益（割引後）"));
        for benefit in &self.projection.benefits {
            table.row(self.amount_row(benefit.title.within(self.language), &benefit.amount));
            for part in &benefit.shares {
                let name = format!("- {}", part.title.within(self.language));
                table.row(self.amount_row(name, &part.amount));
            }
        }
        if !table.is_empty() {
            document.heading(phrase!(self.language, "Benefits", "便益"));
        }
        document.table(table);
        let parties = &self.projection.parties;
        if parties.iter().any(|party| party.saved.is_some()) {
            let pair =
                |of: &PartyProjection| Pair { name: of.title.clone(), of: [of.paid, of.saved] };
            let parties: Vec<Pair> = parties.iter().map(pair).collect();
            document.chart(chart::savings(&self.projection.currency, &parties));
        }
    }

    fn outcomes(&self, document: &mut Document) {
        let evaluations = &self.projection.evaluations;
        // How often an outcome is available says something only where it is not always.
        let partly =
            evaluations.iter().flat_map(|at| &at.outcomes).any(|of| of.available.value < 1.0);
        let available = (phrase!(self.language, "Available", "測定可能"), Side::Right);
        let headings = [
            (phrase!(self.language, "Outcome as measured", "測定される成果"), Side::Left),
            (phrase!(self.language, "At", "評価日"), Side::Left),
        ];
        let mut amounts = estimate::headings(None, self.language);
        // The table is wide enough.
        amounts[1].0 = phrase!(self.language, "Std. dev.", "標準偏差");
        let headings = headings.into_iter().chain(amounts);
        let mut table = Table::new(headings.chain(partly.then_some(available)));
        for evaluation in evaluations {
            for outcome in &evaluation.outcomes {
                let notation = self.notation(&outcome.name);
                let name = notation.titled(outcome.title.within(self.language), self.language);
                let mut row: Vec<Figure> = vec![name.into(), evaluation.at.clone().into()];
                match outcome.value {
                    Some(value) => {
                        row.extend(estimate::values(&value, Written::Times(notation.factor())))
                    }
                    None => row.extend([""; 5].map(Figure::from)),
                }
                if partly {
                    let always = outcome.available.value >= 1.0;
                    let shown = || self.likelihood(outcome.available);
                    row.push(if always { Figure::number(1.0, percent(1.0)) } else { shown() });
                }
                table.row(row);
            }
        }
        if !table.is_empty() {
            document.heading(phrase!(self.language, "Outcomes", "測定される成果"));
        }
        document.table(table);
    }

    fn likelihood(&self, of: Probability) -> Figure {
        estimate::likelihood(of, self.projection.paths, self.language)
    }

    /// How values of an indicator are shown.
    fn notation(&self, indicator: &str) -> Notation {
        let position = self.contract.indicator_named(indicator);
        let unit = position.map_or(&Unit::Number, |at| &self.contract.indicators[at].unit);
        unit.notation()
    }

    fn unsourced(&self, document: &mut Document) {
        let assumed = self.projection.assumptions.iter().filter(|known| known.assumed);
        let list: Vec<String> = assumed
            .map(|known| {
                let short: String = known.is.chars().take(LONGEST_ASSUMPTION).collect();
                let name = known.called(self.language);
                match known
                    .source
                    .as_ref()
                    .map(|words| words.within(self.language))
                    .filter(|words| !words.is_empty())
                {
                    None => format!("{name} = {}", known.is),
                    Some(words) => {
                        // Where there are words of it, the entries need not be whole.
                        let rest = if short == known.is { "" } else { "…" };
                        phrase!(
                            self.language,
                            "{name} = {short}{rest} ({words})",
                            "{name} = {short}{rest}（{words}）"
                        )
                    }
                }
            })
            .collect();
        if !list.is_empty() {
            document.paragraph(phrase!(self.language, "Assumed:", "仮定として置いた値:"));
        }
        document.list(list);
    }
}

/// Characters of what is assumed that are shown before its words.
const LONGEST_ASSUMPTION: usize = 120;

#[cfg(test)]
mod tests;
