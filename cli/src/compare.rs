//! `seika compare`: two contracts, or two versions of one, side by side.

mod changes;
mod past;
mod priced;

use engine::analyse::compare::{PastRequest, Settled, Versions};
use engine::contract::Contract;
use engine::ledger::Ledger;
use engine::problem::{Problem, Source};
use engine::scenario::Scenario;

use crate::arguments::CompareArguments;
use crate::output::Output;
use crate::progress::Progress;
use crate::{Context, Exit, Failure};
use changes::Layout;

/// How long to wait for others who use the ledger.
const WAIT: std::time::Duration = std::time::Duration::from_secs(30);

pub(crate) fn run(
    arguments: &CompareArguments,
    context: &Context,
    output: &mut Output<'_>,
) -> Result<Exit, Failure> {
    let inputs = Inputs::read(arguments, context)?;
    let one = |problem| Failure::Problems(vec![problem]);
    let versions = Versions::of(inputs.a.clone(), inputs.b.clone()).map_err(one)?;
    let settled = settled(&versions, arguments, context)?;
    let settings = arguments.run.settings();
    let progress = Progress::start(context.language);
    let priced = match (&inputs.scenarios, &arguments.scenario) {
        (Some([a, b]), _) => {
            Some(versions.priced_each([&a.scenario, &b.scenario], &settings, &progress))
        }
        (None, Some(path)) => {
            Some(versions.priced_under((&context.disk, path), &settings, &progress))
        }
        (None, None) => None,
    };
    drop(progress);
    let priced = priced.transpose()?;
    if context.json {
        let json = versions.to_json(priced.as_ref(), settled.as_ref(), context.language);
        output.json(&json)?;
    } else {
        let layout = Layout::new(&versions, inputs.scenarios.as_ref(), context.language);
        output.data(&layout.report(priced.as_ref(), settled.as_ref()))?;
    }
    Ok(Exit::Done)
}

/// What is compared: two contracts, or the contracts of two scenarios.
struct Inputs {
    a: Contract,
    b: Contract,
    /// The scenario of each, where scenarios are compared.
    scenarios: Option<[Under; 2]>,
}

/// A scenario, and the file that was asked for: of a patch its own.
struct Under {
    path: String,
    scenario: Scenario,
}

impl Inputs {
    fn read(arguments: &CompareArguments, context: &Context) -> Result<Inputs, Failure> {
        let is_scenario = |path: &str| path.to_lowercase().ends_with(".toml");
        let (a, b) = (&arguments.a, &arguments.b);
        match (is_scenario(a), is_scenario(b), &arguments.scenario) {
            (true, true, None) => {
                let read = |path: &String| -> Result<Under, Failure> {
                    let scenario = Scenario::read(&context.disk, path)?;
                    Ok(Under { path: path.clone(), scenario })
                };
                let both = [read(a)?, read(b)?];
                let [a, b] = both.each_ref().map(|under| under.scenario.contract.clone());
                Ok(Inputs { a, b, scenarios: Some(both) })
            }
            (true, true, Some(path)) => Err(third_scenario(path)),
            (false, false, _) => {
                let a = crate::read_contract(a, context)?;
                let b = crate::read_contract(b, context)?;
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
    context: &Context,
) -> Result<Option<Settled>, Failure> {
    if let Some(path) = &arguments.ledger {
        let state = Ledger::open(path, WAIT)?.state()?;
        return Ok(Some(versions.on_ledger(&state)?));
    }
    if arguments.evidence.is_empty() {
        return Ok(None);
    }
    let request = PastRequest { evidence: arguments.evidence.clone(), at: arguments.at };
    Ok(Some(versions.on_evidence(&context.disk, &request)?))
}
