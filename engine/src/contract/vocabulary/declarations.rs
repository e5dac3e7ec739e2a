//! Declarations: the contract itself, parties, dates, evidence, limits, examples, parameters.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rhai::{Array, Dynamic, Engine, Map, NativeCallContext};
use rust_decimal::Decimal;

use super::{Desk, Fallible, RuleValue, taken};
use crate::contract::read::{ExampleDraft, Header, PartyHandle};
use crate::contract::{
    Actor, Column, ColumnKind, DataKind, Evaluation, ExampleAt, Parameter, Party, Role, Several,
    Tax,
};
use crate::expr::Unit;
use crate::problem::{Problem, Text, say};
use crate::script::{Options, Quantity, date_of, describe};

/// `number("mmHg", 60, 260)` and its kin, as values.
#[derive(Debug, Clone)]
struct ColumnType {
    kind: ColumnKind,
    /// The first and last day of a column of dates.
    window: Option<(Date, Date)>,
}

impl From<ColumnKind> for ColumnType {
    fn from(kind: ColumnKind) -> Self {
        ColumnType { kind, window: None }
    }
}

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
        rows(&at, &context, map);
    });
    register_columns(engine, desk);
    register_limits(engine, desk);
    let at = desk.clone();
    engine.register_fn(
        "example",
        move |context: NativeCallContext, name: &str, outcomes: Map, expected: Dynamic| {
            example(&at, &context, name, vec![outcomes], false, &expected);
        },
    );
    let at = desk.clone();
    engine.register_fn(
        "example",
        move |context: NativeCallContext, name: &str, dates: Array, expected: Dynamic| {
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
            example(&at, &context, name, maps, true, &expected);
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
    desk.declare(context);
    const KEYS: &[&str] = &["title", "currency", "from", "to", "cap", "minimum", "tax", "rounding"];
    let options = Options::read(&desk.bench, context, 1, map, KEYS);
    if desk.draft().header.is_some() {
        return desk.report(
            context,
            taken(&say!("the contract", "契約"), id)
                .help(say!("keep one of the two", "どちらか一方にしてください")),
        );
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
    let mut currency = options.text("currency").unwrap_or_else(|| "JPY".to_owned());
    if !Unit::CURRENCIES.iter().any(|(_, known)| *known == currency) {
        let known =
            Unit::CURRENCIES.iter().map(|(_, known)| format!("\"{known}\"")).collect::<Vec<_>>();
        options.wrong("currency", Text::from(known.join(", ")));
        // So that no amount is refused for it as well.
        "JPY".clone_into(&mut currency);
    }
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
        cap: None,
        tax: tax.unwrap_or(Tax::Unstated),
        rounding: rule.flatten(),
        place: options.here(),
    };
    if let (Some(from), Some(to)) = (header.from, header.to)
        && to < from
    {
        options.wrong("to", say!("a day after {from}", "{from} より後の日"));
    }
    desk.draft().header = Some(header);
    // Amounts are read once the currency is known.
    let (cap, minimum) =
        (desk.money_option(&options, "cap"), desk.money_option(&options, "minimum"));
    let limits = ["cap", "minimum"].map(|key| (key, options.place(key)));
    let mut draft = desk.draft();
    for (key, place) in [("contract", options.here())].into_iter().chain(limits) {
        draft.declared_at.extend(place.map(|place| (key, place)));
    }
    draft.minimum = minimum.or(draft.minimum);
    if let Some(header) = &mut draft.header {
        header.cap = cap;
    }
}

/// `rows(#{ … })`: what the rows of the evidence are.
fn rows(desk: &Desk, context: &NativeCallContext, map: Map) {
    const KEYS: &[&str] = &[
        "participant",
        "at",
        "missing",
        "personal",
        "kind",
        "orphans",
        "several",
        "last_digits",
        "groups",
    ];
    let options = Options::read(&desk.bench, context, 0, map, KEYS);
    let kind = options.choice(
        "kind",
        &[
            ("personal", DataKind::Personal),
            ("anonymised", DataKind::Anonymised),
            ("statistics", DataKind::Statistics),
        ],
    );
    let orphans = options.choice("orphans", &[("refuse", false), ("leave_out", true)]);
    let personal = texts(&options, "personal");
    if kind == Some(DataKind::Anonymised) && !personal.is_empty() {
        options.wrong(
            "personal",
            say!(
                "no such column: rows that name people are not anonymised",
                "列なし。個人が分かる行は匿名加工（anonymised）ではありません"
            ),
        );
    }
    let several = several(&options);
    let mut draft = desk.draft();
    if let Some(participant) = options.text("participant") {
        draft.rows.participant = participant;
        draft.rows.participant_named = true;
    }
    if let Some(date) = options.text("at") {
        draft.rows.at = date;
        draft.rows.at_named = true;
    }
    draft.rows.kind = kind.or(draft.rows.kind);
    draft.rows.orphans_left_out = orphans.unwrap_or(draft.rows.orphans_left_out);
    draft.rows.missing.extend(texts(&options, "missing"));
    draft.rows.personal.extend(personal);
    draft.rows.last_digits.extend(texts(&options, "last_digits"));
    draft.rows.groups.extend(texts(&options, "groups"));
    draft.rows.several.extend(several);
}

/// A list of texts.
pub(super) fn texts(options: &Options, key: &str) -> Vec<String> {
    let Some(value) = options.value(key) else { return Vec::new() };
    let list = value.into_array().ok();
    let texts: Option<Vec<String>> =
        list.and_then(|list| list.into_iter().map(|text| text.into_string().ok()).collect());
    texts.unwrap_or_else(|| {
        options.wrong(key, say!("texts in a list: [\"…\", \"…\"]", "文字列の並び: [\"…\", \"…\"]"));
        Vec::new()
    })
}

/// What becomes of several rows of one person, by column.
fn several(options: &Options) -> Vec<(String, Several)> {
    let Some(value) = options.value("several") else { return Vec::new() };
    let how = |value: &Dynamic| match value.as_immutable_string_ref().ok()?.as_str() {
        "sum" => Some(Several::Sum),
        "count" => Some(Several::Count),
        "last" => Some(Several::Last),
        _ => None,
    };
    let read: Option<Vec<(String, Several)>> = value.try_cast::<Map>().and_then(|map| {
        map.iter().map(|(name, value)| Some((name.to_string(), how(value)?))).collect()
    });
    read.unwrap_or_else(|| {
        options.wrong(
            "several",
            say!(
                "\"sum\", \"count\" or \"last\" by column: #{{ cost: \"sum\" }}",
                "列ごとに \"sum\"、\"count\"、\"last\": #{{ cost: \"sum\" }}"
            ),
        );
        Vec::new()
    })
}

fn party(desk: &Desk, context: &NativeCallContext, id: &str, map: Map) -> PartyHandle {
    desk.declare(context);
    let options = Options::read(&desk.bench, context, 1, map, &["role", "name"]);
    const ROLES: &[(&str, Role)] = &[
        ("payer", Role::Payer),
        ("provider", Role::Provider),
        ("evaluator", Role::Evaluator),
        ("investor", Role::Investor),
        ("intermediary", Role::Intermediary),
        ("guarantor", Role::Guarantor),
    ];
    if !options.has("role") {
        let names = ROLES.iter().map(|(name, _)| format!("\"{name}\"")).collect::<Vec<_>>();
        options.missing("role", Text::from(names.join(", ")));
    }
    let role = options.choice("role", ROLES).unwrap_or(Role::Intermediary);
    let name = options.title("name").unwrap_or_else(|| Text::from(id));
    desk.check_identifier(context, id, &[Actor::OUTSIDE]);
    let mut draft = desk.draft();
    if draft.parties.iter().any(|party| party.id == id) {
        desk.report(context, taken(&say!("party", "当事者"), id));
    }
    draft.parties.push(Party { id: id.to_owned(), name, role });
    PartyHandle(draft.parties.len() - 1)
}

/// Monthly evaluations over ten years.
const EVALUATIONS_MAX: usize = 120;

fn evaluations(desk: &Desk, context: &NativeCallContext, mut list: Array) {
    desk.declare(context);
    if list.len() > EVALUATIONS_MAX {
        list.truncate(EVALUATIONS_MAX);
        desk.report(
            context,
            Problem::error(
                "too-many-evaluations",
                say!("there are too many evaluations", "評価日が多すぎます"),
            )
            .expected(say!("at most {EVALUATIONS_MAX}", "{EVALUATIONS_MAX} まで")),
        );
    }
    let mut dates: Vec<Evaluation> = Vec::new();
    let mut unstated: Vec<String> = Vec::new();
    for (position, entry) in list.into_iter().enumerate() {
        let at_entry = |problem: Problem| {
            let place = desk.bench.entry(context.call_position(), 0, position);
            desk.bench.report(problem.maybe_at(desk.bench.place(place)));
        };
        let evaluation = match entry.clone().try_cast::<Map>() {
            Some(map) => {
                const KEYS: &[&str] = &["at", "paid"];
                let options = Options::read_entry(&desk.bench, context, (0, position), map, KEYS);
                if !options.has("at") {
                    options.missing(
                        "at",
                        say!("a date as \"2024-03-31\"", "\"2024-03-31\" の形の日付"),
                    );
                }
                let (at, paid) = (options.date("at"), options.date("paid"));
                let Some(at) = at else { continue };
                Some((Evaluation { at, paid: paid.unwrap_or(at) }, options.has("paid")))
            }
            None => date_of(&entry).map(|at| (Evaluation { at, paid: at }, false)),
        };
        let Some((evaluation, paid_stated)) = evaluation else {
            at_entry(
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
            at_entry(
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
            at_entry(
                Problem::error(
                    "paid-before-measured",
                    say!(
                        "paid on {paid}, before it is measured on {at}",
                        "測定日 {at} より前の {paid} に支払うことになっています"
                    ),
                )
                .help(say!(
                    "give a payment date on or after {at}",
                    "{at} 以降の支払日にしてください"
                )),
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
        return desk.report(
            context,
            taken(&say!("the list", "一覧"), "evaluations")
                .help(say!("keep one of the two", "どちらか一方にしてください")),
        );
    }
    let place = desk.bench.place(context.call_position());
    draft.declared_at.extend(place.map(|place| ("evaluations", place)));
    draft.evaluations = dates;
}

fn register_columns(engine: &mut Engine, desk: &Desk) {
    let number = |unit: Option<&str>, low: Option<Decimal>, high: Option<Decimal>| {
        ColumnType::from(ColumnKind::Number { unit: unit.map(str::to_owned), low, high })
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
                let node = at.node(&context, &say!("the limit", "範囲"), value)?;
                Ok(at.bench.graph(|graph| graph.literal(node)))
            };
            let unit = (!unit.is_empty()).then_some(unit);
            let (low, high) = (end(&low)?, end(&high)?);
            if low > high {
                return Err(at.raise(
                    &context,
                    Problem::error(
                        "wrong-range",
                        say!("the range of this column is no range", "列の範囲が正しくありません"),
                    )
                    .expected(say!("number(\"mmHg\", low, high)", "number(\"mmHg\", 下限, 上限)")),
                ));
            }
            Ok(number(unit, low, high))
        },
    );
    engine.register_fn("yes_no", || ColumnType::from(ColumnKind::YesNo));
    engine.register_fn("text", || ColumnType::from(ColumnKind::Text(Vec::new())));
    let at = desk.clone();
    engine.register_fn(
        "text",
        move |context: NativeCallContext, choices: Array| -> Fallible<ColumnType> {
            let mut texts = Vec::new();
            for choice in choices {
                let found = describe(&choice);
                texts.push(choice.into_string().map_err(|_| {
                    let problem = Problem::error(
                        "wrong-column-type",
                        say!("a text column holds texts", "文字列の列の値は文字列で並べます"),
                    );
                    let expected = say!(
                        "texts in quotes: text([\"F\", \"M\"])",
                        "引用符で囲んだ文字列: text([\"F\", \"M\"])"
                    );
                    at.raise(&context, problem.found(found).expected(expected))
                })?);
            }
            Ok(ColumnType::from(ColumnKind::Text(texts)))
        },
    );
    engine.register_fn("date", || ColumnType::from(ColumnKind::Date));
    let at = desk.clone();
    engine.register_fn(
        "date",
        move |context: NativeCallContext, from: &str, to: &str| -> Fallible<ColumnType> {
            let day = |text: &str| date_of(&Dynamic::from(text.to_owned()));
            match (day(from), day(to)) {
                (Some(from), Some(to)) if from <= to => {
                    Ok(ColumnType { kind: ColumnKind::Date, window: Some((from, to)) })
                }
                _ => Err(at.raise(
                    &context,
                    Problem::error(
                        "wrong-range",
                        say!("these are no two days in order", "期間が正しくありません"),
                    )
                    .found(Text::from(format!("\"{from}\", \"{to}\"")))
                    .expected(say!(
                        "the first and the last day: date(\"2023-04-01\", \"2024-03-31\")",
                        "初日と末日: date(\"2023-04-01\", \"2024-03-31\")"
                    )),
                )),
            }
        },
    );
    let at = desk.clone();
    engine.register_fn("columns", move |context: NativeCallContext, map: Map| {
        for (name, kind) in map {
            let Some(ColumnType { kind, window }) = kind.clone().try_cast::<ColumnType>() else {
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
            if at.draft().columns.iter().any(|column| column.name == *name) {
                at.report(&context, taken(&say!("column", "列"), &name));
                continue;
            }
            let window = window.map(|(from, to)| (name.to_string(), from, to));
            at.draft().rows.windows.extend(window);
            at.draft().columns.push(Column { name: name.to_string(), kind, symbol: None });
        }
    });
}

fn register_limits(engine: &mut Engine, desk: &Desk) {
    type Limit = fn(&mut crate::contract::read::Draft) -> &mut Option<Decimal>;
    let limits: [(&str, Limit); 4] = [
        ("cap_each", |draft| &mut draft.cap_each),
        ("cap_year", |draft| &mut draft.cap_year),
        ("minimum", |draft| &mut draft.minimum),
        ("minimum_each", |draft| &mut draft.minimum_each),
    ];
    for (word, limit) in limits {
        let at = desk.clone();
        engine.register_fn(word, move |context: NativeCallContext, amount: Dynamic| {
            at.declare(&context);
            let amount = amount_of(&at, &context, &amount)?;
            let place = at.bench.place(context.call_position());
            let mut draft = at.draft();
            if limit(&mut draft).replace(amount).is_some() {
                drop(draft);
                at.report(
                    &context,
                    taken(&say!("the limit", "限度額"), word)
                        .help(say!("keep one of the two", "どちらか一方にしてください")),
                );
                return Fallible::Ok(());
            }
            draft.declared_at.extend(place.map(|place| (word, place)));
            Fallible::Ok(())
        });
    }
    let at = desk.clone();
    engine.register_fn(
        "cap_payer",
        move |context: NativeCallContext, payer: PartyHandle, amount: Dynamic| {
            at.declare(&context);
            let amount = amount_of(&at, &context, &amount)?;
            let place = at.bench.place(context.call_position());
            let mut draft = at.draft();
            let party = &draft.parties[payer.0];
            let (id, pays) = (party.id.clone(), party.role == Role::Payer);
            let again = draft.cap_payers.iter().any(|(known, _)| *known == payer.0);
            draft.cap_payers.push((payer.0, amount));
            if again || !pays {
                drop(draft);
                let problem = if again {
                    taken(&say!("the limit of", "支払上限"), &id)
                        .help(say!("keep one of the two", "どちらか一方にしてください"))
                } else {
                    Problem::error(
                        "not-a-payer",
                        say!("`{id}` pays nothing", "`{id}` は支払者ではありません"),
                    )
                    .expected(say!("a party with role: \"payer\"", "role: \"payer\" の当事者"))
                };
                at.report(&context, problem);
                return Fallible::Ok(());
            }
            draft.declared_at.extend(place.map(|place| ("cap_payer", place)));
            Fallible::Ok(())
        },
    );
}

fn amount_of(desk: &Desk, context: &NativeCallContext, value: &Dynamic) -> Fallible<Decimal> {
    let node = desk.money(context, &say!("the amount", "金額"), value)?;
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
            )
            .expected(super::amount_of(desk.currency().as_ref())),
        )
    })
}

