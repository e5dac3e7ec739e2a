//! What the rows look like before any number is made of them: last digits, missing values by
//! group, values that moved since an earlier extract.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::field;
use super::part::{Part, person};
use super::rows::{Rows, column_name, symbols_of};
use super::table::Table;
use crate::contract::{Contract, Estimand};
use crate::expr::exact::Evaluator;
use crate::expr::{Fault, NodeId};
use crate::problem::{Problem, Text, say};

/// One look at the evidence, and what it found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What was looked for: `range`, `window`, `duplicates`, `identical_rows`, `last_digits`,
    /// `missing_by_group`, `moved`.
    pub name: &'static str,
    /// The file.
    pub file: String,
    /// The column or indicator, where one was meant.
    pub column: Option<String>,
    /// How many rows or values were looked at.
    pub examined: u64,
    /// How many of them were found wanting.
    pub found: u64,
}

/// χ² that uniform last digits exceed once in a thousand times, with 9 degrees of freedom.
/// Source: any table of the distribution (27.877).
const LAST_DIGITS_LIMIT: f64 = 27.877;

/// Below this an expected count of five per digit is not reached, and nothing is said.
const LAST_DIGITS_LEAST: u64 = 50;

/// How often each last digit ends the whole numbers of a column, and its χ² against uniform.
fn last_digits(part: &Part, column: usize) -> (u64, [u64; 10], f64) {
    let blocks = part.table.in_blocks(|fields, records| {
        let mut counts = [0_u64; 10];
        for record in records {
            fields.go_to(record);
            let number = field::number(&fields.get(column)).filter(|number| number.is_integer());
            if let Some(number) = number {
                counts[(number.trunc().mantissa().unsigned_abs() % 10) as usize] += 1;
            }
        }
        counts
    });
    let mut counts = [0_u64; 10];
    for block in blocks {
        counts.iter_mut().zip(block).for_each(|(count, more)| *count += more);
    }
    let all: u64 = counts.iter().sum();
    let expected = all as f64 / 10.0;
    let square = |count: &u64| (*count as f64 - expected) * (*count as f64 - expected) / expected;
    (all, counts, counts.iter().map(square).sum())
}

/// Looks at the last digits of the columns the contract names.
pub(super) fn look_at_last_digits(
    contract: &Contract,
    part: &Part,
    checks: &mut Vec<Check>,
) -> Vec<Problem> {
    let mut notes = Vec::new();
    for name in &contract.rows.last_digits {
        let Some(column) = part.table.column(name) else { continue };
        let (all, counts, chi_squared) = last_digits(part, column);
        let most = (0..10).max_by_key(|digit| counts[*digit]).unwrap_or_default();
        let odd = all >= LAST_DIGITS_LEAST && chi_squared > LAST_DIGITS_LIMIT;
        checks.push(Check {
            name: "last_digits",
            file: part.file().to_owned(),
            column: Some(name.clone()),
            examined: all,
            found: if odd { counts[most] } else { 0 },
        });
        if !odd {
            continue;
        }
        let (file, count) = (part.file(), counts[most]);
        let percent = count * 100 / all;
        let shown = format!("{chi_squared:.1}");
        notes.push(
            Problem::note(
                "digit-preference",
                say!(
                    "`{name}` of `{file}`: {count} of {all} values ({percent}%) end in {most}",
                    "`{file}` の `{name}`: {all} 件中 {count} 件（{percent}%）の末尾が {most} です"
                ),
            )
            .found(say!("χ² = {shown} with 9 degrees of freedom", "χ² = {shown}（自由度 9）"))
            .expected(say!(
                "at most 27.9, which even last digits exceed once in 1,000 times",
                "27.9 以下（末尾が均等なら 1,000 回に 1 回しか超えない値）"
            ))
            .help(say!(
                "ask how it was measured: values rounded by hand can cross a threshold",
                "測定方法を確かめてください。手で丸めた値はしきい値をまたぐことがあります"
            )),
        );
    }
    notes
}

/// χ² that independent rates exceed once in twenty times, with one degree of freedom.
const MISSING_LIMIT: f64 = 3.841;

/// Selected people of a group, and how many of them lack a value.
type Group = (String, u64, u64);

