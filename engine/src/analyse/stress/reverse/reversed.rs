//! The mildest changes that were found.

use serde_json::{Value, json};

use super::Limit;
use super::search::{Found, Search};
use super::space::Input;
use crate::problem::{Language, Problem, Text};
use crate::random::normal;
use crate::scenario::Scenario;
use crate::simulate::{Mean, Settings};

/// How far one draw of a cell is shifted.
#[derive(Debug, Clone, PartialEq)]
pub struct Moved {
    /// The cell.
    pub cell: String,
    /// Which draw of the cell it is, from 0.
    pub draw: u32,
    /// The evaluation, as its date; `None` for a draw per path.
    pub evaluation: Option<String>,
    /// The shift, in standard deviations of its normal deviate.
    pub z: f64,
    /// Its standard error, where it is known.
    pub se: Option<f64>,
    /// Where the draw's median comes to lie among its values of before: Φ(z).
    pub percentile: f64,
}

/// What a shift makes of the mean of a cell.
#[derive(Debug, Clone, PartialEq)]
pub struct CellMoved {
    /// The cell.
    pub cell: String,
    /// The evaluation, as its date; `None` for a cell that is drawn once.
    pub evaluation: Option<String>,
    /// Its mean without the shift.
    pub before: Mean,
    /// Its mean with it, on the same random numbers.
    pub after: Mean,
}

/// A shift of least length.
#[derive(Debug, Clone, PartialEq)]
pub struct Joint {
    /// Its length, in standard deviations.
    pub length: f64,
    /// The standard error of the length, where it is known.
    pub se: Option<f64>,
    /// Draw by draw.
    pub shifts: Vec<Moved>,
    /// The cells whose means it moves.
    pub moved: Vec<CellMoved>,
}

/// The shift of one cell by itself.
#[derive(Debug, Clone, PartialEq)]
pub struct CellShift {
    /// The cell.
    pub cell: String,
    /// The shift; `None` where none that was looked at reaches the limit.
    pub shift: Option<Joint>,
}

/// The mildest changes with which the mean of a figure reaches a limit.
#[derive(Debug, Clone)]
pub struct Reversed {
    /// The figure and its limit.
    pub limit: Limit,
    /// How many paths each shift was simulated on.
    pub paths: u64,
    /// Their seed.
    pub seed: u64,
    /// The mean of the figure without a shift.
    pub mean: Mean,
    /// Whether it is below the limit already; the shifts then bring it up to the limit.
    pub already: bool,
    /// The farthest shift that was looked at, in standard deviations.
    pub farthest: f64,
    /// Each cell by itself, the nearest first.
    pub cells: Vec<CellShift>,
    /// All cells together.
    pub joint: Option<Joint>,
    /// Why some shifts were not looked at: they make the scenario impossible.
    pub impossible: Option<Problem>,
}

pub(super) struct Raw<'a, 'w> {
    pub(super) scenario: &'a Scenario,
    pub(super) limit: &'a Limit,
    pub(super) search: &'a mut Search<'w>,
    pub(super) base: (Mean, bool),
    pub(super) inputs: &'a [Input],
    pub(super) each: Vec<(String, Option<Found>)>,
    pub(super) joint: Option<Found>,
    pub(super) settings: &'a Settings,
    pub(super) farthest: f64,
}

