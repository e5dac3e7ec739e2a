//! What a scenario says each tranche and each party pays and receives, day by day.

use std::collections::BTreeMap;

use engine::problem::{Language, Source};
use engine::scenario::{CashFlow, DayTime, Scenario};
use engine::simulate::{Settings, simulate};
use seika_tests::{Memory, Unwatched, values};

const CONTRACT: &str = r#"
contract("cash", #{ from: "2024-04-01", to: "2026-03-31", tax: added(percent(10)), rounding: down(1) });
let city = party("city", #{ role: "payer" });
let state = party("state", #{ role: "payer" });
let vendor = party("vendor", #{ role: "provider" });
let judge = party("judge", #{ role: "evaluator" });
let company = party("company", #{ role: "intermediary" });
let bank = party("bank", #{ role: "investor" });
let fund = party("fund", #{ role: "investor" });
let friend = party("friend", #{ role: "guarantor" });
evaluations([#{ at: "2025-03-31", paid: "2025-03-31" }, #{ at: "2026-03-31", paid: "2026-05-31" }]);
let x = mean("x", #{ digits: 0 });
pay("outcome", |e| e[x] * yen(10_000), #{ by: [[city, 1], [state, 2]], to: vendor });
pay("judged", |e| yen(300_000), #{ by: city, to: judge });
let loan = invest(bank, #{
    form: "loan", amount: yen(6_000_000), rate: percent(2), rank: 1,
    drawdown: [["2024-04-01", yen(4_000_000)], ["2024-10-01", yen(2_000_000)]],
});
let equity = invest(fund, #{
    form: "partnership", amount: yen(2_000_000), rank: 2, cap_irr: percent(8),
    linked: |e| e[x] * yen(200),
});
account(#{ holder: company, recycle: true });
cost("delivery", [["2024-05-31", yen(5_000_000)], ["2025-06-30", yen(4_000_000)]], #{ by: company, to: vendor });
cost("staff", |e| e[x] * yen(3_000), #{ by: vendor });
deferred_fee("fee", [["2024-04-01", yen(500_000)]], #{ to: vendor, rank: 3 });
guarantee(friend, #{ of: loan, most: yen(1_000_000), rank: 4 });
profit([[equity, percent(50)], [vendor, percent(50)]]);
"#;

const OUTCOMES: &str = "[outcomes.x]\nmean = \"normal(350, 150)\"\nsd = 100\nn = 400";

fn scenario(contract: &str, outcomes: &str) -> Scenario {
    let files = Memory::default().with("c.rhai", contract);
    let text = format!("contract = \"c.rhai\"\npaths = 4000\nseed = 9\n{outcomes}");
    Scenario::parse(&files, &Source::new("s.toml", text))
        .unwrap_or_else(|problems| panic!("{problems:#?}"))
}

/// The values of flows on the first paths.
fn on_paths(scenario: &Scenario, flow: &CashFlow) -> Vec<f64> {
    let [values] = values(scenario, 1_000, [flow.amount]);
    values
}

#[test]
fn the_flows_of_all_parties_sum_to_nothing_on_every_day_of_every_path() {
    let scenario = scenario(CONTRACT, OUTCOMES);
    let mut days: BTreeMap<_, Vec<f64>> = BTreeMap::new();
    let model = &scenario.model;
    for flows in model.parties.iter().map(|party| &party.flows).chain([&model.outside]) {
        for flow in flows {
            let sum = days.entry((flow.on, flow.time)).or_insert_with(|| vec![0.0; 1_000]);
            for (sum, amount) in sum.iter_mut().zip(on_paths(&scenario, flow)) {
                *sum += amount;
            }
        }
    }
    // Two drawdowns, two stated costs, two payments.
    assert_eq!(days.len(), 6, "{:?}", days.keys());
    for (day, sums) in days {
        assert!(sums.iter().all(|sum| *sum == 0.0), "{day:?}");
    }
}

#[test]
fn a_tranche_s_flows_are_its_investor_s() {
    let scenario = scenario(CONTRACT, OUTCOMES);
    let model = &scenario.model;
    let names: Vec<&str> = model.tranches.iter().map(|of| of.name.as_str()).collect();
    assert_eq!(names, ["bank", "fund"]);
    for tranche in &model.tranches {
        let party = model.parties.iter().find(|party| party.name == tranche.investor).unwrap();
        assert_eq!(tranche.flows, party.flows);
        assert_eq!(tranche.flows[0].time, DayTime::Opening);
        assert_eq!(tranche.flows[0].on.to_string(), "2024-04-01");
    }
    assert_eq!(on_paths(&scenario, &model.tranches[0].flows[0])[0], -4_000_000.0);
    // The staff of two payments.
    assert_eq!(model.outside.len(), 2);
}

#[test]
fn the_rate_of_a_limited_investor_never_exceeds_its_limit() {
    let scenario = scenario(CONTRACT, OUTCOMES);
    let found = simulate(&scenario, &Settings::default(), &Unwatched).unwrap();
    let fund = found.investors.iter().find(|of| of.name == "fund").unwrap();
    let rate = fund.rate.unwrap();
    assert!(rate.max <= 0.08 + 1e-9 && rate.max > 0.079, "{rate:?}");
    assert!(rate.min < 0.0 && fund.loss.value > 0.0, "{rate:?}");
    let json = found.to_json(Language::En);
    assert_eq!(json["investors"].as_array().unwrap().len(), 2);
}

#[test]
fn a_loan_that_is_always_repaid_earns_its_interest() {
    // 2% of 4 million from 1 April 2024 and of 2 million from 1 October, repaid with 31 March: one
    // year, and 182 days. 4,000,000 × 1.02 and 2,000,000 × (1 + 0.02 × 182 ÷ 365).
    let certain = scenario(CONTRACT, "[outcomes.x]\nvalue = 800");
    let found = simulate(&certain, &Settings::default(), &Unwatched).unwrap();
    let bank = found.investors.iter().find(|of| of.name == "bank").unwrap();
    let interest = 80_000.0 + (2_000_000.0_f64 * 0.02 * 182.0 / 365.0).floor();
    let loan = &certain.model.tranches[0];
    let received = loan.flows.iter().filter(|flow| flow.time == DayTime::Closing);
    let received: f64 = received.map(|flow| on_paths(&certain, flow)[0]).sum();
    assert_eq!(received, 6_000_000.0 + interest);
    assert!((bank.multiple.mean - received / 6_000_000.0).abs() < 1e-12);
    // Simple and compound interest differ by less than a tenth of a per cent here.
    assert!((bank.rate.unwrap().mean - 0.02).abs() < 1e-4, "{bank:?}");
}
