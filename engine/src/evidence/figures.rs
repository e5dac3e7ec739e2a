//! An evaluator's figures: one line per indicator and evaluation.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::estimate::{Estimate, Exclusion, StatedBound};
use super::field::{date, number};
use super::interval::{Interval, Method, Proportion, Spread};
use super::table::{Record, Table};
use crate::contract::Contract;
use crate::expr::Exact;
use crate::problem::{Place, Problem, Text, did_you_mean, say};

/// The figure of one indicator at one evaluation.
#[derive(Debug)]
pub(super) struct Figure {
    pub(super) indicator: usize,
    pub(super) evaluation: usize,
    pub(super) estimate: Estimate,
    pub(super) place: Place,
}

const NEEDED: [&str; 4] = ["indicator", "at", "value", "n"];
const OPTIONAL: [&str; 9] =
    ["low", "high", "se", "sd", "excluded", "reasons", "counted_as_no", "source", "bounds"];

/// What stands for a value that cannot be computed although people were measured: a group is empty,
/// or what it is compared with is 0.
pub(crate) const NO_VALUE: &str = "none";

/// Whether a table's headings are those of figures.
pub(super) fn is_figures(table: &Table) -> bool {
    table.column("indicator").is_some() && table.column("value").is_some()
}

/// Reads every line into `figures`; returns what is wrong.
pub(super) fn read(contract: &Contract, table: &Table, figures: &mut Vec<Figure>) -> Vec<Problem> {
    let mut problems = Vec::new();
    let file = table.file();
    for heading in &table.headings {
        if !NEEDED.contains(&heading.as_str()) && !OPTIONAL.contains(&heading.as_str()) {
            let problem = Problem::error(
                "unknown-column",
                say!(
                    "`{heading}` is no column of a figures file",
                    "`{heading}` は集計値の表の列ではありません"
                ),
            )
            .expected(Text::from(format!("{},{}", NEEDED.join(","), OPTIONAL.join(","))))
            .at(table.heading_of(table.column(heading).unwrap_or_default()));
            let known = NEEDED.iter().chain(&OPTIONAL).copied();
            problems.push(match did_you_mean(heading, known) {
                Some(near) => problem.help(near),
                None => problem,
            });
        }
    }
    for heading in NEEDED.into_iter().filter(|heading| table.column(heading).is_none()) {
        problems.push(
            Problem::error(
                "missing-column",
                say!(
                    "`{file}` has no column `{heading}`",
                    "`{file}` に列 `{heading}` がありません"
                ),
            )
            .expected(Text::from(NEEDED.join(",")))
            .at(table.heading_place()),
        );
    }
    if !problems.is_empty() {
        return problems;
    }
    for record in table.records() {
        match figure(contract, table, &record) {
            Ok(figure) => {
                let known = figures.iter().find(|known| {
                    known.indicator == figure.indicator && known.evaluation == figure.evaluation
                });
                if let Some(known) = known {
                    let id = &contract.indicators[figure.indicator].id;
                    let (file, line) = (&known.place.file, known.place.line);
                    problems.push(
                        Problem::error(
                            "duplicate-figure",
                            say!(
                                "`{id}` is already on line {line} of `{file}`",
                                "`{id}` は `{file}` の {line} 行目に既にあります"
                            ),
                        )
                        .help(say!("keep one of the two", "どちらか一行だけにしてください"))
                        .at(figure.place.clone()),
                    );
                } else {
                    figures.push(figure);
                }
            }
            Err(found) => problems.extend(found),
        }
    }
    problems
}

