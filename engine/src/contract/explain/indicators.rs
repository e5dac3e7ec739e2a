//! Indicators in words: what is measured, of whom, how it is read.

use rust_decimal::Decimal;

use super::Sheet;
use crate::contract::wording::{self, phrase};
use crate::contract::{Better, EffectOn, Estimand, Indicator, Missing, Strata};
use crate::expr::NodeId;
use crate::problem::Language;

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

    pub(super) fn indicator(&self, indicator: &Indicator) -> Vec<(String, String)> {
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
                phrase!(language, "Read", "読み取り（端数処理）"),
                wording::reading(read, unit, language),
            ));
        }
        if matches!(indicator.estimand, Estimand::Blend { .. }) {
            items.push((
                phrase!(language, "Measured at", "測定する評価日"),
                self.dates(&indicator.measured),
            ));
            if let Some(source) = &indicator.source {
                let source = source.within(language).to_owned();
                items.push((phrase!(language, "Source", "データの出所"), source));
            }
            if let Some(clause) = &indicator.clause {
                items.push((phrase!(language, "Clause", "条項"), clause.clone()));
            }
            items.extend(self.grounds(indicator));
            return items;
        }
        let of_rows = indicator.who.is_some() || !indicator.estimand.closures().is_empty();
        // An evaluator who reports a figure has seen to that.
        if of_rows {
            let missing = self.missing(indicator);
            items.push((phrase!(language, "Missing values", "欠測の扱い"), missing));
        }
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
                Some(source) => source.within(language).to_owned(),
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
        items.extend(self.grounds(indicator));
        items
    }

    /// What is read of a row, in words; in Japanese they stand in quotes, so quotes within are double.
    fn of_row(&self, node: NodeId) -> String {
        let words = wording::expression(self.contract, node, self.language);
        match self.language {
            Language::En => words,
            Language::Ja => words.replace('「', "『").replace('」', "』"),
        }
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
        let what = self.compared(indicator);
        let Some(baseline) = &indicator.baseline else { return what };
        let value = wording::quantity(baseline.value, &indicator.baseline_unit(), language);
        let source = match &baseline.source {
            Some(source) => source.within(language).to_owned(),
            None => phrase!(language, "source not stated", "出所の定めなし"),
        };
        match baseline.ratio {
            true => phrase!(
                language,
                "{what}, divided by the fixed value {value} ({source})",
                "{what}を、固定値 {value}（{source}）で割った比"
            ),
            false => phrase!(
                language,
                "{what}, less the fixed value {value} ({source})",
                "{what}から、固定値 {value}（{source}）を引いた差"
            ),
        }
    }

    /// What is estimated, before it is compared with a fixed value.
    fn compared(&self, indicator: &Indicator) -> String {
        let language = self.language;
        let row = |node: NodeId| self.of_row(node);
        if let Some(words) = self.designed(indicator) {
            return words;
        }
        match indicator.estimand {
            Estimand::MeanChange { first: Some(before), last: Some(after), sign } => {
                let named = |node| wording::named(self.contract, node, language);
                let (before, after) = (named(before), named(after));
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
            Estimand::Ratio { of: Some(of), treated: Some(treated), of_shares, index: false } => {
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

    /// Rates, standardised and adjusted comparisons, blends.
    fn designed(&self, indicator: &Indicator) -> Option<String> {
        let language = self.language;
        let row = |node: NodeId| self.of_row(node);
        let list = |nodes: &[NodeId]| {
            let named = |node: &NodeId| wording::named(self.contract, *node, language);
            let words: Vec<String> = nodes.iter().map(named).collect();
            words.join(language.comma())
        };
        let keys = |strata: &Strata| {
            let nodes: Vec<NodeId> = strata.keys.iter().map(|key| key.node).collect();
            let source = match &strata.source {
                Some(source) => source.within(language).to_owned(),
                None => phrase!(language, "source not stated", "出所の定めなし"),
            };
            (list(&nodes), strata.cells.len(), source)
        };
        Some(match &indicator.estimand {
            Estimand::Ratio { of: Some(of), treated: Some(treated), of_shares, index: true } => {
                let (of, treated) = (self.averaged(*of, *of_shares), row(*treated));
                phrase!(
                    language,
                    "{of}, among those for whom {treated}, where the same among the others is 100",
                    "「{treated}」に当てはまる人の{of}（それ以外の人を 100 とする指数）"
                )
            }
            Estimand::DifferenceInDifferences {
                first: Some(first),
                last: Some(last),
                treated: Some(treated),
                sign,
            } => {
                let (a, b) = if *sign < 0 { (first, last) } else { (last, first) };
                let (a, b, treated) = (row(*a), row(*b), row(*treated));
                phrase!(
                    language,
                    "the mean of {a} − {b} among those for whom {treated}, minus the same among the others (difference in differences)",
                    "「{treated}」に当てはまる人の {a} − {b} の平均から、それ以外の人の同じ平均を引いた差（差の差）"
                )
            }
            Estimand::Rate { events: Some(events), time: Some(time), per } => {
                let (events, time, per) = (row(*events), row(*time), per.normalize());
                phrase!(
                    language,
                    "{per} × the sum of {events} ÷ the sum of {time}",
                    "{events}の合計 ÷ {time}の合計 × {per}"
                )
            }
            Estimand::RateRatio {
                events: Some(events),
                time: Some(time),
                treated: Some(treated),
            } => {
                let (events, time, treated) = (row(*events), row(*time), row(*treated));
                phrase!(
                    language,
                    "the sum of {events} ÷ the sum of {time} among those for whom {treated}, divided by the same among the others",
                    "「{treated}」に当てはまる人の「{events}の合計 ÷ {time}の合計」を、それ以外の人の同じ値で割った比"
                )
            }
            Estimand::ObservedOverExpected {
                observed: Some(observed),
                expected,
                strata,
                per,
                ..
            } => {
                let (observed, per) = (row(*observed), per.normalize());
                match (expected, strata) {
                    (Some(expected), _) => {
                        let expected = row(*expected);
                        phrase!(
                            language,
                            "{per} × the sum of {observed} ÷ the sum of {expected} (observed over expected)",
                            "{observed}の合計 ÷ {expected}の合計 × {per}（観察数 ÷ 期待数）"
                        )
                    }
                    (None, Some(strata)) => {
                        let (keys, n, source) = keys(strata);
                        phrase!(
                            language,
                            "{per} × the sum of {observed} ÷ the number expected from the reference rates of {n} strata by {keys} ({source})",
                            "{observed}の合計 ÷ {keys}による {n} 層の基準率（{source}）から期待される数 × {per}"
                        )
                    }
                    (None, None) => return None,
                }
            }
            Estimand::Standardised { of: Some(of), time, strata: Some(strata), per, of_shares } => {
                let (keys, n, source) = keys(strata);
                let what = match time {
                    Some(time) => {
                        let (of, time) = (row(*of), row(*time));
                        phrase!(
                            language,
                            "the rate of {of} per {time}",
                            "{of}の合計 ÷ {time}の合計"
                        )
                    }
                    None => self.averaged(*of, *of_shares),
                };
                let per = per.normalize();
                let what = if per == Decimal::ONE {
                    what
                } else {
                    phrase!(language, "{per} × {what}", "{what} × {per}")
                };
                phrase!(
                    language,
                    "{what}, directly standardised over {n} strata by {keys} to the standard population ({source})",
                    "{what}（{keys}による {n} 層で標準人口（{source}）に直接標準化）"
                )
            }
            Estimand::PropensityWeighted {
                of: Some(of),
                treated: Some(treated),
                adjust,
                effect,
            } => {
                let of_shares = self.is_condition(*of);
                let (of, treated) = (self.averaged(*of, of_shares), row(*treated));
                let factors = list(adjust);
                let whom = match effect {
                    EffectOn::Treated => {
                        phrase!(language, "the effect on the treated", "実施群における効果")
                    }
                    EffectOn::Everyone => {
                        phrase!(language, "the effect on everyone", "全員における効果")
                    }
                };
                phrase!(
                    language,
                    "{of}, among those for whom {treated}, minus the same among the others, weighted by the propensity to be among them given {factors} ({whom})",
                    "「{treated}」に当てはまる人の{of}から、それ以外の人の{of}を引いた差（{factors}による傾向スコアで重み付け、{whom}）"
                )
            }
            Estimand::Ancova { of: Some(of), treated: Some(treated), adjust } => {
                let of_shares = self.is_condition(*of);
                let (of, treated) = (self.averaged(*of, of_shares), row(*treated));
                let factors = list(adjust);
                phrase!(
                    language,
                    "{of}, among those for whom {treated}, minus the same among the others, adjusted for {factors} by linear regression (ANCOVA)",
                    "「{treated}」に当てはまる人の{of}から、それ以外の人の{of}を引いた差（{factors}を線形回帰で調整、共分散分析）"
                )
            }
            Estimand::Blend { parts, .. } => {
                let parts: Vec<String> = parts
                    .iter()
                    .map(|(part, weight)| {
                        let title = self.contract.indicators[*part].title.within(language);
                        let weight = weight.normalize();
                        phrase!(language, "{weight} × \"{title}\"", "{weight} × 「{title}」")
                    })
                    .collect();
                let parts = parts.join(" + ");
                phrase!(
                    language,
                    "the blend {parts}, before its parts are rounded",
                    "{parts}（各値を丸める前の合成）"
                )
            }
            _ => return None,
        })
    }

    fn is_condition(&self, node: NodeId) -> bool {
        *self.contract.graph.unit(node) == crate::expr::Unit::Truth
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
            Estimand::Ratio { index: false, .. } => {
                phrase!(language, "a ratio of two groups", "二群の比")
            }
            Estimand::Ratio { index: true, .. } => {
                phrase!(language, "an index where the comparison is 100", "比較群を 100 とする指数")
            }
            Estimand::DifferenceInDifferences { .. } => {
                phrase!(language, "a difference in differences", "差の差")
            }
            Estimand::Rate { .. } => phrase!(language, "a rate per person-time", "人時あたりの率"),
            Estimand::RateRatio { .. } => {
                phrase!(language, "a ratio of rates per person-time", "人時あたりの率の比")
            }
            Estimand::ObservedOverExpected { .. } => {
                phrase!(language, "the observed over the expected number", "観察数と期待数の比")
            }
            Estimand::Standardised { .. } => {
                phrase!(language, "a directly standardised value", "直接標準化した値")
            }
            Estimand::PropensityWeighted { .. } => phrase!(
                language,
                "a difference weighted by propensity scores",
                "傾向スコアで重み付けした差"
            ),
            Estimand::Ancova { .. } => {
                phrase!(language, "a difference adjusted by regression", "回帰で調整した差")
            }
            Estimand::Blend { .. } => phrase!(language, "a blend of estimates", "推定値の合成"),
        }
    }
}
