//! Progress of work that takes over a second.

use std::sync::Once;
use std::time::{Duration, Instant};

use engine::problem::Language;
use engine::simulate::Watch;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How long work goes on in silence.
const PATIENCE: Duration = Duration::from_secs(1);

/// A bar on standard error, drawn only if that is a terminal and the work takes long.
pub(crate) struct Progress {
    bar: ProgressBar,
    started: Instant,
    shown: Once,
}

impl Progress {
    /// Starts the clock.
    pub(crate) fn start(language: Language) -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        let template = pick!(
            language,
            "simulating  [{{bar:40}}]  {{percent}}%, {{eta}} left",
            "試算中  [{{bar:40}}]  {{percent}}%、残り {{eta}}"
        );
        if let Ok(style) = ProgressStyle::with_template(&template) {
            bar.set_style(style.progress_chars("=> "));
        }
        Self { bar, started: Instant::now(), shown: Once::new() }
    }
}

impl Watch for Progress {
    fn progress(&self, done: u64, all: u64) {
        if self.started.elapsed() < PATIENCE {
            return;
        }
        self.shown.call_once(|| {
            self.bar.set_length(all);
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        });
        // Blocks finish in any order; the bar never goes back.
        self.bar.set_position(done.max(self.bar.position()));
    }

    fn should_stop(&self) -> bool {
        false
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
