//! What a payment may ask of an outcome's uncertainty: a one-sided bound, or significance.

use rhai::{Dynamic, Engine, NativeCallContext};
use rust_decimal::Decimal;

use super::{Desk, Fallible};
use crate::contract::{Better, Bound};
use crate::expr::{Interval, Node, NodeId, Relation};
use crate::problem::{Problem, say};
use crate::script::{Quantity, clash};

pub(super) fn register(engine: &mut Engine, desk: &Desk) {
    for (word, upper) in [("lower", false), ("upper", true)] {
        let at = desk.clone();
        engine.register_fn(
            word,
            move |context: NativeCallContext, outcome: Quantity, level: Dynamic| {
                limit(&at, &context, outcome, &level, upper)
            },
        );
    }
    let at = desk.clone();
    engine.register_fn(
        "significant",
        move |context: NativeCallContext, outcome: Quantity, level: Dynamic| {
            significant(&at, &context, outcome, &level, None)
        },
    );
    let at = desk.clone();
    engine.register_fn(
        "significant",
        move |context: NativeCallContext, outcome: Quantity, level: Dynamic, than: Dynamic| {
            significant(&at, &context, outcome, &level, Some(&than))
        },
    );
}

/// The outcome that a value is: its position in the draft.
fn position(desk: &Desk, context: &NativeCallContext, outcome: Quantity) -> Fallible<usize> {
    let draft = desk.draft();
    let found = draft.outcomes.iter().position(|known| {
        desk.bench.graph(|graph| *graph.node(outcome.node) == Node::Symbol(known.value))
    });
    drop(draft);
    found.ok_or_else(|| {
        let word = context.fn_name().to_owned();
        desk.raise(
            context,
            Problem::error(
                "not-an-outcome",
                say!("`{word}` asks about an outcome", "`{word}` は成果について尋ねる語です"),
            )
            .expected(say!("{word}(e[indicator], …)", "{word}(e[指標], …)")),
        )
    })
}

/// A level between `low` and 1, known now.
fn level(
    desk: &Desk,
    context: &NativeCallContext,
    value: &Dynamic,
    (low, high, usual): (Decimal, Decimal, &str),
) -> Fallible<Decimal> {
    let node = desk.node(context, &say!("the level", "水準"), value)?;
    let known = desk.bench.graph(|graph| graph.literal(node));
    known.filter(|level| low < *level && *level < high).ok_or_else(|| {
        let word = context.fn_name().to_owned();
        desk.raise(
            context,
            Problem::error(
                "wrong-level",
                say!(
                    "the level of `{word}` must lie between {low} and {high}",
                    "`{word}` の水準は {low} と {high} の間でなければなりません"
                ),
            )
            .expected(say!("a level such as {usual}", "{usual} のような水準")),
        )
    })
}

/// The symbol of an outcome's bound, made when it is first asked for.
fn bound(desk: &Desk, position: usize, level: Decimal, upper: bool) -> NodeId {
    let level = level.normalize();
    let mut draft = desk.draft();
    let outcome = draft.outcomes[position].value;
    let side = if upper { "upper" } else { "lower" };
    desk.bench.graph(|graph| {
        let value = graph.symbol_of(outcome).clone();
        let name = format!("{side}:{level}:{}", value.name);
        // A bound may lie beyond what the value can be.
        let node = graph.symbol(&name, value.unit, Interval::ALL);
        let known = draft.outcomes[position]
            .bounds
            .iter()
            .any(|known| known.upper == upper && known.level == level);
        if let (false, Node::Symbol(symbol)) = (known, graph.node(node)) {
            let bound = Bound { upper, level, value: *symbol };
            draft.outcomes[position].bounds.push(bound);
        }
        node
    })
}

/// The bound, read as the indicator's value is.
fn limit(
    desk: &Desk,
    context: &NativeCallContext,
    outcome: Quantity,
    at: &Dynamic,
    upper: bool,
) -> Fallible<Quantity> {
    let position = position(desk, context, outcome)?;
    let at = level(desk, context, at, (Decimal::new(5, 1), Decimal::ONE, "0.95"))?;
    let node = bound(desk, position, at, upper);
    let read = {
        let draft = desk.draft();
        draft.indicators[draft.outcomes[position].indicator].read
    };
    let node = match read {
        Some(rounding) => desk.bench.graph(|graph| graph.round(node, rounding)),
        None => node,
    };
    Ok(desk.made(context, node))
}

/// Whether the bound on the side of no effect is better than it; asked as a comparison, so that
/// `if significant(…)` branches as any other condition.
fn significant(
    desk: &Desk,
    context: &NativeCallContext,
    outcome: Quantity,
    at: &Dynamic,
    than: Option<&Dynamic>,
) -> Fallible<bool> {
    let position = position(desk, context, outcome)?;
    let at = level(desk, context, at, (Decimal::ZERO, Decimal::new(5, 1), "0.05"))?;
    let (better, no_effect, id) = {
        let draft = desk.draft();
        let indicator = draft.outcomes[position].indicator;
        let declared = &draft.indicators[indicator];
        (declared.better, draft.no_effects[indicator], declared.id.clone())
    };
    let than = match (than, no_effect) {
        (Some(than), _) => {
            desk.node(context, &say!("the value to exceed", "超えるべき値"), than)?
        }
        (None, Some(no_effect)) => desk.bench.graph(|graph| {
            let unit = graph.unit(outcome.node).clone();
            graph.number(no_effect, unit)
        }),
        (None, None) => {
            return Err(desk.raise(
                context,
                Problem::error(
                    "no-effect-unknown",
                    say!(
                        "significant against what? `{id}` compares with nothing",
                        "何に対して有意かが不明です。`{id}` は何とも比較していません"
                    ),
                )
                .help(say!(
                    "name the value to exceed, significant(e[{id}], 0.05, 0.3), or give `{id}` a `baseline`",
                    "超えるべき値を書くか（significant(e[{id}], 0.05, 0.3)）、`{id}` に `baseline` を定めてください"
                )),
            ));
        }
    };
    let upper = better == Better::Lower;
    let node = bound(desk, position, Decimal::ONE - at, upper);
    let condition = desk.bench.graph(|graph| match better {
        Better::Higher => graph.compare(Relation::Less, than, node),
        Better::Lower => graph.compare(Relation::Less, node, than),
    });
    let condition = condition.map_err(|problem| desk.raise(context, clash(&problem)))?;
    desk.bench.ask(condition).map_err(|problem| desk.raise(context, problem))
}
