//! Each finding on a clean contract with one thing wrong, by its exact id, severity and line.

use super::Finding;
use super::rules::{self, BEYOND, RULES};
use crate::contract::{Contract, Example};
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
fn a_step_that_pays_less_for_a_better_outcome_is_an_error() {
    let found =
        with(&[("[7, yen(3_000_000)]", "[7, yen(1_500_000)]"), ("20_000_000", "18_000_000")]);
    assert_eq!(told(&found), [(Error, "payment-falls", 20)]);
    assert_eq!(
        message(&found, "payment-falls"),
        (
            "\"pressure\" pays less when \"fall\" improves: 2,000,000 yen at 6.9 mmHg, \
             but 1,500,000 yen at 7 mmHg"
                .to_owned(),
            "「pressure」は「fall」が改善すると支払が減ります：6.9 mmHgで2,000,000円、7 mmHgで1,500,000円"
                .to_owned()
        )
    );
}

#[test]
fn a_direction_declared_the_other_way_makes_the_fall_disappear() {
    let falling = "bands(e[fall], [#{ below: 3, pay: yen(3_000_000) }, \
                   #{ from: 3, below: 5, pay: yen(1_500_000) }, #{ from: 5, pay: yen(0) }])";
    let example = ("yen(7_000_000));", "yen(5_000_000));");
    let found = with(&[(PRESSURE, falling), example]);
    assert_eq!(told(&found), [(Error, "payment-falls", 20), (Warning, "paid-at-no-effect", 20)]);
    let found = with(&[
        (PRESSURE, falling),
        example,
        ("unit: \"mmHg\",", "unit: \"mmHg\", better: \"lower\","),
    ]);
    // No change is now among the best outcomes.
    assert_eq!(told(&found), [(Warning, "paid-at-no-effect", 20)]);
}

#[test]
fn two_lines_that_are_a_table_together_do_not_fall() {
    let found = with(&[
        (
            &format!("pay(\"pressure\", |e| {PRESSURE}, #{{ clause: \"5-2\" }});"),
            "pay(\"some\", |e| bands(e[fall], [#{ from: 3, below: 5, pay: yen(1_500_000) }]), #{ clause: \"5-2\" }); \
         pay(\"more\", |e| tiers(e[fall], [[5, yen(1_500_000)], [7, yen(3_000_000)]]), #{ clause: \"5-2\" });",
        ),
        ("yen(7_000_000));", "yen(6_500_000));"),
    ]);
    assert!(told(&found).iter().all(|(_, id, _)| *id != "payment-falls"), "{:?}", told(&found));
}

#[test]
fn a_comparison_group_may_lower_the_payment() {
    let found = with(&[
        (PARTICIPATION, "if e[part] - e[\"other\"] >= 0.1 { yen(4_000_000) } else { yen(0) }"),
        (
            "let part =",
            "share(\"other\", #{ of: |p| p.other == 1, digits: 3, missing: \"as_no\", at_least: 20, source: \"register\" });\nlet part =",
        ),
        ("part: 0.4 }", "part: 0.4, other: 0.1 }"),
        ("yen(7_000_000));", "yen(9_000_000));"),
    ]);
    let told = told(&found);
    assert!(told.contains(&(Warning, "payment-falls", 22)), "{told:?}");
}

#[test]
fn an_offset_that_grows_with_the_outcome_is_a_fall() {
    let found = with(&[
        (
            EXAMPLE,
            &format!(
                "{EXAMPLE}offset(\"malus\", |e| linear(e[fall], [1, yen(0)], [2, yen(100_000)]), #{{ clause: \"6\" }});\n"
            ),
        ),
        ("yen(7_000_000));", "yen(6_900_000));"),
    ]);
    assert_eq!(told(&found), [(Error, "payment-falls", 23)]);
}

#[test]
fn earlier_outcomes_paid_for_then_are_no_fall() {
    let gain = "if e.first { yen(0) } else { max(yen(0), per_head(e[part], yen(4_000_000)) \
                - per_head(e.at(\"2025-01-31\")[part], yen(4_000_000))) }";
    let found = with(&[(PARTICIPATION, gain), ("yen(7_000_000));", "yen(5_000_000));")]);
    assert_eq!(told(&found), [(Note, "cap-never-binds", 2)]);
}

