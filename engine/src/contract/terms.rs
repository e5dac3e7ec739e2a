//! What a contract computes: the payment rules of each evaluation, as nodes of one graph.

use rust_decimal::Decimal;
use rustc_hash::FxHashMap;

use crate::contract::{Contract, FinanceTerms, LineShare, Price, Tax};
use crate::expr::{Exact, MarkId, Mode, NodeId, Rounding, SymbolId};

/// An indicator at an evaluation, as symbols of the graph.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The indicator.
    pub indicator: usize,
    /// The evaluation.
    pub evaluation: usize,
    /// Its value, read to its precision.
    pub value: SymbolId,
    /// 1 when enough people were measured, else 0.
    pub available: SymbolId,
    /// The one-sided bounds that payments ask for.
    pub bounds: Vec<Bound>,
}

/// A one-sided confidence bound of an outcome, as a symbol of the graph: not read to the
/// indicator's precision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bound {
    /// Whether it is the upper bound rather than the lower.
    pub upper: bool,
    /// Its one-sided level: at 0.95 the truth lies beyond it one time in twenty.
    pub level: Decimal,
    /// Its value.
    pub value: SymbolId,
}

impl Outcome {
    /// Whether its value or one of its bounds is among these symbols.
    #[must_use]
    pub fn value_in(&self, symbols: &[SymbolId]) -> bool {
        symbols.contains(&self.value)
            || self.bounds.iter().any(|bound| symbols.contains(&bound.value))
    }
}

/// Which limit cut a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CutBy {
    /// A line's own limit per evaluation.
    LineEach,
    /// A line's own limit over the contract.
    Line,
    /// The limit per evaluation.
    Evaluation,
    /// The limit per fiscal year.
    Year,
    /// A payer's limit.
    Payer,
    /// The limit of the whole contract.
    Total,
    /// What is paid: a malus takes no more.
    Payment,
}

/// Why a statement has a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// A declared payment: its position in the contract's lines.
    Payment(usize),
    /// A cut by a limit of this amount; the line it concerns, if one.
    Cap {
        /// Which limit.
        by: CutBy,
        /// The declared limit.
        limit: Decimal,
        /// The line, for a line's own limit.
        line: Option<usize>,
    },
    /// A declared offset: its position in the contract's offsets.
    Offset(usize),
    /// A top-up to the minimum payment.
    Minimum(Decimal),
}

/// An early end at one evaluation, as symbols of the graph.
#[derive(Debug, Clone)]
pub struct EarlyEndTerms {
    /// 1 when the contract ended early and this evaluation closes it, else 0.
    pub ended: SymbolId,
    /// Which part of the evaluation's period was served: 1 but for an early end.
    pub served: SymbolId,
}

/// What a line owes to date, and what it has paid of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ToDate {
    /// What is owed to date.
    pub owed: NodeId,
    /// What the line has paid at earlier evaluations.
    pub paid: NodeId,
}

/// A line of a statement.
#[derive(Debug, Clone)]
pub struct LineTerms {
    /// Why it is there.
    pub reason: Reason,
    /// Who pays.
    pub payer: usize,
    /// Who is paid.
    pub to: usize,
    /// The amount: rounded, negative for a cut.
    pub amount: NodeId,
    /// The amount before rounding and gates, for payments.
    pub price: NodeId,
    /// Which part of the line this is, where it is split.
    pub share: Option<LineShare>,
    /// For a line that compares with what it has paid.
    pub to_date: Option<ToDate>,
}

/// What one party pays another at one evaluation: the sum of their lines, with its part of a tax that
/// is added.
///
/// With `S_i` the sum of the first `i` flows before tax, the `i`-th bears `↓(rate × S_i) −
/// ↓(rate × S_(i−1))` of the tax, `↓` cutting toward zero. So the flows bear the tax to the yen, one
/// that comes to nothing bears none, and none is off `rate × its amount` by a whole unit, but for one
/// that takes the sum across zero: it by less than two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FlowTerms {
    /// Who pays; is paid back where the amount is below 0.
    pub payer: usize,
    /// Who is paid.
    pub to: usize,
    /// Its part of added tax; `None` where no tax is added.
    pub tax: Option<NodeId>,
    /// How much, added tax included.
    pub amount: NodeId,
}

