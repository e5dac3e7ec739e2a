//! The linter: is the payment rule what the parties think it is?
//!
//! In: a contract that could be read. Out: [`Finding`]s, each with its reason, its place, what to
//! do, and priced outcomes that show it where there are any. [`rules`] declares them; one file per
//! kin finds them, most on prices tried out by [`probe`].
//!
//! Never here: findings that need evidence or a scenario; rules quoted as law.

mod budget;
mod calendar;
mod cliffs;
mod counterexample;
mod dates;
mod declared;
mod falls;
mod finance;
mod finding;
mod grounds;
mod idle;
mod limits;
mod measures;
mod persons;
mod probe;
mod provisions;
mod reach;
pub mod rules;
mod tables;
#[cfg(test)]
mod tests;

pub use counterexample::{Counterexample, Paid};
pub use finding::Finding;
pub(super) use finding::accept;
pub use idle::NoEffect;

use rust_decimal::Decimal;

use super::{Contract, Indicator, LineKind, wording};
use crate::problem::{Language, Place, Problem, Text, say};
use probe::Probe;

/// Every finding on a contract that could be read, and what it pays at no effect.
pub(super) fn lint(contract: &Contract) -> (Vec<Finding>, Option<NoEffect>) {
    let probe = Probe::new(contract);
    let mut falls = falls::falls(contract, &probe);
    let tables = tables::findings(contract, &probe, &mut falls);
    let idle = idle::no_effect(contract, &probe);
    let mut findings = falls::findings(contract, &probe, &falls);
    findings.extend(tables);
    findings.extend(cliffs::findings(contract, &probe));
    findings.extend(persons::findings(contract, &probe));
    findings.extend(idle::findings(contract, idle.as_ref()));
    findings.extend(dates::findings(contract, &probe));
    findings.extend(reach::findings(contract, &probe));
    findings.extend(negative(contract, &probe));
    findings.extend(limits::findings(contract, &probe));
    findings.extend(measures::findings(contract));
    findings.extend(grounds::findings(contract, &probe));
    findings.extend(calendar::findings(contract));
    findings.extend(budget::findings(contract));
    findings.extend(declared::findings(contract));
    findings.extend(finance::findings(contract));
    findings.extend(provisions::findings(contract));
    (findings, idle)
}

/// Payment lines that were seen to come to less than nothing.
fn negative(contract: &Contract, probe: &Probe<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for (evaluation, items) in probe.items.iter().enumerate() {
        for (position, item) in items.iter().enumerate() {
            let paid = !item.offset && item.line.kind == LineKind::Payment;
            let least = probe.least_seen(evaluation, position);
            let Some(least) = least.filter(|least| paid && *least < Decimal::ZERO) else {
                continue;
            };
            if findings.iter().any(|known| known.of.contains(&item.line.id)) {
                continue;
            }
            let problem = Problem::warning(
                "negative-payment",
                say!(
                    "\"{}\" can come to {}, less than nothing",
                    "「{}」が{}となり、マイナスになることがあります",
                    item.line.title.clone(),
                    contract.amount_words(least)
                ),
            );
            let shown = probe.least_of(contract, evaluation, position);
            let finding = Finding::from(problem.maybe_at(item.line.place.clone()));
            findings.push(finding.of(item.line.id.clone()).shown(shown));
        }
    }
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
    pub(crate) fn amount_words(&self, value: Decimal) -> Text {
        both(|language| wording::amount(value, &self.currency, language))
    }

    /// Where a word that is declared once stands; else where `contract` does.
    fn declared(&self, word: &str) -> Option<Place> {
        self.declared_at.get(word).or_else(|| self.declared_at.get("contract")).cloned()
    }
}
