//! Several rows of one person in one file, gathered into one as the contract declares.

use rust_decimal::Decimal;

use super::packed::{Packed, PackedBlock};
use super::part::Part;
use super::rows::column_name;
use super::table::{SHOWN, more_problems};
use crate::contract::{Contract, Several};
use crate::expr::{Exact, SymbolId};
use crate::problem::{Problem, say};

/// Gathers the rows of each person and evaluation into the first of them, where the file has a
/// column of which the contract expects several.
///
/// # Errors
/// A file without participants; another column that the contract reads and that is not the same in
/// all rows of a person; a sum that does not fit.
pub(super) fn gather(contract: &Contract, part: &mut Part) -> Result<(), Vec<Problem>> {
    let rule = |symbol: &SymbolId| {
        let name = column_name(contract, *symbol);
        contract.rows.several.iter().find(|(known, _)| known == name).map(|(_, how)| *how)
    };
    let symbols = part.symbols();
    if !symbols.iter().any(|symbol| rule(symbol).is_some()) {
        return Ok(());
    }
    if part.participant.is_none() {
        return Err(vec![super::part::missing_column(&part.table, &contract.rows.participant)]);
    }
    let persons = persons(part);
    let mut kept = vec![false; part.table.len()];
    for rows in &persons {
        kept[rows[0] as usize] = true;
    }
    let (mut problems, mut found) = (Vec::new(), 0);
    for symbol in symbols {
        let how = rule(&symbol);
        let mut values: Vec<Option<Decimal>> = vec![None; part.table.len()];
        for rows in &persons {
            let each = || rows.iter().filter_map(|row| part.value(symbol, *row as usize));
            let value = match how {
                Some(Several::Sum) => {
                    let sum = each().try_fold(Exact::ZERO, Exact::plus).map_err(|fault| {
                        vec![crate::script::fault_problem(fault).at(part.table.heading_place())]
                    })?;
                    each().next().map(|_| sum)
                }
                Some(Several::Count) => Some(Exact::from(each().count() as i64)),
                Some(Several::Last) => each().next_back(),
                None => {
                    let first = each().next();
                    let other = rows.iter().find(|row| {
                        let value = part.value(symbol, **row as usize);
                        value.is_some() && value != first
                    });
                    if let Some(row) = other {
                        found += 1;
                        if problems.len() < SHOWN {
                            problems.push(unclear(contract, part, symbol, *row as usize));
                        }
                    }
                    first
                }
            };
            values[rows[0] as usize] = value.map(Exact::approximate);
        }
        part.replace(symbol, Packed::new(vec![PackedBlock::new(values)]));
    }
    part.keep(kept);
    problems.extend(more_problems(part.file(), found));
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

/// The rows of each person and evaluation, in the order of the file.
fn persons(part: &Part) -> Vec<Vec<u32>> {
    let mut persons = Vec::new();
    for alike in part.people().chunk_by(|a, b| a.0 == b.0) {
        let mut rows: Vec<(String, Option<usize>, u32)> = alike
            .iter()
            .map(|(_, row)| {
                let row = *row as usize;
                (part.participant_of(row).unwrap_or_default(), part.evaluation(row), row as u32)
            })
            .collect();
        rows.sort_unstable();
        for same in rows.chunk_by(|a, b| (&a.0, a.1) == (&b.0, b.1)) {
            persons.push(same.iter().map(|row| row.2).collect());
        }
    }
    persons
}

fn unclear(contract: &Contract, part: &Part, symbol: SymbolId, row: usize) -> Problem {
    let name = column_name(contract, symbol);
    let column = part.table.column(name).unwrap_or_default();
    Problem::error(
        "several-values",
        say!(
            "this person has several values of `{name}`",
            "この人には `{name}` の値が複数あります"
        ),
    )
    .help(say!(
        "say what becomes of them: rows(#{{ several: #{{ {name}: \"sum\" }} }}), or \"count\" or \"last\"",
        "まとめ方を定めてください: rows(#{{ several: #{{ {name}: \"sum\" }} }})。\"count\"・\"last\" も可"
    ))
    .at(part.table.place(row, column))
}
