//! The laws against exact distributions.

use std::sync::Arc;

use statrs::distribution::{self, DiscreteCDF};
use statrs::function::beta::beta_reg;
use statrs::function::gamma::gamma_ur;

use super::*;
use crate::random::normal;

const DRAWS: usize = 100_000;

fn draws(law: &Law, values: &[f64]) -> Vec<f64> {
    let columns: Vec<Vec<f64>> = values.iter().map(|value| vec![*value; DRAWS]).collect();
    let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
    let mut out = vec![f64::NAN; DRAWS];
    let stream = Stream::new(20_260_301, &format!("{}{values:?}", law.name()), 3, 1);
    law.fill(&stream, 7, &columns, &mut out).expect("possible parameters");
    out
}

/// The values at correlated deviates: here at standard normal ones, so of the same law.
fn draws_from_normal(law: &Law, values: &[f64]) -> Vec<f64> {
    let columns: Vec<Vec<f64>> = values.iter().map(|value| vec![*value; DRAWS]).collect();
    let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
    let mut z = vec![0.0; DRAWS];
    normal::fill_standard(&Stream::new(5, &format!("z{values:?}"), 0, 0), 0, &mut z);
    let mut out = vec![f64::NAN; DRAWS];
    law.fill_from_normal(&z, &columns, &mut out).expect("possible parameters");
    out
}

/// Asserts by a chi-square test that entry i is drawn with probability `chances[i]`; one without
/// a chance is never drawn.
fn assert_chances(drawn: &[f64], chances: &[f64], what: &str) {
    let mut counts = vec![0.0; chances.len()];
    for draw in drawn {
        counts[*draw as usize] += 1.0;
    }
    let (mut statistic, mut groups) = (0.0, 0.0);
    for (entry, (count, chance)) in counts.iter().zip(chances).enumerate() {
        let expected = chance * drawn.len() as f64;
        if expected == 0.0 {
            assert_eq!(*count, 0.0, "{what}: entry {entry} has no chance");
            continue;
        }
        statistic += (count - expected) * (count - expected) / expected;
        groups += 1.0;
    }
    let chance: f64 =
        if groups > 1.0 { gamma_ur((groups - 1.0) / 2.0, statistic / 2.0) } else { 1.0 };
    assert!(chance > 1e-4, "{what}: {counts:?} for {chances:?}, chance {chance}");
}

#[test]
fn entries_are_chosen_in_proportion_to_their_weights() {
    for weights in [
        &[1.0, 2.0, 3.0][..],
        &[0.5],
        &[0.0, 1.0, 0.0, 3.0, 0.0],
        &[1e-300, 3e-300],
        &[1e-3, 1.0, 1e-3],
        &[f64::MIN_POSITIVE, 0.0],
        &[1.0; ENTRIES_MAX],
    ] {
        let total: f64 = weights.iter().sum();
        let chances: Vec<f64> = weights.iter().map(|weight| weight / total).collect();
        for (drawn, way) in [
            (draws(&Law::Choice, weights), "by numbers"),
            (draws_from_normal(&Law::Choice, weights), "by deviates"),
        ] {
            assert_chances(&drawn, &chances, &format!("{weights:?} {way}"));
        }
    }
}

#[test]
fn a_choice_at_a_deviate_is_the_least_entry_that_reaches_its_probability() {
    let mut out = [0.0; 6];
    let z = [-40.0, -0.68, -0.67, 0.67, 0.68, 40.0];
    // Quarters: the quartiles of a normal variable lie at ∓0.6745.
    let columns = [[1.0; 6], [2.0; 6], [1.0; 6], [0.0; 6]];
    let columns: Vec<&[f64]> = columns.iter().map(<[f64; 6]>::as_slice).collect();
    Law::Choice.fill_from_normal(&z, &columns, &mut out).unwrap();
    assert_eq!(out, [0.0, 0.0, 1.0, 1.0, 2.0, 2.0]);
}

#[test]
fn rows_of_data_are_drawn_equally_often() {
    let data = Data::new(vec![3.0, 0.0, 1.0, 1.0, 4.0]).unwrap();
    let law = Law::Data(Arc::new(data));
    for drawn in [draws(&law, &[]), draws_from_normal(&law, &[])] {
        assert_chances(&drawn, &[0.2, 0.4, 0.0, 0.2, 0.2], "data");
    }
    let mut out = [0.0; 4];
    // Below 0.2, above it, above 0.8, and as far out as can be.
    law.fill_from_normal(&[-0.85, -0.84, 0.85, 40.0], &[], &mut out).unwrap();
    assert_eq!(out, [0.0, 1.0, 4.0, 4.0]);
    let one = Law::Data(Arc::new(Data::new(vec![7.5]).unwrap()));
    assert!(draws(&one, &[]).iter().all(|draw| *draw == 7.5));
    assert_eq!(Data::new(Vec::new()), None);
    assert_eq!(Data::new(vec![1.0, f64::NAN]), None);
}

