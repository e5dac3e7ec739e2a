//! Wants and aims, as expressions over statistics of figures: `mean(payment)`,
//! `percentile(net, 5)`, `probability_below(net, 0)`.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rhai::{Dynamic, Engine, ImmutableString, NativeCallContext, Scope};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::statistic::Statistic;
use crate::analyse::{Counted, Measure};
use crate::contract::Contract;
use crate::expr::{Graph, Interval, Node, NodeId, Relation, Unit};
use crate::problem::{Problem, Text, did_you_mean, say};
use crate::scenario::document::{Document, Expression};
use crate::script::{Limits, Quantity, Sandbox, Word, Workbench, clash, describe, raise};

type Fallible<T> = Result<T, Box<rhai::EvalAltResult>>;

const fn word(name: &'static str, usage: &'static str, en: &'static str, ja: &'static str) -> Word {
    Word { name, usage, en, ja }
}

/// The words of wants and aims; the figures of the scenario are their names.
pub const WORDS: &[Word] = &[
    word("mean", "mean(figure)", "its mean over all paths", "全パスの平均"),
    word("sd", "sd(figure)", "its standard deviation", "標準偏差"),
    word("median", "median(figure)", "its median", "中央値"),
    word(
        "percentile",
        "percentile(figure, 95)",
        "its percentile: so many percent of the paths lie below",
        "パーセンタイル（その割合のパスがこれを下回る）",
    ),
    word(
        "probability_below",
        "probability_below(figure, limit)",
        "how often it is less than the limit, which may be a figure too",
        "限度を下回る確率（限度は別の指標値でもよい）",
    ),
    word(
        "probability_above",
        "probability_above(figure, limit)",
        "how often it is more than the limit",
        "限度を上回る確率",
    ),
    word("percent", "percent(20)", "a share or rate: 0.20", "割合。20% は 0.20"),
    word("yen", "yen(1_000_000)", "an amount, also usd, eur and gbp", "金額。usd・eur・gbp も可"),
];

/// The contract's limit in all, as expressions name it.
const CAP: &str = "cap";

/// Of which node of the path's expressions which statistic is taken; its value is a symbol of the
/// same graph.
#[derive(Debug, Clone)]
pub(super) struct Taken {
    pub(super) of: NodeId,
    pub(super) statistic: Statistic,
    pub(super) symbol: NodeId,
}

/// The expressions of a design, in one graph.
#[derive(Debug, Clone)]
pub(super) struct Goals {
    pub(super) graph: Graph,
    pub(super) taken: Vec<Taken>,
    /// The contract's limit, where it has one.
    pub(super) cap: Option<NodeId>,
}

impl Goals {
    /// The number of the symbol that a node is.
    pub(super) fn symbol(&self, node: NodeId) -> Option<usize> {
        match self.graph.node(node) {
            Node::Symbol(symbol) => Some(symbol.index()),
            _ => None,
        }
    }
}

/// What the words write down.
#[derive(Debug, Default)]
struct Notes {
    figures: Vec<(String, NodeId)>,
    taken: Vec<Taken>,
}

type Shared = Arc<Mutex<Notes>>;

fn now(notes: &Shared) -> MutexGuard<'_, Notes> {
    notes.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Reads expressions over the figures of a scenario.
pub(super) struct Reader<'d> {
    document: &'d Document<'d>,
    sandbox: Sandbox,
    notes: Shared,
    names: Vec<String>,
    cap: Option<NodeId>,
}

impl<'d> Reader<'d> {
    pub(super) fn new(
        document: &'d Document<'d>,
        measures: &[Measure],
        contract: &Contract,
    ) -> Self {
        let currency = &contract.currency;
        let mut sandbox = Sandbox::new(document.source.clone(), WORDS, Limits::default());
        let notes = Shared::default();
        let bench = sandbox.bench().clone();
        let known: Vec<(String, Unit)> = measures
            .iter()
            .map(|measure| {
                let unit = match measure.counted {
                    Counted::Money => Unit::money(currency),
                    Counted::Rate | Counted::Number => Unit::Number,
                };
                (measure.name.clone(), unit)
            })
            .collect();
        register(sandbox.engine(), &bench, &notes, &known);
        let mut names: Vec<String> = known.iter().map(|(name, _)| first(name).to_owned()).collect();
        for (name, unit) in known.iter().filter(|(name, _)| !name.contains('.')) {
            figure(&bench, &notes, name, unit);
        }
        let cap = contract
            .cap
            .map(|_| bench.graph(|graph| graph.symbol(CAP, Unit::money(currency), Interval::ALL)));
        names.extend(cap.map(|_| CAP.to_owned()));
        names.dedup();
        Reader { document, sandbox, notes, names, cap }
    }

