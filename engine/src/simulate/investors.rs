//! What a simulation found for investors.

use serde_json::{Map, Value, json};

use super::projection::Probability;
use super::{Distribution, Spread};
use crate::finance::Estimated;
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
    /// How it is spread on those paths.
    pub rate_spread: Spread,
    /// How often there is exactly one: always, unless the investor has to pay back what it received.
    pub rate_available: Probability,
    /// What is received in all, divided by what is paid in all.
    pub multiple: Distribution,
    /// Less is received than was paid.
    pub loss: Probability,
    /// What is lost, on the paths with a loss; `None` when there are none.
    pub lost: Option<Distribution>,
    /// The mean loss of the worst twentieth of all paths.
    pub expected_shortfall: Estimated,
    /// What the flows are worth on the day of the first, at the scenario's discount rate.
    pub present_value: Distribution,
    /// The Macaulay duration of what is received, in years, on the paths where anything is; `None`
    /// when there are none.
    pub duration: Option<Distribution>,
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
            "npv": self.present_value,
            "duration": self.duration,
            "loss": {
                "probability": { "value": self.loss.value, "se": self.loss.se },
                "mean_given_loss": self.lost
                    .map(|lost| json!({ "value": lost.mean, "se": lost.se })),
                "expected_shortfall": {
                    "value": self.expected_shortfall.value, "se": self.expected_shortfall.se,
                },
            },
        })
    }
}

/// The standard errors of the probabilities of a loss, by investor.
pub(super) fn errors(investors: &[InvestorProjection]) -> Map<String, Value> {
    investors.iter().map(|investor| (investor.name.clone(), json!(investor.loss.se))).collect()
}