fn example(
    desk: &Desk,
    context: &NativeCallContext,
    name: &str,
    maps: Vec<Map>,
    listed: bool,
    expected: &Dynamic,
) {
    desk.declare(context);
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
    at: jiff::civil::Date,
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

fn parameter(
    desk: &Desk,
    context: &NativeCallContext,
    name: &str,
    value: &Dynamic,
    range: Option<Array>,
) -> Fallible<Quantity> {
    desk.declare(context);
    let node = desk.node(context, &say!("the value", "値"), value)?;
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
                let node = desk.node(context, &say!("the range", "範囲"), end)?;
                Ok(desk.bench.graph(|graph| graph.literal(node)))
            })
            .collect::<Fallible<Vec<_>>>()
    });
    let range = match ends.transpose()?.as_deref() {
        None => None,
        Some([Some(low), Some(high)]) if (low..=high).contains(&&stated) => Some((*low, *high)),
        Some(_) => {
            return Err(desk.raise(
                context,
                Problem::error(
                    "wrong-range",
                    say!("the range of `{name}` is no range", "`{name}` の範囲が正しくありません"),
                )
                .expected(say!(
                    "[low, high] with {stated} between them",
                    "{stated} を挟む [下限, 上限]"
                )),
            ));
        }
    };
    if desk.draft().parameters.iter().any(|known| known.name == name) {
        desk.report(context, taken(&say!("parameter", "パラメータ"), name));
    }
    let mut draft = desk.draft();
    let value = draft.overrides.get(name).copied().unwrap_or(stated);
    let money = unit.is_money();
    draft.parameters.push(Parameter { name: name.to_owned(), value, money, range });
    drop(draft);
    let unit = if unit == Unit::Open { Unit::Bare } else { unit };
    Ok(desk.bench.graph(|graph| graph.number(value, unit)).into())
}
