//! What an evaluator needs: whether what is to be measured can be told from nothing.

use serde_json::{Value, json};

use super::thresholds::{Misread, misreads};
use super::{Asked, Drawn, Power, Test, estimated};
use crate::contract::Contract;
use crate::expr::Notation;
use crate::finance::Estimated;
use crate::numeric::elementary::ln;
use crate::problem::{Language, Text};
use crate::scenario::{OutcomeMeasured, Scenario};
use crate::simulate::Wanted;

/// What an evaluator needs before it signs.
#[derive(Debug, Clone)]
pub struct EvaluatorReport {
    /// Who: a position in the contract's parties; `None` where the contract names no evaluator.
    pub party: Option<usize>,
    /// The level of the tests and the power that is wanted.
    pub asked: Asked,
    /// Indicator by indicator, evaluation by evaluation.
    pub indicators: Vec<IndicatorReport>,
}

/// An indicator at an evaluation.
#[derive(Debug, Clone)]
pub struct IndicatorReport {
    /// The indicator.
    pub name: String,
    /// Its title.
    pub title: Text,
    /// How its values are shown.
    pub notation: Notation,
    /// The evaluation.
    pub at: String,
    /// How it is estimated: the word that declares it.
    pub estimand: &'static str,
    /// How many people it rests on, on the mean; `None` where that is not stated.
    pub people: Option<Estimated>,
    /// How often enough of them are measured.
    pub available: Estimated,
    /// What its error allows; `None` where the scenario does not say how large that is, or what
    /// the indicator would be without effect.
    pub precision: Option<Precision>,
    /// Why there is none.
    pub unknown: Option<Text>,
    /// Where the payment jumps.
    pub thresholds: Vec<Misread>,
}

/// What the error of an indicator allows to be told.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Precision {
    /// The expected value with the programme's effect.
    pub with_effect: Estimated,
    /// The value that means no effect: that of the no-effect arm, or the indicator's own.
    pub without: Estimated,
    /// What is expected with effect against without: the difference, or the factor for a ratio.
    pub effect: Estimated,
    /// Whether errors and effects are those of the logarithm, as for a ratio.
    pub of_logarithm: bool,
    /// The root of the mean square of the standard error.
    pub error: Estimated,
    /// How often the test finds the expected effect.
    pub power: Estimated,
    /// The smallest effect it finds as often as is wanted, in the indicator's unit; as a factor for
    /// a ratio.
    pub detectable: Estimated,
    /// How many people it takes to find the expected effect; `None` where their number is not
    /// stated or there is no effect.
    pub people_needed: Option<Estimated>,
    /// How often it finds an effect when the effect itself is as uncertain as the scenario says
    /// (assurance).
    pub assurance: Estimated,
}

/// Into how many parts the paths are divided to estimate standard errors.
const BATCHES: usize = 20;

/// What must be drawn.
pub(super) fn wanted(scenario: &Scenario) -> Vec<Wanted> {
    let model = &scenario.model;
    let mut wanted = Vec::new();
    for of in model.measured.iter().chain(&model.measured_without) {
        let there = |node| Wanted { node, where_available: Some(of.available) };
        wanted.extend([there(of.value), there(of.truth), Wanted::everywhere(of.available)]);
        wanted.extend(of.n.map(there));
        wanted.extend(of.error.map(|error| there(error.node)));
    }
    let outcomes = model.effect.evaluations.iter().flat_map(|at| &at.outcomes);
    wanted.extend(
        outcomes.map(|(_, value, available)| Wanted {
            node: *value,
            where_available: Some(*available),
        }),
    );
    wanted
}

pub(super) fn report(
    scenario: &Scenario,
    drawn: &Drawn,
    party: Option<usize>,
    asked: Asked,
) -> EvaluatorReport {
    let model = &scenario.model;
    let pairs = model.measured.iter().zip(&model.measured_without);
    let indicators =
        pairs.map(|(with, without)| indicator(scenario, drawn, (with, without), asked));
    EvaluatorReport { party, asked, indicators: indicators.collect() }
}

