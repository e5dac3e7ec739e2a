//! The folder that is served: its contracts, scenarios and ledgers, and nothing outside it.

use std::fs;
use std::io::{self, ErrorKind, Write as _};
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use engine::Files;
use engine::problem::Problem;

/// How deep folders are looked into.
const DEPTH_MAX: usize = 6;
/// How many files are listed.
const LISTED_MAX: usize = 2_000;
/// The largest file that is read from the folder.
const FILE_MAX: u64 = 256 * 1024 * 1024;

/// What a file of the folder is, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A contract's script: `.rhai`.
    Contract,
    /// A scenario or a patch of one: `.toml`.
    Scenario,
    /// A ledger: `.ledger`.
    Ledger,
}

impl Kind {
    pub(crate) fn of(path: &str) -> Option<Kind> {
        match Path::new(path).extension()?.to_str()? {
            "rhai" => Some(Kind::Contract),
            "toml" => Some(Kind::Scenario),
            "ledger" => Some(Kind::Ledger),
            _ => None,
        }
    }
}

/// How a file is known from how it was before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    changed: SystemTime,
    length: u64,
    number: u64,
}

/// The folder that is served. Paths in it are written with `/`.
#[derive(Debug, Clone)]
pub(crate) struct Workspace {
    root: PathBuf,
    /// Files of the server's own, which are not there for anybody.
    hidden: Vec<PathBuf>,
    /// Held while a file is compared and replaced.
    replacing: Arc<Mutex<()>>,
}

impl Workspace {
    /// The folder, which must exist.
    pub(crate) fn open(folder: &Path) -> io::Result<Workspace> {
        let root = folder.canonicalize()?;
        if !root.is_dir() {
            return Err(ErrorKind::NotADirectory.into());
        }
        Ok(Workspace { root, hidden: Vec::new(), replacing: Arc::default() })
    }

    /// The folder without a file of the server's own: its accounts, its log.
    pub(crate) fn without(mut self, file: &Path) -> Workspace {
        self.hidden.extend(file.canonicalize());
        self
    }

