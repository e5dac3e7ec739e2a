//! What a projection says, on figures that are given.

use super::super::document::{Block, Row};
use super::*;
use crate::contract::Overrides;
use crate::finance::Estimated;
use crate::problem::{Source, Text, say};
use crate::simulate::{
    AssumptionReport, BenefitProjection, EvaluationProjection, InvestorProjection, LineMeasurement,
    Measurement, OutcomeProjection, PercentileErrors, Spread, Spreads, YearProjection,
};

fn around(mean: f64, sd: f64) -> Distribution {
    let [p01, p05, p25, p50] = [-2.3, -1.6, -0.7, 0.0].map(|z| mean + z * sd);
    let [p75, p95, p99, max] = [0.7, 1.6, 2.3, 4.0].map(|z| mean + z * sd);
    let se = sd / 100_000_f64.sqrt();
    let min = mean - 4.0 * sd;
    let errors = PercentileErrors([2.0 * se; 7]);
    Distribution { mean, sd, se, min, p01, p05, p25, p50, p75, p95, p99, max, errors }
}

fn named(title: &str, amount: Distribution) -> Named {
    Named { name: title.to_owned(), title: Text::from(title), amount }
}

fn party(name: &str, paid: Option<Distribution>, saved: Option<Distribution>) -> PartyProjection {
    PartyProjection { name: name.to_owned(), title: Text::from(name), paid, saved }
}

fn projection() -> Projection {
    let outcome = |name: &str, unit: &str, value| OutcomeProjection {
        name: name.to_owned(),
        title: Text::from(name),
        unit: Text::from(unit),
        available: Probability { value: 0.98, se: 0.000443 },
        value: Some(value),
        spread: Spread::default(),
    };
    let evaluation = |at: &str| EvaluationProjection {
        at: at.to_owned(),
        payment: around(6_512_345.0, 1_234_567.0),
        lines: Vec::new(),
        outcomes: vec![
            outcome("sbp_reduction", "mmHg", around(5.1234, 2.1)),
            outcome("participation", "", around(0.4123, 0.051)),
        ],
    };
    let half = Probability { value: 0.1234, se: 0.00104 };
    Projection {
        contract: "trial".to_owned(),
        contract_title: say!("Trial programme", "試行事業"),
        currency: "JPY".to_owned(),
        scenario: say!("基本ケース", "基本ケース"),
        paths: 100_000,
        seed: 7,
        antithetic: false,
        percentile_width: 0.0,
        until: None,
        convergence: Vec::new(),
        spreads: Spreads::default(),
        payment: around(13_012_345.0, 2_234_567.0),
        payment_discounted: around(12_712_345.0, 2_134_567.0),
        benefit: around(112_712_345.0, 32_134_567.0),
        net: around(100_000_000.0, 31_134_567.0),
        lines: vec![
            named("基本委託料", around(6_000_000.0, 0.0)),
            named("cap", around(-12_345.0, 2_000.0)),
        ],
        evaluations: vec![evaluation("2027-02-28"), evaluation("2028-02-29")],
        years: vec![
            YearProjection { year: 2026, payment: around(6_512_345.0, 1_234_567.0) },
            YearProjection { year: 2027, payment: around(6_512_345.0, 1_234_567.0) },
        ],
        parties: vec![
            party("city", Some(around(12_712_345.0, 2_134_567.0)), None),
            party("insured", None, Some(around(14_089_043.0, 4_016_820.0))),
        ],
        no_effect: around(7_100_000.0, 900_000.0),
        no_effect_stated: true,
        measurement: Measurement {
            paths: 16_384,
            payment: Some(Probability { value: 0.412, se: 0.012 }),
            lines: vec![LineMeasurement {
                name: "sbp".to_owned(),
                title: say!("Fall in blood pressure", "血圧の低下"),
                paid_without_effect: Some(half),
                unpaid_with_effect: half,
                luck: Some(Probability { value: 0.8, se: 0.02 }),
            }],
        },
        no_effect_lines: vec![named("基本委託料", around(6_000_000.0, 0.0))],
        cap_reached: half,
        no_outcome_payment: half,
        net_positive: half,
        investors: vec![InvestorProjection {
            name: "fund".to_owned(),
            title: say!("Outcome fund", "成果ファンド"),
            rate: Some(around(0.0312, 0.06)),
            rate_spread: Spread::default(),
            rate_available: Probability { value: 0.99, se: 0.0003 },
            multiple: around(1.0437, 0.17),
            loss: half,
            lost: Some(around(2_012_345.0, 934_567.0)),
            expected_shortfall: Estimated { value: 5_012_345.0, se: 12_345.0 },
            present_value: around(-512_345.0, 3_934_567.0),
            duration: Some(around(1.71, 0.05)),
        }],
        benefits: vec![BenefitProjection {
            name: "care".to_owned(),
            title: say!("care", "care"),
            amount: around(112_712_345.0, 32_134_567.0),
            shares: vec![named("city", around(14_089_043.0, 4_016_820.0))],
        }],
        cohorts: Vec::new(),
        assumptions: vec![AssumptionReport {
            name: "effect".to_owned(),
            title: Some(say!("Effect", "効果")),
            is: "normal(5, 2)".to_owned(),
            no_effect: Some("0".to_owned()),
            source: Some(say!("assumed: a guess", "仮定: a guess")),
            assumed: true,
        }],
    }
}

