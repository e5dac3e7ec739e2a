//! What both contracts pay on outcomes that are known: worked examples, evidence, what a ledger
//! holds.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::Versions;
use crate::contract::{Contract, Example, ExampleAt};
use crate::evidence::shared;
use crate::ledger::{Settlement, State};
use crate::problem::{Problem, Text, say};
use crate::settle::{Request, settle};
use crate::{Files, FilesRead};

/// Where outcomes come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A worked example of `A`, of `B`, or of both.
    Example {
        /// Whether `A` has it.
        of_a: bool,
        /// Whether `B` has it.
        of_b: bool,
    },
    /// Files of evidence.
    Evidence,
    /// A settlement in a ledger, with the number of its entry.
    Ledger(u64),
}

/// What both contracts pay on outcomes that are known, to the yen.
#[derive(Debug, Clone)]
pub struct Past {
    /// Where the outcomes come from.
    pub origin: Origin,
    /// What it is called: the example's name; else the evaluation.
    pub title: Text,
    /// The evaluations whose payments are summed.
    pub at: Vec<Date>,
    /// What was stated: in the example, or in the ledger.
    pub stated: Option<Decimal>,
    /// What `A` pays, or why that cannot be said.
    pub a: Result<Decimal, Problem>,
    /// What `B` pays.
    pub b: Result<Decimal, Problem>,
}

impl Past {
    /// By how much `B` pays more; none where one of them cannot be told.
    #[must_use]
    pub fn difference(&self) -> Option<Decimal> {
        match (&self.a, &self.b) {
            (Ok(a), Ok(b)) => Some(b - a),
            _ => None,
        }
    }
}

/// Which evidence both contracts are settled on.
#[derive(Debug, Clone, Default)]
pub struct PastRequest {
    /// The evidence files.
    pub evidence: Vec<String>,
    /// The evaluation; every one that the evidence covers when absent.
    pub at: Option<Date>,
}

/// What was settled, and which of it only one of the contracts asks for.
#[derive(Debug, Clone, Default)]
pub struct Settled {
    /// What both pay.
    pub past: Vec<Past>,
    /// Figures that only `A` or only `B` reads, which the other was settled without.
    pub left_out: Vec<(String, String)>,
}

impl Versions {
    /// What both pay on the worked examples of both.
    #[must_use]
    pub fn examples(&self) -> Vec<Past> {
        let mut all: Vec<(Past, Example)> = Vec::new();
        for example in &self.a.examples {
            let past = Past {
                origin: Origin::Example { of_a: true, of_b: false },
                title: example.name.clone(),
                at: dates(&self.a, example),
                stated: Some(example.expected),
                a: self.a.run_example(example),
                b: transferred(example, &self.a, &self.renamed),
            };
            all.push((past, example.clone()));
        }
        for example in &self.renamed.examples {
            let at = dates(&self.renamed, example);
            let own = translated(example, &self.renamed, &self.a);
            let same = all.iter_mut().find(|(past, known)| {
                let outcomes = own.as_ref().is_ok_and(|own| alike(own, known));
                outcomes && past.at == at
            });
            if let Some((past, _)) = same {
                past.origin = Origin::Example { of_a: true, of_b: true };
                continue;
            }
            let past = Past {
                origin: Origin::Example { of_a: false, of_b: true },
                title: example.name.clone(),
                at,
                stated: Some(example.expected),
                a: own.and_then(|own| self.a.run_example(&own)),
                b: self.renamed.run_example(example),
            };
            all.push((past, example.clone()));
        }
        all.into_iter().map(|(past, _)| past).collect()
    }

