//! `seika settle`: what is owed on measured outcomes.

use engine::Files;
use engine::contract::explain::with_decimals;
use engine::contract::{Contract, Indicator, Tax};
use engine::expr::{Notation, Rounding};
use engine::ledger::{Ledger, Receipt, Record};
use engine::problem::Language;
use engine::report::document::{Side, Table};
use engine::report::figures::{Currency, decimals_for, figure};
use engine::report::{Count, Disclosed, Hashed, HideUnder, Report, Shown, ValueShown};
use engine::settle::{Measured, Request, Statement, StatementLine, settle};
use rust_decimal::Decimal;

mod finance;

use crate::arguments::SettleArguments;
use crate::output::{Look, Output};
use crate::render;
use crate::{Context, Exit, Failure, file, report_files};

pub(crate) fn run(
    arguments: &SettleArguments,
    context: &Context,
    output: &mut Output<'_>,
) -> Result<Exit, Failure> {
    spare_inputs(arguments)?;
    let contract = crate::read_contract(&arguments.request.contract, context)?;
    let request = arguments.request.request();
    let hashed = Hashed::new(&context.disk);
    let files: &dyn Files = if arguments.report.is_empty() { &context.disk } else { &hashed };
    let statement = match kept(arguments, &contract, &request, files)? {
        Some((record, statement)) => {
            write_kept(arguments, record, context)?;
            statement
        }
        None => settle(&contract, files, &request)?,
    };
    let evidence = hashed.files();
    let report = Report {
        contract: &contract,
        statement: &statement,
        language: context.language,
        evidence: &evidence,
        hide_under: arguments.hide_counts_under.unwrap_or(HideUnder::USUAL),
    };
    let written = report_files::write(&arguments.report, &report, context.language)?;
    // What is printed is for the parties, unless they say otherwise.
    let hide = arguments.hide_counts_under;
    let shown = Shown::of(&contract, &statement, hide.unwrap_or(HideUnder::NOTHING));
    if context.json {
        output.json(&match hide {
            Some(_) => shown.to_json(context.language),
            None => statement.to_json(context.language),
        })?;
    } else {
        crate::mention_warnings(&contract, context, output);
        let layout = Layout::new(&contract, &shown, context.language);
        output.data(&layout.report(output.data_look))?;
        output.talk(&written);
    }
    Ok(Exit::Done)
}

/// Refuses to write over an input, or two files to one.
fn spare_inputs(arguments: &SettleArguments) -> Result<(), Failure> {
    let request = &arguments.request;
    // `rows.xlsx#Sheet` is a sheet of a file.
    let tables = request.evidence.iter().chain(&request.earlier);
    let tables = tables.map(|table| table.split('#').next().unwrap_or_default());
    let others = std::iter::once(&request.contract).chain(&arguments.ledger);
    let inputs: Vec<&str> = tables.chain(others.map(String::as_str)).collect();
    let reports = arguments.report.iter().map(|report| &report.path);
    let outs = reports.chain(&arguments.receipt).chain(&arguments.figures_out);
    Ok(file::spare(outs.map(String::as_str), &inputs)?)
}

/// The settlement with what it rests on, when that is to be written or comes from a ledger.
fn kept(
    arguments: &SettleArguments,
    contract: &Contract,
    request: &Request,
    files: &dyn Files,
) -> Result<Option<(Record, Statement)>, Failure> {
    let inside = arguments.evidence_inside;
    Ok(match &arguments.ledger {
        Some(path) => {
            let ledger = Ledger::open(path, WAIT)?;
            Some(ledger.settle(contract, files, request, inside)?)
        }
        None if arguments.receipt.is_none() && arguments.figures_out.is_none() => None,
        None => Some(Record::make(contract, files, request, None, inside)?),
    })
}

/// How long to wait for others who use a ledger that is only read.
const WAIT: std::time::Duration = std::time::Duration::from_secs(30);

fn write_kept(
    arguments: &SettleArguments,
    record: Record,
    context: &Context,
) -> Result<(), Failure> {
    let write = |path: &Option<String>, text: &str| match path {
        Some(path) => {
            file::write(path, context.language, |file| Ok(file.write_all(text.as_bytes())?))
        }
        None => Ok(()),
    };
    write(&arguments.figures_out, &record.figures)?;
    write(&arguments.receipt, &Receipt::of(record).text())
}

/// A statement for people.
pub(crate) fn report(
    contract: &Contract,
    statement: &Statement,
    language: Language,
    look: Look,
) -> String {
    let shown = Shown::of(contract, statement, HideUnder::NOTHING);
    Layout::new(contract, &shown, language).report(look)
}

struct Layout<'a> {
    contract: &'a Contract,
    statement: &'a Statement,
    shown: &'a Shown,
    language: Language,
    currency: Currency<'a>,
}

impl<'a> Layout<'a> {
    fn new(contract: &'a Contract, shown: &'a Shown, language: Language) -> Self {
        let statement = &shown.statement;
        let currency = Currency::new(&statement.currency, language);
        Self { contract, statement, shown, language, currency }
    }

