//! Expressions over cells: read, and traced into the graph.

use std::cell::Cell;

use rhai::{AST, Dynamic, Scope};

use super::values::{Value, Values};
use super::{Cells, Level};
use crate::expr::{Interval, NodeId, Unit};
use crate::problem::{Place, Problem, Text, did_you_mean, say};
use crate::scenario::assumption::follows;
use crate::scenario::document::Expression;
use crate::scenario::vocabulary::{Column, WORDS};
use crate::script::{Quantity, clash};

/// An expression that was read, with the cells it needs first.
pub(in crate::scenario) struct Parsed {
    pub(super) expression: Expression,
    ast: Box<AST>,
    pub(super) uses: Vec<String>,
}

impl Parsed {
    /// Whether it names others and writes no number of its own.
    pub(in crate::scenario) fn follows(&self) -> bool {
        follows(self.expression.shown())
    }
}

impl Cells<'_> {
    /// Reads an expression over cells; its problems are reported.
    pub(in crate::scenario) fn parse(
        &self,
        expression: Expression,
        names: &[String],
    ) -> Option<Parsed> {
        let bench = self.sandbox.bench();
        bench.set_source(self.document.source_of(&expression));
        let mut variables = names.to_vec();
        variables.push("t".to_owned());
        match self.sandbox.expression(&expression.text, &variables) {
            Ok(ast) => {
                let unread = self.tables.load(&ast);
                let uses = self.sandbox.variables_used(&ast, "before");
                if unread.is_empty() {
                    return Some(Parsed { expression, ast: Box::new(ast), uses });
                }
                for problem in unread {
                    self.document.report(self.document.relocate(problem, &expression));
                }
                None
            }
            Err(problems) => {
                for problem in problems {
                    let problem = match problem.id {
                        "unknown-word" => unknown_cell(problem, names),
                        _ => problem,
                    };
                    self.document.report(self.document.relocate(problem, &expression));
                }
                None
            }
        }
    }

    /// The names of all cells and cohorts.
    pub(in crate::scenario) fn names(&self) -> Vec<String> {
        self.names.iter().chain(&self.cohorts).cloned().collect()
    }

    /// Traces an expression with these cell values; its problems are reported.
    pub(in crate::scenario) fn trace(
        &self,
        parsed: &Parsed,
        key: &str,
        values: &Values,
        evaluation: usize,
        unit: Option<&Unit>,
    ) -> Option<NodeId> {
        self.trace_with(parsed, key, (values, &[]), evaluation, unit)
    }

    /// Traces an expression with these cell values and further constants by their names.
    pub(in crate::scenario) fn trace_with(
        &self,
        parsed: &Parsed,
        key: &str,
        (values, constants): (&Values, &[(&str, Dynamic)]),
        evaluation: usize,
        unit: Option<&Unit>,
    ) -> Option<NodeId> {
        let mut scope = self.scope(values, evaluation);
        for (name, constant) in constants {
            scope.push_constant_dynamic(*name, constant.clone());
        }
        self.entry(parsed, key, &scope, unit, None).ok()
    }

    /// As [`trace`](Self::trace), of an expression that may give a list.
    pub(super) fn value(
        &self,
        parsed: &Parsed,
        key: &str,
        values: &Values,
        evaluation: usize,
        unit: Option<&Unit>,
    ) -> Option<Value> {
        let scope = self.scope(values, evaluation);
        let length = Cell::new(None);
        let first = self.entry(parsed, key, &scope, unit, Some((0, &length))).ok()?;
        let Some(Some(length)) = length.get() else { return Some(Value::One(first)) };
        let known = Cell::new(Some(Some(length)));
        // Draws are keyed, so that every run makes the same ones, and one entry of the list is kept.
        let rest = (1..length).map(|at| self.entry(parsed, key, &scope, unit, Some((at, &known))));
        let entries = std::iter::once(Ok(first)).chain(rest).collect::<Result<Vec<_>, _>>();
        entries.ok().map(Value::List)
    }

    /// The cells, cohorts and `t` as an expression sees them.
    fn scope(&self, values: &Values, evaluation: usize) -> Scope<'static> {
        let bench = self.sandbox.bench();
        let mut scope = Scope::new();
        for (name, cohort) in self.cohorts.iter().zip(&values.cohorts) {
            scope.push_constant_dynamic(name.as_str(), Dynamic::from(cohort.clone()));
        }
        for (at, cell) in self.cells.iter().enumerate() {
            let quantity = |node, name| Dynamic::from(Quantity { node, name });
            let name = (cell.level == Level::Each).then_some(at as u32);
            let value = match values.cells.get(&at) {
                Some(Value::One(node)) => quantity(*node, name),
                Some(Value::List(nodes)) => {
                    Dynamic::from_array(nodes.iter().map(|node| quantity(*node, None)).collect())
                }
                // Only `before` may name a cell that has no value yet, and it looks at the name.
                None => {
                    let symbol = format!("not yet:{}", cell.name);
                    let node =
                        bench.graph(|graph| graph.symbol(&symbol, Unit::Bare, Interval::ALL));
                    quantity(node, name)
                }
            };
            scope.push_constant_dynamic(cell.name.as_str(), value);
        }
        scope.push_constant("t", evaluation as i64 + 1);
        scope
    }

    /// Traces an expression; of a list the entry asked for, where a list may be. Its problems are
    /// reported.
    fn entry(
        &self,
        parsed: &Parsed,
        key: &str,
        scope: &Scope<'_>,
        unit: Option<&Unit>,
        list: Option<(usize, &Cell<Length>)>,
    ) -> Result<NodeId, Reported> {
        let bench = self.sandbox.bench();
        bench.set_source(self.document.source_of(&parsed.expression));
        self.ledger.now().cell = key.to_owned();
        let accept = |value: Dynamic| -> Result<NodeId, Problem> {
            let value = match list {
                Some((at, length)) => entry_of(value, at, length)?,
                None => value,
            };
            let node = bench.node_of(&value).ok_or_else(|| {
                Problem::error(
                    "not-a-number",
                    say!("this gives no number", "この式は数を返していません"),
                )
                .found(crate::script::describe(&value))
            })?;
            match unit {
                None => Ok(node),
                Some(unit) => bench
                    .graph(|graph| graph.relabel(node, unit))
                    .map_err(|problem| clash(&problem)),
            }
        };
        let ledger = self.ledger;
        let start = || ledger.now().count = 0;
        loop {
            let problem = match self.sandbox.trace_expression(&parsed.ast, scope, &start, &accept) {
                Ok(node) => {
                    bench.made(node, rhai::Position::NONE);
                    return Ok(node);
                }
                Err(problem) => self.document.relocate(problem, &parsed.expression),
            };
            let asked = self.ledger.now().asked.take();
            match asked {
                Some(column) => self.read_data(column, problem)?,
                None => {
                    self.document.report(problem);
                    return Err(Reported);
                }
            }
        }
    }

    /// Reads a column of data that a word asked for; `unread` says that it is not there.
    fn read_data(&self, column: Column, unread: Problem) -> Result<(), Reported> {
        let path = crate::scenario::beside(self.document.source.file(), &column.file);
        match column.read(self.files, &path) {
            Ok(data) => {
                self.ledger.now().data.insert(column, data);
                Ok(())
            }
            Err(problems) => {
                for problem in problems {
                    // A file that is not there is looked for where the scenario names it.
                    let place = match problem.id {
                        "unreadable-file" => unread.place.clone(),
                        _ => problem.place.clone(),
                    };
                    self.document.report(Problem { place, ..problem });
                }
                Err(Reported)
            }
        }
    }

    /// The place of an expression.
    pub(in crate::scenario) fn place(&self, parsed: &Parsed) -> Place {
        self.document.place(&parsed.expression)
    }
}

