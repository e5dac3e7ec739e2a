//! A second, plain implementation of the order of computation, on random contracts: several payers
//! and lines split between them, deductions and returns, what is owed to date, early ends, limits of
//! every kind, offsets, minimums, taxes, coarse rounding. It shares no code with the engine but the
//! numbers.

use engine::contract::bounds::PaymentBounds;
use engine::contract::{Contract, CutBy, EvaluationTerms, Overrides, Reason};
use engine::expr::block::Program;
use engine::expr::exact::Evaluator;
use engine::expr::{Exact, NodeId, SymbolId};
use engine::problem::Source;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use rust_decimal::Decimal;
use rustc_hash::FxHashMap;
use seika_tests::{Row, float};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Payment,
    Malus,
    Return,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Basis {
    Each,
    Cumulative,
    TrueUp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum AtEnd {
    AsMeasured,
    ProRata,
    Nothing,
    Only,
}

#[derive(Debug, Clone)]
struct Line {
    kind: Kind,
    basis: Basis,
    at_end: Option<AtEnd>,
    fixed: i64,
    per_unit: i64,
    /// Payers, by position, with their weights.
    payers: Vec<(usize, i64)>,
    cap_each: Option<i64>,
    cap: Option<i64>,
}

#[derive(Debug, Clone)]
struct Terms {
    step: i64,
    /// Whether the outcome is a number of people, which is never below 0.
    counted: bool,
    /// Whether payments look at no more than 10 of them.
    bounded: bool,
    tax: u8,
    lines: Vec<Line>,
    cap: Option<i64>,
    cap_each: Option<i64>,
    cap_year: Option<i64>,
    cap_first_payer: Option<i64>,
    offset: Option<i64>,
    carry: bool,
    minimum: Option<i64>,
    minimum_each: Option<i64>,
    minimum_survives: bool,
    /// The evaluation that closes a contract ended early.
    ended: Option<usize>,
    outcomes: [i64; 3],
}

/// The days on which a contract may end, with the days served and those of the period.
const ENDS: [(&str, i64, i64); 2] = [
    // 30 + 31 + 30 + 31 + 31 + 30 + 15 days of the year from 1 April 2024.
    ("2024-10-15", 198, 365),
    // 30 + 31 + 30 of the half-year from 1 April 2025.
    ("2025-06-30", 91, 183),
];

/// An amount for the part of the period that is served when the contract ends in it.
fn served(amount: i64, evaluation: usize) -> i64 {
    let (_, served, days) = ENDS[evaluation];
    amount * served / days
}

fn terms() -> impl Strategy<Value = Terms> {
    let limit = |most: i64| proptest::option::of(0..most);
    let payers = prop_oneof![
        Just(vec![(0, 1)]),
        Just(vec![(1, 1)]),
        (1_i64..9, 1_i64..9).prop_map(|(a, b)| vec![(0, a), (1, b)]),
        (1_i64..9, 1_i64..9).prop_map(|(a, b)| vec![(1, a), (0, b)]),
    ];
    let kind =
        prop_oneof![4 => Just(Kind::Payment), 1 => Just(Kind::Malus), 1 => Just(Kind::Return)];
    let basis =
        prop_oneof![3 => Just(Basis::Each), 1 => Just(Basis::Cumulative), 1 => Just(Basis::TrueUp)];
    let at_end = proptest::option::of(prop_oneof![
        Just(AtEnd::AsMeasured),
        Just(AtEnd::ProRata),
        Just(AtEnd::Nothing),
        Just(AtEnd::Only),
    ]);
    let fixed = prop_oneof![4 => 0_i64..2_000, 1 => -1_000_i64..0];
    let amounts = (fixed, prop_oneof![Just(0_i64), 1_i64..900], limit(60), limit(90));
    let line = (kind, basis, at_end, payers, amounts).prop_map(
        |(kind, basis, at_end, payers, (fixed, per_unit, cap_each, cap))| Line {
            kind,
            basis,
            at_end,
            fixed,
            per_unit,
            payers,
            cap_each,
            cap,
        },
    );
    (
        (prop_oneof![Just(1_i64), Just(100)], 0_u8..4, proptest::collection::vec(line, 1..5)),
        (limit(120), limit(70), limit(90), limit(60), limit(30), limit(60), limit(40)),
        (any::<bool>(), any::<bool>(), proptest::option::of(0_usize..2), 0_u8..3),
        [0_i64..10, 0..10, 0..10],
    )
        .prop_map(
            |((step, tax, lines), limits, (carry, minimum_survives, ended, counted), outcomes)| {
                Terms {
                    step,
                    counted: counted > 0,
                    bounded: counted > 1,
                    tax,
                    lines,
                    cap: limits.0,
                    cap_each: limits.1,
                    cap_year: limits.2,
                    cap_first_payer: limits.3,
                    offset: limits.4,
                    carry,
                    minimum: limits.5,
                    minimum_each: limits.6,
                    minimum_survives,
                    ended,
                    outcomes,
                }
            },
        )
}

/// Limits are stated in hundreds, which every step divides.
fn hundreds(limit: i64) -> i64 {
    limit * 100
}

fn script(terms: &Terms) -> String {
    let tax = ["unstated()", "included(percent(10))", "added(percent(10))", "added(percent(8))"]
        [terms.tax as usize];
    let yen = |limit: i64| format!("yen({})", hundreds(limit));
    let mut text = format!(
        "contract(\"t\", #{{ from: \"2024-04-01\", to: \"2026-05-31\", rounding: down({}), tax: {tax}",
        terms.step
    );
    text += &terms.cap.map(|limit| format!(", cap: {}", yen(limit))).unwrap_or_default();
    text += " });\nlet a = party(\"a\", #{ role: \"payer\" }); let b = party(\"b\", #{ role: \"payer\" });\n\
             let v = party(\"v\", #{ role: \"provider\" });\n\
             evaluations([#{ at: \"2025-03-31\", paid: \"2025-04-30\" }, #{ at: \"2025-09-30\", paid: \"2025-10-31\" }, #{ at: \"2026-03-31\", paid: \"2026-05-31\" }]);\n\
             let x = mean(\"x\", #{ digits: 0 });\n";
    if terms.counted {
        text = text.replace("mean(\"x\"", "count(\"x\"");
    }
    text += &format!(
        "early_end(#{{ fixed: \"pro_rata\", linked: \"as_measured\", minimum: {} }});\n",
        terms.minimum_survives
    );
    for (position, line) in terms.lines.iter().enumerate() {
        let payers: Vec<String> = line
            .payers
            .iter()
            .map(|(payer, weight)| format!("[{}, {weight}]", ["a", "b"][*payer]))
            .collect();
        let payers = match line.payers[..] {
            [(payer, _)] => ["a", "b"][payer].to_owned(),
            _ => format!("[{}]", payers.join(", ")),
        };
        let (word, mut options) = match line.kind {
            Kind::Payment => ("pay", format!("by: {payers}")),
            Kind::Malus => ("malus", format!("by: {payers}")),
            Kind::Return => ("pay", format!("by: v, to: {payers}")),
        };
        let basis = match line.basis {
            Basis::Each => "each",
            Basis::Cumulative => "cumulative",
            Basis::TrueUp => "true_up",
        };
        options += &format!(", basis: \"{basis}\"");
        if let Some(at_end) = line.at_end {
            let word = match at_end {
                AtEnd::AsMeasured => "as_measured",
                AtEnd::ProRata => "pro_rata",
                AtEnd::Nothing => "nothing",
                AtEnd::Only => "only",
            };
            options += &format!(", early_end: \"{word}\"");
        }
        for (key, limit) in [("cap_each", line.cap_each), ("cap", line.cap)] {
            options += &limit.map(|limit| format!(", {key}: {}", yen(limit))).unwrap_or_default();
        }
        text += &format!(
            "{word}(\"l{position}\", |e| yen({}){}, #{{ {options} }});\n",
            line.fixed,
            match line.per_unit {
                0 => String::new(),
                per_unit if terms.bounded => format!(" + min(e[x], 10) * yen({per_unit})"),
                per_unit => format!(" + e[x] * yen({per_unit})"),
            }
        );
    }
    for (word, limit) in [
        ("cap_each", terms.cap_each),
        ("cap_year", terms.cap_year),
        ("minimum", terms.minimum),
        ("minimum_each", terms.minimum_each),
    ] {
        text += &limit.map(|limit| format!("{word}({});\n", yen(limit))).unwrap_or_default();
    }
    if let Some(limit) = terms.cap_first_payer {
        text += &format!("cap_payer(a, {});\n", yen(limit));
    }
    if let Some(offset) = terms.offset {
        let carry = terms.carry;
        text += &format!("offset(\"o\", |e| {}, #{{ by: a, carry: {carry} }});\n", yen(offset));
    }
    text
}

/// The parts of an amount by weight: each cut down to whole steps, then step by step what is left,
/// in order, to those who have a weight.
fn split(amount: i64, weights: &[i64], step: i64) -> Vec<i64> {
    let all: i64 = weights.iter().sum();
    let part = |weight: &i64| if all == 0 { 0 } else { amount * weight / all / step * step };
    let mut parts: Vec<i64> = weights.iter().map(part).collect();
    let mut rest = amount - parts.iter().sum::<i64>();
    for (part, weight) in parts.iter_mut().zip(weights) {
        if *weight > 0 {
            let unit = rest.clamp(-step, step);
            *part += unit;
            rest -= unit;
        }
    }
    parts
}

/// A line at one evaluation: what it comes to within its own limits, as a clerk works it out.
fn own_amount(terms: &Terms, line: &Line, now: usize, paid: i64) -> i64 {
    let price = line.fixed + terms.outcomes[now] * line.per_unit;
    let price = if line.kind == Kind::Payment { price } else { -price };
    let whole = |amount: i64| amount / terms.step * terms.step;
    let mut amount = match (line.basis, line.kind) {
        (Basis::Each, _) => price,
        (Basis::Cumulative, Kind::Payment) => (whole(price) - paid).max(0),
        (Basis::Cumulative, _) => (whole(price) - paid).min(0),
        (Basis::TrueUp, _) => whole(price) - paid,
    };
    // A price that is a constant does not read the outcome.
    let linked = line.per_unit != 0;
    let stated = if linked { AtEnd::AsMeasured } else { AtEnd::ProRata };
    let closes = terms.ended == Some(now);
    amount = match (line.at_end.unwrap_or(stated), closes) {
        (AtEnd::AsMeasured, _) | (AtEnd::ProRata | AtEnd::Nothing, false) | (AtEnd::Only, true) => {
            whole(amount)
        }
        (AtEnd::ProRata, true) => whole(served(amount, now)),
        (AtEnd::Nothing, true) | (AtEnd::Only, false) => 0,
    };
    let sign = if line.kind == Kind::Payment { 1 } else { -1 };
    if let Some(limit) = line.cap_each {
        amount = sign * (sign * amount).min(hundreds(limit));
    }
    if let Some(limit) = line.cap {
        amount = sign * (sign * amount).min((hundreds(limit) - sign * paid).max(0));
    }
    amount
}

/// Tax that is added, cut toward nothing.
fn added_tax(terms: &Terms, amount: i64) -> i64 {
    amount * [0, 0, 10, 8][terms.tax as usize] / 100
}

/// What each evaluation pays, and what each payer bears before tax, as a clerk would work it out.
fn by_hand(terms: &Terms) -> Vec<(i64, [i64; 2])> {
    let mut results: Vec<(i64, [i64; 2])> = Vec::new();
    let mut by_line = vec![0; terms.lines.len()];
    let mut subtotals: Vec<i64> = Vec::new();
    let (mut to_net, mut netted) = (0, 0);
    // What is deducted comes behind what it is deducted from.
    let mut order: Vec<usize> = (0..terms.lines.len()).collect();
    order.sort_by_key(|at| terms.lines[*at].kind == Kind::Malus);
    let mut payers: Vec<usize> = Vec::new();
    for (payer, _) in order.iter().flat_map(|at| &terms.lines[*at].payers) {
        if !payers.contains(payer) {
            payers.push(*payer);
        }
    }
    for now in 0..3 {
        if terms.ended.is_some_and(|ended| ended < now) {
            results.push((0, [0, 0]));
            subtotals.push(0);
            continue;
        }
        let closes = terms.ended == Some(now);
        let mut bears = [0_i64; 2];
        for at in &order {
            let line = &terms.lines[*at];
            let own = own_amount(terms, line, now, by_line[*at]);
            let weights: Vec<i64> = line.payers.iter().map(|(_, weight)| *weight).collect();
            let had = bears;
            for ((payer, _), part) in line.payers.iter().zip(split(own, &weights, terms.step)) {
                let part = match line.kind {
                    Kind::Malus => part.max(-had[*payer].max(0)),
                    Kind::Payment | Kind::Return => part,
                };
                by_line[*at] += part;
                bears[*payer] += part;
            }
        }
        let cut_to = |bears: &mut [i64; 2], left: i64| {
            let whole: i64 = bears.iter().sum();
            let cut = whole.min(left.max(0)) - whole;
            let weights: Vec<i64> = match payers[..] {
                [_] => vec![1],
                _ => payers.iter().map(|payer| bears[*payer].max(0)).collect(),
            };
            for (payer, part) in payers.iter().zip(split(cut, &weights, terms.step)) {
                bears[*payer] += part;
            }
        };
        if let Some(limit) = terms.cap_each {
            cut_to(&mut bears, hundreds(limit));
        }
        if let Some(limit) = terms.cap_year {
            // The first two are paid in fiscal 2025, the last in 2026.
            let earlier: i64 = if now == 1 { subtotals[0] } else { 0 };
            cut_to(&mut bears, hundreds(limit) - earlier);
        }
        if let Some(limit) = terms.cap_first_payer.filter(|_| payers.contains(&0)) {
            let earlier: i64 = results.iter().map(|(_, bears)| bears[0]).sum();
            bears[0] = bears[0].min((hundreds(limit) - earlier).max(0));
        }
        let before: i64 = subtotals.iter().sum();
        if let Some(limit) = terms.cap {
            cut_to(&mut bears, hundreds(limit) - before);
        }
        if let Some(offset) = terms.offset {
            let mut amount = hundreds(offset);
            if closes {
                amount = served(amount, now) / terms.step * terms.step;
            }
            to_net += amount;
            let wanted = if terms.carry { to_net - netted } else { amount };
            let taken = wanted.min(bears[0].max(0)).max(0);
            netted += taken;
            bears[0] -= taken;
        }
        let owed_at_end = closes && terms.minimum_survives;
        let in_all = terms.minimum.filter(|_| now == 2 || owed_at_end);
        for (minimum, wanted) in [(terms.minimum_each, 0), (in_all, before)] {
            let Some(minimum) = minimum.filter(|_| !closes || terms.minimum_survives) else {
                continue;
            };
            let sum: i64 = bears.iter().sum();
            let mut top_up = (hundreds(minimum) - wanted - sum).max(0);
            if let Some(limit) = terms.cap {
                top_up = top_up.min((hundreds(limit) - before - sum).max(0));
            }
            bears[payers[0]] += top_up;
        }
        let subtotal: i64 = bears.iter().sum();
        subtotals.push(subtotal);
        results.push((subtotal + added_tax(terms, subtotal), bears));
    }
    results
}

/// Whether everything that can be paid has limits: no price grows with an outcome that has none, and
/// no minimum makes up for what is paid back.
fn limited(terms: &Terms) -> bool {
    let prices = terms.lines.iter().all(|line| line.per_unit == 0 || terms.bounded);
    let back = terms
        .lines
        .iter()
        .any(|line| line.kind == Kind::Return || line.basis == Basis::TrueUp || line.fixed < 0);
    let topped = terms.minimum.is_some() || terms.minimum_each.is_some();
    prices && !(back && topped)
}

/// Nothing that is paid is above what `check` and the payers' reports call the most, or below the
/// least, which are there where what is paid is `limited`. Tells whether a payer pays the very most.
fn within_bounds(
    contract: &Contract,
    limited: bool,
    value: &dyn Fn(NodeId) -> Decimal,
) -> Result<bool, String> {
    let ranges = contract.ranges();
    let holds = |bounds: PaymentBounds, amount: Decimal, what: &str| {
        let known = !limited || (bounds.min.is_some() && bounds.max.is_some());
        let within = known && bounds.holds(amount);
        if within { Ok(()) } else { Err(format!("{what}: {amount} is not within {bounds:?}")) }
    };
    for (position, range) in ranges.lines.iter().enumerate() {
        let of_line = |reason: Reason| match reason {
            Reason::Payment(of) => of == position,
            Reason::Cap { by: CutBy::LineEach | CutBy::Line, line, .. } => line == Some(position),
            Reason::Cap { .. } | Reason::Offset(_) | Reason::Minimum(_) => false,
        };
        let mut sum = Decimal::ZERO;
        for (at, range) in &range.evaluations {
            let lines = contract.terms.evaluations[*at].lines.iter();
            let own = lines.filter(|line| of_line(line.reason));
            let own: Decimal = own.map(|line| value(line.amount)).sum();
            holds(*range, own, &format!("line {position} at {at}"))?;
            sum += own;
        }
        holds(range.total, sum, &format!("line {position}"))?;
    }
    let evaluations = contract.evaluations.iter().zip(&contract.terms.evaluations);
    let evaluations: Vec<_> = evaluations.collect();
    let mut sum = Decimal::ZERO;
    for ((_, terms), range) in evaluations.iter().zip(&ranges.evaluations) {
        holds(*range, value(terms.payable), "an evaluation")?;
        sum += value(terms.payable);
    }
    holds(ranges.total, sum, "all evaluations")?;
    let mut reached = false;
    for payer in 0..2 {
        let ceiling = contract.ceiling(payer);
        let paid = |terms: &EvaluationTerms| -> Decimal {
            let own = terms.flows.iter().filter(|flow| flow.payer == payer);
            own.map(|flow| value(flow.amount)).sum()
        };
        let most = |max| PaymentBounds { min: Some(Decimal::MIN), max };
        for (year, max) in &ceiling.years {
            let own =
                evaluations.iter().filter(|(evaluation, _)| evaluation.fiscal_year() == *year);
            let own: Decimal = own.map(|(_, terms)| paid(terms)).sum();
            holds(most(*max), own, &format!("payer {payer} in {year}"))?;
        }
        let own: Decimal = evaluations.iter().map(|(_, terms)| paid(terms)).sum();
        holds(most(ceiling.total), own, &format!("payer {payer} in all"))?;
        reached |= own > Decimal::ZERO && ceiling.total == Some(own);
    }
    Ok(reached)
}

#[test]
fn random_contracts_pay_what_a_clerk_works_out() {
    let mut runner = TestRunner::new(Config { cases: 600, ..Config::default() });
    let (reached, fell_to) = (std::cell::Cell::new(false), std::cell::Cell::new(false));
    let result = runner.run(&terms(), |terms| {
        let text = script(&terms);
        let contract = Contract::parse(Source::new("t.rhai", text.clone()), &Overrides::new())
            .map_err(|problems| TestCaseError::fail(format!("{problems:#?}\n{text}")))?;
        let mut roots: Vec<NodeId> = Vec::new();
        for at in &contract.terms.evaluations {
            roots.push(at.payable);
            roots.extend(at.lines.iter().map(|line| line.amount));
            roots.extend(at.flows.iter().map(|flow| flow.amount));
        }
        let mut symbols: FxHashMap<SymbolId, Exact> = FxHashMap::default();
        for outcome in &contract.terms.outcomes {
            symbols.insert(outcome.value, terms.outcomes[outcome.evaluation].into());
            symbols.insert(outcome.available, Exact::ONE);
        }
        let closing = terms.ended.map(|at| {
            let day: jiff::civil::Date = ENDS[at].0.parse().unwrap();
            contract.closing(day).unwrap()
        });
        for (at, ending) in contract.terms.endings.iter().enumerate() {
            let closes = closing.filter(|(closing, _)| *closing == at);
            symbols.insert(ending.ended, Exact::from(i64::from(closes.is_some())));
            symbols.insert(ending.served, closes.map_or(Exact::ONE, |(_, served)| served));
        }
        let mut exact = Evaluator::new(&contract.graph, &roots);
        exact.run(|symbol| symbols.get(&symbol).copied(), &FxHashMap::default());
        let value = |node: NodeId| exact.value(node).unwrap().decimal().unwrap();
        // What simulation computes is the same, in blocks.
        let program = Program::compile(&contract.graph, &roots);
        let mut workspace = program.workspace(2);
        let floats = symbols.iter().map(|(symbol, value)| (*symbol, float(*value)));
        program.run(&Row(&floats.collect()), 0, 2, &mut workspace).unwrap();
        for (position, root) in roots.iter().enumerate() {
            let (found, expected) = (program.root(position, &workspace)[1], value(*root));
            prop_assert_eq!(found, float(expected.into()), "{}", text);
        }
        for (at, (payable, bears)) in contract.terms.evaluations.iter().zip(by_hand(&terms)) {
            prop_assert_eq!(value(at.payable), Decimal::from(payable), "{}", text);
            for (payer, expected) in bears.into_iter().enumerate() {
                let own: Decimal = at
                    .lines
                    .iter()
                    .filter(|line| line.payer == payer)
                    .map(|line| value(line.amount))
                    .sum();
                prop_assert_eq!(own, Decimal::from(expected), "payer {} of {}", payer, text);
            }
            // The tax of the first flow, of the first two, and so on, each less the one before.
            let (mut so_far, mut paid) = (0, Decimal::ZERO);
            for flow in &at.flows {
                let (before, own) = (so_far, bears[flow.payer]);
                so_far += own;
                let tax = added_tax(&terms, so_far) - added_tax(&terms, before);
                prop_assert_eq!(value(flow.amount), Decimal::from(own + tax), "{}", text);
                paid += value(flow.amount);
            }
            prop_assert_eq!(paid, Decimal::from(payable), "{}", text);
        }
        let most = within_bounds(&contract, limited(&terms), &value).map_err(|what| {
            TestCaseError::fail(format!("{what}\n{text}\n{:?} {:?}", terms.ended, terms.outcomes))
        })?;
        reached.set(reached.get() || most);
        let ended = terms.ended.is_some();
        if let Some(bounds) = contract.full_term_bounds().filter(|_| !ended) {
            let paid: Decimal = contract.terms.evaluations.iter().map(|at| value(at.payable)).sum();
            prop_assert!(bounds.holds(paid), "{} is not within {:?}\n{}", paid, bounds, text);
            let least = bounds.min.filter(|least| *least > Decimal::ZERO);
            fell_to.set(fell_to.get() || least == Some(paid));
        }
        Ok(())
    });
    result.unwrap();
    assert!(reached.get(), "no payer ever pays what its ceiling says");
    assert!(fell_to.get(), "nothing is ever paid that is the least of a full term");
}
