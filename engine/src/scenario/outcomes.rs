//! Outcome models: how each indicator's estimator behaves, truth plus what measuring adds.

mod group;

use rust_decimal::Decimal;

use self::group::{Group, Measured};
use super::Required;
use super::cells::{Cells, Parsed, Values};
use super::document::{Document, Section};
use crate::contract::{Contract, Estimand, Indicator};
use crate::expr::{Graph, Interval, NodeId, Relation, Unit, UnitClash};
use crate::problem::{Place, Problem, Text, did_you_mean, say};
use crate::script::{clash, unit_words};

/// The model of one indicator.
pub(super) struct OutcomeModel {
    place: Place,
    indicator: usize,
    form: Form,
}

enum Form {
    /// Exactly this value, on `n` people when stated.
    Value { value: Parsed, n: Option<Parsed> },
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
        Estimand::Difference { .. } | Estimand::Ratio { .. } => {
            "value = \"…\" | treated = { mean, sd, n }, comparison = { mean, sd, n } | { probability, of }, each with drift, attrition, …"
        }
    })
}

fn form(cells: &Cells<'_>, declared: &Indicator, section: &Section<'_>) -> Option<Form> {
    let names = cells.names();
    let parse = |section: &Section<'_>, key: &str| -> Option<Parsed> {
        cells.parse(section.expression(key)?, &names)
    };
    if section.has("value") {
        section.known(&["value", "n", "source", "note"]);
        let n = parse(section, "n");
        return Some(Form::Value { value: parse(section, "value")?, n });
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
        Estimand::Difference { .. } | Estimand::Ratio { .. } => {
            section.known(&["treated", "comparison", "source", "note"]);
            for key in ["treated", "comparison"].into_iter().filter(|key| !section.has(key)) {
                section.missing(key, expected(&declared.estimand));
            }
            let group = |key: &str| {
                let section = section.section(key)?;
                if section.has("probability") { share(&section) } else { mean(&section) }
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

    /// The nodes of the measured value, as the contract reads it, and of its availability.
    pub(super) fn measure(
        &self,
        contract: &Contract,
        cells: &Cells<'_>,
        values: &Values,
        evaluation: usize,
        required: &mut Vec<Required>,
    ) -> Option<(NodeId, NodeId)> {
        let declared = &contract.indicators[self.indicator];
        let key = format!("outcomes.{}", declared.id);
        let trace = Trace { place: self.place.clone(), cells, values, evaluation };
        let measured = match &self.form {
            Form::Value { value, n } => {
                let mean = trace.part(&format!("{key}.value"), value)?;
                trace.check_unit(declared, value, mean)?;
                let n = match n {
                    Some(n) => Some(trace.part(&format!("{key}.n"), n)?),
                    None => None,
                };
                Measured { mean, sum: mean, n }
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
        let value = match declared.estimand {
            Estimand::Count { .. } | Estimand::Total { .. } => measured.sum,
            _ => measured.mean,
        };
        if let Some(n) = measured.n {
            let (range, name) = (Interval::NOT_NEGATIVE, format!("{key}.n"));
            required.push(Required { node: n, range, name });
        }
        let bounded = matches!(declared.estimand, Estimand::Share { .. } | Estimand::Count { .. });
        if bounded && matches!(self.form, Form::Value { .. }) {
            let (range, name) = (declared.support, format!("{key}.value"));
            required.push(Required { node: value, range, name });
        }
        trace.graph(|graph| {
            let value = match declared.read {
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
            Ok((value, available))
        })
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
    if !matches!(declared.estimand, Estimand::Ratio { .. }) {
        let mean = graph.subtract(a.mean, b.mean)?;
        return Ok(Measured { mean, sum: mean, n });
    }
    // A ratio to nothing is no outcome, in settlement as here.
    let zero = graph.number(Decimal::ZERO, graph.unit(b.mean).clone());
    let one = graph.number(Decimal::ONE, graph.unit(b.mean).clone());
    let nothing = graph.compare(Relation::Equal, b.mean, zero)?;
    let divisor = graph.select(nothing, one, b.mean)?;
    let nobody = graph.number(Decimal::ZERO, Unit::Bare);
    let enough = graph.number(Decimal::from(declared.at_least), Unit::Bare);
    let n = Some(graph.select(nothing, nobody, n.unwrap_or(enough))?);
    let mean = graph.divide(a.mean, divisor)?;
    Ok(Measured { mean, sum: mean, n })
}

/// The people of both arms; none at all when one arm is empty.
fn both(graph: &mut Graph, a: NodeId, b: NodeId) -> Result<NodeId, UnitClash> {
    let zero = graph.number(Decimal::ZERO, Unit::Bare);
    let sum = graph.add(a, b)?;
    let least = graph.smaller(a, b)?;
    let some = graph.compare(Relation::Less, zero, least)?;
    graph.select(some, sum, zero)
}

struct Trace<'a> {
    /// Where the model stands, for what belongs to no single expression.
    place: Place,
    cells: &'a Cells<'a>,
    values: &'a Values,
    evaluation: usize,
}

impl Trace<'_> {
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
