//! The least and the most a contract can pay.

use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive;

use serde_json::{Map, Value, json};

use super::{Basis, Contract, Line, LineKind, Price, Reason, Role, Tax};
use crate::expr::{Interval, NodeId, bounds};

/// The least and the most that can be paid in all; `None` where there is no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PaymentBounds {
    /// The least.
    pub min: Option<Decimal>,
    /// The most.
    pub max: Option<Decimal>,
}

/// What one line can pay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineRange {
    /// Over the contract.
    pub total: PaymentBounds,
    /// At each evaluation where it is paid.
    pub evaluations: Vec<(usize, PaymentBounds)>,
}

/// What can be paid whatever the outcomes: in all, at each evaluation, tax included, and by each
/// line before tax.
///
/// Guaranteed by interval arithmetic: nothing outside is ever paid; not everything inside need be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ranges {
    /// In all.
    pub total: PaymentBounds,
    /// At each evaluation.
    pub evaluations: Vec<PaymentBounds>,
    /// By each line, within its own limits.
    pub lines: Vec<LineRange>,
}

impl PaymentBounds {
    /// Whether an amount lies within.
    #[must_use]
    pub fn holds(&self, amount: Decimal) -> bool {
        self.min.is_none_or(|min| min <= amount) && self.max.is_none_or(|max| amount <= max)
    }

    pub(super) fn to_json(self) -> Map<String, Value> {
        let text =
            |amount: Option<Decimal>| json!(amount.map(|known| known.normalize().to_string()));
        Map::from_iter([("min".to_owned(), text(self.min)), ("max".to_owned(), text(self.max))])
    }
}

impl Ranges {
    /// As `check --json` prints them.
    pub(super) fn to_json(&self, contract: &Contract) -> Value {
        let with = |key: &str, value: Value, bounds: PaymentBounds| {
            let mut map = Map::from_iter([(key.to_owned(), value)]);
            map.extend(bounds.to_json());
            map
        };
        let date = |at: usize| json!(contract.evaluations[at].at.to_string());
        let evaluations = self.evaluations.iter().enumerate();
        let lines = self.lines.iter().zip(&contract.lines).map(|(range, line)| {
            let mut map = with("name", json!(line.id), range.total);
            let each = range.evaluations.iter().map(|(at, range)| with("at", date(*at), *range));
            map.insert("evaluations".into(), each.map(Value::Object).collect());
            Value::Object(map)
        });
        let mut map = self.total.to_json();
        let each = evaluations.map(|(at, range)| Value::Object(with("at", date(at), *range)));
        map.insert("evaluations".into(), each.collect());
        map.insert("lines".into(), lines.collect());
        Value::Object(map)
    }
}

impl Contract {
    /// Bounds on the sum of all payables, tax included.
    ///
    /// From interval arithmetic over the payment rules and from the contract's cap; outcomes are
    /// taken as independent of each other, so the true range may be narrower.
    #[must_use]
    pub fn payment_bounds(&self) -> PaymentBounds {
        let payables: Vec<NodeId> =
            self.terms.evaluations.iter().map(|evaluation| evaluation.payable).collect();
        let intervals = self.intervals(&payables);
        let sum = payables.iter().fold(Interval::point(0.0), |sum, payable| {
            let interval = intervals[payable.index()];
            Interval { low: sum.low + interval.low, high: sum.high + interval.high }
        });
        let each: Vec<PaymentBounds> =
            (0..self.evaluations.len()).map(|at| self.evaluation_range(at)).collect();
        // What is below nothing has its tax cut toward nothing, too.
        let negative = (0..self.evaluations.len()).filter(|at| self.may_be_negative(*at)).count();
        let taxed = |amount: Decimal| self.most_with_tax(amount, negative);
        let most = least([self.lines_most(), self.cap]).map(taxed);
        let max = least([self.amount_of(sum.high), most, sum_of(each.iter().map(|of| of.max))]);
        let back = self.least().map(|least| match negative {
            0 => self.with_tax(least),
            _ => -self.most_with_tax(-least, self.evaluations.len()),
        });
        let min = greatest([
            self.amount_of(sum.low),
            back,
            sum_of(each.iter().map(|of| of.min)),
            greatest([self.least_within_limits(), self.promised()])
                .map(|least| self.least_with_tax(least)),
        ]);
        PaymentBounds { min, max }
    }

    /// What the lines come to at most before tax, where they are paid by what is owed to date:
    /// never more than that, however often they pay, which the sum over dates does not see.
    fn lines_most(&self) -> Option<Decimal> {
        let to_date = self.lines.iter().any(|line| line.basis != Basis::Each);
        let topped = self.minimum.is_some() || self.minimum_each.is_some();
        let most = self.lines.iter().enumerate().map(|(position, line)| {
            let most = self.line_range(position, line).total.max?;
            // Where there is nothing to take it from, a deduction is undone by a line of its own.
            Some(if line.kind == LineKind::Malus { most.max(Decimal::ZERO) } else { most })
        });
        if to_date && !topped { most.sum() } else { None }
    }

