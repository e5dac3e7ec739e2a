//! What flows are worth at a rate, how many times the money comes back, how long it is away.

use super::Flow;
use crate::numeric::elementary::{exp, ln};

/// The worth of flows at the time of the first, at a yearly rate above −1.
///
/// `Σ amount ÷ (1 + rate)^after`
///
/// ```
/// use engine::finance::{Flow, net_present_value};
/// let flows = [(-100.0, 0.0), (10.0, 1.0), (110.0, 2.0)];
/// let flows = flows.map(|(amount, after)| Flow { amount, after });
/// assert!(net_present_value(0.1, &flows).abs() < 1e-12);
/// assert_eq!(net_present_value(0.0, &flows), 20.0);
/// ```
#[must_use]
pub fn net_present_value(rate: f64, flows: &[Flow]) -> f64 {
    let force = ln(1.0 + rate);
    flows.iter().map(|flow| flow.amount * exp(-force * flow.after)).sum()
}

/// What is received in all, divided by what is paid in all; `None` where nothing is paid.
///
/// ```
/// use engine::finance::{Flow, multiple};
/// let flows = [-60.0, -40.0, 50.0, 75.0].map(|amount| Flow { amount, after: 0.0 });
/// assert_eq!(multiple(&flows), Some(1.25));
/// ```
#[must_use]
pub fn multiple(flows: &[Flow]) -> Option<f64> {
    let part = |sign: f64| flows.iter().map(|flow| (flow.amount * sign).max(0.0)).sum::<f64>();
    let (received, paid) = (part(1.0), part(-1.0));
    (paid > 0.0).then(|| received / paid)
}

/// The Macaulay duration of what is received: its mean time in years from the first flow, each
/// amount weighted by its worth. `None` where nothing is received.
///
/// `Σ after × received ÷ (1 + rate)^after  ÷  Σ received ÷ (1 + rate)^after`
///
/// Source: Macaulay 1938, "Some theoretical problems suggested by the movements of interest rates,
/// bond yields and stock prices in the United States since 1856", chapter 2.
///
/// ```
/// use engine::finance::{Flow, duration};
/// // A bond of two years with a coupon of 10%, at 10%: (1 × 9.0909 + 2 × 90.9091) ÷ 100.
/// let flows = [(-100.0, 0.0), (10.0, 1.0), (110.0, 2.0)];
/// let flows = flows.map(|(amount, after)| Flow { amount, after });
/// assert!((duration(0.1, &flows).unwrap() - 210.0 / 110.0).abs() < 1e-12);
/// ```
#[must_use]
pub fn duration(rate: f64, flows: &[Flow]) -> Option<f64> {
    let force = ln(1.0 + rate);
    let (mut worth, mut timed) = (0.0, 0.0);
    for flow in flows.iter().filter(|flow| flow.amount > 0.0) {
        let now = flow.amount * exp(-force * flow.after);
        worth += now;
        timed += now * flow.after;
    }
    (worth > 0.0).then(|| timed / worth)
}
