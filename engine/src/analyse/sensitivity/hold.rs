//! Results as they are where nodes of a scenario are held at values.

use rust_decimal::Decimal;
use rust_decimal::prelude::{FromPrimitive, ToPrimitive};
use rustc_hash::FxHashMap;

use super::stages::Stages;
use crate::expr::{Function, NodeId};
use crate::problem::{Problem, say};
use crate::scenario::{Required, Scenario};
use crate::simulate::{Settings, Wanted, Watch, columns};

/// The values of some results on every path.
pub(super) type Columns = Vec<Vec<f64>>;

/// Nodes and the values at which they are held.
pub(super) type Held = Vec<(NodeId, f64)>;

/// A scenario whose graph has copies of its results with nodes held at values, beside the results
/// themselves. All are computed on the same random numbers, drawn once.
#[derive(Clone)]
pub(super) struct Holding {
    scenario: Scenario,
    own: Vec<Required>,
}

impl Holding {
    pub(super) fn new(scenario: &Scenario) -> Holding {
        Holding { scenario: scenario.clone(), own: scenario.model.required.clone() }
    }

    /// A node of the scenario where it is a number.
    pub(super) fn where_number(&mut self, node: NodeId) -> Wanted {
        let available = self.scenario.model.graph.apply(Function::IsNumber, node);
        Wanted { node, where_available: Some(available) }
    }

    /// Copies of results in which these nodes have these values, and everything that is made from
    /// them follows. What has to hold on every path has to hold of the copies too.
    ///
    /// # Errors
    /// A value too large or too small for a number of the graph.
    fn hold(&mut self, wanted: &[Wanted], held: &[(NodeId, f64)]) -> Result<Vec<Wanted>, Problem> {
        let model = &mut self.scenario.model;
        let mut others: FxHashMap<NodeId, NodeId> = FxHashMap::default();
        for (node, value) in held {
            let number = decimal(*value).ok_or_else(|| out_of_reach(*value))?;
            let unit = model.graph.unit(*node).clone();
            others.insert(*node, model.graph.number(number, unit));
        }
        let mut roots: Vec<NodeId> = wanted.iter().map(|wanted| wanted.node).collect();
        roots.extend(wanted.iter().filter_map(|wanted| wanted.where_available));
        roots.extend(self.own.iter().map(|required| required.node));
        let mut moved = model.graph.replaced(&roots, &others).into_iter();
        let nodes: Vec<NodeId> = moved.by_ref().take(wanted.len()).collect();
        let copies = wanted.iter().zip(nodes).map(|(of, node)| {
            let where_available = of.where_available.and_then(|_| moved.next());
            Wanted { node, where_available }
        });
        let copies: Vec<Wanted> = copies.collect();
        let required = self.own.iter().zip(moved).filter(|(own, node)| own.node != *node);
        model.required.extend(required.map(|(own, node)| Required { node, ..own.clone() }));
        Ok(copies)
    }

    /// The values of results on every path, with nothing held.
    pub(super) fn columns(
        &self,
        wanted: &[Wanted],
        (settings, watch): (&Settings, &dyn Watch),
    ) -> Result<Columns, Problem> {
        columns(&self.scenario, settings, watch, wanted, None).map_err(first)
    }

    /// The values of results on every path, with each of some sets of nodes held in turn.
    ///
    /// All are computed in one run. Where one of them makes a path impossible, they are computed
    /// apart, so that the others are told.
    ///
    /// # Errors
    /// Only that the run was stopped.
    pub(super) fn each(
        &self,
        wanted: &[Wanted],
        sets: &[Held],
        (settings, stages): (&Settings, &Stages<'_>),
    ) -> Result<Vec<Result<Columns, Problem>>, Problem> {
        let together = self.together(wanted, sets, (settings, &stages.next()));
        self.or_apart(together, wanted, sets, (settings, stages))
    }

    /// What was found together; where that failed, of one half of the sets and then of the other, until
    /// each that makes a path impossible is alone.
    fn or_apart(
        &self,
        together: Result<Vec<Columns>, Problem>,
        wanted: &[Wanted],
        sets: &[Held],
        (settings, stages): (&Settings, &Stages<'_>),
    ) -> Result<Vec<Result<Columns, Problem>>, Problem> {
        let problem = match together {
            Ok(all) => return Ok(all.into_iter().map(Ok).collect()),
            Err(problem) => problem,
        };
        if problem.id == "stopped" {
            return Err(problem);
        }
        if sets.len() < 2 {
            return Ok(sets.iter().map(|_| Err(problem.clone())).collect());
        }
        let (first, second) = sets.split_at(sets.len() / 2);
        let mut all = Vec::new();
        for half in [first, second] {
            let together = self.together(wanted, half, (settings, &stages.silent()));
            all.extend(self.or_apart(together, wanted, half, (settings, stages))?);
        }
        Ok(all)
    }

    fn together(
        &self,
        wanted: &[Wanted],
        sets: &[Held],
        told: (&Settings, &dyn Watch),
    ) -> Result<Vec<Columns>, Problem> {
        let mut holding = self.clone();
        let mut copies = Vec::new();
        for set in sets {
            copies.extend(holding.hold(wanted, set)?);
        }
        let mut columns = holding.columns(&copies, told)?.into_iter();
        Ok(sets.iter().map(|_| columns.by_ref().take(wanted.len()).collect()).collect())
    }
}

/// The first of several problems.
fn first(problems: Vec<Problem>) -> Problem {
    let mut problems = problems.into_iter();
    problems.next().unwrap_or_else(|| unreachable!("a refusal names its cause"))
}

/// The number as the graph has it, unless digits that matter would be lost.
fn decimal(value: f64) -> Option<Decimal> {
    let near = |number: &Decimal| {
        let there = number.to_f64().unwrap_or(f64::NAN);
        (there - value).abs() <= 1e-12 * value.abs()
    };
    Decimal::from_f64_retain(value).filter(near).or_else(|| Decimal::from_f64(value).filter(near))
}

fn out_of_reach(value: f64) -> Problem {
    Problem::error(
        "held-out-of-reach",
        say!("a cell cannot be held at {value}", "セルを {value} に固定することはできません"),
    )
    .expected(say!("0, or a size from 1e-15 to 7e28", "0、または絶対値が 1e-15 から 7e28 までの数"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_digits_or_are_refused() {
        for value in [0.0, 321.0, 0.1, -2.5e-9, 1.0 / 3.0, 1e20, -7e27] {
            let number = decimal(value).unwrap().to_f64().unwrap();
            assert!((number - value).abs() <= 1e-12 * value.abs(), "{value} {number}");
        }
        assert_eq!(decimal(321.0), Some(Decimal::from(321)));
        for value in [f64::NAN, f64::INFINITY, 1e29, 1.234_567_890_123e-20] {
            assert_eq!(decimal(value), None, "{value}");
        }
    }
}
