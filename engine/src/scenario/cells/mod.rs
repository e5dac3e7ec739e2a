//! Cells: named expressions, drawn once per path or at every evaluation.

mod trace;
mod values;

pub(super) use trace::Parsed;
pub(super) use values::Values;

use super::assumption::{Assumption, follows, is_assumed};
use super::cohort::Tables;
use super::correlation::Correlation;
use super::document::{Document, Section};
use super::vocabulary::{Ledger, WORDS};
use crate::Files;
use crate::expr::Unit;
use crate::problem::{Place, Problem, Text, say};
use crate::script::Sandbox;

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
    title: Option<Text>,
    source: Option<Text>,
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
                title: cell.title.clone(),
                is: cell.is.expression.shown().to_owned(),
                no_effect: cell
                    .no_effect
                    .as_ref()
                    .map(|parsed| parsed.expression.shown().to_owned()),
                source: cell.source.clone(),
                assumed: is_assumed(cell.source.as_ref(), follows(cell.is.expression.shown())),
                place: cell.place.clone(),
            })
            .collect()
    }

    fn check_name(&self, section: &Section<'_>, name: &str, before: &[String]) {
        let mut characters = name.chars();
        let first = characters.next().is_some_and(|c| c.is_alphabetic() || c == '_');
        let plain = first && characters.all(|c| c.is_alphanumeric() || c == '_');
        let word = WORDS.iter().any(|word| word.name == name) || name == "t";
        if plain && !word && before.iter().any(|known| known == name) {
            return self.document.report(
                Problem::error(
                    "wrong-name",
                    say!(
                        "the cell `{name}` is declared twice",
                        "セル `{name}` が二度宣言されています"
                    ),
                )
                .help(say!(
                    "a cell stands under [assume] or under [assume.each], not under both",
                    "セルは [assume] か [assume.each] のどちらか一方に書いてください"
                ))
                .at(section.key_place(name)),
            );
        }
        let message = if !plain {
            say!("`{name}` cannot be the name of a cell", "`{name}` はセルの名前に使えません")
        } else if word {
            say!("`{name}` is a word of the scenario language", "`{name}` はシナリオ言語の語です")
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
        let (mut title, mut source) = (None, None);
        let (is, no_effect, unit) = if section.is_section(name) {
            let table = section.section(name)?;
            table.known(&["title", "is", "no_effect", "unit", "source", "note"]);
            if !table.has("is") {
                table.missing(
                    "is",
                    say!("an expression: is = \"normal(5, 2)\"", "式: is = \"normal(5, 2)\""),
                );
            }
            let unit = table.title("unit").map(|unit| Unit::named(&unit));
            table.text("note");
            title = table.has("title").then(|| table.title("title")).flatten();
            source = table.source();
            (table.expression("is")?, table.expression("no_effect"), unit)
        } else {
            (section.expression(name)?, None, None)
        };
        let is = self.parse(is, names);
        let no_effect = no_effect.map(|expression| self.parse(expression, names));
        let no_effect = match no_effect {
            Some(None) => return None,
            Some(parsed) => parsed,
            None => None,
        };
        let name = name.to_owned();
        Some(Assumed { name, place, level, is: is?, no_effect, unit, title, source })
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
}
