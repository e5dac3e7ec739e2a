//! The people of a regression: what they achieved, their group and their background factors.

use serde::Serialize;

use super::linear::{Root, products};
use super::sum::float;
use super::{Person, Refusal};
use crate::contract::{Contract, wording};
use crate::expr::NodeId;
use crate::problem::{Language, Problem, Text, say};

/// How alike two groups are in one background factor: differences of means in standard deviations
/// (the root of the mean of both groups' variances, without weights).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CovariateBalance {
    /// The factor, as the script computes it.
    pub name: String,
    /// The factor in words.
    #[serde(skip)]
    pub title: Text,
    /// Treated minus comparison, without weights; `None` where neither group varies.
    pub before: Option<f64>,
    /// The same with the weights.
    pub after: Option<f64>,
}

/// How alike the groups of a weighted comparison are, and how many people the weights leave.
///
/// Source: Austin (2009), "Balance diagnostics for comparing the distribution of baseline
/// covariates between treatment groups in propensity-score matched samples", *Statistics in
/// Medicine* 28, 3083–3107; Kish (1965), *Survey Sampling*, for `(Σw)² / Σw²`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Balance {
    /// Factor by factor.
    pub factors: Vec<CovariateBalance>,
    /// How many were treated.
    pub treated: u64,
    /// How many were not.
    pub comparison: u64,
    /// `(Σw)² / Σw²` of the treated.
    pub effective_treated: f64,
    /// `(Σw)² / Σw²` of the others.
    pub effective_comparison: f64,
}

/// The people of a regression.
pub(super) struct People {
    of: NodeId,
    treated_by: NodeId,
    nodes: Vec<NodeId>,
    /// The factors in words.
    pub(super) names: Vec<Text>,
    /// The same as the script computes them.
    headings: Vec<String>,
    /// What each person achieved.
    pub(super) y: Vec<f64>,
    /// Whether each person is in the programme's own group.
    pub(super) treated: Vec<bool>,
    /// The factors, person by person.
    pub(super) factors: Vec<Vec<f64>>,
}

impl People {
    pub(super) fn new(
        contract: &Contract,
        of: Option<NodeId>,
        treated: Option<NodeId>,
        adjust: &[NodeId],
    ) -> Option<People> {
        let words = |node: &NodeId| Text {
            en: wording::named(contract, *node, Language::En),
            ja: wording::named(contract, *node, Language::Ja),
        };
        Some(People {
            of: of?,
            treated_by: treated?,
            nodes: adjust.to_vec(),
            names: adjust.iter().map(words).collect(),
            headings: adjust.iter().map(|node| wording::by_heading(contract, *node)).collect(),
            y: Vec::new(),
            treated: Vec::new(),
            factors: Vec::new(),
        })
    }

    pub(super) fn add(&mut self, person: &Person<'_>) -> Result<(), Refusal> {
        let y = float(person.value(self.of)?);
        let treated = person.holds(self.treated_by)?;
        let mut factors = Vec::with_capacity(self.nodes.len());
        for node in &self.nodes {
            factors.push(float(person.value(*node)?));
        }
        self.y.push(y);
        self.treated.push(treated);
        self.factors.push(factors);
        Ok(())
    }

    pub(super) fn n(&self) -> usize {
        self.y.len()
    }

    /// How many are treated, and how many are not.
    pub(super) fn groups(&self) -> (u64, u64) {
        let treated = self.treated.iter().filter(|treated| **treated).count();
        (treated as u64, (self.n() - treated) as u64)
    }

