//! Excel workbooks (.xlsx): one sheet as text, and where each cell of it stood.

use std::io::Cursor;

use calamine::{DataRef, Dimensions, Reader, Xlsx};

use super::archive;
use crate::problem::{Place, Problem, Source, Text, say};

/// What a formula that was never computed leaves in its cell.
pub(super) const NOT_COMPUTED: &str = "#UNCOMPUTED!";

/// Where the rows and columns of a sheet stood.
#[derive(Debug)]
pub(super) struct Cells {
    /// The file and sheet, as messages name them: `rows.xlsx#Sheet1`.
    sheet: String,
    /// The row, from 1, of the headings and of each record.
    pub(super) rows: Vec<u32>,
    /// The column, from 0, of the first heading.
    first: u32,
}

impl Cells {
    /// The place of a cell of the row at `row` (0 for the headings), named as Excel names it.
    pub(super) fn place(&self, row: usize, column: usize) -> Place {
        let name = cell_name(self.rows[row], self.first + column as u32);
        let sheet = &self.sheet;
        Source::new(format!("{sheet}!{name}"), "").whole()
    }
}

/// A sheet as text with commas and quotes.
#[derive(Debug)]
pub(super) struct Sheet {
    pub(super) text: String,
    pub(super) cells: Cells,
}

/// Whether the bytes are those of a workbook, old or new.
pub(super) fn is_workbook(path: &str, bytes: &[u8]) -> bool {
    let ending = path.rsplit('.').next().unwrap_or_default().to_lowercase();
    bytes.starts_with(b"PK\x03\x04")
        || bytes.starts_with(OLD)
        || (["xlsx", "xlsm"].contains(&ending.as_str()))
}

/// The first bytes of an old workbook, and of one that is locked with a password.
const OLD: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";

/// The path of a file and the sheet that is asked for: `rows.xlsx#Sheet1`.
pub(super) fn path_and_sheet(path: &str) -> (&str, Option<&str>) {
    let lower = path.to_ascii_lowercase();
    for ending in [".xlsx#", ".xlsm#"] {
        if let Some(at) = lower.find(ending) {
            let end = at + ending.len();
            return (&path[..end - 1], Some(&path[end..]));
        }
    }
    (path, None)
}

/// Reads the sheet called `name`, or the first one.
///
/// The headings are the first row that fills two cells or more; a title above them is passed over,
/// and so are empty rows.
///
/// # Errors
/// An old, locked or damaged workbook; a sheet it does not have; merged cells among the rows;
/// values beside or below no heading.
pub(super) fn read(path: &str, bytes: &[u8], name: Option<&str>) -> Result<Sheet, Vec<Problem>> {
    // A cell called A99999999999 makes the library overflow: that is the workbook's fault.
    let read = std::panic::catch_unwind(|| read_sheet(path, bytes, name));
    read.unwrap_or_else(|_| Err(vec![damaged(path, "a cell beyond any sheet")]))
}

fn read_sheet(path: &str, bytes: &[u8], name: Option<&str>) -> Result<Sheet, Vec<Problem>> {
    if bytes.starts_with(OLD) {
        return Err(vec![old(path)]);
    }
    archive::check(path, bytes).map_err(|problem| vec![problem])?;
    let unread = |error: calamine::XlsxError| vec![damaged(path, &error.to_string())];
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(unread)?;
    let names = book.sheet_names();
    let chosen = match name {
        None => names.first().cloned(),
        Some(name) => names.iter().find(|known| *known == name).cloned(),
    };
    let Some(chosen) = chosen else {
        let name = name.unwrap_or_default();
        return Err(vec![
            Problem::error(
                "unknown-sheet",
                say!(
                    "`{path}` has no sheet `{name}`",
                    "`{path}` に `{name}` というシートはありません"
                ),
            )
            .expected(Text::from(names.join(", ")))
            .at(Source::new(path, "").whole()),
        ]);
    };
    let merged = book.merge_cells_by_sheet_name(&chosen).map_err(unread)?;
    let mut reader = book.worksheet_cells_reader(&chosen).map_err(unread)?;
    let mut filled: Vec<(u32, u32, String)> = Vec::new();
    while let Some(cell) = reader.next_cell_with_formula_metadata().map_err(unread)? {
        let text = match (&cell.value, &cell.formula) {
            (DataRef::Empty, Some(_)) => NOT_COMPUTED.to_owned(),
            (value, _) => text_of(value),
        };
        if cell.pos.0 >= ROWS || cell.pos.1 >= COLUMNS {
            return Err(vec![damaged(path, "a cell beyond any sheet")]);
        }
        if !text.trim().is_empty() {
            filled.push((cell.pos.0, cell.pos.1, text));
            if filled.len() > FILLED_MOST {
                return Err(vec![too_full(&format!("{path}#{chosen}"))]);
            }
        }
    }
    filled.sort_by_key(|(row, column, _)| (*row, *column));
    filled.dedup_by_key(|(row, column, _)| (*row, *column));
    laid_out(format!("{path}#{chosen}"), &filled, &merged)
}

