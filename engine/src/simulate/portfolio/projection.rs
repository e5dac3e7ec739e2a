//! What a simulation found of a portfolio.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde_json::{Value, json};

use super::super::results::Results;
use super::super::summary::BIN_WIDTH;
use super::super::{Distribution, InvestorProjection, Mean, Probability, Spread, YearProjection};
use super::run::Totals;
use super::survey::{Survey, Surveyed};
use super::tally::{Tally, sectioned};
use super::whole::Whole;
use crate::finance::Estimated;
use crate::problem::{Language, Problem, Text};

/// What the contracts of a portfolio pay together, and what each adds.
///
/// Payments are not discounted unless a name says so; what is discounted is brought to the first day of
/// the first contract.
#[derive(Debug, Clone)]
pub struct PortfolioProjection {
    /// What it is called.
    pub title: Text,
    /// The currency of all amounts.
    pub currency: String,
    /// Number of paths.
    pub paths: u64,
    /// Seed of the random numbers.
    pub seed: u64,
    /// The yearly rate at which amounts are discounted.
    pub discount_rate: f64,
    /// To which day: the first one of the first contract.
    pub discounted_to: Date,
    /// The cells that are the same in every contract that has them: names, titles, and how many have.
    pub shared: Vec<(String, Text, u64)>,
    /// The width of the classes in which percentiles are counted, as a part of the distance from the
    /// mean; 0 where they are exact.
    pub percentile_width: f64,
    /// What is paid.
    pub payment: Distribution,
    /// How it is spread.
    pub payment_spread: Spread,
    /// What is paid, discounted.
    pub payment_discounted: Distribution,
    /// What is saved, discounted.
    pub benefit: Distribution,
    /// What is saved of each kind, discounted: said to be cashable (`Some(true)`), said not to be, or
    /// neither; kinds that no contract has are left out.
    pub benefit_kinds: BTreeMap<Option<bool>, Distribution>,
    /// Savings less payments, discounted.
    pub net: Distribution,
    /// How often savings exceed payments.
    pub net_positive: Probability,
    /// How often cashable benefits alone exceed payments; `None` where none are said to be.
    pub cashable_positive: Option<Probability>,
    /// How many contracts say what is saved; the others save nothing here.
    pub benefits_stated: usize,
    /// What would be paid if the programmes did nothing; `None` where no contract says.
    pub no_effect: Option<Distribution>,
    /// How it is spread.
    pub no_effect_spread: Spread,
    /// How many contracts say what is without effect; the others count with their effect.
    pub no_effect_stated: usize,
    /// Fiscal year by fiscal year, by day of payment.
    pub years: Vec<YearProjection>,
    /// How far the payments of the contracts even each other out.
    pub diversification: Diversification,
    /// What investors earn on all their contracts together.
    pub investors: Vec<PortfolioInvestor>,
    /// Contract by contract.
    pub contracts: Vec<ContractProjection>,
}

/// How far amounts even each other out: standard deviations of their sum.
///
/// `σ` is that of the sum; `√Σσᵢ²` what it would be if the amounts knew nothing of each other; `Σσᵢ` if
/// they moved as one. The mean correlation of two of them is
/// `(σ² − Σσᵢ²) ÷ ((Σσᵢ)² − Σσᵢ²)`, each pair weighted by the product of its standard deviations.
///
/// Errors are from 20 groups, of every twentieth path: the spread of a figure over the groups, divided
/// by the root of their number. They are not numbers of fewer than 22 paths.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Diversification {
    /// As they are.
    pub together: Estimated,
    /// If they were independent.
    pub independent: Estimated,
    /// If they moved as one.
    pub as_one: Estimated,
    /// As they are ÷ if they moved as one; `None` where nothing varies.
    pub part: Option<Estimated>,
    /// The mean correlation; `None` of fewer than two that vary.
    pub correlation: Option<Estimated>,
}

/// What an investor earns on all its contracts together.
#[derive(Debug, Clone)]
pub struct PortfolioInvestor {
    /// On all of them.
    pub together: InvestorProjection,
    /// In how many it invests.
    pub contracts: usize,
    /// How far what they leave evens out.
    pub diversification: Diversification,
    /// How often one of them, taken at random, brings a loss by itself.
    pub loss_alone: Probability,
}

/// What a contract adds.
#[derive(Debug, Clone)]
pub struct ContractProjection {
    /// Its name in the portfolio.
    pub name: String,
    /// The contract's identifier.
    pub contract: String,
    /// Its title.
    pub title: Text,
    /// The title of its scenario.
    pub scenario: Text,
    /// The seed of its own random numbers.
    pub seed: u64,
    /// What it pays.
    pub payment: Mean,
    /// The standard deviation of that.
    pub payment_sd: f64,
    /// What it would pay if the programme did nothing; `None` where that is not said.
    pub no_effect: Option<Mean>,
    /// Savings less payments, discounted to its own first day.
    pub net: Mean,
    /// What it leaves to investors.
    pub investors: Vec<InvestorResult>,
}

