//! The values of cells: as nodes of the graph, once per path and at every evaluation.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::{Cells, Effect, Level};
use crate::expr::{NodeId, Unit};
use crate::problem::{Problem, say};
use crate::scenario::Draw;
use crate::scenario::cohort::CohortHandle;
use crate::scenario::model::CellColumn;

/// What a cell is.
#[derive(Debug, Clone)]
pub(super) enum Value {
    One(NodeId),
    List(Vec<NodeId>),
}

/// The nodes of every cell at one evaluation, and the cohorts there.
#[derive(Debug, Clone, Default)]
pub(in crate::scenario) struct Values {
    pub(super) cells: BTreeMap<usize, Value>,
    /// In the order of [`Cells::cohorts`]; none while cells are traced.
    pub(in crate::scenario) cohorts: Vec<CohortHandle>,
}

impl Cells<'_> {
    /// The cells that are drawn once per path.
    pub(in crate::scenario) fn once(&self, effect: Effect) -> Values {
        let mut values = Values::default();
        for &at in &self.order {
            if self.cells[at].level == Level::Once {
                self.begin(0, None, false);
                self.cell_value(at, effect, &mut values, 0);
            }
        }
        values
    }

    /// All cells at an evaluation, given those before it.
    pub(in crate::scenario) fn at(
        &self,
        effect: Effect,
        evaluation: usize,
        once: &Values,
        previous: Option<&Values>,
    ) -> Values {
        let mut values = once.clone();
        for &at in &self.order {
            if self.cells[at].level == Level::Each {
                let number = evaluation as u32 + 1;
                self.begin(number, previous, true);
                self.cell_value(at, effect, &mut values, evaluation);
            }
        }
        values
    }

    pub(super) fn begin(&self, evaluation: u32, previous: Option<&Values>, repeated: bool) {
        let mut now = self.ledger.now();
        now.evaluation = evaluation;
        now.repeated = repeated;
        now.deviate = None;
        now.previous = previous.map(|values| {
            let each = values.cells.iter().filter(|(at, _)| self.cells[**at].level == Level::Each);
            each.map(|(at, value)| {
                let node = match value {
                    Value::One(node) => Some(*node),
                    Value::List(_) => None,
                };
                (*at as u32, node)
            })
            .collect::<FxHashMap<_, _>>()
        });
    }

    fn cell_value(&self, at: usize, effect: Effect, values: &mut Values, evaluation: usize) {
        let cell = &self.cells[at];
        let parsed = match (effect, &cell.no_effect) {
            (Effect::Without, Some(no_effect)) => no_effect,
            _ => &cell.is,
        };
        let number = self.ledger.now().evaluation;
        let deviate = self.correlation.deviate(at, |other, weight, sum| {
            let name = &self.cells[other].name;
            self.correlated(name, number, weight, sum)
        });
        self.ledger.now().deviate = deviate;
        let value = self.value(parsed, &cell.name, values, evaluation, cell.unit.as_ref());
        let drawn = self.ledger.now().count;
        if let Some(value) = value {
            values.cells.insert(at, value);
            if deviate.is_some() && drawn == 0 && parsed.ast_is(&cell.is) {
                let name = &cell.name;
                self.document.report(
                    Problem::error(
                        "no-draw",
                        say!(
                            "`{name}` is correlated but draws nothing",
                            "`{name}` に相関を指定していますが、乱数を引いていません"
                        ),
                    )
                    .at(cell.place.clone()),
                );
            }
        }
        self.ledger.now().deviate = None;
    }

    /// `sum + weight × z`, where z is the standard normal deviate of the cell called `name`.
    fn correlated(&self, name: &str, evaluation: u32, weight: f64, sum: Option<NodeId>) -> NodeId {
        use rust_decimal::prelude::FromPrimitive;
        let draw = Draw {
            law: crate::random::Family::Normal.into(),
            cell: name.to_owned(),
            index: 0,
            evaluation,
            inverse: false,
        };
        let bench = self.sandbox.bench();
        bench.graph(|graph| {
            let zero = graph.number(0.into(), Unit::Bare);
            let one = graph.number(1.into(), Unit::Bare);
            let z = self.ledger.draw(graph, draw, vec![zero, one], Unit::Bare);
            let weight = rust_decimal::Decimal::from_f64(weight).unwrap_or_default();
            let weight = graph.number(weight, Unit::Bare);
            let part = graph.multiply(weight, z).unwrap_or(z);
            sum.map_or(part, |sum| graph.add(sum, part).unwrap_or(part))
        })
    }

    /// The cells as single paths see them, given their values at every evaluation.
    pub(in crate::scenario) fn columns(&self, values: &[Values]) -> Vec<CellColumn> {
        let mut columns = Vec::new();
        let mut add = |at: usize, evaluation: Option<usize>, values: &Values| {
            let name = &self.cells[at].name;
            let mut one = |name: String, node| columns.push(CellColumn { name, evaluation, node });
            match values.cells.get(&at) {
                None => {}
                Some(Value::One(node)) => one(name.clone(), *node),
                Some(Value::List(nodes)) => {
                    for (part, node) in nodes.iter().enumerate() {
                        one(format!("{name}[{part}]"), *node);
                    }
                }
            }
        };
        for level in [Level::Once, Level::Each] {
            for (evaluation, values) in values.iter().enumerate() {
                let evaluation = (level == Level::Each).then_some(evaluation);
                for at in (0..self.cells.len()).filter(|at| self.cells[*at].level == level) {
                    add(at, evaluation, values);
                }
                if level == Level::Once {
                    break;
                }
            }
        }
        columns
    }
}
