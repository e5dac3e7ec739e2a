//! Indicators: what is estimated, of whom, and how its value is read.

use rhai::{Engine, Map, NativeCallContext};
use rust_decimal::Decimal;

use super::{Desk, RuleValue, taken};
use crate::contract::read::{ClosureKind, IndicatorDraft, IndicatorHandle};
use crate::contract::{Better, Missing};
use crate::expr::{Mode, Rounding};
use crate::problem::{Text, say};
use crate::script::Options;

/// A kind of indicator.
#[derive(Clone, Copy)]
struct Kind {
    word: &'static str,
    /// The closures it takes, besides `who`.
    closures: &'static [(&'static str, ClosureKind)],
    /// Those that may be left out.
    optional: &'static [&'static str],
    /// The options that only some kinds have.
    options: &'static [&'static str],
}

use ClosureKind::{Condition, Either, Number};

const fn kind(
    word: &'static str,
    closures: &'static [(&'static str, ClosureKind)],
    options: &'static [&'static str],
) -> Kind {
    Kind { word, closures, optional: &[], options }
}

const BASELINE: &[&str] = &["baseline", "baseline_source", "compared"];
const STANDARD: &[&str] =
    &["strata", "standard", "standard_source", "per", "baseline", "baseline_source", "compared"];

const KINDS: &[Kind] = &[
    kind("mean_change", &[("first", Either), ("last", Either)], &["sign"]),
    kind("mean", &[("of", Number)], BASELINE),
    kind("share", &[("of", Condition)], BASELINE),
    kind("count", &[("of", Condition)], BASELINE),
    kind("total", &[("of", Number)], BASELINE),
    kind("difference", &[("of", Either), ("treated", Condition)], &[]),
    kind("ratio", &[("of", Either), ("treated", Condition)], &[]),
    kind("index", &[("of", Either), ("treated", Condition)], &[]),
    kind(
        "difference_in_differences",
        &[("first", Either), ("last", Either), ("treated", Condition)],
        &["sign"],
    ),
    kind(
        "rate",
        &[("events", Either), ("time", Number)],
        &["per", "baseline", "baseline_source", "compared"],
    ),
    kind("rate_ratio", &[("events", Either), ("time", Number), ("treated", Condition)], &[]),
    Kind {
        word: "observed_over_expected",
        closures: &[("observed", Either), ("expected", Number), ("time", Number)],
        optional: &["expected", "time"],
        options: &["strata", "reference", "reference_source", "per"],
    },
    Kind {
        word: "standardised",
        closures: &[("of", Either), ("time", Number)],
        optional: &["time"],
        options: STANDARD,
    },
    kind("propensity_weighted", &[("of", Either), ("treated", Condition)], &["adjust", "effect"]),
    kind("ancova", &[("of", Either), ("treated", Condition)], &["adjust"]),
    kind("blend", &[], &["of"]),
];

/// Kinds in which a blank may count as "no".
const AS_NO: &[&str] =
    &["share", "count", "difference", "ratio", "index", "standardised", "observed_over_expected"];

const COMMON: &[&str] = &[
    "title", "unit", "better", "digits", "read", "who", "missing", "at_least", "source", "at",
    "clause",
];

pub(super) fn register(engine: &mut Engine, desk: &Desk) {
    for kind in KINDS {
        let at = desk.clone();
        engine.register_fn(kind.word, move |context: NativeCallContext, id: &str, map: Map| {
            indicator(&at, &context, *kind, id, map)
        });
    }
}

