//! Simulated figures with their errors, in tables and in sentences.

use super::document::{Figure, Side, Table};
use super::figures::{Currency, decimals_beside, decimals_for, figure};
use crate::contract::wording::phrase;
use crate::problem::Language;
use crate::simulate::{Distribution, Probability};

/// A table of distributions: a column of names under `first`, then mean, spread and percentiles.
pub(super) fn distributions(first: String, unit: Option<&str>, language: Language) -> Table {
    Table::new([(first, Side::Left)].into_iter().chain(headings(unit, language)))
}

/// What stands above the mean, the spread and the percentiles of a distribution.
pub(super) fn headings(unit: Option<&str>, language: Language) -> [(String, Side); 5] {
    let mean = match unit {
        Some(unit) => phrase!(language, "Mean ({unit})", "平均（{unit}）"),
        None => phrase!(language, "Mean", "平均"),
    };
    [
        mean,
        phrase!(language, "Std. deviation", "標準偏差"),
        "5%".to_owned(),
        phrase!(language, "Median", "中央値"),
        "95%".to_owned(),
    ]
    .map(|heading| (heading, Side::Right))
}

/// A row of a table of amounts, without the currency.
pub(super) fn amounts(
    name: impl Into<String>,
    of: &Distribution,
    currency: Currency<'_>,
) -> [Figure; 6] {
    let shown = |value| Figure::number(value, currency.simulated_digits(value));
    let mean = amount(of.mean, of.se, currency);
    [name.into().into(), mean, shown(of.sd), shown(of.p05), shown(of.p50), shown(of.p95)]
}

/// An amount and its standard error, without the currency.
pub(super) fn amount(mean: f64, se: f64, currency: Currency<'_>) -> Figure {
    let digits = |value| currency.simulated_digits(value);
    Figure::estimated(mean, se, format!("{} ± {}", digits(mean), digits(se)))
}

/// How the numbers of a row are written.
#[derive(Debug, Clone, Copy)]
pub(super) enum Written {
    /// Multiplied by this, as is what a workbook computes with.
    Times(f64),
    /// In percent; a workbook computes with the fraction.
    Percent,
}

/// A row of a table of numbers.
pub(super) fn numbers(name: impl Into<String>, of: &Distribution, written: Written) -> [Figure; 6] {
    let [mean, sd, p05, p50, p95] = values(of, written);
    [name.into().into(), mean, sd, p05, p50, p95]
}

/// Mean, spread and percentiles: the mean as fine as its error allows, the spread coarser.
pub(super) fn values(of: &Distribution, written: Written) -> [Figure; 5] {
    let (factor, sign, number) = match written {
        Written::Times(factor) => (factor, "", factor),
        Written::Percent => (100.0, "%", 1.0),
    };
    let fine = decimals_beside(of.mean * factor, of.se * factor, 2);
    let coarse = decimals_beside(of.mean * factor, of.sd * factor, 3);
    let text = |value: f64, decimals| format!("{}{sign}", figure(value * factor, decimals));
    let plain = |value: f64| Figure::number(value * number, text(value, coarse));
    let mean = format!("{} ± {}", text(of.mean, fine), text(of.se, fine));
    [
        Figure::estimated(of.mean * number, of.se * number, mean),
        plain(of.sd),
        plain(of.p05),
        plain(of.p50),
        plain(of.p95),
    ]
}

/// A part and its standard error in percent, as fine as the error allows.
pub(super) fn part(value: f64, se: f64) -> String {
    let decimals = decimals_for(se * 100.0, 1).max(1);
    let shown = |part: f64| figure(part * 100.0, decimals);
    format!("{}% ± {}%", shown(value), shown(se))
}

/// How fine percentiles are that were counted in classes of this width.
pub(super) fn classes(width: f64, language: Language) -> String {
    let parts = figure(1.0 / width, 0);
    phrase!(
        language,
        "With so many futures percentiles are counted in classes: each is known to one part in {parts}\n\
         of its distance from the mean.\n",
        "将来の数が多いため、パーセンタイルは階級で数えています。平均からの距離の {parts} 分の 1 まで正確です。\n"
    )
}

/// What an expected shortfall below 0 means.
pub(super) fn gains_at_worst(language: Language) -> String {
    phrase!(
        language,
        "(below 0: even those gain on the mean)\n",
        "（0 未満は、最悪の 5% でも平均では利益が出ることを示します）\n"
    )
}

/// A probability in percent, as fine as its error allows. What happened on no path or on every path
/// has an estimated error of 0, so the number of paths is said instead.
pub(super) fn likelihood(
    Probability { value, se }: Probability,
    paths: u64,
    language: Language,
) -> Figure {
    let paths = figure(paths as f64, 0);
    if value <= 0.0 {
        return phrase!(language, "0% (none of {paths})", "0%（{paths} 回中なし）").into();
    }
    if value >= 1.0 {
        return phrase!(language, "100% (all of {paths})", "100%（{paths} 回すべて）").into();
    }
    Figure::estimated(value, se, part(value, se))
}

/// What a saving is said to be.
pub(super) fn cashable_or_not(cashable: Option<bool>, language: Language) -> String {
    match cashable {
        Some(true) => phrase!(language, "cashable", "現金化できる"),
        Some(false) => phrase!(language, "not cashable", "現金化できない"),
        None => phrase!(language, "cashability unstated", "現金化の可否は記載なし"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulate::PercentileErrors;

    #[test]
    fn what_happens_never_or_always_is_told_with_the_number_of_paths() {
        let told = |value, se| likelihood(Probability { value, se }, 2_000, Language::En).text;
        assert_eq!(told(0.0, 0.0), "0% (none of 2,000)");
        assert_eq!(told(1.0, 0.0), "100% (all of 2,000)");
        assert_eq!(told(0.25, 0.0097), "25.0% ± 1.0%");
        assert_eq!(told(0.9995, 0.0005), "99.95% ± 0.05%");
    }

    #[test]
    fn a_rate_is_written_in_percent_and_computed_with_as_a_fraction() {
        let rate = Distribution {
            mean: -0.0439,
            se: 0.0019,
            sd: 0.0832,
            p05: -0.234,
            p50: -0.0354,
            p95: 0.0441,
            min: -0.5,
            p01: -0.3,
            p25: -0.1,
            p75: 0.02,
            p99: 0.05,
            max: 0.06,
            errors: PercentileErrors([0.0; 7]),
        };
        let row = numbers("rate", &rate, Written::Percent);
        let texts = row.each_ref().map(|figure| figure.text.as_str());
        assert_eq!(texts, ["rate", "-4.39% ± 0.19%", "8.32%", "-23.40%", "-3.54%", "4.41%"]);
        assert_eq!((row[1].number, row[1].error), (Some(-0.0439), Some(0.0019)));
        let row = numbers("points", &rate, Written::Times(100.0));
        assert_eq!(row[1].text, "-4.39 ± 0.19");
        assert_eq!(row[5].number.map(|number| (number * 100.0).round()), Some(441.0));
    }
}
