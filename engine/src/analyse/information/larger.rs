//! What an evaluation that measures other numbers of people is worth.

use std::fmt::Write as _;

use rust_decimal::prelude::ToPrimitive;

use super::another::another;
use super::cells::{Draws, is_chance};
use super::question::{Evaluation, Size};
use super::study::Runs;
use super::{Decision, Estimate, Quantity, Worth, worth};
use crate::Files;
use crate::expr::NodeId;
use crate::problem::{Problem, Source, Text, did_you_mean, say};
use crate::scenario::{Patch, Scenario};
use crate::simulate::{Fresh, Settings, Wanted, on_threads};

/// So many people are measured without error, as far as money can tell.
const EVERYBODY: u64 = 1_000_000_000;
/// The most people that may be asked for.
const PEOPLE_MOST: u64 = EVERYBODY;
/// What is added to the seed for the contract that is evaluated, where it is not the one that is
/// decided about.
const EVALUATED: u64 = 0x5EED;
/// By how many standard errors a gain must differ from 0 to be told from it.
const TOLD_APART: f64 = 2.0;

/// Whether measuring more people is worth what it costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It gains more than it costs, by more than two standard errors.
    Worth,
    /// It costs more than it gains, by more than two standard errors.
    NotWorth,
    /// The difference is smaller than what the paths can tell.
    Unclear,
    /// It decides on no path otherwise than today's evaluation does, and costs nothing.
    Nothing,
}

/// One number of people.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// What was asked for; `None` for the evaluation as the scenario has it.
    pub size: Option<Size>,
    /// How many people are measured at all the evaluations together, on average.
    pub people: Estimate,
    /// The part of paths on which more people are measured than there are: the number that the
    /// scenario measures is itself worked out there, as that of those who take part.
    pub beyond: Estimate,
    /// What the evaluation's result is worth for one decision (EVSI).
    pub value: Estimate,
    /// How much more that is than today, for all decisions.
    pub gain: Estimate,
    /// How much more it costs than today.
    pub cost: Estimate,
    /// Gain less cost.
    pub net: Estimate,
    /// The standard deviation of the payment that is due to luck of measurement alone.
    pub luck: Estimate,
    /// How far the payment lies from what it would be if everybody were measured, on average.
    pub mispaid: Estimate,
}

impl Measured {
    /// Whether it is worth more than today's evaluation.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        if [self.gain, self.net].iter().all(|of| of.value == 0.0 && of.se == 0.0) {
            return Verdict::Nothing;
        }
        let limit = TOLD_APART * self.net.se;
        if self.net.value > limit {
            Verdict::Worth
        } else if self.net.value < -limit {
            Verdict::NotWorth
        } else {
            Verdict::Unclear
        }
    }
}

/// What larger evaluations are worth.
#[derive(Debug, Clone, PartialEq)]
pub struct Larger {
    /// The indicators whose sample changes.
    pub indicators: Vec<String>,
    /// Those that are measured then, but on no sample that could be larger.
    pub left_out: Vec<String>,
    /// The dates of the evaluations at which it changes.
    pub at: Vec<String>,
    /// What one person measured at one evaluation costs.
    pub cost: f64,
    /// What it costs to measure another number of people than today.
    pub cost_fixed: f64,
    /// Today's evaluation, then those that were asked for.
    pub rows: Vec<Measured>,
}

impl Larger {
    /// The evaluation, other than today's, whose gain exceeds its cost by most.
    #[must_use]
    pub fn best(&self) -> Option<&Measured> {
        let better = |best: &'_ Measured, row: &'_ Measured| row.net.value > best.net.value;
        let mut rows = self.rows.iter().skip(1);
        let first = rows.next()?;
        Some(rows.fold(first, |best, row| if better(best, row) { row } else { best }))
    }
}

/// What is measured, made ready.
pub(super) struct Sizes {
    indicators: Vec<String>,
    left_out: Vec<String>,
    at: Vec<String>,
    cost: f64,
    cost_fixed: f64,
    /// The outcomes, as positions in the contract's terms.
    outcomes: Vec<usize>,
    /// Whether the scenario measures all the people there are, their number being one that it works
    /// out, and not one that was chosen.
    everyone: bool,
    /// Each number of people with its scenario; the first is today's.
    asked: Vec<(Option<Size>, Scenario)>,
    everybody: Scenario,
}

impl Sizes {
    /// How often paths are drawn: each number of people twice, and everybody.
    pub(super) fn runs(&self) -> usize {
        2 * self.asked.len() + 1
    }
}

