//! `seika report`: what each party needs to know before it signs.

mod evaluator;
mod investor;
mod key_facts;
mod payer;
mod provider;

use engine::analyse::parties::{Asked, PartyReport, party_report};
use engine::contract::{Contract, Role};
use engine::finance::{Estimated, Loss};
use engine::problem::{Language, Problem, Source, Text};
use engine::scenario::{Patch, Scenario};
use engine::simulate::{Distribution, Settings};

use crate::arguments::{ReportArguments, Reported};
use crate::money::{Currency, decimals_for, figure};
use crate::output::Output;
use crate::progress::Progress;
use crate::table::{Side, Table};
use crate::{Context, Exit, Failure};

pub(crate) fn run(
    arguments: &ReportArguments,
    context: &Context,
    output: &mut Output<'_>,
) -> Result<Exit, Failure> {
    let scenario = Scenario::read(&context.disk, &arguments.scenario)?;
    if !arguments.with.is_empty() && arguments.reported != Reported::Investor {
        return Err(Failure::Problems(vec![only_for_investors(&scenario)]));
    }
    let mut patched = Vec::new();
    for file in &arguments.with {
        let patch = Patch::read(&context.disk, file)?;
        patch.is_made_for(&context.disk, &arguments.scenario).map_err(|problem| vec![problem])?;
        let title = patch.title.clone();
        let scenario = Scenario::read_with(&context.disk, &arguments.scenario, &[patch])?;
        patched.push(Scenario { title, ..scenario });
    }
    let scenarios: Vec<&Scenario> = std::iter::once(&scenario).chain(&patched).collect();
    let settings = arguments.run.settings();
    let role = match arguments.reported {
        Reported::Payer => Role::Payer,
        Reported::Provider => Role::Provider,
        Reported::Investor => Role::Investor,
        Reported::Evaluator => Role::Evaluator,
    };
    let asked = Asked { alpha: arguments.alpha, power: arguments.power };
    let progress = Progress::start(context.language);
    let party = arguments.party.as_deref().map(|party| scenario.party_called(party));
    let whose = (role, party);
    let report = party_report(&scenarios, whose, asked, &settings, &progress);
    drop(progress);
    let report = report?;
    if context.json {
        output.json(&report.to_json(&scenario, &settings, context.language))?;
    } else {
        crate::mention_warnings(&scenario.contract, context, output);
        let layout = Layout::new(&scenario, &settings, context.language);
        output.data(&layout.report(&report))?;
    }
    Ok(Exit::Done)
}

