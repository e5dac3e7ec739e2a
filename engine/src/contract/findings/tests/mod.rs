//! Each finding on a clean contract with one thing wrong, by its exact id, severity and line.

mod cases;
mod payments;
mod towns;

use super::Finding;
use crate::contract::Contract;
use crate::problem::{Language, Severity, Source};

/// A contract that leaves nothing to be said.
const CLEAN: &str = r#"contract("clean", #{
    from: "2024-04-01", to: "2026-03-31", cap: yen(20_000_000),
    tax: included(percent(10)), rounding: down(1),
});
let city = party("city", #{ role: "payer", name: "City" });
party("vendor", #{ role: "provider", name: "Vendor" });
party("university", #{ role: "evaluator", name: "University" });
evaluations([
    #{ at: "2025-01-31", paid: "2025-03-31" },
    #{ at: "2026-01-31", paid: "2026-03-31" },
]);
let fall = mean_change("fall", #{
    unit: "mmHg", digits: 1, before: |p| p.before, after: |p| p.after, sign: -1,
    who: |p| p.enrolled == 1, missing: "exclude", at_least: 20, source: "check-ups", issue: "strokes", owner: "City", available_days: 30, obtained: "measurement", method: "before_after", reason: "no group", exclusions: [],
});
let part = share("part", #{ of: |p| p.enrolled == 1, who: |p| p.invited == 1, digits: 3,
    missing: "as_no", at_least: 20, source: "register", issue: "strokes", owner: "City", available_days: 30, obtained: "register", method: "none", reason: "an output", exclusions: [], without: 0.3, without_source: "2023",
});
pay("base", |e| yen(3_000_000), #{ clause: "5-1" });
pay("pressure", |e| tiers(e[fall], [[3, yen(1_000_000)], [5, yen(2_000_000)], [7, yen(3_000_000)]]), #{ clause: "5-2" });
pay("participation", |e| linear(e[part], [0.3, yen(0)], [0.5, yen(4_000_000)]), #{ clause: "5-3" });
example("middle", #{ at: "2025-01-31", fall: 5, part: 0.4 }, yen(7_000_000));
stated("debt_burden", #{ amount: yen(20_000_000), on: "2024-03-20", to: "2026-06-30" });
stated("cap", #{ basis: "benefit", amount: yen(30_000_000) });
stated("external_factors", #{ clause: "8" });
stated("dispute", #{ clause: "9" });
stated("publication", #{ clause: "10" });
stated("personal_data", #{ clause: "11" });
early_end(#{ fixed: "pro_rata", linked: "as_measured" });
payment_due(#{ days: 30, after: "invoice" });
cost("evaluation", [["2025-03-31", yen(100_000)]], #{ kind: "evaluation", by: city });
accept("carry-over-unstated", "each year is judged by itself");
"#;

const PRESSURE: &str =
    "tiers(e[fall], [[3, yen(1_000_000)], [5, yen(2_000_000)], [7, yen(3_000_000)]])";
const PARTICIPATION: &str = "linear(e[part], [0.3, yen(0)], [0.5, yen(4_000_000)])";
const EXAMPLE: &str =
    "example(\"middle\", #{ at: \"2025-01-31\", fall: 5, part: 0.4 }, yen(7_000_000));\n";

const ACCEPTED: &str = "accept(\"carry-over-unstated\", \"each year is judged by itself\");\n";

fn contract(script: &str) -> Contract {
    let source = Source::new("test.rhai", script);
    Contract::parse(source, &Default::default())
        .unwrap_or_else(|problems| panic!("{script}\n{problems:#?}"))
}

/// What the linter finds, but for what is accepted and for acceptances that a change made stale.
fn findings(script: &str) -> Vec<Finding> {
    let contract = contract(script);
    let (mut findings, _) = super::lint(&contract);
    super::accept(&contract, &mut findings);
    findings.retain(|found| found.accepted.is_none() && found.id != "acceptance-stale");
    findings
}

/// The clean contract with every `old` replaced.
fn with(changes: &[(&str, &str)]) -> Vec<Finding> {
    findings(&changed(changes))
}

fn changed(changes: &[(&str, &str)]) -> String {
    let mut script = CLEAN.to_owned();
    for (old, new) in changes {
        assert!(script.contains(old), "{old} is not in the clean contract");
        script = script.replace(old, new);
    }
    script
}

fn told(findings: &[Finding]) -> Vec<(Severity, &'static str, usize)> {
    let line = |finding: &Finding| finding.place.as_ref().map_or(0, |place| place.line);
    findings.iter().map(|finding| (finding.severity, finding.id, line(finding))).collect()
}

fn message(findings: &[Finding], id: &str) -> (String, String) {
    let finding = findings.iter().find(|finding| finding.id == id).unwrap();
    let said = |language| finding.message.within(language).to_owned();
    (said(Language::En), said(Language::Ja))
}

use Severity::{Error, Note, Warning};

#[test]
fn a_clean_contract_has_no_findings() {
    assert_eq!(told(&findings(CLEAN)), []);
}

#[test]
fn every_finding_says_what_to_do() {
    let messy = with(&[("cap: yen(20_000_000),", ""), (EXAMPLE, ""), ("at_least: 20, ", "")]);
    assert!(messy.len() >= 4);
    assert!(messy.iter().all(|finding| finding.help.is_some() && finding.place.is_some()));
}

#[test]
fn a_paying_indicator_states_source_missing_rule_and_minimum() {
    let found = with(&[(", source: \"check-ups\"", "")]);
    assert_eq!(told(&found), [(Warning, "source-unstated", 12)]);
    let found = with(&[("missing: \"exclude\", ", "")]);
    assert_eq!(told(&found), [(Warning, "missing-rule-unstated", 12)]);
    let found = with(&[("missing: \"as_no\", at_least: 20", "missing: \"as_no\"")]);
    assert_eq!(told(&found), [(Warning, "minimum-n-unstated", 16)]);
}

#[test]
fn an_indicator_known_only_by_figures_is_a_note() {
    let found = with(&[("of: |p| p.enrolled == 1, who: |p| p.invited == 1, ", "")]);
    assert_eq!(told(&found), [(Note, "figures-only", 16)]);
}

#[test]
fn choosing_people_by_the_value_before_invites_regression() {
    let found =
        with(&[("who: |p| p.enrolled == 1", "who: |p| p.enrolled == 1 && p.before >= 140")]);
    assert_eq!(told(&found), [(Warning, "regression-to-the-mean", 12)]);
    // Everybody in the declared range chooses nobody.
    let columns = "columns(#{ before: number(\"mmHg\", 140, 260) });\nlet fall =";
    let found =
        with(&[("who: |p| p.enrolled == 1", "who: |p| p.before >= 140"), ("let fall =", columns)]);
    assert_eq!(told(&found), []);
}

#[test]
fn evaluations_outside_the_contract_are_warnings_at_their_date() {
    let found = with(&[("to: \"2026-03-31\"", "to: \"2025-12-31\"")]);
    assert_eq!(told(&found), [(Warning, "evaluation-after-end", 10)]);
    assert_eq!(
        message(&found, "evaluation-after-end"),
        (
            "the evaluation of 2026-01-31 comes after the contract's end, 2025-12-31; it is paid in FY2025".to_owned(),
            "2026年1月31日の評価は契約の終了日2025年12月31日より後です。支払は令和7年度（2025年度）になります".to_owned()
        )
    );
    let found = with(&[("from: \"2024-04-01\"", "from: \"2025-02-01\"")]);
    assert_eq!(told(&found), [(Warning, "evaluation-before-start", 9)]);
}

#[test]
fn a_payment_after_the_last_fiscal_year_is_told() {
    let found = with(&[("paid: \"2026-03-31\"", "paid: \"2026-06-01\"")]);
    assert_eq!(told(&found), [(Warning, "paid-after-end", 10)]);
    let found = with(&[("paid: \"2026-03-31\"", "paid: \"2026-05-31\"")]);
    assert_eq!(told(&found), [(Note, "paid-after-end", 10)]);
}

#[test]
fn what_every_contract_should_declare_is_asked_for() {
    assert_eq!(told(&with(&[(EXAMPLE, "")])), [(Warning, "no-examples", 1)]);
    assert_eq!(told(&with(&[(" cap: yen(20_000_000),", "")])), [(Warning, "no-cap", 1)]);
    let found = with(&[("included(percent(10))", "unstated()")]);
    assert_eq!(told(&found), [(Note, "tax-unstated", 1)]);
    let found = with(&[("role: \"evaluator\"", "role: \"intermediary\"")]);
    assert_eq!(told(&found), [(Note, "no-evaluator", 1)]);
    let found = with(&[("name: \"University\"", "name: \"vendor \"")]);
    assert_eq!(told(&found), [(Warning, "self-evaluation", 1)]);
}

#[test]
fn lines_without_a_clause_share_one_note() {
    let found = with(&[(", #{ clause: \"5-1\" }", ""), (", #{ clause: \"5-3\" }", "")]);
    assert_eq!(told(&found), [(Note, "clause-unstated", 19)]);
    assert_eq!(
        message(&found, "clause-unstated").1,
        "根拠となる条項が書かれていない項目: base、participation"
    );
}

#[test]
fn a_contract_without_outcomes_is_an_error() {
    let found = with(&[
        (PRESSURE, "yen(3_000_000)"),
        (PARTICIPATION, "yen(4_000_000)"),
        ("yen(7_000_000));", "yen(10_000_000));"),
    ]);
    assert_eq!(
        told(&found),
        [
            (Warning, "indicator-pays-nothing", 12),
            (Warning, "indicator-pays-nothing", 16),
            (Error, "not-outcome-based", 1),
        ]
    );
}
