//! The words of a scenario's cells.

mod data;
mod requirements;
pub(super) mod several;
mod stated;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rhai::{Dynamic, Engine, EvalAltResult, NativeCallContext};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use rustc_hash::FxHashMap;

use super::cohort;
use super::model::Draw;
use crate::expr::{DrawId, Function, Graph, NodeId, Unit, UnitClash};
use crate::problem::{Problem, Text, say};
use crate::random::{Data, Family, Law, Parameter};
use crate::script::{Quantity, Word, Workbench, clash, describe, raise, register_rounding};
pub(super) use data::Column;
pub(crate) use requirements::requirement;

const fn word(name: &'static str, usage: &'static str, en: &'static str, ja: &'static str) -> Word {
    Word { name, usage, en, ja }
}

/// The words of a scenario.
pub const WORDS: &[Word] = &[
    word("normal", "normal(mean, sd)", "a normal distribution", "正規分布"),
    word(
        "lognormal",
        "lognormal(mu, sigma)",
        "a lognormal distribution: mu and sigma of the logarithm",
        "対数正規分布（対数の平均と標準偏差）",
    ),
    word(
        "lognormal_mean_sd",
        "lognormal_mean_sd(mean, sd)",
        "a lognormal distribution with this mean and standard deviation",
        "対数正規分布（分布そのものの平均と標準偏差）",
    ),
    word(
        "normal_quantiles",
        "normal_quantiles(p1, x1, p2, x2)",
        "a normal distribution: below x1 with probability p1, below x2 with p2",
        "正規分布（x1 以下の確率が p1、x2 以下の確率が p2）",
    ),
    word(
        "lognormal_quantiles",
        "lognormal_quantiles(p1, x1, p2, x2)",
        "a lognormal distribution: below x1 with probability p1, below x2 with p2",
        "対数正規分布（x1 以下の確率が p1、x2 以下の確率が p2）",
    ),
    word(
        "beta_quantiles",
        "beta_quantiles(p1, x1, p2, x2)",
        "a beta distribution: below x1 with probability p1, below x2 with p2",
        "ベータ分布（x1 以下の確率が p1、x2 以下の確率が p2）",
    ),
    word(
        "gamma_quantiles",
        "gamma_quantiles(p1, x1, p2, x2)",
        "a gamma distribution: below x1 with probability p1, below x2 with p2",
        "ガンマ分布（x1 以下の確率が p1、x2 以下の確率が p2）",
    ),
    word(
        "weibull_quantiles",
        "weibull_quantiles(p1, x1, p2, x2)",
        "a Weibull distribution: below x1 with probability p1, below x2 with p2",
        "ワイブル分布（x1 以下の確率が p1、x2 以下の確率が p2）",
    ),
    word("beta", "beta(alpha, beta)", "a beta distribution, from 0 to 1", "ベータ分布（0〜1）"),
    word(
        "beta_mean_sd",
        "beta_mean_sd(mean, sd)",
        "a beta distribution with this mean and standard deviation",
        "ベータ分布（平均と標準偏差で指定）",
    ),
    word(
        "gamma",
        "gamma(shape, scale)",
        "a gamma distribution, mean shape × scale",
        "ガンマ分布（平均は形状 × 尺度）",
    ),
    word(
        "gamma_mean_sd",
        "gamma_mean_sd(mean, sd)",
        "a gamma distribution with this mean and standard deviation",
        "ガンマ分布（平均と標準偏差で指定）",
    ),
    word(
        "binomial",
        "binomial(n, p)",
        "how many of n succeed, each with probability p",
        "二項分布（n 回中、確率 p で起きる回数）",
    ),
    word("uniform", "uniform(low, high)", "a uniform distribution", "一様分布"),
    word("triangular", "triangular(low, mode, high)", "a triangular distribution", "三角分布"),
    word(
        "pert",
        "pert(low, mode, high)",
        "a beta distribution from low to high, mean (low + 4 mode + high) ÷ 6",
        "PERT 分布（平均は (low + 4 mode + high) ÷ 6）",
    ),
    word(
        "truncated_normal",
        "truncated_normal(mean, sd, low, high)",
        "a normal distribution cut to low and high; mean and sd before the cut",
        "切断正規分布（mean と sd は切断前の値）",
    ),
    word(
        "student_t",
        "student_t(df)",
        "Student's t distribution, centred at 0",
        "t 分布（中心は 0、df は自由度）",
    ),
    word(
        "exponential",
        "exponential(mean)",
        "an exponential distribution, by its mean",
        "指数分布（平均で指定）",
    ),
    word(
        "weibull",
        "weibull(shape, scale)",
        "a Weibull distribution; scale is its 63.2% point",
        "ワイブル分布（scale は 63.2% 点）",
    ),
    word(
        "weibull_mean_sd",
        "weibull_mean_sd(mean, sd)",
        "a Weibull distribution with this mean and standard deviation, both numbers",
        "ワイブル分布（数値の平均と標準偏差で指定）",
    ),
    word(
        "poisson",
        "poisson(mean)",
        "a Poisson distribution: a count, by its mean",
        "ポアソン分布（平均で指定する件数）",
    ),
    word(
        "negative_binomial",
        "negative_binomial(r, p)",
        "how many fail before the r-th success, each succeeding with probability p",
        "負の二項分布（確率 p の成功が r 回起きるまでの失敗の回数）",
    ),
    word(
        "negative_binomial_mean_sd",
        "negative_binomial_mean_sd(mean, sd)",
        "a count with this mean and standard deviation, more scattered than a Poisson count",
        "負の二項分布（平均と標準偏差で指定する、ポアソンよりばらつく件数）",
    ),
    word(
        "beta_binomial",
        "beta_binomial(n, alpha, beta)",
        "how many of n succeed, their common probability drawn from beta(alpha, beta)",
        "ベータ二項分布（共通の確率が beta(alpha, beta) に従うときの n 回中の回数）",
    ),
    word(
        "discrete",
        "discrete([[value, weight], …])",
        "one of some numbers, chosen in proportion to its weight",
        "いくつかの数のうちの一つ（重みに比例して選ぶ）",
    ),
    word(
        "mixture",
        "mixture([[x, weight], …])",
        "one of some values, each drawn for itself, chosen in proportion to its weight",
        "いくつかの値のうちの一つ（それぞれ抽出し、重みに比例して選ぶ）",
    ),
    word(
        "empirical",
        "empirical(\"file.csv\", \"column\")",
        "a value of a column of numbers, each row as likely as any other; the path is relative to the scenario",
        "CSV の列の値（どの行も等しい確率で選ぶ）。パスはシナリオからの相対",
    ),
    word(
        "multinomial",
        "multinomial(n, [p1, p2, …])",
        "a list: how many of n fall into each class; a cell holds it, `cell[0]` is the first count",
        "リスト：n 個のうち各区分に入る数。セルに置き、`cell[0]` が最初の数",
    ),
    word(
        "dirichlet",
        "dirichlet([a1, a2, …])",
        "a list of shares that sum to 1, share i with mean ai ÷ sum; `cell[0]` is the first",
        "リスト：合計 1 になる割合。i 番目の平均は ai ÷ 合計。`cell[0]` が最初の割合",
    ),
    word("bernoulli", "bernoulli(p)", "1 with probability p, else 0", "確率 p で 1、それ以外は 0"),
    word("constant", "constant(x)", "x itself", "x そのもの"),
    word(
        "before",
        "before(cell, start)",
        "the cell at the evaluation before; `start` at the first",
        "一つ前の評価での値。最初の評価では `start`",
    ),
    word("exp", "exp(x)", "e to the x", "指数関数"),
    word("ln", "ln(x)", "the natural logarithm", "自然対数"),
    word("sqrt", "sqrt(x)", "the square root", "平方根"),
    word("min", "min(a, b)", "the smaller", "小さい方"),
    word("max", "max(a, b)", "the larger", "大きい方"),
    word("abs", "abs(x)", "the distance from zero", "絶対値"),
    word("percent", "percent(32.9)", "0.329", "0.329 のこと"),
    word("yen", "yen(x)", "x yen", "x 円"),
    word("usd", "usd(x)", "x US dollars", "x 米ドル"),
    word("eur", "eur(x)", "x euros", "x ユーロ"),
    word("gbp", "gbp(x)", "x pounds sterling", "x 英ポンド"),
    word("round_down", "round_down(x, digits)", "x cut to decimals", "切り捨て"),
    word("round_up", "round_up(x, digits)", "x rounded up to decimals", "切り上げ"),
    word(
        "round_half_up",
        "round_half_up(x, digits)",
        "x rounded to decimals, half away from zero",
        "四捨五入",
    ),
    word(
        "round_half_even",
        "round_half_even(x, digits)",
        "x rounded to decimals, half to even",
        "偶数丸め",
    ),
    cohort::WORDS[0],
    cohort::WORDS[1],
    cohort::WORDS[2],
    cohort::WORDS[3],
    cohort::WORDS[4],
];

