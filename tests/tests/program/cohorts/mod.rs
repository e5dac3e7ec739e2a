//! Cohorts: against published models, against exact formulas and their own laws, and what is refused.

mod laws;
mod published;
mod refused;

use std::fmt::Write as _;

use engine::Files as _;
use engine::analyse::information::Decision;
use engine::problem::{Language, Problem, Source};
use engine::scenario::Scenario;
use engine::simulate::{
    CohortProjection, Distribution, Mean, Projection, Settings, Wanted, columns, simulate,
};
use proptest::prelude::*;
use seika_tests::{Memory, Repository, Unwatched};

/// A contract that measures `x1` to `xn` at each date and pays a yen for the first.
fn contract(indicators: usize, dates: &[&str]) -> String {
    let names = 1..=indicators;
    let measures: String =
        names.map(|at| format!("let x{at} = mean(\"x{at}\", #{{ digits: 10 }});\n")).collect();
    let dates: Vec<String> =
        dates.iter().map(|date| format!("#{{ at: \"{date}\", paid: \"{date}\" }}")).collect();
    let dates = dates.join(", ");
    format!(
        r#"
contract("test", #{{ from: "2020-04-01", to: "2050-03-31", cap: yen(1_000), tax: unstated(),
    rounding: half_up(1) }});
party("city", #{{ role: "payer" }});
party("vendor", #{{ role: "provider" }});
evaluations([{dates}]);
{measures}
pay("outcome", |e| tiers(e[x1], [[1_000_000_000_000, yen(1)]]));
"#
    )
}

const FIRST: &str = "2021-03-31";

fn parse(files: &Memory, text: &str) -> Result<Scenario, Vec<Problem>> {
    let text = format!("contract = \"c.rhai\"\nseed = 7\n{text}");
    Scenario::parse(files, &Source::new("s.toml", text))
}

