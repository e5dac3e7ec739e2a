//! Declarations: the contract itself, parties, dates, evidence, limits, examples, parameters.

mod evaluations;
mod evidence;
mod examples;
mod limits;

use rhai::{Array, Dynamic, Engine, Map, NativeCallContext};

use super::{Desk, Fallible, RuleValue, taken};
use crate::contract::read::{Header, PartyHandle};
use crate::contract::{Actor, Parameter, Party, Role, Tax};
use crate::expr::Unit;
use crate::problem::{Problem, Text, say};
use crate::script::{Options, Quantity};

pub(super) fn register(engine: &mut Engine, desk: &Desk) {
    engine.register_type_with_name::<PartyHandle>("party");
    let at = desk.clone();
    engine.register_fn("contract", move |context: NativeCallContext, id: &str, map: Map| {
        contract(&at, &context, id, map);
    });
    let at = desk.clone();
    engine.register_fn("party", move |context: NativeCallContext, id: &str, map: Map| {
        party(&at, &context, id, map)
    });
    let at = desk.clone();
    engine.register_fn("evaluations", move |context: NativeCallContext, list: Array| {
        evaluations::evaluations(&at, &context, list);
    });
    evidence::register(engine, desk);
    limits::register(engine, desk);
    examples::register(engine, desk);
    let at = desk.clone();
    engine.register_fn("param", move |context: NativeCallContext, name: &str, value: Dynamic| {
        parameter(&at, &context, name, &value, None, None)
    });
    let at = desk.clone();
    engine.register_fn(
        "param",
        move |context: NativeCallContext, name: &str, value: Dynamic, range: Array| {
            parameter(&at, &context, name, &value, Some(range), None)
        },
    );
    let at = desk.clone();
    engine.register_fn(
        "param",
        move |context: NativeCallContext,
              name: &str,
              value: Dynamic,
              range: Array,
              title: Dynamic| {
            parameter(&at, &context, name, &value, Some(range), Some(title))
        },
    );
}

fn contract(desk: &Desk, context: &NativeCallContext, id: &str, map: Map) {
    desk.declare(context);
    const KEYS: &[&str] = &["title", "currency", "from", "to", "cap", "minimum", "tax", "rounding"];
    let options = Options::read(&desk.bench, context, 1, map, KEYS);
    if desk.draft().header.is_some() {
        return desk.report(
            context,
            taken(&say!("the contract", "契約"), id)
                .help(say!("keep one of the two", "どちらか一方にしてください")),
        );
    }
    let needed = [
        ("from", say!("the first day: \"2024-04-01\"", "開始日: \"2024-04-01\"")),
        ("to", say!("the last day: \"2027-03-31\"", "終了日: \"2027-03-31\"")),
        (
            "tax",
            say!(
                "included(percent(10)), added(percent(10)) or unstated()",
                "included(percent(10))、added(percent(10)) または unstated()"
            ),
        ),
        (
            "rounding",
            say!(
                "down(1) for whole yen, or half_up, half_even, up",
                "円未満切り捨てなら down(1)。ほかに half_up, half_even, up"
            ),
        ),
    ];
    for (key, expected) in needed {
        if !options.has(key) {
            options.missing(key, expected);
        }
    }
    let mut currency = options.text("currency").unwrap_or_else(|| "JPY".to_owned());
    if !Unit::CURRENCIES.iter().any(|(_, known)| *known == currency) {
        let known =
            Unit::CURRENCIES.iter().map(|(_, known)| format!("\"{known}\"")).collect::<Vec<_>>();
        options.wrong("currency", Text::from(known.join(", ")));
        // So that no amount is refused for it as well.
        "JPY".clone_into(&mut currency);
    }
    let rule = options.value("rounding").map(|value| {
        let rounding = value.try_cast::<RuleValue>().and_then(RuleValue::money);
        if rounding.is_none() {
            options.wrong(
                "rounding",
                say!(
                    "a rule and a step of money above 0: down(1) for whole yen",
                    "丸め方と 0 より大きい金額の刻み: 円未満切り捨てなら down(1)"
                ),
            );
        }
        rounding
    });
    let tax = options.value("tax").and_then(|value| {
        let tax = value.try_cast::<Tax>();
        if tax.is_none() {
            options.wrong(
                "tax",
                say!(
                    "included(percent(10)), added(percent(10)) or unstated()",
                    "included(percent(10))、added(percent(10)) または unstated()"
                ),
            );
        }
        tax
    });
    let header = Header {
        id: id.to_owned(),
        title: options.title("title").unwrap_or_else(|| Text::from(id)),
        currency,
        from: options.date("from"),
        to: options.date("to"),
        cap: None,
        tax: tax.unwrap_or(Tax::Unstated),
        rounding: rule.flatten(),
        place: options.here(),
    };
    if let (Some(from), Some(to)) = (header.from, header.to)
        && to < from
    {
        options.wrong("to", say!("a day after {from}", "{from} より後の日"));
    }
    desk.draft().header = Some(header);
    // Amounts are read once the currency is known.
    let (cap, minimum) =
        (desk.money_option(&options, "cap"), desk.money_option(&options, "minimum"));
    let limits = ["cap", "minimum"].map(|key| (key, options.place(key)));
    let mut draft = desk.draft();
    for (key, place) in [("contract", options.here())].into_iter().chain(limits) {
        draft.declared_at.extend(place.map(|place| (key, place)));
    }
    draft.minimum = minimum.or(draft.minimum);
    if let Some(header) = &mut draft.header {
        header.cap = cap;
    }
}

