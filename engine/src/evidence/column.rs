//! One column of numbers of any table, for those who draw from data instead of settling on it.

use rust_decimal::Decimal;

use super::field::number;
use super::table::Table;
use crate::Files;
use crate::problem::{Problem, Text, did_you_mean, say};

/// The numbers in the column `heading` of the table at `path`, in the order of its rows.
///
/// # Errors
/// A file that cannot be read, a column it does not have, and every blank or other field that is
/// no number, each with its line and column.
pub(crate) fn numbers_in(
    files: &dyn Files,
    path: &str,
    heading: &str,
) -> Result<Vec<Decimal>, Vec<Problem>> {
    let table = Table::read(files, path)?;
    let Some(column) = table.column(heading) else {
        let problem = Problem::error(
            "missing-column",
            say!("`{path}` has no column `{heading}`", "`{path}` に列 `{heading}` がありません"),
        )
        .expected(Text::from(table.headings.join(", ")))
        .at(table.heading_place());
        return Err(vec![match did_you_mean(heading, table.headings.iter().map(String::as_str)) {
            Some(near) => problem.help(near),
            None => problem,
        }]);
    };
    let mut problems = Vec::new();
    let mut numbers = Vec::with_capacity(table.len());
    let mut fields = table.fields();
    for record in 0..table.len() {
        fields.go_to(record);
        let field = fields.get(column);
        match number(&field) {
            Some(number) => numbers.push(number),
            None => problems.push(
                Problem::error(
                    "not-a-number",
                    if field.is_empty() {
                        say!("`{heading}` is blank here", "`{heading}` が空欄です")
                    } else {
                        say!(
                            "`{heading}` is not a number here",
                            "`{heading}` の値が数ではありません"
                        )
                    },
                )
                .found(Text::from(format!("\"{field}\"")))
                .expected(say!("a number such as 1234.5", "1234.5 のような数"))
                .help(say!(
                    "take the row out, or fill the value in: every row is drawn from",
                    "行を除くか値を補ってください。すべての行から抽出します"
                ))
                .at(table.place(record, column)),
            ),
        }
    }
    if problems.is_empty() { Ok(numbers) } else { Err(problems) }
}
