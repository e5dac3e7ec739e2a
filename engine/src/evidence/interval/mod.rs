//! 95% confidence intervals computed from summary statistics.
//!
//! Every estimate a contract pays on is reported with the range of values the data leave
//! plausible. The functions here need only what a results table prints (counts, means and
//! standard deviations), so anyone holding the published table can repeat them.
//!
//! | Estimate               | Function                 | Method                              |
//! |------------------------|--------------------------|-------------------------------------|
//! | mean, paired change    | [`mean`]                 | Student's t                         |
//! | difference of means    | [`difference_of_means`]  | Welch, with Satterthwaite's degrees |
//! | ratio of means         | [`ratio_of_means`]       | delta method on the log scale       |
//! | share                  | [`share`]                | Wilson score                        |
//! | difference of shares   | [`difference_of_shares`] | Newcombe's hybrid of Wilson scores  |
//! | ratio of shares        | [`ratio_of_shares`]      | Katz, delta method on the log scale |
//! | rate, observed/expected| [`Counts::rate`]         | Byar's approximation to Poisson     |
//! | ratio of rates         | [`Counts::ratio`]        | exact, conditional on the sum       |
//! | standardised rate      | [`standardised_rate`]    | Fay and Feuer, gamma                |
//!
//! [`Spread`] keeps what an estimate's interval is computed from, so that a one-sided bound at
//! another level, or the interval of something computed from the estimate, can be had as well.
//!
//! A difference is always treated minus comparison, and a ratio treated over comparison. All
//! the methods take the observations to be independent of one another, and the two arms of each
//! other; data observed in clusters, or arms that were matched, need other standard errors.
//!
//! `None` means that the method gives no interval for these numbers; the items say when. It is
//! also the answer to input no data set can produce (a negative or non-finite standard
//! deviation, a non-finite mean, more successes than observations) and to limits too large for
//! an [`f64`].

mod counts;
mod spread;

pub use counts::{Counts, Weighted, standardised_rate};
pub use spread::{Method, Spread, quantile_of};

use crate::numeric::elementary::exp;
use crate::random::Family;

/// The 97.5% quantile of the standard normal distribution.
const NORMAL_QUANTILE: f64 = 1.959_963_984_540_054;

/// A set of measurements, summarised.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// How many measurements there are.
    pub n: u64,
    /// Their arithmetic mean.
    pub mean: f64,
    /// Their sample standard deviation, with `n − 1` as the divisor.
    pub sd: f64,
}

/// A count of successes among yes-or-no observations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proportion {
    /// How many of the observations are successes.
    pub successes: u64,
    /// How many observations there are.
    pub n: u64,
}

/// A two-sided 95% confidence interval; both limits belong to it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The lower limit.
    pub low: f64,
    /// The upper limit, never below `low`.
    pub high: f64,
}

/// The interval of a mean. Given the changes within pairs, it is that of the paired change.
///
/// The limits are `mean ± t · sd / √n`, where `t` is the 97.5% quantile of Student's t with
/// `n − 1` degrees of freedom. A sample without variance has the interval `[mean, mean]`.
///
/// `None` when `n < 2`, since one measurement says nothing of its own variability.
///
/// Source: Student (1908), "The probable error of a mean", *Biometrika* 6, 1–25.
///
/// ```
/// use engine::evidence::interval::{Sample, mean};
///
/// // The hours of sleep gained by Student's ten patients.
/// let gained = Sample { n: 10, mean: 1.58, sd: 1.229_995 };
/// let interval = mean(gained).expect("ten measurements are enough");
/// assert!((interval.low - 0.7001).abs() < 1e-4);
/// assert!((interval.high - 2.4599).abs() < 1e-4);
/// ```
#[must_use]
pub fn mean(sample: Sample) -> Option<Interval> {
    mean_at(sample, NORMAL_QUANTILE)
}

/// [`mean`] with another normal quantile `z` than that of 95%.
pub(super) fn mean_at(sample: Sample, z: f64) -> Option<Interval> {
    let standard_error = sample.standard_error()?;
    let degrees = (sample.n - 1) as f64;
    Interval::around(sample.mean, student_quantile(degrees, z)? * standard_error)
}

