//! What happens when a contract ends early, and when its payments are due.

use rhai::{Engine, Map, NativeCallContext};

use super::payments::AT_EARLY_END;
use super::{Desk, taken};
use crate::contract::{AtEarlyEnd, DueAfter, EarlyEnd, PaymentDue};
use crate::problem::say;
use crate::script::Options;

/// Longer than any term of payment: a year.
const DAYS_MAX: u64 = 366;

pub(super) fn register(engine: &mut Engine, desk: &Desk) {
    let at = desk.clone();
    engine.register_fn("early_end", move |context: NativeCallContext, map: Map| {
        early_end(&at, &context, map);
    });
    let at = desk.clone();
    engine.register_fn("payment_due", move |context: NativeCallContext, map: Map| {
        payment_due(&at, &context, map);
    });
}

fn early_end(desk: &Desk, context: &NativeCallContext, map: Map) {
    desk.declare(context);
    const KEYS: &[&str] = &["fixed", "linked", "minimum", "notice", "clause"];
    let options = Options::read(&desk.bench, context, 0, map, KEYS);
    // `only` says something of one line alone.
    let choices = &AT_EARLY_END[..3];
    let names = choices.iter().map(|(name, _)| format!("\"{name}\"")).collect::<Vec<_>>();
    for key in ["fixed", "linked"].into_iter().filter(|key| !options.has(key)) {
        options.missing(key, crate::problem::Text::from(names.join(", ")));
    }
    let ending = EarlyEnd {
        fixed: options.choice("fixed", choices).unwrap_or(AtEarlyEnd::ProRata),
        linked: options.choice("linked", choices).unwrap_or(AtEarlyEnd::AsMeasured),
        minimum: options.truth("minimum").unwrap_or(false),
        notice: options.title("notice"),
        clause: options.text("clause"),
    };
    if desk.draft().early_end.replace(ending).is_some() {
        once(desk, context, "early_end");
    }
}

fn payment_due(desk: &Desk, context: &NativeCallContext, map: Map) {
    desk.declare(context);
    let options = Options::read(&desk.bench, context, 0, map, &["days", "after", "clause"]);
    const AFTER: &[(&str, DueAfter)] =
        &[("invoice", DueAfter::Invoice), ("evaluation", DueAfter::Evaluation)];
    if !options.has("days") {
        options.missing("days", say!("how many days: 30", "日数: 30"));
    }
    if !options.has("after") {
        options.missing(
            "after",
            say!("\"invoice\" or \"evaluation\"", "\"invoice\" か \"evaluation\""),
        );
    }
    let days = options.count("days");
    if days.is_some_and(|days| days > DAYS_MAX) {
        options.wrong("days", say!("at most {DAYS_MAX} days", "{DAYS_MAX} 日まで"));
    }
    let due = PaymentDue {
        days: days.unwrap_or_default().min(DAYS_MAX) as u32,
        after: options.choice("after", AFTER).unwrap_or(DueAfter::Invoice),
        clause: options.text("clause"),
    };
    if desk.draft().payment_due.replace(due).is_some() {
        once(desk, context, "payment_due");
    }
}

fn once(desk: &Desk, context: &NativeCallContext, word: &str) {
    desk.report(
        context,
        taken(&say!("the rule", "定め"), word)
            .help(say!("keep one of the two", "どちらか一方にしてください")),
    );
}