fn indicator(
    scenario: &Scenario,
    drawn: &Drawn,
    (with, without): (&OutcomeMeasured, &OutcomeMeasured),
    asked: Asked,
) -> IndicatorReport {
    use crate::problem::say;
    let contract = &scenario.contract;
    let outcome = &contract.terms.outcomes[with.outcome];
    let declared = &contract.indicators[outcome.indicator];
    let there = |of: &OutcomeMeasured, node| {
        drawn.column(Wanted { node, where_available: Some(of.available) })
    };
    let available = drawn.everywhere(with.available);
    let times = available.iter().filter(|available| **available != 0.0).count();
    let people = with.n.map(|n| known(there(with, n)));
    // Another cell's statement says nothing of this indicator.
    let differs = there(with, with.value)
        .iter()
        .zip(there(without, without.value))
        .any(|(a, b)| (a - b).abs() > 1e-12 * a.abs());
    let stated = differs && scenario.assumptions.iter().any(|cell| cell.no_effect.is_some());
    let unknown = match (with.error, stated || declared.no_effect().is_some(), times) {
        (_, _, 0..=1) => Some(say!("too few are ever measured", "測定人数が足りません")),
        (None, _, _) => Some(say!(
            "the scenario does not say how large its error is",
            "シナリオに誤差の大きさがありません"
        )),
        (_, false, _) => Some(say!(
            "no cell says what it is without effect",
            "効果がないときの値が書かれていません"
        )),
        _ => None,
    };
    let columns = with.error.filter(|_| unknown.is_none()).map(|error| {
        let logarithm = error.of_logarithm;
        let value = |of: &OutcomeMeasured| scaled(there(of, of.value), logarithm);
        // Without an arm that says otherwise, the indicator's own value of no effect.
        let own = declared.no_effect().filter(|_| !stated);
        let own = own.and_then(|own| rust_decimal::prelude::ToPrimitive::to_f64(&own));
        let without_value = match own {
            Some(own) => scaled(&vec![own; drawn.paths], logarithm),
            None => value(without),
        };
        let without_error = without.error.filter(|_| own.is_none());
        Columns {
            value: value(with),
            without: without_value,
            error: there(with, error.node).to_vec(),
            error_without: match without_error {
                Some(error) => there(without, error.node).to_vec(),
                None => there(with, error.node).to_vec(),
            },
            people: with.n.map(|n| there(with, n).to_vec()),
            logarithm,
        }
    });
    let value = model_value(scenario, with);
    let truth = Wanted { node: with.truth, where_available: Some(with.available) };
    IndicatorReport {
        name: declared.id.clone(),
        title: declared.title.clone(),
        notation: declared.unit.notation(),
        at: contract.evaluations[outcome.evaluation].at.to_string(),
        estimand: declared.estimand.name(),
        people: people.filter(|values| !values.is_empty()).map(|of| Estimated::mean(&of)),
        available: Estimated::part(times, drawn.paths),
        precision: columns.map(|columns| columns.precision(asked)),
        unknown,
        thresholds: value
            .map(|value| misreads(contract, drawn, with.outcome, (value, truth)))
            .unwrap_or_default(),
    }
}

/// The outcome as the contract reads it.
fn model_value(scenario: &Scenario, of: &OutcomeMeasured) -> Option<Wanted> {
    let all = scenario.model.effect.evaluations.iter().flat_map(|at| &at.outcomes);
    let mut all = all.filter(|(position, ..)| *position == of.outcome);
    all.next().map(|(_, node, available)| Wanted { node: *node, where_available: Some(*available) })
}

fn known(column: &[f64]) -> Vec<f64> {
    column.iter().copied().filter(|value| !value.is_nan()).collect()
}

/// The values, or their logarithms where there is one.
fn scaled(column: &[f64], logarithm: bool) -> Vec<f64> {
    if !logarithm {
        return column.to_vec();
    }
    column.iter().map(|value| if *value > 0.0 { ln(*value) } else { f64::NAN }).collect()
}

/// An indicator path by path, NaN where it is not available.
struct Columns {
    value: Vec<f64>,
    without: Vec<f64>,
    error: Vec<f64>,
    error_without: Vec<f64>,
    people: Option<Vec<f64>>,
    logarithm: bool,
}

