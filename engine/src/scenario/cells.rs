//! Cells: named expressions, drawn once per path or at every evaluation.

use std::cell::Cell;
use std::collections::BTreeMap;

use rhai::{AST, Dynamic, Scope};
use rustc_hash::FxHashMap;

use super::Assumption;
use super::cohort::{CohortHandle, Tables};
use super::correlation::Correlation;
use super::document::{Document, Expression, Section};
use super::model::CellColumn;
use super::vocabulary::{Column, Ledger, WORDS};
use crate::Files;
use crate::expr::{Interval, NodeId, Unit};
use crate::problem::{Place, Problem, Source, Text, did_you_mean, say};
use crate::script::{Quantity, Sandbox, clash};

/// Whether the programme works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    With,
    Without,
}

/// When a cell is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    Once,
    Each,
}

struct Assumed {
    name: String,
    place: Place,
    level: Level,
    is: Parsed,
    no_effect: Option<Parsed>,
    unit: Option<Unit>,
    source: Option<String>,
}

/// An expression that was read, with the cells it needs first.
pub(super) struct Parsed {
    expression: Expression,
    ast: Box<AST>,
    uses: Vec<String>,
}

/// The cells of a scenario and what their expressions are traced with.
pub(super) struct Cells<'d> {
    files: &'d dyn Files,
    pub(super) document: &'d Document<'d>,
    pub(super) sandbox: &'d Sandbox,
    pub(super) ledger: &'d Ledger,
    pub(super) tables: &'d Tables<'d>,
    cells: Vec<Assumed>,
    /// The name of every cell, those that cannot be read among them.
    names: Vec<String>,
    /// Cell numbers, each after those it needs.
    order: Vec<usize>,
    correlation: Correlation,
    /// The names of the cohorts, which outcomes and benefits may use.
    pub(super) cohorts: Vec<String>,
}

/// What a cell is.
#[derive(Debug, Clone)]
enum Value {
    One(NodeId),
    List(Vec<NodeId>),
}

/// The nodes of every cell at one evaluation, and the cohorts there.
#[derive(Debug, Clone, Default)]
pub(super) struct Values {
    cells: BTreeMap<usize, Value>,
    /// In the order of [`Cells::cohorts`]; none while cells are traced.
    pub(super) cohorts: Vec<CohortHandle>,
}

impl<'d> Cells<'d> {
    /// Reads `[assume]`, `[assume.each]` and `[[correlate]]`.
    pub(super) fn read(
        files: &'d dyn Files,
        document: &'d Document<'d>,
        sandbox: &'d Sandbox,
        ledger: &'d Ledger,
        tables: &'d Tables<'d>,
        root: &Section<'d>,
    ) -> Cells<'d> {
        let mut found: Vec<(Level, Section<'d>, &str)> = Vec::new();
        if let Some(assume) = root.section("assume") {
            let each = assume.section("each").filter(|_| assume.has("each"));
            let names = assume.keys().into_iter().filter(|name| *name != "each");
            found.extend(names.map(|name| (Level::Once, assume.clone(), name)));
            if let Some(each) = each {
                found.extend(each.keys().into_iter().map(|name| (Level::Each, each.clone(), name)));
            }
        }
        let names: Vec<String> = found.iter().map(|(_, _, name)| (*name).to_owned()).collect();
        let mut cells = Cells {
            files,
            document,
            sandbox,
            ledger,
            tables,
            cells: Vec::new(),
            names: names.clone(),
            order: Vec::new(),
            correlation: Correlation::default(),
            cohorts: Vec::new(),
        };
        for (position, (level, section, name)) in found.iter().enumerate() {
            cells.check_name(section, name, &names[..position]);
            if let Some(cell) = cells.cell(*level, section, name, &names) {
                cells.cells.push(cell);
            }
        }
        cells.order = cells.sorted();
        cells.correlation = Correlation::read(
            document,
            root,
            |name| {
                let cell = cells.cells.iter().position(|cell| cell.name == name)?;
                Some((cell, cells.cells[cell].level == Level::Each))
            },
            &names,
        );
        cells
    }

