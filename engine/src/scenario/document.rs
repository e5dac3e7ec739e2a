//! The TOML file, section by section, with the place of every value.

use std::cell::RefCell;
use std::ops::Range;

use rust_decimal::Decimal;
use toml_edit::{Document as Toml, Item, TableLike};

use crate::problem::{Place, Problem, Source, Text, did_you_mean, say};

/// The text of an expression and where it starts in the file.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Expression {
    pub(crate) text: String,
    /// Byte offset of the expression's first character.
    start: usize,
    span: Range<usize>,
}

/// A parsed file that collects what is wrong with it.
pub(crate) struct Document<'s> {
    pub(crate) source: &'s Source,
    toml: Toml<String>,
    problems: RefCell<Vec<Problem>>,
}

impl<'s> Document<'s> {
    /// Parses the file.
    pub(crate) fn parse(source: &'s Source) -> Result<Self, Problem> {
        let toml = Toml::parse(source.text().to_owned()).map_err(|error| {
            let said = unreadable(error.message());
            let place = error.span().map_or_else(|| source.whole(), |span| source.span(span));
            let problem = Problem::error(
                "syntax",
                say!("the scenario cannot be read: {}", "シナリオを読めません: {}", said),
            );
            let written = &source.text()[error.span().unwrap_or_default()];
            let word = !written.is_empty() && written.chars().all(char::is_alphanumeric);
            let problem = if word && !written.is_ascii() {
                problem.help(say!(
                    "put the name in quotes: \"{written}\" = …",
                    "名前を引用符で囲んでください: \"{written}\" = …"
                ))
            } else {
                problem.help(say!(
                    "an entry is `name = value`, a section `[name]`; texts and expressions stand in quotes",
                    "項目は「名前 = 値」、表は「[名前]」と書き、文字列と式は引用符で囲みます"
                ))
            };
            problem.at(place)
        })?;
        Ok(Self { source, toml, problems: RefCell::new(Vec::new()) })
    }

    /// The file's own entries.
    pub(crate) fn root(&self) -> Section<'_> {
        Section { document: self, name: String::new(), table: self.toml.as_table(), span: None }
    }

    /// Notes a problem.
    pub(crate) fn report(&self, problem: Problem) {
        self.problems.borrow_mut().push(problem);
    }

    /// What is wrong so far, in the order of the file.
    pub(crate) fn problems(&self) -> Vec<Problem> {
        let mut problems = self.problems.take();
        problems.sort_by_key(|problem| {
            problem.place.as_ref().map_or((0, 0), |place| (place.line, place.column))
        });
        problems.dedup();
        problems
    }

    /// Moves a problem of an expression to its place in the file.
    pub(crate) fn relocate(&self, problem: Problem, expression: &Expression) -> Problem {
        // What stands in another file, such as a table, has its place.
        let elsewhere = |place: &Place| place.line > 0 && place.file != self.source.file();
        if problem.place.as_ref().is_some_and(elsewhere) {
            return problem;
        }
        let inside = problem.place.as_ref().filter(|place| place.line > 0);
        let place = inside.map_or_else(
            || self.source.span(expression.span.clone()),
            |place| {
                let lines = expression.text.split('\n').take(place.line - 1);
                let before: usize = lines.map(|line| line.len() + 1).sum();
                let line = expression.text.split('\n').nth(place.line - 1).unwrap_or_default();
                let column = place.column.saturating_sub(1);
                let within: usize = line.chars().take(column).map(char::len_utf8).sum();
                let start = expression.start + before + within;
                let found = self.source.span(start..start + 1);
                Place { length: place.length, ..found }
            },
        );
        problem.at(place)
    }

    /// The place of an expression.
    pub(crate) fn place(&self, expression: &Expression) -> Place {
        self.source.span(expression.span.clone())
    }
}

/// A table of the file.
#[derive(Clone)]
pub(crate) struct Section<'d> {
    document: &'d Document<'d>,
    /// Its name, with dots; empty for the file's own entries.
    pub(crate) name: String,
    table: &'d dyn TableLike,
    span: Option<Range<usize>>,
}

