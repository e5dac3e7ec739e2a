//! The waterfall against a clerk, on random structures: what comes in is what goes out and what
//! stays, and simulation computes what settlement does.

mod by_hand;
mod caps;
mod clerk;
mod structure;

use clerk::{Account, Clerk, Day, Line};
use engine::contract::{
    AccountTerms, Contract, DistributionTerms, MoveReason, Overrides, Role, TrancheTerms,
};
use engine::expr::block::Program;
use engine::expr::exact::Evaluator;
use engine::expr::{Exact, NodeId, SymbolId};
use engine::problem::Source;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use rust_decimal::prelude::ToPrimitive;
use rustc_hash::FxHashMap;
use seika_tests::{Row, float};
use structure::{Structure, structures};

/// A contract's finance on known outcomes, in exact numbers and in blocks.
struct Worked {
    contract: Contract,
    values: FxHashMap<NodeId, i64>,
    blocks: FxHashMap<NodeId, f64>,
}

fn account_nodes(of: &AccountTerms) -> [NodeId; 12] {
    [
        of.received,
        of.brought_forward,
        of.reserve_before,
        of.unspent,
        of.paid_back,
        of.made_up,
        of.recycled,
        of.distributed,
        of.reserve,
        of.carried,
        of.kept,
        of.unspent_left,
    ]
}

fn tranche_nodes(of: &TrancheTerms) -> [NodeId; 10] {
    [
        of.outstanding_before,
        of.return_due,
        of.principal_due,
        of.return_paid,
        of.principal_paid,
        of.surplus,
        of.guaranteed,
        of.paid_back,
        of.outstanding,
        of.owed,
    ]
}

impl Worked {
    fn of(structure: &Structure) -> Result<Worked, String> {
        Worked::on(structure.script(), &structure.outcomes, structure.ended)
    }

    /// A script's finance on an outcome at each evaluation.
    fn on(text: String, outcomes: &[i64], ended: Option<usize>) -> Result<Worked, String> {
        let contract = Contract::parse(Source::new("t.rhai", text.clone()), &Overrides::new())
            .map_err(|problems| format!("{problems:#?}\n{text}"))?;
        let finance = &contract.terms.finance;
        let mut roots: Vec<NodeId> = finance.moves.iter().map(|of| of.amount).collect();
        let owed = contract.terms.evaluations.iter().flat_map(|terms| &terms.lines);
        roots.extend(owed.map(|line| line.amount));
        for of in finance.distributions.iter().flatten() {
            roots.extend(account_nodes(&of.account));
            roots.extend(of.tranches.iter().flat_map(tranche_nodes));
            roots.extend(of.deferred.iter().chain(&of.recourse));
        }
        let mut symbols: FxHashMap<SymbolId, Exact> = FxHashMap::default();
        for outcome in &contract.terms.outcomes {
            symbols.insert(outcome.value, outcomes[outcome.evaluation].into());
            symbols.insert(outcome.available, Exact::ONE);
        }
        for (at, ending) in contract.terms.endings.iter().enumerate() {
            symbols.insert(ending.ended, Exact::from(i64::from(ended == Some(at))));
            symbols.insert(ending.served, Exact::ONE);
        }
        let mut exact = Evaluator::new(&contract.graph, &roots);
        exact.run(|symbol| symbols.get(&symbol).copied(), &FxHashMap::default());
        let value = |node: &NodeId| -> Result<i64, String> {
            let value = exact.value(*node).map_err(|fault| format!("{fault:?}\n{text}"))?;
            let value =
                value.decimal().and_then(|value| value.to_i64().filter(|_| value.is_integer()));
            value.ok_or_else(|| format!("{:?} is no whole number\n{text}", exact.value(*node)))
        };
        let mut values = FxHashMap::default();
        for root in &roots {
            values.insert(*root, value(root)?);
        }
        let program = Program::compile(&contract.graph, &roots);
        let mut workspace = program.workspace(2);
        let floats = symbols.iter().map(|(symbol, value)| (*symbol, float(*value)));
        program
            .run(&Row(&floats.collect()), 0, 2, &mut workspace)
            .map_err(|fault| format!("{fault:?}"))?;
        let blocks = roots.iter().enumerate();
        let blocks = blocks.map(|(at, root)| (*root, program.root(at, &workspace)[1])).collect();
        Ok(Worked { contract, values, blocks })
    }

    fn day(&self, of: &DistributionTerms) -> Day {
        let value = |node: NodeId| self.values[&node];
        let [
            received,
            brought_forward,
            reserve_before,
            unspent,
            paid_back,
            made_up,
            recycled,
            distributed,
            reserve,
            carried,
            kept,
            unspent_left,
        ] = account_nodes(&of.account).map(value);
        let lines = of.tranches.iter().map(|of| {
            let [
                outstanding_before,
                return_due,
                principal_due,
                return_paid,
                principal_paid,
                surplus,
                guaranteed,
                paid_back,
                outstanding,
                owed,
            ] = tranche_nodes(of).map(value);
            Line {
                outstanding_before,
                return_due,
                principal_due,
                return_paid,
                principal_paid,
                surplus,
                guaranteed,
                paid_back,
                outstanding,
                owed,
            }
        });
        Day {
            account: Account {
                received,
                brought_forward,
                reserve_before,
                unspent,
                paid_back,
                made_up,
                recycled,
                distributed,
                reserve,
                carried,
                kept,
                unspent_left,
            },
            lines: lines.collect(),
            deferred: of.deferred.iter().map(|node| value(*node)).collect(),
            recourse: of.recourse.iter().map(|node| value(*node)).collect(),
        }
    }
}

