//! The values of chosen results on every path, for analyses that need more than summaries.

use rayon::prelude::*;

use super::fault::{Fault, explain};
use super::pass::{BLOCK, Pass, Wanted};
use super::run::{Draws, on_threads, traced};
use super::{Settings, Watch};
use crate::problem::Problem;
use crate::scenario::Scenario;

/// Draws that take their random numbers from another seed than the rest of the run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fresh {
    /// The other seed.
    pub seed: u64,
    /// The draws, as positions in [`Model::draws`](crate::scenario::Model::draws).
    pub draws: Vec<usize>,
}

/// The values of each wanted result on every path, NaN where it is not available: column by column,
/// path by path, the same numbers as [`simulate`](super::simulate()) summarises.
///
/// `settings.until` is not looked at: there are as many paths as are asked for.
///
/// # Errors
/// As [`simulate`](super::simulate()).
pub fn columns(
    scenario: &Scenario,
    settings: &Settings,
    watch: &dyn Watch,
    wanted: &[Wanted],
    fresh: Option<&Fresh>,
) -> Result<Vec<Vec<f64>>, Vec<Problem>> {
    let all = || {
        let model = &scenario.model;
        let paths = settings.paths.unwrap_or(scenario.paths);
        let seed = settings.seed.unwrap_or(scenario.seed);
        let draws = Draws::new(&model.draws, seed, settings.antithetic).with(fresh);
        let told = |fault| explain(scenario, &traced(scenario, &draws, fault));
        let wants = (wanted.to_vec(), &[][..]);
        let pass =
            Pass::new(&model.graph, wants, &model.required, (paths, settings.antithetic), &draws)
                .map_err(told)?;
        let done = std::sync::atomic::AtomicU64::new(0);
        let block = |workspace: &mut _, block: u64| -> Result<Vec<Vec<f64>>, Fault> {
            if watch.should_stop() {
                return Err(Fault::Stopped);
            }
            pass.run(block, &draws, workspace)?;
            let count = pass.count(block);
            let columns = (0..wanted.len()).map(|at| {
                let (column, available) = pass.column(at, workspace);
                let mut values = column[..count].to_vec();
                if let Some(available) = available {
                    let unavailable = available.iter().map(|available| *available == 0.0);
                    let missing = values.iter_mut().zip(unavailable).filter(|(_, not)| *not);
                    missing.for_each(|(value, _)| *value = f64::NAN);
                }
                values
            });
            let columns = columns.collect();
            let now = done.fetch_add(count as u64, std::sync::atomic::Ordering::Relaxed);
            watch.progress(now + count as u64, paths);
            Ok(columns)
        };
        // Collected in order, so that the first faulty block is the one that is reported.
        let blocks: Vec<Result<Vec<Vec<f64>>, Fault>> = (0..paths.div_ceil(BLOCK))
            .into_par_iter()
            .map_init(|| pass.workspace(), block)
            .collect();
        let mut columns = vec![Vec::with_capacity(paths as usize); wanted.len()];
        for block in blocks {
            for (column, values) in columns.iter_mut().zip(block.map_err(told)?) {
                column.extend(values);
            }
        }
        Ok(columns)
    };
    on_threads(settings.threads, all).map_err(|problem| vec![problem])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Source;
    use crate::simulate::Unwatched;
    use crate::{Files, simulate};

    const CONTRACT: &str = r#"
        contract("c", #{ title: "c", currency: "JPY", from: "2024-04-01", to: "2025-03-31",
            tax: unstated(), rounding: down(1) });
        let city = party("city", #{ role: "payer" });
        let vendor = party("vendor", #{ role: "provider" });
        evaluations([#{ at: "2025-03-31", paid: "2025-03-31" }]);
        let rate = share("rate", #{ of: |p| p.yes, read: half_up(3), source: "s", missing: "as_no" });
        pay("line", |e| linear(e[rate], [0, yen(0)], [1, yen(1_000_000)]), #{ by: city, to: vendor });
    "#;
    const SCENARIO: &str = r#"
        contract = "c.rhai"
        paths = 1000
        seed = 7
        [assume]
        p = { is = "beta(3, 5)" }
        worth = { is = "uniform(0, 10)" }
        [outcomes.rate]
        value = "p"
        n = 100
        [benefits.b]
        amount = "yen(1_000) * worth"
    "#;

    struct One;

    impl Files for One {
        fn read(&self, _: &str) -> std::io::Result<Vec<u8>> {
            Ok(CONTRACT.as_bytes().to_vec())
        }
    }

    fn scenario() -> Scenario {
        Scenario::parse(&One, &Source::new("s.toml", SCENARIO)).unwrap()
    }

    fn values(fresh: Option<&Fresh>) -> Vec<Vec<f64>> {
        let scenario = scenario();
        let wanted =
            [scenario.model.effect.payment, scenario.model.benefit].map(Wanted::everywhere);
        columns(&scenario, &Settings::default(), &Unwatched, &wanted, fresh).unwrap()
    }

    #[test]
    fn columns_are_the_numbers_that_a_run_summarises() {
        let scenario = scenario();
        let projection = simulate::simulate(&scenario, &Settings::default(), &Unwatched).unwrap();
        let columns = values(None);
        for (column, told) in columns.iter().zip([projection.payment, projection.benefit]) {
            assert_eq!(column.len(), 1_000);
            let mean = column.iter().sum::<f64>() / 1_000.0;
            assert!((mean - told.mean).abs() <= 1e-9 * told.mean, "{mean} {}", told.mean);
            assert_eq!(column.iter().copied().fold(f64::MAX, f64::min), told.min);
        }
    }

    #[test]
    fn fresh_draws_move_what_they_make_and_nothing_else() {
        let scenario = scenario();
        let draws = &scenario.model.draws;
        let p = draws.iter().position(|draw| draw.cell == "p").unwrap();
        let (plain, fresh) = (values(None), values(Some(&Fresh { seed: 8, draws: vec![p] })));
        assert_eq!(plain[1], fresh[1]);
        assert!(plain[0].iter().zip(&fresh[0]).filter(|(a, b)| a == b).count() < 20);
        let same = values(Some(&Fresh { seed: 7, draws: vec![p] }));
        assert_eq!(plain, same);
    }
}
