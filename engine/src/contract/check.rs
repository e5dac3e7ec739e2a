//! Checking a contract: do its examples come out, what can it pay, what does the linter say?

use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::{Value, json};

use super::bounds::{PaymentBounds, Ranges, least};
use super::example::ExampleResult;
use super::findings::{Finding, NoEffect};
use super::{Basis, Contract, LineKind};
use crate::problem::{Language, Problem, Severity, Text, say};

/// The result of checking a contract.
#[derive(Debug, Clone)]
pub struct Check {
    /// The worked examples and what they pay.
    pub examples: Vec<ExampleResult>,
    /// What the linter and the reading of the script found, in the order of the file.
    pub findings: Vec<Finding>,
    /// The least and the most that can be paid in all.
    pub bounds: PaymentBounds,
    /// The same where the contract does not end early, if it provides for that.
    pub full_term: Option<PaymentBounds>,
    /// The same of each evaluation and each line.
    pub ranges: Ranges,
    /// What is paid if the programme changes nothing, where that can be told.
    pub no_effect: Option<NoEffect>,
    /// How much of the most is fixed and how much depends on outcomes.
    pub shares: Shares,
}

/// The parts of the most that can be paid; `None` where there is no most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Shares {
    /// Paid whatever the outcomes.
    #[serde(with = "rust_decimal::serde::str_option")]
    pub fixed: Option<Decimal>,
    /// Paid for outcomes.
    #[serde(with = "rust_decimal::serde::str_option")]
    pub linked: Option<Decimal>,
}

impl Contract {
    /// Runs the worked examples, bounds the payment and runs the linter.
    #[must_use]
    pub fn check(&self) -> Check {
        let examples = self.run_examples();
        let bounds = self.payment_bounds();
        let shares = self.shares();
        let (linted, no_effect) = super::findings::lint(self);
        let read = self.warnings.iter().cloned();
        let failed = examples.iter().filter_map(ExampleResult::problem);
        let mut findings: Vec<Finding> = read.chain(failed).map(Finding::from).collect();
        findings.extend(linted);
        findings.extend(self.mostly_fixed(shares));
        super::findings::accept(self, &mut findings);
        findings.sort_by_key(|finding| {
            let place = finding.place.as_ref();
            (std::cmp::Reverse(finding.severity), place.map_or((0, 0), |p| (p.line, p.column)))
        });
        let ranges = self.ranges();
        let full_term = self.full_term_bounds();
        Check { examples, findings, bounds, full_term, ranges, shares, no_effect }
    }

    /// Hardly anything depends on outcomes.
    fn mostly_fixed(&self, shares: Shares) -> Option<Finding> {
        // The largest part seen in a published contract.
        let seen = Decimal::new(93, 2);
        let fixed = shares.fixed.filter(|fixed| *fixed > seen && *fixed < Decimal::ONE)?;
        let part = Text::from(super::wording::percent(fixed));
        let problem = Problem::note(
            "mostly-fixed",
            say!(
                "{} of the most is fixed; little depends on outcomes",
                "最大額の{}が固定で、成果に連動する部分がわずかです",
                part
            ),
        );
        let place = self.declared_at.get("contract").cloned();
        Some(Finding::from(problem.maybe_at(place)))
    }

    /// Refuses a contract whose worked examples do not come out: it does not say what its parties
    /// meant, so nothing may be settled or simulated on it.
    ///
    /// # Errors
    /// Every example that fails.
    pub fn examples_hold(&self) -> Result<(), Vec<Problem>> {
        let failed: Vec<Problem> =
            self.run_examples().iter().filter_map(ExampleResult::problem).collect();
        if failed.is_empty() { Ok(()) } else { Err(failed) }
    }

    fn run_examples(&self) -> Vec<ExampleResult> {
        let examples = self.examples.iter();
        examples
            .map(|example| ExampleResult {
                name: example.name.clone(),
                expected: example.expected,
                actual: self.run_example(example),
                place: example.place.clone(),
            })
            .collect()
    }

    /// Fixed lines against outcome-linked ones, each at its most, as fractions of their sum.
    fn shares(&self) -> Shares {
        let most = |linked: bool| -> Option<Decimal> {
            let mut sum = Decimal::ZERO;
            let paid = |line: &&super::Line| line.kind == LineKind::Payment;
            let lines = self.lines.iter().filter(paid);
            for line in lines.filter(|line| line.is_linked() == linked) {
                sum += self.line_most(line)?;
            }
            Some(sum)
        };
        let (fixed, mut linked) = (most(false), most(true));
        if let (Some(fixed), None, Some(cap)) = (fixed, linked, self.cap) {
            // An unlimited outcome payment is limited by what the cap leaves.
            linked = Some((cap - fixed).max(Decimal::ZERO));
        }
        match (fixed, linked) {
            (Some(fixed), Some(linked)) if !(fixed + linked).is_zero() => {
                let part = (fixed / (fixed + linked)).round_dp(4).normalize();
                Shares { fixed: Some(part), linked: Some((Decimal::ONE - part).normalize()) }
            }
            _ => Shares { fixed: None, linked: None },
        }
    }

