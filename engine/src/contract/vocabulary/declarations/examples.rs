//! Worked examples, which both sides agree on.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rhai::{Array, Dynamic, Engine, Map, NativeCallContext};
use rust_decimal::Decimal;

use super::super::Desk;
use crate::contract::ExampleAt;
use crate::contract::read::ExampleDraft;
use crate::problem::{Problem, Text, say};
use crate::script::{Options, describe, text_of};

pub(super) fn register(engine: &mut Engine, desk: &Desk) {
    let at = desk.clone();
    engine.register_fn(
        "example",
        move |context: NativeCallContext, name: Dynamic, outcomes: Map, expected: Dynamic| {
            example(&at, &context, &name, vec![outcomes], false, &expected);
        },
    );
    let at = desk.clone();
    engine.register_fn(
        "example",
        move |context: NativeCallContext, name: Dynamic, dates: Array, expected: Dynamic| {
            let mut maps = Vec::new();
            for date in dates {
                let found = describe(&date);
                match date.try_cast::<Map>() {
                    Some(map) => maps.push(map),
                    None => at.report(
                        &context,
                        Problem::error(
                            "wrong-example",
                            say!(
                                "an entry is not `#{{ … }}`",
                                "項目が `#{{ … }}` の形になっていません"
                            ),
                        )
                        .found(found)
                        .expected(say!(
                            "#{{ at: \"2024-03-31\", … }}",
                            "#{{ at: \"2024-03-31\", … }}"
                        )),
                    ),
                }
            }
            example(&at, &context, &name, maps, true, &expected);
        },
    );
}

fn example(
    desk: &Desk,
    context: &NativeCallContext,
    name: &Dynamic,
    maps: Vec<Map>,
    listed: bool,
    expected: &Dynamic,
) {
    desk.declare(context);
    let named = name_of(desk, context, name);
    let expected = match desk.money(context, &say!("the expected amount", "金額"), expected) {
        Ok(node) => desk.bench.graph(|graph| graph.literal(node)),
        Err(_) => None,
    };
    let draft = desk.draft();
    let indicators: Vec<String> =
        draft.indicators.iter().map(|indicator| indicator.id.clone()).collect();
    let dates: Vec<_> = draft.evaluations.iter().map(|evaluation| evaluation.at).collect();
    drop(draft);
    let known: Vec<&str> = ["at", "n", "lower", "upper", "paid_before", "ended"]
        .into_iter()
        .chain(indicators.iter().map(String::as_str))
        .collect();
    if maps.is_empty() {
        desk.report(
            context,
            Problem::error("wrong-example", say!("the list is empty", "並びが空です")).expected(
                say!("[#{{ at: \"2024-03-31\", … }}, …]", "[#{{ at: \"2024-03-31\", … }}, …]"),
            ),
        );
    }
    let mut paid_before = Decimal::ZERO;
    let mut read = Vec::new();
    for (position, map) in maps.into_iter().enumerate() {
        let options = if listed {
            Options::read_entry(&desk.bench, context, (1, position), map, &known)
        } else {
            Options::read(&desk.bench, context, 1, map, &known)
        };
        let at = if options.has("at") {
            options.date("at")
        } else {
            dates.first().copied().filter(|_| dates.len() == 1)
        };
        let names = dates.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let Some(at) = at else {
            if !options.has("at") {
                options.missing("at", Text::from(names));
            }
            continue;
        };
        let Some(evaluation) = dates.iter().position(|date| *date == at) else {
            options.wrong("at", say!("an evaluation: {names}", "評価日: {names}"));
            continue;
        };
        paid_before = desk.money_option(&options, "paid_before").unwrap_or(paid_before);
        let mut outcomes = BTreeMap::new();
        for (position, id) in indicators.iter().enumerate() {
            if let Some(value) = outcome(desk, &options, position, id, at) {
                outcomes.insert(position, value);
            }
        }
        let mut measured = BTreeMap::new();
        let counts = options.value("n").map(Dynamic::try_cast::<Map>);
        if counts.as_ref().is_some_and(Option::is_none) {
            options.wrong("n", say!("#{{ indicator: 30, … }}", "#{{ 指標: 30, … }}"));
        }
        if let Some(counts) = counts.flatten() {
            let ids: Vec<&str> = indicators.iter().map(String::as_str).collect();
            let counts = options.inner("n", counts, &ids);
            for (position, id) in indicators.iter().enumerate() {
                if let Some(count) = counts.count(id) {
                    measured.insert(position, count);
                }
            }
        }
        let [lower, upper] = ["lower", "upper"].map(|key| bounds(&options, key, &indicators));
        let ended = options.date("ended");
        read.push(ExampleAt { evaluation, outcomes, measured, ended, lower, upper });
    }
    read.sort_by_key(|date| date.evaluation);
    let several = read.len() > 1;
    let consecutive = read.iter().enumerate().all(|(at, date)| date.evaluation == at);
    if several && (!consecutive || !paid_before.is_zero()) {
        desk.report(
            context,
            Problem::error(
                "example-dates",
                say!(
                    "an example over several dates lists each evaluation from the first on, once, without `paid_before`",
                    "複数日の計算例は、最初の評価日から順に一度ずつ並べ、`paid_before` は使いません"
                ),
            )
            .help(say!(
                "or write one example per date, with `paid_before`",
                "または日付ごとに計算例を分け、`paid_before` を書いてください"
            )),
        );
    }
    if let Some(expected) = expected {
        let place = desk.bench.place(context.call_position());
        desk.draft().examples.push(ExampleDraft {
            name: named,
            dates: read,
            paid_before,
            expected,
            place,
        });
    } else {
        desk.report(
            context,
            Problem::error(
                "not-money",
                say!(
                    "the expected amount of `example` must be money",
                    "`example` の金額は金額でなければなりません"
                ),
            )
            .expected(say!("an amount such as yen(1_000_000)", "yen(1_000_000) のような金額")),
        );
    }
}

