//! A group of people and how its mean or its share is measured.
//!
//! Truth, then whom the follow-up loses, then what drifts without the programme, then the error of
//! the instrument, then the chance of who is sampled; at last the contract's own rule for those who
//! were lost.

use rust_decimal::Decimal;

use super::Trace;
use super::error::{Error, plain};
use crate::contract::{Estimand, Indicator, Missing};
use crate::expr::{Function, Graph, Interval, Mode, NodeId, Relation, Rounding, Unit, UnitClash};
use crate::problem::{Problem, Text, say};
use crate::random::Family;
use crate::scenario::cells::{Cells, Parsed};
use crate::scenario::document::Section;
use crate::scenario::{Draw, Required};

/// Decimals of a probability: what differs by less is rounding of the sums it was made by.
const PROBABILITY_DIGITS: u32 = 12;

/// How the mean or the share of a group is measured.
pub(super) struct Group {
    truth: Truth,
    /// What is measured but not caused: added to the mean or the probability.
    drift: Option<Parsed>,
    attrition: Option<Attrition>,
}

enum Truth {
    /// Events over time, or over how many are expected: `Poisson(rate × over) ÷ over`, times what
    /// the contract states it for.
    Rate { rate: Parsed, over: Parsed, n: Option<Parsed> },
    /// A mean, with sampling error `sd / √n`.
    Mean { mean: Parsed, sd: Option<Parsed>, n: Option<Parsed> },
    /// Each of `of` people with `probability`; of those with a true yes the part `sensitivity` is
    /// measured as yes, of those with a true no the part `specificity` as no.
    Share {
        probability: Parsed,
        of: Parsed,
        sensitivity: Option<Parsed>,
        specificity: Option<Parsed>,
    },
}

/// Who is lost to follow-up.
struct Attrition {
    /// The probability of each person.
    probability: Parsed,
    /// The mean, or the probability, of those who are lost; the group's own where absent.
    lost: Option<Parsed>,
}

/// A measured group.
pub(super) struct Measured {
    /// The mean or the share.
    pub(super) mean: NodeId,
    /// The total or the count.
    pub(super) sum: NodeId,
    /// How many it rests on, by the contract's rule for missing data (`None`: always enough).
    pub(super) n: Option<NodeId>,
    /// How certain the mean or the share is.
    pub(super) error: Error,
    /// The mean or the share that is true: without whom the follow-up loses, what drifts, how the
    /// instrument errs and who is sampled.
    pub(super) truth: NodeId,
}

impl Group {
    /// Reads a group with a rate.
    pub(super) fn rate(
        cells: &Cells<'_>,
        declared: &Indicator,
        section: &Section<'_>,
    ) -> Option<Group> {
        section.known(&["rate", "over", "n", "drift", "source", "note"]);
        for key in ["rate", "over"].into_iter().filter(|key| !section.has(key)) {
            section.missing(key, super::expected(&declared.estimand));
        }
        let (n, drift) = (parse(cells, section, "n"), parse(cells, section, "drift"));
        let (rate, over) = (parse(cells, section, "rate"), parse(cells, section, "over"));
        let truth = Truth::Rate { rate: rate?, over: over?, n };
        Some(Group { truth, drift, attrition: None })
    }

