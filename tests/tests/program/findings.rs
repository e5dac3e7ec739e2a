//! What `check` shows is what settlement pays; what it guarantees holds for every outcome.

use std::collections::BTreeMap;

use engine::contract::{Contract, Counterexample, Example, ExampleAt, Overrides};
use engine::problem::Source;
use engine::settle::{Request, settle};
use proptest::prelude::*;
use rust_decimal::Decimal;
use seika_tests::{Memory, Repository};

fn shipped() -> Vec<Contract> {
    let mut files = Repository::files_in("scripts/contracts", ".rhai");
    files.extend(Repository::files_in("scripts/contracts/bench", ".rhai"));
    assert!(files.len() >= 5);
    let read = |file: &String| Contract::read(&Repository, file, &Overrides::new()).unwrap();
    files.iter().map(read).collect()
}

/// The outcomes as an evaluator would report them: enough people, known for certain.
fn figures(contract: &Contract, shown: &Counterexample) -> String {
    let mut text = String::from("indicator,at,value,n,low,high\n");
    for date in &shown.dates {
        let at = contract.evaluations[date.evaluation].at;
        for (indicator, value) in &date.outcomes {
            let indicator = &contract.indicators[*indicator];
            let n = indicator.at_least.max(1000);
            text += &format!("{},{at},{value},{n},{value},{value}\n", indicator.id);
        }
    }
    text
}

/// Settlement reads a file, measures and prices; the linter only prices. They must agree.
#[test]
fn outcomes_that_show_a_finding_settle_to_what_they_say() {
    let mut settled = 0;
    for contract in shipped() {
        let check = contract.check();
        let shown = check.findings.iter().flat_map(|finding| &finding.examples);
        let idle = check.no_effect.iter().map(|idle| &idle.example);
        for shown in shown.chain(idle) {
            let figures = figures(&contract, shown);
            let files = Memory::default().with("figures.csv", &figures);
            let last = shown.paid.last().unwrap();
            let request = Request {
                evidence: vec!["figures.csv".to_owned()],
                at: Some(contract.evaluations[last.evaluation].at),
                // One date stands by itself, as in a worked example.
                paid_before: (shown.dates.len() == 1).then_some(Decimal::ZERO),
                ..Request::default()
            };
            let statement = settle(&contract, &files, &request)
                .unwrap_or_else(|problems| panic!("{}: {problems:#?}\n{figures}", contract.id));
            assert_eq!(statement.payable, last.payable, "{}: {shown:?}", contract.id);
            settled += 1;
        }
    }
    assert!(settled >= 10, "{settled}");
}

