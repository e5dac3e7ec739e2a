//! How certain a simulated estimate is, as settlement would compute it: bounds as nodes of the
//! graph.
//!
//! Where settlement has Student's t with the spread it measured, here stands the normal quantile
//! with the spread the scenario states; the other formulas are settlement's own.

use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive;

use crate::evidence::interval::quantile_of;
use crate::expr::{Function, Graph, NodeId, Unit, UnitClash};
use crate::scenario::StandardError;

type Built = Result<NodeId, UnitClash>;

/// What the error of an estimate is made of.
#[derive(Debug, Clone)]
pub(super) enum Error {
    /// The model does not say.
    Unknown,
    /// `mean ± z × se`.
    Normal { mean: NodeId, se: NodeId },
    /// Wilson, of a share `p` of `n`.
    Share { p: NodeId, n: NodeId },
    /// Newcombe, of the difference of two shares.
    Shares { a: [NodeId; 2], b: [NodeId; 2] },
    /// Byar, of `events ÷ over`.
    Rate { events: NodeId, over: NodeId },
    /// `ratio × exp(± z × se)`.
    Log { ratio: NodeId, se: NodeId },
    /// `people × estimate`: of a total or a count, given how many were measured.
    Times { of: Box<Error>, people: NodeId },
    /// `shift + by × estimate`.
    Moved { of: Box<Error>, shift: Decimal, by: Decimal },
    /// `Σ weight × estimate`, each at its own limit.
    Sum(Vec<(Error, Decimal)>),
}

/// A value as a plain number: `1 mmHg` is 1.
pub(super) fn plain(graph: &mut Graph, node: NodeId) -> Built {
    let unit = graph.unit(node).clone();
    if !matches!(unit, Unit::Label(_) | Unit::Money(_)) {
        return Ok(node);
    }
    let one = graph.number(Decimal::ONE, unit);
    graph.divide(node, one)
}

fn bare(graph: &mut Graph, value: Decimal) -> NodeId {
    graph.number(value, Unit::Bare)
}

fn square(graph: &mut Graph, node: NodeId) -> Built {
    graph.multiply(node, node)
}

fn root_of_sum(graph: &mut Graph, a: NodeId, b: NodeId) -> Built {
    let (a, b) = (square(graph, a)?, square(graph, b)?);
    let sum = graph.add(a, b)?;
    Ok(graph.apply(Function::SquareRoot, sum))
}

impl Error {
    /// Of the total that an estimate of a mean makes with the people it rests on.
    pub(super) fn times(self, people: Option<NodeId>) -> Error {
        match people {
            Some(people) => Error::Times { of: Box::new(self), people },
            None => self,
        }
    }

    /// The standard error; `None` where the model does not say.
    pub(super) fn standard_error(
        &self,
        graph: &mut Graph,
    ) -> Result<Option<StandardError>, UnitClash> {
        let of_share = |graph: &mut Graph, [p, n]: [NodeId; 2]| {
            let one = bare(graph, Decimal::ONE);
            let (failing, n) = (graph.subtract(one, p)?, graph.larger(n, one)?);
            let variance = graph.multiply(p, failing)?;
            let variance = graph.divide(variance, n)?;
            Ok(graph.apply(Function::SquareRoot, variance))
        };
        let plainly = |node| Some(StandardError { node, of_logarithm: false });
        Ok(match self {
            Error::Unknown => None,
            Error::Normal { se, .. } => plainly(plain(graph, *se)?),
            Error::Share { p, n } => plainly(of_share(graph, [*p, *n])?),
            Error::Shares { a, b } => {
                let (a, b) = (of_share(graph, *a)?, of_share(graph, *b)?);
                plainly(root_of_sum(graph, a, b)?)
            }
            Error::Rate { events, over } => {
                let root = graph.apply(Function::SquareRoot, *events);
                plainly(graph.divide(root, *over)?)
            }
            Error::Log { se, .. } => Some(StandardError { node: *se, of_logarithm: true }),
            Error::Times { of, people } => match of.standard_error(graph)? {
                Some(own) if !own.of_logarithm => plainly(graph.multiply(own.node, *people)?),
                _ => None,
            },
            Error::Moved { of, shift, by } => match of.standard_error(graph)? {
                // A factor moves the logarithm, not its error.
                Some(own) if own.of_logarithm => Some(own).filter(|_| shift.is_zero()),
                Some(own) => {
                    let by = bare(graph, by.abs());
                    plainly(graph.multiply(own.node, by)?)
                }
                None => None,
            },
            Error::Sum(parts) => {
                let mut sum = bare(graph, Decimal::ZERO);
                for (part, weight) in parts {
                    let own = part.standard_error(graph)?;
                    let Some(own) = own.filter(|own| !own.of_logarithm) else { return Ok(None) };
                    let weight = bare(graph, weight.abs());
                    let own = graph.multiply(own.node, weight)?;
                    sum = root_of_sum(graph, sum, own)?;
                }
                plainly(sum)
            }
        })
    }