/// What comes in at a payment is what goes out and what stays; and every movement is someone's.
fn conserved(worked: &Worked) -> Result<(), String> {
    let finance = &worked.contract.terms.finance;
    for (at, of) in finance.distributions.iter().enumerate() {
        let Some(of) = of else { continue };
        let Day { account: a, lines, .. } = worked.day(of);
        let came =
            a.received + a.brought_forward + a.reserve_before + a.unspent + a.paid_back + a.made_up;
        let went = a.recycled + a.distributed + a.reserve + a.carried + a.kept;
        if came != went {
            return Err(format!("{came} came and {went} went: {a:?}"));
        }
        let moved = |which: &dyn Fn(MoveReason) -> bool| -> i64 {
            let own = finance.moves.iter().filter(|of| of.evaluation == at && which(of.reason));
            own.map(|of| worked.values[&of.amount]).sum()
        };
        for (tranche, line) in lines.iter().enumerate() {
            let paid = moved(&|reason| {
                reason.tranche() == Some(tranche)
                    && !matches!(reason, MoveReason::Drawdown(_) | MoveReason::PaidBack(_))
            });
            let told = line.return_paid + line.principal_paid + line.surplus + line.guaranteed;
            if paid != told || moved(&|of| of == MoveReason::PaidBack(tranche)) != line.paid_back {
                return Err(format!("tranche {tranche}: {paid} moves, {told} is told"));
            }
            let negative = [line.return_paid, line.principal_paid, line.surplus, line.guaranteed];
            if negative.iter().any(|amount| *amount < 0) || line.outstanding < 0 {
                return Err(format!("tranche {tranche}: {line:?}"));
            }
        }
    }
    for of in &finance.moves {
        let amount = worked.values[&of.amount];
        if amount < 0 && of.reason != MoveReason::PassedOn {
            return Err(format!("{of:?} moves {amount}"));
        }
    }
    received_is_what_is_owed(worked)
}

/// What comes into the account is what the statement's lines pay providers and its holder, and those
/// who are not the holder keep nothing of it.
fn received_is_what_is_owed(worked: &Worked) -> Result<(), String> {
    let (contract, finance) = (&worked.contract, &worked.contract.terms.finance);
    let provider = |party: usize| contract.parties[party].role == Role::Provider;
    let holder = contract.finance.holder;
    for (at, of) in finance.distributions.iter().enumerate() {
        let Some(of) = of else { continue };
        let lines = &contract.terms.evaluations[at].lines;
        let paid = |which: &dyn Fn(usize) -> bool| -> i64 {
            let own = lines.iter().filter(|line| which(line.to));
            own.map(|line| worked.values[&line.amount]).sum()
        };
        let received = worked.values[&of.account.received];
        let owed = paid(&|party| provider(party) || Some(party) == holder);
        if received != owed {
            return Err(format!("payment {at}: {owed} is owed and {received} received"));
        }
        let passed_on = finance
            .moves
            .iter()
            .filter(|of| of.evaluation == at && of.reason == MoveReason::PassedOn)
            .map(|of| worked.values[&of.amount]);
        let others = paid(&|party| provider(party) && Some(party) != holder);
        let passed_on: i64 = passed_on.sum();
        if passed_on != others {
            return Err(format!("payment {at}: of {others} {passed_on} is passed on"));
        }
    }
    Ok(())
}

#[test]
fn random_waterfalls_conserve_money_and_pay_what_a_clerk_works_out() {
    // `PROPTEST_CASES=10000` tries ten thousand.
    let cases = Config::default().cases.max(1_500);
    let mut runner = TestRunner::new(Config { cases, ..Config::default() });
    let result = runner.run(&structures(), |structure| {
        let fail = |why: String| TestCaseError::fail(format!("{why}\n{}", structure.script()));
        let worked = Worked::of(&structure).map_err(TestCaseError::fail)?;
        conserved(&worked).map_err(fail)?;
        caps::kept_to(&structure, &worked).map_err(fail)?;
        let mut clerk = Clerk::new(&structure);
        let days = clerk.work();
        let found = &worked.contract.terms.finance.distributions;
        prop_assert_eq!(found.len(), days.len());
        for (at, (found, expected)) in found.iter().zip(days).enumerate() {
            prop_assert_eq!(found.is_some(), expected.is_some());
            let (Some(found), Some(expected)) = (found, expected) else { continue };
            let found = worked.day(found);
            let script = structure.script();
            prop_assert_eq!(&found.lines, &expected.lines, "payment {} of\n{}", at, &script);
            prop_assert_eq!(&found.account, &expected.account, "payment {} of\n{}", at, &script);
            prop_assert_eq!(&found.deferred, &expected.deferred, "payment {} of\n{}", at, &script);
            prop_assert_eq!(&found.recourse, &expected.recourse, "payment {} of\n{}", at, &script);
        }
        // A compounded balance within a hair of the next yen is the next yen in blocks.
        if !clerk.near {
            for (node, value) in &worked.values {
                prop_assert_eq!(worked.blocks[node], *value as f64, "{}", structure.script());
            }
        }
        Ok(())
    });
    result.unwrap();
}
