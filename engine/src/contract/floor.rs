//! The least that limits leave and minimums promise of what is paid, where intervals cannot see it:
//! a limit that one evaluation uses up takes from the next only what the one before had.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::bounds::PaymentBounds;
use super::{Contract, LineKind, Reason, Tax};
use crate::expr::{Interval, NodeId};

impl Contract {
    /// Bounds on the sum of all payables where the contract does not end early; `None` where it
    /// provides for no early end.
    #[must_use]
    pub fn full_term_bounds(&self) -> Option<PaymentBounds> {
        self.early_end.as_ref()?;
        let mut contract = self.clone();
        for ending in &self.terms.endings {
            contract.graph.narrow(ending.ended, Interval::point(0.0));
            contract.graph.narrow(ending.served, Interval::point(1.0));
        }
        Some(contract.payment_bounds())
    }

    /// The least of all payments before tax from what the lines pay at least and the limits over
    /// them, `None` where something takes off or is paid back, or limits of payers meet limits over
    /// dates.
    ///
    /// A limit leaves the lesser of itself and what comes up against it. So `min(cap, Σ over years
    /// of min(cap_year, Σ over evaluations of min(cap_each, lines)))`, or, by payer,
    /// `min(cap, Σ over payers of min(cap_payer, lines))`.
    pub(super) fn least_within_limits(&self) -> Option<Decimal> {
        let takes_off = !self.offsets.is_empty()
            || self.lines.iter().any(|line| line.kind != LineKind::Payment)
            || (0..self.evaluations.len()).any(|at| self.may_be_negative(at));
        if takes_off {
            return None;
        }
        let mut years: BTreeMap<i16, Decimal> = BTreeMap::new();
        let mut payers: BTreeMap<usize, Decimal> = BTreeMap::new();
        for (at, evaluation) in self.evaluations.iter().enumerate() {
            let mut all = Decimal::ZERO;
            for (payer, least) in self.parts_at(at)? {
                all = all.checked_add(least)?;
                *payers.entry(payer).or_default() += least;
            }
            let left = self.cap_each.map_or(all, |cap| all.min(cap));
            *years.entry(evaluation.fiscal_year()).or_default() += left;
        }
        let over_dates = self.cap_each.is_some() || self.cap_year.is_some();
        let sum: Decimal = match (self.cap_payers.is_empty(), over_dates) {
            (true, _) => {
                let left = |least: Decimal| self.cap_year.map_or(least, |cap| least.min(cap));
                years.into_values().map(left).sum()
            }
            (false, false) => {
                let left = |(payer, least): (usize, Decimal)| {
                    let own = self.cap_payers.iter().filter(|(of, _)| *of == payer);
                    own.fold(least, |least, (_, cap)| least.min(*cap))
                };
                payers.into_iter().map(left).sum()
            }
            (false, true) => return None,
        };
        Some(self.cap.map_or(sum, |cap| sum.min(cap)))
    }

    /// The least that all payments come to with the tax that is added to each, where they come to
    /// `amount` together: each tax is cut, which loses less than a unit at every evaluation.
    ///
    /// `Σ ↓(rate × a) ≥ ↓(rate × Σ a) − (n − 1) units` over the `n` evaluations.
    pub(super) fn least_with_tax(&self, amount: Decimal) -> Decimal {
        let Tax::Added(_) = self.tax else { return self.with_tax(amount) };
        let cut = self.minor_unit() * Decimal::from(self.evaluations.len().saturating_sub(1));
        let least = self.with_tax(amount) - cut;
        // The tax of what is paid back is below nothing.
        match (0..self.evaluations.len()).any(|at| self.may_be_negative(at)) {
            true => least,
            false => least.max(amount),
        }
    }

    /// What the minimums bring all payments to before tax, within the cap, where no early end undoes
    /// them.
    pub(super) fn promised(&self) -> Option<Decimal> {
        let runs = |symbol| self.graph.symbol_of(symbol).support.high <= 0.0;
        let stands = self.early_end.as_ref().is_none_or(|ending| ending.minimum)
            || self.terms.endings.iter().all(|ending| runs(ending.ended));
        // Each evaluation has its own minimum only where all of them are held.
        let each = self.early_end.is_none() || self.terms.endings.iter().all(|e| runs(e.ended));
        let count = Decimal::from(self.evaluations.len());
        let each = self.minimum_each.filter(|_| each).map(|each| each * count);
        let promised = self.minimum.filter(|_| stands).max(each)?;
        Some(self.cap.map_or(promised, |cap| promised.min(cap)))
    }

    /// The least that each payer's parts of the lines come to at an evaluation, within the lines'
    /// own limits.
    fn parts_at(&self, evaluation: usize) -> Option<Vec<(usize, Decimal)>> {
        let parts = self.terms.evaluations[evaluation].lines.iter().filter_map(|part| {
            let Reason::Payment(position) = part.reason else { return None };
            Some((part, &self.lines[position]))
        });
        let parts: Vec<_> = parts.collect();
        let amounts: Vec<NodeId> = parts.iter().map(|(part, _)| part.amount).collect();
        let intervals = self.intervals(&amounts);
        let parts = parts.into_iter().map(|(part, line)| {
            let low = intervals[part.amount.index()].low;
            let least = self.amount_of(low)?.max(Decimal::ZERO);
            let limited = line.cap.is_some() || line.cap_each.is_some();
            Some((part.payer, if limited { Decimal::ZERO } else { least }))
        });
        parts.collect()
    }
}
