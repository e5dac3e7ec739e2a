//! Every internal rate of return of a list of flows.

use super::Flow;
use crate::numeric::elementary::{exp, ln, ln_of_any};

/// The yearly internal rates of return there are.
#[derive(Debug, Clone, PartialEq)]
pub enum RatesOfReturn {
    /// Exactly one.
    One(f64),
    /// None: at no rate above −1 are the flows worth nothing together.
    None,
    /// More than one, rising. None of them is *the* return: at rates between two of them the
    /// investment gains, or loses, and beyond them it does the opposite.
    Several(Vec<f64>),
}

impl RatesOfReturn {
    /// The rate, where there is one and no other.
    #[must_use]
    pub fn one(&self) -> Option<f64> {
        match self {
            RatesOfReturn::One(rate) => Some(*rate),
            RatesOfReturn::None | RatesOfReturn::Several(_) => None,
        }
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        match self {
            RatesOfReturn::One(_) => 1,
            RatesOfReturn::None => 0,
            RatesOfReturn::Several(rates) => rates.len(),
        }
    }
}

/// Every yearly internal rate of return above −1 of flows in order of time, no two at the same.
///
/// `Σ amount ÷ (1 + rate)^after = 0`
///
/// With `x = −ln(1 + rate)` the sum is one of exponentials, which has at most as many roots as its
/// amounts change their sign (Descartes' rule, Laguerre 1883). Divided by `exp(c x)`, with a time
/// `c` between two amounts of unlike sign, its derivative is again such a sum with one change less;
/// between two roots of that, found in the same way, there is at most one root. So none is missed.
/// Two roots nearer to each other than the sum can be told from 0 count as one.
///
/// Where money is paid and nothing received the rate is −1, the least there is. There is no rate
/// where nothing is paid, times are out of order or a number is not finite; a root too large for a
/// number is left out.
///
/// ```
/// use engine::finance::{Flow, RatesOfReturn, rates_of_return};
/// // −1600 + 10000 v − 10000 v² is 0 at v = 0.2 and at v = 0.8: at 400% and at 25%.
/// let flows = [(-1600.0, 0.0), (10_000.0, 1.0), (-10_000.0, 2.0)];
/// let flows = flows.map(|(amount, after)| Flow { amount, after });
/// let RatesOfReturn::Several(rates) = rates_of_return(flows) else { panic!("there are two") };
/// assert!((rates[0] - 0.25).abs() < 1e-12 && (rates[1] - 4.0).abs() < 1e-12);
/// ```
#[must_use]
pub fn rates_of_return(flows: impl IntoIterator<Item = Flow>) -> RatesOfReturn {
    let (mut terms, mut last) = (Vec::new(), f64::NEG_INFINITY);
    for Flow { amount, after } in flows {
        if !(amount.is_finite() && after.is_finite() && after > last) {
            return RatesOfReturn::None;
        }
        last = after;
        if amount != 0.0 {
            let sign = amount.signum();
            terms.push(Term { sign, log: ln_of_any(amount.abs()), after });
        }
    }
    let only_paid = !terms.is_empty() && terms.iter().all(|term| term.sign < 0.0);
    if only_paid {
        return RatesOfReturn::One(-1.0);
    }
    let rates = roots(&terms).into_iter().rev().map(|x| exp(-x) - 1.0);
    let mut rates: Vec<f64> = rates.filter(|rate| rate.is_finite()).collect();
    match (rates.pop(), rates.is_empty()) {
        (None, _) => RatesOfReturn::None,
        (Some(rate), true) => RatesOfReturn::One(rate),
        (Some(rate), false) => {
            rates.push(rate);
            RatesOfReturn::Several(rates)
        }
    }
}

/// `sign × exp(log + x × after)`
#[derive(Debug, Clone, Copy)]
struct Term {
    sign: f64,
    log: f64,
    after: f64,
}

/// The roots of a sum of terms, rising.
fn roots(terms: &[Term]) -> Vec<f64> {
    let change = |pair: &[Term]| pair[0].sign != pair[1].sign;
    let changes = terms.windows(2).filter(|pair| change(pair)).count();
    let Some(place) = terms.windows(2).position(change) else { return Vec::new() };
    let (low, high) = (-farthest(terms.iter().rev()), farthest(terms.iter()));
    let mut points = vec![(low, terms[0].sign)];
    if changes > 1 {
        let centre = terms[place].after + (terms[place + 1].after - terms[place].after) / 2.0;
        let turning = roots(&derivative(terms, centre)).into_iter();
        let turning = turning.filter(|x| low < *x && *x < high);
        points.extend(turning.map(|x| (x, sign_at(terms, x))));
    }
    points.push((high, terms[terms.len() - 1].sign));
    let mut found = Vec::new();
    for pair in points.windows(2) {
        let [(low, below), (high, above)] = [pair[0], pair[1]];
        if below * above < 0.0 {
            found.push(root_between(terms, low, high, below));
        }
        // Where the sum only touches 0, or comes too near to be told from it.
        if above == 0.0 {
            found.push(high);
        }
    }
    found
}

