//! Words for probabilities and tables.

use rhai::{Dynamic, Engine, EvalAltResult, ImmutableString, NativeCallContext};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::read::{AGE_MAX, YEARS_MAX};
use super::tables::{Library, Lookup, Tables};
use crate::expr::{Function, Graph, NodeId, Relation, Unit, UnitClash};
use crate::problem::{Problem, Text, say};
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
        en: "the probability of dying within `years` at `age`, by a table of yearly probabilities; if left out, the years of a cycle in a cohort, else 1",
        ja: "年ごとの死亡率の表から、age 歳の人が years 年以内に死亡する確率（省略時はコホートの中では 1 サイクルの年数、ほかでは 1 年）",
    },
];

type Fallible<T> = Result<T, Box<EvalAltResult>>;
type Made = Result<NodeId, UnitClash>;

/// Registers every word.
pub(in crate::scenario) fn register(engine: &mut Engine, bench: &Workbench, tables: &Tables<'_>) {
    let desk = bench.clone();
    engine.register_fn(
        "hazard_ratio",
        move |context: NativeCallContext, p: Dynamic, ratio: Dynamic| {
            compute(&desk, &context, [p, ratio], |graph, [p, ratio]| {
                let (zero, one) = (
                    graph.number(Decimal::ZERO, Unit::Bare),
                    graph.number(Decimal::ONE, Unit::Bare),
                );
                // Without a hazard nothing happens, not even what is certain with one.
                let never = graph.compare(Relation::Equal, ratio, zero)?;
                let stays = graph.subtract(one, p)?;
                let log = graph.apply(Function::Logarithm, stays);
                let log = graph.multiply(ratio, log)?;
                let power = graph.apply(Function::Exponential, log);
                let happens = graph.subtract(one, power)?;
                graph.select(never, zero, happens)
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
            check_part(&desk, &context, &rate, &all)?;
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
                         years: Option<Decimal>| {
            let age = literal(&desk, context, age)?;
            let years = years.unwrap_or_else(|| library.years());
            check_years(&desk, &library, context, age, years)?;
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
                    dies(&context, &file, &column, &age, Some(years))
                },
            );
        } else {
            engine.register_fn(
                "life_table",
                move |context: NativeCallContext,
                      file: ImmutableString,
                      column: ImmutableString,
                      age: Dynamic| { dies(&context, &file, &column, &age, None) },
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

/// A life table is for people of some age, over some years.
fn check_years(
    bench: &Workbench,
    library: &Library,
    context: &NativeCallContext,
    age: Decimal,
    years: Decimal,
) -> Fallible<()> {
    let (id, message, found, expected, argument) = if !(Decimal::ZERO..=AGE_MAX).contains(&age) {
        (
            "impossible-age",
            say!("this is no age{}", "年齢として使えません{}", library.needed()),
            age,
            say!("from 0 to {AGE_MAX} years", "0 歳から {AGE_MAX} 歳まで"),
            2,
        )
    } else if years <= Decimal::ZERO || years > YEARS_MAX {
        (
            "impossible-years",
            say!("this is no number of years", "年数として使えません"),
            years,
            say!("above 0, at most {YEARS_MAX}", "0 より大きく {YEARS_MAX} 以下の数"),
            3,
        )
    } else {
        return Ok(());
    };
    let at = bench.argument(context.call_position(), argument);
    Err(raise(
        Problem::error(id, message)
            .found(Text::from(found.normalize().to_string()))
            .expected(expected)
            .maybe_at(bench.place(at)),
    ))
}

/// Within each year of age the hazard is constant: `1 − Π (1 − q)^part of the year`.
fn dying(lookup: &Lookup<'_>, age: Decimal, years: Decimal) -> Fallible<Decimal> {
    if age.fract().is_zero() && years == Decimal::ONE {
        return lookup.probability(age);
    }
    let (mut at, end, mut survives) = (age, age.saturating_add(years), 1.0);
    while at < end {
        let year = at.floor();
        let next = year.saturating_add(Decimal::ONE).min(end);
        let dies = lookup.probability(year)?.to_f64().unwrap_or(f64::NAN);
        survives *= libm::pow(1.0 - dies, (next - at).to_f64().unwrap_or(f64::NAN));
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

/// One of several rates is at most all of them, where both are known.
fn check_part(
    bench: &Workbench,
    context: &NativeCallContext,
    rate: &Dynamic,
    all: &Dynamic,
) -> Fallible<()> {
    let known =
        |value| bench.node_of(value).and_then(|node| bench.graph(|graph| graph.literal(node)));
    let (Some(rate), Some(all)) = (known(rate), known(all)) else { return Ok(()) };
    if rate <= all {
        return Ok(());
    }
    let (rate, all) = (rate.normalize(), all.normalize());
    let at = bench.argument(context.call_position(), 0);
    Err(raise(
        Problem::error(
            "rate-above-all",
            say!(
                "one rate is above the sum of all",
                "一つの率が、すべての率の合計を上回っています"
            ),
        )
        .found(Text::from(rate.to_string()))
        .expected(say!("at most {all}", "{all} 以下"))
        .help(say!(
            "`all` is the sum of the rates of every event that may come first, this one among them",
            "`all` には、この率を含む、競合するすべての事象の率の合計を書いてください"
        ))
        .maybe_at(bench.place(at)),
    ))
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
