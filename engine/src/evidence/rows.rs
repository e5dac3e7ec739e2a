//! Rows of participants, typed as the contract declares its columns.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::days_of;
use super::table::Table;
use crate::contract::{Column, ColumnKind, Contract};
use crate::expr::{Exact, NodeId, SymbolId};
use crate::problem::{Problem, Text, did_you_mean, nearest, say};

/// The rows of one file.
#[derive(Debug)]
pub(super) struct Rows {
    table: Table,
    participant: Option<usize>,
    /// The evaluation of each record.
    evaluations: Vec<usize>,
    /// The typed columns the contract reads: values by record, `None` where blank.
    values: BTreeMap<SymbolId, Vec<Option<Decimal>>>,
}

impl Rows {
    /// Types every column of `table` that the contract reads.
    pub(super) fn read(
        contract: &Contract,
        table: Table,
        at: Option<Date>,
    ) -> Result<Rows, Vec<Problem>> {
        let mut problems = Vec::new();
        let keys = &contract.rows;
        let participant = table.column(&keys.participant);
        if participant.is_none() && keys.participant_named {
            problems.push(missing_column(&table, &keys.participant));
        }
        let at_column = table.column(&keys.at);
        if at_column.is_none() && keys.at_named {
            problems.push(missing_column(&table, &keys.at));
        }
        let evaluations = match at_column {
            Some(column) => dated(contract, &table, column, &mut problems),
            None => undated(contract, &table, at, &mut problems),
        };
        let mut dictionary: Vec<String> = contract.graph.texts().to_vec();
        let mut values = BTreeMap::new();
        for column in &contract.columns {
            let (Some(symbol), Some(position)) = (column.symbol, table.column(&column.name)) else {
                continue;
            };
            let typed = table
                .records
                .iter()
                .map(|record| {
                    let field = record.fields[position].as_str();
                    if field.is_empty() {
                        return None;
                    }
                    match decode(column, field, &mut dictionary) {
                        Ok(value) => Some(value),
                        Err(problem) => {
                            problems.push(problem.at(table.place(record.line, position)));
                            None
                        }
                    }
                })
                .collect();
            values.insert(symbol, typed);
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(Rows { table, participant, evaluations, values })
    }

    /// The file, as the user named it.
    pub(super) fn file(&self) -> &str {
        self.table.file()
    }

    /// Whether any row belongs to the evaluation.
    pub(super) fn speaks_of(&self, evaluation: usize) -> bool {
        self.evaluations.contains(&evaluation)
    }

    /// The records of an evaluation.
    pub(super) fn of(&self, evaluation: usize) -> impl Iterator<Item = usize> {
        let records = self.evaluations.iter().enumerate();
        records.filter(move |(_, at)| **at == evaluation).map(|(record, _)| record)
    }

    /// The value of a column in a record.
    pub(super) fn value(&self, symbol: SymbolId, record: usize) -> Option<Exact> {
        self.values.get(&symbol)?.get(record).copied().flatten().map(Exact::from)
    }

    /// Whether every column an indicator reads is there.
    pub(super) fn has_columns_of(&self, contract: &Contract, indicator: usize) -> bool {
        symbols_of(contract, indicator).iter().all(|symbol| self.values.contains_key(symbol))
    }

    /// Whether the file lacks columns an indicator reads, but has some of them or misspells one.
    pub(super) fn was_meant(&self, contract: &Contract, indicator: usize) -> bool {
        let symbols = symbols_of(contract, indicator);
        let (there, lacking): (Vec<&SymbolId>, Vec<&SymbolId>) =
            symbols.iter().partition(|symbol| self.values.contains_key(symbol));
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
            .filter(|symbol| !self.values.contains_key(symbol))
            .map(|symbol| {
                let name = column_name(contract, symbol);
                let id = &contract.indicators[indicator].id;
                let problem = missing_column(&self.table, name);
                if problem.help.is_some() {
                    return problem;
                }
                problem.help(say!(
                    "the indicator `{id}` reads it; add it, or give the evaluator's figure for `{id}`",
                    "指標 `{id}` が使います。列を加えるか、`{id}` の数値を評価者の表で与えてください"
                ))
            })
            .collect()
    }

    /// The refusal of a blank value, where the missing-data rule says so.
    pub(super) fn refused(&self, record: usize, column: &str, indicator: &str) -> Problem {
        let line = self.table.records[record].line;
        let position = self.table.column(column).unwrap_or_default();
        Problem::error(
            "value-missing",
            say!(
                "`{column}` is blank, and `{indicator}` refuses missing values",
                "`{column}` が空欄です。`{indicator}` は欠測を認めません"
            ),
        )
        .help(say!(
            "complete the data, or state another rule: missing: \"exclude\"",
            "データを補うか、別の規則を定めてください: missing: \"exclude\""
        ))
        .at(self.table.place(line, position))
    }

    /// A note on rows without a date, where the contract has several evaluations.
    pub(super) fn undated_note(&self, contract: &Contract) -> Option<Problem> {
        let name = &contract.rows.at;
        if contract.evaluations.len() < 2 || self.table.column(name).is_some() {
            return None;
        }
        let (file, lines) = (self.file(), self.table.records.len());
        let at = contract.evaluations[*self.evaluations.first()?].at;
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

    /// A note that duplicates could not be looked for.
    pub(super) fn unchecked_duplicates(&self) -> Option<Problem> {
        if self.participant.is_some() {
            return None;
        }
        let (file, lines) = (self.file(), self.table.records.len());
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

    /// A note on rows that are the same in every column, where people have no identifier.
    pub(super) fn identical_rows(&self) -> Option<Problem> {
        if self.participant.is_some() {
            return None;
        }
        let mut fields: Vec<&[String]> =
            self.table.records.iter().map(|record| record.fields.as_slice()).collect();
        fields.sort_unstable();
        let all = fields.len();
        fields.dedup();
        let same = all - fields.len();
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

    fn key(&self, record: usize) -> Option<(&str, usize)> {
        let participant = self.table.records[record].fields[self.participant?].as_str();
        Some((participant, self.evaluations[record]))
    }
}

/// Participants that appear twice for one evaluation, in one file or across files.
pub(super) fn duplicates(files: &[Rows]) -> Vec<Problem> {
    let mut seen: BTreeMap<(&str, usize), (&Rows, usize)> = BTreeMap::new();
    let mut problems = Vec::new();
    for rows in files {
        for record in 0..rows.table.records.len() {
            let Some(key) = rows.key(record) else { break };
            let line = rows.table.records[record].line;
            let place = || rows.table.place(line, rows.participant.unwrap_or_default());
            let (participant, _) = key;
            if participant.is_empty() {
                problems.push(
                    Problem::error(
                        "participant-missing",
                        say!("this row has no participant", "この行には参加者がありません"),
                    )
                    .help(say!(
                        "say whose row it is, so that nobody is counted twice",
                        "重複を検査できるよう、誰の行かを書いてください"
                    ))
                    .at(place()),
                );
                continue;
            }
            match seen.get(&key) {
                None => {
                    seen.insert(key, (rows, line));
                }
                Some(first) => {
                    let (file, line) = (first.0.file(), first.1);
                    problems.push(
                        Problem::error(
                            "duplicate-participant",
                            say!(
                                "participant `{participant}` is already on line {line} of `{file}` for this evaluation",
                                "参加者 `{participant}` は、この評価日について `{file}` の {line} 行目に既にあります"
                            ),
                        )
                        .help(say!("keep one of the two rows", "どちらか一行だけにしてください"))
                        .at(place()),
                    );
                }
            }
        }
    }
    problems
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

fn missing_column(table: &Table, name: &str) -> Problem {
    let file = table.file();
    let problem = Problem::error(
        "missing-column",
        say!("`{file}` has no column `{name}`", "`{file}` に列 `{name}` がありません"),
    )
    .found(Text::from(table.headings.join(", ")))
    .at(table.heading_place());
    match nearest(name, table.headings.iter().map(String::as_str)) {
        Some(near) => problem.help(say!(
            "if `{near}` is meant, rename it to `{name}`",
            "`{near}` のことなら、名前を `{name}` に変えてください"
        )),
        None => problem,
    }
}

fn dated(
    contract: &Contract,
    table: &Table,
    column: usize,
    problems: &mut Vec<Problem>,
) -> Vec<usize> {
    let known =
        || contract.evaluations.iter().map(|known| known.at.to_string()).collect::<Vec<_>>();
    table
        .records
        .iter()
        .map(|record| {
            let field = record.fields[column].as_str();
            let evaluation = date(field).and_then(|date| contract.evaluation_at(date));
            evaluation.unwrap_or_else(|| {
                let message = if field.is_empty() {
                    say!("this row has no date", "この行には評価日がありません")
                } else if date(field).is_none() {
                    say!("`{field}` cannot be read as a date", "`{field}` を日付として読めません")
                } else {
                    say!(
                        "`{field}` is no evaluation of the contract",
                        "`{field}` は契約の評価日ではありません"
                    )
                };
                problems.push(
                    Problem::error("not-an-evaluation", message)
                        .expected(Text::from(known().join(", ")))
                        .at(table.place(record.line, column)),
                );
                0
            })
        })
        .collect()
}

fn undated(
    contract: &Contract,
    table: &Table,
    at: Option<Date>,
    problems: &mut Vec<Problem>,
) -> Vec<usize> {
    let evaluation = match (at, contract.evaluations.len()) {
        (Some(at), _) => contract.evaluation_at(at),
        (None, 1) => Some(0),
        (None, _) => None,
    };
    if evaluation.is_none() {
        let name = &contract.rows.at;
        problems.push(
            Problem::error(
                "evaluation-unclear",
                say!("which evaluation do these rows belong to?", "どの評価日の行か分かりません"),
            )
            .help(say!(
                "add a column `{name}` with the date, or say --at",
                "日付の列 `{name}` を加えるか、--at で指定してください"
            ))
            .at(table.heading_place()),
        );
    }
    vec![evaluation.unwrap_or_default(); table.records.len()]
}

fn decode(column: &Column, field: &str, texts: &mut Vec<String>) -> Result<Decimal, Problem> {
    let name = &column.name;
    let wrong = |expected: Text| {
        Problem::error(
            "wrong-type",
            say!("`{name}` cannot be read here", "`{name}` の値を読めません"),
        )
        .found(Text::from(format!("\"{field}\"")))
        .expected(expected)
    };
    match &column.kind {
        ColumnKind::Number { low, high, .. } => {
            let value = number(field).ok_or_else(|| wrong(say!("a number", "数")))?;
            let below = low.is_some_and(|low| value < low);
            let above = high.is_some_and(|high| value > high);
            if below || above {
                let end = |end: &Option<Decimal>| end.map(|end| end.normalize().to_string());
                let range =
                    format!("{} … {}", end(low).unwrap_or_default(), end(high).unwrap_or_default());
                return Err(Problem::error(
                    "out-of-range",
                    say!(
                        "`{name}` is outside its declared range",
                        "`{name}` が定められた範囲の外です"
                    ),
                )
                .found(Text::from(field))
                .expected(Text::from(range)));
            }
            Ok(value)
        }
        ColumnKind::YesNo => match field.to_lowercase().as_str() {
            "1" | "true" | "yes" | "はい" => Ok(Decimal::ONE),
            "0" | "false" | "no" | "いいえ" => Ok(Decimal::ZERO),
            _ => Err(wrong(say!(
                "1 or 0, true or false, yes or no, はい or いいえ",
                "1/0、true/false、yes/no、はい/いいえ"
            ))),
        },
        ColumnKind::Text(choices) => {
            if !choices.is_empty() && !choices.iter().any(|choice| choice == field) {
                return Err(wrong(Text::from(choices.join(", "))));
            }
            let code = texts.iter().position(|known| known == field).unwrap_or_else(|| {
                texts.push(field.to_owned());
                texts.len() - 1
            });
            Ok(Decimal::from(code))
        }
        ColumnKind::Date => date(field)
            .map(days_of)
            .ok_or_else(|| wrong(say!("a date as 2024-03-31", "2024-03-31 の形の日付"))),
    }
}

/// A number as offices write it: 1234.5, 1.5e3.
pub(super) fn number(field: &str) -> Option<Decimal> {
    Decimal::from_str_exact(field)
        .or_else(|_| Decimal::from_scientific(field))
        .ok()
        .map(|value| value.normalize())
}

/// A date as 2024-03-31 or 2024/3/31.
pub(super) fn date(field: &str) -> Option<Date> {
    let mut parts = field.split(['-', '/']);
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let digits = [year, month, day].iter().all(|part| part.bytes().all(|b| b.is_ascii_digit()));
    if parts.next().is_some() || year.len() != 4 || !digits {
        return None;
    }
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}
