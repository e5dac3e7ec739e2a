//! Trying sets of values, first all over their ranges, then near the best.

use rayon::prelude::*;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use rustc_hash::FxHashSet;

use super::frontier::frontier;
use super::price::Pricer;
use super::{Candidate, Design, Found, Held, Varied};
use crate::analyse::known::Known;
use crate::problem::{Problem, Source, say};
use crate::random::Stream;
use crate::scenario::Frozen;
use crate::simulate::{Settings, Wanted, Watch, columns, on_threads};

/// The part of the candidates that are spread evenly over all ranges.
const SPREAD: f64 = 0.5;
/// In how many rounds the others are drawn near the best so far.
const ROUNDS: u64 = 8;
/// How wide the first round reaches, as a part of each range; each later round reaches less far.
const REACH: f64 = 0.25;
/// How much of its reach a round has of the round before.
const NARROWER: f64 = 0.7;
/// Near how few sets of values others are tried at least.
const PARENTS_LEAST: usize = 10;
/// How often a set of values that was tried before is drawn anew.
const DRAWN_MOST: usize = 20;
/// The fewest paths: each of the parts from which standard errors are estimated has five.
const PATHS_LEAST: u64 = 100;
/// The most answers that are priced again on other paths.
const CONFIRMED_MOST: usize = 60;
/// What is added to the seed for those other paths.
const OTHER_PATHS: u64 = 1;

/// Searches a design's parameters.
///
/// Half of the candidates are spread evenly (a Halton sequence); the others are drawn near the best
/// so far, in rounds of narrowing reach. Where all sets of values are no more than the candidates,
/// each is tried. The answers no other answer beats are priced again on other paths, as the best of
/// many on the same paths look better than they are.
///
/// # Errors
/// A scenario that cannot be simulated; a run that was stopped; no set of values with which the
/// script is a contract.
pub fn search(
    design: &Design,
    settings: &Settings,
    watch: &dyn Watch,
) -> Result<Found, Vec<Problem>> {
    let frozen = Frozen::of(&design.scenario);
    let seed = settings.seed.unwrap_or(design.scenario.seed);
    let paths = settings.paths.unwrap_or(design.paths);
    if paths < PATHS_LEAST {
        let problem = Problem::error(
            "too-few-paths",
            say!("{paths} paths are too few to search on", "パス数 {paths} では探索できません"),
        );
        let least = say!("at least {PATHS_LEAST}", "{PATHS_LEAST} 以上");
        let file = Source::new(design.file.as_str(), "");
        return Err(vec![problem.expected(least).at(file.whole())]);
    }
    let wanted: Vec<Wanted> = frozen.columns().iter().copied().map(Wanted::everywhere).collect();
    let draw = |seed: u64| -> Result<Known, Vec<Problem>> {
        let settings = Settings {
            paths: Some(paths),
            seed: Some(seed),
            threads: settings.threads,
            ..Settings::default()
        };
        let columns = columns(&design.scenario, &settings, &Silent(watch), &wanted, None)?;
        Ok(Known { columns, paths: paths as usize })
    };
    let known = draw(seed)?;
    let pricer = Pricer::new(design, &frozen);
    let mut tried = Tried {
        design,
        pricer: &pricer,
        known: &known,
        watch,
        all: Vec::new(),
        impossible: Vec::new(),
        seen: FxHashSet::default(),
    };
    let told = on_threads(settings.threads, || {
        tried.search(seed)?;
        Ok(())
    });
    told.map_err(|problem| vec![problem])?;
    let Tried { all, impossible, .. } = tried;
    if all.is_empty() {
        return Err(impossible.into_iter().take(1).map(|(_, problem)| problem).collect());
    }
    let answers: Vec<&Candidate> = all.iter().filter(|candidate| candidate.is_answer()).collect();
    let answered = answers.len();
    // Where nothing meets every want, the nearest are told.
    let best: Vec<Candidate> = if answers.is_empty() {
        let mut nearest: Vec<&Candidate> = all.iter().collect();
        nearest.sort_by(|a, b| a.missed().total_cmp(&b.missed()));
        nearest.into_iter().take(5).cloned().collect()
    } else {
        thinned(frontier(&answers, &design.aims).into_iter().cloned().collect())
    };
    let other = draw(seed.wrapping_add(OTHER_PATHS))?;
    let again = |candidate: &Candidate| pricer.price(&candidate.values, &other);
    let confirmed = on_threads(settings.threads, || best.par_iter().map(again).collect());
    let mut confirmed: Vec<Candidate> = confirmed.map_err(|problem| vec![problem])?;
    // The best of many on the same paths look better than they are: what other paths do not
    // clearly refute is no answer; what is in doubt is told with its margin.
    let found = confirmed.len();
    let missed = |held: &Held| held.margin.value < -2.0 * held.margin.se;
    if answered > 0 {
        confirmed.retain(|candidate| !candidate.wants.iter().any(missed));
    }
    let unconfirmed = found - confirmed.len();
    let values: Vec<Decimal> = design.varied.iter().map(|varied| varied.value).collect();
    let base = pricer.price(&values, &other).map_err(|problem| vec![problem])?;
    Ok(Found { seed, paths, base, answered, unconfirmed, frontier: confirmed, all, impossible })
}

