//! From declared lines to one graph: gate, price, round, caps, offset, minimum, tax.

use rust_decimal::Decimal;
use rustc_hash::FxHashMap;

use super::{AtEarlyEnd, Basis, Contract, EarlyEnd, Line, LineKind, LineShare, Price, Tax};
use crate::expr::{
    Exact, Function, Graph, MarkId, Mode, NodeId, Relation, Rounding, SymbolId, Unit,
};

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

/// What is paid at one evaluation.
#[derive(Debug, Clone)]
pub struct EvaluationTerms {
    /// The lines; they sum to `subtotal`.
    pub lines: Vec<LineTerms>,
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
        let roots: Vec<NodeId> = lines
            .flat_map(|line| &line.prices)
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

/// What lowering needs to know of the contract.
#[derive(Debug, Clone)]
pub(super) struct Rules {
    pub(super) currency: String,
    pub(super) rounding: Rounding,
    pub(super) tax: Tax,
    pub(super) cap: Option<Decimal>,
    pub(super) cap_each: Option<Decimal>,
    pub(super) cap_year: Option<Decimal>,
    pub(super) cap_payers: Vec<(usize, Decimal)>,
    pub(super) minimum: Option<Decimal>,
    pub(super) minimum_each: Option<Decimal>,
    pub(super) fiscal_years: Vec<i16>,
    pub(super) provider: usize,
    pub(super) payers: Vec<usize>,
    pub(super) ending: Option<EarlyEnd>,
    pub(super) endings: Vec<EarlyEndTerms>,
}

impl Rules {
    /// The step of tax: the currency's smallest unit, or the rounding's where that is finer.
    fn minor_unit(&self) -> Decimal {
        crate::expr::Unit::smallest_of(&self.currency).min(self.rounding.step)
    }
}

/// Lowers one evaluation after the other, as later ones look back on earlier ones.
pub(super) struct Lowering<'g> {
    graph: &'g mut Graph,
    rules: Rules,
    done: Vec<EvaluationTerms>,
    marks: u32,
}

/// The lines of one evaluation on their way through the caps, with the running sum.
struct Running {
    lines: Vec<LineTerms>,
    sum: NodeId,
    before: Vec<MarkId>,
}

impl<'g> Lowering<'g> {
    pub(super) fn new(graph: &'g mut Graph, rules: Rules, done: Vec<EvaluationTerms>) -> Self {
        let marks = done.iter().map(|terms| terms.before.len() as u32 + 2).sum();
        Self { graph, rules, done, marks }
    }

    /// What was owed before the evaluation that comes next; the node payments may read.
    pub(super) fn paid_before(&mut self) -> (NodeId, MarkId) {
        let earlier: Vec<NodeId> = self.done.iter().map(|terms| terms.payable).collect();
        let sum = self.sum(&earlier);
        self.marked(sum)
    }