/// Compares how many selected people lack a value: between the arms of a comparison, and between the
/// values of the columns that the contract names.
pub(super) fn look_at_missing(
    contract: &Contract,
    (indicator, evaluation): (usize, usize),
    rows: &[Rows],
    checks: &mut Vec<Check>,
) -> Vec<Problem> {
    let declared = &contract.indicators[indicator];
    let arms = match &declared.estimand {
        Estimand::Difference { treated, .. } | Estimand::Ratio { treated, .. } => *treated,
        _ => None,
    };
    if arms.is_none() && contract.rows.groups.is_empty() {
        return Vec::new();
    }
    let closures = declared.estimand.closures();
    let values: Vec<NodeId> = closures.iter().copied().filter(|node| Some(*node) != arms).collect();
    let roots: Vec<NodeId> = closures.into_iter().chain(declared.who).collect();
    let mut evaluator = Evaluator::new(&contract.graph, &roots);
    let mut counted: BTreeMap<(usize, String), (u64, u64)> = BTreeMap::new();
    let no_marks = FxHashMap::default();
    for rows in rows {
        for row in rows.of(evaluation) {
            evaluator.run(|symbol| rows.value(symbol, row), &no_marks);
            let selected = declared.who.map(|who| evaluator.value(who));
            if !selected.is_none_or(|who| who.is_ok_and(|who| !who.is_zero())) {
                continue;
            }
            let lacks = values.iter().any(|node| {
                evaluator.value(*node).is_err_and(|fault| fault.fault == Fault::Unavailable)
            });
            let mut count = |axis: usize, group: String| {
                let group = counted.entry((axis, group)).or_default();
                group.0 += 1;
                group.1 += u64::from(lacks);
            };
            if let Some(Ok(treated)) = arms.map(|arms| evaluator.value(arms)) {
                count(0, if treated.is_zero() { "comparison" } else { "treated" }.to_owned());
            }
            for (axis, name) in contract.rows.groups.iter().enumerate() {
                let group = rows.text(name, row).filter(|group| !group.is_empty());
                group.into_iter().for_each(|group| count(axis + 1, group));
            }
        }
    }
    let file = rows.iter().map(Rows::file).collect::<Vec<_>>().join(", ");
    let mut notes = Vec::new();
    for axis in 0..=contract.rows.groups.len() {
        let of_axis = counted.iter().filter(|((own, _), _)| *own == axis);
        let groups: Vec<Group> =
            of_axis.map(|((_, name), (all, lack))| (name.clone(), *all, *lack)).collect();
        if groups.len() < 2 {
            continue;
        }
        let column = axis.checked_sub(1).map(|at| contract.rows.groups[at].clone());
        let chi_squared = independence(&groups);
        let apart = groups.len() == 2 && chi_squared > MISSING_LIMIT
            || groups.len() > 2 && chi_squared > limit_of(groups.len() - 1);
        checks.push(Check {
            name: "missing_by_group",
            file: file.clone(),
            column: column.clone().or_else(|| Some(declared.id.clone())),
            examined: groups.iter().map(|group| group.1).sum(),
            found: if apart { groups.iter().map(|group| group.2).sum() } else { 0 },
        });
        if apart {
            notes.push(uneven(&declared.title, column.as_deref(), &groups, chi_squared));
        }
    }
    notes
}

/// The upper 5% point of χ² to within 1%, by Wilson and Hilferty: k (1 − 2/9k + 1.645 √(2/9k))³.
fn limit_of(degrees: usize) -> f64 {
    let (k, z) = (degrees as f64, 1.644_853_626_951_472_2);
    let part = 2.0 / (9.0 * k);
    let root = 1.0 - part + z * part.sqrt();
    k * root * root * root
}

/// Pearson's χ² of groups against the missing and the measured.
fn independence(groups: &[Group]) -> f64 {
    let all: u64 = groups.iter().map(|group| group.1).sum();
    let lack: u64 = groups.iter().map(|group| group.2).sum();
    if lack == 0 || lack == all {
        return 0.0;
    }
    let rate = lack as f64 / all as f64;
    let square = |(_, all, lack): &Group| {
        let expected = *all as f64 * rate;
        let apart = *lack as f64 - expected;
        apart * apart * (1.0 / expected + 1.0 / (*all as f64 - expected))
    };
    groups.iter().map(square).sum()
}

