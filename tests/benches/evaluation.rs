//! How long a block takes to evaluate: a contract's terms, and an investor's rate of return.

use divan::Bencher;
use divan::counter::ItemsCount;
use engine::contract::{Contract, Overrides};
use engine::expr::block::{Inputs, Program};
use engine::expr::{DrawId, Graph, SymbolId, Unit};
use engine::finance::{Schedule, Years};
use seika_tests::Repository;

const BLOCK: usize = 1_024;

fn main() {
    divan::main();
}

/// Outcomes spread over their range; enough people are always measured.
struct Spread<'g>(&'g Graph);

impl Inputs for Spread<'_> {
    type Error = ();

    fn symbol(&self, symbol: SymbolId, _: u64, out: &mut [f64]) -> Result<(), ()> {
        let symbol = self.0.symbol_of(symbol);
        if symbol.unit == Unit::Truth {
            out.fill(1.0);
            return Ok(());
        }
        let (low, high) = (symbol.support.low.max(0.0), symbol.support.high.min(10.0));
        for (part, out) in spread().zip(out) {
            *out = low + (high - low) * part;
        }
        Ok(())
    }

    fn draw(&self, _: DrawId, _: u64, _: &[&[f64]], _: &mut [f64]) -> Result<(), ()> {
        Err(())
    }
}

/// Parts from 0 to 1, in no order.
fn spread() -> impl Iterator<Item = f64> {
    (0..BLOCK as u32).map(|path| f64::from(path * 389 % 1_024) / 1_024.0)
}

const CONTRACTS: [&str; 3] = [
    "scripts/contracts/tama-hypertension.rhai",
    "scripts/contracts/hachioji-colorectal.rhai",
    "scripts/contracts/bench/three-indicators.rhai",
];

#[divan::bench(args = CONTRACTS)]
fn contract(bencher: Bencher<'_, '_>, file: &str) {
    let contract = Contract::read(&Repository, file, &Overrides::new()).unwrap();
    let terms = &contract.terms.evaluations;
    let roots: Vec<_> = terms
        .iter()
        .flat_map(|terms| {
            terms.lines.iter().map(|line| line.amount).chain([terms.subtotal, terms.payable])
        })
        .collect();
    let program = Program::compile(&contract.graph, &roots);
    let mut workspace = program.workspace(BLOCK);
    let inputs = Spread(&contract.graph);
    bencher.counter(ItemsCount::new(BLOCK)).bench_local(|| {
        program.run(&inputs, 0, BLOCK, &mut workspace).unwrap();
        program.root(0, &workspace)[0]
    });
}

/// Days beyond whole years of five yearly receipts.
const DAYS: [(&str, [u32; 5]); 3] =
    [("whole years", [0; 5]), ("61 days after", [61; 5]), ("uneven", [0, 61, 0, 30, 0])];

#[divan::bench(args = ["whole years", "61 days after", "uneven"])]
fn rate_of_return(bencher: Bencher<'_, '_>, times: &str) {
    let (_, days) = DAYS.iter().find(|(name, _)| *name == times).unwrap();
    let later = (1..).zip(days).map(|(whole, days)| Years { whole, days: *days });
    let times: Vec<Years> = std::iter::once(Years { whole: 0, days: 0 }).chain(later).collect();
    let schedule = Schedule::new(&times);
    // From 2 to 12 million a year for 40 million, each year differently.
    let mut flows = vec![vec![-40e6; BLOCK]];
    flows.extend((0..5_u32).map(|year| {
        let part = |path: u32| f64::from((path * 389 + year * 211) % 1_024) / 1_024.0;
        (0..BLOCK as u32).map(|path| 2e6 + 10e6 * part(path)).collect::<Vec<f64>>()
    }));
    let mut out = vec![0.0; BLOCK];
    bencher.counter(ItemsCount::new(BLOCK)).bench_local(|| {
        schedule.rates(|at| &flows[at], &mut out);
        out[0]
    });
}
