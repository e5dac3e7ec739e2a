//! What every page must be, whoever reads it and however wide the window is.

use serde_json::{Value, json};

use crate::browser::Browser;

/// axe-core, which looks for faults of accessibility; see `axe.md`.
const AXE: &str = include_str!("axe.min.js");

/// WCAG 2.2 up to level AA, and what axe-core's authors hold to be good practice.
const RULES: [&str; 6] = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/// Asserts that the page keeps the rules of accessibility and fits its window, and leaves a picture
/// of it under this name.
pub(crate) fn look(browser: &Browser, name: &str) {
    browser.until("the fonts are there", "return document.fonts.status === 'loaded'");
    browser.keep_picture(name);
    let widths = browser.script("return document.documentElement.scrollWidth", &[]);
    let widest = browser.script(
        "return [...document.querySelectorAll('body *')]
             .filter(one => one.getBoundingClientRect().right > arguments[0] && !one.closest('.scrolls, pre, svg'))
             .map(one => one.outerHTML.slice(0, 120)).slice(0, 5)",
        &[json!(browser.width())],
    );
    let fits = widths.as_u64().unwrap() <= u64::from(browser.width());
    assert!(fits, "{name} is {widths} wide in {}: {widest}", browser.width());
    browser.script(AXE, &[]);
    let found = browser.script_later(
        "const [values, done] = arguments;
         axe.run(document, { runOnly: { type: 'tag', values }, resultTypes: ['violations'] })
             .then(found => done(found.violations), error => done([{ id: String(error), nodes: [] }]))",
        &[json!(RULES)],
    );
    let found: Vec<String> = found.as_array().unwrap().iter().map(told).collect();
    assert!(found.is_empty(), "{name} at {}:\n{}", browser.place(), found.join("\n"));
}

/// A violation in words: the rule, and the elements that break it.
fn told(violation: &Value) -> String {
    let nodes = violation["nodes"].as_array().unwrap().iter().take(5);
    let nodes: Vec<String> =
        nodes.map(|node| format!("  {} {}", node["html"], node["failureSummary"])).collect();
    format!("{} {}\n{}", violation["id"], violation["help"], nodes.join("\n"))
}
