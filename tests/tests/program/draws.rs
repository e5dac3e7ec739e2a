//! The rows of single paths are what the projection sums up.

use engine::scenario::Scenario;
use engine::simulate::{Distribution, Settings, simulate, write_draws};
use seika_tests::{Memory, Repository, Unwatched};

struct Rows {
    names: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Rows {
    fn of(scenario: &Scenario, settings: &Settings) -> (String, Rows) {
        let mut bytes = Vec::new();
        write_draws(scenario, settings, &Unwatched, &mut bytes).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        let mut lines = text.split_terminator("\r\n");
        let split = |line: &str| line.split(',').map(str::to_owned).collect::<Vec<_>>();
        let names = split(lines.next().unwrap());
        let rows = lines.map(split).collect();
        (text.clone(), Rows { names, rows })
    }

    /// The values of a column, without the blank ones.
    fn column(&self, name: &str) -> Vec<f64> {
        let at = self.names.iter().position(|known| known == name);
        let at = at.unwrap_or_else(|| panic!("no column {name} in {:?}", self.names));
        let told = self.rows.iter().map(|row| row[at].as_str()).filter(|text| !text.is_empty());
        told.map(|text| text.parse().unwrap()).collect()
    }
}

fn agrees(mut values: Vec<f64>, told: &Distribution) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    let near = |a: f64, b: f64| (a - b).abs() <= 1e-7 * told.sd.max(1e-9 * mean.abs());
    assert!(near(mean, told.mean), "{mean} {told:?}");
    assert!(near((squares / (n - 1.0)).sqrt(), told.sd), "{squares} {told:?}");
    values.sort_by(f64::total_cmp);
    // Type 7: the k-th of n values is the (k − 1) / (n − 1) quantile.
    let place = 0.95 * (n - 1.0);
    let (low, high) = (values[place as usize], values[place as usize + 1]);
    assert!(near(low + place.fract() * (high - low), told.p95), "{told:?}");
}

#[test]
fn every_column_sums_up_to_what_the_projection_says() {
    let scenario = Scenario::read(&Repository, "scenarios/tama-hypertension.toml").unwrap();
    let settings = Settings { paths: Some(9_999), ..Settings::default() };
    let (_, rows) = Rows::of(&scenario, &settings);
    let projection = simulate(&scenario, &settings, &Unwatched).unwrap();
    assert_eq!(rows.rows.len(), 9_999);
    assert_eq!(rows.rows[4321][0], "4321");
    agrees(rows.column("payment"), &projection.payment);
    agrees(rows.column("payment_discounted"), &projection.payment_discounted);
    agrees(rows.column("net"), &projection.net);
    agrees(rows.column("no_effect.payment"), &projection.no_effect);
    agrees(rows.column("benefits.strokes"), &projection.benefits[0].amount);
    for evaluation in &projection.evaluations {
        let at = &evaluation.at;
        agrees(rows.column(&format!("payment@{at}")), &evaluation.payment);
        for line in &evaluation.lines {
            agrees(rows.column(&format!("lines.{}@{at}", line.name)), &line.amount);
        }
        for outcome in &evaluation.outcomes {
            let measured = rows.column(&format!("outcomes.{}@{at}", outcome.name));
            agrees(measured, &outcome.value.unwrap());
        }
    }
    // Cells: one per path, one per evaluation.
    let effect = rows.column("effect");
    assert!((effect.iter().sum::<f64>() / 9_999.0 - 3.6).abs() < 4.0 * 1.33 / 100.0);
    let (before, after) = (rows.column("active@2024-03-31"), rows.column("active@2025-03-31"));
    assert!(before.iter().zip(after).all(|(before, after)| *before >= after));
}

#[test]
fn the_rows_are_the_same_on_any_number_of_threads() {
    let scenario = Scenario::read(&Repository, "scenarios/kobe-kidney.toml").unwrap();
    let text = |threads| {
        let settings =
            Settings { paths: Some(20_000), threads: Some(threads), ..Settings::default() };
        Rows::of(&scenario, &settings).0
    };
    assert_eq!(text(1), text(3));
}

#[test]
fn an_outcome_of_too_few_is_blank() {
    let contract = r#"
contract("c", #{ from: "2024-04-01", to: "2025-03-31", tax: unstated(), rounding: down(1) });
party("city", #{ role: "payer" });
party("vendor", #{ role: "provider" });
evaluations([#{ at: "2025-03-31", paid: "2025-03-31" }]);
let x = mean("x", #{ digits: 1, at_least: 2 });
pay("x", |e| tiers(e[x], [[1, yen(7)]]));
"#;
    let scenario = "contract = \"c.rhai\"\npaths = 100\n[assume]\nk = \"bernoulli(0.5)\"\n\
                    [outcomes.x]\nvalue = 1.5\nn = \"1 + k\"\n";
    let files = Memory::default().with("s.toml", scenario).with("c.rhai", contract);
    let scenario = Scenario::read(&files, "s.toml").unwrap();
    let (text, rows) = Rows::of(&scenario, &Settings::default());
    assert!(
        text.starts_with("path,k,outcomes.x@2025-03-31,lines.x@2025-03-31,payment@2025-03-31,")
    );
    for row in &rows.rows {
        let expected = if row[1] == "1" { ("1.5", "7") } else { ("", "0") };
        assert_eq!((row[2].as_str(), row[3].as_str()), expected);
    }
}
