//! The words of a contract script and what each does to the draft.
//!
//! One file per kind of word. [`WORDS`] states every word's usage; the documentation and the error
//! messages quote it.

mod declarations;
mod indicators;
mod payments;
mod tables;
mod values;
mod words;

pub use words::WORDS;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rhai::{Dynamic, Engine, EvalAltResult, NativeCallContext};

pub(super) use values::{Moment, RowHandle, RuleValue};

use super::read::Draft;
use crate::expr::NodeId;
use crate::problem::{Problem, Text, say};
use crate::script::{Quantity, Workbench, describe, raise};

type Fallible<T> = Result<T, Box<EvalAltResult>>;

/// What a registered word works with.
#[derive(Clone)]
pub(super) struct Desk {
    pub(super) bench: Workbench,
    draft: Arc<Mutex<Draft>>,
}

impl Desk {
    pub(super) fn new(bench: Workbench, draft: Draft) -> Self {
        Self { bench, draft: Arc::new(Mutex::new(draft)) }
    }

    pub(super) fn draft(&self) -> MutexGuard<'_, Draft> {
        self.draft.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An error that stops the run, at the place of the call.
    fn raise(&self, context: &NativeCallContext, problem: Problem) -> Box<EvalAltResult> {
        raise(problem.maybe_at(self.bench.place(context.call_position())))
    }

    /// Notes an error at the place of the call; the run goes on.
    fn report(&self, context: &NativeCallContext, problem: Problem) {
        self.bench.report(problem.maybe_at(self.bench.place(context.call_position())));
    }

    /// A number or amount given to a word.
    fn node(&self, context: &NativeCallContext, what: &str, value: &Dynamic) -> Fallible<NodeId> {
        self.bench.node_of(value).ok_or_else(|| {
            let word = context.fn_name();
            self.raise(
                context,
                Problem::error(
                    "not-a-number",
                    say!(
                        "{what} of `{word}` must be a number",
                        "`{word}` の {what} は数でなければなりません"
                    ),
                )
                .found(describe(value)),
            )
        })
    }

    /// An amount of money given to a word.
    fn money(&self, context: &NativeCallContext, what: &str, value: &Dynamic) -> Fallible<NodeId> {
        let node = self.node(context, what, value)?;
        if self.bench.graph(|graph| graph.unit(node).is_money()) {
            return Ok(node);
        }
        let word = context.fn_name();
        let found = self.bench.unit_words(node);
        Err(self.raise(
            context,
            Problem::error(
                "not-money",
                say!(
                    "{what} of `{word}` must be money",
                    "`{word}` の {what} は金額でなければなりません"
                ),
            )
            .found(found)
            .expected(say!("an amount such as yen(1_000_000)", "yen(1_000_000) のような金額")),
        ))
    }

    fn made(&self, context: &NativeCallContext, node: NodeId) -> Quantity {
        self.bench.made(node, context.call_position());
        node.into()
    }
}

/// Registers every word.
pub(super) fn register(engine: &mut Engine, desk: &Desk) {
    values::register(engine, desk);
    declarations::register(engine, desk);
    indicators::register(engine, desk);
    payments::register(engine, desk);
    tables::register(engine, desk);
}

/// An identifier that is already used.
fn taken(kind: &Text, id: &str) -> Problem {
    Problem::error(
        "declared-twice",
        say!("{} `{id}` is declared twice", "{} `{id}` が二度宣言されています", kind),
    )
    .help(say!("give each its own identifier", "それぞれ別の識別子にしてください"))
}