/// Reads the scenario once for each number of people.
pub(super) fn sizes(
    files: &dyn Files,
    path: &str,
    scenario: &Scenario,
    evaluation: &Evaluation,
) -> Result<Sizes, Vec<Problem>> {
    let indicators = indicators(scenario, evaluation)?;
    let terms = &scenario.contract.terms;
    let dated = |at: usize| scenario.contract.evaluations[at].at;
    let within = |outcome: usize| {
        let outcome = &terms.outcomes[outcome];
        let here = evaluation.at.is_none_or(|at| dated(outcome.evaluation) == at);
        here && indicators.contains(&outcome.indicator)
    };
    let outcomes: Vec<usize> = (0..terms.outcomes.len()).filter(|at| within(*at)).collect();
    if outcomes.is_empty() {
        return Err(vec![not_measured_then(scenario, &indicators, evaluation)]);
    }
    let mut evaluations: Vec<usize> =
        outcomes.iter().map(|outcome| terms.outcomes[*outcome].evaluation).collect();
    evaluations.sort_unstable();
    evaluations.dedup();
    let with = |size: Size| -> Result<Scenario, Vec<Problem>> {
        let text = patch(scenario, &indicators, &evaluations, size);
        let patch = Patch::parse(Source::new("people.toml", text))?;
        Scenario::read_with(files, path, &[patch])
    };
    let mut asked = vec![(None, scenario.clone())];
    for size in &evaluation.sizes {
        let (Size::People(people) | Size::More(people)) = *size;
        if people > PEOPLE_MOST {
            return Err(vec![
                Problem::error(
                    "too-many-people",
                    say!("{people} people are too many", "{people} 人は多すぎます"),
                )
                .expected(say!("at most {PEOPLE_MOST}", "{PEOPLE_MOST} 以下"))
                .at(Source::new(scenario.file.as_str(), "").whole()),
            ]);
        }
        asked.push((Some(*size), with(*size)?));
    }
    let left_out = terms.outcomes.iter().filter(|outcome| {
        let asked = evaluation.indicators.is_empty() && !indicators.contains(&outcome.indicator);
        asked && evaluations.contains(&outcome.evaluation)
    });
    let mut left_out: Vec<usize> = left_out.map(|outcome| outcome.indicator).collect();
    left_out.sort_unstable();
    left_out.dedup();
    let ids = |of: &[usize]| -> Vec<String> {
        of.iter().map(|at| scenario.contract.indicators[*at].id.clone()).collect()
    };
    Ok(Sizes {
        left_out: ids(&left_out),
        indicators: ids(&indicators),
        at: evaluations.iter().map(|at| dated(*at).to_string()).collect(),
        cost: evaluation.cost.to_f64().unwrap_or(f64::NAN),
        cost_fixed: evaluation.cost_fixed.to_f64().unwrap_or(f64::NAN),
        everyone: everyone(scenario, &outcomes),
        outcomes,
        asked,
        everybody: with(Size::People(EVERYBODY))?,
    })
}

/// Whether everybody there is is measured for some outcome.
fn everyone(scenario: &Scenario, outcomes: &[usize]) -> bool {
    let own = scenario.model.samples.iter().filter(|of| outcomes.contains(&of.outcome));
    own.into_iter().any(|sample| sample.everyone)
}

/// The entries that say how many people an indicator is measured on.
fn entries(scenario: &Scenario, indicator: usize) -> &[String] {
    let terms = &scenario.contract.terms;
    let mut samples = scenario.model.samples.iter();
    let own = samples.find(|sample| terms.outcomes[sample.outcome].indicator == indicator);
    own.map_or(&[], |sample| &sample.entries)
}