#[test]
fn the_first_count_of_a_multinomial_is_binomial() {
    for values in [&[12.0, 0.3, 0.2, 0.5][..], &[7.0, 0.999, 0.001], &[3.0, 0.1, 0.2, 0.7, 0.0]] {
        let law = distribution::Binomial::new(values[1], values[0] as u64).unwrap();
        let chances: Vec<f64> = (0..=values[0] as u64)
            .map(|k| law.cdf(k) - if k == 0 { 0.0 } else { law.cdf(k - 1) })
            .collect();
        // Counts that come less than about once are joined with the one before.
        for drawn in
            [draws(&Law::Multinomial, values), draws_from_normal(&Law::Multinomial, values)]
        {
            let rare = chances.iter().rposition(|chance| *chance > 1e-4).unwrap();
            let first = chances.iter().position(|chance| *chance > 1e-4).unwrap();
            let joined: Vec<f64> = drawn
                .iter()
                .map(|draw| draw.clamp(first as f64, rare as f64) - first as f64)
                .collect();
            let mut chances: Vec<f64> = chances[first..=rare].to_vec();
            let rest = 1.0 - chances.iter().sum::<f64>();
            *chances.last_mut().unwrap() += rest;
            assert_chances(&joined, &chances, &format!("{values:?}"));
        }
    }
    for (values, only) in [
        (&[9.0, 1.0, 0.0][..], 9.0),
        (&[9.0, 0.0, 1.0], 0.0),
        (&[0.0, 0.5, 0.5], 0.0),
        (&[4.0, 1.0], 4.0),
    ] {
        assert!(draws(&Law::Multinomial, values).iter().all(|draw| *draw == only), "{values:?}");
    }
}

#[test]
fn the_first_share_of_a_dirichlet_is_beta() {
    for values in [&[2.0, 3.0, 4.0][..], &[0.05, 0.3, 0.01], &[400.0, 100.0]] {
        let (alpha, beta) = (values[0], values[1..].iter().sum::<f64>());
        let mut drawn = draws(&Law::Dirichlet, values);
        drawn.sort_by(f64::total_cmp);
        // Kolmogorov's bound that is passed by chance once in ten thousand: 2.23 ÷ √n.
        let n = drawn.len() as f64;
        let distance = drawn
            .iter()
            .enumerate()
            .map(|(rank, draw)| {
                let exact = beta_reg(alpha, beta, *draw);
                (exact - rank as f64 / n).abs().max((exact - (rank + 1) as f64 / n).abs())
            })
            .fold(0.0, f64::max);
        assert!(distance < 2.23 / n.sqrt(), "{values:?}: {distance}");
    }
}

#[test]
fn impossible_parameters_are_found_at_their_path() {
    let cases: &[(Law, &[f64], Option<usize>)] = &[
        (Law::Choice, &[1.0, -0.1], Some(1)),
        (Law::Choice, &[0.0, 0.0], Some(0)),
        (Law::Choice, &[1.0, f64::INFINITY], Some(1)),
        (Law::Choice, &[f64::MAX, f64::MAX], Some(0)),
        (Law::Choice, &[0.0, 1.0], None),
        (Law::Multinomial, &[1.5, 1.0], Some(0)),
        (Law::Multinomial, &[1.0, 0.6, -0.1, 0.5], Some(2)),
        (Law::Multinomial, &[1.0, 0.6, 0.399], Some(2)),
        (Law::Multinomial, &[1.0, 0.6, f64::NAN], Some(2)),
        (Law::Multinomial, &[1.0, 0.6, 0.4 + 1e-10], None),
        (Law::Multinomial, &[0.0, 0.0, 1.0], None),
        (Law::Dirichlet, &[1.0, 0.0], Some(1)),
        (Law::Dirichlet, &[1e-3, 1e-3], None),
    ];
    for (law, values, expected) in cases {
        assert_eq!(law.impossible(values), *expected, "{law:?} {values:?}");
    }
    let (first, second) = ([1.0, 1.0, 1.0], [0.0, -1.0, f64::NAN]);
    let mut out = [9.0; 3];
    let stream = Stream::new(1, "x", 0, 0);
    let Err(found) = Law::Choice.fill(&stream, 0, &[&first, &second], &mut out) else {
        panic!("impossible weights were accepted")
    };
    assert_eq!((found.offset, found.parameter, found.values), (1, 1, vec![1.0, -1.0]));
    assert_eq!(out, [9.0; 3]);
    assert_eq!(Law::Choice.described(&[1.0, -1.0]), "weight 1 = 1, weight 2 = -1");
}

#[test]
fn a_block_gives_the_same_draws_in_one_piece_and_in_ragged_pieces() {
    let columns: Vec<Vec<f64>> = (0..3)
        .map(|at| (0..700).map(|path| f64::from(1 + (path * (at + 3)) % 7)).collect())
        .collect();
    let totals: Vec<f64> = (0..700).map(|path| columns.iter().map(|c| c[path]).sum()).collect();
    let shares: Vec<Vec<f64>> = columns
        .iter()
        .map(|column| column.iter().zip(&totals).map(|(value, total)| value / total).collect())
        .collect();
    let mut multinomial = vec![columns[0].clone()];
    multinomial.extend(shares);
    let data = Law::Data(Arc::new(Data::new(vec![1.0, 5.0, 9.0]).unwrap()));
    for (law, columns) in [
        (Law::Choice, columns.clone()),
        (Law::Dirichlet, columns),
        (Law::Multinomial, multinomial),
        (data, Vec::new()),
    ] {
        let fill = |range: std::ops::Range<usize>| {
            let columns: Vec<&[f64]> =
                columns.iter().map(|column| &column[range.clone()]).collect();
            let mut out = vec![f64::NAN; range.len()];
            let stream = Stream::new(5, "cell", 0, 2);
            law.fill(&stream, 3 + range.start as u64, &columns, &mut out).unwrap();
            out
        };
        let pieces: Vec<f64> =
            [0..1, 1..4, 4..133, 133..300, 300..700].into_iter().flat_map(fill).collect();
        assert_eq!(fill(0..700), pieces, "{law:?}");
    }
}
