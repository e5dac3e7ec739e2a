//! What the tests of the families share, and the tests that every family must pass.

use super::super::stream::Stream;
use super::{CHUNK, Family, Impossible, MOST_PARAMETERS, normal};
use crate::numeric::with_every_set;
use proptest::prelude::*;
use statrs::function::gamma::gamma_ur;

/// Draws for each test of a distribution.
const DRAWS: usize = 100_000;

/// Draws with equal parameters for all paths.
pub(super) fn draws(family: Family, values: &[f64], first_path: u64, length: usize) -> Vec<f64> {
    let stream = Stream::new(20_260_301, &format!("{}{values:?}", family.name()), 3, 1);
    let columns: Vec<Vec<f64>> = values.iter().map(|value| vec![*value; length]).collect();
    let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
    let mut out = vec![f64::NAN; length];
    family.fill(&stream, first_path, &columns, &mut out).expect("possible parameters");
    out
}

/// Values at about equal steps of the cumulative probability and some far out in the tails.
pub(super) fn edges(family: Family, values: &[f64]) -> Vec<f64> {
    let mut z: Vec<f64> = (1..48).map(|step| normal::inverse(f64::from(step) / 48.0)).collect();
    z.extend([-3.3, -2.7, 2.7, 3.3]);
    let columns: Vec<Vec<f64>> = values.iter().map(|value| vec![*value; z.len()]).collect();
    let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
    let mut edges = vec![f64::NAN; z.len()];
    family.fill_from_normal(&z, &columns, &mut edges).expect("possible parameters");
    edges.sort_by(f64::total_cmp);
    edges.dedup();
    edges
}

/// Asserts, by a chi-square test, that the draws of a family follow the cumulative probability
/// `cumulative`, which is evaluated at the given edges only.
pub(super) fn assert_follows(
    family: Family,
    values: &[f64],
    edges: &[f64],
    cumulative: impl Fn(f64) -> f64,
) {
    let mut counts = vec![0.0; edges.len() + 1];
    for draw in draws(family, values, 7, DRAWS) {
        assert!(!draw.is_nan(), "{family:?} {values:?} drew NaN");
        counts[edges.partition_point(|edge| *edge < draw)] += 1.0;
    }
    let mut before = 0.0;
    let (mut expected_sum, mut counted_sum) = (0.0, 0.0);
    let (mut statistic, mut groups) = (0.0, 0.0);
    let ends = edges.iter().map(|edge| cumulative(*edge)).chain([1.0]);
    for (end, count) in ends.zip(counts) {
        expected_sum += (end - before) * DRAWS as f64;
        counted_sum += count;
        before = end;
        // Bins with few expected draws are joined with the next one.
        if expected_sum >= 8.0 {
            statistic += (counted_sum - expected_sum) * (counted_sum - expected_sum) / expected_sum;
            groups += 1.0;
            (expected_sum, counted_sum) = (0.0, 0.0);
        }
    }
    assert!(counted_sum <= 5.0 * (expected_sum + 2.0), "{family:?} {values:?}: too many far out");
    let chance = if groups > 1.0 { gamma_ur((groups - 1.0) / 2.0, statistic / 2.0) } else { 1.0 };
    assert!(chance > 1e-4, "{family:?} {values:?}: chance {chance}, {statistic} of {groups}");
}

/// Asserts [`assert_follows`] at edges that are whole numbers: at most about 60 of them.
pub(super) fn assert_counts_follow(
    family: Family,
    values: &[f64],
    cumulative: impl Fn(f64) -> f64,
) {
    assert_follows(family, values, &edges(family, values), cumulative);
}

/// Deviates at which values are compared with the cumulative probability. None of them is at a
/// rounded probability, where a count could be either of two.
const DEVIATES: [f64; 14] =
    [-8.1, -5.3, -3.4, -2.2, -1.37, -0.71, -0.2, 0.013, 0.33, 0.9, 1.71, 2.9, 4.7, 8.1];