/// What a contract leaves to an investor.
#[derive(Debug, Clone)]
pub struct InvestorResult {
    /// The investor's identifier.
    pub name: String,
    /// What is received less what is paid, undiscounted.
    pub result: Mean,
    /// The standard deviation of that.
    pub sd: f64,
    /// How often that is a loss.
    pub loss: Probability,
}

impl PortfolioProjection {
    pub(super) fn of(
        survey: &Survey,
        whole: &Whole,
        totals: Totals,
    ) -> Result<PortfolioProjection, Problem> {
        let pass = whole.pass(survey)?;
        let percentile_width = if pass.keeps(survey.paths) { 0.0 } else { BIN_WIDTH };
        let found =
            Results::of(&[pass], (totals.whole, survey.paths), &whole.investors, whole.drawn());
        let Totals { tallies, members, .. } = totals;
        let (payment, results) = tallies.split_at(1);
        let payments: Vec<&Tally> = members.iter().map(|own| &own[PAYMENT]).collect();
        let models = whole.investors.iter().zip(&whole.losses).zip(results);
        let investors = models.map(|((model, losses), result)| {
            let own: Vec<(&Tally, &Tally)> = (survey.members.iter().zip(&members))
                .filter_map(|(member, own)| investor_of(member, own, &model.name))
                .collect();
            let alone: Vec<&Tally> = own.iter().map(|(result, _)| *result).collect();
            let (losses, n) = (found.distribution(*losses), own.len().max(1) as f64);
            PortfolioInvestor {
                together: found.investor(model),
                contracts: own.len(),
                diversification: Diversification::of(result, &alone),
                loss_alone: Probability { value: losses.mean / n, se: losses.se / n },
            }
        });
        let investors = investors.collect();
        let years = whole.years.iter();
        let years = years
            .map(|(year, node)| YearProjection { year: *year, payment: found.distribution(*node) });
        let contracts = survey.members.iter().zip(&members);
        let no_effect_stated = survey.members.iter().filter(|of| of.no_effect_stated).count();
        Ok(PortfolioProjection {
            title: survey.title.clone(),
            currency: survey.currency.clone(),
            paths: survey.paths,
            seed: survey.seed,
            discount_rate: survey.rate,
            discounted_to: survey.from,
            shared: survey.shared.clone(),
            percentile_width,
            payment: found.distribution(whole.payment),
            payment_spread: found.spread(whole.payment, None),
            payment_discounted: found.distribution(whole.discounted),
            benefit: found.distribution(whole.benefit),
            benefit_kinds: (whole.benefit_kinds.iter())
                .map(|(cashable, node)| (*cashable, found.distribution(*node)))
                .collect(),
            net: found.distribution(whole.net),
            net_positive: found.probability(whole.net_positive),
            cashable_positive: whole.cashable_positive.map(|node| found.probability(node)),
            benefits_stated: survey.members.iter().filter(|of| of.benefits_stated).count(),
            no_effect: (no_effect_stated > 0).then(|| found.distribution(whole.no_effect)),
            no_effect_spread: found.spread(whole.no_effect, None),
            no_effect_stated,
            years: years.collect(),
            diversification: Diversification::of(&payment[0], &payments),
            investors,
            contracts: contracts.map(|(member, own)| ContractProjection::of(member, own)).collect(),
        })
    }

    /// The result as JSON, with titles in `language`.
    #[must_use]
    pub fn to_json(&self, language: Language) -> Value {
        let probability = |figure: fn(Probability) -> f64| {
            let mut json = json!({ "net_positive": figure(self.net_positive) });
            if let Some(cashable) = self.cashable_positive {
                json["cashable_positive"] = json!(figure(cashable));
            }
            json
        };
        let mut totals = serde_json::Map::new();
        let mut total = |name: &str, of: &Distribution| totals.insert(name.to_owned(), json!(of));
        total("payment", &self.payment);
        total("payment_discounted", &self.payment_discounted);
        total("benefit", &self.benefit);
        for (cashable, of) in self.benefit_kinds.iter().rev() {
            let kind = match cashable {
                Some(true) => "benefit_cashable",
                Some(false) => "benefit_not_cashable",
                None => "benefit_unstated",
            };
            total(kind, of);
        }
        total("net", &self.net);
        json!({
            "portfolio": self.title.within(language),
            "currency": self.currency,
            "engine": crate::VERSION,
            "paths": self.paths,
            "seed": self.seed,
            "discount_rate": self.discount_rate,
            "discounted_to": self.discounted_to.to_string(),
            "shared": self.shared.iter().map(|(name, title, contracts)| json!({
                "name": name, "title": title.within(language), "contracts": contracts,
            })).collect::<Vec<_>>(),
            "percentile_width": self.percentile_width,
            "totals": totals,
            "benefits": { "contracts": self.benefits_stated },
            "no_effect": { "contracts": self.no_effect_stated, "payment": self.no_effect },
            "probabilities": probability(|of| of.value),
            "probability_errors": probability(|of| of.se),
            "years": self.years.iter().map(|of| json!({ "year": of.year, "payment": of.payment }))
                .collect::<Vec<_>>(),
            "diversification": self.diversification.to_json(),
            "investors": self.investors.iter().map(|of| of.to_json(language)).collect::<Vec<_>>(),
            "contracts": self.contracts.iter().map(|of| of.to_json(language)).collect::<Vec<_>>(),
        })
    }
}

