//! What every party is left with: worked out by hand, and nothing is lost between them.

use engine::analyse::Measure;
use engine::problem::Source;
use engine::scenario::Scenario;
use engine::simulate::{Settings, columns};
use seika_tests::{Memory, Unwatched};

fn figures(contract: &str, scenario: &str, names: &[&str]) -> Vec<f64> {
    let files = Memory::default().with("c.rhai", contract);
    let text = format!("contract = \"c.rhai\"\npaths = 4\nseed = 1\n{scenario}");
    let scenario = Scenario::parse(&files, &Source::new("s.toml", text))
        .unwrap_or_else(|problems| panic!("{problems:#?}"));
    let named = |name: &&str| Measure::named(&scenario, name).unwrap().wanted;
    let wanted: Vec<_> = names.iter().map(named).collect();
    let columns = columns(&scenario, &Settings::default(), &Unwatched, &wanted, None).unwrap();
    columns.iter().map(|column| column[0]).collect()
}

fn contract(tax: &str, invest: &str) -> String {
    format!(
        r#"
contract("test", #{{ from: "2024-04-01", to: "2026-03-31", cap: yen(50_000_000),
    tax: {tax}, rounding: down(1) }});
let city = party("city", #{{ role: "payer" }});
let state = party("state", #{{ role: "payer" }});
let vendor = party("vendor", #{{ role: "provider" }});
let fund = party("fund", #{{ role: "investor" }});
evaluations([#{{ at: "2025-03-31", paid: "2025-03-31" }},
    #{{ at: "2026-03-31", paid: "2026-03-31" }}]);
let x = mean("x", #{{ digits: 3 }});
pay("outcome", |e| yen(1_000_000) * e[x], #{{ to: vendor,
    by: [[city, percent(25)], [state, percent(75)]] }});
{invest}
"#
    )
}

const ALL: [&str; 7] = [
    "saving.city",
    "saving.state",
    "result.city",
    "result.state",
    "result.vendor",
    "result.fund",
    "benefit",
];

#[test]
fn a_payer_is_left_with_its_saving_less_its_part_of_the_payment() {
    // Each year 4 million are paid, a quarter by the city, and 10 million saved, a tenth of it the
    // city's, four tenths the state's and half the residents'.
    let scenario = "beneficiaries = [\"residents\"]\n[outcomes.x]\nvalue = 4\n\
        [benefits.care]\namount = \"yen(10_000_000)\"\n\
        shares = { city = 0.1, state = 0.4, residents = 0.5 }";
    let found = figures(&contract("unstated()", ""), scenario, &ALL);
    assert_eq!(found, [2e6, 8e6, 0.0, 2e6, 8e6, 0.0, 20e6]);
    // Tax at 10% is the payers' to pay; the vendor passes it on to the state.
    let found = figures(&contract("added(percent(10))", ""), scenario, &ALL);
    let expected = [2e6, 8e6, -0.2e6, 1.4e6, 8e6, 0.0, 20e6];
    let apart = found.iter().zip(expected).map(|(found, expected)| (found - expected).abs());
    assert!(apart.fold(0.0, f64::max) < 1e-6, "{found:?}");
    let taxed = "[outcomes.x]\nvalue = 4";
    let parties = figures(&contract("added(percent(10))", ""), taxed, &ALL[2..6]);
    // What is missing is the tax on 8 million.
    assert!((parties.iter().sum::<f64>() + 0.8e6).abs() < 1e-6, "{parties:?}");
}

#[test]
fn amounts_are_discounted_from_the_day_they_are_paid() {
    // 4 million after one year and after two, at 25%: 3.2 + 2.56 million.
    let scenario = "discount_rate = 0.25\n[outcomes.x]\nvalue = 4";
    let found = figures(&contract("unstated()", ""), scenario, &["result.vendor", "result.city"]);
    assert_eq!(found, [5.76e6, -1.44e6]);
}

#[test]
fn an_investor_receives_what_the_provider_is_paid_and_the_provider_what_it_puts_up() {
    let invest = "invest(fund, #{ amount: yen(7_000_000), at: \"2024-04-01\" });";
    let scenario = "[outcomes.x]\nvalue = 4";
    let found = figures(&contract("unstated()", invest), scenario, &ALL[2..6]);
    assert_eq!(found, [-2e6, -6e6, 7e6, 1e6]);
    // Put up after the first payment, it brings only the second.
    let late = "invest(fund, #{ amount: yen(3_000_000), at: \"2025-04-01\" });";
    let found = figures(&contract("unstated()", late), scenario, &ALL[2..6]);
    assert_eq!(found, [-2e6, -6e6, 7e6, 1e6]);
}