/// The interval of `treated.mean − comparison.mean`, the variances not assumed equal.
///
/// With `v = sd² / n` for each arm, the limits are `difference ± t · √(v₁ + v₂)`, where `t` is
/// the 97.5% quantile of Student's t with
/// `(v₁ + v₂)² / (v₁² / (n₁ − 1) + v₂² / (n₂ − 1))` degrees of freedom, not rounded.
///
/// If neither arm has any variance the degrees of freedom are undefined (0 / 0), but nothing is
/// left to multiply by the quantile: the interval is `[difference, difference]`.
///
/// `None` when either arm has `n < 2`.
///
/// Sources: Welch (1947), *Biometrika* 34, 28–35; Satterthwaite (1946), *Biometrics Bulletin* 2,
/// 110–114.
///
/// ```
/// use engine::evidence::interval::{Sample, difference_of_means};
///
/// // Earnings of 1978 in the National Supported Work experiment, in dollars.
/// let trained = Sample { n: 185, mean: 6349.14, sd: 7867.40 };
/// let control = Sample { n: 260, mean: 4554.80, sd: 5483.84 };
/// let interval = difference_of_means(trained, control).expect("both arms are large enough");
/// assert_eq!((interval.low.round(), interval.high.round()), (474.0, 3115.0));
/// ```
#[must_use]
pub fn difference_of_means(treated: Sample, comparison: Sample) -> Option<Interval> {
    difference_of_means_at(treated, comparison, NORMAL_QUANTILE)
}

/// [`difference_of_means`] with another normal quantile `z` than that of 95%.
pub(super) fn difference_of_means_at(
    treated: Sample,
    comparison: Sample,
    z: f64,
) -> Option<Interval> {
    let difference = treated.mean - comparison.mean;
    let standard_error = libm::hypot(treated.standard_error()?, comparison.standard_error()?);
    if standard_error == 0.0 {
        return Interval::around(difference, 0.0);
    }
    let degrees = welch_degrees(treated, comparison)?;
    Interval::around(difference, student_quantile(degrees, z)? * standard_error)
}

/// The interval of `treated.mean / comparison.mean`, for positive quantities.
///
/// The logarithm of a mean has, by the delta method, the variance `sd² / (n · mean²)`. The
/// limits are `ratio · exp(± z · √(sum of both))`, where `z` is the 97.5% normal quantile. They
/// are asymmetric about the ratio, and inverting the ratio inverts them. As `z` stands where a
/// small sample would ask for a larger quantile, arms of a few dozen or less get an interval
/// somewhat too narrow. Two arms without variance have the interval `[ratio, ratio]`.
///
/// `None` when either mean is zero or negative, or either arm has `n < 2`.
///
/// Source: Hedges, Gurevitch and Curtis (1999), "The meta-analysis of response ratios in
/// experimental ecology", *Ecology* 80, 1150–1156.
///
/// ```
/// use engine::evidence::interval::{Sample, ratio_of_means};
///
/// let trained = Sample { n: 185, mean: 6349.14, sd: 7867.40 };
/// let control = Sample { n: 260, mean: 4554.80, sd: 5483.84 };
/// let interval = ratio_of_means(trained, control).expect("both means are positive");
/// assert!((interval.low - 1.107).abs() < 1e-3);
/// assert!((interval.high - 1.756).abs() < 1e-3);
/// ```
#[must_use]
pub fn ratio_of_means(treated: Sample, comparison: Sample) -> Option<Interval> {
    ratio_of_means_at(treated, comparison, NORMAL_QUANTILE)
}

/// [`ratio_of_means`] with another normal quantile `z` than that of 95%.
pub(super) fn ratio_of_means_at(treated: Sample, comparison: Sample, z: f64) -> Option<Interval> {
    if treated.mean <= 0.0 || comparison.mean <= 0.0 {
        return None;
    }
    let treated_error = treated.standard_error()? / treated.mean;
    let comparison_error = comparison.standard_error()? / comparison.mean;
    Interval::around_ratio(
        treated.mean / comparison.mean,
        libm::hypot(treated_error, comparison_error),
        z,
    )
}

