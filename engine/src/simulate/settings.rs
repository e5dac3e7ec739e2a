//! What a run is told, and who looks on.

use super::Target;

/// What a run may change of its scenario.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Number of paths, instead of the scenario's; the most there may be when `until` is given.
    pub paths: Option<u64>,
    /// Seed, instead of the scenario's.
    pub seed: Option<u64>,
    /// Threads; all cores when absent.
    pub threads: Option<usize>,
    /// Whether every second path mirrors the one before: u becomes 1 − u in every uniform number.
    pub antithetic: bool,
    /// Stop as soon as a figure is this precise.
    pub until: Option<Target>,
}

/// Who looks on while a run goes on; called from several threads.
pub trait Watch: Sync {
    /// `done` of `all` paths are finished.
    fn progress(&self, done: u64, all: u64);
    /// Whether to stop.
    fn should_stop(&self) -> bool;
}

/// Nobody looks on: the run goes to its end.
#[derive(Debug, Clone, Copy)]
pub struct Unwatched;

impl Watch for Unwatched {
    fn progress(&self, _: u64, _: u64) {}

    fn should_stop(&self) -> bool {
        false
    }
}
