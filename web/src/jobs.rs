//! Long runs: a few at a time, a short queue behind them, each with its progress and a way to stop.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use engine::problem::Problem;
use engine::simulate::Watch;

/// Runs that may wait beside those that are computed.
const WAITING_MAX: usize = 16;
/// Finished runs that are kept to be looked at.
const KEPT_MAX: usize = 64;

/// How far a run is.
#[derive(Debug, Clone)]
pub(crate) enum Stage<T> {
    /// Others are before it: how many.
    Waiting(usize),
    /// It is computed: how many of how many paths are done.
    Running(u64, u64),
    /// It is done.
    Done(Arc<T>),
    /// It found problems, or was stopped.
    Failed(Arc<Vec<Problem>>),
}

/// What a run tells while it is computed, and listens to.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    done: AtomicU64,
    all: AtomicU64,
    stop: AtomicBool,
}

impl Progress {
    /// What is computed is wanted no longer.
    pub(crate) fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

impl Watch for Progress {
    fn progress(&self, done: u64, all: u64) {
        self.done.fetch_max(done, Ordering::Relaxed);
        self.all.store(all, Ordering::Relaxed);
    }

    fn should_stop(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

type Work<T> = Box<dyn FnOnce(&Progress) -> Result<T, Vec<Problem>> + Send>;

struct Run<T> {
    id: u64,
    /// Who may look at it.
    owner: String,
    progress: Arc<Progress>,
    work: Option<Work<T>>,
    result: Option<Result<Arc<T>, Arc<Vec<Problem>>>>,
}

struct Queue<T> {
    runs: VecDeque<Run<T>>,
    next: u64,
    closed: bool,
}

/// All runs.
pub(crate) struct Jobs<T> {
    queue: Mutex<Queue<T>>,
    changed: Condvar,
}

/// So many runs wait already that no more are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Full(pub(crate) usize);

impl<T: Send + Sync + 'static> Jobs<T> {
    /// Runs, of which `at_once` are computed at the same time, each on its own thread.
    pub(crate) fn start(at_once: usize) -> Arc<Jobs<T>> {
        let queue = Queue { runs: VecDeque::new(), next: 1, closed: false };
        let jobs = Arc::new(Jobs { queue: Mutex::new(queue), changed: Condvar::new() });
        for _ in 0..at_once {
            let jobs = Arc::clone(&jobs);
            std::thread::spawn(move || jobs.work());
        }
        jobs
    }

    fn queue(&self) -> MutexGuard<'_, Queue<T>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self) {
        loop {
            let mut queue = self.queue();
            let (id, progress, work) = loop {
                if queue.closed {
                    return;
                }
                let next = queue.runs.iter_mut().find(|run| run.work.is_some());
                if let Some(run) = next
                    && let Some(work) = run.work.take()
                {
                    break (run.id, Arc::clone(&run.progress), work);
                }
                queue = self.changed.wait(queue).unwrap_or_else(PoisonError::into_inner);
            };
            drop(queue);
            // A run that panics is a fault of the program; it must not take the thread with it.
            let work = std::panic::AssertUnwindSafe(|| work(&progress));
            let result = std::panic::catch_unwind(work).unwrap_or_else(|_| Err(Vec::new()));
            let mut queue = self.queue();
            if let Some(run) = queue.runs.iter_mut().find(|run| run.id == id) {
                run.result = Some(result.map(Arc::new).map_err(Arc::new));
            }
        }
    }

    /// Takes a run to be computed when its turn comes, and gives its number.
    pub(crate) fn add(
        &self,
        owner: &str,
        work: impl FnOnce(&Progress) -> Result<T, Vec<Problem>> + Send + 'static,
    ) -> Result<u64, Full> {
        let mut queue = self.queue();
        let waiting = queue.runs.iter().filter(|run| run.work.is_some()).count();
        if waiting >= WAITING_MAX {
            return Err(Full(waiting));
        }
        let finished = queue.runs.iter().filter(|run| run.result.is_some()).count();
        if finished >= KEPT_MAX
            && let Some(oldest) = queue.runs.iter().position(|run| run.result.is_some())
        {
            queue.runs.remove(oldest);
        }
        let id = queue.next;
        queue.next += 1;
        queue.runs.push_back(Run {
            id,
            owner: owner.to_owned(),
            progress: Arc::default(),
            work: Some(Box::new(work)),
            result: None,
        });
        self.changed.notify_one();
        Ok(id)
    }

