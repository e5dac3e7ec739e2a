//! The answer as JSON.

use serde_json::{Value, json};

use super::{Axis, AxisKind, CellBar, Ends, HELD_AT, Indices, Limit, Sensitivity};
use crate::analyse::Counted;
use crate::problem::{Language, Problem};
use crate::scenario::Scenario;
use crate::simulate::Mean;

impl Sensitivity {
    /// The answer as JSON: figures are numbers, values of parameters decimal strings.
    #[must_use]
    pub fn to_json(&self, scenario: &Scenario, language: Language) -> Value {
        let contract = &scenario.contract;
        let at = |evaluation: Option<usize>| {
            evaluation.map(|evaluation| contract.evaluations[evaluation].at.to_string())
        };
        let counted = match self.figure.counted() {
            Counted::Money => contract.currency.as_str(),
            Counted::Rate => "share",
            Counted::Number => "number",
        };
        let limit = self.figure.limit.map(|limit| match limit {
            Limit::Above(limit) => json!({ "above": limit.normalize().to_string() }),
            Limit::Below(limit) => json!({ "below": limit.normalize().to_string() }),
        });
        let ends = |ends: &Result<Ends, Problem>, end: usize| match ends {
            Ok(ends) => json!({ "mean": ends.means[end], "change": ends.changes[end] }),
            Err(_) => Value::Null,
        };
        let impossible = |ends: &Result<Ends, Problem>| {
            ends.as_ref().err().map(|problem| problem.to_json(language))
        };
        let missing = |ends: &Result<Ends, Problem>| ends.as_ref().map_or(0, |ends| ends.missing);
        let difference = |ends: &Result<Ends, Problem>| ends.as_ref().ok().map(|of| of.difference);
        let cell = |bar: &CellBar| {
            let values = |end: usize| -> Vec<Value> {
                let values = bar.values.iter();
                values.map(|(on, values)| json!({ "at": at(*on), "value": values[end] })).collect()
            };
            json!({
                "cell": bar.cell.name,
                "correlated_with": bar.cell.partners,
                "held": { "low": values(0), "high": values(1) },
                "in_steps": bar.in_steps,
                "low": ends(&bar.ends, 0),
                "high": ends(&bar.ends, 1),
                "difference": difference(&bar.ends),
                "missing": missing(&bar.ends),
                "impossible": impossible(&bar.ends),
            })
        };
        let factor = |indices: &Indices| json!({ "first": indices.first, "total": indices.total });
        let axis = |axis: &Axis| {
            let points = axis.points.iter().map(|point| {
                let values = axis.evaluations.iter().zip(&point.values);
                let values = values.map(|(on, value)| json!({ "at": at(*on), "value": value }));
                json!({
                    "percentile": point.percentile, "values": values.collect::<Vec<_>>(),
                })
            });
            json!({
                "name": axis.name,
                "kind": match axis.kind {
                    AxisKind::Cell => "cell",
                    AxisKind::Parameter => "parameter",
                },
                "points": points.collect::<Vec<_>>(),
            })
        };
        let point = |mean: &Result<Mean, Problem>| match mean {
            Ok(mean) => json!(mean),
            Err(problem) => json!({ "impossible": problem.to_json(language) }),
        };
        json!({
            "contract": contract.id,
            "scenario": scenario.title.within(language),
            "figure": {
                "name": self.figure.measure.name,
                "title": self.figure.title().within(language),
                "limit": limit,
                "counted": counted,
            },
            "paths": self.paths,
            "seed": self.seed,
            "mean": self.mean,
            "sd": self.sd,
            "missing": self.missing,
            "tornado": {
                "percentiles": HELD_AT,
                "cells": self.cells.iter().map(cell).collect::<Vec<_>>(),
                "parameters": self.parameters.iter().map(|bar| json!({
                    "parameter": bar.name,
                    "value": bar.value.normalize().to_string(),
                    "range": {
                        "low": bar.range.0.normalize().to_string(),
                        "high": bar.range.1.normalize().to_string(),
                    },
                    "low": ends(&bar.ends, 0),
                    "high": ends(&bar.ends, 1),
                    "difference": difference(&bar.ends),
                    "missing": missing(&bar.ends),
                    "impossible": impossible(&bar.ends),
                })).collect::<Vec<_>>(),
                "without_range": self.without_range,
                "following": self.following,
                "beside_cells": self.beside_cells.iter()
                    .map(crate::analyse::sensitivity::Factor::name).collect::<Vec<_>>(),
            },
            "rank_correlations": self.ranks.iter().map(|of| json!({
                "cell": of.cell,
                "at": at(of.evaluation),
                "simple": of.simple,
                "partial": of.partial,
            })).collect::<Vec<_>>(),
            "sobol": self.sobol.as_ref().map(|sobol| json!({
                "runs": sobol.runs,
                "variance": sobol.variance,
                "sum_of_first": sobol.sum_of_first,
                "factors": sobol.factors.iter().map(|(of, indices)| {
                    let mut told = factor(indices);
                    told["factor"] = json!(of.name());
                    told["title"] = json!(of.title(scenario).within(language));
                    told
                }).collect::<Vec<_>>(),
            })),
            "grids": self.grids.iter().map(|grid| json!({
                "axes": grid.axes.iter().map(axis).collect::<Vec<_>>(),
                "means": grid.means.iter()
                    .map(|row| row.iter().map(point).collect::<Vec<_>>())
                    .collect::<Vec<_>>(),
            })).collect::<Vec<_>>(),
        })
    }
}
