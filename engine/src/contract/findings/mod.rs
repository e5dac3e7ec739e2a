//! The linter: is the payment rule what the parties think it is?
//!
//! In: a contract that could be read. Out: findings, each with its reason, its place and what to
//! do. One file per kin: payments that fall ([`falls`]) or jump ([`cliffs`]), rules that are never
//! or always met ([`reach`]), limits ([`limits`]), what indicators state ([`measures`]), dates
//! ([`calendar`]), finance ([`finance`]) and everything else that is declared or not
//! ([`declared`]).
//!
//! Never here: findings that need evidence or a scenario; rules quoted as law.

mod calendar;
mod cliffs;
mod declared;
mod falls;
mod finance;
mod limits;
mod measures;
mod probe;
mod reach;
#[cfg(test)]
mod tests;

use rust_decimal::Decimal;

use super::{Contract, Indicator, wording};
use crate::problem::{Language, Place, Problem, Text};
use probe::Probe;

/// Every finding on a contract that could be read.
pub(super) fn lint(contract: &Contract) -> Vec<Problem> {
    let probe = Probe::new(contract);
    let mut findings = falls::findings(contract, &probe);
    findings.extend(cliffs::findings(contract, &probe));
    findings.extend(reach::findings(contract, &probe));
    findings.extend(limits::findings(contract, &probe));
    findings.extend(measures::findings(contract));
    findings.extend(calendar::findings(contract));
    findings.extend(declared::findings(contract));
    findings.extend(finance::findings(contract));
    findings
}

/// The same told in both languages.
fn both(tell: impl Fn(Language) -> String) -> Text {
    Text { en: tell(Language::En), ja: tell(Language::Ja) }
}

/// A value of an indicator, with its unit.
fn value(indicator: &Indicator, value: Decimal) -> Text {
    both(|language| wording::quantity(value, &indicator.unit, language))
}

impl Contract {
    /// An amount of the contract's currency, in words.
    fn amount_words(&self, value: Decimal) -> Text {
        both(|language| wording::amount(value, &self.currency, language))
    }

    /// Where a word that is declared once stands; else where `contract` does.
    fn declared(&self, word: &str) -> Option<Place> {
        self.declared_at.get(word).or_else(|| self.declared_at.get("contract")).cloned()
    }
}