/// How far from 0 a root can lie: beyond, the last of the terms outweighs all others together.
fn farthest<'t>(terms: impl DoubleEndedIterator<Item = &'t Term> + Clone) -> f64 {
    let mut backwards = terms.clone().rev();
    let (Some(last), Some(before)) = (backwards.next(), backwards.next()) else { return 0.0 };
    let others = log_sum(backwards.chain([before]), 0.0);
    let gap = (last.after - before.after).abs();
    // A little farther, against rounding.
    ((others - last.log) / gap).max(0.0) * (1.0 + 1e-12) + f64::MIN_POSITIVE
}

/// The derivative of the sum divided by `exp(centre × x)`, times the same.
fn derivative(terms: &[Term], centre: f64) -> Vec<Term> {
    let derived = terms.iter().map(|term| {
        let from = term.after - centre;
        let log = term.log + ln(from.abs());
        Term { sign: term.sign * from.signum(), log, after: term.after }
    });
    derived.collect()
}

fn log_sum<'t>(terms: impl Iterator<Item = &'t Term> + Clone, x: f64) -> f64 {
    let logs = terms.map(|term| term.log + x * term.after);
    let largest = logs.clone().fold(f64::NEG_INFINITY, f64::max);
    largest + ln(logs.map(|log| exp(log - largest)).sum())
}

/// The sum at a place as the logarithm of its positive terms less that of its negative ones, the
/// slope of that, and how far rounding may have moved it.
fn at(terms: &[Term], x: f64) -> (f64, f64, f64) {
    let part = |sign: f64| {
        let own = || terms.iter().filter(|term| term.sign == sign);
        let logs = own().map(|term| term.log + x * term.after);
        let largest = logs.fold(f64::NEG_INFINITY, f64::max);
        let (mut worth, mut timed) = (0.0, 0.0);
        for term in own() {
            let now = exp(term.log + x * term.after - largest);
            worth += now;
            timed += now * term.after;
        }
        (largest + ln(worth), timed / worth)
    };
    let ((received, time_received), (paid, time_paid)) = (part(1.0), part(-1.0));
    let size = 1.0 + received.abs().max(paid.abs());
    let moved = terms.iter().map(|term| term.log.abs()).fold(size, f64::max);
    (received - paid, time_received - time_paid, moved * 4.0 * f64::EPSILON)
}

/// The sign of the sum; 0 where it cannot be told from 0.
fn sign_at(terms: &[Term], x: f64) -> f64 {
    let (value, _, rounding) = at(terms, x);
    if value.abs() <= rounding { 0.0 } else { value.signum() }
}

/// More steps than halving any bracket of numbers takes.
const STEPS_MAX: usize = 2_000;

