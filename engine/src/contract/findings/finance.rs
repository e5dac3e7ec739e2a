//! Finance: money that comes too late or cannot come back, and losses whose order is not said.

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::Finding;
use crate::contract::{Amounts, Contract, Role};
use crate::problem::{Problem, Text, say};

pub(super) fn findings(contract: &Contract) -> Vec<Finding> {
    let mut findings = loss_order(contract);
    findings.extend(costs_before_money(contract).map(Finding::from));
    findings.extend(never_repaid(contract));
    findings.extend(paid_past_the_account(contract));
    findings
}

/// Who loses first is what investors ask before anything else.
fn loss_order(contract: &Contract) -> Vec<Finding> {
    let tranches = &contract.finance.tranches;
    if tranches.len() < 2 {
        return Vec::new();
    }
    let unstated = tranches.iter().filter(|tranche| !tranche.rank_stated);
    let findings = unstated.map(|tranche| {
        let id = &tranche.id;
        let problem = Problem::warning(
            "loss-order-unstated",
            say!(
                "the rank of `{id}` among the investments is not stated; it is taken as 1, paid first",
                "投資 `{id}` の順位が定められていません。1（最優先）とみなします"
            ),
        )
        .help(say!(
            "state who is repaid first and who bears the first loss: `rank: 1`, `rank: 2`",
            "誰が先に返済を受け、誰が先に損失を負うかを定めてください: `rank: 1`、`rank: 2`"
        ))
        .maybe_at(tranche.place.clone());
        Finding::from(problem).of(id.clone())
    });
    findings.collect()
}

/// The first day on which costs of the account's holder are more than what was put up by then.
fn costs_before_money(contract: &Contract) -> Option<Problem> {
    let finance = &contract.finance;
    let holder = finance.holder?;
    // Where receipts are kept for costs, later costs rest on payments.
    let first_payment = contract.evaluations.iter().map(|evaluation| evaluation.paid).min();
    let until = first_payment.filter(|_| finance.recycle.is_some());
    let mut costs: Vec<(Date, Decimal)> = Vec::new();
    for cost in finance.costs.iter().filter(|cost| cost.by == holder) {
        if let Amounts::Dated(dated) = &cost.amount {
            costs.extend(dated);
        }
    }
    costs.sort_unstable();
    let drawdowns = || finance.tranches.iter().flat_map(|tranche| &tranche.drawdowns);
    let initial = finance.reserve.map_or(Decimal::ZERO, |reserve| reserve.initial);
    let mut spent = Decimal::ZERO;
    for (at, (on, amount)) in costs.iter().enumerate() {
        spent += amount;
        let next = costs.get(at + 1).is_some_and(|(next, _)| next == on);
        if next || until.is_some_and(|until| *on > until) {
            continue;
        }
        let drawn: Decimal =
            drawdowns().filter(|(day, _)| day <= on).map(|(_, amount)| *amount).sum();
        let drawn = drawn - initial;
        if spent > drawn {
            let (spent, drawn) = (contract.amount_words(spent), contract.amount_words(drawn));
            let holder = contract.parties[holder].name.clone();
            return Some(
                Problem::warning(
                    "costs-before-money",
                    say!(
                        "by {on} costs come to {}, and only {} is put up by then; {} would pay the rest of its own",
                        "{on} までの費用{}に対し、それまでの拠出は{}です。残りは{}の自己負担になります",
                        spent,
                        drawn,
                        holder
                    ),
                )
                .help(say!(
                    "draw down earlier or more, keep receipts for costs with `account(#{{ recycle: true }})`, or let another party bear them",
                    "拠出を早めるか増やす、`account(#{{ recycle: true }})` で受取を費用に充てる、または負担者を変えてください"
                ))
                .maybe_at(finance.tranches.first().and_then(|tranche| tranche.place.clone())),
            );
        }
    }
    None
}

