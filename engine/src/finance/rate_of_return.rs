//! The internal rate of return of one investment.

use crate::numeric::elementary::{exp, ln, ln_of_any};

/// An amount that an investor receives; a negative one is paid.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Receipt {
    /// The amount, in the currency of the investment.
    pub amount: f64,
    /// When, in years from the investment; above 0.
    pub after: f64,
}

/// The yearly internal rate of return: the rate at which what comes back is worth what was
/// invested.
///
/// `invested = Σ amount / (1 + rate)^after`, solved for a rate above −1
///
/// Receipts are in order of time, no two at the same. An investment of which nothing comes back
/// has the rate −1, the least there is, even if the investor has to pay in addition.
///
/// `None` where no one number answers the question: when the investor receives first and pays
/// later, several rates or none can solve the equation (Descartes' rule of signs: as many as the
/// flows change their sign, or fewer). So it is when the amount invested is not above 0, times are
/// out of order, a number is not finite, or the rate is too large for one.
///
/// ```
/// use engine::finance::{Receipt, rate_of_return};
/// let after_two_years = [Receipt { amount: 121.0, after: 2.0 }];
/// assert!((rate_of_return(100.0, after_two_years).unwrap() - 0.1).abs() < 1e-15);
/// ```
#[must_use]
pub fn rate_of_return<R>(invested: f64, receipts: R) -> Option<f64>
where
    R: IntoIterator<Item = Receipt, IntoIter: Clone>,
{
    let receipts = receipts.into_iter();
    let flows = Flows::of(invested, receipts.clone())?;
    let Some(times) = flows else { return Some(-1.0) };
    let rate = exp(-log_discount(invested, receipts, times)) - 1.0;
    rate.is_finite().then_some(rate)
}

/// The times between which the rate is decided.
struct Flows {
    /// When the investor last pays; 0 when only the investment itself is paid.
    last_paid: f64,
    first_received: f64,
    last_received: f64,
}

impl Flows {
    /// `None` when there is no one rate, `Some(None)` when nothing is received.
    fn of(invested: f64, receipts: impl Iterator<Item = Receipt>) -> Option<Option<Flows>> {
        let mut known: Option<Flows> = None;
        let (mut last, mut last_paid) = (0.0, 0.0);
        if !(invested > 0.0 && invested.is_finite()) {
            return None;
        }
        for Receipt { amount, after } in receipts {
            if !(amount.is_finite() && after.is_finite() && after > last) {
                return None;
            }
            last = after;
            match &mut known {
                None if amount > 0.0 => {
                    known = Some(Flows { last_paid, first_received: after, last_received: after });
                }
                None if amount < 0.0 => last_paid = after,
                Some(_) if amount < 0.0 => return None,
                Some(flows) if amount > 0.0 => flows.last_received = after,
                _ => {}
            }
        }
        Some(known)
    }
}

/// More steps than halving any bracket of numbers takes.
const STEPS_MAX: usize = 2_000;

/// The logarithm `x` of the factor `1 / (1 + rate)`.
///
/// `ln Σ received · exp(x · after) − ln Σ paid · exp(x · after)` rises with `x`: what is received
/// comes later than what is paid. Its slope is the mean time received less the mean time paid, so
/// the value at 0 brackets the root, and Newton's steps that leave the bracket are halvings.
fn log_discount(
    invested: f64,
    receipts: impl Iterator<Item = Receipt> + Clone,
    times: Flows,
) -> f64 {
    let investment = Receipt { amount: -invested, after: 0.0 };
    let flows = std::iter::once(investment).chain(receipts);
    let at = |x: f64| {
        let (received, time_received) = log_worth(x, 1.0, flows.clone());
        let (paid, time_paid) = log_worth(x, -1.0, flows.clone());
        (received - paid, time_received - time_paid)
    };
    let (value, slope) = at(0.0);
    let least = times.first_received - times.last_paid;
    let (near, far) = (-value / times.last_received, -value / least);
    let (mut low, mut high) = (near.min(far), near.max(far));
    let mut x = (-value / slope).clamp(low, high);
    for _ in 0..STEPS_MAX {
        let (value, slope) = at(x);
        if value == 0.0 {
            return x;
        }
        if value < 0.0 {
            low = x
        } else {
            high = x
        }
        let newton = x - value / slope;
        let next = if low < newton && newton < high { newton } else { low + (high - low) / 2.0 };
        // A step that no longer matters, or a bracket with no number inside.
        if (next - x).abs() <= f64::EPSILON * x.abs() || next == low || next == high {
            return next;
        }
        x = next;
    }
    x
}