    /// What both pay on evidence: each evaluation that it covers, earlier ones paid first under the
    /// same contract.
    ///
    /// # Errors
    /// Evidence that neither can be settled on; nothing that it covers.
    pub fn on_evidence(
        &self,
        files: &dyn Files,
        request: &PastRequest,
    ) -> Result<Settled, Vec<Problem>> {
        let mut settled = Settled::default();
        let (a, b) = (without_examples(&self.a), without_examples(&self.renamed));
        let for_a = shared::read(&a, &b, files, &request.evidence)?;
        let for_b = shared::read(&b, &a, files, &request.evidence)?;
        settled.left_out = [&for_a, &for_b].iter().flat_map(|read| read.left_out.clone()).collect();
        let mut missing = Vec::new();
        for at in self.dates() {
            if request.at.is_some_and(|asked| asked != at) {
                continue;
            }
            let pays = |contract: &Contract, read: &shared::Shared<'_>| {
                let request =
                    Request { evidence: read.paths.clone(), at: Some(at), ..Request::default() };
                settle(contract, read, &request).map(|statement| statement.payable)
            };
            match (pays(&a, &for_a), pays(&b, &for_b)) {
                (Err(problems), Err(_)) if only_missing(&problems) => missing.extend(problems),
                (Err(a), Err(b)) => {
                    let mut problems = a;
                    problems.extend(b);
                    problems.dedup();
                    return Err(problems);
                }
                (a, b) => settled.past.push(Past {
                    origin: Origin::Evidence,
                    title: Text::from(at.to_string()),
                    at: vec![at],
                    stated: None,
                    a: a.map_err(first),
                    b: b.map_err(first),
                }),
            }
        }
        if settled.past.is_empty() {
            return Err(match missing.is_empty() {
                true => vec![self.no_evaluation(request.at)],
                false => missing,
            });
        }
        Ok(settled)
    }

    /// What both pay on what was settled in a ledger under either contract: the settlements that
    /// stand, by evaluation. Earlier evaluations of the ledger are paid first under the same
    /// contract; where they are not in it, what was paid before is what was told.
    ///
    /// # Errors
    /// A ledger that holds nothing of either contract; figures that cannot be settled on.
    pub fn on_ledger(&self, state: &State) -> Result<Settled, Vec<Problem>> {
        let known = [&self.a.id, &self.b.id];
        let mut standing: Vec<&Settlement> = state
            .settlements
            .values()
            .filter(|one| one.superseded_by.is_none() && one.closed.is_none())
            .filter(|one| known.contains(&&one.submit.record.contract))
            .collect();
        standing.sort_by_key(|one| one.submit.record.at);
        if standing.is_empty() {
            let mut held: Vec<&str> =
                state.settlements.values().map(|one| one.submit.record.contract.as_str()).collect();
            held.dedup();
            let (a, b) = (&self.a.id, &self.b.id);
            return Err(vec![
                Problem::error(
                    "not-in-ledger",
                    say!(
                        "the ledger holds no settlement of `{a}` or `{b}`",
                        "台帳に `{a}` と `{b}` の精算はありません"
                    ),
                )
                .found(Text::from(held.join(", ")))
                .at(super::priced::whole(&self.a)),
            ]);
        }
        let (a, b) = (without_examples(&self.a), without_examples(&self.renamed));
        let mut settled = Settled::default();
        for (position, one) in standing.iter().enumerate() {
            let record = &one.submit.record;
            let figures = self.figures_of(&standing[..=position]);
            let held: FilesRead = vec![(FIGURES.to_owned(), figures.into_bytes())];
            let paths = [FIGURES.to_owned()];
            let told =
                record.paid_before.or_else(|| state.paid_before(&record.contract, record.at));
            let mut pays = |contract: &Contract, other: &Contract| -> Result<Decimal, Problem> {
                let read = shared::read(contract, other, &held, &paths).map_err(first)?;
                settled.left_out.extend(read.left_out.clone());
                let request = Request {
                    evidence: read.paths.clone(),
                    at: Some(record.at),
                    ended: record.ended.filter(|_| contract.early_end.is_some()),
                    invoiced: record.invoiced,
                    ..Request::default()
                };
                let statement = settle(contract, &read, &request).or_else(|problems| {
                    let earlier = Request { paid_before: told, ..request.clone() };
                    match told.is_some() && only_missing(&problems) {
                        true => settle(contract, &read, &earlier),
                        false => Err(problems),
                    }
                });
                statement.map(|statement| statement.payable).map_err(first)
            };
            let (a, b) = (pays(&a, &b), pays(&b, &a));
            settled.past.push(Past {
                origin: Origin::Ledger(one.entry),
                title: Text::from(record.at.to_string()),
                at: vec![record.at],
                stated: Some(record.payable()),
                a,
                b,
            });
        }
        settled.left_out.sort();
        settled.left_out.dedup();
        Ok(settled)
    }

    /// The evaluations of both, in order.
    fn dates(&self) -> Vec<Date> {
        let both = self.a.evaluations.iter().chain(&self.b.evaluations);
        let mut dates: Vec<Date> = both.map(|evaluation| evaluation.at).collect();
        dates.sort_unstable();
        dates.dedup();
        dates
    }

    fn no_evaluation(&self, at: Option<Date>) -> Problem {
        let known: Vec<String> = self.dates().iter().map(Date::to_string).collect();
        let at = at.map_or_else(String::new, |at| at.to_string());
        Problem::error(
            "not-an-evaluation",
            say!(
                "{at} is no evaluation of either contract",
                "{at} はどちらの契約の評価日でもありません"
            ),
        )
        .expected(Text::from(known.join(", ")))
        .at(super::priced::whole(&self.a))
    }

    /// The figures of several settlements as one file; what a later one says of an outcome holds.
    fn figures_of(&self, settlements: &[&Settlement]) -> String {
        let mut rows: BTreeMap<(String, String), String> = BTreeMap::new();
        let mut head = String::new();
        for one in settlements {
            let record = &one.submit.record;
            let mut reader = csv::ReaderBuilder::new()
                .has_headers(false)
                .flexible(true)
                .from_reader(record.figures.as_bytes());
            for (number, row) in reader.records().flatten().enumerate() {
                let mut fields: Vec<String> = row.iter().map(str::to_owned).collect();
                if number > 0
                    && let Some(id) = fields.first_mut()
                {
                    self.as_a_names(id);
                }
                let quoted: Vec<String> =
                    fields.iter().map(|field| crate::settle::quoted(field)).collect();
                let line = quoted.join(",") + "\n";
                match (number, &fields[..]) {
                    (0, _) => head = line,
                    (_, [id, at, ..]) => {
                        rows.insert((at.clone(), id.clone()), line);
                    }
                    _ => {}
                }
            }
        }
        head + rows.into_values().collect::<String>().as_str()
    }

    /// The identifier that `A` has for an indicator of `B`.
    fn as_a_names(&self, id: &mut String) {
        if self.a.indicator_named(id).is_some() {
            return;
        }
        let pair = self.indicators.iter().find(|(_, b)| self.b.indicators[*b].id == *id);
        if let Some((a, _)) = pair {
            id.clone_from(&self.a.indicators[*a].id);
        }
    }
}

