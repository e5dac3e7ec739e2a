//! A document as an Excel workbook: its tables as numbers, its charts drawn by the spreadsheet from
//! a sheet of the figures behind them, its sums as formulas.

use rust_decimal::Decimal;
use rust_xlsxwriter::{
    Chart as ExcelChart, ChartAxisCrossing, ChartFormat, ChartLine, ChartSolidFill, ChartType,
    DocProperties, ExcelDateTime, Workbook, XlsxError,
};

use super::sheet::{Look, Sheet, address, plain};
use crate::contract::wording::phrase;
use crate::problem::{Language, Problem, say};
use crate::report::chart::{Cell, Chart, Kind, Series};
use crate::report::document::{Block, Document, Figure, Row, Side, Table};

/// The width of the column of names, and of each column of figures, in characters.
const WIDTHS: [f64; 2] = [44.0, 18.0];

/// The columns that text runs across.
const COLUMNS: usize = 10;

/// Rows that a chart covers.
const CHART_ROWS: u32 = 18;
/// The size of a chart, in pixels.
const CHART_SIZE: (u32, u32) = (760, 340);

impl Document {
    /// The document as a workbook in the format of Excel; the same document gives the same bytes.
    ///
    /// # Errors
    /// A document too large for a sheet.
    pub fn xlsx(&self) -> Result<Vec<u8>, Problem> {
        self.workbook().map_err(|error| {
            let error = error.to_string();
            Problem::error(
                "no-workbook",
                say!("the workbook cannot be made: {error}", "Excel ブックを作れません: {error}"),
            )
        })
    }

    fn workbook(&self) -> Result<Vec<u8>, XlsxError> {
        let language = self.language;
        let name = phrase!(language, "Report", "報告");
        let behind = phrase!(language, "Chart data", "グラフのデータ");
        let tables: Vec<Table> = self.tables().map(|table| apart(table, language)).collect();
        let widest = tables.iter().map(|table| table.heads.len()).max().unwrap_or(0);
        let mut sheet = Sheet::new(&name, language, &widths(widest), true)?;
        let widest = self.charts().map(|chart| chart.table.columns.len()).max().unwrap_or(0);
        let mut data =
            Data { sheet: Sheet::new(&behind, language, &widths(widest), true)?, name: behind };
        let mut tables = tables.iter();
        let last = COLUMNS as u16 - 1;
        sheet.across((0, last), &self.title, &Look::Title)?;
        sheet.next()?;
        sheet.across((0, last), &self.subtitle, &Look::Centred)?;
        sheet.next()?;
        for block in &self.blocks {
            match block {
                Block::Heading(words) | Block::Caption(words) => {
                    sheet.next()?;
                    sheet.text(0, words, &Look::Section)?;
                    sheet.next()?;
                }
                Block::Gap => {}
                Block::Paragraph(words) => {
                    sheet.across((0, last), &self.unbroken(words), &Look::Bare)?;
                    sheet.next()?;
                }
                Block::List(items) | Block::Points(items) => {
                    for item in items {
                        let item = self.unbroken(item);
                        sheet.across((0, last), &format!("・{item}"), &Look::Bare)?;
                        sheet.next()?;
                    }
                }
                Block::Table(_) => {
                    if let Some(table) = tables.next() {
                        written(&mut sheet, table)?;
                    }
                }
                Block::Chart(chart) => {
                    if let Some(drawn) = data.chart(self, chart)? {
                        sheet.next()?;
                        sheet.sheet.insert_chart(sheet.row, 0, &drawn)?;
                        for _ in 0..CHART_ROWS {
                            sheet.next()?;
                        }
                    }
                }
            }
        }
        let mut book = Workbook::new();
        book.set_properties(
            &DocProperties::new()
                .set_title(plain(&self.title))
                .set_author(format!("Seika {}", crate::VERSION))
                // The engine does not know what day it is, and the same document gives the same
                // bytes.
                .set_creation_datetime(&ExcelDateTime::from_ymd(2000, 1, 1)?),
        );
        book.push_worksheet(sheet.sheet);
        if self.charts().next().is_some() {
            book.push_worksheet(data.sheet.sheet);
        }
        book.save_to_buffer()
    }
}

/// The widths of so many columns, and at least of those that text runs across.
fn widths(columns: usize) -> Vec<f64> {
    let [names, figures] = WIDTHS;
    std::iter::once(names).chain(std::iter::repeat_n(figures, columns.max(COLUMNS) - 1)).collect()
}

