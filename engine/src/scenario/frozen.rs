//! A scenario whose outcomes and benefits are known, so that other terms can be priced on them.

use rustc_hash::FxHashMap;

use super::model::{BenefitModel, Luck, Model, Remeasured};
use super::pricing::{Measured, Pricing};
use super::{Arm, Scenario};
use crate::contract::{Contract, Indicator};
use crate::expr::{Graph, Interval, NodeId, SymbolId};
use crate::problem::{Problem, Source, Text, say};

/// The columns of a scenario that other terms can be priced on: what is measured, with effect and
/// without, and every benefit.
#[derive(Debug)]
pub struct Frozen<'s> {
    scenario: &'s Scenario,
    columns: Vec<NodeId>,
    positions: FxHashMap<NodeId, usize>,
}

impl<'s> Frozen<'s> {
    /// What has to be drawn of this scenario.
    #[must_use]
    pub fn of(scenario: &'s Scenario) -> Frozen<'s> {
        let model = &scenario.model;
        let mut frozen = Frozen { scenario, columns: Vec::new(), positions: FxHashMap::default() };
        let symbols = model.effect.symbols.iter().chain(&model.no_effect.symbols);
        let benefits = model.benefits.iter().map(|benefit| benefit.amount);
        for node in symbols.map(|(_, node)| *node).chain(benefits) {
            let next = frozen.columns.len();
            frozen.positions.entry(node).or_insert_with(|| {
                frozen.columns.push(node);
                next
            });
        }
        frozen
    }

    /// The nodes of the scenario's graph whose values are needed, column by column.
    #[must_use]
    pub fn columns(&self) -> &[NodeId] {
        &self.columns
    }

    /// The scenario with another contract, priced on the columns: the symbol number `k` of its
    /// graph stands for column `k`. It has no draws, cells or cohorts, and luck is not told apart.
    ///
    /// # Errors
    /// A contract that measures something else, or otherwise: what was drawn does not tell what it
    /// would pay.
    pub fn with(&self, contract: Contract) -> Result<Scenario, Problem> {
        self.same_outcomes(&contract)?;
        let base = &self.scenario.model;
        let mut graph = Graph::default();
        let columns: Vec<NodeId> = (0..)
            .zip(&self.columns)
            .map(|(position, node)| {
                let unit = base.graph.unit(*node).clone();
                graph.symbol(&format!("column {position}"), unit, Interval::ALL)
            })
            .collect();
        let column = |node: &NodeId| columns[self.positions[node]];
        let (effect, no_effect) = (
            measured(&contract, &base.effect, &column)?,
            measured(&contract, &base.no_effect, &column)?,
        );
        let benefits: Vec<BenefitModel> = (base.benefits.iter())
            .map(|benefit| BenefitModel { amount: column(&benefit.amount), ..benefit.clone() })
            .collect();
        let pricing = Pricing {
            contract: &contract,
            rate: self.scenario.discount_rate,
            from_year: self.scenario.discount_from_year,
        };
        let priced = pricing.priced(&mut graph, &effect, &no_effect, &benefits);
        let luck: Luck = pricing.luck(&mut graph, &priced.effect, &priced.effect);
        let model = Model {
            draws: Vec::new(),
            cells: Vec::new(),
            no_effect_cells: Vec::new(),
            remeasured: Remeasured {
                payment: priced.effect.payment,
                lines: priced.effect.lines.clone(),
            },
            lines: priced.lines,
            effect: priced.effect,
            no_effect: priced.no_effect,
            luck,
            line_pays: priced.line_pays,
            measured: Vec::new(),
            measured_without: Vec::new(),
            places: Vec::new(),
            required: Vec::new(),
            samples: Vec::new(),
            cohorts: Vec::new(),
            benefits,
            payers: priced.payers,
            savings: priced.savings,
            parties: priced.parties,
            investors: priced.investors,
            tranches: priced.tranches,
            outside: priced.outside,
            benefit: priced.benefit,
            net: priced.net,
            net_positive: priced.net_positive,
            graph,
        };
        Ok(Scenario {
            file: self.scenario.file.clone(),
            title: self.scenario.title.clone(),
            contract,
            paths: self.scenario.paths,
            paths_place: self.scenario.paths_place.clone(),
            seed: self.scenario.seed,
            discount_rate: self.scenario.discount_rate,
            discount_from_year: self.scenario.discount_from_year,
            assumptions: Vec::new(),
            model,
        })
    }

    /// Outcomes are drawn as the scenario's contract reads them.
    fn same_outcomes(&self, contract: &Contract) -> Result<(), Problem> {
        let read = |indicator: &Indicator| {
            (indicator.read, indicator.at_least, indicator.unit.clone(), indicator.no_effect())
        };
        let base = &self.scenario.contract;
        for indicator in &contract.indicators {
            let known = base.indicators.iter().find(|known| known.id == indicator.id);
            if known.is_some_and(|known| read(known) == read(indicator)) {
                continue;
            }
            let id = &indicator.id;
            let whole = Source::new(contract.file.as_str(), "").whole();
            return Err(Problem::error(
                "outcome-not-drawn",
                match known {
                    Some(_) => say!(
                        "`{id}` is read otherwise than in the scenario",
                        "`{id}` の読み方がシナリオの契約と異なります"
                    ),
                    None => say!(
                        "`{id}` is not measured in the scenario",
                        "`{id}` はシナリオの契約では測定されません"
                    ),
                },
            )
            .expected(say!(
                "the same indicators, with the same unit, `read` and `at_least`",
                "同じ成果指標（単位、`read`、`at_least` も同じもの）"
            ))
            .at(indicator.place.clone().unwrap_or(whole)));
        }
        Ok(())
    }
}

/// The outcomes of one arm of the scenario, as the symbols of another contract's terms.
fn measured(
    contract: &Contract,
    arm: &Arm,
    column: &impl Fn(&NodeId) -> NodeId,
) -> Result<Measured, Problem> {
    let at = |symbol: SymbolId| -> Result<NodeId, Problem> {
        let name = &contract.graph.symbol_of(symbol).name;
        let known = arm.symbols.binary_search_by(|(known, _)| known.cmp(name));
        known.map(|position| column(&arm.symbols[position].1)).map_err(|_| {
            Problem::error(
                "outcome-not-drawn",
                say!(
                    "the terms read `{name}`, which the scenario does not draw",
                    "支払条件が読む `{name}` はシナリオで試算されていません"
                ),
            )
            .expected(Text::from(
                arm.symbols.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", "),
            ))
            .at(Source::new(contract.file.as_str(), "").whole())
        })
    };
    let mut measured = Measured::default();
    for (position, outcome) in contract.terms.outcomes.iter().enumerate() {
        let (value, available) = (at(outcome.value)?, at(outcome.available)?);
        measured.symbols.extend([(outcome.value, value), (outcome.available, available)]);
        for bound in &outcome.bounds {
            measured.symbols.insert(bound.value, at(bound.value)?);
        }
        measured.outcomes.push((position, value, available));
    }
    for ending in &contract.terms.endings {
        measured.symbols.insert(ending.ended, at(ending.ended)?);
        measured.symbols.insert(ending.served, at(ending.served)?);
    }
    Ok(measured)
}
