//! A scenario, its stresses and their sums, on the same random numbers.

use rust_decimal::Decimal;

use super::Suite;
use super::stressed::{Step, Stressed, StressedFigure, Told};
use crate::analyse::{Measure, Stack};
use crate::expr::{Graph, NodeId, Relation, Unit, UnitClash};
use crate::problem::Problem;
use crate::scenario::{PartyModel, Scenario};
use crate::simulate::{Chosen, Distribution, Mean, Settings, Wanted, Watch, chosen};

/// The figures of a scenario that a stress is told by unless others are asked for: payments,
/// benefits, what they leave, what each party is left with and the rate each investor earns.
fn usual(scenario: &Scenario) -> Vec<Measure> {
    let usual = |measure: &Measure| {
        let name = measure.name.as_str();
        let plain = ["payment", "no_effect", "benefit", "net"].contains(&name);
        plain || has_result(scenario, measure) || name.starts_with("irr.")
    };
    Measure::all(scenario).into_iter().filter(usual).collect()
}

/// Whether this is what a party is left with, for a party that gives or takes anything.
pub(super) fn has_result(scenario: &Scenario, measure: &Measure) -> bool {
    let graph = &scenario.model.graph;
    measure.name.starts_with(RESULT) && graph.literal(measure.wanted.node).is_none()
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
        [] => usual(&suite.base),
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

/// A figure of a scenario, and where it is below 0 if its party loses.
#[derive(Clone, Copy)]
struct Value {
    wanted: Wanted,
    balance: Option<NodeId>,
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
        let mut beside = |variant: &Scenario| -> Result<Vec<Value>, Vec<Problem>> {
            let own = measures.iter().map(|measure| Measure::named(variant, &measure.name));
            let own = own.collect::<Result<Vec<Measure>, Problem>>();
            let own = own.map_err(|problem| vec![problem])?;
            let balances = own.iter().filter_map(|of| of.balance.map(Wanted::everywhere));
            let wanted: Vec<Wanted> = own.iter().map(|of| of.wanted).chain(balances).collect();
            let here = stack.add(variant, &wanted);
            let (here, balances) = here.split_at(own.len());
            let mut balances = balances.iter().map(|balance| balance.node);
            let values = own.iter().zip(here).map(|(of, wanted)| Value {
                wanted: *wanted,
                balance: of.balance.and_then(|_| balances.next()),
            });
            Ok(values.collect())
        };
        let (mut each, mut sums) = (Vec::new(), Vec::new());
        for stress in &suite.stresses {
            each.push(beside(&stress.alone)?);
        }
        for sum in suite.sums() {
            sums.push(beside(sum)?);
        }
        let graph = &mut stack.model().graph;
        let mut figures = Vec::new();
        for (at, measure) in measures.iter().enumerate() {
            let alone: Vec<Value> = each.iter().map(|variant| variant[at]).collect();
            // The first sum is the first stress by itself.
            let first = alone.first().copied().into_iter();
            let sums: Vec<Value> = first.chain(sums.iter().map(|sum| sum[at])).collect();
            let parties = &suite.base.model.parties;
            figures.push(Figure::of(graph, (measure, parties), &alone, &sums));
        }
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

    /// What the mean is told of.
    fn means(&self) -> Vec<NodeId> {
        let mut nodes: Vec<NodeId> = Vec::new();
        for variant in self.variants() {
            let everywhere = variant.change.where_available.is_none();
            nodes.extend(everywhere.then_some(variant.change.node));
            nodes.extend(variant.loss.into_iter().chain(variant.loss_change));
        }
        for figure in &self.figures {
            nodes.extend(figure.reached.iter().chain(&figure.steps).chain(&figure.interaction));
        }
        nodes
    }

    fn variants(&self) -> impl Iterator<Item = &Variant> {
        self.figures
            .iter()
            .flat_map(|figure| [&figure.base, &figure.together].into_iter().chain(&figure.alone))
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
    fn of(
        graph: &mut Graph,
        (measure, parties): (&Measure, &[PartyModel]),
        alone: &[Value],
        sums: &[Value],
    ) -> Figure {
        let base = Value { wanted: measure.wanted, balance: measure.balance };
        let party = measure.name.split_once('.').map(|(_, name)| name);
        let party = party.and_then(|name| parties.iter().find(|party| party.name == name));
        let loss = party.is_some_and(PartyModel::loss_is_known);
        let first = variant(graph, base, base, loss);
        let together = variant(graph, base, sums.last().copied().unwrap_or(base), loss);
        let each: Vec<Variant> =
            alone.iter().map(|value| variant(graph, base, *value, loss)).collect();
        let everywhere = |value: &Value| value.wanted.where_available.is_none();
        let all = everywhere(&base) && alone.iter().chain(sums).all(everywhere);
        let (mut reached, mut steps, mut interaction) = (Vec::new(), Vec::new(), None);
        if all {
            reached = sums.iter().map(|sum| sum.wanted.node).collect();
            let before = std::iter::once(base.wanted.node).chain(reached.iter().copied());
            steps = before.zip(&reached).map(|(a, b)| one(graph.subtract(*b, a))).collect();
            let mut left = together.change.node;
            for change in each.iter().map(|of| of.change.node) {
                left = one(graph.subtract(left, change));
            }
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
        let steps = self
            .steps
            .iter()
            .zip(&self.reached)
            .map(|(adds, reached)| Some(Step { adds: mean(adds)?, reaches: mean(reached)? }));
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
fn variant(graph: &mut Graph, base: Value, value: Value, loss: bool) -> Variant {
    let (from, to) = (base.wanted, value.wanted);
    let change = Wanted {
        node: one(graph.subtract(to.node, from.node)),
        where_available: match (from.where_available, to.where_available) {
            (Some(a), Some(b)) => Some(graph.both(a, b)),
            (a, b) => a.or(b),
        },
    };
    let (Some(base), Some(own)) = (base.balance.filter(|_| loss), value.balance) else {
        return Variant { value: to, change, loss: None, loss_change: None };
    };
    let (own, base) = (lost(graph, own), lost(graph, base));
    let loss_change = one(graph.subtract(own, base));
    Variant { value: to, change, loss: Some(own), loss_change: Some(loss_change) }
}

/// 1 where an amount is less than nothing, else 0.
fn lost(graph: &mut Graph, amount: NodeId) -> NodeId {
    let unit = graph.unit(amount).clone();
    let none = graph.number(Decimal::ZERO, unit);
    let yes = graph.number(Decimal::ONE, Unit::Number);
    let no = graph.number(Decimal::ZERO, Unit::Number);
    let lost = one(graph.compare(Relation::Less, amount, none));
    one(graph.select(lost, yes, no))
}

/// The same figure has the same unit in every variant.
fn one(node: Result<NodeId, UnitClash>) -> NodeId {
    node.unwrap_or_else(|clash| unreachable!("{clash:?}"))
}
