//! A settlement on the figures alone is the settlement on the rows.

use engine::contract::{ColumnKind, Contract, Estimand, Missing, Overrides};
use engine::ledger::Record;
use engine::problem::{Language, Source};
use engine::settle::{Request, Statement, figures_csv, settle};
use proptest::prelude::*;
use seika_tests::{Memory, Repository};
use serde_json::Value;

/// A statement without what is seen in rows alone: notes on files, checks, other readings, the kind
/// of data, and by which method an interval was computed from rows.
fn told(statement: &Statement) -> [Value; 2] {
    [Language::En, Language::Ja].map(|language| {
        let mut value = statement.to_json(language);
        for seen in ["notes", "checks", "readings", "data_kind"] {
            value[seen] = Value::Null;
        }
        for outcome in value["outcomes"].as_array_mut().into_iter().flatten() {
            outcome["method"] = Value::Null;
            // How alike the groups were is seen on rows alone.
            outcome["balance"] = Value::Null;
        }
        value
    })
}

/// Settles on files and on the figures that come out, and compares.
fn same_on_figures(contract: &Contract, files: &dyn engine::Files, request: &Request) -> Statement {
    let on_files = settle(contract, files, request).unwrap_or_else(|found| panic!("{found:#?}"));
    let figures = figures_csv(contract, &on_files).unwrap();
    let memory = Memory::default().with("figures.csv", &figures);
    let again = Request { evidence: vec!["figures.csv".into()], ..request.clone() };
    let on_figures =
        settle(contract, &memory, &again).unwrap_or_else(|found| panic!("{figures}\n{found:#?}"));
    assert_eq!(told(&on_files), told(&on_figures), "{figures}");
    assert_eq!(on_files.roundings()["lines"], on_figures.roundings()["lines"]);
    assert_eq!(figures, figures_csv(contract, &on_figures).unwrap());
    on_files
}

/// Made-up rows of every evaluation for the columns a contract reads, with blanks here and there.
fn made_up(contract: &Contract) -> Option<String> {
    let columns: Vec<_> =
        contract.columns.iter().filter(|column| column.symbol.is_some()).collect();
    if columns.is_empty() {
        return None;
    }
    let blanks = contract.indicators.iter().all(|indicator| indicator.missing != Missing::Refuse);
    let mut state = 20_260_331_u64;
    let mut next = move || {
        // Knuth's MMIX constants: any spread of values will do.
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state >> 33
    };
    let mut text = format!("{},{}", contract.rows.participant, contract.rows.at);
    columns.iter().for_each(|column| text += &format!(",{}", column.name));
    for evaluation in &contract.evaluations {
        for person in 0..97 {
            text += &format!("\np{person},{}", evaluation.at);
            for column in &columns {
                let draw = next();
                let field = match &column.kind {
                    _ if blanks && draw % 23 == 0 => String::new(),
                    ColumnKind::Number { low, high, .. } => {
                        let low = low.unwrap_or_default();
                        let width = high.map_or(200.into(), |high| high - low);
                        let part = rust_decimal::Decimal::new((next() % 1000) as i64, 3);
                        (low + width * part).normalize().to_string()
                    }
                    ColumnKind::YesNo => (next() % 2).to_string(),
                    ColumnKind::Text(known) if known.is_empty() => format!("t{}", next() % 3),
                    ColumnKind::Text(known) => known[next() as usize % known.len()].clone(),
                    ColumnKind::Date => format!("2024-{:02}-15", 1 + next() % 12),
                };
                text += &format!(",{field}");
            }
        }
    }
    Some(text + "\n")
}

/// Figures of the indicators that no row can speak of.
fn stated(contract: &Contract) -> Option<String> {
    let mut text = "indicator,at,value,n,excluded\n".to_owned();
    let mut any = false;
    for indicator in &contract.indicators {
        if !indicator.estimand.closures().is_empty() || indicator.who.is_some() {
            continue;
        }
        for at in &indicator.measured {
            let value = match indicator.estimand {
                Estimand::Share { .. } => "0.329",
                Estimand::Count { .. } => "12",
                // A difference of shares is below one.
                _ if !indicator.support.holds(5.25) => "0.25",
                _ => "5.25",
            };
            let at = contract.evaluations[*at].at;
            text += &format!("{},{at},{value},3119,7\n", indicator.id);
            any = true;
        }
    }
    any.then_some(text)
}

