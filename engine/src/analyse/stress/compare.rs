//! A scenario, its stresses and their sums, on the same random numbers.

use rust_decimal::Decimal;

use super::stressed::{Step, Stressed, StressedFigure, Told};
use super::Suite;
use crate::analyse::{Measure, Stack};
use crate::expr::{Graph, NodeId, Relation, Unit, UnitClash};
use crate::problem::Problem;
use crate::scenario::Scenario;
use crate::simulate::{Chosen, Distribution, Mean, Settings, Wanted, Watch, chosen};

/// The figures of a scenario that a stress is told by unless others are asked for: payments,
/// benefits, what they leave, what each party is left with and the rate each investor earns.
fn usual(measures: &[Measure]) -> Vec<Measure> {
    let usual = |name: &str| {
        let plain = ["payment", "no_effect", "benefit", "net"].contains(&name);
        plain || name.starts_with(RESULT) || name.starts_with("irr.")
    };
    measures.iter().filter(|measure| usual(&measure.name)).cloned().collect()
}

/// What the names of parties' results begin with.
pub(super) const RESULT: &str = "result.";

/// What each stress changes by itself, what all of them change, and what each adds to those before
/// it. Without `figures` the usual ones are told.
///
/// # Errors
/// A figure that the scenario does not have, or one of the variants has not; and as
/// [`simulate`](crate::simulate::simulate()).
pub fn stress(
    suite: &Suite,
    figures: &[String],
    settings: &Settings,
    watch: &dyn Watch,
) -> Result<Stressed, Vec<Problem>> {
    let measures = match figures {
        [] => usual(&Measure::all(&suite.base)),
        names => {
            let found = names.iter().map(|name| Measure::named(&suite.base, name));
            found.collect::<Result<_, _>>().map_err(|problem| vec![problem])?
        }
    };
    let asked = Asked::of(suite, &measures)?;
    let (wanted, means) = (asked.wanted(), asked.means());
    let found = chosen(asked.stack.scenario(), settings, watch, &wanted, &means)
        .map_err(|problems| asked.explained(suite, settings, watch, problems))?;
    let figures = measures.into_iter().enumerate();
    Ok(Stressed {
        seed: found.seed,
        paths: found.paths,
        figures: figures.map(|(at, measure)| asked.figures[at].told(measure, &found)).collect(),
    })
}

/// A figure in one variant.
struct Variant {
    value: Wanted,
    change: Wanted,
    loss: Option<NodeId>,
    loss_change: Option<NodeId>,
}

/// A figure in every variant.
struct Figure {
    base: Variant,
    alone: Vec<Variant>,
    together: Variant,
    /// With the first stresses, one more each time, the last being all of them.
    reached: Vec<NodeId>,
    /// What each of them adds; none for a figure that not every path has.
    steps: Vec<NodeId>,
    interaction: Option<NodeId>,
}

/// All variants in one graph.
struct Asked {
    stack: Stack,
    figures: Vec<Figure>,
}

impl Asked {
    fn of(suite: &Suite, measures: &[Measure]) -> Result<Asked, Vec<Problem>> {
        let mut stack = Stack::of(&suite.base);
        let mut beside = |variant: &Scenario| -> Result<Vec<Wanted>, Vec<Problem>> {
            let own = |measure: &Measure| Ok(Measure::named(variant, &measure.name)?.wanted);
            let wanted: Result<Vec<Wanted>, Problem> = measures.iter().map(own).collect();
            Ok(stack.add(variant, &wanted.map_err(|problem| vec![problem])?))
        };
        let each = suite.stresses.iter().map(|stress| beside(&stress.alone));
        let each = each.collect::<Result<Vec<_>, _>>()?;
        let sums = suite.sums().map(&mut beside).collect::<Result<Vec<_>, _>>()?;
        let graph = &mut stack.model().graph;
        let figure = |(at, measure): (usize, &Measure)| {
            let alone: Vec<Wanted> = each.iter().map(|variant| variant[at]).collect();
            // The first sum is the first stress by itself.
            let first = alone.first().copied().into_iter();
            let sums: Vec<Wanted> = first.chain(sums.iter().map(|sum| sum[at])).collect();
            Figure::of(graph, measure, &alone, &sums)
        };
        let figures = measures.iter().enumerate().map(figure).collect();
        Ok(Asked { stack, figures })
    }

    /// What percentiles are told of, too.
    fn wanted(&self) -> Vec<Wanted> {
        let of = |variant: &Variant| {
            // Where it is not on every path, a difference has paths of its own.
            let partly = variant.change.where_available.map(|_| variant.change);
            std::iter::once(variant.value).chain(partly)
        };
        self.variants().flat_map(of).collect()
    }

    fn means(&self) -> Vec<NodeId> {
        let mut means = Vec::new();
        for variant in self.variants() {
            means.push(variant.change).into_iter().for_each(drop);
        }
        let mut nodes: Vec<NodeId> = Vec::new();
        for variant in self.variants() {
            nodes.extend(
                Some(variant.change).filter(|of| of.where_available.is_none()).map(|of| of.node),
            );
            nodes.extend(variant.loss.into_iter().chain(variant.loss_change));
        }
        for figure in &self.figures {
            nodes.extend(figure.reached.iter().chain(&figure.steps).chain(&figure.interaction));
        }
        nodes
    }