    /// Lowers the evaluation that comes next.
    pub(super) fn evaluation(
        mut self,
        lines: &[Line],
        offsets: &[Line],
        outcomes: &[Outcome],
    ) -> Vec<EvaluationTerms> {
        let now = self.done.len();
        let (paid_before, paid_before_mark) = self.paid_before();
        let subtotals: Vec<NodeId> = self.done.iter().map(|terms| terms.subtotal).collect();
        let counted = self.sum(&subtotals);
        let (counted_before, counted_before_mark) = self.marked(counted);
        let zero = self.money(Decimal::ZERO);
        let mut running = Running { lines: Vec::new(), sum: zero, before: Vec::new() };
        // What is taken off stands behind what it is taken off from.
        for malus in [false, true] {
            for (position, line) in lines.iter().enumerate() {
                let price = line.prices.iter().find(|price| price.evaluation == now);
                if let Some(price) = price.filter(|_| (line.kind == LineKind::Malus) == malus) {
                    self.line(&mut running, position, line, price, outcomes);
                }
            }
        }
        if let Some(limit) = self.rules.cap_each {
            let left = self.money(limit);
            let by = Reason::Cap { by: CutBy::Evaluation, limit, line: None };
            let whole = running.sum;
            running.sum = self.cut_all(&mut running, |_| true, (whole, left), by);
        }
        if let Some(limit) = self.rules.cap_year {
            let year = self.rules.fiscal_years[now];
            let same_year: Vec<NodeId> = (0..now)
                .filter(|earlier| self.rules.fiscal_years[*earlier] == year)
                .map(|earlier| self.done[earlier].subtotal)
                .collect();
            let left = self.remaining(limit, &same_year, &mut running);
            let by = Reason::Cap { by: CutBy::Year, limit, line: None };
            let whole = running.sum;
            running.sum = self.cut_all(&mut running, |_| true, (whole, left), by);
        }
        for (payer, limit) in self.rules.cap_payers.clone() {
            let earlier: Vec<NodeId> = self
                .done
                .iter()
                .flat_map(|terms| &terms.lines)
                .filter(|line| line.payer == payer)
                .map(|line| line.amount)
                .collect();
            let left = self.remaining(limit, &earlier, &mut running);
            let by = Reason::Cap { by: CutBy::Payer, limit, line: None };
            let own = self.sum_of(&running, |line| line.payer == payer);
            let sum = running.sum;
            let of_payer = |line: &LineTerms| line.payer == payer;
            let capped = self.cut_all(&mut running, of_payer, (own, left), by);
            running.sum = if own == sum {
                capped
            } else {
                let others = self.minus(sum, own);
                self.plus(others, capped)
            };
        }
        if let Some(limit) = self.rules.cap {
            let cap = self.money(limit);
            let left = self.minus(cap, counted_before);
            let by = Reason::Cap { by: CutBy::Total, limit, line: None };
            let whole = running.sum;
            running.sum = self.cut_all(&mut running, |_| true, (whole, left), by);
        }
        for (position, offset) in offsets.iter().enumerate() {
            if let Some(price) = offset.prices.iter().find(|price| price.evaluation == now) {
                self.offset(&mut running, position, offset, price, outcomes);
            }
        }
        self.minimum(&mut running, counted_before, now);
        let (tax, payable) = self.tax(running.sum);
        self.done.push(EvaluationTerms {
            lines: running.lines,
            subtotal: running.sum,
            tax,
            payable,
            paid_before,
            counted_before,
            paid_before_mark,
            counted_before_mark,
            before: running.before,
        });
        self.done
    }

