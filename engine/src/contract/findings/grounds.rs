//! What indicators rest on: what is not stated, and what contradicts what they measure.

use jiff::ToSpan;
use rust_decimal::Decimal;

use super::probe::Probe;
use super::{Finding, both, measures, value};
use crate::contract::grounds::Obtained;
use crate::contract::{Better, Contract, Estimand, Indicator, Missing, wording};
use crate::expr::Exact;
use crate::problem::{Language, Problem, Text, say};

/// Standard deviations from earlier years within which a target is taken as within reach.
const FAR: Decimal = Decimal::from_parts(3, 0, 0, false, 0);

pub(super) fn findings(contract: &Contract, probe: &Probe<'_>) -> Vec<Finding> {
    let paying: Vec<&Indicator> = contract
        .indicators
        .iter()
        .enumerate()
        .filter(|(position, _)| measures::pays(contract, *position))
        .map(|(_, indicator)| indicator)
        .collect();
    let mut findings = unstated(&paying);
    for indicator in paying {
        let mut tell = |problem: Problem| {
            let problem = problem.maybe_at(indicator.place.clone());
            findings.push(Finding::from(problem).of(indicator.id.clone()));
        };
        if let Some(problem) = contradiction(indicator) {
            tell(problem);
        }
        if let Some(problem) = baseline_source(indicator) {
            tell(problem);
        }
        if indicator.grounds.obtained == Some(Obtained::SelfReport)
            && indicator.grounds.verified.is_none()
        {
            tell(Problem::warning(
                "self-report-unverified",
                say!(
                    "\"{}\" pays on what people say of themselves; how that is verified is not stated",
                    "「{}」は自己申告に基づいて支払いますが、検証の方法が書かれていません",
                    indicator.title.clone()
                ),
            ));
        }
        if let Some(problem) = late_data(contract, indicator) {
            tell(problem);
        }
        if let Some(problem) = far_target(contract, probe, indicator) {
            tell(problem);
        }
    }
    findings.extend(shrinking(contract, probe));
    findings
}

