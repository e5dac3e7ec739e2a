//! `account`, `reserve` and `profit`: who holds the money, what is kept back, who has what is left.

use rhai::{Array, Dynamic, Engine, Map, NativeCallContext};
use rust_decimal::Decimal;

use super::{amount_option, party, rank};
use crate::contract::finance::{Recycle, Reserve, Sharer};
use crate::contract::read::{AccountDraft, PartyHandle, Places, ReserveDraft, TrancheHandle};
use crate::contract::vocabulary::{Desk, amount_of};
use crate::problem::{Problem, say};
use crate::script::{Options, describe};

pub(super) fn register(engine: &mut Engine, desk: &Desk) {
    let at = desk.clone();
    engine.register_fn("account", move |context: NativeCallContext, map: Map| {
        account(&at, &context, map);
    });
    let at = desk.clone();
    engine.register_fn("reserve", move |context: NativeCallContext, map: Map| {
        reserve(&at, &context, map);
    });
    let at = desk.clone();
    engine.register_fn("profit", move |context: NativeCallContext, parts: Dynamic| {
        profit(&at, &context, parts);
    });
}

fn account(desk: &Desk, context: &NativeCallContext, map: Map) {
    desk.declare(context);
    const KEYS: &[&str] = &["holder", "recycle", "unspent"];
    let options = Options::read(&desk.bench, context, 0, map, KEYS);
    let recycle = match options.value("recycle") {
        Some(value) if value.is_bool() => {
            value.as_bool().ok().filter(|yes| *yes).map(|_| Recycle { most: None })
        }
        Some(_) => {
            amount_option(desk, &options, "recycle").map(|most| Recycle { most: Some(most) })
        }
        None => None,
    };
    let unspent = options.choice("unspent", &[("keep", false), ("distribute", true)]);
    let draft = AccountDraft {
        holder: party(&options, "holder"),
        recycle,
        unspent_distributed: unspent.unwrap_or(false),
        places: Places::of(&options, KEYS),
        place: options.here(),
    };
    if desk.draft().finance.account.replace(draft).is_some() {
        again(desk, context);
    }
}

fn reserve(desk: &Desk, context: &NativeCallContext, map: Map) {
    desk.declare(context);
    const KEYS: &[&str] = &["target", "initial", "rank", "release"];
    let options = Options::read(&desk.bench, context, 0, map, KEYS);
    if !options.has("target") {
        options.missing("target", amount_of(desk.currency().as_ref()));
    }
    if !options.has("rank") {
        options.missing("rank", say!("its rank among the investments", "投資の順位の中での順位"));
    }
    let draft = ReserveDraft {
        declared: Reserve {
            target: amount_option(desk, &options, "target").unwrap_or(Decimal::ONE),
            initial: desk.money_option(&options, "initial").unwrap_or(Decimal::ZERO),
            rank: rank(&options).unwrap_or(1),
            until: options.date("release"),
        },
        places: Places::of(&options, KEYS),
        place: options.here(),
    };
    if desk.draft().finance.reserve.replace(draft).is_some() {
        again(desk, context);
    }
}

fn profit(desk: &Desk, context: &NativeCallContext, parts: Dynamic) {
    desk.declare(context);
    let position = desk.bench.argument(context.call_position(), 0);
    let place = desk.bench.place(position);
    let found = describe(&parts);
    let entry = |entry: Dynamic| -> Option<(Sharer, Decimal)> {
        let [who, part]: [Dynamic; 2] = entry.try_cast::<Array>()?.try_into().ok()?;
        let who = match who.clone().try_cast::<TrancheHandle>() {
            Some(tranche) => Sharer::Tranche(tranche.0),
            None => Sharer::Party(who.try_cast::<PartyHandle>()?.0),
        };
        let node = desk.bench.node_of(&part)?;
        let part = desk
            .bench
            .graph(|graph| graph.literal(node).filter(|_| !graph.unit(node).is_money()))?;
        let fits = part > Decimal::ZERO && part <= Decimal::ONE && part.normalize().scale() <= 8;
        fits.then_some((who, part))
    };
    let list: Option<Vec<(Sharer, Decimal)>> =
        parts.try_cast::<Array>().and_then(|list| list.into_iter().map(entry).collect());
    let fits = |list: &Vec<(Sharer, Decimal)>| {
        let twice = |(at, (who, _)): (usize, &(Sharer, Decimal))| {
            list[..at].iter().any(|(other, _)| other == who)
        };
        let sum: Decimal = list.iter().map(|(_, part)| *part).sum();
        !list.is_empty() && sum <= Decimal::ONE && !list.iter().enumerate().any(twice)
    };
    let Some(list) = list.filter(fits) else {
        desk.bench.report(
            Problem::error(
                "wrong-parts",
                say!("`profit` cannot take these parts", "`profit` の配分として使えません"),
            )
            .found(found)
            .expected(say!(
                "investments or parties, each once, with parts of at most 1 in all: [[senior, percent(30)], [vendor, percent(70)]]",
                "投資か当事者（それぞれ一度ずつ）と、合計 1 以下の割合: [[senior, percent(30)], [vendor, percent(70)]]"
            ))
            .maybe_at(place),
        );
        return;
    };
    if desk.draft().finance.profit.replace((list, place)).is_some() {
        again(desk, context);
    }
}

/// A word that stands once.
fn again(desk: &Desk, context: &NativeCallContext) {
    let word = context.fn_name();
    desk.report(
        context,
        Problem::error(
            "declared-twice",
            say!("`{word}` stands twice", "`{word}` が二度書かれています"),
        )
        .help(say!("say it once", "一度だけ書いてください")),
    );
}
