//! Arithmetic and comparison on quantities and on exact literals.

use rhai::{Dynamic, Engine, EvalAltResult, NativeCallContext};
use rust_decimal::Decimal;

use super::quantity::{Quantity, number_of};
use super::translate::raise;
use super::workbench::Workbench;
use crate::expr::{
    Exact, Fault, Function, Graph, Mode, NodeId, Relation, Rounding, Unit, UnitClash,
};
use crate::problem::{Problem, Text, say};

type Fallible<T> = Result<T, Box<EvalAltResult>>;
type Operation = fn(&mut Graph, NodeId, NodeId) -> Result<NodeId, UnitClash>;
type ExactOperation = fn(Exact, Exact) -> Result<Exact, Fault>;

/// Registers the operators and functions every script has.
pub(super) fn register(engine: &mut Engine, bench: &Workbench) {
    let arithmetic: [(&str, Operation, ExactOperation); 4] = [
        ("+", Graph::add, Exact::plus),
        ("-", Graph::subtract, Exact::minus),
        ("*", Graph::multiply, Exact::times),
        ("/", Graph::divide, Exact::divide),
    ];
    for (name, operation, exact) in arithmetic {
        pairs(engine, name, bench, move |bench, context, a, b| {
            let divisor = (name == "/").then(|| node_of(bench, &b)).flatten();
            let known = divisor.and_then(|divisor| bench.graph(|graph| graph.literal(divisor)));
            if known.is_some_and(|divisor| divisor.is_zero()) {
                let place = bench.place(context.call_position());
                return Err(raise(fault_problem(Fault::DivisionByZero).maybe_at(place)));
            }
            binary(bench, context, operation, &a, &b).map(Dynamic::from)
        });
        literals(engine, name, bench, operation, exact);
    }
    let comparisons: [(&str, Relation, bool, bool); 6] = [
        ("<", Relation::Less, false, false),
        ("<=", Relation::AtMost, false, false),
        (">", Relation::Less, true, false),
        (">=", Relation::AtMost, true, false),
        ("==", Relation::Equal, false, false),
        ("!=", Relation::Equal, false, true),
    ];
    for (name, relation, swapped, negated) in comparisons {
        pairs(engine, name, bench, move |bench, context, a, b| {
            // What clashes is named as it is written.
            let compared = |graph: &mut Graph, a, b| -> Result<NodeId, UnitClash> {
                let (x, y) = if swapped { (b, a) } else { (a, b) };
                graph.compare(relation, x, y).map_err(|_| UnitClash {
                    operation: name,
                    left: graph.unit(a).clone(),
                    right: graph.unit(b).clone(),
                })
            };
            if relation != Relation::Equal {
                ordered(bench, context, name, [&a, &b])?;
            }
            let condition = binary(bench, context, compared, &a, &b)?;
            let answer = bench
                .ask(condition.node)
                .map_err(|problem| raise(problem.maybe_at(bench.place(context.call_position()))))?;
            Ok(Dynamic::from_bool(answer != negated))
        });
    }
    for (name, ..) in comparisons {
        unlike(engine, name, bench);
    }
    let desk = bench.clone();
    engine.register_fn("-", move |a: Quantity| -> Quantity {
        desk.graph(|graph| graph.apply(Function::Negate, a.node)).into()
    });
    for (name, operation) in [("min", Graph::smaller as Operation), ("max", Graph::larger)] {
        let desk = bench.clone();
        engine.register_fn(name, move |context: NativeCallContext, a: Dynamic, b: Dynamic| {
            binary(&desk, &context, operation, &a, &b)
        });
    }
    let desk = bench.clone();
    engine.register_fn("abs", move |a: Quantity| -> Quantity {
        desk.graph(|graph| graph.apply(Function::Magnitude, a.node)).into()
    });
}