/// What the keys of all draws of measuring begin with; no cell has a dot in its name.
const MEASUREMENT: &str = "outcomes.";

/// What is being traced, for the words that depend on it.
#[derive(Debug, Default)]
pub(super) struct Now {
    /// The cell, or the part of an outcome or benefit.
    pub(super) cell: String,
    /// How many draws its expression has made so far in this run.
    pub(super) count: u32,
    /// 0 for a draw per path, else the number of the evaluation.
    pub(super) evaluation: u32,
    /// The cells at the evaluation before, by cell number, a list being `None`; nothing at the
    /// first and outside of evaluations.
    pub(super) previous: Option<FxHashMap<u32, Option<NodeId>>>,
    /// Whether `before` may be used.
    pub(super) repeated: bool,
    /// The correlated deviate that the one draw of this cell is made from.
    pub(super) deviate: Option<NodeId>,
    /// Whether everything is measured once more, by draws of its own.
    pub(super) again: bool,
    /// Every draw of the scenario.
    pub(super) draws: Vec<Draw>,
    /// The numbers of the draws with the same cell, index and evaluation.
    positions: FxHashMap<(String, u32, u32), Vec<usize>>,
    /// The columns of data that were read.
    pub(super) data: FxHashMap<Column, Arc<Data>>,
    /// The column that a word needs and that was not read yet.
    pub(super) asked: Option<Column>,
}

