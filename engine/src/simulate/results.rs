//! From the summaries of a run to its projection.

use rayon::prelude::*;

use super::projection::Probability;
use super::run::{Run, Wanted};
use super::summary::Summary;
use super::{
    AssumptionReport, BenefitProjection, CohortProjection, Distribution, EvaluationProjection,
    Named, OutcomeProjection, Projection,
};
use crate::expr::NodeId;
use crate::scenario::{BenefitModel, Scenario};

/// The distributions of a finished run.
pub(super) struct Results {
    wanted: Vec<Wanted>,
    means: Vec<(f64, u64)>,
    distributions: Vec<Option<Distribution>>,
    paths: u64,
}

impl Results {
    pub(super) fn new(run: &Run<'_>, summaries: Vec<Summary>) -> Results {
        let means = summaries.iter().map(|summary| (summary.mean(), summary.count())).collect();
        Results {
            wanted: run.wanted.clone(),
            means,
            distributions: summaries.into_par_iter().map(Summary::distribution).collect(),
            paths: run.paths,
        }
    }

    fn position(&self, node: NodeId, where_available: Option<NodeId>) -> usize {
        let wanted = Wanted { node, where_available };
        self.wanted
            .iter()
            .position(|known| *known == wanted)
            .unwrap_or_else(|| unreachable!("every reported result is wanted"))
    }

    pub(super) fn distribution(&self, node: NodeId) -> Distribution {
        self.distributions[self.position(node, None)]
            .unwrap_or_else(|| unreachable!("a run has paths"))
    }

    /// How often a condition holds.
    fn probability(&self, node: NodeId) -> Probability {
        Probability::of(self.means[self.position(node, None)].0, self.paths)
    }

    fn named(&self, scenario: &Scenario, nodes: &[NodeId]) -> Vec<Named> {
        let lines = scenario.model.lines.iter().zip(nodes);
        lines
            .map(|(line, node)| Named {
                name: line.name.clone(),
                title: line.title.clone(),
                amount: self.distribution(*node),
            })
            .collect()
    }

    fn outcome(
        &self,
        scenario: &Scenario,
        (outcome, value, available): (usize, NodeId, NodeId),
    ) -> OutcomeProjection {
        let contract = &scenario.contract;
        let indicator = &contract.indicators[contract.terms.outcomes[outcome].indicator];
        let at = self.position(value, Some(available));
        OutcomeProjection {
            name: indicator.id.clone(),
            title: indicator.title.clone(),
            unit: crate::settle::unit_text(&indicator.unit),
            available: self.means[at].1 as f64 / self.paths as f64,
            value: self.distributions[at],
        }
    }

    fn benefit(&self, benefit: &BenefitModel) -> BenefitProjection {
        let amount = self.distribution(benefit.amount);
        BenefitProjection {
            name: benefit.name.clone(),
            title: benefit.title.clone(),
            amount,
            shares: benefit
                .shares
                .iter()
                .map(|part| Named {
                    name: part.id.clone(),
                    title: part.name.clone(),
                    amount: amount.scaled(part.share),
                })
                .collect(),
        }
    }

    pub(super) fn projection(&self, scenario: &Scenario, seed: u64) -> Projection {
        let (model, contract) = (&scenario.model, &scenario.contract);
        let effect = &model.effect;
        let evaluations = effect.evaluations.iter().zip(&contract.evaluations);
        Projection {
            contract: contract.id.clone(),
            contract_title: contract.title.clone(),
            currency: contract.currency.clone(),
            scenario: scenario.title.clone(),
            paths: self.paths,
            seed,
            payment: self.distribution(effect.payment),
            payment_discounted: self.distribution(effect.payment_discounted),
            benefit: self.distribution(model.benefit),
            net: self.distribution(model.net),
            no_effect: self.distribution(model.no_effect.payment),
            no_effect_stated: scenario.assumptions.iter().any(|cell| cell.no_effect.is_some()),
            lines: self.named(scenario, &effect.lines),
            no_effect_lines: self.named(scenario, &model.no_effect.lines),
            evaluations: evaluations
                .map(|(evaluation, declared)| EvaluationProjection {
                    at: declared.at.to_string(),
                    payment: self.distribution(evaluation.payment),
                    lines: self.named(scenario, &evaluation.lines),
                    outcomes: evaluation
                        .outcomes
                        .iter()
                        .map(|outcome| self.outcome(scenario, *outcome))
                        .collect(),
                })
                .collect(),
            cap_reached: self.probability(effect.cap_reached),
            no_outcome_payment: self.probability(effect.no_outcome_payment),
            net_positive: self.probability(model.net_positive),
            benefits: model.benefits.iter().map(|benefit| self.benefit(benefit)).collect(),
            cohorts: model
                .cohorts
                .iter()
                .map(|cohort| CohortProjection::of(self, cohort))
                .collect(),
            assumptions: scenario
                .assumptions
                .iter()
                .map(|assumption| AssumptionReport {
                    name: assumption.name.clone(),
                    is: assumption.is.clone(),
                    no_effect: assumption.no_effect.clone(),
                    source: assumption.source.clone(),
                })
                .collect(),
        }
    }
}
