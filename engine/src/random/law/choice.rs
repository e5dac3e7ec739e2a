//! One of several entries, by their weights.

use super::super::normal;
use super::super::stream::Stream;
use super::{ENTRIES_MAX, gather};

pub(super) const REQUIREMENT: &str = "at least 0, and not every weight 0";

/// The first weight that is below 0, or the first of weights that are all 0.
pub(super) fn impossible(weights: &[f64]) -> Option<usize> {
    let wrong = weights.iter().position(|weight| !(weight.is_finite() && *weight >= 0.0));
    let total: f64 = weights.iter().sum();
    wrong.or_else(|| (!(total > 0.0 && total.is_finite())).then_some(0))
}

/// Writes the number of the entry of each path: the first whose weight, with those before it,
/// exceeds `u` times all weights. An entry without weight exceeds nothing that the one before did
/// not exceed.
pub(super) fn fill(stream: &Stream, first_path: u64, parameters: &[&[f64]], out: &mut [f64]) {
    stream.fill_uniform(first_path, out);
    let mut weights = [0.0; ENTRIES_MAX];
    let weights = &mut weights[..parameters.len()];
    for (offset, slot) in out.iter_mut().enumerate() {
        gather(parameters, offset, weights);
        *slot = chosen(*slot, weights.iter().enumerate());
    }
}

/// As [`fill`], from the tail in which the deviate lies.
pub(super) fn fill_from_normal(z: &[f64], parameters: &[&[f64]], out: &mut [f64]) {
    let mut weights = [0.0; ENTRIES_MAX];
    let weights = &mut weights[..parameters.len()];
    for (offset, (slot, z)) in out.iter_mut().zip(z).enumerate() {
        gather(parameters, offset, weights);
        *slot = if *z <= 0.0 {
            chosen(normal::cumulative(*z), weights.iter().enumerate())
        } else {
            chosen(normal::cumulative(-*z), weights.iter().enumerate().rev())
        };
    }
}

fn chosen<'w>(u: f64, entries: impl Iterator<Item = (usize, &'w f64)> + Clone) -> f64 {
    let total: f64 = entries.clone().map(|(_, weight)| weight).sum();
    let (target, mut reached, mut last) = (u * total, 0.0, 0);
    for (entry, weight) in entries {
        reached += weight;
        if *weight > 0.0 {
            last = entry;
            if target < reached {
                break;
            }
        }
    }
    last as f64
}
