//! What an indicator rests on: the options of every indicator that change no payment.

use rust_decimal::Decimal;

use crate::contract::grounds::{Grounds, Method, Obtained};
use crate::problem::say;
use crate::script::Options;

/// Options of every indicator.
pub(super) const KEYS: &[&str] = &[
    "issue",
    "without",
    "without_source",
    "history",
    "population",
    "method",
    "reason",
    "obtained",
    "verified",
    "owner",
    "available_days",
    "exclusions",
];

pub(super) fn read(options: &Options, word: &str) -> Grounds {
    let without = options.amount("without");
    let above_one =
        |value: Decimal| word == "share" && !options.has("baseline") && value > Decimal::ONE;
    if without.is_some_and(above_one) {
        options.wrong("without", say!("a fraction: percent(9)", "0〜1 の割合: percent(9)"));
    }
    let history = history(options);
    if history.iter().any(|value| above_one(*value)) {
        options.wrong(
            "history",
            say!(
                "fractions: [percent(9), percent(9.4)]",
                "0〜1 の割合: [percent(9), percent(9.4)]"
            ),
        );
    }
    let population = options.count("population");
    if population == Some(0) {
        options.wrong("population", say!("a whole number of at least 1", "1 以上の整数"));
    }
    Grounds {
        issue: options.title("issue"),
        without,
        without_source: options.title("without_source"),
        history,
        population: population.filter(|people| *people > 0),
        method: options.choice("method", Method::ALL),
        reason: options.title("reason"),
        obtained: options.choice("obtained", Obtained::ALL),
        verified: options.title("verified"),
        owner: options.title("owner"),
        available_days: options.count("available_days"),
        exclusions: options.has("exclusions").then(|| options.titles("exclusions")),
    }
}

fn history(options: &Options) -> Vec<Decimal> {
    let Some(value) = options.value("history") else { return Vec::new() };
    let list = value.into_array().ok();
    let read: Option<Vec<Decimal>> =
        list.and_then(|list| list.iter().map(|value| options.amount_of(value)).collect());
    read.unwrap_or_else(|| {
        options.wrong(
            "history",
            say!("numbers in a list: [0.21, 0.22, 0.20]", "数の並び: [0.21, 0.22, 0.20]"),
        );
        Vec::new()
    })
}
