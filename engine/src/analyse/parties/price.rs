//! How the balance of saving and payment changes with the price.

use serde_json::{Value, json};

use super::estimated;
use crate::finance::Estimated;

/// What the payment is multiplied by.
const FACTORS: [f64; 16] =
    [0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9, 2.0];

/// How likely it is that a saving exceeds the payment, over the price.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// Point by point, from half the price to twice.
    pub points: Vec<PricePoint>,
    /// Where both are equal.
    pub break_even: BreakEven,
}

/// A point of the curve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PricePoint {
    /// What the payment is multiplied by.
    pub factor: f64,
    /// `P(saving > factor × payment)`
    pub probability: Estimated,
}

/// The price at which saving and payment are equal, as a multiple of the contract's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BreakEven {
    /// On the mean: `E[saving] ÷ E[payment]`. `None` where nothing is ever paid.
    pub mean: Option<Estimated>,
    /// Below it the saving is more likely than not to exceed the payment: the median of
    /// `saving ÷ payment`. `None` where half of the futures or more pay nothing.
    pub even_odds: Option<Estimated>,
}

impl Curve {
    /// Of a saving and a payment, path by path.
    pub(super) fn of(saving: &[f64], payment: &[f64]) -> Curve {
        let points = FACTORS.map(|factor| {
            let pairs = saving.iter().zip(payment);
            let times = pairs.filter(|(saving, payment)| **saving > factor * **payment).count();
            PricePoint { factor, probability: Estimated::part(times, saving.len()) }
        });
        let break_even =
            BreakEven { mean: ratio(saving, payment), even_odds: even_odds(saving, payment) };
        Curve { points: points.to_vec(), break_even }
    }

    pub(super) fn to_json(&self) -> Value {
        let points = self.points.iter().map(
            |point| json!({ "price": point.factor, "probability": estimated(point.probability) }),
        );
        json!({
            "points": points.collect::<Vec<_>>(),
            "break_even": {
                "mean": self.break_even.mean.map(estimated),
                "even_odds": self.break_even.even_odds.map(estimated),
            },
        })
    }
}

/// The ratio of two means, its standard error by the delta method:
/// `√(var(saving − ratio × payment) ÷ n) ÷ mean payment`.
pub(super) fn ratio(above: &[f64], below: &[f64]) -> Option<Estimated> {
    let (a, b) = (Estimated::mean(above).value, Estimated::mean(below).value);
    if b == 0.0 {
        return None;
    }
    let value = a / b;
    let rest: Vec<f64> = above.iter().zip(below).map(|(a, b)| a - value * b).collect();
    Some(Estimated { value, se: Estimated::mean(&rest).se / b.abs() })
}

/// The median of the ratios of two columns; where nothing is paid a saving exceeds it at any price.
/// Its error is half the distance between the ratios at the ranks one standard error apart.
fn even_odds(saving: &[f64], payment: &[f64]) -> Option<Estimated> {
    let ratio = |(saving, payment): (&f64, &f64)| match *payment {
        0.0 if *saving > 0.0 => f64::INFINITY,
        0.0 => f64::NEG_INFINITY,
        payment => saving / payment,
    };
    let mut ratios: Vec<f64> = saving.iter().zip(payment).map(ratio).collect();
    ratios.sort_unstable_by(f64::total_cmp);
    let n = ratios.len() as f64;
    let at = |rank: f64| ratios[(rank.max(0.0) as usize).min(ratios.len() - 1)];
    let middle = (n - 1.0) / 2.0;
    let value = at(middle.floor()) / 2.0 + at(middle.ceil()) / 2.0;
    let apart = n.sqrt() / 2.0;
    let se = (at((middle + apart).ceil()) - at((middle - apart).floor())) / 2.0;
    value.is_finite().then_some(Estimated { value, se })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_that_can_be_counted() {
        // Savings 10, 20, 30, 40 for 20 each time: above half the price 3 of 4, above it 2 (30 and
        // 40), above 1.5 times 1, above twice 0.
        let curve = Curve::of(&[10.0, 20.0, 30.0, 40.0], &[20.0; 4]);
        let at = |factor: f64| {
            curve.points.iter().find(|point| point.factor == factor).unwrap().probability
        };
        for (factor, part) in [(0.5, 0.75), (1.0, 0.5), (1.5, 0.25), (2.0, 0.0)] {
            assert_eq!(at(factor).value, part, "{factor}");
        }
        assert_eq!(at(0.5).se, (0.75_f64 * 0.25 / 4.0).sqrt());
        // 25 over 20; the middle of 0.5, 1, 1.5, 2.
        assert_eq!(curve.break_even.mean.unwrap().value, 1.25);
        assert_eq!(curve.break_even.even_odds.unwrap().value, 1.25);
        // All of the spread is the saving's: sd of 10, 20, 30, 40 over √4 over 20.
        let error = (500.0_f64 / 3.0).sqrt() / 2.0 / 20.0;
        assert!((curve.break_even.mean.unwrap().se - error).abs() < 1e-12);
    }

    #[test]
    fn where_nothing_is_paid_there_is_no_break_even_price() {
        let curve = Curve::of(&[10.0, 0.0], &[0.0, 0.0]);
        assert_eq!(curve.break_even.mean, None);
        assert_eq!(curve.points[0].probability.value, 0.5);
        let most_pay_nothing = Curve::of(&[5.0, 5.0, 5.0], &[0.0, 0.0, 10.0]);
        assert_eq!(most_pay_nothing.break_even.even_odds, None);
    }
}
