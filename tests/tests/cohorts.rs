//! Cohorts against published models, exact formulas and their own laws.

use std::fmt::Write as _;

use engine::Files as _;
use engine::problem::{Language, Problem, Source};
use engine::scenario::Scenario;
use engine::simulate::{CohortProjection, Distribution, Mean, Projection, Settings, simulate};
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

// Krijkamp 2018: healthy, sick, sicker, dead. With effect is the treatment, which costs 12,000 a
// year in both sick states and raises the utility of the first to 0.95.

const SICK_SICKER: &str = r#"
[assume]
treatment = { is = 12000, no_effect = 0 }
utility_sick = { is = 0.95, no_effect = 0.75 }
[cohort.sick]
states = ["H", "S1", "S2", "D"]
population = 1
start = { H = 1 }
cycles = 30
counts = "COUNTS"
counted = "both"
discount = { cost = 0.03, utility = 0.03, from_year = 1 }
[cohort.sick.transitions]
H = { S1 = 0.15, D = 0.005, H = "rest" }
S1 = { H = 0.5, S2 = 0.105, D = "hazard_ratio(0.005, 3)", S1 = "rest" }
S2 = { D = "hazard_ratio(0.005, 10)", S2 = "rest" }
D = { D = 1 }
[cohort.sick.cost]
H = 2000
S1 = "4000 + treatment"
S2 = "15000 + treatment"
[cohort.sick.utility]
H = 1
S1 = "utility_sick"
S2 = 0.5
"#;

#[test]
fn sick_sicker_is_exact_in_expectation() {
    let model = cohort(&SICK_SICKER.replace("COUNTS", "expected"), 1);
    near(model.no_effect.cost.mean, 75_976.149_1, 9);
    near(model.no_effect.utility.mean, 15.838_848, 8);
    near(model.effect.cost.mean, 141_623.028_2, 10);
    near(model.effect.utility.mean, 16.400_406, 8);
    near(model.cost_difference.mean, 65_646.879_0, 9);
    near(model.cost_difference.mean / model.utility_difference.mean, 116_901.380, 6);
}

#[test]
fn sick_sicker_person_by_person_has_the_exact_mean_and_spread() {
    let paths = 100_000;
    let model = cohort(&SICK_SICKER.replace("COUNTS", "multinomial"), paths);
    let rows = [
        (&model.no_effect.cost, 75_976.149_1, 57_903.070),
        (&model.no_effect.utility, 15.838_848, 4.948_91),
        (&model.effect.cost, 141_623.028_2, 108_371.268),
        (&model.effect.utility, 16.400_406, 5.097_82),
    ];
    for (found, mean, sd) in rows {
        let error = sd / (paths as f64).sqrt();
        assert!((found.mean - mean).abs() < 4.0 * error, "{} for {mean}", found.mean);
        assert!((found.se / error - 1.0).abs() < 0.05, "{} for {error}", found.se);
    }
    // The treatment changes no transition, so the same people are in the same states.
    assert_eq!(model.effect.people, model.no_effect.people);
}

// Lagergren, Kurube and Saito 2017: Japanese men of 78, by years: dead and survivors' states from
// no limitation, IADL, ADL, and all of them, in per cent.
const LAGERGREN: [(u32, [[f64; 4]; 4]); 5] = [
    (
        3,
        [
            [14.8, 80.9, 13.6, 5.4],
            [29.5, 27.1, 34.0, 39.0],
            [54.6, 7.8, 13.0, 79.2],
            [18.4, 75.3, 14.6, 10.0],
        ],
    ),
    (
        6,
        [
            [28.2, 60.8, 27.4, 11.8],
            [51.6, 32.4, 31.8, 35.8],
            [75.2, 15.2, 24.0, 60.8],
            [32.8, 58.5, 27.5, 14.1],
        ],
    ),
    (
        9,
        [
            [47.9, 43.0, 31.1, 25.8],
            [70.6, 29.8, 29.5, 40.7],
            [87.5, 18.7, 24.9, 56.4],
            [52.0, 42.1, 31.0, 26.9],
        ],
    ),
    (
        12,
        [
            [68.1, 28.9, 41.0, 30.1],
            [84.0, 23.5, 38.7, 37.8],
            [94.1, 17.9, 35.0, 47.1],
            [70.9, 28.6, 40.9, 30.6],
        ],
    ),
    (
        15,
        [
            [83.7, 23.9, 36.7, 39.4],
            [92.4, 21.4, 35.5, 43.1],
            [97.4, 18.5, 33.6, 47.9],
            [85.2, 23.7, 36.7, 39.6],
        ],
    ),
];

