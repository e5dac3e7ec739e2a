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
//! people. All tables of counts that would look the same are tried. If a small count is the same
//! in all of them, less is shown: first that people left out are few or none is withheld too; then
//! the values of shares and counts. What is shown depends on nothing but the tables that look the
//! same, so the choice itself tells nothing.
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
    /// Why, by reason; none where anything is hidden.
    pub exclusions: Vec<(String, Count)>,
    /// Whose blank was counted as "no", by reason; none where anything is hidden.
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
    /// Whether few or none were left out, and values.
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
    let Some(first) = group.first() else { return Level::Whole };
    if first.n == 0 || under.hides(first.n) {
        return Level::Nothing;
    }
    let reader = Reader { group, under };
    if reader.learns_nothing(&[reader.class(first.excluded)]) {
        return Level::Classes;
    }
    // With many left out, whose number is withheld in any case, a table looks like these.
    let mut alike = vec![Class::None, Class::Small, Class::Large];
    alike.retain(|class| *class == Class::Large || !reader.learns_nothing(&[*class]));
    if reader.learns_nothing(&alike) { Level::Values } else { Level::Nothing }
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
        let whole = level == Level::Whole;
        let shown = |count: u64| if whole { Count::Shown(count) } else { Count::Withheld };
        let reasons = |reasons: &[Exclusion]| -> Vec<(String, Count)> {
            let shown = reasons.iter().filter(|_| whole);
            shown.map(|it| (it.reason.clone(), Count::Shown(it.count))).collect()
        };
        Disclosed {
            // That few were measured is said, as nothing else is.
            n: if under.hides(self.n) { Count::Small } else { shown(self.n) },
            excluded: match self.excluded {
                0 if level <= Level::Classes => Count::Shown(0),
                excluded if level == Level::Classes && under.hides(excluded) => Count::Small,
                excluded => shown(excluded),
            },
            exclusions: reasons(&self.exclusions),
            counted_as_no: reasons(&self.counted_as_no),
            precise: whole,
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
        let Some(value) = self.value else { return Vec::new() };
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
    under: HideUnder,
}

impl Reader<'_> {
    /// Whether no small count is the same in all tables that look like this one and in which the
    /// number of those left out is of one of these classes.
    fn learns_nothing(&self, left_out: &[Class]) -> bool {
        let Some(first) = self.group.first() else { return true };
        let selected = first.n + first.excluded;
        let mut possible = Possible::new(self.group.len());
        // Those near the truth first: there most tables look alike.
        for n in (0..=first.n).rev().chain(first.n + 1..=selected) {
            if left_out.contains(&self.class(selected - n)) {
                self.consider(n, selected - n, &mut possible);
            }
            if possible.is_wide() {
                return true;
            }
        }
        possible.is_open(self.under)
    }

    /// Adds the tables in which `n` people were measured.
    fn consider(&self, n: u64, excluded: u64, possible: &mut Possible) {
        let alike = |table: &&Table| (n >= table.at_least) == (table.n >= table.at_least);
        // Few people measured would be shown as such.
        if n == 0 || self.under.hides(n) || !self.group.iter().all(alike) {
            return;
        }
        let achieved: Vec<Vec<Option<u64>>> =
            self.group.iter().map(|table| table.achieved_of(n)).collect();
        if achieved.iter().any(Vec::is_empty) {
            return;
        }
        let small = |achieved: &Option<u64>| {
            achieved.is_some_and(|it| {
                self.under.hides(it) || n.checked_sub(it).is_some_and(|not| self.under.hides(not))
            })
        };
        let with_small: Vec<bool> = achieved.iter().map(|all| all.iter().any(small)).collect();
        // Without any small count everything would be shown. Small reasons among many left out are
        // not counted on: fewer possibilities only hide more.
        let free = self.under.hides(excluded);
        if !free && !with_small.contains(&true) {
            return;
        }
        for (at, all) in achieved.iter().enumerate() {
            let others = with_small.iter().enumerate().any(|(other, small)| other != at && *small);
            for achieved in all.iter().filter(|it| free || others || small(it)) {
                possible.achieved[at].extend(*achieved);
                possible.not[at].extend(achieved.and_then(|achieved| n.checked_sub(achieved)));
            }
        }
        possible.excluded.insert(excluded);
    }

    fn class(&self, count: u64) -> Class {
        match count {
            0 => Class::None,
            count if self.under.hides(count) => Class::Small,
            _ => Class::Large,
        }
    }
}

/// What a report may say of those left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    None,
    Small,
    Large,
}

/// What the counts of a group can be, for all a reader knows.
struct Possible {
    excluded: BTreeSet<u64>,
    /// By outcome.
    achieved: Vec<BTreeSet<u64>>,
    /// By outcome, those who did not achieve it.
    not: Vec<BTreeSet<u64>>,
}

impl Possible {
    fn new(outcomes: usize) -> Possible {
        let none = vec![BTreeSet::new(); outcomes];
        Possible { excluded: BTreeSet::new(), achieved: none.clone(), not: none }
    }

    fn counts(&self) -> impl Iterator<Item = &BTreeSet<u64>> {
        std::iter::once(&self.excluded).chain(&self.achieved).chain(&self.not)
    }

    /// Whether every count can be several numbers.
    fn is_wide(&self) -> bool {
        self.counts().all(|values| values.len() > 1)
    }

    /// Whether no count can only be one small number.
    fn is_open(&self, under: HideUnder) -> bool {
        let told = |values: &BTreeSet<u64>| {
            values.len() == 1 && values.first().is_some_and(|only| under.hides(*only))
        };
        !self.counts().any(told)
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
        assert!(shown[0].exclusions.is_empty());
        assert!(!shown[0].precise && shown[0].value == ValueShown::AsRead);
    }

    #[test]
    fn a_small_reason_among_large_ones_cannot_be_subtracted() {
        let shown = shown(&[mean(400, &[3, 40, 60])], HideUnder::USUAL);
        assert_eq!((shown[0].n, shown[0].excluded), (Count::Withheld, Count::Withheld));
        assert!(shown[0].exclusions.is_empty());
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
    fn a_reader_finds_what_a_careless_report_gives_away() {
        // 105 of 109 with nobody left out: 0.96 of 109 is 105 or 104 of them, so few did not; of
        // 13 selected, 0.92 can only be 12.
        let reader = |table: &Table, class: Class| {
            Reader { group: &[table], under: HideUnder(4) }.learns_nothing(&[class])
        };
        assert!(!reader(&share(12, 13, &[]), Class::None));
        assert!(reader(&share(105, 109, &[]), Class::Small));
    }
}
