//! Random ways to finance a contract, and the script that declares them.

use std::fmt::Write;

use proptest::prelude::*;

/// When the three evaluations are paid.
pub(crate) const PAID: [&str; 3] = ["2025-05-31", "2026-05-31", "2026-09-30"];

/// When money may be put up: before, on and between payment dates.
pub(crate) const DRAWN: [&str; 5] =
    ["2024-04-01", "2025-05-31", "2025-10-01", "2026-05-31", "2026-07-15"];

/// When costs may fall: one of them after the last payment.
pub(crate) const SPENT: [&str; 5] =
    ["2024-06-30", "2025-05-31", "2025-12-01", "2026-08-01", "2026-12-31"];

/// Who an amount goes to or comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Who {
    Vendor,
    Helper,
    Company,
    Judge,
    Outside,
}

impl Who {
    pub(crate) fn id(self) -> &'static str {
        match self {
            Who::Vendor => "vendor",
            Who::Helper => "helper",
            Who::Company => "company",
            Who::Judge => "judge",
            Who::Outside => "outside",
        }
    }
}

/// An amount in hundreds of yen at a date, by its position in a list of dates.
pub(crate) type Dated = Vec<(usize, i64)>;

#[derive(Debug, Clone)]
pub(crate) struct Tranche {
    pub(crate) investor: usize,
    pub(crate) drawn: Dated,
    pub(crate) rank: u32,
    /// Per cent per year.
    pub(crate) rate: i64,
    /// Yen for each unit of the outcome.
    pub(crate) linked: i64,
    /// At payment dates.
    pub(crate) least: Dated,
    pub(crate) repay: Dated,
    pub(crate) early: bool,
    /// In hundreds of yen.
    pub(crate) cap: Option<i64>,
    /// Per cent per year.
    pub(crate) cap_irr: Option<i64>,
    pub(crate) form: usize,
}

#[derive(Debug, Clone)]
pub(crate) enum Amounts {
    Dated(Dated),
    /// Yen for each unit of the outcome.
    Linked(i64),
}

#[derive(Debug, Clone)]
pub(crate) struct Cost {
    pub(crate) by: Who,
    pub(crate) to: Who,
    pub(crate) amount: Amounts,
}

#[derive(Debug, Clone)]
pub(crate) struct Fee {
    pub(crate) to: Who,
    pub(crate) rank: u32,
    pub(crate) amount: Amounts,
}

#[derive(Debug, Clone)]
pub(crate) struct Guarantee {
    /// The tranches, from this one on.
    pub(crate) from: usize,
    pub(crate) schedule: Dated,
    pub(crate) most: Option<i64>,
    pub(crate) beyond: i64,
    pub(crate) covers_return: bool,
    pub(crate) rank: Option<u32>,
}

#[derive(Debug, Clone)]
pub(crate) struct Reserve {
    pub(crate) target: i64,
    pub(crate) initial: i64,
    pub(crate) rank: u32,
    pub(crate) until: Option<usize>,
}

/// A contract of three payments and how it is financed.
#[derive(Debug, Clone)]
pub(crate) struct Structure {
    pub(crate) step: i64,
    /// The first pays `vendor`, or the company, the second `helper`: yen for each unit.
    pub(crate) pays: [i64; 2],
    pub(crate) company_holds: bool,
    /// Where the company holds the account, whether the first pays it itself.
    pub(crate) paid_directly: bool,
    pub(crate) tranches: Vec<Tranche>,
    pub(crate) costs: Vec<Cost>,
    pub(crate) fees: Vec<Fee>,
    pub(crate) guarantees: Vec<Guarantee>,
    pub(crate) reserve: Option<Reserve>,
    /// Per cent for each tranche, then for the vendor and the helper.
    pub(crate) profit: Option<Vec<i64>>,
    /// The most, in hundreds; 0 for no limit.
    pub(crate) recycle: Option<i64>,
    pub(crate) unspent: bool,
    /// The evaluation that closes a contract ended early.
    pub(crate) ended: Option<usize>,
    pub(crate) outcomes: [i64; 3],
}