#[test]
fn every_shipped_contract_settles_alike_on_rows_and_on_figures() {
    for file in Repository::files_in("scripts/contracts", ".rhai") {
        let contract = Contract::read(&Repository, &file, &Overrides::new()).unwrap();
        let mut files = Memory::default();
        let mut evidence = Vec::new();
        for (name, text) in [("rows.csv", made_up(&contract)), ("stated.csv", stated(&contract))] {
            if let Some(text) = text {
                files = files.with(name, &text);
                evidence.push(name.to_owned());
            }
        }
        for evaluation in &contract.evaluations {
            let at = Some(evaluation.at);
            let request =
                Request { evidence: evidence.clone(), at, paid_before: None, ..Request::default() };
            let statement = same_on_figures(&contract, &files, &request);
            assert_eq!(statement.at, evaluation.at, "{file}");
        }
    }
}

#[test]
fn the_nsw_experiment_settles_alike_on_its_445_rows_and_on_its_figures() {
    let file = "scripts/contracts/nsw-employment.rhai";
    let contract = Contract::read(&Repository, file, &Overrides::new()).unwrap();
    let request = Request { evidence: vec!["tests/data/nsw.csv".into()], ..Request::default() };
    let statement = same_on_figures(&contract, &Repository, &request);
    let gain = &statement.roundings()["outcomes"][0];
    assert_eq!(gain["after"], "1794.34");
    assert!(gain["before"].as_str().unwrap().starts_with("1794.34240427027027"), "{gain}");
}

#[test]
fn reasons_and_blanks_counted_as_no_are_carried() {
    let contract = contract_of(
        "share(\"x\", #{ of: |p| p[\"a;b\"] == 1, who: |p| p.g == 1, missing: \"as_no\", digits: 3 })",
    );
    let rows = "g,a;b\n1,1\n1,\n1,0\n,1\n0,1\n";
    let files = Memory::default().with("rows.csv", rows);
    let request = Request { evidence: vec!["rows.csv".into()], ..Request::default() };
    let statement = same_on_figures(&contract, &files, &request);
    let figures = figures_csv(&contract, &statement).unwrap();
    // One of three; the blank answer counts as no, the blank group is left out.
    let line = figures.lines().nth(1).unwrap();
    assert!(line.starts_with("x,2025-03-31,0.3333333333333333333333333333,3,"), "{line}");
    assert!(line.ends_with(",1,missing:g=1,missing:a%3Bb=1,rows.csv"), "{line}");
}

#[test]
fn a_comparison_with_an_empty_group_has_no_value_in_figures_either() {
    let contract =
        contract_of("difference(\"x\", #{ of: |p| p.v, treated: |p| p.g == 1, digits: 1 })");
    let files = Memory::default().with("rows.csv", "g,v\n1,10\n1,12\n");
    let request = Request { evidence: vec!["rows.csv".into()], ..Request::default() };
    let statement = same_on_figures(&contract, &files, &request);
    assert_eq!(statement.outcomes[0].value, None);
    assert_eq!(statement.outcomes[0].n, 2);
}

fn contract_of(indicator: &str) -> Contract {
    let text = format!(
        r#"contract("t", #{{ from: "2024-04-01", to: "2025-03-31", rounding: down(1), tax: unstated() }});
party("city", #{{ role: "payer" }}); party("vendor", #{{ role: "provider" }});
evaluations([#{{ at: "2025-03-31", paid: "2025-03-31" }}]);
let x = {indicator};
pay("a", |e| if available(e[x]) {{ yen(1_000) }} else {{ yen(0) }});"#
    );
    Contract::parse(Source::new("t.rhai", text), &Overrides::new())
        .unwrap_or_else(|problems| panic!("{problems:#?}"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Means of any values, over any number of people, read to any digits by any rule.
    #[test]
    fn a_fraction_that_does_not_end_is_read_the_same(
        values in prop::collection::vec((-5_000_i64..5_000, 0_u32..4), 1..40),
        digits in 0_u32..6,
        rule in 0..3_usize,
    ) {
        let rule = ["half_up", "half_even", "down"][rule];
        let contract =
            contract_of(&format!("mean(\"x\", #{{ of: |p| p.v, read: {rule}({digits}) }})"));
        let mut text = "id,v\n".to_owned();
        for (person, (value, scale)) in values.iter().enumerate() {
            text += &format!("{person},{}\n", rust_decimal::Decimal::new(*value, *scale));
        }
        let files = Memory::default().with("rows.csv", &text);
        let request = Request { evidence: vec!["rows.csv".into()], ..Request::default() };
        let statement = same_on_figures(&contract, &files, &request);
        // The record makes the same comparison, and refuses to be made otherwise.
        let (record, same) = Record::make(&contract, &files, &request, None, false).unwrap();
        prop_assert_eq!(told(&statement), told(&same));
        prop_assert_eq!(record.differences().unwrap(), vec![]);
    }
}