    /// The node of an expression that gives one number; its problems are reported.
    pub(super) fn read(&self, expression: &Expression) -> Option<NodeId> {
        let bench = self.sandbox.bench();
        bench.set_source(self.document.source_of(expression));
        let tell = |problem| self.document.report(self.document.relocate(problem, expression));
        let ast = match self.sandbox.expression(&expression.text, &self.names) {
            Ok(ast) => ast,
            Err(problems) => {
                problems.into_iter().for_each(tell);
                return None;
            }
        };
        let mut scope = Scope::new();
        for name in &self.names {
            if scope.contains(name) {
                continue;
            }
            let plain = now(&self.notes).figures.iter().find(|(known, _)| known == name).cloned();
            let cap = self.cap.filter(|_| name == CAP).map(|cap| (CAP.to_owned(), cap));
            let value = match plain.or(cap) {
                Some((_, node)) => Dynamic::from(Quantity::from(node)),
                None => Dynamic::from(Group(name.clone())),
            };
            scope.push_constant_dynamic(name.as_str(), value);
        }
        let accept = |value: Dynamic| -> Result<NodeId, Problem> {
            let node = bench.node_of(&value);
            let number = node.filter(|node| self.is_told(*node));
            number.ok_or_else(|| {
                Problem::error(
                    "not-one-number",
                    say!(
                        "this is a different number on every path",
                        "この式はパスごとに値が異なります"
                    ),
                )
                .found(describe(&value))
                .expected(say!(
                    "a statistic: mean(…), median(…), percentile(…, 95), probability_below(…, 0)",
                    "統計量: mean(…)、median(…)、percentile(…, 95)、probability_below(…, 0)"
                ))
            })
        };
        match self.sandbox.trace_expression(&ast, &scope, &|| {}, &accept) {
            Ok(node) => Some(node),
            Err(problem) => {
                tell(problem);
                None
            }
        }
    }

    /// Whether a node depends on statistics alone.
    fn is_told(&self, node: NodeId) -> bool {
        let notes = now(&self.notes);
        self.sandbox.bench().graph(|graph| {
            let figures = notes.figures.iter().map(|(_, node)| *node);
            let needed = graph.needed(&[node]);
            graph.unit(node).is_quantity()
                && figures.into_iter().all(|figure| needed.binary_search(&figure).is_err())
        })
    }

    /// A graph node's unit, to compare the sides of a want.
    pub(super) fn comparable(&self, a: NodeId, b: NodeId) -> Result<(), Problem> {
        let bench = self.sandbox.bench();
        bench
            .graph(|graph| graph.compare(Relation::AtMost, a, b))
            .map(|_| ())
            .map_err(|problem| clash(&problem))
    }

    pub(super) fn is_money(&self, node: NodeId) -> bool {
        self.sandbox.bench().graph(|graph| graph.unit(node).is_money())
    }

    pub(super) fn finish(self) -> Goals {
        let (graph, _) = self.sandbox.bench().finish();
        let notes = std::mem::take(&mut *now(&self.notes));
        Goals { graph, taken: notes.taken, cap: self.cap }
    }
}

/// The part of a name before its dot.
fn first(name: &str) -> &str {
    name.split_once('.').map_or(name, |(first, _)| first)
}

/// Figures that share the part of their name before the dot: `line` of `line.base`.
#[derive(Debug, Clone)]
struct Group(String);

/// The symbol of a figure, the same each time.
fn figure(bench: &Workbench, notes: &Shared, name: &str, unit: &Unit) -> NodeId {
    let mut notes = now(notes);
    if let Some((_, node)) = notes.figures.iter().find(|(known, _)| known == name) {
        return *node;
    }
    let node = bench.graph(|graph| graph.symbol(name, unit.clone(), Interval::ALL));
    notes.figures.push((name.to_owned(), node));
    node
}

