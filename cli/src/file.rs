//! Files the program writes: whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use engine::Recorded;
use engine::problem::{Language, Problem, Source, Text};

use crate::Failure;
use crate::report_files::ReportFile;

/// Writes a file through a neighbour that takes its place when it is complete, so that nobody
/// finds half of it. What is no file, such as a pipe, is written to as it is.
pub(crate) fn write<T>(
    path: &str,
    language: Language,
    write: impl FnOnce(&mut (dyn Write + Send)) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let unwritten = |error: io::Error| {
        let (file, said) = (
            path.to_owned(),
            engine::disk::said(&error, language).unwrap_or_else(|| error.to_string()),
        );
        Failure::Problems(vec![
            Problem::error(
                "unwritable-file",
                text!("`{file}` cannot be written", "`{file}` に書き込めません"),
            )
            .found(Text::from(said))
            .at(Source::new(path, "").whole()),
        ])
    };
    let named = |failure| match failure {
        Failure::Output(error) => unwritten(error),
        problems @ Failure::Problems(_) => problems,
    };
    // A link is followed: what it points to is replaced, not the link.
    let target = fs::canonicalize(path).unwrap_or_else(|_| PathBuf::from(path));
    let known = fs::metadata(&target).ok();
    if known.as_ref().is_some_and(|known| !known.is_file()) {
        let mut file = OpenOptions::new().write(true).open(&target).map_err(unwritten)?;
        let done = write(&mut file).map_err(named)?;
        file.flush().map_err(unwritten)?;
        return Ok(done);
    }
    let (part, file) = Partial::beside(&target).map_err(unwritten)?;
    if let Some(known) = known {
        file.set_permissions(known.permissions()).map_err(unwritten)?;
    }
    let mut file = BufWriter::new(file);
    let done = write(&mut file).map_err(named)?;
    let file = file.into_inner().map_err(|error| unwritten(error.into_error()))?;
    file.sync_all().map_err(unwritten)?;
    fs::rename(&part.0, &target).map_err(unwritten)?;
    Ok(done)
}

/// Whether two paths lead to the same file.
pub(crate) fn same(a: &str, b: &str) -> bool {
    match (fs::canonicalize(a), fs::canonicalize(b)) {
        (Ok(a), Ok(b)) => a == b,
        _ => a == b,
    }
}

/// What is said when a file to be written is one that was read.
pub(crate) fn is_input(out: &str) -> Problem {
    Problem::error(
        "overwrites-input",
        text!("`{out}` is an input of this run", "`{out}` はこの処理の入力ファイルです"),
    )
    .at(Source::new(out, "").whole())
}

/// Refuses to write over a file that is read, or to write two results to one file.
///
/// # Errors
/// Every file that is an input or is given twice.
pub(crate) fn spare<'a>(
    outs: impl IntoIterator<Item = &'a str>,
    inputs: &[&str],
) -> Result<(), Vec<Problem>> {
    let (mut known, mut problems): (Vec<&str>, Vec<Problem>) = Default::default();
    for out in outs {
        if inputs.iter().any(|input| same(input, out)) {
            problems.push(is_input(out));
        }
        if known.iter().any(|other| same(other, out)) {
            problems.push(
                Problem::error(
                    "file-twice",
                    text!("`{out}` is given twice", "`{out}` が二度指定されています"),
                )
                .at(Source::new(out, "").whole())
                .help(text!(
                    "each output is a file of its own",
                    "出力はそれぞれ別のファイルにしてください"
                )),
            );
        }
        known.push(out);
    }
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

/// Refuses to write a report over a file that was read, or two to one file.
pub(crate) fn spare_read(reports: &[ReportFile], read: Recorded<'_>) -> Result<(), Vec<Problem>> {
    let read = read.read_so_far();
    let inputs: Vec<&str> = read.iter().map(|(path, _)| path.as_str()).collect();
    spare(reports.iter().map(|report| report.path.as_str()), &inputs)
}

/// A file that is not complete yet; it is removed if it never is.
struct Partial(PathBuf);

impl Partial {
    fn beside(path: &Path) -> io::Result<(Partial, File)> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let own = std::process::id();
        let part = path.with_file_name(format!(".{name}.{own}.part"));
        let file = OpenOptions::new().write(true).create_new(true).open(&part)?;
        Ok((Partial(part), file))
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        // After the renaming there is nothing to remove.
        let _ = fs::remove_file(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(path: &Path, text: &str) -> Result<(), Failure> {
        write(path.to_str().unwrap(), Language::En, |file| Ok(file.write_all(text.as_bytes())?))
    }

    #[test]
    fn a_file_is_written_whole_or_stays_as_it_was() {
        let folder = std::env::temp_dir().join(format!("seika-file-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("a.csv");
        written(&path, "one").ok().unwrap();
        let stopped = write(path.to_str().unwrap(), Language::En, |file| {
            file.write_all(b"half")?;
            Err::<(), _>(Failure::Output(io::ErrorKind::StorageFull.into()))
        });
        assert!(stopped.is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), "one");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
        assert!(same(path.to_str().unwrap(), folder.join("./a.csv").to_str().unwrap()));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
            let link = folder.join("link");
            std::os::unix::fs::symlink(&path, &link).unwrap();
            written(&link, "two").ok().unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), "two");
            assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
            // A device takes what is written to it and stays what it is.
            written(Path::new("/dev/null"), "gone").ok().unwrap();
            assert!(!fs::metadata("/dev/null").unwrap().is_file());
        }
        fs::remove_dir_all(&folder).unwrap();
    }
}
