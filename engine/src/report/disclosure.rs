//! Which counts of people a report shows.
//!
//! A count of one person to nine tells of those people, so a report for outsiders hides it, and
//! with it everything it could be worked out from.
//!
//! **Rule.** An outcome's counts are those measured, left out (in all and by reason) and counted as
//! "no"; for shares and counts also those who achieved it and those who did not. If none of them
//! lies from 1 to the threshold, all are shown. Otherwise none is: small ones read "fewer than 10",
//! the others are withheld, and so are the interval and the value before it was read, which tell
//! how many people there were. The value that the contract reads stays, as payments rest on it,
//! unless people fewer than the threshold were measured or the value gives a count away.
//!
//! **Giving away.** Whoever reads a report is taken to know how many people were selected (measured
//! and left out together), the rule, and that outcomes with the same counts rest on the same
//! people. If what is shown then leaves one possibility for a hidden count, less is shown: first
//! all counts are withheld, small or not; then the values of shares and counts too.
//!
//! **Limits.** Amounts are never hidden, and an amount per head, or by a formula that the contract
//! makes public, tells the outcome. Two reports of one contract may be compared. A mean of whole
//! numbers that is read to many digits can hint at how many it is the mean of.

use std::collections::BTreeSet;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use crate::contract::{Contract, Estimand};
use crate::evidence::Exclusion;
use crate::expr::{Exact, Rounding};
use crate::settle::Measured;

/// Counts from 1 to one less than this are hidden; 0 hides nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HideUnder(u64);

impl HideUnder {
    /// What reports hide unless told otherwise: counts under 10.
    pub const USUAL: HideUnder = HideUnder(10);
    /// Every count is shown.
    pub const NOTHING: HideUnder = HideUnder(0);

    /// A threshold; `None` for 1 and 2, under which a hidden count could only be 1.
    #[must_use]
    pub fn new(threshold: u64) -> Option<HideUnder> {
        (threshold == 0 || threshold > 2).then_some(HideUnder(threshold))
    }

    /// The least count that is shown.
    #[must_use]
    pub fn threshold(self) -> u64 {
        self.0
    }

    fn hides(self, count: u64) -> bool {
        0 < count && count < self.0
    }
}

/// A count as a report shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Count {
    /// The count itself.
    Shown(u64),
    /// Only that it is under the threshold, and not nothing.
    Small,
    /// Nothing.
    Withheld,
}

/// An outcome as a report shows it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Disclosed {
    /// How many people it rests on.
    pub n: Count,
    /// How many were selected but not used.
    pub excluded: Count,
    /// Why, by reason; none when reasons are withheld.
    pub exclusions: Vec<(String, Count)>,
    /// Whose blank was counted as "no", by reason; none when reasons are withheld.
    pub counted_as_no: Vec<(String, Count)>,
    /// Whether the interval and the value before it was read are shown.
    pub precise: bool,
    /// How the value is shown.
    pub value: ValueShown,
}

/// How the value of an outcome is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ValueShown {
    /// As the contract reads it.
    AsRead,
    /// A count, only that it is under the threshold and not nothing.
    Small,
    /// Not at all.
    Withheld,
}

impl Disclosed {
    /// Whether nothing is hidden.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.precise && self.value == ValueShown::AsRead
    }
}

/// How the outcomes of one statement are shown, in their order.
#[must_use]
pub fn disclose(contract: &Contract, outcomes: &[Measured], under: HideUnder) -> Vec<Disclosed> {
    let tables: Vec<Table> = outcomes.iter().map(|outcome| Table::of(contract, outcome)).collect();
    let level = |table: &Table| {
        let group: Vec<&Table> = tables.iter().filter(|other| other.same_people(table)).collect();
        level(&group, under)
    };
    tables.iter().map(|table| table.shown(level(table), under)).collect()
}

/// How much of a group of outcomes is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    /// Everything.
    Whole,
    /// Which counts are small, and values.
    Classes,
    /// Values.
    Values,
    /// Values of means and the like.
    Nothing,
}

