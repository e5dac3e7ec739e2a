//! `seika design`: terms that the parties want.

use engine::Recorded;
use engine::analyse::design::{Candidate, Design, Estimate, Found, search};
use engine::problem::Language;
use engine::report::document::{Side, Table};
use engine::report::figures::{Currency, decimals_for, figure};
use rust_decimal::Decimal;

use crate::arguments::DesignArguments;
use crate::output::Output;
use crate::progress::Progress;
use crate::{Context, Exit, Failure, file};

/// The most answers that are listed for people; JSON has them all.
const LISTED_MOST: usize = 15;

pub(crate) fn run(
    arguments: &DesignArguments,
    context: &Context,
    output: &mut Output<'_>,
) -> Result<Exit, Failure> {
    let recorded = Recorded::new(&context.disk);
    let mut design = Design::read(&recorded, &arguments.design)?;
    if let Some(candidates) = arguments.candidates {
        design.candidates = candidates;
    }
    if let Some(tried) = &arguments.tried {
        let mut read = recorded.read_so_far();
        if read.iter_mut().any(|(path, _)| file::same(path, tried)) {
            return Err(Failure::Problems(vec![file::is_input(tried)]));
        }
    }
    let settings = arguments.run.settings();
    let progress = Progress::start(context.language);
    let found = search(&design, &settings, &progress);
    drop(progress);
    let found = found?;
    if let Some(tried) = &arguments.tried {
        file::write(tried, context.language, |file| {
            Ok(file.write_all(found.to_csv(&design).as_bytes())?)
        })?;
    }
    if context.json {
        output.json(&found.to_json(&design, context.language))?;
    } else {
        crate::mention_warnings(&design.scenario.contract, context, output);
        output.data(&Layout::new(&design, &found, context.language).report())?;
    }
    Ok(Exit::Done)
}

struct Layout<'a> {
    design: &'a Design,
    found: &'a Found,
    language: Language,
    currency: Currency<'a>,
}

impl<'a> Layout<'a> {
    fn new(design: &'a Design, found: &'a Found, language: Language) -> Self {
        let currency = Currency::new(&design.scenario.contract.currency, language);
        Layout { design, found, language, currency }
    }

    fn report(&self) -> String {
        let parts = [self.heading(), self.wants(), self.answers(), self.margins(), self.footing()];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")
    }

    fn heading(&self) -> String {
        let title = self.design.title.within(self.language);
        let scenario = self.design.scenario.title.within(self.language);
        let tried = figure(self.found.all.len() as f64, 0);
        let paths = figure(self.found.paths as f64, 0);
        let (seed, impossible) = (self.found.seed, self.found.impossible.len());
        let mut text = pick!(
            self.language,
            "{title}\n{scenario}: {tried} sets of values tried on {paths} possible futures, seed {seed}\n",
            "{title}\n{scenario}: 値の組 {tried} 通りを、将来 {paths} 通りの上で試しました（乱数の種 {seed}）\n"
        );
        if let Some((_, problem)) = self.found.impossible.first() {
            let why = problem.message.within(self.language);
            text += &pick!(
                self.language,
                "{impossible} more make no contract, the first because: {why}\n",
                "ほかに {impossible} 通りは契約になりませんでした。最初の理由: {why}\n"
            );
        }
        text
    }

    /// What is wanted, and how often.
    fn wants(&self) -> String {
        if self.design.wants.is_empty() {
            return String::new();
        }
        let mut table = Table::new([
            (pick!(self.language, "What is wanted", "希望"), Side::Left),
            (pick!(self.language, "Limit", "条件"), Side::Left),
            (pick!(self.language, "Today", "現在の値"), Side::Right),
            (pick!(self.language, "Met by", "満たす組"), Side::Right),
        ]);
        let met = self.found.met(self.design);
        for (at, want) in self.design.wants.iter().enumerate() {
            let held = &self.found.base.wants[at];
            let mark = if held.holds() { "" } else { " *" };
            let part = met[at] as f64 / self.found.all.len() as f64;
            let (value, limit) = (&want.value, &want.limit);
            let sign = if want.at_most { "<=" } else { ">=" };
            table.row([
                want.title.within(self.language).to_owned(),
                format!("{value} {sign} {limit}"),
                format!("{}{mark}", self.number(held.value, want.money)),
                engine::report::figures::percent(part),
            ]);
        }
        crate::table::text(&table)
    }

    fn number(&self, value: f64, money: bool) -> String {
        if money {
            return self.currency.simulated_digits(value);
        }
        figure(value, decimals_for(value.abs().max(0.1), 3))
    }

    fn estimate(&self, of: &Estimate, money: bool) -> String {
        if money {
            let digits = |value| self.currency.simulated_digits(value);
            return format!("{} ± {}", digits(of.value), digits(of.se));
        }
        // Rounding leaves a little spread in twenty sums of the same numbers.
        let se = if of.se <= 1e-12 * of.value.abs() { 0.0 } else { of.se };
        let decimals = decimals_for(se, 1).max(3);
        format!("{} ± {}", figure(of.value, decimals), figure(se, decimals))
    }