#[test]
fn a_mixture_of_states_reproduces_the_published_whole() {
    let states = ["none", "iadl", "adl"];
    for (years, rows) in LAGERGREN {
        let (mut moves, mut dies) =
            ("from,to,probability,source\n".to_owned(), "state,value,source\n".to_owned());
        for (from, row) in states.iter().zip(&rows) {
            dies += &format!("{from},{}%,Lagergren 2017\n", row[0]);
            for (to, part) in states.iter().zip(&row[1..]) {
                moves += &format!("{from},{to},{part}%,Lagergren 2017\n");
            }
        }
        let files = Memory::default()
            .with("c.rhai", &contract(1, &["2020-04-01"]))
            .with("moves.csv", &moves)
            .with("dies.csv", &dies);
        let text = format!(
            r#"
[cohort.men]
states = ["none", "iadl", "adl", "dead"]
population = 100
start = {{ none = 0.871, iadl = 0.059, adl = 0.07 }}
cycles = 1
cycle_years = {years}
counts = "expected"
transitions = {{ file = "moves.csv", renormalise = 0.002 }}
deaths = {{ to = "dead", file = "dies.csv" }}
[outcomes.x1]
value = 1
"#
        );
        let projection = projected(&files, &text, 1);
        let people = &projection.cohorts[0].effect.people[1];
        let (dead, whole) = (people[3].mean, rows[3]);
        assert!((dead - whole[0]).abs() < 0.1, "{years}: {dead} for {}", whole[0]);
        for (state, part) in people[..3].iter().zip(&whole[1..]) {
            let found = 100.0 * state.mean / (100.0 - dead);
            assert!((found - part).abs() < 0.11, "{years}: {found} for {part}");
        }
        // Rows that were divided by their sum say so, and only those.
        for (from, row) in states.iter().zip(&rows) {
            let name = format!("cohort.men.transitions.{from}");
            let known = projection.assumptions.iter().find(|known| known.name == name).unwrap();
            let sum: f64 = row[1..].iter().sum();
            assert_eq!(known.is.contains('÷'), (sum - 100.0).abs() > 1e-6, "{years}: {}", known.is);
        }
    }
}

#[test]
fn rows_that_sum_to_1_001_are_refused_by_their_line() {
    // CLHLS, men of 65 to 70 (Math. Probl. Eng. 2022, 7980111): the second row sums to 1.001.
    let table = "from,to,probability\n\
        healthy,healthy,.847\nhealthy,mild,.133\nhealthy,severe,.001\nhealthy,dead,.019\n\
        mild,healthy,.211\nmild,mild,.677\nmild,severe,.080\nmild,dead,.033\n\
        severe,healthy,.039\nsevere,mild,.311\nsevere,severe,.587\nsevere,dead,.063\ndead,dead,1\n";
    let files = Memory::default().with("c.rhai", &contract(1, &[FIRST])).with("clhls.csv", table);
    let text = r#"
[cohort.men]
states = ["healthy", "mild", "severe", "dead"]
population = 100
start = { healthy = 1 }
cycles = 5
transitions = "clhls.csv"
[outcomes.x1]
value = 1
"#;
    let problems = parse(&files, text).unwrap_err();
    assert_eq!(problems.len(), 1, "{problems:#?}");
    let place = problems[0].place.as_ref().unwrap();
    assert_eq!(
        (problems[0].id, place.file.as_str(), place.line),
        ("row-does-not-sum", "clhls.csv", 6)
    );
    assert_eq!(problems[0].found.as_ref().unwrap().within(Language::En), "1.001");
    assert!(problems[0].message.en.contains("`mild`"));
    // Where it is asked, they are divided by their sum.
    let asked = text.replace("\"clhls.csv\"", "{ file = \"clhls.csv\", renormalise = 0.001 }");
    let scenario = parse(&files, &asked).unwrap_or_else(|problems| panic!("{problems:#?}"));
    let row = scenario.assumptions.iter().find(|known| known.name.ends_with("mild")).unwrap();
    assert!(row.is.contains("÷ 1.001") && row.source.is_none(), "{}", row.is);
}

/// 1,000 people who leave `a` for `b` and `c`; three outcomes over them.
fn leaving(population: &str, values: [&str; 3], paths: u64) -> Projection {
    let text = format!(
        r#"
[assume]
size = "{population}"
[cohort.group]
states = ["a", "b", "c"]
population = "size"
start = {{ a = 1 }}
cycles = 3
[cohort.group.transitions]
a = {{ b = 0.2, c = 0.3, a = "rest" }}
b = {{ a = 0.1, c = 0.4, b = "rest" }}
c = {{ c = 1 }}
[outcomes.x1]
value = '{}'
[outcomes.x2]
value = '{}'
[outcomes.x3]
value = '{}'
"#,
        values[0], values[1], values[2]
    );
    let files = Memory::default().with("c.rhai", &contract(3, &[FIRST]));
    projected(&files, &text, paths)
}

