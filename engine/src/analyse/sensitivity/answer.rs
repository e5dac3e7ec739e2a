//! Asking what a figure depends on.

use super::cells::{DrawnCell, UncertainCell};
use super::estimate::mean_of;
use super::grid::{self, Ground};
use super::hold::Holding;
use super::interval::Estimated;
use super::ranks::{Ranks, partial, simple};
use super::stages::Stages;
use super::terms::Terms;
use super::tornado;
use super::{CellBar, Factor, Figure, Grid, GridAsked, ParameterBar, Sobol};
use crate::analyse::known::Known;
use crate::problem::{Problem, Source, say};
use crate::scenario::{Frozen, Scenario};
use crate::simulate::{Mean, Settings, Wanted, Watch};

/// The fewest paths that say anything: ten lie beyond each percentile.
const PATHS_LEAST: u64 = 100;

/// What is asked.
#[derive(Debug, Clone)]
pub struct Question {
    /// The figure.
    pub figure: Figure,
    /// Whether Sobol' indices are asked for.
    pub sobol: bool,
    /// The grids.
    pub grids: Vec<GridAsked>,
}

/// How a cell goes with the figure.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranked {
    /// The cell.
    pub cell: String,
    /// The position of the evaluation; `None` for a cell that is drawn once.
    pub evaluation: Option<usize>,
    /// Spearman's rank correlation; `None` where the cell or the figure is the same on every path.
    pub simple: Option<Estimated>,
    /// The same given the ranks of all other cells; `None` where those tell the cell's, or where
    /// the cell is not there on every path.
    pub partial: Option<Estimated>,
}

/// What a figure depends on.
#[derive(Debug, Clone)]
pub struct Sensitivity {
    /// The figure.
    pub figure: Figure,
    /// Number of paths.
    pub paths: u64,
    /// Seed of the random numbers.
    pub seed: u64,
    /// The figure as drawn.
    pub mean: Mean,
    /// Its standard deviation.
    pub sd: f64,
    /// Paths on which it is not there.
    pub missing: u64,
    /// What the parties cannot know: each cell that something is drawn for, held low and high.
    pub cells: Vec<CellBar>,
    /// What they can choose: each parameter that has a range, low and high.
    pub parameters: Vec<ParameterBar>,
    /// Uncertain cells that follow from others, and have no bar of their own.
    pub following: Vec<String>,
    /// What else the figure is made from that is drawn, but no cell that could be held.
    pub beside_cells: Vec<Factor>,
    /// Parameters without a range.
    pub without_range: Vec<String>,
    /// Rank correlations, the strongest first.
    pub ranks: Vec<Ranked>,
    /// Sobol' indices, where they were asked for and the figure is not the same on every path.
    pub sobol: Option<Sobol>,
    /// The grids, as asked for.
    pub grids: Vec<Grid>,
}

/// Computes what a figure depends on. `settings.until` and `settings.antithetic` are not looked at.
///
/// # Errors
/// Fewer than 100 paths; a grid of what the scenario and its contract do not have; Sobol' indices of
/// a figure that is not there on every path; a scenario that cannot be simulated; a run that was
/// stopped.
pub fn sensitivity(
    scenario: &Scenario,
    question: &Question,
    settings: &Settings,
    watch: &dyn Watch,
) -> Result<Sensitivity, Vec<Problem>> {
    let paths = settings.paths.unwrap_or(scenario.paths);
    if paths < PATHS_LEAST {
        return Err(vec![too_few(scenario, settings, paths)]);
    }
    let settings =
        &Settings { antithetic: false, until: None, paths: Some(paths), ..settings.clone() };
    let figure = &question.figure;
    let cells = UncertainCell::all(&scenario.model);
    for asked in &question.grids {
        grid::check(scenario, &cells, asked)?;
    }
    let runs = 1
        + tornado::RUNS
        + question.grids.iter().map(grid::runs).sum::<u64>()
        + if question.sobol { 1 + Sobol::factors(scenario, figure).0.len() as u64 } else { 0 };
    let stages = Stages::new(watch, paths, runs);
    let one = |problem| vec![problem];

    // As drawn: the figure, the cells, and what terms are priced on.
    let mut holding = Holding::new(scenario);
    let frozen = Frozen::of(scenario);
    let ranged = scenario.contract.parameters.iter().any(|parameter| parameter.range.is_some());
    let mut nodes: Vec<_> = cells.iter().flat_map(DrawnCell::nodes).collect();
    if ranged {
        nodes.extend(frozen.columns());
    }
    let mut wanted = vec![figure.measure.wanted];
    wanted.extend(nodes.into_iter().map(|node| holding.where_number(node)));
    let columns = holding.columns(&wanted, (settings, &stages.next())).map_err(one)?;
    let mut columns = columns.into_iter();
    let drawn = figure.of(columns.next().unwrap_or_default());
    let cells: Vec<DrawnCell> =
        cells.into_iter().map(|cell| DrawnCell::of(cell, &mut columns)).collect();
    let parameters = if ranged {
        let known = Known { columns: columns.collect(), paths: paths as usize };
        Terms::new(scenario, &frozen).bars(figure, &drawn, &known)
    } else {
        Vec::new()
    };
    let bars = tornado::cells(&holding, figure, &drawn, &cells, (settings, &stages));
    let bars = bars.map_err(one)?;
    let ranks = ranked(&cells, &drawn);
    let following = cells.iter().filter(|drawn| !drawn.cell.draws);
    let following = following.map(|drawn| drawn.cell.name.clone()).collect();
    let priced_on: Vec<Wanted> =
        frozen.columns().iter().map(|node| holding.where_number(*node)).collect();
    let ground = Ground {
        scenario,
        figure,
        cells: &cells,
        holding: &holding,
        frozen: &frozen,
        priced_on: &priced_on,
        settings,
    };
    let grids = question.grids.iter().map(|asked| ground.grid(asked, &stages));
    let grids = grids.collect::<Result<Vec<_>, _>>()?;
    let sobol = if question.sobol {
        Sobol::of(scenario, figure, &drawn, (settings, &stages))?
    } else {
        None
    };
    let mean = mean_of(drawn.iter().copied());
    let missing = drawn.iter().filter(|value| value.is_nan()).count() as u64;
    let unranged = scenario.contract.parameters.iter().filter(|of| of.range.is_none());
    Ok(Sensitivity {
        figure: figure.clone(),
        paths,
        seed: settings.seed.unwrap_or(scenario.seed),
        sd: mean.se * ((paths - missing) as f64).sqrt(),
        mean,
        missing,
        cells: bars,
        parameters,
        following,
        beside_cells: Factor::beside_cells(&scenario.model, figure.measure.wanted),
        without_range: unranged.map(|parameter| parameter.name.clone()).collect(),
        ranks,
        sobol,
        grids,
    })
}

