//! Estimators: from rows to an exact value with its interval.
//!
//! One file per family: [`arms`] (means, shares, totals, differences and ratios of them),
//! [`rates`] (events over time or over what is expected), [`strata`] (direct standardisation),
//! [`propensity`] and [`ancova`] (regressions), [`regression_to_mean`] (the note on it).
//!
//! Sums and quotients are exact. Regressions are computed in floating point by operations that
//! have the same bits on every machine, and their results kept to 12 significant digits.

mod ancova;
mod arms;
mod design;
mod linear;
mod propensity;
mod rates;
mod regression_to_mean;
mod strata;
mod sum;

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::Serialize;

use super::interval::{Interval, Spread, quantile_of};
use super::rows::{Rows, column_name};
use crate::contract::{Baseline, Bound, Contract, Indicator, Missing};
use crate::expr::exact::{Evaluator, FaultAt};
use crate::expr::{Exact, Fault, Node, NodeId};
use crate::problem::{Problem, Text, say};

pub use design::{Balance, CovariateBalance};
use regression_to_mean::RegressionToMean;

/// People selected by an indicator but not used by its estimate, by reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Exclusion {
    /// Why: `missing:<column>`, or `reported` for an evaluator's own count.
    pub reason: String,
    /// How many.
    pub count: u64,
}

/// A one-sided confidence bound as figures state it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatedBound {
    /// Whether it is the upper bound rather than the lower.
    pub upper: bool,
    /// Its one-sided level.
    pub level: Decimal,
    /// Its value.
    pub value: Decimal,
}

/// The estimate of one indicator at one evaluation.
#[derive(Debug, Clone)]
pub struct Estimate {
    /// The exact value, before it is read to its precision; `None` when nobody was measured.
    pub value: Option<Exact>,
    /// How many people it rests on, both arms together.
    pub n: u64,
    /// Who was selected but not used.
    pub exclusions: Vec<Exclusion>,
    /// Whose blank was counted as "no", as the missing-data rule says.
    pub counted_as_no: Vec<Exclusion>,
    /// Its 95% interval, when one is defined.
    pub interval: Option<Interval>,
    /// The file it comes from.
    pub source: String,
    /// What the interval is computed from, for bounds at other levels.
    pub spread: Option<Spread>,
    /// What the reader of a statement should know of it.
    pub notes: Vec<Problem>,
    /// How alike the groups of a weighted comparison are.
    pub balance: Option<Balance>,
    /// The one-sided bounds that an evaluator's figures state themselves.
    pub stated_bounds: Vec<StatedBound>,
}

impl Estimate {
    /// A one-sided bound to 12 significant digits; `None` when nothing says how certain the value
    /// is.
    #[must_use]
    pub fn bound(&self, bound: &Bound) -> Option<Decimal> {
        let stated =
            |stated: &&StatedBound| (stated.upper, stated.level) == (bound.upper, bound.level);
        if let Some(stated) = self.stated_bounds.iter().find(stated) {
            return Some(stated.value);
        }
        let limits = self.spread.as_ref()?.limits(quantile_of(bound.level)?)?;
        let limit = if bound.upper { limits.high } else { limits.low };
        sum::exact(limit).map(Exact::approximate)
    }
}

/// What an estimator finds.
#[derive(Debug, Default)]
struct Finding {
    value: Option<Exact>,
    spread: Option<Spread>,
    notes: Vec<Problem>,
    balance: Option<Balance>,
}

/// Why a person cannot be taken.
enum Refusal {
    /// A value that is blank, or cannot be computed.
    Fault(FaultAt),
    /// The sum does not fit.
    Sum(Fault),
    /// A value below 0 where that means nothing.
    Negative(NodeId),
    /// A stratum that the table does not have.
    NoStratum(NodeId),
}

impl From<FaultAt> for Refusal {
    fn from(fault: FaultAt) -> Self {
        Refusal::Fault(fault)
    }
}

