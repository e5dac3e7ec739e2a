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
fn an_investor_has_one_present_value_and_one_loss_wherever_they_are_told() {
    // 3 million on 1 July 2024, for 4 million on 31 March 2025 and 2026: 274 days, and 365 more. To
    // the nearest whole year from the contract's first day that would be −3 + 3.2 + 2.56 million.
    let invest = "invest(fund, #{ amount: yen(3_000_000), at: \"2024-07-01\" });";
    let scenario = "discount_rate = 0.25\ndiscount_from_year = 2\n[outcomes.x]\nvalue = 4";
    let files = Memory::default().with("c.rhai", &contract("unstated()", invest));
    let text = format!("contract = \"c.rhai\"\npaths = 4\nseed = 1\n{scenario}");
    let read = Scenario::parse(&files, &Source::new("s.toml", text)).unwrap();
    let named = |name: &str| Measure::named(&read, name).unwrap();
    let wanted = ["result.fund", "gain.fund"].map(|name| named(name).wanted);
    let found = columns(&read, &Settings::default(), &Unwatched, &wanted, None).unwrap();
    let year = 274.0 / 365.0;
    let worth = 4e6 / 1.25_f64.powf(year) + 4e6 / 1.25_f64.powf(year + 1.0) - 3e6;
    assert!((found[0][0] - worth).abs() < 1e-3, "{} for {worth}", found[0][0]);
    let projection = engine::simulate::simulate(&read, &Settings::default(), &Unwatched).unwrap();
    assert!((projection.investors[0].present_value.mean - worth).abs() < 1e-3);
    // 8 million for 3, undiscounted; below 0 the investor would lose.
    assert_eq!(found[1][0], 5e6);
    assert_eq!(named("result.fund").balance, Some(named("gain.fund").wanted.node));
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
