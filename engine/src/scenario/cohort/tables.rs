//! Tables that expressions look things up in: read once, each row with its source.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rhai::{AST, ASTNode, EvalAltResult, Expr, NativeCallContext};
use rust_decimal::Decimal;

use super::sheet::Sheet;
use crate::Files;
use crate::evidence::Record;
use crate::problem::{Place, Problem, Text, say};
use crate::scenario::Assumption;
use crate::scenario::assumption::Sourced;
use crate::script::{Workbench, raise};

/// The tables that expressions look things up in.
pub(in crate::scenario) struct Tables<'f> {
    files: &'f dyn Files,
    scenario: String,
    pub(super) library: Library,
}

/// Tables by the name that expressions give them, and the rows looked up that have no source.
#[derive(Clone, Default)]
pub(super) struct Library(Arc<Mutex<Shelves>>);

#[derive(Default)]
struct Shelves {
    sheets: BTreeMap<String, Arc<Sheet>>,
    unsourced: BTreeSet<(String, String)>,
    /// The cycle that things are looked up for.
    now: Option<Now>,
}

/// A cycle of a cohort.
#[derive(Clone, Copy)]
pub(super) struct Now {
    pub(super) cycle: usize,
    /// The years of a cycle.
    pub(super) years: Decimal,
}

impl Shelves {
    /// The fields of a row behind its key.
    fn unsourced_numbers(&self, file: &str, key: &str) -> String {
        let sheet = self.sheets.get(file);
        let record = sheet.and_then(|sheet| {
            sheet.records().iter().find(|record| record.fields.first().is_some_and(|at| at == key))
        });
        record.map(|record| record.fields[1..].join(", ")).unwrap_or_default()
    }
}

impl Library {
    fn now(&self) -> MutexGuard<'_, Shelves> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The years of the cycle that things are looked up for; 1 outside of cohorts.
    pub(super) fn years(&self) -> Decimal {
        self.now().now.map_or(Decimal::ONE, |now| now.years)
    }

    /// `, needed in cycle 3`
    pub(super) fn needed(&self) -> Text {
        match self.now().now {
            Some(Now { cycle, .. }) => {
                say!(", needed in cycle {cycle}", "（サイクル {cycle} で必要）")
            }
            None => Text::default(),
        }
    }
}

impl<'f> Tables<'f> {
    /// Tables beside the scenario at `scenario`.
    pub(in crate::scenario) fn new(files: &'f dyn Files, scenario: &str) -> Tables<'f> {
        Tables { files, scenario: scenario.to_owned(), library: Library::default() }
    }

    /// Reads the tables that an expression names.
    pub(in crate::scenario) fn load(&self, ast: &AST) -> Vec<Problem> {
        let mut named: Vec<String> = Vec::new();
        ast.walk(&mut |path: &[ASTNode]| {
            if let Some(ASTNode::Expr(Expr::FnCall(call, _))) = path.last()
                && ["table", "life_table"].contains(&call.name.as_str())
                && let Some(Expr::StringConstant(file, _)) = call.args.first()
            {
                named.push(file.to_string());
            }
            true
        });
        let mut problems = Vec::new();
        for file in named {
            if self.library.now().sheets.contains_key(&file) {
                continue;
            }
            match Sheet::read(self.files, &self.path(&file)) {
                Ok(sheet) => {
                    self.library.now().sheets.insert(file, Arc::new(sheet));
                }
                Err(found) => problems.extend(found),
            }
        }
        problems
    }

    /// Reads a table that is no expression's.
    pub(super) fn sheet(&self, file: &str) -> Result<Sheet, Vec<Problem>> {
        Sheet::read(self.files, &self.path(file))
    }

    /// Says which cycle the next numbers are for, so that one that is not there can name it.
    pub(super) fn look_up_for(&self, now: Option<Now>) {
        self.library.now().now = now;
    }

    /// The path of a file beside the scenario.
    fn path(&self, file: &str) -> String {
        crate::scenario::beside(&self.scenario, file)
    }

    /// The rows that were looked up and have no source.
    pub(in crate::scenario) fn assumptions(&self, place: &Place) -> Vec<Assumption> {
        let shelves = self.library.now();
        let rows = shelves.unsourced.iter();
        let assumption = |(file, key): &(String, String)| Assumption {
            name: format!("{file}: {key}"),
            title: None,
            is: shelves.unsourced_numbers(file, key),
            no_effect: None,
            source: None,
            assumed: true,
            place: place.clone(),
        };
        rows.map(assumption).collect()
    }
}

type Fallible<T> = Result<T, Box<EvalAltResult>>;

/// A column of a table, and the call that asks for it.
pub(super) struct Lookup<'a> {
    bench: &'a Workbench,
    library: &'a Library,
    context: &'a NativeCallContext<'a>,
    file: String,
    sheet: Arc<Sheet>,
    column: usize,
}

impl<'a> Lookup<'a> {
    pub(super) fn new(
        bench: &'a Workbench,
        library: &'a Library,
        context: &'a NativeCallContext<'a>,
        file: &str,
        column: &str,
    ) -> Fallible<Lookup<'a>> {
        let sheet = library.now().sheets.get(file).cloned();
        let Some(sheet) = sheet else {
            return Err(raise(
                Problem::error(
                    "table-not-named",
                    say!(
                        "the file of a table must be written out in the expression",
                        "表のファイル名は式の中に文字列で書いてください"
                    ),
                )
                .maybe_at(bench.place(context.call_position())),
            ));
        };
        let column = sheet.column(column).map_err(raise)?;
        Ok(Lookup { bench, library, context, file: file.to_owned(), sheet, column })
    }

    fn record(&self, key: &str) -> Option<&Record> {
        let wanted = Decimal::from_str_exact(key).ok();
        self.sheet.records().iter().find(|record| {
            let first = record.fields[0].as_str();
            first == key || (wanted.is_some() && Decimal::from_str_exact(first).ok() == wanted)
        })
    }

    pub(super) fn number(&self, key: &str) -> Fallible<Decimal> {
        let Some(record) = self.record(key) else {
            let file = self.sheet.file();
            let records = self.sheet.records();
            let ends = records.first().zip(records.last());
            let ends = ends.map(|(first, last)| (&first.fields[0], &last.fields[0]));
            let needed = self.library.needed();
            let problem = Problem::error(
                "beyond-table",
                say!(
                    "`{file}` has no row for {key}{}",
                    "`{file}` に {key} の行がありません{}",
                    needed
                ),
            )
            .maybe_at(self.bench.place(self.context.call_position()));
            return Err(raise(match ends {
                Some((first, last)) => {
                    problem.expected(say!("from {first} to {last}", "{first} から {last} まで"))
                }
                None => problem,
            }));
        };
        if matches!(self.sheet.source(record), Sourced::Assumed(_)) {
            self.library.now().unsourced.insert((self.file.clone(), record.fields[0].clone()));
        }
        self.sheet.number(record, self.column).map_err(raise)
    }

    /// The number of a whole age, from 0 to 1.
    pub(super) fn probability(&self, age: Decimal) -> Fallible<Decimal> {
        let key = age.normalize().to_string();
        let found = self.number(&key)?;
        if found.is_sign_negative() || found > Decimal::ONE {
            let place = self.record(&key).map(|record| self.sheet.place(record, self.column));
            return Err(raise(
                Problem::error(
                    "impossible-probability",
                    say!("this is no probability", "これは確率ではありません"),
                )
                .found(Text::from(found.normalize().to_string()))
                .expected(say!("from 0 to 1", "0 から 1 まで"))
                .maybe_at(place),
            ));
        }
        Ok(found)
    }
}
