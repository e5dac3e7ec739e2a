//! The words of a contract script and what each does to the draft.
//!
//! One file per kind of word. [`WORDS`] states every word's usage; the documentation and the error
//! messages quote it.

mod bounds;
mod declarations;
mod design;
mod ending;
mod finance;
mod grounds;
mod indicators;
mod names;
mod payments;
mod provisions;
mod tables;
mod values;
mod words;

pub use words::WORDS;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rhai::{Dynamic, Engine, EvalAltResult, NativeCallContext};
use rust_decimal::Decimal;

pub(super) use values::{Moment, RowHandle, RuleValue};

use super::read::Draft;
use crate::expr::{NodeId, Unit};
use crate::problem::{Problem, Text, say};
use crate::script::{Options, Quantity, Workbench, describe, raise};

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

    /// An error that stops the run, at the name behind the dot or in the brackets of the call.
    fn raise_inside(&self, context: &NativeCallContext, problem: Problem) -> Box<EvalAltResult> {
        raise(problem.maybe_at(self.bench.place_inside(context.call_position())))
    }

    /// Reports an identifier that results could not tell from another thing.
    fn check_identifier(&self, context: &NativeCallContext, id: &str, reserved: &[&str]) {
        let printable = !id.trim().is_empty() && !id.chars().any(char::is_control);
        // A dot would make the random numbers of one thing those of a part of another.
        let printable = printable && !id.contains('.');
        if printable && !reserved.contains(&id) {
            return;
        }
        let place = self.bench.argument(context.call_position(), 0);
        let problem = Problem::error(
            "wrong-identifier",
            say!(
                "\"{}\" cannot be an identifier",
                "\"{}\" は識別子に使えません",
                Text::from(id.escape_debug().to_string())
            ),
        );
        let problem = if printable {
            problem.help(say!(
                "results and examples use this word themselves; choose another",
                "結果や計算例で使う語なので、別の名前にしてください"
            ))
        } else {
            problem.expected(say!("a name without a dot", "ピリオドを含まない名前"))
        };
        self.bench.report(problem.maybe_at(self.bench.place(place)));
    }

    /// Reports a declaration inside a closure: it would be made at every run, and lost.
    fn declare(&self, context: &NativeCallContext) {
        if self.bench.is_tracing() {
            let word = context.fn_name();
            self.report(
                context,
                Problem::error(
                    "declared-inside",
                    say!("`{word}` stands inside a closure", "`{word}` がクロージャの中にあります"),
                )
                .help(say!(
                    "declare it outside; a closure only gives an amount or a value",
                    "クロージャの外で宣言してください。クロージャは金額や値を返すだけです"
                )),
            );
        }
    }

    /// Notes an error at the place of the call; the run goes on.
    fn report(&self, context: &NativeCallContext, problem: Problem) {
        self.bench.report(problem.maybe_at(self.bench.place(context.call_position())));
    }

    /// A number or amount given to a word.
    fn node(&self, context: &NativeCallContext, what: &Text, value: &Dynamic) -> Fallible<NodeId> {
        let quantity = |node: &NodeId| self.bench.graph(|graph| graph.unit(*node).is_quantity());
        self.bench.node_of(value).filter(quantity).ok_or_else(|| {
            let word = context.fn_name();
            self.raise(
                context,
                Problem::error(
                    "not-a-number",
                    say!(
                        "{} of `{word}` must be a number",
                        "`{word}` の{}は数でなければなりません",
                        what
                    ),
                )
                .found(describe(value)),
            )
        })
    }

    /// An amount of money given to a word.
    fn money(&self, context: &NativeCallContext, what: &Text, value: &Dynamic) -> Fallible<NodeId> {
        let node = self.node(context, what, value)?;
        let unit = self.bench.graph(|graph| graph.unit(node).clone());
        let currency = self.currency();
        if currency.as_ref().map_or(unit.is_money(), |currency| unit == *currency) {
            return Ok(node);
        }
        let word = context.fn_name();
        let found = self.bench.unit_words(node);
        Err(self.raise(
            context,
            Problem::error(
                "not-money",
                say!(
                    "{} of `{word}` must be money",
                    "`{word}` の{}は金額でなければなりません",
                    what
                ),
            )
            .found(found)
            .expected(amount_of(currency.as_ref())),
        ))
    }

    /// The money of the contract, once it is declared.
    fn currency(&self) -> Option<Unit> {
        self.draft().header.as_ref().map(|header| Unit::money(&header.currency))
    }

    /// An option that is an amount of the contract's money, at least 0.
    fn money_option(&self, options: &Options, key: &str) -> Option<Decimal> {
        let amount = options.money(key)?;
        let currency = self.currency();
        let unit = options
            .value(key)?
            .try_cast::<Quantity>()
            .map(|quantity| self.bench.graph(|graph| graph.unit(quantity.node).clone()));
        if currency.is_some() && unit != currency {
            options.wrong(key, amount_of(currency.as_ref()));
            return None;
        }
        Some(amount)
    }

    fn made(&self, context: &NativeCallContext, node: NodeId) -> Quantity {
        self.bench.made(node, context.call_position());
        node.into()
    }
}

