//! What every path of a scenario computes.

use super::cohort::CohortModel;
use crate::expr::{Graph, Interval, NodeId};
use crate::problem::{Place, Text};
use crate::random::Law;

/// A random quantity: what it is drawn from and the key of its numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Draw {
    /// What it follows.
    pub law: Law,
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
    /// What of it goes to providers, without tax that is added.
    pub to_providers: NodeId,
    /// The same of each provider: a position in the contract's parties, and the amount.
    pub providers: Vec<(usize, NodeId)>,
    /// The amount of each line, in the order of [`Model::lines`].
    pub lines: Vec<NodeId>,
    /// What each party receives less what it pays, in the order of the contract's parties, with
    /// tax that is added. Together they are nothing.
    pub parties: Vec<NodeId>,
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
    /// What stands for each symbol of the contract's terms, by the symbol's name, in order.
    pub symbols: Vec<(String, NodeId)>,
}

/// What is paid when the same truth is measured once more: every draw of an outcome model is
/// independent of the first measurement's, every other draw is the same.
#[derive(Debug, Clone)]
pub struct Remeasured {
    /// What is owed in all.
    pub payment: NodeId,
    /// Each line in all, in the order of [`Model::lines`].
    pub lines: Vec<NodeId>,
}

/// How much of a payment's spread is luck of measurement: with `pay` and `pay'` the payments of
/// two measurements of the same truth, the mean of `½ (pay − pay')²` is the mean, over the truth, of
/// the variance that measuring adds. Its share of the whole variance is what was paid by luck.
///
/// The nodes are the number 0 where no measurement is drawn.
#[derive(Debug, Clone)]
pub struct Luck {
    /// `½ (pay − pay')²` of the payment in all.
    pub payment: NodeId,
    /// The same of each line, in the order of [`Model::lines`].
    pub lines: Vec<NodeId>,
}

/// Whether a line that reads outcomes pays anything.
#[derive(Debug, Clone)]
pub struct LinePays {
    /// The line, as a position in [`Model::lines`].
    pub line: usize,
    /// Whether it pays more than nothing when the programme works; on the other paths it goes
    /// unpaid though it works.
    pub effect: NodeId,
    /// Whether it pays more than nothing when the programme does nothing.
    pub no_effect: NodeId,
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

/// What somebody saves.
#[derive(Debug, Clone)]
pub struct SavingModel {
    /// The identifier of a party or of a declared beneficiary.
    pub name: String,
    /// Its name.
    pub title: Text,
    /// Its parts of all benefits, discounted.
    pub amount: NodeId,
}

/// What a party is left with.
#[derive(Debug, Clone)]
pub struct PartyModel {
    /// The party's identifier.
    pub name: String,
    /// Its name.
    pub title: Text,
    /// What it saves and receives less what it pays, discounted. Below 0 it loses.
    pub result: NodeId,
}

/// A cell, as single paths see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellColumn {
    /// Its name.
    pub name: String,
    /// The position of the evaluation; `None` for a cell that is drawn once.
    pub evaluation: Option<usize>,
    /// Its value, with the programme's effect.
    pub node: NodeId,
}

/// What a path brings an investor.
#[derive(Debug, Clone)]
pub struct InvestorModel {
    /// The investor's identifier.
    pub name: String,
    /// Its name.
    pub title: Text,
    /// The yearly internal rate of return.
    pub rate: NodeId,
    /// Where there is one rate: see [`rate_of_return`](crate::finance::rate_of_return).
    pub rate_available: NodeId,
    /// What is received in all, divided by the amount invested.
    pub multiple: NodeId,
    /// Whether less is received than was invested.
    pub loss: NodeId,
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
    /// The cells, in the order of the file, those of an evaluation together.
    pub cells: Vec<CellColumn>,
    /// The lines of a statement over the contract.
    pub lines: Vec<LineName>,
    /// With the programme's effect.
    pub effect: Arm,
    /// Without, on the same random numbers.
    pub no_effect: Arm,
    /// With the programme's effect, measured once more.
    pub remeasured: Remeasured,
    /// The luck of measurement.
    pub luck: Luck,
    /// The payment lines that read outcomes.
    pub line_pays: Vec<LinePays>,
    /// Where each outcome model and benefit is declared, by what the keys of its draws start with.
    pub places: Vec<(String, Place)>,
    /// What must hold on every path for the result to mean anything.
    pub required: Vec<Required>,
    /// The cohorts.
    pub cohorts: Vec<CohortModel>,
    /// The savings.
    pub benefits: Vec<BenefitModel>,
    /// Who saves, in the order in which benefits name them.
    pub savings: Vec<SavingModel>,
    /// Every party of the contract.
    pub parties: Vec<PartyModel>,
    /// The investors.
    pub investors: Vec<InvestorModel>,
    /// All savings, discounted.
    pub benefit: NodeId,
    /// Savings less payments, discounted.
    pub net: NodeId,
    /// Whether savings exceed payments.
    pub net_positive: NodeId,
}

impl Model {
    /// Where the outcome model or benefit is declared that a draw or a requirement belongs to:
    /// `outcomes.participation` for `outcomes.participation.n`.
    #[must_use]
    pub fn place_of(&self, key: &str) -> Option<&Place> {
        let belongs = |start: &str| {
            let rest = key.strip_prefix(start);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', ' ']))
        };
        self.places.iter().find(|(start, _)| belongs(start)).map(|(_, place)| place)
    }
}
