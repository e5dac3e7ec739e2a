//! What an indicator is compared with and adjusted for: a baseline, strata with their numbers,
//! background factors, the parts of a blend.

use rhai::{Array, Dynamic};
use rust_decimal::Decimal;

use crate::contract::read::{DesignDraft, IndicatorHandle, StrataValue};
use crate::contract::{Baseline, EffectOn};
use crate::problem::{Text, say};
use crate::script::Options;

/// More strata than this are no table that anybody could check.
const STRATA_MAX: usize = 1_000;
/// More background factors than this are no design that anybody could defend.
const COVARIATES_MAX: usize = 50;

/// Reads the options that only some kinds have.
pub(super) fn read(options: &Options, word: &str, of_rows: bool) -> DesignDraft {
    let table_key = if word == "standardised" { "standard" } else { "reference" };
    let source_key = if word == "standardised" { "standard_source" } else { "reference_source" };
    let strata = options.closures("strata").unwrap_or_default();
    let table = table(options, table_key, strata.len());
    if of_rows && word == "standardised" && !options.has("strata") {
        options.missing(
            "strata",
            say!(
                "the factors: [|p| p.sex, |p| p.age_band]",
                "層別の因子: [|p| p.sex, |p| p.age_band]"
            ),
        );
    }
    if options.has("strata") && !options.has(table_key) {
        options.missing(table_key, table_example());
    }
    if of_rows && word == "observed_over_expected" {
        match (options.has("expected"), options.has("strata")) {
            (false, false) => options.missing(
                "expected",
                say!(
                    "how many are expected of a person, |p| p.risk; or `strata` with `reference` rates",
                    "一人あたりの期待数 |p| p.risk、または `strata` と基準率 `reference`"
                ),
            ),
            (true, true) => options.wrong(
                "expected",
                say!(
                    "either `expected` or `strata` with `reference`, not both",
                    "`expected` と `strata`・`reference` はどちらか一方だけ"
                ),
            ),
            _ => {}
        }
    }
    let adjust = options.closures("adjust").unwrap_or_default();
    let adjusting = matches!(word, "propensity_weighted" | "ancova");
    if of_rows && adjusting && !options.has("adjust") {
        options.missing(
            "adjust",
            say!(
                "the background factors: [|p| p.age, |p| p.sex == \"F\"]",
                "背景因子: [|p| p.age, |p| p.sex == \"F\"]"
            ),
        );
    }
    if adjust.len() > COVARIATES_MAX {
        options.wrong(
            "adjust",
            say!("at most {COVARIATES_MAX} factors", "{COVARIATES_MAX} 個以下の因子"),
        );
    }
    let per = options.number("per");
    if per.is_some_and(|per| per <= Decimal::ZERO) {
        options.wrong("per", say!("a number above 0, such as 1000", "1000 のような正の数"));
    }
    DesignDraft {
        baseline: baseline(options),
        per: per.filter(|per| *per > Decimal::ZERO).unwrap_or(Decimal::ONE),
        adjust,
        strata,
        table,
        table_source: options.title(source_key),
        table_place: options.place(table_key),
        effect: options
            .choice("effect", &[("treated", EffectOn::Treated), ("everyone", EffectOn::Everyone)])
            .unwrap_or(EffectOn::Treated),
        parts: if word == "blend" { parts(options) } else { Vec::new() },
    }
}

fn baseline(options: &Options) -> Option<Baseline> {
    let ratio =
        options.choice("compared", &[("difference", false), ("ratio", true)]).unwrap_or(false);
    let source = options.title("baseline_source");
    if !options.has("baseline") {
        if options.has("compared") || options.has("baseline_source") {
            options.missing("baseline", say!("a value: percent(68)", "値: percent(68)"));
        }
        return None;
    }
    let value = options.amount("baseline")?;
    if ratio && value.is_zero() {
        options.wrong(
            "baseline",
            say!("a value other than 0, to divide by", "割る数なので 0 以外の値"),
        );
        return None;
    }
    Some(Baseline { value, ratio, source })
}

fn table_example() -> Text {
    say!(
        "a number for each stratum: [[[\"F\", \"65-74\"], 12000], …]",
        "層ごとの数: [[[\"F\", \"65-74\"], 12000], …]"
    )
}

