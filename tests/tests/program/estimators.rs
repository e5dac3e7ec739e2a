//! Estimators in whole settlements and simulations: against statsmodels, against hand arithmetic,
//! and against each other.
//!
//! `tests/data/estimators.json` was made by `tests/data/estimators.py`, which says how and with
//! which versions.

use engine::contract::{Contract, Overrides};
use engine::problem::{Problem, Source};
use engine::scenario::Scenario;
use engine::settle::{Measured, Request, Statement, settle};
use engine::simulate::{Projection, Settings, simulate};
use proptest::prelude::*;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use seika_tests::{Memory, Repository, Unwatched};

const HEAD: &str = r#"
contract("test", #{ from: "2020-04-01", to: "2025-03-31", tax: unstated(), rounding: down(1) });
party("city", #{ role: "payer" });
party("vendor", #{ role: "provider" });
evaluations([#{ at: "2024-03-31", paid: "2024-05-31" }]);
"#;

/// A contract of one indicator, which pays 1 yen whenever it is there.
fn one(indicator: &str) -> String {
    format!(
        "{HEAD}let x = {indicator};\npay(\"p\", |e| if available(e[x]) {{ yen(1) }} else {{ yen(0) }});"
    )
}

fn settled(script: &str, csv: &str) -> Result<Statement, Vec<Problem>> {
    let contract = Contract::parse(Source::new("c.rhai", script.to_owned()), &Overrides::new())?;
    let files = Memory::default().with("r.csv", csv);
    let request = Request { evidence: vec!["r.csv".into()], ..Request::default() };
    settle(&contract, &files, &request)
}

fn statement(script: &str, csv: &str) -> Statement {
    settled(script, csv).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

/// The only outcome of rows.
fn outcome(indicator: &str, csv: &str) -> Measured {
    statement(&one(indicator), csv).outcomes.remove(0)
}

fn refused(script: &str, csv: &str) -> &'static str {
    settled(script, csv).expect_err("refused")[0].id
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn nsw() -> String {
    std::fs::read_to_string(Repository::top().join("tests/data/nsw.csv")).unwrap()
}

fn reference() -> serde_json::Value {
    let path = Repository::top().join("tests/data/estimators.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[track_caller]
fn near(found: f64, expected: &serde_json::Value, relative: f64) {
    let expected = expected.as_f64().unwrap();
    let off = (found - expected).abs() / expected.abs();
    assert!(off < relative, "{found}, expected {expected}");
}

fn value(outcome: &Measured) -> f64 {
    outcome.unrounded.unwrap().to_f64().unwrap()
}

const FACTORS: &str = "adjust: [|p| p.age, |p| p.educ, |p| p.black == 1, |p| p.hisp == 1, |p| p.marr == 1, |p| p.nodegree == 1, |p| p.re74, |p| p.re75]";

#[test]
fn propensity_weights_agree_with_statsmodels() {
    for (effect, key) in [("treated", "att"), ("everyone", "ate")] {
        let found = outcome(
            &format!(
                "propensity_weighted(\"x\", #{{ of: |p| p.re78, treated: |p| p.treat == 1, {FACTORS}, effect: \"{effect}\", digits: 2 }})"
            ),
            &nsw(),
        );
        let expected = &reference()[key];
        near(value(&found), &expected["estimate"], 1e-9);
        let interval = found.interval.unwrap();
        let se = (interval.high - interval.low) / 2.0 / 1.959_963_984_540_054;
        near(se, &expected["se_sandwich"], 1e-7);
        let balance = found.balance.unwrap();
        near(balance.effective_comparison, &expected["ess_comparison"], 1e-9);
        near(balance.effective_treated, &expected["ess_treated"], 1e-9);
        for (factor, column) in balance
            .factors
            .iter()
            .zip(["age", "educ", "black", "hisp", "marr", "nodegree", "re74", "re75"])
        {
            let known = &expected["balance"][column];
            near(factor.before.unwrap(), &known[0], 1e-7);
            // A balance near 0 has lost its leading digits.
            let off = factor.after.unwrap() - known[1].as_f64().unwrap();
            assert!(off.abs() < 1e-8, "{column}: {off}");
        }
    }
}

#[test]
fn analysis_of_covariance_agrees_with_statsmodels() {
    let found = outcome(
        &format!(
            "ancova(\"x\", #{{ of: |p| p.re78, treated: |p| p.treat == 1, {FACTORS}, digits: 2 }})"
        ),
        &nsw(),
    );
    let expected = &reference()["ancova"];
    near(value(&found), &expected["estimate"], 1e-9);
    near(found.interval.unwrap().low, &expected["low"], 1e-8);
    near(found.interval.unwrap().high, &expected["high"], 1e-8);
}

#[test]
fn difference_in_differences_agrees_with_an_interaction_in_least_squares() {
    let found = outcome(
        "difference_in_differences(\"x\", #{ first: |p| p.re75, last: |p| p.re78, treated: |p| p.treat == 1, digits: 2 })",
        &nsw(),
    );
    let expected = &reference()["did"];
    near(value(&found), &expected["estimate"], 1e-12);
    near(found.interval.unwrap().low, &expected["low"], 1e-9);
    near(found.interval.unwrap().high, &expected["high"], 1e-9);
}

#[test]
fn a_standardised_share_agrees_with_numpy() {
    let found = outcome(
        "standardised(\"x\", #{ of: |p| p.re78 == 0, strata: [|p| p.black, |p| p.nodegree], standard: [[[0, 0], 100], [[0, 1], 200], [[1, 0], 300], [[1, 1], 400]], digits: 4 })",
        &nsw(),
    );
    let expected = &reference()["standardised"];
    near(value(&found), &expected["estimate"], 1e-12);
    near(found.interval.unwrap().low, &expected["low"], 1e-9);
    near(found.interval.unwrap().high, &expected["high"], 1e-9);
}

#[test]
fn published_and_exact_limits_of_rates_are_met() {
    use engine::evidence::interval::{Counts, Weighted, quantile_of, standardised_rate};
    let known = reference();
    let z = 1.959_963_984_540_054;
    let strata = [(0.002, 5.0), (0.001, 12.0), (0.004, 3.0)]
        .map(|(weight, events)| Weighted { weight, events });
    let limits = standardised_rate(&strata, z).unwrap();
    near(limits.low, &known["fay_feuer"]["low"], 1e-9);
    near(limits.high, &known["fay_feuer"]["high"], 1e-9);
    let (exposed, others) =
        (Counts { events: 41.0, over: 28_010.0 }, Counts { events: 15.0, over: 19_017.0 });
    let limits = exposed.ratio(others, z).unwrap();
    near(limits.low, &known["rate_ratio"]["low"], 1e-9);
    near(limits.high, &known["rate_ratio"]["high"], 1e-9);
    // Byar's approximation against the exact limits of 24 events.
    let limits = Counts { events: 24.0, over: 1.0 }.rate(z).unwrap();
    near(limits.low, &known["poisson_24"][0], 1e-3);
    near(limits.high, &known["poisson_24"][1], 1e-3);
    for level in ["0.9", "0.95", "0.975", "0.99"] {
        near(quantile_of(decimal(level)).unwrap(), &known["normal_quantiles"][level], 1e-14);
    }
}

/// Two people a group: 10 → 14 and 20 → 22 treated (mean change 3), 10 → 11 and 20 → 21 (1).
const FOUR: &str = "t,a,b,falls,years,sex,risk\n1,10,14,2,1,F,0.5\n1,20,22,0,3,M,0.25\n0,10,11,1,1,F,1\n0,20,21,3,1,M,0.25\n";

#[test]
fn exact_estimands_are_what_they_are_by_hand() {
    // (14 + 22)/2 = 18, (11 + 21)/2 = 16: index 100 × 18/16 = 112.5; change 3 − 1 = 2.
    // Falls 2 in 4 years against 4 in 2: 0.5 and 2 a year, ratio 0.25; in all 6 in 6 years.
    // Observed 6 over expected 0.5 + 0.25 + 1 + 0.25 = 2: 3. By reference rates 0.1 (F) and 0.2 (M)
    // a year: 0.1 + 0.6 + 0.1 + 0.2 = 1, 6 ÷ 1 × 100 = 600.
    // Mean of b by sex: F (14 + 11)/2 = 12.5, M 21.5; standard 3 : 1 gives 14.75.
    // Falls a year by sex: F 3/2 = 1.5, M 3/4 = 0.75; standard 1 : 1, per 1000: 1125.
    for (indicator, expected) in [
        ("index(\"x\", #{ of: |p| p.b, treated: |p| p.t == 1, digits: 1 })", "112.5"),
        (
            "difference_in_differences(\"x\", #{ first: |p| p.a, last: |p| p.b, treated: |p| p.t == 1, digits: 1 })",
            "2",
        ),
        (
            "difference_in_differences(\"x\", #{ before: |p| p.a, after: |p| p.b, sign: -1, treated: |p| p.t == 1, digits: 1 })",
            "-2",
        ),
        ("rate(\"x\", #{ events: |p| p.falls, time: |p| p.years, per: 100, digits: 1 })", "100"),
        (
            "rate(\"x\", #{ events: |p| p.falls, time: |p| p.years, per: 100, baseline: 80, digits: 1 })",
            "20",
        ),
        (
            "rate_ratio(\"x\", #{ events: |p| p.falls, time: |p| p.years, treated: |p| p.t == 1, digits: 2 })",
            "0.25",
        ),
        (
            "observed_over_expected(\"x\", #{ observed: |p| p.falls, expected: |p| p.risk, digits: 2 })",
            "3",
        ),
        (
            "observed_over_expected(\"x\", #{ observed: |p| p.falls, strata: |p| p.sex, reference: [[\"F\", 0.1], [\"M\", 0.2]], time: |p| p.years, per: 100, digits: 2 })",
            "600",
        ),
        (
            "standardised(\"x\", #{ of: |p| p.b, strata: |p| p.sex, standard: [[\"F\", 30], [\"M\", 10]], digits: 2 })",
            "14.75",
        ),
        (
            "standardised(\"x\", #{ of: |p| p.falls, time: |p| p.years, strata: [|p| p.sex], standard: [[\"F\", 5], [\"M\", 5]], per: 1000, digits: 0 })",
            "1125",
        ),
        (
            "share(\"x\", #{ of: |p| p.b > 11, baseline: percent(50), baseline_source: \"2023\", digits: 2 })",
            "0.25",
        ),
        (
            "share(\"x\", #{ of: |p| p.b > 11, baseline: percent(50), compared: \"ratio\", digits: 2 })",
            "1.5",
        ),
        ("mean_change(\"x\", #{ first: |p| p.a > 15, last: |p| p.b > 11, digits: 2 })", "0.25"),
    ] {
        assert_eq!(outcome(indicator, FOUR).value, Some(decimal(expected)), "{indicator}");
    }
}

#[test]
fn a_blend_adds_up_unrounded_parts() {
    // 3 × 0.7 + 2 × 0.3 = 2.7; the parts alone would be read to whole numbers.
    let script = format!(
        r#"{HEAD}
let a = mean("a", #{{ of: |p| p.b - p.a, who: |p| p.t == 1, digits: 0 }});
let b = difference("b", #{{ of: |p| p.b - p.a, treated: |p| p.t == 1, digits: 0 }});
let x = blend("x", #{{ of: [[a, 0.7], [b, 0.3]], digits: 1 }});
pay("p", |e| per_head(e[x], yen(10)));
"#
    );
    let statement = statement(&script, FOUR);
    let blend = statement.outcomes.iter().find(|outcome| outcome.indicator == "x").unwrap();
    assert_eq!(blend.value, Some(decimal("2.7")));
    assert_eq!(statement.payable, Decimal::from(27));
    let part = |id: &str| {
        let found = statement.outcomes.iter().find(|outcome| outcome.indicator == id).unwrap();
        found.interval.unwrap()
    };
    let low = 0.7 * part("a").low + 0.3 * part("b").low;
    assert!((blend.interval.unwrap().low - low).abs() < 1e-9);
}

/// Twelve people, 8 of them reached: share 0.667; Wilson's one-sided 95% bound is 0.43149, by
/// statsmodels' `proportion_confint(8, 12, 0.10, "wilson")`.
fn twelve() -> String {
    let rows: String = (0..12).map(|at| format!("{}\n", u8::from(at < 8))).collect();
    format!("reached\n{rows}")
}

const GATED: &str = r#"
let x = share("x", #{ of: |p| p.reached, digits: 3 });
pay("floor", |e| linear(lower(e[x], 0.95), [0, yen(0)], [1, yen(1000)]));
pay("proven", |e| if significant(e[x], 0.05, 0.4) { yen(100_000) } else { yen(0) });
pay("more", |e| if significant(e[x], 0.05, 0.44) { yen(10_000_000) } else { yen(0) });
"#;

#[test]
fn payments_may_ask_for_a_bound_or_for_significance() {
    // 0.43149 is read as 0.431 and pays 431; it exceeds 0.4 and not 0.44.
    let statement = statement(&format!("{HEAD}{GATED}"), &twelve());
    let found = statement.outcomes[0].bounds[0].value.to_f64().unwrap();
    assert!((found - 0.431_491_613_348).abs() < 1e-11, "{found}");
    assert_eq!(statement.payable, Decimal::from(100_431));
}

#[test]
fn figures_give_bounds_by_their_interval_or_not_at_all() {
    let script = format!(
        r#"{HEAD}
let x = difference("x", #{{ digits: 2, at_least: 2 }});
pay("p", |e| if significant(e[x], 0.025) {{ yen(100) }} else {{ yen(0) }});
"#
    );
    let paid = |line: &str| {
        let head = "indicator,at,value,n,low,high,se\n";
        settled(&script, &format!("{head}x,2024-03-31,{line}\n")).map(|statement| statement.payable)
    };
    assert_eq!(paid("2,50,0.1,3.9,").unwrap(), Decimal::from(100));
    assert_eq!(paid("2,50,-0.1,4.1,").unwrap(), Decimal::ZERO);
    assert_eq!(paid("2,50,,,1").unwrap(), Decimal::from(100));
    assert_eq!(paid("2,50,,,1.1").unwrap(), Decimal::ZERO);
    assert_eq!(paid("2,50,,,").unwrap_err()[0].id, "bound-missing");
    // Too few people: nothing is read of it.
    assert_eq!(paid("2,1,,,").unwrap(), Decimal::ZERO);
}

fn project(script: &str, scenario: &str) -> Result<Projection, Vec<Problem>> {
    let files = Memory::default().with("c.rhai", script);
    let text = format!("contract = \"c.rhai\"\npaths = 20000\nseed = 5\n{scenario}");
    let scenario = Scenario::parse(&files, &Source::new("s.toml", text))?;
    simulate(&scenario, &Settings::default(), &Unwatched)
}

fn mean_payment(script: &str, scenario: &str) -> f64 {
    project(script, scenario).unwrap_or_else(|problems| panic!("{problems:#?}")).payment.mean
}

#[test]
fn simulated_bounds_are_those_of_settlement() {
    // 8 of 12 for certain: what settlement pays on the same numbers.
    let paid = statement(&format!("{HEAD}{GATED}"), &twelve()).payable.to_f64().unwrap();
    let script = format!(
        r#"{HEAD}
let x = share("x", #{{ digits: 3, of: |p| p.reached }});
pay("p", |e| yen(0) + linear(lower(e[x], 0.95), [0, yen(0)], [1, yen(1000)]));
"#
    );
    let all = mean_payment(&script, "[outcomes.x]\nprobability = 1\nof = 12\n");
    // 12 of 12: 12/(12 + z²) = 0.8160.
    assert!((all - 816.0).abs() < 0.5, "{all} {paid}");
    // All of 12 against none of 8, for certain: Newcombe in rows and in the model.
    let script = format!(
        r#"{HEAD}
let x = difference("x", #{{ digits: 3, of: |p| p.y == 1, treated: |p| p.t == 1 }});
pay("p", |e| linear(lower(e[x], 0.95), [0, yen(0)], [1, yen(1000)]));
"#
    );
    let rows: String = (0..20).map(|at| format!("{0},{0}\n", u8::from(at < 12))).collect();
    let paid = statement(&script, &format!("t,y\n{rows}")).payable.to_f64().unwrap();
    let model = "[outcomes.x]\ntreated = { probability = 1, of = 12 }\ncomparison = { probability = 0, of = 8 }\n";
    assert!((mean_payment(&script, model) - paid).abs() < 1e-6, "{paid}");
}

#[test]
fn a_simulated_test_at_five_per_cent_is_passed_by_nothing_five_times_in_a_hundred() {
    let script = format!(
        r#"{HEAD}
let x = difference("x", #{{ digits: 2 }});
pay("p", |e| if significant(e[x], 0.05) {{ yen(100) }} else {{ yen(0) }});
"#
    );
    let groups =
        "treated = { mean = 1, sd = 12, n = 200 }\ncomparison = { mean = 1, sd = 9, n = 150 }\n";
    let often = mean_payment(&script, &format!("[outcomes.x]\n{groups}"));
    assert!((often - 5.0).abs() < 4.0 * 0.155, "{often}");
    let often = mean_payment(&script, "[outcomes.x]\nmean = 0\nse = 2\n");
    assert!((often - 5.0).abs() < 4.0 * 0.155, "{often}");
    // 3 standard errors of effect: 1 − Φ(1.6449 − 3) = 0.9123.
    let often = mean_payment(&script, "[outcomes.x]\nmean = 6\nse = 2\n");
    assert!((often - 91.23).abs() < 4.0 * 0.2, "{often}");
    let refused = project(&script, "[outcomes.x]\nvalue = 1\n").unwrap_err();
    assert_eq!(refused[0].id, "bound-unmodelled");
}

#[test]
fn every_estimand_can_be_simulated() {
    // Expected payments of per_head(e[x], yen(1000)) with outcomes that average 2.
    for (indicator, model, expected) in [
        ("index(\"x\", #{ digits: 2 })", "value = 2", 2000.0),
        (
            "index(\"x\", #{ digits: 4 })",
            "treated = { mean = 2, sd = 0, n = 10 }\ncomparison = { mean = 100, sd = 0, n = 10 }",
            2000.0,
        ),
        (
            "difference_in_differences(\"x\", #{ digits: 4 })",
            "treated = { mean = 5, sd = 1, n = 100 }\ncomparison = { mean = 3, sd = 1, n = 100 }",
            2000.0,
        ),
        ("rate(\"x\", #{ digits: 4, per: 100 })", "rate = 0.02\nover = 10000", 2000.0),
        ("rate(\"x\", #{ digits: 4, per: 100, baseline: 1 })", "rate = 0.03\nover = 10000", 2000.0),
        (
            "rate_ratio(\"x\", #{ digits: 4 })",
            "treated = { rate = 0.2, over = 100000 }\ncomparison = { rate = 0.1, over = 10000000 }",
            2000.0,
        ),
        ("observed_over_expected(\"x\", #{ digits: 4 })", "rate = 2\nover = 10000", 2000.0),
        ("standardised(\"x\", #{ digits: 4 })", "mean = 2\nse = 0.1\nn = 50", 2000.0),
        ("propensity_weighted(\"x\", #{ digits: 4 })", "mean = 2\nse = 0.1\nn = 50", 2000.0),
        ("ancova(\"x\", #{ digits: 4 })", "mean = 2\nse = 0.1\nn = 50", 2000.0),
    ] {
        let script =
            format!("{HEAD}let x = {indicator};\npay(\"p\", |e| per_head(e[x], yen(1000)));");
        let found = mean_payment(&script, &format!("[outcomes.x]\n{model}\n"));
        assert!((found - expected).abs() < 12.0, "{indicator}: {found}");
    }
    let blend = format!(
        "{HEAD}let a = mean(\"a\", #{{ digits: 1 }});\nlet b = mean(\"b\", #{{ digits: 1 }});\nlet x = blend(\"x\", #{{ of: [[a, 0.5], [b, 1.5]], digits: 4 }});\npay(\"p\", |e| per_head(e[x], yen(1000)));"
    );
    let found = mean_payment(&blend, "[outcomes.a]\nvalue = 1\n[outcomes.b]\nvalue = 1\n");
    assert!((found - 2000.0).abs() < 1.5, "{found}");
}

#[test]
fn what_cannot_be_estimated_is_refused_by_name() {
    let weighted = |factors: &str| {
        one(&format!(
            "propensity_weighted(\"x\", #{{ of: |p| p.y, treated: |p| p.t == 1, adjust: [{factors}], digits: 1 }})"
        ))
    };
    let rows: String = (0..40)
        .map(|at| format!("{},{},{},{},7\n", at % 3, u8::from(at < 20), at, (at * 7) % 11))
        .collect();
    let rows = format!("y,t,order,mixed,same\n{rows}");
    assert_eq!(refused(&weighted("|p| p.order"), &rows), "groups-separated");
    assert_eq!(refused(&weighted("|p| p.mixed, |p| p.mixed * 2 + 1"), &rows), "factors-collinear");
    assert_eq!(refused(&weighted("|p| p.same"), &rows), "factor-constant");
    // Hardly anybody above 15 is untreated: from 10 up by 1.2 on the logit.
    let steep: String = (0..=20)
        .flat_map(|x| {
            let p = 1.0 / (1.0 + (-1.2 * (f64::from(x) - 10.0)).exp());
            let treated = (p * 400.0).round() as usize;
            (0..400).map(move |at| format!("1,{},{x},0,0\n", u8::from(at < treated)))
        })
        .collect();
    let steep = format!("y,t,order,mixed,same\n{steep}");
    assert_eq!(refused(&weighted("|p| p.order"), &steep), "no-overlap");
    let standard = |table: &str| {
        one(&format!(
            "standardised(\"x\", #{{ of: |p| p.a, strata: |p| p.sex, standard: {table}, digits: 1 }})"
        ))
    };
    assert_eq!(refused(&standard("[[\"F\", 1], [\"M\", 1], [\"X\", 1]]"), FOUR), "empty-stratum");
    assert_eq!(refused(&standard("[[\"F\", 1]]"), FOUR), "stratum-unknown");
    let over = one(
        "observed_over_expected(\"x\", #{ observed: |p| p.falls, expected: |p| p.risk - p.risk, digits: 1 })",
    );
    assert_eq!(refused(&over, FOUR), "nothing-expected");
    let rate = one("rate(\"x\", #{ events: |p| p.falls, time: |p| p.years - 2, digits: 1 })");
    assert_eq!(refused(&rate, FOUR), "negative-amount");
}

#[test]
fn pools_shrink_when_a_cohort_is_cancelled() {
    // One indicator a site, and one for all of them: the pool is 100 yen for each site with people.
    let script = format!(
        r#"{HEAD}
let north = share("north", #{{ of: |p| p.quit, who: |p| p.site == "north", digits: 2 }});
let south = share("south", #{{ of: |p| p.quit, who: |p| p.site == "south", digits: 2 }});
let east = share("east", #{{ of: |p| p.quit, who: |p| p.site == "east", digits: 2 }});
let each = [north, south, east];
let pooled = share("quit", #{{ of: |p| p.quit, digits: 2 }});
pay("pool", |e| {{
    let pool = yen(0);
    for one in each {{ pool += if available(e[one]) {{ yen(100) }} else {{ yen(0) }}; }}
    if e[pooled] >= 0.5 {{ pool }} else {{ yen(0) }}
}});
pay("each", |e| {{
    let sum = yen(0);
    for one in each {{
        sum += if !available(e[one]) {{ yen(0) }} else if e[one] >= 0.5 {{ yen(1000) }} else {{ yen(0) }};
    }}
    sum
}});
"#
    );
    let rows = "site,quit\nnorth,1\nnorth,1\nsouth,0\nsouth,1\nsouth,0\n";
    // North 100%, south 33%, east cancelled; together 60%: 2 × 100 + 1000.
    assert_eq!(statement(&script, rows).payable, Decimal::from(1200));
}

#[test]
fn regression_to_the_mean_is_sized_from_those_not_selected() {
    // 1,000 people, first 100 to 200, last = 150 + 0.6 (first − 150): no effect, slope 0.6.
    let rows: String = (0..1000)
        .map(|at| {
            let first = 100.0 + f64::from(at) / 10.0;
            format!("{first},{}\n", 150.0 + 0.6 * (first - 150.0))
        })
        .collect();
    let indicator = "mean_change(\"x\", #{ before: |p| p.first, after: |p| p.last, sign: -1, who: |p| p.first >= 180, digits: 2 })";
    let everyone = statement(&one(indicator), &format!("first,last\n{rows}"));
    let note = everyone.notes.iter().find(|note| note.id == "regression-to-the-mean").unwrap();
    // Selected mean 189.95, everyone's 149.95: 0.4 × 40 = 16, which is all that was measured:
    // mean fall 0.4 × (189.95 − 150) = 15.98.
    assert!(note.message.en.contains("about 16 "), "{}", note.message.en);
    assert_eq!(everyone.outcomes[0].value, Some(decimal("15.98")));
    let selected: String = rows.lines().skip(800).map(|line| format!("{line}\n")).collect();
    let alone = statement(&one(indicator), &format!("first,last\n{selected}"));
    let note = alone.notes.iter().find(|note| note.id == "regression-to-the-mean").unwrap();
    assert!(note.message.en.contains("do not say how much"), "{}", note.message.en);
}

fn people() -> impl Strategy<Value = Vec<(bool, i64, i64, bool)>> {
    prop::collection::vec((any::<bool>(), 0_i64..500, 1_i64..500, any::<bool>()), 8..40)
}

fn csv(people: &[(bool, i64, i64, bool)]) -> String {
    let row = |(t, a, b, f): &(bool, i64, i64, bool)| {
        format!("{},{a},{b},{}\n", u8::from(*t), if *f { "F" } else { "M" })
    };
    format!("t,a,b,sex\n{}", people.iter().map(row).collect::<String>())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// The order of rows changes nothing that is exact.
    #[test]
    fn rows_may_stand_in_any_order(mut people in people()) {
        people.extend([(true, 1, 2, true), (true, 1, 3, false), (false, 2, 2, true), (false, 3, 1, false)]);
        let mut turned = people.clone();
        turned.reverse();
        for indicator in [
            "index(\"x\", #{ of: |p| p.b, treated: |p| p.t == 1, digits: 1 })",
            "difference_in_differences(\"x\", #{ first: |p| p.a, last: |p| p.b, treated: |p| p.t == 1, digits: 1 })",
            "rate_ratio(\"x\", #{ events: |p| p.a, time: |p| p.b, treated: |p| p.t == 1, digits: 1 })",
            "standardised(\"x\", #{ of: |p| p.a, strata: |p| p.sex, standard: [[\"F\", 3], [\"M\", 4]], digits: 1 })",
        ] {
            let (a, b) = (outcome(indicator, &csv(&people)), outcome(indicator, &csv(&turned)));
            prop_assert_eq!(a.unrounded, b.unrounded);
        }
    }

    /// Two groups of the same people differ in nothing.
    #[test]
    fn equal_groups_have_no_effect(people in people()) {
        let mut both = people.clone();
        for one in &mut both { one.0 = true; }
        let others: Vec<_> = both.iter().map(|one| (false, one.1, one.2, one.3)).collect();
        both.extend(others);
        let both = csv(&both);
        let index = outcome("index(\"x\", #{ of: |p| p.b, treated: |p| p.t == 1, digits: 1 })", &both);
        prop_assert_eq!(index.unrounded, Some(Decimal::ONE_HUNDRED));
        let change = outcome("difference_in_differences(\"x\", #{ first: |p| p.a, last: |p| p.b, treated: |p| p.t == 1, digits: 1 })", &both);
        prop_assert_eq!(change.unrounded, Some(Decimal::ZERO));
    }

    /// A standard population in the people's own proportions leaves their mean as it is, and only
    /// the proportions of a standard matter.
    #[test]
    fn standardising_to_oneself_changes_nothing(people in people(), times in 1_i64..50) {
        let mut people = people;
        people.extend([(true, 5, 5, true), (true, 7, 7, false)]);
        let women = people.iter().filter(|one| one.3).count() as i64;
        let men = people.len() as i64 - women;
        let rows = csv(&people);
        let mean = outcome("mean(\"x\", #{ of: |p| p.a, digits: 1 })", &rows).unrounded.unwrap();
        let own = outcome(&format!("standardised(\"x\", #{{ of: |p| p.a, strata: |p| p.sex, standard: [[\"F\", {}], [\"M\", {}]], digits: 1 }})", women * times, men * times), &rows);
        let off = (own.unrounded.unwrap() - mean).abs();
        prop_assert!(off < Decimal::new(1, 18), "{off}");
    }
}
