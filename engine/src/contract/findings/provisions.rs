//! What a contract does not provide for.

use super::Finding;
use crate::contract::{Contract, CostKind, DataKind, Role, Topic};
use crate::problem::{Problem, Text, say};

pub(super) fn findings(contract: &Contract) -> Vec<Finding> {
    let lacks = |topic: Topic| contract.provision(topic).is_none();
    let years: Vec<i16> = contract.evaluations.iter().map(|known| known.fiscal_year()).collect();
    let first =
        if contract.from.month() >= 4 { contract.from.year() } else { contract.from.year() - 1 };
    let later = years.iter().any(|year| *year > first);
    // Where no row of a person is read, no personal data come to the parties.
    let of_people = contract.rows.kind != Some(DataKind::Anonymised)
        && contract.rows.kind != Some(DataKind::Statistics)
        && contract
            .indicators
            .iter()
            .any(|indicator| indicator.who.is_some() || !indicator.estimand.closures().is_empty());
    let all: [(bool, &'static str, Text); 9] = [
        (
            lacks(Topic::Cap) && contract.cap.is_some(),
            "cap-basis-unstated",
            say!("how the cap was set is not stated", "支払上限額の根拠が書かれていません"),
        ),
        (
            lacks(Topic::DebtBurden) && later,
            "debt-burden-unstated",
            say!(
                "payments of later fiscal years rest on an approval (債務負担行為) that is not stated",
                "翌年度以降の支払がありますが、債務負担行為が書かれていません"
            ),
        ),
        (
            evaluation_cost_open(contract),
            "evaluation-cost-unstated",
            say!(
                "what the evaluation costs, apart from the price of the service, is not stated",
                "事業費と分けた評価の費用が書かれていません"
            ),
        ),
        (
            lacks(Topic::ExternalFactors),
            "external-factors-unstated",
            say!(
                "what follows from events that nobody caused is not stated",
                "外的要因・不可抗力が生じたときの扱いが書かれていません"
            ),
        ),
        (
            contract.early_end.is_none(),
            "early-end-unstated",
            say!(
                "what is owed when the contract ends early is not stated",
                "途中で終了したときの支払が書かれていません"
            ),
        ),
        (
            lacks(Topic::Dispute),
            "dispute-unstated",
            say!(
                "how a dispute over a result is settled is not stated",
                "結果に争いがあるときの手続が書かれていません"
            ),
        ),
        (
            lacks(Topic::Publication),
            "publication-unstated",
            say!(
                "whether results are published is not stated",
                "結果を公表するかどうかが書かれていません"
            ),
        ),
        (
            lacks(Topic::PersonalData) && of_people,
            "personal-data-unstated",
            say!(
                "on which basis personal data are handled is not stated",
                "個人情報を扱う根拠と担当が書かれていません"
            ),
        ),
        (
            contract.payment_due.is_none(),
            "payment-due-unstated",
            say!("by when a payment is due is not stated", "支払期限が書かれていません"),
        ),
    ];
    let told = all.into_iter().filter(|(lacking, ..)| *lacking).map(|(_, id, message)| {
        Finding::from(Problem::note(id, message).maybe_at(contract.declared("contract")))
    });
    told.collect()
}

/// Somebody evaluates, but nothing is paid for it as far as the contract says.
fn evaluation_cost_open(contract: &Contract) -> bool {
    let evaluates = |party: usize| contract.parties[party].role == Role::Evaluator;
    let named = (0..contract.parties.len()).any(evaluates);
    let paid = contract.lines.iter().flat_map(|line| &line.shares).any(|share| evaluates(share.to));
    let cost = contract.finance.costs.iter().any(|cost| cost.kind == CostKind::Evaluation);
    named && !paid && !cost
}
