//! Pages of commands in the documentation: the commands print what the pages say.
//!
//! `TRYCMD=overwrite cargo test --test sessions` writes what they print now in full: what a page
//! leaves out with `...` has to be left out again.

use seika_tests::Repository;

/// The page of each user, beside the one that says who reads which.
const USERS: [&str; 4] = ["evaluator", "investor", "municipality", "vendor"];

#[test]
fn pages_of_commands_print_what_they_say() {
    // As a reader types them: at the top of the repository, where pages without files of their
    // own are run. It is the only test of this program, so no other one is moved with it.
    std::env::set_current_dir(Repository::top()).unwrap();
    let mut pages: Vec<String> = Vec::new();
    for language in ["", "/ja"] {
        let folder = format!("docs/sessions{language}");
        let users: Vec<String> = USERS.iter().map(|page| format!("{folder}/{page}.md")).collect();
        let mut found = Repository::files_in(&folder, ".md");
        found.retain(|page| !page.ends_with("/README.md"));
        assert_eq!(found, users, "every page is run");
        pages.extend(users);
        // One for each contract of a programme, and of a published contract.
        for folder in ["docs/programmes", "docs/published"] {
            let of_contracts = Repository::files_in(&format!("{folder}{language}"), ".md");
            assert!(!of_contracts.is_empty(), "{folder}{language} has no page");
            let key = |page: &String| {
                page.rsplit('/').next().unwrap_or_default().trim_end_matches(".md").to_owned()
            };
            for page in &of_contracts {
                let contract = format!("scripts/contracts/{}.rhai", key(page));
                assert!(Repository::top().join(contract).exists(), "{page} is about no contract");
            }
            let english = Repository::files_in(folder, ".md");
            let keys = |pages: &[String]| pages.iter().map(key).collect::<Vec<String>>();
            assert_eq!(keys(&of_contracts), keys(&english), "every page is in both languages");
            pages.extend(of_contracts);
        }
    }

    let cases = trycmd::TestCases::new();
    cases.register_bin("seika", trycmd::cargo::cargo_bin!("seika-tested")).env("LANG", "C");
    for page in &pages {
        let text = std::fs::read_to_string(page).unwrap();
        let commands = text.lines().filter(|line| line.starts_with("$ seika ")).count();
        assert!((4..=10).contains(&commands), "{page} has {commands} commands");
        let japanese = |line: &str| line.starts_with("$ seika ") && line.contains("--lang ja");
        assert!(text.lines().any(japanese), "{page} has no command in Japanese");
        let ours = page.contains("/ja/");
        let english = |line: &str| line.starts_with("$ seika ") && !japanese(line);
        assert!(!ours || !text.lines().any(english), "{page} has a command in English");
        cases.case(page);
    }
    cases.run();
}