#[test]
fn half_of_a_line_is_no_cliff_and_more_is() {
    assert_eq!(
        told(&with(&[
            (PRESSURE, "tiers(e[fall], [[3, yen(1_500_000)], [5, yen(3_000_000)]])"),
            ("yen(7_000_000));", "yen(8_000_000));")
        ])),
        []
    );
    let found = with(&[
        (PRESSURE, "tiers(e[fall], [[3, yen(1_000_000)], [5, yen(3_000_000)]])"),
        ("yen(7_000_000));", "yen(8_000_000));"),
    ]);
    assert_eq!(told(&found), [(Note, "cliff", 20)]);
    assert_eq!(
        message(&found, "cliff").0,
        "\"pressure\" jumps by more than half of its most: \
         by 2,000,000 yen (66.67%) at 5 mmHg of \"fall\""
            .replace("66.67%", "67%")
    );
}

#[test]
fn a_threshold_that_decides_half_the_contract_is_a_warning() {
    let found = with(&[
        (PARTICIPATION, "all_or_nothing(e[part] >= 0.4, yen(14_000_001))"),
        ("cap: yen(20_000_000)", "cap: yen(28_000_000), minimum: yen(28_000_000)"),
        ("yen(7_000_000));", "yen(19_000_001));"),
    ]);
    let told = told(&found);
    assert!(told.contains(&(Warning, "large-cliff", 21)), "{told:?}");
    assert!(!told.iter().any(|(_, id, _)| *id == "cliff"), "{told:?}");
    assert_eq!(
        message(&found, "large-cliff").0,
        "40% of \"part\" alone decides 14,000,001 yen, 50% of the cap, 28,000,000 yen"
    );
}

#[test]
fn a_gate_on_several_lines_adds_up_to_a_cliff() {
    let found = with(&[
        ("clause: \"5-2\"", "clause: \"5-2\", gate: |e| e[part] >= 0.5"),
        ("clause: \"5-1\"", "clause: \"5-1\", gate: |e| e[part] >= 0.5"),
        ("cap: yen(20_000_000)", "cap: yen(10_000_000)"),
        ("part: 0.4 }", "part: 0.5 }"),
        ("yen(7_000_000));", "yen(9_000_000));"),
    ]);
    assert!(told(&found).contains(&(Warning, "large-cliff", 19)), "{:?}", told(&found));
}

#[test]
fn a_threshold_beyond_the_columns_is_never_reached() {
    let columns = (
        "let fall =",
        "columns(#{ before: number(\"mmHg\", 100, 104), after: number(\"mmHg\", 100, 104) });\nlet fall =",
    );
    let found =
        with(&[columns, ("fall: 5,", "fall: 3,"), ("yen(7_000_000));", "yen(6_000_000));")]);
    let never = |found: &[Finding]| -> Vec<(String, String)> {
        let never = found.iter().filter(|finding| finding.id == "never-reached");
        never.map(|finding| (finding.message.en.clone(), finding.message.ja.clone())).collect()
    };
    assert!(told(&found).contains(&(Warning, "never-reached", 21)), "{:?}", told(&found));
    assert_eq!(
        never(&found),
        [
            (
                "in \"pressure\", the condition that \"fall\" is at least 5 mmHg can never hold"
                    .to_owned(),
                "「pressure」の条件「「fall」が5 mmHg以上」は成り立つことがありません".to_owned()
            ),
            (
                "in \"pressure\", the condition that \"fall\" is at least 7 mmHg can never hold"
                    .to_owned(),
                "「pressure」の条件「「fall」が7 mmHg以上」は成り立つことがありません".to_owned()
            ),
        ]
    );
    // The upper end of a line is reached only as far as outcomes go.
    let found = with(&[
        columns,
        ("fall: 5,", "fall: 3,"),
        (PRESSURE, "linear(e[fall], [1, yen(0)], [5, yen(3_000_000)])"),
        ("yen(7_000_000));", "yen(6_500_000));"),
    ]);
    assert_eq!(
        never(&found)[0].0,
        "in \"pressure\", \"fall\" never reaches the upper end 5 mmHg; the most it can be is 4 mmHg"
    );
}

