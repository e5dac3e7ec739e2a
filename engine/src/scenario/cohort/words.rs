//! Words for probabilities and tables.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rhai::{
    AST, ASTNode, Dynamic, Engine, EvalAltResult, Expr, ImmutableString, NativeCallContext,
};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::sheet::{Sheet, Sourced};
use crate::Files;
use crate::evidence::Record;
use crate::expr::{Function, Graph, NodeId, Relation, Unit, UnitClash};
use crate::problem::{Place, Problem, Text, say};
use crate::scenario::Assumption;
use crate::script::{Quantity, Word, Workbench, clash, describe, raise};

/// The words.
pub(in crate::scenario) const WORDS: [Word; 5] = [
    Word {
        name: "hazard_ratio",
        usage: "hazard_ratio(p, ratio)",
        en: "a probability whose hazard is multiplied: 1 − (1 − p)^ratio; with the years of a cycle as ratio, a yearly probability over a cycle",
        ja: "ハザードを ratio 倍した確率: 1 − (1 − p)^ratio",
    },
    Word {
        name: "from_rate",
        usage: "from_rate(rate, years)",
        en: "the probability of an event with a yearly rate: 1 − exp(−rate × years)",
        ja: "年あたりの率から確率へ: 1 − exp(−rate × years)",
    },
    Word {
        name: "competing_rate",
        usage: "competing_rate(rate, all, years)",
        en: "the probability that the event with this rate comes first, of events whose rates add up to `all`: rate ÷ all × (1 − exp(−all × years))",
        ja: "競合する率（合計 all）のうち、この率の事象が先に起きる確率",
    },
    Word {
        name: "table",
        usage: "table(\"file.csv\", \"column\", key)",
        en: "the number in `column` of the row whose first field is `key`, of a file beside the scenario",
        ja: "シナリオと同じ場所の CSV から、先頭の列が key の行の column の数",
    },
    Word {
        name: "life_table",
        usage: "life_table(\"file.csv\", \"column\", age, years)",
        en: "the probability of dying within `years` at `age`, by a table of yearly probabilities; 1 year if left out",
        ja: "年ごとの死亡率の表から、age 歳の人が years 年以内に死亡する確率（省略時は 1 年）",
    },
];

/// The tables that expressions look things up in.
pub(in crate::scenario) struct Tables<'f> {
    files: &'f dyn Files,
    scenario: String,
    library: Library,
}

/// Tables by the name that expressions give them, and the rows looked up that have no source.
#[derive(Clone, Default)]
struct Library(Arc<Mutex<Shelves>>);

#[derive(Default)]
struct Shelves {
    sheets: BTreeMap<String, Arc<Sheet>>,
    unsourced: BTreeSet<(String, String)>,
    /// The cycle that things are looked up for.
    cycle: Option<usize>,
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
    pub(super) fn look_up_for(&self, cycle: Option<usize>) {
        self.library.now().cycle = cycle;
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
            is: shelves.unsourced_numbers(file, key),
            no_effect: None,
            source: None,
            place: place.clone(),
        };
        rows.map(assumption).collect()
    }
}

type Fallible<T> = Result<T, Box<EvalAltResult>>;
type Made = Result<NodeId, UnitClash>;

/// Registers every word.
pub(in crate::scenario) fn register(engine: &mut Engine, bench: &Workbench, tables: &Tables<'_>) {
    let desk = bench.clone();
    engine.register_fn(
        "hazard_ratio",
        move |context: NativeCallContext, p: Dynamic, ratio: Dynamic| {
            compute(&desk, &context, [p, ratio], |graph, [p, ratio]| {
                let one = graph.number(Decimal::ONE, Unit::Bare);
                let stays = graph.subtract(one, p)?;
                let log = graph.apply(Function::Logarithm, stays);
                let log = graph.multiply(ratio, log)?;
                let power = graph.apply(Function::Exponential, log);
                graph.subtract(one, power)
            })
        },
    );
    let desk = bench.clone();
    engine.register_fn(
        "from_rate",
        move |context: NativeCallContext, rate: Dynamic, years: Dynamic| {
            compute(&desk, &context, [rate, years], |graph, [rate, years]| {
                happens(graph, rate, years)
            })
        },
    );
    let desk = bench.clone();
    engine.register_fn(
        "competing_rate",
        move |context: NativeCallContext, rate: Dynamic, all: Dynamic, years: Dynamic| {
            compute(&desk, &context, [rate, all, years], |graph, [rate, all, years]| {
                let zero = graph.number(Decimal::ZERO, Unit::Bare);
                let never = graph.compare(Relation::Equal, all, zero)?;
                let part = graph.divide(rate, all)?;
                let any = happens(graph, all, years)?;
                let first = graph.multiply(part, any)?;
                graph.select(never, zero, first)
            })
        },
    );
    let (desk, library) = (bench.clone(), tables.library.clone());
    engine.register_fn(
        "table",
        move |context: NativeCallContext,
              file: ImmutableString,
              column: ImmutableString,
              key: Dynamic| {
            let key = match key.as_immutable_string_ref() {
                Ok(text) => text.to_string(),
                Err(_) => literal(&desk, &context, &key)?.normalize().to_string(),
            };
            let found = Lookup::new(&desk, &library, &context, &file, &column)?.number(&key)?;
            Fallible::Ok(number(&desk, found))
        },
    );
    for with_years in [false, true] {
        let (desk, library) = (bench.clone(), tables.library.clone());
        let dies = move |context: &NativeCallContext,
                         file: &str,
                         column: &str,
                         age: &Dynamic,
                         years: Decimal| {
            let age = literal(&desk, context, age)?;
            let lookup = Lookup::new(&desk, &library, context, file, column)?;
            Fallible::Ok(number(&desk, dying(&lookup, age, years)?))
        };
        if with_years {
            let desk = bench.clone();
            engine.register_fn(
                "life_table",
                move |context: NativeCallContext,
                      file: ImmutableString,
                      column: ImmutableString,
                      age: Dynamic,
                      years: Dynamic| {
                    let years = literal(&desk, &context, &years)?;
                    dies(&context, &file, &column, &age, years)
                },
            );
        } else {
            engine.register_fn(
                "life_table",
                move |context: NativeCallContext,
                      file: ImmutableString,
                      column: ImmutableString,
                      age: Dynamic| {
                    dies(&context, &file, &column, &age, Decimal::ONE)
                },
            );
        }
    }
}

