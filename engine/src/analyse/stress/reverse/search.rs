//! The least shift at which the mean of a figure reaches a limit.

use super::regression::{Regression, Slopes, error_of, mean};
use super::space::Space;
use crate::problem::{Problem, say};
use crate::simulate::{Settings, Wanted, Watch, columns};

/// How far a shift may go, in standard deviations.
pub(super) const FARTHEST: f64 = 4.0;
/// Where each direction is looked at first.
const STEPS: [f64; 4] = [1.0, 2.0, 3.0, FARTHEST];
/// How often a bracket is narrowed at most.
const NARROWED_MOST: usize = 40;
/// How often a direction is turned at most.
const TURNED_MOST: usize = 12;
/// A bracket narrower than this is a point.
const NARROW: f64 = 1e-7;
/// Directions whose lengths differ by less, as a part, are equally long.
const ALIKE: f64 = 1e-4;
/// Half the distance over which the slope of the mean is taken, in standard deviations.
const SLOPE_OVER: f64 = 0.1;

/// The mean of the figure, less the limit, at a shift.
#[derive(Debug, Clone)]
pub(super) struct Value {
    pub(super) over: f64,
    pub(super) se: f64,
    values: Vec<f64>,
}

/// A shift with which the mean is at its limit.
#[derive(Debug, Clone)]
pub(super) struct Found {
    /// Of the independent deviates.
    pub(super) shift: Vec<f64>,
    pub(super) length: f64,
    /// The standard error of the length: that of the mean there, divided by its slope (the delta
    /// method). Nothing where the mean has no slope.
    pub(super) se: Option<f64>,
    /// How the figure moves with each deviate there.
    pub(super) slopes: Option<Slopes>,
}

pub(super) struct Search<'w> {
    pub(super) space: Space,
    settings: Settings,
    watch: &'w dyn Watch,
    limit: f64,
    /// How near its limit the mean is brought, in its standard errors.
    near: f64,
    regression: Option<Regression>,
    /// The first reason for which a shift makes the scenario impossible.
    pub(super) impossible: Option<Problem>,
}

/// Hears of no progress: what is counted are cells.
struct Silent<'w>(&'w dyn Watch);

impl Watch for Silent<'_> {
    fn progress(&self, _: u64, _: u64) {}
    fn should_stop(&self) -> bool {
        self.0.should_stop()
    }
}