/// What is given away by outcomes that rest on the same people is found for all of them together.
fn level(group: &[&Table], under: HideUnder) -> Level {
    if group.iter().all(|table| !table.has_small(under)) {
        return Level::Whole;
    }
    let few = group.iter().any(|table| under.hides(table.n));
    let levels = [Level::Classes, Level::Values];
    let safe = |level: &Level| !few && Reader { group, level: *level, under }.learns_nothing();
    levels.into_iter().find(safe).unwrap_or(Level::Nothing)
}

/// What a value tells of the counts behind it.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    /// `value = achieved ÷ n`, read by this rule.
    Share(Option<Rounding>),
    /// `value = achieved`.
    Count,
    /// `value = n`.
    Everyone,
    /// Nothing that a count follows from.
    Other,
}

/// The counts behind an outcome.
#[derive(Debug, Clone, PartialEq)]
struct Table {
    kind: Kind,
    value: Option<Decimal>,
    n: u64,
    at_least: u64,
    excluded: u64,
    exclusions: Vec<Exclusion>,
    counted_as_no: Vec<Exclusion>,
    /// How many achieved it, for shares and counts.
    achieved: Option<u64>,
}

impl Table {
    fn of(contract: &Contract, outcome: &Measured) -> Table {
        let position = contract.indicator_named(&outcome.indicator);
        let indicator = position.map(|position| &contract.indicators[position]);
        let kind = match indicator.map(|indicator| (&indicator.estimand, indicator.who)) {
            Some((estimand, _)) if estimand.is_share() => {
                Kind::Share(indicator.and_then(|indicator| indicator.read))
            }
            Some((Estimand::Count { of: None }, Some(_))) => Kind::Everyone,
            Some((Estimand::Count { .. }, _)) => Kind::Count,
            _ => Kind::Other,
        };
        let whole = |value: Decimal| value.round().to_u64();
        let achieved = match kind {
            Kind::Share(_) => outcome
                .unrounded
                .or(outcome.value)
                .and_then(|value| whole(value.checked_mul(Decimal::from(outcome.n))?)),
            Kind::Count | Kind::Everyone => outcome.value.and_then(whole),
            Kind::Other => None,
        };
        Table {
            kind,
            value: outcome.value,
            n: outcome.n,
            at_least: outcome.at_least,
            excluded: outcome.excluded,
            exclusions: outcome.exclusions.clone(),
            counted_as_no: outcome.counted_as_no.clone(),
            achieved,
        }
    }

    fn same_people(&self, other: &Table) -> bool {
        (self.n, self.excluded) == (other.n, other.excluded)
    }

    fn has_small(&self, under: HideUnder) -> bool {
        let reasons = self.exclusions.iter().chain(&self.counted_as_no);
        let achieved = self.achieved.into_iter();
        let not = self.achieved.and_then(|achieved| self.n.checked_sub(achieved));
        [self.n, self.excluded]
            .into_iter()
            .chain(reasons.map(|reason| reason.count))
            .chain(achieved)
            .chain(not)
            .any(|count| under.hides(count))
    }

    fn shown(&self, level: Level, under: HideUnder) -> Disclosed {
        let count = |count: u64| match level {
            Level::Whole => Count::Shown(count),
            Level::Classes if count == 0 => Count::Shown(0),
            Level::Classes if under.hides(count) => Count::Small,
            Level::Classes | Level::Values | Level::Nothing => Count::Withheld,
        };
        let reasons = |reasons: &[Exclusion]| -> Vec<(String, Count)> {
            match level {
                Level::Whole | Level::Classes => {
                    reasons.iter().map(|it| (it.reason.clone(), count(it.count))).collect()
                }
                Level::Values | Level::Nothing => Vec::new(),
            }
        };
        Disclosed {
            // That there are few is said, as nothing else is.
            n: if under.hides(self.n) { Count::Small } else { count(self.n) },
            excluded: count(self.excluded),
            exclusions: reasons(&self.exclusions),
            counted_as_no: reasons(&self.counted_as_no),
            precise: level == Level::Whole,
            value: self.value_shown(level, under),
        }
    }