/// What each of several indicators leaves unsaid, in one note per kind.
fn unstated(paying: &[&Indicator]) -> Vec<Finding> {
    type Lacks = fn(&Indicator) -> bool;
    let own = |indicator: &Indicator| !matches!(indicator.estimand, Estimand::Blend { .. });
    let kinds: [(&'static str, Text, Lacks); 9] = [
        (
            "issue-unstated",
            say!("the policy issue is not stated of: {{}}", "行政課題が書かれていない指標: {{}}"),
            |indicator| indicator.grounds.issue.is_none(),
        ),
        (
            "data-access-unstated",
            say!(
                "who holds the data, or when they can be had, is not stated of: {{}}",
                "データの保有者か入手できる時期が書かれていない指標: {{}}"
            ),
            |indicator| {
                indicator.grounds.owner.is_none() || indicator.grounds.available_days.is_none()
            },
        ),
        (
            "evidence-kind-unstated",
            say!(
                "whether values are recorded, measured or self-reported is not stated of: {{}}",
                "値が記録・測定・自己申告のどれかが書かれていない指標: {{}}"
            ),
            |indicator| indicator.grounds.obtained.is_none(),
        ),
        (
            "population-unstated",
            say!(
                "everyone in the evidence counts, as nobody is selected, for: {{}}",
                "対象者の条件がなく、証拠データの全員が対象となる指標: {{}}"
            ),
            |indicator| indicator.who.is_none() && !indicator.estimand.closures().is_empty(),
        ),
        (
            "exclusions-unstated",
            say!(
                "for which reasons people may be left out is not stated of: {{}}",
                "除外できる理由が書かれていない指標: {{}}"
            ),
            |indicator| indicator.grounds.exclusions.is_none(),
        ),
        (
            "without-unstated",
            say!(
                "what would be measured without the programme is not stated of: {{}}",
                "事業がない場合に見込まれる値が書かれていない指標: {{}}"
            ),
            |indicator| indicator.grounds.without.is_none() && indicator.no_effect().is_none(),
        ),
        (
            "without-unsourced",
            say!(
                "where the value expected without the programme comes from is not stated of: {{}}",
                "事業がない場合の値の出所が書かれていない指標: {{}}"
            ),
            |indicator| {
                indicator.grounds.without.is_some() && indicator.grounds.without_source.is_none()
            },
        ),
        (
            "method-unstated",
            say!(
                "how the programme's part is told from the rest is not stated of: {{}}",
                "事業の効果を見分ける方法が書かれていない指標: {{}}"
            ),
            |indicator| indicator.grounds.method.is_none(),
        ),
        (
            "method-unreasoned",
            say!(
                "why there is no comparison group is not stated of: {{}}",
                "比較群を置かない理由が書かれていない指標: {{}}"
            ),
            |indicator| {
                let open =
                    indicator.grounds.method.is_some_and(|method| !method.needs_comparison());
                open && indicator.grounds.reason.is_none()
            },
        ),
    ];
    let mut findings = Vec::new();
    for (id, message, lacks) in kinds {
        let lacking: Vec<&&Indicator> =
            paying.iter().filter(|indicator| own(indicator) && lacks(indicator)).collect();
        let Some(first) = lacking.first() else { continue };
        let titles: Vec<Text> = lacking.iter().map(|indicator| indicator.title.clone()).collect();
        let list = Text::join(&titles, &say!(", ", "、"));
        let message =
            Text { en: message.en.replace("{}", &list.en), ja: message.ja.replace("{}", &list.ja) };
        let problem = Problem::note(id, message).maybe_at(first.place.clone());
        let finding = Finding::from(problem);
        findings.push(
            lacking.iter().fold(finding, |finding, lacking| finding.one_of(lacking.id.clone())),
        );
    }
    findings
}

/// Whether an estimand compares two groups of people.
fn compares(estimand: &Estimand) -> bool {
    match estimand {
        Estimand::Difference { .. }
        | Estimand::Ratio { .. }
        | Estimand::DifferenceInDifferences { .. }
        | Estimand::RateRatio { .. }
        | Estimand::PropensityWeighted { .. }
        | Estimand::Ancova { .. }
        | Estimand::ObservedOverExpected { .. } => true,
        Estimand::MeanChange { .. }
        | Estimand::Mean { .. }
        | Estimand::Share { .. }
        | Estimand::Count { .. }
        | Estimand::Total { .. }
        | Estimand::Rate { .. }
        | Estimand::Standardised { .. }
        | Estimand::Blend { .. } => false,
    }
}

fn contradiction(indicator: &Indicator) -> Option<Problem> {
    let method = indicator.grounds.method?;
    // Figures of an evaluator may hide a comparison of any kind.
    let computed = !indicator.estimand.closures().is_empty();
    (method.needs_comparison() && computed && !compares(&indicator.estimand)).then(|| {
        let word = indicator.estimand.name();
        Problem::warning(
            "method-contradicts",
            say!(
                "\"{}\" states a {}, but `{word}` looks at one group",
                "「{}」の評価方法は「{}」ですが、`{word}` は一群しか見ません",
                indicator.title.clone(),
                method.words()
            ),
        )
    })
}

/// A baseline whose source differs from the data that settle in more than digits and blanks.
fn baseline_source(indicator: &Indicator) -> Option<Problem> {
    let baseline = indicator.baseline.as_ref()?;
    let (of_baseline, of_data) = (baseline.source.as_ref()?, indicator.source.as_ref()?);
    let bare = |text: &Text, language| -> String {
        let kept = |c: &char| !c.is_numeric() && !c.is_whitespace();
        text.within(language).chars().filter(kept).collect()
    };
    // The same words in one language are the same source: one of the two may have one name only.
    let differ = |language| bare(of_baseline, language) != bare(of_data, language);
    (differ(Language::En) && differ(Language::Ja)).then(|| {
        Problem::warning(
            "baseline-source-differs",
            say!(
                "the baseline of \"{}\" comes from \"{}\", what it is compared with from \"{}\"",
                "「{}」の基準値の出所は「{}」ですが、比較する値の出所は「{}」です",
                indicator.title.clone(),
                of_baseline.clone(),
                of_data.clone()
            ),
        )
    })
}

/// Data that are there only after they are paid on.
fn late_data(contract: &Contract, indicator: &Indicator) -> Option<Problem> {
    let days = indicator.grounds.available_days?;
    indicator.measured.iter().find_map(|at| {
        let evaluation = contract.evaluations[*at];
        let there = evaluation.at.checked_add(i64::try_from(days).ok()?.days()).ok()?;
        let day = |date| both(|language| wording::day(date, language));
        (there > evaluation.paid).then(|| {
            Problem::warning(
                "data-after-payment",
                say!(
                    "the data of \"{}\" are there on {}, after the payment on {}",
                    "「{}」のデータは{}に入手できますが、支払日は{}です",
                    indicator.title.clone(),
                    day(there),
                    day(evaluation.paid)
                ),
            )
        })
    })
}

/// Full payment far beyond what earlier years show: `(value − mean) ÷ sd`, sd with n − 1.
fn far_target(contract: &Contract, probe: &Probe<'_>, indicator: &Indicator) -> Option<Problem> {
    let history = &indicator.grounds.history;
    if history.len() < 3 {
        return None;
    }
    let count = Decimal::from(history.len());
    let mean = history.iter().sum::<Decimal>().checked_div(count)?;
    let squares = history.iter().map(|value| (value - mean).checked_mul(value - mean));
    let squares = squares.sum::<Option<Decimal>>()?;
    let variance = squares.checked_div(count - Decimal::ONE)?;
    // The value from which on no line pays more.
    let full = probe.scans.iter().filter_map(|scan| {
        let outcome = &contract.terms.outcomes[scan.outcome];
        if contract.indicators[outcome.indicator].id != indicator.id {
            return None;
        }
        let most = scan.samples.iter().filter_map(|sample| sample.sum).max()?;
        let least = scan.samples.iter().filter_map(|sample| sample.sum).min()?;
        let first = scan.samples.iter().find(|sample| sample.sum == Some(most))?;
        (most > least).then_some(first.at)
    });
    let full = match indicator.better {
        Better::Higher => full.min()?,
        Better::Lower => full.max()?,
    };
    let ahead = match indicator.better {
        Better::Higher => full - mean,
        Better::Lower => mean - full,
    };
    // Compared as squares, as a root is not exact.
    let limit = FAR.checked_mul(FAR)?.checked_mul(variance)?;
    if ahead <= Decimal::ZERO || ahead.checked_mul(ahead)? <= limit {
        return None;
    }
    let round = |value: Decimal| {
        let read = indicator.read.and_then(|read| read.exact(Exact::from(value)).ok());
        read.unwrap_or_else(|| value.round_dp(3))
    };
    let years = history.len();
    Some(Problem::note(
        "target-beyond-history",
        say!(
            "\"{}\" is paid in full from {} on, more than three standard deviations from the mean of {years} earlier values, {}",
            "「{}」は{}で満額になりますが、過去{years}回の平均{}から標準偏差の3倍を超えて離れています",
            indicator.title.clone(),
            value(indicator, full),
            value(indicator, round(mean))
        ),
    ))
}

/// Shares that rise when those who fail are not measured, where the payment rises with them.
fn shrinking(contract: &Contract, probe: &Probe<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for scan in &probe.scans {
        let outcome = &contract.terms.outcomes[scan.outcome];
        let indicator = &contract.indicators[outcome.indicator];
        let shrinks = matches!(indicator.estimand, Estimand::Share { .. })
            && indicator.missing == Missing::Exclude
            && indicator.baseline.is_none()
            && indicator.better == Better::Higher;
        let known = |known: &Finding| known.of.contains(&indicator.id);
        if !shrinks || findings.iter().any(known) {
            continue;
        }
        // The first value that pays most, and the same people with a fifth of them not measured.
        let most = scan.samples.iter().filter_map(|sample| sample.sum).max();
        let Some(full) = scan.samples.iter().find(|sample| sample.sum == most) else { continue };
        let fifth = full.at.checked_mul(Decimal::new(8, 1));
        let read = |value: Decimal| indicator.read?.exact(Exact::from(value)).ok();
        let Some(less) = fifth.and_then(read) else { continue };
        let shown = [full.at, less].map(|at| probe.show(contract, scan, at));
        let [Some(without), Some(with)] = shown else { continue };
        if without.payable <= with.payable {
            continue;
        }
        let problem = Problem::note(
            "denominator-shrinks",
            say!(
                "\"{}\" leaves out people without a value: were a fifth of them not measured, {} counts as {} of all",
                "「{}」は値のない人を除きます：2割の人が測定されないと、{}は全員に対しては{}です",
                indicator.title.clone(),
                value(indicator, full.at),
                value(indicator, less)
            ),
        );
        let finding = Finding::from(problem.maybe_at(indicator.place.clone()));
        findings.push(finding.of(indicator.id.clone()).shown([without, with]));
    }
    findings
}
