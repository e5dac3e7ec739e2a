//! A projection as people read it.

use engine::contract::Contract;
use engine::problem::Language;
use engine::simulate::{Distribution, Named, Probability, Projection};
use rust_decimal::Decimal;

use crate::money::{Currency, decimals_for, figure, percent};
use crate::table::{Side, Table};

/// The whole report.
pub(super) fn report(contract: &Contract, projection: &Projection, language: Language) -> String {
    let currency = Currency::new(&projection.currency, language);
    let layout = Layout { contract, projection, language, currency };
    let parts = [
        layout.heading(),
        layout.totals(),
        layout.lines(),
        layout.evaluations(),
        layout.no_effect(),
        layout.probabilities(),
        layout.benefits(),
        layout.outcomes(),
        layout.unsourced(),
    ];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")
}

struct Layout<'a> {
    contract: &'a Contract,
    projection: &'a Projection,
    language: Language,
    currency: Currency<'a>,
}

impl Layout<'_> {
    fn heading(&self) -> String {
        let Projection { scenario, contract, seed, .. } = self.projection;
        let title = self.projection.contract_title.within(self.language);
        let paths = engine::contract::explain::amount_text(Decimal::from(self.projection.paths));
        pick!(
            self.language,
            "{scenario}\n{title} ({contract}), {paths} possible futures, seed {seed}\n\n\
             Every figure is simulated. A mean is given with ± its standard error; the other\n\
             columns say how far single futures spread: in 5 of 100 the amount is below the\n\
             5% column, in 5 of 100 above the 95% column.\n",
            "{scenario}\n{title}（{contract}）、想定する将来 {paths} 通り、乱数の種 {seed}\n\n\
             数値はすべて試算です。平均には ± で標準誤差を添えます。ほかの列は個々の将来の\n\
             ばらつきを示し、5% の列を下回るのは 100 回のうち 5 回、95% の列を上回るのも\n\
             100 回のうち 5 回です。\n"
        )
    }

    /// A table of amounts with `first` as the heading of the names.
    fn amounts(&self, first: String) -> Table {
        let unit = self.currency.name();
        Table::new([
            (first, Side::Left),
            (pick!(self.language, "Mean ({unit})", "平均（{unit}）"), Side::Right),
            (pick!(self.language, "Std. deviation", "標準偏差"), Side::Right),
            ("5%".to_owned(), Side::Right),
            (pick!(self.language, "Median", "中央値"), Side::Right),
            ("95%".to_owned(), Side::Right),
        ])
    }

    fn amount_row(&self, name: impl Into<String>, amount: &Distribution) -> [String; 6] {
        let digits = |value| self.currency.simulated_digits(value);
        [
            name.into(),
            self.mean(amount),
            digits(amount.sd),
            digits(amount.p05),
            digits(amount.p50),
            digits(amount.p95),
        ]
    }

    /// A mean and its standard error, without the currency.
    fn mean(&self, amount: &Distribution) -> String {
        let digits = |value| self.currency.simulated_digits(value);
        format!("{} ± {}", digits(amount.mean), digits(amount.se))
    }

    fn totals(&self) -> String {
        let mut table = self.amounts(pick!(self.language, "In all", "全体"));
        let totals = [
            (pick!(self.language, "Payment", "支払"), &self.projection.payment),
            (
                pick!(self.language, "Payment, discounted", "支払（割引後）"),
                &self.projection.payment_discounted,
            ),
            (
                pick!(self.language, "Benefit, discounted", "便益（割引後）"),
                &self.projection.benefit,
            ),
            (pick!(self.language, "Benefit less payment", "便益 − 支払"), &self.projection.net),
        ];
        for (name, amount) in totals {
            table.row(self.amount_row(name, amount));
        }
        table.text()
    }

    fn lines(&self) -> String {
        let mut table = self.amounts(pick!(self.language, "Payment by line", "支払項目"));
        for line in &self.projection.lines {
            table.row(self.amount_row(line.title.within(self.language), &line.amount));
        }
        if table.is_empty() { String::new() } else { table.text() }
    }

    fn evaluations(&self) -> String {
        let mut table = self.amounts(pick!(self.language, "Payment by evaluation", "評価日"));
        for evaluation in &self.projection.evaluations {
            table.row(self.amount_row(evaluation.at.as_str(), &evaluation.payment));
        }
        // With one evaluation it would repeat the total.
        if self.projection.evaluations.len() < 2 { String::new() } else { table.text() }
    }

    fn no_effect(&self) -> String {
        let (without, with) = (&self.projection.no_effect, &self.projection.payment);
        let mean = self.currency.simulated(without.mean);
        let error = self.currency.simulated_digits(without.se);
        let high = self.currency.simulated(without.p95);
        let mut text = pick!(
            self.language,
            "If the programme did nothing, it would still pay {mean} ± {error} on average",
            "事業に効果がなくても、平均で {mean} ± {error} を支払います"
        );
        if with.mean > 0.0 {
            let part = percent(without.mean / with.mean);
            text += &pick!(
                self.language,
                "\n(about {part} of what it pays with its effect)",
                "\n（効果がある場合の約 {part}）"
            );
        }
        text += &pick!(
            self.language,
            ", and over {high} in 5 of 100 cases\n",
            "。100 回のうち 5 回は {high} を超えます\n"
        );
        format!("{text}{}", self.no_effect_lines())
    }

    fn no_effect_lines(&self) -> String {
        let unit = self.currency.name();
        let mut table = Table::new([
            (pick!(self.language, "Payment by line", "支払項目"), Side::Left),
            (pick!(self.language, "With effect ({unit})", "効果あり（{unit}）"), Side::Right),
            (pick!(self.language, "Without effect ({unit})", "効果なし（{unit}）"), Side::Right),
        ]);
        let known = |name: &str| -> Option<&Named> {
            self.projection.lines.iter().find(|line| line.name == name)
        };
        for line in &self.projection.no_effect_lines {
            let with = known(&line.name).map(|line| self.mean(&line.amount)).unwrap_or_default();
            let title = line.title.within(self.language).to_owned();
            table.row([title, with, self.mean(&line.amount)]);
        }
        if table.is_empty() { String::new() } else { format!("\n{}", table.text()) }
    }

    fn probabilities(&self) -> String {
        let mut table = Table::new([
            (pick!(self.language, "How likely is it that", "起こりやすさ"), Side::Left),
            (pick!(self.language, "Probability", "確率"), Side::Right),
        ]);
        let likely = [
            (
                pick!(self.language, "the total cap is reached", "支払上限額に達する"),
                self.projection.cap_reached,
            ),
            (
                pick!(self.language, "no outcome payment is made", "成果連動の支払が一切ない"),
                self.projection.no_outcome_payment,
            ),
            (
                pick!(self.language, "benefits exceed payments", "便益が支払を上回る"),
                self.projection.net_positive,
            ),
        ];
        for (name, Probability { value, se }) in likely {
            table.row([name, format!("{} ± {}", percent(value), percent(se))]);
        }
        table.text()
    }

    fn benefits(&self) -> String {
        let mut table = self.amounts(pick!(self.language, "Benefit, discounted", "便益（割引後）"));
        for benefit in &self.projection.benefits {
            table.row(self.amount_row(benefit.name.as_str(), &benefit.amount));
            for (party, amount) in &benefit.shares {
                table.row(self.amount_row(format!("- {}", self.party(party)), amount));
            }
        }
        if table.is_empty() { String::new() } else { table.text() }
    }

    fn outcomes(&self) -> String {
        let mut table = Table::new([
            (pick!(self.language, "Outcome as measured", "測定される成果"), Side::Left),
            (pick!(self.language, "At", "評価日"), Side::Left),
            (pick!(self.language, "Available", "測定可能"), Side::Right),
            (pick!(self.language, "Mean", "平均"), Side::Right),
            (pick!(self.language, "Std. dev.", "標準偏差"), Side::Right),
            ("5%".to_owned(), Side::Right),
            (pick!(self.language, "Median", "中央値"), Side::Right),
            ("95%".to_owned(), Side::Right),
        ]);
        for evaluation in &self.projection.evaluations {
            for outcome in &evaluation.outcomes {
                let title = outcome.title.within(self.language).to_owned();
                let mut row = vec![title, evaluation.at.clone(), self.part(outcome.available)];
                if let Some(value) = &outcome.value {
                    row.extend(self.figures(
                        &outcome.name,
                        outcome.unit.within(self.language),
                        value,
                    ));
                }
                table.row(row);
            }
        }
        if table.is_empty() { String::new() } else { table.text() }
    }

    /// A part of the paths, with the standard error of a proportion.
    fn part(&self, part: f64) -> String {
        let error = (part * (1.0 - part) / self.projection.paths as f64).sqrt();
        format!("{} ± {}", percent(part), percent(error))
    }

    /// Mean, spread and percentiles of an outcome; a share in percent.
    fn figures(&self, indicator: &str, unit: &str, value: &Distribution) -> [String; 5] {
        let position = self.contract.indicator_named(indicator);
        let share = position.is_some_and(|at| self.contract.indicators[at].estimand.is_share());
        let (scale, unit) = if share { (100.0, "%".to_owned()) } else { (1.0, format!(" {unit}")) };
        let fine = decimals_for(value.se * scale, 2);
        let coarse = decimals_for(value.sd * scale, 3);
        let spread = |of: f64| figure(of * scale, coarse);
        let (mean, error) = (figure(value.mean * scale, fine), figure(value.se * scale, fine));
        [
            format!("{mean} ± {error}{unit}"),
            spread(value.sd),
            spread(value.p05),
            spread(value.p50),
            spread(value.p95),
        ]
    }

    fn unsourced(&self) -> String {
        let assumed = |source: &Option<String>| source.as_deref().is_none_or(str::is_empty);
        let cells = self.projection.assumptions.iter().filter(|cell| assumed(&cell.source));
        let list: String = cells.map(|cell| format!("  {} = {}\n", cell.name, cell.is)).collect();
        if list.is_empty() {
            return list;
        }
        pick!(self.language, "Assumed, no source:\n{list}", "出典のない仮定:\n{list}")
    }

    fn party<'a>(&'a self, id: &'a str) -> &'a str {
        let party = self.contract.parties.iter().find(|party| party.id == id);
        party.map_or(id, |party| party.name.within(self.language))
    }
}