/// What of a cell a column of the workbook holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Value,
    Error,
    Low,
    High,
}

impl Part {
    fn of(self, cell: &Figure) -> Option<Figure> {
        match self {
            Part::Value => Some(cell.clone()),
            Part::Error => {
                // An error that is not written reads with the digits of the value; one of a
                // percentage is in percent too.
                let text = cell.text.split_once('±').map_or(own(cell), |(_, text)| text.trim());
                let sign = own(cell).ends_with('%') && !text.ends_with('%');
                Some(Figure::number(cell.error?, format!("{text}{}", if sign { "%" } else { "" })))
            }
            // The ends read with the digits of the value.
            Part::Low => Some(Figure::number(cell.interval?[0], own(cell))),
            Part::High => Some(Figure::number(cell.interval?[1], own(cell))),
        }
    }
}

/// The value of a cell as it is read, without its error and its interval.
fn own(cell: &Figure) -> &str {
    cell.text.split(['±', '[']).next().unwrap_or_default().trim()
}

/// The table as a workbook has it: with a column for the standard errors of each column that has
/// any, two for the ends of intervals, and no bars of characters.
fn apart(table: &Table, language: Language) -> Table {
    let table = table.without_bars();
    let mut wider = Table::default();
    let mut from: Vec<(usize, Part)> = Vec::new();
    for (at, head) in table.heads.iter().enumerate() {
        let any = |part: Part| {
            table.rows.iter().any(|row| match row {
                Row::Cells(cells) => cells.get(at).is_some_and(|cell| part.of(cell).is_some()),
                Row::SumLine(_) => false,
            })
        };
        wider.heads.push(head.clone());
        from.push((at, Part::Value));
        let more = [
            (Part::Error, phrase!(language, "Standard error", "標準誤差")),
            (Part::Low, phrase!(language, "95% from", "95% 下限")),
            (Part::High, phrase!(language, "95% to", "95% 上限")),
        ];
        for (part, head) in more.into_iter().filter(|(part, _)| any(*part)) {
            wider.heads.push((head, Side::Right));
            from.push((at, part));
        }
    }
    let row = |row: &Row| match row {
        Row::SumLine(column) => {
            let at = from.iter().position(|of| *of == (*column, Part::Value));
            Row::SumLine(at.unwrap_or(*column))
        }
        Row::Cells(cells) => {
            let cell = |(at, part): &(usize, Part)| {
                cells.get(*at).and_then(|cell| part.of(cell)).unwrap_or_else(|| Figure::from(""))
            };
            Row::Cells(from.iter().map(cell).collect())
        }
    };
    wider.rows = table.rows.iter().map(row).collect();
    wider
}

fn written(sheet: &mut Sheet, table: &Table) -> Result<(), XlsxError> {
    let heads: Vec<(String, bool)> =
        table.heads.iter().map(|(head, side)| (head.clone(), *side == Side::Right)).collect();
    sheet.next()?;
    sheet.heads(&heads)?;
    let mut first = sheet.row;
    let mut summed = None;
    // What stands above a line is what the sum below it adds up.
    let mut above: Vec<f64> = vec![0.0; heads.len()];
    for row in &table.rows {
        match row {
            Row::SumLine(column) => summed = Some(*column),
            Row::Cells(cells) => {
                let sum = summed.take();
                for (column, cell) in cells.iter().enumerate() {
                    let place = u16::try_from(column).unwrap_or(u16::MAX);
                    let adds_up = cell.number.is_some_and(|number| {
                        (above[column] - number).abs() <= 1e-9 * number.abs().max(1.0)
                    });
                    match (cell.number, sum.is_some()) {
                        (Some(number), true) if adds_up && sheet.row > first => {
                            let (from, to) = (address(place, first), address(place, sheet.row - 1));
                            let look = Look::Sum(decimals(cell));
                            sheet.formula(place, &format!("SUM({from}:{to})"), (number, &look))?;
                        }
                        (Some(number), _) => figure(sheet, place, number, cell)?,
                        (None, true) => sheet.text(place, &cell.text, &Look::SumText)?,
                        (None, false) => sheet.text(place, &cell.text, &Look::Text)?,
                    }
                    above[column] += cell.number.unwrap_or(0.0);
                }
                sheet.next()?;
                if sum.is_some() {
                    first = sheet.row;
                    above.fill(0.0);
                }
            }
        }
    }
    Ok(())
}

