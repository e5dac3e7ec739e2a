//! Reading the `#{…}` of a declaration.

use jiff::civil::Date;
use rhai::{Dynamic, FnPtr, Map, NativeCallContext, Position};
use rust_decimal::Decimal;

use super::arithmetic::node_of;
use super::quantity::{Closure, Quantity, number_of};
use super::words::CallPlaces;
use super::workbench::Workbench;
use crate::expr::Unit;
use crate::problem::{Place, Problem, Text, did_you_mean, say};

/// The options of one call: every key is known, every value is read by the type it should have.
///
/// What is wrong is reported to the workbench with its place; the reader gets `None` and goes on,
/// so that all problems of a file are found in one run.
pub(crate) struct Options {
    bench: Workbench,
    word: String,
    call: Position,
    entries: Map,
    places: Option<CallPlaces>,
    argument: Argument,
}

/// Which `#{…}` of a call is read.
#[derive(Debug, Clone, Copy)]
enum Argument {
    /// The argument at this position, from 0.
    Whole(usize),
    /// An entry of a list that is an argument.
    Entry { argument: usize, entry: usize },
    /// A `#{…}` that stands deeper.
    Inner,
}

impl Options {
    /// The options `entries`, which stand at `argument` (from 0) of the call, of which `known`
    /// are the keys there are.
    pub(crate) fn read(
        bench: &Workbench,
        context: &NativeCallContext,
        argument: usize,
        entries: Map,
        known: &[&str],
    ) -> Self {
        let call = context.call_position();
        let word = context.fn_name().to_owned();
        Self::new(bench, word, call, Argument::Whole(argument), entries, known)
    }

    /// The options of one `#{…}` of a list that stands at `argument` of the call.
    pub(crate) fn read_entry(
        bench: &Workbench,
        context: &NativeCallContext,
        (argument, entry): (usize, usize),
        entries: Map,
        known: &[&str],
    ) -> Self {
        let call = context.call_position();
        let word = context.fn_name().to_owned();
        Self::new(bench, word, call, Argument::Entry { argument, entry }, entries, known)
    }

    /// A `#{…}` inside another value, which has no call of its own.
    pub(crate) fn inner(&self, key: &str, entries: Map, known: &[&str]) -> Self {
        let word = format!("{} {key}", self.word);
        Self::new(&self.bench, word, self.call, Argument::Inner, entries, known)
    }

    fn new(
        bench: &Workbench,
        word: String,
        call: Position,
        argument: Argument,
        entries: Map,
        known: &[&str],
    ) -> Self {
        let places = bench.call(call);
        let options = Self { bench: bench.clone(), word, call, entries, places, argument };
        for key in options.entries.keys().filter(|key| !known.contains(&key.as_str())) {
            let word = &options.word;
            let problem = Problem::error(
                "unknown-key",
                say!(
                    "`{word}` has no option `{key}`",
                    "`{word}` に `{key}` という項目はありません"
                ),
            )
            .expected(Text::from(known.join(", ")))
            .maybe_at(options.key_place(key));
            bench.report(match did_you_mean(key, known.iter().copied()) {
                Some(near) => problem.help(near),
                None => problem,
            });
        }
        options
    }

    /// Where the value of `key` stands; the call, when the key is not there.
    pub(crate) fn place(&self, key: &str) -> Option<Place> {
        self.positions(key).and_then(|(_, value)| self.bench.place(value)).or_else(|| self.here())
    }

    /// Where the whole declaration stands.
    pub(crate) fn here(&self) -> Option<Place> {
        let entry = match self.argument {
            Argument::Entry { argument, entry } => {
                let places = self.places.as_ref();
                places.and_then(|places| Some(places.entries.get(argument)?.get(entry)?.0))
            }
            Argument::Whole(_) | Argument::Inner => None,
        };
        self.bench.place(entry.unwrap_or(self.call))
    }

    fn key_place(&self, key: &str) -> Option<Place> {
        self.positions(key).and_then(|(key, _)| self.bench.place(key)).or_else(|| self.here())
    }

    fn positions(&self, key: &str) -> Option<(Position, Position)> {
        let places = self.places.as_ref()?;
        let keys = match self.argument {
            Argument::Whole(argument) => places.keys.get(argument)?,
            Argument::Entry { argument, entry } => &places.entries.get(argument)?.get(entry)?.1,
            Argument::Inner => return None,
        };
        keys.get(key).copied()
    }

