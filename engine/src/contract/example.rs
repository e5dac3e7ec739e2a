//! Worked examples (計算例): what the parties agreed a set of outcomes pays.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rust_decimal::Decimal;
use rustc_hash::FxHashMap;

use super::Contract;
use crate::expr::exact::Evaluator;
use crate::expr::{Exact, NodeId};
use crate::problem::{Place, Problem, Text, say};
use crate::script::fault_problem;

/// The outcomes of one evaluation in an example.
#[derive(Debug, Clone)]
pub struct ExampleAt {
    /// The evaluation.
    pub evaluation: usize,
    /// Indicator and its value.
    pub outcomes: BTreeMap<usize, Decimal>,
    /// Indicator and how many were measured, where that matters.
    pub measured: BTreeMap<usize, u64>,
    /// The day on which the contract ended early, closed by this evaluation.
    pub ended: Option<Date>,
    /// Indicator and its lower bound, at whatever level the contract asks for.
    pub lower: BTreeMap<usize, Decimal>,
    /// Indicator and its upper bound.
    pub upper: BTreeMap<usize, Decimal>,
}

/// A worked example.
#[derive(Debug, Clone)]
pub struct Example {
    /// What it is called.
    pub name: Text,
    /// Its evaluations, in order; one when the payable of one date is stated, several when the
    /// total over them is.
    pub dates: Vec<ExampleAt>,
    /// What was paid before the first of them.
    pub paid_before: Decimal,
    /// The stated payable.
    pub expected: Decimal,
    /// Where it is declared.
    pub place: Option<Place>,
}

impl Contract {
    /// What the example's outcomes pay, tax included.
    ///
    /// # Errors
    /// An outcome that a line reads but the example does not give; an arithmetic fault.
    pub fn run_example(&self, example: &Example) -> Result<Decimal, Problem> {
        let payables: Vec<NodeId> = example
            .dates
            .iter()
            .map(|date| self.terms.evaluations[date.evaluation].payable)
            .collect();
        let mut total = Exact::ZERO;
        for payable in self.evaluate_example(example, &payables)? {
            total = total.plus(payable.into()).map_err(fault_problem)?;
        }
        Ok(total.approximate())
    }

    /// What some nodes are on the example's outcomes.
    ///
    /// # Errors
    /// As [`run_example`](Self::run_example).
    pub(super) fn evaluate_example(
        &self,
        example: &Example,
        roots: &[NodeId],
    ) -> Result<Vec<Decimal>, Problem> {
        let mut marks = FxHashMap::default();
        let first = example.dates.first().map_or(0, |date| date.evaluation);
        let single = example.dates.len() == 1;
        if single {
            // Nothing was paid before, but for what the example states.
            let terms = &self.terms.evaluations[first];
            marks.extend(terms.before.iter().map(|mark| (*mark, Exact::ZERO)));
            marks.extend(self.told_paid_before(first, example.paid_before));
        }
        let mut symbols = FxHashMap::default();
        for (position, outcome) in self.terms.outcomes.iter().enumerate() {
            let date = example.dates.iter().find(|date| date.evaluation == outcome.evaluation);
            let indicator = &self.indicators[outcome.indicator];
            let given = date.and_then(|date| date.outcomes.get(&outcome.indicator));
            let enough = date
                .and_then(|date| date.measured.get(&outcome.indicator))
                .is_none_or(|n| *n >= indicator.at_least);
            let Some(value) = given else {
                // A line may look back: what any date of the example reads must be given.
                let needed =
                    example.dates.iter().any(|date| self.needed_at(date.evaluation, position));
                if needed && enough {
                    return Err(self.incomplete(example, &indicator.id));
                }
                symbols.insert(outcome.available, Exact::ZERO);
                continue;
            };
            let read = match indicator.read {
                Some(rounding) => rounding.exact((*value).into()).map_err(fault_problem)?,
                None => *value,
            };
            symbols.insert(outcome.value, read.into());
            symbols.insert(outcome.available, if enough { Exact::ONE } else { Exact::ZERO });
            for bound in &outcome.bounds {
                let given = date.and_then(|date| {
                    let stated = if bound.upper { &date.upper } else { &date.lower };
                    stated.get(&outcome.indicator)
                });
                if let Some(given) = given {
                    symbols.insert(bound.value, Exact::from(*given));
                } else if enough
                    && example.dates.iter().any(|date| self.needed_at(date.evaluation, position))
                {
                    return Err(self.no_bound(example, &indicator.id, bound.upper));
                }
            }
        }
        let ended = example.dates.iter().find_map(|date| Some((date.ended?, date.evaluation)));
        let closing = ended.map(|(ended, at)| self.closes(example, ended, at)).transpose()?;
        symbols.extend(self.terms.ending(closing));
        let mut evaluator = Evaluator::new(&self.graph, roots);
        evaluator.run(|symbol| symbols.get(&symbol).copied(), &marks);
        let value = |root: &NodeId| {
            let value = evaluator.value(*root).map_err(|fault| self.fault(&fault))?;
            Ok(value.approximate())
        };
        roots.iter().map(value).collect()
    }