fn party(desk: &Desk, context: &NativeCallContext, id: &str, map: Map) -> PartyHandle {
    desk.declare(context);
    let options = Options::read(&desk.bench, context, 1, map, &["role", "name"]);
    const ROLES: &[(&str, Role)] = &[
        ("payer", Role::Payer),
        ("provider", Role::Provider),
        ("evaluator", Role::Evaluator),
        ("investor", Role::Investor),
        ("intermediary", Role::Intermediary),
        ("guarantor", Role::Guarantor),
    ];
    if !options.has("role") {
        let names = ROLES.iter().map(|(name, _)| format!("\"{name}\"")).collect::<Vec<_>>();
        options.missing("role", Text::from(names.join(", ")));
    }
    let role = options.choice("role", ROLES).unwrap_or(Role::Intermediary);
    let name = options.title("name").unwrap_or_else(|| Text::from(id));
    desk.check_identifier(context, id, &[Actor::OUTSIDE]);
    let mut draft = desk.draft();
    if draft.parties.iter().any(|party| party.id == id) {
        desk.report(context, taken(&say!("party", "当事者"), id));
    }
    draft.parties.push(Party { id: id.to_owned(), name, role });
    PartyHandle(draft.parties.len() - 1)
}

fn parameter(
    desk: &Desk,
    context: &NativeCallContext,
    name: &str,
    value: &Dynamic,
    range: Option<Array>,
    title: Option<Dynamic>,
) -> Fallible<Quantity> {
    desk.declare(context);
    let node = desk.node(context, &say!("the value", "値"), value)?;
    let (unit, stated) = desk.bench.graph(|graph| (graph.unit(node).clone(), graph.literal(node)));
    let Some(stated) = stated else {
        return Err(desk.raise(
            context,
            Problem::error(
                "wrong-value",
                say!(
                    "a parameter's value must be known now",
                    "パラメータの値は確定していなければなりません"
                ),
            ),
        ));
    };
    let ends = range.map(|ends| {
        ends.iter()
            .map(|end| {
                let node = desk.node(context, &say!("the range", "範囲"), end)?;
                Ok(desk.bench.graph(|graph| graph.literal(node)))
            })
            .collect::<Fallible<Vec<_>>>()
    });
    let range = match ends.transpose()?.as_deref() {
        None => None,
        Some([Some(low), Some(high)]) if (low..=high).contains(&&stated) => Some((*low, *high)),
        Some(_) => {
            return Err(desk.raise(
                context,
                Problem::error(
                    "wrong-range",
                    say!("the range of `{name}` is no range", "`{name}` の範囲が正しくありません"),
                )
                .expected(say!(
                    "[low, high] with {stated} between them",
                    "{stated} を挟む [下限, 上限]"
                )),
            ));
        }
    };
    if desk.draft().parameters.iter().any(|known| known.name == name) {
        desk.report(context, taken(&say!("parameter", "パラメータ"), name));
    }
    let title = title.and_then(|title| desk.title_of(context, title));
    let title = title.unwrap_or_else(|| Text::from(name));
    let mut draft = desk.draft();
    let value = draft.overrides.get(name).copied().unwrap_or(stated);
    let unit = if unit == Unit::Open { Unit::Bare } else { unit };
    let (name, kept) = (name.to_owned(), unit.clone());
    draft.parameters.push(Parameter { name, title, value, unit: kept, range });
    drop(draft);
    Ok(desk.bench.graph(|graph| graph.number(value, unit)).into())
}
