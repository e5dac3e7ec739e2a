//! What a visitor states otherwise than the file of a scenario does: parameters of its contract, and
//! cells.

use std::collections::BTreeMap;

use engine::problem::{Language, Problem, Source, Text};
use engine::scenario::{Editable, Entry, Scenario};

use crate::app::App;
use crate::failure::Failure;
use crate::words::{pick, text};

/// Entries by the names they have in forms and addresses: `param.base`, `is.uptake`,
/// `no_effect.effect`, `source.uptake`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Changes {
    entries: BTreeMap<String, String>,
    /// In which sources are read: one in two languages is changed as a whole.
    language: Language,
}

/// The most characters of an entry.
const ENTRY_MOST: usize = 4_000;

impl Changes {
    /// The entries of a form; other fields are none.
    pub(crate) fn of<'f>(
        fields: impl IntoIterator<Item = (&'f str, &'f str)>,
        language: Language,
    ) -> Result<Changes, Failure> {
        let entries = fields.into_iter().filter(|(name, _)| entry(name).is_some());
        let entries: BTreeMap<String, String> =
            entries.map(|(name, text)| (name.to_owned(), plain(text))).collect();
        if entries.values().any(|text| text.chars().count() > ENTRY_MOST) {
            return Err(Failure::bad(text!(
                "a cell has at most {ENTRY_MOST} characters",
                "セルに書けるのは {ENTRY_MOST} 文字までです"
            )));
        }
        Ok(Changes { entries, language })
    }

    /// How an entry is stated, if otherwise than by the file.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.entries.get(name).map(String::as_str)
    }

    /// Those that differ from what a scenario states, with what it states.
    pub(crate) fn against(&self, scenario: &Scenario) -> Vec<(&str, String, &str)> {
        let differing = self.entries.iter().filter_map(|(name, text)| {
            let stated = plain(&stated(scenario, name, self.language)?);
            (stated != *text).then_some((name.as_str(), stated, text.as_str()))
        });
        differing.collect()
    }

    /// What is stated otherwise, in words: of the contract's parameters, and of cells; empty where
    /// nothing is.
    pub(crate) fn words(&self, scenario: &Scenario) -> [Text; 2] {
        let differing = self.against(scenario);
        let told = |wanted: fn(&Entry<'_>) -> bool, language: Language| -> Vec<String> {
            let wanted =
                differing.iter().filter(|(name, ..)| entry(name).is_some_and(|of| wanted(&of)));
            wanted
                .map(|(name, before, after)| {
                    let called = called(scenario, name, language);
                    let none = pick!(language, "nothing", "なし");
                    let shown =
                        |text: &str| if text.is_empty() { none.clone() } else { text.to_owned() };
                    format!("{called}: {} → {}", shown(before), shown(after))
                })
                .collect()
        };
        let words = |wanted: fn(&Entry<'_>) -> bool, en: &str, ja: &str| Text {
            en: listed(en, &told(wanted, Language::En), "; "),
            ja: listed(ja, &told(wanted, Language::Ja), "、"),
        };
        let is_parameter = |entry: &Entry<'_>| matches!(entry, Entry::Parameter(_));
        let is_cell = |entry: &Entry<'_>| matches!(entry, Entry::Is(_) | Entry::NoEffect(_));
        [
            words(is_parameter, "With other terms than the file: ", "ファイルと異なる条件: "),
            words(is_cell, "With other assumptions than the file: ", "ファイルと異なる前提: "),
        ]
    }

    /// The text of a scenario's file with the entries that differ from what it states.
    ///
    /// Parameters are stated by their value, so that one which is left as it is changes no file.
    pub(crate) fn within(&self, scenario: &Scenario, text: &str) -> Result<String, Vec<Problem>> {
        let source = Source::new(scenario.file.as_str(), text);
        let mut editable = Editable::parse(&source).map_err(|problem| vec![problem])?;
        let unknown = self.entries.keys().filter(|name| {
            let has = |cell: &str| {
                editable.has_cell(cell) && stated(scenario, name, self.language).is_some()
            };
            match entry(name) {
                Some(Entry::Parameter(_)) => stated(scenario, name, self.language).is_none(),
                Some(Entry::Is(cell) | Entry::NoEffect(cell) | Entry::Source(cell)) => !has(cell),
                None => true,
            }
        });
        let unknown: Vec<Problem> = unknown.map(|name| none_such(name, &source)).collect();
        if !unknown.is_empty() {
            return Err(unknown);
        }
        for (name, _, text) in self.against(scenario) {
            if let Some(entry) = entry(name) {
                editable.set(entry, text);
            }
        }
        Ok(editable.text())
    }

    /// The text of the scenario's file as it would be; `None` where nothing differs.
    pub(crate) fn text(
        &self,
        app: &App,
        scenario: &Scenario,
        path: &str,
    ) -> Result<Option<String>, Failure> {
        if self.entries.is_empty() {
            return Ok(None);
        }
        let text = app.workspace.text(path).map_err(|_| Failure::not_found())?;
        let changed = self.within(scenario, &text)?;
        Ok((changed != text).then_some(changed))
    }
}

