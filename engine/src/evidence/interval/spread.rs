//! What an estimate's interval is computed from, at any level.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::{
    Counts, Interval, NORMAL_QUANTILE, Proportion, Sample, Weighted, difference_of_means_at,
    difference_of_shares_at, mean_at, ratio_of_means_at, ratio_of_shares_at, share_at,
    standardised_rate, student_quantile,
};
use crate::numeric::elementary::{exp, ln};
use crate::problem::{Text, say};
use crate::random::normal;

/// The normal quantile of a one-sided level such as 0.95; `None` outside 0.5 to 1.
#[must_use]
pub fn quantile_of(level: Decimal) -> Option<f64> {
    let level = level.to_f64()?;
    // From the upper tail, which is exact in decimals: the inverse is symmetric.
    (level > 0.5 && level < 1.0).then(|| normal::inverse(level))
}

/// An estimate's error: the method, and the statistics it needs.
#[derive(Debug, Clone, PartialEq)]
pub enum Spread {
    /// Student's t.
    Mean(Sample),
    /// Welch.
    DifferenceOfMeans(Sample, Sample),
    /// The delta method on the log scale.
    RatioOfMeans(Sample, Sample),
    /// Wilson.
    Share(Proportion),
    /// Newcombe.
    DifferenceOfShares(Proportion, Proportion),
    /// Katz.
    RatioOfShares(Proportion, Proportion),
    /// Byar.
    Rate(Counts),
    /// Exact, conditional on the sum.
    RatioOfRates(Counts, Counts),
    /// Fay and Feuer.
    StandardisedRate(Vec<Weighted>),
    /// `value ± quantile × standard_error`, of Student's t with these degrees of freedom or normal.
    Around {
        /// The estimate.
        value: f64,
        /// Its standard error.
        standard_error: f64,
        /// The degrees of freedom; normal without.
        degrees: Option<f64>,
        /// What it is called.
        method: Method,
    },
    /// The 95% interval that an evaluator reports.
    Reported {
        /// The estimate.
        value: f64,
        /// The interval.
        interval: Interval,
        /// Whether it lies about the value on the log scale, as a ratio's does.
        ratio: bool,
    },
    /// `shift + scale × estimate`.
    Moved {
        /// The estimate's own.
        of: Box<Spread>,
        /// What is added after scaling.
        shift: f64,
        /// What it is multiplied by.
        scale: f64,
    },
    /// `Σ weight × estimate`, each at its own limit: wide enough whatever their correlation.
    Sum(Vec<(Spread, f64)>),
}

/// What a standard error was computed by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Independent strata, each with its own variance.
    Stratified,
    /// The sandwich of the stacked equations of scores and means.
    Sandwich,
    /// Least squares with heteroskedasticity-consistent variance HC3.
    LeastSquares,
    /// As the evaluator reports.
    Reported,
}

impl Spread {
    /// The limits with the normal quantile `z`; one of them alone is the one-sided bound.
    #[must_use]
    pub fn limits(&self, z: f64) -> Option<Interval> {
        match self {
            Spread::Mean(sample) => mean_at(*sample, z),
            Spread::DifferenceOfMeans(a, b) => difference_of_means_at(*a, *b, z),
            Spread::RatioOfMeans(a, b) => ratio_of_means_at(*a, *b, z),
            Spread::Share(share) => share_at(*share, z),
            Spread::DifferenceOfShares(a, b) => difference_of_shares_at(*a, *b, z),
            Spread::RatioOfShares(a, b) => ratio_of_shares_at(*a, *b, z),
            Spread::Rate(counts) => counts.rate(z),
            Spread::RatioOfRates(a, b) => a.ratio(*b, z),
            Spread::StandardisedRate(strata) => standardised_rate(strata, z),
            Spread::Around { value, standard_error, degrees, .. } => {
                let quantile = match degrees {
                    Some(degrees) => student_quantile(*degrees, z)?,
                    None => z,
                };
                Interval::around(*value, quantile * standard_error)
            }
            Spread::Reported { value, interval, ratio } => {
                let part = z / NORMAL_QUANTILE;
                if *ratio && interval.low > 0.0 && *value > 0.0 {
                    let towards = |limit: f64| value * exp(part * (ln(limit) - ln(*value)));
                    return Interval::finite(towards(interval.low), towards(interval.high));
                }
                let towards = |limit: f64| value + part * (limit - value);
                Interval::finite(towards(interval.low), towards(interval.high))
            }
            Spread::Moved { of, shift, scale } => {
                let own = of.limits(z)?;
                let (a, b) = (shift + scale * own.low, shift + scale * own.high);
                Interval::finite(a.min(b), a.max(b))
            }
            Spread::Sum(parts) => {
                let mut sum = Interval { low: 0.0, high: 0.0 };
                for (part, weight) in parts {
                    let own = part.limits(z)?;
                    let (a, b) = (weight * own.low, weight * own.high);
                    sum = Interval { low: sum.low + a.min(b), high: sum.high + a.max(b) };
                }
                Interval::finite(sum.low, sum.high)
            }
        }
    }

    /// The error of `shift + scale × estimate`.
    #[must_use]
    pub fn moved(self, shift: f64, scale: f64) -> Spread {
        if shift == 0.0 && scale == 1.0 {
            return self;
        }
        Spread::Moved { of: Box::new(self), shift, scale }
    }

    /// The two-sided 95% interval.
    #[must_use]
    pub fn interval(&self) -> Option<Interval> {
        match self {
            Spread::Reported { interval, .. } => Some(*interval),
            spread => spread.limits(NORMAL_QUANTILE),
        }
    }

    /// The method, in words.
    #[must_use]
    pub fn method(&self) -> Text {
        match self {
            Spread::Mean(_) => say!("Student's t", "t 分布"),
            Spread::DifferenceOfMeans(..) => say!("Welch's t", "ウェルチの t"),
            Spread::RatioOfMeans(..) | Spread::RatioOfShares(..) => {
                say!("log scale, delta method", "対数スケールのデルタ法")
            }
            Spread::Share(_) => say!("Wilson score", "ウィルソンのスコア法"),
            Spread::DifferenceOfShares(..) => say!("Newcombe's hybrid score", "ニューカムの方法"),
            Spread::Rate(_) => say!("Byar, Poisson counts", "バイアーの近似（ポアソン）"),
            Spread::RatioOfRates(..) => {
                say!("exact, conditional on the number of events", "発生数の合計を条件とする正確法")
            }
            Spread::StandardisedRate(_) => {
                say!("Fay and Feuer, gamma", "フェイ・フォイアのガンマ法")
            }
            Spread::Around { method, .. } => match method {
                Method::Stratified => say!("normal, variances by stratum", "層別分散の正規近似"),
                Method::Sandwich => {
                    say!("robust (sandwich), weights estimated", "頑健分散（重みの推定誤差を含む）")
                }
                Method::LeastSquares => say!("Student's t with HC3 variance", "HC3 分散の t 分布"),
                Method::Reported => say!(
                    "normal, from the reported standard error",
                    "報告された標準誤差による正規近似"
                ),
            },
            Spread::Reported { .. } => say!("as reported", "報告による"),
            Spread::Moved { of, .. } => of.method(),
            Spread::Sum(_) => say!(
                "limits of the parts added up, whatever their correlation",
                "各部分の限界の和（相関によらず有効）"
            ),
        }
    }
}
