//! `seika ledger`: settlements kept, approved, paid and corrected.

mod listing;

use std::time::Duration;

use engine::ledger::{By, Ledger, Receipt, Settlement, Submission, Submitted};
use engine::problem::{Language, Problem, Source, Text};
use engine::report;
use engine::report::figures::Currency;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::arguments::{
    ActArguments, ByArguments, ExportArguments, ExportFormat, InitArguments, LedgerArguments,
    LedgerCommand, LedgerVerifyArguments, ShowArguments, SubmitArguments,
};
use crate::output::Output;
use crate::{Context, Exit, Failure, document, file, settle};

pub(crate) fn run(
    command: &LedgerCommand,
    context: &Context,
    output: &mut Output<'_>,
) -> Result<Exit, Failure> {
    match command {
        LedgerCommand::Init(arguments) => init(arguments, context, output)?,
        LedgerCommand::Submit(arguments) => submit(arguments, context, output)?,
        LedgerCommand::Approve(act) => {
            let done = open(&act.ledger)?.approve(act.entry, &by(&act.by))?;
            acted(act, done, "approved", context, output)?;
        }
        LedgerCommand::Reject(close) => {
            let act = &close.act;
            let done = open(&act.ledger)?.reject(act.entry, &close.reason, &by(&act.by))?;
            acted(act, done, "rejected", context, output)?;
        }
        LedgerCommand::Withdraw(close) => {
            let act = &close.act;
            let done = open(&act.ledger)?.withdraw(act.entry, &close.reason, &by(&act.by))?;
            acted(act, done, "withdrawn", context, output)?;
        }
        LedgerCommand::Pay(pay) => {
            let (act, reference) = (&pay.act, pay.reference.as_deref());
            let done = open(&act.ledger)?.pay(act.entry, pay.on, reference, &by(&act.by))?;
            acted(act, done, "paid", context, output)?;
        }
        LedgerCommand::List(arguments) => listing::list(&open(arguments)?, context, output)?,
        LedgerCommand::Show(arguments) => show(arguments, context, output)?,
        LedgerCommand::Verify(arguments) => verify(arguments, context, output)?,
        LedgerCommand::Backup(arguments) => {
            open(&arguments.ledger)?.backup(&arguments.to)?;
            let to = &arguments.to;
            let words = pick!(
                context.language,
                "The ledger was copied to {to}\n",
                "台帳を {to} に写しました\n"
            );
            done(&json!({ "backup": to }), &words, context, output)?;
        }
        LedgerCommand::Export(arguments) => export(arguments, context, output)?,
    }
    Ok(Exit::Done)
}

fn open(arguments: &LedgerArguments) -> Result<Ledger, Failure> {
    Ok(Ledger::open(&arguments.file, Duration::from_secs(arguments.wait))?)
}

fn by(arguments: &ByArguments) -> By {
    By {
        name: arguments.by.clone(),
        recorded: arguments.now.unwrap_or_else(Timestamp::now),
        dry_run: arguments.dry_run,
    }
}

/// Prints a result as JSON or in words.
fn done(
    value: &Value,
    words: &str,
    context: &Context,
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    if context.json {
        output.json(value)?;
    } else {
        output.data(words)?;
    }
    Ok(())
}

fn init(
    arguments: &InitArguments,
    context: &Context,
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    let path = &arguments.file;
    let now = arguments.now.unwrap_or_else(Timestamp::now);
    let now = Timestamp::from_second(now.as_second()).unwrap_or(now);
    Ledger::create(path, now)?;
    let words =
        pick!(context.language, "{path} is a new ledger\n", "新しい台帳 {path} を作りました\n");
    done(&json!({ "ledger": path, "entry": 1 }), &words, context, output)
}

