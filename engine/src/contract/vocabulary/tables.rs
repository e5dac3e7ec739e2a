//! Payment tables: the rules that real contracts use, by name.

use rhai::{Array, Dynamic, Engine, EvalAltResult, Map, NativeCallContext, Position};
use rust_decimal::Decimal;

use super::values::{AMOUNT_MAX, too_large};
use super::{Desk, Fallible};
use crate::expr::{Graph, NodeId, Relation, Unit, UnitClash};
use crate::problem::{Problem, say};
use crate::script::{Options, Quantity, clash, describe, raise};

/// Whether a value on a threshold has reached it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Boundary {
    AtOrAbove,
    Above,
}

pub(super) fn register(engine: &mut Engine, desk: &Desk) {
    let at = desk.clone();
    engine.register_fn("tiers", move |context: NativeCallContext, value: Dynamic, table: Array| {
        tiers(&at, &context, &value, &table, Boundary::AtOrAbove)
    });
    let at = desk.clone();
    engine.register_fn(
        "tiers",
        move |context: NativeCallContext, value: Dynamic, table: Array, map: Map| {
            let options = Options::read(&at.bench, &context, 2, map, &["boundary"]);
            let choices = [("at_or_above", Boundary::AtOrAbove), ("above", Boundary::Above)];
            let boundary = options.choice("boundary", &choices).unwrap_or(Boundary::AtOrAbove);
            tiers(&at, &context, &value, &table, boundary)
        },
    );
    let at = desk.clone();
    engine.register_fn("bands", move |context: NativeCallContext, value: Dynamic, table: Array| {
        bands(&at, &context, &value, table)
    });
    let at = desk.clone();
    engine.register_fn(
        "linear",
        move |context: NativeCallContext, value: Dynamic, low: Array, high: Array| {
            linear(&at, &context, &value, &low, &high, None)
        },
    );
    let at = desk.clone();
    engine.register_fn(
        "linear",
        move |context: NativeCallContext, value: Dynamic, low: Array, high: Array, map: Map| {
            let options = Options::read(&at.bench, &context, 3, map, &["jump"]);
            let jump = options.value("jump");
            linear(&at, &context, &value, &low, &high, jump.as_ref())
        },
    );
    let at = desk.clone();
    engine.register_fn(
        "pro_rata",
        move |context: NativeCallContext, value: Dynamic, target: Dynamic, full: Dynamic| {
            pro_rata(&at, &context, &value, &target, &full)
        },
    );
    let at = desk.clone();
    engine.register_fn(
        "per_head",
        move |context: NativeCallContext, heads: Dynamic, price: Dynamic| {
            let heads = at.node(&context, &say!("the number of people", "人数"), &heads)?;
            let price = at.money(&context, &say!("the price", "単価"), &price)?;
            built(&at, &context, |graph| graph.multiply(price, heads))
        },
    );
    let at = desk.clone();
    engine.register_fn(
        "all_or_nothing",
        move |context: NativeCallContext, reached: bool, full: Dynamic| -> Fallible<Quantity> {
            let full = at.money(&context, &say!("the amount", "金額"), &full)?;
            let zero = at.bench.graph(|graph| {
                let unit = graph.unit(full).clone();
                graph.number(Decimal::ZERO, unit)
            });
            Ok(at.made(&context, if reached { full } else { zero }))
        },
    );
}

/// A threshold and what is paid from there.
struct Step {
    from: NodeId,
    from_value: Decimal,
    pay: NodeId,
}

fn built(
    desk: &Desk,
    context: &NativeCallContext,
    build: impl FnOnce(&mut Graph) -> Result<NodeId, UnitClash>,
) -> Fallible<Quantity> {
    let node = desk.bench.graph(build).map_err(|problem| desk.raise(context, clash(&problem)))?;
    Ok(desk.made(context, node))
}

