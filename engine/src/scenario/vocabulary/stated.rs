//! Words that state a distribution by what is known of it: its mean and standard deviation, or two
//! quantiles. Each draws from a family whose parameters are computed from these.

use rhai::{Dynamic, Engine, EvalAltResult, NativeCallContext};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::{Fallible, Ledger, counted_in, impossible, literals, make, nodes, plain};
use crate::expr::{Function, Graph, NodeId, Unit, UnitClash};
use crate::problem::{Problem, Text, say};
use crate::random::stated as solve;
use crate::random::{Family, Parameter, normal};
use crate::script::{Quantity, Workbench, clash, raise};

/// The parameters of the family, as nodes.
type Translated = Result<Vec<NodeId>, UnitClash>;

/// A distribution stated by its mean and standard deviation.
struct Moments {
    name: &'static str,
    family: Family,
    mean: Parameter,
    sd: Parameter,
    /// Whether the mean and the standard deviation are possible.
    possible: fn(f64, f64) -> [bool; 2],
    /// The parameters of the family, given the mean and the standard deviation without units.
    translate: fn(&mut Graph, NodeId, NodeId) -> Translated,
}

const fn parameter(name: &'static str, requirement: &'static str) -> Parameter {
    Parameter { name, requirement }
}

const POSITIVE: &str = "above 0";

const MOMENTS: [Moments; 4] = [
    Moments {
        name: "beta_mean_sd",
        family: Family::Beta,
        mean: parameter("mean", "above 0 and below 1"),
        sd: parameter("sd", "above 0 and below the root of mean × (1 − mean)"),
        possible: |mean, sd| [mean > 0.0 && mean < 1.0, sd > 0.0 && sd * sd < mean * (1.0 - mean)],
        translate: |graph, mean, sd| {
            let one = graph.number(Decimal::ONE, Unit::Bare);
            let rest = graph.subtract(one, mean)?;
            let (spread, variance) = (graph.multiply(mean, rest)?, graph.multiply(sd, sd)?);
            let quotient = graph.divide(spread, variance)?;
            let size = graph.subtract(quotient, one)?;
            Ok(vec![graph.multiply(mean, size)?, graph.multiply(rest, size)?])
        },
    },
    Moments {
        name: "gamma_mean_sd",
        family: Family::Gamma,
        mean: parameter("mean", POSITIVE),
        sd: parameter("sd", POSITIVE),
        possible: |mean, sd| [mean > 0.0, sd > 0.0],
        translate: |graph, mean, sd| {
            let quotient = graph.divide(mean, sd)?;
            let shape = graph.multiply(quotient, quotient)?;
            let variance = graph.multiply(sd, sd)?;
            Ok(vec![shape, graph.divide(variance, mean)?])
        },
    },
    Moments {
        name: "lognormal_mean_sd",
        family: Family::Lognormal,
        mean: parameter("mean", POSITIVE),
        sd: parameter("sd", "at least 0"),
        possible: |mean, sd| [mean > 0.0, sd >= 0.0],
        translate: |graph, mean, sd| {
            let (one, two) =
                (graph.number(Decimal::ONE, Unit::Bare), graph.number(Decimal::TWO, Unit::Bare));
            let quotient = graph.divide(sd, mean)?;
            let square = graph.multiply(quotient, quotient)?;
            let factor = graph.add(one, square)?;
            let variance = graph.apply(Function::Logarithm, factor);
            let half = graph.divide(variance, two)?;
            let middle = graph.apply(Function::Logarithm, mean);
            let mu = graph.subtract(middle, half)?;
            Ok(vec![mu, graph.apply(Function::SquareRoot, variance)])
        },
    },
    Moments {
        name: "negative_binomial_mean_sd",
        family: Family::NegativeBinomial,
        mean: parameter("mean", POSITIVE),
        sd: parameter("sd", "above the root of the mean"),
        possible: |mean, sd| [mean > 0.0, sd * sd > mean && sd > 0.0],
        translate: |graph, mean, sd| {
            let variance = graph.multiply(sd, sd)?;
            let (excess, square) = (graph.subtract(variance, mean)?, graph.multiply(mean, mean)?);
            Ok(vec![graph.divide(square, excess)?, graph.divide(mean, variance)?])
        },
    },
];

