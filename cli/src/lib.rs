//! The program `seika`: a command line in, the engine called, tables or JSON out.
//!
//! Results go to standard output; problems, warnings and progress to standard error. A command
//! that cannot be done leaves standard output empty but, with `--json`, for
//! `{"errors": […]}`. The exit statuses are those of [`Exit`].
//!
//! Never here: payment rules, estimates, random numbers.

#[macro_use]
mod words;

mod account;
mod arguments;
mod check;
mod compare;
mod completions;
mod design;
mod document;
mod exit;
mod explain;
mod file;
mod findings;
mod information;
mod japanese;
mod ledger;
mod link;
mod merge;
mod new;
mod output;
mod portfolio;
mod progress;
mod render;
mod report;
mod report_files;
mod sensitivity;
mod serve;
mod settle;
mod simulate;
mod stress;
mod table;
mod verify;

pub use exit::Exit;

use std::ffi::OsString;
use std::io::{self, ErrorKind};
use std::process::ExitCode;

use clap::error::ErrorKind as ClapError;
use clap::{CommandFactory, FromArgMatches};
use engine::contract::{Contract, Overrides};
use engine::problem::{Language, Problem, Severity};
use serde_json::json;

use arguments::{Arguments, Command};
use engine::disk::Disk;
use output::{Look, Output};

/// Runs the program on the command line, environment and streams of the process.
#[must_use]
pub fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let language = words::language(&arguments, |name| std::env::var(name).ok());
    // The streams stay unlocked, for progress is drawn from the threads of a simulation.
    let (mut data, mut talk) = (io::stdout(), io::stderr());
    let (data_look, talk_look) = (Look::of(&data), Look::of(&talk));
    let mut output = Output::new((&mut data, data_look), (&mut talk, talk_look));
    ExitCode::from(run(arguments, language, &mut output).code())
}

/// What every command is told.
struct Context {
    language: Language,
    json: bool,
    disk: Disk,
}

/// Why a command was not done.
enum Failure {
    /// The command or its input cannot be used.
    Problems(Vec<Problem>),
    /// The result cannot be written.
    Output(io::Error),
}

impl From<Vec<Problem>> for Failure {
    fn from(problems: Vec<Problem>) -> Self {
        Failure::Problems(problems)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Failure::Output(error)
    }
}

fn run(line: Vec<OsString>, language: Language, output: &mut Output<'_>) -> Exit {
    let arguments = match parse(line, language) {
        Ok(arguments) => arguments,
        Err(error) => return say_how(&error, language, output),
    };
    let language = arguments.lang.map_or(language, Language::from);
    let context = Context { language, json: arguments.json, disk: Disk(language) };
    let done = match &arguments.command {
        Command::Serve(arguments) => serve::run(arguments, &context, output),
        Command::Account(command) => account::run(command, &context, output),
        Command::Check(arguments) => check::run(arguments, &context, output),
        Command::Explain(arguments) => explain::run(arguments, &context, output),
        Command::Simulate(arguments) => simulate::run(arguments, &context, output),
        Command::Report(arguments) => report::run(arguments, &context, output),
        Command::Design(arguments) => design::run(arguments, &context, output),
        Command::Sensitivity(arguments) => sensitivity::run(arguments, &context, output),
        Command::Compare(arguments) => compare::run(arguments, &context, output),
        Command::Information(arguments) => information::run(arguments, &context, output),
        Command::Stress(arguments) => stress::run(arguments, &context, output),
        Command::Portfolio(arguments) => portfolio::run(arguments, &context, output),
        Command::Merge(arguments) => merge::run(arguments, &context, output),
        Command::Settle(arguments) => settle::run(arguments, &context, output),
        Command::Verify(arguments) => verify::run(arguments, &context, output),
        Command::Ledger(command) => ledger::run(command, &context, output),
        Command::Link(arguments) => link::run(arguments, &context, output),
        Command::New(arguments) => new::run(arguments, &context, output),
        Command::Completions(arguments) => completions::run(arguments, language, output),
    };
    match done {
        Ok(exit) => exit,
        Err(Failure::Problems(problems)) => refuse(&problems, &context, output),
        Err(Failure::Output(error)) => unwritten(&error, language, output),
    }
}

fn command(language: Language) -> clap::Command {
    match language {
        Language::En => Arguments::command(),
        Language::Ja => japanese::translated(Arguments::command()),
    }
}

fn parse(line: Vec<OsString>, language: Language) -> Result<Arguments, clap::Error> {
    let mut matches = command(language).try_get_matches_from(line)?;
    Arguments::from_arg_matches_mut(&mut matches)
}

/// Prints the help or the version that was asked for, or what is wrong with the command line.
fn say_how(error: &clap::Error, language: Language, output: &mut Output<'_>) -> Exit {
    let words = error.render();
    let shown = |words: &clap::builder::StyledStr, look| match look {
        Look::Plain => words.to_string(),
        Look::Styled => words.ansi().to_string(),
    };
    match (error.kind(), language) {
        (ClapError::DisplayHelp | ClapError::DisplayVersion, _) => {
            return match output.data(&shown(&words, output.data_look)) {
                Ok(()) => Exit::Done,
                Err(error) => unwritten(&error, language, output),
            };
        }
        (ClapError::DisplayHelpOnMissingArgumentOrSubcommand | ClapError::MissingSubcommand, _) => {
            let help = command(language).render_help();
            output.talk(&shown(&help, output.talk_look));
        }
        (_, Language::En) => output.talk(&shown(&words, output.talk_look)),
        (_, Language::Ja) => output.talk(&japanese::complaint(error)),
    }
    Exit::WrongCommandLine
}

