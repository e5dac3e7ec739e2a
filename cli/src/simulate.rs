//! `seika simulate`: what a contract pays under a scenario's assumptions.

use engine::report::projected;
use engine::scenario::Scenario;
use engine::simulate::{
    Part, Projection, Settings, Unwritten, simulate, simulate_part, write_draws,
};
use engine::{FilesRead, Recorded};
use serde_json::json;

use crate::arguments::SimulateArguments;
use crate::money::figure;
use crate::output::Output;
use crate::progress::Progress;
use crate::{Context, Exit, Failure, document, file};

pub(crate) fn run(
    arguments: &SimulateArguments,
    context: &Context,
    output: &mut Output<'_>,
) -> Result<Exit, Failure> {
    let settings = Settings {
        antithetic: arguments.antithetic,
        until: arguments.until.clone(),
        ..arguments.run.settings()
    };
    if let (Some(part), Some(out)) = (arguments.chunk, &arguments.out) {
        return chunk(arguments, &settings, (part, out), context, output);
    }
    let recorded = Recorded::new(&context.disk);
    let scenario = Scenario::read(&recorded, &arguments.scenario)?;
    if let Some(draws) = &arguments.draws {
        spare_inputs(draws, &recorded.read_so_far())?;
    }
    let progress = Progress::start(context.language);
    let projection = simulate(&scenario, &settings, &progress);
    drop(progress);
    let projection = projection?;
    if let Some(draws) = &arguments.draws {
        let settings = Settings { paths: Some(projection.paths), until: None, ..settings };
        let progress = Progress::start(context.language);
        file::write(draws, context.language, |file| {
            write_draws(&scenario, &settings, &progress, file).map_err(
                |unwritten| match unwritten {
                    Unwritten::Problems(problems) => Failure::Problems(problems),
                    Unwritten::Output(error) => Failure::Output(error),
                },
            )
        })?;
    }
    show(&scenario, &projection, context, output)
}

/// Refuses to write over a file that was read.
fn spare_inputs(out: &str, read: &FilesRead) -> Result<(), Failure> {
    if read.iter().all(|(path, _)| !file::same(path, out)) {
        return Ok(());
    }
    Err(Failure::Problems(vec![file::is_input(out)]))
}

/// Prints a projection.
pub(crate) fn show(
    scenario: &Scenario,
    projection: &Projection,
    context: &Context,
    output: &mut Output<'_>,
) -> Result<Exit, Failure> {
    if context.json {
        output.json(&projection.to_json(context.language))?;
    } else {
        crate::mention_warnings(&scenario.contract, context, output);
        let document = projected(&scenario.contract, projection, context.language);
        output.data(&document::text(&document))?;
    }
    Ok(Exit::Done)
}

/// Writes one part of the run to a file.
fn chunk(
    arguments: &SimulateArguments,
    settings: &Settings,
    (part, out): (Part, &str),
    context: &Context,
    output: &mut Output<'_>,
) -> Result<Exit, Failure> {
    let recorded = Recorded::new(&context.disk);
    let scenario = Scenario::read(&recorded, &arguments.scenario)?;
    let read = recorded.read_so_far();
    spare_inputs(out, &read)?;
    let progress = Progress::start(context.language);
    let chunk = simulate_part(&scenario, read, settings, part, &progress);
    drop(progress);
    let chunk = chunk?;
    file::write(out, context.language, |file| Ok(file.write_all(&chunk.to_bytes())?))?;
    let (number, of, paths) = (part.number(), part.of(), chunk.paths());
    let futures = figure(paths as f64, 0);
    if context.json {
        output.json(&json!({ "chunk": { "number": number, "of": of, "paths": paths } }))?;
    } else {
        output.data(&pick!(
            context.language,
            "chunk {number} of {of}: {futures} possible futures, written to {out}\n",
            "chunk {number}/{of}: 将来 {futures} 通りを {out} に書き込みました\n"
        ))?;
    }
    Ok(Exit::Done)
}