fn figure(contract: &Contract, table: &Table, record: &Record) -> Result<Figure, Vec<Problem>> {
    let field = |heading: &str| {
        let position = table.column(heading)?;
        let field = record.fields[position].as_str();
        (!field.is_empty()).then_some(field)
    };
    let place =
        |heading: &str| table.place(record.number, table.column(heading).unwrap_or_default());
    let wrong = |heading: &str, expected: Text| {
        Problem::error(
            "wrong-type",
            say!("`{heading}` cannot be read here", "`{heading}` の値を読めません"),
        )
        .found(Text::from(format!("\"{}\"", field(heading).unwrap_or_default())))
        .expected(expected)
        .at(place(heading))
    };
    let mut problems = Vec::new();
    let id = field("indicator").unwrap_or_default();
    let indicator = contract.indicator_named(id);
    if indicator.is_none() {
        let known: Vec<&str> =
            contract.indicators.iter().map(|indicator| indicator.id.as_str()).collect();
        let problem = Problem::error(
            "unknown-indicator",
            say!("the contract has no indicator `{id}`", "契約に `{id}` という指標はありません"),
        )
        .expected(Text::from(known.join(", ")))
        .at(place("indicator"));
        problems.push(match did_you_mean(id, known) {
            Some(near) => problem.help(near),
            None => problem,
        });
    }
    let at = field("at").and_then(date).and_then(|at| contract.evaluation_at(at));
    let measured = match (indicator, at) {
        (Some(indicator), Some(at)) => contract.indicators[indicator].measured.contains(&at),
        _ => true,
    };
    if at.is_none() || !measured {
        let known = |at: &usize| contract.evaluations[*at].at.to_string();
        let dates: Vec<String> = match indicator {
            Some(indicator) => contract.indicators[indicator].measured.iter().map(known).collect(),
            None => (0..contract.evaluations.len()).map(|at| known(&at)).collect(),
        };
        let message = match field("at") {
            Some(given) => say!(
                "`{given}` is no date at which `{id}` is measured",
                "`{given}` は `{id}` の評価日ではありません"
            ),
            None => say!("the date of `{id}` is blank", "`{id}` の評価日が空欄です"),
        };
        problems.push(
            Problem::error("not-an-evaluation", message)
                .expected(Text::from(dates.join(", ")))
                .at(place("at")),
        );
    }
    let n = field("n").and_then(whole);
    if n.is_none() {
        problems.push(wrong(
            "n",
            say!("how many people were measured: a whole number", "測定した人数（整数）"),
        ));
    }
    let value = match field("value") {
        None | Some(NO_VALUE) => None,
        Some(text) => {
            let value = number(text);
            if value.is_none() {
                problems.push(wrong(
                    "value",
                    say!("a number such as 5.2 or 32.9%", "5.2 や 32.9% のような数"),
                ));
            }
            value
        }
    };
    if value.is_none() && n != Some(0) && field("value").is_none() {
        problems.push(wrong(
            "value",
            say!(
                "a number; blank only where n is 0, `{NO_VALUE}` where there is no value",
                "数。n が 0 のときだけ空欄に、値が定まらないときは `{NO_VALUE}` にできます"
            ),
        ));
    }
    if let (Some(value), Some(indicator)) = (value, indicator) {
        problems.extend(
            outside(contract, indicator, value, field("value").unwrap_or_default())
                .map(|problem| problem.at(place("value"))),
        );
    }
    let counted = indicator.is_some_and(|indicator| {
        matches!(contract.indicators[indicator].estimand, crate::contract::Estimand::Count { .. })
    });
    let percent = field("value").is_some_and(|text| text.ends_with(['%', '％']));
    if counted && value.is_some_and(|value| percent || !value.is_integer()) {
        problems.push(wrong("value", say!("a whole number: it is a count", "整数（人数のため）")));
    }
    let mut float = |heading: &str| -> Option<f64> {
        let text = field(heading)?;
        // Read as it is: on the way through a decimal the last bit could change.
        let float = text.parse().ok().filter(|float: &f64| float.is_finite());
        let value = number(text).and_then(|value| float.or(value.to_f64())).or(float);
        if value.is_none() {
            problems.push(wrong(heading, say!("a number, or blank", "数または空欄")));
        }
        value
    };
    let (low, high, se) = (float("low"), float("high"), float("se"));
    let excluded = field("excluded").map(whole);
    if excluded == Some(None) {
        problems.push(wrong(
            "excluded",
            say!("how many were excluded: a whole number", "除外した人数（整数）"),
        ));
    }
    if let (Some(low), Some(high)) = (low, high)
        && low > high
    {
        problems.push(wrong(
            "low",
            say!("a lower end that is not above the upper end", "上限以下の下限"),
        ));
    }
    for (one, other) in [("low", "high"), ("high", "low")] {
        if field(one).is_some() && field(other).is_none() {
            problems.push(wrong(
                one,
                say!(
                    "both ends, `low` and `high`, or neither",
                    "`low` と `high` の両方、または両方空欄"
                ),
            ));
        }
    }
    if se.is_some_and(|se| se < 0.0) {
        problems.push(wrong("se", say!("a standard error of at least 0", "0 以上の標準誤差")));
    }
    if let (Some(low), Some(high), Some(middle)) =
        (low, high, value.and_then(|value| value.to_f64()))
        && low <= high
        && (middle < low - hair(low) || middle > high + hair(high))
    {
        problems.push(wrong(
            "value",
            say!(
                "a value from {low} to {high}, its own interval",
                "区間 {low} から {high} までの値"
            ),
        ));
    }
    // The interval of a mean may reach beyond what the mean itself can be; that of a share cannot.
    if let Some(indicator) =
        indicator.filter(|indicator| contract.indicators[*indicator].is_share())
    {
        let support = contract.indicators[indicator].support;
        for (heading, end) in [("low", low), ("high", high)] {
            if end.is_some_and(|end| !support.holds(end)) {
                let (least, most) = (support.low, support.high);
                problems.push(wrong(
                    heading,
                    say!("a value from {least} to {most}", "{least} から {most} までの値"),
                ));
            }
        }
    }
    let stated_bounds = match field("bounds").map(read_bounds) {
        None => Vec::new(),
        Some(Some(bounds)) => bounds,
        Some(None) => {
            problems.push(wrong(
                "bounds",
                say!(
                    "one-sided bounds with their levels, such as lower@0.95=1.2; upper@0.95=3.4",
                    "lower@0.95=1.2; upper@0.95=3.4 のような、水準つきの片側の信頼下限・信頼上限"
                ),
            ));
            Vec::new()
        }
    };
    let mut reasons = |heading: &str| -> Vec<Exclusion> {
        let read = field(heading).map(read_reasons);
        if matches!(read, Some(None)) {
            problems.push(wrong(
                heading,
                say!(
                    "reasons with their counts, such as missing:sbp_after=4; moved away=1",
                    "missing:sbp_after=4; 転出=1 のような、理由と人数"
                ),
            ));
        }
        read.flatten().unwrap_or_default()
    };
    let (mut exclusions, counted_as_no) = (reasons("reasons"), reasons("counted_as_no"));
    let given: u64 = exclusions.iter().map(|exclusion| exclusion.count).sum();
    match excluded {
        // A count without its reasons is the evaluator's own.
        Some(Some(count)) if exclusions.is_empty() && count > 0 => {
            exclusions.push(Exclusion { reason: "reported".into(), count });
        }
        Some(Some(count)) if count != given => problems.push(wrong(
            "excluded",
            say!("{given}, the sum of its reasons", "理由の合計の {given}"),
        )),
        _ => {}
    }
    let (Some(indicator), Some(evaluation), Some(n), true) =
        (indicator, at, n, problems.is_empty())
    else {
        return Err(problems);
    };
    let spread = match (low, high, se, value.and_then(|value| value.to_f64())) {
        (Some(low), Some(high), _, Some(value)) => {
            let no_effect = contract.indicators[indicator].no_effect();
            let ratio = no_effect.is_some_and(|value| !value.is_zero());
            Some(Spread::Reported { value, interval: Interval { low, high }, ratio })
        }
        (_, _, Some(standard_error), Some(value)) => {
            Some(Spread::Around { value, standard_error, degrees: None, method: Method::Reported })
        }
        // A share with its n is a count: its interval needs no more.
        (_, _, _, Some(value)) if contract.indicators[indicator].is_share() => {
            let successes = (value * n as f64).round() as u64;
            Some(Spread::Share(Proportion { successes, n }))
        }
        _ => None,
    };
    Ok(Figure {
        indicator,
        evaluation,
        estimate: Estimate {
            value: value.map(Exact::from),
            n,
            exclusions,
            counted_as_no,
            interval: spread.as_ref().and_then(Spread::interval),
            source: field("source").unwrap_or(table.file()).to_owned(),
            spread,
            notes: Vec::new(),
            balance: None,
            stated_bounds,
        },
        place: place("indicator"),
    })
}

