//! `guarantee`: a party that makes good what investors do not get back.

use rhai::{Array, Dynamic, Engine, Map, NativeCallContext};
use rust_decimal::Decimal;

use super::{amount_option, dated_option, rank};
use crate::contract::read::{GuaranteeDraft, PartyHandle, Places, TrancheHandle};
use crate::contract::vocabulary::{Desk, amount_of};
use crate::problem::say;
use crate::script::Options;

const KEYS: &[&str] = &["of", "most", "at", "beyond", "covers", "rank", "clause"];

pub(super) fn register(engine: &mut Engine, desk: &Desk) {
    let at = desk.clone();
    engine.register_fn(
        "guarantee",
        move |context: NativeCallContext, by: PartyHandle, map: Map| {
            guarantee(&at, &context, by, map);
        },
    );
}

fn guarantee(desk: &Desk, context: &NativeCallContext, by: PartyHandle, map: Map) {
    desk.declare(context);
    let options = Options::read(&desk.bench, context, 1, map, KEYS);
    if !options.has("most") && !options.has("at") {
        options.missing("most", amount_of(desk.currency().as_ref()));
    }
    let draft = GuaranteeDraft {
        by: by.0,
        of: of(&options),
        schedule: dated_option(desk, &options, "at").unwrap_or_default(),
        most: amount_option(desk, &options, "most"),
        beyond: desk.money_option(&options, "beyond").unwrap_or(Decimal::ZERO),
        covers_return: options
            .choice("covers", &[("principal", false), ("all", true)])
            .unwrap_or(false),
        rank: rank(&options),
        clause: options.text("clause"),
        places: Places::of(&options, KEYS),
        place: options.here(),
    };
    desk.draft().finance.guarantees.push(draft);
}

/// The investments it is for, in order: one or a list; all of them where none is said.
fn of(options: &Options) -> Option<Vec<usize>> {
    let value = options.value("of")?;
    if let Some(one) = value.clone().try_cast::<TrancheHandle>() {
        return Some(vec![one.0]);
    }
    let handle = |of: Dynamic| of.try_cast::<TrancheHandle>().map(|of| of.0);
    let list: Option<Vec<usize>> =
        value.try_cast::<Array>().and_then(|list| list.into_iter().map(handle).collect());
    let list = list.filter(|list| {
        let again = |(at, of): (usize, &usize)| list[..at].contains(of);
        !list.is_empty() && !list.iter().enumerate().any(again)
    });
    if list.is_none() {
        options.wrong(
            "of",
            say!(
                "an investment, `let senior = invest(…);`, or several in a list, each once",
                "投資（`let senior = invest(…);`）、またはその並び（それぞれ一度ずつ）"
            ),
        );
    }
    list
}
