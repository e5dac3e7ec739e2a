//! `seika portfolio`: what the contracts of a folder pay together.

use std::collections::BTreeSet;
use std::io;
use std::sync::{Mutex, PoisonError};

use engine::Files;
use engine::disk::Disk;
use engine::problem::Problem;
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

/// Files on disk, of which the names are kept: there may be too many to keep them all.
struct Named {
    disk: Disk,
    read: Mutex<BTreeSet<String>>,
}

impl Files for Named {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        self.read.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned());
        self.disk.read(path)
    }

    fn list(&self, folder: &str) -> io::Result<Vec<String>> {
        self.disk.list(folder)
    }
}

impl Named {
    /// Refuses to write over a file that was read.
    fn spare<'a>(&self, outs: impl IntoIterator<Item = &'a str>) -> Result<(), Vec<Problem>> {
        let read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let read: Vec<&str> = read.iter().map(String::as_str).collect();
        file::spare(outs, &read)
    }
}

pub(crate) fn run(
    arguments: &PortfolioArguments,
    context: &Context,
    output: &mut Output<'_>,
) -> Result<Exit, Failure> {
    let settings = arguments.run.settings();
    let named = Named { disk: context.disk, read: Mutex::default() };
    let portfolio = Portfolio::read(&named, &arguments.folder)?;
    let files = &arguments.files.report[..];
    let outs = files.iter().map(|report| report.path.as_str()).chain(arguments.out.as_deref());
    let read: Vec<&str> = portfolio.scenarios().collect();
    // At once where it is known, before a long run.
    file::spare(outs.clone(), &read)?;
    named.spare(outs.clone())?;
    if let (Some(part), Some(out)) = (arguments.chunk, &arguments.out) {
        return chunk((&portfolio, &named), &settings, (part, out), context, output);
    }
    let progress = Progress::start(context.language);
    let projection = simulate_portfolio(&portfolio, &named, &settings, &progress);
    drop(progress);
    named.spare(outs)?;
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
    (portfolio, named): (&Portfolio, &Named),
    settings: &Settings,
    (part, out): (Part, &str),
    context: &Context,
    output: &mut Output<'_>,
) -> Result<Exit, Failure> {
    let progress = Progress::start(context.language);
    let chunk = simulate_portfolio_part(portfolio, named, settings, part, &progress);
    drop(progress);
    named.spare([out])?;
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
