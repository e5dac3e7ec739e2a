//! Limits: maxima beyond the cap, caps that never bind, a minimum above the cap.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::Finding;
use super::probe::{Probe, limited, roots};
use crate::contract::pieces;
use crate::contract::{Basis, Contract, Line, LineKind, LineShare, Price};
use crate::expr::Node;
use crate::problem::{Place, Problem, Text, say};

/// No contract that is shipped, and no published one that was read, pays as little as this in all.
const SMALL_YEN: i64 = 100_000;

pub(super) fn findings(contract: &Contract, probe: &Probe<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(
        exceeded(contract, probe).map(|problem| Finding::from(problem).shown(probe.best(contract))),
    );
    findings.extend(small(contract).map(Finding::from));
    findings.extend(never_binding(contract));
    findings.extend(minimum(contract));
    findings
}

/// So little is paid in all that amounts may be in another unit than the language's.
fn small(contract: &Contract) -> Option<Problem> {
    let most = contract.payment_bounds().max.filter(|most| *most > Decimal::ZERO)?;
    (contract.currency == "JPY" && most < Decimal::from(SMALL_YEN)).then(|| {
        Problem::warning(
            "amounts-small",
            say!(
                "at most {} can be paid in all: were amounts written in units of 10,000 yen?",
                "支払は全体でも最大{}です。金額を万円単位で書いていませんか",
                contract.amount_words(most)
            ),
        )
        .maybe_at(contract.declared("contract"))
    })
}

/// The lines' largest payments, as they were seen to be paid, beyond the total cap.
fn exceeded(contract: &Contract, probe: &Probe<'_>) -> Option<Problem> {
    let cap = contract.cap?;
    // A line without a most is what a cap is for; a line that looks back at earlier dates cannot
    // be added up date by date.
    let bounded = contract.lines.iter().all(|line| contract.line_most(line).is_some());
    let looks_back = probe.items.iter().enumerate().any(|(evaluation, items)| {
        items.iter().any(|item| {
            let roots = roots(item);
            let cone = pieces::cone(&contract.graph, &roots);
            let symbols = pieces::symbols(&contract.graph, &roots);
            cone.iter().any(|id| matches!(contract.graph.node(*id), Node::Mark(..)))
                || contract.terms.outcomes.iter().any(|outcome| {
                    outcome.evaluation != evaluation && symbols.contains(&outcome.value)
                })
        })
    });
    if !bounded || looks_back {
        return None;
    }
    let mut years: BTreeMap<i16, Decimal> = BTreeMap::new();
    for (position, evaluation) in contract.evaluations.iter().enumerate() {
        let fixed = || {
            let amounts = probe.items[position].iter().map(|item| {
                let amount = contract.graph.literal(item.price.amount)?;
                let amount = limited(item.line, amount);
                Some(if item.offset { -amount } else { amount })
            });
            let sum: Decimal = amounts.sum::<Option<Decimal>>()?;
            Some(contract.cap_each.map_or(sum, |cap| sum.min(cap)))
        };
        // An evaluation that reads no outcome was not tried; it pays its fixed amounts.
        let most = probe.most_of(position).or_else(fixed)?;
        *years.entry(evaluation.fiscal_year()).or_default() += most;
    }
    let most: Decimal =
        years.into_values().map(|most| contract.cap_year.map_or(most, |cap| most.min(cap))).sum();
    // What is owed to date is paid once, however many dates can pay all of it.
    let of_several_dates = |line: &Line| line.cap.is_some() || line.basis != Basis::Each;
    let over = contract.lines.iter().any(of_several_dates) || !contract.cap_payers.is_empty();
    // With limits over several dates of single lines or payers the sum may be less than it seems.
    if most <= cap || (over && narrowed(contract).is_none_or(|most| most <= cap)) {
        return None;
    }
    let most = narrowed(contract).filter(|_| over).map_or(most, |narrowed| narrowed.min(most));
    let (most, cap) = (contract.amount_words(most), contract.amount_words(cap));
    Some(
        // To cut the best outcomes is what many caps are for.
        Problem::note(
            "maxima-exceed-cap",
            say!(
                "the lines can add up to {}, the cap is {}",
                "支払われ得る最大額の合計は{}ですが、支払上限額は{}です",
                most,
                cap
            ),
        )
        .maybe_at(contract.declared("cap")),
    )
}

