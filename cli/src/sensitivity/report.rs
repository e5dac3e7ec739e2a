//! What a figure depends on, as people read it.

use engine::analyse::Counted;
use engine::analyse::sensitivity::{CellBar, Ends, Estimated, HELD_AT, Sensitivity, Sobol};
use engine::problem::{Language, Problem};
use engine::scenario::Scenario;
use engine::simulate::Mean;
use rust_decimal::Decimal;

use crate::money::{Currency, decimals_for, figure};
use crate::table::{Side, Table};

/// Columns of the terminal that bars are drawn in.
const BAR: usize = 40;
/// The most rank correlations that are listed for people; JSON has them all.
const RANKS_MOST: usize = 15;

/// The whole report.
pub(super) fn report(scenario: &Scenario, answer: &Sensitivity, language: Language) -> String {
    let currency = Currency::new(&scenario.contract.currency, language);
    let layout = Layout { scenario, answer, language, currency };
    let mut parts = vec![
        layout.heading(),
        layout.cells(),
        layout.parameters(),
        layout.impossible(),
        layout.ranks(),
    ];
    if let Some(sobol) = &answer.sobol {
        parts.push(layout.sobol(sobol));
    }
    parts.extend(answer.grids.iter().map(|grid| layout.grid(grid)));
    parts.retain(|part| !part.is_empty());
    parts.join("\n")
}

pub(super) struct Layout<'a> {
    pub(super) scenario: &'a Scenario,
    pub(super) answer: &'a Sensitivity,
    pub(super) language: Language,
    pub(super) currency: Currency<'a>,
}

