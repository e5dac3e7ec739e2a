//! Figures that were published, or computed from real data elsewhere, to the digit.

use engine::contract::{Contract, Overrides};
use engine::settle::{Request, Statement, settle};
use rust_decimal::Decimal;
use seika_tests::{Memory, Repository};

fn read(path: &str) -> Contract {
    Contract::read(&Repository, path, &Overrides::new()).unwrap()
}

fn figures(contract: &Contract, at: &str, lines: &str) -> Statement {
    let files = Memory::default().with("f.csv", &format!("indicator,at,value,n\n{lines}"));
    let request = Request {
        evidence: vec!["f.csv".into()],
        at: Some(at.parse().unwrap()),
        ..Request::default()
    };
    settle(contract, &files, &request).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

#[test]
fn the_nsw_experiment_gains_1794_34_dollars() {
    // LaLonde's men as Dehejia and Wahba kept them: 6349.1435 − 4554.8011, Welch with 307.1325
    // degrees of freedom.
    let contract = read("scripts/contracts/nsw-employment.rhai");
    let request = Request { evidence: vec!["tests/data/nsw.csv".into()], ..Request::default() };
    let statement = settle(&contract, &Repository, &request).unwrap();
    let gain =
        statement.outcomes.iter().find(|outcome| outcome.indicator == "earnings_gain").unwrap();
    assert_eq!(gain.value, Some("1794.34".parse().unwrap()));
    let unrounded = gain.unrounded.unwrap().to_string();
    assert!(unrounded.starts_with("1794.34240427027027"), "{unrounded}");
    assert_eq!((gain.n, gain.excluded), (445, 0));
    let interval = gain.interval.unwrap();
    assert_eq!(format!("{:.2} {:.2}", interval.low, interval.high), "474.01 3114.67");
    let lines: Decimal = statement.lines.iter().map(|line| line.amount).sum();
    assert_eq!(lines, statement.subtotal);
}

#[test]
fn kobe_pays_15_720_000_then_3_232_425_and_29_432_425_in_all() {
    let contract = read("scripts/contracts/kobe-kidney.rhai");
    let dates: Vec<String> =
        contract.evaluations.iter().map(|evaluation| evaluation.at.to_string()).collect();
    let first = format!("completion,{0},100%,105\nlifestyle,{0},95%,105\n", dates[0]);
    let interim = figures(&contract, &dates[0], &first);
    assert_eq!(interim.payable, Decimal::from(26_200_000));
    assert_eq!(interim.tax, None);
    let last = figures(&contract, &dates[1], &format!("{first}egfr,{},0.329,105\n", dates[1]));
    assert_eq!(last.payable, Decimal::from(3_232_425));
    assert_eq!(last.paid_before, Decimal::from(26_200_000));
    assert_eq!(last.paid_before + last.payable, Decimal::from(29_432_425));
    assert_eq!(last.cap_left, Some(Decimal::from(34_060_000 - 29_432_425)));
}

#[test]
fn hachioji_pays_2_441_000_and_2_959_812_and_nothing() {
    let contract = read("scripts/contracts/hachioji-colorectal.rhai");
    let at = |id: &str| {
        let indicator = contract.indicator_named(id).unwrap();
        let evaluation = contract.indicators[indicator].measured[0];
        contract.evaluations[evaluation].at.to_string()
    };
    let lines = format!(
        "uptake,{},26.8%,12162\nworkup,{},82.1%,3119\nearly_cancers,{},0,3119\n",
        at("uptake"),
        at("workup"),
        at("early_cancers"),
    );
    let mut paid = Vec::new();
    for evaluation in &contract.evaluations {
        let date = evaluation.at.to_string();
        let known: String = lines
            .lines()
            .filter(|line| line.split(',').nth(1).unwrap() <= date.as_str())
            .map(|line| format!("{line}\n"))
            .collect();
        let statement = figures(&contract, &date, &known);
        for line in &statement.lines {
            paid.push((line.name.clone(), line.amount));
        }
    }
    let amount = |part: &str| paid.iter().find(|(name, _)| name.contains(part)).unwrap().1;
    assert_eq!(amount("uptake"), Decimal::from(2_441_000));
    assert_eq!(amount("workup"), Decimal::from(2_959_812));
    assert_eq!(amount("cancer"), Decimal::ZERO);
}