#[test]
fn what_is_paid_whatever_the_outcome_is_a_note() {
    let found = with(&[
        (
            PARTICIPATION,
            "tiers(e[part], [[0, yen(1_000_000)], [0.5, yen(2_000_000)], [0.7, yen(4_000_000)]])",
        ),
        ("yen(7_000_000));", "yen(6_000_000));"),
    ]);
    assert_eq!(told(&found), [(Note, "paid-at-no-effect", 21), (Note, "always-paid", 21)]);
    assert_eq!(
        message(&found, "always-paid").0,
        "\"participation\" looks at outcomes but pays at least 1,000,000 yen whatever they are"
    );
}

#[test]
fn a_gate_that_is_always_open_is_a_warning() {
    let found = with(&[("clause: \"5-3\"", "clause: \"5-3\", gate: |e| e[part] >= 0")]);
    assert_eq!(told(&found), [(Warning, "gate-always-open", 21)]);
}

#[test]
fn maxima_above_the_cap_are_told_with_both_sums() {
    let found = with(&[("cap: yen(20_000_000)", "cap: yen(18_000_000)")]);
    assert_eq!(told(&found), [(Note, "maxima-exceed-cap", 2)]);
    assert_eq!(
        message(&found, "maxima-exceed-cap").0,
        "the lines can add up to 20,000,000 yen, the cap is 18,000,000 yen"
    );
    // A limit of its own keeps the sum within the cap.
    let limited = EXAMPLE.to_owned() + "cap_each(yen(9_000_000));\n";
    let found = with(&[("cap: yen(20_000_000)", "cap: yen(18_000_000)"), (EXAMPLE, &limited)]);
    assert_eq!(told(&found), []);
    // So does a limit of a line over the contract.
    let found = with(&[
        ("cap: yen(20_000_000)", "cap: yen(18_000_000)"),
        ("clause: \"5-3\"", "clause: \"5-3\", cap: yen(6_000_000)"),
    ]);
    assert_eq!(told(&found), []);
}

#[test]
fn limits_that_never_bind_are_notes() {
    let found = with(&[("cap: yen(20_000_000)", "cap: yen(21_000_000)")]);
    assert_eq!(told(&found), [(Note, "cap-never-binds", 2)]);
    assert_eq!(
        message(&found, "cap-never-binds"),
        (
            "the cap of 21,000,000 yen never binds: at most 20,000,000 yen can come up against it"
                .to_owned(),
            "支払上限額21,000,000円が効くことはありません。対象の支払は最大でも20,000,000円です"
                .to_owned()
        )
    );
    let limits = format!(
        "{EXAMPLE}cap_each(yen(10_000_001));\ncap_year(yen(10_000_001));\ncap_payer(city, yen(20_000_001));\n"
    );
    assert_eq!(
        told(&with(&[(EXAMPLE, &limits)])),
        [
            (Note, "cap-never-binds", 25),
            (Note, "cap-never-binds", 23),
            (Note, "cap-never-binds", 24)
        ]
    );
    let found = with(&[(
        "clause: \"5-3\"",
        "clause: \"5-3\", cap: yen(8_000_001), cap_each: yen(4_000_001)",
    )]);
    assert_eq!(told(&found), [(Note, "cap-never-binds", 21), (Note, "cap-never-binds", 21)]);
}

#[test]
fn a_minimum_above_the_cap_is_an_error() {
    let found = with(&[("cap: yen(20_000_000)", "cap: yen(20_000_000), minimum: yen(20_000_001)")]);
    assert_eq!(told(&found), [(Error, "minimum-above-cap", 2)]);
    let each = format!("{EXAMPLE}minimum_each(yen(10_000_001));\n");
    let found = with(&[(EXAMPLE, &each), ("yen(7_000_000));", "yen(10_000_001));")]);
    assert_eq!(told(&found), [(Error, "minimum-above-cap", 23)]);
}

