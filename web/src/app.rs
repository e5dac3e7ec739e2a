//! What the server holds while it runs.

use std::net::IpAddr;
use std::sync::Arc;

use engine::contract::{Contract, Overrides};
use engine::problem::{Language, Problem};
use engine::report::document::Document;
use engine::scenario::Scenario;
use engine::simulate::Portfolio;
use engine::{Files, Recorded};
use jiff::Timestamp;
use serde_json::Value;

use crate::accounts::Accounts;
use crate::attempts::Attempts;
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
    /// Whether every visitor comes by a proxy, whose address is all that is seen.
    pub(crate) behind_proxy: bool,
    pub(crate) attempts: Attempts,
}

impl std::ops::Deref for App {
    type Target = Held;

    fn deref(&self) -> &Held {
        &self.0
    }
}

/// The most characters that the log keeps of a name and of what was acted on.
const WHO_MOST: usize = 64;
const WHICH_MOST: usize = 200;

impl App {
    pub(crate) fn new(
        workspace: Workspace,
        accounts: Option<Accounts>,
        audit: Option<Audit>,
        language: Language,
        behind_proxy: bool,
    ) -> App {
        let jobs = Jobs::start(1);
        App(Arc::new(Held {
            workspace,
            accounts,
            audit,
            jobs,
            drafts: Drafts::default(),
            known: Known::default(),
            language,
            behind_proxy,
            attempts: Attempts::default(),
        }))
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

    /// A portfolio of the folder, as it stands; its scenarios are read for themselves.
    pub(crate) fn portfolio(&self, folder: &str) -> Arc<Result<Portfolio, Vec<Problem>>> {
        let read = |files: &dyn Files| Portfolio::read(files, folder);
        self.known.get(&self.workspace, &format!("portfolio {folder}"), read)
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
        let what = what.to_owned();
        // Nobody fills the disk with names or paths that are none.
        let cut = |text: &str, most| text.chars().take(most).collect::<String>();
        let (who, which) = (cut(who, WHO_MOST), cut(which, WHICH_MOST));
        audit.add(&Done { at: Timestamp::now(), who, from, what, which }).map_err(Failure::internal)
    }

    /// The address by which attempts to sign in are counted; none where all come by a proxy.
    pub(crate) fn counted_from(&self, from: Option<IpAddr>) -> Option<IpAddr> {
        from.filter(|_| !self.behind_proxy)
    }
}
