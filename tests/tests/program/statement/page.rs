//! The page.

use engine::contract::{Contract, Overrides};
use engine::problem::Language;
use engine::report::{HideUnder, Report};
use engine::settle::{Request, settle};
use seika_tests::{Memory, Repository};

use super::{contract, evidence, report, settled};

fn kobe(language: Language) -> String {
    let path = "scripts/contracts/kobe-kidney.rhai";
    let contract = Contract::read(&Repository, path, &Overrides::new()).unwrap();
    let files = ["tests/data/kobe-interim.csv", "tests/data/kobe-final.csv"];
    let request = Request {
        evidence: files.map(str::to_owned).to_vec(),
        at: Some("2020-10-09".parse().unwrap()),
        paid_before: None,
        ..Request::default()
    };
    let statement = settle(&contract, &Repository, &request).unwrap();
    report(&contract, &statement, &evidence(), language).html()
}

#[test]
fn the_page_says_everything_in_both_languages() {
    let page = kobe(Language::Ja);
    for said in [
        "<html lang=\"ja\">",
        "支払計算書",
        "神戸市 糖尿病性腎症等重症化予防事業(SIB)",
        "2020年10月9日",
        "2020年10月31日",
        "腎機能低下抑制率",
        "32.9%",
        "最終成果連動支払",
        "7,860,000 × (0.329 ÷ 0.8) = 3,232,425",
        "3,232,425円",
        "26,200,000円",
        "4,627,575円",
        "神戸市",
        "DPPヘルスパートナーズ",
        "未来工学研究所",
        "第三者評価",
        "SHA-256 ab12",
        "この契約は消費税の扱いを定めていない",
        "署名・押印",
    ] {
        assert!(page.contains(said), "{said}");
    }
    let page = kobe(Language::En);
    for said in [
        "<html lang=\"en\">",
        "Statement of payment",
        "JPY 3,232,425",
        "32.9%",
        "25.0% to 42.8%",
        "Left under the limit after this",
        "JPY 4,627,575",
        "Signatures",
        "Evaluator",
    ] {
        assert!(page.contains(said), "{said}");
    }
}

#[test]
fn the_page_needs_nothing_from_outside() {
    let page = kobe(Language::Ja);
    // The letters that it shows are inside.
    let page = page.replace("url(\"data:font/woff2;base64,", "");
    for outside in ["http:", "https:", "src=", "url(", "@import", "<link", "<script", "<img"] {
        assert!(!page.contains(outside), "{outside}");
    }
    assert!(page.contains("default-src 'none'"));
}

#[test]
fn every_heading_of_a_table_says_what_it_heads() {
    let page = kobe(Language::En);
    let heads = page.matches("<th ").count();
    assert!(heads > 15 && heads == page.matches("<th scope=\"").count());
    assert_eq!(page.matches("<h1>").count(), 1);
    // What is opened is closed.
    for tag in ["table", "thead", "tbody", "tfoot", "tr", "dl", "ul", "section", "main", "span"] {
        let opened =
            page.matches(&format!("<{tag}>")).count() + page.matches(&format!("<{tag} ")).count();
        assert_eq!(opened, page.matches(&format!("</{tag}>")).count(), "{tag}");
    }
}

#[test]
fn a_hostile_title_or_column_is_text_and_nothing_else() {
    let evil = "<script>alert(1)</script>&' <img src=x onerror=y>";
    let contract = contract(
        evil,
        r#"let x = mean("x", #{ of: |p| p["<b>col</b>"], digits: 1, title: "<u>x</u>" });
pay("a", |e| yen(1000) * e[x], #{ title: "<i>a</i>", clause: "\"><svg onload=z>" });"#,
    );
    let statement = settled(&contract, "participant,<b>col</b>\n1,3\n2,4\n3,\n");
    for language in [Language::Ja, Language::En] {
        let page = report(&contract, &statement, &evidence(), language).html();
        for raw in ["<script", "<img", "<b>", "<u>", "<i>", "<svg"] {
            assert!(!page.contains(raw), "{raw}");
        }
        assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;&amp;&#39;"));
        assert!(page.contains("&lt;b&gt;col&lt;/b&gt;"));
    }
}

#[test]
fn the_same_statement_is_the_same_page() {
    assert_eq!(kobe(Language::Ja), kobe(Language::Ja));
}

#[test]
fn a_kind_of_data_is_printed_when_it_is_declared() {
    let evidence = evidence();
    let page = |declared: &str| {
        let rule = format!("{declared} pay(\"a\", |e| yen(1000));");
        let contract = contract("T", &rule);
        let statement = settled(&contract, "participant\n1\n");
        report(&contract, &statement, &evidence, Language::Ja).html()
    };
    assert!(!page("").contains("データの種別"));
    assert!(page(r#"rows(#{ kind: "anonymised" });"#).contains("匿名化データ"));
}

/// The statement of a second year whose first had few participants.
fn after_few(hide_under: HideUnder) -> String {
    let path = "tests/cases/contract/good/rules.rhai";
    let contract = Contract::read(&Repository, path, &Overrides::new()).unwrap();
    let figures = "indicator,at,value,n\njoined,2025-03-31,5,19\ncomplaints,2025-03-31,0,19\n\
                   joined,2026-03-31,190,190\ncomplaints,2026-03-31,60,190\n";
    let files = Memory::default().with("f.csv", figures);
    let request = Request {
        evidence: vec!["f.csv".into()],
        at: Some("2026-03-31".parse().unwrap()),
        ..Request::default()
    };
    let statement = settle(&contract, &files, &request).unwrap();
    let evidence = evidence();
    let shown = report(&contract, &statement, &evidence, Language::En);
    Report { hide_under, ..shown }.html()
}

#[test]
fn a_reason_does_not_tell_a_small_count_of_an_earlier_evaluation() {
    let told = "(5 + 190)";
    assert!(after_few(HideUnder::NOTHING).contains(told));
    let hidden = after_few(HideUnder::USUAL);
    assert!(!hidden.contains(told) && hidden.contains("outcomes of earlier evaluations too"));
    // What rests on no outcome is told as it is.
    assert!(hidden.contains("fixed") && hidden.contains("within 30 days of a valid invoice"));
}
