//! A file as a table of text: its words kept once, its fields found when they are asked for.

use std::borrow::Cow;
use std::ops::Range;

use rayon::prelude::*;

use super::delimited::{self, Field, QuoteFault};
use super::encoding;
use super::workbook::{self, Cells};
use crate::Files;
use crate::problem::{Place, Problem, Source, say};

/// How many problems of one kind in one file are shown.
pub(super) const SHOWN: usize = 50;

/// How many records are worked on together.
const BLOCK: usize = 1 << 14;

/// A table with one heading row: delimited text, or a sheet of a workbook.
///
/// Only the text and the byte at which each record begins are held.
#[derive(Debug)]
pub(crate) struct Table {
    source: Source,
    separator: u8,
    /// The headings, trimmed.
    pub(crate) headings: Vec<String>,
    /// Where the headings and each record begin.
    starts: Vec<usize>,
    /// Where a sheet's cells stood.
    cells: Option<Cells>,
}

/// A record whose fields were copied out.
#[derive(Debug)]
pub(crate) struct Record {
    /// Its number, from 0.
    pub(crate) number: usize,
    /// Its fields, trimmed.
    pub(crate) fields: Vec<String>,
}

/// Finds the fields of records one after another.
#[derive(Debug)]
pub(super) struct Fields<'t> {
    table: &'t Table,
    fields: Vec<Field>,
}

impl<'t> Fields<'t> {
    /// Goes to a record, from 0.
    pub(super) fn go_to(&mut self, record: usize) {
        let (text, start) = (self.table.source.text(), self.table.starts[record + 1]);
        // Every record was split once when the table was read.
        let _ = delimited::split(text.as_bytes(), start, self.table.separator, &mut self.fields);
    }

    /// The field in a column of the record, trimmed.
    pub(super) fn get(&self, column: usize) -> Cow<'t, str> {
        let Some(field) = self.fields.get(column) else { return Cow::Borrowed("") };
        let text = self.table.source.text().get(field.start..field.end).unwrap_or_default().trim();
        if field.doubled { Cow::Owned(text.replace("\"\"", "\"")) } else { Cow::Borrowed(text) }
    }

    /// All fields of the record, trimmed.
    pub(super) fn all(&self) -> impl Iterator<Item = Cow<'t, str>> {
        (0..self.fields.len()).map(|column| self.get(column))
    }
}

impl Table {
    /// Reads the table at `path`; `rows.xlsx#Sheet1` names a sheet of a workbook.
    pub(crate) fn read(files: &dyn Files, path: &str) -> Result<Table, Vec<Problem>> {
        let one = |problem| vec![problem];
        super::expect_kind(path, super::Kind::Evidence).map_err(one)?;
        let (file, sheet) = workbook::path_and_sheet(path);
        let bytes = super::read_bytes(files, file).map_err(one)?;
        Table::of_bytes(path, file, sheet, bytes)
    }

    /// Reads a table from the bytes of the file that `path` names.
    pub(super) fn of_bytes(
        path: &str,
        file: &str,
        sheet: Option<&str>,
        bytes: Vec<u8>,
    ) -> Result<Table, Vec<Problem>> {
        let (text, cells) = if workbook::is_workbook(file, &bytes) {
            let read = workbook::read(file, &bytes, sheet)?;
            (read.text, Some(read.cells))
        } else {
            (encoding::decode(path, bytes).map_err(|problem| vec![problem])?, None)
        };
        let separator = match cells {
            Some(_) => b',',
            None => delimited::separator(path, &text),
        };
        let source = Source::new(path, text);
        let starts = delimited::starts(source.text(), separator)
            .map_err(|fault| vec![quote_problem(fault, &source)])?;
        let mut table = Table { source, separator, headings: Vec::new(), starts, cells };
        table.read_headings()?;
        let mut problems = table.repeated();
        problems.extend(table.ragged());
        if table.is_empty() && problems.is_empty() {
            problems.push(table.without_rows());
        }
        if problems.is_empty() { Ok(table) } else { Err(problems) }
    }

    fn read_headings(&mut self) -> Result<(), Vec<Problem>> {
        let mut fields = Vec::new();
        if let Some(start) = self.starts.first() {
            let text = self.source.text();
            let _ = delimited::split(text.as_bytes(), *start, self.separator, &mut fields);
            let heading = |field: &Field| text[field.start..field.end].trim().replace("\"\"", "\"");
            self.headings = fields.iter().map(heading).collect();
        }
        if self.headings.iter().all(String::is_empty) {
            let path = self.source.file();
            return Err(vec![
                Problem::error("empty-file", say!("`{path}` is empty", "`{path}` は空です"))
                    .expected(say!(
                        "a heading row and one row per participant",
                        "見出し行と、参加者ごとの行"
                    ))
                    .at(self.source.whole()),
            ]);
        }
        Ok(())
    }

