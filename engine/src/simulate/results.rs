//! From the summaries of a run to its projection.

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::pass::{Pass, Totals, Wanted};
use super::projection::Probability;
use super::run::Run;
use super::summary::{BIN_WIDTH, Summary};
use super::{
    AssumptionReport, BenefitProjection, CohortProjection, Distribution, EvaluationProjection,
    InvestorProjection, LineMeasurement, Measurement, Named, OutcomeProjection, PartyProjection,
    Projection, Spread, Spreads, YearProjection, luck,
};
use crate::expr::NodeId;
use crate::finance::Estimated;
use crate::scenario::{BenefitModel, InvestorModel, Scenario};

/// The distributions of a finished run.
pub(super) struct Results {
    /// Where the summary of a result of a pass is.
    positions: FxHashMap<(usize, Wanted), usize>,
    counts: Vec<u64>,
    distributions: Vec<Option<Distribution>>,
    /// The expected shortfall of what is left to investors, by the position of its summary.
    tails: FxHashMap<usize, Estimated>,
    /// How the results that charts draw are spread, by the position of the summary.
    spreads: FxHashMap<usize, Spread>,
    paths: u64,
}

/// The results that charts draw in full.
fn drawn(scenario: &Scenario) -> Vec<Wanted> {
    let model = &scenario.model;
    let totals =
        [model.effect.payment, model.no_effect.payment, model.net, model.benefit].into_iter();
    let outcomes = model.effect.evaluations.iter().flat_map(|evaluation| &evaluation.outcomes);
    let outcomes = outcomes
        .map(|(_, value, available)| Wanted { node: *value, where_available: Some(*available) });
    let rates = model
        .investors
        .iter()
        .map(|of| Wanted { node: of.rate, where_available: Some(of.rate_available) });
    totals.map(Wanted::everywhere).chain(outcomes).chain(rates).collect()
}

impl Results {
    /// The results of `paths` paths.
    pub(super) fn new(run: &Run<'_>, totals: Totals, paths: u64) -> Results {
        let investors = &run.scenario.model.investors;
        Results::of(&run.passes, (totals, paths), investors, drawn(run.scenario))
    }