fn projected(files: &Memory, text: &str, paths: u64) -> Projection {
    let scenario = parse(files, text).unwrap_or_else(|problems| panic!("{problems:#?}"));
    let settings = Settings { paths: Some(paths), ..Settings::default() };
    simulate(&scenario, &settings, &Unwatched).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

/// One cohort, with an outcome that nothing depends on.
fn cohort(text: &str, paths: u64) -> CohortProjection {
    let files = Memory::default().with("c.rhai", &contract(1, &[FIRST]));
    let text = format!("{text}\n[outcomes.x1]\nvalue = 1\n");
    projected(&files, &text, paths).cohorts.remove(0)
}

fn near(found: f64, exact: f64, digits: i32) {
    let off = (found - exact).abs() / exact.abs().max(1e-12);
    assert!(off < 0.5 * 10_f64.powi(1 - digits), "{found} for {exact}");
}

/// Within four standard errors of both together.
fn agrees(found: &Distribution, mean: f64, se: f64) {
    let error = found.se.hypot(se);
    assert!((found.mean - mean).abs() < 4.0 * error, "{} for {mean} ± {error}", found.mean);
}

fn within(found: Mean, exact: f64, errors: f64) {
    let off = (found.mean - exact).abs();
    assert!(off <= errors * found.se + 1e-9 * exact.abs(), "{found:?} for {exact}");
}

/// A small model: `CHANGES` are lines that replace those of the same key.
fn small(changes: &[(&str, &str)]) -> String {
    let mut lines = vec![
        ("[cohort.c]", ""),
        ("states", "[\"well\", \"sick\", \"dead\"]"),
        ("population", "1000"),
        ("start", "{ well = 1 }"),
        ("cycles", "4"),
        ("counts", "\"expected\""),
        ("[cohort.c.transitions]", ""),
        ("well", "{ sick = 0.1, well = \"rest\" }"),
        ("sick", "{ sick = 1 }"),
        ("dead", "{ dead = 1 }"),
        ("[cohort.c.cost]", ""),
        ("cost_of_sick", "\"yen(100)\""),
        ("[cohort.c.utility]", ""),
        ("utility_of_well", "0.8"),
        ("[outcomes.x1]", ""),
        ("value", "1"),
    ];
    let mut head = String::new();
    for (key, text) in changes {
        match lines.iter_mut().find(|(known, _)| known == key) {
            Some(line) => line.1 = text,
            None if *key == "[assume]" => head = format!("[assume]\n{text}\n"),
            None => lines.insert(6, (key, text)),
        }
    }
    let line = |(key, text): &(&str, &str)| match (key.starts_with('['), text.is_empty()) {
        (true, _) => format!("{key}\n"),
        (false, true) => String::new(),
        (false, false) => format!("{} = {text}\n", key.rsplit("_of_").next().unwrap()),
    };
    head + lines.iter().map(line).collect::<String>().as_str()
}

fn cohort_of(text: &str, paths: u64) -> CohortProjection {
    let files = Memory::default().with("c.rhai", &contract(1, &[FIRST]));
    projected(&files, text, paths).cohorts.remove(0)
}

#[test]
fn the_shipped_care_levels_say_what_they_rest_on() {
    let scenario = Scenario::read(&Repository, "scenarios/care-levels.toml")
        .unwrap_or_else(|problems| panic!("{problems:#?}"));
    // Every number of a table names its source, but for what is assumed.
    let assumed: Vec<&str> = scenario
        .assumptions
        .iter()
        .filter(|known| known.assumed)
        .map(|known| known.name.as_str())
        .collect();
    for name in ["causal", "invited", "benefits.care"] {
        assert!(assumed.contains(&name), "{name} of {assumed:?}");
    }
    for name in ["certified_people", "joined", "ratio", "outcomes.participation"] {
        assert!(!assumed.contains(&name), "{name} of {assumed:?}");
    }
    for level in ["care3", "care4", "care5"] {
        assert!(assumed.contains(&format!("cohort.care.transitions.{level}").as_str()));
    }
    for level in ["support1", "support2", "care1", "care2"] {
        assert!(!assumed.contains(&format!("cohort.care.transitions.{level}").as_str()));
        assert!(assumed.contains(&format!("data/care-levels/first-level.csv: {level}").as_str()));
    }
    let settings = Settings { paths: Some(300), ..Settings::default() };
    let json = simulate(&scenario, &settings, &Unwatched).unwrap().to_json(Language::En);
    let care = &json["cohorts"][0];
    assert_eq!(care["name"], "care");
    assert_eq!(care["renormalised"][0]["state"], "support1");
    assert_eq!(care["renormalised"][0]["sum"], 1.001);
    assert_eq!(care["convention"]["cost"]["counted"], "half_cycle");
    for arm in ["effect", "no_effect"] {
        let people = care[arm]["people"].as_array().unwrap();
        assert_eq!(people.len(), 11);
        let whole = care[arm]["population"]["mean"].as_f64().unwrap();
        for cycle in people {
            let states = cycle["states"].as_object().unwrap();
            assert_eq!(states.len(), 9);
            let sum: f64 = states.values().map(|state| state["mean"].as_f64().unwrap()).sum();
            assert!((sum - whole).abs() < 1e-6, "{sum} of {whole}");
        }
    }
    let mean = |value: &serde_json::Value| value["mean"].as_f64().unwrap();
    let saved = mean(&care["no_effect"]["cost"]) - mean(&care["effect"]["cost"]);
    assert!((saved + mean(&care["difference"]["cost"])).abs() < 1.0);
    assert!((saved - mean(&json["benefits"][0]["amount"])).abs() < 1.0);
    // 9.7% are certified within three years; of the living it is what the contract pays from: 8.65%.
    let third = &care["no_effect"]["people"][3]["states"];
    let (well, dead) = (mean(&third["independent"]), mean(&third["dead"]));
    let share = 1.0 - well / (mean(&care["no_effect"]["population"]) - dead);
    assert!((share - 0.0865).abs() < 0.0015, "{share}");
}
