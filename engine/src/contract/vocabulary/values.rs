//! Values: money, shares, dates, rounding rules, and what payments and rows look at.

use rhai::{Dynamic, Engine, ImmutableString, NativeCallContext};
use rust_decimal::Decimal;

use super::{Desk, Fallible};
use crate::contract::Tax;
use crate::contract::read::IndicatorHandle;
use crate::expr::{Graph, Interval, Mode, NodeId, Rounding, Unit};
use crate::problem::{Problem, Text, did_you_mean, say};
use crate::script::{Quantity, clash, date_of, describe, register_rounding};

/// What a payment's closure is given: one evaluation.
#[derive(Debug, Clone, Copy)]
pub(in crate::contract) struct Moment {
    pub(in crate::contract) evaluation: usize,
}

/// What an indicator's closure is given: one row of the evidence.
#[derive(Debug, Clone, Copy)]
pub(in crate::contract) struct RowHandle;

/// `down(1)`: a mode and a number, which the reader takes as a step of money or as decimals.
#[derive(Debug, Clone, Copy)]
pub(in crate::contract) struct RuleValue {
    pub(in crate::contract) mode: Mode,
    number: Decimal,
}

impl RuleValue {
    /// As the rounding of money: to multiples of the number.
    pub(in crate::contract) fn money(self) -> Option<Rounding> {
        let whole_steps = self.number > Decimal::ZERO && self.number <= Decimal::from(1_000_000);
        whole_steps.then_some(Rounding { mode: self.mode, step: self.number.normalize() })
    }

    /// As the precision of reading: to that many decimals.
    pub(in crate::contract) fn reading(self) -> Option<Rounding> {
        use rust_decimal::prelude::ToPrimitive;
        let digits = self.number.is_integer().then(|| self.number.to_u32()).flatten()?;
        (digits <= 10).then(|| Rounding::to_digits(self.mode, digits))
    }
}

pub(super) fn register(engine: &mut Engine, desk: &Desk) {
    engine.register_type_with_name::<Moment>("evaluation");
    engine.register_type_with_name::<RowHandle>("row");
    engine.register_type_with_name::<RuleValue>("rounding rule");
    engine.register_type_with_name::<Tax>("tax rule");
    engine.register_type_with_name::<IndicatorHandle>("indicator");
    register_rounding(engine, &desk.bench);
    for (word, currency) in Unit::CURRENCIES {
        let at = desk.clone();
        engine.register_fn(word, move |context: NativeCallContext, value: Dynamic| {
            money(&at, &context, &Unit::money(currency), &value)
        });
    }
    let at = desk.clone();
    engine.register_fn("percent", move |context: NativeCallContext, value: Dynamic| {
        percent(&at, &context, &value)
    });
    let at = desk.clone();
    engine.register_fn("date", move |context: NativeCallContext, value: Dynamic| {
        date(&at, &context, &value)
    });
    let modes = [
        ("down", Mode::Down),
        ("up", Mode::Up),
        ("half_up", Mode::HalfUp),
        ("half_even", Mode::HalfEven),
    ];
    for (word, mode) in modes {
        engine.register_fn(word, move |number: i64| RuleValue { mode, number: number.into() });
        engine.register_fn(word, move |number: Decimal| RuleValue { mode, number });
    }
    for (word, tax) in [("included", Tax::Included as fn(Decimal) -> Tax), ("added", Tax::Added)] {
        let at = desk.clone();
        engine.register_fn(word, move |context: NativeCallContext, rate: Dynamic| {
            tax_rate(&at, &context, &rate).map(tax)
        });
    }
    engine.register_fn("unstated", || Tax::Unstated);
    let at = desk.clone();
    engine.register_fn("available", move |context: NativeCallContext, outcome: Quantity| {
        available(&at, &context, outcome)
    });
    register_moment(engine, desk);
    register_row(engine, desk);
}

fn money(
    desk: &Desk,
    context: &NativeCallContext,
    unit: &Unit,
    value: &Dynamic,
) -> Fallible<Quantity> {
    let node = desk.node(context, &say!("the amount", "金額"), value)?;
    let literal = desk.bench.graph(|graph| graph.literal(node));
    if literal.is_some_and(|amount| amount.abs() > Decimal::from(AMOUNT_MAX)) {
        return Err(desk.raise(context, too_large()));
    }
    let relabelled = desk.bench.graph(|graph| graph.relabel(node, unit));
    let node = relabelled.map_err(|problem| desk.raise(context, clash(&problem)))?;
    Ok(desk.made(context, node))
}