    /// The results of passes over `paths` paths; of `drawn` with how they are spread.
    pub(super) fn of(
        passes: &[Pass<'_>],
        (totals, paths): (Totals, u64),
        investors: &[InvestorModel],
        drawn: Vec<Wanted>,
    ) -> Results {
        let passes = passes.iter().enumerate();
        let wanted = passes.flat_map(|(at, pass)| pass.wanted.iter().map(move |one| (at, *one)));
        let mut summaries: Vec<Summary> = totals.0.into_iter().flatten().collect();
        let positions: FxHashMap<(usize, Wanted), usize> = wanted.zip(0..).collect();
        let results = investors.iter().map(|investor| investor.result);
        let tails = results.filter_map(|result| {
            let at = *positions.get(&(0, Wanted::everywhere(result)))?;
            Some((at, summaries[at].clone().expected_shortfall()?))
        });
        let tails = tails.collect();
        let drawn = drawn.into_iter().filter_map(|wanted| {
            let at = *positions.get(&(0, wanted))?;
            Some((at, summaries[at].spread()))
        });
        Results {
            spreads: drawn.collect(),
            tails,
            positions,
            counts: summaries.iter().map(Summary::count).collect(),
            distributions: summaries.into_par_iter().map(Summary::distribution).collect(),
            paths,
        }
    }

    fn position(&self, node: NodeId, where_available: Option<NodeId>) -> usize {
        let wanted = Wanted { node, where_available };
        self.positions
            .get(&(0, wanted))
            .copied()
            .unwrap_or_else(|| unreachable!("every reported result is wanted"))
    }

    pub(super) fn distribution(&self, node: NodeId) -> Distribution {
        self.distributions[self.position(node, None)]
            .unwrap_or_else(|| unreachable!("a run has paths"))
    }

    /// How a result that charts draw is spread.
    pub(super) fn spread(&self, node: NodeId, where_available: Option<NodeId>) -> Spread {
        self.spreads.get(&self.position(node, where_available)).cloned().unwrap_or_default()
    }

    /// A result of the second measurement, and of how many paths.
    fn remeasured(&self, node: NodeId) -> (Distribution, u64) {
        let at = self.positions[&(1, Wanted { node, where_available: None })];
        let found = self.distributions[at].unwrap_or_else(|| unreachable!("a run has paths"));
        (found, self.counts[at])
    }

    fn measurement(&self, scenario: &Scenario, stated: bool) -> Measurement {
        let model = &scenario.model;
        let share = |luck: NodeId, paid: NodeId| {
            let whole = self.distribution(paid);
            luck::share(model, luck, paid, &whole, |node| self.remeasured(node))
        };
        let lines = model.line_pays.iter().map(|pays| {
            let line = &model.lines[pays.line];
            let Probability { value, se } = self.probability(pays.effect);
            LineMeasurement {
                name: line.name.clone(),
                title: line.title.clone(),
                paid_without_effect: stated.then(|| self.probability(pays.no_effect)),
                unpaid_with_effect: Probability { value: 1.0 - value, se },
                luck: share(model.luck.lines[pays.line], model.effect.lines[pays.line]),
            }
        });
        Measurement {
            paths: self.paths.min(luck::PATHS),
            payment: share(model.luck.payment, model.effect.payment),
            lines: lines.collect(),
        }
    }

    /// How often a condition holds.
    pub(super) fn probability(&self, node: NodeId) -> Probability {
        let Distribution { mean, se, .. } = self.distribution(node);
        Probability { value: mean, se }
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
            unit: indicator.unit.words(),
            available: self.probability(available),
            value: self.distributions[at],
            spread: self.spread(value, Some(available)),
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

    /// What payers pay and save, then what others save.
    fn parties(&self, scenario: &Scenario) -> Vec<PartyProjection> {
        let model = &scenario.model;
        let mut parties: Vec<PartyProjection> = model
            .payers
            .iter()
            .map(|payer| PartyProjection {
                name: payer.name.clone(),
                title: payer.title.clone(),
                paid: Some(self.distribution(payer.paid)),
                saved: None,
            })
            .collect();
        for saving in &model.savings {
            let saved = Some(self.distribution(saving.amount));
            match parties.iter_mut().find(|party| party.name == saving.name) {
                Some(party) => party.saved = saved,
                None => parties.push(PartyProjection {
                    name: saving.name.clone(),
                    title: saving.title.clone(),
                    paid: None,
                    saved,
                }),
            }
        }
        parties
    }

    pub(super) fn investor(&self, investor: &InvestorModel) -> InvestorProjection {
        let rate = self.position(investor.rate, Some(investor.rate_available));
        InvestorProjection {
            name: investor.name.clone(),
            title: investor.title.clone(),
            rate: self.distributions[rate],
            rate_spread: self.spread(investor.rate, Some(investor.rate_available)),
            rate_available: self.probability(investor.rate_available),
            multiple: self.distribution(investor.multiple),
            loss: self.probability(investor.loss),
            lost: self.distributions[self.position(investor.shortfall, Some(investor.loss))],
            expected_shortfall: self.tails[&self.position(investor.result, None)],
            present_value: self.distribution(investor.present_value),
            duration: self.distributions
                [self.position(investor.duration, Some(investor.duration_available))],
        }
    }

    pub(super) fn projection(&self, run: &Run<'_>) -> Projection {
        let scenario = run.scenario;
        let (model, contract) = (&scenario.model, &scenario.contract);
        let effect = &model.effect;
        let evaluations = effect.evaluations.iter().zip(&contract.evaluations);
        let no_effect_stated = scenario.assumptions.iter().any(|cell| cell.no_effect.is_some());
        Projection {
            contract: contract.id.clone(),
            contract_title: contract.title.clone(),
            currency: contract.currency.clone(),
            scenario: scenario.title.clone(),
            paths: self.paths,
            seed: run.seed,
            antithetic: run.antithetic,
            percentile_width: if run.passes[0].keeps(self.paths) { 0.0 } else { BIN_WIDTH },
            until: None,
            convergence: Vec::new(),
            spreads: Spreads {
                payment: self.spread(effect.payment, None),
                no_effect: self.spread(model.no_effect.payment, None),
                benefit: self.spread(model.benefit, None),
                net: self.spread(model.net, None),
            },
            payment: self.distribution(effect.payment),
            payment_discounted: self.distribution(effect.payment_discounted),
            benefit: self.distribution(model.benefit),
            net: self.distribution(model.net),
            no_effect: self.distribution(model.no_effect.payment),
            no_effect_stated,
            measurement: self.measurement(scenario, no_effect_stated),
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
            years: effect
                .years
                .iter()
                .map(|(year, node)| YearProjection {
                    year: *year,
                    payment: self.distribution(*node),
                })
                .collect(),
            parties: self.parties(scenario),
            cap_reached: self.probability(effect.cap_reached),
            no_outcome_payment: self.probability(effect.no_outcome_payment),
            net_positive: self.probability(model.net_positive),
            investors: model.investors.iter().map(|investor| self.investor(investor)).collect(),
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
                    title: assumption.title.clone(),
                    is: assumption.is.clone(),
                    no_effect: assumption.no_effect.clone(),
                    source: assumption.source.clone(),
                    assumed: assumption.assumed,
                })
                .collect(),
        }
    }
}