/// `[[["F", "65-74"], 12000], …]`, or `[["F", 12000], …]` where there is one key.
fn table(options: &Options, key: &str, keys: usize) -> Vec<(Vec<StrataValue>, Decimal)> {
    let Some(value) = options.value(key) else { return Vec::new() };
    let read = |value: Dynamic| -> Option<Vec<(Vec<StrataValue>, Decimal)>> {
        let rows = value.into_array().ok().filter(|rows| !rows.is_empty())?;
        rows.into_iter().map(|row| entry(options, row)).collect()
    };
    let Some(rows) = read(value) else {
        options.wrong(key, table_example());
        return Vec::new();
    };
    if rows.len() > STRATA_MAX {
        options.wrong(key, say!("at most {STRATA_MAX} strata", "{STRATA_MAX} 個以下の層"));
    }
    if let Some((values, _)) = rows.iter().find(|(values, _)| values.len() != keys) {
        let found = values.len();
        options.wrong(
            key,
            say!(
                "one value for each of the {keys} strata closures, not {found}",
                "`strata` のクロージャ {keys} 個に一つずつの値（{found} 個ではなく）"
            ),
        );
    }
    if rows.iter().any(|(_, number)| number.is_sign_negative())
        || rows.iter().all(|(_, number)| number.is_zero())
    {
        options.wrong(
            key,
            say!("numbers of at least 0, one above 0", "0 以上の数（少なくとも一つは正）"),
        );
    }
    for (position, (values, _)) in rows.iter().enumerate() {
        if rows[..position].iter().any(|(known, _)| known == values) {
            let names = values.iter().map(StrataValue::name).collect::<Vec<_>>().join(", ");
            options.wrong(
                key,
                say!(
                    "each stratum once; ({names}) is there twice",
                    "各層は一度だけ。({names}) が重複しています"
                ),
            );
        }
    }
    rows
}

fn entry(options: &Options, row: Dynamic) -> Option<(Vec<StrataValue>, Decimal)> {
    let mut row = row.into_array().ok()?;
    if row.len() != 2 {
        return None;
    }
    let number = options.amount_of(&row.pop()?)?;
    let keys = row.pop()?;
    let keys: Array = match keys.clone().into_array() {
        Ok(keys) => keys,
        Err(_) => vec![keys],
    };
    let keys: Option<Vec<StrataValue>> = keys.into_iter().map(|key| value(options, key)).collect();
    Some((keys?, number))
}

fn value(options: &Options, value: Dynamic) -> Option<StrataValue> {
    if let Ok(text) = value.as_immutable_string_ref() {
        return Some(StrataValue::Text(text.to_string()));
    }
    if let Ok(truth) = value.as_bool() {
        return Some(StrataValue::Truth(truth));
    }
    options.amount_of(&value).map(StrataValue::Number)
}

impl StrataValue {
    /// As the script writes it, without quotes.
    pub(in crate::contract) fn name(&self) -> String {
        match self {
            StrataValue::Text(text) => text.clone(),
            StrataValue::Number(number) => number.normalize().to_string(),
            StrataValue::Truth(truth) => truth.to_string(),
        }
    }
}

/// `of: [[a, 0.7], [b, 0.3]]`
fn parts(options: &Options) -> Vec<(usize, Decimal)> {
    let expected =
        || say!("indicators and weights: [[a, 0.7], [b, 0.3]]", "指標と重み: [[a, 0.7], [b, 0.3]]");
    let Some(value) = options.value("of") else {
        options.missing("of", expected());
        return Vec::new();
    };
    let read = |value: Dynamic| -> Option<Vec<(usize, Decimal)>> {
        let parts = value.into_array().ok().filter(|parts| parts.len() >= 2)?;
        let part = |part: Dynamic| {
            let part = part.into_array().ok().filter(|part| part.len() == 2)?;
            let indicator = part[0].clone().try_cast::<IndicatorHandle>()?.0;
            let weight = options.amount_of(&part[1])?;
            (!weight.is_zero()).then_some((indicator, weight))
        };
        parts.into_iter().map(part).collect()
    };
    let Some(parts) = read(value) else {
        options.wrong("of", expected());
        return Vec::new();
    };
    for (position, (indicator, _)) in parts.iter().enumerate() {
        if parts[..position].iter().any(|(known, _)| known == indicator) {
            options.wrong("of", say!("each indicator once", "各指標は一度だけ"));
        }
    }
    parts
}