/// One family of estimators, fed person by person.
trait Estimator {
    /// Takes a person who was selected.
    fn add(&mut self, person: &Person<'_>) -> Result<(), Refusal>;

    /// Takes a person whose blank counts as "no"; a blank elsewhere is a refusal.
    fn add_no(&mut self, person: &Person<'_>) -> Result<(), Refusal>;

    /// How many people were taken.
    fn n(&self) -> u64;

    /// The estimate.
    fn result(&self) -> Result<Finding, Problem>;
}

/// A row as the closures see it.
struct Person<'p> {
    values: &'p Evaluator<'p>,
}

impl Person<'_> {
    fn value(&self, node: NodeId) -> Result<Exact, FaultAt> {
        self.values.value(node)
    }

    fn holds(&self, node: NodeId) -> Result<bool, FaultAt> {
        self.value(node).map(|value| !value.is_zero())
    }

    fn not_negative(&self, node: NodeId) -> Result<Exact, Refusal> {
        let value = self.value(node)?;
        let negative = value.compare(Exact::ZERO).map_err(Refusal::Sum)?.is_lt();
        if negative { Err(Refusal::Negative(node)) } else { Ok(value) }
    }
}

fn estimator(contract: &Contract, indicator: &Indicator) -> Option<Box<dyn Estimator>> {
    let estimand = &indicator.estimand;
    if let Some(rates) = rates::Rates::of(estimand) {
        return Some(Box::new(rates));
    }
    if let Some(standardised) = strata::Standardised::of(estimand) {
        return Some(Box::new(standardised));
    }
    if let Some(weighted) = propensity::Weighting::of(contract, indicator) {
        return Some(Box::new(weighted));
    }
    if let Some(ancova) = ancova::Ancova::of(contract, estimand) {
        return Some(Box::new(ancova));
    }
    arms::Arms::of(estimand).map(|arms| Box::new(arms) as Box<dyn Estimator>)
}

