//! The sheet of how it was computed: one cell per step, with the engine's exact value beside it.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use rust_xlsxwriter::{Worksheet, XlsxError};
use rustc_hash::FxHashMap;

use super::super::words::Words;
use super::formula::{Content, Given, Inputs, Step, Writer};
use super::outcomes::Outcomes;
use super::sheet::{Look, Sheet, address, address_on};
use crate::contract::wording::{self, phrase};
use crate::expr::{Exact, MarkId, NodeId, SymbolId};
use crate::expr::{Node, exact::Evaluator};

/// The row of the first input.
const FIRST: u32 = 3;
const VALUE: u16 = 1;
const EXACT: u16 = 3;
const DIFFERENCE: u16 = 4;

/// Inputs and steps with their rows.
pub(super) struct Workings {
    name: String,
    /// What stands above the steps: what it is, and its value.
    given: Vec<(String, Option<Decimal>)>,
    steps: Vec<(String, Step)>,
    /// The step of each amount.
    amounts: FxHashMap<NodeId, usize>,
}

impl Workings {
    pub(super) fn of(words: &Words<'_>, outcomes: &Outcomes<'_>, name: &str) -> Workings {
        let (contract, workings) = (words.report.contract, &words.report.statement.workings);
        let amounts: Vec<NodeId> = workings.lines.iter().map(|line| line.amount).collect();
        let prices: Vec<NodeId> = workings
            .lines
            .iter()
            .map(|line| line.price)
            .filter(|price| contract.graph.literal(*price).is_none())
            .collect();
        let roots = [amounts.as_slice(), &prices].concat();
        let symbols: FxHashMap<SymbolId, Exact> = workings.symbols.iter().copied().collect();
        let marks: FxHashMap<MarkId, Exact> = workings.marks.iter().copied().collect();
        let mut evaluator = Evaluator::new(&contract.graph, &roots);
        evaluator.run(|symbol| symbols.get(&symbol).copied(), &marks);
        let mut inputs = Inputs { symbols: outcomes.cells(words), ..Inputs::default() };
        let mut given = Vec::new();
        let read = Read::of(words, &roots, &marks);
        for mark in read.marks {
            let at = FIRST + given.len() as u32;
            inputs.marks.insert(mark, address(VALUE, at));
            let value = marks.get(&mark).map(|value| value.approximate());
            given.push((earlier_name(words, mark), value));
        }
        // What a payment reads of an outcome beside its value, such as a bound, tells more than the
        // value does.
        for symbol in read.symbols {
            if inputs.symbols.contains_key(&symbol) {
                continue;
            }
            if !outcomes.are_whole() {
                inputs.symbols.insert(symbol, Given::Hidden);
                continue;
            }
            let value = symbols.get(&symbol).map(|value| value.approximate());
            let cell = Given::Cell {
                at: address(VALUE, FIRST + given.len() as u32),
                value: value.map_or(0.0, floating),
            };
            inputs.symbols.insert(symbol, cell);
            given.push((contract.graph.symbol_of(symbol).name.clone(), value));
        }
        let first = FIRST + given.len() as u32;
        let writer = Writer {
            graph: &contract.graph,
            inputs: &inputs,
            exact: &|node| evaluator.value(node).ok(),
            address: &|position| address(VALUE, first + position as u32),
        };
        let prices: Vec<NodeId> =
            prices.into_iter().filter(|price| evaluator.value(*price).is_ok()).collect();
        let steps = writer.steps(&amounts, &prices);
        let at = |node: &NodeId| steps.iter().position(|step| step.node == *node);
        let amounts = amounts.iter().filter_map(|amount| Some((*amount, at(amount)?))).collect();
        let steps = steps.into_iter().map(|step| (step_name(words, step.node), step)).collect();
        Workings { name: name.to_owned(), given, steps, amounts }
    }

    /// The cell of an amount, seen from another sheet, and what it shows.
    pub(super) fn cell(&self, amount: NodeId) -> Option<(String, f64)> {
        let position = *self.amounts.get(&amount)?;
        let at = self.first() + position as u32;
        Some((address_on(&self.name, VALUE, at), self.steps[position].1.computed))
    }

    /// The formula for the sum of all differences from the exact values.
    pub(super) fn differences(&self) -> String {
        let last = self.first() + (self.steps.len() as u32).saturating_sub(1);
        let (from, to) =
            (address_on(&self.name, DIFFERENCE, self.first()), address(DIFFERENCE, last));
        format!("SUMPRODUCT(ABS({from}:{to}))")
    }

    fn first(&self) -> u32 {
        FIRST + self.given.len() as u32
    }

    pub(super) fn sheet(&self, words: &Words<'_>) -> Result<Worksheet, XlsxError> {
        let language = words.language;
        let mut sheet =
            Sheet::new(&self.name, language, &[46.0, 17.0, 54.0, 17.0, 11.0, 26.0], true)?;
        sheet.text(0, &phrase!(language, "How it was computed", "計算過程"), &Look::Section)?;
        sheet.next()?;
        let said = phrase!(
            language,
            "The engine’s exact value is what counts. A spreadsheet computes with 15 digits; every difference must be 0.",
            "正式な値は「正確な値」の列である。表計算ソフトは約 15 桁で計算するため照合用とし、差はすべて 0 でなければならない。"
        );
        sheet.across((0, 5), &said, &Look::Bare)?;
        sheet.next()?;
        sheet.heads(&[
            (phrase!(language, "What", "内容"), false),
            (phrase!(language, "Value", "値"), true),
            (phrase!(language, "Formula", "計算式"), false),
            (phrase!(language, "Exact value", "正確な値"), true),
            (phrase!(language, "Difference", "差"), true),
            (phrase!(language, "Remark", "備考"), false),
        ])?;
        sheet.sheet.set_repeat_rows(0, FIRST - 1)?;
        sheet.sheet.set_freeze_panes(FIRST, 1)?;
        for (name, value) in &self.given {
            sheet.text(0, name, &Look::Text)?;
            match value {
                Some(value) => sheet.number(VALUE, *value, &Look::Free)?,
                None => sheet.text(VALUE, "", &Look::Text)?,
            }
            for column in 2..5 {
                sheet.text(column, "", &Look::Text)?;
            }
            sheet.text(5, &phrase!(language, "given", "所与の値"), &Look::Text)?;
            sheet.next()?;
        }
        for (name, step) in &self.steps {
            step_row(&mut sheet, name, step, words)?;
            sheet.next()?;
        }
        Ok(sheet.sheet)
    }
}

