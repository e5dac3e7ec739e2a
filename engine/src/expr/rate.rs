//! Rates of return in the graph: their columns and their bounds.

use super::{Interval, NodeId};
use crate::finance::{Flow, Schedule, Years, rates_of_return};

/// A rate of return over the columns of a program.
#[derive(Debug, Clone)]
pub(super) struct Rate {
    schedule: Schedule,
    flows: Vec<usize>,
}

impl Rate {
    /// With the registers that hold the operands.
    pub(super) fn new(flows: &[(Years, NodeId)], at: impl Fn(&NodeId) -> usize) -> Rate {
        let times: Vec<Years> = flows.iter().map(|(time, _)| *time).collect();
        Rate {
            schedule: Schedule::new(&times),
            flows: flows.iter().map(|(_, amount)| at(amount)).collect(),
        }
    }

    /// Writes the rate of every path, NaN where there is not one rate.
    pub(super) fn fill<'a>(&self, of: impl Fn(&usize) -> &'a [f64], out: &mut [f64]) {
        self.schedule.rates(|at| of(&self.flows[at]), out);
    }
}

/// Where money is only paid first and only received then, the rate rises with every flow.
pub(super) fn bounds(flows: &[(Years, NodeId)], of: impl Fn(&NodeId) -> Interval) -> Interval {
    let rate = |end: fn(Interval) -> f64| {
        let amounts = flows.iter();
        let amounts =
            amounts.map(|(time, amount)| Flow { amount: end(of(amount)), after: time.value() });
        rates_of_return(amounts).one()
    };
    let paid = flows.iter().take_while(|(_, amount)| of(amount).high <= 0.0).count();
    let ordinary = flows[paid..].iter().all(|(_, amount)| of(amount).low >= 0.0);
    // Where the investor may pay as well, more money can come with a lower rate.
    let (low, high) = if ordinary { (rate(|of| of.low), rate(|of| of.high)) } else { (None, None) };
    Interval { low: low.unwrap_or(-1.0), high: high.unwrap_or(f64::INFINITY) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expr::block::{Inputs, Program};
    use crate::expr::exact::Evaluator;
    use crate::expr::{DrawId, Fault, Graph, SymbolId, Unit, bounds::bounds as of_graph};
    use rustc_hash::FxHashMap;

    /// Symbols with the values 0, 10, 20, … on paths 0, 1, 2, ….
    struct Tens;

    impl Inputs for Tens {
        type Error = ();

        fn symbol(&self, _: SymbolId, first: u64, out: &mut [f64]) -> Result<(), ()> {
            for (path, out) in (first..).zip(out) {
                *out = path as f64 * 10.0;
            }
            Ok(())
        }

        fn draw(&self, _: DrawId, _: u64, _: &[&[f64]], _: &mut [f64]) -> Result<(), ()> {
            Err(())
        }
    }

    /// 100 invested, the symbol received after one year and after two.
    fn graph(support: Interval) -> (Graph, NodeId) {
        let mut graph = Graph::default();
        let yen = Unit::money("JPY");
        let invested = graph.number((-100).into(), yen.clone());
        let received = graph.symbol("received", yen, support);
        let flows = [(0, invested), (1, received), (2, received)];
        let flows = flows.map(|(whole, amount)| (Years { whole, days: 0 }, amount));
        let rate = graph.rate_of_return(flows.to_vec()).unwrap();
        (graph, rate)
    }

    #[test]
    fn a_rate_is_an_ordinary_column() {
        let (graph, rate) = graph(Interval::NOT_NEGATIVE);
        // Grafting keeps the times.
        let mut other = Graph::default();
        let received = other.symbol("other", Unit::money("JPY"), Interval::ALL);
        let copied = other.graft(&graph, &[rate], |_| received);
        for (graph, rate) in [(&graph, rate), (&other, copied[0])] {
            let program = Program::compile(graph, &[rate]);
            let mut workspace = program.workspace(16);
            program.run(&Tens, 0, 16, &mut workspace).unwrap();
            let found = program.root(0, &workspace);
            assert_eq!(found[0], -1.0);
            // 100 (1 + r)² = 60 (1 + r) + 60.
            let expected = (60.0 + 27_600_f64.sqrt()) / 200.0 - 1.0;
            assert!((found[6] - expected).abs() < 1e-14, "{found:?}");
        }
    }

    #[test]
    fn money_of_another_currency_has_no_rate_together() {
        let mut graph = Graph::default();
        let invested = graph.number((-100).into(), Unit::money("JPY"));
        let received = graph.number(100.into(), Unit::money("USD"));
        let flows = [(0, invested), (1, received)];
        let flows = flows.map(|(whole, amount)| (Years { whole, days: 0 }, amount));
        assert!(graph.rate_of_return(flows.to_vec()).is_err());
    }

    #[test]
    fn bounds_hold_the_rates_of_what_can_come_back() {
        let (graph, rate) = graph(Interval { low: 0.0, high: 60.0 });
        let support = |support: Interval| of_graph(&graph, &[rate], |_| support)[rate.index()];
        let some = support(Interval { low: 0.0, high: 60.0 });
        let expected = (60.0 + 27_600_f64.sqrt()) / 200.0 - 1.0;
        assert!(some.low == -1.0 && (some.high - expected).abs() < 1e-14, "{some:?}");
        let any = support(Interval::ALL);
        assert_eq!(any, Interval { low: -1.0, high: f64::INFINITY });
    }

    #[test]
    fn a_rate_is_not_settled_on() {
        let (graph, rate) = graph(Interval::NOT_NEGATIVE);
        let mut evaluator = Evaluator::new(&graph, &[rate]);
        evaluator.run(|_| Some(60.into()), &FxHashMap::default());
        assert_eq!(evaluator.value(rate).unwrap_err().fault, Fault::NotExact);
    }
}
