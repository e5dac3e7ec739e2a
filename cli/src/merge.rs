//! `seika merge`: the chunks of a run, put together.

use engine::simulate::{Chunk, Merger};

use crate::arguments::MergeArguments;
use crate::output::Output;
use crate::{Context, Exit, Failure, file, simulate};

pub(crate) fn run(
    arguments: &MergeArguments,
    context: &Context,
    output: &mut Output<'_>,
) -> Result<Exit, Failure> {
    let files = &arguments.files.report[..];
    let chunks: Vec<&str> = arguments.chunks.iter().map(String::as_str).collect();
    file::spare(files.iter().map(|report| report.path.as_str()), &chunks)?;
    let mut merger = Merger::default();
    let mut problems = Vec::new();
    for file in &arguments.chunks {
        let added = Chunk::read(&context.disk, file)
            .map_err(|problem| vec![problem])
            .and_then(|chunk| merger.add(file, chunk));
        problems.extend(added.err().into_iter().flatten());
    }
    if !problems.is_empty() {
        return Err(problems.into());
    }
    let (scenario, projection) = merger.finish()?;
    simulate::show((&scenario, files), &projection, context, output)
}
