//! `seika report`: what each party needs to know before it signs.

use engine::Recorded;
use engine::analyse::parties::{Asked, party_report};
use engine::contract::Role;
use engine::problem::{Problem, Source, Text};
use engine::report::to_parties;
use engine::scenario::{Patch, Scenario};

use crate::arguments::{ReportArguments, Reported};
use crate::output::Output;
use crate::progress::Progress;
use crate::{Context, Exit, Failure, document, file};

pub(crate) fn run(
    arguments: &ReportArguments,
    context: &Context,
    output: &mut Output<'_>,
) -> Result<Exit, Failure> {
    let recorded = Recorded::new(&context.disk);
    let scenario = Scenario::read(&recorded, &arguments.scenario)?;
    if !arguments.with.is_empty() && arguments.reported != Reported::Investor {
        return Err(Failure::Problems(vec![only_for_investors(&scenario)]));
    }
    let mut patched = Vec::new();
    for file in &arguments.with {
        let patch = Patch::read(&recorded, file)?;
        patch.is_made_for(&recorded, &arguments.scenario).map_err(|problem| vec![problem])?;
        let title = patch.title.clone();
        let scenario = Scenario::read_with(&recorded, &arguments.scenario, &[patch])?;
        patched.push(Scenario { title, ..scenario });
    }
    let files = &arguments.files.report[..];
    file::spare_read(files, recorded)?;
    let scenarios: Vec<&Scenario> = std::iter::once(&scenario).chain(&patched).collect();
    let settings = arguments.run.settings();
    let role = match arguments.reported {
        Reported::Payer => Role::Payer,
        Reported::Provider => Role::Provider,
        Reported::Investor => Role::Investor,
        Reported::Evaluator => Role::Evaluator,
    };
    let asked = Asked { alpha: arguments.alpha, power: arguments.power };
    let progress = Progress::start(context.language);
    let party = arguments.party.as_deref().map(|party| scenario.party_called(party));
    let whose = (role, party);
    let report = party_report(&scenarios, whose, asked, &settings, &progress);
    drop(progress);
    let report = report?;
    document::tell(
        (Some(&scenario.contract), files),
        || to_parties(&scenario, &settings, &report, context.language),
        || report.to_json(&scenario, &settings, context.language),
        context,
        output,
    )
}

fn only_for_investors(scenario: &Scenario) -> Problem {
    Problem::error(
        "patches-not-for-role",
        text!("`--with` is for the investor's report", "`--with` は資金提供者の報告でだけ使えます"),
    )
    .expected(Text::from("--for investor"))
    .help(text!(
        "other reports: give the patch itself as the scenario, if it names its `base`",
        "ほかの報告では、`base` を書いた変更ファイルをシナリオとして指定してください"
    ))
    .at(Source::new(scenario.file.as_str(), "").whole())
}