/// The largest amount and threshold: a thousand times the nation's budget in yen. Sums and products
/// of such numbers stay exact in 28 digits.
pub(super) const AMOUNT_MAX: i64 = 100_000_000_000_000_000;

/// A number beyond any contract's.
pub(super) fn too_large() -> Problem {
    Problem::error("too-large", say!("this number is too large", "数が大きすぎます"))
        .expected(say!("at most 100,000,000,000,000,000", "100,000,000,000,000,000 以下"))
}

fn percent(desk: &Desk, context: &NativeCallContext, value: &Dynamic) -> Fallible<Quantity> {
    let node = desk.node(context, &say!("the value", "値"), value)?;
    let unit = desk.bench.graph(|graph| graph.unit(node).clone());
    if matches!(unit, Unit::Money(_) | Unit::Label(_)) {
        return Err(desk.raise(
            context,
            Problem::error(
                "not-a-number",
                say!("a percentage is of a plain number", "百分率にできるのは単位のない数です"),
            )
            .found(crate::script::unit_words(&unit))
            .expected(say!("percent(30)", "percent(30)")),
        ));
    }
    let share = desk.bench.graph(|graph: &mut Graph| {
        let hundredth = graph.number(Decimal::new(1, 2), Unit::Number);
        graph.multiply(node, hundredth)
    });
    let node = share.map_err(|problem| desk.raise(context, clash(&problem)))?;
    Ok(desk.made(context, node))
}

fn date(desk: &Desk, context: &NativeCallContext, value: &Dynamic) -> Fallible<Quantity> {
    let Some(date) = date_of(value) else {
        return Err(desk.raise(
            context,
            Problem::error("wrong-date", say!("this is no date", "日付として読めません"))
                .found(describe(value))
                .expected(say!("a date as \"2024-03-31\"", "\"2024-03-31\" の形の日付")),
        ));
    };
    let days = crate::evidence::days_of(date);
    let node = desk.bench.graph(|graph| graph.number(days, Unit::Date));
    Ok(node.into())
}

fn tax_rate(desk: &Desk, context: &NativeCallContext, rate: &Dynamic) -> Fallible<Decimal> {
    let node = desk.node(context, &say!("the rate", "税率"), rate)?;
    let rate = desk.bench.graph(|graph| graph.literal(node));
    rate.filter(|rate| *rate >= Decimal::ZERO && *rate < Decimal::ONE).ok_or_else(|| {
        desk.raise(
            context,
            Problem::error("wrong-rate", say!("this is no tax rate", "税率として使えません"))
                .expected(say!(
                    "a share below 1, such as percent(10)",
                    "percent(10) のような 1 未満の割合"
                )),
        )
    })
}

/// Asked as a comparison, so that `if available(…)` branches as any other condition.
fn available(desk: &Desk, context: &NativeCallContext, outcome: Quantity) -> Fallible<bool> {
    let draft = desk.draft();
    let symbol = draft.outcomes.iter().find(|known| {
        desk.bench
            .graph(|graph| *graph.node(outcome.node) == crate::expr::Node::Symbol(known.value))
    });
    let Some(known) = symbol.cloned() else {
        drop(draft);
        return Err(desk.raise(
            context,
            Problem::error(
                "not-an-outcome",
                say!("`available` asks about an outcome", "`available` は成果について尋ねる語です"),
            )
            .expected(say!("available(e[indicator])", "available(e[指標])")),
        ));
    };
    drop(draft);
    let truth = desk.bench.graph(|graph| {
        let name = graph.symbol_of(known.available).name.clone();
        let symbol = graph.symbol(&name, Unit::Truth, Interval::SHARE);
        let yes = graph.truth(true);
        graph.compare(crate::expr::Relation::Equal, symbol, yes)
    });
    let node = truth.map_err(|problem| desk.raise(context, clash(&problem)))?;
    desk.bench.ask(node).map_err(|problem| desk.raise(context, problem))
}