/// The Wilson score interval of a share, without continuity correction.
///
/// With `p = successes / n` and `z` the 97.5% normal quantile, the limits are
/// `(2np + z² ± z · √(z² + 4np(1 − p))) / (2(n + z²))`. They never leave 0 to 1, and have width
/// even when no observation, or every one, is a success.
///
/// `None` when there is no observation.
///
/// Sources: Wilson (1927), *Journal of the American Statistical Association* 22, 209–212; method
/// 3 in Newcombe (1998), *Statistics in Medicine* 17, 857–872.
///
/// ```
/// use engine::evidence::interval::{Proportion, share};
///
/// let interval = share(Proportion { successes: 0, n: 20 }).expect("there are observations");
/// assert_eq!(interval.low, 0.0);
/// assert!((interval.high - 0.1611).abs() < 1e-4);
/// ```
#[must_use]
pub fn share(proportion: Proportion) -> Option<Interval> {
    share_at(proportion, NORMAL_QUANTILE)
}

/// [`share`] with another normal quantile `z` than that of 95%.
pub(super) fn share_at(proportion: Proportion, z: f64) -> Option<Interval> {
    let Proportion { successes, n } = proportion;
    let failures = n.checked_sub(successes)?;
    if n == 0 {
        return None;
    }
    // The upper limit of the successes is what the failures leave at their lowest: computed so,
    // all successes give exactly 1, as none give exactly 0.
    Some(Interval {
        low: wilson_low(successes as f64, failures as f64, z),
        high: 1.0 - wilson_low(failures as f64, successes as f64, z),
    })
}

/// The interval of the treated share minus the comparison share, between −1 and 1.
///
/// With `p` the shares and `l` to `u` their Wilson intervals (see [`share`]), the limits are
/// `p₁ − p₂ − √((p₁ − l₁)² + (u₂ − p₂)²)` and `p₁ − p₂ + √((u₁ − p₁)² + (p₂ − l₂)²)`.
///
/// `None` when either arm has no observation.
///
/// Source: method 10 in Newcombe (1998), "Interval estimation for the difference between
/// independent proportions: comparison of eleven methods", *Statistics in Medicine* 17, 873–890.
///
/// ```
/// use engine::evidence::interval::{Proportion, difference_of_shares};
///
/// let treated = Proportion { successes: 56, n: 70 };
/// let comparison = Proportion { successes: 48, n: 80 };
/// let interval = difference_of_shares(treated, comparison).expect("both arms are observed");
/// assert!((interval.low - 0.0524).abs() < 1e-4);
/// assert!((interval.high - 0.3339).abs() < 1e-4);
/// ```
#[must_use]
pub fn difference_of_shares(treated: Proportion, comparison: Proportion) -> Option<Interval> {
    difference_of_shares_at(treated, comparison, NORMAL_QUANTILE)
}

/// [`difference_of_shares`] with another normal quantile `z` than that of 95%.
pub(super) fn difference_of_shares_at(
    treated: Proportion,
    comparison: Proportion,
    z: f64,
) -> Option<Interval> {
    let treated_range = share_at(treated, z)?;
    let comparison_range = share_at(comparison, z)?;
    let treated_share = treated.share();
    let comparison_share = comparison.share();

    let difference = treated_share - comparison_share;
    let below =
        libm::hypot(treated_share - treated_range.low, comparison_range.high - comparison_share);
    let above =
        libm::hypot(treated_range.high - treated_share, comparison_share - comparison_range.low);
    Interval::finite(difference - below, difference + above)
}

