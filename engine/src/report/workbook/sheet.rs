//! A sheet being written: cells, formats, widths.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use rust_xlsxwriter::{Format, FormatAlign, FormatBorder, Formula, Worksheet, XlsxError};

use crate::problem::Language;

/// The most characters a cell can hold.
const CHARACTERS_MAX: usize = 32_000;

/// The height of a line of text, in points.
const LINE: f64 = 14.5;

/// How a cell looks.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Look {
    /// The name of the document.
    Title,
    /// The name of a section.
    Section,
    /// The heading of a column.
    Head,
    /// The heading of a column of numbers.
    HeadNumber,
    /// Text that wraps.
    Text,
    /// Text of a section without lines around it.
    Bare,
    /// The same in the middle of the page.
    Centred,
    /// A number with this many decimals.
    Number(u32),
    /// The same in bold: a sum.
    Sum(u32),
    /// A text beside a sum, in bold.
    SumText,
    /// A share in percent with this many decimals.
    Percent(u32),
    /// A number with as many decimals as it has.
    Free,
    /// A formula, as text.
    Code,
}

/// A sheet with its next row.
pub(super) struct Sheet {
    pub(super) sheet: Worksheet,
    language: Language,
    widths: Vec<f64>,
    pub(super) row: u32,
    /// How many lines of text the row has so far.
    lines: f64,
}

impl Sheet {
    /// A sheet for A4 with columns of these widths, in characters.
    pub(super) fn new(
        name: &str,
        language: Language,
        widths: &[f64],
        landscape: bool,
    ) -> Result<Sheet, XlsxError> {
        let mut sheet = Worksheet::new();
        sheet.set_name(name)?;
        // 9 is A4.
        sheet
            .set_paper_size(9)
            .set_print_fit_to_pages(1, 0)
            .set_margins(0.6, 0.6, 0.7, 0.8, 0.3, 0.4);
        sheet.set_footer("&C&P / &N");
        sheet.set_screen_gridlines(false);
        if landscape {
            sheet.set_landscape();
        }
        for (column, width) in (0..).zip(widths) {
            sheet.set_column_width(column, *width)?;
        }
        Ok(Sheet { sheet, language, widths: widths.to_vec(), row: 0, lines: 1.0 })
    }

    fn format(&self, look: &Look) -> Format {
        let font = match self.language {
            Language::Ja => "Yu Gothic",
            Language::En => "Calibri",
        };
        let plain = Format::new()
            .set_font_name(font)
            .set_font_size(10.5)
            .set_align(FormatAlign::VerticalCenter);
        let ruled = || {
            plain
                .clone()
                .set_border_bottom(FormatBorder::Thin)
                .set_border_bottom_color(0xB0B0B0)
                .set_text_wrap()
        };
        let number = |decimals: u32| match decimals {
            0 => "#,##0".to_owned(),
            decimals => format!("#,##0.{}", "0".repeat(decimals as usize)),
        };
        let head = || {
            ruled()
                .set_bold()
                .set_border_top(FormatBorder::Thin)
                .set_border_bottom(FormatBorder::Thin)
                .set_background_color(0xF3F5F7)
        };
        let sum = || ruled().set_bold().set_border_top(FormatBorder::Thin);
        match look {
            Look::Title => plain.set_bold().set_font_size(18).set_align(FormatAlign::Center),
            Look::Section => plain.set_bold().set_font_size(12),
            Look::Head => head().set_align(FormatAlign::Left).set_indent(1),
            Look::HeadNumber => head().set_align(FormatAlign::Right),
            Look::Text => ruled().set_align(FormatAlign::Left).set_indent(1),
            Look::Bare => plain.set_text_wrap().set_align(FormatAlign::Left),
            Look::Centred => plain.set_text_wrap().set_align(FormatAlign::Center),
            Look::Number(decimals) => ruled().set_num_format(number(*decimals)),
            Look::Sum(decimals) => sum().set_num_format(number(*decimals)),
            Look::SumText => sum(),
            Look::Percent(0) => ruled().set_num_format("0%"),
            Look::Percent(decimals) => {
                ruled().set_num_format(format!("0.{}%", "0".repeat(*decimals as usize)))
            }
            Look::Free => ruled().set_num_format("#,##0.##########"),
            Look::Code => ruled()
                .set_font_name("Consolas")
                .set_font_size(9)
                .set_align(FormatAlign::Left)
                .set_indent(1),
        }
    }