impl<'d> Section<'d> {
    /// Refuses entries that are not `known`.
    pub(crate) fn known(&self, known: &[&str]) {
        for (key, _) in self.table.iter().filter(|(key, _)| !known.contains(key)) {
            let name = if self.name.is_empty() { "scenario" } else { &self.name };
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
        self.table.iter().map(|(key, _)| key).collect()
    }

    /// Whether there is such an entry.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// The place of an entry's name.
    pub(crate) fn key_place(&self, key: &str) -> Place {
        let span = self.table.key(key).and_then(toml_edit::Key::span);
        span.map_or_else(|| self.here(), |span| self.document.source.span(span))
    }

    /// The place of an entry's value.
    pub(crate) fn place(&self, key: &str) -> Place {
        let span = self.table.get(key).and_then(Item::span);
        span.map_or_else(|| self.here(), |span| self.document.source.span(span))
    }

    /// The place of the whole section.
    pub(crate) fn here(&self) -> Place {
        let source = self.document.source;
        self.span.clone().map_or_else(|| source.whole(), |span| source.span(span))
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
        self.document.report(
            Problem::error(
                "wrong-value",
                say!(
                    "`{key}` of `{name}` cannot be this value",
                    "`{name}` の `{key}` にこの値は使えません"
                ),
            )
            .found(Text::from(found))
            .expected(expected)
            .at(self.place(key)),
        );
    }

    fn raw(&self, key: &str) -> Option<String> {
        let span = self.table.get(key)?.span()?;
        self.document.source.text().get(span).map(str::to_owned)
    }

    /// A text.
    pub(crate) fn text(&self, key: &str) -> Option<String> {
        let item = self.table.get(key)?;
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

    /// `true` or `false`.
    pub(crate) fn truth(&self, key: &str) -> Option<bool> {
        let truth = self.table.get(key)?.as_bool();
        if truth.is_none() {
            self.wrong(key, say!("true or false", "true または false"));
        }
        truth
    }

    /// A list of texts.
    pub(crate) fn texts(&self, key: &str) -> Option<Vec<String>> {
        let item = self.table.get(key)?;
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
        let item = self.table.get(key)?;
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
        let item = self.table.get(key)?;
        let count = item.as_integer().and_then(|count| u64::try_from(count).ok());
        let count = count.filter(|count| *count >= least);
        if count.is_none() {
            self.wrong(key, say!("a whole number of at least {least}", "{least} 以上の整数"));
        }
        count
    }

    /// An expression: text, or a plain number.
    pub(crate) fn expression(&self, key: &str) -> Option<Expression> {
        let item = self.table.get(key)?;
        let span = item.span()?;
        let raw = self.document.source.text().get(span.clone())?;
        if let Some(text) = item.as_str() {
            // Behind the opening quotes; a text with escapes is placed as a whole.
            let quotes = raw.chars().take_while(|c| *c == '"' || *c == '\'').count();
            let quotes = if quotes >= 3 { 3 } else { 1 };
            let newline = usize::from(quotes == 3 && raw[quotes..].starts_with('\n'));
            return Some(Expression {
                text: text.to_owned(),
                start: span.start + quotes + newline,
                span,
            });
        }
        if exact(raw).is_some() {
            let text = raw.to_owned();
            return Some(Expression { text, start: span.start, span });
        }
        self.wrong(key, say!("an expression in quotes, or a number", "引用符で囲んだ式、または数"));
        None
    }

    /// A table inside this one; a plain value is an error.
    pub(crate) fn section(&self, key: &str) -> Option<Section<'d>> {
        let item = self.table.get(key)?;
        let Some(table) = item.as_table_like() else {
            self.wrong(key, say!("a table: `[{key}]` or {{ … }}", "表: `[{key}]` か {{ … }}"));
            return None;
        };
        let name =
            if self.name.is_empty() { key.to_owned() } else { format!("{}.{key}", self.name) };
        let span = self.table.key(key).and_then(toml_edit::Key::span).or_else(|| item.span());
        Some(Section { document: self.document, name, table, span })
    }

    /// Whether an entry is a table.
    pub(crate) fn is_section(&self, key: &str) -> bool {
        self.table.get(key).is_some_and(Item::is_table_like)
    }

    /// A list of tables: `[[key]]`.
    pub(crate) fn sections(&self, key: &str) -> Vec<Section<'d>> {
        let Some(item) = self.table.get(key) else { return Vec::new() };
        let Some(tables) = item.as_array_of_tables() else {
            self.wrong(key, say!("a list of tables: `[[{key}]]`", "表の並び: `[[{key}]]`"));
            return Vec::new();
        };
        tables
            .iter()
            .map(|table| Section {
                document: self.document,
                name: key.to_owned(),
                table,
                span: table.span(),
            })
            .collect()
    }
}

/// What the TOML parser says, in both languages.
fn unreadable(said: &str) -> Text {
    const KNOWN: [(&str, &str); 6] = [
        ("invalid unquoted key", "引用符のない名前に使えない文字があります"),
        ("duplicate key", "同じ名前の項目が二つあります"),
        ("unexpected key or value", "値の後に余分な文字があります"),
        ("extra `=`", "`=` が余分です"),
        ("overflow", "数が大きすぎます"),
        ("string", "文字列を読めません"),
    ];
    let known = KNOWN.iter().find(|(start, _)| said.contains(start));
    Text { en: said.to_owned(), ja: known.map_or(said, |(_, ja)| *ja).to_owned() }
}

/// A number as TOML writes it, without a detour through binary.
fn exact(text: &str) -> Option<Decimal> {
    let text = text.replace('_', "");
    Decimal::from_str_exact(&text).or_else(|_| Decimal::from_scientific(&text)).ok()
}
