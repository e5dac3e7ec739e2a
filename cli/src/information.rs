//! `seika information`: what it would be worth to know more.

use engine::Recorded;
use engine::analyse::information::{
    Estimate, Evaluation, Found, Larger, Measured, Question, Size, Verdict, ask,
};
use engine::problem::Language;
use engine::report::document::{Side, Table};
use engine::report::figures::{Currency, decimals_for, figure, percent};

use crate::arguments::InformationArguments;
use crate::output::Output;
use crate::progress::Progress;
use crate::{Context, Exit, Failure};

pub(crate) fn run(
    arguments: &InformationArguments,
    context: &Context,
    output: &mut Output<'_>,
) -> Result<Exit, Failure> {
    let recorded = Recorded::new(&context.disk);
    let settings = arguments.run.settings();
    let progress = Progress::start(context.language);
    let found = ask(&recorded, &arguments.scenario, &question(arguments), &settings, &progress);
    drop(progress);
    let found = found?;
    if context.json {
        output.json(&found.to_json(context.language))?;
    } else {
        crate::mention_warnings(&found.contract, context, output);
        output.data(&Layout::new(&found, context.language).report())?;
    }
    Ok(Exit::Done)
}

fn question(arguments: &InformationArguments) -> Question {
    let people = arguments.people.iter().copied().map(Size::People);
    let sizes: Vec<Size> = people.chain(arguments.more.iter().copied().map(Size::More)).collect();
    let evaluation = (!sizes.is_empty()).then(|| Evaluation {
        sizes,
        indicators: arguments.indicator.clone(),
        at: arguments.at,
        cost: arguments.cost,
        cost_fixed: arguments.cost_fixed,
    });
    Question {
        figure: arguments.figure.clone(),
        against: arguments.against.clone(),
        of: arguments.of.iter().map(|group| group.0.clone()).collect(),
        times: arguments.times,
        evaluation,
    }
}

struct Layout<'a> {
    found: &'a Found,
    language: Language,
    currency: Currency<'a>,
}

impl<'a> Layout<'a> {
    fn new(found: &'a Found, language: Language) -> Self {
        Layout { found, language, currency: Currency::new(&found.contract.currency, language) }
    }

    fn report(&self) -> String {
        let larger = self.found.larger.as_ref();
        let mut parts = vec![self.heading(), self.decision(), self.perfect(), self.known()];
        parts.extend(larger.map(|larger| self.larger(larger)));
        parts.push(self.footing());
        parts.join("\n")
    }

    fn heading(&self) -> String {
        let title = self.found.title.within(self.language);
        let paths = figure(self.found.paths as f64, 0);
        let seed = self.found.seed;
        pick!(
            self.language,
            "{title}: what would it be worth to know more?\n{paths} possible futures, seed {seed}\n",
            "{title}: 情報の価値\n将来 {paths} 通り（乱数の種 {seed}）\n"
        )
    }

    fn estimate(&self, of: Estimate) -> String {
        let digits = |value| self.currency.simulated_digits(value);
        format!("{} ± {}", digits(of.value), digits(of.se))
    }

    /// A part of the futures.
    fn part(of: Estimate) -> String {
        // None or all of the futures: there is no error to be estimated.
        if of.se <= 0.0 {
            return percent(of.value);
        }
        let decimals = decimals_for(of.se * 100.0, 1).clamp(1, 3);
        let shown = |part: f64| figure(part * 100.0, decimals);
        format!("{}% ± {}%", shown(of.value), shown(of.se))
    }

    fn often(&self, of: Estimate) -> String {
        if of.value <= 0.0 {
            pick!(self.language, "never", "なし")
        } else if of.value >= 1.0 {
            pick!(self.language, "always", "すべて")
        } else {
            Layout::part(of)
        }
    }

    /// How many people: exactly where that is the same in all futures.
    fn people(of: Estimate) -> String {
        if of.se <= 0.0 {
            return figure(of.value, 0);
        }
        let decimals = decimals_for(of.se, 1);
        format!("{} ± {}", figure(of.value, decimals), figure(of.se, decimals))
    }

    fn amount(&self, of: Estimate) -> String {
        self.currency.with_name(&self.estimate(of))
    }