    /// Where a path of the folder lies on the disk. A path that leaves the folder, by `..`, by a
    /// link or by beginning elsewhere, is not there.
    pub(crate) fn place(&self, path: &str) -> io::Result<PathBuf> {
        let place = self.root.join(tidied(path)?);
        // A file that is to be made has a folder that is there.
        let there = match place.canonicalize() {
            Ok(there) => there,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let (folder, name) = (place.parent(), place.file_name());
                let (Some(folder), Some(name)) = (folder, name) else { return Err(error) };
                folder.canonicalize()?.join(name)
            }
            Err(error) => return Err(error),
        };
        let is_own = self.hidden.contains(&there);
        if there.starts_with(&self.root) && !is_own {
            Ok(there)
        } else {
            Err(ErrorKind::NotFound.into())
        }
    }

    /// Problems that name files as the folder does, not as the disk does: where the folder lies is
    /// nobody's business.
    pub(crate) fn told(&self, mut problems: Vec<Problem>) -> Vec<Problem> {
        let root = format!("{}{}", self.root.display(), std::path::MAIN_SEPARATOR);
        let told = |words: &mut String| {
            if words.contains(&root) {
                *words = words.replace(&root, "");
            }
        };
        for problem in &mut problems {
            let Problem { message, place, found, expected, help, .. } = problem;
            place.iter_mut().for_each(|place| told(&mut place.file));
            let rest = [found, expected, help].into_iter().flatten();
            for text in std::iter::once(message).chain(rest) {
                told(&mut text.en);
                told(&mut text.ja);
            }
        }
        problems
    }

    /// The files of a kind, by path.
    pub(crate) fn list(&self, kind: Kind) -> Vec<String> {
        let mut found = Vec::new();
        self.look(&self.root, 0, &mut |path| {
            if Kind::of(path) == Some(kind) {
                found.push(path.to_owned());
            }
            found.len() < LISTED_MAX
        });
        found.sort_unstable();
        found
    }

    fn look(&self, folder: &Path, depth: usize, each: &mut dyn FnMut(&str) -> bool) {
        let Ok(entries) = fs::read_dir(folder) else { return };
        for entry in entries.flatten() {
            let path = entry.path();
            let hidden = entry.file_name().to_string_lossy().starts_with('.');
            // Links are not followed: they could lead around in circles, or outside.
            let Ok(kind) = entry.file_type() else { continue };
            if hidden || entry.file_name() == "target" {
                continue;
            }
            // The folders of a program hold what it is tested with.
            if kind.is_dir() && path.join("Cargo.toml").exists() {
                continue;
            }
            if kind.is_dir() && depth < DEPTH_MAX {
                self.look(&path, depth + 1, each);
            } else if kind.is_file()
                && let Ok(inside) = path.strip_prefix(&self.root)
                && !each(&inside.to_string_lossy().replace('\\', "/"))
            {
                return;
            }
        }
    }

    /// How a file is known from how it was before; `None` where there is none.
    pub(crate) fn stamp(&self, path: &str) -> Option<Stamp> {
        let place = if path == "." { self.root.clone() } else { self.place(path).ok()? };
        let about = fs::metadata(place).ok()?;
        // A file that replaces another has another number.
        #[cfg(unix)]
        let number = std::os::unix::fs::MetadataExt::ino(&about);
        #[cfg(not(unix))]
        let number = 0;
        Some(Stamp { changed: about.modified().ok()?, length: about.len(), number })
    }

    /// A text of the folder.
    pub(crate) fn text(&self, path: &str) -> io::Result<String> {
        String::from_utf8(self.read(path)?).map_err(|_| ErrorKind::InvalidData.into())
    }

    /// Replaces a file as a whole if it is still what it was, as `is_same` finds: of two who replace
    /// it at once, one finds that it is not. Gives whether it was replaced.
    pub(crate) fn replace(
        &self,
        path: &str,
        bytes: &[u8],
        is_same: impl FnOnce() -> bool,
    ) -> io::Result<bool> {
        let _alone = self.replacing.lock().unwrap_or_else(PoisonError::into_inner);
        if !is_same() {
            return Ok(false);
        }
        self.write(path, bytes)?;
        Ok(true)
    }

    /// Replaces a file as a whole: whoever reads it meanwhile sees the old or the new one.
    pub(crate) fn write(&self, path: &str, bytes: &[u8]) -> io::Result<()> {
        let place = self.place(path)?;
        let name = place.file_name().ok_or(ErrorKind::InvalidInput)?.to_string_lossy().into_owned();
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let next = NEXT.fetch_add(1, Ordering::Relaxed);
        let aside = place.with_file_name(format!(".{name}.{}-{next}.new", std::process::id()));
        let written = fs::File::create_new(&aside).and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()?;
            fs::rename(&aside, &place)
        });
        if written.is_err() {
            let _ = fs::remove_file(&aside);
        }
        written
    }
}

impl Files for Workspace {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        // A ledger is no data: who may read what of it, the ledger's pages say.
        if Kind::of(path) == Some(Kind::Ledger) {
            return Err(ErrorKind::NotFound.into());
        }
        let place = self.place(path)?;
        let about = fs::metadata(&place)?;
        if !about.is_file() {
            return Err(ErrorKind::IsADirectory.into());
        }
        if about.len() > FILE_MAX {
            return Err(ErrorKind::FileTooLarge.into());
        }
        fs::read(place)
    }

    fn list(&self, folder: &str) -> io::Result<Vec<String>> {
        let place = if folder == "." { self.root.clone() } else { self.place(folder)? };
        let mut names = Vec::new();
        for entry in fs::read_dir(place)? {
            let entry = entry?;
            // Links are not followed, as nowhere in the folder.
            if entry.file_type()?.is_file() {
                names.extend(entry.file_name().into_string());
            }
        }
        names.sort_unstable();
        Ok(names)
    }
}