    /// Reads a group with a mean.
    pub(super) fn mean(
        cells: &Cells<'_>,
        declared: &Indicator,
        section: &Section<'_>,
    ) -> Option<Group> {
        section.known(&["mean", "sd", "n", "drift", "attrition", "mean_lost", "source", "note"]);
        if !section.has("mean") {
            section.missing("mean", super::expected(&declared.estimand));
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
        if section.has("attrition") && !section.has("n") {
            section.missing("n", say!("how many there are before any is lost", "脱落する前の人数"));
        }
        let (sd, n) = (parse(cells, section, "sd"), parse(cells, section, "n"));
        let drift = parse(cells, section, "drift");
        let attrition = Attrition::read(cells, declared, section, "mean_lost");
        let mean = parse(cells, section, "mean")?;
        Some(Group { truth: Truth::Mean { mean, sd, n }, drift, attrition })
    }

    /// Reads a group with a probability.
    pub(super) fn share(
        cells: &Cells<'_>,
        declared: &Indicator,
        section: &Section<'_>,
    ) -> Option<Group> {
        section.known(&[
            "probability",
            "of",
            "drift",
            "attrition",
            "probability_lost",
            "sensitivity",
            "specificity",
            "source",
            "note",
        ]);
        for key in ["probability", "of"].into_iter().filter(|key| !section.has(key)) {
            section.missing(key, super::expected(&declared.estimand));
        }
        let sensitivity = parse(cells, section, "sensitivity");
        let specificity = parse(cells, section, "specificity");
        let drift = parse(cells, section, "drift");
        let attrition = Attrition::read(cells, declared, section, "probability_lost");
        let (probability, of) = (parse(cells, section, "probability"), parse(cells, section, "of"));
        let truth = Truth::Share { probability: probability?, of: of?, sensitivity, specificity };
        Some(Group { truth, drift, attrition })
    }

    /// The entry that makes its estimate more precise the larger it is.
    pub(super) fn sampled(&self) -> Option<&'static str> {
        match &self.truth {
            Truth::Mean { sd: Some(_), n: Some(_), .. } => Some("n"),
            Truth::Share { .. } => Some("of"),
            Truth::Mean { .. } | Truth::Rate { .. } => None,
        }
    }

    /// Whether its number of people follows from others that the scenario states.
    pub(super) fn of_everyone(&self) -> bool {
        match &self.truth {
            Truth::Mean { n, .. } | Truth::Rate { n, .. } => {
                n.as_ref().is_some_and(Parsed::follows)
            }
            Truth::Share { of, .. } => of.follows(),
        }
    }