/// The name the figures of a ledger go by while they are read from memory.
const FIGURES: &str = "figures.csv";

/// Worked examples state what one version pays; another that is only tried need not keep them.
fn without_examples(contract: &Contract) -> Contract {
    Contract { examples: Vec::new(), ..contract.clone() }
}

/// Whether all that is wrong is that nothing was measured yet.
fn only_missing(problems: &[Problem]) -> bool {
    problems.iter().all(|problem| problem.id == "outcome-missing")
}

fn first(problems: Vec<Problem>) -> Problem {
    let mut problems = problems.into_iter();
    problems.next().unwrap_or_else(|| unreachable!("a refusal names its cause"))
}

fn dates(contract: &Contract, example: &Example) -> Vec<Date> {
    example.dates.iter().map(|date| contract.evaluations[date.evaluation].at).collect()
}

/// What another contract pays on an example's outcomes.
fn transferred(example: &Example, own: &Contract, other: &Contract) -> Result<Decimal, Problem> {
    other.run_example(&translated(example, own, other)?)
}

/// An example of one contract in the words of another: outcomes by indicator and date; what the
/// other does not measure is left out.
fn translated(example: &Example, own: &Contract, other: &Contract) -> Result<Example, Problem> {
    let place = |problem: Problem| problem.maybe_at(example.place.clone());
    let mut dates = Vec::new();
    for date in &example.dates {
        let at = own.evaluations[date.evaluation].at;
        let evaluation = other.evaluation_at(at).ok_or_else(|| {
            place(Problem::error(
                "no-such-evaluation",
                say!(
                    "the other contract has no evaluation of {at}",
                    "もう一方の契約に {at} の評価はありません"
                ),
            ))
        })?;
        if date.ended.is_some() && other.early_end.is_none() {
            return Err(place(Problem::error(
                "no-early-end",
                say!(
                    "the other contract does not say what happens when it ends early",
                    "もう一方の契約には途中終了の定めがありません"
                ),
            )));
        }
        let there = |position: &usize| other.indicator_named(&own.indicators[*position].id);
        fn mapped<T: Copy>(
            of: &BTreeMap<usize, T>,
            there: impl Fn(&usize) -> Option<usize>,
        ) -> BTreeMap<usize, T> {
            of.iter().filter_map(|(position, value)| Some((there(position)?, *value))).collect()
        }
        dates.push(ExampleAt {
            evaluation,
            outcomes: mapped(&date.outcomes, there),
            measured: mapped(&date.measured, there),
            ended: date.ended,
            lower: mapped(&date.lower, there),
            upper: mapped(&date.upper, there),
        });
    }
    Ok(Example { dates, ..example.clone() })
}

/// Whether two examples of one contract are about the same outcomes.
fn alike(a: &Example, b: &Example) -> bool {
    let told = |example: &Example| {
        let dates = example.dates.iter();
        dates
            .map(|at| {
                let ExampleAt { evaluation, outcomes, measured, ended, lower, upper } = at;
                (
                    *evaluation,
                    outcomes.clone(),
                    measured.clone(),
                    *ended,
                    lower.clone(),
                    upper.clone(),
                )
            })
            .collect::<Vec<_>>()
    };
    a.paid_before == b.paid_before && told(a) == told(b)
}