    /// The most that amounts which sum to no more than `amount` come to together with the tax that
    /// is added to each, where these taxes may together be more than the rate has them, by less than
    /// `above` units.
    ///
    /// `amount + ↓(rate × amount)` where none is: cutting each tax never gives more than cutting
    /// that of the sum. Else whole units below `amount + rate × amount + above`.
    pub(super) fn most_with_tax(&self, amount: Decimal, above: usize) -> Decimal {
        let Tax::Added(rate) = self.tax else { return amount };
        let unit = self.minor_unit();
        let tax = amount * rate / unit;
        let units = match above {
            0 => tax.floor(),
            above => tax.ceil() + Decimal::from(above - 1),
        };
        amount + units * unit
    }

    /// Whether an evaluation, or what a payer pays at it, may come to less than nothing. What is
    /// deducted, netted or cut stops at nothing.
    pub(super) fn may_be_negative(&self, evaluation: usize) -> bool {
        self.lines.iter().any(|line| self.line_may_be_negative(line, evaluation))
    }

    fn line_may_be_negative(&self, line: &Line, evaluation: usize) -> bool {
        let own = line.prices.iter().find(|price| price.evaluation == evaluation);
        own.is_some_and(|price| line.kind != LineKind::Malus && self.owed(line, price).low < 0.0)
    }

    /// Whether those who are not paid into the account may be paid less than nothing at an
    /// evaluation, by a line or as something is netted from what the account is paid.
    fn others_may_be_negative(&self, evaluation: usize) -> bool {
        let other = |line: &&Line| line.shares.iter().any(|share| !self.reaches_account(share.to));
        let prices = |line: &Line| line.prices.iter().any(|price| price.evaluation == evaluation);
        self.lines.iter().filter(other).any(|line| self.line_may_be_negative(line, evaluation))
            || self.offsets.iter().filter(other).any(prices)
    }

    /// Whether what a party is paid comes into the account.
    fn reaches_account(&self, to: usize) -> bool {
        self.parties[to].role == Role::Provider || self.finance.holder == Some(to)
    }

    /// What the waterfall has for tranches in all, at most: what providers and the account's holder
    /// are paid from the first drawdown on, within the limits, without added tax.
    pub(super) fn received_most(&self) -> Option<Decimal> {
        let known = self.terms.finance.distributions.iter().enumerate();
        let known = known.filter_map(|(at, terms)| Some((at, terms.as_ref()?.account.received)));
        let each = known.map(|(at, received)| {
            let subtotal = self.terms.evaluations[at].subtotal;
            let intervals = self.intervals(&[received, subtotal]);
            // The account has no more than all, unless others are paid less than nothing.
            let own = intervals[received.index()].high;
            let most = if self.others_may_be_negative(at) {
                own
            } else {
                own.min(intervals[subtotal.index()].high)
            };
            self.amount_of(most)
        });
        let others = (0..self.evaluations.len()).any(|at| self.others_may_be_negative(at));
        let all = least([self.cap, self.lines_most()]).filter(|_| !others);
        least([each.sum::<Option<Decimal>>(), all, self.received_by_lines()])
    }

    /// What the lines that pay the account come to at most at the dates on which it distributes:
    /// limits and deductions only take from them. `None` where a line is paid by what is owed to
    /// date or a minimum may add to it.
    fn received_by_lines(&self) -> Option<Decimal> {
        let to_date = self.lines.iter().any(|line| line.basis != Basis::Each);
        let given_back = self.lines.iter().any(|line| line.kind == LineKind::Malus);
        if to_date || given_back || self.minimum.is_some() || self.minimum_each.is_some() {
            return None;
        }
        let mut most = Decimal::ZERO;
        for (position, line) in self.lines.iter().enumerate() {
            if !line.shares.iter().any(|share| self.reaches_account(share.to)) {
                continue;
            }
            for price in &line.prices {
                if self.terms.finance.distributions[price.evaluation].is_some() {
                    let own = self.line_at(position, line, price.evaluation).max;
                    most = most.checked_add(own?.max(Decimal::ZERO))?;
                }
            }
        }
        Some(most)
    }

