//! Every contract and scenario that is shipped reads, checks and simulates.

use engine::contract::{Contract, Overrides};
use engine::problem::{Language, Problem};
use engine::scenario::Scenario;
use engine::simulate::{Settings, simulate};
use seika_tests::{Repository, Unwatched};

/// The files of a folder and of its benchmarks.
fn shipped(folder: &str, ending: &str) -> Vec<String> {
    let mut files = Vec::new();
    for folder in [folder.to_owned(), format!("{folder}/bench")] {
        let found = Repository::files_in(&folder, ending);
        assert!(!found.is_empty(), "{folder} holds no {ending}");
        files.extend(found);
    }
    files
}

fn said(problems: &[Problem]) -> String {
    let one = |problem: &Problem| {
        let place = problem.place.as_ref().map(|place| (place.line, place.column));
        format!("{place:?} {}", problem.message.within(Language::En))
    };
    problems.iter().map(one).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_contract_passes_its_check_with_worked_examples() {
    for file in shipped("scripts/contracts", ".rhai") {
        let contract = Contract::read(&Repository, &file, &Overrides::new())
            .unwrap_or_else(|problems| panic!("{file}:\n{}", said(&problems)));
        let check = contract.check();
        let errors: Vec<Problem> = check.errors().map(|found| found.problem.clone()).collect();
        assert!(check.is_ok(), "{file}:\n{}", said(&errors));
        assert!(!check.examples.is_empty(), "{file} has no worked example");
        assert!(check.examples.iter().all(|example| example.is_ok()), "{file}");
    }
}

#[test]
fn every_scenario_simulates() {
    for file in shipped("scenarios", ".toml") {
        let scenario = Scenario::read(&Repository, &file)
            .unwrap_or_else(|problems| panic!("{file}:\n{}", said(&problems)));
        let settings = Settings { paths: Some(2_000), ..Settings::default() };
        let projection = simulate(&scenario, &settings, &Unwatched)
            .unwrap_or_else(|problems| panic!("{file}:\n{}", said(&problems)));
        assert_eq!(projection.paths, 2_000, "{file}");
    }
}
