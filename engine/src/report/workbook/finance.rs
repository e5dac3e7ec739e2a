//! The sheet on what is paid out of a payment: every movement of money, every tranche, the account.

use rust_xlsxwriter::{Worksheet, XlsxError};

use super::super::finance;
use super::Words;
use super::sheet::{Look, Sheet};
use crate::contract::wording::phrase;

/// Widths of the columns, in characters; the first table has five.
const WIDTHS: [f64; 9] = [30.0, 24.0, 24.0, 16.0, 44.0, 16.0, 16.0, 16.0, 18.0];

/// The sheet, where the contract is financed.
pub(super) fn sheet(words: &Words<'_>) -> Result<Option<Worksheet>, XlsxError> {
    let Some(statement) = finance::of(words) else { return Ok(None) };
    let language = words.language;
    let name = phrase!(language, "Finance", "資金");
    let mut sheet = Sheet::new(&name, language, &WIDTHS, true)?;
    let digits = words.money_digits();
    let unit = words.currency();
    section(&mut sheet, &phrase!(language, "Movements of money", "資金の流れ"))?;
    sheet.heads(&finance::flow_heads(words, unit))?;
    for row in finance::flows(words, statement) {
        sheet.text(0, &row.day, &Look::Text)?;
        sheet.text(1, &row.from, &Look::Text)?;
        sheet.text(2, &row.to, &Look::Text)?;
        sheet.number(3, row.amount, &Look::Number(digits))?;
        sheet.text(4, &row.because, &Look::Text)?;
        sheet.next()?;
    }
    let tranches = finance::tranches(words, statement);
    if !tranches.is_empty() {
        sheet.next()?;
        section(&mut sheet, &phrase!(language, "Investments", "投資"))?;
        sheet.heads(&finance::tranche_heads(words, unit))?;
        for row in tranches {
            sheet.text(0, &row.title, &Look::Text)?;
            for (column, amount) in (1..).zip(row.amounts) {
                sheet.number(column, amount, &Look::Number(digits))?;
            }
            sheet.next()?;
        }
    }
    let account = finance::account(words, statement);
    if !account.is_empty() {
        sheet.next()?;
        section(&mut sheet, &phrase!(language, "Account ({unit})", "口座（{unit}）"))?;
        for (name, amount) in account {
            sheet.text(0, &name, &Look::Text)?;
            sheet.number(1, amount, &Look::Number(digits))?;
            sheet.next()?;
        }
    }
    Ok(Some(sheet.sheet))
}

fn section(sheet: &mut Sheet, name: &str) -> Result<(), XlsxError> {
    sheet.text(0, name, &Look::Section)?;
    sheet.next()
}
