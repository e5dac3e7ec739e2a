//! Long runs: a few at a time, a short queue behind them, each with its progress and a way to stop.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use engine::problem::{Problem, Text};
use engine::simulate::Watch;

use crate::words::text;

/// Runs that may wait beside those that are computed.
const WAITING_MAX: usize = 16;
/// Runs of one owner that may wait or be computed.
const OWN_MAX: usize = 4;
/// Finished runs that are kept to be looked at.
const KEPT_MAX: usize = 64;

/// The problem of a run that ended by a fault of the program.
pub(crate) const PANICKED: &str = "panicked";

/// How far a run is.
#[derive(Debug, Clone)]
pub(crate) enum Stage<T> {
    /// Others are before it, those that are computed among them: how many.
    Waiting(usize),
    /// It is computed: how many of how many paths are done.
    Running(u64, u64),
    /// It is done.
    Done(Arc<T>),
    /// It found problems, was stopped, or met a fault of the program ([`PANICKED`]).
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
    /// What it finds out, of what.
    title: Text,
    /// The contracts it tells of.
    contracts: Vec<String>,
    progress: Arc<Progress>,
    work: Option<Work<T>>,
    result: Option<Result<Arc<T>, Arc<Vec<Problem>>>>,
}

struct Queue<T> {
    runs: VecDeque<Run<T>>,
    next: u64,
    /// Whose run was computed last.
    last: String,
    closed: bool,
}

impl<T> Queue<T> {
    /// The runs that wait, in the order in which they are computed: owners take turns, and the runs
    /// of each come as they were asked for.
    fn order(&self) -> Vec<u64> {
        let waiting = self.runs.iter().filter(|run| run.work.is_some());
        let mut waiting: Vec<(u64, &str)> = waiting.map(|run| (run.id, &*run.owner)).collect();
        let mut last = self.last.as_str();
        let mut order = Vec::with_capacity(waiting.len());
        while !waiting.is_empty() {
            let next = waiting.iter().position(|(_, owner)| *owner != last).unwrap_or(0);
            let (id, owner) = waiting.remove(next);
            last = owner;
            order.push(id);
        }
        order
    }

    /// How many runs are computed just now.
    fn computed(&self) -> usize {
        self.runs.iter().filter(|run| run.work.is_none() && run.result.is_none()).count()
    }
}

/// All runs.
pub(crate) struct Jobs<T> {
    queue: Mutex<Queue<T>>,
    changed: Condvar,
}

/// So many runs wait already that no more are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Full {
    /// So many wait in all.
    All(usize),
    /// So many of the owner's own wait or are computed.
    Own(usize),
}

