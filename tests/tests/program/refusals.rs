//! A refusal leaves standard output empty, and as JSON names the same problems.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use seika_tests::Repository;

/// Runs a command line of a page, from the folder the pages run in.
fn ran(line: &str) -> Output {
    let program = env!("CARGO_BIN_EXE_seika-tested");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    Command::new(program).args(line.split_whitespace()).current_dir(folder).output().unwrap()
}

/// The commands of the pages of a stage that must end with 1.
fn refused(stage: &str) -> Vec<String> {
    let pages = Repository::files_in(&format!("tests/cases/{stage}/bad"), ".md");
    assert!(!pages.is_empty(), "no page in {stage}");
    let mut commands = Vec::new();
    for page in pages {
        let text = fs::read_to_string(Repository::top().join(page)).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        for pair in lines.windows(2).filter(|pair| pair[1] == "? 1") {
            commands.extend(pair[0].strip_prefix("$ seika ").map(str::to_owned));
        }
    }
    assert!(!commands.is_empty(), "no refusal in {stage}");
    commands
}

fn checks(stage: &str) {
    for command in refused(stage) {
        let plain = command.replace(" --json", "");
        let shown = ran(&plain);
        assert_eq!(shown.status.code(), Some(1), "{plain}");
        assert!(shown.stdout.is_empty(), "{plain} prints a partial result");
        let talk = String::from_utf8(shown.stderr).unwrap();
        let japanese = plain.contains("--lang ja");
        assert!(talk.starts_with(if japanese { "エラー: " } else { "error: " }), "{plain}\n{talk}");

        let json = ran(&format!("{plain} --json"));
        assert_eq!(json.status.code(), Some(1), "{plain}");
        assert!(json.stderr.is_empty(), "{plain} talks beside its JSON");
        let value: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
        let errors = value["errors"].as_array().unwrap();
        assert!(!errors.is_empty(), "{plain}");
        for error in errors {
            for key in ["id", "severity", "message", "file"] {
                assert!(error[key].is_string(), "{plain}: {key} of {error}");
            }
            let message = error["message"].as_str().unwrap();
            assert!(talk.contains(message), "{plain}: {message}");
            assert!(!message.ends_with('.'), "{plain}: {message}");
            // A problem that says where it is also shows the line.
            if let (Some(line), Some(column)) = (error["line"].as_u64(), error["column"].as_u64()) {
                let place = format!("{}:{line}:{column}", error["file"].as_str().unwrap());
                assert!(talk.contains(&place), "{plain}: {place}");
            }
        }
    }
}

#[test]
fn bad_scripts_are_refused_whole() {
    checks("script");
}

#[test]
fn bad_evidence_is_refused_whole() {
    checks("evidence");
}

#[test]
fn bad_scenarios_are_refused_whole() {
    checks("scenario");
}

#[test]
fn bad_analyses_are_refused_whole() {
    checks("analyse");
}

#[test]
fn bad_reports_are_refused_whole() {
    checks("report");
}

#[test]
fn every_refusal_in_japanese_is_said_in_japanese() {
    let japanese = |c: char| matches!(c, 'ぁ'..='ん' | 'ァ'..='ヶ' | '一'..='龠');
    for stage in ["script", "evidence", "scenario", "analyse", "report"] {
        for command in refused(stage) {
            let command = command.replace(" --json", "").replace("--lang en", "--lang ja");
            let json = ran(&format!("{command} --json"));
            let value: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
            for error in value["errors"].as_array().unwrap() {
                for key in ["message", "help"] {
                    let Some(said) = error[key].as_str() else { continue };
                    assert!(said.chars().any(japanese), "{command}: {said}");
                }
            }
        }
    }
}
