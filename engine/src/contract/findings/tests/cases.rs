//! Every rule of the linter, brought about by as little as can be.

use super::*;
use crate::contract::Example;
use crate::contract::findings::lint;
use crate::contract::findings::rules::{self, BEYOND, RULES};

/// A change to the clean contract, the finding it brings about, and whether outcomes show it.
type Case = (&'static str, Severity, bool, &'static [(&'static str, &'static str)]);

/// Every rule of the linter, each brought about by as little as can be.
const CASES: &[Case] = &[
    (
        "not-outcome-based",
        Error,
        false,
        &[(PRESSURE, "yen(2_000_000)"), (PARTICIPATION, "yen(2_000_000)")],
    ),
    ("indicator-pays-nothing", Warning, false, &[(PARTICIPATION, "yen(2_000_000)")]),
    ("payment-falls", Error, true, &[("[7, yen(3_000_000)]", "[7, yen(1_500_000)]")]),
    // Two ranges of one table on two lines; 4.9 belongs to neither.
    (
        "gap",
        Error,
        true,
        &[
            (PRESSURE, "if e[fall] > 3 && e[fall] < 4.9 { yen(2_000_000) } else { yen(0) }"),
            (
                PARTICIPATION,
                "if e[fall] > 4.9 { yen(4_000_000) } else { yen(0) + linear(e[part], [0.3, yen(0)], [0.5, yen(0)]) }",
            ),
        ],
    ),
    (
        "overlap",
        Error,
        true,
        &[
            (PRESSURE, "if e[fall] >= 3 && e[fall] <= 4.9 { yen(2_000_000) } else { yen(0) }"),
            (PARTICIPATION, "if e[fall] >= 4.9 { yen(4_000_000) } else { yen(0) }"),
        ],
    ),
    (
        "large-cliff",
        Warning,
        true,
        &[(PARTICIPATION, "all_or_nothing(e[part] >= 0.4, yen(11_000_000))")],
    ),
    (
        "cliff",
        Note,
        true,
        &[(PRESSURE, "tiers(e[fall], [[3, yen(1_000_000)], [5, yen(3_000_000)]])")],
    ),
    (
        "one-person-decides",
        Note,
        true,
        &[
            (PARTICIPATION, "tiers(e[part], [[0.4, yen(1_500_000)], [0.6, yen(3_000_000)]])"),
            (
                "at_least: 20, source: \"register\"",
                "at_least: 20, population: 101, source: \"register\"",
            ),
        ],
    ),
    (
        "amounts-small",
        Warning,
        false,
        &[
            ("yen(20_000_000)", "yen(2_000)"),
            ("yen(30_000_000)", "yen(3_000)"),
            ("yen(3_000_000)", "yen(300)"),
            ("yen(1_000_000)", "yen(100)"),
            ("yen(2_000_000)", "yen(200)"),
            ("yen(4_000_000)", "yen(400)"),
            ("yen(7_000_000)", "yen(700)"),
        ],
    ),
    // Of nine people one is a ninth in any case: it is told where one decides more than half.
    (
        "one-person-decides",
        Note,
        true,
        &[
            (PARTICIPATION, "tiers(e[part], [[0.4, yen(3_000_000)]])"),
            (
                "at_least: 20, source: \"register\"",
                "at_least: 1, population: 9, source: \"register\"",
            ),
        ],
    ),
    // A share of people who got better, chosen for how bad they were.
    (
        "regression-to-the-mean",
        Warning,
        false,
        &[(
            "of: |p| p.enrolled == 1, who: |p| p.invited == 1",
            "of: |p| p.last > p.first, who: |p| p.first <= 26",
        )],
    ),
    (
        "reading-coarse",
        Note,
        true,
        &[
            ("digits: 3", "digits: 1"),
            (PARTICIPATION, "linear(e[part], [0.3, yen(0)], [0.5, yen(4_000_000)])"),
        ],
    ),
    ("paid-at-no-effect", Warning, true, &[("without: 0.3,", "without: 0.45,")]),
    ("denominator-shrinks", Note, true, &[("missing: \"as_no\"", "missing: \"exclude\"")]),
    ("carry-over-unstated", Note, true, &[(ACCEPTED, "")]),
    (
        "never-reached",
        Warning,
        false,
        &[(
            "let fall =",
            "columns(#{ before: number(\"mmHg\", 100, 104), after: number(\"mmHg\", 100, 104) });\nlet fall =",
        )],
    ),
    (
        "target-beyond-history",
        Note,
        false,
        &[("without: 0.3,", "without: 0.3, history: [0.30, 0.31, 0.29, 0.30],")],
    ),
    (
        "gate-always-open",
        Warning,
        true,
        &[("clause: \"5-3\"", "clause: \"5-3\", gate: |e| e[part] >= 0")],
    ),
    (
        "always-paid",
        Note,
        true,
        &[(PARTICIPATION, "tiers(e[part], [[0, yen(1_000_000)], [0.5, yen(2_000_000)]])")],
    ),
    (
        "negative-payment",
        Warning,
        true,
        &[(PARTICIPATION, "yen(4_000_000) * e[part] - yen(1_000_000)")],
    ),
    ("maxima-exceed-cap", Note, true, &[("cap: yen(20_000_000)", "cap: yen(18_000_000)")]),
    ("cap-never-binds", Note, false, &[("cap: yen(20_000_000)", "cap: yen(21_000_000)")]),
    (
        "minimum-above-cap",
        Error,
        false,
        &[("cap: yen(20_000_000)", "cap: yen(20_000_000), minimum: yen(20_000_001)")],
    ),
    (
        "cap-above-benefit",
        Warning,
        false,
        &[("amount: yen(30_000_000)", "amount: yen(30_000_000), part: percent(12.5)")],
    ),
    (
        "debt-burden-below-cap",
        Warning,
        false,
        &[("amount: yen(20_000_000)", "amount: yen(19_999_999)")],
    ),
    ("debt-burden-late", Warning, false, &[("on: \"2024-03-20\"", "on: \"2024-04-02\"")]),
    ("debt-burden-short", Warning, false, &[("to: \"2026-06-30\"", "to: \"2026-03-30\"")]),
    (
        "tax-rise-exceeds-approval",
        Note,
        false,
        &[
            ("included(percent(10))", "added(percent(10))"),
            ("amount: yen(20_000_000)", "amount: yen(22_000_000)"),
        ],
    ),
    ("cap-before-tax", Note, false, &[("included(percent(10))", "added(percent(10))")]),
    ("rounding-below-yen", Warning, false, &[("rounding: down(1)", "rounding: down(0.1)")]),
    ("rounding-not-down", Note, false, &[("rounding: down(1)", "rounding: half_up(1)")]),
    ("evaluation-after-end", Warning, false, &[("to: \"2026-03-31\"", "to: \"2025-12-31\"")]),
    (
        "evaluation-before-start",
        Warning,
        false,
        &[("from: \"2024-04-01\"", "from: \"2025-02-01\"")],
    ),
    ("paid-after-end", Warning, false, &[("paid: \"2026-03-31\"", "paid: \"2026-06-01\"")]),
    (
        "paid-after-due",
        Warning,
        false,
        &[("days: 30, after: \"invoice\"", "days: 30, after: \"evaluation\"")],
    ),
    ("due-late", Note, false, &[("days: 30, after: \"invoice\"", "days: 41, after: \"invoice\"")]),
    ("data-after-payment", Warning, false, &[("available_days: 30", "available_days: 60")]),
    (
        "regression-to-the-mean",
        Warning,
        false,
        &[("who: |p| p.enrolled == 1", "who: |p| p.before >= 140")],
    ),
    (
        "method-contradicts",
        Warning,
        false,
        &[("method: \"before_after\"", "method: \"randomised\"")],
    ),
    (
        "baseline-source-differs",
        Warning,
        false,
        &[("digits: 3,", "digits: 3, baseline: 0.1, baseline_source: \"survey\",")],
    ),
    ("self-evaluation", Warning, false, &[("name: \"University\"", "name: \"vendor \"")]),
    (
        "self-report-unverified",
        Warning,
        false,
        &[("obtained: \"register\"", "obtained: \"self_report\"")],
    ),
    ("no-examples", Warning, false, &[(EXAMPLE, "")]),
    ("no-cap", Warning, false, &[(" cap: yen(20_000_000),", "")]),
    ("source-unstated", Warning, false, &[(", source: \"check-ups\"", "")]),
    ("missing-rule-unstated", Warning, false, &[("missing: \"exclude\", ", "")]),
    (
        "minimum-n-unstated",
        Warning,
        false,
        &[("at_least: 20, source: \"register\"", "source: \"register\"")],
    ),
    ("fixed-value-unsourced", Warning, false, &[("digits: 3,", "digits: 3, baseline: 0.1,")]),
    ("figures-only", Note, false, &[("of: |p| p.enrolled == 1, who: |p| p.invited == 1, ", "")]),
    ("no-evaluator", Note, false, &[("role: \"evaluator\"", "role: \"intermediary\"")]),
    ("evaluation-cost-unstated", Note, false, &[(COST, "")]),
    ("tax-unstated", Note, false, &[("included(percent(10))", "unstated()")]),
    ("clause-unstated", Note, false, &[(", #{ clause: \"5-1\" }", "")]),
    (
        "issue-unstated",
        Note,
        false,
        &[("source: \"register\", issue: \"strokes\"", "source: \"register\"")],
    ),
    (
        "cap-basis-unstated",
        Note,
        false,
        &[("stated(\"cap\", #{ basis: \"benefit\", amount: yen(30_000_000) });\n", "")],
    ),
    ("data-access-unstated", Note, false, &[("owner: \"City\", ", "")]),
    ("evidence-kind-unstated", Note, false, &[("obtained: \"register\", ", "")]),
    ("population-unstated", Note, false, &[("who: |p| p.invited == 1, ", "")]),
    ("exclusions-unstated", Note, false, &[("exclusions: [], without", "without")]),
    ("without-unstated", Note, false, &[(", without: 0.3, without_source: \"2023\"", "")]),
    ("without-unsourced", Note, false, &[(", without_source: \"2023\"", "")]),
    ("method-unstated", Note, false, &[("method: \"before_after\", reason: \"no group\", ", "")]),
    ("method-unreasoned", Note, false, &[("reason: \"no group\", ", "")]),
    (
        "debt-burden-unstated",
        Note,
        false,
        &[(
            "stated(\"debt_burden\", #{ amount: yen(20_000_000), on: \"2024-03-20\", to: \"2026-06-30\" });\n",
            "",
        )],
    ),
    (
        "external-factors-unstated",
        Note,
        false,
        &[("stated(\"external_factors\", #{ clause: \"8\" });\n", "")],
    ),
    (
        "early-end-unstated",
        Note,
        false,
        &[("early_end(#{ fixed: \"pro_rata\", linked: \"as_measured\" });\n", "")],
    ),
    ("dispute-unstated", Note, false, &[("stated(\"dispute\", #{ clause: \"9\" });\n", "")]),
    (
        "publication-unstated",
        Note,
        false,
        &[("stated(\"publication\", #{ clause: \"10\" });\n", "")],
    ),
    (
        "personal-data-unstated",
        Note,
        false,
        &[("stated(\"personal_data\", #{ clause: \"11\" });\n", "")],
    ),
    (
        "payment-due-unstated",
        Note,
        false,
        &[("payment_due(#{ days: 30, after: \"invoice\" });\n", "")],
    ),
];

