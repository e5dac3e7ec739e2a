//! What is declared and what is left out: examples, cap, tax, evaluator, clauses, outcomes.

use super::Finding;
use crate::contract::{Contract, Role, Tax};
use crate::problem::{Problem, Text, say};

pub(super) fn findings(contract: &Contract) -> Vec<Finding> {
    let all = [
        no_outcomes(contract),
        no_examples(contract),
        no_cap(contract),
        tax(contract),
        evaluator(contract),
    ];
    let mut findings: Vec<Finding> = all.into_iter().flatten().map(Finding::from).collect();
    findings.extend(clauses(contract));
    findings
}

/// No payment can change with an outcome: then this is no outcome-based contract.
fn no_outcomes(contract: &Contract) -> Option<Problem> {
    let moves = contract.lines.iter().chain(&contract.offsets).any(|line| {
        line.prices.iter().filter(|price| price.linked).any(|price| {
            let interval = contract.intervals(&[price.amount])[price.amount.index()];
            // A gate alone makes an amount depend on its outcome.
            price.gate.is_some() || interval.low < interval.high
        })
    });
    (!moves).then(|| {
        Problem::error(
            "not-outcome-based",
            say!(
                "no payment depends on an outcome: this is not an outcome-based contract",
                "成果によって変わる支払がありません。成果連動型の契約とはいえません"
            ),
        )
        .maybe_at(contract.declared("contract"))
    })
}

fn no_examples(contract: &Contract) -> Option<Problem> {
    contract.examples.is_empty().then(|| {
        Problem::warning("no-examples", say!("there is no worked example", "計算例がありません"))
            .maybe_at(contract.declared("contract"))
    })
}

fn no_cap(contract: &Contract) -> Option<Problem> {
    contract.cap.is_none().then(|| {
        Problem::warning("no-cap", say!("no cap is stated", "支払上限額が定められていません"))
            .maybe_at(contract.declared("contract"))
    })
}

fn tax(contract: &Contract) -> Option<Problem> {
    (contract.tax == Tax::Unstated).then(|| {
        Problem::note(
            "tax-unstated",
            say!(
                "whether amounts include consumption tax is not stated",
                "金額が税込か税抜かが定められていません"
            ),
        )
        .maybe_at(contract.declared("contract"))
    })
}

/// Nobody, or the provider, measures the outcomes.
fn evaluator(contract: &Contract) -> Option<Problem> {
    let with = |role: Role| contract.parties.iter().filter(move |party| party.role == role);
    let named = |a: &Text, b: &Text| {
        let same = |a: &str, b: &str| a.trim().eq_ignore_ascii_case(b.trim());
        same(&a.en, &b.en) || same(&a.ja, &b.ja)
    };
    if with(Role::Evaluator).next().is_none() {
        return Some(
            Problem::note(
                "no-evaluator",
                say!(
                    "nobody is named to measure the outcomes",
                    "成果を評価する者が定められていません"
                ),
            )
            .maybe_at(contract.declared("contract")),
        );
    }
    let own = with(Role::Evaluator)
        .find(|evaluator| with(Role::Provider).any(|party| named(&party.name, &evaluator.name)))?;
    Some(
        Problem::warning(
            "self-evaluation",
            say!(
                "{} provides the programme and measures its own outcomes",
                "{}が事業の実施と自らの成果の評価を兼ねています",
                own.name
            ),
        )
        .maybe_at(contract.declared("contract")),
    )
}

/// Payments that do not say which clause they come from, in one note.
fn clauses(contract: &Contract) -> Option<Finding> {
    let without: Vec<&crate::contract::Line> = contract
        .lines
        .iter()
        .chain(&contract.offsets)
        .filter(|line| line.clause.is_none())
        .collect();
    let first = without.first()?;
    let titles: Vec<Text> = without.iter().map(|line| line.title.clone()).collect();
    let list = Text::join(&titles, &say!(", ", "、"));
    let problem = Problem::note(
        "clause-unstated",
        say!(
            "which clause they come from is not stated for: {}",
            "根拠となる条項が書かれていない項目: {}",
            list
        ),
    );
    let finding = Finding::from(problem.maybe_at(first.place.clone()));
    Some(without.iter().fold(finding, |finding, line| finding.one_of(line.id.clone())))
}
