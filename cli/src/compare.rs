//! `seika compare`: two contracts, or two versions of one, side by side.

use engine::analyse::compare::{
    Change, Compared, How, Origin, OutcomeRegions, Past, PastRequest, Priced, Region, Settled,
    Version, Versions,
};
use engine::contract::Contract;
use engine::contract::explain::ClauseKind;
use engine::ledger::Ledger;
use engine::problem::{Language, Problem, Source};
use engine::scenario::Scenario;

use crate::arguments::CompareArguments;
use crate::money::{Currency, decimals_for, figure, percent};
use crate::output::Output;
use crate::progress::Progress;
use crate::table::{Side, Table};
use crate::{Context, Exit, Failure};

/// The most outcomes whose regions are listed for people; JSON has them all.
const OUTCOMES_MOST: usize = 3;
/// How long to wait for others who use the ledger.
const WAIT: std::time::Duration = std::time::Duration::from_secs(30);

pub(crate) fn run(
    arguments: &CompareArguments,
    context: &Context,
    output: &mut Output<'_>,
) -> Result<Exit, Failure> {
    let inputs = Inputs::read(arguments, context)?;
    let one = |problem| Failure::Problems(vec![problem]);
    let versions = Versions::of(inputs.a.clone(), inputs.b.clone()).map_err(one)?;
    let settled = settled(&versions, arguments, context)?;
    let settings = arguments.run.settings();
    let progress = Progress::start(context.language);
    let priced = match (&inputs.scenarios, &arguments.scenario) {
        (Some([a, b]), _) => Some(versions.priced_each([a, b], &settings, &progress)),
        (None, Some(path)) => {
            Some(versions.priced_under((&context.disk, path), &settings, &progress))
        }
        (None, None) => None,
    };
    drop(progress);
    let priced = priced.transpose()?;
    if context.json {
        let json = versions.to_json(priced.as_ref(), settled.as_ref(), context.language);
        output.json(&json)?;
    } else {
        let layout = Layout::new(&versions, context.language);
        let own = inputs.scenarios.is_some();
        output.data(&layout.report((priced.as_ref(), own), settled.as_ref()))?;
    }
    Ok(Exit::Done)
}

/// What is compared: two contracts, or the contracts of two scenarios.
struct Inputs {
    a: Contract,
    b: Contract,
    /// The scenario of each, where scenarios are compared.
    scenarios: Option<[Scenario; 2]>,
}

impl Inputs {
    fn read(arguments: &CompareArguments, context: &Context) -> Result<Inputs, Failure> {
        let is_scenario = |path: &str| path.to_lowercase().ends_with(".toml");
        let (a, b) = (&arguments.a, &arguments.b);
        match (is_scenario(a), is_scenario(b), &arguments.scenario) {
            (true, true, None) => {
                let a = Scenario::read(&context.disk, a)?;
                let b = Scenario::read(&context.disk, b)?;
                let contracts = [&a, &b].map(|scenario| scenario.contract.clone());
                let [own, other] = contracts;
                Ok(Inputs { a: own, b: other, scenarios: Some([a, b]) })
            }
            (true, true, Some(path)) => Err(third_scenario(path)),
            (false, false, _) => {
                let a = crate::read_contract(a, context)?;
                let b = crate::read_contract(b, context)?;
                Ok(Inputs { a, b, scenarios: None })
            }
            (true, false, _) => Err(mixed(a)),
            (false, true, _) => Err(mixed(b)),
        }
    }
}

fn mixed(scenario: &str) -> Failure {
    Failure::Problems(vec![
        Problem::error(
            "contract-and-scenario",
            text!("a contract is compared with a scenario", "契約とシナリオは比較できません"),
        )
        .expected(text!(
            "two contracts (.rhai), or two scenarios (.toml)",
            "契約（.rhai）二つ、またはシナリオ（.toml）二つ"
        ))
        .help(text!(
            "two contracts are priced under one scenario with --scenario FILE",
            "二つの契約を一つのシナリオで試算するには --scenario ファイル を使ってください"
        ))
        .at(Source::new(scenario, "").whole()),
    ])
}

