//! Answers to comparisons on values that are not known yet.

use crate::expr::{Graph, NodeId, Relation};
use rust_decimal::Decimal;

/// The most runs one closure may need.
pub const RUNS_MAX: usize = 4_096;
/// The most open questions one run may ask.
pub const QUESTIONS_MAX: usize = 256;

/// The answers of one run: a prefix that is given, then `true` to every new question.
#[derive(Debug, Clone, Default)]
pub(super) struct Answers {
    /// What the run was told to answer.
    pub(super) given: Vec<bool>,
    /// What was asked and answered so far.
    pub(super) taken: Vec<(NodeId, bool)>,
}

/// Why a run cannot go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TooManyQuestions;

impl Answers {
    /// Answers whether `condition` (a comparison node) holds in this run.
    ///
    /// A comparison whose answer follows from the answers already taken is not a new question.
    pub(super) fn ask(
        &mut self,
        graph: &Graph,
        condition: NodeId,
    ) -> Result<bool, TooManyQuestions> {
        if let Some(known) = graph.literal(condition) {
            return Ok(!known.is_zero());
        }
        if let Some(follows) = self.implied(graph, condition) {
            return Ok(follows);
        }
        if self.taken.len() >= QUESTIONS_MAX {
            return Err(TooManyQuestions);
        }
        let answer = self.given.get(self.taken.len()).copied().unwrap_or(true);
        self.taken.push((condition, answer));
        Ok(answer)
    }

    fn implied(&self, graph: &Graph, condition: NodeId) -> Option<bool> {
        if let Some((_, answer)) = self.taken.iter().find(|(taken, _)| *taken == condition) {
            return Some(*answer);
        }
        let asked = Threshold::of(graph, condition)?;
        let mut known = Range::default();
        for (taken, answer) in &self.taken {
            if let Some(threshold) = Threshold::of(graph, *taken)
                && threshold.value == asked.value
            {
                known.narrow(threshold, *answer);
            }
        }
        known.decides(asked)
    }
}

/// A comparison of a value with a literal.
#[derive(Debug, Clone, Copy)]
struct Threshold {
    value: NodeId,
    side: Side,
    limit: Decimal,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Below,
    AtMost,
    Above,
    AtLeast,
    At,
}

impl Threshold {
    fn of(graph: &Graph, condition: NodeId) -> Option<Threshold> {
        let crate::expr::Node::Compare(relation, a, b) = *graph.node(condition) else {
            return None;
        };
        let (value, limit, literal_right) = match (graph.literal(a), graph.literal(b)) {
            (None, Some(limit)) => (a, limit, true),
            (Some(limit), None) => (b, limit, false),
            _ => return None,
        };
        let side = match (relation, literal_right) {
            (Relation::Less, true) => Side::Below,
            (Relation::AtMost, true) => Side::AtMost,
            (Relation::Less, false) => Side::Above,
            (Relation::AtMost, false) => Side::AtLeast,
            (Relation::Equal, _) => Side::At,
        };
        Some(Threshold { value, side, limit })
    }
}

/// What the answers so far say of one value: each end with whether it is included.
#[derive(Debug, Default)]
struct Range {
    low: Option<(Decimal, bool)>,
    high: Option<(Decimal, bool)>,
}

impl Range {
    fn narrow(&mut self, threshold: Threshold, holds: bool) {
        let Threshold { side, limit, .. } = threshold;
        match (side, holds) {
            (Side::Below, true) | (Side::AtLeast, false) => self.under(limit, false),
            (Side::AtMost, true) | (Side::Above, false) => self.under(limit, true),
            (Side::Above, true) | (Side::AtMost, false) => self.over(limit, false),
            (Side::AtLeast, true) | (Side::Below, false) => self.over(limit, true),
            (Side::At, true) => {
                self.under(limit, true);
                self.over(limit, true);
            }
            (Side::At, false) => {}
        }
    }

    fn under(&mut self, limit: Decimal, included: bool) {
        let tighter = self.high.is_none_or(|(high, with)| limit < high || (limit == high && with));
        if tighter {
            self.high = Some((limit, included));
        }
    }

    fn over(&mut self, limit: Decimal, included: bool) {
        let tighter = self.low.is_none_or(|(low, with)| limit > low || (limit == low && with));
        if tighter {
            self.low = Some((limit, included));
        }
    }

    fn decides(&self, asked: Threshold) -> Option<bool> {
        let limit = asked.limit;
        let all_below =
            self.high.is_some_and(|(high, with)| high < limit || (high == limit && !with));
        let all_at_most = self.high.is_some_and(|(high, _)| high <= limit);
        let all_above = self.low.is_some_and(|(low, with)| low > limit || (low == limit && !with));
        let all_at_least = self.low.is_some_and(|(low, _)| low >= limit);
        let (always, never) = match asked.side {
            Side::Below => (all_below, all_at_least),
            Side::AtMost => (all_at_most, all_above),
            Side::Above => (all_above, all_at_most),
            Side::AtLeast => (all_at_least, all_below),
            Side::At => (all_at_most && all_at_least, all_below || all_above),
        };
        always.then_some(true).or(never.then_some(false))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expr::{Interval, Unit};

    #[test]
    fn an_answer_that_follows_is_not_asked_again() {
        let mut graph = Graph::default();
        let x = graph.symbol("x", Unit::Number, Interval::ALL);
        let mut at_least = |limit: i64| {
            let limit = graph.number(limit.into(), Unit::Bare);
            graph.compare(Relation::AtMost, limit, x).unwrap()
        };
        let (three, five) = (at_least(3), at_least(5));
        let mut answers = Answers { given: vec![false], ..Answers::default() };
        // x < 3 was answered, so x ≥ 5 is false without a question.
        assert_eq!(answers.ask(&graph, three), Ok(false));
        assert_eq!(answers.ask(&graph, five), Ok(false));
        assert_eq!(answers.taken.len(), 1);
    }
}