impl Columns {
    fn precision(&self, asked: Asked) -> Precision {
        let all = self.of(0..self.value.len(), asked);
        let size = self.value.len() / BATCHES;
        let batches: Vec<[f64; 8]> =
            (0..BATCHES).map(|at| self.of(at * size..(at + 1) * size, asked)).collect();
        let figure = |at: usize| {
            let parts: Vec<f64> = batches.iter().map(|batch| batch[at]).collect();
            // Of parts without a path nothing is known.
            let se = if size == 0 { f64::NAN } else { Estimated::mean(&parts).se };
            Estimated { value: all[at], se }
        };
        let needed = figure(5);
        Precision {
            with_effect: figure(0),
            without: figure(1),
            effect: figure(7),
            of_logarithm: self.logarithm,
            error: figure(2),
            power: figure(3),
            detectable: figure(4),
            people_needed: needed.value.is_finite().then_some(needed),
            assurance: figure(6),
        }
    }

    /// Expected value, value without effect, error, power, detectable effect, people, assurance,
    /// effect.
    fn of(&self, paths: std::ops::Range<usize>, asked: Asked) -> [f64; 8] {
        let mean = |column: &[f64]| {
            let (mut sum, mut count) = (0.0, 0.0);
            for value in column[paths.clone()].iter().filter(|value| !value.is_nan()) {
                sum += value;
                count += 1.0;
            }
            sum / count
        };
        let square = |column: &[f64]| {
            let squares: Vec<f64> = column.iter().map(|value| value * value).collect();
            mean(&squares).sqrt()
        };
        let (value, without) = (mean(&self.value), mean(&self.without));
        let (se, se_without) = (square(&self.error), square(&self.error_without));
        // What is left of numbers that are the same on every path is rounding.
        let effect = value - without;
        let effect = if effect.abs() <= 1e-12 * value.abs() { 0.0 } else { effect };
        let alpha = asked.alpha;
        let Power { power, detectable, people } =
            Test { effect, se_without, se, alpha }.with(asked.power);
        let z = crate::random::normal::inverse(1.0 - alpha / 2.0);
        let found: Vec<f64> = (self.value.iter().zip(&self.error))
            .map(|(value, se)| match value.is_nan() {
                true => f64::NAN,
                false => f64::from(u8::from((value - without).abs() > z * se)),
            })
            .collect();
        let needed = self.people.as_ref().map_or(f64::NAN, |n| mean(n) * people);
        // A ratio is told as one: the geometric mean, and the factor that can be told from none.
        let told = |value: f64| match self.logarithm {
            true => crate::numeric::elementary::exp(value),
            false => value,
        };
        let (detectable, difference) = (told(detectable), told(effect));
        [told(value), told(without), se, power, detectable, needed, mean(&found), difference]
    }
}

impl EvaluatorReport {
    pub(super) fn to_json(&self, contract: &Contract, language: Language) -> Value {
        let indicators = self.indicators.iter().map(|of| {
            let precision = of.precision.map(|of| {
                json!({
                    "with_effect": estimated(of.with_effect),
                    "without_effect": estimated(of.without),
                    "effect": estimated(of.effect),
                    "of_logarithm": of.of_logarithm,
                    "standard_error": estimated(of.error),
                    "power": estimated(of.power),
                    "detectable_effect": estimated(of.detectable),
                    "people_needed": of.people_needed.map(estimated),
                    "assurance": estimated(of.assurance),
                })
            });
            json!({
                "name": of.name,
                "title": of.title.within(language),
                "unit": if of.notation.hundredfold { "" } else { of.notation.unit.within(language) },
                "at": of.at,
                "estimand": of.estimand,
                "people": of.people.map(estimated),
                "available": estimated(of.available),
                "precision": precision,
                "unknown": of.unknown.as_ref().map(|why| why.within(language)),
                "thresholds": of.thresholds.iter().map(|of| of.to_json()).collect::<Vec<_>>(),
            })
        });
        json!({
            "party": self.party.map(|party| super::party_json(contract, party, language)),
            "alpha": self.asked.alpha,
            "power": self.asked.power,
            "indicators": indicators.collect::<Vec<_>>(),
        })
    }
}