/// Estimates an indicator from the rows of an evaluation.
///
/// # Errors
/// A blank value that the missing-data rule refuses; a value or a stratum that means nothing; a
/// design that cannot be estimated (nothing expected, separation, collinear factors); a fault of the
/// exact arithmetic, at the place of the script it arose at.
pub(super) fn estimate(
    contract: &Contract,
    indicator: usize,
    evaluation: usize,
    files: &[&Rows],
) -> Result<Estimate, Vec<Problem>> {
    let declared = &contract.indicators[indicator];
    let Some(estimator) = estimator(contract, declared) else {
        let id = &declared.id;
        return Err(vec![
            Problem::error(
                "not-of-rows",
                say!("`{id}` is not computed from rows", "`{id}` は個票からは計算しません"),
            )
            .maybe_at(declared.place.clone()),
        ]);
    };
    let mut people = People::new(contract, declared, estimator);
    let mut problems = Vec::new();
    for rows in files {
        for record in rows.of(evaluation) {
            if let Err(problem) = people.add(rows, record) {
                problems.push(problem);
            }
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let found = people.result().map_err(|problem| {
        let id = Text::from(declared.id.as_str());
        let mut problem = problem.maybe_at(declared.place.clone());
        let message = problem.message.clone();
        problem.message = say!("`{}`: {}", "`{}`: {}", id, message);
        vec![problem]
    })?;
    let listed = |reasons: &BTreeMap<String, u64>| -> Vec<Exclusion> {
        let reasons = reasons.iter();
        reasons.map(|(reason, count)| Exclusion { reason: reason.clone(), count: *count }).collect()
    };
    let interval = found.spread.as_ref().and_then(Spread::interval);
    Ok(Estimate {
        stated_bounds: Vec::new(),
        value: found.value,
        n: people.estimator.n(),
        exclusions: listed(&people.excluded),
        counted_as_no: listed(&people.counted_as_no),
        interval: interval.filter(|_| found.value.is_some()),
        source: files.iter().map(|rows| rows.file()).collect::<Vec<_>>().join(", "),
        spread: found.spread.filter(|_| found.value.is_some()),
        notes: found.notes,
        balance: found.balance,
    })
}

/// A blend of the estimates of its parts: exact, and with the limits of the parts added up. It
/// rests on as many people as the part with fewest.
///
/// # Errors
/// A fault of the exact arithmetic.
pub(super) fn blend(
    declared: &Indicator,
    parts: &[(Estimate, Decimal, bool)],
) -> Result<Estimate, Vec<Problem>> {
    let fault = |fault| vec![crate::script::fault_problem(fault).maybe_at(declared.place.clone())];
    let known: Option<Vec<(Exact, Exact, Exact)>> = parts
        .iter()
        .map(|(part, weight, enough)| {
            part.value.filter(|_| *enough).map(|value| (Exact::from(*weight), value, Exact::ONE))
        })
        .collect();
    let value = known.map(|known| sum::weighted(&known)).transpose().map_err(fault)?;
    let spreads: Option<Vec<(Spread, f64)>> = parts
        .iter()
        .map(|(part, weight, _)| Some((part.spread.clone()?, weight.to_f64()?)))
        .collect();
    let spread = spreads.filter(|_| value.is_some()).map(Spread::Sum);
    let mut sources: Vec<&str> = parts.iter().map(|(part, ..)| part.source.as_str()).collect();
    sources.dedup();
    let enough = |(part, _, enough): &(Estimate, Decimal, bool)| if *enough { part.n } else { 0 };
    Ok(Estimate {
        stated_bounds: Vec::new(),
        value,
        n: parts.iter().map(enough).min().unwrap_or_default(),
        exclusions: Vec::new(),
        counted_as_no: Vec::new(),
        interval: spread.as_ref().and_then(Spread::interval),
        source: sources.join(", "),
        spread,
        notes: Vec::new(),
        balance: None,
    })
}

struct People<'c> {
    contract: &'c Contract,
    indicator: &'c Indicator,
    evaluator: Evaluator<'c>,
    estimator: Box<dyn Estimator>,
    regression: Option<RegressionToMean>,
    excluded: BTreeMap<String, u64>,
    counted_as_no: BTreeMap<String, u64>,
}

impl<'c> People<'c> {
    fn new(
        contract: &'c Contract,
        indicator: &'c Indicator,
        estimator: Box<dyn Estimator>,
    ) -> Self {
        let roots: Vec<NodeId> =
            indicator.estimand.closures().into_iter().chain(indicator.who).collect();
        Self {
            contract,
            indicator,
            evaluator: Evaluator::new(&contract.graph, &roots),
            estimator,
            regression: RegressionToMean::of(contract, indicator),
            excluded: BTreeMap::new(),
            counted_as_no: BTreeMap::new(),
        }
    }

    fn add(&mut self, rows: &Rows, record: usize) -> Result<(), Problem> {
        let no_marks = rustc_hash::FxHashMap::default();
        self.evaluator.run(|symbol| rows.value(symbol, record), &no_marks);
        let selected = match self.indicator.who.map(|who| self.evaluator.value(who)) {
            None => true,
            Some(Ok(selected)) => !selected.is_zero(),
            Some(Err(fault)) => return self.exclude(fault),
        };
        if let Some(regression) = &mut self.regression {
            regression.add(&Person { values: &self.evaluator }, selected);
        }
        if !selected {
            return Ok(());
        }
        match self.estimator.add(&Person { values: &self.evaluator }) {
            Ok(()) => Ok(()),
            Err(Refusal::Fault(fault)) if fault.fault == Fault::Unavailable => {
                match self.indicator.missing {
                    Missing::Exclude => self.exclude(fault),
                    Missing::Refuse => {
                        Err(rows.refused(record, self.column(fault.node), &self.indicator.id))
                    }
                    Missing::AsNo => self.count_as_no(rows, record, fault),
                }
            }
            Err(refusal) => Err(self.problem(rows, record, refusal)),
        }
    }

    /// A blank `of` counts as "no"; a blank group or stratum has no place to count it in.
    fn count_as_no(&mut self, rows: &Rows, record: usize, fault: FaultAt) -> Result<(), Problem> {
        match self.estimator.add_no(&Person { values: &self.evaluator }) {
            Ok(()) => {
                let reason = format!("missing:{}", self.column(fault.node));
                *self.counted_as_no.entry(reason).or_default() += 1;
                Ok(())
            }
            Err(Refusal::Fault(_)) => self.exclude(fault),
            Err(refusal) => Err(self.problem(rows, record, refusal)),
        }
    }

    fn problem(&self, rows: &Rows, record: usize, refusal: Refusal) -> Problem {
        let id = &self.indicator.id;
        let here = |node: NodeId| rows.refused(record, self.column(node), id).place;
        match refusal {
            Refusal::Fault(fault) => self.contract.fault(&fault),
            Refusal::Sum(fault) => {
                crate::script::fault_problem(fault).maybe_at(self.indicator.place.clone())
            }
            Refusal::Negative(node) => {
                let value = self.evaluator.value(node).map(|value| value.approximate());
                Problem::error(
                    "negative-amount",
                    say!(
                        "`{id}` counts events over time: neither can be below 0",
                        "`{id}` は発生数と期間から計算するため、負の値は使えません"
                    ),
                )
                .found(Text::from(value.map(|value| value.to_string()).unwrap_or_default()))
                .expected(say!("at least 0", "0 以上"))
                .maybe_at(here(node))
            }
            Refusal::NoStratum(node) => {
                let column = self.column(node);
                Problem::error(
                    "stratum-unknown",
                    say!(
                        "this person belongs to no stratum that `{id}` states",
                        "この人は `{id}` に定めたどの層にも当てはまりません"
                    ),
                )
                .found(Text::from(column))
                .help(say!(
                    "add the stratum to the table, or leave such people out with `who`",
                    "表に層を加えるか、`who` で対象から除いてください"
                ))
                .maybe_at(here(node))
            }
        }
    }

    fn exclude(&mut self, fault: FaultAt) -> Result<(), Problem> {
        if fault.fault != Fault::Unavailable {
            return Err(self.contract.fault(&fault));
        }
        let reason = format!("missing:{}", self.column(fault.node));
        *self.excluded.entry(reason).or_default() += 1;
        Ok(())
    }

    /// The column that a node is, or first reads.
    fn column(&self, node: NodeId) -> &'c str {
        let graph = &self.contract.graph;
        let symbol = match graph.node(node) {
            Node::Symbol(symbol) => Some(*symbol),
            _ => graph.symbols_in(&[node]).first().copied(),
        };
        symbol.map_or("", |symbol| column_name(self.contract, symbol))
    }

    fn result(&self) -> Result<Finding, Problem> {
        let mut found = self.estimator.result()?;
        if let Some(note) = self.regression.as_ref().and_then(|one| one.note(self.indicator)) {
            found.notes.push(note);
        }
        match &self.indicator.baseline {
            Some(baseline) => against(found, baseline).map_err(crate::script::fault_problem),
            None => Ok(found),
        }
    }
}

/// The estimate less, or over, the value stated at signing, which is taken as known.
fn against(found: Finding, baseline: &Baseline) -> Result<Finding, Fault> {
    let fixed = Exact::from(baseline.value);
    let float = sum::float(fixed);
    let value = match found.value {
        None => None,
        Some(value) if baseline.ratio => Some(value.divide(fixed)?),
        Some(value) => Some(value.minus(fixed)?),
    };
    let (shift, scale) = if baseline.ratio { (0.0, 1.0 / float) } else { (-float, 1.0) };
    let spread = found.spread.map(|spread| spread.moved(shift, scale));
    Ok(Finding { value, spread, ..found })
}
