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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expr::Mode;
    use std::collections::BTreeMap;

    const UNDER: HideUnder = HideUnder(4);

    /// A table of a share: `achieved` of `n`, people left out by reason.
    fn share(achieved: u64, n: u64, reasons: &[u64]) -> Table {
        let read = Rounding::to_digits(Mode::HalfUp, 2);
        let value = (n > 0).then(|| {
            let exact = Exact::from(achieved as i64).divide(Exact::from(n as i64)).unwrap();
            read.exact(exact).unwrap()
        });
        let exclusions: Vec<Exclusion> = (0..)
            .zip(reasons)
            .map(|(at, count)| Exclusion { reason: format!("missing:c{at}"), count: *count })
            .collect();
        Table {
            kind: Kind::Share(Some(read)),
            value,
            n,
            at_least: 1,
            excluded: reasons.iter().sum(),
            exclusions,
            counted_as_no: Vec::new(),
            achieved: Some(achieved),
        }
    }

    fn mean(n: u64, reasons: &[u64]) -> Table {
        Table { kind: Kind::Other, achieved: None, ..share(n, n, reasons) }
    }

    fn shown(tables: &[Table], under: HideUnder) -> Vec<Disclosed> {
        let group: Vec<&Table> = tables.iter().collect();
        let level = level(&group, under);
        tables.iter().map(|table| table.shown(level, under)).collect()
    }

    #[test]
    fn large_counts_are_shown_and_nothing_else_is_hidden_for_them() {
        // 58 of 100; 12 and 15 left out.
        let shown = shown(&[share(58, 100, &[12, 15])], HideUnder::USUAL);
        assert!(shown[0].is_whole());
        assert_eq!((shown[0].n, shown[0].excluded), (Count::Shown(100), Count::Shown(27)));
    }

    #[test]
    fn three_left_out_hide_the_number_measured_too() {
        // Of 500 selected 497 were measured: either count tells the other.
        let shown = shown(&[mean(497, &[3])], HideUnder::USUAL);
        assert_eq!(shown[0].n, Count::Withheld);
        assert_eq!(shown[0].excluded, Count::Small);
        assert_eq!(shown[0].exclusions, [("missing:c0".to_owned(), Count::Small)]);
        assert!(!shown[0].precise && shown[0].value == ValueShown::AsRead);
    }

    #[test]
    fn a_small_reason_among_large_ones_cannot_be_subtracted() {
        let shown = shown(&[mean(400, &[3, 40, 60])], HideUnder::USUAL);
        assert_eq!(shown[0].excluded, Count::Withheld);
        let counts: Vec<Count> = shown[0].exclusions.iter().map(|(_, count)| *count).collect();
        assert_eq!(counts, [Count::Small, Count::Withheld, Count::Withheld]);
    }

    #[test]
    fn four_of_109_who_did_not_are_hidden_with_the_109() {
        // 105 of 109 is read as 0.96, as are 24 of 25 and 49 of 51.
        let shown = shown(&[share(105, 109, &[])], HideUnder::USUAL);
        assert_eq!((shown[0].n, shown[0].excluded), (Count::Withheld, Count::Withheld));
        assert_eq!(shown[0].value, ValueShown::AsRead);
        assert!(!shown[0].precise);
    }

    #[test]
    fn a_share_read_so_finely_that_it_tells_the_count_is_withheld() {
        // Only 103 of 107 is read as 0.962617 among at most 109 people.
        let mut table = share(103, 107, &[2]);
        let read = Rounding::to_digits(Mode::HalfUp, 6);
        table.kind = Kind::Share(Some(read));
        table.value = Some(Decimal::new(962_617, 6));
        let shown = shown(&[table], HideUnder::USUAL);
        assert_eq!(shown[0].value, ValueShown::Withheld);
    }

    #[test]
    fn a_count_of_few_is_said_to_be_small() {
        let mut table = share(7, 100, &[]);
        table.kind = Kind::Count;
        table.value = Some(Decimal::from(7));
        let shown = shown(&[table], HideUnder::USUAL);
        assert_eq!(shown[0].value, ValueShown::Small);
    }

    #[test]
    fn a_mean_of_few_people_is_withheld() {
        let shown = shown(&[mean(9, &[20])], HideUnder::USUAL);
        assert_eq!((shown[0].n, shown[0].value), (Count::Small, ValueShown::Withheld));
    }

    #[test]
    fn nothing_is_hidden_when_nothing_is_to_be_hidden() {
        let shown = shown(&[share(1, 3, &[1, 2])], HideUnder::NOTHING);
        assert!(shown[0].is_whole() && shown[0].n == Count::Shown(3));
        assert_eq!((HideUnder::new(2), HideUnder::new(1)), (None, None));
    }

    /// What a reader sees, with what is known beside it.
    type Seen = (u64, bool, Vec<Option<Decimal>>, Vec<Disclosed>);

    /// Every way in which `selected` people can have come out, by what is seen of it.
    fn by_what_is_seen(
        selected: u64,
        tables: impl Fn(u64, u64) -> Vec<Vec<Table>>,
    ) -> BTreeMap<Seen, Vec<Vec<Table>>> {
        let mut seen: BTreeMap<Seen, Vec<Vec<Table>>> = BTreeMap::new();
        for n in 0..=selected {
            for group in tables(n, selected - n) {
                let shown = shown(&group, UNDER);
                let values = group.iter().zip(&shown).map(|(table, shown)| match shown.value {
                    ValueShown::AsRead => table.value,
                    ValueShown::Small | ValueShown::Withheld => None,
                });
                let values = values.collect();
                seen.entry((selected, n >= 1, values, shown)).or_default().push(group);
            }
        }
        seen
    }

    /// Asserts that no hidden small count is the same in all the ways that look alike.
    fn nobody_is_found(selected: u64, tables: impl Fn(u64, u64) -> Vec<Vec<Table>>) {
        for (seen, ways) in by_what_is_seen(selected, tables) {
            let (_, _, _, shown) = &seen;
            let counts = |way: &Vec<Table>, at: usize| -> Vec<u64> {
                let table = &way[at];
                let achieved = table.achieved.unwrap_or(0);
                let reasons = table.exclusions.iter().map(|reason| reason.count);
                [table.n, table.excluded, achieved, table.n.saturating_sub(achieved)]
                    .into_iter()
                    .chain(reasons)
                    .collect()
            };
            for at in 0..shown.len() {
                let first = counts(&ways[0], at);
                for (which, count) in first.iter().enumerate() {
                    let small = UNDER.hides(*count);
                    let pinned = ways.iter().all(|way| counts(way, at).get(which) == Some(count));
                    assert!(
                        !(small && pinned),
                        "count {which} of outcome {at} is {count}: {seen:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn no_small_count_of_a_share_can_be_worked_out() {
        // Everyone who knows how many were selected, and how the rule decides, tries every table
        // that would look the same: any number measured, achieved, left out for one reason or two.
        for selected in 4..=24 {
            nobody_is_found(selected, |n, excluded| {
                let splits: Vec<Vec<u64>> = match excluded {
                    0 => vec![vec![]],
                    1 => vec![vec![1]],
                    _ => std::iter::once(vec![excluded])
                        .chain((1..excluded).map(|one| vec![one, excluded - one]))
                        .collect(),
                };
                let achieved = 0..=n;
                achieved
                    .flat_map(|achieved| splits.iter().map(move |split| (achieved, split.clone())))
                    .map(|(achieved, split)| vec![share(achieved, n, &split)])
                    .collect()
            });
        }
    }

    #[test]
    fn nor_of_two_shares_of_the_same_people() {
        for selected in [8, 13, 18] {
            nobody_is_found(selected, |n, excluded| {
                let reasons: &[u64] = if excluded == 0 { &[] } else { &[excluded] };
                (0..=n)
                    .flat_map(|one| (0..=n).map(move |other| (one, other)))
                    .map(|(one, other)| vec![share(one, n, reasons), share(other, n, reasons)])
                    .collect()
            });
        }
    }

    #[test]
    fn the_attack_of_the_test_finds_what_a_careless_report_shows() {
        // Hiding only what is small leaves the rest to be subtracted.
        let table = share(58, 100, &[3]);
        let careless = Reader { group: &[&table], level: Level::Whole, under: HideUnder::USUAL };
        let mut possible = Possible::new(&[&table]);
        careless.consider(100, 3, &mut possible);
        assert!(!possible.is_open(&[&table], Level::Whole, HideUnder::USUAL));
    }
}
