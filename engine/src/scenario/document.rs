//! The TOML file, section by section, with the place of every value; other files may lie over it and
//! change it entry by entry.

use std::cell::RefCell;
use std::ops::Range;

use rust_decimal::Decimal;
use toml_edit::{Document as Toml, Item, TableLike};

use crate::problem::{Place, Problem, Source, Text, did_you_mean, say};

/// The text of an expression and where it starts in the file.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Expression {
    pub(crate) text: String,
    /// How people read it, where that is otherwise.
    shown: Option<String>,
    /// Byte offset of the expression's first character; `None` where the text is put together from
    /// several places, so that nothing inside it has a place of its own.
    start: Option<usize>,
    span: Range<usize>,
    /// The file it stands in.
    layer: usize,
}

/// A file, as a part of a [`Document`].
struct Layer<'s> {
    source: &'s Source,
    toml: Toml<String>,
}

impl Expression {
    /// How people read it.
    pub(crate) fn shown(&self) -> &str {
        self.shown.as_deref().unwrap_or(&self.text)
    }
}

/// A plain entry of a file that lies over others.
pub(crate) struct Entry<'d> {
    /// Its name, behind those of the sections around it.
    pub(crate) path: Vec<&'d str>,
    /// The text it states; empty for a number.
    pub(crate) text: &'d str,
    pub(crate) place: Place,
    /// What it lies over.
    pub(crate) below: Below,
}

/// What an entry lies over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Below {
    Nothing,
    Value,
    Table,
}

/// The name that stands for the expression that a patch replaces.
pub(crate) const REPLACED: &str = "base";

/// A parsed file, and those that lie over it, with what is wrong with them.
pub(crate) struct Document<'s> {
    /// The file at the bottom.
    pub(crate) source: &'s Source,
    layers: Vec<Layer<'s>>,
    problems: RefCell<Vec<Problem>>,
}

impl<'s> Document<'s> {
    /// Parses the file.
    pub(crate) fn parse(source: &'s Source) -> Result<Self, Problem> {
        Document::layered(source, &[])
    }

    /// Parses a file and others that lie over it, the last one on top: what stands there replaces,
    /// entry by entry, what stands below.
    pub(crate) fn layered(source: &'s Source, over: &[&'s Source]) -> Result<Self, Problem> {
        let sources = std::iter::once(source).chain(over.iter().copied());
        let layers = sources.map(Document::layer).collect::<Result<_, Problem>>()?;
        Ok(Self { source, layers, problems: RefCell::new(Vec::new()) })
    }

    fn layer(source: &'s Source) -> Result<Layer<'s>, Problem> {
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
        Ok(Layer { source, toml })
    }

    /// The file's own entries.
    pub(crate) fn root(&self) -> Section<'_> {
        let tables = self.layers.iter().enumerate();
        let tables = tables.map(|(layer, of)| (layer, of.toml.as_table() as &dyn TableLike));
        Section {
            document: self,
            name: String::new(),
            tables: tables.collect(),
            replaced: Vec::new(),
            span: None,
        }
    }

    /// The entries of each file that lies over the first, file by file.
    pub(crate) fn entries_over(&self) -> Vec<Vec<Entry<'_>>> {
        self.entries().split_off(1)
    }

    /// The entries of every file, file by file.
    pub(crate) fn entries(&self) -> Vec<Vec<Entry<'_>>> {
        let all = self.layers.iter().enumerate();
        all.map(|(layer, of)| {
            let mut all = Vec::new();
            self.entries_in((layer, of.toml.as_table()), &mut Vec::new(), &mut all);
            all
        })
        .collect()
    }

    fn entries_in<'d>(
        &'d self,
        (layer, table): (usize, &'d dyn TableLike),
        around: &mut Vec<&'d str>,
        all: &mut Vec<Entry<'d>>,
    ) {
        for (key, item) in table.iter() {
            around.push(key);
            if let Some(inside) = item.as_table_like() {
                self.entries_in((layer, inside), around, all);
            } else {
                let source = self.layers[layer].source;
                let span = table.key(key).and_then(toml_edit::Key::span);
                all.push(Entry {
                    path: around.clone(),
                    text: item.as_str().unwrap_or_default(),
                    place: span.map_or_else(|| source.whole(), |span| source.span(span)),
                    below: self.below(layer, around),
                });
            }
            around.pop();
        }
    }

    /// What the files below one of them have at a path.
    fn below(&self, over: usize, path: &[&str]) -> Below {
        let found = self.layers[..over].iter().rev().find_map(|layer| {
            let mut item = layer.toml.get(path.first()?)?;
            for key in &path[1..] {
                item = item.as_table_like()?.get(key)?;
            }
            Some(item)
        });
        match found {
            None => Below::Nothing,
            Some(item) if item.is_table_like() => Below::Table,
            Some(_) => Below::Value,
        }
    }

    /// The names that the files below the last one have in a section.
    pub(crate) fn names_below(&self, section: &[&str]) -> Vec<&str> {
        let below = self.layers[..self.layers.len() - 1].iter();
        let tables = below.filter_map(|layer| {
            let root: &dyn TableLike = layer.toml.as_table();
            section.iter().try_fold(root, |table, key| table.get(key)?.as_table_like())
        });
        tables.flat_map(|table| table.iter().map(|(key, _)| key)).collect()
    }

    /// The entries of the first file alone.
    pub(crate) fn bottom(&self) -> Section<'_> {
        let root = self.root();
        Section { tables: root.tables[..1].to_vec(), ..root }
    }

    /// An expression as a file of its own, named as the file it stands in.
    pub(crate) fn source_of(&self, expression: &Expression) -> Source {
        Source::new(self.layers[expression.layer].source.file(), expression.text.clone())
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
        let source = self.layers[expression.layer].source;
        // What stands in another file, such as a table, has its place.
        let elsewhere = |place: &Place| place.line > 0 && place.file != source.file();
        if problem.place.as_ref().is_some_and(elsewhere) {
            return problem;
        }
        let inside = problem.place.as_ref().filter(|place| place.line > 0);
        let place = inside.zip(expression.start).map_or_else(
            || source.span(expression.span.clone()),
            |(place, first)| {
                let lines = expression.text.split('\n').take(place.line - 1);
                let before: usize = lines.map(|line| line.len() + 1).sum();
                let line = expression.text.split('\n').nth(place.line - 1).unwrap_or_default();
                let column = place.column.saturating_sub(1);
                let within: usize = line.chars().take(column).map(char::len_utf8).sum();
                let start = first + before + within;
                let found = source.span(start..start + 1);
                Place { length: place.length, ..found }
            },
        );
        problem.at(place)
    }

    /// The place of an expression.
    pub(crate) fn place(&self, expression: &Expression) -> Place {
        self.layers[expression.layer].source.span(expression.span.clone())
    }
}

