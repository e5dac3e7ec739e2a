//! `seika merge`: the chunks of a run, put together.

use engine::Files;
use engine::problem::Problem;
use engine::simulate::{Added, Chunk, Merger, PortfolioChunk, PortfolioMerger};

use crate::arguments::MergeArguments;
use crate::output::Output;
use crate::{Context, Exit, Failure, file, portfolio, simulate};

pub(crate) fn run(
    arguments: &MergeArguments,
    context: &Context,
    output: &mut Output<'_>,
) -> Result<Exit, Failure> {
    let files = &arguments.files.report[..];
    let chunks: Vec<&str> = arguments.chunks.iter().map(String::as_str).collect();
    file::spare(files.iter().map(|report| report.path.as_str()), &chunks)?;
    let first = arguments.chunks.first().and_then(|file| context.disk.read(file).ok());
    if first.is_some_and(|bytes| PortfolioChunk::is_one(&bytes)) {
        let mut merger = PortfolioMerger::default();
        all(&arguments.chunks, context, output, |file| {
            let chunk =
                PortfolioChunk::read(&context.disk, file).map_err(|problem| vec![problem])?;
            merger.add(file, chunk)
        })?;
        return portfolio::show(files, &merger.finish()?, context, output);
    }
    let mut merger = Merger::default();
    all(&arguments.chunks, context, output, |file| {
        let chunk = Chunk::read(&context.disk, file).map_err(|problem| vec![problem])?;
        merger.add(file, chunk)
    })?;
    let (scenario, projection) = merger.finish()?;
    simulate::show((&scenario, files), &projection, context, output)
}

/// Adds every chunk; those that are there twice count once, which is told.
fn all(
    chunks: &[String],
    context: &Context,
    output: &mut Output<'_>,
    mut add: impl FnMut(&str) -> Result<Added, Vec<Problem>>,
) -> Result<(), Failure> {
    let mut problems = Vec::new();
    for file in chunks {
        match add(file) {
            Ok(Added::Merged) => {}
            Ok(Added::Known { file: known }) if known == *file => output.talk(&pick!(
                context.language,
                "{file} is given twice: it counts once\n",
                "{file} が二度指定されています。一度だけ数えます\n"
            )),
            Ok(Added::Known { file: known }) => output.talk(&pick!(
                context.language,
                "{file} is the same chunk as {known}: it counts once\n",
                "{file} は {known} と同じ chunk です。一度だけ数えます\n"
            )),
            Err(more) => problems.extend(more),
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(problems.into()) }
}