#[test]
fn counts_have_the_mean_and_covariance_of_the_multinomial() {
    // One cycle from a: p = (0.5, 0.2, 0.3), n = 1,000.
    let values = ["group[\"b\"]", "group[\"c\"]", "group[\"b\"] * group[\"c\"]"];
    let projection = leaving("1000", values, 100_000);
    let [b, c, product] = [0, 1, 2].map(|at| projection.evaluations[0].outcomes[at].value.unwrap());
    agrees(&b, 200.0, 0.0);
    agrees(&c, 300.0, 0.0);
    // Variances n p (1 − p): 160 and 210; a standard deviation's error is about sd ÷ √(2 × paths).
    for (found, variance) in [(b, 160.0_f64), (c, 210.0)] {
        assert!(
            (found.sd / variance.sqrt() - 1.0).abs() < 4.0 / 200_000_f64.sqrt(),
            "{}",
            found.sd
        );
    }
    // E[b c] = n (n − 1) p q, which is a covariance of −n p q = −60.
    agrees(&product, 999_000.0 * 0.06, 0.0);
}

#[test]
fn people_are_conserved_on_every_path_and_in_expectation() {
    let all = "group[\"a\"] + group[\"b\"] + group[\"c\"] - group.population";
    let projection = leaving("binomial(500, 0.7)", [all, all, "group.population"], 20_000);
    let lost = projection.evaluations[0].outcomes[0].value.unwrap();
    assert_eq!((lost.min, lost.max), (0.0, 0.0));
    let people = &projection.cohorts[0].effect.people;
    for states in people {
        let all: f64 = states.iter().map(|state| state.mean).sum();
        assert!((all - projection.cohorts[0].effect.population.mean).abs() < 1e-6, "{all}");
    }
    // Expected people by hand: 350 start; after one cycle 0.5, 0.2, 0.3 of them; after two
    // a = 0.25 + 0.02 = 0.27, b = 0.10 + 0.10 = 0.20, c = 0.15 + 0.08 + 0.30 = 0.53.
    for (cycle, shares) in [(1, [0.5, 0.2, 0.3]), (2, [0.27, 0.20, 0.53])] {
        for (state, share) in people[cycle].iter().zip(shares) {
            within(*state, 350.0 * share, 4.0);
        }
    }
}

#[test]
fn expected_counts_are_the_mean_of_drawn_ones() {
    let text = |counts: &str| {
        format!(
            r#"
[assume]
ratio = {{ is = "lognormal(-0.7, 0.2)", no_effect = 1 }}
[cohort.group]
states = ["a", "b", "c", "dead"]
population = 300
start = {{ a = 0.75, b = 0.25 }}
cycles = 6
cycle_years = 0.5
age = 80
counts = "{counts}"
counted = "half_cycle"
discount = {{ cost = 0.02, utility = 0.02, from_year = 2 }}
[cohort.group.transitions]
a = {{ b = "hazard_ratio(0.1, ratio)", c = "0.02 * cycle", a = "rest" }}
b = {{ a = "competing_rate(0.2, 0.5, cycle_years)", c = "competing_rate(0.3, 0.5, cycle_years)", b = "rest" }}
c = {{ c = 1 }}
[cohort.group.deaths]
to = "dead"
a = "from_rate(0.05, cycle_years)"
b = "from_rate(0.1 * ratio, cycle_years)"
[cohort.group.cost]
b = "yen(1000)"
c = "yen(5000) + yen(100) * cycle"
[cohort.group.utility]
a = 1
b = 0.7
"#
        )
    };
    let (drawn, expected) =
        (cohort(&text("multinomial"), 40_000), cohort(&text("expected"), 40_000));
    for (drawn, expected) in
        [(&drawn.effect, &expected.effect), (&drawn.no_effect, &expected.no_effect)]
    {
        agrees(&drawn.cost, expected.cost.mean, expected.cost.se);
        agrees(&drawn.utility, expected.utility.mean, expected.utility.se);
        for (drawn, expected) in drawn.people.iter().flatten().zip(expected.people.iter().flatten())
        {
            let se = drawn.se.hypot(expected.se);
            assert!(
                (drawn.mean - expected.mean).abs() <= 4.0 * se + 1e-9,
                "{drawn:?} {expected:?}"
            );
        }
    }
    // Without effect nothing is random but the counts themselves.
    assert!(expected.no_effect.cost.sd < 1e-9 * expected.no_effect.cost.mean);
}

