//! A CSV file as a table of text.

use crate::Files;
use crate::problem::{Place, Problem, Source, say};

/// A table with one heading row.
#[derive(Debug)]
pub(crate) struct Table {
    source: Source,
    /// The headings, trimmed.
    pub(crate) headings: Vec<String>,
    /// The records, in order.
    pub(crate) records: Vec<Record>,
}

/// A record and the line it starts on.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) line: usize,
    pub(crate) fields: Vec<String>,
}

impl Table {
    /// Reads the table at `path`.
    pub(crate) fn read(files: &dyn Files, path: &str) -> Result<Table, Vec<Problem>> {
        let one = |problem| vec![problem];
        super::expect_kind(path, super::Kind::Evidence).map_err(one)?;
        let source = super::read_text(files, path).map_err(one)?;
        if let Some(line) = unclosed_quote(source.text()) {
            return Err(vec![
                Problem::error(
                    "unclosed-quote",
                    say!(
                        "a quote that opens here is never closed",
                        "ここで開いた引用符が閉じていません"
                    ),
                )
                .help(say!(
                    "close it, or take it away: a quote inside a value is written \"\"",
                    "閉じるか、取り除いてください。値の中の引用符は \"\" と書きます"
                ))
                .at(Place { length: 1, ..source.place(line, 1) }),
            ]);
        }
        let mut lines = Lines::default();
        let mut reader = csv::ReaderBuilder::new()
            .flexible(true)
            .trim(csv::Trim::All)
            .from_reader(source.text().as_bytes());
        let headings: Vec<String> = reader
            .headers()
            .map(|headings| headings.iter().map(str::to_owned).collect())
            .unwrap_or_default();
        if headings.iter().all(String::is_empty) {
            return Err(vec![
                Problem::error("empty-file", say!("`{path}` is empty", "`{path}` は空です"))
                    .expected(say!(
                        "a heading row and one row per participant",
                        "見出し行と、参加者ごとの行"
                    ))
                    .at(source.whole()),
            ]);
        }
        let mut problems = repeated(&headings, &source);
        let mut records = Vec::new();
        for record in reader.records() {
            match record {
                Ok(record) => {
                    let line = record
                        .position()
                        .map_or(0, |position| lines.at(source.text(), position.byte() as usize));
                    if record.len() != headings.len() {
                        let (found, expected) = (record.len(), headings.len());
                        problems.push(
                            Problem::error(
                                "ragged-row",
                                say!(
                                    "this row has {found} fields",
                                    "この行には {found} 個の値があります"
                                ),
                            )
                            .expected(say!(
                                "{expected} fields, as the heading row has",
                                "見出し行と同じ {expected} 個"
                            ))
                            .help(say!(
                                "a value with a comma in it needs quotes: \"1,000\"",
                                "カンマを含む値は引用符で囲みます: \"1,000\""
                            ))
                            .at(Place { length: 1, ..source.place(line, 1) }),
                        );
                        continue;
                    }
                    records
                        .push(Record { line, fields: record.iter().map(str::to_owned).collect() });
                }
                Err(error) => {
                    let said = error.to_string();
                    problems.push(
                        Problem::error(
                            "unreadable-row",
                            say!("a row cannot be read: {said}", "行を読めません: {said}"),
                        )
                        .at(source.whole()),
                    );
                }
            }
        }
        if records.is_empty() && problems.is_empty() {
            problems.push(
                Problem::error(
                    "empty-file",
                    say!(
                        "`{path}` has headings but no rows",
                        "`{path}` には見出しだけで行がありません"
                    ),
                )
                .expected(say!(
                    "one row per participant, or one per figure",
                    "参加者ごと、または数値ごとの行"
                ))
                .at(source.whole()),
            );
        }
        if problems.is_empty() { Ok(Table { source, headings, records }) } else { Err(problems) }
    }

    /// The file, as the user named it.
    pub(crate) fn file(&self) -> &str {
        self.source.file()
    }

