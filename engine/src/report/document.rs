//! A result as it is read: headings, sentences, tables and charts, in one language.
//!
//! In: what a builder beside this file says of a result. Out: a [`Document`], which a terminal
//! prints, a page shows ([`Document::html`]) and a workbook holds ([`Document::xlsx`]): each figure
//! is written once for all of them.

use super::chart::Chart;
use crate::problem::Language;

/// A result in the words of one language.
#[derive(Debug, Clone)]
pub struct Document {
    /// The language of its words.
    pub language: Language,
    /// What it is.
    pub title: String,
    /// Of what, such as the contract with its identifier.
    pub subtitle: String,
    /// What it says, from top to bottom.
    pub blocks: Vec<Block>,
}

/// A part of a [`Document`].
#[derive(Debug, Clone)]
pub enum Block {
    /// The name of what follows. A terminal leaves it out: there the first heading of a table says
    /// it.
    Heading(String),
    /// The name of what follows, which a terminal prints too.
    Caption(String),
    /// What follows stands apart.
    Gap,
    /// Sentences.
    Paragraph(String),
    /// Sentences side by side.
    List(Vec<String>),
    /// What matters most, point by point.
    Points(Vec<String>),
    /// Rows of figures.
    Table(Table),
    /// A picture.
    Chart(Box<Chart>),
}

/// On which side a column lines up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Words.
    Left,
    /// Amounts and counts.
    Right,
    /// Bars drawn with characters, from the left. Pages and workbooks leave the column out: a chart
    /// beside the table shows the same.
    Bar,
}

/// Rows of figures under headings.
#[derive(Debug, Clone, Default)]
pub struct Table {
    /// The headings, with the side on which their column lines up.
    pub heads: Vec<(String, Side)>,
    /// The rows; cells that are missing at the end are empty.
    pub rows: Vec<Row>,
}

/// A row of a [`Table`].
#[derive(Debug, Clone)]
pub enum Row {
    /// Figures and words.
    Cells(Vec<Figure>),
    /// A line above the sum of a column.
    SumLine(usize),
}

/// What a cell of a [`Table`] says.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// As it is read.
    pub text: String,
    /// The number, where it is one: a workbook computes with it.
    pub number: Option<f64>,
    /// The standard error of the number, where it is estimated: a workbook gives it a column.
    pub error: Option<f64>,
    /// The lower and the upper end of its 95% interval, where that is told: a workbook gives each a
    /// column.
    pub interval: Option<[f64; 2]>,
}

impl Figure {
    /// A number and how it is read.
    #[must_use]
    pub fn number(number: f64, text: impl Into<String>) -> Figure {
        let number = number.is_finite().then_some(number);
        Figure { text: text.into(), number, error: None, interval: None }
    }

    /// An estimate with its standard error, and how both are read.
    #[must_use]
    pub fn estimated(number: f64, error: f64, text: impl Into<String>) -> Figure {
        let error = error.is_finite().then_some(error);
        Figure { error, ..Figure::number(number, text) }
    }

    /// An estimate with the ends of its 95% interval, and how they are read.
    #[must_use]
    pub fn within(number: f64, interval: [f64; 2], text: impl Into<String>) -> Figure {
        let interval = interval.iter().all(|end| end.is_finite()).then_some(interval);
        Figure { interval, ..Figure::number(number, text) }
    }
}

impl<S: Into<String>> From<S> for Figure {
    fn from(text: S) -> Figure {
        Figure { text: text.into(), number: None, error: None, interval: None }
    }
}

impl Table {
    /// A table with these headings.
    #[must_use]
    pub fn new<S: Into<String>>(heads: impl IntoIterator<Item = (S, Side)>) -> Table {
        let heads = heads.into_iter().map(|(head, side)| (head.into(), side)).collect();
        Table { heads, rows: Vec::new() }
    }

    /// Adds a row; missing cells are empty.
    pub fn row<F: Into<Figure>>(&mut self, cells: impl IntoIterator<Item = F>) {
        self.rows.push(Row::Cells(cells.into_iter().map(Into::into).collect()));
    }

    /// Draws a line in one column, as above a sum.
    pub fn sum_line(&mut self, column: usize) {
        self.rows.push(Row::SumLine(column));
    }

    /// Whether it has no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The table without the columns of bars that are drawn with characters.
    #[must_use]
    pub fn without_bars(&self) -> Table {
        let heads = self.heads.iter().enumerate();
        let kept: Vec<usize> =
            heads.filter(|(_, (_, side))| *side != Side::Bar).map(|(at, _)| at).collect();
        let row = |row: &Row| match row {
            Row::Cells(cells) => {
                Row::Cells(kept.iter().filter_map(|at| cells.get(*at).cloned()).collect())
            }
            Row::SumLine(column) => {
                Row::SumLine(kept.iter().position(|at| at == column).unwrap_or(*column))
            }
        };
        Table {
            heads: kept.iter().map(|at| self.heads[*at].clone()).collect(),
            rows: self.rows.iter().map(row).collect(),
        }
    }
}

impl Document {
    /// A document that says nothing yet.
    #[must_use]
    pub fn new(
        language: Language,
        title: impl Into<String>,
        subtitle: impl Into<String>,
    ) -> Document {
        Document { language, title: title.into(), subtitle: subtitle.into(), blocks: Vec::new() }
    }

    /// Adds a heading.
    pub fn heading(&mut self, words: impl Into<String>) {
        self.blocks.push(Block::Heading(words.into()));
    }

    /// Adds the name of what is added next, for a terminal too.
    pub fn caption(&mut self, words: impl Into<String>) {
        self.blocks.push(Block::Caption(words.into()));
    }

    /// What is added next stands apart from what is before it.
    pub fn gap(&mut self) {
        if !matches!(self.blocks.last(), Some(Block::Gap)) {
            self.blocks.push(Block::Gap);
        }
    }

    /// Adds sentences, unless there are none.
    pub fn paragraph(&mut self, words: impl Into<String>) {
        let words = words.into();
        if !words.trim().is_empty() {
            self.blocks.push(Block::Paragraph(words.trim_end().to_owned()));
        }
    }

    /// Adds a list, unless it is empty.
    pub fn list(&mut self, items: Vec<String>) {
        if !items.is_empty() {
            self.blocks.push(Block::List(items));
        }
    }

    /// Adds points, unless there are none.
    pub fn points(&mut self, points: Vec<String>) {
        if !points.is_empty() {
            self.blocks.push(Block::Points(points));
        }
    }

    /// Adds a table, unless it has no rows.
    pub fn table(&mut self, table: Table) {
        if !table.is_empty() {
            self.blocks.push(Block::Table(table));
        }
    }

    /// Adds a chart.
    pub fn chart(&mut self, chart: Chart) {
        self.blocks.push(Block::Chart(Box::new(chart)));
    }

    /// The tables, in order.
    pub fn tables(&self) -> impl Iterator<Item = &Table> {
        self.blocks.iter().filter_map(|block| match block {
            Block::Table(table) => Some(table),
            _ => None,
        })
    }

    /// Lines that were broken for a terminal, in one: Japanese has no space between them.
    pub(super) fn unbroken(&self, words: &str) -> String {
        let lines: Vec<&str> = words.lines().map(str::trim).collect();
        lines.join(match self.language {
            Language::Ja => "",
            Language::En => " ",
        })
    }

    /// The charts, in order.
    pub fn charts(&self) -> impl Iterator<Item = &Chart> {
        self.blocks.iter().filter_map(|block| match block {
            Block::Chart(chart) => Some(chart.as_ref()),
            _ => None,
        })
    }
}
