//! A Rhai engine that can do nothing but arithmetic and the words it is given.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use rhai::packages::{
    ArithmeticPackage, BasicArrayPackage, BasicIteratorPackage, LogicPackage, Package,
};
use rhai::{AST, Dynamic, Engine, OptimizationLevel, Scope};

use super::quantity::{Closure, Quantity};
use super::words::{Word, call_places, unknown_words, variables_used};
use super::{Workbench, arithmetic, translate};
use crate::expr::NodeId;
use crate::problem::{Problem, Source, say};

/// What a script may use up, the same in every build.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Operations of one run.
    pub operations: u64,
    /// Operations of all runs that follow one closure through its branches.
    pub operations_followed: u64,
    /// Calls within calls.
    pub call_levels: usize,
    /// Expressions within expressions.
    pub expression_depth: usize,
    /// Bytes of one text.
    pub string_bytes: usize,
    /// Entries of one array or map.
    pub entries: usize,
    /// Time from the first run of a script to the end of its last: a last resort. What a script may do
    /// is counted in operations, for a slow machine must not refuse what a fast one accepts; but one
    /// operation may copy a long list.
    pub wall_time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            operations: 2_000_000,
            operations_followed: 20_000_000,
            call_levels: 32,
            expression_depth: 64,
            string_bytes: 65_536,
            entries: 4_096,
            wall_time: Duration::from_secs(30),
        }
    }
}

/// A script engine with its workbench.
pub struct Sandbox {
    engine: Engine,
    bench: Workbench,
    words: &'static [Word],
    spent: Arc<Spent>,
    ast: AST,
}

/// What has been used up.
struct Spent {
    /// When the first run began.
    began: OnceLock<Instant>,
    /// Operations of the runs of one closure.
    operations: AtomicU64,
}

impl Spent {
    /// How many operations pass between two looks at the clock.
    const LOOK: u64 = 1_024;

    fn new() -> Self {
        Self { began: OnceLock::new(), operations: AtomicU64::new(0) }
    }

    /// Begins the script, or the runs of a closure.
    fn begin(&self) {
        self.began.get_or_init(Instant::now);
        self.operations.store(0, Ordering::Relaxed);
    }

    /// Counts one operation; what is used up, if something is.
    fn count(&self, limits: Limits) -> Option<UsedUp> {
        let operations = self.operations.fetch_add(1, Ordering::Relaxed);
        if operations >= limits.operations_followed {
            return Some(UsedUp::Operations);
        }
        let looks = operations.is_multiple_of(Self::LOOK);
        let late = || self.began.get().is_some_and(|began| began.elapsed() > limits.wall_time);
        (looks && late()).then_some(UsedUp::Time)
    }
}

/// Why runs were stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum UsedUp {
    /// [`Limits::operations_followed`].
    Operations,
    /// [`Limits::wall_time`].
    Time,
}

impl Sandbox {
    /// A sandbox for `source` that knows `words`; the caller registers what they do with
    /// [`engine`](Self::engine).
    #[must_use]
    pub(crate) fn new(source: Source, words: &'static [Word], limits: Limits) -> Self {
        let bench = Workbench::new(source);
        let mut engine = Engine::new_raw();
        engine.register_global_module(ArithmeticPackage::new().as_shared_module());
        engine.register_global_module(LogicPackage::new().as_shared_module());
        engine.register_global_module(BasicIteratorPackage::new().as_shared_module());
        engine.register_global_module(BasicArrayPackage::new().as_shared_module());
        // Fast operators would bypass the arithmetic registered below.
        engine.set_fast_operators(false);
        engine.set_optimization_level(OptimizationLevel::None);
        engine.set_max_operations(limits.operations);
        engine.set_max_call_levels(limits.call_levels);
        engine.set_max_expr_depths(limits.expression_depth, limits.expression_depth);
        engine.set_max_string_size(limits.string_bytes);
        engine.set_max_array_size(limits.entries);
        engine.set_max_map_size(limits.entries);
        engine.set_max_variables(limits.entries);
        engine.set_max_functions(256);
        engine.set_max_modules(0);
        engine.set_fail_on_invalid_map_property(true);
        engine.disable_symbol("eval").disable_symbol("print").disable_symbol("debug");
        engine.register_type_with_name::<Quantity>("amount");
        let spent = Arc::new(Spent::new());
        let counted = Arc::clone(&spent);
        engine.on_progress(move |_| counted.count(limits).map(Dynamic::from));
        arithmetic::register(&mut engine, &bench);
        Self { engine, bench, words, spent, ast: AST::empty() }
    }

    /// The engine, to register words in.
    pub(crate) fn engine(&mut self) -> &mut Engine {
        &mut self.engine
    }

    /// What the words work on.
    pub(crate) fn bench(&self) -> &Workbench {
        &self.bench
    }

    /// Reads and runs a whole script. Problems are left on the workbench.
    pub(crate) fn run(&mut self, text: &str) {
        let ast = match self.engine.compile(text) {
            Ok(ast) => ast,
            Err(error) => return self.bench.report(translate::syntax(&error, &self.bench)),
        };
        self.bench.set_calls(call_places(&ast));
        let unknown = unknown_words(&ast, &self.bench, self.words, &[]);
        // A word that stands for nothing stops the run at its first use, but what stands before it
        // is still looked at.
        let refused = unknown.iter().any(|problem| problem.id != "unknown-word");
        unknown.into_iter().for_each(|problem| self.bench.report(problem));
        if refused {
            return;
        }
        self.ast = ast;
        self.spent.begin();
        if let Err(error) = self.engine.run_ast(&self.ast) {
            self.bench.report(translate::runtime(&error, &self.bench, self.words));
        }
    }

