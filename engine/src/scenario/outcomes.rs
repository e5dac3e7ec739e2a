//! Outcome models: how each indicator's estimator behaves, truth plus what measuring adds.

mod error;
mod group;

use rust_decimal::Decimal;

use rustc_hash::FxHashMap;

use self::error::Error;
use self::group::{Group, Measured};
use super::cells::{Cells, Parsed, Values};
use super::document::{Document, Section};
use super::{Draw, OutcomeMeasured, Required, Sample};
use crate::contract::{Baseline, Contract, Estimand, Indicator, Outcome};
use crate::expr::{Graph, Interval, NodeId, Relation, SymbolId, Unit, UnitClash};
use crate::problem::{Place, Problem, Text, did_you_mean, say};
use crate::random::Family;
use crate::script::{clash, unit_words};

/// The model of one indicator.
pub(super) struct OutcomeModel {
    place: Place,
    indicator: usize,
    form: Form,
}

enum Form {
    /// Exactly this value, on `n` people when stated.
    Value { value: Parsed, n: Option<Parsed>, se: Option<Parsed> },
    /// An estimate with this mean and standard error, whatever made it.
    Estimate { mean: Parsed, se: Parsed, n: Option<Parsed> },
    /// A blend of what the models of its parts give.
    Blend(Vec<(usize, Decimal)>),
    /// One group.
    Group(Box<Group>),
    /// The programme's group against a comparison.
    Groups { treated: Box<Group>, comparison: Box<Group> },
}

/// Reads `[outcomes.X]` for every indicator.
pub(super) fn read(
    document: &Document<'_>,
    contract: &Contract,
    cells: &Cells<'_>,
    root: &Section<'_>,
) -> Vec<OutcomeModel> {
    let section = root.section("outcomes");
    let ids: Vec<&str> =
        contract.indicators.iter().map(|indicator| indicator.id.as_str()).collect();
    for key in section.iter().flat_map(Section::keys).filter(|key| !ids.contains(key)) {
        let problem = Problem::error(
            "unknown-indicator",
            say!("the contract has no indicator `{key}`", "契約に `{key}` という指標はありません"),
        )
        .expected(Text::from(ids.join(", ")))
        .at(section.as_ref().map_or_else(|| root.here(), |section| section.key_place(key)));
        document.report(match did_you_mean(key, ids.iter().copied()) {
            Some(near) => problem.help(near),
            None => problem,
        });
    }
    let mut models = Vec::new();
    for (indicator, declared) in contract.indicators.iter().enumerate() {
        let id = &declared.id;
        match section.as_ref().and_then(|section| section.section(id)) {
            Some(section) => {
                if let Some(form) = form(cells, declared, &section) {
                    models.push(OutcomeModel { place: section.here(), indicator, form });
                }
            }
            None if matches!(declared.estimand, Estimand::Blend { .. }) => {
                let Estimand::Blend { parts, .. } = &declared.estimand else { continue };
                let (place, form) = (document.source.whole(), Form::Blend(parts.clone()));
                models.push(OutcomeModel { place, indicator, form });
            }
            None => document.report(
                Problem::error(
                    "outcome-unmodelled",
                    say!(
                        "no [outcomes.{id}]: how will `{id}` be measured?",
                        "[outcomes.{id}] がありません。`{id}` の測定のされ方を書いてください"
                    ),
                )
                .expected(expected(&declared.estimand))
                .at(document.source.whole()),
            ),
        }
    }
    models
}

fn expected(estimand: &Estimand) -> Text {
    Text::from(match estimand {
        Estimand::MeanChange { .. } | Estimand::Mean { .. } | Estimand::Total { .. } => {
            "value = \"…\" | mean = \"…\", sd, n, drift, attrition, mean_lost"
        }
        Estimand::Share { .. } | Estimand::Count { .. } => {
            "value = \"…\" | probability = \"…\", of = \"…\", drift, attrition, probability_lost, sensitivity, specificity"
        }
        Estimand::Difference { .. }
        | Estimand::Ratio { .. }
        | Estimand::DifferenceInDifferences { .. } => {
            "value = \"…\" | treated = { mean, sd, n }, comparison = { mean, sd, n } | { probability, of }, each with drift, attrition, …"
        }
        Estimand::Rate { .. } | Estimand::ObservedOverExpected { .. } => {
            "value = \"…\" | rate = \"…\", over = \"…\", n | mean = \"…\", se = \"…\", n"
        }
        Estimand::RateRatio { .. } => {
            "value = \"…\" | treated = { rate, over, n }, comparison = { rate, over, n } | mean, se, n"
        }
        Estimand::Standardised { .. }
        | Estimand::PropensityWeighted { .. }
        | Estimand::Ancova { .. }
        | Estimand::Blend { .. } => "value = \"…\" | mean = \"…\", se = \"…\", n = \"…\"",
    })
}

