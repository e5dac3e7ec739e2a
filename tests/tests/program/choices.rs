//! Words that choose and divide at random, against the moments that their distributions have.

use engine::problem::{Problem, Source};
use engine::scenario::Scenario;
use engine::simulate::{Distribution, Settings, simulate};
use seika_tests::{Memory, Unwatched};

const PATHS: u64 = 200_000;
const CONTRACT: &str = r#"
contract("test", #{ from: "2020-04-01", to: "2025-03-31", cap: yen(10),
    tax: unstated(), rounding: half_up(1) });
party("city", #{ role: "payer" });
party("vendor", #{ role: "provider" });
evaluations([#{ at: "2021-03-31", paid: "2021-03-31" }, #{ at: "2022-03-31", paid: "2022-03-31" }]);
let x = mean("x", #{ digits: 3 });
pay("outcome", |e| tiers(e[x], [[0, yen(1)]]));
"#;

fn parse(cells: &str, amounts: &[&str]) -> Result<Scenario, Vec<Problem>> {
    let files = Memory::default()
        .with("c.rhai", CONTRACT)
        .with("data/prices.csv", "month,price\n1,10\n2,20\n3,20\n4,50\n")
        .with("data/holes.csv", "month,price\n1,10\n2,\n3,about 20\n");
    let benefits: String = amounts
        .iter()
        .enumerate()
        .map(|(at, amount)| format!("[benefits.b{at}]\namount = '{amount}'\n"))
        .collect();
    let text = format!(
        "contract = \"c.rhai\"\npaths = {PATHS}\nseed = 5\n{cells}\n[outcomes.x]\nvalue = 1\n{benefits}"
    );
    Scenario::parse(&files, &Source::new("s.toml", text))
}

/// The distributions of amounts at the first evaluation.
fn drawn(cells: &str, amounts: &[&str]) -> Vec<Distribution> {
    let first: Vec<String> = amounts
        .iter()
        .map(|amount| format!("if t == 1 {{ yen({amount}) }} else {{ yen(0) }}"))
        .collect();
    let first: Vec<&str> = first.iter().map(String::as_str).collect();
    let scenario = parse(cells, &first).unwrap_or_else(|problems| panic!("{problems:#?}"));
    let projection = simulate(&scenario, &Settings::default(), &Unwatched).unwrap();
    projection.benefits.iter().map(|benefit| benefit.amount).collect()
}

#[track_caller]
fn assert_mean(found: &Distribution, mean: f64) {
    let room = 4.0 * found.se + 1e-12;
    assert!((found.mean - mean).abs() < room, "{} ± {} for {mean}", found.mean, found.se);
}

#[test]
fn a_discrete_cell_has_the_moments_of_its_table() {
    // Mean 0.3 × 100 + 0.2 × 1000 = 230; squares 3,000 + 200,000 − 230² = 150,100.
    let found = &drawn(
        "[assume]\nodds = \"discrete([[1000, 2], [0, 5], [100, 3]])\"\n\
         half = 0.5\nsame = \"discrete([[1000, 0.2 * half / 0.5], [0, half], [100, 0.3]])\"\n\
         one = \"discrete([[7, 0.1]])\"\nnever = \"discrete([[3, 0], [8, 1], [9, 0]])\"",
        &["odds", "same", "one", "never"],
    );
    for table in &found[..2] {
        assert_mean(table, 230.0);
        assert!((table.sd - 387.427).abs() < 4.0 * 387.427 / (PATHS as f64).sqrt(), "{}", table.sd);
        assert_eq!([table.p25, table.p75, table.p95], [0.0, 100.0, 1000.0]);
    }
    assert_eq!([found[2].min, found[2].max], [7.0, 7.0]);
    assert_eq!([found[3].min, found[3].max], [8.0, 8.0]);
}

#[test]
fn discrete_and_empirical_cells_can_be_correlated() {
    // With correlation 1 to a uniform u, 1 stands where u ≥ 1/2, whatever the order of the table:
    // the mean of the product is ∫ u from 1/2 to 1 = 3/8. The data 10, 20, 20, 50 stand on
    // quarters of u: (10 · 1 + 20 · 3 + 20 · 5 + 50 · 7) / 32 = 16.25.
    let found = drawn(
        "[assume]\nu = \"uniform(0, 1)\"\nd = \"discrete([[1, 1], [0, 1]])\"\n\
         e = 'empirical(\"data/prices.csv\", \"price\")'\n\
         [[correlate]]\ncells = [\"u\", \"d\"]\nrho = 1\n\
         [[correlate]]\ncells = [\"u\", \"e\"]\nrho = 1\n\
         [[correlate]]\ncells = [\"d\", \"e\"]\nrho = 1",
        &["u * d", "u * e", "d * e"],
    );
    assert_mean(&found[0], 0.375);
    assert_mean(&found[1], 16.25);
    // The upper half of the data is 20 and 50.
    assert_mean(&found[2], 17.5);
}

#[test]
fn a_mixture_has_the_moments_of_its_parts() {
    // Mean 0.7 × 10 = 7; squares 0.3 × 1 + 0.7 × (100 + 4) − 49 = 24.1.
    let found = drawn(
        "[assume]\nweight = 3\nm = \"mixture([[normal(0, 1), weight], [normal(10, 2), 7]])\"\n\
         none = \"mixture([[normal(1000000000, 1), 0], [beta(2, 3), 1]])\"",
        &["m", "none"],
    );
    assert_mean(&found[0], 7.0);
    assert!((found[0].sd - 24.1_f64.sqrt()).abs() < 0.05, "{}", found[0].sd);
    assert_mean(&found[1], 0.4);
    assert!(found[1].max <= 1.0);
}

#[test]
fn empirical_draws_rows_of_the_data() {
    let found = drawn(
        "[assume]\ne = { is = 'empirical(\"data/prices.csv\", \"price\")', unit = \"JPY\" }",
        &["e / yen(1)", "e / yen(1) * (if e == yen(20) { 1 } else { 0 })"],
    );
    // Mean 25; squares (100 + 400 + 400 + 2500) / 4 − 625 = 225.
    assert_mean(&found[0], 25.0);
    assert!((found[0].sd - 15.0).abs() < 0.1, "{}", found[0].sd);
    assert_mean(&found[1], 10.0);
}

#[test]
fn a_multinomial_list_has_its_moments_and_sums_to_n() {
    // n = 40: means 40 p; covariance −40 p q; the sum is 40 on every path.
    let found = drawn(
        "[assume]\nc = \"multinomial(40, [0.2, 0.3, 0, 0.5])\"\n\
         none = \"multinomial(0, [0.5, 0.5])\"\nall = \"multinomial(9, [0, 1])\"\n\
         one = \"multinomial(6, [1])\"",
        &[
            "c[0]",
            "c[1]",
            "c[2]",
            "c[3]",
            "(c[0] - 8) * (c[3] - 20)",
            "(c[1] - 12) * (c[1] - 12)",
            "c[0] + c[1] + c[2] + c[3]",
            "none[0] + none[1]",
            "all[1]",
            "one[0]",
        ],
    );
    for (at, mean) in [8.0, 12.0, 0.0, 20.0, -4.0, 8.4, 40.0, 0.0, 9.0, 6.0].iter().enumerate() {
        assert_mean(&found[at], *mean);
    }
    for at in [2, 6, 7, 8, 9] {
        assert_eq!(found[at].min, found[at].max);
    }
}

#[test]
fn a_dirichlet_list_has_its_moments_and_sums_to_one() {
    // Shapes 0.5, 1.5, 3: A = 5, mean a / A, covariance −a b / (A² (A + 1)). Tiny shapes leave
    // everything in one share: the mean of the sum of squares is Σ a (a + 1) / (A (A + 1)).
    let found = drawn(
        "[assume]\nd = \"dirichlet([0.5, 1.5, 3])\"\nk = 0.001\ntiny = \"dirichlet([k, 2 * k, k])\"\n\
         counts = \"multinomial(30, [d[0], d[1], d[2]])\"",
        &[
            "d[0]",
            "d[1]",
            "d[2]",
            "(d[0] - 0.1) * (d[2] - 0.6)",
            "d[0] + d[1] + d[2]",
            "tiny[0]",
            "tiny[1]",
            "tiny[0] * tiny[0] + tiny[1] * tiny[1] + tiny[2] * tiny[2]",
            "(counts[0] - 3) * (counts[0] - 3)",
        ],
    );
    let (k, total) = (0.001, 0.004);
    let squares = (2.0 * k * (k + 1.0) + 2.0 * k * (2.0 * k + 1.0)) / (total * (total + 1.0));
    // The last: a beta-binomial count, n p (1 − p) (A + n) / (A + 1).
    let spread = 30.0 * 0.1 * 0.9 * 35.0 / 6.0;
    for (at, mean) in [0.1, 0.3, 0.6, -0.01, 1.0, 0.25, 0.5, squares, spread].iter().enumerate() {
        assert_mean(&found[at], *mean);
    }
    assert!(found[4].max - found[4].min < 1e-12, "{:?}", found[4]);
}

#[test]
fn a_list_may_be_drawn_at_every_evaluation_and_differ_by_branch() {
    let scenario = parse(
        "[assume]\npart = \"uniform(0, 1)\"\n[assume.each]\n\
         states = \"if t == 1 { multinomial(100, [0.5, 0.5]) } else { multinomial(100, [0.9, 0.1]) }\"\n\
         by = \"if part < 0.5 { [part, 1] } else { [1 - part, 2] }\"\n\
         first = \"states[0]\"\ngrown = \"states[0] - before(first, 50)\"",
        &["yen(grown)", "yen(by[0])", "yen(by[1])"],
    )
    .unwrap_or_else(|problems| panic!("{problems:#?}"));
    let found = simulate(&scenario, &Settings::default(), &Unwatched).unwrap();
    // (50 − 50) + (90 − 50), and over two evaluations twice 1/4 and twice 1.5.
    for (at, mean) in [40.0, 0.5, 3.0].iter().enumerate() {
        assert_mean(&found.benefits[at].amount, *mean);
    }
}

#[test]
fn values_keep_their_units_and_are_drawn_in_benefits_too() {
    let scenario = parse(
        "[assume]\nlow = \"yen(3)\"",
        &[
            "discrete([[yen(0), 1], [yen(100), 3]])",
            "mixture([[low, 1], [yen(5), 1]])",
            "yen(1) * empirical(\"data/prices.csv\", \"price\")",
            "yen(multinomial(10, [0.25, 0.75])[0])",
        ],
    )
    .unwrap_or_else(|problems| panic!("{problems:#?}"));
    let projection = simulate(&scenario, &Settings::default(), &Unwatched).unwrap();
    // Two evaluations, drawn anew at each: twice the mean, and √2 times the spread.
    for (benefit, mean, sd) in [
        (&projection.benefits[0], 150.0, 43.301 * 2_f64.sqrt()),
        (&projection.benefits[1], 8.0, 2_f64.sqrt()),
        (&projection.benefits[2], 50.0, 15.0 * 2_f64.sqrt()),
        (&projection.benefits[3], 5.0, 3.75_f64.sqrt()),
    ] {
        assert_mean(&benefit.amount, mean);
        assert!((benefit.amount.sd / sd - 1.0).abs() < 0.01, "{}: {sd}", benefit.amount.sd);
    }
}

#[test]
fn what_cannot_be_is_refused_where_it_stands() {
    for (cell, id, found) in [
        ("discrete([[2, 1], [1, -1]])", "impossible-parameter", "weight 1 = 1, weight 2 = -1"),
        ("discrete([[1, 0]])", "impossible-parameter", "weight 1 = 0"),
        ("discrete([[1, 2, 3]])", "wrong-list", "[…]"),
        ("discrete([])", "wrong-list", "0 entries"),
        ("discrete(3)", "wrong-list", "3"),
        ("discrete([[p, 1]])", "not-literal", ""),
        ("discrete([[yen(1), 1], [2, 1], [usd(3), 1]])", "mixed-units", ""),
        ("mixture([[true, p]])", "not-a-number", ""),
        ("multinomial(3, [0.5, 0.6])", "impossible-parameter", "n = 3, p1 = 0.5, p2 = 0.6"),
        ("multinomial(2.5, [1])", "impossible-parameter", "n = 2.5, p1 = 1"),
        ("multinomial(3, 0.5)", "wrong-list", "0.5"),
        ("dirichlet([1, 0])", "impossible-parameter", "a1 = 1, a2 = 0"),
        ("multinomial(3, [0.5, 0.5])[2]", "wrong-index", ""),
        ("if p < 1 { [p] } else { [p, p] }", "uneven-list", ""),
        ("if p < 1 { [p] } else { p }", "uneven-list", ""),
        ("list + 1", "mixed-kinds", ""),
        ("exp(list)", "not-a-number", "[…]"),
        ("empirical(1, 2)", "not-a-text", "1"),
    ] {
        let cells =
            format!("[assume]\np = \"uniform(0, 1)\"\nlist = \"dirichlet([1, 1])\"\nx = '{cell}'");
        let problems = parse(&cells, &[]).expect_err(cell);
        if id != "mixed-kinds" {
            assert_eq!(problems[0].id, id, "{cell}: {problems:#?}");
        }
        let place = problems[0].place.as_ref().expect(cell);
        assert_eq!((place.file.as_str(), place.line), ("s.toml", 7), "{cell}");
        let text = problems[0].found.as_ref().map_or("", |text| text.en.as_str());
        assert!(found.is_empty() || text == found, "{cell}: {text}");
    }
    for (cell, id, place) in [
        ("empirical(\"prices.csv\", \"price\")", "unreadable-file", ("s.toml", 5, 6)),
        ("empirical(\"data/prices.csv\", \"prize\")", "missing-column", ("data/prices.csv", 1, 1)),
        ("empirical(\"data/holes.csv\", \"price\")", "not-a-number", ("data/holes.csv", 3, 3)),
    ] {
        let problems = parse(&format!("[assume]\nx = '{cell}'"), &[]).expect_err(cell);
        let at = problems[0].place.as_ref().expect(cell);
        assert_eq!(problems[0].id, id, "{cell}");
        assert_eq!((at.file.as_str(), at.line, at.column), place, "{cell}");
    }
    let holes = parse("[assume]\nx = 'empirical(\"data/holes.csv\", \"price\")'", &[]).unwrap_err();
    assert_eq!(holes.len(), 2);
    assert_eq!(holes[1].found.as_ref().unwrap().en, "\"about 20\"");
}

#[test]
fn what_becomes_impossible_is_named_with_its_cell_and_path() {
    for (cell, found, expected) in [
        (
            "discrete([[1, p], [2, 1 - p]])",
            "weight 1 = ",
            "weight 2: at least 0, and not every weight 0",
        ),
        ("multinomial(10, [p, 1 - p])[0]", "n = 10, p1 = ", "p1: between 0 and 1, all together 1"),
        (
            "multinomial(10, [p / 2, 0.1])[0]",
            "n = 10, p1 = ",
            "p2: between 0 and 1, all together 1",
        ),
        ("dirichlet([1, 1.5 - p])[0]", "a1 = 1, a2 = -", "a2: above 0"),
    ] {
        let cells = format!("[assume]\np = \"uniform(1.6, 1.9)\"\nbad = \"{cell}\"");
        let scenario = parse(&cells, &["yen(bad)"]).unwrap_or_else(|found| panic!("{found:#?}"));
        let problems = simulate(&scenario, &Settings::default(), &Unwatched).unwrap_err();
        assert_eq!(problems[0].id, "impossible-parameter");
        assert!(problems[0].message.en.contains("`bad`"), "{problems:#?}");
        assert!(problems[0].message.en.contains("path 0"), "{problems:#?}");
        assert!(problems[0].found.as_ref().unwrap().en.starts_with(found), "{problems:#?}");
        assert_eq!(problems[0].expected.as_ref().unwrap().en, expected);
    }
}

#[test]
fn several_draws_cannot_be_correlated() {
    for cell in [
        "mixture([[0, 1], [3, 2]])",
        "multinomial(10, [0.5, 0.5])",
        "dirichlet([1, 2])",
        "normal(0, 1) + empirical(\"data/prices.csv\", \"price\")",
    ] {
        let cells = format!(
            "[assume]\na = \"normal(0, 1)\"\nb = '{cell}'\n[[correlate]]\ncells = [\"a\", \"b\"]\nrho = 0.5"
        );
        let problems = parse(&cells, &[]).expect_err(cell);
        assert_eq!(problems[0].id, "several-draws", "{cell}: {problems:#?}");
    }
}

#[test]
fn a_list_has_no_evaluation_before() {
    for (cells, amount) in [
        ("l = \"dirichlet([1, 1])\"\nx = \"before(l, 0.5)\"", "yen(x)"),
        ("l = \"dirichlet([1, 1])\"\nx = \"before(l[0], 0.5)\"", "yen(x)"),
        ("l = \"dirichlet([1, before(l, 1)])\"", "yen(l[0])"),
    ] {
        let problems = parse(&format!("[assume.each]\n{cells}"), &[amount]).expect_err(cells);
        assert_eq!(problems[0].id, "not-a-cell", "{cells}: {problems:#?}");
    }
}
