//! Files about the same people: which stand side by side, which below one another, and who is in
//! which of them.

use std::sync::Arc;

use super::part::{Part, hashed};
use super::rows::{Links, Rows, column_name, symbols_of};
use super::table::{SHOWN, more_problems};
use crate::contract::{Contract, Several};
use crate::expr::SymbolId;
use crate::problem::{Problem, Text, say};

/// Files that hold the same columns of different people.
#[derive(Debug)]
pub(super) struct Group {
    /// Positions among all files.
    parts: Vec<usize>,
    /// A number for the participant, the file and the record, in order of the number.
    people: Vec<(u64, u32, u32)>,
}

/// The files of rows of a settlement, in groups.
#[derive(Debug, Default)]
pub(super) struct Library {
    pub(super) parts: Vec<Arc<Part>>,
    groups: Vec<Group>,
}

impl Library {
    /// Sorts files into groups: those whose rows answer the same questions belong together.
    ///
    /// # Errors
    /// People who are twice in a group for one evaluation; rows that say not whose they are.
    pub(super) fn new(contract: &Contract, parts: Vec<Part>) -> (Library, Vec<Problem>) {
        let parts: Vec<Arc<Part>> = parts.into_iter().map(Arc::new).collect();
        let mut groups: Vec<Group> = Vec::new();
        for (position, part) in parts.iter().enumerate() {
            let alike = |group: &&mut Group| {
                group.parts.iter().any(|known| stacks(contract, &parts[*known], part))
            };
            let people =
                part.people().into_iter().map(|(number, record)| (number, position as u32, record));
            match groups.iter_mut().find(alike) {
                Some(group) => {
                    group.parts.push(position);
                    group.people.extend(people);
                    group.people.sort_unstable();
                }
                None => groups.push(Group { parts: vec![position], people: people.collect() }),
            }
        }
        let library = Library { parts, groups };
        let problems = library.groups.iter().flat_map(|group| library.duplicates(group)).collect();
        (library, problems)
    }

