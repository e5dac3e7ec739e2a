//! What measuring adds to the truth: attrition, drift and misreading, against exact moments and
//! against the estimates that settlement makes from rows of people.

use engine::contract::{Contract, Overrides};
use engine::problem::{Problem, Source};
use engine::scenario::Scenario;
use engine::settle::{Request, settle};
use engine::simulate::{Distribution, Projection, Settings, simulate};
use seika_tests::{Memory, Unwatched};

const PATHS: u64 = 100_000;

fn contract(indicator: &str) -> String {
    format!(
        r#"
contract("test", #{{ from: "2020-04-01", to: "2025-03-31", tax: unstated(), rounding: half_up(1) }});
party("city", #{{ role: "payer" }});
party("vendor", #{{ role: "provider" }});
evaluations([#{{ at: "2021-03-31", paid: "2021-03-31" }}, #{{ at: "2022-03-31", paid: "2022-03-31" }}]);
let x = {indicator};
pay("outcome", |e| if available(e[x]) {{ yen(1) }} else {{ yen(0) }});
"#
    )
}

fn parse(indicator: &str, scenario: &str) -> Result<Scenario, Vec<Problem>> {
    let files = Memory::default().with("c.rhai", &contract(indicator));
    let text = format!("contract = \"c.rhai\"\npaths = {PATHS}\nseed = 11\n{scenario}");
    Scenario::parse(&files, &Source::new("s.toml", text))
}

fn project(indicator: &str, scenario: &str) -> Projection {
    let scenario = parse(indicator, scenario).unwrap_or_else(|problems| panic!("{problems:#?}"));
    simulate(&scenario, &Settings::default(), &Unwatched)
        .unwrap_or_else(|problems| panic!("{problems:#?}"))
}

/// The outcome at the first evaluation and how often it is available.
fn outcome(indicator: &str, scenario: &str) -> (Distribution, f64) {
    let projection = project(indicator, scenario);
    let outcome = &projection.evaluations[0].outcomes[0];
    (outcome.value.expect("available somewhere"), outcome.available.value)
}

/// The probabilities of 0 to n successes.
fn binomial(n: u32, p: f64) -> Vec<f64> {
    let mut chances = vec![1.0];
    for _ in 0..n {
        let mut next = vec![0.0; chances.len() + 1];
        for (k, chance) in chances.iter().enumerate() {
            next[k] += chance * (1.0 - p);
            next[k + 1] += chance * p;
        }
        chances = next;
    }
    chances
}

/// The mean of 1 / M for a binomial M, given that it is not 0.
fn mean_inverse(n: u32, p: f64) -> f64 {
    let chances = binomial(n, p);
    let sum: f64 = (1..=n as usize).map(|m| chances[m] / m as f64).sum();
    sum / (1.0 - chances[0])
}

#[track_caller]
fn assert_moments(found: &Distribution, mean: f64, variance: f64) {
    assert!((found.mean - mean).abs() < 4.0 * found.se, "{} ± {} for {mean}", found.mean, found.se);
    let sd = variance.sqrt();
    // The error of a standard deviation of a nearly normal variable is sd / √(2n).
    let room = 4.0 * sd / (2.0 * PATHS as f64).sqrt();
    assert!((found.sd - sd).abs() < 1.2 * room, "sd {} for {sd} ± {room}", found.sd);
}

const MEAN: &str = r#"mean("x", #{ digits: 10, missing: "exclude", at_least: 40 })"#;

#[test]
fn a_mean_rests_on_those_who_are_left() {
    // 50 people, each lost with 0.2: the variance is 12² · E[1 / M] of those M ≥ 40 measured.
    let model = "[outcomes.x]\nmean = 5\nsd = 12\nn = 50\nattrition = 0.2\n";
    let (found, available) = outcome(MEAN, model);
    let chances = binomial(50, 0.8);
    let enough: f64 = chances[40..].iter().sum();
    assert!((available - enough).abs() < 4.0 * (enough * (1.0 - enough) / PATHS as f64).sqrt());
    let inverse: f64 = (40..=50).map(|m| chances[m] / m as f64).sum::<f64>() / enough;
    assert!((found.mean - 5.0).abs() < 4.0 * found.se, "{}", found.mean);
    let sd = 12.0 * inverse.sqrt();
    assert!((found.sd - sd).abs() < 5.0 * sd / (PATHS as f64).sqrt(), "{} for {sd}", found.sd);
    // Those lost fell by 2: those left by (5 − 0.2 · 2) / 0.8 = 5.75.
    let (found, _) = outcome(MEAN, &format!("{model}mean_lost = 2"));
    assert!((found.mean - 5.75).abs() < 4.0 * found.se, "{}", found.mean);
}

#[test]
fn a_total_is_of_those_who_are_left() {
    // 5² · 50 · 0.16 + 12² · 40 = 5,960 about 5 · 40.
    let (found, _) = outcome(
        r#"total("x", #{ of: |p| p.y, digits: 6 })"#,
        "[outcomes.x]\nmean = 5\nsd = 12\nn = 50\nattrition = 0.2",
    );
    assert_moments(&found, 200.0, 5_960.0);
}

const SHARE: &str =
    "[outcomes.x]\nprobability = 0.3\nof = 40\nattrition = 0.25\nprobability_lost = 0.1";

#[test]
fn a_share_follows_the_contract_s_rule_for_those_lost() {
    // Of those left (0.3 − 0.25 · 0.1) / 0.75 = 11/30 say yes; counted as no, 0.275 of all do.
    let share = |rule: &str| {
        outcome(&format!(r#"share("x", #{{ of: |p| p.y, digits: 10, missing: "{rule}" }})"#), SHARE)
            .0
    };
    let p = 11.0 / 30.0;
    assert_moments(&share("exclude"), p, p * (1.0 - p) * mean_inverse(40, 0.75));
    assert_moments(&share("as_no"), 0.275, 0.275 * 0.725 / 40.0);
}

#[test]
fn a_count_is_of_those_who_are_left_and_its_minimum_follows_the_rule() {
    let count = |rule: &str| {
        let indicator =
            format!(r#"count("x", #{{ of: |p| p.y, missing: "{rule}", at_least: 30 }})"#);
        outcome(&indicator, SHARE)
    };
    // Counted as no, everyone is there: at_least is always reached.
    let (found, available) = count("as_no");
    assert_moments(&found, 11.0, 40.0 * 0.275 * 0.725);
    assert_eq!(available, 1.0);
    let (_, available) = count("exclude");
    let enough: f64 = binomial(40, 0.75)[30..].iter().sum();
    assert!((available - enough).abs() < 4.0 * (0.25 / PATHS as f64).sqrt(), "{available}");
}

#[test]
fn a_yes_is_misread_by_sensitivity_and_specificity() {
    // 0.3 · 0.9 + 0.7 · 0.2 = 0.41.
    let share = r#"share("x", #{ of: |p| p.y, digits: 10 })"#;
    let model = "[outcomes.x]\nprobability = 0.3\nof = 40\nsensitivity = 0.9\nspecificity = 0.8";
    assert_moments(&outcome(share, model).0, 0.41, 0.41 * 0.59 / 40.0);
    // A ratio of large groups: 0.41 to 0.1 · 0.9 + 0.9 · 0.2 = 0.27.
    let group = |p: f64| {
        format!("{{ probability = {p}, of = 1_000_000_000, sensitivity = 0.9, specificity = 0.8 }}")
    };
    let model = format!("[outcomes.x]\ntreated = {}\ncomparison = {}", group(0.3), group(0.1));
    let ratio = r#"ratio("x", #{ of: |p| p.y, treated: |p| p.z == 1, digits: 6 })"#;
    let (found, _) = outcome(ratio, &model);
    assert!((found.mean - 0.41 / 0.27).abs() < 1e-4, "{}", found.mean);
}

#[test]
fn groups_drift_and_are_lost_each_by_itself() {
    // Treated 4 + 1 + N(0, 10 / √50); comparison 0 + 0.5 + N(0, 10 / √M), M of 50 by 0.6, those
    // lost at −1: those left at (0 + 0.4) / 0.6.
    let model = "[outcomes.x]\n\
        treated = { mean = 4, sd = 10, n = 50, drift = \"normal(1, 0.5)\" }\n\
        comparison = { mean = 0, sd = 10, n = 50, drift = 0.5, attrition = 0.4, mean_lost = -1 }";
    let indicator = r#"difference("x", #{ of: |p| p.y, treated: |p| p.z == 1, digits: 10 })"#;
    let (found, _) = outcome(indicator, model);
    let variance = 0.25 + 2.0 + 100.0 * mean_inverse(50, 0.6);
    assert_moments(&found, 4.0 + 1.0 - 0.5 - 0.4 / 0.6, variance);
}

#[test]
fn drift_follows_time_and_adds_to_a_probability() {
    let projection =
        project(r#"mean("x", #{ digits: 10 })"#, "[outcomes.x]\nmean = 5\ndrift = \"0.25 * t\"");
    for (evaluation, mean) in projection.evaluations.iter().zip([5.25, 5.5]) {
        let found = evaluation.outcomes[0].value.unwrap();
        assert_eq!([found.min, found.max], [mean, mean]);
    }
    let (found, _) = outcome(
        r#"share("x", #{ of: |p| p.y, digits: 10 })"#,
        "[outcomes.x]\nprobability = 0.3\nof = 40\ndrift = \"normal(0.05, 0.02)\"",
    );
    assert_moments(&found, 0.35, 0.35 * 0.65 / 40.0 + 0.0004 * (1.0 - 1.0 / 40.0));
}

#[test]
fn everyone_or_nobody_may_be_lost() {
    let share = r#"share("x", #{ of: |p| p.y, digits: 10, missing: "as_no" })"#;
    let model = |attrition: &str| {
        format!(
            "[outcomes.x]\nprobability = 0.3\nof = 40\nattrition = {attrition}\nprobability_lost = 0.3"
        )
    };
    let (none, available) = outcome(share, &model("1"));
    assert_eq!([none.min, none.max, available], [0.0, 0.0, 1.0]);
    assert_moments(&outcome(share, &model("0")).0, 0.3, 0.21 / 40.0);
    let excluded = share.replace("as_no", "exclude");
    assert_eq!(project(&excluded, &model("1")).evaluations[0].outcomes[0].available.value, 0.0);
}

#[test]
fn every_draw_of_measuring_has_a_key_of_measuring() {
    let scenario = parse(
        r#"difference("x", #{ of: |p| p.y, treated: |p| p.z == 1, digits: 3 })"#,
        "[assume]\ntruth = \"normal(4, 1)\"\n[outcomes.x]\n\
         treated = { mean = \"truth\", sd = 10, n = 50, drift = \"normal(1, 0.5)\", attrition = \"beta(2, 8)\" }\n\
         comparison = { probability = \"beta(1, 3)\", of = 50, drift = \"uniform(-0.001, 0)\", \
         sensitivity = \"beta(90, 10)\" }",
    )
    .unwrap_or_else(|problems| panic!("{problems:#?}"));
    let draws = &scenario.model.draws;
    let first = |key: &str| draws.iter().any(|draw| draw.cell == key && draw.evaluation == 1);
    for key in [
        "outcomes.x.treated",
        "outcomes.x.treated.drift",
        "outcomes.x.treated.attrition",
        "outcomes.x.treated.followed",
        "outcomes.x.comparison",
        "outcomes.x.comparison.drift",
        "outcomes.x.comparison.sensitivity",
    ] {
        assert!(first(key) && first(&format!("{key}\u{0}again")), "{key}");
    }
    let others: Vec<&str> = draws
        .iter()
        .map(|draw| draw.cell.as_str())
        .filter(|cell| !cell.starts_with("outcomes."))
        .collect();
    assert_eq!(others, ["truth"]);
}

/// Random numbers of the tests' own: SplitMix64 (Steele, Lea and Flood 2014).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut word = self.0;
        word = (word ^ word >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        word = (word ^ word >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((word ^ word >> 31) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Nearly normal: twelve uniform numbers have variance 1.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.next()).sum::<f64>() - 6.0
    }

    fn happens(&mut self, chance: f64) -> bool {
        self.next() < chance
    }
}

/// The mean and standard deviation of what settlement makes of many sets of rows.
fn settled(indicator: &str, mut person: impl FnMut(&mut Numbers) -> String) -> (f64, f64) {
    const SETS: usize = 400;
    let contract = Contract::parse(Source::new("c.rhai", contract(indicator)), &Overrides::new())
        .unwrap_or_else(|problems| panic!("{problems:#?}"));
    let mut numbers = Numbers(7);
    let mut values = Vec::new();
    for _ in 0..SETS {
        let mut rows = String::from("participant,at,z,a,y\n");
        for number in 0..40 {
            rows += &format!("{number},2021-03-31,{},{}\n", number % 2, person(&mut numbers));
        }
        let files = Memory::default().with("rows.csv", &rows);
        let request = Request {
            evidence: vec!["rows.csv".into()],
            at: Some("2021-03-31".parse().unwrap()),
            ..Request::default()
        };
        let statement =
            settle(&contract, &files, &request).unwrap_or_else(|problems| panic!("{problems:#?}"));
        values.push(statement.outcomes[0].value.unwrap().to_string().parse::<f64>().unwrap());
    }
    let mean = values.iter().sum::<f64>() / SETS as f64;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (mean, (squares / (SETS - 1) as f64).sqrt())
}

/// Asserts that rows of 40 people and the outcome model give the same mean and spread.
#[track_caller]
fn assert_agree(indicator: &str, model: &str, person: impl FnMut(&mut Numbers) -> String) {
    let (mean, sd) = settled(indicator, person);
    let (found, _) = outcome(indicator, model);
    let error = found.sd / 20.0;
    assert!((mean - found.mean).abs() < 4.0 * error, "{indicator}: {mean}, {}", found.mean);
    // Of 400 values the standard deviation is known to 1 / √800 of itself.
    assert!((sd / found.sd - 1.0).abs() < 4.0 / 800_f64.sqrt(), "{indicator}: {sd}, {}", found.sd);
}

/// Yes for 0.3 of all, 0.1 of the quarter that is lost; read right in 0.9 and 0.8 of the cases.
fn answer(numbers: &mut Numbers) -> String {
    if numbers.happens(0.25) {
        return "0,".into();
    }
    let yes = numbers.happens(11.0 / 30.0);
    let read = if yes { numbers.happens(0.9) } else { numbers.happens(0.2) };
    format!("0,{}", u8::from(read))
}

#[test]
fn settlement_of_rows_agrees_with_the_model_of_a_share() {
    let model = "[outcomes.x]\nprobability = 0.3\nof = 40\nattrition = 0.25\n\
                 probability_lost = 0.1\nsensitivity = 0.9\nspecificity = 0.8";
    for indicator in [
        r#"share("x", #{ of: |p| p.y == 1, digits: 8, missing: "exclude" })"#,
        r#"share("x", #{ of: |p| p.y == 1, digits: 8, missing: "as_no" })"#,
        r#"count("x", #{ of: |p| p.y == 1, missing: "exclude" })"#,
        r#"count("x", #{ of: |p| p.y == 1, missing: "as_no" })"#,
    ] {
        assert_agree(indicator, model, answer);
    }
}

/// A fall of 5 from 150 with standard deviation 12; 2 among the fifth that is lost.
fn fall(numbers: &mut Numbers) -> String {
    let first = 150.0 + 10.0 * numbers.normal();
    let lost = numbers.happens(0.2);
    let last = first - 5.75 - 12.0 * numbers.normal();
    if lost { format!("{first:.3},") } else { format!("{first:.3},{last:.3}") }
}

#[test]
fn settlement_of_rows_agrees_with_the_model_of_a_mean_and_a_difference() {
    assert_agree(
        r#"mean_change("x", #{ first: |p| p.a, last: |p| p.y, sign: -1, digits: 8, missing: "exclude" })"#,
        "[outcomes.x]\nmean = 5\nsd = 12\nn = 40\nattrition = 0.2\nmean_lost = 2",
        fall,
    );
    assert_agree(
        r#"total("x", #{ of: |p| p.a - p.y, digits: 8, missing: "exclude" })"#,
        "[outcomes.x]\nmean = 5\nsd = 12\nn = 40\nattrition = 0.2\nmean_lost = 2",
        fall,
    );
    // Nobody differs, so the difference is 0 with the spread of two groups of 20.
    let group = "{ mean = 5, sd = 12, n = 20, attrition = 0.2, mean_lost = 2 }";
    assert_agree(
        r#"difference("x", #{ of: |p| p.a - p.y, treated: |p| p.z == 1, digits: 8, missing: "exclude" })"#,
        &format!("[outcomes.x]\ntreated = {group}\ncomparison = {group}"),
        fall,
    );
    let group = "{ probability = 0.3, of = 20, attrition = 0.25, probability_lost = 0.1, \
                 sensitivity = 0.9, specificity = 0.8 }";
    assert_agree(
        r#"difference("x", #{ of: |p| p.y == 1, treated: |p| p.z == 1, digits: 8, missing: "as_no" })"#,
        &format!("[outcomes.x]\ntreated = {group}\ncomparison = {group}"),
        answer,
    );
}

#[test]
fn what_cannot_be_measured_is_refused() {
    let share = r#"share("x", #{ of: |p| p.y, digits: 3 })"#;
    let mean = r#"mean("x", #{ of: |p| p.y, digits: 3 })"#;
    let refusing = r#"share("x", #{ of: |p| p.y, digits: 3, missing: "refuse" })"#;
    let shares = "probability = 0.3\nof = 40\n";
    for (indicator, model, id) in [
        (refusing, format!("{shares}attrition = 0.1"), "attrition-refused"),
        (share, format!("{shares}attrition = 1.1"), "impossible-parameter"),
        (share, format!("{shares}sensitivity = -0.1"), "impossible-parameter"),
        (share, format!("{shares}probability_lost = 0.1"), "missing-key"),
        (share, format!("{shares}mean_lost = 0.1"), "unknown-key"),
        (mean, "mean = 5\nmean_lost = 2".into(), "missing-key"),
        (mean, "mean = 5\nattrition = 0.2".into(), "missing-key"),
        (mean, "mean = 5\nn = 40\nsensitivity = 0.9".into(), "unknown-key"),
    ] {
        let problems = parse(indicator, &format!("[outcomes.x]\n{model}")).expect_err(&model);
        assert_eq!(problems[0].id, id, "{model}: {problems:#?}");
        assert!(problems[0].place.as_ref().is_some_and(|place| place.line >= 4), "{model}");
    }
    for (model, name) in [
        ("drift = \"uniform(0.75, 0.8)\"", "outcomes.x.probability"),
        ("attrition = 0.5\nprobability_lost = \"uniform(0.7, 0.8)\"", "outcomes.x.probability"),
        ("attrition = \"uniform(1.1, 1.2)\"", "outcomes.x.attrition"),
        ("specificity = \"uniform(-0.2, -0.1)\"", "outcomes.x.specificity"),
    ] {
        let scenario = parse(share, &format!("[outcomes.x]\n{shares}{model}")).unwrap();
        let problems = simulate(&scenario, &Settings::default(), &Unwatched).unwrap_err();
        assert_eq!(problems[0].id, "impossible-outcome", "{model}");
        assert!(problems[0].message.en.contains(name), "{model}: {problems:#?}");
    }
}