/// The line of the clean contract that says what the evaluation costs.
const COST: &str = "cost(\"evaluation\", [[\"2025-03-31\", yen(100_000)]], #{ kind: \"evaluation\", by: city });\n";

/// Rules that are not the linter's own: tested where they are found.
const ELSEWHERE: &[&str] = &[
    "example-fails",
    "example-incomplete",
    "acceptance-stale",
    "payment-date-unstated",
    "mostly-fixed",
    "loss-order-unstated",
    "costs-before-money",
    "never-repaid",
    "paid-past-account",
];

#[test]
fn every_rule_is_brought_about_and_absent_from_the_clean_contract() {
    let clean = findings(CLEAN);
    for rule in RULES.iter().filter(|rule| !ELSEWHERE.contains(&rule.id)) {
        let case = CASES.iter().find(|case| case.0 == rule.id);
        let (id, severity, shown, changes) =
            case.unwrap_or_else(|| panic!("no case of {}", rule.id));
        assert!(clean.iter().all(|found| found.id != *id), "{id} is in the clean contract");
        let found = with(changes);
        let found = found.iter().find(|found| found.id == *id);
        let found =
            found.unwrap_or_else(|| panic!("{id} is not found: {:?}", told(&with(changes))));
        assert_eq!(found.severity, *severity, "{id}");
        assert!(found.severity <= rule.severity, "{id} is graver than its rule");
        assert!(found.place.as_ref().is_some_and(|place| place.line > 0), "{id} has no place");
        assert!(found.help.is_some(), "{id} has no remedy");
        assert_eq!(!found.examples.is_empty(), *shown, "{id} is shown: {:?}", found.examples);
    }
    assert!(CASES.iter().all(|case| rules::named(case.0).is_some()));
}

