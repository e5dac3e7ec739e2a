//! Receipts: what the other party computes again, and what it finds.

use engine::ledger::{Receipt, Record};
use engine::settle::Request;
use seika_tests::Memory;

use super::{FIRST, contract, rows};

fn receipt(inside: bool) -> (Receipt, Memory) {
    let files = Memory::default().with("rows.csv", &rows(FIRST, 30, 20));
    let request = Request {
        evidence: vec!["rows.csv".into()],
        at: Some(FIRST.parse().unwrap()),
        paid_before: None,
        ..Request::default()
    };
    let (record, statement) = Record::make(&contract(), &files, &request, None, inside).unwrap();
    // 20 people at 10,000 and the fee of 100,000.
    assert_eq!(statement.payable, 300_000.into());
    (Receipt::of(record), files)
}

fn read(text: &str) -> Result<Receipt, Vec<engine::problem::Problem>> {
    Receipt::read(&Memory::default().with("r.json", text), "r.json")
}

/// What is wrong with a receipt, by where it is.
fn found(text: &str) -> Vec<String> {
    match read(text) {
        Err(problems) => problems.iter().map(|problem| problem.id.to_owned()).collect(),
        Ok(receipt) => match receipt.verify() {
            Err(problems) => problems.iter().map(|problem| problem.id.to_owned()).collect(),
            Ok(differences) => differences.into_iter().map(|found| found.at).collect(),
        },
    }
}

#[test]
fn a_receipt_leads_to_the_statement_it_states() {
    let (receipt, files) = receipt(false);
    let text = receipt.text();
    assert!(!text.contains("p17"), "a participant is named");
    assert_eq!(found(&text), Vec::<String>::new());
    let again = read(&text).unwrap();
    assert_eq!(again.record, receipt.record);
    assert_eq!(again.other_version(), None);
    let paths = ["rows.csv".to_owned()];
    assert_eq!(again.verify_evidence(&files, &paths).unwrap(), vec![]);
    assert!(again.verify_inside().is_none());
    let others = Memory::default().with("rows.csv", &rows(FIRST, 30, 21));
    let differences = again.verify_evidence(&others, &paths).unwrap();
    assert_eq!(differences.len(), 1);
    assert_eq!(differences[0].at, "rows.csv");
}

#[test]
fn evidence_inside_is_estimated_again() {
    let (receipt, _) = receipt(true);
    let text = receipt.text();
    assert!(text.contains("p17"));
    let again = read(&text).unwrap();
    assert_eq!(again.verify_inside().unwrap().unwrap(), vec![]);
}

#[test]
fn any_altered_byte_is_found() {
    let (receipt, _) = receipt(false);
    let text = receipt.text();
    let bytes = text.as_bytes();
    let step = if std::env::var_os("SEIKA_EVERY_BYTE").is_some() { 1 } else { 41 };
    for position in (0..bytes.len()).step_by(step) {
        for flip in [0x01, 0x10] {
            let mut altered = bytes.to_vec();
            altered[position] ^= flip;
            let Ok(altered) = String::from_utf8(altered) else { continue };
            assert!(!found(&altered).is_empty(), "byte {position} of\n{text}");
        }
    }
    assert_eq!(found(&text.replace('\n', "\r\n")), ["layout"]);
}

#[test]
fn a_forged_amount_is_named_even_where_the_hash_is_made_new() {
    let (mut receipt, _) = receipt(false);
    receipt.record.statement["en"]["payable"] = "900000".into();
    let found = found(&receipt.text());
    assert_eq!(found, ["statement.en.payable"]);
}

#[test]
fn a_receipt_of_another_version_is_computed_all_the_same() {
    let (mut receipt, _) = receipt(false);
    receipt.record.engine = "0.0.9".into();
    let again = read(&receipt.text()).unwrap();
    assert_eq!(again.other_version(), Some("0.0.9"));
    assert_eq!(again.verify().unwrap(), vec![]);
}

#[test]
fn what_is_no_receipt_is_refused() {
    for text in ["", "{}", "[1]", "{\"format\": \"seika-receipt-2\"}", "not json"] {
        assert_eq!(found(text), ["no-receipt"], "{text}");
    }
}
