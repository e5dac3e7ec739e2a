//! From declared finance to the contract's graph: the waterfall of every payment date.
//!
//! In: the lowered payments and [`Finance`]. Out: [`FinanceTerms`]: every movement of money, with a
//! from and a to, and the balances before and after.
//!
//! At each payment date the holder has what providers are paid, what was carried over and the
//! reserve. Claims are paid rank by rank, those of one rank in proportion; then principal ahead of
//! its schedule; then, when nothing put up is left to repay, the surplus is shared. What nobody has
//! a claim on stays with the holder, so that what comes in is what goes out and what stays.

mod account;
mod claims;
mod guarantees;
mod surplus;
mod tranche;

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::Lowering;
use crate::contract::{
    AccountTerms, Actor, Amounts, DistributionTerms, Evaluation, Finance, FinanceTerms, Move,
    MoveReason, Outcome, Party, Price, Role, TrancheTerms,
};
use crate::expr::{NodeId, Relation};
use tranche::TrancheState;

/// What the waterfall needs to know of the contract beside its rules and payments.
pub(in crate::contract) struct Around<'a> {
    pub(in crate::contract) finance: &'a Finance,
    pub(in crate::contract) evaluations: &'a [Evaluation],
    pub(in crate::contract) parties: &'a [Party],
    pub(in crate::contract) outcomes: &'a [Outcome],
}

impl Lowering<'_> {
    /// Lowers the finance of a contract all of whose evaluations are lowered.
    pub(in crate::contract) fn finance(&mut self, around: &Around<'_>) -> FinanceTerms {
        if around.finance.is_empty() {
            return FinanceTerms::default();
        }
        let zero = self.money(Decimal::ZERO);
        let finance = around.finance;
        let tranches = finance.tranches.iter().map(|_| TrancheState::new(zero)).collect();
        let mut waterfall = Waterfall {
            around,
            zero,
            tranches,
            deferred: vec![zero; finance.deferred.len()],
            called: vec![zero; finance.guarantees.len()],
            recourse: vec![zero; finance.guarantees.len()],
            unspent: zero,
            reserve: zero,
            carried: zero,
            recycled: zero,
            moves: Vec::new(),
            lowering: self,
        };
        let distributions =
            (0..around.evaluations.len()).map(|now| waterfall.evaluation(now)).collect();
        waterfall.after_the_last();
        let mut moves = waterfall.moves;
        // Moves of one day stay in the order in which they were made.
        moves.sort_by_key(|of| of.on);
        FinanceTerms { moves, distributions }
    }
}

/// The balances between payment dates.
struct Waterfall<'w, 'l, 'g> {
    around: &'w Around<'w>,
    lowering: &'l mut Lowering<'g>,
    zero: NodeId,
    tranches: Vec<TrancheState>,
    /// Deferred fees earned and not paid.
    deferred: Vec<NodeId>,
    /// What guarantors made good so far.
    called: Vec<NodeId>,
    /// What they did not get back.
    recourse: Vec<NodeId>,
    /// Money put up for costs and not spent.
    unspent: NodeId,
    reserve: NodeId,
    carried: NodeId,
    recycled: NodeId,
    moves: Vec<Move>,
}

/// What a payment date knows on its way through the waterfall.
struct Now {
    evaluation: usize,
    paid: Date,
    /// Whether this is the contract's last payment date, which an early end may make it.
    closing: NodeId,
    /// What is left to distribute.
    pot: NodeId,
    distributed: NodeId,
    kept: NodeId,
    tranches: Vec<Paid>,
}

/// What a tranche is owed and paid at a payment date.
#[derive(Clone, Copy)]
struct Paid {
    outstanding_before: NodeId,
    return_due: NodeId,
    principal_due: NodeId,
    return_paid: NodeId,
    principal_paid: NodeId,
    surplus: NodeId,
    return_guaranteed: NodeId,
    principal_guaranteed: NodeId,
    paid_back: NodeId,
}