#[test]
fn an_evaluation_sees_its_cycle_and_the_amounts_since_the_one_before() {
    // Half stay each year: 1,000 → 500 → 250 → 125. Cost is counted at the end, 10 yen a head.
    let text = r#"
discount_rate = 0.1
discount_from_year = 2
[cohort.group]
states = ["in", "out"]
population = 1000
start = { in = 1 }
cycles = 3
counts = "expected"
discount = { cost = 0.1, from_year = 2 }
[cohort.group.transitions]
in = { in = 0.5, out = "rest" }
out = { out = 1 }
[cohort.group.cost]
in = "yen(10)"
[outcomes.x1]
value = 'group["in"]'
[outcomes.x2]
value = 'group.cost / yen(1)'
[outcomes.x3]
value = 'group.cost_total / yen(1)'
[benefits.each]
amount = "group.cost"
[benefits.all]
total = "group.cost_total"
"#;
    let files = Memory::default().with("c.rhai", &contract(3, &[FIRST, "2023-03-31"]));
    let projection = projected(&files, text, 1);
    let value = |at: usize, outcome: usize| {
        projection.evaluations[at].outcomes[outcome].value.unwrap().mean
    };
    assert_eq!((value(0, 0), value(1, 0)), (500.0, 125.0));
    assert_eq!((value(0, 1), value(1, 1)), (5_000.0, 2_500.0 + 1_250.0));
    // Not discounted in the first year: 5,000 + 2,500 ÷ 1.1 + 1,250 ÷ 1.21.
    let total = 5_000.0 + 2_500.0 / 1.1 + 1_250.0 / 1.21;
    near(value(0, 2), total, 9);
    assert_eq!(value(0, 2), value(1, 2));
    let benefit = |at: usize| projection.benefits[at].amount.mean;
    // The first evaluation is at the end of year 1, the second at the end of year 3.
    near(benefit(0), 5_000.0 + 3_750.0 / 1.21, 9);
    near(benefit(1), total, 9);
    // Payments and savings are netted, so one convention holds for both.
    for other in ["discount_rate = 0.1\n", "discount_rate = 0.02\ndiscount_from_year = 2\n"] {
        let text = text.replace("discount_rate = 0.1\ndiscount_from_year = 2\n", other);
        let problems = parse(&files, &text).unwrap_err();
        assert_eq!(problems[0].id, "mixed-discounting");
    }
}

#[test]
fn words_for_probabilities_are_their_formulas() {
    let files = Memory::default()
        .with("c.rhai", &contract(3, &[FIRST]))
        .with("life.csv", "age,q,source\n70,0.02,a\n71,0.03,b\n72,0.04,assumed\n");
    let text = r#"
[assume]
half = 'life_table("life.csv", "q", 70.5)'
two = 'life_table("life.csv", "q", 70, 2)'
[outcomes.x1]
value = "hazard_ratio(0.2, 0.5) + 10 * from_rate(0.1, 3) + 100 * competing_rate(0.1, 0.4, 2)"
[outcomes.x2]
value = 'half + 10 * two + 100 * table("life.csv", "q", 72)'
[outcomes.x3]
value = "competing_rate(0, 0, 1)"
"#;
    let projection = projected(&files, text, 1);
    let value = |at: usize| projection.evaluations[0].outcomes[at].value.unwrap().mean;
    // 1 − √0.8, 1 − e^−0.3, 1/4 (1 − e^−0.8)
    let first = 0.105_572_809 + 10.0 * 0.259_181_779_3 + 100.0 * 0.137_667_759;
    assert!((value(0) - first).abs() < 1e-7, "{}", value(0));
    // 1 − √(0.98 × 0.97); 1 − 0.98 × 0.97 = 0.0494
    let second = 1.0 - (0.98_f64 * 0.97).sqrt() + 10.0 * 0.0494 + 4.0;
    assert!((value(1) - second).abs() < 1e-9, "{}", value(1));
    assert_eq!(value(2), 0.0);
    let unsourced: Vec<&str> = projection
        .assumptions
        .iter()
        .filter(|known| known.source.is_none() && known.name.starts_with("life.csv"))
        .map(|known| known.name.as_str())
        .collect();
    assert_eq!(unsourced, ["life.csv: 72"]);
}

#[test]
fn a_dirichlet_row_has_the_mean_and_spread_of_its_counts() {
    // Counts 3, 5, 2: means 0.3, 0.5, 0.2; variance of the first 0.3 × 0.7 ÷ 11.
    let text = r#"
[cohort.group]
states = ["a", "b", "c"]
population = 1
start = { a = 1 }
cycles = 1
counts = "expected"
[cohort.group.transitions]
a = { dirichlet = { a = 3, b = 5, c = 2 } }
b = { b = 1 }
c = { c = 1 }
[cohort.group.cost]
a = "yen(1)"
"#;
    let model = cohort(text, 50_000);
    for (state, mean) in model.effect.people[1].iter().zip([0.3, 0.5, 0.2]) {
        within(*state, mean, 4.0);
    }
    let sd = (0.3_f64 * 0.7 / 11.0).sqrt();
    assert!((model.effect.cost.sd / sd - 1.0).abs() < 0.02, "{}", model.effect.cost.sd);
    assert_eq!((model.cost_difference.min, model.cost_difference.max), (0.0, 0.0));
}