/// The indicators that are asked for, or all that are measured on a sample.
fn indicators(scenario: &Scenario, evaluation: &Evaluation) -> Result<Vec<usize>, Vec<Problem>> {
    let all = &scenario.contract.indicators;
    let sampled: Vec<usize> =
        (0..all.len()).filter(|at| !entries(scenario, *at).is_empty()).collect();
    let names = |of: &[usize]| -> String {
        of.iter().map(|at| all[*at].id.as_str()).collect::<Vec<_>>().join(", ")
    };
    let whole = || Source::new(scenario.file.as_str(), "").whole();
    if evaluation.indicators.is_empty() && sampled.is_empty() {
        return Err(vec![
            Problem::error(
                "no-sample",
                say!(
                    "no outcome of the scenario is measured on a sample that could be larger",
                    "標本を大きくできる成果指標がシナリオにありません"
                ),
            )
            .expected(Text::from(
                "[outcomes.X] mean = \"…\", sd = \"…\", n = \"…\" | probability = \"…\", of = \"…\"",
            ))
            .at(whole()),
        ]);
    }
    if evaluation.indicators.is_empty() {
        return Ok(sampled);
    }
    let mut problems = Vec::new();
    let mut found = Vec::new();
    for id in &evaluation.indicators {
        match scenario.contract.indicator_named(id) {
            None => {
                let ids = all.iter().map(|indicator| indicator.id.as_str());
                let problem = Problem::error(
                    "unknown-indicator",
                    say!(
                        "the contract has no indicator `{id}`",
                        "契約に `{id}` という指標はありません"
                    ),
                )
                .expected(Text::from(ids.clone().collect::<Vec<_>>().join(", ")))
                .at(Source::new(scenario.contract.file.as_str(), "").whole());
                problems.push(match did_you_mean(id, ids) {
                    Some(near) => problem.help(near),
                    None => problem,
                });
            }
            Some(indicator) if !sampled.contains(&indicator) => {
                let key = format!("outcomes.{id}");
                let problem = Problem::error(
                    "no-sample",
                    say!(
                        "[{key}] does not say on how many people `{id}` is sampled, so more of them change nothing",
                        "[{key}] に `{id}` を測る標本の人数がないため、人数を増やしても何も変わりません"
                    ),
                )
                .at(scenario.model.place_of(&key).cloned().unwrap_or_else(whole));
                problems.push(if sampled.is_empty() {
                    problem.expected(Text::from(
                        "mean = \"…\", sd = \"…\", n = \"…\" | probability = \"…\", of = \"…\"",
                    ))
                } else {
                    problem.expected(Text::from(names(&sampled)))
                });
            }
            Some(indicator) if found.contains(&indicator) => {}
            Some(indicator) => found.push(indicator),
        }
    }
    if problems.is_empty() { Ok(found) } else { Err(problems) }
}

fn not_measured_then(
    scenario: &Scenario,
    indicators: &[usize],
    evaluation: &Evaluation,
) -> Problem {
    let contract = &scenario.contract;
    let measured = |at: &usize| {
        indicators.iter().any(|indicator| contract.indicators[*indicator].measured.contains(at))
    };
    let dates = (0..contract.evaluations.len()).filter(measured);
    let dates: Vec<String> = dates.map(|at| contract.evaluations[at].at.to_string()).collect();
    let at = evaluation.at.map(|at| at.to_string()).unwrap_or_default();
    Problem::error(
        "not-measured-then",
        say!("nothing of this is measured on {at}", "{at} に測定する指標がありません"),
    )
    .expected(Text::from(dates.join(", ")))
    .at(Source::new(contract.file.as_str(), "").whole())
}

/// The patch that changes how many people are measured at these evaluations; of two groups each has
/// half of them.
fn patch(scenario: &Scenario, indicators: &[usize], evaluations: &[usize], size: Size) -> String {
    let mut text = String::new();
    let all = scenario.contract.evaluations.len();
    for indicator in indicators {
        let entries = entries(scenario, *indicator);
        let id = &scenario.contract.indicators[*indicator].id;
        for (group, entry) in entries.iter().enumerate() {
            let groups = entries.len() as u64;
            let part = |people: u64| (people + groups - 1 - group as u64) / groups;
            let changed = match size {
                Size::People(people) => part(people).to_string(),
                Size::More(people) => format!("base + {}", part(people)),
            };
            let expression = if evaluations.len() == all {
                changed
            } else {
                let now: Vec<String> =
                    evaluations.iter().map(|at| format!("t == {}", at + 1)).collect();
                format!("if {} {{ {changed} }} else {{ base }}", now.join(" || "))
            };
            let _ = writeln!(text, "outcomes.\"{id}\".{entry} = \"{expression}\"");
        }
    }
    text
}

