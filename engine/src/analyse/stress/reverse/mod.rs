//! Reverse stress: the mildest change of the uncertain cells with which a figure's mean reaches a
//! limit.
//!
//! In: a scenario, a figure and its limit. Out: for each cell by itself and for all together the
//! shift of least length, in standard deviations, with its standard error.

mod limit;
mod regression;
mod reversed;
mod search;
mod space;

pub use limit::{Limit, LimitWritten};
pub use reversed::{CellMoved, CellShift, Joint, Moved, Reversed};

use search::{FARTHEST, Found, Search, length_of};
use space::{Input, Space};

use crate::problem::Problem;
use crate::scenario::Scenario;
use crate::simulate::{Mean, Settings, Watch};

/// Paths unless the command says how many, at most: every shift is a run of its own.
const PATHS_MOST: u64 = 20_000;
/// From how many cells, the nearest by themselves, the search of all together begins, beside the
/// direction of steepest descent.
const STARTS: usize = 2;

/// The mildest change with which the mean of a figure reaches a limit.
///
/// Every draw of a cell of `[assume]` and `[assume.each]` is the value `F⁻¹(Φ(Z))` of its law at a
/// standard normal deviate Z. A shift by z makes it `F⁻¹(Φ(Z + z))`. With `m(z)` the mean of the
/// figure under shifts z of all draws, this finds the z of least length with `m(z) = limit`: for the
/// draws of each cell by themselves, and for all of them. Correlated draws are made from independent
/// deviates, in which length is measured; one cell by itself takes those it is correlated with along
/// as far as they are expected to go.
///
/// The mean is over the same random numbers at every shift. The standard error of the length is that
/// of the mean divided by its slope. The nearest point is searched from several directions; a
/// nearer one that none of them leads to is not excluded.
///
/// # Errors
/// As [`simulate`](crate::simulate::simulate()).
pub fn reverse(
    scenario: &Scenario,
    limit: &Limit,
    settings: &Settings,
    watch: &dyn Watch,
) -> Result<Reversed, Vec<Problem>> {
    let paths = settings.paths.unwrap_or(scenario.paths.min(PATHS_MOST));
    let settings = Settings { paths: Some(paths), until: None, ..settings.clone() };
    let space = Space::of(scenario, limit.measure.wanted.node);
    let inputs = space.inputs.clone();
    let mut search = Search::new(space, settings.clone(), limit.below, watch)?;
    let base = search.base()?;
    let mut cells: Vec<(String, Vec<&Input>)> = Vec::new();
    for input in &inputs {
        match cells.iter_mut().find(|(cell, _)| *cell == input.cell) {
            Some((_, own)) => own.push(input),
            None => cells.push((input.cell.clone(), vec![input])),
        }
    }
    let all = cells.len() as u64 + 1;
    let mut each: Vec<(String, Option<Found>)> = Vec::new();
    for (done, (cell, own)) in (0..).zip(&cells) {
        let directions: Vec<Vec<f64>> = own.iter().map(|input| input.direction.clone()).collect();
        let found = match &directions[..] {
            [direction] => search.line(direction, &base)?,
            directions => search.nearest(directions, &[], &base)?,
        };
        watch.progress(done + 1, all);
        each.push((cell.clone(), found));
    }
    let mut near: Vec<&Found> = each.iter().filter_map(|(_, found)| found.as_ref()).collect();
    near.sort_by(|a, b| a.length.total_cmp(&b.length));
    let starts: Vec<Vec<f64>> = (near.iter().filter(|found| found.length > 0.0).take(STARTS))
        .map(|found| search::scaled(&found.shift, length_of(&found.shift).recip()))
        .collect();
    let size = search.space.size();
    let axis = |at: usize| -> Vec<f64> {
        (0..size).map(|other| f64::from(u8::from(at == other))).collect()
    };
    let axes: Vec<Vec<f64>> = (0..size).map(axis).collect();
    let joint = search.nearest(&axes, &starts, &base)?;
    watch.progress(all, all);
    reversed::told(reversed::Raw {
        scenario,
        limit,
        search: &mut search,
        base: (Mean { mean: base.over + limit.below, se: base.se }, base.over < 0.0),
        inputs: &inputs,
        each,
        joint,
        settings: &settings,
        farthest: FARTHEST,
    })
}
