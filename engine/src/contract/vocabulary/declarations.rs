//! Declarations: the contract itself, parties, dates, evidence, limits, examples, parameters.

use std::collections::BTreeMap;

use rhai::{Array, Dynamic, Engine, Map, NativeCallContext};
use rust_decimal::Decimal;

use super::{Desk, Fallible, RuleValue, taken};
use crate::contract::read::{ExampleDraft, Header, PartyHandle};
use crate::contract::{Column, ColumnKind, Evaluation, ExampleAt, Parameter, Party, Role, Tax};
use crate::expr::Unit;
use crate::problem::{Problem, Text, say};
use crate::script::{Options, Quantity, date_of, describe};

/// `number("mmHg", 60, 260)` and its kin, as values.
#[derive(Debug, Clone)]
struct ColumnType(ColumnKind);

pub(super) fn register(engine: &mut Engine, desk: &Desk) {
    engine.register_type_with_name::<PartyHandle>("party");
    engine.register_type_with_name::<ColumnType>("column type");
    let at = desk.clone();
    engine.register_fn("contract", move |context: NativeCallContext, id: &str, map: Map| {
        contract(&at, &context, id, map);
    });
    let at = desk.clone();
    engine.register_fn("party", move |context: NativeCallContext, id: &str, map: Map| {
        party(&at, &context, id, map)
    });
    let at = desk.clone();
    engine.register_fn("evaluations", move |context: NativeCallContext, list: Array| {
        evaluations(&at, &context, list);
    });
    let at = desk.clone();
    engine.register_fn("rows", move |context: NativeCallContext, map: Map| {
        let options = Options::read(&at.bench, &context, 0, map, &["participant", "at"]);
        let mut draft = at.draft();
        if let Some(participant) = options.text("participant") {
            draft.rows.participant = participant;
            draft.rows.participant_named = true;
        }
        if let Some(date) = options.text("at") {
            draft.rows.at = date;
            draft.rows.at_named = true;
        }
    });
    register_columns(engine, desk);
    register_limits(engine, desk);
    let at = desk.clone();
    engine.register_fn(
        "example",
        move |context: NativeCallContext, name: &str, outcomes: Map, expected: Dynamic| {
            example(&at, &context, name, vec![outcomes], &expected);
        },
    );
    let at = desk.clone();
    engine.register_fn(
        "example",
        move |context: NativeCallContext, name: &str, dates: Array, expected: Dynamic| {
            let maps = dates.into_iter().filter_map(Dynamic::try_cast::<Map>).collect();
            example(&at, &context, name, maps, &expected);
        },
    );
    let at = desk.clone();
    engine.register_fn("param", move |context: NativeCallContext, name: &str, value: Dynamic| {
        parameter(&at, &context, name, &value, None)
    });
    let at = desk.clone();
    engine.register_fn(
        "param",
        move |context: NativeCallContext, name: &str, value: Dynamic, range: Array| {
            parameter(&at, &context, name, &value, Some(range))
        },
    );
}

fn contract(desk: &Desk, context: &NativeCallContext, id: &str, map: Map) {
    const KEYS: &[&str] = &["title", "currency", "from", "to", "cap", "minimum", "tax", "rounding"];
    let options = Options::read(&desk.bench, context, 1, map, KEYS);
    if desk.draft().header.is_some() {
        return desk.report(context, taken(&say!("the contract", "契約"), id));
    }
    let needed = [
        ("from", say!("the first day: \"2024-04-01\"", "開始日: \"2024-04-01\"")),
        ("to", say!("the last day: \"2027-03-31\"", "終了日: \"2027-03-31\"")),
        (
            "tax",
            say!(
                "included(percent(10)), added(percent(10)) or unstated()",
                "included(percent(10))、added(percent(10)) または unstated()"
            ),
        ),
        (
            "rounding",
            say!(
                "down(1) for whole yen, or half_up, half_even, up",
                "円未満切り捨てなら down(1)。ほかに half_up, half_even, up"
            ),
        ),
    ];
    for (key, expected) in needed {
        if !options.has(key) {
            options.missing(key, expected);
        }
    }
    let currency = options.text("currency").unwrap_or_else(|| "JPY".to_owned());
    let rule = options.value("rounding").map(|value| {
        let rounding = value.try_cast::<RuleValue>().and_then(RuleValue::money);
        if rounding.is_none() {
            options.wrong(
                "rounding",
                say!(
                    "a rule and a step of money above 0: down(1) for whole yen",
                    "丸め方と 0 より大きい金額の刻み: 円未満切り捨てなら down(1)"
                ),
            );
        }
        rounding
    });
    let tax = options.value("tax").and_then(|value| {
        let tax = value.try_cast::<Tax>();
        if tax.is_none() {
            options.wrong(
                "tax",
                say!(
                    "included(percent(10)), added(percent(10)) or unstated()",
                    "included(percent(10))、added(percent(10)) または unstated()"
                ),
            );
        }
        tax
    });
    let header = Header {
        id: id.to_owned(),
        title: options.title("title").unwrap_or_else(|| Text::from(id)),
        currency,
        from: options.date("from"),
        to: options.date("to"),
        cap: options.money("cap"),
        tax: tax.unwrap_or(Tax::Unstated),
        rounding: rule.flatten(),
        place: options.here(),
    };
    if let (Some(from), Some(to)) = (header.from, header.to)
        && to < from
    {
        options.wrong("to", say!("a day after {from}", "{from} より後の日"));
    }
    let limits = ["cap", "minimum"].map(|key| (key, options.place(key)));
    let mut draft = desk.draft();
    for (key, place) in [("contract", options.here())].into_iter().chain(limits) {
        draft.declared_at.extend(place.map(|place| (key, place)));
    }
    draft.minimum = options.money("minimum").or(draft.minimum);
    draft.header = Some(header);
}

