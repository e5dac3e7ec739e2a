//! How long a whole simulation takes, from a scenario that was read to its projection.

use divan::Bencher;
use divan::counter::ItemsCount;
use engine::scenario::Scenario;
use engine::simulate::{Settings, simulate};
use seika_tests::{Repository, Unwatched};

const PATHS: u64 = 200_000;

fn main() {
    divan::main();
}

#[divan::bench(args = [1, 2], sample_count = 10)]
fn three_indicators(bencher: Bencher<'_, '_>, threads: usize) {
    let scenario = Scenario::read(&Repository, "scenarios/bench/three-indicators.toml").unwrap();
    let settings = Settings { paths: Some(PATHS), threads: Some(threads), ..Settings::default() };
    bencher
        .counter(ItemsCount::new(PATHS))
        .bench_local(|| simulate(&scenario, &settings, &Unwatched).unwrap().payment.mean);
}