fn submit(
    arguments: &SubmitArguments,
    context: &Context,
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    let language = context.language;
    let contract = crate::read_contract(&arguments.request.contract, context)?;
    let request = arguments.request.request();
    let submission = Submission {
        contract: &contract,
        request: &request,
        reason: arguments.reason.as_deref(),
        inside: arguments.evidence_inside,
    };
    let by = by(&arguments.by);
    let submitted = open(&arguments.ledger)?.submit(submission, &context.disk, &by)?;
    let Submitted { entry, already, statement, restatement } = &submitted;
    if context.json {
        output.json(&submitted.to_json(&by, language))?;
        return Ok(());
    }
    let at = statement.at;
    let title = contract.title.within(language);
    let amount = Currency::new(&statement.currency, language).amount(statement.payable);
    let mut text = match (already, by.dry_run) {
        (true, _) => pick!(
            language,
            "Entry {entry} is this settlement already; nothing was added\n",
            "この精算は既に {entry} 番にあります。何も加えていません\n"
        ),
        (false, true) => pick!(
            language,
            "Nothing was written: this was tried only. It would be entry {entry}\n",
            "試行のため何も書き込んでいません。記帳すると {entry} 番になります\n"
        ),
        (false, false) => pick!(
            language,
            "Entry {entry} is submitted; another person approves it\n",
            "{entry} 番として提出しました。別の人が承認します\n"
        ),
    };
    text += &pick!(
        language,
        "\n{title}, evaluation of {at}: {amount} payable\n",
        "\n{title}、{at} の評価: 支払額 {amount}\n"
    );
    if !statement.notes.is_empty() {
        text += &pick!(language, "\nNotes\n\n", "\n注記\n\n");
        text += &crate::render::problems(&statement.notes, language, output.data_look);
    }
    if let Some(restatement) = restatement {
        let restated = report::restated(restatement, &contract, language);
        text += &format!("\n{}", document::body(&restated));
    }
    output.data(&text)?;
    Ok(())
}

/// Says what was done to a settlement.
fn acted(
    act: &ActArguments,
    number: u64,
    what: &str,
    context: &Context,
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    let of = act.entry;
    let name = status_name(what, context.language);
    let words = if act.by.dry_run {
        pick!(
            context.language,
            "Nothing was written: this was tried only. Entry {of} would be {name}\n",
            "試行のため何も書き込んでいません。記帳すると {of} 番は{name}になります\n"
        )
    } else {
        pick!(
            context.language,
            "Entry {of} is {name} (entry {number})\n",
            "{of} 番は{name}になりました（{number} 番に記帳）\n"
        )
    };
    let value = json!({ "entry": number, "of": of, "status": what, "dry_run": act.by.dry_run });
    done(&value, &words, context, output)
}

fn status_name(status: &str, language: Language) -> String {
    match (language, status) {
        (Language::En, status) => status.to_owned(),
        (Language::Ja, "submitted") => "承認待ち".to_owned(),
        (Language::Ja, "approved") => "承認済み".to_owned(),
        (Language::Ja, "paid") => "支払済み".to_owned(),
        (Language::Ja, "rejected") => "差戻し".to_owned(),
        (Language::Ja, "withdrawn") => "取下げ".to_owned(),
        (Language::Ja, other) => other.to_owned(),
    }
}

fn show(
    arguments: &ShowArguments,
    context: &Context,
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    not_the_ledger(&arguments.ledger, arguments.receipt.as_deref())?;
    let ledger = open(&arguments.ledger)?;
    let state = ledger.state()?;
    let Some(settlement) = state.settlements.get(&arguments.entry) else {
        return Err(vec![unknown(arguments, state.settlements.keys())].into());
    };
    let record = &settlement.submit.record;
    if let Some(path) = &arguments.receipt {
        let text = Receipt::of(record.clone()).text();
        file::write(path, context.language, |file| Ok(file.write_all(text.as_bytes())?))?;
    }
    if context.json {
        let mut value = settlement.to_json();
        value["record"] = record.to_json();
        let restatement = settlement.submit.restatement.as_ref();
        value["restatement"] = restatement.map_or(Value::Null, |(_, how)| how.to_json());
        output.json(&value)?;
        return Ok(());
    }
    let (contract, mut statement) = record.recompute()?;
    // Those on rows cannot be found again in the figures.
    statement.notes = record.notes();
    let language = context.language;
    let mut text = settle::report(&contract, &statement, language, output.data_look);
    text += &history(settlement, language);
    if let Some((_, restatement)) = &settlement.submit.restatement {
        let restated = report::restated(restatement, &contract, language);
        text += &format!("\n{}", document::body(&restated));
    }
    output.data(&text)?;
    Ok(())
}

