//! One file of rows, typed as the contract declares its columns.

use std::borrow::Cow;
use std::hash::{Hash, Hasher};
use std::sync::{Mutex, PoisonError};

use jiff::civil::Date;
use rayon::prelude::*;
use rust_decimal::Decimal;
use rustc_hash::{FxHashMap, FxHasher};

use super::days_of;
use super::field;
use super::packed::{Packed, PackedBlock};
use super::table::{SHOWN, Table, more_problems};
use crate::contract::{Column, ColumnKind, Contract, RowKeys};
use crate::expr::{Exact, SymbolId};
use crate::problem::{Problem, Text, nearest, say};

/// The rows of one file.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) table: Table,
    /// The column that says whose row it is.
    pub(super) participant: Option<usize>,
    pub(super) dates: Dates,
    columns: Vec<(SymbolId, Packed)>,
    /// Which records stand for a person, where those of one person were gathered.
    kept: Option<Vec<bool>>,
}

/// To which evaluation the records of a file belong.
#[derive(Debug)]
pub(super) enum Dates {
    /// Each to its own.
    Each(Vec<u8>),
    /// All to this one; `None` when it was not said.
    All(Option<usize>),
}

/// The texts of the evidence by number, so that texts of all files compare.
#[derive(Debug)]
pub(super) struct Dictionary(Mutex<FxHashMap<String, i64>>);

impl Dictionary {
    /// The texts a contract compares with come first.
    pub(super) fn new(contract: &Contract) -> Dictionary {
        let texts = contract.graph.texts().iter().cloned();
        Dictionary(Mutex::new(texts.zip(0..).collect()))
    }

    fn code(&self, text: &str) -> i64 {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(code) = known.get(text) {
            return *code;
        }
        let code = known.len() as i64;
        known.insert(text.to_owned(), code);
        code
    }
}

/// A field that cannot be used, without its place.
struct Wrong {
    record: usize,
    column: usize,
    problem: Problem,
}

