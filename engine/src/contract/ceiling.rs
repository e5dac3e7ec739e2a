//! What a payer has to be able to pay: the limit to appropriate, not what is expected.

use rust_decimal::Decimal;

use super::{Contract, EvaluationTerms, Reason};

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
    /// evaluation, year, payer and contract. Outcomes are taken as independent of each other, so
    /// the true most may be less, and never more.
    #[must_use]
    pub fn ceiling(&self, payer: usize) -> Ceiling {
        let mut years: Vec<(i16, Option<Decimal>)> = Vec::new();
        for (evaluation, terms) in self.evaluations.iter().zip(&self.terms.evaluations) {
            let most = self.most_of(terms, payer);
            let year = evaluation.fiscal_year();
            match years.iter_mut().find(|(known, _)| *known == year) {
                Some((_, sum)) => *sum = sum.zip(most).map(|(sum, most)| sum + most),
                None => years.push((year, most)),
            }
        }
        years.sort_unstable();
        let own = self.cap_payers.iter().find(|(party, _)| *party == payer);
        let own = own.map(|(_, cap)| self.with_tax(*cap));
        let year = self.cap_year.map(|cap| self.with_tax(cap));
        for (_, most) in &mut years {
            *most = least([*most, year, own, self.cap_with_tax()]);
        }
        let sum = years.iter().map(|(_, most)| *most).sum::<Option<Decimal>>();
        let total = least([sum, own, self.payment_bounds().max]);
        Ceiling { years, total }
    }

    /// The most of one evaluation: with one payer what is owed, else the lines of the payer.
    fn most_of(&self, terms: &EvaluationTerms, payer: usize) -> Option<Decimal> {
        let all = self.intervals(&[terms.payable])[terms.payable.index()].high;
        if terms.lines.iter().all(|line| line.payer == payer) {
            return self.amount_of(all);
        }
        let own = terms.lines.iter().filter(|line| line.payer == payer);
        // Cuts only lessen it; what of them is certain is not known.
        let own = own.filter(|line| !matches!(line.reason, Reason::Cap { .. }));
        let sum: f64 =
            own.map(|line| self.intervals(&[line.amount])[line.amount.index()].high.max(0.0)).sum();
        least([self.amount_of(sum).map(|sum| self.with_tax(sum)), self.amount_of(all)])
    }
}

fn least<const N: usize>(limits: [Option<Decimal>; N]) -> Option<Decimal> {
    limits.into_iter().flatten().min()
}
