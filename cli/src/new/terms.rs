//! What follows from the answers: dates and amounts, in exact decimals.

use jiff::ToSpan;
use jiff::civil::Date;
use rust_decimal::{Decimal, RoundingStrategy};

use super::answers::Answers;
use super::kind::{Kind, Main, Second};

/// Days that must have passed before outcomes are measured.
const SOONEST: i64 = 120;

/// Months between measuring and paying.
const DATA: i64 = 2;

/// A date at which outcomes are measured, and when they are paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Evaluation {
    pub(super) at: Date,
    pub(super) paid: Date,
}

/// The terms of a contract, as far as they depend on answers. Amounts are whole yen.
#[derive(Debug, Clone)]
pub(super) struct Terms {
    /// One a year, the last one paid on the contract's last day.
    pub(super) evaluations: Vec<Evaluation>,
    /// The most of one evaluation: the cap ÷ evaluations, fractions of a yen dropped.
    pub(super) each: Decimal,
    /// Of it for the main indicator on target: 45%, in round numbers.
    pub(super) main: Decimal,
    /// Of it for the other indicator: 20%, in round numbers.
    pub(super) second: Decimal,
    /// Of it whatever the outcomes: the rest.
    pub(super) base: Decimal,
    /// People of the second indicator: the most of one evaluation ÷ yen a person, rounded down.
    pub(super) people: Decimal,
    /// Half of them, whole.
    pub(super) half_people: Decimal,
    /// What is paid for each of them; nothing where they are not paid by the head.
    pub(super) price: Decimal,
    /// What is measured without the programme: a part of the target.
    pub(super) without: Decimal,
    /// From where a straight line pays: a fifth of the way from there to the target.
    pub(super) low: Decimal,
    /// Half way between that and the target.
    pub(super) half: Decimal,
    /// Half the target, the first of three steps.
    pub(super) first_step: Decimal,
    /// Three quarters of the target, the second.
    pub(super) second_step: Decimal,
    /// What is paid half way, or on the second step, with half of what the other indicator pays:
    /// base + main × (half − low) ÷ (target − low) with fractions dropped, or base + main × 0.6; and
    /// second ÷ 2, or price × half the people.
    pub(super) half_total: Decimal,
}

impl Terms {
    /// Derives them from the answers.
    pub(super) fn of(answers: &Answers, kind: &Kind) -> Self {
        let evaluations = evaluations(answers.from, answers.to);
        let each = (answers.cap / Decimal::from(evaluations.len())).trunc();
        let round = if each >= Decimal::from(1_000_000) { 10_000 } else { 1_000 };
        let main = multiple(each * Decimal::new(45, 2), round);
        let a_fifth = each * Decimal::new(20, 2);
        let people = people(each, kind);
        let half_people = (people / Decimal::TWO).trunc();
        let price = match kind.second {
            Second::Share => Decimal::ZERO,
            Second::Heads => multiple(a_fifth / people, 10),
        };
        let second = match kind.second {
            Second::Share => multiple(a_fifth, round),
            Second::Heads => price * people,
        };
        let base = each - main - second;

        let target = answers.target;
        let read = |value| rounded(value, kind.digits);
        let without = read(target * kind.without);
        let low = read(without + (target - without) * Decimal::new(20, 2));
        let half = read((low + target) / Decimal::TWO);
        let main_half = match kind.main {
            Main::Steps => main * Decimal::new(6, 1),
            Main::Line => (main * (half - low) / (target - low)).trunc(),
        };
        let second_half = match kind.second {
            Second::Share => second / Decimal::TWO,
            Second::Heads => price * half_people,
        };
        Self {
            each,
            main,
            second,
            base,
            people,
            half_people,
            price,
            without,
            low,
            half,
            first_step: read(target / Decimal::TWO),
            second_step: read(target * Decimal::new(75, 2)),
            half_total: base + main_half + second_half,
            evaluations,
        }
    }

    /// Two dates of cost in each period, a third and two thirds into it, each at the end of its month.
    pub(super) fn costs(&self, from: Date) -> Vec<Date> {
        let mut start = from;
        let mut dates = Vec::new();
        for Evaluation { at, paid } in &self.evaluations {
            let third = start.duration_until(*at).as_hours() / 24 / 3;
            let day = |days: i64| start.saturating_add(days.days()).last_of_month();
            dates.extend([day(third), day(2 * third)]);
            start = *paid;
        }
        dates
    }
}

/// Backwards from the last day, a year apart, as far as there was time for outcomes.
fn evaluations(from: Date, to: Date) -> Vec<Evaluation> {
    let soonest = from.saturating_add(SOONEST.days());
    let before_the_end = |years: i64| {
        let paid = to.saturating_sub(years.years());
        Evaluation { at: paid.saturating_sub(DATA.months()), paid }
    };
    let mut list: Vec<Evaluation> =
        (0..).map(before_the_end).take_while(|evaluation| evaluation.at >= soonest).collect();
    list.reverse();
    list
}

/// How many people the amount is for: two digits of the number, at least the fewest.
fn people(each: Decimal, kind: &Kind) -> Decimal {
    let people = each / kind.yen_per_person;
    let mut step = 10;
    while people >= Decimal::from(100 * step) {
        step *= 10;
    }
    multiple(people, step).max(Decimal::from(kind.fewest_people))
}

/// `value` rounded down to a multiple of `step`.
fn multiple(value: Decimal, step: i64) -> Decimal {
    let step = Decimal::from(step);
    (value / step).trunc() * step
}

/// `value` to so many decimals, half away from zero.
pub(super) fn rounded(value: Decimal, digits: u32) -> Decimal {
    value.round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero)
}
