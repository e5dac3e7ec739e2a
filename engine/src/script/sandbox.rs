//! A Rhai engine that can do nothing but arithmetic and the words it is given.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
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
    /// Calls within calls.
    pub call_levels: usize,
    /// Expressions within expressions.
    pub expression_depth: usize,
    /// Bytes of one text.
    pub string_bytes: usize,
    /// Entries of one array or map.
    pub entries: usize,
    /// Time of one run.
    pub wall_time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            operations: 2_000_000,
            call_levels: 32,
            expression_depth: 64,
            string_bytes: 65_536,
            entries: 4_096,
            wall_time: Duration::from_secs(5),
        }
    }
}

/// A script engine with its workbench.
pub struct Sandbox {
    engine: Engine,
    bench: Workbench,
    words: &'static [Word],
    started: Arc<AtomicU64>,
    epoch: Instant,
    ast: AST,
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
        let (epoch, started) = (Instant::now(), Arc::new(AtomicU64::new(0)));
        let run_start = Arc::clone(&started);
        let allowed = limits.wall_time.as_millis() as u64;
        engine.on_progress(move |_| {
            let now = epoch.elapsed().as_millis() as u64;
            let late = now.saturating_sub(run_start.load(Ordering::Relaxed)) > allowed;
            late.then_some(Dynamic::UNIT)
        });
        arithmetic::register(&mut engine, &bench);
        Self { engine, bench, words, started, epoch, ast: AST::empty() }
    }

    /// The engine, to register words in.
    pub(crate) fn engine(&mut self) -> &mut Engine {
        &mut self.engine
    }

    /// What the words work on.
    pub(crate) fn bench(&self) -> &Workbench {
        &self.bench
    }

    fn start(&self) {
        self.started.store(self.epoch.elapsed().as_millis() as u64, Ordering::Relaxed);
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
        unknown.into_iter().for_each(|problem| self.bench.report(problem));
        self.ast = ast;
        self.start();
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
        self.start();
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
        self.start();
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