/// A number with as many decimals as it is read with.
fn figure(sheet: &mut Sheet, column: u16, number: f64, cell: &Figure) -> Result<(), XlsxError> {
    let look = match own(cell).strip_suffix('%') {
        Some(_) => Look::Percent(decimals(cell)),
        None => Look::Number(decimals(cell)),
    };
    let number = Decimal::from_f64_retain(number).unwrap_or_default();
    sheet.number(column, number, &look)
}

/// How many decimals a cell shows: of its own value.
fn decimals(cell: &Figure) -> u32 {
    let shown = own(cell);
    let fraction = shown.rsplit_once('.').map_or("", |(_, fraction)| fraction);
    fraction.chars().filter(char::is_ascii_digit).count().try_into().unwrap_or(0)
}

/// The sheet of the figures behind the charts.
struct Data {
    sheet: Sheet,
    name: String,
}

impl Data {
    /// Writes the figures behind a chart, and draws it from them.
    fn chart(&mut self, of: &Document, chart: &Chart) -> Result<Option<ExcelChart>, XlsxError> {
        let language = of.language;
        self.sheet.text(0, chart.title.within(language), &Look::Section)?;
        self.sheet.next()?;
        let heads: Vec<(String, bool)> = chart
            .table
            .columns
            .iter()
            .map(|column| (column.within(language).to_owned(), false))
            .collect();
        self.sheet.heads(&heads)?;
        let first = self.sheet.row;
        for row in &chart.table.rows {
            for (column, cell) in (0..).zip(row) {
                match cell {
                    Cell::Text(text) => {
                        self.sheet.text(column, text.within(language), &Look::Text)?;
                    }
                    Cell::Number(number) => {
                        if let Some(number) = Decimal::from_f64_retain(*number) {
                            self.sheet.number(column, number, &Look::Free)?;
                        }
                    }
                }
            }
            self.sheet.next()?;
        }
        self.sheet.next()?;
        let drawn = chart.native.as_ref().filter(|native| !native.series.is_empty());
        let Some(native) = drawn else { return Ok(None) };
        let mut drawn = ExcelChart::new(match native.kind {
            Kind::Columns => ChartType::Column,
            Kind::Bars { .. } => ChartType::Bar,
            Kind::Lines => ChartType::Line,
            Kind::Curve => ChartType::ScatterStraight,
        });
        for series in &native.series {
            self.series(&mut drawn, series, first, language);
        }
        drawn.title().set_name(label(chart.title.within(language)).as_str());
        let (across, up) = (chart.across.title.within(language), chart.up.title.within(language));
        // A bar chart's first axis runs from bottom to top.
        let (x, y) =
            if matches!(native.kind, Kind::Bars { .. }) { (up, across) } else { (across, up) };
        drawn.x_axis().set_name(label(x).as_str());
        drawn.y_axis().set_name(label(y).as_str());
        if let Kind::Bars { from } = native.kind {
            drawn.x_axis().set_reverse();
            drawn.y_axis().set_crossing(ChartAxisCrossing::AxisValue(from));
        }
        if native.series.len() < 2 {
            drawn.legend().set_hidden();
        }
        drawn.set_width(CHART_SIZE.0).set_height(CHART_SIZE.1);
        drawn.set_alt_text(plain(chart.note.within(language)));
        Ok(Some(drawn))
    }

    fn series(&self, drawn: &mut ExcelChart, series: &Series, first: u32, language: Language) {
        let row = |at: usize| first + u32::try_from(at).unwrap_or(0);
        let column = |at: usize| u16::try_from(at).unwrap_or(0);
        let (from, to) = (row(series.rows.0), row(series.rows.1));
        let name = self.name.as_str();
        let (across, value) = (column(series.across), column(series.value));
        let colour = series.paint.colour().trim_start_matches('#');
        let mut format = ChartFormat::new();
        format.set_solid_fill(ChartSolidFill::new().set_color(colour));
        format.set_line(ChartLine::new().set_color(colour).set_width(2.0));
        drawn
            .add_series()
            .set_name(label(series.name.within(language)).as_str())
            .set_categories((name, from, across, to, across))
            .set_values((name, from, value, to, value))
            .set_format(&mut format);
    }
}

