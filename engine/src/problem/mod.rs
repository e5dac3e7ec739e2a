//! What is wrong, said to the person who must mend it.
//!
//! In: a cause found anywhere in the engine. Out: a [`Problem`] with its place, what was found,
//! what was expected and what to do, each in Japanese and English.
//!
//! Never here: colours, terminals, exit statuses.

mod place;
mod text;

pub use place::{Place, Source};
pub(crate) use text::say;
pub use text::{Language, Text};

use serde::Serialize;

/// How grave a [`Problem`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; nothing needs to change.
    Note,
    /// Likely a mistake or a risk; the work goes on.
    Warning,
    /// The work cannot go on, or its result could not be trusted.
    Error,
}

/// One thing that is wrong, or worth knowing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// A stable name of the cause, such as `unknown-word`.
    pub id: &'static str,
    /// How grave it is.
    pub severity: Severity,
    /// What is wrong, in one sentence without a final period.
    pub message: Text,
    /// Where, when a file is to blame.
    pub place: Option<Place>,
    /// What stands there.
    pub found: Option<Text>,
    /// What could stand there.
    pub expected: Option<Text>,
    /// What to do.
    pub help: Option<Text>,
}

impl Problem {
    /// An error with no more than its cause; the `with` methods add the rest.
    #[must_use]
    pub fn error(id: &'static str, message: Text) -> Self {
        Self {
            id,
            severity: Severity::Error,
            message,
            place: None,
            found: None,
            expected: None,
            help: None,
        }
    }

    /// A warning with no more than its cause.
    #[must_use]
    pub fn warning(id: &'static str, message: Text) -> Self {
        Self { severity: Severity::Warning, ..Self::error(id, message) }
    }

    /// A note with no more than its cause.
    #[must_use]
    pub fn note(id: &'static str, message: Text) -> Self {
        Self { severity: Severity::Note, ..Self::error(id, message) }
    }

    /// Adds where it is.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    /// Adds where it is, when that is known.
    #[must_use]
    pub fn maybe_at(mut self, place: Option<Place>) -> Self {
        self.place = place.or(self.place);
        self
    }

    /// Adds what was found.
    #[must_use]
    pub fn found(mut self, found: impl Into<Text>) -> Self {
        self.found = Some(found.into());
        self
    }

    /// Adds what was expected.
    #[must_use]
    pub fn expected(mut self, expected: impl Into<Text>) -> Self {
        self.expected = Some(expected.into());
        self
    }

    /// The problem as JSON reports it.
    #[must_use]
    pub fn to_json(&self, language: Language) -> serde_json::Value {
        let words =
            |text: &Option<Text>| text.as_ref().map(|text| text.within(language).to_owned());
        let place = self.place.as_ref();
        serde_json::json!({
            "id": self.id,
            "severity": self.severity,
            "message": self.message.within(language),
            "file": place.map(|place| place.file.as_str()),
            "line": place.map(|place| place.line).filter(|line| *line > 0),
            "column": place.map(|place| place.column).filter(|column| *column > 0),
            "found": words(&self.found),
            "expected": words(&self.expected),
            "help": words(&self.help),
        })
    }

    /// Adds what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<Text>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// The known word nearest to `word`, when one is near enough to be meant.
///
/// Near enough: at most a third of the letters differ (Damerau–Levenshtein), at least one allowed.
#[must_use]
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let allowed = (word.chars().count() / 3).max(1);
    known
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min()
        .map(|(_, candidate)| candidate)
}

/// "did you mean", when a known word is near.
#[must_use]
pub fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<Text> {
    nearest(word, known).map(|near| say!("did you mean `{near}`?", "`{near}` ではありませんか"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_within_a_third_of_the_letters() {
        assert_eq!(nearest("teirs", ["tiers", "linear"]), Some("tiers"));
        assert_eq!(nearest("pey", ["pay", "party"]), Some("pay"));
        assert_eq!(nearest("banana", ["pay", "party"]), None);
    }
}