#[test]
fn arms_of_equal_transitions_are_the_same_on_every_path() {
    // The no-effect arm computes the same probability in another way: its nodes are its own, its
    // random numbers are not.
    let text = r#"
[assume]
drawn = "beta(10, 90)"
p = { is = "drawn", no_effect = "drawn + 0 * drawn" }
other = { is = "drawn", no_effect = "drawn / 2" }
[cohort.group]
states = ["a", "b"]
population = 100
start = { a = 1 }
cycles = 4
[cohort.group.transitions]
a = { b = "p", a = "rest" }
b = { a = "p", b = "rest" }
[cohort.halved]
states = ["a", "b"]
population = 100
start = { a = 1 }
cycles = 4
[cohort.halved.transitions]
a = { b = "other", a = "rest" }
b = { b = 1 }
[outcomes.x1]
value = 'group["b"] - group.no_effect["b"]'
[outcomes.x2]
value = 'halved["b"] - halved.no_effect["b"]'
"#;
    let files = Memory::default().with("c.rhai", &contract(2, &["2023-03-31"]));
    let projection = projected(&files, text, 5_000);
    let value = |at: usize| projection.evaluations[0].outcomes[at].value.unwrap();
    assert_eq!((value(0).min, value(0).max), (0.0, 0.0));
    assert!(value(1).mean > 0.0);
}

#[test]
fn a_cohort_is_the_same_on_any_number_of_threads() {
    let files = Memory::default().with("c.rhai", &contract(1, &[FIRST]));
    let text = hiv("lognormal(-0.67, 0.17)", true, "half_cycle");
    let text = text
        .replace("\"expected\"", "\"multinomial\"")
        .replace("population = 1", "population = 50");
    let scenario = parse(&files, &text).unwrap();
    let run = |threads| {
        let settings =
            Settings { paths: Some(3_000), threads: Some(threads), ..Settings::default() };
        simulate(&scenario, &settings, &Unwatched).unwrap().to_json(Language::En)
    };
    assert_eq!(run(1), run(3));
}

#[test]
fn life_expectancies_are_those_published_with_the_life_table() {
    // Abridged Life Table 2023, published: age, men, women.
    let published = [
        (65, 19.52, 24.38),
        (70, 15.65, 19.96),
        (75, 12.13, 15.74),
        (80, 8.98, 11.81),
        (85, 6.29, 8.33),
        (90, 4.22, 5.53),
    ];
    let path = "scenarios/data/life_table_japan_2023.csv";
    let table = String::from_utf8(Repository.read(path).unwrap()).unwrap();
    let files =
        Memory::default().with("c.rhai", &contract(1, &["2020-04-01"])).with("life.csv", &table);
    for (age, men, women) in published {
        for (column, expected) in [("qx_male", men), ("qx_female", women)] {
            // Years lived are those of who is alive at the start and the end of a year, halved.
            let text = format!(
                r#"
[cohort.people]
states = ["alive", "dead"]
population = 1
start = {{ alive = 1 }}
age = {age}
cycles = {}
counts = "expected"
counted = "half_cycle"
transitions = {{ alive = {{ alive = 1 }} }}
deaths = {{ to = "dead", alive = 'life_table("life.csv", "{column}", age)' }}
utility = {{ alive = 1 }}
[outcomes.x1]
value = 1
"#,
                106 - age
            );
            let years = projected(&files, &text, 1).cohorts[0].effect.utility.mean;
            assert!((years - expected).abs() < 0.02, "{column} {age}: {years} for {expected}");
        }
    }
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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever the transitions, nobody is lost or invented on any path, and no state is below 0.
    #[test]
    fn nobody_is_lost_or_invented(
        rows in proptest::collection::vec(proptest::collection::vec(0_u32..4, 4), 4),
        people in 0_u32..2_000,
    ) {
        let states = ["a", "b", "c", "d"];
        let mut text = format!(
            "[cohort.group]\nstates = {states:?}\npopulation = {people}\n\
             start = {{ a = 0.5, c = 0.5 }}\ncycles = 3\n[cohort.group.transitions]\n"
        );
        for (from, row) in states.iter().zip(&rows) {
            // A row of nothing stays where it is.
            let sum = row.iter().sum::<u32>();
            let parts = states.iter().zip(row).filter(|(_, part)| **part > 0);
            let listed: Vec<String> =
                parts.map(|(to, part)| format!("{to} = \"{part} / {sum}\"")).collect();
            let listed = if sum == 0 { format!("{from} = 1") } else { listed.join(", ") };
            writeln!(text, "{from} = {{ {listed} }}").unwrap();
        }
        let all = "group['a'] + group['b'] + group['c'] + group['d'] - group.population";
        let least = "min(min(group['a'], group['b']), min(group['c'], group['d']))";
        for (at, value) in [all, least].into_iter().enumerate() {
            let value = value.replace('\'', "\\\"");
            writeln!(text, "[outcomes.x{}]\nvalue = \"{value}\"", at + 1).unwrap();
        }
        let files = Memory::default().with("c.rhai", &contract(2, &["2023-03-31"]));
        let projection = projected(&files, &text, 200);
        let value = |at: usize| projection.evaluations[0].outcomes[at].value.unwrap();
        prop_assert_eq!((value(0).min, value(0).max), (0.0, 0.0));
        prop_assert!(value(1).min >= 0.0);
    }
}

