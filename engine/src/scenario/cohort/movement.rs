//! How people move in one cycle: by multinomial draws, or as expected values.

use super::value::{Arithmetic, ONE, Value, ZERO};
use crate::expr::Unit;
use crate::random::Family;
use crate::scenario::model::Draw;
use crate::scenario::vocabulary::Ledger;

/// People who leave one state together.
pub(super) struct Leaving<'a> {
    /// How many they are.
    pub(super) people: Value,
    /// The probability of going to each state.
    pub(super) row: &'a [Value],
    /// The state that takes who is left after all draws, where it can.
    pub(super) remainder: usize,
}

/// The key of the draws: who goes from where to where, in which cycle.
pub(super) struct Key<'a> {
    pub(super) prefix: String,
    pub(super) states: &'a [String],
    pub(super) cycle: u32,
}

impl Arithmetic<'_> {
    /// Adds who goes where to `into`, in expectation: people × probability.
    pub(super) fn expected(&self, leaving: &Leaving<'_>, into: &mut [Value]) {
        for (into, probability) in into.iter_mut().zip(leaving.row) {
            let go = self.multiply(leaving.people, *probability);
            *into = self.add(*into, go);
        }
    }

    /// Adds who goes where to `into`, drawn from the multinomial distribution.
    ///
    /// To each state in turn goes a binomial number of those who are left, with its probability
    /// over that of all states not yet drawn; the last state takes who is left. One draw is made
    /// per state that can be reached, however many people there are.
    pub(super) fn multinomial(
        &self,
        ledger: &Ledger,
        leaving: &Leaving<'_>,
        key: &Key<'_>,
        into: &mut [Value],
    ) {
        if leaving.people == ZERO {
            return;
        }
        let reachable = |to: &usize| leaving.row[*to] != ZERO;
        let mut order: Vec<usize> = (0..leaving.row.len())
            .filter(|to| *to != leaving.remainder)
            .filter(reachable)
            .collect();
        if reachable(&leaving.remainder) {
            order.push(leaving.remainder);
        }
        let Some((last, drawn)) = order.split_last() else { return };
        let (mut people, mut probability) = (leaving.people, ONE);
        for to in drawn {
            let part = self.part(leaving.row[*to], probability);
            let parameters = vec![self.node(people), self.node(part)];
            let draw = Draw {
                law: Family::Binomial.into(),
                cell: format!("{}.{}", key.prefix, key.states[*to]),
                index: 0,
                evaluation: key.cycle,
                inverse: false,
            };
            let go = self.bench.graph(|graph| ledger.draw(graph, draw, parameters, Unit::Bare));
            let go = Value::Node(go);
            into[*to] = self.add(into[*to], go);
            people = self.subtract(people, go);
            probability = self.subtract(probability, leaving.row[*to]);
        }
        into[*last] = self.add(into[*last], people);
    }
}
