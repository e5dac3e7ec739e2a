//! A projection as people read it.

mod cohorts;
mod investors;
mod measurement;

use engine::contract::Contract;
use engine::problem::Language;
use engine::simulate::{Distribution, Named, Probability, Projection, Reached};
use rust_decimal::Decimal;

use crate::money::{Currency, decimals_beside, decimals_for, figure, percent};
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
        measurement::measurement(&layout),
        layout.probabilities(),
        layout.benefits(),
        investors::investors(&layout),
        layout.outcomes(),
        cohorts::cohorts(&layout),
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
        let Projection { contract, seed, .. } = self.projection;
        let scenario = self.projection.scenario.within(self.language);
        let title = self.projection.contract_title.within(self.language);
        let paths = engine::contract::explain::amount_text(Decimal::from(self.projection.paths));
        let mut text = pick!(
            self.language,
            "{scenario}\n{title} ({contract}), {paths} possible futures, seed {seed}\n\n\
             Every figure is simulated. A mean is given with ± its standard error; the other columns\n\
             say how far single futures spread: about 90 of 100 lie between the columns 5% and 95%.\n",
            "{scenario}\n{title}（{contract}）、想定する将来 {paths} 通り、乱数の種 {seed}\n\n\
             数値はすべて試算です。平均には ± で標準誤差を添えます。ほかの列は個々の将来の\n\
             ばらつきを示し、100 回のうち約 90 回は 5% と 95% の列の間に収まります。\n",
        );
        text += &self.precision();
        text
    }

    /// What the standard error means in money, and whether a precision asked for was reached.
    fn precision(&self) -> String {
        let payment = &self.projection.payment;
        let mut text = String::new();
        if payment.se > 0.0 {
            let margin = self.currency.simulated(1.96 * payment.se);
            text += &pick!(
                self.language,
                "The mean payment is known to within {margin} (95% confidence); four times as many futures\n\
                 would halve that.\n",
                "支払の平均の誤差は {margin}以内です（信頼度 95%）。将来の数を 4 倍にすると、この幅は半分になります。\n"
            );
        }
        let width = self.projection.percentile_width;
        if width > 0.0 {
            let parts = figure(1.0 / width, 0);
            text += &pick!(
                self.language,
                "With so many futures percentiles are counted in classes: each is known to one part in {parts}\n\
                 of its distance from the mean.\n",
                "将来の数が多いため、パーセント点は階級で数えています。平均からの距離の {parts} 分の 1 まで正確です。\n"
            );
        }
        if let Some(Reached { wanted, reached, .. }) = &self.projection.until {
            text += &if *reached {
                pick!(
                    self.language,
                    "Drawn until the standard error was as small as asked ({wanted}).\n",
                    "標準誤差が指定（{wanted}）に達するまで試算しました。\n"
                )
            } else {
                pick!(
                    self.language,
                    "The standard error did not come down to {wanted}: draw more futures with `--paths`.\n",
                    "標準誤差は {wanted} に達しませんでした。`--paths` を増やしてください。\n"
                )
            };
        }
        text
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
        let shown = if self.projection.benefits.is_empty() { 2 } else { totals.len() };
        for (name, amount) in totals.into_iter().take(shown) {
            table.row(self.amount_row(name, amount));
        }
        table.text()
    }

    fn lines(&self) -> String {
        let mut table = self.amounts(pick!(self.language, "Payment by line", "支払項目"));
        for line in self.projection.lines.iter().filter(|line| self.ever(&line.name)) {
            table.row(self.amount_row(line.title.within(self.language), &line.amount));
        }
        if table.is_empty() { String::new() } else { table.text() }
    }

    /// Whether a line says anything: a limit that never cut is left out.
    fn ever(&self, name: &str) -> bool {
        let Projection { lines, no_effect_lines, .. } = self.projection;
        let own = lines.iter().chain(no_effect_lines).filter(|line| line.name == name);
        let declared = self.contract.lines.iter().any(|line| line.id == name);
        let mut amounts = own.map(|line| line.amount);
        declared || amounts.any(|amount| amount.min != 0.0 || amount.max != 0.0)
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
        if !self.projection.no_effect_stated {
            return pick!(
                self.language,
                "No cell states `no_effect`, so what the contract would pay if the programme did\n\
                 nothing is not known: add no_effect = \"0\" to the cells that are its effect\n",
                "どのセルにも `no_effect` がないため、事業に効果がない場合の支払は分かりません。\n\
                 事業の効果を表すセルに no_effect = \"0\" を加えてください\n"
            );
        }
        let (without, with) = (&self.projection.no_effect, &self.projection.payment);
        let mean = self.currency.with_name(&self.mean(without));
        let high = self.currency.simulated(without.p95);
        let mut text = pick!(
            self.language,
            "If the programme did nothing, it would still pay {mean} on average",
            "事業に効果がなくても、平均で {mean}を支払います"
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
            ", and at most {high} in 95 of 100 cases\n",
            "。100 回のうち 95 回は {high}以下です\n"
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
        for line in self.projection.no_effect_lines.iter().filter(|line| self.ever(&line.name)) {
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
                pick!(self.language, "the total cap is reached", "契約全体の支払上限額に達する"),
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
        let shown = if self.projection.benefits.is_empty() { 2 } else { likely.len() };
        for (name, probability) in likely.into_iter().take(shown) {
            table.row([name, self.likelihood(probability)]);
        }
        table.text()
    }

    fn benefits(&self) -> String {
        let mut table = self.amounts(pick!(self.language, "Benefit, discounted", "便益（割引後）"));
        for benefit in &self.projection.benefits {
            table.row(self.amount_row(benefit.title.within(self.language), &benefit.amount));
            for part in &benefit.shares {
                let name = format!("- {}", part.title.within(self.language));
                table.row(self.amount_row(name, &part.amount));
            }
        }
        if table.is_empty() { String::new() } else { table.text() }
    }

    fn outcomes(&self) -> String {
        let evaluations = &self.projection.evaluations;
        // How often an outcome is available says something only where it is not always.
        let partly =
            evaluations.iter().flat_map(|at| &at.outcomes).any(|of| of.available.value < 1.0);
        let available = (pick!(self.language, "Available", "測定可能"), Side::Right);
        let headings = [
            (pick!(self.language, "Outcome as measured", "測定される成果"), Side::Left),
            (pick!(self.language, "At", "評価日"), Side::Left),
            (pick!(self.language, "Mean", "平均"), Side::Right),
            (pick!(self.language, "Std. dev.", "標準偏差"), Side::Right),
            ("5%".to_owned(), Side::Right),
            (pick!(self.language, "Median", "中央値"), Side::Right),
            ("95%".to_owned(), Side::Right),
        ];
        let mut table = Table::new(headings.into_iter().chain(partly.then_some(available)));
        for evaluation in evaluations {
            for outcome in &evaluation.outcomes {
                let scale = self.scale(&outcome.name, outcome.unit.within(self.language));
                let title = outcome.title.within(self.language);
                let name = match (scale.unit, self.language) {
                    ("", _) => title.to_owned(),
                    (unit, Language::En) => format!("{title} ({unit})"),
                    (unit, Language::Ja) => format!("{title}（{unit}）"),
                };
                let mut row = vec![name, evaluation.at.clone()];
                row.extend(outcome.value.map_or_else(Default::default, |of| scale.figures(&of)));
                if partly {
                    let always = outcome.available.value >= 1.0;
                    let shown = || self.likelihood(outcome.available);
                    row.push(if always { percent(1.0) } else { shown() });
                }
                table.row(row);
            }
        }
        if table.is_empty() { String::new() } else { table.text() }
    }

    /// A probability in percent, as fine as its error allows. What happened on no path or on
    /// every path has an estimated error of 0, so the number of paths is said instead.
    fn likelihood(&self, Probability { value, se }: Probability) -> String {
        let paths = figure(self.projection.paths as f64, 0);
        if value <= 0.0 {
            return pick!(self.language, "0% (none of {paths})", "0%（{paths} 回中なし）");
        }
        if value >= 1.0 {
            return pick!(self.language, "100% (all of {paths})", "100%（{paths} 回すべて）");
        }
        let decimals = decimals_for(se * 100.0, 1).max(1);
        format!("{}% ± {}%", figure(value * 100.0, decimals), figure(se * 100.0, decimals))
    }

    /// A share is shown in percent, anything else in its unit.
    fn scale<'a>(&self, indicator: &str, unit: &'a str) -> Scale<'a> {
        let position = self.contract.indicator_named(indicator);
        if position.is_some_and(|at| self.contract.indicators[at].estimand.is_share()) {
            Scale { factor: 100.0, unit: "%" }
        } else {
            Scale { factor: 1.0, unit }
        }
    }

    fn unsourced(&self) -> String {
        let assumed = self.projection.assumptions.iter().filter(|known| known.assumed);
        let list: String = assumed
            .map(|known| {
                let short: String = known.is.chars().take(LONGEST_ASSUMPTION).collect();
                match &known.source {
                    // Where the words say more than the entries, those need not be whole.
                    Some(words) if short != known.is && !known.is.contains(words.as_str()) => {
                        format!("  {} = {short}… ({words})\n", known.name)
                    }
                    Some(words) if !known.is.contains(words.as_str()) => {
                        format!("  {} = {} ({words})\n", known.name, known.is)
                    }
                    _ => format!("  {} = {}\n", known.name, known.is),
                }
            })
            .collect();
        if list.is_empty() {
            return list;
        }
        pick!(self.language, "Assumed:\n{list}", "仮定として置いた値:\n{list}")
    }
}

