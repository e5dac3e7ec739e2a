//! `[early_end]`: how likely the contract is to end before its last evaluation.

use rust_decimal::Decimal;

use super::Required;
use super::cells::{Cells, Parsed, Values};
use super::document::{Document, Section};
use super::model::Draw;
use crate::contract::Contract;
use crate::expr::{Interval, NodeId, Relation, Unit, UnitClash};
use crate::problem::{Place, Problem, say};
use crate::random::Family;
use crate::script::clash;

/// What the table is called, and its draws.
const KEY: &str = "early_end";

/// How the contract may end early.
pub(super) struct EarlyEndModel {
    probability: Parsed,
    served: Option<Parsed>,
    place: Place,
}

/// An early end at one evaluation, as nodes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ending {
    /// Whether it ends, and this evaluation closes it.
    pub(super) ended: NodeId,
    /// The part of the period served: 1 where it does not end.
    pub(super) served: NodeId,
    /// Whether it ended at an earlier evaluation.
    pub(super) over: NodeId,
}

/// Reads `[early_end]`, which a contract must provide for.
pub(super) fn read(
    document: &Document<'_>,
    contract: &Contract,
    cells: &Cells<'_>,
    root: &Section<'_>,
) -> Option<EarlyEndModel> {
    let section = root.section(KEY)?;
    section.known(&["probability", "served", "source", "note"]);
    if contract.early_end.is_none() {
        document.report(
            Problem::error(
                "early-end-undeclared",
                say!(
                    "the contract does not say what is owed when it ends early",
                    "この契約は、途中で終了したときに何を支払うかを定めていません"
                ),
            )
            .help(say!(
                "declare it in the contract: early_end(#{{ fixed: \"pro_rata\", linked: \"as_measured\" }})",
                "契約で宣言してください: early_end(#{{ fixed: \"pro_rata\", linked: \"as_measured\" }})"
            ))
            .at(section.here()),
        );
        return None;
    }
    if !section.has("probability") {
        section.missing(
            "probability",
            say!(
                "the probability of ending before an evaluation, of those still running",
                "各評価日までに終了する確率（それまで続いている契約について）"
            ),
        );
    }
    let names = cells.names();
    let parse = |key: &str| cells.parse(section.expression(key)?, &names);
    let served = parse("served");
    Some(EarlyEndModel { probability: parse("probability")?, served, place: section.here() })
}

impl EarlyEndModel {
    /// Where it is declared.
    pub(super) fn place(&self) -> &Place {
        &self.place
    }

    /// The early end at each evaluation but the last, which the contract's term ends itself.
    pub(super) fn endings(
        &self,
        cells: &Cells<'_>,
        values: &[Values],
        required: &mut Vec<Required>,
    ) -> Option<Vec<Ending>> {
        let bench = cells.sandbox.bench();
        let mut over = bench.graph(|graph| graph.truth(false));
        let mut endings = Vec::new();
        for (evaluation, at) in values.iter().enumerate() {
            let last = evaluation + 1 == values.len();
            let probability = self.part(cells, "probability", &self.probability, at, evaluation)?;
            let half = bench.graph(|graph| graph.number(Decimal::new(5, 1), Unit::Bare));
            let served = match &self.served {
                Some(served) => self.part(cells, "served", served, at, evaluation)?,
                None => half,
            };
            for (node, name) in [(probability, "probability"), (served, "served")] {
                let name = format!("{KEY}.{name}");
                required.push(Required { node, range: Interval::SHARE, name });
            }
            let draw = Draw {
                law: Family::Binomial.into(),
                cell: KEY.to_owned(),
                index: 0,
                evaluation: evaluation as u32 + 1,
                inverse: false,
            };
            let ending = bench.graph(|graph| -> Result<(Ending, NodeId), UnitClash> {
                let zero = graph.number(Decimal::ZERO, Unit::Bare);
                let one = graph.number(Decimal::ONE, Unit::Bare);
                let (no, yes) = (graph.truth(false), graph.truth(true));
                // Kept in range, so that it is the requirement that speaks.
                let chance = graph.larger(probability, zero)?;
                let chance = graph.smaller(chance, one)?;
                let ends = cells.ledger.draw(graph, draw, vec![one, chance], Unit::Bare);
                let ends = graph.compare(Relation::AtMost, one, ends)?;
                let ends = if last { no } else { graph.select(over, no, ends)? };
                let whole = graph.number(Decimal::ONE, graph.unit(served).clone());
                let served = graph.select(ends, served, whole)?;
                let next = graph.select(over, yes, ends)?;
                Ok((Ending { ended: ends, served, over }, next))
            });
            match ending {
                Ok((ending, next)) => {
                    endings.push(ending);
                    over = next;
                }
                Err(problem) => {
                    cells.document.report(clash(&problem).at(self.place.clone()));
                    return None;
                }
            }
        }
        Some(endings)
    }

    fn part(
        &self,
        cells: &Cells<'_>,
        name: &str,
        parsed: &Parsed,
        values: &Values,
        evaluation: usize,
    ) -> Option<NodeId> {
        let mut now = cells.ledger.now();
        now.evaluation = evaluation as u32 + 1;
        now.repeated = false;
        now.previous = None;
        drop(now);
        cells.trace(parsed, &format!("{KEY}.{name}"), values, evaluation, None)
    }
}

/// The endings of a contract that nothing ends early.
pub(super) fn none(cells: &Cells<'_>, evaluations: usize) -> Vec<Ending> {
    cells.sandbox.bench().graph(|graph| {
        let never = graph.truth(false);
        let whole = graph.number(Decimal::ONE, Unit::Number);
        vec![Ending { ended: never, served: whole, over: never }; evaluations]
    })
}
