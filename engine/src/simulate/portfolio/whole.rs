//! What the contracts of a portfolio come to together, as a graph over their sums.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::super::fault::Fault;
use super::super::pass::{Pass, Wanted};
use super::member::Amount;
use super::survey::Survey;
use crate::expr::block::Inputs;
use crate::expr::{DrawId, Graph, Interval, NodeId, Relation, SymbolId, Unit};
use crate::finance::Years;
use crate::problem::{Problem, say};
use crate::scenario::{CashFlow, InvestorModel, earnings, money, plain};

/// The results of a portfolio; the symbol number `k` of its graph is the sum of amount `k`.
#[derive(Debug)]
pub(super) struct Whole {
    pub(super) graph: Graph,
    pub(super) payment: NodeId,
    pub(super) years: Vec<(i16, NodeId)>,
    pub(super) no_effect: NodeId,
    pub(super) discounted: NodeId,
    pub(super) benefit: NodeId,
    /// The benefits by whether they are said to be cashable, as far as there are some.
    pub(super) benefit_kinds: BTreeMap<Option<bool>, NodeId>,
    pub(super) net: NodeId,
    pub(super) net_positive: NodeId,
    /// Whether cashable benefits alone exceed payments, where some are said to be.
    pub(super) cashable_positive: Option<NodeId>,
    pub(super) investors: Vec<InvestorModel>,
    /// How many contracts bring each investor a loss by themselves.
    pub(super) losses: Vec<NodeId>,
}

impl Whole {
    pub(super) fn of(survey: &Survey) -> Whole {
        let mut graph = Graph::default();
        let unit = Unit::money(&survey.currency);
        let zero = graph.number(Decimal::ZERO, unit.clone());
        let (mut payment, mut no_effect) = (zero, zero);
        let (mut discounted, mut benefit, mut net) = (zero, zero, zero);
        let (mut years, mut benefit_kinds) = (Vec::new(), BTreeMap::new());
        let mut flows: Vec<Vec<CashFlow>> = vec![Vec::new(); survey.investors.len()];
        let none = graph.number(Decimal::ZERO, Unit::Number);
        let mut losses = vec![none; survey.investors.len()];
        for (position, amount) in survey.amounts.iter().enumerate() {
            let unit = match amount {
                Amount::Losses(_) => Unit::Number,
                _ => unit.clone(),
            };
            let symbol = graph.symbol(&format!("sum {position}"), unit, Interval::ALL);
            let mut worth = |all: &mut NodeId, to: Date| {
                let factor = plain(&mut graph, factor(survey, to));
                let worth = money(graph.multiply(symbol, factor));
                *all = money(graph.add(*all, worth));
            };
            match amount {
                Amount::Payment => payment = symbol,
                Amount::Year(year) => years.push((*year, symbol)),
                Amount::NoEffect => no_effect = symbol,
                Amount::Discounted(to) => worth(&mut discounted, *to),
                Amount::Benefit(to) => worth(&mut benefit, *to),
                Amount::BenefitKind(cashable, to) => {
                    worth(benefit_kinds.entry(*cashable).or_insert(zero), *to);
                }
                Amount::Net(to) => worth(&mut net, *to),
                Amount::Flow { investor, on, time } => {
                    let at = survey.investors.iter().position(|(id, _)| id == investor);
                    if let Some(at) = at {
                        flows[at].push(CashFlow { on: *on, time: *time, amount: symbol });
                    }
                }
                Amount::Losses(investor) => {
                    let at = survey.investors.iter().position(|(id, _)| id == investor);
                    if let Some(at) = at {
                        losses[at] = symbol;
                    }
                }
            }
        }
        let investors = survey.investors.iter().zip(&flows);
        let investors = investors
            .map(|(named, flows)| {
                earnings(named.clone(), flows, survey.rate, (&mut graph, &survey.currency))
            })
            .collect();
        let net_positive = money(graph.compare(Relation::Less, zero, net));
        let cashable_positive = benefit_kinds
            .get(&Some(true))
            .map(|cashable| money(graph.compare(Relation::Less, discounted, *cashable)));
        Whole {
            payment,
            years,
            no_effect,
            discounted,
            benefit,
            benefit_kinds,
            net,
            net_positive,
            cashable_positive,
            investors,
            losses,
            graph,
        }
    }

    /// What is summarised.
    fn wanted(&self) -> Vec<Wanted> {
        let Whole { payment, no_effect, discounted, benefit, net, net_positive, .. } = *self;
        let all = [payment, no_effect, discounted, benefit, net, net_positive].into_iter();
        let mut wanted: Vec<Wanted> = all.map(Wanted::everywhere).collect();
        wanted.extend(self.years.iter().map(|(_, node)| Wanted::everywhere(*node)));
        wanted.extend(self.cashable_positive.map(Wanted::everywhere));
        wanted.extend(self.benefit_kinds.values().copied().map(Wanted::everywhere));
        wanted.extend(self.losses.iter().copied().map(Wanted::everywhere));
        for of in &self.investors {
            let there = [
                of.rate_available,
                of.multiple,
                of.loss,
                of.result,
                of.present_value,
                of.duration_available,
            ];
            wanted.extend(there.map(Wanted::everywhere));
            let where_available = [
                (of.rate, of.rate_available),
                (of.shortfall, of.loss),
                (of.duration, of.duration_available),
            ];
            wanted.extend(
                where_available
                    .map(|(node, available)| Wanted { node, where_available: Some(available) }),
            );
        }
        let mut seen = rustc_hash::FxHashSet::default();
        wanted.retain(|one| seen.insert(*one));
        wanted
    }

    /// What charts draw in full.
    pub(super) fn drawn(&self) -> Vec<Wanted> {
        let rates = self
            .investors
            .iter()
            .map(|of| Wanted { node: of.rate, where_available: Some(of.rate_available) });
        [self.payment, self.no_effect].into_iter().map(Wanted::everywhere).chain(rates).collect()
    }

    /// The pass that computes it; the first block is the survey's.
    pub(super) fn pass(&self, survey: &Survey) -> Result<Pass<'static>, Problem> {
        let wanted = (self.wanted(), &[][..]);
        Pass::new(&self.graph, wanted, &[], (survey.paths, false), &Sums(&survey.first))
            .map_err(|_| no_number())
    }
}

/// The sums of a block, amount by amount.
pub(super) struct Sums<'a>(pub(super) &'a [Vec<f64>]);

impl Inputs for Sums<'_> {
    type Error = Fault;

    fn symbol(&self, symbol: SymbolId, _: u64, out: &mut [f64]) -> Result<(), Fault> {
        let count = out.len();
        out.copy_from_slice(&self.0[symbol.index()][..count]);
        Ok(())
    }

    fn draw(&self, _: DrawId, _: u64, _: &[&[f64]], _: &mut [f64]) -> Result<(), Fault> {
        unreachable!("a sum draws nothing")
    }
}

/// What an amount that is discounted to the beginning of its contract is worth on the portfolio's day.
fn factor(survey: &Survey, to: Date) -> f64 {
    // To the evening before: from 1 April to 1 April is a year.
    let until = to.yesterday().ok();
    let years =
        until.and_then(|until| Years::between(survey.from, until)).map_or(0.0, Years::value);
    libm::pow(1.0 + survey.rate, -years)
}

/// A sum of the contracts that is no number.
pub(super) fn no_number() -> Problem {
    Problem::error(
        "not-a-number",
        say!("amounts too large to be summed", "金額が大きすぎて合計できません"),
    )
}
