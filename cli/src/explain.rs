//! `seika explain`: the contract's terms in plain words.

use serde_json::json;

use crate::arguments::ContractArguments;
use crate::output::Output;
use crate::{Context, Exit, Failure};

pub(crate) fn run(
    arguments: &ContractArguments,
    context: &Context,
    output: &mut Output<'_>,
) -> Result<Exit, Failure> {
    let contract = crate::read_contract(&arguments.contract, context)?;
    let sheet = contract.term_sheet(context.language);
    if context.json {
        output.json(&json!({
            "contract": contract.id,
            "title": contract.title.within(context.language),
            "term_sheet": sheet,
        }))?;
    } else {
        crate::mention_warnings(&contract, context, output);
        output.data(&format!("{}\n", sheet.trim_end()))?;
    }
    Ok(Exit::Done)
}