    /// Of `a − b`, two independent groups.
    pub(super) fn difference(graph: &mut Graph, a: &Error, b: &Error) -> Result<Error, UnitClash> {
        Ok(match (a, b) {
            (Error::Normal { mean: a, se: c }, Error::Normal { mean: b, se: d }) => {
                let (c, d) = (plain(graph, *c)?, plain(graph, *d)?);
                let (a, b) = (plain(graph, *a)?, plain(graph, *b)?);
                Error::Normal { mean: graph.subtract(a, b)?, se: root_of_sum(graph, c, d)? }
            }
            (Error::Share { p: a, n: c }, Error::Share { p: b, n: d }) => {
                Error::Shares { a: [*a, *c], b: [*b, *d] }
            }
            _ => Error::Unknown,
        })
    }

    /// Of `a ÷ b`, two independent groups, by the delta method on the log scale.
    pub(super) fn ratio(
        graph: &mut Graph,
        ratio: NodeId,
        a: &Error,
        b: &Error,
    ) -> Result<Error, UnitClash> {
        let (Some(a), Some(b)) = (a.of_log(graph)?, b.of_log(graph)?) else {
            return Ok(Error::Unknown);
        };
        Ok(Error::Log { ratio: plain(graph, ratio)?, se: root_of_sum(graph, a, b)? })
    }

    /// The standard error of the logarithm.
    fn of_log(&self, graph: &mut Graph) -> Result<Option<NodeId>, UnitClash> {
        let one = bare(graph, Decimal::ONE);
        Ok(match self {
            Error::Normal { mean, se } => {
                let (mean, se) = (plain(graph, *mean)?, plain(graph, *se)?);
                Some(graph.divide(se, mean)?)
            }
            Error::Share { p, n } => {
                let failing = graph.subtract(one, *p)?;
                let successes = graph.multiply(*p, *n)?;
                let variance = graph.divide(failing, successes)?;
                Some(graph.apply(Function::SquareRoot, variance))
            }
            Error::Rate { events, .. } => {
                let variance = graph.divide(one, *events)?;
                Some(graph.apply(Function::SquareRoot, variance))
            }
            // A factor has no error.
            Error::Moved { of, shift, .. } if shift.is_zero() => of.of_log(graph)?,
            _ => None,
        })
    }

    /// The one-sided bound at a level, as a plain number; `None` where the model does not say.
    pub(super) fn limit(
        &self,
        graph: &mut Graph,
        upper: bool,
        level: Decimal,
    ) -> Result<Option<NodeId>, UnitClash> {
        let Some(z) = quantile_of(level).and_then(Decimal::from_f64) else { return Ok(None) };
        let z = bare(graph, z.round_dp(15));
        self.at(graph, upper, z)
    }

