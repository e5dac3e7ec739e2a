//! Correlations stated by rank, and the pairs that an impossible set of them names.

use engine::problem::{Problem, Source};
use engine::scenario::Scenario;
use seika_tests::{Memory, values};

const PATHS: usize = 200_000;

fn parse(cells: &str) -> Result<Scenario, Vec<Problem>> {
    let contract = r#"
contract("test", #{ from: "2020-04-01", to: "2025-03-31", tax: unstated(), rounding: half_up(1) });
party("city", #{ role: "payer" });
party("vendor", #{ role: "provider" });
evaluations([#{ at: "2021-03-31", paid: "2021-03-31" }]);
let x = mean("x", #{ digits: 3 });
pay("outcome", |e| tiers(e[x], [[0, yen(1)]]));
"#;
    let files = Memory::default().with("c.rhai", contract);
    let text = format!(
        "contract = \"c.rhai\"\n{cells}\n[outcomes.x]\nvalue = 1\n\
         [benefits.a]\namount = \"yen(a)\"\n[benefits.b]\namount = \"yen(b)\"\n"
    );
    Scenario::parse(&files, &Source::new("s.toml", text))
}

/// The rank of each value, from 0.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut ranks = vec![0.0; values.len()];
    for (rank, at) in order.into_iter().enumerate() {
        ranks[at] = rank as f64;
    }
    ranks
}

/// Pearson's correlation.
fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let n = a.len() as f64;
    let (mean_a, mean_b) = (a.iter().sum::<f64>() / n, b.iter().sum::<f64>() / n);
    let sum = |pairs: &mut dyn Iterator<Item = (f64, f64)>| {
        pairs.map(|(a, b)| (a - mean_a) * (b - mean_b)).sum::<f64>()
    };
    let both = sum(&mut a.iter().copied().zip(b.iter().copied()));
    let spread =
        |values: &[f64], mean: f64| values.iter().map(|value| (value - mean).powi(2)).sum::<f64>();
    both / (spread(a, mean_a) * spread(b, mean_b)).sqrt()
}

#[test]
fn a_correlation_of_nothing_leaves_every_draw_as_it_is() {
    let cells = "[assume]\na = \"gamma(2, 3)\"\nb = \"beta(2, 5)\"\nc = \"gamma(4, 1)\"\n";
    let pair = |first: &str, second: &str, how: &str| {
        format!("[[correlate]]\ncells = [\"{first}\", \"{second}\"]\n{how}\n")
    };
    let drawn = |pairs: &str| {
        let scenario = parse(&format!("{cells}{pairs}")).unwrap_or_else(|all| panic!("{all:#?}"));
        let nodes = [scenario.model.benefits[0].amount, scenario.model.benefits[1].amount];
        values(&scenario, 1_000, nodes)
    };
    let plain = drawn("");
    for how in ["rho = 0", "rho = 0.0", "rank = 0"] {
        assert_eq!(drawn(&pair("a", "b", how)), plain, "{how}");
    }
    // Beside others, too, wherever it stands.
    let other = pair("a", "c", "rho = 0.5");
    let with = drawn(&other);
    assert_ne!(with[0], plain[0]);
    assert_eq!(drawn(&[pair("b", "a", "rho = 0"), other.clone()].concat()), with);
    assert_eq!(drawn(&[other, pair("c", "b", "rank = 0")].concat()), with);
}

#[test]
fn very_skewed_cells_have_the_rank_correlation_that_was_stated() {
    for rank in [0.6, -0.35, 0.95] {
        let scenario = parse(&format!(
            "[assume]\na = \"lognormal(0, 3)\"\nb = \"beta(0.3, 5)\"\n\
             [[correlate]]\ncells = [\"a\", \"b\"]\nrank = {rank}"
        ))
        .unwrap_or_else(|problems| panic!("{problems:#?}"));
        let nodes = [scenario.model.benefits[0].amount, scenario.model.benefits[1].amount];
        let [a, b] = values(&scenario, PATHS, nodes);
        let found = correlation(&ranks(&a), &ranks(&b));
        // A rank correlation of n pairs is known to at most 1 / √n.
        assert!((found - rank).abs() < 4.0 / (PATHS as f64).sqrt(), "{found} for {rank}");
        // Pearson's own is far from it, so skewed are these.
        assert!((correlation(&a, &b) - rank).abs() > 0.1);
    }
}

#[test]
fn either_rho_or_rank_is_stated() {
    for (stated, id) in [
        ("rho = 0.3\nrank = 0.3", "wrong-value"),
        ("", "missing-key"),
        ("rank = 1.5", "wrong-value"),
        ("ranks = 0.5", "unknown-key"),
    ] {
        let problems = parse(&format!(
            "[assume]\na = \"normal(0, 1)\"\nb = \"normal(0, 1)\"\n\
             [[correlate]]\ncells = [\"a\", \"b\"]\n{stated}"
        ))
        .expect_err(stated);
        assert!(problems.iter().any(|problem| problem.id == id), "{stated}: {problems:#?}");
    }
}

#[test]
fn pairs_that_contradict_each_other_are_named_with_what_would_fit() {
    let cells = |pairs: &str| {
        format!(
            "[assume]\na = \"normal(0, 1)\"\nb = \"normal(0, 1)\"\nc = \"normal(0, 1)\"\n\
             d = \"normal(0, 1)\"\n{pairs}"
        )
    };
    let pair = |a: &str, b: &str, stated: &str| {
        format!("[[correlate]]\ncells = [\"{a}\", \"{b}\"]\n{stated}\n")
    };
    let stated = [
        pair("d", "a", "rho = 0.2"),
        pair("a", "b", "rho = 0.9"),
        pair("b", "c", "rho = 0.9"),
        pair("a", "c", "rho = -0.9"),
    ]
    .concat();
    let problems = parse(&cells(&stated)).unwrap_err();
    assert_eq!(problems[0].id, "impossible-correlation");
    let text =
        |problem: &Problem| (problem.found.clone().unwrap().en, problem.help.clone().unwrap().en);
    let (found, help) = text(&problems[0]);
    assert_eq!(found, "a–b: rho = 0.9, a–c: rho = -0.9, b–c: rho = 0.9");
    // The middle is 0.9 · 0.9; d takes 0.04 of the variance of a, so that the half width is
    // √(1 − 0.81 − 0.04) √(1 − 0.81) = 0.16882. The least eigenvalue of the four cells'
    // correlations without the diagonal is −1.8074 (numpy), and 1 over it fits.
    assert_eq!(
        help,
        "given the others, `rho` of a–c fits from 0.65 to 0.97; or multiply every correlation by 0.55 or less"
    );
    // Two large correlations leave no room for a pair that is not stated.
    let stated = [pair("a", "b", "rank = 0.9"), pair("b", "c", "rank = 0.9")].concat();
    let (found, help) = text(&parse(&cells(&stated)).unwrap_err()[0]);
    assert_eq!(found, "a–b: rank = 0.9, a–c: 0, not stated, b–c: rank = 0.9");
    // ρ = 0.90798; beside it and 0 the second may be √(1 − 0.82443) = 0.41901, its rank 0.40323.
    assert!(help.starts_with("given the others, `rank` of b–c fits from -0.40 to 0.40;"), "{help}");
    // √2 · 2 sin(π 0.9 f ÷ 6) = 1: f = 0.7669.
    assert!(help.ends_with("multiply every correlation by 0.76 or less"), "{help}");
}
