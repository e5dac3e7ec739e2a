//! The sheet of the outcomes: the cells that the formulas read.

use rust_decimal::Decimal;
use rust_decimal::prelude::{FromPrimitive, ToPrimitive};
use rust_xlsxwriter::{Worksheet, XlsxError};
use rustc_hash::FxHashMap;

use super::super::disclosure::{Count, Disclosed, ValueShown, disclose};
use super::super::words::Words;
use super::formula::Given;
use super::sheet::{Look, Sheet, address_on};
use crate::contract::wording::phrase;
use crate::expr::{SymbolId, Unit};
use crate::settle::Measured;

/// The row of the first outcome.
const FIRST: u32 = 3;
/// The columns that formulas read.
const VALUE: u16 = 3;
const COUNTS: u16 = 5;

/// The outcomes with their rows; those of earlier evaluations first.
pub(super) struct Outcomes<'a> {
    name: String,
    rows: Vec<Row<'a>>,
}

struct Row<'a> {
    evaluation: usize,
    outcome: &'a Measured,
    disclosed: Disclosed,
}

impl<'a> Outcomes<'a> {
    pub(super) fn of(words: &Words<'a>, name: &str) -> Outcomes<'a> {
        let statement = words.report.statement;
        let mut rows = Vec::new();
        for at in 0..statement.workings.evaluation {
            let earlier = statement.workings.earlier.iter().filter(|(of, _)| *of == at);
            let earlier: Vec<&'a Measured> = earlier.map(|(_, outcome)| outcome).collect();
            let owned: Vec<Measured> = earlier.iter().map(|outcome| (*outcome).clone()).collect();
            let disclosed = disclose(words.report.contract, &owned, words.report.hide_under);
            rows.extend(earlier.into_iter().zip(disclosed).map(|(outcome, disclosed)| Row {
                evaluation: at,
                outcome,
                disclosed,
            }));
        }
        rows.extend(words.outcomes().map(|(outcome, disclosed)| Row {
            evaluation: statement.workings.evaluation,
            outcome,
            disclosed: disclosed.clone(),
        }));
        Outcomes { name: name.to_owned(), rows }
    }

    /// Whether nothing of any outcome is hidden.
    pub(super) fn are_whole(&self) -> bool {
        self.rows.iter().all(|row| row.disclosed.is_whole())
    }

    /// Where the outcomes' symbols stand.
    pub(super) fn cells(&self, words: &Words<'_>) -> FxHashMap<SymbolId, Given> {
        let contract = words.report.contract;
        let mut cells = FxHashMap::default();
        for (at, row) in (FIRST..).zip(&self.rows) {
            let terms = contract
                .indicator_named(&row.outcome.indicator)
                .and_then(|indicator| contract.terms.outcome(indicator, row.evaluation));
            if let Some(terms) = terms.map(|position| &contract.terms.outcomes[position]) {
                let cell = |column: u16, value: f64| Given::Cell {
                    at: address_on(&self.name, column, at),
                    value,
                };
                let value = row.outcome.value.and_then(|value| value.to_f64()).unwrap_or(0.0);
                let counts = f64::from(u8::from(row.outcome.is_available()));
                let value = match row.disclosed.value {
                    ValueShown::AsRead => cell(VALUE, value),
                    ValueShown::Small | ValueShown::Withheld => Given::Hidden,
                };
                cells.insert(terms.value, value);
                cells.insert(terms.available, cell(COUNTS, counts));
            }
        }
        cells
    }

    pub(super) fn sheet(&self, words: &Words<'_>) -> Result<Worksheet, XlsxError> {
        let language = words.language;
        let widths = [
            12.5, 30.0, 14.0, 11.0, 9.0, 11.0, 15.0, 11.0, 11.0, 10.0, 10.0, 10.0, 28.0, 26.0, 24.0,
        ];
        let mut sheet = Sheet::new(&self.name, language, &widths, true)?;
        sheet.text(0, &phrase!(language, "Outcomes", "成果"), &Look::Section)?;
        sheet.next()?;
        let said = phrase!(
            language,
            "The formulas read the columns “Value as read” and “Counts” (1: enough people were measured; 0: not).",
            "計算式は「読み取り後の値」と「有効」（1: 人数の条件を満たす、0: 満たさない）の列を参照する。"
        );
        sheet.across((0, 9), &said, &Look::Bare)?;
        sheet.next()?;
        sheet.heads(&[
            (phrase!(language, "Evaluation", "評価日"), false),
            (phrase!(language, "Indicator", "成果指標"), false),
            (phrase!(language, "Clause", "条項"), false),
            (phrase!(language, "Value as read", "読み取り後の値"), true),
            (phrase!(language, "Unit", "単位"), false),
            (phrase!(language, "Counts", "有効"), true),
            (phrase!(language, "Before reading", "読み取り前の値"), true),
            (phrase!(language, "95% low", "95% 下限"), true),
            (phrase!(language, "95% high", "95% 上限"), true),
            (phrase!(language, "People", "人数"), true),
            (phrase!(language, "At least", "必要人数"), true),
            (phrase!(language, "Left out", "除外"), true),
            (phrase!(language, "Reasons", "除外等の理由"), false),
            (phrase!(language, "How it is read", "読み取り方"), false),
            (phrase!(language, "Source and data", "出所とデータ"), false),
        ])?;
        sheet.sheet.set_repeat_rows(0, FIRST - 1)?;
        sheet.sheet.set_freeze_panes(FIRST, 2)?;
        for row in &self.rows {
            self.row(&mut sheet, row, words)?;
            sheet.next()?;
        }
        Ok(sheet.sheet)
    }

    fn row(&self, sheet: &mut Sheet, row: &Row<'_>, words: &Words<'_>) -> Result<(), XlsxError> {
        let (language, outcome, disclosed) = (words.language, row.outcome, &row.disclosed);
        let declared = words.indicator(outcome);
        let digits = words.read_digits(outcome);
        let share = declared.is_some_and(|it| it.unit == Unit::Share);
        let look = |more: u32| match share {
            true => Look::Percent((digits + more).saturating_sub(2)),
            false => Look::Number(digits + more),
        };
        let at = words.report.contract.evaluations[row.evaluation].at;
        sheet.text(0, &at.to_string(), &Look::Text)?;
        sheet.text(1, outcome.title.within(language), &Look::Text)?;
        let clause = declared.and_then(|it| it.clause.as_deref()).unwrap_or_default();
        sheet.text(2, clause, &Look::Text)?;
        match (outcome.value, disclosed.value) {
            (Some(value), ValueShown::AsRead) => sheet.number(VALUE, value, &look(0))?,
            // A blank counts as nothing where a word would count as more than any number.
            (None, _) => sheet.text(VALUE, "", &Look::Text)?,
            _ => sheet.text(VALUE, &words.value(outcome, disclosed), &Look::Text)?,
        }
        // Formulas compute with the fraction, whatever it is told as.
        let points = declared.is_some_and(|it| it.unit == Unit::Points);
        let unit = match points {
            true => {
                phrase!(language, "fraction: 0.01 is 1 point", "割合の差（0.01 が 1 ポイント）")
            }
            false => outcome.unit.within(language).to_owned(),
        };
        sheet.text(4, &unit, &Look::Text)?;
        sheet.number(COUNTS, Decimal::from(u8::from(outcome.is_available())), &Look::Number(0))?;
        let precise = |sheet: &mut Sheet, column: u16, value: Option<Decimal>| match value {
            Some(value) if disclosed.precise => sheet.number(column, value, &look(3)),
            Some(_) => sheet.text(column, &words.withheld(), &Look::Text),
            None => sheet.text(column, "–", &Look::Text),
        };
        precise(sheet, 6, outcome.unrounded)?;
        let end = |value: Option<f64>| value.and_then(Decimal::from_f64);
        precise(sheet, 7, end(outcome.interval.map(|interval| interval.low)))?;
        precise(sheet, 8, end(outcome.interval.map(|interval| interval.high)))?;
        let count = |sheet: &mut Sheet, column: u16, count: Count| match count {
            Count::Shown(count) => sheet.number(column, count.into(), &Look::Number(0)),
            hidden => sheet.text(column, &words.count(hidden), &Look::Text),
        };
        count(sheet, 9, disclosed.n)?;
        sheet.number(10, outcome.at_least.into(), &Look::Number(0))?;
        count(sheet, 11, disclosed.excluded)?;
        sheet.text(12, &words.reasons(disclosed).join("\n"), &Look::Text)?;
        sheet.text(13, &words.reading(outcome).unwrap_or_default(), &Look::Text)?;
        let source = declared.and_then(|it| it.source.as_ref());
        let source = source.map(|source| source.within(language).to_owned()).into_iter();
        let sources: Vec<String> = source.chain([outcome.source.clone()]).collect();
        sheet.text(14, &sources.join("\n"), &Look::Text)
    }
}