fn refuse(problems: &[Problem], context: &Context, output: &mut Output<'_>) -> Exit {
    let language = context.language;
    if context.json {
        let errors: Vec<_> = problems.iter().map(|problem| problem.to_json(language)).collect();
        if let Err(error) = output.json(&json!({ "errors": errors })) {
            return unwritten(&error, language, output);
        }
    } else {
        output.talk(&render::refusal(problems, language, output.talk_look));
    }
    Exit::Unusable
}

/// A reader that went away, as `head` does, has what it wanted.
fn unwritten(error: &io::Error, language: Language, output: &mut Output<'_>) -> Exit {
    if error.kind() == ErrorKind::BrokenPipe {
        return Exit::Done;
    }
    output.talk(&pick!(
        language,
        "error: the result cannot be written: {error}\n",
        "エラー: 結果を書き出せません: {error}\n"
    ));
    Exit::Unusable
}

/// Reads a contract as it is written.
fn read_contract(path: &str, context: &Context) -> Result<Contract, Failure> {
    Ok(Contract::read(&context.disk, path, &Overrides::new())?)
}

/// Points to the warnings of a contract that a command other than `check` works with.
fn mention_warnings(contract: &Contract, context: &Context, output: &mut Output<'_>) {
    let grave = |problem: &&Problem| problem.severity != Severity::Note;
    let count = contract.warnings.iter().filter(grave).count();
    if count == 0 || context.json {
        return;
    }
    let file = &contract.file;
    output.talk(&match (context.language, count) {
        (Language::En, 1) => {
            format!("warning: the contract has 1 warning; `seika check {file}` shows it\n\n")
        }
        (Language::En, count) => {
            format!(
                "warning: the contract has {count} warnings; `seika check {file}` shows them\n\n"
            )
        }
        (Language::Ja, count) => {
            format!("警告: 契約に警告が {count} 件あります。`seika check {file}` で表示します\n\n")
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    const CONTRACT: &str = "../scripts/contracts/tama-hypertension.rhai";

    /// Runs a command line; returns how it ended, standard output and standard error.
    fn ran(line: &[&str], language: Language) -> (Exit, String, String) {
        let (mut data, mut talk) = (Vec::new(), Vec::new());
        let mut output = Output::new((&mut data, Look::Plain), (&mut talk, Look::Plain));
        let line = std::iter::once("seika").chain(line.iter().copied());
        let exit = run(line.map(OsString::from).collect(), language, &mut output);
        (exit, String::from_utf8(data).unwrap(), String::from_utf8(talk).unwrap())
    }

    #[test]
    fn a_command_that_is_done_ends_with_0() {
        let (exit, data, talk) = ran(&["check", CONTRACT], Language::En);
        assert_eq!((exit, exit.code(), talk.as_str()), (Exit::Done, 0, ""), "{data}");
        assert!(data.contains("passes its check"), "{data}");
    }

    #[test]
    fn a_missing_file_ends_with_1_and_an_empty_standard_output() {
        let (exit, data, talk) = ran(&["check", "missing.rhai"], Language::Ja);
        assert_eq!((exit.code(), data.as_str()), (1, ""));
        assert!(talk.starts_with("エラー: `missing.rhai` を読めません\n"), "{talk}");
        assert!(talk.contains("ファイルやフォルダがありません"), "{talk}");
    }

    #[test]
    fn with_json_the_errors_are_the_result() {
        let (exit, data, talk) = ran(&["check", "missing.rhai", "--json"], Language::En);
        assert_eq!((exit.code(), talk.as_str()), (1, ""));
        let value: serde_json::Value = serde_json::from_str(&data).unwrap();
        assert_eq!(value["errors"][0]["id"], "unreadable-file");
        assert!(data.ends_with("}\n"));
    }

    #[test]
    fn a_wrong_command_line_ends_with_2() {
        for line in [&["chekc"][..], &["check"], &["check", "a", "--paths", "3"], &[]] {
            for language in [Language::En, Language::Ja] {
                let (exit, data, talk) = ran(line, language);
                assert_eq!((exit.code(), data.as_str()), (2, ""), "{line:?}");
                assert_ne!(talk, "");
            }
        }
    }

    #[test]
    fn help_is_a_result_in_the_language_asked_for() {
        let (exit, data, _) = ran(&["--help"], Language::Ja);
        assert_eq!(exit.code(), 0);
        assert!(data.contains("使い方: seika") && !data.contains("Usage"), "{data}");
        let (_, data, _) = ran(&["settle", "--help"], Language::En);
        assert!(data.contains("Usage: seika settle"), "{data}");
    }

    #[test]
    fn a_reader_that_goes_away_is_no_failure() {
        struct Closed;
        impl Write for Closed {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let (mut data, mut talk) = (Closed, Closed);
        let mut output = Output::new((&mut data, Look::Plain), (&mut talk, Look::Plain));
        let line = ["seika", "check", CONTRACT].map(OsString::from).to_vec();
        assert_eq!(run(line, Language::En, &mut output), Exit::Done);
    }
}
