//! What is declared and what is left out: examples, cap, tax, evaluator, clauses, outcomes.

use crate::contract::{Contract, Role, Tax};
use crate::problem::{Problem, Text, say};

pub(super) fn findings(contract: &Contract) -> Vec<Problem> {
    let all = [
        no_outcomes(contract),
        no_examples(contract),
        no_cap(contract),
        tax(contract),
        evaluator(contract),
        clauses(contract),
    ];
    all.into_iter().flatten().collect()
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
        .help(say!(
            "let at least one payment read an indicator: `pay(\"…\", |e| tiers(e[x], […]))`",
            "少なくとも一つの支払項目で指標を読んでください: `pay(\"…\", |e| tiers(e[x], […]))`"
        ))
        .maybe_at(contract.declared("contract"))
    })
}

fn no_examples(contract: &Contract) -> Option<Problem> {
    contract.examples.is_empty().then(|| {
        Problem::warning(
            "no-examples",
            say!("there is no worked example", "計算例がありません"),
        )
        .help(say!(
            "write down what the parties think one result pays: `example(\"…\", #{{ at: \"…\", …: … }}, yen(…))`",
            "ある成果に対し当事者が考える支払額を書いてください: `example(\"…\", #{{ at: \"…\", …: … }}, yen(…))`"
        ))
        .maybe_at(contract.declared("contract"))
    })
}

fn no_cap(contract: &Contract) -> Option<Problem> {
    contract.cap.is_none().then(|| {
        Problem::warning(
            "no-cap",
            say!("no cap is stated", "支払上限額が定められていません"),
        )
        .help(say!(
            "state it, `cap: yen(…)`: a limit is commonly required for an obligation over several years (債務負担行為)",
            "`cap: yen(…)` と定めてください。複数年度の契約では債務負担行為の限度額が一般に必要です"
        ))
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
        .help(say!(
            "state it: `tax: included(percent(10))` or `added(percent(10))`",
            "定めてください: `tax: included(percent(10))` または `added(percent(10))`"
        ))
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
                say!("nobody is named to measure the outcomes", "成果を評価する者が定められていません"),
            )
            .help(say!(
                "name one: `party(\"…\", #{{ role: \"evaluator\", name: \"…\" }})`; the payer may be the one",
                "`party(\"…\", #{{ role: \"evaluator\", name: \"…\" }})` と定めてください。支払者でもかまいません"
            ))
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
        .help(say!(
            "let somebody else measure, or state why not and how the figures are verified",
            "別の者が評価するか、兼ねる理由と検証の方法を定めてください"
        ))
        .maybe_at(contract.declared("contract")),
    )
}

/// Payments that do not say which clause they come from, in one note.
fn clauses(contract: &Contract) -> Option<Problem> {
    let without: Vec<&crate::contract::Line> = contract
        .lines
        .iter()
        .chain(&contract.offsets)
        .filter(|line| line.clause.is_none())
        .collect();
    let first = without.first()?;
    let titles: Vec<Text> = without.iter().map(|line| line.title.clone()).collect();
    let list = Text::join(&titles, &say!(", ", "、"));
    Some(
        Problem::note(
            "clause-unstated",
            say!(
                "which clause they come from is not stated for: {}",
                "根拠となる条項が書かれていない項目: {}",
                list
            ),
        )
        .help(say!("add `clause: \"第5条\"`", "`clause: \"第5条\"` を加えてください"))
        .maybe_at(first.place.clone()),
    )
}
