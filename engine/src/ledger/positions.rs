//! What each party pays and receives: double entries that sum to zero.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::settle::Flow;

/// Net amounts between pairs of parties: positive from the first to the second by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Positions(BTreeMap<(String, String), Decimal>);

impl Positions {
    /// The positions that some flows come to.
    pub(super) fn of(flows: &[Flow]) -> Positions {
        let mut positions = Positions::default();
        positions.add(flows);
        positions
    }

    /// Adds flows.
    pub(super) fn add(&mut self, flows: &[Flow]) {
        for flow in flows {
            let (pair, amount) = if flow.from <= flow.to {
                ((flow.from.clone(), flow.to.clone()), flow.amount)
            } else {
                ((flow.to.clone(), flow.from.clone()), -flow.amount)
            };
            *self.0.entry(pair).or_default() += amount;
        }
        self.0.retain(|_, amount| !amount.is_zero());
    }

    /// The flows that lead from `self` to `other`: what is still to be paid, or paid back.
    pub(super) fn flows_to(&self, other: &Positions) -> Vec<Flow> {
        let mut difference = other.clone();
        for (pair, amount) in &self.0 {
            *difference.0.entry(pair.clone()).or_default() -= *amount;
        }
        let flow = |((a, b), amount): ((String, String), Decimal)| match amount {
            zero if zero.is_zero() => None,
            back if back.is_sign_negative() => Some(Flow { from: b, to: a, amount: -back }),
            amount => Some(Flow { from: a, to: b, amount }),
        };
        difference.0.into_iter().filter_map(flow).collect()
    }
}

/// What each party receives, net; the sum over all parties is zero.
pub(super) fn balances(flows: &[Flow]) -> BTreeMap<&str, Decimal> {
    let mut balances: BTreeMap<&str, Decimal> = BTreeMap::new();
    for flow in flows {
        *balances.entry(&flow.from).or_default() -= flow.amount;
        *balances.entry(&flow.to).or_default() += flow.amount;
    }
    balances
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flow(from: &str, to: &str, amount: i64) -> Flow {
        Flow { from: from.into(), to: to.into(), amount: amount.into() }
    }

    #[test]
    fn less_owed_than_paid_flows_back() {
        // 900 instead of 1000: the vendor returns 100; the state still owes its 50.
        let paid = Positions::of(&[flow("city", "vendor", 1000)]);
        let owed = Positions::of(&[flow("city", "vendor", 900), flow("state", "vendor", 50)]);
        let flows = paid.flows_to(&owed);
        assert_eq!(flows, [flow("vendor", "city", 100), flow("state", "vendor", 50)]);
        let sum: Decimal = balances(&flows).values().sum();
        assert_eq!(sum, Decimal::ZERO);
        assert_eq!(balances(&flows)["vendor"], Decimal::from(-50));
    }
}