/// The sum of the lines' mosts with their own limits and those of their payers.
fn narrowed(contract: &Contract) -> Option<Decimal> {
    let mut payers: BTreeMap<usize, Decimal> = BTreeMap::new();
    for line in &contract.lines {
        for share in &line.shares {
            *payers.entry(share.payer).or_default() += part_most(contract, line, share)?;
        }
    }
    let limited = |(payer, most): (usize, Decimal)| {
        let own = contract.cap_payers.iter().filter(|(of, _)| *of == payer);
        own.fold(most, |most, (_, cap)| most.min(*cap))
    };
    Some(payers.into_iter().map(limited).sum())
}

/// The most that one share of a line can come to, a step of a split's remainder included.
fn part_most(contract: &Contract, line: &Line, share: &LineShare) -> Option<Decimal> {
    let most = contract.line_most(line)?;
    if line.shares.len() < 2 {
        return Some(most);
    }
    Some(most.checked_mul(share.weight)?.checked_div(share.of)? + contract.rounding.step)
}

/// The most one price can pay, rounded as it is paid; never less than it can.
fn price_most(contract: &Contract, price: &Price) -> Option<Decimal> {
    contract.amount_of(contract.rounded(price).high)
}

/// As [`price_most`], within the line's own limit per evaluation.
fn limited_most(contract: &Contract, line: &Line, price: &Price) -> Option<Decimal> {
    match (price_most(contract, price), line.cap_each) {
        (Some(most), Some(cap)) => Some(most.min(cap)),
        (most, cap) => most.or(cap),
    }
}

/// Limits above what they limit.
fn never_binding(contract: &Contract) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut tell =
        |limit: Decimal, most: Option<Decimal>, (of, what): (&str, Text), place: Option<Place>| {
            let Some(most) = most.filter(|most| *most < limit) else { return };
            let (limit, most) = (contract.amount_words(limit), contract.amount_words(most));
            let problem = Problem::note(
                "cap-never-binds",
                say!(
                    "{} of {} never binds: at most {} can come up against it",
                    "{}{}が効くことはありません。対象の支払は最大でも{}です",
                    what,
                    limit,
                    most
                ),
            );
            findings.push(Finding::from(problem.maybe_at(place)).of(of));
        };
    for line in &contract.lines {
        let title = line.title.clone();
        // What is taken or paid back has its limits on the other side of nothing.
        if line.kind != LineKind::Payment {
            continue;
        }
        if let Some(limit) = line.cap_each {
            let most = most_of(line.prices.iter().map(|price| price_most(contract, price)));
            let what =
                say!("the limit per evaluation of \"{}\"", "「{}」の評価ごとの上限", title.clone());
            tell(limit, most, (&line.id, what), line.place.clone());
        }
        if let Some(limit) = line.cap {
            let each = line.prices.iter().map(|price| limited_most(contract, line, price));
            let most = match line.basis {
                Basis::Each => sum_of(each),
                Basis::Cumulative | Basis::TrueUp => most_of(each),
            };
            let what = say!("the limit of \"{}\"", "「{}」の上限", title);
            tell(limit, most, (&line.id, what), line.place.clone());
        }
    }
    for (payer, limit) in &contract.cap_payers {
        let shares = contract.lines.iter().flat_map(|line| {
            let own = line.shares.iter().filter(|share| share.payer == *payer);
            own.map(move |share| part_most(contract, line, share))
        });
        let most = sum_of(shares);
        let what = say!("the limit of {}", "{}の支払上限", contract.parties[*payer].name.clone());
        let id = &contract.parties[*payer].id;
        tell(*limit, most, (id, what), contract.declared("cap_payer"));
    }
    // A minimum lifts what the lines pay, up to the caps.
    let lifted = |most: Option<Decimal>, minimum: Option<Decimal>| {
        most.map(|most| minimum.map_or(most, |minimum| most.max(minimum)))
    };
    let each: Vec<Option<Decimal>> = (0..contract.evaluations.len())
        .map(|evaluation| {
            sum_of(contract.lines.iter().filter_map(|line| {
                let price = line.prices.iter().find(|price| price.evaluation == evaluation)?;
                Some(limited_most(contract, line, price))
            }))
        })
        .collect();
    if let Some(limit) = contract.cap_each {
        let most = lifted(most_of(each.iter().copied()), contract.minimum_each);
        let what = say!("the cap per evaluation", "評価ごとの上限");
        tell(limit, most, ("cap_each", what), contract.declared("cap_each"));
    }
    let each = each.into_iter().map(|most| match (most, contract.cap_each) {
        (Some(most), Some(cap)) => lifted(Some(most.min(cap)), contract.minimum_each),
        (most, cap) => lifted(most.or(cap), contract.minimum_each),
    });
    let mut years: BTreeMap<i16, Option<Decimal>> = BTreeMap::new();
    for (evaluation, most) in contract.evaluations.iter().zip(each) {
        let year = years.entry(evaluation.fiscal_year()).or_insert(Some(Decimal::ZERO));
        *year = year.zip(most).and_then(|(sum, most)| sum.checked_add(most));
    }
    if let Some(limit) = contract.cap_year {
        let what = say!("the cap per fiscal year", "会計年度ごとの上限");
        let most = most_of(years.values().copied());
        tell(limit, most, ("cap_year", what), contract.declared("cap_year"));
    }
    if let Some(limit) = contract.cap {
        let most = sum_of(years.into_values().map(|most| match (most, contract.cap_year) {
            (Some(most), Some(cap)) => Some(most.min(cap)),
            (most, cap) => most.or(cap),
        }));
        let lines = sum_of(contract.lines.iter().map(|line| contract.line_most(line)));
        // Where lines have limits over several dates, their own sum may be the smaller one.
        let most = match (most, lifted(lines, contract.minimum)) {
            (Some(a), Some(b)) if contract.minimum_each.is_none() => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        let what = say!("the cap", "支払上限額");
        let most = lifted(most, contract.minimum);
        tell(limit, most, ("cap", what), contract.declared("cap"));
    }
    findings
}

