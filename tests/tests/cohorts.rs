//! Cohorts against published models, exact formulas and their own laws.

use engine::problem::{Language, Problem, Source};
use engine::scenario::Scenario;
use engine::simulate::{CohortProjection, Distribution, Mean, Projection, Settings, simulate};
use seika_tests::{Memory, Unwatched};

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

// Chancellor 1997, as Briggs, Claxton and Sculpher have it (exercises 2.5 and 4.7): zidovudine
// alone against zidovudine and lamivudine in HIV. With effect is the combination.

const HIV: &str = r#"
[cohort.hiv]
states = ["A", "B", "C", "D"]
population = 1
start = { A = 1 }
cycles = 20
counts = "expected"
counted = { cost = "end", utility = "UTILITY" }
discount = { cost = 0.06, from_year = 1 }
[cohort.hiv.transitions]
D = { D = 1 }
[cohort.hiv.transitions.A]
BASE_A
B = "if cycle <= 2 { base * risk } else { base }"
C = "if cycle <= 2 { base * risk } else { base }"
D = "if cycle <= 2 { base * risk } else { base }"
A = "rest"
[cohort.hiv.transitions.B]
BASE_B
C = "if cycle <= 2 { base * risk } else { base }"
D = "if cycle <= 2 { base * risk } else { base }"
B = "rest"
[cohort.hiv.transitions.C]
BASE_C
D = "if cycle <= 2 { base * risk } else { base }"
C = "rest"
[cohort.hiv.cost]
A = "direct_a + community_a + zidovudine + (if cycle <= 2 { lamivudine } else { 0 })"
B = "direct_b + community_b + zidovudine + (if cycle <= 2 { lamivudine } else { 0 })"
C = "direct_c + community_c + zidovudine + (if cycle <= 2 { lamivudine } else { 0 })"
[cohort.hiv.utility]
A = 1
B = 1
C = 1
[outcomes.x1]
value = 1
"#;

/// The model with `risk`, `drawn` rows and costs, and life-years counted so.
fn hiv(risk: &str, drawn: bool, utility: &str) -> String {
    let costs = [
        ("direct_a", 1701),
        ("community_a", 1055),
        ("direct_b", 1774),
        ("community_b", 1278),
        ("direct_c", 6948),
        ("community_c", 2059),
    ];
    let mut cells = format!(
        "[assume]\nrisk = {{ is = \"{risk}\", no_effect = 1 }}\nzidovudine = 2278\n\
         lamivudine = {{ is = 2086.5, no_effect = 0 }}\n"
    );
    for (name, mean) in costs {
        let is = if drawn { format!("gamma(1, {mean})") } else { mean.to_string() };
        cells += &format!("{name} = \"{is}\"\n");
    }
    let counts = [
        ("A", "A = 1251, B = 350, C = 116, D = 17"),
        ("B", "B = 731, C = 512, D = 15"),
        ("C", "C = 1312, D = 437"),
    ];
    let mut model = HIV.replace("UTILITY", utility);
    for (state, counts) in counts {
        model = model.replace(&format!("BASE_{state}"), &format!("dirichlet = {{ {counts} }}"));
    }
    if !drawn {
        // The rows at their means: each count over its row's sum.
        let rows = [
            ("A", "B = \"350 / 1734\"\nC = \"116 / 1734\"\nD = \"17 / 1734\"\nA = \"rest\"\n"),
            ("B", "C = \"512 / 1258\"\nD = \"15 / 1258\"\nB = \"rest\"\n"),
            ("C", "D = \"437 / 1749\"\nC = \"rest\"\n"),
        ];
        for (state, row) in rows {
            let start = model.find(&format!("[cohort.hiv.transitions.{state}]")).unwrap();
            let end = start + model[start + 1..].find("\n[").unwrap() + 2;
            let risked = row.replace("\"\n", " * (if cycle <= 2 { risk } else { 1 })\"\n");
            let risked =
                risked.replace("\"rest * (if cycle <= 2 { risk } else { 1 })\"", "\"rest\"");
            model.replace_range(start..end, &format!("[cohort.hiv.transitions.{state}]\n{risked}"));
        }
    }
    format!("{cells}{model}")
}

fn hiv_cohort(risk: &str, drawn: bool, utility: &str, paths: u64) -> CohortProjection {
    let files = Memory::default().with("c.rhai", &contract(1, &[FIRST]));
    projected(&files, &hiv(risk, drawn, utility), paths).cohorts.remove(0)
}