    /// How far a run of an owner is; `None` where there is none.
    pub(crate) fn stage(&self, id: u64, owner: &str) -> Option<Stage<T>> {
        let queue = self.queue();
        let run = queue.runs.iter().find(|run| run.id == id && run.owner == owner)?;
        Some(match (&run.result, &run.work) {
            (Some(Ok(found)), _) => Stage::Done(Arc::clone(found)),
            (Some(Err(problems)), _) => Stage::Failed(Arc::clone(problems)),
            (None, Some(_)) => {
                let before = |other: &&Run<T>| other.work.is_some() && other.id < id;
                Stage::Waiting(queue.runs.iter().filter(before).count())
            }
            (None, None) => {
                let progress = &run.progress;
                let all = progress.all.load(Ordering::Relaxed);
                Stage::Running(progress.done.load(Ordering::Relaxed), all)
            }
        })
    }

    /// Stops a run of an owner: one that waits is left out, one that is computed stops soon.
    pub(crate) fn stop(&self, id: u64, owner: &str) -> bool {
        let mut queue = self.queue();
        let Some(run) = queue.runs.iter_mut().find(|run| run.id == id && run.owner == owner) else {
            return false;
        };
        run.progress.stop();
        if run.work.take().is_some() {
            run.result = Some(Err(Arc::default()));
        }
        true
    }

    /// Stops every run, and the threads that compute them.
    pub(crate) fn close(&self) {
        let mut queue = self.queue();
        queue.closed = true;
        for run in &queue.runs {
            run.progress.stop();
        }
        self.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    fn until<T: Send + Sync + Clone + 'static>(
        jobs: &Jobs<T>,
        id: u64,
        stage: impl Fn(&Stage<T>) -> bool,
    ) -> Stage<T> {
        let begun = Instant::now();
        loop {
            let found = jobs.stage(id, "a").unwrap();
            if stage(&found) {
                return found;
            }
            assert!(begun.elapsed() < Duration::from_secs(20), "the run did not get there");
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    fn wait_to_be_stopped(progress: &Progress) -> Result<u32, Vec<Problem>> {
        while !progress.should_stop() {
            std::thread::sleep(Duration::from_millis(1));
        }
        Err(Vec::new())
    }

    #[test]
    fn runs_are_computed_in_turn_and_tell_how_far_they_are() {
        let jobs: Arc<Jobs<u32>> = Jobs::start(1);
        let first = jobs
            .add("a", |progress| {
                progress.progress(3, 10);
                wait_to_be_stopped(progress)
            })
            .unwrap();
        let second = jobs.add("a", |_| Ok(7)).unwrap();
        until(&jobs, first, |stage| matches!(stage, Stage::Running(3, 10)));
        assert!(matches!(jobs.stage(second, "a"), Some(Stage::Waiting(0))));
        assert!(jobs.stage(first, "b").is_none(), "another's run is not told");
        assert!(!jobs.stop(first, "b"));
        assert!(jobs.stop(first, "a"));
        until(&jobs, first, |stage| matches!(stage, Stage::Failed(_)));
        let done = until(&jobs, second, |stage| matches!(stage, Stage::Done(_)));
        assert!(matches!(done, Stage::Done(found) if *found == 7));
        jobs.close();
    }

    #[test]
    fn the_queue_is_bounded_and_says_so() {
        let jobs: Arc<Jobs<u32>> = Jobs::start(1);
        let running = jobs.add("a", wait_to_be_stopped).unwrap();
        until(&jobs, running, |stage| matches!(stage, Stage::Running(..)));
        let waiting: Vec<u64> =
            (0..WAITING_MAX).map(|_| jobs.add("a", |_| Ok(1)).unwrap()).collect();
        assert_eq!(jobs.add("a", |_| Ok(1)), Err(Full(WAITING_MAX)));
        // What waits and is stopped makes room.
        assert!(jobs.stop(waiting[0], "a"));
        assert!(jobs.add("a", |_| Ok(1)).is_ok());
        jobs.close();
    }

    #[test]
    fn a_run_that_panics_stops_no_other() {
        let jobs: Arc<Jobs<u32>> = Jobs::start(1);
        let first = jobs.add("a", |_| panic!("a fault of the program")).unwrap();
        let second = jobs.add("a", |_| Ok(2)).unwrap();
        until(&jobs, first, |stage| matches!(stage, Stage::Failed(_)));
        until(&jobs, second, |stage| matches!(stage, Stage::Done(_)));
        jobs.close();
    }
}