fn uneven(title: &Text, column: Option<&str>, groups: &[Group], chi_squared: f64) -> Problem {
    let shown = format!("{chi_squared:.2}");
    let told = |name: &str, all: u64, lack: u64| {
        let rate = format!("{:.1}", lack as f64 * 100.0 / all as f64);
        let name = match (column, name) {
            (None, "treated") => say!("programme", "実施群"),
            (None, _) => say!("comparison", "比較群"),
            (Some(column), name) => say!("{column} {name}", "{column} {name}"),
        };
        say!("{}: {lack} of {all} ({rate}%)", "{}: {all} 人中 {lack} 人（{rate}%）", name)
    };
    let groups: Vec<Text> =
        groups.iter().map(|(name, all, lack)| told(name, *all, *lack)).collect();
    Problem::note(
        "missing-uneven",
        say!(
            "\"{}\": values are missing more often in one group than in another",
            "「{}」: 欠測の割合が群によって異なります",
            title.clone()
        ),
    )
    .found(say!("{}; χ² = {shown}", "{}、χ² = {shown}", Text::join(&groups, &say!(", ", "、"))))
    .expected(say!("rates that differ by chance alone (5%)", "偶然で説明できる差（有意水準 5%）"))
    .help(say!(
        "ask why: those who stay away may be those it did not help",
        "理由を確かめてください。効果のなかった人ほど測定を受けていないおそれがあります"
    ))
}

/// How many of those concerned are named.
const NAMED: usize = 10;

/// Compares a file with an earlier extract of it: values that are not the same, people who went or
/// came.
///
/// # Errors
/// An earlier extract that has no people or columns in common with any file.
pub(super) fn compare(
    contract: &Contract,
    parts: &[std::sync::Arc<Part>],
    earlier: &Table,
    checks: &mut Vec<Check>,
) -> Result<Vec<Problem>, Problem> {
    let read: Vec<&str> = contract
        .columns
        .iter()
        .filter(|column| column.symbol.is_some())
        .map(|column| column.name.as_str())
        .collect();
    let common = |part: &Part| -> Vec<(String, usize, usize)> {
        let both = |name: &&&str| Some((part.table.column(name)?, earlier.column(name)?));
        let pairs = read.iter().filter_map(|name| both(&name).map(|pair| (name, pair)));
        pairs.map(|(name, (own, theirs))| ((*name).to_owned(), own, theirs)).collect()
    };
    let participant = earlier.column(&contract.rows.participant);
    let best = parts
        .iter()
        .filter(|part| part.participant.is_some())
        .max_by_key(|part| common(part).len());
    let (Some(part), Some(participant)) = (best, participant) else {
        return Err(nothing_in_common(earlier, &contract.rows.participant));
    };
    let columns = common(part);
    if columns.is_empty() {
        return Err(nothing_in_common(earlier, &read.join(", ")));
    }
    let at = earlier.column(&contract.rows.at).zip(part.table.column(&contract.rows.at));
    let key = |fields: &super::table::Fields<'_>, participant: usize, at: Option<usize>| {
        let date = at.map(|at| fields.get(at).into_owned());
        let date = date.map(|date| field::date(&date).map_or(date, |date| date.to_string()));
        (person(fields.get(participant)).into_owned(), date)
    };
    let mut known = FxHashMap::default();
    let mut theirs = earlier.fields();
    for record in 0..earlier.len() {
        theirs.go_to(record);
        known.insert(key(&theirs, participant, at.map(|at| at.0)), record);
    }
    let mut moved: BTreeMap<usize, Vec<(usize, String)>> = BTreeMap::new();
    let (mut came, mut same) = (0_u64, 0_u64);
    let mut own = part.table.fields();
    for record in 0..part.table.len() {
        own.go_to(record);
        let key = key(&own, part.participant.unwrap_or_default(), at.map(|at| at.1));
        let Some(before) = known.remove(&key) else {
            came += 1;
            continue;
        };
        same += 1;
        theirs.go_to(before);
        for (position, (_, column, other)) in columns.iter().enumerate() {
            if !alike(&own.get(*column), &theirs.get(*other)) {
                moved.entry(position).or_default().push((record, key.0.clone()));
            }
        }
    }
    if same == 0 {
        return Err(nothing_in_common(earlier, &contract.rows.participant));
    }
    let (file, then) = (part.file(), earlier.file());
    let mut notes = Vec::new();
    for (position, (name, column, _)) in columns.iter().enumerate() {
        let people = moved.get(&position).map(Vec::as_slice).unwrap_or_default();
        let count = people.len() as u64;
        checks.push(Check {
            name: "moved",
            file: file.to_owned(),
            column: Some(name.clone()),
            examined: same,
            found: count,
        });
        let Some((first, _)) = people.first() else { continue };
        let mut named: Vec<&str> =
            people.iter().take(NAMED).map(|(_, person)| person.as_str()).collect();
        named.extend((people.len() > NAMED).then_some("…"));
        notes.push(
            Problem::warning(
                "values-moved",
                say!(
                    "{count} of {same} values of `{name}` are not those of `{then}`",
                    "`{name}` の {same} 件中 {count} 件が `{then}` の値と異なります"
                ),
            )
            .found(Text::from(named.join(", ")))
            .help(say!(
                "have the source say why they changed before money moves on them",
                "支払に使う前に、変わった理由をデータの出所に確かめてください"
            ))
            .at(part.table.place(*first, *column)),
        );
    }
    let gone = known.len() as u64;
    if came + gone > 0 {
        notes.push(Problem::warning(
            "people-moved",
            say!(
                "{gone} rows of `{then}` are no longer in `{file}`, and {came} are new",
                "`{then}` の {gone} 行が `{file}` になく、{came} 行が新しく加わりました"
            ),
        ));
    }
    Ok(notes)
}