/// The root between two places; at the lower one the sum has the sign `below`.
///
/// Newton's steps for the logarithm of what is received over what is paid, which is nearly
/// straight; a step that leaves the bracket or does not halve the one before is a halving.
fn root_between(terms: &[Term], mut low: f64, mut high: f64, below: f64) -> f64 {
    let mut x = if low < 0.0 && 0.0 < high { 0.0 } else { low + (high - low) / 2.0 };
    let mut before = high - low;
    for _ in 0..STEPS_MAX {
        let (value, slope, _) = at(terms, x);
        if value == 0.0 {
            return x;
        }
        if value * below > 0.0 {
            low = x
        } else {
            high = x
        }
        let newton = x - value / slope;
        let near = low < newton && newton < high && (newton - x).abs() <= 0.5 * before;
        let next = if near { newton } else { low + (high - low) / 2.0 };
        let step = (next - x).abs();
        // A step that no longer matters, or a bracket with no number inside.
        if step <= f64::EPSILON * x.abs() || next == low || next == high {
            return next;
        }
        (x, before) = (next, step);
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finance::net_present_value;
    use proptest::prelude::*;

    fn yearly(amounts: &[f64]) -> Vec<Flow> {
        let years = (0..).map(f64::from);
        amounts.iter().zip(years).map(|(amount, after)| Flow { amount: *amount, after }).collect()
    }

    fn rates(amounts: &[f64]) -> RatesOfReturn {
        rates_of_return(yearly(amounts))
    }

    fn assert_one(amounts: &[f64], expected: f64, error: f64) {
        let found = rates(amounts);
        let near = found.one().is_some_and(|rate| (rate - expected).abs() <= error);
        assert!(near, "{found:?} for {expected}");
    }

    #[test]
    fn rates_that_can_be_worked_out_by_hand() {
        // 110 a year after 100; 121 two years after; the amount itself; half of it.
        assert_one(&[-100.0, 110.0], 0.1, 1e-15);
        assert_one(&[-100.0, 0.0, 121.0], 0.1, 1e-15);
        assert_one(&[-100.0, 0.0, 0.0, 100.0], 0.0, 1e-15);
        assert_one(&[-100.0, 50.0], -0.5, 1e-15);
        // 100 (1 + r)² = 60 (1 + r) + 60: 1 + r = (60 + √(3600 + 24000)) / 200.
        assert_one(&[-100.0, 60.0, 60.0], (60.0 + 27_600_f64.sqrt()) / 200.0 - 1.0, 1e-15);
        // 10 a year and the whole at the end is 10%, for as long as it takes.
        let mut amounts = [10.0; 41];
        (amounts[0], amounts[40]) = (-100.0, 110.0);
        assert_one(&amounts, 0.1, 1e-15);
        // 100 (1 + r)² + 50 (1 + r) = 180: 1 + r = (−50 + √(2500 + 72000)) / 200.
        assert_one(&[-100.0, -50.0, 180.0], (74_500_f64.sqrt() - 50.0) / 200.0 - 1.0, 1e-15);
        // Who receives 100 and pays 110 a year later borrows at 10%.
        assert_one(&[100.0, -110.0], 0.1, 1e-15);
    }

    #[test]
    fn the_examples_of_the_spreadsheet_functions_irr_and_xirr() {
        // Microsoft's documentation of IRR: a business of 70,000 brings 12,000, 15,000, 18,000,
        // 21,000 and 26,000: −2.1% after four years, 8.7% after five, −44.4% after two.
        let amounts = [-70_000.0, 12_000.0, 15_000.0, 18_000.0, 21_000.0, 26_000.0];
        assert_one(&amounts[..5], -0.021, 0.0005);
        assert_one(&amounts, 0.087, 0.0005);
        assert_one(&amounts[..3], -0.444, 0.0005);
        // Its documentation of XIRR: 10,000 on 2008-01-01; 2,750 on 2008-03-01 (60 days), 4,250 on
        // 2008-10-30 (303), 3,250 on 2009-02-15 (411), 2,750 on 2009-04-01 (456): 0.373362535,
        // found there by trial to 0.000001 percent.
        let dated = [
            (0.0, -10_000.0),
            (60.0, 2_750.0),
            (303.0, 4_250.0),
            (411.0, 3_250.0),
            (456.0, 2_750.0),
        ];
        let flows = dated.map(|(days, amount)| Flow { amount, after: days / 365.0 });
        let found = rates_of_return(flows).one().unwrap();
        assert!((found - 0.373_362_535).abs() < 2e-8, "{found}");
    }

    #[test]
    fn nothing_back_is_the_loss_of_everything() {
        for amounts in [&[-100.0, 0.0][..], &[-100.0], &[-100.0, -5.0, 0.0]] {
            assert_eq!(rates(amounts), RatesOfReturn::One(-1.0));
        }
    }

    #[test]
    fn every_rate_is_found_where_flows_change_their_sign_several_times() {
        // (v − 0.8)(v − 0.9)(v − 1.25) times 1000 and the sign: v is 1 / (1 + rate), so the rates
        // are 25%, 11.1…% and −20%.
        let amounts = [-900.0, 2_845.0, -2_950.0, 1_000.0];
        let RatesOfReturn::Several(found) = rates(&amounts) else { panic!("there are three") };
        for (found, v) in found.iter().zip([1.25, 0.9, 0.8]) {
            assert!((found - (1.0 / v - 1.0)).abs() < 1e-12, "{found} {v}");
        }
        // −100 + 220 v − 121 v² = −(10 − 11 v)²: it touches 0 at 10% and nowhere else.
        assert_one(&[-100.0, 220.0, -121.0], 0.1, 1e-7);
        // −40 + 100 v − 70 v² has no root at all.
        assert_eq!(rates(&[-40.0, 100.0, -70.0]), RatesOfReturn::None);
        // Three changes and one root: −100 + 150 v − 1 v² + 10 v³.
        let found = rates(&[-100.0, 150.0, -1.0, 10.0]);
        let rate = found.one().unwrap();
        assert!(net_present_value(rate, &yearly(&[-100.0, 150.0, -1.0, 10.0])).abs() < 1e-12);
        assert_eq!(found.count(), 1);
    }

    #[test]
    fn what_is_no_investment_has_no_rate() {
        for amounts in [&[0.0, 1.0][..], &[1.0, 1.0], &[f64::NAN, 1.0], &[-1.0, f64::INFINITY]] {
            assert_eq!(rates(amounts), RatesOfReturn::None);
        }
        assert_eq!(rates(&[]), RatesOfReturn::None);
        let flow = |(amount, after)| Flow { amount, after };
        let out_of_order = [(-1.0, 0.0), (1.0, 2.0), (1.0, 1.0)].map(flow);
        assert_eq!(rates_of_return(out_of_order), RatesOfReturn::None);
        assert_eq!(rates_of_return([(-1.0, 0.0), (2.0, 0.0)].map(flow)), RatesOfReturn::None);
        // Ten times the amount on the next day is no number to any power that fits.
        let next_day = [(-1.0, 0.0), (10.0, 1.0 / 365.0)].map(flow);
        assert_eq!(rates_of_return(next_day), RatesOfReturn::None);
    }

    #[test]
    fn extreme_amounts_are_solved_too() {
        assert_one(&[-1e300, 1e-300], -1.0, 0.0);
        assert_one(&[-1e-300, 0.0, 1e-100, 0.0], 1e100, 1e90);
        assert_one(&[-4e7, 0.0, 0.0, 0.0, 1e-320, 1.0], 4e7_f64.powf(-0.2) - 1.0, 1e-14);
        // 1 after a year against 1e12 after a hundred: the early one hardly counts.
        let mut late = [0.0; 101];
        (late[0], late[1], late[100]) = (-1_000.0, 1.0, 1e12);
        let found = rates(&late).one().unwrap();
        assert!(net_present_value(found, &yearly(&late)).abs() < 1e-9);
    }

    proptest! {
        #[test]
        fn flows_are_worth_nothing_at_each_of_their_rates(
            first in -1e8_f64..1e8,
            later in proptest::collection::vec((1_u32..900, -1e8_f64..1e8), 1..12),
        ) {
            let mut days = 0;
            let mut flows = vec![Flow { amount: first, after: 0.0 }];
            flows.extend(later.into_iter().map(|(gap, amount)| {
                days += gap;
                Flow { amount, after: f64::from(days) / 365.0 }
            }));
            let found = match rates_of_return(flows.iter().copied()) {
                RatesOfReturn::One(rate) => vec![rate],
                RatesOfReturn::None => vec![],
                RatesOfReturn::Several(rates) => rates,
            };
            // Descartes' rule: as many roots as changes of sign, or fewer by an even number.
            let changes = flows.windows(2).filter(|pair| pair[0].amount * pair[1].amount < 0.0);
            let changes = changes.count();
            let only_paid = flows.iter().all(|flow| flow.amount <= 0.0);
            prop_assert!(found.len() <= changes || only_paid, "{found:?}");
            prop_assert!(found.windows(2).all(|pair| pair[0] < pair[1]), "{found:?}");
            for rate in found.into_iter().filter(|rate| *rate > -0.999) {
                let value = net_present_value(rate, &flows);
                // 1 + rate is known to a few units of the last place of 1.
                let sizes: Vec<Flow> =
                    flows.iter().map(|of| Flow { amount: of.amount.abs(), ..*of }).collect();
                let last = flows.last().unwrap().after;
                let error = net_present_value(rate, &sizes) * 4e-15 * (1.0 + last)
                    * (1.0 + 1.0 / (1.0 + rate));
                prop_assert!(value.abs() <= error, "{rate} {value} {error}");
            }
        }

        #[test]
        fn the_rate_falls_when_a_receipt_falls(
            amounts in proptest::collection::vec(1.0_f64..1e7, 1..8),
            which in 0_usize..8, part in 0.0_f64..0.99,
        ) {
            let mut flows = vec![-1e7];
            flows.extend(&amounts);
            let before = rates(&flows).one().unwrap();
            flows[1 + which % amounts.len()] *= part;
            prop_assert!(rates(&flows).one().unwrap() < before);
        }
    }
}