/// Where each of a contract's own figures is: see `Running::own`.
const PAYMENT: usize = 0;
const NO_EFFECT: usize = 1;
const NET: usize = 2;
const INVESTORS: usize = 3;

/// What a contract leaves to an investor, and whether that is a loss.
fn investor_of<'t>(
    member: &Surveyed,
    own: &'t [Tally],
    investor: &str,
) -> Option<(&'t Tally, &'t Tally)> {
    let at = member.investors.iter().position(|(id, _)| id == investor)?;
    Some((&own[INVESTORS + 2 * at], &own[INVESTORS + 2 * at + 1]))
}

impl ContractProjection {
    fn of(member: &Surveyed, own: &[Tally]) -> ContractProjection {
        let investors = member.investors.iter().filter_map(|(name, _)| {
            let (result, loss) = investor_of(member, own, name)?;
            let Mean { mean, se } = loss.mean();
            let loss = Probability { value: mean, se };
            Some(InvestorResult {
                name: name.clone(),
                result: result.mean(),
                sd: result.sd(),
                loss,
            })
        });
        ContractProjection {
            name: member.name.clone(),
            contract: member.contract.clone(),
            title: member.title.clone(),
            scenario: member.scenario.clone(),
            seed: member.seed,
            payment: own[PAYMENT].mean(),
            payment_sd: own[PAYMENT].sd(),
            no_effect: member.no_effect_stated.then(|| own[NO_EFFECT].mean()),
            net: own[NET].mean(),
            investors: investors.collect(),
        }
    }

    fn to_json(&self, language: Language) -> Value {
        json!({
            "name": self.name,
            "contract": self.contract,
            "title": self.title.within(language),
            "scenario": self.scenario.within(language),
            "seed": self.seed,
            "payment": { "mean": self.payment.mean, "sd": self.payment_sd, "se": self.payment.se },
            "no_effect": self.no_effect,
            "net": self.net,
            "investors": self.investors.iter().map(|of| json!({
                "name": of.name,
                "result": { "mean": of.result.mean, "sd": of.sd, "se": of.result.se },
                "probability_of_loss": { "value": of.loss.value, "se": of.loss.se },
            })).collect::<Vec<_>>(),
        })
    }
}

impl PortfolioInvestor {
    fn to_json(&self, language: Language) -> Value {
        let mut json = self.together.to_json(language);
        json["contracts"] = json!(self.contracts);
        json["diversification"] = self.diversification.to_json();
        json["probability_of_loss_alone"] =
            json!({ "value": self.loss_alone.value, "se": self.loss_alone.se });
        json
    }
}

impl Diversification {
    fn of(together: &Tally, alone: &[&Tally]) -> Diversification {
        let groups = together.sds();
        let own: Vec<Vec<f64>> = alone.iter().map(|tally| tally.sds()).collect();
        let whole: Vec<f64> = alone.iter().map(|tally| tally.sd()).collect();
        let all = |figure: fn(f64, &[f64]) -> f64| {
            let parts = groups.iter().enumerate().map(|(group, sd)| {
                let own: Vec<f64> = own.iter().map(|sds| sds[group]).collect();
                figure(*sd, &own)
            });
            sectioned(figure(together.sd(), &whole), parts)
        };
        let known = |found: Estimated| found.value.is_finite().then_some(found);
        Diversification {
            together: all(|sd, _| sd),
            independent: all(|_, own| squares(own).sqrt()),
            as_one: all(|_, own| own.iter().sum()),
            part: known(all(|sd, own| sd / own.iter().sum::<f64>())),
            correlation: known(all(|sd, own| {
                let (sum, squares) = (own.iter().sum::<f64>(), squares(own));
                let pairs = sum * sum - squares;
                // Of one that varies, rounding leaves a little.
                if pairs > 1e-9 * squares { (sd * sd - squares) / pairs } else { f64::NAN }
            })),
        }
    }

    fn to_json(self) -> Value {
        let of = |found: Estimated| json!({ "value": found.value, "se": found.se });
        json!({
            "together": of(self.together),
            "independent": of(self.independent),
            "as_one": of(self.as_one),
            "part": self.part.map(of),
            "correlation": self.correlation.map(of),
        })
    }
}

fn squares(values: &[f64]) -> f64 {
    values.iter().map(|value| value * value).sum()
}
