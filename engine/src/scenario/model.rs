//! What every path of a scenario computes.

use super::cohort::CohortModel;
use crate::expr::{Graph, Interval, NodeId};
use crate::problem::Text;
use crate::random::Family;

/// A random quantity: what it is drawn from and the key of its numbers.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Draw {
    /// The distribution.
    pub family: Family,
    /// The cell that draws it.
    pub cell: String,
    /// Which draw of the cell it is, from 0.
    pub index: u32,
    /// 0 for a draw per path, else the number of the evaluation.
    pub evaluation: u32,
    /// Whether it is made from a standard normal deviate, its last parameter, instead of from
    /// random numbers of its own.
    pub inverse: bool,
}

/// A statement line, over the contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineName {
    /// Its identifier; cuts are together `cap`, top-ups `minimum`, added tax `tax`.
    pub name: String,
    /// Its title.
    pub title: Text,
}

/// The nodes of one evaluation.
#[derive(Debug, Clone)]
pub struct ArmEvaluation {
    /// What is owed.
    pub payment: NodeId,
    /// The amount of each line, in the order of [`Model::lines`].
    pub lines: Vec<NodeId>,
    /// The outcomes measured: position in the contract's terms, value, available.
    pub outcomes: Vec<(usize, NodeId, NodeId)>,
}

/// What is computed with the programme's effect, or without.
#[derive(Debug, Clone)]
pub struct Arm {
    /// Evaluation by evaluation.
    pub evaluations: Vec<ArmEvaluation>,
    /// What is owed in all.
    pub payment: NodeId,
    /// What is owed in all, discounted.
    pub payment_discounted: NodeId,
    /// Each line in all, in the order of [`Model::lines`].
    pub lines: Vec<NodeId>,
    /// Whether the total cap is reached.
    pub cap_reached: NodeId,
    /// Whether no line that depends on outcomes pays anything.
    pub no_outcome_payment: NodeId,
}

/// A saving.
#[derive(Debug, Clone)]
pub struct BenefitModel {
    /// Its identifier.
    pub name: String,
    /// Its title.
    pub title: Text,
    /// The discounted amount over the contract, with the programme's effect.
    pub amount: NodeId,
    /// Whose it is.
    pub shares: Vec<Beneficiary>,
}

/// Who has a part of a saving.
#[derive(Debug, Clone, PartialEq)]
pub struct Beneficiary {
    /// The identifier of a party or of a declared beneficiary.
    pub id: String,
    /// Its name.
    pub name: Text,
    /// Its part, from 0 to 1.
    pub share: f64,
}

/// A range that a part of an outcome model must keep to on every path.
#[derive(Debug, Clone, PartialEq)]
pub struct Required {
    /// The part.
    pub node: NodeId,
    /// Where its values may lie.
    pub range: Interval,
    /// What it is called: `outcomes.participation.n`.
    pub name: String,
}

/// One graph for everything a path computes.
#[derive(Debug, Clone)]
pub struct Model {
    /// The graph.
    pub graph: Graph,
    /// Its random quantities, by number.
    pub draws: Vec<Draw>,
    /// The lines of a statement over the contract.
    pub lines: Vec<LineName>,
    /// With the programme's effect.
    pub effect: Arm,
    /// Without, on the same random numbers.
    pub no_effect: Arm,
    /// What must hold on every path for the result to mean anything.
    pub required: Vec<Required>,
    /// The cohorts.
    pub cohorts: Vec<CohortModel>,
    /// The savings.
    pub benefits: Vec<BenefitModel>,
    /// All savings, discounted.
    pub benefit: NodeId,
    /// Savings less payments, discounted.
    pub net: NodeId,
    /// Whether savings exceed payments.
    pub net_positive: NodeId,
}
