//! Every kind of page, in each language and at each width.

use crate::accessible::look;
use crate::browser::{Browser, JOURNEYS, Language, Width};
use crate::client::{Server, Visitor, shipped};
use crate::keyboard::reaches_everything;
use crate::signing_in::{PASSWORD, sign_in, sign_out};

const NSW: &str = "/settle/scripts/contracts/nsw-employment.rhai";

/// A ledger of which the settlement has come so far.
fn ledger(visitor: &Visitor<'_>, draft: &str, name: &str, acts: &[&str]) {
    visitor.form("/ledgers", &[("name", name)]);
    let path = format!("{name}.ledger");
    let submit = [("ledger", path.as_str()), ("name", "Yamada")];
    assert_eq!(visitor.form(&format!("{draft}/submit"), &submit).status, 303);
    for act in acts {
        let fields = [
            ("act", *act),
            ("entry", "2"),
            ("name", "Sato"),
            ("reason", "The wage of one person is missing"),
            ("on", "1979-01-31"),
        ];
        let answer = visitor.form(&format!("/ledger/{path}"), &fields);
        assert_eq!(answer.status, 303, "{}", answer.text());
    }
}

/// What a scenario with a lower fee gives: where the run is read.
fn run(visitor: &Visitor<'_>, kind: &str) -> String {
    let wanted = [
        ("kind", kind),
        ("path", "scenarios/tama-hypertension.toml"),
        ("paths", "2000"),
        ("param.base", "2500000"),
        ("stress", "scenarios/stress/tama-hypertension/1-low-recruitment.toml"),
    ];
    let run = visitor.form("/runs", &wanted).location().to_owned();
    visitor.finish(&run);
    run
}

/// Brings about what the pages show, and tells where each is, under the name of its picture.
fn prepared(visitor: &Visitor<'_>) -> Vec<(&'static str, String)> {
    let [run, stress, sensitivity, compare] =
        ["simulate", "stress", "sensitivity", "compare"].map(|kind| run(visitor, kind));
    let rows = shipped("tests/data/nsw.csv");
    let draft = visitor.upload(NSW, &[("at", "1978-12-31")], &[("nsw.csv", &rows)]);
    let draft = draft.location().to_owned();
    visitor.form("/ledgers", &[("name", "empty")]);
    ledger(visitor, &draft, "submitted", &[]);
    ledger(visitor, &draft, "refused", &["reject"]);
    ledger(visitor, &draft, "approved", &["approve"]);
    ledger(visitor, &draft, "paid", &["approve", "pay"]);
    [
        ("home", "/"),
        ("contract", "/contracts/scripts/contracts/tama-hypertension.rhai"),
        ("contract-long", "/contracts/scripts/contracts/kobe-kidney.rhai"),
        ("contract-dollars", "/contracts/scripts/contracts/nsw-employment.rhai"),
        ("edit-contract", "/edit/scripts/contracts/tama-hypertension.rhai"),
        ("edit-scenario", "/edit/scenarios/tama-hypertension.toml"),
        ("scenario", "/scenarios/scenarios/tama-hypertension.toml"),
        ("scenario-long", "/scenarios/scenarios/kobe-kidney.toml"),
        ("run-done", run.as_str()),
        ("run-stress", stress.as_str()),
        ("run-sensitivity", sensitivity.as_str()),
        ("run-compare", compare.as_str()),
        ("settle", NSW),
        ("draft", draft.as_str()),
        ("ledger-empty", "/ledger/empty.ledger"),
        ("ledger-submitted", "/ledger/submitted.ledger?entry=2"),
        ("ledger-refused", "/ledger/refused.ledger?entry=2"),
        ("ledger-approved", "/ledger/approved.ledger?entry=2"),
        ("ledger-paid", "/ledger/paid.ledger?entry=2&verify=yes"),
        ("nothing-there", "/contracts/nothing.rhai"),
    ]
    .map(|(name, path)| (name, path.to_owned()))
    .into()
}

/// Pages whose layout depends most on the width and the language: these are looked at in each.
const EACH: [&str; 3] = ["home", "scenario", "run-done"];
/// Pages that differ from another one in what they hold alone: these are looked at in one language.
const VARIANTS: [&str; 6] = [
    "contract-long",
    "contract-dollars",
    "scenario-long",
    "ledger-submitted",
    "ledger-refused",
    "ledger-approved",
];

/// Every page at one width, and some at the other.
fn pages_are_sound(language: Language, whole: Width) {
    let server = Server::alone(&format!("pages-{}", language.code()));
    let pages = prepared(&server.visitor());
    for width in [Width::Wide, Width::Narrow] {
        let browser = Browser::of(&server, language, width);
        for (name, path) in &pages {
            let variant = language == Language::En && VARIANTS.contains(name);
            if variant || (width != whole && !EACH.contains(name)) {
                continue;
            }
            browser.open(path);
            look(&browser, name);
            reaches_everything(&browser);
        }
        browser.is_quiet(&[404]);
    }
}

#[test]
fn every_page_is_accessible_and_fits_in_english() {
    pages_are_sound(Language::En, Width::Wide);
}

#[test]
fn every_page_is_accessible_and_fits_in_japanese() {
    pages_are_sound(Language::Ja, Width::Narrow);
}

#[test]
fn the_pages_of_accounts_are_accessible_and_fit() {
    let server = Server::with(
        "pages-accounts",
        &[("office person", "administrator"), ("fund person", "investor")],
    );
    for (language, width) in JOURNEYS {
        let browser = Browser::of(&server, language, width);
        look(&browser, "sign-in");
        reaches_everything(&browser);
        sign_in(&browser, "fund person", PASSWORD);
        browser.until_shown("header .who", "fund person");
        look(&browser, "home-of-an-investor");
        sign_out(&browser);
        sign_in(&browser, "office person", PASSWORD);
        browser.until_shown("header .who", "office person");
        browser.send("a[href='/log']");
        browser.until_shown("table", "fund person");
        look(&browser, "log");
        reaches_everything(&browser);
        browser.send("a[href='/people']");
        browser.click("main details summary");
        look(&browser, "people");
        reaches_everything(&browser);
        browser.send("a[href='/password']");
        look(&browser, "password");
        reaches_everything(&browser);
        browser.is_quiet(&[]);
    }
}
