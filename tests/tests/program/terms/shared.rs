//! Several payers of one line, deductions and returns.

use super::{lines, read, script, settled, whole};

/// A contract of two payers and two providers.
fn of_two(rest: &str) -> String {
    script("tax: unstated()", rest).replace(
        "let vendor = ",
        "let state = party(\"state\", #{ role: \"payer\" });\n\
         let other = party(\"other\", #{ role: \"provider\" });\nlet vendor = ",
    )
}

fn flows(text: &str, value: &str) -> Vec<(String, String, i64)> {
    let statement = settled(text, 0, &[value]);
    let flow =
        |flow: &engine::settle::Flow| (flow.from.clone(), flow.to.clone(), whole(flow.amount));
    statement.flows.iter().map(flow).collect()
}

#[test]
fn the_remainder_of_a_split_goes_unit_by_unit_in_order() {
    // 100 among three equal parts: 33 each, and the one yen that is left to the first.
    let text = of_two(
        r#"let third = party("third", #{ role: "payer" });
           pay("a", |e| yen(100), #{ to: vendor, by: [[city, 1], [state, 1], [third, 1]] });
           pay("b", |e| yen(101), #{ to: vendor, by: [[third, 1], [state, 1], [city, 1]] });"#,
    );
    let statement = settled(&text, 0, &["1"]);
    let paid: Vec<(&str, &str, i64)> = statement
        .lines
        .iter()
        .map(|line| (line.name.as_str(), line.payer.as_str(), whole(line.amount)))
        .collect();
    // 101: 33 each and two left, to the two that are named first.
    assert_eq!(
        paid,
        [
            ("a", "city", 34),
            ("a", "state", 33),
            ("a", "third", 33),
            ("b", "third", 34),
            ("b", "state", 34),
            ("b", "city", 33)
        ]
    );
    let flows: Vec<(String, i64)> =
        statement.flows.iter().map(|flow| (flow.from.clone(), whole(flow.amount))).collect();
    let expected = [("city", 67), ("state", 67), ("third", 67)];
    assert_eq!(flows, expected.map(|(from, amount)| (from.to_owned(), amount)));
}

#[test]
fn shares_are_of_what_the_line_s_own_limit_leaves() {
    // 1,000 cut to 701: 175.25 and 525.75, so 175 + 1 and 525. The cut of each is the difference to
    // its part of the 1,000.
    let text = of_two(
        r#"pay("a", |e| yen(1_000), #{
               to: vendor, by: [[city, percent(25)], [state, percent(75)]], cap_each: yen(701),
           });"#,
    );
    let statement = settled(&text, 0, &["1"]);
    assert_eq!(lines(&statement), [("a", 250), ("a", 750), ("cap", -74), ("cap", -225)]);
    assert_eq!(whole(statement.payable), 701);
}

#[test]
fn a_line_may_be_split_among_those_who_are_paid() {
    let text = of_two(
        r#"pay("a", |e| yen(1_001), #{ by: city, to: [[vendor, percent(60)], [other, percent(40)]] });"#,
    );
    // 600.6 and 400.4: 600 + 1 and 400.
    let city = |to: &str, amount| ("city".to_owned(), to.to_owned(), amount);
    assert_eq!(flows(&text, "1"), [city("vendor", 601), city("other", 400)]);
}

