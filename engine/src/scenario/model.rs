//! What every path of a scenario computes.

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::cohort::CohortModel;
use crate::contract::{Form, Role};
use crate::expr::{Graph, Interval, NodeId};
use crate::finance::Years;
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

/// A part of what is paid at an evaluation: a line, or a cut or top-up of one payer's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PaidPart {
    /// The line, as a position in [`Model::lines`].
    pub line: usize,
    /// Who pays: a position in the contract's parties.
    pub payer: usize,
    /// Who is paid.
    pub to: usize,
    /// The amount, without tax that is added.
    pub amount: NodeId,
}

/// What one party pays another at an evaluation: see [`FlowTerms`](crate::contract::FlowTerms).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PaidFlow {
    /// Who pays: a position in the contract's parties.
    pub payer: usize,
    /// Who is paid.
    pub to: usize,
    /// Its part of added tax; `None` where no tax is added.
    pub tax: Option<NodeId>,
    /// The amount, added tax included.
    pub amount: NodeId,
}

/// The nodes of one evaluation.
#[derive(Debug, Clone)]
pub struct ArmEvaluation {
    /// What makes it up, but for added tax.
    pub parts: Vec<PaidPart>,
    /// Who pays whom; together they are the payment.
    pub flows: Vec<PaidFlow>,
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
    /// What is paid in each fiscal year (April to March, by day of payment), rising.
    pub years: Vec<(i16, NodeId)>,
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

/// How an outcome is measured at one evaluation.
#[derive(Debug, Clone, PartialEq)]
pub struct OutcomeMeasured {
    /// The outcome: a position in the contract's terms.
    pub outcome: usize,
    /// What is measured, before it is read to the indicator's precision.
    pub value: NodeId,
    /// What is true and was caused: without drift, attrition, errors of the instrument and chance.
    pub truth: NodeId,
    /// How many people the value rests on, where that is stated.
    pub n: Option<NodeId>,
    /// How certain the value is, where the scenario says.
    pub error: Option<StandardError>,
    /// Whether enough people are measured.
    pub available: NodeId,
}

/// The standard error of an estimate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StandardError {
    /// Its node.
    pub node: NodeId,
    /// Whether it is that of the logarithm: of a ratio.
    pub of_logarithm: bool,
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
    /// Whether it frees money that can be spent otherwise (a cashable saving), where that is stated.
    pub cashable: Option<bool>,
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

/// What a party pays for outcomes and spends itself.
#[derive(Debug, Clone)]
pub struct PayerModel {
    /// The party's identifier.
    pub name: String,
    /// Its name.
    pub title: Text,
    /// Payments and its own costs, discounted.
    pub paid: NodeId,
}

/// A cell, as single paths see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellColumn {
    /// Its name.
    pub name: String,
    /// The position of the evaluation; `None` for a cell that is drawn once.
    pub evaluation: Option<usize>,
    /// Its value.
    pub node: NodeId,
}

/// What a path brings an investor, all its tranches together.
#[derive(Debug, Clone)]
pub struct InvestorModel {
    /// The investor's identifier.
    pub name: String,
    /// Its name.
    pub title: Text,
    /// What it pays (below 0) and receives, each with its time from the first, rising.
    pub flows: Vec<(Years, NodeId)>,
    /// The yearly internal rate of return.
    pub rate: NodeId,
    /// Where there is exactly one rate: see [`rates_of_return`](crate::finance::rates_of_return).
    pub rate_available: NodeId,
    /// What is received in all, divided by what is paid in all.
    pub multiple: NodeId,
    /// Whether less is received than was paid.
    pub loss: NodeId,
    /// What is received less what is paid, undiscounted.
    pub result: NodeId,
    /// What is paid less what is received, undiscounted.
    pub shortfall: NodeId,
    /// What the flows are worth on the day of the first, at the scenario's discount rate.
    pub present_value: NodeId,
    /// The Macaulay duration of what is received, in years from the first flow: see
    /// [`duration`](crate::finance::duration).
    pub duration: NodeId,
    /// Where anything is received.
    pub duration_available: NodeId,
}