impl<'w> Search<'w> {
    pub(super) fn new(
        mut space: Space,
        settings: Settings,
        (limit, near): (f64, f64),
        watch: &'w dyn Watch,
    ) -> Result<Search<'w>, Vec<Problem>> {
        let (scenario, nodes) = space.deviates();
        let wanted: Vec<Wanted> = nodes.into_iter().map(Wanted::everywhere).collect();
        let deviates = columns(scenario, &settings, &Silent(watch), &wanted, None)?;
        let regression = Regression::on(deviates);
        Ok(Search { space, settings, watch, limit, near, regression, impossible: None })
    }

    /// The means of columns of cells at some shifts, one list after another.
    pub(super) fn cells_at(
        &mut self,
        shifts: &[Vec<f64>],
    ) -> Result<Vec<(f64, f64)>, Vec<Problem>> {
        let (scenario, nodes) = self.space.columns_at(shifts);
        let wanted: Vec<Wanted> = nodes.into_iter().map(Wanted::everywhere).collect();
        let found = columns(scenario, &self.settings, &Silent(self.watch), &wanted, None)?;
        let told = found.iter().map(|values| {
            let mean = mean(values);
            (mean, error_of(values, mean))
        });
        Ok(told.collect())
    }

    /// The figure at some shifts; `None` where a shift makes the scenario impossible.
    ///
    /// # Errors
    /// A run that was stopped.
    pub(super) fn values(
        &mut self,
        shifts: &[Vec<f64>],
    ) -> Result<Vec<Option<Value>>, Vec<Problem>> {
        let (scenario, nodes) = self.space.at(shifts);
        let wanted: Vec<Wanted> = nodes.into_iter().map(Wanted::everywhere).collect();
        match columns(scenario, &self.settings, &Silent(self.watch), &wanted, None) {
            Ok(found) => Ok(found.into_iter().map(|values| Some(self.value(values))).collect()),
            Err(problems) if self.watch.should_stop() => Err(problems),
            Err(problems) if shifts.len() == 1 => {
                self.impossible = self.impossible.take().or_else(|| problems.into_iter().next());
                Ok(vec![None])
            }
            Err(_) => {
                let mut all = Vec::new();
                for shift in shifts {
                    all.extend(self.values(std::slice::from_ref(shift))?);
                }
                Ok(all)
            }
        }
    }

    fn value(&self, values: Vec<f64>) -> Value {
        let mean = mean(&values);
        Value { over: mean - self.limit, se: error_of(&values, mean), values }
    }

    fn one(&mut self, shift: Vec<f64>) -> Result<Option<Value>, Vec<Problem>> {
        Ok(self.values(&[shift])?.pop().flatten())
    }

    /// The figure as it is.
    ///
    /// # Errors
    /// A scenario that cannot be simulated.
    pub(super) fn base(&mut self) -> Result<Value, Vec<Problem>> {
        let unshifted = vec![0.0; self.space.size()];
        let value = self.one(unshifted)?;
        let none = || Problem::error("not-a-number", say!("no figure", "値がありません"));
        value.ok_or_else(|| vec![self.impossible.take().unwrap_or_else(none)])
    }

    /// The least shift along the line through a direction of length 1, both ways.
    pub(super) fn line(
        &mut self,
        direction: &[f64],
        base: &Value,
    ) -> Result<Option<Found>, Vec<Problem>> {
        let ahead = self.ray(direction, base)?;
        let back = scaled(direction, -1.0);
        let behind = self.ray(&back, base)?;
        let (direction, length) = match (ahead, behind) {
            (Some(a), Some(b)) if b < a => (back, b),
            (Some(a), _) => (direction.to_vec(), a),
            (None, Some(b)) => (back, b),
            (None, None) => return Ok(None),
        };
        self.told(&direction, length).map(Some)
    }

    /// Directions from which the least shift is searched: that of steepest descent, and others.
    pub(super) fn starts(
        &self,
        directions: &[Vec<f64>],
        others: &[Vec<f64>],
        base: &Value,
    ) -> Vec<Vec<f64>> {
        let steepest = self.steepest(directions, base, base);
        steepest.into_iter().chain(others.iter().cloned()).collect()
    }

    /// The least shift among those that directions at right angles, each of length 1, span.
    pub(super) fn nearest(
        &mut self,
        directions: &[Vec<f64>],
        starts: Vec<Vec<f64>>,
        base: &Value,
    ) -> Result<Option<Found>, Vec<Problem>> {
        let mut best: Option<(Vec<f64>, f64)> = None;
        for start in starts {
            let Some(found) = self.turned(directions, start, base)? else { continue };
            if best.as_ref().is_none_or(|(_, length)| found.1 < *length) {
                best = Some(found);
            }
        }
        best.map(|(direction, length)| self.told(&direction, length)).transpose()
    }

    /// From a direction to the one in which the limit is nearest: at the nearest point the shift
    /// points along the slope.
    fn turned(
        &mut self,
        directions: &[Vec<f64>],
        start: Vec<f64>,
        base: &Value,
    ) -> Result<Option<(Vec<f64>, f64)>, Vec<Problem>> {
        let Some(mut length) = self.ray(&start, base)? else { return Ok(None) };
        let mut direction = start;
        for _ in 0..TURNED_MOST {
            let Some(there) = self.one(scaled(&direction, length))? else { break };
            let Some(steepest) = self.steepest(directions, &there, base) else { break };
            // Half of the turn, and half of that, where the whole of it goes too far.
            let (mut turned, mut part) = (None, 1.0);
            while turned.is_none() && part > 0.1 {
                let try_out = mixed(&direction, &steepest, part);
                match self.ray_near(&try_out, length, base)? {
                    Some(other) if other < length * (1.0 - ALIKE) => {
                        turned = Some((try_out, other));
                    }
                    // As near as it is already: less of the turn brings no more.
                    Some(_) => break,
                    None => part /= 2.0,
                }
            }
            let Some(better) = turned else { break };
            (direction, length) = better;
        }
        Ok(Some((direction, length)))
    }

    /// The direction, of those spanned, in which the figure moves fastest towards its limit.
    fn steepest(&self, directions: &[Vec<f64>], at: &Value, base: &Value) -> Option<Vec<f64>> {
        let slopes = self.regression.as_ref()?.slopes(&at.values).slopes;
        let mut steepest = vec![0.0; slopes.len()];
        for direction in directions {
            let along: f64 = direction.iter().zip(&slopes).map(|(part, slope)| part * slope).sum();
            for (slot, part) in steepest.iter_mut().zip(direction) {
                *slot -= along * part * base.over.signum();
            }
        }
        let length = length_of(&steepest);
        (length > 0.0).then(|| scaled(&steepest, length.recip()))
    }

    /// How far along a direction the mean reaches its limit first.
    fn ray(&mut self, direction: &[f64], base: &Value) -> Result<Option<f64>, Vec<Problem>> {
        if base.over == 0.0 {
            return Ok(Some(0.0));
        }
        let shifts: Vec<Vec<f64>> = STEPS.iter().map(|step| scaled(direction, *step)).collect();
        let values = self.values(&shifts)?;
        let mut before = (0.0, base.over);
        for (step, value) in STEPS.into_iter().zip(values) {
            let Some(value) = value else { return Ok(None) };
            if value.over * base.over <= 0.0 {
                return self.narrowed(direction, before, (step, value.over)).map(Some);
            }
            before = (step, value.over);
        }
        Ok(None)
    }

    /// The same, where the limit is known to be near a length.
    fn ray_near(
        &mut self,
        direction: &[f64],
        length: f64,
        base: &Value,
    ) -> Result<Option<f64>, Vec<Problem>> {
        let ends = [0.7 * length, length];
        let shifts: Vec<Vec<f64>> = ends.iter().map(|end| scaled(direction, *end)).collect();
        let values = self.values(&shifts)?;
        let [Some(low), Some(high)] = &values[..] else { return Ok(None) };
        if low.over * base.over > 0.0 && high.over * base.over <= 0.0 {
            return self.narrowed(direction, (ends[0], low.over), (ends[1], high.over)).map(Some);
        }
        // Farther than the length it is to beat, or nearer than was thought.
        if low.over * base.over > 0.0 { Ok(None) } else { self.ray(direction, base) }
    }

    /// The point of a bracket at which the mean is at its limit: regula falsi, Illinois variant.
    fn narrowed(
        &mut self,
        direction: &[f64],
        mut a: (f64, f64),
        mut b: (f64, f64),
    ) -> Result<f64, Vec<Problem>> {
        for _ in 0..NARROWED_MOST {
            if b.1 == 0.0 || (b.0 - a.0).abs() < NARROW {
                break;
            }
            let at = b.0 - b.1 * (b.0 - a.0) / (b.1 - a.1);
            let Some(value) = self.one(scaled(direction, at))? else { break };
            if value.over * b.1 <= 0.0 {
                a = b;
            } else {
                a.1 /= 2.0;
            }
            b = (at, value.over);
            if value.over.abs() <= self.near * value.se {
                break;
            }
        }
        Ok(b.0)
    }

    fn told(&mut self, direction: &[f64], length: f64) -> Result<Found, Vec<Problem>> {
        let shift = scaled(direction, length);
        let around = [length - SLOPE_OVER, length, length + SLOPE_OVER];
        let shifts: Vec<Vec<f64>> = around.iter().map(|at| scaled(direction, *at)).collect();
        let values = self.values(&shifts)?;
        let [below, at, above] = &values[..] else {
            unreachable!("three shifts have three values")
        };
        let slope = match (below, at, above) {
            (Some(below), _, Some(above)) => (above.over - below.over) / (2.0 * SLOPE_OVER),
            (Some(below), Some(at), None) => (at.over - below.over) / SLOPE_OVER,
            _ => 0.0,
        };
        let se = at.as_ref().map(|at| at.se / slope.abs()).filter(|se| se.is_finite());
        let slopes = at.as_ref().zip(self.regression.as_ref());
        let slopes = slopes.map(|(at, regression)| regression.slopes(&at.values));
        Ok(Found { shift, length, se, slopes })
    }
}

pub(super) fn scaled(direction: &[f64], by: f64) -> Vec<f64> {
    direction.iter().map(|part| part * by).collect()
}

pub(super) fn length_of(shift: &[f64]) -> f64 {
    shift.iter().map(|part| part * part).sum::<f64>().sqrt()
}

/// Between two directions of length 1, of length 1.
fn mixed(a: &[f64], b: &[f64], part: f64) -> Vec<f64> {
    let mixed: Vec<f64> = a.iter().zip(b).map(|(a, b)| a + part * (b - a)).collect();
    let length = length_of(&mixed);
    if length > 0.0 { scaled(&mixed, length.recip()) } else { b.to_vec() }
}
