//! What a simulation found of a portfolio, as people read it.

use std::collections::BTreeMap;

use super::chart;
use super::document::{Document, Figure, Side, Table};
use super::estimate::{self, Written, cashable_or_not};
use super::figures::{Currency, decimals_beside, figure, percent};
use crate::contract::explain::fiscal_year;
use crate::contract::wording::phrase;
use crate::finance::Estimated;
use crate::problem::Language;
use crate::simulate::{
    ContractProjection, Distribution, Diversification, Mean, PortfolioInvestor,
    PortfolioProjection, Probability,
};

/// Contracts that are listed; JSON holds all.
const LISTED_MOST: usize = 20;

/// What the contracts of a portfolio pay together, and what each adds.
#[must_use]
pub fn portfolio_shown(found: &PortfolioProjection, language: Language) -> Document {
    let layout = Layout { found, language, currency: Currency::new(&found.currency, language) };
    let mut document = layout.heading();
    document.gap();
    layout.totals(&mut document);
    document.gap();
    layout.years(&mut document);
    document.gap();
    layout.no_effect(&mut document);
    document.gap();
    layout.diversification(&mut document);
    document.gap();
    layout.investors(&mut document);
    document.gap();
    layout.contracts(&mut document);
    document
}

struct Layout<'a> {
    found: &'a PortfolioProjection,
    language: Language,
    currency: Currency<'a>,
}