const SCRIPT: &str = r#"contract("trial", #{
    title: #{ ja: "試行事業", en: "Trial programme" },
    from: "2026-04-01", to: "2028-03-31", tax: unstated(), rounding: down(1), cap: yen(15_000_000),
});
let city = party("city", #{ role: "payer" });
let vendor = party("vendor", #{ role: "provider" });
evaluations([#{ at: "2027-02-28", paid: "2027-03-31" }, #{ at: "2028-02-29", paid: "2028-03-31" }]);
let sbp = mean_change("sbp_reduction", #{ unit: "mmHg", digits: 1 });
let part = share("participation", #{ digits: 3 });
pay("基本委託料", |e| yen(3_000_000), #{ by: city, to: vendor });
pay("sbp", |e| tiers(e[sbp], [[3, yen(1_000_000)], [5, yen(2_500_000)]]), #{ by: city, to: vendor });
"#;

fn shown(language: Language) -> Document {
    let contract = Contract::parse(Source::new("trial.rhai", SCRIPT), &Overrides::new());
    projected(&contract.unwrap(), &projection(), language)
}

/// Everything it says, block by block.
fn words(language: Language) -> String {
    let document = shown(language);
    let blocks = document.blocks.iter().map(|block| match block {
        Block::Heading(words) | Block::Caption(words) | Block::Paragraph(words) => {
            format!("{words}\n")
        }
        Block::List(items) | Block::Points(items) => {
            items.iter().map(|item| format!("- {item}\n")).collect()
        }
        Block::Table(_) | Block::Chart(_) | Block::Gap => String::new(),
    });
    blocks.collect()
}

#[test]
fn what_is_paid_without_effect_is_said_in_words() {
    // 7,100,000 of 13,012,345 is 54.6%; the error is 900,000 over the root of 100,000.
    let text = words(Language::En);
    let said = "If the programme did nothing, it would still pay JPY 7,100,000 ± 2,846";
    assert!(text.contains(said), "{text}");
    assert!(text.contains("about 54.6% of what it pays"), "{text}");
    assert!(words(Language::Ja).contains("平均で 7,100,000 ± 2,846円を"));
}

#[test]
fn what_is_assumed_is_listed_with_its_words() {
    let list = "Assumed:\n- Effect (effect) = normal(5, 2) (assumed: a guess)\n";
    assert!(words(Language::En).ends_with(list));
    let list = "仮定として置いた値:\n- 効果（effect） = normal(5, 2)（仮定: a guess）\n";
    assert!(words(Language::Ja).ends_with(list));
}

#[test]
fn estimates_keep_their_errors_as_numbers() {
    let document = shown(Language::En);
    let tables = document.blocks.iter().filter_map(|block| match block {
        Block::Table(table) => Some(table),
        _ => None,
    });
    let rows: Vec<&Row> = tables.flat_map(|table| &table.rows).collect();
    let Row::Cells(payment) = rows[0] else { panic!("{rows:?}") };
    assert_eq!(payment[1].number, Some(13_012_345.0));
    let error = payment[1].error.unwrap();
    assert!((error - 2_234_567.0 / 100_000_f64.sqrt()).abs() < 1e-9, "{error}");
    assert_eq!(payment[1].text, "13,012,345 ± 7,066");
}

#[test]
fn the_charts_that_a_projection_has_are_in_it_in_both_languages() {
    for language in [Language::En, Language::Ja] {
        let document = shown(language);
        let names: Vec<&str> = document.charts().map(|chart| chart.name.as_str()).collect();
        // Nothing was drawn of how the mean settled, and no return is spread.
        for name in ["payment-distribution", "exceedance", "rule-sbp", "payment-by-evaluation"] {
            assert!(names.contains(&name), "{names:?}");
        }
        assert!(document.html().contains("<svg") && document.xlsx().unwrap().len() > 1_000);
    }
}

/// The rows of a chart's table, as numbers; what is no number is left out.
fn rows(chart: &chart::Chart) -> Vec<Vec<f64>> {
    let number = |cell: &chart::Cell| match cell {
        chart::Cell::Number(number) => Some(*number),
        chart::Cell::Text(_) => None,
    };
    chart.table.rows.iter().map(|row| row.iter().filter_map(number).collect()).collect()
}

/// A projection that pays these amounts on as many futures.
fn paying(values: &[f64]) -> Projection {
    let payment = Distribution::of(values).unwrap();
    let spreads = Spreads { payment: Spread::of_values(values), ..Spreads::default() };
    let paths = values.len() as u64;
    Projection { payment, spreads, paths, no_effect_stated: false, ..projection() }
}

#[test]
fn what_lies_at_the_cap_is_drawn_there_once() {
    // Three of ten futures reach the cap.
    let values = [2e6, 3e6, 3.5e6, 4e6, 4.5e6, 5e6, 6e6, 1e7, 1e7, 1e7];
    let found = paying(&values);
    let drawn = chart::payment_distribution(&found, Some(1e7));
    let rows = rows(&drawn);
    let whole: f64 = rows.iter().map(|row| row[2]).sum();
    assert!((whole - 1.0).abs() < 1e-12, "{whole}");
    let last = rows.last().unwrap();
    assert_eq!((last[1], last[2]), (1e7, 0.3));
    let exceeded = chart::exceedance(&found);
    let parts: Vec<Vec<f64>> = self::rows(&exceeded);
    assert_eq!(parts[0], [2e6, 1.0]);
    assert_eq!(parts.iter().filter(|row| row[0] == 1e7).collect::<Vec<_>>(), [&vec![1e7, 0.3]]);
    assert!(
        exceeded.note.en.contains("15.82"),
        "half of the root of a tenth: {}",
        exceeded.note.en
    );
    let mirrored = Projection { antithetic: true, ..found };
    assert!(chart::exceedance(&mirrored).note.en.contains("22.37"));
}

#[test]
fn a_constant_and_what_is_paid_back_are_drawn_where_they_lie() {
    for (value, cap) in [(-50_000.0, None), (0.0, Some(0.0)), (5e6, None)] {
        let found = paying(&[value; 20]);
        let drawn = chart::payment_distribution(&found, cap);
        let rows = rows(&drawn);
        let there = rows.iter().find(|row| row[2] > 0.0).unwrap();
        assert!(there[0] <= value && value <= there[1], "{value} lies in {there:?}");
        assert_eq!(there[2], 1.0);
        assert!(drawn.svg(Language::Ja).contains("</svg>"));
    }
}

#[test]
fn the_mean_and_its_interval_are_drawn_as_they_settled() {
    let reading = |paths, mean, se| crate::simulate::Reading { paths, mean, se };
    let convergence = vec![reading(512, 9e6, 1e5), reading(1_024, 9.1e6, 7e4)];
    let found = Projection { convergence, ..projection() };
    let drawn = chart::convergence(&found).unwrap();
    assert_eq!(rows(&drawn), [[512.0, 9e6, 1e5], [1_024.0, 9.1e6, 7e4]]);
    assert!(drawn.readings[1].text.en.contains("8,962,800 yen"), "{:?}", drawn.readings[1].text);
}

#[test]
fn a_price_is_drawn_with_its_jumps_before_where_the_outcome_lies() {
    let contract = Contract::parse(Source::new("trial.rhai", SCRIPT), &Overrides::new()).unwrap();
    let charts = chart::payment_rules(&contract, None);
    let names: Vec<&str> = charts.iter().map(|chart| chart.name.as_str()).collect();
    assert_eq!(names, ["rule-sbp"], "a fixed price follows from no outcome");
    let table = rows(&charts[0]);
    for row in &table {
        let expected = if row[0] < 3.0 {
            0.0
        } else if row[0] < 5.0 {
            1e6
        } else {
            2.5e6
        };
        assert_eq!(row[1], expected, "at {}", row[0]);
    }
    assert!(charts[0].up.title.en.contains("2027-02-28"), "{}", charts[0].up.title.en);
}