#[test]
fn an_indicator_no_payment_reads_is_a_warning() {
    let found =
        with(&[(PARTICIPATION, "yen(4_000_000)"), ("yen(7_000_000));", "yen(9_000_000));")]);
    assert_eq!(told(&found), [(Warning, "indicator-pays-nothing", 16)]);
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

/// A change to the clean contract, the finding it brings about, and whether outcomes show it.
type Case = (&'static str, Severity, bool, &'static [(&'static str, &'static str)]);

const ACCEPTED: &str = "accept(\"carry-over-unstated\", \"each year is judged by itself\");\n";

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
        for finding in &super::lint(&contract).0 {
            for shown in &finding.examples {
                let example = Example {
                    name: String::new(),
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

/// Hachioji's published bounds, limits and number of people; the jump of 1,745,000 is derived.
#[test]
fn the_jump_of_hachioji_is_told_per_person() {
    let found = with(&[
        (
            PARTICIPATION,
            "linear(e[part], [percent(79), yen(0)], [percent(87), yen(4_880_000)], #{ jump: yen(1_745_000) })",
        ),
        (
            "at_least: 20, source: \"register\"",
            "at_least: 20, population: 3119, source: \"register\"",
        ),
        ("without: 0.3,", "without: 0.78,"),
    ]);
    // 79.0% is read from 78.95% on: 2,463 of 3,119 are 78.97%, 2,462 are 78.94%.
    let (en, ja) = message(&found, "one-person-decides");
    assert_eq!(
        en,
        "in \"participation\", one person more is worth 1,745,000 yen: \
         with 2462 of 3119 \"part\" is 78.9%, with 2463 it is 79%"
    );
    assert!(ja.contains("3119人中2462人なら「part」は78.9%、2463人なら79%です"), "{ja}");
    let finding = found.iter().find(|found| found.id == "one-person-decides").unwrap();
    let paid: Vec<_> = finding.examples.iter().map(|shown| shown.payable).collect();
    assert_eq!(paid[1] - paid[0], 1_745_000.into());
}

/// Four equal steps of people counted, as in Maebashi; the numbers between are made up. The third
/// step ends below 41,410, the fourth begins above it: 41,410 itself is in neither.
#[test]
fn a_value_between_two_steps_that_neither_pays_is_a_gap() {
    let steps = |below: &str| {
        format!(
            "count(\"walkers\", #{{ of: |p| p.walks == 1, at_least: 20, missing: \"as_no\", source: \"counter\" }}); \
             pay(\"third\", |e| if e[\"walkers\"] >= 40000 && e[\"walkers\"] {below} 41410 {{ yen(1_425_000) }} else {{ yen(0) }}, #{{ clause: \"6\" }}); \
             pay(\"fourth\", |e| if e[\"walkers\"] > 41410 {{ yen(2_850_000) }} else {{ yen(0) }}, #{{ clause: \"6\" }});\nexample("
        )
    };
    let example = ("fall: 5, part: 0.4 }", "fall: 5, part: 0.4, walkers: 0 }");
    let found = with(&[example, ("example(", &steps("<"))]);
    assert!(
        told(&found).iter().any(|(severity, id, _)| *severity == Error && *id == "gap"),
        "{:?}",
        told(&found)
    );
    let gap = found.iter().find(|found| found.id == "gap").unwrap();
    let values: Vec<String> =
        gap.examples[1].dates[0].outcomes.values().map(ToString::to_string).collect();
    assert!(values.contains(&"41410".to_owned()), "{values:?}");
    let mended = with(&[example, ("example(", &steps("<="))]);
    assert!(!told(&mended).iter().any(|(_, id, _)| *id == "gap" || *id == "payment-falls"));
}

/// Mima was judged year by year and lost 108,000 yen although the five years together met both
/// targets; the size of its steps is not published.
#[test]
fn years_judged_one_by_one_are_shown_against_their_average() {
    let found = with(&[
        (ACCEPTED, ""),
        (PARTICIPATION, "all_or_nothing(e[part] >= 0.4, yen(54_000))"),
        ("yen(7_000_000));", "yen(5_054_000));"),
    ]);
    let told = found.iter().filter(|found| found.id == "carry-over-unstated");
    let told: Vec<&Finding> = told.filter(|found| found.of == ["participation"]).collect();
    let [uneven, even] = &told[0].examples[..] else { panic!("{told:?}") };
    assert_eq!(even.payable - uneven.payable, 54_000.into());
    let part = |shown: &super::Counterexample| -> rust_decimal::Decimal {
        shown.dates.iter().map(|date| date.outcomes[&1]).sum()
    };
    assert_eq!(part(uneven), part(even));
    // Stated either way, there is nothing to tell.
    let stated = with(&[(ACCEPTED, ""), ("clause: \"5-3\"", "clause: \"5-3\", basis: \"each\"")]);
    assert!(stated.iter().all(|found| found.of != ["participation"]));
}