    /// Reads one expression whose free variables are `variables`.
    ///
    /// # Errors
    /// Its problems: a syntax error, or all its unknown words.
    pub(crate) fn expression(&self, text: &str, variables: &[String]) -> Result<AST, Vec<Problem>> {
        let ast = self
            .engine
            .compile_expression(text)
            .map_err(|error| vec![translate::syntax(&error, &self.bench)])?;
        let unknown = unknown_words(&ast, &self.bench, self.words, variables);
        if unknown.is_empty() { Ok(ast) } else { Err(unknown) }
    }

    /// The variables an expression needs the value of: all but those it only names as the first
    /// argument of `naming`.
    pub(crate) fn variables_used(&self, ast: &AST, naming: &str) -> Vec<String> {
        variables_used(ast, naming)
    }

    /// Traces an expression in `scope`: `start` is called before each run, `accept` turns its
    /// result into a node.
    ///
    /// # Errors
    /// What the run reports, or `accept`.
    pub(crate) fn trace_expression(
        &self,
        ast: &AST,
        scope: &Scope<'_>,
        start: &dyn Fn(),
        accept: &dyn Fn(Dynamic) -> Result<NodeId, Problem>,
    ) -> Result<NodeId, Problem> {
        self.bench.set_calls(call_places(ast));
        self.spent.begin();
        self.bench.explore(&|| {
            start();
            let mut scope = scope.clone();
            let value = self
                .engine
                .eval_ast_with_scope::<Dynamic>(&mut scope, ast)
                .map_err(|error| translate::runtime(&error, &self.bench, self.words))?;
            accept(value)
        })
    }

    /// Traces a closure called with `argument`, `accept` turning its result into a node.
    ///
    /// # Errors
    /// What a run reports, or `accept`; `captured-variable-changed` when the closure writes to a
    /// variable outside it, which would make its result depend on the order of runs.
    pub(crate) fn trace(
        &self,
        closure: &Closure,
        argument: &Dynamic,
        accept: &dyn Fn(Dynamic) -> Result<NodeId, Problem>,
    ) -> Result<NodeId, Problem> {
        self.spent.begin();
        let result = self.bench.explore(&|| {
            let function = closure.fresh();
            let value = function
                .call::<Dynamic>(&self.engine, &self.ast, (argument.clone(),))
                .map_err(|error| translate::runtime(&error, &self.bench, self.words))?;
            if closure.changed(&function) {
                return Err(self.captured_change(closure));
            }
            accept(value)
        });
        result.map_err(|problem| {
            let place = problem.place.clone().or_else(|| self.bench.place(closure.position));
            problem.maybe_at(place)
        })
    }

    fn captured_change(&self, closure: &Closure) -> Problem {
        let name = closure.function.fn_name();
        let captured = self
            .ast
            .iter_functions()
            .find(|function| function.name == name)
            .and_then(|function| function.params.first().map(|name| (*name).to_string()))
            .unwrap_or_default();
        Problem::error(
            "captured-variable-changed",
            say!(
                "a payment may not change `{captured}`, which is declared outside of it",
                "支払の中で、外側の変数 `{captured}` を変えることはできません"
            ),
        )
        .help(say!(
            "use a variable declared inside the closure: `let sum = yen(0); …`",
            "クロージャの中で変数を宣言してください: `let sum = yen(0); …`"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expr::{Graph, Interval, Unit};
    use crate::problem::Language;

    fn refused(text: &str, limits: Limits) -> String {
        let mut sandbox = Sandbox::new(Source::new("x.rhai", text), &[], limits);
        sandbox.run(text);
        let problems = sandbox.bench().take_problems();
        problems.iter().map(|problem| problem.message.within(Language::En).to_owned()).collect()
    }

    #[test]
    fn what_runs_too_long_is_counted_in_operations() {
        let few = Limits { operations: 200, ..Limits::default() };
        assert_eq!(refused("let n = 0; for i in 0..10 { n += i; }", few), "");
        let message = refused("let n = 0; for i in 0..1_000 { n += i; }", few);
        assert!(message.contains("more operations than a contract needs"), "{message}");
    }

    #[test]
    fn operations_are_counted_over_all_branches_of_one_expression() {
        let traced = |sandbox: &Sandbox, text: &str| {
            let names = ["x", "y", "z"].map(str::to_owned);
            let ast = sandbox.expression(text, &names).unwrap();
            let mut scope = Scope::new();
            for name in names {
                let node = |graph: &mut Graph| graph.symbol(&name, Unit::Number, Interval::ALL);
                scope.push(name.clone(), Quantity::from(sandbox.bench().graph(node)));
            }
            let node = |value: Dynamic| Ok(sandbox.bench().node_of(&value).unwrap());
            sandbox.trace_expression(&ast, &scope, &|| {}, &node).map_err(|problem| problem.id)
        };
        let one = "if x > 1 { 1 } else { 2 }";
        let three = "(if x > 1 { 1 } else { 2 }) + (if y > 1 { 1 } else { 2 }) + (if z > 1 { 1 } else { 2 })";
        let sandbox = |operations_followed| {
            let limits = Limits { operations_followed, ..Limits::default() };
            Sandbox::new(Source::new("x.rhai", ""), &[], limits)
        };
        // Eight runs take more than one may.
        let few = sandbox(60);
        assert_eq!(traced(&few, three), Err("too-many-branches"));
        assert!(traced(&few, one).is_ok() && traced(&few, one).is_ok());
        assert!(traced(&sandbox(1_000), three).is_ok());
    }

    #[test]
    fn the_clock_is_a_last_resort() {
        let none = Limits { wall_time: Duration::ZERO, ..Limits::default() };
        let message = refused("loop { }", none);
        assert!(message.contains("the time limit was reached"), "{message}");
    }
}