    /// The position of a heading.
    pub(crate) fn column(&self, heading: &str) -> Option<usize> {
        self.headings.iter().position(|known| known == heading)
    }

    /// The place of a field of the record that starts on `line`.
    pub(crate) fn place(&self, line: usize, column: usize) -> Place {
        let text = self.source.text();
        let start = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
        let (below, start, length) = field_at(text.get(start..).unwrap_or_default(), column);
        Place { length, ..self.source.place(line + below, start) }
    }

    /// The place of the heading row.
    pub(crate) fn heading_place(&self) -> Place {
        Place { length: 1, ..self.source.place(1, 1) }
    }
}

fn repeated(headings: &[String], source: &Source) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (position, heading) in headings.iter().enumerate() {
        if !heading.is_empty() && headings[..position].contains(heading) {
            let (_, start, length) = field_at(source.text(), position);
            problems.push(
                Problem::error(
                    "repeated-column",
                    say!("the column `{heading}` is there twice", "列 `{heading}` が二つあります"),
                )
                .help(say!(
                    "rename or remove one of them",
                    "一方の名前を変えるか、取り除いてください"
                ))
                .at(Place { length, ..source.place(1, start) }),
            );
        }
    }
    problems
}

/// Counts lines as records go by, so that a long file is read through once.
#[derive(Debug, Default)]
struct Lines {
    byte: usize,
    breaks: usize,
}

impl Lines {
    /// The line, from 1, on which the record at `byte` begins: behind the line ends before it and
    /// the blank lines that the reader passed over.
    fn at(&mut self, text: &str, byte: usize) -> usize {
        let between = text.get(self.byte..byte).unwrap_or_default();
        self.breaks += between.bytes().filter(|byte| *byte == b'\n').count();
        self.byte = byte.max(self.byte);
        let rest = text.as_bytes().get(byte..).unwrap_or_default();
        let blank = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
        1 + self.breaks + blank.filter(|byte| **byte == b'\n').count()
    }
}

/// The line of the first quote that no other closes.
fn unclosed_quote(text: &str) -> Option<usize> {
    let (mut open, mut line) = (None, 1);
    for byte in text.bytes() {
        match byte {
            b'\n' => line += 1,
            b'"' => open = if open.is_some() { None } else { Some(line) },
            _ => {}
        }
    }
    open
}

/// Where the field at `column` of the record that `text` begins with starts: how many lines below,
/// at which character (from 1), and how long it is on that line.
fn field_at(text: &str, column: usize) -> (usize, usize, usize) {
    let (mut field, mut quoted) = (0, false);
    let (mut below, mut position) = (0, 0);
    let mut start = (0, 1, 0);
    for character in text.chars() {
        position += 1;
        match character {
            '"' => quoted = !quoted,
            '\n' if quoted => {
                below += 1;
                position = 0;
                continue;
            }
            '\r' => continue,
            '\n' => break,
            ',' if !quoted => {
                if field == column {
                    break;
                }
                field += 1;
                start = (below, position + 1, 0);
                continue;
            }
            _ => {}
        }
        if below == start.0 {
            start.2 += 1;
        }
    }
    (start.0, start.1, start.2.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_found_behind_quoted_commas_and_wide_characters() {
        assert_eq!(field_at("多摩,\"a,b\",x12", 2), (0, 10, 3));
        assert_eq!(field_at("a,,c", 1), (0, 3, 1));
    }

    #[test]
    fn a_field_behind_a_line_break_in_quotes_stands_on_the_next_line() {
        assert_eq!(field_at("a,\"b\r\nb\",xyz\r\nnext", 2), (1, 4, 3));
        assert_eq!(field_at("a,\"b\nb\",xyz", 1), (0, 3, 2));
    }

    #[test]
    fn a_record_starts_behind_the_ends_of_lines_before_it() {
        assert_eq!(Lines::default().at("h\r\na\r\nb", 2), 2);
        assert_eq!(Lines::default().at("h\n\n\nb", 2), 4);
    }
}