fn party(desk: &Desk, context: &NativeCallContext, id: &str, map: Map) -> PartyHandle {
    let options = Options::read(&desk.bench, context, 1, map, &["role", "name"]);
    const ROLES: &[(&str, Role)] = &[
        ("payer", Role::Payer),
        ("provider", Role::Provider),
        ("evaluator", Role::Evaluator),
        ("investor", Role::Investor),
        ("intermediary", Role::Intermediary),
    ];
    if !options.has("role") {
        let names = ROLES.iter().map(|(name, _)| format!("\"{name}\"")).collect::<Vec<_>>();
        options.missing("role", Text::from(names.join(", ")));
    }
    let role = options.choice("role", ROLES).unwrap_or(Role::Intermediary);
    let name = options.title("name").unwrap_or_else(|| Text::from(id));
    let mut draft = desk.draft();
    if draft.parties.iter().any(|party| party.id == id) {
        desk.report(context, taken(&say!("party", "当事者"), id));
    }
    draft.parties.push(Party { id: id.to_owned(), name, role });
    PartyHandle(draft.parties.len() - 1)
}

fn evaluations(desk: &Desk, context: &NativeCallContext, list: Array) {
    let mut dates: Vec<Evaluation> = Vec::new();
    let mut unstated: Vec<String> = Vec::new();
    for entry in list {
        let evaluation = match entry.clone().try_cast::<Map>() {
            Some(map) => {
                let options = Options::read(&desk.bench, context, usize::MAX, map, &["at", "paid"]);
                if !options.has("at") {
                    options.missing(
                        "at",
                        say!("a date as \"2024-03-31\"", "\"2024-03-31\" の形の日付"),
                    );
                }
                let at = options.date("at");
                at.map(|at| Evaluation { at, paid: options.date("paid").unwrap_or(at) })
                    .map(|evaluation| (evaluation, options.has("paid")))
            }
            None => date_of(&entry).map(|at| (Evaluation { at, paid: at }, false)),
        };
        let Some((evaluation, paid_stated)) = evaluation else {
            desk.report(
                context,
                Problem::error("wrong-date", say!("this is no date", "日付として読めません"))
                    .found(describe(&entry))
                    .expected(say!(
                        "\"2024-03-31\" or #{{ at: \"2024-03-31\", paid: \"2024-05-31\" }}",
                        "\"2024-03-31\" か #{{ at: \"2024-03-31\", paid: \"2024-05-31\" }}"
                    )),
            );
            continue;
        };
        if let Some(last) = dates.last()
            && evaluation.at <= last.at
        {
            let (at, last) = (evaluation.at, last.at);
            desk.report(
                context,
                Problem::error(
                    "dates-out-of-order",
                    say!(
                        "{at} does not come after {last}",
                        "{at} が {last} より後になっていません"
                    ),
                )
                .help(say!(
                    "list evaluations in order of date, each once",
                    "評価日は日付順に一度ずつ並べてください"
                )),
            );
            continue;
        }
        if evaluation.paid < evaluation.at {
            let (at, paid) = (evaluation.at, evaluation.paid);
            desk.report(
                context,
                Problem::error(
                    "paid-before-measured",
                    say!(
                        "paid on {paid}, before it is measured on {at}",
                        "測定日 {at} より前の {paid} に支払うことになっています"
                    ),
                ),
            );
        }
        if !paid_stated {
            unstated.push(evaluation.at.to_string());
        }
        dates.push(evaluation);
    }
    if let Some(at) = unstated.first() {
        let all = unstated.join(", ");
        let problem = Problem::warning(
            "payment-date-unstated",
            say!(
                "no payment date is stated for {all}; taken as paid on the same day",
                "{all} の支払日がありません。評価日と同じ日とみなします"
            ),
        );
        let help = say!(
            "state it: #{{ at: \"{at}\", paid: \"…\" }}",
            "支払日を書いてください: #{{ at: \"{at}\", paid: \"…\" }}"
        );
        desk.report(context, problem.help(help));
    }
    let mut draft = desk.draft();
    if !draft.evaluations.is_empty() {
        return desk.report(context, taken(&say!("the list", "一覧"), "evaluations"));
    }
    let place = desk.bench.place(context.call_position());
    draft.declared_at.extend(place.map(|place| ("evaluations", place)));
    draft.evaluations = dates;
}