fn third_scenario(scenario: &str) -> Failure {
    Failure::Problems(vec![
        Problem::error(
            "third-scenario",
            text!(
                "two scenarios are compared, each as it is",
                "二つのシナリオは、それぞれそのまま比較します"
            ),
        )
        .help(text!(
            "leave --scenario out, or compare the two contracts",
            "--scenario を外すか、二つの契約を比較してください"
        ))
        .at(Source::new(scenario, "").whole()),
    ])
}

fn settled(
    versions: &Versions,
    arguments: &CompareArguments,
    context: &Context,
) -> Result<Option<Settled>, Failure> {
    if let Some(path) = &arguments.ledger {
        let state = Ledger::open(path, WAIT)?.state()?;
        return Ok(Some(versions.on_ledger(&state)?));
    }
    if arguments.evidence.is_empty() {
        return Ok(None);
    }
    let request = PastRequest { evidence: arguments.evidence.clone(), at: arguments.at };
    Ok(Some(versions.on_evidence(&context.disk, &request)?))
}

struct Layout<'a> {
    versions: &'a Versions,
    language: Language,
    currency: Currency<'a>,
}

impl<'a> Layout<'a> {
    fn new(versions: &'a Versions, language: Language) -> Self {
        Layout { versions, language, currency: Currency::new(&versions.a.currency, language) }
    }

    /// `own` says that each is priced under a scenario of its own.
    fn report(&self, (priced, own): (Option<&Priced>, bool), settled: Option<&Settled>) -> String {
        let mut parts = vec![self.heading(), self.changes(), self.cautions()];
        if own {
            parts.push(self.drawn_apart());
        }
        if let Some(priced) = priced {
            parts.extend([self.figures(priced), self.by_date(priced), self.regions(priced)]);
            parts.push(self.furthest(priced));
        }
        parts.push(self.past(settled));
        parts.retain(|part| !part.is_empty());
        parts.join("\n")
    }

    fn heading(&self) -> String {
        let line = |letter: &str, of: &Contract| {
            let (title, file) = (of.title.within(self.language), &of.file);
            pick!(self.language, "{letter}: {title} ({file})\n", "{letter}: {title}（{file}）\n")
        };
        [line("A", &self.versions.a), line("B", &self.versions.b)].concat()
    }

    fn changes(&self) -> String {
        let changes = self.versions.changes();
        let (renamed, others): (Vec<&Change>, Vec<&Change>) =
            changes.iter().partition(|change| change.how == How::Renamed);
        let count = others.len();
        let mut text = match (count, self.language) {
            (0, Language::En) => "No clause says anything else\n".to_owned(),
            (0, Language::Ja) => "内容の異なる条項はありません\n".to_owned(),
            (1, Language::En) => "Clauses that differ: 1\n".to_owned(),
            (_, Language::En) => format!("Clauses that differ: {count}\n"),
            (_, Language::Ja) => format!("異なる条項: {count} 件\n"),
        };
        for change in others {
            text += &self.change(change);
        }
        if !renamed.is_empty() {
            text += &pick!(self.language, "\nOnly renamed\n", "\n名称だけが異なるもの\n");
            for change in renamed {
                text += &self.renamed(change);
            }
        }
        text
    }

