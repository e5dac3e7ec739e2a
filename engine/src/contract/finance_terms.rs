//! What the finance of a contract computes: who pays whom, when and why, as nodes of its graph.

use jiff::civil::Date;

use super::Contract;
use crate::expr::NodeId;

/// Someone who pays or is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Actor {
    /// A party, as a position in the contract's.
    Party(usize),
    /// Someone outside the contract: staff, suppliers.
    Outside,
}

impl Actor {
    /// The identifier of everyone outside the contract.
    pub const OUTSIDE: &str = "outside";

    /// The identifier: a party's own, or [`OUTSIDE`](Self::OUTSIDE).
    #[must_use]
    pub fn id(self, contract: &Contract) -> String {
        match self {
            Actor::Party(party) => contract.parties[party].id.clone(),
            Actor::Outside => Self::OUTSIDE.to_owned(),
        }
    }
}

/// Why money moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MoveReason {
    /// An investor puts up money: the tranche.
    Drawdown(usize),
    /// A cost: its position.
    Cost(usize),
    /// A provider passes on what it was paid to whoever holds the account.
    PassedOn,
    /// A tranche's return, fixed and outcome-linked.
    Return(usize),
    /// Principal of a tranche that was due.
    Principal(usize),
    /// Principal of a tranche ahead of its schedule.
    Early(usize),
    /// A tranche's part of what is left.
    Surplus(usize),
    /// A party's part of what is left.
    Share,
    /// A tranche returns what it had received, because a payment was negative.
    PaidBack(usize),
    /// A deferred fee: its position.
    Deferred(usize),
    /// A guarantor makes good: the guarantee and the tranche.
    Guaranteed(usize, usize),
    /// A guarantor gets back what it made good: the guarantee.
    Recourse(usize),
}

impl MoveReason {
    /// The tranche it belongs to.
    #[must_use]
    pub fn tranche(self) -> Option<usize> {
        match self {
            MoveReason::Drawdown(tranche)
            | MoveReason::Return(tranche)
            | MoveReason::Principal(tranche)
            | MoveReason::Early(tranche)
            | MoveReason::Surplus(tranche)
            | MoveReason::PaidBack(tranche)
            | MoveReason::Guaranteed(_, tranche) => Some(tranche),
            MoveReason::Cost(_)
            | MoveReason::PassedOn
            | MoveReason::Share
            | MoveReason::Deferred(_)
            | MoveReason::Recourse(_) => None,
        }
    }
}

/// Money that moves from one to another on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Move {
    /// The day. A drawdown is at its beginning, everything else at its end.
    pub on: Date,
    /// The evaluation whose statement shows it: the first that is paid on that day or later, or the
    /// last.
    pub evaluation: usize,
    /// Who pays.
    pub from: Actor,
    /// Who is paid; the same where the holder of the account pays itself, a fee of its own.
    pub to: Actor,
    /// How much, not below 0, except for [`MoveReason::PassedOn`].
    pub amount: NodeId,
    /// Why.
    pub reason: MoveReason,
}

/// The holder's account at one payment date.
#[derive(Debug, Clone, Copy)]
pub struct AccountTerms {
    /// What providers were paid, without added tax.
    pub received: NodeId,
    /// What was not distributed before.
    pub brought_forward: NodeId,
    /// The reserve before.
    pub reserve_before: NodeId,
    /// Unspent money that joins the distribution.
    pub unspent: NodeId,
    /// What investors return because a payment was negative.
    pub paid_back: NodeId,
    /// What the holder adds itself because a payment was negative.
    pub made_up: NodeId,
    /// What is kept for costs due before the next payment.
    pub recycled: NodeId,
    /// What is distributed: to tranches, deferred fees, guarantors and sharers.
    pub distributed: NodeId,
    /// The reserve after.
    pub reserve: NodeId,
    /// What is not distributed and stays in the account.
    pub carried: NodeId,
    /// What becomes the holder's own.
    pub kept: NodeId,
    /// Money put up for costs and not spent yet, after this date.
    pub unspent_left: NodeId,
}

/// A tranche at one payment date.
#[derive(Debug, Clone, Copy)]
pub struct TrancheTerms {
    /// Principal not repaid, before the payment, drawdowns up to it included.
    pub outstanding_before: NodeId,
    /// Return that is owed.
    pub return_due: NodeId,
    /// Principal that is due.
    pub principal_due: NodeId,
    /// Return paid.
    pub return_paid: NodeId,
    /// Principal paid, when due or ahead of it.
    pub principal_paid: NodeId,
    /// Its part of what is left.
    pub surplus: NodeId,
    /// What guarantors made good.
    pub guaranteed: NodeId,
    /// What it returns because a payment was negative.
    pub paid_back: NodeId,
    /// Principal not repaid, after.
    pub outstanding: NodeId,
    /// Return that was owed and is not paid yet, after; caps may keep it from ever being due.
    pub owed: NodeId,
}

/// What the finance of a contract computes at one payment date.
#[derive(Debug, Clone)]
pub struct DistributionTerms {
    /// The account.
    pub account: AccountTerms,
    /// The tranches, in the order of [`Finance::tranches`](super::Finance::tranches).
    pub tranches: Vec<TrancheTerms>,
    /// Deferred fees earned and not paid, after.
    pub deferred: Vec<NodeId>,
    /// What guarantors made good and did not get back, after.
    pub recourse: Vec<NodeId>,
}

/// What the finance of a contract computes.
#[derive(Debug, Clone, Default)]
pub struct FinanceTerms {
    /// Every movement of money beside the payments for outcomes, in order of day.
    pub moves: Vec<Move>,
    /// The distribution at each evaluation's payment; `None` before the first drawdown.
    pub distributions: Vec<Option<DistributionTerms>>,
}