impl Layout<'_> {
    fn heading(&self) -> String {
        let Sensitivity { paths, seed, missing, mean, sd, .. } = self.answer;
        let scenario = self.scenario.title.within(self.language);
        let title = self.answer.figure.title();
        let title = title.within(self.language);
        let paths = figure(*paths as f64, 0);
        let (mean, sd) = (self.mean(mean), self.digits(*sd));
        let unit = self.unit();
        let mut text = pick!(
            self.language,
            "{scenario}\nWhat it depends on: {title}{unit}\n\
             mean {mean}, standard deviation {sd}; {paths} possible futures, seed {seed}\n",
            "{scenario}\n何に左右されるか: {title}{unit}\n\
             平均 {mean}、標準偏差 {sd}。想定する将来 {paths} 通り、乱数の種 {seed}\n"
        );
        if *missing > 0 {
            let missing = figure(*missing as f64, 0);
            text += &pick!(
                self.language,
                "In {missing} futures there is no such figure; means are over the others.\n",
                "{missing} 通りの将来ではこの数値がありません。平均は残りの将来のものです。\n"
            );
        }
        if self.answer.sd <= 1e-12 * self.answer.mean.mean.abs() {
            text += &pick!(
                self.language,
                "It is the same in every future: there is nothing to divide.\n",
                "どの将来でも同じ値なので、分けるべきばらつきはありません。\n"
            );
        }
        text += &pick!(
            self.language,
            "± is the standard error. The same random numbers are used throughout.\n",
            "± は標準誤差です。どの計算にも同じ乱数を使います。\n"
        );
        text
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
                pick!(self.language, " ({name})", "（{name}）")
            }
            Counted::Rate | Counted::Number => String::new(),
        }
    }

    /// A value of the figure.
    pub(super) fn digits(&self, value: f64) -> String {
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

    fn mean(&self, of: &Mean) -> String {
        format!("{} ± {}", self.digits(of.mean), self.digits(of.se))
    }

    fn signed(&self, of: &Mean) -> String {
        let sign = if of.mean > 0.0 { "+" } else { "" };
        format!("{sign}{}", self.mean(of))
    }

    /// The ends of every bar, the figure as drawn among them.
    fn span(&self) -> (f64, f64) {
        let cells = self.answer.cells.iter().map(|bar| &bar.ends);
        let all = cells.chain(self.answer.parameters.iter().map(|bar| &bar.ends)).flatten();
        all.flat_map(|ends| ends.changes)
            .map(|change| change.mean)
            .filter(|change| change.is_finite())
            .fold((0.0, 0.0), |(low, high), change| (change.min(low), change.max(high)))
    }

    /// A bar: `-` towards the figure with the lower value, `+` towards that with the higher, `|`
    /// where the figure is as drawn.
    fn bar(&self, ends: &Ends) -> String {
        let (low, high) = self.span();
        let scale = (BAR - 1) as f64 / (high - low).max(f64::MIN_POSITIVE);
        let place = |change: f64| (((change - low) * scale).round() as usize).min(BAR - 1);
        let zero = place(0.0);
        let mut bar = vec![' '; BAR];
        let mut sides = [('-', place(ends.changes[0].mean)), ('+', place(ends.changes[1].mean))];
        // The shorter is drawn over the longer where both go the same way.
        sides.sort_by_key(|(_, end)| std::cmp::Reverse(end.abs_diff(zero)));
        for (mark, end) in sides {
            bar[zero.min(end)..=zero.max(end)].fill(mark);
        }
        bar[zero] = '|';
        bar.into_iter().collect::<String>().trim_end().to_owned()
    }

    fn cells(&self) -> String {
        let told: Vec<(&CellBar, &Ends)> = self
            .answer
            .cells
            .iter()
            .filter_map(|bar| Some((bar, bar.ends.as_ref().ok()?)))
            .collect();
        if told.is_empty() {
            return pick!(
                self.language,
                "Nothing in [assume] is drawn: no cell can be held elsewhere.\n",
                "[assume] に乱数を引くセルがないため、固定して比べられるものはありません。\n"
            ) + self.without_bar().as_str();
        }
        let [low, high] = HELD_AT.map(|part| format!("{:.0}%", part * 100.0));
        let mut text = pick!(
            self.language,
            "What the parties cannot know. Each cell is held at its {low} point (-), then at its {high} point (+);\n\
             all others stay as drawn:\n\n",
            "当事者には分からないこと。セルを一つずつ {low} 点（-）と {high} 点（+）に固定し、ほかは引いたままにします。\n\n"
        );
        let moving = |ends: &Ends| ends.width() > 0.0 || ends.changes[0].mean != 0.0;
        let mut chart = Table::new([
            (pick!(self.language, "Cell", "セル"), Side::Left),
            (pick!(self.language, "Difference", "差"), Side::Right),
            (pick!(self.language, "- low, + high", "- 低い値、+ 高い値"), Side::Left),
        ]);
        let mut table = Table::new([
            (pick!(self.language, "Cell", "セル"), Side::Left),
            (low.clone(), Side::Right),
            (high.clone(), Side::Right),
            (pick!(self.language, "Mean at {low}", "{low} での平均"), Side::Right),
            (pick!(self.language, "Mean at {high}", "{high} での平均"), Side::Right),
        ]);
        for (bar, ends) in told.iter().filter(|(_, ends)| moving(ends)) {
            let name = self.cell(&bar.cell.name);
            chart.row([name.clone(), self.signed(&ends.difference), self.bar(ends)]);
            let ([low, high], [at_low, at_high]) = (held(bar), ends.means.map(|of| self.mean(&of)));
            table.row([name, low, high, at_low, at_high]);
        }
        text += &chart.text();
        text += "\n";
        text += &table.text();
        let idle: Vec<String> = told
            .iter()
            .filter(|(_, ends)| !moving(ends))
            .map(|(bar, _)| self.cell(&bar.cell.name))
            .collect();
        if !idle.is_empty() {
            let names = idle.join(", ");
            text += &pick!(
                self.language,
                "\nWithout any effect on this figure: {names}\n",
                "\nこの数値に影響しないセル: {names}\n"
            );
        }
        text += &self.notes(&told);
        text
    }

    /// What has no bar, and why.
    fn without_bar(&self) -> String {
        let mut text = String::new();
        let separator = pick!(self.language, ", ", "、");
        let following = self.answer.following.iter().map(|name| self.cell(name));
        let following = following.collect::<Vec<_>>().join(&separator);
        if !following.is_empty() {
            text += &pick!(
                self.language,
                "Cells that follow from others and have no bar of their own: {following}\n",
                "ほかのセルから決まるため、単独では示さないセル: {following}\n"
            );
        }
        let others = self.answer.beside_cells.iter();
        let others = others.map(|of| of.title(self.scenario).within(self.language).to_owned());
        let others = others.collect::<Vec<_>>().join(&separator);
        if !others.is_empty() {
            text += &pick!(
                self.language,
                "Drawn too, but no cells that could be held: {others} (`--sobol` tells their part)\n",
                "乱数を引くが、セルではなく固定できないもの: {others}（割合は `--sobol` で分かります）\n"
            );
        }
        text
    }

    /// What the bars do not say by themselves.
    fn notes(&self, told: &[(&CellBar, &Ends)]) -> String {
        let mut text = self.without_bar();
        if told.iter().any(|(bar, _)| bar.values.len() > 1) {
            text += &pick!(
                self.language,
                "A cell that is drawn at each evaluation is held at each at that evaluation's own point\n\
                 (first → last).\n",
                "評価ごとに引くセルは、それぞれの評価の点に固定しています（最初 → 最後）。\n"
            );
        }
        let mut pairs: Vec<String> = Vec::new();
        for (bar, _) in told {
            for partner in &bar.cell.partners {
                let mut pair = [bar.cell.name.as_str(), partner.as_str()];
                pair.sort_unstable();
                let pair = pair.map(|name| self.cell(name)).join("–");
                if !pairs.contains(&pair) {
                    pairs.push(pair);
                }
            }
        }
        if !pairs.is_empty() {
            let pairs = pairs.join(", ");
            text += &pick!(
                self.language,
                "Correlated cells ({pairs}): one is held, the other stays as drawn.\n",
                "相関のあるセル（{pairs}）: 一方を固定しても、他方は引いたままです。\n"
            );
        }
        let missing = told.iter().map(|(_, ends)| ends.missing).max().unwrap_or_default();
        if missing > 0 {
            let missing = figure(missing as f64, 0);
            text += &pick!(
                self.language,
                "Futures in which the figure is not there at one of the ends are left out, up to {missing} of them.\n",
                "どちらかの端で数値がない将来は除いています（最大 {missing} 通り）。\n"
            );
        }
        text
    }

    fn parameters(&self) -> String {
        let mut text = String::new();
        let bars = &self.answer.parameters;
        if !bars.is_empty() {
            text += &pick!(
                self.language,
                "What the parties can choose. Each parameter of the contract at the low (-) and the high (+) end of\n\
                 its range, on the same futures:\n\n",
                "当事者が選べること。契約のパラメータを範囲の下限（-）と上限（+）にした場合です。将来は同じものを使います。\n\n"
            );
            let mut chart = Table::new([
                (pick!(self.language, "Parameter", "パラメータ"), Side::Left),
                (pick!(self.language, "Difference", "差"), Side::Right),
                (pick!(self.language, "- low, + high", "- 下限、+ 上限"), Side::Left),
            ]);
            let mut table = Table::new([
                (pick!(self.language, "Parameter", "パラメータ"), Side::Left),
                (pick!(self.language, "Today", "現在の値"), Side::Right),
                (pick!(self.language, "Low", "下限"), Side::Right),
                (pick!(self.language, "High", "上限"), Side::Right),
                (pick!(self.language, "Mean at low", "下限での平均"), Side::Right),
                (pick!(self.language, "Mean at high", "上限での平均"), Side::Right),
            ]);
            for bar in bars {
                let Ok(ends) = &bar.ends else { continue };
                let name = bar.name.clone();
                chart.row([name.clone(), self.signed(&ends.difference), self.bar(ends)]);
                let exact = |value: Decimal| {
                    if bar.money {
                        self.currency.digits(value)
                    } else {
                        engine::contract::explain::amount_text(value.normalize())
                    }
                };
                let [low, high] = ends.means.map(|of| self.mean(&of));
                table.row([
                    name,
                    exact(bar.value),
                    exact(bar.range.0),
                    exact(bar.range.1),
                    low,
                    high,
                ]);
            }
            if !chart.is_empty() {
                text += &format!("{}\n{}", chart.text(), table.text());
            }
        }
        if !self.answer.without_range.is_empty() {
            let names = self.answer.without_range.join(", ");
            text += &pick!(
                self.language,
                "Parameters without a range, so left out: {names}\n",
                "範囲がないため省いたパラメータ: {names}\n"
            );
        }
        text
    }

    /// What could not be held, and why.
    fn impossible(&self) -> String {
        let cells = self.answer.cells.iter().map(|bar| (self.cell(&bar.cell.name), &bar.ends));
        let parameters = self.answer.parameters.iter().map(|bar| (bar.name.clone(), &bar.ends));
        let faults = cells.chain(parameters).filter_map(|(name, ends)| {
            let why = self.why(ends.as_ref().err()?);
            Some(format!("  {name}: {why}\n"))
        });
        let faults: String = faults.collect();
        if faults.is_empty() {
            return faults;
        }
        pick!(
            self.language,
            "Not told, because a future becomes impossible there:\n{faults}",
            "ありえない将来が生じるため、示せないもの:\n{faults}"
        )
    }

    pub(super) fn why(&self, problem: &Problem) -> String {
        let message = problem.message.within(self.language);
        match &problem.found {
            Some(found) => format!("{message}: {}", found.within(self.language)),
            None => message.to_owned(),
        }
    }

    fn ranks(&self) -> String {
        let known = self.answer.ranks.iter().filter(|of| of.simple.is_some());
        let count = known.clone().count();
        if count == 0 {
            return String::new();
        }
        let mut text = pick!(
            self.language,
            "Rank correlation with the figure, from -1 to 1 (Spearman), and what is left of it given all other\n\
             cells; in brackets the 95% interval:\n\n",
            "数値との順位相関（-1 から 1、スピアマン）と、ほかのセルをすべて固定したときの偏順位相関。\n\
             [ ] 内は 95% 信頼区間です。\n\n"
        );
        let mut table = Table::new([
            (pick!(self.language, "Cell", "セル"), Side::Left),
            (pick!(self.language, "Rank correlation", "順位相関"), Side::Right),
            (pick!(self.language, "Given the others", "偏順位相関"), Side::Right),
        ]);
        for of in known.take(RANKS_MOST) {
            let name = match of.evaluation {
                Some(evaluation) => {
                    let at = self.scenario.contract.evaluations[evaluation].at;
                    self.cell(&format!("{}@{at}", of.cell))
                }
                None => self.cell(&of.cell),
            };
            let told = |of: Option<Estimated>| of.map_or("-".to_owned(), with_interval);
            table.row([name, told(of.simple), told(of.partial)]);
        }
        text += &table.text();
        if count > RANKS_MOST {
            let more = count - RANKS_MOST;
            text += &pick!(
                self.language,
                "{more} weaker ones are in the JSON.\n",
                "ほかの弱いもの {more} 件は JSON にあります。\n"
            );
        }
        text
    }

    fn sobol(&self, sobol: &Sobol) -> String {
        let runs = sobol.runs;
        let mut text = pick!(
            self.language,
            "Where its variance comes from (Sobol' indices, {runs} runs). First: the part that would go if the\n\
             factor alone were known. Total: the part that would stay if all else were known. In brackets the 95% interval:\n\n",
            "分散の内訳（Sobol 指標、試算 {runs} 回）。一次: その要因だけが分かれば消える割合。\n\
             全体: ほかがすべて分かっても残る割合。[ ] 内は 95% 信頼区間です。\n\n"
        );
        let mut table = Table::new([
            (pick!(self.language, "Factor", "要因"), Side::Left),
            (pick!(self.language, "First", "一次"), Side::Right),
            (pick!(self.language, "Total", "全体"), Side::Right),
        ]);
        let moving = sobol.factors.iter().filter(|(_, indices)| indices.total.value != 0.0);
        for (factor, indices) in moving {
            let title = factor.title(self.scenario);
            table.row([
                title.within(self.language).to_owned(),
                with_interval(indices.first),
                with_interval(indices.total),
            ]);
        }
        text += &table.text();
        let sum = with_interval(sobol.sum_of_first);
        text += &pick!(
            self.language,
            "First indices sum to {sum}; what is missing to 1 comes from factors that work together.\n\
             An estimate below 0 is chance: its interval says how much.\n",
            "一次の合計は {sum}。1 に足りない分は、要因の組み合わせによるものです。\n\
             0 を下回る推定値は偶然によるもので、その大きさは区間が示します。\n"
        );
        let idle: Vec<String> = sobol
            .factors
            .iter()
            .filter(|(_, indices)| indices.total.value == 0.0)
            .map(|(factor, _)| factor.title(self.scenario).within(self.language).to_owned())
            .collect();
        if !idle.is_empty() {
            let names = idle.join(", ");
            text += &pick!(
                self.language,
                "Exactly 0, as the figure does not use them: {names}\n",
                "この数値に使われず、ちょうど 0 のもの: {names}\n"
            );
        }
        text
    }
}

/// The lower and the higher value of a cell, first and last where it has one at each evaluation.
fn held(bar: &CellBar) -> [String; 2] {
    let spread = bar.values.iter().map(|(_, [low, high])| high - low).fold(0.0, f64::max);
    let decimals = decimals_for(spread, 3);
    [0, 1].map(|end| {
        let value = |values: &(Option<usize>, [f64; 2])| figure(values.1[end], decimals);
        let (first, last) = (bar.values.first().map(value), bar.values.last().map(value));
        match (first, last) {
            (Some(first), Some(last)) if bar.values.len() > 1 => format!("{first} → {last}"),
            (first, _) => first.unwrap_or_default(),
        }
    })
}

/// `0.314 [0.309, 0.319]`, with the digits that the interval leaves.
fn with_interval(of: Estimated) -> String {
    let decimals = decimals_for(of.high - of.low, 1).clamp(2, 4);
    let shown = |value: f64| figure(value, decimals);
    format!("{} [{}, {}]", shown(of.value), shown(of.low), shown(of.high))
}