/// The values of a family at [`DEVIATES`], each with its deviate.
fn values_at(family: Family, values: &[f64]) -> impl Iterator<Item = (f64, f64)> {
    let columns: Vec<Vec<f64>> = values.iter().map(|value| vec![*value; DEVIATES.len()]).collect();
    let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
    let mut out = vec![f64::NAN; DEVIATES.len()];
    family.fill_from_normal(&DEVIATES, &columns, &mut out).expect("possible parameters");
    DEVIATES.into_iter().zip(out)
}

/// Asserts that the values of a continuous family at normal deviates have their tails, up to
/// `room` in the value and its rounding. `tails` gives the probabilities below and above a value.
pub(super) fn assert_inverts(
    family: Family,
    values: &[f64],
    room: f64,
    tails: impl Fn(f64) -> (f64, f64),
) {
    for (z, value) in values_at(family, values) {
        let room = room + 4.0 * f64::EPSILON * value.abs();
        let [before, after] = [-room, room].map(|step| {
            let (lower, upper) = tails(value + step);
            let found = if z <= 0.0 { lower } else { -upper };
            found / normal::cumulative(-z.abs())
        });
        let expected = if z <= 0.0 { 1.0 } else { -1.0 };
        assert!(
            before - 1e-7 < expected && expected < after + 1e-7,
            "{family:?} {values:?} {z}: {value}, {before} to {after}"
        );
    }
}

/// Asserts that the values of a discrete family at normal deviates are the least that reach their
/// cumulative probability. `tails` gives the probabilities of at most a count and of more.
pub(super) fn assert_counts_invert(
    family: Family,
    values: &[f64],
    tails: impl Fn(f64) -> (f64, f64),
) {
    for (z, count) in values_at(family, values) {
        assert!(count >= 0.0 && count.trunc() == count, "{family:?} {values:?} {z}: {count}");
        let reached = |count: f64| {
            let (lower, upper) = tails(count);
            let target = normal::cumulative(-z.abs());
            // Positive where the count is enough, and relative to the tail.
            if z <= 0.0 { lower / target - 1.0 } else { 1.0 - upper / target }
        };
        assert!(reached(count) > -1e-7, "{family:?} {values:?} {z}: {count}");
        assert!(count == 0.0 || reached(count - 1.0) < 1e-7, "{family:?} {values:?} {z}: {count}");
    }
}

