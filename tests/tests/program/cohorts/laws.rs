//! The laws of counts and expectations, and figures worked out by hand.

use super::published::hiv;
use super::*;

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