// What a scenario cannot mean is refused.

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

/// The only problem of a small model so changed, when it is read or when it is run.
fn refused(changes: &[(&str, &str)]) -> Problem {
    let files = Memory::default()
        .with("c.rhai", &contract(1, &[FIRST]))
        .with("life.csv", "age,q\n70,0.02\n71,0.03\n")
        .with(
            "zero.csv",
            "from,to,probability\nwell,sick,0\nwell,well,0\nsick,sick,1\ndead,dead,1\n",
        );
    let problems = parse(&files, &small(changes)).map(|scenario| {
        let settings = Settings { paths: Some(2_000), ..Settings::default() };
        simulate(&scenario, &settings, &Unwatched).map(|_| ()).unwrap_err()
    });
    let mut problems = problems.unwrap_or_else(|problems| problems);
    assert_eq!(problems.len(), 1, "{problems:#?}");
    let problem = problems.remove(0);
    assert!(problem.place.is_some(), "{problem:#?}");
    assert_ne!(problem.message.en, problem.message.ja);
    problem
}

#[test]
fn ages_and_years_that_nobody_lives_are_refused() {
    for (key, wrong) in [
        ("age", "-5"),
        ("age", "151"),
        ("age", "7.9e28"),
        ("cycle_years", "0"),
        ("cycle_years", "100.5"),
        ("cycle_years", "3.96e28"),
    ] {
        assert_eq!(refused(&[(key, wrong)]).id, "wrong-value", "{key} = {wrong}");
    }
    for (arguments, id) in [
        ("70, -5", "impossible-years"),
        ("70, 0", "impossible-years"),
        ("0.5, 79228162514264337593543950335", "impossible-years"),
        ("-1, 1", "impossible-age"),
        ("79228162514264337593543950335, 0.5", "impossible-age"),
        ("72", "beyond-table"),
    ] {
        let word = format!("p = 'life_table(\"life.csv\", \"q\", {arguments})'");
        assert_eq!(refused(&[("[assume]", &word)]).id, id, "{arguments}");
    }
}

#[test]
fn start_shares_and_deaths_must_be_probabilities_on_every_path() {
    let cell = ("[assume]", "u = \"uniform(0.5, 1.5)\"");
    for counts in ["\"expected\"", "\"multinomial\""] {
        let start = ("start", "{ well = \"u\", sick = \"1 - u\" }");
        let problem = refused(&[cell, start, ("counts", counts)]);
        assert_eq!(problem.id, "negative-share");
        assert!(problem.message.en.starts_with("`cohort.c.start` has a share below 0 on path"));
        assert!(problem.message.ja.starts_with("`cohort.c.start` の割合がパス"));
        assert!(problem.found.unwrap().en.contains("sick = -0."));
    }
    let none = ("dead", "");
    let deaths = |well: &'static str| [cell, none, ("deaths", well)];
    let problem = refused(&deaths("{ to = \"dead\", well = 1.5 }"));
    assert_eq!(problem.id, "impossible-probability");
    assert_eq!(problem.message.en, "`cohort.c.deaths.well` is no probability");
    let problem = refused(&deaths("{ to = \"dead\", well = \"u\" }"));
    assert_eq!(problem.id, "impossible-probability");
    assert!(problem.message.en.starts_with("`cohort.c.deaths.well` is no probability on path"));
    assert!(problem.message.ja.contains("確率になりません"));
    let problem = refused(&deaths("{ to = \"dead\", well = 0.1, dead = 0.3 }"));
    assert_eq!(problem.id, "death-of-the-dead");
}