    /// The least the lines can come to where intervals cannot see it: what is deducted never goes
    /// below nothing, and what is owed to date is paid back to nothing at most. `None` where
    /// neither is in the contract, a payment may itself be negative, or what is paid back may have
    /// been cut, deducted or netted before.
    fn least(&self) -> Option<Decimal> {
        let looks_back = |line: &Line| line.basis != Basis::Each || line.kind == LineKind::Malus;
        self.lines.iter().any(looks_back).then_some(())?;
        let mut least = Decimal::ZERO;
        for line in &self.lines {
            let low = |price: &Price| self.amount_of(self.rounded(price).low);
            match line.kind {
                LineKind::Payment => {
                    let negative = |price| low(price).is_none_or(|low| low < Decimal::ZERO);
                    let more = line.basis == Basis::TrueUp && self.takes_off();
                    if more || line.prices.iter().any(negative) {
                        return None;
                    }
                }
                LineKind::Malus => {}
                LineKind::Return => {
                    for price in &line.prices {
                        least += greatest([low(price), line.cap_each.map(|cap| -cap)])?;
                    }
                }
            }
        }
        Some(least)
    }

    /// Whether anything takes off what a line has paid.
    fn takes_off(&self) -> bool {
        let limits = [self.cap, self.cap_each, self.cap_year];
        limits.iter().any(Option::is_some)
            || !self.cap_payers.is_empty()
            || !self.offsets.is_empty()
            || self.lines.iter().any(|line| line.kind == LineKind::Malus)
    }

    /// What each evaluation and each line can pay, whatever the outcomes.
    #[must_use]
    pub fn ranges(&self) -> Ranges {
        let evaluations = (0..self.evaluations.len()).map(|at| self.evaluation_range(at)).collect();
        let lines = self.lines.iter().enumerate();
        Ranges {
            total: self.payment_bounds(),
            evaluations,
            lines: lines.map(|(position, line)| self.line_range(position, line)).collect(),
        }
    }

    pub(super) fn evaluation_range(&self, evaluation: usize) -> PaymentBounds {
        let payable = self.terms.evaluations[evaluation].payable;
        let interval = self.intervals(&[payable])[payable.index()];
        let lines = self.lines_at(evaluation);
        // The tax of a sum rises with it.
        let taxed = |amount: Option<Decimal>| amount.map(|amount| self.with_tax(amount));
        let min = greatest([self.amount_of(interval.low), taxed(lines.min)]);
        // What was paid back before may be paid again within the cap.
        let returned = (0..evaluation).any(|earlier| self.may_be_negative(earlier));
        let cap = self.cap_with_tax().filter(|_| !returned);
        let max = least([self.amount_of(interval.high), taxed(lines.max), cap]);
        PaymentBounds { min, max }
    }

    /// What the lines of an evaluation leave possible before tax, where the intervals of cuts divided
    /// among several payers say nothing. What is deducted, netted or cut takes nothing below nothing
    /// that is not below it; a minimum tops up.
    fn lines_at(&self, evaluation: usize) -> PaymentBounds {
        let (mut min, mut max) = (Some(Decimal::ZERO), Some(Decimal::ZERO));
        for (position, line) in self.lines.iter().enumerate() {
            if !line.prices.iter().any(|price| price.evaluation == evaluation) {
                continue;
            }
            let own = self.line_at(position, line, evaluation);
            // Where there is nothing to take it from, a deduction is undone by a line of its own.
            let malus = line.kind == LineKind::Malus;
            let low = own.min.map(|low| low.min(Decimal::ZERO));
            min = sum_of([min, if malus { Some(Decimal::ZERO) } else { low }]);
            max = sum_of([
                max,
                own.max.map(|high| if malus { high.max(Decimal::ZERO) } else { high }),
            ]);
        }
        for minimum in [self.minimum, self.minimum_each].into_iter().flatten() {
            let lifted = self.top_up_most(evaluation, minimum);
            max = max.and_then(|max| Some(max.max(lifted?)));
        }
        PaymentBounds { min, max }
    }

    /// The most that a minimum adds to what is paid at an evaluation: itself, unless something may
    /// have been paid back by then.
    pub(super) fn top_up_most(&self, evaluation: usize, minimum: Decimal) -> Option<Decimal> {
        let returned = (0..=evaluation).any(|at| self.may_be_negative(at));
        Some(minimum).filter(|_| !returned)
    }

    /// What a line comes to within its own limits, before those of the whole contract.
    fn line_range(&self, position: usize, line: &Line) -> LineRange {
        let evaluations: Vec<(usize, PaymentBounds)> = line
            .prices
            .iter()
            .map(|price| (price.evaluation, self.line_at(position, line, price.evaluation)))
            .collect();
        let sum = |end: fn(&PaymentBounds) -> Option<Decimal>| {
            sum_of(evaluations.iter().map(|(_, range)| end(range)))
        };
        let most = match (line.kind, line.basis) {
            // What is owed to date is taken off or paid back once, whenever that is.
            (LineKind::Malus | LineKind::Return, _) => None,
            (LineKind::Payment, Basis::Each) => line.cap,
            // What the rule can owe.
            (LineKind::Payment, _) => self.line_most(line),
        };
        let max = least([sum(|range| range.max), most]);
        LineRange { total: PaymentBounds { min: sum(|range| range.min), max }, evaluations }
    }