/// The rows and columns of a sheet: XFD1048576 is its last cell.
const ROWS: u32 = 1 << 20;
const COLUMNS: u32 = 1 << 14;

/// The most cells of a sheet that hold something.
const FILLED_MOST: usize = 30_000_000;

/// The most cells of a sheet, blank ones included: a few million rows of people.
const CELLS_MOST: u64 = 100_000_000;

fn laid_out(
    sheet: String,
    filled: &[(u32, u32, String)],
    merged: &[Dimensions],
) -> Result<Sheet, Vec<Problem>> {
    let rows: Vec<&[(u32, u32, String)]> = filled.chunk_by(|a, b| a.0 == b.0).collect();
    let heading = rows.iter().position(|row| row.len() > 1).unwrap_or_default();
    let Some(headings) = rows.get(heading) else {
        let cells = Cells { sheet, rows: Vec::new(), first: 0 };
        return Ok(Sheet { text: String::new(), cells });
    };
    let (top, first) = (headings[0].0, headings[0].1);
    let last = headings.last().map_or(first, |(_, column, _)| *column);
    let mut cells = Cells { sheet, rows: Vec::new(), first };
    let mut problems: Vec<Problem> = merged
        .iter()
        .filter(|area| area.end.0 >= top && area.start != area.end)
        .map(|area| merged_problem(&cells.sheet, area))
        .collect();
    let area = u64::from(last - first + 1) * (rows.len() - heading) as u64;
    if area > CELLS_MOST {
        return Err(vec![too_large(&cells.sheet, first, last)]);
    }
    let mut text = String::new();
    for row in &rows[heading..] {
        cells.rows.push(row[0].0 + 1);
        let mut next = first;
        for (number, column, value) in *row {
            if *column < first || *column > last {
                problems.push(beside(&cells.sheet, *number, *column, value));
                continue;
            }
            text.extend(std::iter::repeat_n(',', (column - next) as usize));
            next = *column;
            push_quoted(&mut text, value);
        }
        text.extend(std::iter::repeat_n(',', (last - next) as usize));
        text.push('\n');
    }
    problems.truncate(super::table::SHOWN);
    if problems.is_empty() { Ok(Sheet { text, cells }) } else { Err(problems) }
}

fn push_quoted(text: &mut String, value: &str) {
    if value.contains([',', '"', '\n', '\r']) {
        text.push('"');
        text.push_str(&value.replace('"', "\"\""));
        text.push('"');
    } else {
        text.push_str(value);
    }
}

fn text_of(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Empty => String::new(),
        DataRef::Int(whole) => whole.to_string(),
        DataRef::Float(number) => fifteen_digits(*number),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
            text.clone()
        }
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(truth) => if *truth { "TRUE" } else { "FALSE" }.to_owned(),
        DataRef::Error(error) => error.to_string(),
        DataRef::DateTime(moment) if moment.is_duration() => fifteen_digits(moment.as_f64()),
        DataRef::DateTime(moment) => {
            let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
            let time = format!("{hour:02}:{minute:02}:{second:02}");
            let date = format!("{year:04}-{month:02}-{day:02}");
            match (moment.as_f64() < 1.0, moment.as_f64().fract() == 0.0) {
                (true, _) => time,
                (false, true) => date,
                (false, false) => format!("{date} {time}"),
            }
        }
    }
}

/// A number as Excel shows it: to fifteen significant digits, so that 0.1 + 0.2 is 0.3.
fn fifteen_digits(number: f64) -> String {
    let rounded: f64 = format!("{number:.14e}").parse().unwrap_or(number);
    rounded.to_string()
}

