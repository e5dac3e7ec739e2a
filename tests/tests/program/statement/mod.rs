//! The statement as a page and as a workbook: what they say, what they hide, and that the formulas
//! come to what is owed.

mod command;
mod hidden;
mod page;
mod spreadsheet;
mod workbook;

use engine::contract::{Contract, Overrides};
use engine::problem::{Language, Source};
use engine::report::{EvidenceFile, HideUnder, Report};
use engine::settle::{Request, Statement, settle};
use seika_tests::Memory;

/// A contract of one evaluation with these lines after its declarations.
fn contract(title: &str, lines: &str) -> Contract {
    let text = format!(
        r#"contract("t", #{{ title: "{title}", from: "2024-04-01", to: "2025-03-31",
    cap: yen(1_000_000), rounding: down(1), tax: included(percent(10)) }});
party("city", #{{ role: "payer", name: "City" }});
party("vendor", #{{ role: "provider", name: "Vendor" }});
evaluations([#{{ at: "2025-03-31", paid: "2025-05-31" }}]);
{lines}"#
    );
    Contract::parse(Source::new("t.rhai", text), &Overrides::new())
        .unwrap_or_else(|problems| panic!("{problems:#?}"))
}

fn settled(contract: &Contract, csv: &str) -> Statement {
    let files = Memory::default().with("rows.csv", csv);
    let request = Request { evidence: vec!["rows.csv".into()], ..Request::default() };
    settle(contract, &files, &request).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

/// A file of evidence that only its name and hash are said of.
fn evidence() -> Vec<EvidenceFile> {
    vec![EvidenceFile { name: "rows.csv".into(), sha256: "ab12".into() }]
}

fn report<'a>(
    contract: &'a Contract,
    statement: &'a Statement,
    evidence: &'a [EvidenceFile],
    language: Language,
) -> Report<'a> {
    Report { contract, statement, language, evidence, hide_under: HideUnder::NOTHING }
}
