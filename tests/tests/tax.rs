//! Tax that is added, among several payers: one rule wherever it is told.

use engine::analyse::parties::{Asked, PartyReport, party_report};
use engine::contract::Role;
use engine::problem::Source;
use engine::scenario::Scenario;
use engine::settle::{Request, settle};
use engine::simulate::Settings;
use rust_decimal::Decimal;
use seika_tests::{Memory, Unwatched, values};

/// Four payers at one evaluation, each with a line of its own; amounts of the order of a yen, so
/// that every truncation shows.
fn contract(amounts: [&str; 4]) -> String {
    let pay: String = ["a", "b", "c", "d"]
        .iter()
        .zip(amounts)
        .map(|(payer, amount)| {
            format!("pay(\"{payer}\", |e| {amount}, #{{ by: {payer}, to: vendor }});\n")
        })
        .collect();
    format!(
        r#"
contract("t", #{{ from: "2024-04-01", to: "2025-05-31", tax: added(percent(10)), rounding: down(1) }});
let a = party("a", #{{ role: "payer" }});
let b = party("b", #{{ role: "payer" }});
let c = party("c", #{{ role: "payer" }});
let d = party("d", #{{ role: "payer" }});
let vendor = party("vendor", #{{ role: "provider" }});
evaluations([#{{ at: "2025-03-31", paid: "2025-04-30" }}]);
let x = mean("x", #{{ digits: 0, at_least: 1 }});
{pay}"#
    )
}

/// What each payer pays with tax: as it is settled, as it moves in a simulation, as its report says.
fn paid(contract: &str) -> [Vec<i64>; 3] {
    let files = Memory::default()
        .with("c.rhai", contract)
        .with("f.csv", "indicator,at,value,n\nx,2025-03-31,1,50\n");
    let text = "contract = \"c.rhai\"\npaths = 4\nseed = 1\n[outcomes.x]\nvalue = 1";
    let scenario = Scenario::parse(&files, &Source::new("s.toml", text))
        .unwrap_or_else(|problems| panic!("{problems:#?}"));
    let request = Request { evidence: vec!["f.csv".into()], ..Request::default() };
    let statement = settle(&scenario.contract, &files, &request).unwrap();
    let payers = ["a", "b", "c", "d"];
    let settled: [i64; 4] = payers.map(|payer| {
        let part = |who: &str, sign: i64| -> Decimal {
            let own = statement.flows.iter().filter(|flow| match sign {
                1 => flow.from == who,
                _ => flow.to == who,
            });
            own.map(|flow| flow.amount * Decimal::from(sign)).sum()
        };
        (part(payer, 1) + part(payer, -1)).normalize().to_string().parse().unwrap()
    });
    assert!(statement.flows.iter().all(|flow| flow.amount > Decimal::ZERO));
    let whole: i64 = statement.payable.normalize().to_string().parse().unwrap();
    assert_eq!(settled.iter().sum::<i64>(), whole);
    let moved = payers.map(|payer| {
        let party = scenario.model.parties.iter().find(|party| party.name == payer).unwrap();
        let flows = party.flows.iter();
        flows.map(|flow| -values(&scenario, 1, [flow.amount])[0][0] as i64).sum()
    });
    let whose = (Role::Payer, None);
    let report =
        party_report(&[&scenario], whose, Asked::default(), &Settings::default(), &Unwatched);
    let PartyReport::Payer(found) = report.unwrap() else { panic!("payers") };
    let told: Vec<i64> = found.iter().map(|of| of.payment.mean as i64).collect();
    for (payer, told) in found.iter().zip(&told) {
        let ceiling = scenario.contract.ceiling(payer.party);
        let holds = ceiling.total.is_none_or(|most| most >= Decimal::from(*told));
        assert!(holds, "{ceiling:?} for {told}");
    }
    [settled.to_vec(), moved.to_vec(), told]
}

#[test]
fn each_payer_bears_what_the_sum_so_far_adds_to_the_tax() {
    // Sums so far of 15, 30, 39 and 39 yen; a tenth of them cut to 1, 3, 3 and 3: of the 3 yen of tax
    // the first bears 1, the second 2 and the third, whose own tenth is 0.9, nothing.
    let text = contract(["yen(15)", "yen(15)", "yen(9)", "yen(0) * e[x]"]);
    for told in paid(&text) {
        assert_eq!(told, [16, 17, 9, 0]);
    }
}

#[test]
fn whoever_owes_nothing_bears_no_tax_and_the_ceiling_holds_the_last_yen() {
    // Sums of 9, 9, 9 and 18: the last bears the yen of the whole though a tenth of 9 is less.
    let text = contract(["yen(9)", "yen(0) * e[x]", "yen(0)", "yen(9) * e[x]"]);
    for told in paid(&text) {
        assert_eq!(told, [9, 0, 0, 10]);
    }
}

#[test]
fn tax_on_what_is_paid_back_is_paid_back() {
    // Sums of 25, 11, 11 and 20: taxes of 2, 1, 1 and 2. The second gets back 14 and 1 of tax.
    let text = contract(["yen(25)", "yen(-14) * e[x]", "yen(0)", "yen(9)"]);
    for told in paid(&text) {
        assert_eq!(told, [27, -15, 0, 10]);
    }
}
