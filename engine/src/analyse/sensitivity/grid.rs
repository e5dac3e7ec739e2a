//! The figure over a grid of values of two cells or parameters.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::Figure;
use super::cells::{DrawnCell, Instance, UncertainCell};
use super::estimate::mean_of;
use super::hold::{Held, Holding};
use super::stages::Stages;
use super::terms::Terms;
use crate::analyse::known::Known;
use crate::contract::Parameter;
use crate::expr::Unit;
use crate::problem::{Problem, Source, Text, did_you_mean, say};
use crate::scenario::{Frozen, Scenario};
use crate::simulate::{Mean, Settings, Wanted};

/// The percentiles at which a cell is held unless values are asked for.
const PERCENTILES: [f64; 5] = [0.05, 0.25, 0.50, 0.75, 0.95];
/// How many values of a parameter's range are taken unless others are asked for.
const STEPS: u32 = 5;

/// Values from `low` to `high`, evenly apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Steps {
    /// The first.
    pub low: Decimal,
    /// The last.
    pub high: Decimal,
    /// How many.
    pub count: u32,
}

impl Steps {
    fn values(self, money: bool) -> Vec<Decimal> {
        let last = Decimal::from(self.count.saturating_sub(1).max(1));
        let value = |step: u32| {
            let value = self.low + (self.high - self.low) * Decimal::from(step) / last;
            if money { value.round() } else { value.round_dp(12).normalize() }
        };
        (0..self.count).map(value).collect()
    }
}

/// One side of a grid, as it is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AxisAsked {
    /// A cell, or a parameter of the contract.
    pub name: String,
    /// Which values; the cell's percentiles, or the parameter's range, when absent.
    pub steps: Option<Steps>,
}

/// A grid, as it is asked for: down the side, then across.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GridAsked(pub [AxisAsked; 2]);

/// What a side of a grid is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AxisKind {
    /// A cell, which is held.
    Cell,
    /// A parameter of the contract, which is given another value.
    Parameter,
}

/// A value of a side.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// The percentile of the cell that it is, where it is one.
    pub percentile: Option<f64>,
    /// The value; for a cell that is drawn at each evaluation one for each, which differ where they
    /// are percentiles.
    pub values: Vec<f64>,
}

/// A side of a grid.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// The cell or parameter.
    pub name: String,
    /// Which of the two.
    pub kind: AxisKind,
    /// Whether it is an amount of money.
    pub money: bool,
    /// The positions of the evaluations its values belong to; `None` for a single value.
    pub evaluations: Vec<Option<usize>>,
    /// Its values.
    pub points: Vec<Point>,
}

/// The figure over a grid.
#[derive(Debug, Clone)]
pub struct Grid {
    /// Down the side, then across.
    pub axes: [Axis; 2],
    /// The figure's mean by row and column, over the paths where it is there; or why the scenario
    /// or the contract cannot have these values together.
    pub means: Vec<Vec<Result<Mean, Problem>>>,
}

/// A side with what each of its points does.
struct Side {
    axis: Axis,
    held: Vec<Held>,
    priced: Vec<Option<(String, Decimal)>>,
}

/// What grids are made from.
pub(super) struct Ground<'g> {
    pub(super) scenario: &'g Scenario,
    pub(super) figure: &'g Figure,
    pub(super) cells: &'g [DrawnCell],
    pub(super) holding: &'g Holding,
    pub(super) frozen: &'g Frozen<'g>,
    /// What terms are priced on, where it is a number.
    pub(super) priced_on: &'g [Wanted],
    pub(super) settings: &'g Settings,
}

/// How many runs a grid takes at most.
pub(super) fn runs(asked: &GridAsked) -> u64 {
    let [side, across] = &asked.0;
    let count = |axis: &AxisAsked| u64::from(axis.steps.map_or(STEPS, |steps| steps.count));
    count(side).max(count(across))
}

