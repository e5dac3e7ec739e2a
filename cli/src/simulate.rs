//! `seika simulate`: what a contract pays under a scenario's assumptions.

use engine::report::figures::figure;
use engine::report::projected;
use engine::scenario::Scenario;
use engine::simulate::{
    Part, Projection, Settings, Unwritten, simulate, simulate_part, write_draws,
};
use engine::{FilesRead, Recorded};
use serde_json::json;

use crate::arguments::SimulateArguments;
use crate::output::Output;
use crate::progress::Progress;
use crate::report_files::ReportFile;
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
    let files = &arguments.files.report[..];
    let read = recorded.read_so_far();
    let outs = files.iter().map(|report| &report.path).chain(&arguments.draws);
    file::spare(outs.map(String::as_str), &paths_of(&read))?;
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
    show((&scenario, files), &projection, context, output)
}

/// The paths of the files that were read.
fn paths_of(read: &FilesRead) -> Vec<&str> {
    read.iter().map(|(path, _)| path.as_str()).collect()
}

/// Prints a projection, and writes it to files.
pub(crate) fn show(
    (scenario, files): (&Scenario, &[ReportFile]),
    projection: &Projection,
    context: &Context,
    output: &mut Output<'_>,
) -> Result<Exit, Failure> {
    document::tell(
        (Some(&scenario.contract), files),
        || projected(&scenario.contract, projection, context.language),
        || projection.to_json(context.language),
        context,
        output,
    )
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
    file::spare([out], &paths_of(&read))?;
    let progress = Progress::start(context.language);
    let chunk = simulate_part(&scenario, read, settings, part, &progress);
    drop(progress);
    let chunk = chunk?;
    file::write(out, context.language, |file| Ok(file.write_all(&chunk.to_bytes())?))?;
    let paths = chunk.paths();
    let Part::Numbered { number, of } = part else { return Ok(Exit::Done) };
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