fn register(engine: &mut Engine, bench: &Workbench, notes: &Shared, known: &[(String, Unit)]) {
    engine.register_type_with_name::<Group>("figures");
    let member = {
        let (bench, notes, known) = (bench.clone(), notes.clone(), known.to_vec());
        move |context: &NativeCallContext, group: &str, key: &str| -> Fallible<Quantity> {
            let name = format!("{group}.{key}");
            match known.iter().find(|(known, _)| *known == name) {
                Some((_, unit)) => Ok(figure(&bench, &notes, &name, unit).into()),
                None => {
                    let names = known.iter().map(|(known, _)| known.as_str());
                    let place = bench.place_inside(context.call_position());
                    Err(raise(unknown(&name, names.collect()).maybe_at(place)))
                }
            }
        }
    };
    let of_group = member.clone();
    engine.register_indexer_get(
        move |context: NativeCallContext, group: &mut Group, key: ImmutableString| {
            of_group(&context, &group.0, &key)
        },
    );
    // `net` is a figure and the group of `net.city`.
    let desk = bench.clone();
    engine.register_indexer_get(
        move |context: NativeCallContext, figure: &mut Quantity, key: ImmutableString| {
            let node = figure.node;
            let name = desk.graph(|graph| match graph.node(node) {
                Node::Symbol(symbol) => graph.symbol_of(*symbol).name.clone(),
                _ => String::new(),
            });
            member(&context, &name, &key)
        },
    );
    let plain =
        [("mean", Statistic::Mean), ("sd", Statistic::Sd), ("median", Statistic::Percentile(0.5))];
    for (name, statistic) in plain {
        let (desk, notes) = (bench.clone(), notes.clone());
        engine.register_fn(name, move |context: NativeCallContext, of: Dynamic| {
            let of = node(&desk, &context, &of)?;
            Fallible::Ok(taken(&desk, &notes, of, statistic))
        });
    }
    let (desk, own) = (bench.clone(), notes.clone());
    engine.register_fn(
        "percentile",
        move |context: NativeCallContext, of: Dynamic, percent: Dynamic| {
            let of = node(&desk, &context, &of)?;
            let percent = node(&desk, &context, &percent)?;
            let percent = desk.graph(|graph| graph.literal(percent));
            let within = percent.filter(|p| *p > Decimal::ZERO && *p < Decimal::ONE_HUNDRED);
            let part = within.and_then(|percent| percent.to_f64()).ok_or_else(|| {
                raise(
                    Problem::error(
                        "wrong-percentile",
                        say!("there is no such percentile", "パーセンタイルの値が正しくありません"),
                    )
                    .expected(say!("a number between 0 and 100", "0 と 100 の間の数"))
                    .maybe_at(desk.place(context.call_position())),
                )
            })?;
            Fallible::Ok(taken(&desk, &own, of, Statistic::Percentile(part / 100.0)))
        },
    );
    for (name, below) in [("probability_below", true), ("probability_above", false)] {
        let (desk, notes) = (bench.clone(), notes.clone());
        engine.register_fn(name, move |context: NativeCallContext, of: Dynamic, limit: Dynamic| {
            let of = node(&desk, &context, &of)?;
            let limit = node(&desk, &context, &limit)?;
            let (a, b) = if below { (of, limit) } else { (limit, of) };
            let condition = desk.graph(|graph| {
                let less = graph.compare(Relation::Less, a, b)?;
                let one = graph.number(Decimal::ONE, Unit::Number);
                let zero = graph.number(Decimal::ZERO, Unit::Number);
                graph.select(less, one, zero)
            });
            let place = || desk.place(context.call_position());
            let condition =
                condition.map_err(|problem| raise(clash(&problem).maybe_at(place())))?;
            Fallible::Ok(taken(&desk, &notes, condition, Statistic::Mean))
        });
    }
    let desk = bench.clone();
    engine.register_fn("percent", move |context: NativeCallContext, value: Dynamic| {
        let value = node(&desk, &context, &value)?;
        let share = desk.graph(|graph| {
            let hundredth = graph.number(Decimal::new(1, 2), Unit::Number);
            graph.multiply(value, hundredth)
        });
        share.map(Quantity::from).map_err(|problem| raise(clash(&problem)))
    });
    for (name, currency) in Unit::CURRENCIES {
        let desk = bench.clone();
        engine.register_fn(name, move |context: NativeCallContext, value: Dynamic| {
            let value = node(&desk, &context, &value)?;
            let money = desk.graph(|graph| graph.relabel(value, &Unit::money(currency)));
            money.map(Quantity::from).map_err(|problem| raise(clash(&problem)))
        });
    }
}

fn node(bench: &Workbench, context: &NativeCallContext, value: &Dynamic) -> Fallible<NodeId> {
    let quantity = |node: &NodeId| bench.graph(|graph| graph.unit(*node).is_quantity());
    bench.node_of(value).filter(quantity).ok_or_else(|| {
        let group = value.clone().try_cast::<Group>();
        let found = group.map_or_else(|| describe(value), |group| Text::from(group.0));
        raise(
            Problem::error(
                "not-a-figure",
                say!("this needs a figure or a number", "ここには指標値か数が必要です"),
            )
            .found(found)
            .maybe_at(bench.place(context.call_position())),
        )
    })
}

/// The symbol of a statistic, the same each time.
fn taken(bench: &Workbench, notes: &Shared, of: NodeId, statistic: Statistic) -> Quantity {
    let mut notes = now(notes);
    let known = notes.taken.iter().find(|taken| taken.of == of && taken.statistic == statistic);
    if let Some(known) = known {
        return known.symbol.into();
    }
    let name = format!("statistic {}", notes.taken.len());
    let symbol = bench.graph(|graph| {
        let unit = graph.unit(of).clone();
        graph.symbol(&name, unit, Interval::ALL)
    });
    notes.taken.push(Taken { of, statistic, symbol });
    symbol.into()
}

fn unknown(name: &str, known: Vec<&str>) -> Problem {
    let problem = Problem::error(
        "unknown-figure",
        say!("the scenario has no figure `{name}`", "`{name}` という指標値はシナリオにありません"),
    )
    .expected(Text::from(known.join(", ")));
    match did_you_mean(name, known) {
        Some(near) => problem.help(near),
        None => problem,
    }
}