#[test]
fn an_evaluation_needs_a_cycle_of_its_own_that_ends_there() {
    let at = |dates: &[&str], years: &'static str| {
        let files = Memory::default().with("c.rhai", &contract(1, dates));
        parse(&files, &small(&[("cycle_years", years), ("value", "\"c.sick\"")]))
            .map(|_| ())
            .map_err(|problems| problems[0].clone())
    };
    // Up to 31 days from the last day of a cycle, and every half year where cycles are half years.
    for (dates, years) in [
        (&["2021-03-31", "2022-03-31"][..], "1"),
        (&["2021-02-28", "2022-05-01"], "1"),
        (&["2020-09-30", "2021-03-31", "2021-09-30"], "0.5"),
        (&["2020-06-30", "2020-09-30"], "0.25"),
    ] {
        assert!(at(dates, years).is_ok(), "{dates:?}");
    }
    for dates in [&["2020-09-30"][..], &["2020-10-31"], &["2021-02-27"], &["2021-05-02"]] {
        let problem = at(dates, "1").unwrap_err();
        assert_eq!(problem.id, "between-cycles", "{dates:?}");
        assert!(problem.expected.unwrap().en.contains("2021-03-31"));
        assert!(problem.help.unwrap().ja.contains("契約の初日"));
    }
    let problem = at(&["2021-03-01", "2021-03-31"], "1").unwrap_err();
    assert_eq!(problem.id, "same-cycle");
    assert!(problem.message.en.contains("2021-03-01 and 2021-03-31"));
    assert!(problem.message.ja.contains("同じサイクル"));
}

#[test]
fn rows_that_are_no_rows_are_refused() {
    let file = |more: &str| format!("\"zero.csv\"\n{more}");
    // The row of zeros is only used where nothing replaces it.
    let rows = |text: &'static str| [("well", ""), ("sick", ""), ("dead", ""), ("file", text)];
    let changes = rows("\"zero.csv\"");
    let at = |changes: &[(&str, &str)]| {
        let text = small(changes);
        let line = text.lines().find(|line| line.starts_with("file")).unwrap().to_owned();
        let rest = text.replace(&format!("{line}\n"), "");
        let text =
            rest.replace("[cohort.c.transitions]\n", &format!("[cohort.c.transitions]\n{line}\n"));
        let files = Memory::default().with("c.rhai", &contract(1, &[FIRST])).with(
            "zero.csv",
            "from,to,probability\nwell,sick,0\nwell,well,0\nsick,sick,1\ndead,dead,1\n",
        );
        (files, text)
    };
    let (files, text) = at(&changes);
    let problems = parse(&files, &text).unwrap_err();
    assert_eq!((problems.len(), problems[0].id), (1, "row-does-not-sum"));
    assert_eq!(problems[0].found.as_ref().unwrap().en, "0");
    assert!(problems[0].help.is_some());
    for wrong in ["0", "-1", "0.011", "1"] {
        let text = text.replace(&file(""), &file(&format!("renormalise = {wrong}\n")));
        let problems = parse(&files, &text).unwrap_err();
        assert_eq!((problems.len(), problems[0].id), (1, "wrong-value"), "{wrong}");
    }
    for row in ["{ dirichlet = { well = 9, sick = 1 } }", "{ sick = 0.1, well = \"rest\" }"] {
        let text = text.replace(&file(""), &file(&format!("well = {row}\n")));
        let scenario = parse(&files, &text).unwrap_or_else(|problems| panic!("{problems:#?}"));
        let listed = |name: &str| scenario.assumptions.iter().any(|known| known.name == name);
        assert!(listed("cohort.c.transitions.sick"));
        // What the file has for the row is not listed as what the result rests on.
        let of_well = scenario.assumptions.iter().filter(|known| known.is.starts_with("sick 0"));
        assert_eq!(of_well.count(), 0);
        assert!(scenario.model.cohorts[0].renormalised.is_empty());
    }
}

#[test]
fn dense_rows_over_many_cycles_are_too_many() {
    let states: Vec<String> = (0..60).map(|at| format!("s{at}")).collect();
    let row: Vec<String> = states.iter().map(|state| format!("{state} = 1")).collect();
    let row = row.join(", ");
    let mut text = format!(
        "[cohort.c]\nstates = {states:?}\npopulation = 10\nstart = {{ s0 = 1 }}\ncycles = 28\n\
         [cohort.c.transitions]\n"
    );
    for state in &states {
        let _ = writeln!(text, "{state} = {{ dirichlet = {{ {row} }} }}");
    }
    text += "[outcomes.x1]\nvalue = 1\n";
    let files = Memory::default().with("c.rhai", &contract(1, &[FIRST]));
    let problems = parse(&files, &text).unwrap_err();
    assert_eq!((problems.len(), problems[0].id), (1, "too-many-transitions"));
    // 60 × 60 × 28
    assert_eq!(problems[0].found.as_ref().unwrap().en, "100800");
    assert!(problems[0].help.as_ref().unwrap().en.contains("27 cycles"));
}