fn register_columns(engine: &mut Engine, desk: &Desk) {
    let number = |unit: Option<&str>, low: Option<Decimal>, high: Option<Decimal>| {
        ColumnType(ColumnKind::Number { unit: unit.map(str::to_owned), low, high })
    };
    engine.register_fn("number", move || number(None, None, None));
    engine.register_fn("number", move |unit: &str| number(Some(unit), None, None));
    let at = desk.clone();
    engine.register_fn(
        "number",
        move |context: NativeCallContext,
              unit: &str,
              low: Dynamic,
              high: Dynamic|
              -> Fallible<ColumnType> {
            let end = |value: &Dynamic| -> Fallible<Option<Decimal>> {
                let node = at.node(&context, "the limit", value)?;
                Ok(at.bench.graph(|graph| graph.literal(node)))
            };
            let unit = (!unit.is_empty()).then_some(unit);
            Ok(number(unit, end(&low)?, end(&high)?))
        },
    );
    engine.register_fn("yes_no", || ColumnType(ColumnKind::YesNo));
    engine.register_fn("text", || ColumnType(ColumnKind::Text(Vec::new())));
    engine.register_fn("text", |choices: Array| {
        let choices = choices.into_iter().filter_map(|choice| choice.into_string().ok());
        ColumnType(ColumnKind::Text(choices.collect()))
    });
    engine.register_fn("date", || ColumnType(ColumnKind::Date));
    let at = desk.clone();
    engine.register_fn("columns", move |context: NativeCallContext, map: Map| {
        for (name, kind) in map {
            let Some(ColumnType(kind)) = kind.clone().try_cast::<ColumnType>() else {
                at.report(
                    &context,
                    Problem::error(
                        "wrong-column-type",
                        say!("column `{name}` has no type", "列 `{name}` の型がありません"),
                    )
                    .found(describe(&kind))
                    .expected(say!(
                        "number(\"mmHg\", 60, 260), yes_no(), text([…]) or date()",
                        "number(\"mmHg\", 60, 260)、yes_no()、text([…]) または date()"
                    )),
                );
                continue;
            };
            at.draft().columns.push(Column { name: name.to_string(), kind, symbol: None });
        }
    });
}

fn register_limits(engine: &mut Engine, desk: &Desk) {
    type Set = fn(&mut crate::contract::read::Draft, Decimal);
    let limits: [(&str, Set); 4] = [
        ("cap_each", |draft, amount| draft.cap_each = Some(amount)),
        ("cap_year", |draft, amount| draft.cap_year = Some(amount)),
        ("minimum", |draft, amount| draft.minimum = Some(amount)),
        ("minimum_each", |draft, amount| draft.minimum_each = Some(amount)),
    ];
    for (word, set) in limits {
        let at = desk.clone();
        engine.register_fn(word, move |context: NativeCallContext, amount: Dynamic| {
            let amount = amount_of(&at, &context, &amount)?;
            let place = at.bench.place(context.call_position());
            let mut draft = at.draft();
            set(&mut draft, amount);
            draft.declared_at.extend(place.map(|place| (word, place)));
            Fallible::Ok(())
        });
    }
    let at = desk.clone();
    engine.register_fn(
        "cap_payer",
        move |context: NativeCallContext, payer: PartyHandle, amount: Dynamic| {
            let amount = amount_of(&at, &context, &amount)?;
            let place = at.bench.place(context.call_position());
            let mut draft = at.draft();
            draft.cap_payers.push((payer.0, amount));
            draft.declared_at.extend(place.map(|place| ("cap_payer", place)));
            Fallible::Ok(())
        },
    );
}

