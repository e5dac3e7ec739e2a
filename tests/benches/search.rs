//! How long a search for terms takes, from a design that was read to its frontier.

use divan::Bencher;
use divan::counter::ItemsCount;
use engine::analyse::design::{Design, search};
use engine::simulate::Settings;
use seika_tests::{Repository, Unwatched};

fn main() {
    divan::main();
}

/// 1,000 sets of values of three parameters, each priced on 10,000 paths.
#[divan::bench(args = [1, 2], sample_count = 5, sample_size = 1)]
fn three_parameters(bencher: Bencher<'_, '_>, threads: usize) {
    let design = Design::read(&Repository, "scenarios/design/tama-hypertension.toml").unwrap();
    let settings = Settings { threads: Some(threads), ..Settings::default() };
    bencher
        .counter(ItemsCount::new(design.candidates))
        .bench_local(|| search(&design, &settings, &Unwatched).unwrap().answered);
}