fn dated(dates: usize, most: i64) -> impl Strategy<Value = Dated> {
    proptest::collection::btree_map(0..dates, 1..most, 0..3)
        .prop_map(|map| map.into_iter().collect())
}

fn tranche() -> impl Strategy<Value = Tranche> {
    let drawn = proptest::collection::btree_map(0..DRAWN.len(), 1_i64..60, 1..3);
    let maybe = |most: i64| proptest::option::of(0..most);
    (
        (0_usize..3, drawn, 1_u32..4, prop_oneof![Just(0_i64), 1_i64..20]),
        (prop_oneof![Just(0_i64), 1_i64..80], dated(3, 20), dated(3, 40), any::<bool>()),
        (maybe(40), maybe(15), 0_usize..5),
    )
        .prop_map(
            |((investor, drawn, rank, rate), (linked, least, mut repay, early), caps)| {
                let drawn: Dated = drawn.into_iter().collect();
                let mut left: i64 = drawn.iter().map(|(_, amount)| *amount).sum();
                repay.retain_mut(|(_, amount)| {
                    *amount = (*amount).min(left);
                    left -= *amount;
                    *amount > 0
                });
                let early = early && !repay.is_empty();
                let (cap, cap_irr, form) = caps;
                let cap = cap.filter(|cap| *cap > 0);
                Tranche {
                    investor,
                    drawn,
                    rank,
                    rate,
                    linked,
                    least,
                    repay,
                    early,
                    cap,
                    cap_irr,
                    form,
                }
            },
        )
}

fn amounts() -> impl Strategy<Value = Amounts> {
    let some = proptest::collection::btree_map(0..SPENT.len(), 1_i64..30, 1..4);
    prop_oneof![
        some.prop_map(|map| Amounts::Dated(map.into_iter().collect())),
        (1_i64..60).prop_map(Amounts::Linked),
    ]
}

fn guarantee() -> impl Strategy<Value = Guarantee> {
    let schedule = proptest::collection::btree_map(0_usize..3, 1_i64..40, 1..4);
    (
        0_usize..3,
        schedule,
        proptest::option::of(1_i64..50),
        prop_oneof![Just(0_i64), 1_i64..20],
        any::<bool>(),
        proptest::option::of(1_u32..5),
    )
        .prop_map(|(from, schedule, most, beyond, covers_return, rank)| Guarantee {
            from,
            schedule: schedule.into_iter().collect(),
            most,
            beyond,
            covers_return,
            rank,
        })
}

pub(crate) fn structures() -> impl Strategy<Value = Structure> {
    let bearer = prop_oneof![Just(Who::Vendor), Just(Who::Helper), Just(Who::Company)];
    let paid = prop_oneof![Just(Who::Judge), Just(Who::Outside)];
    let cost = (bearer, paid, amounts()).prop_map(|(by, to, amount)| Cost { by, to, amount });
    let payee = prop_oneof![Just(Who::Vendor), Just(Who::Company), Just(Who::Judge)];
    let fee = (payee, 1_u32..5, amounts()).prop_map(|(to, rank, amount)| Fee { to, rank, amount });
    let reserve = (1_i64..30, 0_i64..30, 1_u32..5, proptest::option::of(0_usize..3));
    let profit = proptest::collection::vec(0_i64..34, 5);
    (
        (prop_oneof![Just(1_i64), Just(100)], 0_i64..200, 0_i64..120, any::<bool>(), any::<bool>()),
        proptest::collection::vec(tranche(), 1..4),
        (proptest::collection::vec(cost, 0..3), proptest::collection::vec(fee, 0..3)),
        (proptest::collection::vec(guarantee(), 0..3), proptest::option::of(reserve)),
        (proptest::option::of(profit), proptest::option::of(0_i64..40), any::<bool>()),
        (proptest::option::of(0_usize..2), [-4_i64..60, -4..60, -4..60]),
    )
        .prop_map(
            |(first, tranches, (costs, fees), (mut guarantees, reserve), account, last)| {
                let (step, a, b, company_holds, paid_directly) = first;
                for guarantee in &mut guarantees {
                    guarantee.from = guarantee.from.min(tranches.len() - 1);
                }
                let first = tranches.iter().flat_map(|of| &of.drawn).map(|(on, _)| *on).min();
                let at_first = tranches.iter().flat_map(|of| &of.drawn);
                let at_first: i64 =
                    at_first.filter(|(on, _)| Some(*on) == first).map(|(_, amount)| *amount).sum();
                let reserve = reserve.map(|(target, initial, rank, until)| Reserve {
                    initial: initial.min(target).min(at_first),
                    target,
                    rank,
                    until,
                });
                let (profit, recycle, unspent) = account;
                let (ended, outcomes) = last;
                Structure {
                    step,
                    pays: [a, b],
                    company_holds,
                    paid_directly,
                    tranches,
                    costs,
                    fees,
                    guarantees,
                    reserve,
                    profit,
                    recycle,
                    unspent,
                    ended,
                    outcomes,
                }
            },
        )
}