/// An expression and how people read it.
type Written = (String, String);

/// `text` with the name [`REPLACED`] standing for an expression; `None` where it is not there.
///
/// The expression is worked out once, before anything else, so that its random numbers are those it
/// has by itself. `before(…)` cannot be asked inside a call: there it is put in the name's place.
fn with_replaced(text: &str, (replaced, shown): &Written) -> Option<(Written, usize)> {
    let (whole, count) = put_in_place(text, shown)?;
    let looks_back =
        text.split(|c: char| !(c.is_alphanumeric() || c == '_')).any(|w| w == "before");
    let called = if looks_back {
        put_in_place(text, replaced)?.0
    } else {
        format!("(|{REPLACED}| {text}).call({replaced})")
    };
    Some(((called, whole), if looks_back { count } else { 1 }))
}

/// `text` with the name [`REPLACED`] replaced by an expression, and how often it was.
fn put_in_place(text: &str, replaced: &str) -> Option<(String, usize)> {
    let (mut whole, mut quote, mut found) = (String::new(), None, 0);
    let mut rest = text.char_indices().peekable();
    while let Some((at, character)) = rest.next() {
        let starts = quote.is_none() && (character.is_alphabetic() || character == '_');
        if !starts {
            match quote {
                Some(open) => quote = (character != open).then_some(open),
                None if matches!(character, '"' | '\'' | '`') => quote = Some(character),
                None => {}
            }
            whole.push(character);
            continue;
        }
        let mut end = at + character.len_utf8();
        while let Some((next, _)) = rest.next_if(|(_, c)| c.is_alphanumeric() || *c == '_') {
            end = next + text[next..].chars().next().map_or(0, char::len_utf8);
        }
        let (word, named) = (&text[at..end], !text[..at].trim_end().ends_with('.'));
        if word == REPLACED && named {
            found += 1;
            whole += &format!("({replaced})");
        } else {
            whole += word;
        }
    }
    (found > 0).then_some((whole, found))
}

/// A table of the file.
#[derive(Clone)]
pub(crate) struct Section<'d> {
    document: &'d Document<'d>,
    /// Its name, with dots; empty for the file's own entries.
    pub(crate) name: String,
    /// The tables of this name, each with the file it stands in, those that lie on top last.
    tables: Vec<(usize, &'d dyn TableLike)>,
    /// The plain values that stand below and that this table replaces, from the top.
    replaced: Vec<(usize, &'d Item)>,
    span: Option<(usize, Range<usize>)>,
}

/// The entry that states the value of a cell.
const VALUE: &str = "is";
/// The entry that says where numbers are from.
const SOURCE: &str = "source";

impl<'d> Section<'d> {
    /// Refuses entries that are not `known`.
    pub(crate) fn known(&self, known: &[&str]) {
        for key in self.keys().into_iter().filter(|key| !known.contains(key)) {
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
        self.entries(key).next()
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
        let under = self.entries(key).filter(|(layer, _)| *layer < over);
        let from_the_top: Vec<(usize, &Item)> = under.chain(plain).collect();
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

/// An expression that looks back and uses what it replaces more than once would draw it anew.
fn base_twice(place: Place) -> Problem {
    Problem::error(
        "base-twice",
        say!(
            "beside `before(…)` a patch may use `{REPLACED}` only once",
            "`before(…)` のある式では、パッチは `{REPLACED}` を一度しか使えません"
        ),
    )
    .help(say!(
        "give what looks back a cell of its own, and use that",
        "一つ前の値を使う部分を別のセルにしてください"
    ))
    .at(place)
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
