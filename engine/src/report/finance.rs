//! The finance of a statement in rows, the same on a page and in a workbook.

use rust_decimal::Decimal;

use super::words::Words;
use crate::contract::wording::phrase;
use crate::settle::FinanceStatement;

/// A movement of money: its day, from whom, to whom, how much and why.
pub(super) struct FlowRow {
    pub(super) day: String,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) amount: Decimal,
    pub(super) because: String,
}

/// A tranche: its title and its amounts, in the order of [`tranche_heads`].
pub(super) struct TrancheRow {
    pub(super) title: String,
    pub(super) amounts: Vec<Decimal>,
}

/// The finance of a statement, as far as it has any.
pub(super) fn of<'a>(words: &Words<'a>) -> Option<&'a FinanceStatement> {
    words.report.statement.finance.as_ref()
}

pub(super) fn flow_heads(words: &Words<'_>, unit: &str) -> Vec<(String, bool)> {
    let language = words.language;
    vec![
        (phrase!(language, "Day", "日付"), false),
        (phrase!(language, "From", "支払う者"), false),
        (phrase!(language, "To", "受け取る者"), false),
        (phrase!(language, "Amount ({unit})", "金額（{unit}）"), true),
        (phrase!(language, "Reason", "理由"), false),
    ]
}

pub(super) fn flows(words: &Words<'_>, finance: &FinanceStatement) -> Vec<FlowRow> {
    let rows = finance.flows.iter().map(|flow| FlowRow {
        day: words.day(flow.on),
        from: words.party(&flow.from),
        to: words.party(&flow.to),
        amount: flow.amount,
        because: flow.because.within(words.language).to_owned(),
    });
    rows.collect()
}

pub(super) fn tranche_heads(words: &Words<'_>, unit: &str) -> Vec<(String, bool)> {
    let language = words.language;
    vec![
        (phrase!(language, "Investment ({unit})", "投資（{unit}）"), false),
        (phrase!(language, "Not repaid before", "支払前の未返済元本"), true),
        (phrase!(language, "Return due", "支払うべき収益"), true),
        (phrase!(language, "Principal due", "返済すべき元本"), true),
        (phrase!(language, "Return paid", "支払った収益"), true),
        (phrase!(language, "Principal paid", "返済した元本"), true),
        (phrase!(language, "Part of what is left", "残りの配分"), true),
        (phrase!(language, "Made good", "保証の履行"), true),
        (phrase!(language, "Not repaid after", "支払後の未返済元本"), true),
    ]
}

pub(super) fn tranches(words: &Words<'_>, finance: &FinanceStatement) -> Vec<TrancheRow> {
    let rows = finance.tranches.iter().map(|of| TrancheRow {
        title: of.title.within(words.language).to_owned(),
        amounts: vec![
            of.outstanding_before,
            of.return_due,
            of.principal_due,
            of.return_paid,
            of.principal_paid,
            // What is returned is a negative part of what is left.
            of.surplus - of.paid_back,
            of.guaranteed,
            of.outstanding,
        ],
    });
    rows.collect()
}

/// The account's amounts, those that are nothing left out: what comes in, then what becomes of it.
pub(super) fn account(words: &Words<'_>, finance: &FinanceStatement) -> Vec<(String, Decimal)> {
    let language = words.language;
    let Some(of) = &finance.account else { return Vec::new() };
    let holder = words.party(&of.holder);
    let all = [
        (phrase!(language, "Received from payments", "支払からの受取"), of.received, true),
        (phrase!(language, "Brought forward", "前回からの繰越"), of.brought_forward, false),
        (phrase!(language, "Reserve before", "積立金（支払前）"), of.reserve_before, false),
        (phrase!(language, "Unspent money", "費用の残り"), of.unspent, false),
        (phrase!(language, "Returned by investors", "資金提供者からの返還"), of.paid_back, false),
        (phrase!(language, "Added by {holder}", "{holder}の負担"), of.made_up, false),
        (phrase!(language, "Kept for costs", "費用のための留保"), of.recycled, false),
        (phrase!(language, "Distributed", "分配"), of.distributed, true),
        (phrase!(language, "Reserve after", "積立金（支払後）"), of.reserve, false),
        (phrase!(language, "Carried forward", "次回への繰越"), of.carried, false),
        (phrase!(language, "Left to {holder}", "{holder}のものとなる額"), of.kept, false),
        (phrase!(language, "Money not spent yet", "未使用の資金"), of.unspent_left, false),
    ];
    let shown = all.into_iter().filter(|(_, amount, always)| *always || !amount.is_zero());
    shown.map(|(name, amount, _)| (name, amount)).collect()
}
