//! How a settlement differs from the one it takes the place of, for people.

use engine::contract::Contract;
use engine::ledger::Restatement;
use engine::problem::Language;
use engine::report::document::{Side, Table};
use engine::report::figures::Currency;
use rust_decimal::Decimal;

/// The difference in what is payable, and what caused it.
pub(super) fn report(restatement: &Restatement, contract: &Contract, language: Language) -> String {
    let currency = Currency::new(&contract.currency, language);
    let amount = |amount: Decimal| currency.amount(amount);
    let of = restatement.of;
    let (before, after) = (amount(restatement.before), amount(restatement.after));
    let difference = amount(restatement.difference());
    let mut text = pick!(
        language,
        "\nAgainst entry {of}: {after} instead of {before}, a difference of {difference}\n",
        "\n{of} 番との差: {before} が {after} に、差額 {difference}\n"
    );
    for flow in &restatement.flows {
        let (from, to) =
            (party(contract, &flow.from, language), party(contract, &flow.to, language));
        let amount = amount(flow.amount);
        text += &pick!(language, "{from} pays {to} {amount}\n", "{from} から {to} へ {amount}\n");
    }
    text += &lines(restatement, contract, language);
    text += &outcomes(restatement, contract, language);
    text += &records(restatement, language);
    if restatement.script_changed {
        text += &pick!(
            language,
            "\nThe contract's script is another one\n",
            "\n契約のスクリプトが変わっています\n"
        );
    }
    if !restatement.later.is_empty() {
        let later: Vec<String> = restatement.later.iter().map(u64::to_string).collect();
        let later = later.join(", ");
        text += &pick!(
            language,
            "\nLater evaluations rest on this one and are to be restated: entries {later}\n",
            "\nこの評価を前提とする後の評価の訂正が必要です: {later} 番\n"
        );
    }
    text
}

fn lines(restatement: &Restatement, contract: &Contract, language: Language) -> String {
    if restatement.lines.is_empty() {
        return String::new();
    }
    let currency = Currency::new(&contract.currency, language);
    let mut table = Table::new([
        (pick!(language, "Payment", "支払項目"), Side::Left),
        (pick!(language, "Before", "訂正前"), Side::Right),
        (pick!(language, "Now", "訂正後"), Side::Right),
        (pick!(language, "Because of", "原因の指標"), Side::Left),
    ]);
    for line in &restatement.lines {
        let declared =
            contract.lines.iter().chain(&contract.offsets).find(|known| known.id == line.name);
        let title = declared.map_or(line.name.as_str(), |known| known.title.within(language));
        let title = match &line.clause {
            Some(clause) => pick!(language, "{title} ({clause})", "{title}（{clause}）"),
            None => title.to_owned(),
        };
        let outcomes: Vec<&str> =
            line.outcomes.iter().map(|id| indicator(contract, id, language)).collect();
        table.row([
            title,
            currency.digits(line.before),
            currency.digits(line.after),
            outcomes.join(", "),
        ]);
    }
    format!("\n{}", crate::table::text(&table))
}

fn outcomes(restatement: &Restatement, contract: &Contract, language: Language) -> String {
    if restatement.outcomes.is_empty() {
        return String::new();
    }
    let mut table = Table::new([
        (pick!(language, "Outcome", "成果指標"), Side::Left),
        (pick!(language, "Evaluation", "評価日"), Side::Left),
        (pick!(language, "Before", "訂正前"), Side::Right),
        (pick!(language, "Now", "訂正後"), Side::Right),
        (pick!(language, "People", "人数"), Side::Right),
    ]);
    for outcome in &restatement.outcomes {
        let ((before, n_before), (after, n_after)) = (&outcome.before, &outcome.after);
        table.row([
            indicator(contract, &outcome.indicator, language).to_owned(),
            outcome.at.clone(),
            short(before),
            short(after),
            if n_before == n_after { n_after.clone() } else { format!("{n_before} → {n_after}") },
        ]);
    }
    format!("\n{}", crate::table::text(&table))
}

/// A value in eight decimals; the ledger keeps them all.
fn short(value: &str) -> String {
    match value.parse::<Decimal>() {
        Ok(decimal) if decimal.scale() > 8 => format!("{}…", decimal.trunc_with_scale(8)),
        Ok(decimal) => decimal.to_string(),
        Err(_) if value.is_empty() => "-".to_owned(),
        Err(_) => value.to_owned(),
    }
}

fn records(restatement: &Restatement, language: Language) -> String {
    let records = &restatement.records;
    let (changed, added, gone) = (records.changed, records.added, records.gone);
    if changed + added + gone == 0 {
        return String::new();
    }
    let mut text = pick!(
        language,
        "\nRecords: {changed} changed, {added} new, {gone} gone\n",
        "\n行データ: 変更 {changed} 件、追加 {added} 件、削除 {gone} 件\n"
    );
    let places = |places: &[String], count: u64| {
        let more = count > places.len() as u64;
        format!("{}{}", places.join(", "), if more { ", …" } else { "" })
    };
    if !records.now.is_empty() {
        let now = places(&records.now, changed + added);
        text += &pick!(language, "Changed or new: {now}\n", "変更・追加: {now}\n");
    }
    if !records.before.is_empty() {
        let before = places(&records.before, gone);
        text += &pick!(language, "Gone: {before}\n", "削除: {before}\n");
    }
    text
}

fn party<'a>(contract: &'a Contract, id: &'a str, language: Language) -> &'a str {
    let party = contract.parties.iter().find(|party| party.id == id);
    party.map_or(id, |party| party.name.within(language))
}

fn indicator<'a>(contract: &'a Contract, id: &'a str, language: Language) -> &'a str {
    let position = contract.indicator_named(id);
    position.map_or(id, |position| contract.indicators[position].title.within(language))
}