#[test]
fn hiv_costs_and_life_years_are_those_of_the_published_model() {
    let end = hiv_cohort("0.509", false, "end", 1);
    let half = hiv_cohort("0.509", false, "half_cycle", 1);
    near(end.no_effect.cost.mean, 44_663.453_563_7, 11);
    near(end.effect.cost.mean, 50_601.651_331_2, 11);
    near(end.no_effect.utility.mean, 7.991_206_6, 8);
    near(end.effect.utility.mean, 8.937_388_9, 8);
    near(half.no_effect.utility.mean, 8.475_324_9, 8);
    near(half.effect.utility.mean, 9.416_785_2, 8);
    let ratio = |of: &CohortProjection| of.cost_difference.mean / of.utility_difference.mean;
    near(ratio(&end), 6_275.955_60, 9);
    near(ratio(&half), 6_307.432_53, 9);
}

#[test]
fn hiv_patients_are_where_the_published_traces_have_them() {
    let model = hiv_cohort("0.509", false, "end", 1);
    let mono = [
        (1, [0.721453, 0.201845, 0.066897, 0.009804]),
        (2, [0.520495, 0.262911, 0.180596, 0.035999]),
        (10, [0.038202, 0.04862, 0.234016, 0.679162]),
        (20, [0.001459, 0.002071, 0.028233, 0.968236]),
    ];
    let combination = [
        (1, [0.85822, 0.102739, 0.034051, 0.00499]),
        (2, [0.736541, 0.169005, 0.080227, 0.014227]),
        (20, [0.002065, 0.002919, 0.036223, 0.958793]),
    ];
    for (arm, traces) in [(&model.no_effect, &mono[..]), (&model.effect, &combination[..])] {
        for (cycle, trace) in traces {
            for (found, exact) in arm.people[*cycle].iter().zip(trace) {
                assert!((found.mean - exact).abs() < 6e-7, "{cycle}: {found:?} for {exact}");
            }
        }
    }
}

#[test]
fn hiv_uncertainty_is_that_of_the_published_runs() {
    let paths = 100_000;
    let risk = "lognormal(ln(0.509), (ln(0.710) - ln(0.365)) / 3.92)";
    let model = hiv_cohort(risk, true, "half_cycle", paths);
    // Mean and sd of the published 1,000 runs; mean and standard error of 200,000 runs of an
    // independent implementation.
    let rows = [
        (&model.no_effect.utility, 8.4880, 0.2062, 8.4857, 0.0005),
        (&model.no_effect.cost, 45_924.0, 19_386.0, 44_685.0, 40.0),
        (&model.effect.utility, 9.4126, 0.2667, 9.4121, 0.0006),
        (&model.effect.cost, 51_759.0, 18_811.0, 50_579.0, 39.0),
        (&model.utility_difference, 0.9247, 0.1739, 0.9264, 0.0004),
        (&model.cost_difference, 5_834.7, 1_796.0, 5_894.0, 3.9),
    ];
    for (found, published, sd, own, se) in rows {
        agrees(found, published, sd / 1000_f64.sqrt());
        agrees(found, own, se);
    }
    // Spread of the differences: the standard error of a standard deviation is about sd × 0.7/√n.
    assert!((model.utility_difference.sd - 0.1685).abs() < 0.003);
    assert!((model.cost_difference.sd - 1_759.6).abs() < 60.0);
}

#[test]
fn hiv_combination_is_worth_its_cost_as_often_as_published() {
    // P(k × gain in life-years > added cost), of 1,000 runs and of 200,000.
    let rows = [
        (5_000, 0.226, 0.2113),
        (6_000, 0.438, 0.4302),
        (7_000, 0.635, 0.6433),
        (8_000, 0.778, 0.7963),
        (10_000, 0.941, 0.9409),
        (15_000, 0.995, 0.9971),
        (20_000, 0.999, 0.9995),
    ];
    let risk = "lognormal(ln(0.509), (ln(0.710) - ln(0.365)) / 3.92)";
    let mut text = hiv(risk, true, "half_cycle").replace("[outcomes.x1]\nvalue = 1\n", "");
    for (at, (k, ..)) in rows.iter().enumerate() {
        let gain = "hiv.utility_total - hiv.no_effect.utility_total";
        let cost = "hiv.cost_total - hiv.no_effect.cost_total";
        text += &format!(
            "[outcomes.x{}]\nvalue = \"if yen({k}) * ({gain}) > {cost} {{ 1 }} else {{ 0 }}\"\n",
            at + 1
        );
    }
    let files = Memory::default().with("c.rhai", &contract(rows.len(), &[FIRST]));
    let projection = projected(&files, &text, 50_000);
    for (outcome, (k, published, own)) in projection.evaluations[0].outcomes.iter().zip(rows) {
        let found = outcome.value.unwrap();
        let error = |p: f64, n: f64| (p * (1.0 - p) / n).sqrt();
        agrees(&found, published, error(published, 1_000.0));
        agrees(&found, own, error(own, 200_000.0));
        assert!(found.mean > 0.0, "{k}");
    }
}
