//! What documents for each party say.

use super::*;
use crate::analyse::parties::{Asked, party_report};
use crate::contract::Role;
use crate::report::chart::Cell;
use crate::report::document::Block;
use crate::report::example::{is_whole, number, scenario, settings, table};
use crate::simulate::Unwatched;

fn reported(role: Role) -> (Scenario, PartyReport) {
    let scenario = scenario();
    let asked = Asked::default();
    let report = party_report(&[&scenario], (role, None), asked, &settings(), &Unwatched);
    let report = report.unwrap_or_else(|problems| panic!("{problems:#?}"));
    (scenario, report)
}

#[test]
fn a_payer_sees_its_years_and_who_saves() {
    let (scenario, report) = reported(Role::Payer);
    let document = |language| to_parties(&scenario, &settings(), &report, language);
    is_whole(document, &["payment-by-year-city", "savings"]);
    let document = document(Language::En);
    let PartyReport::Payer(all) = &report else { panic!("{report:?}") };
    let years = table(&document, "Payment by fiscal year");
    assert_eq!(number(years, 0, 1), all[0].years[0].payment.mean);
    // What is at most paid is exact: the whole ramp, 4,000,000 yen, at each evaluation.
    assert_eq!([0, 1, 2].map(|row| number(years, row, 5)), [4e6, 4e6, 8e6]);
    let chart = document.charts().nth(1).unwrap();
    let names: Vec<&Cell> = chart.table.rows.iter().map(|row| &row[0]).collect();
    let [city, insured] = [["City", "市"], ["Insured", "被保険者"]]
        .map(|[en, ja]| Cell::Text(crate::problem::Text { en: en.into(), ja: ja.into() }));
    // The city pays and saves, the insured save.
    assert_eq!(names, [&city, &insured]);
    let points = document.blocks.iter().find_map(|block| match block {
        Block::Points(points) => Some(points),
        _ => None,
    });
    assert!(points.unwrap()[0].starts_with("Expected payment: JPY "), "{points:?}");
}

#[test]
fn an_investor_sees_how_the_return_spreads() {
    let (scenario, report) = reported(Role::Investor);
    let PartyReport::Investor(all) = &report else { panic!("{report:?}") };
    let name = &all[0].name;
    let names = [format!("rate-{name}"), format!("multiple-{name}")];
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let document = |language| to_parties(&scenario, &settings(), &report, language);
    is_whole(document, &names);
    let document = document(Language::En);
    let brings = table(&document, "What the money brings");
    let rate = all[0].scenarios[0].irr.unwrap();
    // A rate is a number of its own, a fraction that is shown in percent.
    assert_eq!(number(brings, 0, 1), rate.mean);
    let spread = table(&document, "Rate of return per year");
    assert_eq!(spread.heads[2].1, Side::Bar);
}

#[test]
fn the_provider_and_the_evaluator_have_tables_alone() {
    for role in [Role::Provider, Role::Evaluator] {
        let (scenario, report) = reported(role);
        is_whole(|language| to_parties(&scenario, &settings(), &report, language), &[]);
    }
}