    fn line_at(&self, position: usize, line: &Line, evaluation: usize) -> PaymentBounds {
        let parts: Vec<NodeId> = self.terms.evaluations[evaluation]
            .lines
            .iter()
            .filter(|own| own.reason == Reason::Payment(position))
            .map(|own| own.amount)
            .collect();
        let intervals = self.intervals(&parts);
        let whole = parts.iter().fold(Interval::point(0.0), |sum, part| {
            let part = intervals[part.index()];
            Interval { low: sum.low + part.low, high: sum.high + part.high }
        });
        let price = line.prices.iter().find(|price| price.evaluation == evaluation);
        // The parts of a split line are bounded one by one: together they are what is owed.
        let owed = price.map_or(Interval::ALL, |price| self.owed(line, price));
        let mut min = self.amount_of(whole.low.max(owed.low));
        let mut max = self.amount_of(whole.high.min(owed.high));
        // What went the other way before leaves more of a limit over the contract than all of it.
        let before = line.prices.iter().filter(|price| price.evaluation < evaluation);
        let mut before = before.map(|price| self.rounded(price));
        let other_way = before.any(|own| match line.kind {
            LineKind::Payment => own.low < 0.0,
            LineKind::Malus | LineKind::Return => own.high > 0.0,
        });
        let over = line.cap.filter(|_| !other_way || line.basis == Basis::Cumulative);
        let each = least([line.cap_each, over]);
        // A limit over the contract may be used up before.
        let used_up = line.cap.map(|_| Decimal::ZERO);
        match line.kind {
            LineKind::Payment => {
                max = least([max, each]);
                let cut = [min, each, used_up];
                min = min.and(cut.into_iter().flatten().min());
            }
            LineKind::Malus | LineKind::Return => {
                min = greatest([min, each.map(|each| -each)]);
                let cut = [max, each.map(|each| -each), used_up];
                max = max.and(cut.into_iter().flatten().max());
            }
        }
        PaymentBounds { min, max }
    }

    /// What a line comes to at a price before its own limits. [`Interval::ALL`] where it makes good
    /// whatever it has paid before.
    fn owed(&self, line: &Line, price: &Price) -> Interval {
        let own = self.rounded(price);
        match (line.basis, line.kind) {
            (Basis::Each, _) => own,
            (Basis::Cumulative, LineKind::Payment) => Interval { low: 0.0, ..own },
            (Basis::Cumulative, LineKind::Malus | LineKind::Return) => {
                Interval { high: 0.0, ..own }
            }
            (Basis::TrueUp, _) => Interval::ALL,
        }
    }

    /// A price rounded as it is paid, or nothing: a gate may be closed, an outcome missing, the
    /// contract ended before.
    pub(super) fn rounded(&self, price: &Price) -> Interval {
        let own = self.intervals(&[price.amount])[price.amount.index()];
        let grid = self.rounding.grid();
        let round = |end: f64| if end.is_finite() { grid.round(end) } else { end };
        Interval { low: round(own.low), high: round(own.high) }.hull(Interval::point(0.0))
    }

    /// An end of an interval of money, to the unit of tax or the contract's step, whichever is
    /// finer; `None` where there is no end.
    pub(super) fn amount_of(&self, value: f64) -> Option<Decimal> {
        let known = value.is_finite().then(|| Decimal::from_f64(value)).flatten()?;
        Some(known.round_dp(self.minor_unit().normalize().scale()).normalize())
    }

    /// The intervals of nodes over every possible outcome.
    pub(crate) fn intervals(&self, roots: &[NodeId]) -> Vec<Interval> {
        bounds::bounds(&self.graph, roots, |symbol| self.graph.symbol_of(symbol).support)
    }
}

/// The least of the limits that are known.
pub(super) fn least<const N: usize>(limits: [Option<Decimal>; N]) -> Option<Decimal> {
    limits.into_iter().flatten().min()
}

/// The greatest of the limits that are known.
fn greatest<const N: usize>(limits: [Option<Decimal>; N]) -> Option<Decimal> {
    limits.into_iter().flatten().max()
}

/// The sum; `None` where one is not known, or all are too much to add.
fn sum_of(amounts: impl IntoIterator<Item = Option<Decimal>>) -> Option<Decimal> {
    amounts.into_iter().try_fold(Decimal::ZERO, |sum, amount| sum.checked_add(amount?))
}
