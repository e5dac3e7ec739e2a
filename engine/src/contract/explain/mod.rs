//! The term sheet: a contract in words that a council member can read.
//!
//! In: a contract. Out: Markdown, wholly Japanese or wholly English, with every payment rule
//! rendered from the expression graph that is also settled and simulated.
//!
//! Never here: evidence, files, colours.

mod checklist;
mod clauses;
mod evidence;
mod finance;
mod indicators;
mod provisions;
mod rules;
#[cfg(test)]
mod tests;

pub use clauses::{Clause, ClauseKind, ClauseTerm};

use rust_decimal::Decimal;

use super::check::Check;
pub use super::wording::fiscal_year;
use super::wording::{self, phrase};
use super::{AtEarlyEnd, Contract, Finding, LineKind, Role, Tax};
use crate::problem::{Language, Severity};

impl Contract {
    /// The contract's terms as Markdown, in one language throughout.
    #[must_use]
    pub fn term_sheet(&self, language: Language) -> String {
        let mut sheet = Sheet { contract: self, language, lines: Vec::new() };
        let check = self.check();
        sheet.heading();
        sheet.parties();
        sheet.evaluations();
        sheet.limits();
        sheet.early_end();
        sheet.finance();
        sheet.provisions();
        sheet.indicators();
        sheet.evidence();
        sheet.payments();
        sheet.order();
        sheet.examples(&check);
        sheet.range(&check);
        sheet.findings(&check);
        sheet.checklist(&check);
        let mut text = sheet.lines.join("\n");
        text.push('\n');
        text
    }
}

/// A term sheet on its way, line by line.
struct Sheet<'c> {
    contract: &'c Contract,
    language: Language,
    lines: Vec<String>,
}

