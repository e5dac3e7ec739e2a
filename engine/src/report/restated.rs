//! How a settlement differs from the one it takes the place of, for people.

use rust_decimal::Decimal;

use super::document::{Document, Side, Table};
use super::figures::Currency;
use crate::contract::Contract;
use crate::contract::wording::phrase;
use crate::ledger::Restatement;
use crate::problem::Language;

/// The difference in what is payable, who pays whom, and what caused it: lines, outcomes, records,
/// the script.
#[must_use]
pub fn restated(restatement: &Restatement, contract: &Contract, language: Language) -> Document {
    let of = restatement.of;
    let title = phrase!(language, "Against entry {of}", "{of} 番との差");
    let mut document = Document::new(language, title, contract.title.within(language));
    let currency = Currency::new(&contract.currency, language);
    let amount = |amount: Decimal| currency.amount(amount);
    let (before, after) = (amount(restatement.before), amount(restatement.after));
    let difference = amount(restatement.difference());
    document.paragraph(phrase!(
        language,
        "Against entry {of}: {after} instead of {before}, a difference of {difference}",
        "{of} 番との差: {before}が{after}に、差額 {difference}"
    ));
    for flow in &restatement.flows {
        let (from, to) =
            (party(contract, &flow.from, language), party(contract, &flow.to, language));
        let amount = amount(flow.amount);
        let pays = phrase!(language, "{from} pays {to} {amount}", "{from} から {to} へ {amount}");
        document.paragraph(pays);
    }
    document.gap();
    document.table(lines(restatement, contract, language));
    document.gap();
    document.table(outcomes(restatement, contract, language));
    records(restatement, &mut document);
    if restatement.script_changed {
        document.gap();
        document.paragraph(phrase!(
            language,
            "The contract's script is another one",
            "契約のスクリプトが変わっています"
        ));
    }
    if !restatement.later.is_empty() {
        let later: Vec<String> = restatement.later.iter().map(u64::to_string).collect();
        let later = later.join(language.comma());
        document.gap();
        document.paragraph(phrase!(
            language,
            "Later evaluations rest on this one and are to be restated: entries {later}",
            "この評価を前提とする後の評価の訂正が必要です: {later} 番"
        ));
    }
    document
}

fn lines(restatement: &Restatement, contract: &Contract, language: Language) -> Table {
    let currency = Currency::new(&contract.currency, language);
    let mut table = Table::new([
        (phrase!(language, "Payment", "支払項目"), Side::Left),
        (phrase!(language, "Before", "訂正前"), Side::Right),
        (phrase!(language, "Now", "訂正後"), Side::Right),
        (phrase!(language, "Because of", "原因の指標"), Side::Left),
    ]);
    for line in &restatement.lines {
        let declared =
            contract.lines.iter().chain(&contract.offsets).find(|known| known.id == line.name);
        let title = declared.map_or(line.name.as_str(), |known| known.title.within(language));
        let title = match &line.clause {
            Some(clause) => phrase!(language, "{title} ({clause})", "{title}（{clause}）"),
            None => title.to_owned(),
        };
        let outcomes: Vec<&str> =
            line.outcomes.iter().map(|id| indicator(contract, id, language)).collect();
        let (before, after) = (currency.digits(line.before), currency.digits(line.after));
        table.row([title, before, after, outcomes.join(language.comma())]);
    }
    table
}

fn outcomes(restatement: &Restatement, contract: &Contract, language: Language) -> Table {
    let mut table = Table::new([
        (phrase!(language, "Outcome", "成果指標"), Side::Left),
        (phrase!(language, "Evaluation", "評価日"), Side::Left),
        (phrase!(language, "Before", "訂正前"), Side::Right),
        (phrase!(language, "Now", "訂正後"), Side::Right),
        (phrase!(language, "People", "人数"), Side::Right),
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
    table
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

fn records(restatement: &Restatement, document: &mut Document) {
    let language = document.language;
    let records = &restatement.records;
    let (changed, added, gone) = (records.changed, records.added, records.gone);
    if changed + added + gone == 0 {
        return;
    }
    document.gap();
    document.paragraph(phrase!(
        language,
        "Records: {changed} changed, {added} new, {gone} gone",
        "個票: 変更 {changed} 件、追加 {added} 件、削除 {gone} 件"
    ));
    let places = |places: &[String], count: u64| {
        let more = count > places.len() as u64;
        format!("{}{}", places.join(", "), if more { ", …" } else { "" })
    };
    if !records.now.is_empty() {
        let now = places(&records.now, changed + added);
        document.paragraph(phrase!(language, "Changed or new: {now}", "変更・追加: {now}"));
    }
    if !records.before.is_empty() {
        let before = places(&records.before, gone);
        document.paragraph(phrase!(language, "Gone: {before}", "削除: {before}"));
    }
}

fn party<'a>(contract: &'a Contract, id: &'a str, language: Language) -> &'a str {
    let party = contract.parties.iter().find(|party| party.id == id);
    party.map_or(id, |party| party.name.within(language))
}

fn indicator<'a>(contract: &'a Contract, id: &'a str, language: Language) -> &'a str {
    let position = contract.indicator_named(id);
    position.map_or(id, |position| contract.indicators[position].title.within(language))
}
