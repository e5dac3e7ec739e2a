//! Which part each cell and each factor has in a figure: rank correlations and Sobol' indices.

use super::Layout;
use crate::analyse::sensitivity::{Estimated, Sobol};
use crate::contract::wording::phrase;
use crate::report::document::{Document, Figure, Side, Table};
use crate::report::figures::{decimals_for, figure};

/// The most rank correlations that are listed for people; JSON has them all.
const RANKS_MOST: usize = 15;

impl Layout<'_> {
    pub(super) fn ranks(&self, document: &mut Document) {
        let known = self.answer.ranks.iter().filter(|of| of.simple.is_some());
        let count = known.clone().count();
        if count == 0 {
            return;
        }
        document.heading(phrase!(self.language, "Rank correlations", "順位相関"));
        document.paragraph(phrase!(
            self.language,
            "Rank correlation with the figure, from -1 to 1 (Spearman), and what is left of it given all other\n\
             cells; in brackets the 95% interval:",
            "数値との順位相関（-1 から 1、スピアマン）と、ほかのセルをすべて固定したときの偏順位相関。\n\
             [ ] 内は 95% 信頼区間です。"
        ));
        document.gap();
        let mut table = Table::new([
            (phrase!(self.language, "Cell", "セル"), Side::Left),
            (phrase!(self.language, "Rank correlation", "順位相関"), Side::Right),
            (phrase!(self.language, "Given the others", "偏順位相関"), Side::Right),
        ]);
        for of in known.take(RANKS_MOST) {
            let name = match of.evaluation {
                Some(evaluation) => {
                    let at = self.scenario.contract.evaluations[evaluation].at;
                    self.cell(&format!("{}@{at}", of.cell))
                }
                None => self.cell(&of.cell),
            };
            let told = |of: Option<Estimated>| of.map_or_else(|| Figure::from("-"), with_interval);
            table.row([name.into(), told(of.simple), told(of.partial)]);
        }
        document.table(table);
        if count > RANKS_MOST {
            let more = count - RANKS_MOST;
            document.paragraph(phrase!(
                self.language,
                "{more} weaker ones are in the JSON.\n",
                "ほかの弱いもの {more} 件は JSON にあります。\n"
            ));
        }
    }

    pub(super) fn sobol(&self, sobol: &Sobol, document: &mut Document) {
        let runs = sobol.runs;
        document.heading(phrase!(self.language, "Where the variance comes from", "分散の内訳"));
        document.paragraph(phrase!(
            self.language,
            "Where its variance comes from (Sobol' indices, {runs} runs). First: the part that would go if the\n\
             factor alone were known. Total: the part that would stay if all else were known. In brackets the 95% interval:",
            "分散の内訳（Sobol 指標、試算 {runs} 回）。一次: その要因だけが分かれば消える割合。\n\
             全体: ほかがすべて分かっても残る割合。[ ] 内は 95% 信頼区間です。"
        ));
        document.gap();
        let mut table = Table::new([
            (phrase!(self.language, "Factor", "要因"), Side::Left),
            (phrase!(self.language, "First", "一次"), Side::Right),
            (phrase!(self.language, "Total", "全体"), Side::Right),
        ]);
        let moving = sobol.factors.iter().filter(|(_, indices)| indices.total.value != 0.0);
        for (factor, indices) in moving {
            let title = factor.title(self.scenario);
            table.row([
                title.within(self.language).into(),
                with_interval(indices.first),
                with_interval(indices.total),
            ]);
        }
        document.table(table);
        let sum = with_interval(sobol.sum_of_first).text;
        document.paragraph(phrase!(
            self.language,
            "First indices sum to {sum}; what is missing to 1 comes from factors that work together.\n\
             An estimate below 0 is chance: its interval says how much.\n",
            "一次の合計は {sum}。1 に足りない分は、要因の組み合わせによるものです。\n\
             0 を下回る推定値は偶然によるもので、その大きさは区間が示します。\n"
        ));
        let idle: Vec<String> = sobol
            .factors
            .iter()
            .filter(|(_, indices)| indices.total.value == 0.0)
            .map(|(factor, _)| factor.title(self.scenario).within(self.language).to_owned())
            .collect();
        if !idle.is_empty() {
            let names = idle.join(self.language.comma());
            document.paragraph(phrase!(
                self.language,
                "Exactly 0, as the figure does not use them: {names}\n",
                "この数値に使われず、ちょうど 0 のもの: {names}\n"
            ));
        }
    }
}

/// `0.314 [0.309, 0.319]`, with the digits that the interval leaves.
fn with_interval(of: Estimated) -> Figure {
    let decimals = decimals_for(of.high - of.low, 1).clamp(2, 4);
    let shown = |value: f64| figure(value, decimals);
    let text = format!("{} [{}, {}]", shown(of.value), shown(of.low), shown(of.high));
    Figure::within(of.value, [of.low, of.high], text)
}