/// A cell as Excel names it: row from 1, column from 0.
fn cell_name(row: u32, column: u32) -> String {
    let mut letters = Vec::new();
    let mut rest = column + 1;
    while rest > 0 {
        letters.push(b'A' + ((rest - 1) % 26) as u8);
        rest = (rest - 1) / 26;
    }
    letters.reverse();
    format!("{}{row}", String::from_utf8_lossy(&letters))
}

fn merged_problem(sheet: &str, area: &Dimensions) -> Problem {
    let from = cell_name(area.start.0 + 1, area.start.1);
    let to = cell_name(area.end.0 + 1, area.end.1);
    Problem::error(
        "merged-cells",
        say!("the cells {from}:{to} are merged", "セル {from}:{to} が結合されています"),
    )
    .help(say!(
        "unmerge them and write the value into each row it belongs to: only one of them holds it",
        "結合を解除し、値を必要な行すべてに書いてください。値は一つのセルにしかありません"
    ))
    .at(Source::new(format!("{sheet}!{from}"), "").whole())
}

fn beside(sheet: &str, row: u32, column: u32, value: &str) -> Problem {
    let name = cell_name(row + 1, column);
    Problem::error(
        "no-heading",
        say!(
            "cell {name} has a value but no heading",
            "セル {name} に値がありますが見出しがありません"
        ),
    )
    .found(Text::from(format!("\"{value}\"")))
    .help(say!(
        "give its column a heading, or clear the cell",
        "列に見出しを付けるか、セルを空にしてください"
    ))
    .at(Source::new(format!("{sheet}!{name}"), "").whole())
}

fn too_large(sheet: &str, first: u32, last: u32) -> Problem {
    let (first, last) = (cell_name(1, first), cell_name(1, last));
    Problem::error(
        "sheet-too-large",
        say!(
            "the headings reach from {first} to {last}: more cells than can be read",
            "見出しが {first} から {last} まであり、セルが多すぎて読めません"
        ),
    )
    .expected(say!("at most {CELLS_MOST} cells", "{CELLS_MOST} セルまで"))
    .help(say!(
        "delete the empty columns between the headings, or save it as CSV UTF-8",
        "見出しの間の空の列を削除するか、「CSV UTF-8」で保存し直してください"
    ))
    .at(Source::new(sheet, "").whole())
}

fn too_full(sheet: &str) -> Problem {
    Problem::error(
        "sheet-too-large",
        say!("the sheet has more cells than can be read", "シートのセルが多すぎて読めません"),
    )
    .expected(say!(
        "at most {FILLED_MOST} cells that hold something",
        "値のあるセルは {FILLED_MOST} 個まで"
    ))
    .help(say!(
        "delete the columns that are not needed, or save it as CSV UTF-8",
        "不要な列を削除するか、「CSV UTF-8」で保存し直してください"
    ))
    .at(Source::new(sheet, "").whole())
}

fn old(path: &str) -> Problem {
    Problem::error(
        "old-workbook",
        say!(
            "`{path}` is an old Excel workbook (.xls), or one locked with a password",
            "`{path}` は古い形式の Excel ブック（.xls）か、パスワード付きのブックです"
        ),
    )
    .help(say!(
        "open it in Excel and save it as .xlsx without a password, or as CSV UTF-8",
        "Excel で開き、パスワードなしの .xlsx か「CSV UTF-8」で保存し直してください"
    ))
    .at(Source::new(path, "").whole())
}

