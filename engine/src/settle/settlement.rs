//! Settling one evaluation.

use jiff::civil::Date;
use rust_decimal::Decimal;
use rustc_hash::FxHashMap;

use super::because::{Because, unit_text};
use super::{Flow, Measured, Statement, StatementLine, readings};
use crate::Files;
use crate::contract::{Contract, EvaluationTerms, LineTerms, Reason, Tax};
use crate::evidence::{Estimate, Evidence};
use crate::expr::exact::Evaluator;
use crate::expr::{Exact, MarkId, NodeId, SymbolId};
use crate::problem::{Problem, Source, Text, say};

/// What is to be settled.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The evidence files, rows or figures, in any order.
    pub evidence: Vec<String>,
    /// The evaluation; may be left out when there is one.
    pub at: Option<Date>,
    /// What was paid before, when it is to be told rather than computed from the evidence.
    pub paid_before: Option<Decimal>,
    /// Earlier extracts of the evidence, to find values that moved.
    pub earlier: Vec<String>,
}

/// Settles an evaluation: earlier ones are priced first, unless what they paid is told.
///
/// # Errors
/// A contract whose worked examples fail; a date that is no evaluation; every problem of the evidence; an outcome that a line reads and no
/// file gives; a fault of the exact arithmetic.
pub fn settle(
    contract: &Contract,
    files: &dyn Files,
    request: &Request,
) -> Result<Statement, Vec<Problem>> {
    contract.examples_hold()?;
    let evaluation = which(contract, request.at).map_err(|problem| vec![problem])?;
    let at = contract.evaluations[evaluation].at;
    let evidence = Evidence::read(contract, files, &request.evidence, Some(at))?;
    let outcomes = measure(contract, &evidence, evaluation, request)?;
    let mut notes = evidence.notes();
    let (moved, compared) = evidence.compare(contract, files, &request.earlier)?;
    notes.extend(moved);
    let mut checks = evidence.checks().to_vec();
    checks.extend(compared);
    for outcome in contract.terms.outcomes.iter().filter(|known| known.evaluation == evaluation) {
        let (found, looked) = evidence.missing_by_group(contract, outcome.indicator, evaluation);
        notes.extend(found);
        checks.extend(looked);
    }
    let one = |problem| vec![problem];
    if let Some(paid) = request.paid_before {
        possible(contract, paid).map_err(one)?;
        notes.extend(difference(contract, evaluation, &outcomes, paid));
    }
    let marks = told(contract, evaluation, request, &outcomes, &mut notes);
    let mut statement = price(contract, evaluation, &outcomes, &marks, notes).map_err(one)?;
    statement.readings = readings::other(contract, &evidence, evaluation, &outcomes, &marks);
    readings::compare(&mut statement);
    statement.data_kind = evidence.kind(contract);
    statement.checks = checks;
    Ok(statement)
}

fn which(contract: &Contract, at: Option<Date>) -> Result<usize, Problem> {
    let dates: Vec<String> =
        contract.evaluations.iter().map(|evaluation| evaluation.at.to_string()).collect();
    let place = Source::new(contract.file.as_str(), "").whole();
    match at {
        Some(at) => contract.evaluation_at(at).ok_or_else(|| {
            Problem::error(
                "not-an-evaluation",
                say!("{at} is no evaluation of the contract", "{at} は契約の評価日ではありません"),
            )
            .expected(Text::from(dates.join(", ")))
            .at(place)
        }),
        None if dates.len() == 1 => Ok(0),
        None => Err(Problem::error(
            "evaluation-unclear",
            say!("which evaluation is to be settled?", "どの評価日の精算か指定してください"),
        )
        .expected(Text::from(dates.join(", ")))
        .help(say!("say --at DATE", "--at 日付 で指定してください"))
        .at(place)),
    }
}