/// Possible parameters of a family that differ from path to path, ordinary and extreme ones.
fn mixed(family: Family, length: usize) -> Vec<Vec<f64>> {
    let choices: &[&[f64]] = match family {
        Family::Normal => &[&[1.0, 2.0], &[0.0, 0.0], &[-5.0, 1e9]],
        Family::Lognormal => &[&[1.0, 0.5], &[0.0, 0.0], &[-5.0, 3.0]],
        Family::Beta => &[&[2.0, 38.0], &[0.5, 0.02], &[1e6, 0.3], &[1.0, 1.0], &[1e-310, 1e-310]],
        Family::Gamma => &[&[2.0, 3.0], &[0.01, 1e9], &[1e6, 1e-3], &[1.0, 1.0]],
        Family::Binomial => &[
            &[100.0, 0.05],
            &[0.0, 0.5],
            &[60.0, 0.55],
            &[1e15, 0.4],
            &[7.0, 1.0],
            &[1e4, 0.999],
            &[500.0, 0.2],
        ],
        Family::Uniform => &[&[1.0, 2.0], &[5.0, 5.0], &[-1e300, 1e300]],
        Family::Triangular => &[&[1.0, 2.0, 4.0], &[5.0, 5.0, 5.0], &[0.0, 0.0, 1.0]],
        Family::Bernoulli => &[&[0.3], &[0.0], &[1.0], &[1e-9]],
        Family::Pert => &[&[1.0, 2.0, 4.0], &[5.0, 5.0, 5.0], &[0.0, 0.0, 1.0]],
        Family::TruncatedNormal => &[
            &[1.0, 2.0, 0.0, 4.0],
            &[0.0, 1.0, -90.0, -80.0],
            &[0.0, 1.0, 1.0, 1.0],
            &[0.0, 1.0, 1.0, 1.0 + 1e-9],
            &[5.0, 1.0, -1e300, 5.1],
        ],
        Family::StudentT => &[&[1.0], &[0.1], &[2.5], &[1e6], &[30.0]],
        Family::Exponential => &[&[1.0], &[1e-3], &[1e6]],
        Family::Weibull => &[&[1.0, 2.0], &[0.01, 1e9], &[50.0, 1e-3]],
        Family::Poisson => &[&[1.0], &[0.0], &[29.0], &[31.0], &[1e6], &[1e300], &[1e-3]],
        Family::NegativeBinomial => {
            &[&[1.0, 0.3], &[0.1, 1e-6], &[5.0, 1.0], &[1e4, 0.5], &[1e300, 1e-300]]
        }
        Family::BetaBinomial => &[
            &[100.0, 2.0, 38.0],
            &[0.0, 1.0, 1.0],
            &[60.0, 1e-310, 1e-310],
            &[1e15, 30.0, 20.0],
            &[500.0, 0.3, 1e9],
        ],
    };
    let count = choices[0].len();
    (0..count)
        .map(|parameter| {
            (0..length).map(|path| choices[path * path % 11 % choices.len()][parameter]).collect()
        })
        .collect()
}

fn fill(
    family: Family,
    first: usize,
    columns: &[Vec<f64>],
    range: std::ops::Range<usize>,
) -> Vec<f64> {
    let stream = Stream::new(5, "cell", 0, 2);
    let columns: Vec<&[f64]> = columns.iter().map(|column| &column[range.clone()]).collect();
    let mut out = vec![f64::NAN; range.len()];
    let path = (first + range.start) as u64;
    family.fill(&stream, path, &columns, &mut out).expect("possible parameters");
    out
}

fn bits(values: &[f64]) -> Vec<u64> {
    values.iter().map(|value| value.to_bits()).collect()
}

#[test]
fn a_block_gives_the_same_draws_in_one_piece_and_in_ragged_pieces() {
    for family in Family::ALL {
        let constant: Vec<Vec<f64>> =
            mixed(*family, 1).into_iter().map(|column| vec![column[0]; 1000]).collect();
        for columns in [mixed(*family, 1000), constant] {
            let whole = fill(*family, 1, &columns, 0..1000);
            let mut pieces = Vec::new();
            let mut start = 0;
            for length in [1, 2, 3, 70, 7, CHUNK, CHUNK + 1, 5, 2 * CHUNK - 1, 1000].into_iter() {
                let end = (start + length).min(1000);
                pieces.extend(fill(*family, 1, &columns, start..end));
                start = end;
            }
            assert_eq!(bits(&whole), bits(&pieces), "{family:?}");
        }
    }
}

#[test]
fn draws_are_the_same_whether_or_not_the_parameters_of_the_block_are_equal() {
    for family in Family::ALL {
        let columns = mixed(*family, 600);
        let mixed_draws = fill(*family, 0, &columns, 0..600);
        for chosen in 0..11 {
            let equal: Vec<Vec<f64>> =
                columns.iter().map(|column| vec![column[chosen]; 600]).collect();
            let equal_draws = fill(*family, 0, &equal, 0..600);
            for path in 0..600 {
                if columns.iter().all(|column| column[path] == column[chosen]) {
                    assert_eq!(
                        mixed_draws[path].to_bits(),
                        equal_draws[path].to_bits(),
                        "{family:?} path {path}"
                    );
                }
            }
        }
    }
}