/// Contracts whose rules the shipped ones do not have: what is owed to date, deductions, returns,
/// shared lines, an early end, added tax.
const MORE: &[&str] = &[
    r#"pay("fee", |e| yen(1_000_001), #{ by: [[city, percent(25)], [state, percent(75)]] });
    pay("total", |e| per_head(e.total(heads), yen(1_500)), #{ by: city, basis: "true_up", cap: yen(900_000) });
    malus("late", |e| linear(e[rate], [0, yen(700_000)], [1, yen(0)]), #{ by: city });"#,
    r#"pay("steps", |e| tiers(e[heads], [[10, yen(100_000)], [50, yen(400_000)]]), #{ by: city, cap_each: yen(300_000), basis: "cumulative" });
    pay("back", |e| if e[rate] < 0.2 { yen(90_000) } else { yen(0) }, #{ by: vendor, to: city });
    cap_each(yen(350_000)); early_end(#{ fixed: "pro_rata", linked: "as_measured" });"#,
    r#"pay("line", |e| linear(e[rate], [0.1, yen(0)], [0.9, yen(1_234_567)]), #{ by: state, gate: |e| e[heads] >= 30 });
    offset("advance", |e| yen(200_000), #{ by: state, carry: true }); minimum_each(yen(50_000));"#,
];

fn more() -> Vec<Contract> {
    let parse = |rules: &&str| {
        let script = format!(
            r#"contract("more", #{{ from: "2024-04-01", to: "2026-03-31", cap: yen(2_500_000), tax: added(percent(10)), rounding: down(1) }});
let city = party("city", #{{ role: "payer" }}); let state = party("state", #{{ role: "payer" }});
let vendor = party("vendor", #{{ role: "provider" }});
evaluations([#{{ at: "2025-01-31", paid: "2025-03-31" }}, #{{ at: "2026-01-31", paid: "2026-03-31" }}]);
let heads = count("heads", #{{ of: |p| p.came == 1, digits: 0 }});
let rate = share("rate", #{{ of: |p| p.kept == 1, digits: 3 }});
{rules}"#
        );
        Contract::parse(Source::new("more.rhai", script), &Overrides::new())
            .unwrap_or_else(|problems| panic!("{problems:#?}"))
    };
    MORE.iter().map(parse).collect()
}

/// Outcomes drawn from parts between 0 and 1: over the support, or around what is paid for.
fn drawn(contract: &Contract, parts: &[u32], measured: &[bool]) -> Vec<ExampleAt> {
    let mut next = parts.iter().cycle();
    let mut known = measured.iter().cycle();
    let dates = contract.evaluations.iter().enumerate().map(|(evaluation, _)| {
        let mut date = ExampleAt {
            evaluation,
            outcomes: BTreeMap::new(),
            measured: BTreeMap::new(),
            ended: None,
            lower: BTreeMap::new(),
            upper: BTreeMap::new(),
        };
        for (position, indicator) in contract.indicators.iter().enumerate() {
            if !indicator.measured.contains(&evaluation) {
                continue;
            }
            let end = |value: f64, other: i64| {
                if value.is_finite() { value.round() as i64 } else { other }
            };
            let (low, high) = (indicator.support.low, indicator.support.high);
            let (low, high) = (end(low, -20), end(high, 3_000));
            let part = Decimal::from(*next.next().unwrap()) / Decimal::from(1_000);
            let value = Decimal::from(low) + Decimal::from(high - low) * part;
            let whole = indicator.read.map_or(0, |read| read.digits());
            let value = value.round_dp(whole);
            if *known.next().unwrap() {
                date.outcomes.insert(position, value);
            } else {
                date.measured.insert(position, 0);
            }
            date.lower.insert(position, value);
            date.upper.insert(position, value);
        }
        date
    });
    dates.collect()
}

fn holds(contract: &Contract, dates: Vec<ExampleAt>) -> Result<(), TestCaseError> {
    let ranges = contract.ranges();
    let example = Example {
        name: Default::default(),
        dates,
        paid_before: Decimal::ZERO,
        expected: Decimal::ZERO,
        place: None,
    };
    let shown = contract.show(&example.dates);
    let Some(shown) = shown else { return Ok(()) };
    prop_assert_eq!(contract.run_example(&example).unwrap(), shown.payable);
    prop_assert!(
        ranges.total.holds(shown.payable),
        "{}: {:?} {:?}",
        contract.id,
        ranges.total,
        shown
    );
    for paid in &shown.paid {
        let range = ranges.evaluations[paid.evaluation];
        prop_assert!(range.holds(paid.payable), "{}: {:?} {:?}", contract.id, range, paid);
        for (line, amount) in &paid.lines {
            let range = &ranges.lines[*line];
            let at = range.evaluations.iter().find(|(at, _)| *at == paid.evaluation).unwrap().1;
            prop_assert!(at.holds(*amount), "{}: {:?} {}", contract.lines[*line].id, at, amount);
            prop_assert!(range.total.holds(shown.line(*line)), "{:?} {:?}", range, shown);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is measured, every line, every evaluation and the whole lie within their bounds.
    #[test]
    fn nothing_outside_the_bounds_is_ever_paid(
        parts in proptest::collection::vec(0_u32..=1_000, 1..40),
        measured in proptest::collection::vec(proptest::bool::weighted(0.9), 1..9),
    ) {
        for contract in shipped().iter().chain(&more()) {
            holds(contract, drawn(contract, &parts, &measured))?;
        }
    }
}

#[test]
fn every_worked_example_lies_within_the_bounds() {
    for contract in shipped() {
        let ranges = contract.ranges();
        for example in &contract.examples {
            let [date] = &example.dates[..] else {
                assert!(
                    ranges.total.holds(example.expected),
                    "{}: {:?}",
                    contract.id,
                    example.name
                );
                continue;
            };
            let range = ranges.evaluations[date.evaluation];
            assert!(range.holds(example.expected), "{}: {:?}", contract.id, example.name);
        }
    }
}

/// By hand: 3 × 3,000,000 fixed; 4,000,000 × 3 and 3,000,000 × 3 for outcomes, each year cut to
/// 9,500,000 and all to 27,000,000.
#[test]
fn the_bounds_of_tama_are_those_computed_by_hand() {
    let file = "scripts/contracts/tama-hypertension.rhai";
    let contract = Contract::read(&Repository, file, &Overrides::new()).unwrap();
    let ranges = contract.ranges();
    let yen = |amount: i64| Some(Decimal::from(amount));
    assert_eq!((ranges.total.min, ranges.total.max), (yen(9_000_000), yen(27_000_000)));
    for range in &ranges.evaluations {
        assert_eq!((range.min, range.max), (yen(3_000_000), yen(9_500_000)));
    }
    let lines: Vec<_> = ranges.lines.iter().map(|line| (line.total.min, line.total.max)).collect();
    assert_eq!(lines[0], (yen(9_000_000), yen(9_000_000)));
    assert_eq!(lines[1], (yen(0), yen(12_000_000)));
    assert_eq!(lines[2], (yen(0), yen(9_000_000)));
}
