//! Dates: evaluations and payments outside the contract's years.

use jiff::civil::Date;

use super::{Finding, both};
use crate::contract::{Contract, Evaluation, wording};
use crate::problem::{Place, Problem, Source, Text, say};

pub(super) fn findings(contract: &Contract) -> Vec<Finding> {
    let found = contract.evaluations.iter().filter_map(|evaluation| {
        let problem = outside(contract, evaluation)?.maybe_at(place(contract, evaluation.at));
        Some(Finding::from(problem).of(evaluation.at.to_string()))
    });
    found.collect()
}

fn day(date: Date) -> Text {
    both(|language| wording::day(date, language))
}

fn outside(contract: &Contract, evaluation: &Evaluation) -> Option<Problem> {
    let (at, paid) = (evaluation.at, evaluation.paid);
    let year = both(|language| wording::fiscal_year(evaluation.fiscal_year(), language));
    if at > contract.to {
        return Some(Problem::warning(
            "evaluation-after-end",
            say!(
                "the evaluation of {} comes after the contract's end, {}; it is paid in {}",
                "{}の評価は契約の終了日{}より後です。支払は{}になります",
                day(at),
                day(contract.to),
                year
            ),
        ));
    }
    if at < contract.from {
        return Some(Problem::warning(
            "evaluation-before-start",
            say!(
                "the evaluation of {} comes before the contract's first day, {}",
                "{}の評価は契約の開始日{}より前です",
                day(at),
                day(contract.from)
            ),
        ));
    }
    let last_year = Evaluation { at: contract.to, paid: contract.to }.fiscal_year();
    if evaluation.fiscal_year() <= last_year {
        return None;
    }
    let message = say!(
        "the evaluation of {} is paid on {}, in {}, after the contract's last fiscal year",
        "{}の評価の支払日{}は{}で、契約の最終年度より後です",
        day(at),
        day(paid),
        year
    );
    // Municipal accounts commonly stay open until the end of May for what was done by March.
    let accounts_open = jiff::civil::date(last_year + 1, 5, 31);
    Some(if paid <= accounts_open {
        Problem::note("paid-after-end", message).help(say!(
            "payments until the end of May are commonly made from the budget of the year before; check that this one is",
            "5月末までの支払は前年度の予算（出納整理期間）で行うのが一般的です。この支払がそれに当たるか確かめてください"
        ))
    } else {
        Problem::warning("paid-after-end", message).help(say!(
            "the obligation (債務負担行為) is commonly required to cover the year of payment: extend it, or pay earlier",
            "支払の年度まで債務負担行為を設定するのが一般的です。期間を延ばすか、支払を早めてください"
        ))
    })
}

/// Where the date stands in the list of evaluations, else where the list does.
pub(super) fn place(contract: &Contract, date: Date) -> Option<Place> {
    let list = contract.declared("evaluations")?;
    let from: usize =
        contract.script.split_inclusive('\n').take(list.line.saturating_sub(1)).map(str::len).sum();
    let written = date.to_string();
    let found = contract.script.get(from..).and_then(|rest| rest.find(&written));
    Some(found.map_or(list, |at| {
        let at = from + at;
        Source::new(&*contract.file, &*contract.script).span(at..at + written.len())
    }))
}
