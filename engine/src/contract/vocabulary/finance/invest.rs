//! `invest`: one investor's money on one set of terms.

use rhai::{Engine, Map, NativeCallContext};
use rust_decimal::Decimal;

use super::{amount_option, dated_option, rank, rate_option};
use crate::contract::read::{PartyHandle, Places, TrancheDraft, TrancheHandle};
use crate::contract::vocabulary::{Desk, amount_of, taken};
use crate::contract::{Form, Role, Tranche};
use crate::problem::{Problem, say};
use crate::script::{Options, Quantity};

const KEYS: &[&str] = &[
    "amount", "at", "drawdown", "id", "title", "form", "rank", "rate", "linked", "least", "repay",
    "early", "cap", "cap_irr", "clause",
];

const FORMS: &[(&str, Form)] = &[
    ("loan", Form::Loan),
    ("variable_loan", Form::VariableLoan),
    ("partnership", Form::Partnership),
    ("trust", Form::Trust),
];

pub(super) fn register(engine: &mut Engine, desk: &Desk) {
    let at = desk.clone();
    engine.register_fn(
        "invest",
        move |context: NativeCallContext, investor: PartyHandle, map: Map| {
            invest(&at, &context, investor, map)
        },
    );
}

fn invest(
    desk: &Desk,
    context: &NativeCallContext,
    investor: PartyHandle,
    map: Map,
) -> TrancheHandle {
    desk.declare(context);
    let options = Options::read(&desk.bench, context, 1, map, KEYS);
    let party = desk.draft().parties[investor.0].clone();
    if party.role != Role::Investor {
        let id = &party.id;
        desk.report(
            context,
            Problem::error(
                "not-an-investor",
                say!("`{id}` is no investor", "`{id}` は資金提供者ではありません"),
            )
            .expected(say!("a party with role: \"investor\"", "role: \"investor\" の当事者")),
        );
    }
    if !options.has("amount") {
        options.missing("amount", amount_of(desk.currency().as_ref()));
    }
    let amount = options.value("amount").and_then(|value| {
        let node = value.try_cast::<Quantity>().map(|quantity| quantity.node);
        let known = node.and_then(|node| {
            desk.bench.graph(|graph| Some((graph.literal(node)?, graph.unit(node).clone())))
        });
        let fits = known.filter(|(amount, unit)| unit.is_money() && *amount > Decimal::ZERO);
        if fits.is_none() {
            let example = amount_of(desk.currency().as_ref());
            options.wrong("amount", say!("above 0, {}", "0 より大きい、{}", example));
        }
        fits
    });
    if options.has("at") && options.has("drawdown") {
        options.wrong("at", say!("either `at` or `drawdown`", "`at` か `drawdown` のどちらか一方"));
    }
    let id = options.text("id").unwrap_or_else(|| party.id.clone());
    let commitment = amount.as_ref().map_or(Decimal::ZERO, |(amount, _)| *amount);
    let stated_rank = rank(&options);
    let tranche = Tranche {
        title: options.title("title").unwrap_or_else(|| party.name.clone()),
        investor: investor.0,
        form: options.choice("form", FORMS).unwrap_or(Form::Unstated),
        commitment,
        drawdowns: dated_option(desk, &options, "drawdown").unwrap_or_default(),
        rank: stated_rank.unwrap_or(1),
        rate: rate_option(&options, "rate").unwrap_or(Decimal::ZERO),
        linked: Vec::new(),
        least: dated_option(desk, &options, "least").unwrap_or_default(),
        repay: dated_option(desk, &options, "repay").unwrap_or_default(),
        early: options.truth("early").unwrap_or(false),
        cap: cap(desk, &options, commitment),
        cap_irr: rate_option(&options, "cap_irr"),
        clause: options.text("clause"),
        rank_stated: stated_rank.is_some(),
        place: options.here(),
        id,
    };
    let draft = TrancheDraft {
        places: Places::of(&options, KEYS),
        unit: amount.map(|(_, unit)| unit),
        at: options.date("at"),
        linked: options.closure("linked"),
        declared: tranche,
    };
    let id = draft.declared.id.clone();
    let known = &mut desk.draft().finance;
    let again = known.tranches.iter().any(|other| other.declared.id == id);
    known.tranches.push(draft);
    let handle = TrancheHandle(known.tranches.len() - 1);
    if again {
        // The workbench is free again once the draft is.
        desk.bench.report(
            taken(&say!("investment", "投資"), &id)
                .help(say!(
                    "an investor with several investments names each: #{{ id: \"senior\", … }}",
                    "同じ資金提供者が複数投資するときは、それぞれに名前を付けてください: #{{ id: \"senior\", … }}"
                ))
                .maybe_at(desk.bench.place(context.call_position())),
        );
    }
    handle
}

/// The most return in all: money, or a part of what is put up.
fn cap(desk: &Desk, options: &Options, commitment: Decimal) -> Option<Decimal> {
    let value = options.value("cap")?;
    let money = value
        .clone()
        .try_cast::<Quantity>()
        .is_some_and(|of| desk.bench.graph(|graph| graph.unit(of.node).is_money()));
    if money {
        return amount_option(desk, options, "cap");
    }
    let part = options.amount_of(&value).filter(|part| {
        *part >= Decimal::ZERO && *part <= Decimal::from(100) && part.normalize().scale() <= 8
    });
    match part {
        Some(part) => commitment.checked_mul(part),
        None => {
            let example = amount_of(desk.currency().as_ref());
            options.wrong(
                "cap",
                say!(
                    "{}, or a part of what is put up, such as percent(20)",
                    "{}、または percent(20) のような出資額に対する割合",
                    example
                ),
            );
            None
        }
    }
}