fn list(dated: &Dated, dates: &[&str]) -> String {
    let each =
        dated.iter().map(|(on, amount)| format!("[\"{}\", yen({})]", dates[*on], amount * 100));
    format!("[{}]", each.collect::<Vec<_>>().join(", "))
}

fn amount(amounts: &Amounts) -> String {
    match amounts {
        Amounts::Dated(dated) => list(dated, &SPENT),
        Amounts::Linked(per) => format!("|e| e[x] * yen({per})"),
    }
}

fn maybe(name: &str, value: Option<String>) -> String {
    value.map(|value| format!(", {name}: {value}")).unwrap_or_default()
}

impl Structure {
    /// The parts of the surplus that are stated: tranche by tranche, then the vendor and helper.
    pub(crate) fn stated_profit(&self) -> Option<Vec<i64>> {
        let parts = self.profit.as_ref()?;
        let mut parts: Vec<i64> = parts.iter().take(self.tranches.len() + 2).copied().collect();
        while parts.iter().sum::<i64>() > 100 {
            let at = parts.iter().position(|part| *part > 0)?;
            parts[at] = 0;
        }
        parts.iter().any(|part| *part > 0).then_some(parts)
    }

    /// The contract.
    pub(crate) fn script(&self) -> String {
        let mut text = format!(
            "contract(\"random\", #{{ from: \"2024-04-01\", to: \"2026-09-30\", tax: unstated(), \
             rounding: down({}) }});\n",
            self.step
        );
        text += "let city = party(\"city\", #{ role: \"payer\" });\n\
                 let vendor = party(\"vendor\", #{ role: \"provider\" });\n\
                 let helper = party(\"helper\", #{ role: \"provider\" });\n\
                 let company = party(\"company\", #{ role: \"intermediary\" });\n\
                 let judge = party(\"judge\", #{ role: \"evaluator\" });\n\
                 let a = party(\"a\", #{ role: \"investor\" });\n\
                 let b = party(\"b\", #{ role: \"investor\" });\n\
                 let c = party(\"c\", #{ role: \"investor\" });\n\
                 let friend = party(\"friend\", #{ role: \"guarantor\" });\n\
                 evaluations([#{ at: \"2025-03-31\", paid: \"2025-05-31\" }, \
                 #{ at: \"2026-03-31\", paid: \"2026-05-31\" }, \
                 #{ at: \"2026-09-30\", paid: \"2026-09-30\" }]);\n\
                 let x = mean(\"x\", #{ digits: 0 });\n\
                 early_end(#{ fixed: \"as_measured\", linked: \"as_measured\" });\n";
        let first = if self.company_holds && self.paid_directly { "company" } else { "vendor" };
        for (position, (to, per)) in
            [(first, self.pays[0]), ("helper", self.pays[1])].iter().enumerate()
        {
            let _ = writeln!(
                text,
                "pay(\"p{position}\", |e| e[x] * yen({per}), #{{ by: city, to: {to} }});"
            );
        }
        for (at, of) in self.tranches.iter().enumerate() {
            let whole: i64 = of.drawn.iter().map(|(_, amount)| *amount).sum();
            let form = ["loan", "variable_loan", "partnership", "trust"].get(of.form);
            let some = |dated: &Dated| (!dated.is_empty()).then(|| list(dated, &PAID));
            let _ = writeln!(
                text,
                "let t{at} = invest({}, #{{ id: \"t{at}\", amount: yen({}), drawdown: {}, rank: {}, \
                 rate: percent({}), early: {}{}{}{}{}{}{} }});",
                ["a", "b", "c"][of.investor],
                whole * 100,
                list(&of.drawn, &DRAWN),
                of.rank,
                of.rate,
                of.early,
                maybe("linked", (of.linked > 0).then(|| format!("|e| e[x] * yen({})", of.linked))),
                maybe("least", some(&of.least)),
                maybe("repay", some(&of.repay)),
                maybe("cap", of.cap.map(|cap| format!("yen({})", cap * 100))),
                maybe("cap_irr", of.cap_irr.map(|rate| format!("percent({rate})"))),
                maybe("form", form.map(|form| format!("\"{form}\""))),
            );
        }
        for (at, of) in self.costs.iter().enumerate() {
            let to = (of.to != Who::Outside).then(|| of.to.id().to_owned());
            let _ = writeln!(
                text,
                "cost(\"c{at}\", {}, #{{ by: {}{} }});",
                amount(&of.amount),
                of.by.id(),
                maybe("to", to)
            );
        }
        for (at, of) in self.fees.iter().enumerate() {
            let (amount, to, rank) = (amount(&of.amount), of.to.id(), of.rank);
            let _ =
                writeln!(text, "deferred_fee(\"f{at}\", {amount}, #{{ to: {to}, rank: {rank} }});");
        }
        for of in &self.guarantees {
            let tranches: Vec<String> =
                (of.from..self.tranches.len()).map(|at| format!("t{at}")).collect();
            let _ = writeln!(
                text,
                "guarantee(friend, #{{ of: [{}], at: {}, beyond: yen({}), covers: \"{}\"{}{} }});",
                tranches.join(", "),
                list(&of.schedule, &PAID),
                of.beyond * 100,
                if of.covers_return { "all" } else { "principal" },
                maybe("most", of.most.map(|most| format!("yen({})", most * 100))),
                maybe("rank", of.rank.map(|rank| rank.to_string())),
            );
        }
        if let Some(of) = &self.reserve {
            let _ = writeln!(
                text,
                "reserve(#{{ target: yen({}), initial: yen({}), rank: {}{} }});",
                of.target * 100,
                of.initial * 100,
                of.rank,
                maybe("release", of.until.map(|at| format!("\"{}\"", PAID[at]))),
            );
        }
        if let Some(parts) = self.stated_profit() {
            let names = (0..self.tranches.len()).map(|at| format!("t{at}"));
            let names = names.chain(["vendor".to_owned(), "helper".to_owned()]);
            let each = names.zip(parts).filter(|(_, part)| *part > 0);
            let each = each.map(|(name, part)| format!("[{name}, percent({part})]"));
            let _ = writeln!(text, "profit([{}]);", each.collect::<Vec<_>>().join(", "));
        }
        let recycle = self.recycle.map(|most| match most {
            0 => "true".to_owned(),
            most => format!("yen({})", most * 100),
        });
        let _ = writeln!(
            text,
            "account(#{{ holder: {}, unspent: \"{}\"{} }});",
            if self.company_holds { "company" } else { "vendor" },
            if self.unspent { "distribute" } else { "keep" },
            maybe("recycle", recycle),
        );
        text
    }
}
