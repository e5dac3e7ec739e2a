//! The keyboard alone.

use fantoccini::key::Key;
use serde_json::json;

use crate::browser::{Browser, Language, Width};
use crate::client::Server;

/// Keeps in `window.left` the controls that can be used now and were not focused yet, and in
/// `window.faults` those whose focus cannot be seen.
const WATCHED: &str = "
    const controls = document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex]');
    window.left = new Set([...controls].filter(one =>
        one.type !== 'hidden' && !one.disabled && one.tabIndex >= 0 && one.checkVisibility({ visibilityProperty: true })));
    window.faults = [];
    document.addEventListener('focusin', ({ target }) => {
        left.delete(target);
        const { outlineStyle, outlineWidth } = getComputedStyle(target);
        const box = target.getBoundingClientRect();
        const inside = box.right > 0 && box.bottom > 0 && box.left < innerWidth && box.top < innerHeight;
        if (outlineStyle === 'none' || parseFloat(outlineWidth) < 2 || !inside) faults.push(target.outerHTML.slice(0, 160));
    });
    document.activeElement.blur();
    return left.size";

/// Asserts that the tabulator key leads to every control of the page, each time with a visible mark.
pub(crate) fn reaches_everything(browser: &Browser) {
    let controls = browser.script(WATCHED, &[]).as_u64().unwrap();
    assert!(controls > 0, "{} has no control", browser.place());
    // Areas that scroll have the focus too; a date has three or more parts.
    for _ in 0..controls * 3 {
        browser.press([Key::Tab.into()]);
        if browser.script("return left.size", &[]) == 0 {
            break;
        }
    }
    let found =
        browser.script("return [[...left].map(one => one.outerHTML.slice(0, 160)), faults]", &[]);
    assert_eq!(found, json!([[], []]), "not reached, and without a mark, at {}", browser.place());
}

#[test]
fn the_first_key_skips_to_the_content() {
    let server = Server::alone("skip");
    let browser = Browser::of(&server, Language::Ja, Width::Narrow);
    browser.press([Key::Tab.into()]);
    browser.until(
        "the link to the content is seen",
        "const one = document.activeElement;
         return one.matches('.skip') && one.getBoundingClientRect().left >= 0",
    );
    browser.press([Key::Enter.into()]);
    browser.until("the content has the focus", "return document.activeElement.id === 'main'");
    browser.press([Key::Tab.into()]);
    browser.until(
        "the first control of the content has the focus",
        "return document.activeElement === document.querySelector('main a, main button, main input')",
    );
}