impl<T: Send + Sync + 'static> Jobs<T> {
    /// Runs, of which `at_once` are computed at the same time, each on its own thread.
    pub(crate) fn start(at_once: usize) -> Arc<Jobs<T>> {
        let queue = Queue { runs: VecDeque::new(), next: 1, last: String::new(), closed: false };
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
                let next = queue.order().first().copied();
                let next = queue.runs.iter_mut().find(|run| Some(run.id) == next);
                if let Some(run) = next
                    && let Some(work) = run.work.take()
                {
                    let (id, progress) = (run.id, Arc::clone(&run.progress));
                    let owner = run.owner.clone();
                    queue.last = owner;
                    break (id, progress, work);
                }
                queue = self.changed.wait(queue).unwrap_or_else(PoisonError::into_inner);
            };
            drop(queue);
            // A run that panics is a fault of the program; it must not take the thread with it.
            let work = std::panic::AssertUnwindSafe(|| work(&progress));
            let result = std::panic::catch_unwind(work).unwrap_or_else(|_| {
                let words = text!(
                    "the run ended by a fault of the program",
                    "プログラムの不具合により試算が中断しました"
                );
                Err(vec![Problem::error(PANICKED, words)])
            });
            let mut queue = self.queue();
            if let Some(run) = queue.runs.iter_mut().find(|run| run.id == id) {
                run.result = Some(result.map(Arc::new).map_err(Arc::new));
            }
        }
    }

    /// Takes a run, which tells of some contracts, to be computed when its turn comes, and gives its
    /// number.
    pub(crate) fn add(
        &self,
        owner: &str,
        title: Text,
        contracts: Vec<String>,
        work: impl FnOnce(&Progress) -> Result<T, Vec<Problem>> + Send + 'static,
    ) -> Result<u64, Full> {
        let mut queue = self.queue();
        let waiting = queue.runs.iter().filter(|run| run.work.is_some()).count();
        if waiting >= WAITING_MAX {
            return Err(Full::All(waiting));
        }
        let own = queue.runs.iter().filter(|run| run.owner == owner && run.result.is_none());
        let own = own.count();
        if own >= OWN_MAX {
            return Err(Full::Own(own));
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
            title,
            contracts,
            progress: Arc::default(),
            work: Some(Box::new(work)),
            result: None,
        });
        self.changed.notify_one();
        Ok(id)
    }

    /// The runs of an owner that are kept, the newest first, with what each finds out.
    pub(crate) fn of(&self, owner: &str) -> Vec<(u64, Text)> {
        let queue = self.queue();
        let own = queue.runs.iter().rev().filter(|run| run.owner == owner);
        own.map(|run| (run.id, run.title.clone())).collect()
    }

    /// The contracts a run of an owner tells of; `None` where there is no such run.
    pub(crate) fn contracts(&self, id: u64, owner: &str) -> Option<Vec<String>> {
        let queue = self.queue();
        let run = queue.runs.iter().find(|run| run.id == id && run.owner == owner)?;
        Some(run.contracts.clone())
    }

    /// How far a run of an owner is; `None` where there is none.
    pub(crate) fn stage(&self, id: u64, owner: &str) -> Option<Stage<T>> {
        let queue = self.queue();
        let run = queue.runs.iter().find(|run| run.id == id && run.owner == owner)?;
        Some(match (&run.result, &run.work) {
            (Some(Ok(found)), _) => Stage::Done(Arc::clone(found)),
            (Some(Err(problems)), _) => Stage::Failed(Arc::clone(problems)),
            (None, Some(_)) => {
                let before = queue.order().into_iter().take_while(|other| *other != id).count();
                Stage::Waiting(before + queue.computed())
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
            .add("a", Text::default(), Vec::new(), |progress| {
                progress.progress(3, 10);
                wait_to_be_stopped(progress)
            })
            .unwrap();
        let second = jobs.add("a", Text::default(), vec!["one".to_owned()], |_| Ok(7)).unwrap();
        until(&jobs, first, |stage| matches!(stage, Stage::Running(3, 10)));
        assert!(matches!(jobs.stage(second, "a"), Some(Stage::Waiting(1))));
        assert_eq!(jobs.contracts(second, "a"), Some(vec!["one".to_owned()]));
        assert_eq!(jobs.contracts(second, "b"), None);
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
        let running = jobs.add("a", Text::default(), Vec::new(), wait_to_be_stopped).unwrap();
        until(&jobs, running, |stage| matches!(stage, Stage::Running(..)));
        let owners: Vec<String> = (0..WAITING_MAX).map(|at| format!("owner {at}")).collect();
        let add = |owner: &str| jobs.add(owner, Text::default(), Vec::new(), |_| Ok(1));
        let waiting: Vec<u64> = owners.iter().map(|owner| add(owner).unwrap()).collect();
        assert_eq!(add("another"), Err(Full::All(WAITING_MAX)));
        // What waits and is stopped makes room.
        assert!(jobs.stop(waiting[0], &owners[0]));
        assert!(add("another").is_ok());
        jobs.close();
    }

    #[test]
    fn an_owner_has_a_few_runs_at_once_and_owners_take_turns() {
        let jobs: Arc<Jobs<u32>> = Jobs::start(1);
        let running = jobs.add("a", Text::default(), Vec::new(), wait_to_be_stopped).unwrap();
        until(&jobs, running, |stage| matches!(stage, Stage::Running(..)));
        let add = |owner: &str| jobs.add(owner, Text::default(), Vec::new(), |_| Ok(1));
        let own: Vec<u64> = (1..OWN_MAX).map(|_| add("a").unwrap()).collect();
        assert_eq!(add("a"), Err(Full::Own(OWN_MAX)));
        let other = add("b").unwrap();
        let before = |id: u64, owner: &str| match jobs.stage(id, owner) {
            Some(Stage::Waiting(before)) => before,
            other => panic!("{other:?}"),
        };
        // The one that is computed, then the other's, then the rest of the first's.
        assert_eq!((before(other, "b"), before(own[0], "a"), before(own[1], "a")), (1, 2, 3));
        assert!(jobs.stop(running, "a"));
        until(&jobs, own[OWN_MAX - 2], |stage| matches!(stage, Stage::Done(_)));
        assert!(add("a").is_ok(), "what is done makes room");
        jobs.close();
    }

    #[test]
    fn a_run_that_panics_stops_no_other() {
        let jobs: Arc<Jobs<u32>> = Jobs::start(1);
        let first = jobs
            .add("a", Text::default(), Vec::new(), |_| panic!("a fault of the program"))
            .unwrap();
        let second = jobs.add("a", Text::default(), Vec::new(), |_| Ok(2)).unwrap();
        let failed = until(&jobs, first, |stage| matches!(stage, Stage::Failed(_)));
        // It is told apart from one that was stopped.
        assert!(matches!(failed, Stage::Failed(problems) if problems[0].id == PANICKED));
        until(&jobs, second, |stage| matches!(stage, Stage::Done(_)));
        jobs.close();
    }
}
