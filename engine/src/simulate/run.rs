//! Running a scenario in blocks on all threads.

use super::Projection;
use crate::problem::Problem;
use crate::scenario::Scenario;

/// What a run may change of its scenario.
#[derive(Debug, Clone, Copy, Default)]
pub struct Settings {
    /// Number of paths, instead of the scenario's.
    pub paths: Option<u64>,
    /// Seed, instead of the scenario's.
    pub seed: Option<u64>,
    /// Threads; all cores when absent.
    pub threads: Option<usize>,
}

/// Who looks on while a run goes on; called from several threads.
pub trait Watch: Sync {
    /// `done` of `all` paths are finished.
    fn progress(&self, done: u64, all: u64);
    /// Whether to stop.
    fn should_stop(&self) -> bool;
}

/// Simulates a scenario.
///
/// # Errors
/// An impossible parameter on some path, with its cell; a figure that is not a number; a run that
/// was stopped.
pub fn simulate(
    scenario: &Scenario,
    settings: &Settings,
    watch: &dyn Watch,
) -> Result<Projection, Vec<Problem>> {
    let _ = (scenario, settings, watch);
    Err(Vec::new())
}