    /// Participants that appear twice for one evaluation, in one file or across files.
    fn duplicates(&self, group: &Group) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut twice: Vec<((u32, u32), (u32, u32))> = Vec::new();
        let nobody = hashed("");
        for alike in group.people.chunk_by(|a, b| a.0 == b.0) {
            if alike.len() < 2 && alike[0].0 != nobody {
                continue;
            }
            let mut rows: Vec<(String, Option<usize>, u32, u32)> = alike
                .iter()
                .map(|(_, part, record)| {
                    let at = self.parts[*part as usize].evaluation(*record as usize);
                    (self.person(*part, *record), at, *part, *record)
                })
                .collect();
            rows.sort_unstable();
            for same in rows.chunk_by(|a, b| (&a.0, a.1) == (&b.0, b.1)) {
                if same[0].0.is_empty() {
                    problems.extend(same.iter().map(|row| self.nobody(row.2, row.3)));
                    continue;
                }
                let first = (same[0].2, same[0].3);
                twice.extend(same[1..].iter().map(|row| ((row.2, row.3), first)));
            }
        }
        let found = (problems.len(), twice.len());
        problems.truncate(SHOWN);
        twice.sort_unstable();
        problems.extend(twice.iter().take(SHOWN).map(|(row, first)| self.twice(*row, *first)));
        let file = self.parts[group.parts[0]].file();
        problems.extend(more_problems(file, found.0));
        problems.extend(more_problems(file, found.1));
        problems
    }

    fn person(&self, part: u32, record: u32) -> String {
        self.parts[part as usize].participant_of(record as usize).unwrap_or_default()
    }

    fn nobody(&self, part: u32, record: u32) -> Problem {
        let part = &self.parts[part as usize];
        Problem::error(
            "participant-missing",
            say!("this row has no participant", "この行には参加者がありません"),
        )
        .help(say!(
            "say whose row it is, so that nobody is counted twice",
            "重複を検査できるよう、誰の行かを書いてください"
        ))
        .at(part.table.place(record as usize, part.participant.unwrap_or_default()))
    }

    fn twice(&self, (part, record): (u32, u32), first: (u32, u32)) -> Problem {
        let participant = self.person(part, record);
        let (part, other) = (&self.parts[part as usize], &self.parts[first.0 as usize]);
        let (file, line) = (other.file(), other.table.line(first.1 as usize));
        Problem::error(
            "duplicate-participant",
            say!(
                "participant `{participant}` is already on line {line} of `{file}` for this evaluation",
                "参加者 `{participant}` は、この評価日について `{file}` の {line} 行目に既にあります"
            ),
        )
        .help(say!(
            "keep one of the two rows; if a person may have several, say what becomes of them: rows(#{{ several: #{{ cost: \"sum\" }} }})",
            "どちらか一行だけにしてください。一人に複数行があり得るなら、まとめ方を定めてください: rows(#{{ several: #{{ cost: \"sum\" }} }})"
        ))
        .at(part.table.place(record as usize, part.participant.unwrap_or_default()))
    }

    /// Whether some of `part`'s people are in none of the files `complete`.
    pub(super) fn has_others(&self, part: usize, complete: &[usize]) -> bool {
        let Some(own) = self.groups.iter().find(|group| group.parts.contains(&part)) else {
            return true;
        };
        let known = |number: u64| {
            self.groups.iter().any(|group| {
                run(&group.people, number).iter().any(|row| complete.contains(&(row.1 as usize)))
            })
        };
        let mut people = own.people.iter().filter(|row| row.1 as usize == part).peekable();
        people.peek().is_none() || people.any(|row| !known(row.0))
    }

    /// The people of an evaluation with all columns that an indicator reads, from several files;
    /// `None` when the files do not have them all, or none of them speaks of the evaluation.
    ///
    /// The people are those of the files without a date where others have one, else those of the
    /// file that was given first. A single file without a date, beside others that have one, holds
    /// facts where its indicator is not measured at the evaluation that is settled.
    ///
    /// # Errors
    /// People of a later file that are not among them, unless the contract leaves them out; values
    /// that differ between files.
    pub(super) fn link(
        &self,
        contract: &Contract,
        indicator: usize,
        evaluation: usize,
        notes: &mut Vec<Problem>,
    ) -> Option<Result<Rows, Vec<Problem>>> {
        let symbols = symbols_of(contract, indicator);
        let mut groups: Vec<&Group> = self
            .groups
            .iter()
            .filter(|group| {
                let part = &self.parts[group.parts[0]];
                part.participant.is_some() && symbols.iter().any(|symbol| part.has(*symbol))
            })
            .collect();
        let held =
            |symbol: &SymbolId| groups.iter().any(|group| self.parts[group.parts[0]].has(*symbol));
        if groups.is_empty() || !symbols.iter().all(held) {
            return None;
        }
        let dated = |group: &Group| self.parts[group.parts[0]].is_dated();
        if let [only] = groups[..] {
            // What is measured at the evaluation that is settled is of that evaluation. What is not
            // can only be facts of people, which hold wherever files with dates speak of them.
            let part = &self.parts[only.parts[0]];
            let measured = &contract.indicators[indicator].measured;
            let of_now = part.evaluation(0).is_none_or(|now| measured.contains(&now));
            let spoken_of =
                self.parts.iter().any(|part| part.is_dated() && part.speaks_of(evaluation));
            if dated(only) || of_now || !spoken_of {
                return None;
            }
            let (file, at) = (part.file(), contract.evaluations[evaluation].at);
            notes.push(Problem::note(
                "facts-without-date",
                say!(
                    "`{file}` has no date: \"{}\" is computed from it as of {at}",
                    "`{file}` には日付がないため、{at} の「{}」もこのファイルから計算しました",
                    contract.indicators[indicator].title.clone()
                ),
            ));
        }
        groups.sort_by_key(|group| dated(group));
        let any_dated = groups.len() == 1 || groups.iter().any(|group| dated(group));
        let speaks = groups
            .iter()
            .filter(|group| dated(group) || !any_dated)
            .any(|group| group.parts.iter().any(|part| self.parts[*part].speaks_of(evaluation)));
        if !speaks && groups.len() > 1 {
            return None;
        }
        let linking = Linking { library: self, contract, symbols: &symbols, evaluation, any_dated };
        Some(linking.rows(&groups, notes))
    }
}