/// The pair `[threshold, amount]`.
fn step(
    desk: &Desk,
    context: &NativeCallContext,
    place: Position,
    entry: &Dynamic,
) -> Fallible<Step> {
    let pair = entry.read_lock::<Array>().filter(|pair| pair.len() == 2).map(|pair| pair.clone());
    let Some(pair) = pair else {
        return Err(raise(
            Problem::error(
                "wrong-table",
                say!("a table entry is not a pair", "表の項目が組になっていません"),
            )
            .found(describe(entry))
            .expected(say!("[threshold, yen(amount)]", "[しきい値, yen(金額)]"))
            .maybe_at(desk.bench.place(place)),
        ));
    };
    let from = desk.node(context, &say!("the threshold", "しきい値"), &pair[0])?;
    let pay = desk.money(context, &say!("the amount", "金額"), &pair[1])?;
    let Some(from_value) = desk.bench.graph(|graph| graph.literal(from)) else {
        return Err(desk.raise(
            context,
            Problem::error(
                "wrong-table",
                say!(
                    "a threshold must be a number that is known now",
                    "しきい値は確定した数でなければなりません"
                ),
            ),
        ));
    };
    if from_value.abs() > Decimal::from(AMOUNT_MAX) {
        return Err(desk.raise(context, too_large()));
    }
    Ok(Step { from, from_value, pay })
}

fn tiers(
    desk: &Desk,
    context: &NativeCallContext,
    value: &Dynamic,
    table: &Array,
    boundary: Boundary,
) -> Fallible<Quantity> {
    let value = desk.node(context, &say!("the value", "値"), value)?;
    let steps: Vec<Step> = table
        .iter()
        .enumerate()
        .map(|(position, entry)| {
            let place = desk.bench.entry(context.call_position(), 1, position);
            step(desk, context, place, entry)
        })
        .collect::<Fallible<_>>()?;
    if steps.is_empty() {
        return Err(desk.raise(
            context,
            Problem::error("wrong-table", say!("the table is empty", "表が空です"))
                .expected(say!("[[3, yen(…)], [5, yen(…)]]", "[[3, yen(…)], [5, yen(…)]]")),
        ));
    }
    for (position, pair) in steps.windows(2).enumerate() {
        let place = desk.bench.entry(context.call_position(), 1, position + 1);
        ordered(desk, place, pair[0].from_value, pair[1].from_value)?;
    }
    share_thresholds(desk, context, value, steps.iter().map(|step| step.from_value))?;
    built(desk, context, |graph| {
        let unit = graph.unit(steps[0].pay).clone();
        let mut pay = graph.number(Decimal::ZERO, unit);
        // From the lowest threshold up, each wrapping what is paid below it.
        for step in &steps {
            let reached = match boundary {
                Boundary::AtOrAbove => graph.compare(Relation::AtMost, step.from, value)?,
                Boundary::Above => graph.compare(Relation::Less, step.from, value)?,
            };
            pay = graph.select(reached, step.pay, pay)?;
        }
        Ok(pay)
    })
}

/// A problem of one entry of the table that is a call's second argument.
fn at_entry(
    desk: &Desk,
    context: &NativeCallContext,
    entry: usize,
    problem: Problem,
) -> Box<EvalAltResult> {
    let place = desk.bench.entry(context.call_position(), 1, entry);
    raise(problem.maybe_at(desk.bench.place(place)))
}

fn ordered(desk: &Desk, place: Position, first: Decimal, second: Decimal) -> Fallible<()> {
    if first < second {
        return Ok(());
    }
    Err(raise(
        Problem::error(
            "table-out-of-order",
            say!(
                "the table is out of order: {second} comes after {first}",
                "表の順序が正しくありません: {first} の後に {second} があります"
            ),
        )
        .expected(say!("thresholds that rise from entry to entry", "しきい値は小さい順に並べます"))
        .help(say!(
            "sort the entries; for \"the lower the better\" use `bands`",
            "並べ替えてください。低いほど良い指標には `bands` を使います"
        ))
        .maybe_at(desk.bench.place(place)),
    ))
}