fn form(cells: &Cells<'_>, declared: &Indicator, section: &Section<'_>) -> Option<Form> {
    let names = cells.names();
    let parse = |section: &Section<'_>, key: &str| -> Option<Parsed> {
        cells.parse(section.expression(key)?, &names)
    };
    if section.has("value") {
        section.known(&["value", "n", "se", "source", "note"]);
        let (n, se) = (parse(section, "n"), parse(section, "se"));
        return Some(Form::Value { value: parse(section, "value")?, n, se });
    }
    let rate = |section: &Section<'_>| Group::rate(cells, declared, section);
    // What is made by a method of its own, and any estimate whose standard error is known.
    let made = matches!(
        declared.estimand,
        Estimand::Standardised { .. }
            | Estimand::PropensityWeighted { .. }
            | Estimand::Ancova { .. }
            | Estimand::Blend { .. }
    );
    if made || section.has("se") {
        section.known(&["mean", "se", "n", "source", "note"]);
        for key in ["mean", "se"].into_iter().filter(|key| !section.has(key)) {
            section.missing(key, expected(&declared.estimand));
        }
        let n = parse(section, "n");
        let (mean, se) = (parse(section, "mean"), parse(section, "se"));
        return Some(Form::Estimate { mean: mean?, se: se?, n });
    }
    let mean = |section: &Section<'_>| Group::mean(cells, declared, section);
    let share = |section: &Section<'_>| Group::share(cells, declared, section);
    match declared.estimand {
        Estimand::MeanChange { .. } | Estimand::Mean { .. } | Estimand::Total { .. } => {
            mean(section).map(Box::new).map(Form::Group)
        }
        Estimand::Share { .. } | Estimand::Count { .. } => {
            share(section).map(Box::new).map(Form::Group)
        }
        Estimand::Rate { .. } | Estimand::ObservedOverExpected { .. } => {
            rate(section).map(Box::new).map(Form::Group)
        }
        _ => {
            section.known(&["treated", "comparison", "source", "note"]);
            for key in ["treated", "comparison"].into_iter().filter(|key| !section.has(key)) {
                section.missing(key, expected(&declared.estimand));
            }
            let group = |key: &str| {
                let section = section.section(key)?;
                if matches!(declared.estimand, Estimand::RateRatio { .. }) {
                    rate(&section)
                } else if section.has("probability") {
                    share(&section)
                } else {
                    mean(&section)
                }
            };
            let (treated, comparison) = (group("treated"), group("comparison"));
            Some(Form::Groups { treated: Box::new(treated?), comparison: Box::new(comparison?) })
        }
    }
}

impl OutcomeModel {
    /// The indicator.
    pub(super) fn indicator(&self) -> usize {
        self.indicator
    }

    /// Where it is declared.
    pub(super) fn place(&self) -> &Place {
        &self.place
    }