    fn without_rows(&self) -> Problem {
        let path = self.source.file();
        Problem::error(
            "empty-file",
            say!("`{path}` has headings but no rows", "`{path}` には見出しだけで行がありません"),
        )
        .expected(say!(
            "one row per participant, or one per figure",
            "参加者ごと、または数値ごとの行"
        ))
        .at(self.source.whole())
    }

    /// Records that have more or fewer fields than there are headings.
    fn ragged(&self) -> Vec<Problem> {
        let expected = self.headings.len();
        let wrong = self.in_blocks(|fields, records| {
            let counted = records.filter_map(|record| {
                fields.go_to(record);
                let found = fields.fields.len();
                (found != expected).then_some((record, found))
            });
            counted.collect::<Vec<_>>()
        });
        let wrong: Vec<(usize, usize)> = wrong.into_iter().flatten().collect();
        let shown = wrong.iter().take(SHOWN).map(|(record, found)| {
            Problem::error(
                "ragged-row",
                say!("this row has {found} fields", "この行には {found} 個の値があります"),
            )
            .expected(say!(
                "{expected} fields, as the heading row has",
                "見出し行と同じ {expected} 個"
            ))
            .help(say!(
                "a value with a comma in it needs quotes: \"1,000\"",
                "カンマを含む値は引用符で囲みます: \"1,000\""
            ))
            .at(self.record_place(*record))
        });
        let more = more_problems(self.file(), wrong.len());
        shown.chain(more).collect()
    }

    fn repeated(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut known = rustc_hash::FxHashSet::default();
        for (position, heading) in self.headings.iter().enumerate() {
            if !heading.is_empty() && !known.insert(heading.as_str()) {
                problems.push(
                    Problem::error(
                        "repeated-column",
                        say!(
                            "the column `{heading}` is there twice",
                            "列 `{heading}` が二つあります"
                        ),
                    )
                    .help(say!(
                        "rename or remove one of them",
                        "一方の名前を変えるか、取り除いてください"
                    ))
                    .at(self.heading_of(position)),
                );
            }
        }
        problems.truncate(SHOWN);
        problems
    }

    /// The file, as the user named it.
    pub(crate) fn file(&self) -> &str {
        self.source.file()
    }

    /// How many records there are.
    pub(crate) fn len(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The position of a heading.
    pub(crate) fn column(&self, heading: &str) -> Option<usize> {
        self.headings.iter().position(|known| known == heading)
    }

    /// A reader of fields.
    pub(super) fn fields(&self) -> Fields<'_> {
        Fields { table: self, fields: Vec::with_capacity(self.headings.len()) }
    }

