//! A second, plain implementation of the order of computation, on random contracts: several payers,
//! limits of every kind, offsets, minimums, taxes, coarse rounding. It shares no code with the
//! engine but the numbers.

use engine::contract::{Contract, Overrides};
use engine::expr::exact::Evaluator;
use engine::expr::{Exact, NodeId, SymbolId};
use engine::problem::Source;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use rust_decimal::Decimal;
use rustc_hash::FxHashMap;

#[derive(Debug, Clone)]
struct Line {
    fixed: i64,
    per_unit: i64,
    second_payer: bool,
    cap_each: Option<i64>,
    cap: Option<i64>,
}

#[derive(Debug, Clone)]
struct Terms {
    step: i64,
    tax: u8,
    lines: Vec<Line>,
    cap: Option<i64>,
    cap_each: Option<i64>,
    cap_year: Option<i64>,
    cap_first_payer: Option<i64>,
    offset: Option<i64>,
    minimum: Option<i64>,
    minimum_each: Option<i64>,
    outcomes: [i64; 3],
}

fn terms() -> impl Strategy<Value = Terms> {
    let limit = |most: i64| proptest::option::of(0..most);
    let line = (0_i64..2_000, 0_i64..900, any::<bool>(), limit(60), limit(90)).prop_map(
        |(fixed, per_unit, second_payer, cap_each, cap)| Line {
            fixed,
            per_unit,
            second_payer,
            cap_each,
            cap,
        },
    );
    (
        (prop_oneof![Just(1_i64), Just(100)], 0_u8..3, proptest::collection::vec(line, 1..4)),
        (limit(120), limit(70), limit(90), limit(60), limit(30), limit(60), limit(40)),
        [0_i64..10, 0..10, 0..10],
    )
        .prop_map(|((step, tax, lines), limits, outcomes)| Terms {
            step,
            tax,
            lines,
            cap: limits.0,
            cap_each: limits.1,
            cap_year: limits.2,
            cap_first_payer: limits.3,
            offset: limits.4,
            minimum: limits.5,
            minimum_each: limits.6,
            outcomes,
        })
}

/// Limits are stated in hundreds, which every step divides.
fn hundreds(limit: i64) -> i64 {
    limit * 100
}