impl Layout<'_> {
    fn heading(&self) -> Document {
        let found = self.found;
        let (paths, seed) = (figure(found.paths as f64, 0), found.seed);
        let count = figure(found.contracts.len() as f64, 0);
        let contracts = if found.contracts.len() == 1 { "contract" } else { "contracts" };
        let subtitle = phrase!(
            self.language,
            "{count} {contracts} on the same {paths} possible futures, seed {seed}",
            "契約 {count} 件を、同じ将来 {paths} 通りの上で試算しました（乱数の種 {seed}）"
        );
        let title = found.title.within(self.language);
        let mut document = Document::new(self.language, title, subtitle);
        document.gap();
        let all = found.contracts.len() as u64;
        let shared = found.shared.iter().map(|(_, title, contracts)| {
            let (title, contracts) = (title.within(self.language), *contracts);
            match contracts == all {
                true => title.to_owned(),
                false => phrase!(
                    self.language,
                    "{title} in {contracts} of {all}",
                    "{title}（{all} 件中 {contracts} 件）"
                ),
            }
        });
        let shared: Vec<String> = shared.collect();
        let names = shared.join(self.language.comma());
        document.paragraph(match shared.is_empty() {
            true => phrase!(
                self.language,
                "The contracts share nothing: each has its own luck. Risks that all have in common, such as an\n\
                 epidemic, are named under `shared` in portfolio.toml.\n",
                "契約の間に共有するものはなく、運はそれぞれ別です。感染症の流行など、すべての契約に共通するリスクは\n\
                 portfolio.toml の `shared` に書きます。\n"
            ),
            false => phrase!(
                self.language,
                "The same in every contract that has it: {names}.\nEverything else each contract draws by itself.\n",
                "次の前提は、それを持つすべての契約で共通です: {names}。ほかはすべて契約ごとに引きます。\n"
            ),
        });
        for (_, title, _) in found.shared.iter().filter(|(.., contracts)| *contracts < 2 && all > 1)
        {
            let title = title.within(self.language);
            document.paragraph(phrase!(
                self.language,
                "Note: only one contract has {title}, so nothing is shared by it. Is it called otherwise in the others?\n",
                "注意: {title} を持つ契約は一つだけで、共有になっていません。ほかの契約では別の名前ではありませんか。\n"
            ));
        }
        for (contract, scenarios) in self.under_several() {
            let count = scenarios.len();
            let names = scenarios.join(self.language.comma());
            document.paragraph(phrase!(
                self.language,
                "Note: the contract {contract} is here under {count} scenarios ({names}): each counts as a contract of\n\
                 its own.\n",
                "注意: 契約 {contract} が {count} 件のシナリオ（{names}）で含まれ、それぞれ別の契約として数えています。\n"
            ));
        }
        document.paragraph(phrase!(
            self.language,
            "Every figure is simulated. A mean is given with ± its standard error; the other columns\n\
             say how far single futures spread: about 90 of 100 lie between the columns 5% and 95%.\n",
            "数値はすべて試算です。平均には ± で標準誤差を添えます。ほかの列は個々の将来の\n\
             ばらつきを示し、100 回のうち約 90 回は 5% と 95% の列の間に収まります。\n"
        ));
        let width = found.percentile_width;
        if width > 0.0 {
            document.paragraph(estimate::classes(width, self.language));
        }
        if found.discount_rate != 0.0 {
            let rate = figure(found.discount_rate * 100.0, 2);
            let rate = rate.trim_end_matches('0').trim_end_matches('.');
            let day = found.discounted_to.to_string();
            document.paragraph(phrase!(
                self.language,
                "Discounted amounts are at {rate}% a year, to {day}, the first day of the first contract.\n",
                "割引後の金額は、年 {rate}% で、最初の契約の初日（{day}）の価値に直したものです。\n"
            ));
        }
        document
    }

    /// The contracts that are under more than one scenario, with the titles of these: perhaps they were
    /// meant as one.
    fn under_several(&self) -> Vec<(&str, Vec<&str>)> {
        let mut known: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for of in &self.found.contracts {
            let (titles, title) = (known.entry(&of.contract).or_default(), &of.scenario);
            if !titles.contains(&title.within(self.language)) {
                titles.push(title.within(self.language));
            }
        }
        known.into_iter().filter(|(_, titles)| titles.len() > 1).collect()
    }

    fn amounts(&self, first: String) -> Table {
        estimate::distributions(first, Some(self.currency.name()), self.language)
    }

    fn amount_row(&self, name: String, amount: &Distribution) -> [Figure; 6] {
        estimate::amounts(name, amount, self.currency)
    }

    /// A number of the currency and its standard error, without the currency.
    fn mean(&self, mean: f64, se: f64) -> Figure {
        estimate::amount(mean, se, self.currency)
    }

    fn totals(&self, document: &mut Document) {
        let found = self.found;
        let mut table = self.amounts(phrase!(self.language, "In all", "全体"));
        let saved = found.benefit.min != 0.0 || found.benefit.max != 0.0;
        let stated = found.benefit_kinds.keys().any(Option::is_some);
        let mut row = |name, amount| table.row(self.amount_row(name, amount));
        row(phrase!(self.language, "Payment", "支払"), &found.payment);
        row(
            phrase!(self.language, "Payment, discounted", "支払（割引後）"),
            &found.payment_discounted,
        );
        if saved {
            row(phrase!(self.language, "Benefit, discounted", "便益（割引後）"), &found.benefit);
            // Where nothing is said of any, a row would repeat the one above.
            for (cashable, of) in found.benefit_kinds.iter().rev().filter(|_| stated) {
                let kind = cashable_or_not(*cashable, self.language);
                row(phrase!(self.language, "of which {kind}", "うち{kind}"), of);
            }
            row(phrase!(self.language, "Benefit less payment", "便益 − 支払"), &found.net);
        }
        document.heading(phrase!(self.language, "In all", "全体"));
        document.table(table);
        if saved {
            let likely = self.likelihood(found.net_positive).text;
            document.paragraph(match found.cashable_positive {
                Some(cashable) => {
                    let cashable = self.likelihood(cashable).text;
                    phrase!(
                        self.language,
                        "Benefits, cashable or not, exceed payments with a probability of {likely};\n\
                         cashable ones alone: {cashable}\n",
                        "便益（現金化できないものも含む）が支払を上回る確率は {likely}、現金化できる便益だけでは {cashable} です\n"
                    )
                }
                None => phrase!(
                    self.language,
                    "Benefits exceed payments with a probability of {likely}\n",
                    "便益が支払を上回る確率は {likely} です\n"
                ),
            });
            document.paragraph(phrase!(
                self.language,
                "Benefits are those of everyone; only cashable ones can pay for the contracts.\n",
                "便益は、誰のものかを問わず合計しています。契約の費用をまかなえるのは現金化できる便益だけです。\n"
            ));
        }
        if saved && found.benefit_kinds.contains_key(&None) {
            document.paragraph(phrase!(
                self.language,
                "There are benefits that are not said to be cashable or not: state `cashable = true` or `false` under\n\
                 [benefits] of the scenario.\n",
                "現金化の可否が書かれていない便益があります。シナリオの [benefits] に `cashable = true`（または `false`）を\n\
                 書いてください。\n"
            ));
        }
        let (saying, all) = (found.benefits_stated, found.contracts.len());
        if saved && saying < all {
            let silent = all - saying;
            document.paragraph(phrase!(
                self.language,
                "Of {all} contracts {silent} do not say what is saved (`benefits`): here they pay and save nothing.\n",
                "契約 {all} 件のうち {silent} 件は便益（`benefits`）を書いていないため、便益 0 として数えています。\n"
            ));
        }
        document.chart(chart::portfolio_distribution(found));
    }

    fn years(&self, document: &mut Document) {
        let first = phrase!(self.language, "Payment by fiscal year", "年度別の支払");
        let mut table = self.amounts(first.clone());
        for of in &self.found.years {
            table.row(self.amount_row(fiscal_year(of.year, self.language), &of.payment));
        }
        document.heading(first);
        document.table(table);
        document.chart(chart::payment_by_year(&self.found.currency, &self.found.years));
    }

    fn no_effect(&self, document: &mut Document) {
        let found = self.found;
        let (stated, all) = (found.no_effect_stated, found.contracts.len());
        let Some(no_effect) = &found.no_effect else { return };
        document.heading(phrase!(
            self.language,
            "If the programmes do nothing",
            "どの事業にも効果がない場合"
        ));
        let mean = self.mean(no_effect.mean, no_effect.se).text;
        let mean = self.currency.with_name(&mean);
        let part = match found.payment.mean > 0.0 {
            true => percent(no_effect.mean / found.payment.mean),
            false => "-".to_owned(),
        };
        document.paragraph(phrase!(
            self.language,
            "If no programme did anything, {mean} would still be paid on average (about {part} of what\n\
             is paid with their effect).\n",
            "どの事業にも効果がなくても、平均で {mean}を支払います（効果がある場合の約 {part}）。\n"
        ));
        if stated < all {
            let silent = all - stated;
            document.paragraph(phrase!(
                self.language,
                "Of {all} contracts {silent} do not say what is without effect (`no_effect`): they count as they are.\n",
                "契約 {all} 件のうち {silent} 件は、効果がない場合（`no_effect`）を書いていないため、効果がある場合のまま数えています。\n"
            ));
        }
    }

    fn diversification(&self, document: &mut Document) {
        if self.found.contracts.len() < 2 {
            return;
        }
        document.heading(phrase!(
            self.language,
            "How far the contracts even each other out",
            "契約どうしの打ち消し合い（分散効果）"
        ));
        self.spreads(
            phrase!(self.language, "Payment", "支払"),
            &self.found.diversification,
            document,
        );
    }

    fn spreads(&self, what: String, of: &Diversification, document: &mut Document) {
        let unit = self.currency.name();
        let mut table = Table::new([
            (phrase!(self.language, "{what}: spread", "{what}のばらつき"), Side::Left),
            (phrase!(self.language, "Std. deviation ({unit})", "標準偏差（{unit}）"), Side::Right),
        ]);
        let mut row =
            |name: String, of: Estimated| table.row([name.into(), self.mean(of.value, of.se)]);
        row(phrase!(self.language, "together, as simulated", "全契約の合計（試算）"), of.together);
        row(
            phrase!(
                self.language,
                "if the contracts were independent",
                "契約どうしが無関係とした場合"
            ),
            of.independent,
        );
        row(
            phrase!(self.language, "if they all moved as one", "すべてが同時に動くとした場合"),
            of.as_one,
        );
        document.table(table);
        if let Some(part) = of.part {
            let part = estimate::part(part.value, part.se);
            let correlation = of.correlation.map(|found| {
                let decimals = decimals_beside(found.value, found.se, 1).max(2);
                format!("{} ± {}", figure(found.value, decimals), figure(found.se, decimals))
            });
            let correlation = correlation.unwrap_or_else(|| "-".to_owned());
            document.paragraph(phrase!(
                self.language,
                "The spread together is {part} of the sum of the contracts' own; the mean correlation of two\n\
                 of them, weighted by their spreads, is {correlation}.\n",
                "合計のばらつきは、各契約のばらつきの和の {part} です。二つの契約の相関は、ばらつきで重み付けした平均で {correlation} です。\n"
            ));
        }
    }

    fn investors(&self, document: &mut Document) {
        for investor in &self.found.investors {
            self.investor(investor, document);
            document.gap();
        }
    }

    fn investor(&self, of: &PortfolioInvestor, document: &mut Document) {
        let language = self.language;
        let (together, count) = (&of.together, of.contracts);
        let title = together.title.within(language);
        let contracts = if count == 1 { "contract" } else { "contracts" };
        document.heading(phrase!(
            language,
            "{title}: {count} {contracts} together",
            "{title}：契約 {count} 件の合計"
        ));
        let first = phrase!(language, "{title}, {count} {contracts}", "{title}（契約 {count} 件）");
        let mut table = estimate::distributions(first, None, language);
        let name = phrase!(language, "rate of return per year", "内部収益率（年）");
        match &together.rate {
            Some(rate) => table.row(estimate::numbers(name, rate, Written::Percent)),
            None => table.row([Figure::from(name), "-".into()]),
        }
        let name = phrase!(language, "received per amount invested", "受取額 ÷ 投資額");
        table.row(estimate::numbers(name, &together.multiple, Written::Times(1.0)));
        document.table(table);
        if together.rate_available.value < 1.0 {
            let part = self.likelihood(together.rate_available).text;
            document.paragraph(phrase!(
                language,
                "There is one rate of return on {part} of the paths, and the row tells of those. On the others money\n\
                 goes in again after it came back, from one contract to the next, and several rates or none would\n\
                 fit: there the multiple tells more.\n",
                "内部収益率が一つに定まるのは {part} のパスで、表の行はそれらについてのものです。ほかのパスでは、ある契約の\n\
                 受取の後に別の契約への拠出があるなどして、定まりません。その場合は倍率を見てください。\n"
            ));
        }
        let loss = self.likelihood(together.loss).text;
        let alone = self.likelihood(of.loss_alone).text;
        let shortfall = together.expected_shortfall;
        let shortfall = self.currency.with_name(&self.mean(shortfall.value, shortfall.se).text);
        document.paragraph(phrase!(
            language,
            "All together bring a loss with a probability of {loss}; one of them taken by itself,\n\
             with {alone} on average. The worst twentieth of the futures loses {shortfall} on the mean.\n",
            "全契約の合計で損失となる確率は {loss}、一つの契約だけでは平均 {alone} です。\n\
             悪い方から 20 分の 1 の将来での損失は、平均で {shortfall}です。\n"
        ));
        if together.expected_shortfall.value < 0.0 {
            document.paragraph(estimate::gains_at_worst(language));
        }
        if count > 1 {
            self.spreads(phrase!(language, "Left over", "収支"), &of.diversification, document);
        }
    }

    fn contracts(&self, document: &mut Document) {
        let language = self.language;
        let unit = self.currency.name();
        let investors = self.found.investors.len() == 1;
        let mut heads = vec![
            (phrase!(language, "Contract", "契約"), Side::Left),
            (phrase!(language, "Payment ({unit})", "支払（{unit}）"), Side::Right),
            (phrase!(language, "Std. deviation", "標準偏差"), Side::Right),
            (phrase!(language, "Without effect", "効果がない場合"), Side::Right),
        ];
        if investors {
            heads.push((phrase!(language, "Loss", "損失の確率"), Side::Right));
        }
        let mut table = Table::new(heads);
        let mut sorted: Vec<&ContractProjection> = self.found.contracts.iter().collect();
        sorted.sort_by(|a, b| b.payment.mean.total_cmp(&a.payment.mean));
        for of in sorted.iter().take(LISTED_MOST) {
            let Mean { mean, se } = of.payment;
            let without =
                of.no_effect.map_or_else(|| Figure::from("-"), |of| self.mean(of.mean, of.se));
            let sd = Figure::number(of.payment_sd, self.currency.simulated_digits(of.payment_sd));
            let mut cells = vec![Figure::from(of.name.as_str()), self.mean(mean, se), sd, without];
            if investors {
                let loss = of.investors.first().map(|of| self.likelihood(of.loss));
                cells.push(loss.unwrap_or_else(|| "-".into()));
            }
            table.row(cells);
        }
        document.heading(phrase!(language, "Contracts", "契約"));
        document.table(table);
        if sorted.len() > LISTED_MOST {
            let rest = figure((sorted.len() - LISTED_MOST) as f64, 0);
            document.paragraph(phrase!(
                language,
                "The {LISTED_MOST} that pay most; `--json` lists the other {rest} too.\n",
                "支払の多い {LISTED_MOST} 件です。ほかの {rest} 件も `--json` に出ます。\n"
            ));
        }
    }

    fn likelihood(&self, of: Probability) -> Figure {
        estimate::likelihood(of, self.found.paths, self.language)
    }
}
