//! How long a whole simulation takes, from a scenario that was read to its projection; cohorts; and
//! the merging of chunks.

use divan::Bencher;
use divan::counter::ItemsCount;
use engine::analyse::stress::{Suite, stress};
use engine::problem::Source;
use engine::scenario::Scenario;
use engine::simulate::{Chunk, Merger, Settings, simulate, simulate_part};
use engine::{FilesRead, Recorded};
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

/// People who move between nine states for ten years, in both arms: the cost must not grow with
/// their number.
#[divan::bench(args = [1_000, 1_000_000], sample_count = 10)]
fn cohort_of(bencher: Bencher<'_, '_>, residents: u64) {
    const PATHS: u64 = 2_000;
    let path = "scenarios/care-levels.toml";
    let text = std::fs::read_to_string(Repository::top().join(path)).unwrap();
    let lines = text.lines().map(|line| match line.starts_with("population = ") {
        true => format!("population = {residents}\n"),
        false => format!("{line}\n"),
    });
    let scenario = Scenario::parse(&Repository, &Source::new(path, lines.collect::<String>()));
    let scenario = scenario.unwrap();
    let settings = Settings { paths: Some(PATHS), threads: Some(1), ..Settings::default() };
    bencher
        .counter(ItemsCount::new(PATHS))
        .bench_local(|| simulate(&scenario, &settings, &Unwatched).unwrap().benefit.mean);
}

/// So many of the stresses of the Tama scenario, read and simulated, with all together and the sums
/// between; none is one run of the same figures.
#[divan::bench(args = [0, 9], sample_count = 5)]
fn stresses(bencher: Bencher<'_, '_>, count: usize) {
    let patches = Repository::files_in("scenarios/stress/tama-hypertension", ".toml");
    let settings = Settings { threads: Some(1), ..Settings::default() };
    bencher.counter(ItemsCount::new(PATHS / 2)).bench_local(|| {
        let path = "scenarios/tama-hypertension.toml";
        let suite = Suite::read(&Repository, path, &patches[..count]).unwrap();
        stress(&suite, &[], &settings, &Unwatched).unwrap().paths
    });
}

/// Putting the chunks of a run together, from their bytes to the projection.
#[divan::bench(args = [2, 60], sample_count = 10)]
fn merge_chunks(bencher: Bencher<'_, '_>, of: u64) {
    let recorded = Recorded::new(&Repository);
    let scenario = Scenario::read(&recorded, "scenarios/bench/three-indicators.toml").unwrap();
    let files = recorded.read_so_far();
    let settings = Settings { paths: Some(5 * PATHS), ..Settings::default() };
    let chunks: FilesRead = (1..=of)
        .map(|number| {
            let part = format!("{number}/{of}");
            let made = simulate_part(
                &scenario,
                files.clone(),
                &settings,
                part.parse().unwrap(),
                &Unwatched,
            );
            (part, made.unwrap().to_bytes())
        })
        .collect();
    bencher.counter(ItemsCount::new(of)).bench_local(|| {
        let mut merger = Merger::default();
        for (name, _) in &chunks {
            merger.add(name, Chunk::read(&chunks, name).unwrap()).unwrap();
        }
        merger.finish().unwrap().1.payment.mean
    });
}
