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

impl Done {
    /// Whether this is the same at another time.
    fn is_again(&self, earlier: &Done) -> bool {
        *self == Done { at: self.at, ..earlier.clone() }
    }
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
        let mut options = OpenOptions::new();
        options.create(true).append(true);
        // As the accounts, it is for its owner alone.
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt as _;
            options.mode(0o600);
        }
        let file = options.open(path)?;
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

    /// The last lines that are wanted, the newest first; of what the same person did again and
    /// again the newest, with how often.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub(crate) fn last(
        &self,
        count: usize,
        wanted: impl Fn(&Done) -> bool,
    ) -> io::Result<Vec<(Done, usize)>> {
        let text = std::fs::read_to_string(&self.path)?;
        let lines = text.lines().rev().filter_map(|line| serde_json::from_str::<Done>(line).ok());
        let mut last: Vec<(Done, usize)> = Vec::new();
        for done in lines.filter(wanted) {
            if let Some((newer, times)) = last.last_mut()
                && newer.is_again(&done)
            {
                *times += 1;
                continue;
            }
            if last.len() == count {
                break;
            }
            last.push((done, 1));
        }
        Ok(last)
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
        let all = |_: &Done| true;
        assert_eq!(audit.last(5, all).unwrap(), [(done("approve"), 1), (done("submit"), 1)]);
        assert_eq!(audit.last(1, all).unwrap(), [(done("approve"), 1)]);
        audit.add(&done("approve")).unwrap();
        assert_eq!(audit.last(1, all).unwrap(), [(done("approve"), 2)]);
        let submitted = |done: &Done| done.what == "submit";
        assert_eq!(audit.last(5, submitted).unwrap(), [(done("submit"), 1)]);
        std::fs::remove_file(path).unwrap();
    }
}