/// A name in a chart: never taken for the address of a cell that holds it, such as `=Data!$A$1`, with
/// or without its sign.
fn label(text: &str) -> String {
    let text = plain(text.trim_start_matches('='));
    match text.split_once('!') {
        Some((before, cells))
            if cells.chars().all(|c| c.is_ascii_alphanumeric() || "$:".contains(c)) =>
        {
            format!("{before}！{cells}")
        }
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use calamine::{Data as Read, Reader, Xlsx};

    #[test]
    fn a_name_in_a_chart_is_no_address() {
        let named = ["=Data!$A$1", "Data!A1:B2", "Go!", "What a name! Indeed", "=1+1"].map(label);
        assert_eq!(named, ["Data！$A$1", "Data！A1:B2", "Go！", "What a name! Indeed", "1+1"]);
    }

    fn table() -> Table {
        let mut table = Table::new([("item", Side::Left), ("yen", Side::Right)]);
        table.row([Figure::from("=a"), Figure::number(1_000.0, "1,000")]);
        table.row([Figure::from("b"), Figure::number(250.5, "250.5")]);
        table.sum_line(1);
        table.row([Figure::from("all"), Figure::number(1_250.5, "1,250.5")]);
        table
    }

    #[test]
    fn figures_are_numbers_and_sums_are_formulas() {
        let mut document = Document::new(Language::En, "Report", "of a test");
        document.table(table());
        let bytes = document.xlsx().unwrap();
        assert_eq!(bytes, document.xlsx().unwrap(), "the same document gives the same bytes");
        let mut book: Xlsx<_> = Xlsx::new(std::io::Cursor::new(bytes)).unwrap();
        let values = book.worksheet_range("Report").unwrap();
        let cells: Vec<Read> = values.used_cells().map(|(_, _, cell)| cell.clone()).collect();
        assert!(cells.contains(&Read::String("=a".into())), "a name is never a formula: {cells:?}");
        assert!(cells.contains(&Read::Float(250.5)) && cells.contains(&Read::Float(1_250.5)));
        let formulas = book.worksheet_formula("Report").unwrap();
        let formulas: Vec<&String> = formulas.used_cells().map(|(_, _, cell)| cell).collect();
        assert_eq!(formulas, ["SUM($B$5:$B$6)"]);
    }

    #[test]
    fn what_does_not_add_up_is_no_formula() {
        let mut document = Document::new(Language::En, "Report", "of a test");
        let mut table = table();
        table.rows.pop();
        table.row([Figure::from("other"), Figure::number(7.0, "7")]);
        document.table(table);
        let mut book: Xlsx<_> = Xlsx::new(std::io::Cursor::new(document.xlsx().unwrap())).unwrap();
        assert!(book.worksheet_formula("Report").unwrap().used_cells().next().is_none());
    }
    fn cells(document: &Document) -> Vec<Read> {
        let bytes = document.xlsx().unwrap();
        let mut book: Xlsx<_> = Xlsx::new(std::io::Cursor::new(bytes)).unwrap();
        let values = book.worksheet_range("Report").unwrap();
        values.used_cells().map(|(_, _, cell)| cell.clone()).collect()
    }

    #[test]
    fn errors_and_intervals_have_columns_of_their_own_and_bars_of_characters_none() {
        let mut document = Document::new(Language::En, "Report", "of a test");
        let heads = [("cell", Side::Left), ("", Side::Bar), ("mean", Side::Right)];
        let mut table = Table::new(heads.into_iter().chain([("index", Side::Right)]));
        table.row([
            Figure::from("effect"),
            Figure::from("+++|"),
            Figure::estimated(0.125, 0.0125, "12.5% ± 1.25%"),
            Figure::within(0.3, [0.2, 0.45], "0.30 [0.20, 0.45]"),
        ]);
        document.table(table);
        let cells = cells(&document);
        let text = |text: &str| Read::String(text.to_owned());
        let heads = ["cell", "mean", "Standard error", "index", "95% from", "95% to"];
        assert_eq!(cells[2..8], heads.map(text));
        assert_eq!(cells[9..], [0.125, 0.0125, 0.3, 0.2, 0.45].map(Read::Float));
    }

    #[test]
    fn a_table_may_have_more_columns_than_text_runs_across() {
        let mut document = Document::new(Language::En, "Report", "of a test");
        let mut table = Table::new((0..40).map(|at| (format!("column {at}"), Side::Right)));
        table.row((0..40).map(|at| Figure::estimated(f64::from(at), 0.5, format!("{at} ± 0.5"))));
        document.table(table);
        assert!(cells(&document).contains(&Read::Float(39.0)));
    }
}
