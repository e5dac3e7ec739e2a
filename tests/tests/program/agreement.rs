//! Settlement and simulation compute the same thing: the exact and the block evaluator agree on
//! random expressions and on every shipped contract, and both with a plain second implementation.

use std::collections::BTreeMap;

use engine::contract::{Contract, Overrides};
use engine::expr::block::Program;
use engine::expr::exact::Evaluator;
use engine::expr::{
    Exact, Graph, Interval, Mode, Node, NodeId, Relation, Rounding, SymbolId, Unit,
};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use rustc_hash::FxHashMap;
use seika_tests::{Repository, Row, float};

/// One step of building a random expression: an operation on earlier results.
#[derive(Debug, Clone)]
enum Step {
    Literal(i64),
    Add(usize, usize),
    Subtract(usize, usize),
    Scale(usize, i64),
    Split(usize, i64),
    Smaller(usize, usize),
    Larger(usize, usize),
    Select(u8, usize, usize, usize, usize),
    Round(usize, u8, u32),
    Negate(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let at = 0_usize..64;
    let step = prop_oneof![
        (-500_i64..500).prop_map(Step::Literal),
        (at.clone(), at.clone()).prop_map(|(a, b)| Step::Add(a, b)),
        (at.clone(), at.clone()).prop_map(|(a, b)| Step::Subtract(a, b)),
        (at.clone(), -9_i64..9).prop_map(|(a, by)| Step::Scale(a, by)),
        (at.clone(), 1_i64..12).prop_map(|(a, by)| Step::Split(a, by)),
        (at.clone(), at.clone()).prop_map(|(a, b)| Step::Smaller(a, b)),
        (at.clone(), at.clone()).prop_map(|(a, b)| Step::Larger(a, b)),
        (0_u8..3, at.clone(), at.clone(), at.clone(), at.clone()).prop_map(
            |(relation, a, b, then, otherwise)| { Step::Select(relation, a, b, then, otherwise) }
        ),
        (at.clone(), 0_u8..4, 0_u32..3).prop_map(|(a, mode, digits)| Step::Round(a, mode, digits)),
        at.prop_map(Step::Negate),
    ];
    proptest::collection::vec(step, 1..14)
}

/// Builds the expression over three symbols; the last step is the root.
fn build(steps: &[Step]) -> (Graph, [SymbolId; 3], NodeId) {
    let mut graph = Graph::default();
    let mut nodes: Vec<NodeId> =
        (0..3).map(|at| graph.symbol(&format!("x{at}"), Unit::Number, Interval::ALL)).collect();
    let symbols = [0, 1, 2].map(|at| match graph.node(nodes[at]) {
        Node::Symbol(symbol) => *symbol,
        other => panic!("{other:?}"),
    });
    for step in steps {
        let at = |position: &usize| nodes[position % nodes.len()];
        let node = match step {
            Step::Literal(value) => graph.number(Decimal::new(*value, 1), Unit::Number),
            Step::Add(a, b) => graph.add(at(a), at(b)).unwrap(),
            Step::Subtract(a, b) => graph.subtract(at(a), at(b)).unwrap(),
            Step::Scale(a, by) => {
                let (a, by) = (at(a), graph.number(Decimal::from(*by), Unit::Number));
                graph.multiply(a, by).unwrap()
            }
            Step::Split(a, by) => {
                let (a, by) = (at(a), graph.number(Decimal::from(*by), Unit::Number));
                graph.divide(a, by).unwrap()
            }
            Step::Smaller(a, b) => graph.smaller(at(a), at(b)).unwrap(),
            Step::Larger(a, b) => graph.larger(at(a), at(b)).unwrap(),
            Step::Select(relation, a, b, then, otherwise) => {
                let relation =
                    [Relation::Less, Relation::AtMost, Relation::Equal][*relation as usize];
                let (then, otherwise) = (at(then), at(otherwise));
                let when = graph.compare(relation, at(a), at(b)).unwrap();
                graph.select(when, then, otherwise).unwrap()
            }
            Step::Round(a, mode, digits) => {
                let mode = [Mode::Down, Mode::Up, Mode::HalfUp, Mode::HalfEven][*mode as usize];
                graph.round(at(a), Rounding::to_digits(mode, *digits))
            }
            Step::Negate(a) => graph.apply(engine::expr::Function::Negate, at(a)),
        };
        nodes.push(node);
    }
    let root = *nodes.last().unwrap();
    (graph, symbols, root)
}

/// Whether every comparison and rounding decides clearly, or exactly on its threshold: block
/// arithmetic takes values within one part in 10⁹ as equal, so a hair's breadth beside a threshold
/// is beyond what it claims.
fn decides_clearly(graph: &Graph, evaluator: &Evaluator<'_>, root: NodeId) -> bool {
    graph.needed(&[root]).into_iter().all(|id| {
        let value = |id: NodeId| evaluator.value(id).ok().map(float);
        match graph.node(id) {
            Node::Compare(_, a, b) => match (value(*a), value(*b)) {
                (Some(a), Some(b)) => {
                    a == b || (a - b).abs() > 1e-7 * a.abs().max(b.abs()).max(1e-3)
                }
                _ => true,
            },
            Node::Round(a, rounding) => match value(*a) {
                Some(a) => {
                    let steps = a / rounding.step.to_f64().unwrap();
                    // Halves and wholes are where roundings turn.
                    let turn = ((2.0 * steps).round() - 2.0 * steps).abs();
                    turn < 1e-10 || turn > 1e-6 * steps.abs().max(1.0)
                }
                None => true,
            },
            _ => true,
        }
    })
}

#[test]
fn exact_and_block_agree_on_random_expressions() {
    let inputs = (steps(), [-3000_i64..3000, -3000..3000, -30..30]);
    let mut runner = TestRunner::new(Config { cases: 4_000, ..Config::default() });
    let result = runner.run(&inputs, |(steps, values)| {
        let (graph, symbols, root) = build(&steps);
        let given: FxHashMap<SymbolId, Exact> = symbols
            .iter()
            .zip(values)
            .map(|(symbol, value)| (*symbol, Decimal::new(value, 1).into()))
            .collect();
        let mut exact = Evaluator::new(&graph, &[root]);
        exact.run(|symbol| given.get(&symbol).copied(), &FxHashMap::default());
        let Ok(expected) = exact.value(root).map(float) else { return Ok(()) };
        if !decides_clearly(&graph, &exact, root) {
            return Ok(());
        }
        let row: BTreeMap<SymbolId, f64> =
            given.iter().map(|(symbol, value)| (*symbol, float(*value))).collect();
        let program = Program::compile(&graph, &[root]);
        let mut workspace = program.workspace(4);
        program.run(&Row(&row), 0, 4, &mut workspace).unwrap();
        for found in program.root(0, &workspace) {
            prop_assert!(
                (found - expected).abs() <= 1e-7 * expected.abs().max(1.0),
                "block {found}, exact {expected}",
            );
        }
        Ok(())
    });
    result.unwrap();
}

#[test]
fn interval_bounds_hold_every_exact_value() {
    let inputs = (steps(), [-3000_i64..3000, -3000..3000, -30..30]);
    let mut runner = TestRunner::new(Config { cases: 2_000, ..Config::default() });
    let result = runner.run(&inputs, |(steps, values)| {
        let (graph, symbols, root) = build(&steps);
        let at = |symbol: SymbolId| {
            let position = symbols.iter().position(|known| *known == symbol)?;
            Some(Exact::from(Decimal::new(values[position], 1)))
        };
        let mut exact = Evaluator::new(&graph, &[root]);
        exact.run(at, &FxHashMap::default());
        let Ok(value) = exact.value(root).map(float) else { return Ok(()) };
        let range = Interval { low: -300.0, high: 300.0 };
        let bounds = engine::expr::bounds::bounds(&graph, &[root], |_| range)[root.index()];
        let slack = 1e-6 * value.abs().max(1.0);
        prop_assert!(
            bounds.low - slack <= value && value <= bounds.high + slack,
            "{value} {bounds:?}"
        );
        Ok(())
    });
    result.unwrap();
}

/// Random numbers of a fixed recurrence, so that a failure can be repeated.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

/// Outcomes on the grid each indicator is read to, thresholds of the contract included.
fn random_outcomes(contract: &Contract, dice: &mut Dice) -> BTreeMap<SymbolId, Decimal> {
    let thresholds: Vec<Decimal> = contract
        .graph
        .needed(&contract.terms.evaluations.iter().map(|at| at.payable).collect::<Vec<_>>())
        .into_iter()
        .filter_map(|id| contract.graph.literal(id))
        .collect();
    let mut outcomes = BTreeMap::new();
    for outcome in &contract.terms.outcomes {
        let indicator = &contract.indicators[outcome.indicator];
        let support = indicator.support;
        let step = indicator.read.map_or(Decimal::ONE, |read| read.step);
        let low = support.low.max(-50.0);
        let high = support.high.min(5_000.0);
        let near: Vec<Decimal> = thresholds
            .iter()
            .copied()
            .filter(|value| {
                support.holds(value.to_f64().unwrap()) && value.abs() < Decimal::from(5_000)
            })
            .collect();
        let value = if !near.is_empty() && dice.below(3) == 0 {
            let nudge = Decimal::from(dice.below(3)) - Decimal::ONE;
            near[dice.below(near.len() as u64) as usize] + nudge * step
        } else {
            let steps = ((high - low) / step.to_f64().unwrap()) as u64;
            let from = Decimal::from_f64_retain(low).unwrap();
            from + Decimal::from(dice.below(steps.max(1))) * step
        };
        let value = value.round_dp(step.normalize().scale());
        let inside = value.max(Decimal::from_f64_retain(low).unwrap().round_dp(10));
        let value = inside.min(Decimal::from_f64_retain(high).unwrap());
        // The ends of intervals, where the contract asks whether a difference is one.
        outcomes.extend(outcome.bounds.iter().map(|bound| (bound.value, value)));
        outcomes.insert(outcome.value, value);
        outcomes.insert(outcome.available, Decimal::from(u8::from(dice.below(10) > 0)));
    }
    // The contract runs to its end.
    for ending in &contract.terms.endings {
        outcomes.extend([(ending.ended, Decimal::ZERO), (ending.served, Decimal::ONE)]);
    }
    outcomes
}

#[test]
fn exact_and_block_agree_on_every_shipped_contract() {
    let contracts = Repository::files_in("scripts/contracts", ".rhai");
    assert!(contracts.len() >= 4, "{contracts:?}");
    for path in contracts {
        let contract = Contract::read(&Repository, &path, &Overrides::new()).unwrap();
        let step = contract.rounding.step.to_f64().unwrap();
        let mut roots = Vec::new();
        for at in &contract.terms.evaluations {
            roots.extend(at.lines.iter().map(|line| line.amount));
            roots.extend([at.subtotal, at.payable]);
        }
        let program = Program::compile(&contract.graph, &roots);
        let mut workspace = program.workspace(1);
        let mut exact = Evaluator::new(&contract.graph, &roots);
        let mut dice = Dice(20_230_401);
        for set in 0..1_000 {
            let outcomes = random_outcomes(&contract, &mut dice);
            exact.run(
                |symbol| outcomes.get(&symbol).map(|v| Exact::from(*v)),
                &FxHashMap::default(),
            );
            let row: BTreeMap<SymbolId, f64> =
                outcomes.iter().map(|(symbol, v)| (*symbol, v.to_f64().unwrap())).collect();
            program.run(&Row(&row), 0, 1, &mut workspace).unwrap();
            for (position, root) in roots.iter().enumerate() {
                let expected =
                    exact.value(*root).unwrap_or_else(|fault| panic!("{path}: {fault:?}"));
                let expected = float(expected);
                let found = program.root(position, &workspace)[0];
                assert!(
                    (found - expected).abs() <= step + 1e-12 * expected.abs(),
                    "{path}, set {set}: block {found}, exact {expected}, {row:?}",
                );
            }
            let mut paid = Decimal::ZERO;
            for at in &contract.terms.evaluations {
                let amount = |node: NodeId| exact.value(node).unwrap().decimal().unwrap();
                let lines: Decimal = at.lines.iter().map(|line| amount(line.amount)).sum();
                assert_eq!(lines, amount(at.subtotal), "{path}, set {set}: lines and subtotal");
                paid += amount(at.subtotal);
            }
            assert!(contract.cap.is_none_or(|cap| paid <= cap), "{path}, set {set}: {paid}");
        }
    }
}

/// The Tama contract once more, as plainly as its term sheet says it, sharing no code with the
/// engine.
fn tama(outcomes: [Option<(Decimal, Decimal)>; 3]) -> Decimal {
    let yen = |amount: i64| Decimal::from(amount);
    let mut total = Decimal::ZERO;
    for outcome in outcomes {
        let mut sum = yen(3_000_000);
        if let Some((fall, took_part)) = outcome {
            sum += if fall >= Decimal::new(65, 1) {
                yen(4_000_000)
            } else if fall >= Decimal::from(5) {
                yen(2_500_000)
            } else if fall >= Decimal::from(3) {
                yen(1_000_000)
            } else {
                yen(0)
            };
            // 3,000,000 yen over the 0.2 from 0.30 to 0.50 are 15,000 yen per thousandth.
            let above = (took_part.min(Decimal::new(5, 1)) - Decimal::new(3, 1)).max(yen(0));
            sum += above * yen(15_000_000);
        }
        total += sum.min(yen(9_500_000)).min(yen(27_000_000) - total);
    }
    total
}

#[test]
fn the_tama_contract_pays_what_a_plain_second_implementation_pays() {
    let path = "scripts/contracts/tama-hypertension.rhai";
    let contract = Contract::read(&Repository, path, &Overrides::new()).unwrap();
    let payables: Vec<NodeId> = contract.terms.evaluations.iter().map(|at| at.payable).collect();
    let mut exact = Evaluator::new(&contract.graph, &payables);
    let mut dice = Dice(7);
    for _ in 0..1_000 {
        let outcomes = [(); 3].map(|()| {
            (dice.below(8) > 0).then(|| {
                (
                    Decimal::new(dice.below(120) as i64 - 20, 1),
                    Decimal::new(dice.below(1_001) as i64, 3),
                )
            })
        });
        let mut symbols: FxHashMap<SymbolId, Exact> = FxHashMap::default();
        for outcome in &contract.terms.outcomes {
            let given = outcomes[outcome.evaluation];
            let available = if given.is_some() { Exact::ONE } else { Exact::ZERO };
            symbols.insert(outcome.available, available);
            if let Some((fall, took_part)) = given {
                let id = contract.indicators[outcome.indicator].id.as_str();
                let value = if id == "sbp_reduction" { fall } else { took_part };
                symbols.insert(outcome.value, value.into());
            }
        }
        exact.run(|symbol| symbols.get(&symbol).copied(), &FxHashMap::default());
        let found: Decimal =
            payables.iter().map(|payable| exact.value(*payable).unwrap().decimal().unwrap()).sum();
        assert_eq!(found, tama(outcomes), "{outcomes:?}");
    }
}