/// The state shared by the words.
#[derive(Debug, Clone, Default)]
pub(super) struct Ledger(Arc<Mutex<Now>>);

impl Ledger {
    pub(super) fn now(&self) -> MutexGuard<'_, Now> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The node of a draw made by the scenario itself, such as measurement noise.
    pub(super) fn draw(
        &self,
        graph: &mut Graph,
        draw: Draw,
        parameters: Vec<NodeId>,
        unit: Unit,
    ) -> NodeId {
        let id = self.id(draw);
        graph.draw(id, parameters, unit)
    }

    /// The same draw always has the same number, so that the arms share it. Where everything is
    /// measured again, a draw of an outcome model has numbers of its own.
    fn id(&self, mut draw: Draw) -> DrawId {
        let mut now = self.now();
        if now.again && draw.cell.starts_with(MEASUREMENT) {
            // No name of an indicator has this character.
            draw.cell.push_str("\u{0}again");
        }
        let Now { draws, positions, .. } = &mut *now;
        let same = positions.entry((draw.cell.clone(), draw.index, draw.evaluation)).or_default();
        let known = same.iter().copied().find(|position| draws[*position] == draw);
        let position = known.unwrap_or_else(|| {
            same.push(draws.len());
            draws.push(draw);
            draws.len() - 1
        });
        DrawId(position as u32)
    }
}

type Fallible<T> = Result<T, Box<EvalAltResult>>;