    fn report(&self, look: Look) -> String {
        let (at, paid) = (self.statement.at, self.statement.paid);
        let mut text = crate::check::heading(self.contract, self.language);
        text += &pick!(
            self.language,
            "Statement for the evaluation of {at}, paid on {paid}\n",
            "{at} の評価に基づく支払計算書（支払日 {paid}）\n"
        );
        if let Some(ended) = self.statement.ended {
            text += &pick!(
                self.language,
                "The contract ended early, on {ended}; this evaluation closes it\n",
                "契約は {ended} に途中で終了し、この評価が最終の精算です\n"
            );
        }
        text += &self.data_kind();
        text += &self.outcomes();
        text += &self.lines();
        text += &self.balance();
        text += &self.flows();
        text += &self.finance();
        let notes = &self.statement.notes;
        if !notes.is_empty() {
            text += &pick!(self.language, "\nNotes\n\n", "\n注記\n\n");
            text += &render::problems(notes, self.language, look);
        }
        text
    }

    fn data_kind(&self) -> String {
        let Some(kind) = self.statement.data_kind else { return String::new() };
        let kind = kind.words();
        let kind = kind.within(self.language);
        pick!(self.language, "Data: {kind}\n", "データの種類: {kind}\n")
    }

    fn outcomes(&self) -> String {
        let mut table = Table::new([
            (pick!(self.language, "Outcome", "成果指標"), Side::Left),
            (pick!(self.language, "Value", "値"), Side::Right),
            (pick!(self.language, "95% interval", "95% 信頼区間"), Side::Right),
            (pick!(self.language, "People", "人数"), Side::Right),
            (pick!(self.language, "Left out", "除外"), Side::Left),
        ]);
        for (outcome, disclosed) in self.statement.outcomes.iter().zip(&self.shown.outcomes) {
            table.row([
                outcome.title.within(self.language).to_owned(),
                match disclosed.value {
                    ValueShown::AsRead => self.value(outcome),
                    ValueShown::Small => self.count(Count::Small),
                    ValueShown::Withheld => self.count(Count::Withheld),
                },
                match (disclosed.precise, outcome.interval) {
                    (false, Some(_)) => self.count(Count::Withheld),
                    _ => self.interval(outcome),
                },
                self.people(outcome, disclosed),
                self.excluded(disclosed),
            ]);
        }
        if table.is_empty() { String::new() } else { format!("\n{}", crate::table::text(&table)) }
    }

    fn indicator(&self, outcome: &Measured) -> Option<&Indicator> {
        let position = self.contract.indicator_named(&outcome.indicator)?;
        self.contract.indicators.get(position)
    }

    /// How values of the outcome are shown.
    fn notation(&self, outcome: &Measured) -> Notation {
        let known = self.indicator(outcome).map(|indicator| indicator.unit.notation());
        known.unwrap_or_else(|| Notation { hundredfold: false, unit: outcome.unit.clone() })
    }

    /// The decimals in which the contract reads the outcome.
    fn digits(&self, outcome: &Measured) -> u32 {
        let read = self.indicator(outcome).and_then(|indicator| indicator.read);
        read.map_or(0, Rounding::digits)
    }

    /// The value with all the decimals in which the contract reads it.
    fn value(&self, outcome: &Measured) -> String {
        let Some(value) = outcome.value else {
            return pick!(self.language, "not measured", "測定なし");
        };
        let (digits, notation) = (self.digits(outcome), self.notation(outcome));
        match notation.scaled(value) {
            Some(scaled) => {
                notation.beside(&with_decimals(scaled, notation.decimals(digits)), self.language)
            }
            None => with_decimals(value, digits),
        }
    }

    fn interval(&self, outcome: &Measured) -> String {
        let Some(interval) = outcome.interval else { return "-".to_owned() };
        let (low, high) = (interval.low, interval.high);
        let notation = self.notation(outcome);
        let [low, high] = match notation.hundredfold {
            true => [low, high].map(|end| {
                let decimals = notation.decimals(self.digits(outcome)).max(1);
                let text = figure(end * notation.factor(), decimals);
                format!("{text}{}", notation.short_sign())
            }),
            false => {
                // At least as fine as the value beside it.
                let decimals = decimals_for(high - low, 3).max(self.digits(outcome));
                [low, high].map(|end| figure(end, decimals))
            }
        };
        pick!(self.language, "{low} to {high}", "{low} 〜 {high}")
    }

    fn count(&self, count: Count) -> String {
        let threshold = self.shown.hide_under.threshold();
        match count {
            Count::Shown(count) => figure_of(count),
            Count::Small => pick!(self.language, "under {threshold}", "{threshold} 未満"),
            Count::Withheld => pick!(self.language, "withheld", "非表示"),
        }
    }

    fn people(&self, outcome: &Measured, disclosed: &Disclosed) -> String {
        let count = self.count(disclosed.n);
        if outcome.n >= outcome.at_least {
            return count;
        }
        let needed = figure_of(outcome.at_least);
        pick!(self.language, "{count} (needs {needed})", "{count}（{needed} 必要）")
    }

