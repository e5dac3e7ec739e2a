//! Findings on what the payment lines and limits come to.

use super::*;

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