    /// The nodes of the measured value, as the contract reads it, of its availability and of its
    /// bounds; `earlier` are the outcomes measured before it at the same evaluation.
    pub(super) fn measure(
        &self,
        contract: &Contract,
        cells: &Cells<'_>,
        values: &Values,
        outcome: &Outcome,
        earlier: &FxHashMap<(usize, usize), OutcomeNodes>,
        required: &mut Vec<Required>,
    ) -> Option<OutcomeNodes> {
        let declared = &contract.indicators[self.indicator];
        let evaluation = outcome.evaluation;
        let key = format!("outcomes.{}", declared.id);
        let trace = Trace { place: self.place.clone(), cells, values, evaluation };
        let measured = match &self.form {
            Form::Blend(parts) => {
                let mut known = Vec::new();
                for (part, weight) in parts {
                    known.push((earlier.get(&(*part, evaluation))?, *weight));
                }
                trace.graph(|graph| blended(graph, &known))?
            }
            Form::Estimate { mean, se, n } => {
                let node = trace.part(&format!("{key}.mean"), mean)?;
                trace.check_unit(declared, mean, node)?;
                let se = trace.part(&format!("{key}.se"), se)?;
                let n = match n {
                    Some(n) => Some(trace.part(&format!("{key}.n"), n)?),
                    None => None,
                };
                let (range, name) = (Interval::NOT_NEGATIVE, format!("{key}.se"));
                required.push(Required { node: se, range, name });
                let draw = trace.draw(&key, Family::Normal);
                let mean = trace.graph(|graph| {
                    let zero = graph.number(Decimal::ZERO, Unit::Bare);
                    let unit = graph.unit(node).clone();
                    let noise = cells.ledger.draw(graph, draw, vec![zero, se], Unit::Bare);
                    let noise = graph.relabel(noise, &unit).unwrap_or(noise);
                    graph.add(node, noise)
                })?;
                Measured { mean, sum: mean, n, error: Error::Normal { mean, se }, truth: node }
            }
            Form::Value { value, n, se } => {
                let mean = trace.part(&format!("{key}.value"), value)?;
                trace.check_unit(declared, value, mean)?;
                let n = match n {
                    Some(n) => Some(trace.part(&format!("{key}.n"), n)?),
                    None => None,
                };
                let error = match se {
                    Some(se) => Error::Normal { mean, se: trace.part(&format!("{key}.se"), se)? },
                    None => Error::Unknown,
                };
                Measured { mean, sum: mean, n, error, truth: mean }
            }
            Form::Group(group) => group.measure(&trace, &key, declared, required)?,
            Form::Groups { treated, comparison } => {
                let mut group = |name: &str, group: &Group| {
                    group.measure(&trace, &format!("{key}.{name}"), declared, required)
                };
                let (a, b) = (group("treated", treated)?, group("comparison", comparison)?);
                trace.graph(|graph| compared(graph, declared, &a, &b))?
            }
        };
        let stated = matches!(self.form, Form::Value { .. });
        let measured = match declared.estimand {
            Estimand::Count { .. } | Estimand::Total { .. } if !stated => {
                let truth = match measured.n {
                    Some(n) => trace.graph(|graph| graph.multiply(measured.truth, n))?,
                    None => measured.truth,
                };
                let error = measured.error.times(measured.n);
                Measured { mean: measured.sum, error, truth, ..measured }
            }
            _ => measured,
        };
        // A stated value is what the contract reads; a model is of what is compared.
        let measured = match &declared.baseline {
            Some(baseline) if !stated => trace.graph(|graph| against(graph, baseline, measured))?,
            _ => measured,
        };
        let value = measured.mean;
        if let Some(n) = measured.n {
            let (range, name) = (Interval::NOT_NEGATIVE, format!("{key}.n"));
            required.push(Required { node: n, range, name });
        }
        let bounded = matches!(declared.estimand, Estimand::Share { .. } | Estimand::Count { .. });
        if bounded && stated {
            let (range, name) = (declared.support, format!("{key}.value"));
            required.push(Required { node: value, range, name });
        }
        let mut bounds = Vec::new();
        for bound in &outcome.bounds {
            let limit =
                trace.graph(|graph| measured.error.limit(graph, bound.upper, bound.level))?;
            let Some(limit) = limit else {
                cells.document.report(self.no_error(declared));
                return None;
            };
            bounds.push((bound.value, limit));
        }
        trace.graph(|graph| {
            let read = match declared.read {
                Some(rounding) => graph.round(value, rounding),
                None => value,
            };
            let available = match measured.n {
                Some(n) => {
                    let least = graph.number(Decimal::from(declared.at_least), Unit::Bare);
                    graph.compare(Relation::AtMost, least, n)?
                }
                None => graph.truth(true),
            };
            Ok(OutcomeNodes { value: read, available, bounds, measured })
        })
    }

    /// How many people the outcome is measured on, where the model says so.
    pub(super) fn sample(
        &self,
        contract: &Contract,
        outcome: usize,
        nodes: &OutcomeNodes,
    ) -> Option<Sample> {
        let people = nodes.measured.n?;
        let sampled =
            |group: &Group, name: &str| group.sampled().map(|entry| format!("{name}{entry}"));
        let entries = match (&contract.indicators[self.indicator].estimand, &self.form) {
            // A count or a total is of everyone, and grows with them.
            (Estimand::Count { .. } | Estimand::Total { .. }, _) => Vec::new(),
            (_, Form::Group(group)) => sampled(group, "").into_iter().collect(),
            (_, Form::Groups { treated, comparison }) => {
                let both = sampled(treated, "treated.").zip(sampled(comparison, "comparison."));
                both.map_or_else(Vec::new, |(treated, comparison)| vec![treated, comparison])
            }
            (_, Form::Value { .. } | Form::Estimate { .. } | Form::Blend(_)) => Vec::new(),
        };
        let everyone = match &self.form {
            Form::Group(group) => group.of_everyone(),
            Form::Groups { treated, comparison } => {
                treated.of_everyone() && comparison.of_everyone()
            }
            Form::Value { .. } | Form::Estimate { .. } | Form::Blend(_) => false,
        };
        Some(Sample { outcome, people, entries, everyone })
    }

