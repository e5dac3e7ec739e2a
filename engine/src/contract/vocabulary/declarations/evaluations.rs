//! The dates at which outcomes are measured, and when they are paid.

use rhai::{Array, Map, NativeCallContext};

use super::super::{Desk, taken};
use crate::contract::Evaluation;
use crate::problem::{Problem, say};
use crate::script::{Options, date_of, describe};

/// Monthly evaluations over ten years.
const EVALUATIONS_MAX: usize = 120;

pub(super) fn evaluations(desk: &Desk, context: &NativeCallContext, mut list: Array) {
    desk.declare(context);
    if list.len() > EVALUATIONS_MAX {
        list.truncate(EVALUATIONS_MAX);
        desk.report(
            context,
            Problem::error(
                "too-many-evaluations",
                say!("there are too many evaluations", "評価日が多すぎます"),
            )
            .expected(say!("at most {EVALUATIONS_MAX}", "{EVALUATIONS_MAX} まで")),
        );
    }
    let mut dates: Vec<Evaluation> = Vec::new();
    let mut unstated: Vec<String> = Vec::new();
    for (position, entry) in list.into_iter().enumerate() {
        let at_entry = |problem: Problem| {
            let place = desk.bench.entry(context.call_position(), 0, position);
            desk.bench.report(problem.maybe_at(desk.bench.place(place)));
        };
        let evaluation = match entry.clone().try_cast::<Map>() {
            Some(map) => {
                const KEYS: &[&str] = &["at", "paid"];
                let options = Options::read_entry(&desk.bench, context, (0, position), map, KEYS);
                if !options.has("at") {
                    options.missing(
                        "at",
                        say!("a date as \"2024-03-31\"", "\"2024-03-31\" の形の日付"),
                    );
                }
                let (at, paid) = (options.date("at"), options.date("paid"));
                let Some(at) = at else { continue };
                Some((Evaluation { at, paid: paid.unwrap_or(at) }, options.has("paid")))
            }
            None => date_of(&entry).map(|at| (Evaluation { at, paid: at }, false)),
        };
        let Some((evaluation, paid_stated)) = evaluation else {
            at_entry(
                Problem::error("wrong-date", say!("this is no date", "日付として読めません"))
                    .found(describe(&entry))
                    .expected(say!(
                        "\"2024-03-31\" or #{{ at: \"2024-03-31\", paid: \"2024-05-31\" }}",
                        "\"2024-03-31\" か #{{ at: \"2024-03-31\", paid: \"2024-05-31\" }}"
                    )),
            );
            continue;
        };
        if let Some(last) = dates.last()
            && evaluation.at <= last.at
        {
            let (at, last) = (evaluation.at, last.at);
            at_entry(
                Problem::error(
                    "dates-out-of-order",
                    say!(
                        "{at} does not come after {last}",
                        "{at} が {last} より後になっていません"
                    ),
                )
                .help(say!(
                    "list evaluations in order of date, each once",
                    "評価日は日付順に一度ずつ並べてください"
                )),
            );
            continue;
        }
        if evaluation.paid < evaluation.at {
            let (at, paid) = (evaluation.at, evaluation.paid);
            at_entry(
                Problem::error(
                    "paid-before-measured",
                    say!(
                        "paid on {paid}, before it is measured on {at}",
                        "測定日 {at} より前の {paid} に支払うことになっています"
                    ),
                )
                .help(say!(
                    "give a payment date on or after {at}",
                    "{at} 以降の支払日にしてください"
                )),
            );
        }
        if !paid_stated {
            unstated.push(evaluation.at.to_string());
        }
        dates.push(evaluation);
    }
    if let Some(at) = unstated.first() {
        let all = unstated.join(", ");
        let problem = Problem::warning(
            "payment-date-unstated",
            say!(
                "no payment date is stated for {all}; taken as paid on the same day",
                "{all} の支払日がありません。評価日と同じ日とみなします"
            ),
        );
        let help = say!(
            "state it: #{{ at: \"{at}\", paid: \"…\" }}",
            "支払日を書いてください: #{{ at: \"{at}\", paid: \"…\" }}"
        );
        desk.report(context, problem.help(help));
    }
    let mut draft = desk.draft();
    if !draft.evaluations.is_empty() {
        return desk.report(
            context,
            taken(&say!("the list", "一覧"), "evaluations")
                .help(say!("keep one of the two", "どちらか一方にしてください")),
        );
    }
    let place = desk.bench.place(context.call_position());
    draft.declared_at.extend(place.map(|place| ("evaluations", place)));
    draft.evaluations = dates;
}