/// Tranches that the most the account can receive does not repay, even without costs or return.
fn never_repaid(contract: &Contract) -> Vec<Finding> {
    let finance = &contract.finance;
    if finance.tranches.is_empty() {
        return Vec::new();
    }
    let Some(received) = contract.received_most() else { return Vec::new() };
    // What was put up and is not spent comes back as well.
    let most = received + given_back(contract);
    let mut findings = Vec::new();
    for (at, tranche) in finance.tranches.iter().enumerate() {
        let before: Decimal = finance
            .tranches
            .iter()
            .enumerate()
            .filter(|(other, of)| *other != at && of.rank < tranche.rank)
            .map(|(_, of)| of.drawn())
            .sum();
        let same = finance.tranches.iter().filter(|of| of.rank == tranche.rank);
        let wanted: Decimal = before + same.map(|of| of.drawn()).sum::<Decimal>();
        let guaranteed = finance.guarantees.iter().any(|guarantee| guarantee.of.contains(&at));
        if guaranteed || wanted <= most {
            continue;
        }
        let id = &tranche.id;
        let (most, wanted) = (contract.amount_words(most), contract.amount_words(wanted));
        let problem =
            Problem::warning(
                "never-repaid",
                say!(
                    "`{id}` can never be repaid in full: up to its rank {} is put up, and the account receives at most {}",
                    "投資 `{id}` は全額返済されることがありません。この順位までの拠出{}に対し、口座が受け取るのは最大{}です",
                    wanted,
                    most
                ),
            )
            .help(never_repaid_help())
            .maybe_at(tranche.place.clone());
        findings.push(Finding::from(problem).of(id.clone()));
    }
    findings
}

fn never_repaid_help() -> Text {
    say!(
        "raise what outcomes can pay to the account, put up less, or state a `guarantee`",
        "口座に入る成果に応じた支払を増やす、拠出を減らす、または `guarantee` を定めてください"
    )
}

/// What is put up and comes back to the account at most: the reserve's beginning, or all that costs
/// of the holder leave where that is distributed.
fn given_back(contract: &Contract) -> Decimal {
    let finance = &contract.finance;
    let initial = finance.reserve.map_or(Decimal::ZERO, |reserve| reserve.initial);
    if !finance.unspent_distributed {
        return initial;
    }
    let drawn: Decimal = finance.tranches.iter().map(|tranche| tranche.drawn()).sum();
    let own = finance.costs.iter().filter(|cost| Some(cost.by) == finance.holder);
    let spent = own.map(|cost| match &cost.amount {
        Amounts::Dated(dated) => dated.iter().map(|(_, amount)| *amount).sum(),
        Amounts::Linked(_) => Decimal::ZERO,
    });
    (drawn - spent.sum::<Decimal>()).max(initial)
}