    fn decision(&self) -> String {
        let figure = self.found.figure.title.within(self.language);
        let (name, money) = (&self.found.figure.name, self.currency.name());
        let mut table = Table::new([
            (pick!(self.language, "Option", "選択肢"), Side::Left),
            (
                pick!(self.language, "{figure}, mean, {money}", "{figure}の平均（{money}）"),
                Side::Right,
            ),
            (pick!(self.language, "Best in", "最善となる割合"), Side::Right),
            (String::new(), Side::Left),
        ]);
        for (at, option) in self.found.options.iter().enumerate() {
            let taken = pick!(self.language, "taken as things are known", "現在の情報での選択");
            table.row([
                option.title.within(self.language).to_owned(),
                self.estimate(option.mean),
                self.often(option.often),
                if at == self.found.best { taken } else { String::new() },
            ]);
        }
        let mut text =
            pick!(self.language, "The decision, by `{name}`:\n", "意思決定（`{name}` で判断）:\n");
        text += &crate::table::text(&table);
        text
    }

    fn perfect(&self) -> String {
        let one = self.amount(self.found.perfect);
        let times = self.found.times;
        let all = self.amount(self.found.perfect.times(times as f64));
        match times {
            1 => pick!(
                self.language,
                "Knowing everything before deciding would be worth {one} (EVPI):\nno study, however good, is worth more.\n",
                "判断の前にすべてを知ることの価値（EVPI）は {one}です。\nどれほど良い調査でも、これを超える価値はありません。\n"
            ),
            times => pick!(
                self.language,
                "Knowing everything before deciding would be worth {one} (EVPI),\nand {all} for {times} decisions: no study, however good, is worth more.\n",
                "判断の前にすべてを知ることの価値（EVPI）は 1 回の判断につき {one}、\n{times} 回では {all}です。どれほど良い調査でも、これを超える価値はありません。\n"
            ),
        }
    }

    fn known(&self) -> String {
        let (money, times) = (self.currency.name(), self.found.times);
        let mut headings = vec![
            (pick!(self.language, "Known before deciding", "判断の前に知ること"), Side::Left),
            (pick!(self.language, "Worth, {money}", "価値（{money}）"), Side::Right),
        ];
        if times > 1 {
            headings.push((
                pick!(self.language, "For {times} decisions", "判断 {times} 回分"),
                Side::Right,
            ));
        }
        headings.push((
            pick!(self.language, "Changes the decision in", "判断が変わる割合"),
            Side::Right,
        ));
        let mut table = Table::new(headings);
        let mut sorted: Vec<_> = self.found.known.iter().collect();
        sorted.sort_by(|a, b| b.value.value.total_cmp(&a.value.value));
        for known in sorted {
            let mut row =
                vec![known.title.within(self.language).to_owned(), self.estimate(known.value)];
            if times > 1 {
                row.push(self.estimate(known.value.times(times as f64)));
            }
            row.push(self.often(known.changes));
            table.row(row);
        }
        let mut text = crate::table::text(&table);
        let others = self.found.beside_cells.iter().map(|title| title.within(self.language));
        let others = others.collect::<Vec<_>>().join(self.language.comma());
        if !others.is_empty() {
            text += &pick!(
                self.language,
                "Uncertain too, and in EVPI, but no cells that could be known: {others}\n",
                "不確実で EVPI に含まれるが、知ることのできるセルではないもの: {others}\n"
            );
        }
        text
    }

    fn larger(&self, larger: &Larger) -> String {
        let (indicators, dates) = (larger.indicators.join(", "), larger.at.join(", "));
        let (money, times) = (self.currency.name(), self.found.times);
        let mut text = pick!(
            self.language,
            "Measuring other numbers of people ({indicators}; {dates}), {money}:\n",
            "測定する人数を変えた場合（{indicators}、{dates}、単位 {money}）:\n"
        );
        let gain = match times {
            1 => pick!(self.language, "Gain", "増加分"),
            _ => pick!(self.language, "Gain, {times} decisions", "増加分（判断 {times} 回）"),
        };
        let mut table = Table::new([
            (pick!(self.language, "Asked", "条件"), Side::Left),
            (pick!(self.language, "People", "測定人数"), Side::Right),
            (pick!(self.language, "Result is worth", "結果の価値"), Side::Right),
            (gain, Side::Right),
            (pick!(self.language, "Costs more", "費用の増加"), Side::Right),
            (pick!(self.language, "Left", "差し引き"), Side::Right),
        ]);
        for row in &larger.rows {
            let today = row.size.is_none();
            let changed = |text: String| if today { String::new() } else { text };
            // Where so many people are measured in all futures it is known exactly.
            let cost = |of: Estimate| match of.se > 0.0 {
                true => self.estimate(of),
                false => self.currency.simulated_digits(of.value),
            };
            table.row([
                self.asked(row),
                Layout::people(row.people),
                self.estimate(row.value),
                changed(self.estimate(row.gain)),
                changed(cost(row.cost)),
                changed(self.estimate(row.net)),
            ]);
        }
        text += &crate::table::text(&table);
        if !larger.left_out.is_empty() {
            let list = larger.left_out.join(", ");
            text += &pick!(
                self.language,
                "Measured as today, on no sample that could be larger: {list}\n",
                "標本ではないため、現在のまま測定するもの: {list}\n"
            );
        }
        text += "\n";
        text += &self.verdict(larger);
        text += &self.beyond(larger);
        text += "\n";
        text += &self.paid(larger);
        text
    }

