//! What a simulation found: distributions of payments and savings.

use serde::Serialize;
use serde_json::{Value, json};

use super::investors::{self, InvestorProjection};
use super::{CohortProjection, Measurement, Reached, Spread};
use crate::problem::{Language, Text};

/// The distribution of one amount over all paths.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Distribution {
    /// The mean.
    pub mean: f64,
    /// The standard deviation, with n − 1.
    pub sd: f64,
    /// The standard error of the mean.
    pub se: f64,
    /// The least.
    pub min: f64,
    /// The 1st percentile (type 7, as all percentiles here).
    pub p01: f64,
    /// The 5th percentile.
    pub p05: f64,
    /// The 25th percentile.
    pub p25: f64,
    /// The median.
    pub p50: f64,
    /// The 75th percentile.
    pub p75: f64,
    /// The 95th percentile.
    pub p95: f64,
    /// The 99th percentile.
    pub p99: f64,
    /// The greatest.
    pub max: f64,
    /// The standard errors of the percentiles.
    pub errors: PercentileErrors,
}

/// The standard errors of the percentiles of a [`Distribution`], from the 1st to the 99th.
///
/// Half the distance between the two values that enclose the true percentile as often as a mean
/// lies within one standard error. 0 says that both are the same value: the percentile lies on a
/// step of the payment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PercentileErrors(pub [f64; 7]);

impl Serialize for PercentileErrors {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(PERCENTILE_NAMES.iter().zip(self.0))
    }
}

/// The percentiles that are reported, by name.
pub(super) const PERCENTILE_NAMES: [&str; 7] = ["p01", "p05", "p25", "p50", "p75", "p95", "p99"];

/// A probability and the standard error of its estimate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Probability {
    /// The part of the paths.
    pub value: f64,
    /// Its standard error.
    pub se: f64,
}

/// An amount with its name.
#[derive(Debug, Clone)]
pub struct Named {
    /// The identifier.
    pub name: String,
    /// The title.
    pub title: Text,
    /// The amount.
    pub amount: Distribution,
}

/// What is paid at one evaluation.
#[derive(Debug, Clone)]
pub struct EvaluationProjection {
    /// The evaluation.
    pub at: String,
    /// What is owed, undiscounted.
    pub payment: Distribution,
    /// Its lines.
    pub lines: Vec<Named>,
    /// The outcomes as measured, on the paths where they are available.
    pub outcomes: Vec<OutcomeProjection>,
}

/// What is paid in one fiscal year.
#[derive(Debug, Clone, Copy)]
pub struct YearProjection {
    /// The year in which it begins: April to March.
    pub year: i16,
    /// What is paid, by day of payment, undiscounted.
    pub payment: Distribution,
}

/// What somebody pays and saves.
#[derive(Debug, Clone)]
pub struct PartyProjection {
    /// The identifier of a party or of a declared beneficiary.
    pub name: String,
    /// Its name.
    pub title: Text,
    /// What it pays for outcomes and spends itself, discounted; `None` of who pays nothing.
    pub paid: Option<Distribution>,
    /// Its parts of all benefits, discounted; `None` of who has none.
    pub saved: Option<Distribution>,
}

/// A measured outcome at one evaluation.
#[derive(Debug, Clone)]
pub struct OutcomeProjection {
    /// The indicator.
    pub name: String,
    /// Its title.
    pub title: Text,
    /// What it is counted in.
    pub unit: Text,
    /// How often enough people are measured.
    pub available: Probability,
    /// Its values on those paths; `None` when there are none.
    pub value: Option<Distribution>,
    /// How they are spread.
    pub spread: Spread,
}

/// How the totals of a projection are spread.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Spreads {
    /// What is owed in all, undiscounted.
    pub payment: Spread,
    /// What is owed in all when the programme does nothing.
    pub no_effect: Spread,
    /// All benefits, discounted.
    pub benefit: Spread,
    /// Benefits less payments, discounted.
    pub net: Spread,
}

/// The mean payment as it was after so many paths.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reading {
    /// How many paths.
    pub paths: u64,
    /// The mean of what is owed in all.
    pub mean: f64,
    /// Its standard error.
    pub se: f64,
}

/// A saving and who has it.
#[derive(Debug, Clone)]
pub struct BenefitProjection {
    /// The identifier.
    pub name: String,
    /// The title.
    pub title: Text,
    /// The discounted amount over the contract.
    pub amount: Distribution,
    /// The part of each beneficiary, in the scenario's order.
    pub shares: Vec<Named>,
}

/// An assumption a result rests on.
#[derive(Debug, Clone)]
pub struct AssumptionReport {
    /// The cell.
    pub name: String,
    /// What people call it, where the scenario says so.
    pub title: Option<Text>,
    /// Its expression.
    pub is: String,
    /// Its expression when the programme has no effect.
    pub no_effect: Option<String>,
    /// What the file says of where it comes from.
    pub source: Option<Text>,
    /// Whether that is no source.
    pub assumed: bool,
}

impl AssumptionReport {
    /// Its title with the name behind it; the name where it has no title.
    #[must_use]
    pub fn called(&self, language: Language) -> String {
        crate::scenario::called(self.title.as_ref(), &self.name, language)
    }

    fn to_json(&self, language: Language) -> Value {
        let words =
            |text: &Option<Text>| text.as_ref().map(|text| text.within(language).to_owned());
        json!({
            "name": self.name,
            "title": words(&self.title),
            "is": self.is,
            "no_effect": self.no_effect,
            "source": words(&self.source),
            "assumed": self.assumed,
        })
    }
}

