//! What can go wrong on a path, and how it is said.

use crate::expr::{DrawId, NodeId};
use crate::problem::{Problem, Source, Text, say};
use crate::random::Family;
use crate::scenario::cohort::{CheckedRow, Holds};
use crate::scenario::{Scenario, requirement};

/// Why a block could not be computed.
pub(super) enum Fault {
    /// A parameter outside its range.
    Impossible { draw: DrawId, path: u64, parameter: usize, values: Vec<f64> },
    /// A result that is no number, and the first cell it uses that is none.
    NotANumber { node: NodeId, path: u64, cell: Option<usize> },
    /// A part of an outcome model outside the range it must keep to.
    /// a row of a cohort's transitions comes with its probabilities.
    OutOfRange { required: usize, path: u64, value: f64, row: Vec<f64> },
    /// Someone asked to stop.
    Stopped,
}

/// A fault as the person who made the scenario must hear it.
pub(super) fn explain(scenario: &Scenario, fault: &Fault) -> Problem {
    let place = Source::new(scenario.file.as_str(), "").whole();
    match fault {
        Fault::Stopped => {
            Problem::error("stopped", say!("the run was stopped", "試算を中止しました"))
        }
        Fault::Impossible { draw, path, parameter, values } => {
            let draw = &scenario.model.draws[draw.index()];
            let cell = scenario.assumptions.iter().find(|known| known.name == draw.cell);
            // A cohort's draws are made from its population on.
            let of_cohort = cell.is_none() && draw.cell.starts_with("cohort.");
            let population = draw.cell.split('.').take(2).collect::<Vec<_>>().join(".");
            let population = format!("{population}.population");
            let cell = cell.or_else(|| {
                scenario.assumptions.iter().find(|known| of_cohort && known.name == population)
            });
            let place = cell
                .map(|cell| &cell.place)
                .or_else(|| scenario.model.place_of(&draw.cell))
                .map_or(place, Clone::clone);
            let (cell, family) = (&draw.cell, draw.law.name());
            let (name, stated) = draw.law.parameter(*parameter);
            let at = match draw.evaluation {
                cycle @ 1.. if cell.starts_with("cohort.") => {
                    say!(" in cycle {cycle}", "（サイクル {cycle}）")
                }
                evaluation => when(scenario, (evaluation as usize).checked_sub(1)),
            };
            Problem::error(
                "impossible-parameter",
                say!(
                    "`{cell}` draws from an impossible {family} on path {path}{}",
                    "`{cell}` のパス {path} で {family} の引数がありえない値になりました{}",
                    at
                ),
            )
            .found(Text::from(draw.law.described(values)))
            .expected(requirement(&name, stated))
            .help(if of_cohort && draw.law == Family::Binomial.into() && *parameter == 0 {
                say!(
                    "its `population` must be whole people, such as `binomial(…)` or `round_down(x, 0)`, or its `counts` be \"expected\"",
                    "`population` は `binomial(…)` や `round_down(x, 0)` のような整数にするか、`counts = \"expected\"` としてください"
                )
            } else {
                say!(
                    "keep it in range with `max` and `min`, or choose a distribution that stays there",
                    "`max` と `min` で範囲に収めるか、範囲を出ない分布を選んでください"
                )
            })
            .at(place)
        }
        Fault::OutOfRange { required, path, value, row } => {
            let required = &scenario.model.required[*required];
            let checked = scenario.model.cohorts.iter();
            if let Some(checked) = checked.filter_map(|cohort| cohort.row(required)).next() {
                return impossible_row(checked, row, *path, *value);
            }
            let (name, low, high) = (&required.name, required.range.low, required.range.high);
            let place = scenario.model.place_of(name).map_or(place, Clone::clone);
            let expected = if high.is_finite() {
                say!("a value from {low} to {high}", "{low} から {high} までの値")
            } else {
                say!("at least {low}", "{low} 以上")
            };
            Problem::error(
                "impossible-outcome",
                say!(
                    "`{name}` is out of range on path {path}",
                    "`{name}` がパス {path} で範囲を外れました"
                ),
            )
            .found(Text::from(value.to_string()))
            .expected(expected)
            .help(say!(
                "keep it in range with `max` and `min`; a share is a fraction from 0 to 1",
                "`max` と `min` で範囲に収めてください。割合は 0 から 1 の小数です"
            ))
            .at(place)
        }
        Fault::NotANumber { node, path, cell } => {
            let result = name_of(scenario, *node);
            let problem = match cell.map(|cell| &scenario.model.cells[cell]) {
                None => Problem::error(
                    "not-a-number",
                    say!(
                        "{} is not a number on path {path}",
                        "{} がパス {path} で数になりません",
                        result
                    ),
                )
                .at(place),
                Some(cell) => {
                    let (name, at) = (&cell.name, when(scenario, cell.evaluation));
                    let known = scenario
                        .assumptions
                        .iter()
                        .find(|known| name.split('[').next() == Some(known.name.as_str()));
                    Problem::error(
                        "not-a-number",
                        say!(
                            "the cell `{name}`{} is not a number on path {path}, so neither is {}",
                            "セル `{name}`{} がパス {path} で数にならず、{}も数になりません",
                            at,
                            result
                        ),
                    )
                    .at(known.map_or(place, |cell| cell.place.clone()))
                }
            };
            problem.help(say!(
                "look for a division by zero, the logarithm or root of a negative number, or an overflow",
                "0 での割り算、負の数の対数や平方根、桁あふれがないか確かめてください"
            ))
        }
    }
}