/// One linking of groups at an evaluation.
struct Linking<'a> {
    library: &'a Library,
    contract: &'a Contract,
    symbols: &'a [SymbolId],
    evaluation: usize,
    any_dated: bool,
}

impl Linking<'_> {
    fn rows(&self, groups: &[&Group], notes: &mut Vec<Problem>) -> Result<Rows, Vec<Problem>> {
        let parts: Vec<usize> =
            groups.iter().flat_map(|group| group.parts.iter().copied()).collect();
        let position = |part: u32| parts.iter().position(|known| *known == part as usize);
        let mut people: Vec<(u64, u32, u32)> =
            groups[0].people.iter().copied().filter(|row| self.counts(row)).collect();
        // In the order of the file.
        people.sort_unstable_by_key(|row| (row.1, row.2));
        let mut records = vec![vec![0_u32; people.len()]; parts.len()];
        let mut used = 0;
        for (row, (number, part, record)) in people.iter().enumerate() {
            if let Some(at) = position(*part) {
                records[at][row] = record + 1;
            }
            let name = self.library.person(*part, *record);
            for group in &groups[1..] {
                let found = run(&group.people, *number)
                    .iter()
                    .find(|row| self.counts(row) && self.library.person(row.1, row.2) == name);
                if let Some((_, part, record)) = found
                    && let Some(at) = position(*part)
                {
                    records[at][row] = record + 1;
                    used += 1;
                }
            }
        }
        let others: usize = groups[1..]
            .iter()
            .map(|group| group.people.iter().filter(|row| self.counts(row)).count())
            .sum();
        if used < others {
            self.orphans(groups, &parts, &records, notes)?;
        }
        let zero = self.contract.rows.several.iter().filter(|(_, how)| *how != Several::Last);
        let zero: Vec<SymbolId> = zero
            .filter_map(|(name, _)| {
                self.symbols.iter().copied().find(|at| column_name(self.contract, *at) == name)
            })
            .collect();
        let parts: Vec<Arc<Part>> =
            parts.iter().map(|part| Arc::clone(&self.library.parts[*part])).collect();
        self.agree(&parts, &records)?;
        let links = Links { evaluation: self.evaluation, people: people.len(), records, zero };
        Ok(Rows::linked(parts, links))
    }

    /// Whether a record is of the evaluation, or a fact of a person.
    fn counts(&self, (_, part, record): &(u64, u32, u32)) -> bool {
        let part = &self.library.parts[*part as usize];
        let fact = self.any_dated && !part.is_dated();
        fact || part.evaluation(*record as usize) == Some(self.evaluation)
    }

    /// Records of people whom the first files do not know.
    fn orphans(
        &self,
        groups: &[&Group],
        parts: &[usize],
        records: &[Vec<u32>],
        notes: &mut Vec<Problem>,
    ) -> Result<(), Vec<Problem>> {
        let base = self.library.parts[groups[0].parts[0]].file();
        let mut problems = Vec::new();
        for group in &groups[1..] {
            for part in &group.parts {
                let at = parts.iter().position(|known| known == part).unwrap_or_default();
                let mut used: Vec<u32> = records[at].iter().copied().filter(|r| *r > 0).collect();
                used.sort_unstable();
                let mut lost: Vec<u32> = group
                    .people
                    .iter()
                    .filter(|row| row.1 as usize == *part && self.counts(row))
                    .map(|row| row.2)
                    .filter(|record| used.binary_search(&(record + 1)).is_err())
                    .collect();
                lost.sort_unstable();
                let part = &self.library.parts[*part];
                let (file, count) = (part.file(), lost.len());
                if count > 0 && self.contract.rows.orphans_left_out {
                    notes.push(Problem::note(
                        "orphans-left-out",
                        say!(
                            "{count} people of `{file}` are not in `{base}` and are left out",
                            "`{file}` の {count} 人は `{base}` にいないため除きました"
                        ),
                    ));
                    continue;
                }
                problems.extend(
                    lost.iter().take(SHOWN).map(|record| orphan(part, *record as usize, base)),
                );
                problems.extend(more_problems(file, count));
            }
        }
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }

    /// What several files say of a person must be the same.
    fn agree(&self, parts: &[Arc<Part>], records: &[Vec<u32>]) -> Result<(), Vec<Problem>> {
        let (mut problems, mut found) = (Vec::new(), 0);
        let people = records.first().map_or(0, Vec::len);
        for symbol in self.symbols {
            let holders: Vec<usize> =
                (0..parts.len()).filter(|part| parts[*part].has(*symbol)).collect();
            if holders.len() < 2 {
                continue;
            }
            let apart = |row: usize| {
                let told = |part: &usize| {
                    let record = (records[*part][row] as usize).checked_sub(1)?;
                    Some((*part, record, parts[*part].value(*symbol, record)?))
                };
                let mut told = holders.iter().filter_map(told);
                let first = told.next()?;
                told.find(|other| other.2 != first.2).map(|other| (other, first))
            };
            let apart: Vec<_> = (0..people).filter_map(apart).collect();
            let name = column_name(self.contract, *symbol);
            problems.extend(apart.iter().take(SHOWN).map(|(other, first)| {
                differ(name, (&parts[other.0], other.1), (&parts[first.0], first.1))
            }));
            found = found.max(apart.len());
        }
        problems.extend(parts.first().and_then(|part| more_problems(part.file(), found)));
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }
}