/// Whether two fields mean the same: as numbers, as dates, or as text.
fn alike(one: &str, other: &str) -> bool {
    if one == other {
        return true;
    }
    let equal = |a: Option<_>, b: Option<_>| a.is_some() && a == b;
    equal(field::number(one), field::number(other))
        || field::date(one).is_some() && field::date(one) == field::date(other)
        || field::narrow(one).trim() == field::narrow(other).trim()
}

fn nothing_in_common(earlier: &Table, expected: &str) -> Problem {
    let file = earlier.file();
    Problem::error(
        "nothing-in-common",
        say!(
            "`{file}` shares no people and columns with the evidence",
            "`{file}` には証拠データと共通の参加者や列がありません"
        ),
    )
    .found(Text::from(earlier.headings.join(", ")))
    .expected(Text::from(expected))
    .help(say!(
        "give an earlier extract of the same source, with the same participants and columns",
        "同じ出所の以前の抽出を、同じ参加者と列で与えてください"
    ))
    .at(earlier.heading_place())
}

/// What was looked for in every file while it was read.
pub(super) fn reading_checks(contract: &Contract, part: &Part, identical: u64) -> Vec<Check> {
    let check = |name, column: Option<&str>, found| Check {
        name,
        file: part.file().to_owned(),
        column: column.map(str::to_owned),
        examined: part.table.len() as u64,
        found,
    };
    let mut checks = vec![match part.participant {
        Some(_) => check("duplicates", None, 0),
        None => check("identical_rows", None, identical),
    }];
    for column in contract.columns.iter().filter(|column| column.symbol.is_some()) {
        if part.table.column(&column.name).is_none() {
            continue;
        }
        let ranged = matches!(
            &column.kind,
            crate::contract::ColumnKind::Number { low, high, .. } if low.is_some() || high.is_some()
        );
        if ranged {
            checks.push(check("range", Some(&column.name), 0));
        }
        if contract.rows.windows.iter().any(|(name, ..)| *name == column.name) {
            checks.push(check("window", Some(&column.name), 0));
        }
    }
    checks
}

/// Columns that the contract names for a look and no file has.
pub(super) fn unknown_columns(contract: &Contract, parts: &[std::sync::Arc<Part>]) -> Vec<Problem> {
    let Some(first) = parts.first() else { return Vec::new() };
    let read: Vec<&str> = (0..contract.indicators.len())
        .flat_map(|indicator| symbols_of(contract, indicator))
        .map(|symbol| column_name(contract, symbol))
        .collect();
    let several = contract.rows.several.iter().map(|(name, _)| name);
    let looked_at = contract.rows.last_digits.iter().chain(&contract.rows.groups);
    let unread = several.filter(|name| !read.contains(&name.as_str()));
    looked_at
        .chain(unread)
        .filter(|name| parts.iter().all(|part| part.table.column(name).is_none()))
        .map(|name| super::part::missing_column(&first.table, name))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn independence_is_pearson_s() {
        // scipy.stats.chi2_contingency([[30, 70], [10, 90]], correction=False): 12.5.
        let groups = [("a".into(), 100, 30), ("b".into(), 100, 10)];
        assert!((independence(&groups) - 12.5).abs() < 1e-12);
        assert_eq!(independence(&[("a".into(), 9, 0), ("b".into(), 9, 0)]), 0.0);
        // The tables give 5.991, 11.070 and 18.307 for 2, 5 and 10 degrees of freedom.
        for (degrees, table) in [(2, 5.991), (5, 11.070), (10, 18.307)] {
            assert!((limit_of(degrees) / table - 1.0).abs() < 0.01);
        }
    }

    #[test]
    fn what_is_written_otherwise_did_not_move() {
        assert!(alike("150", "１５０．０") && alike("令和6年3月31日", "2024/3/31"));
        assert!(!alike("150", "151") && !alike("", "0"));
    }
}
