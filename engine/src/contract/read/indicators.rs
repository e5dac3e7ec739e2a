//! Indicators: their closures over rows traced, their units and ranges, the columns they read.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rhai::Dynamic;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::draft::{ClosureKind, Draft, IndicatorDraft, StrataValue};
use super::{Reader, no_value};
use crate::contract::Outcome;
use crate::contract::vocabulary::RowHandle;
use crate::contract::{
    Baseline, Column, ColumnKind, Estimand, Indicator, Strata, StrataKey, Stratum,
};
use crate::expr::{Graph, Interval, Node, NodeId, Relation, SymbolId, Unit, bounds};
use crate::problem::{Place, Problem, Text, say};
use crate::script::Closure;

impl Reader<'_> {
    /// An indicator whose closures are traced; `earlier` are those declared before it.
    pub(super) fn indicator(&self, draft: &IndicatorDraft, earlier: &[Indicator]) -> Indicator {
        let who = draft.who.as_ref().and_then(|who| self.row(who, ClosureKind::Condition));
        let mut traced: BTreeMap<&str, NodeId> = BTreeMap::new();
        for (name, kind, closure) in &draft.closures {
            if let Some(node) = closure.as_ref().and_then(|closure| self.row(closure, *kind)) {
                traced.insert(*name, node);
            }
        }
        let of = |name: &str| traced.get(name).copied();
        let design = &draft.design;
        let sign = if draft.negative { -1 } else { 1 };
        let adjust = || -> Vec<NodeId> {
            let factor = |closure| self.row(closure, ClosureKind::Either);
            design.adjust.iter().filter_map(factor).collect()
        };
        let of_shares = ["of", "first"].iter().any(|name| {
            of(name).is_some_and(|node| self.bench.graph(|g| *g.unit(node) == Unit::Truth))
        });
        let estimand = match draft.word {
            "mean_change" => Estimand::MeanChange { first: of("first"), last: of("last"), sign },
            "mean" => Estimand::Mean { of: of("of") },
            "share" => Estimand::Share { of: of("of") },
            "count" => Estimand::Count { of: of("of") },
            "total" => Estimand::Total { of: of("of") },
            "difference" => {
                Estimand::Difference { of: of("of"), treated: of("treated"), of_shares }
            }
            "ratio" | "index" => Estimand::Ratio {
                of: of("of"),
                treated: of("treated"),
                of_shares,
                index: draft.word == "index",
            },
            "difference_in_differences" => Estimand::DifferenceInDifferences {
                first: of("first"),
                last: of("last"),
                treated: of("treated"),
                sign,
            },
            "rate" => Estimand::Rate { events: of("events"), time: of("time"), per: design.per },
            "rate_ratio" => Estimand::RateRatio {
                events: of("events"),
                time: of("time"),
                treated: of("treated"),
            },
            "observed_over_expected" => Estimand::ObservedOverExpected {
                observed: of("observed"),
                expected: of("expected"),
                strata: self.strata(draft),
                time: of("time"),
                per: design.per,
            },
            "standardised" => Estimand::Standardised {
                of: of("of"),
                time: of("time"),
                strata: self.strata(draft),
                per: design.per,
                of_shares,
            },
            "propensity_weighted" => Estimand::PropensityWeighted {
                of: of("of"),
                treated: of("treated"),
                adjust: adjust(),
                effect: design.effect,
            },
            "ancova" => Estimand::Ancova { of: of("of"), treated: of("treated"), adjust: adjust() },
            _ => {
                let no_effect =
                    design.parts.iter().try_fold(Decimal::ZERO, |sum, (part, weight)| {
                        sum.checked_add(earlier[*part].no_effect()?.checked_mul(*weight)?)
                    });
                Estimand::Blend { parts: design.parts.clone(), no_effect }
            }
        };
        let unit = self.unit(draft, &estimand, of_shares, earlier);
        let support = self.support(&estimand, of_shares, earlier);
        let (unit, support) = against(design.baseline.as_ref(), unit, support);
        let measured = self.measured(draft, earlier);
        Indicator {
            id: draft.id.clone(),
            title: draft.title.clone(),
            estimand,
            unit,
            better: draft.better,
            read: draft.read,
            who,
            missing: draft.missing,
            missing_stated: draft.missing_stated,
            at_least: draft.at_least,
            at_least_stated: draft.at_least_stated,
            source: draft.source.clone(),
            clause: draft.clause.clone(),
            measured,
            support,
            place: draft.place.clone(),
            baseline: design.baseline.clone(),
            grounds: draft.grounds.clone(),
        }
    }

    /// The strata of an indicator: each key compared with each of its values in the table.
    fn strata(&self, draft: &IndicatorDraft) -> Option<Strata> {
        let design = &draft.design;
        let mut keys = Vec::new();
        for (position, closure) in design.strata.iter().enumerate() {
            let node = self.row(closure, ClosureKind::Key)?;
            let mut values: Vec<&StrataValue> = Vec::new();
            for (cell, _) in &design.table {
                let value = cell.get(position)?;
                if !values.contains(&value) {
                    values.push(value);
                }
            }
            let condition = |value: &&StrataValue| {
                let built = self.bench.graph(|graph| {
                    let value = match value {
                        StrataValue::Text(text) => graph.text(text),
                        StrataValue::Number(number) => graph.number(*number, Unit::Bare),
                        StrataValue::Truth(truth) => graph.truth(*truth),
                    };
                    graph.compare(Relation::Equal, node, value)
                });
                match built {
                    Ok(condition) => Some((value.name(), condition)),
                    Err(problem) => {
                        let problem = crate::script::clash(&problem);
                        self.bench.report(problem.maybe_at(design.table_place.clone()));
                        None
                    }
                }
            };
            let choices: Option<Vec<_>> = values.iter().map(condition).collect();
            keys.push((StrataKey { node, choices: choices? }, values));
        }
        let cells = design.table.iter().map(|(cell, number)| {
            let choices = keys.iter().zip(cell).map(|((_, values), value)| {
                values.iter().position(|known| *known == value).unwrap_or_default()
            });
            Stratum { choices: choices.collect(), number: *number }
        });
        let cells: Vec<Stratum> = cells.collect();
        (!keys.is_empty()).then(|| Strata {
            cells,
            keys: keys.into_iter().map(|(key, _)| key).collect(),
            source: design.table_source.clone(),
        })
    }

    /// The unit of the indicator's values, checked against that of its closures.
    fn unit(
        &self,
        draft: &IndicatorDraft,
        estimand: &Estimand,
        of_shares: bool,
        earlier: &[Indicator],
    ) -> Unit {
        let natural = match estimand {
            Estimand::Share { .. } => Some(Unit::Share),
            Estimand::Ratio { .. }
            | Estimand::RateRatio { .. }
            | Estimand::ObservedOverExpected { .. } => Some(Unit::Number),
            Estimand::Standardised { of_shares: true, time: None, per, .. }
                if *per == Decimal::ONE =>
            {
                Some(Unit::Share)
            }
            Estimand::Rate { .. } | Estimand::Standardised { .. } => draft.unit.clone(),
            Estimand::Difference { .. }
            | Estimand::MeanChange { .. }
            | Estimand::DifferenceInDifferences { .. }
            | Estimand::PropensityWeighted { .. }
            | Estimand::Ancova { .. }
                if of_shares =>
            {
                Some(Unit::Points)
            }
            Estimand::Count { .. } => Some(draft.unit.clone().unwrap_or(Unit::label("people"))),
            Estimand::Blend { parts, .. } => {
                let mut units = parts.iter().map(|(part, _)| &earlier[*part].unit);
                // A weighted mean of shares is one itself; any other blend of them is a number.
                let is_mean = parts.iter().all(|(_, weight)| !weight.is_sign_negative())
                    && parts.iter().map(|(_, weight)| *weight).sum::<Decimal>() == Decimal::ONE;
                let shares = units.clone().all(|unit| *unit == Unit::Share);
                let first = units.next().cloned().unwrap_or(Unit::Number);
                let first = match first {
                    Unit::Share if shares && is_mean => Unit::Share,
                    Unit::Share | Unit::Points => Unit::Number,
                    first => first,
                };
                let stated = draft.unit.clone();
                let plain = |unit: &Unit| {
                    let part = matches!(unit, Unit::Share | Unit::Points);
                    *unit == first || (first == Unit::Number && part)
                };
                if !units.all(plain) {
                    self.bench.report(
                        Problem::error(
                            "mixed-units",
                            say!(
                                "a blend adds up values of different units",
                                "単位の異なる値を混ぜています"
                            ),
                        )
                        .maybe_at(draft.place.clone()),
                    );
                }
                stated.or(Some(first))
            }
            Estimand::MeanChange { .. }
            | Estimand::Mean { .. }
            | Estimand::Total { .. }
            | Estimand::Difference { .. }
            | Estimand::DifferenceInDifferences { .. }
            | Estimand::PropensityWeighted { .. }
            | Estimand::Ancova { .. } => None,
        };
        let of_time = matches!(estimand, Estimand::Rate { .. } | Estimand::Standardised { .. });
        let columns = estimand
            .closures()
            .first()
            .map(|node| self.bench.graph(|graph| graph.unit(*node).clone()));
        let of_values =
            columns.filter(|unit| !of_time && matches!(unit, Unit::Label(_) | Unit::Money(_)));
        let stated = draft.unit.clone();
        if let (None, Some(stated), Some(values)) = (&natural, &stated, &of_values)
            && stated != values
        {
            let id = &draft.id;
            let (a, b) = (crate::script::unit_words(stated), crate::script::unit_words(values));
            self.bench.report(
                Problem::error(
                    "mixed-units",
                    say!(
                        "`{id}` is declared in {} but its columns hold {}",
                        "`{id}` の単位は {} ですが、列の単位は {} です",
                        a,
                        b
                    ),
                )
                .found(b.clone())
                .expected(a.clone())
                .maybe_at(draft.place.clone()),
            );
        }
        natural.or(stated).or(of_values).unwrap_or(Unit::Number)
    }

    /// Where values can lie, from what is estimated and the declared ranges of columns.
    fn support(&self, estimand: &Estimand, of_shares: bool, earlier: &[Indicator]) -> Interval {
        let range = |node: &Option<NodeId>| match node {
            Some(node) => self.bench.graph(|graph| {
                bounds::bounds(graph, &[*node], |symbol| graph.symbol_of(symbol).support)
                    [node.index()]
            }),
            None => Interval::ALL,
        };
        let change = |first: &Option<NodeId>, last: &Option<NodeId>| {
            let (first, last) = (range(first), range(last));
            let change = Interval { low: last.low - first.high, high: last.high - first.low };
            change.hull(Interval { low: -change.high, high: -change.low })
        };
        let between = |of: &Option<NodeId>| {
            let of = range(of);
            Interval { low: of.low - of.high, high: of.high - of.low }
        };
        match estimand {
            Estimand::Share { .. } => Interval::SHARE,
            Estimand::Count { .. }
            | Estimand::Ratio { .. }
            | Estimand::Rate { .. }
            | Estimand::RateRatio { .. }
            | Estimand::ObservedOverExpected { .. }
            | Estimand::Standardised { time: Some(_), .. } => Interval::NOT_NEGATIVE,
            Estimand::Difference { .. } | Estimand::PropensityWeighted { .. } if of_shares => {
                Interval { low: -1.0, high: 1.0 }
            }
            Estimand::MeanChange { first, last, .. } => change(first, last),
            Estimand::DifferenceInDifferences { first, last, .. } => {
                let one = change(first, last);
                Interval { low: one.low - one.high, high: one.high - one.low }
            }
            Estimand::Mean { of } => range(of),
            Estimand::Standardised { of, per, .. } => scaled(range(of), *per),
            Estimand::Difference { of, .. } | Estimand::PropensityWeighted { of, .. } => {
                between(of)
            }
            Estimand::Blend { parts, .. } => {
                let none = Interval { low: 0.0, high: 0.0 };
                parts.iter().fold(none, |sum, (part, weight)| {
                    let own = scaled(earlier[*part].support, *weight);
                    Interval { low: sum.low + own.low, high: sum.high + own.high }
                })
            }
            // A regression may extrapolate.
            Estimand::Total { .. } | Estimand::Ancova { .. } => Interval::ALL,
        }
    }

    /// The evaluations at which an indicator is measured.
    fn measured(&self, draft: &IndicatorDraft, earlier: &[Indicator]) -> Vec<usize> {
        let evaluations: Vec<Date> =
            self.desk.draft().evaluations.iter().map(|evaluation| evaluation.at).collect();
        let mut measured =
            self.positions(draft.at.as_deref(), &evaluations, draft.at_place.as_ref());
        // A blend is known where all its parts are.
        for (part, _) in &draft.design.parts {
            measured.retain(|at| earlier[*part].measured.contains(at));
        }
        measured
    }

    pub(super) fn positions(
        &self,
        dates: Option<&[Date]>,
        evaluations: &[Date],
        place: Option<&Place>,
    ) -> Vec<usize> {
        let Some(dates) = dates else { return (0..evaluations.len()).collect() };
        for date in dates.iter().filter(|date| !evaluations.contains(date)) {
            let known = evaluations.iter().map(ToString::to_string).collect::<Vec<_>>();
            self.bench.report(
                Problem::error(
                    "not-an-evaluation",
                    say!(
                        "{date} is no evaluation of the contract",
                        "{date} は契約の評価日ではありません"
                    ),
                )
                .expected(Text::from(known.join(", ")))
                .maybe_at(place.cloned()),
            );
        }
        (0..evaluations.len()).filter(|at| dates.contains(&evaluations[*at])).collect()
    }

    /// Traces a closure over rows.
    fn row(&self, closure: &Closure, kind: ClosureKind) -> Option<NodeId> {
        let bench = &self.bench;
        let accept = |value: Dynamic| -> Result<NodeId, Problem> {
            let node = bench.node_of(&value).ok_or_else(|| no_value(&value))?;
            let unit = bench.graph(|graph| graph.unit(node).clone());
            let alone = bench.graph(|graph| matches!(graph.node(node), Node::Symbol(_)));
            match (kind, unit) {
                (ClosureKind::Condition | ClosureKind::Either, Unit::Truth) => Ok(node),
                // A column returned whole where a condition is wanted is a column of yes and no.
                (ClosureKind::Condition, Unit::Open) if alone => bench.graph(|graph| {
                    let yes = graph.truth(true);
                    graph
                        .compare(Relation::Equal, node, yes)
                        .map_err(|problem| crate::script::clash(&problem))
                }),
                (ClosureKind::Key, unit) if unit != Unit::Date => Ok(node),
                (ClosureKind::Number | ClosureKind::Either, unit)
                    if !matches!(unit, Unit::Truth | Unit::Text | Unit::Date) =>
                {
                    Ok(node)
                }
                (ClosureKind::Condition, unit) => Err(Problem::error(
                    "not-a-condition",
                    say!(
                        "this closure must give true or false",
                        "このクロージャは真偽を返さなければなりません"
                    ),
                )
                .found(crate::script::unit_words(&unit))
                .help(say!(
                    "compare the value: `|p| p.sbp >= 140`",
                    "比較の形で書いてください: `|p| p.sbp >= 140`"
                ))),
                (_, unit) => Err(Problem::error(
                    "not-a-number",
                    say!(
                        "this closure must give a number",
                        "このクロージャは数を返さなければなりません"
                    ),
                )
                .found(crate::script::unit_words(&unit))),
            }
        };
        match self.sandbox.trace(closure, &Dynamic::from(RowHandle), &accept) {
            Ok(node) => Some(node),
            Err(problem) => {
                self.bench.report(problem);
                None
            }
        }
    }

    /// Makes the symbols of every indicator at every evaluation.
    pub(super) fn declare_outcomes(&self, indicators: &[Indicator]) {
        let mut outcomes = Vec::new();
        for (indicator, declared) in indicators.iter().enumerate() {
            for &evaluation in &declared.measured {
                let at = self.desk.draft().evaluations[evaluation].at;
                let symbol = |graph: &mut Graph, name: String, unit: Unit, support| -> SymbolId {
                    let node = graph.symbol(&name, unit, support);
                    match graph.node(node) {
                        Node::Symbol(symbol) => *symbol,
                        _ => unreachable!("a symbol was asked for"),
                    }
                };
                let (value, available) = self.bench.graph(|graph| {
                    let id = &declared.id;
                    (
                        symbol(
                            graph,
                            format!("{id}@{at}"),
                            declared.unit.clone(),
                            declared.support,
                        ),
                        symbol(graph, format!("available:{id}@{at}"), Unit::Truth, Interval::SHARE),
                    )
                });
                let bounds = Vec::new();
                outcomes.push(Outcome { indicator, evaluation, value, available, bounds });
            }
        }
        let mut draft = self.desk.draft();
        draft.outcomes = outcomes;
        draft.no_effects = indicators.iter().map(Indicator::no_effect).collect();
    }

    /// Completes the list of columns with those that indicators read undeclared, typed by use.
    pub(super) fn columns(&self, draft: &mut Draft, indicators: &[Indicator]) {
        let roots: Vec<NodeId> = indicators
            .iter()
            .flat_map(|indicator| indicator.estimand.closures().into_iter().chain(indicator.who))
            .collect();
        let mut unclear: Vec<(String, NodeId)> = Vec::new();
        self.bench.graph(|graph| {
            for symbol in graph.symbols_in(&roots) {
                let name = &graph.symbol_of(symbol).name;
                let Some(name) = name.strip_prefix("column:").map(str::to_owned) else { continue };
                match draft.columns.iter_mut().find(|column| column.name == name) {
                    Some(column) => column.symbol = Some(symbol),
                    None => draft.columns.push(Column {
                        kind: match kind_by_use(graph, &roots, symbol) {
                            Ok(kind) => kind,
                            Err(kind) => {
                                let node = graph
                                    .needed(&roots)
                                    .into_iter()
                                    .find(|id| *graph.node(*id) == Node::Symbol(symbol));
                                unclear.extend(node.map(|node| (name.clone(), node)));
                                kind
                            }
                        },
                        title: Text::from(name.as_str()),
                        values: Vec::new(),
                        name,
                        symbol: Some(symbol),
                    }),
                }
            }
        });
        for (name, node) in unclear {
            let problem = Problem::error(
                "column-type-unclear",
                say!(
                    "the column `{name}` is compared with values of different types",
                    "列 `{name}` を型の異なる値と比べています"
                ),
            )
            .help(say!(
                "declare what it holds: columns(#{{ {name}: date() }})",
                "列の内容を宣言してください: columns(#{{ {name}: date() }})"
            ));
            let (_, places) = self.bench.finish();
            self.bench.report(problem.maybe_at(places.get(&node).cloned()));
        }
    }
}

