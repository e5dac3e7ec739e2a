//! Columns, units and sources by what people call them, in both languages, and differences of shares
//! in points.

use engine::contract::{Contract, Overrides};
use engine::expr::Unit;
use engine::problem::{Language, Problem, Source, Text};
use engine::settle::{Request, settle};
use seika_tests::Memory;

const CONTRACT: &str = r#"
contract("named", #{ from: "2024-04-01", to: "2025-03-31", tax: unstated(), rounding: down(1) });
let city = party("city", #{ role: "payer", name: #{ ja: "市", en: "City" } });
let vendor = party("vendor", #{ role: "provider", name: #{ ja: "法人", en: "Vendor" } });
evaluations([#{ at: "2025-01-31", paid: "2025-03-31" }]);
columns(#{
    age: number(#{ ja: "歳", en: "years" }, 0, 120, #{ ja: "年齢", en: "age of the person" }),
    since: number("years", 0, 120, #{ ja: "参加年数", en: "time since joining" }),
    app: yes_no(#{ ja: "アプリの利用", en: "use of the app" }),
    ward: text([#{ value: "east", ja: "東区", en: "East" }, "west"], #{ ja: "区", en: "ward" }),
    kept: yes_no(),
});
let users = count("users", #{
    title: #{ ja: "利用者", en: "Users" }, of: |p| p.age >= 65 && p.ward == "east" && p.app == true,
    digits: 0, missing: "as_no", at_least: 1,
    source: #{ ja: "利用記録", en: "records of use" },
    without: 1, without_source: #{ ja: "仮定: 一人", en: "assumed: one person" },
    exclusions: [#{ ja: "転出", en: "moved away" }, "死亡"],
});
let lift = difference("lift", #{
    title: #{ ja: "継続率の差", en: "Difference in keeping on" },
    of: |p| p.kept, treated: |p| p.app, read: half_up(3), missing: "as_no", at_least: 1,
});
pay("people", |e| per_head(e[users], yen(1_000)), #{ by: city, to: vendor });
pay("lift", |e| linear(e[lift], [0.02, yen(0)], [0.5, yen(48_000)]), #{ by: city, to: vendor });
"#;

fn read(script: &str) -> Result<Contract, Vec<Problem>> {
    Contract::parse(Source::new("named.rhai", script), &Overrides::new())
}

fn contract() -> Contract {
    read(CONTRACT).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

fn sheets() -> [String; 2] {
    [Language::En, Language::Ja].map(|language| contract().term_sheet(language))
}

#[test]
fn a_term_sheet_calls_columns_and_units_by_their_names_in_its_language() {
    let [en, ja] = sheets();
    let age =
        "age of the person is at least 65 years and ward is \"East\" and use of the app is yes";
    assert!(en.contains(age), "{en}");
    assert!(
        ja.contains("年齢が65歳以上かつ区が『東区』であり、かつアプリの利用が『はい』"),
        "{ja}"
    );
    for (sheet, source, why, left_out) in [
        (&en, "Source: records of use", "1 person (assumed: one person)", "moved away, 死亡"),
        (&ja, "データの出所：利用記録", "1人（仮定: 一人）", "転出、死亡"),
    ] {
        for words in [source, why, left_out] {
            assert!(sheet.contains(words), "{words}\n{sheet}");
        }
    }
    // A column without a title goes by its heading.
    assert!(en.contains("the share for whom kept is yes"), "{en}");
}

/// The English name alone says a unit again that was given both names.
#[test]
fn a_unit_has_one_japanese_name_in_a_script() {
    let contract = contract();
    let column = |name: &str| contract.columns.iter().find(|column| column.name == name).unwrap();
    assert_eq!(
        column("since").title,
        Text { ja: "参加年数".into(), en: "time since joining".into() }
    );
    let engine::contract::ColumnKind::Number { unit: Some(unit), .. } = &column("since").kind
    else {
        panic!("a number");
    };
    assert_eq!(unit.words().within(Language::Ja), "歳");
    assert_eq!(*unit, Unit::label("years"));
    let twice = CONTRACT.replace("number(\"years\", 0", "number(#{ ja: \"年\", en: \"years\" }, 0");
    let problems = read(&twice).unwrap_err();
    assert_eq!(problems[0].id, "unit-named-twice", "{problems:#?}");
    let place = problems[0].place.as_ref().unwrap();
    assert_eq!((place.line, place.column), (8, 12));
}

#[test]
fn a_unit_is_first_named_with_both_names() {
    let late = CONTRACT.replace(
        "    age: number(#{ ja: \"歳\", en: \"years\" }, 0, 120,",
        "    aaa: number(\"years\"),\n    age: number(#{ ja: \"歳\", en: \"years\" }, 0, 120,",
    );
    let problems = read(&late).unwrap_err();
    assert_eq!(problems[0].id, "unit-named-late", "{problems:#?}");
}

/// Whoever reads "5 points" may write 5, which is 500 of them.
#[test]
fn a_whole_number_beside_a_difference_of_shares_is_refused() {
    for from in [
        "[0.02, yen(0)], [0.5, yen(48_000)]",
        "linear(e[lift], [0.02, yen(0)], [0.5, yen(48_000)])",
    ] {
        assert!(CONTRACT.contains(from));
        let to = match from.starts_with('[') {
            true => "[2, yen(0)], [50, yen(48_000)]",
            false => "if e[lift] >= 5 { yen(1) } else { yen(0) }",
        };
        let problems = read(&CONTRACT.replace(from, to)).unwrap_err();
        assert_eq!(problems[0].id, "share-above-one", "{problems:#?}");
    }
}

#[test]
fn what_is_no_title_and_no_unit_is_told_at_its_place() {
    for (from, to, id) in [
        (
            "yes_no(#{ ja: \"アプリの利用\", en: \"use of the app\" })",
            "yes_no(#{ jp: \"x\" })",
            "wrong-value",
        ),
        ("number(\"years\", 0", "number(3, 0", "wrong-value"),
        ("#{ ja: \"利用記録\", en: \"records of use\" }", "[1]", "wrong-type"),
    ] {
        assert!(CONTRACT.contains(from), "{from}");
        let problems = read(&CONTRACT.replace(from, to)).unwrap_err();
        assert_eq!(problems.len(), 1, "{problems:#?}");
        assert!(problems[0].id == id || id == "wrong-type", "{problems:#?}");
        assert!(problems[0].place.as_ref().is_some_and(|place| place.line > 5), "{problems:#?}");
    }
}

/// 3 of 4 with the app keep on, 1 of 2 without: a difference of 25 points, read to a tenth of one.
#[test]
fn a_difference_of_shares_is_told_in_points_and_stays_a_fraction_in_data() {
    let [en, ja] = sheets();
    assert!(en.contains("0 yen at 2 points or below, 48,000 yen at 50 points or above"), "{en}");
    assert!(ja.contains("2ポイント以下で0円、50ポイント以上で48,000円"), "{ja}");
    assert!(en.contains("Read: to steps of 0.1 points"), "{en}");
    assert!(ja.contains("0.1ポイント未満を四捨五入"), "{ja}");
    let rows = "participant,age,since,app,ward,kept\n\
        a,70,1,1,east,1\nb,71,1,1,east,1\nc,72,1,1,west,1\nd,60,1,1,west,0\n\
        e,70,1,0,east,1\nf,70,1,0,east,0\n";
    let files = Memory::default().with("rows.csv", rows);
    let request = Request { evidence: vec!["rows.csv".to_owned()], ..Request::default() };
    let statement = settle(&contract(), &files, &request).unwrap();
    let lift = statement.outcomes.iter().find(|of| of.indicator == "lift").unwrap();
    assert_eq!(lift.value.unwrap().normalize().to_string(), "0.25");
    // (0.25 − 0.02) ÷ 0.48 × 48,000 = 23,000, and two people of 65 or older in the east use the app.
    assert_eq!(statement.payable.normalize().to_string(), "25000");
    let json = statement.to_json(Language::Ja);
    let told = json["outcomes"].as_array().unwrap().iter().find(|of| of["indicator"] == "lift");
    assert_eq!(told.unwrap()["unit"], "");
}