/// A watch that hears of no progress: the paths are drawn before candidates are counted.
struct Silent<'w>(&'w dyn Watch);

impl Watch for Silent<'_> {
    fn progress(&self, _: u64, _: u64) {}
    fn should_stop(&self) -> bool {
        self.0.should_stop()
    }
}

/// As many as are told, evenly along the first aim.
fn thinned(mut all: Vec<Candidate>) -> Vec<Candidate> {
    all.sort_by(|a, b| a.aims[0].value.total_cmp(&b.aims[0].value));
    if all.len() <= CONFIRMED_MOST {
        return all;
    }
    let last = all.len() - 1;
    let keep: FxHashSet<usize> =
        (0..CONFIRMED_MOST).map(|place| place * last / (CONFIRMED_MOST - 1)).collect();
    let all = all.into_iter().enumerate();
    all.filter(|(at, _)| keep.contains(at)).map(|(_, candidate)| candidate).collect()
}

struct Tried<'t> {
    design: &'t Design,
    pricer: &'t Pricer<'t>,
    known: &'t Known,
    watch: &'t dyn Watch,
    all: Vec<Candidate>,
    impossible: Vec<(Vec<Decimal>, Problem)>,
    seen: FxHashSet<Vec<Decimal>>,
}

impl Tried<'_> {
    fn search(&mut self, seed: u64) -> Result<(), Problem> {
        let varied = &self.design.varied;
        let most = self.design.candidates;
        let stated: Vec<Decimal> = varied.iter().map(|varied| varied.value).collect();
        self.price(vec![stated])?;
        let sizes: Vec<u64> = varied.iter().map(Varied::count).collect();
        let every = sizes.iter().try_fold(1_u64, |all, size| all.checked_mul(*size));
        if let Some(every) = every.filter(|every| *every <= most) {
            return self.price((0..every).map(|number| at_grid(varied, &sizes, number)).collect());
        }
        let spread = (most as f64 * SPREAD) as u64;
        let even = (1..=spread).map(|number| {
            let parts = (0..varied.len()).map(|place| halton(number, prime(place)));
            at_parts(varied, parts)
        });
        self.price(even.collect())?;
        let mut reach = REACH;
        for round in 0..ROUNDS {
            let parents: Vec<Vec<Decimal>> = self.parents();
            if parents.is_empty() {
                return Ok(());
            }
            // What the spread and earlier rounds met twice is made up for.
            let left = most.saturating_sub(self.seen.len() as u64);
            let count = left.div_ceil(ROUNDS - round) as usize;
            let near = self.near(seed, round, &parents, (count, reach));
            self.price(near)?;
            reach *= NARROWER;
        }
        Ok(())
    }

    /// So many sets of values near the parents that were not tried yet; fewer where there are none
    /// left within reach.
    fn near(
        &self,
        seed: u64,
        round: u64,
        parents: &[Vec<Decimal>],
        (count, reach): (usize, f64),
    ) -> Vec<Vec<Decimal>> {
        let varied = &self.design.varied;
        let stream = Stream::new(seed, "design", round as u32, 0);
        let mut uniform = vec![0.0; varied.len()];
        let mut near: Vec<Vec<Decimal>> = Vec::with_capacity(count);
        let mut known = FxHashSet::default();
        for child in 0..count * DRAWN_MOST {
            if near.len() == count {
                break;
            }
            stream.fill_uniform((child * varied.len()) as u64, &mut uniform);
            let parent = &parents[child % parents.len()];
            // The more were tried nearby, the further away.
            let reach = reach * (1 + child / count) as f64;
            let parts = varied.iter().enumerate().map(|(place, varied)| {
                let shift = 2.0 * uniform[place] - 1.0;
                (varied.part_of(parent[place]) + shift * reach).clamp(0.0, 1.0)
            });
            let values = at_parts(varied, parts);
            if !self.seen.contains(&values) && known.insert(values.clone()) {
                near.push(values);
            }
        }
        near
    }

    /// The sets of values near which others are tried: the frontier; where it is short, the others
    /// that come nearest to what is wanted too.
    fn parents(&self) -> Vec<Vec<Decimal>> {
        let answers: Vec<&Candidate> =
            self.all.iter().filter(|candidate| candidate.is_answer()).collect();
        let mut parents: Vec<&Vec<Decimal>> =
            frontier(&answers, &self.design.aims).into_iter().map(|of| &of.values).collect();
        if parents.len() < PARENTS_LEAST {
            let mut nearest: Vec<&Candidate> = self.all.iter().collect();
            nearest.sort_by(|a, b| a.missed().total_cmp(&b.missed()));
            let others = nearest.into_iter().map(|candidate| &candidate.values);
            let others: Vec<_> = others.filter(|values| !parents.contains(values)).collect();
            let missing = PARENTS_LEAST - parents.len();
            parents.extend(others.into_iter().take(missing));
        }
        parents.into_iter().cloned().collect()
    }

    /// Prices those that were not tried before.
    fn price(&mut self, sets: Vec<Vec<Decimal>>) -> Result<(), Problem> {
        let new: Vec<Vec<Decimal>> =
            sets.into_iter().filter(|values| self.seen.insert(values.clone())).collect();
        let done =
            std::sync::atomic::AtomicU64::new((self.all.len() + self.impossible.len()) as u64);
        let (pricer, known, watch) = (self.pricer, self.known, self.watch);
        let most = self.design.candidates;
        let priced: Vec<Option<Result<Candidate, Problem>>> = new
            .par_iter()
            .map(|values| {
                if watch.should_stop() {
                    return None;
                }
                let priced = pricer.price(values, known);
                let now = done.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
                watch.progress(now.min(most), most);
                Some(priced)
            })
            .collect();
        for (values, priced) in new.into_iter().zip(priced) {
            match priced {
                Some(Ok(candidate)) => self.all.push(candidate),
                Some(Err(problem)) => self.impossible.push((values, problem)),
                None => {
                    return Err(Problem::error(
                        "stopped",
                        say!("the search was stopped", "探索を中止しました"),
                    ));
                }
            }
        }
        Ok(())
    }
}