fn too_few(scenario: &Scenario, settings: &Settings, paths: u64) -> Problem {
    let problem = Problem::error(
        "too-few-paths",
        say!(
            "{paths} paths are too few for percentiles and correlations",
            "パス数 {paths} では少なすぎて、パーセンタイルや相関を求められません"
        ),
    )
    .expected(say!("at least {PATHS_LEAST}", "{PATHS_LEAST} 以上"));
    // What the command says stands in no file.
    match settings.paths {
        Some(_) => problem
            .help(say!("give --paths a larger number", "--paths に大きい数を指定してください"))
            .at(Source::new(scenario.file.as_str(), "").whole()),
        None => problem
            .help(say!("state a larger number of paths", "`paths` を大きくしてください"))
            .at(scenario.paths_place.clone()),
    }
}

/// The rank correlations of every cell that something is drawn for.
fn ranked(cells: &[DrawnCell], drawn: &[f64]) -> Vec<Ranked> {
    let all = || cells.iter().filter(|drawn| drawn.cell.draws);
    let values = || all().flat_map(|cell| &cell.columns);
    let of_figure = ranks_where_all(drawn, drawn);
    // Each by itself, on the paths where it and the figure are there.
    let columns: Vec<Ranks> = values().map(|column| ranks_where_all(column, drawn)).collect();
    let simples: Vec<Option<Estimated>> = (values().zip(&columns))
        .map(|(column, of_cell)| match of_cell.len() == of_figure.len() {
            true => simple(of_cell, &of_figure),
            false => simple(of_cell, &ranks_where_all(drawn, column)),
        })
        .collect();
    // All of them together, on the paths where the figure is there.
    let complete: Vec<bool> =
        values().map(|column| !column.iter().any(|value| value.is_nan())).collect();
    let chosen = columns.into_iter().zip(&complete).filter(|(_, complete)| **complete);
    let mut together: Vec<Ranks> = chosen.map(|(column, _)| column).collect();
    together.push(of_figure);
    let mut found = partial(&together).into_iter();
    let partials =
        complete.iter().map(|complete| if *complete { found.next().flatten() } else { None });
    let names = all().flat_map(|drawn| {
        let instances = drawn.cell.instances.iter();
        instances.map(|instance| (drawn.cell.name.clone(), instance.evaluation))
    });
    let mut ranked: Vec<Ranked> = names
        .zip(simples)
        .zip(partials)
        .map(|(((cell, evaluation), simple), partial)| Ranked { cell, evaluation, simple, partial })
        .collect();
    let strength = |of: &Ranked| of.simple.map_or(-1.0, |simple| simple.value.abs());
    ranked.sort_by(|a, b| strength(b).total_cmp(&strength(a)));
    ranked
}

/// The ranks of a column on the paths where it and another are there.
fn ranks_where_all(column: &[f64], other: &[f64]) -> Ranks {
    let both = column.iter().zip(other).filter(|(a, b)| !a.is_nan() && !b.is_nan());
    Ranks::of(&both.map(|(value, _)| *value).collect::<Vec<f64>>())
}
