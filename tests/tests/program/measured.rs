//! Estimates from rows: by hand on a few people, and on real data with gaps.

use engine::contract::{Contract, Overrides};
use engine::problem::{Problem, Source};
use engine::settle::{Measured, Request, Statement, settle};
use seika_tests::{Memory, Repository};

fn contract(indicator: &str) -> Contract {
    let text = format!(
        r#"contract("t", #{{ from: "2024-04-01", to: "2025-03-31", rounding: down(1), tax: unstated() }});
party("city", #{{ role: "payer" }}); party("vendor", #{{ role: "provider" }});
evaluations([#{{ at: "2025-03-31", paid: "2025-03-31" }}]);
let x = {indicator};
pay("a", |e| if available(e[x]) {{ yen(1) }} else {{ yen(0) }});"#
    );
    Contract::parse(Source::new("t.rhai", text), &Overrides::new())
        .unwrap_or_else(|problems| panic!("{problems:#?}"))
}

fn settled(indicator: &str, csv: &str) -> Result<Statement, Vec<Problem>> {
    let files = Memory::default().with("rows.csv", csv);
    let request = Request { evidence: vec!["rows.csv".into()], ..Request::default() };
    settle(&contract(indicator), &files, &request)
}

fn measured(indicator: &str, csv: &str) -> Measured {
    settled(indicator, csv).unwrap_or_else(|problems| panic!("{problems:#?}")).outcomes.remove(0)
}

fn value(outcome: &Measured) -> String {
    outcome.value.map(|value| value.to_string()).unwrap_or_default()
}

fn excluded(outcome: &Measured) -> Vec<(&str, u64)> {
    let exclusions = outcome.exclusions.iter();
    exclusions.map(|exclusion| (exclusion.reason.as_str(), exclusion.count)).collect()
}

const PEOPLE: &str = "participant,first,last,group,joined\n\
    a,150,141,1,yes\n\
    b,160,150,1,no\n\
    c,139,120,1,yes\n\
    d,145,,1,\n\
    e,,130,0,yes\n\
    f,144,148,0,no\n";

#[test]
fn a_mean_change_counts_who_is_selected_and_who_is_missing() {
    // Selected: a, b, d, f (first ≥ 140); e has no first reading. Falls 9, 10 and −4: mean 5.
    let fall = measured(
        r#"mean_change("x", #{ first: |p| p.first, last: |p| p.last, sign: -1, digits: 1,
            who: |p| p.first >= 140 })"#,
        PEOPLE,
    );
    assert_eq!((value(&fall).as_str(), fall.n, fall.excluded), ("5", 3, 2));
    assert_eq!(excluded(&fall), [("missing:first", 1), ("missing:last", 1)]);
    // sd of 9, 10, −4 is √61; t(2) at 97.5% is 4.30265: 5 ± 19.40.
    let interval = fall.interval.unwrap();
    assert!((interval.high - 5.0 - 4.302_652_73 * (61.0_f64 / 3.0).sqrt()).abs() < 1e-6);
}

#[test]
fn a_share_follows_its_missing_data_rule() {
    let share = |rule: &str| {
        measured(
            &format!(r#"share("x", #{{ of: |p| p.joined, digits: 4, missing: "{rule}" }})"#),
            PEOPLE,
        )
    };
    // 3 of 5 without d; 3 of 6 with d counted as no.
    let out = share("exclude");
    assert_eq!(
        (value(&out).as_str(), out.n, excluded(&out)),
        ("0.6", 5, vec![("missing:joined", 1)])
    );
    let no = share("as_no");
    assert_eq!((value(&no).as_str(), no.n, no.excluded), ("0.5", 6, 0));
    // Wilson for 3 of 6: centre 1/2, half width from the formula: 0.1876 to 0.8124.
    let interval = no.interval.unwrap();
    assert_eq!(format!("{:.4} {:.4}", interval.low, interval.high), "0.1876 0.8124");
    let refused =
        settled(r#"share("x", #{ of: |p| p.joined, digits: 4, missing: "refuse" })"#, PEOPLE)
            .unwrap_err();
    let place = refused[0].place.as_ref().unwrap();
    assert_eq!((refused[0].id, place.line, place.column), ("value-missing", 5, 10));
}

#[test]
fn counts_totals_means_and_ratios_come_out() {
    let count = measured(r#"count("x", #{ who: |p| p.group == 1 && p.first > 139 })"#, PEOPLE);
    assert_eq!((value(&count).as_str(), count.n), ("3", 3));
    let total = measured(r#"total("x", #{ of: |p| p.last, digits: 0 })"#, PEOPLE);
    assert_eq!((value(&total).as_str(), total.n, total.excluded), ("689", 5, 1));
    let mean = measured(r#"mean("x", #{ of: |p| p.last, digits: 3 })"#, PEOPLE);
    assert_eq!(value(&mean), "137.8");
    // (141 + 150 + 120) / 3 = 137 against (130 + 148) / 2 = 139.
    let arms = "of: |p| p.last, treated: |p| p.group == 1";
    let difference = measured(&format!(r#"difference("x", #{{ {arms}, digits: 2 }})"#), PEOPLE);
    assert_eq!((value(&difference).as_str(), difference.n), ("-2", 5));
    let ratio = measured(&format!(r#"ratio("x", #{{ {arms}, digits: 6 }})"#), PEOPLE);
    assert_eq!(value(&ratio), "0.985612");
}

#[test]
fn text_and_date_columns_take_their_type_from_use() {
    let csv = "participant,sex,seen\na,F,2025-01-31\nb,M,2025/2/1\nc,F,2024-12-31\n";
    let women = measured(r#"count("x", #{ who: |p| p.sex == "F" })"#, csv);
    assert_eq!(value(&women), "2");
    let late = measured(r#"count("x", #{ who: |p| p.seen >= date("2025-01-01") })"#, csv);
    assert_eq!(value(&late), "2");
}

#[test]
fn thornton_s_incentives_bring_45_points_more_people() {
    // Complete rows of the Malawi experiment: 0.7892 of 2,211 against 0.3387 of 623.
    let text =
        contract(r#"difference("x", #{ of: |p| p.got == 1, treated: |p| p.any == 1, digits: 4 })"#);
    let request =
        Request { evidence: vec!["tests/data/thornton_hiv.csv".into()], ..Request::default() };
    let statement = settle(&text, &Repository, &request).unwrap();
    let outcome = &statement.outcomes[0];
    assert_eq!((value(outcome).as_str(), outcome.n), ("0.4506", 2_834));
    assert_eq!(outcome.excluded, 4_820 - 2_834);
    // Newcombe's interval holds the plain one's centre and is about as wide: ± 1.96 · 0.0209.
    let interval = outcome.interval.unwrap();
    assert!(interval.low > 0.405 && interval.low < 0.413, "{interval:?}");
    assert!(interval.high > 0.487 && interval.high < 0.494, "{interval:?}");
}

fn refused(indicator: &str, csv: &str) -> Vec<&'static str> {
    settled(indicator, csv).unwrap_err().iter().map(|problem| problem.id).collect()
}

#[test]
fn a_quote_that_never_closes_swallows_nobody() {
    let csv = "participant,y,note\n1,10,ok\n2,10,\"ok\n3,100,x\n4,100,y\n";
    let problems = settled(r#"mean("x", #{ of: |p| p.y, digits: 2 })"#, csv).unwrap_err();
    let place = problems[0].place.as_ref().unwrap();
    assert_eq!((problems[0].id, place.line), ("unclosed-quote", 3));
}

#[test]
fn a_file_with_a_misspelt_heading_is_not_left_out() {
    let files = Memory::default()
        .with("a.csv", "participant,steps\n1,10\n")
        .with("b.csv", "participant,Steps\n2,20\n3,20\n");
    let request = |evidence: &[&str]| Request {
        evidence: evidence.iter().map(|path| (*path).to_owned()).collect(),
        ..Request::default()
    };
    let contract = contract(r#"mean("x", #{ of: |p| p.steps, digits: 2 })"#);
    let problems = settle(&contract, &files, &request(&["a.csv", "b.csv"])).unwrap_err();
    assert_eq!(problems[0].id, "missing-column");
    let problems = settle(&contract, &files, &request(&["a.csv", "a.csv"])).unwrap_err();
    assert_eq!(problems[0].id, "file-twice");
}

#[test]
fn a_column_compared_with_text_is_not_averaged() {
    let text = r#"contract("t", #{ from: "2024-04-01", to: "2025-03-31", rounding: down(1), tax: unstated() });
party("city", #{ role: "payer" }); party("vendor", #{ role: "provider" });
evaluations([#{ at: "2025-03-31", paid: "2025-03-31" }]);
let m = mean("m", #{ of: |p| p.y, digits: 2 });
let c = count("c", #{ who: |p| p.y != "" });
pay("a", |e| yen(1000) * e[m]);"#;
    let problems = Contract::parse(Source::new("t.rhai", text), &Overrides::new()).unwrap_err();
    assert_eq!(problems[0].id, "column-type-unclear");
}

#[test]
fn twenty_thousand_rows_are_read_through_once() {
    // Each row by itself is cheap; a scan from the top for every row took a minute here.
    let rows: String = (0..20_000).map(|person| format!("{person},1\n")).collect();
    let mean =
        measured(r#"mean("x", #{ of: |p| p.y, digits: 2 })"#, &format!("participant,y\n{rows}"));
    assert_eq!((value(&mean).as_str(), mean.n), ("1", 20_000));
    assert_eq!(
        refused(r#"mean("x", #{ of: |p| p.y, digits: 2 })"#, "participant,y\n1,1\n1,2\n"),
        ["duplicate-participant"]
    );
}
