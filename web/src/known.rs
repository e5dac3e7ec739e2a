//! What was made of files of the folder, kept until one of them changes: reading a contract and
//! checking it takes longer than showing it.

use std::any::Any;
use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use engine::Files;

use crate::workspace::{Stamp, Workspace};

/// Results that are kept.
const KEPT_MAX: usize = 4_096;

/// A result, and the files it was made of as they were then.
struct Made {
    files: Vec<(String, Option<Stamp>)>,
    value: Arc<dyn Any + Send + Sync>,
}

type Place = Arc<Mutex<Option<Made>>>;

/// All results, by what they are.
#[derive(Default)]
pub(crate) struct Known(Mutex<(HashMap<String, Place>, VecDeque<String>)>);

/// Reads from the folder, and notes how each file was.
struct Noted<'w> {
    workspace: &'w Workspace,
    files: RefCell<Vec<(String, Option<Stamp>)>>,
}

impl Files for Noted<'_> {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        // Before it is read: a file that changes meanwhile is read again the next time.
        let stamp = self.workspace.stamp(path);
        self.files.borrow_mut().push((path.to_owned(), stamp));
        self.workspace.read(path)
    }

    fn list(&self, folder: &str) -> io::Result<Vec<String>> {
        let stamp = self.workspace.stamp(folder);
        self.files.borrow_mut().push((folder.to_owned(), stamp));
        Files::list(self.workspace, folder)
    }
}

impl Known {
    /// What `make` makes of files of the folder: as it was made before, while the files that it read
    /// are as they were. Whoever asks for the same meanwhile waits for it.
    ///
    /// `what` names the result, and with it the type.
    pub(crate) fn get<T: Send + Sync + 'static>(
        &self,
        workspace: &Workspace,
        what: &str,
        make: impl FnOnce(&dyn Files) -> T,
    ) -> Arc<T> {
        let place = self.place(what);
        let mut made = place.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = made.as_ref()
            && known.files.iter().all(|(path, stamp)| workspace.stamp(path) == *stamp)
            && let Ok(value) = Arc::clone(&known.value).downcast()
        {
            return value;
        }
        let noted = Noted { workspace, files: RefCell::default() };
        let value = Arc::new(make(&noted));
        *made = Some(Made { files: noted.files.into_inner(), value: Arc::clone(&value) as _ });
        value
    }

    fn place(&self, what: &str) -> Place {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (places, order) = &mut *known;
        if let Some(place) = places.get(what) {
            return Arc::clone(place);
        }
        if order.len() >= KEPT_MAX
            && let Some(oldest) = order.pop_front()
        {
            places.remove(&oldest);
        }
        order.push_back(what.to_owned());
        Arc::clone(places.entry(what.to_owned()).or_default())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[test]
    fn what_was_made_is_made_again_when_a_file_changes() {
        let folder = std::env::temp_dir().join(format!("seika-known-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("a.rhai"), "one").unwrap();
        let (workspace, known) = (Workspace::open(&folder).unwrap(), Known::default());
        let made = AtomicU32::new(0);
        let read = || {
            let text = known.get(&workspace, "text", |files| {
                made.fetch_add(1, Ordering::Relaxed);
                let both = ["a.rhai", "b.rhai"].map(|path| files.read(path).unwrap_or_default());
                String::from_utf8(both.concat()).unwrap()
            });
            (text.as_str().to_owned(), made.load(Ordering::Relaxed))
        };
        assert_eq!(read(), ("one".to_owned(), 1));
        assert_eq!(read(), ("one".to_owned(), 1));
        workspace.write("a.rhai", b"other").unwrap();
        assert_eq!(read(), ("other".to_owned(), 2));
        // A file that was missed and is there now is a change too.
        workspace.write("b.rhai", b" two").unwrap();
        assert_eq!(read(), ("other two".to_owned(), 3));
        std::fs::remove_file(folder.join("a.rhai")).unwrap();
        assert_eq!(read(), (" two".to_owned(), 4));
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn the_oldest_results_go_first_and_types_are_kept_apart() {
        let workspace = Workspace::open(&std::env::temp_dir()).unwrap();
        let known = Known::default();
        for number in 0..=KEPT_MAX {
            assert_eq!(*known.get(&workspace, &number.to_string(), |_| number), number);
        }
        assert_eq!(*known.get(&workspace, "0", |_| 7_usize), 7, "it was made anew");
        assert_eq!(*known.get(&workspace, &KEPT_MAX.to_string(), |_| 7_usize), KEPT_MAX);
        assert_eq!(*known.get(&workspace, "0", |_| "words"), "words");
    }
}
