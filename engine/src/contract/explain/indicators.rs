//! Indicators in words: what is measured, of whom, how it is read.

use super::Sheet;
use crate::contract::wording::{self, phrase};
use crate::contract::{Better, Estimand, Indicator, Missing};
use crate::expr::NodeId;

impl Sheet<'_> {
    pub(super) fn indicators(&mut self) {
        let language = self.language;
        self.section(&phrase!(language, "What is measured", "成果指標"));
        let contract = self.contract;
        if contract.indicators.is_empty() {
            self.line(phrase!(language, "Nothing.", "ありません。"));
        }
        for (position, indicator) in contract.indicators.iter().enumerate() {
            if position > 0 {
                self.line("");
            }
            let (title, id) = (indicator.title.within(language), &indicator.id);
            self.line(phrase!(language, "### {title} (`{id}`)", "### {title}（`{id}`）"));
            self.line("");
            for (item, terms) in self.indicator(indicator) {
                self.line(phrase!(language, "- {item}: {terms}", "- {item}：{terms}"));
            }
        }
    }

    fn indicator(&self, indicator: &Indicator) -> Vec<(String, String)> {
        let language = self.language;
        let unit = &indicator.unit;
        let mut items =
            vec![(phrase!(language, "Measured", "測定するもの"), self.estimand(indicator))];
        if !indicator.estimand.closures().is_empty() || indicator.who.is_some() {
            let who = match indicator.who {
                Some(who) => {
                    let who = self.of_row(who);
                    phrase!(language, "those for whom {who}", "「{who}」に当てはまる人")
                }
                None => phrase!(language, "everyone in the evidence", "証拠データの全員"),
            };
            items.push((phrase!(language, "People", "対象者"), who));
        }
        items.push((
            phrase!(language, "Better", "望ましい方向"),
            match indicator.better {
                Better::Higher => phrase!(language, "higher", "高いほどよい"),
                Better::Lower => phrase!(language, "lower", "低いほどよい"),
            },
        ));
        if let Some(read) = indicator.read {
            items.push((
                phrase!(language, "Read", "読み取り"),
                wording::reading(read, unit, language),
            ));
        }
        items.push((phrase!(language, "Missing values", "欠測の扱い"), self.missing(indicator)));
        let least = indicator.at_least;
        items.push((
            phrase!(language, "Fewest people measured", "最少測定人数"),
            if indicator.at_least_stated {
                phrase!(
                    language,
                    "{least}; with fewer the outcome does not count",
                    "{least}人。これに満たないときは成果とみなさない"
                )
            } else {
                phrase!(language, "not stated (taken as {least})", "定めなし（{least}人とみなす）")
            },
        ));
        items.push((
            phrase!(language, "Source", "データの出所"),
            match &indicator.source {
                Some(source) => source.clone(),
                None => phrase!(language, "not stated", "定めなし"),
            },
        ));
        items.push((
            phrase!(language, "Measured at", "測定する評価日"),
            self.dates(&indicator.measured),
        ));
        if let Some(clause) = &indicator.clause {
            items.push((phrase!(language, "Clause", "条項"), clause.clone()));
        }
        items
    }

    fn of_row(&self, node: NodeId) -> String {
        wording::expression(self.contract, node, self.language)
    }

    fn missing(&self, indicator: &Indicator) -> String {
        let language = self.language;
        let rule = match indicator.missing {
            Missing::Exclude => {
                phrase!(language, "left out, and counted", "除外し、人数を記録する")
            }
            Missing::AsNo => phrase!(language, "counted as not achieved", "未達成として数える"),
            Missing::Refuse => {
                phrase!(language, "not allowed: the data must be complete", "欠測を認めない")
            }
        };
        match indicator.missing_stated {
            true => rule,
            false => {
                phrase!(language, "not stated (taken as: {rule})", "定めなし（「{rule}」とみなす）")
            }
        }
    }

    fn estimand(&self, indicator: &Indicator) -> String {
        let language = self.language;
        let row = |node: NodeId| self.of_row(node);
        match indicator.estimand {
            Estimand::MeanChange { first: Some(before), last: Some(after), sign } => {
                let (before, after) = (row(before), row(after));
                if sign < 0 {
                    phrase!(
                        language,
                        "the mean fall, {before} − {after}",
                        "低下量（{before} − {after}）の平均"
                    )
                } else {
                    phrase!(
                        language,
                        "the mean change, {after} − {before}",
                        "変化量（{after} − {before}）の平均"
                    )
                }
            }
            Estimand::Mean { of: Some(of) } => {
                let of = row(of);
                phrase!(language, "the mean of {of}", "{of}の平均")
            }
            Estimand::Share { of: Some(of) } => {
                let of = row(of);
                phrase!(
                    language,
                    "the share of the people for whom {of}",
                    "対象者のうち「{of}」に当てはまる人の割合"
                )
            }
            Estimand::Count { of: Some(of) } => {
                let of = row(of);
                phrase!(
                    language,
                    "the number of the people for whom {of}",
                    "対象者のうち「{of}」に当てはまる人の数"
                )
            }
            Estimand::Count { of: None } if indicator.who.is_some() => {
                phrase!(language, "the number of the people", "対象者の数")
            }
            Estimand::Total { of: Some(of) } => {
                let of = row(of);
                phrase!(language, "the sum of {of} over the people", "対象者の{of}の合計")
            }
            Estimand::Difference { of: Some(of), treated: Some(treated), of_shares } => {
                let (of, treated) = (self.averaged(of, of_shares), row(treated));
                phrase!(
                    language,
                    "{of}, among those for whom {treated}, minus the same among the others",
                    "「{treated}」に当てはまる人の{of}から、それ以外の人の{of}を引いた差"
                )
            }
            Estimand::Ratio { of: Some(of), treated: Some(treated), of_shares } => {
                let (of, treated) = (self.averaged(of, of_shares), row(treated));
                phrase!(
                    language,
                    "{of}, among those for whom {treated}, divided by the same among the others",
                    "「{treated}」に当てはまる人の{of}を、それ以外の人の{of}で割った比"
                )
            }
            _ => {
                let kind = self.kind(&indicator.estimand);
                phrase!(
                    language,
                    "{kind}, as a figure that the evaluator reports",
                    "{kind}（評価者が報告する値）"
                )
            }
        }
    }

    fn averaged(&self, of: NodeId, shares: bool) -> String {
        let language = self.language;
        let of = self.of_row(of);
        match shares {
            true => phrase!(language, "the share for whom {of}", "「{of}」に当てはまる割合"),
            false => phrase!(language, "the mean of {of}", "{of}の平均"),
        }
    }

    fn kind(&self, estimand: &Estimand) -> String {
        let language = self.language;
        match estimand {
            Estimand::MeanChange { .. } => phrase!(language, "a mean change", "平均変化量"),
            Estimand::Mean { .. } => phrase!(language, "a mean", "平均"),
            Estimand::Share { .. } => phrase!(language, "a share", "割合"),
            Estimand::Count { .. } => phrase!(language, "a number of people or things", "件数"),
            Estimand::Total { .. } => phrase!(language, "a sum", "合計"),
            Estimand::Difference { .. } => {
                phrase!(language, "a difference between two groups", "二群の差")
            }
            Estimand::Ratio { .. } => phrase!(language, "a ratio of two groups", "二群の比"),
        }
    }
}
