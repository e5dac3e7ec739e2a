//! Whether a measurement can tell an effect from none.

use crate::random::normal::{cumulative, inverse};

/// A two-sided test of an estimate against a value that means no effect, by the normal
/// approximation.
///
/// Source: Cohen 1988, Statistical Power Analysis for the Behavioral Sciences, sections 2.5 and
/// 12.7; Chow, Shao and Wang 2008, Sample Size Calculations in Clinical Research, chapters 3 and 4.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Test {
    /// What is expected of the estimate less what means no effect.
    pub effect: f64,
    /// The standard error of the estimate where there is no effect.
    pub se_without: f64,
    /// The standard error of the estimate under the effect.
    pub se: f64,
    /// How often an effect may be found where there is none, both sides together.
    pub alpha: f64,
}

/// What a test can do.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Power {
    /// How often it finds the effect.
    pub power: f64,
    /// The smallest effect, either way, that it finds as often as is wanted.
    pub detectable: f64,
    /// How many times the people that are needed to find the effect as often as is wanted; infinite
    /// without an effect.
    pub people: f64,
}

impl Test {
    /// What the test can do, and what it takes to find the effect with a power of `wanted`.
    ///
    /// With `z = z(1 − α/2)`, `δ` the effect, `s₀` and `s₁` the errors without effect and with it:
    ///
    /// - power: `Φ((|δ| − z s₀) / s₁) + Φ((−|δ| − z s₀) / s₁)`
    /// - detectable effect: `z s₀ + z(wanted) s₁`
    /// - people: `((z s₀ + z(wanted) s₁) / δ)²` times as many, as errors fall with the root of the
    ///   number measured.
    ///
    /// Detectable effect and people leave out the far side, which hardly counts.
    ///
    /// ```
    /// use engine::analyse::parties::Test;
    /// // Half a standard deviation, 32 people: an error of 1/√32. At 5% the power is 80.7%, and
    /// // 31.4 people would do for 80%.
    /// let se = 1.0 / 32.0_f64.sqrt();
    /// let found = Test { effect: 0.5, se_without: se, se, alpha: 0.05 }.with(0.8);
    /// assert!((found.power - 0.807430).abs() < 1e-6);
    /// assert!((found.people * 32.0 - 31.395518).abs() < 1e-5);
    /// ```
    #[must_use]
    pub fn with(&self, wanted: f64) -> Power {
        let (effect, z) = (self.effect.abs(), inverse(1.0 - self.alpha / 2.0));
        let reached = |effect: f64| {
            let off = effect - z * self.se_without;
            match (self.se > 0.0, off > 0.0) {
                (true, _) => cumulative(off / self.se),
                (false, found) => f64::from(u8::from(found)),
            }
        };
        let needed = z * self.se_without + inverse(wanted) * self.se;
        Power {
            power: reached(effect) + reached(-effect),
            detectable: needed,
            people: (needed / effect) * (needed / effect),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// statsmodels 0.15.0, `NormalIndPower(ddof=0).power(d, n, alpha, ratio=0)` of one sample and
    /// `.solve_power(…, ratio=0, power=0.8)`; the last three columns are power, people, and the
    /// smallest effect by `.solve_power(effect_size=None, nobs1=n, power=0.8)`.
    #[test]
    fn one_mean_is_tested_as_statsmodels_does() {
        for (d, n, alpha, power, people, detectable) in KNOWN_MEANS {
            let se = 1.0 / n.sqrt();
            let found = Test { effect: d, se_without: se, se, alpha }.with(0.8);
            assert!((found.power - power).abs() < 1e-9, "{d} {n}: {found:?} {power}");
            assert!((found.people * n / people - 1.0).abs() < 1e-3, "{d} {n}: {found:?} {people}");
            assert!((found.detectable - detectable).abs() < 1e-3 * detectable, "{found:?}");
        }
    }

    /// `(d, n, alpha, power, people for a power of 80%, detectable effect)`.
    const KNOWN_MEANS: [(f64, f64, f64, f64, f64, f64); 6] = [
        (0.5, 32.0, 0.05, 0.807430419432557, 31.395442038122635, 0.495255413853265),
        (0.2, 100.0, 0.05, 0.5160052739761747, 196.2215127355966, 0.2801568334667266),
        (0.8, 10.0, 0.01, 0.48165243023531, 18.248388777359974, 1.0806927575540406),
        (0.1, 50.0, 0.05, 0.10895461755061545, 784.8860506688932, 0.39620357647695037),
        (0.3, 400.0, 0.1, 0.9999933510985007, 68.69152123005122, 0.12432056686213364),
        (-0.35, 64.0, 0.05, 0.7995568714356514, 64.0723310414877, 0.35019811870548834),
    ];

    /// statsmodels 0.15.0, `NormalIndPower(ddof=0)` of two samples, the second `ratio` times the
    /// first: the error is `√(1/n + 1/(ratio n))`.
    #[test]
    fn a_difference_of_means_is_tested_as_statsmodels_does() {
        let known = [
            (0.5_f64, 64.0_f64, 0.05, 1.0_f64, 0.807430419432557, 62.79088416571135),
            (0.3, 120.0, 0.05, 0.5, 0.47510087057263783, 261.62868365941233),
            (0.25, 200.0, 0.01, 2.0, 0.6220700799562431, 280.29523609439167),
        ];
        for (d, n, alpha, ratio, power, people) in known {
            let se = f64::sqrt(1.0 / n + 1.0 / (ratio * n));
            let found = Test { effect: d, se_without: se, se, alpha }.with(0.8);
            assert!((found.power - power).abs() < 1e-9, "{d} {n}: {found:?}");
            assert!((found.people * n / people - 1.0).abs() < 1e-4, "{d} {n}: {found:?}");
        }
    }

    /// A share against a fixed one: the formula of Chow, Shao and Wang 2008, section 4.1, computed
    /// with scipy 1.17.1 `norm.cdf` and `norm.ppf`.
    #[test]
    fn a_share_has_another_error_with_the_effect_than_without() {
        let known = [
            (0.3_f64, 0.4_f64, 200.0_f64, 0.05, 0.8539161223385917, 171.73495682090712),
            (0.5, 0.6, 100.0, 0.05, 0.5163234210273414, 193.84728588314755),
            (0.05, 0.1, 300.0, 0.01, 0.8450564222159687, 264.957235157859),
        ];
        for (p0, p1, n, alpha, power, people) in known {
            let error = |p: f64| (p * (1.0 - p) / n).sqrt();
            let (se_without, se) = (error(p0), error(p1));
            let found = Test { effect: p1 - p0, se_without, se, alpha }.with(0.8);
            assert!((found.power - power).abs() < 1e-12, "{p0} {p1}: {found:?}");
            assert!((found.people * n / people - 1.0).abs() < 1e-9, "{p0} {p1}: {found:?}");
        }
    }

    /// statsmodels 0.15.0, `power_proportions_2indep(diff, p2, n, ratio=1)`: two groups of `n` with
    /// the pooled error without effect.
    #[test]
    fn a_difference_of_shares_is_tested_as_statsmodels_does() {
        let known = [
            (0.1_f64, 0.3_f64, 300.0_f64, 0.7294579023094231),
            (0.05, 0.1, 600.0, 0.745548731036462),
        ];
        for (difference, p, n, power) in known {
            let variance = |p: f64| p * (1.0 - p);
            let pooled = p + difference / 2.0;
            let se_without = (2.0 * variance(pooled) / n).sqrt();
            let se = ((variance(p) + variance(p + difference)) / n).sqrt();
            let test = Test { effect: difference, se_without, se, alpha: 0.05 };
            // The far side, which statsmodels counts as 0 here, is below 1e-5.
            assert!((test.with(0.8).power - power).abs() < 1e-5, "{test:?}");
        }
    }

    #[test]
    fn without_an_effect_no_number_of_people_finds_one() {
        let found = Test { effect: 0.0, se_without: 1.0, se: 1.0, alpha: 0.05 }.with(0.8);
        assert!((found.power - 0.05).abs() < 1e-12 && found.people.is_infinite(), "{found:?}");
        // What is measured without error is found whenever it is there.
        let exact = Test { effect: 1.0, se_without: 0.0, se: 0.0, alpha: 0.05 }.with(0.8);
        assert_eq!((exact.power, exact.detectable, exact.people), (1.0, 0.0, 0.0));
    }
}
