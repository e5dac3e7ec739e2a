//! The checklist of an annex: each check of guidelines and past contracts, and how the contract
//! answers it.

use super::Sheet;
use crate::contract::check::Check;
use crate::contract::rules::{BEYOND, ROWS, RULES, Row, Rule};
use crate::contract::wording::phrase;
use crate::problem::Severity;

/// The check that is asked only of contracts with investors.
const INVESTORS: &str = "P28";

/// The check that a scenario answers, but for what a contract says of it.
const SAVINGS: &str = "P34";

/// How a contract answers a check.
#[derive(Debug, Default)]
struct Answer {
    /// Findings that stand.
    open: usize,
    /// Findings that stand, and only tell something.
    notes: usize,
    /// Findings that the parties accept.
    accepted: usize,
    /// Whether something that is asked for is not stated.
    unstated: bool,
}

impl Sheet<'_> {
    pub(super) fn checklist(&mut self, check: &Check) {
        let language = self.language;
        self.section(&phrase!(language, "Checklist", "確認項目一覧"));
        self.line(phrase!(
            language,
            "What guidelines and past contracts commonly ask for, and what `check` finds. No rule of law is claimed.",
            "ガイドラインや先行契約で一般に求められる事項と、検査の結果です。法令上の要否を示すものではありません。"
        ));
        self.line("");
        let titles = [
            phrase!(language, "No.", "番号"),
            phrase!(language, "Check", "確認項目"),
            phrase!(language, "Result", "結果"),
            phrase!(language, "For people to judge", "人が確認すること"),
        ];
        self.columns(&titles.each_ref().map(String::as_str), 0);
        for row in ROWS {
            let asks = row.asks.text();
            let beyond = BEYOND.iter().filter(|beyond| beyond.row == row.id);
            let beyond: Vec<String> =
                beyond.map(|beyond| beyond.asks.text().within(language).to_owned()).collect();
            let cells = [
                row.id.to_owned(),
                asks.within(language).to_owned(),
                self.result(row, check),
                beyond.join(&phrase!(language, "; ", "、")),
            ];
            self.row(&cells);
        }
    }

    /// Whether the contract passes a check, in words.
    fn result(&self, row: &Row, check: &Check) -> String {
        let language = self.language;
        let rules = || RULES.iter().filter(|rule| rule.rows.contains(&row.id));
        if row.id == INVESTORS && self.contract.finance.tranches.is_empty() {
            return phrase!(language, "does not apply", "該当なし");
        }
        if rules().next().is_none() {
            return phrase!(language, "for people", "人が判断");
        }
        let answer = rules().fold(Answer::default(), |answer, rule| answer.with(rule, check));
        let mut told = Vec::new();
        if answer.unstated {
            told.push(phrase!(language, "not stated", "記載なし"));
        }
        if answer.open > 0 {
            let count = answer.open;
            told.push(phrase!(language, "finding ({count})", "指摘あり（{count}件）"));
        }
        if answer.accepted > 0 {
            let count = answer.accepted;
            told.push(phrase!(language, "accepted ({count})", "容認（{count}件）"));
        }
        if told.is_empty() && row.id == SAVINGS {
            told.push(phrase!(language, "a scenario answers it", "シナリオで確認"));
        }
        if told.is_empty() {
            told.push(phrase!(language, "nothing found", "指摘なし"));
        }
        if answer.notes > 0 {
            let count = answer.notes;
            told.push(phrase!(language, "note ({count})", "参考（{count}件）"));
        }
        told.join(language.comma())
    }
}

impl Answer {
    fn with(mut self, rule: &Rule, check: &Check) -> Answer {
        for finding in check.findings.iter().filter(|finding| finding.id == rule.id) {
            match finding.accepted {
                Some(_) => self.accepted += 1,
                None if rule.unstated => self.unstated = true,
                None if finding.severity == Severity::Note => self.notes += 1,
                None => self.open += 1,
            }
        }
        self
    }
}
