//! Signing in, and the language.

use crate::accessible::look;
use crate::browser::{Browser, JOURNEYS, Language, Width};
use crate::client::Server;

pub(crate) const PASSWORD: &str = "correct horse battery";

/// Signs in on the page that asks for it.
pub(crate) fn sign_in(browser: &Browser, name: &str, password: &str) {
    browser.choose("input[name=name]", "");
    browser.fill("input[name=name]", name);
    browser.fill("input[name=password]", password);
    browser.send("main form button");
}

pub(crate) fn sign_out(browser: &Browser) {
    browser.send("form[action='/sign-out'] button");
    assert!(browser.place().starts_with("/sign-in"), "{}", browser.place());
}

#[test]
fn after_too_many_wrong_passwords_a_name_is_told_to_wait_and_others_are_not() {
    for (language, width) in JOURNEYS {
        let people = [("city person", "payer"), ("vendor person", "provider")];
        let server = Server::with(&format!("throttle-{}", language.code()), &people);
        let browser = Browser::of(&server, language, width);
        let (wrong, wait) = (
            language.pick("do not belong together", "組み合わせが違います"),
            language.pick("Too many attempts: wait", "試行が多すぎます"),
        );
        // The wait grows with every attempt, so that however slow the browser is it comes.
        let told = std::iter::repeat_with(|| {
            sign_in(&browser, "city person", "a wrong password");
            browser.text("[role=alert]")
        });
        let told: Vec<String> = told.take_while(|told| !told.contains(wait)).take(20).collect();
        assert!((5..20).contains(&told.len()), "{told:?}");
        assert!(told.iter().all(|told| told.contains(wrong)), "{told:?}");
        look(&browser, "sign-in-throttled");
        sign_in(&browser, "vendor person", PASSWORD);
        browser.until_shown("header .who", "vendor person");
        assert_eq!(browser.place(), "/");
        browser.is_quiet(&[403, 429]);
    }
}

#[test]
fn signing_in_leads_where_one_was_going_and_another_language_keeps_the_page() {
    let server = Server::with("language", &[("city person", "payer")]);
    let browser = Browser::of(&server, Language::En, Width::Wide);
    let there = "/contracts/scripts/contracts/tama-hypertension.rhai";
    browser.open(there);
    browser.until_shown("h1", "Sign in");
    browser.read_in(Language::Ja);
    browser.until_shown("h1", "ログイン");
    sign_in(&browser, "city person", PASSWORD);
    browser.until_shown("h1", "多摩市 高血圧");
    assert_eq!(browser.place(), there);
    browser.read_in(Language::En);
    browser.until_shown("h1", "Tama hypertension");
    assert_eq!(browser.place(), there);
    // It is kept.
    browser.open("/");
    browser.until_shown("h1", "Contracts and scenarios");
    browser.is_quiet(&[]);
}
