//! What the rows of the evidence are, and their columns.

use jiff::civil::Date;
use rhai::{Array, Dynamic, Engine, Map, NativeCallContext};
use rust_decimal::Decimal;

use super::super::{Desk, Fallible, taken};
use crate::contract::{Column, ColumnKind, DataKind, Several};
use crate::problem::{Problem, Text, say};
use crate::script::{Options, date_of, describe, text_of};

/// `number("mmHg", 60, 260)` and its kin, as values.
#[derive(Debug, Clone)]
struct ColumnType {
    kind: ColumnKind,
    /// The first and last day of a column of dates.
    window: Option<(Date, Date)>,
    /// What people call it, where it is given.
    title: Option<Text>,
    /// What people call its texts, where that is given.
    values: Vec<(String, Text)>,
}

impl ColumnType {
    fn called(self, title: Option<Text>) -> Self {
        ColumnType { title, ..self }
    }
}

impl From<ColumnKind> for ColumnType {
    fn from(kind: ColumnKind) -> Self {
        ColumnType { kind, window: None, title: None, values: Vec::new() }
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
fn texts(options: &Options, key: &str) -> Vec<String> {
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

/// A column of numbers: its unit, its range, its title.
fn number(
    desk: &Desk,
    context: &NativeCallContext,
    unit: Dynamic,
    range: Option<[Dynamic; 2]>,
    title: Option<Dynamic>,
) -> Fallible<ColumnType> {
    let unit = desk.unit_of(context, unit);
    let (low, high) = match range {
        None => (None, None),
        Some(ends) => {
            let end = |value: &Dynamic| -> Fallible<Option<Decimal>> {
                let node = desk.node(context, &say!("the limit", "範囲"), value)?;
                Ok(desk.bench.graph(|graph| graph.literal(node)))
            };
            (end(&ends[0])?, end(&ends[1])?)
        }
    };
    if let (Some(low), Some(high)) = (low, high)
        && low > high
    {
        return Err(desk.raise(
            context,
            Problem::error(
                "wrong-range",
                say!("the range of this column is no range", "列の範囲が正しくありません"),
            )
            .expected(say!("number(\"mmHg\", low, high)", "number(\"mmHg\", 下限, 上限)")),
        ));
    }
    let title = title.and_then(|title| desk.title_of(context, title));
    Ok(ColumnType::from(ColumnKind::Number { unit, low, high }).called(title))
}

fn numbers(engine: &mut Engine, desk: &Desk) {
    engine.register_fn("number", || {
        ColumnType::from(ColumnKind::Number { unit: None, low: None, high: None })
    });
    let at = desk.clone();
    engine.register_fn("number", move |context: NativeCallContext, unit: Dynamic| {
        number(&at, &context, unit, None, None)
    });
    let at = desk.clone();
    engine.register_fn(
        "number",
        move |context: NativeCallContext, unit: Dynamic, title: Dynamic| {
            number(&at, &context, unit, None, Some(title))
        },
    );
    let at = desk.clone();
    engine.register_fn(
        "number",
        move |context: NativeCallContext, unit: Dynamic, low: Dynamic, high: Dynamic| {
            number(&at, &context, unit, Some([low, high]), None)
        },
    );
    let at = desk.clone();
    engine.register_fn(
        "number",
        move |context: NativeCallContext,
              unit: Dynamic,
              low: Dynamic,
              high: Dynamic,
              title: Dynamic| {
            number(&at, &context, unit, Some([low, high]), Some(title))
        },
    );
}

/// A column of one of these texts.
fn choice(desk: &Desk, context: &NativeCallContext, choices: Array) -> Fallible<ColumnType> {
    let (mut texts, mut values) = (Vec::new(), Vec::new());
    for choice in choices {
        let found = describe(&choice);
        // A text with what people call it: `#{ value: "east", ja: "東区", en: "East" }`.
        if let Some(mut titled) = choice.clone().try_cast::<Map>()
            && let Some(value) = titled.remove("value").and_then(|it| it.into_string().ok())
            && let Some(title) = text_of(&titled.into())
        {
            values.push((value.clone(), title));
            texts.push(value);
            continue;
        }
        texts.push(choice.into_string().map_err(|_| {
            let problem = Problem::error(
                "wrong-column-type",
                say!("a text column holds texts", "文字列の列の値は文字列で並べます"),
            );
            let expected = say!(
                "texts in quotes, text([\"F\", \"M\"]), or with what they are called: #{{ value: \"F\", ja: \"女性\", en: \"women\" }}",
                "引用符で囲んだ文字列 text([\"F\", \"M\"])、または名称つきの #{{ value: \"F\", ja: \"女性\", en: \"women\" }}"
            );
            desk.raise(context, problem.found(found).expected(expected))
        })?);
    }
    Ok(ColumnType { values, ..ColumnKind::Text(texts).into() })
}

/// A column of dates between two days.
fn window(desk: &Desk, context: &NativeCallContext, from: &str, to: &str) -> Fallible<ColumnType> {
    let day = |text: &str| date_of(&Dynamic::from(text.to_owned()));
    match (day(from), day(to)) {
        (Some(from), Some(to)) if from <= to => {
            Ok(ColumnType { window: Some((from, to)), ..ColumnKind::Date.into() })
        }
        _ => Err(desk.raise(
            context,
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
}

pub(super) fn register(engine: &mut Engine, desk: &Desk) {
    engine.register_type_with_name::<ColumnType>("column type");
    let at = desk.clone();
    engine.register_fn("rows", move |context: NativeCallContext, map: Map| {
        rows(&at, &context, map);
    });
    numbers(engine, desk);
    engine.register_fn("yes_no", || ColumnType::from(ColumnKind::YesNo));
    let at = desk.clone();
    engine.register_fn("yes_no", move |context: NativeCallContext, title: Dynamic| {
        ColumnType::from(ColumnKind::YesNo).called(at.title_of(&context, title))
    });
    engine.register_fn("text", || ColumnType::from(ColumnKind::Text(Vec::new())));
    let at = desk.clone();
    engine.register_fn("text", move |context: NativeCallContext, title: Map| {
        let kind = ColumnKind::Text(Vec::new());
        ColumnType::from(kind).called(at.title_of(&context, title.into()))
    });
    let at = desk.clone();
    engine.register_fn("text", move |context: NativeCallContext, choices: Array| {
        choice(&at, &context, choices)
    });
    let at = desk.clone();
    engine.register_fn(
        "text",
        move |context: NativeCallContext, choices: Array, title: Dynamic| -> Fallible<ColumnType> {
            Ok(choice(&at, &context, choices)?.called(at.title_of(&context, title)))
        },
    );
    engine.register_fn("date", || ColumnType::from(ColumnKind::Date));
    let at = desk.clone();
    engine.register_fn("date", move |context: NativeCallContext, title: Map| {
        ColumnType::from(ColumnKind::Date).called(at.title_of(&context, title.into()))
    });
    let at = desk.clone();
    engine.register_fn("date", move |context: NativeCallContext, from: &str, to: &str| {
        window(&at, &context, from, to)
    });
    let at = desk.clone();
    engine.register_fn(
        "date",
        move |context: NativeCallContext,
              from: &str,
              to: &str,
              title: Dynamic|
              -> Fallible<ColumnType> {
            Ok(window(&at, &context, from, to)?.called(at.title_of(&context, title)))
        },
    );
    let at = desk.clone();
    engine.register_fn("columns", move |context: NativeCallContext, map: Map| {
        for (name, kind) in map {
            let Some(ColumnType { kind, window, title, values }) =
                kind.clone().try_cast::<ColumnType>()
            else {
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
            let title = title.unwrap_or_else(|| Text::from(name.as_str()));
            let name = name.to_string();
            at.draft().columns.push(Column { name, title, kind, values, symbol: None });
        }
    });
}
