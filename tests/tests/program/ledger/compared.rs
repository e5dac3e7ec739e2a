//! What a ledger's settlements would have paid under another version.

use engine::analyse::compare::{Origin, Versions};
use rust_decimal::Decimal;

use super::*;

#[test]
fn both_versions_are_settled_on_what_the_ledger_holds() {
    let folder = Folder::new();
    let (mut ledger, path) = begun(&folder);
    submit(&mut ledger, FIRST, &rows(FIRST, 50, 40), None, &by("Sato")).unwrap();
    ledger.approve(2, &by("Kato")).unwrap();
    ledger.pay(2, "2025-05-31".parse().unwrap(), None, &by("Ito")).unwrap();
    submit(&mut ledger, SECOND, &rows(SECOND, 150, 140), None, &by("Sato")).unwrap();
    // By hand. As it is: 40 × 10,000 + 100,000; then 1,500,000 − 500,000. At 8,000 a head, with the
    // indicator by another name: 40 × 8,000 + 100,000 = 420,000; then 140 × 8,000 + 100,000 =
    // 1,220,000, cut to 1,500,000 − 420,000 = 1,080,000.
    let other = SCRIPT.replace("yen(10_000)", "yen(8_000)").replace("\"joined\"", "\"present\"");
    let other = Contract::parse(Source::new("other.rhai", other), &Overrides::new()).unwrap();
    for turned in [false, true] {
        let (a, b) = match turned {
            false => (contract(), other.clone()),
            true => (other.clone(), contract()),
        };
        let versions = Versions::of(a, b).unwrap();
        let settled = versions.on_ledger(&open(&path).state().unwrap()).unwrap();
        let told: Vec<_> = settled
            .past
            .iter()
            .map(|past| {
                let both = [past.a.clone().unwrap(), past.b.clone().unwrap()];
                (past.origin.clone(), past.stated.unwrap(), both)
            })
            .collect();
        let amounts = |a: i64, b: i64| {
            if turned { [Decimal::from(b), Decimal::from(a)] } else { [a, b].map(Decimal::from) }
        };
        assert_eq!(
            told,
            [
                (Origin::Ledger(2), Decimal::from(500_000), amounts(500_000, 420_000)),
                (Origin::Ledger(5), Decimal::from(1_000_000), amounts(1_000_000, 1_080_000)),
            ]
        );
    }
    // A ledger of neither is refused, and nothing was written to this one.
    let neither = SCRIPT.replace("contract(\"club\"", "contract(\"choir\"");
    let neither = Contract::parse(Source::new("c.rhai", neither), &Overrides::new()).unwrap();
    let versions = Versions::of(neither.clone(), neither).unwrap();
    let refused = versions.on_ledger(&open(&path).state().unwrap()).unwrap_err();
    assert_eq!(ids(refused), ["not-in-ledger"]);
    assert_eq!(open(&path).entries().unwrap().len(), 5);
}