/// What is paid at one evaluation.
#[derive(Debug, Clone)]
pub struct EvaluationTerms {
    /// The lines; they sum to `subtotal`.
    pub lines: Vec<LineTerms>,
    /// Who pays whom, in the order of the lines; they sum to `payable`.
    pub flows: Vec<FlowTerms>,
    /// The sum of the lines.
    pub subtotal: NodeId,
    /// The tax: the part inside, or the part added.
    pub tax: Option<NodeId>,
    /// What is owed.
    pub payable: NodeId,
    /// What was owed at earlier evaluations.
    pub paid_before: NodeId,
    /// What the total cap counts of earlier evaluations: their subtotals, without added tax.
    pub counted_before: NodeId,
    /// The mark of `paid_before`.
    pub paid_before_mark: MarkId,
    /// The mark of the earlier subtotals that the total cap counts.
    pub counted_before_mark: MarkId,
    /// The marks of all other earlier sums: by line, payer and year.
    pub before: Vec<MarkId>,
}

/// The payment rules of a contract, from gate to tax.
#[derive(Debug, Clone, Default)]
pub struct Terms {
    /// Every indicator at every evaluation where it is measured.
    pub outcomes: Vec<Outcome>,
    /// An early end at each evaluation; empty where the contract provides for none.
    pub endings: Vec<EarlyEndTerms>,
    /// What is paid at each evaluation.
    pub evaluations: Vec<EvaluationTerms>,
    /// What investors and others are paid out of it.
    pub finance: FinanceTerms,
}

impl Terms {
    /// The symbols of a contract that ends early at an evaluation having served a part of its
    /// period, or that runs to its end.
    pub(crate) fn ending(
        &self,
        closing: Option<(usize, Exact)>,
    ) -> impl Iterator<Item = (SymbolId, Exact)> {
        let endings = self.endings.iter().enumerate();
        endings.flat_map(move |(evaluation, symbols)| {
            let closes = closing.filter(|(at, _)| *at == evaluation);
            let ended = if closes.is_some() { Exact::ONE } else { Exact::ZERO };
            [
                (symbols.ended, ended),
                (symbols.served, closes.map_or(Exact::ONE, |(_, served)| served)),
            ]
        })
    }

    /// The position of an outcome.
    #[must_use]
    pub fn outcome(&self, indicator: usize, evaluation: usize) -> Option<usize> {
        self.outcomes
            .iter()
            .position(|outcome| outcome.indicator == indicator && outcome.evaluation == evaluation)
    }
}

impl Contract {
    /// The indicator whose bound a symbol is, and the bound.
    pub(crate) fn bound_of(&self, symbol: SymbolId) -> Option<(usize, &Bound)> {
        self.terms.outcomes.iter().find_map(|outcome| {
            let bound = outcome.bounds.iter().find(|bound| bound.value == symbol)?;
            Some((outcome.indicator, bound))
        })
    }

    /// The outcomes, by position, that any line read at these evaluations.
    pub(crate) fn terms_read(&self, evaluations: std::ops::RangeInclusive<usize>) -> Vec<usize> {
        let lines = self.lines.iter().chain(&self.offsets);
        self.outcomes_of(lines.flat_map(|line| &line.prices), evaluations)
    }

    /// The outcomes, by position, that finance reads at these evaluations beside the payments.
    pub(crate) fn finance_read(&self, evaluations: std::ops::RangeInclusive<usize>) -> Vec<usize> {
        self.outcomes_of(self.finance.prices(), evaluations)
    }

    fn outcomes_of<'p>(
        &self,
        prices: impl Iterator<Item = &'p Price>,
        evaluations: std::ops::RangeInclusive<usize>,
    ) -> Vec<usize> {
        let roots: Vec<NodeId> = prices
            .filter(|price| evaluations.contains(&price.evaluation))
            .flat_map(|price| std::iter::once(price.amount).chain(price.gate))
            .collect();
        let symbols = self.graph.symbols_in(&roots);
        let read =
            |outcome: &Outcome| outcome.value_in(&symbols) || symbols.contains(&outcome.available);
        let outcomes = self.terms.outcomes.iter().enumerate();
        outcomes.filter(|(_, outcome)| read(outcome)).map(|(position, _)| position).collect()
    }

    /// The marks that say `paid` was owed before the evaluation, tax included.
    pub(crate) fn told_paid_before(
        &self,
        evaluation: usize,
        paid: Decimal,
    ) -> FxHashMap<MarkId, Exact> {
        let terms = &self.terms.evaluations[evaluation];
        // Where tax is added, the total cap counts what was paid without it.
        let counted = match self.tax {
            Tax::Added(rate) => Exact::from(paid)
                .divide(Exact::from(Decimal::ONE + rate))
                // The tax was truncated, so the sum without it is the next step up.
                .and_then(|net| Rounding { mode: Mode::Up, step: self.rounding.step }.exact(net))
                .unwrap_or(paid),
            Tax::Included(_) | Tax::Unstated => paid,
        };
        FxHashMap::from_iter([
            (terms.paid_before_mark, paid.into()),
            (terms.counted_before_mark, counted.into()),
        ])
    }
}