#[test]
fn numbers_too_large_are_refused_and_words_have_their_limits() {
    assert_eq!(refused(&[("cost_of_sick", "\"exp(70)\"")]).id, "not-a-number");
    let problem = refused(&[("[assume]", "p = \"competing_rate(0.3, 0.1, 1)\"")]);
    assert_eq!(problem.id, "rate-above-all");
    let files = Memory::default().with("c.rhai", &contract(1, &[FIRST]));
    let value = |text: &str| {
        let text = format!("[outcomes.x1]\nvalue = \"{text}\"\n");
        projected(&files, &text, 1).evaluations[0].outcomes[0].value.unwrap().mean
    };
    // Nothing happens without a hazard.
    assert_eq!(value("hazard_ratio(1, 0)"), 0.0);
    assert_eq!(value("hazard_ratio(1, 2)"), 1.0);
    assert_eq!(value("competing_rate(0.1, 0.1, 0)"), 0.0);
}

#[test]
fn a_life_table_gives_the_deaths_of_a_cycle() {
    // 1 − √0.98 and 1 − √(0.98) again in the first year, then the years of 71.
    let files = Memory::default()
        .with("c.rhai", &contract(1, &["2020-09-30"]))
        .with("life.csv", "age,q\n70,0.02\n71,0.03\n");
    let changes = [
        ("dead", ""),
        ("cycle_years", "0.5"),
        ("age", "70"),
        ("well", "{ well = 1 }"),
        ("deaths", "{ to = \"dead\", well = 'life_table(\"life.csv\", \"q\", age)' }"),
    ];
    let cohort = projected(&files, &small(&changes), 1).cohorts.remove(0);
    let alive = |cycle: usize| cohort.effect.people[cycle][0].mean;
    near(alive(1), 1000.0 * 0.98_f64.sqrt(), 12);
    near(alive(2), 980.0, 12);
    near(alive(4), 1000.0 * 0.98 * 0.97, 12);
}

#[test]
fn tiny_dirichlet_parameters_are_drawn() {
    // Of 0.001 and 0.001 nearly all rows are one of the two, each half the time.
    let changes = [("well", "{ dirichlet = { well = 0.001, sick = 0.001 } }"), ("cycles", "1")];
    let cohort = cohort_of(&small(&changes), 20_000);
    let sick = cohort.effect.people[1][1];
    within(sick, 500.0, 4.0);
    // Beta(0.001, 0.001): variance 1/4 ÷ 1.002.
    near(sick.se * 20_000_f64.sqrt(), 1000.0 * (0.25 / 1.002_f64).sqrt(), 3);
}

fn cohort_of(text: &str, paths: u64) -> CohortProjection {
    let files = Memory::default().with("c.rhai", &contract(1, &[FIRST]));
    projected(&files, text, paths).cohorts.remove(0)
}

#[test]
fn people_counted_at_the_start_cost_by_hand() {
    // Half stay: 1,000, 500 and 250 begin the three years at 10 yen a head; from the second year
    // on discounted by 10%: 10,000 + 5,000 ÷ 1.1 + 2,500 ÷ 1.21.
    let changes = [
        ("well", "{ sick = 0.5, well = \"rest\" }"),
        ("cycles", "3"),
        ("counted", "\"start\""),
        ("discount", "{ cost = 0.1, from_year = 2 }"),
        ("cost_of_sick", ""),
    ];
    let text =
        small(&changes).replace("[cohort.c.cost]\n", "[cohort.c.cost]\nwell = \"yen(10)\"\n");
    let cohort = cohort_of(&text, 1);
    near(cohort.effect.cost.mean, 10_000.0 + 5_000.0 / 1.1 + 2_500.0 / 1.21, 12);
    // 0.8 × (1,000 + 500 + 250), not discounted.
    near(cohort.effect.utility.mean, 1_400.0, 12);
}

#[test]
fn half_years_are_discounted_as_an_independent_sum_has_them() {
    // Computed apart in Python: Σ 0.5 × 100 × 1000 (1 − 0.9^k) × 1.02^(−k/2) and
    // Σ 0.5 × 0.8 × 1000 (0.9^(k−1) + 0.9^k)/2 × 1.02^(−k/2), k = 1 … 4.
    let changes = [
        ("cycle_years", "0.5"),
        ("counted", "{ cost = \"end\", utility = \"half_cycle\" }"),
        ("discount", "{ cost = 0.02, utility = 0.02, from_year = 1 }"),
    ];
    let cohort = cohort_of(&small(&changes), 1);
    near(cohort.effect.cost.mean, 43_945.190_993_892_03, 12);
    near(cohort.effect.utility.mean, 1_276.604_741_843_232_2, 12);
}
