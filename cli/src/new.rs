//! `seika new`: a contract and a scenario to start from.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::Path;

use engine::problem::{Language, Problem, Source, Text};
use serde_json::json;

use crate::arguments::{NewArguments, TemplateName};
use crate::output::Output;
use crate::{Context, Exit, Failure};

/// What stands in a template for the name of the contract.
const PLACEHOLDER: &str = "NAME";

pub(crate) fn run(
    arguments: &NewArguments,
    context: &Context,
    output: &mut Output<'_>,
) -> Result<Exit, Failure> {
    let start = Start::new(&arguments.name, arguments.template);
    start.write(Path::new(""))?;
    let Start { contract, scenario } = &start;
    if context.json {
        output.json(&json!({ "contract": contract.path, "scenario": scenario.path }))?;
    } else {
        output.data(&next_steps(contract, scenario, context.language))?;
    }
    Ok(Exit::Done)
}

fn next_steps(contract: &Written, scenario: &Written, language: Language) -> String {
    let (contract, scenario) = (&contract.path, &scenario.path);
    pick!(
        language,
        "Written:\n  {contract}\n  {scenario}\n\n\
         Next:\n  1. put your parties, dates, indicators and amounts into the contract\n  \
         2. seika check {contract}\n  \
         3. put your assumptions and their sources into the scenario\n  \
         4. seika simulate {scenario}\n",
        "作成しました:\n  {contract}\n  {scenario}\n\n\
         次の手順:\n  1. 契約に当事者・日付・指標・金額を書き込む\n  \
         2. seika check {contract}\n  \
         3. シナリオに前提とその出典を書き込む\n  \
         4. seika simulate {scenario}\n"
    )
}

/// A file to be written.
struct Written {
    path: String,
    text: String,
}

/// A contract and its scenario, filled in.
struct Start {
    contract: Written,
    scenario: Written,
}

impl Start {
    fn new(name: &str, template: TemplateName) -> Self {
        let (contract, scenario) = match template {
            TemplateName::BloodPressure => (
                include_str!("../templates/blood-pressure.rhai"),
                include_str!("../templates/blood-pressure.toml"),
            ),
            TemplateName::Participation => (
                include_str!("../templates/participation.rhai"),
                include_str!("../templates/participation.toml"),
            ),
        };
        let filled = |path: String, template: &str| Written {
            path,
            text: template.replace(PLACEHOLDER, name),
        };
        Self {
            contract: filled(format!("scripts/contracts/{name}.rhai"), contract),
            scenario: filled(format!("scenarios/{name}.toml"), scenario),
        }
    }

    /// Writes both files into `folder`, or neither.
    fn write(&self, folder: &Path) -> Result<(), Vec<Problem>> {
        let files = [&self.contract, &self.scenario];
        let taken = |file: &&&Written| fs::symlink_metadata(folder.join(&file.path)).is_ok();
        let exist: Vec<Problem> = files.iter().filter(taken).map(|file| file.exists()).collect();
        if !exist.is_empty() {
            return Err(exist);
        }
        self.contract.write(folder)?;
        self.scenario.write(folder).inspect_err(|_| {
            // Half a start would keep the next attempt from being made.
            let _ = fs::remove_file(folder.join(&self.contract.path));
        })
    }
}

impl Written {
    fn write(&self, folder: &Path) -> Result<(), Vec<Problem>> {
        let path = folder.join(&self.path);
        let made = path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| {
            let mut file = OpenOptions::new().write(true).create_new(true).open(&path)?;
            file.write_all(self.text.as_bytes())
        });
        made.map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => vec![self.exists()],
            _ => vec![self.unwritable(&error)],
        })
    }

    fn exists(&self) -> Problem {
        let path = &self.path;
        Problem::error(
            "file-exists",
            text!("`{path}` exists and is not overwritten", "`{path}` は既にあり、上書きしません"),
        )
        .at(Source::new(path, "").whole())
        .help(text!(
            "choose another name, or move the file away",
            "別の名前にするか、ファイルを移動してください"
        ))
    }

    fn unwritable(&self, error: &std::io::Error) -> Problem {
        let path = &self.path;
        Problem::error(
            "unwritable-file",
            text!("`{path}` cannot be written", "`{path}` に書き込めません"),
        )
        .at(Source::new(path, "").whole())
        .found(Text::from(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::Disk;
    use crate::progress::Progress;
    use clap::ValueEnum;
    use engine::contract::{Contract, Overrides};
    use engine::scenario::Scenario;
    use engine::simulate::{Settings, simulate};
    use std::path::PathBuf;

    /// A folder of its own for one test, removed afterwards.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let folder = std::env::temp_dir().join(format!("seika-{name}-{}", std::process::id()));
            fs::create_dir_all(&folder).unwrap();
            Self(folder)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn every_template_passes_its_check() {
        for template in TemplateName::value_variants() {
            let start = Start::new("trial", *template);
            let source = Source::new(start.contract.path, start.contract.text);
            let contract = Contract::parse(source, &Overrides::new()).unwrap();
            let check = contract.check();
            assert!(check.is_ok(), "{template:?}: {:#?}", check.findings);
            assert!(!check.examples.is_empty());
            assert_eq!(contract.id, "trial");
        }
    }

    #[test]
    fn every_template_can_be_simulated() {
        for template in TemplateName::value_variants() {
            let folder = Folder::new(&format!("{template:?}"));
            let start = Start::new("trial", *template);
            start.write(&folder.0).unwrap();
            let path = folder.0.join(&start.scenario.path);
            let scenario = Scenario::read(&Disk(Language::En), path.to_str().unwrap()).unwrap();
            let settings = Settings { paths: Some(2_000), ..Settings::default() };
            let projection =
                simulate(&scenario, &settings, &Progress::start(Language::En)).unwrap();
            assert!(projection.payment.mean > projection.no_effect.mean, "{template:?}");
        }
    }

    #[test]
    fn both_files_are_written_once_and_never_overwritten() {
        let folder = Folder::new("new");
        let start = Start::new("trial", TemplateName::BloodPressure);
        assert_eq!(start.write(&folder.0), Ok(()));
        let contract = folder.0.join("scripts/contracts/trial.rhai");
        fs::write(&contract, "mine").unwrap();
        let problems = start.write(&folder.0).unwrap_err();
        assert_eq!(
            problems.iter().map(|problem| problem.id).collect::<Vec<_>>(),
            ["file-exists"; 2]
        );
        assert_eq!(fs::read_to_string(&contract).unwrap(), "mine");
    }

    #[test]
    fn nothing_is_written_when_one_of_the_files_exists() {
        let folder = Folder::new("half");
        let start = Start::new("trial", TemplateName::Participation);
        fs::create_dir_all(folder.0.join("scenarios")).unwrap();
        fs::write(folder.0.join(&start.scenario.path), "mine").unwrap();
        assert_eq!(start.write(&folder.0).unwrap_err().len(), 1);
        assert!(!folder.0.join("scripts").exists());
    }
}
