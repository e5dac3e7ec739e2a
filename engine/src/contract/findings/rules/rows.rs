//! The checks that guidelines and past contracts lead to, by what they ask.

use super::Words;

/// A check, which findings answer, or people.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// `P1` to `P34`.
    pub id: &'static str,
    /// What it asks, in short.
    pub asks: Words,
}

const fn row(id: &'static str, en: &'static str, ja: &'static str) -> Row {
    Row { id, asks: Words { en, ja } }
}

/// Every check, in order. No rule of law is claimed of any.
pub const ROWS: &[Row] = &[
    row("P1", "payment depends on outcomes of a stated issue", "課題に基づく成果に支払が連動する"),
    row("P2", "the limit is below what it rests on", "支払上限額が根拠の額を超えない"),
    row("P3", "a grant and what it comes to", "交付金とその額"),
    row("P4", "the outcome specification as a document", "成果水準書と契約の文書"),
    row("P5", "the indicator follows from the programme", "指標と事業の因果関係"),
    row("P6", "the indicator can be improved and measured", "指標が改善・測定できる"),
    row(
        "P7",
        "the indicator is defined: people, dates, data, exclusions",
        "指標の定義（対象者・時点・データ・除外）",
    ),
    row("P8", "the baseline is measured alike", "基準値が同じ定義で測られている"),
    row(
        "P9",
        "baseline, lower end, target and upper end are in order",
        "基準値・下限・目標・上限の順序",
    ),
    row(
        "P10",
        "better outcomes never pay less, and all fit the limit",
        "改善で支払が減らず、上限に収まる",
    ),
    row("P11", "steps and what holds on their boundaries", "段階表と境界の扱い"),
    row("P12", "jumps of the payment", "支払額の段差"),
    row("P13", "fixed and linked parts, and the minimum", "固定部分・連動部分と最低支払額"),
    row("P14", "the cost of evaluation stands apart", "評価費用の区分"),
    row("P15", "the method of evaluation and why", "評価方法とその理由"),
    row("P16", "who evaluates, and how independently", "評価者とその独立性"),
    row(
        "P17",
        "evaluations and payments fall into the contract and its budget",
        "評価日・支払日と契約・予算の期間",
    ),
    row("P18", "the commitment over several years", "複数年度にわたる債務負担"),
    row("P19", "a change of the tax rate", "消費税率の変更"),
    row("P20", "those who drop out or are excluded", "脱落者・除外者の扱い"),
    row("P21", "missing data", "欠測の扱い"),
    row("P22", "events outside the programme", "外部要因"),
    row("P23", "each year alone, or all together", "単年の評価か累計か"),
    row("P24", "an early end", "途中終了"),
    row("P25", "disputes", "争いの解決"),
    row("P26", "publication of the result", "結果の公表"),
    row("P27", "how reports are verified", "報告の確認方法"),
    row("P28", "what investors receive", "資金提供者の受取"),
    row("P29", "rounding of amounts and readings", "金額と読み取りの端数処理"),
    row("P30", "when payment is due", "支払期限"),
    row("P31", "how consumption tax is computed", "消費税の計算"),
    row("P32", "personal data", "個人情報"),
    row("P33", "talks with providers before the tender", "公募前の事業者との対話"),
    row("P34", "savings by who bears the cost", "負担者別の節約"),
];

#[cfg(test)]
mod tests {
    use super::super::{BEYOND, RULES};
    use super::*;

    #[test]
    fn every_check_is_here_once_and_answered_by_a_finding_or_by_people() {
        let ids: Vec<String> = (1..=34).map(|number| format!("P{number}")).collect();
        assert_eq!(ROWS.iter().map(|row| row.id).collect::<Vec<_>>(), ids);
        for row in ROWS {
            let found = RULES.iter().any(|rule| rule.rows.contains(&row.id));
            let beyond = BEYOND.iter().any(|beyond| beyond.row == row.id);
            assert!(found || beyond, "{}", row.id);
        }
        for id in RULES.iter().flat_map(|rule| rule.rows) {
            assert!(ids.iter().any(|known| known == id), "{id}");
        }
    }
}
