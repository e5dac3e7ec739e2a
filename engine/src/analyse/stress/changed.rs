//! What a patch changes of what a scenario states.

use serde::Serialize;

use crate::problem::{Problem, Source, say};
use crate::scenario::{Patch, Restated, Scenario};

/// Something that a patch states otherwise than the scenario.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Changed {
    /// Its name: a cell, or an entry such as `outcomes.….n`, `cohort.….size`, `params.…` and
    /// `correlate.…–…`.
    pub name: String,
    /// How the scenario states it; nothing where it does not.
    pub before: Option<String>,
    /// How it is stated with the patch; nothing where it is gone.
    pub after: Option<String>,
}

/// What of the entries of a patch differs from the scenario, in the order of the patch.
pub(super) fn changes(restated: &[Restated], base: &Scenario, with: &Scenario) -> Vec<Changed> {
    let told = |of: &Restated| {
        let path: Vec<&str> = of.path.iter().map(String::as_str).collect();
        let [before, after] = match path[..] {
            // Every variant runs on the scenario's own paths.
            [key] if is_of_the_run(key) => return None,
            // What a scenario does not state has a value all the same.
            ["params", name] => [base, with].map(|scenario| parameter(scenario, name)),
            ["discount_rate"] => [base, with].map(|of| Some(of.discount_rate.to_string())),
            ["discount_from_year"] => {
                [base, with].map(|of| Some(of.discount_from_year.to_string()))
            }
            _ => [of.before.clone(), of.after.clone()],
        };
        // The expression it replaces, and nothing else, changes nothing.
        let alone = before.as_ref().map(|before| format!("({before})"));
        let same = after == before || after == alone;
        (!same).then(|| Changed { name: name_of(&path), before, after })
    };
    restated.iter().filter_map(told).collect()
}

fn parameter(scenario: &Scenario, name: &str) -> Option<String> {
    let known = scenario.contract.parameters.iter().find(|of| of.name == name);
    known.map(|of| of.value.normalize().to_string())
}

/// A cell by its own name, anything else by those of its sections too.
fn name_of(path: &[&str]) -> String {
    let (cell, is_cell) = match path {
        ["assume", "each", cell @ ..] | ["assume", cell @ ..] => (cell, true),
        _ => (path, false),
    };
    cell.strip_suffix(&["is"]).filter(|_| is_cell).unwrap_or(cell).join(".")
}

/// What of a patch does nothing here.
pub(super) fn idle(patch: &Patch, restated: &[Restated], changed: &[Changed]) -> Vec<Problem> {
    let mut warnings = Vec::new();
    for of in restated.iter().filter(|of| matches!(&of.path[..], [key] if is_of_the_run(key))) {
        let key = &of.path[0];
        let problem = Problem::warning(
            "same-paths",
            say!(
                "`{key}` of a stress is not looked at",
                "ストレスの `{key}` は使われません"
            ),
        )
        .help(say!(
            "every stress runs on the paths of the scenario itself, so that only its assumptions make the difference: use --paths or --seed for all of them",
            "前提の違いだけを比べるため、どのストレスもシナリオ自身と同じパスで試算します。すべてに対して変えるには --paths、--seed を使ってください"
        ));
        warnings.push(problem.at(of.place.clone()));
    }
    if changed.is_empty() {
        let problem = Problem::warning(
            "changes-nothing",
            say!("this patch changes nothing", "このパッチは何も変えません"),
        )
        .expected(say!(
            "an entry that is stated otherwise than in the scenario",
            "シナリオと異なる内容の項目"
        ));
        warnings.push(problem.at(Source::new(patch.file(), "").whole()));
    }
    warnings
}

fn is_of_the_run(key: &str) -> bool {
    matches!(key, "seed" | "paths")
}