#[test]
fn a_cut_is_borne_in_proportion_and_its_remainder_in_order() {
    // 300 and 700, cut by 1 to 999: 0.3 and 0.7 are cut to nothing, the one left falls on the first.
    let text = of_two(
        r#"pay("a", |e| yen(300), #{ by: city, to: vendor });
           pay("b", |e| yen(700), #{ by: state, to: vendor }); cap_each(yen(999));"#,
    );
    let statement = settled(&text, 0, &["1"]);
    assert_eq!(lines(&statement), [("a", 300), ("b", 700), ("cap", -1)]);
    assert_eq!(statement.lines[2].payer, "city");
}

#[test]
fn a_malus_takes_no_more_than_is_paid_and_stands_before_the_limits() {
    let text = script(
        "tax: unstated()",
        r#"malus("late", |e| per_head(e[x], yen(100)));
           pay("a", |e| yen(500)); cap_each(yen(300));"#,
    );
    // 500 − 200 = 300, which the limit lets through.
    assert_eq!(lines(&settled(&text, 0, &["2"])), [("a", 500), ("late", -200)]);
    // 500 − 100 = 400, cut by 100.
    assert_eq!(lines(&settled(&text, 0, &["1"])), [("a", 500), ("late", -100), ("cap", -100)]);
    // 900 cannot be taken off 500.
    let all = settled(&text, 0, &["9"]);
    assert_eq!(lines(&all), [("a", 500), ("late", -900), ("cap", 400)]);
    assert_eq!(whole(all.payable), 0);
    assert!(all.flows.is_empty());
    assert_eq!(all.lines[2].because.en, "no more can be deducted than is paid");
}

#[test]
fn what_is_paid_back_may_turn_the_payment_round() {
    // Two ways: below 3 the vendor pays 400 back, against 150 of fixed fee.
    let text = script(
        "tax: added(percent(10))",
        r#"pay("fee", |e| yen(150));
           pay("back", |e| if e[x] < 3 { yen(400) } else { yen(0) }, #{ by: vendor, to: city });"#,
    );
    let back = settled(&text, 0, &["2"]);
    assert_eq!(lines(&back), [("fee", 150), ("back", -400)]);
    assert_eq!(
        (whole(back.subtotal), back.tax.map(whole), whole(back.payable)),
        (-250, Some(-25), -275)
    );
    // The flow has its tax, the other way round.
    let flow = &back.flows[0];
    assert_eq!((flow.from.as_str(), flow.to.as_str(), whole(flow.amount)), ("vendor", "city", 275));
    assert!(back.notes.iter().all(|note| note.id != "negative-payable"));
    assert_eq!(lines(&settled(&text, 0, &["3"])), [("fee", 150), ("back", 0)]);
}

#[test]
fn shares_that_do_not_add_up_are_refused() {
    let wrong = [
        ("[[city, percent(50)], [state, percent(40)]]", "wrong-value"),
        ("[[city, 0], [state, 1]]", "wrong-value"),
        ("[[city, 1], [city, 1]]", "wrong-value"),
        ("[[city, yen(1)], [state, yen(1)]]", "wrong-value"),
        ("[city, state]", "wrong-value"),
    ];
    for (shares, id) in wrong {
        let text = of_two(&format!("pay(\"a\", |e| yen(1), #{{ by: {shares}, to: vendor }});"));
        let source = engine::problem::Source::new("t.rhai", text.as_str());
        let problems = engine::contract::Contract::parse(source, &Default::default()).unwrap_err();
        assert_eq!(problems.iter().map(|problem| problem.id).collect::<Vec<_>>(), [id], "{shares}");
        assert!(problems[0].place.is_some() && problems[0].expected.is_some(), "{shares}");
    }
    let both = of_two(
        "pay(\"a\", |e| yen(1), #{ by: [[city, 1], [state, 1]], to: [[vendor, 1], [other, 1]] });",
    );
    let source = engine::problem::Source::new("t.rhai", both.as_str());
    assert!(engine::contract::Contract::parse(source, &Default::default()).is_err());
}

/// A limit of one payer takes nothing from what another one pays for certain.
#[test]
fn the_least_sees_that_a_limit_is_one_payer_s_own() {
    let text = of_two(
        r#"pay("a", |e| yen(1_000), #{ to: vendor, by: city });
           pay("b", |e| yen(500) + e[x] * yen(0), #{ to: vendor, by: state });
           cap_payer(city, yen(1_500)); cap_payer(state, yen(9_000));"#,
    );
    let contract = read(&text);
    let dates = contract.evaluations.len() as i64;
    assert!(dates > 1);
    // The city's thousand is paid once and a half; the state's 500 may fail to be measured.
    let bounds = contract.check().bounds;
    assert_eq!(bounds.min.map(whole), Some(1_500));
    assert_eq!(bounds.max.map(whole), Some(1_500 + dates * 500));
    assert_eq!(contract.full_term_bounds(), None);
}

/// Whatever ends early may pay nothing: what a full term pays at least is told beside it.
#[test]
fn the_least_of_a_full_term_stands_beside_that_of_an_early_end() {
    let text = of_two(
        r#"pay("fee", |e| yen(1_000), #{ to: vendor, by: city });
           pay("x", |e| yen(10) + e[x] * yen(0), #{ to: vendor, by: state });
           early_end(#{ fixed: "nothing", linked: "nothing" });"#,
    );
    let capped = text.replace("tax: unstated()", "tax: unstated(), cap: yen(1_700)");
    let check = read(&capped).check();
    assert_eq!(check.bounds.min.map(whole), Some(0));
    // Both dates' fees, within the cap.
    assert_eq!(check.full_term.and_then(|full| full.min).map(whole), Some(1_700));
    let check = read(&format!("{text} minimum(yen(9_000));")).check();
    assert_eq!(check.full_term.and_then(|full| full.min).map(whole), Some(9_000));
    assert_eq!(check.bounds.min.map(whole), Some(0));
}

/// The vendor pays 10 back with a tax of 1 on it; 9 and 9 are paid with none: 7 in all, below the
/// minimum of 8 that counts no tax.
#[test]
fn the_least_counts_the_tax_of_what_is_paid_back() {
    let text = script(
        "tax: added(percent(10))",
        r#"pay("a", |e| if e[x] >= 1 { yen(9) } else { yen(0) }, #{ by: city, to: vendor, at: ["2025-09-30", "2026-03-31"] });
           pay("r", |e| if e[x] >= 1 { yen(10) } else { yen(0) }, #{ by: vendor, to: city, at: ["2025-03-31"] });
           minimum(yen(8));"#,
    );
    let contract = read(&text);
    assert_eq!(contract.evaluations.len(), 3);
    let least = contract.check().bounds.min;
    assert!(least.is_none_or(|least| whole(least) <= 7), "{least:?}");
}

#[test]
fn a_payer_s_limit_counts_its_part_of_a_split_line() {
    let text = of_two(
        r#"pay("a", |e| yen(1_000), #{ to: vendor, by: [[city, 1], [state, 3]] });
           cap_payer(state, yen(700));"#,
    );
    let statement = settled(&text, 0, &["1"]);
    assert_eq!(lines(&statement), [("a", 250), ("a", 750), ("cap", -50)]);
    assert_eq!(statement.lines[2].payer, "state");
    // The linter sees that the city's limit of 260 can never be reached: at most 250 and a step.
    let idle = text.replace("cap_payer(state, yen(700))", "cap_payer(city, yen(9_000))");
    let check = read(&idle).check();
    assert!(check.findings.iter().any(|finding| finding.id == "cap-never-binds"));
}