impl Sheet<'_> {
    fn line(&mut self, text: impl Into<String>) {
        self.lines.push(text.into());
    }

    fn section(&mut self, title: &str) {
        self.line("");
        self.line(format!("## {title}"));
        self.line("");
    }

    /// A table row; a bar inside a cell would end it.
    fn row(&mut self, cells: &[String]) {
        let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
        self.line(format!("| {} |", cells.join(" | ")));
    }

    fn columns(&mut self, titles: &[&str], right: usize) {
        self.row(&titles.iter().map(|title| (*title).to_owned()).collect::<Vec<_>>());
        let rules: Vec<&str> = (0..titles.len())
            .map(|at| if at + right >= titles.len() { "---:" } else { "---" })
            .collect();
        self.line(format!("| {} |", rules.join(" | ")));
    }

    /// The currency by its name, where it has one.
    fn currency(&self) -> String {
        match (&*self.contract.currency, self.language) {
            ("JPY", Language::Ja) => "日本円（JPY）".to_owned(),
            (code, _) => code.to_owned(),
        }
    }

    fn amount(&self, value: Decimal) -> String {
        wording::amount(value, &self.contract.currency, self.language)
    }

    fn party(&self, position: usize) -> &str {
        self.contract.parties[position].name.within(self.language)
    }

    /// Parties by name, each once.
    fn names(&self, positions: impl Iterator<Item = usize>) -> String {
        let mut positions: Vec<usize> = positions.collect();
        positions.dedup();
        let names: Vec<&str> = positions.into_iter().map(|position| self.party(position)).collect();
        names.join(&phrase!(self.language, " and ", "・"))
    }

    /// The evaluations by their dates; "every evaluation" where it is all of them.
    fn dates(&self, evaluations: &[usize]) -> String {
        let language = self.language;
        if evaluations.len() == self.contract.evaluations.len() && evaluations.len() > 1 {
            return phrase!(language, "every evaluation", "すべて");
        }
        let days: Vec<String> = evaluations
            .iter()
            .map(|at| wording::day(self.contract.evaluations[*at].at, language))
            .collect();
        days.join(language.comma())
    }

    fn heading(&mut self) {
        let (contract, language) = (self.contract, self.language);
        let title = contract.title.within(language);
        self.line(phrase!(language, "# Term sheet: {title}", "# 成果水準書：{title}"));
        self.line("");
        let titles = [phrase!(language, "Item", "項目"), phrase!(language, "Terms", "内容")];
        self.columns(&[&titles[0], &titles[1]], 0);
        for (item, terms) in self.general() {
            self.row(&[item, terms]);
        }
    }

    /// What holds for the whole contract.
    fn general(&self) -> Vec<(String, String)> {
        let (contract, language) = (self.contract, self.language);
        let (from, to) =
            (wording::day(contract.from, language), wording::day(contract.to, language));
        let currency = &contract.currency;
        let tax = match contract.tax {
            Tax::Included(rate) => {
                let rate = wording::percent(rate);
                phrase!(language, "included in all amounts ({rate})", "金額は税込（{rate}）")
            }
            Tax::Added(rate) => {
                let rate = wording::percent(rate);
                phrase!(
                    language,
                    "added to the sum of each evaluation ({rate}, fractions dropped)",
                    "評価ごとの合計に{rate}を加算（端数切り捨て）"
                )
            }
            Tax::Unstated => phrase!(
                language,
                "the sources do not say whether amounts include tax",
                "税込か税抜かは資料に記載なし"
            ),
        };
        let rounding = wording::money_rounding(contract.rounding, currency, language);
        let id = &contract.id;
        vec![
            (phrase!(language, "Contract", "契約"), format!("`{id}`")),
            (
                phrase!(language, "Period", "契約期間"),
                phrase!(language, "{from} to {to}", "{from}から{to}まで"),
            ),
            (phrase!(language, "Currency", "通貨"), self.currency()),
            (phrase!(language, "Consumption tax", "消費税"), tax),
            (
                phrase!(language, "Rounding", "端数処理"),
                phrase!(language, "each payment {rounding}", "支払項目ごとに{rounding}"),
            ),
        ]
    }

    fn parties(&mut self) {
        let language = self.language;
        self.section(&phrase!(language, "Parties", "当事者"));
        let titles = [phrase!(language, "Role", "役割"), phrase!(language, "Name", "名称")];
        self.columns(&[&titles[0], &titles[1]], 0);
        for role in [
            Role::Payer,
            Role::Provider,
            Role::Evaluator,
            Role::Investor,
            Role::Intermediary,
            Role::Guarantor,
        ] {
            for party in self.contract.parties.iter().filter(|party| party.role == role) {
                let row = [role_name(role, language), party.name.within(language).to_owned()];
                self.row(&row);
            }
        }
    }

    fn evaluations(&mut self) {
        let language = self.language;
        self.section(&phrase!(language, "Evaluations and payment dates", "評価日と支払日"));
        let titles = [
            phrase!(language, "No.", "回"),
            phrase!(language, "Outcomes measured", "成果の評価日"),
            phrase!(language, "Paid", "支払日"),
            phrase!(language, "Fiscal year of payment", "支払の会計年度"),
        ];
        self.columns(&titles.each_ref().map(String::as_str), 0);
        for (number, evaluation) in (1..).zip(&self.contract.evaluations) {
            self.row(&[
                format!("{number}"),
                wording::day(evaluation.at, language),
                wording::day(evaluation.paid, language),
                wording::fiscal_year(evaluation.fiscal_year(), language),
            ]);
        }
    }

    fn limits(&mut self) {
        let (contract, language) = (self.contract, self.language);
        self.section(&phrase!(language, "Limits", "支払の限度"));
        let tax = match contract.tax {
            Tax::Added(_) => phrase!(language, " (before tax)", "（税抜）"),
            Tax::Included(_) => phrase!(language, " (tax included)", "（税込）"),
            Tax::Unstated => String::new(),
        };
        let limits = self.stated_limits();
        if limits.is_empty() {
            self.line(phrase!(language, "No limit is stated.", "限度の定めはありません。"));
        }
        for (_, name, value) in limits {
            let value = self.amount(value);
            self.line(phrase!(language, "- {name}: {value}{tax}", "- {name}：{value}{tax}"));
        }
        self.due();
    }

    /// The limits of the whole contract: the word that declares each, its name, its amount.
    fn stated_limits(&self) -> Vec<(&'static str, String, Decimal)> {
        let (contract, language) = (self.contract, self.language);
        let mut limits = Vec::new();
        let mut limit = |word: &'static str, name: String, value: Option<Decimal>| {
            if let Some(value) = value {
                limits.push((word, name, value));
            }
        };
        limit("cap", phrase!(language, "Most in all", "支払上限額（全体）"), contract.cap);
        limit(
            "cap_each",
            phrase!(language, "Most per evaluation", "評価ごとの上限"),
            contract.cap_each,
        );
        limit(
            "cap_year",
            phrase!(language, "Most per fiscal year", "会計年度ごとの上限"),
            contract.cap_year,
        );
        for (payer, value) in &contract.cap_payers {
            let payer = self.party(*payer);
            let name = phrase!(language, "Most paid by {payer}", "{payer}の支払上限");
            limit("cap_payer", name, Some(*value));
        }
        limit(
            "minimum",
            phrase!(
                language,
                "Least in all, made up at the last evaluation",
                "最低支払額（全体、最終の評価で補う）"
            ),
            contract.minimum,
        );
        limit(
            "minimum_each",
            phrase!(language, "Least per evaluation", "評価ごとの最低支払額"),
            contract.minimum_each,
        );
        limits
    }

    /// When payments are due.
    fn due(&mut self) {
        if let Some(rule) = self.contract.due_words() {
            let rule = rule.within(self.language).to_owned();
            self.line(phrase!(self.language, "- Payments are due {rule}", "- 支払期限：{rule}"));
        }
    }

    /// What happens when the contract ends early.
    fn early_end(&mut self) {
        let (contract, language) = (self.contract, self.language);
        let Some(ending) = &contract.early_end else { return };
        self.section(&phrase!(language, "If the contract ends early", "途中で終了したとき"));
        self.line(phrase!(
            language,
            "The first evaluation on or after the last day served closes the contract; later ones do not take place.",
            "終了日以後の最初の評価を最終の精算とし、それより後の評価は行わない。"
        ));
        self.line("");
        let (fixed, linked) =
            (early_end_words(ending.fixed, language), early_end_words(ending.linked, language));
        self.line(phrase!(
            language,
            "- Payments that depend on no outcome: {fixed}",
            "- 成果によらない支払：{fixed}"
        ));
        self.line(phrase!(
            language,
            "- Payments for outcomes: {linked}",
            "- 成果に応じた支払：{linked}"
        ));
        if contract.minimum.is_some() || contract.minimum_each.is_some() {
            self.line(if ending.minimum {
                phrase!(
                    language,
                    "- The minimum payment is still owed in full.",
                    "- 最低支払額は途中終了でも満額を支払う。"
                )
            } else {
                phrase!(
                    language,
                    "- The minimum payment is not owed.",
                    "- 最低支払額は適用しない。"
                )
            });
        }
        if let Some(notice) = &ending.notice {
            let notice = notice.within(language);
            self.line(phrase!(language, "- Notice: {notice}", "- 解約の通知：{notice}"));
        }
        if let Some(clause) = &ending.clause {
            self.line(phrase!(language, "- Clause: {clause}", "- 条項：{clause}"));
        }
    }

    fn order(&mut self) {
        let (contract, language) = (self.contract, self.language);
        self.section(&phrase!(language, "Order of computation", "計算の順序"));
        let mut steps = vec![
            phrase!(
                language,
                "Each outcome is measured and read to its stated precision.",
                "成果を測定し、定めた桁で読む。"
            ),
            phrase!(
                language,
                "A payment whose condition is not met, or that needs an outcome for which too few \
                 people were measured, is 0.",
                "支払条件を満たさない項目、または測定人数が足りない成果を使う項目は0円とする。"
            ),
            phrase!(
                language,
                "Each payment is computed from the outcomes and rounded.",
                "各項目の金額を成果から計算し、端数を処理する。"
            ),
        ];
        let any = |has: bool, step: String, steps: &mut Vec<String>| {
            if has {
                steps.push(step);
            }
        };
        any(
            contract.lines.iter().any(|line| line.kind == LineKind::Malus),
            phrase!(
                language,
                "What a deduction takes is taken off the payments of the same payer, never below 0.",
                "減額は同じ支払者の支払から差し引く。0を下回らない。"
            ),
            &mut steps,
        );
        let own = contract.lines.iter().any(|line| line.cap.is_some() || line.cap_each.is_some());
        any(
            own,
            phrase!(language, "Limits of single payments apply.", "項目ごとの上限を適用する。"),
            &mut steps,
        );
        let wide = [
            (contract.cap_each.is_some(), phrase!(language, "per evaluation", "評価ごと")),
            (contract.cap_year.is_some(), phrase!(language, "per fiscal year", "会計年度ごと")),
            (!contract.cap_payers.is_empty(), phrase!(language, "per payer", "支払者ごと")),
            (contract.cap.is_some(), phrase!(language, "in all", "全体")),
        ];
        let wide: Vec<String> =
            wide.into_iter().filter(|(stated, _)| *stated).map(|(_, name)| name).collect();
        let names = wide.join(&phrase!(language, ", then ", "、"));
        any(
            !wide.is_empty(),
            match wide.len() {
                1 => phrase!(language, "The limit {names} applies.", "{names}の上限を適用する。"),
                _ => phrase!(
                    language,
                    "Limits apply {names}.",
                    "{names}の上限を、この順に適用する。"
                ),
            },
            &mut steps,
        );
        any(
            !contract.offsets.is_empty(),
            phrase!(
                language,
                "Deductions are taken off; the payment never falls below 0.",
                "差し引きを行う。支払は0を下回らない。"
            ),
            &mut steps,
        );
        any(
            contract.minimum.is_some() || contract.minimum_each.is_some(),
            phrase!(
                language,
                "The payment is topped up to the least that is owed, never above the limit in all.",
                "最低支払額まで補う。ただし全体の上限を超えない。"
            ),
            &mut steps,
        );
        steps.push(match contract.tax {
            Tax::Included(_) => phrase!(
                language,
                "The tax contained in the sum of the evaluation is stated once.",
                "評価ごとの合計に含まれる税額を一度だけ計算する。"
            ),
            Tax::Added(_) => phrase!(
                language,
                "Tax is computed once on the sum of the evaluation and added.",
                "評価ごとの合計に税を一度だけ計算して加える。"
            ),
            Tax::Unstated => phrase!(
                language,
                "No tax is computed, as the sources do not state it.",
                "税の扱いが資料にないため、税は計算しない。"
            ),
        });
        for (number, step) in (1..).zip(steps) {
            self.line(format!("{number}. {step}"));
        }
    }

    fn examples(&mut self, check: &Check) {
        let (contract, language) = (self.contract, self.language);
        self.section(&phrase!(language, "Worked examples", "計算例"));
        if contract.examples.is_empty() {
            self.line(phrase!(language, "There is none.", "計算例はありません。"));
            return;
        }
        let titles = [
            phrase!(language, "Example", "例"),
            phrase!(language, "Outcomes", "成果"),
            phrase!(language, "Stated", "記載の金額"),
            phrase!(language, "Computed", "計算した金額"),
        ];
        self.columns(&titles.each_ref().map(String::as_str), 2);
        for (example, result) in contract.examples.iter().zip(&check.examples) {
            let outcomes: Vec<String> =
                example.dates.iter().map(|date| self.example_outcomes(date)).collect();
            let mut outcomes = outcomes.join(&phrase!(language, "; ", "；"));
            if !example.paid_before.is_zero() {
                let before = self.amount(example.paid_before);
                outcomes += &phrase!(language, "; paid before: {before}", "；既払額 {before}");
            }
            let computed = match &result.actual {
                Ok(actual) if result.is_ok() => self.amount(*actual),
                Ok(actual) => {
                    let actual = self.amount(*actual);
                    phrase!(language, "**{actual}** (differs)", "**{actual}**（不一致）")
                }
                Err(problem) => problem.message.within(language).to_owned(),
            };
            let name = example.name.within(language).to_owned();
            self.row(&[name, outcomes, self.amount(example.expected), computed]);
        }
    }

    fn example_outcomes(&self, date: &super::ExampleAt) -> String {
        let (contract, language) = (self.contract, self.language);
        let mut values: Vec<String> = Vec::new();
        for (position, indicator) in contract.indicators.iter().enumerate() {
            let title = indicator.title.within(language);
            let value = date.outcomes.get(&position).map(|value| {
                let value = wording::quantity(*value, &indicator.unit, language);
                phrase!(language, "{title} {value}", "{title} {value}")
            });
            let measured = date
                .measured
                .get(&position)
                .map(|n| phrase!(language, "{n} measured for {title}", "{title}の測定人数 {n}人"));
            let bound = |upper: bool| {
                let stated = if upper { &date.upper } else { &date.lower };
                let value = wording::quantity(*stated.get(&position)?, &indicator.unit, language);
                Some(match upper {
                    false => phrase!(
                        language,
                        "lower bound of {title} {value}",
                        "{title}の信頼下限 {value}"
                    ),
                    true => phrase!(
                        language,
                        "upper bound of {title} {value}",
                        "{title}の信頼上限 {value}"
                    ),
                })
            };
            let bounds = [bound(false), bound(true)].into_iter().flatten();
            values.extend(value.into_iter().chain(measured).chain(bounds));
        }
        let at = wording::day(contract.evaluations[date.evaluation].at, language);
        let values = values.join(language.comma());
        match values.is_empty() {
            true => at,
            false => phrase!(language, "{at}: {values}", "{at}：{values}"),
        }
    }

    fn range(&mut self, check: &Check) {
        let language = self.language;
        self.section(&phrase!(language, "Least and most", "支払額の範囲"));
        let text = |value: Option<Decimal>| match value {
            Some(value) => self.amount(value),
            None => {
                phrase!(language, "no limit follows from the rules", "定めから導かれる限度はない")
            }
        };
        let (least, most) = (text(check.bounds.min), text(check.bounds.max));
        let whole = check.full_term.map(|full| full.min).filter(|whole| *whole != check.bounds.min);
        let whole = whole.map(text);
        self.line(phrase!(
            language,
            "- Least that can be paid in all: {least}",
            "- 全体で支払われる最小の額：{least}"
        ));
        if let Some(whole) = whole {
            self.line(phrase!(
                language,
                "- The least where it does not end early: {whole}",
                "- 途中で終了しない場合の最小の額：{whole}"
            ));
        }
        self.line(phrase!(
            language,
            "- Most that can be paid in all: {most}",
            "- 全体で支払われる最大の額：{most}"
        ));
        if let (Some(fixed), Some(linked)) = (check.shares.fixed, check.shares.linked) {
            let (fixed, linked) = (wording::percent(fixed), wording::percent(linked));
            self.line(phrase!(
                language,
                "- Of the payments at their most: fixed {fixed}, linked to outcomes {linked}",
                "- 各項目の最大額に占める割合：固定 {fixed}、成果連動 {linked}"
            ));
        }
    }

    fn findings(&mut self, check: &Check) {
        let language = self.language;
        let count = check.findings.len();
        self.section(&phrase!(language, "Findings ({count})", "検査の指摘（{count}件）"));
        if check.findings.is_empty() {
            self.line(phrase!(language, "None.", "ありません。"));
        }
        let unstated = |finding: &&Finding| finding.is_unstated() && finding.accepted.is_none();
        for finding in check.findings.iter().filter(|finding| !unstated(finding)) {
            let severity = match finding.severity {
                Severity::Error => phrase!(language, "Error", "誤り"),
                Severity::Warning => phrase!(language, "Warning", "警告"),
                Severity::Note => phrase!(language, "Note", "参考"),
            };
            let message = finding.message.within(language);
            let line = finding.place.as_ref().map(|place| place.line).filter(|line| *line > 0);
            let place = line
                .map(|line| phrase!(language, " (line {line})", "（{line}行目）"))
                .unwrap_or_default();
            let accepted = match &finding.accepted {
                Some(accepted) => {
                    let why = self.accepted(accepted);
                    phrase!(language, " — accepted: {why}", "（容認：{why}）")
                }
                None => String::new(),
            };
            self.line(phrase!(
                language,
                "- **{severity}**{place}: {message}{accepted}",
                "- **{severity}**{place}：{message}{accepted}"
            ));
        }
        // What is merely not stated is told in one line.
        let open = check.findings.iter().filter(unstated);
        let topics = open.filter_map(|finding| finding.topic(self.contract, language));
        let topics: Vec<String> = topics.collect();
        if !topics.is_empty() {
            let topics = topics.join(&phrase!(language, "; ", "；"));
            self.line(phrase!(
                language,
                "- **Not stated**: {topics}",
                "- **定めのない事項**：{topics}"
            ));
        }
    }
}