    fn at(&self, graph: &mut Graph, upper: bool, z: NodeId) -> Result<Option<NodeId>, UnitClash> {
        Ok(Some(match self {
            Error::Unknown => return Ok(None),
            Error::Normal { mean, se } => {
                let (mean, se) = (plain(graph, *mean)?, plain(graph, *se)?);
                let off = graph.multiply(z, se)?;
                if upper { graph.add(mean, off)? } else { graph.subtract(mean, off)? }
            }
            Error::Share { p, n } => wilson(graph, [*p, *n], upper, z)?,
            Error::Shares { a, b } => {
                let own = wilson(graph, *a, upper, z)?;
                let other = wilson(graph, *b, !upper, z)?;
                let (own, other) = (graph.subtract(a[0], own)?, graph.subtract(b[0], other)?);
                let off = root_of_sum(graph, own, other)?;
                let difference = graph.subtract(a[0], b[0])?;
                if upper { graph.add(difference, off)? } else { graph.subtract(difference, off)? }
            }
            Error::Rate { events, over } => {
                let limit = byar(graph, *events, upper, z)?;
                graph.divide(limit, *over)?
            }
            Error::Log { ratio, se } => {
                let off = graph.multiply(z, *se)?;
                let factor = graph.apply(Function::Exponential, off);
                if upper {
                    graph.multiply(*ratio, factor)?
                } else {
                    graph.divide(*ratio, factor)?
                }
            }
            // A bound of a total was never asked for.
            Error::Times { .. } => return Ok(None),
            Error::Moved { of, shift, by } => {
                let side = upper != by.is_sign_negative();
                let Some(own) = of.at(graph, side, z)? else { return Ok(None) };
                let (shift, by) = (bare(graph, *shift), bare(graph, *by));
                let scaled = graph.multiply(own, by)?;
                graph.add(scaled, shift)?
            }
            Error::Sum(parts) => {
                let mut sum = bare(graph, Decimal::ZERO);
                for (part, weight) in parts {
                    let side = upper != weight.is_sign_negative();
                    let Some(own) = part.at(graph, side, z)? else { return Ok(None) };
                    let weight = bare(graph, *weight);
                    let own = graph.multiply(own, weight)?;
                    sum = graph.add(sum, own)?;
                }
                sum
            }
        }))
    }
}

/// `(p + z²/2n ± z √(p(1 − p)/n + z²/4n²)) ÷ (1 + z²/n)`
fn wilson(graph: &mut Graph, [p, n]: [NodeId; 2], upper: bool, z: NodeId) -> Built {
    let one = bare(graph, Decimal::ONE);
    let half = bare(graph, Decimal::new(5, 1));
    // Of nobody there is no share, and the outcome is not available.
    let n = graph.larger(n, one)?;
    let squared = square(graph, z)?;
    let part = graph.divide(squared, n)?;
    let failing = graph.subtract(one, p)?;
    let variance = graph.multiply(p, failing)?;
    let variance = graph.divide(variance, n)?;
    let shifted = graph.multiply(part, half)?;
    let centre = graph.add(p, shifted)?;
    let inner = graph.divide(shifted, n)?;
    let inner = graph.multiply(inner, half)?;
    let inner = graph.add(variance, inner)?;
    let root = graph.apply(Function::SquareRoot, inner);
    let off = graph.multiply(z, root)?;
    let top = if upper { graph.add(centre, off)? } else { graph.subtract(centre, off)? };
    let below = graph.add(one, part)?;
    graph.divide(top, below)
}

/// `d (1 − 1/(9d) ∓ z/(3√d))³`, of one event more for the upper limit.
fn byar(graph: &mut Graph, events: NodeId, upper: bool, z: NodeId) -> Built {
    let one = bare(graph, Decimal::ONE);
    // No event has a lower limit of nothing: the factor before the cube is 0.
    let counted = if upper { graph.add(events, one)? } else { events };
    let safe = graph.larger(counted, one)?;
    let nine = bare(graph, Decimal::from(9));
    let three = bare(graph, Decimal::from(3));
    let ninth = graph.multiply(nine, safe)?;
    let ninth = graph.divide(one, ninth)?;
    let root = graph.apply(Function::SquareRoot, safe);
    let root = graph.multiply(three, root)?;
    let off = graph.divide(z, root)?;
    let base = graph.subtract(one, ninth)?;
    let base = if upper { graph.add(base, off)? } else { graph.subtract(base, off)? };
    let zero = bare(graph, Decimal::ZERO);
    let base = graph.larger(base, zero)?;
    let squared = square(graph, base)?;
    let cube = graph.multiply(squared, base)?;
    graph.multiply(counted, cube)
}
