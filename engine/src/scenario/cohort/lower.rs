//! From a cohort as it is stated to nodes of the scenario's graph, in both arms.

use std::sync::Arc;

use jiff::Span;
use jiff::civil::Date;
use rust_decimal::prelude::ToPrimitive;

use super::arm::{Amounts, Arm, Lowering};
use super::handle::{CohortHandle, Inside, Snapshot};
use super::model::{CohortArm, CohortModel};
use super::read::Cohort;
use super::value::{Arithmetic, Value};
use crate::contract::Contract;
use crate::expr::{NodeId, Unit};
use crate::finance::Years;
use crate::problem::{Problem, say};
use crate::scenario::cells::{Cells, Effect, Values};
use crate::scenario::model::Required;

/// How many days an evaluation may be from the last day of a cycle.
const DAYS_MAX: i32 = 31;

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
        let Some(before) = evaluation.checked_sub(1) else { return Ok((0, cycle)) };
        let seen = self.cycle_at(contract, before)?;
        if seen < cycle {
            return Ok((seen + 1, cycle));
        }
        let name = &self.model.name;
        let at = |evaluation: usize| contract.evaluations[evaluation].at;
        let (first, second) = (at(before), at(evaluation));
        let problem = Problem::error(
            "same-cycle",
            say!(
                "the evaluations of {first} and {second} are in the same cycle of `{name}`",
                "{first} と {second} の評価は `{name}` の同じサイクルにあたります"
            ),
        );
        Err(self.shorter(problem.found(say!("cycle {cycle}", "サイクル {cycle}"))))
    }

    /// The cycle that an evaluation is at the end of.
    fn cycle_at(&self, contract: &Contract, evaluation: usize) -> Result<usize, Problem> {
        let at = contract.evaluations[evaluation].at;
        let (name, cycles) = (&self.model.name, self.model.cycles);
        let years = Years::between(contract.from, at).map_or(0.0, Years::value);
        let cycle = (years / self.cycle_years).round().max(0.0);
        let end = |cycle: f64| last_day(contract.from, cycle * self.cycle_years);
        let near = end(cycle).is_some_and(|end| days_between(end, at).abs() <= DAYS_MAX);
        if !near {
            let ends = [(years / self.cycle_years).floor(), (years / self.cycle_years).ceil()];
            let ends: Vec<String> =
                ends.into_iter().filter_map(end).map(|end| end.to_string()).collect();
            let (ends_en, ends_ja) = (ends.join(" or "), ends.join(" か "));
            let problem = Problem::error(
                "between-cycles",
                say!(
                    "the evaluation of {at} lies between two cycles of `{name}`",
                    "{at} の評価は `{name}` のサイクルの途中にあたります"
                ),
            );
            return Err(self.shorter(problem.expected(say!(
                "within {DAYS_MAX} days of the end of a cycle: {ends_en}",
                "サイクルの終わりから {DAYS_MAX} 日以内: {ends_ja}"
            ))));
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

    fn shorter(&self, problem: Problem) -> Problem {
        let length = self.cycle_years;
        problem.help(say!(
            "cycles of {length} years are counted from the contract's first day: choose `cycle_years` so that one ends at every evaluation, such as 0.5 or 0.25, and probabilities for cycles of that length",
            "サイクル（{length} 年）は契約の初日から数えます。どの評価もサイクルの終わりになるように `cycle_years` を 0.5 や 0.25 などとし、確率もその長さに合わせてください"
        ))
    }
}

const DAYS_OF_YEAR: f64 = 365.25;

fn days_between(from: Date, to: Date) -> i32 {
    from.until(to).map(|span| span.get_days()).unwrap_or_default()
}

/// The last day of some years that begin on `from`: by the calendar where they are whole months.
fn last_day(from: Date, years: f64) -> Option<Date> {
    let months = years * 12.0;
    let span = if (months - months.round()).abs() < 1e-6 {
        Span::new().try_months(months.round() as i64)
    } else {
        Span::new().try_days((years * DAYS_OF_YEAR).round() as i64)
    };
    from.checked_add(span.ok()?).ok()?.yesterday().ok()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_cycle_ends_on_the_day_before_the_next_begins() {
        let from = date(2023, 4, 1);
        assert_eq!(last_day(from, 0.0), Some(date(2023, 3, 31)));
        assert_eq!(last_day(from, 1.0), Some(date(2024, 3, 31)));
        assert_eq!(last_day(from, 0.5), Some(date(2023, 9, 30)));
        assert_eq!(last_day(from, 0.25), Some(date(2023, 6, 30)));
        // 0.3 years are 3.6 months, 109.575 days.
        assert_eq!(last_day(from, 0.3), Some(date(2023, 7, 19)));
        assert_eq!(last_day(from, 1e9), None);
    }
}
