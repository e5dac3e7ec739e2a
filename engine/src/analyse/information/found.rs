//! What an analysis of information found.

use serde_json::{Value, json};

use super::Estimate;
use super::larger::{Larger, Measured, Verdict};
use super::question::Size;
use crate::analyse::Measure;
use crate::contract::Contract;
use crate::problem::{Language, Text};

/// An option of the decision.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// `not` or `sign`, or the file of another option.
    pub name: String,
    /// What it is called.
    pub title: Text,
    /// What it leaves on average.
    pub mean: Estimate,
    /// How often it leaves the most.
    pub often: Estimate,
}

/// What knowing some cells is worth.
#[derive(Debug, Clone, PartialEq)]
pub struct Knowledge {
    /// The cells.
    pub cells: Vec<String>,
    /// What they are called.
    pub title: Text,
    /// What knowing them before one decision is worth (EVPPI).
    pub value: Estimate,
    /// How often it changes what is done.
    pub changes: Estimate,
}

/// What an analysis of information found.
#[derive(Debug, Clone)]
pub struct Found {
    /// The contract.
    pub contract: Contract,
    /// The scenario.
    pub title: Text,
    /// What is decided about.
    pub figure: Measure,
    /// How many paths.
    pub paths: u64,
    /// The seed of the random numbers.
    pub seed: u64,
    /// How many decisions the information serves.
    pub times: u64,
    /// The options, first not to sign.
    pub options: Vec<Choice>,
    /// Which of them is taken without knowing more.
    pub best: usize,
    /// What knowing everything before one decision is worth (EVPI).
    pub perfect: Estimate,
    /// What knowing some cells is worth, group by group as asked.
    pub known: Vec<Knowledge>,
    /// What else the figure is made from that is drawn, but no cell that could be known by itself.
    pub beside_cells: Vec<Text>,
    /// What larger evaluations are worth.
    pub larger: Option<Larger>,
}

impl Verdict {
    /// Its name in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Worth => "worth",
            Verdict::NotWorth => "not-worth",
            Verdict::Unclear => "unclear",
            Verdict::Nothing => "nothing",
        }
    }
}

fn estimate(of: Estimate) -> Value {
    json!({ "value": of.value, "se": of.se })
}

fn row(of: &Measured) -> Value {
    let asked = match of.size {
        None => json!({ "today": true }),
        Some(Size::People(people)) => json!({ "people": people }),
        Some(Size::More(more)) => json!({ "more": more }),
    };
    json!({
        "asked": asked,
        "people": estimate(of.people),
        "beyond": estimate(of.beyond),
        "value": estimate(of.value),
        "gain": estimate(of.gain),
        "cost": estimate(of.cost),
        "net": estimate(of.net),
        "verdict": of.size.map(|_| of.verdict().name()),
        "payment_luck_sd": estimate(of.luck),
        "mispaid": estimate(of.mispaid),
    })
}

impl Found {
    /// The result as JSON.
    #[must_use]
    pub fn to_json(&self, language: Language) -> Value {
        let times = self.times as f64;
        let mut json = json!({
            "contract": self.contract.id,
            "scenario": self.title.within(language),
            "paths": self.paths,
            "seed": self.seed,
            "figure": self.figure.name,
            "times": self.times,
            "options": self.options.iter().map(|option| json!({
                "name": option.name,
                "title": option.title.within(language),
                "mean": estimate(option.mean),
                "best_on_paths": estimate(option.often),
            })).collect::<Vec<_>>(),
            "best": self.options[self.best].name,
            "perfect": {
                "value": estimate(self.perfect), "all": estimate(self.perfect.times(times)),
            },
            "known": self.known.iter().map(|known| json!({
                "cells": known.cells,
                "title": known.title.within(language),
                "value": estimate(known.value),
                "all": estimate(known.value.times(times)),
                "changes": estimate(known.changes),
            })).collect::<Vec<_>>(),
        });
        let beside = self.beside_cells.iter().map(|of| of.within(language));
        json["beside_cells"] = json!(beside.collect::<Vec<_>>());
        if let Some(larger) = &self.larger {
            json["evaluation"] = json!({
                "indicators": larger.indicators,
                "left_out": larger.left_out,
                "at": larger.at,
                "cost_per_person": larger.cost,
                "cost_fixed": larger.cost_fixed,
                "sizes": larger.rows.iter().map(row).collect::<Vec<_>>(),
                "best": larger.best().map(row),
            });
        }
        json
    }
}
