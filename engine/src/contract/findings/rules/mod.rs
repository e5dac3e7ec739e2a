//! Every finding there is, declared once: what is looked for, which checks it answers, why, and how
//! to mend it.
//!
//! In: nothing. Out: [`RULES`], by which findings are graded and helped, and [`BEYOND`], the checks
//! that no contract alone can answer, and [`ROWS`], what all of them ask. The documentation is made of both.
//!
//! Never here: looking at a contract.

mod beyond;
mod declarations;
mod payments;
mod rows;

pub use beyond::{BEYOND, Beyond};
pub use rows::{ROWS, Row};

use crate::problem::{Severity, Text};

/// A finding that the linter can make.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// Its id, stable.
    pub id: &'static str,
    /// How grave it is at most.
    pub severity: Severity,
    /// The checks of guidelines and past contracts that it answers, `P1` to `P34`.
    pub rows: &'static [&'static str],
    /// Why it is looked for.
    pub basis: Basis,
    /// Whether it is about something that is not stated, told in short among others.
    pub unstated: bool,
    /// Whether the parties may accept it.
    pub acceptable: bool,
    /// What is looked for.
    pub looks_for: Words,
    /// How it is mended.
    pub mend: Words,
}

/// Why a finding is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// The contract would not say, or not do, what is meant.
    Meaning,
    /// Commonly required or commonly stated; no rule of law is claimed.
    Common,
    /// Said by a source that was read.
    Source(&'static str),
}

impl Basis {
    /// It in words.
    #[must_use]
    pub fn words(self) -> Text {
        match self {
            Basis::Meaning => Text {
                en: "so that the contract says what is meant".into(),
                ja: "意図どおりの契約にするため".into(),
            },
            Basis::Common => {
                Text { en: "commonly required".into(), ja: "一般に求められる".into() }
            }
            Basis::Source(source) => Text::from(source),
        }
    }
}

/// The same in both languages, known when the program is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Words {
    /// English.
    pub en: &'static str,
    /// Japanese.
    pub ja: &'static str,
}

impl Words {
    /// As a text.
    #[must_use]
    pub fn text(self) -> Text {
        Text { en: self.en.into(), ja: self.ja.into() }
    }
}

/// The rule of this id.
#[must_use]
pub fn named(id: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.id == id)
}

/// Every rule: what payments do, then what declarations leave out.
pub static RULES: std::sync::LazyLock<Vec<Rule>> =
    std::sync::LazyLock::new(|| [payments::RULES, declarations::RULES].concat());

const NOTHING: Words = Words { en: "", ja: "" };

const fn rule(
    id: &'static str,
    severity: Severity,
    rows: &'static [&'static str],
    basis: Basis,
) -> Rule {
    Rule {
        id,
        severity,
        rows,
        basis,
        unstated: false,
        acceptable: true,
        looks_for: NOTHING,
        mend: NOTHING,
    }
}

impl Rule {
    const fn looks(mut self, en: &'static str, ja: &'static str) -> Self {
        self.looks_for = Words { en, ja };
        self
    }

    const fn mend(mut self, en: &'static str, ja: &'static str) -> Self {
        self.mend = Words { en, ja };
        self
    }

    const fn never_accepted(mut self) -> Self {
        self.acceptable = false;
        self
    }

    /// Told in short, as something that is not stated; then `looks_for` is what is missing.
    const fn unstated(mut self) -> Self {
        self.unstated = true;
        self
    }
}