/// A path without `.` and `..`, all of whose steps stay inside.
fn tidied(path: &str) -> io::Result<PathBuf> {
    let outside = || io::Error::from(ErrorKind::NotFound);
    if path.is_empty() || path.contains(['\0', '\\', ':']) {
        return Err(outside());
    }
    let mut tidy = PathBuf::new();
    for step in Path::new(path).components() {
        match step {
            Component::Normal(name) => tidy.push(name),
            Component::CurDir => {}
            Component::ParentDir if tidy.pop() => {}
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => {
                return Err(outside());
            }
        }
    }
    if tidy.as_os_str().is_empty() { Err(outside()) } else { Ok(tidy) }
}

/// Files a visitor brought, before those of the folder.
pub(crate) struct Brought<'a> {
    /// By the name under which they are asked for.
    pub(crate) files: &'a [(String, Vec<u8>)],
    /// Where everything else is.
    pub(crate) workspace: &'a Workspace,
}

impl Files for Brought<'_> {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        match self.files.iter().find(|(name, _)| name == path) {
            Some((_, bytes)) => Ok(bytes.clone()),
            None => self.workspace.read(path),
        }
    }
}

#[cfg(test)]
mod tests {
    use engine::problem::Text;

    use super::*;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("seika-web-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(folder.join("inside/scenarios")).unwrap();
        fs::write(folder.join("secret.toml"), "outside").unwrap();
        fs::write(folder.join("inside/a.rhai"), "contract").unwrap();
        fs::write(folder.join("inside/scenarios/b.toml"), "scenario").unwrap();
        folder
    }

    #[test]
    fn nothing_outside_the_folder_is_reached() {
        let folder = folder("outside");
        let inside = Workspace::open(&folder.join("inside")).unwrap();
        assert_eq!(inside.text("scenarios/../a.rhai").unwrap(), "contract");
        let tricks = [
            "../secret.toml",
            "scenarios/../../secret.toml",
            "/etc/passwd",
            "..\\secret.toml",
            "C:/secret.toml",
            "a\0.rhai",
            "",
            ".",
            "..",
        ];
        for path in tricks {
            assert!(inside.text(path).is_err(), "{path:?} was read");
            assert!(inside.write(path, b"x").is_err(), "{path:?} was written");
        }
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(folder.join("secret.toml"), folder.join("inside/link.toml"))
                .unwrap();
            assert!(inside.text("link.toml").is_err(), "a link leads outside");
            assert!(inside.write("link.toml", b"x").is_err());
            assert_eq!(inside.list(Kind::Scenario), ["scenarios/b.toml"]);
        }
        assert_eq!(fs::read_to_string(folder.join("secret.toml")).unwrap(), "outside");
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn problems_do_not_tell_where_the_folder_lies() {
        let folder = folder("told");
        let inside = Workspace::open(&folder.join("inside")).unwrap();
        let file = inside.place("scenarios/b.toml").unwrap().display().to_string();
        let place = engine::problem::Source::new(file.as_str(), "").whole();
        let problem = Problem::error("x", Text::from(format!("`{file}` is there already")));
        let told = inside.told(vec![problem.at(place)]).remove(0);
        assert_eq!(told.place.unwrap().file, "scenarios/b.toml");
        assert_eq!(told.message, Text::from("`scenarios/b.toml` is there already".to_owned()));
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn files_are_listed_by_kind_and_replaced_whole() {
        let folder = folder("listed");
        let inside = Workspace::open(&folder.join("inside")).unwrap();
        assert_eq!(inside.list(Kind::Contract), ["a.rhai"]);
        inside.write("a.rhai", b"new").unwrap();
        inside.write("scenarios/c.toml", b"made").unwrap();
        assert_eq!(inside.text("a.rhai").unwrap(), "new");
        assert_eq!(inside.list(Kind::Scenario), ["scenarios/b.toml", "scenarios/c.toml"]);
        assert!(inside.write("nowhere/d.toml", b"x").is_err());
        fs::remove_dir_all(folder).unwrap();
    }
}
