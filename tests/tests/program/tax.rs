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
let x = share("x", #{{ digits: 0, at_least: 1 }});
{pay}"#
    )
}

/// A scenario of a contract in which the outcome is 1 at every date.
fn scenario(contract: &str) -> (Memory, Scenario) {
    let files = Memory::default()
        .with("c.rhai", contract)
        .with("f.csv", "indicator,at,value,n\nx,2025-03-31,1,50\n");
    let text = "contract = \"c.rhai\"\npaths = 4\nseed = 1\n[outcomes.x]\nvalue = 1";
    let scenario = Scenario::parse(&files, &Source::new("s.toml", text))
        .unwrap_or_else(|problems| panic!("{problems:#?}"));
    (files, scenario)
}

/// What a payer pays with tax in all, as it moves in a simulation.
fn moved(scenario: &Scenario, payer: &str) -> i64 {
    let party = scenario.model.parties.iter().find(|party| party.name == payer).unwrap();
    party.flows.iter().map(|flow| -values(scenario, 1, [flow.amount])[0][0] as i64).sum()
}

/// What a payer has to be able to pay in all.
fn ceiling(scenario: &Scenario, payer: &str) -> Option<i64> {
    let contract = &scenario.contract;
    let party = contract.parties.iter().position(|party| party.id == payer).unwrap();
    let total = contract.ceiling(party).total?;
    Some(total.normalize().to_string().parse().unwrap())
}

/// What each payer pays with tax: as it is settled, as it moves in a simulation, as its report says;
/// and what it has to be able to pay.
fn paid(contract: &str) -> ([Vec<i64>; 3], [Option<i64>; 4]) {
    let (files, scenario) = scenario(contract);
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
    let moved = payers.map(|payer| moved(&scenario, payer));
    let whose = (Role::Payer, None);
    let report =
        party_report(&[&scenario], whose, Asked::default(), &Settings::default(), &Unwatched);
    let PartyReport::Payer(found) = report.unwrap() else { panic!("payers") };
    let told: Vec<i64> = found.iter().map(|of| of.payment.mean as i64).collect();
    ([settled.to_vec(), moved.to_vec(), told], payers.map(|payer| ceiling(&scenario, payer)))
}

#[test]
fn each_payer_bears_what_the_sum_so_far_adds_to_the_tax() {
    // Sums so far of 15, 30, 39 and 39 yen; a tenth of them cut to 1, 3, 3 and 3: of the 3 yen of tax
    // the first bears 1, the second 2 and the third, whose own tenth is 0.9, nothing.
    let text = contract(["yen(15)", "yen(15)", "yen(9)", "yen(0) * e[x]"]);
    let (paid, ceilings) = paid(&text);
    for told in paid {
        assert_eq!(told, [16, 17, 9, 0]);
    }
    // Behind other sums the tax of 9 yen can be a yen.
    assert_eq!(ceilings, [16, 17, 10, 0].map(Some));
}

#[test]
fn whoever_owes_nothing_bears_no_tax_and_the_ceiling_holds_the_last_yen() {
    // Sums of 9, 9, 9 and 18: the last bears the yen of the whole though a tenth of 9 is less.
    let text = contract(["yen(9)", "yen(0) * e[x]", "yen(0)", "yen(9) * e[x]"]);
    let (paid, ceilings) = paid(&text);
    for told in paid {
        assert_eq!(told, [9, 0, 0, 10]);
    }
    assert_eq!(ceilings, [9, 0, 0, 10].map(Some));
}

#[test]
fn tax_on_what_is_paid_back_is_paid_back() {
    // Sums of 25, 11, 11 and 20: taxes of 2, 1, 1 and 2. The second gets back 14 and 1 of tax.
    let text = contract(["yen(25)", "yen(-14) * e[x]", "yen(0)", "yen(9)"]);
    let (paid, ceilings) = paid(&text);
    for told in paid {
        assert_eq!(told, [27, -15, 0, 10]);
    }
    // Where money may be paid back, a tax can be more than the rate has it: by less than a yen on the
    // 2.5 of the first, by less than two on the 0.9 of the last.
    assert_eq!(ceilings, [28, 0, 0, 11].map(Some));
}

#[test]
fn a_sum_that_falls_below_nothing_spares_its_payer_the_tax_of_both_sides() {
    // With an outcome of 1 the sums are 19 and 110, 9 and -9, 19 and 40; a tenth of them, cut toward
    // nothing, 1 and 11, 0 and 0, 1 and 4. So `b` pays 91 + 10, gets back 18 and no tax on them, and
    // pays 21 + 3.
    let text = r#"
contract("t", #{ from: "2024-04-01", to: "2025-03-31", tax: added(percent(10)), rounding: down(1) });
let a = party("a", #{ role: "payer" });
let b = party("b", #{ role: "payer" });
let v = party("v", #{ role: "provider" });
evaluations([#{ at: "2024-06-30", paid: "2024-07-31" }, #{ at: "2024-09-30", paid: "2024-10-31" },
    #{ at: "2024-12-31", paid: "2025-01-31" }]);
let x = share("x", #{ digits: 0, at_least: 1 });
cap_payer(b, yen(94));
pay("one", |e| if e.number == 2 { yen(9) } else { yen(19) }, #{ by: a, to: v });
pay("two", |e| if e.number == 1 { e[x] * yen(91) } else { if e.number == 2 { yen(0) } else { e[x] * yen(21) } }, #{ by: b, to: v });
pay("back", |e| if e.number == 2 { e[x] * yen(18) } else { yen(0) }, #{ by: v, to: b });
"#;
    let (_, scenario) = scenario(text);
    assert_eq!(moved(&scenario, "b"), 107);
    // The limit of 94 and its 9.4 of tax, and less than 1 + 2 + 1 yen more: 107 at most.
    assert_eq!(ceiling(&scenario, "b"), Some(107));
}
