//! `seika explain`: the contract's terms in plain words.

use serde_json::json;

use crate::arguments::ExplainArguments;
use crate::output::Output;
use crate::report_files::{self, Terms};
use crate::{Context, Exit, Failure, file};

pub(crate) fn run(
    arguments: &ExplainArguments,
    context: &Context,
    output: &mut Output<'_>,
) -> Result<Exit, Failure> {
    let (path, language) = (&arguments.contract.contract, context.language);
    let contract = crate::read_contract(path, context)?;
    let files = arguments.report.iter().map(|report| report.path.as_str());
    file::spare(files, &[path.as_str()])?;
    let written = report_files::write(&arguments.report, &Terms(&contract, language), language)?;
    let sheet = contract.term_sheet(language);
    if context.json {
        output.json(&json!({
            "contract": contract.id,
            "title": contract.title.within(language),
            "term_sheet": sheet,
        }))?;
        return Ok(Exit::Done);
    }
    crate::mention_warnings(&contract, context, output);
    output.data(&format!("{}\n", sheet.trim_end()))?;
    output.talk(&written);
    Ok(Exit::Done)
}
