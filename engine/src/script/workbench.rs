//! What a script's words work on: the graph, the answers of the current run, the problems so far.

use std::cell::Cell;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rhai::Position;

use super::answers::{Answers, RUNS_MAX};
use super::words::CallPlaces;
use crate::expr::{Graph, NodeId};
use crate::problem::{Place, Problem, Source, say};

/// The state that a sandbox and the words registered in it share.
#[derive(Debug, Clone)]
pub(crate) struct Workbench(Arc<Mutex<Inside>>);

#[derive(Debug)]
struct Inside {
    graph: Graph,
    /// Where nodes were made, for findings and faults long after the run.
    places: HashMap<NodeId, Position>,
    /// `None` outside of closures: nothing may be asked there.
    answers: Option<Answers>,
    problems: Vec<Problem>,
    source: Source,
    calls: HashMap<(usize, usize), CallPlaces>,
}

impl Workbench {
    pub(super) fn new(source: Source) -> Self {
        Self(Arc::new(Mutex::new(Inside {
            graph: Graph::default(),
            places: HashMap::new(),
            answers: None,
            problems: Vec::new(),
            source,
            calls: HashMap::new(),
        })))
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Works on the graph.
    pub(crate) fn graph<T>(&self, work: impl FnOnce(&mut Graph) -> T) -> T {
        work(&mut self.lock().graph)
    }

    /// Replaces the source, for hosts that run many short expressions on one bench.
    pub(crate) fn set_source(&self, source: Source) {
        self.lock().source = source;
    }

    pub(super) fn set_calls(&self, calls: HashMap<(usize, usize), CallPlaces>) {
        self.lock().calls = calls;
    }

    /// Where the parts of the call at `position` stand.
    pub(super) fn call(&self, position: Position) -> Option<CallPlaces> {
        let key = (position.line()?, position.position()?);
        self.lock().calls.get(&key).cloned()
    }

    /// The node a script value is: a quantity, a literal, a truth or a text.
    pub(crate) fn node_of(&self, value: &rhai::Dynamic) -> Option<NodeId> {
        super::arithmetic::node_of(self, value)
    }

    /// The unit of a node, in words.
    pub(crate) fn unit_words(&self, node: NodeId) -> crate::problem::Text {
        self.graph(|graph| super::unit_words(graph.unit(node)))
    }

    /// Where the argument (from 0) of the call at `position` stands.
    pub(crate) fn argument(&self, position: Position, argument: usize) -> Position {
        let call = self.call(position);
        call.and_then(|call| call.arguments.get(argument).copied()).unwrap_or(position)
    }

    /// Where an entry of the list that is an argument of the call at `position` stands.
    pub(crate) fn entry(&self, position: Position, argument: usize, entry: usize) -> Position {
        let call = self.call(position);
        let place = call.and_then(|call| Some(call.entries.get(argument)?.get(entry)?.0));
        place.unwrap_or(position)
    }

    /// Remembers where a node was made, the first place winning.
    pub(crate) fn made(&self, node: NodeId, position: Position) {
        if !position.is_none() {
            self.lock().places.entry(node).or_insert(position);
        }
    }

    /// The place a position of the script means: where it is a dot, as in `p.column`, the name
    /// behind it.
    pub(crate) fn place(&self, position: Position) -> Option<Place> {
        let line = position.line()?;
        Some(placed(&self.lock().source, line, position.position().unwrap_or(0)))
    }

    /// What stands in the brackets that open at `position`, or behind the dot there.
    pub(crate) fn place_inside(&self, position: Position) -> Option<Place> {
        let (line, column) = (position.line()?, position.position().unwrap_or(0));
        Some(self.lock().source.place(line, column + 1))
    }

    /// Where a function of the script is declared.
    pub(super) fn place_of_function(&self, name: &str) -> Option<Place> {
        let source = &self.lock().source;
        let text = source.text();
        let at = text.match_indices("fn").find_map(|(at, _)| {
            let behind = text[at + 2..].trim_start();
            let rest = behind.strip_prefix(name)?.trim_start();
            rest.starts_with('(').then(|| text.len() - behind.len())
        })?;
        Some(source.span(at..at + name.len()))
    }

    /// Notes a problem, once for each cause and place; the script goes on.
    pub(crate) fn report(&self, problem: Problem) {
        let mut inside = self.lock();
        let known = inside.problems.iter().any(|known| {
            known.id == problem.id
                && known.place == problem.place
                && known.message == problem.message
                && problem.place.is_some()
        });
        if !known {
            inside.problems.push(problem);
        }
    }

    /// The graph and the places of its nodes, when all tracing is done.
    pub(crate) fn finish(&self) -> (Graph, HashMap<NodeId, Place>) {
        let inside = self.lock();
        let place = |position: &Position| {
            let line = position.line()?;
            Some(placed(&inside.source, line, position.position().unwrap_or(0)))
        };
        let places =
            inside.places.iter().filter_map(|(node, at)| Some((*node, place(at)?))).collect();
        (inside.graph.clone(), places)
    }

    /// The problems so far, in the order of the file.
    pub(crate) fn take_problems(&self) -> Vec<Problem> {
        let mut problems = std::mem::take(&mut self.lock().problems);
        problems.sort_by_key(|problem| {
            problem.place.as_ref().map_or((usize::MAX, 0), |place| (place.line, place.column))
        });
        problems
    }

    /// Whether anything noted so far is an error.
    pub(crate) fn has_errors(&self) -> bool {
        use crate::problem::Severity;
        self.lock().problems.iter().any(|problem| problem.severity == Severity::Error)
    }

    /// Whether a closure is being traced, where nothing may be declared.
    pub(crate) fn is_tracing(&self) -> bool {
        self.lock().answers.is_some()
    }

    /// Answers a comparison in the current run.
    pub(crate) fn ask(&self, condition: NodeId) -> Result<bool, Problem> {
        let inside = &mut *self.lock();
        if let Some(known) = inside.graph.literal(condition) {
            return Ok(!known.is_zero());
        }
        let Some(answers) = &mut inside.answers else {
            return Err(Problem::error(
                "compared-too-early",
                say!(
                    "a value that is measured or drawn later cannot be compared here",
                    "後で測定・抽出される値はここでは比較できません"
                ),
            )
            .help(say!(
                "compare it inside the closure of a payment: `|e| if e[x] >= 5 {{ … }} else {{ … }}`",
                "支払のクロージャの中で比較してください: `|e| if e[x] >= 5 {{ … }} else {{ … }}`"
            )));
        };
        answers.ask(&inside.graph, condition).map_err(|_| too_many_branches())
    }

    /// Runs `run` once per reachable combination of answers and joins the results into choices.
    ///
    /// The first run answers every question with yes; then the last yes is turned into a no, until
    /// all are. Equal branches collapse.
    ///
    /// # Errors
    /// Whatever `run` reports; `too-many-branches` past the limits; a unit clash between branches.
    pub(crate) fn explore(
        &self,
        run: &dyn Fn() -> Result<NodeId, Problem>,
    ) -> Result<NodeId, Problem> {
        let runs = Cell::new(0);
        let outer = self.lock().answers.take();
        let result = self.branch(Vec::new(), run, &runs);
        self.lock().answers = outer;
        result
    }

    fn branch(
        &self,
        given: Vec<bool>,
        run: &dyn Fn() -> Result<NodeId, Problem>,
        runs: &Cell<usize>,
    ) -> Result<NodeId, Problem> {
        runs.set(runs.get() + 1);
        if runs.get() > RUNS_MAX {
            return Err(too_many_branches());
        }
        let known = given.len();
        self.lock().answers = Some(Answers { given, ..Answers::default() });
        let result = run();
        let taken = self.lock().answers.take().map(|answers| answers.taken).unwrap_or_default();
        let mut value = result?;
        for at in (known..taken.len()).rev() {
            let mut given: Vec<bool> = taken[..at].iter().map(|(_, answer)| *answer).collect();
            given.push(false);
            let otherwise = self.branch(given, run, runs)?;
            let when = taken[at].0;
            value = self
                .graph(|graph| graph.select(when, value, otherwise))
                .map_err(|clash| super::clash(&clash))?;
        }
        Ok(value)
    }
}

/// The place at a line and column; where a dot stands, the name behind it.
fn placed(source: &Source, line: usize, column: usize) -> Place {
    let place = source.place(line, column);
    let mut from = place.excerpt.chars().skip(column.saturating_sub(1));
    let dot = from.next() == Some('.') && from.next().is_some_and(|c| c.is_alphanumeric());
    if dot { source.place(line, column + 1) } else { place }
}

/// A closure that takes too long in all its branches.
pub(super) fn too_many_branches() -> Problem {
    Problem::error(
        "too-many-branches",
        say!(
            "this closure has too many branches to follow",
            "このクロージャは分岐が多すぎて追えません"
        ),
    )
    .expected(say!(
        "at most {RUNS_MAX} combinations of answers",
        "分岐の組み合わせは {RUNS_MAX} 通りまで"
    ))
    .help(say!(
        "write a table with `tiers(…)` instead of many `if`s, or split the line",
        "`if` を重ねる代わりに `tiers(…)` の表にするか、支払項目を分けてください"
    ))
}
