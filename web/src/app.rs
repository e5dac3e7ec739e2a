//! What the server holds while it runs.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use engine::contract::{Contract, Overrides};
use engine::problem::{Language, Problem};
use engine::report::document::Document;
use engine::scenario::Scenario;
use engine::{Files, Recorded};
use jiff::Timestamp;
use serde_json::Value;

use crate::accounts::Accounts;
use crate::audit::{Audit, Done};
use crate::drafts::Drafts;
use crate::failure::Failure;
use crate::jobs::Jobs;
use crate::known::Known;
use crate::workspace::Workspace;

/// What a run gave: in words, with its charts, and as the command line's JSON.
pub(crate) struct Ran {
    /// In Japanese and in English.
    pub(crate) documents: [Document; 2],
    /// As JSON, in Japanese and in English.
    pub(crate) json: [Value; 2],
}

impl Ran {
    pub(crate) fn document(&self, language: Language) -> &Document {
        &self.documents[usize::from(language == Language::En)]
    }

    pub(crate) fn json(&self, language: Language) -> &Value {
        &self.json[usize::from(language == Language::En)]
    }
}

/// The server's own things, shared by all requests.
#[derive(Clone)]
pub(crate) struct App(Arc<Held>);

pub(crate) struct Held {
    pub(crate) workspace: Workspace,
    /// Who may sign in; `None` where one person works alone.
    pub(crate) accounts: Option<Accounts>,
    pub(crate) audit: Option<Audit>,
    pub(crate) jobs: Arc<Jobs<Ran>>,
    pub(crate) drafts: Drafts,
    pub(crate) known: Known,
    /// The language of those who have chosen none.
    pub(crate) language: Language,
    attempts: Mutex<HashMap<String, Attempts>>,
}

impl std::ops::Deref for App {
    type Target = Held;

    fn deref(&self) -> &Held {
        &self.0
    }
}

/// Failed attempts to sign in under a name.
#[derive(Debug, Clone, Copy)]
struct Attempts {
    count: u32,
    last: Instant,
}

/// Attempts that are free.
const ATTEMPTS_FREE: u32 = 5;
/// How long the first further one waits; each doubles it.
const WAIT_FIRST: Duration = Duration::from_secs(5);
const WAIT_MOST: Duration = Duration::from_secs(15 * 60);
/// Names that attempts are remembered of.
const REMEMBERED_MAX: usize = 10_000;

impl App {
    pub(crate) fn new(
        workspace: Workspace,
        accounts: Option<Accounts>,
        audit: Option<Audit>,
        language: Language,
    ) -> App {
        let jobs = Jobs::start(1);
        let (drafts, known, attempts) = (Drafts::default(), Known::default(), Mutex::default());
        App(Arc::new(Held { workspace, accounts, audit, jobs, drafts, known, language, attempts }))
    }

    /// A contract of the folder, as it stands.
    pub(crate) fn contract(&self, path: &str) -> Arc<Result<Contract, Vec<Problem>>> {
        let read = |files: &dyn Files| Contract::read(files, path, &Overrides::new());
        self.known.get(&self.workspace, &format!("contract {path}"), read)
    }

    /// A scenario of the folder, as it stands.
    pub(crate) fn scenario(&self, path: &str) -> Arc<Result<Scenario, Vec<Problem>>> {
        let read = |files: &dyn Files| Scenario::read(files, path);
        self.known.get(&self.workspace, &format!("scenario {path}"), read)
    }

    /// The files that a scenario of the folder reads, as it stands.
    pub(crate) fn named(&self, path: &str) -> Arc<Vec<String>> {
        self.known.get(&self.workspace, &format!("named {path}"), |files| {
            let recorded = Recorded::new(files);
            let _ = Scenario::read(&recorded, path);
            recorded.read_so_far().into_iter().map(|(path, _)| path).collect::<Vec<_>>()
        })
    }

    /// Notes what somebody did, before it is done.
    pub(crate) fn note(
        &self,
        who: &str,
        from: Option<IpAddr>,
        what: &str,
        which: &str,
    ) -> Result<(), Failure> {
        let Some(audit) = &self.audit else { return Ok(()) };
        let from = from.map(|from| from.to_string()).unwrap_or_default();
        let (who, what, which) = (who.to_owned(), what.to_owned(), which.to_owned());
        audit.add(&Done { at: Timestamp::now(), who, from, what, which }).map_err(Failure::internal)
    }

    /// How long a name must wait before it may try to sign in again.
    pub(crate) fn must_wait(&self, name: &str) -> Option<Duration> {
        let attempts = self.attempts.lock().unwrap_or_else(PoisonError::into_inner);
        let Attempts { count, last } = *attempts.get(&key(name))?;
        let over = count.checked_sub(ATTEMPTS_FREE)?;
        let wait = WAIT_FIRST.saturating_mul(1 << over.min(16)).min(WAIT_MOST);
        wait.checked_sub(last.elapsed())
    }

    /// Remembers whether an attempt to sign in succeeded.
    pub(crate) fn attempted(&self, name: &str, succeeded: bool) {
        let mut attempts = self.attempts.lock().unwrap_or_else(PoisonError::into_inner);
        if succeeded {
            attempts.remove(&key(name));
            return;
        }
        if attempts.len() >= REMEMBERED_MAX {
            attempts.retain(|_, of| of.last.elapsed() < WAIT_MOST);
        }
        let fresh = Attempts { count: 0, last: Instant::now() };
        let of = attempts.entry(key(name)).or_insert(fresh);
        *of = Attempts { count: of.count.saturating_add(1), last: Instant::now() };
    }
}

fn key(name: &str) -> String {
    name.trim().to_lowercase().chars().take(64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_some_failures_a_name_waits_longer_each_time() {
        let workspace = Workspace::open(&std::env::temp_dir()).unwrap();
        let app = App::new(workspace, None, None, Language::En);
        for _ in 0..ATTEMPTS_FREE - 1 {
            app.attempted("Yamada", false);
            assert!(app.must_wait("yamada").is_none());
        }
        app.attempted(" yamada", false);
        let first = app.must_wait("Yamada").unwrap();
        app.attempted("yamada", false);
        let second = app.must_wait("yamada").unwrap();
        assert!(first <= WAIT_FIRST && second > WAIT_FIRST && second <= 2 * WAIT_FIRST);
        assert!(app.must_wait("sato").is_none());
        app.attempted("yamada", true);
        assert!(app.must_wait("yamada").is_none());
        app.jobs.close();
    }
}