    /// The cells as the file states them.
    pub(super) fn assumptions(&self) -> Vec<Assumption> {
        self.cells
            .iter()
            .map(|cell| Assumption {
                name: cell.name.clone(),
                is: cell.is.expression.text.clone(),
                no_effect: cell.no_effect.as_ref().map(|parsed| parsed.expression.text.clone()),
                source: cell.source.clone(),
                place: cell.place.clone(),
            })
            .collect()
    }

    fn check_name(&self, section: &Section<'_>, name: &str, before: &[String]) {
        let mut characters = name.chars();
        let first = characters.next().is_some_and(|c| c.is_alphabetic() || c == '_');
        let plain = first && characters.all(|c| c.is_alphanumeric() || c == '_');
        let word = WORDS.iter().any(|word| word.name == name) || name == "t";
        let message = if !plain {
            say!("`{name}` cannot be the name of a cell", "`{name}` はセルの名前に使えません")
        } else if word {
            say!("`{name}` is a word of the scenario language", "`{name}` はシナリオ言語の語です")
        } else if before.iter().any(|known| known == name) {
            say!("the cell `{name}` is declared twice", "セル `{name}` が二度宣言されています")
        } else {
            return;
        };
        self.document.report(
            Problem::error("wrong-name", message)
                .expected(say!(
                    "letters, digits and _, not starting with a digit",
                    "文字・数字・_ で、数字以外から始まる名前"
                ))
                .at(section.key_place(name)),
        );
    }

    fn cell(
        &self,
        level: Level,
        section: &Section<'d>,
        name: &str,
        names: &[String],
    ) -> Option<Assumed> {
        let place = section.key_place(name);
        let (is, no_effect, unit, source) = if section.is_section(name) {
            let table = section.section(name)?;
            table.known(&["is", "no_effect", "unit", "source", "note"]);
            if !table.has("is") {
                table.missing(
                    "is",
                    say!("an expression: is = \"normal(5, 2)\"", "式: is = \"normal(5, 2)\""),
                );
            }
            let unit = table.text("unit").map(|unit| Unit::named(&unit));
            table.text("note");
            (table.expression("is")?, table.expression("no_effect"), unit, table.text("source"))
        } else {
            (section.expression(name)?, None, None, None)
        };
        let is = self.parse(is, names);
        let no_effect = no_effect.map(|expression| self.parse(expression, names));
        let no_effect = match no_effect {
            Some(None) => return None,
            Some(parsed) => parsed,
            None => None,
        };
        Some(Assumed { name: name.to_owned(), place, level, is: is?, no_effect, unit, source })
    }