/// Checks what is asked for, before anything is run.
pub(super) fn check(
    scenario: &Scenario,
    cells: &[UncertainCell],
    asked: &GridAsked,
) -> Result<(), Vec<Problem>> {
    let [side, across] = &asked.0;
    let mut problems = Vec::new();
    for axis in [side, across] {
        match found(scenario, cells.iter(), &axis.name) {
            Err(problem) => problems.push(problem),
            Ok(Found::Parameter(Parameter { name, range: None, .. })) if axis.steps.is_none() => {
                problems.push(no_range(scenario, name));
            }
            Ok(_) => {}
        }
    }
    if problems.is_empty() && side.name == across.name {
        let name = &side.name;
        let whole = Source::new(scenario.file.as_str(), "").whole();
        problems.push(
            Problem::error(
                "grid-of-one",
                say!("`{name}` is on both sides of the grid", "格子の縦横が両方 `{name}` です"),
            )
            .expected(say!("two different cells or parameters", "異なる二つのセルかパラメータ"))
            .at(whole),
        );
    }
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

enum Found<'f> {
    Cell(usize),
    Parameter(&'f Parameter),
}

fn found<'f>(
    scenario: &'f Scenario,
    cells: impl Iterator<Item = &'f UncertainCell> + Clone,
    name: &str,
) -> Result<Found<'f>, Problem> {
    let parameters = &scenario.contract.parameters;
    if let Some(cell) = cells.clone().position(|cell| cell.name == name) {
        return Ok(Found::Cell(cell));
    }
    if let Some(parameter) = parameters.iter().find(|parameter| parameter.name == name) {
        return Ok(Found::Parameter(parameter));
    }
    let whole = Source::new(scenario.file.as_str(), "").whole();
    if let Some(cell) = scenario.assumptions.iter().find(|known| known.name == name) {
        return Err(Problem::error(
            "cell-is-certain",
            say!(
                "`{name}` is the same on every path, so it cannot be held elsewhere",
                "`{name}` はどの将来でも同じ値で、ほかの値に固定できません"
            ),
        )
        .found(Text::from(cell.is.as_str()))
        .help(say!(
            "to let it vary, state what it may be: {name} = \"uniform(low, high)\"",
            "変えてみるには、取りうる値を書いてください: {name} = \"uniform(下限, 上限)\""
        ))
        .at(cell.place.clone()));
    }
    let known = cells.map(|cell| cell.name.as_str());
    let names: Vec<&str> =
        known.chain(parameters.iter().map(|parameter| parameter.name.as_str())).collect();
    let problem = Problem::error(
        "unknown-cell",
        say!(
            "there is no uncertain cell and no parameter `{name}`",
            "`{name}` という不確かなセルもパラメータもありません"
        ),
    )
    .expected(Text::from(names.join(", ")))
    .at(whole);
    Err(match did_you_mean(name, names) {
        Some(near) => problem.help(near),
        None => problem,
    })
}

fn no_range(scenario: &Scenario, name: &str) -> Problem {
    let contract = &scenario.contract.file;
    Problem::error(
        "no-range",
        say!("`{name}` has no range in {contract}", "{contract} の `{name}` には範囲がありません"),
    )
    .expected(say!("param(\"{name}\", …, [low, high])", "param(\"{name}\", …, [下限, 上限])"))
    .help(say!(
        "or state the values: --grid {name}=low:high:count,…",
        "または値を指定してください: --grid {name}=下限:上限:個数,…"
    ))
    .at(Source::new(contract.as_str(), "").whole())
}

