//! The workbook.

use std::fmt::Write as _;

use engine::contract::{Contract, Example, Overrides};
use engine::problem::Language;
use engine::report::EvidenceFile;
use engine::settle::{Request, Statement, settle};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use seika_tests::{Memory, Repository};

use super::spreadsheet::{Spreadsheet, Value};
use super::{contract, evidence, report, settled};

/// The figures that a worked example gives, as an evaluator would send them.
fn figures(contract: &Contract, example: &Example) -> String {
    let mut csv = String::from("indicator,at,value,n,bounds\n");
    for date in &example.dates {
        for (indicator, value) in &date.outcomes {
            let (id, at) =
                (&contract.indicators[*indicator].id, contract.evaluations[date.evaluation].at);
            let n = date.measured.get(indicator).copied().unwrap_or(10_000);
            // One-sided bounds at the levels that payments ask for.
            let outcome = contract.terms.outcome(*indicator, date.evaluation);
            let bounds = outcome.map(|at| contract.terms.outcomes[at].bounds.as_slice());
            let stated = bounds.unwrap_or_default().iter().filter_map(|bound| {
                let (of, side) =
                    if bound.upper { (&date.upper, "upper") } else { (&date.lower, "lower") };
                Some(format!("{side}@{}={}", bound.level, of.get(indicator)?))
            });
            let bounds = stated.collect::<Vec<_>>().join("; ");
            writeln!(csv, "{id},{at},{value},{n},{bounds}").unwrap();
        }
    }
    csv
}

