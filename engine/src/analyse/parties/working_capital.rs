//! How much money a provider must have of its own until it is paid.

/// The deepest cumulative shortfall of flows in order of time: the most by which what was paid out
/// so far exceeds what was received so far; 0 where it never does.
///
/// `max(0, −min over t of Σ amount up to t)`
///
/// Of one day what is paid out comes first in the list: whoever must pay on the day on which it is
/// paid needs the money.
///
/// ```
/// use engine::analyse::parties::deepest_shortfall;
/// // −30, −50, then +40 and −20 and +60: 80 at the deepest, after the second.
/// assert_eq!(deepest_shortfall([-30.0, -50.0, 40.0, -20.0, 60.0]), 80.0);
/// assert_eq!(deepest_shortfall([10.0, -5.0]), 0.0);
/// ```
#[must_use]
pub fn deepest_shortfall(flows: impl IntoIterator<Item = f64>) -> f64 {
    let (mut balance, mut deepest) = (0.0, 0.0_f64);
    for amount in flows {
        balance += amount;
        deepest = deepest.max(-balance);
    }
    deepest
}
