//! `seika settle … --report FILE`.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use seika_tests::Repository;

use super::spreadsheet::Spreadsheet;

/// A folder of its own for one test, removed afterwards.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder =
            std::env::temp_dir().join(format!("seika-statement-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn seika(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_seika-tested"))
        .args([
            "settle",
            "scripts/contracts/nsw-employment.rhai",
            "--evidence",
            "tests/data/nsw.csv",
        ])
        .args(arguments)
        .current_dir(Repository::top())
        .env("LANG", "C")
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn both_files_are_written_beside_what_is_printed() {
    let folder = Folder::new("both");
    let (html, xlsx) = (folder.path("a.html"), folder.path("a.xlsx"));
    // What was there before is replaced, as a run is repeated.
    fs::write(&html, "old").unwrap();
    let output = seika(&["--report", &html, "--report", &xlsx]);
    assert!(output.status.success(), "{}", said(&output));
    assert!(said(&output).contains(&format!("Written to {html}\nWritten to {xlsx}\n")));
    let page = fs::read_to_string(&html).unwrap();
    // The published effect, 1,794.34 dollars, on 445 men.
    assert!(page.contains("1,794.34") && page.contains(">445<"), "{page}");
    let script = fs::read(Repository::top().join("scripts/contracts/nsw-employment.rhai")).unwrap();
    assert!(page.contains(&sha256(&script)));
    let book = Spreadsheet::read(&fs::read(&xlsx).unwrap());
    assert_eq!(book.sheets.len(), 3);
    assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 2);
    // Long enough for a clock in the file to show.
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    let again = folder.path("b.xlsx");
    assert!(seika(&["--report", &again, "--lang", "en"]).status.success());
    assert_eq!(fs::read(&again).unwrap(), fs::read(&xlsx).unwrap());
}

#[test]
fn an_input_is_never_written_over_and_nothing_is_printed() {
    let output = seika(&["--figures-out", "tests/../tests/data/nsw.csv"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty() && said(&output).contains("is an input of this run"));
    let output = seika(&["--report", "/tmp/seika-same.html", "--report", "/tmp/seika-same.html"]);
    assert!(said(&output).contains("given twice"));
    assert!(!PathBuf::from("/tmp/seika-same.html").exists());
}

#[test]
fn a_folder_that_is_not_there_is_said_in_the_language_of_the_reader() {
    let output = seika(&["--report", "/nowhere/a.xlsx", "--lang", "ja"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains("に書き込めません") && output.stdout.is_empty());
}

#[test]
fn a_threshold_that_hides_nothing_it_promises_to_is_refused() {
    let output = seika(&["--hide-counts-under", "2"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("at least 3"), "{}", said(&output));
}

/// The hash as the system's own program computes it.
fn sha256(bytes: &[u8]) -> String {
    let folder = Folder::new("hash");
    let path = folder.path("bytes");
    fs::write(&path, bytes).unwrap();
    let output = Command::new("sha256sum").arg(&path).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.split(' ').next().unwrap_or_default().to_owned()
}
