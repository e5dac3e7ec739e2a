//! A settlement, from the evidence to the payment, by the people who have each part in it.

use crate::accessible::look;
use crate::browser::{Browser, JOURNEYS, Language};
use crate::client::Server;
use crate::signing_in::{PASSWORD, sign_in, sign_out};
use seika_tests::Repository;

const NSW: &str = "/settle/scripts/contracts/nsw-employment.rhai";
/// What the published effect of 1,794 dollars is worth under the contract.
const PAYABLE: &str = "243,671.74";

fn signed_in_as(browser: &Browser, name: &str) {
    sign_in(browser, name, PASSWORD);
    browser.until_shown("header .who", name);
}

/// Brings the evidence of the evaluation.
fn bring(browser: &Browser, file: &str) {
    browser.open(NSW);
    browser.choose("select[name=at]", "1978-12-31");
    browser.fill("input[name=evidence]", file);
    browser.send("main form button");
}

#[test]
fn evidence_is_brought_checked_submitted_approved_by_another_and_paid() {
    for ((language, width), submitter) in JOURNEYS.into_iter().zip(["provider", "evaluator"]) {
        let people = [("measuring person", submitter), ("city person", "payer")];
        let server = Server::with(&format!("settled-{}", language.code()), &people);
        let browser = Browser::of(&server, language, width);
        signed_in_as(&browser, "city person");
        browser.fill("form[action='/ledgers'] input", "nsw");
        browser.send("form[action='/ledgers'] button");
        browser.until_shown("main", language.pick("no settlements", "精算はまだありません"));
        sign_out(&browser);

        signed_in_as(&browser, "measuring person");
        let rows = Repository::top().join("tests/data/nsw.csv");
        faulty_evidence_is_refused(&browser, language, &server);
        bring(&browser, rows.to_str().unwrap());
        browser.until_shown(".verdict.good", PAYABLE);
        browser.until_shown("h2", language.pick("Data checks", "データの検査"));
        assert!(browser.count(".findings li") >= 1, "{}", browser.text("main"));
        look(&browser, "draft-to-submit");
        browser.send("form[action$='/submit'] button");
        browser.until_shown(
            "main li",
            language.pick("Submitted by measuring person", "提出: measuring person"),
        );
        assert_eq!(browser.place(), "/ledger/nsw.ledger?entry=2");
        assert_eq!(browser.count("button[value=approve], button[value=pay]"), 0);
        // Not even by a request that no button makes.
        let status = browser.script_later(
            "const done = arguments[0];
             const body = new URLSearchParams({ act: 'approve', entry: '2' });
             fetch('/ledger/nsw.ledger', { method: 'POST', body }).then(answer => done(answer.status), error => done(String(error)))",
            &[],
        );
        assert_eq!(status, 403);
        sign_out(&browser);

        signed_in_as(&browser, "city person");
        browser.follow("nsw.ledger");
        browser.until_shown("td", language.pick("submitted", "提出済み"));
        browser.follow("2");
        browser.until_shown("h2", language.pick("Entry 2", "番号 2"));
        // The enter key in the field of a refusal does not approve.
        browser.fill("input[name=reason]", "Not yet\u{e007}");
        browser.open("/ledger/nsw.ledger?entry=2");
        browser.until_shown("td", language.pick("submitted", "提出済み"));
        browser.send("button[value=approve]");
        browser
            .until_shown("main li", language.pick("Approved by city person", "承認: city person"));
        // In the other language the same entry is read.
        browser.read_in(if language == Language::En { Language::Ja } else { Language::En });
        assert_eq!(browser.place(), "/ledger/nsw.ledger?entry=2");
        browser.read_in(language);
        browser.choose("input[name=on]", "1979-01-31");
        browser.fill("input[name=reference]", "79-0131");
        browser.send("button[value=pay]");
        browser.until_shown("main li", language.pick("Paid on 1979-01-31", "支払: 1979-01-31"));
        let (_, statement) = browser.download("a[href*='statement.html']");
        assert!(String::from_utf8(statement).unwrap().contains(PAYABLE));
        let (name, workbook) = browser.download("a[href*='statement.xlsx']");
        assert!(name.ends_with(".xlsx") && workbook.starts_with(b"PK"), "{name}");
        assert_eq!(browser.count("a[href*='receipt.json']"), 1, "a payer may compute again");
        let (_, receipt) = browser.download("a[href*='receipt.json']");
        let receipt: serde_json::Value = serde_json::from_slice(&receipt).unwrap();
        assert!(receipt.is_object(), "{receipt}");
        browser.send("button[name=verify]");
        browser.until_shown(
            ".verdict.good",
            language.pick("computed again and agree", "一致しました"),
        );
        look(&browser, "ledger-verified");
        browser.is_quiet(&[403, 422]);
    }
}

/// A column under another name: the page says which, and keeps nothing.
fn faulty_evidence_is_refused(browser: &Browser, language: Language, server: &Server) {
    let rows = std::fs::read_to_string(Repository::top().join("tests/data/nsw.csv")).unwrap();
    let faulty = server.folder.with_extension("csv");
    std::fs::write(&faulty, rows.replacen("re78", "re99", 1)).unwrap();
    bring(browser, faulty.to_str().unwrap());
    browser.until_shown("[role=alert]", "re78");
    browser.until_shown("h1", language.pick("Settle:", "精算:"));
    look(browser, "settle-with-errors");
    std::fs::remove_file(faulty).unwrap();
}