    /// The measured group at an evaluation; what must hold on every path is added to `required`.
    pub(super) fn measure(
        &self,
        trace: &Trace<'_>,
        key: &str,
        declared: &Indicator,
        required: &mut Vec<Required>,
    ) -> Option<Measured> {
        let mut work = Work { trace, key, declared, required };
        match &self.truth {
            Truth::Rate { rate, over, n } => {
                let (rate, over) = (work.part("rate", rate)?, work.part("over", over)?);
                let n = work.optional("n", n.as_ref())?;
                let drift = work.optional("drift", self.drift.as_ref())?;
                let per = match declared.estimand {
                    Estimand::Rate { per, .. } | Estimand::ObservedOverExpected { per, .. } => per,
                    _ => Decimal::ONE,
                };
                let (range, name) = (Interval::NOT_NEGATIVE, format!("{key}.over"));
                work.required.push(Required { node: over, range, name });
                let draw = work.own("", Family::Poisson);
                let ledger = trace.cells.ledger;
                let (expected, over, truth) = trace.graph(|graph| {
                    let (rate, over) = (plain(graph, rate)?, plain(graph, over)?);
                    let times = graph.number(per, Unit::Bare);
                    let truth = graph.multiply(rate, times)?;
                    let rate = match drift {
                        Some(drift) => {
                            let drift = plain(graph, drift)?;
                            graph.add(rate, drift)?
                        }
                        None => rate,
                    };
                    Ok((graph.multiply(rate, over)?, over, truth))
                })?;
                let (range, name) = (Interval::NOT_NEGATIVE, format!("{key}.rate"));
                work.required.push(Required { node: expected, range, name });
                trace.graph(|graph| {
                    let zero = graph.number(Decimal::ZERO, Unit::Bare);
                    let kept = graph.larger(expected, zero)?;
                    let events = ledger.draw(graph, draw, vec![kept], Unit::Bare);
                    let times = graph.number(per, Unit::Bare);
                    let rate = graph.divide(events, over)?;
                    let mean = graph.multiply(rate, times)?;
                    let error = Error::Rate { events, over };
                    let error = Error::Moved { of: Box::new(error), shift: Decimal::ZERO, by: per };
                    Ok(Measured { mean, sum: mean, n, error, truth })
                })
            }
            Truth::Mean { mean, sd, n } => {
                let mean_node = work.part("mean", mean)?;
                trace.check_unit(declared, mean, mean_node)?;
                let sd_node = work.optional("sd", sd.as_ref())?;
                let n_node = work.optional("n", n.as_ref())?;
                let drift = work.optional("drift", self.drift.as_ref())?;
                for (name, parsed, node) in [("sd", sd, sd_node), ("n", n, n_node)] {
                    work.not_negative(name, parsed.as_ref(), node)?;
                }
                let (mean, measured_n) = match (&self.attrition, n_node) {
                    (Some(attrition), Some(n)) => {
                        let (mean, left) = work.followed(attrition, "mean_lost", mean_node, n)?;
                        (mean, Some(left))
                    }
                    _ => (mean_node, n_node),
                };
                let noise = match (sd_node, measured_n) {
                    (Some(sd), Some(n)) => Some(work.noise(sd, n)?),
                    _ => None,
                };
                let mean = trace.graph(|graph| {
                    let mut value = mean;
                    for part in [drift, noise].into_iter().flatten() {
                        // A part without a unit of its own is in the mean's.
                        let unit = graph.unit(value).clone();
                        let part = graph.relabel(part, &unit).unwrap_or(part);
                        value = graph.add(value, part)?;
                    }
                    Ok(value)
                })?;
                let sum = match measured_n {
                    Some(n) => trace.graph(|graph| graph.multiply(mean, n))?,
                    None => mean,
                };
                let error = match (sd_node, measured_n) {
                    (Some(sd), Some(n)) => {
                        let se = trace.graph(|graph| standard_error(graph, sd, n))?;
                        Error::Normal { mean, se }
                    }
                    _ => Error::Unknown,
                };
                let truth = mean_node;
                work.by_rule(Measured { mean, sum, n: measured_n, error, truth }, n_node)
            }
            Truth::Share { probability, of, sensitivity, specificity } => {
                let mut chance = work.part("probability", probability)?;
                let truth = chance;
                let of = work.part("of", of)?;
                let drift = work.optional("drift", self.drift.as_ref())?;
                let mut measured_n = of;
                if let Some(attrition) = &self.attrition {
                    (chance, measured_n) =
                        work.followed(attrition, "probability_lost", chance, of)?;
                }
                if let Some(drift) = drift {
                    chance = trace.graph(|graph| graph.add(chance, drift))?;
                }
                let differ = self.attrition.as_ref().is_some_and(|one| one.lost.is_some());
                let misread = sensitivity.is_some() || specificity.is_some();
                if drift.is_some() || differ || misread {
                    chance = work.probability(chance);
                }
                if misread {
                    chance = work.misread(chance, sensitivity.as_ref(), specificity.as_ref())?;
                }
                let draw = work.own("", Family::Binomial);
                let ledger = trace.cells.ledger;
                let sum = trace.graph(|graph| {
                    Ok(ledger.draw(graph, draw, vec![measured_n, chance], Unit::Bare))
                })?;
                let mean = trace.graph(|graph| part_of(graph, sum, measured_n))?;
                let error = Error::Unknown;
                let by_rule = Measured { mean, sum, n: Some(measured_n), error, truth };
                let measured = work.by_rule(by_rule, Some(of))?;
                let n = measured.n.unwrap_or(of);
                Some(Measured { error: Error::Share { p: measured.mean, n }, ..measured })
            }
        }
    }
}

/// `sd ÷ √n`, of at least one.
fn standard_error(graph: &mut Graph, sd: NodeId, n: NodeId) -> Result<NodeId, UnitClash> {
    let one = graph.number(Decimal::ONE, Unit::Bare);
    let n = graph.larger(n, one)?;
    let root = graph.apply(Function::SquareRoot, n);
    graph.divide(sd, root)
}

fn parse(cells: &Cells<'_>, section: &Section<'_>, key: &str) -> Option<Parsed> {
    cells.parse(section.expression(key)?, &cells.names())
}

impl Attrition {
    /// Reads `attrition` and what those lost are like, by the name `lost`.
    fn read(
        cells: &Cells<'_>,
        declared: &Indicator,
        section: &Section<'_>,
        lost: &str,
    ) -> Option<Attrition> {
        if !section.has("attrition") {
            if section.has(lost) {
                section.missing(
                    "attrition",
                    say!(
                        "the probability that a person is lost to follow-up",
                        "一人が追跡から脱落する確率"
                    ),
                );
            }
            return None;
        }
        if declared.missing == Missing::Refuse {
            let id = &declared.id;
            cells.document.report(
                Problem::error(
                    "attrition-refused",
                    say!(
                        "the contract refuses a blank `{id}`, so it could not be settled with anyone lost",
                        "契約は `{id}` の空欄を認めないため、脱落者がいると精算できません"
                    ),
                )
                .expected(say!(
                    "missing: \"exclude\" or \"as_no\" in the contract, or no `attrition` here",
                    "契約の missing を \"exclude\" か \"as_no\" にするか、`attrition` を除く"
                ))
                .at(section.key_place("attrition")),
            );
            return None;
        }
        let probability = parse(cells, section, "attrition");
        let lost = parse(cells, section, lost);
        Some(Attrition { probability: probability?, lost })
    }
}

