//! How likely a loss is, and how large.

/// The part of the futures, the worst, whose mean is the expected shortfall.
pub const TAIL: f64 = 0.05;

/// A number and the standard error of its estimate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimated {
    /// The number.
    pub value: f64,
    /// Its standard error.
    pub se: f64,
}

impl Estimated {
    /// The mean of some values, and its standard error: NaN of fewer than two.
    #[must_use]
    pub fn mean(values: &[f64]) -> Estimated {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
        Estimated { value: mean, se: (squares / (n - 1.0) / n).sqrt() }
    }

    /// How often something happens that happened `times` times of `n`.
    #[must_use]
    pub fn part(times: usize, n: usize) -> Estimated {
        let value = times as f64 / n as f64;
        Estimated { value, se: (value * (1.0 - value) / n as f64).sqrt() }
    }
}

/// The losses of a column of results: what is left of each possible future, below 0 where money is
/// lost.
///
/// - probability: the part of the results below 0;
/// - mean shortfall given loss: `−mean(result | result < 0)`;
/// - expected shortfall: see [`expected_shortfall`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Loss {
    /// How often there is a loss.
    pub probability: Estimated,
    /// The mean loss where there is one; `None` where there is none.
    pub mean_given_loss: Option<Estimated>,
    /// The mean loss of the worst twentieth of all results.
    pub expected_shortfall: Estimated,
}

impl Loss {
    /// Of results, in any order; `None` of none at all.
    ///
    /// ```
    /// use engine::finance::Loss;
    /// // Of 100 futures 10 lose 30 and the rest gain 5: the worst five lose 30 each.
    /// let results: Vec<f64> = (0..100).map(|path| if path < 10 { -30.0 } else { 5.0 }).collect();
    /// let loss = Loss::of(&results).unwrap();
    /// assert_eq!(loss.probability.value, 0.1);
    /// assert_eq!(loss.mean_given_loss.unwrap().value, 30.0);
    /// assert_eq!(loss.expected_shortfall.value, 30.0);
    /// ```
    #[must_use]
    pub fn of(results: &[f64]) -> Option<Loss> {
        let mut sorted = results.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        let lost: Vec<f64> = sorted.iter().take_while(|of| **of < 0.0).map(|of| -of).collect();
        let count = sorted.len() as u64;
        Some(Loss {
            probability: Estimated::part(lost.len(), sorted.len()),
            mean_given_loss: (!lost.is_empty()).then(|| Estimated::mean(&lost)),
            expected_shortfall: expected_shortfall(sorted.iter().map(|of| (*of, 1)), count)?,
        })
    }
}

/// The expected shortfall at 5% (also CVaR): the mean of the worst twentieth of `count` results, as
/// a loss; below 0 where even they are a gain on the mean. `None` of no results.
///
/// `ES = −Σ result / (5% × n)` over the lowest 5% × n results, of the last of them the part that
/// makes the number whole. With `q` the last, this is `mean(max(q − result, 0)) / 5% − q`, and its
/// standard error is that of the mean: `sd(max(q − result, 0)) / (5% × √n)`.
///
/// Results come in rising order, each with how often it occurs.
///
/// Source: Rockafellar and Uryasev 2000, Optimization of conditional value-at-risk, Journal of Risk
/// 2(3), equation 4.
#[must_use]
pub fn expected_shortfall(
    rising: impl Iterator<Item = (f64, u64)>,
    count: u64,
) -> Option<Estimated> {
    let n = count as f64;
    let wanted = TAIL * n;
    let (mut last, mut tail, mut taken) = (None, Vec::new(), 0.0);
    for (value, times) in rising {
        last = Some(value);
        let times = (times as f64).min(wanted - taken);
        tail.push((value, times));
        taken += times;
        if taken >= wanted {
            break;
        }
    }
    let q = last?;
    let (mut sum, mut squares) = (0.0, 0.0);
    for (value, times) in tail {
        sum += (q - value) * times;
        squares += (q - value) * (q - value) * times;
    }
    let mean = sum / n;
    let variance = (squares / n - mean * mean).max(0.0) * n / (n - 1.0);
    Some(Estimated { value: mean / TAIL - q, se: (variance / n).sqrt() / TAIL })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_twentieth_counts_a_part_of_its_last_result() {
        // Of 30 results 1.5 are the worst twentieth: −10 whole and −4 by half: 12 ÷ 1.5 = 8.
        let results: Vec<f64> = [-10.0, -4.0].into_iter().chain((0..28).map(f64::from)).collect();
        let loss = Loss::of(&results).unwrap();
        assert!((loss.expected_shortfall.value - 8.0).abs() < 1e-12, "{loss:?}");
        assert_eq!(loss.mean_given_loss.unwrap().value, 7.0);
        assert_eq!(loss.probability.value, 2.0 / 30.0);
        // max(−4 − result, 0) is 6 once and 0 otherwise: its sd is 6 √(1/30), n − 1 beneath.
        let sd = (36.0 / 30.0 - 0.04_f64).sqrt() * (30.0_f64 / 29.0).sqrt();
        let error = sd / 30.0_f64.sqrt() / 0.05;
        assert!((loss.expected_shortfall.se / error - 1.0).abs() < 1e-12, "{loss:?}");
        assert!(Loss::of(&[]).is_none());
    }

    #[test]
    fn the_expected_shortfall_of_a_normal_distribution_is_known() {
        // Of a standard normal: density at the 5th percentile over 5%: 2.062712807507 (Rockafellar
        // and Uryasev 2000, section 3). Here of a grid of 200,000 quantiles.
        let results: Vec<f64> = (0..200_000)
            .map(|at| crate::random::normal::inverse((f64::from(at) + 0.5) / 200_000.0))
            .collect();
        let found = Loss::of(&results).unwrap().expected_shortfall;
        assert!((found.value - 2.062_712_807_507).abs() < 1e-4, "{found:?}");
    }

    #[test]
    fn results_that_occur_often_count_as_often() {
        let many: Vec<f64> = (0..1_000).map(|at| f64::from(at / 10)).collect();
        let counted = (0..100).map(|at| (f64::from(at), 10));
        let found = expected_shortfall(counted, 1_000);
        assert_eq!(found, Some(Loss::of(&many).unwrap().expected_shortfall));
    }
}