    /// The field of a record.
    pub(super) fn field(&self, record: usize, column: usize) -> Cow<'_, str> {
        let mut fields = self.fields();
        fields.go_to(record);
        fields.get(column)
    }

    /// Every record, copied out: for small tables.
    pub(crate) fn records(&self) -> Vec<Record> {
        let mut fields = self.fields();
        let record = |number| {
            fields.go_to(number);
            Record { number, fields: fields.all().map(Cow::into_owned).collect() }
        };
        (0..self.len()).map(record).collect()
    }

    /// Works on blocks of records side by side; the results are in the order of the records.
    pub(super) fn in_blocks<T: Send>(
        &self,
        work: impl Fn(&mut Fields<'_>, Range<usize>) -> T + Sync,
    ) -> Vec<T> {
        let blocks = self.len().div_ceil(BLOCK);
        let block = |block: usize| {
            let records = block * BLOCK..((block + 1) * BLOCK).min(self.len());
            work(&mut self.fields(), records)
        };
        (0..blocks).into_par_iter().map(block).collect()
    }

    /// The line of the file on which a record begins, from 1; the row of a sheet.
    pub(super) fn line(&self, record: usize) -> usize {
        match &self.cells {
            Some(cells) => cells.rows[record + 1] as usize,
            None => self.line_at(self.starts[record + 1]),
        }
    }

    fn line_at(&self, byte: usize) -> usize {
        let before = &self.source.text().as_bytes()[..byte];
        1 + before.iter().filter(|byte| **byte == b'\n').count()
    }

    /// The place of a field.
    pub(crate) fn place(&self, record: usize, column: usize) -> Place {
        self.place_of(record + 1, column)
    }

    /// The place of a heading.
    pub(crate) fn heading_of(&self, column: usize) -> Place {
        self.place_of(0, column)
    }

    /// The place of the heading row.
    pub(crate) fn heading_place(&self) -> Place {
        match &self.cells {
            Some(cells) if !cells.rows.is_empty() => cells.place(0, 0),
            _ => Place { length: 1, ..self.source.place(1, 1) },
        }
    }

    /// The place of a record.
    fn record_place(&self, record: usize) -> Place {
        match &self.cells {
            Some(cells) => cells.place(record + 1, 0),
            None => Place { length: 1, ..self.place(record, 0) },
        }
    }

    /// The place of a field, rows counted from the headings.
    fn place_of(&self, row: usize, column: usize) -> Place {
        if let Some(cells) = &self.cells {
            return cells.place(row, column);
        }
        let text = self.source.text();
        let mut fields = Vec::new();
        let start = self.starts[row];
        let _ = delimited::split(text.as_bytes(), start, self.separator, &mut fields);
        let Some(field) = fields.get(column) else {
            return Place { length: 1, ..self.source.span(start..start) };
        };
        // With its quotes, if it has any.
        let quoted = field.start > start && text.as_bytes()[field.start - 1] == b'"';
        let raw = if quoted { field.start - 1..field.end + 1 } else { field.start..field.end };
        let line = self.line_at(raw.start);
        let first = text[..raw.start].rfind('\n').map_or(0, |at| at + 1);
        let column = text[first..raw.start].chars().count() + 1;
        let words = text[raw].lines().next().unwrap_or_default().trim_end();
        let excerpt = text[first..].lines().next().unwrap_or_default();
        Place {
            file: self.file().to_owned(),
            line,
            column,
            length: words.chars().count().max(1),
            excerpt: excerpt.to_owned(),
        }
    }
}

/// What more there is of a kind of problem than is shown.
pub(super) fn more_problems(file: &str, found: usize) -> Option<Problem> {
    let more = found.checked_sub(SHOWN).filter(|more| *more > 0)?;
    Some(Problem::error(
        "more-problems",
        say!(
            "{more} more rows of `{file}` are wrong in this way",
            "`{file}` の他の {more} 行も同様です"
        ),
    ))
}

fn quote_problem(fault: QuoteFault, source: &Source) -> Problem {
    let (at, problem) = match fault {
        QuoteFault::Unclosed(at) => (
            at,
            Problem::error(
                "unclosed-quote",
                say!(
                    "a quote that opens here is never closed",
                    "ここで開いた引用符が閉じていません"
                ),
            ),
        ),
        QuoteFault::Stray(at) => (
            at,
            Problem::error(
                "stray-quote",
                say!(
                    "something stands behind a quote that closes a value",
                    "値を閉じる引用符の後に文字があります"
                ),
            ),
        ),
    };
    problem
        .help(say!(
            "close it, or take it away: a quote inside a value is written \"\"",
            "閉じるか、取り除いてください。値の中の引用符は \"\" と書きます"
        ))
        .at(Place { length: 1, ..source.span(at..at + 1) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> Table {
        Table::of_bytes("a.csv", "a.csv", None, text.as_bytes().to_vec()).unwrap()
    }

    #[test]
    fn a_field_is_found_behind_quoted_commas_and_wide_characters() {
        let table = table("h,i,j\n多摩,\"a,b\",x12\na,,c\n");
        let place = table.place(0, 2);
        assert_eq!((place.line, place.column, place.length), (2, 10, 3));
        let quoted = table.place(0, 1);
        assert_eq!((quoted.column, quoted.length), (4, 5));
        let blank = table.place(1, 1);
        assert_eq!((blank.line, blank.column, blank.length), (3, 3, 1));
        assert_eq!(table.field(0, 1), "a,b");
    }

    #[test]
    fn a_field_behind_a_line_break_in_quotes_stands_on_the_next_line() {
        let table = table("h,i,j\r\na,\"b\r\nb\",xyz\r\nnext,1,\"a \"\"b\"\"\"");
        let place = table.place(0, 2);
        assert_eq!((place.line, place.column, place.length), (3, 4, 3));
        assert_eq!((table.line(1), table.len()), (4, 2));
        assert_eq!(table.field(1, 2), "a \"b\"");
    }

    #[test]
    fn blank_lines_and_rows_of_commas_are_passed_over() {
        let table = table("h,i\n\n,\n　a ,1\n , \n\n");
        assert_eq!((table.len(), table.line(0)), (1, 4));
        assert_eq!(table.field(0, 0), "a");
    }
}