pub(crate) fn role_name(role: Role, language: Language) -> String {
    match role {
        Role::Payer => phrase!(language, "Payer", "支払者"),
        Role::Provider => phrase!(language, "Provider", "受託者"),
        Role::Evaluator => phrase!(language, "Evaluator", "評価者"),
        Role::Investor => phrase!(language, "Investor", "資金提供者"),
        Role::Intermediary => phrase!(language, "Intermediary", "中間支援組織"),
        Role::Guarantor => phrase!(language, "Guarantor", "保証人"),
    }
}

/// An exact number with thousands separators and at least `decimals` decimals. No digit is cut.
///
/// ```
/// use engine::contract::explain::with_decimals;
/// assert_eq!(with_decimals("1234.5".parse().unwrap(), 2), "1,234.50");
/// assert_eq!(with_decimals("1234.567".parse().unwrap(), 2), "1,234.567");
/// ```
#[must_use]
pub fn with_decimals(number: Decimal, decimals: u32) -> String {
    let mut text = amount_text(number);
    let written = text.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    let missing = (decimals as usize).saturating_sub(written);
    if written == 0 && missing > 0 {
        text.push('.');
    }
    text + "0".repeat(missing).as_str()
}

/// An amount with thousands separators: `3,232,425`.
#[must_use]
pub fn amount_text(amount: Decimal) -> String {
    let text = amount.normalize().abs().to_string();
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let mut grouped = String::new();
    for (position, digit) in whole.chars().enumerate() {
        if position > 0 && (whole.len() - position).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let sign = if amount.is_sign_negative() && !amount.is_zero() { "-" } else { "" };
    if fraction.is_empty() {
        format!("{sign}{grouped}")
    } else {
        format!("{sign}{grouped}.{fraction}")
    }
}

/// What a payment comes to at an early end.
fn early_end_words(at: AtEarlyEnd, language: Language) -> String {
    match at {
        AtEarlyEnd::AsMeasured => {
            phrase!(language, "by their rule, on what was measured", "測定した成果により定めどおり")
        }
        AtEarlyEnd::ProRata => phrase!(
            language,
            "in proportion to the days served of the evaluation's period",
            "評価期間のうち経過した日数で日割り"
        ),
        AtEarlyEnd::Nothing => phrase!(language, "nothing", "支払わない"),
        AtEarlyEnd::Only => {
            phrase!(language, "paid only then, by its rule", "このときに限り定めどおり支払う")
        }
    }
}