fn amount_of(desk: &Desk, context: &NativeCallContext, value: &Dynamic) -> Fallible<Decimal> {
    let node = desk.money(context, "the amount", value)?;
    let amount = desk.bench.graph(|graph| graph.literal(node));
    amount.filter(|amount| !amount.is_sign_negative()).ok_or_else(|| {
        desk.raise(
            context,
            Problem::error(
                "wrong-amount",
                say!(
                    "a limit must be an amount of at least 0 that is known now",
                    "限度額は 0 以上の確定した金額でなければなりません"
                ),
            ),
        )
    })
}

fn example(
    desk: &Desk,
    context: &NativeCallContext,
    name: &str,
    maps: Vec<Map>,
    expected: &Dynamic,
) {
    let expected = match desk.money(context, "the expected amount", expected) {
        Ok(node) => desk.bench.graph(|graph| graph.literal(node)),
        Err(_) => None,
    };
    let draft = desk.draft();
    let indicators: Vec<String> =
        draft.indicators.iter().map(|indicator| indicator.id.clone()).collect();
    let dates: Vec<_> = draft.evaluations.iter().map(|evaluation| evaluation.at).collect();
    drop(draft);
    let known: Vec<&str> = ["at", "n", "paid_before"]
        .into_iter()
        .chain(indicators.iter().map(String::as_str))
        .collect();
    let mut paid_before = Decimal::ZERO;
    let mut read = Vec::new();
    for map in maps {
        let options = Options::read(&desk.bench, context, 1, map, &known);
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
        paid_before = options.money("paid_before").unwrap_or(paid_before);
        let mut outcomes = BTreeMap::new();
        for (position, id) in indicators.iter().enumerate() {
            if let Some(node) = options.node(id) {
                match desk.bench.graph(|graph| graph.literal(node)) {
                    Some(value) => {
                        outcomes.insert(position, value);
                    }
                    None => options.wrong(id, say!("a number", "数")),
                }
            }
        }
        let mut measured = BTreeMap::new();
        if let Some(counts) = options.value("n").and_then(Dynamic::try_cast::<Map>) {
            let ids: Vec<&str> = indicators.iter().map(String::as_str).collect();
            let counts = options.inner("n", counts, &ids);
            for (position, id) in indicators.iter().enumerate() {
                if let Some(count) = counts.count(id) {
                    measured.insert(position, count);
                }
            }
        }
        read.push(ExampleAt { evaluation, outcomes, measured });
    }
    read.sort_by_key(|date| date.evaluation);
    if let Some(expected) = expected {
        let place = desk.bench.place(context.call_position());
        desk.draft().examples.push(ExampleDraft {
            name: name.to_owned(),
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

fn parameter(
    desk: &Desk,
    context: &NativeCallContext,
    name: &str,
    value: &Dynamic,
    range: Option<Array>,
) -> Fallible<Quantity> {
    let node = desk.node(context, "the value", value)?;
    let (unit, stated) = desk.bench.graph(|graph| (graph.unit(node).clone(), graph.literal(node)));
    let Some(stated) = stated else {
        return Err(desk.raise(
            context,
            Problem::error(
                "wrong-value",
                say!(
                    "a parameter's value must be known now",
                    "パラメータの値は確定していなければなりません"
                ),
            ),
        ));
    };
    let ends = range.map(|ends| {
        ends.iter()
            .map(|end| {
                let node = desk.node(context, "the range", end)?;
                Ok(desk.bench.graph(|graph| graph.literal(node)))
            })
            .collect::<Fallible<Vec<_>>>()
    });
    let range = match ends.transpose()?.as_deref() {
        None => None,
        Some([Some(low), Some(high)]) if low <= high => Some((*low, *high)),
        Some(_) => {
            return Err(desk.raise(
                context,
                Problem::error(
                    "wrong-range",
                    say!("the range of `{name}` is no range", "`{name}` の範囲が正しくありません"),
                )
                .expected(say!("[low, high]", "[下限, 上限]")),
            ));
        }
    };
    let mut draft = desk.draft();
    let value = draft.overrides.get(name).copied().unwrap_or(stated);
    let money = unit.is_money();
    draft.parameters.push(Parameter { name: name.to_owned(), value, money, range });
    drop(draft);
    let unit = if unit == Unit::Open { Unit::Bare } else { unit };
    Ok(desk.bench.graph(|graph| graph.number(value, unit)).into())
}