/// The outcomes up to an evaluation, by their position in the contract's terms.
fn measure(
    contract: &Contract,
    evidence: &Evidence,
    evaluation: usize,
    request: &Request,
) -> Result<Vec<(usize, Measured)>, Vec<Problem>> {
    let earliest = if request.paid_before.is_some() { evaluation } else { 0 };
    let needed = contract.terms_read(earliest..=evaluation);
    let mut outcomes = Vec::new();
    let mut problems = Vec::new();
    for (position, outcome) in contract.terms.outcomes.iter().enumerate() {
        if outcome.evaluation > evaluation {
            continue;
        }
        let needed = needed.contains(&position);
        match evidence.estimate(contract, outcome.indicator, outcome.evaluation) {
            Ok(Some(estimate)) => match read(contract, outcome.indicator, estimate) {
                Ok(measured) => outcomes.push((position, measured)),
                Err(problem) => problems.push(problem),
            },
            Ok(None) if needed => {
                problems.push(absent(contract, outcome.indicator, outcome.evaluation, evaluation));
            }
            // What nothing pays on may be absent; what is absent cannot be reported.
            Ok(None) => {}
            Err(_) if !needed => {}
            Err(found) => problems.extend(found),
        }
    }
    problems.dedup();
    if problems.is_empty() { Ok(outcomes) } else { Err(problems) }
}

fn absent(contract: &Contract, indicator: usize, at: usize, evaluation: usize) -> Problem {
    let id = &contract.indicators[indicator].id;
    let date = contract.evaluations[at].at;
    let problem = Problem::error(
        "outcome-missing",
        say!("no evidence of `{id}` at {date}", "{date} の `{id}` の証拠がありません"),
    )
    .at(Source::new(contract.file.as_str(), "").whole());
    if at < evaluation {
        problem.help(say!(
            "earlier evaluations are priced first: add their evidence, or say --paid-before YEN",
            "以前の評価日から順に計算します。その証拠を加えるか、--paid-before 金額 で支払済額を指定してください"
        ))
    } else {
        problem.help(say!(
            "add its rows with --evidence, or a figures file: indicator,at,value,n",
            "--evidence で行データか数値の表（indicator,at,value,n）を加えてください"
        ))
    }
}

/// Reads an estimate to the precision the contract states.
pub(super) fn read(
    contract: &Contract,
    indicator: usize,
    estimate: Estimate,
) -> Result<Measured, Problem> {
    let declared = &contract.indicators[indicator];
    let fault = |fault| crate::script::fault_problem(fault).maybe_at(declared.place.clone());
    let value = estimate
        .value
        .map(|value| match declared.read {
            Some(rounding) => rounding.exact(value).map_err(fault),
            None => Ok(value.approximate()),
        })
        .transpose()?;
    let excluded = estimate.exclusions.iter().map(|exclusion| exclusion.count).sum();
    Ok(Measured {
        indicator: declared.id.clone(),
        title: declared.title.clone(),
        unit: unit_text(&declared.unit),
        value,
        unrounded: estimate.value.map(Exact::approximate),
        n: estimate.n,
        at_least: declared.at_least,
        excluded,
        exclusions: estimate.exclusions,
        counted_as_no: estimate.counted_as_no,
        interval: estimate.interval,
        source: estimate.source,
    })
}

