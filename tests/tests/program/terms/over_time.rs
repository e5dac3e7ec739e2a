//! What a line looks back at: yearly tests, what is owed to date, true-up, offsets carried forward.

use super::{lines, script, settled, settled_n, whole};

/// 100 for each unit of x, as far as this test and that one differ only in how they look back.
fn paying(basis: &str) -> String {
    script(
        "tax: unstated()",
        &format!(r#"pay("a", |e| e[x] * yen(100), #{{ basis: "{basis}" }});"#),
    )
}

fn payables(text: &str, values: [&str; 3]) -> [i64; 3] {
    [0, 1, 2].map(|at| whole(settled(text, at, &values[..=at]).payable))
}

#[test]
fn a_line_is_judged_date_by_date_owed_to_date_or_trued_up() {
    // 5, then 3, then 6: to date 500, 300, 600.
    assert_eq!(payables(&paying("each"), ["5", "3", "6"]), [500, 300, 600]);
    assert_eq!(payables(&paying("cumulative"), ["5", "3", "6"]), [500, 0, 100]);
    assert_eq!(payables(&paying("true_up"), ["5", "3", "6"]), [500, -200, 300]);
    let last = settled(&paying("true_up"), 1, &["5", "3"]);
    assert_eq!(
        last.lines[0].because.en,
        "3 × 100 = 300; 300 owed to date, of which 500 was paid before"
    );
    assert!(last.notes.iter().all(|note| note.id != "negative-payable"));
}

#[test]
fn a_yearly_test_loses_what_a_cumulative_one_makes_up_for() {
    // Target 100 a year, 1,000 yen for it: 90, then 110. Yearly, the first year is lost; over both
    // years the sum of 200 is reached.
    let rule = |amount: &str, basis: &str| {
        script(
            "tax: unstated()",
            &format!(
                r#"pay("a", |e| {amount}, #{{ basis: "{basis}", at: ["2025-03-31", "2025-09-30"] }});"#
            ),
        )
    };
    let yearly = rule("all_or_nothing(e[x] >= 100, yen(1_000))", "each");
    let to_date = "all_or_nothing(e.total(x) >= 100 * e.number, yen(1_000) * e.number)";
    let cumulative = rule(to_date, "cumulative");
    let pays =
        |text: &str| [0, 1].map(|at| whole(settled(text, at, &["90", "110"][..=at]).payable));
    assert_eq!(pays(&yearly), [0, 1_000]);
    assert_eq!(pays(&cumulative), [0, 2_000]);
}

#[test]
fn too_few_measured_pays_nothing_and_takes_nothing_back() {
    let text = paying("true_up");
    let contract = super::read(&text);
    let mut figures = String::from("indicator,at,value,n\n");
    for ((evaluation, value), n) in contract.evaluations.iter().zip(["5", "3"]).zip([50, 9]) {
        figures += &format!("x,{},{value},{n}\n", evaluation.at);
    }
    let files = seika_tests::Memory::default().with("f.csv", &figures);
    let request = engine::settle::Request {
        evidence: vec!["f.csv".into()],
        at: Some(contract.evaluations[1].at),
        ..Default::default()
    };
    let statement = engine::settle::settle(&contract, &files, &request).unwrap();
    assert_eq!(whole(statement.payable), 0);
}

#[test]
fn what_a_line_s_own_limit_cut_is_still_owed_and_what_the_whole_s_cut_is_not() {
    // 900 owed from the start, at most 400 at a time: 400, 400, 100.
    let own = script(
        "tax: unstated()",
        r#"pay("a", |e| yen(900) + e[x] * yen(0), #{ basis: "cumulative", cap_each: yen(400) });"#,
    );
    assert_eq!(payables(&own, ["1", "1", "1"]), [400, 400, 100]);
    let whole_s = script(
        "tax: unstated()",
        r#"pay("a", |e| yen(900) + e[x] * yen(0), #{ basis: "cumulative" }); cap_each(yen(400));"#,
    );
    assert_eq!(payables(&whole_s, ["1", "1", "1"]), [400, 0, 0]);
}

#[test]
fn a_line_owed_to_date_never_exceeds_its_most() {
    let contract = super::read(
        &paying("cumulative")
            .replace("e[x] * yen(100)", "linear(e[x], [0, yen(0)], [10, yen(1_000)])"),
    );
    let check = contract.check();
    assert_eq!(check.bounds.max.map(whole), Some(1_000));
    assert_eq!(check.bounds.min.map(whole), Some(0));
}

#[test]
fn a_deduction_from_nothing_does_not_lower_the_most() {
    // 5 are to be deducted of 0: nothing is, whatever a line over all dates comes to.
    let text = script(
        "tax: unstated()",
        r#"pay("a", |e| e[x] * yen(0), #{ basis: "cumulative" }); malus("m", |e| yen(5), #{ basis: "cumulative" });"#,
    );
    assert_eq!(payables(&text, ["1", "1", "1"]), [0, 0, 0]);
    assert_eq!(super::read(&text).check().bounds.max.map(whole), Some(0));
}

#[test]
fn a_true_up_takes_back_what_a_limit_had_cut() {
    // 100 owed and cut to 30; then 20 owed, so 80 come back: −50 in all.
    let text = script(
        "tax: unstated()",
        r#"pay("a", |e| linear(e[x], [0, yen(0)], [100, yen(100)]), #{ basis: "true_up" }); cap_each(yen(30));"#,
    );
    assert_eq!(payables(&text, ["100", "20", "20"]), [30, -80, 0]);
    let least = super::read(&text).check().bounds.min;
    assert!(least.is_none_or(|least| whole(least) <= -50), "{least:?}");
}

#[test]
fn an_offset_carries_what_it_could_not_net() {
    let text = |carry: bool| {
        script(
            "tax: unstated()",
            &format!(
                r#"pay("a", |e| e[x] * yen(100));
                   offset("fees", |e| if e.first {{ yen(700) }} else {{ yen(0) }}, #{{ carry: {carry} }});"#
            ),
        )
    };
    // 300 − 300, 200 − 200, 600 − 200: the 700 are netted over three dates.
    assert_eq!(payables(&text(true), ["3", "2", "6"]), [0, 0, 400]);
    assert_eq!(payables(&text(false), ["3", "2", "6"]), [0, 200, 600]);
    let second = settled(&text(true), 1, &["3", "2"]);
    assert_eq!(lines(&second), [("a", 200), ("fees", -200)]);
    assert_eq!(
        second.lines[1].because.en,
        "netted: fixed; 700 to date, of which 300 was netted before"
    );
}

#[test]
fn told_what_was_paid_a_line_owed_to_date_asks_for_its_own_past() {
    // All evidence is there: the line knows its own past.
    let statement = settled_n(&paying("cumulative"), 2, &["5", "3", "6"], 50, Some(500));
    assert_eq!(whole(statement.payable), 100);
    let offset = r#"pay("a", |e| e[x] * yen(100)); offset("fees", |e| yen(70), #{ carry: true });"#;
    for text in [paying("cumulative"), paying("true_up"), script("tax: unstated()", offset)] {
        let contract = super::read(&text);
        let at = contract.evaluations[2].at;
        let figures = format!("indicator,at,value,n\nx,{at},6,50\n");
        let files = seika_tests::Memory::default().with("f.csv", &figures);
        let request = engine::settle::Request {
            evidence: vec!["f.csv".into()],
            at: Some(at),
            paid_before: Some(500.into()),
            ..Default::default()
        };
        let problems = engine::settle::settle(&contract, &files, &request).unwrap_err();
        assert_eq!(problems[0].id, "earlier-line-unknown");
    }
}

#[test]
fn what_was_told_may_be_less_than_nothing_where_money_is_paid_back() {
    // 200 are paid back at the second date after 100 at the first: −100 before the third.
    let text = script(
        "tax: unstated()",
        r#"pay("a", |e| yen(100)); pay("b", |e| if e[x] < 4 { yen(300) } else { yen(0) }, #{ by: vendor, to: city });"#,
    );
    let told = settled_n(&text, 2, &["5", "3", "6"], 50, Some(-100));
    assert_eq!((whole(told.payable), whole(told.paid_before)), (100, -100));
}

#[test]
fn told_what_the_evidence_comes_to_the_cap_counts_every_truncated_tax() {
    // 19 + 1 and 19 + 1 of tax; the cap of 60 leaves 22, not the 23 that 40 ÷ 1.1 would.
    let text = script("tax: added(percent(10)), cap: yen(60)", r#"pay("a", |e| e[x] * yen(1));"#);
    let values = ["19", "19", "100"];
    for told in [None, Some(40)] {
        assert_eq!(whole(settled_n(&text, 2, &values, 50, told).subtotal), 22);
    }
}