#[test]
fn changing_the_parameters_of_one_path_moves_no_other_path() {
    for family in Family::ALL {
        let columns = mixed(*family, 300);
        let before = fill(*family, 0, &columns, 0..300);
        for changed in [0, 1, 131, 299] {
            let mut columns = columns.clone();
            for column in &mut columns {
                column[changed] = column[(changed + 4) % 300];
            }
            let after = fill(*family, 0, &columns, 0..300);
            for path in (0..300).filter(|path| *path != changed) {
                assert_eq!(before[path].to_bits(), after[path].to_bits(), "{family:?} {path}");
            }
        }
    }
}

#[test]
fn draws_are_the_same_with_every_set_of_instructions() {
    for family in Family::ALL {
        let constant: Vec<Vec<f64>> =
            mixed(*family, 1).into_iter().map(|column| vec![column[0]; 700]).collect();
        for columns in [mixed(*family, 700), constant] {
            let results = with_every_set(|| {
                let drawn = fill(*family, 3, &columns, 0..700);
                let parameters: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
                let (mut z, mut placed) = (vec![0.0; 700], vec![0.0; 700]);
                normal::fill_standard(&Stream::new(6, "z", 0, 0), 0, &mut z);
                family.fill_from_normal(&z, &parameters, &mut placed).expect("possible");
                (bits(&drawn), bits(&placed))
            });
            assert!(results.windows(2).all(|pair| pair[0] == pair[1]), "{family:?}");
        }
    }
}

#[test]
fn counts_are_the_values_at_the_normal_deviates_of_their_numbers() {
    // A boundary that two formulas round differently is met once in 10^12 draws.
    for family in [Family::Binomial, Family::Poisson] {
        let mut columns = mixed(family, 3000);
        for column in &mut columns {
            // Beyond, rounding decides.
            column.iter_mut().for_each(|value| *value = value.min(1e6));
        }
        let drawn = fill(family, 0, &columns, 0..3000);
        let parameters: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        let (mut z, mut placed) = (vec![0.0; 3000], vec![0.0; 3000]);
        normal::fill_standard(&Stream::new(5, "cell", 0, 2), 0, &mut z);
        family.fill_from_normal(&z, &parameters, &mut placed).expect("possible");
        for (path, (drawn, placed)) in drawn.iter().zip(&placed).enumerate() {
            assert_eq!(drawn.to_bits(), placed.to_bits(), "{family:?} {path}: {drawn} {placed}");
        }
    }
}

#[test]
fn different_draws_of_a_cell_have_different_streams() {
    let columns: [&[f64]; 2] = [&[0.0; 20], &[1.0; 20]];
    let mut seen = Vec::new();
    for (seed, cell, draw, evaluation) in
        [(1, "a", 0, 0), (2, "a", 0, 0), (1, "b", 0, 0), (1, "a", 1, 0), (1, "a", 0, 1)]
    {
        let mut out = [0.0; 20];
        let stream = Stream::new(seed, cell, draw, evaluation);
        Family::Normal.fill(&stream, 0, &columns, &mut out).expect("possible parameters");
        seen.extend(out.map(f64::to_bits));
    }
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), 100);
}

#[test]
fn families_are_found_by_their_names() {
    for family in Family::ALL {
        assert_eq!(Family::named(family.name()), Some(*family));
        assert!((1..=MOST_PARAMETERS).contains(&family.parameters().len()));
    }
    assert_eq!(Family::named("cauchy"), None);
    assert_eq!(Family::Triangular.parameters()[1].name, "mode");
}