/// A threshold above 1 for a share: someone wrote 30 for 30%.
fn share_thresholds(
    desk: &Desk,
    context: &NativeCallContext,
    value: NodeId,
    thresholds: impl Iterator<Item = Decimal>,
) -> Fallible<()> {
    let of_shares = |graph: &mut Graph| matches!(graph.unit(value), Unit::Share | Unit::Points);
    if !desk.bench.graph(of_shares) {
        return Ok(());
    }
    for threshold in thresholds {
        if threshold.abs() > Decimal::ONE {
            return Err(desk.raise(
                context,
                Problem::error(
                    "share-above-one",
                    say!(
                        "a share is compared with {threshold}, but shares are fractions",
                        "割合を {threshold} と比べていますが、割合は 0 から 1 の小数です"
                    ),
                )
                .expected(say!("a number from 0 to 1", "0 から 1 までの数"))
                .help(say!("write percent({threshold})", "percent({threshold}) と書いてください")),
            ));
        }
    }
    Ok(())
}

fn bands(
    desk: &Desk,
    context: &NativeCallContext,
    value: &Dynamic,
    table: Array,
) -> Fallible<Quantity> {
    struct Band {
        from: Option<Decimal>,
        below: Option<Decimal>,
        pay: NodeId,
    }
    let value = desk.node(context, &say!("the value", "値"), value)?;
    let mut bands = Vec::new();
    for (position, entry) in table.into_iter().enumerate() {
        let Some(map) = entry.clone().try_cast::<Map>() else {
            return Err(desk.raise(
                context,
                Problem::error(
                    "wrong-table",
                    say!("a band is not `#{{ … }}`", "区間が `#{{ … }}` の形になっていません"),
                )
                .found(describe(&entry))
                .expected(say!(
                    "#{{ from: 3, below: 5, pay: yen(…) }}",
                    "#{{ from: 3, below: 5, pay: yen(…) }}"
                )),
            ));
        };
        let options = Options::read_entry(
            &desk.bench,
            context,
            (1, position),
            map,
            &["from", "below", "pay"],
        );
        let Some(pay) = options.value("pay") else {
            options.missing(
                "pay",
                say!("an amount such as yen(1_000_000)", "yen(1_000_000) のような金額"),
            );
            continue;
        };
        let pay = desk.money(context, &say!("the amount", "金額"), &pay)?;
        bands.push(Band { from: options.number("from"), below: options.number("below"), pay });
    }
    for (position, pair) in bands.windows(2).enumerate() {
        let here = |problem: Problem| at_entry(desk, context, position + 1, problem);
        let (Some(end), Some(start)) = (pair[0].below, pair[1].from) else {
            return Err(here(Problem::error(
                "wrong-table",
                say!(
                    "only the first band may lack `from` and only the last `below`",
                    "`from` を省けるのは最初、`below` を省けるのは最後の区間だけです"
                ),
            )));
        };
        if end != start {
            let (id, message) = if end < start {
                (
                    "table-gap",
                    say!(
                        "the table has a gap from {end} to {start}",
                        "表に {end} から {start} までの隙間があります"
                    ),
                )
            } else {
                (
                    "table-overlap",
                    say!(
                        "the table overlaps from {start} to {end}",
                        "表が {start} から {end} まで重なっています"
                    ),
                )
            };
            return Err(here(Problem::error(id, message).expected(say!(
                "each band begins where the one before ends",
                "各区間は前の区間の終わりから始まります"
            ))));
        }
    }
    for (position, band) in bands.iter().enumerate() {
        if let (Some(from), Some(below)) = (band.from, band.below) {
            let place = desk.bench.entry(context.call_position(), 1, position);
            ordered(desk, place, from, below)?;
        }
    }
    let ends = bands.iter().flat_map(|band| [band.from, band.below]).flatten();
    share_thresholds(desk, context, value, ends)?;
    let Some(first) = bands.first() else {
        return Err(desk.raise(
            context,
            Problem::error("wrong-table", say!("the table is empty", "表が空です")),
        ));
    };
    built(desk, context, |graph| {
        let unit = graph.unit(first.pay).clone();
        let mut pay = graph.number(Decimal::ZERO, unit);
        for band in &bands {
            let mut inside = graph.truth(true);
            if let Some(from) = band.from {
                let from = graph.number(from, Unit::Bare);
                inside = graph.compare(Relation::AtMost, from, value)?;
            }
            if let Some(below) = band.below {
                let below = graph.number(below, Unit::Bare);
                let under = graph.compare(Relation::Less, value, below)?;
                inside = graph.both(inside, under);
            }
            pay = graph.select(inside, band.pay, pay)?;
        }
        Ok(pay)
    })
}

