//! What knowing some quantities is worth: the best rule for deciding by them.

use rayon::prelude::*;

use super::least_squares::Products;
use super::regression::{CLOSE_MOST, Regression};
use super::{Decision, Estimate, Quantity};

/// Into how many parts the paths are divided: a rule is found on all but one and valued there.
const FOLDS: usize = 5;
/// How many columns of other quantities are taken out of the noise, at most.
const APART_MOST: usize = 24;

/// What knowing some quantities before deciding is worth.
#[derive(Debug, Clone, PartialEq)]
pub struct Worth {
    /// The value; 0 where no rule that was found does better than knowing nothing.
    pub value: Estimate,
    /// How often it changes what is done.
    pub changes: Estimate,
    /// What the rule gains on each path; their mean is the value, but for its limits.
    pub(super) gains: Vec<f64>,
}

impl Worth {
    fn nothing(decision: &Decision) -> Worth {
        let none = Estimate { value: 0.0, se: 0.0 };
        Worth { value: none, changes: none, gains: vec![0.0; decision.paths()] }
    }
}

/// The expected value of partial perfect information (EVPPI) on some quantities, or of sample
/// information (EVSI) where they are what a sample shows.
///
/// `max over rules δ of E[net benefit of δ(quantities)] − max over options of E`
///
/// A rule is a regression of every option's gain on the quantities (Strong, Oakley and Brennan 2014,
/// *Med Decis Making* 34:311; for a sample 2015, 35:570): smooth curves and products, the option with
/// the greatest fitted gain. It is found on four fifths of the paths and valued on the other, on what
/// the option really leaves there, so that a regression which fits noise gains nothing by it. A rule
/// that looks at fewer quantities is a rule, too: the best over all subsets is taken, and never
/// more than [`Decision::perfect`]. So by construction
///
/// - 0 ≤ value ≤ EVPI, and
/// - the value never falls when a quantity is added (of more than six columns: at the end).
///
/// What quantities independent of those known add to a gain is taken out of its noise: it has the
/// same mean whatever the rule does.
///
/// The standard error is that of the mean over paths, given the rules.
#[must_use]
pub fn worth(decision: &Decision, all: &[Quantity], known: &[usize]) -> Worth {
    let mut members: Vec<usize> = Vec::new();
    for at in known {
        if !members.contains(at) && all[*at].is_uncertain() {
            members.push(*at);
        }
    }
    let mut best: Option<Worth> = None;
    // A rule of many quantities is found on all of them, on all but the last, and so on down to
    // those of which every subset is tried.
    while !members.is_empty() {
        let columns: usize = members.iter().map(|at| all[*at].columns.len()).sum();
        let close = columns <= CLOSE_MOST;
        // The whole first: its error is told where no rule does better than nothing.
        let whole = (1_u32 << members.len().min(CLOSE_MOST)) - 1;
        let subset = |set: u32| -> Vec<usize> {
            let inside = members.iter().enumerate().filter(|(at, _)| set >> at & 1 == 1);
            inside.map(|(_, member)| *member).collect()
        };
        let sets =
            if close { (1..=whole).rev().map(subset).collect() } else { vec![members.clone()] };
        let mut found = valued(decision, all, &sets);
        if !close {
            let last = members.split_off(members.len() - 1);
            found.extend(valued(decision, all, &[last]));
        }
        for worth in found {
            if best.as_ref().is_none_or(|best| worth.value.value > best.value.value) {
                best = Some(worth);
            }
        }
        if close {
            break;
        }
    }
    let mut best = best.unwrap_or_else(|| Worth::nothing(decision));
    if best.value.value <= 0.0 {
        best.changes = Estimate { value: 0.0, se: 0.0 };
        best.gains.fill(0.0);
    }
    best.value.value = best.value.value.clamp(0.0, decision.perfect().value);
    best
}

/// A set of quantities to be known, and where its regression looks.
struct Rule {
    /// The columns that the decision is made by, 1 among them.
    known: Vec<usize>,
    /// The columns that are taken out of the noise.
    apart: Vec<usize>,
}