/// What became of a settlement, a line for each step.
fn history(settlement: &Settlement, language: Language) -> String {
    let submit = &settlement.submit;
    let (entry, at, by) = (settlement.entry, submit.act.recorded, &submit.act.by);
    let mut text = pick!(
        language,
        "\nEntry {entry}: submitted by {by}, {at}\n",
        "\n{entry} 番: {by} が提出、{at}\n"
    );
    if let Some((reason, how)) = &submit.restatement {
        let of = how.of;
        text += &pick!(
            language,
            "It takes the place of entry {of}: {reason}\n",
            "{of} 番を差し替え: {reason}\n"
        );
    }
    if let Some((entry, act)) = &settlement.approved {
        let (by, at) = (&act.by, act.recorded);
        text += &pick!(
            language,
            "Entry {entry}: approved by {by}, {at}\n",
            "{entry} 番: {by} が承認、{at}\n"
        );
    }
    if let Some(payment) = &settlement.payment {
        let (entry, by, on) = (payment.entry, &payment.act.by, payment.on);
        let currency = submit.record.statement["en"]["currency"].as_str().unwrap_or("JPY");
        let amount = Currency::new(currency, language).amount(payment.amount);
        let reference = payment.reference.as_deref().unwrap_or("-");
        text += &pick!(
            language,
            "Entry {entry}: {amount} paid on {on}, {reference}, recorded by {by}\n",
            "{entry} 番: {on} に {amount} を支払、{reference}、{by} が記帳\n"
        );
    }
    if let Some((entry, act, reason)) = &settlement.closed {
        let (by, status) = (&act.by, status_name(settlement.status.name(), language));
        text += &pick!(
            language,
            "Entry {entry}: {status} by {by}: {reason}\n",
            "{entry} 番: {by} が{status}: {reason}\n"
        );
    }
    if let Some(by) = settlement.superseded_by {
        text +=
            &pick!(language, "Entry {by} has taken its place\n", "{by} 番に差し替えられています\n");
    }
    if let Some(since) = settlement.stale_since {
        text += &pick!(
            language,
            "It is to be restated: entry {since} restates an earlier evaluation\n",
            "{since} 番が以前の評価を訂正したため、訂正が必要です\n"
        );
    }
    text
}

fn unknown<'a>(arguments: &ShowArguments, known: impl Iterator<Item = &'a u64>) -> Problem {
    let entry = arguments.entry;
    let known: Vec<String> = known.map(u64::to_string).collect();
    Problem::error(
        "unknown-entry",
        text!("entry {entry} is no settlement", "{entry} 番は精算の記帳ではありません"),
    )
    .expected(Text::from(known.join(", ")))
    .at(Source::new(arguments.ledger.file.as_str(), "").whole())
}

fn verify(
    arguments: &LedgerVerifyArguments,
    context: &Context,
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    let verified = open(&arguments.ledger)?.verify(arguments.holds.as_deref())?;
    let engine::ledger::Verified { entries, settlements, head, versions } = &verified;
    let mut words = pick!(
        context.language,
        "The ledger is sound: {entries} entries, {settlements} of them settlements, all computed again\nLast hash: {head}\n",
        "台帳に問題はありません: 記帳 {entries} 件（うち精算 {settlements} 件）をすべて計算し直しました\n最後のハッシュ: {head}\n"
    );
    if !versions.is_empty() {
        let (others, own) = (versions.join(", "), engine::VERSION);
        words += &pick!(
            context.language,
            "Written by versions {others}, computed again by version {own}\n",
            "版 {others} で作成されたものを、版 {own} で計算し直しました\n"
        );
    }
    done(&verified.to_json(), &words, context, output)
}

/// Refuses to write anything else over the ledger.
fn not_the_ledger(ledger: &LedgerArguments, out: Option<&str>) -> Result<(), Failure> {
    match out.filter(|out| file::same(&ledger.file, out)) {
        Some(out) => Err(vec![file::is_input(out)].into()),
        None => Ok(()),
    }
}

fn export(
    arguments: &ExportArguments,
    context: &Context,
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    not_the_ledger(&arguments.ledger, arguments.out.as_deref())?;
    let ledger = open(&arguments.ledger)?;
    let text = match arguments.format {
        ExportFormat::Csv => ledger.csv()?,
        ExportFormat::Hledger => ledger.hledger()?,
    };
    match &arguments.out {
        Some(path) => {
            file::write(path, context.language, |file| Ok(file.write_all(text.as_bytes())?))?;
            let words =
                pick!(context.language, "{path} was written\n", "{path} を書き出しました\n");
            done(&json!({ "written": path }), &words, context, output)
        }
        None if context.json => Ok(output.json(&json!({ "text": text }))?),
        None => Ok(output.data(&text)?),
    }
}
