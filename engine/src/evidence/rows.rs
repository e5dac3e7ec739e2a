//! The rows an indicator is estimated from: those of one file, or of several linked by person.

use std::sync::Arc;

use super::part::{Part, missing_column};
use crate::contract::Contract;
use crate::expr::{Exact, NodeId, SymbolId};
use crate::problem::{Problem, Text, did_you_mean, say};

/// Rows of people: a file's records, or people with their records in several files.
#[derive(Debug)]
pub(super) struct Rows {
    pub(super) parts: Vec<Arc<Part>>,
    file: String,
    links: Option<Links>,
}

/// People with their records in several files, at one evaluation.
#[derive(Debug)]
pub(super) struct Links {
    pub(super) evaluation: usize,
    /// How many people there are.
    pub(super) people: usize,
    /// By part and person: the record + 1, or 0 where the part has none.
    pub(super) records: Vec<Vec<u32>>,
    /// Columns that are 0 and not blank for people without any row.
    pub(super) zero: Vec<SymbolId>,
}

impl Rows {
    /// The records of one file.
    pub(super) fn of_file(part: Arc<Part>) -> Rows {
        Rows { file: part.file().to_owned(), parts: vec![part], links: None }
    }

    /// People linked across files.
    pub(super) fn linked(parts: Vec<Arc<Part>>, links: Links) -> Rows {
        let files: Vec<&str> = parts.iter().map(|part| part.file()).collect();
        Rows { file: files.join(", "), parts, links: Some(links) }
    }

    /// The file or files, as the user named them.
    pub(super) fn file(&self) -> &str {
        &self.file
    }

    /// The rows of an evaluation.
    pub(super) fn of(&self, evaluation: usize) -> impl Iterator<Item = usize> + '_ {
        let all = match &self.links {
            None => self.parts[0].table.len(),
            Some(links) => links.people,
        };
        (0..all).filter(move |row| match &self.links {
            None => self.parts[0].is_of(*row, evaluation),
            Some(links) => links.evaluation == evaluation,
        })
    }

    /// The value of a column in a row.
    pub(super) fn value(&self, symbol: SymbolId, row: usize) -> Option<Exact> {
        let Some(links) = &self.links else { return self.parts[0].value(symbol, row) };
        for (part, records) in self.parts.iter().zip(&links.records) {
            let Some(column) = part.packed(symbol) else { continue };
            let record = records[row] as usize;
            if record > 0
                && let Some(value) = column.value(record - 1)
            {
                return Some(value);
            }
        }
        let anywhere = links.zero.contains(&symbol)
            && !self
                .parts
                .iter()
                .zip(&links.records)
                .any(|(part, records)| records[row] > 0 && part.has(symbol));
        anywhere.then_some(Exact::ZERO)
    }

    /// What stands in a column of any heading, whether the contract reads it or not.
    pub(super) fn text(&self, heading: &str, row: usize) -> Option<String> {
        let (part, column, record) = self.located(heading, row)?;
        Some(part.table.field(record?, column).into_owned())
    }

    /// The part that has a heading, its column, and the record of a row in it.
    fn located(&self, heading: &str, row: usize) -> Option<(&Part, usize, Option<usize>)> {
        let found = self
            .parts
            .iter()
            .enumerate()
            .find_map(|(position, part)| Some((position, part, part.table.column(heading)?)));
        let (position, part, column) = found?;
        let record = match &self.links {
            None => Some(row),
            Some(links) => (links.records[position][row] as usize).checked_sub(1),
        };
        Some((part, column, record))
    }

    /// The refusal of a blank value, where the missing-data rule says so.
    pub(super) fn refused(&self, row: usize, column: &str, indicator: &str) -> Problem {
        let problem = Problem::error(
            "value-missing",
            say!(
                "`{column}` is blank, and `{indicator}` refuses missing values",
                "`{column}` が空欄です。`{indicator}` は欠測を認めません"
            ),
        )
        .help(say!(
            "complete the data, or state another rule: missing: \"exclude\"",
            "データを補うか、別の規則を定めてください: missing: \"exclude\""
        ));
        match self.located(column, row) {
            Some((part, column, Some(record))) => problem.at(part.table.place(record, column)),
            Some((part, column, None)) => problem.at(part.table.heading_of(column)),
            None => problem,
        }
    }
}

impl Part {
    /// Whether every column an indicator reads is there.
    pub(super) fn has_columns_of(&self, contract: &Contract, indicator: usize) -> bool {
        symbols_of(contract, indicator).iter().all(|symbol| self.has(*symbol))
    }

    /// Whether the file lacks columns an indicator reads, but has some of them or misspells one.
    pub(super) fn was_meant(&self, contract: &Contract, indicator: usize) -> bool {
        let symbols = symbols_of(contract, indicator);
        let (there, lacking): (Vec<&SymbolId>, Vec<&SymbolId>) =
            symbols.iter().partition(|symbol| self.has(**symbol));
        let near = |symbol: &&SymbolId| {
            let headings = self.table.headings.iter().map(String::as_str);
            did_you_mean(column_name(contract, **symbol), headings).is_some()
        };
        !lacking.is_empty() && (!there.is_empty() || lacking.iter().any(near))
    }