/// The interval of the treated share over the comparison share (a risk ratio).
///
/// With `a` successes of `n` and `b` of `m`, the limits are
/// `ratio · exp(± z · √(1/a − 1/n + 1/b − 1/m))`, where `z` is the 97.5% normal quantile.
///
/// `None` when either arm has no success: the logarithm of the ratio is then undefined. If every
/// observation of both arms is a success, the formula gives `[1, 1]` whatever their number; as
/// this overstates what is known, prefer [`difference_of_shares`] there.
///
/// Source: method C in Katz, Baptista, Azen and Pike (1978), "Obtaining confidence intervals for
/// the risk ratio in cohort studies", *Biometrics* 34, 469–474.
///
/// ```
/// use engine::evidence::interval::{Proportion, ratio_of_shares};
///
/// // Heart attacks in the Physicians' Health Study: aspirin and placebo.
/// let aspirin = Proportion { successes: 104, n: 11_037 };
/// let placebo = Proportion { successes: 189, n: 11_034 };
/// let interval = ratio_of_shares(aspirin, placebo).expect("both arms have successes");
/// assert!((interval.low - 0.4337).abs() < 1e-4);
/// assert!((interval.high - 0.6978).abs() < 1e-4);
/// ```
#[must_use]
pub fn ratio_of_shares(treated: Proportion, comparison: Proportion) -> Option<Interval> {
    ratio_of_shares_at(treated, comparison, NORMAL_QUANTILE)
}

/// [`ratio_of_shares`] with another normal quantile `z` than that of 95%.
pub(super) fn ratio_of_shares_at(
    treated: Proportion,
    comparison: Proportion,
    z: f64,
) -> Option<Interval> {
    let variance = treated.log_variance()? + comparison.log_variance()?;
    Interval::around_ratio(treated.share() / comparison.share(), variance.sqrt(), z)
}

impl Sample {
    /// The standard error of the mean; `None` when it cannot be estimated.
    fn standard_error(self) -> Option<f64> {
        let usable = self.n >= 2 && self.mean.is_finite() && self.sd.is_finite() && self.sd >= 0.0;
        usable.then(|| self.sd / (self.n as f64).sqrt())
    }
}

impl Proportion {
    /// The share of successes; not a number without observations, which callers rule out.
    fn share(self) -> f64 {
        self.successes as f64 / self.n as f64
    }

    /// The variance of the logarithm of the share; `None` when there is no success.
    fn log_variance(self) -> Option<f64> {
        let failures = self.n.checked_sub(self.successes)?;
        // This is `1/successes − 1/n`, without the subtraction of two nearly equal numbers.
        let variance = failures as f64 / (self.successes as f64 * self.n as f64);
        (self.successes > 0).then_some(variance)
    }
}

impl Interval {
    /// The interval from `low` to `high`, if both are finite.
    fn finite(low: f64, high: f64) -> Option<Self> {
        (low.is_finite() && high.is_finite()).then_some(Self { low, high })
    }

    /// The interval reaching `margin` to either side of `estimate`.
    fn around(estimate: f64, margin: f64) -> Option<Self> {
        Self::finite(estimate - margin, estimate + margin)
    }

    /// The interval of a ratio whose logarithm has the given standard error.
    fn around_ratio(ratio: f64, log_standard_error: f64, z: f64) -> Option<Self> {
        let factor = exp(z * log_standard_error);
        Self::finite(ratio / factor, ratio * factor)
    }
}

/// The lower limit of the Wilson interval, for at least one observation.
fn wilson_low(successes: f64, failures: f64, z: f64) -> f64 {
    let n = successes + failures;
    let squared = z * z;
    let root = z * (squared + 4.0 * successes * failures / n).sqrt();
    // The smaller root of a quadratic equation, written as a quotient. The textbook form takes
    // the difference of two numbers that agree in most digits when successes are rare.
    2.0 * successes * (successes / n) / (2.0 * successes + squared + root)
}

/// Satterthwaite's degrees of freedom; `None` when neither arm has any variance.
fn welch_degrees(treated: Sample, comparison: Sample) -> Option<f64> {
    let treated_error = treated.standard_error()?;
    let comparison_error = comparison.standard_error()?;
    let standard_error = libm::hypot(treated_error, comparison_error);
    if standard_error == 0.0 {
        return None;
    }
    // Numerator and denominator are both divided by (v₁ + v₂)², so that no fourth power of a
    // standard deviation can overflow or vanish.
    let treated_part = square(treated_error / standard_error);
    let comparison_part = square(comparison_error / standard_error);
    let reciprocal = square(treated_part) / (treated.n - 1) as f64
        + square(comparison_part) / (comparison.n - 1) as f64;
    Some(reciprocal.recip())
}

