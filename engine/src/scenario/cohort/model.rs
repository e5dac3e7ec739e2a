//! What every path computes of a cohort.

use super::convention::Convention;
use crate::expr::NodeId;
use crate::problem::{Place, Text};
use crate::scenario::model::Required;

/// How people move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counts {
    /// Whole people, by multinomial draws.
    Multinomial,
    /// Expected people: shares times the population.
    Expected,
}

/// The cohort of one arm.
#[derive(Debug, Clone)]
pub struct CohortArm {
    /// How many there are.
    pub population: NodeId,
    /// People by cycle (0 is the start) and state.
    pub people: Vec<Vec<NodeId>>,
    /// Cost of all cycles, discounted.
    pub cost: NodeId,
    /// Utility of all cycles, discounted, in quality-adjusted person-years.
    pub utility: NodeId,
}

/// What must hold of random probabilities on every path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// The least is not negative.
    NotNegative,
    /// They sum to 1.
    SumOfOne,
    /// It lies between 0 and 1.
    Probability,
}

/// Probabilities that are random, such as a row of transitions, and what must hold of them.
#[derive(Debug, Clone)]
pub struct CheckedRow {
    /// The smallest probability, or the sum.
    pub check: NodeId,
    /// What must hold of it.
    pub holds: Holds,
    /// The row: `cohort.care.transitions.independent`, `cohort.care.start`.
    pub name: String,
    /// The cycle; `None` when it is the same in every cycle.
    pub cycle: Option<usize>,
    /// The probability of each state.
    pub parts: Vec<(String, NodeId)>,
    /// Where it is written.
    pub place: Place,
}

/// A cohort of people in states, in both arms.
#[derive(Debug, Clone)]
pub struct CohortModel {
    /// Its identifier.
    pub name: String,
    /// Its title.
    pub title: Text,
    /// The states, in the scenario's order.
    pub states: Vec<String>,
    /// Number of cycles.
    pub cycles: usize,
    /// Years of a cycle.
    pub cycle_years: f64,
    /// How people move.
    pub counts: Counts,
    /// When costs are counted and how they are discounted.
    pub cost: Convention,
    /// When utility is counted and how it is discounted.
    pub utility: Convention,
    /// With the programme's effect.
    pub effect: CohortArm,
    /// Without, on the same random numbers.
    pub no_effect: CohortArm,
    /// Cost with effect less cost without.
    pub cost_difference: NodeId,
    /// Utility with effect less utility without.
    pub utility_difference: NodeId,
    /// Rows of a file that were divided by their sum: the state and the sum.
    pub renormalised: Vec<(String, f64)>,
    /// Random probabilities: of the start, of deaths and of rows of transitions.
    pub rows: Vec<CheckedRow>,
}

impl CohortModel {
    /// The people of every state and cycle, in both arms.
    pub fn people(&self) -> impl Iterator<Item = NodeId> {
        let arms = [&self.effect, &self.no_effect];
        arms.into_iter().flat_map(|arm| arm.people.iter().flatten().copied())
    }

    /// The random probabilities that something is required of.
    #[must_use]
    pub fn row(&self, required: &Required) -> Option<&CheckedRow> {
        self.rows.iter().find(|row| row.check == required.node && row.name == required.name)
    }

    /// The totals of both arms and their differences.
    #[must_use]
    pub fn totals(&self) -> [NodeId; 8] {
        let (effect, no_effect) = (&self.effect, &self.no_effect);
        [
            effect.population,
            no_effect.population,
            effect.cost,
            no_effect.cost,
            self.cost_difference,
            effect.utility,
            no_effect.utility,
            self.utility_difference,
        ]
    }
}
