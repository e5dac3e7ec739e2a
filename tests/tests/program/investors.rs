//! What an investment brings: against rates computed elsewhere, formulas and counts.

use engine::contract::{Contract, Overrides};
use engine::problem::{Language, Source};
use engine::scenario::Scenario;
use engine::simulate::{InvestorProjection, Projection, Settings, simulate};
use seika_tests::{Memory, Unwatched};

const PATHS: u64 = 40_000;

/// A contract of five years whose evaluations are those given, with a payment and an investment.
fn contract(evaluations: &[(&str, &str)], pay: &str, invest: &str) -> String {
    let dates: Vec<String> = evaluations
        .iter()
        .map(|(at, paid)| format!("#{{ at: \"{at}\", paid: \"{paid}\" }}"))
        .collect();
    format!(
        r#"
contract("test", #{{ from: "2024-04-01", to: "2029-03-31", cap: yen(50_000_000),
    tax: unstated(), rounding: half_up(1) }});
party("city", #{{ role: "payer" }});
party("vendor", #{{ role: "provider" }});
let fund = party("fund", #{{ role: "investor", name: #{{ ja: "基金", en: "Fund" }} }});
evaluations([{}]);
let x = mean("x", #{{ digits: 3 }});
pay("outcome", |e| {pay});
{invest}
"#,
        dates.join(", ")
    )
}

fn project(contract: &str, scenario: &str) -> Projection {
    let files = Memory::default().with("c.rhai", contract);
    let text = format!("contract = \"c.rhai\"\npaths = {PATHS}\nseed = 5\n{scenario}");
    let scenario = Scenario::parse(&files, &Source::new("s.toml", text))
        .unwrap_or_else(|problems| panic!("{problems:#?}"));
    simulate(&scenario, &Settings::default(), &Unwatched).unwrap()
}

fn investor(contract: &str, scenario: &str) -> InvestorProjection {
    let mut investors = project(contract, scenario).investors;
    assert_eq!(investors.len(), 1);
    investors.remove(0)
}

/// 31 March of each year, paid on another day of it.
fn yearly(paid: &str) -> Vec<(String, String)> {
    (2025..=2029).map(|year| (format!("{year}-03-31"), format!("{year}-{paid}"))).collect()
}

const CERTAIN: &str = "[outcomes.x]\nvalue = 1";

#[test]
fn a_certain_investment_has_the_rate_of_its_annuity() {
    // 40 million for 10 million a year, five times. Rates by bisection in forty decimal digits.
    for (paid, rate) in [("03-31", 0.079_308_261_160_529), ("05-31", 0.074_758_026_146_738)] {
        let dates = yearly(paid);
        let dates: Vec<(&str, &str)> =
            dates.iter().map(|(at, paid)| (at.as_str(), paid.as_str())).collect();
        let invest = "invest(fund, #{ amount: yen(40_000_000) });";
        let found = investor(&contract(&dates, "yen(10_000_000)", invest), CERTAIN);
        let known = found.rate.unwrap();
        assert!((known.mean - rate).abs() < 1e-12, "{} for {rate}", known.mean);
        assert_eq!((known.sd, found.rate_available.value), (0.0, 1.0));
        assert_eq!((found.multiple.mean, found.multiple.max), (1.25, 1.25));
        assert_eq!(found.loss.value, 0.0);
        assert_eq!(found.title.within(Language::Ja), "基金");
    }
}

#[test]
fn days_between_whole_years_count_as_parts_of_365() {
    // 25 for 10 after one year, two years and 61 days, three years.
    let dates =
        [("2025-03-31", "2025-03-31"), ("2026-03-31", "2026-05-31"), ("2027-03-31", "2027-03-31")];
    let invest = "invest(fund, #{ amount: yen(25_000_000), at: \"2024-04-01\" });";
    let found = investor(&contract(&dates, "yen(10_000_000)", invest), CERTAIN);
    assert!((found.rate.unwrap().mean - 0.094_198_752_522_261).abs() < 1e-12, "{found:?}");
}

#[test]
fn payments_before_the_investment_are_not_the_investor_s() {
    // Of three payments of 10 the first is paid before; 335 days and one year more for the others.
    let dates =
        [("2025-03-31", "2025-05-31"), ("2026-03-31", "2026-05-31"), ("2027-03-31", "2027-05-31")];
    let invest = "invest(fund, #{ amount: yen(18_000_000), at: \"2025-07-01\" });";
    let found = investor(&contract(&dates, "yen(10_000_000)", invest), CERTAIN);
    assert!((found.rate.unwrap().mean - 0.077_674_509_510_161).abs() < 1e-12, "{found:?}");
    assert!((found.multiple.mean - 20.0 / 18.0).abs() < 1e-12);
}

#[test]
fn payments_of_one_day_are_received_together() {
    // 44 million of two evaluations, paid one year after 40 million: 10%.
    let dates = [("2024-12-31", "2025-03-31"), ("2025-03-31", "2025-03-31")];
    let invest = "invest(fund, #{ amount: yen(40_000_000) });";
    let found = investor(&contract(&dates, "yen(22_000_000)", invest), CERTAIN);
    assert!((found.rate.unwrap().mean - 0.1).abs() < 1e-12, "{found:?}");
}

#[test]
fn an_all_or_nothing_payment_earns_its_rate_or_loses_everything() {
    // 48.4 million after two years for 40 million is 10%, with probability 0.7; else −100%.
    let dates = [("2026-03-31", "2026-03-31")];
    let invest = "invest(fund, #{ amount: yen(40_000_000) });";
    let pay = "all_or_nothing(e[x] >= 1, yen(48_400_000))";
    let contract = contract(&dates, pay, invest);
    let projection = project(&contract, "[outcomes.x]\nvalue = \"bernoulli(0.7)\"");
    let found = &projection.investors[0];
    let rate = found.rate.unwrap();
    assert!((rate.max - 0.1).abs() < 1e-12 && rate.min == -1.0, "{rate:?}");
    assert!((rate.mean - (0.07 - 0.3)).abs() < 4.0 * rate.se, "{rate:?}");
    assert!((rate.sd - 1.1 * 0.21_f64.sqrt()).abs() < 0.005, "{rate:?}");
    assert!((found.loss.value - 0.3).abs() < 4.0 * found.loss.se && found.loss.se > 0.0);
    assert!((found.multiple.max - 1.21).abs() < 1e-12);
    let json = projection.to_json(Language::En);
    let shown = &json["investors"][0];
    assert_eq!((shown["name"].as_str(), shown["title"].as_str()), (Some("fund"), Some("Fund")));
    assert_eq!(shown["irr"]["p01"].as_f64(), Some(-1.0));
    assert_eq!(shown["probability_of_loss"].as_f64(), Some(found.loss.value));
    assert_eq!(json["probability_errors"]["loss"]["fund"].as_f64(), Some(found.loss.se));
}

#[test]
fn no_rate_is_reported_where_the_investor_pays_back_what_it_received() {
    // After 30 million in the first year, 5 more or 5 back in the second: 30 (1 + r) + 5 = 25
    // (1 + r)² where there is a rate, 1 + r = (30 + √(900 + 500)) / 50.
    let dates = [("2025-03-31", "2025-03-31"), ("2026-03-31", "2026-03-31")];
    let pay = "if e.number == 1 { yen(30_000_000) } else { \
               if e[x] >= 1 { yen(5_000_000) } else { yen(-5_000_000) } }";
    let invest = "invest(fund, #{ amount: yen(25_000_000) });";
    let contract = contract(&dates, pay, invest);
    let found = investor(&contract, "[outcomes.x]\nvalue = \"bernoulli(0.6)\"");
    let rate = found.rate.unwrap();
    let expected = (30.0 + 1_400_f64.sqrt()) / 50.0 - 1.0;
    assert!((rate.min - expected).abs() < 1e-12 && (rate.max - expected).abs() < 1e-12);
    let error = (0.24 / PATHS as f64).sqrt();
    assert!((found.rate_available.value - 0.6).abs() < 4.0 * error, "{found:?}");
    // What comes back is known on every path: 35 or 25 million of 25, never less.
    assert_eq!((found.multiple.min, found.multiple.max, found.loss.value), (1.0, 1.4, 0.0));
    let never = investor(&contract, "[outcomes.x]\nvalue = 0");
    assert!(never.rate.is_none() && never.rate_available.value == 0.0);
}

#[test]
fn an_investment_changes_nothing_that_is_owed() {
    let dates = [("2025-03-31", "2025-05-31"), ("2026-03-31", "2026-05-31")];
    let pay = "tiers(e[x], [[0, yen(1_000_000)], [1, yen(9_000_000)]])";
    let of = |invest: &str| {
        let script = contract(&dates, pay, invest);
        let read = Contract::parse(Source::new("c.rhai", script.clone()), &Overrides::new());
        let read = read.unwrap();
        let mut check = read.check().to_json(&read, Language::En);
        let stated = check["investors"].take();
        check["finance"].take();
        let mut json =
            project(&script, "[outcomes.x]\nvalue = \"normal(1, 1)\"").to_json(Language::En);
        json["investors"].take();
        json["probability_errors"].take();
        (check, json, stated)
    };
    let (check, json, stated) = of("invest(fund, #{ amount: yen(9_000_000) });");
    let (check_without, json_without, none) = of("");
    assert_eq!(check, check_without);
    assert_eq!(json, json_without);
    let expected = r#"[{"name":"fund","title":"Fund","amount":"9000000","at":"2024-04-01"}]"#;
    assert_eq!((stated.to_string().as_str(), none.to_string().as_str()), (expected, "[]"));
}

#[test]
fn an_investor_receives_what_the_provider_is_paid_without_added_tax() {
    let plain = contract(&[("2026-03-31", "2026-03-31")], "yen(10_000_000)", FUNDED);
    let taxed = plain.replace("unstated()", "added(percent(10))").replace(
        "pay(\"outcome\"",
        "let judge = party(\"judge\", #{ role: \"evaluator\" });\n\
         pay(\"judged\", |e| yen(3_000_000), #{ to: judge });\npay(\"outcome\"",
    );
    let taxed = taxed.replace("|e| yen(10_000_000))", "|e| yen(10_000_000), #{ to: vendor })");
    let taxed = taxed.replace("party(\"vendor\"", "let vendor = party(\"vendor\"");
    let (plain, taxed) = (investor(&plain, CERTAIN), investor(&taxed, CERTAIN));
    assert_eq!(plain.multiple.mean, 1.25);
    assert!((taxed.multiple.mean - 1.25).abs() < 1e-12, "{}", taxed.multiple.mean);
}

#[test]
fn a_limit_cuts_what_the_provider_and_others_are_paid_in_proportion() {
    // 10 million for the provider and 3 for the evaluator, cut to 6.5 in all: 5 and 1.5.
    let cut = contract(&[("2026-03-31", "2026-03-31")], "yen(10_000_000)", FUNDED)
        .replace(
            "pay(\"outcome\"",
            "let judge = party(\"judge\", #{ role: \"evaluator\" });\n\
             pay(\"judged\", |e| yen(3_000_000), #{ to: judge });\n\
             cap_each(yen(6_500_000));\npay(\"outcome\"",
        )
        .replace("|e| yen(10_000_000))", "|e| yen(10_000_000), #{ to: vendor })")
        .replace("party(\"vendor\"", "let vendor = party(\"vendor\"");
    let found = investor(&cut, CERTAIN);
    assert!((found.multiple.mean - 5.0 / 8.0).abs() < 1e-12, "{}", found.multiple.mean);
}

#[test]
fn a_rate_beyond_all_numbers_is_none_and_stops_nothing() {
    // Ten million for 100,000 a day later: 100 to the power of 365. A million: 10 to that of 365.
    let dates = [("2024-04-01", "2024-04-01")];
    let pay = "if e[x] >= 1 { yen(10_000_000) } else { yen(200_000) }";
    let invest = "invest(fund, #{ amount: yen(100_000) });";
    let found =
        investor(&contract(&dates, pay, invest), "[outcomes.x]\nvalue = \"bernoulli(0.4)\"");
    let rate = found.rate.unwrap();
    let expected = 2_f64.powi(365) - 1.0;
    assert!((rate.min / expected - 1.0).abs() < 1e-9 && rate.min == rate.max, "{rate:?}");
    let error = (0.24 / PATHS as f64).sqrt();
    assert!((found.rate_available.value - 0.6).abs() < 4.0 * error, "{found:?}");
}

const FUNDED: &str = "invest(fund, #{ amount: yen(8_000_000) });";
