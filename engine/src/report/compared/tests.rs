//! What a document says of two versions.

use super::*;
use crate::report::document::Block;
use crate::report::example::{FILES, files, is_whole, number, settings, table};
use crate::simulate::Unwatched;

fn read(full: u32) -> Scenario {
    Scenario::read(&files(full), FILES[0]).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

#[test]
fn differences_are_numbers_and_every_changed_line_is_listed() {
    let (a, b) = (read(4), read(5));
    let versions = Versions::of(a.contract.clone(), b.contract.clone()).unwrap();
    let priced = versions.priced_each([&a, &b], &settings(), &Unwatched).unwrap();
    let under = [Under { path: "a.toml", scenario: &a }, Under { path: "b.toml", scenario: &b }];
    let document = |language| compared(&versions, Some(under), (Some(&priced), None), language);
    let charts = ["payment-distributions", "payments-by-evaluation"];
    is_whole(document, &charts);
    let document = document(Language::En);
    assert!(document.title.ends_with("A small scenario (a.toml)"), "{}", document.title);
    let figures = table(&document, "Figure");
    // A quarter more is paid for every outcome, whatever it is, to the yen that is rounded down.
    let [paid, more] = [1, 3].map(|column| number(figures, 0, column));
    assert!((more - 0.25 * paid).abs() <= 2.0, "{paid} {more}");
    // 2,000,000 half way in the first, 2,500,000 in the second.
    let known = table(&document, "Outcomes that are known");
    assert_eq!([1, 2, 3].map(|column| number(known, 0, column)), [2e6, 2.5e6, 5e5]);
    let listed = document.blocks.iter().any(|block| match block {
        Block::List(items) => items.iter().any(|item| item.starts_with("  B  ")),
        _ => false,
    });
    assert!(listed, "{document:#?}");
}