/// Registers every word.
pub(super) fn register(engine: &mut Engine, bench: &Workbench, ledger: &Ledger) {
    register_rounding(engine, bench);
    for family in Family::ALL {
        register_family(engine, bench, ledger, *family);
    }
    stated::register(engine, bench, ledger);
    several::register(engine, bench, ledger);
    data::register(engine, bench, ledger);
    let desk = bench.clone();
    engine.register_fn("constant", move |context: NativeCallContext, value: Dynamic| {
        node(&desk, &context, &value).map(Quantity::from)
    });
    let functions = [
        ("exp", Function::Exponential),
        ("ln", Function::Logarithm),
        ("sqrt", Function::SquareRoot),
    ];
    for (name, function) in functions {
        let desk = bench.clone();
        engine.register_fn(name, move |context: NativeCallContext, value: Dynamic| {
            let value = node(&desk, &context, &value)?;
            Fallible::Ok(Quantity::from(desk.graph(|graph| graph.apply(function, value))))
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
    let (desk, state) = (bench.clone(), ledger.clone());
    engine.register_fn(
        "before",
        move |context: NativeCallContext, cell: Dynamic, start: Dynamic| {
            before(&desk, &state, &context, &cell, &start)
        },
    );
}

fn register_family(engine: &mut Engine, bench: &Workbench, ledger: &Ledger, family: Family) {
    let draw = {
        let (desk, state) = (bench.clone(), ledger.clone());
        move |context: &NativeCallContext, values: &[Dynamic]| {
            draw(&desk, &state, context, family, values)
        }
    };
    match family.parameters().len() {
        1 => {
            engine.register_fn(family.name(), move |context: NativeCallContext, a: Dynamic| {
                draw(&context, &[a])
            });
        }
        2 => {
            engine.register_fn(
                family.name(),
                move |context: NativeCallContext, a: Dynamic, b: Dynamic| draw(&context, &[a, b]),
            );
        }
        3 => {
            engine.register_fn(
                family.name(),
                move |context: NativeCallContext, a: Dynamic, b: Dynamic, c: Dynamic| {
                    draw(&context, &[a, b, c])
                },
            );
        }
        _ => {
            engine.register_fn(
                family.name(),
                move |context: NativeCallContext,
                      a: Dynamic,
                      b: Dynamic,
                      c: Dynamic,
                      d: Dynamic| draw(&context, &[a, b, c, d]),
            );
        }
    }
}

fn node(bench: &Workbench, context: &NativeCallContext, value: &Dynamic) -> Fallible<NodeId> {
    let quantity = |node: &NodeId| bench.graph(|graph| graph.unit(*node).is_quantity());
    bench.node_of(value).filter(quantity).ok_or_else(|| {
        raise(
            Problem::error("not-a-number", say!("this needs a number", "ここには数が必要です"))
                .found(describe(value))
                .maybe_at(bench.place(context.call_position())),
        )
    })
}

fn draw(
    bench: &Workbench,
    ledger: &Ledger,
    context: &NativeCallContext,
    family: Family,
    values: &[Dynamic],
) -> Fallible<Quantity> {
    let parameters = nodes(bench, context, values)?;
    if let Some(literals) = literals(bench, &parameters)
        && let Some(wrong) = family.impossible(&literals)
    {
        let parameter = &family.parameters()[wrong];
        return Err(impossible(bench, context, family.name(), parameter, literals[wrong]));
    }
    // A draw is counted in what its location is counted in.
    let located = matches!(
        family,
        Family::Normal
            | Family::Uniform
            | Family::Triangular
            | Family::Pert
            | Family::TruncatedNormal
            | Family::Exponential
    );
    let unit =
        if located { counted_in(bench, parameters[0]).unwrap_or(Unit::Bare) } else { Unit::Bare };
    make(bench, ledger, context, family.into(), parameters, unit)
}

fn nodes(
    bench: &Workbench,
    context: &NativeCallContext,
    values: &[Dynamic],
) -> Fallible<Vec<NodeId>> {
    values.iter().map(|value| node(bench, context, value)).collect()
}

/// The values of nodes that are all numbers.
fn literals(bench: &Workbench, nodes: &[NodeId]) -> Option<Vec<f64>> {
    nodes
        .iter()
        .map(|id| bench.graph(|graph| graph.literal(*id)).and_then(|value| value.to_f64()))
        .collect()
}

/// The unit of a value, if it has one.
fn counted_in(bench: &Workbench, node: NodeId) -> Option<Unit> {
    bench.graph(|graph| match graph.unit(node) {
        unit @ (Unit::Label(_) | Unit::Money(_)) => Some(unit.clone()),
        _ => None,
    })
}

/// A number that a parameter of a word cannot be.
fn impossible(
    bench: &Workbench,
    context: &NativeCallContext,
    name: &str,
    parameter: &Parameter,
    value: f64,
) -> Box<EvalAltResult> {
    let what = parameter.name;
    raise(
        Problem::error(
            "impossible-parameter",
            say!("`{name}` cannot have this {what}", "`{name}` の {what} にこの値は使えません"),
        )
        .found(Text::from(format!("{what} = {value}")))
        .expected(requirement(what, parameter.requirement))
        .maybe_at(bench.place(context.call_position())),
    )
}

/// The next draw of the cell.
fn make(
    bench: &Workbench,
    ledger: &Ledger,
    context: &NativeCallContext,
    law: Law,
    mut parameters: Vec<NodeId>,
    unit: Unit,
) -> Fallible<Quantity> {
    let mut now = ledger.now();
    let index = now.count;
    now.count += 1;
    let deviate = now.deviate;
    let made = Draw {
        law,
        cell: now.cell.clone(),
        index,
        evaluation: now.evaluation,
        inverse: deviate.is_some(),
    };
    drop(now);
    if deviate.is_some() && index > 0 {
        return Err(several_draws(bench, context));
    }
    parameters.extend(deviate);
    let drawn = bench.graph(|graph| ledger.draw(graph, made, parameters, unit));
    Ok(drawn.into())
}

fn several_draws(bench: &Workbench, context: &NativeCallContext) -> Box<EvalAltResult> {
    raise(
        Problem::error(
            "several-draws",
            say!(
                "a correlated cell draws more than once",
                "相関を指定したセルが複数の乱数を引いています"
            ),
        )
        .help(say!(
            "give each draw a cell of its own and correlate those",
            "乱数ごとにセルを分けて、そのセル同士の相関を指定してください"
        ))
        .maybe_at(bench.place(context.call_position())),
    )
}

/// The number that counts the units of a value.
fn plain(graph: &mut Graph, node: NodeId) -> Result<NodeId, UnitClash> {
    match graph.unit(node) {
        unit @ (Unit::Label(_) | Unit::Money(_)) => {
            let unit = unit.clone();
            let one = graph.number(Decimal::ONE, unit);
            graph.divide(node, one)
        }
        _ => Ok(node),
    }
}

fn before(
    bench: &Workbench,
    ledger: &Ledger,
    context: &NativeCallContext,
    cell: &Dynamic,
    start: &Dynamic,
) -> Fallible<Quantity> {
    let at = || bench.place(context.call_position());
    if !ledger.now().repeated {
        return Err(raise(
            Problem::error(
                "before-once",
                say!(
                    "`before` is for cells that are drawn at every evaluation",
                    "`before` は評価ごとのセルで使います"
                ),
            )
            .help(say!("move the cell to [assume.each]", "セルを [assume.each] に移してください"))
            .maybe_at(at()),
        ));
    }
    let no_cell = || {
        Problem::error(
            "not-a-cell",
            say!(
                "`before` takes the name of a cell in [assume.each]",
                "`before` には [assume.each] のセルの名前を渡します"
            ),
        )
        .expected(say!("before(cell, start)", "before(セル, 初期値)"))
        .maybe_at(at())
    };
    let no_list = || {
        no_cell().help(say!(
            "give the entry of a list a cell of its own: first = \"list[0]\"",
            "リストの項目は専用のセルに置いてください: first = \"list[0]\""
        ))
    };
    if cell.is_array() {
        return Err(raise(no_list()));
    }
    let named = cell.clone().try_cast::<Quantity>().and_then(|quantity| quantity.name);
    let Some(cell) = named else { return Err(raise(no_cell())) };
    let now = ledger.now();
    let known = now.previous.as_ref().and_then(|previous| previous.get(&cell).copied());
    drop(now);
    match known {
        Some(Some(known)) => Ok(known.into()),
        Some(None) => Err(raise(no_list())),
        None => node(bench, context, start).map(Quantity::from),
    }
}
