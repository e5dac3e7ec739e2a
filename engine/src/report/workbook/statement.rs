//! The sheet that is signed.

use rust_decimal::Decimal;
use rust_xlsxwriter::{Worksheet, XlsxError};

use super::super::words::Words;
use super::sheet::{Look, Sheet, address, plain};
use super::workings::{Workings, floating};
use crate::contract::Tax;
use crate::contract::wording::phrase;

/// The columns: item, clause, amount, why.
const WIDTHS: [f64; 4] = [28.0, 16.0, 17.0, 42.0];
const AMOUNT: u16 = 2;
const LAST: u16 = 3;

pub(super) fn sheet(
    words: &Words<'_>,
    name: &str,
    workings: &Workings,
) -> Result<Worksheet, XlsxError> {
    let sheet = Sheet::new(name, words.language, &WIDTHS, false)?;
    let mut writer = Writer { words, workings, sheet, digits: money_digits(words) };
    writer.write()?;
    Ok(writer.sheet.sheet)
}

/// The decimals that show every digit of every amount.
fn money_digits(words: &Words<'_>) -> u32 {
    let statement = words.report.statement;
    let amounts = statement.workings.lines.iter().map(|line| line.line.amount);
    let sums = [statement.subtotal, statement.payable, statement.paid_before];
    let all = amounts.chain(sums).chain(statement.tax).chain(statement.cap_left);
    all.map(|amount| amount.normalize().scale()).max().unwrap_or(0).max(words.money_digits())
}

struct Writer<'a> {
    words: &'a Words<'a>,
    workings: &'a Workings,
    sheet: Sheet,
    digits: u32,
}