impl Waterfall<'_, '_, '_> {
    fn evaluation(&mut self, evaluation: usize) -> Option<DistributionTerms> {
        let paid = self.around.evaluations[evaluation].paid;
        self.before_the_payment(evaluation);
        self.earn_deferred(evaluation);
        let holder = self.around.finance.holder?;
        let begun = |at: &Option<Date>| at.is_some_and(|at| at <= paid);
        let drawn = self.around.finance.tranches.iter().map(|tranche| tranche.from());
        if !drawn.into_iter().any(|at| begun(&at)) {
            return None;
        }
        let closing = self.closing(evaluation);
        let received = self.receive(evaluation, holder);
        let (brought_forward, reserve_before) = (self.carried, self.reserve);
        let unspent = self.join_unspent(closing);
        let together = self.plus(brought_forward, reserve_before);
        let together = self.plus(together, unspent);
        let pot = self.plus(together, received);
        let tranches = (0..self.tranches.len()).map(|of| self.due(of, evaluation, closing));
        let tranches = tranches.collect();
        let (zero, lowering) = (self.zero, &mut *self.lowering);
        let mut now = Now {
            evaluation,
            paid,
            closing,
            pot: lowering.larger(pot, zero),
            distributed: zero,
            kept: zero,
            tranches,
        };
        let (paid_back, made_up) = self.call_back(&mut now, pot, holder);
        let recycled = self.recycle(&mut now);
        self.pay_claims(&mut now, holder);
        self.redeem_early(&mut now, holder);
        self.share_surplus(&mut now, holder);
        self.call_guarantees(&mut now);
        // What is left at the end is the holder's.
        self.carried = self.select(closing, zero, now.pot);
        let last = self.minus(now.pot, self.carried);
        let kept = self.plus(now.kept, last);
        let tranches = now.tranches.iter().zip(self.tranches.clone());
        let mut terms = Vec::new();
        for (paid, state) in tranches {
            terms.push(TrancheTerms {
                outstanding_before: paid.outstanding_before,
                return_due: paid.return_due,
                principal_due: paid.principal_due,
                return_paid: paid.return_paid,
                principal_paid: paid.principal_paid,
                surplus: paid.surplus,
                guaranteed: self.lowering.plus(paid.return_guaranteed, paid.principal_guaranteed),
                paid_back: paid.paid_back,
                outstanding: state.outstanding,
                owed: state.owed,
            });
        }
        Some(DistributionTerms {
            account: AccountTerms {
                received,
                brought_forward,
                reserve_before,
                unspent,
                paid_back,
                made_up,
                recycled,
                distributed: now.distributed,
                reserve: self.reserve,
                carried: self.carried,
                kept,
                unspent_left: self.unspent,
            },
            tranches: terms,
            deferred: self.deferred.clone(),
            recourse: self.recourse.clone(),
        })
    }

    /// 1 at the last payment date and where the contract ended early at this evaluation.
    fn closing(&mut self, evaluation: usize) -> NodeId {
        if evaluation + 1 == self.around.evaluations.len() {
            return self.lowering.graph.truth(true);
        }
        match self.lowering.rules.endings.get(evaluation).map(|ending| ending.ended) {
            Some(ended) => self.lowering.symbol(ended),
            None => self.lowering.graph.truth(false),
        }
    }

    /// The amount, or nothing where the contract ended at an evaluation before.
    fn while_it_runs(&mut self, amount: NodeId, evaluation: usize) -> NodeId {
        let endings = self.lowering.rules.endings.iter().take(evaluation);
        let ended: Vec<_> = endings.map(|ending| ending.ended).collect();
        ended.into_iter().fold(amount, |amount, ended| {
            let ended = self.lowering.symbol(ended);
            self.lowering.select(ended, self.zero, amount)
        })
    }

    /// An amount that depends on outcomes, at an evaluation; never below nothing, in whole steps.
    fn linked(&mut self, prices: &[Price], evaluation: usize) -> Option<NodeId> {
        let price = prices.iter().find(|price| price.evaluation == evaluation)?;
        let amount = self.lowering.gated(price, self.around.outcomes, price.amount);
        let amount = self.lowering.graph.round(amount, self.lowering.rules.rounding);
        let amount = self.lowering.larger(amount, self.zero);
        Some(self.while_it_runs(amount, evaluation))
    }

    /// The evaluation at whose payment, or at the first after which, a day lies; the number of
    /// evaluations for a day after all.
    fn window(&self, on: Date) -> usize {
        self.around.evaluations.iter().take_while(|evaluation| evaluation.paid < on).count()
    }

    fn move_money(
        &mut self,
        (on, evaluation): (Date, usize),
        (from, to): (Actor, Actor),
        amount: NodeId,
        reason: MoveReason,
    ) {
        let nothing = self.lowering.graph.literal(amount).is_some_and(|amount| amount.is_zero());
        if nothing {
            return;
        }
        let evaluation = evaluation.min(self.around.evaluations.len().saturating_sub(1));
        self.moves.push(Move { on, evaluation, from, to, amount, reason });
    }

    /// Pays someone out of the account.
    fn distribute(
        &mut self,
        now: &mut Now,
        (holder, to): (usize, usize),
        amount: NodeId,
        reason: MoveReason,
    ) {
        now.distributed = self.plus(now.distributed, amount);
        let flow = (Actor::Party(holder), Actor::Party(to));
        self.move_money((now.paid, now.evaluation), flow, amount, reason);
    }

    fn is_provider(&self, party: usize) -> bool {
        self.around.parties[party].role == Role::Provider
    }

    /// The part of [`Amounts`] that is stated and falls into a window.
    fn stated(&self, amounts: &Amounts, window: usize) -> Vec<(Date, Decimal)> {
        match amounts {
            Amounts::Dated(dated) => {
                dated.iter().filter(|(on, _)| self.window(*on) == window).copied().collect()
            }
            Amounts::Linked(_) => Vec::new(),
        }
    }

    fn money(&mut self, amount: Decimal) -> NodeId {
        self.lowering.money(amount)
    }

    fn plus(&mut self, a: NodeId, b: NodeId) -> NodeId {
        self.lowering.plus(a, b)
    }

    fn minus(&mut self, a: NodeId, b: NodeId) -> NodeId {
        if a == b { self.zero } else { self.lowering.minus(a, b) }
    }

    fn smaller(&mut self, a: NodeId, b: NodeId) -> NodeId {
        self.lowering.smaller(a, b)
    }

    fn not_negative(&mut self, a: NodeId) -> NodeId {
        let zero = self.zero;
        self.lowering.larger(a, zero)
    }

    fn select(&mut self, when: NodeId, then: NodeId, otherwise: NodeId) -> NodeId {
        self.lowering.select(when, then, otherwise)
    }

    /// Whether `a` is above nothing.
    fn is_some(&mut self, a: NodeId) -> Option<NodeId> {
        self.lowering.graph.compare(Relation::Less, self.zero, a).ok()
    }
}
