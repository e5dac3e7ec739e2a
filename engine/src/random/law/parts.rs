//! The first part of what is divided at random: a count of a multinomial, a share of a Dirichlet
//! distribution. Given the first part, the others divide what is left in the same way, so a
//! binomial or beta distribution for each of them completes the list.

use super::super::{Family, Impossible};
use super::{ENTRIES_MAX, gather};

/// How far from 1 the sum of the probabilities may be.
const ROOM: f64 = 1e-9;
/// Paths that are worked on at a time.
const CHUNK: usize = 128;

pub(super) const WHOLE: &str = "a whole number from 0 to 2^53";
pub(super) const PROBABILITY: &str = "between 0 and 1, all together 1";
pub(super) const SHAPE: &str = "above 0";

/// A family, and its two parameters from those of the law.
pub(super) type Part = (Family, fn(&[f64]) -> [f64; 2]);

pub(super) fn impossible_multinomial(values: &[f64]) -> Option<usize> {
    let (n, probabilities) = values.split_first()?;
    if Family::Binomial.impossible(&[*n, 0.0]).is_some() {
        return Some(0);
    }
    let wrong = probabilities.iter().position(|p| !(0.0..=1.0 + ROOM).contains(p));
    let sum: f64 = probabilities.iter().sum();
    let last = probabilities.len();
    wrong.map(|index| index + 1).or_else(|| ((sum - 1.0).abs() > ROOM).then_some(last))
}

pub(super) fn impossible_dirichlet(shapes: &[f64]) -> Option<usize> {
    let wrong = shapes.iter().position(|shape| !(shape.is_finite() && *shape > 0.0));
    let sum: f64 = shapes.iter().sum();
    wrong.or_else(|| (!sum.is_finite()).then_some(0))
}

/// The first count is binomial.
pub(super) fn first_count(values: &[f64]) -> [f64; 2] {
    let probabilities = &values[1..];
    // From the last on, so that no probability exceeds the sum that it is a part of.
    let sum: f64 = probabilities.iter().rev().sum();
    [values[0], probabilities[0] / sum]
}

/// The first share has a beta distribution.
pub(super) fn first_share(shapes: &[f64]) -> [f64; 2] {
    [shapes[0], shapes[1..].iter().sum()]
}

/// Fills a block with the first part, whose family `draw` draws from, some paths at a time.
pub(super) fn fill(
    (_, translate): Part,
    parameters: &[&[f64]],
    out: &mut [f64],
    draw: impl Fn(usize, &[&[f64]], &mut [f64]) -> Result<(), Impossible>,
) -> Result<(), Impossible> {
    let mut values = [0.0; ENTRIES_MAX + 1];
    let values = &mut values[..parameters.len()];
    let (mut first, mut second) = ([0.0; CHUNK], [0.0; CHUNK]);
    for (chunk, out) in out.chunks_mut(CHUNK).enumerate() {
        let start = chunk * CHUNK;
        for offset in 0..out.len() {
            gather(parameters, start + offset, values);
            [first[offset], second[offset]] = translate(values);
        }
        draw(start, &[&first[..out.len()], &second[..out.len()]], out)?;
    }
    Ok(())
}