/// Flat outside its ends; with a jump, nothing below the lower end and the jump on it.
fn linear(
    desk: &Desk,
    context: &NativeCallContext,
    value: &Dynamic,
    low: &Array,
    high: &Array,
    jump: Option<&Dynamic>,
) -> Fallible<Quantity> {
    let value = desk.node(context, &say!("the value", "値"), value)?;
    let place = |argument| desk.bench.argument(context.call_position(), argument);
    let low = step(desk, context, place(1), &Dynamic::from(low.clone()))?;
    let high = step(desk, context, place(2), &Dynamic::from(high.clone()))?;
    ordered(desk, place(2), low.from_value, high.from_value)?;
    let ends = [low.from_value, high.from_value].into_iter();
    share_thresholds(desk, context, value, ends)?;
    let start = match jump {
        Some(jump) => desk.money(context, &say!("the jump", "下限到達時の額"), jump)?,
        None => low.pay,
    };
    built(desk, context, |graph| {
        // Clamping the value first keeps the line between its ends, for bounds as for payment.
        let below = graph.smaller(value, high.from)?;
        let clamped = graph.larger(below, low.from)?;
        let above = graph.subtract(clamped, low.from)?;
        let run = graph.number(high.from_value - low.from_value, graph.unit(above).clone());
        let part = graph.divide(above, run)?;
        let rise = graph.subtract(high.pay, start)?;
        let slope = graph.multiply(rise, part)?;
        let inside = graph.add(start, slope)?;
        if jump.is_none() {
            return Ok(inside);
        }
        let reached = graph.compare(Relation::AtMost, low.from, value)?;
        graph.select(reached, inside, low.pay)
    })
}

/// `full × value ÷ target`, from nothing up to `full`.
fn pro_rata(
    desk: &Desk,
    context: &NativeCallContext,
    value: &Dynamic,
    target: &Dynamic,
    full: &Dynamic,
) -> Fallible<Quantity> {
    let value = desk.node(context, &say!("the value", "値"), value)?;
    let target = desk.node(context, &say!("the target", "目標値"), target)?;
    let full = desk.money(context, &say!("the full amount", "満額"), full)?;
    let goal = desk.bench.graph(|graph| graph.literal(target));
    if let Some(goal) = goal {
        if goal <= Decimal::ZERO {
            return Err(desk.raise(
                context,
                Problem::error(
                    "wrong-target",
                    say!("a target must be above 0", "目標値は 0 より大きくなければなりません"),
                )
                .found(crate::problem::Text::from(goal.to_string()))
                .expected(say!("the value that earns the full amount", "満額になる値")),
            ));
        }
        share_thresholds(desk, context, value, std::iter::once(goal))?;
    }
    built(desk, context, |graph| {
        let zero = graph.number(Decimal::ZERO, Unit::Bare);
        let reached = graph.smaller(value, target)?;
        let reached = graph.larger(reached, zero)?;
        let part = graph.divide(reached, target)?;
        graph.multiply(full, part)
    })
}
