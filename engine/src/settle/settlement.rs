//! Settling one evaluation.

use jiff::civil::Date;
use rust_decimal::Decimal;
use rustc_hash::FxHashMap;

use super::because::Because;
use super::{
    Flow, Measured, MeasuredBound, Statement, StatementLine, WorkedLine, Workings, finance,
    paid_before, readings,
};
use crate::Files;
use crate::contract::{Bound, Contract, EvaluationTerms, Indicator, LineTerms, Outcome, Reason};
use crate::evidence::interval::Spread;
use crate::evidence::{Estimate, Evidence};
use crate::expr::exact::Evaluator;
use crate::expr::{Exact, Function, MarkId, Node, NodeId, SymbolId};
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
    /// The day on which the contract ended, where it ended early.
    pub ended: Option<Date>,
    /// The day on which a valid invoice was received, where it was.
    pub invoiced: Option<Date>,
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
    let at = evaluation_of(contract, request)?;
    let evidence = Evidence::read(contract, files, &request.evidence, Some(at))?;
    settle_on(contract, files, &evidence, request)
}

/// The date that a request settles.
///
/// # Errors
/// A date that is no evaluation, or none where the contract has several.
pub fn evaluation_of(contract: &Contract, request: &Request) -> Result<Date, Vec<Problem>> {
    let evaluation = which(contract, request).map_err(|problem| vec![problem])?;
    Ok(contract.evaluations[evaluation].at)
}

/// Settles on evidence that was read; the files of evidence are not read again, those of an earlier
/// extract are.
///
/// # Errors
/// As [`settle`], but for reading.
pub fn settle_on(
    contract: &Contract,
    files: &dyn Files,
    evidence: &Evidence,
    request: &Request,
) -> Result<Statement, Vec<Problem>> {
    contract.examples_hold()?;
    let evaluation = which(contract, request).map_err(|problem| vec![problem])?;
    let closing = request.ended.map(|ended| contract.closing(ended)).transpose();
    let closing = closing.map_err(|problem| vec![problem])?;
    let outside = Outside { closing, ended: request.ended, invoiced: request.invoiced };
    let outcomes = measure(contract, evidence, evaluation, request)?;
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
        paid_before::possible(contract, paid).map_err(one)?;
        notes.extend(paid_before::difference(contract, evaluation, &outcomes, &outside, paid));
    }
    let marks = paid_before::told(contract, evaluation, request, (&outcomes, &outside), &mut notes)
        .map_err(one)?;
    let mut statement =
        price(contract, evaluation, &outcomes, &outside, &marks, notes).map_err(one)?;
    statement.finance =
        finance::of(contract, evaluation, (&outcomes, &outside), &marks, &mut statement.notes)
            .map_err(one)?;
    statement.readings =
        readings::other(contract, evidence, evaluation, &outcomes, &outside, &marks);
    readings::compare(contract, &mut statement);
    statement.data_kind = evidence.kind(contract);
    statement.checks = checks;
    Ok(statement)
}

/// What a settlement is told beside outcomes.
pub(super) struct Outside {
    /// The evaluation that closes a contract ended early, and the part of its period served.
    pub(super) closing: Option<(usize, Exact)>,
    ended: Option<Date>,
    invoiced: Option<Date>,
}

fn which(contract: &Contract, request: &Request) -> Result<usize, Problem> {
    if let Some(ended) = request.ended {
        let (closing, _) = contract.closing(ended)?;
        let close = contract.evaluations[closing].at;
        return match request.at {
            None => Ok(closing),
            Some(at) if at > close => Err(Problem::error(
                "after-early-end",
                say!(
                    "the contract ended on {ended}, so nothing is evaluated on {at}",
                    "契約は {ended} に終了したため、{at} の評価はありません"
                ),
            )
            .expected(say!("up to {close}, which closes it", "最終の精算となる {close} まで"))
            .at(Source::new(contract.file.as_str(), "").whole())),
            Some(at) => dated(contract, Some(at)),
        };
    }
    dated(contract, request.at)
}

fn dated(contract: &Contract, at: Option<Date>) -> Result<usize, Problem> {
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
            Ok(Some(estimate)) => match read(contract, outcome, estimate, needed) {
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
            "以前の評価日から順に計算します。その証拠を加えるか、--paid-before 金額 で既払額を指定してください"
        ))
    } else {
        problem.help(say!(
            "add its rows with --evidence, or a figures file: indicator,at,value,n",
            "--evidence で個票か集計値の表（indicator,at,value,n）を加えてください"
        ))
    }
}

