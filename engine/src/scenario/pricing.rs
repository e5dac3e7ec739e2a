//! What a contract pays on given outcomes: its terms, grafted into the graph of a scenario.

use jiff::civil::Date;
use rust_decimal::Decimal;
use rustc_hash::FxHashMap;

use super::Scenario;
use super::cash::Cash;
use super::model::{
    Arm, ArmEvaluation, BenefitModel, CashFlow, InvestorModel, LineName, LinePays, Luck,
    OutcomeMeasured, PaidFlow, PaidPart, PartyModel, PayerModel, Sample, SavingModel, TrancheModel,
};
use crate::contract::{Contract, LineTerms, Reason, Tax};
use crate::expr::{Graph, NodeId, Relation, SymbolId, Unit, UnitClash};
use crate::finance::Years;
use crate::problem::say;

/// A contract, and how what it pays is discounted.
#[derive(Clone, Copy)]
pub(super) struct Pricing<'a> {
    pub(super) contract: &'a Contract,
    /// Per year.
    pub(super) rate: f64,
    /// The first year whose amounts are discounted.
    pub(super) from_year: u64,
}

/// The outcomes of one arm: what stands for the symbols of the contract's terms.
#[derive(Debug, Clone, Default)]
pub(super) struct Measured {
    /// How each is measured; not known of frozen outcomes.
    pub(super) details: Vec<OutcomeMeasured>,
    /// Position in the contract's terms, value, available.
    pub(super) outcomes: Vec<(usize, NodeId, NodeId)>,
    /// Every symbol of the terms.
    pub(super) symbols: FxHashMap<SymbolId, NodeId>,
    /// How many people they are measured on.
    pub(super) samples: Vec<Sample>,
}

/// What the contract pays, and what that leaves of a benefit.
pub(super) struct Priced {
    pub(super) lines: Vec<LineName>,
    pub(super) effect: Arm,
    pub(super) no_effect: Arm,
    pub(super) line_pays: Vec<LinePays>,
    pub(super) payers: Vec<PayerModel>,
    pub(super) savings: Vec<SavingModel>,
    pub(super) parties: Vec<PartyModel>,
    pub(super) investors: Vec<InvestorModel>,
    pub(super) tranches: Vec<TrancheModel>,
    pub(super) outside: Vec<CashFlow>,
    pub(super) benefit: NodeId,
    pub(super) net: NodeId,
    pub(super) net_positive: NodeId,
}

