//! What was paid before, told instead of computed from evidence.

use rust_decimal::Decimal;
use rustc_hash::FxHashMap;

use super::settlement::{Outside, price};
use super::{Measured, Request};
use crate::contract::{Basis, Contract, Line};
use crate::expr::{Exact, MarkId};
use crate::problem::{Problem, Source, Text, say};

/// What was paid before cannot be less than nothing or more than all there is.
pub(super) fn possible(contract: &Contract, paid: Decimal) -> Result<(), Problem> {
    let cap = contract.cap_with_tax();
    let least = !paid.is_sign_negative() || contract.pays_back();
    if least && cap.is_none_or(|cap| paid <= cap) {
        return Ok(());
    }
    let shown = crate::contract::explain::amount_text;
    let problem = Problem::error(
        "paid-before-impossible",
        say!("this cannot have been paid before", "既払額としてありえない金額です"),
    )
    .found(Text::from(shown(paid)))
    .at(Source::new(contract.file.as_str(), "").whole());
    Err(match cap.map(shown) {
        Some(cap) => problem.expected(say!(
            "from 0 to {cap}, the cap with tax",
            "0 から {cap}（税込の支払上限額）まで"
        )),
        None => problem.expected(say!("at least 0", "0 以上")),
    })
}

/// A note when the evidence of earlier evaluations comes to something else than what was told.
pub(super) fn difference(
    contract: &Contract,
    evaluation: usize,
    outcomes: &[(usize, Measured)],
    outside: &Outside,
    told: Decimal,
) -> Option<Problem> {
    let known = |position: &usize| outcomes.iter().any(|(known, _)| known == position);
    if evaluation > 0 && !contract.terms_read(0..=evaluation - 1).iter().all(known) {
        return None;
    }
    let computed =
        price(contract, evaluation, outcomes, outside, &FxHashMap::default(), Vec::new())
            .ok()?
            .paid_before;
    if computed == told {
        return None;
    }
    let shown = crate::contract::explain::amount_text;
    let (computed, told) = (shown(computed), shown(told));
    Some(Problem::warning(
        "paid-before-differs",
        say!(
            "the earlier evaluations come to {computed}, but {told} is given as paid before",
            "以前の評価から計算すると {computed} ですが、既払額として {told} が与えられました"
        ),
    ))
}

/// The earlier sums that are told rather than computed.
///
/// # Errors
/// A line that pays what it has not paid yet, where its own past is not known.
pub(super) fn told(
    contract: &Contract,
    evaluation: usize,
    request: &Request,
    (outcomes, outside): (&[(usize, Measured)], &Outside),
    notes: &mut Vec<Problem>,
) -> Result<FxHashMap<MarkId, Exact>, Problem> {
    let Some(paid) = request.paid_before else { return Ok(FxHashMap::default()) };
    let mut marks = contract.told_paid_before(evaluation, paid);
    let earlier = contract.terms_read(0..=evaluation);
    let known = |position: &usize| outcomes.iter().any(|(known, _)| known == position);
    let terms = &contract.terms.evaluations[evaluation];
    if earlier.iter().all(known) {
        // Where the evidence comes to what is told, every earlier sum is known to the last yen.
        let none = FxHashMap::default();
        let computed = price(contract, evaluation, outcomes, outside, &none, Vec::new());
        let same = computed.is_ok_and(|computed| computed.paid_before == paid);
        return Ok(if same { none } else { marks });
    }
    let lines = contract.lines.iter().chain(&contract.offsets);
    let here = lines.filter(|line| line.prices.iter().any(|price| price.evaluation == evaluation));
    let mut looking = here.filter(|line| line.basis != Basis::Each || line.carry);
    if let Some(line) = looking.next().filter(|_| evaluation > 0) {
        return Err(past_unknown(line));
    }
    if !terms.before.is_empty() {
        marks.extend(terms.before.iter().map(|mark| (*mark, Exact::ZERO)));
        notes.push(Problem::warning(
            "earlier-lines-unknown",
            say!(
                "what earlier evaluations paid by line, payer and year is not known; their limits count this evaluation alone",
                "以前の評価の項目別・支払者別・年度別の支払額が不明なため、それらの上限は今回分だけで判定しました"
            ),
        ));
    }
    Ok(marks)
}

/// A line that looks back, and nothing to look back at.
fn past_unknown(line: &Line) -> Problem {
    let id = &line.id;
    Problem::error(
        "earlier-line-unknown",
        say!(
            "`{id}` pays what it has not paid yet, and what it paid before is not known: --paid-before says only what was paid in all",
            "`{id}` は未払分を支払う項目ですが、この項目の既払額が分かりません（--paid-before は全体の既払額だけです）"
        ),
    )
    .help(say!(
        "add the evidence of the earlier evaluations, rows or figures",
        "以前の評価の証拠（個票または集計値の表）を加えてください"
    ))
    .maybe_at(line.place.clone())
}