/// The count over how many there are; of nobody, nothing.
fn part_of(graph: &mut Graph, sum: NodeId, of: NodeId) -> Result<NodeId, UnitClash> {
    let one = graph.number(Decimal::ONE, Unit::Bare);
    let of = graph.larger(of, one)?;
    graph.divide(sum, of)
}

/// One group being measured.
struct Work<'w, 'd> {
    trace: &'w Trace<'d>,
    key: &'w str,
    declared: &'w Indicator,
    required: &'w mut Vec<Required>,
}

impl Work<'_, '_> {
    fn part(&self, name: &str, parsed: &Parsed) -> Option<NodeId> {
        self.trace.part(&format!("{}.{name}", self.key), parsed)
    }

    /// The node of a part that may be absent.
    fn optional(&self, name: &str, parsed: Option<&Parsed>) -> Option<Option<NodeId>> {
        match parsed {
            Some(parsed) => self.part(name, parsed).map(Some),
            None => Some(None),
        }
    }

    /// Who is left for follow-up, and their mean or probability:
    /// `(all − lost × attrition) ÷ (1 − attrition)`, so that everyone together has the group's.
    fn followed(
        &mut self,
        attrition: &Attrition,
        lost_name: &str,
        all: NodeId,
        n: NodeId,
    ) -> Option<(NodeId, NodeId)> {
        let chance = self.part("attrition", &attrition.probability)?;
        let chance = self.stated_probability("attrition", &attrition.probability, chance)?;
        let lost = self.optional(lost_name, attrition.lost.as_ref())?;
        if let (Some(parsed), Some(node)) = (&attrition.lost, lost)
            && lost_name == "mean_lost"
        {
            self.trace.check_unit(self.declared, parsed, node)?;
        }
        let draw = self.own(".followed", Family::Binomial);
        let ledger = self.trace.cells.ledger;
        self.trace.graph(|graph| {
            let one = graph.number(Decimal::ONE, Unit::Bare);
            let stays = graph.subtract(one, chance)?;
            let left = ledger.draw(graph, draw, vec![n, stays], Unit::Bare);
            let Some(lost) = lost else { return Ok((all, left)) };
            let unit = graph.unit(all).clone();
            let lost = graph.relabel(lost, &unit).unwrap_or(lost);
            let theirs = graph.multiply(lost, chance)?;
            let rest = graph.subtract(all, theirs)?;
            let mean = graph.divide(rest, stays)?;
            // Where everyone is lost nobody is left to have a mean.
            let zero = graph.number(Decimal::ZERO, Unit::Bare);
            let some = graph.compare(Relation::Less, zero, stays)?;
            Ok((graph.select(some, mean, all)?, left))
        })
    }

    /// What was measured, with those lost by the contract's rule: left out, or counted as no.
    fn by_rule(&self, measured: Measured, all: Option<NodeId>) -> Option<Measured> {
        match (self.declared.missing, all) {
            (Missing::AsNo, Some(all)) if measured.n != Some(all) => {
                let mean = self.trace.graph(|graph| part_of(graph, measured.sum, all))?;
                Some(Measured { mean, n: Some(all), ..measured })
            }
            _ => Some(measured),
        }
    }