    /// The early end an example states, which its own date must close.
    fn closes(&self, example: &Example, ended: Date, at: usize) -> Result<(usize, Exact), Problem> {
        let place = |problem: Problem| match &example.place {
            Some(place) => problem.at(place.clone()),
            None => problem,
        };
        let (closing, served) = self.closing(ended).map_err(place)?;
        if closing == at {
            return Ok((closing, served));
        }
        let (close, at) = (self.evaluations[closing].at, self.evaluations[at].at);
        Err(place(
            Problem::error(
                "wrong-early-end",
                say!(
                    "a contract that ends on {ended} is closed by the evaluation of {close}, not of {at}",
                    "{ended} に終了した契約の最終精算は {close} の評価です（{at} ではありません）"
                ),
            )
            .help(say!("state `ended` at {close}", "`ended` は {close} の計算例に書いてください")),
        ))
    }

    /// Whether a line of this evaluation reads the outcome at `position`.
    fn needed_at(&self, evaluation: usize, position: usize) -> bool {
        let mut lines = self.lines.iter().chain(&self.offsets);
        lines.any(|line| {
            line.prices
                .iter()
                .any(|price| price.evaluation == evaluation && price.needs.contains(&position))
        })
    }

    fn incomplete(&self, example: &Example, indicator: &str) -> Problem {
        Problem::error(
            "example-incomplete",
            say!(
                "the example \"{}\" gives no value for `{indicator}`, which is paid on",
                "計算例「{}」に、支払に使う `{indicator}` の値がありません",
                example.name
            ),
        )
        .help(say!(
            "add `{indicator}: …`, or `n: #{{ {indicator}: 0 }}` when nobody was measured",
            "`{indicator}: …` を加えるか、測定者がいないときは `n: #{{ {indicator}: 0 }}` と書いてください"
        ))
        .maybe_at(example.place.clone())
    }

    fn no_bound(&self, example: &Example, indicator: &str, upper: bool) -> Problem {
        let word = if upper { "upper" } else { "lower" };
        Problem::error(
            "example-incomplete",
            say!(
                "the example \"{}\" gives no bound of `{indicator}`, which is paid on",
                "計算例「{}」に、支払に使う `{indicator}` の信頼下限または信頼上限がありません",
                example.name
            ),
        )
        .help(say!(
            "add the bound that is assumed: `{word}: #{{ {indicator}: … }}`",
            "仮定する限界を加えてください: `{word}: #{{ {indicator}: … }}`"
        ))
        .maybe_at(example.place.clone())
    }

    /// An arithmetic fault, at the place of the script it arose at.
    pub(crate) fn fault(&self, fault: &crate::expr::exact::FaultAt) -> Problem {
        fault_problem(fault.fault).maybe_at(self.place_of(fault.node).cloned())
    }
}

/// The result of running a worked example.
#[derive(Debug, Clone)]
pub struct ExampleResult {
    /// What it is called.
    pub name: Text,
    /// What the script states.
    pub expected: Decimal,
    /// What the contract pays, or why that cannot be computed.
    pub actual: Result<Decimal, Problem>,
    /// Where it is declared.
    pub place: Option<Place>,
}

impl ExampleResult {
    /// Whether the two agree.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.actual.as_ref().is_ok_and(|actual| *actual == self.expected)
    }

    /// The disagreement, said.
    #[must_use]
    pub fn problem(&self) -> Option<Problem> {
        match &self.actual {
            Err(problem) => Some(problem.clone()),
            Ok(actual) if *actual == self.expected => None,
            Ok(actual) => Some(
                Problem::error(
                    "example-fails",
                    say!(
                        "the worked example \"{}\" does not come out",
                        "計算例「{}」の金額が合いません",
                        self.name
                    ),
                )
                .found(Text::from(super::explain::amount_text(*actual)))
                .expected(Text::from(super::explain::amount_text(self.expected)))
                .help(say!(
                    "correct the example or the payment rule, whichever the parties did not mean",
                    "計算例か支払条件の、意図と違う方を直してください"
                ))
                .maybe_at(self.place.clone()),
            ),
        }
    }
}