fn only_for_investors(scenario: &Scenario) -> Problem {
    Problem::error(
        "patches-not-for-role",
        text!("`--with` is for the investor's report", "`--with` は資金提供者の報告でだけ使えます"),
    )
    .expected(Text::from("--for investor"))
    .help(text!(
        "other reports: give the patch itself as the scenario, if it names its `base`",
        "ほかの報告では、`base` を書いた変更ファイルをシナリオとして指定してください"
    ))
    .at(Source::new(scenario.file.as_str(), "").whole())
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

    fn report(&self, report: &PartyReport) -> String {
        let mut parts = vec![self.heading()];
        match report {
            PartyReport::Payer(all) => parts.extend(all.iter().map(|of| payer::text(self, of))),
            PartyReport::Provider(all) => {
                parts.extend(all.iter().map(|of| provider::text(self, of)));
            }
            PartyReport::Investor(all) => {
                parts.extend(all.iter().map(|of| investor::text(self, of)));
            }
            PartyReport::Evaluator(one) => parts.push(evaluator::text(self, one)),
        }
        parts.join("\n")
    }

    fn heading(&self) -> String {
        let scenario = self.scenario.title.within(self.language);
        let title = self.contract.title.within(self.language);
        let id = &self.contract.id;
        let (paths, seed) = (figure(self.paths as f64, 0), self.seed);
        pick!(
            self.language,
            "{scenario}\n{title} ({id}), {paths} possible futures, seed {seed}\n\
             Every figure is simulated; ± is its standard error. About 90 of 100 futures lie between\n\
             the columns 5% and 95%. \"Never\" and \"always\" are said of the futures that were drawn.\n",
            "{scenario}\n{title}（{id}）、想定する将来 {paths} 通り、乱数の種 {seed}\n\
             数値はすべて試算で、± は標準誤差です。100 回のうち約 90 回は 5% と 95% の列の間に収まります。\n\
             「なし」「すべて」は、試算した将来の中でのことです。\n"
        )
    }

    /// Whose report it is.
    fn party(&self, party: usize, what: &str) -> String {
        let party = &self.contract.parties[party];
        let (name, id) = (party.name.within(self.language), &party.id);
        pick!(self.language, "{what}: {name} ({id})\n", "{what}：{name}（{id}）\n")
    }

    /// A table of amounts with `first` as the heading of the names.
    fn amounts(&self, first: String, more: Option<String>) -> Table {
        let unit = self.currency.name();
        let headings = [
            (first, Side::Left),
            (pick!(self.language, "Mean ({unit})", "平均（{unit}）"), Side::Right),
            ("5%".to_owned(), Side::Right),
            (pick!(self.language, "Median", "中央値"), Side::Right),
            ("95%".to_owned(), Side::Right),
        ];
        Table::new(headings.into_iter().chain(more.map(|more| (more, Side::Right))))
    }

    fn amount_row(&self, name: impl Into<String>, of: &Distribution) -> Vec<String> {
        let digits = |value| self.currency.simulated_digits(value);
        vec![name.into(), self.mean(of), digits(of.p05), digits(of.p50), digits(of.p95)]
    }

    /// A mean and its standard error, without the currency.
    fn mean(&self, of: &Distribution) -> String {
        self.money(Estimated { value: of.mean, se: of.se })
    }

    fn money(&self, of: Estimated) -> String {
        let digits = |value| self.currency.simulated_digits(value);
        format!("{} ± {}", digits(of.value), digits(of.se))
    }

    fn money_with_unit(&self, of: Estimated) -> String {
        self.currency.with_name(&self.money(of))
    }

    /// A probability in percent, as fine as its error allows; what happened never or always is
    /// said with the number of futures.
    fn likelihood(&self, of: Estimated) -> String {
        let paths = figure(self.paths as f64, 0);
        if of.value <= 0.0 {
            return pick!(self.language, "0% (none of {paths})", "0%（{paths} 回中なし）");
        }
        if of.value >= 1.0 {
            return pick!(self.language, "100% (all of {paths})", "100%（{paths} 回すべて）");
        }
        self.percent(of)
    }

    /// The same in a table, where what happened never or always is said in a word: its estimated
    /// error is 0, and would say too much.
    fn percent(&self, of: Estimated) -> String {
        if !of.value.is_finite() {
            return "-".to_owned();
        }
        match of.value {
            0.0 => return pick!(self.language, "never", "なし"),
            1.0 => return pick!(self.language, "always", "すべて"),
            _ => {}
        }
        let decimals = decimals_for(of.se * 100.0, 1).clamp(1, 3);
        let shown = |value: f64| figure(value * 100.0, decimals);
        if of.se > 0.0 {
            format!("{}% ± {}%", shown(of.value), shown(of.se))
        } else {
            format!("{}%", shown(of.value))
        }
    }

    /// How often something happens in `futures` of the futures, which may be few: what happened in
    /// none of them or in all is counted.
    fn part_of(&self, of: Estimated, futures: usize) -> String {
        let times = match of.value {
            0.0 => 0,
            1.0 => futures,
            _ => return self.percent(of),
        };
        let [times, futures] = [times, futures].map(|count| figure(count as f64, 0));
        pick!(self.language, "{times} of {futures}", "{futures} 回中 {times} 回")
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
    fn loss(&self, loss: &Loss) -> String {
        let probability = self.likelihood(loss.probability);
        let mut text = pick!(
            self.language,
            "Probability of a loss: {probability}\n",
            "損失となる確率: {probability}\n"
        );
        if let Some(given) = loss.mean_given_loss {
            let given = self.money_with_unit(given);
            text += &pick!(
                self.language,
                "Mean loss where there is one: {given}\n",
                "損失となる場合の平均の損失額: {given}\n"
            );
        }
        let shortfall = self.money_with_unit(loss.expected_shortfall);
        text += &pick!(
            self.language,
            "Mean loss of the worst 5% of futures (expected shortfall): {shortfall}\n",
            "最悪の 5% の将来での平均の損失額（期待ショートフォール）: {shortfall}\n"
        );
        if loss.expected_shortfall.value < 0.0 {
            text += &pick!(
                self.language,
                "(below 0: even those gain on the mean)\n",
                "（0 未満は、最悪の 5% でも平均では利益が出ることを示します）\n"
            );
        }
        text
    }
}