impl Writer<'_> {
    fn write(&mut self) -> Result<(), XlsxError> {
        let language = self.words.language;
        let statement = self.words.report.statement;
        let title = phrase!(language, "Statement of payment", "支払計算書");
        self.sheet.across((0, LAST), &title, &Look::Title)?;
        self.sheet.next()?;
        let (name, id) = (self.words.contract_title(), &statement.contract);
        self.sheet.across((0, LAST), &format!("{name} ({id})"), &Look::Centred)?;
        self.sheet.next()?;
        self.sheet.next()?;
        self.fact(&phrase!(language, "Evaluation of", "評価日"), &self.words.day(statement.at))?;
        self.fact(&phrase!(language, "Paid on", "支払日"), &self.words.day(statement.paid))?;
        if let Some(ended) = statement.ended {
            let name = phrase!(language, "Ended early on", "途中終了日");
            self.fact(&name, &self.words.day(ended))?;
        }
        if let Some(due) = self.words.due() {
            self.fact(&phrase!(language, "Payment due", "支払期限"), &due)?;
        }
        self.fact(&phrase!(language, "Currency", "通貨"), &statement.currency)?;
        for party in &self.words.report.contract.parties {
            self.fact(&self.words.role(party.role), party.name.within(language))?;
        }
        self.sheet.next()?;
        let subtotal = self.payments()?;
        self.balance(&subtotal)?;
        self.flows()?;
        self.notes()?;
        self.basis()?;
        self.signatures()
    }

    fn fact(&mut self, name: &str, value: &str) -> Result<(), XlsxError> {
        self.sheet.text(0, name, &Look::Bare)?;
        self.sheet.across((1, LAST), value, &Look::Bare)?;
        self.sheet.next()?;
        Ok(())
    }

    fn section(&mut self, name: &str) -> Result<(), XlsxError> {
        self.sheet.next()?;
        self.sheet.text(0, name, &Look::Section)?;
        self.sheet.next()?;
        Ok(())
    }

    /// The lines and their sums; returns the cell of the subtotal.
    fn payments(&mut self) -> Result<String, XlsxError> {
        let language = self.words.language;
        let statement = self.words.report.statement;
        let unit = self.words.currency();
        self.sheet.heads(&[
            (phrase!(language, "Item", "支払項目"), false),
            (phrase!(language, "Clause", "条項"), false),
            (phrase!(language, "Amount ({unit})", "金額（{unit}）"), true),
            (phrase!(language, "Why", "理由"), false),
        ])?;
        let first = self.sheet.row;
        let several = self.words.several_flows();
        // Limits that did not bind stand here too: with other outcomes they might.
        for worked in &statement.workings.lines {
            let line = &worked.line;
            let mut title = line.title.within(language).to_owned();
            if several {
                let (from, to) = (self.words.party(&line.payer), self.words.party(&line.to));
                title += "\n";
                title += &phrase!(language, "{from} to {to}", "{from} から {to} へ");
            }
            self.sheet.text(0, &title, &Look::Text)?;
            self.sheet.text(1, line.clause.as_deref().unwrap_or_default(), &Look::Text)?;
            let look = Look::Number(self.digits);
            match self.workings.cell(worked.amount) {
                Some((cell, result)) => self.sheet.formula(AMOUNT, &cell, (result, &look))?,
                None => self.sheet.number(AMOUNT, line.amount, &look)?,
            }
            let mut why = self.words.because(worked);
            if !worked.shown {
                why = phrase!(language, "does not apply here: {why}", "適用なし: {why}");
            }
            self.sheet.text(LAST, &why, &Look::Text)?;
            self.sheet.next()?;
        }
        let last = self.sheet.row - 1;
        let sum = Look::Sum(self.digits);
        let formula = format!("SUM({}:{})", address(AMOUNT, first), address(AMOUNT, last));
        let name = phrase!(language, "Subtotal", "小計");
        let subtotal = self.sum(&name, &formula, (statement.subtotal, &sum), "")?;
        let (tax_name, remark) = self.words.tax();
        let tax = match (self.tax_formula(&subtotal), statement.tax) {
            (Some(formula), Some(tax)) => {
                Some(self.sum(&tax_name, &formula, (tax, &sum), &remark)?)
            }
            _ => {
                self.sheet.text(0, &tax_name, &Look::SumText)?;
                self.sheet.text(1, "", &Look::SumText)?;
                self.sheet.text(AMOUNT, "–", &Look::SumText)?;
                self.sheet.text(LAST, &remark, &Look::Text)?;
                self.sheet.next()?;
                None
            }
        };
        let payable = match (self.words.report.contract.tax, tax) {
            (Tax::Added(_), Some(tax)) => format!("{subtotal}+{tax}"),
            _ => subtotal.clone(),
        };
        let name = phrase!(language, "Payable", "支払額");
        let payable = self.sum(&name, &payable, (statement.payable, &sum), "")?;
        self.checks(&payable)?;
        Ok(subtotal)
    }

    /// A row of a sum; returns its cell.
    fn sum(
        &mut self,
        name: &str,
        formula: &str,
        (amount, look): (Decimal, &Look),
        remark: &str,
    ) -> Result<String, XlsxError> {
        self.sheet.text(0, name, &Look::SumText)?;
        self.sheet.text(1, "", &Look::SumText)?;
        self.sheet.formula(AMOUNT, formula, (floating(amount), look))?;
        self.sheet.text(LAST, remark, &Look::Text)?;
        self.sheet.next()?;
        Ok(address(AMOUNT, self.sheet.row - 1))
    }

    /// Tax is truncated to the currency's own unit, or the rounding's where that is finer.
    fn tax_formula(&self, subtotal: &str) -> Option<String> {
        let contract = self.words.report.contract;
        let digits = contract.minor_unit().normalize().scale();
        let kept = digits + 5;
        let rate = |rate: Decimal| rate.normalize().to_string();
        let inside = match contract.tax {
            Tax::Included(of) => {
                let (rate, whole) = (rate(of), rate(of + Decimal::ONE));
                format!("{subtotal}*{rate}/{whole}")
            }
            Tax::Added(of) => format!("{subtotal}*{}", rate(of)),
            Tax::Unstated => return None,
        };
        Some(format!("ROUNDDOWN(ROUND({inside},{kept}),{digits})"))
    }

    /// The exact amount beside the formula's.
    fn checks(&mut self, payable: &str) -> Result<(), XlsxError> {
        let language = self.words.language;
        let look = Look::Number(self.digits);
        self.sheet.text(
            0,
            &phrase!(language, "Payable, exactly", "支払額（正確な値）"),
            &Look::Text,
        )?;
        self.sheet.text(1, "", &Look::Text)?;
        self.sheet.number(AMOUNT, self.words.report.statement.payable, &look)?;
        self.sheet.text(
            LAST,
            &phrase!(
                language,
                "the engine’s exact value, which is what is owed",
                "本ソフトが正確に計算した値。支払義務はこの額による"
            ),
            &Look::Text,
        )?;
        let exact = address(AMOUNT, self.sheet.row);
        self.sheet.next()?;
        self.sheet.text(
            0,
            &phrase!(language, "Difference of the formulas", "計算式との差"),
            &Look::Text,
        )?;
        self.sheet.text(1, "", &Look::Text)?;
        let formula = format!("ROUND({payable}-{exact},6)+{}", self.workings.differences());
        self.sheet.formula(AMOUNT, &formula, (0.0, &Look::Free))?;
        self.sheet.text(
            LAST,
            &phrase!(
                language,
                "must be 0; anything else means that a cell was changed",
                "0 であること。0 でなければセルが変更されている"
            ),
            &Look::Text,
        )?;
        self.sheet.next()?;
        Ok(())
    }

    fn balance(&mut self, subtotal: &str) -> Result<(), XlsxError> {
        let language = self.words.language;
        let (statement, contract) = (self.words.report.statement, self.words.report.contract);
        self.section(&phrase!(language, "Earlier payments and what is left", "既払額と残額"))?;
        let look = Look::Number(self.digits);
        let name = phrase!(language, "Paid before", "既払額");
        self.value(&name, statement.paid_before, &look)?;
        let (Some(cap), Some(left)) = (contract.cap, statement.cap_left) else {
            self.sheet.text(
                0,
                &phrase!(language, "Limit of the contract", "契約の支払上限額"),
                &Look::Text,
            )?;
            self.sheet.text(1, "", &Look::Text)?;
            self.sheet.text(AMOUNT, &phrase!(language, "none", "定めなし"), &Look::Text)?;
            self.sheet.next()?;
            return Ok(());
        };
        let counted = cap - left - statement.subtotal;
        let name = phrase!(language, "Of it, counted under the limit", "うち上限の計算に入る額");
        let counted = self.value(&name, counted, &look)?;
        let cap = self.value(&self.words.cap_name(), cap, &look)?;
        self.sheet.text(
            0,
            &phrase!(language, "Left under the limit after this", "今回支払後の上限残額"),
            &Look::Text,
        )?;
        self.sheet.text(1, "", &Look::Text)?;
        let formula = format!("{cap}-{counted}-{subtotal}");
        self.sheet.formula(AMOUNT, &formula, (floating(left), &look))?;
        self.sheet.next()?;
        Ok(())
    }

    fn value(&mut self, name: &str, amount: Decimal, look: &Look) -> Result<String, XlsxError> {
        self.sheet.text(0, name, &Look::Text)?;
        self.sheet.text(1, "", &Look::Text)?;
        self.sheet.number(AMOUNT, amount, look)?;
        self.sheet.next()?;
        Ok(address(AMOUNT, self.sheet.row - 1))
    }

    fn flows(&mut self) -> Result<(), XlsxError> {
        let language = self.words.language;
        let flows = &self.words.report.statement.flows;
        if flows.is_empty() {
            return Ok(());
        }
        self.section(&phrase!(language, "Who pays whom", "支払の流れ"))?;
        let unit = self.words.currency();
        self.sheet.heads(&[
            (phrase!(language, "From", "支払う者"), false),
            (phrase!(language, "To", "受け取る者"), false),
            (phrase!(language, "Amount ({unit})", "金額（{unit}）"), true),
        ])?;
        for flow in flows {
            self.sheet.text(0, &self.words.party(&flow.from), &Look::Text)?;
            self.sheet.text(1, &self.words.party(&flow.to), &Look::Text)?;
            self.sheet.number(AMOUNT, flow.amount, &Look::Number(self.digits))?;
            self.sheet.next()?;
        }
        Ok(())
    }

    fn notes(&mut self) -> Result<(), XlsxError> {
        let notes = self.words.notes();
        if notes.is_empty() {
            return Ok(());
        }
        self.section(&phrase!(self.words.language, "Notes", "注記"))?;
        for note in notes {
            self.sheet.across((0, LAST), &format!("・{note}"), &Look::Bare)?;
            self.sheet.next()?;
        }
        Ok(())
    }

    fn basis(&mut self) -> Result<(), XlsxError> {
        let language = self.words.language;
        let report = self.words.report;
        self.section(&phrase!(language, "What this rests on", "計算の根拠"))?;
        let hashed = |name: &str, hash: &str| format!("{}\nSHA-256 {hash}", plain(name));
        let mut files = vec![(
            phrase!(language, "Contract script", "契約スクリプト"),
            hashed(&report.contract.file, &report.script_sha256()),
        )];
        files.extend(report.evidence.iter().map(|file| {
            (phrase!(language, "Evidence", "証拠ファイル"), hashed(&file.name, &file.sha256))
        }));
        for (name, value) in files {
            self.sheet.text(0, &name, &Look::Bare)?;
            // Two lines: the name and the hash.
            self.sheet.across((1, LAST), &value, &Look::Bare)?;
            self.sheet.next()?;
        }
        if let Some(kind) = report.statement.data_kind {
            let kind = kind.words();
            self.fact(&phrase!(language, "Kind of data", "データの種別"), kind.within(language))?;
        }
        let version = crate::VERSION;
        self.fact(
            &phrase!(language, "Computed by", "計算に用いたソフト"),
            &phrase!(language, "Seika {version}", "Seika（成果）{version}"),
        )
    }

    fn signatures(&mut self) -> Result<(), XlsxError> {
        let language = self.words.language;
        self.section(&phrase!(language, "Signatures", "署名・押印"))?;
        self.sheet.heads(&[
            (phrase!(language, "Party", "当事者"), false),
            (phrase!(language, "Date", "日付"), false),
            (phrase!(language, "Seal", "印"), false),
            (phrase!(language, "Name", "氏名"), false),
        ])?;
        for party in self.words.signers() {
            let (role, name) = (self.words.role(party.role), party.name.within(language));
            self.sheet.text(0, &format!("{name}\n{role}"), &Look::Text)?;
            self.sheet.text(1, &phrase!(language, "", "　　年　　月　　日"), &Look::Text)?;
            self.sheet.text(AMOUNT, &phrase!(language, "", "印"), &Look::Text)?;
            // Room for a signature.
            self.sheet.text(LAST, "\n\n", &Look::Text)?;
            self.sheet.next()?;
        }
        Ok(())
    }
}