fn indicator(
    desk: &Desk,
    context: &NativeCallContext,
    kind: Kind,
    id: &str,
    map: Map,
) -> IndicatorHandle {
    desk.declare(context);
    let Kind { word, closures, .. } = kind;
    let spelt = spelling(word, &map);
    let mut known: Vec<&str> = closures.iter().map(|(name, _)| spelt(name)).collect();
    known.extend(kind.options);
    known.extend(super::grounds::KEYS);
    known.extend(COMMON.iter().filter(|name| word != "blend" || !OF_ROWS.contains(name)));
    let options = Options::read(&desk.bench, context, 1, map, &known);
    // Either all closures are given, or none: then only an evaluator's figure can be read.
    let needed = closures.iter().filter(|(name, _)| !kind.optional.contains(name));
    let given = closures.iter().filter(|(name, _)| options.has(spelt(name))).count();
    let lacking: Vec<_> = needed.filter(|(name, _)| !options.has(spelt(name))).collect();
    let optional = word == "count" && given == 0 && options.has("who");
    let of_rows =
        given > 0 || options.has("who") || ["strata", "adjust"].iter().any(|key| options.has(key));
    if of_rows && !optional {
        for (name, _) in &lacking {
            options.missing(
                spelt(name),
                say!("a closure such as |p| p.age", "|p| p.age のようなクロージャ"),
            );
        }
    }
    let sign = options.number("sign").unwrap_or(Decimal::ONE);
    if sign.abs() != Decimal::ONE {
        options.wrong(
            "sign",
            say!("1, or -1 where a fall counts as positive", "1、低下を正とするときは -1"),
        );
    }
    let missing = options.choice(
        "missing",
        &[("exclude", Missing::Exclude), ("as_no", Missing::AsNo), ("refuse", Missing::Refuse)],
    );
    if missing == Some(Missing::AsNo) && !AS_NO.contains(&word) {
        options.wrong(
            "missing",
            say!(
                "\"exclude\" or \"refuse\": `as_no` is for shares and counts",
                "\"exclude\" か \"refuse\"。`as_no` は割合と人数だけに使えます"
            ),
        );
    }
    let at_least = options.count("at_least");
    if at_least == Some(0) {
        options.wrong("at_least", say!("a whole number of at least 1", "1 以上の整数"));
    }
    desk.check_identifier(context, id, &["at", "n", "paid_before", "ended", "lower", "upper"]);
    let draft = IndicatorDraft {
        id: id.to_owned(),
        title: options.title("title").unwrap_or_else(|| Text::from(id)),
        word,
        closures: closures
            .iter()
            .map(|(name, kind)| (*name, *kind, options.closure(spelt(name))))
            .collect(),
        negative: sign.is_sign_negative(),
        unit: desk.unit(&options, "unit"),
        better: options
            .choice("better", &[("higher", Better::Higher), ("lower", Better::Lower)])
            .unwrap_or(Better::Higher),
        read: reading(&options),
        who: options.closure("who"),
        missing: missing.unwrap_or(Missing::Exclude),
        missing_stated: missing.is_some(),
        at_least: at_least.unwrap_or(1).max(1),
        at_least_stated: at_least.is_some(),
        source: options.title("source"),
        clause: options.text("clause"),
        at: options.dates("at"),
        at_place: options.place("at"),
        place: options.here(),
        design: super::design::read(&options, word, of_rows),
        grounds: super::grounds::read(&options, word),
    };
    let mut all = desk.draft();
    if all.indicators.iter().any(|known| known.id == id) {
        drop(all);
        desk.report(context, taken(&say!("indicator", "指標"), id));
        all = desk.draft();
    }
    all.indicators.push(draft);
    IndicatorHandle(all.indicators.len() - 1)
}

/// Options that have no meaning for what is made of other indicators.
const OF_ROWS: &[&str] = &["who", "missing", "at_least"];

/// How the options of this indicator are spelt: `before` and `after` of a mean change say the same
/// as `first` and `last`, by which results know them.
fn spelling(word: &str, map: &Map) -> impl Fn(&'static str) -> &'static str + use<> {
    let paired = matches!(word, "mean_change" | "difference_in_differences");
    let old = paired && (map.contains_key("before") || map.contains_key("after"));
    move |name| match name {
        "first" if old => "before",
        "last" if old => "after",
        name => name,
    }
}

/// `read: half_up(1)`, or `digits: 1` for short.
fn reading(options: &Options) -> Option<Rounding> {
    if options.has("read") && options.has("digits") {
        options.wrong(
            "digits",
            say!("either `digits` or `read`, not both", "`digits` と `read` はどちらか一方だけ"),
        );
    }
    if let Some(value) = options.value("read") {
        let rounding = value.clone().try_cast::<RuleValue>().and_then(RuleValue::reading);
        if rounding.is_none() {
            options.wrong(
                "read",
                say!(
                    "a rule and a number of decimals from 0 to 10: half_up(1)",
                    "丸め方と 0 から 10 までの小数桁数: half_up(1)"
                ),
            );
        }
        return rounding;
    }
    let digits = options.count("digits")?;
    if digits > 10 {
        options
            .wrong("digits", say!("a number of decimals from 0 to 10", "0 から 10 までの小数桁数"));
        return None;
    }
    Some(Rounding::to_digits(Mode::HalfUp, digits as u32))
}
