//! A contract that ends early, and by when its payments are due.

use engine::contract::Contract;
use engine::problem::Language;
use engine::settle::{Request, Statement, settle};
use seika_tests::Memory;

use super::{lines, read, script, whole};

const RULES: &str = r#"
    early_end(#{ fixed: "pro_rata", linked: "as_measured" });
    pay("fee", |e| yen(36_500));
    pay("success", |e| e[x] * yen(100));
    pay("bonus", |e| e[x] * yen(10), #{ early_end: "nothing" });
    pay("wind_down", |e| yen(5_000), #{ early_end: "only" });
"#;

fn ended(contract: &Contract, on: &str, values: &[&str]) -> Statement {
    let mut figures = String::from("indicator,at,value,n\n");
    for (evaluation, value) in contract.evaluations.iter().zip(values) {
        figures += &format!("x,{},{value},50\n", evaluation.at);
    }
    let files = Memory::default().with("f.csv", &figures);
    let request = Request {
        evidence: vec!["f.csv".into()],
        ended: Some(on.parse().unwrap()),
        ..Request::default()
    };
    settle(contract, &files, &request).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

#[test]
fn the_first_evaluation_after_the_end_closes_the_contract() {
    let contract = read(&script("tax: unstated()", RULES));
    // 1 April to 15 October 2024: 198 of 365 days, so 36,500 × 198 ÷ 365 = 19,800.
    let closing = ended(&contract, "2024-10-15", &["5"]);
    assert_eq!(closing.at.to_string(), "2025-03-31");
    assert_eq!(closing.ended.map(|day| day.to_string()).as_deref(), Some("2024-10-15"));
    assert_eq!(
        lines(&closing),
        [("fee", 19_800), ("success", 500), ("bonus", 0), ("wind_down", 5_000)]
    );
    assert_eq!(
        closing.lines[0].because.en,
        "fixed; the contract ended early: 0.54246575… of the period was served"
    );
    // The second period runs from 1 April to 30 September 2025, 183 days; 30 of them are served.
    let second = ended(&contract, "2025-04-30", &["5", "4"]);
    assert_eq!(second.at.to_string(), "2025-09-30");
    // 36,500 × 30 ÷ 183 = 5,983.6…
    assert_eq!(
        lines(&second),
        [("fee", 5_983), ("success", 400), ("bonus", 0), ("wind_down", 5_000)]
    );
    assert_eq!(whole(second.paid_before), 36_500 + 500 + 50);
}

#[test]
fn without_an_early_end_nothing_changes() {
    let contract = read(&script("tax: unstated()", RULES));
    let files = Memory::default().with("f.csv", "indicator,at,value,n\nx,2025-03-31,5,50\n");
    let request = Request {
        evidence: vec!["f.csv".into()],
        at: Some("2025-03-31".parse().unwrap()),
        ..Request::default()
    };
    let statement = settle(&contract, &files, &request).unwrap();
    assert_eq!(
        lines(&statement),
        [("fee", 36_500), ("success", 500), ("bonus", 50), ("wind_down", 0)]
    );
}

#[test]
fn the_minimum_ends_with_the_contract_unless_it_is_said_to_stay() {
    let rules = RULES.replace("linked: \"as_measured\"", "linked: \"as_measured\", minimum: true");
    let staying = read(&script("tax: unstated(), minimum: yen(100_000)", &rules));
    // 19,800 + 500 + 5,000 = 25,300; topped up by 74,700.
    let closing = ended(&staying, "2024-10-15", &["5"]);
    assert_eq!(lines(&closing).last(), Some(&("minimum", 74_700)));
    let leaving = read(&script("tax: unstated(), minimum: yen(100_000)", RULES));
    assert_eq!(whole(ended(&leaving, "2024-10-15", &["5"]).payable), 25_300);
}

#[test]
fn a_day_that_closes_nothing_is_refused() {
    let contract = read(&script("tax: unstated()", RULES));
    let files = Memory::default().with("f.csv", "indicator,at,value,n\nx,2025-03-31,5,50\n");
    let refused = |contract: &Contract, ended: &str, at: Option<&str>| {
        let request = Request {
            evidence: vec!["f.csv".into()],
            ended: Some(ended.parse().unwrap()),
            at: at.map(|at| at.parse().unwrap()),
            ..Request::default()
        };
        settle(contract, &files, &request).unwrap_err()[0].id
    };
    assert_eq!(refused(&contract, "2024-03-31", None), "wrong-early-end");
    assert_eq!(refused(&contract, "2026-03-31", None), "wrong-early-end");
    assert_eq!(refused(&contract, "2024-10-15", Some("2025-09-30")), "after-early-end");
    let silent = read(&script("tax: unstated()", "pay(\"fee\", |e| yen(1) + e[x] * yen(0));"));
    assert_eq!(refused(&silent, "2024-10-15", None), "early-end-undeclared");
}

#[test]
fn a_worked_example_may_end_early() {
    let example = |ended: &str, expected: &str| {
        let rules = format!(
            "{RULES} example(\"ends\", #{{ at: \"2025-03-31\", x: 5, ended: \"{ended}\" }}, yen({expected}));"
        );
        read(&script("tax: unstated()", &rules)).check()
    };
    assert!(example("2024-10-15", "25_300").is_ok());
    assert!(!example("2024-10-15", "25_301").is_ok());
    // Closed by the second evaluation, not by the first.
    assert!(example("2025-04-30", "25_300").examples[0].actual.is_err());
}

#[test]
fn the_term_sheet_says_what_an_early_end_pays() {
    let contract = read(&script("tax: unstated()", RULES));
    let english = contract.term_sheet(Language::En);
    for words in [
        "Payments that depend on no outcome: in proportion to the days served",
        "Payments for outcomes: by their rule",
        "If the contract ends early: paid only then",
    ] {
        assert!(english.contains(words), "{words}\n{english}");
    }
    assert!(contract.term_sheet(Language::Ja).contains("途中で終了したとき"));
}

#[test]
fn a_payment_is_due_days_after_the_invoice_or_the_evaluation() {
    let due = |after: &str, invoiced: Option<&str>| {
        let rules = format!(
            "payment_due(#{{ days: 30, after: \"{after}\", clause: \"第8条\" }}); pay(\"a\", |e| e[x] * yen(1));"
        );
        let contract = read(&script("tax: unstated()", &rules));
        let files = Memory::default().with("f.csv", "indicator,at,value,n\nx,2025-03-31,5,50\n");
        let request = Request {
            evidence: vec!["f.csv".into()],
            at: Some("2025-03-31".parse().unwrap()),
            invoiced: invoiced.map(|day| day.parse().unwrap()),
            ..Request::default()
        };
        let statement = settle(&contract, &files, &request).unwrap();
        let rule = statement.due_rule.map(|rule| rule.en).unwrap();
        (statement.due.map(|day| day.to_string()), rule)
    };
    let words = "within 30 days of a valid invoice (第8条)".to_owned();
    assert_eq!(due("invoice", None), (None, words.clone()));
    // 10 April and thirty days.
    assert_eq!(due("invoice", Some("2025-04-10")), (Some("2025-05-10".into()), words));
    let (day, _) = due("evaluation", None);
    assert_eq!(day.as_deref(), Some("2025-04-30"));
}