fn register_moment(engine: &mut Engine, desk: &Desk) {
    let at = desk.clone();
    engine.register_indexer_get(
        move |context: NativeCallContext, moment: &mut Moment, indicator: IndicatorHandle| {
            outcome(&at, &context, *moment, indicator.0)
        },
    );
    let at = desk.clone();
    engine.register_indexer_get(
        move |context: NativeCallContext,
              moment: &mut Moment,
              name: ImmutableString|
              -> Fallible<Quantity> {
            let known: Vec<String> =
                at.draft().indicators.iter().map(|indicator| indicator.id.clone()).collect();
            let Some(position) = known.iter().position(|id| *id == *name) else {
                let problem = Problem::error(
                    "unknown-indicator",
                    say!("there is no indicator `{name}`", "`{name}` という指標はありません"),
                )
                .expected(Text::from(known.join(", ")));
                let near = did_you_mean(&name, known.iter().map(String::as_str));
                return Err(at.raise_inside(
                    &context,
                    match near {
                        Some(near) => problem.help(near),
                        None => problem,
                    },
                ));
            };
            outcome(&at, &context, *moment, position)
        },
    );
    let at = desk.clone();
    engine.register_get("date", move |moment: &mut Moment| {
        at.draft().evaluations[moment.evaluation].at.to_string()
    });
    engine.register_get("number", |moment: &mut Moment| moment.evaluation as i64 + 1);
    engine.register_get("first", |moment: &mut Moment| moment.evaluation == 0);
    let at = desk.clone();
    engine.register_get("last", move |moment: &mut Moment| {
        moment.evaluation + 1 == at.draft().evaluations.len()
    });
    let at = desk.clone();
    engine.register_get("paid_before", move |_: &mut Moment| -> Fallible<Quantity> {
        match at.draft().paid_before {
            Some(node) => Ok(node.into()),
            None => Err(crate::script::raise(Problem::error(
                "paid-before-here",
                say!(
                    "`e.paid_before` is known only in payments",
                    "`e.paid_before` は支払の中でだけ使えます"
                ),
            ))),
        }
    });
    let at = desk.clone();
    engine.register_get("served", move |moment: &mut Moment| -> Fallible<Quantity> {
        let ending = at.draft().endings.get(moment.evaluation).cloned();
        match ending {
            Some(ending) => Ok(at
                .bench
                .graph(|graph| {
                    let symbol = graph.symbol_of(ending.served).clone();
                    graph.symbol(&symbol.name, symbol.unit, symbol.support)
                })
                .into()),
            None => Err(crate::script::raise(
                Problem::error(
                    "early-end-undeclared",
                    say!(
                        "`e.served` is the part of the period that was served before an early end, and the contract does not provide for one",
                        "`e.served` は途中終了までに経過した期間の割合ですが、契約に途中終了の定めがありません"
                    ),
                )
                .help(say!(
                    "declare it: early_end(#{{ fixed: \"pro_rata\", linked: \"as_measured\" }})",
                    "宣言してください: early_end(#{{ fixed: \"pro_rata\", linked: \"as_measured\" }})"
                )),
            )),
        }
    });
    let at = desk.clone();
    engine.register_fn(
        "total",
        move |context: NativeCallContext,
              moment: Moment,
              indicator: IndicatorHandle|
              -> Fallible<Quantity> { total(&at, &context, moment, indicator.0) },
    );
    let at = desk.clone();
    engine.register_fn(
        "at",
        move |context: NativeCallContext, moment: Moment, date: Dynamic| -> Fallible<Moment> {
            let wanted = date_of(&date);
            let draft = at.draft();
            let found = draft.evaluations.iter().position(|known| Some(known.at) == wanted);
            match found.filter(|evaluation| *evaluation <= moment.evaluation) {
                Some(evaluation) => Ok(Moment { evaluation }),
                None => {
                    let earlier = &draft.evaluations[..=moment.evaluation];
                    let known =
                        earlier.iter().map(|known| known.at.to_string()).collect::<Vec<_>>();
                    drop(draft);
                    Err(at.raise(
                        &context,
                        Problem::error(
                            "not-an-evaluation",
                            say!(
                                "`e.at` needs this evaluation or an earlier one",
                                "`e.at` にはこの評価日かそれ以前の評価日が必要です"
                            ),
                        )
                        .found(describe(&date))
                        .expected(Text::from(known.join(", "))),
                    ))
                }
            }
        },
    );
}

