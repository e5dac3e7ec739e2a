//! What the whole-program tests share: files held in memory, and the repository's own.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use engine::Files;
use engine::simulate::Watch;

/// Files held in memory.
#[derive(Debug, Default, Clone)]
pub struct Memory(BTreeMap<String, Vec<u8>>);

impl Memory {
    /// Adds a file.
    #[must_use]
    pub fn with(mut self, path: &str, text: &str) -> Self {
        self.0.insert(path.to_owned(), text.as_bytes().to_vec());
        self
    }
}

impl Files for Memory {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        self.0.get(path).cloned().ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
    }
}

/// The repository's files, by their path from its top.
#[derive(Debug, Clone, Copy)]
pub struct Repository;

impl Repository {
    /// The top of the repository.
    #[must_use]
    pub fn top() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_owned).unwrap_or_default()
    }

    /// The files with this ending in a folder, from the top, in order.
    #[must_use]
    pub fn files_in(folder: &str, ending: &str) -> Vec<String> {
        let entries = std::fs::read_dir(Repository::top().join(folder));
        let mut files: Vec<String> = entries
            .into_iter()
            .flatten()
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter(|name| name.ends_with(ending))
            .map(|name| format!("{folder}/{name}"))
            .collect();
        files.sort();
        files
    }
}

impl Files for Repository {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        std::fs::read(Repository::top().join(path))
    }
}

/// Nobody looks on.
#[derive(Debug, Clone, Copy)]
pub struct Unwatched;

impl Watch for Unwatched {
    fn progress(&self, _: u64, _: u64) {}

    fn should_stop(&self) -> bool {
        false
    }
}
