//! The errors a simulation states are those of repeated runs, and a run until a figure is precise is
//! the run of as many paths.

use engine::problem::Language;
use engine::scenario::Scenario;
use engine::simulate::{Distribution, Projection, Settings, Target, simulate};
use seika_tests::{Repository, Unwatched};

const TAMA: &str = "scenarios/tama-hypertension.toml";

fn json(projection: &Projection) -> String {
    serde_json::to_string(&projection.to_json(Language::Ja)).unwrap()
}

fn paths(paths: u64) -> Settings {
    Settings { paths: Some(paths), ..Settings::default() }
}

#[test]
fn a_run_until_a_figure_is_precise_is_the_run_of_as_many_paths() {
    let scenario = Scenario::read(&Repository, TAMA).unwrap();
    for (target, figure) in [
        ("0.05%", "payment"),
        ("benefit=1%", "benefit"),
        ("payment.p95=20_000", "payment"),
        ("cap_reached=0.003", "cap_reached"),
    ] {
        let mut found = Vec::new();
        for threads in [1, 3] {
            let settings = Settings {
                paths: Some(2_000_000),
                threads: Some(threads),
                until: Some(Target::parse(target).unwrap()),
                ..Settings::default()
            };
            let mut until = simulate(&scenario, &settings, &Unwatched).unwrap();
            let reached = until.until.take().unwrap();
            assert!(reached.reached, "{target}");
            if figure == "payment" && !target.contains("p95") {
                assert!(reached.se <= 0.0005 * reached.value && reached.se == until.payment.se);
            }
            let whole = simulate(&scenario, &paths(until.paths), &Unwatched).unwrap();
            assert_eq!(json(&until), json(&whole), "{target}");
            found.push(until.paths);
        }
        assert_eq!(found[0], found[1], "{target}");
    }
}

#[test]
fn a_precision_that_is_not_reached_is_said() {
    let scenario = Scenario::read(&Repository, TAMA).unwrap();
    let target = Target::parse("payment=1").unwrap();
    let settings = Settings { until: Some(target), ..paths(5_000) };
    let projection = simulate(&scenario, &settings, &Unwatched).unwrap();
    assert_eq!(projection.paths, 5_000);
    assert!(!projection.until.unwrap().reached);
}

const RUNS: u64 = 200;

/// Many runs of the Tama scenario.
fn repeated(antithetic: bool) -> Vec<Projection> {
    let scenario = Scenario::read(&Repository, TAMA).unwrap();
    let one = |seed| {
        let settings = Settings { seed: Some(seed), antithetic, ..paths(2_000) };
        simulate(&scenario, &settings, &Unwatched).unwrap()
    };
    (0..RUNS).map(one).collect()
}

/// The mean of the errors told over the spread of the figures themselves.
fn told_over_found(runs: &[Projection], figure: impl Fn(&Projection) -> (f64, f64)) -> f64 {
    let n = RUNS as f64;
    let mean = runs.iter().map(|run| figure(run).0).sum::<f64>() / n;
    let squares: f64 = runs.iter().map(|run| (figure(run).0 - mean).powi(2)).sum();
    let told = runs.iter().map(|run| figure(run).1).sum::<f64>() / n;
    told / (squares / (n - 1.0)).sqrt()
}

fn mean_of(amount: &Distribution) -> (f64, f64) {
    (amount.mean, amount.se)
}

// The spread of 200 runs is itself known to 5%, so four of its errors are 20%.

#[test]
fn the_errors_of_means_and_probabilities_are_those_of_repeated_runs() {
    for antithetic in [false, true] {
        let runs = repeated(antithetic);
        let ratios = [
            told_over_found(&runs, |run| mean_of(&run.payment)),
            told_over_found(&runs, |run| mean_of(&run.benefit)),
            told_over_found(&runs, |run| mean_of(&run.no_effect)),
            told_over_found(&runs, |run| (run.net_positive.value, run.net_positive.se)),
            // Not there on every path: the mean of those that are.
            told_over_found(&runs, |run| mean_of(&run.evaluations[2].outcomes[0].value.unwrap())),
        ];
        assert!(ratios.iter().all(|ratio| (0.8..1.25).contains(ratio)), "{antithetic} {ratios:?}");
    }
}

#[test]
fn antithetic_paths_make_means_more_precise_and_leave_the_distribution_as_it_is() {
    let scenario = Scenario::read(&Repository, TAMA).unwrap();
    let run = |antithetic| {
        let settings = Settings { antithetic, ..paths(60_000) };
        simulate(&scenario, &settings, &Unwatched).unwrap()
    };
    let (plain, mirrored) = (run(false), run(true));
    assert!(mirrored.benefit.se < plain.benefit.se / 2.0);
    assert!(mirrored.payment.se < plain.payment.se);
    for (a, b) in [(&plain.payment, &mirrored.payment), (&plain.benefit, &mirrored.benefit)] {
        assert!((a.mean - b.mean).abs() < 4.0 * a.se.hypot(b.se));
        assert!((a.sd / b.sd - 1.0).abs() < 0.03);
        for place in 0..7 {
            let gap = a.percentiles()[place] - b.percentiles()[place];
            assert!(gap.abs() <= 4.0 * a.errors.0[place].hypot(b.errors.0[place]), "{place}");
        }
    }
}

#[test]
fn the_errors_of_percentiles_are_those_of_repeated_runs() {
    let runs = repeated(false);
    for place in 0..7 {
        let figure =
            |run: &Projection| (run.benefit.percentiles()[place], run.benefit.errors.0[place]);
        // The ranks around the outer percentiles of 2,000 values are whole numbers, which makes
        // their errors a little too large.
        let ratio = told_over_found(&runs, figure);
        assert!((0.8..1.3).contains(&ratio), "{place}: {ratio}");
    }
    // Of mirrored paths they are told as large as they could be.
    let runs = repeated(true);
    let figure = |run: &Projection| (run.benefit.percentiles()[3], run.benefit.errors.0[3]);
    assert!(told_over_found(&runs, figure) > 1.0);
}