pub(super) fn told(raw: Raw<'_, '_>) -> Result<Reversed, Vec<Problem>> {
    let Raw { scenario, limit, search, base, inputs, each, joint, settings, farthest } = raw;
    let at = |evaluation: Option<usize>| {
        evaluation.map(|at| scenario.contract.evaluations[at].at.to_string())
    };
    let none = vec![0.0; search.space.size()];
    let before = search.cells_at(&[none])?;
    let mut joined = |found: &Found, of: &dyn Fn(&Input) -> bool| -> Result<Joint, Vec<Problem>> {
        let after = search.cells_at(std::slice::from_ref(&found.shift))?;
        let mean = |(mean, se): &(f64, f64)| Mean { mean: *mean, se: *se };
        let columns = search.space.columns().iter().zip(before.iter().zip(&after));
        let moved = columns.filter(|(_, (before, after))| before.0 != after.0);
        let size = found.slopes.as_ref().map_or(0.0, |slopes| super::length_of(&slopes.slopes));
        let shifts = inputs.iter().filter(|input| of(input)).map(|input| {
            let along = |of: &[f64]| -> f64 {
                input.direction.iter().zip(of).map(|(part, of)| part * of).sum()
            };
            let z = along(&found.shift);
            let errors = found.slopes.as_ref().filter(|_| size > 0.0);
            let turning = errors.map(|slopes| {
                let squares = input.direction.iter().zip(&slopes.errors);
                let squares: f64 = squares.map(|(part, se)| part * part * se * se).sum();
                found.length * squares.sqrt() / size
            });
            let along_ray =
                found.se.map(|se| if found.length > 0.0 { z / found.length * se } else { se });
            Moved {
                cell: input.cell.clone(),
                draw: input.draw,
                evaluation: at(input.evaluation),
                z,
                se: match (turning, along_ray) {
                    (Some(a), Some(b)) => Some((a * a + b * b).sqrt()),
                    _ => None,
                },
                percentile: normal::cumulative(z),
            }
        });
        let shifts: Vec<Moved> = shifts.collect();
        let moved = moved.map(|(column, (before, after))| CellMoved {
            cell: column.cell.clone(),
            evaluation: at(column.evaluation),
            before: mean(before),
            after: mean(after),
        });
        let moved = moved.collect();
        Ok(Joint { length: found.length, se: found.se, shifts, moved })
    };
    let mut cells = Vec::new();
    for (cell, found) in each {
        let own = |input: &Input| input.cell == cell;
        let shift = found.map(|found| joined(&found, &own)).transpose()?;
        cells.push(CellShift { cell, shift });
    }
    let far = |of: &CellShift| of.shift.as_ref().map_or(f64::INFINITY, |shift| shift.length);
    cells.sort_by(|a, b| far(a).total_cmp(&far(b)));
    let joint = joint.map(|found| joined(&found, &|_| true)).transpose()?;
    Ok(Reversed {
        limit: limit.clone(),
        paths: settings.paths.unwrap_or(scenario.paths),
        seed: settings.seed.unwrap_or(scenario.seed),
        mean: base.0,
        already: base.1,
        farthest,
        cells,
        joint,
        impossible: search.impossible.take(),
    })
}

impl Joint {
    fn to_json(&self) -> Value {
        let moved = |of: &CellMoved| {
            json!({
                "cell": of.cell, "at": of.evaluation, "before": of.before, "after": of.after,
            })
        };
        let shift = |of: &Moved| {
            json!({
                "cell": of.cell, "draw": of.draw, "at": of.evaluation,
                "z": of.z, "se": of.se, "percentile": of.percentile,
            })
        };
        json!({
            "length": self.length,
            "se": self.se,
            "shifts": self.shifts.iter().map(shift).collect::<Vec<_>>(),
            "moved": self.moved.iter().map(moved).collect::<Vec<_>>(),
        })
    }
}

impl Reversed {
    /// The result as `stress --reverse --json` prints it; `stresses` are the names of the patches
    /// that were put on first.
    #[must_use]
    pub fn to_json(&self, scenario: &Scenario, stresses: &[Text], language: Language) -> Value {
        let cell = |of: &CellShift| {
            let shift = of.shift.as_ref().map(Joint::to_json);
            json!({ "cell": of.cell, "shift": shift })
        };
        json!({
            "contract": scenario.contract.id,
            "scenario": scenario.title.within(language),
            "currency": scenario.contract.currency,
            "engine": crate::VERSION,
            "paths": self.paths,
            "seed": self.seed,
            "stresses": stresses.iter().map(|name| name.within(language)).collect::<Vec<_>>(),
            "figure": self.limit.measure.name,
            "title": self.limit.measure.title.within(language),
            "below": self.limit.below,
            "mean": self.mean,
            "below_already": self.already,
            "farthest": self.farthest,
            "cells": self.cells.iter().map(cell).collect::<Vec<_>>(),
            "joint": self.joint.as_ref().map(Joint::to_json),
            "impossible": self.impossible.as_ref().map(|why| why.message.within(language)),
        })
    }
}