    /// Numbers of people that there are not.
    fn beyond(&self, larger: &Larger) -> String {
        let beyond = larger.rows.iter().filter(|row| row.beyond.value > 0.0);
        let of = |row: &Measured| {
            let (asked, part) = (self.asked(row), Layout::part(row.beyond));
            pick!(self.language, "{asked} in {part} of futures", "{asked}は将来の {part}")
        };
        let list: Vec<String> = beyond.map(of).collect();
        if list.is_empty() {
            return String::new();
        }
        let list = list.join(self.language.comma());
        pick!(
            self.language,
            "Warning: more people than there are would be measured: {list}. The scenario measures everybody who\ntakes part; read this as what it would be worth if that many more took part.\n",
            "警告: 実際にいる人数より多く測定することになります（{list}）。シナリオでは参加者全員を測定しています。\n参加者がそれだけ増えた場合の価値として読んでください。\n"
        )
    }

    /// What the size means for this contract's own payment.
    fn paid(&self, larger: &Larger) -> String {
        let money = self.currency.name();
        let mut table = Table::new([
            (
                pick!(
                    self.language,
                    "This contract's payment, {money}",
                    "この契約の支払（{money}）"
                ),
                Side::Left,
            ),
            (
                pick!(self.language, "Spread by luck of measurement", "測定の偶然による標準偏差"),
                Side::Right,
            ),
            (
                pick!(self.language, "Off from everybody measured", "全員を測った場合との差の平均"),
                Side::Right,
            ),
        ]);
        for row in &larger.rows {
            table.row([self.asked(row), self.estimate(row.luck), self.estimate(row.mispaid)]);
        }
        crate::table::text(&table)
    }

    fn asked(&self, row: &Measured) -> String {
        match row.size {
            None => pick!(self.language, "today", "現在"),
            Some(Size::People(people)) => {
                let counted = if people == 1 { "person" } else { "people" };
                let people = figure(people as f64, 0);
                pick!(self.language, "{people} {counted}", "{people} 人")
            }
            Some(Size::More(more)) => {
                let more = figure(more as f64, 0);
                pick!(self.language, "{more} more", "{more} 人増")
            }
        }
    }

    fn verdict(&self, larger: &Larger) -> String {
        let Some(best) = larger.best() else { return String::new() };
        let (asked, net) = (self.asked(best), self.amount(best.net));
        match best.verdict() {
            Verdict::Worth => pick!(
                self.language,
                "Worth it: {asked} gains {net} more than it costs.\n",
                "費用に見合います: 「{asked}」では、価値の増加が費用の増加を {net}上回ります。\n"
            ),
            Verdict::NotWorth => {
                let loss = self.amount(Estimate { value: -best.net.value, se: best.net.se });
                pick!(
                    self.language,
                    "Not worth it: even the best of these, {asked}, costs {loss} more than it gains.\n",
                    "費用に見合いません: 最も良い「{asked}」でも、費用の増加が価値の増加を {loss}上回ります。\n"
                )
            }
            Verdict::Nothing => pick!(
                self.language,
                "Adds nothing: even the best of these, {asked}, decides nothing otherwise than today's number of\npeople does.\n",
                "価値は増えません: 最も良い「{asked}」でも、現在の人数の場合と判断が変わりません。\n"
            ),
            Verdict::Unclear => pick!(
                self.language,
                "Cannot be told: the best of these, {asked}, leaves {net}, less than two standard errors\nfrom 0. More paths (`--paths`) tell it more precisely.\n",
                "判断できません: 最も良い「{asked}」の差し引きは {net} で、0 との差が標準誤差の 2 倍に\n達しません。`--paths` でパスを増やすと精度が上がります。\n"
            ),
        }
    }

    fn footing(&self) -> String {
        pick!(
            self.language,
            "± is the standard error. Whoever decides is taken to mind no risk: only means count.\n",
            "± は標準誤差です。判断する人はリスクを気にせず、平均だけで選ぶものとしています。\n"
        )
    }
}
