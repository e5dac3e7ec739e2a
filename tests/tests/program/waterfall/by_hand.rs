//! Waterfalls worked out by hand.

use engine::Files;
use engine::contract::{Contract, Overrides};
use engine::settle::{FinanceStatement, Request, settle};
use seika_tests::{Memory, Repository};

use super::Worked;
use super::clerk::{Day, Line};

/// A contract of two payments of so many thousand yen, exactly one and two years after money may be
/// put up.
fn financed(finance: &str) -> String {
    format!(
        r#"
contract("hand", #{{ from: "2024-04-01", to: "2026-03-31", tax: unstated(), rounding: down(1) }});
let city = party("city", #{{ role: "payer" }});
let vendor = party("vendor", #{{ role: "provider" }});
let bank = party("bank", #{{ role: "investor" }});
let fund = party("fund", #{{ role: "investor" }});
let friend = party("friend", #{{ role: "guarantor" }});
evaluations([#{{ at: "2025-03-31", paid: "2025-03-31" }}, #{{ at: "2026-03-31", paid: "2026-03-31" }}]);
let x = mean("x", #{{ digits: 0 }});
pay("all", |e| e[x] * yen(1_000));
{finance}
"#
    )
}

fn days(finance: &str, paid: [i64; 2]) -> [Day; 2] {
    let worked = Worked::on(financed(finance), &paid, None).unwrap_or_else(|why| panic!("{why}"));
    super::conserved(&worked).unwrap();
    let all = worked.contract.terms.finance.distributions.iter();
    let all: Vec<Day> = all.map(|of| worked.day(of.as_ref().unwrap())).collect();
    all.try_into().unwrap()
}

fn told(line: &Line) -> [i64; 4] {
    [line.return_paid, line.principal_paid, line.surplus, line.outstanding]
}

#[test]
fn the_second_rank_is_paid_once_the_first_is() {
    // 2% of 6,000,000 is 120,000; 4,880,000 of 5 million repay, leaving 1,120,000, on which 2% is
    // 22,400. Of 6 million then 3 repay the second rank, and 1,857,600 is left for it.
    let [first, second] = days(
        "invest(bank, #{ form: \"loan\", amount: yen(6_000_000), rank: 1, rate: percent(2) });
         invest(fund, #{ form: \"partnership\", amount: yen(3_000_000), rank: 2 });",
        [5_000, 6_000],
    );
    assert_eq!(told(&first.lines[0]), [120_000, 4_880_000, 0, 1_120_000]);
    assert_eq!(told(&first.lines[1]), [0, 0, 0, 3_000_000]);
    assert_eq!(told(&second.lines[0]), [22_400, 1_120_000, 0, 0]);
    assert_eq!(told(&second.lines[1]), [0, 3_000_000, 1_857_600, 0]);
    assert_eq!(second.account.kept, 0);
}

#[test]
fn what_the_holder_is_paid_itself_is_distributed_like_what_is_passed_on() {
    let finance =
        "invest(bank, #{ form: \"loan\", amount: yen(6_000_000), rank: 1, rate: percent(2) });
         invest(fund, #{ form: \"partnership\", amount: yen(3_000_000), rank: 2 });
         account(#{ holder: company });";
    let direct = financed(finance)
        .replace(
            "let bank =",
            "let company = party(\"company\", #{ role: \"intermediary\" });\nlet bank =",
        )
        .replace("yen(1_000));", "yen(1_000), #{ by: city, to: company });");
    let worked = Worked::on(direct, &[5_000, 6_000], None).unwrap_or_else(|why| panic!("{why}"));
    super::conserved(&worked).unwrap();
    let all = worked.contract.terms.finance.distributions.iter();
    let all: Vec<Day> = all.map(|of| worked.day(of.as_ref().unwrap())).collect();
    // As where the vendor is paid and passes it on: see above.
    assert_eq!(
        all.iter().map(|day| day.account.received).collect::<Vec<_>>(),
        [5_000_000, 6_000_000]
    );
    assert_eq!(told(&all[0].lines[0]), [120_000, 4_880_000, 0, 1_120_000]);
    assert_eq!(told(&all[1].lines[1]), [0, 3_000_000, 1_857_600, 0]);
}

#[test]
fn one_rank_shares_in_proportion_and_the_first_has_the_odd_yen() {
    // Two thirds of 1,000,000 are 666,666.67, one third 333,333.33.
    let [first, _] = days(
        "invest(bank, #{ amount: yen(2_000_000) }); invest(fund, #{ amount: yen(1_000_000) });",
        [1_000, 0],
    );
    assert_eq!(first.lines[0].principal_paid, 666_667);
    assert_eq!(first.lines[1].principal_paid, 333_333);
}

#[test]
fn a_limit_of_the_rate_leaves_what_compounds_to_nothing() {
    // 10,500,000 − 6,000,000 = 4,500,000; × 1.05 = 4,725,000, of which 4 million are principal.
    // 6 ÷ 1.05 + 4.725 ÷ 1.05² = 10. Of 10 million 5,275,000 are left to the vendor.
    let [first, second] = days(
        "invest(fund, #{ form: \"partnership\", amount: yen(10_000_000), cap_irr: percent(5) });",
        [6_000, 10_000],
    );
    assert_eq!(told(&first.lines[0]), [0, 6_000_000, 0, 4_000_000]);
    assert_eq!(told(&second.lines[0]), [0, 4_000_000, 725_000, 0]);
    assert_eq!(second.account.kept, 5_275_000);
}

#[test]
fn what_a_cap_refuses_goes_to_the_others_in_order() {
    // 1 million is repaid to each; of the 3 million left each has a half, 1,500,000. The first may
    // earn 200,000; the second has the 1,300,000 as well.
    let [_, second] = days(
        "invest(bank, #{ form: \"trust\", amount: yen(1_000_000), cap: percent(20) });
         invest(fund, #{ form: \"trust\", amount: yen(1_000_000) });",
        [0, 5_000],
    );
    assert_eq!(told(&second.lines[0]), [0, 1_000_000, 200_000, 0]);
    assert_eq!(told(&second.lines[1]), [0, 1_000_000, 2_800_000, 0]);
}

#[test]
fn a_guarantor_makes_good_what_is_due_and_is_paid_back_at_its_rank() {
    // 5 million are due and 2 paid; of the 3 missing the bank bears 1. Of 12 million the bank then
    // has the 6 outstanding, the guarantor its 2, and 4 are the vendor's.
    let [first, second] = days(
        "let loan = invest(bank, #{
             form: \"loan\", amount: yen(10_000_000), repay: [[\"2025-03-31\", yen(5_000_000)]],
         });
         guarantee(friend, #{
             of: loan, at: [[\"2025-03-31\", yen(4_000_000)]], beyond: yen(1_000_000), rank: 2,
         });",
        [2_000, 12_000],
    );
    assert_eq!((first.lines[0].principal_paid, first.lines[0].guaranteed), (2_000_000, 2_000_000));
    assert_eq!((first.lines[0].outstanding, &first.recourse[..]), (6_000_000, &[2_000_000][..]));
    assert_eq!(second.lines[0].principal_paid, 6_000_000);
    assert_eq!((second.recourse[0], second.account.kept), (0, 4_000_000));
    assert_eq!(second.account.distributed, 8_000_000);
}

#[test]
fn a_reserve_is_filled_at_its_rank_and_serves_what_comes_before_it() {
    // Of 6 million 3 are due, 2 fill the reserve, 1 waits. Of 1 million, the 1 and the 2, all go to
    // the 7 that are due at the end.
    let [first, second] = days(
        "invest(bank, #{
             form: \"loan\", amount: yen(10_000_000), repay: [[\"2025-03-31\", yen(3_000_000)]],
         });
         reserve(#{ target: yen(2_000_000), rank: 2 });",
        [6_000, 1_000],
    );
    let account = first.account;
    assert_eq!((account.reserve, account.carried), (2_000_000, 1_000_000));
    assert_eq!(told(&second.lines[0]), [0, 4_000_000, 0, 3_000_000]);
    assert_eq!((second.account.reserve, second.account.carried), (0, 0));
}

#[test]
fn a_loan_that_may_be_redeemed_early_takes_what_would_wait() {
    let [first, second] = days(
        "invest(bank, #{
             form: \"loan\", amount: yen(10_000_000), early: true,
             repay: [[\"2025-03-31\", yen(3_000_000)]],
         });",
        [6_000, 5_000],
    );
    assert_eq!((first.lines[0].principal_paid, first.account.carried), (6_000_000, 0));
    assert_eq!((second.lines[0].principal_paid, second.account.kept), (4_000_000, 1_000_000));
}

#[test]
fn a_fee_waits_for_its_rank_and_profit_is_shared_after_it() {
    // 8 million repay 7; 1 of the fee's 1.5 million is paid. Of 5.5 million the rest of the fee,
    // then 30% of 5 million for the investor and 70% for the vendor, who holds the account.
    let [first, second] = days(
        "let fund = invest(fund, #{ form: \"partnership\", amount: yen(7_000_000) });
         deferred_fee(\"fee\", [[\"2024-10-01\", yen(1_500_000)]], #{ to: vendor, rank: 2 });
         profit([[fund, percent(30)], [vendor, percent(70)]]);",
        [8_000, 5_500],
    );
    assert_eq!((first.lines[0].principal_paid, first.deferred[0]), (7_000_000, 500_000));
    assert_eq!((second.lines[0].surplus, second.account.kept), (1_500_000, 3_500_000));
    assert_eq!(second.deferred[0], 0);
}

#[test]
fn receipts_are_kept_for_costs_and_least_return_is_owed_early() {
    // 4 of 10 million are spent; 8 more are due before the second payment, so 2 of the 3 received
    // are kept. Return of at least 100,000 is owed first, then principal.
    let [first, second] = days(
        "invest(fund, #{
             form: \"partnership\", amount: yen(10_000_000),
             least: [[\"2025-03-31\", yen(100_000)]],
         });
         cost(\"delivery\", [[\"2024-06-30\", yen(4_000_000)], [\"2025-10-01\", yen(8_000_000)]]);
         account(#{ recycle: true });",
        [3_000, 0],
    );
    assert_eq!(first.account.recycled, 2_000_000);
    assert_eq!(told(&first.lines[0]), [100_000, 900_000, 0, 9_100_000]);
    assert_eq!(second.account.unspent_left, 0);
}

#[test]
fn return_that_outcomes_earn_is_paid_before_principal() {
    // 2% of 1,000,000 and 300 yen for each of the 4,000 units: 20,000 and 1,200,000.
    let [first, _] = days(
        "invest(bank, #{
             form: \"variable_loan\", amount: yen(1_000_000), rate: percent(2),
             linked: |e| e[x] * yen(300),
         });",
        [4_000, 0],
    );
    assert_eq!(told(&first.lines[0]), [1_220_000, 1_000_000, 0, 0]);
    assert_eq!(first.account.kept, 1_780_000);
}

#[test]
fn an_investor_returns_its_part_of_a_negative_payment_and_no_more_than_it_had() {
    let [first, second] = days("invest(fund, #{ amount: yen(2_000_000) });", [3_000, -5_000]);
    assert_eq!(told(&first.lines[0]), [0, 2_000_000, 1_000_000, 0]);
    assert_eq!(second.lines[0].paid_back, 3_000_000);
    assert_eq!((second.account.paid_back, second.account.made_up), (3_000_000, 2_000_000));
}

const KOBE: &str = "scripts/contracts/kobe-kidney-financed.rhai";

fn kobe(at: &str, figures: &str) -> FinanceStatement {
    let contract = Contract::read(&Repository, KOBE, &Overrides::new()).unwrap();
    let files: Box<dyn Files> = if figures.is_empty() {
        Box::new(Repository)
    } else {
        Box::new(Memory::default().with("tests/data/kobe-figures.csv", figures))
    };
    let request = Request {
        evidence: vec!["tests/data/kobe-figures.csv".into()],
        at: Some(at.parse().unwrap()),
        ..Request::default()
    };
    settle(&contract, &*files, &request).unwrap().finance.unwrap()
}

#[test]
fn the_investors_of_kobe_got_back_what_was_published() {
    // 26.20 million at the interim date, all passed to them; 3.23 million at the end: 29.43 of 31.15
    // million, 5.5% less than they put up.
    let interim = kobe("2018-07-31", "");
    let tranche = &interim.tranches[0];
    assert_eq!(tranche.principal_paid, 26_200_000.into());
    assert_eq!(tranche.outstanding, 4_950_000.into());
    let last = kobe("2020-10-09", "");
    let tranche = &last.tranches[0];
    assert_eq!(tranche.principal_paid, 3_232_425.into());
    assert_eq!(tranche.outstanding, 1_717_575.into());
    // Raised for costs, and spent on them.
    let account = last.account.unwrap();
    assert_eq!((account.unspent_left, account.kept), (0.into(), 0.into()));
    let kinds: Vec<&str> = last.flows.iter().map(|flow| flow.kind).collect();
    assert_eq!(kinds, ["cost", "passed_on", "principal"]);
    let paid: Vec<&str> = last.flows.iter().map(|flow| flow.to.as_str()).collect();
    assert_eq!(paid, ["evaluator", "trust", "investors"]);
}

#[test]
fn the_limit_of_kobe_s_investors_binds_when_everything_is_achieved() {
    // By forty digits: 31,150,000 × 1.05^(1 + 92/365) is 33,112,213 and a part of a yen; less
    // 26,200,000, × 1.05^(2 + 31/365) is 7,652,359. The city pays 7,860,000.
    let figures = "indicator,at,value,n\ncompletion,2018-07-31,1,105\nlifestyle,2018-07-31,1,105\n\
                   egfr,2020-10-09,0.9,105\n";
    let last = kobe("2020-10-09", figures);
    let tranche = &last.tranches[0];
    assert_eq!(tranche.principal_paid, 4_950_000.into());
    assert_eq!(tranche.principal_paid + tranche.surplus, 7_652_359.into());
    assert_eq!(last.account.unwrap().kept, 207_641.into());
}
