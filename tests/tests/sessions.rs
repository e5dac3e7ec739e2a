//! The worked sessions of the documentation: their commands print what the pages say.
//!
//! `TRYCMD=overwrite cargo test --test sessions` writes what they print now in full: what a page
//! leaves out with `...` has to be left out again.

use seika_tests::Repository;

/// The page of each user, beside the one that says who reads which.
const PAGES: [&str; 4] = ["evaluator", "investor", "municipality", "vendor"];

#[test]
fn the_sessions_print_what_their_pages_say() {
    // As a reader types them: at the top of the repository, where pages without files of their
    // own are run. It is the only test of this program, so no other one is moved with it.
    std::env::set_current_dir(Repository::top()).unwrap();
    let pages: Vec<String> = PAGES.iter().map(|page| format!("docs/sessions/{page}.md")).collect();
    let mut found = Repository::files_in("docs/sessions", ".md");
    found.retain(|page| page != "docs/sessions/README.md");
    assert_eq!(found, pages, "every page is run");

    let cases = trycmd::TestCases::new();
    cases.register_bin("seika", trycmd::cargo::cargo_bin!("seika-tested")).env("LANG", "C");
    for page in &pages {
        let text = std::fs::read_to_string(page).unwrap();
        let commands = text.lines().filter(|line| line.starts_with("$ seika ")).count();
        assert!((5..=8).contains(&commands), "{page} has {commands} commands");
        assert!(text.contains(" --lang ja\n"), "{page} has no command in Japanese");
        cases.case(page);
    }
    cases.run();
}
