//! The most and the least that is paid.

use rhai::{Dynamic, Engine, NativeCallContext};
use rust_decimal::Decimal;

use super::super::{Desk, Fallible, taken};
use crate::contract::Role;
use crate::contract::read::{Draft, PartyHandle};
use crate::problem::{Problem, say};

pub(super) fn register(engine: &mut Engine, desk: &Desk) {
    type Limit = fn(&mut Draft) -> &mut Option<Decimal>;
    let limits: [(&str, Limit); 4] = [
        ("cap_each", |draft| &mut draft.cap_each),
        ("cap_year", |draft| &mut draft.cap_year),
        ("minimum", |draft| &mut draft.minimum),
        ("minimum_each", |draft| &mut draft.minimum_each),
    ];
    for (word, limit) in limits {
        let at = desk.clone();
        engine.register_fn(word, move |context: NativeCallContext, amount: Dynamic| {
            at.declare(&context);
            let amount = amount_of(&at, &context, &amount)?;
            let place = at.bench.place(context.call_position());
            let mut draft = at.draft();
            if limit(&mut draft).replace(amount).is_some() {
                drop(draft);
                at.report(
                    &context,
                    taken(&say!("the limit", "限度額"), word)
                        .help(say!("keep one of the two", "どちらか一方にしてください")),
                );
                return Fallible::Ok(());
            }
            draft.declared_at.extend(place.map(|place| (word, place)));
            Fallible::Ok(())
        });
    }
    let at = desk.clone();
    engine.register_fn(
        "cap_payer",
        move |context: NativeCallContext, payer: PartyHandle, amount: Dynamic| {
            at.declare(&context);
            let amount = amount_of(&at, &context, &amount)?;
            let place = at.bench.place(context.call_position());
            let mut draft = at.draft();
            let party = &draft.parties[payer.0];
            let (id, pays) = (party.id.clone(), party.role == Role::Payer);
            let again = draft.cap_payers.iter().any(|(known, _)| *known == payer.0);
            draft.cap_payers.push((payer.0, amount));
            if again || !pays {
                drop(draft);
                let problem = if again {
                    taken(&say!("the limit of", "支払上限"), &id)
                        .help(say!("keep one of the two", "どちらか一方にしてください"))
                } else {
                    Problem::error(
                        "not-a-payer",
                        say!("`{id}` pays nothing", "`{id}` は支払者ではありません"),
                    )
                    .expected(say!("a party with role: \"payer\"", "role: \"payer\" の当事者"))
                };
                at.report(&context, problem);
                return Fallible::Ok(());
            }
            draft.declared_at.extend(place.map(|place| ("cap_payer", place)));
            Fallible::Ok(())
        },
    );
}

fn amount_of(desk: &Desk, context: &NativeCallContext, value: &Dynamic) -> Fallible<Decimal> {
    let node = desk.money(context, &say!("the amount", "金額"), value)?;
    let amount = desk.bench.graph(|graph| graph.literal(node));
    amount.filter(|amount| !amount.is_sign_negative()).ok_or_else(|| {
        desk.raise(
            context,
            Problem::error(
                "wrong-amount",
                say!(
                    "a limit must be an amount of at least 0 that is known now",
                    "限度額は 0 以上の確定した金額でなければなりません"
                ),
            )
            .expected(super::super::amount_of(desk.currency().as_ref())),
        )
    })
}
