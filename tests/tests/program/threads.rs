//! A result is the same to the last digit on any number of threads, and a cell nobody uses moves
//! no other number.

use engine::problem::{Language, Source};
use engine::scenario::Scenario;
use engine::simulate::{Settings, simulate};
use seika_tests::{Repository, Unwatched};
use serde_json::Value;

fn json(scenario: &Scenario, threads: usize) -> Value {
    // Not a whole number of blocks, so that the last one is ragged.
    let settings = Settings { paths: Some(10_007), threads: Some(threads), ..Settings::default() };
    simulate(scenario, &settings, &Unwatched).unwrap().to_json(Language::En)
}

#[test]
fn one_two_and_three_threads_give_identical_bytes() {
    let benchmarks = Repository::files_in("scenarios/bench", ".toml");
    assert!(!benchmarks.is_empty());
    for path in Repository::files_in("scenarios", ".toml").into_iter().chain(benchmarks) {
        let scenario = Scenario::read(&Repository, &path).unwrap();
        let one = serde_json::to_string(&json(&scenario, 1)).unwrap();
        for threads in [2, 3] {
            assert_eq!(one, serde_json::to_string(&json(&scenario, threads)).unwrap(), "{path}");
        }
    }
}

#[test]
fn a_cell_nobody_uses_moves_no_other_number() {
    let path = "scenarios/tama-hypertension.toml";
    let text = std::fs::read_to_string(Repository::top().join(path)).unwrap();
    let with = text.replace("[assume]\n", "[assume]\nunused = \"beta(2, 3) * gamma(2, 2)\"\n");
    assert_ne!(text, with);
    let read = |text: String| Scenario::parse(&Repository, &Source::new(path, text)).unwrap();
    let (mut before, mut after) = (json(&read(text), 2), json(&read(with), 2));
    before["assumptions"].take();
    after["assumptions"].take();
    assert_eq!(before, after);
}

#[test]
fn a_changed_parameter_of_one_cell_leaves_the_draws_of_the_others_alone() {
    let path = "scenarios/tama-hypertension.toml";
    let text = std::fs::read_to_string(Repository::top().join(path)).unwrap();
    // Participation is drawn by cells of its own; a stronger effect may not move it.
    let stronger = text.replace("normal(3.6, 1.33)", "normal(9.9, 0.5)");
    assert_ne!(text, stronger);
    let read = |text: String| Scenario::parse(&Repository, &Source::new(path, text)).unwrap();
    let (before, after) = (json(&read(text), 2), json(&read(stronger), 2));
    let line = |json: &Value, name: &str| -> Value {
        let lines = json["lines"].as_array().unwrap();
        lines.iter().find(|line| line["name"] == name).unwrap()["amount"].clone()
    };
    assert_eq!(line(&before, "participation"), line(&after, "participation"));
    assert_ne!(line(&before, "blood_pressure"), line(&after, "blood_pressure"));
}