    /// Goes to the next row; this one becomes as high as its text needs, as not every program
    /// finds that out by itself.
    pub(super) fn next(&mut self) -> Result<(), XlsxError> {
        self.sheet.set_row_height(self.row, 4.0 + LINE * self.lines)?;
        self.lines = 1.0;
        self.row += 1;
        Ok(())
    }

    fn make_room(&mut self, text: &str, width: f64) {
        let line = |line: &str| {
            let columns: f64 = line.chars().map(|c| if c.is_ascii() { 1.0 } else { 2.0 }).sum();
            (columns / width).ceil().max(1.0)
        };
        self.lines = self.lines.max(text.split('\n').map(line).sum());
    }

    /// Text; never read as a formula.
    pub(super) fn text(&mut self, column: u16, text: &str, look: &Look) -> Result<(), XlsxError> {
        if *look != Look::Section {
            // An indent and a margin take about two characters.
            self.make_room(text, self.widths[usize::from(column)] - 2.0);
        }
        let format = self.format(look);
        self.sheet.write_string_with_format(self.row, column, plain(text), &format)?;
        Ok(())
    }

    /// Text across columns, which no program fits by itself.
    pub(super) fn across(
        &mut self,
        (first, last): (u16, u16),
        text: &str,
        look: &Look,
    ) -> Result<(), XlsxError> {
        let width: f64 = self.widths[usize::from(first)..=usize::from(last)].iter().sum();
        self.make_room(text, if *look == Look::Title { width / 2.0 } else { width - 2.0 });
        if *look == Look::Title {
            self.lines *= 2.0;
        }
        let format = self.format(look);
        self.sheet.merge_range(self.row, first, self.row, last, &plain(text), &format)?;
        Ok(())
    }

    pub(super) fn number(
        &mut self,
        column: u16,
        number: Decimal,
        look: &Look,
    ) -> Result<(), XlsxError> {
        let format = self.format(look);
        let number = number.to_f64().unwrap_or(f64::NAN);
        self.sheet.write_number_with_format(self.row, column, number, &format)?;
        Ok(())
    }

    /// A formula, without `=`, with the result that is shown until it is computed anew.
    pub(super) fn formula(
        &mut self,
        column: u16,
        formula: &str,
        (result, look): (f64, &Look),
    ) -> Result<(), XlsxError> {
        let format = self.format(look);
        // Minus zero is zero; what no number comes of is what a spreadsheet says of it.
        let result = if result.is_finite() { (result + 0.0).to_string() } else { "#DIV/0!".into() };
        let formula = Formula::new(formula).set_result(result);
        self.sheet.write_formula_with_format(self.row, column, formula, &format)?;
        Ok(())
    }

    /// The headings of columns; those marked are of numbers.
    pub(super) fn heads(&mut self, heads: &[(String, bool)]) -> Result<(), XlsxError> {
        for (column, (head, number)) in (0..).zip(heads) {
            self.text(column, head, if *number { &Look::HeadNumber } else { &Look::Head })?;
        }
        self.next()
    }
}

/// Text that a cell can hold: no control characters, none that turn the direction of reading.
pub(super) fn plain(text: &str) -> String {
    let turns = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}');
    let shown = text.chars().take(CHARACTERS_MAX);
    shown
        .map(|c| {
            let refused =
                (c.is_control() && c != '\n') || turns(c) || matches!(c, '\u{fffe}' | '\u{ffff}');
            if refused { '\u{fffd}' } else { c }
        })
        .collect()
}

/// The address of a cell that stays when formulas are copied: `$B$12`.
pub(super) fn address(column: u16, row: u32) -> String {
    let letter = char::from(b'A' + u8::try_from(column).unwrap_or(25).min(25));
    let row = row + 1;
    format!("${letter}${row}")
}

/// The address of a cell of another sheet.
pub(super) fn address_on(sheet: &str, column: u16, row: u32) -> String {
    let cell = address(column, row);
    format!("'{sheet}'!{cell}")
}
