//! Small counts, on the page, in the workbook and in JSON.

use engine::contract::Contract;
use engine::problem::Language;
use engine::report::{HideUnder, Report, Shown};
use engine::settle::Statement;

use super::spreadsheet::Spreadsheet;
use super::{contract, evidence, report, settled};

/// Of 120 people 117 are measured and 3 are blank; a share of the 117 that 60 achieved.
fn three_blank() -> (Contract, Statement) {
    let contract = contract(
        "T",
        r#"let x = share("x", #{ of: |p| p.done, digits: 2, missing: "exclude" });
let y = mean("y", #{ of: |p| p.steps, digits: 1 });
pay("a", |e| linear(e[x], [percent(0), yen(0)], [percent(100), yen(10_000)]));
pay("b", |e| yen(10) * e[y]);"#,
    );
    let mut csv = String::from("participant,done,steps\n");
    for person in 0..120 {
        let done = match person {
            0..3 => "",
            3..63 => "1",
            _ => "0",
        };
        csv += &format!("{person},{done},{}\n", person % 9);
    }
    let statement = settled(&contract, &csv);
    assert_eq!((statement.outcomes[0].n, statement.outcomes[0].excluded), (117, 3));
    (contract, statement)
}

fn hiding<'a>(of: Report<'a>) -> Report<'a> {
    Report { hide_under: HideUnder::USUAL, ..of }
}

#[test]
fn a_page_for_outsiders_does_not_say_who_is_few() {
    let (contract, statement) = three_blank();
    let evidence = evidence();
    let whole = report(&contract, &statement, &evidence, Language::En);
    assert!(whole.html().contains(">117<") && whole.html().contains("done blank: 3"));
    let page = hiding(whole).html();
    for told in [">117<", "blank: 3", "0.512820", "51.282"] {
        assert!(!page.contains(told), "{told}");
    }
    // The mean of the 120 is shown whole; the share keeps its value, on which the payment rests.
    for said in ["under 10", "withheld", "51%", ">120<", "5,100", "counts of people under 10"] {
        assert!(page.contains(said), "{said}");
    }
    let japanese = Report { language: Language::Ja, ..hiding(whole) }.html();
    assert!(japanese.contains("10 未満") && japanese.contains("非表示"));
}

#[test]
fn a_workbook_for_outsiders_neither() {
    let (contract, statement) = three_blank();
    let evidence = evidence();
    let whole = report(&contract, &statement, &evidence, Language::En);
    let texts = Spreadsheet::read(&hiding(whole).xlsx().unwrap()).texts();
    let tells = |text: &String| {
        text == "117" || text == "3" || text.contains("blank: 3") || text.starts_with("0.5128")
    };
    assert!(!texts.iter().any(tells), "{:?}", texts.iter().find(|text| tells(text)));
    assert!(texts.iter().any(|text| text == "under 10") && texts.iter().any(|text| text == "120"));
    assert!(Spreadsheet::read(&whole.xlsx().unwrap()).texts().iter().any(tells));
}

#[test]
fn json_has_null_where_something_is_hidden_and_only_then() {
    let (contract, statement) = three_blank();
    let json = Shown::of(&contract, &statement, HideUnder::USUAL).to_json(Language::En);
    let share = &json["outcomes"][0];
    for hidden in ["n", "excluded", "low", "high", "unrounded"] {
        assert!(share[hidden].is_null(), "{hidden}");
    }
    assert_eq!(share["value"], "0.51");
    assert_eq!(share["exclusions"], serde_json::json!([]));
    assert_eq!((&json["outcomes"][1]["n"], &json["payable"]), (&120.into(), &"5139".into()));
    assert_eq!(json["counts_hidden_under"], 10);
    let plain = Shown::of(&contract, &statement, HideUnder::NOTHING).to_json(Language::En);
    assert_eq!(plain["outcomes"][0]["n"], 117);
}

#[test]
fn a_count_of_few_is_hidden_with_its_formula_but_not_the_amount() {
    let contract = contract(
        "T",
        r#"let x = count("x", #{ who: |p| p.done == true, unit: "people" });
pay("a", |e| yen(1000) * e[x]);"#,
    );
    let csv: String =
        (0..30).map(|person| format!("{person},{}\n", u8::from(person < 7))).collect();
    let statement = settled(&contract, &format!("participant,done\n{csv}"));
    let evidence = evidence();
    let page = hiding(report(&contract, &statement, &evidence, Language::En)).html();
    assert!(page.contains("7,000") && page.contains("computed on an outcome that is not shown"));
    assert!(!page.contains("7 people") && !page.contains("× 7"), "{page}");
    let hidden = hiding(report(&contract, &statement, &evidence, Language::En));
    let book = Spreadsheet::read(&hidden.xlsx().unwrap());
    let row = book.row(2, "a: amount");
    assert_eq!(book.written(2, row, 1), 7000.0);
    assert!(!book.formulas.contains_key(&(book.sheets[2].clone(), row, 1)));
    assert!(!book.texts().iter().any(|text| text == "7" || text == "7000/1000"));
}

#[test]
fn too_few_people_are_not_counted_out_in_a_reason_or_a_note() {
    let contract = contract(
        "T",
        r#"let x = mean("x", #{ of: |p| p.y, digits: 1, at_least: 20 });
pay("a", |e| yen(1000) * e[x]);"#,
    );
    let statement = settled(&contract, "participant,y\n1,3\n2,4\n3,4\n4,\n");
    let evidence = evidence();
    let whole = report(&contract, &statement, &evidence, Language::En);
    assert!(whole.html().contains("rests on 3 people"));
    let page = hiding(whole).html();
    assert!(page.contains("too few people were measured, so nothing is paid"));
    assert!(!page.contains("3 people") && !page.contains("3 measured") && !page.contains("3.6"));
}
