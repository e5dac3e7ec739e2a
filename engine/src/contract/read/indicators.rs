//! Indicators: their closures over rows traced, their units and ranges, the columns they read.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rhai::Dynamic;

use super::draft::{ClosureKind, Draft, IndicatorDraft};
use super::{Reader, no_value};
use crate::contract::lower::Outcome;
use crate::contract::vocabulary::RowHandle;
use crate::contract::{Column, ColumnKind, Estimand, Indicator};
use crate::expr::{Graph, Interval, Node, NodeId, Relation, SymbolId, Unit, bounds};
use crate::problem::{Place, Problem, Text, say};
use crate::script::Closure;

impl Reader<'_> {
    pub(super) fn indicator(&self, draft: &IndicatorDraft) -> Indicator {
        let who = draft.who.as_ref().and_then(|who| self.row(who, ClosureKind::Condition));
        let mut traced: BTreeMap<&str, NodeId> = BTreeMap::new();
        for (name, kind, closure) in &draft.closures {
            if let Some(node) = closure.as_ref().and_then(|closure| self.row(closure, *kind)) {
                traced.insert(*name, node);
            }
        }
        let of = |name: &str| traced.get(name).copied();
        let of_shares =
            of("of").is_some_and(|node| self.bench.graph(|graph| *graph.unit(node) == Unit::Truth));
        let estimand = match draft.word {
            "mean_change" => Estimand::MeanChange {
                first: of("first"),
                last: of("last"),
                sign: if draft.negative { -1 } else { 1 },
            },
            "mean" => Estimand::Mean { of: of("of") },
            "share" => Estimand::Share { of: of("of") },
            "count" => Estimand::Count { of: of("of") },
            "total" => Estimand::Total { of: of("of") },
            "difference" => {
                Estimand::Difference { of: of("of"), treated: of("treated"), of_shares }
            }
            _ => Estimand::Ratio { of: of("of"), treated: of("treated"), of_shares },
        };
        let unit = self.unit(draft, &estimand, of_shares);
        let support = self.support(&estimand);
        let measured = self.measured(draft);
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
        }
    }

    /// The unit of the indicator's values, checked against that of its closures.
    fn unit(&self, draft: &IndicatorDraft, estimand: &Estimand, of_shares: bool) -> Unit {
        let natural = match estimand {
            Estimand::Share { .. } => Some(Unit::Share),
            Estimand::Ratio { .. } => Some(Unit::Number),
            Estimand::Difference { .. } if of_shares => Some(Unit::Number),
            Estimand::Count { .. } => Some(draft.unit.clone().unwrap_or(Unit::label("people"))),
            Estimand::MeanChange { .. }
            | Estimand::Mean { .. }
            | Estimand::Total { .. }
            | Estimand::Difference { .. } => None,
        };
        let columns = estimand
            .closures()
            .first()
            .map(|node| self.bench.graph(|graph| graph.unit(*node).clone()));
        let of_values = columns.filter(|unit| matches!(unit, Unit::Label(_) | Unit::Money(_)));
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
    fn support(&self, estimand: &Estimand) -> Interval {
        let range = |node: &Option<NodeId>| match node {
            Some(node) => self.bench.graph(|graph| {
                bounds::bounds(graph, &[*node], |symbol| graph.symbol_of(symbol).support)
                    [node.index()]
            }),
            None => Interval::ALL,
        };
        match estimand {
            Estimand::Share { .. } => Interval::SHARE,
            Estimand::Count { .. } => Interval::NOT_NEGATIVE,
            Estimand::Ratio { .. } => Interval::NOT_NEGATIVE,
            Estimand::Difference { of_shares: true, .. } => Interval { low: -1.0, high: 1.0 },
            Estimand::Mean { of } => range(of),
            Estimand::MeanChange { first, last, .. } => {
                let (first, last) = (range(first), range(last));
                let change = Interval { low: last.low - first.high, high: last.high - first.low };
                change.hull(Interval { low: -change.high, high: -change.low })
            }
            Estimand::Difference { of, .. } => {
                let of = range(of);
                Interval { low: of.low - of.high, high: of.high - of.low }
            }
            Estimand::Total { .. } => Interval::ALL,
        }
    }

    /// The evaluations at which an indicator is measured.
    fn measured(&self, draft: &IndicatorDraft) -> Vec<usize> {
        let evaluations: Vec<Date> =
            self.desk.draft().evaluations.iter().map(|evaluation| evaluation.at).collect();
        self.positions(draft.at.as_deref(), &evaluations, draft.at_place.as_ref())
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
                outcomes.push(Outcome { indicator, evaluation, value, available });
            }
        }
        self.desk.draft().outcomes = outcomes;
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
