//! The words of finance: what investors put up, what the programme costs, who is paid in which
//! order.

mod account;
mod costs;
mod guarantee;
mod invest;

use jiff::civil::Date;
use rhai::{Array, Dynamic, Engine};
use rust_decimal::Decimal;

use super::{Desk, amount_of};
use crate::contract::read::{PartyHandle, TrancheHandle};
use crate::expr::Unit;
use crate::problem::{Text, say};
use crate::script::{Options, Quantity, date_of};

pub(super) fn register(engine: &mut Engine, desk: &Desk) {
    engine.register_type_with_name::<TrancheHandle>("tranche");
    invest::register(engine, desk);
    costs::register(engine, desk);
    guarantee::register(engine, desk);
    account::register(engine, desk);
}

/// A rank: 1 is paid first.
fn rank(options: &Options) -> Option<u32> {
    let rank = options.count("rank")?;
    let rank = u32::try_from(rank).ok().filter(|rank| (1..=99).contains(rank));
    if rank.is_none() {
        options.wrong("rank", say!("a whole number from 1 to 99", "1 から 99 までの整数"));
    }
    rank
}

/// A party that is an option.
fn party(options: &Options, key: &str) -> Option<usize> {
    let value = options.value(key)?;
    let party = value.try_cast::<PartyHandle>().map(|party| party.0);
    if party.is_none() {
        options.wrong(key, say!("a party: let bank = party(…);", "当事者: let bank = party(…);"));
    }
    party
}

/// What `[[date, amount], …]` looks like in the contract's money.
fn dated_words(desk: &Desk) -> Text {
    let amount = amount_example(desk);
    say!(
        "dates, rising, with amounts: [[\"2024-04-01\", {amount}], …]",
        "日付順の日付と金額: [[\"2024-04-01\", {amount}], …]"
    )
}

fn amount_example(desk: &Desk) -> String {
    let code = desk.currency().map(|unit| unit.to_string()).unwrap_or_default();
    let known = Unit::CURRENCIES.iter().find(|(_, known)| *known == code);
    format!("{}(1_000_000)", known.map_or("yen", |(word, _)| word))
}

/// Amounts with their dates, each above 0, dates rising.
fn dated(desk: &Desk, list: Dynamic) -> Option<Vec<(Date, Decimal)>> {
    let list = list.try_cast::<Array>().filter(|list| !list.is_empty())?;
    let mut dated: Vec<(Date, Decimal)> = Vec::new();
    for entry in list {
        let [on, amount]: [Dynamic; 2] = entry.try_cast::<Array>()?.try_into().ok()?;
        let on = date_of(&on)?;
        let amount = known_money(desk, &amount).filter(|amount| *amount > Decimal::ZERO)?;
        if dated.last().is_some_and(|(before, _)| *before >= on) {
            return None;
        }
        dated.push((on, amount));
    }
    Some(dated)
}

/// An option that is `[[date, amount], …]`.
fn dated_option(desk: &Desk, options: &Options, key: &str) -> Option<Vec<(Date, Decimal)>> {
    let dated = dated(desk, options.value(key)?);
    if dated.is_none() {
        options.wrong(key, dated_words(desk));
    }
    dated
}

/// An amount of the contract's money that is known now.
fn known_money(desk: &Desk, value: &Dynamic) -> Option<Decimal> {
    let node = value.clone().try_cast::<Quantity>()?.node;
    let currency = desk.currency();
    desk.bench.graph(|graph| {
        let unit = graph.unit(node);
        let own = currency.map_or(unit.is_money(), |currency| *unit == currency);
        own.then(|| graph.literal(node)).flatten()
    })
}

/// An amount above 0 that is an option.
fn amount_option(desk: &Desk, options: &Options, key: &str) -> Option<Decimal> {
    let amount = known_money(desk, &options.value(key)?);
    let amount = amount.filter(|amount| *amount > Decimal::ZERO);
    if amount.is_none() {
        let example = amount_of(desk.currency().as_ref());
        options.wrong(key, say!("above 0, {}", "0 より大きい、{}", example));
    }
    amount
}

/// A yearly rate from 0 to 1.
fn rate_option(options: &Options, key: &str) -> Option<Decimal> {
    let rate = options.number(key)?;
    let fits = (Decimal::ZERO..=Decimal::ONE).contains(&rate) && rate.normalize().scale() <= 8;
    if !fits {
        options.wrong(
            key,
            say!(
                "a rate per year from 0 to 1 with at most 8 decimals, such as percent(5)",
                "0 から 1 まで、小数 8 桁以内の年率（percent(5) など）"
            ),
        );
    }
    fits.then_some(rate)
}
