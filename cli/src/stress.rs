//! `seika stress`: what if one thing goes wrong, what if all do, and how far it takes for a party to
//! lose.

use engine::Recorded;
use engine::analyse::stress::{Limit, Suite, folder_of, reverse, stress};
use engine::problem::{Problem, Source, Text};
use engine::report::{reversed, stressed};
use engine::scenario::Scenario;

use crate::arguments::StressArguments;
use crate::output::Output;
use crate::progress::Progress;
use crate::{Context, Exit, Failure, document, file, render};

pub(crate) fn run(
    arguments: &StressArguments,
    context: &Context,
    output: &mut Output<'_>,
) -> Result<Exit, Failure> {
    let settings = arguments.run.settings();
    let recorded = Recorded::new(&context.disk);
    let reversing = arguments.reverse.is_some() || arguments.below.is_some();
    let patches = match &arguments.patches[..] {
        [] if reversing => Vec::new(),
        [] => {
            // A scenario that cannot be read is told of first.
            Scenario::read(&recorded, &arguments.scenario)?;
            in_folder(&arguments.scenario)?
        }
        patches => expanded(patches)?,
    };
    let suite = Suite::read(&recorded, &arguments.scenario, &patches)?;
    let files = &arguments.files.report[..];
    file::spare_read(files, recorded)?;
    if !context.json && !suite.warnings.is_empty() {
        let warnings = render::problems(&suite.warnings, context.language, output.talk_look);
        output.talk(&format!("{warnings}\n"));
    }
    if !reversing {
        let progress = Progress::start(context.language);
        let found = stress(&suite, &arguments.figures, &settings, &progress);
        drop(progress);
        let found = found?;
        return document::tell(
            (Some(&suite.base.contract), files),
            || stressed(&suite, &found, context.language),
            || found.to_json(&suite, context.language),
            context,
            output,
        );
    }
    let scenario = suite.together();
    let limit = match (&arguments.reverse, &arguments.below) {
        (Some(party), _) => Limit::loss_of(scenario, scenario.party_called(party)),
        (None, Some(written)) => Limit::of(scenario, written),
        (None, None) => return Ok(Exit::Done),
    };
    let limit = limit.map_err(|problem| vec![problem])?;
    let progress = Progress::start(context.language);
    let found = reverse(scenario, &limit, &settings, &progress);
    drop(progress);
    let found = found?;
    let stresses: Vec<Text> = suite.stresses.iter().map(|stress| stress.title.clone()).collect();
    document::tell(
        (Some(&scenario.contract), files),
        || reversed(&suite.base, &stresses, &found, context.language),
        || found.to_json(&suite.base, &stresses, context.language),
        context,
        output,
    )
}

/// The stresses that lie beside a scenario, in the order of their names.
fn in_folder(scenario: &str) -> Result<Vec<String>, Failure> {
    let folder = folder_of(scenario);
    let files = toml_files(&folder);
    if files.is_empty() {
        let problem = Problem::error(
            "no-stresses",
            text!("there are no stresses beside `{scenario}`", "`{scenario}` の横にストレスがありません"),
        )
        .expected(text!("{folder}/*.toml", "{folder}/*.toml"))
        .help(text!(
            "put patches there, or name them: seika stress {scenario} PATCH.toml …; docs/stress.md shows one",
            "パッチをそこに置くか、指定してください: seika stress {scenario} パッチ.toml …（書き方は docs/stress.md）"
        ));
        return Err(Failure::Problems(vec![problem.at(Source::new(scenario, "").whole())]));
    }
    Ok(files)
}

/// The patches that are named, a folder standing for those in it.
fn expanded(named: &[String]) -> Result<Vec<String>, Failure> {
    let mut patches = Vec::new();
    for path in named {
        if !std::path::Path::new(path).is_dir() {
            patches.push(path.clone());
            continue;
        }
        let folder = path.trim_end_matches('/');
        let files = toml_files(if folder.is_empty() { "/" } else { folder });
        if files.is_empty() {
            let problem = Problem::error(
                "no-stresses",
                text!("there are no stresses in `{path}`", "`{path}` にストレスがありません"),
            )
            .expected(text!("{folder}/*.toml", "{folder}/*.toml"))
            .help(text!(
                "put patches there; docs/stress.md shows one",
                "パッチをそこに置いてください（書き方は docs/stress.md）"
            ));
            return Err(Failure::Problems(vec![problem.at(Source::new(path, "").whole())]));
        }
        patches.extend(files);
    }
    Ok(patches)
}

/// The paths of a folder's TOML files, in the order of their names.
fn toml_files(folder: &str) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut names: Vec<String> =
        names.filter(|name| name.ends_with(".toml") && !name.starts_with('.')).collect();
    names.sort();
    names.into_iter().map(|name| format!("{folder}/{name}")).collect()
}
