//! Two contracts side by side, as people read it.

mod changes;
mod past;
mod priced;

use super::document::Document;
use super::figures::Currency;
use crate::analyse::compare::{Priced, Settled, Versions};
use crate::contract::Contract;
use crate::contract::wording::phrase;
use crate::problem::Language;
use crate::scenario::Scenario;

/// A scenario, and the file that was asked for: of a patch its own.
#[derive(Debug, Clone, Copy)]
pub struct Under<'a> {
    /// The file.
    pub path: &'a str,
    /// The scenario.
    pub scenario: &'a Scenario,
}

/// What two versions of a contract say and pay differently. `under` are the scenarios of each, where
/// each is priced under one of its own.
#[must_use]
pub fn compared(
    versions: &Versions,
    under: Option<[Under<'_>; 2]>,
    (priced, settled): (Option<&Priced>, Option<&Settled>),
    language: Language,
) -> Document {
    let currency = Currency::new(&versions.a.currency, language);
    let layout = Layout { versions, under, language, currency };
    let mut document = layout.heading();
    document.gap();
    layout.changes(&mut document);
    document.gap();
    layout.cautions(&mut document);
    if under.is_some() {
        document.gap();
        layout.drawn_apart(&mut document);
    }
    if let Some(priced) = priced {
        document.gap();
        layout.figures(priced, &mut document);
        document.gap();
        layout.by_date(priced, &mut document);
        document.gap();
        layout.regions(priced, &mut document);
        document.gap();
        layout.furthest(priced, &mut document);
    }
    document.gap();
    layout.past(settled, &mut document);
    document
}

struct Layout<'a> {
    versions: &'a Versions,
    under: Option<[Under<'a>; 2]>,
    language: Language,
    currency: Currency<'a>,
}

impl Layout<'_> {
    fn heading(&self) -> Document {
        let line = |side: usize, letter: &str, of: &Contract| {
            let (title, file) = (of.title.within(self.language), &of.file);
            let own =
                phrase!(self.language, "{letter}: {title} ({file})", "{letter}: {title}（{file}）");
            // One contract under two scenarios is told apart by them.
            let Some(under) = self.under else { return own };
            let Under { path, scenario } = under[side];
            let scenario = scenario.title.within(self.language);
            own + phrase!(self.language, ", {scenario} ({path})", "、{scenario}（{path}）").as_str()
        };
        let (a, b) = (line(0, "A", &self.versions.a), line(1, "B", &self.versions.b));
        Document::new(self.language, a, b)
    }
}

#[cfg(test)]
mod tests;