    fn value_shown(&self, level: Level, under: HideUnder) -> ValueShown {
        let means = self.kind == Kind::Other && !under.hides(self.n);
        let counts = matches!(self.kind, Kind::Count | Kind::Everyone);
        match self.achieved {
            _ if level < Level::Nothing || means || self.value.is_none() => ValueShown::AsRead,
            Some(achieved) if counts && under.hides(achieved) => ValueShown::Small,
            _ => ValueShown::Withheld,
        }
    }

    /// How many may have achieved it if `n` were measured; `None` stands for "not asked".
    fn achieved_of(&self, n: u64) -> Vec<Option<u64>> {
        let Some(value) = self.value else { return vec![None] };
        let counted = value.to_u64();
        match self.kind {
            Kind::Other => vec![None],
            Kind::Everyone => counted.filter(|value| *value == n).map(Some).into_iter().collect(),
            // An evaluator's count need not be of the people measured.
            Kind::Count if self.achieved > Some(self.n) => vec![counted],
            Kind::Count => counted.filter(|value| *value <= n).map(Some).into_iter().collect(),
            Kind::Share(read) => shares(value, read, n).map(Some).collect(),
        }
    }
}

/// The numerators over `n` that are read as `value`.
fn shares(value: Decimal, read: Option<Rounding>, n: u64) -> impl Iterator<Item = u64> {
    let centre = value.to_f64().unwrap_or(f64::NAN) * n as f64;
    let step = read.and_then(|read| read.step.to_f64()).unwrap_or(0.0);
    let reach = step * n as f64 + 1.0;
    let (low, high) = ((centre - reach).floor().max(0.0), (centre + reach).ceil());
    let range = low as u64..=(high.max(0.0) as u64).min(n);
    range.filter(move |achieved| {
        let share = Exact::from(Decimal::from(*achieved)).divide(Decimal::from(n).into());
        let is_read = |share: Exact| match read {
            Some(read) => read.exact(share).ok(),
            None => Some(share.approximate()),
        };
        n > 0 && share.ok().and_then(is_read) == Some(value)
    })
}

/// Someone who works back from a report.
struct Reader<'a> {
    group: &'a [&'a Table],
    level: Level,
    under: HideUnder,
}