/// Refuses to compare a text with a number or a truth, which Rhai would answer with a silent
/// `false`.
fn unlike(engine: &mut Engine, operator: &'static str, bench: &Workbench) {
    let desk = bench.clone();
    let refuse = move |context: &NativeCallContext, other: &Dynamic| -> Fallible<bool> {
        let found = super::options::describe(other);
        Err(raise(
            Problem::error(
                "unlike-values",
                say!(
                    "`{operator}` compares text with something else",
                    "`{operator}` で文字列と別の型を比べています"
                ),
            )
            .found(say!("text and {}", "文字列 と {}", found))
            .expected(say!("two texts, or two numbers", "文字列同士、または数同士"))
            .maybe_at(desk.place(context.call_position())),
        ))
    };
    macro_rules! pair {
        ($other:ty) => {
            let left = refuse.clone();
            engine.register_fn(
                operator,
                move |context: NativeCallContext, _: &str, other: $other| {
                    left(&context, &Dynamic::from(other))
                },
            );
            let right = refuse.clone();
            engine.register_fn(
                operator,
                move |context: NativeCallContext, other: $other, _: &str| {
                    right(&context, &Dynamic::from(other))
                },
            );
        };
    }
    pair!(i64);
    pair!(Decimal);
    pair!(bool);
}

/// Refuses to order texts, which the evidence only tells apart.
fn ordered(
    bench: &Workbench,
    context: &NativeCallContext,
    operator: &str,
    operands: [&Dynamic; 2],
) -> Fallible<()> {
    let text = operands
        .into_iter()
        .filter_map(|operand| node_of(bench, operand))
        .any(|node| bench.graph(|graph| *graph.unit(node) == Unit::Text));
    if !text {
        return Ok(());
    }
    Err(raise(
        Problem::error(
            "text-has-no-order",
            say!("`{operator}` cannot compare texts", "`{operator}` で文字列は比べられません"),
        )
        .expected(say!("a number, or a date", "数または日付"))
        .help(say!(
            "write a day as date(\"2024-03-31\"), a number without quotes",
            "日付は date(\"2024-03-31\")、数は引用符なしで書いてください"
        ))
        .maybe_at(bench.place(context.call_position())),
    ))
}

/// Registers `round_down(x, digits)` and its kin, by which a script states a precision.
pub(crate) fn register_rounding(engine: &mut Engine, bench: &Workbench) {
    let rules = [
        ("round_down", Mode::Down),
        ("round_up", Mode::Up),
        ("round_half_up", Mode::HalfUp),
        ("round_half_even", Mode::HalfEven),
    ];
    for (name, mode) in rules {
        let desk = bench.clone();
        engine.register_fn(
            name,
            move |context: NativeCallContext, a: Dynamic, digits: i64| -> Fallible<Quantity> {
                let node = operand(&desk, &context, &a)?;
                let digits = u32::try_from(digits).ok().filter(|digits| *digits <= 10);
                let Some(digits) = digits else {
                    return Err(raise(
                        Problem::error(
                            "wrong-digits",
                            say!(
                                "this cannot be a number of decimals",
                                "小数の桁数として使えません"
                            ),
                        )
                        .expected(say!("a whole number from 0 to 10", "0 から 10 までの整数"))
                        .maybe_at(desk.place(context.call_position())),
                    ));
                };
                let rounding = Rounding::to_digits(mode, digits);
                Ok(desk.graph(|graph| graph.round(node, rounding)).into())
            },
        );
    }
}

/// Registers an operator for a quantity on either side; anything may stand on the other, so that a
/// wrong pair is an error and never Rhai's silent `false`.
fn pairs(
    engine: &mut Engine,
    name: &str,
    bench: &Workbench,
    operation: impl Fn(&Workbench, &NativeCallContext, Dynamic, Dynamic) -> Fallible<Dynamic>
    + Clone
    + Send
    + Sync
    + 'static,
) {
    let (desk, work) = (bench.clone(), operation.clone());
    engine.register_fn(name, move |context: NativeCallContext, a: Quantity, b: Quantity| {
        work(&desk, &context, Dynamic::from(a), Dynamic::from(b))
    });
    let (desk, work) = (bench.clone(), operation.clone());
    engine.register_fn(name, move |context: NativeCallContext, a: Quantity, b: Dynamic| {
        work(&desk, &context, Dynamic::from(a), b)
    });
    let (desk, work) = (bench.clone(), operation);
    engine.register_fn(name, move |context: NativeCallContext, a: Dynamic, b: Quantity| {
        work(&desk, &context, a, Dynamic::from(b))
    });
}