/// ` at 2025-03-31`, for what happens at an evaluation.
fn when(scenario: &Scenario, evaluation: Option<usize>) -> Text {
    match evaluation {
        None => Text::default(),
        Some(evaluation) => {
            let date = scenario.contract.evaluations[evaluation].at;
            say!(" at {date}", "（{date}）")
        }
    }
}

/// A row of a cohort whose probabilities are impossible on a path.
fn impossible_row(checked: &CheckedRow, row: &[f64], path: u64, value: f64) -> Problem {
    let name = &checked.name;
    let at = match checked.cycle {
        Some(cycle) => say!(" in cycle {cycle}", "（サイクル {cycle}）"),
        None => Text::default(),
    };
    let start = name.ends_with(".start");
    let parts = checked.parts.iter().zip(row);
    let found: Vec<String> =
        parts.map(|((state, _), probability)| format!("{state} = {probability}")).collect();
    let below = value.is_nan() || row.iter().any(|part| *part < 0.0);
    let (id, message, expected) = if checked.holds == Holds::Probability {
        (
            "impossible-probability",
            say!(
                "`{name}` is no probability on path {path}{}",
                "`{name}` がパス {path} で確率になりません{}",
                at
            ),
            say!("from 0 to 1", "0 から 1 まで"),
        )
    } else if below && start {
        (
            "negative-share",
            say!(
                "`{name}` has a share below 0 on path {path}",
                "`{name}` の割合がパス {path} で負になりました"
            ),
            say!("each at least 0", "どれも 0 以上"),
        )
    } else if below {
        (
            "negative-probability",
            say!(
                "`{name}` has a probability below 0 on path {path}{}",
                "`{name}` の確率がパス {path} で負になりました{}",
                at
            ),
            say!("each at least 0", "どれも 0 以上"),
        )
    } else {
        (
            "row-does-not-sum",
            say!(
                "`{name}` sums to {value} on path {path}{}",
                "`{name}` の合計がパス {path} で {value} になりました{}",
                at
            ),
            say!("a sum of 1", "合計 1"),
        )
    };
    Problem::error(id, message)
        .found(Text::from(found.join(", ")))
        .expected(expected)
        .help(if start || checked.holds == Holds::Probability {
            say!(
                "keep it in range with `max` and `min`, or choose a distribution that stays there",
                "`max` と `min` で範囲に収めるか、範囲を出ない分布を選んでください"
            )
        } else {
            say!(
                "keep each in range with `max` and `min`, and let one take the rest: \"rest\"",
                "`max` と `min` で範囲に収め、一つに \"rest\" で残りを取らせてください"
            )
        })
        .at(checked.place.clone())
}

/// What a result is called.
fn name_of(scenario: &Scenario, node: NodeId) -> Text {
    let (model, contract) = (&scenario.model, &scenario.contract);
    for (position, evaluation) in model.effect.evaluations.iter().enumerate() {
        let at = contract.evaluations[position].at;
        for (outcome, value, _) in &evaluation.outcomes {
            if *value == node {
                let id = &contract.indicators[contract.terms.outcomes[*outcome].indicator].id;
                return say!("`outcomes.{id}` at {at}", "{at} の `outcomes.{id}`");
            }
        }
        for (line, amount) in model.lines.iter().zip(&evaluation.lines) {
            if *amount == node {
                let id = &line.name;
                return say!("the payment `{id}` at {at}", "{at} の支払 `{id}`");
            }
        }
    }
    if let Some(investor) = model.investors.iter().find(|investor| investor.rate == node) {
        let id = &investor.name;
        return say!("the rate of return of `{id}`", "`{id}` の内部収益率");
    }
    match model.benefits.iter().find(|benefit| benefit.amount == node) {
        Some(benefit) => {
            let name = &benefit.name;
            say!("`benefits.{name}`", "`benefits.{name}`")
        }
        None => say!("a total", "合計"),
    }
}