/// 1 − exp(−rate × years)
fn happens(graph: &mut Graph, rate: NodeId, years: NodeId) -> Made {
    let one = graph.number(Decimal::ONE, Unit::Bare);
    let hazard = graph.multiply(rate, years)?;
    let hazard = graph.apply(Function::Negate, hazard);
    let none = graph.apply(Function::Exponential, hazard);
    graph.subtract(one, none)
}

/// Within each year of age the hazard is constant: `1 − Π (1 − q)^part of the year`.
fn dying(lookup: &Lookup<'_>, age: Decimal, years: Decimal) -> Fallible<Decimal> {
    if age.fract().is_zero() && years == Decimal::ONE {
        return lookup.probability(age);
    }
    let (mut at, end, mut survives) = (age, age + years, 1.0);
    while at < end {
        let year = at.floor();
        let next = (year + Decimal::ONE).min(end);
        let dies = lookup.probability(year)?.to_f64().unwrap_or(f64::NAN);
        survives *= (1.0 - dies).powf((next - at).to_f64().unwrap_or(f64::NAN));
        at = next;
    }
    Ok(Decimal::from_f64_retain(1.0 - survives).unwrap_or_default())
}

fn number(bench: &Workbench, value: Decimal) -> Quantity {
    bench.graph(|graph| graph.number(value, Unit::Bare)).into()
}

fn compute<const N: usize>(
    bench: &Workbench,
    context: &NativeCallContext,
    values: [Dynamic; N],
    build: impl FnOnce(&mut Graph, [NodeId; N]) -> Made,
) -> Fallible<Quantity> {
    let place = || bench.place(context.call_position());
    let mut nodes = Vec::with_capacity(N);
    for value in &values {
        let node = bench.node_of(value).ok_or_else(|| {
            let problem =
                Problem::error("not-a-number", say!("this needs a number", "ここには数が必要です"));
            raise(problem.found(describe(value)).maybe_at(place()))
        })?;
        nodes.push(node);
    }
    let made = bench.graph(|graph| build(graph, std::array::from_fn(|at| nodes[at])));
    made.map(Quantity::from).map_err(|problem| raise(clash(&problem).maybe_at(place())))
}

/// A number that is known when the scenario is read.
fn literal(bench: &Workbench, context: &NativeCallContext, value: &Dynamic) -> Fallible<Decimal> {
    let known = bench.node_of(value).and_then(|node| bench.graph(|graph| graph.literal(node)));
    known.ok_or_else(|| {
        raise(
            Problem::error(
                "not-known-yet",
                say!(
                    "a table is looked up when the scenario is read, by numbers known then",
                    "表はシナリオを読むときに引くため、その時点で決まっている数が必要です"
                ),
            )
            .expected(say!("a number, `age`, `cycle` or `t`", "数、または `age`・`cycle`・`t`"))
            .maybe_at(bench.place(context.call_position())),
        )
    })
}

/// A column of a table, and the call that asks for it.
struct Lookup<'a> {
    bench: &'a Workbench,
    library: &'a Library,
    context: &'a NativeCallContext<'a>,
    file: String,
    sheet: Arc<Sheet>,
    column: usize,
}

impl<'a> Lookup<'a> {
    fn new(
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

    fn number(&self, key: &str) -> Fallible<Decimal> {
        let Some(record) = self.record(key) else {
            let file = self.sheet.file();
            let records = self.sheet.records();
            let ends = records.first().zip(records.last());
            let ends = ends.map(|(first, last)| (&first.fields[0], &last.fields[0]));
            let needed = match self.library.now().cycle {
                Some(cycle) => say!(", needed in cycle {cycle}", "（サイクル {cycle} で必要）"),
                None => Text::default(),
            };
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
    fn probability(&self, age: Decimal) -> Fallible<Decimal> {
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