    fn excluded(&self, disclosed: &Disclosed) -> String {
        if disclosed.excluded == Count::Shown(0) {
            return "0".to_owned();
        }
        let reason = |reason: &str| match (reason, reason.strip_prefix("missing:")) {
            (_, Some(column)) => pick!(self.language, "{column} blank", "{column} が空欄"),
            ("reported", None) => pick!(self.language, "as reported", "報告値"),
            (other, None) => other.to_owned(),
        };
        let reasons = disclosed.exclusions.iter().map(|(why, count)| {
            let (why, count) = (reason(why), self.count(*count));
            format!("{why}: {count}")
        });
        let all = self.count(disclosed.excluded);
        let reasons = reasons.collect::<Vec<_>>().join(self.language.comma());
        if reasons.is_empty() { all } else { format!("{all} ({reasons})") }
    }

    fn lines(&self) -> String {
        let unit = self.currency.name();
        let mut table = Table::new([
            (pick!(self.language, "Payment", "支払項目"), Side::Left),
            (pick!(self.language, "Amount ({unit})", "金額（{unit}）"), Side::Right),
            (pick!(self.language, "Why", "理由"), Side::Left),
        ]);
        for line in &self.statement.lines {
            let why = line.because.within(self.language).to_owned();
            table.row([self.title(line), self.currency.digits(line.amount), why]);
        }
        table.sum_line(1);
        let mut sum = |name: String, amount: Decimal, why: String| {
            table.row([name, self.currency.digits(amount), why]);
        };
        sum(pick!(self.language, "Subtotal", "小計"), self.statement.subtotal, String::new());
        let (name, added) =
            (pick!(self.language, "Tax", "消費税"), matches!(self.contract.tax, Tax::Added(_)));
        match self.statement.tax {
            Some(tax) if added => {
                sum(name, tax, pick!(self.language, "added to the subtotal", "小計に加算"));
            }
            Some(tax) => {
                sum(name, tax, pick!(self.language, "contained in the subtotal", "小計に含む"));
            }
            None => {}
        }
        sum(pick!(self.language, "Payable", "支払額"), self.statement.payable, String::new());
        let mut text = format!("\n{}", crate::table::text(&table));
        if self.statement.tax.is_none() {
            text += &pick!(
                self.language,
                "\nThe contract does not say how tax stands to these amounts\n",
                "\nこの契約は消費税の扱いを定めていません\n"
            );
        }
        text
    }

    fn title(&self, line: &StatementLine) -> String {
        let title = line.title.within(self.language);
        let mut title = match &line.clause {
            Some(clause) => pick!(self.language, "{title} ({clause})", "{title}（{clause}）"),
            None => title.to_owned(),
        };
        // Who pays is said only where it is not the same for every line.
        let first = self.statement.lines.first().map(|line| (&line.payer, &line.to));
        if self.statement.lines.iter().any(|line| Some((&line.payer, &line.to)) != first) {
            let payer = self.party(&line.payer);
            title += &pick!(self.language, ", by {payer}", "、{payer}");
        }
        title
    }

    fn balance(&self) -> String {
        let mut rows =
            vec![(pick!(self.language, "Paid before", "既払額"), self.statement.paid_before)];
        if let Some(left) = self.statement.cap_left {
            rows.push((
                pick!(self.language, "Left under the cap after this", "支払後の上限残額"),
                left,
            ));
        }
        let due = match (self.statement.due, &self.statement.due_rule) {
            (Some(due), Some(rule)) => {
                let rule = rule.within(self.language);
                pick!(self.language, "Due by {due}, {rule}\n", "支払期限: {due}（{rule}）\n")
            }
            (None, Some(rule)) => {
                let rule = rule.within(self.language);
                pick!(self.language, "Due {rule}\n", "支払期限: {rule}\n")
            }
            (_, None) => String::new(),
        };
        let line = |(name, amount): (String, Decimal)| {
            let amount = self.currency.amount(amount);
            format!("{name}: {amount}\n")
        };
        format!("\n{}{due}", rows.into_iter().map(line).collect::<String>())
    }

    fn flows(&self) -> String {
        let line = |flow: &engine::settle::Flow| {
            let (from, to) = (self.party(&flow.from), self.party(&flow.to));
            let amount = self.currency.amount(flow.amount);
            pick!(self.language, "{from} pays {to} {amount}\n", "{from} から {to} へ {amount}\n")
        };
        let flows: String = self.statement.flows.iter().map(line).collect();
        if flows.is_empty() { flows } else { format!("\n{flows}") }
    }

    fn party(&self, id: &'a str) -> &'a str {
        let party = self.contract.parties.iter().find(|party| party.id == id);
        party.map_or(id, |party| party.name.within(self.language))
    }
}

fn figure_of(count: u64) -> String {
    engine::contract::explain::amount_text(Decimal::from(count))
}
