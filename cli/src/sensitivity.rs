//! `seika sensitivity`: what a figure depends on.

use engine::Recorded;
use engine::analyse::Measure;
use engine::analyse::sensitivity::{Figure, Limit, Question, sensitivity};
use engine::report;
use engine::scenario::Scenario;

use crate::arguments::SensitivityArguments;
use crate::output::Output;
use crate::progress::Progress;
use crate::{Context, Exit, Failure, document, file};

pub(crate) fn run(
    arguments: &SensitivityArguments,
    context: &Context,
    output: &mut Output<'_>,
) -> Result<Exit, Failure> {
    let recorded = Recorded::new(&context.disk);
    let scenario = Scenario::read(&recorded, &arguments.scenario)?;
    let files = &arguments.files.report[..];
    file::spare_read(files, recorded)?;
    let name = arguments.figure.as_deref().unwrap_or(Figure::default_name(&scenario));
    let measure = Measure::named(&scenario, name).map_err(|problem| vec![problem])?;
    let limit = match (arguments.above, arguments.below) {
        (Some(limit), _) => Some(Limit::Above(limit)),
        (None, Some(limit)) => Some(Limit::Below(limit)),
        (None, None) => None,
    };
    let question = Question {
        figure: Figure { measure, limit },
        sobol: arguments.sobol,
        grids: arguments.grid.clone(),
    };
    let settings = arguments.run.settings();
    let progress = Progress::start(context.language);
    let answer = sensitivity(&scenario, &question, &settings, &progress);
    drop(progress);
    let answer = answer?;
    document::tell(
        (Some(&scenario.contract), files),
        || report::sensitivity(&scenario, &answer, context.language),
        || answer.to_json(&scenario, context.language),
        context,
        output,
    )
}