    fn variants(&self) -> impl Iterator<Item = &Variant> {
        self.figures.iter().flat_map(|figure| {
            [&figure.base, &figure.together].into_iter().chain(&figure.alone)
        })
    }

    /// What is wrong, as the first variant by itself says it, which knows its own cells.
    fn explained(
        &self,
        suite: &Suite,
        settings: &Settings,
        watch: &dyn Watch,
        problems: Vec<Problem>,
    ) -> Vec<Problem> {
        if problems.iter().any(|problem| problem.id == "stopped") {
            return problems;
        }
        let alone = |scenario: &Scenario| {
            let wanted = [Wanted::everywhere(scenario.model.net)];
            chosen(scenario, settings, watch, &wanted, &[scenario.model.no_effect.payment]).err()
        };
        let variants = suite.variants();
        let mut found = variants.filter_map(|(names, scenario)| Some((names, alone(scenario)?)));
        match found.next() {
            Some((names, problems)) => super::suite::with_names(problems, &names),
            None => problems,
        }
    }
}

impl Figure {
    fn of(graph: &mut Graph, measure: &Measure, alone: &[Wanted], sums: &[Wanted]) -> Figure {
        let base = measure.wanted;
        let loss = measure.name.starts_with(RESULT);
        let mut variant = |value: Wanted| variant(graph, base, value, loss);
        let each: Vec<Variant> = alone.iter().map(|value| variant(*value)).collect();
        let together = variant(sums.last().copied().unwrap_or(base));
        let first = variant(base);
        let everywhere = |wanted: &Wanted| wanted.where_available.is_none();
        let all = [base].iter().chain(alone).chain(sums).all(everywhere);
        let (mut reached, mut steps, mut interaction) = (Vec::new(), Vec::new(), None);
        if all {
            reached = sums.iter().map(|sum| sum.node).collect();
            let before = std::iter::once(base.node).chain(reached.iter().copied());
            steps = before.zip(&reached).map(|(a, b)| one(graph.subtract(*b, a))).collect();
            let left = each.iter().fold(together.change.node, |left, of| {
                if left == of.change.node {
                    // One stress alone is all of them.
                    let unit = graph.unit(left).clone();
                    return graph.number(Decimal::ZERO, unit);
                }
                one(graph.subtract(left, of.change.node))
            });
            interaction = Some(left);
        }
        Figure { base: first, alone: each, together, reached, steps, interaction }
    }

    fn told(&self, measure: Measure, found: &Chosen) -> StressedFigure {
        let mean = |node: &NodeId| mean_of(found.of(Wanted::everywhere(*node)));
        let told = |variant: &Variant| Told {
            value: found.of(variant.value),
            available: found.count(variant.value) as f64 / found.paths as f64,
            change: mean_of(found.of(variant.change)),
            loss: variant.loss.as_ref().and_then(mean),
            loss_change: variant.loss_change.as_ref().and_then(mean),
        };
        let steps = self.steps.iter().zip(&self.reached).map(|(adds, reached)| {
            Some(Step { adds: mean(adds)?, reaches: mean(reached)?.mean })
        });
        StressedFigure {
            measure,
            base: told(&self.base),
            alone: self.alone.iter().map(told).collect(),
            together: told(&self.together),
            interaction: self.interaction.as_ref().and_then(mean),
            bridge: steps.collect::<Option<Vec<Step>>>().filter(|_| self.interaction.is_some()),
        }
    }
}

fn mean_of(found: Option<Distribution>) -> Option<Mean> {
    found.map(|Distribution { mean, se, .. }| Mean { mean, se })
}

/// A figure in a variant, its difference from the base, and whether it is a loss.
fn variant(graph: &mut Graph, base: Wanted, value: Wanted, loss: bool) -> Variant {
    let change = Wanted {
        node: one(graph.subtract(value.node, base.node)),
        where_available: match (base.where_available, value.where_available) {
            (Some(a), Some(b)) => Some(graph.both(a, b)),
            (a, b) => a.or(b),
        },
    };
    let mut lost = |node: NodeId| {
        let none = graph.number(Decimal::ZERO, graph.unit(node).clone());
        let (yes, no) = (
            graph.number(Decimal::ONE, Unit::Number),
            graph.number(Decimal::ZERO, Unit::Number),
        );
        let lost = one(graph.compare(Relation::Less, node, none));
        one(graph.select(lost, yes, no))
    };
    let losses = loss.then(|| (lost(value.node), lost(base.node)));
    Variant {
        value,
        change,
        loss: losses.map(|(own, _)| own),
        loss_change: losses.map(|(own, base)| one(graph.subtract(own, base))),
    }
}

/// The same figure has the same unit in every variant.
fn one(node: Result<NodeId, UnitClash>) -> NodeId {
    node.unwrap_or_else(|clash| unreachable!("{clash:?}"))
}