    fn change(&self, change: &Change) -> String {
        let kind = change.kind.words();
        let kind = kind.within(self.language);
        let how = match (change.how, self.language) {
            (How::Added, Language::En) => "added",
            (How::Removed, Language::En) => "removed",
            (How::Changed | How::Renamed, Language::En) => "changed",
            (How::Added, Language::Ja) => "追加",
            (How::Removed, Language::Ja) => "削除",
            (How::Changed | How::Renamed, Language::Ja) => "変更",
        };
        let title = change.title().map(|title| title.within(self.language)).unwrap_or_default();
        let mut head = match title == kind {
            true => kind.to_owned(),
            false => pick!(self.language, "{kind} \"{title}\"", "{kind}「{title}」"),
        };
        let clause = change.b.as_ref().or(change.a.as_ref()).and_then(|of| of.clause.as_ref());
        if let Some(clause) = clause {
            head += &pick!(self.language, ", {clause}", "、{clause}");
        }
        let mut text = pick!(self.language, "\n{head}: {how}\n", "\n{head}: {how}\n");
        let places: Vec<String> =
            [&change.a, &change.b].into_iter().flatten().filter_map(place).collect();
        if !places.is_empty() {
            text += &format!("  --> {}\n", places.join(" -> "));
        }
        for term in &change.terms {
            let item = term.item.within(self.language);
            if !item.is_empty() && item != title {
                text += &format!("  {item}\n");
            }
            let lines = |words: &Option<engine::problem::Text>| -> Vec<String> {
                let words = words.iter().flat_map(|words| words.within(self.language).lines());
                words.map(str::to_owned).collect()
            };
            let (before, after) = (lines(&term.before), lines(&term.after));
            // Of a long rule only the lines that differ are shown.
            for line in before.iter().filter(|line| !after.contains(line)) {
                text += &format!("    A  {}\n", unmarked(line));
            }
            for line in after.iter().filter(|line| !before.contains(line)) {
                text += &format!("    B  {}\n", unmarked(line));
            }
            if before == after {
                let line = before.first().map(String::as_str).unwrap_or_default();
                text += &format!("    A, B  {}\n", unmarked(line));
            }
        }
        text
    }

    fn renamed(&self, change: &Change) -> String {
        let kind = change.kind.words();
        let kind = kind.within(self.language);
        let name = |of: &Option<Version>| {
            of.as_ref().map_or_else(String::new, |of| {
                let title = of.title.within(self.language);
                if title == of.id { title.to_owned() } else { format!("{title} (`{}`)", of.id) }
            })
        };
        format!("  {kind}: {} -> {}\n", name(&change.a), name(&change.b))
    }

    /// What must be known before the figures are read.
    fn cautions(&self) -> String {
        let mut text = String::new();
        for (letter, only) in ["A", "B"].into_iter().zip(self.versions.only_in_one()) {
            if only.is_empty() {
                continue;
            }
            let list: Vec<String> = only.iter().map(|(id, at)| format!("{id} ({at})")).collect();
            let list = list.join(", ");
            text += &pick!(
                self.language,
                "Only {letter} measures: {list}\n",
                "{letter} だけが測定する成果: {list}\n"
            );
        }
        for title in self.versions.measured_otherwise() {
            let title = title.within(self.language);
            text += &pick!(
                self.language,
                "\"{title}\" is not measured alike in both; figures below take one value for both\n",
                "「{title}」の測り方は両者で異なります。以下の金額は同じ値を両者に当てはめたものです\n"
            );
        }
        text
    }

    /// Measurements that two scenarios draw under two names have two sets of random numbers.
    fn drawn_apart(&self) -> String {
        let changes = self.versions.changes();
        let renamed = changes.iter().filter(|change| {
            let ids = [&change.a, &change.b].map(|of| of.as_ref().map(|of| &of.id));
            change.kind == ClauseKind::Indicator
                && ids[0].is_some()
                && ids[1].is_some()
                && ids[0] != ids[1]
        });
        let titles: Vec<&str> = renamed
            .filter_map(|change| change.title())
            .map(|title| title.within(self.language))
            .collect();
        if titles.is_empty() {
            return String::new();
        }
        let list = titles.join(&pick!(self.language, ", ", "、"));
        pick!(
            self.language,
            "Measured with other random numbers in each scenario, being called otherwise: {list}\n",
            "名称が異なるため、測定の乱数がシナリオごとに異なるもの: {list}\n"
        )
    }