/// The result of simulating a scenario.
#[derive(Debug, Clone)]
pub struct Projection {
    /// The contract's identifier.
    pub contract: String,
    /// The contract's title.
    pub contract_title: Text,
    /// The currency.
    pub currency: String,
    /// The scenario's title.
    pub scenario: Text,
    /// How many paths were drawn.
    pub paths: u64,
    /// The seed of the random numbers.
    pub seed: u64,
    /// Whether every second path mirrors the one before.
    pub antithetic: bool,
    /// What a percentile may be off by, as a part of its distance from the mean, because values were
    /// counted in bins; 0 where all of them were kept.
    pub percentile_width: f64,
    /// How it ended, when it was to stop at a precision.
    pub until: Option<Reached>,
    /// How the mean payment came about, path by path; empty where the paths were not drawn in one
    /// run.
    pub convergence: Vec<Reading>,
    /// How the totals are spread.
    pub spreads: Spreads,
    /// What is owed in all, undiscounted.
    pub payment: Distribution,
    /// What is owed in all, discounted.
    pub payment_discounted: Distribution,
    /// All benefits, discounted.
    pub benefit: Distribution,
    /// Benefits less payments, discounted.
    pub net: Distribution,
    /// Each statement line over the contract; cuts and top-ups are lines too, so they sum to the
    /// payment (with `tax` as the last line where tax is added).
    pub lines: Vec<Named>,
    /// Evaluation by evaluation.
    pub evaluations: Vec<EvaluationProjection>,
    /// Fiscal year by fiscal year.
    pub years: Vec<YearProjection>,
    /// Those that pay, then others that save.
    pub parties: Vec<PartyProjection>,
    /// What is owed in all when the programme does nothing, on the same random numbers.
    pub no_effect: Distribution,
    /// Whether any cell states what it is without effect; if none does, the comparison says nothing.
    pub no_effect_stated: bool,
    /// What is luck of measurement.
    pub measurement: Measurement,
    /// What the same lines pay then.
    pub no_effect_lines: Vec<Named>,
    /// The total cap is reached.
    pub cap_reached: Probability,
    /// No line that depends on outcomes pays anything.
    pub no_outcome_payment: Probability,
    /// Benefits exceed payments.
    pub net_positive: Probability,
    /// Investor by investor.
    pub investors: Vec<InvestorProjection>,
    /// Benefit by benefit.
    pub benefits: Vec<BenefitProjection>,
    /// Cohort by cohort.
    pub cohorts: Vec<CohortProjection>,
    /// What the result rests on.
    pub assumptions: Vec<AssumptionReport>,
}

impl Projection {
    /// The projection as `simulate --json` prints it. Simulated figures are JSON numbers.
    #[must_use]
    pub fn to_json(&self, language: Language) -> Value {
        let named = |lines: &[Named]| -> Vec<Value> {
            lines
                .iter()
                .map(|line| {
                    json!({
                        "name": line.name,
                        "title": line.title.within(language),
                        "amount": line.amount,
                    })
                })
                .collect()
        };
        json!({
            "contract": self.contract,
            "scenario": self.scenario.within(language),
            "currency": self.currency,
            "engine": crate::VERSION,
            "paths": self.paths,
            "seed": self.seed,
            "antithetic": self.antithetic,
            "until": self.until,
            "percentile_width": self.percentile_width,
            "totals": {
                "payment": self.payment,
                "payment_discounted": self.payment_discounted,
                "benefit": self.benefit,
                "net": self.net,
            },
            "lines": named(&self.lines),
            "evaluations": self.evaluations.iter().map(|evaluation| json!({
                "at": evaluation.at,
                "payment": evaluation.payment,
                "lines": named(&evaluation.lines),
                "outcomes": evaluation.outcomes.iter().map(|outcome| json!({
                    "name": outcome.name,
                    "title": outcome.title.within(language),
                    "unit": outcome.unit.within(language),
                    "available": outcome.available.value,
                    "value": outcome.value,
                })).collect::<Vec<_>>(),
            })).collect::<Vec<_>>(),
            "years": self.years.iter().map(|of| json!({ "year": of.year, "payment": of.payment }))
                .collect::<Vec<_>>(),
            "parties": self.parties.iter().map(|of| json!({
                "name": of.name,
                "title": of.title.within(language),
                "paid": of.paid,
                "saved": of.saved,
            })).collect::<Vec<_>>(),
            "no_effect": { "stated": self.no_effect_stated, "payment": self.no_effect, "lines": named(&self.no_effect_lines) },
            "measurement": self.measurement.to_json(language),
            "probabilities": {
                "cap_reached": self.cap_reached.value,
                "no_outcome_payment": self.no_outcome_payment.value,
                "net_positive": self.net_positive.value,
            },
            "probability_errors": {
                "cap_reached": self.cap_reached.se,
                "no_outcome_payment": self.no_outcome_payment.se,
                "net_positive": self.net_positive.se,
                "loss": investors::errors(&self.investors),
            },
            "investors": self.investors.iter().map(|investor| investor.to_json(language))
                .collect::<Vec<_>>(),
            "benefits": self.benefits.iter().map(|benefit| json!({
                "name": benefit.name,
                "title": benefit.title.within(language),
                "amount": benefit.amount,
                "shares": benefit.shares.iter()
                    .map(|part| (part.name.clone(), json!(part.amount)))
                    .collect::<serde_json::Map<_, _>>(),
            })).collect::<Vec<_>>(),
            "cohorts": self.cohorts.iter().map(|cohort| cohort.to_json(language)).collect::<Vec<_>>(),
            "assumptions": self.assumptions.iter().map(|known| known.to_json(language))
                .collect::<Vec<_>>(),
        })
    }
}