impl Part {
    /// Types every column of `table` that the contract reads.
    ///
    /// # Errors
    /// Columns that are named and not there; fields of the wrong type, outside their range or
    /// window; dates that are no evaluation. `beside_dated` says that rows without a date may be
    /// facts of people whose other rows have one.
    pub(super) fn read(
        contract: &Contract,
        table: Table,
        at: Option<Date>,
        beside_dated: bool,
        dictionary: &Dictionary,
    ) -> Result<Part, Vec<Problem>> {
        let mut problems = Vec::new();
        let keys = &contract.rows;
        let participant = table.column(&keys.participant);
        if participant.is_none() && keys.participant_named {
            problems.push(missing_column(&table, &keys.participant));
        }
        let at_column = table.column(&keys.at);
        let facts = beside_dated && at_column.is_none() && participant.is_some();
        if at_column.is_none() && keys.at_named && !facts {
            problems.push(missing_column(&table, &keys.at));
        }
        let dates = match at_column {
            Some(column) => Dates::Each(dated(contract, &table, column, &mut problems)),
            None => Dates::All(undated(contract, &table, at, facts, &mut problems)),
        };
        let wanted: Vec<(SymbolId, usize, Decoder<'_>)> = contract
            .columns
            .iter()
            .filter_map(|column| {
                let position = table.column(&column.name)?;
                Some((column.symbol?, position, Decoder::new(column, keys, dictionary)))
            })
            .collect();
        let columns = typed(&table, &wanted, &mut problems);
        if !problems.is_empty() {
            return Err(problems);
        }
        let columns = wanted.iter().map(|(symbol, ..)| *symbol).zip(columns).collect();
        Ok(Part { table, participant, dates, columns, kept: None })
    }

    /// The file, as the user named it.
    pub(super) fn file(&self) -> &str {
        self.table.file()
    }

    /// Whether its rows have a date column.
    pub(super) fn is_dated(&self) -> bool {
        matches!(self.dates, Dates::Each(_))
    }

    /// The evaluation of a record, when it is known.
    pub(super) fn evaluation(&self, record: usize) -> Option<usize> {
        match &self.dates {
            Dates::Each(each) => each.get(record).map(|at| usize::from(*at)),
            Dates::All(at) => *at,
        }
    }

    /// Whether a record stands for a person at the evaluation.
    pub(super) fn is_of(&self, record: usize, evaluation: usize) -> bool {
        let at = match &self.dates {
            Dates::Each(each) => usize::from(each[record]) == evaluation,
            Dates::All(at) => *at == Some(evaluation),
        };
        at && self.stands(record)
    }

    fn stands(&self, record: usize) -> bool {
        self.kept.as_ref().is_none_or(|kept| kept[record])
    }

    /// Lets only these records stand for people.
    pub(super) fn keep(&mut self, kept: Vec<bool>) {
        self.kept = Some(kept);
    }

    /// Whether any record belongs to the evaluation.
    pub(super) fn speaks_of(&self, evaluation: usize) -> bool {
        match &self.dates {
            Dates::Each(each) => each.iter().any(|at| usize::from(*at) == evaluation),
            Dates::All(at) => *at == Some(evaluation),
        }
    }

    /// Whether it has a column that the contract reads.
    pub(super) fn has(&self, symbol: SymbolId) -> bool {
        self.columns.iter().any(|(known, _)| *known == symbol)
    }

    /// The columns the contract reads that are there.
    pub(super) fn symbols(&self) -> Vec<SymbolId> {
        self.columns.iter().map(|(symbol, _)| *symbol).collect()
    }

    /// The column of a symbol.
    pub(super) fn packed(&self, symbol: SymbolId) -> Option<&Packed> {
        self.columns.iter().find(|(known, _)| *known == symbol).map(|(_, packed)| packed)
    }

    /// Puts another column in the place of a symbol's.
    pub(super) fn replace(&mut self, symbol: SymbolId, packed: Packed) {
        self.columns.retain(|(known, _)| *known != symbol);
        self.columns.push((symbol, packed));
    }

    /// The value of a column in a record.
    pub(super) fn value(&self, symbol: SymbolId, record: usize) -> Option<Exact> {
        self.packed(symbol)?.value(record)
    }

    /// Whose record it is, full-width letters made narrow.
    pub(super) fn participant_of(&self, record: usize) -> Option<String> {
        Some(person(self.table.field(record, self.participant?)).into_owned())
    }

    /// A number for the participant of each record, with the record, in order of the number.
    pub(super) fn people(&self) -> Vec<(u64, u32)> {
        let Some(column) = self.participant else { return Vec::new() };
        let blocks = self.table.in_blocks(|fields, records| {
            let number = |record: usize| {
                fields.go_to(record);
                (hashed(&*person(fields.get(column))), record as u32)
            };
            records.filter(|record| self.stands(*record)).map(number).collect::<Vec<_>>()
        });
        let mut people: Vec<(u64, u32)> = blocks.into_iter().flatten().collect();
        people.par_sort_unstable();
        people
    }
}

/// A participant's key: the same person whatever the width of the letters.
pub(super) fn person(field: Cow<'_, str>) -> Cow<'_, str> {
    match field {
        Cow::Borrowed(field) => field::narrow(field),
        Cow::Owned(field) => Cow::Owned(field::narrow(&field).into_owned()),
    }
}

/// A number that nearly always tells texts apart.
pub(super) fn hashed<T: Hash + ?Sized>(value: &T) -> u64 {
    let mut hasher = FxHasher::default();
    value.hash(&mut hasher);
    hasher.finish()
}

/// Every wanted column, decoded side by side.
fn typed(
    table: &Table,
    wanted: &[(SymbolId, usize, Decoder<'_>)],
    problems: &mut Vec<Problem>,
) -> Vec<Packed> {
    let blocks = table.in_blocks(|fields, records| {
        let mut values = vec![Vec::with_capacity(records.len()); wanted.len()];
        let (mut wrong, mut faults) = (Vec::new(), 0_usize);
        for record in records {
            fields.go_to(record);
            for ((_, column, decoder), values) in wanted.iter().zip(&mut values) {
                let value = decoder.decode(&fields.get(*column)).unwrap_or_else(|problem| {
                    faults += 1;
                    if wrong.len() < SHOWN {
                        wrong.push(Wrong { record, column: *column, problem: *problem });
                    }
                    None
                });
                values.push(value);
            }
        }
        let packed: Vec<PackedBlock> = values.into_iter().map(PackedBlock::new).collect();
        (packed, wrong, faults)
    });
    let mut columns: Vec<Vec<PackedBlock>> = wanted.iter().map(|_| Vec::new()).collect();
    let (mut all, mut faults) = (Vec::new(), 0);
    for (packed, wrong, count) in blocks {
        columns.iter_mut().zip(packed).for_each(|(column, block)| column.push(block));
        all.extend(wrong);
        faults += count;
    }
    let shown = all.into_iter().take(SHOWN);
    problems.extend(shown.map(|wrong| wrong.problem.at(table.place(wrong.record, wrong.column))));
    problems.extend(more_problems(table.file(), faults));
    columns.into_iter().map(Packed::new).collect()
}

/// Reads the fields of one column.
struct Decoder<'c> {
    column: &'c Column,
    missing: &'c [String],
    window: Option<(Date, Date)>,
    dictionary: &'c Dictionary,
}

impl<'c> Decoder<'c> {
    fn new(column: &'c Column, keys: &'c RowKeys, dictionary: &'c Dictionary) -> Decoder<'c> {
        let window = keys.windows.iter().find(|(name, ..)| *name == column.name);
        let window = window.map(|(_, from, to)| (*from, *to));
        Decoder { column, missing: &keys.missing, window, dictionary }
    }

    /// The value of a field; `None` where it is missing.
    fn decode(&self, field: &str) -> Result<Option<Decimal>, Box<Problem>> {
        if field.is_empty() || is_missing(self.missing, field) {
            return Ok(None);
        }
        if field::is_formula_error(field) {
            return Err(Box::new(self.formula_error(field)));
        }
        let value = match &self.column.kind {
            ColumnKind::Number { low, high, .. } => {
                let value = field::number(field).ok_or_else(|| self.no_number(field))?;
                if low.is_some_and(|low| value < low) || high.is_some_and(|high| value > high) {
                    return Err(Box::new(self.out_of_range(field, low, high)));
                }
                value
            }
            ColumnKind::YesNo => {
                let expected = || {
                    say!(
                        "1 or 0, true or false, yes or no, はい or いいえ, ○ or ×, 有 or 無",
                        "1/0、true/false、yes/no、はい/いいえ、○/×、有/無"
                    )
                };
                let yes = field::yes_no(field).ok_or_else(|| self.wrong(field, expected()))?;
                if yes { Decimal::ONE } else { Decimal::ZERO }
            }
            ColumnKind::Text(choices) => {
                if !choices.is_empty() && !choices.iter().any(|choice| choice == field) {
                    return Err(Box::new(self.wrong(field, Text::from(choices.join(", ")))));
                }
                Decimal::from(self.dictionary.code(field))
            }
            ColumnKind::Date => {
                let expected = || {
                    say!(
                        "a date as 2024-03-31, 2024年3月31日 or 令和6年3月31日",
                        "2024-03-31、2024年3月31日、令和6年3月31日 の形の日付"
                    )
                };
                let date = field::date(field).ok_or_else(|| self.wrong(field, expected()))?;
                if let Some((from, to)) = self.window
                    && !(from..=to).contains(&date)
                {
                    return Err(Box::new(self.outside_window(field, from, to)));
                }
                days_of(date)
            }
        };
        Ok(Some(value))
    }

    fn wrong(&self, field: &str, expected: Text) -> Problem {
        let name = &self.column.name;
        let problem = Problem::error(
            "wrong-type",
            say!("`{name}` cannot be read here", "`{name}` の値を読めません"),
        )
        .found(Text::from(format!("\"{field}\"")))
        .expected(expected);
        if !looks_missing(field) {
            return problem;
        }
        problem.help(say!(
            "if this means that the value is missing, say so in the contract: rows(#{{ missing: [\"{field}\"] }})",
            "欠測を表すなら、契約で定めてください: rows(#{{ missing: [\"{field}\"] }})"
        ))
    }

    fn no_number(&self, field: &str) -> Problem {
        self.wrong(field, say!("a number", "数"))
    }

    fn out_of_range(&self, field: &str, low: &Option<Decimal>, high: &Option<Decimal>) -> Problem {
        let name = &self.column.name;
        let end = |end: &Option<Decimal>| end.map(|end| end.normalize().to_string());
        let range = format!("{} … {}", end(low).unwrap_or_default(), end(high).unwrap_or_default());
        Problem::error(
            "out-of-range",
            say!("`{name}` is outside its declared range", "`{name}` が定められた範囲の外です"),
        )
        .found(Text::from(field))
        .expected(Text::from(range))
    }

    fn outside_window(&self, field: &str, from: Date, to: Date) -> Problem {
        let name = &self.column.name;
        Problem::error(
            "outside-window",
            say!("`{name}` is outside its declared dates", "`{name}` が定められた期間の外です"),
        )
        .found(Text::from(field))
        .expected(say!("from {from} to {to}", "{from} から {to} まで"))
        .help(say!(
            "correct the date, or take the row out: it was not measured for this contract",
            "日付を直すか、行を除いてください。この契約の測定ではありません"
        ))
    }

    fn formula_error(&self, field: &str) -> Problem {
        let name = &self.column.name;
        Problem::error(
            "formula-error",
            say!("a formula of `{name}` has no value here", "`{name}` の数式が値になっていません"),
        )
        .found(Text::from(field))
        .help(say!(
            "mend the formula in the workbook, or put its value here",
            "ブックの数式を直すか、値を入れてください"
        ))
    }
}

/// Whether a field is one of those that mean "missing".
pub(super) fn is_missing(missing: &[String], field: &str) -> bool {
    missing.iter().any(|known| {
        known == field || (!field.is_ascii() && field::narrow(known) == field::narrow(field))
    })
}

fn looks_missing(field: &str) -> bool {
    let narrow = field::narrow(field).to_uppercase();
    [
        "-",
        "--",
        "ー",
        "―",
        "NA",
        "N/A",
        "NULL",
        "NONE",
        ".",
        "欠測",
        "不明",
        "未測定",
        "未実施",
        "なし",
    ]
    .contains(&narrow.as_str())
}

/// A column that must be there.
pub(super) fn missing_column(table: &Table, name: &str) -> Problem {
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
) -> Vec<u8> {
    let known = || {
        contract.evaluations.iter().map(|evaluation| evaluation.at.to_string()).collect::<Vec<_>>()
    };
    let blocks = table.in_blocks(|fields, records| {
        // Neighbours mostly share their date.
        let mut last: (String, Option<usize>) = (String::new(), None);
        let mut wrong = Vec::new();
        let evaluations: Vec<u8> = records
            .map(|record| {
                fields.go_to(record);
                let field = fields.get(column);
                if field != last.0 || last.0.is_empty() {
                    let at = field::date(&field).and_then(|at| contract.evaluation_at(at));
                    last = (field.into_owned(), at);
                }
                if last.1.is_none() {
                    wrong.push((record, last.0.clone()));
                }
                last.1.unwrap_or_default() as u8
            })
            .collect();
        (evaluations, wrong)
    });
    let (mut evaluations, mut wrong) = (Vec::with_capacity(table.len()), Vec::new());
    for (block, faults) in blocks {
        evaluations.extend(block);
        wrong.extend(faults);
    }
    problems.extend(wrong.iter().take(SHOWN).map(|(record, field)| {
        let message = if field.is_empty() {
            say!("this row has no date", "この行には評価日がありません")
        } else if field::date(field).is_none() {
            say!("`{field}` cannot be read as a date", "`{field}` を日付として読めません")
        } else {
            say!(
                "`{field}` is no evaluation of the contract",
                "`{field}` は契約の評価日ではありません"
            )
        };
        let problem = Problem::error("not-an-evaluation", message)
            .expected(Text::from(known().join(", ")))
            .at(table.place(*record, column));
        match field::serial(field) {
            Some(day) => problem.help(say!(
                "this looks like the number by which Excel keeps the day {day}: give the column the format of a date and save the file again",
                "Excel が {day} を表す連番と思われます。列の表示形式を日付にして、保存し直してください"
            )),
            None => problem,
        }
    }));
    problems.extend(more_problems(table.file(), wrong.len()));
    evaluations
}

fn undated(
    contract: &Contract,
    table: &Table,
    at: Option<Date>,
    facts: bool,
    problems: &mut Vec<Problem>,
) -> Option<usize> {
    let evaluation = match (at, contract.evaluations.len()) {
        (Some(at), _) => contract.evaluation_at(at),
        (None, 1) => Some(0),
        (None, _) => None,
    };
    if evaluation.is_none() && !facts {
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
    evaluation
}