/// What an example is called: a text, or one in each language.
fn name_of(desk: &Desk, context: &NativeCallContext, name: &Dynamic) -> Text {
    text_of(name).unwrap_or_else(|| {
        let problem = Problem::error(
            "wrong-example",
            say!("this is no name of an example", "計算例の名前として読めません"),
        );
        let expected =
            say!("text, or #{{ ja: \"…\", en: \"…\" }}", "文字列か #{{ ja: \"…\", en: \"…\" }}");
        desk.report(context, problem.found(describe(name)).expected(expected));
        Text::default()
    })
}

/// The bounds an example gives: `lower: #{ sbp: 1.2 }`.
fn bounds(options: &Options, key: &str, indicators: &[String]) -> BTreeMap<usize, Decimal> {
    let Some(given) = options.value(key) else { return BTreeMap::new() };
    let Some(given) = given.try_cast::<Map>() else {
        options.wrong(key, say!("#{{ indicator: 1.2, … }}", "#{{ 指標: 1.2, … }}"));
        return BTreeMap::new();
    };
    let ids: Vec<&str> = indicators.iter().map(String::as_str).collect();
    let given = options.inner(key, given, &ids);
    let bound = |(position, id): (usize, &String)| Some((position, given.amount(id)?));
    indicators.iter().enumerate().filter_map(bound).collect()
}

/// The value an example gives to an indicator, which must be one it can have.
fn outcome(
    desk: &Desk,
    options: &Options,
    indicator: usize,
    id: &str,
    at: Date,
) -> Option<Decimal> {
    let node = options.node(id)?;
    let (unit, value) = desk.bench.graph(|graph| (graph.unit(node).clone(), graph.literal(node)));
    let Some(value) = value.filter(|_| unit.is_quantity()) else {
        options.wrong(id, say!("a number", "数"));
        return None;
    };
    let (share, dates) = {
        let draft = desk.draft();
        let declared = &draft.indicators[indicator];
        (declared.word == "share" && declared.design.baseline.is_none(), declared.at.clone())
    };
    if share && !(Decimal::ZERO..=Decimal::ONE).contains(&value) {
        options.wrong(
            id,
            say!(
                "a share from 0 to 1, or percent({value})",
                "0 から 1 までの割合、または percent({value})"
            ),
        );
    }
    if let Some(dates) = dates.filter(|dates| !dates.contains(&at)) {
        let known = dates.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        options.wrong(
            id,
            say!("nothing at {at}: it is measured at {known}", "{at} には不要。測定日は {known}"),
        );
    }
    Some(value)
}