#[test]
fn impossible_parameters_are_found() {
    let cases: &[(Family, &[f64], Option<usize>)] = &[
        (Family::Normal, &[0.0, 0.0], None),
        (Family::Normal, &[f64::NAN, -1.0], Some(0)),
        (Family::Normal, &[0.0, -1e-300], Some(1)),
        (Family::Normal, &[0.0, f64::INFINITY], Some(1)),
        (Family::Lognormal, &[0.0, f64::NAN], Some(1)),
        (Family::Beta, &[0.0, 1.0], Some(0)),
        (Family::Beta, &[1.0, -0.0], Some(1)),
        (Family::Gamma, &[1.0, 0.0], Some(1)),
        (Family::Binomial, &[0.0, 1.0], None),
        (Family::Binomial, &[9_007_199_254_740_992.0, 0.0], None),
        (Family::Binomial, &[9_007_199_254_740_994.0, 0.0], Some(0)),
        (Family::Binomial, &[1.5, 0.5], Some(0)),
        (Family::Binomial, &[-1.0, 0.5], Some(0)),
        (Family::Binomial, &[1.0, 1.000_000_1], Some(1)),
        (Family::Uniform, &[2.0, 1.0], Some(1)),
        (Family::Uniform, &[-1e308, 1e308], Some(1)),
        (Family::Triangular, &[0.0, -1.0, 5.0], Some(1)),
        (Family::Triangular, &[0.0, 2.0, 1.0], Some(2)),
        (Family::Triangular, &[1.0, 1.0, 1.0], None),
        (Family::Bernoulli, &[-0.1], Some(0)),
        (Family::Bernoulli, &[f64::NAN], Some(0)),
        (Family::Pert, &[0.0, 2.0, 1.0], Some(2)),
        (Family::Pert, &[1.0, 1.0, 1.0], None),
        (Family::TruncatedNormal, &[0.0, 0.0, 1.0, 2.0], Some(1)),
        (Family::TruncatedNormal, &[0.0, 1.0, f64::NEG_INFINITY, 2.0], Some(2)),
        (Family::TruncatedNormal, &[0.0, 1.0, 2.0, 1.0], Some(3)),
        (Family::TruncatedNormal, &[0.0, 1.0, 2.0, 2.0], None),
        (Family::StudentT, &[0.0], Some(0)),
        (Family::StudentT, &[0.5], None),
        (Family::Exponential, &[0.0], Some(0)),
        (Family::Weibull, &[0.0, 1.0], Some(0)),
        (Family::Weibull, &[1.0, 0.0], Some(1)),
        (Family::Poisson, &[0.0], None),
        (Family::Poisson, &[-1e-300], Some(0)),
        (Family::Poisson, &[f64::INFINITY], Some(0)),
        (Family::NegativeBinomial, &[0.0, 0.5], Some(0)),
        (Family::NegativeBinomial, &[2.0, 0.0], Some(1)),
        (Family::NegativeBinomial, &[2.0, 1.0], None),
        (Family::BetaBinomial, &[1.5, 1.0, 1.0], Some(0)),
        (Family::BetaBinomial, &[0.0, 1.0, 1.0], None),
        (Family::BetaBinomial, &[1.0, 0.0, 1.0], Some(1)),
        (Family::BetaBinomial, &[1.0, 1.0, f64::NAN], Some(2)),
    ];
    for (family, values, expected) in cases {
        assert_eq!(family.impossible(values), *expected, "{family:?} {values:?}");
    }
}

#[test]
fn the_first_impossible_path_is_reported_and_nothing_is_drawn() {
    let stream = Stream::new(1, "cell", 0, 0);
    for length in [150, 3] {
        let (mut low, mut high) = (vec![0.0; length], vec![1.0; length]);
        (low[2], high[2]) = (4.0, 3.0);
        high[length - 1] = f64::NAN;
        let mut out = vec![-1.0; length];
        let parameters: [&[f64]; 2] = [&low, &high];
        let reported = Family::Uniform.fill(&stream, 0, &parameters, &mut out);
        let values = if length == 3 { vec![4.0, f64::NAN] } else { vec![4.0, 3.0] };
        let Err(Impossible { offset, parameter, values: found }) = reported else {
            panic!("impossible parameters were accepted");
        };
        assert_eq!((offset, parameter, bits(&found)), (2, 1, bits(&values)));
        assert_eq!(out, vec![-1.0; length]);
        let reported = Family::Uniform.fill_from_normal(&vec![0.0; length], &parameters, &mut out);
        assert!(reported.is_err());
    }
}

