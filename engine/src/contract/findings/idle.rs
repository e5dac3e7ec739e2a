//! What is paid if the programme changes nothing.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::counterexample::{Counterexample, Outcomes};
use super::probe::Probe;
use super::{Finding, both};
use crate::contract::{Contract, LineKind, wording};
use crate::problem::{Language, Problem, say};

/// More than this part of the cap for outcomes that nobody caused is a warning.
const PART_MOST: Decimal = Decimal::from_parts(1, 0, 0, false, 1);

/// What a contract pays if the programme changes nothing: every indicator at the value stated as
/// expected without it or, where it compares, at no difference; else at the worst that can be
/// measured.
#[derive(Debug, Clone)]
pub struct NoEffect {
    /// The outcomes at every date and what they pay.
    pub example: Counterexample,
    /// What of it is paid by lines that read outcomes.
    pub linked: Decimal,
    /// What is paid in all as a part of the cap or, without one, of the most that can be paid.
    pub part: Option<Decimal>,
    /// The same of what is paid for outcomes.
    pub linked_part: Option<Decimal>,
    /// The indicators taken at their worst, as nothing says what they would be.
    pub at_worst: Vec<usize>,
}

/// What is paid at no effect; `None` where that cannot be told.
pub(super) fn no_effect(contract: &Contract, probe: &Probe<'_>) -> Option<NoEffect> {
    let last = contract.evaluations.len().checked_sub(1)?;
    let mut outcomes = Outcomes::new();
    let mut at_worst = Vec::new();
    for read in contract.terms_read(0..=last) {
        let position = contract.terms.outcomes[read].indicator;
        let indicator = &contract.indicators[position];
        let known = indicator.grounds.without.or_else(|| indicator.no_effect());
        if known.is_none() && !at_worst.contains(&position) {
            at_worst.push(position);
        }
        outcomes.insert(read, known.or_else(|| probe.worst(contract, read))?);
    }
    let example = contract.priced((0, last), &outcomes)?;
    let lines = contract.lines.iter().enumerate();
    let linked: Decimal = lines
        .filter(|(_, line)| line.is_linked() && line.kind == LineKind::Payment)
        .map(|(position, _)| example.line(position))
        .sum();
    let linked = contract.with_tax(linked).min(example.payable).max(Decimal::ZERO);
    let whole = contract.cap_with_tax().or_else(|| contract.payment_bounds().max);
    let part = |amount: Decimal| {
        let whole = whole.filter(|whole| *whole > Decimal::ZERO)?;
        Some(amount.checked_div(whole)?.round_dp(4).normalize())
    };
    let (of_all, linked_part) = (part(example.payable), part(linked));
    Some(NoEffect { example, linked, part: of_all, linked_part, at_worst })
}

impl NoEffect {
    /// As `check --json` prints it.
    #[must_use]
    pub fn to_json(&self, contract: &Contract, language: Language) -> Value {
        let text = |amount: Decimal| amount.normalize().to_string();
        let worst = self.at_worst.iter().map(|at| contract.indicators[*at].id.as_str());
        json!({
            "payment": text(self.example.payable),
            "for_outcomes": text(self.linked),
            "part": self.part.map(text),
            "for_outcomes_part": self.linked_part.map(text),
            "example": self.example.to_json(contract, language),
            "at_worst": worst.collect::<Vec<_>>(),
        })
    }
}

/// Outcomes are paid for though nobody caused them.
pub(super) fn findings(contract: &Contract, idle: Option<&NoEffect>) -> Vec<Finding> {
    let Some(idle) = idle.filter(|idle| idle.linked > Decimal::ZERO) else { return Vec::new() };
    let grave = idle.linked_part.is_none_or(|part| part > PART_MOST);
    let linked = contract.amount_words(idle.linked);
    let part = idle.linked_part.map(|part| both(|_| wording::percent(part)));
    let message = match part {
        Some(part) => say!(
            "if the programme changes nothing, outcomes are still paid {}, {} of the cap",
            "事業に効果がなくても、成果に応じて{}（支払上限額の{}）を支払います",
            linked,
            part
        ),
        None => say!(
            "if the programme changes nothing, outcomes are still paid {}",
            "事業に効果がなくても、成果に応じて{}を支払います",
            linked
        ),
    };
    let problem = match grave {
        true => Problem::warning("paid-at-no-effect", message),
        false => Problem::note("paid-at-no-effect", message),
    };
    let paying = contract.lines.iter().enumerate().filter(|(position, line)| {
        line.is_linked()
            && line.kind == LineKind::Payment
            && idle.example.line(*position) > Decimal::ZERO
    });
    let paying: Vec<_> = paying.map(|(_, line)| line).collect();
    let place = paying.first().and_then(|line| line.place.clone());
    let finding = Finding::from(problem.maybe_at(place)).shown([idle.example.clone()]);
    vec![paying.into_iter().fold(finding, |finding, line| finding.one_of(line.id.clone()))]
}
