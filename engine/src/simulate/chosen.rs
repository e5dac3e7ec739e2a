//! The distributions of chosen results, for analyses that ask for others than a projection tells.

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::pass::Wanted;
use super::run::{Run, on_threads};
use super::summary::Summary;
use super::{Distribution, Settings, Watch};
use crate::expr::NodeId;
use crate::problem::Problem;
use crate::scenario::Scenario;

/// The distributions of chosen results.
#[derive(Debug, Clone)]
pub struct Chosen {
    /// The seed of the run.
    pub seed: u64,
    /// How many paths.
    pub paths: u64,
    found: FxHashMap<Wanted, (u64, Option<Distribution>)>,
}

impl Chosen {
    /// The distribution of a result that was asked for; of one of which only the mean was, the
    /// percentiles are no numbers. `None` where it is available on no path, or was not asked for.
    #[must_use]
    pub fn of(&self, wanted: Wanted) -> Option<Distribution> {
        self.found.get(&wanted).and_then(|(_, found)| *found)
    }

    /// On how many paths a result is available.
    #[must_use]
    pub fn count(&self, wanted: Wanted) -> u64 {
        self.found.get(&wanted).map_or(0, |(count, _)| *count)
    }
}

/// Simulates a scenario and tells the distributions of the `wanted` results, and mean, standard
/// deviation and extremes of the `means`, which must be there on every path.
///
/// `settings.until` is not looked at: there are as many paths as are asked for.
///
/// # Errors
/// As [`simulate`](super::simulate()).
pub fn chosen(
    scenario: &Scenario,
    settings: &Settings,
    watch: &dyn Watch,
    wanted: &[Wanted],
    means: &[NodeId],
) -> Result<Chosen, Vec<Problem>> {
    let mut each: Vec<Wanted> = Vec::new();
    let mut seen = rustc_hash::FxHashSet::default();
    each.extend(wanted.iter().copied().filter(|one| seen.insert(*one)));
    let mut told: Vec<NodeId> = Vec::new();
    told.extend(means.iter().copied().filter(|node| seen.insert(Wanted::everywhere(*node))));
    on_threads(settings.threads, || {
        let run = Run::of_chosen(scenario, settings, each, &told)?;
        let totals = run.totals(0..run.blocks(), watch)?;
        let summaries: Vec<Summary> = totals.0.into_iter().flatten().collect();
        let wanted = run.passes.iter().flat_map(|pass| pass.wanted.iter().copied());
        let found: Vec<(u64, Option<Distribution>)> = summaries
            .into_par_iter()
            .map(|summary| (summary.count(), summary.distribution()))
            .collect();
        Ok(Chosen { seed: run.seed, paths: run.paths, found: wanted.zip(found).collect() })
    })
    .map_err(|problem| vec![problem])
}