#[test]
fn an_empty_block_is_filled() {
    for family in Family::ALL {
        let columns = vec![&[] as &[f64]; family.parameters().len()];
        assert_eq!(family.fill(&Stream::new(0, "", 0, 0), 0, &columns, &mut []), Ok(()));
        assert_eq!(family.fill_from_normal(&[], &columns, &mut []), Ok(()));
    }
}

#[test]
fn the_mean_of_the_draws_is_the_expectation() {
    let cases: &[(Family, &[f64], f64)] = &[
        (Family::Normal, &[3.0, 2.0], 2.0),
        (Family::Lognormal, &[0.2, 0.5], 0.72),
        (Family::Beta, &[2.0, 38.0], 0.034),
        (Family::Gamma, &[0.5, 3.0], 2.13),
        (Family::Binomial, &[1000.0, 0.9], 9.5),
        (Family::Uniform, &[-1.0, 5.0], 1.74),
        (Family::Triangular, &[1.0, 2.0, 6.0], 1.1),
        (Family::Bernoulli, &[0.3], 0.46),
        (Family::Pert, &[-1.0, 2.0, 6.0], 1.4),
        (Family::TruncatedNormal, &[1.0, 2.0, 0.0, 9.0], 1.6),
        (Family::StudentT, &[3.0], 1.74),
        (Family::Exponential, &[7.0], 7.0),
        (Family::Weibull, &[0.5, 3.0], 13.5),
        (Family::Poisson, &[1234.0], 35.2),
        (Family::NegativeBinomial, &[2.5, 0.1], 15.0),
        (Family::BetaBinomial, &[100.0, 16.0, 4.0], 9.6),
    ];
    for (family, values, deviation) in cases {
        let drawn = draws(*family, values, 0, DRAWS);
        let mean = drawn.iter().sum::<f64>() / DRAWS as f64;
        let distance = (mean - family.mean(values)) / deviation * (DRAWS as f64).sqrt();
        assert!(distance.abs() < 4.0, "{family:?} {values:?}: {mean}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn draws_stay_in_the_support(
        exponents in (-300.0..300.0_f64, -300.0..300.0_f64),
        n in 0..(1_u64 << 53),
        halvings in 0..53,
        p in 0.0..=1.0_f64,
    ) {
        let (first, second) = (10_f64.powf(exponents.0), 10_f64.powf(exponents.1));
        let beta = draws(Family::Beta, &[first, second], 0, 70);
        prop_assert!(beta.iter().all(|draw| (0.0..=1.0).contains(draw)), "{beta:?}");
        let gamma = draws(Family::Gamma, &[first, second], 0, 70);
        prop_assert!(gamma.iter().all(|draw| *draw >= 0.0), "{gamma:?}");
        let n = (n >> halvings) as f64;
        let counts = draws(Family::Binomial, &[n, p], 0, 70);
        let is_count = |draw: &f64| (0.0..=n).contains(draw) && draw.trunc() == *draw;
        prop_assert!(counts.iter().all(is_count), "{counts:?}");
        let counts = draws(Family::BetaBinomial, &[n, first, second], 0, 70);
        prop_assert!(counts.iter().all(is_count), "{counts:?}");
        let counts = draws(Family::NegativeBinomial, &[first, p.max(1e-300)], 0, 70);
        prop_assert!(counts.iter().all(|draw| *draw >= 0.0), "{counts:?}");
        let range = [second, first, second * p, second];
        let truncated = draws(Family::TruncatedNormal, &range, 0, 70);
        let is_inside = |draw: &f64| (range[2]..=range[3]).contains(draw);
        prop_assert!(truncated.iter().all(is_inside), "{truncated:?}");
    }
}