/// The logarithm of what the flows of one sign are worth at `x`, and their mean time, each flow
/// weighted by its worth.
fn log_worth(x: f64, sign: f64, flows: impl Iterator<Item = Receipt> + Clone) -> (f64, f64) {
    let own = flows.filter(|flow| flow.amount * sign > 0.0);
    let logs = own.map(|flow| (ln_of_any(flow.amount * sign) + x * flow.after, flow.after));
    let largest = logs.clone().fold(f64::NEG_INFINITY, |most, (log, _)| most.max(log));
    let (mut worth, mut timed) = (0.0, 0.0);
    for (log, after) in logs {
        let part = exp(log - largest);
        worth += part;
        timed += part * after;
    }
    (largest + ln(worth), timed / worth)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn yearly(amounts: &[f64]) -> Vec<Receipt> {
        let years = (1..).map(f64::from);
        amounts
            .iter()
            .zip(years)
            .map(|(amount, after)| Receipt { amount: *amount, after })
            .collect()
    }

    fn rate(invested: f64, amounts: &[f64]) -> Option<f64> {
        rate_of_return(invested, yearly(amounts))
    }

    fn assert_near(found: Option<f64>, expected: f64, error: f64) {
        let near = found.is_some_and(|found| (found - expected).abs() <= error);
        assert!(near, "{found:?} for {expected}");
    }

    /// What receipts are worth at a rate, less the amount invested.
    fn net_present_value(rate: f64, invested: f64, receipts: &[Receipt]) -> f64 {
        let worth = receipts.iter().map(|of| of.amount / (1.0 + rate).powf(of.after));
        worth.sum::<f64>() - invested
    }

    #[test]
    fn rates_that_can_be_worked_out_by_hand() {
        // 110 a year after 100; 121 two years after; the amount itself; half of it.
        assert_near(rate(100.0, &[110.0]), 0.1, 1e-15);
        assert_near(rate(100.0, &[0.0, 121.0]), 0.1, 1e-15);
        assert_near(rate(100.0, &[0.0, 0.0, 100.0]), 0.0, 1e-15);
        assert_near(rate(100.0, &[50.0]), -0.5, 1e-15);
        // 100 (1 + r)² = 60 (1 + r) + 60: 1 + r = (60 + √(3600 + 24000)) / 200.
        assert_near(rate(100.0, &[60.0, 60.0]), (60.0 + 27_600_f64.sqrt()) / 200.0 - 1.0, 1e-15);
        // 10 a year and the whole at the end is 10%, for as long as it takes.
        let mut amounts = [10.0; 40];
        amounts[39] += 100.0;
        assert_near(rate(100.0, &amounts), 0.1, 1e-15);
    }

    #[test]
    fn the_examples_of_the_spreadsheet_functions_irr_and_xirr() {
        // Microsoft's documentation of IRR: a business of 70,000 brings 12,000, 15,000, 18,000,
        // 21,000 and 26,000: −2.1% after four years, 8.7% after five, −44.4% after two.
        let amounts = [12_000.0, 15_000.0, 18_000.0, 21_000.0, 26_000.0];
        assert_near(rate(70_000.0, &amounts[..4]), -0.021, 0.0005);
        assert_near(rate(70_000.0, &amounts), 0.087, 0.0005);
        assert_near(rate(70_000.0, &amounts[..2]), -0.444, 0.0005);
        // Its documentation of XIRR: 10,000 on 2008-01-01; 2,750 on 2008-03-01 (60 days), 4,250 on
        // 2008-10-30 (303), 3,250 on 2009-02-15 (411), 2,750 on 2009-04-01 (456): 0.373362535,
        // found there by trial to 0.000001 percent.
        let dated = [(60.0, 2_750.0), (303.0, 4_250.0), (411.0, 3_250.0), (456.0, 2_750.0)];
        let receipts = dated.map(|(days, amount)| Receipt { amount, after: days / 365.0 });
        assert_near(rate_of_return(10_000.0, receipts), 0.373_362_535, 2e-8);
    }

    #[test]
    fn nothing_back_is_the_loss_of_everything() {
        assert_eq!(rate(100.0, &[0.0, 0.0]), Some(-1.0));
        assert_eq!(rate(100.0, &[]), Some(-1.0));
        assert_eq!(rate(100.0, &[-5.0, 0.0]), Some(-1.0));
    }

    #[test]
    fn an_investor_who_pays_twice_and_then_receives_has_one_rate() {
        // 100 (1 + r)² + 50 (1 + r) = 180: 1 + r = (−50 + √(2500 + 72000)) / 200.
        let expected = (74_500_f64.sqrt() - 50.0) / 200.0 - 1.0;
        assert_near(rate(100.0, &[-50.0, 180.0]), expected, 1e-15);
    }

    #[test]
    fn no_rate_is_told_where_there_may_be_several() {
        // −1600 + 10000 v − 10000 v² is 0 at v = 0.2 and at v = 0.8: at 400% and at 25%.
        assert_eq!(rate(1_600.0, &[10_000.0, -10_000.0]), None);
        // −40 + 100 v − 70 v² has no root at all.
        assert_eq!(rate(40.0, &[100.0, -70.0]), None);
    }

    #[test]
    fn what_is_no_investment_has_no_rate() {
        assert_eq!(rate(0.0, &[1.0]), None);
        assert_eq!(rate(-1.0, &[1.0]), None);
        assert_eq!(rate(f64::NAN, &[1.0]), None);
        assert_eq!(rate(1.0, &[f64::INFINITY]), None);
        let out_of_order = [2.0, 1.0].map(|after| Receipt { amount: 1.0, after });
        assert_eq!(rate_of_return(1.0, out_of_order), None);
        assert_eq!(rate_of_return(1.0, [Receipt { amount: 1.0, after: 0.0 }]), None);
        // Ten times the amount on the next day is no number to any power that fits.
        assert_eq!(rate_of_return(1.0, [Receipt { amount: 10.0, after: 1.0 / 365.0 }]), None);
    }

    #[test]
    fn extreme_amounts_are_solved_too() {
        assert_near(rate(1e300, &[1e-300]), -1.0, 0.0);
        assert_near(rate(1e-300, &[0.0, 1e-100, 0.0]), 1e100, 1e90);
        assert_near(rate(4e7, &[0.0, 0.0, 0.0, 1e-320, 1.0]), 4e7_f64.powf(-0.2) - 1.0, 1e-14);
        // 1 after a year against 1e12 after a hundred: the early one hardly counts.
        let mut late = [0.0; 100];
        (late[0], late[99]) = (1.0, 1e12);
        let found = rate(1_000.0, &late).unwrap();
        assert!(net_present_value(found, 1_000.0, &yearly(&late)).abs() < 1e-9);
    }

    proptest! {
        #[test]
        fn the_net_present_value_at_the_rate_is_nothing(
            invested in 1.0_f64..1e8,
            receipts in proptest::collection::vec((1_u32..900, 0.0_f64..1e8), 1..12),
        ) {
            let mut days = 0;
            let receipts: Vec<Receipt> = receipts
                .into_iter()
                .map(|(gap, amount)| {
                    days += gap;
                    Receipt { amount, after: f64::from(days) / 365.0 }
                })
                .collect();
            let rate = rate_of_return(invested, receipts.iter().copied());
            // No rate where it is too large for a number: much on the first days.
            if let Some(rate) = rate.filter(|rate| *rate > -0.999) {
                let value = net_present_value(rate, invested, &receipts);
                // 1 + rate is known to a few units of the last place of 1.
                let last = receipts.last().unwrap().after;
                let error = invested * 1e-15 * (1.0 + last) * (1.0 + 1.0 / (1.0 + rate));
                prop_assert!(value.abs() <= error.max(invested * 1e-14), "{} {}", rate, value);
            }
        }

        #[test]
        fn the_rate_falls_when_a_receipt_falls(
            amounts in proptest::collection::vec(1.0_f64..1e7, 1..8),
            which in 0_usize..8, part in 0.0_f64..0.99,
        ) {
            let before = rate(1e7, &amounts).unwrap();
            let mut less = amounts.clone();
            let which = which % less.len();
            less[which] *= part;
            prop_assert!(rate(1e7, &less).unwrap() < before);
        }
    }
}
