//! A cohort in the hands of an outcome's or a benefit's expression.

use std::sync::Arc;

use rhai::{Engine, EvalAltResult, ImmutableString, NativeCallContext, Position};

use super::states::{PARTS, unknown_state};
use crate::expr::NodeId;
use crate::problem::Problem;
use crate::script::{Quantity, Workbench, raise};

/// The cohort of an arm at an evaluation.
#[derive(Debug, Clone)]
pub(in crate::scenario) struct CohortHandle(pub(super) Arc<Inside>);

#[derive(Debug)]
pub(super) struct Inside {
    pub(super) states: Vec<String>,
    pub(super) population: NodeId,
    /// What is known at the evaluation; a problem when it lies outside of the cycles.
    pub(super) at: Result<Snapshot, Problem>,
    pub(super) cost_total: NodeId,
    pub(super) utility_total: NodeId,
    /// The other arm; `None` in that arm itself.
    pub(super) no_effect: Option<CohortHandle>,
}

/// A cohort at the end of a cycle.
#[derive(Debug, Clone)]
pub(super) struct Snapshot {
    /// People by state.
    pub(super) people: Vec<NodeId>,
    /// Cost of the cycles since the evaluation before, not discounted.
    pub(super) cost: NodeId,
    /// Utility of the cycles since the evaluation before, not discounted.
    pub(super) utility: NodeId,
}

type Fallible<T> = Result<T, Box<EvalAltResult>>;

impl CohortHandle {
    /// The totals of all cycles, in both arms, that are no plain number.
    pub(in crate::scenario) fn totals(&self) -> Vec<NodeId> {
        let mut totals = vec![self.0.cost_total, self.0.utility_total];
        totals.extend(self.0.no_effect.iter().flat_map(CohortHandle::totals));
        totals
    }

    /// What belongs to this evaluation alone, in both arms.
    pub(in crate::scenario) fn momentary(&self) -> Vec<NodeId> {
        let mut nodes: Vec<NodeId> = Vec::new();
        if let Ok(now) = &self.0.at {
            nodes.extend([now.cost, now.utility]);
        }
        nodes.extend(self.0.no_effect.iter().flat_map(CohortHandle::momentary));
        nodes
    }
}

impl Inside {
    fn now(&self) -> Fallible<&Snapshot> {
        self.at.as_ref().map_err(|problem| raise(problem.clone()))
    }
}

/// Registers `c["state"]`, `c.population`, `c.cost`, `c.utility`, `c.cost_total`,
/// `c.utility_total` and `c.no_effect`.
pub(in crate::scenario) fn register(engine: &mut Engine, bench: &Workbench) {
    engine.register_type_with_name::<CohortHandle>("cohort");
    let desk = bench.clone();
    engine.register_indexer_get(
        move |context: NativeCallContext,
              cohort: &mut CohortHandle,
              state: ImmutableString|
              -> Fallible<Quantity> {
            let inside = &cohort.0;
            let Some(at) = inside.states.iter().position(|known| *known == *state) else {
                let position: Position = context.call_position();
                let parts = PARTS.map(str::to_owned);
                let known: Vec<String> = inside.states.iter().cloned().chain(parts).collect();
                let problem = unknown_state(&state, &known);
                return Err(raise(problem.maybe_at(desk.place_inside(position))));
            };
            Ok(inside.now()?.people[at].into())
        },
    );
    engine.register_get("population", |cohort: &mut CohortHandle| -> Quantity {
        cohort.0.population.into()
    });
    engine.register_get("cost", |cohort: &mut CohortHandle| -> Fallible<Quantity> {
        Ok(cohort.0.now()?.cost.into())
    });
    engine.register_get("utility", |cohort: &mut CohortHandle| -> Fallible<Quantity> {
        Ok(cohort.0.now()?.utility.into())
    });
    engine.register_get("cost_total", |cohort: &mut CohortHandle| -> Quantity {
        cohort.0.cost_total.into()
    });
    engine.register_get("utility_total", |cohort: &mut CohortHandle| -> Quantity {
        cohort.0.utility_total.into()
    });
    engine.register_get("no_effect", |cohort: &mut CohortHandle| -> CohortHandle {
        cohort.0.no_effect.clone().unwrap_or_else(|| cohort.clone())
    });
}