/// Registers exact arithmetic on plain literals: Rhai alone says `1/3` is 0 and cuts long products.
fn literals(
    engine: &mut Engine,
    name: &str,
    bench: &Workbench,
    operation: Operation,
    exact: ExactOperation,
) {
    let desk = bench.clone();
    let work = move |context: &NativeCallContext, a: Decimal, b: Decimal| -> Fallible<Dynamic> {
        match exact(a.into(), b.into()).map(Exact::decimal) {
            Ok(Some(value)) => Ok(Dynamic::from_decimal(value)),
            // A quotient without an end stays a quotient.
            Ok(None) => {
                let node = desk.graph(|graph| {
                    let (a, b) = (graph.number(a, Unit::Bare), graph.number(b, Unit::Bare));
                    operation(graph, a, b)
                });
                node.map(|node| Dynamic::from(Quantity::from(node)))
                    .map_err(|problem| raise(clash(&problem)))
            }
            Err(fault) => {
                Err(raise(fault_problem(fault).maybe_at(desk.place(context.call_position()))))
            }
        }
    };
    let of = work.clone();
    engine.register_fn(name, move |context: NativeCallContext, a: Decimal, b: Decimal| {
        of(&context, a, b)
    });
    let of = work.clone();
    engine.register_fn(name, move |context: NativeCallContext, a: Decimal, b: i64| {
        of(&context, a, b.into())
    });
    let of = work.clone();
    engine.register_fn(name, move |context: NativeCallContext, a: i64, b: Decimal| {
        of(&context, a.into(), b)
    });
    if name == "/" {
        engine.register_fn(name, move |context: NativeCallContext, a: i64, b: i64| {
            work(&context, a.into(), b.into()).map(whole)
        });
    }
}

/// `4 / 2` stays a whole number, fit for an index.
fn whole(value: Dynamic) -> Dynamic {
    use rust_decimal::prelude::ToPrimitive;
    match value.as_decimal() {
        Ok(decimal) if decimal.is_integer() => decimal.to_i64().map_or(value, Dynamic::from_int),
        _ => value,
    }
}

fn binary(
    bench: &Workbench,
    context: &NativeCallContext,
    operation: impl Fn(&mut Graph, NodeId, NodeId) -> Result<NodeId, UnitClash>,
    a: &Dynamic,
    b: &Dynamic,
) -> Fallible<Quantity> {
    let (a, b) = (operand(bench, context, a)?, operand(bench, context, b)?);
    let at = context.call_position();
    let (result, impossible) = bench.graph(|graph| {
        let result = operation(graph, a, b);
        // Only a comparison puts a share and a literal on one scale; a product may scale it.
        let compared = result.as_ref().is_ok_and(|node| *graph.unit(*node) == Unit::Truth);
        let impossible = compared.then(|| share_above_one(graph, a, b)).flatten();
        (result, impossible)
    });
    if let Some(value) = impossible {
        return Err(raise(
            Problem::error(
                "share-above-one",
                say!(
                    "a share is compared with {value}, but shares are fractions",
                    "割合を {value} と比べていますが、割合は 0 から 1 の小数です"
                ),
            )
            .expected(say!("a number from 0 to 1", "0 から 1 までの数"))
            .help(say!("write percent({value})", "percent({value}) と書いてください"))
            .maybe_at(bench.place(at)),
        ));
    }
    let node = result.map_err(|problem| raise(clash(&problem).maybe_at(bench.place(at))))?;
    bench.made(node, at);
    Ok(node.into())
}

/// A bare literal beyond 1 beside a share, or a difference of shares: someone wrote 30 for 30%.
fn share_above_one(graph: &Graph, a: NodeId, b: NodeId) -> Option<Decimal> {
    let bare = |id| (*graph.unit(id) == Unit::Bare).then(|| graph.literal(id)).flatten();
    let compared = match (graph.unit(a), graph.unit(b)) {
        (Unit::Share | Unit::Points, Unit::Bare) => bare(b),
        (Unit::Bare, Unit::Share | Unit::Points) => bare(a),
        _ => None,
    };
    compared.filter(|value| value.abs() > Decimal::ONE)
}

