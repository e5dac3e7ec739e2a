//! One progress for several runs.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::simulate::Watch;

/// Runs one after the other, each of so many paths.
pub(super) struct Stages<'w> {
    watch: &'w dyn Watch,
    paths: u64,
    runs: u64,
    begun: AtomicU64,
}

/// One of them.
pub(super) struct Stage<'s> {
    stages: &'s Stages<'s>,
    /// How many were before it; nothing is told of its progress when absent.
    before: Option<u64>,
}

impl<'w> Stages<'w> {
    pub(super) fn new(watch: &'w dyn Watch, paths: u64, runs: u64) -> Stages<'w> {
        Stages { watch, paths, runs, begun: AtomicU64::new(0) }
    }

    /// The next run.
    pub(super) fn next(&self) -> Stage<'_> {
        Stage { stages: self, before: Some(self.begun.fetch_add(1, Ordering::Relaxed)) }
    }

    /// A run that was not counted on.
    pub(super) fn silent(&self) -> Stage<'_> {
        Stage { stages: self, before: None }
    }
}

impl Watch for Stage<'_> {
    fn progress(&self, done: u64, _: u64) {
        let Stages { watch, paths, runs, .. } = self.stages;
        if let Some(before) = self.before {
            watch.progress(before * paths + done, paths * runs);
        }
    }

    fn should_stop(&self) -> bool {
        self.stages.watch.should_stop()
    }
}