    fn headings(&self, first: String) -> Table {
        let unit = self.currency.name();
        Table::new([
            (first, Side::Left),
            (pick!(self.language, "A ({unit})", "A（{unit}）"), Side::Right),
            (pick!(self.language, "B ({unit})", "B（{unit}）"), Side::Right),
            ("B - A".to_owned(), Side::Right),
            (pick!(self.language, "B more", "B が多い"), Side::Right),
            (pick!(self.language, "same", "同じ"), Side::Right),
            (pick!(self.language, "B less", "B が少ない"), Side::Right),
        ])
    }

    /// The figures that differ; those that are the same on every path are named below, but for the
    /// first, which is told whatever it is.
    fn table(&self, heading: String, all: &[Compared]) -> String {
        let mut table = self.headings(heading);
        let same = |of: &Compared| of.difference.is_some_and(|of| of.same.value == 1.0);
        let mut others = Vec::new();
        for (position, of) in all.iter().enumerate() {
            match position > 0 && same(of) {
                true => others.push(of.title.within(self.language)),
                false => self.row(&mut table, of),
            }
        }
        let mut text = table.text();
        if !others.is_empty() {
            let list = others.join(&pick!(self.language, ", ", "、"));
            text += &pick!(
                self.language,
                "The same on every path: {list}\n",
                "どの将来でも同じもの: {list}\n"
            );
        }
        text
    }

    fn row(&self, table: &mut Table, of: &Compared) {
        let money = of.counted == engine::analyse::Counted::Money;
        let number = |value: f64, scale: f64| match money {
            true => self.currency.simulated_digits(value),
            false => figure(value, decimals_for(scale, 2).max(2)),
        };
        let mean = |of: &Option<engine::simulate::Distribution>| {
            of.map_or_else(|| "-".to_owned(), |of| number(of.mean, of.se))
        };
        let mut row = vec![of.title.within(self.language).to_owned(), mean(&of.a), mean(&of.b)];
        match &of.difference {
            Some(of) => {
                let (mean, se) = (number(of.of.mean, of.of.se), number(of.of.se, of.of.se));
                let mean = if of.of.mean > 0.0 { format!("+{mean}") } else { mean };
                row.push(format!("{mean} ± {se}"));
                row.extend([of.more.value, of.same.value, of.less.value].map(percent));
            }
            None => row.push("-".to_owned()),
        }
        table.row(row);
    }

    fn figures(&self, priced: &Priced) -> String {
        let (paths, seed) = (figure(priced.paths as f64, 0), priced.seed);
        let titles: Vec<&str> =
            priced.scenarios.iter().map(|title| title.within(self.language)).collect();
        let titles = titles.join(" / ");
        let mut text = pick!(
            self.language,
            "Mean over the same {paths} possible futures, seed {seed}: {titles}\n",
            "同じ将来 {paths} 通りの平均（乱数の種 {seed}）: {titles}\n"
        );
        text += &self.table(pick!(self.language, "Figure", "指標値"), &priced.figures);
        let lines = pick!(self.language, "Payment, by line", "支払項目ごと");
        text += &format!("\n{}", self.table(lines, &priced.lines));
        text += &pick!(
            self.language,
            "± is the standard error of the difference on the same futures.\n",
            "± は、同じ将来での差の標準誤差です。\n"
        );
        text
    }

    fn by_date(&self, priced: &Priced) -> String {
        let dates = pick!(self.language, "Payment, by evaluation", "評価日ごと");
        let years = pick!(self.language, "Payment, by fiscal year", "会計年度ごと");
        let (dates, years) =
            (self.table(dates, &priced.evaluations), self.table(years, &priced.years));
        format!("{dates}\n{years}")
    }

