//! How long a draw takes, by family: one block with the same parameters on every path, and one with
//! parameters of each path's own.

use divan::Bencher;
use divan::counter::ItemsCount;
use engine::random::{Family, Stream};

const BLOCK: usize = 1_024;

fn main() {
    divan::main();
}

/// Parameters of the size that scenarios have.
fn typical(family: Family) -> &'static [f64] {
    match family {
        Family::Normal => &[6.5, 2.0],
        Family::Lognormal => &[-0.05, 0.05],
        Family::Beta => &[30.0, 20.0],
        Family::Gamma => &[16.0, 112_500.0],
        Family::Binomial => &[600.0, 0.8],
        Family::Uniform => &[1.0, 2.0],
        Family::Triangular | Family::Pert => &[3.0, 6.0, 10.0],
        Family::Bernoulli => &[0.3],
        Family::TruncatedNormal => &[5.0, 2.0, 1.0, 10.0],
        Family::StudentT => &[8.0],
        Family::Exponential => &[3.0],
        Family::Weibull => &[1.5, 2.0],
        Family::Poisson => &[40.0],
        Family::NegativeBinomial => &[10.0, 0.4],
        Family::BetaBinomial => &[600.0, 30.0, 20.0],
    }
}

/// A number of trials stays whole.
fn is_trials(family: Family, parameter: usize) -> bool {
    family.parameters()[parameter].name == "n"
}

fn draw(bencher: Bencher<'_, '_>, family: Family, varying: bool) {
    let columns: Vec<Vec<f64>> = typical(family)
        .iter()
        .enumerate()
        .map(|(at, typical)| {
            let paths = 0..BLOCK as u32;
            paths
                .map(|path| {
                    let part = 1.0 - 0.1 * f64::from(path * 389 % 1_024) / 1_024.0;
                    let value = if varying { typical * part } else { *typical };
                    if is_trials(family, at) { value.floor() } else { value }
                })
                .collect()
        })
        .collect();
    let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
    let stream = Stream::new(1, family.name(), 0, 0);
    let mut out = vec![0.0; BLOCK];
    let mut first = 0;
    bencher.counter(ItemsCount::new(BLOCK)).bench_local(|| {
        first += BLOCK as u64;
        family.fill(&stream, first, &columns, &mut out).unwrap();
        out[0]
    });
}

#[divan::bench(args = Family::ALL)]
fn constant_parameters(bencher: Bencher<'_, '_>, family: &Family) {
    draw(bencher, *family, false);
}

#[divan::bench(args = Family::ALL)]
fn varying_parameters(bencher: Bencher<'_, '_>, family: &Family) {
    draw(bencher, *family, true);
}
