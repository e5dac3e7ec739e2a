//! A contract with its scenario and two stresses, small enough to be run where documents are tested.

use crate::FilesRead;
use crate::problem::Language;
use crate::report::document::{Block, Document, Row, Table};
use crate::scenario::Scenario;
use crate::simulate::Settings;

const CONTRACT: &str = r#"contract("small", #{
    title: #{ ja: "小さな契約", en: "A small contract" },
    from: "2024-04-01", to: "2026-03-31", cap: yen(16_000_000), tax: unstated(), rounding: down(1),
});
let city = party("city", #{ role: "payer", name: #{ ja: "市", en: "City" } });
let vendor = party("vendor", #{ role: "provider", name: #{ ja: "事業者", en: "Vendor" } });
let fund = party("fund", #{ role: "investor", name: #{ ja: "成果ファンド", en: "Outcome fund" } });
invest(fund, #{ amount: yen(6_000_000) });
evaluations([
    #{ at: "2025-03-31", paid: "2025-05-31" },
    #{ at: "2026-03-31", paid: "2026-05-31" },
]);
let rate = share("rate", #{
    title: #{ ja: "達成率", en: "Reached" }, read: half_up(2), missing: "as_no", at_least: 1, source: "assumed",
});
let full = param("full", yen(4_000_000), [yen(2_000_000), yen(6_000_000)]);
pay("ramp", |e| linear(e[rate], [percent(20), yen(0)], [percent(60), full]), #{
    title: #{ ja: "達成率に応じた支払", en: "For what was reached" }, by: city, to: vendor, clause: "6",
});
example("half way", #{ at: "2025-03-31", rate: percent(40) }, yen(2_000_000));
"#;

const SCENARIO: &str = r#"title = { ja = "小さなシナリオ", en = "A small scenario" }
contract = "small.rhai"
paths = 400
seed = 5

[assume]
works = { is = "beta(8, 12)", no_effect = "0.2", source = "assumed" }

[outcomes.rate]
probability = "works"
of = 200

[benefits.care]
title = { ja = "給付費の減", en = "Care saved" }
amount = "works * yen(9_000_000)"
shares = { city = 0.5, insured = 0.5 }
source = "assumed"

[beneficiaries]
insured = { ja = "被保険者", en = "Insured" }
"#;

const WEAK: &str = r#"title = { ja = "効果が弱い", en = "Weak" }
base = "small.toml"
[assume.works]
is = "0.8 * base"
source = "assumed"
"#;

const LESS: &str = r#"title = { ja = "給付費の減が小さい", en = "Less saved" }
base = "small.toml"
[benefits.care]
amount = "works * yen(6_000_000)"
"#;

/// The scenario's file, and those of the stresses.
pub(super) const FILES: [&str; 3] = ["small.toml", "weak.toml", "less.toml"];

/// All files; the contract with the most it pays for one evaluation, in millions of yen.
pub(super) fn files(full: u32) -> FilesRead {
    let half = 500_000 * full;
    let contract = CONTRACT
        .replace("yen(4_000_000), [", &format!("yen({full}_000_000), ["))
        .replace("}, yen(2_000_000));", &format!("}}, yen({half}));"));
    let texts = [SCENARIO.to_owned(), WEAK.to_owned(), LESS.to_owned()];
    let named = FILES.into_iter().zip(texts).map(|(name, text)| (name.to_owned(), text.into()));
    std::iter::once(("small.rhai".to_owned(), contract.into())).chain(named).collect()
}

pub(super) fn scenario() -> Scenario {
    Scenario::read(&files(4), FILES[0]).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

pub(super) fn settings() -> Settings {
    Settings { threads: Some(1), ..Settings::default() }
}

/// The table that begins with a heading.
pub(super) fn table<'d>(document: &'d Document, first: &str) -> &'d Table {
    let known = document.tables().find(|table| table.heads[0].0.starts_with(first));
    known.unwrap_or_else(|| panic!("no table {first}: {document:#?}"))
}

/// The number of a cell.
pub(super) fn number(table: &Table, row: usize, column: usize) -> f64 {
    let Row::Cells(cells) = &table.rows[row] else { panic!("a line above a sum") };
    cells[column].number.unwrap_or_else(|| panic!("no number: {:?}", cells[column]))
}

/// It must be a page and a workbook with charts of these names, and say something in each language.
pub(super) fn is_whole(document: impl Fn(Language) -> Document, charts: &[&str]) {
    for language in [Language::En, Language::Ja] {
        let document = document(language);
        let names: Vec<&str> = document.charts().map(|chart| chart.name.as_str()).collect();
        assert_eq!(names, charts);
        let page = document.html();
        assert_eq!(page.matches("<svg").count(), charts.len());
        // Bars of characters are for terminals.
        assert!(!page.contains("####") && !page.contains("++++"), "{page}");
        assert!(document.xlsx().unwrap().len() > 1_000);
        let said = document.blocks.iter().any(|block| matches!(block, Block::Paragraph(_)));
        assert!(said && !document.title.is_empty() && !document.subtitle.is_empty());
    }
}