    /// Whether an indicator is a share, to be told in percent.
    fn is_share(&self, indicator: &str) -> bool {
        [&self.versions.a, &self.versions.b].into_iter().any(|contract| {
            let position = contract.indicator_named(indicator);
            position.is_some_and(|position| contract.indicators[position].is_share())
        })
    }

    /// The value of an outcome with the digits it has.
    fn value(&self, indicator: &str, value: f64) -> String {
        let share = self.is_share(indicator);
        let text = figure(if share { value * 100.0 } else { value }, 4);
        let text = text.trim_end_matches('0').trim_end_matches('.');
        format!("{text}{}", if share { "%" } else { "" })
    }

    fn range(&self, indicator: &str, region: &Region) -> String {
        if region.too_few {
            return pick!(self.language, "too few measured", "測定人数の不足");
        }
        let number = |value: f64| self.value(indicator, value);
        match (region.from.map(number), region.below.map(number)) {
            (Some(from), Some(below)) => {
                pick!(self.language, "{from} or more, below {below}", "{from} 以上 {below} 未満")
            }
            (Some(from), None) => pick!(self.language, "{from} or more", "{from} 以上"),
            (None, Some(below)) => pick!(self.language, "below {below}", "{below} 未満"),
            (None, None) => pick!(self.language, "any value", "すべて"),
        }
    }

    fn regions(&self, priced: &Priced) -> String {
        let mut text = String::new();
        for of in priced.regions.iter().take(OUTCOMES_MOST) {
            if !text.is_empty() {
                text.push('\n');
            }
            text += &self.region_table(of);
        }
        text
    }

    fn region_table(&self, of: &OutcomeRegions) -> String {
        let (title, at, told) = (of.title.within(self.language), of.at, percent(of.told));
        let mut text = pick!(
            self.language,
            "Where they differ, by \"{title}\" of {at} (tells {told} of the spread of the difference)\n",
            "「{title}」（{at}）の値による差（差のばらつきの {told} を説明）\n"
        );
        let mut table = Table::new([
            (pick!(self.language, "Value", "値"), Side::Left),
            (pick!(self.language, "How often", "割合"), Side::Right),
            (pick!(self.language, "B - A, mean", "B - A 平均"), Side::Right),
            (pick!(self.language, "least", "最小"), Side::Right),
            (pick!(self.language, "most", "最大"), Side::Right),
        ]);
        for region in &of.regions {
            let digits = |value| self.currency.simulated_digits(value);
            let difference = &region.difference;
            table.row([
                self.range(&of.indicator, region),
                percent(region.share.value),
                format!("{} ± {}", digits(difference.mean), digits(difference.se)),
                digits(difference.min),
                digits(difference.max),
            ]);
        }
        text += &table.text();
        text
    }

    fn furthest(&self, priced: &Priced) -> String {
        let mut text = String::new();
        for of in &priced.furthest {
            let outcomes: Vec<String> = of
                .outcomes
                .iter()
                .map(|(id, at, value)| match value {
                    Some(value) => format!("{id} {} ({at})", self.value(id, *value)),
                    None => format!("{id} - ({at})"),
                })
                .collect();
            let outcomes = outcomes.join(", ");
            let digits = |value| self.currency.simulated_digits(value);
            let (a, b) = (digits(of.a), digits(of.b));
            text += &match of.b < of.a {
                true => pick!(
                    self.language,
                    "Most less: A pays {a}, B pays {b} on {outcomes}\n",
                    "B が最も少なくなる例: A {a}、B {b}（{outcomes}）\n"
                ),
                false => pick!(
                    self.language,
                    "Most more: A pays {a}, B pays {b} on {outcomes}\n",
                    "B が最も多くなる例: A {a}、B {b}（{outcomes}）\n"
                ),
            };
        }
        text
    }