fn script(terms: &Terms) -> String {
    let tax = ["unstated()", "included(percent(10))", "added(percent(10))"][terms.tax as usize];
    let yen = |limit: i64| format!("yen({})", hundreds(limit));
    let mut text = format!(
        "contract(\"t\", #{{ from: \"2024-04-01\", to: \"2026-05-31\", rounding: down({}), tax: {tax}",
        terms.step
    );
    text += &terms.cap.map(|limit| format!(", cap: {}", yen(limit))).unwrap_or_default();
    text += " });\nlet a = party(\"a\", #{ role: \"payer\" }); let b = party(\"b\", #{ role: \"payer\" });\n\
             party(\"v\", #{ role: \"provider\" });\n\
             evaluations([#{ at: \"2025-03-31\", paid: \"2025-04-30\" }, #{ at: \"2025-09-30\", paid: \"2025-10-31\" }, #{ at: \"2026-03-31\", paid: \"2026-05-31\" }]);\n\
             let x = mean(\"x\", #{ digits: 0 });\n";
    for (position, line) in terms.lines.iter().enumerate() {
        let mut options = format!("by: {}", if line.second_payer { "b" } else { "a" });
        for (key, limit) in [("cap_each", line.cap_each), ("cap", line.cap)] {
            options += &limit.map(|limit| format!(", {key}: {}", yen(limit))).unwrap_or_default();
        }
        text += &format!(
            "pay(\"l{position}\", |e| yen({}) + e[x] * yen({}), #{{ {options} }});\n",
            line.fixed, line.per_unit
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
        text += &format!("offset(\"o\", |e| {}, #{{ by: a }});\n", yen(offset));
    }
    text
}

/// What each evaluation pays, and what each payer bears before tax, as a clerk would work it out.
fn by_hand(terms: &Terms) -> Vec<(i64, [i64; 2])> {
    let mut results: Vec<(i64, [i64; 2])> = Vec::new();
    let mut by_line = vec![0; terms.lines.len()];
    let mut subtotals: Vec<i64> = Vec::new();
    for (now, outcome) in terms.outcomes.iter().enumerate() {
        let mut bears = [0_i64; 2];
        for (position, line) in terms.lines.iter().enumerate() {
            let price = line.fixed + outcome * line.per_unit;
            let mut amount = price / terms.step * terms.step;
            if let Some(limit) = line.cap_each {
                amount = amount.min(hundreds(limit));
            }
            if let Some(limit) = line.cap {
                amount = amount.min((hundreds(limit) - by_line[position]).max(0));
            }
            by_line[position] += amount;
            bears[usize::from(line.second_payer)] += amount;
        }
        // The payer of the first line comes first when a cut is shared.
        let first = usize::from(terms.lines[0].second_payer);
        let both = terms.lines.iter().any(|line| line.second_payer != terms.lines[0].second_payer);
        let cut_to = |bears: &mut [i64; 2], left: i64| {
            let whole: i64 = bears.iter().sum();
            let cut = whole - whole.min(left.max(0));
            if cut == 0 {
                return;
            }
            if both {
                let own = cut * bears[first] / whole / terms.step * terms.step;
                bears[first] -= own;
                bears[1 - first] -= cut - own;
            } else {
                bears[first] -= cut;
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
        if let Some(limit) = terms.cap_first_payer {
            let earlier: i64 = results.iter().map(|(_, bears)| bears[0]).sum();
            bears[0] = bears[0].min((hundreds(limit) - earlier).max(0));
        }
        let before: i64 = subtotals.iter().sum();
        if let Some(limit) = terms.cap {
            cut_to(&mut bears, hundreds(limit) - before);
        }
        if let Some(offset) = terms.offset {
            bears[0] -= hundreds(offset).min(bears[0].max(0));
        }
        for (minimum, wanted) in
            [(terms.minimum_each, 0), (terms.minimum.filter(|_| now == 2), before)]
        {
            let Some(minimum) = minimum else { continue };
            let sum: i64 = bears.iter().sum();
            let mut top_up = (hundreds(minimum) - wanted - sum).max(0);
            if let Some(limit) = terms.cap {
                top_up = top_up.min((hundreds(limit) - before - sum).max(0));
            }
            bears[first] += top_up;
        }
        let subtotal: i64 = bears.iter().sum();
        subtotals.push(subtotal);
        let payable = if terms.tax == 2 { subtotal + subtotal / 10 } else { subtotal };
        results.push((payable, bears));
    }
    results
}

#[test]
fn random_contracts_pay_what_a_clerk_works_out() {
    let mut runner = TestRunner::new(Config { cases: 600, ..Config::default() });
    let result = runner.run(&terms(), |terms| {
        let text = script(&terms);
        let contract = Contract::parse(Source::new("t.rhai", text.clone()), &Overrides::new())
            .map_err(|problems| TestCaseError::fail(format!("{problems:#?}\n{text}")))?;
        let mut roots: Vec<NodeId> = Vec::new();
        for at in &contract.terms.evaluations {
            roots.push(at.payable);
            roots.extend(at.lines.iter().map(|line| line.amount));
        }
        let mut symbols: FxHashMap<SymbolId, Exact> = FxHashMap::default();
        for outcome in &contract.terms.outcomes {
            symbols.insert(outcome.value, terms.outcomes[outcome.evaluation].into());
            symbols.insert(outcome.available, Exact::ONE);
        }
        let mut exact = Evaluator::new(&contract.graph, &roots);
        exact.run(|symbol| symbols.get(&symbol).copied(), &FxHashMap::default());
        let value = |node: NodeId| exact.value(node).unwrap().decimal().unwrap();
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
        }
        Ok(())
    });
    result.unwrap();
}