fn orphan(part: &Part, record: usize, base: &str) -> Problem {
    let participant = part.participant_of(record).unwrap_or_default();
    Problem::error(
        "orphan",
        say!(
            "participant `{participant}` is not in `{base}`",
            "参加者 `{participant}` は `{base}` にいません"
        ),
    )
    .help(say!(
        "give the file with everyone first and correct the key, or leave such people out: rows(#{{ orphans: \"leave_out\" }})",
        "全員のファイルを先に指定し、キーを直してください。除いてよければ: rows(#{{ orphans: \"leave_out\" }})"
    ))
    .at(part.table.place(record, part.participant.unwrap_or_default()))
}

fn differ(name: &str, (part, record): (&Part, usize), (other, first): (&Part, usize)) -> Problem {
    let (file, line) = (other.file(), other.table.line(first));
    let field = |part: &Part, record: usize| {
        let column = part.table.column(name).unwrap_or_default();
        part.table.field(record, column).into_owned()
    };
    let (here, there) = (field(part, record), field(other, first));
    Problem::error(
        "files-differ",
        say!(
            "`{name}` of this person is another value on line {line} of `{file}`",
            "この人の `{name}` が `{file}` の {line} 行目と異なります"
        ),
    )
    .found(Text::from(format!("\"{here}\"")))
    .expected(Text::from(format!("\"{there}\"")))
    .help(say!(
        "correct one of the two, or leave the column out of one file",
        "どちらかを直すか、一方のファイルから列を除いてください"
    ))
    .at(part.table.place(record, part.table.column(name).unwrap_or_default()))
}

/// The rows with a number, in a list in its order.
fn run(people: &[(u64, u32, u32)], number: u64) -> &[(u64, u32, u32)] {
    let start = people.partition_point(|row| row.0 < number);
    let length = people[start..].partition_point(|row| row.0 == number);
    &people[start..start + length]
}

/// Whether the rows of two files stand below one another: both have all that some indicator reads,
/// or the same columns.
fn stacks(contract: &Contract, one: &Part, other: &Part) -> bool {
    let complete = |part: &Part, indicator: usize| part.has_columns_of(contract, indicator);
    let countable = |indicator: usize| {
        let declared = &contract.indicators[indicator];
        declared.who.is_some() || !declared.estimand.closures().is_empty()
    };
    let (mut own, mut others) = (one.symbols(), other.symbols());
    own.sort_unstable();
    others.sort_unstable();
    own == others
        || (0..contract.indicators.len()).any(|indicator| {
            countable(indicator) && complete(one, indicator) && complete(other, indicator)
        })
}