    /// A probability as the instrument reads it: `p × sensitivity + (1 − p) × (1 − specificity)`
    /// (Rogan and Gladen 1978, "Estimating prevalence from the results of a screening test").
    fn misread(
        &mut self,
        chance: NodeId,
        sensitivity: Option<&Parsed>,
        specificity: Option<&Parsed>,
    ) -> Option<NodeId> {
        let mut read = |name: &str, parsed: Option<&Parsed>| match parsed {
            Some(parsed) => {
                let node = self.part(name, parsed)?;
                self.stated_probability(name, parsed, node)
            }
            None => self.trace.graph(|graph| Ok(graph.number(Decimal::ONE, Unit::Bare))),
        };
        let (yes, no) = (read("sensitivity", sensitivity)?, read("specificity", specificity)?);
        self.trace.graph(|graph| {
            let one = graph.number(Decimal::ONE, Unit::Bare);
            let (rest, wrong) = (graph.subtract(one, chance)?, graph.subtract(one, no)?);
            let (right, wrong) = (graph.multiply(chance, yes)?, graph.multiply(rest, wrong)?);
            graph.add(right, wrong)
        })
    }

    /// A probability that was put together: it must lie from 0 to 1 on every path.
    fn probability(&mut self, chance: NodeId) -> NodeId {
        let digits = Rounding::to_digits(Mode::HalfEven, PROBABILITY_DIGITS);
        let bench = self.trace.cells.sandbox.bench();
        let node = bench.graph(|graph| graph.round(chance, digits));
        let name = format!("{}.probability", self.key);
        self.within(node, name)
    }

    /// A stated probability: a number is checked now, a cell on every path.
    fn stated_probability(&mut self, name: &str, parsed: &Parsed, node: NodeId) -> Option<NodeId> {
        let bench = self.trace.cells.sandbox.bench();
        let known = bench.graph(|graph| graph.literal(node));
        match known {
            Some(value) if value < Decimal::ZERO || value > Decimal::ONE => {
                self.trace.cells.document.report(
                    Problem::error(
                        "impossible-parameter",
                        say!("`{name}` lies from 0 to 1", "`{name}` は 0 から 1 までの値です"),
                    )
                    .found(Text::from(value.normalize().to_string()))
                    .expected(say!("a fraction from 0 to 1", "0 から 1 までの割合"))
                    .at(self.trace.cells.place(parsed)),
                );
                None
            }
            Some(_) => Some(node),
            None => Some(self.within(node, format!("{}.{name}", self.key))),
        }
    }

    /// Requires a probability on every path. What draws from it is kept in range, so that it is
    /// the requirement that speaks.
    fn within(&mut self, node: NodeId, name: String) -> NodeId {
        self.required.push(Required { node, range: Interval::SHARE, name });
        let bench = self.trace.cells.sandbox.bench();
        bench.graph(|graph| {
            let (zero, one) =
                (graph.number(Decimal::ZERO, Unit::Bare), graph.number(Decimal::ONE, Unit::Bare));
            let kept = graph.larger(node, zero).and_then(|node| graph.smaller(node, one));
            kept.unwrap_or(node)
        })
    }

    /// A stated number of people or spread is not below 0.
    fn not_negative(
        &self,
        name: &str,
        parsed: Option<&Parsed>,
        node: Option<NodeId>,
    ) -> Option<()> {
        let (Some(parsed), Some(node)) = (parsed, node) else { return Some(()) };
        let cells = self.trace.cells;
        let known = cells.sandbox.bench().graph(|graph| graph.literal(node));
        let Some(value) = known.filter(|value| value.is_sign_negative() && !value.is_zero()) else {
            return Some(());
        };
        cells.document.report(
            Problem::error(
                "impossible-parameter",
                say!("`{name}` cannot be below 0", "`{name}` は 0 未満にできません"),
            )
            .found(Text::from(value.normalize().to_string()))
            .expected(say!("at least 0", "0 以上"))
            .at(cells.place(parsed)),
        );
        None
    }

    /// Sampling error of a mean: normal with standard deviation `sd / √n`.
    fn noise(&self, sd: NodeId, n: NodeId) -> Option<NodeId> {
        let draw = self.own("", Family::Normal);
        let ledger = self.trace.cells.ledger;
        self.trace.graph(|graph| {
            let zero = graph.number(Decimal::ZERO, Unit::Bare);
            let error = standard_error(graph, sd, n)?;
            let unit = graph.unit(error).clone();
            Ok(ledger.draw(graph, draw, vec![zero, error], unit))
        })
    }

    /// A draw of the measurement itself.
    fn own(&self, name: &str, family: Family) -> Draw {
        self.trace.draw(&format!("{}{name}", self.key), family)
    }
}
