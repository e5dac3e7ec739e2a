//! A finding: the problem, what it is about, outcomes that show it, and whether it is accepted.

use std::ops::Deref;

use serde_json::{Value, json};

use super::counterexample::Counterexample;
use super::rules::{self, Rule};
use crate::contract::{Acceptance, Contract};
use crate::problem::{Language, Problem, did_you_mean, say};

/// Something the linter, the reading or a worked example found.
#[derive(Debug, Clone)]
pub struct Finding {
    /// What is found, with its place and remedy.
    pub problem: Problem,
    /// The lines, indicators, dates or topics it is about, by id: what `accept` may be `of`.
    pub of: Vec<String>,
    /// Where it tells of several at once, each of them: it is accepted when all of them are.
    pub subjects: Vec<String>,
    /// Outcomes that show it, priced.
    pub examples: Vec<Counterexample>,
    /// Who accepts it and why, where the contract says so.
    pub accepted: Option<Acceptance>,
}

impl Deref for Finding {
    type Target = Problem;

    fn deref(&self) -> &Problem {
        &self.problem
    }
}

impl From<Problem> for Finding {
    /// A finding of its rule: what to do is the rule's remedy, unless said more exactly.
    fn from(mut problem: Problem) -> Self {
        if problem.help.is_none() {
            problem.help = rules::named(problem.id).map(|rule| rule.mend.text());
        }
        Self { problem, of: Vec::new(), subjects: Vec::new(), examples: Vec::new(), accepted: None }
    }
}

impl Finding {
    /// Adds what it is about.
    pub(super) fn of(mut self, id: impl Into<String>) -> Self {
        let id = id.into();
        if !self.of.contains(&id) {
            self.of.push(id);
        }
        self
    }

    /// Adds one of several that it tells of at once.
    pub(super) fn one_of(mut self, id: impl Into<String>) -> Self {
        let id = id.into();
        self.subjects.push(id.clone());
        self.of(id)
    }

    /// Whether these acceptances, of this kind of finding, cover all it tells of.
    fn is_covered(&self, by: &[&Acceptance]) -> bool {
        let covers = |id: &String| by.iter().any(|one| one.of.as_ref().is_none_or(|of| of == id));
        self.subjects.iter().all(covers)
    }

    /// Adds outcomes that show it.
    pub(super) fn shown(mut self, examples: impl IntoIterator<Item = Counterexample>) -> Self {
        self.examples.extend(examples);
        self
    }

    /// The rule it is a finding of.
    #[must_use]
    pub fn rule(&self) -> Option<&'static Rule> {
        rules::named(self.problem.id)
    }

    /// Whether it is about something that is not stated, to be told in short.
    #[must_use]
    pub fn is_unstated(&self) -> bool {
        self.rule().is_some_and(|rule| rule.unstated)
    }

    /// What is not stated, in short, with the indicators it is not stated of where it is of others.
    #[must_use]
    pub fn topic(&self, contract: &Contract, language: Language) -> Option<String> {
        let topic = self.rule()?.looks_for.text();
        let topic = topic.within(language);
        let concerned = contract.indicators.iter().filter(|it| self.subjects.contains(&it.id));
        let titles: Vec<&str> = concerned.map(|it| it.title.within(language)).collect();
        let some = !titles.is_empty() && titles.len() < contract.indicators.len();
        let titles = titles.join(language.comma());
        Some(match (some, language) {
            (false, _) => topic.to_owned(),
            (true, Language::En) => format!("{topic} ({titles})"),
            (true, Language::Ja) => format!("{topic}（{titles}）"),
        })
    }

    /// The finding as JSON reports it.
    #[must_use]
    pub fn to_json(&self, contract: &Contract, language: Language) -> Value {
        let mut value = self.problem.to_json(language);
        let rows = self.rule().map_or(&[][..], |rule| rule.rows);
        let accepted = self.accepted.as_ref().map(|accepted| {
            let by = accepted.by.map(|by| contract.parties[by].id.as_str());
            let line = accepted.place.as_ref().map(|place| place.line);
            json!({
                "reason": accepted.reason.within(language),
                "by": by,
                "clause": accepted.clause,
                "line": line,
            })
        });
        let examples = self.examples.iter().map(|example| example.to_json(contract, language));
        if let Some(fields) = value.as_object_mut() {
            fields.insert("rows".into(), json!(rows));
            fields.insert("of".into(), json!(self.of));
            fields.insert("examples".into(), examples.collect());
            fields.insert("accepted".into(), json!(accepted));
        }
        value
    }
}

/// Marks what the contract accepts; an acceptance of what is not found is a finding itself.
pub(in crate::contract) fn accept(contract: &Contract, findings: &mut Vec<Finding>) {
    let mut stale = Vec::new();
    for acceptance in &contract.acceptances {
        let meant = |finding: &&mut Finding| {
            let of = acceptance.of.as_ref();
            finding.id == acceptance.finding && of.is_none_or(|of| finding.of.contains(of))
        };
        let same = contract.acceptances.iter().filter(|one| one.finding == acceptance.finding);
        let same: Vec<&Acceptance> = same.collect();
        let mut met = false;
        for finding in findings.iter_mut().filter(meant) {
            met = true;
            if finding.is_covered(&same) {
                finding.accepted.get_or_insert_with(|| acceptance.clone());
            }
        }
        if !met {
            stale.push(not_found(acceptance, findings));
        }
    }
    findings.extend(stale);
}

fn not_found(acceptance: &Acceptance, findings: &[Finding]) -> Finding {
    let id = acceptance.finding;
    let same = findings.iter().filter(|finding| finding.id == id);
    let known: Vec<&str> = same.flat_map(|finding| &finding.of).map(String::as_str).collect();
    let message = match &acceptance.of {
        Some(of) => say!(
            "`{id}` is accepted for `{of}`, but is not found there",
            "`{id}` を `{of}` について容認していますが、その指摘はありません"
        ),
        None => say!(
            "`{id}` is accepted, but is not found",
            "`{id}` を容認していますが、その指摘はありません"
        ),
    };
    let mut problem =
        Problem::warning("acceptance-stale", message).maybe_at(acceptance.place.clone());
    if let Some(of) = &acceptance.of {
        if !known.is_empty() {
            problem = problem.expected(known.join(", "));
        }
        if let Some(near) = did_you_mean(of, known) {
            problem = problem.help(near);
        }
    }
    Finding::from(problem).of(id)
}
