//! The luck of measurement: the nodes of a model that tell it from the spread of the truth.

use engine::problem::Source;
use engine::scenario::Scenario;
use seika_tests::{Memory, values};

const PATHS: usize = 200_000;

fn scenario(pay: &str, scenario: &str) -> Scenario {
    let contract = format!(
        r#"
contract("test", #{{ from: "2020-04-01", to: "2025-03-31", tax: unstated(), rounding: half_up(1) }});
party("city", #{{ role: "payer" }});
party("vendor", #{{ role: "provider" }});
evaluations([#{{ at: "2021-03-31", paid: "2021-03-31" }}]);
let x = mean("x", #{{ digits: 10 }});
pay("base", |e| yen(1000));
pay("outcome", |e| {pay});
"#
    );
    let files = Memory::default().with("c.rhai", &contract);
    let text = format!("contract = \"c.rhai\"\n{scenario}");
    Scenario::parse(&files, &Source::new("s.toml", text))
        .unwrap_or_else(|problems| panic!("{problems:#?}"))
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn variance(values: &[f64]) -> f64 {
    let mean = mean(values);
    values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (values.len() - 1) as f64
}

#[test]
fn of_a_straight_payment_luck_has_the_share_of_the_error_s_variance() {
    // Truth of variance 2² = 4, drift of 1, error of 12² / 36 = 4: luck is 5 of 9.
    let scenario = scenario(
        "linear(e[x], [-1000, yen(0)], [1000, yen(2_000_000_000)])",
        "[assume]\ntruth = \"normal(5, 2)\"\n\
         [outcomes.x]\nmean = \"truth\"\ndrift = \"normal(1, 1)\"\nsd = 12\nn = 36",
    );
    let model = &scenario.model;
    let outcome = model.lines.iter().position(|line| line.name == "outcome").unwrap();
    let [pay, again, luck, line, base] = values(
        &scenario,
        PATHS,
        [
            model.effect.payment,
            model.remeasured.payment,
            model.luck.payment,
            model.luck.lines[outcome],
            model.luck.lines[1 - outcome],
        ],
    );
    let share = mean(&luck) / variance(&pay);
    // The mean of ½ (e − e')², a χ² variable, is known to √(2 / n) of itself, the variance too.
    assert!((share / (5.0 / 9.0) - 1.0).abs() < 4.0 * (4.0 / PATHS as f64).sqrt(), "{share}");
    assert!((variance(&again) / variance(&pay) - 1.0).abs() < 4.0 * (4.0 / PATHS as f64).sqrt());
    for path in 0..PATHS {
        let half_square = 0.5 * (pay[path] - again[path]).powi(2);
        assert!((luck[path] - half_square).abs() <= 1e-9 * half_square.max(1.0));
    }
    assert_eq!(luck, line);
    assert!(base.iter().all(|luck| *luck == 0.0));
    // The truth is the same: the two payments covary by its variance, (10⁶ yen · 2)².
    let sums: Vec<f64> = pay.iter().zip(&again).map(|(a, b)| a + b).collect();
    let covariance = (variance(&sums) - variance(&pay) - variance(&again)) / 2.0;
    assert!((covariance / 4e12 - 1.0).abs() < 0.03, "{covariance}");
}

#[test]
fn without_a_draw_in_measuring_there_is_no_luck() {
    let scenario = scenario(
        "yen(100) * e[x]",
        "[assume]\ntruth = \"normal(5, 2)\"\n[outcomes.x]\nmean = \"truth\"\ndrift = 1",
    );
    let model = &scenario.model;
    let luck = [model.luck.payment, model.luck.lines[0], model.luck.lines[1]];
    for node in luck {
        assert!(model.graph.literal(node).is_some_and(|value| value.is_zero()));
    }
    assert_eq!(model.remeasured.payment, model.effect.payment);
}

#[test]
fn a_threshold_is_passed_by_luck_and_missed_by_luck() {
    // Error 12 / √36 = 2. Without effect 0 reaches 3 with probability 1 − Φ(1.5) = 0.0668072; a
    // fall of 4 misses it with Φ(−0.5) = 0.3085375.
    let scenario = scenario(
        "all_or_nothing(e[x] >= 3, yen(1_000_000))",
        "[assume]\neffect = { is = \"4\", no_effect = \"0\" }\n\
         [outcomes.x]\nmean = \"effect\"\nsd = 12\nn = 36",
    );
    let model = &scenario.model;
    assert_eq!(model.line_pays.len(), 1, "the fixed line reads no outcome");
    let pays = &model.line_pays[0];
    assert_eq!(model.lines[pays.line].name, "outcome");
    let [works, fails] = values(&scenario, PATHS, [pays.effect, pays.no_effect]);
    for (found, exact) in [(1.0 - mean(&works), 0.308_537_5), (mean(&fails), 0.066_807_2)] {
        let error = f64::sqrt(exact * (1.0 - exact) / PATHS as f64);
        assert!((found - exact).abs() < 4.0 * error, "{found} for {exact}");
    }
}
