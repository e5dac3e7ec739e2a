//! Rank correlations of cells with the figure.

use super::interval::{Estimated, NORMAL_95};

/// How little of a column's ranks may be left, given the columns before it, to be told apart.
const TOLD: f64 = 1e-8;

/// The ranks of values from 1 on; equal ones share the mean of theirs.
pub(super) fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_unstable_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut ranks = vec![0.0; values.len()];
    let mut before = 0;
    for equal in order.chunk_by(|a, b| values[*a] == values[*b]) {
        // Ranks before + 1 to before + size; their mean is in the middle.
        let rank = before as f64 + (equal.len() as f64 + 1.0) / 2.0;
        equal.iter().for_each(|path| ranks[*path] = rank);
        before += equal.len();
    }
    ranks
}

/// The correlation of two columns; `None` if one of them is the same everywhere.
pub(super) fn correlation(a: &[f64], b: &[f64]) -> Option<f64> {
    let n = a.len() as f64;
    let (mean_a, mean_b) = (a.iter().sum::<f64>() / n, b.iter().sum::<f64>() / n);
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (a, b) in a.iter().zip(b) {
        let (a, b) = (a - mean_a, b - mean_b);
        ab += a * b;
        aa += a * a;
        bb += b * b;
    }
    (aa > 0.0 && bb > 0.0).then(|| (ab / (aa * bb).sqrt()).clamp(-1.0, 1.0))
}

/// A rank correlation `r` of `n` pairs, given `others` columns, with its interval.
///
/// On Fisher's scale `z = artanh r` the standard error is `√((1 + r²/2) / (n − 3 − others))`
/// (Bonett and Wright 2000, "Sample size requirements for estimating Pearson, Kendall and Spearman
/// correlations", Psychometrika 65:23; one path less for each column that is given, as for partial
/// correlations by Fisher 1924). The interval is carried back by tanh; `se` is that of `r`,
/// `(1 − r²)` times as large.
pub(super) fn with_interval(r: f64, n: usize, others: usize) -> Estimated {
    let free = (n as f64 - 3.0 - others as f64).max(f64::MIN_POSITIVE);
    let spread = ((1.0 + r * r / 2.0) / free).sqrt();
    if r.abs() == 1.0 {
        return Estimated::exactly(r);
    }
    let z = libm::atanh(r);
    Estimated {
        value: r,
        se: (1.0 - r * r) * spread,
        low: libm::tanh(z - NORMAL_95 * spread),
        high: libm::tanh(z + NORMAL_95 * spread),
    }
}

/// The partial correlation of each column with the last, given all other columns, and how many
/// those are.
///
/// With P the inverse of the matrix of all correlations, it is `−Pᵢₗ / √(Pᵢᵢ Pₗₗ)` (Whittaker
/// 1990, *Graphical Models in Applied Multivariate Statistics*, section 5.8). A column that those before it tell
/// is left out, and has none.
pub(super) fn partial(columns: &[Vec<f64>]) -> (Vec<Option<f64>>, usize) {
    let Some(last) = columns.len().checked_sub(1) else { return (Vec::new(), 0) };
    let mut kept: Vec<usize> = Vec::new();
    let mut factor: Vec<Vec<f64>> = Vec::new();
    for at in 0..columns.len() {
        let row: Option<Vec<f64>> =
            kept.iter().map(|other| correlation(&columns[at], &columns[*other])).collect();
        let same_everywhere = correlation(&columns[at], &columns[at]).is_none();
        let Some(row) = row.filter(|_| !same_everywhere) else { continue };
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
        return (partial, 0);
    }
    let figure = kept.len() - 1;
    let inverse: Vec<Vec<f64>> = (0..kept.len()).map(|column| solved(&factor, column)).collect();
    for (place, at) in kept.iter().enumerate().take(figure) {
        let scale = (inverse[place][place] * inverse[figure][figure]).sqrt();
        partial[*at] = Some((-inverse[place][figure] / scale).clamp(-1.0, 1.0));
    }
    (partial, figure.saturating_sub(1))
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
        assert_eq!(ranks(&[3.0, 1.0, 3.0, 2.0, 3.0]), [4.0, 1.0, 4.0, 2.0, 4.0]);
        assert_eq!(ranks(&[]), [0.0; 0]);
    }

    /// Twelve values of two cells and a figure.
    fn columns() -> [Vec<f64>; 3] {
        let x = [1, 2, 2, 3, 5, 8, 1, 9, 4, 7, 6, 3];
        let z = [2, 1, 4, 3, 6, 5, 2, 7, 9, 8, 3, 1];
        let y = [1, 3, 2, 5, 4, 9, 2, 8, 9, 7, 5, 2];
        [x, z, y].map(|column| ranks(&column.map(f64::from)))
    }

    fn near(found: f64, exact: f64) {
        assert!((found - exact).abs() < 1e-9, "{found} for {exact}");
    }

    #[test]
    fn correlations_of_ranks_are_those_of_scipy() {
        // scipy.stats.spearmanr(x, y) and (z, y); numpy's corrcoef of what least squares on the
        // other's ranks leaves of both.
        let [x, z, y] = columns();
        near(correlation(&x, &y).unwrap(), 0.833_049_127_036_657);
        near(correlation(&z, &y).unwrap(), 0.749_566_591_917_894_5);
        let (found, others) = partial(&[x, z, y]);
        assert_eq!(others, 1);
        near(found[0].unwrap(), 0.671_051_836_348_413_7);
        near(found[1].unwrap(), 0.461_514_129_607_223_4);
    }

    #[test]
    fn intervals_are_those_of_the_formula() {
        // numpy: tanh(arctanh(r) ∓ 1.96 √((1 + r²/2) / (n − 3 − others))), n = 12.
        let r = 0.833_049_127_036_656_6;
        for (others, low, high) in
            [(0, 0.413_458_29, 0.960_803_49), (1, 0.374_614_62, 0.964_186_63)]
        {
            let found = with_interval(r, 12, others);
            assert!(
                (found.low - low).abs() < 1e-8 && (found.high - high).abs() < 1e-8,
                "{found:?}"
            );
        }
        assert_eq!(with_interval(1.0, 12, 0), Estimated::exactly(1.0));
    }

    #[test]
    fn what_others_tell_has_no_partial_correlation() {
        let [x, z, y] = columns();
        let same = vec![1.0; 12];
        let (found, others) = partial(&[x.clone(), x.clone(), same.clone(), z, y.clone()]);
        assert_eq!(others, 1);
        near(found[0].unwrap(), 0.671_051_836_348_413_7);
        assert_eq!(found[1..3], [None, None]);
        assert_eq!(partial(&[x.clone(), same]), (vec![None], 0));
        assert_eq!(partial(&[y.clone(), y]).0, [None]);
        assert_eq!(partial(&[x]), (vec![], 0));
    }
}
