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

use search::{FARTHEST, Found, Search, Value, length_of, scaled};
use space::{Input, Space};

use crate::problem::Problem;
use crate::scenario::Scenario;
use crate::simulate::{Mean, Settings, Watch};

/// Paths unless the command says how many, at most: every shift is a run of its own.
const PATHS_MOST: u64 = 20_000;
/// Of this many paths on, the direction is searched on a part of them first.
const ROUGHLY_FROM: u64 = 4_000;
/// One part of so many.
const ROUGHLY: u64 = 4;
/// How near its limit the mean is brought, in its standard errors, and roughly.
const NEAR: [f64; 2] = [1e-6, 1e-3];
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
    let mut search = Search::new(space, settings.clone(), (limit.below, NEAR[0]), watch)?;
    let base = search.base()?;
    let mut roughly = Rough::of(scenario, limit, &settings, watch, &base)?;
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
            directions => nearest((&mut search, &mut roughly), directions, &[], &base)?,
        };
        watch.progress(done + 1, all);
        each.push((cell.clone(), found));
    }
    let mut near: Vec<&Found> = each.iter().filter_map(|(_, found)| found.as_ref()).collect();
    near.sort_by(|a, b| a.length.total_cmp(&b.length));
    let starts: Vec<Vec<f64>> = (near.iter().filter(|found| found.length > 0.0).take(STARTS))
        .map(|found| scaled(&found.shift, length_of(&found.shift).recip()))
        .collect();
    let size = search.space.size();
    let axis = |at: usize| -> Vec<f64> {
        (0..size).map(|other| f64::from(u8::from(at == other))).collect()
    };
    let axes: Vec<Vec<f64>> = (0..size).map(axis).collect();
    let joint = nearest((&mut search, &mut roughly), &axes, &starts, &base)?;
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

/// The search on a part of the paths.
struct Rough<'w> {
    search: Search<'w>,
    base: Value,
}

impl<'w> Rough<'w> {
    /// Nothing where the paths are few, or a part of them lies on the other side of the limit.
    fn of(
        scenario: &Scenario,
        limit: &Limit,
        settings: &Settings,
        watch: &'w dyn Watch,
        whole: &Value,
    ) -> Result<Option<Rough<'w>>, Vec<Problem>> {
        let paths = settings.paths.unwrap_or(scenario.paths);
        if paths < ROUGHLY_FROM {
            return Ok(None);
        }
        let settings = Settings { paths: Some(paths / ROUGHLY), ..settings.clone() };
        let space = Space::of(scenario, limit.measure.wanted.node);
        let mut search = Search::new(space, settings, (limit.below, NEAR[1]), watch)?;
        let base = search.base()?;
        Ok((base.over * whole.over > 0.0).then_some(Rough { search, base }))
    }
}

/// The least shift among those that some directions span. Which way it lies is searched on a part of
/// the paths, from several directions; how far, and the last turns, on all of them.
fn nearest(
    (search, roughly): (&mut Search<'_>, &mut Option<Rough<'_>>),
    directions: &[Vec<f64>],
    others: &[Vec<f64>],
    base: &Value,
) -> Result<Option<Found>, Vec<Problem>> {
    if let Some(Rough { search: rough, base: rough_base }) = roughly {
        let starts = rough.starts(directions, others, rough_base);
        let found = rough.nearest(directions, starts, rough_base)?;
        if let Some(found) = found.filter(|found| found.length > 0.0) {
            let direction = scaled(&found.shift, found.length.recip());
            if let Some(found) = search.nearest(directions, vec![direction], base)? {
                return Ok(Some(found));
            }
        }
    }
    let starts = search.starts(directions, others, base);
    search.nearest(directions, starts, base)
}
