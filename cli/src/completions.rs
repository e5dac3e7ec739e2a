//! `seika completions`: a completion script for a shell.

use engine::problem::Language;

use crate::arguments::CompletionsArguments;
use crate::output::Output;
use crate::{Exit, Failure};

pub(crate) fn run(
    arguments: &CompletionsArguments,
    language: Language,
    output: &mut Output<'_>,
) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    let mut command = crate::command(language);
    clap_complete::generate(arguments.shell, &mut command, "seika", &mut script);
    output.data(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Done)
}