/// Reads an estimate to the precision the contract states.
pub(super) fn read(
    contract: &Contract,
    outcome: &Outcome,
    estimate: Estimate,
    needed: bool,
) -> Result<Measured, Problem> {
    let declared = &contract.indicators[outcome.indicator];
    let fault = |fault| crate::script::fault_problem(fault).maybe_at(declared.place.clone());
    let value = estimate
        .value
        .map(|value| match declared.read {
            Some(rounding) => rounding.exact(value).map_err(fault),
            None => Ok(value.approximate()),
        })
        .transpose()?;
    let mut bounds = Vec::new();
    let counts = value.is_some() && estimate.n >= declared.at_least;
    for bound in outcome.bounds.iter().filter(|_| counts) {
        match estimate.bound(bound) {
            Some(value) => {
                let Bound { upper, level, .. } = *bound;
                bounds.push(MeasuredBound { upper, level, value });
            }
            None if needed => return Err(no_bound(declared, &estimate)),
            None => {}
        }
    }
    let excluded = estimate.exclusions.iter().map(|exclusion| exclusion.count).sum();
    Ok(Measured {
        indicator: declared.id.clone(),
        title: declared.title.clone(),
        unit: declared.unit.words(),
        value,
        unrounded: estimate.value.map(Exact::approximate),
        n: estimate.n,
        at_least: declared.at_least,
        excluded,
        exclusions: estimate.exclusions,
        counted_as_no: estimate.counted_as_no,
        interval: estimate.interval,
        source: estimate.source,
        exact: estimate.value,
        bounds,
        method: estimate.interval.and(estimate.spread.as_ref()).map(Spread::method),
        balance: estimate.balance,
        notes: estimate.notes,
    })
}

/// A payment asks how certain an outcome is, and nothing says so.
fn no_bound(declared: &Indicator, estimate: &Estimate) -> Problem {
    let (id, source) = (&declared.id, &estimate.source);
    Problem::error(
        "bound-missing",
        say!(
            "a payment asks for a confidence bound of `{id}`, and `{source}` gives none",
            "支払が `{id}` の信頼下限・信頼上限を使いますが、`{source}` から求められません"
        ),
    )
    .expected(say!(
        "in figures: `low` and `high`, or `se`; in rows: at least two people in each group",
        "集計値の表では `low` と `high`、または `se`。個票では各群二人以上"
    ))
    .at(Source::new(source.as_str(), "").whole())
}

pub(super) fn price(
    contract: &Contract,
    evaluation: usize,
    outcomes: &[(usize, Measured)],
    outside: &Outside,
    marks: &FxHashMap<MarkId, Exact>,
    mut notes: Vec<Problem>,
) -> Result<Statement, Problem> {
    let terms = &contract.terms.evaluations[evaluation];
    let mut roots: Vec<NodeId> =
        terms.lines.iter().flat_map(|line| [line.amount, line.price]).collect();
    roots.extend([terms.subtotal, terms.payable, terms.paid_before, terms.counted_before]);
    roots.extend(terms.tax);
    roots.extend(terms.flows.iter().map(|flow| flow.amount));
    let prices = contract.lines.iter().chain(&contract.offsets).flat_map(|line| &line.prices);
    roots.extend(
        prices.filter(|price| price.evaluation == evaluation).filter_map(|price| price.gate),
    );
    roots.extend(
        terms.lines.iter().filter_map(|line| line.to_date).flat_map(|to| [to.owed, to.paid]),
    );
    let mut symbols = known_symbols(contract, outcomes);
    symbols.extend(contract.terms.ending(outside.closing));
    let given = |symbol: SymbolId| symbols.get(&symbol).copied();
    let mut evaluator = Evaluator::new(&contract.graph, &roots);
    evaluator.run(given, marks);
    let amount = |node: NodeId| -> Result<Decimal, Problem> {
        evaluator.value(node).map(Exact::approximate).map_err(|fault| contract.fault(&fault))
    };
    let because = Because {
        contract,
        evaluator: &evaluator,
        measured: outcomes,
        evaluation,
        symbols: &given,
    };
    let mut worked = Vec::new();
    for line in &terms.lines {
        let value = amount(line.amount)?;
        let unrounded = match line.reason {
            Reason::Payment(_) | Reason::Offset(_) => {
                before_rounding(contract, &evaluator, line.amount)
            }
            Reason::Cap { .. } | Reason::Minimum(_) => None,
        };
        let stated = statement_line(contract, line, value, because.line(line));
        worked.push(WorkedLine {
            line: StatementLine { unrounded, ..stated },
            amount: line.amount,
            price: line.price,
            // A limit that did not bind has no line.
            shown: !value.is_zero() || matches!(line.reason, Reason::Payment(_)),
        });
    }
    let shown = worked.iter().filter(|worked| worked.shown);
    let lines = shown.map(|worked| worked.line.clone()).collect();
    let mut known: Vec<_> = symbols.iter().map(|(symbol, value)| (*symbol, *value)).collect();
    known.sort_unstable_by_key(|(symbol, _)| *symbol);
    let earlier = contract.graph.needed(&roots).into_iter().filter_map(|node| {
        match contract.graph.node(node) {
            Node::Mark(mark, _) => Some((*mark, evaluator.value(node).ok()?)),
            _ => None,
        }
    });
    let mut earlier: Vec<_> = earlier.collect();
    earlier.sort_unstable_by_key(|(mark, _)| *mark);
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
    notes.extend(measured.iter().flat_map(|outcome| outcome.notes.clone()));
    if payable.is_sign_negative() && !payable.is_zero() && !contract.pays_back() {
        notes.push(negative(payable));
    }
    let flows = flows(contract, terms, &amount)?;
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
        ended: outside.ended.filter(|_| outside.closing.is_some_and(|(at, _)| at == evaluation)),
        due: contract.due(evaluation, outside.invoiced),
        due_rule: contract.due_words(),
        workings: Workings {
            evaluation,
            symbols: known,
            marks: earlier,
            earlier: measured_before(contract, outcomes, evaluation),
            lines: worked,
        },
        rests_on: outcomes
            .iter()
            .map(|(position, measured)| {
                let evaluation = contract.terms.outcomes[*position].evaluation;
                (contract.evaluations[evaluation].at, measured.clone())
            })
            .collect(),
        data_kind: None,
        readings: Vec::new(),
        checks: Vec::new(),
        finance: None,
    })
}