fn operand(bench: &Workbench, context: &NativeCallContext, value: &Dynamic) -> Fallible<NodeId> {
    node_of(bench, value).ok_or_else(|| {
        let what = super::options::describe(value);
        raise(
            Problem::error(
                "not-a-number",
                say!("this needs a number or an amount", "ここには数か量が必要です"),
            )
            .found(what)
            .maybe_at(bench.place(context.call_position())),
        )
    })
}

/// The node a script value is: a quantity, a literal, a truth or a text.
pub(super) fn node_of(bench: &Workbench, value: &Dynamic) -> Option<NodeId> {
    if let Some(quantity) = value.clone().try_cast::<Quantity>() {
        return Some(quantity.node);
    }
    if let Some(number) = number_of(value) {
        return Some(bench.graph(|graph| graph.number(number, Unit::Bare)));
    }
    if let Ok(truth) = value.as_bool() {
        return Some(bench.graph(|graph| graph.truth(truth)));
    }
    let text = value.as_immutable_string_ref().ok()?.to_string();
    Some(bench.graph(|graph| graph.text(&text)))
}

/// Two units that do not go together, both named.
pub(crate) fn clash(clash: &UnitClash) -> Problem {
    let (left, right) = (unit_words(&clash.left), unit_words(&clash.right));
    let operation = clash.operation;
    let message = match operation {
        "unit" => say!("{} cannot be turned into {}", "{} を {} にはできません", left, right),
        "if" => say!(
            "one branch gives {} and another {}",
            "分岐によって {} になったり {} になったりします",
            left,
            right
        ),
        _ => say!(
            "`{operation}` mixes {} and {}",
            "`{operation}` で {} と {} を混ぜています",
            left,
            right
        ),
    };
    Problem::error("mixed-units", message)
        .found(say!("{} and {}", "{} と {}", left, right))
        .expected(match operation {
            "*" if clash.left.is_money() && clash.right.is_money() => {
                say!("at most one amount of money", "金額は片側だけ")
            }
            "*" => say!("numbers on both sides", "両側とも数"),
            "/" => say!("a divisor that is a number", "数で割る式"),
            _ => say!("the same unit on both sides", "両側で同じ単位"),
        })
        .help(match (&clash.left, &clash.right) {
            (Unit::Money(_), _) | (_, Unit::Money(_)) => say!(
                "multiply a price by a number, or give money on both sides: `yen(…)`",
                "金額には数を掛けるか、両側を金額にしてください: `yen(…)`"
            ),
            _ => say!("convert one side first", "先に片方を換算してください"),
        })
}

/// A unit in words.
pub(crate) fn unit_words(unit: &Unit) -> Text {
    match unit {
        Unit::Bare | Unit::Open | Unit::Number => say!("a number", "数"),
        Unit::Share => say!("a share", "割合"),
        Unit::Points => say!("a difference of shares", "割合の差"),
        Unit::Truth => say!("true or false", "真偽"),
        Unit::Text => say!("text", "文字列"),
        Unit::Date => say!("a date", "日付"),
        Unit::Money(_) | Unit::Label(_) => unit.words(),
    }
}

/// Why an exact operation failed, in words.
pub(crate) fn fault_problem(fault: Fault) -> Problem {
    match fault {
        Fault::DivisionByZero => {
            Problem::error("division-by-zero", say!("this divides by zero", "0 で割っています"))
                .help(say!(
                    "test for zero first: `if x == 0 {{ … }} else {{ … / x }}`",
                    "先に 0 かどうかを確かめてください: `if x == 0 {{ … }} else {{ … / x }}`"
                ))
        }
        Fault::LosesDigits => Problem::error(
            "loses-digits",
            say!(
                "the exact result needs more than 28 digits",
                "正確な結果に 28 桁を超える桁数が必要です"
            ),
        )
        .help(say!(
            "state a precision: `round_half_up(x, 6)`",
            "精度を決めてください: `round_half_up(x, 6)`"
        )),
        Fault::NotExact => Problem::error(
            "not-exact",
            say!(
                "this function has no exact value, so a contract cannot pay on it",
                "この関数は正確な値を持たないため、契約の支払には使えません"
            ),
        ),
        Fault::Unavailable => Problem::error(
            "unavailable",
            say!("a value that was not measured is read", "測定されていない値を使っています"),
        ),
    }
}
