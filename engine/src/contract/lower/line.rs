//! One line at one evaluation: priced, gated, rounded, split, within its own limits.

use rust_decimal::Decimal;

use super::{Lowering, Running};
use crate::contract::{
    AtEarlyEnd, Basis, CutBy, Line, LineKind, LineTerms, Outcome, Price, Reason, ToDate,
};
use crate::expr::{NodeId, SymbolId};

impl Lowering<'_> {
    pub(super) fn line(
        &mut self,
        running: &mut Running,
        position: usize,
        line: &Line,
        price: &Price,
        outcomes: &[Outcome],
    ) {
        let (amount, to_date) = self.priced(running, position, line, price, outcomes);
        let others = running.sum;
        let first = running.lines.len();
        let mut parts = self.split(amount, &line.shares);
        for (share, part) in line.shares.iter().zip(&parts) {
            running.lines.push(LineTerms {
                reason: Reason::Payment(position),
                payer: share.payer,
                to: share.to,
                amount: *part,
                price: price.amount,
                share: Some(*share).filter(|_| line.shares.len() > 1),
                to_date,
            });
        }
        let mut own = amount;
        if let Some(limit) = line.cap_each {
            let left = self.money(limit);
            let by = Reason::Cap { by: CutBy::LineEach, limit, line: Some(position) };
            own = self.cut_own(running, own, left, by, line, &mut parts);
        }
        if let Some(limit) = line.cap {
            let earlier = self.of_line(position);
            let left = self.left(line, limit, &earlier, running);
            let by = Reason::Cap { by: CutBy::Line, limit, line: Some(position) };
            own = self.cut_own(running, own, left, by, line, &mut parts);
        }
        running.sum = match line.kind {
            LineKind::Payment | LineKind::Return => self.plus(others, own),
            LineKind::Malus => {
                let taken = self.within_payment(running, position, line, first, &parts);
                self.plus(others, taken)
            }
        };
    }

    /// What a line pays before its own limits, rounded; and what it compares with.
    pub(super) fn priced(
        &mut self,
        running: &mut Running,
        position: usize,
        line: &Line,
        price: &Price,
        outcomes: &[Outcome],
    ) -> (NodeId, Option<ToDate>) {
        let (amount, to_date) = match line.basis {
            Basis::Each => (price.amount, None),
            Basis::Cumulative | Basis::TrueUp => {
                let owed = self.graph.round(price.amount, self.rules.rounding);
                let earlier = self.of_line(position);
                let paid = self.sum(&earlier);
                let (paid, mark) = self.marked(paid);
                running.before.push(mark);
                let open = self.minus(owed, paid);
                let zero = self.money(Decimal::ZERO);
                let amount = match (line.basis, line.kind) {
                    (Basis::Each | Basis::TrueUp, _) => open,
                    (Basis::Cumulative, LineKind::Payment) => self.larger(open, zero),
                    (Basis::Cumulative, LineKind::Malus | LineKind::Return) => {
                        self.smaller(open, zero)
                    }
                };
                (amount, Some(ToDate { owed, paid }))
            }
        };
        let amount = self.at_early_end(line, price, amount);
        let amount = self.gated(price, outcomes, amount);
        (self.graph.round(amount, self.rules.rounding), to_date)
    }

    /// What a line has paid at earlier evaluations, within its own limits.
    pub(super) fn of_line(&self, position: usize) -> Vec<NodeId> {
        self.done
            .iter()
            .flat_map(|terms| &terms.lines)
            .filter(|earlier| match earlier.reason {
                Reason::Payment(of) => of == position,
                Reason::Cap { line, .. } => line == Some(position),
                Reason::Offset(_) | Reason::Minimum(_) => false,
            })
            .map(|earlier| earlier.amount)
            .collect()
    }

    /// What a line pays where the contract ends early at this evaluation, or ended before.
    pub(super) fn at_early_end(&mut self, line: &Line, price: &Price, amount: NodeId) -> NodeId {
        let Some(ending) = self.rules.ending.clone() else { return amount };
        let zero = self.money(Decimal::ZERO);
        let now = self.done.len();
        let stated = if price.linked { ending.linked } else { ending.fixed };
        let ended = self.symbol(self.rules.endings[now].ended);
        let amount = match line.at_early_end.unwrap_or(stated) {
            AtEarlyEnd::AsMeasured => amount,
            AtEarlyEnd::ProRata => {
                let served = self.symbol(self.rules.endings[now].served);
                self.graph.multiply(amount, served).unwrap_or(amount)
            }
            AtEarlyEnd::Nothing => self.select(ended, zero, amount),
            AtEarlyEnd::Only => self.select(ended, amount, zero),
        };
        self.while_it_runs(amount)
    }

    /// The amount, or nothing where the contract ended at an earlier evaluation.
    pub(super) fn while_it_runs(&mut self, amount: NodeId) -> NodeId {
        let zero = self.money(Decimal::ZERO);
        let earlier = self.rules.endings.iter().take(self.done.len());
        let ended: Vec<SymbolId> = earlier.map(|ending| ending.ended).collect();
        ended.into_iter().fold(amount, |amount, ended| {
            let ended = self.symbol(ended);
            self.select(ended, zero, amount)
        })
    }

    /// A malus takes no more than what its payer pays its recipient: its parts, as the lines from
    /// `first` on have them, are cut to that. Returns what is taken, not above 0.
    pub(super) fn within_payment(
        &mut self,
        running: &mut Running,
        position: usize,
        line: &Line,
        first: usize,
        parts: &[NodeId],
    ) -> NodeId {
        let zero = self.money(Decimal::ZERO);
        let mut taken = Vec::new();
        for (share, part) in line.shares.iter().zip(parts) {
            let own = |line: &LineTerms| (line.payer, line.to) == (share.payer, share.to);
            let before: Vec<NodeId> =
                running.lines[..first].iter().filter(|line| own(line)).map(|l| l.amount).collect();
            let paid = self.sum(&before);
            let paid = self.larger(paid, zero);
            let most = self.minus(zero, paid);
            let capped = self.larger(*part, most);
            let cut = self.minus(capped, *part);
            let reason =
                Reason::Cap { by: CutBy::Payment, limit: Decimal::ZERO, line: Some(position) };
            self.push(running, reason, (share.payer, share.to), cut);
            taken.push(capped);
        }
        self.sum(&taken)
    }

    /// The amount where the gate is open and every outcome it needs is there, else nothing.
    pub(super) fn gated(
        &mut self,
        price: &Price,
        outcomes: &[Outcome],
        mut amount: NodeId,
    ) -> NodeId {
        let zero = self.money(Decimal::ZERO);
        if let Some(gate) = price.gate {
            amount = self.select(gate, amount, zero);
        }
        for need in price.needs.iter().rev() {
            let available = self.symbol(outcomes[*need].available);
            amount = self.select(available, amount, zero);
        }
        amount
    }

    /// Cuts what one line pays, or takes, to `left`; returns what remains of it, for the caller to
    /// add up again: a sum of capped parts has tighter bounds than a sum with cuts in it. What is
    /// cut is split as the line is.
    pub(super) fn cut_own(
        &mut self,
        running: &mut Running,
        own: NodeId,
        left: NodeId,
        reason: Reason,
        line: &Line,
        parts: &mut Vec<NodeId>,
    ) -> NodeId {
        let zero = self.money(Decimal::ZERO);
        let left = self.larger(left, zero);
        let capped = match line.kind {
            LineKind::Payment => self.smaller(own, left),
            LineKind::Malus | LineKind::Return => {
                let least = self.minus(zero, left);
                self.larger(own, least)
            }
        };
        let remaining = self.split(capped, &line.shares);
        for ((share, before), after) in line.shares.iter().zip(&*parts).zip(&remaining) {
            let cut = self.minus(*after, *before);
            self.push(running, reason, (share.payer, share.to), cut);
        }
        *parts = remaining;
        capped
    }

    /// What a line's own limit leaves; of a line that takes, what it may still take.
    pub(super) fn left(
        &mut self,
        line: &Line,
        limit: Decimal,
        earlier: &[NodeId],
        running: &mut Running,
    ) -> NodeId {
        match line.kind {
            LineKind::Payment => self.remaining(limit, earlier, running),
            LineKind::Malus | LineKind::Return => {
                let zero = self.money(Decimal::ZERO);
                let taken: Vec<NodeId> =
                    earlier.iter().map(|amount| self.minus(zero, *amount)).collect();
                self.remaining(limit, &taken, running)
            }
        }
    }
}
