//! Payment lines and offsets.

use rhai::{Engine, FnPtr, Map, NativeCallContext};

use super::{Desk, taken};
use crate::contract::read::{LineDraft, PartyHandle};
use crate::problem::{Text, say};
use crate::script::{Closure, Options};

pub(super) fn register(engine: &mut Engine, desk: &Desk) {
    for word in ["pay", "offset"] {
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
    const KEYS: &[&str] = &["title", "by", "to", "at", "cap", "cap_each", "gate", "clause"];
    let options = Options::read(&desk.bench, context, 2, map, KEYS);
    let party = |key: &str| {
        let value = options.value(key)?;
        let party = value.try_cast::<PartyHandle>();
        if party.is_none() {
            options.wrong(
                key,
                say!("a party: `let city = party(…);`", "当事者: `let city = party(…);`"),
            );
        }
        party.map(|party| party.0)
    };
    let position = desk.bench.argument(context.call_position(), 1);
    desk.check_identifier(context, id, &["cap", "minimum", "tax"]);
    let (payer, to) = (party("by"), party("to"));
    if payer.is_some() && payer == to {
        options.wrong("to", say!("someone else than `by`", "`by` と別の当事者"));
    }
    let line = LineDraft {
        id: id.to_owned(),
        title: options.title("title").unwrap_or_else(|| Text::from(id)),
        price: Closure::freeze(price, position),
        gate: options.closure("gate"),
        payer,
        to,
        at: options.dates("at"),
        at_place: options.place("at"),
        cap: desk.money_option(&options, "cap"),
        cap_each: desk.money_option(&options, "cap_each"),
        clause: options.text("clause"),
        place: options.here(),
    };
    let mut draft = desk.draft();
    let lines = if word == "pay" { &mut draft.lines } else { &mut draft.offsets };
    let twice = lines.iter().any(|known| known.id == id);
    lines.push(line);
    drop(draft);
    if twice {
        desk.report(context, taken(&say!("line", "支払項目"), id));
    }
}
