//! From a cohort as it is stated to nodes of the scenario's graph, in both arms.

use std::sync::Arc;

use jiff::civil::Date;
use rust_decimal::prelude::ToPrimitive;

use super::arm::{Amounts, Arm, Lowering};
use super::handle::{CohortHandle, Inside, Snapshot};
use super::model::{CohortArm, CohortModel};
use super::read::{Cohort, rounded};
use super::value::{Arithmetic, Value};
use crate::contract::Contract;
use crate::expr::{NodeId, Unit};
use crate::problem::{Problem, say};
use crate::scenario::cells::{Cells, Effect, Values};
use crate::scenario::model::Required;

/// A cohort in both arms.
pub(in crate::scenario) struct Lowered {
    pub(in crate::scenario) model: CohortModel,
    effect: Arm,
    no_effect: Arm,
    cycle_years: f64,
}

/// Builds the nodes of a cohort in both arms; what is wrong is reported.
pub(in crate::scenario) fn lower(
    cohort: &Cohort,
    cells: &Cells<'_>,
    contract: &Contract,
    (effect, no_effect): (&Values, &Values),
    required: &mut Vec<Required>,
) -> Option<Lowered> {
    let mut rows = Vec::new();
    let mut arm = |values| {
        let mut lowering = Lowering {
            cohort,
            cells,
            values,
            money: Unit::money(&contract.currency),
            arithmetic: Arithmetic { bench: cells.sandbox.bench() },
            timeless: cohort.states.iter().map(|_| None).collect(),
            dirichlet: cohort.states.iter().map(|_| None).collect(),
            rows: &mut rows,
            required,
        };
        lowering.arm()
    };
    let (effect, no_effect) = (arm(effect)?, arm(no_effect)?);
    let nodes = Nodes {
        arithmetic: Arithmetic { bench: cells.sandbox.bench() },
        money: Unit::money(&contract.currency),
    };
    let difference = |a: &Amounts, b: &Amounts| nodes.arithmetic.subtract(a.total, b.total);
    let model = CohortModel {
        name: cohort.name.clone(),
        title: cohort.title.clone(),
        states: cohort.states.clone(),
        cycles: cohort.cycles,
        cycle_years: cohort.cycle_years.to_f64().unwrap_or(f64::NAN),
        counts: cohort.counts,
        cost: cohort.cost_convention,
        utility: cohort.utility_convention,
        cost_difference: nodes.money(difference(&effect.cost, &no_effect.cost)),
        utility_difference: nodes.plain(difference(&effect.utility, &no_effect.utility)),
        effect: nodes.arm(&effect),
        no_effect: nodes.arm(&no_effect),
        renormalised: cohort.renormalised.clone(),
        rows,
    };
    let cycle_years = model.cycle_years;
    Some(Lowered { model, effect, no_effect, cycle_years })
}

/// Values as nodes, money as money.
struct Nodes<'b> {
    arithmetic: Arithmetic<'b>,
    money: Unit,
}

impl Nodes<'_> {
    fn plain(&self, value: Value) -> NodeId {
        self.arithmetic.node(value)
    }

    fn money(&self, value: Value) -> NodeId {
        let node = self.arithmetic.node(value);
        let money = self.arithmetic.bench.graph(|graph| graph.relabel(node, &self.money));
        money.unwrap_or_else(|clash| unreachable!("amounts are plain: {clash:?}"))
    }

    fn arm(&self, arm: &Arm) -> CohortArm {
        let people = arm.people.iter();
        CohortArm {
            population: self.plain(arm.population),
            people: people
                .map(|now| now.iter().map(|state| self.plain(*state)).collect())
                .collect(),
            cost: self.money(arm.cost.total),
            utility: self.plain(arm.utility.total),
        }
    }
}

impl Lowered {
    /// The cohort in the hands of an expression of this arm and evaluation.
    pub(in crate::scenario) fn handle(
        &self,
        cells: &Cells<'_>,
        contract: &Contract,
        effect: Effect,
        evaluation: usize,
    ) -> CohortHandle {
        let no_effect = self.inside(cells, contract, (&self.no_effect, None), evaluation);
        match effect {
            Effect::Without => no_effect,
            Effect::With => {
                self.inside(cells, contract, (&self.effect, Some(no_effect)), evaluation)
            }
        }
    }

    fn inside(
        &self,
        cells: &Cells<'_>,
        contract: &Contract,
        (arm, no_effect): (&Arm, Option<CohortHandle>),
        evaluation: usize,
    ) -> CohortHandle {
        let nodes = Nodes {
            arithmetic: Arithmetic { bench: cells.sandbox.bench() },
            money: Unit::money(&contract.currency),
        };
        let at = self.cycles_of(contract, evaluation).map(|(after, cycle)| {
            let since = |amounts: &Amounts| {
                nodes.arithmetic.sum(amounts.cycles[after..=cycle].iter().copied())
            };
            Snapshot {
                people: arm.people[cycle].iter().map(|state| nodes.plain(*state)).collect(),
                cost: nodes.money(since(&arm.cost)),
                utility: nodes.plain(since(&arm.utility)),
            }
        });
        CohortHandle(Arc::new(Inside {
            states: self.model.states.clone(),
            population: nodes.plain(arm.population),
            at,
            cost_total: nodes.money(arm.cost.total),
            utility_total: nodes.plain(arm.utility.total),
            no_effect,
        }))
    }

    /// The first cycle since the evaluation before and the cycle that ends at this one; the first
    /// evaluation also has what is counted at the very start.
    fn cycles_of(&self, contract: &Contract, evaluation: usize) -> Result<(usize, usize), Problem> {
        let cycle = self.cycle_at(contract, evaluation)?;
        let after = match evaluation.checked_sub(1) {
            Some(before) => self.cycle_at(contract, before)? + 1,
            None => 0,
        };
        Ok((after.min(cycle + 1), cycle))
    }

    /// The cycle that ends nearest to an evaluation.
    fn cycle_at(&self, contract: &Contract, evaluation: usize) -> Result<usize, Problem> {
        let at = contract.evaluations[evaluation].at;
        let years = years_between(contract.from, at);
        let cycle = (years / self.cycle_years).round().max(0.0);
        let (name, cycles, length) = (&self.model.name, self.model.cycles, self.cycle_years);
        if (years - cycle * length).abs() > 0.5 {
            let years = rounded((years * 10.0).round() / 10.0);
            return Err(Problem::error(
                "between-cycles",
                say!(
                    "the evaluation of {at} lies between two cycles of `{name}`",
                    "{at} の評価は `{name}` のサイクルの途中にあたります"
                ),
            )
            .found(say!("years since the contract began: {years}", "契約開始から {years} 年"))
            .expected(say!(
                "about a whole number of cycles of {length} years",
                "{length} 年のサイクルのほぼ整数倍"
            )));
        }
        if cycle > cycles as f64 {
            return Err(Problem::error(
                "beyond-cycles",
                say!(
                    "`{name}` ends before the evaluation of {at}",
                    "`{name}` は {at} の評価より前に終わります"
                ),
            )
            .found(say!("cycle {cycle}", "サイクル {cycle}"))
            .expected(say!("cycle {cycles} at most", "サイクル {cycles} まで"))
            .help(say!("raise `cycles`", "`cycles` を増やしてください")));
        }
        Ok(cycle as usize)
    }
}

fn years_between(from: Date, at: Date) -> f64 {
    let days = from.until(at).map(|span| span.get_days()).unwrap_or_default();
    f64::from(days) / 365.25
}
