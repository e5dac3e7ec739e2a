//! Models that others published, and their figures.

use super::*;

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
pub(super) fn hiv(risk: &str, drawn: bool, utility: &str) -> String {
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

#[test]
fn hiv_perfect_information_is_worth_as_much_as_published() {
    // What knowing everything is worth at k per life-year: of the published 1,000 runs where there is
    // one, and of 200,000 runs of an independent implementation.
    let rows = [
        (5_000, None, 216.3),
        (6_000, None, 536.4),
        (6_300, Some(741.8), 674.9),
        (7_000, None, 477.5),
        (8_000, None, 249.5),
        (10_000, Some(63.2), 64.0),
    ];
    let risk = "lognormal(ln(0.509), (ln(0.710) - ln(0.365)) / 3.92)";
    let mut text = hiv(risk, true, "half_cycle").replace("[outcomes.x1]\nvalue = 1\n", "");
    for (at, (k, ..)) in rows.iter().enumerate() {
        let gain = "hiv.utility_total - hiv.no_effect.utility_total";
        let cost = "hiv.cost_total - hiv.no_effect.cost_total";
        text += &format!(
            "[outcomes.x{}]\nvalue = \"(yen({k}) * ({gain}) - ({cost})) / yen(1)\"\n",
            at + 1
        );
    }
    let files = Memory::default().with("c.rhai", &contract(rows.len(), &[FIRST]));
    let scenario = parse(&files, &text).unwrap_or_else(|problems| panic!("{problems:#?}"));
    let outcomes = &scenario.model.effect.evaluations[0].outcomes;
    let wanted: Vec<Wanted> =
        outcomes.iter().map(|(_, value, _)| Wanted::everywhere(*value)).collect();
    let paths = 50_000;
    let settings = Settings { paths: Some(paths), ..Settings::default() };
    let gains = columns(&scenario, &settings, &Unwatched, &wanted, None).unwrap();
    for (gain, (k, published, own)) in gains.into_iter().zip(rows) {
        // The net benefits of zidovudine alone and of the combination, less that of the first.
        let decision = Decision::new(&[vec![0.0; gain.len()], gain]).unwrap();
        let found = decision.perfect();
        let of = |runs: f64| found.se * (1.0 + paths as f64 / runs).sqrt();
        let off = |value: f64| (found.value - value).abs();
        assert!(off(own) < 4.0 * of(200_000.0), "{k}: {found:?} for {own}");
        if let Some(published) = published {
            assert!(off(published) < 4.0 * of(1_000.0), "{k}: {found:?} for {published}");
        }
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
