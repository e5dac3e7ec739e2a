//! A price as a picture draws it: straight parts over a stretch of the one outcome it reads.

use rust_decimal::Decimal;
use rust_decimal::prelude::{FromPrimitive, ToPrimitive};

use super::pieces::Curve;
use super::{Contract, Price};
use crate::expr::Exact;

/// Into how many straight parts a price is drawn that is not made of any.
const PARTS: u32 = 240;

/// Decimals of the outcomes between which a curved price is drawn.
const DIGITS: u32 = 8;

/// A straight part of a price: from one place to another, each an outcome and an amount.
pub type PricePart = [(f64, f64); 2];

impl Contract {
    /// The outcome a price reads (a position in [`Terms::outcomes`](super::Terms::outcomes)), when
    /// it reads exactly one and nothing else.
    #[must_use]
    pub fn outcome_of(&self, price: &Price) -> Option<usize> {
        self.sole_outcome(price.amount)
    }

    /// What a price pays, in the contract's currency, between two values of the one outcome it
    /// reads: the straight parts it is made of; many short ones where it is curved. `None` where it
    /// reads several outcomes.
    #[must_use]
    pub fn price_parts(&self, price: &Price, (low, high): (f64, f64)) -> Option<Vec<PricePart>> {
        let outcome = &self.terms.outcomes[self.sole_outcome(price.amount)?];
        let (low, high) = (Decimal::from_f64(low)?, Decimal::from_f64(high)?);
        let point =
            |at: Decimal, amount: Exact| Some((at.to_f64()?, amount.approximate().to_f64()?));
        if let Some(pieces) = self.pieces(price.amount) {
            let parts = pieces.iter().filter_map(|piece| {
                let from = piece.low.map_or(low, |edge| edge.at.max(low));
                let to = piece.high.map_or(high, |edge| edge.at.min(high));
                let ends = [point(from, piece.pays(from)?)?, point(to, piece.pays(to)?)?];
                (from <= to).then_some(ends)
            });
            return Some(parts.collect());
        }
        let mut curve = Curve::new(&self.graph, price.amount, outcome.value);
        let step = high.checked_sub(low)?.checked_div(PARTS.into())?;
        // Few digits, so that what is computed with them has not too many.
        let at = |position: u32| (low + step * Decimal::from(position)).round_dp(DIGITS);
        let found: Vec<Option<(f64, f64)>> = (0..=PARTS)
            .map(|position| point(at(position), curve.at(at(position).into())?))
            .collect();
        let parts = found.windows(2).filter_map(|ends| Some([ends[0]?, ends[1]?]));
        Some(parts.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Source;

    fn parts(price: &str) -> Option<Vec<PricePart>> {
        let script = format!(
            r#"contract("curve", #{{ from: "2024-04-01", to: "2025-03-31", tax: unstated(), rounding: down(1) }});
party("city", #{{ role: "payer" }});
party("vendor", #{{ role: "provider" }});
evaluations([#{{ at: "2025-01-31", paid: "2025-03-31" }}]);
let fall = mean_change("fall", #{{ unit: "mmHg", digits: 1 }});
let part = share("part", #{{ digits: 3 }});
pay("x", |e| {price});
"#
        );
        let contract = Contract::parse(Source::new("curve.rhai", script), &Default::default())
            .unwrap_or_else(|problems| panic!("{problems:#?}"));
        contract.price_parts(&contract.lines[0].prices[0], (0.0, 10.0))
    }

    #[test]
    fn a_table_is_drawn_step_by_step() {
        let found = parts("tiers(e[fall], [[3, yen(1_000)], [5, yen(2_500)]])").unwrap();
        assert_eq!(
            found,
            [
                [(0.0, 0.0), (3.0, 0.0)],
                [(3.0, 1_000.0), (5.0, 1_000.0)],
                [(5.0, 2_500.0), (10.0, 2_500.0)],
            ]
        );
    }

    #[test]
    fn a_slope_is_drawn_between_its_ends() {
        let found = parts("linear(e[fall], [2, yen(0)], [6, yen(4_000)])").unwrap();
        assert!(found.contains(&[(2.0, 0.0), (6.0, 4_000.0)]), "{found:?}");
    }

    #[test]
    fn a_curve_is_drawn_by_short_parts_and_two_outcomes_not_at_all() {
        let found = parts("per_head(e[fall] * e[fall], yen(1))").unwrap();
        assert_eq!(found.len(), PARTS as usize);
        assert!(found.iter().all(|[(at, paid), _]| (paid - at * at).abs() < 1e-6), "{found:?}");
        assert_eq!(parts("tiers(e[fall], [[3, yen(1)]]) + tiers(e[part], [[0.5, yen(1)]])"), None);
    }
}
