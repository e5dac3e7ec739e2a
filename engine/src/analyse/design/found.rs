//! What a search found.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{Candidate, Design, Estimate};
use crate::problem::{Language, Problem};

/// What a search found.
#[derive(Debug)]
pub struct Found {
    /// The seed of the paths that were searched on.
    pub seed: u64,
    /// How many paths.
    pub paths: u64,
    /// What the scenario's own values give, on the paths of the frontier.
    pub base: Candidate,
    /// How many candidates met every want.
    pub answered: usize,
    /// How many of the frontier met every want on the paths that were searched on, and not on
    /// others: they are left out.
    pub unconfirmed: usize,
    /// The answers no other answer beats, on paths that were not searched on; where nothing met
    /// every want, those that missed least.
    pub frontier: Vec<Candidate>,
    /// Every candidate, on the paths that were searched on, in the order in which they were tried.
    pub all: Vec<Candidate>,
    /// Sets of values with which the script is no contract, and why.
    pub impossible: Vec<(Vec<Decimal>, Problem)>,
}

impl Found {
    /// How many candidates met each want, in the order of the design.
    #[must_use]
    pub fn met(&self, design: &Design) -> Vec<usize> {
        let met = |want: usize| self.all.iter().filter(|of| of.wants[want].holds()).count();
        (0..design.wants.len()).map(met).collect()
    }

    /// The result as JSON: values are decimal strings, figures are numbers.
    #[must_use]
    pub fn to_json(&self, design: &Design, language: Language) -> Value {
        let estimate = |of: &Estimate| json!({ "value": of.value, "se": of.se });
        let candidate = |of: &Candidate| {
            let values = design.varied.iter().zip(&of.values);
            let parameters: serde_json::Map<String, Value> = values
                .map(|(varied, value)| (varied.name.clone(), json!(value.normalize().to_string())))
                .collect();
            json!({
                "parameters": parameters,
                "answer": of.is_answer(),
                "wants": of.wants.iter().map(|held| json!({
                    "value": held.value, "limit": held.limit,
                    "margin": held.margin.value, "se": held.margin.se, "holds": held.holds(),
                })).collect::<Vec<_>>(),
                "aims": of.aims.iter().map(estimate).collect::<Vec<_>>(),
            })
        };
        let met = self.met(design);
        json!({
            "contract": design.scenario.contract.id,
            "scenario": design.scenario.title.within(language),
            "title": design.title.within(language),
            "paths": self.paths,
            "seed": self.seed,
            "parameters": design.varied.iter().map(|varied| json!({
                "name": varied.name, "value": varied.value.normalize().to_string(),
                "from": varied.low.normalize().to_string(),
                "to": varied.high.normalize().to_string(),
                "by": varied.by.normalize().to_string(),
            })).collect::<Vec<_>>(),
            "wants": design.wants.iter().zip(met).map(|(want, met)| json!({
                "title": want.title.within(language), "value": want.value,
                if want.at_most { "at_most" } else { "at_least" }: want.limit, "met": met,
            })).collect::<Vec<_>>(),
            "aims": design.aims.iter().map(|aim| json!({
                "title": aim.title.within(language),
                if aim.minimise { "minimise" } else { "maximise" }: aim.value,
            })).collect::<Vec<_>>(),
            "tried": self.all.len(),
            "impossible": self.impossible.len(),
            "answered": self.answered,
            "unconfirmed": self.unconfirmed,
            "base": candidate(&self.base),
            "frontier": self.frontier.iter().map(candidate).collect::<Vec<_>>(),
        })
    }

    /// Every candidate as a row of a CSV table: values, wants with their limits, aims, on the paths
    /// that were searched on.
    #[must_use]
    pub fn to_csv(&self, design: &Design) -> String {
        let mut out =
            csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
        let mut header: Vec<String> =
            design.varied.iter().map(|varied| varied.name.clone()).collect();
        header.push("answer".into());
        for want in &design.wants {
            header.extend([want.value.clone(), want.limit.clone()]);
        }
        header.extend(design.aims.iter().map(|aim| aim.value.clone()));
        // Writing to memory cannot fail.
        let _ = out.write_record(&header);
        for of in &self.all {
            let mut row: Vec<String> = of.values.iter().map(Decimal::to_string).collect();
            row.push(u8::from(of.is_answer()).to_string());
            for held in &of.wants {
                row.extend([held.value.to_string(), held.limit.to_string()]);
            }
            row.extend(of.aims.iter().map(|aim| aim.value.to_string()));
            let _ = out.write_record(&row);
        }
        String::from_utf8(out.into_inner().unwrap_or_default()).unwrap_or_default()
    }
}
