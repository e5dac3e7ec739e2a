//! What the parties can choose: the parameters of the contract, over their ranges.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::Figure;
use super::tornado::{Ends, ParameterBar, sort};
use crate::analyse::Measure;
use crate::analyse::known::Known;
use crate::contract::{Contract, Overrides};
use crate::problem::{Problem, Source};
use crate::scenario::{Frozen, Scenario};

/// Prices other values of the parameters on outcomes that are drawn.
pub(super) struct Terms<'s> {
    scenario: &'s Scenario,
    frozen: &'s Frozen<'s>,
}

impl<'s> Terms<'s> {
    pub(super) fn new(scenario: &'s Scenario, frozen: &'s Frozen<'s>) -> Self {
        Terms { scenario, frozen }
    }

    /// The figure on every path where these parameters have other values.
    ///
    /// # Errors
    /// Values with which the script is no contract, or one that measures something else.
    pub(super) fn priced(
        &self,
        figure: &Figure,
        values: &[(&str, Decimal)],
        known: &Known,
    ) -> Result<Vec<f64>, Problem> {
        let base = &self.scenario.contract;
        let stated = base.parameters.iter();
        let mut overrides: BTreeMap<String, Decimal> =
            stated.map(|parameter| (parameter.name.clone(), parameter.value)).collect();
        overrides.extend(values.iter().map(|(name, value)| ((*name).to_owned(), *value)));
        let source = Source::new(base.file.as_str(), base.script.as_str());
        let overrides: Overrides = overrides;
        let contract = Contract::parse(source, &overrides).map_err(|problems| {
            let mut problems = problems.into_iter();
            problems.next().unwrap_or_else(|| unreachable!("a refusal names its cause"))
        })?;
        let scenario = self.frozen.with(contract)?;
        let wanted = Measure::named(&scenario, &figure.measure.name)?.wanted;
        let mut columns = known.values(&scenario.model.graph, &[wanted]);
        let values = columns.pop().unwrap_or_default();
        Ok(figure.of(values))
    }

    /// The bars of all parameters that have a range.
    pub(super) fn bars(&self, figure: &Figure, drawn: &[f64], known: &Known) -> Vec<ParameterBar> {
        let parameters = self.scenario.contract.parameters.iter();
        let bar = |parameter: &crate::contract::Parameter| {
            let (low, high) = parameter.range?;
            let at = |value| self.priced(figure, &[(parameter.name.as_str(), value)], known);
            let ends = at(low).and_then(|low| Ok(Ends::of(drawn, [low, at(high)?])));
            Some(ParameterBar {
                name: parameter.name.clone(),
                title: parameter.title.clone(),
                money: parameter.unit.is_money(),
                value: parameter.value,
                range: (low, high),
                ends,
            })
        };
        let mut bars: Vec<ParameterBar> = parameters.filter_map(bar).collect();
        sort(&mut bars, |bar| &bar.ends);
        bars
    }
}