/// A distribution stated by two quantiles.
struct Quantiles {
    name: &'static str,
    family: Family,
    /// Where its values lie: above the first number and below the second.
    support: [f64; 2],
    /// What `x1` and `x2` must be.
    requirements: [&'static str; 2],
    fit: Fit,
}

/// How the parameters of a family are found from two quantiles.
enum Fit {
    /// The values, or their logarithms, lie on a line over standard normal deviates.
    Line { logarithm: bool },
    /// Numbers, from the probabilities and values.
    Solved(fn([f64; 4]) -> Option<[f64; 2]>),
}

const PROBABILITIES: [Parameter; 2] =
    [parameter("p1", "above 0 and below 1"), parameter("p2", "above p1 and below 1")];
const ABOVE: [f64; 2] = [0.0, f64::INFINITY];
const ABOVE_WORDS: [&str; 2] = [POSITIVE, "above x1"];

const QUANTILES: [Quantiles; 5] = [
    Quantiles {
        name: "normal_quantiles",
        family: Family::Normal,
        support: [f64::NEG_INFINITY, f64::INFINITY],
        requirements: ["a number", "above x1"],
        fit: Fit::Line { logarithm: false },
    },
    Quantiles {
        name: "lognormal_quantiles",
        family: Family::Lognormal,
        support: ABOVE,
        requirements: ABOVE_WORDS,
        fit: Fit::Line { logarithm: true },
    },
    Quantiles {
        name: "beta_quantiles",
        family: Family::Beta,
        support: [0.0, 1.0],
        requirements: ["above 0 and below 1", "above x1 and below 1"],
        fit: Fit::Solved(solve::beta_with_quantiles),
    },
    Quantiles {
        name: "gamma_quantiles",
        family: Family::Gamma,
        support: ABOVE,
        requirements: ABOVE_WORDS,
        fit: Fit::Solved(solve::gamma_with_quantiles),
    },
    Quantiles {
        name: "weibull_quantiles",
        family: Family::Weibull,
        support: ABOVE,
        requirements: ABOVE_WORDS,
        fit: Fit::Solved(solve::weibull_with_quantiles),
    },
];

/// Registers every word.
pub(super) fn register(engine: &mut Engine, bench: &Workbench, ledger: &Ledger) {
    for moments in &MOMENTS {
        let (desk, state) = (bench.clone(), ledger.clone());
        engine.register_fn(
            moments.name,
            move |context: NativeCallContext, mean: Dynamic, sd: Dynamic| {
                draw_moments(&desk, &state, &context, moments, &[mean, sd])
            },
        );
    }
    for quantiles in &QUANTILES {
        let (desk, state) = (bench.clone(), ledger.clone());
        engine.register_fn(
            quantiles.name,
            move |context: NativeCallContext,
                  p1: Dynamic,
                  x1: Dynamic,
                  p2: Dynamic,
                  x2: Dynamic| {
                draw_quantiles(&desk, &state, &context, quantiles, &[p1, x1, p2, x2])
            },
        );
    }
    let (desk, state) = (bench.clone(), ledger.clone());
    engine.register_fn(
        "weibull_mean_sd",
        move |context: NativeCallContext, mean: Dynamic, sd: Dynamic| {
            draw_weibull(&desk, &state, &context, &[mean, sd])
        },
    );
}

fn draw_moments(
    bench: &Workbench,
    ledger: &Ledger,
    context: &NativeCallContext,
    moments: &Moments,
    values: &[Dynamic],
) -> Fallible<Quantity> {
    let stated = nodes(bench, context, values)?;
    if let Some([mean, sd]) = literals(bench, &stated).as_deref() {
        let possible = (moments.possible)(*mean, *sd);
        for ((parameter, value), possible) in
            [(&moments.mean, *mean), (&moments.sd, *sd)].into_iter().zip(possible)
        {
            if !possible {
                return Err(impossible(bench, context, moments.name, parameter, value));
            }
        }
    }
    let [mean, sd] = stated[..] else { unreachable!("two parameters were given") };
    let unit = counted_in(bench, mean).unwrap_or(Unit::Bare);
    let parameters = bench.graph(|graph| {
        check_same_unit(graph, moments.name, mean, sd)?;
        let (mean, sd) = (plain(graph, mean)?, plain(graph, sd)?);
        (moments.translate)(graph, mean, sd)
    });
    let parameters = parameters.map_err(|problem| raise(clash(&problem)))?;
    make(bench, ledger, context, moments.family.into(), parameters, unit)
}

fn draw_quantiles(
    bench: &Workbench,
    ledger: &Ledger,
    context: &NativeCallContext,
    quantiles: &Quantiles,
    values: &[Dynamic],
) -> Fallible<Quantity> {
    let name = quantiles.name;
    let stated = nodes(bench, context, values)?;
    let numbers = numbers(bench, &stated).ok_or_else(|| {
        not_literal(
            bench,
            context,
            name,
            say!(
                "two probabilities and their quantiles: {name}(0.05, 10, 0.95, 20)",
                "二つの確率とその分位点：{name}(0.05, 10, 0.95, 20)"
            ),
        )
    })?;
    let [p1, x1, p2, x2] = numbers;
    let ([low, high], [first, second]) = (quantiles.support, quantiles.requirements);
    let tests = [
        (p1 > 0.0 && p1 < 1.0, PROBABILITIES[0]),
        (x1 > low && x1 < high, parameter("x1", first)),
        (p2 > p1 && p2 < 1.0, PROBABILITIES[1]),
        (x2 > x1 && x2 < high, parameter("x2", second)),
    ];
    for ((passed, parameter), value) in tests.iter().zip(numbers) {
        if !passed {
            return Err(impossible(bench, context, name, parameter, value));
        }
    }
    let unit = counted_in(bench, stated[1]).unwrap_or(Unit::Bare);
    let parameters = match quantiles.fit {
        Fit::Line { logarithm } => bench.graph(|graph| line(graph, name, &stated, logarithm)),
        Fit::Solved(solve) => {
            let found = solve(numbers).ok_or_else(|| {
                unsolved(bench, context, name, &[("p1", p1), ("x1", x1), ("p2", p2), ("x2", x2)])
            })?;
            bench.graph(|graph| {
                check_same_unit(graph, name, stated[1], stated[3])?;
                Ok(found.map(|value| literal(graph, value)).to_vec())
            })
        }
    };
    let parameters = parameters.map_err(|problem: UnitClash| raise(clash(&problem)))?;
    make(bench, ledger, context, quantiles.family.into(), parameters, unit)
}

/// Mean and standard deviation of the normal variable, or of the logarithm.
fn line(graph: &mut Graph, name: &'static str, stated: &[NodeId], logarithm: bool) -> Translated {
    check_same_unit(graph, name, stated[1], stated[3])?;
    let [z1, z2] = [stated[0], stated[2]].map(|p| {
        let p = graph.literal(p).and_then(|p| p.to_f64());
        normal::inverse(p.unwrap_or(f64::NAN))
    });
    let place = |graph: &mut Graph, node| -> Result<NodeId, UnitClash> {
        let value = plain(graph, node)?;
        Ok(if logarithm { graph.apply(Function::Logarithm, value) } else { value })
    };
    let (first, second) = (place(graph, stated[1])?, place(graph, stated[3])?);
    let [start, width] = [-z1, z2 - z1].map(|value| literal(graph, value));
    let distance = graph.subtract(second, first)?;
    let sd = graph.divide(distance, width)?;
    let offset = graph.multiply(sd, start)?;
    Ok(vec![graph.add(first, offset)?, sd])
}

/// A Weibull variable by its mean and standard deviation, whose parameters have no formula.
fn draw_weibull(
    bench: &Workbench,
    ledger: &Ledger,
    context: &NativeCallContext,
    values: &[Dynamic],
) -> Fallible<Quantity> {
    const NAME: &str = "weibull_mean_sd";
    let stated = nodes(bench, context, values)?;
    let [mean, sd] = numbers(bench, &stated)
        .ok_or_else(|| not_literal(bench, context, NAME, Text::from("weibull_mean_sd(10, 3)")))?;
    for (name, value) in [("mean", mean), ("sd", sd)] {
        if value <= 0.0 {
            return Err(impossible(bench, context, NAME, &parameter(name, POSITIVE), value));
        }
    }
    let found = solve::weibull_with_moments(mean, sd)
        .ok_or_else(|| unsolved(bench, context, NAME, &[("mean", mean), ("sd", sd)]))?;
    let unit = counted_in(bench, stated[0]).unwrap_or(Unit::Bare);
    let parameters = bench.graph(|graph| {
        check_same_unit(graph, NAME, stated[0], stated[1])?;
        Ok(found.map(|value| literal(graph, value)).to_vec())
    });
    let parameters = parameters.map_err(|problem: UnitClash| raise(clash(&problem)))?;
    make(bench, ledger, context, Family::Weibull.into(), parameters, unit)
}

/// The values of parameters that are all numbers.
fn numbers<const N: usize>(bench: &Workbench, stated: &[NodeId]) -> Option<[f64; N]> {
    literals(bench, stated)?.try_into().ok()
}

fn literal(graph: &mut Graph, value: f64) -> NodeId {
    graph.number(Decimal::from_f64_retain(value).unwrap_or_default(), Unit::Bare)
}

fn not_literal(
    bench: &Workbench,
    context: &NativeCallContext,
    name: &str,
    expected: Text,
) -> Box<EvalAltResult> {
    raise(
        Problem::error(
            "not-literal",
            say!("`{name}` needs numbers, not cells", "`{name}` にはセルではなく数値が必要です"),
        )
        .expected(expected)
        .maybe_at(bench.place(context.call_position())),
    )
}

/// No distribution of the family is stated by these numbers.
fn unsolved(
    bench: &Workbench,
    context: &NativeCallContext,
    name: &str,
    stated: &[(&str, f64)],
) -> Box<EvalAltResult> {
    let found: Vec<String> =
        stated.iter().map(|(name, value)| format!("{name} = {value}")).collect();
    raise(
        Problem::error(
            "no-such-distribution",
            say!(
                "`{name}` finds no distribution with these values",
                "`{name}` の値に合う分布が見つかりません"
            ),
        )
        .found(Text::from(found.join(", ")))
        .help(say!(
            "check the order of the values and how far they lie apart",
            "値の順序と離れ方を確かめてください"
        ))
        .maybe_at(bench.place(context.call_position())),
    )
}

fn check_same_unit(
    graph: &Graph,
    operation: &'static str,
    left: NodeId,
    right: NodeId,
) -> Result<(), UnitClash> {
    let [left, right] = [left, right].map(|node| graph.unit(node).clone());
    match left.joined(&right) {
        Some(_) => Ok(()),
        None => Err(UnitClash { operation, left, right }),
    }
}

/// What every word here asks of its parameters.
#[cfg(test)]
pub(super) fn requirements() -> Vec<&'static str> {
    let moments = MOMENTS.iter().flat_map(|word| [word.mean, word.sd]);
    let parameters = moments.chain(PROBABILITIES).map(|parameter| parameter.requirement);
    parameters.chain(QUANTILES.iter().flat_map(|word| word.requirements)).collect()
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;
    use crate::files::Files;
    use crate::problem::Source;
    use crate::scenario::Scenario;
    use crate::simulate::{Settings, Unwatched, simulate};