/// What each number of people is worth.
pub(super) fn value(
    sizes: &Sizes,
    scenario: &Scenario,
    (decision, quantities, times): (&Decision, &[Quantity], u64),
    settings: &Settings,
    watch: &Runs<'_>,
) -> Result<Larger, Vec<Problem>> {
    let paid = |scenario: &Scenario, more: &[NodeId]| -> Result<Vec<Vec<f64>>, Vec<Problem>> {
        let wanted = std::iter::once(&scenario.model.effect.payment).chain(more);
        let wanted: Vec<Wanted> = wanted.copied().map(Wanted::everywhere).collect();
        watch.columns(scenario, settings, &wanted, None)
    };
    let truth = paid(&sizes.everybody, &[])?.remove(0);
    let base = Draws::of(&scenario.model);
    let mut rows = Vec::new();
    let mut today: Option<(Worth, Vec<f64>)> = None;
    for (size, version) in &sizes.asked {
        let paid = paid(version, &[version.model.luck.payment])?;
        let (result, people) = result(sizes, version, &base, settings, watch)?;
        let mut all = quantities.to_vec();
        all.push(result);
        let known = [quantities.len()];
        let found = on_threads(settings.threads, || Ok(worth(decision, &all, &known)));
        let found = found.map_err(|problem| vec![problem])?;
        let (first, fewer) = today.get_or_insert_with(|| (found.clone(), people.clone()));
        let fixed = if size.is_some() { sizes.cost_fixed } else { 0.0 };
        let gain = |path: usize| (found.gains[path] - first.gains[path]) * times as f64;
        let cost = |path: usize| (people[path] - fewer[path]) * sizes.cost + fixed;
        let paths = || 0..decision.paths();
        let beyond = paths().filter(|path| sizes.everyone && people[*path] > fewer[*path]).count();
        let beyond = beyond as f64 / decision.paths() as f64;
        let luck = Estimate::mean(paid[1].iter().copied());
        let sd = luck.value.max(0.0).sqrt();
        let luck = Estimate { value: sd, se: if sd > 0.0 { luck.se / (2.0 * sd) } else { 0.0 } };
        rows.push(Measured {
            size: *size,
            people: Estimate::mean(people.iter().copied()),
            beyond: Estimate::part(beyond, decision.paths()),
            value: found.value,
            gain: Estimate::mean(paths().map(gain)),
            cost: Estimate::mean(paths().map(cost)),
            net: Estimate::mean(paths().map(|path| gain(path) - cost(path))),
            luck,
            mispaid: Estimate::mean(paid[0].iter().zip(&truth).map(|(pay, due)| (pay - due).abs())),
        });
    }
    Ok(Larger {
        indicators: sizes.indicators.clone(),
        left_out: sizes.left_out.clone(),
        at: sizes.at.clone(),
        cost: sizes.cost,
        cost_fixed: sizes.cost_fixed,
        rows,
    })
}

/// What the evaluation of another contract of the same kind shows, and how many people it measures in
/// all: what is not known is the same, chance is drawn anew.
fn result(
    sizes: &Sizes,
    version: &Scenario,
    base: &Draws<'_>,
    settings: &Settings,
    watch: &Runs<'_>,
) -> Result<(Quantity, Vec<f64>), Vec<Problem>> {
    let model = &version.model;
    let outcomes: Vec<(usize, NodeId, NodeId)> = (model.effect.evaluations.iter())
        .flat_map(|evaluation| evaluation.outcomes.iter().copied())
        .filter(|(position, ..)| sizes.outcomes.contains(position))
        .collect();
    let samples = model.samples.iter().filter(|sample| sizes.outcomes.contains(&sample.outcome));
    let samples: Vec<_> = samples.collect();
    let mut wanted: Vec<Wanted> = (outcomes.iter())
        .map(|(_, value, available)| Wanted { node: *value, where_available: Some(*available) })
        .collect();
    wanted.extend(samples.iter().map(|sample| Wanted::everywhere(sample.people)));
    let other = another(version, &mut wanted);
    let draws = &other.model.draws;
    let draws = (0..draws.len()).filter(|at| is_chance(&draws[*at])).collect();
    let seed = settings.seed.unwrap_or(version.seed).wrapping_add(EVALUATED);
    let mut drawn = watch.columns(&other, settings, &wanted, Some(&Fresh { seed, draws }))?;
    let counts = drawn.split_off(outcomes.len());
    // People of an evaluation are measured once for all its indicators.
    let terms = &version.contract.terms;
    let mut most: Vec<(usize, Vec<f64>)> = Vec::new();
    for (sample, counts) in samples.iter().zip(counts) {
        let evaluation = terms.outcomes[sample.outcome].evaluation;
        match most.iter_mut().find(|(known, _)| *known == evaluation) {
            Some((_, most)) => {
                most.iter_mut().zip(counts).for_each(|(most, count)| *most = most.max(count));
            }
            None => most.push((evaluation, counts)),
        }
    }
    let mut people = vec![0.0; drawn.first().map_or(0, Vec::len)];
    for (_, counts) in most {
        people.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
    }
    let shown = wanted[..outcomes.len()].iter();
    let nodes: Vec<NodeId> =
        shown.flat_map(|of| std::iter::once(of.node).chain(of.where_available)).collect();
    let made_of = base.under(&other.model, &nodes, |draw| !is_chance(draw));
    let name = "evaluation".to_owned();
    Ok((Quantity { name, columns: drawn, made_of: Some(made_of) }, people))
}
