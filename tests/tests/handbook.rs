//! The handbook's commands print what its pages say, in a copy of the repository: some of them write
//! files.

use std::fs;
use std::path::Path;

use seika_tests::Repository;

/// What the handbook's commands read.
const READ: [&str; 4] = ["docs/handbook", "scripts/contracts", "scenarios", "tests/data"];
/// The pages with commands; each is there in English and in Japanese.
const PAGES: [&str; 3] = ["tutorial", "reproduce", "portfolio"];

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type().unwrap().is_dir() {
            copy(&from, &to);
        } else {
            fs::copy(from, to).unwrap();
        }
    }
}

#[test]
fn the_handbook_s_commands_print_what_it_says() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("handbook");
    let _ = fs::remove_dir_all(&folder);
    for read in READ {
        copy(&Repository::top().join(read), &folder.join(read));
    }
    // It is the only test of this program, so no other one is moved with it.
    std::env::set_current_dir(&folder).unwrap();
    let cases = trycmd::TestCases::new();
    cases.register_bin("seika", trycmd::cargo::cargo_bin!("seika-tested")).env("LANG", "C");
    for language in ["", "ja/"] {
        for page in PAGES {
            let page = format!("docs/handbook/{language}{page}.md");
            let text = fs::read_to_string(&page).unwrap();
            assert!(text.contains("\n$ seika "), "{page} has no command");
            cases.case(&page);
        }
    }
    cases.run();
}

#[test]
fn every_page_of_the_handbook_is_there_in_both_languages() {
    let names = |folder: &str| -> Vec<String> {
        let pages = Repository::files_in(folder, ".md");
        pages.iter().map(|page| page.rsplit('/').next().unwrap().to_owned()).collect()
    };
    assert_eq!(names("docs/handbook"), names("docs/handbook/ja"));
}
