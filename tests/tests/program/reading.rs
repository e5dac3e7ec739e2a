//! Evidence as offices keep it: the same outcome from every encoding and format, files linked by
//! person, checks before any number.

use engine::contract::{Contract, DataKind, Overrides};
use engine::problem::{Problem, Severity, Source};
use engine::settle::{Request, Statement, settle};
use rust_decimal::Decimal;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};
use seika_tests::Memory;

/// A contract with these evaluations and declarations, paid by what `x` is.
fn contract(dates: &[&str], declared: &str) -> Contract {
    let dates: Vec<String> =
        dates.iter().map(|date| format!("#{{ at: \"{date}\", paid: \"{date}\" }}")).collect();
    let text = format!(
        r#"contract("t", #{{ from: "2024-04-01", to: "2026-03-31", rounding: down(1), tax: unstated() }});
party("city", #{{ role: "payer" }}); party("vendor", #{{ role: "provider" }});
evaluations([{}]);
{declared}
pay("a", |e| if available(e[x]) {{ yen(1000) * e[x] }} else {{ yen(0) }});"#,
        dates.join(", ")
    );
    Contract::parse(Source::new("t.rhai", text), &Overrides::new())
        .unwrap_or_else(|problems| panic!("{problems:#?}"))
}

fn once(declared: &str) -> Contract {
    contract(&["2025-03-31"], declared)
}

fn request(evidence: &[&str]) -> Request {
    Request {
        evidence: evidence.iter().map(|path| (*path).to_owned()).collect(),
        ..Request::default()
    }
}

fn settled(contract: &Contract, files: &Memory, evidence: &[&str]) -> Statement {
    settle(contract, files, &request(evidence)).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

fn refused(contract: &Contract, files: &Memory, evidence: &[&str]) -> Vec<Problem> {
    let problems = settle(contract, files, &request(evidence)).unwrap_err();
    problems.into_iter().filter(|problem| problem.severity == Severity::Error).collect()
}

fn value(statement: &Statement) -> (String, u64, u64) {
    let outcome = &statement.outcomes[0];
    (outcome.value.map(|value| value.to_string()).unwrap_or_default(), outcome.n, outcome.excluded)
}

const FALL: &str = r#"
columns(#{ 前: number("mmHg", 60, 260), 後: number("mmHg", 60, 260), 測定日: date(), 参加: yes_no() });
rows(#{ participant: "番号", missing: ["－", "NA"] });
let x = mean_change("x", #{ digits: 1, sign: -1, first: |p| p["前"], last: |p| p["後"],
    who: |p| p["参加"] == 1 && p["測定日"] >= date("2024-04-01") });
"#;

/// Falls of 9, 10.5 and −4; one person with a dash, one not taking part, one measured before.
const ROWS: &str = "番号,前,後,測定日,参加\n\
    1,１５０,141,令和6年5月1日,はい\n\
    2,160,149.5,2024年5月2日,○\n\
    3,144,１４８,R6.5.3,1\n\
    4,150,－,20240504,有\n\
    5,150,100,2024/5/5,いいえ\n\
    6,150,100,平成31年4月30日,true\n";

fn rows() -> String {
    ROWS.to_owned()
}

#[test]
fn every_encoding_of_a_csv_file_gives_the_same_outcome() {
    let contract = once(FALL);
    let text = rows();
    let (sjis, _, faults) = encoding_rs::SHIFT_JIS.encode(&text);
    assert!(!faults);
    let sjis = sjis.into_owned();
    let utf16: Vec<u16> = text.encode_utf16().collect();
    let little = [0xFF, 0xFE].into_iter().chain(utf16.iter().flat_map(|unit| unit.to_le_bytes()));
    let big = [0xFE, 0xFF].into_iter().chain(utf16.iter().flat_map(|unit| unit.to_be_bytes()));
    let marked = [b"\xef\xbb\xbf", text.as_bytes()].concat();
    let encodings: [(&str, Vec<u8>); 7] = [
        ("a.csv", text.clone().into_bytes()),
        ("a.csv", marked),
        ("a.csv", sjis),
        ("a.csv", little.collect()),
        ("a.csv", big.collect()),
        ("a.tsv", text.replace(',', "\t").into_bytes()),
        ("a.csv", text.replace('\n', "\r\n").into_bytes()),
    ];
    for (path, bytes) in encodings {
        let statement = settled(&contract, &Memory::default().with_bytes(path, bytes), &[path]);
        // (9 + 10.5 − 4) / 3 = 5.1666…
        assert_eq!(value(&statement), ("5.2".into(), 3, 1));
    }
}

#[test]
fn a_workbook_gives_the_outcome_of_the_same_csv_file() {
    let mut book = Workbook::new();
    book.add_worksheet().set_name("表紙").unwrap().write(0, 0, "提出用").unwrap();
    let sheet = book.add_worksheet().set_name("測定 結果").unwrap();
    sheet.write(0, 0, "令和6年度").unwrap();
    let date = Format::new().set_num_format("yyyy/m/d");
    sheet.write_row(1, 0, ["番号", "前", "後", "測定日", "参加"]).unwrap();
    for (row, line) in (2..).zip(rows().lines().skip(1)) {
        for (column, field) in (0..).zip(line.split(',')) {
            match (column, field.parse::<f64>()) {
                (3, Ok(_)) => {
                    let day = ExcelDateTime::from_ymd(2024, 5, 4).unwrap();
                    sheet.write_with_format(row, column, day, &date).unwrap();
                }
                (_, Ok(number)) => {
                    sheet.write(row, column, number).unwrap();
                }
                _ => {
                    sheet.write(row, column, field).unwrap();
                }
            }
        }
    }
    let files = Memory::default().with_bytes("a.xlsx", book.save_to_buffer().unwrap());
    let statement = settled(&once(FALL), &files, &["a.xlsx#測定 結果"]);
    assert_eq!(value(&statement), ("5.2".into(), 3, 1));
    // The first sheet is a cover without rows.
    assert_eq!(refused(&once(FALL), &files, &["a.xlsx"])[0].id, "empty-file");
}

#[test]
fn an_error_of_a_formula_is_named_by_its_cell() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet().set_name("S").unwrap();
    sheet.write_row(0, 0, ["participant", "y"]).unwrap();
    for row in 1..7 {
        sheet.write(row, 0, row).unwrap();
        sheet.write(row, 1, 5).unwrap();
    }
    sheet.write_formula(6, 1, rust_xlsxwriter::Formula::new("=Z99").set_result("#REF!")).unwrap();
    let files = Memory::default().with_bytes("a.xlsx", book.save_to_buffer().unwrap());
    let contract = once(r#"let x = mean("x", #{ of: |p| p.y, digits: 1 });"#);
    let problems = refused(&contract, &files, &["a.xlsx"]);
    assert_eq!((problems.len(), problems[0].id), (1, "formula-error"));
    assert_eq!(problems[0].place.as_ref().unwrap().file, "a.xlsx#S!B7");
    assert_eq!(problems[0].found.as_ref().unwrap().en, "#REF!");
}

#[test]
fn figures_may_be_a_workbook_in_any_width_too() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write_row(0, 0, ["indicator", "at", "value", "n"]).unwrap();
    sheet.write_row(1, 0, ["x", "令和7年3月31日", "３２．９％", "1,050"]).unwrap();
    let files = Memory::default().with_bytes("f.xlsx", book.save_to_buffer().unwrap());
    let contract = once(r#"let x = share("x", #{ of: |p| p.y, digits: 3 });"#);
    let statement = settled(&contract, &files, &["f.xlsx"]);
    assert_eq!(value(&statement), ("0.329".into(), 1_050, 0));
    assert_eq!(statement.data_kind, Some(DataKind::Statistics));
}

#[test]
fn a_dash_is_missing_only_where_the_contract_says_so() {
    let contract = once(r#"let x = mean("x", #{ of: |p| p.y, digits: 1 });"#);
    let files = Memory::default().with("a.csv", "participant,y\n1,5\n2,－\n");
    let problems = refused(&contract, &files, &["a.csv"]);
    assert_eq!(problems[0].id, "wrong-type");
    assert!(problems[0].help.as_ref().unwrap().en.contains("missing: [\"－\"]"));
}

const CHANGE: &str = r#"let x = mean_change("x", #{ digits: 1, first: |p| p.before, last: |p| p.after,
    who: |p| p.sex == "F" });"#;
const BASELINE: &str = "participant,sex,before\na,F,10\nb,F,20\nc,M,30\nd,F,40\n";

#[test]
fn baseline_and_follow_up_are_linked_by_person() {
    // a and b rise by 5 and 7; d was not seen again.
    let files = Memory::default()
        .with("base.csv", BASELINE)
        .with("later.csv", "participant,after\nｂ,27\na,15\nc,99\n");
    let statement = settled(&once(CHANGE), &files, &["base.csv", "later.csv"]);
    assert_eq!(value(&statement), ("6".into(), 2, 1));
    assert_eq!(statement.outcomes[0].exclusions[0].reason, "missing:after");
    assert_eq!(statement.outcomes[0].source, "base.csv, later.csv");
}

#[test]
fn a_file_without_dates_holds_for_every_evaluation() {
    let contract = contract(&["2025-03-31", "2026-03-31"], CHANGE);
    let files = Memory::default().with("base.csv", BASELINE).with(
        "later.csv",
        "participant,at,after\na,2025-03-31,15\na,2026-03-31,12\nb,2026-03-31,20\n",
    );
    let at = |date: &str| {
        let request = Request {
            at: Some(date.parse().unwrap()),
            paid_before: (date > "2026").then(Default::default),
            ..request(&["later.csv", "base.csv"])
        };
        settle(&contract, &files, &request).unwrap_or_else(|problems| panic!("{problems:#?}"))
    };
    assert_eq!(value(&at("2025-03-31")), ("5".into(), 1, 2));
    assert_eq!(value(&at("2026-03-31")), ("1".into(), 2, 1));
}

/// Beside a file with dates, one without holds facts: an indicator that reads nothing else has them
/// at every evaluation, also at an earlier one that is settled on the way to a later one.
#[test]
fn facts_alone_are_read_at_an_earlier_evaluation() {
    let text = r#"contract("t", #{ from: "2024-04-01", to: "2026-03-31", rounding: down(1), tax: unstated() });
party("city", #{ role: "payer" }); party("vendor", #{ role: "provider" });
evaluations([#{ at: "2025-03-31", paid: "2025-03-31" }, #{ at: "2026-03-31", paid: "2026-03-31" }]);
let low = count("low", #{ of: |p| p.low == 1, missing: "refuse", at_least: 1, digits: 0, at: ["2025-03-31"] });
let used = count("used", #{ of: |p| p.used == 1, missing: "as_no", at_least: 1, digits: 0 });
pay("low", |e| yen(1000) * e[low], #{ at: ["2025-03-31"] });
pay("used", |e| yen(10) * e[used]);"#;
    let contract = Contract::parse(Source::new("t.rhai", text), &Overrides::new())
        .unwrap_or_else(|problems| panic!("{problems:#?}"));
    let files = Memory::default()
        .with("people.csv", "participant,low\na,1\nb,0\nc,1\n")
        .with("app.csv", "participant,at,used\na,2025-03-31,1\na,2026-03-31,1\nb,2026-03-31,1\n");
    for (at, paid_before, payable) in [("2025-03-31", 0, 2_010), ("2026-03-31", 2_010, 20)] {
        let request =
            Request { at: Some(at.parse().unwrap()), ..request(&["people.csv", "app.csv"]) };
        let statement =
            settle(&contract, &files, &request).unwrap_or_else(|problems| panic!("{problems:#?}"));
        assert_eq!(statement.paid_before, Decimal::from(paid_before));
        assert_eq!(statement.payable, Decimal::from(payable));
        let told = statement.notes.iter().any(|note| note.id == "facts-without-date");
        assert_eq!(told, at > "2026", "{:#?}", statement.notes);
    }
}

/// Measurements without a date are of the evaluation that is settled; they never become those of an
/// earlier one because another file has dates.
#[test]
fn measurements_without_a_date_are_not_those_of_an_earlier_evaluation() {
    let text = r#"contract("t", #{ from: "2023-04-01", to: "2025-03-31", cap: yen(1000), rounding: down(1), tax: unstated() });
party("city", #{ role: "payer" }); party("vendor", #{ role: "provider" });
evaluations([#{ at: "2024-03-31", paid: "2024-05-31" }, #{ at: "2025-03-31", paid: "2025-05-31" }]);
columns(#{ ok: yes_no(), x: number("kg", 0, 200) });
let s = share("s", #{ of: |p| p.ok, digits: 3 }); let m = mean("m", #{ of: |p| p.x, digits: 1 });
pay("s", |e| yen(10) * e[s]); pay("m", |e| yen(7) * e[m]);"#;
    let contract = Contract::parse(Source::new("t.rhai", text), &Overrides::new())
        .unwrap_or_else(|problems| panic!("{problems:#?}"));
    let files = Memory::default()
        .with("a.csv", "participant,at,ok\na,2024-03-31,1\na,2025-03-31,1\n")
        .with("b.csv", "participant,x\na,100\n");
    let at = |date: &str| {
        let evidence = request(&["a.csv", "b.csv"]);
        settle(&contract, &files, &Request { at: Some(date.parse().unwrap()), ..evidence })
    };
    assert_eq!(at("2024-03-31").unwrap().payable, Decimal::from(710));
    let problems = at("2025-03-31").unwrap_err();
    assert!(problems.iter().any(|problem| problem.message.en.contains("`x`")), "{problems:#?}");
}

#[test]
fn who_is_not_in_the_first_file_is_refused_or_left_out() {
    let files = Memory::default()
        .with("base.csv", BASELINE)
        .with("later.csv", "participant,after\na,15\nzz,1\n");
    let problems = refused(&once(CHANGE), &files, &["base.csv", "later.csv"]);
    let place = problems[0].place.as_ref().unwrap();
    assert_eq!((problems[0].id, place.file.as_str(), place.line), ("orphan", "later.csv", 3));
    let lenient = once(&format!("rows(#{{ orphans: \"leave_out\" }});{CHANGE}"));
    let statement = settled(&lenient, &files, &["base.csv", "later.csv"]);
    assert_eq!(value(&statement).0, "5");
    assert!(statement.notes.iter().any(|note| note.id == "orphans-left-out"));
}

#[test]
fn files_that_say_different_things_of_a_person_are_refused() {
    let files = Memory::default()
        .with("base.csv", BASELINE)
        .with("later.csv", "participant,sex,after\na,M,15\n");
    let problems = refused(&once(CHANGE), &files, &["base.csv", "later.csv"]);
    let place = problems[0].place.as_ref().unwrap();
    assert_eq!((problems[0].id, place.line, place.column), ("files-differ", 2, 3));
}

#[test]
fn several_rows_of_a_person_are_gathered_as_declared() {
    let declared = |how: &str| {
        once(&format!(
            r#"rows(#{{ several: #{{ yen: "{how}" }} }});
let x = mean("x", #{{ of: |p| p.yen, who: |p| p.sex == "F", digits: 2 }});"#
        ))
    };
    // a: 100 + 50, b: 30, d: no claim at all.
    let files = Memory::default()
        .with("base.csv", BASELINE)
        .with("claims.csv", "participant,yen\na,100\nb,30\na,50\nc,1000\n");
    let of = |how: &str| value(&settled(&declared(how), &files, &["base.csv", "claims.csv"]));
    assert_eq!(of("sum"), ("60".into(), 3, 0));
    assert_eq!(of("count"), ("1".into(), 3, 0));
    assert_eq!(of("last"), ("40".into(), 2, 1));
    let plain = once(r#"let x = mean("x", #{ of: |p| p.yen, who: |p| p.sex == "F", digits: 2 });"#);
    let problems = refused(&plain, &files, &["base.csv", "claims.csv"]);
    assert_eq!(problems[0].id, "duplicate-participant");
}

#[test]
fn columns_that_name_people_are_refused_unless_declared() {
    let x = r#"let x = mean("x", #{ of: |p| p.y, digits: 1 });"#;
    let files = Memory::default().with("a.csv", "participant,氏名,y\n1,山田,5\n2,佐藤,6\n");
    let problems = refused(&once(x), &files, &["a.csv"]);
    let place = problems[0].place.as_ref().unwrap();
    assert_eq!((problems[0].id, place.line, place.column), ("personal-column", 1, 13));
    let declared = format!("rows(#{{ kind: \"personal\", personal: [\"氏名\"] }});{x}");
    let statement = settled(&once(&declared), &files, &["a.csv"]);
    assert_eq!(statement.data_kind, Some(DataKind::Personal));
    let statistics = once(&format!("rows(#{{ kind: \"statistics\", personal: [\"氏名\"] }});{x}"));
    assert_eq!(refused(&statistics, &files, &["a.csv"])[0].id, "rows-not-statistics");
}

#[test]
fn dates_outside_the_window_and_moved_values_are_named() {
    let x = r#"columns(#{ seen: date("2024-04-01", "2025-03-31") });
let x = mean("x", #{ of: |p| p.y, who: |p| p.seen > date("2000-01-01"), digits: 1 });"#;
    let files = Memory::default()
        .with("a.csv", "participant,y,seen\n1,5,令和6年4月1日\n2,6,2025-04-01\n")
        .with("b.csv", "participant,y,seen\n1,5,令和6年4月1日\n2,6,2025-03-31\n3,7,2024-05-01\n")
        .with("before.csv", "participant,seen,y\n1,2024/4/1,5.0\n2,2025-03-31,4\n9,2024-05-01,1\n");
    let problems = refused(&once(x), &files, &["a.csv"]);
    let place = problems[0].place.as_ref().unwrap();
    assert_eq!((problems[0].id, place.line, place.column), ("outside-window", 3, 5));
    let request = Request { earlier: vec!["before.csv".into()], ..request(&["b.csv"]) };
    let statement = settle(&once(x), &files, &request).unwrap();
    let moved = statement.notes.iter().find(|note| note.id == "values-moved").unwrap();
    assert_eq!(moved.found.as_ref().unwrap().en, "2");
    assert!(moved.message.en.starts_with("1 of 2 values of `y`"), "{}", moved.message.en);
    let people = statement.notes.iter().find(|note| note.id == "people-moved").unwrap();
    assert!(people.message.en.contains("1 rows") && people.message.en.contains("1 are new"));
    let checked: Vec<(&str, u64)> =
        statement.checks.iter().map(|check| (check.name, check.found)).collect();
    assert!(checked.contains(&("window", 0)) && checked.contains(&("moved", 1)));
}

#[test]
fn last_digits_that_prefer_zero_are_noted() {
    let x = r#"rows(#{ last_digits: ["y"] }); let x = mean("x", #{ of: |p| p.y, digits: 1 });"#;
    let csv = |zeros: usize| {
        // 100 values: so many end in 0, the others in each digit in turn.
        let rows = (0..100).map(|i| {
            let value = if i < zeros { 140 } else { 130 + i % 10 };
            format!("{i},{value}\n")
        });
        format!("participant,y\n{}", rows.collect::<String>())
    };
    let noted = |zeros: usize| {
        let files = Memory::default().with("a.csv", &csv(zeros));
        let statement = settled(&once(x), &files, &["a.csv"]);
        let note = statement.notes.iter().find(|note| note.id == "digit-preference");
        note.map(|note| note.found.as_ref().unwrap().en.clone())
    };
    assert_eq!(noted(0), None);
    // scipy.stats.chisquare([37] + [7] * 9).statistic = 81.0; with 19 and nine times 9, 9.0.
    assert_eq!(noted(30).as_deref(), Some("χ² = 81.0 with 9 degrees of freedom"));
    assert_eq!(noted(10), None);
}

#[test]
fn uneven_missing_values_are_noted() {
    let x = r#"rows(#{ groups: ["ward"] });
let x = difference("x", #{ of: |p| p.y, treated: |p| p.t == 1, digits: 1 });"#;
    // 30 of 100 treated and 10 of 100 others lack y; wards are even.
    let rows: String = (0..200)
        .map(|i| {
            let (treated, lacks) = (i < 100, if i < 100 { i < 30 } else { i < 110 });
            let y = if lacks { String::new() } else { (i % 7).to_string() };
            format!("{i},{},{y},{}\n", u8::from(treated), i % 2)
        })
        .collect();
    let files = Memory::default().with("a.csv", &format!("participant,t,y,ward\n{rows}"));
    let statement = settled(&once(x), &files, &["a.csv"]);
    let notes: Vec<&Problem> =
        statement.notes.iter().filter(|note| note.id == "missing-uneven").collect();
    assert_eq!(notes.len(), 1);
    let found = &notes[0].found.as_ref().unwrap().en;
    assert_eq!(found, "comparison: 10 of 100 (10.0%), programme: 30 of 100 (30.0%); χ² = 12.50");
}

#[test]
fn both_readings_are_priced_and_a_difference_is_flagged() {
    let declared = |rule: &str| {
        once(&format!(
            r#"let x = share("x", #{{ of: |p| p.done, digits: 3, missing: "{rule}" }});"#
        ))
    };
    // 6 of 8 measured; 2 more were selected and not measured: 0.75 or 0.6.
    let rows: String = (0..10)
        .map(|i| format!("{i},{}\n", ["1", "1", "1", "1", "1", "1", "0", "0", "", ""][i]))
        .collect();
    let files = Memory::default().with("a.csv", &format!("participant,done\n{rows}"));
    for (rule, own, other) in [("exclude", "0.75", "0.6"), ("as_no", "0.6", "0.75")] {
        let statement = settled(&declared(rule), &files, &["a.csv"]);
        let reading = &statement.readings[0];
        assert_eq!(reading.value.unwrap().normalize().to_string(), own);
        assert_eq!(reading.other_value.unwrap().normalize().to_string(), other);
        let payable = if rule == "exclude" { (750, 600) } else { (600, 750) };
        assert_eq!(statement.payable, payable.0.into());
        assert_eq!(reading.other_payable, Some(payable.1.into()));
        assert!(reading.pay_differs);
        assert!(statement.notes.iter().any(|note| note.id == "readings-differ"));
    }
    let complete = Memory::default().with("a.csv", "participant,done\n1,1\n2,0\n");
    assert!(settled(&declared("exclude"), &complete, &["a.csv"]).readings.is_empty());
}

#[test]
fn many_wrong_values_are_counted_and_not_all_shown() {
    let rows: String = (0..3_000).map(|i| format!("{i},x\n")).collect();
    let files = Memory::default().with("a.csv", &format!("participant,y\n{rows}"));
    let contract = once(r#"let x = mean("x", #{ of: |p| p.y, digits: 1 });"#);
    let problems = refused(&contract, &files, &["a.csv"]);
    assert_eq!(problems.len(), 51);
    let more = problems.iter().find(|problem| problem.id == "more-problems").unwrap();
    assert!(more.message.en.starts_with("2950 more rows"), "{}", more.message.en);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(40))]

    /// However the columns and rows of a table are spread over files, the outcome is the same.
    #[test]
    fn a_table_in_pieces_is_the_same_table(
        people in proptest::collection::vec(
            (proptest::bool::ANY, 0_i64..200, proptest::option::of(0_i64..200)), 1..30),
        cut in 0_usize..30,
    ) {
        let contract = once(CHANGE);
        let sex = |female: bool| if female { "F" } else { "M" };
        let text = |value: &Option<i64>| value.map(|value| value.to_string()).unwrap_or_default();
        let (mut whole, mut base, mut later) = (
            "participant,sex,before,after\n".to_owned(),
            "participant,sex,before\n".to_owned(),
            "after,participant\n".to_owned(),
        );
        let mut halves = [whole.clone(), whole.clone()];
        for (id, (female, before, after)) in people.iter().enumerate() {
            let row = format!("{id},{},{before},{}\n", sex(*female), text(after));
            whole += &row;
            halves[usize::from(id < cut)] += &row;
            base += &format!("{id},{},{before}\n", sex(*female));
            if after.is_some() {
                later.insert_str("after,participant\n".len(), &format!("{},{id}\n", text(after)));
            }
        }
        let files = Memory::default()
            .with("whole.csv", &whole)
            .with("base.csv", &base)
            .with("later.csv", &later)
            .with("one.csv", &halves[0])
            .with("two.csv", &halves[1]);
        let shown = |evidence: &[&str]| {
            let statement = settled(&contract, &files, evidence);
            let outcome = &statement.outcomes[0];
            (value(&statement), outcome.interval.map(|interval| (interval.low, interval.high)))
        };
        let wanted = shown(&["whole.csv"]);
        if people.iter().any(|(_, _, after)| after.is_some()) {
            proptest::prop_assert_eq!(&shown(&["base.csv", "later.csv"]), &wanted);
        }
        if cut > 0 && cut < people.len() {
            let (found, interval) = shown(&["one.csv", "two.csv"]);
            proptest::prop_assert_eq!(&found, &wanted.0);
            proptest::prop_assert_eq!(interval.is_some(), wanted.1.is_some());
        }
    }
}