    /// The columns an indicator reads that are not there.
    pub(super) fn missing_columns(&self, contract: &Contract, indicator: usize) -> Vec<Problem> {
        symbols_of(contract, indicator)
            .into_iter()
            .filter(|symbol| !self.has(*symbol))
            .map(|symbol| {
                let name = column_name(contract, symbol);
                let declared = contract.columns.iter().find(|column| column.name == name);
                let mut problem = missing_column(&self.table, name);
                if let Some(column) = declared.filter(|column| column.title.en != column.name) {
                    let file = self.file();
                    problem.message = say!(
                        "`{file}` has no column `{name}` ({})",
                        "`{file}` に列 `{name}`（{}）がありません",
                        column.title.clone()
                    );
                }
                if problem.help.is_some() {
                    return problem;
                }
                problem.help(say!(
                    "\"{}\" is computed from it: head the column `{name}`, or give the evaluator's figure of the indicator instead",
                    "「{}」の計算に使います。見出しを `{name}` とする列を加えるか、評価者が計算した値を集計値の表で与えてください",
                    contract.indicators[indicator].title.clone()
                ))
            })
            .collect()
    }

    /// A note on rows without a date, where the contract has several evaluations.
    pub(super) fn undated_note(&self, contract: &Contract) -> Option<Problem> {
        let name = &contract.rows.at;
        if contract.evaluations.len() < 2 || self.is_dated() {
            return None;
        }
        let (file, lines) = (self.file(), self.table.len());
        let at = contract.evaluations[self.evaluation(0)?].at;
        Some(
            Problem::note(
                "rows-undated",
                say!(
                    "`{file}` has no column `{name}`: all its {lines} rows are taken as of {at}",
                    "`{file}` に列 `{name}` がないため、{lines} 行すべてを {at} のものとみなしました"
                ),
            )
            .help(say!(
                "if another column holds the date, name it: rows(#{{ at: \"…\" }})",
                "日付が別の列にあるなら、その名前を定めてください: rows(#{{ at: \"…\" }})"
            )),
        )
    }

    /// A warning of a file that says nothing.
    pub(super) fn unread_note(&self) -> Option<Problem> {
        let file = self.file();
        self.symbols().is_empty().then(|| {
            Problem::warning(
                "file-unread",
                say!(
                    "no indicator reads any column of `{file}`",
                    "`{file}` の列を使う指標がありません"
                ),
            )
            .found(Text::from(self.table.headings.join(", ")))
            .at(self.table.heading_place())
        })
    }

    /// A note that duplicates could not be looked for.
    pub(super) fn unchecked_duplicates(&self) -> Option<Problem> {
        if self.participant.is_some() {
            return None;
        }
        let (file, lines) = (self.file(), self.table.len());
        Some(
            Problem::note(
                "duplicates-unchecked",
                say!(
                    "`{file}` has no participant column: its {lines} rows are taken as {lines} people",
                    "`{file}` に参加者の列がないため、{lines} 行を {lines} 人とみなしました"
                ),
            )
            .help(say!(
                "name the column, so that nobody is counted twice: rows(#{{ participant: \"…\" }})",
                "列名を定めれば重複を検査できます: rows(#{{ participant: \"…\" }})"
            )),
        )
    }

    /// How many rows repeat another in every column, where people have no identifier.
    pub(super) fn identical_rows(&self) -> u64 {
        if self.participant.is_some() {
            return 0;
        }
        let numbers = self.table.in_blocks(|fields, records| {
            let number = |record: usize| {
                fields.go_to(record);
                let mut number = 0;
                fields.all().for_each(|field| number = super::part::hashed(&(number, field)));
                (number, record)
            };
            records.map(number).collect::<Vec<_>>()
        });
        let mut numbers: Vec<(u64, usize)> = numbers.into_iter().flatten().collect();
        numbers.sort_unstable();
        let fields = |record: usize| {
            let mut fields = self.table.fields();
            fields.go_to(record);
            fields.all().map(|field| field.into_owned()).collect::<Vec<String>>()
        };
        let same: usize = numbers
            .chunk_by(|a, b| a.0 == b.0)
            .filter(|alike| alike.len() > 1)
            .map(|alike| {
                let mut rows: Vec<Vec<String>> =
                    alike.iter().map(|(_, record)| fields(*record)).collect();
                rows.sort_unstable();
                rows.dedup();
                alike.len() - rows.len()
            })
            .sum();
        same as u64
    }

    /// A note on rows that repeat another.
    pub(super) fn identical_note(&self, same: u64) -> Option<Problem> {
        (same > 0).then(|| {
            let file = self.file();
            Problem::note(
                "identical-rows",
                say!(
                    "{same} rows of `{file}` repeat another row in every column",
                    "`{file}` の {same} 行は、全ての列が他の行と同じです"
                ),
            )
        })
    }
}

/// The columns an indicator's closures read.
pub(super) fn symbols_of(contract: &Contract, indicator: usize) -> Vec<SymbolId> {
    let indicator = &contract.indicators[indicator];
    let roots: Vec<NodeId> =
        indicator.estimand.closures().into_iter().chain(indicator.who).collect();
    contract.graph.symbols_in(&roots)
}

/// The heading of a column's symbol.
pub(super) fn column_name(contract: &Contract, symbol: SymbolId) -> &str {
    let name = &contract.graph.symbol_of(symbol).name;
    name.strip_prefix("column:").unwrap_or(name)
}