fn step_row(
    sheet: &mut Sheet,
    name: &str,
    step: &Step,
    words: &Words<'_>,
) -> Result<(), XlsxError> {
    let language = words.language;
    sheet.text(0, name, &Look::Text)?;
    let remark = match &step.content {
        Content::Formula(formula) => {
            sheet.formula(VALUE, formula, (step.computed, &Look::Free))?;
            sheet.text(2, &format!("={formula}"), &Look::Code)?;
            None
        }
        Content::Hidden => Some(phrase!(
            language,
            "value: the outcome it is computed from is not shown",
            "値のみ: 計算の元になる成果を示していない"
        )),
        Content::Inexact => Some(phrase!(
            language,
            "value: a spreadsheet cannot compute it exactly",
            "値のみ: 表計算ソフトでは正確に計算できない"
        )),
    };
    if remark.is_some() {
        sheet.number(VALUE, step.exact.unwrap_or_default(), &Look::Free)?;
        sheet.text(2, "", &Look::Text)?;
    }
    match step.exact {
        Some(exact) => {
            sheet.number(EXACT, exact, &Look::Free)?;
            let (value, exact) = (address(VALUE, sheet.row), address(EXACT, sheet.row));
            let decimals = decimals_compared(step.computed);
            sheet.formula(
                DIFFERENCE,
                &format!("ROUND({value}-{exact},{decimals})"),
                (0.0, &Look::Free),
            )?;
        }
        None => {
            sheet.text(EXACT, "–", &Look::Text)?;
            sheet.text(DIFFERENCE, "", &Look::Text)?;
        }
    }
    let unmeasured = step.exact.is_none().then(|| {
        phrase!(
            language,
            "not used: an outcome was not measured on enough people",
            "不使用: 成果が必要な人数で測定されていない"
        )
    });
    sheet.text(5, &remark.or(unmeasured).unwrap_or_default(), &Look::Text)
}

/// Decimals in which a value is compared with the exact one: eleven digits in all.
fn decimals_compared(value: f64) -> usize {
    let whole = if value.abs() >= 1.0 { format!("{:.0}", value.abs()).len() } else { 1 };
    11_usize.saturating_sub(whole).clamp(2, 8)
}

/// What the roots read that is given from outside, in order.
struct Read {
    marks: Vec<MarkId>,
    symbols: Vec<SymbolId>,
}

impl Read {
    fn of(words: &Words<'_>, roots: &[NodeId], marks: &FxHashMap<MarkId, Exact>) -> Read {
        let graph = &words.report.contract.graph;
        let mut read = Read { marks: Vec::new(), symbols: Vec::new() };
        let mut seen = vec![false; graph.len()];
        let mut open = roots.to_vec();
        while let Some(node) = open.pop() {
            if std::mem::replace(&mut seen[node.index()], true) {
                continue;
            }
            match graph.node(node) {
                // What it was made of is on earlier statements.
                Node::Mark(mark, _) if marks.contains_key(mark) => read.marks.push(*mark),
                Node::Symbol(symbol) => read.symbols.push(*symbol),
                other => other.operands(|operand| open.push(operand)),
            }
        }
        read.marks.sort_unstable();
        read.marks.dedup();
        read.symbols.sort_unstable();
        read
    }
}

/// What a sum of earlier payments is.
fn earlier_name(words: &Words<'_>, mark: MarkId) -> String {
    let (contract, workings) = (words.report.contract, &words.report.statement.workings);
    let terms = &contract.terms.evaluations[workings.evaluation];
    let language = words.language;
    if mark == terms.paid_before_mark {
        phrase!(language, "Paid before", "既払額")
    } else if mark == terms.counted_before_mark {
        phrase!(language, "Earlier payments that the limit counts", "上限の計算に入る既払額")
    } else {
        phrase!(
            language,
            "Earlier payments that a limit of a line, payer or year counts",
            "項目・支払者・年度の上限の計算に入る既払額"
        )
    }
}

/// What a step computes, in words.
fn step_name(words: &Words<'_>, node: NodeId) -> String {
    const LONG: usize = 70;
    let (contract, workings) = (words.report.contract, &words.report.statement.workings);
    let language = words.language;
    let titled = |line: &crate::settle::WorkedLine| line.line.title.within(language).to_owned();
    if let Some(line) = workings.lines.iter().find(|line| line.amount == node) {
        let title = titled(line);
        return phrase!(language, "{title}: amount", "{title}: 金額");
    }
    if let Some(line) = workings.lines.iter().find(|line| line.price == node) {
        let title = titled(line);
        return phrase!(language, "{title}: before rounding", "{title}: 端数処理前");
    }
    let said = wording::expression_at(contract, node, workings.evaluation, language);
    if said.chars().count() <= LONG {
        return said;
    }
    said.chars().take(LONG).chain(['…']).collect()
}

/// An amount that a cell shows, as the exact amount's floating value.
pub(super) fn floating(amount: Decimal) -> f64 {
    amount.to_f64().unwrap_or(f64::NAN)
}
