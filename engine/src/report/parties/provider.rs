//! The provider's report.

use super::Layout;
use crate::analyse::parties::{LineReport, ProviderReport, ReceiptKind};
use crate::contract::wording::phrase;
use crate::finance::Estimated;
use crate::report::document::{Document, Figure, Side, Table};
use crate::simulate::Distribution;

/// Adds the report of a provider.
pub(super) fn add(layout: &Layout<'_>, report: &ProviderReport, document: &mut Document) {
    let what = phrase!(layout.language, "Provider", "受託者");
    document.caption(layout.party(report.party, &what));
    document.gap();
    totals(layout, report, document);
    document.gap();
    loss(layout, report, document);
    document.gap();
    lines(layout, report, document);
}

fn totals(layout: &Layout<'_>, report: &ProviderReport, document: &mut Document) {
    let language = layout.language;
    let mut table = layout.amounts(phrase!(language, "In all", "全体"), None);
    let after_finance = match report.costs {
        Some(_) => phrase!(language, "Left after finance", "資金調達の後に残る額"),
        None => phrase!(language, "Receipts after finance", "資金調達の後の受取"),
    };
    let rows = [
        (phrase!(language, "Receipts", "受取"), Some(&report.receipts)),
        (
            phrase!(
                language,
                "Receipts if the programme did nothing",
                "事業に効果がない場合の受取"
            ),
            report.receipts_without_effect.as_ref(),
        ),
        (phrase!(language, "Costs", "費用"), report.costs.as_ref()),
        (
            phrase!(language, "Margin: receipts less costs", "利益（受取 − 費用）"),
            report.margin.as_ref(),
        ),
        (after_finance, report.after_finance.as_ref()),
        (
            phrase!(language, "Working capital, without finance", "必要な運転資金（資金調達なし）"),
            report.working_capital.as_ref(),
        ),
        (
            phrase!(language, "Working capital, with finance", "必要な運転資金（資金調達あり）"),
            report.working_capital_financed.as_ref(),
        ),
    ];
    for (name, amount) in rows {
        if let Some(amount) = amount {
            table.row(layout.amount_row(name, amount));
        }
    }
    document.table(table);
    if report.costs.is_none() {
        document.paragraph(phrase!(
            language,
            "The contract states no costs of this provider, so only receipts are known: margin, working\n\
             capital and the chance of a loss are not. State them with `cost(…)`.\n",
            "この受託者の費用が契約に書かれていないため、分かるのは受取だけです。利益、運転資金、損失の確率は\n\
             分かりません。`cost(…)` で費用を書いてください。\n"
        ));
    } else {
        document.paragraph(phrase!(
            language,
            "Working capital is the deepest by which costs so far exceed receipts so far.\n",
            "運転資金は、それまでの費用がそれまでの受取を上回る額の最大です。\n"
        ));
    }
}

fn loss(layout: &Layout<'_>, report: &ProviderReport, document: &mut Document) {
    let language = layout.language;
    let Some(loss) = &report.loss else { return };
    layout.loss(loss, document);
    if let Some(part) = report.margin_part {
        let part = layout.percent(part).text;
        document.paragraph(phrase!(
            language,
            "Mean margin as a part of mean receipts: {part}\n",
            "平均の利益率（受取に対する利益）: {part}\n"
        ));
    }
    if let (Some(ratio), Some(downside)) = (report.paid_per_cost, report.expected_downside) {
        let (ratio, downside) = (layout.number(ratio), layout.money_with_unit(downside));
        document.paragraph(phrase!(
            language,
            "Payoff asymmetry: mean receipts are {ratio} times mean costs, against an expected\n\
             downside E[max(costs - receipts, 0)] of {downside}\n",
            "損益の非対称: 平均の受取は平均の費用の {ratio} 倍。これに対し、受取が費用に届かない額の平均\n\
             E[max(費用 − 受取, 0)] は {downside}\n"
        ));
    }
}

fn lines(layout: &Layout<'_>, report: &ProviderReport, document: &mut Document) {
    let language = layout.language;
    let unit = layout.currency.name();
    let mut headings = vec![
        (phrase!(language, "Line", "支払項目"), Side::Left),
        (phrase!(language, "Mean ({unit})", "平均（{unit}）"), Side::Right),
        ("5%".to_owned(), Side::Right),
        ("95%".to_owned(), Side::Right),
        (phrase!(language, "Pays nothing", "支払なし"), Side::Right),
        (phrase!(language, "Under half its most", "最大の半分未満"), Side::Right),
    ];
    let costs = report.costs.is_some();
    if costs {
        headings.push((
            phrase!(language, "Loss where it pays nothing", "支払なしのとき損失"),
            Side::Right,
        ));
    }
    let mut table = Table::new(headings);
    for line in &report.lines {
        let amount = &line.amount;
        let unknown = || Figure::from("-");
        let maybe = |of: Option<Estimated>| of.map_or_else(unknown, |of| layout.percent(of));
        let mut row = vec![
            name_of(layout, line).into(),
            layout.mean(amount),
            layout.amount(amount.p05),
            layout.amount(amount.p95),
            layout.percent(line.pays_nothing),
            maybe(line.pays_less_than_half),
        ];
        if costs {
            let unpaid = layout.futures(line.pays_nothing, layout.paths as usize);
            let part = |of| layout.part_of(of, unpaid);
            row.push(line.loss_without.map_or_else(unknown, part));
        }
        table.row(row);
    }
    if table.is_empty() {
        return;
    }
    let mut sum = |name: String, amount: &Distribution| {
        let [low, high] = [amount.p05, amount.p95].map(|value| layout.amount(value));
        table.row([name.into(), layout.mean(amount), low, high]);
    };
    sum(phrase!(language, "Together: receipts", "合計：受取"), &report.receipts);
    if let Some(tax) = &report.added_tax {
        sum(phrase!(language, "Tax added, passed on", "加算される消費税（納付）"), tax);
    }
    document.table(table);
}

/// What a part of the receipts is called, with what it does where that is not to pay.
fn name_of(layout: &Layout<'_>, line: &LineReport) -> String {
    let (language, title) = (layout.language, line.title.within(layout.language));
    match line.kind {
        ReceiptKind::Payment | ReceiptKind::Limit | ReceiptKind::Minimum => title.to_owned(),
        ReceiptKind::Deduction => phrase!(language, "{title} (deducted)", "{title}（減額）"),
        ReceiptKind::Return => phrase!(language, "{title} (paid back)", "{title}（返還）"),
        ReceiptKind::Offset => phrase!(language, "{title} (netted)", "{title}（相殺）"),
    }
}