/// Lines that pay an intermediary which does not hold the account: investors see nothing of them.
fn paid_past_the_account(contract: &Contract) -> Vec<Finding> {
    let Some(holder) = contract.finance.holder else { return Vec::new() };
    let mut findings = Vec::new();
    for line in &contract.lines {
        let past = |to: usize| contract.parties[to].role == Role::Intermediary && to != holder;
        let Some(share) = line.shares.iter().find(|share| past(share.to)) else { continue };
        let (id, paid) = (&line.id, &contract.parties[share.to].id);
        let problem = Problem::warning(
            "paid-past-account",
            say!(
                "`{id}` pays `{paid}`, which does not hold the account: investors receive nothing of it",
                "`{id}` の支払先 `{paid}` は口座の管理者ではないため、資金提供者には分配されません"
            ),
        )
        .help(say!(
            "let it hold the account, `account(#{{ holder: {paid} }})`, or pay the provider or the holder: `to`",
            "`account(#{{ holder: {paid} }})` で口座の管理者とするか、支払先 `to` を受託者か口座の管理者にしてください"
        ))
        .maybe_at(line.place.clone());
        findings.push(Finding::from(problem).of(id.clone()));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Source;

    /// What is found of a contract of two payments, of which these lines say more.
    fn found(more: &str) -> Vec<(&'static str, Vec<String>)> {
        found_under("cap: yen(11_000_000), tax: added(percent(10)), rounding: down(1)", more)
    }

    /// The same with these terms of the contract.
    fn found_under(header: &str, more: &str) -> Vec<(&'static str, Vec<String>)> {
        let script = format!(
            r#"contract("c", #{{ from: "2024-04-01", to: "2026-05-31", {header} }});
            let city = party("city", #{{ role: "payer" }});
            let vendor = party("vendor", #{{ role: "provider" }});
            let company = party("company", #{{ role: "intermediary" }});
            let judge = party("judge", #{{ role: "evaluator" }});
            let fund = party("fund", #{{ role: "investor" }});
            evaluations([#{{ at: "2025-03-31", paid: "2025-04-30" }},
                #{{ at: "2026-03-31", paid: "2026-04-30" }}]);
            let x = share("x", #{{ of: |p| p.yes, digits: 2 }});
            {more}"#
        );
        let contract = Contract::parse(Source::new("c.rhai", script), &Default::default());
        let contract = contract.unwrap_or_else(|problems| panic!("{problems:#?}"));
        let found = findings(&contract).into_iter();
        found.filter(|of| of.id != "costs-before-money").map(|of| (of.id, of.of)).collect()
    }

    #[test]
    fn an_investment_is_held_against_what_can_reach_the_account() {
        // At most 5 million are paid to the provider at each date and half a million to the judge: of the
        // 11 million that the contract pays, 12.1 with tax, 10 reach the account.
        let pay = "pay(\"a\", |e| linear(e[x], [0, yen(0)], [1, yen(5_000_000)]), #{ to: vendor });\n\
                   pay(\"b\", |e| yen(500_000), #{ to: judge });\n";
        let never = ("never-repaid", vec!["fund".to_owned()]);
        let of = |invest: &str| found(&format!("{pay}invest(fund, #{{ {invest} }});"));
        assert_eq!(of("amount: yen(10_000_000)"), []);
        assert_eq!(of("amount: yen(10_000_001)"), std::slice::from_ref(&never));
        // The first payment comes before the money is put up.
        assert_eq!(of("amount: yen(5_000_000), at: \"2025-05-01\""), []);
        assert_eq!(of("amount: yen(5_000_001), at: \"2025-05-01\""), [never]);
        // What is not spent comes back where that is agreed.
        let unspent = "amount: yen(12_000_000) }); account(#{ unspent: \"distribute\"";
        assert_eq!(of(unspent), []);
    }

    #[test]
    fn what_is_rounded_up_reaches_the_account() {
        // 100,500 yen are rounded to 101,000 at each of the two dates.
        let of = |amount: &str| {
            let more = format!(
                "pay(\"a\", |e| linear(e[x], [0, yen(0)], [1, yen(100_500)]), #{{ to: vendor }});\n\
                 invest(fund, #{{ amount: yen({amount}) }});"
            );
            found_under("cap: yen(1_000_000), tax: unstated(), rounding: half_up(1000)", &more)
        };
        assert_eq!(of("202_000"), []);
        assert_eq!(of("203_000"), [("never-repaid", vec!["fund".to_owned()])]);
    }

    #[test]
    fn what_others_pay_back_lets_the_account_have_more_than_the_cap() {
        // 150,000 yen to the account and 50,000 back from the judge at each date: 200,000 in all, the
        // cap, of which the account has 300,000.
        let of = |amount: &str| {
            let more = format!(
                "pay(\"a\", |e| linear(e[x], [0, yen(0)], [1, yen(150_000)]), #{{ to: vendor }});\n\
                 pay(\"back\", |e| yen(-50_000), #{{ to: judge }});\n\
                 invest(fund, #{{ amount: yen({amount}) }});"
            );
            found_under("cap: yen(200_000), tax: unstated(), rounding: down(1)", &more)
        };
        assert_eq!(of("300_000"), []);
        assert_eq!(of("300_001"), [("never-repaid", vec!["fund".to_owned()])]);
    }

    #[test]
    fn a_payment_past_the_account_is_told() {
        let text = |holder: &str| {
            format!(
                "pay(\"a\", |e| linear(e[x], [0, yen(0)], [1, yen(5_000_000)]), #{{ to: vendor }});\n\
                 pay(\"fee\", |e| yen(200_000), #{{ to: company }});\n\
                 invest(fund, #{{ amount: yen(1_000_000) }});\naccount(#{{ holder: {holder} }});"
            )
        };
        assert_eq!(found(&text("vendor")), [("paid-past-account", vec!["fee".to_owned()])]);
        assert_eq!(found(&text("company")), []);
    }
}