/// The quantile of Student's t with the probability of the normal quantile `z`; `None` when the degrees of freedom are not positive.
fn student_quantile(degrees: f64, z: f64) -> Option<f64> {
    let mut quantile = [0.0];
    Family::StudentT.fill_from_normal(&[z], &[&[degrees]], &mut quantile).ok().map(|()| quantile[0])
}

fn square(x: f64) -> f64 {
    x * x
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Earnings in 1978 of the trained and the control group of the National Supported Work
    /// experiment (Dehejia and Wahba's sample), summarised with numpy.
    const TRAINED: Sample = Sample { n: 185, mean: 6349.143530270271, sd: 7867.402217734687 };
    const CONTROL: Sample = Sample { n: 260, mean: 4554.801126, sd: 5483.8359913723225 };

    fn of(successes: u64, n: u64) -> Proportion {
        Proportion { successes, n }
    }

    #[track_caller]
    fn assert_near(found: Option<Interval>, low: f64, high: f64, tolerance: f64) {
        let Some(found) = found else { panic!("no interval, expected {low} to {high}") };
        assert!(
            (found.low - low).abs() <= tolerance && (found.high - high).abs() <= tolerance,
            "{found:?}, expected {low} to {high}"
        );
    }

    /// Published limits are rounded to four decimals.
    const PRINTED: f64 = 0.000_050_001;

    #[test]
    fn the_t_interval_agrees_with_one_worked_by_hand() {
        // 1, 2, 3, 4: mean 2.5, variance 5/3, t(3) = 3.182446.
        let sample = Sample { n: 4, mean: 2.5, sd: (5.0_f64 / 3.0).sqrt() };
        let margin = 3.182_446_305_284 * (5.0_f64 / 12.0).sqrt();
        assert_near(mean(sample), 2.5 - margin, 2.5 + margin, 1e-11);
    }

    #[test]
    fn the_t_interval_of_paired_changes_agrees_with_scipy() {
        // Student's sleep data; scipy.stats.t.interval.
        let gained = Sample { n: 10, mean: 1.58, sd: 1.229995483279873 };
        assert_near(mean(gained), 0.7001142367230175, 2.459885763276982, 1e-12);
    }

    #[test]
    fn student_quantiles_agree_with_scipy() {
        for (degrees, quantile) in [
            (1.0, 12.706204736174694),
            (1.5, 6.016663104427929),
            (2.0, 4.302652729749462),
            (9.0, 2.262157162798205),
            (30.3, 2.041424872699853),
            (307.1324931115885, 1.9677179287621582),
            (1e3, 1.9623390808264083),
            (1e4, 1.960201239890626),
            (1e6, 1.959966356814107),
            (1e8, 1.9599640082627663),
        ] {
            let found =
                student_quantile(degrees, NORMAL_QUANTILE).expect("the degrees are positive");
            assert!((found - quantile).abs() < 1e-11, "{degrees}: {found}, expected {quantile}");
        }
    }

    #[test]
    fn a_huge_sample_has_the_normal_interval() {
        let sample = Sample { n: u64::MAX, mean: 0.0, sd: (u64::MAX as f64).sqrt() };
        assert_near(mean(sample), -NORMAL_QUANTILE, NORMAL_QUANTILE, 1e-12);
    }

    #[test]
    fn the_difference_of_means_agrees_with_welch_in_scipy() {
        let degrees = welch_degrees(TRAINED, CONTROL).expect("both arms vary");
        assert!((degrees - 307.1324931115885).abs() < 1e-9, "{degrees}");
        let found = difference_of_means(TRAINED, CONTROL);
        assert_near(found, 474.0104698178568, 3114.674338722685, 1e-8);
    }

    #[test]
    fn the_ratio_of_means_agrees_with_numpy() {
        let found = ratio_of_means(TRAINED, CONTROL);
        assert_near(found, 1.1065766032879896, 1.755941195086874, 1e-12);
    }

    #[test]
    fn shares_agree_with_newcombes_examples() {
        assert_near(share(of(81, 263)), 0.2553, 0.3662, PRINTED);
        assert_near(share(of(15, 148)), 0.0624, 0.1605, PRINTED);
        assert_near(share(of(0, 20)), 0.0, 0.1611, PRINTED);
        assert_near(share(of(1, 29)), 0.0061, 0.1718, PRINTED);
    }

    #[test]
    fn differences_of_shares_agree_with_newcombes_examples() {
        for (treated, comparison, low, high) in [
            (of(56, 70), of(48, 80), 0.0524, 0.3339),
            (of(9, 10), of(3, 10), 0.1705, 0.8090),
            (of(6, 7), of(2, 7), 0.0582, 0.8062),
            (of(5, 56), of(0, 29), -0.0381, 0.1926),
            (of(0, 10), of(0, 20), -0.1611, 0.2775),
            (of(0, 10), of(0, 10), -0.2775, 0.2775),
            (of(10, 10), of(0, 20), 0.6791, 1.0),
            (of(10, 10), of(0, 10), 0.6075, 1.0),
        ] {
            assert_near(difference_of_shares(treated, comparison), low, high, PRINTED);
        }
    }

    #[test]
    fn ratios_of_shares_agree_with_scipy() {
        // Heart attacks in the Physicians' Health Study; scipy.stats.contingency.relative_risk.
        let found = ratio_of_shares(of(104, 11_037), of(189, 11_034));
        assert_near(found, 0.43367311590896745, 0.6978216574892077, 1e-12);
        // Any earnings in 1978, trained against control; statsmodels' Table2x2.
        let found = ratio_of_shares(of(140, 185), of(168, 260));
        assert_near(found, 1.0371655487025624, 1.322490815374944, 1e-12);
    }

    #[test]
    fn fewer_than_two_measurements_give_no_interval() {
        let enough = Sample { n: 2, mean: 1.0, sd: 1.0 };
        for n in [0, 1] {
            let few = Sample { n, ..enough };
            assert_eq!(mean(few), None);
            for function in [difference_of_means, ratio_of_means] {
                assert_eq!(function(few, enough), None);
                assert_eq!(function(enough, few), None);
            }
        }
    }

    #[test]
    fn no_observation_gives_no_interval() {
        assert_eq!(share(of(0, 0)), None);
        for function in [difference_of_shares, ratio_of_shares] {
            assert_eq!(function(of(0, 0), of(1, 2)), None);
            assert_eq!(function(of(1, 2), of(0, 0)), None);
        }
    }

    #[test]
    fn impossible_input_gives_no_interval() {
        assert_eq!(share(of(3, 2)), None);
        assert_eq!(ratio_of_shares(of(1, 2), of(3, 2)), None);
        let possible = Sample { n: 5, mean: 1.0, sd: 1.0 };
        for sd in [-1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(mean(Sample { sd, ..possible }), None);
        }
        for mean in [f64::NAN, f64::INFINITY] {
            assert_eq!(difference_of_means(possible, Sample { mean, ..possible }), None);
            assert_eq!(ratio_of_means(possible, Sample { mean, ..possible }), None);
        }
    }

    #[test]
    fn a_ratio_needs_positive_means_and_successes_in_both_arms() {
        let positive = Sample { n: 5, mean: 1.0, sd: 1.0 };
        for mean in [0.0, -1.0] {
            let other = Sample { mean, ..positive };
            assert_eq!(ratio_of_means(positive, other), None);
            assert_eq!(ratio_of_means(other, positive), None);
        }
        assert_eq!(ratio_of_shares(of(0, 5), of(1, 5)), None);
        assert_eq!(ratio_of_shares(of(1, 5), of(0, 5)), None);
    }

    #[test]
    fn samples_without_variance_give_intervals_without_width() {
        let treated = Sample { n: 3, mean: 6.0, sd: 0.0 };
        let comparison = Sample { n: 4, mean: 4.0, sd: 0.0 };
        assert_eq!(mean(treated), Some(Interval { low: 6.0, high: 6.0 }));
        let difference = difference_of_means(treated, comparison);
        assert_eq!(difference, Some(Interval { low: 2.0, high: 2.0 }));
        let ratio = ratio_of_means(treated, comparison);
        assert_eq!(ratio, Some(Interval { low: 1.5, high: 1.5 }));
    }

    #[test]
    fn one_arm_without_variance_leaves_the_degrees_of_the_other() {
        let constant = Sample { n: 50, mean: 4.0, sd: 0.0 };
        let varying = Sample { n: 4, mean: 4.0, sd: 2.0 };
        assert_eq!(welch_degrees(constant, varying), Some(3.0));
        let alone = mean(Sample { mean: 0.0, ..varying });
        assert_eq!(difference_of_means(varying, constant), alone);
    }

    #[test]
    fn measurements_may_be_of_any_magnitude() {
        for scale in [1e-200, 1e200] {
            let scaled = |sample: Sample| Sample {
                mean: sample.mean * scale,
                sd: sample.sd * scale,
                ..sample
            };
            let found = difference_of_means(scaled(TRAINED), scaled(CONTROL));
            let low = 474.0104698178568 * scale;
            let high = 3114.674338722685 * scale;
            assert_near(found, low, high, 1e-8 * scale);
        }
    }

    fn sample() -> impl Strategy<Value = Sample> {
        (2..10_000_u64, 1e-3..1e6_f64, 0.0..1e4_f64).prop_map(|(n, mean, sd)| Sample {
            n,
            mean,
            sd,
        })
    }

    fn proportion() -> impl Strategy<Value = Proportion> {
        (1..10_000_u64)
            .prop_flat_map(|n| (0..=n, Just(n)))
            .prop_map(|(successes, n)| Proportion { successes, n })
    }

    fn contains(interval: Option<Interval>, estimate: f64) -> bool {
        interval.is_some_and(|interval| interval.low <= estimate && estimate <= interval.high)
    }

    fn negated(interval: Option<Interval>) -> Option<Interval> {
        interval.map(|Interval { low, high }| Interval { low: -high, high: -low })
    }

    proptest! {
        #[test]
        fn an_interval_of_means_contains_its_estimate(a in sample(), b in sample()) {
            prop_assert!(contains(mean(a), a.mean));
            prop_assert!(contains(difference_of_means(a, b), a.mean - b.mean));
            // A standard deviation far above the mean puts the upper limit beyond any number.
            if let ratio @ Some(_) = ratio_of_means(a, b) {
                prop_assert!(contains(ratio, a.mean / b.mean));
            }
        }

        #[test]
        fn an_interval_of_shares_contains_its_estimate(a in proportion(), b in proportion()) {
            prop_assert!(contains(share(a), a.share()));
            prop_assert!(contains(difference_of_shares(a, b), a.share() - b.share()));
            if a.successes > 0 && b.successes > 0 {
                prop_assert!(contains(ratio_of_shares(a, b), a.share() / b.share()));
            }
        }

        #[test]
        fn shares_and_their_differences_stay_in_range(a in proportion(), b in proportion()) {
            let within = |interval: Option<Interval>, least: f64| {
                interval.is_some_and(|interval| least <= interval.low && interval.high <= 1.0)
            };
            prop_assert!(within(share(a), 0.0));
            prop_assert!(within(difference_of_shares(a, b), -1.0));
        }

        #[test]
        fn swapping_the_arms_negates_a_difference_of_means(a in sample(), b in sample()) {
            prop_assert_eq!(difference_of_means(b, a), negated(difference_of_means(a, b)));
        }

        #[test]
        fn swapping_the_arms_negates_a_difference_of_shares(
            a in proportion(),
            b in proportion(),
        ) {
            prop_assert_eq!(difference_of_shares(b, a), negated(difference_of_shares(a, b)));
        }
    }
}
