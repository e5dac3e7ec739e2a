//! Files the program writes: whole or not at all.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use engine::problem::{Language, Problem, Source, Text};

use crate::{Failure, disk};

/// Writes a file through a neighbour that takes its place when it is complete, so that nobody
/// finds half of it.
pub(crate) fn write<T>(
    path: &str,
    language: Language,
    write: impl FnOnce(&mut (dyn Write + Send)) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let unwritten = |error: io::Error| {
        let (file, said) =
            (path.to_owned(), disk::said(&error, language).unwrap_or_else(|| error.to_string()));
        Failure::Problems(vec![
            Problem::error(
                "unwritable-file",
                text!("`{file}` cannot be written", "`{file}` に書き込めません"),
            )
            .found(Text::from(said))
            .at(Source::new(path, "").whole()),
        ])
    };
    let part = Partial::beside(Path::new(path));
    let mut file = BufWriter::new(File::create(&part.0).map_err(unwritten)?);
    let done = write(&mut file).map_err(|failure| match failure {
        Failure::Output(error) => unwritten(error),
        problems @ Failure::Problems(_) => problems,
    })?;
    let file = file.into_inner().map_err(|error| unwritten(error.into_error()))?;
    file.sync_all().map_err(unwritten)?;
    fs::rename(&part.0, path).map_err(unwritten)?;
    Ok(done)
}

/// A file that is not complete yet; it is removed if it never is.
struct Partial(PathBuf);

impl Partial {
    fn beside(path: &Path) -> Partial {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let own = std::process::id();
        Partial(path.with_file_name(format!(".{name}.{own}.part")))
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        // After the renaming there is nothing to remove.
        let _ = fs::remove_file(&self.0);
    }
}