    /// The most a line can pay over the contract, when there is one: what its dates can pay
    /// together and, where the price is what is owed to date, no more than is owed at most. Never
    /// below nothing: a date may pay nothing, and what is owed to date is less than nothing only
    /// where it is paid back.
    pub(super) fn line_most(&self, line: &super::Line) -> Option<Decimal> {
        let limit = |cap: Option<Decimal>| cap.filter(|_| line.kind == LineKind::Payment);
        let prices = line.prices.iter();
        let highs: Vec<Option<Decimal>> =
            prices.map(|price| self.amount_of(self.rounded(price).high)).collect();
        let mut each = highs.iter().map(|high| least([*high, limit(line.cap_each)]));
        let sum = each.try_fold(Decimal::ZERO, |sum, most| sum.checked_add(most?));
        let to_date = highs.iter().copied().collect::<Option<Vec<Decimal>>>();
        let to_date = to_date.filter(|_| line.basis != Basis::Each);
        let to_date = to_date.map(|highs| highs.into_iter().max().unwrap_or_default());
        least([sum, to_date, limit(line.cap)])
    }
}

impl Check {
    /// Whether nothing is an error: every example comes out and no finding is grave.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.errors().next().is_none()
    }

    /// The findings for which the contract does not pass: errors that nobody accepts.
    pub fn errors(&self) -> impl Iterator<Item = &Finding> {
        let grave =
            |finding: &&Finding| finding.severity == Severity::Error && finding.accepted.is_none();
        self.findings.iter().filter(grave)
    }

    /// The result as `check --json` prints it.
    #[must_use]
    pub fn to_json(&self, contract: &Contract, language: Language) -> Value {
        let text = |amount: Decimal| amount.normalize().to_string();
        let indicators = contract.indicators.iter().map(|indicator| {
            json!({
                "name": indicator.id,
                "title": indicator.title.within(language),
                "kind": indicator.estimand.name(),
                "unit": indicator.unit.to_string(),
                "digits": indicator.read.map(|read| read.digits()),
                "evaluations": dates(contract, indicator.measured.iter().copied()),
            })
        });
        let parties = |mut known: Vec<usize>| -> Vec<&str> {
            known.dedup();
            known.into_iter().map(|party| contract.parties[party].id.as_str()).collect()
        };
        let lines = contract.lines.iter().map(|line| {
            json!({
                "name": line.id,
                "title": line.title.within(language),
                "payer": contract.parties[line.payer].id,
                "payers": parties(line.shares.iter().map(|share| share.payer).collect()),
                "evaluations": dates(contract, line.prices.iter().map(|price| price.evaluation)),
            })
        });
        let investors = contract.finance.tranches.iter().map(|tranche| {
            let party = &contract.parties[tranche.investor];
            json!({
                "name": party.id,
                "title": party.name.within(language),
                "amount": text(tranche.commitment),
                "at": tranche.from().map(|at| at.to_string()),
            })
        });
        let mut json = json!({
            "contract": contract.id,
            "title": contract.title.within(language),
            "ok": self.is_ok(),
            "examples": self.examples.iter().map(|example| json!({
                "name": example.name.within(language),
                "expected": text(example.expected),
                "actual": example.actual.as_ref().ok().map(|actual| text(*actual)),
                "ok": example.is_ok(),
            })).collect::<Vec<_>>(),
            "findings": self.findings.iter().map(|finding| finding.to_json(contract, language))
                .collect::<Vec<_>>(),
            "bounds": self.ranges.to_json(contract),
            "full_term": self.full_term.map(PaymentBounds::to_json),
            "no_effect": self.no_effect.as_ref().map(|idle| idle.to_json(contract, language)),
            "grant": contract.grant_json(),
            "shares": {
                "fixed": self.shares.fixed.map(text),
                "linked": self.shares.linked.map(text),
            },
            "indicators": indicators.collect::<Vec<_>>(),
            "lines": lines.collect::<Vec<_>>(),
            "investors": investors.collect::<Vec<_>>(),
        });
        if let (false, Some(json)) = (contract.finance.is_empty(), json.as_object_mut()) {
            json.insert("finance".to_owned(), contract.finance.to_json(contract, language));
        }
        json
    }
}

fn dates(contract: &Contract, evaluations: impl Iterator<Item = usize>) -> Vec<String> {
    evaluations.map(|at| contract.evaluations[at].at.to_string()).collect()
}