/// What is taken out of the noise where a set of quantities is known: others that are independent of
/// all of them. It depends on the set alone, so that its value is the same within every larger one.
fn apart(all: &[Quantity], set: &[usize]) -> Vec<usize> {
    let mut columns = 0;
    let mut apart = Vec::new();
    for (at, other) in all.iter().enumerate().filter(|(at, _)| !set.contains(at)) {
        let independent = set.iter().all(|own| all[*own].is_independent_of(other));
        if independent && columns + other.columns.len() <= APART_MOST && other.is_uncertain() {
            columns += other.columns.len();
            apart.push(at);
        }
    }
    apart
}

/// What the rules of some sets of quantities are worth: of the first set, and of the best.
fn valued(decision: &Decision, all: &[Quantity], sets: &[Vec<usize>]) -> Vec<Worth> {
    let beside: Vec<Vec<usize>> = sets.iter().map(|set| apart(all, set)).collect();
    let together = |sets: &[Vec<usize>]| -> Vec<usize> {
        (0..all.len()).filter(|at| sets.iter().any(|set| set.contains(at))).collect()
    };
    let (known, apart) = (together(sets), together(&beside));
    let pick =
        |numbers: &[usize]| -> Vec<&Quantity> { numbers.iter().map(|at| &all[*at]).collect() };
    let regression = Regression::new(&pick(&known), &pick(&apart), decision.gains());
    let places = |of: &[usize], within: &[usize]| -> Vec<usize> {
        of.iter().filter_map(|at| within.iter().position(|known| known == at)).collect()
    };
    let rule = |(set, beside): (&Vec<usize>, &Vec<usize>)| Rule {
        known: regression.known(&places(set, &known)),
        apart: regression.apart(&places(beside, &apart)),
    };
    let rules: Vec<Rule> = sets.iter().zip(&beside).map(rule).collect();
    let paths = decision.paths();
    let folds: Vec<std::ops::Range<usize>> =
        (0..FOLDS).map(|fold| fold * paths / FOLDS..(fold + 1) * paths / FOLDS).collect();
    let parts: Vec<Products> =
        folds.par_iter().map(|fold| sums(&regression, fold.clone())).collect();
    let width = regression.regressed().end;
    let whole = parts.iter().fold(Products::new(width), Products::plus);
    let done = folds.par_iter().zip(&parts).map(|(fold, part)| {
        let train = whole.without(part);
        let fitted: Vec<Fitted<'_>> =
            rules.iter().map(|rule| Fitted::new(&regression, rule, &train, &whole)).collect();
        let mut gains = vec![(0.0, 0.0); rules.len()];
        each_row(&regression, fold.clone(), |row| {
            for (sum, fitted) in gains.iter_mut().zip(&fitted) {
                let gain = fitted.gain(row, regression.regressed().start).unwrap_or(0.0);
                *sum = (sum.0 + gain, sum.1 + gain * gain);
            }
        });
        gains
    });
    let done: Vec<Vec<(f64, f64)>> = done.collect();
    let sum = |at: usize| done.iter().map(|fold| fold[at].0).sum::<f64>();
    let better = |best: usize, at: usize| if sum(at) > sum(best) { at } else { best };
    let best = (0..rules.len()).fold(0, better);
    let chosen = if best == 0 { vec![0] } else { vec![0, best] };
    let told = chosen.into_iter().map(|at| {
        let taken = folds.par_iter().zip(&parts).map(|(fold, part)| {
            let train = whole.without(part);
            let fitted = Fitted::new(&regression, &rules[at], &train, &whole);
            let mut taken = Vec::with_capacity(fold.len());
            each_row(&regression, fold.clone(), |row| {
                taken.push(fitted.taken(row, regression.regressed().start));
            });
            taken
        });
        Worth::of(&taken.collect::<Vec<_>>().concat())
    });
    told.collect()
}

fn each_row(
    regression: &Regression<'_>,
    paths: std::ops::Range<usize>,
    mut look: impl FnMut(&[f64]),
) {
    let mut row = vec![0.0; regression.regressed().end];
    let mut scores = Vec::new();
    for path in paths {
        regression.row(path, &mut scores, &mut row);
        look(&row);
    }
}

fn sums(regression: &Regression<'_>, paths: std::ops::Range<usize>) -> Products {
    let mut products = Products::new(regression.regressed().end);
    let mut filled = Vec::new();
    each_row(regression, paths, |row| {
        filled.clear();
        filled.extend((0..row.len()).filter(|at| row[*at] != 0.0));
        products.add(row, &filled);
    });
    products
}

