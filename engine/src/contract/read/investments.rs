//! From `invest(…)` to an [`Investment`] that fits the contract.

use super::{Header, Reader};
use crate::contract::Investment;
use crate::expr::Unit;
use crate::problem::{Problem, Text, say};
use crate::script::unit_words;

impl Reader<'_> {
    /// The investments, on a day from which anything is still paid, in the contract's currency.
    pub(super) fn investments(&self, header: &Header) -> Vec<Investment> {
        let draft = self.desk.draft();
        let mut investments = Vec::new();
        for investment in &draft.investments {
            let Some((amount, unit)) = &investment.amount else { continue };
            let currency = &header.currency;
            if *unit != Unit::money(currency) {
                self.bench.report(
                    Problem::error(
                        "wrong-value",
                        say!(
                            "`amount` of `invest` is not money of the contract",
                            "`invest` の `amount` が契約通貨の金額ではありません"
                        ),
                    )
                    .found(unit_words(unit))
                    .expected(Text::from(currency.as_str()))
                    .maybe_at(investment.amount_place.clone()),
                );
            }
            let Some(at) = investment.at.or(header.from) else { continue };
            let last = draft.evaluations.iter().map(|evaluation| evaluation.paid).max();
            if let Some(last) = last.filter(|last| *last < at) {
                self.bench.report(
                    Problem::error(
                        "invested-after-payments",
                        say!(
                            "the investment of {at} comes after the last payment, {last}",
                            "{at} の投資は最後の支払日 {last} より後です"
                        ),
                    )
                    .expected(say!("a day up to {last}", "{last} までの日"))
                    .help(say!(
                        "an investor receives the payments made from the day of the investment on",
                        "資金提供者が受け取るのは、投資した日以降の支払です"
                    ))
                    .maybe_at(investment.at_place.clone()),
                );
            }
            investments.push(Investment { investor: investment.investor, amount: *amount, at });
        }
        investments
    }
}