    /// A payment asks how certain the outcome is, and the model does not say.
    fn no_error(&self, declared: &Indicator) -> Problem {
        let id = &declared.id;
        Problem::error(
            "bound-unmodelled",
            say!(
                "a payment asks for a confidence bound of `{id}`, and [outcomes.{id}] does not say how certain it is",
                "支払が `{id}` の信頼下限・信頼上限を使いますが、[outcomes.{id}] に誤差の大きさがありません"
            ),
        )
        .expected(Text::from("se = \"…\" | sd = \"…\", n = \"…\""))
        .at(self.place.clone())
    }
}

/// The difference or the ratio of two groups.
fn compared(
    graph: &mut Graph,
    declared: &Indicator,
    a: &Measured,
    b: &Measured,
) -> Result<Measured, UnitClash> {
    let n = match (a.n, b.n) {
        (Some(a), Some(b)) => Some(both(graph, a, b)?),
        (one, other) => one.or(other),
    };
    let (index, ratio) = match declared.estimand {
        Estimand::Ratio { index, .. } => (index, true),
        Estimand::RateRatio { .. } => (false, true),
        _ => (false, false),
    };
    if !ratio {
        let mean = graph.subtract(a.mean, b.mean)?;
        let truth = graph.subtract(a.truth, b.truth)?;
        let error = Error::difference(graph, &a.error, &b.error)?;
        return Ok(Measured { mean, sum: mean, n, error, truth });
    }
    // A ratio to nothing is no outcome, in settlement as here.
    let zero = graph.number(Decimal::ZERO, graph.unit(b.mean).clone());
    let one = graph.number(Decimal::ONE, graph.unit(b.mean).clone());
    let nothing = graph.compare(Relation::Equal, b.mean, zero)?;
    let divisor = graph.select(nothing, one, b.mean)?;
    let truly_nothing = graph.compare(Relation::Equal, b.truth, zero)?;
    let true_divisor = graph.select(truly_nothing, one, b.truth)?;
    let truth = graph.divide(a.truth, true_divisor)?;
    let nobody = graph.number(Decimal::ZERO, Unit::Bare);
    let enough = graph.number(Decimal::from(declared.at_least), Unit::Bare);
    let n = Some(graph.select(nothing, nobody, n.unwrap_or(enough))?);
    let mean = graph.divide(a.mean, divisor)?;
    let error = Error::ratio(graph, mean, &a.error, &b.error)?;
    if !index {
        return Ok(Measured { mean, sum: mean, n, error, truth });
    }
    let hundred = graph.number(Decimal::ONE_HUNDRED, Unit::Bare);
    let (mean, truth) = (graph.multiply(mean, hundred)?, graph.multiply(truth, hundred)?);
    let error =
        Error::Moved { of: Box::new(error), shift: Decimal::ZERO, by: Decimal::ONE_HUNDRED };
    Ok(Measured { mean, sum: mean, n, error, truth })
}

/// What is measured less, or over, a fixed value.
fn against(
    graph: &mut Graph,
    baseline: &Baseline,
    measured: Measured,
) -> Result<Measured, UnitClash> {
    let unit = graph.unit(measured.mean).clone();
    let unit = if matches!(unit, Unit::Share | Unit::Points) { Unit::Number } else { unit };
    let fixed = graph.number(baseline.value, unit);
    let mut moved = |of: NodeId| {
        if baseline.ratio { graph.divide(of, fixed) } else { graph.subtract(of, fixed) }
    };
    let (mean, truth) = (moved(measured.mean)?, moved(measured.truth)?);
    let (shift, by) = if baseline.ratio {
        (Decimal::ZERO, Decimal::ONE.checked_div(baseline.value).unwrap_or(Decimal::ONE))
    } else {
        (-baseline.value, Decimal::ONE)
    };
    let error = Error::Moved { of: Box::new(measured.error), shift, by };
    Ok(Measured { mean, sum: mean, n: measured.n, error, truth })
}