/// By how much a value may miss its interval: what adding up in binary may cost.
fn hair(end: f64) -> f64 {
    1e-9 * end.abs().max(1e-3)
}

/// Counts by reason as one field of a figures file: `missing:sbp_after=4; missing:dose=1`.
pub(crate) fn written_reasons(reasons: &[Exclusion]) -> String {
    let one = |exclusion: &Exclusion| {
        let reason = exclusion.reason.replace('%', "%25").replace(';', "%3B");
        format!("{reason}={}", exclusion.count)
    };
    reasons.iter().map(one).collect::<Vec<_>>().join("; ")
}

/// The inverse of [`written_reasons`].
fn read_reasons(field: &str) -> Option<Vec<Exclusion>> {
    let one = |part: &str| {
        let (reason, count) = part.trim().rsplit_once('=')?;
        let reason = reason.replace("%3B", ";").replace("%25", "%");
        Some(Exclusion { reason, count: count.trim().parse().ok()? })
    };
    field.split(';').map(one).collect()
}

/// One-sided bounds as one field of a figures file.
pub(crate) fn written_bounds(bounds: impl Iterator<Item = StatedBound>) -> String {
    let one = |bound: StatedBound| {
        let side = if bound.upper { "upper" } else { "lower" };
        format!("{side}@{}={}", bound.level.normalize(), bound.value.normalize())
    };
    bounds.map(one).collect::<Vec<_>>().join("; ")
}