/// What was paid before cannot be less than nothing or more than all there is.
fn possible(contract: &Contract, paid: Decimal) -> Result<(), Problem> {
    let cap = contract.cap_with_tax();
    if !paid.is_sign_negative() && cap.is_none_or(|cap| paid <= cap) {
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
fn difference(
    contract: &Contract,
    evaluation: usize,
    outcomes: &[(usize, Measured)],
    told: Decimal,
) -> Option<Problem> {
    let known = |position: &usize| outcomes.iter().any(|(known, _)| known == position);
    if evaluation > 0 && !contract.terms_read(0..=evaluation - 1).iter().all(known) {
        return None;
    }
    let computed =
        price(contract, evaluation, outcomes, &FxHashMap::default(), Vec::new()).ok()?.paid_before;
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
fn told(
    contract: &Contract,
    evaluation: usize,
    request: &Request,
    outcomes: &[(usize, Measured)],
    notes: &mut Vec<Problem>,
) -> FxHashMap<MarkId, Exact> {
    let Some(paid) = request.paid_before else { return FxHashMap::default() };
    let mut marks = contract.told_paid_before(evaluation, paid);
    let earlier = contract.terms_read(0..=evaluation);
    let known = |position: &usize| outcomes.iter().any(|(known, _)| known == position);
    let complete = earlier.iter().all(known);
    let terms = &contract.terms.evaluations[evaluation];
    if !complete && !terms.before.is_empty() {
        marks.extend(terms.before.iter().map(|mark| (*mark, Exact::ZERO)));
        notes.push(Problem::warning(
            "earlier-lines-unknown",
            say!(
                "what earlier evaluations paid by line, payer and year is not known; their limits count this evaluation alone",
                "以前の評価の項目別・支払者別・年度別の支払額が不明なため、それらの上限は今回分だけで判定しました"
            ),
        ));
    }
    marks
}

pub(super) fn price(
    contract: &Contract,
    evaluation: usize,
    outcomes: &[(usize, Measured)],
    marks: &FxHashMap<MarkId, Exact>,
    mut notes: Vec<Problem>,
) -> Result<Statement, Problem> {
    let terms = &contract.terms.evaluations[evaluation];
    let mut roots: Vec<NodeId> =
        terms.lines.iter().flat_map(|line| [line.amount, line.price]).collect();
    roots.extend([terms.subtotal, terms.payable, terms.paid_before, terms.counted_before]);
    roots.extend(terms.tax);
    let prices = contract.lines.iter().chain(&contract.offsets).flat_map(|line| &line.prices);
    roots.extend(
        prices.filter(|price| price.evaluation == evaluation).filter_map(|price| price.gate),
    );
    let symbols = known_symbols(contract, outcomes);
    let mut evaluator = Evaluator::new(&contract.graph, &roots);
    evaluator.run(|symbol| symbols.get(&symbol).copied(), marks);
    let amount = |node: NodeId| -> Result<Decimal, Problem> {
        evaluator.value(node).map(Exact::approximate).map_err(|fault| contract.fault(&fault))
    };
    let because = Because { contract, evaluator: &evaluator, measured: outcomes, evaluation };
    let mut lines = Vec::new();
    for line in &terms.lines {
        let value = amount(line.amount)?;
        // A limit that did not bind has no line.
        if value.is_zero() && !matches!(line.reason, Reason::Payment(_)) {
            continue;
        }
        lines.push(statement_line(contract, line, value, because.line(line)));
    }
    let (subtotal, payable) = (amount(terms.subtotal)?, amount(terms.payable)?);
    let tax = terms.tax.map(amount).transpose()?;
    let paid_before = amount(terms.paid_before)?;
    let counted_before = amount(terms.counted_before)?;
    let measured: Vec<Measured> = outcomes
        .iter()
        .filter(|(position, _)| contract.terms.outcomes[*position].evaluation == evaluation)
        .map(|(_, measured)| measured.clone())
        .collect();
    notes.extend(measured.iter().filter(|outcome| !outcome.is_available()).map(too_few));
    notes.extend(measured.iter().flat_map(blanks));
    if payable.is_sign_negative() && !payable.is_zero() {
        notes.push(negative(payable));
    }
    let flows = flows(contract, terms, tax, &amount)?;
    Ok(Statement {
        contract: contract.id.clone(),
        title: contract.title.clone(),
        currency: contract.currency.clone(),
        at: contract.evaluations[evaluation].at,
        paid: contract.evaluations[evaluation].paid,
        outcomes: measured,
        lines,
        subtotal,
        tax,
        payable,
        paid_before,
        cap_left: contract.cap.map(|cap| cap - counted_before - subtotal),
        flows,
        notes,
        data_kind: None,
        readings: Vec::new(),
        checks: Vec::new(),
    })
}

/// The blanks that the missing-data rule counts as "no".
fn blanks(outcome: &Measured) -> Vec<Problem> {
    let counted = outcome.counted_as_no.iter();
    counted
        .map(|blank| {
            let (id, count) = (&outcome.indicator, blank.count);
            let column = blank.reason.trim_start_matches("missing:");
            Problem::note(
                "blanks-counted-as-no",
                say!(
                    "`{id}`: {count} blanks of `{column}` are counted as no",
                    "`{id}`: `{column}` の空欄 {count} 件を「いいえ」と数えました"
                ),
            )
        })
        .collect()
}

/// Nobody agreed to pay back by accident.
fn negative(payable: Decimal) -> Problem {
    let amount = crate::contract::explain::amount_text(-payable);
    Problem::warning(
        "negative-payable",
        say!(
            "the lines come to less than nothing: the provider would pay back {amount}",
            "支払額が負になりました。受託者が {amount} を返すことになります"
        ),
    )
    .help(say!(
        "if that is not agreed, keep each line from falling below yen(0) with `max`",
        "合意していない場合は、各項目が yen(0) を下回らないよう `max` で止めてください"
    ))
}

fn too_few(outcome: &Measured) -> Problem {
    let (id, n, at_least) = (&outcome.indicator, outcome.n, outcome.at_least);
    if n >= at_least {
        return Problem::note(
            "no-value",
            say!(
                "`{id}` has no value: a group is empty, or what it is compared with is 0",
                "`{id}` は値がありません。群が空か、比較対象が 0 です"
            ),
        );
    }
    Problem::note(
        "too-few-measured",
        say!(
            "`{id}` rests on {n} people; below {at_least} it does not count",
            "`{id}` の測定者は {n} 人です。{at_least} 人未満では成果と認められません"
        ),
    )
}

/// The values of the outcome symbols.
fn known_symbols(
    contract: &Contract,
    outcomes: &[(usize, Measured)],
) -> FxHashMap<SymbolId, Exact> {
    let mut symbols = FxHashMap::default();
    for (position, outcome) in contract.terms.outcomes.iter().enumerate() {
        let measured = outcomes.iter().find(|(known, _)| *known == position);
        let available = measured.filter(|(_, measured)| measured.is_available());
        let flag = if available.is_some() { Exact::ONE } else { Exact::ZERO };
        symbols.insert(outcome.available, flag);
        if let Some(value) = available.and_then(|(_, measured)| measured.value) {
            symbols.insert(outcome.value, value.into());
        }
    }
    symbols
}

fn statement_line(
    contract: &Contract,
    line: &LineTerms,
    amount: Decimal,
    because: Text,
) -> StatementLine {
    let declared = match line.reason {
        Reason::Payment(position) => Some(&contract.lines[position]),
        Reason::Offset(position) => Some(&contract.offsets[position]),
        Reason::Cap { .. } | Reason::Minimum(_) => None,
    };
    let (name, title) = match (declared, line.reason) {
        (Some(declared), _) => (declared.id.clone(), declared.title.clone()),
        (None, Reason::Minimum(_)) => ("minimum".into(), say!("Minimum payment", "最低支払額")),
        (None, _) => ("cap".into(), say!("Limit", "支払上限")),
    };
    StatementLine {
        name,
        title,
        payer: contract.parties[line.payer].id.clone(),
        to: contract.parties[line.to].id.clone(),
        amount,
        because,
        clause: declared.and_then(|declared| declared.clause.clone()),
    }
}

/// Who pays whom; added tax goes with each payer's part, the last one bearing the rest.
fn flows(
    contract: &Contract,
    terms: &EvaluationTerms,
    tax: Option<Decimal>,
    amount: &impl Fn(NodeId) -> Result<Decimal, Problem>,
) -> Result<Vec<Flow>, Problem> {
    let mut flows: Vec<Flow> = Vec::new();
    for line in &terms.lines {
        let (from, to) = (&contract.parties[line.payer].id, &contract.parties[line.to].id);
        let value = amount(line.amount)?;
        match flows.iter_mut().find(|flow| flow.from == *from && flow.to == *to) {
            Some(flow) => flow.amount += value,
            None => flows.push(Flow { from: from.clone(), to: to.clone(), amount: value }),
        }
    }
    flows.retain(|flow| !flow.amount.is_zero());
    for flow in flows.iter_mut().filter(|flow| flow.amount.is_sign_negative()) {
        std::mem::swap(&mut flow.from, &mut flow.to);
        flow.amount = -flow.amount;
    }
    if let (Tax::Added(rate), Some(tax)) = (contract.tax, tax) {
        let step = crate::expr::Unit::smallest_of(&contract.currency).min(contract.rounding.step);
        let mut rest = tax;
        let last = flows.len().saturating_sub(1);
        for (position, flow) in flows.iter_mut().enumerate() {
            let own =
                if position == last { rest } else { (flow.amount * rate / step).trunc() * step };
            flow.amount += own;
            rest -= own;
        }
    }
    Ok(flows)
}
