//! What a patch states otherwise than the scenario it lies over.

use super::Patch;
use super::document::{Document, Section};
use super::patch::{base_of, is_prose};
use crate::Files;
use crate::problem::{Place, Problem, Source};

/// An entry of a patch, as it is stated without the patch and with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Restated {
    /// Its name, behind those of the sections around it; of a correlation `correlate` and the two
    /// cells.
    pub(crate) path: Vec<String>,
    /// How it is stated without the patch; nothing where it is not.
    pub(crate) before: Option<String>,
    /// How it is stated with it; nothing for a correlation that is gone.
    pub(crate) after: Option<String>,
    /// Where the patch states it.
    pub(crate) place: Place,
}

/// Every entry of a patch but its words: titles, reasons, sources and notes. A patch's correlations
/// stand in the place of all those below.
///
/// # Errors
/// A file that cannot be read, or is no TOML.
pub(crate) fn restated(
    files: &dyn Files,
    scenario: &str,
    patch: &Patch,
) -> Result<Vec<Restated>, Vec<Problem>> {
    let (source, own) = base_of(files, scenario)?;
    let below: Vec<&Source> = own.iter().rev().map(|patch| &patch.source).collect();
    let over: Vec<&Source> = below.iter().copied().chain([&patch.source]).collect();
    let (without, with) = (
        Document::layered(&source, &below).map_err(|why| vec![why])?,
        Document::layered(&source, &over).map_err(|why| vec![why])?,
    );
    let (before, after) = (without.root(), with.root());
    let mut all = Vec::new();
    for entry in with.entries().pop().unwrap_or_default() {
        match &entry.path[..] {
            path if is_prose(path) || matches!(path, [_, _, .., "unit"]) => {}
            ["correlate"] => all.extend(correlations([&before, &after], &entry.place)),
            path => all.push(Restated {
                path: path.iter().map(|part| (*part).to_owned()).collect(),
                before: stated(&before, path),
                after: stated(&after, path),
                place: entry.place.clone(),
            }),
        }
    }
    Ok(all)
}

/// How an entry is stated: an expression with what it replaces, anything else as it is written.
fn stated(root: &Section<'_>, path: &[&str]) -> Option<String> {
    let (key, around) = path.split_last()?;
    let mut section = root.clone();
    for (depth, name) in around.iter().enumerate() {
        if !section.is_section(name) {
            // A plain cell states its value as a table does with `is`.
            let value = depth + 1 == around.len() && *key == "is";
            return if value { written(&section, name) } else { None };
        }
        section = section.section(name)?;
    }
    written(&section, key)
}

fn written(section: &Section<'_>, key: &str) -> Option<String> {
    if !section.has(key) {
        return None;
    }
    let expression = section.expression(key).map(|expression| expression.shown().to_owned());
    expression.or_else(|| section.raw(key))
}

/// The correlations, pair by pair: those below first, in their order.
fn correlations(roots: [&Section<'_>; 2], place: &Place) -> Vec<Restated> {
    let pairs = |root: &Section<'_>| -> Vec<(String, String)> {
        let pair = |entry: &Section<'_>| {
            let mut cells = entry.texts("cells")?;
            cells.sort_unstable();
            let how = ["rho", "rank"].into_iter().filter_map(|key| {
                let value = written(entry, key)?;
                Some(format!("{key} = {value}"))
            });
            Some((cells.join("–"), how.collect::<Vec<_>>().join(", ")))
        };
        root.sections("correlate").iter().filter_map(pair).collect()
    };
    let [before, after] = roots.map(pairs);
    let of = |all: &[(String, String)], cells: &str| {
        all.iter().find(|(known, _)| known == cells).map(|(_, how)| how.clone())
    };
    let new = after.iter().filter(|(cells, _)| of(&before, cells).is_none());
    let names = before.iter().chain(new).map(|(cells, _)| cells);
    let told = names.map(|cells| Restated {
        path: vec!["correlate".to_owned(), cells.clone()],
        before: of(&before, cells),
        after: of(&after, cells),
        place: place.clone(),
    });
    told.collect()
}
