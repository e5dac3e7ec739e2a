//! Finance: who puts up money before outcomes are paid.

use rhai::{Engine, Map, NativeCallContext};
use rust_decimal::Decimal;

use super::{Desk, amount_of};
use crate::contract::Role;
use crate::contract::read::{InvestmentDraft, PartyHandle};
use crate::problem::{Problem, say};
use crate::script::{Options, Quantity};

pub(super) fn register(engine: &mut Engine, desk: &Desk) {
    let at = desk.clone();
    engine.register_fn(
        "invest",
        move |context: NativeCallContext, investor: PartyHandle, map: Map| {
            invest(&at, &context, investor, map);
        },
    );
}

fn invest(desk: &Desk, context: &NativeCallContext, investor: PartyHandle, map: Map) {
    desk.declare(context);
    let options = Options::read(&desk.bench, context, 1, map, &["amount", "at"]);
    let (party, again) = {
        let draft = desk.draft();
        (draft.parties[investor.0].clone(), !draft.investments.is_empty())
    };
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
    if again {
        return desk.report(
            context,
            Problem::error(
                "one-investment",
                say!("there is more than one investment", "投資が二つ以上あります"),
            )
            .expected(say!(
                "one investment: one investor, who receives every payment",
                "投資は一つ。一人の資金提供者がすべての支払を受け取る形"
            ))
            .help(say!(
                "add the amounts up into one; shares of several investors cannot be stated yet",
                "金額を合わせて一つにしてください。複数の資金提供者の持分はまだ扱えません"
            )),
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
    let investment = InvestmentDraft {
        investor: investor.0,
        amount,
        amount_place: options.place("amount"),
        at: options.date("at"),
        at_place: options.place("at"),
    };
    desk.draft().investments.push(investment);
}
