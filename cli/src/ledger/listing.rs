//! Settlements and where they stand.

use engine::ledger::{Ledger, Settlement};
use engine::report::document::{Side, Table};
use engine::report::figures::Currency;
use rust_decimal::Decimal;
use serde_json::json;

use super::status_name;
use crate::output::Output;
use crate::{Context, Failure};

pub(super) fn list(
    ledger: &Ledger,
    context: &Context,
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    let (state, entries) = (ledger.state()?, ledger.entries()?);
    let settlements = state.settlements.values();
    if context.json {
        output.json(&json!({
            "entries": entries.len(),
            "head": entries.last().map(|entry| entry.hash.as_str()),
            "settlements": settlements.map(Settlement::to_json).collect::<Vec<_>>(),
        }))?;
        return Ok(());
    }
    let language = context.language;
    if state.settlements.is_empty() {
        output.data(&pick!(
            language,
            "The ledger has no settlements\n",
            "精算はまだありません\n"
        ))?;
        return Ok(());
    }
    let mut table = Table::new([
        (pick!(language, "Entry", "番号"), Side::Right),
        (pick!(language, "Contract", "契約"), Side::Left),
        (pick!(language, "Evaluation", "評価日"), Side::Left),
        (pick!(language, "Payable", "支払額"), Side::Right),
        (pick!(language, "Paid", "既払額"), Side::Right),
        (pick!(language, "Status", "状況"), Side::Left),
        (pick!(language, "Submitted by", "提出者"), Side::Left),
    ]);
    for settlement in settlements {
        let record = &settlement.submit.record;
        let currency = record.statement["en"]["currency"].as_str().unwrap_or("JPY");
        let amount = |amount: Decimal| Currency::new(currency, language).amount(amount);
        let paid = settlement.payment.as_ref();
        table.row([
            settlement.entry.to_string(),
            record.contract.clone(),
            record.at.to_string(),
            amount(record.payable()),
            paid.map(|payment| amount(payment.amount)).unwrap_or_else(|| "-".to_owned()),
            standing(settlement, context),
            settlement.submit.act.by.clone(),
        ]);
    }
    output.data(&crate::table::text(&table))?;
    Ok(())
}

/// Where a settlement stands, and what has come after it.
fn standing(settlement: &Settlement, context: &Context) -> String {
    let language = context.language;
    let mut text = status_name(settlement.status.name(), language);
    if let Some((_, how)) = &settlement.submit.restatement {
        let of = how.of;
        text += &pick!(language, ", restates {of}", "、{of} 番を訂正");
    }
    if let Some(by) = settlement.superseded_by {
        text += &pick!(language, ", replaced by {by}", "、{by} 番に差替え");
    }
    if settlement.stale_since.is_some() {
        text += &pick!(language, ", to be restated", "、要訂正");
    }
    text
}
