//! A table of a scenario's file, read entry by entry.

use std::ops::Range;

use rust_decimal::Decimal;
use toml_edit::{Item, TableLike};

use super::replaced::{Written, base_twice, with_replaced};
use super::{Document, Expression};
use crate::problem::{Place, Problem, Source, Text, did_you_mean, say};
use crate::scenario::assumption::worded;
use crate::script::notation_hint;

/// The entry that states the value of a cell.
const VALUE: &str = "is";
/// The entry that says where numbers are from.
const SOURCE: &str = "source";

/// A table of the file.
#[derive(Clone)]
pub(crate) struct Section<'d> {
    pub(super) document: &'d Document<'d>,
    /// Its name, with dots; empty for the file's own entries.
    pub(crate) name: String,
    /// The tables of this name, each with the file it stands in, those that lie on top last.
    pub(super) tables: Vec<(usize, &'d dyn TableLike)>,
    /// The plain values that stand below and that this table replaces, from the top.
    pub(super) replaced: Vec<(usize, &'d Item)>,
    pub(super) span: Option<(usize, Range<usize>)>,
}

impl<'d> Section<'d> {
    /// Refuses entries that are not `known`.
    pub(crate) fn known(&self, known: &[&str]) {
        for key in self.keys().into_iter().filter(|key| !known.contains(key)) {
            let name = if self.name.is_empty() { self.document.what } else { &self.name };
            let problem = Problem::error(
                "unknown-key",
                say!("`{name}` has no entry `{key}`", "`{name}` に `{key}` という項目はありません"),
            )
            .expected(Text::from(known.join(", ")))
            .at(self.key_place(key));
            self.document.report(match did_you_mean(key, known.iter().copied()) {
                Some(near) => problem.help(near),
                None => problem,
            });
        }
    }

    /// The names of the entries, in order.
    pub(crate) fn keys(&self) -> Vec<&'d str> {
        let mut keys: Vec<&'d str> = Vec::new();
        for (_, table) in &self.tables {
            for (key, _) in table.iter().filter(|(key, _)| !self.is_stale(key)) {
                if !keys.contains(&key) {
                    keys.push(key);
                }
            }
        }
        keys
    }

    /// Whether this is the source of numbers that another file replaced.
    fn is_stale(&self, key: &str) -> bool {
        let top = self.tables.last();
        key == SOURCE && !top.is_some_and(|(_, table)| table.contains_key(SOURCE))
    }

    /// An entry, from the file on top that has it, and that file.
    fn entry(&self, key: &str) -> Option<(usize, &'d Item)> {
        if self.is_stale(key) {
            return None;
        }
        // A table that states no value keeps the plain one it lies over.
        let plain = || self.replaced.first().copied().filter(|_| key == VALUE);
        self.entries(key).next().or_else(plain)
    }

    /// An entry in every file that has it, from the top.
    fn entries(&self, key: &str) -> impl Iterator<Item = (usize, &'d Item)> {
        let tables = self.tables.iter().rev();
        tables.filter_map(move |(layer, table)| Some((*layer, table.get(key)?)))
    }

    fn source_of(&self, layer: usize) -> &'d Source {
        self.document.layers[layer].source
    }

    /// Whether there is such an entry.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.entry(key).is_some()
    }

    /// The place of an entry's name.
    pub(crate) fn key_place(&self, key: &str) -> Place {
        let name =
            |(layer, table): &(usize, &'d dyn TableLike)| Some((*layer, table.key(key)?.span()?));
        let name = self.tables.iter().rev().find_map(name);
        name.map_or_else(|| self.here(), |(layer, span)| self.source_of(layer).span(span))
    }

    /// The place of an entry's value.
    pub(crate) fn place(&self, key: &str) -> Place {
        let value = self.entry(key).and_then(|(layer, item)| Some((layer, item.span()?)));
        value.map_or_else(|| self.here(), |(layer, span)| self.source_of(layer).span(span))
    }

    /// The place of the whole section.
    pub(crate) fn here(&self) -> Place {
        let whole = || self.document.source.whole();
        self.span.clone().map_or_else(whole, |(layer, span)| self.source_of(layer).span(span))
    }

    /// Reports that an entry is needed and missing.
    pub(crate) fn missing(&self, key: &str, expected: Text) {
        let name = if self.name.is_empty() { "scenario" } else { &self.name };
        self.document.report(
            Problem::error(
                "missing-key",
                say!("`{name}` needs `{key}`", "`{name}` には `{key}` が必要です"),
            )
            .expected(expected)
            .at(self.here()),
        );
    }

    /// Reports that an entry's value is not what it should be.
    pub(crate) fn wrong(&self, key: &str, expected: Text) {
        let name = if self.name.is_empty() { "scenario" } else { &self.name };
        let found = self.raw(key).unwrap_or_default();
        let place = self.place(key);
        let problem = Problem::error(
            "wrong-value",
            say!(
                "`{key}` of `{name}` cannot be this value",
                "`{name}` の `{key}` にこの値は使えません"
            ),
        )
        .found(Text::from(found))
        .expected(expected);
        let problem = match notation_hint(&place) {
            Some(hint) => problem.help(hint),
            None => problem,
        };
        self.document.report(problem.at(place));
    }

    /// An entry as it is written.
    pub(crate) fn raw(&self, key: &str) -> Option<String> {
        let (layer, item) = self.entry(key)?;
        self.source_of(layer).text().get(item.span()?).map(str::to_owned)
    }

    /// A text.
    pub(crate) fn text(&self, key: &str) -> Option<String> {
        let (_, item) = self.entry(key)?;
        let text = item.as_str().map(str::to_owned);
        if text.is_none() {
            self.wrong(key, say!("text in quotes", "引用符で囲んだ文字列"));
        }
        text
    }

    /// A title: one text, or `{ ja = "…", en = "…" }`.
    pub(crate) fn title(&self, key: &str) -> Option<Text> {
        if !self.is_section(key) {
            return self.text(key).map(Text::from);
        }
        let section = self.section(key)?;
        section.known(&["ja", "en"]);
        let word = |language: &str| section.has(language).then(|| section.text(language)).flatten();
        let (ja, en) = (word("ja"), word("en"));
        let either = ja.clone().or_else(|| en.clone())?;
        Some(Text { en: en.unwrap_or_else(|| either.clone()), ja: ja.unwrap_or(either) })
    }

    /// Where numbers are from, if that is said: one text, or `{ ja = "…", en = "…" }`.
    pub(crate) fn source(&self) -> Option<Text> {
        match self.is_section(SOURCE) {
            true => self.title(SOURCE),
            false => {
                self.has(SOURCE).then(|| self.text(SOURCE)).flatten().map(|text| worded(&text))
            }
        }
    }

    /// `true` or `false`.
    pub(crate) fn truth(&self, key: &str) -> Option<bool> {
        let (_, item) = self.entry(key)?;
        let truth = item.as_bool();
        if truth.is_none() {
            self.wrong(key, say!("true or false", "true または false"));
        }
        truth
    }

    /// A list of texts.
    pub(crate) fn texts(&self, key: &str) -> Option<Vec<String>> {
        let (_, item) = self.entry(key)?;
        let texts = item.as_array().and_then(|array| {
            array.iter().map(|text| text.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>()
        });
        if texts.is_none() {
            self.wrong(
                key,
                say!("a list of texts: [\"a\", \"b\"]", "文字列の並び: [\"a\", \"b\"]"),
            );
        }
        texts
    }

    /// A number, exactly as it is written.
    pub(crate) fn number(&self, key: &str) -> Option<Decimal> {
        let (_, item) = self.entry(key)?;
        let plain = item.as_integer().is_some() || item.as_float().is_some();
        let text = match item.as_str() {
            Some(text) => Some(text.to_owned()),
            None if plain => self.raw(key),
            None => None,
        };
        let number = text.and_then(|text| exact(&text));
        if number.is_none() {
            self.wrong(key, say!("a number", "数"));
        }
        number
    }

    /// A whole number of at least `least`.
    pub(crate) fn count(&self, key: &str, least: u64) -> Option<u64> {
        let (_, item) = self.entry(key)?;
        let count = item.as_integer().and_then(|count| u64::try_from(count).ok());
        let count = count.filter(|count| *count >= least);
        if count.is_none() {
            self.wrong(key, say!("a whole number of at least {least}", "{least} 以上の整数"));
        }
        count
    }

    /// An expression: text, or a plain number.
    pub(crate) fn expression(&self, key: &str) -> Option<Expression> {
        let (layer, item) = self.entry(key)?;
        let Some(mut expression) = self.written(layer, item) else {
            let expected =
                say!("an expression in quotes, or a number", "引用符で囲んだ式、または数");
            self.wrong(key, expected);
            return None;
        };
        if let Some(below) = self.below(key, layer)
            && let Some(((text, shown), count)) = with_replaced(&expression.text, &below)
        {
            if count > 1 {
                self.document.report(base_twice(self.document.place(&expression)));
            }
            (expression.text, expression.shown, expression.start) = (text, Some(shown), None);
        }
        Some(expression)
    }

    /// The expression that one of a file that lies over it replaces.
    fn below(&self, key: &str, over: usize) -> Option<Written> {
        let plain = self.replaced.iter().copied().filter(|_| key == VALUE);
        let all = self.entries(key).chain(plain);
        let from_the_top: Vec<(usize, &Item)> = all.filter(|(layer, _)| *layer < over).collect();
        let mut below: Option<Written> = None;
        for (layer, item) in from_the_top.into_iter().rev() {
            let text = self.written(layer, item)?.text;
            let whole = below.as_ref().and_then(|below| with_replaced(&text, below));
            below = Some(whole.map_or_else(|| (text.clone(), text.clone()), |(whole, _)| whole));
        }
        below
    }

    /// An expression as one file writes it.
    fn written(&self, layer: usize, item: &Item) -> Option<Expression> {
        let span = item.span()?;
        let raw = self.source_of(layer).text().get(span.clone())?;
        if let Some(text) = item.as_str() {
            // Behind the opening quotes; a text with escapes is placed as a whole.
            let quotes = raw.chars().take_while(|c| *c == '"' || *c == '\'').count();
            let quotes = if quotes >= 3 { 3 } else { 1 };
            let newline = usize::from(quotes == 3 && raw[quotes..].starts_with('\n'));
            let start = Some(span.start + quotes + newline);
            return Some(Expression { text: text.to_owned(), shown: None, start, span, layer });
        }
        exact(raw)?;
        Some(Expression { text: raw.to_owned(), shown: None, start: Some(span.start), span, layer })
    }

    /// A table inside this one; a plain value is an error.
    pub(crate) fn section(&self, key: &str) -> Option<Section<'d>> {
        let (mut tables, mut replaced, mut span) = (Vec::new(), Vec::new(), None);
        // From the top down; plain values below are what the tables above them replace.
        for (layer, item) in self.entries(key) {
            let Some(table) = item.as_table_like() else {
                replaced.push((layer, item));
                continue;
            };
            if !replaced.is_empty() {
                break;
            }
            tables.insert(0, (layer, table));
            let tables = self.tables.iter().find(|(known, _)| *known == layer);
            let name = tables.and_then(|(_, table)| table.key(key)?.span());
            span = name.or_else(|| item.span()).map(|span| (layer, span));
        }
        if tables.is_empty() {
            if !replaced.is_empty() {
                self.wrong(key, say!("a table: `[{key}]` or {{ … }}", "表: `[{key}]` か {{ … }}"));
            }
            return None;
        }
        let name =
            if self.name.is_empty() { key.to_owned() } else { format!("{}.{key}", self.name) };
        Some(Section { document: self.document, name, tables, replaced, span })
    }

    /// Whether an entry is a table.
    pub(crate) fn is_section(&self, key: &str) -> bool {
        self.entry(key).is_some_and(|(_, item)| item.is_table_like())
    }

    /// A list of tables: `[[key]]`.
    pub(crate) fn sections(&self, key: &str) -> Vec<Section<'d>> {
        let Some((layer, item)) = self.entry(key) else { return Vec::new() };
        let Some(tables) = item.as_array_of_tables() else {
            self.wrong(key, say!("a list of tables: `[[{key}]]`", "表の並び: `[[{key}]]`"));
            return Vec::new();
        };
        tables
            .iter()
            .map(|table| Section {
                document: self.document,
                name: key.to_owned(),
                tables: vec![(layer, table as &dyn TableLike)],
                replaced: Vec::new(),
                span: table.span().map(|span| (layer, span)),
            })
            .collect()
    }
}

/// A number as TOML writes it, without a detour through binary.
pub(crate) fn exact(text: &str) -> Option<Decimal> {
    let text = text.replace('_', "");
    Decimal::from_str_exact(&text).or_else(|_| Decimal::from_scientific(&text)).ok()
}
