//! `seika new`: a contract and a scenario to start from, by a template and a few answers.
//!
//! In a terminal the answers are asked for; elsewhere, and with `--yes`, what no flag answers is
//! assumed. Nothing is written before every answer can be used, and nothing is overwritten.

mod answers;
mod kind;
mod terms;
mod text;

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, IsTerminal as _, Write};
use std::path::Path;

use engine::problem::{Language, Problem, Source, Text};
use engine::report::document::{Side, Table};
use serde_json::json;

use crate::arguments::NewArguments;
use crate::output::Output;
use crate::{Context, Exit, Failure, table};
use answers::{Answers, Given, Question};
use kind::Kind;
use text::Values;

pub(crate) fn run(
    arguments: &NewArguments,
    context: &Context,
    output: &mut Output<'_>,
) -> Result<Exit, Failure> {
    let (here, language) = (Path::new(""), context.language);
    let kind = Kind::of(arguments.template);
    let mut given = Given::by_flags(arguments);
    // Before anybody is asked: what is wrong now cannot be mended by answers.
    let mut answers = Answers::of(&given, &kind)?;
    let [contract, scenario] = paths(&arguments.name);
    refuse_taken(&[&contract, &scenario], here)?;
    if !arguments.yes && io::stdin().is_terminal() && io::stderr().is_terminal() {
        answers::ask(&mut given, &kind, language, &mut io::stdin().lock(), output)?;
        answers = Answers::of(&given, &kind)?;
    }
    let start = Start::new(&arguments.name, &kind, (&given, &answers), language);
    start.write(here)?;
    if context.json {
        let open = Question::ALL.into_iter().filter(|question| given.to(*question).is_none());
        let assumed: Vec<&str> = open.map(Question::flag).collect();
        output.json(&json!({
            "contract": contract,
            "scenario": scenario,
            "answers": {
                "payer": answers.payer.within(language),
                "provider": answers.provider.within(language),
                "from": answers.from.to_string(),
                "to": answers.to.to_string(),
                "cap": answers.cap.to_string(),
                "target": answers.target.to_string(),
                "unit": kind.unit.within(language),
            },
            "assumed": assumed,
        }))?;
    } else {
        let words = answered(&given, &answers, &kind, language);
        output.data(&(words + next_steps(&contract, &scenario, language).as_str()))?;
    }
    Ok(Exit::Done)
}

/// What was answered, and what is assumed.
fn answered(given: &Given, answers: &Answers, kind: &Kind, language: Language) -> String {
    let heads =
        [pick!(language, "Question", "項目"), pick!(language, "Answer", "回答"), String::new()];
    let mut table = Table::new(heads.map(|head| (head, Side::Left)));
    for question in Question::ALL {
        let mark = match given.to(question) {
            Some(_) => String::new(),
            None => pick!(language, "assumed", "仮定"),
        };
        let (subject, shown) = (question.subject(), answers.shown(question, kind));
        table.row([subject.within(language), shown.within(language), mark.as_str()]);
    }
    table::text(&table)
}

fn next_steps(contract: &str, scenario: &str, language: Language) -> String {
    pick!(
        language,
        "\nWritten:\n  {contract}\n  {scenario}\n\n\
         Next:\n  1. seika check {contract}\n  \
         2. seika simulate {scenario}\n  \
         3. replace what is marked as assumed in both files, and say where your numbers are from\n",
        "\n作成しました:\n  {contract}\n  {scenario}\n\n\
         次の手順:\n  1. seika check {contract}\n  \
         2. seika simulate {scenario}\n  \
         3. 両方のファイルで「仮定」とあるものを置き換え、数値の出所を書く\n"
    )
}

/// Where the contract and the scenario of this name are written.
fn paths(name: &str) -> [String; 2] {
    [format!("scripts/contracts/{name}.rhai"), format!("scenarios/{name}.toml")]
}

/// Refuses paths at which there is something already.
fn refuse_taken(paths: &[&String], folder: &Path) -> Result<(), Vec<Problem>> {
    let taken = |path: &&&String| fs::symlink_metadata(folder.join(path.as_str())).is_ok();
    let exist: Vec<Problem> = paths.iter().filter(taken).map(|path| exists(path)).collect();
    if exist.is_empty() { Ok(()) } else { Err(exist) }
}

/// A file to be written.
struct Written {
    path: String,
    text: String,
}

/// A contract and its scenario, filled in.
struct Start {
    contract: Written,
    scenario: Written,
}

impl Start {
    fn new(
        name: &str,
        kind: &Kind,
        (given, answers): (&Given, &Answers),
        language: Language,
    ) -> Self {
        let values = Values::of(name, kind, given, answers, language);
        let [contract, scenario] = paths(name);
        let filled = |path, template: &str| Written { path, text: values.fill(template, language) };
        Self {
            contract: filled(contract, kind.contract),
            scenario: filled(scenario, kind.scenario),
        }
    }

    /// Writes both files into `folder`, or neither.
    fn write(&self, folder: &Path) -> Result<(), Vec<Problem>> {
        refuse_taken(&[&self.contract.path, &self.scenario.path], folder)?;
        self.contract.write(folder)?;
        self.scenario.write(folder).inspect_err(|_| {
            // Half a start would keep the next attempt from being made.
            let _ = fs::remove_file(folder.join(&self.contract.path));
        })
    }
}

impl Written {
    fn write(&self, folder: &Path) -> Result<(), Vec<Problem>> {
        let path = folder.join(&self.path);
        let made = path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| {
            let mut file = OpenOptions::new().write(true).create_new(true).open(&path)?;
            file.write_all(self.text.as_bytes())
        });
        made.map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => vec![exists(&self.path)],
            _ => vec![unwritable(&self.path, &error)],
        })
    }
}

fn exists(path: &str) -> Problem {
    Problem::error(
        "file-exists",
        text!("`{path}` exists and is not overwritten", "`{path}` は既にあり、上書きしません"),
    )
    .at(Source::new(path, "").whole())
    .help(text!(
        "choose another name, or move the file away",
        "別の名前にするか、ファイルを移動してください"
    ))
}

fn unwritable(path: &str, error: &io::Error) -> Problem {
    Problem::error(
        "unwritable-file",
        text!("`{path}` cannot be written", "`{path}` に書き込めません"),
    )
    .at(Source::new(path, "").whole())
    .found(Text::from(error.to_string()))
}

#[cfg(test)]
mod tests;
