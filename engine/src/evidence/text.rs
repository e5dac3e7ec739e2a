//! What a file is, its text, and dates.

use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::problem::{Problem, Source, Text, say};
use crate::{Files, portfolio_folder};

/// Reads a file.
///
/// # Errors
/// The file cannot be read.
pub(crate) fn read_bytes(files: &dyn Files, path: &str) -> Result<Vec<u8>, Problem> {
    files.read(path).map_err(|error| {
        let said = error.to_string();
        Problem::error("unreadable-file", say!("`{path}` cannot be read", "`{path}` を読めません"))
            .found(Text::from(said))
            .at(Source::new(path, "").whole())
    })
}

/// Reads a UTF-8 text file, with or without a byte order mark.
///
/// # Errors
/// The file cannot be read, or is not UTF-8: the row of the first byte that is not is named.
pub(crate) fn read_text(files: &dyn Files, path: &str) -> Result<Source, Problem> {
    let bytes = read_bytes(files, path)?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let row = 1 + error.as_bytes()[..error.utf8_error().valid_up_to()]
            .iter()
            .filter(|byte| **byte == b'\n')
            .count();
        Problem::error(
            "not-utf8",
            say!(
                "`{path}` is not UTF-8 text, from line {row} on",
                "`{path}` の {row} 行目以降が UTF-8 ではありません"
            ),
        )
        .help(say!(
            "save it as UTF-8 (in Excel: CSV UTF-8)",
            "UTF-8 で保存し直してください（Excel では「CSV UTF-8」）"
        ))
        .at(Source::new(path, "").whole())
    })?;
    Ok(Source::new(path, text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text)))
}

/// What a file is, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Contract,
    Scenario,
    Evidence,
}

/// Refuses a file that is plainly of another kind, before its contents make no sense.
pub(crate) fn expect_kind(path: &str, wanted: Kind) -> Result<(), Problem> {
    let ending = path.rsplit('.').next().unwrap_or_default().to_lowercase();
    let portfolio = portfolio_folder(path);
    let folder = portfolio.unwrap_or_default();
    let (is, help) = match (ending.as_str(), wanted) {
        ("toml", _) if portfolio.is_some() => (
            say!("a portfolio", "ポートフォリオ"),
            say!(
                "look at its contracts together: seika portfolio {folder}",
                "契約をまとめて試算するには: seika portfolio {folder}"
            ),
        ),
        ("toml", Kind::Contract | Kind::Evidence) => (
            say!("a scenario", "シナリオ"),
            say!("simulate it: seika simulate {path}", "試算するには: seika simulate {path}"),
        ),
        ("rhai", Kind::Scenario | Kind::Evidence) => (
            say!("a contract", "契約"),
            say!("check it: seika check {path}", "検査するには: seika check {path}"),
        ),
        ("csv", Kind::Contract | Kind::Scenario) => (
            say!("evidence", "証拠データ"),
            say!(
                "settle a contract on it: seika settle CONTRACT --evidence {path}",
                "精算に使うには: seika settle 契約 --evidence {path}"
            ),
        ),
        ("tsv" | "xlsx" | "xlsm", Kind::Contract | Kind::Scenario) => (
            say!("evidence", "証拠データ"),
            say!(
                "settle a contract on it: seika settle CONTRACT --evidence {path}",
                "精算に使うには: seika settle 契約 --evidence {path}"
            ),
        ),
        ("xls", _) => (
            say!("an old Excel workbook", "古い形式の Excel ブック"),
            say!(
                "open it in Excel and save it as .xlsx, or as CSV UTF-8",
                "Excel で開き、.xlsx か「CSV UTF-8」で保存し直してください"
            ),
        ),
        _ => return Ok(()),
    };
    let wanted = match wanted {
        Kind::Contract => say!("a contract (.rhai)", "契約（.rhai）"),
        Kind::Scenario => say!("a scenario (.toml)", "シナリオ（.toml）"),
        Kind::Evidence => {
            say!("CSV, TSV or an Excel workbook (.xlsx)", "CSV・TSV または Excel ブック（.xlsx）")
        }
    };
    Err(Problem::error("wrong-kind", say!("`{path}` is {}", "`{path}` は{}です", is))
        .expected(wanted)
        .help(help)
        .at(Source::new(path, "").whole()))
}

/// A date as the count of days that the graph compares.
pub(crate) fn days_of(date: Date) -> Decimal {
    let first = jiff::civil::date(1970, 1, 1);
    first.until(date).map(|span| Decimal::from(span.get_days())).unwrap_or_default()
}
