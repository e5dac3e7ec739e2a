//! Simulated figures against formulas whose values are known exactly.
//!
//! With `c(K) = (μ − K) Φ(d) + σ φ(d)`, `d = (μ − K) / σ`, a payment that rises in a straight line
//! from nothing at L to P at U on a normal outcome has mean `P / (U − L) · (c(L) − c(U))`. The
//! numbers below are that formula's and its second moment's; binomial tails are exact sums.

use engine::contract::{Contract, Overrides};
use engine::problem::Source;
use engine::scenario::Scenario;
use engine::simulate::{Projection, Settings, simulate};
use seika_tests::{Memory, Unwatched};

const PATHS: u64 = 400_000;

fn contract(indicator: &str, pay: &str, cap: &str) -> String {
    format!(
        r#"
contract("test", #{{ from: "2020-04-01", to: "2025-03-31", cap: yen({cap}),
    tax: unstated(), rounding: half_up(1) }});
party("city", #{{ role: "payer" }});
party("vendor", #{{ role: "provider" }});
evaluations([#{{ at: "2021-03-31", paid: "2021-03-31" }}]);
let x = {indicator};
pay("outcome", |e| {pay});
"#
    )
}

fn project(contract: &str, scenario: &str) -> Projection {
    let files = Memory::default().with("c.rhai", contract);
    let text = format!("contract = \"c.rhai\"\npaths = {PATHS}\nseed = 11\n{scenario}");
    let scenario = Scenario::parse(&files, &Source::new("s.toml", text))
        .unwrap_or_else(|problems| panic!("{problems:#?}"));
    simulate(&scenario, &Settings::default(), &Unwatched).unwrap()
}

/// A share's standard error at these paths.
fn error_of(p: f64) -> f64 {
    (p * (1.0 - p) / PATHS as f64).sqrt()
}

#[test]
fn ramp_payments_have_the_mean_spread_and_ends_of_the_formula() {
    // μ, σ, L, U, P, mean, sd, P(nothing), P(all)
    let rows = [
        (".20", ".03", "0.15", "0.25", "1000000", 500_000.000, 274_681.217, 0.047790, 0.047790),
        (".17", ".02", "0.15", "0.19", "2441000", 1_220_500.000, 876_773.213, 0.158655, 0.158655),
        ("8", "3", "7.5", "10", "1000000", 404_020.849, 433_524.176, 0.433816, 0.252493),
        ("4.3", "1.22", "2", "5", "10000000", 6_997_715.315, 2_981_606.150, 0.029698, 0.283062),
    ];
    for (mu, sigma, low, high, full, mean, sd, nothing, all) in rows {
        let pay = format!("linear(e[x], [{low}, yen(0)], [{high}, yen({full})])");
        let contract = contract(r#"mean("x", #{ digits: 10 })"#, &pay, full);
        let (mu, sigma): (f64, f64) = (mu.parse().unwrap(), sigma.parse().unwrap());
        let projection =
            project(&contract, &format!("[outcomes.x]\nvalue = \"normal({mu:?}, {sigma:?})\""));
        let payment = projection.payment;
        assert!((payment.mean - mean).abs() < 4.0 * payment.se, "mean {} for {mean}", payment.mean);
        // The standard error of a standard deviation is below sd / √n for bounded payments.
        let sd_error = sd / (PATHS as f64).sqrt();
        assert!((payment.sd - sd).abs() < 4.0 * sd_error, "sd {} for {sd}", payment.sd);
        let paid_nothing = projection.no_outcome_payment.value;
        assert!((paid_nothing - nothing).abs() < 4.0 * error_of(nothing), "{paid_nothing}");
        let paid_all = projection.cap_reached.value;
        assert!((paid_all - all).abs() < 4.0 * error_of(all), "{paid_all}");
    }
}

#[test]
fn threshold_payments_are_paid_as_often_as_binomial_tails_say() {
    // people, target, probability, P(paid) = P(X ≥ target × people)
    let rows = [
        (109, "0.80", "0.80", 0.480_953_817_9),
        (109, "0.80", "0.85", 0.912_815_364_5),
        (109, "0.80", "0.90", 0.998_926_964_8),
        (105, "0.75", "0.75", 0.529_935_329_2),
        (105, "0.75", "0.80", 0.907_510_874_1),
        (109, "0.80", "beta(16, 4)", 0.534_026_623_6),
    ];
    for (people, target, probability, paid) in rows {
        let pay = format!("all_or_nothing(e[x] >= {target}, yen(1000000))");
        let contract = contract(r#"share("x", #{ digits: 10 })"#, &pay, "1000000");
        let outcome = format!("[outcomes.x]\nprobability = \"{probability}\"\nof = {people}");
        let found = project(&contract, &outcome).cap_reached.value;
        assert!((found - paid).abs() < 4.0 * error_of(paid), "{probability}: {found} for {paid}");
    }
}

#[test]
fn lognormal_tails_are_where_the_quantiles_are() {
    // Mean 174 and sd 250: μ 4.5991389661, σ 1.0582214637.
    let contract = contract(r#"mean("x", #{ digits: 3 })"#, "tiers(e[x], [[0, yen(1)]])", "10");
    let scenario = "[outcomes.x]\nvalue = 1\n[benefits.cost]\n\
                    amount = \"lognormal(4.5991389661, 1.0582214637)\"";
    let cost = project(&contract, scenario).benefits[0].amount;
    assert!((cost.mean - 174.0).abs() < 4.0 * cost.se, "{}", cost.mean);
    let sigma = 1.058_221_463_7;
    for (found, p, exact, z) in [
        (cost.p95, 0.95, 566.659_378, 1.644_853_627),
        (cost.p99, 0.99, 1_165.528_858, 2.326_347_874),
    ] {
        // A percentile's standard error is √(p (1 − p) / n) over the density there.
        let density =
            (-z * z / 2.0_f64).exp() / ((2.0 * std::f64::consts::PI).sqrt() * sigma * exact);
        assert!((found - exact).abs() < 4.0 * error_of(p) / density, "{found} for {exact}");
    }
}

#[test]
fn five_yearly_payments_are_discounted_as_an_annuity() {
    let dates: Vec<String> = (2021..=2025)
        .map(|year| format!("#{{ at: \"{year}-03-31\", paid: \"{year}-05-31\" }}"))
        .collect();
    let contract = contract(r#"mean("x", #{ digits: 3 })"#, "yen(1000000)", "5000000")
        .replace(r#"#{ at: "2021-03-31", paid: "2021-03-31" }"#, &dates.join(", "));
    for (rate, annuity) in [("0.02", 4.713_459_508_504), ("0.04", 4.451_822_331_016)] {
        let scenario = format!("discount_rate = {rate}\n[outcomes.x]\nvalue = 1");
        let found = project(&contract, &scenario).payment_discounted;
        assert!((found.mean / 1e6 - annuity).abs() < 1e-11, "{} for {annuity}", found.mean);
        assert_eq!(found.sd, 0.0);
    }
}

#[test]
fn regression_to_the_mean_is_what_barnett_s_formula_says() {
    // Everyone with one reading of at least 140 is enrolled; population mean 128, sd 18, of which
    // 10.8 within a person: a second reading is 8.20 lower, though nothing was done. Enrolling is
    // simulated as a chance of reading 140 or more, and the fall only where it happened.
    let contract = contract(r#"mean("x", #{ digits: 10 })"#, "tiers(e[x], [[0, yen(1)]])", "10");
    let scenario = "[assume]\ntruth = \"normal(128, 14.4)\"\nfirst = \"normal(truth, 10.8)\"\n\
                    second = \"normal(truth, 10.8)\"\n\
                    [outcomes.x]\nvalue = \"first - second\"\nn = \"if first >= 140 { 1 } else { 0 }\"";
    let projection = project(&contract, scenario);
    let outcome = &projection.evaluations[0].outcomes[0];
    let fall = outcome.value.unwrap();
    assert!((outcome.available.value - 0.252_49).abs() < 4.0 * error_of(0.252_49));
    assert!((fall.mean - 8.20).abs() < 4.0 * fall.se + 0.005, "{} ± {}", fall.mean, fall.se);
}

#[test]
fn a_gaussian_copula_has_the_correlation_it_is_given() {
    // Of two standard normals with correlation 0.3 the product has mean 0.3.
    let contract = contract(r#"mean("x", #{ digits: 10 })"#, "tiers(e[x], [[0, yen(1)]])", "10");
    let scenario = "[assume]\na = \"normal(0, 1)\"\nb = \"normal(0, 1)\"\n\
                    [[correlate]]\ncells = [\"a\", \"b\"]\nrho = 0.3\n\
                    [outcomes.x]\nvalue = \"a * b\"";
    let product = project(&contract, scenario).evaluations[0].outcomes[0].value.unwrap();
    assert!((product.mean - 0.3).abs() < 4.0 * product.se, "{} ± {}", product.mean, product.se);
}

#[test]
fn the_contract_of_the_closed_forms_is_checked_like_any_other() {
    let text =
        contract(r#"mean("x", #{ digits: 10 })"#, "linear(e[x], [0, yen(0)], [1, yen(9)])", "9");
    assert!(Contract::parse(Source::new("c.rhai", text), &Overrides::new()).is_ok());
}
