//! What a simulation found for investors.

use serde_json::{Map, Value, json};

use super::Distribution;
use super::projection::Probability;
use crate::problem::{Language, Text};

/// What an investor's money earns.
#[derive(Debug, Clone)]
pub struct InvestorProjection {
    /// The investor's identifier.
    pub name: String,
    /// Its name.
    pub title: Text,
    /// The yearly internal rate of return, on the paths where there is one; `None` when there are
    /// none.
    pub rate: Option<Distribution>,
    /// How often there is one: always, unless the investor has to pay back what it received.
    pub rate_available: Probability,
    /// What is received in all, divided by the amount invested.
    pub multiple: Distribution,
    /// Less is received than was invested.
    pub loss: Probability,
}

impl InvestorProjection {
    pub(super) fn to_json(&self, language: Language) -> Value {
        json!({
            "name": self.name,
            "title": self.title.within(language),
            "irr": self.rate,
            "irr_available": self.rate_available.value,
            "multiple": self.multiple,
            "probability_of_loss": self.loss.value,
        })
    }
}

/// The standard errors of the probabilities of a loss, by investor.
pub(super) fn errors(investors: &[InvestorProjection]) -> Map<String, Value> {
    investors.iter().map(|investor| (investor.name.clone(), json!(investor.loss.se))).collect()
}
