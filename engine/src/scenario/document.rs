//! The TOML file, section by section, with the place of every value; other files may lie over it and
//! change it entry by entry.

mod replaced;
mod section;
mod unreadable;

use std::cell::RefCell;
use std::ops::Range;

use toml_edit::{Document as Toml, TableLike};

pub(crate) use replaced::REPLACED;
pub(crate) use section::{Section, exact};
pub(crate) use unreadable::problem as unreadable;

use crate::problem::{Place, Problem, Source};

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

/// A parsed file, and those that lie over it, with what is wrong with them.
pub(crate) struct Document<'s> {
    /// The file at the bottom.
    pub(crate) source: &'s Source,
    /// What the file is.
    what: &'static str,
    layers: Vec<Layer<'s>>,
    problems: RefCell<Vec<Problem>>,
}

impl<'s> Document<'s> {
    /// Parses the file.
    pub(crate) fn parse(source: &'s Source) -> Result<Self, Problem> {
        Document::layered(source, &[])
    }

    /// Parses a file that is something else than a scenario.
    pub(crate) fn parse_as(what: &'static str, source: &'s Source) -> Result<Self, Problem> {
        Ok(Self { what, ..Document::parse(source)? })
    }

    /// Parses a file and others that lie over it, the last one on top: what stands there replaces,
    /// entry by entry, what stands below.
    pub(crate) fn layered(source: &'s Source, over: &[&'s Source]) -> Result<Self, Problem> {
        let sources = std::iter::once(source).chain(over.iter().copied());
        let layers = sources.map(Document::layer).collect::<Result<_, Problem>>()?;
        Ok(Self { source, what: "scenario", layers, problems: RefCell::new(Vec::new()) })
    }

    fn layer(source: &'s Source) -> Result<Layer<'s>, Problem> {
        let toml =
            Toml::parse(source.text().to_owned()).map_err(|error| unreadable(source, &error))?;
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
