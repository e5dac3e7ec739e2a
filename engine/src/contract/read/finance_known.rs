//! Dates and amounts of finance, held against the contract.

use jiff::ToSpan;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::{Header, Reader};
use crate::contract::wording;
use crate::contract::{Evaluation, Party};
use crate::problem::{Language, Place, Problem, Text, say};

/// What the contract has already settled when its finance is read.
pub(super) struct Known<'a> {
    pub(super) header: &'a Header,
    pub(super) evaluations: Vec<Evaluation>,
    pub(super) parties: Vec<Party>,
}

/// How far from the contract money may move, in years: an amount of a date further away is not
/// meant, and return over centuries has more digits than there are.
const YEARS_AROUND: i16 = 10;

impl Known<'_> {
    /// The first and the last day on which finance may say anything.
    fn around(&self) -> Option<(Date, Date)> {
        let years = YEARS_AROUND.years();
        Some((self.header.from?.saturating_sub(years), self.header.to?.saturating_add(years)))
    }

    pub(super) fn last_paid(&self) -> Option<Date> {
        self.evaluations.iter().map(|evaluation| evaluation.paid).max()
    }

    /// An amount in words.
    pub(super) fn words(&self, amount: Decimal) -> Text {
        let tell = |language| wording::amount(amount, &self.header.currency, language);
        Text { en: tell(Language::En), ja: tell(Language::Ja) }
    }

    fn is_paid_on(&self, on: Date) -> bool {
        self.evaluations.iter().any(|evaluation| evaluation.paid == on)
    }

    fn payment_dates(&self) -> Text {
        let dates: Vec<String> =
            self.evaluations.iter().map(|evaluation| evaluation.paid.to_string()).collect();
        Text::from(dates.join(", "))
    }
}

impl Reader<'_> {
    /// A date on which money is distributed.
    pub(super) fn on_payment_dates(
        &self,
        known: &Known<'_>,
        on: Option<Date>,
        word: &str,
        place: Option<Place>,
    ) {
        let Some(on) = on.filter(|on| !known.is_paid_on(*on)) else { return };
        self.bench.report(
            Problem::error(
                "not-a-payment-date",
                say!(
                    "nothing is paid on {on}, so `{word}` can say nothing of it",
                    "{on} は支払日ではないため、`{word}` で定めることはできません"
                ),
            )
            .expected(known.payment_dates())
            .maybe_at(place),
        );
    }

    /// A date that lies centuries away is a slip of the pen.
    pub(super) fn near_the_contract(&self, known: &Known<'_>, on: Date, place: Option<Place>) {
        let Some((first, last)) = known.around() else { return };
        if (first..=last).contains(&on) {
            return;
        }
        self.bench.report(
            Problem::error(
                "date-far-away",
                say!(
                    "{on} lies more than {YEARS_AROUND} years before or after the contract",
                    "{on} は契約期間の前後 {YEARS_AROUND} 年より離れています"
                ),
            )
            .expected(say!("a day from {first} to {last}", "{first} から {last} までの日"))
            .help(say!("check the year", "年に誤りがないか確かめてください"))
            .maybe_at(place),
        );
    }

    /// Amounts that are paid are multiples of the contract's step.
    pub(super) fn in_steps(&self, known: &Known<'_>, amount: Decimal, place: Option<Place>) {
        let Some(step) = known.header.rounding.map(|rounding| rounding.step) else { return };
        if !(amount % step).is_zero() {
            let (amount, step) = (known.words(amount), known.words(step));
            self.bench.report(
                Problem::error(
                    "amount-between-steps",
                    say!(
                        "{} cannot be paid: amounts are rounded to {}",
                        "{}は支払えません。金額は{}単位に丸められます",
                        amount,
                        step.clone()
                    ),
                )
                .expected(say!("a multiple of {}", "{}の倍数", step))
                .maybe_at(place),
            );
        }
    }
}
