//! `seika portfolio`: what the contracts of a folder pay together.

use engine::report::figures::figure;
use engine::report::portfolio_shown;
use engine::simulate::{
    Part, Portfolio, PortfolioProjection, Settings, simulate_portfolio, simulate_portfolio_part,
};
use serde_json::json;

use crate::arguments::PortfolioArguments;
use crate::output::Output;
use crate::progress::Progress;
use crate::report_files::ReportFile;
use crate::{Context, Exit, Failure, document, file};

pub(crate) fn run(
    arguments: &PortfolioArguments,
    context: &Context,
    output: &mut Output<'_>,
) -> Result<Exit, Failure> {
    let settings = arguments.run.settings();
    let portfolio = Portfolio::read(&context.disk, &arguments.folder)?;
    let files = &arguments.files.report[..];
    let outs = files.iter().map(|report| report.path.as_str()).chain(arguments.out.as_deref());
    let read: Vec<&str> = portfolio.scenarios().collect();
    file::spare(outs, &read)?;
    if let (Some(part), Some(out)) = (arguments.chunk, &arguments.out) {
        return chunk(&portfolio, &settings, (part, out), context, output);
    }
    let progress = Progress::start(context.language);
    let projection = simulate_portfolio(&portfolio, &context.disk, &settings, &progress);
    drop(progress);
    show(files, &projection?, context, output)
}

/// Prints what was found, and writes it to files.
pub(crate) fn show(
    files: &[ReportFile],
    projection: &PortfolioProjection,
    context: &Context,
    output: &mut Output<'_>,
) -> Result<Exit, Failure> {
    document::tell(
        (None, files),
        || portfolio_shown(projection, context.language),
        || projection.to_json(context.language),
        context,
        output,
    )
}

/// Writes one part of the paths to a file.
fn chunk(
    portfolio: &Portfolio,
    settings: &Settings,
    (part, out): (Part, &str),
    context: &Context,
    output: &mut Output<'_>,
) -> Result<Exit, Failure> {
    let progress = Progress::start(context.language);
    let chunk = simulate_portfolio_part(portfolio, &context.disk, settings, part, &progress);
    drop(progress);
    let chunk = chunk?;
    file::write(out, context.language, |file| Ok(file.write_all(&chunk.to_bytes())?))?;
    let Part::Numbered { number, of } = part else { return Ok(Exit::Done) };
    let (paths, contracts) = (chunk.paths(), chunk.contracts());
    let futures = figure(paths as f64, 0);
    if context.json {
        output.json(&json!({
            "chunk": { "number": number, "of": of, "paths": paths, "contracts": contracts },
        }))?;
    } else {
        output.data(&pick!(
            context.language,
            "chunk {number} of {of}: {contracts} contracts on {futures} possible futures, written to {out}\n",
            "chunk {number}/{of}: 契約 {contracts} 件、将来 {futures} 通りを {out} に書き込みました\n"
        ))?;
    }
    Ok(Exit::Done)
}