    fn line(
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
    fn priced(
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
    fn of_line(&self, position: usize) -> Vec<NodeId> {
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
    fn at_early_end(&mut self, line: &Line, price: &Price, amount: NodeId) -> NodeId {
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
    fn while_it_runs(&mut self, amount: NodeId) -> NodeId {
        let zero = self.money(Decimal::ZERO);
        let earlier = self.rules.endings.iter().take(self.done.len());
        let ended: Vec<SymbolId> = earlier.map(|ending| ending.ended).collect();
        ended.into_iter().fold(amount, |amount, ended| {
            let ended = self.symbol(ended);
            self.select(ended, zero, amount)
        })
    }

    fn symbol(&mut self, symbol: SymbolId) -> NodeId {
        let symbol = self.graph.symbol_of(symbol).clone();
        self.graph.symbol(&symbol.name, symbol.unit, symbol.support)
    }

    /// The parts of an amount: each share rounded down to a whole step, then the steps that are
    /// left one by one in the order of the shares.
    fn split(&mut self, amount: NodeId, shares: &[LineShare]) -> Vec<NodeId> {
        if shares.len() < 2 {
            return vec![amount];
        }
        let ideal: Vec<NodeId> =
            shares.iter().map(|share| self.scaled(amount, share.weight, share.of)).collect();
        self.split_into(amount, &ideal, &vec![None; shares.len()])
    }

    /// As [`split`](Self::split), for parts that are computed; a part whose condition does not hold
    /// has none of what is left.
    fn split_into(
        &mut self,
        amount: NodeId,
        ideal: &[NodeId],
        may_have: &[Option<NodeId>],
    ) -> Vec<NodeId> {
        let zero = self.money(Decimal::ZERO);
        let step = self.rules.rounding.step;
        let (up, down) = (self.money(step), self.money(-step));
        let rule = Rounding { mode: Mode::Down, step };
        let whole: Vec<NodeId> = ideal.iter().map(|part| self.graph.round(*part, rule)).collect();
        let given = self.sum(&whole);
        let mut rest = self.minus(amount, given);
        let mut parts = Vec::new();
        for (part, may_have) in whole.into_iter().zip(may_have) {
            // One step of what is left, whichever its sign.
            let unit = self.smaller(rest, up);
            let mut unit = self.larger(unit, down);
            if let Some(may_have) = may_have {
                unit = self.select(*may_have, unit, zero);
            }
            rest = self.minus(rest, unit);
            parts.push(self.plus(part, unit));
        }
        parts
    }

    /// A malus takes no more than what its payer pays its recipient: its parts, as the lines from
    /// `first` on have them, are cut to that. Returns what is taken, not above 0.
    fn within_payment(
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
    fn gated(&mut self, price: &Price, outcomes: &[Outcome], mut amount: NodeId) -> NodeId {
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

    /// Cuts the lines that `which` picks, `whole` together, to `left`; returns what remains of
    /// them. Where several payers or recipients are concerned, each bears the cut in proportion to
    /// what it would pay or have, split as every amount is; whoever has nothing bears nothing.
    fn cut_all(
        &mut self,
        running: &mut Running,
        which: impl Fn(&LineTerms) -> bool,
        (whole, left): (NodeId, NodeId),
        reason: Reason,
    ) -> NodeId {
        let zero = self.money(Decimal::ZERO);
        let left = self.larger(left, zero);
        let capped = self.smaller(whole, left);
        let cut = self.minus(capped, whole);
        let mut flows: Vec<(usize, usize)> = Vec::new();
        for line in running.lines.iter().filter(|line| which(line)) {
            if !flows.contains(&(line.payer, line.to)) {
                flows.push((line.payer, line.to));
            }
        }
        if let [only] = flows[..] {
            self.push(running, reason, only, cut);
            return capped;
        }
        let own: Vec<NodeId> = flows
            .iter()
            .map(|flow| {
                let sum =
                    self.sum_of(running, |line| which(line) && (line.payer, line.to) == *flow);
                self.larger(sum, zero)
            })
            .collect();
        let all = self.sum(&own);
        let ideal: Vec<NodeId> = own.iter().map(|own| self.part(cut, *own, all)).collect();
        let bears: Vec<Option<NodeId>> =
            own.iter().map(|own| self.graph.compare(Relation::Less, zero, *own).ok()).collect();
        for (flow, part) in flows.into_iter().zip(self.split_into(cut, &ideal, &bears)) {
            self.push(running, reason, flow, part);
        }
        capped
    }

    /// `cut × part ÷ whole`; nothing where the whole is nothing.
    fn part(&mut self, cut: NodeId, part: NodeId, whole: NodeId) -> NodeId {
        let zero = self.money(Decimal::ZERO);
        let fraction = self.graph.divide(part, whole).unwrap_or(zero);
        let share = self.graph.multiply(cut, fraction).unwrap_or(zero);
        match self.graph.compare(Relation::Equal, whole, zero) {
            Ok(nothing) => self.select(nothing, zero, share),
            Err(_) => zero,
        }
    }

    /// Cuts what one line pays, or takes, to `left`; returns what remains of it, for the caller to
    /// add up again: a sum of capped parts has tighter bounds than a sum with cuts in it. What is
    /// cut is split as the line is.
    fn cut_own(
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

    fn offset(
        &mut self,
        running: &mut Running,
        position: usize,
        offset: &Line,
        price: &Price,
        outcomes: &[Outcome],
    ) {
        let amount = self.at_early_end(offset, price, price.amount);
        let amount = self.gated(price, outcomes, amount);
        let mut amount = self.graph.round(amount, self.rules.rounding);
        let zero = self.money(Decimal::ZERO);
        let mut to_date = None;
        if offset.carry {
            // What was to be netted so far, less what was.
            let earlier: Vec<&LineTerms> = self
                .done
                .iter()
                .flat_map(|terms| &terms.lines)
                .filter(|line| line.reason == Reason::Offset(position))
                .collect();
            let owed = earlier.last().and_then(|line| line.to_date).map(|last| last.owed);
            let netted: Vec<NodeId> = earlier.iter().map(|line| line.amount).collect();
            let netted = self.sum(&netted);
            let (before, mark) = self.marked(owed.unwrap_or(zero));
            running.before.push(mark);
            let (netted, mark) = self.marked(netted);
            running.before.push(mark);
            let owed = self.plus(before, amount);
            to_date = Some(ToDate { owed, paid: netted });
            amount = self.plus(owed, netted);
        }
        for (share, part) in offset.shares.iter().zip(self.split(amount, &offset.shares)) {
            // Netting stops at nothing: an offset never makes the provider pay.
            let own = self.sum_of(running, |line| line.payer == share.payer);
            let own = self.larger(own, zero);
            let netted = self.smaller(part, own);
            // Nor does a negative one add to a payment that the limits have already cut.
            let netted = self.larger(netted, zero);
            let negative = self.graph.apply(Function::Negate, netted);
            running.lines.push(LineTerms {
                reason: Reason::Offset(position),
                payer: share.payer,
                to: share.to,
                amount: negative,
                price: price.amount,
                share: Some(*share).filter(|_| offset.shares.len() > 1),
                to_date,
            });
            running.sum = self.minus(running.sum, netted);
        }
    }

    /// Tops the payment up to the minimum, per evaluation and, at the last one, in all; never above
    /// the total cap.
    fn minimum(&mut self, running: &mut Running, counted_before: NodeId, now: usize) {
        let last = now + 1 == self.rules.fiscal_years.len();
        let ending = self.rules.ending.clone();
        // Where the minimum outlives an early end, any evaluation may be the last.
        let may_close = last || ending.as_ref().is_some_and(|ending| ending.minimum);
        let in_all = self.rules.minimum.filter(|_| may_close);
        let limits = [(self.rules.minimum_each, false), (in_all, true)];
        for (minimum, whole) in limits {
            let Some(minimum) = minimum else { continue };
            let zero = self.money(Decimal::ZERO);
            let mut wanted = self.money(minimum);
            if whole {
                wanted = self.minus(wanted, counted_before);
            }
            let short = self.minus(wanted, running.sum);
            let mut top_up = self.larger(short, zero);
            if let Some(cap) = self.rules.cap {
                let cap = self.money(cap);
                let left = self.minus(cap, counted_before);
                let left = self.minus(left, running.sum);
                let left = self.larger(left, zero);
                top_up = self.smaller(top_up, left);
            }
            if let Some(ending) = &ending {
                let ended = self.symbol(self.rules.endings[now].ended);
                if !ending.minimum {
                    top_up = self.select(ended, zero, top_up);
                } else if whole && !last {
                    top_up = self.select(ended, top_up, zero);
                }
                top_up = self.while_it_runs(top_up);
            }
            // Owed by whoever pays the evaluation's first line, to whom it is paid.
            let first = running.lines.first().map(|line| (line.payer, line.to));
            let flow = first.unwrap_or((self.rules.payers[0], self.rules.provider));
            self.push(running, Reason::Minimum(minimum), flow, top_up);
            running.sum = self.plus(running.sum, top_up);
        }
    }

    fn tax(&mut self, subtotal: NodeId) -> (Option<NodeId>, NodeId) {
        // Tax is truncated to the currency's own unit, whatever the lines are rounded to.
        let down = Rounding { mode: Mode::Down, step: self.rules.minor_unit() };
        match self.rules.tax {
            Tax::Unstated => (None, subtotal),
            Tax::Included(rate) => {
                let inside = self.scaled(subtotal, rate, Decimal::ONE + rate);
                (Some(self.graph.round(inside, down)), subtotal)
            }
            Tax::Added(rate) => {
                let added = self.scaled(subtotal, rate, Decimal::ONE);
                let tax = self.graph.round(added, down);
                (Some(tax), self.plus(subtotal, tax))
            }
        }
    }

    fn scaled(&mut self, amount: NodeId, by: Decimal, over: Decimal) -> NodeId {
        let (by, over) =
            (self.graph.number(by, Unit::Number), self.graph.number(over, Unit::Number));
        let product = self.graph.multiply(amount, by).unwrap_or(amount);
        self.graph.divide(product, over).unwrap_or(amount)
    }

    fn push(
        &mut self,
        running: &mut Running,
        reason: Reason,
        (payer, to): (usize, usize),
        amount: NodeId,
    ) {
        running.lines.push(LineTerms {
            reason,
            payer,
            to,
            amount,
            price: amount,
            share: None,
            to_date: None,
        });
    }

    /// What a line's own limit leaves; of a line that takes, what it may still take.
    fn left(
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

    fn remaining(&mut self, limit: Decimal, earlier: &[NodeId], running: &mut Running) -> NodeId {
        let sum = self.sum(earlier);
        let (sum, mark) = self.marked(sum);
        running.before.push(mark);
        let limit = self.money(limit);
        self.minus(limit, sum)
    }

    fn marked(&mut self, node: NodeId) -> (NodeId, MarkId) {
        let mark = MarkId(self.marks);
        self.marks += 1;
        (self.graph.mark(mark, node), mark)
    }

    fn sum_of(&mut self, running: &Running, which: impl Fn(&LineTerms) -> bool) -> NodeId {
        let amounts: Vec<NodeId> =
            running.lines.iter().filter(|line| which(line)).map(|line| line.amount).collect();
        self.sum(&amounts)
    }

    fn sum(&mut self, amounts: &[NodeId]) -> NodeId {
        let zero = self.money(Decimal::ZERO);
        amounts.iter().fold(zero, |sum, amount| self.plus(sum, *amount))
    }

    fn money(&mut self, amount: Decimal) -> NodeId {
        let unit = Unit::money(&self.rules.currency);
        self.graph.number(amount, unit)
    }

    // Everything below is money of one currency, checked when the lines were traced; a clash would
    // be our own mistake.

    fn plus(&mut self, a: NodeId, b: NodeId) -> NodeId {
        self.graph.add(a, b).unwrap_or_else(|clash| unreachable!("{clash:?}"))
    }

    fn minus(&mut self, a: NodeId, b: NodeId) -> NodeId {
        self.graph.subtract(a, b).unwrap_or_else(|clash| unreachable!("{clash:?}"))
    }

    fn smaller(&mut self, a: NodeId, b: NodeId) -> NodeId {
        self.graph.smaller(a, b).unwrap_or_else(|clash| unreachable!("{clash:?}"))
    }

    fn larger(&mut self, a: NodeId, b: NodeId) -> NodeId {
        self.graph.larger(a, b).unwrap_or_else(|clash| unreachable!("{clash:?}"))
    }

    fn select(&mut self, when: NodeId, then: NodeId, otherwise: NodeId) -> NodeId {
        self.graph.select(when, then, otherwise).unwrap_or_else(|clash| unreachable!("{clash:?}"))
    }
}
