//! What the rows of the evidence are, and their columns.

use jiff::civil::Date;
use rhai::{Array, Dynamic, Engine, Map, NativeCallContext};
use rust_decimal::Decimal;

use super::super::{Desk, Fallible, taken};
use crate::contract::{Column, ColumnKind, DataKind, Several};
use crate::problem::{Problem, Text, say};
use crate::script::{Options, date_of, describe};

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
pub(in crate::contract::vocabulary) fn texts(options: &Options, key: &str) -> Vec<String> {
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

pub(super) fn register(engine: &mut Engine, desk: &Desk) {
    engine.register_type_with_name::<ColumnType>("column type");
    let at = desk.clone();
    engine.register_fn("rows", move |context: NativeCallContext, map: Map| {
        rows(&at, &context, map);
    });
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
