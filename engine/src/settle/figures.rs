//! The figures a statement rests on, as the file an evaluator would hand over.

use std::fmt::Write;

use jiff::civil::Date;

use super::{Measured, Statement};
use crate::contract::Contract;
use crate::evidence::{NO_VALUE, StatedBound, written_bounds, written_reasons};
use crate::expr::Exact;
use crate::problem::{Problem, say};

/// The headings of a file of figures, in order.
pub(crate) const HEADINGS: [&str; 11] = [
    "indicator",
    "at",
    "value",
    "n",
    "low",
    "high",
    "bounds",
    "excluded",
    "reasons",
    "counted_as_no",
    "source",
];

/// The outcomes a statement rests on, as a CSV file of figures on which it can be settled again.
///
/// # Errors
/// A value that 28 digits cannot carry: read from them, it would not be what was read.
pub fn figures_csv(contract: &Contract, statement: &Statement) -> Result<String, Vec<Problem>> {
    let mut text = HEADINGS.join(",") + "\n";
    let mut problems = Vec::new();
    for (at, measured) in &statement.rests_on {
        match fields(contract, *at, measured) {
            Ok(fields) => {
                let fields: Vec<String> = fields.iter().map(|field| quoted(field)).collect();
                let _ = writeln!(text, "{}", fields.join(","));
            }
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() { Ok(text) } else { Err(problems) }
}

fn fields(
    contract: &Contract,
    at: Date,
    measured: &Measured,
) -> Result<[String; HEADINGS.len()], Problem> {
    let value = match measured.exact {
        Some(exact) => decimal(contract, measured, exact)?,
        None if measured.n == 0 => String::new(),
        None => NO_VALUE.to_owned(),
    };
    // The shortest text that reads back to the same bits.
    let float = |end: Option<f64>| end.map(|end| format!("{end:?}")).unwrap_or_default();
    Ok([
        measured.indicator.clone(),
        at.to_string(),
        value,
        measured.n.to_string(),
        float(measured.interval.map(|interval| interval.low)),
        float(measured.interval.map(|interval| interval.high)),
        written_bounds(measured.bounds.iter().map(|bound| StatedBound {
            upper: bound.upper,
            level: bound.level,
            value: bound.value,
        })),
        measured.excluded.to_string(),
        written_reasons(&measured.exclusions),
        written_reasons(&measured.counted_as_no),
        measured.source.clone(),
    ])
}

/// A value with as many digits as reading it needs.
///
/// A fraction that does not end, `N / (10^s · D)` with whole `N` and `D`, is cut to 28 significant
/// digits. That can change what it is read as, to `d` digits, only if it then lies on a tie or a
/// step, a multiple `T` of `10^-d / 2`, or beyond. It is not on one itself, for it does not end; so
/// it is at least `1 / (2 · D · 10^max(s, d))` away, while cutting moves it by less than
/// `|value| · 10^-27`. With `s ≥ d` the first is the larger whenever `|N| < 5 · 10^26`: sums over
/// millions of people of values with many decimals stay far below. Beyond that the two readings
/// are compared, and a value that 28 digits cannot carry is refused.
fn decimal(contract: &Contract, measured: &Measured, exact: Exact) -> Result<String, Problem> {
    let decimal = exact.approximate();
    let declared = contract.indicator_named(&measured.indicator).map(|at| &contract.indicators[at]);
    let read = declared.and_then(|declared| declared.read);
    let carried = read.is_none_or(|read| read.exact(decimal.into()).ok() == measured.value);
    if carried {
        return Ok(decimal.to_string());
    }
    let id = &measured.indicator;
    Err(Problem::error(
        "figure-loses-digits",
        say!(
            "28 digits of `{id}` are not enough for it to be read as it was",
            "`{id}` は 28 桁では元と同じ値に読めません"
        ),
    )
    .found(crate::problem::Text::from(exact.to_string()))
    .help(say!("settle on the rows instead", "個票から精算してください"))
    .maybe_at(declared.and_then(|declared| declared.place.clone())))
}

/// A field of CSV, in quotes where it needs them.
pub(crate) fn quoted(field: &str) -> String {
    if field.contains([',', '"', '\n', '\r']) || field.trim() != field {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}