/// The inverse of [`written_bounds`].
fn read_bounds(field: &str) -> Option<Vec<StatedBound>> {
    let one = |part: &str| {
        let (side, rest) = part.trim().split_once('@')?;
        let upper = match side.trim() {
            "lower" => false,
            "upper" => true,
            _ => return None,
        };
        let (level, value) = rest.split_once('=')?;
        let level = number(level.trim()).filter(|at| *at > Decimal::ZERO && *at < Decimal::ONE)?;
        Some(StatedBound { upper, level, value: number(value.trim())? })
    };
    field.split(';').map(one).collect()
}

/// A whole number of at least 0.
fn whole(text: &str) -> Option<u64> {
    number(text).filter(Decimal::is_integer).and_then(|number| number.to_u64())
}

/// A value that the indicator cannot have.
fn outside(contract: &Contract, indicator: usize, value: Decimal, text: &str) -> Option<Problem> {
    let declared = &contract.indicators[indicator];
    let float = value.to_f64()?;
    if declared.support.holds(float) {
        return None;
    }
    let id = &declared.id;
    let shown = value.normalize();
    // Someone who wrote a percent sign meant a percentage, however large.
    let percent = text.ends_with(['%', '％']);
    let share = declared.unit == crate::expr::Unit::Share;
    let problem = if share && value > Decimal::ONE && !percent {
        Problem::error(
            "share-above-one",
            say!(
                "`{id}` is a share, but the figure is {shown}",
                "`{id}` は割合ですが、値が {shown} です"
            ),
        )
        .help(say!(
            "write {shown}% or a fraction from 0 to 1",
            "{shown}% か、0 から 1 の小数で書いてください"
        ))
    } else {
        Problem::error(
            "out-of-range",
            say!("`{id}` cannot be {shown}", "`{id}` が {shown} になることはありません"),
        )
    };
    let (low, high) = (declared.support.low, declared.support.high);
    Some(problem.expected(say!("a value from {low} to {high}", "{low} から {high} までの値")))
}
