//! What a document says of stresses.

use super::*;
use crate::analyse::stress::{Limit, reverse, stress};
use crate::report::chart::Cell;
use crate::report::document::Row;
use crate::report::example::{FILES, files, is_whole, number, settings, table};
use crate::simulate::Unwatched;

fn suite(patches: &[&str]) -> Suite {
    let patches: Vec<String> = patches.iter().map(|patch| (*patch).to_owned()).collect();
    let suite = Suite::read(&files(4), FILES[0], &patches);
    suite.unwrap_or_else(|problems| panic!("{problems:#?}"))
}

#[test]
fn a_bridge_is_drawn_for_each_figure_and_ends_where_all_stresses_together_end() {
    let suite = suite(&FILES[1..]);
    let figures = ["payment".to_owned(), "net".to_owned()];
    let found = stress(&suite, &figures, &settings(), &Unwatched).unwrap();
    is_whole(|language| stressed(&suite, &found, language), &["bridge-payment", "bridge-net"]);
    let document = stressed(&suite, &found, Language::En);
    let bridge = table(&document, "In this order");
    let together = found.figures[0].together.value.unwrap().mean;
    assert_eq!(number(bridge, 3, 2), together);
    assert_eq!(bridge.heads[3].1, Side::Bar);
    assert_eq!(bridge.without_bars().heads.len(), 3);
    let chart = document.charts().next().unwrap();
    let Cell::Number(last) = chart.table.rows[3][3] else { panic!("{:?}", chart.table.rows) };
    assert!((last - together).abs() < 1e-6 * together, "{last} {together}");
    // The first row is the base with its error, the second the change with its own.
    let alone = table(&document, "Stress");
    let Row::Cells(cells) = &alone.rows[1] else { panic!("{alone:?}") };
    let change = found.figures[0].alone[0].change.unwrap();
    assert_eq!((cells[1].number, cells[1].error), (Some(change.mean), Some(change.se)));
    assert!(cells[1].text.starts_with('-'), "{cells:?}");
}

#[test]
fn one_stress_alone_needs_no_bridge() {
    let suite = suite(&FILES[1..2]);
    let found = stress(&suite, &["payment".to_owned()], &settings(), &Unwatched).unwrap();
    is_whole(|language| stressed(&suite, &found, language), &[]);
}

#[test]
fn the_mildest_change_is_told_with_its_error() {
    let suite = suite(&[]);
    let limit = Limit::loss_of(&suite.base, "city").unwrap();
    let found = reverse(&suite.base, &limit, &settings(), &Unwatched).unwrap();
    is_whole(|language| reversed(&suite.base, &[], &found, language), &[]);
    let document = reversed(&suite.base, &[], &found, Language::En);
    assert!(document.subtitle.contains("[result.city]"), "{}", document.subtitle);
}

#[test]
fn changes_of_a_rate_are_in_points_and_add_up_as_written() {
    // A spread of 20 points is read with a decimal: three digits of it.
    let unit = Unit::of(Counted::Rate, Currency::new("JPY", Language::En), 0.2);
    // 1.04% to 3.06% reads 1.0% to 3.1%: that is 2.1 points, though 3.06 - 1.04 is 2.02.
    let difference = unit.difference(0.0104, 0.0306);
    assert_eq!(difference.text, "+2.1");
    let changed = unit.changed(Mean { mean: -0.02, se: 0.001 });
    assert_eq!((changed.number, changed.error), (Some(-2.0), Some(0.1)));
    assert_eq!(changed.text, "-2.0 ± 0.1");
    assert_eq!(unit.changed(Mean { mean: 0.0, se: 0.0 }).text, "0");
}