/// Characters of what is assumed that are shown before its words.
const LONGEST_ASSUMPTION: usize = 120;

/// What the values of an outcome are multiplied by to be shown in a unit.
struct Scale<'a> {
    factor: f64,
    unit: &'a str,
}

impl Scale<'_> {
    /// Mean, spread and percentiles: the mean as fine as its error allows, the spread coarser.
    fn figures(&self, value: &Distribution) -> [String; 5] {
        let mean = value.mean * self.factor;
        let fine = decimals_beside(mean, value.se * self.factor, 2);
        let coarse = decimals_beside(mean, value.sd * self.factor, 3);
        let shown = |of: f64, decimals| figure(of * self.factor, decimals);
        [
            format!("{} ± {}", shown(value.mean, fine), shown(value.se, fine)),
            shown(value.sd, coarse),
            shown(value.p05, coarse),
            shown(value.p50, coarse),
            shown(value.p95, coarse),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::contract::Overrides;
    use engine::finance::Estimated;
    use engine::problem::{Source, Text};
    use engine::simulate::{
        AssumptionReport, BenefitProjection, EvaluationProjection, InvestorProjection,
        LineMeasurement, Measurement, OutcomeProjection, PercentileErrors,
    };
    use unicode_width::UnicodeWidthStr;

    fn around(mean: f64, sd: f64) -> Distribution {
        let [p01, p05, p25, p50] = [-2.3, -1.6, -0.7, 0.0].map(|z| mean + z * sd);
        let [p75, p95, p99, max] = [0.7, 1.6, 2.3, 4.0].map(|z| mean + z * sd);
        let se = sd / 100_000_f64.sqrt();
        let min = mean - 4.0 * sd;
        let errors = PercentileErrors([2.0 * se; 7]);
        Distribution { mean, sd, se, min, p01, p05, p25, p50, p75, p95, p99, max, errors }
    }

    fn named(title: &str, amount: Distribution) -> Named {
        Named { name: title.to_owned(), title: Text::from(title), amount }
    }

    fn projection() -> Projection {
        let outcome = |name: &str, unit: &str, value| OutcomeProjection {
            name: name.to_owned(),
            title: Text::from(name),
            unit: Text::from(unit),
            available: Probability { value: 0.98, se: 0.000443 },
            value: Some(value),
        };
        let evaluation = |at: &str| EvaluationProjection {
            at: at.to_owned(),
            payment: around(6_512_345.0, 1_234_567.0),
            lines: Vec::new(),
            outcomes: vec![
                outcome("sbp_reduction", "mmHg", around(5.1234, 2.1)),
                outcome("participation", "", around(0.4123, 0.051)),
            ],
        };
        let half = Probability { value: 0.1234, se: 0.00104 };
        Projection {
            contract: "trial".to_owned(),
            contract_title: text!("Trial programme", "試行事業"),
            currency: "JPY".to_owned(),
            scenario: text!("基本ケース", "基本ケース"),
            paths: 100_000,
            seed: 7,
            antithetic: false,
            percentile_width: 0.0,
            until: None,
            payment: around(13_012_345.0, 2_234_567.0),
            payment_discounted: around(12_712_345.0, 2_134_567.0),
            benefit: around(112_712_345.0, 32_134_567.0),
            net: around(100_000_000.0, 31_134_567.0),
            lines: vec![
                named("基本委託料", around(6_000_000.0, 0.0)),
                named("cap", around(-12_345.0, 2_000.0)),
            ],
            evaluations: vec![evaluation("2027-02-28"), evaluation("2028-02-29")],
            no_effect: around(7_100_000.0, 900_000.0),
            no_effect_stated: true,
            measurement: Measurement {
                paths: 16_384,
                payment: Some(Probability { value: 0.412, se: 0.012 }),
                lines: vec![LineMeasurement {
                    name: "sbp".to_owned(),
                    title: text!("Fall in blood pressure", "血圧の低下"),
                    paid_without_effect: Some(half),
                    unpaid_with_effect: half,
                    luck: Some(Probability { value: 0.8, se: 0.02 }),
                }],
            },
            no_effect_lines: vec![named("基本委託料", around(6_000_000.0, 0.0))],
            cap_reached: half,
            no_outcome_payment: half,
            net_positive: half,
            investors: vec![InvestorProjection {
                name: "fund".to_owned(),
                title: text!("Outcome fund", "成果ファンド"),
                rate: Some(around(0.0312, 0.06)),
                rate_available: Probability { value: 0.99, se: 0.0003 },
                multiple: around(1.0437, 0.17),
                loss: half,
                lost: Some(around(2_012_345.0, 934_567.0)),
                expected_shortfall: Estimated { value: 5_012_345.0, se: 12_345.0 },
                present_value: around(-512_345.0, 3_934_567.0),
                duration: Some(around(1.71, 0.05)),
            }],
            benefits: vec![BenefitProjection {
                name: "care".to_owned(),
                title: text!("care", "care"),
                amount: around(112_712_345.0, 32_134_567.0),
                shares: vec![named("city", around(14_089_043.0, 4_016_820.0))],
            }],
            cohorts: Vec::new(),
            assumptions: vec![AssumptionReport {
                name: "effect".to_owned(),
                is: "normal(5, 2)".to_owned(),
                no_effect: Some("0".to_owned()),
                source: Some("assumed: a guess".to_owned()),
                assumed: true,
            }],
        }
    }

    fn shown(language: Language) -> String {
        let script = include_str!("../../templates/blood-pressure.rhai");
        let contract = Contract::parse(Source::new("trial.rhai", script), &Overrides::new());
        report(&contract.unwrap(), &projection(), language)
    }

    #[test]
    fn what_is_paid_without_effect_is_said_in_words() {
        // 7,100,000 of 13,012,345 is 54.6%; the error is 900,000 over the root of 100,000.
        let text = shown(Language::En);
        let said = "If the programme did nothing, it would still pay JPY 7,100,000 ± 2,846";
        assert!(text.contains(said), "{text}");
        assert!(text.contains("about 54.6% of what it pays"), "{text}");
        assert!(shown(Language::Ja).contains("平均で 7,100,000 ± 2,846 円を"));
    }

    #[test]
    fn the_report_fits_a_page_in_both_languages() {
        for language in [Language::En, Language::Ja] {
            let text = shown(language);
            assert!(text.lines().all(|line| line.width() <= 110), "{text}");
        }
    }

    #[test]
    fn what_is_assumed_is_listed_with_its_words() {
        let list = "Assumed:\n  effect = normal(5, 2) (assumed: a guess)\n";
        assert!(shown(Language::En).ends_with(list));
    }
}