    /// The answers that are listed, evenly along the frontier, numbered as in JSON.
    fn listed(&self) -> Vec<(usize, &Candidate)> {
        let all = &self.found.frontier;
        let last = all.len().saturating_sub(1);
        let places: Vec<usize> = if all.len() <= LISTED_MOST {
            (0..all.len()).collect()
        } else {
            (0..LISTED_MOST).map(|place| place * last / (LISTED_MOST - 1)).collect()
        };
        places.into_iter().map(|place| (place + 1, &all[place])).collect()
    }

    fn answers(&self) -> String {
        let (all, answered) = (self.found.frontier.len(), figure(self.found.answered as f64, 0));
        let mut text = if self.found.answered == 0 {
            pick!(
                self.language,
                "No set of values meets every want. These miss least:\n",
                "すべての希望を満たす組はありません。最も近いのは次の組です。\n"
            )
        } else {
            pick!(
                self.language,
                "{answered} sets meet every want; {all} of them are beaten by no other in every aim (the frontier):\n",
                "すべての希望を満たすのは {answered} 組。そのうち、すべての目標で他に負けない組（フロンティア）は {all} 組です。\n"
            )
        };
        if self.found.unconfirmed > 0 {
            let left_out = self.found.unconfirmed;
            text += &pick!(
                self.language,
                "{left_out} more met every want on the futures that were searched on, but clearly not on others: left out.\n",
                "ほかに {left_out} 組は、探索に使った将来では希望を満たしましたが、別の将来では明らかに満たさないため除きました。\n"
            );
        }
        let mut headings = vec![("#".to_owned(), Side::Right)];
        headings.extend(self.design.varied.iter().map(|of| (of.name.clone(), Side::Right)));
        for aim in &self.design.aims {
            let title = aim.title.within(self.language);
            let arrow = match (self.language, aim.minimise) {
                (Language::En, true) => "less is better",
                (Language::En, false) => "more is better",
                (Language::Ja, true) => "小さいほどよい",
                (Language::Ja, false) => "大きいほどよい",
            };
            let heading = pick!(self.language, "{title} ({arrow})", "{title}（{arrow}）");
            headings.push((heading, Side::Right));
        }
        let mut table = Table::new(headings);
        let today = pick!(self.language, "today", "現在");
        for (number, candidate) in self.numbered(today) {
            let mut row = vec![number];
            row.extend(candidate.values.iter().map(|value| self.exact(*value)));
            let aims = candidate.aims.iter().zip(&self.design.aims);
            row.extend(aims.map(|(of, aim)| self.estimate(of, aim.money)));
            table.row(row);
        }
        text += &crate::table::text(&table);
        text
    }

    /// What the scenario has now, then the answers that are listed.
    fn numbered(&self, today: String) -> Vec<(String, &Candidate)> {
        let listed = self.listed().into_iter();
        std::iter::once((today, &self.found.base))
            .chain(listed.map(|(number, candidate)| (number.to_string(), candidate)))
            .collect()
    }

    fn exact(&self, value: Decimal) -> String {
        engine::contract::explain::amount_text(value.normalize())
    }

    /// How far each answer is from its limits.
    fn margins(&self) -> String {
        if self.design.wants.is_empty() {
            return String::new();
        }
        let mut headings = vec![("#".to_owned(), Side::Right)];
        let titles = self.design.wants.iter().map(|want| want.title.within(self.language));
        headings.extend(titles.map(|title| (title.to_owned(), Side::Right)));
        let mut table = Table::new(headings);
        let mut fails = false;
        for (number, candidate) in self.numbered(pick!(self.language, "today", "現在")) {
            let mut row = vec![number];
            for (held, want) in candidate.wants.iter().zip(&self.design.wants) {
                let mark = if held.holds() { "" } else { " *" };
                fails |= !held.holds();
                row.push(format!("{}{mark}", self.estimate(&held.margin, want.money)));
            }
            table.row(row);
        }
        let mut text = pick!(
            self.language,
            "By how much each limit is kept:\n",
            "それぞれの条件に対する余裕:\n"
        );
        text += &crate::table::text(&table);
        if fails {
            text += &pick!(self.language, "* missed.\n", "* 満たしていません。\n");
        }
        text
    }

    fn footing(&self) -> String {
        pick!(
            self.language,
            "± is the standard error. These figures are from other futures than those searched on: the best of\n\
             many on the same futures look better than they are. Put the values you choose under [params] of\n\
             the scenario, or into the script.\n",
            "± は標準誤差です。表の数値は、探索に使ったものとは別の将来で計算し直しています（同じ将来の上で選んだ\n\
             最良の組は、実際より良く見えるためです）。選んだ値は、シナリオの [params] かスクリプトに書いてください。\n"
        )
    }
}
