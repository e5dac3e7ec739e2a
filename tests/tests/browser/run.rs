//! A scenario: tried with sliders, run in full, read and taken home.

use fantoccini::key::Key;

use crate::accessible::look;
use crate::browser::{Browser, JOURNEYS};
use crate::client::Server;

#[test]
fn a_slider_moved_by_the_keyboard_moves_the_chart() {
    for (language, width) in JOURNEYS {
        let server = Server::alone(&format!("slid-{}", language.code()));
        let browser = Browser::of(&server, language, width);
        browser.open("/scenarios/scenarios/tama-hypertension.toml");
        let expected = language.pick("Expected payment", "支払の期待値");
        browser.until_shown("#chart li", expected);
        let (facts, chart) = (browser.text("#chart ul"), browser.text("#chart figure"));
        browser.script("document.getElementById('param.base').focus()", &[]);
        browser.press([Key::Left.into(); 10]);
        browser.until(
            "the slider shows another value, in figures and to who hears it",
            "const one = document.getElementById('param.base');
             const shown = document.querySelector('output[for=\"param.base\"]').textContent;
             return Number(one.value) < Number(one.dataset.stated) && one.getAttribute('aria-valuetext') === shown
                 && Number(shown.replace(/[^0-9.]/g, '')) === Number(one.value)",
        );
        browser.until(
            "the facts follow",
            &format!(
                "const chart = document.querySelector('#chart');
                 return chart.getAttribute('aria-busy') === 'false' && chart.querySelector('ul').innerText !== {}",
                serde_json::json!(facts)
            ),
        );
        browser.until_shown("#chart li", expected);
        assert_ne!(browser.text("#chart figure"), chart);
        look(&browser, "scenario-slid");
        browser.is_quiet(&[]);
    }
}

#[test]
fn a_run_is_followed_and_stopped_and_another_is_read_and_taken_home() {
    for (language, width) in JOURNEYS {
        let server = Server::alone(&format!("run-{}", language.code()));
        let browser = Browser::of(&server, language, width);
        browser.follow(language.pick("Tama hypertension, base case", "基本ケース: 多摩市"));
        run(&browser, "100000000");
        browser.until("the run gets on", "return document.querySelector('progress').value > 0");
        browser.until_shown(".progress p", language.pick("% is done", "% 完了"));
        look(&browser, "run-under-way");
        browser.send("main form button");
        browser.until_shown("main", language.pick("the run was stopped", "試算は中止されました"));
        look(&browser, "run-stopped");
        browser.is_quiet(&[400]);

        browser.open("/scenarios/scenarios/tama-hypertension.toml");
        run(&browser, "20000");
        browser.until_shown(".document", language.pick("Payment", "支払"));
        let (_, page) = browser.download("a[href$='report.html']");
        assert!(page.starts_with(b"<!DOCTYPE html>"), "{page:?}");
        let (name, workbook) = browser.download("a[href$='report.xlsx']");
        assert!(name.ends_with(".xlsx") && workbook.starts_with(b"PK"), "{name}");
        browser.click("main details summary");
        for (ending, beginning) in
            [("svg", &b"<svg"[..]), ("png", b"\x89PNG\r\n\x1a\n"), ("csv", "\u{feff}".as_bytes())]
        {
            let link = format!("a[href$='/payment-distribution.{ending}']");
            let (name, bytes) = browser.download(&link);
            assert!(name.ends_with(ending) && bytes.starts_with(beginning), "{name}");
        }
        look(&browser, "run-done-open");
        browser.is_quiet(&[]);
    }
}

/// Runs the scenario of the page with so many futures.
fn run(browser: &Browser, futures: &str) {
    browser.choose("input[name=paths]", futures);
    browser.send("button[value=simulate]");
    assert!(browser.place().starts_with("/runs/"), "{}", browser.place());
}
