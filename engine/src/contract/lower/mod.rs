//! From declared lines to one graph: gate, price, round, caps, offset, minimum, tax.

mod arithmetic;
mod balance;
mod line;
mod split;
mod waterfall;

pub(super) use waterfall::Around;

use rust_decimal::Decimal;

use crate::contract::{
    CutBy, EarlyEnd, EarlyEndTerms, EvaluationTerms, Line, LineKind, LineTerms, Outcome, Reason,
    Tax, minor_unit,
};
use crate::expr::{Graph, MarkId, Mode, NodeId, Rounding};

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
    /// Tax is truncated to the currency's own unit, whatever the lines are rounded to.
    fn truncation(&self) -> Rounding {
        Rounding { mode: Mode::Down, step: minor_unit(&self.currency, self.rounding) }
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
        // What a payer pays is summed up anew from what each pays after its own limit, so that bounds
        // see that no limit takes from another payer.
        let mut capped: Vec<(usize, NodeId)> = Vec::new();
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
            let of_payer = |line: &LineTerms| line.payer == payer;
            capped.push((payer, self.cut_all(&mut running, of_payer, (own, left), by)));
        }
        if !capped.is_empty() {
            let is_capped = |payer: usize| capped.iter().any(|(of, _)| *of == payer);
            let others = self.sum_of(&running, |line| !is_capped(line.payer));
            let parts: Vec<NodeId> = capped.iter().map(|(_, own)| *own).chain([others]).collect();
            running.sum = self.sum(&parts);
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
        let flows = self.flows(&running, tax, payable);
        self.done.push(EvaluationTerms {
            lines: running.lines,
            flows,
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
}
