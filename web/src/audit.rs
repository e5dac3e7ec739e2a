//! Who did what and when, one line each, kept in a file that is only added to.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Something that somebody did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Done {
    /// When.
    pub(crate) at: Timestamp,
    /// Who; empty for nobody who is known.
    pub(crate) who: String,
    /// From which address.
    pub(crate) from: String,
    /// What: `sign-in`, `sign-in-refused`, `edit`, `submit`, `approve`, …
    pub(crate) what: String,
    /// To what: a path, an entry.
    pub(crate) which: String,
}

/// The log.
#[derive(Debug)]
pub(crate) struct Audit {
    path: PathBuf,
    file: Mutex<File>,
}

impl Audit {
    /// Opens the log, or begins it.
    ///
    /// # Errors
    /// A file that cannot be added to.
    pub(crate) fn open(path: &Path) -> io::Result<Audit> {
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        Ok(Audit { path: path.to_owned(), file: Mutex::new(file) })
    }

    /// Adds a line. What cannot be logged must not be done.
    ///
    /// # Errors
    /// A file that cannot be written to.
    pub(crate) fn add(&self, done: &Done) -> io::Result<()> {
        let mut line = serde_json::to_vec(done).map_err(io::Error::other)?;
        line.push(b'\n');
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(&line)?;
        file.sync_data()
    }

    /// The last lines, the newest first.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub(crate) fn last(&self, count: usize) -> io::Result<Vec<Done>> {
        let text = std::fs::read_to_string(&self.path)?;
        let lines = text.lines().rev().filter_map(|line| serde_json::from_str(line).ok());
        Ok(lines.take(count).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_added_and_read_from_the_newest() {
        let path = std::env::temp_dir().join(format!("seika-audit-{}.log", std::process::id()));
        let _ = std::fs::remove_file(&path);
        let audit = Audit::open(&path).unwrap();
        let done = |what: &str| Done {
            at: "2026-04-01T00:00:00Z".parse().unwrap(),
            who: "山田".to_owned(),
            from: "127.0.0.1".to_owned(),
            what: what.to_owned(),
            which: "a\nb".to_owned(),
        };
        audit.add(&done("submit")).unwrap();
        Audit::open(&path).unwrap().add(&done("approve")).unwrap();
        assert_eq!(audit.last(5).unwrap(), [done("approve"), done("submit")]);
        assert_eq!(audit.last(1).unwrap(), [done("approve")]);
        std::fs::remove_file(path).unwrap();
    }
}
