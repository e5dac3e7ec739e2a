//! Sobol' indices of everything that a scenario draws.

use super::Figure;
use super::factors::Factor;
use super::interval::Estimated;
use super::sobol::{Indices, PickFreeze};
use super::stages::Stages;
use crate::problem::{Problem, Source, say};
use crate::scenario::Scenario;
use crate::simulate::{Fresh, Settings, columns};

/// What is added to the seed for the second sample.
const OTHER_PATHS: u64 = 1;

/// The parts that factors have in the variance of a figure.
#[derive(Debug, Clone)]
pub struct Sobol {
    /// How often the scenario was run: twice, and once for each factor that the figure is made
    /// from.
    pub runs: u64,
    /// The variance of the figure, over both samples.
    pub variance: f64,
    /// The factors with their indices, the largest total first.
    pub factors: Vec<(Factor, Indices)>,
    /// The sum of the first indices; what is missing to 1 comes from factors that work together.
    pub sum_of_first: Estimated,
}

impl Sobol {
    /// The factors that the figure is made from, and those that cannot move it.
    pub(super) fn factors(scenario: &Scenario, figure: &Figure) -> (Vec<Factor>, Vec<Factor>) {
        let all = Factor::all(&scenario.model).into_iter();
        all.partition(|factor| factor.moves(&scenario.model, figure.measure.wanted))
    }

    /// The indices; `None` for a figure that is the same on every path.
    ///
    /// # Errors
    /// As [`columns`]; a figure that is not there on every path.
    pub(super) fn of(
        scenario: &Scenario,
        figure: &Figure,
        drawn: &[f64],
        (settings, stages): (&Settings, &Stages<'_>),
    ) -> Result<Option<Sobol>, Vec<Problem>> {
        let (moving, idle) = Sobol::factors(scenario, figure);
        let missing = drawn.iter().filter(|value| value.is_nan()).count();
        if missing > 0 {
            return Err(vec![not_everywhere(scenario, figure, missing, drawn.len())]);
        }
        let seed = settings.seed.unwrap_or(scenario.seed).wrapping_add(OTHER_PATHS);
        let redrawn = |draws: Vec<usize>| -> Result<Vec<f64>, Vec<Problem>> {
            let fresh = Fresh { seed, draws };
            let wanted = [figure.measure.wanted];
            let columns = columns(scenario, settings, &stages.next(), &wanted, Some(&fresh))?;
            let column = figure.of(columns.into_iter().next().unwrap_or_default());
            let missing = column.iter().filter(|value| value.is_nan()).count();
            if missing > 0 {
                return Err(vec![not_everywhere(scenario, figure, missing, column.len())]);
            }
            Ok(column)
        };
        let other = redrawn((0..scenario.model.draws.len()).collect())?;
        let Some(samples) = PickFreeze::new(drawn, &other) else { return Ok(None) };
        let mut mixed = Vec::new();
        for factor in &moving {
            mixed.push(redrawn(factor.draws.clone())?);
        }
        let runs = 2 + moving.len() as u64;
        let indices = mixed.iter().map(|mixed| samples.indices(mixed));
        let mut factors: Vec<(Factor, Indices)> = moving.into_iter().zip(indices).collect();
        factors.sort_by(|(_, a), (_, b)| b.total.value.total_cmp(&a.total.value));
        let nothing = Estimated::exactly(0.0);
        let none = Indices { first: nothing, total: nothing };
        factors.extend(idle.into_iter().map(|factor| (factor, none)));
        let sum_of_first = samples.sum_of_first(&mixed);
        Ok(Some(Sobol { runs, variance: samples.variance(), factors, sum_of_first }))
    }
}

fn not_everywhere(scenario: &Scenario, figure: &Figure, missing: usize, paths: usize) -> Problem {
    let name = &figure.measure.name;
    Problem::error(
        "figure-not-everywhere",
        say!(
            "`{name}` has no value on {missing} of {paths} paths, so its variance cannot be divided",
            "`{name}` は {paths} 通りの将来のうち {missing} 通りで値がなく、分散を分けられません"
        ),
    )
    .help(say!(
        "leave out `--sobol`, or ask for a figure that is there on every path, such as `net` or `payment`",
        "`--sobol` を外すか、すべての将来で値がある `net` や `payment` などを指定してください"
    ))
    .at(Source::new(scenario.file.as_str(), "").whole())
}
