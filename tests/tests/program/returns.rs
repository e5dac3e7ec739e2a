//! Rates of return and present values against values computed elsewhere.

use engine::finance::{Flow, RatesOfReturn, Schedule, Years, net_present_value, rates_of_return};

/// Flows by day, their rates and worths; see the file's first lines.
const KNOWN: &str = include_str!("returns/rates.txt");

/// How far rates may lie from those known, as a part of 1 + rate.
const ERROR: f64 = 1e-9;

struct Case<'t> {
    /// Day from the first, amount.
    flows: Vec<(u32, f64)>,
    /// What the rest of the line says.
    known: Vec<&'t str>,
}

fn cases(kind: &str) -> Vec<Case<'static>> {
    let lines = KNOWN.lines().filter_map(|line| line.strip_prefix(kind)?.strip_prefix(';'));
    lines
        .map(|line| {
            let mut parts = line.split(';');
            let flows = parts.next().unwrap().split(' ').map(|flow| {
                let (day, amount) = flow.split_once(':').unwrap();
                (day.parse().unwrap(), amount.parse().unwrap())
            });
            Case { flows: flows.collect(), known: parts.collect() }
        })
        .collect()
}

fn flows(case: &Case<'_>) -> Vec<Flow> {
    let flows = case.flows.iter();
    flows.map(|(day, amount)| Flow { amount: *amount, after: f64::from(*day) / 365.0 }).collect()
}

fn near(found: f64, known: f64) -> bool {
    (found - known).abs() <= ERROR * (1.0 + known)
}

#[test]
fn every_rate_of_flows_that_change_their_sign_is_that_of_a_certified_root() {
    let cases = cases("all");
    assert_eq!(cases.len(), 240);
    let mut several = 0;
    for case in &cases {
        let known: Vec<f64> =
            case.known[0].split_whitespace().map(|rate| rate.parse().unwrap()).collect();
        let found = match rates_of_return(flows(case)) {
            RatesOfReturn::One(rate) => vec![rate],
            RatesOfReturn::None => vec![],
            RatesOfReturn::Several(rates) => rates,
        };
        several += usize::from(known.len() > 1);
        assert_eq!(found.len(), known.len(), "{:?}: {found:?} {known:?}", case.flows);
        for (found, known) in found.iter().zip(known) {
            assert!(near(*found, known), "{:?}: {found} {known}", case.flows);
        }
    }
    assert!(several > 100, "{several}");
}

#[test]
fn the_rate_and_the_worth_of_an_investment_are_those_of_a_spreadsheet() {
    let cases = cases("one");
    assert_eq!(cases.len(), 160);
    for case in &cases {
        let flows = flows(case);
        let known: Vec<f64> = case.known.iter().map(|value| value.parse().unwrap()).collect();
        let found = rates_of_return(flows.iter().copied()).one().unwrap();
        assert!(near(found, known[0]), "{:?}: {found} {}", case.flows, known[0]);
        let worth = net_present_value(known[1], &flows);
        let size: f64 = flows.iter().map(|flow| flow.amount.abs()).sum();
        assert!((worth - known[2]).abs() <= 1e-12 * size, "{worth} {}", known[2]);
    }
}

#[test]
fn a_column_of_investments_has_the_rates_of_a_spreadsheet() {
    for case in cases("one") {
        // Whole years of 365 days, as a schedule counts them.
        let times = case.flows.iter().map(|(day, _)| Years { whole: day / 365, days: day % 365 });
        let times: Vec<Years> = times.collect();
        let known: f64 = case.known[0].parse().unwrap();
        // Eleven paths: eight side by side and three by themselves.
        let columns: Vec<Vec<f64>> =
            case.flows.iter().map(|(_, amount)| vec![*amount; 11]).collect();
        let mut found = [0.0; 11];
        Schedule::new(&times).rates(|at| &columns[at], &mut found);
        for found in found {
            assert!(near(found, known), "{:?}: {found} {known}", case.flows);
        }
    }
}