/// What an amount looks like in the contract's money.
fn amount_of(currency: Option<&Unit>) -> Text {
    let code = currency.map(ToString::to_string).unwrap_or_default();
    let known = Unit::CURRENCIES.iter().find(|(_, known)| *known == code);
    let word = known.map_or("yen", |(word, _)| *word);
    say!("an amount such as {word}(1_000_000)", "{word}(1_000_000) のような金額")
}

/// Registers every word.
pub(super) fn register(engine: &mut Engine, desk: &Desk) {
    values::register(engine, desk);
    declarations::register(engine, desk);
    ending::register(engine, desk);
    finance::register(engine, desk);
    indicators::register(engine, desk);
    payments::register(engine, desk);
    provisions::register(engine, desk);
    bounds::register(engine, desk);
    tables::register(engine, desk);
    incomparable::<super::read::IndicatorHandle>(engine, desk);
    incomparable::<super::read::PartyHandle>(engine, desk);
    incomparable::<Moment>(engine, desk);
    incomparable::<RowHandle>(engine, desk);
}

/// Refuses comparisons of a declared thing, which Rhai would answer with a silent `false`.
fn incomparable<T: Clone + Send + Sync + 'static>(engine: &mut Engine, desk: &Desk) {
    for operator in ["<", "<=", ">", ">=", "==", "!="] {
        let at = desk.clone();
        let refuse = move |context: &NativeCallContext| -> Fallible<bool> {
            let problem = Problem::error(
                "not-a-value",
                say!(
                    "`{operator}` cannot compare what is declared, only its values",
                    "`{operator}` で比べられるのは値だけで、宣言そのものは比べられません"
                ),
            );
            let problem = problem.help(say!(
                "read the outcome inside the closure of a payment: `|e| if e[x] >= 5 {{ … }} else {{ … }}`",
                "支払のクロージャの中で成果を読んでください: `|e| if e[x] >= 5 {{ … }} else {{ … }}`"
            ));
            Err(at.raise(context, problem))
        };
        let left = refuse.clone();
        engine.register_fn(operator, move |context: NativeCallContext, _: T, _: Dynamic| {
            left(&context)
        });
        let both = refuse.clone();
        engine.register_fn(operator, move |context: NativeCallContext, _: T, _: T| both(&context));
        engine.register_fn(operator, move |context: NativeCallContext, _: Dynamic, _: T| {
            refuse(&context)
        });
    }
}

/// An identifier that is already used.
fn taken(kind: &Text, id: &str) -> Problem {
    Problem::error(
        "declared-twice",
        say!("{} `{id}` is declared twice", "{} `{id}` が二度宣言されています", kind),
    )
    .help(say!("give each its own identifier", "それぞれ別の識別子にしてください"))
}