impl Varied {
    /// How many values there are to try.
    fn count(&self) -> u64 {
        let steps = ((self.high - self.low) / self.by).trunc().to_u64();
        steps.map_or(u64::MAX, |steps| steps.saturating_add(1))
    }

    /// The value so many steps above the least.
    fn step(&self, steps: u64) -> Decimal {
        (self.low + self.by * Decimal::from(steps)).min(self.high).normalize()
    }

    /// The value at a part of the range, on a step.
    fn at(&self, part: f64) -> Decimal {
        let last = self.count() - 1;
        let steps = (part * (last + 1) as f64).floor() as u64;
        self.step(steps.min(last))
    }

    /// Which part of the range lies below a value: the middle of its step.
    fn part_of(&self, value: Decimal) -> f64 {
        let steps = ((value - self.low) / self.by).round().to_f64().unwrap_or_default();
        (steps + 0.5) / self.count() as f64
    }
}

fn at_parts(varied: &[Varied], parts: impl Iterator<Item = f64>) -> Vec<Decimal> {
    varied.iter().zip(parts).map(|(varied, part)| varied.at(part)).collect()
}

fn at_grid(varied: &[Varied], sizes: &[u64], mut number: u64) -> Vec<Decimal> {
    let mut values = Vec::with_capacity(varied.len());
    for (varied, size) in varied.iter().zip(sizes) {
        values.push(varied.step(number % size));
        number /= size;
    }
    values
}

/// The digits of a number in a base, mirrored at the point (Halton 1960).
fn halton(mut number: u64, base: u64) -> f64 {
    let (mut part, mut place) = (0.0, 1.0);
    while number > 0 {
        place /= base as f64;
        part += place * (number % base) as f64;
        number /= base;
    }
    part
}

/// The prime number at a place, from 2 on.
fn prime(place: usize) -> u64 {
    let is_prime = |number: &u64| !(2..*number).any(|divisor| number.is_multiple_of(divisor));
    (2..).filter(is_prime).nth(place).unwrap_or(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn varied(low: i64, high: i64, by: i64) -> Varied {
        let [low, high, by] = [low, high, by].map(Decimal::from);
        Varied { name: "v".into(), low, high, by, value: low, money: false }
    }

    #[test]
    fn halton_numbers_in_bases_two_and_three() {
        let two = [1, 2, 3, 4].map(|number| halton(number, 2));
        assert_eq!(two, [0.5, 0.25, 0.75, 0.125]);
        let three = [1, 2, 3].map(|number| halton(number, 3));
        for (found, exact) in three.iter().zip([1.0 / 3.0, 2.0 / 3.0, 1.0 / 9.0]) {
            assert!((found - exact).abs() < 1e-15);
        }
        assert_eq!([0, 1, 2, 3, 4].map(prime), [2, 3, 5, 7, 11]);
    }

    #[test]
    fn values_lie_on_steps_within_the_range() {
        let of = varied(10, 25, 4);
        assert_eq!(of.count(), 4);
        let at = [0.0, 0.24, 0.26, 0.99, 1.0].map(|part| of.at(part));
        assert_eq!(at, [10, 10, 14, 22, 22].map(Decimal::from));
        for steps in 0..4 {
            assert_eq!(of.at(of.part_of(of.step(steps))), of.step(steps));
        }
    }

    #[test]
    fn a_grid_has_every_set_of_values_once() {
        let all = [varied(0, 2, 1), varied(0, 1, 1)];
        let sizes = [3, 2];
        let sets: FxHashSet<Vec<Decimal>> =
            (0..6).map(|number| at_grid(&all, &sizes, number)).collect();
        assert_eq!(sets.len(), 6);
    }
}
