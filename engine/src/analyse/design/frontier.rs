//! Answers that no other answer beats.

use super::{Aim, Candidate};

/// The candidates of which none is beaten: no other is at least as good in every aim and better in
/// one (Pareto). Those equal in every aim are all kept; an aim that is no number loses to one that is.
pub(super) fn frontier<'c>(all: &[&'c Candidate], aims: &[Aim]) -> Vec<&'c Candidate> {
    let cost = |candidate: &Candidate, aim: usize| {
        let value = candidate.aims[aim].value;
        let cost = if aims[aim].minimise { value } else { -value };
        if cost.is_nan() { f64::INFINITY } else { cost }
    };
    let beats = |a: &Candidate, b: &Candidate| {
        let mut better = false;
        for aim in 0..aims.len() {
            let (a, b) = (cost(a, aim), cost(b, aim));
            if a > b {
                return false;
            }
            better |= a < b;
        }
        better
    };
    let unbeaten = |candidate: &&&Candidate| !all.iter().any(|other| beats(other, candidate));
    all.iter().filter(unbeaten).copied().collect()
}