/// What a rule does on a path.
#[derive(Clone)]
struct Taken {
    /// The option it takes; `None` where it changes nothing.
    option: Option<usize>,
    /// What that gains, its noise taken out.
    gain: f64,
    /// For each option the noise on this path, less its mean over all paths.
    noise: Vec<f64>,
}

impl Worth {
    /// From what a rule does on every path.
    ///
    /// The mean that was added back to the noise is one of the same paths: where an option is taken
    /// on a part r of them, its noise on every path counts r times. The standard error is that of
    /// the mean of `gain + Σ r × noise`.
    fn of(taken: &[Taken]) -> Worth {
        let paths = taken.len();
        let options = taken.first().map_or(0, |taken| taken.noise.len());
        let part = |option: Option<usize>| {
            taken.iter().filter(|taken| taken.option == option).count() as f64 / paths as f64
        };
        let parts: Vec<f64> = (0..options).map(|option| part(Some(option))).collect();
        let felt = taken.iter().map(|taken| {
            let noise = taken.noise.iter().zip(&parts).map(|(noise, part)| noise * part);
            taken.gain + noise.sum::<f64>()
        });
        let felt: Vec<f64> = felt.collect();
        let gains: Vec<f64> = taken.iter().map(|taken| taken.gain).collect();
        let value = Estimate::mean(gains.iter().copied()).value;
        let se = Estimate::mean(felt.iter().copied()).se;
        let changes = Estimate::part(1.0 - part(None), paths);
        Worth { value: Estimate { value, se }, changes, gains }
    }
}

/// A rule with its coefficients.
struct Fitted<'r> {
    rule: &'r Rule,
    /// For each option, those of the columns that are known, the constant first.
    known: Vec<Vec<f64>>,
    /// For each option, those of what is taken out of the noise, and its mean over all paths.
    apart: Vec<(Vec<f64>, f64)>,
}

impl<'r> Fitted<'r> {
    fn new(
        regression: &Regression<'_>,
        rule: &'r Rule,
        train: &Products,
        whole: &Products,
    ) -> Fitted<'r> {
        let columns: Vec<usize> = rule.known.iter().chain(&rule.apart).copied().collect();
        let (mut known, mut apart) = (Vec::new(), Vec::new());
        for mut own in train.solve(&columns, regression.regressed()) {
            let noise = own.split_off(rule.known.len());
            let mean = |of: &Products| -> f64 {
                rule.apart.iter().zip(&noise).map(|(at, weight)| weight * of.mean(*at)).sum()
            };
            own[0] += mean(train);
            let mean = mean(whole);
            known.push(own);
            apart.push((noise, mean));
        }
        Fitted { rule, known, apart }
    }

    /// What the rule does on a path, and the noise there of every option.
    fn taken(&self, row: &[f64], regressed: usize) -> Taken {
        let noise = |(weights, mean): &(Vec<f64>, f64)| -> f64 {
            let noise = self.rule.apart.iter().zip(weights).map(|(at, weight)| row[*at] * weight);
            noise.sum::<f64>() - mean
        };
        Taken {
            option: self.option(row),
            gain: self.gain(row, regressed).unwrap_or_default(),
            noise: self.apart.iter().map(noise).collect(),
        }
    }

    /// The option that the rule takes on a path; `None` where it changes nothing.
    fn option(&self, row: &[f64]) -> Option<usize> {
        let (mut most, mut chosen) = (0.0, None);
        for (option, known) in self.known.iter().enumerate() {
            let fitted: f64 =
                self.rule.known.iter().zip(known).map(|(at, weight)| row[*at] * weight).sum();
            if fitted > most {
                (most, chosen) = (fitted, Some(option));
            }
        }
        chosen
    }

    /// What the rule gains on a path; `None` where it changes nothing.
    fn gain(&self, row: &[f64], regressed: usize) -> Option<f64> {
        let sum = |columns: &[usize], weights: &[f64]| -> f64 {
            columns.iter().zip(weights).map(|(at, weight)| row[*at] * weight).sum()
        };
        let option = self.option(row)?;
        let (noise, mean) = &self.apart[option];
        Some(row[regressed + option] - (sum(&self.rule.apart, noise) - mean))
    }
}
