//! Contracts that end early in simulation, against what the probabilities say.

use engine::scenario::Scenario;
use engine::simulate::{Projection, Settings, simulate};
use seika_tests::{Memory, Unwatched};

/// Three evaluations that each pay 100, and nothing where the contract ends; 1,000 a period is saved.
fn files(rule: &str, early_end: &str) -> Memory {
    let contract = format!(
        r#"
        contract("t", #{{ from: "2024-04-01", to: "2027-03-31", rounding: down(1), tax: unstated() }});
        party("city", #{{ role: "payer" }}); party("vendor", #{{ role: "provider" }});
        evaluations(["2025-03-31", "2026-03-31", "2027-03-31"]);
        let x = mean("x", #{{ digits: 0 }});
        {rule}
        pay("fee", |e| yen(100)); pay("none", |e| e[x] * yen(0));
        "#
    );
    let scenario = format!(
        "contract = \"c.rhai\"\nbeneficiaries = [\"state\"]\n[assume]\nrisk = \"uniform(0, 0.2)\"\n\
         [outcomes.x]\nvalue = 1\n[benefits.care]\namount = 1000\nshares = {{ state = 1 }}\n{early_end}"
    );
    Memory::default().with("c.rhai", &contract).with("s.toml", &scenario)
}

const NOTHING: &str = r#"early_end(#{ fixed: "nothing", linked: "as_measured" });"#;
const PRO_RATA: &str = r#"early_end(#{ fixed: "pro_rata", linked: "as_measured" });"#;

fn projection(rule: &str, early_end: &str) -> Projection {
    let scenario = Scenario::read(&files(rule, early_end), "s.toml").unwrap();
    let settings = Settings { paths: Some(200_000), ..Settings::default() };
    simulate(&scenario, &settings, &Unwatched).unwrap()
}

fn is_near(what: &str, found: &engine::simulate::Distribution, exact: f64) {
    let error = found.se.max(1e-9);
    assert!((found.mean - exact).abs() < 4.0 * error, "{what}: {} ± {error}, {exact}", found.mean);
}

#[test]
fn what_is_paid_and_saved_is_what_the_probabilities_say() {
    // Ended before the first evaluation with probability 0.1, before the second with 0.1 of the
    // rest; the last one ends the contract anyway. Paid: 90 + 81 + 81. Saved, half of a period where
    // it ends: 1,000 × (0.95 + 0.9 × 0.95 + 0.81).
    let ending = "[early_end]\nprobability = 0.1\n";
    let nothing = projection(NOTHING, ending);
    is_near("payment", &nothing.payment, 252.0);
    is_near("benefit", &nothing.benefit, 2_615.0);
    // Half the fee for the half period: 95 + 85.5 + 81.
    is_near("pro rata", &projection(PRO_RATA, ending).payment, 261.5);
    // A quarter served: 100 × (0.9 + 0.1 ÷ 4) + 90 × (0.9 + 0.1 ÷ 4) + 81.
    let quarter = projection(PRO_RATA, &format!("{ending}served = 0.25\n"));
    is_near("a quarter", &quarter.payment, 92.5 + 83.25 + 81.0);
    assert_eq!(quarter.no_effect.mean, quarter.payment.mean);
}

#[test]
fn the_probability_may_be_a_cell() {
    // A risk uniform on 0 to 0.2, the same at both dates: E[1−r] = 0.9, E[(1−r)²] = 0.81 + 0.04 ÷ 12.
    let ending = "[early_end]\nprobability = \"risk\"\n";
    let second = 0.81 + 0.04 / 12.0;
    is_near("payment", &projection(NOTHING, ending).payment, 100.0 * (0.9 + 2.0 * second));
}

#[test]
fn a_contract_that_provides_for_no_early_end_cannot_be_ended() {
    let problems =
        Scenario::read(&files("", "[early_end]\nprobability = 0.1\n"), "s.toml").unwrap_err();
    assert_eq!(problems[0].id, "early-end-undeclared");
    assert!(problems[0].place.is_some());
    let problems = Scenario::read(&files(NOTHING, "[early_end]\nserved = 0.1\n"), "s.toml");
    assert_eq!(problems.unwrap_err()[0].id, "missing-key");
}

#[test]
fn a_probability_beyond_one_names_its_entry() {
    let files = files(NOTHING, "[early_end]\nprobability = \"risk * 9\"\n");
    let scenario = Scenario::read(&files, "s.toml").unwrap();
    let problem = simulate(&scenario, &Settings::default(), &Unwatched).unwrap_err();
    assert!(format!("{problem:?}").contains("early_end.probability"), "{problem:?}");
}

#[test]
fn without_the_table_nothing_ends_early() {
    let running = projection(NOTHING, "");
    assert_eq!((running.payment.mean, running.benefit.mean), (300.0, 3_000.0));
}