/// The outcomes of earlier evaluations, with their evaluation's position.
fn measured_before(
    contract: &Contract,
    outcomes: &[(usize, Measured)],
    evaluation: usize,
) -> Vec<(usize, Measured)> {
    let dated = outcomes.iter().map(|(position, measured)| {
        (contract.terms.outcomes[*position].evaluation, measured.clone())
    });
    dated.filter(|(at, _)| *at < evaluation).collect()
}

/// What a rounded amount was before it was rounded.
fn before_rounding(
    contract: &Contract,
    evaluator: &Evaluator<'_>,
    amount: NodeId,
) -> Option<Exact> {
    match contract.graph.node(amount) {
        Node::Round(inner, _) => evaluator.value(*inner).ok(),
        Node::Mark(_, inner) => before_rounding(contract, evaluator, *inner),
        Node::Apply(Function::Negate, inner) => {
            before_rounding(contract, evaluator, *inner).map(Exact::negated)
        }
        _ => evaluator.value(amount).ok(),
    }
}

/// The blanks that the missing-data rule counts as "no".
fn blanks(outcome: &Measured) -> Vec<Problem> {
    let counted = outcome.counted_as_no.iter();
    counted
        .map(|blank| {
            let count = blank.count;
            let column = blank.reason.trim_start_matches("missing:");
            Problem::note(
                "blanks-counted-as-no",
                say!(
                    "\"{}\": {count} blanks of `{column}` are counted as no",
                    "「{}」: 列 `{column}` の空欄 {count} 件を「いいえ」と数えました",
                    outcome.title.clone()
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
    let (title, n, at_least) = (outcome.title.clone(), outcome.n, outcome.at_least);
    if n >= at_least {
        return Problem::note(
            "no-value",
            say!(
                "\"{}\" has no value: a group is empty, or what it is compared with is 0",
                "「{}」は値がありません。群が空か、比較対象が 0 です",
                title
            ),
        );
    }
    Problem::note(
        "too-few-measured",
        say!(
            "\"{}\" rests on {n} people; below {at_least} it does not count",
            "「{}」の測定者は{n}人です。{at_least}人未満では成果と認められません",
            title
        ),
    )
}

/// The values of the outcome symbols.
pub(super) fn known_symbols(
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
        for bound in &outcome.bounds {
            let same =
                |known: &&MeasuredBound| known.upper == bound.upper && known.level == bound.level;
            let known = available.and_then(|(_, measured)| measured.bounds.iter().find(same));
            symbols.extend(known.map(|known| (bound.value, known.value.into())));
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
        unrounded: None,
    }
}

/// Who pays whom, added tax included; whoever is to pay less than nothing is paid.
fn flows(
    contract: &Contract,
    terms: &EvaluationTerms,
    amount: &impl Fn(NodeId) -> Result<Decimal, Problem>,
) -> Result<Vec<Flow>, Problem> {
    let mut flows = Vec::new();
    for flow in &terms.flows {
        let (mut from, mut to, mut amount) = (flow.payer, flow.to, amount(flow.amount)?);
        if amount.is_sign_negative() {
            (from, to, amount) = (to, from, -amount);
        }
        if !amount.is_zero() {
            let id = |party: usize| contract.parties[party].id.clone();
            flows.push(Flow { from: id(from), to: id(to), amount });
        }
    }
    Ok(flows)
}
