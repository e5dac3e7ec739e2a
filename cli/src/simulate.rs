//! `seika simulate`: what a contract pays under a scenario's assumptions.

mod report;

use engine::scenario::Scenario;
use engine::simulate::{Settings, simulate};

use crate::arguments::SimulateArguments;
use crate::output::Output;
use crate::progress::Progress;
use crate::{Context, Exit, Failure};

pub(crate) fn run(
    arguments: &SimulateArguments,
    context: &Context,
    output: &mut Output<'_>,
) -> Result<Exit, Failure> {
    let scenario = Scenario::read(&context.disk, &arguments.scenario)?;
    let settings =
        Settings { paths: arguments.paths, seed: arguments.seed, threads: arguments.threads };
    let progress = Progress::start(context.language);
    let projection = simulate(&scenario, &settings, &progress);
    drop(progress);
    let projection = projection?;
    if context.json {
        output.json(&projection.to_json(context.language))?;
    } else {
        crate::mention_warnings(&scenario.contract, context, output);
        output.data(&report::report(&scenario.contract, &projection, context.language))?;
    }
    Ok(Exit::Done)
}
