//! Rank correlations of cells with the figure.

use super::interval::{Estimated, NORMAL_95};

/// How little of a column's ranks may be left, given the columns before it, to be told apart.
const TOLD: f64 = 1e-8;

/// A column by the ranks of its values.
#[derive(Debug, Clone)]
pub(super) struct Ranks {
    /// The ranks, equal values sharing the mean of theirs, less their mean and in their standard
    /// deviation; all 0 where every value is the same.
    scores: Vec<f64>,
    /// The standard deviation of the ranks, divided by how many there are.
    spread: f64,
    /// The paths in the order of their values.
    order: Vec<usize>,
}

impl Ranks {
    pub(super) fn of(values: &[f64]) -> Ranks {
        let mut order: Vec<usize> = (0..values.len()).collect();
        order.sort_unstable_by(|a, b| values[*a].total_cmp(&values[*b]));
        let (n, mut scores, mut before) = (values.len() as f64, vec![0.0; values.len()], 0);
        for equal in order.chunk_by(|a, b| values[*a] == values[*b]) {
            // Ranks before + 1 to before + size; their mean is in the middle, that of all (n + 1) / 2.
            let rank = before as f64 + (equal.len() as f64 + 1.0) / 2.0 - (n + 1.0) / 2.0;
            equal.iter().for_each(|path| scores[*path] = rank);
            before += equal.len();
        }
        let sd = (scores.iter().map(|rank| rank * rank).sum::<f64>() / n).sqrt();
        if sd > 0.0 {
            scores.iter_mut().for_each(|rank| *rank /= sd);
        }
        Ranks { scores, spread: sd / n, order }
    }

    /// How many values there are.
    pub(super) fn len(&self) -> usize {
        self.scores.len()
    }

    fn is_constant(&self) -> bool {
        self.spread.is_nan() || self.spread == 0.0
    }

    /// For each path the mean over all paths of what lies above it here, half of what is equal.
    fn above(&self, of: &[f64]) -> Vec<f64> {
        let (n, mut after, mut above) = (of.len() as f64, 0.0, vec![0.0; of.len()]);
        for equal in self.order.chunk_by(|a, b| self.scores[*a] == self.scores[*b]).rev() {
            let own: f64 = equal.iter().map(|path| of[*path]).sum();
            equal.iter().for_each(|path| above[*path] = (after + own / 2.0) / n);
            after += own;
        }
        above
    }
}

/// The correlation of two columns of ranks; `None` if one of them is the same everywhere.
fn correlation(a: &Ranks, b: &Ranks) -> Option<f64> {
    if a.is_constant() || b.is_constant() {
        return None;
    }
    let sum: f64 = a.scores.iter().zip(&b.scores).map(|(a, b)| a * b).sum();
    Some((sum / a.len() as f64).clamp(-1.0, 1.0))
}

/// Spearman's rank correlation of two columns, with its interval; `None` if one of them is the same
/// everywhere.
pub(super) fn simple(cell: &Ranks, figure: &Ranks) -> Option<Estimated> {
    let r = correlation(cell, figure)?;
    if 1.0 - r * r < TOLD {
        return Some(Estimated::exactly(r));
    }
    let p = (1.0 - r * r).recip();
    Some(estimated(&[cell, figure], (&[p, -r * p], 0), (&[-r * p, p], 1)))
}

