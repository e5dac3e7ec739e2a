//! `seika compare`: two contracts, or two versions of one, side by side.

use engine::analyse::compare::{PastRequest, Settled, Versions};
use engine::contract::{Contract, Overrides};
use engine::ledger::Ledger;
use engine::problem::{Problem, Source};
use engine::report::{Under, compared};
use engine::scenario::Scenario;
use engine::{Files, Recorded};

use crate::arguments::CompareArguments;
use crate::output::Output;
use crate::progress::Progress;
use crate::{Context, Exit, Failure, document, file};

/// How long to wait for others who use the ledger.
const WAIT: std::time::Duration = std::time::Duration::from_secs(30);

pub(crate) fn run(
    arguments: &CompareArguments,
    context: &Context,
    output: &mut Output<'_>,
) -> Result<Exit, Failure> {
    let recorded = Recorded::new(&context.disk);
    let inputs = Inputs::read(arguments, &recorded)?;
    let one = |problem| Failure::Problems(vec![problem]);
    let versions = Versions::of(inputs.a.clone(), inputs.b.clone()).map_err(one)?;
    let settled = settled(&versions, arguments, &recorded)?;
    let files = &arguments.files.report[..];
    let mut read = recorded.read_so_far();
    let more = arguments.ledger.iter().chain(&arguments.scenario);
    read.extend(more.map(|path| (path.clone(), Vec::new())));
    let read: Vec<&str> = read.iter().map(|(path, _)| path.as_str()).collect();
    file::spare(files.iter().map(|report| report.path.as_str()), &read)?;
    let settings = arguments.run.settings();
    let progress = Progress::start(context.language);
    let priced = match (&inputs.scenarios, &arguments.scenario) {
        (Some([a, b]), _) => Some(versions.priced_each([a, b], &settings, &progress)),
        (None, Some(path)) => {
            Some(versions.priced_under((&context.disk, path), &settings, &progress))
        }
        (None, None) => None,
    };
    drop(progress);
    let priced = priced.transpose()?;
    let (priced, settled) = (priced.as_ref(), settled.as_ref());
    let under = inputs.scenarios.as_ref().map(|[a, b]| {
        [Under { path: &arguments.a, scenario: a }, Under { path: &arguments.b, scenario: b }]
    });
    document::tell(
        (None, files),
        || compared(&versions, under, (priced, settled), context.language),
        || versions.to_json(priced, settled, context.language),
        context,
        output,
    )
}

/// What is compared: two contracts, or the contracts of two scenarios.
struct Inputs {
    a: Contract,
    b: Contract,
    /// The scenario of each, where scenarios are compared.
    scenarios: Option<[Scenario; 2]>,
}

impl Inputs {
    fn read(arguments: &CompareArguments, files: &dyn Files) -> Result<Inputs, Failure> {
        let is_scenario = |path: &str| path.to_lowercase().ends_with(".toml");
        let (a, b) = (&arguments.a, &arguments.b);
        match (is_scenario(a), is_scenario(b), &arguments.scenario) {
            (true, true, None) => {
                let both = [Scenario::read(files, a)?, Scenario::read(files, b)?];
                let [a, b] = both.each_ref().map(|scenario| scenario.contract.clone());
                Ok(Inputs { a, b, scenarios: Some(both) })
            }
            (true, true, Some(path)) => Err(third_scenario(path)),
            (false, false, _) => {
                let a = Contract::read(files, a, &Overrides::new())?;
                let b = Contract::read(files, b, &Overrides::new())?;
                Ok(Inputs { a, b, scenarios: None })
            }
            (true, false, _) => Err(mixed(a)),
            (false, true, _) => Err(mixed(b)),
        }
    }
}

fn mixed(scenario: &str) -> Failure {
    Failure::Problems(vec![
        Problem::error(
            "contract-and-scenario",
            text!("a contract is compared with a scenario", "契約とシナリオは比較できません"),
        )
        .expected(text!(
            "two contracts (.rhai), or two scenarios (.toml)",
            "契約（.rhai）二つ、またはシナリオ（.toml）二つ"
        ))
        .help(text!(
            "two contracts are priced under one scenario with --scenario FILE",
            "二つの契約を一つのシナリオで試算するには --scenario ファイル を使ってください"
        ))
        .at(Source::new(scenario, "").whole()),
    ])
}

fn third_scenario(scenario: &str) -> Failure {
    Failure::Problems(vec![
        Problem::error(
            "third-scenario",
            text!(
                "two scenarios are compared, each as it is",
                "二つのシナリオは、それぞれそのまま比較します"
            ),
        )
        .help(text!(
            "leave --scenario out, or compare the two contracts",
            "--scenario を外すか、二つの契約を比較してください"
        ))
        .at(Source::new(scenario, "").whole()),
    ])
}

fn settled(
    versions: &Versions,
    arguments: &CompareArguments,
    files: &dyn Files,
) -> Result<Option<Settled>, Failure> {
    if let Some(path) = &arguments.ledger {
        let state = Ledger::open(path, WAIT)?.state()?;
        return Ok(Some(versions.on_ledger(&state)?));
    }
    if arguments.evidence.is_empty() {
        return Ok(None);
    }
    let request = PastRequest { evidence: arguments.evidence.clone(), at: arguments.at };
    Ok(Some(versions.on_evidence(files, &request)?))
}