impl Pricing<'_> {
    /// Everything paid with and without effect, and who is left with what.
    pub(super) fn priced(
        &self,
        graph: &mut Graph,
        effect: &Measured,
        no_effect: &Measured,
        benefits: &[BenefitModel],
    ) -> Priced {
        let amounts: Vec<NodeId> = benefits.iter().map(|benefit| benefit.amount).collect();
        let benefit = self.sum(graph, &amounts);
        let lines = self.line_names();
        let savings = self.savings(graph, benefits);
        let Cash { tranches, parties, outside, investors } =
            Cash::of(self, graph, effect, &savings);
        let effect = self.arm(graph, &lines, effect);
        let no_effect = self.arm(graph, &lines, no_effect);
        let line_pays = self.line_pays(graph, &lines, &effect, &no_effect);
        let payers = self.payers(graph, &effect, &parties);
        let net = money(graph.subtract(benefit, effect.payment_discounted));
        let zero = graph.number(Decimal::ZERO, graph.unit(net).clone());
        let net_positive = money(graph.compare(Relation::Less, zero, net));
        Priced {
            lines,
            effect,
            no_effect,
            line_pays,
            payers,
            savings,
            parties,
            investors,
            tranches,
            outside,
            benefit,
            net,
            net_positive,
        }
    }

    /// What each party pays for outcomes and, where it does, spends itself, discounted.
    fn payers(&self, graph: &mut Graph, arm: &Arm, parties: &[PartyModel]) -> Vec<PayerModel> {
        let mut payers = Vec::new();
        for (position, party) in self.contract.parties.iter().enumerate() {
            let evaluations = arm.evaluations.iter().zip(&self.contract.evaluations);
            let own: Vec<(NodeId, Date)> = evaluations
                .flat_map(|(at, declared)| at.flows.iter().map(|flow| (flow, declared.paid)))
                .filter(|(flow, _)| flow.payer == position)
                .map(|(flow, paid)| (flow.amount, paid))
                .collect();
            if own.is_empty() {
                continue;
            }
            let discounted = own.into_iter().map(|(amount, on)| self.discounted(graph, amount, on));
            let discounted: Vec<NodeId> = discounted.collect();
            let mut paid = self.sum(graph, &discounted);
            // Costs are below 0.
            for cost in parties.get(position).iter().flat_map(|party| &party.costs) {
                let cost = self.discounted(graph, cost.amount, cost.on);
                paid = money(graph.subtract(paid, cost));
            }
            let (name, title) = (party.id.clone(), party.name.clone());
            payers.push(PayerModel { name, title, paid });
        }
        payers
    }

    /// Everyone's parts of all benefits.
    fn savings(&self, graph: &mut Graph, benefits: &[BenefitModel]) -> Vec<SavingModel> {
        use rust_decimal::prelude::FromPrimitive;
        let mut savings: Vec<SavingModel> = Vec::new();
        for benefit in benefits {
            for part in &benefit.shares {
                let share = Decimal::from_f64(part.share).unwrap_or_default();
                let share = graph.number(share, Unit::Number);
                let amount = money(graph.multiply(benefit.amount, share));
                match savings.iter_mut().find(|saving| saving.name == part.id) {
                    Some(saving) => saving.amount = money(graph.add(saving.amount, amount)),
                    None => savings.push(SavingModel {
                        name: part.id.clone(),
                        title: part.name.clone(),
                        amount,
                    }),
                }
            }
        }
        savings
    }

    /// Every line a statement of this contract may have.
    pub(super) fn line_names(&self) -> Vec<LineName> {
        let mut names: Vec<LineName> = Vec::new();
        for line in self.contract.terms.evaluations.iter().flat_map(|terms| &terms.lines) {
            let name = self.line_name(line);
            if !names.contains(&name) {
                names.push(name);
            }
        }
        // What limits and minimums do is told behind what the lines pay.
        let is_line = |name: &LineName| self.contract.lines.iter().any(|line| line.id == name.name);
        names.sort_by_key(|name| !is_line(name));
        if matches!(self.contract.tax, Tax::Added(_)) {
            names
                .push(LineName { name: "tax".into(), title: say!("Consumption tax", "消費税") });
        }
        names
    }

    fn line_name(&self, line: &LineTerms) -> LineName {
        let (name, title) = match line.reason {
            Reason::Payment(position) => {
                let line = &self.contract.lines[position];
                (line.id.clone(), line.title.clone())
            }
            Reason::Offset(position) => {
                let offset = &self.contract.offsets[position];
                (offset.id.clone(), offset.title.clone())
            }
            Reason::Cap { .. } => ("cap".to_owned(), say!("Cut by limits", "上限による削減")),
            Reason::Minimum(_) => ("minimum".to_owned(), say!("Minimum payment", "最低支払額")),
        };
        LineName { name, title }
    }

    /// The contract's terms on these outcomes.
    pub(super) fn arm(&self, graph: &mut Graph, lines: &[LineName], measured: &Measured) -> Arm {
        let contract = self.contract;
        let mut evaluations = Vec::new();
        let (mut payments, mut discounted, mut subtotals) = (Vec::new(), Vec::new(), Vec::new());
        let mut linked = Vec::new();
        for (evaluation, terms) in contract.terms.evaluations.iter().enumerate() {
            let mut roots: Vec<NodeId> = terms.lines.iter().map(|line| line.amount).collect();
            roots.extend(
                terms.flows.iter().flat_map(|flow| [Some(flow.amount), flow.tax]).flatten(),
            );
            roots.extend([terms.payable, terms.subtotal]);
            roots.extend(terms.tax);
            let nodes = graph.graft(&contract.graph, &roots, |symbol| measured.symbols[&symbol]);
            let (amounts, rest) = nodes.split_at(terms.lines.len());
            let mut rest = rest.iter().copied();
            let mut next = || rest.next().unwrap_or_else(|| unreachable!("a root of each"));
            let flows = terms.flows.iter().map(|flow| PaidFlow {
                payer: flow.payer,
                to: flow.to,
                amount: next(),
                tax: flow.tax.map(|_| next()),
            });
            let flows: Vec<PaidFlow> = flows.collect();
            let (payable, subtotal) = (next(), next());
            let tax = terms.tax.map(|_| next());
            let mut by_line = Vec::with_capacity(lines.len());
            for name in lines {
                let own: Vec<NodeId> = terms
                    .lines
                    .iter()
                    .zip(amounts)
                    .filter(|(line, _)| self.line_name(line) == *name)
                    .map(|(_, amount)| *amount)
                    .collect();
                by_line.push(match tax.filter(|_| name.name == "tax") {
                    Some(tax) => tax,
                    None => self.sum(graph, &own),
                });
            }
            for (line, amount) in terms.lines.iter().zip(amounts) {
                let paid_for_outcomes = match line.reason {
                    Reason::Payment(position) | Reason::Cap { line: Some(position), .. } => {
                        contract.lines[position].is_linked()
                    }
                    Reason::Cap { line: None, .. } | Reason::Offset(_) | Reason::Minimum(_) => {
                        false
                    }
                };
                if paid_for_outcomes {
                    linked.push(*amount);
                }
            }
            payments.push(payable);
            discounted.push(self.discounted(graph, payable, contract.evaluations[evaluation].paid));
            subtotals.push(subtotal);
            let here = |(position, ..): &&(usize, NodeId, NodeId)| {
                contract.terms.outcomes[*position].evaluation == evaluation
            };
            let parts = terms.lines.iter().zip(amounts).map(|(line, amount)| {
                let name = self.line_name(line);
                let at = lines.iter().position(|known| *known == name).unwrap_or_default();
                PaidPart { line: at, payer: line.payer, to: line.to, amount: *amount }
            });
            evaluations.push(ArmEvaluation {
                parts: parts.collect(),
                flows,
                payment: payable,
                lines: by_line,
                outcomes: measured.outcomes.iter().filter(here).copied().collect(),
            });
        }
        let mut years: Vec<(i16, NodeId)> = Vec::new();
        for (declared, payment) in contract.evaluations.iter().zip(&payments) {
            let year = declared.fiscal_year();
            match years.iter_mut().find(|(known, _)| *known == year) {
                Some((_, sum)) => *sum = money(graph.add(*sum, *payment)),
                None => years.push((year, *payment)),
            }
        }
        years.sort_unstable_by_key(|(year, _)| *year);
        let totals = (0..lines.len()).map(|line| {
            let amounts: Vec<NodeId> = evaluations.iter().map(|at| at.lines[line]).collect();
            self.sum(graph, &amounts)
        });
        let lines = totals.collect();
        let (subtotal, linked) = (self.sum(graph, &subtotals), self.sum(graph, &linked));
        let unit = graph.unit(subtotal).clone();
        let cap_reached = match contract.cap {
            Some(cap) => {
                let cap = graph.number(cap, unit.clone());
                money(graph.compare(Relation::AtMost, cap, subtotal))
            }
            None => graph.truth(false),
        };
        let zero = graph.number(Decimal::ZERO, unit);
        let no_outcome_payment = money(graph.compare(Relation::AtMost, linked, zero));
        let mut symbols: Vec<(String, NodeId)> = measured
            .symbols
            .iter()
            .map(|(symbol, node)| (contract.graph.symbol_of(*symbol).name.clone(), *node))
            .collect();
        symbols.sort_unstable();
        Arm {
            payment: self.sum(graph, &payments),
            payment_discounted: self.sum(graph, &discounted),
            evaluations,
            years,
            lines,
            cap_reached,
            no_outcome_payment,
            symbols,
        }
    }

    /// `½ (pay − pay')²` of everything that is paid. Squares have no unit that money has, so they
    /// are of the numbers of yen.
    pub(super) fn luck(&self, graph: &mut Graph, first: &Arm, second: &Arm) -> Luck {
        let mut half_square = |a: NodeId, b: NodeId| {
            if a == b {
                return graph.number(Decimal::ZERO, Unit::Number);
            }
            let one = graph.number(Decimal::ONE, graph.unit(a).clone());
            let difference = money(graph.subtract(a, b));
            let plain = money(graph.divide(difference, one));
            let square = money(graph.multiply(plain, plain));
            let half = graph.number(Decimal::new(5, 1), Unit::Number);
            money(graph.multiply(square, half))
        };
        let payment = half_square(first.payment, second.payment);
        let lines = first.lines.iter().zip(&second.lines);
        Luck { payment, lines: lines.map(|(a, b)| half_square(*a, *b)).collect() }
    }

    /// For each payment line that reads an outcome, whether it pays anything.
    fn line_pays(
        &self,
        graph: &mut Graph,
        lines: &[LineName],
        effect: &Arm,
        no_effect: &Arm,
    ) -> Vec<LinePays> {
        let linked = |name: &LineName| {
            let line = self.contract.lines.iter().find(|line| line.id == name.name);
            line.is_some_and(|line| line.is_linked())
        };
        let mut pays = |amount: NodeId| {
            let nothing = graph.number(Decimal::ZERO, graph.unit(amount).clone());
            money(graph.compare(Relation::Less, nothing, amount))
        };
        let linked = lines.iter().enumerate().filter(|(_, name)| linked(name));
        linked
            .map(|(line, _)| LinePays {
                line,
                effect: pays(effect.lines[line]),
                no_effect: pays(no_effect.lines[line]),
            })
            .collect()
    }

    pub(super) fn sum(&self, graph: &mut Graph, amounts: &[NodeId]) -> NodeId {
        let zero = graph.number(Decimal::ZERO, Unit::money(&self.contract.currency));
        amounts.iter().fold(zero, |sum, amount| money(graph.add(sum, *amount)))
    }

    fn factor(&self, on: Date) -> f64 {
        let before = i32::try_from(self.from_year - 1).unwrap_or(i32::MAX);
        let years = whole_years(self.contract.from, on).saturating_sub(before).max(0);
        libm::pow(1.0 + self.rate, f64::from(-years))
    }

    /// An amount discounted to the contract's first day by whole years, less those before the first
    /// year that is discounted: a payment from the day it is paid, a benefit from the day it is
    /// measured.
    pub(super) fn discounted(&self, graph: &mut Graph, amount: NodeId, on: Date) -> NodeId {
        use rust_decimal::prelude::FromPrimitive;
        let factor = self.factor(on);
        let factor = Decimal::from_f64_retain(factor).or(Decimal::from_f64(factor));
        let factor = graph.number(factor.unwrap_or(Decimal::ONE), Unit::Number);
        money(graph.multiply(amount, factor))
    }
}

impl Scenario {
    /// What an amount of a day is worth on the contract's first day, as the payments of the
    /// scenario are discounted.
    #[must_use]
    pub fn discount_factor(&self, on: Date) -> f64 {
        let (rate, from_year) = (self.discount_rate, self.discount_from_year);
        Pricing { contract: &self.contract, rate, from_year }.factor(on)
    }
}

/// Years between two days, to the nearest whole one: an evaluation on the last day of the n-th year
/// lies n years from the start; a day before it, none.
fn whole_years(from: Date, at: Date) -> i32 {
    Years::between(from, at).map_or(0, |years| years.value().round() as i32)
}

/// Sums and comparisons of money of one currency cannot clash.
pub(crate) fn money(node: Result<NodeId, UnitClash>) -> NodeId {
    node.unwrap_or_else(|clash| unreachable!("{clash:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_evaluation_on_the_last_day_of_a_year_is_whole_years_away() {
        let from = jiff::civil::date(2023, 4, 1);
        assert_eq!(whole_years(from, jiff::civil::date(2024, 3, 31)), 1);
        assert_eq!(whole_years(from, jiff::civil::date(2026, 3, 31)), 3);
    }
}