    /// Reads an expression over cells; its problems are reported.
    pub(super) fn parse(&self, expression: Expression, names: &[String]) -> Option<Parsed> {
        let bench = self.sandbox.bench();
        bench.set_source(Source::new(self.document.source.file(), expression.text.clone()));
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
    pub(super) fn names(&self) -> Vec<String> {
        self.names.iter().chain(&self.cohorts).cloned().collect()
    }

    /// The names of all cells.
    pub(super) fn cell_names(&self) -> Vec<String> {
        self.names.clone()
    }

    /// Refuses a name of a cohort that a cell, a word or one of its `variables` has; and a cell
    /// called as one of those.
    pub(super) fn check_cohort_name(&self, section: &Section<'_>, name: &str, variables: &[&str]) {
        self.check_name(section, name, &self.names);
        for cell in self.cells.iter().filter(|cell| variables.contains(&cell.name.as_str())) {
            let name = &cell.name;
            self.document.report(
                Problem::error(
                    "wrong-name",
                    say!(
                        "beside a cohort, `{name}` cannot be the name of a cell",
                        "コホートがあるとき、`{name}` はセルの名前に使えません"
                    ),
                )
                .at(cell.place.clone()),
            );
        }
    }

    /// A cell that the expression needs and that is drawn at every evaluation.
    pub(super) fn drawn_at_evaluations(&self, parsed: &Parsed) -> Option<&str> {
        let needed =
            |cell: &&Assumed| parsed.uses.contains(&cell.name) && cell.level == Level::Each;
        self.cells.iter().find(needed).map(|cell| cell.name.as_str())
    }

    /// Makes ready to trace an expression of a cohort; returns how many draws there are by now.
    pub(super) fn begin_cohort(&self) -> usize {
        self.begin(0, None, false);
        self.ledger.now().draws.len()
    }

    fn number_of(&self, name: &str) -> Option<usize> {
        self.cells.iter().position(|cell| cell.name == name)
    }

    /// Cells after those they need; a cycle, or a cell per path that needs one per evaluation, is
    /// reported.
    fn sorted(&self) -> Vec<usize> {
        #[derive(Clone, Copy, PartialEq)]
        enum Mark {
            New,
            Open,
            Done,
        }
        fn visit(
            cells: &Cells<'_>,
            at: usize,
            marks: &mut [Mark],
            path: &mut Vec<usize>,
            order: &mut Vec<usize>,
        ) {
            match marks[at] {
                Mark::Done => return,
                Mark::Open => return cells.cycle(path, at),
                Mark::New => {}
            }
            marks[at] = Mark::Open;
            path.push(at);
            for need in cells.needs(at) {
                visit(cells, need, marks, path, order);
            }
            path.pop();
            marks[at] = Mark::Done;
            order.push(at);
        }
        let mut marks = vec![Mark::New; self.cells.len()];
        let mut order = Vec::new();
        for at in 0..self.cells.len() {
            visit(self, at, &mut marks, &mut Vec::new(), &mut order);
            for need in self.needs(at) {
                let (cell, needed) = (&self.cells[at], &self.cells[need]);
                if cell.level == Level::Once && needed.level == Level::Each {
                    let (name, other) = (&cell.name, &needed.name);
                    self.document.report(
                        Problem::error(
                            "drawn-later",
                            say!(
                                "`{name}` is drawn once, but `{other}` at every evaluation",
                                "`{name}` は一度だけ、`{other}` は評価ごとに引かれます"
                            ),
                        )
                        .help(say!(
                            "move `{name}` to [assume.each]",
                            "`{name}` を [assume.each] に移してください"
                        ))
                        .at(cell.place.clone()),
                    );
                }
            }
        }
        order
    }

    fn needs(&self, at: usize) -> Vec<usize> {
        let cell = &self.cells[at];
        let expressions = std::iter::once(&cell.is).chain(&cell.no_effect);
        expressions
            .flat_map(|parsed| &parsed.uses)
            .filter_map(|name| self.number_of(name))
            .collect()
    }

    fn cycle(&self, path: &[usize], at: usize) {
        let start = path.iter().position(|cell| *cell == at).unwrap_or_default();
        let names = path[start..].iter().chain([&at]).map(|cell| self.cells[*cell].name.as_str());
        let chain = names.collect::<Vec<_>>().join(" → ");
        self.document.report(
            Problem::error(
                "cycle",
                say!("cells need each other: {chain}", "セルが互いに必要としています: {chain}"),
            )
            .help(say!(
                "`before(x, start)` looks at the evaluation before",
                "一つ前の評価の値は `before(x, 初期値)` で参照できます"
            ))
            .at(self.cells[at].place.clone()),
        );
    }

    /// The cells that are drawn once per path.
    pub(super) fn once(&self, effect: Effect) -> Values {
        let mut values = Values::default();
        for &at in &self.order {
            if self.cells[at].level == Level::Once {
                self.begin(0, None, false);
                self.cell_value(at, effect, &mut values, 0);
            }
        }
        values
    }

    /// All cells at an evaluation, given those before it.
    pub(super) fn at(
        &self,
        effect: Effect,
        evaluation: usize,
        once: &Values,
        previous: Option<&Values>,
    ) -> Values {
        let mut values = once.clone();
        for &at in &self.order {
            if self.cells[at].level == Level::Each {
                let number = evaluation as u32 + 1;
                self.begin(number, previous, true);
                self.cell_value(at, effect, &mut values, evaluation);
            }
        }
        values
    }

    fn begin(&self, evaluation: u32, previous: Option<&Values>, repeated: bool) {
        let mut now = self.ledger.now();
        now.evaluation = evaluation;
        now.repeated = repeated;
        now.deviate = None;
        now.previous = previous.map(|values| {
            let each = values.cells.iter().filter(|(at, _)| self.cells[**at].level == Level::Each);
            each.map(|(at, value)| {
                let node = match value {
                    Value::One(node) => Some(*node),
                    Value::List(_) => None,
                };
                (*at as u32, node)
            })
            .collect::<FxHashMap<_, _>>()
        });
    }

    fn cell_value(&self, at: usize, effect: Effect, values: &mut Values, evaluation: usize) {
        let cell = &self.cells[at];
        let parsed = match (effect, &cell.no_effect) {
            (Effect::Without, Some(no_effect)) => no_effect,
            _ => &cell.is,
        };
        let number = self.ledger.now().evaluation;
        let deviate = self.correlation.deviate(at, |other, weight, sum| {
            let name = &self.cells[other].name;
            self.correlated(name, number, weight, sum)
        });
        self.ledger.now().deviate = deviate;
        let value = self.value(parsed, &cell.name, values, evaluation, cell.unit.as_ref());
        let drawn = self.ledger.now().count;
        if let Some(value) = value {
            values.cells.insert(at, value);
            if deviate.is_some() && drawn == 0 && parsed.ast_is(&cell.is) {
                let name = &cell.name;
                self.document.report(
                    Problem::error(
                        "no-draw",
                        say!(
                            "`{name}` is correlated but draws nothing",
                            "`{name}` に相関を指定していますが、乱数を引いていません"
                        ),
                    )
                    .at(cell.place.clone()),
                );
            }
        }
        self.ledger.now().deviate = None;
    }

    /// `sum + weight × z`, where z is the standard normal deviate of the cell called `name`.
    fn correlated(&self, name: &str, evaluation: u32, weight: f64, sum: Option<NodeId>) -> NodeId {
        use rust_decimal::prelude::FromPrimitive;
        let draw = super::Draw {
            law: crate::random::Family::Normal.into(),
            cell: name.to_owned(),
            index: 0,
            evaluation,
            inverse: false,
        };
        let bench = self.sandbox.bench();
        bench.graph(|graph| {
            let zero = graph.number(0.into(), Unit::Bare);
            let one = graph.number(1.into(), Unit::Bare);
            let z = self.ledger.draw(graph, draw, vec![zero, one], Unit::Bare);
            let weight = rust_decimal::Decimal::from_f64(weight).unwrap_or_default();
            let weight = graph.number(weight, Unit::Bare);
            let part = graph.multiply(weight, z).unwrap_or(z);
            sum.map_or(part, |sum| graph.add(sum, part).unwrap_or(part))
        })
    }

    /// The cells as single paths see them, given their values at every evaluation.
    pub(super) fn columns(&self, values: &[Values]) -> Vec<CellColumn> {
        let mut columns = Vec::new();
        let mut add = |at: usize, evaluation: Option<usize>, values: &Values| {
            let name = &self.cells[at].name;
            let mut one = |name: String, node| columns.push(CellColumn { name, evaluation, node });
            match values.cells.get(&at) {
                None => {}
                Some(Value::One(node)) => one(name.clone(), *node),
                Some(Value::List(nodes)) => {
                    for (part, node) in nodes.iter().enumerate() {
                        one(format!("{name}[{part}]"), *node);
                    }
                }
            }
        };
        for level in [Level::Once, Level::Each] {
            for (evaluation, values) in values.iter().enumerate() {
                let evaluation = (level == Level::Each).then_some(evaluation);
                for at in (0..self.cells.len()).filter(|at| self.cells[*at].level == level) {
                    add(at, evaluation, values);
                }
                if level == Level::Once {
                    break;
                }
            }
        }
        columns
    }

    /// Traces an expression with these cell values; its problems are reported.
    pub(super) fn trace(
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
    pub(super) fn trace_with(
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
    fn value(
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
        bench.set_source(Source::new(self.document.source.file(), parsed.expression.text.clone()));
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
        let path = super::beside(self.document.source.file(), &column.file);
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
    pub(super) fn place(&self, parsed: &Parsed) -> Place {
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
    pub(super) fn uses_any(&self, names: &[&str]) -> bool {
        self.uses.iter().any(|used| names.contains(&used.as_str()))
    }

    fn ast_is(&self, other: &Parsed) -> bool {
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