impl Ground<'_> {
    /// The figure over a grid.
    ///
    /// # Errors
    /// As [`check`]; a grid of which not one point is possible.
    pub(super) fn grid(
        &self,
        asked: &GridAsked,
        stages: &Stages<'_>,
    ) -> Result<Grid, Vec<Problem>> {
        let [side, across] = &asked.0;
        let one = |problem| vec![problem];
        let sides = [self.side(side).map_err(one)?, self.side(across).map_err(one)?];
        let cells = sides.iter().all(|side| side.axis.kind == AxisKind::Cell);
        let means = if cells {
            self.of_cells(&sides, stages)?
        } else {
            self.with_parameters(&sides, stages)?
        };
        let possible = means.iter().flatten().any(Result::is_ok);
        let first = means.iter().flatten().find_map(|mean| mean.as_ref().err());
        if let (false, Some(problem)) = (possible, first) {
            return Err(vec![problem.clone()]);
        }
        Ok(Grid { axes: sides.map(|side| side.axis), means })
    }

    fn side(&self, asked: &AxisAsked) -> Result<Side, Problem> {
        match found(self.scenario, self.cells.iter().map(|drawn| &drawn.cell), &asked.name)? {
            Found::Cell(at) => Ok(self.cell(at, asked.steps)),
            Found::Parameter(parameter) => {
                let range = parameter.range.map(|(low, high)| Steps { low, high, count: STEPS });
                let steps = asked
                    .steps
                    .or(range)
                    .ok_or_else(|| no_range(self.scenario, &parameter.name))?;
                let values = steps.values(parameter.unit.is_money());
                let point = |value: &Decimal| Point {
                    percentile: None,
                    values: vec![value.to_f64().unwrap_or(f64::NAN)],
                };
                Ok(Side {
                    axis: Axis {
                        name: parameter.name.clone(),
                        kind: AxisKind::Parameter,
                        money: parameter.unit.is_money(),
                        evaluations: vec![None],
                        points: values.iter().map(point).collect(),
                    },
                    held: vec![Vec::new(); values.len()],
                    priced: (values.into_iter())
                        .map(|value| Some((parameter.name.clone(), value)))
                        .collect(),
                })
            }
        }
    }

    fn cell(&self, at: usize, steps: Option<Steps>) -> Side {
        let drawn = &self.cells[at];
        let instances = &drawn.cell.instances;
        let graph = &self.scenario.model.graph;
        let money = |instance: &Instance| matches!(graph.unit(instance.node), Unit::Money(_));
        let (points, held): (Vec<Point>, Vec<Held>) = match steps {
            None => PERCENTILES
                .iter()
                .map(|part| {
                    let values = drawn.values_at(*part);
                    (Point { percentile: Some(*part), values }, drawn.held_at(*part))
                })
                .unzip(),
            // Without effect a cell that is another there stays what it is.
            Some(steps) => (steps.values(false).into_iter())
                .map(|value| {
                    let value = value.to_f64().unwrap_or(f64::NAN);
                    let held = instances.iter().map(|instance| (instance.node, value));
                    let values = vec![value; instances.len()];
                    (Point { percentile: None, values }, held.collect())
                })
                .unzip(),
        };
        Side {
            priced: vec![None; points.len()],
            axis: Axis {
                name: drawn.cell.name.clone(),
                kind: AxisKind::Cell,
                money: instances.iter().all(money),
                evaluations: instances.iter().map(|instance| instance.evaluation).collect(),
                points,
            },
            held,
        }
    }

    /// Rows of a grid of two cells, one run each.
    fn of_cells(
        &self,
        [side, across]: &[Side; 2],
        stages: &Stages<'_>,
    ) -> Result<Vec<Vec<Result<Mean, Problem>>>, Vec<Problem>> {
        let wanted = [self.figure.measure.wanted];
        let mut rows = Vec::new();
        for held in &side.held {
            let both: Vec<Held> =
                across.held.iter().map(|other| [held.as_slice(), other].concat()).collect();
            let row = self.holding.each(&wanted, &both, (self.settings, stages));
            let row = row.map_err(|problem| vec![problem])?;
            let mean = |columns: Result<Vec<Vec<f64>>, Problem>| {
                let column = columns?.into_iter().next().unwrap_or_default();
                Ok(mean_of(self.figure.of(column).into_iter()))
            };
            rows.push(row.into_iter().map(mean).collect());
        }
        Ok(rows)
    }

    /// A grid with at least one parameter: outcomes are drawn once for each value of the cell.
    fn with_parameters(
        &self,
        [side, across]: &[Side; 2],
        stages: &Stages<'_>,
    ) -> Result<Vec<Vec<Result<Mean, Problem>>>, Vec<Problem>> {
        let terms = Terms::new(self.scenario, self.frozen);
        let nothing =
            || Err(Problem::error("not-computed", say!("not computed", "計算されていません")));
        let mut means: Vec<Vec<Result<Mean, Problem>>> =
            vec![vec![nothing(); across.held.len()]; side.held.len()];
        // The places in the grid that share what is held.
        let mut groups: Vec<(Held, Vec<(usize, usize)>)> = Vec::new();
        for row in 0..side.held.len() {
            for column in 0..across.held.len() {
                let held = [side.held[row].as_slice(), &across.held[column]].concat();
                match groups.iter_mut().find(|(known, _)| *known == held) {
                    Some((_, places)) => places.push((row, column)),
                    None => groups.push((held, vec![(row, column)])),
                }
            }
        }
        for (held, places) in groups {
            let drawn = self.holding.each(self.priced_on, &[held], (self.settings, stages));
            let drawn = drawn.map_err(|problem| vec![problem])?.into_iter().next();
            match drawn.unwrap_or_else(|| Ok(Vec::new())) {
                Err(problem) => {
                    for (row, column) in places {
                        means[row][column] = Err(problem.clone());
                    }
                }
                Ok(columns) => {
                    let paths = columns.first().map_or(0, Vec::len);
                    let known = Known { columns, paths };
                    for (row, column) in places {
                        let set = [&side.priced[row], &across.priced[column]];
                        let set: Vec<(&str, Decimal)> = set
                            .into_iter()
                            .flatten()
                            .map(|(name, value)| (name.as_str(), *value))
                            .collect();
                        let values = terms.priced(self.figure, &set, &known);
                        means[row][column] = values.map(|values| mean_of(values.into_iter()));
                    }
                }
            }
        }
        Ok(means)
    }
}