/// A blend of measured outcomes, there when all its parts are.
fn blended(graph: &mut Graph, parts: &[(&OutcomeNodes, Decimal)]) -> Result<Measured, UnitClash> {
    let (mut mean, mut truth, mut least) = (None, None, None);
    let nobody = graph.number(Decimal::ZERO, Unit::Bare);
    for (part, weight) in parts {
        let weight = graph.number(*weight, Unit::Bare);
        let mut with = |sum: Option<NodeId>, of: NodeId| {
            let own = graph.multiply(of, weight)?;
            Ok(Some(match sum {
                Some(sum) => graph.add(sum, own)?,
                None => own,
            }))
        };
        mean = with(mean, part.measured.mean)?;
        truth = with(truth, part.measured.truth)?;
        let one = graph.number(Decimal::ONE, Unit::Bare);
        let n = graph.select(part.available, part.measured.n.unwrap_or(one), nobody)?;
        least = Some(match least {
            Some(least) => graph.smaller(least, n)?,
            None => n,
        });
    }
    let (mean, truth) = (mean.unwrap_or(nobody), truth.unwrap_or(nobody));
    let errors = parts.iter().map(|(part, weight)| (part.measured.error.clone(), *weight));
    Ok(Measured { mean, sum: mean, n: least, error: Error::Sum(errors.collect()), truth })
}

/// The people of both arms; none at all when one arm is empty.
fn both(graph: &mut Graph, a: NodeId, b: NodeId) -> Result<NodeId, UnitClash> {
    let zero = graph.number(Decimal::ZERO, Unit::Bare);
    let sum = graph.add(a, b)?;
    let least = graph.smaller(a, b)?;
    let some = graph.compare(Relation::Less, zero, least)?;
    graph.select(some, sum, zero)
}

/// The nodes of a measured outcome.
pub(super) struct OutcomeNodes {
    /// Its value, as the contract reads it.
    pub(super) value: NodeId,
    /// Whether enough people were measured.
    pub(super) available: NodeId,
    /// The bounds that payments ask for.
    pub(super) bounds: Vec<(SymbolId, NodeId)>,
    measured: Measured,
}

impl OutcomeNodes {
    /// How the outcome at this position of the contract's terms is measured.
    pub(super) fn measured(
        &self,
        graph: &mut Graph,
        outcome: usize,
    ) -> Result<OutcomeMeasured, UnitClash> {
        let (value, truth) = (self.measured.mean, self.measured.truth);
        let error = self.measured.error.standard_error(graph)?;
        let n = self.measured.n;
        Ok(OutcomeMeasured { outcome, value, truth, n, error, available: self.available })
    }
}

struct Trace<'a> {
    /// Where the model stands, for what belongs to no single expression.
    place: Place,
    cells: &'a Cells<'a>,
    values: &'a Values,
    evaluation: usize,
}

impl Trace<'_> {
    /// A draw of the measurement itself.
    fn draw(&self, cell: &str, family: Family) -> Draw {
        Draw {
            law: family.into(),
            cell: cell.to_owned(),
            index: 0,
            evaluation: self.evaluation as u32 + 1,
            inverse: false,
        }
    }

    fn part(&self, key: &str, parsed: &Parsed) -> Option<NodeId> {
        let mut now = self.cells.ledger.now();
        now.evaluation = self.evaluation as u32 + 1;
        now.repeated = false;
        now.previous = None;
        drop(now);
        self.cells.trace(parsed, key, self.values, self.evaluation, None)
    }

    fn graph<T>(&self, build: impl FnOnce(&mut Graph) -> Result<T, UnitClash>) -> Option<T> {
        match self.cells.sandbox.bench().graph(build) {
            Ok(built) => Some(built),
            Err(problem) => {
                self.cells.document.report(clash(&problem).at(self.place.clone()));
                None
            }
        }
    }

    /// A stated unit must be the indicator's.
    fn check_unit(&self, declared: &Indicator, parsed: &Parsed, node: NodeId) -> Option<()> {
        let unit = self.cells.sandbox.bench().graph(|graph| graph.unit(node).clone());
        let stated = matches!(unit, Unit::Label(_) | Unit::Money(_));
        // An indicator without a declared unit takes the scenario's.
        if !stated || unit == declared.unit || declared.unit == Unit::Number {
            return Some(());
        }
        let id = &declared.id;
        let (is, wanted) = (unit_words(&unit), unit_words(&declared.unit));
        self.cells.document.report(
            Problem::error(
                "mixed-units",
                say!(
                    "`{id}` is measured in {}, but this is in {}",
                    "`{id}` の単位は {} ですが、この式の単位は {} です",
                    wanted,
                    is
                ),
            )
            .found(is.clone())
            .expected(wanted.clone())
            .at(self.cells.place(parsed)),
        );
        None
    }
}