/// What was wrong is reported.
struct Reported;

/// How many entries a cell's list has: unknown, no list, or so many.
type Length = Option<Option<usize>>;

/// The entry of a list, or the value itself where it is none.
fn entry_of(value: Dynamic, at: usize, length: &Cell<Length>) -> Result<Dynamic, Problem> {
    let entries = value.read_lock::<rhai::Array>().map(|list| (list.len(), list.get(at).cloned()));
    let found = entries.as_ref().map(|(length, _)| *length);
    if found == Some(0) || length.get().is_some_and(|known| known != found) {
        return Err(Problem::error(
            "uneven-list",
            say!(
                "a list needs the same entries on every branch, and at least one",
                "リストの項目はどの分岐でも同数で、一つ以上必要です"
            ),
        )
        .found(match found {
            Some(entries) => say!("{entries} entries", "項目 {entries} 個"),
            None => say!("a single value", "単独の値"),
        }));
    }
    length.set(Some(found));
    Ok(entries.and_then(|(_, entry)| entry).unwrap_or(value))
}

impl Parsed {
    /// Whether the expression needs any of these names.
    pub(in crate::scenario) fn uses_any(&self, names: &[&str]) -> bool {
        self.uses.iter().any(|used| names.contains(&used.as_str()))
    }

    /// Whether this is its whole text.
    pub(in crate::scenario) fn is_written(&self, text: &str) -> bool {
        self.expression.text.trim() == text
    }

    pub(super) fn ast_is(&self, other: &Parsed) -> bool {
        self.expression == other.expression
    }
}

fn unknown_cell(problem: Problem, names: &[String]) -> Problem {
    let word = problem.message.en.split('`').nth(1).unwrap_or_default().to_owned();
    let known = names.iter().map(String::as_str).chain(WORDS.iter().map(|word| word.name));
    let near = did_you_mean(&word, known);
    let problem = Problem {
        message: say!("there is no cell or word `{word}`", "`{word}` というセルや語はありません"),
        id: "unknown-cell",
        help: None,
        ..problem
    };
    let problem = problem.expected(Text::from(names.join(", ")));
    match near {
        Some(near) => problem.help(near),
        None => problem.help(say!("declare it under [assume]", "[assume] で宣言してください")),
    }
}
