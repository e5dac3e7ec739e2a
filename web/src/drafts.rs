//! Evidence that was brought and settled, but not submitted yet: kept in memory, for whoever brought
//! it, until newer drafts take its place.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use engine::settle::Request;

/// Bytes of evidence that are kept in all.
const BYTES_MAX: usize = 512 * 1024 * 1024;
/// Drafts that are kept.
const DRAFTS_MAX: usize = 64;

/// A settlement that was not submitted yet.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) id: u64,
    /// Who brought it.
    pub(crate) owner: String,
    /// The contract, by its path.
    pub(crate) contract: String,
    pub(crate) request: Request,
    /// The evidence, by the names the request gives it.
    pub(crate) files: Vec<(String, Vec<u8>)>,
}

/// All drafts.
#[derive(Debug, Default)]
pub(crate) struct Drafts(Mutex<(u64, VecDeque<Arc<Draft>>)>);

impl Drafts {
    /// Keeps a draft, and gives its number.
    pub(crate) fn keep(
        &self,
        owner: &str,
        contract: String,
        request: Request,
        files: Vec<(String, Vec<u8>)>,
    ) -> u64 {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.0 += 1;
        let id = kept.0;
        let owner = owner.to_owned();
        kept.1.push_back(Arc::new(Draft { id, owner, contract, request, files }));
        let size =
            |draft: &Arc<Draft>| draft.files.iter().map(|(_, bytes)| bytes.len()).sum::<usize>();
        while kept.1.len() > DRAFTS_MAX
            || (kept.1.len() > 1 && kept.1.iter().map(size).sum::<usize>() > BYTES_MAX)
        {
            kept.1.pop_front();
        }
        id
    }

    /// The drafts of an owner, the newest first.
    pub(crate) fn all_of(&self, owner: &str) -> Vec<Arc<Draft>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.1.iter().rev().filter(|draft| draft.owner == owner).cloned().collect()
    }

    /// A draft of its owner.
    pub(crate) fn of(&self, id: u64, owner: &str) -> Option<Arc<Draft>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.1.iter().find(|draft| draft.id == id && draft.owner == owner).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_is_its_owner_s_and_the_oldest_go_first() {
        let drafts = Drafts::default();
        let keep =
            |owner: &str| drafts.keep(owner, "a.rhai".into(), Request::default(), Vec::new());
        let first = keep("a");
        assert!(drafts.of(first, "a").is_some() && drafts.of(first, "b").is_none());
        let ids: Vec<u64> = (0..DRAFTS_MAX).map(|_| keep("a")).collect();
        let last = ids[DRAFTS_MAX - 1];
        assert!(drafts.of(first, "a").is_none() && drafts.of(last, "a").is_some());
    }
}