/// When on a day money moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum DayTime {
    /// At its beginning: money that is put up earns from this day on.
    Opening,
    /// At its end: what is paid has been earned on this day too.
    Closing,
}

/// Money that someone receives on a day; negative where it pays.
///
/// A year that begins with the opening of 1 April ends with the closing of 31 March: see
/// [`Years`](crate::finance::Years).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CashFlow {
    /// The day.
    pub on: Date,
    /// When on it.
    pub time: DayTime,
    /// How much.
    pub amount: NodeId,
}

/// What a path brings a tranche: what is put up, and everything its investor receives for it.
#[derive(Debug, Clone)]
pub struct TrancheModel {
    /// The tranche's identifier.
    pub name: String,
    /// Its title.
    pub title: Text,
    /// The identifier of the party that invests.
    pub investor: String,
    /// Its name.
    pub investor_title: Text,
    /// In which form it invests.
    pub form: Form,
    /// The most that is put up.
    pub commitment: Decimal,
    /// In order of time, at most one of a time.
    pub flows: Vec<CashFlow>,
    /// What they earn.
    pub earned: InvestorModel,
}

/// What a path brings a party: payments for outcomes, costs, and all of finance. The flows of all
/// parties of a day and of those [`outside`](Model::outside) sum to nothing.
#[derive(Debug, Clone)]
pub struct PartyModel {
    /// The party's identifier.
    pub name: String,
    /// Its name.
    pub title: Text,
    /// What it does.
    pub role: Role,
    /// In order of time, at most one of a time.
    pub flows: Vec<CashFlow>,
    /// What of them is a cost that it bears.
    pub costs: Vec<CashFlow>,
    /// What it is left with: its savings and what it receives less what it pays, each discounted
    /// as payments are, but for what it invests: of that the
    /// [present value](InvestorModel::present_value).
    pub result: NodeId,
    /// Below 0 it loses: for an investor what is received less what is paid, undiscounted, as every
    /// report of an investor has it; for others the result.
    pub balance: NodeId,
}

impl PartyModel {
    /// Whether it can be told that it loses: of a provider whose costs the contract does not state
    /// only what it receives is known.
    #[must_use]
    pub fn loss_is_known(&self) -> bool {
        self.role != Role::Provider || !self.costs.is_empty()
    }
}

/// How many people an outcome is measured on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// The outcome, as a position in the contract's terms.
    pub outcome: usize,
    /// Their number, without those lost where the contract leaves them out.
    pub people: NodeId,
    /// The entries of `[outcomes.X]` that make the estimate more precise the larger they are: `n`,
    /// `of`, or those of both groups (`treated.n`); none where more people are no larger sample.
    pub entries: Vec<String>,
    /// Whether the scenario works their number out from others, so that everybody there is is measured;
    /// a number that is written there may have been chosen.
    pub everyone: bool,
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
    /// The same where the programme has no effect.
    pub no_effect_cells: Vec<CellColumn>,
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
    /// How each outcome is measured, with the programme's effect.
    pub measured: Vec<OutcomeMeasured>,
    /// The same without, in the same order.
    pub measured_without: Vec<OutcomeMeasured>,
    /// Where each outcome model and benefit is declared, by what the keys of its draws start with.
    pub places: Vec<(String, Place)>,
    /// What must hold on every path for the result to mean anything.
    pub required: Vec<Required>,
    /// How many people outcomes are measured on, with the programme's effect; nothing of an outcome
    /// whose model does not say.
    pub samples: Vec<Sample>,
    /// The cohorts.
    pub cohorts: Vec<CohortModel>,
    /// The savings.
    pub benefits: Vec<BenefitModel>,
    /// Payer by payer, in the order of the contract's parties.
    pub payers: Vec<PayerModel>,
    /// Who saves, in the order in which benefits name them.
    pub savings: Vec<SavingModel>,
    /// What each party pays and receives, with the programme's effect.
    pub parties: Vec<PartyModel>,
    /// The investors.
    pub investors: Vec<InvestorModel>,
    /// What each tranche brings, with the programme's effect.
    pub tranches: Vec<TrancheModel>,
    /// What those outside the contract do, in order of time, at most one flow of a time.
    pub outside: Vec<CashFlow>,
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