#[test]
fn outcomes_that_show_a_finding_pay_what_they_say() {
    for (id, _, _, changes) in CASES {
        let contract = contract(&changed(changes));
        for finding in &lint(&contract).0 {
            for shown in &finding.examples {
                let example = Example {
                    name: Default::default(),
                    dates: shown.dates.clone(),
                    paid_before: 0.into(),
                    expected: shown.payable,
                    place: None,
                };
                assert_eq!(contract.run_example(&example), Ok(shown.payable), "{id}");
                let sum: rust_decimal::Decimal = shown.paid.iter().map(|paid| paid.payable).sum();
                assert_eq!(sum, shown.payable, "{id}");
            }
            // A pair shows a difference.
            let two = matches!(
                finding.id,
                "payment-falls"
                    | "cliff"
                    | "large-cliff"
                    | "one-person-decides"
                    | "reading-coarse"
                    | "carry-over-unstated"
                    | "denominator-shrinks"
            );
            if two {
                assert!(finding.examples.len() >= 2, "{}: {:?}", finding.id, finding.examples);
                assert_ne!(
                    finding.examples[0].payable, finding.examples[1].payable,
                    "{}",
                    finding.id
                );
            }
        }
    }
}

#[test]
fn every_rule_can_be_accepted_unless_the_contract_would_be_nonsense() {
    for (id, _, _, changes) in CASES {
        let rule = rules::named(id).unwrap();
        let script = format!("{}accept(\"{id}\", \"because\");\n", changed(changes));
        let read = Contract::parse(Source::new("test.rhai", script.as_str()), &Default::default());
        let Ok(contract) = read else {
            let problems = read.unwrap_err();
            assert!(!rule.acceptable, "{id}: {problems:?}");
            assert_eq!(problems[0].id, "not-acceptable", "{id}");
            continue;
        };
        assert!(rule.acceptable, "{id}");
        let check = contract.check();
        let found: Vec<&Finding> = check.findings.iter().filter(|found| found.id == *id).collect();
        assert!(!found.is_empty(), "{id} is hidden");
        assert!(found.iter().all(|found| found.accepted.is_some()), "{id}");
        assert!(check.errors().all(|error| error.id != *id), "{id}");
    }
}

#[test]
fn what_is_accepted_but_not_found_is_found() {
    let accept = |more: &str| {
        let contract = contract(&(CLEAN.to_owned() + more));
        let stale = |found: &Finding| found.id == "acceptance-stale";
        contract.check().findings.into_iter().filter(stale).collect::<Vec<_>>()
    };
    assert_eq!(accept("").len(), 0);
    assert_eq!(
        told(&accept("accept(\"cliff\", \"a step\");")),
        [(Warning, "acceptance-stale", 33)]
    );
    let found = accept("accept(\"carry-over-unstated\", \"so agreed\", #{ of: \"presure\" });");
    assert_eq!(told(&found), [(Warning, "acceptance-stale", 33)]);
    assert_eq!(found[0].help.as_ref().unwrap().en, "did you mean `pressure`?");
}

#[test]
fn every_check_is_answered_by_a_rule_or_by_what_goes_beyond() {
    for row in (1..=34).map(|row| format!("P{row}")) {
        let ruled = RULES.iter().any(|rule| rule.rows.contains(&row.as_str()));
        let beyond = BEYOND.iter().any(|beyond| beyond.row == row);
        assert!(ruled || beyond, "{row}");
    }
}
