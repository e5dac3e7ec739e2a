//! Where the engine reads from.

use std::cell::RefCell;
use std::io;

/// The file that says what the contracts of its folder share: it makes the folder a portfolio.
pub const PORTFOLIO_FILE: &str = "portfolio.toml";

/// The folder that a path makes a portfolio, being its `portfolio.toml`; `None` of other files.
///
/// ```
/// use engine::portfolio_folder;
///
/// assert_eq!(portfolio_folder("towns/portfolio.toml"), Some("towns"));
/// assert_eq!(portfolio_folder("portfolio.toml"), Some("."));
/// assert_eq!(portfolio_folder("towns/my-portfolio.toml"), None);
/// ```
#[must_use]
pub fn portfolio_folder(path: &str) -> Option<&str> {
    match path.strip_suffix(PORTFOLIO_FILE)? {
        "" => Some("."),
        "/" => Some("/"),
        folder => folder.strip_suffix('/'),
    }
}

/// A source of named files: a disk, an upload, or texts held in memory by a test.
///
/// Paths are given as the user wrote them, or joined to the folder of the file that named them
/// with `/`; the implementation decides what they may reach.
pub trait Files {
    /// Returns the bytes of the file at `path`.
    ///
    /// # Errors
    /// Whatever kept the file from being read, as the operating system or the holder says it.
    fn read(&self, path: &str) -> io::Result<Vec<u8>>;

    /// Returns the names of the files in a folder, without those in folders within, in order.
    ///
    /// # Errors
    /// As [`read`](Self::read); a source that knows no folders.
    fn list(&self, folder: &str) -> io::Result<Vec<String>> {
        let _ = folder;
        Err(io::ErrorKind::Unsupported.into())
    }
}

/// Files that were read, by path, in the order they were first read.
pub type FilesRead = Vec<(String, Vec<u8>)>;

/// Remembers every file that is read through it.
pub struct Recorded<'f> {
    files: &'f dyn Files,
    read: RefCell<FilesRead>,
}

impl<'f> Recorded<'f> {
    /// Reads through `files`.
    #[must_use]
    pub fn new(files: &'f dyn Files) -> Recorded<'f> {
        Recorded { files, read: RefCell::default() }
    }

    /// The files read so far.
    #[must_use]
    pub fn read_so_far(self) -> FilesRead {
        self.read.into_inner()
    }
}

impl Files for Recorded<'_> {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        let bytes = self.files.read(path)?;
        let mut read = self.read.borrow_mut();
        if read.iter().all(|(known, _)| known != path) {
            read.push((path.to_owned(), bytes.clone()));
        }
        Ok(bytes)
    }

    fn list(&self, folder: &str) -> io::Result<Vec<String>> {
        self.files.list(folder)
    }
}

impl Files for FilesRead {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        let known = self.iter().find(|(known, _)| known == path);
        known.map(|(_, bytes)| bytes.clone()).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn list(&self, folder: &str) -> io::Result<Vec<String>> {
        let within = |path: &String| {
            let rest = match folder {
                "" | "." => path.as_str(),
                folder => path.strip_prefix(folder.trim_end_matches('/'))?.strip_prefix('/')?,
            };
            (!rest.contains('/')).then(|| rest.to_owned())
        };
        let mut names: Vec<String> = self.iter().filter_map(|(path, _)| within(path)).collect();
        names.sort();
        Ok(names)
    }
}
