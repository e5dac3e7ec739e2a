//! Finance: money that comes too late or cannot come back, and losses whose order is not said.

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::Finding;
use crate::contract::{Amounts, Contract};
use crate::problem::{Problem, Text, say};

pub(super) fn findings(contract: &Contract) -> Vec<Finding> {
    let mut findings = loss_order(contract);
    findings.extend(costs_before_money(contract).map(Finding::from));
    findings.extend(never_repaid(contract));
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
                        "{on} までの費用 {} に対し、それまでの拠出は {} です。残りは{}の自己負担になります",
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

/// Tranches that the most the contract can pay does not repay, even without costs or return.
fn never_repaid(contract: &Contract) -> Vec<Finding> {
    let finance = &contract.finance;
    if finance.tranches.is_empty() {
        return Vec::new();
    }
    let Some(most) = contract.payment_bounds().max else { return Vec::new() };
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
                    "`{id}` can never be repaid in full: up to its rank {} is put up, and the contract pays at most {}",
                    "投資 `{id}` は全額返済されることがありません。この順位までの拠出 {} に対し、契約の支払は最大 {} です",
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
        "raise what outcomes can pay, put up less, or state a `guarantee`",
        "成果に応じた支払を増やす、拠出を減らす、または `guarantee` を定めてください"
    )
}