fn damaged(path: &str, said: &str) -> Problem {
    Problem::error(
        "damaged-workbook",
        say!(
            "`{path}` is no workbook that can be read",
            "`{path}` を Excel ブックとして読めません"
        ),
    )
    .found(Text::from(said))
    .help(say!(
        "open it in Excel and save it again as .xlsx, or as CSV UTF-8",
        "Excel で開いて .xlsx か「CSV UTF-8」で保存し直してください"
    ))
    .at(Source::new(path, "").whole())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook};

    fn cells(sheet: &Sheet) -> Vec<String> {
        sheet.text.lines().map(str::to_owned).collect()
    }

    fn written(fill: impl Fn(&mut rust_xlsxwriter::Worksheet)) -> Vec<u8> {
        let mut book = Workbook::new();
        fill(book.add_worksheet().set_name("測定").unwrap());
        book.save_to_buffer().unwrap()
    }

    #[test]
    fn numbers_dates_percents_and_errors_are_what_excel_shows() {
        let bytes = written(|sheet| {
            let date = Format::new().set_num_format("yyyy/m/d");
            let percent = Format::new().set_num_format("0.0%");
            sheet.write_row(2, 1, ["id", "seen", "part", "sum", "note"]).unwrap();
            sheet.write(0, 1, "令和5年度 測定結果").unwrap();
            sheet.write(3, 1, 7).unwrap();
            let day = ExcelDateTime::from_ymd(2024, 3, 31).unwrap();
            sheet.write_with_format(3, 2, day, &date).unwrap();
            sheet.write_with_format(3, 3, 0.329, &percent).unwrap();
            sheet.write(3, 4, 0.1 + 0.2).unwrap();
            sheet.write(3, 5, "a, \"b\"").unwrap();
            sheet.write(5, 1, "８").unwrap();
            sheet.write_formula(5, 4, Formula::new("=A1/0").set_result("#REF!")).unwrap();
            sheet.write(5, 5, true).unwrap();
        });
        let sheet = read("a.xlsx", &bytes, None).unwrap();
        assert_eq!(
            cells(&sheet),
            ["id,seen,part,sum,note", "7,2024-03-31,0.329,0.3,\"a, \"\"b\"\"\"", "８,,,#REF!,TRUE"]
        );
        // The error stood in E6; the empty row 5 is passed over.
        assert_eq!(sheet.cells.place(2, 3).file, "a.xlsx#測定!E6");
    }

    #[test]
    fn merged_cells_among_the_rows_are_refused() {
        let bytes = written(|sheet| {
            let plain = Format::new();
            sheet.merge_range(0, 0, 0, 1, "a title", &plain).unwrap();
            sheet.write_row(1, 0, ["id", "value"]).unwrap();
            sheet.write(2, 1, 5).unwrap();
            sheet.merge_range(2, 0, 4, 0, "x", &plain).unwrap();
        });
        let problems = read("a.xlsx", &bytes, None).unwrap_err();
        assert_eq!(problems.len(), 1);
        assert!(problems[0].message.en.contains("A3:A5"), "{}", problems[0].message.en);
    }

    #[test]
    fn a_value_without_heading_is_refused_by_its_name() {
        let bytes = written(|sheet| {
            sheet.write_row(0, 0, ["id", "value"]).unwrap();
            sheet.write_row(1, 0, ["x", "5", "lost"]).unwrap();
        });
        let problems = read("a.xlsx", &bytes, None).unwrap_err();
        assert_eq!(problems[0].place.as_ref().unwrap().file, "a.xlsx#測定!C2");
    }

    #[test]
    fn a_sheet_is_named_behind_a_hash() {
        assert_eq!(path_and_sheet("a/b.XLSX#測定 1"), ("a/b.XLSX", Some("測定 1")));
        assert_eq!(path_and_sheet("a#1/b.xlsx"), ("a#1/b.xlsx", None));
        let bytes = written(|sheet| {
            sheet.write(0, 0, "id").unwrap();
        });
        let problems = read("a.xlsx", &bytes, Some("other")).unwrap_err();
        assert_eq!(problems[0].id, "unknown-sheet");
        assert_eq!(problems[0].expected.as_ref().unwrap().en, "測定");
    }

    #[test]
    fn old_and_damaged_workbooks_say_what_to_do() {
        let old = read("a.xls", &[OLD, &[0; 600]].concat(), None).unwrap_err();
        assert_eq!(old[0].id, "old-workbook");
        let mut bytes = written(|sheet| {
            sheet.write(0, 0, "id").unwrap();
        });
        bytes.truncate(bytes.len() / 2);
        assert_eq!(read("a.xlsx", &bytes, None).unwrap_err()[0].id, "damaged-workbook");
    }

    #[test]
    fn a_cell_at_the_far_corner_takes_no_room() {
        let bytes = written(|sheet| {
            sheet.write_row(0, 0, ["id", "value"]).unwrap();
            sheet.write(1_048_575, 16_383, "x").unwrap();
        });
        let problems = read("a.xlsx", &bytes, None).unwrap_err();
        assert_eq!(problems[0].place.as_ref().unwrap().file, "a.xlsx#測定!XFD1048576");
    }
}