    /// Every person's row of a regression: 1, what `own` puts there, and the factors, each centred
    /// and divided by its standard deviation, so that no factor's size costs digits.
    ///
    /// # Errors
    /// A factor that is the same for everyone, or a combination of others, by name.
    pub(super) fn rows(&self, group: bool) -> Result<Vec<Vec<f64>>, Problem> {
        let n = self.n() as f64;
        let scales: Vec<(f64, f64)> = (0..self.nodes.len())
            .map(|at| {
                let mean = self.factors.iter().map(|row| row[at]).sum::<f64>() / n;
                let square = |row: &Vec<f64>| (row[at] - mean) * (row[at] - mean);
                (mean, (self.factors.iter().map(square).sum::<f64>() / n).sqrt())
            })
            .collect();
        // A spread that is only the rounding of the mean is none.
        let constant = |(mean, sd): &(f64, f64)| *sd <= 1e-13 * mean.abs();
        if let Some(at) = scales.iter().position(constant) {
            return Err(self.constant(at));
        }
        let rows: Vec<Vec<f64>> = self
            .factors
            .iter()
            .zip(&self.treated)
            .map(|(factors, treated)| {
                let own = group.then(|| f64::from(u8::from(*treated)));
                let scaled = factors.iter().zip(&scales).map(|(x, (mean, sd))| (x - mean) / sd);
                std::iter::once(1.0).chain(own).chain(scaled).collect()
            })
            .collect();
        let before = 1 + usize::from(group);
        match Root::of(&products(&rows, |_| 1.0)) {
            Ok(_) => Ok(rows),
            Err(at) => Err(self.collinear(at.checked_sub(before))),
        }
    }

    fn constant(&self, at: usize) -> Problem {
        let name = self.names[at].clone();
        Problem::error(
            "factor-constant",
            say!(
                "the factor \"{}\" is the same for everyone",
                "背景因子「{}」は全員同じ値です",
                name
            ),
        )
        .help(say!("leave it out of `adjust`", "`adjust` から除いてください"))
    }

    fn collinear(&self, at: Option<usize>) -> Problem {
        let name = at.map_or(Text::from("treated"), |at| self.names[at].clone());
        Problem::error(
            "factors-collinear",
            say!(
                "the factor \"{}\" follows from the others before it",
                "背景因子「{}」は、その前の因子から決まってしまいます",
                name
            ),
        )
        .found(Text::join(&self.names, &say!(", ", "、")))
        .help(say!(
            "leave it out of `adjust`; of indicators for every category, leave one out",
            "`adjust` から除いてください。全カテゴリの指示変数を入れた場合は一つ除きます"
        ))
    }

    /// Balance with these weights, person by person.
    pub(super) fn balance(&self, weights: &[f64]) -> Balance {
        let (treated, comparison) = self.groups();
        let in_group = |group: bool| (0..self.n()).filter(move |at| self.treated[*at] == group);
        let mean = |at: usize, group: bool, weight: &dyn Fn(usize) -> f64| {
            let (mut sum, mut of) = (0.0, 0.0);
            for person in in_group(group) {
                sum += weight(person) * self.factors[person][at];
                of += weight(person);
            }
            sum / of
        };
        let variance = |at: usize, group: bool| {
            let (mean, mut sum, mut n) = (mean(at, group, &|_| 1.0), 0.0, 0.0);
            for person in in_group(group) {
                let off = self.factors[person][at] - mean;
                sum += off * off;
                n += 1.0;
            }
            sum / (n - 1.0)
        };
        let factors = (0..self.nodes.len()).map(|at| {
            let sd = ((variance(at, true) + variance(at, false)) / 2.0).sqrt();
            let between = |weight: &dyn Fn(usize) -> f64| {
                let difference = (mean(at, true, weight) - mean(at, false, weight)) / sd;
                difference.is_finite().then_some(difference)
            };
            CovariateBalance {
                name: self.headings[at].clone(),
                title: self.names[at].clone(),
                before: between(&|_| 1.0),
                after: between(&|person| weights[person]),
            }
        });
        let effective = |group: bool| {
            let (mut sum, mut squares) = (0.0, 0.0);
            for person in in_group(group) {
                sum += weights[person];
                squares += weights[person] * weights[person];
            }
            sum * sum / squares
        };
        Balance {
            factors: factors.collect(),
            treated,
            comparison,
            effective_treated: effective(true),
            effective_comparison: effective(false),
        }
    }
}