fn settled_on(contract: &Contract, example: &Example) -> Statement {
    let files = Memory::default().with("figures.csv", &figures(contract, example));
    let last = example.dates.last().unwrap().evaluation;
    let one = example.dates.len() == 1;
    let request = Request {
        evidence: vec!["figures.csv".into()],
        at: Some(contract.evaluations[last].at),
        paid_before: one.then_some(example.paid_before),
        ..Request::default()
    };
    settle(contract, &files, &request).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

fn book(contract: &Contract, statement: &Statement, language: Language) -> Spreadsheet {
    let bytes = report(contract, statement, &evidence(), language).xlsx().unwrap();
    Spreadsheet::read(&bytes)
}

/// Asserts that every formula, computed anew, is what was written with it, and comes to what is
/// owed with no difference; returns how many formulas there were.
fn agrees(book: &Spreadsheet, statement: &Statement) -> usize {
    for cell in book.formulas.keys() {
        let Some(Value::Number(written)) = book.values.get(cell) else { panic!("{cell:?}") };
        let computed = book.computed(cell);
        let near = (computed - written).abs() <= 1e-9 * written.abs().max(1.0);
        assert!(near, "{cell:?} {}: {computed} but {written}", book.formulas[cell]);
    }
    let amount = |name: &str| {
        let cell = (book.sheets[0].clone(), book.row(0, name), 2);
        assert!(book.formulas.contains_key(&cell), "{name} is no formula");
        book.computed(&cell)
    };
    let exact = |amount: Decimal| amount.to_f64().unwrap();
    assert_eq!(amount("Subtotal"), exact(statement.subtotal));
    assert_eq!(amount("Payable"), exact(statement.payable));
    assert_eq!(amount("Difference of the formulas"), 0.0);
    book.formulas.len()
}

#[test]
fn every_example_of_every_shipped_contract_is_computed_by_its_formulas() {
    let folders = ["scripts/contracts", "scripts/contracts/bench"];
    let mut formulas = 0;
    for file in folders.iter().flat_map(|folder| Repository::files_in(folder, ".rhai")) {
        let contract = Contract::read(&Repository, &file, &Overrides::new()).unwrap();
        // Without an outcome there is no evidence to settle on.
        let measured = |it: &&Example| it.dates.iter().any(|date| !date.outcomes.is_empty());
        for example in contract.examples.iter().filter(measured) {
            let statement = settled_on(&contract, example);
            if example.dates.len() == 1 {
                assert_eq!(statement.payable, example.expected, "{file}: {:?}", example.name);
            }
            let book = book(&contract, &statement, Language::En);
            formulas += agrees(&book, &statement);
            // Every payment of the shipped contracts has its formula.
            let values: Vec<String> =
                book.texts().into_iter().filter(|text| text.starts_with("value:")).collect();
            assert!(values.is_empty(), "{file}: {:?}: {values:?}", example.name);
        }
    }
    assert!(formulas > 500, "{formulas}");
}

#[test]
fn other_outcomes_put_into_the_cells_come_to_what_they_would_be_owed() {
    let path = "scripts/contracts/tama-hypertension.rhai";
    let contract = Contract::read(&Repository, path, &Overrides::new()).unwrap();
    let pay = |fall: &str, share: &str| {
        let csv = format!(
            "indicator,at,value,n\nsbp_reduction,2024-03-31,{fall},100\nparticipation,2024-03-31,{share},100\n"
        );
        let files = Memory::default().with("f.csv", &csv);
        let request = Request {
            evidence: vec!["f.csv".into()],
            at: Some("2024-03-31".parse().unwrap()),
            paid_before: None,
            ..Request::default()
        };
        settle(&contract, &files, &request).unwrap()
    };
    let book = book(&contract, &pay("0", "0.3"), Language::En);
    // On each step, a hair below it, between the bounds, and where the limit of the year cuts.
    for fall in ["2.9", "3", "4.9", "5", "6.4", "6.5", "9"] {
        for share in ["0.1", "0.299", "0.31", "0.333", "0.41", "0.499", "0.5", "0.8"] {
            let mut tried = book.clone();
            for (name, value) in
                [("Fall in systolic blood pressure", fall), ("Participation", share)]
            {
                let cell = (tried.sheets[1].clone(), tried.row(1, name), 3);
                tried.values.insert(cell, Value::Number(value.parse().unwrap()));
            }
            let cell = (tried.sheets[0].clone(), tried.row(0, "Payable"), 2);
            let owed = pay(fall, share).payable.to_f64().unwrap();
            assert_eq!(tried.computed(&cell), owed, "{fall} {share}");
        }
    }
}

#[test]
fn a_statement_without_enough_people_is_computed_too() {
    // Two of at least three were measured: the line pays nothing, the fee is paid.
    let contract = contract(
        "T",
        r#"let x = mean("x", #{ of: |p| p.y, digits: 1, at_least: 3 });
pay("fee", |e| yen(1000)); pay("a", |e| yen(1000) * e[x] / 3);"#,
    );
    let few = settled(&contract, "participant,y\n1,3\n2,4\n");
    assert_eq!(few.payable, Decimal::from(1000));
    agrees(&book(&contract, &few, Language::En), &few);
    // 1000 × 3.7 ÷ 3 = 1,233.33…
    let enough = settled(&contract, "participant,y\n1,3\n2,4\n3,4\n");
    assert_eq!(enough.payable, Decimal::from(2233));
    agrees(&book(&contract, &enough, Language::En), &enough);
}

/// A contract whose line is rounded by a rule.
fn rounded(rule: &str, pays: &str) -> Contract {
    let text = format!(
        r#"contract("t", #{{ from: "2024-04-01", to: "2025-03-31", rounding: {rule}, tax: added(percent(8)) }});
party("city", #{{ role: "payer" }}); party("vendor", #{{ role: "provider" }});
evaluations([#{{ at: "2025-03-31", paid: "2025-03-31" }}]);
let x = total("x", #{{ of: |p| p.y, digits: 1 }});
pay("a", |e| {pays});"#
    );
    let source = engine::problem::Source::new("t.rhai", text);
    Contract::parse(source, &Overrides::new()).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

#[test]
fn every_rounding_rule_is_a_formula_and_halves_go_where_the_rule_says() {
    // 2.5, 3.5, −2.5 and their neighbours, in tenths and tens.
    for rule in ["down(1)", "up(1)", "half_up(1)", "half_even(1)", "down(1000)", "half_even(50)"] {
        for pays in ["yen(1) * e[x]", "yen(100) * e[x] / 7", "yen(10) * e[x]"] {
            let contract = rounded(rule, pays);
            for y in ["2.5", "3.5", "4.5", "0.5", "2.4", "2.6", "7.5", "12.5", "122.5", "12345.7"] {
                let statement = settled(&contract, &format!("participant,y\n1,{y}\n"));
                agrees(&book(&contract, &statement, Language::En), &statement);
            }
        }
    }
}

#[test]
fn the_same_statement_is_the_same_workbook() {
    let contract = contract("T", r#"pay("a", |e| yen(1000));"#);
    let statement = settled(&contract, "participant\n1\n");
    let bytes = || report(&contract, &statement, &evidence(), Language::Ja).xlsx().unwrap();
    assert_eq!(bytes(), bytes());
}

#[test]
fn a_text_that_looks_like_a_formula_stays_text() {
    let contract = contract(
        "=1+1 & <b>",
        r#"pay("a", |e| yen(1000), #{ title: "=HYPERLINK(1)", clause: "+1" });"#,
    );
    let statement = settled(&contract, "participant\n1\n");
    let book = book(&contract, &statement, Language::Ja);
    assert!(book.texts().iter().any(|text| text == "=HYPERLINK(1)"));
    assert!(book.texts().iter().any(|text| text.starts_with("=1+1 & <b>")));
    assert!(book.formulas.values().all(|formula| !formula.contains("HYPERLINK")));
}

#[test]
fn the_sheets_speak_the_language_of_the_statement() {
    let contract = contract("T", r#"pay("a", |e| yen(1000));"#);
    let statement = settled(&contract, "participant\n1\n");
    assert_eq!(
        book(&contract, &statement, Language::Ja).sheets,
        ["支払計算書", "成果", "計算過程"]
    );
    let english = book(&contract, &statement, Language::En);
    assert_eq!(english.sheets, ["Statement", "Outcomes", "Workings"]);
    // Tax at 10% inside 1,000 is 90.9…, truncated.
    assert_eq!(english.written(0, english.row(0, "Tax (10%)"), 2), 90.0);
    let left = english.row(0, "Left under the limit after this");
    assert_eq!(english.written(0, left, 2), 999_000.0);
}

#[test]
fn limits_of_payers_and_years_offsets_minimums_and_gates_are_formulas_too() {
    let text = r#"contract("t", #{ from: "2024-04-01", to: "2026-03-31", cap: yen(9_000), minimum: yen(4_000),
    rounding: half_up(10), tax: added(percent(8)) });
let city = party("city", #{ role: "payer" }); let county = party("county", #{ role: "payer" });
let vendor = party("vendor", #{ role: "provider" });
evaluations([#{ at: "2025-03-31", paid: "2025-05-31" }, #{ at: "2026-03-31", paid: "2026-05-31" }]);
let x = share("x", #{ of: |p| p.x, digits: 3, at_least: 5 });
let y = mean("y", #{ of: |p| p.y, digits: 1, at_least: 5 });
pay("a", |e| pro_rata(e[x], percent(70), yen(3_000)), #{ by: city, to: vendor, cap_each: yen(2_500) });
pay("b", |e| yen(300) * max(e[y] - 2, 0) / 7, #{ by: county, to: vendor, gate: |e| e[x] * 2 > e[y] / 10 });
pay("c", |e| if e[x] >= percent(50) && e[y] > 3 || e[y] == 8 { yen(1_234) } else { yen(55) }, #{ by: city, to: vendor, cap: yen(1_500) });
offset("o", |e| yen(100) * e[x], #{ by: county, to: vendor });
cap_year(yen(4_200)); cap_each(yen(4_100)); cap_payer(city, yen(5_000));"#;
    let source = engine::problem::Source::new("t.rhai", text);
    let contract = Contract::parse(source, &Overrides::new())
        .unwrap_or_else(|problems| panic!("{problems:#?}"));
    let mut cuts = 0;
    for (x, y) in
        [("0.7", "8"), ("0.499", "3.1"), ("0.5", "3"), ("0.5", "9.7"), ("0", "2"), ("1", "40")]
    {
        let csv = format!(
            "indicator,at,value,n\nx,2025-03-31,{x},50\ny,2025-03-31,{y},50\nx,2026-03-31,{x},50\ny,2026-03-31,{y},50\n"
        );
        let files = Memory::default().with("f.csv", &csv);
        for at in ["2025-03-31", "2026-03-31"] {
            let request = Request {
                evidence: vec!["f.csv".into()],
                at: Some(at.parse().unwrap()),
                paid_before: None,
                ..Request::default()
            };
            let statement = settle(&contract, &files, &request)
                .unwrap_or_else(|problems| panic!("{problems:#?}"));
            cuts += statement.lines.iter().filter(|line| line.amount < Decimal::ZERO).count();
            let book = book(&contract, &statement, Language::En);
            agrees(&book, &statement);
            assert!(!book.texts().iter().any(|text| text.starts_with("value:")), "{x} {y} {at}");
        }
    }
    assert!(cuts > 15, "{cuts}");
}

#[test]
fn what_evidence_says_is_never_a_formula() {
    let lines = r#"let x = share("x", #{ of: |p| p.x, digits: 3 });
pay("a", |e| pro_rata(e[x], percent(70), yen(3_000)), #{});"#;
    let contract = contract("t", lines);
    // A source that the evaluator wrote, and a file that was named so.
    for said in ["=HYPERLINK(\"x\")", "+1+1", "-2+3", "@SUM(A1)"] {
        let quoted = said.replace('"', "\"\"");
        let csv = format!("indicator,at,value,n,source\nx,2025-03-31,0.5,50,\"{quoted}\"\n");
        let files = Memory::default().with("f.csv", &csv);
        let request = Request { evidence: vec!["f.csv".into()], ..Request::default() };
        let statement =
            settle(&contract, &files, &request).unwrap_or_else(|problems| panic!("{problems:#?}"));
        let evidence = [EvidenceFile { name: format!("{said}.csv"), sha256: "ab12".into() }];
        let bytes = report(&contract, &statement, &evidence, Language::En).xlsx().unwrap();
        let book = Spreadsheet::read(&bytes);
        let holds = |value: &Value| matches!(value, Value::Text(text) if text.starts_with(said));
        assert!(book.values.values().filter(|value| holds(value)).count() >= 2, "{said}");
        assert!(book.formulas.values().all(|text| text != &said[1..]), "{said}");
        agrees(&book, &statement);
    }
}
