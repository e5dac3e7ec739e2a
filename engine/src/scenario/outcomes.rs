//! Outcome models: how each indicator's estimator behaves, truth plus what measuring adds.

use rust_decimal::Decimal;

use super::cells::{Cells, Parsed, Values};
use super::document::{Document, Section};
use super::{Draw, Required};
use crate::contract::{Contract, Estimand, Indicator};
use crate::expr::{Function, Graph, Interval, NodeId, Relation, Unit, UnitClash};
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
    Value { value: Parsed, n: Option<Parsed> },
    /// One group.
    Group(Group),
    /// The programme's group against a comparison.
    Groups { treated: Box<Group>, comparison: Box<Group> },
}

/// How the mean or the count of a group is measured.
enum Group {
    /// `mean + drift`, with sampling error `sd / √n`.
    Mean { mean: Parsed, sd: Option<Parsed>, n: Option<Parsed>, drift: Option<Parsed> },
    /// Each of `of` people with `probability`.
    Share { probability: Parsed, of: Parsed },
}

/// A measured group: its mean or count, and how many it rests on (`None`: always enough).
struct Measured {
    value: NodeId,
    n: Option<NodeId>,
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
            "value = \"…\" | mean = \"…\", sd, n, drift"
        }
        Estimand::Share { .. } | Estimand::Count { .. } => {
            "value = \"…\" | probability = \"…\", of = \"…\""
        }
        Estimand::Difference { .. } | Estimand::Ratio { .. } => {
            "value = \"…\" | treated = { mean, sd, n }, comparison = { mean, sd, n } | { probability, of }"
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
    let mean = |section: &Section<'_>| -> Option<Group> {
        section.known(&["mean", "sd", "n", "drift", "source", "note"]);
        if !section.has("mean") {
            section.missing("mean", expected(&declared.estimand));
            return None;
        }
        if section.has("sd") && !section.has("n") {
            section.missing(
                "n",
                say!(
                    "how many are measured: sampling error is sd ÷ √n",
                    "測定する人数。標本誤差は sd ÷ √n です"
                ),
            );
        }
        let group = Group::Mean {
            mean: parse(section, "mean")?,
            sd: parse(section, "sd"),
            n: parse(section, "n"),
            drift: parse(section, "drift"),
        };
        Some(group)
    };
    let share = |section: &Section<'_>| -> Option<Group> {
        section.known(&["probability", "of", "source", "note"]);
        for key in ["probability", "of"].into_iter().filter(|key| !section.has(key)) {
            section.missing(key, expected(&declared.estimand));
        }
        let (probability, of) = (parse(section, "probability"), parse(section, "of"));
        Some(Group::Share { probability: probability?, of: of? })
    };
    match declared.estimand {
        Estimand::MeanChange { .. } | Estimand::Mean { .. } | Estimand::Total { .. } => {
            mean(section).map(Form::Group)
        }
        Estimand::Share { .. } | Estimand::Count { .. } => share(section).map(Form::Group),
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
                let value_node = trace.part(&format!("{key}.value"), value)?;
                trace.check_unit(declared, value, value_node)?;
                let n = match n {
                    Some(n) => Some(trace.part(&format!("{key}.n"), n)?),
                    None => None,
                };
                Measured { value: value_node, n }
            }
            Form::Group(group) => {
                let measured = trace.group(&key, group, declared)?;
                trace.graph(|graph| one_group(graph, &declared.estimand, group, measured))?
            }
            Form::Groups { treated, comparison } => {
                let a = trace.group(&format!("{key}.treated"), treated, declared)?;
                let b = trace.group(&format!("{key}.comparison"), comparison, declared)?;
                let ratio = matches!(declared.estimand, Estimand::Ratio { .. });
                trace.graph(|graph| {
                    let (a_mean, b_mean) =
                        (mean_of(graph, treated, &a)?, mean_of(graph, comparison, &b)?);
                    let mut n = match (a.n, b.n) {
                        (Some(a), Some(b)) => Some(both(graph, a, b)?),
                        (one, other) => one.or(other),
                    };
                    if !ratio {
                        let value = graph.subtract(a_mean, b_mean)?;
                        return Ok(Measured { value, n });
                    }
                    // A ratio to nothing is no outcome, in settlement as here.
                    let zero = graph.number(Decimal::ZERO, graph.unit(b_mean).clone());
                    let one = graph.number(Decimal::ONE, graph.unit(b_mean).clone());
                    let nothing = graph.compare(Relation::Equal, b_mean, zero)?;
                    let divisor = graph.select(nothing, one, b_mean)?;
                    let nobody = graph.number(Decimal::ZERO, Unit::Bare);
                    let enough = graph.number(Decimal::from(declared.at_least), Unit::Bare);
                    n = Some(graph.select(nothing, nobody, n.unwrap_or(enough))?);
                    Ok(Measured { value: graph.divide(a_mean, divisor)?, n })
                })?
            }
        };
        if let Some(n) = measured.n {
            let (range, name) = (Interval::NOT_NEGATIVE, format!("{key}.n"));
            required.push(Required { node: n, range, name });
        }
        let bounded = matches!(declared.estimand, Estimand::Share { .. } | Estimand::Count { .. });
        if bounded && matches!(self.form, Form::Value { .. }) {
            let (range, name) = (declared.support, format!("{key}.value"));
            required.push(Required { node: measured.value, range, name });
        }
        trace.graph(|graph| {
            let value = match declared.read {
                Some(rounding) => graph.round(measured.value, rounding),
                None => measured.value,
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

/// A mean, share, count or total of one group.
fn one_group(
    graph: &mut Graph,
    estimand: &Estimand,
    group: &Group,
    measured: Measured,
) -> Result<Measured, UnitClash> {
    let value = match (estimand, group) {
        (Estimand::Count { .. }, _) => measured.value,
        (Estimand::Total { .. }, _) => match measured.n {
            Some(n) => graph.multiply(measured.value, n)?,
            None => measured.value,
        },
        _ => mean_of(graph, group, &measured)?,
    };
    Ok(Measured { value, n: measured.n })
}

/// The mean of a group: its measured mean, or its count over how many there are.
fn mean_of(graph: &mut Graph, group: &Group, measured: &Measured) -> Result<NodeId, UnitClash> {
    match (group, measured.n) {
        (Group::Share { .. }, Some(of)) => {
            let one = graph.number(Decimal::ONE, Unit::Bare);
            let of = graph.larger(of, one)?;
            graph.divide(measured.value, of)
        }
        _ => Ok(measured.value),
    }
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

    /// A stated number of people or spread is not below 0.
    fn not_negative(
        &self,
        name: &str,
        parsed: Option<&Parsed>,
        node: Option<NodeId>,
    ) -> Option<()> {
        let (Some(parsed), Some(node)) = (parsed, node) else { return Some(()) };
        let known = self.cells.sandbox.bench().graph(|graph| graph.literal(node));
        let Some(value) = known.filter(|value| value.is_sign_negative() && !value.is_zero()) else {
            return Some(());
        };
        self.cells.document.report(
            Problem::error(
                "impossible-parameter",
                say!("`{name}` cannot be below 0", "`{name}` は 0 未満にできません"),
            )
            .found(Text::from(value.normalize().to_string()))
            .expected(say!("at least 0", "0 以上"))
            .at(self.cells.place(parsed)),
        );
        None
    }

    fn group(&self, key: &str, group: &Group, declared: &Indicator) -> Option<Measured> {
        let part = |name: &str, parsed: &Parsed| self.part(&format!("{key}.{name}"), parsed);
        let optional = |name: &str, parsed: &Option<Parsed>| match parsed {
            Some(parsed) => part(name, parsed).map(Some),
            None => Some(None),
        };
        match group {
            Group::Mean { mean, sd, n, drift } => {
                let (parsed_sd, parsed_n) = (sd, n);
                let mean_node = part("mean", mean)?;
                self.check_unit(declared, mean, mean_node)?;
                let (sd, n, drift) =
                    (optional("sd", sd)?, optional("n", n)?, optional("drift", drift)?);
                for (name, parsed, node) in [("sd", parsed_sd, sd), ("n", parsed_n, n)] {
                    self.not_negative(name, parsed.as_ref(), node)?;
                }
                let noise = match (sd, n) {
                    (Some(sd), Some(n)) => Some(self.noise(key, sd, n)?),
                    _ => None,
                };
                let value = self.graph(|graph| {
                    let mut value = mean_node;
                    for part in [drift, noise].into_iter().flatten() {
                        // A part without a unit of its own is in the mean's.
                        let unit = graph.unit(value).clone();
                        let part = graph.relabel(part, &unit).unwrap_or(part);
                        value = graph.add(value, part)?;
                    }
                    Ok(value)
                })?;
                Some(Measured { value, n })
            }
            Group::Share { probability, of } => {
                let (probability, of) = (part("probability", probability)?, part("of", of)?);
                let draw = self.own(key, Family::Binomial);
                let value = self.graph(|graph| {
                    Ok(self.cells.ledger.draw(graph, draw, vec![of, probability], Unit::Bare))
                })?;
                Some(Measured { value, n: Some(of) })
            }
        }
    }

    /// Sampling error of a mean: normal with standard deviation `sd / √n`.
    fn noise(&self, key: &str, sd: NodeId, n: NodeId) -> Option<NodeId> {
        let draw = self.own(key, Family::Normal);
        self.graph(|graph| {
            let (zero, one) =
                (graph.number(Decimal::ZERO, Unit::Bare), graph.number(Decimal::ONE, Unit::Bare));
            let n = graph.larger(n, one)?;
            let root = graph.apply(Function::SquareRoot, n);
            let error = graph.divide(sd, root)?;
            let unit = graph.unit(error).clone();
            Ok(self.cells.ledger.draw(graph, draw, vec![zero, error], unit))
        })
    }

    /// A draw of the measurement itself.
    fn own(&self, key: &str, family: Family) -> Draw {
        Draw {
            family,
            cell: key.to_owned(),
            index: 0,
            evaluation: self.evaluation as u32 + 1,
            inverse: false,
        }
    }
}