/// Without space around it; browsers send lines as a network does.
fn plain(text: &str) -> String {
    text.trim().replace("\r\n", "\n")
}

fn entry(name: &str) -> Option<Entry<'_>> {
    let (kind, name) = name.split_once('.')?;
    match kind {
        "param" => Some(Entry::Parameter(name)),
        "is" => Some(Entry::Is(name)),
        "no_effect" => Some(Entry::NoEffect(name)),
        "source" => Some(Entry::Source(name)),
        _ => None,
    }
}

fn none_such(name: &str, source: &Source) -> Problem {
    let words = text!(
        "this scenario's file states no `{name}`",
        "このシナリオのファイルに `{name}` はありません"
    );
    let expected = text!(
        "param.NAME of the contract, or is.CELL, no_effect.CELL, source.CELL of a cell that the file states",
        "契約の param.名前、またはファイルにあるセルの is.セル、no_effect.セル、source.セル"
    );
    Problem::error("unknown-entry", words).expected(expected).at(source.whole())
}

fn listed(before: &str, told: &[String], between: &str) -> String {
    if told.is_empty() { String::new() } else { format!("{before}{}", told.join(between)) }
}

/// What people call an entry.
fn called(scenario: &Scenario, name: &str, language: Language) -> String {
    match entry(name) {
        Some(Entry::Parameter(name)) => {
            let known = scenario.contract.parameters.iter().find(|known| known.name == name);
            known.map_or_else(|| name.to_owned(), |known| known.title.within(language).to_owned())
        }
        Some(Entry::NoEffect(cell)) => {
            let cell = scenario.cell_title(cell, language);
            pick!(language, "{cell}, without effect", "{cell}（効果がない場合）")
        }
        Some(Entry::Is(cell) | Entry::Source(cell)) => scenario.cell_title(cell, language),
        None => name.to_owned(),
    }
}

/// What a scenario states; `None` where it has no such entry.
fn stated(scenario: &Scenario, name: &str, language: Language) -> Option<String> {
    let cell = |name: &str| scenario.assumptions.iter().find(|known| known.name == name);
    let source = |source: &Text| source.within(language).to_owned();
    match entry(name)? {
        Entry::Parameter(name) => {
            let known = scenario.contract.parameters.iter().find(|known| known.name == name);
            known.map(|known| known.value.normalize().to_string())
        }
        Entry::Is(name) => cell(name).map(|cell| cell.is.clone()),
        Entry::NoEffect(name) => cell(name).map(|cell| cell.no_effect.clone().unwrap_or_default()),
        Entry::Source(name) => {
            cell(name).map(|cell| cell.source.as_ref().map(source).unwrap_or_default())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_entries_of_a_scenario_are_changes() {
        let fields =
            [("is.uptake", " 0.3 "), ("kind", "simulate"), ("param.base", "1"), ("x.y", "z")];
        let changes = Changes::of(fields, Language::En).unwrap();
        assert_eq!(changes.get("is.uptake"), Some("0.3"));
        assert_eq!(changes.get("param.base"), Some("1"));
        assert!(changes.get("kind").is_none() && changes.get("x.y").is_none());
        assert!(
            Changes::of([("is.a", "x".repeat(ENTRY_MOST + 1).as_str())], Language::En).is_err()
        );
    }
}