    /// Whether `key` is given.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.entries.contains_key(key)
    }

    /// The raw value of `key`.
    pub(crate) fn value(&self, key: &str) -> Option<Dynamic> {
        self.entries.get(key).cloned()
    }

    /// Reports that `key` is needed and missing.
    pub(crate) fn missing(&self, key: &str, expected: impl Into<Text>) {
        let word = &self.word;
        self.bench.report(
            Problem::error(
                "missing-key",
                say!("`{word}` needs `{key}`", "`{word}` には `{key}` が必要です"),
            )
            .expected(expected)
            .maybe_at(self.here()),
        );
    }

    /// Reports that the value of `key` is not what it should be.
    pub(crate) fn wrong(&self, key: &str, expected: impl Into<Text>) {
        let found = self.entries.get(key).map(|value| match value.clone().try_cast::<Quantity>() {
            Some(quantity) => {
                let unit = self.bench.unit_words(quantity.node);
                let known = self.bench.graph(|graph| {
                    let plain =
                        !matches!(graph.unit(quantity.node), Unit::Money(_) | Unit::Label(_));
                    graph.literal(quantity.node).map(|value| (value.normalize(), plain))
                });
                match known {
                    Some((value, true)) => Text::from(value.to_string()),
                    Some((value, false)) => say!("{value} {}", "{value} {}", unit),
                    None => unit,
                }
            }
            None => describe(value),
        });
        let found = found.unwrap_or_default();
        let word = &self.word;
        self.bench.report(
            Problem::error(
                "wrong-value",
                say!(
                    "`{key}` of `{word}` cannot be this value",
                    "`{word}` の `{key}` にこの値は使えません"
                ),
            )
            .found(found)
            .expected(expected)
            .maybe_at(self.place(key)),
        );
    }

    fn typed<T>(
        &self,
        key: &str,
        expected: impl FnOnce() -> Text,
        read: impl FnOnce(Dynamic) -> Option<T>,
    ) -> Option<T> {
        let value = read(self.value(key)?);
        if value.is_none() {
            self.wrong(key, expected());
        }
        value
    }

    /// A text.
    pub(crate) fn text(&self, key: &str) -> Option<String> {
        self.typed(
            key,
            || say!("text in quotes", "引用符で囲んだ文字列"),
            |value| value.into_string().ok(),
        )
    }

    /// One of a few texts.
    pub(crate) fn choice<T: Copy>(&self, key: &str, choices: &[(&str, T)]) -> Option<T> {
        let names = choices.iter().map(|(name, _)| format!("\"{name}\"")).collect::<Vec<_>>();
        self.typed(
            key,
            || Text::from(names.join(", ")),
            |value| {
                let text = value.into_string().ok()?;
                choices.iter().find(|(name, _)| *name == text).map(|(_, choice)| *choice)
            },
        )
    }

    /// A title: one text, or `#{ ja: …, en: … }`.
    pub(crate) fn title(&self, key: &str) -> Option<Text> {
        let expected =
            || say!("text, or #{{ ja: \"…\", en: \"…\" }}", "文字列か #{{ ja: \"…\", en: \"…\" }}");
        self.typed(key, expected, |value| text_of(&value))
    }

    /// Titles in a list.
    pub(crate) fn titles(&self, key: &str) -> Vec<Text> {
        let expected = || {
            say!(
                "texts in a list: [\"…\", #{{ ja: \"…\", en: \"…\" }}]",
                "文字列の並び: [\"…\", #{{ ja: \"…\", en: \"…\" }}]"
            )
        };
        let read = |value: Dynamic| -> Option<Vec<Text>> {
            value.into_array().ok()?.iter().map(text_of).collect()
        };
        self.typed(key, expected, read).unwrap_or_default()
    }

    /// A date, as "2024-03-31".
    pub(crate) fn date(&self, key: &str) -> Option<Date> {
        self.typed(
            key,
            || say!("a date as \"2024-03-31\"", "\"2024-03-31\" の形の日付"),
            |value| date_of(&value),
        )
    }

    /// A closure, frozen.
    pub(crate) fn closure(&self, key: &str) -> Option<Closure> {
        let at = self.positions(key).map_or(self.call, |(_, value)| value);
        self.typed(
            key,
            || say!("a closure such as |p| p.age", "|p| p.age のようなクロージャ"),
            |value| value.try_cast::<FnPtr>().map(|function| Closure::freeze(function, at)),
        )
    }

    /// One closure or several in a list, each frozen.
    pub(crate) fn closures(&self, key: &str) -> Option<Vec<Closure>> {
        let at = self.positions(key).map_or(self.call, |(_, value)| value);
        let expected =
            || say!("closures: [|p| p.age, |p| p.sex]", "クロージャの並び: [|p| p.age, |p| p.sex]");
        self.typed(key, expected, |value| {
            let all = match value.clone().try_cast::<FnPtr>() {
                Some(one) => vec![Dynamic::from(one)],
                None => value.into_array().ok().filter(|all| !all.is_empty())?,
            };
            let frozen = all.into_iter().map(|value| {
                value.try_cast::<FnPtr>().map(|function| Closure::freeze(function, at))
            });
            frozen.collect()
        })
    }

    /// A plain number.
    pub(crate) fn number(&self, key: &str) -> Option<Decimal> {
        self.typed(
            key,
            || say!("a number", "数"),
            |value| number_of(&value).or_else(|| self.literal(&value, |unit| !unit.is_money())),
        )
    }

    /// True or false.
    pub(crate) fn truth(&self, key: &str) -> Option<bool> {
        self.typed(key, || say!("true or false", "true か false"), |value| value.as_bool().ok())
    }

    /// A number or an amount of money, known now.
    pub(crate) fn amount(&self, key: &str) -> Option<Decimal> {
        self.typed(key, || say!("a number", "数"), |value| self.amount_of(&value))
    }

    /// The number or amount that a value is, when it is known now.
    pub(crate) fn amount_of(&self, value: &Dynamic) -> Option<Decimal> {
        number_of(value).or_else(|| self.literal(value, Unit::is_quantity))
    }

    /// A whole number of at least 0.
    pub(crate) fn count(&self, key: &str) -> Option<u64> {
        self.typed(
            key,
            || say!("a whole number of at least 0", "0 以上の整数"),
            |value| value.as_int().ok().and_then(|count| u64::try_from(count).ok()),
        )
    }

    /// An amount of money of at least 0, known now.
    pub(crate) fn money(&self, key: &str) -> Option<Decimal> {
        self.typed(
            key,
            || {
                say!(
                    "an amount of money of at least 0, such as yen(1_000_000)",
                    "yen(1_000_000) のような 0 以上の金額"
                )
            },
            |value| {
                self.literal(&value, Unit::is_money).filter(|amount| !amount.is_sign_negative())
            },
        )
    }

    fn literal(&self, value: &Dynamic, fits: impl Fn(&Unit) -> bool) -> Option<Decimal> {
        let quantity = value.clone().try_cast::<Quantity>()?;
        self.bench.graph(|graph| {
            fits(graph.unit(quantity.node)).then(|| graph.literal(quantity.node)).flatten()
        })
    }

    /// A list of dates.
    pub(crate) fn dates(&self, key: &str) -> Option<Vec<Date>> {
        let expected =
            || say!("a list of dates: [\"2024-03-31\", …]", "日付の並び: [\"2024-03-31\", …]");
        self.typed(key, expected, |value| {
            let dates = value.into_array().ok().filter(|dates| !dates.is_empty())?;
            dates.iter().map(date_of).collect()
        })
    }

    /// A number or an amount, known now or not.
    pub(crate) fn node(&self, key: &str) -> Option<crate::expr::NodeId> {
        self.typed(
            key,
            || say!("a number or an amount", "数か金額"),
            |value| node_of(&self.bench, &value),
        )
    }
}