/// The unit and range of what is compared with a fixed value.
fn against(baseline: Option<&Baseline>, unit: Unit, support: Interval) -> (Unit, Interval) {
    let Some(baseline) = baseline else { return (unit, support) };
    let value = baseline.value.to_f64().unwrap_or(f64::NAN);
    if baseline.ratio {
        let (a, b) = (support.low / value, support.high / value);
        return (Unit::Number, Interval { low: a.min(b), high: a.max(b) });
    }
    let unit = if unit == Unit::Share { Unit::Points } else { unit };
    (unit, Interval { low: support.low - value, high: support.high - value })
}

/// A range times a number.
fn scaled(range: Interval, by: Decimal) -> Interval {
    let by = by.to_f64().unwrap_or(f64::NAN);
    let (a, b) = (range.low * by, range.high * by);
    Interval { low: a.min(b), high: a.max(b) }
}

/// The type of an undeclared column, from what it is compared with; an error when it is compared
/// with things of different types.
fn kind_by_use(
    graph: &Graph,
    roots: &[NodeId],
    symbol: SymbolId,
) -> Result<ColumnKind, ColumnKind> {
    let is_it = |id: NodeId| *graph.node(id) == Node::Symbol(symbol);
    let (mut text, mut date, mut truth, mut number) = (false, false, false, false);
    for id in graph.needed(roots) {
        let Node::Compare(_, a, b) = graph.node(id) else { continue };
        let other = match (is_it(*a), is_it(*b)) {
            (true, false) => *b,
            (false, true) => *a,
            _ => continue,
        };
        match graph.unit(other) {
            Unit::Text => text = true,
            Unit::Date => date = true,
            Unit::Truth => truth = true,
            _ => number = true,
        }
    }
    number |= is_reckoned_with(graph, roots, symbol);
    // Yes and no may be compared with 1 and 0.
    match (text, date, truth || number) {
        (true, false, false) => Ok(ColumnKind::Text(Vec::new())),
        (false, true, false) => Ok(ColumnKind::Date),
        (false, false, _) if truth => Ok(ColumnKind::YesNo),
        (false, false, _) => Ok(ColumnKind::Number { unit: None, low: None, high: None }),
        _ => Err(ColumnKind::Text(Vec::new())),
    }
}

/// Whether a column is used as a number: as the whole of a closure that is no condition, or in
/// anything but a comparison.
fn is_reckoned_with(graph: &Graph, roots: &[NodeId], symbol: SymbolId) -> bool {
    let is_it = |id: NodeId| *graph.node(id) == Node::Symbol(symbol);
    let in_sum = graph.needed(roots).into_iter().any(|id| {
        let node = graph.node(id);
        let mut used = false;
        if !matches!(node, Node::Compare(..)) {
            node.operands(|operand| used |= is_it(operand));
        }
        used
    });
    in_sum || roots.iter().any(|root| is_it(*root))
}
