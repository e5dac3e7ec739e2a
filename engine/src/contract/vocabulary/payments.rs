//! Payment lines, maluses and offsets.

use rhai::{Array, Dynamic, Engine, FnPtr, Map, NativeCallContext};
use rust_decimal::Decimal;

use super::{Desk, taken};
use crate::contract::read::{LineDraft, PartyHandle};
use crate::contract::{AtEarlyEnd, Basis, LineKind};
use crate::problem::{Text, say};
use crate::script::{Closure, Options};

/// What a line may pay at an early end, as scripts spell it.
pub(super) const AT_EARLY_END: &[(&str, AtEarlyEnd)] = &[
    ("as_measured", AtEarlyEnd::AsMeasured),
    ("pro_rata", AtEarlyEnd::ProRata),
    ("nothing", AtEarlyEnd::Nothing),
    ("only", AtEarlyEnd::Only),
];

pub(super) fn register(engine: &mut Engine, desk: &Desk) {
    for word in ["pay", "malus", "offset"] {
        let at = desk.clone();
        engine.register_fn(word, move |context: NativeCallContext, id: &str, price: FnPtr| {
            line(&at, &context, word, id, price, Map::new());
        });
        let at = desk.clone();
        engine.register_fn(
            word,
            move |context: NativeCallContext, id: &str, price: FnPtr, map: Map| {
                line(&at, &context, word, id, price, map);
            },
        );
    }
}

fn line(desk: &Desk, context: &NativeCallContext, word: &str, id: &str, price: FnPtr, map: Map) {
    desk.declare(context);
    const COMMON: &[&str] =
        &["title", "by", "to", "at", "cap", "cap_each", "gate", "clause", "early_end"];
    let mut known = COMMON.to_vec();
    known.push(if word == "offset" { "carry" } else { "basis" });
    let options = Options::read(&desk.bench, context, 2, map, &known);
    let position = desk.bench.argument(context.call_position(), 1);
    desk.check_identifier(context, id, &["cap", "minimum", "tax"]);
    let (by, to) = (parties(desk, &options, "by"), parties(desk, &options, "to"));
    if by.len() > 1 && to.len() > 1 {
        options.wrong(
            "to",
            say!(
                "one party: a line is split among payers or among providers, not both",
                "一者。一つの支払項目を分けられるのは、支払者か受託者のどちらか一方です"
            ),
        );
    }
    let same = by.iter().any(|(payer, _)| to.iter().any(|(to, _)| payer == to));
    if same && by != UNCLEAR && to != UNCLEAR {
        options.wrong("to", say!("someone else than `by`", "`by` と別の当事者"));
    }
    let basis = options.choice(
        "basis",
        &[("each", Basis::Each), ("cumulative", Basis::Cumulative), ("true_up", Basis::TrueUp)],
    );
    let line = LineDraft {
        id: id.to_owned(),
        title: options.title("title").unwrap_or_else(|| Text::from(id)),
        price: Closure::freeze(price, position),
        gate: options.closure("gate"),
        by,
        to,
        kind: if word == "malus" { LineKind::Malus } else { LineKind::Payment },
        basis: basis.unwrap_or(Basis::Each),
        basis_stated: basis.is_some(),
        at_early_end: options.choice("early_end", AT_EARLY_END),
        carry: options.truth("carry").unwrap_or(false),
        at: options.dates("at"),
        at_place: options.place("at"),
        cap: desk.money_option(&options, "cap"),
        cap_each: desk.money_option(&options, "cap_each"),
        clause: options.text("clause"),
        place: options.here(),
    };
    let mut draft = desk.draft();
    let lines = if word == "offset" { &mut draft.offsets } else { &mut draft.lines };
    let twice = lines.iter().any(|known| known.id == id);
    lines.push(line);
    drop(draft);
    if twice {
        desk.report(context, taken(&say!("line", "支払項目"), id));
    }
}

/// Stands for parties that were said wrongly, so that nobody is asked who they are as well.
const UNCLEAR: &[(usize, Decimal)] = &[(0, Decimal::ZERO)];

/// The parties of an option with their weights: one party, or `[[city, percent(25)], …]`.
fn parties(desk: &Desk, options: &Options, key: &str) -> Vec<(usize, Decimal)> {
    let Some(value) = options.value(key) else { return Vec::new() };
    if let Some(party) = value.clone().try_cast::<PartyHandle>() {
        return vec![(party.0, Decimal::ONE)];
    }
    let entry = |entry: Dynamic| -> Option<(usize, Decimal)> {
        let [party, weight]: [Dynamic; 2] = entry.try_cast::<Array>()?.try_into().ok()?;
        let party = party.try_cast::<PartyHandle>()?;
        let weight = weight_of(desk, &weight).filter(|weight| *weight > Decimal::ZERO)?;
        Some((party.0, weight))
    };
    let list = value.try_cast::<Array>();
    let parties: Option<Vec<(usize, Decimal)>> =
        list.and_then(|list| list.into_iter().map(entry).collect());
    let Some(parties) = parties.filter(|parties| parties.len() > 1) else {
        options.wrong(
            key,
            say!(
                "a party, `let city = party(…);`, or parties with their parts: [[city, percent(25)], [state, percent(75)]]",
                "当事者（`let city = party(…);`）、または当事者と持分の並び: [[city, percent(25)], [state, percent(75)]]"
            ),
        );
        return UNCLEAR.to_vec();
    };
    let again = |(position, (party, _)): (usize, &(usize, Decimal))| {
        parties[..position].iter().any(|(known, _)| known == party)
    };
    if parties.iter().enumerate().any(again) {
        options.wrong(key, say!("each party once", "各当事者を一度ずつ"));
    }
    let sum: Decimal = parties.iter().map(|(_, weight)| *weight).sum();
    let whole = parties.iter().all(|(_, weight)| weight.is_integer());
    if sum != Decimal::ONE && !whole {
        let sum = sum.normalize();
        options.wrong(
            key,
            say!(
                "parts that add up to 1 (these: {sum}), or whole numbers such as 1, 1, 2",
                "合計が 1 になる持分（現在 {sum}）、または 1、1、2 のような整数の比"
            ),
        );
    }
    parties
}

fn weight_of(desk: &Desk, value: &Dynamic) -> Option<Decimal> {
    let node = desk.bench.node_of(value)?;
    let plain = desk.bench.graph(|graph| !graph.unit(node).is_money());
    desk.bench.graph(|graph| graph.literal(node)).filter(|_| plain)
}