    /// Worked examples that a version itself does not pay.
    fn examples_that_fail(&self) -> String {
        let mut text = String::new();
        for (name, contract) in [("A", &self.versions.a), ("B", &self.versions.b)] {
            let failing = contract.check().examples.into_iter().filter(|of| !of.is_ok());
            for example in failing {
                let (title, stated) = (example.name, self.currency.digits(example.expected));
                text += &pick!(
                    self.language,
                    "Note: {name}'s own example \"{title}\" states {stated}, which {name} does not pay.\n",
                    "注意: {name} の計算例「{title}」の記載額 {stated} は、{name} の計算額と一致しません。\n"
                );
            }
        }
        text
    }

    fn past(&self, settled: Option<&Settled>) -> String {
        let mut past = self.versions.examples();
        past.extend(settled.iter().flat_map(|settled| settled.past.clone()));
        if past.is_empty() {
            return String::new();
        }
        let unit = self.currency.name();
        let mut table = Table::new([
            (pick!(self.language, "Outcomes that are known", "わかっている成果"), Side::Left),
            (pick!(self.language, "A ({unit})", "A（{unit}）"), Side::Right),
            (pick!(self.language, "B ({unit})", "B（{unit}）"), Side::Right),
            ("B - A".to_owned(), Side::Right),
        ]);
        let mut reasons: Vec<String> = Vec::new();
        for of in &past {
            let mut amount = |of: &Result<rust_decimal::Decimal, Problem>| match of {
                Ok(amount) => self.currency.digits(*amount),
                Err(problem) => {
                    let why = problem.message.within(self.language);
                    if !reasons.iter().any(|known| known == why) {
                        reasons.push(why.to_owned());
                    }
                    let number = reasons.iter().position(|known| known == why).unwrap_or(0) + 1;
                    format!("*{number}")
                }
            };
            let (a, b) = (amount(&of.a), amount(&of.b));
            let difference = of.difference().map_or_else(
                || "-".to_owned(),
                |difference| match difference.is_zero() {
                    true => "0".to_owned(),
                    false => {
                        let sign = if difference.is_sign_negative() { "" } else { "+" };
                        format!("{sign}{}", self.currency.digits(difference))
                    }
                },
            );
            table.row([self.origin(of), a, b, difference]);
        }
        let mut text = table.text();
        text += self.examples_that_fail().as_str();
        for (number, reason) in (1..).zip(reasons) {
            text += &format!("*{number} {reason}\n");
        }
        let left_out = settled.iter().flat_map(|settled| &settled.left_out);
        let left_out: Vec<String> = left_out.map(|(id, at)| format!("{id} ({at})")).collect();
        if !left_out.is_empty() {
            let list = left_out.join(", ");
            text += &pick!(
                self.language,
                "Read by one of them only: {list}\n",
                "一方だけが読む値: {list}\n"
            );
        }
        text
    }

    fn origin(&self, of: &Past) -> String {
        let title = &of.title;
        match &of.origin {
            Origin::Example { of_a, of_b } => {
                let whose = match (of_a, of_b) {
                    (true, true) => "A, B",
                    (true, false) => "A",
                    _ => "B",
                };
                pick!(self.language, "Example ({whose}): {title}", "計算例（{whose}）: {title}")
            }
            Origin::Evidence => pick!(self.language, "Evidence: {title}", "証拠データ: {title}"),
            Origin::Ledger(entry) => {
                let stated = of.stated.map(|stated| self.currency.digits(stated));
                let stated = stated.unwrap_or_default();
                pick!(
                    self.language,
                    "Ledger entry {entry}: {title} (settled {stated})",
                    "台帳 {entry}: {title}（精算額 {stated}）"
                )
            }
        }
    }
}

/// A line without the mark of a bullet.
fn unmarked(line: &str) -> &str {
    let line = line.trim();
    line.strip_prefix("- ").unwrap_or(line)
}

fn place(of: &Version) -> Option<String> {
    let place = of.place.as_ref()?;
    Some(match place.line {
        0 => place.file.clone(),
        line => format!("{}:{line}", place.file),
    })
}