impl Reader<'_> {
    /// Whether at least two values remain possible for every hidden count.
    fn learns_nothing(&self) -> bool {
        let Some(first) = self.group.first() else { return true };
        let selected = first.n + first.excluded;
        let mut possible = Possible::new(self.group);
        // Likely ones first: near what is true there are as many as anywhere.
        let around = (0..=first.n).rev().chain(first.n + 1..=selected);
        for n in around {
            self.consider(n, selected - n, &mut possible);
            if possible.is_open(self.group, self.level, self.under) {
                return true;
            }
        }
        false
    }

    /// Adds what the counts could be if `n` people were measured.
    fn consider(&self, n: u64, excluded: u64, possible: &mut Possible) {
        let Some(first) = self.group.first() else { return };
        if (n >= first.at_least) != (first.n >= first.at_least) {
            return;
        }
        let classes = self.level == Level::Classes;
        let alike = |a: u64, b: u64| self.class(a) == self.class(b);
        if classes && !(alike(n, first.n) && alike(excluded, first.excluded)) {
            return;
        }
        let mut found = Vec::new();
        for table in self.group {
            let achieved: Vec<Option<u64>> = table
                .achieved_of(n)
                .into_iter()
                .filter(|achieved| self.leaves_room(table, n, *achieved))
                .collect();
            let splits = self.splits(table, excluded);
            if achieved.is_empty() || (classes && splits.is_none()) {
                return;
            }
            found.push((achieved, splits.unwrap_or_default()));
        }
        possible.n.insert(n);
        for (at, (achieved, splits)) in found.into_iter().enumerate() {
            possible.not[at].extend(achieved.iter().flatten().filter_map(|it| n.checked_sub(*it)));
            possible.achieved[at].extend(achieved.into_iter().flatten());
            for (of, (low, high)) in splits.into_iter().enumerate() {
                possible.exclusions[at][of].extend([low, high]);
            }
        }
    }

    /// Blanks that were counted as "no" are among those who did not achieve it.
    fn leaves_room(&self, table: &Table, n: u64, achieved: Option<u64>) -> bool {
        let not = match achieved {
            Some(achieved) if achieved <= n => n - achieved,
            _ => return true,
        };
        if self.level != Level::Classes {
            return true;
        }
        table.counted_as_no.iter().map(|blank| self.ends(blank.count).0).sum::<u64>() <= not
    }

    /// The least and most of each reason, when reasons of these classes can sum to `excluded`.
    fn splits(&self, table: &Table, excluded: u64) -> Option<Vec<(u64, u64)>> {
        let ends: Vec<(u64, u64)> =
            table.exclusions.iter().map(|reason| self.ends(reason.count)).collect();
        let least: u64 = ends.iter().map(|(low, _)| low).sum();
        let most = ends.iter().fold(0_u64, |sum, (_, high)| sum.saturating_add(*high));
        if table.exclusions.is_empty() {
            // An evaluator may give no reasons.
            return Some(Vec::new());
        }
        if excluded < least || excluded > most {
            return None;
        }
        let one = |(low, high): &(u64, u64)| {
            let others_most = ends.iter().fold(0_u64, |sum, (_, h)| sum.saturating_add(*h));
            let others_most = if others_most == u64::MAX { u64::MAX } else { others_most - high };
            let others_least = least - low;
            ((*low).max(excluded.saturating_sub(others_most)), (*high).min(excluded - others_least))
        };
        Some(ends.iter().map(one).collect())
    }

    /// Where a count of the same class can lie.
    fn ends(&self, count: u64) -> (u64, u64) {
        match self.class(count) {
            Class::None => (0, 0),
            Class::Small => (1, self.under.0 - 1),
            Class::Large => (self.under.0, u64::MAX),
        }
    }

    fn class(&self, count: u64) -> Class {
        match count {
            0 => Class::None,
            count if self.under.hides(count) => Class::Small,
            _ => Class::Large,
        }
    }
}

/// What a report may say of a hidden count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    None,
    Small,
    Large,
}

/// What the counts of a group can be, for all a reader knows.
struct Possible {
    n: BTreeSet<u64>,
    /// By outcome.
    achieved: Vec<BTreeSet<u64>>,
    /// By outcome, those who did not achieve it.
    not: Vec<BTreeSet<u64>>,
    /// By outcome and reason.
    exclusions: Vec<Vec<BTreeSet<u64>>>,
}

impl Possible {
    fn new(group: &[&Table]) -> Possible {
        Possible {
            n: BTreeSet::new(),
            achieved: vec![BTreeSet::new(); group.len()],
            not: vec![BTreeSet::new(); group.len()],
            exclusions: group
                .iter()
                .map(|table| vec![BTreeSet::new(); table.exclusions.len()])
                .collect(),
        }
    }

    /// Whether every hidden count can be at least two numbers. Those left out are as uncertain as
    /// those measured, as their sum is known.
    fn is_open(&self, group: &[&Table], level: Level, under: HideUnder) -> bool {
        let small = |count: Option<u64>| count.is_some_and(|count| under.hides(count));
        let counts_open = |(at, table): (usize, &&Table)| {
            let not = table.achieved.and_then(|achieved| table.n.checked_sub(achieved));
            (!small(table.achieved) || self.achieved[at].len() > 1)
                && (!small(not) || self.not[at].len() > 1)
        };
        let reasons_open = |(table, possible): (&&Table, &Vec<BTreeSet<u64>>)| {
            let mut reasons = table.exclusions.iter().zip(possible);
            reasons.all(|(reason, values)| reason.count == 0 || values.len() > 1)
        };
        self.n.len() > 1
            && group.iter().enumerate().all(counts_open)
            && (level != Level::Classes || group.iter().zip(&self.exclusions).all(reasons_open))
    }
}
