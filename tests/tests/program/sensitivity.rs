//! Sensitivity analyses against models whose answers are known exactly, or were found by others.

use engine::analyse::Measure;
use engine::analyse::sensitivity::{
    AxisAsked, CellBar, Figure, GridAsked, Indices, Limit, Question, Sensitivity, Steps,
    sensitivity,
};
use engine::problem::{Language, Source};
use engine::scenario::Scenario;
use engine::simulate::{Settings, simulate};
use rust_decimal::Decimal;
use seika_tests::{Memory, Repository, Unwatched};
use statrs::distribution::{Continuous, ContinuousCDF, Normal};

/// A contract that pays in a straight line from 0.15 to 0.25, with the payment at the top as a
/// parameter.
const CONTRACT: &str = r#"
contract("test", #{ from: "2020-04-01", to: "2025-03-31", tax: unstated(), rounding: half_up(1) });
party("city", #{ role: "payer" });
party("vendor", #{ role: "provider" });
evaluations([#{ at: "2021-03-31", paid: "2021-03-31" }]);
let x = mean("x", #{ digits: 10 });
let top = param("top", yen(1_000_000), [yen(500_000), yen(2_000_000)]);
pay("outcome", |e| linear(e[x], [0.15, yen(0)], [0.25, top]));
"#;

fn scenario(text: &str) -> Scenario {
    let files = Memory::default().with("c.rhai", CONTRACT);
    let text = format!("contract = \"c.rhai\"\npaths = 100_000\nseed = 11\n{text}");
    Scenario::parse(&files, &Source::new("s.toml", text))
        .unwrap_or_else(|problems| panic!("{problems:#?}"))
}

fn question(scenario: &Scenario, figure: &str) -> Question {
    let measure = Measure::named(scenario, figure).unwrap();
    Question { figure: Figure { measure, limit: None }, sobol: false, grids: Vec::new() }
}

fn asked(scenario: &Scenario, question: &Question, paths: u64) -> Sensitivity {
    let settings = Settings { paths: Some(paths), ..Settings::default() };
    sensitivity(scenario, question, &settings, &Unwatched)
        .unwrap_or_else(|problems| panic!("{problems:#?}"))
}

fn sobol(scenario: &Scenario, figure: &str, paths: u64) -> Sensitivity {
    asked(scenario, &Question { sobol: true, ..question(scenario, figure) }, paths)
}

fn bar<'a>(answer: &'a Sensitivity, cell: &str) -> &'a CellBar {
    answer.cells.iter().find(|bar| bar.cell.name == cell).unwrap()
}

fn indices(answer: &Sensitivity, factor: &str) -> Indices {
    let factors = &answer.sobol.as_ref().unwrap().factors;
    factors.iter().find(|(known, _)| known.name() == factor).unwrap().1
}

/// `Y = 2a + 3b + c`, with variances 4 · 1, 9 · 0.25, 1 · 4: 10.25 in all; `unused` moves nothing.
const LINEAR: &str = r#"
[assume]
a = "normal(1, 1)"
b = "normal(2, 0.5)"
c = "normal(3, 2)"
unused = "normal(0, 1)"
[outcomes.x]
value = 0.2
[benefits.y]
amount = "yen(1) * (2 * a + 3 * b + c)"
"#;

#[test]
fn the_indices_of_a_linear_model_are_within_a_hundredth() {
    let scenario = scenario(LINEAR);
    let answer = sobol(&scenario, "benefit", 200_000);
    for (cell, exact) in [("a", 4.0 / 10.25), ("b", 2.25 / 10.25), ("c", 4.0 / 10.25)] {
        let Indices { first, total } = indices(&answer, cell);
        for found in [first, total] {
            assert!((found.value - exact).abs() < 0.01, "{cell}: {found:?} for {exact}");
            assert!((found.value - exact).abs() < 4.0 * found.se, "{cell}: {found:?} for {exact}");
        }
    }
    let sobol = answer.sobol.as_ref().unwrap();
    assert!((sobol.sum_of_first.value - 1.0).abs() < 4.0 * sobol.sum_of_first.se);
    assert!(sobol.sum_of_first.se < 0.01, "{:?}", sobol.sum_of_first);
    assert!((sobol.variance / 10.25 - 1.0).abs() < 0.02, "{}", sobol.variance);
    // A, B, and one for each cell the figure is made from.
    assert_eq!(sobol.runs, 5);
}

#[test]
fn an_unused_cell_has_indices_and_a_width_of_exactly_nothing() {
    let scenario = scenario(LINEAR);
    let answer = sobol(&scenario, "benefit", 1_000);
    let Indices { first, total } = indices(&answer, "unused");
    assert_eq!([first.value, first.se, total.value, total.se], [0.0; 4]);
    let ends = bar(&answer, "unused").ends.as_ref().unwrap();
    assert_eq!((ends.difference.mean, ends.difference.se), (0.0, 0.0));
    assert_eq!(ends.changes.map(|change| change.mean), [0.0, 0.0]);
    // One that is used, but multiplied by nothing, is drawn again and moves nothing all the same.
    let text = LINEAR.replace("+ c)\"", "+ c + min(max(unused, 0), 0))\"");
    let answer = sobol(&self::scenario(&text), "benefit", 1_000);
    let Indices { first, total } = indices(&answer, "unused");
    assert_eq!([first.value, first.se, total.value, total.se], [0.0; 4]);
    assert_eq!(answer.sobol.as_ref().unwrap().runs, 6);
}

#[test]
fn a_bar_of_a_linear_model_is_its_weight_times_the_distance_held() {
    let scenario = scenario(LINEAR);
    let answer = asked(&scenario, &question(&scenario, "benefit"), 100_000);
    let order: Vec<&str> = answer.cells.iter().map(|bar| bar.cell.name.as_str()).collect();
    assert_eq!(order[2..], ["b", "unused"]);
    for (cell, weight, mean, sd) in
        [("a", 2.0, 1.0, 1.0), ("b", 3.0, 2.0, 0.5), ("c", 1.0, 3.0, 2.0)]
    {
        let bar = bar(&answer, cell);
        let ends = bar.ends.as_ref().unwrap();
        let (None, [low, high]) = bar.values[0] else { panic!("{:?}", bar.values) };
        // Φ⁻¹(0.9) = 1.281552; a percentile's error is √(p(1 − p)/n) over the density, 0.175498.
        let error = sd * (0.09_f64 / 1e5).sqrt() / 0.175_498;
        assert!((low - (mean - 1.281_552 * sd)).abs() < 4.0 * error, "{cell} {low}");
        assert!((high - (mean + 1.281_552 * sd)).abs() < 4.0 * error, "{cell} {high}");
        // What is not held cancels path by path: what is left is the error of the two points, whose
        // correlation is 1/9. Their slopes are found from some hundred paths on each side.
        assert!((ends.difference.mean - weight * (high - low)).abs() < 1e-9, "{cell}");
        let both = weight * error * (2.0 - 2.0 / 9.0_f64).sqrt();
        assert!((ends.difference.se / both - 1.0).abs() < 0.2, "{cell} {ends:?} {both}");
        // Of the change from the figure as drawn: with the errors of the other cells in both it is
        // that of the point less the cell's own mean, √(error² − sd²/n) each.
        let change = weight * (error * error - sd * sd / 1e5).sqrt();
        assert!((ends.changes[0].se / change - 1.0).abs() < 0.25, "{cell} {ends:?} {change}");
        let others = 10.25 - weight * weight * sd * sd;
        let mean = hypot(weight * error, (others / 1e5).sqrt());
        assert!((ends.means[0].se / mean - 1.0).abs() < 0.2, "{cell} {ends:?} {mean}");
    }
}

#[test]
fn a_bar_s_standard_error_covers_the_exact_difference_as_often_as_it_says() {
    // 2 · 2 · 1.281552 for the cell a, 3 · 2 · 1.281552 · 0.5 for b. Of 100 runs some 95 lie within 1.96
    // standard errors; 88 or fewer by chance once in 300 such tests.
    let scenario = scenario(LINEAR);
    let question = question(&scenario, "benefit");
    let mut covered = [0, 0];
    for seed in 0..100 {
        let settings = Settings { paths: Some(1_000), seed: Some(seed), ..Settings::default() };
        let answer = sensitivity(&scenario, &question, &settings, &Unwatched).unwrap();
        for (covered, (cell, exact)) in covered.iter_mut().zip([("a", 5.126_206), ("b", 3.844_655)])
        {
            let found = bar(&answer, cell).ends.as_ref().unwrap().difference;
            *covered += u32::from((found.mean - exact).abs() < 1.96 * found.se);
        }
    }
    assert!(covered.iter().all(|covered| *covered > 88), "{covered:?}");
}

/// Four evaluations, of which the last pays: from nothing at −10 to 1,000,000,000 at 10.
const LAST_PAYS: &str = r#"
contract("test", #{ from: "2020-04-01", to: "2025-03-31", tax: unstated(), rounding: half_up(1) });
party("city", #{ role: "payer" });
party("vendor", #{ role: "provider" });
evaluations([#{ at: "2021-03-31", paid: "2021-03-31" }, #{ at: "2022-03-31", paid: "2022-03-31" },
    #{ at: "2023-03-31", paid: "2023-03-31" }, #{ at: "2024-03-31", paid: "2024-03-31" }]);
let x = mean("x", #{ digits: 6 });
pay("outcome", |e| if e.last { linear(e[x], [-10, yen(0)], [10, yen(1_000_000_000)]) } else { yen(0) });
"#;

fn at_each_evaluation(cells: &str) -> Scenario {
    let files = Memory::default().with("c.rhai", LAST_PAYS);
    let text = format!(
        "contract = \"c.rhai\"\npaths = 400\nseed = 1\n{cells}\n\
         [outcomes.x]\nvalue = \"u\"\n[benefits.b]\namount = \"yen(1) * u\""
    );
    Scenario::parse(&files, &Source::new("s.toml", text))
        .unwrap_or_else(|problems| panic!("{problems:#?}"))
}

#[test]
fn a_bar_s_standard_error_covers_what_one_of_several_evaluations_pays() {
    // 50,000,000 · 2 · 1.281552. Errors of the points at evaluations that do not pay count for nothing,
    // and are no help to the one that does: 88 or fewer of 100 by chance once in 300 such tests.
    let scenario = at_each_evaluation("[assume.each]\nu = \"normal(0, 1)\"");
    let question = question(&scenario, "payment");
    let mut covered = 0;
    for seed in 0..100 {
        let settings = Settings { paths: Some(400), seed: Some(seed), ..Settings::default() };
        let answer = sensitivity(&scenario, &question, &settings, &Unwatched).unwrap();
        let found = bar(&answer, "u").ends.as_ref().unwrap().difference;
        covered += u32::from((found.mean - 128_155_157.0).abs() < 1.96 * found.se);
    }
    assert!(covered > 88 && covered < 100, "{covered}");
}

#[test]
fn errors_of_instances_add_up_as_the_instances_go_together() {
    // The two ends of one instance: √(2 − 2/9) · √(0.09 / n) / 0.175498 each. The benefit is the sum of
    // four: of independent ones the error is twice that, of ones that are nearly the same four times.
    let paths = 20_000_u32;
    let one = (16.0_f64 / 9.0 * 0.09 / f64::from(paths)).sqrt() / 0.175_498;
    for (cells, times) in [
        ("[assume.each]\nu = \"normal(0, 1)\"", 2.0),
        ("[assume]\nv = \"normal(0, 1)\"\n[assume.each]\nu = \"v + normal(0, 0.000_001)\"", 4.0),
    ] {
        let scenario = at_each_evaluation(cells);
        let answer = asked(&scenario, &question(&scenario, "benefit"), paths.into());
        let bar = bar(&answer, "u");
        let found = bar.ends.as_ref().unwrap().difference;
        assert!((found.se / one / times - 1.0).abs() < 0.25, "{found:?} {one} {times}");
        assert!(!bar.in_steps);
    }
}

#[test]
fn a_cell_that_is_held_at_a_step_is_told_from_a_continuous_one() {
    let text = "[assume]\nyes = \"bernoulli(0.9)\"\nfew = \"poisson(1)\"\n\
                much = \"normal(0, 1)\"\n[outcomes.x]\nvalue = 0.2\n\
                [benefits.b]\namount = \"yen(1) * (yes + few + much)\"";
    let scenario = scenario(text);
    let answer = asked(&scenario, &question(&scenario, "benefit"), 1_000);
    for (cell, in_steps) in [("yes", true), ("few", true), ("much", false)] {
        assert_eq!(bar(&answer, cell).in_steps, in_steps, "{cell}");
    }
    let json = answer.to_json(&scenario, Language::En);
    let told = json["tornado"]["cells"].as_array().unwrap();
    assert!(told.iter().all(|of| of["in_steps"] == (of["cell"] != "much")));
}

#[test]
fn too_few_paths_are_told_where_they_are_stated() {
    let scenario = scenario(LINEAR);
    let asked = |scenario: &Scenario, paths: Option<u64>| {
        let settings = Settings { paths, ..Settings::default() };
        let question = question(scenario, "benefit");
        let problem =
            sensitivity(scenario, &question, &settings, &Unwatched).unwrap_err().remove(0);
        let place = problem.place.unwrap();
        (problem.id, place.file, place.line)
    };
    assert_eq!(asked(&scenario, Some(99)), ("too-few-paths", "s.toml".into(), 0));
    let files = Memory::default().with("c.rhai", CONTRACT);
    let text = format!("contract = \"c.rhai\"\npaths = 99\n{LINEAR}");
    let few = Scenario::parse(&files, &Source::new("s.toml", text)).unwrap();
    assert_eq!(asked(&few, None), ("too-few-paths", "s.toml".into(), 2));
}

/// The mean of a payment from 0 at `low` to 1,000,000 at `high` on a normal outcome: see
/// `closed_forms.rs`.
fn ramp(mean: f64, sd: f64, [low, high]: [f64; 2]) -> f64 {
    let normal = Normal::new(0.0, 1.0).unwrap();
    let above = |k: f64| {
        let d = (mean - k) / sd;
        (mean - k) * normal.cdf(d) + sd * normal.pdf(d)
    };
    1e6 / (high - low) * (above(low) - above(high))
}

#[test]
fn a_bar_of_a_ramp_ends_where_the_formula_says() {
    let text = "[assume]\neffect = \"normal(0.20, 0.02)\"\n\
                [outcomes.x]\nvalue = \"normal(effect, 0.03)\"";
    let scenario = scenario(text);
    let question = question(&scenario, "payment");
    let answer = asked(&scenario, &question, 100_000);
    let bar = bar(&answer, "effect");
    let ends = bar.ends.as_ref().unwrap();
    for (held, found) in bar.values[0].1.into_iter().zip(ends.means) {
        let exact = ramp(held, 0.03, [0.15, 0.25]);
        assert!((found.mean - exact).abs() < 4.0 * found.se, "{found:?} for {exact} at {held}");
    }
    // As drawn the two spreads add up: √(0.02² + 0.03²).
    let exact = ramp(0.20, 0.0013_f64.sqrt(), [0.15, 0.25]);
    assert!((answer.mean.mean - exact).abs() < 4.0 * answer.mean.se, "{:?}", answer.mean);
    // Differences are better known than the means they are taken of.
    assert!(ends.difference.se < 0.95 * hypot(ends.means[0].se, ends.means[1].se));

    // The payment is in proportion to the parameter, and the difference has its error.
    let top = &answer.parameters[0];
    assert_eq!((top.name.as_str(), top.money), ("top", true));
    let ends = top.ends.as_ref().unwrap();
    for (found, times) in ends.means.into_iter().zip([0.5, 2.0]) {
        assert!((found.mean / answer.mean.mean - times).abs() < 1e-5, "{found:?}");
    }
    assert!((ends.difference.se / answer.mean.se - 1.5).abs() < 1e-3, "{ends:?}");

    // A grid of stated means, at two values of the parameter.
    let steps = Steps { low: "0.17".parse().unwrap(), high: "0.23".parse().unwrap(), count: 4 };
    let [down, across] = [("effect", Some(steps)), ("top", None)]
        .map(|(name, steps)| AxisAsked { name: name.into(), steps });
    let question = Question { grids: vec![GridAsked([down, across])], ..question };
    let grid = asked(&scenario, &question, 50_000).grids.remove(0);
    assert_eq!(grid.axes.each_ref().map(|axis| axis.points.len()), [4, 5]);
    for (row, mean) in [0.17, 0.19, 0.21, 0.23].into_iter().enumerate() {
        assert_eq!(grid.axes[0].points[row].values, [mean]);
        for (column, top) in [0.5, 0.875, 1.25, 1.625, 2.0].into_iter().enumerate() {
            let found = grid.means[row][column].as_ref().unwrap();
            let exact = top * ramp(mean, 0.03, [0.15, 0.25]);
            assert!((found.mean - exact).abs() < 4.0 * found.se, "{found:?} for {exact}");
        }
    }
}

fn hypot(a: f64, b: f64) -> f64 {
    (a * a + b * b).sqrt()
}

#[test]
fn parameters_are_priced_as_a_scenario_that_states_them() {
    let text = "[params]\ntop = 800_000\n[assume]\neffect = \"normal(0.20, 0.02)\"\n\
                [outcomes.x]\nvalue = \"normal(effect, 0.03)\"\n[benefits.b]\namount = 1000";
    let scenario = scenario(text);
    let answer = asked(&scenario, &question(&scenario, "net"), 5_000);
    let top = &answer.parameters[0];
    assert_eq!(top.value, Decimal::from(800_000));
    for (end, value) in ["500_000", "2_000_000"].into_iter().enumerate() {
        let scenario = self::scenario(&text.replace("800_000", value));
        let settings = Settings { paths: Some(5_000), ..Settings::default() };
        let net = simulate(&scenario, &settings, &Unwatched).unwrap().net;
        let found = top.ends.as_ref().unwrap().means[end];
        assert!((found.mean - net.mean).abs() < 1e-6 * net.mean.abs(), "{found:?} {net:?}");
        assert!((found.se - net.se).abs() < 1e-6 * net.se, "{found:?} {net:?}");
    }
}

/// Sobol's g function, `Π (|4xᵢ − 2| + aᵢ) / (1 + aᵢ)` with uniform xᵢ (Saltelli and Sobol 1995):
/// `Vᵢ = 1 / 3(1 + aᵢ)²`, `V = Π (1 + Vᵢ) − 1`, `Tᵢ = Vᵢ Π_{j≠i} (1 + Vⱼ)`.
#[test]
fn the_indices_of_the_g_function_are_those_of_the_formula() {
    let text = r#"
[assume]
x0 = "uniform(0, 1)"
x1 = "uniform(0, 1)"
x2 = "uniform(0, 1)"
[outcomes.x]
value = 0.2
[benefits.y]
amount = "yen(1) * abs(4 * x0 - 2) * (abs(4 * x1 - 2) + 1) / 2 * (abs(4 * x2 - 2) + 4.5) / 5.5"
"#;
    let answer = sobol(&scenario(text), "benefit", 200_000);
    let parts = [0.0, 1.0, 4.5].map(|a: f64| 1.0 / (3.0 * (1.0 + a) * (1.0 + a)));
    let all: f64 = parts.iter().map(|part| 1.0 + part).product();
    for (factor, part) in parts.into_iter().enumerate() {
        let Indices { first, total } = indices(&answer, &format!("x{factor}"));
        let exact = [part, part * all / (1.0 + part)].map(|of| of / (all - 1.0));
        for (found, exact) in [first, total].into_iter().zip(exact) {
            assert!((found.value - exact).abs() < 0.01, "x{factor}: {found:?} for {exact}");
            assert!((found.value - exact).abs() < 4.0 * found.se, "x{factor}: {found:?} {exact}");
        }
    }
}

#[test]
fn the_indices_of_a_model_are_those_that_salib_finds() {
    // SALib 1.6.0, sample.sobol.sample(N = 2^17) and analyze.sobol.analyze: S1 and ST.
    let salib =
        [("x1", 0.862_82, 0.941_32), ("x2", 0.058_68, 0.063_49), ("x3", 0.000_00, 0.073_69)];
    let text = r#"
[assume]
x1 = "uniform(-1, 1)"
x2 = "uniform(0, 1)"
x3 = "uniform(0, 4)"
[outcomes.x]
value = 0.2
[benefits.y]
amount = "yen(1_000) * (exp(0.5 * x1) * max(x2, 0.3) + sqrt(x3) * x1)"
"#;
    let answer = sobol(&scenario(text), "benefit", 200_000);
    for (factor, first, total) in salib {
        let found = indices(&answer, factor);
        assert!((found.first.value - first).abs() < 0.01, "{factor}: {found:?} for {first}");
        assert!((found.total.value - total).abs() < 0.01, "{factor}: {found:?} for {total}");
    }
}

#[test]
fn correlated_cells_are_one_factor_and_held_one_at_a_time() {
    let text = format!("{LINEAR}\n[[correlate]]\ncells = [\"a\", \"c\"]\nrho = 0.5");
    let scenario = scenario(&text);
    let answer = sobol(&scenario, "benefit", 50_000);
    // Var(2a + c) = 4 + 4 + 2 · 2 · 0.5 · 2 = 12, of 14.25.
    let both = indices(&answer, "a+c");
    for found in [both.first, both.total] {
        assert!((found.value - 12.0 / 14.25).abs() < 4.0 * found.se, "{found:?}");
    }
    let bar = bar(&answer, "a");
    assert_eq!(bar.cell.partners, ["c"]);
    // c stays as drawn: a alone moves the figure.
    let (_, [low, high]) = bar.values[0];
    let ends = bar.ends.as_ref().unwrap();
    assert!((ends.difference.mean - 2.0 * (high - low)).abs() < 1e-9);
    // Spearman's of two normal variables is 6/π asin(ρ/2); Corr(a, Y) = (2 + 1) / √14.25.
    let exact = 6.0 / std::f64::consts::PI * (3.0 / 14.25_f64.sqrt() / 2.0).asin();
    let of = answer.ranks.iter().find(|of| of.cell == "a").unwrap().simple.unwrap();
    assert!((of.value - exact).abs() < 4.0 * of.se, "{of:?} for {exact}");
    assert!(of.low < exact && exact < of.high, "{of:?} for {exact}");
}

#[test]
fn measurement_is_a_factor_of_its_own() {
    let text = "[assume]\neffect = \"normal(0.20, 0.01)\"\n\
                [outcomes.x]\nmean = \"effect\"\nsd = 0.2\nn = 100\n\
                [benefits.b]\namount = \"yen(1_000) * effect\"";
    let scenario = scenario(text);
    let answer = sobol(&scenario, "payment", 50_000);
    // It is no cell that could be held, which is said.
    let names: Vec<String> = answer.beside_cells.iter().map(|of| of.name()).collect();
    assert_eq!((names, answer.following.len()), (vec!["outcomes".to_owned()], 0));
    let other = asked(&scenario, &question(&scenario, "benefit"), 1_000);
    assert!(other.beside_cells.is_empty());
    // Inside the ramp the payment is linear: shares 0.01² and 0.2²/100 of 0.0005, but for the ends.
    let (effect, luck) = (indices(&answer, "effect"), indices(&answer, "outcomes"));
    assert!((effect.first.value - 0.2).abs() < 0.01, "{effect:?}");
    assert!((luck.first.value - 0.8).abs() < 0.03, "{luck:?}");
    assert_eq!(indices(&sobol(&scenario, "benefit", 1_000), "outcomes").total.value, 0.0);
    // The luck of measurement that a simulation tells is the same total index.
    let settings = Settings { paths: Some(50_000), ..Settings::default() };
    let told = simulate(&scenario, &settings, &Unwatched).unwrap().measurement.payment.unwrap();
    let error = hypot(told.se, luck.total.se);
    assert!((told.value - luck.total.value).abs() < 4.0 * error, "{told:?} {luck:?}");
}

#[test]
fn a_cell_of_each_evaluation_is_held_at_every_one() {
    let text = "[assume]\nstart = \"binomial(1000, 0.5)\"\n\
                [assume.each]\nleft = \"binomial(before(left, start), 0.8)\"\n\
                [outcomes.x]\nvalue = 0.2\n[benefits.b]\namount = \"yen(1) * left\"";
    let contract = CONTRACT
        .replace("evaluations([", "evaluations([#{ at: \"2020-12-31\", paid: \"2020-12-31\" }, ");
    let files = Memory::default().with("c.rhai", &contract);
    let text = format!("contract = \"c.rhai\"\npaths = 20_000\nseed = 1\n{text}");
    let scenario = Scenario::parse(&files, &Source::new("s.toml", text)).unwrap();
    let answer = asked(&scenario, &question(&scenario, "benefit"), 20_000);
    let left = bar(&answer, "left");
    assert_eq!(left.values.len(), 2);
    // Held at both, the benefit is the sum of what it is held at: whole numbers of people.
    for end in [0, 1] {
        let held: f64 = left.values.iter().map(|(_, ends)| ends[end]).sum();
        assert_eq!(held, held.round());
        let found = left.ends.as_ref().unwrap().means[end];
        assert_eq!(found.mean, held);
        // The points err alone, each by about 15.5 √(0.09 / 20,000) / 0.1755 = 0.19 people, which the
        // steps of whole people make coarse.
        assert!(found.se > 0.1 && found.se < 1.0, "{found:?}");
    }
    // The start moves what is left: 0.8 + 0.64 of it, path by path with the luck of the draws.
    let start = bar(&answer, "start");
    let (_, [low, high]) = start.values[0];
    let ends = start.ends.as_ref().unwrap();
    assert!((ends.difference.mean - 1.44 * (high - low)).abs() < 4.0 * ends.difference.se);
}

#[test]
fn what_cannot_be_held_is_told_and_the_others_are() {
    let text = r#"
[assume]
low = "uniform(0.1, 0.2)"
high = "low + uniform(0, 0.1)"
between = "uniform(low, high)"
[outcomes.x]
value = "between"
"#;
    let scenario = scenario(text);
    let question = question(&scenario, "payment");
    let answer = asked(&scenario, &question, 2_000);
    // Held low, `high` falls below `low` on some path.
    let problem = bar(&answer, "high").ends.as_ref().unwrap_err();
    assert_eq!(problem.id, "impossible-parameter");
    assert!(bar(&answer, "between").ends.as_ref().unwrap().width() > 0.0);
    assert_eq!(answer.cells.last().unwrap().cell.name, "high");
    let json = answer.to_json(&scenario, Language::En);
    assert_eq!(json["tornado"]["cells"][2]["impossible"]["id"], "impossible-parameter");
    // In a grid the points that are possible are told.
    let axes = ["low", "high"].map(|name| AxisAsked { name: name.into(), steps: None });
    let question = Question { grids: vec![GridAsked(axes)], ..question };
    let grid = asked(&scenario, &question, 2_000).grids.remove(0);
    assert!(grid.means[0][4].is_ok() && grid.means[4][0].is_err());
}

#[test]
fn the_chance_of_passing_a_limit_is_a_figure_too() {
    let scenario = scenario(LINEAR);
    let mut question = question(&scenario, "benefit");
    let mut chance = |limit: Limit| {
        question.figure.limit = Some(limit);
        asked(&scenario, &question, 50_000)
    };
    // Y is normal with mean 11 and variance 10.25.
    let normal = Normal::new(11.0, 10.25_f64.sqrt()).unwrap();
    let above = chance(Limit::Above(Decimal::from(14)));
    assert!((above.mean.mean - (1.0 - normal.cdf(14.0))).abs() < 4.0 * above.mean.se);
    let below = chance(Limit::Below(Decimal::from(14)));
    assert!((above.mean.mean + below.mean.mean - 1.0).abs() < 1e-12);
    // With a held at v the rest has mean 9 + 2v and variance 6.25.
    let bar = bar(&above, "a");
    for (held, found) in bar.values[0].1.into_iter().zip(bar.ends.as_ref().unwrap().means) {
        let exact = 1.0 - Normal::new(9.0 + 2.0 * held, 2.5).unwrap().cdf(14.0);
        assert!((found.mean - exact).abs() < 4.0 * found.se, "{found:?} for {exact}");
    }
}

#[test]
fn answers_are_the_same_on_any_number_of_threads() {
    let path = "scenarios/tama-hypertension.toml";
    let scenario = Scenario::read(&Repository, path).unwrap();
    let axes = ["uptake", "effect"].map(|name| AxisAsked { name: name.into(), steps: None });
    let question =
        Question { sobol: true, grids: vec![GridAsked(axes)], ..question(&scenario, "net") };
    let on = |threads: usize| {
        let settings =
            Settings { paths: Some(2_003), threads: Some(threads), ..Settings::default() };
        let answer = sensitivity(&scenario, &question, &settings, &Unwatched).unwrap();
        serde_json::to_string(&answer.to_json(&scenario, Language::Ja)).unwrap()
    };
    let one = on(1);
    for threads in [2, 3] {
        assert_eq!(one, on(threads));
    }
}

#[test]
fn every_shipped_scenario_can_be_asked() {
    for path in Repository::files_in("scenarios", ".toml") {
        let scenario = Scenario::read(&Repository, &path).unwrap();
        let name = Figure::default_name(&scenario);
        let answer = sobol(&scenario, name, 300);
        let sobol = answer.sobol.as_ref().unwrap();
        assert!(!answer.cells.is_empty() && !sobol.factors.is_empty(), "{path}");
        assert!(answer.cells.iter().all(|bar| bar.ends.is_ok()), "{path}");
        let width = |bar: &CellBar| bar.ends.as_ref().unwrap().width();
        assert!(answer.cells.is_sorted_by(|one, next| width(one) >= width(next)), "{path}");
    }
}

#[test]
fn the_mean_is_that_of_the_simulation() {
    let scenario = Scenario::read(&Repository, "scenarios/kobe-kidney.toml").unwrap();
    let answer = asked(&scenario, &question(&scenario, "payment"), 5_000);
    let settings = Settings { paths: Some(5_000), ..Settings::default() };
    let payment = simulate(&scenario, &settings, &Unwatched).unwrap().payment;
    assert!((answer.mean.mean - payment.mean).abs() < 1e-9 * payment.mean);
    assert!((answer.sd - payment.sd).abs() < 1e-9 * payment.sd);
}