/// The partial correlation of each column with the last, given all other columns.
///
/// With P the inverse of the matrix of all correlations, it is `−Pᵢₗ / √(Pᵢᵢ Pₗₗ)` (Whittaker
/// 1990, *Graphical Models in Applied Multivariate Statistics*, section 5.8). A column that those before it tell
/// is left out, and has none.
pub(super) fn partial(columns: &[Ranks]) -> Vec<Option<Estimated>> {
    let Some(last) = columns.len().checked_sub(1) else { return Vec::new() };
    let mut kept: Vec<usize> = Vec::new();
    let mut factor: Vec<Vec<f64>> = Vec::new();
    for at in 0..columns.len() {
        let row: Option<Vec<f64>> =
            kept.iter().map(|other| correlation(&columns[at], &columns[*other])).collect();
        let Some(row) = row.filter(|_| !columns[at].is_constant()) else { continue };
        // One more row of the lower factor; its last entry squared is what is left of the column.
        let mut next: Vec<f64> = Vec::new();
        for (place, value) in row.iter().enumerate() {
            let known: f64 = (0..place).map(|of| next[of] * factor[place][of]).sum();
            next.push((value - known) / factor[place][place]);
        }
        let rest = 1.0 - next.iter().map(|value| value * value).sum::<f64>();
        if rest < TOLD {
            continue;
        }
        next.push(rest.sqrt());
        factor.push(next);
        kept.push(at);
    }
    let mut partial = vec![None; last];
    // The figure itself is told by the cells, or is the same everywhere.
    if kept.last() != Some(&last) {
        return partial;
    }
    let figure = kept.len() - 1;
    let inverse: Vec<Vec<f64>> = (0..kept.len()).map(|column| solved(&factor, column)).collect();
    let columns: Vec<&Ranks> = kept.iter().map(|at| &columns[*at]).collect();
    for (place, at) in kept.iter().enumerate().take(figure) {
        let own = (&inverse[place][..], place);
        partial[*at] = Some(estimated(&columns, own, (&inverse[figure][..], figure)));
    }
    partial
}

/// The partial correlation of two columns given the others, from their columns of the inverse, with
/// its interval.
///
/// `r = −Pᵢₗ / √(Pᵢᵢ Pₗₗ)` of the standardised ranks X. With `t = X P / √Pᵢᵢ`, what is left of column i
/// given all others, each path moves `r` by the mean over paths of
///
/// `ψ = tᵢ tₗ + r/2 (tᵢ² + tₗ²) + Σₖ above(k, ∂ψ/∂Xₖ) / spread(k)`:
///
/// the first two terms are its own part in the correlations, the last that it moves the ranks of all
/// paths above it (the influence function; Croux and Dehon 2010, "Influence functions of the Spearman
/// and Kendall correlation measures", Stat Methods Appl 19:497). So the standard error,
/// `sd(ψ) / √(n − 3 − others)`, holds whatever the two have to do with each other, and whether values
/// are equal or not. On Fisher's scale it is divided by `1 − r²`; the interval is carried back by tanh.
fn estimated(columns: &[&Ranks], i: (&[f64], usize), l: (&[f64], usize)) -> Estimated {
    let n = columns[0].len();
    let scaled = |(inverse, at): (&[f64], usize)| -> Vec<f64> {
        inverse.iter().map(|weight| weight / inverse[at].sqrt()).collect()
    };
    let (a, b) = (scaled(i), scaled(l));
    let r = (-i.0[l.1] / (i.0[i.1] * l.0[l.1]).sqrt()).clamp(-1.0, 1.0);
    let left = |weights: &[f64]| -> Vec<f64> {
        let mut sum = vec![0.0; n];
        for (column, weight) in columns.iter().zip(weights) {
            sum.iter_mut().zip(&column.scores).for_each(|(sum, score)| *sum += weight * score);
        }
        sum
    };
    let (own, figure) = (left(&a), left(&b));
    let both = own.iter().zip(&figure);
    let mut moved: Vec<f64> = both.map(|(a, b)| a * b + r / 2.0 * (a * a + b * b)).collect();
    for ((column, a), b) in columns.iter().zip(&a).zip(&b) {
        let (of_own, of_figure) = (b + r * a, a + r * b);
        let both = own.iter().zip(&figure);
        let slope: Vec<f64> = both.map(|(own, figure)| of_own * own + of_figure * figure).collect();
        let ranks = column.above(&slope);
        moved.iter_mut().zip(ranks).for_each(|(sum, by)| *sum += by / column.spread);
    }
    let mean = moved.iter().sum::<f64>() / n as f64;
    let squares: f64 = moved.iter().map(|of| (of - mean) * (of - mean)).sum();
    let free = (n as f64 - 3.0 - (columns.len() - 2) as f64).max(f64::MIN_POSITIVE);
    let se = (squares / n as f64 / free).sqrt();
    let rest = 1.0 - r * r;
    if rest < TOLD {
        return Estimated::exactly(r);
    }
    let (z, spread) = (libm::atanh(r), se / rest);
    Estimated {
        value: r,
        se,
        low: libm::tanh(z - NORMAL_95 * spread),
        high: libm::tanh(z + NORMAL_95 * spread),
    }
}