/// The largest; `None` when one of them has no limit.
fn most_of(amounts: impl Iterator<Item = Option<Decimal>>) -> Option<Decimal> {
    let amounts = amounts.collect::<Option<Vec<_>>>()?;
    amounts.into_iter().max()
}

/// The sum; `None` when one of them has no limit.
fn sum_of(amounts: impl Iterator<Item = Option<Decimal>>) -> Option<Decimal> {
    let amounts = amounts.collect::<Option<Vec<_>>>()?;
    amounts.into_iter().try_fold(Decimal::ZERO, Decimal::checked_add)
}

/// A minimum that the caps would not let be paid.
fn minimum(contract: &Contract) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut tell = |minimum: Decimal, cap: Option<Decimal>, word: &str, what: Text| {
        let Some(cap) = cap.filter(|cap| minimum > *cap) else { return };
        let (minimum, cap) = (contract.amount_words(minimum), contract.amount_words(cap));
        findings.push(Finding::from(
            Problem::error(
                "minimum-above-cap",
                say!(
                    "{}, {}, is above the cap of {}",
                    "{}{}が上限額{}を超えています",
                    what,
                    minimum,
                    cap
                ),
            )
            .maybe_at(contract.declared(word)),
        ));
    };
    if let Some(minimum) = contract.minimum {
        tell(minimum, contract.cap, "minimum", say!("the minimum", "最低支払額"));
    }
    if let Some(minimum) = contract.minimum_each {
        let what = say!("the minimum per evaluation", "評価ごとの最低支払額");
        tell(minimum, contract.cap_each, "minimum_each", what);
        let count = contract.evaluations.len();
        let what = say!(
            "the minimum of all {count} evaluations together",
            "{count}回の評価の最低支払額の合計"
        );
        tell(minimum * Decimal::from(count), contract.cap, "minimum_each", what);
    }
    findings
}