fn outcome(
    desk: &Desk,
    context: &NativeCallContext,
    moment: Moment,
    indicator: usize,
) -> Fallible<Quantity> {
    let draft = desk.draft();
    let known = draft
        .outcomes
        .iter()
        .find(|known| known.indicator == indicator && known.evaluation == moment.evaluation);
    if let Some(known) = known {
        let value = known.value;
        drop(draft);
        let node = desk.bench.graph(|graph| {
            let symbol = graph.symbol_of(value).clone();
            graph.symbol(&symbol.name, symbol.unit, symbol.support)
        });
        return Ok(node.into());
    }
    let id = draft.indicators[indicator].id.clone();
    let date = draft.evaluations[moment.evaluation].at;
    let measured: Vec<String> = draft
        .outcomes
        .iter()
        .filter(|known| known.indicator == indicator)
        .map(|known| draft.evaluations[known.evaluation].at.to_string())
        .collect();
    drop(draft);
    Err(desk.raise_inside(
        context,
        Problem::error(
            "not-measured-here",
            say!(
                "`{id}` is not measured at {date}, where this line reads it",
                "`{id}` は {date} には測定されませんが、この支払項目が読んでいます"
            ),
        )
        .expected(Text::from(measured.join(", ")))
        .help(say!(
            "limit the line with `at: [\"{date}\"]` to dates where it is measured, or declare it there",
            "支払項目を `at: [\"{date}\"]` で測定日に限るか、指標をその日にも測定してください"
        )),
    ))
}

/// The sum of an indicator over this evaluation and the earlier ones at which it is measured.
fn total(
    desk: &Desk,
    context: &NativeCallContext,
    moment: Moment,
    indicator: usize,
) -> Fallible<Quantity> {
    let measured: Vec<usize> = {
        let draft = desk.draft();
        let own = draft.outcomes.iter().filter(|known| known.indicator == indicator);
        let dates = own.map(|known| known.evaluation);
        dates.filter(|evaluation| *evaluation <= moment.evaluation).collect()
    };
    let mut sum: Option<NodeId> = None;
    for evaluation in measured {
        let node = outcome(desk, context, Moment { evaluation }, indicator)?.node;
        let added = match sum {
            None => Ok(node),
            Some(sum) => desk.bench.graph(|graph| graph.add(sum, node)),
        };
        sum = Some(added.map_err(|problem| desk.raise(context, clash(&problem)))?);
    }
    match sum {
        Some(sum) => Ok(desk.made(context, sum)),
        // Said as for an outcome that is read where it is not measured.
        None => outcome(desk, context, moment, indicator),
    }
}

fn register_row(engine: &mut Engine, desk: &Desk) {
    let at = desk.clone();
    engine.register_indexer_get(
        move |context: NativeCallContext,
              _: &mut RowHandle,
              name: ImmutableString|
              -> Fallible<Quantity> {
            let draft = at.draft();
            let declared = draft.columns.iter().find(|column| column.name == *name);
            let unit = declared.map(ColumnUnit::of);
            let known: Vec<String> =
                draft.columns.iter().map(|column| column.name.clone()).collect();
            drop(draft);
            if unit.is_none()
                && let Some(near) = did_you_mean(&name, known.iter().map(String::as_str))
            {
                // A near miss of a declared column is more likely a slip than a new column.
                return Err(at.raise_inside(
                    &context,
                    Problem::error(
                        "unknown-column",
                        say!("there is no column `{name}`", "`{name}` という列はありません"),
                    )
                    .expected(Text::from(known.join(", ")))
                    .help(near),
                ));
            }
            let (unit, support) = unit.unwrap_or((Unit::Open, Interval::ALL));
            let node =
                at.bench.graph(|graph| graph.symbol(&format!("column:{name}"), unit, support));
            Ok(at.made(&context, node))
        },
    );
}

struct ColumnUnit;

impl ColumnUnit {
    fn of(column: &crate::contract::Column) -> (Unit, Interval) {
        use crate::contract::ColumnKind;
        use rust_decimal::prelude::ToPrimitive;
        match &column.kind {
            ColumnKind::Number { unit, low, high } => {
                let end = |value: &Option<Decimal>, open: f64| {
                    value.and_then(|value| value.to_f64()).unwrap_or(open)
                };
                let support =
                    Interval { low: end(low, f64::NEG_INFINITY), high: end(high, f64::INFINITY) };
                (unit.clone().unwrap_or(Unit::Number), support)
            }
            ColumnKind::YesNo => (Unit::Truth, Interval::SHARE),
            ColumnKind::Text(_) => (Unit::Text, Interval::ALL),
            ColumnKind::Date => (Unit::Date, Interval::ALL),
        }
    }
}
