//! Findings on the contracts of towns, as far as those are published.

use super::*;
use crate::contract::findings::Counterexample;

/// Hachioji's published bounds, limits and number of people; the jump of 1,745,000 is derived.
#[test]
fn the_jump_of_hachioji_is_told_per_person() {
    let found = with(&[
        (
            PARTICIPATION,
            "linear(e[part], [percent(79), yen(0)], [percent(87), yen(4_880_000)], #{ jump: yen(1_745_000) })",
        ),
        (
            "at_least: 20, source: \"register\"",
            "at_least: 20, population: 3119, source: \"register\"",
        ),
        ("without: 0.3,", "without: 0.78,"),
    ]);
    // 79.0% is read from 78.95% on: 2,463 of 3,119 are 78.97%, 2,462 are 78.94%.
    let (en, ja) = message(&found, "one-person-decides");
    assert_eq!(
        en,
        "in \"participation\", one person more is worth 1,745,000 yen: \
         with 2462 of 3119 \"part\" is 78.9%, with 2463 it is 79%"
    );
    assert!(ja.contains("3119人中2462人なら「part」は78.9%、2463人なら79%です"), "{ja}");
    let finding = found.iter().find(|found| found.id == "one-person-decides").unwrap();
    let paid: Vec<_> = finding.examples.iter().map(|shown| shown.payable).collect();
    assert_eq!(paid[1] - paid[0], 1_745_000.into());
}

/// Four equal steps of people counted, as in Maebashi; the numbers between are made up. The third
/// step ends below 41,410, the fourth begins above it: 41,410 itself is in neither.
#[test]
fn a_value_between_two_steps_that_neither_pays_is_a_gap() {
    let steps = |below: &str| {
        format!(
            "count(\"walkers\", #{{ of: |p| p.walks == 1, at_least: 20, missing: \"as_no\", source: \"counter\" }}); \
             pay(\"third\", |e| if e[\"walkers\"] >= 40000 && e[\"walkers\"] {below} 41410 {{ yen(1_425_000) }} else {{ yen(0) }}, #{{ clause: \"6\" }}); \
             pay(\"fourth\", |e| if e[\"walkers\"] > 41410 {{ yen(2_850_000) }} else {{ yen(0) }}, #{{ clause: \"6\" }});\nexample("
        )
    };
    let example = ("fall: 5, part: 0.4 }", "fall: 5, part: 0.4, walkers: 0 }");
    let found = with(&[example, ("example(", &steps("<"))]);
    assert!(
        told(&found).iter().any(|(severity, id, _)| *severity == Error && *id == "gap"),
        "{:?}",
        told(&found)
    );
    let gap = found.iter().find(|found| found.id == "gap").unwrap();
    let values: Vec<String> =
        gap.examples[1].dates[0].outcomes.values().map(ToString::to_string).collect();
    assert!(values.contains(&"41410".to_owned()), "{values:?}");
    let mended = with(&[example, ("example(", &steps("<="))]);
    assert!(!told(&mended).iter().any(|(_, id, _)| *id == "gap" || *id == "payment-falls"));
}

/// Mima was judged year by year and lost 108,000 yen although the five years together met both
/// targets; the size of its steps is not published.
#[test]
fn years_judged_one_by_one_are_shown_against_their_average() {
    let found = with(&[
        (ACCEPTED, ""),
        (PARTICIPATION, "all_or_nothing(e[part] >= 0.4, yen(54_000))"),
        ("yen(7_000_000));", "yen(5_054_000));"),
    ]);
    let told = found.iter().filter(|found| found.id == "carry-over-unstated");
    let told: Vec<&Finding> = told.filter(|found| found.of == ["participation"]).collect();
    let [uneven, even] = &told[0].examples[..] else { panic!("{told:?}") };
    assert_eq!(even.payable - uneven.payable, 54_000.into());
    let part = |shown: &Counterexample| -> rust_decimal::Decimal {
        shown.dates.iter().map(|date| date.outcomes[&1]).sum()
    };
    assert_eq!(part(uneven), part(even));
    // Stated either way, there is nothing to tell.
    let stated = with(&[(ACCEPTED, ""), ("clause: \"5-3\"", "clause: \"5-3\", basis: \"each\"")]);
    assert!(stated.iter().all(|found| found.of != ["participation"]));
}