    const PATHS: u64 = 100_000;
    const CONTRACT: &str = r#"
contract("test", #{ from: "2020-04-01", to: "2025-03-31", cap: yen(10),
    tax: unstated(), rounding: half_up(1) });
party("city", #{ role: "payer" });
party("vendor", #{ role: "provider" });
evaluations([#{ at: "2021-03-31", paid: "2021-03-31" }]);
let x = mean("x", #{ digits: 3 });
pay("outcome", |e| tiers(e[x], [[0, yen(1)]]));
"#;

    struct Contract;

    impl Files for Contract {
        fn read(&self, _: &str) -> io::Result<Vec<u8>> {
            Ok(CONTRACT.into())
        }
    }

    fn scenario(cells: &str, amount: &str) -> Result<Scenario, Vec<Problem>> {
        let text = format!(
            "contract = \"c.rhai\"\npaths = {PATHS}\nseed = 5\n{cells}\n\
             [outcomes.x]\nvalue = 1\n[benefits.cost]\namount = \"{amount}\""
        );
        Scenario::parse(&Contract, &Source::new("s.toml", text))
    }

    /// The mean, the standard deviation and the 95% point of an amount.
    fn drawn(cells: &str, amount: &str) -> [f64; 3] {
        let scenario = scenario(cells, amount).unwrap_or_else(|problems| panic!("{problems:#?}"));
        let projection = simulate(&scenario, &Settings::default(), &Unwatched).unwrap();
        let amount = &projection.benefits[0].amount;
        [amount.mean, amount.sd, amount.p95]
    }

    #[test]
    fn the_mean_and_standard_deviation_of_the_draws_are_those_stated() {
        let uncertain = "[assume]\nm = \"uniform(0.2, 0.2)\"\ns = \"m / 4\"";
        // With the excess of the kurtosis of each distribution.
        for (cells, amount, mean, sd, excess) in [
            ("", "yen(beta_mean_sd(0.8, 0.1))", 0.8, 0.1, 0.5),
            (uncertain, "yen(beta_mean_sd(m, s))", 0.2, 0.05, 0.2),
            ("", "gamma_mean_sd(yen(174), yen(250))", 174.0, 250.0, 12.4),
            (uncertain, "yen(gamma_mean_sd(m, s))", 0.2, 0.05, 0.4),
            ("", "lognormal_mean_sd(yen(174), yen(50))", 174.0, 50.0, 1.4),
            (uncertain, "yen(lognormal_mean_sd(m, s))", 0.2, 0.05, 1.1),
            ("", "weibull_mean_sd(yen(174), yen(50))", 174.0, 50.0, 0.3),
            ("", "weibull_mean_sd(yen(4), yen(4))", 4.0, 4.0, 6.0),
            ("", "yen(negative_binomial_mean_sd(12, 5))", 12.0, 5.0, 1.0),
            (uncertain, "yen(negative_binomial_mean_sd(m, 20 * s))", 0.2, 1.0, 121.0),
        ] {
            let [found_mean, found_sd, _] = drawn(cells, amount);
            let error = sd / (PATHS as f64).sqrt();
            assert!((found_mean - mean).abs() < 4.0 * error, "{amount}: mean {found_mean}");
            let sd_error = error * f64::sqrt((2.0 + excess) / 4.0);
            assert!((found_sd - sd).abs() < 4.0 * sd_error, "{amount}: sd {found_sd}");
        }
    }

    #[test]
    fn a_standard_deviation_of_0_leaves_the_mean() {
        let [mean, sd, _] = drawn("", "yen(lognormal_mean_sd(12.5, 0))");
        assert!((mean - 12.5).abs() < 1e-13 && sd < 1e-9, "{mean} {sd}");
    }

    #[test]
    fn the_quantiles_of_the_draws_are_those_stated() {
        // Five and ninety-five per cent points of a normal variable lie 1.6449 deviations out.
        let [mean, sd, p95] = drawn("", "normal_quantiles(0.05, yen(10), 0.95, yen(30))");
        assert!((mean - 20.0).abs() < 0.1 && (sd - 10.0 / 1.644_853_627).abs() < 0.1);
        assert!((p95 - 30.0).abs() < 0.2, "{p95}");
        let [_, _, p95] = drawn("", "yen(lognormal_quantiles(0.5, 8, 0.95, 40))");
        assert!((p95 / 40.0 - 1.0).abs() < 0.03, "{p95}");
        for amount in [
            "yen(beta_quantiles(0.05, 0.2, 0.95, 0.4))",
            "gamma_quantiles(0.05, yen(0.2), 0.95, yen(0.4))",
            "weibull_quantiles(0.05, yen(0.2), 0.95, yen(0.4))",
        ] {
            let [_, _, p95] = drawn("", amount);
            assert!((p95 / 0.4 - 1.0).abs() < 0.01, "{amount}: {p95}");
        }
        let [.., p95] = drawn("", "yen(normal_quantiles(0.95, -2, 0.975, 3))");
        assert!((p95 + 2.0).abs() < 0.5, "{p95}");
    }

    #[test]
    fn stated_cells_can_be_correlated() {
        let cells = "[assume]\na = \"gamma_mean_sd(2, 1)\"\nb = \"normal_quantiles(0.1, 0, 0.9, 2)\"\n\
                     [[correlate]]\ncells = [\"a\", \"b\"]\nrho = -0.5";
        let [mean, ..] = drawn(cells, "yen(a * b)");
        // The product of the means is 2; the covariance is negative, about -0.5 * 0.78.
        assert!((mean - 1.62).abs() < 0.03, "{mean}");
    }

    #[test]
    fn what_cannot_be_is_refused_at_its_place() {
        for (amount, id, found) in [
            ("beta_mean_sd(1, 0.1)", "impossible-parameter", "mean = 1"),
            ("beta_mean_sd(0.5, 0.5)", "impossible-parameter", "sd = 0.5"),
            ("gamma_mean_sd(0, 0.1)", "impossible-parameter", "mean = 0"),
            ("gamma_mean_sd(1, 0)", "impossible-parameter", "sd = 0"),
            ("lognormal_mean_sd(1, -2)", "impossible-parameter", "sd = -2"),
            ("normal_quantiles(0, 1, 0.5, 2)", "impossible-parameter", "p1 = 0"),
            ("normal_quantiles(0.5, 1, 0.5, 2)", "impossible-parameter", "p2 = 0.5"),
            ("normal_quantiles(0.1, 1, 0.5, 1)", "impossible-parameter", "x2 = 1"),
            ("lognormal_quantiles(0.1, 0, 0.5, 1)", "impossible-parameter", "x1 = 0"),
            ("truncated_normal(0, 1, 3, 2)", "impossible-parameter", "high = 2"),
            ("poisson(-1)", "impossible-parameter", "mean = -1"),
            ("normal_quantiles(m, 1, 0.5, 2)", "not-literal", ""),
            ("beta_quantiles(0.1, 0.2, 0.9, 1)", "impossible-parameter", "x2 = 1"),
            ("gamma_quantiles(0.1, 0, 0.9, 1)", "impossible-parameter", "x1 = 0"),
            (
                "gamma_quantiles(0.5, 0.0000000000000001, 0.500001, 1000000000)",
                "no-such-distribution",
                "p1 = 0.5, x1 = 0.0000000000000001, p2 = 0.500001, x2 = 1000000000",
            ),
            ("weibull_mean_sd(1, 0)", "impossible-parameter", "sd = 0"),
            ("weibull_mean_sd(m, 1)", "not-literal", ""),
            ("negative_binomial_mean_sd(4, 2)", "impossible-parameter", "sd = 2"),
            ("gamma_mean_sd(yen(3), usd(2))", "mixed-units", ""),
        ] {
            let cells = "[assume]\nm = \"uniform(0, 1)\"";
            let problems = scenario(cells, &format!("yen({amount})")).expect_err(amount);
            assert_eq!(problems[0].id, id, "{amount}: {problems:#?}");
            assert!(problems[0].place.is_some(), "{amount}");
            let text = problems[0].found.as_ref().map_or("", |text| text.en.as_str());
            assert!(found.is_empty() || text == found, "{amount}: {text}");
        }
    }
}
