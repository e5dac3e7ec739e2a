//! `cost` and `deferred_fee`: what the programme costs, and fees that wait.

use rhai::{Dynamic, Engine, FnPtr, Map, NativeCallContext};

use super::{dated, dated_words, party, rank};
use crate::contract::CostKind;
use crate::contract::read::{AmountsDraft, CostDraft, DeferredDraft};
use crate::contract::vocabulary::{Desk, taken};
use crate::problem::{Problem, Text, say};
use crate::script::{Closure, Options, describe};

const KINDS: &[(&str, CostKind)] = &[
    ("delivery", CostKind::Delivery),
    ("evaluation", CostKind::Evaluation),
    ("other", CostKind::Other),
];

pub(super) fn register(engine: &mut Engine, desk: &Desk) {
    let at = desk.clone();
    engine.register_fn(
        "cost",
        move |context: NativeCallContext, id: &str, amount: Dynamic, map: Map| {
            cost(&at, &context, id, amount, map);
        },
    );
    let at = desk.clone();
    engine.register_fn("cost", move |context: NativeCallContext, id: &str, amount: Dynamic| {
        cost(&at, &context, id, amount, Map::new());
    });
    let at = desk.clone();
    engine.register_fn(
        "deferred_fee",
        move |context: NativeCallContext, id: &str, amount: Dynamic, map: Map| {
            deferred_fee(&at, &context, id, amount, map);
        },
    );
}

/// The amounts that a word is given: dated ones, or a closure over evaluations.
fn amounts(
    desk: &Desk,
    context: &NativeCallContext,
    options: &Options,
    given: Dynamic,
) -> Option<AmountsDraft> {
    let position = desk.bench.argument(context.call_position(), 1);
    if let Some(function) = given.clone().try_cast::<FnPtr>() {
        return Some(AmountsDraft::Linked {
            amount: Closure::freeze(function, position),
            at: options.dates("at"),
            at_place: options.place("at"),
        });
    }
    if options.has("at") {
        options.wrong(
            "at",
            say!(
                "dates of evaluations, with a closure; dated amounts have their own dates",
                "クロージャの場合の評価日（日付と金額の並びには不要）"
            ),
        );
    }
    let found = describe(&given);
    let dated = dated(desk, given);
    if dated.is_none() {
        let word = context.fn_name();
        let listed = dated_words(desk);
        desk.bench.report(
            Problem::error(
                "wrong-amounts",
                say!("`{word}` cannot take these amounts", "`{word}` の金額として使えません"),
            )
            .found(found)
            .expected(say!(
                "{}; or a closure such as |e| e[joined] * yen(3_000)",
                "{}。または |e| e[joined] * yen(3_000) のようなクロージャ",
                listed
            ))
            .maybe_at(desk.bench.place(position)),
        );
    }
    dated.map(AmountsDraft::Dated)
}

fn cost(desk: &Desk, context: &NativeCallContext, id: &str, amount: Dynamic, map: Map) {
    desk.declare(context);
    const KEYS: &[&str] = &["title", "kind", "by", "to", "at", "clause"];
    let options = Options::read(&desk.bench, context, 2, map, KEYS);
    desk.check_identifier(context, id, &[]);
    let (by, to) = (party(&options, "by"), party(&options, "to"));
    if by.is_some() && by == to {
        options.wrong("to", say!("someone else than `by`", "`by` と別の当事者"));
    }
    let Some(amount) = amounts(desk, context, &options, amount) else { return };
    let cost = CostDraft {
        id: id.to_owned(),
        title: options.title("title").unwrap_or_else(|| Text::from(id)),
        kind: options.choice("kind", KINDS).unwrap_or(CostKind::Delivery),
        by,
        to,
        amount,
        clause: options.text("clause"),
        place: options.here(),
    };
    let known = &mut desk.draft().finance;
    let again = known.costs.iter().any(|other| other.id == id);
    known.costs.push(cost);
    if again {
        once_more(desk, context, &say!("cost", "費用"), id);
    }
}

fn deferred_fee(desk: &Desk, context: &NativeCallContext, id: &str, amount: Dynamic, map: Map) {
    desk.declare(context);
    const KEYS: &[&str] = &["title", "to", "rank", "at", "clause"];
    let options = Options::read(&desk.bench, context, 2, map, KEYS);
    desk.check_identifier(context, id, &[]);
    if !options.has("rank") {
        options.missing("rank", say!("its rank among the investments", "投資の順位の中での順位"));
    }
    let Some(amount) = amounts(desk, context, &options, amount) else { return };
    let fee = DeferredDraft {
        id: id.to_owned(),
        title: options.title("title").unwrap_or_else(|| Text::from(id)),
        to: party(&options, "to"),
        amount,
        rank: rank(&options).unwrap_or(1),
        clause: options.text("clause"),
        place: options.here(),
    };
    let known = &mut desk.draft().finance;
    let again = known.deferred.iter().any(|other| other.id == id);
    known.deferred.push(fee);
    if again {
        once_more(desk, context, &say!("deferred fee", "後払いの報酬"), id);
    }
}

fn once_more(desk: &Desk, context: &NativeCallContext, kind: &Text, id: &str) {
    let problem = taken(kind, id);
    desk.bench.report(problem.maybe_at(desk.bench.place(context.call_position())));
}