/// A column of the inverse of the matrix with this lower factor.
fn solved(factor: &[Vec<f64>], column: usize) -> Vec<f64> {
    let size = factor.len();
    let mut forward = vec![0.0; size];
    for row in 0..size {
        let unit = f64::from(u8::from(row == column));
        let known: f64 = (0..row).map(|of| factor[row][of] * forward[of]).sum();
        forward[row] = (unit - known) / factor[row][row];
    }
    let mut back = vec![0.0; size];
    for row in (0..size).rev() {
        let known: f64 = (row + 1..size).map(|of| factor[of][row] * back[of]).sum();
        back[row] = (forward[row] - known) / factor[row][row];
    }
    back
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_share_the_mean_of_their_ranks() {
        // Ranks 4, 1, 4, 2, 4 less 3: 1, −2, 1, −1, 1, of variance 8 / 5.
        let found = Ranks::of(&[3.0, 1.0, 3.0, 2.0, 3.0]);
        let sd = 1.6_f64.sqrt();
        for (score, rank) in found.scores.iter().zip([1.0, -2.0, 1.0, -1.0, 1.0]) {
            near(score * sd, rank);
        }
        assert!(Ranks::of(&[2.0, 2.0]).is_constant() && Ranks::of(&[]).is_constant());
    }

    #[test]
    fn what_lies_above_is_counted_and_what_is_equal_by_half() {
        // Above 1 lie 2, 3 and 3; above 2 both 3; a 3 has the half of both.
        let found = Ranks::of(&[3.0, 1.0, 3.0, 2.0]).above(&[10.0, 100.0, 20.0, 1.0]);
        let expected = [15.0, 81.0, 15.0, 30.5].map(|sum| sum / 4.0);
        for (found, expected) in found.into_iter().zip(expected) {
            near(found, expected);
        }
    }

    /// Twelve values of two cells and a figure.
    fn columns() -> [Ranks; 3] {
        let x = [1, 2, 2, 3, 5, 8, 1, 9, 4, 7, 6, 3];
        let z = [2, 1, 4, 3, 6, 5, 2, 7, 9, 8, 3, 1];
        let y = [1, 3, 2, 5, 4, 9, 2, 8, 9, 7, 5, 2];
        [x, z, y].map(|column| Ranks::of(&column.map(f64::from)))
    }

    fn near(found: f64, exact: f64) {
        assert!((found - exact).abs() < 1e-9, "{found} for {exact}");
    }

    #[test]
    fn correlations_of_ranks_are_those_of_scipy() {
        // scipy.stats.spearmanr(x, y) and (z, y); numpy's corrcoef of what least squares on the
        // other's ranks leaves of both.
        let [x, z, y] = columns();
        near(simple(&x, &y).unwrap().value, 0.833_049_127_036_657);
        near(simple(&z, &y).unwrap().value, 0.749_566_591_917_894_5);
        let found = partial(&[x, z, y]);
        near(found[0].unwrap().value, 0.671_051_836_348_413_7);
        near(found[1].unwrap().value, 0.461_514_129_607_223_4);
    }

    #[test]
    fn a_column_given_nothing_else_is_the_simple_case() {
        let [x, _, y] = columns();
        let (one, other) = (simple(&x, &y).unwrap(), partial(&[x, y])[0].unwrap());
        for (one, other) in [(one.se, other.se), (one.low, other.low), (one.high, other.high)] {
            near(one, other);
        }
        // To both sides of the value, more to 0.
        assert!(one.low < one.value && one.value < one.high && one.high < 1.0);
        assert!(one.value - one.low > one.high - one.value);
    }

    #[test]
    fn a_standard_error_is_that_of_leaving_paths_out() {
        // The influence of a path is n times what leaving it out changes, but for terms of 1 / n: of
        // 200 values with a spread that grows with the cell, and of the same in steps.
        let value = |at: usize, by: usize| (at * by % 211) as f64 / 211.0;
        for step in [1e-9, 0.25] {
            let of = |value: f64| (value / step).floor() * step;
            let x: Vec<f64> = (1..200).map(|at| of(value(at, 37))).collect();
            let z: Vec<f64> = (1..200).map(|at| of(value(at, 101))).collect();
            let y: Vec<f64> = (1..200)
                .map(|at| of(value(at, 37) * value(at, 59) + 0.3 * value(at, 101)))
                .collect();
            let found = |left_out: Option<usize>| -> [f64; 2] {
                let [x, z, y] = [&x, &z, &y].map(|column| {
                    let kept = (0..column.len()).filter(|at| Some(*at) != left_out);
                    Ranks::of(&kept.map(|at| column[at]).collect::<Vec<f64>>())
                });
                [simple(&x, &y).unwrap().value, partial(&[x, z, y])[0].unwrap().value]
            };
            let each: Vec<[f64; 2]> = (0..x.len()).map(|at| found(Some(at))).collect();
            let [rx, rz, ry] = [&x, &z, &y].map(|column| Ranks::of(column));
            let se = [simple(&rx, &ry).unwrap().se, partial(&[rx, rz, ry])[0].unwrap().se];
            for which in [0, 1] {
                let n = each.len() as f64;
                let mean = each.iter().map(|of| of[which]).sum::<f64>() / n;
                let squares: f64 = each.iter().map(|of| (of[which] - mean).powi(2)).sum();
                let jackknife = ((n - 1.0) / n * squares).sqrt();
                assert!((se[which] / jackknife - 1.0).abs() < 0.05, "{step}: {se:?} {jackknife}");
            }
        }
    }

    #[test]
    fn of_a_product_the_interval_holds_the_truth_as_often_as_it_says() {
        // Y = XZ of two normal cells has by symmetry the rank correlation 0 with both, and its spread
        // changes with them. Some 950 of 1,000 intervals hold it; within 930 and 970 are all but three
        // in a thousand such tests. Of the normal approximation for steady spread 905 do.
        use crate::random::{Family, Stream};
        let paths = 500;
        let drawn = |name: &str, seed: u64| {
            let parameters = [vec![0.0; paths], vec![1.0; paths]];
            let columns: Vec<&[f64]> = parameters.iter().map(Vec::as_slice).collect();
            let mut out = vec![0.0; paths];
            Family::Normal.fill(&Stream::new(seed, name, 0, 0), 0, &columns, &mut out).unwrap();
            out
        };
        let (mut alone, mut given) = (0, 0);
        for seed in 0..1_000 {
            let (x, z) = (drawn("x", seed), drawn("z", seed));
            let y: Vec<f64> = x.iter().zip(&z).map(|(x, z)| x * z).collect();
            let [x, z, y] = [x, z, y].map(|column| Ranks::of(&column));
            let holds = |of: Estimated| u32::from(of.low < 0.0 && of.high > 0.0);
            alone += holds(simple(&x, &y).unwrap());
            given += holds(partial(&[x, z, y])[0].unwrap());
        }
        for covered in [alone, given] {
            assert!((930..=970).contains(&covered), "{alone} {given}");
        }
    }

    #[test]
    fn what_others_tell_has_no_partial_correlation() {
        let [x, z, y] = columns();
        let same = Ranks::of(&[1.0; 12]);
        let found = partial(&[x.clone(), x.clone(), same.clone(), z, y.clone()]);
        near(found[0].unwrap().value, 0.671_051_836_348_413_7);
        assert_eq!(found[1..3], [None, None]);
        assert_eq!(partial(&[x.clone(), same]), [None]);
        assert_eq!(partial(&[y.clone(), y.clone()]), [None]);
        assert_eq!(partial(&[x]), []);
        assert_eq!(simple(&y, &y), Some(Estimated::exactly(1.0)));
    }
}
