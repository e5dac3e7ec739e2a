//! What a payer has to be able to pay: the limit to appropriate, not what is expected.

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::bounds::least;
use super::{Actor, Contract, MoveReason, Reason};

/// The most that a payer may have to pay, tax included; `None` where nothing limits it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ceiling {
    /// By fiscal year (April to March, by date of payment), rising; years without a payment are
    /// not there.
    pub years: Vec<(i16, Option<Decimal>)>,
    /// In all: less than the years together where a limit over the contract binds.
    pub total: Option<Decimal>,
}

impl Contract {
    /// The most that a payer may have to pay, by year and in all: what a municipality sets as the
    /// limit of its 債務負担行為 (Local Autonomy Act, article 214).
    ///
    /// The bounds of the payment rules over every possible outcome, cut to the limits of the line,
    /// evaluation, year, payer and contract where nothing may lift them: a minimum is paid beyond
    /// the limits of a year and of a payer, and what is paid back may be paid again. Outcomes are
    /// taken as independent of each other, so the true most may be less, and never more.
    #[must_use]
    pub fn ceiling(&self, payer: usize) -> Ceiling {
        let mut years: Vec<Year> = Vec::new();
        for (at, evaluation) in self.evaluations.iter().enumerate() {
            let year = evaluation.fiscal_year();
            match years.iter_mut().find(|known| known.year == year) {
                Some(known) => known.evaluations.push(at),
                None => years.push(Year { year, evaluations: vec![at] }),
            }
        }
        years.sort_unstable_by_key(|known| known.year);
        let topped = self.minimum.is_some() || self.minimum_each.is_some();
        let own = self.cap_payers.iter().find(|(party, _)| *party == payer);
        let own = own.map(|(_, cap)| *cap).filter(|_| !topped);
        let years: Vec<(i16, Option<Decimal>)> =
            years.iter().map(|year| (year.year, self.most_of_year(year, payer, own))).collect();
        let sum = years.iter().map(|(_, most)| *most).sum::<Option<Decimal>>();
        let mut all = 0..self.evaluations.len();
        let own = own.map(|cap| self.most_with_tax(cap, self.pieces_of(all.clone(), payer)));
        let alone = all.clone().all(|at| self.pays_alone(at, payer));
        let whole = alone || !all.any(|at| self.may_be_negative(at));
        Ceiling { years, total: least([sum, own, self.payment_bounds().max.filter(|_| whole)]) }
    }

    /// The most that a party may have to spend itself by `cost(…)` on the days that are chosen; `None`
    /// where nothing limits it.
    pub(crate) fn costs_most(
        &self,
        party: usize,
        chosen: impl Fn(Date) -> bool,
    ) -> Option<Decimal> {
        let own = self.terms.finance.moves.iter().filter(|of| {
            let cost = matches!(of.reason, MoveReason::Cost(_));
            cost && of.from == Actor::Party(party) && chosen(of.on)
        });
        own.map(|of| self.amount_of(self.intervals(&[of.amount])[of.amount.index()].high)).sum()
    }

    fn most_of_year(&self, year: &Year, payer: usize, own: Option<Decimal>) -> Option<Decimal> {
        let within = || year.evaluations.iter().copied();
        let sum = within().map(|at| self.most_of(at, payer)).sum::<Option<Decimal>>();
        let pieces = self.pieces_of(within(), payer);
        let last = within().max().unwrap_or_default();
        let mut others = (0..last).filter(|at| !year.evaluations.contains(at));
        let returned = others.any(|at| self.may_be_negative(at));
        let whole = within().all(|at| self.pays_alone(at, payer) || !self.may_be_negative(at));
        let topped = self.minimum.is_some() || self.minimum_each.is_some();
        let own = own.filter(|_| !returned).map(|cap| self.most_with_tax(cap, pieces));
        let all = [self.cap_year.filter(|_| !topped), self.cap.filter(|_| !returned)];
        // What all pay is taxed as a whole.
        let negative = within().filter(|at| self.may_be_negative(*at)).count();
        let all = least(all).filter(|_| whole).map(|cap| self.most_with_tax(cap, negative));
        least([sum, own, all])
    }

    /// The most of one evaluation: with one payer what is owed, else the lines of the payer.
    fn most_of(&self, at: usize, payer: usize) -> Option<Decimal> {
        let terms = &self.terms.evaluations[at];
        let all = self.evaluation_range(at).max;
        if self.pays_alone(at, payer) {
            return all;
        }
        let own = terms.lines.iter().filter(|line| line.payer == payer);
        let own = own.map(|line| {
            let most = || self.amount_of(self.intervals(&[line.amount])[line.amount.index()].high);
            match line.reason {
                // Cuts only lessen it; what of them is certain is not known.
                Reason::Cap { .. } => Some(Decimal::ZERO),
                Reason::Minimum(minimum) => least([most(), self.top_up_most(at, minimum)]),
                Reason::Payment(_) | Reason::Offset(_) => most(),
            }
        });
        let sum = own.map(|most| Some(most?.max(Decimal::ZERO))).sum::<Option<Decimal>>();
        let sum = sum.map(|sum| match sum.is_zero() {
            // The tax of the sum so far does not rise where that does not.
            true => sum,
            false => self.most_with_tax(sum, self.pieces_of([at], payer)),
        });
        least([sum, all.filter(|_| !self.may_be_negative(at))])
    }

    /// By how many units, each not reached, the payer's taxes at some evaluations may be more than the
    /// rate has them. The tax of a flow is that of the sum with it less that of the sum before it: the
    /// first may be a unit too much where it is below nothing, and the second a unit too little where
    /// it is not. So it is two where the sum may fall below nothing, one where it may not, and of an
    /// evaluation's first flow, which has no sum before it, one less. Who pays alone bears the tax of
    /// the evaluation.
    fn pieces_of(&self, evaluations: impl IntoIterator<Item = usize>, payer: usize) -> usize {
        let units = evaluations.into_iter().map(|at| {
            let negative = self.may_be_negative(at);
            if self.pays_alone(at, payer) {
                return usize::from(negative);
            }
            let flows = self.terms.evaluations[at].flows.iter().enumerate();
            let own = flows.filter(|(_, flow)| flow.payer == payer);
            own.map(|(position, _)| usize::from(position > 0) + usize::from(negative)).sum()
        });
        units.sum()
    }

    /// Whether nobody else pays anything at an evaluation.
    fn pays_alone(&self, at: usize, payer: usize) -> bool {
        self.terms.evaluations[at].lines.iter().all(|line| line.payer == payer)
    }
}

/// A fiscal year, and the evaluations that are paid in it.
struct Year {
    year: i16,
    evaluations: Vec<usize>,
}
