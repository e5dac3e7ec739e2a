//! A scenario and the stresses that are put on it.

use super::Changed;
use super::changed::{changes, idle};
use crate::Files;
use crate::problem::{Problem, Source, Text, say};
use crate::scenario::{Overwritten, Patch, Scenario, overwritten, restated};

/// A stress, and the scenario with it alone.
#[derive(Debug, Clone)]
pub struct Stress {
    /// The name of its file, without folder and ending.
    pub name: String,
    /// Its file.
    pub file: String,
    /// Its title.
    pub title: Text,
    /// Why it is looked at.
    pub why: Option<Text>,
    /// What it changes of what the scenario states.
    pub changed: Vec<Changed>,
    /// The scenario with it.
    pub alone: Scenario,
}

/// A scenario and its stresses, in their order.
#[derive(Debug, Clone)]
pub struct Suite {
    /// The scenario.
    pub base: Scenario,
    /// Its stresses.
    pub stresses: Vec<Stress>,
    /// What a stress puts in the place of an earlier one's, so that together only the later counts:
    /// positions among the stresses.
    pub overwritten: Vec<Overwritten>,
    /// What of the patches does nothing.
    pub warnings: Vec<Problem>,
    /// With the first two stresses, with the first three, up to all of them.
    sums: Vec<Scenario>,
}

/// The folder where the stresses of a scenario lie: of `scenarios/kobe.toml`,
/// `scenarios/stress/kobe`.
///
/// ```
/// use engine::analyse::stress::folder_of;
/// assert_eq!(folder_of("scenarios/kobe.toml"), "scenarios/stress/kobe");
/// assert_eq!(folder_of("kobe.toml"), "stress/kobe");
/// ```
#[must_use]
pub fn folder_of(scenario: &str) -> String {
    let (folder, file) = scenario.rsplit_once('/').unwrap_or(("", scenario));
    let stem = file.strip_suffix(".toml").unwrap_or(file);
    match folder {
        "" if scenario.starts_with('/') => format!("/stress/{stem}"),
        "" => format!("stress/{stem}"),
        folder => format!("{folder}/stress/{stem}"),
    }
}

impl Suite {
    /// Reads a scenario and patches to it.
    ///
    /// # Errors
    /// Every problem of the scenario or of a patch, of a scenario with a patch alone, or of one with
    /// several; two patches of one name.
    pub fn read(
        files: &dyn Files,
        scenario: &str,
        patches: &[String],
    ) -> Result<Suite, Vec<Problem>> {
        let base = Scenario::read(files, scenario)?;
        let mut read: Vec<(String, Patch)> = Vec::new();
        let mut problems = Vec::new();
        for path in patches {
            match Patch::read(files, path) {
                Ok(_) if read.iter().any(|(known, _)| *known == name_of(path)) => {
                    problems.push(twice(path));
                }
                Ok(patch) => match patch.is_made_for(files, scenario) {
                    Ok(()) => read.push((name_of(path), patch)),
                    Err(problem) => problems.push(problem),
                },
                Err(found) => problems.extend(found),
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let all: Vec<Patch> = read.iter().map(|(_, patch)| patch.clone()).collect();
        let names: Vec<&str> = read.iter().map(|(name, _)| name.as_str()).collect();
        let with = |patches: &[Patch], names: &[&str]| -> Result<Scenario, Vec<Problem>> {
            let variant = Scenario::read_with(files, scenario, patches);
            // All variants run on the same paths.
            let (seed, paths) = (base.seed, base.paths);
            let variant = variant.map(|variant| Scenario { seed, paths, ..variant });
            // What one patch alone says wrong is said of its own file.
            variant.map_err(|problems| match names {
                [_] => problems,
                names => with_names(problems, &names.join(", ")),
            })
        };
        let (mut stresses, mut warnings) = (Vec::new(), Vec::new());
        for (at, (name, patch)) in read.iter().enumerate() {
            match with(std::slice::from_ref(patch), &names[at..=at]) {
                Ok(alone) => {
                    let restated = restated(files, scenario, patch)?;
                    let changed = changes(&restated, &base, &alone);
                    warnings.extend(idle(patch, &restated, &changed));
                    stresses.push(Stress {
                        name: name.clone(),
                        file: patches[at].clone(),
                        title: patch.title.clone(),
                        why: patch.why.clone(),
                        changed,
                        alone,
                    });
                }
                Err(found) => problems.extend(found),
            }
        }
        if !problems.is_empty() {
            problems.dedup();
            return Err(problems);
        }
        let mut sums = Vec::new();
        for count in 2..=all.len() {
            sums.push(with(&all[..count], &names[..count])?);
        }
        let patches: Vec<&Patch> = all.iter().collect();
        let overwritten = overwritten(&patches).map_err(|problem| vec![problem])?;
        Ok(Suite { base, stresses, overwritten, warnings, sums })
    }

    /// With the first two stresses, with the first three, up to all of them.
    pub(super) fn sums(&self) -> impl Iterator<Item = &Scenario> {
        self.sums.iter()
    }

    /// The scenario with all stresses.
    #[must_use]
    pub fn together(&self) -> &Scenario {
        let alone = self.stresses.last().map(|stress| &stress.alone);
        self.sums.last().or(alone).unwrap_or(&self.base)
    }

    /// Every variant, with what it is called.
    pub(super) fn variants(&self) -> impl Iterator<Item = (String, &Scenario)> {
        let alone = self.stresses.iter().map(|stress| (stress.name.clone(), &stress.alone));
        let sums = self.sums.iter().enumerate().map(|(at, sum)| {
            let names: Vec<&str> =
                self.stresses[..at + 2].iter().map(|stress| stress.name.as_str()).collect();
            (names.join(", "), sum)
        });
        alone.chain(sums)
    }
}

/// The name of a file without folder and ending.
fn name_of(path: &str) -> String {
    let file = path.rsplit(['/', '\\']).next().unwrap_or(path);
    file.strip_suffix(".toml").unwrap_or(file).to_owned()
}

/// The same problems, which say which stresses they come with.
pub(super) fn with_names(problems: Vec<Problem>, names: &str) -> Vec<Problem> {
    let named = |problem: Problem| {
        let message = say!("with {names}: {}", "{names} を適用すると: {}", problem.message.clone());
        Problem { message, ..problem }
    };
    problems.into_iter().map(named).collect()
}

fn twice(path: &str) -> Problem {
    let name = name_of(path);
    Problem::error(
        "patch-twice",
        say!("two patches are called `{name}`", "`{name}` という名前のパッチが二つあります"),
    )
    .help(say!("name each file once", "同じファイルは一度だけ指定してください"))
    .at(Source::new(path, "").whole())
}
