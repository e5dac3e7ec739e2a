//! The order of computation, each rule by hand: price, round, limits, offset, minimum, tax.

mod endings;
mod over_time;
mod shared;

use engine::contract::{Contract, Overrides};
use engine::problem::{Language, Source};
use engine::settle::{Request, Statement, settle};
use rust_decimal::Decimal;
use seika_tests::Memory;

const HEADER: &str = r#"
let vendor_options = #{ role: "provider" };
evaluations([
    #{ at: "2025-03-31", paid: "2025-04-30" },
    #{ at: "2025-09-30", paid: "2025-10-31" },
    #{ at: "2026-03-31", paid: "2026-05-31" },
]);
let x = mean("x", #{ digits: 2, at_least: 10 });
"#;

/// A contract of one payer whose `contract(…)` has these extra options.
fn script(options: &str, rest: &str) -> String {
    format!(
        "contract(\"t\", #{{ from: \"2024-04-01\", to: \"2026-05-31\", rounding: down(1), {options} }});\n\
         let city = party(\"city\", #{{ role: \"payer\" }});\n{HEADER}\
         let vendor = party(\"vendor\", vendor_options);\n{rest}"
    )
}

fn read(text: &str) -> Contract {
    Contract::parse(Source::new("t.rhai", text), &Overrides::new())
        .unwrap_or_else(|problems| panic!("{problems:#?}"))
}

/// Settles the evaluation `at` (0, 1, 2) on these values of x, measured on 50 people each.
fn settled(text: &str, at: usize, values: &[&str]) -> Statement {
    settled_n(text, at, values, 50, None)
}

fn settled_n(
    text: &str,
    at: usize,
    values: &[&str],
    n: u64,
    paid_before: Option<i64>,
) -> Statement {
    let contract = read(text);
    let mut figures = String::from("indicator,at,value,n\n");
    for (evaluation, value) in contract.evaluations.iter().zip(values) {
        figures += &format!("x,{},{value},{n}\n", evaluation.at);
    }
    let files = Memory::default().with("f.csv", &figures);
    let request = Request {
        evidence: vec!["f.csv".into()],
        at: Some(contract.evaluations[at].at),
        paid_before: paid_before.map(Decimal::from),
        ..Request::default()
    };
    settle(&contract, &files, &request).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

/// The lines as (name, amount), which must sum to the subtotal.
fn lines(statement: &Statement) -> Vec<(&str, i64)> {
    let sum: Decimal = statement.lines.iter().map(|line| line.amount).sum();
    assert_eq!(sum, statement.subtotal);
    statement.lines.iter().map(|line| (line.name.as_str(), whole(line.amount))).collect()
}

fn whole(amount: Decimal) -> i64 {
    amount.to_string().parse().unwrap()
}

#[test]
fn each_line_is_rounded_before_the_limits_see_it() {
    // 1,000.4 × 2 = 2,000.8 is cut to 2,000; 3 × 333.33 = 999.99 to 999; 2,999 in all, not 3,000.
    let text = script(
        "tax: unstated()",
        r#"pay("a", |e| yen(1_000.4) * 2); pay("b", |e| e[x] * yen(333.33));"#,
    );
    let statement = settled(&text, 0, &["3"]);
    assert_eq!(lines(&statement), [("a", 2_000), ("b", 999)]);
    assert_eq!(statement.tax, None);
}

#[test]
fn a_value_is_read_to_its_precision_before_any_line_looks_at_it() {
    // 4.995 is read as 5.00 (half up), which reaches the tier; 4.994 is 4.99 and does not.
    let text = script("tax: unstated()", r#"pay("a", |e| tiers(e[x], [[5, yen(700)]]));"#);
    assert_eq!(lines(&settled(&text, 0, &["4.995"])), [("a", 700)]);
    assert_eq!(lines(&settled(&text, 0, &["4.994"])), [("a", 0)]);
    let cut = text.replace("digits: 2", "read: down(2)");
    assert_eq!(lines(&settled(&cut, 0, &["4.995"])), [("a", 0)]);
}

#[test]
fn limits_cut_in_order_and_each_cut_is_a_line() {
    // Line a: 900, its own limit 800 per evaluation cuts 100; with b 500 that is 1,300, cut to the
    // evaluation's 1,200; the whole contract's 3,000 leaves 600 at the third evaluation.
    let text = script(
        "tax: unstated(), cap: yen(3_000)",
        r#"pay("a", |e| yen(900), #{ cap_each: yen(800) });
           pay("b", |e| e[x] * yen(100)); cap_each(yen(1_200));"#,
    );
    let first = settled(&text, 0, &["5"]);
    assert_eq!(lines(&first), [("a", 900), ("cap", -100), ("b", 500), ("cap", -100)]);
    assert_eq!((whole(first.payable), first.cap_left.map(whole)), (1_200, Some(1_800)));
    let last = settled(&text, 2, &["5", "5", "5"]);
    assert_eq!(whole(last.paid_before), 2_400);
    assert_eq!(lines(&last), [("a", 900), ("cap", -100), ("b", 500), ("cap", -100), ("cap", -600)]);
    assert_eq!((whole(last.payable), last.cap_left.map(whole)), (600, Some(0)));
}

#[test]
fn a_line_s_limit_over_the_contract_counts_what_it_was_paid() {
    let text = script(
        "tax: unstated()",
        r#"pay("a", |e| e[x] * yen(100), #{ cap: yen(1_000) }); pay("b", |e| yen(50));"#,
    );
    assert_eq!(lines(&settled(&text, 0, &["4"])), [("a", 400), ("b", 50)]);
    // 400 + 500 were paid; 100 of the 700 are left.
    let last = settled(&text, 2, &["4", "5", "7"]);
    assert_eq!(lines(&last), [("a", 700), ("cap", -600), ("b", 50)]);
}

#[test]
fn a_year_s_limit_runs_from_april_to_march_by_payment_date() {
    // Paid 30 April and 31 October 2025: fiscal 2025. Paid 31 May 2026: fiscal 2026.
    let text = script(
        "tax: unstated()",
        r#"pay("a", |e| yen(800)); cap_year(yen(1_000));
                       pay("b", |e| e[x] * yen(0), #{ at: ["2025-03-31"] });"#,
    );
    assert_eq!(whole(settled(&text, 0, &["1"]).payable), 800);
    assert_eq!(whole(settled(&text, 1, &["1"]).payable), 200);
    assert_eq!(whole(settled(&text, 2, &["1"]).payable), 800);
}

#[test]
fn an_offset_is_netted_and_never_makes_the_vendor_pay() {
    let text = script(
        "tax: unstated()",
        r#"pay("a", |e| e[x] * yen(100)); offset("advance", |e| yen(300), #{ at: ["2025-03-31"] });"#,
    );
    assert_eq!(lines(&settled(&text, 0, &["5"])), [("a", 500), ("advance", -300)]);
    assert_eq!(lines(&settled(&text, 0, &["2"])), [("a", 200), ("advance", -200)]);
    assert_eq!(lines(&settled(&text, 1, &["5", "2"])), [("a", 200)]);
}

#[test]
fn the_minimum_tops_up_at_the_end_but_never_above_the_cap() {
    let text = script(
        "tax: unstated(), cap: yen(1_000), minimum: yen(900)",
        r#"pay("a", |e| e[x] * yen(100));"#,
    );
    // 100 + 200 + 300 = 600, topped up by 300.
    let last = settled(&text, 2, &["1", "2", "3"]);
    assert_eq!(lines(&last), [("a", 300), ("minimum", 300)]);
    // 500 + 400 + 300: the cap leaves 100 and the minimum is met.
    let last = settled(&text, 2, &["5", "4", "3"]);
    assert_eq!(lines(&last), [("a", 300), ("cap", -200)]);
    let each =
        script("tax: unstated()", r#"pay("a", |e| e[x] * yen(100)); minimum_each(yen(250));"#);
    assert_eq!(lines(&settled(&each, 0, &["1"])), [("a", 100), ("minimum", 150)]);
    assert_eq!(lines(&settled(&each, 0, &["3"])), [("a", 300)]);
}

#[test]
fn tax_is_taken_once_from_the_sum_and_truncated() {
    // Inside 1,999: 1,999 × 10 / 110 = 181.72…, truncated.
    let pay = r#"pay("a", |e| yen(1_000)); pay("b", |e| e[x] * yen(333));"#;
    let included = settled(&script("tax: included(percent(10))", pay), 0, &["3"]);
    assert_eq!(whole(included.subtotal), 1_999);
    assert_eq!((included.tax.map(whole), whole(included.payable)), (Some(181), 1_999));
    // On top of 1,999: 199.9, truncated to 199.
    let added = settled(&script("tax: added(percent(10))", pay), 0, &["3"]);
    assert_eq!((added.tax.map(whole), whole(added.payable)), (Some(199), 2_198));
    assert_eq!(whole(added.flows[0].amount), 2_198);
}

#[test]
fn below_the_least_number_measured_a_line_pays_nothing_and_says_why() {
    let text = script("tax: unstated()", r#"pay("a", |e| e[x] * yen(100)); pay("b", |e| yen(7));"#);
    let few = settled_n(&text, 0, &["5"], 9, None);
    assert_eq!(lines(&few), [("a", 0), ("b", 7)]);
    let because = few.lines[0].because.within(Language::En);
    assert!(because.contains("9 measured, at least 10 needed"), "{because}");
    assert_eq!(lines(&settled_n(&text, 0, &["5"], 10, None)), [("a", 500), ("b", 7)]);
    let asking = text.replace(
        "|e| e[x] * yen(100)",
        "|e| if available(e[x]) { e[x] * yen(100) } else { yen(1) }",
    );
    assert_eq!(lines(&settled_n(&asking, 0, &["5"], 9, None)), [("a", 1), ("b", 7)]);
}

#[test]
fn what_was_paid_before_can_be_told_instead_of_computed() {
    let text = script("tax: unstated(), cap: yen(1_000)", r#"pay("a", |e| e[x] * yen(100));"#);
    let contract = read(&text);
    let files = Memory::default()
        .with("f.csv", &format!("indicator,at,value,n\nx,{},5,50\n", contract.evaluations[2].at));
    let request = |paid_before: Option<i64>| Request {
        evidence: vec!["f.csv".into()],
        at: Some(contract.evaluations[2].at),
        paid_before: paid_before.map(Decimal::from),
        ..Request::default()
    };
    let told = settle(&contract, &files, &request(Some(700))).unwrap();
    assert_eq!(lines(&told), [("a", 500), ("cap", -200)]);
    assert_eq!((whole(told.paid_before), told.cap_left.map(whole)), (700, Some(0)));
    let problems = settle(&contract, &files, &request(None)).unwrap_err();
    assert!(problems.iter().all(|problem| problem.id == "outcome-missing"), "{problems:#?}");
}

#[test]
fn several_payers_share_a_cut_by_what_each_would_have_paid() {
    // 700 and 400 are cut by 100 to 1,000: 63.6 and 36.4 are cut down to 63 and 36, and the one yen
    // that is left falls on the first.
    let text = script(
        "tax: unstated(), cap: yen(1_000)",
        r#"let ward = party("ward", #{ role: "payer" });
           pay("a", |e| e[x] * yen(100), #{ by: city }); pay("b", |e| yen(400), #{ by: ward });"#,
    );
    let statement = settled(&text, 0, &["7"]);
    assert_eq!(lines(&statement), [("a", 700), ("b", 400), ("cap", -64), ("cap", -36)]);
    let flows: Vec<(&str, i64)> =
        statement.flows.iter().map(|flow| (flow.from.as_str(), whole(flow.amount))).collect();
    assert_eq!(flows, [("city", 636), ("ward", 364)]);
}

#[test]
fn loops_helpers_and_gates_trace_as_they_read() {
    // The highest of three steps reached counts, if at least 2 was reached at the first evaluation.
    let text = script(
        "tax: unstated()",
        r#"fn step(value, table) {
               let pay = yen(0);
               for row in table { if value >= row[0] && value < 90 { pay = yen(row[1]); } }
               pay
           }
           pay("a", |e| step(e[x], [[1, 10], [3, 30], [5, 50]]) + e.paid_before / 10,
               #{ gate: |e| e.at("2025-03-31")[x] >= 2 });"#,
    );
    assert_eq!(lines(&settled(&text, 0, &["3.5"])), [("a", 30)]);
    assert_eq!(lines(&settled(&text, 0, &["1.5"])), [("a", 0)]);
    // 30 were paid before; 50 + 3 now.
    assert_eq!(lines(&settled(&text, 1, &["3.5", "7"])), [("a", 53)]);
    assert_eq!(lines(&settled(&text, 1, &["3.5", "95"])), [("a", 3)]);
}

#[test]
fn a_third_of_a_price_times_three_is_the_price() {
    let text = script("tax: unstated()", r#"pay("a", |e| yen(100) * (e[x] / 3) * (1 / 3) * 9);"#);
    assert_eq!(lines(&settled(&text, 0, &["1"])), [("a", 100)]);
}

#[test]
fn tax_is_truncated_to_the_yen_whatever_the_lines_are_rounded_to() {
    // 12,345 is cut to 12,000; a tenth of that is 1,200, and 12,000 × 10 / 110 is 1,090.9.
    let pay = r#"pay("a", |e| e[x] * yen(0) + yen(12_345));"#;
    let thousands = |tax: &str| script(tax, pay).replace("down(1)", "down(1000)");
    let added = settled(&thousands("tax: added(percent(10))"), 0, &["1"]);
    assert_eq!((added.tax.map(whole), whole(added.payable)), (Some(1_200), 13_200));
    let included = settled(&thousands("tax: included(percent(10))"), 0, &["1"]);
    assert_eq!(included.tax.map(whole), Some(1_090));
}

#[test]
fn told_payments_with_tax_count_what_they_were_without_it() {
    // 19 and 1 of tax are 20; 100 − 19 leaves 81, told or computed.
    let text = script("tax: added(percent(10)), cap: yen(100)", r#"pay("a", |e| e[x] * yen(1));"#);
    let computed = settled(&text, 1, &["19", "200"]);
    assert_eq!((whole(computed.subtotal), computed.cap_left.map(whole)), (81, Some(0)));
    let told = settled_n(&text, 1, &["19", "200"], 50, Some(20));
    assert_eq!((whole(told.subtotal), told.cap_left.map(whole)), (81, Some(0)));
}

#[test]
fn an_offset_below_nothing_adds_nothing() {
    let text = script(
        "tax: unstated(), cap: yen(100)",
        r#"pay("a", |e| e[x] * yen(1)); offset("o", |e| yen(50) - e[x] * yen(1));"#,
    );
    assert_eq!(lines(&settled(&text, 0, &["333"])), [("a", 333), ("cap", -233)]);
}

#[test]
fn cuts_follow_the_money_to_each_provider_and_leave_others_alone() {
    let text = script(
        "tax: unstated(), cap: yen(100)",
        r#"let b = party("b", #{ role: "payer" }); let idle = party("idle", #{ role: "payer" });
           let second = party("second", #{ role: "provider" });
           pay("p", |e| e[x] * yen(1), #{ by: city, to: second, cap: yen(50) });
           pay("q", |e| e[x] * yen(2), #{ by: b, to: vendor });"#,
    );
    // 333 is cut to its own 50; with 666 that is 716, cut to 100: 50 / 716 of the 616 is
    // 43.01 and 572.98, so 43 and 572, and the one that is left falls on the first.
    let statement = settled(&text, 0, &["333"]);
    let flows: Vec<(&str, &str, i64)> = statement
        .flows
        .iter()
        .map(|flow| (flow.from.as_str(), flow.to.as_str(), whole(flow.amount)))
        .collect();
    assert_eq!(flows, [("city", "second", 6), ("b", "vendor", 94)]);
}

/// The problems of a script that is refused.
fn refused(text: &str) -> Vec<&'static str> {
    let problems = Contract::parse(Source::new("t.rhai", text), &Overrides::new()).unwrap_err();
    problems.iter().map(|problem| problem.id).collect()
}

#[test]
fn nothing_is_declared_inside_a_closure() {
    let text = script(
        "tax: unstated()",
        r#"pay("a", |e| { pay("b", |e| yen(500)); cap_each(yen(1)); e[x] * yen(1) });"#,
    );
    assert!(refused(&text).contains(&"declared-inside"), "{:?}", refused(&text));
}

#[test]
fn a_quotient_is_not_cut_by_an_assignment() {
    let text = script("tax: unstated()", r#"let k = 7; k /= 2; pay("a", |e| e[x] * yen(1) * k);"#);
    assert_eq!(refused(&text), ["refused-construct"]);
}

#[test]
fn a_limit_that_cannot_be_paid_is_refused() {
    let text = script("tax: unstated(), cap: yen(100.25)", r#"pay("a", |e| e[x] * yen(1));"#);
    assert_eq!(refused(&text), ["limit-between-steps"]);
}

#[test]
fn numbers_beyond_any_contract_are_refused_and_never_panic() {
    for pay in [
        r#"pay("a", |e| e[x] * yen(0) + yen(70000000000000000000000000000.0));"#,
        r#"pay("a", |e| linear(e[x], [-70000000000000000000000000000.0, yen(0)], [7, yen(1)]));"#,
    ] {
        assert_eq!(refused(&script("tax: unstated()", pay)), ["too-large"]);
    }
}

#[test]
fn a_sum_of_thousands_of_terms_settles_and_is_told_by_its_value() {
    let text = script(
        "tax: unstated()",
        r#"pay("a", |e| { let s = yen(0); for i in 0..5000 { s = s + e[x] * yen(i); } s });"#,
    );
    // 0 + 1 + … + 4,999 = 12,497,500.
    let statement = settled(&text, 0, &["1"]);
    assert_eq!(lines(&statement), [("a", 12_497_500)]);
    assert!(statement.lines[0].because.within(Language::En).len() < 2_000);
}

#[test]
fn an_example_over_several_dates_starts_at_the_first_and_repeats_none() {
    let pay = r#"pay("a", |e| e[x] * yen(1));"#;
    let first = r#"#{ at: "2025-03-31", x: 30 }"#;
    let second = r#"#{ at: "2025-09-30", x: 30 }"#;
    for (dates, id) in [
        (format!("{first}, {first}"), "example-dates"),
        (format!("{second}, #{{ at: \"2026-03-31\", x: 1 }}"), "example-dates"),
    ] {
        let text = script("tax: unstated()", &format!("{pay} example(\"e\", [{dates}], yen(60));"));
        assert_eq!(refused(&text), [id], "{dates}");
    }
    let text =
        script("tax: unstated()", &format!(r#"{pay} example("e", [{first}, {second}], yen(60));"#));
    assert!(read(&text).examples_hold().is_ok());
}
