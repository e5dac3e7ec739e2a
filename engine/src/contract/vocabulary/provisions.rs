//! `stated` and `accept`: what a contract provides for, and which findings its parties accept.

use rhai::{Dynamic, Engine, Map, NativeCallContext};
use rust_decimal::Decimal;

use super::{Desk, taken};
use crate::contract::findings::rules::{self, RULES};
use crate::contract::provisions::{Acceptance, CapBasis, Provision, Topic};
use crate::contract::read::{IndicatorHandle, PartyHandle};
use crate::problem::{Problem, Text, did_you_mean, say};
use crate::script::Options;

pub(super) fn register(engine: &mut Engine, desk: &Desk) {
    let at = desk.clone();
    engine.register_fn("stated", move |context: NativeCallContext, topic: &str, map: Map| {
        stated(&at, &context, topic, map);
    });
    let at = desk.clone();
    engine.register_fn(
        "accept",
        move |context: NativeCallContext, finding: &str, reason: Dynamic| {
            accept(&at, &context, finding, reason, Map::new());
        },
    );
    let at = desk.clone();
    engine.register_fn(
        "accept",
        move |context: NativeCallContext, finding: &str, reason: Dynamic, map: Map| {
            accept(&at, &context, finding, reason, map);
        },
    );
}

/// The options of a topic besides `text` and `clause`.
fn keys(topic: Topic) -> &'static [&'static str] {
    match topic {
        Topic::ExternalFactors | Topic::Dispute | Topic::Publication | Topic::PersonalData => &[],
        Topic::DebtBurden => &["amount", "on", "to"],
        Topic::Cap => &["basis", "amount", "part"],
        Topic::Grant => &["part", "most"],
    }
}

fn stated(desk: &Desk, context: &NativeCallContext, name: &str, map: Map) {
    desk.declare(context);
    let Some((_, topic)) = Topic::ALL.iter().find(|(known, _)| *known == name) else {
        let names: Vec<&str> = Topic::ALL.iter().map(|(name, _)| *name).collect();
        let problem = Problem::error(
            "unknown-topic",
            say!("nothing is stated on \"{name}\"", "\"{name}\" という定めの項目はありません"),
        )
        .expected(Text::from(names.join(", ")));
        return desk.report(
            context,
            match did_you_mean(name, names) {
                Some(near) => problem.help(near),
                None => problem,
            },
        );
    };
    let mut known = vec!["text", "clause"];
    known.extend(keys(*topic));
    let options = Options::read(&desk.bench, context, 1, map, &known);
    let part = options.number("part");
    if part.is_some_and(|part| part <= Decimal::ZERO || part > Decimal::ONE) {
        options.wrong(
            "part",
            say!(
                "a fraction above 0 and up to 1: percent(50)",
                "0 より大きく 1 以下の割合: percent(50)"
            ),
        );
    }
    let needed: &[&str] = match topic {
        Topic::DebtBurden => &["amount"],
        Topic::Cap => &["basis"],
        Topic::Grant => &["part"],
        _ => &[],
    };
    for key in needed.iter().filter(|key| !options.has(key)) {
        options.missing(
            key,
            match *key {
                "amount" => super::amount_of(desk.currency().as_ref()),
                "basis" => Text::from("\"benefit\", \"saving\", \"cost\""),
                _ => Text::from("percent(50)"),
            },
        );
    }
    if needed.is_empty() && !options.has("text") && !options.has("clause") {
        options.missing(
            "clause",
            say!("the clause, or its `text`", "条項、または内容を書いた `text`"),
        );
    }
    let provision = Provision {
        topic: *topic,
        text: options.title("text"),
        clause: options.text("clause"),
        amount: desk.money_option(&options, "amount"),
        part,
        most: desk.money_option(&options, "most"),
        basis: options.choice("basis", CapBasis::ALL),
        on: options.date("on"),
        to: options.date("to"),
        place: options.here(),
    };
    let again = desk.draft().provisions.iter().any(|known| known.topic == *topic);
    if again {
        return desk.report(
            context,
            taken(&say!("what is stated on", "定めの項目"), name)
                .help(say!("keep one of the two", "どちらか一方にしてください")),
        );
    }
    desk.draft().provisions.push(provision);
}

fn accept(desk: &Desk, context: &NativeCallContext, finding: &str, reason: Dynamic, map: Map) {
    desk.declare(context);
    let options = Options::read(&desk.bench, context, 2, map, &["of", "by", "clause"]);
    let Some(rule) = rules::named(finding) else {
        let names = RULES.iter().map(|rule| rule.id);
        let problem = Problem::error(
            "unknown-finding",
            say!("there is no finding `{finding}`", "`{finding}` という指摘はありません"),
        );
        return desk.report(
            context,
            problem.help(did_you_mean(finding, names).unwrap_or_else(|| {
                say!(
                    "`seika check` shows the id of each finding; docs/findings.md lists all",
                    "指摘の識別子は `seika check` に示されます。一覧は docs/findings.md にあります"
                )
            })),
        );
    };
    if !rule.acceptable {
        return desk.report(
            context,
            Problem::error(
                "not-acceptable",
                say!("`{finding}` cannot be accepted", "`{finding}` は容認できません"),
            )
            .help(say!(
                "the contract would not say what its parties mean; mend it",
                "当事者の意図と契約が一致しなくなるため、直す必要があります"
            )),
        );
    }
    let reason =
        said(&reason).filter(|said| !said.en.trim().is_empty() && !said.ja.trim().is_empty());
    let Some(reason) = reason else {
        return desk.report(
            context,
            Problem::error(
                "reason-missing",
                say!(
                    "why `{finding}` is accepted is not said",
                    "`{finding}` を容認する理由がありません"
                ),
            )
            .expected(say!(
                "text, or #{{ ja: \"…\", en: \"…\" }}",
                "文字列か #{{ ja: \"…\", en: \"…\" }}"
            ))
            .help(say!(
                "say why, so that whoever reads the contract can judge it",
                "読む人が判断できるよう、理由を書いてください"
            )),
        );
    };
    let of = options.value("of").and_then(|value| {
        let indicator = value.clone().try_cast::<IndicatorHandle>();
        let named = indicator.map(|handle| desk.draft().indicators[handle.0].id.clone());
        let of = named.or_else(|| value.into_string().ok());
        if of.is_none() {
            options.wrong(
                "of",
                say!(
                    "the id of a line or an indicator: \"uptake\"",
                    "支払項目か指標の識別子: \"uptake\""
                ),
            );
        }
        of
    });
    let by = options.value("by").and_then(|value| {
        let party = value.try_cast::<PartyHandle>();
        if party.is_none() {
            options.wrong(
                "by",
                say!("a party: `let city = party(…);`", "当事者: `let city = party(…);`"),
            );
        }
        party.map(|party| party.0)
    });
    let acceptance = Acceptance {
        finding: rule.id,
        of,
        reason,
        by,
        clause: options.text("clause"),
        place: desk.bench.place(context.call_position()),
    };
    desk.draft().acceptances.push(acceptance);
}

/// A text, or one per language.
fn said(value: &Dynamic) -> Option<Text> {
    if let Ok(text) = value.as_immutable_string_ref() {
        return Some(Text::from(text.as_str()));
    }
    let map = value.clone().try_cast::<Map>()?;
    let word = |language: &str| map.get(language)?.clone().into_string().ok();
    Some(Text { en: word("en")?, ja: word("ja")? })
}