/// A date written as text.
pub(crate) fn date_of(value: &Dynamic) -> Option<Date> {
    let text = value.as_immutable_string_ref().ok()?;
    let plain = text.len() == 10;
    plain.then(|| text.parse().ok()).flatten()
}

/// Words of a contract: a text, which stands for both languages, or `#{ ja: "…", en: "…" }`.
pub(crate) fn text_of(value: &Dynamic) -> Option<Text> {
    if let Ok(text) = value.as_immutable_string_ref() {
        return Some(Text::from(text.as_str()));
    }
    let map = value.clone().try_cast::<Map>()?;
    let word = |language: &str| map.get(language)?.clone().into_string().ok();
    let (ja, en) = (word("ja"), word("en"));
    let known = |key: &str, read: &Option<String>| !map.contains_key(key) || read.is_some();
    let extra = map.keys().any(|key| key != "ja" && key != "en");
    if extra || !known("ja", &ja) || !known("en", &en) {
        return None;
    }
    let either = ja.clone().or_else(|| en.clone())?;
    Some(Text { en: en.unwrap_or_else(|| either.clone()), ja: ja.unwrap_or(either) })
}

/// A script value in words, for "found".
pub(crate) fn describe(value: &Dynamic) -> Text {
    if let Some(number) = number_of(value) {
        return Text::from(number.normalize().to_string());
    }
    if let Ok(text) = value.as_immutable_string_ref() {
        return Text::from(format!("\"{}\"", text.as_str()));
    }
    match value.type_name().rsplit("::").next().unwrap_or_default() {
        "()" => say!("nothing", "なし"),
        "map" => Text::from("#{…}"),
        "array" => Text::from("[…]"),
        "Fn" => say!("a closure", "クロージャ"),
        "bool" => say!("true or false", "真偽"),
        "char" => Text::from(format!("'{value}'")),
        "RowHandle" | "row" => say!("a row", "行"),
        "Moment" | "evaluation" => say!("an evaluation", "評価日"),
        "IndicatorHandle" | "indicator" => say!("an indicator", "指標"),
        "CohortHandle" | "cohort" => say!("a cohort", "コホート"),
        "PartyHandle" | "party" => say!("a party", "当事者"),
        other if other.ends_with("Quantity") => say!("an amount", "量"),
        other => Text::from(other.rsplit("::").next().unwrap_or(other)),
    }
}
